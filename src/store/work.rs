//! Open work: everything that the machine still owes, from a sparse index. This is what the sweep reads.

use std::fmt;

use jiff::Timestamp;

use super::item::{Item, Reader, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::{CommentKey, DeliveryId, Waking};

/// Pages of one part of the index that are read at most for work that is due: owed work that a stage leaves alone for a while comes first.
const PAGES: usize = 64;

/// One thing that the machine has to look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    Delivery(DeliveryId),
    Comment(CommentKey),
}

/// As errors name it.
impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Work::Delivery(id) => write!(f, "delivery {id}"),
            Work::Comment(key) => write!(f, "comment {key}"),
        }
    }
}

impl Work {
    /// From the keys of an item, as a stream record carries them; `None` for items that are no work of their own.
    pub fn of_item(pk: &str, sk: &str) -> Option<Work> {
        match sk {
            keys::RAW => keys::parse_delivery(pk).map(Work::Delivery),
            keys::HEAD => keys::parse_comment(pk).map(Work::Comment),
            _ => None,
        }
    }
}

/// Work and since when it is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OpenWork {
    pub work: Work,
    pub due: Timestamp,
}

impl Store {
    /// Work that is due at `now`, the longest due first: at most `limit` items of each part of the index.
    pub async fn open_work(&self, now: Timestamp, limit: i32) -> Result<Vec<OpenWork>, StoreError> {
        let mut shards = tokio::task::JoinSet::new();
        for shard in 0..keys::WORK_SHARDS {
            let store = self.clone();
            shards.spawn(async move { store.shard_work(shard, now, limit).await });
        }
        let mut open = Vec::new();
        while let Some(joined) = shards.join_next().await {
            let found =
                joined.map_err(|_| StoreError::Unavailable { doing: "reading open work", source: "a task stopped".into() })?;
            open.extend(found?);
        }
        open.sort_by_key(|open: &OpenWork| open.due);
        Ok(open)
    }

    async fn shard_work(&self, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<OpenWork>, StoreError> {
        let mut open = Vec::new();
        let mut after = None;
        for _ in 0..PAGES {
            let query = self.client.query().table_name(&self.table).index_name(keys::WORK_INDEX).limit(limit);
            let query = query.key_condition_expression("#work = :shard AND #wake <= :now").set_exclusive_start_key(after);
            let query = query.expression_attribute_names("#work", keys::WORK).expression_attribute_names("#wake", keys::WAKE);
            let query = query.expression_attribute_values(":shard", s(keys::work_shard(shard)));
            let query = query.expression_attribute_values(":now", n(now.as_millisecond()));
            let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading open work"))?;
            for item in page.items() {
                open.extend(read_work(item, now)?);
            }
            after = page.last_evaluated_key().cloned();
            if after.is_none() || open.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                break;
            }
        }
        Ok(open)
    }
}

/// `None` for owed work that a stage leaves alone for a while.
fn read_work(item: &Item, now: Timestamp) -> Result<Option<OpenWork>, StoreError> {
    let reader = Reader { item, what: "an item of open work" };
    let (pk, sk) = (reader.string(keys::PK)?, reader.string(keys::SK)?);
    let work = Work::of_item(pk, sk);
    let work = work.ok_or_else(|| StoreError::corrupt("an item of open work", format!("no work has the sort key {sk}")))?;
    let waking = Waking::from_number(reader.number(keys::WAKE)?).ok_or_else(|| StoreError::corrupt(sk, "its wake is no time"))?;
    Ok(waking.is_due(now).then_some(OpenWork { work, due: waking.at }))
}
