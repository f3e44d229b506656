//! The statement of a period: counts, what is open, what does not agree, and the explicit word that there was nothing. Pure. Its text is
//! JSON in one writing, whose digest is what both sides sign; it holds ids and counts, never anybody's words.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::facts::{AlertFacts, CommentFacts, DeliveryStanding, Facts};
use super::recall::{self, Recall};
use crate::model::{CommentKey, ListedCase, Period, ProtocolRef, StatementMade, Task};
use crate::store;

/// Rows of each list in a statement at most: it is for people to read and sign. The counts beside them are whole.
const MOST_ROWS: usize = 1_000;
/// The word for what nobody has decided.
const UNDECIDED: &str = "undecided";

/// A statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The protocol that was in force when it was made.
    pub protocol: ProtocolRef,
    pub period: Period,
    pub zone: String,
    pub from: Timestamp,
    pub to: Timestamp,
    /// When the facts were read.
    pub as_of: Timestamp,
    pub deliveries: Deliveries,
    pub received: u32,
    pub by_channel_and_language: Vec<Row>,
    /// Every disposition that occurs, and those of people always.
    pub dispositions: BTreeMap<String, u32>,
    pub alerts: Alerts,
    /// Windows that ended unkept, by what they were for.
    pub deviations: BTreeMap<String, u32>,
    pub deviations_explained: u32,
    pub cases: Vec<CaseRow>,
    pub cases_total: u32,
    pub open: Vec<OpenRow>,
    pub open_total: u32,
    /// Comments of fire drills, which stand in no other number.
    pub drills: u32,
    pub differences: Vec<Task>,
    pub differences_total: u32,
    pub recall: Vec<Recall>,
    pub nil: Nil,
}

/// Deliveries of platforms in the period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliveries {
    pub kept: u32,
    pub worked_off: u32,
    /// Worked off, and erased since with the words that they brought.
    pub erased: u32,
    pub waiting: u32,
    pub unreadable: u32,
    /// Comments and matters that those name which can still be read.
    pub parts: u32,
}

/// Comments of one channel in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub channel: String,
    pub language: String,
    pub received: u32,
    pub dispositions: BTreeMap<String, u32>,
}

/// Alerts about comments of the period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    pub due: u32,
    pub sent: u32,
    pub acknowledged_in_window: u32,
    pub acknowledged_late: u32,
    pub not_acknowledged: u32,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    pub case_number: String,
    pub key: CommentKey,
    pub day_zero: Date,
    /// When the safety database received it, as its own list says; `None` while no list has it.
    pub confirmed: Option<Date>,
}

/// Something that nobody has decided yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRow {
    pub key: CommentKey,
    pub deadline: Option<Timestamp>,
}

/// Whether the period had nothing to report, said so that nobody has to conclude it from an absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nil {
    Nil,
    /// Nothing so far, and something is still undecided, unread or different.
    NotYet,
    Reported,
}

impl Nil {
    /// The sentence of the statement.
    pub fn sentence(self) -> &'static str {
        match self {
            Nil::Nil => "No adverse event was reported in this period: nil report.",
            Nil::NotYet => {
                "No adverse event has been found in this period so far, and not everything is decided and accounted for: this is no nil report."
            }
            Nil::Reported => "Adverse events, special situations or quality complaints were reported in this period.",
        }
    }
}

impl Statement {
    /// The text that is kept and signed.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a statement has string keys and no failing serialiser")
    }

    /// What its journal says of it.
    pub fn made(&self, text: &str) -> StatementMade {
        StatementMade {
            period: self.period,
            digest: store::digest(text),
            received: self.received,
            differences: self.differences_total,
            nil: self.nil == Nil::Nil,
        }
    }

    /// Whether another one says the same, whenever it was made.
    pub fn says_the_same(&self, other: &Statement) -> bool {
        *self == Statement { as_of: self.as_of, ..other.clone() }
    }
}

/// Makes the statement of a period out of facts that cover it. `differences` are those of the period and of the case lists.
pub fn make(facts: &Facts, period: Period, differences: Vec<Task>) -> Statement {
    let (from, to) = period.bounds(&facts.zone);
    let comments: Vec<&CommentFacts> = facts.received_in(period).collect();
    let drills = facts.comments.iter().filter(|comment| comment.drill && (from..to).contains(&comment.aware_at)).count();
    let open: Vec<OpenRow> = open(&comments);
    let cases = cases(facts, &comments);
    let nil = nil(&comments, open.len(), differences.len());
    Statement {
        protocol: facts.protocol.clone(),
        period,
        zone: facts.zone.iana_name().unwrap_or("UTC").to_owned(),
        from,
        to,
        as_of: facts.now,
        deliveries: deliveries(facts, period),
        received: number(comments.len()),
        by_channel_and_language: rows(&comments),
        dispositions: dispositions(comments.iter().copied()),
        alerts: alerts(&comments),
        deviations: deviations(&comments),
        deviations_explained: number(
            comments.iter().flat_map(|comment| &comment.misses).filter(|(_, explained)| *explained).count(),
        ),
        cases_total: number(cases.len()),
        cases: cases.into_iter().take(MOST_ROWS).collect(),
        open_total: number(open.len()),
        open: open.into_iter().take(MOST_ROWS).collect(),
        drills: number(drills),
        differences_total: number(differences.len()),
        differences: differences.into_iter().take(MOST_ROWS).collect(),
        recall: recall::measure(facts, period.after()),
        nil,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn deliveries(facts: &Facts, period: Period) -> Deliveries {
    let (from, to) = period.bounds(&facts.zone);
    let mut counts = Deliveries::default();
    for delivery in facts.deliveries.iter().filter(|delivery| !delivery.drill && (from..to).contains(&delivery.received_at)) {
        counts.kept += 1;
        counts.parts += delivery.parts;
        let standing = match delivery.standing {
            DeliveryStanding::Waiting => &mut counts.waiting,
            DeliveryStanding::WorkedOff => &mut counts.worked_off,
            DeliveryStanding::Erased => &mut counts.erased,
            DeliveryStanding::Unreadable => &mut counts.unreadable,
        };
        *standing += 1;
    }
    counts
}

fn dispositions<'a>(comments: impl Iterator<Item = &'a CommentFacts>) -> BTreeMap<String, u32> {
    // What did not occur is said as well: a reader should not have to know which words are missing.
    let words = ["case", "not_a_case", "special_situation", "quality_complaint", "duplicate_of", UNDECIDED];
    let mut counts: BTreeMap<String, u32> = words.into_iter().map(|word| (word.to_owned(), 0)).collect();
    for comment in comments {
        let word = comment.decision.as_ref().map_or(UNDECIDED, |decision| decision.outcome);
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

fn rows(comments: &[&CommentFacts]) -> Vec<Row> {
    let mut groups: BTreeMap<(&str, &str), Vec<&CommentFacts>> = BTreeMap::new();
    for comment in comments {
        groups.entry((&comment.channel, &comment.language)).or_default().push(comment);
    }
    let rows = groups.into_iter().map(|((channel, language), comments)| Row {
        channel: channel.to_owned(),
        language: language.to_owned(),
        received: number(comments.len()),
        dispositions: dispositions(comments.into_iter()),
    });
    rows.collect()
}

fn alerts(comments: &[&CommentFacts]) -> Alerts {
    let mut counts = Alerts::default();
    for alert in comments.iter().flat_map(|comment| &comment.alerts) {
        counts.due += 1;
        counts.sent += u32::from(alert.sent.is_some());
        let AlertFacts { acknowledged, acknowledge_by, .. } = alert;
        let standing = match acknowledged {
            None => &mut counts.not_acknowledged,
            Some((at, _)) if acknowledge_by.is_none_or(|by| *at <= by) => &mut counts.acknowledged_in_window,
            Some(_) => &mut counts.acknowledged_late,
        };
        *standing += 1;
    }
    counts
}

fn deviations(comments: &[&CommentFacts]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for (obligation, _) in comments.iter().flat_map(|comment| &comment.misses) {
        *counts.entry(obligation.as_str().to_owned()).or_default() += 1;
    }
    counts
}

fn cases(facts: &Facts, comments: &[&CommentFacts]) -> Vec<CaseRow> {
    let rows = facts.cases.as_ref().map(|cases| cases.rows.as_slice()).unwrap_or_default();
    let listed: BTreeMap<String, Date> =
        rows.iter().map(|row| (ListedCase::normal(&row.case_number), facts.received_on(row.received))).collect();
    let cases = comments.iter().filter_map(|comment| {
        let (case_number, _) = comment.case.as_ref()?;
        let confirmed = listed.get(&ListedCase::normal(case_number)).copied();
        Some(CaseRow { case_number: case_number.clone(), key: comment.key.clone(), day_zero: comment.day_zero, confirmed })
    });
    let mut cases: Vec<CaseRow> = cases.collect();
    cases.sort_by(|one, other| (&one.case_number, &one.key).cmp(&(&other.case_number, &other.key)));
    cases
}

fn open(comments: &[&CommentFacts]) -> Vec<OpenRow> {
    // Nobody has to decide about what our own accounts wrote.
    let open = comments.iter().filter(|comment| comment.decision.is_none() && !comment.own);
    let mut open: Vec<OpenRow> =
        open.map(|comment| OpenRow { key: comment.key.clone(), deadline: comment.deadline.map(|(_, at)| at) }).collect();
    open.sort_by(|one, other| (one.deadline, &one.key).cmp(&(other.deadline, &other.key)));
    open
}

fn nil(comments: &[&CommentFacts], open: usize, differences: usize) -> Nil {
    if comments.iter().any(|comment| comment.is_finding()) {
        Nil::Reported
    } else if open > 0 || differences > 0 {
        Nil::NotYet
    } else {
        Nil::Nil
    }
}
