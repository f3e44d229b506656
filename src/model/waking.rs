//! How open work stands in the index by which the sweep finds it: when it falls due, and whether anybody's clock has a say in that. Pure;
//! `store` writes and reads it, the stream's handler asks it.
//!
//! Workers' clocks differ. What falls due at a time (a step, a window's end) falls due for each worker when its own clock gets there. What
//! is owed already (a delivery that nobody read, a message that no carrier accepted) is owed whatever a clock shows: a worker whose clock
//! is behind must not wait until it has caught up with the one that wrote the time down.

use jiff::{SignedDuration, Timestamp};

/// The longest that a stage leaves owed work alone because it could not be done. A time further ahead was written by a faster clock.
const LONGEST_REST: SignedDuration = SignedDuration::from_secs(60);
/// What separates owed work from the rest in the index, in milliseconds: more than any time there is, so that owed work comes first.
const OWED: i64 = 1_000_000_000_000_000;

/// When a piece of open work falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waking {
    pub at: Timestamp,
    /// Owed already; `at` says since when, or until when a stage leaves it alone.
    pub owed: bool,
}

impl Waking {
    /// As the index sorts it: owed work before the rest, each by its time.
    pub fn number(self) -> i64 {
        let at = self.at.as_millisecond();
        if self.owed { at - OWED } else { at }
    }

    /// Reads what [`Waking::number`] wrote; `None` where that is no time.
    pub fn from_number(number: i64) -> Option<Waking> {
        // No time of Dayzero's lies before 1970, and every owed one is far below it.
        let owed = number < -(OWED / 2);
        let at = Timestamp::from_millisecond(if owed { number.checked_add(OWED)? } else { number }).ok()?;
        Some(Waking { at, owed })
    }

    /// Whether the sweep of a worker whose clock shows `now` takes it up.
    pub fn is_due(self, now: Timestamp) -> bool {
        let ahead = self.at.duration_since(now);
        ahead <= SignedDuration::ZERO || (self.owed && ahead > LONGEST_REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_found_by_every_clock_and_left_alone_for_a_minute_at_most() {
        let at: Timestamp = "2026-03-11T09:30:00Z".parse().unwrap();
        // (owed, the worker's clock beside the time in seconds, taken up)
        let rows = [
            (false, -1200, false),
            (false, -1, false),
            (false, 0, true),
            (false, 1200, true),
            (true, -1200, true),
            (true, -61, true),
            (true, -60, false),
            (true, -1, false),
            (true, 0, true),
            (true, 1200, true),
        ];
        for (owed, seconds, expected) in rows {
            let now = at + SignedDuration::from_secs(seconds);
            let waking = Waking { at, owed };
            assert_eq!(waking.is_due(now), expected, "{owed} {seconds}");
            assert_eq!(Waking::from_number(waking.number()), Some(waking));
        }
        let (late, early) = (Waking { at: Timestamp::MAX, owed: true }, Waking { at: Timestamp::UNIX_EPOCH, owed: false });
        assert!(late.number() < early.number(), "owed work comes first");
        assert_eq!(Waking::from_number(i64::MIN), None);
    }
}
