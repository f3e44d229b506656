//! Measured recall: how much of what there was the machine put before people, with a one-sided 95 % bound, for each channel and
//! language. Pure.
//!
//! What counts is what people decided, over the weeks that a sample was drawn of:
//!
//! - *found* (TP): comments that the machine put into the alert or review band, all of which people read, and in which they found a case,
//!   a special situation or a quality complaint. A duplicate counts where its original does;
//! - *known misses* (K): comments of the lowest band outside the sample in which people found one all the same;
//! - the sample: n drawn comments that people have read one by one, x of them with a finding. Of the rest N of the lowest band, x of n
//!   says how many were missed.
//!
//! The upper bound of the miss rate is that of Clopper and Pearson, exact and one-sided: the p at which x or fewer of n come up in 5 %
//! of samples. So many of N may be missed; no more than x and everything unread; and no recall is lower, in 95 of 100 samples, than
//! TP / (TP + K + ⌈min(N × p, x + N − n)⌉). A drawn comment that nobody has read counts as unread, also where its words went before
//! somebody could read them; both numbers stand beside the figure. Below [`ENOUGH`] comments read no figure is given.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::facts::{CommentFacts, Facts};
use crate::model::{Band, Period};

/// Comments of a sample that have to be read before a figure is given: of fewer, even none missed would allow a rate above 14 %.
pub const ENOUGH: u32 = 20;
/// The chance that the bound is wrong.
const ALPHA: f64 = 0.05;
/// Halvings of the interval: beyond what a double can tell apart.
const HALVINGS: u32 = 60;
/// What stands for all channels, or all languages.
pub const ALL: &str = "all";

/// One channel and language, or all together. Shares are in millionths, so that a statement reads the same on every machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    pub channel: String,
    pub language: String,
    /// Found by people in the alert and review bands.
    pub found: u32,
    /// Found by people in the lowest band, outside the sample.
    pub known_misses: u32,
    /// Comments of the lowest band in the weeks that were drawn, without the known misses.
    pub lowest_band: u32,
    pub drawn: u32,
    /// Read one by one: the n of the figure.
    pub read: u32,
    /// Read one by one, with a finding: the misses that the sample showed.
    pub missed: u32,
    /// Drawn, and their words went before anybody had read them.
    pub gone_unread: u32,
    /// Upper bound of the share of the lowest band that the machine missed; `None` while not enough were read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub miss_rate_at_most: Option<u32>,
    /// Lower bound of the recall; `None` while not enough were read, or while there was nothing to find.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recall_at_least: Option<u32>,
}

/// The figures over the draws of weeks that end by `until`: all together first, then by channel and language.
pub fn measure(facts: &Facts, until: Date) -> Vec<Recall> {
    let weeks: BTreeSet<Period> = facts.draws.iter().map(|draw| draw.week).filter(|week| week.after() <= until).collect();
    let mut total = Recall { channel: ALL.to_owned(), language: ALL.to_owned(), ..Recall::default() };
    let mut rows: BTreeMap<(String, String), Recall> = BTreeMap::new();
    for comment in facts.comments.iter().filter(|comment| comment.measurable()) {
        if !weeks.contains(&Period::week_of(facts.date(comment.aware_at))) {
            continue;
        }
        let row = rows.entry((comment.channel.clone(), comment.language.clone())).or_insert_with(|| Recall {
            channel: comment.channel.clone(),
            language: comment.language.clone(),
            ..Recall::default()
        });
        row.add(comment);
        total.add(comment);
    }
    let rows = std::iter::once(total).chain(rows.into_values());
    rows.map(Recall::bounded).collect()
}

impl Recall {
    fn add(&mut self, comment: &CommentFacts) {
        let (finding, sampled) = (comment.is_finding(), !comment.samples.is_empty());
        match comment.band {
            Some(Band::Alert | Band::Review) => self.found += u32::from(finding),
            Some(Band::Log) if finding && !sampled => self.known_misses += 1,
            Some(Band::Log) => {
                self.lowest_band += 1;
                self.drawn += u32::from(sampled);
                self.read += u32::from(sampled && comment.read_by_itself);
                self.missed += u32::from(sampled && comment.read_by_itself && finding);
                self.gone_unread += u32::from(sampled && !comment.read_by_itself && comment.erased);
            }
            None => {}
        }
    }

    /// Fills in what follows from the counts.
    fn bounded(mut self) -> Recall {
        if self.read < ENOUGH {
            return self;
        }
        let rate = upper_bound(self.missed, self.read);
        self.miss_rate_at_most = Some((rate * 1e6).ceil() as u32);
        let unread = self.lowest_band.saturating_sub(self.read);
        let by_rate = (f64::from(self.lowest_band) * rate).ceil();
        let missed = by_rate.min(f64::from(self.missed + unread));
        let all = f64::from(self.found) + f64::from(self.known_misses) + missed;
        if all > 0.0 {
            self.recall_at_least = Some((f64::from(self.found) / all * 1e6).floor() as u32);
        }
        self
    }
}

/// The exact one-sided upper bound of Clopper and Pearson, at 95 %, for `missed` of `read`; 1 where nothing was read.
pub fn upper_bound(missed: u32, read: u32) -> f64 {
    if missed >= read {
        return 1.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        // The tail falls as the rate grows.
        if tail(missed, read, middle) > ALPHA {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The chance of at most `missed` of `read` at this rate. The terms are added as logarithms: the first alone is below what a double can
/// hold once `read` is some thousands.
fn tail(missed: u32, read: u32, rate: f64) -> f64 {
    let (log_rate, log_rest) = (rate.ln(), (-rate).ln_1p());
    let mut term = f64::from(read) * log_rest;
    let mut sum = term;
    for k in 0..missed {
        term += (f64::from(read - k) / f64::from(k + 1)).ln() + log_rate - log_rest;
        let (large, small) = if term > sum { (term, sum) } else { (sum, term) };
        sum = large + (small - large).exp().ln_1p();
    }
    sum.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the beta distribution's 95 % quantile, Beta(x + 1, n − x), computed apart from this program; the first is the rule of three.
    #[test]
    fn the_bound_is_that_of_clopper_and_pearson() {
        BOUNDS.iter().for_each(|(missed, read, expected)| {
            let bound = upper_bound(*missed, *read);
            assert!((bound - expected).abs() < 1e-9, "{missed} of {read}: {bound} is not {expected}");
        });
        assert_eq!((upper_bound(0, 0), upper_bound(3, 3)), (1.0, 1.0));
    }

    const BOUNDS: [(u32, u32, f64); 12] = [
        (0, 1, 0.950000000000),
        (0, 20, 0.139108340668),
        (0, 59, 0.049507609888),
        (0, 100, 0.029513049607),
        (1, 100, 0.046559811454),
        (5, 200, 0.051843339120),
        (3, 30, 0.238597857293),
        (29, 30, 0.998291684356),
        (0, 5_000, 0.000598967002),
        (12, 5_000, 0.003885619667),
        (2, 59, 0.102889162710),
        (50, 1_000, 0.062863403512),
    ];

    fn counted(found: u32, lowest_band: u32, read: u32, missed: u32) -> Recall {
        Recall { found, lowest_band, drawn: read, read, missed, ..Recall::default() }.bounded()
    }

    #[test]
    fn a_recall_is_bounded_from_below_and_never_told_without_enough_read() {
        // 0 of 59 read: at most 4.95 % of 1,000 missed, so 50; 50 found: 50 of 100.
        assert_eq!(counted(50, 1_000, 59, 0).recall_at_least, Some(500_000));
        let few = counted(50, 1_000, ENOUGH - 1, 0);
        assert_eq!((few.miss_rate_at_most, few.recall_at_least), (None, None));
        // Everything was read: what was missed is known.
        assert_eq!(counted(9, 100, 100, 1).recall_at_least, Some(900_000));
        // There was nothing to find, and all of it was read.
        assert_eq!(counted(0, 40, 40, 0).recall_at_least, None);
        // Nothing was found, and something may have been missed.
        assert_eq!(counted(0, 400, 40, 0).recall_at_least, Some(0));
        let known = Recall { known_misses: 50, ..counted(50, 1_000, 59, 0) }.bounded();
        assert_eq!(known.recall_at_least, Some(333_333));
    }
}
