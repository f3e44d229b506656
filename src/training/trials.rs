//! What the model is worth without one of its parts, and on what it has never met: a product, a language, a writer of comments left out.
//!
//! Each trial fits the event's column alone, on what is left, and ranks the comments that were left out or kept apart. Average precision
//! says how well; where the bands lie plays no part. `dayzero train --trials` prints them.

use std::collections::BTreeMap;

use super::fit::{Lesson, Seed, fit};
use super::measure::average_precision;
use super::{EVENT, Labelled, Pupil, REVIEW, Recipe};
use crate::classify::features::{CLASSES, Features, GROUPS, LETTERS, SIGNS, WORDS};

/// One trial: what was tried, how many comments were ranked, of these how many report, and the average precision.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub name: String,
    pub asked: usize,
    pub reports: usize,
    pub precision: f64,
}

/// Products, languages and sources with fewer comments are passed over: their figure would say nothing.
const ENOUGH: usize = 100;

/// What a model is made of that can be left out.
const PARTS: [(&str, &[usize], bool, bool); 6] = [
    // Name, groups of features that are left out, whether reviews and comments teach.
    ("both lists and words", &[], true, true),
    ("word lists only", &[WORDS, LETTERS], true, true),
    ("words and letters only", &[CLASSES, SIGNS], true, true),
    ("without letters", &[LETTERS], true, true),
    ("without reviews", &[], false, true),
    ("reviews only", &[], true, false),
];

/// Each part left out in turn, judged on the comments kept apart, in own channels by language and on tweets.
pub fn parts(rows: &[Labelled], recipe: Recipe) -> Vec<Trial> {
    let everything = Recipe { everything: true, ..recipe };
    let pupils = super::pupils(rows, everything);
    let mut trials = Vec::new();
    for (name, without, reviews, comments) in PARTS {
        let pupils: Vec<Pupil<'_>> =
            pupils.iter().map(|pupil| Pupil { row: pupil.row, features: less(&pupil.features, without) }).collect();
        let taught = |pupil: &&Pupil<'_>| !pupil.row.is_apart() && if pupil.row.is_review() { reviews } else { comments };
        let taught: Vec<&Pupil<'_>> = pupils.iter().filter(taught).collect();
        let asked: Vec<&Pupil<'_>> = pupils.iter().filter(|pupil| pupil.row.is_apart() && !pupil.row.is_review()).collect();
        trials.extend(ranked(&taught, &asked, recipe.seed, |row| {
            let place = if row.is_own_channel() { row.lang.clone() } else { row.source().to_owned() };
            format!("{name}: {place}")
        }));
    }
    trials
}

/// Each product, language and writer left out in turn, judged on the comments that were left out.
pub fn left_out(rows: &[Labelled], recipe: Recipe) -> Vec<Trial> {
    let pupils = super::pupils(rows, Recipe { everything: true, ..recipe });
    let all: Vec<&Pupil<'_>> = pupils.iter().collect();
    type Key = fn(&Labelled) -> Option<String>;
    let keys: [(&str, Key); 3] = [
        ("product", |row| row.implied_product.clone().or_else(|| row.product.clone())),
        ("language", |row| (!row.is_review()).then(|| row.lang.clone())),
        ("writer", |row| (!row.is_review()).then(|| row.id.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned())),
    ];
    let mut trials = Vec::new();
    for (what, key) in keys {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in rows.iter().filter_map(key) {
            *counts.entry(name).or_default() += 1;
        }
        for (name, _) in counts.into_iter().filter(|(_, count)| *count >= ENOUGH) {
            let is = |pupil: &&&Pupil<'_>| key(pupil.row).as_ref() == Some(&name);
            let taught: Vec<&Pupil<'_>> = all.iter().filter(|pupil| !is(pupil)).copied().collect();
            let asked: Vec<&Pupil<'_>> = all.iter().filter(is).copied().collect();
            trials.extend(ranked(&taught, &asked, recipe.seed, |_| format!("without {what} {name}")));
        }
    }
    trials
}

/// Fits on some, ranks others, and gives the average precision of each group of them.
fn ranked(taught: &[&Pupil<'_>], asked: &[&Pupil<'_>], seed: u64, group: impl Fn(&Labelled) -> String) -> Vec<Trial> {
    let lesson = |pupil: &&Pupil<'_>| (pupil.row.reports(), if pupil.row.is_review() { REVIEW } else { 1.0 });
    let lessons: Vec<Lesson<'_>> = taught
        .iter()
        .map(|pupil| {
            let (yes, weight) = lesson(pupil);
            Lesson { features: &pupil.features, yes, weight }
        })
        .collect();
    let fitted = fit(&lessons, EVENT, Seed(seed));
    let mut groups: BTreeMap<String, Vec<(i64, bool)>> = BTreeMap::new();
    let mut seen = std::collections::HashSet::new();
    // A comment that teaches twice, once with its product unknown, is asked once.
    for pupil in asked.iter().filter(|pupil| seen.insert(&pupil.row.id)) {
        let score = (fitted.logit(&pupil.features) * 1e6) as i64;
        groups.entry(group(pupil.row)).or_default().push((score, pupil.row.reports()));
    }
    let trial = |(name, pairs): (String, Vec<(i64, bool)>)| {
        let reports = pairs.iter().filter(|(_, yes)| *yes).count();
        Some(Trial { name, asked: pairs.len(), reports, precision: average_precision(&pairs)? })
    };
    groups.into_iter().filter_map(trial).collect()
}

fn less(features: &Features, without: &[usize]) -> Features {
    let mut left = features.clone();
    for group in (0..GROUPS).filter(|group| without.contains(group)) {
        left.groups[group].clear();
    }
    left
}
