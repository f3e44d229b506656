//! What is noted when Dayzero is held against itself and against the safety database: statements and their signatures, differences as
//! tasks, lists of cases, and draws of the weekly sample. Held in journals; `reconcile` makes them, `review` shows them. No patient's
//! words are among them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::assessment::Band;
use super::entry::Outcome;
use super::ids::CommentKey;
use super::period::Period;
use super::record::Record;

/// A statement was made. Its text lies in a document of that digest and never changes; a statement made anew is another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementMade {
    pub period: Period,
    /// SHA-256 of the statement's exact text.
    pub digest: String,
    pub received: u32,
    pub differences: u32,
    /// No adverse event was reported, and nothing is undecided.
    pub nil: bool,
}

/// On whose behalf somebody signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    ChannelOwner,
    DrugSafety,
}

impl Side {
    /// Both, in the order of a page.
    pub const ALL: [Side; 2] = [Side::ChannelOwner, Side::DrugSafety];

    /// The word for it in forms and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::ChannelOwner => "channel_owner",
            Side::DrugSafety => "drug_safety",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Side::ChannelOwner => "Channel owner",
            Side::DrugSafety => "Drug safety",
        }
    }

    /// The side that a word names.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.as_str() == name)
    }
}

/// What a signature means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    Agrees,
    WithRemarks,
}

impl Meaning {
    /// The word for it in forms and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Meaning::Agrees => "agrees",
            Meaning::WithRemarks => "with_remarks",
        }
    }

    /// The sentence that is signed.
    pub fn sentence(self) -> &'static str {
        match self {
            Meaning::Agrees => "I have reviewed this statement and agree with it.",
            Meaning::WithRemarks => "I have reviewed this statement and sign it with remarks.",
        }
    }

    /// The meaning that a word names.
    pub fn from_name(name: &str) -> Option<Self> {
        [Meaning::Agrees, Meaning::WithRemarks].into_iter().find(|meaning| meaning.as_str() == name)
    }
}

/// A person signed one version of a statement. The name and the time are the note's own, and stand here too, as part of what was signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub period: Period,
    /// The digest of the version that was signed.
    pub digest: String,
    pub side: Side,
    pub name: String,
    /// The provider's id of the person, where they were signed in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
    pub meaning: Meaning,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remarks: Option<String>,
}

/// Without the remarks, which may quote a comment.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} of {} by {}, {})", self.side.as_str(), self.period, self.name, self.meaning.as_str())
    }
}

/// A difference that somebody has to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// A digest of the kind of difference and of what it is about: the same difference is the same task.
    pub id: String,
    /// Which kind of difference, as `reconcile::compare` names it.
    pub kind: String,
    /// The date in the campaign's zone that it belongs to; a run over other dates says nothing of it.
    pub day: Date,
    /// One sentence with ids and never a person's words.
    pub sentence: String,
    /// The record that it is about, for a link.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<CommentKey>,
}

/// What a run changed in the list of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TasksFound {
    pub opened: Vec<Task>,
    /// Tasks whose difference no longer appears.
    pub gone: Vec<String>,
}

/// A person closed a task whose difference may still be there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskClosed {
    pub id: String,
    pub reason: String,
}

/// Without the reason, which may quote a comment.
impl fmt::Debug for TaskClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskClosed({})", self.id)
    }
}

/// A night's reconciliation is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// The date in the campaign's zone on which it ran: once a date.
    pub on: Date,
    pub from: Date,
    pub to: Date,
    pub deliveries: u32,
    pub comments: u32,
    pub differences: u32,
    /// Tasks that are open now, older ones among them.
    pub open_tasks: u32,
}

/// A list of cases from the safety database was read in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseListRead {
    /// SHA-256 of the rows that could be used, and the document that holds them.
    pub list: String,
    pub rows: u32,
    /// Lines that could not be used; each was named to whoever brought the list.
    pub unusable: u32,
    /// The document of all cases known from this list and those before it.
    pub all: String,
    pub all_rows: u32,
}

/// A week's sample was drawn. Noted before any record is marked, so that nobody can draw again until it pleases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    pub week: Period,
    /// 32 random bytes in hexadecimal, taken once.
    pub seed: String,
    /// The protocol's share, in millionths.
    pub share_millionths: u32,
    /// How many comments it was drawn from.
    pub population: u32,
    /// SHA-256 of their sorted keys, each on a line, and the document that holds them.
    pub population_digest: String,
    pub drawn: Vec<CommentKey>,
}

impl Draw {
    /// The draw's name, as the records that it marks carry it.
    pub fn name(&self) -> String {
        self.week.to_string()
    }
}

impl Outcome {
    /// Whether a person found something that drug safety has to know of. A duplicate is counted where its original is.
    pub fn is_finding(&self) -> bool {
        matches!(self, Outcome::Case { .. } | Outcome::SpecialSituation | Outcome::QualityComplaint)
    }
}

impl Record {
    /// The most urgent band in which the machine ever put any text of it; `None` until it was read.
    pub fn machine_band(&self) -> Option<Band> {
        self.readings.iter().map(|reading| reading.assessment.band).max()
    }

    /// Whether a person has closed it by itself, and not together with others.
    pub fn read_by_itself(&self) -> bool {
        self.decisions.iter().any(|decision| !decision.bulk && decision.outcome.closes())
    }

    /// Whether it was drawn for reading one by one and nobody has done so: a decision about many at once does not count.
    pub fn waits_for_single_reading(&self) -> bool {
        !self.samples.is_empty() && !self.read_by_itself()
    }
}

/// A case as the safety database's list has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCase {
    /// As it was written.
    pub case_number: String,
    pub received: Received,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment_key: Option<CommentKey>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
}

impl ListedCase {
    /// What two writings of one case number have in common.
    pub fn normal(case_number: &str) -> String {
        case_number.trim().to_lowercase()
    }
}

/// When the safety database received a case: some lists have the time, some the date alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Received {
    At(Timestamp),
    On(Date),
}
