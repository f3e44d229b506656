//! Reads comments: the first classifier, made of word lists that people can read and a table of points.
//!
//! A comment goes through the files in this order: `normalise` folds its words, `language` tells which lists to use, `products`
//! finds the campaign's medicines, `lexicon` the words that matter, `gates` the voice they are told in, `signs` and `score` make the
//! band, `evidence` the words that people see. `answer` is the line that the command `assess` prints. Pure: no clock, no file, no
//! network; the same text under the same rules gives the same [`Assessment`] on every machine, and only integers are added up.
//!
//! The machine orders and explains. Whatever is unsure goes towards people, and the lowest band is read by people too. The stage
//! `assess` calls this, and so do the protocol's examples. A trained model can stand behind the same functions one day.

pub use answer::{Answer, Question};

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::model::{
    Assertion, Assessment, Band, Evidence, EvidenceKind, Patient, Presence, ReadingRules, Sensitivity, Validity, Versions,
};

pub mod answer;
mod evidence;
mod gates;
mod language;
mod lexicon;
mod normalise;
mod products;
mod reading;
mod score;
mod signs;
mod terms;

use language::Language;
use lexicon::Lexicon;
use normalise::{Normalised, normalise};
use products::{Mention, Products};
use reading::{Context, Reading, read};
use score::{Judgement, MIDDLE_OF_REVIEW, Setting, judge, lifted_by_another, reports_an_event};

/// Name and version of this classifier, as kept in every assessment.
const CLASSIFIER: &str = "lexicon-1";

/// A short digest of all word lists.
static LEXICONS: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for text in lexicon::texts() {
        digest.update(text.as_bytes());
    }
    hex::encode(&digest.finalize()[..6])
});

/// Everything a campaign's rules compile to.
#[derive(Debug)]
pub struct Classifier {
    lexicons: Vec<Lexicon>,
    products: Products,
    /// The campaign's languages and those that have word lists.
    allowed: Vec<String>,
    sensitivity: Sensitivity,
}

/// A comment and what is known around it. No `Debug`: it holds a person's words.
#[derive(Clone, Copy, Default)]
pub struct Comment<'a> {
    pub text: &'a str,
    /// What the platform says of the language.
    pub lang: Option<&'a str>,
    /// The post or ad it stands under.
    pub post: Option<&'a str>,
    /// The comment it answers.
    pub parent: Option<&'a str>,
    /// The product that the channel implies, by its name in the protocol.
    pub implied_product: Option<&'a str>,
    /// Is there an account that one can answer?
    pub reporter_known: bool,
}

/// What every language's lists are asked about: the folded words, and all that is known before any list is opened.
struct Heard<'a> {
    words: &'a Normalised,
    mentions: &'a [Mention],
    context: Context,
    setting: Setting,
}

impl Classifier {
    /// Compiles a campaign's rules. The word lists are read once in a process, by the first campaign.
    pub fn new(rules: &ReadingRules) -> Self {
        let lexicons = lexicon::all(&rules.extra_reactions);
        let primary = |tag: &String| tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
        let mut allowed: Vec<String> = rules.languages.iter().map(primary).collect();
        allowed.extend(lexicons.iter().map(|lexicon| lexicon.language.to_owned()));
        allowed.sort();
        allowed.dedup();
        Self { products: Products::new(&rules.products), lexicons, allowed, sensitivity: rules.sensitivity }
    }

    /// Reads one comment. Pure, in time proportional to the text, for any text whatever.
    pub fn assess(&self, comment: &Comment<'_>) -> Assessment {
        let words = normalise(comment.text);
        if !words.has_words() {
            return self.wordless(comment, &words);
        }
        let mentions = self.mentions(&words);
        let language = language::tell(comment.lang, comment.text, &words, &self.allowed);
        let context = Context {
            implied: comment.implied_product.is_some(),
            parent_reports: comment.parent.is_some_and(|parent| self.reports(parent)),
        };
        let setting = Setting {
            sensitivity: self.sensitivity,
            named: !mentions.is_empty(),
            implied: context.implied,
            reporter_known: comment.reporter_known,
        };
        let heard = Heard { words: &words, mentions: &mentions, context, setting };
        let (reading, judgement) = self.best(&language, &heard);
        let mut assessment = self.assessment(comment, judgement, &mentions);
        assessment.evidence = evidence::evidence(&reading, &mentions, &words);
        assessment.language = match &language {
            Language::Known(tag) => Some(tag.clone()),
            Language::Foreign(tag) => tag.clone(),
            Language::Unclear => None,
        };
        self.lift_unread(&mut assessment, &language, &words);
        assessment
    }

    /// For a comment that holds something no machine reads (a sticker, a photo, nothing at all): people look at it.
    pub fn unreadable(&self, what: &str) -> Assessment {
        Assessment {
            score: MIDDLE_OF_REVIEW,
            band: Band::Review,
            evidence: Vec::new(),
            serious: Vec::new(),
            special: Vec::new(),
            pqc: false,
            urgent: false,
            assertion: Assertion::None,
            patient: Patient::None,
            product: None,
            validity: Validity::default(),
            language: None,
            reasons: vec![format!("Unreadable: {what}. People look at it.")],
            versions: versions(),
        }
    }

    /// The reading in the comment's own language; in every language's lists, the one that asks most of people, where that is unclear.
    ///
    /// People mix languages, and a guess takes in the whole comment: where its own language finds nothing, another's report counts.
    fn best<'l>(&'l self, language: &Language, heard: &Heard<'_>) -> (Reading<'l>, Judgement) {
        let Heard { words, mentions, context, setting } = *heard;
        let own = match language {
            Language::Known(tag) => self.lexicons.iter().find(|lexicon| lexicon.language == tag),
            Language::Foreign(_) | Language::Unclear => None,
        };
        let judged = |lexicon: &'l Lexicon| {
            let reading = read(lexicon, words, mentions, context);
            let judgement = judge(&reading, setting);
            let known = words.tokens.iter().filter(|token| lexicon.knows(&words.text[token.at..token.end])).count();
            (reading, judgement, known)
        };
        let most_of_all = |found: &(Reading<'l>, Judgement, usize)| (found.1.band, found.2, found.1.score);
        let Some((mut reading, judgement, _)) = own.map(judged) else {
            let all = self.lexicons.iter().map(judged).max_by_key(most_of_all);
            let (reading, judgement, _) = all.expect("the word lists are part of the program, so there is at least one");
            return (reading, judgement);
        };
        if judgement.band > Band::Log {
            return (reading, judgement);
        }
        let others = self.lexicons.iter().map(judged).filter(|(other, ..)| reports_an_event(other, setting));
        match others.max_by_key(most_of_all) {
            Some((other, report, _)) => {
                reading.reactions.extend(other.reactions);
                (reading, lifted_by_another(judgement, report))
            }
            None => (reading, judgement),
        }
    }

    /// The campaign's products in the text; a word of the lists is no misspelt name.
    fn mentions(&self, words: &Normalised) -> Vec<Mention> {
        self.products.find(words, &|word| self.lexicons.iter().any(|lexicon| lexicon.knows(word)))
    }

    /// Does the comment above tell of a reaction?
    fn reports(&self, parent: &str) -> bool {
        let words = normalise(parent);
        let mentions = self.mentions(&words);
        self.lexicons.iter().any(|lexicon| {
            let counts = read(lexicon, &words, &mentions, Context::default()).counts;
            counts.has(signs::Sign::Reaction)
                || counts.has(signs::Sign::Serious)
                || counts.has(signs::Sign::Combination) && counts.has(signs::Sign::Cause)
        })
    }

    fn assessment(&self, comment: &Comment<'_>, judgement: Judgement, mentions: &[Mention]) -> Assessment {
        let written = mentions.first().and_then(|mention| self.products.name(mention.product));
        let implied = comment
            .implied_product
            .map(|name| self.products.named(name).and_then(|index| self.products.name(index)).unwrap_or(name));
        Assessment {
            score: judgement.score,
            band: judgement.band,
            evidence: Vec::new(),
            serious: judgement.serious,
            special: judgement.special,
            pqc: judgement.pqc,
            urgent: judgement.urgent,
            assertion: judgement.assertion,
            patient: judgement.patient,
            product: written.or(implied).map(str::to_owned),
            validity: judgement.validity,
            language: None,
            reasons: judgement.reasons,
            versions: versions(),
        }
    }

    /// What the word lists could not read goes to people, whatever they found.
    fn lift_unread(&self, assessment: &mut Assessment, language: &Language, words: &Normalised) {
        let why = match language {
            Language::Foreign(_) => {
                Some("It is in a language that the campaign does not have and this program cannot read, so people read it.")
            }
            Language::Known(tag) if !self.lexicons.iter().any(|lexicon| lexicon.language == tag) => {
                Some("It is in a language for which there are no word lists yet, so people read it.")
            }
            _ if words.cut => Some("Too long to be read to its end."),
            Language::Known(_) | Language::Unclear => None,
        };
        if let Some(why) = why {
            assessment.band = assessment.band.max(Band::Review);
            assessment.reasons.push(why.to_owned());
        }
    }

    /// Nothing but emoji, links, numbers or signs.
    fn wordless(&self, comment: &Comment<'_>, words: &Normalised) -> Assessment {
        let what = match (words.has_link, words.tokens.is_empty()) {
            (true, true) => "nothing but a link",
            (false, true) => "no text",
            (_, false) => "no words, only emoji, numbers or signs",
        };
        let mut assessment = self.unreadable(what);
        if let Some((first, last)) = words.tokens.first().zip(words.tokens.last())
            && let (Ok(start), Ok(end)) = (u32::try_from(first.from), u32::try_from(last.to))
        {
            let why = "no words that a machine can read".to_owned();
            assessment.evidence.push(Evidence { start, end, kind: EvidenceKind::Reaction, why });
        }
        assessment.product = comment.implied_product.map(str::to_owned);
        let presence = |is: bool, how: Presence| if is { how } else { Presence::Missing };
        assessment.validity.reporter = presence(comment.reporter_known, Presence::Present);
        assessment.validity.product = presence(comment.implied_product.is_some(), Presence::Inferred);
        assessment
    }
}

fn versions() -> Versions {
    Versions { classifier: CLASSIFIER.to_owned(), lexicons: LEXICONS.clone() }
}

#[cfg(test)]
mod tests;
