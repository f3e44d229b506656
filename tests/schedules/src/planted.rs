//! Faults that the self-test plants, one at a time, each of which the judge has to find.

/// A fault of the program that is not there unless it is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    Nothing,
    /// A window that ends is not written down.
    NoDeviation,
    /// A window's end wakes nobody.
    NobodyWakesForWindows,
    /// The second step of a route is left out.
    StepLeftOut,
    /// The record is not read again under the claim.
    NotReadUnderTheClaim,
    /// A decision is taken on whatever page the person had open.
    StaleDecision,
    /// A form that comes twice is recorded twice.
    FormTwice,
    /// What is owed is found only when the finder's clock shows so.
    OwedByTheClock,
    /// A claim that a dead worker held is never given up.
    ADeadClaimHolds,
    /// A claim whose end a fast clock wrote is waited for.
    AClaimOfAFastClockHolds,
    /// A message that every carrier refused is recorded as published.
    RefusedCountsAsPublished,
    /// The second carrier is not asked.
    NoSecondCarrier,
    /// A delivery is marked as worked off before its comment is in a chain.
    MarkedTooEarly,
    /// What has no turn, or was refused, stands in no queue.
    NobodyQueues,
    /// A deviation is written down once more each time somebody looks.
    DeviationTwice,
}

impl Planted {
    /// All of them, with their names.
    pub const ALL: [Planted; 14] = [
        Planted::NoDeviation,
        Planted::NobodyWakesForWindows,
        Planted::StepLeftOut,
        Planted::NotReadUnderTheClaim,
        Planted::StaleDecision,
        Planted::FormTwice,
        Planted::OwedByTheClock,
        Planted::ADeadClaimHolds,
        Planted::AClaimOfAFastClockHolds,
        Planted::RefusedCountsAsPublished,
        Planted::NoSecondCarrier,
        Planted::MarkedTooEarly,
        Planted::NobodyQueues,
        Planted::DeviationTwice,
    ];

    pub fn is(self, other: Planted) -> bool {
        self == other
    }
}
