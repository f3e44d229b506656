//! Taking words away: from the record that says so, and from the deliveries that brought them, once nothing in those is needed any more.
//!
//! Whether something has to go is decided in `model::keep`; this file does it, and can do it again. The words go last: while they are
//! there, the record is known to be unfinished.

use std::collections::BTreeSet;

use crate::error::StageError;
use crate::model::delivery::DeliveryState;
use crate::model::{CommentKey, DeliveryId, Record};
use crate::platform::{self, ParseContext};
use crate::store::{Store, StoreError};

/// Erases the words of a record whose chain orders it.
pub async fn forget(store: &Store, record: &Record) -> Result<(), StageError> {
    let Some((ordered, _)) = record.erased else { return Ok(()) };
    let told_before = record.sightings.iter().filter(|(seq, _)| *seq < ordered);
    let deliveries: BTreeSet<DeliveryId> = told_before.map(|(_, sighting)| sighting.delivery.clone()).collect();
    for id in deliveries {
        if !needed_by_others(store, &id, &record.key).await? {
            store.erase_delivery(&id).await?;
        }
    }
    Ok(store.erase_words(&record.key, ordered).await?)
}

/// Whether a delivery holds anything beside this record's comment that is still there: it is read once more to find out.
async fn needed_by_others(store: &Store, id: &DeliveryId, key: &CommentKey) -> Result<bool, StoreError> {
    let Some(kept) = store.delivery(id).await? else { return Ok(true) };
    match kept.state {
        DeliveryState::Erased => return Ok(false),
        DeliveryState::Kept => return Ok(true),
        DeliveryState::WorkedOff => {}
    }
    let directory = store.directory().await?;
    let default_account = directory.doors.get(&id.door).and_then(|door| door.terms.only_account());
    let context = ParseContext { digest: &id.digest, door: id.door.as_str(), default_account };
    let parsed = platform::parse(kept.delivery.provider, &kept.delivery.body, &kept.delivery.headers, &context);
    if !parsed.quarantined.is_empty() || !parsed.ended.is_empty() {
        // A person decides about these by what the delivery says.
        return Ok(true);
    }
    let others: BTreeSet<CommentKey> = parsed.events.iter().map(|event| event.id.key()).filter(|other| other != key).collect();
    for other in others {
        let erased = Record::fold(&store.chain(&other).await?).is_some_and(|record| record.is_erased());
        if !erased {
            return Ok(true);
        }
    }
    Ok(false)
}
