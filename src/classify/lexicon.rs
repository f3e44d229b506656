//! The word lists: what patients write, by language, in text files that a safety officer can read and extend.
//!
//! A file holds sections, `[label]`, and under them terms parted by commas or lines; `#` starts a comment. A label that ends in
//! `weak` marks terms that say little alone. In a term, `*` at either end stands for the rest of a word, and `..` for up to six
//! words in between. Terms are folded as the texts are. This file parses and searches; what a find means is decided in `gates`
//! and `score`.

use std::collections::{BTreeMap, HashMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::normalise::{Normalised, fold};

/// Words that may stand where a term has `..`.
const GAP: usize = 6;

/// Finds kept of one comment. More would be a text made to tire the reader, and it goes to people anyway.
const MAX_HITS: usize = 4_000;

/// What a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum List {
    Reaction,
    Body,
    Trouble,
    Serious,
    Special,
    Quality,
    Urgent,
    Explicit,
    Cause,
    Medicine,
    Person,
    MeToo,
    Negation,
    Question,
    Hypothetical,
    Indication,
    OtherCause,
    Media,
    Joke,
}

/// A file of one language.
type Source = (List, &'static str);

macro_rules! sources {
    ($lang:literal) => {
        &[
            (List::Reaction, include_str!(concat!("lexicons/", $lang, "/reactions.txt"))),
            (List::Reaction, include_str!("lexicons/emoji.txt")),
            (List::Body, include_str!(concat!("lexicons/", $lang, "/body.txt"))),
            (List::Trouble, include_str!(concat!("lexicons/", $lang, "/trouble.txt"))),
            (List::Serious, include_str!(concat!("lexicons/", $lang, "/serious.txt"))),
            (List::Special, include_str!(concat!("lexicons/", $lang, "/special.txt"))),
            (List::Quality, include_str!(concat!("lexicons/", $lang, "/quality.txt"))),
            (List::Urgent, include_str!(concat!("lexicons/", $lang, "/urgent.txt"))),
            (List::Explicit, include_str!(concat!("lexicons/", $lang, "/explicit.txt"))),
            (List::Cause, include_str!(concat!("lexicons/", $lang, "/cause.txt"))),
            (List::Medicine, include_str!(concat!("lexicons/", $lang, "/medicine.txt"))),
            (List::Person, include_str!(concat!("lexicons/", $lang, "/person.txt"))),
            (List::MeToo, include_str!(concat!("lexicons/", $lang, "/me_too.txt"))),
            (List::Negation, include_str!(concat!("lexicons/", $lang, "/negation.txt"))),
            (List::Question, include_str!(concat!("lexicons/", $lang, "/question.txt"))),
            (List::Hypothetical, include_str!(concat!("lexicons/", $lang, "/hypothetical.txt"))),
            (List::Indication, include_str!(concat!("lexicons/", $lang, "/indication.txt"))),
            (List::OtherCause, include_str!(concat!("lexicons/", $lang, "/other_cause.txt"))),
            (List::Media, include_str!(concat!("lexicons/", $lang, "/media.txt"))),
            (List::Joke, include_str!(concat!("lexicons/", $lang, "/joke.txt"))),
        ]
    };
}

/// The languages that have word lists, with them.
const SOURCES: &[(&str, &[Source])] = &[("en", sources!("en")), ("nl", sources!("nl"))];

/// Every list's text, in a fixed order: what the version of the lexicons is made from.
pub(crate) fn texts() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().flat_map(|(_, sources)| sources.iter().map(|(_, text)| *text))
}

/// A find: some words of the text that a list knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit<'l> {
    pub(crate) list: List,
    pub(crate) label: &'l str,
    pub(crate) weak: bool,
    /// The first and the last word.
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// What a pattern stands for when it is found.
#[derive(Debug)]
struct Meaning {
    list: List,
    label: String,
    weak: bool,
    open_start: bool,
    open_end: bool,
    /// For a term with `..`: its number, and which part this is.
    part: Option<(usize, bool)>,
}

/// The lists of one language, ready to search.
#[derive(Debug)]
pub(crate) struct Lexicon {
    pub(crate) language: &'static str,
    automaton: AhoCorasick,
    meanings: Vec<Vec<Meaning>>,
    /// Each word that stands alone in a term: never a misspelt product.
    pub(crate) words: HashSet<String>,
}

/// All lexicons, with the protocol's own reactions added: to their language, or to every one if their language has no lists.
pub(crate) fn all(extra: &BTreeMap<String, Vec<String>>) -> Vec<Lexicon> {
    let listed = |tag: &str| SOURCES.iter().any(|(language, _)| *language == tag);
    SOURCES
        .iter()
        .map(|(language, sources)| {
            let mut drafts = Drafts::default();
            for (list, text) in sources.iter() {
                drafts.read(*list, text);
            }
            for (tag, terms) in extra {
                let tag = tag.split('-').next().unwrap_or(tag);
                if tag == *language || !listed(tag) {
                    for term in terms {
                        drafts.add(List::Reaction, "named by the protocol", term);
                    }
                }
            }
            drafts.build(language)
        })
        .collect()
}

#[derive(Default)]
struct Drafts {
    patterns: Vec<String>,
    index: HashMap<String, usize>,
    meanings: Vec<Vec<Meaning>>,
    words: HashSet<String>,
    gapped: usize,
}

impl Drafts {
    fn read(&mut self, list: List, text: &str) {
        let mut label = "";
        for line in text.lines().map(str::trim) {
            if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                label = section;
            } else if !line.starts_with('#') {
                for term in line.split(',').map(str::trim).filter(|term| !term.is_empty()) {
                    self.add(list, label, term);
                }
            }
        }
    }

    fn add(&mut self, list: List, label: &str, term: &str) {
        match term.split_once("..") {
            Some((before, after)) => {
                let number = self.gapped;
                self.gapped += 1;
                self.pattern(list, label, before.trim(), Some((number, false)));
                self.pattern(list, label, after.trim(), Some((number, true)));
            }
            None => self.pattern(list, label, term, None),
        }
    }

    fn pattern(&mut self, list: List, label: &str, term: &str, part: Option<(usize, bool)>) {
        let folded = fold(term.trim_matches('*'));
        if folded.is_empty() {
            return;
        }
        let (label, weak) = match label.strip_suffix("weak") {
            Some(rest) => (rest.trim(), true),
            None => (label, false),
        };
        let meaning = Meaning {
            list,
            label: label.to_owned(),
            weak,
            open_start: term.starts_with('*'),
            open_end: term.ends_with('*'),
            part,
        };
        self.words.extend(folded.split(' ').map(str::to_owned));
        let slot = *self.index.entry(folded.clone()).or_insert_with(|| {
            self.patterns.push(folded);
            self.meanings.push(Vec::new());
            self.meanings.len() - 1
        });
        self.meanings[slot].push(meaning);
    }

    fn build(self, language: &'static str) -> Lexicon {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&self.patterns)
            .expect("a few thousand short patterns are far below the automaton's limits");
        Lexicon { language, automaton, meanings: self.meanings, words: self.words }
    }
}

impl Lexicon {
    /// Every find in the order of the text; of one list, the longest where several overlap.
    pub(crate) fn search(&self, words: &Normalised) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        let mut parts: Vec<(usize, bool, Hit<'_>)> = Vec::new();
        for found in self.automaton.find_overlapping_iter(&words.text) {
            if hits.len() + parts.len() >= MAX_HITS {
                break;
            }
            let (first, last) = (words.index_at(found.start()), words.index_at(found.end() - 1));
            let Some((start, end)) = words.tokens.get(first).zip(words.tokens.get(last)) else { continue };
            for meaning in &self.meanings[found.pattern().as_usize()] {
                let starts = meaning.open_start || start.at == found.start();
                let ends = meaning.open_end || end.end == found.end();
                if !(starts && ends) {
                    continue;
                }
                let hit = Hit { list: meaning.list, label: &meaning.label, weak: meaning.weak, first, last };
                match meaning.part {
                    None => hits.push(hit),
                    Some((number, second)) => parts.push((number, second, hit)),
                }
            }
        }
        join_parts(words, &parts, &mut hits);
        longest_of_each_list(hits)
    }
}

/// Puts the two halves of terms with `..` together.
fn join_parts<'l>(words: &Normalised, parts: &[(usize, bool, Hit<'l>)], hits: &mut Vec<Hit<'l>>) {
    let mut open: HashMap<usize, usize> = HashMap::new();
    let mut ordered: Vec<&(usize, bool, Hit<'l>)> = parts.iter().collect();
    ordered.sort_by_key(|(_, second, hit)| (hit.first, *second));
    for (number, second, hit) in ordered {
        if !second {
            open.insert(*number, hit.first);
        } else if let Some(&from) = open.get(number)
            && hit.first > from
            && hit.first - from <= GAP + 1
            && words.tokens[from].sentence == words.tokens[hit.first].sentence
        {
            hits.push(Hit { first: from, ..hit.clone() });
        }
    }
}

fn longest_of_each_list(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    hits.sort_by_key(|hit| (hit.list, hit.first, std::cmp::Reverse(hit.last), hit.weak));
    let mut kept: Vec<Hit<'_>> = Vec::with_capacity(hits.len());
    for hit in hits {
        let swallowed = kept.last().is_some_and(|last| {
            last.list == hit.list
                && hit.last <= last.last
                && (hit.label == last.label || hit.list != List::Special && hit.list != List::Serious)
        });
        if !swallowed {
            kept.push(hit);
        }
    }
    kept.sort_by_key(|hit| (hit.first, hit.last, hit.list));
    kept
}
