//! What the console tells of protocols: the shelves of the store, and what can be read out of their texts. `pages::protocols` draws it;
//! the JSON is here.

use serde_json::{Value, json};

use crate::http::Response;
use crate::model::{CampaignId, Noted, ProtocolRef};
use crate::protocol::{Change, Problem as Hole, Protocol};
use crate::publishing::{self, Shelf};

use super::Desk;
use super::problem::Problem;

/// Most campaigns that one page tells of.
const MAX_CAMPAIGNS: usize = 200;
/// Most versions whose texts are read for a page, the newest first: each is up to 256 KiB.
const MAX_READ: usize = 12;

/// What the text of a version says beside its number.
pub struct Read {
    /// The version that it is compared with: the one before it.
    pub before: Option<u32>,
    pub changes: Vec<Change>,
    pub warnings: Vec<Hole>,
}

/// Every campaign's shelf.
pub async fn shelves(desk: &Desk) -> Result<Vec<Shelf>, Problem> {
    let mut shelves = Vec::new();
    for campaign in publishing::campaigns(&desk.store).await?.iter().take(MAX_CAMPAIGNS) {
        shelves.push(publishing::shelf(&desk.store, campaign).await?);
    }
    Ok(shelves)
}

/// One campaign's shelf; nothing is at an address whose campaign has no version.
pub async fn shelf(desk: &Desk, campaign: &CampaignId) -> Result<Shelf, Problem> {
    let shelf = publishing::shelf(&desk.store, campaign).await?;
    if shelf.versions.is_empty() { Err(Problem::NotFound("No protocol has this name.")) } else { Ok(shelf) }
}

/// What the newest versions of a shelf say, in its order. A text that this program cannot read any more says nothing.
pub async fn read(desk: &Desk, shelf: &Shelf) -> Result<Vec<Read>, Problem> {
    let mut texts: Vec<(u32, Option<Protocol>)> = Vec::new();
    for shelved in shelf.versions.iter().take(MAX_READ + 1) {
        let version = shelved.life.version;
        let text = publishing::text(&desk.store, &ProtocolRef { id: shelf.campaign.clone(), version }).await?;
        texts.push((version, text.and_then(|text| Protocol::parse(&text).ok())));
    }
    let pairs = texts.iter().enumerate().take(MAX_READ);
    let read = pairs.map(|(place, (_, protocol))| {
        let before = texts.get(place + 1).and_then(|(version, before)| Some((*version, before.as_ref()?)));
        let compared = protocol.as_ref().zip(before);
        Read {
            before: compared.map(|(_, (version, _))| version),
            changes: compared.map(|(protocol, (_, before))| protocol.changes_since(before)).unwrap_or_default(),
            warnings: protocol.as_ref().map(Protocol::warnings).unwrap_or_default(),
        }
    });
    Ok(read.collect())
}

/// `GET /api/protocols`.
pub async fn api(desk: &Desk) -> Result<Response, Problem> {
    let shelves = shelves(desk).await?;
    let body = json!({ "protocols": shelves.iter().map(told).collect::<Vec<_>>() });
    Ok(Response::new(200, "application/json", body.to_string()))
}

fn told(shelf: &Shelf) -> Value {
    let versions = shelf.versions.iter().map(|shelved| {
        let life = &shelved.life;
        let steps = shelf.notes.iter().filter_map(|note| match &note.what {
            Noted::Protocol(step) if step.version == life.version => {
                Some(json!({ "at": note.at, "by": note.by.label(), "digest": step.digest, "step": step.step, "said": step.to_string() }))
            }
            _ => None,
        });
        json!({
            "version": life.version,
            "stage": life.stage(),
            "active": shelf.active == Some(life.version),
            "digest": life.digest(),
            "published_at": life.published.as_ref().map(|done| done.what.0),
            "published_by": life.published.as_ref().map(|done| &done.by),
            "superseded_by": life.superseded.as_ref().map(|done| done.what),
            "before_journals": shelved.before_journals,
            "steps": steps.collect::<Vec<_>>(),
        })
    });
    json!({ "campaign": shelf.campaign, "active": shelf.active, "versions": versions.collect::<Vec<_>>() })
}
