//! Lists for people: pages of heads, soonest deadline first, over an index in several parts.
//!
//! A list is a living thing: a record whose deadline moves between two pages may stand on both, or be passed over by the second.
//! Whoever needs every record once (an audit, an export) reads the table ([`Store::keys`]) and not a list.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::item::{Item, Reader, s};
use super::{Store, StoreError, cause, keys};
use crate::model::{Band, CampaignId, CommentKey, Head, State};

/// Heads that one request of DynamoDB returns at most.
const BATCH: usize = 100;
/// Times that unprocessed keys of a batch are asked for again before the list is given up.
const ATTEMPTS: usize = 5;

/// Which records, and from where on.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// `None` stands for records that no campaign claims.
    pub campaigns: Vec<Option<CampaignId>>,
    pub states: Vec<State>,
    pub bands: Vec<Band>,
    pub after: Option<Cursor>,
    pub limit: usize,
}

/// One page, sorted by [`Head::sort`]: soonest first, or latest first if only closed records were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ListPage {
    pub heads: Vec<Head>,
    /// Where the next page begins; `None` if this was the last.
    pub next: Option<Cursor>,
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor(String);

impl Cursor {
    /// Reads a cursor out of an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (time, key) = text.split_once('.')?;
        let digits = time.len() == 13 && time.bytes().all(|b| b.is_ascii_digit());
        (digits && CommentKey::parse(key).is_some()).then(|| Self(format!("{time}#{key}")))
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A number sign would end an address.
        f.write_str(&self.0.replace('#', "."))
    }
}

impl Store {
    /// One page of records.
    ///
    /// Every part of the index is asked for a page, since any of them may hold the soonest; the heads themselves are read
    /// consistently, so that what somebody just decided shows.
    pub async fn list(&self, query: &ListQuery) -> Result<ListPage, StoreError> {
        let (entries, next) = self.entries(query).await?;
        let heads = self.heads(entries.iter().map(|(_, key)| key)).await?;
        let listed = |head: &Head| query.states.contains(&head.state) && query.bands.contains(&head.band);
        let heads = entries.iter().filter_map(|(_, key)| heads.get(key)).filter(|head| listed(head)).cloned().collect();
        Ok(ListPage { heads, next })
    }

    /// The keys of one page, and where the next one begins, for whoever reads the records themselves.
    pub async fn listed(&self, query: &ListQuery) -> Result<(Vec<CommentKey>, Option<Cursor>), StoreError> {
        let (entries, next) = self.entries(query).await?;
        Ok((entries.into_iter().map(|(_, key)| key).collect(), next))
    }

    /// One page's places and keys.
    async fn entries(&self, query: &ListQuery) -> Result<(Vec<(String, CommentKey)>, Option<Cursor>), StoreError> {
        let newest_first = query.states == [State::Closed];
        let mut parts = JoinSet::new();
        for list in lists(query) {
            let (store, after, limit) = (self.clone(), query.after.clone(), query.limit);
            parts.spawn(async move { store.list_part(&list, after, limit, newest_first).await });
        }
        let mut entries: Vec<(String, CommentKey)> = Vec::new();
        while let Some(joined) = parts.join_next().await {
            let found =
                joined.map_err(|_| StoreError::Unavailable { doing: "reading a list", source: "a task stopped".into() })?;
            entries.extend(found?);
        }
        entries.sort();
        if newest_first {
            entries.reverse();
        }
        let more = entries.len() > query.limit;
        entries.truncate(query.limit);
        let next = entries.last().filter(|_| more).map(|(sort, _)| Cursor(sort.clone()));
        Ok((entries, next))
    }

    /// One more than asked for, so that the caller sees whether there is a next page.
    async fn list_part(
        &self,
        list: &str,
        after: Option<Cursor>,
        limit: usize,
        newest_first: bool,
    ) -> Result<Vec<(String, CommentKey)>, StoreError> {
        let limit = i32::try_from(limit + 1).unwrap_or(i32::MAX);
        let query = self.client.query().table_name(&self.table).index_name(keys::LIST_INDEX).limit(limit);
        let query = query.expression_attribute_names("#list", keys::LIST).expression_attribute_values(":list", s(list));
        let query = query.scan_index_forward(!newest_first);
        let query = match after {
            None => query.key_condition_expression("#list = :list"),
            Some(Cursor(after)) => {
                let beyond = if newest_first { "#list = :list AND #sort < :after" } else { "#list = :list AND #sort > :after" };
                let query = query.key_condition_expression(beyond).expression_attribute_names("#sort", keys::SORT);
                query.expression_attribute_values(":after", s(after))
            }
        };
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading a list"))?;
        page.items().iter().map(read_entry).collect()
    }

    /// The heads of these records; one that has none is left out.
    pub async fn heads(&self, wanted: impl Iterator<Item = &CommentKey>) -> Result<HashMap<CommentKey, Head>, StoreError> {
        let wanted: Vec<Item> = wanted
            .map(|key| Item::from([(keys::PK.to_owned(), s(keys::comment(key))), (keys::SK.to_owned(), s(keys::HEAD))]))
            .collect();
        let mut heads = HashMap::new();
        for batch in wanted.chunks(BATCH) {
            // Side by side, since each text waits for its record's key.
            let mut reading = JoinSet::new();
            for item in self.batch(batch.to_vec()).await? {
                let store = self.clone();
                reading.spawn(async move { store.read_head(&item).await });
            }
            while let Some(joined) = reading.join_next().await {
                let stopped = |_| StoreError::Unavailable { doing: "reading heads", source: "a task stopped".into() };
                let head = joined.map_err(stopped)??;
                heads.insert(head.key.clone(), head);
            }
        }
        Ok(heads)
    }

    async fn batch(&self, mut wanted: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(wanted.len());
        for _ in 0..ATTEMPTS {
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let request = request.map_err(|error| StoreError::Unavailable { doing: "reading heads", source: error.into() })?;
            let answer = self.client.batch_get_item().request_items(&self.table, request).send().await;
            let answer = answer.map_err(cause).map_err(StoreError::unavailable("reading heads"))?;
            found.extend(answer.responses().and_then(|tables| tables.get(&self.table)).cloned().unwrap_or_default());
            wanted = answer
                .unprocessed_keys()
                .and_then(|tables| tables.get(&self.table))
                .map(|rest| rest.keys().to_vec())
                .unwrap_or_default();
            if wanted.is_empty() {
                return Ok(found);
            }
        }
        Err(StoreError::Unavailable { doing: "reading heads", source: "DynamoDB left keys unprocessed".into() })
    }
}

fn lists(query: &ListQuery) -> Vec<String> {
    let mut lists = Vec::new();
    for campaign in &query.campaigns {
        for state in &query.states {
            for band in &query.bands {
                lists.extend((0..keys::LIST_SHARDS).map(|shard| keys::list(*state, campaign.as_ref(), *band, shard)));
            }
        }
    }
    lists
}

fn read_entry(item: &Item) -> Result<(String, CommentKey), StoreError> {
    let reader = Reader { item, what: "an entry of a list" };
    let key = keys::parse_comment(reader.string(keys::PK)?);
    let key = key.ok_or_else(|| StoreError::corrupt("an entry of a list", "its key is no comment's"))?;
    Ok((reader.string(keys::SORT)?.to_owned(), key))
}
