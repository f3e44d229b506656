//! From a reading and the model's verdict on it to an answer: the band, the labels and the reasons. The model gives the score; this
//! file holds the safety net that stands beside it, which only ever lifts a comment towards people.

use crate::model::{Assertion, Band, Patient, Presence, Seriousness, SpecialSituation, Validity};

use super::evidence;
use super::lexicon::NAMED_BY_PROTOCOL;
use super::linear::Lines;
use super::lists::List;
use super::reading::{Reading, Told};
use super::signs::{Sign, TABLE};
use super::terms::Hit;
use super::verdict::{Asked, Shares, Verdict};

/// Thousandths from which the model's word on a label counts, and from which people look.
const SAID: u16 = 500;
const HINTED: u16 = 200;
/// Thousandths from which the lists are believed that name a special situation or a quality complaint: their words mean other things, too.
const BELIEVED: u16 = 50;
/// The same of danger and of seriousness. Both are rare, and what is rare is never likely: their lines lie where the cost in false
/// alarms was measured to be small.
const URGENT: u16 = 200;
const MAYBE_URGENT: u16 = 80;
const MAYBE_SERIOUS: u16 = 120;

/// Reasons given at most, besides those of the safety net.
const REASONS: usize = 6;

/// Thousandths of a logit that a reason is worth at least.
const WORTH_SAYING: i32 = 150;

/// Thousandths in the middle of the review band: for what people must read and no score can tell.
pub(crate) const MIDDLE_OF_REVIEW: u16 = 300;

/// Said of the log band.
pub(crate) const IN_BULK: &str = "Nothing in it reaches the campaign's lines; people see it in bulk.";

/// What is known of the comment besides its words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) lines: Lines,
    pub(crate) named: bool,
    pub(crate) implied: bool,
    pub(crate) reporter_known: bool,
}

/// What a reading comes to.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub(crate) score: u16,
    pub(crate) band: Band,
    pub(crate) serious: Vec<Seriousness>,
    pub(crate) special: Vec<SpecialSituation>,
    pub(crate) pqc: bool,
    pub(crate) urgent: bool,
    pub(crate) assertion: Assertion,
    pub(crate) patient: Patient,
    pub(crate) validity: Validity,
    pub(crate) reasons: Vec<String>,
}

/// Judges one reading by the lists' finds and the model's verdict.
pub(crate) fn judge(reading: &Reading<'_>, verdict: &Verdict, setting: Setting) -> Judgement {
    let lines = setting.lines;
    let listed = has_event(reading);
    let event = listed || verdict.event >= lines.alert;
    let serious = criteria(reading, verdict);
    let special = situations(reading, verdict);
    let pqc = reading.quality.iter().any(|told| !matters_not(told)) || verdict.on(Asked::Quality) >= SAID;
    let urgent = is_urgent(reading) || verdict.on(Asked::Urgent) >= URGENT;
    let mut reasons = Vec::new();
    let mut net = Net { band: Band::Log, reasons: &mut reasons };
    if verdict.event >= lines.alert {
        net.lift(Band::Alert, "The score is above the campaign's line for an alert.");
    } else if verdict.event >= lines.review {
        net.lift(Band::Review, "The score is above the campaign's line for reading one by one.");
    }
    lift_for_safety(&mut net, reading, verdict, setting);
    if urgent {
        net.lift(Band::Alert, "Somebody may be in danger now.");
    }
    lift_for_labels(&mut net, reading, verdict, setting, !special.is_empty() || pqc);
    let band = net.band;
    if band == Band::Log {
        reasons.push(IN_BULK.to_owned());
    }
    reasons.extend(read_alone(reading, &serious, &special));
    let patient = patient(reading, event);
    let mut validity = validity(setting, patient, listed, reading.counts.has(Sign::MeToo));
    if event && validity.event == Presence::Missing {
        validity.event = Presence::Inferred;
    }
    let assertion = assertion(reading, event);
    Judgement { score: verdict.event, band, serious, special, pqc, urgent, assertion, patient, validity, reasons }
}

struct Net<'r> {
    band: Band,
    reasons: &'r mut Vec<String>,
}

impl Net<'_> {
    fn lift(&mut self, band: Band, why: &str) {
        if band > self.band {
            self.band = band;
            self.reasons.push(why.to_owned());
        }
    }
}

/// What must reach people whatever the score says.
fn lift_for_safety(net: &mut Net<'_>, reading: &Reading<'_>, verdict: &Verdict, setting: Setting) {
    let counts = &reading.counts;
    let product = setting.named || setting.implied;
    let tied = product || counts.has(Sign::Cause) || counts.has(Sign::Medicine);
    if counts.has(Sign::Serious) && tied && reported(reading) {
        net.lift(Band::Alert, "It tells of something serious beside a medicine.");
    }
    let named = reading.reactions.iter().any(|told| told.affirmed() && told.hit.label == NAMED_BY_PROTOCOL);
    if named && product {
        net.lift(Band::Alert, "It tells of a reaction that the protocol names.");
    }
    let maybe = verdict.on(Asked::Serious) >= MAYBE_SERIOUS && verdict.event >= setting.lines.review;
    if verdict.on(Asked::Serious) >= SAID || maybe {
        net.lift(Band::Alert, "Its words as a whole are like those of serious events.");
    }
    if !reading.serious.is_empty() || !reading.urgent.is_empty() {
        net.lift(Band::Review, "Every word of seriousness is read by people.");
    }
    if verdict.on(Asked::Serious) >= MAYBE_SERIOUS || verdict.on(Asked::Urgent) >= MAYBE_URGENT {
        net.lift(Band::Review, "Its words as a whole may be those of something serious.");
    }
    if counts.has(Sign::MeToo) && (counts.has(Sign::VeryShort) || verdict.event >= setting.lines.review) {
        net.lift(Band::Alert, "It agrees with a reaction that the comment above reports.");
    }
    if !reading.explicit.is_empty() {
        net.lift(Band::Review, "It names side effects, and people read that.");
    }
    if reading.reactions.iter().any(|told| told.affirmed() && !told.hit.weak) {
        net.lift(Band::Review, "It tells of a complaint, and people read that.");
    }
    if product && has_complaint_with_cause(reading) {
        net.lift(Band::Review, "It has a complaint, a product and a cause in one comment, whatever its voice.");
    }
    if product && reading.reactions.iter().any(Told::stands) {
        net.lift(Band::Review, "It has a complaint and a product, and no word of that clause denies it.");
    }
}

/// What has a route of its own: special situations and quality complaints.
fn lift_for_labels(net: &mut Net<'_>, reading: &Reading<'_>, verdict: &Verdict, setting: Setting, labelled: bool) {
    let listed = special_is_told(reading) || reading.quality.iter().any(Told::affirmed);
    let hinted = verdict.on(Asked::Special).max(verdict.on(Asked::Quality)) >= HINTED;
    let product = setting.named || setting.implied;
    if listed && hinted && product && reported(reading) && about_a_medicine(reading, setting) {
        net.lift(Band::Alert, "It tells of a special situation or a quality complaint, which has a route of its own.");
    }
    let believed = verdict.on(Asked::Special).max(verdict.on(Asked::Quality)) >= BELIEVED;
    if hinted || believed && (listed || labelled && about_a_medicine(reading, setting)) {
        net.lift(Band::Review, "It may speak of a special situation or a quality complaint.");
    }
}

fn has_complaint_with_cause(reading: &Reading<'_>) -> bool {
    reading.counts.has(Sign::Cause) && reading.reactions.iter().any(|told| !told.hit.weak)
}

/// Does a reading report an event beside a product, so that it counts although the comment seems to be in another language?
///
/// Words mean other things next door ("down" is a mood in Dutch), so a product that only the channel implies needs a cause beside it.
pub(crate) fn reports_an_event(reading: &Reading<'_>, setting: Setting) -> bool {
    let told = setting.named && reading.reactions.iter().any(Told::stands);
    told || (setting.named || setting.implied) && has_complaint_with_cause(reading)
}

/// A judgement in the log band, lifted to where people read it, because another language's lists find a report in the comment. What
/// was found in its own language stays; who is ill and how it is told come from the report. Nobody is paged for a guess of this kind.
pub(crate) fn lifted_by_another(own: Judgement, other: Judgement) -> Judgement {
    let mut reasons = own.reasons;
    reasons.retain(|reason| reason != IN_BULK);
    reasons.push("Lists of another language than the comment seems to be in find a complaint beside a product.".to_owned());
    let score = own.score.max(other.score.min(MIDDLE_OF_REVIEW));
    Judgement {
        score,
        band: Band::Review,
        assertion: other.assertion,
        patient: other.patient,
        validity: other.validity,
        reasons,
        ..own
    }
}

/// Does the comment itself speak of a medicine, or of what one did?
fn about_a_medicine(reading: &Reading<'_>, setting: Setting) -> bool {
    setting.named || reading.counts.has(Sign::Medicine) || reading.counts.has(Sign::Cause)
}

/// Is it about somebody: the writer, or a person near?
fn reported(reading: &Reading<'_>) -> bool {
    reading.counts.has(Sign::Oneself) || reading.counts.has(Sign::Other) || reading.counts.has(Sign::Cause)
}

fn has_event(reading: &Reading<'_>) -> bool {
    let counts = &reading.counts;
    counts.has(Sign::Reaction) || counts.has(Sign::Combination) || counts.has(Sign::Serious) || counts.has(Sign::MeToo)
}

/// What makes it serious: what the lists find told as it happened, and what the model says for itself where it is sure that something does.
fn criteria(reading: &Reading<'_>, verdict: &Verdict) -> Vec<Seriousness> {
    let told = reading.serious.iter().filter(|(_, told)| told.affirmed() && !told.hit.weak);
    let mut kinds: Vec<Seriousness> = told.map(|(kind, _)| *kind).collect();
    kinds.extend(likely(verdict.criteria(), kinds.is_empty()));
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Of several kinds with how likely each is: those that are said, and the likeliest where nothing else is known.
fn likely<T: Copy + PartialEq>(kinds: impl Iterator<Item = (T, u16)>, nothing_else: bool) -> impl Iterator<Item = T> {
    let kinds: Vec<(T, u16)> = kinds.collect();
    let likeliest = kinds.iter().filter(|_| nothing_else).max_by_key(|(_, share)| *share).map(|(kind, _)| *kind);
    kinds.into_iter().filter(move |(kind, share)| *share >= SAID || Some(*kind) == likeliest).map(|(kind, _)| kind)
}

/// Special situations and quality complaints count when asked about, too.
fn matters_not(told: &Told<'_>) -> bool {
    matches!(told.voice, Some(Assertion::Hypothetical | Assertion::Joke))
}

/// What the lists find, and what the model says for itself where it thinks that there is any.
fn situations(reading: &Reading<'_>, verdict: &Verdict) -> Vec<SpecialSituation> {
    let listed = reading.special.iter().filter(|(_, told)| !matters_not(told)).map(|(kind, _)| *kind);
    let mut kinds: Vec<SpecialSituation> = listed.collect();
    kinds.extend(likely(verdict.kinds(), kinds.is_empty()));
    kinds.sort();
    kinds.dedup();
    kinds
}

/// What the trained model names and no list found: there are no words to mark, so it is said whose word it is.
fn read_alone(reading: &Reading<'_>, serious: &[Seriousness], special: &[SpecialSituation]) -> Vec<String> {
    let listed = |kind: &SpecialSituation| reading.special.iter().any(|(known, _)| known == kind);
    let marked = |kind: &Seriousness| reading.serious.iter().any(|(known, _)| known == kind);
    let serious = serious.iter().filter(|kind| !marked(kind)).map(|kind| evidence::seriousness(*kind));
    let special = special.iter().filter(|kind| !listed(kind)).map(|kind| evidence::situation(*kind));
    serious.chain(special).map(|why| format!("Read by the trained model alone, no list knows the words: {why}.")).collect()
}

fn special_is_told(reading: &Reading<'_>) -> bool {
    reading.special.iter().any(|(_, told)| told.affirmed() && !told.hit.weak)
}

/// Words of despair count in any voice; those of danger where they are told as happening; a call for help beside something grave; and
/// a question that follows too high a dose or an accident.
fn is_urgent(reading: &Reading<'_>) -> bool {
    // "I feel fine" does not undo a dose too many, and people joke when they are afraid: only hearsay and fancy count against it.
    let told = |told: &Told<'_>| !matches!(told.voice, Some(Assertion::Media | Assertion::Hypothetical));
    let exposed = reading.special.iter().any(|(kind, situation)| {
        let exposure = matches!(kind, SpecialSituation::Overdose | SpecialSituation::AccidentalExposure);
        exposure && !situation.hit.weak && told(situation)
    });
    let grave = exposed
        || reading.counts.has(Sign::Serious)
        || reading.special.iter().any(|(kind, situation)| *kind == SpecialSituation::Breastfeeding && told(situation));
    let worded = reading.urgent.iter().any(|word| match (word.hit.label, word.hit.weak) {
        ("despair", _) => word.voice != Some(Assertion::Negated),
        (_, false) => told(word) && word.voice != Some(Assertion::OtherCause),
        (_, true) => grave && !matches!(word.voice, Some(Assertion::Media | Assertion::Joke)),
    });
    worded || exposed && reading.counts.has(Sign::Asks)
}

/// What moved the score most, in words: signs that the lists found, and the text as a whole.
pub(crate) fn reasons_of_score(shares: &Shares) -> Vec<String> {
    let text = shares.text;
    let signs = TABLE.iter().zip(&shares.signs).map(|(row, share)| (*share, row.why));
    let whole = (text, "is worded like those that report an event");
    let whole = if text < 0 { (text, "is worded like those that report nothing") } else { whole };
    let mut given: Vec<(i32, &str)> = signs.chain([whole]).filter(|(share, _)| share.abs() >= WORTH_SAYING).collect();
    given.sort_by_key(|(share, _)| -share.abs());
    given.truncate(REASONS);
    let said =
        |(share, why): (i32, &str)| format!("{}: it {why}.", if share > 0 { "Raises the score" } else { "Lowers the score" });
    given.into_iter().map(said).collect()
}

/// The voice of the comment as a whole: affirmed if anything is, else that of its first complaint.
fn assertion(reading: &Reading<'_>, event: bool) -> Assertion {
    if event {
        return Assertion::Affirmed;
    }
    let complaints = reading.reactions.iter().chain(reading.serious.iter().map(|(_, told)| told)).chain(&reading.combinations);
    if let Some(voice) = complaints.filter_map(|told| told.voice).next() {
        return voice;
    }
    reading.against.iter().find_map(voice_of_cue).unwrap_or_default()
}

fn voice_of_cue(hit: &Hit<'_>) -> Option<Assertion> {
    match (hit.list, hit.label) {
        (List::Negation, "all") => Some(Assertion::Negated),
        (List::Question, _) => Some(Assertion::Question),
        (List::OtherCause, _) => Some(Assertion::OtherCause),
        (List::Media, _) => Some(Assertion::Media),
        _ => None,
    }
}

fn patient(reading: &Reading<'_>, event: bool) -> Patient {
    let has = |label: &str| reading.people.iter().any(|hit| hit.label == label);
    let near = reading.people.iter().any(|hit| hit.label == "other" && hit.last > hit.first);
    match (near, has("self"), has("other"), has("group")) {
        (true, ..) | (_, false, true, _) => Patient::Other,
        (_, true, ..) => Patient::Oneself,
        (_, _, _, true) => Patient::Group,
        // A complaint that names nobody is the writer's own.
        _ if event => Patient::Oneself,
        _ => Patient::None,
    }
}

fn validity(setting: Setting, patient: Patient, event: bool, nodded: bool) -> Validity {
    let present = |is: bool| if is { Presence::Present } else { Presence::Missing };
    Validity {
        reporter: present(setting.reporter_known),
        patient: match patient {
            Patient::Oneself if setting.reporter_known => Presence::Inferred,
            Patient::Oneself | Patient::Other => Presence::Present,
            Patient::Group | Patient::None => Presence::Missing,
        },
        product: match (setting.named, setting.implied) {
            (true, _) => Presence::Present,
            (false, true) => Presence::Inferred,
            (false, false) => Presence::Missing,
        },
        event: if nodded { Presence::Inferred } else { present(event) },
    }
}
