//! The pace of one topic: at most one message a second and a few at once, whoever sends and whatever their clocks say. Pure: from the
//! state of the topic's bucket and the time, whether a message may go now; `queue` keeps the state in the table.
//!
//! Workers' clocks differ, by minutes on a bad day. So the bucket does not hold one time but the same moment as each worker's clock had it,
//! and each worker measures by its own clock. One whose clock is ahead then makes nobody wait for it, and workers that take turns cannot
//! make time pass by taking turns: a worker that nobody knows yet can fill the bucket, once.

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
/// Milliseconds after which a bucket is full again, whatever it held.
const FULL: i64 = BURST * COST;
/// Workers that a bucket knows: those that asked last. More are taken for new ones, each time.
const WORKERS: usize = 16;

/// What is left of a topic's pace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// What may be spent, in milliseconds; a message costs [`COST`].
    left: i64,
    /// The moment at which `left` was counted, in milliseconds of each worker's clock; whoever asked last comes first.
    readings: Vec<Reading>,
}

/// What one worker's clock showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Reading {
    worker: String,
    at: i64,
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
    pub fn full() -> Self {
        Self { left: FULL, readings: Vec::new() }
    }

    /// A worker asks for one message at `now`. The bucket that comes back has to be kept; where the message has to wait, only if this one does
    /// not know the worker's clock ([`Bucket::knows`]).
    pub fn take(&self, worker: &str, now: Timestamp, haste: Haste) -> (Bucket, Turn) {
        let mut bucket = self.counted(worker, now.as_millisecond());
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

    /// Whether a worker that has to wait may leave the bucket as it stands: its clock is known and goes forward.
    pub fn knows(&self, worker: &str, now: Timestamp) -> bool {
        self.readings.iter().any(|reading| reading.worker == worker && reading.at <= now.as_millisecond())
    }

    /// The bucket as it stands when this worker's clock shows `now`.
    fn counted(&self, worker: &str, now: i64) -> Bucket {
        let passed = self.passed(worker, now);
        let own = Reading { worker: worker.to_owned(), at: now };
        let others = self.readings.iter().filter(|reading| reading.worker != worker);
        // What one worker measured has passed for all. How long it was quiet before a worker came that nobody knows, that worker cannot say.
        let shift = passed.unwrap_or(0);
        let others = others.map(|other| Reading { worker: other.worker.clone(), at: other.at.saturating_add(shift) });
        let left = self.left.saturating_add(passed.unwrap_or(FULL)).clamp(0, FULL);
        Bucket { left, readings: std::iter::once(own).chain(others).take(WORKERS).collect() }
    }

    /// Milliseconds since `left` was counted; `None` if it may be very long.
    fn passed(&self, worker: &str, now: i64) -> Option<i64> {
        if let Some(own) = self.readings.iter().find(|reading| reading.worker == worker) {
            // A clock that was set back starts anew from where it is.
            return Some(now.saturating_sub(own.at).max(0));
        }
        // A new worker has the clock of the one that it has just caught up with, or nearly; if it is slower than all, no time has passed.
        let since = self.readings.iter().map(|reading| now.saturating_sub(reading.at)).filter(|since| *since >= -JITTER).min();
        Some(since.unwrap_or(0).max(0)).filter(|since| *since <= FULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_773_000_000_000 + milliseconds).unwrap()
    }

    /// How many of `asks` messages of one worker may go at one moment.
    fn go(bucket: &mut Bucket, (worker, now): (&str, i64), haste: Haste, asks: usize) -> usize {
        let ask = |bucket: &mut Bucket| {
            let (next, turn) = bucket.take(worker, at(now), haste);
            *bucket = next;
            turn == Turn::Go
        };
        (0..asks).filter(|_| ask(bucket)).count()
    }

    #[test]
    fn a_burst_goes_at_once_and_then_one_a_second() {
        let rows = [(Haste::Urgent, 5), (Haste::Ordinary, 3)];
        for (haste, burst) in rows {
            let mut bucket = Bucket::full();
            assert_eq!(go(&mut bucket, ("a", 0), haste, 100), burst, "{haste:?}");
            for second in 1..50 {
                assert_eq!(go(&mut bucket, ("a", second * 1_000 - 1), haste, 100), 0, "{haste:?} {second}");
                assert_eq!(go(&mut bucket, ("a", second * 1_000), haste, 100), 1, "{haste:?} {second}");
            }
            assert_eq!(go(&mut bucket, ("a", 3_600_000), haste, 100), burst, "an hour of quiet saves up one burst");
        }
    }

    #[test]
    fn a_crowd_of_others_leaves_the_urgent_their_part() {
        let mut bucket = Bucket::full();
        assert_eq!(go(&mut bucket, ("a", 0), Haste::Ordinary, 100), 3);
        assert_eq!(go(&mut bucket, ("a", 0), Haste::Urgent, 100), 2);
        let (_, turn) = bucket.take("a", at(0), Haste::Ordinary);
        assert_eq!(turn, Turn::Wait(at(3_000)), "nobody is told to wait longer than this");
        assert_eq!(bucket.take("a", at(0), Haste::Urgent).1, Turn::Wait(at(1_000)));
    }

    #[test]
    fn a_clock_that_is_ahead_makes_nobody_wait_for_it_and_gains_nothing() {
        let mut bucket = Bucket::full();
        let fast = |second: i64| ("fast", 600_000 + second * 1_000);
        assert_eq!(go(&mut bucket, fast(0), Haste::Urgent, 100), 5);
        assert_eq!(go(&mut bucket, ("slow", 0), Haste::Urgent, 1), 0, "no time has passed that we know of");
        assert_eq!(go(&mut bucket, ("slow", 1_000), Haste::Urgent, 100), 1);
        assert_eq!(go(&mut bucket, fast(1), Haste::Urgent, 100), 0, "the fast clock has seen the same second");
        assert_eq!(go(&mut bucket, fast(2), Haste::Urgent, 100), 1);
        assert_eq!(go(&mut bucket, ("slow", 2_000), Haste::Urgent, 100), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_goes_on_from_there() {
        let mut bucket = Bucket::full();
        assert_eq!(go(&mut bucket, ("a", 3_600_000), Haste::Urgent, 100), 5);
        assert_eq!(go(&mut bucket, ("a", 0), Haste::Urgent, 100), 0);
        assert_eq!(go(&mut bucket, ("a", 1_000), Haste::Urgent, 100), 1);
    }

    #[test]
    fn new_workers_with_the_same_clock_get_nothing_extra() {
        let mut bucket = Bucket::full();
        let workers: Vec<String> = (0..100).map(|worker| worker.to_string()).collect();
        let gone: usize = workers.iter().map(|worker| go(&mut bucket, (worker, 0), Haste::Urgent, 1)).sum();
        assert_eq!(gone, 5);
        let gone: usize = workers.iter().map(|worker| go(&mut bucket, (worker, 1_000), Haste::Urgent, 1)).sum();
        assert_eq!(gone, 1);
        assert!(bucket.readings.len() <= WORKERS);
    }

    /// Workers whose clocks are up to ten minutes wrong ask in any order, with pauses: over any time the topic gets no more than the pace and
    /// a burst for each worker, and the pace is used.
    #[test]
    fn workers_with_clocks_that_differ_share_one_pace() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = move |below: i64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            i64::try_from(seed % u64::try_from(below).unwrap()).unwrap()
        };
        for round in 0..2_000 {
            let workers: Vec<(String, i64)> =
                (0..1 + next(4)).map(|worker| (worker.to_string(), next(1_200_000) - 600_000)).collect();
            let mut bucket = Bucket::full();
            let (mut now, mut busy, mut gone) = (0, 0, Vec::new());
            while now < 240_000 {
                let step = next(700);
                let quiet = if next(50) == 0 { next(30_000) } else { 0 };
                (now, busy) = (now + step + quiet, busy + step);
                let (worker, skew) = &workers[usize::try_from(next(i64::try_from(workers.len()).unwrap())).unwrap()];
                let haste = if next(4) == 0 { Haste::Urgent } else { Haste::Ordinary };
                if go(&mut bucket, (worker, now + skew), haste, 1) == 1 {
                    gone.push(now);
                }
            }
            let bursts = i64::try_from(workers.len()).unwrap() * BURST;
            for (index, start) in gone.iter().enumerate() {
                for (count, end) in (1..).zip(&gone[index..]) {
                    let allowed = (end - start) / COST + 1 + bursts;
                    assert!(count <= allowed, "round {round}: {workers:?} from {start} to {end}: {count}");
                }
            }
            let least = busy / COST * 9 / 10;
            assert!(i64::try_from(gone.len()).unwrap() >= least, "round {round}: {workers:?}: {} of {least}", gone.len());
        }
    }
}
