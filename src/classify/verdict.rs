//! What the trained model says of a comment: how likely it reports an event, and whether it is one of the other things that people
//! must hear of. The order of the questions here is the order of the columns in the model's file.

use std::sync::{Arc, LazyLock};

use super::Heard;
use super::features::{self, CLASSES, Features, GROUPS, LETTERS, SIGNS, WORDS};
use super::linear::{Lines, Model};
use super::reading::Reading;
use super::signs::TABLE;
use crate::model::{Sensitivity, Seriousness, SpecialSituation};

/// The model's file, as `dayzero train` made it; beside it lies what it was made of.
const FILE: &[u8] = include_bytes!("model/model.bin");

/// The program's own model, read once in a process.
static OURS: LazyLock<Arc<Model<'static>>> =
    LazyLock::new(|| Arc::new(Model::read(FILE).expect("the model is part of the program, and a test reads it")));

pub(crate) fn ours() -> Arc<Model<'static>> {
    OURS.clone()
}

/// The table that is asked of each word: does it belong to the telling of an event?
const TELLING: usize = 3;

/// Words that are asked: what lies behind is told at length, and the time must have a bound.
const MOST_WORDS: usize = 200;

/// A question besides the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Serious,
    Urgent,
    /// Any special situation.
    Special,
    Quality,
}

/// The columns of the second table. The first table asks whether the comment reports an event.
#[cfg(any(test, feature = "local"))]
pub(crate) const ASKED: [Asked; 4] = [Asked::Serious, Asked::Urgent, Asked::Special, Asked::Quality];

/// The first columns of the third table: of a comment that speaks of a special situation, which it is.
pub(crate) const KINDS: [SpecialSituation; 15] = [
    SpecialSituation::Pregnancy,
    SpecialSituation::Breastfeeding,
    SpecialSituation::Overdose,
    SpecialSituation::Abuse,
    SpecialSituation::Misuse,
    SpecialSituation::MedicationError,
    SpecialSituation::Occupational,
    SpecialSituation::OffLabel,
    SpecialSituation::LackOfEfficacy,
    SpecialSituation::InfectionTransmission,
    SpecialSituation::Counterfeit,
    SpecialSituation::UnexpectedBenefit,
    SpecialSituation::Interaction,
    SpecialSituation::Withdrawal,
    SpecialSituation::AccidentalExposure,
];

/// The columns after those: of a serious event, what makes it serious.
pub(crate) const CRITERIA: [Seriousness; 6] = [
    Seriousness::Death,
    Seriousness::LifeThreatening,
    Seriousness::Hospitalisation,
    Seriousness::Disability,
    Seriousness::Congenital,
    Seriousness::MedicallyImportant,
];

/// Thousandths of a special situation, and of seriousness, from which it is asked what kind it is.
pub(crate) const NAMED: u16 = 200;
pub(crate) const NAMED_SERIOUS: u16 = 500;

/// The model's answers for one reading, in thousandths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) event: u16,
    asked: Vec<u16>,
    /// Empty unless there is something to name.
    kinds: Vec<u16>,
}

impl Verdict {
    pub(crate) fn of(model: &Model<'_>, features: &Features) -> Self {
        let answer = |table: usize| model.tables.get(table).map(|table| table.ask(features)).unwrap_or_default();
        let event = answer(0).first().copied().unwrap_or_default();
        let mut verdict = Self { event, asked: answer(1), kinds: Vec::new() };
        if verdict.on(Asked::Special) >= NAMED || verdict.on(Asked::Serious) >= NAMED_SERIOUS {
            verdict.kinds = answer(2);
        }
        verdict
    }

    pub(crate) fn on(&self, asked: Asked) -> u16 {
        self.asked.get(asked as usize).copied().unwrap_or_default()
    }

    /// Special situations, each with how likely it is if any is: nothing where none is likely.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (SpecialSituation, u16)> + '_ {
        let asked = self.on(Asked::Special) >= NAMED;
        KINDS.into_iter().zip(self.kinds.iter().copied()).filter(move |_| asked)
    }

    /// Criteria of seriousness, each with how likely it is if any is: nothing where none is likely.
    pub(crate) fn criteria(&self) -> impl Iterator<Item = (Seriousness, u16)> + '_ {
        let asked = self.on(Asked::Serious) >= NAMED_SERIOUS;
        CRITERIA.into_iter().zip(self.kinds.iter().skip(KINDS.len()).copied()).filter(move |_| asked)
    }
}

/// Where the bands begin under a protocol's sensitivity.
pub(crate) fn lines(model: &Model<'_>, sensitivity: Sensitivity) -> Lines {
    model.lines[usize::from(sensitivity == Sensitivity::Balanced)]
}

/// The model's name in every assessment.
pub(crate) fn version(model: &Model<'_>) -> String {
    format!("linear-{}", model.digest)
}

/// How much each word of a comment sounds like a part of the telling of an event, in thousandths of a logit.
pub(crate) fn telling(model: &Model<'_>, heard: &Heard<'_>, reading: &Reading<'_>) -> Vec<i32> {
    let Some((table, column)) = model.tables.get(TELLING).and_then(|table| Some((table, table.columns.first()?))) else {
        return Vec::new();
    };
    let of_word = |at| {
        let mut sums = [(0_i64, 0_usize); GROUPS];
        features::each_of_word(heard.words, heard.mentions, reading, at, &mut |group, hash| {
            sums[group].0 += table.weight(hash);
            sums[group].1 += 1;
        });
        let parts = sums.into_iter().enumerate().map(|(group, (weights, count))| column.part(group, weights, count));
        column.bias + parts.sum::<i32>()
    };
    (0..heard.words.tokens.len().min(MOST_WORDS)).map(of_word).collect()
}

/// What the event's score is made of, in thousandths of a logit.
pub(crate) struct Shares {
    /// The words themselves, and what the lists found in a row.
    pub(crate) text: i32,
    /// By sign, in the order of the signs' table.
    pub(crate) signs: Vec<i32>,
}

/// Shares out the score among the text as a whole and the signs: what two signs give together is halved between them.
pub(crate) fn shares(model: &Model<'_>, heard: &Heard<'_>, reading: &Reading<'_>, features: &Features) -> Shares {
    let mut shares = Shares { text: 0, signs: vec![0; TABLE.len()] };
    let Some((table, column)) = model.tables.first().and_then(|table| Some((table, table.columns.first()?))) else {
        return shares;
    };
    for group in [WORDS, LETTERS, CLASSES] {
        let weights = features.groups[group].iter().map(|feature| table.weight_of(*feature)).sum();
        shares.text += column.part(group, weights, features.groups[group].len());
    }
    let count = features.groups[SIGNS].len();
    features::each_sign(reading, heard.words, heard.context, &mut |hash, one, other| {
        let signs = [one, other].into_iter().flatten();
        let part = column.part(SIGNS, table.weight(hash), count) / signs.clone().count().max(1) as i32;
        signs.for_each(|sign| shares.signs[sign] += part);
    });
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_own_model_is_whole_and_small() {
        let model = Model::check(FILE).unwrap();
        assert!(FILE.len() <= 1_500_000, "{} bytes", FILE.len());
        assert_eq!(
            model.tables.iter().map(|table| table.columns.len()).collect::<Vec<_>>(),
            [1, ASKED.len(), KINDS.len() + CRITERIA.len(), 1]
        );
        assert!(ASKED.iter().enumerate().all(|(column, asked)| *asked as usize == column));
        for lines in model.lines {
            assert!(0 < lines.review && lines.review < lines.alert && lines.alert < 1000, "{lines:?}");
        }
    }

    /// Sums of the shipped model over fixed features: another processor, or another compiler, must come to the very same.
    #[test]
    fn the_same_features_come_to_the_same_sums_everywhere() {
        let groups =
            std::array::from_fn(|group| (0..40).map(|at| (at * 6151 + group as u32 * 977) % features::BUCKETS).collect());
        let features = Features { groups };
        let mut digest = 0_u64;
        for sum in OURS.tables.iter().flat_map(|table| table.sums(&features)) {
            digest = digest.rotate_left(7) ^ u64::from(sum.cast_unsigned());
        }
        assert_eq!(digest, SUMS, "a new model has new sums: write {digest:#x} here once both kinds of processor agree");
    }

    const SUMS: u64 = 0xcb22_8f4f_4568_3c48;
}
