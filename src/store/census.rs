//! The census: what the whole table holds, as little of it as reconciliation needs, by reading all of it. The only scan that a role on
//! AWS makes, and only the role of `reconcile` may: a reconciliation that asked an index could not find what the index has lost.

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::comments::wordless;
use super::entries::read_sealed;
use super::item::{Item, Reader};
use super::{Store, StoreError, cause, keys};
use crate::model::delivery::DeliveryState;
use crate::model::{CampaignId, CommentKey, DeliveryId, Entry, Happening, Revision, chain};

/// Parts of the table that are read side by side.
const SEGMENTS: i32 = 4;

/// One thing that the table holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Counted {
    Delivery { id: DeliveryId, received_at: Timestamp, state: DeliveryState },
    Comment(CountedComment),
}

/// What the head of a record, or its first entry, says of it. A record is counted once for each.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedComment {
    pub key: CommentKey,
    /// `None` where it cannot be read: whoever counts has to look.
    pub aware_at: Option<Timestamp>,
    pub campaign: Option<CampaignId>,
    pub case_number: Option<String>,
}

impl Store {
    /// Everything in the table that `wanted` wants, in no order. What is not wanted is let go of at once: the memory is that of what
    /// is wanted.
    pub async fn census(&self, wanted: impl Fn(&Counted) -> bool + Clone + Send + 'static) -> Result<Vec<Counted>, StoreError> {
        let mut segments = JoinSet::new();
        for segment in 0..SEGMENTS {
            let (store, wanted) = (self.clone(), wanted.clone());
            segments.spawn(async move { store.census_part(segment, wanted).await });
        }
        let mut found = Vec::new();
        while let Some(joined) = segments.join_next().await {
            let part = joined.map_err(|_| StoreError::Unavailable { doing: "the census", source: "a task stopped".into() })?;
            found.extend(part?);
        }
        Ok(found)
    }

    async fn census_part(&self, segment: i32, wanted: impl Fn(&Counted) -> bool) -> Result<Vec<Counted>, StoreError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true).segment(segment).total_segments(SEGMENTS);
        let scan = scan.filter_expression("sk = :raw OR sk = :head OR sk = :first");
        let scan = scan.expression_attribute_values(":raw", super::item::s(keys::RAW));
        let scan = scan.expression_attribute_values(":head", super::item::s(keys::HEAD));
        let scan = scan.expression_attribute_values(":first", super::item::s(keys::event(Revision(1))));
        // A delivery's `body` is bytes and an entry's is the text that was hashed: one name, and the second is needed. Words are not read.
        let scan = scan.projection_expression("pk, sk, received_at, #state, head, #sort, seq, body, #hash");
        let scan = scan.expression_attribute_names("#state", "state").expression_attribute_names("#sort", keys::SORT);
        let scan = scan.expression_attribute_names("#hash", "hash");
        let mut pages = scan.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("the census"))?;
            found.extend(counted(&item)?.filter(|counted| wanted(counted)));
        }
        Ok(found)
    }
}

/// What an item is; `None` for one that is no part of the census. An item that cannot be read is counted all the same.
fn counted(item: &Item) -> Result<Option<Counted>, StoreError> {
    let reader = Reader { item, what: "an item of the census" };
    let (pk, sk) = (reader.string(keys::PK)?, reader.string(keys::SK)?);
    if let Some(id) = keys::parse_delivery(pk) {
        let (received_at, state) = (reader.parsed("received_at")?, reader.parsed("state")?);
        return Ok((sk == keys::RAW).then_some(Counted::Delivery { id, received_at, state }));
    }
    let Some(key) = keys::parse_comment(pk) else { return Ok(None) };
    let comment = match sk {
        keys::HEAD => of_head(&key, item),
        _ => of_first_entry(&key, item),
    };
    let unreadable = CountedComment { key, aware_at: None, campaign: None, case_number: None };
    Ok(Some(Counted::Comment(comment.unwrap_or(unreadable))))
}

fn of_head(key: &CommentKey, item: &Item) -> Option<CountedComment> {
    let head = wordless(item).ok()?;
    let aware_at = Some(head.aware_at.timestamp());
    Some(CountedComment { key: key.clone(), aware_at, campaign: head.campaign, case_number: head.case_number })
}

fn of_first_entry(key: &CommentKey, item: &Item) -> Option<CountedComment> {
    let entry: Entry = chain::last::<CommentKey, Happening>(read_sealed(key.clone(), item).ok()?).ok()?;
    let (aware_at, campaign) = match entry.what {
        Happening::Sighted(sighting) => (sighting.received_at, sighting.campaign),
        Happening::Quarantined { received_at, campaign, .. } => (received_at, campaign),
        _ => return None,
    };
    Some(CountedComment { key: key.clone(), aware_at: Some(aware_at.timestamp()), campaign, case_number: None })
}
