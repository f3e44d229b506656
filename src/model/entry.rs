//! The entries of a record: each thing that happened to a comment, who did it, when, and on what grounds.
//!
//! An entry's grounds hold no person's words. Those lie beside it ([`Words`]), bound by a salted digest, so that a text can be
//! erased one day and the chain ([`super::chain`]) still verifies.

use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::alert::{Published, StepRef};
use super::assessment::{Assessment, Class};
use super::comment::{Action, Author, CommentEvent, QuarantineKind};
use super::day_zero::DayZeroTerms;
use super::ids::{AlertId, CampaignId, ChannelId, CommentId, CommentKey, DeliveryId, ProtocolRef, Revision};
use super::keep::{HoldGround, KeepRule, Removal};
use super::plan::Plan;
use super::text::CommentText;
use super::time::{AwareAt, Deadline};

/// Longer than this between a platform's own time and our receipt is late.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// One link of a chain: of a comment's record, or of a journal ([`super::journal`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<W = Happening> {
    pub seq: Revision,
    /// Our clock, when the entry was written.
    pub at: Timestamp,
    pub by: Actor,
    pub what: W,
    pub words: Option<Words>,
    /// The version of the program that wrote it; entries of before versions were written down have none.
    pub program: Option<String>,
    /// Hash of the entry before this one; empty for the first.
    pub prev: String,
    pub hash: String,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    Stage(Stage),
    Person(String),
}

impl Actor {
    /// As people read it.
    pub fn label(&self) -> &str {
        match self {
            Actor::Stage(stage) => stage.as_str(),
            Actor::Person(name) => name,
        }
    }
}

/// The part of Dayzero that acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Assess,
    Alert,
    Watch,
    Reconcile,
}

impl Stage {
    /// The stage's name, as it signs entries.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Assess => "assess",
            Stage::Alert => "alert",
            Stage::Watch => "watch",
            Stage::Reconcile => "reconcile",
        }
    }
}

/// A person's words and name, kept beside the chain and never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<CommentText>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub author: Option<Author>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub post_text: Option<CommentText>,
    /// The comment's address: it may hold its author's name, or the first words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permalink: Option<CommentText>,
    /// Random, so that the digest in the chain cannot be guessed back into words once they are erased.
    pub salt: String,
    /// The key that opened them was destroyed: nothing but this sign is left of them.
    #[serde(skip)]
    pub destroyed: bool,
}

impl Words {
    /// What stands in place of words whose key was destroyed.
    pub fn destroyed() -> Self {
        Self { destroyed: true, ..Self::default() }
    }

    /// Whether there is nothing to write into an export.
    pub fn is_nothing(words: &Option<Words>) -> bool {
        words.as_ref().is_none_or(|words| words.destroyed)
    }

    /// Whether there is nothing to keep beside the entry.
    pub fn is_empty(&self) -> bool {
        self.text.is_none() && self.author.is_none() && self.post_text.is_none() && self.permalink.is_none()
    }

    /// The words that an event brought, to be bound by a digest with this salt.
    pub fn of(event: &CommentEvent, salt: String) -> Self {
        let (text, author, post_text) = (event.text.clone(), event.author.clone(), event.post_text.clone());
        Self { text, author, post_text, permalink: event.permalink.clone().map(CommentText::new), salt, destroyed: false }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// The platform told us something of the comment.
    Sighted(Sighting),
    /// A signed delivery, or a part of one, that nobody could read; a person must.
    Quarantined {
        id: CommentId,
        delivery: DeliveryId,
        received_at: AwareAt,
        campaign: Option<CampaignId>,
        reason: String,
        #[serde(default)]
        matter: QuarantineKind,
        #[serde(skip_serializing_if = "KeepRule::is_without_end", default)]
        keep: KeepRule,
    },
    /// The machine read the version that entry `on` holds. What the reading obliges us to do stands in the same entry: no crash
    /// can leave a reading whose alert nobody owes.
    Assessed(Reading),
    /// Nobody acknowledged in time: a further step, or a repeat of the last one, is due.
    StepDue { step: StepRef },
    /// SNS accepted a message.
    Published { step: StepRef, topic: String, published: Published },
    /// A named person has the alerts in hand.
    Acknowledged(Acknowledgement),
    /// A named person said what the comment is.
    Decided(Decision),
    /// A window ended before what it was for had happened: a deviation.
    Missed(Miss),
    /// Something wants the words gone, and they stay on this ground.
    Held { because: Removal, ground: HoldGround },
    /// Somebody wants everything gone that its author wrote, and a second person has agreed.
    ErasureAsked { request: String },
    /// Every word beside the entries before this one, and the deliveries that brought them, are to go.
    Erased { because: Removal },
    /// A person had the comment before their eyes for the first time.
    Shown { place: Place },
    /// A person set day zero to another date than the one that stood there.
    DayZeroSet(DayZeroSet),
    /// A person said why a window was missed.
    Explained(Explanation),
    /// The record left Dayzero, and for whom.
    Exported { to: String },
    /// The safety database has the case, as its own list says.
    CaseReceived(CaseReceipt),
    /// Drawn for reading one by one, by a seed that the named draw records.
    Sampled { draw: String },
}

/// Where a person first saw a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In a list, with its text.
    List,
    /// On its own page.
    Page,
    /// Through a program that asked in the person's name.
    Program,
}

impl Place {
    /// Whether a look in one place makes a look in `other` nothing new: a program's look is none with one's own eyes.
    pub fn covers(self, other: Place) -> bool {
        self != Place::Program || other == Place::Program
    }

    /// To stand in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Place::List => "in a list",
            Place::Page => "on its page",
            Place::Program => "through a program",
        }
    }
}

/// Why a window was missed, as a person said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub miss: Miss,
    pub cause: String,
}

/// Without the cause, which may quote the comment.
impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Explanation(of {:?})", self.miss)
    }
}

/// Another day zero than the one that stood there. The old one stays in the chain, here and in every plan.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayZeroSet {
    pub date: Date,
    pub before: Date,
    pub reason: String,
}

/// Without the reason, which may quote the comment.
impl fmt::Debug for DayZeroSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DayZeroSet({} in place of {})", self.date, self.before)
    }
}

/// What the safety database's own list says of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReceipt {
    pub case_number: String,
    /// When the safety database received it.
    pub at: Timestamp,
    /// The digest of the list that said so.
    pub list: String,
}

/// One reading of one version, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The entry whose text was read.
    pub on: Revision,
    /// The entry of the parent comment's record whose text was read along with it, where the comment is an answer to one of ours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<Revision>,
    pub assessment: Assessment,
    /// The protocol in force; `None` if no active campaign claims the comment.
    pub protocol: Option<ProtocolRef>,
    /// What the protocol in force says of legal clocks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub day_zero: Option<DayZeroTerms>,
    /// By when people have to read it, if no alert says so.
    pub decide_by: Option<Deadline>,
    /// Alerts that the reading makes due; step 0 of each plan is due at once.
    pub alerts: Vec<DueAlert>,
}

/// An alert that a reading makes due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DueAlert {
    pub alert: AlertId,
    pub class: Class,
    pub protocol: ProtocolRef,
    pub plan: Plan,
}

/// What a platform told us of a comment, without the words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub id: CommentId,
    pub action: Action,
    pub delivery: DeliveryId,
    pub received_at: AwareAt,
    /// The platform's own time, if it tells one.
    pub at: Option<Timestamp>,
    /// `None`: no active campaign lists the account.
    pub campaign: Option<CampaignId>,
    pub channel: Option<ChannelId>,
    pub parent_id: Option<String>,
    pub post_id: Option<String>,
    pub ad_id: Option<String>,
    pub own_account: bool,
    pub unreadable: Option<String>,
    /// When the platform sent the notification, if a signed part of it says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_at: Option<Timestamp>,
    /// The action stands in a part of the call that no signature covers.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub action_unsigned: bool,
    #[serde(skip_serializing_if = "KeepRule::is_without_end", default)]
    pub keep: KeepRule,
    /// The fire drill that it belongs to: no patient wrote it, and it never counts as a case.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drill: Option<String>,
}

impl Sighting {
    /// How late we were told, if that is longer than a platform takes on a good day: a delivery that was sent again and again, or
    /// one that somebody held back. No scheme but a few renews its time with each attempt, so lateness is marked and refused nowhere.
    pub fn late(&self) -> Option<SignedDuration> {
        let written = self.at.filter(|_| matches!(self.action, Action::Created | Action::Edited));
        let told = self.sent_at.or(written)?;
        let late = self.received_at.timestamp().duration_since(told);
        (late > LATE_AFTER).then_some(late)
    }
}

/// Without the links and the names of what it holds: an address may be made of the first words of a comment.
impl fmt::Debug for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sighting({} {}, {}, {:?})", self.action.as_str(), self.id.key(), self.delivery, self.received_at)
    }
}

/// Somebody said "I have it in hand", about the record as it stood at revision `on`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    pub by: String,
    pub at: Timestamp,
    pub on: Revision,
}

/// What a person decided, about the record as it stood at revision `on`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub by: String,
    pub at: Timestamp,
    pub on: Revision,
    pub outcome: Outcome,
    pub reason: Option<String>,
    /// Decided together with others: nobody has read this one by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub bulk: bool,
}

/// Without the reason, which may quote the comment.
impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decision({} by {} at {}, on {})", self.outcome.as_str(), self.by, self.at, self.on)
    }
}

/// What a comment turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted by drug safety, under its safety database's number.
    Case {
        case_number: String,
    },
    NotACase,
    SpecialSituation,
    QualityComplaint,
    DuplicateOf {
        duplicate_of: CommentKey,
    },
    /// Webcare has been asked to find out more; the comment stays open.
    NeedsMore,
}

impl Outcome {
    /// The word for it in forms and records, without a case number or a key.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Case { .. } => "case",
            Outcome::NotACase => "not_a_case",
            Outcome::SpecialSituation => "special_situation",
            Outcome::QualityComplaint => "quality_complaint",
            Outcome::DuplicateOf { .. } => "duplicate_of",
            Outcome::NeedsMore => "needs_more",
        }
    }

    /// Whether the comment needs nobody any more.
    pub fn closes(&self) -> bool {
        !matches!(self, Outcome::NeedsMore)
    }
}

/// What a window is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obligation {
    Alert,
    Acknowledge,
    Forward,
    Decide,
}

impl Obligation {
    /// The word for it in records and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Obligation::Alert => "alert",
            Obligation::Acknowledge => "acknowledge",
            Obligation::Forward => "forward",
            Obligation::Decide => "decide",
        }
    }
}

/// A missed window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// `None` for a comment that needed no alert.
    pub alert: Option<AlertId>,
    pub obligation: Obligation,
    pub deadline: Deadline,
}
