//! Reads of patients' data: who looked at what, and when. A note of a journal, one journal a day. `review` and the operator's export
//! note it before anything is given out.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ids::CommentKey;
use super::journal::JournalId;

/// Keys that one note names: every row of a page of a list, and a note stays far below what one item holds. The rest is counted.
const KEYS: usize = 200;

/// One look at patients' data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub what: Looked,
    /// What was asked for, without anything that was typed freely.
    pub address: String,
    /// Whose words or circumstances were given out.
    pub keys: Vec<CommentKey>,
    /// Further ones that are not named.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub more: usize,
    /// The past moment as of which it was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub as_of: Option<Timestamp>,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    /// A list with comments' words.
    List,
    /// One comment, with its thread.
    Comment,
    /// The evidence of one case.
    Evidence,
    /// The evidence of a period.
    Period,
    /// The missed windows of a period, with their causes.
    Deviations,
    /// Everything, by an operator's export.
    Export,
}

impl Access {
    /// A look at these comments; the first `KEYS` of them are named.
    pub fn new(what: Looked, address: String, mut keys: Vec<CommentKey>, as_of: Option<Timestamp>) -> Self {
        let more = keys.len().saturating_sub(KEYS);
        keys.truncate(KEYS);
        Self { what, address, keys, more, as_of }
    }

    /// How many comments were looked at.
    pub fn count(&self) -> usize {
        self.keys.len() + self.more
    }

    /// The journal of a day's reads, in UTC.
    pub fn journal(day: Date) -> JournalId {
        JournalId::of_day(Self::SUBJECT, day)
    }

    /// The subject of the journals of reads.
    pub const SUBJECT: &str = "access";
}

impl Looked {
    /// To stand in a list.
    pub fn as_str(self) -> &'static str {
        match self {
            Looked::List => "a list",
            Looked::Comment => "a comment",
            Looked::Evidence => "the evidence of a case",
            Looked::Period => "the evidence of a period",
            Looked::Deviations => "missed windows",
            Looked::Export => "an export of everything",
        }
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CommentId, Platform};

    #[test]
    fn a_note_names_a_page_of_comments_and_counts_the_rest() {
        let keys = |number: usize| (0..number).map(|id| CommentId::new(Platform::Forum, "a", id.to_string()).key()).collect();
        for (number, named, more) in [(0, 0, 0), (1, 1, 0), (200, 200, 0), (201, 200, 1), (5_000, 200, 4_800)] {
            let access = Access::new(Looked::List, "/".to_owned(), keys(number), None);
            assert_eq!((access.keys.len(), access.more, access.count()), (named, more, number));
            assert!(serde_json::to_string(&access).unwrap().len() < 12_000);
        }
    }
}
