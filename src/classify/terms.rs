//! A set of terms and the search for them, word by word. `lexicon` says which terms there are and what they are for.
//!
//! The terms of all languages lie in one block of bytes that is ready as it is: the build script makes the program's own, a campaign's
//! are made when its protocol is read. A start costs nothing, and one walk over a comment finds what every language's lists know. Terms
//! are found by a hash of their first word, of the beginning that they stand for, or of the letters that they may begin with inside a
//! word; a find is then compared letter by letter.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::lists::{LISTS, List};
use super::normalise::{Normalised, fold};

/// Words that may stand where a term has `..`.
const GAP: usize = 6;

/// Finds kept of one comment. More would be a text made to tire the reader, and it goes to people anyway.
const MAX_HITS: usize = 8_000;

/// Bytes of the longest beginning of a word that is looked up: no term's is longer.
const LONGEST_BEGINNING: usize = 32;

/// Bytes by which a term is found that may begin inside a word.
const INSIDE: usize = 3;

/// Bytes of an entry: see [`Entry`].
const ENTRY: usize = 20;

/// Bytes of a slot of a table: a part of a hash, and a number beside it.
const SLOT: usize = 8;

/// The end of a chain of terms.
const NONE: u32 = u32::MAX;

const WEAK: u8 = 1;
const OPEN_START: u8 = 2;
const OPEN_END: u8 = 4;
const FIRST_PART: u8 = 8;
const SECOND_PART: u8 = 16;

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

/// Terms that can be searched for.
#[derive(Debug)]
pub(crate) struct Terms<'b> {
    bytes: Cow<'b, [u8]>,
    /// Where each part of the bytes begins: three tables to search by, the words, the entries, the labels and the letters.
    starts: [usize; 7],
}

/// One term, or half of one with a gap.
struct Entry<'b> {
    text: &'b [u8],
    list: List,
    language: u8,
    /// Its label's number.
    label: usize,
    flags: u8,
    /// Number of a term with a gap.
    part: u32,
    next: u32,
}

const BY_WORD: usize = 0;
const BY_BEGINNING: usize = 1;
const BY_INSIDE: usize = 2;
const WORDS: usize = 3;
const ENTRIES: usize = 4;
const LABELS: usize = 5;
const LETTERS: usize = 6;

impl<'b> Terms<'b> {
    /// Takes a block that [`compile`] made. The program trusts its own; a block that is cut finds nothing behind the cut.
    pub(crate) fn new(bytes: impl Into<Cow<'b, [u8]>>) -> Self {
        let bytes = bytes.into();
        let starts = std::array::from_fn(|at| number(&bytes, at * 4) as usize);
        Self { bytes, starts }
    }

    /// Which languages' terms hold this word: a bit each.
    pub(crate) fn knows(&self, word: &str) -> u32 {
        self.slot(WORDS, hash(word.as_bytes())).unwrap_or_default()
    }

    /// Every find with its language, overlapping ones included, in no order that matters.
    ///
    /// Beside it, whether it broke off: a text with so many finds is read by people.
    pub(crate) fn search(&self, words: &Normalised) -> (Vec<(u8, Hit<'_>)>, bool) {
        let mut found = Finds::default();
        let mut cut = false;
        if self.starts[ENTRIES] == self.starts[LABELS] {
            return (found.hits, cut);
        }
        for first in 0..words.tokens.len() {
            if found.hits.len() + found.parts.len() >= MAX_HITS {
                cut = true;
                break;
            }
            self.search_at(words, first, &mut found);
        }
        join_parts(words, &mut found.parts, &mut found.hits);
        (found.hits, cut)
    }

    fn search_at<'s>(&'s self, words: &Normalised, first: usize, found: &mut Finds<'s>) {
        let word = words.word(first).as_bytes();
        let at = words.tokens[first].at;
        let mut hash = SEED;
        for (index, byte) in word.iter().enumerate() {
            hash = step(hash, *byte);
            if index < LONGEST_BEGINNING {
                self.chain(self.slot(BY_BEGINNING, hash), words, (first, at), found);
            }
        }
        self.chain(self.slot(BY_WORD, hash), words, (first, at), found);
        let next = words.word(first + 1).as_bytes();
        let pair = next.iter().fold(step(hash, b' '), |hash, byte| step(hash, *byte));
        self.chain(self.slot(BY_WORD, pair), words, (first, at), found);
        for (from, piece) in word.windows(INSIDE).enumerate() {
            self.chain(self.slot(BY_INSIDE, self::hash(piece)), words, (first, at + from), found);
        }
    }

    /// What a table holds for a hash.
    fn slot(&self, table: usize, hash: u64) -> Option<u32> {
        let (start, end) = (self.starts[table], self.starts[table + 1]);
        let mask = ((end - start) / SLOT).wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let slot = start + at * SLOT;
            let mark = number(&self.bytes, slot);
            if mark == 0 {
                return None;
            }
            if mark == marked(hash) {
                return Some(number(&self.bytes, slot + 4));
            }
            at = (at + 1) & mask;
        }
    }

    fn chain<'s>(&'s self, head: Option<u32>, words: &Normalised, place: (usize, usize), found: &mut Finds<'s>) {
        let mut next = head.unwrap_or(NONE);
        while next != NONE {
            let Some(entry) = self.entry(next) else { return };
            next = entry.next;
            self.take(&entry, words, place, found);
        }
    }

    fn entry(&self, number: u32) -> Option<Entry<'_>> {
        let at = self.starts[ENTRIES] + number as usize * ENTRY;
        let bytes = self.bytes.get(at..at + ENTRY)?;
        let word = |from: usize| u32::from_le_bytes([bytes[from], bytes[from + 1], bytes[from + 2], bytes[from + 3]]);
        let length = usize::from(u16::from_le_bytes([bytes[4], bytes[5]]));
        Some(Entry {
            text: self.letters(word(0) as usize, length)?,
            list: LISTS.get(usize::from(bytes[6]))?.0,
            language: bytes[7],
            label: usize::from(bytes[8]),
            flags: bytes[9],
            part: word(12),
            next: word(16),
        })
    }

    fn label(&self, number: usize) -> &str {
        let at = self.starts[LABELS] + number * SLOT;
        let (from, length) = (self::number(&self.bytes, at), self::number(&self.bytes, at + 4));
        let letters = self.letters(from as usize, length as usize).unwrap_or_default();
        std::str::from_utf8(letters).unwrap_or_default()
    }

    fn letters(&self, from: usize, length: usize) -> Option<&[u8]> {
        let start = self.starts[LETTERS] + from;
        self.bytes.get(start..start + length)
    }

    /// Keeps a term if its words go on from this byte, and end where a word ends unless they may go on.
    fn take<'s>(&'s self, entry: &Entry<'s>, words: &Normalised, (first, at): (usize, usize), found: &mut Finds<'s>) {
        if !words.text.as_bytes()[at..].starts_with(entry.text) {
            return;
        }
        let end = at + entry.text.len();
        let mut last = first;
        while words.tokens[last].end < end {
            last += 1;
        }
        if entry.flags & OPEN_END == 0 && words.tokens[last].end != end {
            return;
        }
        let hit = Hit { list: entry.list, label: self.label(entry.label), weak: entry.flags & WEAK != 0, first, last };
        match entry.flags & (FIRST_PART | SECOND_PART) {
            0 => found.hits.push((entry.language, hit)),
            part => found.parts.push((entry.part, part == SECOND_PART, entry.language, hit)),
        }
    }
}

#[derive(Default)]
struct Finds<'s> {
    hits: Vec<(u8, Hit<'s>)>,
    /// Halves of terms with a gap: the number of the term, whether it is the second half, the language.
    parts: Vec<(u32, bool, u8, Hit<'s>)>,
}

/// Puts the two halves of terms with `..` together.
fn join_parts<'s>(words: &Normalised, parts: &mut [(u32, bool, u8, Hit<'s>)], hits: &mut Vec<(u8, Hit<'s>)>) {
    if parts.is_empty() {
        return;
    }
    let mut open: HashMap<u32, (usize, usize)> = HashMap::new();
    parts.sort_by_key(|(_, second, _, hit)| (hit.first, *second));
    for (number, second, language, hit) in parts.iter() {
        if !second {
            open.insert(*number, (hit.first, hit.last));
        } else if let Some(&(from, before)) = open.get(number)
            && hit.first > before
            && hit.first - before <= GAP + 1
            && words.tokens[from].sentence == words.tokens[hit.first].sentence
        {
            hits.push((*language, Hit { first: from, ..hit.clone() }));
        }
    }
}

/// A term as it is written in a list.
pub(crate) struct Written<'t> {
    pub(crate) language: u8,
    pub(crate) list: List,
    /// The section that it stands under.
    pub(crate) label: &'t str,
    pub(crate) term: &'t str,
}

/// Makes a block of terms.
pub(crate) fn compile<'t>(terms: impl IntoIterator<Item = Written<'t>>) -> Vec<u8> {
    let mut made = Block::default();
    for term in terms {
        made.add(&term);
    }
    made.finish()
}

/// A block in the making.
#[derive(Default)]
struct Block {
    tables: [BTreeMap<u64, u32>; 3],
    words: BTreeMap<u64, u32>,
    entries: Vec<u8>,
    labels: Vec<String>,
    letters: String,
    gapped: u32,
}

impl Block {
    fn add(&mut self, written: &Written<'_>) {
        match written.term.split_once("..") {
            Some((before, after)) => {
                let number = self.gapped;
                self.gapped += 1;
                self.part(written, before.trim(), Some((number, FIRST_PART)));
                self.part(written, after.trim(), Some((number, SECOND_PART)));
            }
            None => self.part(written, written.term, None),
        }
    }

    fn part(&mut self, written: &Written<'_>, term: &str, part: Option<(u32, u8)>) {
        let text = fold(term.trim_matches('*'));
        let Some(first) = text.split(' ').next().filter(|first| !first.is_empty()) else { return };
        for word in text.split(' ') {
            *self.words.entry(hash(word.as_bytes())).or_default() |= 1 << written.language.min(31);
        }
        let (open_start, open_end) = (term.starts_with('*'), term.ends_with('*'));
        // Hundreds of terms begin with "I": two whole words are looked up together.
        let pair = text.match_indices(' ').nth(1).map_or(text.len(), |(end, _)| end);
        let pair = (pair > first.len() && (pair < text.len() || !open_end)).then(|| &text[..pair]);
        let (table, key) = match (open_start, open_end && first.len() == text.len()) {
            // What is shorter than it is found by would stand in every other word; it is taken as a whole word.
            (true, _) if first.len() >= INSIDE => (BY_INSIDE, &first.as_bytes()[..INSIDE]),
            (_, true) if first.len() <= LONGEST_BEGINNING => (BY_BEGINNING, first.as_bytes()),
            _ => (BY_WORD, pair.unwrap_or(first).as_bytes()),
        };
        let number = (self.entries.len() / ENTRY) as u32;
        let next = self.tables[table].insert(hash(key), number).unwrap_or(NONE);
        let (label, weak) = match written.label.strip_suffix("weak") {
            Some(rest) => (rest.trim(), WEAK),
            None => (written.label, 0),
        };
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let (gap, half) = part.unwrap_or((NONE, 0));
        let label = self.label(label);
        self.entries.extend((self.letters.len() as u32).to_le_bytes());
        self.entries.extend((text.len() as u16).to_le_bytes());
        self.entries.extend([written.list as u8, written.language, label]);
        self.entries.extend([weak | flag(open_start, OPEN_START) | flag(open_end, OPEN_END) | half, 0, 0]);
        self.entries.extend(gap.to_le_bytes());
        self.entries.extend(next.to_le_bytes());
        self.letters.push_str(&text);
    }

    fn label(&mut self, label: &str) -> u8 {
        let known = self.labels.iter().position(|known| known == label);
        let number = known.unwrap_or_else(|| {
            self.labels.push(label.to_owned());
            self.labels.len() - 1
        });
        u8::try_from(number).unwrap_or(u8::MAX)
    }

    fn finish(mut self) -> Vec<u8> {
        let labels = std::mem::take(&mut self.labels);
        let places: Vec<u8> = labels
            .iter()
            .flat_map(|label| {
                let from = self.letters.len() as u32;
                self.letters.push_str(label);
                [from.to_le_bytes(), (label.len() as u32).to_le_bytes()].concat()
            })
            .collect();
        let [by_word, by_beginning, by_inside] = self.tables.each_ref().map(slots);
        let parts = [by_word, by_beginning, by_inside, slots(&self.words), self.entries, places, self.letters.into_bytes()];
        let mut at = parts.len() * 4;
        let mut out = Vec::new();
        for part in &parts {
            out.extend((at as u32).to_le_bytes());
            at += part.len();
        }
        out.extend(parts.concat());
        out
    }
}

/// A table with room to spare, so that a look-up seldom looks at a second slot.
fn slots(entries: &BTreeMap<u64, u32>) -> Vec<u8> {
    let count = (entries.len() * 2 + 2).next_power_of_two();
    let mut slots = vec![(0_u32, 0_u32); count];
    for (hash, value) in entries {
        let mut at = *hash as usize & (count - 1);
        while slots[at].0 != 0 {
            at = (at + 1) & (count - 1);
        }
        slots[at] = (marked(*hash), *value);
    }
    slots.iter().flat_map(|(mark, value)| [mark.to_le_bytes(), value.to_le_bytes()].concat()).collect()
}

/// The upper half of a hash, never nothing.
fn marked(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1
}

/// FNV-1a. Only lists that we or a protocol wrote are put into tables, so nobody can crowd them.
const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(SEED, |hash, byte| step(hash, *byte))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(test)]
mod tests {
    use super::super::normalise::normalise;
    use super::*;

    fn found(term: &str, text: &str) -> Vec<(usize, usize)> {
        let block = compile([Written { language: 2, list: List::Reaction, label: "label weak", term }]);
        let terms = Terms::new(block);
        let words = normalise(text);
        let (hits, _) = terms.search(&words);
        assert!(hits.iter().all(|(language, hit)| *language == 2 && hit.weak && hit.label == "label"), "{hits:?}");
        hits.iter().map(|(_, hit)| (hit.first, hit.last)).collect()
    }

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
            ("*pijn*", "spierpijnen en pijnlijk", vec![(0, 0), (2, 2)]),
            ("pijn", "spierpijn", vec![]),
            ("één keer", "een keer", vec![(0, 1)]),
            ("can't", "i cant", vec![(1, 1)]),
            ("🤢", "brak 🤢", vec![(1, 1)]),
        ];
        for (term, text, expected) in rows {
            assert_eq!(found(term, text), expected, "{term} in {text}");
        }
    }

    #[test]
    fn a_block_that_is_cut_or_empty_finds_nothing_and_breaks_nothing() {
        let words = normalise("bad palpitations and 🤢 today");
        assert!(Terms::new(compile([])).search(&words).0.is_empty());
        let word = |term| Written { language: 0, list: List::Body, label: "body", term };
        let block = compile([word("bad"), word("palpitation*"), word("*day")]);
        for cut in (0..block.len()).step_by(7) {
            let terms = Terms::new(&block[..cut]);
            assert!(terms.search(&words).0.len() <= 3);
        }
    }

    #[test]
    fn words_are_known_by_language() {
        let word = |language, term| Written { language, list: List::Body, label: "body", term };
        let terms = Terms::new(compile([word(0, "arm"), word(1, "arm .. been"), word(1, "been*")]));
        assert_eq!(["arm", "been", "leg"].map(|word| terms.knows(word)), [0b11, 0b10, 0]);
    }
}
