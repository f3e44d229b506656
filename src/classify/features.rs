//! What the trained model looks at in a comment: its words and letters as they were folded, and what the word lists found in it.
//!
//! Every feature is a number between 0 and [`BUCKETS`], made by hashing; two features may share one, which costs a little and keeps the
//! model small. Names of products never become features: a mention is one mark, the same for every product, so that a product nobody
//! trained on is read like the others. The stages of a reading before this one are `normalise`, `products` and `reading`; the weights
//! are in `linear`, and `training` asks for features in the same words.

use super::lists::List;
use super::normalise::Normalised;
use super::products::Mention;
use super::reading::{Context, Reading};
use super::signs::TABLE;
use super::terms::Hit;
use crate::model::Assertion;

/// Features are numbered below this.
pub(crate) const BUCKETS: u32 = 1 << 18;

/// Words, letters, classes of words, and signs: each is scaled by itself, so that a long text does not count for more than a short one.
pub(crate) const GROUPS: usize = 4;

pub(crate) const WORDS: usize = 0;
pub(crate) const LETTERS: usize = 1;
pub(crate) const CLASSES: usize = 2;
pub(crate) const SIGNS: usize = 3;

/// Words that are read as features. Longer comments say it in the beginning or are read by people, and the time must have a bound.
pub(crate) const MAX_WORDS: usize = 600;

/// Letters of a word that are read as features: what is longer is no word.
const MAX_LETTERS: usize = 40;

/// Words around one within which finds count for it.
const NEAR: usize = 2;

/// Finds in a row that make one feature.
const CLASS_RUN: usize = 3;

/// What stands for a product, a beginning and an end.
const PRODUCT: u64 = 0x5bd1_e995_0000_0001;
const EDGE: u64 = 0x5bd1_e995_0000_0002;

/// The features of one comment, by group: ascending, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    pub(crate) groups: [Vec<u32>; GROUPS],
}

impl Features {
    /// What stands in the text, whatever the language.
    pub(crate) fn of_text(words: &Normalised, mentions: &[Mention]) -> Self {
        let mut made = Self::default();
        each_of_text(words, mentions, &mut |group, hash, _, _| made.groups[group].push(bucket(hash)));
        made.settle(WORDS);
        made.settle(LETTERS);
        made
    }

    /// Adds what one language's lists say of it.
    pub(crate) fn with_reading(mut self, reading: &Reading<'_>, words: &Normalised, context: Context) -> Self {
        self.groups[CLASSES].clear();
        self.groups[SIGNS].clear();
        each_class_run(reading, words, &mut |hash, _, _| self.groups[CLASSES].push(bucket(hash)));
        each_sign(reading, words, context, &mut |hash, _, _| self.groups[SIGNS].push(bucket(hash)));
        self.settle(CLASSES);
        self.settle(SIGNS);
        self
    }

    fn settle(&mut self, group: usize) {
        self.groups[group].sort_unstable();
        self.groups[group].dedup();
    }
}

/// Walks over the features of the text itself: the group, the feature, and the words that it covers.
pub(crate) fn each_of_text(words: &Normalised, mentions: &[Mention], found: &mut impl FnMut(usize, u64, usize, usize)) {
    let count = words.tokens.len().min(MAX_WORDS);
    let mut before: [(u64, usize); 2] = [(EDGE, 0); 2];
    let mut known = 1;
    let mut at = 0;
    while at < count {
        let mention = mentions.iter().find(|mention| mention.first <= at && at <= mention.last);
        let (hash, last) = match mention {
            Some(mention) => (PRODUCT, mention.last.min(count - 1)),
            None => (word_hash(words.word(at)), at),
        };
        found(WORDS, mix(1, hash), at, last);
        found(WORDS, mix(mix(2, before[1].0), hash), before[1].1, last);
        if known > 1 {
            found(WORDS, mix(mix(mix(3, before[0].0), before[1].0), hash), before[0].1, last);
        }
        if mention.is_none() {
            letters(words.word(at), &mut |hash| found(LETTERS, hash, at, at));
        }
        before = [before[1], (hash, at)];
        known += 1;
        at = last + 1;
    }
    found(WORDS, mix(mix(2, before[1].0), EDGE), before[1].1, count.saturating_sub(1));
    found(WORDS, mix(mix(mix(3, before[0].0), before[1].0), EDGE), before[0].1, count.saturating_sub(1));
}

/// Runs of three to five letters of a word, its beginning and end marked.
fn letters(word: &str, found: &mut impl FnMut(u64)) {
    let mut marked = ['\u{1}'; MAX_LETTERS + 2];
    let mut length = 1;
    for letter in word.chars().take(MAX_LETTERS) {
        marked[length] = if letter.is_ascii_digit() { '0' } else { letter };
        length += 1;
    }
    length += 1;
    for from in 0..length {
        let mut hash = 7;
        for (run, letter) in marked[from..length].iter().take(5).enumerate() {
            hash = mix(hash, u64::from(u32::from(*letter)));
            if run >= 2 {
                found(mix(hash, 11));
            }
        }
    }
}

/// Walks over the runs of finds: what the lists know, without the words, so that it holds in every language.
pub(crate) fn each_class_run(reading: &Reading<'_>, words: &Normalised, found: &mut impl FnMut(u64, usize, usize)) {
    let classes = &reading.classes;
    for (index, class) in classes.iter().enumerate() {
        let mut hash = mix(21, class.code);
        let mut last = class.last;
        found(hash, class.first, last);
        found(mix(mix(22, class.code), class.detail), class.first, last);
        for (run, next) in classes[index + 1..].iter().take(CLASS_RUN - 1).enumerate() {
            hash = mix(mix(hash, distance(words, last, next.first)), next.code);
            last = last.max(next.last);
            found(mix(hash, run as u64), class.first, last);
        }
    }
}

/// How far apart two finds are, in four steps.
fn distance(words: &Normalised, last: usize, first: usize) -> u64 {
    let sentence = |index: usize| words.tokens.get(index).map(|token| token.sentence);
    match first.saturating_sub(last) {
        _ if sentence(last) != sentence(first) => 3,
        0 | 1 => 0,
        2..=4 => 1,
        _ => 2,
    }
}

/// A find as the model sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class {
    code: u64,
    detail: u64,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Class {
    pub(crate) fn of(hit: &Hit<'_>, voice: Option<Assertion>) -> Self {
        let voice = voice.map_or(0, |voice| 1 + voice as u64);
        let mut code = mix(mix(hit.list as u64, u64::from(hit.weak)), voice);
        let label = word_hash(hit.label);
        if !matches!(hit.list, List::Reaction | List::Quality) {
            code = mix(code, label);
        }
        Self { code, detail: mix(code, label), first: hit.first, last: hit.last }
    }

    pub(crate) fn product(mention: &Mention) -> Self {
        Self { code: PRODUCT, detail: u64::from(mention.exact), first: mention.first, last: mention.last }
    }
}

/// Walks over the features of one word in its place: itself, its letters, its neighbours, and what the lists found around it. They ask
/// whether the word belongs to the telling of an event. A feature may come twice, and then counts twice.
pub(crate) fn each_of_word(
    words: &Normalised,
    mentions: &[Mention],
    reading: &Reading<'_>,
    at: usize,
    found: &mut impl FnMut(usize, u64),
) {
    let hash = |index: Option<usize>| match index {
        Some(index) if mentions.iter().any(|mention| mention.first <= index && index <= mention.last) => PRODUCT,
        Some(index) if index < words.tokens.len() => word_hash(words.word(index)),
        _ => EDGE,
    };
    let (before, word, after) = (hash(at.checked_sub(1)), hash(Some(at)), hash(Some(at + 1)));
    let far = [hash(at.checked_sub(2)), hash(Some(at + 2))];
    let own = [mix(51, word), mix(52, before), mix(53, after), mix(mix(54, before), word), mix(mix(55, word), after)];
    let around = [mix(mix(56, before), after), mix(57, far[0]), mix(58, far[1])];
    own.into_iter().chain(around).for_each(|hash| found(WORDS, hash));
    if word != PRODUCT {
        letters(words.word(at), &mut |hash| found(LETTERS, mix(59, hash)));
    }
    // Finds stand in the order of their first words; one that begins further behind may still reach as far as here.
    for class in reading.classes.iter().take_while(|class| class.first <= at + NEAR) {
        let place = match (class.last + NEAR < at, class.last < at, class.first <= at) {
            (true, ..) => continue,
            (_, true, _) => 1,
            (_, _, true) => 2,
            _ => 3,
        };
        found(CLASSES, mix(mix(60, place), class.code));
        found(CLASSES, mix(mix(61, place), class.detail));
    }
}

/// Walks over the signs: how often, in pairs, and what is known of the whole. Each comes with the signs that it is about.
pub(crate) fn each_sign(
    reading: &Reading<'_>,
    words: &Normalised,
    context: Context,
    found: &mut impl FnMut(u64, Option<usize>, Option<usize>),
) {
    let mut present: Vec<(u64, Option<usize>)> = Vec::with_capacity(TABLE.len());
    for (index, row) in TABLE.iter().enumerate() {
        let count = reading.counts.of(row.sign).min(3);
        for times in 1..=count {
            found(mix(mix(31, index as u64), u64::from(times.cast_unsigned())), Some(index), None);
        }
        if count > 0 {
            present.push((index as u64, Some(index)));
        }
    }
    let whole = [
        (40, u64::from(context.answers)),
        (41, size(words.tokens.len())),
        (42, u64::from(words.has_link)),
        (43, words.asks.iter().filter(|asks| **asks).count().min(3) as u64),
        (44, u64::from(context.implied)),
        (45, u64::from(context.parent_reports)),
    ];
    for (kind, value) in whole {
        found(mix(kind, value), None, None);
        present.push((mix(kind, value), None));
    }
    for (at, (one, sign)) in present.iter().enumerate() {
        for (other, second) in &present[at + 1..] {
            found(mix(mix(32, *one), *other), *sign, *second);
        }
    }
}

/// A length in steps that grow with it.
fn size(words: usize) -> u64 {
    [2, 4, 7, 12, 20, 35, 60].iter().position(|bound| words <= *bound).unwrap_or(7) as u64
}

/// A number read as any other number.
fn word_hash(word: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut digits = false;
    for byte in word.bytes() {
        let digit = byte.is_ascii_digit();
        if digit && digits {
            continue;
        }
        digits = digit;
        hash = (hash ^ u64::from(if digit { b'0' } else { byte })).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

fn mix(hash: u64, value: u64) -> u64 {
    let mixed = (hash.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

pub(crate) fn bucket(hash: u64) -> u32 {
    let mixed = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> 46) as u32
}
