//! Inspection replay: what a record said at an earlier moment. Pure; `review` asks it.

use jiff::Timestamp;

use super::entry::{Entry, Happening};
use super::keep::Removal;
use super::record::Record;

/// A record as it stood at a moment of the past.
#[derive(Clone, Debug, PartialEq)]
pub struct AsOf {
    pub record: Record,
    /// The entries that there were.
    pub entries: Vec<Entry>,
    /// When words that were there then were ordered to go, and why: no replay brings them back.
    pub erased_since: Option<(Timestamp, Removal)>,
}

impl Record {
    /// The record at `t`; `None` if it had not begun.
    ///
    /// What counts is the chain up to the last entry that was written at or before `t`. An entry before that one stood in the record
    /// then, even if the clock of whoever wrote it was ahead.
    pub fn as_of(entries: &[Entry], t: Timestamp) -> Option<AsOf> {
        let length = entries.iter().rposition(|entry| entry.at <= t)? + 1;
        let order = entries.iter().rev().find_map(|entry| match entry.what {
            Happening::Erased { because } => Some((entry.seq, entry.at, because)),
            _ => None,
        });
        let mut then = entries.get(..length)?.to_vec();
        if let Some((ordered, _, _)) = order {
            for entry in then.iter_mut().filter(|entry| entry.seq < ordered) {
                entry.words = None;
            }
        }
        let record = Record::fold(&then)?;
        let erased_since = order.filter(|(ordered, _, _)| *ordered > record.revision).map(|(_, at, because)| (at, because));
        Some(AsOf { record, entries: then, erased_since })
    }
}
