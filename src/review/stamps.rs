//! Every timestamp that is kept of a comment, each with whose clock told it, in the order of time. Pure; the evidence of a case shows
//! them. The ledger has the same by name; its lines of what came first stand here too, and are found there only. Day zero is no timestamp but
//! a date that a rule chose, and stands elsewhere.

use jiff::Timestamp;

use crate::model::ledger::{self, Source};
use crate::model::{Action, Entry, Happening, Sighting};

use super::decide::Matter;

/// One moment of a comment's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The word for it in what programs are told.
    pub name: &'static str,
    /// As people read it.
    pub title: String,
    pub at: Timestamp,
    pub clock: Source,
}

/// All timestamps of a chain, the earliest first.
pub fn stamps(matter: &Matter) -> Vec<Stamp> {
    let mut stamps: Vec<Stamp> = matter.entries.iter().flat_map(of_entry).collect();
    for first in ledger::firsts(&matter.record) {
        stamps.extend(first.at.iter().map(|at| ours(first.name, first.title, *at)));
    }
    stamps.sort_by_key(|stamp| stamp.at);
    stamps
}

fn ours(name: &'static str, title: impl Into<String>, at: Timestamp) -> Stamp {
    Stamp { name, title: title.into(), at, clock: Source::Dayzero }
}

fn of_entry(entry: &Entry) -> Vec<Stamp> {
    match &entry.what {
        Happening::Sighted(sighting) => of_sighting(sighting),
        Happening::Quarantined { received_at, .. } => vec![ours("received_at", "Received", received_at.timestamp())],
        Happening::Assessed(reading) => {
            vec![ours("classified_at", format!("Text of entry {} read by the classifier", reading.on), entry.at)]
        }
        Happening::Published { step, topic, published } => {
            let repeat = if step.repeat == 0 { String::new() } else { format!(", repeat {}", step.repeat) };
            let title = format!("Alert accepted by the carrier for {topic} (step {}{repeat})", u32::from(step.step) + 1);
            vec![Stamp { name: "alert_published_at", title, at: published.at(), clock: Source::Carrier }]
        }
        Happening::Acknowledged(by) => vec![ours("acknowledged_at", format!("Acknowledged by {}", by.by), by.at)],
        Happening::Decided(decision) => vec![ours("decided_at", format!("Decided by {}", decision.by), decision.at)],
        Happening::Erased { .. } => vec![ours("erased_at", "Words erased", entry.at)],
        Happening::Exported { to } => vec![ours("exported_at", format!("Handed out for {to}"), entry.at)],
        Happening::CaseReceived(receipt) => {
            let title = format!("Case {} received", receipt.case_number);
            vec![Stamp { name: "safety_db_receipt_at", title, at: receipt.at, clock: Source::SafetyDatabase }]
        }
        Happening::StepDue { .. } | Happening::Missed(_) | Happening::Held { .. } | Happening::Shown { .. } => Vec::new(),
        Happening::DayZeroSet(_) | Happening::Explained(_) | Happening::Sampled { .. } | Happening::ErasureAsked { .. } => {
            Vec::new()
        }
    }
}

fn of_sighting(sighting: &Sighting) -> Vec<Stamp> {
    let (name, title) = match sighting.action {
        Action::Created => ("platform_created_at", "Written"),
        Action::Edited => ("platform_edited_at", "Edited"),
        Action::Deleted => ("platform_deleted_at", "Deleted"),
        Action::Hidden => ("platform_hidden_at", "Hidden"),
        Action::Unhidden => ("platform_unhidden_at", "Shown again"),
    };
    let platform = |name, title: &str, at| Stamp { name, title: title.to_owned(), at, clock: Source::Platform };
    let told = sighting.at.map(|at| platform(name, title, at));
    let sent = sighting.sent_at.map(|at| platform("platform_sent_at", "Notification sent", at));
    let received = ours("received_at", format!("Received: {}", title.to_lowercase()), sighting.received_at.timestamp());
    told.into_iter().chain(sent).chain([received]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Story, at};
    use super::*;
    use crate::model::{Actor, Band, CaseReceipt, Class, Outcome, Place, Stage};

    #[test]
    fn every_timestamp_is_told_with_whose_clock_it_is() {
        let story = Story::about("1").written("duizelig").after(1).read(Band::Alert, &[]).alerted(Class::Serious).published();
        let shown = Happening::Shown { place: Place::Page };
        let story = story.after(5).push(Actor::Person("Anna".to_owned()), shown, None).after(1).acknowledged("Anna");
        let story = story.after(5).decided("Anna", Outcome::Case { case_number: "NL-1".to_owned() }, None);
        let at_their_clock = at("2026-03-02T08:00:00Z");
        let receipt = CaseReceipt { case_number: "NL-1".to_owned(), at: at_their_clock, list: "aa".to_owned() };
        let received = Happening::CaseReceived(receipt);
        let story = story.after(600).push(Actor::Stage(Stage::Watch), received, None);
        let story = story.push(Actor::Person("Anna".to_owned()), Happening::Exported { to: "the MHRA".to_owned() }, None);
        let stamps = stamps(&story.matter());
        let told: Vec<_> =
            stamps.iter().map(|stamp| (stamp.name, stamp.at.strftime("%d %H:%M").to_string(), stamp.clock)).collect();
        let row = |name, at: &str, clock| (name, at.to_owned(), clock);
        assert_eq!(
            told,
            [
                row("platform_created_at", "01 23:30", Source::Platform),
                row("received_at", "01 23:30", Source::Dayzero),
                row("classified_at", "01 23:31", Source::Dayzero),
                row("alert_published_at", "01 23:31", Source::Carrier),
                row("first_flagged_at", "01 23:31", Source::Dayzero),
                row("first_displayed_to_human_at", "01 23:36", Source::Dayzero),
                row("acknowledged_at", "01 23:37", Source::Dayzero),
                row("decided_at", "01 23:42", Source::Dayzero),
                row("first_human_flag_at", "01 23:42", Source::Dayzero),
                row("safety_db_receipt_at", "02 08:00", Source::SafetyDatabase),
                row("exported_at", "02 09:42", Source::Dayzero),
            ]
        );
    }
}
