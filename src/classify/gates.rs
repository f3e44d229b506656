//! In what voice a find is told: denied, asked, imagined, treated, blamed on something else, heard from others, meant as a joke.
//!
//! A gate is a sign that the model weighs, and gives a reason. It never takes a comment from people's sight where a seriousness word stands; that is
//! seen to in `score`.

use crate::model::Assertion;

use super::lists::List;
use super::normalise::Normalised;
use super::terms::Hit;

/// Words over which a denial reaches forward ("geen last van die hoofdpijn") and backward ("hoofdpijn heb ik niet").
const NEGATION_AHEAD: usize = 4;
const NEGATION_BEHIND: usize = 3;

/// Words that deny what stands before them.
const BEHIND: [&str; 11] = ["not", "never", "niet", "nooit", "nicht", "nie", "niemals", "pas", "jamais", "nunca", "jamas"];

/// Words around a complaint among which a denial of everything is looked for in the complaint's own clause: a long clause's length.
const SENTENCE_DENIAL: usize = 20;

/// Words between "for my" and the complaint that is treated.
const CUE_AHEAD: usize = 3;

/// Words at the beginning of a sentence among which its question word stands.
const QUESTION_WORD: usize = 2;

/// The finds of one comment, ordered for looking around.
pub(crate) struct Scene<'s, 'l> {
    words: &'s Normalised,
    hits: &'s [Hit<'l>],
    /// By sentence.
    sentences: Vec<Sentence>,
}

/// What stands in a sentence besides complaints.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sentence {
    pub(crate) first: Option<usize>,
    pub(crate) cause: bool,
    pub(crate) asks: bool,
    pub(crate) reports: bool,
    pub(crate) denies: bool,
    pub(crate) disease: bool,
    pub(crate) other_cause: bool,
    pub(crate) media: bool,
    pub(crate) joke: bool,
    pub(crate) own: bool,
}

impl<'s, 'l> Scene<'s, 'l> {
    pub(crate) fn new(words: &'s Normalised, hits: &'s [Hit<'l>]) -> Self {
        let mut sentences = vec![Sentence::default(); words.asks.len()];
        for (index, token) in words.tokens.iter().enumerate() {
            let sentence = &mut sentences[token.sentence];
            sentence.first = sentence.first.or(Some(index));
        }
        let mut scene = Self { words, hits, sentences };
        for hit in hits {
            scene.note(hit);
        }
        scene
    }

    fn note(&mut self, hit: &Hit<'_>) {
        let at = self.sentence_of(hit);
        let marked = self.words.asks[at];
        let voided = hit.list == List::Negation && self.is_void(hit);
        let sentence = &mut self.sentences[at];
        let opens = sentence.first.is_some_and(|first| hit.first - first < QUESTION_WORD);
        match (hit.list, hit.label) {
            (List::Cause, _) => sentence.cause |= !hit.weak,
            (List::Person, "self") => sentence.own = true,
            (List::Question, "report") => sentence.reports = true,
            (List::Question, "ask") => sentence.asks = true,
            (List::Question, "start") => sentence.asks |= marked && opens,
            (List::Negation, "all") => sentence.denies |= !voided,
            (List::Indication, "disease") => sentence.disease = true,
            (List::OtherCause, _) => sentence.other_cause = true,
            (List::Media, _) => sentence.media = true,
            (List::Joke, _) => sentence.joke |= !hit.weak,
            _ => {}
        }
    }

    fn sentence_of(&self, hit: &Hit<'_>) -> usize {
        self.words.tokens[hit.first].sentence
    }

    pub(crate) fn around(&self, hit: &Hit<'_>) -> Sentence {
        self.sentences[self.sentence_of(hit)]
    }

    pub(crate) fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// Does a term that only looks like a denial cover this one?
    fn is_void(&self, cue: &Hit<'_>) -> bool {
        self.near(cue, 6).any(|other| {
            other.list == List::Negation && other.label == "not" && other.first <= cue.last && cue.first <= other.last
        })
    }

    /// The finds that begin within so many words of this one.
    fn near(&self, hit: &Hit<'_>, words: usize) -> impl Iterator<Item = &'s Hit<'l>> {
        let (low, high) = (hit.first.saturating_sub(words), hit.last + words);
        let from = self.hits.partition_point(|other| other.first < low);
        self.hits[from..].iter().take_while(move |other| other.first <= high)
    }

    /// The voice of a complaint, or `None` where it is told as it happened.
    pub(crate) fn voice(&self, hit: &Hit<'_>) -> Option<Assertion> {
        let here = self.around(hit);
        if self.is_denied(hit) {
            return Some(Assertion::Negated);
        }
        if here.asks && !here.reports {
            return Some(Assertion::Question);
        }
        if self.next_to(hit, |sentence| sentence.other_cause) {
            return Some(Assertion::OtherCause);
        }
        if self.next_to(hit, |sentence| sentence.media) && !(here.cause && here.own && !here.media) {
            return Some(Assertion::Media);
        }
        if here.joke {
            return Some(Assertion::Joke);
        }
        if self.is_imagined(hit) {
            return Some(Assertion::Hypothetical);
        }
        if self.is_treated(hit) {
            return Some(Assertion::Indication);
        }
        None
    }

    /// In this sentence, or in the one before or after it.
    fn next_to(&self, hit: &Hit<'_>, is: impl Fn(&Sentence) -> bool) -> bool {
        let at = self.sentence_of(hit);
        self.sentences[at.saturating_sub(1)..(at + 2).min(self.sentences.len())].iter().any(is)
    }

    pub(crate) fn is_denied(&self, hit: &Hit<'_>) -> bool {
        self.around(hit).denies || self.is_denied_beside(hit)
    }

    /// Is it denied in its own clause? What denies a whole sentence reaches over commas, and there it may hide another clause's report.
    pub(crate) fn is_denied_in_its_clause(&self, hit: &Hit<'_>) -> bool {
        let clause = self.words.tokens[hit.first].clause;
        let all = self.near(hit, SENTENCE_DENIAL).any(|cue| {
            let denies = cue.list == List::Negation && cue.label == "all";
            denies && self.words.tokens[cue.first].clause == clause && !self.is_void(cue)
        });
        all || self.is_denied_beside(hit)
    }

    fn is_denied_beside(&self, hit: &Hit<'_>) -> bool {
        let clause = self.words.tokens[hit.first].clause;
        self.near(hit, NEGATION_AHEAD + 1).any(|cue| {
            let ahead = cue.last < hit.first && hit.first - cue.last <= NEGATION_AHEAD;
            let behind = cue.first > hit.last && cue.first - hit.last <= NEGATION_BEHIND && cue.last == cue.first;
            cue.list == List::Negation
                && cue.label == "near"
                && self.words.tokens[cue.first].clause == clause
                && (ahead || behind && BEHIND.contains(&self.words.word(cue.first)))
                && !self.is_void(cue)
        })
    }

    pub(crate) fn is_imagined(&self, hit: &Hit<'_>) -> bool {
        let sentence = self.sentence_of(hit);
        self.near(hit, 12).any(|cue| {
            cue.list == List::Hypothetical && cue.first < hit.first && self.words.tokens[cue.first].sentence == sentence
        })
    }

    fn is_treated(&self, hit: &Hit<'_>) -> bool {
        let here = self.around(hit);
        let clause = self.words.tokens[hit.first].clause;
        let cue = self.near(hit, CUE_AHEAD + 3).any(|cue| {
            cue.list == List::Indication
                && cue.label == "cue"
                && cue.last < hit.first
                && hit.first - cue.last <= CUE_AHEAD
                && self.words.tokens[cue.first].clause == clause
        });
        cue || here.disease && !here.cause
    }
}
