//! What the page of channels and its JSON show: every account that a protocol lists, how it stands, and those that were heard though
//! none does. Read from the store at each look; the state is worked out by the same rule as `watch`'s alarm.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::model::channel::{Expected, Sound, sound};
use crate::model::{Account, CampaignId, ChannelId, DoorId, ProtocolRef};
use crate::protocol::{Channel, Protocol};
use crate::store::{Directory, KeptChannel, PublishedVersion, Shaken};

use super::problem::Problem;
use super::{Desk, when};

/// One account, with everything known of it.
#[derive(Clone, Debug)]
pub struct Row {
    pub account: Account,
    pub campaign: Option<CampaignId>,
    pub door: DoorId,
    pub kept: KeptChannel,
    /// `None`: no active protocol lists it.
    pub listed: Option<Listed>,
    /// The last question of the door's platform whether the address is ours.
    pub handshake: Option<Shaken>,
}

/// What a protocol says of an account.
#[derive(Clone, Debug)]
pub struct Listed {
    pub channel: ChannelId,
    pub expected: Expected,
    pub sound: Sound,
}

impl Row {
    /// The most urgent first: what is silent, then what nobody listed, then the rest.
    fn rank(&self) -> u8 {
        match self.listed.as_ref().map(|listed| listed.sound) {
            Some(Sound::Silent { .. }) => 0,
            None => 1,
            Some(Sound::Quiet) => 2,
            Some(Sound::Awaited) => 3,
            Some(Sound::Heard) => 4,
            Some(Sound::Unwatched) => 5,
        }
    }

    /// The word for its state in what programs are told.
    pub fn state(&self) -> &'static str {
        self.listed.as_ref().map_or("unlisted", |listed| listed.sound.as_str())
    }
}

/// Every channel, the most urgent first.
pub async fn load(desk: &Desk) -> Result<Vec<Row>, Problem> {
    let (directory, handshakes) = (desk.store.directory().await?, desk.store.handshakes().await?);
    let (mut known, unlisted) = (desk.store.channels().await?, desk.store.unlisted_channels().await?);
    let now = desk.clock.now();
    let mut rows: BTreeMap<Account, Row> = BTreeMap::new();
    for (protocol, published) in active(desk, &directory).await? {
        for channel in protocol.channels() {
            let account = Account { platform: channel.platform, account: channel.account.clone() };
            if !rows.contains_key(&account) {
                let kept = known.remove(&account).unwrap_or_default();
                rows.insert(account.clone(), listed((&protocol, &published), channel, (account, kept), now));
            }
        }
    }
    // What a protocol listed once lies among the known.
    for (account, kept) in known.into_iter().chain(unlisted) {
        let Some(heard) = &kept.heard else { continue };
        let (campaign, door) = (heard.campaign.clone(), heard.door.clone());
        let row = Row { account: account.clone(), campaign, door, kept, listed: None, handshake: None };
        rows.entry(account).or_insert(row);
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    for row in &mut rows {
        row.handshake = handshake(&handshakes, row);
    }
    rows.sort_by_key(Row::rank);
    Ok(rows)
}

async fn active(desk: &Desk, directory: &Directory) -> Result<Vec<(Protocol, PublishedVersion)>, Problem> {
    let mut active = Vec::new();
    for (id, version) in &directory.active {
        let reference = ProtocolRef { id: id.clone(), version: *version };
        let Some(published) = desk.store.protocol(&reference).await? else { continue };
        // One that this version of the program cannot read is an error of every stage already.
        active.extend(Protocol::parse(&published.source).ok().map(|protocol| (protocol, published)));
    }
    Ok(active)
}

fn listed(
    (protocol, published): (&Protocol, &PublishedVersion),
    channel: &Channel,
    (account, kept): (Account, KeptChannel),
    now: Timestamp,
) -> Row {
    let listed_since = kept.vigil.as_ref().map_or(published.published_at, |vigil| vigil.listed_since);
    let expected = Expected {
        since: listed_since.max(protocol.watched_from()),
        silent_after: channel.silent_after,
        watched: protocol.watched_at(now),
    };
    let sound = sound(&expected, kept.heard.as_ref(), now);
    let listed = Some(Listed { channel: channel.id.clone(), expected, sound });
    let (campaign, door) = (Some(protocol.reference().id), channel.door.clone());
    Row { account, campaign, door, kept, listed, handshake: None }
}

/// The newest handshake of the account's door; where a door has one for each account, that account's.
fn handshake(handshakes: &BTreeMap<(DoorId, String), Shaken>, row: &Row) -> Option<Shaken> {
    let ours = handshakes
        .iter()
        .filter(|((door, about), _)| *door == row.door && (about.is_empty() || about.contains(&row.account.account)));
    ours.map(|(_, shaken)| shaken).max_by_key(|shaken| shaken.at).cloned()
}

/// `GET /api/channels`: names here may grow and never shrink.
pub fn json(desk: &Desk, rows: &[Row]) -> Value {
    let now = desk.clock.now();
    json!({ "as_of": now, "channels": rows.iter().map(|row| of_row(desk, row, now)).collect::<Vec<_>>() })
}

fn of_row(desk: &Desk, row: &Row, now: Timestamp) -> Value {
    let zone: TimeZone = desk.zone(row.campaign.as_ref());
    let local = |at: Timestamp| when::machine(at, &zone);
    let heard = row.kept.heard.as_ref();
    let listed = row.listed.as_ref();
    let silent_since = listed.and_then(|listed| match listed.sound {
        Sound::Silent { since } => Some(local(since)),
        _ => None,
    });
    json!({
        "platform": row.account.platform,
        "account": row.account.account,
        "campaign": row.campaign,
        "door": row.door,
        "channel": listed.map(|listed| &listed.channel),
        "listed": listed.is_some(),
        "state": row.state(),
        "silent_since": silent_since,
        "silent_after_minutes": listed.map(|listed| listed.expected.silent_after.as_mins()),
        "expected_since": listed.map(|listed| local(listed.expected.since)),
        "last_heard": heard.map(|heard| local(heard.last_at)),
        "last_told_at": heard.and_then(|heard| heard.told_at).map(local),
        "first_heard": heard.map(|heard| local(heard.first_at)),
        "usual_gap_seconds": heard.and_then(|heard| heard.usual_gap),
        "deliveries": heard.map_or(0, |heard| heard.number),
        "deliveries_last_7_days": heard.map_or(0, |heard| heard.lately(now)),
        "alarm": row.kept.vigil.as_ref().and_then(|vigil| vigil.alarm.as_ref()),
        "handshake": row.handshake.as_ref().map(|shaken| json!({
            "at": local(shaken.at),
            "again_by": shaken.again_by.map(local),
            "overdue": shaken.is_overdue(now),
        })),
    })
}
