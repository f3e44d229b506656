//! The record verifies without trusting who wrote it: an export of a lived-in store is damaged in ten thousand ways, and each is found;
//! roots are noted once for each window whatever else happens; and the exact sentences that an inspector reads.

use std::collections::BTreeMap;

use dayzero::audit::{Report, verify};
use dayzero::export::{Period, export};
use dayzero::model::chain::New;
use dayzero::model::journal::ProtocolStage;
use dayzero::model::{Actor, AuditRoot, CampaignId, CommentKey, JournalId, Noted};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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
    let journal = JournalId::of_campaign("protocol", &CampaignId::new("migraine-nl"));
    let what = Noted::Protocol(ProtocolStage { version: 3, stage: stage.to_owned() });
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
