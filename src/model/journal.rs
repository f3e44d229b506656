//! Journals: what people and the machine did that belongs to no single comment, in chains of the same make as a comment's
//! ([`super::chain`]): who looked at what, how a protocol came into force, what was reconciled and signed.
//!
//! A journal is only ever appended to. `store` keeps it; whoever does the thing notes it.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::channel::SilenceNote;
use super::drill::{Drill, Measured};
use super::entry::Entry;
use super::erasure::{ErasureRequest, RequestId};
use super::ids::CampaignId;
use super::protocol_life::ProtocolStep;
use super::reconcile::{CaseListRead, Draw, Reconciled, Signature, StatementMade, TaskClosed, TasksFound};
use super::roots::AuditRoot;
use super::session::Entrance;

/// One link of a journal.
pub type Note = Entry<Noted>;

/// Which journal: a subject and, after a slash, the day or the campaign that it is about. Starts with `journal:`, as no comment's key does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JournalId(String);

impl JournalId {
    const PREFIX: &str = "journal:";

    /// A journal of one day, in UTC.
    pub fn of_day(subject: &str, day: Date) -> Self {
        Self(format!("{}{subject}/{day}", Self::PREFIX))
    }

    /// A journal of one campaign.
    pub fn of_campaign(subject: &str, campaign: &CampaignId) -> Self {
        Self(format!("{}{subject}/{campaign}", Self::PREFIX))
    }

    /// What the ids of all journals of one subject begin with.
    pub fn beginning(subject: &str) -> String {
        format!("{}{subject}/", Self::PREFIX)
    }

    /// Reads an id back, as `Display` wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let (subject, about) = text.strip_prefix(Self::PREFIX)?.split_once('/')?;
        (!subject.is_empty() && !about.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The id's text, as it stands in keys and exports.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day or the campaign that it is about.
    pub fn about(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, about)| about)
    }

    /// What it is about, without the day or the campaign.
    pub fn subject(&self) -> &str {
        self.0.strip_prefix(Self::PREFIX).and_then(|rest| rest.split_once('/')).map_or("", |(subject, _)| subject)
    }
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is noted. Holds no patient's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Noted {
    /// A version of a protocol has reached a further stage of its life.
    Protocol(ProtocolStep),
    /// A root over all chains that moved in a window.
    Root(AuditRoot),
    /// A statement of a period was made.
    Statement(StatementMade),
    /// A person signed a version of a statement.
    Signed(Signature),
    /// Differences became tasks, or went away.
    Tasks(TasksFound),
    /// A person closed a task.
    TaskClosed(TaskClosed),
    /// A night's reconciliation is done.
    Reconciled(Reconciled),
    /// The safety database's list of cases was read in.
    CaseList(CaseListRead),
    /// A week's sample was drawn.
    Drawn(Draw),
    /// A channel has fallen silent, or was heard again.
    Silence(SilenceNote),
    /// A fire drill was registered.
    Drill(Drill),
    /// A fire drill has ended, and this was measured.
    Drilled(Measured),
    /// Somebody wants everything gone that an author wrote.
    ErasureAsked(ErasureRequest),
    /// A second person agrees.
    ErasureAgreed { request: RequestId },
    /// Every record of the author that holds words has been ordered to let them go as soon as it may.
    ErasureOrdered { request: RequestId, records: u64 },
    /// Somebody looked at patients' data.
    Read(Access),
    /// Somebody signed in or out, or was refused.
    Entrance(Entrance),
}
