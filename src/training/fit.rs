//! Fits the weights of one column to labelled examples: logistic regression by stochastic descent, each weight with a step of its own.
//!
//! Everything is done in one order that a seed fixes, with additions, products and roots that every machine rounds alike, so that the
//! same examples give the same bytes. What an example is, is known to `labelled`; here it is features, an answer, and how much it
//! counts.

use crate::classify::features::{CLASSES, Features, GROUPS, SIGNS};
use crate::classify::linear::{Column, Table, inverse_root};

/// Steps: the first one, and how strongly weights are drawn to nothing.
const STEP: f64 = 0.1;
const DECAY: f64 = 2e-4;

/// Times that every example is seen.
pub const ROUNDS: usize = 12;

/// Points of a column's curve from sums to thousandths, and the logit at its ends.
const POINTS: i32 = 48;
const ENDS: f64 = 8.0;

/// One example of a column: what the model sees, what is true, and its weight.
#[derive(Clone, Copy)]
pub struct Lesson<'f> {
    pub(crate) features: &'f Features,
    pub yes: bool,
    pub weight: f64,
}

/// How many weights a column has, as a power of two, and what the finds of word lists count for in it beside words and letters.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub bits: u32,
    pub listed: f64,
}

/// Weights before they are made small.
pub struct Fitted {
    weights: Vec<f64>,
    bias: f64,
    mask: u32,
    listed: f64,
}

/// A small generator of numbers (SplitMix64): its sequence is part of what makes a model the same twice.
#[derive(Clone)]
pub struct Seed(pub u64);

impl Seed {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.draw() % bound.max(1) as u64) as usize
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// Fits a column.
pub fn fit(lessons: &[Lesson<'_>], shape: Shape, mut seed: Seed) -> Fitted {
    let size = 1usize << shape.bits;
    let mut fitted = Fitted { weights: vec![0.0; size], bias: 0.0, mask: size as u32 - 1, listed: shape.listed };
    let mut squares = vec![1e-2_f64; size];
    let mut bias_square = 1e-2_f64;
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    for _ in 0..ROUNDS {
        seed.shuffle(&mut order);
        for lesson in order.iter().map(|at| lessons[*at]) {
            let wrong = (sigmoid(fitted.logit(lesson.features)) - f64::from(u8::from(lesson.yes))) * lesson.weight;
            for (group, features) in lesson.features.groups.iter().enumerate() {
                let value = fitted.value(group, features.len());
                for feature in features {
                    let at = (feature & fitted.mask) as usize;
                    let slope = wrong * value + DECAY * fitted.weights[at];
                    squares[at] += slope * slope;
                    fitted.weights[at] -= STEP * slope / squares[at].sqrt();
                }
            }
            bias_square += wrong * wrong;
            fitted.bias -= STEP * wrong / bias_square.sqrt();
        }
    }
    fitted
}

impl Fitted {
    /// What one feature of a group counts for, beside so many others.
    fn value(&self, group: usize, count: usize) -> f64 {
        let share = if matches!(group, CLASSES | SIGNS) { self.listed } else { 1.0 };
        share * inverse_root(count) as f64 / 65_536.0
    }

    pub(crate) fn logit(&self, features: &Features) -> f64 {
        let mut sum = self.bias;
        for (group, features) in features.groups.iter().enumerate() {
            let weights: f64 = features.iter().map(|feature| self.weights[(feature & self.mask) as usize]).sum();
            sum += weights * self.value(group, features.len());
        }
        sum
    }

    /// What each weight is in a byte, and the column that says what a byte is worth. `meaning` is the slope and the offset (of a logit)
    /// that make sums mean what they say.
    fn column(&self, (slope, offset): (f64, f64)) -> (Vec<u8>, Column) {
        let largest = self.weights.iter().fold(1e-9_f64, |most, weight| most.max(weight.abs()));
        let unit = largest / 127.0;
        let weights = self.weights.iter().map(|weight| ((weight / unit).round() as i8).cast_unsigned()).collect();
        let mut scales = [0; GROUPS];
        for (group, scale) in scales.iter_mut().enumerate() {
            *scale = (unit * self.value(group, 1) * 1000.0 * 65_536.0).round() as i32;
        }
        let point = |step: i32| {
            let logit = ENDS * f64::from(2 * step - POINTS) / f64::from(POINTS);
            let sum = (logit - offset) / slope;
            ((sum * 1000.0).round() as i32, (sigmoid(logit) * 1000.0).round() as u16)
        };
        (weights, Column { bias: (self.bias * 1000.0).round() as i32, scales, curve: (0..=POINTS).map(point).collect() })
    }
}

/// Puts columns of one size beside each other, each with what makes its sums mean what they say.
pub(crate) fn table(fitted: &[(Fitted, (f64, f64))]) -> Table<'static> {
    let rows = fitted.first().map_or(1, |(first, _)| first.weights.len());
    let (bytes, columns): (Vec<Vec<u8>>, Vec<Column>) = fitted.iter().map(|(fitted, meaning)| fitted.column(*meaning)).unzip();
    let weights: Vec<u8> = (0..rows).flat_map(|row| bytes.iter().map(move |column| column[row])).collect();
    Table { rows: rows as u32, columns, weights: weights.into() }
}

/// Slope and offset that make logits mean what they say (Platt's scaling), from logits of examples that were not learnt from.
pub fn calibrate(pairs: &[(f64, bool)]) -> (f64, f64) {
    let (mut slope, mut offset) = (1.0_f64, 0.0_f64);
    // Newton's method on two numbers; a few dozen steps are more than it ever takes.
    for _ in 0..60 {
        let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, 1e-6, 0.0, 1e-6);
        for (logit, yes) in pairs {
            let share = sigmoid(slope * logit + offset);
            let wrong = share - f64::from(u8::from(*yes));
            let curve = share * (1.0 - share);
            g0 += wrong * logit;
            g1 += wrong;
            h00 += curve * logit * logit;
            h01 += curve * logit;
            h11 += curve;
        }
        let determinant: f64 = h00 * h11 - h01 * h01;
        if determinant.abs() < 1e-12 {
            break;
        }
        slope = (slope - (h11 * g0 - h01 * g1) / determinant).clamp(0.05, 20.0);
        offset = (offset - (h00 * g1 - h01 * g0) / determinant).clamp(-20.0, 20.0);
    }
    (slope, offset)
}

/// The logistic function, without the machine's own exponential, which is not rounded alike everywhere.
pub fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + exponential(-logit.clamp(-30.0, 30.0)))
}

/// e to the power of a number between -30 and 30: a short series of a small part of it, squared up again.
fn exponential(power: f64) -> f64 {
    let part = power / 1024.0;
    let series = 1.0 + part * (1.0 + part / 2.0 * (1.0 + part / 3.0 * (1.0 + part / 4.0)));
    (0..10).fold(series, |value, _| value * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_one() {
        for power in [-30.0, -4.5, -0.1, 0.0, 0.7, 12.0, 30.0_f64] {
            let (ours, known) = (exponential(power), power.exp());
            assert!((ours / known - 1.0).abs() < 1e-6, "{power}: {ours} {known}");
        }
    }

    #[test]
    fn what_can_be_told_apart_is() {
        let features = |number: u32| Features { groups: [vec![number], vec![1000 + number % 3], vec![], vec![]] };
        let examples: Vec<(Features, bool)> = (0..200).map(|number| (features(number % 8), number % 8 < 4)).collect();
        let lessons: Vec<Lesson<'_>> =
            examples.iter().map(|(features, yes)| Lesson { features, yes: *yes, weight: 1.0 }).collect();
        let fitted = fit(&lessons, Shape { bits: 12, listed: 1.0 }, Seed(7));
        let again = fit(&lessons, Shape { bits: 12, listed: 1.0 }, Seed(7));
        assert_eq!(fitted.weights, again.weights);
        let pairs: Vec<(f64, bool)> = examples.iter().map(|(features, yes)| (fitted.logit(features), *yes)).collect();
        let (slope, offset) = calibrate(&pairs);
        let exact = |features: &Features| sigmoid(slope * fitted.logit(features) + offset) * 1000.0;
        let exact: Vec<f64> = examples.iter().map(|(features, _)| exact(features)).collect();
        let table = table(&[(again, (1.0, 0.0)), (fitted, (slope, offset))]);
        for ((features, yes), exact) in examples.iter().zip(exact) {
            let thousandths = table.ask(features)[1];
            assert_eq!(thousandths > 500, *yes, "{features:?}");
            // What a byte and a curve cost.
            assert!((exact - f64::from(thousandths)).abs() < 30.0, "{features:?}");
        }
    }

    #[test]
    fn calibration_finds_the_line() {
        let mut seed = Seed(3);
        let pairs: Vec<(f64, bool)> = (0..20_000)
            .map(|_| {
                let logit = (seed.below(6000) as f64 - 3000.0) / 1000.0;
                (logit, (seed.below(1_000_000) as f64) < 1e6 * sigmoid(2.0 * logit - 1.0))
            })
            .collect();
        let (slope, offset) = calibrate(&pairs);
        assert!((slope - 2.0).abs() < 0.1 && (offset + 1.0).abs() < 0.1, "{slope} {offset}");
    }
}
