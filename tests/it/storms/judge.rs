//! What holds after every storm, whatever happened in it: every delivery that was answered 200 is in its comment's record, once; nothing is
//! owed; every alert went out, each window that was missed is written down; a message came twice only where nobody could hear or note that
//! it had been taken; and every chain verifies by the verifier that shares nothing with its writer.

use std::collections::{BTreeMap, BTreeSet};

use dayzero::audit;
use dayzero::export::{Period, export};
use dayzero::model::Record;
use dayzero::model::windows::windows;
use jiff::Timestamp;

use super::Chance;
use super::rig::Process;
use super::sns::Told;
use crate::world::{forum_body, forum_key};

/// One thing that the forum says of one comment.
#[derive(Clone, Debug)]
pub struct Said {
    pub id: String,
    pub kind: &'static str,
    pub text: Option<String>,
    pub body: String,
}

/// Stands in every word that a person of a storm wrote, so that a leak is found.
pub const CANARY: &str = "kanarie";

impl Said {
    pub fn new(id: &str, kind: &'static str, text: Option<String>, at: Timestamp) -> Said {
        let body = forum_body(&format!("comment.{kind}"), id, text.as_deref(), at);
        Said { id: id.to_owned(), kind, text, body }
    }
}

/// A comment of a storm: a report, a serious one, or talk; often edited, sometimes deleted. Seconds lie between its deliveries.
pub fn comment(id: &str, chance: &mut Chance, at: Timestamp) -> Vec<Said> {
    let after = |seconds: i64| at + jiff::SignedDuration::from_secs(seconds);
    let first = match chance.below(8) {
        0 => format!("{CANARY} {id}: mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald"),
        1..=3 => format!("{CANARY} {id}: sinds ik Norvexa slik heb ik hartkloppingen"),
        _ => format!("{CANARY} {id}: bedankt voor de tips, ik neem ze mee naar de bijeenkomst"),
    };
    let mut said = vec![Said::new(id, "created", Some(first.clone()), at)];
    for edit in 0..chance.below(3) {
        let text = format!("{first} (aangevuld, {edit}: nu ook hoofdpijn door de Norvexa)");
        said.push(Said::new(id, "edited", Some(text), after(1 + i64::try_from(edit).expect("below three"))));
    }
    if chance.below(6) == 0 {
        said.push(Said::new(id, "deleted", None, after(10)));
    }
    said
}

/// What was found at a storm's end.
#[derive(Debug, Default)]
pub struct Found {
    pub comments: usize,
    pub texts: usize,
    pub alerts: usize,
    pub messages: usize,
    /// Messages that came once more because their reply, or the note of it, was lost.
    pub repeats: usize,
    /// Windows for alerting that were missed and written down.
    pub missed: usize,
    pub entries: usize,
}

/// Holds everything against everything that was accepted; `kept` may name a delivery more than once.
pub async fn judge(process: &Process, kept: &[Said]) -> Found {
    let mut found = Found::default();
    let now = process.outside.hours.now();
    let mut told: BTreeMap<&str, Vec<&Said>> = BTreeMap::new();
    for said in kept {
        told.entry(&said.id).or_default().push(said);
    }
    let mut strangers: BTreeSet<String> =
        process.store().keys().await.expect("a table").iter().map(ToString::to_string).collect();
    for (id, said) in told {
        let key = forum_key(id);
        let entries = process.store().chain(&key).await.expect("a chain that opens");
        let record = Record::fold(&entries).unwrap_or_else(|| panic!("{id} was answered 200 and is no record"));
        strangers.remove(key.as_str());
        let head = process.store().head(&key).await.expect("a head that opens").unwrap_or_else(|| panic!("{id} has no head"));
        assert_eq!(head.revision, record.revision, "{id}: its head is behind its chain");
        comment_is_whole(id, &record, &said);
        alerts_are_out(id, &record, now);
        found.comments += 1;
        found.texts += record.versions.len();
        found.alerts += record.alerts.len();
        found.missed += record.misses.iter().filter(|miss| miss.obligation.as_str() == "alert").count();
    }
    for key in strangers {
        let key = dayzero::model::CommentKey::parse(&key).expect("a key");
        let record = Record::fold(&process.store().chain(&key).await.expect("a chain")).expect("a record");
        assert!(record.quarantined.is_some(), "{key} is a comment that nobody sent");
    }
    let suspended = process.outside.sns().suspended.clone();
    assert!(suspended.is_empty(), "the pace of our messages made SNS suspend the e-mail of {suspended:?}");
    found.messages = process.outside.sns().messages.len();
    found.repeats = repeats(process);
    found.entries = verified(process).await;
    found
}

fn comment_is_whole(id: &str, record: &Record, said: &[&Said]) {
    if record.erased.is_some() {
        assert!(!record.erasure_unfinished, "{id}: its words were ordered to go, and some are there");
        return;
    }
    let sent: BTreeSet<&str> = said.iter().filter_map(|said| said.text.as_deref()).collect();
    let kept: Vec<&str> = record.versions.iter().map(|version| version.text.expose()).collect();
    assert_eq!(kept.iter().copied().collect::<BTreeSet<&str>>(), sent, "{id}: the texts of the record");
    assert_eq!(kept.len(), sent.len(), "{id}: a text stands twice in the record");
    assert_eq!(record.deleted, said.iter().any(|said| said.kind == "deleted"), "{id}: whether it was deleted");
    assert!(record.unread().is_empty(), "{id}: {:?} is unread", record.unread());
    if sent.iter().any(|text| text.contains("Norvexa")) {
        assert!(!record.alerts.is_empty(), "{id} is a report and alerts nobody");
    }
}

fn alerts_are_out(id: &str, record: &Record, now: Timestamp) {
    for alert in &record.alerts {
        let owed: Vec<_> = alert.outstanding().collect();
        assert!(owed.is_empty(), "{id}: {owed:?} of {} went nowhere", alert.id);
        assert!(!alert.published.is_empty(), "{id}: {} was lost", alert.id);
        for (index, (step, _)) in alert.published.iter().enumerate() {
            let twice = alert.published[..index].iter().any(|(other, _)| other == step);
            assert!(!twice, "{id}: {step:?} is recorded twice");
        }
    }
    for window in windows(record) {
        assert!(!window.owes_miss(now), "{id}: {window:?} ended and nobody wrote it down");
    }
    for (index, miss) in record.misses.iter().enumerate() {
        assert!(!record.misses[..index].contains(miss), "{id}: {miss:?} is written down twice");
    }
}

/// Messages beyond the first for a step. Each must have its reason: a call that failed for this record since the one before.
fn repeats(process: &Process) -> usize {
    let mut sends: BTreeMap<(String, Told), Vec<i64>> = BTreeMap::new();
    for message in &process.outside.sns().messages {
        for told in message.told() {
            sends.entry(told).or_default().push(message.at.as_millisecond());
        }
    }
    let weather = process.outside.weather();
    let mut repeats = 0;
    for ((record, told), times) in sends {
        for pair in times.windows(2) {
            repeats += 1;
            let mut reasons = weather.unheard.get(&record).into_iter().flatten();
            let explained = reasons.any(|at| (pair[0]..=pair[1]).contains(at));
            assert!(explained, "{told:?} of {record} went out at {} and at {}, and no fault explains it", pair[0], pair[1]);
        }
    }
    repeats
}

/// How many entries the independent verifier read; every chain must be whole.
async fn verified(process: &Process) -> usize {
    let mut lines = Vec::new();
    let now = process.outside.hours.now();
    let exported = export(process.store(), Period::default(), now, |line| {
        lines.extend_from_slice(line.text);
        Ok(())
    });
    exported.await.expect("an export");
    let report = audit::verify(lines.as_slice()).expect("lines in memory");
    let broken: Vec<&str> = report.breaks.iter().map(|fault| fault.sentence.as_str()).collect();
    assert!(report.broken == 0, "{broken:?}");
    report.entries
}
