//! What the machine read in a comment, with the words that made it say so. The machine orders and explains; it never closes.

use serde::{Deserialize, Serialize};

/// Which pile a comment goes to. The order is that of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Still seen by people, in bulk.
    Log,
    /// Read by people one by one.
    Review,
    /// People are paged now.
    Alert,
}

impl Band {
    /// Every band, from the one that people read first to the last.
    pub const ALL: [Band; 3] = [Band::Alert, Band::Review, Band::Log];

    /// The word for it in records, index keys and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Band::Log => "log",
            Band::Review => "review",
            Band::Alert => "alert",
        }
    }

    /// The band that a word names, if `as_str` could have written it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.as_str() == name)
    }
}

/// What an alert is about: it chooses the protocol's windows and route. The order is that of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    QualityComplaint,
    SpecialSituation,
    AdverseEvent,
    Serious,
    /// A person in danger now: a duty of care, apart from pharmacovigilance.
    Distress,
}

impl Class {
    /// Every class, from the most urgent to the least.
    pub const ALL: [Class; 5] =
        [Class::Distress, Class::Serious, Class::AdverseEvent, Class::SpecialSituation, Class::QualityComplaint];

    /// The word for it in protocols, records and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::QualityComplaint => "quality_complaint",
            Class::SpecialSituation => "special_situation",
            Class::AdverseEvent => "adverse_event",
            Class::Serious => "serious",
            Class::Distress => "distress",
        }
    }

    /// What it is called before people: in a subject, on a page, read aloud at night.
    pub fn title(self) -> &'static str {
        match self {
            Class::Distress => "Person in danger",
            Class::Serious => "Serious adverse event",
            Class::AdverseEvent => "Adverse event",
            Class::SpecialSituation => "Special situation",
            Class::QualityComplaint => "Quality complaint",
        }
    }

    /// The class that a word names, if `as_str` could have written it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// The six criteria of seriousness (ICH E2B E.i.3.2a to f). Present means true; absence means unknown, never false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seriousness {
    Death,
    LifeThreatening,
    Hospitalisation,
    Disability,
    Congenital,
    MedicallyImportant,
}

/// Situations that drug safety collects with or without a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialSituation {
    Pregnancy,
    Breastfeeding,
    Overdose,
    Abuse,
    Misuse,
    MedicationError,
    Occupational,
    OffLabel,
    LackOfEfficacy,
    InfectionTransmission,
    Counterfeit,
    UnexpectedBenefit,
    Interaction,
    Withdrawal,
    AccidentalExposure,
}

/// What a span of the text speaks for, or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    Reaction,
    Serious,
    Special,
    QualityComplaint,
    Product,
    Urgent,
    /// Lowers the score: negation, question, indication, another cause.
    Against,
}

/// A part of the comment, in bytes of the original text and on character boundaries, and why it counts. It holds no words of its
/// own: what is stored next to the chain of evidence must survive an erasure of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub start: u32,
    pub end: u32,
    pub kind: EvidenceKind,
    /// Plain language, without the comment's words.
    pub why: String,
}

impl Evidence {
    /// The words that the span marks; empty if `text` is not the text that was read.
    pub fn words<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

/// In what voice the event is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assertion {
    Affirmed,
    Negated,
    Question,
    Hypothetical,
    Media,
    Joke,
    Indication,
    OtherCause,
    #[default]
    None,
}

/// Whom it happened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patient {
    #[serde(rename = "self")]
    Oneself,
    Other,
    Group,
    #[default]
    None,
}

/// How one of the four criteria of a valid case stands. A field, not a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Present,
    /// From context: the channel's product, an author one can answer.
    Inferred,
    #[default]
    Missing,
}

/// How far a comment holds the four things that make a valid case: a reporter, a patient, a product and an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    pub reporter: Presence,
    pub patient: Presence,
    pub product: Presence,
    pub event: Presence,
}

/// What has to be named so that a verdict can be explained years later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub classifier: String,
    pub lexicons: String,
}

/// One reading of one version of a comment. Made by `classify` from nothing but its arguments, so that the same text under the
/// same rules gives the same answer on every machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// How likely an adverse event is, in thousandths.
    pub score: u16,
    pub band: Band,
    pub evidence: Vec<Evidence>,
    pub serious: Vec<Seriousness>,
    pub special: Vec<SpecialSituation>,
    /// A complaint about the product's quality.
    pub pqc: bool,
    /// Somebody may be in danger now.
    pub urgent: bool,
    pub assertion: Assertion,
    pub patient: Patient,
    /// The product as the protocol names it, written or implied.
    pub product: Option<String>,
    pub validity: Validity,
    /// BCP 47, or `None` where it could not be told.
    pub language: Option<String>,
    /// Plain language, for people: what raised the score, what lowered it, why this band. Without the comment's words.
    pub reasons: Vec<String>,
    pub versions: Versions,
}

impl Assessment {
    /// Which classes of alert this reading asks for: none outside the alert band, and the duty of care beside the most urgent of the others.
    pub fn classes(&self) -> Vec<Class> {
        let mut classes = Vec::new();
        if self.urgent {
            classes.push(Class::Distress);
        }
        if self.band == Band::Alert {
            classes.extend(self.safety_class());
        }
        classes
    }

    /// The most urgent class that drug safety or quality has to hear of.
    fn safety_class(&self) -> Option<Class> {
        let event = self.validity.event != Presence::Missing;
        if !self.serious.is_empty() {
            Some(Class::Serious)
        } else if event {
            Some(Class::AdverseEvent)
        } else if !self.special.is_empty() {
            Some(Class::SpecialSituation)
        } else if self.pqc {
            Some(Class::QualityComplaint)
        } else if self.urgent {
            // The duty of care is told on its own route; safety reads the comment in the queue.
            None
        } else {
            Some(Class::AdverseEvent)
        }
    }
}
