//! Taking words away: from the record that says so, and from the deliveries that brought them, once nothing in those is needed any more.
//!
//! Whether something has to go is decided in `model::keep`; this file does it, and can do it again. `watch` calls it when a record's
//! words are due to go, and `assess` when a delivery tells of a comment whose words went before. The words beside the chain go last:
//! while they are there, the record is known to be unfinished.

use std::collections::BTreeSet;

use crate::model::delivery::DeliveryState;
use crate::model::{CommentKey, DeliveryId, Record, State};
use crate::platform::{self, ParseContext};
use crate::store::{Store, StoreError};

/// Erases the words of a record whose chain orders it, or is about to.
pub async fn forget(store: &Store, record: &Record) -> Result<(), StoreError> {
    for id in deliveries(store, record).await? {
        forget_delivery(store, &id, Some(&record.key)).await?;
    }
    match record.erased.filter(|_| !record.key_destroyed) {
        Some((ordered, _)) => store.erase_words(&record.key, ordered).await,
        None => Ok(()),
    }
}

/// Erases a delivery unless something in it is still needed. `going` is a record whose words go just now.
pub async fn forget_delivery(store: &Store, id: &DeliveryId, going: Option<&CommentKey>) -> Result<(), StoreError> {
    if needed(store, id, going).await? { Ok(()) } else { store.erase_delivery(id).await }
}

/// Every delivery that told of a record: those in its chain, and those that told nothing new.
async fn deliveries(store: &Store, record: &Record) -> Result<BTreeSet<DeliveryId>, StoreError> {
    let mut deliveries: BTreeSet<DeliveryId> = record.deliveries.iter().cloned().collect();
    deliveries.extend(store.told_again(&record.key).await?);
    Ok(deliveries)
}

/// Whether a delivery holds anything that is still there, or that people have to look at: it is read once more to find out.
async fn needed(store: &Store, id: &DeliveryId, going: Option<&CommentKey>) -> Result<bool, StoreError> {
    let Some(kept) = store.delivery(id).await? else { return Ok(true) };
    match kept.state {
        // One that is not worked off yet is looked at again when it is.
        DeliveryState::Kept => return Ok(true),
        DeliveryState::Erased => return Ok(false),
        DeliveryState::WorkedOff => {}
    }
    let directory = store.directory().await?;
    let default_account = directory.doors.get(&id.door).and_then(|door| door.terms.only_account());
    let context = ParseContext { door: id.door.as_str(), digest: &id.digest, default_account };
    let parsed = platform::parse(kept.delivery.provider, &kept.delivery.body, &kept.delivery.headers, &context);
    let matters = parsed.quarantined.iter().chain(&parsed.ended).map(|matter| matter.comment_id().key());
    let keys: BTreeSet<CommentKey> = parsed.events.iter().map(|event| event.id.key()).chain(matters).collect();
    for key in keys.iter().filter(|key| Some(*key) != going) {
        if Record::fold(&store.chain(key).await?).is_none_or(|record| needs_its_delivery(&record)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a record's words, or people who have to look at what arrived, need the delivery.
fn needs_its_delivery(record: &Record) -> bool {
    if record.erased.is_some() {
        return !record.is_erased();
    }
    let closed = record.state() == State::Closed && record.decisions.iter().all(|decision| !decision.outcome.is_safety());
    !(record.holds_no_words() && closed)
}
