//! Stand-in for the store, in memory: replaced at the merge.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::model::chain::{self, New};
use crate::model::{Band, CampaignId, CommentKey, Entry, Head, Record, record::State};

#[derive(Clone, Default)]
pub struct Store(Arc<Mutex<BTreeMap<CommentKey, Vec<Entry>>>>);

#[derive(Debug, thiserror::Error)]
#[error("the store does not answer")]
pub struct StoreError;

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    #[error("somebody else appended meanwhile")]
    Conflict,
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub struct ListQuery {
    pub campaigns: Vec<Option<CampaignId>>,
    pub states: Vec<State>,
    pub bands: Vec<Band>,
    pub after: Option<Cursor>,
    pub limit: usize,
}

pub struct ListPage {
    pub heads: Vec<Head>,
    pub next: Option<Cursor>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cursor(usize);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Cursor {
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl Store {
    pub async fn chain(&self, key: &CommentKey) -> Result<Vec<Entry>, StoreError> {
        Ok(self.0.lock().unwrap().get(key).cloned().unwrap_or_default())
    }

    pub async fn append(&self, key: &CommentKey, last: Option<&Entry>, new: Vec<New>) -> Result<Vec<Entry>, AppendError> {
        let mut map = self.0.lock().unwrap();
        let entries = map.entry(key.clone()).or_default();
        if entries.last().map(|e| e.seq) != last.map(|e| e.seq) {
            return Err(AppendError::Conflict);
        }
        let mut added = Vec::new();
        for new in new {
            let (entry, _) = chain::seal(key, entries.last(), new);
            entries.push(entry.clone());
            added.push(entry);
        }
        Ok(added)
    }

    pub async fn project(&self, _head: &Head) -> Result<(), StoreError> {
        Ok(())
    }

    pub async fn list(&self, query: &ListQuery) -> Result<ListPage, StoreError> {
        let map = self.0.lock().unwrap();
        let heads = map.values().filter_map(|entries| Record::fold(entries)).map(|record| Head::of(&record, None));
        let mut heads: Vec<Head> = heads
            .filter(|head| {
                query.campaigns.contains(&head.campaign) && query.states.contains(&head.state) && query.bands.contains(&head.band)
            })
            .collect();
        heads.sort_by_key(|head| head.sort);
        let from = query.after.as_ref().map_or(0, |cursor| cursor.0);
        let next = (heads.len() > from + query.limit).then(|| Cursor(from + query.limit));
        Ok(ListPage { heads: heads.into_iter().skip(from).take(query.limit).collect(), next })
    }
}
