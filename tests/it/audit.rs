//! The record verifies without trusting who wrote it: an export of a lived-in store is damaged in ten thousand ways, and each is found;
//! roots are noted once for each window whatever else happens; and the exact sentences that an inspector reads.

use std::collections::{BTreeMap, BTreeSet};

use dayzero::audit::{Report, verify};
use dayzero::export::{Period, export};
use dayzero::metrics::Metric;
use dayzero::model::chain::New;
use dayzero::model::{Actor, AuditRoot, CampaignId, Clock, CommentKey, JournalId, LifeStep, Noted, ProtocolStep};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::faults::Fault;
use crate::world::{World, forum_key};

const REPORT: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const HARMLESS: &str = "Wat een mooie wandeling \"was\" dat zaterdag\n\u{7f}";
/// Damages that each sample of the damaged export tries.
const DAMAGES: u64 = 10_000;

async fn lines(world: &World, period: Period) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    export(&world.store, period, world.clock.now(), |line| {
        lines.push(line.text.to_vec());
        Ok(())
    })
    .await
    .unwrap();
    lines
}

fn checked(lines: &[Vec<u8>]) -> Report {
    verify(lines.concat().as_slice()).unwrap()
}

fn sentences(report: &Report) -> Vec<&str> {
    report.breaks.iter().map(|fault| fault.sentence.as_str()).collect()
}

async fn noted(world: &World) -> Vec<AuditRoot> {
    let mut roots = Vec::new();
    for journal in world.store.journals().await.unwrap().into_iter().filter(|journal| journal.subject() == "roots") {
        for note in world.store.journal(&journal).await.unwrap() {
            let Noted::Root(root) = note.what else { panic!("{journal} holds something else") };
            roots.push(root);
        }
    }
    roots
}

async fn tick(world: &World, minutes: i64) {
    world.clock.advance(SignedDuration::from_mins(minutes));
    world.line.tick(Timestamp::MAX).await.unwrap();
}

async fn note(world: &World, stage: &str) {
    note_of(world, "migraine-nl", stage).await;
}

/// A note in the journal of a campaign.
async fn note_of(world: &World, campaign: &str, stage: &str) {
    let journal = JournalId::of_campaign("protocol", &CampaignId::new(campaign));
    let what = Noted::Protocol(ProtocolStep { version: 3, digest: stage.to_owned(), step: LifeStep::Drafted });
    let new = New { at: world.clock.now(), by: Actor::Person("Ann".to_owned()), what, words: None };
    world.store.note(&journal, new).await.unwrap();
}

async fn decide(world: &World, key: &CommentKey, mut decision: Value) {
    decision["revision"] = json!(world.record(key).await.revision);
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.settle().await;
}

/// A store in which everything has happened: alerts, edits, decisions, erasures, journals, roots of two days, and ends that no root
/// has seen yet.
async fn lived_in() -> World {
    let world = World::at("2026-03-11T23:31:00Z").await;
    note(&world, "published").await;
    let keys: Vec<CommentKey> = (0..7).map(|number| forum_key(&format!("c-{number}"))).collect();
    for (number, text) in [REPORT, HARMLESS, HARMLESS].into_iter().enumerate() {
        world.forum_says(&format!("c-{number}"), text).await;
    }
    tick(&world, 11).await;
    world.forum_event("comment.edited", "c-0", Some("Sinds ik Norvexa slik heb ik \\ hartkloppingen en braken")).await;
    world.settle().await;
    decide(&world, &keys[1], json!({"decision": "not_a_case", "reason": "een wandeling"})).await;
    world.forum_event("comment.deleted", "c-1", None).await;
    tick(&world, 10).await;
    world.api("POST", &format!("/api/comments/{}/acknowledge", keys[0]), Some(json!({}))).await;
    decide(&world, &keys[0], json!({"decision": "case", "case_number": "NL-2026-1"})).await;
    world.forum_says("c-3", REPORT).await;
    tick(&world, 10).await;
    note(&world, "superseded").await;
    tick(&world, 12).await;
    world.forum_says("c-4", HARMLESS).await;
    world.settle().await;
    decide(&world, &keys[4], json!({"decision": "not_a_case", "reason": "een wandeling"})).await;
    tick(&world, 10).await;
    world.forum_says("c-5", REPORT).await;
    world.forum_event("comment.edited", "c-3", Some(HARMLESS)).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn an_export_of_a_lived_in_store_verifies_and_is_the_same_twice() {
    let world = lived_in().await;
    let exported = lines(&world, Period::default()).await;
    let report = checked(&exported);
    assert_eq!(sentences(&report), [""; 0]);
    assert_eq!(report.entries + 1, exported.len());
    let keys = world.store.keys().await.unwrap().len() + world.store.journals().await.unwrap().len();
    assert_eq!((report.chains, report.broken), (keys, 0));
    assert_eq!(lines(&world, Period::default()).await, exported);
    let text = String::from_utf8(exported.concat()).unwrap();
    assert!(text.contains("journal:roots/2026-03-11") && text.contains("journal:roots/2026-03-12"), "roots of two days");
    assert!(text.contains(r#"\"kind\":\"erased\""#), "a comment whose words are gone");
    let last = noted(&world).await.pop().unwrap();
    assert_eq!(report.last_root, Some((last.until.to_string(), last.root)));
    world.abandon();
}

#[tokio::test]
async fn an_export_of_a_period_holds_whole_chains_and_verifies() {
    let world = lived_in().await;
    let midnight: Timestamp = "2026-03-12T00:00:00Z".parse().unwrap();
    let whole = checked(&lines(&world, Period::default()).await);
    for period in [Period { from: Some(midnight), until: None }, Period { from: None, until: Some(midnight) }] {
        let exported = lines(&world, period).await;
        let report = checked(&exported);
        assert_eq!(sentences(&report), [""; 0], "{period:?}");
        assert!(0 < report.chains && report.chains < whole.chains, "{period:?}: {} of {}", report.chains, whole.chains);
        let closing = String::from_utf8(exported.last().unwrap().clone()).unwrap();
        assert!(closing.contains("2026-03-12T00:00:00Z"), "the closing line says that it is a part: {closing}");
    }
    let none = Period { from: Some("2027-01-01T00:00:00Z".parse().unwrap()), until: None };
    let exported = lines(&world, none).await;
    assert_eq!((exported.len(), checked(&exported).broken), (1, 0), "of nothing, the closing line alone");
    world.abandon();
}

#[test]
fn the_verifier_uses_nothing_of_ours_and_is_read_in_one_sitting() {
    let source = |name: &str| std::fs::read_to_string(crate::tidy::root().join("src/audit").join(name)).unwrap();
    let mut all = String::new();
    for file in ["mod.rs", "form.rs", "tree.rs", "verify.rs"] {
        all += &source(file);
    }
    assert!(!all.contains("crate::"), "it must not share a mistake with what writes");
    let code = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
    assert!(code(&source("verify.rs")) < 200, "{} lines of code", code(&source("verify.rs")));
    assert!(code(&all) < 400, "{} lines of code", code(&all));
}

/// An export as a list of lines, and how somebody may change it.
#[derive(Clone)]
struct Export(Vec<Vec<u8>>);

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

impl Export {
    /// The line's JSON; of the closing line too.
    fn read(&self, line: usize) -> Value {
        serde_json::from_slice(&self.0[line]).unwrap()
    }

    fn key(&self, line: usize) -> String {
        self.read(line)["key"].as_str().unwrap_or_default().to_owned()
    }

    fn write(&mut self, line: usize, key: &str, seq: &Value, body: &str, words: Option<&str>) {
        let hash = hex::encode(Sha256::digest(body));
        let words = words.map(|words| format!(",\"words\":{words}")).unwrap_or_default();
        let text = format!("{{\"key\":{},\"seq\":{seq},\"body\":{},\"hash\":\"{hash}\"{words}}}\n", json!(key), json!(body));
        self.0[line] = text.into_bytes();
    }

    /// The words of a line, as they stand.
    fn words(&self, line: usize) -> Option<String> {
        let text = String::from_utf8(self.0[line].clone()).unwrap();
        text.split_once(",\"words\":").map(|(_, words)| words.trim_end().strip_suffix('}').unwrap().to_owned())
    }

    /// Changes an entry as somebody would who knows how hashes are made: every later entry of the chain is hashed anew.
    fn rewrite(&mut self, line: usize, change: impl FnOnce(String) -> String) {
        let key = self.key(line);
        let mut change = Some(change);
        let mut hashes: Option<(String, String)> = None;
        for at in line..self.0.len() {
            if self.key(at) != key {
                break;
            }
            let (entry, words) = (self.read(at), self.words(at));
            let mut body = entry["body"].as_str().unwrap().to_owned();
            if let Some(change) = change.take() {
                body = change(body);
            }
            if let Some((old, new)) = &hashes {
                body = body.replace(&format!("\"prev\":\"{old}\""), &format!("\"prev\":\"{new}\""));
            }
            hashes = Some((entry["hash"].as_str().unwrap().to_owned(), hex::encode(Sha256::digest(&body))));
            self.write(at, &key, &entry["seq"], &body, words.as_deref());
        }
    }

    /// Adds an entry after the last one of the chain in a line, hashed as it should be.
    fn forge(&mut self, line: usize) {
        let key = self.key(line);
        let last = (line..self.0.len()).take_while(|at| self.key(*at) == key).last().unwrap();
        let entry = self.read(last);
        let (seq, hash) = (entry["seq"].as_u64().unwrap(), entry["hash"].as_str().unwrap().to_owned());
        let what = json!({"kind": "acknowledged", "by": "Eve", "at": "2026-03-11T10:00:00Z", "on": 1});
        let body = json!({"key": key, "seq": seq + 1, "at": "2026-03-12T00:00:00Z", "by": {"person": "Eve"}, "what": what,
            "words": null, "prev": hash});
        self.0.insert(last + 1, Vec::new());
        self.write(last + 1, &key, &json!(seq + 1), &body.to_string(), None);
    }

    /// One damage, chosen by the dice: its name. The closing line stands last.
    fn damage(&mut self, dice: &mut Dice) -> &'static str {
        let (line, other) = (dice.below(self.0.len()), dice.below(self.0.len()));
        let entry = dice.below(self.0.len() - 1);
        match dice.below(14) {
            0 => {
                let at = dice.below(self.0[line].len());
                self.0[line][at] = self.0[line][at].wrapping_add(1 + dice.below(255) as u8);
                "a byte edited"
            }
            1 => {
                let at = dice.below(self.0[line].len() + 1);
                self.0[line].insert(at, [b' ', b'0', b'x', b'"', b'\n', b'}'][dice.below(6)]);
                "a byte inserted"
            }
            2 => {
                let at = dice.below(self.0[line].len());
                self.0[line].remove(at);
                "a byte deleted"
            }
            3 => {
                self.0.remove(line);
                "a line deleted"
            }
            4 => {
                let to = self.0.len().min(line + 1 + dice.below(6));
                self.0.drain(line..to);
                "lines deleted"
            }
            5 => {
                let copy = self.0[other].clone();
                self.0.insert(line, copy);
                "a line repeated"
            }
            6 => {
                self.0.swap(line, other);
                "two lines swapped"
            }
            7 => {
                let moved = self.0.remove(line);
                self.0.insert(other.min(self.0.len()), moved);
                "a line moved"
            }
            8 => {
                let key = self.key(entry);
                let ours = |at: &usize| self.key(*at) == key;
                let (first, last) = ((0..self.0.len()).find(ours).unwrap(), (0..self.0.len()).rfind(ours).unwrap());
                let chain: Vec<_> = self.0.drain(first..=last).collect();
                let to = [0, self.0.len() - 1, self.0.len()][dice.below(3)];
                for (place, moved) in chain.into_iter().enumerate() {
                    self.0.insert(to + place, moved);
                }
                "a chain moved"
            }
            9 => {
                let whole = self.0.concat();
                let mut kept =
                    whole[..dice.below(whole.len())].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                std::mem::swap(&mut self.0, &mut kept);
                "cut off anywhere"
            }
            10 => {
                self.0.truncate(line);
                "cut off at a line's end"
            }
            11 => {
                self.rewrite(entry, |body| body.replacen("\"at\":\"2026-03-1", "\"at\":\"2026-03-0", 1));
                "rewritten with hashes"
            }
            12 => {
                self.forge(entry);
                "an entry forged"
            }
            _ => {
                let with_words: Vec<usize> = (0..self.0.len() - 1).filter(|at| self.words(*at).is_some()).collect();
                let line = with_words[dice.below(with_words.len())];
                let entry = self.read(line);
                let (key, body) = (self.key(line), entry["body"].as_str().unwrap().to_owned());
                self.write(line, &key, &entry["seq"], &body, None);
                "words taken away"
            }
        }
    }
}

/// The first line that differs, and the last one, counted from 1 as they stand in what was changed.
fn changed(before: &[Vec<u8>], after: &[Vec<u8>]) -> (usize, usize) {
    let split =
        |lines: &[Vec<u8>]| -> Vec<Vec<u8>> { lines.concat().split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect() };
    let (before, after) = (split(before), split(after));
    let same = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let room = before.len().min(after.len()) - same;
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count().min(room);
    (same + 1, (after.len() - tail).max(same + 1))
}

#[tokio::test]
async fn ten_thousand_damages_are_all_found_at_or_before_their_place() {
    let world = lived_in().await;
    let whole = Export(lines(&world, Period::default()).await);
    assert_eq!(sentences(&checked(&whole.0)), [""; 0]);
    let (mut dice, mut tried, mut kinds) = (Dice(20_261_122), 0, BTreeMap::new());
    while tried < DAMAGES {
        let mut damaged = whole.clone();
        let kind = damaged.damage(&mut dice);
        if damaged.0.concat() == whole.0.concat() {
            continue;
        }
        tried += 1;
        let (first, last) = changed(&whole.0, &damaged.0);
        let report = checked(&damaged.0);
        let Some(fault) = report.breaks.first() else { panic!("{kind} in line {first} was not found") };
        assert!(report.broken > 0 && fault.line <= last, "{kind} in lines {first} to {last}: {}", fault.sentence);
        assert!(fault.sentence.starts_with(&format!("line {}", fault.line)), "{}", fault.sentence);
        assert!(!fault.sentence.contains("Norvexa") && !fault.sentence.contains("wandeling"), "{}", fault.sentence);
        // What was taken away is missed in the line before.
        let (all, near) = kinds.entry(kind).or_insert((0_u64, 0_u64));
        (*all, *near) = (*all + 1, *near + u64::from(fault.line + 1 >= first));
    }
    for (kind, (all, near)) in &kinds {
        println!("{all:>5} times {kind}: found every time, {near} times in the very place");
    }
    assert_eq!(kinds.len(), 14);
    world.abandon();
}

#[tokio::test]
async fn each_damage_is_told_in_one_sentence() {
    let world = lived_in().await;
    let whole = Export(lines(&world, Period::default()).await);
    let last = whole.0.len();
    let first_of = |key: &str| (0..last).find(|at| whole.key(*at) == key).unwrap();
    let [case, erased, late] = ["c-0", "c-1", "c-5"].map(|id| forum_key(id).to_string());
    let (at, to) = (first_of(&case), first_of(&late));
    let length = (0..last).filter(|line| whole.key(*line) == case).count();
    let root = (0..last).find(|line| String::from_utf8_lossy(&whole.0[*line]).contains(&case)).unwrap() + 1;
    let said = |change: &dyn Fn(&mut Vec<Vec<u8>>)| -> Vec<String> {
        let mut damaged = whole.0.clone();
        change(&mut damaged);
        checked(&damaged).breaks.into_iter().map(|fault| fault.sentence).collect()
    };
    let edit = |line: usize, from: &'static str, to: &'static str| {
        move |lines: &mut Vec<Vec<u8>>| {
            let text = String::from_utf8(lines[line].clone()).unwrap();
            assert!(text.contains(from), "{text}");
            lines[line] = text.replacen(from, to, 1).into_bytes();
        }
    };
    let n = at + 1;
    let rows: Vec<(Vec<String>, String)> = vec![
        (
            said(&edit(at, "forum.samenovermigraine", "forum.samenovermigrain")),
            format!("line {n}: {case}: entry 1 is not what was hashed"),
        ),
        (
            said(&edit(at, "hartkloppingen", "hoofdpijn")),
            format!("line {n}: {case}: entry 1 has other words beside it than were kept"),
        ),
        (said(&edit(at, "\"seq\":1", "\"seq\": 1")), format!("line {n}: expected an entry, spelt as an export spells it")),
        (said(&|lines| drop(lines.remove(at + 1))), format!("line {}: {case}: entry 3 stands where entry 2 was expected", n + 1)),
        (said(&|lines| lines.swap(at, at + 1)), format!("line {n}: {case}: entry 2 stands where entry 1 was expected")),
        (
            said(&|lines| drop(lines.drain(at..at + length))),
            format!("line {root}: the root holds entry 5 of {case}, and that chain is not there"),
        ),
        (
            said(&|lines| drop(lines.pop())),
            format!("line {}: the export is cut off here: expected a closing line at its end", last - 1),
        ),
        (
            said(&|lines| lines[last - 1] = lines[last - 1].trim_ascii_end().to_vec()),
            format!("line {last}: the export is cut off here: expected a line feed"),
        ),
        (said(&|lines| lines.push(lines[0].clone())), format!("line {}: this stands after the closing line", last + 1)),
        (
            said(&edit(last - 1, "\"program\":\"dayzero", "\"program\":\"dayzer0")),
            format!("line {last}: the closing line is not what was hashed"),
        ),
        // No root has seen it yet, and nothing but the closing line knows.
        (said(&|lines| drop(lines.remove(to))), format!("line {}: {late}: entry 2 stands where entry 1 was expected", to + 1)),
    ];
    for (said, expected) in rows {
        assert_eq!(said.first(), Some(&expected), "{said:?}");
    }
    // Somebody who knows how hashes are made, and leaves the roots alone.
    let mut rewritten = whole.clone();
    rewritten.rewrite(at, |body| body.replacen("\"at\":\"2026", "\"at\":\"2025", 1));
    let said = checked(&rewritten.0).breaks[0].sentence.clone();
    assert_eq!(said, format!("line {n}: {case}: from here to entry 5 it is not what the root in line {root} holds"));
    // Who takes the words away that nobody ordered to go.
    let mut bare = whole.clone();
    let (entry, body) = (bare.read(at), bare.read(at)["body"].as_str().unwrap().to_owned());
    bare.write(at, &case, &entry["seq"], &body, None);
    let said = checked(&bare.0).breaks[0].sentence.clone();
    assert_eq!(said, format!("line {n}: {case}: the words beside entry 1 are gone, and no entry orders it"));
    assert!(whole.words(first_of(&erased)).is_none(), "those that were ordered to go are missed by nobody");
    world.abandon();
}

/// The roots are one unbroken line of windows from the first to the last, each told to its end, and hold every chain where it stood.
async fn assert_whole(world: &World) -> Vec<AuditRoot> {
    let roots = noted(world).await;
    for pair in roots.windows(2) {
        let same = (pair[0].from, pair[0].until) == (pair[1].from, pair[1].until);
        assert!(if pair[0].more { same } else { pair[0].until == pair[1].from }, "{pair:?}");
    }
    assert!(roots.last().is_none_or(|root| !root.more), "the last window was not told to its end");
    assert_eq!(sentences(&checked(&lines(world, Period::default()).await)), [""; 0]);
    roots
}

fn leaves(roots: &[AuditRoot]) -> Vec<String> {
    roots.iter().flat_map(|root| &root.leaves).map(|leaf| format!("{} {}", leaf.key, leaf.seq)).collect()
}

/// What the last tick said about the age of the last root, in seconds.
fn age(world: &World) -> u64 {
    let lines = world.metrics.lines();
    let line = lines.iter().rev().find(|line| line.contains(Metric::AuditRootAge.as_str())).unwrap();
    serde_json::from_str::<Value>(line).unwrap()[Metric::AuditRootAge.as_str()].as_u64().unwrap()
}

#[tokio::test]
async fn every_window_has_one_root_and_an_empty_one_too() {
    let world = World::at("2026-03-11T09:00:30Z").await;
    tick(&world, 0).await;
    assert_eq!(age(&world), 86_400, "there is none yet: the alarm must ring if there never is one");
    let key = world.forum_says("c-1", HARMLESS).await;
    for _ in 0..15 {
        let (one, other) = (world.line.clone(), world.line.clone());
        world.clock.advance(SignedDuration::from_mins(3));
        let (one, other) = tokio::join!(one.tick(Timestamp::MAX), other.tick(Timestamp::MAX));
        one.unwrap();
        other.unwrap();
    }
    let roots = assert_whole(&world).await;
    let until: Vec<String> = roots.iter().map(|root| root.until.to_string()[11..16].to_owned()).collect();
    assert_eq!(until, ["08:50", "09:00", "09:10", "09:20", "09:30", "09:40"]);
    assert_eq!(leaves(&roots), [format!("{key} 2")], "it moved in one window, and is told of once");
    assert_eq!(age(&world), 5 * 60 + 30);
    world.abandon();
}

#[tokio::test]
async fn after_a_days_rest_a_few_roots_make_up_for_it() {
    let world = World::at("2026-03-11T09:00:00Z").await;
    tick(&world, 5).await;
    let key = world.forum_says("c-1", HARMLESS).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_hours(24));
    for _ in 0..6 {
        tick(&world, 1).await;
    }
    let roots = assert_whole(&world).await;
    assert!(roots.len() <= 6, "{} roots", roots.len());
    assert_eq!(roots.last().unwrap().until.to_string(), "2026-03-12T09:00:00Z");
    let told = leaves(&roots);
    assert!(
        told.contains(&format!("{key} 2")) && told.iter().any(|leaf| leaf.starts_with("journal:roots/2026-03-11 ")),
        "{told:?}"
    );
    world.abandon();
}

#[tokio::test]
async fn a_worker_whose_clock_is_ten_minutes_behind_is_not_missed() {
    let world = World::empty("2026-03-11T09:00:00Z").await;
    let behind = Clock::manual("2026-03-11T09:03:00Z".parse().unwrap());
    let late = world.store.clone().at(behind);
    note(&world, "draft").await;
    tick(&world, 13).await;
    assert_eq!(leaves(&noted(&world).await), ["journal:protocol/migraine-nl 1"]);
    // It marks the window of nine o'clock, whose root is made.
    let what = Noted::Protocol(ProtocolStep { version: 3, digest: "approved".to_owned(), step: LifeStep::Drafted });
    let new = New { at: world.clock.now(), by: Actor::Person("Ann".to_owned()), what, words: None };
    late.note(&JournalId::of_campaign("protocol", &CampaignId::new("migraine-nl")), new).await.unwrap();
    tick(&world, 10).await;
    tick(&world, 10).await;
    let roots = assert_whole(&world).await;
    assert_eq!(leaves(&roots), ["journal:protocol/migraine-nl 1", "journal:protocol/migraine-nl 2"]);
    world.abandon();
}

#[tokio::test]
async fn whatever_request_fails_the_next_tick_makes_the_root_whole() {
    for (fault, step) in [(Fault::ServerError, 7), (Fault::ReplyLost, 3)] {
        let world = World::at("2026-03-11T23:55:00Z").await;
        tick(&world, 0).await;
        let mut moved = Vec::new();
        loop {
            // A comment and a note shortly before midnight, and a crash while the day's first root is made.
            let nth = moved.len() * step;
            moved.push(world.forum_says(&format!("c-{nth}"), HARMLESS).await);
            world.settle().await;
            note_of(&world, "drafts-nl", "draft").await;
            tick(&world, 4).await;
            world.clock.advance(SignedDuration::from_mins(13));
            let before = world.table_faults.seen();
            world.table_faults.crash_at(nth, fault);
            world.line.note_roots().await;
            let reached = world.table_faults.seen() - before > nth;
            world.table_faults.clear();
            tick(&world, 0).await;
            tick(&world, 10).await;
            if !reached {
                break;
            }
            assert!(nth < 100, "{fault:?}: a root takes no {nth} requests");
            world.clock.advance(SignedDuration::from_mins(24 * 60 - 27));
            for _ in 0..4 {
                tick(&world, 0).await;
            }
        }
        assert!(moved.len() * step >= 15, "{fault:?}: only {} requests were tried", moved.len());
        let told = leaves(&assert_whole(&world).await);
        for (number, key) in moved.iter().enumerate() {
            assert_eq!(told.iter().filter(|leaf| **leaf == format!("{key} 2")).count(), 1, "{fault:?}, crash {number}: {told:?}");
            let draft = format!("journal:protocol/drafts-nl {}", number + 1);
            assert_eq!(told.iter().filter(|leaf| **leaf == draft).count(), 1, "{fault:?}, crash {number}: {told:?}");
        }
        world.abandon();
    }
}

#[tokio::test]
async fn more_than_one_note_holds_is_told_in_several_and_gone_on_with_after_a_crash() {
    let world = World::at("2026-03-11T09:00:00Z").await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..1_100 {
        if running.len() >= 16 {
            running.join_next().await.unwrap().unwrap();
        }
        let (store, at) = (world.store.clone(), world.clock.now());
        running.spawn(async move {
            let what = Noted::Protocol(ProtocolStep { version: 1, digest: "draft".to_owned(), step: LifeStep::Drafted });
            let new = New { at, by: Actor::Person("Ann".to_owned()), what, words: None };
            store.note(&JournalId::of_campaign("protocol", &CampaignId::new(format!("c-{number:04}"))), new).await.unwrap();
        });
    }
    while let Some(noted) = running.join_next().await {
        noted.unwrap();
    }
    world.clock.advance(SignedDuration::from_mins(13));
    // The list of journals, the marks of three windows before and of this one, every chain's end, and the first note take 1,122 requests.
    world.table_faults.crash_at(1_122, Fault::ServerError);
    world.line.note_roots().await;
    world.table_faults.clear();
    assert!(noted(&world).await.last().is_some_and(|root| root.more), "the crash came between two notes");
    tick(&world, 1).await;
    let roots = assert_whole(&world).await;
    assert!(roots.len() == 2 && roots.iter().all(|root| root.leaves.len() <= 1_000));
    let told = leaves(&roots);
    assert_eq!(told.len(), 1_100);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), 1_100, "each of them once");
    world.abandon();
}
