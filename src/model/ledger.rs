//! The ledger of a comment: every timestamp that is kept of it, by our clock or by its source's, none ever overwritten. A projection of
//! the record for the pages, the API and statements; it decides nothing.

use jiff::Timestamp;

use super::assessment::Band;
use super::comment::Action;
use super::record::Record;

/// Whose clock told a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Platform,
    Dayzero,
    Carrier,
    SafetyDatabase,
}

impl Source {
    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Platform => "the platform's clock",
            Source::Dayzero => "our clock",
            Source::Carrier => "our clock, on the carrier's word",
            Source::SafetyDatabase => "the safety database's list",
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The name under which programs get it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    pub source: Source,
    /// In order; empty if it has not happened, or nobody tells.
    pub at: Vec<Timestamp>,
    /// Why a line is empty for good.
    pub never: Option<&'static str>,
}

/// Every line, in the order in which things happen.
pub fn ledger(record: &Record) -> Vec<Stamp> {
    use Source::{Carrier, Dayzero, Platform, SafetyDatabase};
    let one = |at: Option<Timestamp>| at.into_iter().collect::<Vec<_>>();
    let published = || record.alerts.iter().flat_map(|alert| alert.published.iter().map(|(_, published)| published.at()));
    let [flagged, shown, judged] = firsts(record);
    let delivered = "SNS does not tell when a person's mail or message arrived; an acknowledgement does";
    vec![
        line("platform_created_at", "Written on the platform", Platform, told(record, Action::Created)),
        line("platform_edited_at", "Edited on the platform", Platform, told(record, Action::Edited)),
        line("platform_deleted_at", "Deleted on the platform", Platform, told(record, Action::Deleted)),
        line("received_at", "Received and kept", Dayzero, vec![record.aware_at.timestamp()]),
        line("classified_at", "Read by the classifier", Dayzero, record.read_at.iter().map(|(at, _)| *at).take(1).collect()),
        flagged,
        shown,
        line("alert_published_at", "Alert accepted by a carrier", Carrier, one(published().min())),
        Stamp { never: Some(delivered), ..line("alert_delivered_at", "Alert delivered", Carrier, Vec::new()) },
        line("acknowledged_at", "Acknowledged", Dayzero, one(record.acknowledgements.first().map(|by| by.at))),
        judged,
        line("decided_at", "Decided", Dayzero, record.decisions.iter().map(|decision| decision.at).collect()),
        line("exported_at", "Handed out", Dayzero, record.exports.iter().map(|(at, _)| *at).collect()),
        line(
            "safety_db_receipt_at",
            "Received by the safety database",
            SafetyDatabase,
            record.receipts.iter().map(|receipt| receipt.at).collect(),
        ),
    ]
}

/// The lines that no single kind of entry tells: when the machine first flagged it, a person first saw it, a person first judged it.
pub fn firsts(record: &Record) -> [Stamp; 3] {
    let first = |name, title, at: Option<Timestamp>| line(name, title, Source::Dayzero, at.into_iter().collect());
    let shown = record.shown.as_ref().map(|(at, ..)| *at);
    [
        first("first_flagged_at", "First flagged by the machine", flagged(record)),
        first("first_displayed_to_human_at", "First seen by a person", shown),
        first("first_human_flag_at", "First judged a safety matter by a person", judged(record)),
    ]
}

fn line(name: &'static str, title: &'static str, source: Source, at: Vec<Timestamp>) -> Stamp {
    Stamp { name, title, source, at, never: None }
}

/// The platform's times of one kind of happening, each once, in its own order.
fn told(record: &Record, action: Action) -> Vec<Timestamp> {
    let sightings = record.sightings.iter().filter(|(_, sighting)| sighting.action == action);
    let mut told: Vec<Timestamp> = sightings.filter_map(|(_, sighting)| sighting.at).collect();
    told.sort_unstable();
    told.dedup();
    told
}

/// When the machine first put it before people.
fn flagged(record: &Record) -> Option<Timestamp> {
    record.read_at.iter().find(|(_, band)| *band > Band::Log).map(|(at, _)| *at)
}

/// When a person first said that it is a safety matter.
fn judged(record: &Record) -> Option<Timestamp> {
    record.decisions.iter().find(|decision| decision.outcome.is_safety()).map(|decision| decision.at)
}
