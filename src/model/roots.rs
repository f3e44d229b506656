//! Roots: every ten minutes one digest over the newest entries of all chains that have moved, noted in a journal whose own chain binds
//! each root to all before it. A chain alone cannot show that its end was cut off; a root can. Which window is due is decided here;
//! `store` knows what moved, and `watch` notes the root.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ids::{CommentKey, Revision};
use super::journal::JournalId;
use super::merkle;

/// The journals' subject; one journal for each UTC day.
pub const SUBJECT: &str = "roots";
/// Seconds of a window: no end of a chain is without a root for longer, and an idle day costs 144 notes.
const WINDOW_SECONDS: i64 = 600;
/// Time after a window's end before its root is made: a worker marks that it will write, and then writes, within seconds.
const GRACE: SignedDuration = SignedDuration::from_mins(2);
/// Windows before a root's own in which is looked again: for a worker whose clock is late, or whose write hung.
const LOOK_BACK: i64 = 3;
/// Windows that one root makes up for at most, after a time in which nothing ran: six hours of them take a second or two to read.
const MOST_AT_ONCE: i64 = 36;
/// How long it is known what moved in a window. Longer than a store stands still that anybody still wants.
pub const MARKS_KEPT: SignedDuration = SignedDuration::from_hours(40 * 24);
/// Leaves in one note: its item stays under half of what an item may hold.
pub const MOST_LEAVES: usize = 1_000;

/// Whose chain it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ChainKey {
    Journal(JournalId),
    Comment(CommentKey),
}

impl ChainKey {
    /// Reads a key back, as `Display` wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let comment = || CommentKey::parse(text).map(ChainKey::Comment);
        JournalId::parse(text).map(ChainKey::Journal).or_else(comment)
    }

    /// The key's text, as it stands in entries, exports and leaves.
    pub fn as_str(&self) -> &str {
        match self {
            ChainKey::Journal(id) => id.as_str(),
            ChainKey::Comment(key) => key.as_str(),
        }
    }
}

impl fmt::Display for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ChainKey> for String {
    fn from(key: ChainKey) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for ChainKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        ChainKey::parse(&text).ok_or_else(|| "expected the key of a comment or of a journal".to_owned())
    }
}

/// The newest entry of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    pub key: ChainKey,
    pub seq: Revision,
    pub hash: String,
}

/// What a leaf's hash is of. A key may hold blanks; the number and the hash after it never do.
impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.key, self.seq, self.hash)
    }
}

/// One root, as it is noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRoot {
    pub from: Timestamp,
    pub until: Timestamp,
    /// The chains that moved, and where they stood; empty if none did, so that a gap shows.
    pub leaves: Vec<Leaf>,
    pub root: String,
    /// Whether the window's next note goes on with more leaves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

impl AuditRoot {
    /// The root over these leaves.
    pub fn of(span: Span, leaves: Vec<Leaf>, more: bool) -> Self {
        let root = merkle::root(&leaves);
        Self { from: span.from, until: span.until, leaves, root, more }
    }
}

/// The time that a root is about: one window, or several that are made up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Span {
    /// The journal in which its root is noted.
    pub fn journal(self) -> JournalId {
        JournalId::of_day(SUBJECT, self.from.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Where what moved is looked up: its own windows, and some before them for late writers. Roots that ended before the first of
    /// these hold nothing of it.
    pub fn windows(self) -> Vec<Timestamp> {
        let oldest = self.until.saturating_sub(MARKS_KEPT).unwrap_or(Timestamp::MIN);
        let first = later(self.from, -LOOK_BACK).max(window(oldest));
        let windows = (0..=MOST_AT_ONCE + LOOK_BACK).map(|number| later(first, number));
        windows.take_while(|start| *start < self.until).collect()
    }
}

/// The beginning of the window that a time lies in.
pub fn window(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(WINDOW_SECONDS)).unwrap_or(at)
}

/// The span whose root is due at `now`, after the last one that was noted. Where there is none yet, the window that has just ended.
pub fn due(last: Option<&AuditRoot>, now: Timestamp) -> Option<Span> {
    if let Some(AuditRoot { from, until, more: true, .. }) = last {
        return Some(Span { from: *from, until: *until });
    }
    let ended = window(now.saturating_sub(GRACE).ok()?);
    let from = last.map_or(later(ended, -1), |last| last.until);
    // What is not known any more is not waited for.
    let known_from = window(ended.saturating_sub(MARKS_KEPT).ok()?);
    let until = later(from, MOST_AT_ONCE).max(known_from).min(ended);
    (from < until).then_some(Span { from, until })
}

fn later(at: Timestamp, windows: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(windows * WINDOW_SECONDS)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn noted(from: &str, until: &str, more: bool) -> AuditRoot {
        AuditRoot::of(Span { from: at(from), until: at(until) }, Vec::new(), more)
    }

    #[test]
    fn a_window_is_due_two_minutes_after_its_end_and_once() {
        let ten = noted("2026-03-11T09:50:00Z", "2026-03-11T10:00:00Z", false);
        let half = noted("2026-03-11T09:50:00Z", "2026-03-11T10:00:00Z", true);
        let rows = [
            (None, "2026-03-11T10:01:59Z", Some(("2026-03-11T09:40:00Z", "2026-03-11T09:50:00Z"))),
            (None, "2026-03-11T10:02:00Z", Some(("2026-03-11T09:50:00Z", "2026-03-11T10:00:00Z"))),
            (Some(&ten), "2026-03-11T10:02:00Z", None),
            (Some(&ten), "2026-03-11T10:11:59Z", None),
            (Some(&ten), "2026-03-11T10:12:00Z", Some(("2026-03-11T10:00:00Z", "2026-03-11T10:10:00Z"))),
            // After an hour's rest, one root for the hour; after a day's, six hours at a time.
            (Some(&ten), "2026-03-11T11:05:00Z", Some(("2026-03-11T10:00:00Z", "2026-03-11T11:00:00Z"))),
            (Some(&ten), "2026-03-12T10:05:00Z", Some(("2026-03-11T10:00:00Z", "2026-03-11T16:00:00Z"))),
            // After a year's, from where it is still known what moved.
            (Some(&ten), "2027-03-11T10:05:00Z", Some(("2026-03-11T10:00:00Z", "2027-01-30T10:00:00Z"))),
            // A worker whose clock is behind has nothing to do; one that finds a window begun goes on with it.
            (Some(&ten), "2026-03-11T09:30:00Z", None),
            (Some(&half), "2026-03-11T10:02:30Z", Some(("2026-03-11T09:50:00Z", "2026-03-11T10:00:00Z"))),
        ];
        for (last, now, expected) in rows {
            let expected = expected.map(|(from, until)| Span { from: at(from), until: at(until) });
            assert_eq!(due(last, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn late_writers_are_looked_for_in_the_three_windows_before() {
        let span = Span { from: at("2026-03-11T10:00:00Z"), until: at("2026-03-11T10:20:00Z") };
        let windows: Vec<String> = span.windows().iter().map(Timestamp::to_string).collect();
        let minutes = ["09:30", "09:40", "09:50", "10:00", "10:10"];
        assert_eq!(windows, minutes.map(|minute| format!("2026-03-11T{minute}:00Z")));
        let year = Span { from: at("2026-03-11T10:00:00Z"), until: at("2027-01-30T10:00:00Z") };
        assert_eq!(year.windows()[0], at("2026-12-21T10:00:00Z"), "before that nothing is known");
        assert!(year.windows().len() <= 40);
    }

    #[test]
    fn a_leafs_key_is_read_back_and_nothing_else_is_one() {
        for text in ["forum-0123456789abcdef0123456789abcdef", "journal:roots/2026-03-11", "journal:protocol/a b"] {
            let key = ChainKey::parse(text).unwrap();
            assert_eq!(key.as_str(), text);
            let json = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<ChainKey>(&json).unwrap(), key);
        }
        assert_eq!(ChainKey::parse("journal:roots"), None);
        assert!(serde_json::from_str::<ChainKey>("\"head\"").is_err());
    }
}
