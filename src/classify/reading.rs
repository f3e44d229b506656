//! One reading of a comment with the word lists of one language: which finds are told as they happened, and what is counted.

use crate::model::{Assertion, Seriousness, SpecialSituation};

use super::features::Class;
use super::gates::Scene;
use super::lexicon::{Found, Lexicon};
use super::lists::List;
use super::normalise::Normalised;
use super::products::Mention;
use super::signs::{Counts, Sign};
use super::terms::Hit;

/// Words within which a part of the body and a word of trouble belong together.
const TOGETHER: usize = 4;

/// Words of a comment that is hardly more than a nod.
const VERY_SHORT: usize = 3;

/// Words at the beginning among which agreement with the comment above stands.
const NOD: usize = 5;

/// The section of the urgent list whose turns of phrase only look like danger.
const FIGURE_OF_SPEECH: &str = "figure of speech";

/// What is known besides the words.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Context {
    pub(crate) implied: bool,
    /// It answers another comment.
    pub(crate) answers: bool,
    /// The comment above tells of a reaction.
    pub(crate) parent_reports: bool,
}

/// A find and the voice it is told in; `None` is as it happened.
#[derive(Clone, Debug)]
pub(crate) struct Told<'l> {
    pub(crate) hit: Hit<'l>,
    pub(crate) voice: Option<Assertion>,
    /// Denied, but by another clause only, which may have meant something else.
    pub(crate) denied_from_afar: bool,
}

impl Told<'_> {
    pub(crate) fn affirmed(&self) -> bool {
        self.voice.is_none()
    }

    /// A clear word that is told as it happened, as far as its own clause goes.
    pub(crate) fn stands(&self) -> bool {
        !self.hit.weak && (self.affirmed() || self.denied_from_afar)
    }
}

/// Everything that one language's lists say of a comment.
#[derive(Debug)]
pub(crate) struct Reading<'l> {
    pub(crate) counts: Counts,
    pub(crate) reactions: Vec<Told<'l>>,
    pub(crate) combinations: Vec<Told<'l>>,
    pub(crate) serious: Vec<(Seriousness, Told<'l>)>,
    pub(crate) special: Vec<(SpecialSituation, Told<'l>)>,
    pub(crate) quality: Vec<Told<'l>>,
    pub(crate) urgent: Vec<Told<'l>>,
    pub(crate) explicit: Vec<Hit<'l>>,
    pub(crate) nods: Vec<Hit<'l>>,
    pub(crate) against: Vec<Hit<'l>>,
    pub(crate) people: Vec<Hit<'l>>,
    /// Every find and mention in the order of the text, as the model sees them.
    pub(crate) classes: Vec<Class>,
}

/// Reads a comment with what one language's lists found in it.
pub(crate) fn read<'l>(
    (found, lexicon): (&Found<'l>, Lexicon),
    words: &Normalised,
    mentions: &[Mention],
    context: Context,
) -> Reading<'l> {
    let hits: Vec<Hit<'l>> = found
        .of(lexicon)
        .into_iter()
        .filter(|hit| !mentions.iter().any(|mention| mention.first <= hit.first && hit.last <= mention.last))
        .collect();
    let scene = Scene::new(words, &hits);
    let told = |hit: &Hit<'l>| {
        let voice = scene.voice(hit);
        let denied_from_afar = voice == Some(Assertion::Negated) && !scene.is_denied_in_its_clause(hit);
        Told { hit: hit.clone(), voice, denied_from_afar }
    };
    let of = |list: List| hits.iter().filter(move |hit| hit.list == list);
    let mut reading = Reading {
        counts: Counts::default(),
        reactions: of(List::Reaction).map(told).collect(),
        combinations: combinations(words, &hits).iter().map(told).collect(),
        serious: of(List::Serious).filter_map(|hit| Some((seriousness(hit.label)?, told(hit)))).collect(),
        special: of(List::Special).filter_map(|hit| Some((situation(hit.label)?, told(hit)))).collect(),
        quality: of(List::Quality).map(told).collect(),
        urgent: of(List::Urgent).filter(|hit| hit.label != FIGURE_OF_SPEECH).map(told).collect(),
        explicit: of(List::Explicit).cloned().collect(),
        nods: of(List::MeToo).filter(|hit| context.parent_reports && hit.first < NOD).cloned().collect(),
        against: against(&hits),
        people: of(List::Person).cloned().collect(),
        classes: classes(&hits, mentions, &scene),
    };
    count(&mut reading, &scene, &hits, words);
    count_context(&mut reading.counts, mentions, context, !reading.nods.is_empty());
    reading
}

fn classes(hits: &[Hit<'_>], mentions: &[Mention], scene: &Scene<'_, '_>) -> Vec<Class> {
    let voiced = |hit: &Hit<'_>| match hit.list {
        List::Reaction | List::Serious | List::Special | List::Urgent | List::Quality => scene.voice(hit),
        _ => None,
    };
    let found = hits.iter().map(|hit| Class::of(hit, voiced(hit)));
    let mut classes: Vec<Class> = found.chain(mentions.iter().map(Class::product)).collect();
    classes.sort_by_key(|class| (class.first, class.last));
    classes
}

/// A part of the body beside a word of trouble, in one clause.
fn combinations<'l>(words: &Normalised, hits: &[Hit<'l>]) -> Vec<Hit<'l>> {
    let mut found: Vec<Hit<'l>> = Vec::new();
    for (index, hit) in hits.iter().enumerate() {
        if !matches!(hit.list, List::Body | List::Trouble) {
            continue;
        }
        let other = if hit.list == List::Body { List::Trouble } else { List::Body };
        let clause = words.tokens[hit.first].clause;
        let partner = hits[index + 1..]
            .iter()
            .take_while(|next| next.first <= hit.last + TOGETHER)
            .find(|next| next.list == other && next.first > hit.last && words.tokens[next.first].clause == clause);
        if let Some(partner) = partner {
            let swallowed = found.last().is_some_and(|last| last.last >= hit.first);
            if !swallowed {
                let label = "a part of the body with a word of trouble";
                found.push(Hit { list: List::Reaction, label, weak: true, first: hit.first, last: partner.last });
            }
        }
    }
    found
}

fn against<'l>(hits: &[Hit<'l>]) -> Vec<Hit<'l>> {
    let speaks_against = |hit: &&Hit<'_>| {
        !hit.weak
            && match hit.list {
                List::Negation => hit.label != "not",
                List::Hypothetical | List::OtherCause | List::Media | List::Joke => true,
                List::Indication => hit.label == "cue",
                List::Question => hit.label == "ask",
                _ => false,
            }
    };
    hits.iter().filter(speaks_against).cloned().collect()
}

fn count(reading: &mut Reading<'_>, scene: &Scene<'_, '_>, hits: &[Hit<'_>], words: &Normalised) {
    let counts = &mut reading.counts;
    for told in &reading.reactions {
        match (&told.voice, told.hit.weak) {
            (None, false) => counts.add(Sign::Reaction),
            (None, true) => counts.add(Sign::WeakReaction),
            (Some(voice), _) => {
                counts.add(Sign::GatedReaction);
                if *voice == Assertion::Negated {
                    counts.add(Sign::Denied);
                }
            }
        }
    }
    for _ in reading.combinations.iter().filter(|told| told.affirmed()) {
        counts.add(Sign::Combination);
    }
    for _ in reading.serious.iter().filter(|(_, told)| told.affirmed() && !told.hit.weak) {
        counts.add(Sign::Serious);
    }
    for (list, sign) in [(reading.explicit.len(), Sign::Explicit), (reading.quality.len(), Sign::Quality)] {
        if list > 0 {
            counts.add(sign);
        }
    }
    if !reading.special.is_empty() {
        counts.add(Sign::Special);
    }
    for hit in hits {
        if let Some(sign) = sign_of(hit) {
            counts.add(sign);
        }
    }
    for sentence in scene.sentences() {
        if sentence.asks && !sentence.reports {
            counts.add(Sign::Question);
        }
        if sentence.denies {
            counts.add(Sign::DeniesAll);
        }
    }
    if words.asks.contains(&true) {
        counts.add(Sign::Asks);
    }
    if words.tokens.len() <= VERY_SHORT {
        counts.add(Sign::VeryShort);
    }
}

fn sign_of(hit: &Hit<'_>) -> Option<Sign> {
    Some(match (hit.list, hit.label, hit.weak) {
        (List::Medicine, ..) => Sign::Medicine,
        (List::Cause, _, false) => Sign::Cause,
        (List::Cause, _, true) => Sign::WeakCause,
        (List::Person, "self", _) => Sign::Oneself,
        (List::Person, ..) => Sign::Other,
        (List::Body, ..) => Sign::Body,
        (List::Trouble, ..) => Sign::Trouble,
        (List::Question, "report", _) => Sign::ReportQuestion,
        (List::Hypothetical, ..) => Sign::Hypothetical,
        (List::Media, ..) => Sign::Media,
        (List::OtherCause, ..) => Sign::OtherCause,
        (List::Joke, _, false) => Sign::Joke,
        (List::Joke, _, true) => Sign::Laughter,
        (List::Indication, ..) => Sign::Treated,
        _ => return None,
    })
}

fn count_context(counts: &mut Counts, mentions: &[Mention], context: Context, nods: bool) {
    if !mentions.is_empty() {
        counts.add(Sign::ProductNamed);
    }
    if context.implied {
        counts.add(Sign::ProductImplied);
    }
    if context.parent_reports && nods {
        counts.add(Sign::MeToo);
    }
    let event = counts.has(Sign::Reaction) || counts.has(Sign::Serious) || counts.has(Sign::Combination);
    if event && counts.has(Sign::Cause) {
        counts.add(Sign::ReactionWithCause);
    }
    if event && (counts.has(Sign::Medicine) || !mentions.is_empty() || context.implied) {
        counts.add(Sign::ReactionWithMedicine);
    }
}

pub(crate) fn seriousness(label: &str) -> Option<Seriousness> {
    Some(match label {
        "death" => Seriousness::Death,
        "life_threatening" => Seriousness::LifeThreatening,
        "hospitalisation" => Seriousness::Hospitalisation,
        "disability" => Seriousness::Disability,
        "congenital" => Seriousness::Congenital,
        "medically_important" => Seriousness::MedicallyImportant,
        _ => return None,
    })
}

pub(crate) fn situation(label: &str) -> Option<SpecialSituation> {
    Some(match label {
        "pregnancy" => SpecialSituation::Pregnancy,
        "breastfeeding" => SpecialSituation::Breastfeeding,
        "overdose" => SpecialSituation::Overdose,
        "abuse" => SpecialSituation::Abuse,
        "misuse" => SpecialSituation::Misuse,
        "medication_error" => SpecialSituation::MedicationError,
        "occupational" => SpecialSituation::Occupational,
        "off_label" => SpecialSituation::OffLabel,
        "lack_of_efficacy" => SpecialSituation::LackOfEfficacy,
        "infection_transmission" => SpecialSituation::InfectionTransmission,
        "counterfeit" => SpecialSituation::Counterfeit,
        "unexpected_benefit" => SpecialSituation::UnexpectedBenefit,
        "interaction" => SpecialSituation::Interaction,
        "withdrawal" => SpecialSituation::Withdrawal,
        "accidental_exposure" => SpecialSituation::AccidentalExposure,
        _ => return None,
    })
}
