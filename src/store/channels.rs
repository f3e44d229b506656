//! Channels: what was heard of each account, and the watch that is kept on it, in one item an account. `assess` writes the one and
//! `watch` the other, so that neither waits for the other.
//!
//! Accounts that no protocol lists lie in a partition of their own: whoever writes under a thousand names hides no channel.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;

use super::item::{Item, Reader, json, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::channel::Vigil;
use crate::model::{Account, Heard, Hearing};

/// Attempts to write what was heard: each loses only to somebody else who heard something.
const ATTEMPTS: usize = 8;
/// Accounts without a channel that are read for the page: more are a matter for whoever opened them.
const UNLISTED_SHOWN: i32 = 200;

/// What is kept of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptChannel {
    /// `None`: never heard.
    pub heard: Option<Heard>,
    /// `None`: no protocol lists it, or `watch` has not seen it yet.
    pub vigil: Option<Vigil>,
}

impl Store {
    /// Writes down what was heard of an account; one that the hearing gives no channel is unlisted.
    pub async fn hear(&self, account: &Account, hearing: &Hearing) -> Result<Heard, StoreError> {
        let pk = if hearing.channel.is_some() { keys::CHANNELS_PK } else { keys::UNLISTED_PK };
        for _ in 0..ATTEMPTS {
            let known = self.heard_item(pk, account).await?;
            let revision: u64 = match &known {
                Some(item) if item.contains_key("revision") => Reader { item, what: "a channel" }.number("revision")?,
                _ => 0,
            };
            let before = known.as_ref().map(read_channel).transpose()?.and_then(|kept| kept.heard);
            let heard = Heard::after(before.as_ref(), hearing);
            let update = self.client.update_item().table_name(&self.table);
            let update = update.key(keys::PK, s(pk)).key(keys::SK, s(account.to_string()));
            let update = update.update_expression("SET heard = :heard, revision = :next");
            let update = update.condition_expression("attribute_not_exists(revision) OR revision = :known");
            let update = update.expression_attribute_values(":heard", json(&heard));
            let update = update.expression_attribute_values(":next", n(revision + 1));
            let update = update.expression_attribute_values(":known", n(revision));
            match update.send().await {
                Ok(_) => return Ok(heard),
                Err(SdkError::ServiceError(refused)) if refused.err().is_conditional_check_failed_exception() => {}
                Err(error) => return Err(StoreError::unavailable("writing down what was heard")(cause(error))),
            }
        }
        Err(StoreError::Unavailable { doing: "writing down what was heard", source: "too many others write it".into() })
    }

    async fn heard_item(&self, pk: &str, account: &Account) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(pk)).key(keys::SK, s(account.to_string()));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a channel"))?;
        Ok(found.item().cloned())
    }

    /// One account that a protocol lists, or once did; empty if nothing is known of it.
    pub async fn channel(&self, account: &Account) -> Result<KeptChannel, StoreError> {
        Ok(self.heard_item(keys::CHANNELS_PK, account).await?.as_ref().map(read_channel).transpose()?.unwrap_or_default())
    }

    /// Every account that a protocol lists, or once did, as far as anything is known of it.
    pub async fn channels(&self) -> Result<BTreeMap<Account, KeptChannel>, StoreError> {
        self.channels_of(keys::CHANNELS_PK, None).await
    }

    /// Accounts that were heard and that no protocol listed then: some of them, if there are very many.
    pub async fn unlisted_channels(&self) -> Result<BTreeMap<Account, KeptChannel>, StoreError> {
        self.channels_of(keys::UNLISTED_PK, Some(UNLISTED_SHOWN)).await
    }

    async fn channels_of(&self, pk: &str, most: Option<i32>) -> Result<BTreeMap<Account, KeptChannel>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).set_limit(most);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(pk));
        let mut pages = query.into_paginator().send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(cause).map_err(StoreError::unavailable("reading the channels"))?;
            for item in page.items() {
                let account = Account::parse(Reader { item, what: "a channel" }.string(keys::SK)?);
                // An account of a platform that this version does not know is no channel of its protocols.
                if let Some(account) = account {
                    found.insert(account, read_channel(item)?);
                }
            }
            if most.is_some() {
                break;
            }
        }
        Ok(found)
    }

    /// Replaces the watch that is kept on an account, if it is still the one that is known; `false` if somebody else was faster.
    pub async fn keep_vigil(&self, account: &Account, known: Option<&Vigil>, new: Option<&Vigil>) -> Result<bool, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::CHANNELS_PK)).key(keys::SK, s(account.to_string()));
        let update = match new {
            Some(new) => update.update_expression("SET vigil = :new").expression_attribute_values(":new", json(new)),
            None => update.update_expression("REMOVE vigil"),
        };
        let update = match known {
            Some(known) => update.condition_expression("vigil = :known").expression_attribute_values(":known", json(known)),
            None => update.condition_expression("attribute_not_exists(vigil)"),
        };
        match update.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(refused)) if refused.err().is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(StoreError::unavailable("noting how a channel is watched")(cause(error))),
        }
    }
}

fn read_channel(item: &Item) -> Result<KeptChannel, StoreError> {
    let reader = Reader { item, what: "a channel" };
    Ok(KeptChannel { heard: reader.optional("heard")?, vigil: reader.optional("vigil")? })
}
