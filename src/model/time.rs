//! Time: when the company could know, when something is due, and how the two stand to each other now.
//!
//! Pure code takes `now` as an argument; only handlers hold a [`Clock`]. How a deadline is computed (business hours, holidays,
//! daylight saving) is the protocol's business; this module only holds the result.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The moment from which the company could know of a comment: Dayzero kept the delivery that told it.
///
/// It is set once, by `receive`, from our own clock, and is not the platform's time and not the time of classification. A record
/// keeps the earliest one it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AwareAt(Timestamp);

impl AwareAt {
    /// For `receive`, for reading back what it stored, and for the operator's question "what if a comment came at …".
    pub fn new(at: Timestamp) -> Self {
        Self(at)
    }

    /// The bare moment, for arithmetic and for showing.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

/// An end of a window. Made by `protocol` out of an [`AwareAt`] and a window of the protocol, never ad hoc.
///
/// ```compile_fail,E0624
/// let due = dayzero::model::Deadline::from_window(jiff::Timestamp::UNIX_EPOCH);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Deadline(Timestamp);

impl Deadline {
    /// For `protocol` only (`tests/it/tidy.rs` checks it).
    pub(crate) fn from_window(end: Timestamp) -> Self {
        Self(end)
    }

    /// The bare moment, for sorting and for showing.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// How the deadline stands at `now`. A deadline is kept by what happens at or before it.
    pub fn standing(self, now: Timestamp) -> Standing {
        let left = self.0.duration_since(now);
        if left.is_negative() { Standing::Overdue(-left) } else { Standing::Ahead(left) }
    }
}

/// Lateness is a case of its own, so that nobody can mistake "an hour ago" for "now".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Ahead(SignedDuration),
    Overdue(SignedDuration),
}

impl Standing {
    /// Whether the deadline has gone by.
    pub fn is_overdue(self) -> bool {
        matches!(self, Standing::Overdue(_))
    }
}

/// Where handlers get `now` from.
#[derive(Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that moves only when its owner moves it. Clones share one hand.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until [`Clock::advance`] moves it.
    pub fn manual(at: Timestamp) -> Self {
        Clock::Manual(Arc::new(AtomicI64::new(at.as_millisecond())))
    }

    /// The moment that a handler passes on to pure code.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Manual(hand) => Timestamp::from_millisecond(hand.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Moves a manual clock's hand; the machine's clock cannot be moved.
    pub fn advance(&self, by: SignedDuration) {
        if let Clock::Manual(hand) = self {
            let milliseconds = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            hand.fetch_add(milliseconds, Ordering::SeqCst);
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clock::System => f.write_str("Clock::System"),
            Clock::Manual(_) => write!(f, "Clock::Manual({})", self.now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_kept_up_to_and_including_its_moment() {
        let due = Deadline::from_window("2026-03-02T10:00:00Z".parse().unwrap());
        let rows = [
            ("2026-03-02T09:59:00Z", Standing::Ahead(SignedDuration::from_secs(60))),
            ("2026-03-02T10:00:00Z", Standing::Ahead(SignedDuration::ZERO)),
            ("2026-03-02T11:00:00Z", Standing::Overdue(SignedDuration::from_secs(3600))),
        ];
        for (now, expected) in rows {
            assert_eq!(due.standing(now.parse().unwrap()), expected, "{now}");
        }
    }
}
