//! Reads comments: word lists that people can read, and a trained model that weighs what they find together with the words themselves.
//!
//! A comment goes through the files in this order: `normalise` folds its words, `language` tells which lists to use, `products`
//! finds the campaign's medicines, `lexicon` the words that matter, `gates` the voice they are told in, `signs` counts, `features`
//! turns all of it into numbers, `verdict` asks the model (`linear` is its arithmetic), `score` makes the band, `evidence` the words
//! that people see. `answer` is the line that the command `assess` prints. Pure: no clock, no file, no network; the same text under
//! the same rules gives the same [`Assessment`] on every machine, and only integers are added up.
//!
//! The machine orders and explains. Whatever is unsure goes towards people, and the lowest band is read by people too. The stage
//! `assess` calls this, and so do the protocol's examples; `training` makes the model from the comments in `data/`.

pub use answer::{Answer, Question};

use std::sync::Arc;

use crate::model::{
    Assertion, Assessment, Band, Evidence, EvidenceKind, Patient, Presence, ReadingRules, Sensitivity, Validity, Versions,
};

pub mod answer;
mod evidence;
pub(crate) mod features;
mod gates;
mod language;
mod lexicon;
pub(crate) mod linear;
mod lists;
mod normalise;
mod products;
mod reading;
mod score;
mod signs;
#[cfg(feature = "local")]
mod teaching;
mod terms;
pub(crate) mod verdict;

use features::Features;
use language::Language;
use lexicon::{Found, Lexicon, Lexicons};
use linear::Model;
use normalise::{Normalised, normalise};
use products::{Mention, Products};
use reading::{Context, Reading, read};
use score::{IN_BULK, Judgement, MIDDLE_OF_REVIEW, Setting, judge, lifted_by_another, reasons_of_score, reports_an_event};
use signs::Sign;
use verdict::{Verdict, shares, telling};

/// A short digest of the texts of all word lists.
pub const LEXICONS: &str = lexicon::DIGEST;

/// Everything a campaign's rules compile to.
#[derive(Debug)]
pub struct Classifier {
    lexicons: Lexicons,
    products: Products,
    /// The campaign's languages and those that have word lists.
    allowed: Vec<String>,
    sensitivity: Sensitivity,
    model: Arc<Model<'static>>,
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
pub(crate) struct Heard<'a> {
    found: Found<'a>,
    words: &'a Normalised,
    mentions: &'a [Mention],
    context: Context,
    setting: Setting,
    text: Features,
}

/// A comment as one language's lists read it, and what the model makes of that.
struct Candidate<'l> {
    lexicon: Lexicon,
    reading: Reading<'l>,
    features: Features,
    judgement: Judgement,
    known: usize,
}

impl<'l> Candidate<'l> {
    fn new(lexicon: Lexicon, heard: &Heard<'l>, model: &Model<'_>) -> Self {
        let reading = heard.read(lexicon);
        let features = heard.text.clone().with_reading(&reading, heard.words, heard.context);
        let judgement = judge(&reading, &Verdict::of(model, &features), heard.setting);
        Self { lexicon, reading, features, judgement, known: heard.found.known(lexicon) }
    }

    /// What asks most of people comes last.
    fn rank(&self) -> (Band, usize, u16) {
        (self.judgement.band, self.known, self.judgement.score)
    }
}

impl<'l> Heard<'l> {
    fn read(&self, lexicon: Lexicon) -> Reading<'l> {
        read((&self.found, lexicon), self.words, self.mentions, self.context)
    }

    /// Is it a nod to a report, in signs alone ("+1", a raised hand)? Then it says more than a sticker does.
    fn agrees(&self) -> bool {
        self.context.parent_reports && Lexicon::all().any(|lexicon| !self.read(lexicon).nods.is_empty())
    }
}

impl Classifier {
    /// Compiles a campaign's rules. The word lists are read once in a process, by the first campaign.
    pub fn new(rules: &ReadingRules) -> Self {
        Self::with_model(rules, verdict::ours())
    }

    /// The same with another model than the program's own, to measure it.
    pub(crate) fn with_model(rules: &ReadingRules, model: Arc<Model<'static>>) -> Self {
        let lexicons = Lexicons::new(&rules.extra_reactions);
        let primary = |tag: &String| tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
        let mut allowed: Vec<String> = rules.languages.iter().map(primary).collect();
        allowed.extend(Lexicon::all().map(|lexicon| lexicon.language().to_owned()));
        allowed.sort();
        allowed.dedup();
        Self { products: Products::new(&rules.products), lexicons, allowed, sensitivity: rules.sensitivity, model }
    }

    /// Reads one comment. Pure, in time proportional to the text, for any text whatever.
    pub fn assess(&self, comment: &Comment<'_>) -> Assessment {
        let words = normalise(comment.text);
        let mentions = self.mentions(&words, comment.implied_product);
        let heard = self.hear(comment, &words, &mentions);
        if !words.has_words() && !heard.agrees() {
            return self.wordless(comment, &words);
        }
        let language = language::tell(comment.lang, comment.text, &words, &self.allowed);
        let Candidate { reading, judgement, features, .. } = self.best(&language, &heard);
        // Where nothing is reported nobody asks which words report it.
        let asked = judgement.band > Band::Log;
        let telling = if asked { telling(&self.model, &heard, &reading) } else { Vec::new() };
        let shares = shares(&self.model, &heard, &reading, &features);
        let mut assessment = self.assessment(comment, judgement, &mentions);
        let net = std::mem::replace(&mut assessment.reasons, reasons_of_score(&shares));
        assessment.reasons.extend(net);
        assessment.evidence = evidence::evidence(&reading, &mentions, &words, &telling);
        assessment.language = match &language {
            Language::Known(tag) => Some(tag.clone()),
            Language::Foreign(tag) => tag.clone(),
            Language::Unclear => None,
        };
        let cut = words.cut || heard.found.cut || words.tokens.len() > features::MAX_WORDS;
        lift_unread(&mut assessment, &language, cut);
        assessment
    }

    /// Everything that does not depend on the language.
    fn hear<'a>(&'a self, comment: &Comment<'_>, words: &'a Normalised, mentions: &'a [Mention]) -> Heard<'a> {
        let context = Context {
            implied: comment.implied_product.is_some(),
            answers: comment.parent.is_some(),
            parent_reports: comment.parent.is_some_and(|parent| self.reports(parent)),
        };
        let setting = Setting {
            lines: verdict::lines(&self.model, self.sensitivity),
            named: !mentions.is_empty(),
            implied: context.implied,
            reporter_known: comment.reporter_known,
        };
        let text = Features::of_text(words, mentions);
        Heard { found: self.lexicons.search(words), words, mentions, context, setting, text }
    }

    /// What its answers are signed with: another model or other word lists have other names.
    pub fn versions(&self) -> Versions {
        Versions { classifier: verdict::version(&self.model), lexicons: lexicon::DIGEST.to_owned() }
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
            versions: self.versions(),
        }
    }

    /// The reading in the comment's own language; in every language's lists, the one that asks most of people, where that is unclear.
    ///
    /// People mix languages, and a guess takes in the whole comment: where its own language finds nothing, another's report counts.
    fn best<'l>(&self, language: &Language, heard: &Heard<'l>) -> Candidate<'l> {
        let judged = |lexicon| Candidate::new(lexicon, heard, &self.model);
        let Some(mut own) = own_lexicon(language).map(judged) else {
            let all = Lexicon::all().map(judged).max_by_key(Candidate::rank);
            return all.expect("the word lists are part of the program, so there is at least one");
        };
        if own.judgement.band > Band::Log {
            return own;
        }
        let others = Lexicon::all().filter(|lexicon| *lexicon != own.lexicon);
        let reports = |lexicon: &Lexicon| reports_an_event(&heard.read(*lexicon), heard.setting);
        if let Some(other) = others.filter(reports).map(judged).max_by_key(Candidate::rank) {
            own.reading.reactions.extend(other.reading.reactions);
            own.judgement = lifted_by_another(own.judgement, other.judgement);
        }
        own
    }

    /// The campaign's products in the text, and the channel's own; a word of the lists is no misspelt name.
    fn mentions(&self, words: &Normalised, implied: Option<&str>) -> Vec<Mention> {
        self.products.find(words, implied, &|word| self.lexicons.know(word))
    }

    /// Does the comment above tell of a reaction?
    fn reports(&self, parent: &str) -> bool {
        let words = normalise(parent);
        let mentions = self.mentions(&words, None);
        let found = self.lexicons.search(&words);
        Lexicon::all().any(|lexicon| {
            let counts = read((&found, lexicon), &words, &mentions, Context::default()).counts;
            counts.has(Sign::Reaction) || counts.has(Sign::Serious) || counts.has(Sign::Combination) && counts.has(Sign::Cause)
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
            versions: self.versions(),
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

/// What could not be read, or not to its end, goes to people, whatever was found.
fn lift_unread(assessment: &mut Assessment, language: &Language, cut: bool) {
    let why = match language {
        Language::Foreign(_) => {
            Some("It is in a language that the campaign does not have and this program cannot read, so people read it.")
        }
        Language::Known(tag) if Lexicon::of(tag).is_none() => {
            Some("It is in a language for which there are no word lists yet, so people read it.")
        }
        _ if cut => Some("Too long to be read to its end, so people read it."),
        Language::Known(_) | Language::Unclear => None,
    };
    if let Some(why) = why {
        assessment.band = assessment.band.max(Band::Review);
        assessment.reasons.retain(|reason| reason != IN_BULK);
        assessment.reasons.push(why.to_owned());
    }
}

fn own_lexicon(language: &Language) -> Option<Lexicon> {
    match language {
        Language::Known(tag) => Lexicon::of(tag),
        Language::Foreign(_) | Language::Unclear => None,
    }
}

#[cfg(test)]
mod tests;
