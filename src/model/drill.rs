//! Fire drills: a synthetic event that goes the whole real way, so that people know how long it takes to reach somebody. It is a drill
//! because it was registered before it arrived, and never because a comment says so; it never counts as a case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::assessment::Class;
use super::entry::{Entry, Happening, Obligation};
use super::ids::{CampaignId, CommentId, CommentKey, DoorId, ProtocolRef};
use super::record::Record;

/// A registered drill: the event that it will send, and who asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// The comment that the event will tell of; its id begins with [`Drill::PREFIX`].
    pub comment: CommentId,
    pub door: DoorId,
    pub protocol: ProtocolRef,
    pub class: Class,
    pub language: String,
    pub registered_at: Timestamp,
    pub by: String,
}

impl Drill {
    /// How the ids of drills begin. An id that does is looked up, and without an entry in the register it is a comment like any other.
    pub const PREFIX: &str = "dayzero-drill-";

    /// The id under which it is registered: its comment's.
    pub fn id(&self) -> &str {
        &self.comment.id
    }

    /// The campaign whose people it calls.
    pub fn campaign(&self) -> &CampaignId {
        &self.protocol.id
    }
}

/// Something that a drill's event reached, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub at: Timestamp,
    /// The topic of a message, the name of a person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub who: Option<String>,
}

/// What a drill has measured, step by step. What was not reached is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub id: String,
    pub key: CommentKey,
    pub registered_at: Timestamp,
    pub kept: Option<Reached>,
    pub read: Option<Reached>,
    /// The machine's reading made an alert of the drill's class due.
    pub alert_due: bool,
    /// Every message, in the order of the carrier's acceptance.
    pub published: Vec<Reached>,
    pub shown: Option<Reached>,
    pub acknowledged: Option<Reached>,
    pub decided: Option<Reached>,
    /// By when somebody had to acknowledge.
    pub acknowledge_by: Option<Timestamp>,
    /// Windows that ended before what they were for had happened.
    pub missed: Vec<Obligation>,
}

impl Measured {
    /// Reads a drill's times out of its record's chain, as far as they have come.
    pub fn of(drill: &Drill, entries: &[Entry]) -> Measured {
        let record = Record::fold(entries);
        let mut alerts = record.iter().flat_map(|record| &record.alerts);
        let of_class = alerts.find(|alert| alert.class == drill.class);
        let first = |found: fn(&Happening) -> bool| entries.iter().find(|entry| found(&entry.what));
        let by = |entry: &Entry| Reached { at: entry.at, who: Some(entry.by.label().to_owned()) };
        let published = entries.iter().filter_map(|entry| match &entry.what {
            Happening::Published { topic, published, .. } => Some(Reached { at: published.at(), who: Some(topic.clone()) }),
            _ => None,
        });
        let kept = record.as_ref().map(|record| Reached { at: record.aware_at.timestamp(), who: None });
        let read = first(|what| matches!(what, Happening::Assessed(_)));
        Measured {
            id: drill.id().to_owned(),
            key: drill.comment.key(),
            registered_at: drill.registered_at,
            kept,
            read: read.map(|entry| Reached { at: entry.at, who: None }),
            alert_due: of_class.is_some(),
            published: published.collect(),
            shown: first(|what| matches!(what, Happening::Shown { .. })).map(by),
            acknowledged: first(|what| matches!(what, Happening::Acknowledged(_) | Happening::Decided(_))).map(by),
            decided: first(|what| matches!(what, Happening::Decided(_))).map(by),
            acknowledge_by: of_class.and_then(|alert| alert.plan.deadlines.acknowledge).map(|due| due.timestamp()),
            missed: record.map(|record| record.misses.iter().map(|miss| miss.obligation).collect()).unwrap_or_default(),
        }
    }

    /// Whether somebody acknowledged within the window; a class without such a window asks only that somebody did.
    pub fn in_time(&self) -> bool {
        self.acknowledged.as_ref().is_some_and(|reached| self.acknowledge_by.is_none_or(|by| reached.at <= by))
    }
}
