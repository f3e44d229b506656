//! Journals: what people and the machine did that belongs to no single comment, in chains of the same make as a comment's
//! ([`super::chain`]): who looked at what, how a protocol came into force, what was reconciled and signed.
//!
//! A journal is only ever appended to. `store` keeps it; whoever does the thing notes it.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::entry::Entry;
use super::ids::CampaignId;

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

    /// Reads an id back, as `Display` wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let (subject, about) = text.strip_prefix(Self::PREFIX)?.split_once('/')?;
        (!subject.is_empty() && !about.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The id's text, as it stands in keys and exports.
    pub fn as_str(&self) -> &str {
        &self.0
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
    Protocol(ProtocolStage),
    /// Somebody looked at patients' data.
    Read(Access),
}

/// A stage in the life of one version of a protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolStage {
    pub version: u32,
    pub stage: String,
}
