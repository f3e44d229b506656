//! Makes the model that `classify` reads comments with, and measures what it does.
//!
//! `labelled` reads comments with what is true of them, `fit` finds the weights of one column, `measure` counts what readings got
//! right. This file holds the recipe: which comments teach which question, how scores come to mean what they say, and where the bands
//! begin. It has no clock and no randomness but a seed, so that the same comments give the same bytes. The commands `train` and
//! `evaluate` call it; no stage does.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::classify::Classifier;
use crate::classify::features::Features;
use crate::classify::linear::{Lines, Model};
use crate::classify::verdict::{self, ASKED, Asked, CRITERIA, KINDS};
use crate::model::{Product, ReadingRules, Sensitivity};

pub mod fit;
pub mod labelled;
pub mod made_of;
pub mod measure;
pub mod trials;

use fit::{Fitted, Lesson, Seed, Shape, calibrate, fit, sigmoid};
pub use labelled::Labelled;
pub use made_of::{Group, MadeOf, Measured, Taught};
use measure::Read;

/// Rows of the first three tables, as powers of two: whether there is an event, what else matters, and which special situation it is. And what
/// the finds of word lists count for beside words and letters: more for the event, and the model would trust the lists where they are
/// wrong, on tweets, which stand in no channel of ours.
const EVENT: Shape = Shape { bits: 18, listed: 0.3 };
const ASKED_SHAPE: Shape = Shape { bits: 16, listed: 1.0 };
const KIND_SHAPE: Shape = Shape { bits: 15, listed: 1.0 };
/// The fourth table is asked of each word: does it belong to the telling of an event?
const WORD_SHAPE: Shape = Shape { bits: 17, listed: 1.0 };

/// Columns of all tables.
const COLUMNS: usize = 1 + ASKED.len() + KINDS.len() + CRITERIA.len();

/// Parts that the comments are divided into, so that each is scored by a model that has not seen its situation.
const FOLDS: usize = 5;

/// What a sentence of a review counts for beside a comment: it is written at leisure, about medicines only.
const REVIEW: f64 = 0.1;

/// Of the reports in own channels, those whose score must lie above each line, for high and for balanced sensitivity. The safety net beside
/// the score lifts more.
const ALERTED: [f64; 2] = [0.76, 0.66];
const REVIEWED: [f64; 2] = [0.947, 0.92];

/// What a model is made with.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    pub seed: u64,
    /// Whether the part that is kept apart teaches as well. Never for a model that is measured on it.
    pub everything: bool,
}

/// A comment as it teaches.
struct Pupil<'r> {
    row: &'r Labelled,
    features: Features,
}

/// Makes the file of a model.
pub fn train(rows: &[Labelled], recipe: Recipe) -> Vec<u8> {
    let pupils = pupils(rows, recipe);
    let mut pairs: Vec<Vec<(f64, bool)>> = vec![Vec::new(); COLUMNS];
    for fold in 0..FOLDS {
        let taught: Vec<&Pupil<'_>> = pupils.iter().filter(|pupil| pupil.row.fold(FOLDS) != fold).collect();
        let asked: Vec<&Pupil<'_>> = pupils.iter().filter(|pupil| pupil.row.fold(FOLDS) == fold).collect();
        for (column, fitted) in columns(&taught, recipe.seed).iter().enumerate() {
            // What scores mean, they mean in own channels: elsewhere the same words are rarer, or more common.
            let kind = column > ASKED.len();
            let known = asked.iter().filter(|pupil| pupil.row.is_own_channel() || kind);
            pairs[column].extend(known.filter_map(|pupil| Some((fitted.logit(&pupil.features), truth(pupil.row, column)?))));
        }
    }
    let all: Vec<&Pupil<'_>> = pupils.iter().collect();
    let meanings: Vec<(f64, f64)> = pairs.iter().map(|pairs| calibrate(pairs)).collect();
    let mut fitted: Vec<(Fitted, (f64, f64))> = columns(&all, recipe.seed).into_iter().zip(meanings.iter().copied()).collect();
    let kinds = fitted.split_off(1 + ASKED.len());
    let asked = fitted.split_off(1);
    let telling = vec![(telling(&pupils, recipe.seed), (1.0, 0.0))];
    let tables = [fitted, asked, kinds, telling].iter().map(|columns| fit::table(columns)).collect();
    Model { lines: lines(&pairs[0], meanings[0]), tables, digest: String::new() }.write()
}

/// What a model does with these comments, at both sensitivities: all, by language in own channels, and by source.
pub fn evaluate(rows: &[Labelled], rules: &ReadingRules, model: Option<&[u8]>) -> Result<Vec<Measured>, String> {
    let measured = |sensitivity| {
        let lines = verdict::lines(&*taken(model)?, sensitivity);
        let share = |thousandths: u16| f64::from(thousandths) / 1000.0;
        let groups = by_language(&read_all(rows, rules, sensitivity, model)?);
        Ok(Measured { sensitivity, alert: share(lines.alert), review: share(lines.review), groups })
    };
    [Sensitivity::High, Sensitivity::Balanced].into_iter().map(measured).collect()
}

/// Reads every comment as the classifier would, with the program's own model unless another is given.
pub fn read_all<'r>(
    rows: &'r [Labelled],
    rules: &ReadingRules,
    sensitivity: Sensitivity,
    model: Option<&[u8]>,
) -> Result<Vec<Read<'r>>, String> {
    let rules = ReadingRules { sensitivity, ..rules.clone() };
    let classifier = Classifier::with_model(&rules, taken(model)?);
    Ok(rows.iter().map(|row| Read { row, answer: classifier.assess(&row.comment()) }).collect())
}

fn taken(model: Option<&[u8]>) -> Result<Arc<Model<'static>>, String> {
    let Some(bytes) = model else { return Ok(verdict::ours()) };
    let model = Model::check(bytes).map_err(|unfit| format!("the file of the model is none: {unfit}"))?;
    Ok(Arc::new(model.into_owned()))
}

/// The digest of the word lists that a model is trained beside.
pub fn lexicons() -> &'static str {
    crate::classify::LEXICONS
}

/// The figures of all comments, then of each language's in own channels, then of each source.
pub fn by_language(reads: &[Read<'_>]) -> Vec<Group> {
    let mut names = BTreeSet::new();
    for read in reads {
        names.insert((1, format!("language {}", read.row.lang)));
        names.insert((2, format!("source {}", read.row.source())));
    }
    let of = |name: &str| {
        let chosen: Vec<&Read<'_>> = reads
            .iter()
            .filter(|read| match name.split_once(' ') {
                Some(("language", lang)) => read.row.lang == lang && read.row.is_own_channel(),
                Some((_, source)) => read.row.source() == source,
                None => true,
            })
            .collect();
        Group { of: name.to_owned(), comments: chosen.len(), figures: measure::figures(&chosen) }
    };
    let all = std::iter::once(of("all"));
    all.chain(names.iter().map(|(_, name)| of(name)).filter(|group| group.comments > 0)).collect()
}

/// Fits the column that is asked of each word, on the words of reports that somebody has marked.
fn telling(pupils: &[Pupil<'_>], seed: u64) -> Fitted {
    let classifier = Classifier::new(&rules(&[]));
    let mut seen = BTreeSet::new();
    let mut words: Vec<(Features, bool)> = Vec::new();
    for row in pupils.iter().map(|pupil| pupil.row).filter(|row| row.reports() && !row.spans.is_empty()) {
        if !seen.insert(&row.id) {
            continue;
        }
        let marked = row.marked();
        let inside = |place: &std::ops::Range<usize>| marked.iter().any(|span| span.start < place.end && place.start < span.end);
        words
            .extend(classifier.features_of_words(&row.comment()).into_iter().map(|(place, features)| (features, inside(&place))));
    }
    let lessons: Vec<Lesson<'_>> = words.iter().map(|(features, yes)| Lesson { features, yes: *yes, weight: 1.0 }).collect();
    fit(&lessons, WORD_SHAPE, Seed(seed))
}

/// Every comment that teaches, read twice: under a campaign that knows its products, and under one that knows nothing but the channel.
fn pupils(rows: &[Labelled], recipe: Recipe) -> Vec<Pupil<'_>> {
    let taught: Vec<&Labelled> = rows.iter().filter(|row| recipe.everything || !row.is_apart()).collect();
    let knowing = Classifier::new(&rules(rows));
    let ignorant = Classifier::new(&ReadingRules { products: Vec::new(), ..rules(&[]) });
    let mut pupils = Vec::with_capacity(taught.len() * 2);
    for row in taught {
        pupils.push(Pupil { row, features: knowing.features(&row.comment()) });
        if row.product_mention.is_some() {
            let nameless = nameless(row);
            let comment = crate::classify::Comment { text: &nameless, ..row.comment() };
            pupils.push(Pupil { row, features: ignorant.features(&comment) });
        }
    }
    pupils
}

/// The text with a made-up word for the product, as a name looks that nobody listed.
fn nameless(row: &Labelled) -> String {
    const SYLLABLES: [&str; 12] = ["zo", "ve", "lan", "tri", "mo", "xa", "cor", "bi", "nel", "fa", "rum", "ti"];
    let mut seed = Seed(row.id.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))));
    let name: String = (0..3).map(|_| SYLLABLES[seed.below(SYLLABLES.len())]).collect();
    match &row.product_mention {
        Some(mention) => row.text.replace(mention.as_str(), &name),
        None => row.text.clone(),
    }
}

/// A campaign of every product and language in the comments.
pub fn rules(rows: &[Labelled]) -> ReadingRules {
    let names = rows.iter().flat_map(|row| [&row.implied_product, &row.product, &row.product_mention]).flatten();
    let names: BTreeSet<&String> = names.collect();
    let product = |name: &&String| Product { name: (*name).clone(), substance: None, spellings: Vec::new(), own: true };
    ReadingRules {
        products: names.iter().map(product).collect(),
        languages: ["en", "nl", "de", "fr", "es"].map(str::to_owned).to_vec(),
        sensitivity: Sensitivity::High,
        extra_reactions: Default::default(),
    }
}

/// One fitted column for each question, the event's first.
fn columns<'p>(pupils: &[&'p Pupil<'_>], seed: u64) -> Vec<Fitted> {
    let column = |column: usize| {
        let lesson = |pupil: &&'p Pupil<'_>| {
            let weight = if pupil.row.is_review() { REVIEW } else { 1.0 };
            Some(Lesson { features: &pupil.features, yes: truth(pupil.row, column)?, weight })
        };
        let lessons: Vec<Lesson<'_>> = pupils.iter().filter_map(lesson).collect();
        let shape = match column {
            0 => EVENT,
            column if column <= ASKED.len() => ASKED_SHAPE,
            _ => KIND_SHAPE,
        };
        fit(&lessons, shape, Seed(seed.wrapping_add(column as u64)))
    };
    (0..COLUMNS).map(column).collect()
}

/// What is true of a comment in a column; `None` where it is not known, or not asked.
fn truth(row: &Labelled, column: usize) -> Option<bool> {
    if column == 0 {
        return Some(row.reports());
    }
    if row.is_review() {
        return None;
    }
    match ASKED.get(column - 1) {
        Some(Asked::Serious) => Some(row.reports() && !row.serious.is_empty()),
        Some(Asked::Urgent) => Some(row.is_urgent()),
        Some(Asked::Special) => Some(!row.special.is_empty()),
        Some(Asked::Quality) => Some(row.is_pqc()),
        None => which(row, column - 1 - ASKED.len()),
    }
}

/// Which special situation it is, or what makes it serious; `None` where nothing does.
fn which(row: &Labelled, column: usize) -> Option<bool> {
    match KINDS.get(column) {
        Some(kind) => (!row.special.is_empty()).then(|| row.special.contains(kind)),
        None => {
            let criterion = CRITERIA.get(column - KINDS.len())?;
            (row.reports() && !row.serious.is_empty()).then(|| row.serious.contains(criterion))
        }
    }
}

/// Where the bands begin, so that so many of the reports lie above.
fn lines(pairs: &[(f64, bool)], (slope, offset): (f64, f64)) -> [Lines; 2] {
    let mut reports: Vec<u16> =
        pairs.iter().filter(|(_, yes)| *yes).map(|(logit, _)| (sigmoid(slope * logit + offset) * 1000.0) as u16).collect();
    reports.sort_unstable();
    let above = |share: f64| reports.get(((1.0 - share) * reports.len() as f64) as usize).copied().unwrap_or(500).clamp(2, 998);
    let line = |alert: f64, review: f64| Lines { alert: above(alert).max(above(review) + 1), review: above(review) };
    [line(ALERTED[0], REVIEWED[0]), line(ALERTED[1], REVIEWED[1])]
}

#[cfg(test)]
mod tests;
