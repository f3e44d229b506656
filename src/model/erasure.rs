//! A request to erase what one author wrote: what is noted of it, and what it would do to a record. Pure; `erasure` carries it out.
//!
//! The author stands in it as a keyed digest alone: a request that named somebody would outlive what it erases.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::door::Platform;
use super::journal::JournalId;
use super::keep::HoldGround;
use super::record::Record;

/// The subject of the journals that hold requests.
pub const JOURNAL: &str = "erasure";

/// The name of a request: the day on which it was made, and something random.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// A request of this day.
    pub fn new(day: Date, random: [u8; 4]) -> Self {
        Self(format!("{day}-{}", hex::encode(random)))
    }

    /// Reads an id back, as a page or a terminal wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        let (day, random) = text.rsplit_once('-')?;
        let plain = random.len() == 8 && random.bytes().all(|b| b.is_ascii_hexdigit());
        (plain && day.parse::<Date>().is_ok()).then(|| Self(text.to_owned()))
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The journal in which everything about it is noted.
    pub fn journal(&self) -> Option<JournalId> {
        let (day, _) = self.0.rsplit_once('-')?;
        day.parse().ok().map(|day| JournalId::of_day(JOURNAL, day))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody asked for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRequest {
    pub id: RequestId,
    pub platform: Platform,
    /// Only on this account of ours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<String>,
    /// Keyed digest of the author's id or name.
    pub author: String,
    pub reason: String,
    /// The provider's id of whoever asked, where they were signed in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub subject: Option<String>,
}

/// Without the reason, which may name the author.
impl fmt::Debug for ErasureRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErasureRequest({}, {})", self.id, self.platform.as_str())
    }
}

/// What a request would do to a record now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its words go.
    Goes,
    /// Its words stay, on this ground; those that nobody has decided about go when people close them as no safety matter.
    Stays(HoldGround),
    /// Nothing is left of them.
    Gone,
}

impl Fate {
    /// What a request would do to this record.
    pub fn of(record: &Record) -> Fate {
        if record.holds_no_words() {
            return Fate::Gone;
        }
        record.hold_ground().map_or(Fate::Goes, Fate::Stays)
    }
}
