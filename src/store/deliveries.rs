//! Deliveries: kept in one conditional write before anybody is answered, read back byte for byte, marked when worked off.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::item::{Item, Reader, json, n, s};
use super::{Store, StoreError, cause, keys, words};
use crate::model::delivery::DeliveryState;
use crate::model::{Delivery, DeliveryId, DoorId, Provider, Verified, Waking};
use crate::vault::Named;

/// Bytes of compressed body in one item: an item may hold 400 KB, and the headers and keys need room.
const PART_BYTES: usize = 350 * 1024;
/// The attribute that names the key of a delivery's bytes; absent where they are plain.
const BODY_KEY: &str = "body_key";
/// How long a delivery waits for the key store: a platform is waiting, and the table has to be asked yet.
const KEY_LIMIT: Duration = Duration::from_millis(400);
/// Zstandard's default level: bodies are JSON, and more effort saves little.
const COMPRESSION_LEVEL: i32 = 3;
/// Bytes a kept body may unpack to: more than the door lets in, so that only a damaged item meets it.
const MAX_UNPACKED_BYTES: u64 = 16 * 1024 * 1024;

/// The delivery is durable. Only [`Store::keep`] makes one, and the only 200 that a webhook gets takes one.
///
/// ```compile_fail,E0451
/// fn invent(id: dayzero::model::DeliveryId) -> dayzero::store::Receipt {
///     dayzero::store::Receipt { id, again: false, sealed: true }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    id: DeliveryId,
    again: bool,
    sealed: bool,
}

impl Receipt {
    /// The delivery that is now kept.
    pub fn id(&self) -> &DeliveryId {
        &self.id
    }

    /// Whether this very delivery had been kept before.
    pub fn again(&self) -> bool {
        self.again
    }

    /// Whether its bytes had a key of their own: not if the key store did not answer.
    pub fn sealed(&self) -> bool {
        self.sealed
    }
}

/// A kept delivery, read back.
#[derive(Clone, Debug)]
pub struct Kept {
    pub delivery: Delivery,
    pub state: DeliveryState,
    /// Whether its bytes are sealed: not if the key store did not answer when it came.
    pub sealed: bool,
}

impl Store {
    /// Keeps a verified delivery under its door and digest.
    ///
    /// The head item's condition decides whether this is the first time. Parts of a large body are written before it, under keys that
    /// only these bytes have: a crash in between leaves parts that the next attempt writes again, and never an answer of 200.
    pub async fn keep(&self, delivery: &Verified<Delivery>, telling_headers: &[&str]) -> Result<Receipt, StoreError> {
        const DOING: &str = "keeping a delivery";
        let delivery = delivery.get();
        let id = delivery.id(telling_headers);
        let key = self.delivery_key().await;
        let packed = zstd::bulk::compress(&delivery.body, COMPRESSION_LEVEL)
            .map_err(|error| StoreError::Unavailable { doing: DOING, source: error.into() })?;
        let mut parts = packed.chunks(PART_BYTES);
        let first = parts.next().unwrap_or_default();
        let others = self.put_parts(&id, parts, key.as_ref()).await?;
        let mut item = head_item(&id, delivery, others + 1);
        item.extend(body_item(&id, keys::RAW, first, key.as_ref())?);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").send();
        let sealed = key.is_some();
        // A refused delivery's key is not used again: the refusal may be the client's own second attempt, after a reply that was lost.
        let (put, ()) = tokio::join!(put, self.next_delivery_key());
        match put {
            Ok(_) => Ok(Receipt { id, again: false, sealed }),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(Receipt { id, again: true, sealed }),
            Err(error) => Err(StoreError::unavailable(DOING)(cause(error))),
        }
    }

    /// A key that is durable before the delivery is: no delivery can be without its key. A key store that does not answer costs a
    /// moment and no delivery: the bytes are then kept as the table itself keeps everything, and sealed when they are worked off.
    async fn delivery_key(&self) -> Option<Named> {
        match tokio::time::timeout(KEY_LIMIT, self.vault.ready_key()).await {
            Ok(Ok(key)) => Some(key),
            Ok(Err(error)) => {
                tracing::error!(%error, "a delivery is kept under the table's own encryption alone");
                None
            }
            Err(_elapsed) => {
                tracing::error!("a delivery is kept under the table's own encryption alone: the key store took too long");
                None
            }
        }
    }

    /// Makes a key ready for the next delivery while this one is being kept, so that neither waits.
    async fn next_delivery_key(&self) {
        if let Ok(Err(error)) = tokio::time::timeout(KEY_LIMIT, self.vault.refill()).await {
            tracing::warn!(%error, "no key is ready for the next delivery");
        }
    }

    /// Writes the parts after the first, side by side: a platform is waiting.
    async fn put_parts(
        &self,
        id: &DeliveryId,
        parts: impl Iterator<Item = &[u8]>,
        key: Option<&Named>,
    ) -> Result<usize, StoreError> {
        let mut writing = JoinSet::new();
        for (index, part) in parts.enumerate() {
            let (store, item) = (self.clone(), part_item(id, index + 1, part, key)?);
            writing.spawn(async move { store.put_part(item).await });
        }
        let count = writing.len();
        while let Some(written) = writing.join_next().await {
            written
                .map_err(|error| StoreError::Unavailable { doing: "keeping a part of a delivery", source: error.into() })??;
        }
        Ok(count)
    }

    async fn put_part(&self, item: Item) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        // A part is named after the bytes of its delivery: one that is there holds them, or held them before they were erased.
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()),
            Err(error) => Err(StoreError::unavailable("keeping a part of a delivery")(cause(error))),
        }
    }

    /// Reads a delivery back; `None` if it was never kept.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<Kept>, StoreError> {
        let mut parts = self.delivery_items(id).await?;
        // `raw` sorts before `raw#01`, so the head comes first.
        if parts.is_empty() {
            return Ok(None);
        }
        let head = parts.remove(0);
        let what = format!("delivery {id}");
        let reader = Reader { item: &head, what: &what };
        let state = reader.parsed("state")?;
        let erased = |reader: &Reader<'_>| {
            let delivery = named(reader, Vec::new())?;
            Ok(Some(Kept { delivery, state: DeliveryState::Erased, sealed: true }))
        };
        if state == DeliveryState::Erased {
            return erased(&reader);
        }
        let expected: usize = reader.number("parts")?;
        if parts.len() + 1 != expected {
            return Err(StoreError::corrupt(&what, format!("{} of {expected} parts are there", parts.len() + 1)));
        }
        let mut packed = Vec::new();
        for part in [&head].into_iter().chain(&parts) {
            // Its key was destroyed, and this copy of the table is older than that.
            let Some(bytes) = self.opened_body(part, &what).await? else { return erased(&reader) };
            packed.extend_from_slice(&bytes);
        }
        let body = unpack(&packed).map_err(|error| StoreError::corrupt(&what, error))?;
        let sealed = [&head].into_iter().chain(&parts).all(|part| part.contains_key(BODY_KEY));
        Ok(Some(Kept { delivery: named(&reader, body)?, state, sealed }))
    }

    /// The compressed bytes of one item of a delivery; `None` if their key was destroyed.
    async fn opened_body(&self, item: &Item, what: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let reader = Reader { item, what };
        let bytes = reader.bytes("body")?;
        if !item.contains_key(BODY_KEY) {
            return Ok(Some(bytes.to_vec()));
        }
        let Some(key) = self.vault.key(reader.string(BODY_KEY)?, 0).await? else { return Ok(None) };
        words::open(&key, &words::place(reader.string(keys::PK)?, reader.string(keys::SK)?), bytes).map(Some)
    }

    /// Seals what was kept while the key store did not answer. Each item says by itself whether it is sealed, so that a crash in between
    /// costs nothing, and nothing is sealed twice.
    pub async fn seal_delivery(&self, id: &DeliveryId) -> Result<(), StoreError> {
        let key = self.vault.ready_key().await?;
        for item in self.delivery_items(id).await? {
            let reader = Reader { item: &item, what: "a part of a delivery" };
            if item.contains_key(BODY_KEY) || !item.contains_key("body") {
                continue;
            }
            let (sk, bytes) = (reader.string(keys::SK)?, reader.bytes("body")?);
            let mut sealed = body_item(id, sk, bytes, Some(&key))?;
            let update = self.client.update_item().table_name(&self.table);
            let update = update.key(keys::PK, s(keys::delivery(id))).key(keys::SK, s(sk));
            let update = update.update_expression("SET body = :body, #key = :key").expression_attribute_names("#key", BODY_KEY);
            let update = update.condition_expression("attribute_exists(body) AND attribute_not_exists(#key)");
            let update = update.set_expression_attribute_values(Some(Item::from([
                (":body".to_owned(), sealed.remove("body").unwrap_or(AttributeValue::Null(true))),
                (":key".to_owned(), s(&key.pk)),
            ])));
            match update.send().await {
                Ok(_) => {}
                // Somebody sealed or erased it meanwhile.
                Err(error) if error.code() == Some("ConditionalCheckFailedException") => {}
                Err(error) => return Err(StoreError::unavailable("sealing a delivery")(cause(error))),
            }
        }
        Ok(())
    }

    async fn delivery_items(&self, id: &DeliveryId) -> Result<Vec<Item>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(keys::delivery(id)));
        let mut pages = query.into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.map_err(cause).map_err(StoreError::unavailable("reading a delivery"))?);
        }
        // Parts without a head belong to a delivery that was never answered.
        let headed = items.first().is_some_and(|item: &Item| item.get(keys::SK) == Some(&s(keys::RAW)));
        Ok(if headed { items } else { Vec::new() })
    }

    /// Takes the bytes of a worked-off delivery away; its name, its time and its headers stay, so that it is known when it comes again.
    /// The keys go first, and with them the bytes in every backup; then the head: whoever does this again finds the parts that a crash left.
    pub async fn erase_delivery(&self, id: &DeliveryId) -> Result<(), StoreError> {
        const DOING: &str = "erasing a delivery";
        let items = self.delivery_items(id).await?;
        for item in &items {
            if item.contains_key(BODY_KEY) {
                self.vault.destroy(Reader { item, what: "a part of a delivery" }.string(BODY_KEY)?, 1).await?;
            }
        }
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::delivery(id))).key(keys::SK, s(keys::RAW));
        let update = update.update_expression("SET #state = :erased REMOVE body, parts");
        let update = update.condition_expression("attribute_exists(pk) AND #state <> :kept");
        let update = update.expression_attribute_names("#state", "state");
        let update = update.expression_attribute_values(":erased", json(&DeliveryState::Erased));
        let update = update.expression_attribute_values(":kept", json(&DeliveryState::Kept));
        update.send().await.map_err(cause).map_err(StoreError::unavailable(DOING))?;
        for item in items.iter().skip(1) {
            let reader = Reader { item, what: "a part of a delivery" };
            let sk = reader.string(keys::SK)?;
            let update = self.client.update_item().table_name(&self.table);
            let update = update.key(keys::PK, s(keys::delivery(id))).key(keys::SK, s(sk));
            // No item is ever deleted: no role may, so that nobody can.
            let update = update.update_expression("REMOVE body");
            update.send().await.map_err(cause).map_err(StoreError::unavailable(DOING))?;
        }
        Ok(())
    }

    /// Marks a delivery as worked off: every part of it has its record. It leaves the index of open work.
    pub async fn worked_off(&self, id: &DeliveryId, at: Timestamp) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::delivery(id))).key(keys::SK, s(keys::RAW));
        let update = update.update_expression("SET #state = :state, worked_off_at = :at REMOVE #work, #wake");
        // A worker that was slow must not undo what came after it.
        let update = update.condition_expression("attribute_exists(pk) AND #state <> :erased");
        let update = update.expression_attribute_values(":erased", json(&DeliveryState::Erased));
        let update = update.expression_attribute_names("#state", "state");
        let update = update.expression_attribute_names("#work", keys::WORK).expression_attribute_names("#wake", keys::WAKE);
        let update = update.expression_attribute_values(":state", json(&DeliveryState::WorkedOff));
        let update = update.expression_attribute_values(":at", json(&at));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()),
            Err(error) => Err(StoreError::unavailable("marking a delivery as worked off")(cause(error))),
        }
    }
}

/// What the head item says of a delivery, around its bytes.
fn named(reader: &Reader<'_>, body: Vec<u8>) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        door: DoorId::new(reader.string("door")?),
        provider: reader.parsed::<Provider>("provider")?,
        body,
        headers: reader.parsed::<BTreeMap<String, String>>("headers")?,
        received_at: reader.parsed("received_at")?,
    })
}

fn part_item(id: &DeliveryId, part: usize, bytes: &[u8], key: Option<&Named>) -> Result<Item, StoreError> {
    let sk = keys::raw_part(part);
    let mut item = Item::from([(keys::PK.to_owned(), s(keys::delivery(id))), (keys::SK.to_owned(), s(&sk))]);
    item.extend(body_item(id, &sk, bytes, key)?);
    Ok(item)
}

/// The attributes that hold bytes of a delivery: sealed for their item, or plain where there was no key.
fn body_item(id: &DeliveryId, sk: &str, bytes: &[u8], key: Option<&Named>) -> Result<Item, StoreError> {
    let Some(named) = key else { return Ok(Item::from([("body".to_owned(), AttributeValue::B(Blob::new(bytes)))])) };
    let sealed = named.key.seal(&words::place(&keys::delivery(id), sk), bytes);
    let sealed = sealed.map_err(|error| StoreError::Unavailable { doing: "sealing a delivery", source: error.into() })?;
    let body = ("body".to_owned(), AttributeValue::B(Blob::new(sealed)));
    Ok(Item::from([body, (BODY_KEY.to_owned(), s(&named.pk))]))
}

fn head_item(id: &DeliveryId, delivery: &Delivery, parts: usize) -> Item {
    Item::from([
        (keys::PK.to_owned(), s(keys::delivery(id))),
        (keys::SK.to_owned(), s(keys::RAW)),
        ("door".to_owned(), s(delivery.door.as_str())),
        ("provider".to_owned(), json(&delivery.provider)),
        ("headers".to_owned(), json(&delivery.headers)),
        ("received_at".to_owned(), json(&delivery.received_at)),
        ("state".to_owned(), json(&DeliveryState::Kept)),
        ("parts".to_owned(), n(parts)),
        (keys::WORK.to_owned(), s(keys::work_shard(keys::delivery_shard(id)))),
        (keys::WAKE.to_owned(), n(Waking { at: delivery.received_at, owed: true }.number())),
    ])
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let mut decoder = zstd::Decoder::new(packed)?.take(MAX_UNPACKED_BYTES);
    decoder.read_to_end(&mut body)?;
    Ok(body)
}
