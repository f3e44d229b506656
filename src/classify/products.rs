//! The campaign's products in a comment: brand, substance and other spellings, written right or nearly so. The list comes from the
//! protocol, never from the world's medicines.

use std::collections::HashMap;

use crate::model::Product;

use super::normalise::{Normalised, fold};

/// Letters from which a name may be one edit away, and from which two.
const ONE_EDIT_FROM: usize = 5;
const TWO_EDITS_FROM: usize = 8;

/// Letters of a name that may be the beginning of a longer word ("norvexapil").
const PREFIX_FROM: usize = 6;

/// A product as it stands in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mention {
    /// Index into the campaign's products; beyond them for one that only the channel names.
    pub(crate) product: usize,
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) exact: bool,
}

/// The names to look for.
#[derive(Debug)]
pub(crate) struct Products {
    names: Vec<String>,
    exact: HashMap<String, usize>,
    longest: usize,
    /// By first letter: names of one word that are long enough to be misspelt.
    fuzzy: HashMap<char, Vec<(Vec<char>, usize)>>,
}

impl Products {
    pub(crate) fn new(products: &[Product]) -> Self {
        let mut made = Self {
            names: products.iter().map(|product| product.name.clone()).collect(),
            exact: HashMap::new(),
            longest: 1,
            fuzzy: HashMap::new(),
        };
        for (index, product) in products.iter().enumerate() {
            made.add(&product.name, index);
            for spelling in product.substance.iter().chain(&product.spellings) {
                made.add(spelling, index);
            }
        }
        made
    }

    fn add(&mut self, spelling: &str, index: usize) {
        let folded = fold(spelling);
        if folded.is_empty() || self.exact.contains_key(&folded) {
            return;
        }
        let words = folded.split(' ').count();
        self.longest = self.longest.max(words);
        if words == 1
            && folded.chars().count() >= ONE_EDIT_FROM
            && let Some(initial) = folded.chars().next()
        {
            self.fuzzy.entry(initial).or_default().push((folded.chars().collect(), index));
        }
        self.exact.insert(folded, index);
    }

    pub(crate) fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }

    /// The product that a channel, a post or an answer names, as the protocol spells it.
    pub(crate) fn named(&self, written: &str) -> Option<usize> {
        self.exact.get(&fold(written)).copied()
    }

    /// Every mention, in the order of the text: of the campaign's products, and of the one that the channel implies, by whatever name it
    /// goes. `ordinary` tells words that are no misspelt name.
    pub(crate) fn find(&self, words: &Normalised, implied: Option<&str>, ordinary: &dyn Fn(&str) -> bool) -> Vec<Mention> {
        let unlisted = implied.map(fold).filter(|name| !name.is_empty() && !self.exact.contains_key(name));
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.tokens.len() {
            let known = self.exact_at(words, at).or_else(|| unlisted.as_deref().and_then(|name| unlisted_at(words, at, name)));
            match known.or_else(|| self.nearly_at(words, at, ordinary)) {
                Some(mention) => {
                    at = mention.last + 1;
                    found.push(mention);
                }
                None => at += 1,
            }
        }
        found
    }

    fn exact_at(&self, words: &Normalised, first: usize) -> Option<Mention> {
        let left = words.tokens.len() - first;
        (1..=self.longest.min(left)).rev().find_map(|count| {
            let last = first + count - 1;
            let piece = &words.text[words.tokens[first].at..words.tokens[last].end];
            self.exact.get(piece).map(|&product| Mention { product, first, last, exact: true })
        })
    }

    fn nearly_at(&self, words: &Normalised, at: usize, ordinary: &dyn Fn(&str) -> bool) -> Option<Mention> {
        let word = words.word(at);
        let names = self.fuzzy.get(&word.chars().next()?)?;
        if ordinary(word) {
            return None;
        }
        let letters: Vec<char> = word.chars().take(64).collect();
        names.iter().find(|(name, _)| resembles(&letters, name)).map(|&(_, product)| Mention {
            product,
            first: at,
            last: at,
            exact: false,
        })
    }
}

/// A product that the protocol does not list, and the channel does.
fn unlisted_at(words: &Normalised, first: usize, name: &str) -> Option<Mention> {
    let last = first + name.split(' ').count() - 1;
    let piece = &words.text[words.tokens[first].at..words.tokens.get(last)?.end];
    (piece == name).then_some(Mention { product: usize::MAX, first, last, exact: true })
}

fn resembles(word: &[char], name: &[char]) -> bool {
    if name.len() >= PREFIX_FROM && word.starts_with(name) {
        return true;
    }
    let allowed = if name.len() >= TWO_EDITS_FROM { 2 } else { 1 };
    // A short word is within reach of too many others, whatever the name's length.
    word.len() >= ONE_EDIT_FROM && word.len().abs_diff(name.len()) <= allowed && edits(word, name) <= allowed
}

/// Edit distance, a swap of neighbours counting once.
fn edits(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, &a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in right.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == right[j - 1] && left[i - 1] == b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::super::normalise::normalise;
    use super::*;

    fn products() -> Products {
        let product = |name: &str, substance: Option<&str>| Product {
            name: name.to_owned(),
            substance: substance.map(str::to_owned),
            spellings: Vec::new(),
            own: true,
        };
        Products::new(&[product("Norvexa", Some("norvexatin")), product("Ovelle", None), product("Zo Fit", None)])
    }

    #[test]
    fn names_are_found_as_people_write_them() {
        let rows = [
            ("ik slik NORVEXA", Some("Norvexa")),
            ("norvexia is top", Some("Norvexa")),
            ("nrovexa", Some("Norvexa")),
            ("norvexatine 10 mg", Some("Norvexa")),
            ("#norvexapil", Some("Norvexa")),
            ("Norvexa's nieuwe doos", Some("Norvexa")),
            ("ovele", Some("Ovelle")),
            ("ik ben zo fit", Some("Zo Fit")),
            ("mijn oven", None),
            ("de orvexa", None),
            ("normaal", None),
            ("ovenwant", None),
        ];
        let products = products();
        for (text, expected) in rows {
            let found = products.find(&normalise(text), None, &|_| false);
            assert_eq!(found.first().and_then(|mention| products.name(mention.product)), expected, "{text}");
        }
    }

    #[test]
    fn an_ordinary_word_is_no_misspelt_name() {
        let ordinary = |word: &str| word == "ovella";
        assert!(products().find(&normalise("een ovella"), None, &ordinary).is_empty());
        assert_eq!(products().find(&normalise("een ovelle"), None, &ordinary).len(), 1);
    }
}
