//! The word lists: what patients write, by language, in text files that a safety officer can read and extend.
//!
//! A file holds sections, `[label]`, and under them terms parted by commas or lines; `#` starts a comment. A label that ends in
//! `weak` marks terms that say little alone. In a term, `*` at either end stands for the rest of a word, and `..` for up to six
//! words in between. Terms are folded as the texts are. `lists` names the files, the build script makes one block of them, `terms`
//! searches it; this file puts the program's lists and a protocol's own words together. What a find means is decided in `gates` and
//! `score`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::lists::{LANGUAGES, List};
use super::normalise::Normalised;
use super::terms::{Hit, Terms, Written, compile};

/// The program's own terms, all languages in one.
static OURS: LazyLock<Terms<'static>> =
    LazyLock::new(|| Terms::new(include_bytes!(concat!(env!("OUT_DIR"), "/lexicons.bin")).as_slice()));

/// The section of a campaign's own reactions.
pub(crate) const NAMED_BY_PROTOCOL: &str = "named by the protocol";

/// A short digest of the texts of all lists.
pub(crate) const DIGEST: &str = env!("DAYZERO_LEXICONS");

/// Every language's lists, with the protocol's own reactions.
#[derive(Debug)]
pub(crate) struct Lexicons {
    protocols: Terms<'static>,
}

/// One language's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lexicon(u8);

/// What all lists find in a comment.
pub(crate) struct Found<'l> {
    hits: Vec<(u8, Hit<'l>)>,
    /// By language: how many of the comment's words its lists know.
    known: [usize; LANGUAGES.len()],
    /// The search broke off.
    pub(crate) cut: bool,
}

impl Lexicon {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..).take(LANGUAGES.len()).map(Self)
    }

    pub(crate) fn of(language: &str) -> Option<Self> {
        Self::all().find(|lexicon| lexicon.language() == language)
    }

    pub(crate) fn language(self) -> &'static str {
        LANGUAGES[usize::from(self.0)]
    }
}

impl Lexicons {
    /// Adds a protocol's own reactions: to their language, or to every one if their language has no lists.
    pub(crate) fn new(extra: &BTreeMap<String, Vec<String>>) -> Self {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
        let of = |tag: &String| Lexicon::of(&primary(tag)).map_or(Lexicon::all().collect(), |lexicon| vec![lexicon]);
        let terms = extra.iter().flat_map(|(tag, terms)| {
            let written = |Lexicon(language)| {
                terms.iter().map(move |term| Written { language, list: List::Reaction, label: NAMED_BY_PROTOCOL, term })
            };
            of(tag).into_iter().flat_map(written)
        });
        Self { protocols: Terms::new(compile(terms)) }
    }

    /// Walks over the comment once for all languages.
    pub(crate) fn search(&self, words: &Normalised) -> Found<'_> {
        let (mut hits, ours_cut) = OURS.search(words);
        let (protocols, protocols_cut) = self.protocols.search(words);
        hits.extend(protocols);
        let mut known = [0; LANGUAGES.len()];
        for index in 0..words.tokens.len() {
            let languages = OURS.knows(words.word(index)) | self.protocols.knows(words.word(index));
            for (language, count) in known.iter_mut().enumerate() {
                *count += (languages >> language & 1) as usize;
            }
        }
        Found { hits, known, cut: ours_cut || protocols_cut }
    }

    /// Is this a word of any list? Then it is no misspelt product.
    pub(crate) fn know(&self, word: &str) -> bool {
        OURS.knows(word) | self.protocols.knows(word) != 0
    }
}

impl<'l> Found<'l> {
    /// One language's finds in the order of the text; of one list, the longest where several overlap.
    pub(crate) fn of(&self, lexicon: Lexicon) -> Vec<Hit<'l>> {
        let own = self.hits.iter().filter(|(language, _)| *language == lexicon.0);
        longest_of_each_list(own.map(|(_, hit)| hit.clone()).collect())
    }

    pub(crate) fn known(&self, lexicon: Lexicon) -> usize {
        self.known[usize::from(lexicon.0)]
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
    use std::fs;
    use std::path::Path;

    use super::super::lists::{EMOJI, LISTS, terms_of};
    use super::super::normalise::fold;
    use super::super::reading::{seriousness, situation};
    use super::*;

    fn text(path: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/classify/lexicons").join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

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
        for language in LANGUAGES {
            for (list, file) in &LISTS {
                let text = &text(&format!("{language}/{file}"));
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

    #[test]
    fn the_lists_are_long_enough_and_begin_with_patients_words() {
        for (language, least) in [("en", 800), ("nl", 800), ("de", 400), ("fr", 400), ("es", 400)] {
            let reactions = text(&format!("{language}/reactions.txt"));
            let count = terms_of(&reactions).count() + terms_of(&text(EMOJI)).count();
            assert!(count >= least, "{language}: {count} reactions of {least}");
        }
    }

    #[test]
    fn no_folder_of_lists_is_left_out() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/classify/lexicons");
        let mut folders: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        let mut languages = LANGUAGES.to_vec();
        languages.sort_unstable();
        assert_eq!(folders, languages);
    }
}
