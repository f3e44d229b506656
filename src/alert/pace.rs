//! The pace of one topic: at most one message a second and a few at once, whoever sends and whatever their clocks say. Pure: from the
//! state of the topic's bucket and the time, whether a message may go now; `queue` keeps the state in the table.
//!
//! Workers' clocks differ, by minutes on a bad day. So the bucket does not hold one time but the same moment as every clock has it that was
//! ever seen, and each worker measures by the one that is its own. A clock that is ahead then makes nobody wait for it, and two
//! clocks that take turns cannot make time pass by taking turns: a clock that nobody had seen can make a bucket full, once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Milliseconds that one message costs: one message a second. SNS suspends an e-mail address that gets more than ten a second, and
/// nobody reads more than one.
pub const COST: i64 = 1_000;
/// Messages at once, after a quiet time.
pub const BURST: i64 = 5;
/// Messages of the burst that only distress and serious cases may use, so that a crowd of others never makes them wait.
pub const RESERVED: i64 = 2;
/// Milliseconds by which clocks differ on a good day: closer than this, two readings are of one clock.
const JITTER: i64 = 2_000;
/// Clocks that a bucket tells apart. More than this at once would all be wrong.
const CLOCKS: usize = 4;

/// What is left of a topic's pace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// What may be spent, in milliseconds; a message costs [`COST`].
    left: i64,
    /// The moment at which `left` was counted, in milliseconds of each clock that was seen; ascending and never empty.
    clocks: Vec<i64>,
}

/// How pressing a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// May use the whole burst.
    Urgent,
    /// Leaves [`RESERVED`] messages to those.
    Ordinary,
}

/// Whether a message may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Go,
    /// Not before this time of the asking worker's own clock; at most three seconds away.
    Wait(Timestamp),
}

impl Bucket {
    /// The bucket of a topic that nothing was sent to yet.
    pub fn full(now: Timestamp) -> Self {
        Self { left: BURST * COST, clocks: vec![now.as_millisecond()] }
    }

    /// Asks for one message at `now`. The bucket that comes back has to be kept also if the message has to wait: it knows the
    /// asker's clock from then on.
    pub fn take(&self, now: Timestamp, haste: Haste) -> (Bucket, Turn) {
        let mut bucket = self.counted(now.as_millisecond());
        let floor = match haste {
            Haste::Urgent => 0,
            Haste::Ordinary => RESERVED * COST,
        };
        let missing = floor + COST - bucket.left;
        if missing <= 0 {
            bucket.left -= COST;
            return (bucket, Turn::Go);
        }
        let until = Timestamp::from_millisecond(now.as_millisecond().saturating_add(missing)).unwrap_or(now);
        (bucket, Turn::Wait(until))
    }

    /// The bucket as it stands when one of its clocks shows `now`.
    fn counted(&self, now: i64) -> Bucket {
        let mut bucket = self.clone();
        // The asker's clock is the fastest one that it has caught up with, or nearly.
        match self.clocks.iter().rev().find(|clock| now.saturating_sub(**clock) >= -JITTER) {
            Some(clock) => {
                let passed = now.saturating_sub(*clock).max(0);
                bucket.left = self.left.saturating_add(passed).clamp(0, BURST * COST);
                for clock in &mut bucket.clocks {
                    *clock = clock.saturating_add(passed);
                }
            }
            None => {
                // Slower than every clock that was seen: it counts from here, and no time has passed.
                bucket.clocks.insert(0, now);
                bucket.clocks.truncate(CLOCKS);
            }
        }
        bucket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_773_000_000_000 + milliseconds).unwrap()
    }

    /// How many of `asks` messages may go at one moment.
    fn go(bucket: &mut Bucket, now: i64, haste: Haste, asks: usize) -> usize {
        let ask = |bucket: &mut Bucket| {
            let (next, turn) = bucket.take(at(now), haste);
            *bucket = next;
            turn == Turn::Go
        };
        (0..asks).filter(|_| ask(bucket)).count()
    }

    #[test]
    fn a_burst_goes_at_once_and_then_one_a_second() {
        let rows = [(Haste::Urgent, 5), (Haste::Ordinary, 3)];
        for (haste, burst) in rows {
            let mut bucket = Bucket::full(at(0));
            assert_eq!(go(&mut bucket, 0, haste, 100), burst, "{haste:?}");
            for second in 1..50 {
                assert_eq!(go(&mut bucket, second * 1_000 - 1, haste, 100), 0, "{haste:?} {second}");
                assert_eq!(go(&mut bucket, second * 1_000, haste, 100), 1, "{haste:?} {second}");
            }
            assert_eq!(go(&mut bucket, 3_600_000, haste, 100), burst, "an hour of quiet saves up one burst");
        }
    }

    #[test]
    fn a_crowd_of_others_leaves_the_urgent_their_part() {
        let mut bucket = Bucket::full(at(0));
        assert_eq!(go(&mut bucket, 0, Haste::Ordinary, 100), 3);
        assert_eq!(go(&mut bucket, 0, Haste::Urgent, 100), 2);
        let (_, turn) = bucket.take(at(0), Haste::Ordinary);
        assert_eq!(turn, Turn::Wait(at(3_000)), "nobody is told to wait longer than this");
        assert_eq!(bucket.take(at(0), Haste::Urgent).1, Turn::Wait(at(1_000)));
    }

    #[test]
    fn a_clock_that_was_ahead_makes_nobody_wait_for_it() {
        let mut bucket = Bucket::full(at(600_000));
        assert_eq!(go(&mut bucket, 600_000, Haste::Urgent, 100), 5);
        assert_eq!(go(&mut bucket, 0, Haste::Urgent, 1), 0, "no time has passed that we know of");
        assert_eq!(go(&mut bucket, 1_000, Haste::Urgent, 100), 1);
        assert_eq!(go(&mut bucket, 601_000, Haste::Urgent, 100), 0, "the fast clock has seen the same second");
        assert_eq!(go(&mut bucket, 602_000, Haste::Urgent, 100), 1);
        assert_eq!(go(&mut bucket, 2_000, Haste::Urgent, 100), 0);
    }

    #[test]
    fn readings_of_one_clock_that_come_out_of_order_are_one_clock() {
        let mut bucket = Bucket::full(at(600_000));
        go(&mut bucket, 0, Haste::Urgent, 1);
        go(&mut bucket, 600_500, Haste::Urgent, 100);
        let before = bucket.clone();
        assert_eq!(go(&mut bucket, 600_000, Haste::Urgent, 100), 0);
        assert_eq!(bucket, before, "no ten minutes have passed since the slow clock was seen");
    }

    /// Workers whose clocks are up to ten minutes wrong ask in any order: over any time the topic gets no more than the pace and a burst for
    /// each clock, and nobody who keeps asking waits longer than a few seconds more than the pace demands.
    #[test]
    fn workers_with_clocks_that_differ_share_one_pace() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for round in 0..500 {
            let skews: Vec<i64> = (0..1 + next(3)).map(|_| i64::try_from(next(1_200_000)).unwrap() - 600_000).collect();
            let mut bucket = Bucket::full(at(skews[0]));
            let (mut now, mut gone) = (0_i64, Vec::new());
            while now < 120_000 {
                now += i64::try_from(next(700)).unwrap();
                let skew = skews[usize::try_from(next(skews.len() as u64)).unwrap()];
                let haste = if next(4) == 0 { Haste::Urgent } else { Haste::Ordinary };
                if go(&mut bucket, now + skew, haste, 1) == 1 {
                    gone.push(now);
                }
            }
            let bursts = skews.len() * usize::try_from(BURST).unwrap();
            for (index, start) in gone.iter().enumerate() {
                for (count, end) in gone[index..].iter().enumerate() {
                    let allowed = usize::try_from((end - start) / COST).unwrap() + 1 + bursts;
                    assert!(count < allowed, "round {round}: {skews:?} from {start} to {end}: {count}");
                }
            }
            assert!(gone.len() >= 110, "round {round}: {skews:?}: only {} messages in two minutes", gone.len());
        }
    }
}
