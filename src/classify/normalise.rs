//! A comment's words as the lexicons want them: folded for matching only, each with its place in the original.
//!
//! What is evened out: compatibility forms, case, accents, look-alike letters, invisible marks, apostrophes, letters that are
//! repeated for effect, spacing. Nothing here is shown to people; evidence points into the text as it was written.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters read of one comment. No platform allows longer ones; what is beyond goes to people by itself.
const MAX_CHARS: usize = 65_536;

/// Letters that a word has at least before its digits are taken for letters.
const MIN_LEET_LETTERS: usize = 3;

/// How a word is parted from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    Space,
    /// A comma, a colon, a dash: another clause.
    Clause,
    /// A full stop, an exclamation mark, an empty line: another sentence.
    Sentence,
}

/// A word, a number or one emoji.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Bytes of [`Normalised::text`].
    pub(crate) at: usize,
    pub(crate) end: usize,
    /// Bytes of the original, on character boundaries.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Numbered from 0.
    pub(crate) sentence: usize,
    pub(crate) clause: usize,
}

/// The words of a text, joined by one separator each: a space, `,` between clauses, a line break between sentences.
#[derive(Debug, Default)]
pub(crate) struct Normalised {
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    /// By sentence: does it end in a question mark?
    pub(crate) asks: Vec<bool>,
    pub(crate) has_link: bool,
    /// Letters of the Latin alphabet, and of any other.
    pub(crate) latin: usize,
    pub(crate) foreign: usize,
    /// The text is longer than what is read.
    pub(crate) cut: bool,
}

impl Normalised {
    pub(crate) fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &self.text[token.at..token.end])
    }

    pub(crate) fn has_words(&self) -> bool {
        self.latin + self.foreign > 0
    }
}

/// Folds a text.
pub(crate) fn normalise(text: &str) -> Normalised {
    let mut builder = Builder::default();
    let mut skip_until = 0;
    for (count, (at, character)) in text.char_indices().enumerate() {
        if count >= MAX_CHARS {
            builder.out.cut = true;
            break;
        }
        if at < skip_until {
            continue;
        }
        if let Some(length) = link_length(text, at) {
            builder.end_word();
            builder.out.has_link = true;
            skip_until = at + length;
            continue;
        }
        builder.take(at, character);
    }
    builder.finish()
}

/// A lexicon's term, folded as the texts are: words joined by one space.
pub(crate) fn fold(term: &str) -> String {
    normalise(term).text.replace([',', '\n'], " ")
}

/// How long the link is that starts here, in bytes.
fn link_length(text: &str, at: usize) -> Option<usize> {
    let rest = text.as_bytes().get(at..)?;
    let starts = |prefix: &[u8]| rest.len() > prefix.len() && rest[..prefix.len()].eq_ignore_ascii_case(prefix);
    if !(starts(b"http://") || starts(b"https://") || starts(b"www.")) {
        return None;
    }
    let rest = &text[at..];
    Some(rest.find(char::is_whitespace).unwrap_or(rest.len()))
}

#[derive(Default)]
struct Builder {
    out: Normalised,
    word: String,
    from: usize,
    to: usize,
    gap: Option<Gap>,
    line_breaks: u8,
    sentence: usize,
    clause: usize,
}

impl Builder {
    fn take(&mut self, at: usize, character: char) {
        if is_invisible(character) || is_apostrophe(character) || is_combining_mark(character) {
            if !self.word.is_empty() {
                self.to = at + character.len_utf8();
            }
            return;
        }
        if character == '\n' {
            self.line_breaks = self.line_breaks.saturating_add(1);
        } else if !character.is_whitespace() {
            self.line_breaks = 0;
        }
        if is_emoji(character) {
            self.end_word();
            self.letter(at, character, character);
            self.end_word();
            return;
        }
        let mut wrote = false;
        for part in std::iter::once(character).nfkd().filter(|part| !is_combining_mark(*part)) {
            for lower in part.to_lowercase().filter(|lower| lower.is_alphanumeric()) {
                self.letter(at, lookalike(lower), character);
                wrote = true;
            }
        }
        if !wrote {
            self.punctuation(character);
        }
    }

    fn letter(&mut self, at: usize, folded: char, original: char) {
        if self.word.is_empty() {
            self.from = at;
        }
        match folded {
            'ß' => self.word.push_str("ss"),
            'æ' => self.word.push_str("ae"),
            'œ' => self.word.push_str("oe"),
            'ø' => self.word.push('o'),
            'ı' => self.word.push('i'),
            _ => self.word.push(folded),
        }
        if folded.is_alphabetic() {
            if folded.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&folded) {
                self.out.latin += 1;
            } else {
                self.out.foreign += 1;
            }
        }
        self.to = at + original.len_utf8();
    }

    fn punctuation(&mut self, character: char) {
        let inside_number = matches!(character, '.' | ',') && self.word.ends_with(|last: char| last.is_ascii_digit());
        self.end_word();
        let gap = match character {
            '?' => {
                self.mark_question();
                Gap::Sentence
            }
            _ if inside_number => Gap::Space,
            '.' | '!' | '¿' | '…' => Gap::Sentence,
            ',' | ';' | ':' | '(' | ')' | '–' | '—' | '"' | '“' | '”' | '=' => Gap::Clause,
            '\n' if self.line_breaks >= 2 => Gap::Sentence,
            _ => Gap::Space,
        };
        self.gap = Some(match (self.gap, gap) {
            (Some(Gap::Sentence), _) | (_, Gap::Sentence) => Gap::Sentence,
            (Some(Gap::Clause), _) | (_, Gap::Clause) => Gap::Clause,
            _ => Gap::Space,
        });
    }

    fn mark_question(&mut self) {
        if let Some(last) = self.out.tokens.last() {
            let sentence = last.sentence;
            self.out.asks.resize(self.out.asks.len().max(sentence + 1), false);
            self.out.asks[sentence] = true;
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let gap = self.gap.take().unwrap_or(Gap::Space);
        if !self.out.tokens.is_empty() {
            self.out.text.push(match gap {
                Gap::Space => ' ',
                Gap::Clause => ',',
                Gap::Sentence => '\n',
            });
            self.sentence += usize::from(gap == Gap::Sentence);
            self.clause += usize::from(gap != Gap::Space);
        }
        let at = self.out.text.len();
        if let Some(plain) = without_leet(&self.word) {
            self.word = plain;
        }
        squeeze_into(&mut self.out.text, &self.word);
        let token =
            Token { at, end: self.out.text.len(), from: self.from, to: self.to, sentence: self.sentence, clause: self.clause };
        self.out.tokens.push(token);
        self.word.clear();
    }

    fn finish(mut self) -> Normalised {
        self.end_word();
        self.out.asks.resize(self.out.asks.len().max(self.sentence + 1), false);
        self.out
    }
}

/// A word whose letters are disguised as digits ("h34dache", "n0rvexa"), in letters. A number beside a word ("omega3", "b12") is none: a
/// digit must stand between letters, and letters must be most of it.
fn without_leet(word: &str) -> Option<String> {
    let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits == 0 || letters < MIN_LEET_LETTERS || digits > letters || word.chars().count() != letters + digits {
        return None;
    }
    let inner = word.trim_matches(|letter: char| letter.is_ascii_digit());
    if word.starts_with(|letter: char| letter.is_ascii_digit()) || !inner.contains(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    word.chars().map(|letter| if letter.is_ascii_digit() { undisguised(letter) } else { Some(letter) }).collect()
}

fn undisguised(digit: char) -> Option<char> {
    Some(match digit {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        _ => return None,
    })
}

/// Letters drawn out for effect: "heeeel" reads as "heel", "ziekkk" as "ziek". Numbers stay as they are.
fn squeeze_into(text: &mut String, word: &str) {
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut run = 1;
        while letters.next_if_eq(&letter).is_some() {
            run += 1;
        }
        let keep = if run < 3 || letter.is_ascii_digit() {
            run
        } else if letters.peek().is_none() || !"aeoulstpdfmnrgb".contains(letter) {
            1
        } else {
            2
        };
        text.extend(std::iter::repeat_n(letter, keep));
    }
}

fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e01ef}')
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | '‘' | '‛' | 'ʼ' | '`' | '´' | '＇')
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Cyrillic and Greek letters that look like Latin ones, as they are used to get past filters.
fn lookalike(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'е' | 'ε' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'х' => 'x',
        'у' => 'y',
        'і' | 'ι' => 'i',
        'ѕ' => 's',
        'ј' => 'j',
        'ԁ' => 'd',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_point_back() {
        let rows = [
            ("Héél  MISSELIJK", "heel misselijk"),
            ("can’t breathe", "cant breathe"),
            ("zoooo ziekkkk", "zo ziek"),
            ("pijn, in m'n hoofd. Echt?", "pijn,in mn hoofd\necht"),
            ("ｆｕｌｌ ﬁre", "full fire"),
            ("n\u{200b}or\u{200d}vexa", "norvexa"),
            ("nоrvеxa", "norvexa"),
            ("39.5 graden", "39 5 graden"),
            ("h34d4ch3 from n0rvexa", "headache from norvexa"),
            ("omega3 b12 covid19 h1n1 500mg 2weeks", "omega3 b12 covid19 h1n1 500mg 2weeks"),
            ("brak🤢ziek", "brak 🤢 ziek"),
            ("kijk https://a.example/x?y=1 nou", "kijk nou"),
            ("hoofd-\npijn", "hoofd pijn"),
        ];
        for (text, folded) in rows {
            let read = normalise(text);
            assert_eq!(read.text, folded, "{text}");
            for token in &read.tokens {
                assert!(text.get(token.from..token.to).is_some_and(|words| !words.is_empty()), "{text}");
            }
        }
    }

    #[test]
    fn sentences_know_whether_they_ask() {
        assert_eq!(normalise("Ik ben moe. Jij ook? Ja").asks, [false, true, false]);
    }

    #[test]
    fn a_text_beyond_the_limit_is_cut_and_says_so() {
        assert!(normalise(&"a ".repeat(40_000)).cut);
        assert!(!normalise(&"a ".repeat(30_000)).cut);
    }
}
