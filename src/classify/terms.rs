//! A set of terms and the search for them, word by word. `lexicon` says which terms there are and what they are for.
//!
//! Terms lie in tables by their first word and, where they stand for the beginning of a word, by that beginning. Nothing is
//! compiled: a few thousand terms are ready in well under a millisecond, which every cold start pays, and a comment is too short
//! for an automaton to win that back.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::lexicon::{Hit, List};
use super::normalise::{Normalised, fold};

/// Words that may stand where a term has `..`.
const GAP: usize = 6;

/// Finds kept of one comment. More would be a text made to tire the reader, and it goes to people anyway.
const MAX_HITS: usize = 4_000;

/// Bytes of the longest beginning of a word that is looked up: no term's is longer.
const LONGEST_BEGINNING: usize = 32;

/// The end of a chain of terms.
const NONE: u32 = u32::MAX;

/// Terms that can be searched for. Those of the program borrow its text; those of a protocol own theirs.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    entries: Vec<Entry>,
    /// By whole first word, and by beginning of the only word: the newest entry, which leads to the one before it.
    by_word: Table,
    by_beginning: Table,
    /// Terms that may begin inside a word.
    by_ending: Vec<u32>,
    words: HashSet<Cow<'static, str>, BuildHasherDefault<Fnv>>,
    gapped: u32,
}

type Table = HashMap<Cow<'static, str>, u32, BuildHasherDefault<Fnv>>;

#[derive(Debug)]
struct Entry {
    /// Folded, words joined by one space.
    text: Cow<'static, str>,
    list: List,
    label: &'static str,
    weak: bool,
    open_start: bool,
    open_end: bool,
    /// For a term with `..`: its number, and whether this is the second part.
    part: Option<(u32, bool)>,
    next: u32,
}

impl Terms {
    /// Adds one term of a list, under a section's name.
    pub(crate) fn add(&mut self, list: List, label: &'static str, term: impl Into<Cow<'static, str>>) {
        let (label, weak) = match label.strip_suffix("weak") {
            Some(rest) => (rest.trim(), true),
            None => (label, false),
        };
        let term = term.into();
        match split(&term) {
            Some((before, after)) => {
                let number = self.gapped;
                self.gapped += 1;
                self.part(list, (label, weak), before, Some((number, false)));
                self.part(list, (label, weak), after, Some((number, true)));
            }
            None => self.part(list, (label, weak), term, None),
        }
    }

    fn part(&mut self, list: List, (label, weak): (&'static str, bool), term: Cow<'static, str>, part: Option<(u32, bool)>) {
        let (open_start, open_end) = (term.starts_with('*'), term.ends_with('*'));
        let text = folded(term);
        if text.is_empty() {
            return;
        }
        for word in pieces(&text) {
            self.words.insert(word);
        }
        let number = u32::try_from(self.entries.len()).unwrap_or(NONE);
        let mut next = NONE;
        if open_start {
            self.by_ending.push(number);
        } else {
            let first = pieces(&text).next().unwrap_or_default();
            let table = if open_end && first.len() == text.len() { &mut self.by_beginning } else { &mut self.by_word };
            next = table.insert(first, number).unwrap_or(NONE);
        }
        self.entries.push(Entry { text, list, label, weak, open_start, open_end, part, next });
    }

    /// Is this one of the words that the terms are made of?
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Every find, overlapping ones included, in no order that matters.
    pub(crate) fn search(&self, words: &Normalised) -> Vec<Hit<'static>> {
        let mut found = Finds::default();
        for first in 0..words.tokens.len() {
            if found.hits.len() + found.parts.len() >= MAX_HITS {
                break;
            }
            self.search_at(words, first, &mut found);
        }
        join_parts(words, &mut found.parts, &mut found.hits);
        found.hits
    }

    fn search_at(&self, words: &Normalised, first: usize, found: &mut Finds) {
        let word = words.word(first);
        let at = words.tokens[first].at;
        self.chain(self.by_word.get(word), words, (first, at), found);
        for end in (1..=word.len().min(LONGEST_BEGINNING)).filter(|end| word.is_char_boundary(*end)) {
            self.chain(self.by_beginning.get(&word[..end]), words, (first, at), found);
        }
        for &number in &self.by_ending {
            let text: &str = &self.entries[number as usize].text;
            let piece = text.split(' ').next().unwrap_or(text);
            for (inside, _) in word.match_indices(piece) {
                self.take(number, words, (first, at + inside), found);
            }
        }
    }

    fn chain(&self, head: Option<&u32>, words: &Normalised, place: (usize, usize), found: &mut Finds) {
        let mut number = head.copied().unwrap_or(NONE);
        while let Some(entry) = self.entries.get(number as usize) {
            self.take(number, words, place, found);
            number = entry.next;
        }
    }

    /// Keeps a term if its words go on from this byte, and end where a word ends unless they may go on.
    fn take(&self, number: u32, words: &Normalised, (first, at): (usize, usize), found: &mut Finds) {
        let entry = &self.entries[number as usize];
        if !words.text[at..].starts_with(&*entry.text) || !(entry.open_start || words.tokens[first].at == at) {
            return;
        }
        let end = at + entry.text.len();
        let mut last = first;
        while words.tokens[last].end < end {
            last += 1;
        }
        if !entry.open_end && words.tokens[last].end != end {
            return;
        }
        let hit = Hit { list: entry.list, label: entry.label, weak: entry.weak, first, last };
        match entry.part {
            None => found.hits.push(hit),
            Some((number, second)) => found.parts.push((number, second, hit)),
        }
    }
}

#[derive(Default)]
struct Finds {
    hits: Vec<Hit<'static>>,
    parts: Vec<(u32, bool, Hit<'static>)>,
}

/// Puts the two halves of terms with `..` together.
fn join_parts(words: &Normalised, parts: &mut [(u32, bool, Hit<'static>)], hits: &mut Vec<Hit<'static>>) {
    let mut open: HashMap<u32, (usize, usize)> = HashMap::new();
    parts.sort_by_key(|(_, second, hit)| (hit.first, *second));
    for (number, second, hit) in parts.iter() {
        if !second {
            open.insert(*number, (hit.first, hit.last));
        } else if let Some(&(from, before)) = open.get(number)
            && hit.first > before
            && hit.first - before <= GAP + 1
            && words.tokens[from].sentence == words.tokens[hit.first].sentence
        {
            hits.push(Hit { first: from, ..hit.clone() });
        }
    }
}

/// The two parts of a term with a gap.
#[expect(clippy::ptr_arg, reason = "what is borrowed must stay borrowed for the whole program, which a plain `&str` would lose")]
fn split(term: &Cow<'static, str>) -> Option<(Cow<'static, str>, Cow<'static, str>)> {
    match term {
        Cow::Borrowed(term) => term.split_once("..").map(|(before, after)| (before.trim().into(), after.trim().into())),
        Cow::Owned(term) => {
            term.split_once("..").map(|(before, after)| (before.trim().to_owned().into(), after.trim().to_owned().into()))
        }
    }
}

/// A term as the texts are folded. Nearly all are written so already, and then nothing is copied.
fn folded(term: Cow<'static, str>) -> Cow<'static, str> {
    match term {
        Cow::Borrowed(term) if is_folded(term.trim_matches('*')) => Cow::Borrowed(term.trim_matches('*')),
        other => Cow::Owned(fold(other.trim_matches('*'))),
    }
}

fn is_folded(term: &str) -> bool {
    let bytes = term.as_bytes();
    let plain = bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' '));
    let spaced = !term.starts_with(' ') && !term.ends_with(' ') && !bytes.windows(2).any(|pair| pair == b"  ");
    plain && spaced && !bytes.windows(3).any(|run| run[0] == run[1] && run[1] == run[2])
}

/// The words of a folded term, borrowed where the term is.
#[expect(clippy::ptr_arg, reason = "what is borrowed must stay borrowed for the whole program, which a plain `&str` would lose")]
fn pieces<'t>(text: &'t Cow<'static, str>) -> impl Iterator<Item = Cow<'static, str>> + 't {
    let words = |text: &'t str| text.split(' ');
    let (borrowed, owned) = match text {
        Cow::Borrowed(text) => (Some(text.split(' ')), None),
        Cow::Owned(text) => (None, Some(words(text))),
    };
    let borrowed = borrowed.into_iter().flatten().map(Cow::Borrowed);
    borrowed.chain(owned.into_iter().flatten().map(|word| Cow::Owned(word.to_owned())))
}

/// FNV-1a. Only lists that we or a protocol wrote are put into these tables, so nobody can crowd them.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::normalise::normalise;
    use super::*;

    #[test]
    fn terms_are_found_as_the_format_says() {
        let rows = [
            ("lips .. blue", "my lips were going blue", vec![(1, 4)]),
            ("lips .. blue", "my lips one two three four five six seven blue", vec![]),
            ("lips .. blue", "my lips. They are blue", vec![]),
            ("palpitation*", "bad palpitations today", vec![(1, 1)]),
            ("heart rac*", "my heart racing", vec![(1, 2)]),
            ("heart rac*", "my heart, racing", vec![]),
            ("*pijn", "spierpijn en pijnlijk", vec![(0, 0)]),
            ("pijn", "spierpijn", vec![]),
            ("één keer", "een keer", vec![(0, 1)]),
            ("can't", "i cant", vec![(1, 1)]),
        ];
        for (term, text, expected) in rows {
            for owned in [false, true] {
                let mut terms = Terms::default();
                match owned {
                    true => terms.add(List::Reaction, "label", term.to_owned()),
                    false => terms.add(List::Reaction, "label", term),
                }
                let hits: Vec<_> = terms.search(&normalise(text)).iter().map(|hit| (hit.first, hit.last)).collect();
                assert_eq!(hits, expected, "{term} in {text}");
            }
        }
    }
}
