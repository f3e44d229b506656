//! Fire drills: registering one, what its event looks like, and ending it. Used by `review`, which people and the operator's command ask,
//! and by the command itself where it works on the table. It sends nothing: the event is signed and posted to the real door by whoever
//! asked, and from there it is a delivery like any other.

mod event;
mod texts;

use jiff::Timestamp;

use crate::campaigns::Campaign;
use crate::model::chain::New;
use crate::model::drill::Measured;
use crate::model::{Actor, CampaignId, Class, Drill, JournalId, Noted, ProtocolRef};
use crate::protocol::Protocol;
use crate::store::{KeptDrill, Store, StoreError};

pub use event::Ready;

/// The journal in which a campaign's drills stand.
const JOURNAL: &str = "drills";

/// What somebody wants drilled; what is left out is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub campaign: Option<CampaignId>,
    pub class: Option<Class>,
    pub language: Option<String>,
}

/// Why there is no drill.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// One sentence.
    #[error("{0}")]
    Unusable(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Registers a drill, in the register and in the campaign's journal, and gives the event that is to be signed and posted.
pub async fn register(store: &Store, asked: &Asked, by: &str, now: Timestamp) -> Result<Ready, DrillError> {
    let campaign = campaign(store, asked.campaign.as_ref()).await?;
    let ready = event::prepare(&campaign, asked, &new_id(now)?, by, now).map_err(DrillError::Unusable)?;
    if !store.register_drill(&ready.drill).await? {
        return Err(DrillError::Unusable("the drill's id is taken; ask again".to_owned()));
    }
    note(store, &ready.drill, by, now, Noted::Drill(ready.drill.clone())).await?;
    Ok(ready)
}

/// How far a drill has come; what was measured at its end, once it was ended.
pub async fn measured(store: &Store, kept: &KeptDrill) -> Result<Measured, StoreError> {
    match &kept.measured {
        Some(measured) => Ok(measured.clone()),
        None => Ok(Measured::of(&kept.drill, &store.chain(&kept.drill.comment.key()).await?)),
    }
}

/// Ends a drill: what was measured by now is kept, once, and noted in the campaign's journal. `None` for an id that is not registered.
pub async fn end(store: &Store, id: &str, by: &str, now: Timestamp) -> Result<Option<Measured>, StoreError> {
    let Some(kept) = store.drill(id).await? else { return Ok(None) };
    let measured = self::measured(store, &kept).await?;
    if kept.measured.is_none() && store.end_drill(id, &measured).await? {
        note(store, &kept.drill, by, now, Noted::Drilled(measured.clone())).await?;
    }
    Ok(Some(measured))
}

async fn note(store: &Store, drill: &Drill, by: &str, now: Timestamp, what: Noted) -> Result<(), StoreError> {
    let new = New { at: now, by: Actor::Person(by.to_owned()), what, words: None };
    store.note(&JournalId::of_campaign(JOURNAL, drill.campaign()), new).await.map(drop)
}

/// The campaign that was asked for, or the only one.
async fn campaign(store: &Store, asked: Option<&CampaignId>) -> Result<Campaign, DrillError> {
    let directory = store.directory().await?;
    let known = || directory.active.keys().map(CampaignId::as_str).collect::<Vec<_>>().join(", ");
    let (id, version) = match (asked, directory.active.len()) {
        (Some(id), _) => directory.active.get_key_value(id),
        (None, 1) => directory.active.first_key_value(),
        (None, 0) => return Err(DrillError::Unusable("no protocol is active, so nobody can be called".to_owned())),
        (None, _) => return Err(DrillError::Unusable(format!("several campaigns are active; name one of {}", known()))),
    }
    .ok_or_else(|| DrillError::Unusable(format!("no active campaign has this id; expected one of {}", known())))?;
    let reference = ProtocolRef { id: id.clone(), version: *version };
    let published = store.protocol(&reference).await?;
    let protocol = published.and_then(|published| Protocol::parse(&published.source).ok());
    let protocol = protocol.ok_or_else(|| DrillError::Unusable(format!("the protocol {reference} cannot be read")))?;
    Ok(Campaign::new(protocol))
}

/// Ordered by time, so that the register lists the newest first; random, so that nobody writes under it before it is sent.
fn new_id(now: Timestamp) -> Result<String, DrillError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| DrillError::Unusable("the machine gave no random numbers".to_owned()))?;
    Ok(format!("{}{}-{}", Drill::PREFIX, now.strftime("%Y%m%dT%H%M%S"), hex::encode(random)))
}
