//! Which words are shown to people, and why, in plain language that quotes nobody.

use std::cmp::Reverse;

use crate::model::{Assertion, Evidence, EvidenceKind, Seriousness, SpecialSituation};

use super::lists::List;
use super::normalise::Normalised;
use super::products::Mention;
use super::reading::{Reading, Told};
use super::terms::Hit;

/// Spans kept of one comment: more would not be read.
const MOST: usize = 24;

/// Words in a row that the model may show, as few as tell something, and how often.
const WINDOW: usize = 3;
const WINDOWS: usize = 2;

/// What a word that was shown already is worth: less than any that was not.
const NEVER: i32 = -1_000_000;

/// The spans of a reading, in the order of the text.
pub(crate) fn evidence(reading: &Reading<'_>, mentions: &[Mention], words: &Normalised, telling: &[i32]) -> Vec<Evidence> {
    let mut pile = Pile { words, kept: Vec::new() };
    for told in reading.urgent.iter().filter(|told| !told.hit.weak) {
        pile.add(EvidenceKind::Urgent, told.hit.first, told.hit.last, "says that somebody may be in danger now".to_owned());
    }
    for (kind, told) in &reading.serious {
        pile.add(EvidenceKind::Serious, told.hit.first, told.hit.last, voiced(seriousness(*kind), told));
    }
    reactions(&mut pile, reading, telling);
    for (kind, told) in reading.special.iter().filter(|(_, told)| !told.hit.weak) {
        pile.add(EvidenceKind::Special, told.hit.first, told.hit.last, voiced(situation(*kind), told));
    }
    for told in reading.quality.iter().filter(|told| !told.hit.weak) {
        let why = voiced(&format!("a complaint about {}", told.hit.label), told);
        pile.add(EvidenceKind::QualityComplaint, told.hit.first, told.hit.last, why);
    }
    for mention in mentions {
        let why = if mention.exact { "a product of the campaign" } else { "looks like a product of the campaign, misspelt" };
        pile.add(EvidenceKind::Product, mention.first, mention.last, why.to_owned());
    }
    for hit in &reading.against {
        pile.add(EvidenceKind::Against, hit.first, hit.last, against(hit).to_owned());
    }
    pile.finish()
}

fn reactions(pile: &mut Pile<'_>, reading: &Reading<'_>, telling: &[i32]) {
    for hit in &reading.nods {
        pile.add(EvidenceKind::Reaction, hit.first, hit.last, "agrees with the comment above".to_owned());
    }
    for told in reading.reactions.iter().filter(|told| !told.hit.weak) {
        let why = voiced(&format!("a reaction in patients' words: {}", told.hit.label), told);
        pile.add(EvidenceKind::Reaction, told.hit.first, told.hit.last, why);
    }
    for told in &reading.combinations {
        pile.add(EvidenceKind::Reaction, told.hit.first, told.hit.last, voiced(told.hit.label, told));
    }
    for hit in &reading.explicit {
        pile.add(EvidenceKind::Reaction, hit.first, hit.last, "names side effects".to_owned());
    }
    for (first, last) in likeliest(pile.words, telling) {
        let why = "of all its words, the most like those that tell an event, in the trained model's reading";
        pile.add(EvidenceKind::Reaction, first, last, why.to_owned());
    }
}

/// The few words in a row that sound most like an event, and the next few: people often tell two.
fn likeliest(words: &Normalised, telling: &[i32]) -> Vec<(usize, usize)> {
    let sentence = |at: usize| words.tokens.get(at).map(|token| token.sentence);
    let mut left = telling.to_vec();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for _ in 0..WINDOWS {
        let windows = (0..left.len()).flat_map(|first| (first..(first + WINDOW).min(left.len())).map(move |last| (first, last)));
        let inside = windows.filter(|(first, last)| sentence(*first) == sentence(*last));
        let sum = |(first, last): &(usize, usize)| left[*first..=*last].iter().map(|word| i64::from(*word)).sum::<i64>();
        let best = inside.max_by_key(|window| (sum(window), Reverse(window.0)));
        let Some((first, last)) = best.filter(|window| found.is_empty() || sum(window) > 0) else { break };
        left[first..=last].fill(NEVER);
        found.push((first, last));
    }
    found
}

struct Pile<'w> {
    words: &'w Normalised,
    kept: Vec<Evidence>,
}

impl Pile<'_> {
    /// Adds a span, unless one that shows the same lies over it already.
    fn add(&mut self, kind: EvidenceKind, first: usize, last: usize, why: String) {
        let Some((from, to)) = self.words.tokens.get(first).zip(self.words.tokens.get(last)) else { return };
        let (Ok(start), Ok(end)) = (u32::try_from(from.from), u32::try_from(to.to)) else { return };
        // What makes an event serious shows the event.
        let same = |kept: EvidenceKind| kept == kind || kind == EvidenceKind::Reaction && kept == EvidenceKind::Serious;
        let covered = self.kept.iter().any(|kept| same(kept.kind) && kept.start < end && start < kept.end);
        if self.kept.len() < MOST && !covered {
            self.kept.push(Evidence { start, end, kind, why });
        }
    }

    fn finish(mut self) -> Vec<Evidence> {
        self.kept.sort_by_key(|evidence| (evidence.start, evidence.end));
        self.kept
    }
}

fn voiced(what: &str, told: &Told<'_>) -> String {
    let voice = match told.voice {
        None | Some(Assertion::Affirmed | Assertion::None) => return what.to_owned(),
        Some(Assertion::Negated) => "denied",
        Some(Assertion::Question) => "in a question",
        Some(Assertion::Hypothetical) => "as something that might happen",
        Some(Assertion::Media) => "as told by others",
        Some(Assertion::Joke) => "as a figure of speech",
        Some(Assertion::Indication) => "as what is treated",
        Some(Assertion::OtherCause) => "with another cause",
    };
    format!("{what} ({voice})")
}

fn against(hit: &Hit<'_>) -> &'static str {
    match hit.list {
        List::Negation => "denies a complaint",
        List::Hypothetical => "speaks of what has not happened",
        List::OtherCause => "names another cause",
        List::Media => "repeats what others told, or the leaflet",
        List::Joke => "a figure of speech",
        List::Indication => "names what the medicine is for",
        _ => "asks",
    }
}

/// What a criterion of seriousness says, in plain words.
pub(crate) fn seriousness(kind: Seriousness) -> &'static str {
    match kind {
        Seriousness::Death => "says that somebody died",
        Seriousness::LifeThreatening => "says that a life was in danger",
        Seriousness::Hospitalisation => "says that somebody was taken to hospital",
        Seriousness::Disability => "says that somebody cannot do what they could",
        Seriousness::Congenital => "says that a child was born with a defect",
        Seriousness::MedicallyImportant => "a condition that counts as medically important",
    }
}

/// The same of a special situation.
pub(crate) fn situation(kind: SpecialSituation) -> &'static str {
    match kind {
        SpecialSituation::Pregnancy => "speaks of pregnancy",
        SpecialSituation::Breastfeeding => "speaks of breastfeeding",
        SpecialSituation::Overdose => "speaks of too high a dose",
        SpecialSituation::Abuse => "speaks of use for the effect on the mind",
        SpecialSituation::Misuse => "speaks of use in a way that was not prescribed",
        SpecialSituation::MedicationError => "speaks of a mistake with the medicine",
        SpecialSituation::Occupational => "speaks of contact with the medicine at work",
        SpecialSituation::OffLabel => "speaks of use for something it is not approved for",
        SpecialSituation::LackOfEfficacy => "says that the medicine does not work",
        SpecialSituation::InfectionTransmission => "speaks of an infection from the medicine",
        SpecialSituation::Counterfeit => "speaks of a medicine that may be fake",
        SpecialSituation::UnexpectedBenefit => "speaks of a benefit nobody expected",
        SpecialSituation::Interaction => "speaks of two things taken together",
        SpecialSituation::Withdrawal => "speaks of stopping the medicine",
        SpecialSituation::AccidentalExposure => "speaks of a child, an animal or somebody else who got it by accident",
    }
}
