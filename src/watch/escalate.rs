//! What has fallen due for a record by now: further steps, repeats, missed windows, and words that have to go or are held. Pure; the caller writes it down.

use jiff::Timestamp;

use crate::model::chain::New;
use crate::model::windows::windows;
use crate::model::{Actor, Happening, Record, Stage};

/// Entries that the record owes at `now`. Asking again after they were written gives none.
pub fn decide(record: &Record, now: Timestamp) -> Vec<New> {
    let mut owed = in_time(record, now);
    owed.extend(record.removal(now).map(|what| by_watch(now, what)));
    owed
}

/// Of these, what needs no word of the comment to be decided, and cannot wait: further steps, repeats and missed windows.
pub fn in_time(record: &Record, now: Timestamp) -> Vec<New> {
    let steps = record.alerts.iter().flat_map(|alert| alert.steps_reached(now)).map(|step| Happening::StepDue { step });
    let missed =
        windows(record).into_iter().filter(|window| window.owes_miss(now)).map(|window| Happening::Missed(window.miss()));
    steps.chain(missed).map(|what| by_watch(now, what)).collect()
}

fn by_watch(now: Timestamp, what: Happening) -> New {
    New { at: now, by: Actor::Stage(Stage::Watch), what, words: None }
}
