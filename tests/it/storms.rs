//! Storms: the whole line in one process, in time of its own, with faults at every call of the SDK's clients, and with processes that end at
//! any of their suspension points. Everything of ours is as it is, down to the real clients; what lies outside (the table, the topics, the
//! platforms, the machine's time) is modelled in `rig`, `wire`, `sns` and `hours`.
//!
//! Each test is one goal of the reliability bar and prints one line of what it ran and found. At every change a sample runs, with a fixed seed;
//! `tests/long/run` sets the variables for the full counts (`tests/long/README.md`).

mod burst;
mod carriers;
mod copies;
mod cuts;
mod gap;
mod hours;
mod injection;
mod judge;
mod poison;
mod rig;
mod sns;
mod weather;
mod wire;

/// What the drawn numbers of a test begin with: `DAYZERO_STORM_SEED` tries others.
pub fn seed() -> u64 {
    count("DAYZERO_STORM_SEED", 20_261_130)
}

/// How many of something a test runs: what the variable says, or the sample of every change.
pub fn count(variable: &str, sample: u64) -> u64 {
    std::env::var(variable).map_or(sample, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

/// Seeded numbers: the same at every run.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(0x2545_f491_4f6c_dd1d ^ (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }

    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, usize::try_from(self.below(last as u64 + 1)).expect("a place in a list"));
        }
    }
}
