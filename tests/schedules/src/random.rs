//! Chance, from a seed: SplitMix64, whose whole state is one number, so that schedule K of seed S is the same wherever it runs.

use std::cell::Cell;

/// A stream of numbers.
#[derive(Debug)]
pub struct Random(Cell<u64>);

impl Random {
    /// The stream that belongs to schedule `only` of a seed.
    pub fn new(seed: u64, only: u64) -> Self {
        Self(Cell::new(mix(seed) ^ mix(only.wrapping_add(0x5851_f42d_4c95_7f2d))))
    }

    /// Any number.
    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        mix(state)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or(0) + 1;
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    /// True once in `1 / chance` times.
    pub fn happens(&self, chance: f64) -> bool {
        ((self.next() >> 11) as f64) < chance * (1u64 << 53) as f64
    }

    /// One of several.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.between(0, from.len() as i64 - 1)).unwrap_or(0)]
    }
}

/// Any two numbers that differ in one bit come out unlike each other.
pub fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
