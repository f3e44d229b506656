//! The word lists: what patients write, by language, in text files that a safety officer can read and extend.
//!
//! A file holds sections, `[label]`, and under them terms parted by commas or lines; `#` starts a comment. A label that ends in
//! `weak` marks terms that say little alone. In a term, `*` at either end stands for the rest of a word, and `..` for up to six
//! words in between. Terms are folded as the texts are. This file knows the lists, `terms` searches; what a find means is decided in
//! `gates` and `score`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::normalise::Normalised;
use super::terms::Terms;

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

/// The lists of one language, with the protocol's own reactions.
#[derive(Debug)]
pub(crate) struct Lexicon {
    pub(crate) language: &'static str,
    ours: &'static Terms,
    protocols: Terms,
}

/// The program's own lists: read once for all campaigns of a process.
static OURS: LazyLock<Vec<(&'static str, Terms)>> = LazyLock::new(|| {
    SOURCES
        .iter()
        .map(|(language, sources)| {
            let mut terms = Terms::default();
            for (list, text) in sources.iter() {
                for (label, term) in terms_of(text) {
                    terms.add(*list, label, term);
                }
            }
            (*language, terms)
        })
        .collect()
});

/// All lexicons, with the protocol's own reactions added: to their language, or to every one if their language has no lists.
pub(crate) fn all(extra: &BTreeMap<String, Vec<String>>) -> Vec<Lexicon> {
    let listed = |tag: &str| SOURCES.iter().any(|(language, _)| *language == tag);
    OURS.iter()
        .map(|(language, ours)| {
            let mut protocols = Terms::default();
            for (tag, terms) in extra {
                let tag = tag.split('-').next().unwrap_or(tag);
                if tag == *language || !listed(tag) {
                    for term in terms {
                        protocols.add(List::Reaction, "named by the protocol", term.clone());
                    }
                }
            }
            Lexicon { language, ours, protocols }
        })
        .collect()
}

/// The terms of a file, each with the name of its section.
fn terms_of(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut label = "";
    text.lines().map(str::trim).flat_map(move |line| {
        let section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        label = section.unwrap_or(label);
        let terms = if section.is_some() || line.starts_with('#') { "" } else { line };
        let label = label;
        terms.split(',').map(str::trim).filter(|term| !term.is_empty()).map(move |term| (label, term))
    })
}

impl Lexicon {
    /// Every find in the order of the text; of one list, the longest where several overlap.
    pub(crate) fn search(&self, words: &Normalised) -> Vec<Hit<'_>> {
        let mut hits = self.ours.search(words);
        hits.extend(self.protocols.search(words));
        longest_of_each_list(hits)
    }

    /// Is this a word of the lists? Then it is no misspelt product.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.ours.knows(word) || self.protocols.knows(word)
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::normalise::fold;
    use super::super::reading::{seriousness, situation};
    use super::*;

    /// What a section may be called where its name decides something; elsewhere it is only read by people.
    fn is_known(list: List, label: &str) -> bool {
        match list {
            List::Serious => seriousness(label).is_some(),
            List::Special => situation(label).is_some(),
            List::Urgent => matches!(label, "despair" | "danger" | "figure of speech"),
            List::Person => matches!(label, "self" | "other" | "group"),
            List::Negation => matches!(label, "near" | "all" | "not"),
            List::Question => matches!(label, "start" | "ask" | "report"),
            List::Indication => matches!(label, "cue" | "disease"),
            _ => !label.is_empty(),
        }
    }

    #[test]
    fn every_list_is_in_order() {
        let mut faults = Vec::new();
        for (language, sources) in SOURCES {
            for (list, text) in sources.iter() {
                let comments = text.lines().take_while(|line| line.starts_with('#')).count();
                if comments < 2 || !text.contains("To extend:") {
                    faults.push(format!("{language} {list:?}: the head says not what it holds and how to extend it"));
                }
                let mut seen = HashSet::new();
                for (section, term) in terms_of(text) {
                    let label = section.strip_suffix("weak").map_or(section, str::trim);
                    // A situation may share a term with another; in the other lists a second place is lost on the reader.
                    let place = if matches!(list, List::Serious | List::Special) { label } else { "" };
                    let inner = term.trim_matches('*').replace("* ..", "..").replace(".. *", "..");
                    let empty = term.split("..").any(|part| fold(part.trim_matches('*')).is_empty());
                    if !seen.insert((place, term)) {
                        faults.push(format!("{language} {list:?}: {term} twice"));
                    }
                    if !is_known(*list, label) {
                        faults.push(format!("{language} {list:?}: [{section}] is no section of it"));
                    }
                    if empty || inner.contains('*') || term.matches("..").count() > 1 {
                        faults.push(format!("{language} {list:?}: {term} does not parse"));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
