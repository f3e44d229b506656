//! The plain words of pages: what each state, class, obligation and entry is called by the people who work with it. Pure. No patient's
//! words pass through here.

use jiff::SignedDuration;

use crate::model::record::State;
use crate::model::windows::Standing;
use crate::model::{
    Action, Actor, Assertion, Band, CampaignId, EvidenceKind, Happening, Obligation, Outcome, Patient, Platform, Presence,
    QuarantineKind, Reading, Seriousness, SpecialSituation, TextLimit,
};

/// The badge of a band: `log` is called low.
pub fn band(band: Band) -> &'static str {
    match band {
        Band::Alert => "Alert",
        Band::Review => "Review",
        Band::Log => "Low",
    }
}

/// What stands in the state column.
pub fn state(state: State) -> &'static str {
    match state {
        State::Open => "Open",
        State::Acknowledged => "In hand",
        State::Closed => "Decided",
    }
}

/// The platform's proper name.
pub fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Facebook => "Facebook",
        Platform::Instagram => "Instagram",
        Platform::Threads => "Threads",
        Platform::Messenger => "Messenger",
        Platform::WhatsApp => "WhatsApp",
        Platform::X => "X",
        Platform::LinkedIn => "LinkedIn",
        Platform::TikTok => "TikTok",
        Platform::YouTube => "YouTube",
        Platform::Discourse => "Discourse",
        Platform::Telegram => "Telegram",
        Platform::Slack => "Slack",
        Platform::Mastodon => "Mastodon",
        Platform::Forum => "Forum",
    }
}

/// What to say first of a matter that is no comment.
pub fn matter(kind: QuarantineKind) -> &'static str {
    match kind {
        QuarantineKind::Unreadable => "No machine could read this; a person must look.",
        QuarantineKind::SubscriptionEnded => "A platform has gone silent; somebody must subscribe again.",
        QuarantineKind::DeletionRequest => "Somebody asks for the deletion of what is held of them.",
        QuarantineKind::ChannelSilent => "A channel has fallen silent; somebody must look whether it still delivers.",
    }
}

/// What a window wants done, as an order.
pub fn obligation(obligation: Obligation) -> &'static str {
    match obligation {
        Obligation::Alert => "Alert to be sent",
        Obligation::Acknowledge => "Acknowledge",
        Obligation::Forward => "Forward to safety",
        Obligation::Decide => "Read and decide",
    }
}

/// What a marked piece of the text is evidence of.
pub fn evidence(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Reaction => "Reaction",
        EvidenceKind::Serious => "Seriousness",
        EvidenceKind::Special => "Special situation",
        EvidenceKind::QualityComplaint => "Quality complaint",
        EvidenceKind::Product => "Product",
        EvidenceKind::Urgent => "Danger now",
        EvidenceKind::Against => "Speaks against",
    }
}

/// A criterion of seriousness, close to the words of ICH E2B.
pub fn seriousness(criterion: Seriousness) -> &'static str {
    match criterion {
        Seriousness::Death => "Results in death",
        Seriousness::LifeThreatening => "Life-threatening",
        Seriousness::Hospitalisation => "Hospitalisation, caused or prolonged",
        Seriousness::Disability => "Disabling or incapacitating",
        Seriousness::Congenital => "Congenital anomaly or birth defect",
        Seriousness::MedicallyImportant => "Other medically important condition",
    }
}

/// A special situation as drug safety names it.
pub fn special(situation: SpecialSituation) -> &'static str {
    match situation {
        SpecialSituation::Pregnancy => "Pregnancy",
        SpecialSituation::Breastfeeding => "Breastfeeding",
        SpecialSituation::Overdose => "Overdose",
        SpecialSituation::Abuse => "Abuse",
        SpecialSituation::Misuse => "Misuse",
        SpecialSituation::MedicationError => "Medication error",
        SpecialSituation::Occupational => "Occupational exposure",
        SpecialSituation::OffLabel => "Off-label use",
        SpecialSituation::LackOfEfficacy => "Lack of efficacy",
        SpecialSituation::InfectionTransmission => "Suspected transmission of an infection",
        SpecialSituation::Counterfeit => "Falsified medicine",
        SpecialSituation::UnexpectedBenefit => "Unexpected benefit",
        SpecialSituation::Interaction => "Interaction",
        SpecialSituation::Withdrawal => "Withdrawal",
        SpecialSituation::AccidentalExposure => "Accidental exposure",
    }
}

/// In what voice an event is told.
pub fn assertion(assertion: Assertion) -> &'static str {
    match assertion {
        Assertion::Affirmed => "Told as it happened",
        Assertion::Negated => "Denied",
        Assertion::Question => "Asked about",
        Assertion::Hypothetical => "Supposed",
        Assertion::Media => "Heard or read elsewhere",
        Assertion::Joke => "In jest",
        Assertion::Indication => "The illness itself",
        Assertion::OtherCause => "Put down to another cause",
        Assertion::None => "No event told",
    }
}

/// Whom the comment speaks of.
pub fn patient(patient: Patient) -> &'static str {
    match patient {
        Patient::Oneself => "The author",
        Patient::Other => "Another person",
        Patient::Group => "A group of people",
        Patient::None => "Nobody named",
    }
}

/// Whether one of the four elements of a valid case was found.
pub fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Present => "present",
        Presence::Inferred => "from context",
        Presence::Missing => "missing",
    }
}

/// How a window stands, in a word.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Running => "running",
        Standing::Kept => "kept",
        Standing::Late => "done late",
        Standing::Overdue => "overdue",
    }
}

/// A decision, as a heading and in a list.
pub fn decision(name: &str) -> &str {
    match name {
        "case" => "Case",
        "not_a_case" => "Not a case",
        "special_situation" => "Special situation",
        "quality_complaint" => "Quality complaint",
        "duplicate_of" => "Duplicate",
        "needs_more" => "Needs more",
        other => other,
    }
}

/// A decision with its case number or the other record's key.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Case { case_number } => format!("Case {case_number}"),
        Outcome::DuplicateOf { duplicate_of } => format!("Duplicate of {duplicate_of}"),
        Outcome::NotACase | Outcome::SpecialSituation | Outcome::QualityComplaint | Outcome::NeedsMore => {
            decision(outcome.as_str()).to_owned()
        }
    }
}

/// What happened to a comment on its platform, to stand in a sentence.
pub fn action(action: Action) -> &'static str {
    match action {
        Action::Created => "written",
        Action::Edited => "edited",
        Action::Deleted => "deleted on the platform",
        Action::Hidden => "hidden on the platform",
        Action::Unhidden => "shown again on the platform",
    }
}

/// How much of a comment a message may carry, to stand in a sentence.
pub fn text_limit(limit: TextLimit) -> &'static str {
    match limit {
        TextLimit::None => "no words of the comment",
        TextLimit::Excerpt => "an excerpt",
        TextLimit::Full => "the whole comment",
    }
}

/// Who made an entry: one of our stages or a person by name.
pub fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Stage(stage) => format!("Dayzero ({})", stage.as_str()),
        Actor::Person(name) => name.clone(),
    }
}

/// One entry of the chain: a heading, and the particulars.
pub fn entry(what: &Happening) -> (String, String) {
    match what {
        Happening::Sighted(sighting) => {
            let channel = sighting.channel.as_ref().map_or("no channel of a campaign", |channel| channel.as_str());
            let late = sighting.late().map(|late| format!("; told {} late", self::late(late))).unwrap_or_default();
            let unsigned = if sighting.action_unsigned { "; said by an unsigned part of the call" } else { "" };
            let told = format!("{channel}{late}{unsigned}; delivery {}", sighting.delivery);
            (format!("Comment {}", action(sighting.action)), told)
        }
        Happening::Quarantined { delivery, reason, .. } => {
            ("Put before a person".to_owned(), format!("{reason}; delivery {delivery}"))
        }
        Happening::Assessed(reading) => ("Read by the classifier".to_owned(), self::reading(reading)),
        Happening::StepDue { step } => {
            ("Further step due".to_owned(), format!("{}; alert {}", self::step(step.step, step.repeat), step.alert))
        }
        Happening::Published { step, topic, published } => {
            let message = published.message_id();
            let digest = published.digest().map(|alerts| format!("; in a digest of {alerts} alerts")).unwrap_or_default();
            let carrier = published.carrier().map(|topic| format!("; by the second carrier, {topic}")).unwrap_or_default();
            let what = self::step(step.step, step.repeat);
            ("Alert sent".to_owned(), format!("{what} to {topic}; message {message}{digest}{carrier}; alert {}", step.alert))
        }
        Happening::Acknowledged(by) => ("Acknowledged".to_owned(), format!("as it stood at revision {}", by.on)),
        Happening::Decided(decision) => {
            let reason = decision.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            (format!("Decided: {}", outcome(&decision.outcome)), format!("on revision {}{reason}", decision.on))
        }
        Happening::Missed(miss) => {
            let alert = miss.alert.as_ref().map(|alert| format!("; alert {alert}")).unwrap_or_default();
            ("Deviation: window missed".to_owned(), format!("{}{alert}", obligation(miss.obligation)))
        }
        Happening::Held { because, ground } => {
            ("Words kept under hold".to_owned(), format!("{}; {}", because.sentence(), ground.sentence()))
        }
        Happening::ErasureAsked { request } => {
            ("Erasure asked for".to_owned(), format!("everything that its author wrote; request {request}"))
        }
        Happening::Erased { because } => ("Words erased".to_owned(), because.sentence().to_owned()),
        Happening::Shown { place } => ("First seen by a person".to_owned(), place.as_str().to_owned()),
        Happening::DayZeroSet(set) => {
            (format!("Day zero set to {}", set.date), format!("in place of {}: {}", set.before, set.reason))
        }
        Happening::Explained(said) => {
            ("Cause of a deviation".to_owned(), format!("{}: {}", obligation(said.miss.obligation), said.cause))
        }
        Happening::Exported { to } => ("Exported".to_owned(), to.clone()),
        Happening::CaseReceived(receipt) => (
            "Received by the safety database".to_owned(),
            format!("case {}, at {}; list {}", receipt.case_number, receipt.at, receipt.list),
        ),
        Happening::Sampled { draw } => ("Drawn for reading one by one".to_owned(), draw.clone()),
    }
}

/// How late, in the unit that fits.
fn late(late: SignedDuration) -> String {
    match late.as_mins() {
        minutes @ ..=119 => format!("{minutes} min"),
        minutes @ 120..=2_879 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1_440),
    }
}

fn reading(reading: &Reading) -> String {
    let Reading { on, assessment, protocol, alerts, .. } = reading;
    let band = band(assessment.band).to_lowercase();
    let protocol = protocol.as_ref().map_or("no protocol".to_owned(), |protocol| format!("protocol {protocol}"));
    let (classifier, score) = (&assessment.versions.classifier, score(assessment.score));
    let mut parts = vec![format!("text of entry {on}: {band}, score {score}; {classifier}; {protocol}")];
    parts.extend(alerts.iter().map(|due| format!("alert due: {} ({})", due.class.title().to_lowercase(), due.alert)));
    parts.join("; ")
}

/// Steps and repeats are counted from one by people.
pub fn step(step: u16, repeat: u16) -> String {
    let step = format!("step {}", u32::from(step) + 1);
    if repeat == 0 { step } else { format!("{step}, repeat {repeat}") }
}

/// A score in thousandths, as people write a probability.
pub fn score(thousandths: u16) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

/// What to call the place of a comment that has no campaign.
pub fn campaign(title: Option<&str>, id: Option<&CampaignId>) -> String {
    match (title, id) {
        (Some(title), _) => title.to_owned(),
        (None, Some(id)) => id.to_string(),
        (None, None) => "No campaign lists this account".to_owned(),
    }
}
