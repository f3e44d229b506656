//! Marks: which chains move in which window of ten minutes, so that a root over their ends can be made without reading every record.
//!
//! A chain is marked *before* an entry is added to it: a crash in between marks a chain that did not move, which costs one look, and
//! never moves one that is not marked. A mark is a put, so twice is once; a process that has marked a chain in this window does not
//! do it again. DynamoDB drops marks by itself after [`MARKS_KEPT`].

use std::collections::HashSet;
use std::sync::Mutex;

use jiff::Timestamp;

use super::item::{Item, Reader, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::roots::{self, MARKS_KEPT};
use crate::model::{ChainKey, Leaf, Revision};

/// Marks of a window that a process remembers having made; it forgets them all when there are more, and marks again.
const MOST_REMEMBERED: usize = 10_000;
/// Marks that one request reads.
const PAGE: i32 = 1_000;

/// What this process has marked in the window that it last marked in.
#[derive(Debug, Default)]
pub(super) struct Marked(Mutex<(Timestamp, HashSet<ChainKey>)>);

impl Marked {
    fn is_new(&self, window: Timestamp, key: &ChainKey) -> bool {
        let known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        known.0 != window || !known.1.contains(key)
    }

    fn add(&self, window: Timestamp, key: &ChainKey) {
        let mut known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if known.0 != window || known.1.len() >= MOST_REMEMBERED {
            *known = (window, HashSet::new());
        }
        known.1.insert(key.clone());
    }
}

impl Store {
    /// Marks a chain that is about to move.
    pub(super) async fn mark(&self, key: &ChainKey) -> Result<(), StoreError> {
        let window = roots::window(self.clock.now());
        if !self.marked.is_new(window, key) {
            return Ok(());
        }
        let expires = window.as_second().saturating_add(MARKS_KEPT.as_secs());
        let item = Item::from([
            (keys::PK.to_owned(), s(keys::moved(window, keys::moved_shard(key)))),
            (keys::SK.to_owned(), s(key.as_str())),
            (keys::EXPIRES.to_owned(), n(expires)),
        ]);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("marking a chain that moves"))?;
        self.marked.add(window, key);
        Ok(())
    }

    /// The parts in which the marks of a window stand.
    pub fn moved_parts() -> std::ops::Range<u8> {
        0..keys::MOVED_SHARDS
    }

    /// Chains that were marked in one part of a window, in order, from the one after `after` on: a page of them, empty at the end.
    pub async fn moved(&self, window: Timestamp, part: u8, after: Option<&ChainKey>) -> Result<Vec<ChainKey>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(PAGE);
        let query = query.key_condition_expression("pk = :pk AND sk > :after").projection_expression("sk");
        let query = query.expression_attribute_values(":pk", s(keys::moved(window, part)));
        // Before every key, and yet not empty, which DynamoDB does not take.
        let query = query.expression_attribute_values(":after", s(after.map_or(" ", ChainKey::as_str)));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading which chains moved"))?;
        let read = |item: &Item| -> Result<ChainKey, StoreError> {
            let key = ChainKey::parse(Reader { item, what: "a mark" }.string(keys::SK)?);
            key.ok_or_else(|| StoreError::corrupt("a mark", "its sort key is no chain's"))
        };
        page.items().iter().map(read).collect()
    }

    /// The newest entry of a chain: its number and hash, and nothing of what it holds. `None` if the chain is empty.
    pub async fn tip(&self, key: &ChainKey) -> Result<Option<Leaf>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).scan_index_forward(false).limit(1);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :events)").projection_expression("#seq, #hash");
        let query = query.expression_attribute_names("#seq", "seq").expression_attribute_names("#hash", "hash");
        let query = query.expression_attribute_values(":pk", s(keys::chain(key)));
        let query = query.expression_attribute_values(":events", s(keys::EVENT_PREFIX));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading a chain's end"))?;
        let Some(item) = page.items().first() else { return Ok(None) };
        let reader = Reader { item, what: key.as_str() };
        Ok(Some(Leaf { key: key.clone(), seq: Revision(reader.number("seq")?), hash: reader.string("hash")?.to_owned() }))
    }
}
