//! What a person may acknowledge and decide, and what is then written down. Pure: the record, the person and the time are arguments.

use jiff::Timestamp;

use crate::model::chain::New;
use crate::model::record::State;
use crate::model::{
    Acknowledgement, Actor, AsOf, CommentKey, Decision, Entry, Happening, Outcome, Place, Record, Removal, Revision,
};

use super::fields::Fields;
use super::sign_in::Person;
use super::visible;

/// A record with the chain that it is a fold of.
#[derive(Clone, Debug)]
pub struct Matter {
    pub entries: Vec<Entry>,
    pub record: Record,
}

impl Matter {
    /// `None` if nothing is known under the key.
    pub fn of(entries: Vec<Entry>) -> Option<Matter> {
        let record = Record::fold(&entries)?;
        Some(Matter { entries, record })
    }

    /// The same at an earlier moment, and when words of then were erased since; `None` if it had not begun.
    pub fn as_of(&self, at: Timestamp) -> Option<(Matter, Option<(Timestamp, Removal)>)> {
        let AsOf { record, entries, erased_since } = Record::as_of(&self.entries, at)?;
        Some((Matter { entries, record }, erased_since))
    }

    /// The newest revision that changed what a person reads before deciding.
    ///
    /// A text, a reading, an alert or what another person did makes an opened page stale. That a message went out, that a further step is
    /// due, or that a window was missed does not: these come at any minute of a night, and they alter nothing of what is to be decided.
    pub fn content(&self) -> Revision {
        let told = |entry: &&Entry| match entry.what {
            Happening::Sighted(_) | Happening::Quarantined { .. } | Happening::Assessed(_) => true,
            Happening::Acknowledged(_) | Happening::Decided(_) => true,
            // Whoever opened the page before the words went has read what nobody can read any more.
            Happening::Erased { .. } => true,
            Happening::Published { .. }
            | Happening::StepDue { .. }
            | Happening::Missed(_)
            | Happening::Held { .. }
            | Happening::ErasureAsked { .. } => false,
            Happening::Shown { .. } | Happening::DayZeroSet(_) | Happening::Explained { .. } => false,
            Happening::Exported { .. } | Happening::CaseReceived(_) | Happening::Sampled { .. } => false,
        };
        self.entries.iter().rev().find(told).map(|entry| entry.seq).unwrap_or_default()
    }
}

/// What a person asks to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub outcome: Outcome,
    pub reason: Option<String>,
    /// What the person had before them.
    pub revision: Revision,
    /// Asked of several comments at once.
    pub bulk: bool,
}

/// Names of the fields of a decision.
pub const FIELDS: [&str; 6] = ["decision", "reason", "revision", "case_number", "duplicate_of", "by"];

/// Longest reason, in characters: a page of text.
const LONGEST_REASON: usize = 2000;

/// Longest case number, in characters; the worldwide unique numbers of safety databases are shorter.
const LONGEST_CASE_NUMBER: usize = 60;

impl Asked {
    /// Reads a decision; the error is one sentence that names the field.
    pub fn parse(fields: &Fields) -> Result<Asked, String> {
        let revision = fields.get("revision").ok_or("`revision` is missing: the revision of the record that was read.")?;
        let revision = revision.parse().map(Revision).map_err(|_| "`revision` must be a whole number.")?;
        let reason = reason(fields.get("reason"))?;
        let outcome = outcome(fields)?;
        if outcome == Outcome::NotACase && reason.is_none() {
            return Err("`reason` is missing: say why this is not a case.".to_owned());
        }
        Ok(Asked { outcome, reason, revision, bulk: false })
    }
}

fn outcome(fields: &Fields) -> Result<Outcome, String> {
    const EXPECTED: &str = "case, not_a_case, special_situation, quality_complaint, duplicate_of or needs_more";
    match fields.get("decision") {
        Some("case") => Ok(Outcome::Case { case_number: case_number(fields.get("case_number"))? }),
        Some("not_a_case") => Ok(Outcome::NotACase),
        Some("special_situation") => Ok(Outcome::SpecialSituation),
        Some("quality_complaint") => Ok(Outcome::QualityComplaint),
        Some("duplicate_of") => Ok(Outcome::DuplicateOf { duplicate_of: original(fields.get("duplicate_of"))? }),
        Some("needs_more") => Ok(Outcome::NeedsMore),
        Some(_) => Err(format!("`decision` is not one of {EXPECTED}.")),
        None => Err(format!("`decision` is missing: choose {EXPECTED}.")),
    }
}

/// A reason for a decision, if one is given.
pub fn reason(text: Option<&str>) -> Result<Option<String>, String> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > LONGEST_REASON {
        return Err(format!("`reason` has at most {LONGEST_REASON} characters."));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err("`reason` must not hold control characters.".to_owned());
    }
    Ok(Some(text.to_owned()))
}

fn case_number(text: Option<&str>) -> Result<String, String> {
    let text = text.ok_or("`case_number` is missing: the number that the safety database gave to the case.")?;
    if text.chars().count() > LONGEST_CASE_NUMBER || text.chars().any(visible::is_unseen) {
        return Err(format!("`case_number` must be at most {LONGEST_CASE_NUMBER} visible characters."));
    }
    Ok(text.to_owned())
}

fn original(text: Option<&str>) -> Result<CommentKey, String> {
    let text = text.ok_or("`duplicate_of` is missing: the key of the comment that this one repeats.")?;
    CommentKey::parse(text).ok_or_else(|| {
        "`duplicate_of` must be a comment's key: its platform, a hyphen and 32 hexadecimal digits, as its page shows.".to_owned()
    })
}

/// Why a decision is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What the person read is no longer what there is.
    Stale { opened: Revision, now: Revision },
    /// One sentence.
    Unusable(String),
    /// None of the person's roles may.
    NotYours(&'static str),
}

/// What to write down when `person` takes the record in hand; `None` if somebody has it already, or nothing is left to do.
pub fn acknowledge(matter: &Matter, person: &Person, now: Timestamp) -> Option<New> {
    let record = &matter.record;
    match record.state() {
        State::Open => {
            let by = person.as_str().to_owned();
            let what = Happening::Acknowledged(Acknowledgement { by, at: now, on: record.revision });
            Some(entry(person, now, what))
        }
        State::Acknowledged | State::Closed => None,
    }
}

/// What to write down when `person` decides; `None` if this very decision of theirs is the last thing that was decided, so that a form
/// sent twice, or an answer that was lost, does no harm.
pub fn decide(matter: &Matter, asked: &Asked, person: &Person, now: Timestamp) -> Result<Option<New>, Refusal> {
    let record = &matter.record;
    let decision = Decision {
        by: person.as_str().to_owned(),
        at: now,
        on: asked.revision,
        outcome: asked.outcome.clone(),
        reason: asked.reason.clone(),
        bulk: asked.bulk,
    };
    if repeats(matter, &decision) {
        return Ok(None);
    }
    if asked.revision > record.revision {
        let newest = record.revision;
        return Err(Refusal::Unusable(format!("`revision` {} does not exist; the newest is {newest}.", asked.revision)));
    }
    if asked.revision < matter.content() {
        return Err(Refusal::Stale { opened: asked.revision, now: record.revision });
    }
    if record.standing_decision().is_some() && asked.reason.is_none() {
        return Err(Refusal::Unusable("`reason` is missing: this comment is decided, and a change needs a reason.".to_owned()));
    }
    if matches!(&asked.outcome, Outcome::DuplicateOf { duplicate_of } if *duplicate_of == record.key) {
        return Err(Refusal::Unusable("`duplicate_of` must name another comment than this one.".to_owned()));
    }
    Ok(Some(entry(person, now, Happening::Decided(decision))))
}

/// Whether the newest thing that changed the record is this decision, but for its time.
fn repeats(matter: &Matter, decision: &Decision) -> bool {
    let content = matter.content();
    let newest = matter.entries.iter().find(|entry| entry.seq == content);
    match newest.map(|entry| &entry.what) {
        Some(Happening::Decided(last)) => *last == Decision { at: last.at, ..decision.clone() },
        _ => false,
    }
}

/// Viewers that a chain names at most: who looked after them stands in the journals of reads, and a record must not grow without end.
const MOST_VIEWERS: usize = 100;

/// What to write down when `person` has the record before their eyes; `None` if that stands in it already.
pub fn see(matter: &Matter, person: &Person, place: Place, now: Timestamp) -> Option<New> {
    let record = &matter.record;
    let known = record.seen_by(person.as_str(), place) || record.viewers.len() >= MOST_VIEWERS;
    (!known).then(|| entry(person, now, Happening::Shown { place }))
}

/// An entry by a person.
pub(super) fn entry(person: &Person, now: Timestamp, what: Happening) -> New {
    New { at: now, by: Actor::Person(person.as_str().to_owned()), what, words: None }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
