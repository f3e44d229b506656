//! Topics: what the workers share about each (its pace, who is subscribed), and which records wait for their turn at it.
//!
//! What they share is one small item for each topic and subject, replaced only by whoever read it last. A record that waits stands in a
//! sparse part of the index `work`, by rank; it is a help to find it and never the only reason why it is sent, for the record's
//! head wakes by itself as well.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::item::{Reader, json, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::CommentKey;

/// What workers share about a topic. The names stand in sort keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    Pace,
    Subscribers,
}

impl Shared {
    /// The start of the sort keys of these items.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Shared::Pace => "pace#",
            Shared::Subscribers => "subscribers#",
        }
    }
}

/// A value that workers share, and how often it was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revised<T> {
    pub value: T,
    revision: u64,
}

/// A record whose message waits for its turn at a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub key: CommentKey,
    /// The smallest goes first.
    pub rank: i64,
}

impl Store {
    /// What is known of a topic; `None` if nothing was ever noted.
    pub async fn shared<T: DeserializeOwned>(&self, what: Shared, topic: &str) -> Result<Option<Revised<T>>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::TOPICS_PK)).key(keys::SK, s(keys::shared(what, topic)));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading what is known of a topic"))?;
        let Some(item) = found.item() else { return Ok(None) };
        let reader = Reader { item, what: topic };
        Ok(Some(Revised { value: reader.parsed("value")?, revision: reader.number("revision")? }))
    }

    /// Replaces what is known of a topic; `false` if somebody else did so since `known` was read.
    pub async fn share<T: Serialize>(
        &self,
        what: Shared,
        topic: &str,
        known: Option<&Revised<T>>,
        value: &T,
    ) -> Result<bool, StoreError> {
        let revision = known.map_or(0, |known| known.revision);
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(keys::PK, s(keys::TOPICS_PK)).item(keys::SK, s(keys::shared(what, topic)));
        let put = put.item("value", json(value)).item("revision", n(revision + 1));
        let put = put.condition_expression("attribute_not_exists(pk) OR revision = :known");
        match put.expression_attribute_values(":known", n(revision)).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(StoreError::unavailable("noting what is known of a topic")(cause(error))),
        }
    }

    /// Every topic of which something of this kind is known.
    pub async fn topics(&self, what: Shared) -> Result<Vec<String>, StoreError> {
        let query = self.client.query().table_name(&self.table);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :what)");
        let query = query.expression_attribute_values(":pk", s(keys::TOPICS_PK));
        let query = query.expression_attribute_values(":what", s(what.prefix()));
        let mut pages = query.into_paginator().items().send();
        let mut topics = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("reading the topics"))?;
            let sk = Reader { item: &item, what: "the topics" }.string(keys::SK)?.to_owned();
            topics.extend(sk.strip_prefix(what.prefix()).map(str::to_owned));
        }
        Ok(topics)
    }

    /// Puts a record into a topic's queue, or to another place of it.
    pub async fn queue(&self, key: &CommentKey, topic: &str, rank: i64) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(keys::PK, s(keys::comment(key))).item(keys::SK, s(keys::waiting(topic)));
        let put = put.item(keys::WORK, s(keys::waiting(topic))).item(keys::WAKE, n(rank));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("queueing for a topic"))?;
        Ok(())
    }

    /// Takes a record out of a topic's queue. The item stays, outside the index.
    pub async fn leave_queue(&self, key: &CommentKey, topic: &str) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::comment(key))).key(keys::SK, s(keys::waiting(topic)));
        let update = update.update_expression("REMOVE #work, #wake");
        let update = update.expression_attribute_names("#work", keys::WORK).expression_attribute_names("#wake", keys::WAKE);
        update.send().await.map_err(cause).map_err(StoreError::unavailable("leaving a topic's queue"))?;
        Ok(())
    }

    /// The first `limit` records of a topic's queue.
    pub async fn waiting(&self, topic: &str, limit: i32) -> Result<Vec<Waiting>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name(keys::WORK_INDEX).limit(limit);
        let query = query.key_condition_expression("#work = :waiting").expression_attribute_names("#work", keys::WORK);
        let query = query.expression_attribute_values(":waiting", s(keys::waiting(topic)));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading a topic's queue"))?;
        let waiting = page.items().iter().map(|item| {
            let reader = Reader { item, what: "a topic's queue" };
            let key = keys::parse_comment(reader.string(keys::PK)?);
            let key = key.ok_or_else(|| StoreError::corrupt("a topic's queue", "an entry is no comment's"))?;
            Ok(Waiting { key, rank: reader.number(keys::WAKE)? })
        });
        waiting.collect()
    }
}
