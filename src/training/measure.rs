//! Counts what readings got right, with how sure that is: shares with Wilson's 95 % interval, average precision with a bootstrap's.
//!
//! The figures are those that the classifier is judged by: which reports reached people, how many others did as well, whether special
//! situations and quality complaints were named, whether the evidence shows the event. What is compared is the reading's answer; nothing
//! here knows how it was made.

use serde::{Deserialize, Serialize};

use super::Labelled;
use super::fit::Seed;
use crate::model::{Assessment, Band};

/// Samples drawn for an interval of the average precision.
const DRAWS: usize = 200;

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_964;

/// A figure with its interval; `of` is what it was counted over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub of: usize,
}

/// A comment with its reading.
#[derive(Clone)]
pub struct Read<'r> {
    pub row: &'r Labelled,
    pub answer: Assessment,
}

impl Read<'_> {
    fn is(&self, band: Band) -> bool {
        self.answer.band == band
    }

    /// Whether a piece of evidence shows some of the event's words; `None` where the event's place is not known.
    fn shows_the_event(&self) -> Option<bool> {
        let places = self.row.marked();
        let over = |start: usize, end: usize| places.iter().any(|place| start < place.end && place.start < end);
        (!places.is_empty()).then(|| self.answer.evidence.iter().any(|span| over(span.start as usize, span.end as usize)))
    }

    fn evidence_letters(&self) -> usize {
        self.answer.evidence.iter().map(|span| span.words(&self.row.text).chars().count()).sum()
    }
}

/// Every figure that these readings give; those that nothing was counted for are left out.
pub fn figures(reads: &[&Read<'_>]) -> Vec<Figure> {
    let share = |name: &'static str, of: &dyn Fn(&Read<'_>) -> bool, is: &dyn Fn(&Read<'_>) -> bool| {
        let of: Vec<&&Read<'_>> = reads.iter().filter(|read| of(read)).collect();
        wilson(name, of.iter().filter(|read| is(read)).count(), of.len())
    };
    let alert = |read: &Read<'_>| read.is(Band::Alert);
    let seen = |read: &Read<'_>| !read.is(Band::Log);
    let reports = |read: &Read<'_>| read.row.reports();
    let plain = |read: &Read<'_>| read.row.is_plain();
    let serious = |read: &Read<'_>| read.row.reports() && !read.row.serious.is_empty();
    let urgent = |read: &Read<'_>| read.row.is_urgent();
    let special = |read: &Read<'_>| !read.row.special.is_empty();
    let named = |read: &Read<'_>| read.row.special.iter().any(|kind| read.answer.special.contains(kind));
    let pqc = |read: &Read<'_>| read.row.is_pqc();
    let shares = [
        share("alert recall", &reports, &alert),
        share("alert or review recall", &reports, &seen),
        share("plain negatives in alert", &plain, &alert),
        share("plain negatives in alert or review", &plain, &seen),
        share("hard negatives out of alert", &|read| read.row.is_hard(), &|read| !read.is(Band::Alert)),
        share("serious in alert", &serious, &alert),
        share("serious in alert or review", &serious, &seen),
        share("urgent in alert", &urgent, &alert),
        share("urgent in alert or review", &urgent, &seen),
        share("special in alert or review", &special, &seen),
        share("special kind named", &special, &named),
        share("quality complaint in alert or review", &pqc, &seen),
        share("quality complaint named", &pqc, &|read| read.answer.pqc),
        share("evidence shows the event", &|read| read.shows_the_event().is_some(), &|read| read.shows_the_event() == Some(true)),
    ];
    precision(reads).into_iter().chain(shares.into_iter().flatten()).chain(letters(reads)).collect()
}

/// A share with Wilson's interval, which holds at its ends as well: nothing missed of 59 is no less than 0.94.
fn wilson(name: &'static str, hits: usize, of: usize) -> Option<Figure> {
    if of == 0 {
        return None;
    }
    let (count, value) = (of as f64, hits as f64 / of as f64);
    let middle = value + Z * Z / (2.0 * count);
    let reach = Z * (value * (1.0 - value) / count + Z * Z / (4.0 * count * count)).sqrt();
    let whole = 1.0 + Z * Z / count;
    Some(Figure {
        name: name.to_owned(),
        value,
        low: ((middle - reach) / whole).max(0.0),
        high: ((middle + reach) / whole).min(1.0),
        of,
    })
}

/// Average precision.
fn precision(reads: &[&Read<'_>]) -> Vec<Figure> {
    let pairs: Vec<(u16, bool)> = reads.iter().map(|read| (read.answer.score, read.row.reports())).collect();
    let Some(value) = average_precision(&pairs) else { return Vec::new() };
    let mut seed = Seed(1);
    let mut drawn: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let sample: Vec<(u16, bool)> = pairs.iter().map(|_| pairs[seed.below(pairs.len())]).collect();
            average_precision(&sample)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| drawn.get((share * drawn.len() as f64) as usize).copied().unwrap_or(value);
    vec![Figure { name: "average precision".to_owned(), value, low: at(0.025), high: at(0.975), of: pairs.len() }]
}

/// The area under the curve of precision and recall; equal scores are one step, so that their order cannot matter.
pub fn average_precision<S: Copy + Ord>(pairs: &[(S, bool)]) -> Option<f64> {
    let mut pairs = pairs.to_vec();
    pairs.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let positives = pairs.iter().filter(|(_, yes)| *yes).count();
    let (mut hits, mut seen, mut sum) = (0_usize, 0_usize, 0.0);
    for step in pairs.chunk_by(|one, other| one.0 == other.0) {
        let gained = step.iter().filter(|(_, yes)| *yes).count();
        (hits, seen) = (hits + gained, seen + step.len());
        sum += gained as f64 * hits as f64 / seen as f64;
    }
    (positives > 0).then(|| sum / positives as f64)
}

/// How many letters of evidence a report has on average.
fn letters(reads: &[&Read<'_>]) -> Option<Figure> {
    let counts: Vec<f64> =
        reads.iter().filter(|read| read.shows_the_event().is_some()).map(|read| read.evidence_letters() as f64).collect();
    let count = counts.len() as f64;
    let mean = counts.iter().sum::<f64>() / count;
    let spread = (counts.iter().map(|letters| (letters - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0)).sqrt();
    let reach = Z * spread / count.sqrt();
    (!counts.is_empty()).then(|| Figure {
        name: "letters of evidence".to_owned(),
        value: mean,
        low: mean - reach,
        high: mean + reach,
        of: counts.len(),
    })
}

/// A mistake, and how grave it is.
#[derive(Clone, Debug, Serialize)]
pub struct Mistake<'r> {
    pub id: &'r str,
    pub what: &'static str,
    pub score: u16,
    #[serde(skip)]
    rank: (u8, i32),
    #[serde(skip)]
    pub text: &'r str,
}

/// What went wrong, the worst first: what nobody would have read, then what paged nobody, then what paged people for nothing.
pub fn mistakes<'r>(reads: &[Read<'r>]) -> Vec<Mistake<'r>> {
    let mut found: Vec<Mistake<'r>> = reads.iter().filter_map(mistake).collect();
    found.sort_by_key(|mistake| mistake.rank);
    found
}

fn mistake<'r>(read: &Read<'r>) -> Option<Mistake<'r>> {
    let (row, band) = (read.row, read.answer.band);
    let score = i32::from(read.answer.score);
    let serious = row.reports() && !row.serious.is_empty();
    let (what, rank) = match band {
        Band::Log if row.is_urgent() => ("urgent, in log", (0, score)),
        Band::Log if serious => ("serious, in log", (1, score)),
        Band::Log if row.reports() => ("a report, in log", (2, score)),
        Band::Log if !row.is_plain() => ("a special situation or quality complaint, in log", (3, score)),
        Band::Review if row.is_urgent() => ("urgent, in review", (4, score)),
        Band::Review if serious => ("serious, in review", (5, score)),
        Band::Review if row.reports() => ("a report, in review", (6, score)),
        Band::Alert if row.is_plain() && !row.is_urgent() => ("nothing, in alert", (7, -score)),
        _ if row.special.iter().any(|kind| !read.answer.special.contains(kind)) => ("a special situation not named", (8, score)),
        _ => return None,
    };
    Some(Mistake { id: &row.id, what, score: read.answer.score, rank, text: &row.text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_wilsons_interval() {
        let none_missed = wilson("x", 59, 59).unwrap();
        assert!((none_missed.low - 0.939).abs() < 0.001 && none_missed.high > 0.9999, "{none_missed:?}");
        let half = wilson("x", 50, 100).unwrap();
        assert!((half.low - 0.404).abs() < 0.001 && (half.high - 0.596).abs() < 0.001, "{half:?}");
        assert_eq!(wilson("x", 0, 0), None);
    }

    #[test]
    fn average_precision_is_the_area() {
        let rows = [
            (vec![(900, true), (100, false)], Some(1.0)),
            (vec![(900, false), (100, true)], Some(0.5)),
            (vec![(900, true), (500, false), (100, true)], Some((1.0 + 2.0 / 3.0) / 2.0)),
            // Equal scores are one step.
            (vec![(500, true), (500, false)], Some(0.5)),
            (vec![(500, false)], None),
        ];
        for (pairs, expected) in rows {
            assert_eq!(average_precision(&pairs), expected, "{pairs:?}");
        }
    }
}
