//! Holding the facts against each other: deliveries against comments, comments against decisions, alerts against acknowledgements,
//! cases against the safety database's own list. Pure. Every kind of difference has its own sentence, with ids and nobody's words.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::facts::{CommentFacts, DeliveryFacts, DeliveryStanding, Facts};
use crate::model::{CommentKey, ListedCase, Task};

/// How long a delivery may wait for being worked off before that is a difference: the sweep takes it within a minute or two.
const WORKED_OFF_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// How long after its time an alert may lack its carrier's acceptance.
const SENT_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// How long a case may wait for a list that confirms it: lists come weekly, as domain practice has it.
const CONFIRMED_WITHIN: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Every difference of the dates from `from` until before `to`, sorted by day and id; each once.
pub fn differences(facts: &Facts, from: Date, to: Date) -> Vec<Task> {
    let mut found = Vec::new();
    for delivery in &facts.deliveries {
        of_delivery(facts, delivery, &mut found);
    }
    for key in &facts.broken {
        let sentence = format!("The record {key} cannot be read back: its chain is broken, cut off or without its beginning.");
        found.push(task("record-broken", facts.date(facts.now), &[key.as_str()], Some(key), sentence));
    }
    for comment in facts.comments.iter().filter(|comment| !comment.drill) {
        of_comment(facts, comment, &mut found);
        of_alerts(facts, comment, &mut found);
    }
    // What is read back only now belongs to no past date.
    found.retain(|task| task.kind == "record-broken" || (from..to).contains(&task.day));
    of_cases(facts, &mut found);
    found.sort_by(|one, other| (one.day, &one.id).cmp(&(other.day, &other.id)));
    found.dedup_by(|one, other| one.id == other.id);
    found
}

/// A difference, under an id that is the same every night.
fn task(kind: &str, day: Date, about: &[&str], key: Option<&CommentKey>, sentence: String) -> Task {
    let mut hash = Sha256::new();
    for part in std::iter::once(&kind).chain(about) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let id = hex::encode(&hash.finalize()[..10]);
    Task { id, kind: kind.to_owned(), day, sentence, key: key.cloned() }
}

fn of_delivery(facts: &Facts, delivery: &DeliveryFacts, found: &mut Vec<Task>) {
    let (id, at, day) = (&delivery.id, delivery.received_at, facts.date(delivery.received_at));
    let name = format!("{}/{}", id.door, id.digest);
    match delivery.standing {
        DeliveryStanding::Waiting if over(at, WORKED_OFF_WITHIN, facts.now) => {
            let sentence = format!("Delivery {id} was kept at {} and has not been worked off.", minute(at));
            found.push(task("delivery-waiting", day, &[&name], None, sentence));
        }
        DeliveryStanding::Unreadable => {
            let sentence = format!("Delivery {id} was kept at {} and cannot be read back from the store.", minute(at));
            found.push(task("delivery-unreadable", day, &[&name], None, sentence));
        }
        DeliveryStanding::Waiting | DeliveryStanding::WorkedOff | DeliveryStanding::Erased => {}
    }
    for key in &delivery.without_record {
        let sentence = format!("Delivery {id} names comment {key}, which has no record.");
        found.push(task("part-without-record", day, &[&name, key.as_str()], None, sentence));
    }
    for key in &delivery.without_sighting {
        let sentence = format!("Delivery {id} names comment {key}, whose record knows nothing of that delivery.");
        found.push(task("part-without-sighting", day, &[&name, key.as_str()], Some(key), sentence));
    }
}

fn of_comment(facts: &Facts, comment: &CommentFacts, found: &mut Vec<Task>) {
    let (key, day) = (&comment.key, facts.date(comment.aware_at));
    if comment.unrecorded {
        let sentence = format!("A window of comment {key} ended unkept, and no deviation is written down.");
        found.push(task("miss-not-recorded", day, &[key.as_str()], Some(key), sentence));
    }
    if comment.decision.is_some() {
        return;
    }
    if comment.campaign.is_none() {
        let sentence = format!("Comment {key} belongs to no campaign, and nobody has decided about it.");
        found.push(task("no-campaign", day, &[key.as_str()], Some(key), sentence));
    }
    match comment.deadline {
        Some((_, deadline)) if deadline < facts.now => {
            let sentence = format!("Comment {key} is still undecided; its window ended at {}.", minute(deadline));
            found.push(task("undecided-late", day, &[key.as_str()], Some(key), sentence));
        }
        Some(_) => {}
        // Our own account's comments have no window, and need none.
        None if comment.own => {}
        None => {
            let sentence = format!("Comment {key} is undecided, and no window runs for it.");
            found.push(task("undecided-without-window", day, &[key.as_str()], Some(key), sentence));
        }
    }
}

fn of_alerts(facts: &Facts, comment: &CommentFacts, found: &mut Vec<Task>) {
    let (key, day) = (&comment.key, facts.date(comment.aware_at));
    for alert in &comment.alerts {
        let about = [key.as_str(), alert.id.as_str()];
        let late = |by: Option<Timestamp>| by.filter(|by| over(*by, SENT_WITHIN, facts.now));
        match (alert.sent, &alert.acknowledged) {
            (None, _) => {
                if let Some(due) = late(alert.due) {
                    let sentence = format!(
                        "Alert {} of comment {key} was due at {}, and no carrier has accepted it.",
                        alert.id,
                        minute(due)
                    );
                    found.push(task("alert-not-sent", day, &about, Some(key), sentence));
                }
            }
            (Some(_), None) => {
                if let Some(by) = late(alert.acknowledge_by) {
                    let sentence =
                        format!("Alert {} of comment {key} was to be acknowledged by {}, and nobody has.", alert.id, minute(by));
                    found.push(task("alert-not-acknowledged", day, &about, Some(key), sentence));
                }
            }
            (Some(_), Some(_)) => {}
        }
    }
}

/// Our case numbers against theirs, whatever the dates: a case that is missing on one side stays so until it is there.
fn of_cases(facts: &Facts, found: &mut Vec<Task>) {
    let mut ours: BTreeMap<String, Vec<&CommentFacts>> = BTreeMap::new();
    let mut former: BTreeMap<String, &CommentFacts> = BTreeMap::new();
    for comment in facts.comments.iter().filter(|comment| !comment.drill) {
        if let Some((number, _)) = &comment.case {
            ours.entry(ListedCase::normal(number)).or_default().push(comment);
        }
        if let Some(number) = &comment.former_case {
            former.insert(ListedCase::normal(number), comment);
        }
    }
    let rows = facts.cases.as_ref().map(|cases| cases.rows.as_slice()).unwrap_or_default();
    let theirs: BTreeMap<String, &ListedCase> = rows.iter().map(|row| (ListedCase::normal(&row.case_number), row)).collect();
    for (number, comments) in &ours {
        numbered_twice(facts, comments, found);
        for comment in comments {
            match theirs.get(number) {
                Some(row) => matched(facts, comment, row, found),
                None => unlisted(facts, comment, found),
            }
        }
    }
    for (number, row) in theirs.iter().filter(|(number, _)| !ours.contains_key(*number)) {
        unknown(facts, row, former.get(number).copied(), found);
    }
}

fn numbered_twice(facts: &Facts, comments: &[&CommentFacts], found: &mut Vec<Task>) {
    let [first, .., last] = comments else { return };
    let Some((number, _)) = &first.case else { return };
    let sentence = format!(
        "Case number {number} was given to {} comments, {} and {} among them: one of them may be a duplicate.",
        comments.len(),
        first.key,
        last.key
    );
    let day = facts.date(first.aware_at);
    found.push(task("case-number-twice", day, &[&ListedCase::normal(number)], Some(&last.key), sentence));
}

fn matched(facts: &Facts, comment: &CommentFacts, row: &ListedCase, found: &mut Vec<Task>) {
    let (key, number) = (&comment.key, &row.case_number);
    let (about, day) = ([key.as_str(), number.as_str()], facts.date(comment.aware_at));
    let received = facts.received_on(row.received);
    if received != comment.day_zero {
        let sentence = format!(
            "Case {number}: the safety database received it on {received}, and day zero of comment {key} is {}.",
            comment.day_zero
        );
        found.push(task("case-dates", day, &about, Some(key), sentence));
    }
    if let Some(listed) = row.comment_key.as_ref().filter(|listed| *listed != key) {
        let sentence = format!("Case {number} is listed for comment {listed}, and was decided for comment {key}.");
        found.push(task("case-comment", day, &about, Some(key), sentence));
    }
}

fn unlisted(facts: &Facts, comment: &CommentFacts, found: &mut Vec<Task>) {
    let Some((number, decided)) = &comment.case else { return };
    // What an earlier list confirmed stays confirmed.
    if comment.receipts.iter().any(|receipt| ListedCase::normal(&receipt.case_number) == ListedCase::normal(number)) {
        return;
    }
    let (key, day) = (&comment.key, facts.date(comment.aware_at));
    let about = [key.as_str(), number.as_str()];
    match &facts.cases {
        Some(cases) if cases.read_at > *decided => {
            let sentence =
                format!("Case {number} was decided for comment {key}, and the safety database's list does not have it.");
            found.push(task("case-not-listed", day, &about, Some(key), sentence));
        }
        _ if over(*decided, CONFIRMED_WITHIN, facts.now) => {
            let sentence = format!(
                "Case {number} of comment {key} was decided at {}, and no list has been read in since.",
                minute(*decided)
            );
            found.push(task("case-not-confirmed", day, &about, Some(key), sentence));
        }
        _ => {}
    }
}

fn unknown(facts: &Facts, row: &ListedCase, former: Option<&CommentFacts>, found: &mut Vec<Task>) {
    let (number, day) = (&row.case_number, facts.received_on(row.received));
    let (about, received) = ([ListedCase::normal(number)], facts.received_on(row.received));
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    let (kind, key, sentence) = match former {
        Some(comment) => (
            "case-withdrawn",
            Some(&comment.key),
            format!(
                "The safety database lists case {number}; comment {} had that number and was decided otherwise since.",
                comment.key
            ),
        ),
        None => (
            "case-unknown",
            None,
            format!("The safety database lists case {number}, received on {received}, which no comment here has."),
        ),
    };
    found.push(task(kind, day, &about, key, sentence));
}

fn over(at: Timestamp, length: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(at) > length
}

/// A moment to the minute, in UTC: a task is read by programs and in several zones.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}
