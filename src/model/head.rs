//! The head of a record: the projection that lists and the sweep need, so that nobody has to read a whole chain to show a queue.
//!
//! A head can always be made again from the chain ([`Head::of`]); it is never the only place where something stands.

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};

use super::assessment::{Band, Class, Evidence};
use super::comment::QuarantineKind;
use super::entry::{Miss, Place};
use super::ids::{CampaignId, ChannelId, CommentId, CommentKey, Revision};
use super::record::{Record, State};
use super::text::CommentText;
use super::time::AwareAt;

/// How far behind its receipt a record without a window stands in a list: longer than any window.
const WITHOUT_WINDOW: SignedDuration = SignedDuration::from_hours(20 * 365 * 24);

/// What a list shows of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub key: CommentKey,
    pub id: CommentId,
    pub revision: Revision,
    pub state: State,
    pub band: Band,
    pub class: Option<Class>,
    pub score: u16,
    pub campaign: Option<CampaignId>,
    pub channel: Option<ChannelId>,
    pub aware_at: AwareAt,
    /// The next window that people have to keep.
    pub deadline: Option<Miss>,
    /// Alerts made, and alerts that the carrier has accepted at least once.
    pub alerts: u16,
    pub published: u16,
    pub acknowledged_by: Option<String>,
    pub decision: Option<String>,
    pub case_number: Option<String>,
    pub language: Option<String>,
    pub deleted: bool,
    pub hidden: bool,
    pub own_account: bool,
    pub quarantined: Option<String>,
    #[serde(default)]
    pub matter: Option<QuarantineKind>,
    pub unreadable: Option<String>,
    /// The fire drill that it belongs to: it is no case and counts nowhere as one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub drill: Option<String>,
    /// Who has had it before their eyes; heads of before this was kept have nobody, and it is asked again.
    #[serde(default)]
    pub viewers: Vec<(String, Place)>,
    /// Windows that were missed; heads of before this was counted do not say.
    #[serde(default)]
    pub misses: Option<usize>,
    /// Evidence of the current text.
    pub evidence: Vec<Evidence>,
    /// The current text, kept apart from the rest by the store so that it can be erased.
    #[serde(skip)]
    pub text: Option<CommentText>,
    /// The order to erase after which the text came, 0 before any: the store seals it under that generation of the record's key.
    #[serde(skip)]
    pub text_key: Revision,
    /// When the machine has to look at the record again; `None` if nothing is owed and no window is running.
    #[serde(skip)]
    pub wake: Option<Timestamp>,
    /// Whether the machine owes something whatever the time is: a text is unread, or a message unsent.
    #[serde(skip)]
    pub owed: bool,
    /// What lists sort by: the next deadline, or when it was closed.
    #[serde(skip)]
    pub sort: Timestamp,
}

impl Head {
    /// Projects a record. `wake` comes from the stages' own decisions about what is still owed.
    pub fn of(record: &Record, wake: Option<Timestamp>) -> Head {
        let reading = record.reading();
        let deadline = record.next_deadline();
        let closed_at = record.standing_decision().map(|decision| decision.at);
        let due = deadline.as_ref().map(|miss| miss.deadline.timestamp());
        Head {
            key: record.key.clone(),
            id: record.id.clone(),
            revision: record.revision,
            state: record.state(),
            band: record.band(),
            class: record.class(),
            score: reading.map_or(0, |reading| reading.assessment.score),
            campaign: record.campaign.clone(),
            channel: record.last_sighting().and_then(|sighting| sighting.channel.clone()),
            aware_at: record.aware_at,
            alerts: u16::try_from(record.alerts.len()).unwrap_or(u16::MAX),
            published: u16::try_from(record.alerts.iter().filter(|alert| !alert.published.is_empty()).count())
                .unwrap_or(u16::MAX),
            acknowledged_by: record.in_hand().map(|acknowledgement| acknowledgement.by.clone()),
            decision: record.standing_decision().map(|decision| decision.outcome.as_str().to_owned()),
            case_number: record.case_number().map(str::to_owned),
            language: reading.and_then(|reading| reading.assessment.language.clone()),
            deleted: record.deleted,
            hidden: record.hidden,
            own_account: record.sightings.iter().any(|(_, sighting)| sighting.own_account),
            quarantined: record.quarantined.clone(),
            matter: record.matter,
            unreadable: record.sightings.iter().find_map(|(_, sighting)| sighting.unreadable.clone()),
            drill: record.drill.clone(),
            viewers: record.viewers.iter().map(|(_, viewer, place)| (viewer.clone(), *place)).collect(),
            misses: Some(record.misses.len()),
            evidence: reading.map(|reading| reading.assessment.evidence.clone()).unwrap_or_default(),
            text: record.current().map(|version| version.text.clone()),
            owed: wake.is_some() && record.owes(),
            text_key: record.current().and(record.erased).map(|(ordered, _)| ordered).unwrap_or_default(),
            wake: wake.map(|wake| whole_millisecond(wake, RoundMode::Ceil)),
            sort: whole_millisecond(closed_at.or(due).unwrap_or_else(|| after_every_window(record.aware_at)), RoundMode::Floor),
            deadline,
        }
    }
}

/// Where a record stands that nobody has to do anything about, such as what the company itself wrote: behind whatever has a deadline.
fn after_every_window(aware_at: AwareAt) -> Timestamp {
    aware_at.timestamp().checked_add(WITHOUT_WINDOW).unwrap_or(Timestamp::MAX)
}

/// The indexes count in milliseconds; a head is equal to the one that was stored.
fn whole_millisecond(at: Timestamp, mode: RoundMode) -> Timestamp {
    at.round(TimestampRound::new().smallest(Unit::Millisecond).mode(mode)).unwrap_or(at)
}
