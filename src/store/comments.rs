//! Comments: a chain of entries that is only ever appended to, and the head that can be made again from it.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use jiff::Timestamp;

use super::entries::read_sealed;
use super::item::{Item, Reader, json, n, s};
use super::words::{self, Opened, WORDS};
use super::{Store, StoreError, cause, keys};
use crate::model::chain::{self, New, Sealed};
use crate::model::{ChainKey, CommentKey, CommentText, Entry, Head, Revision, Waking, Words};

/// Why entries were not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else appended first: read the record again and decide again.
    #[error("record {0} has moved on")]
    Conflict(CommentKey),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A chain as far as it can be read in time.
#[derive(Clone, Debug)]
pub struct InTime {
    pub entries: Vec<Entry>,
    /// Whether the words beside it are there, or could not be had.
    pub with_words: bool,
}

impl Store {
    /// The chain of a comment, every link checked; empty if the comment is unknown.
    pub async fn chain(&self, key: &CommentKey) -> Result<Vec<Entry>, StoreError> {
        let sealed = self.sealed(key).await?;
        chain::open(key, sealed).map_err(|broken| StoreError::corrupt(format!("the chain of {key}"), broken))
    }

    /// The chain as it is stored, for an export and for a check that wants to find what is wrong.
    pub async fn sealed(&self, key: &CommentKey) -> Result<Vec<Sealed>, StoreError> {
        let mut sealed = Vec::new();
        for item in self.entry_items(key).await? {
            let words = self.opened_words::<Words>(&item).await?;
            let words = words.map(|opened| opened.words().unwrap_or_else(Words::destroyed));
            sealed.push(Sealed { words, ..read_sealed(key.clone(), &item)? });
        }
        Ok(sealed)
    }

    /// The chain for whoever has to act in time: where the key store does not answer, without the words beside it. It is then not asked
    /// again for a while, since every answer that does not come costs seconds.
    pub async fn chain_in_time(&self, key: &CommentKey) -> Result<InTime, StoreError> {
        let mut with_words = !self.keys_rest();
        let mut sealed = Vec::new();
        for item in self.entry_items(key).await? {
            let mut entry = read_sealed(key.clone(), &item)?;
            if with_words {
                match self.opened_words::<Words>(&item).await {
                    Ok(words) => entry.words = words.map(|opened| opened.words().unwrap_or_else(Words::destroyed)),
                    Err(StoreError::Unavailable { .. }) => {
                        self.let_keys_rest();
                        with_words = false;
                    }
                    Err(error) => return Err(error),
                }
            }
            sealed.push(entry);
        }
        if !with_words {
            sealed.iter_mut().for_each(|entry| entry.words = None);
        }
        let entries = chain::open(key, sealed).map_err(|broken| StoreError::corrupt(format!("the chain of {key}"), broken))?;
        Ok(InTime { entries, with_words })
    }

    /// Sees to it that a record is looked at again, whatever its head says: for whoever could not read its words, and so not make its head.
    pub async fn look_again(&self, key: &CommentKey, at: Timestamp) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::comment(key))).key(keys::SK, s(keys::HEAD));
        let update = update.update_expression("SET #work = :work, #wake = :wake").condition_expression("attribute_exists(pk)");
        let update = update.expression_attribute_names("#work", keys::WORK).expression_attribute_names("#wake", keys::WAKE);
        let update = update.expression_attribute_values(":work", s(keys::work_shard(key.shard(keys::WORK_SHARDS))));
        let update = update.expression_attribute_values(":wake", n(Waking { at, owed: true }.number()));
        match update.send().await {
            Ok(_) => Ok(()),
            // Without a head it is found by whoever makes one.
            Err(error) if error.as_service_error().is_some_and(|refused| refused.is_conditional_check_failed_exception()) => {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("putting a record off")(cause(error))),
        }
    }

    async fn entry_items(&self, key: &CommentKey) -> Result<Vec<Item>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :events)");
        let query = query.expression_attribute_values(":pk", s(keys::comment(key)));
        let query = query.expression_attribute_values(":events", s(keys::EVENT_PREFIX));
        let mut pages = query.into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.map_err(cause).map_err(StoreError::unavailable("reading a record"))?);
        }
        Ok(items)
    }

    /// Appends what happened after `last` (`None` starts the record). Each entry is written only if nobody wrote that number.
    pub async fn append(&self, key: &CommentKey, last: Option<&Entry>, new: Vec<New>) -> Result<Vec<Entry>, AppendError> {
        let mut appended: Vec<Entry> = Vec::with_capacity(new.len());
        if !new.is_empty() {
            self.mark(&ChainKey::Comment(key.clone())).await?;
        }
        for new in new {
            let (entry, sealed) = chain::seal(key, appended.last().or(last), new);
            let words = self.words_of(key, last, &sealed).await?;
            if !self.put_entry(&keys::comment(key), &sealed, words).await? {
                return Err(AppendError::Conflict(key.clone()));
            }
            appended.push(entry);
        }
        Ok(appended)
    }

    /// The attributes that hold a new entry's words, under the generation of the record's key that the last order to erase began.
    ///
    /// The generation comes out of the chain and not out of the key store: whoever erases at the same time has written the order either
    /// after this entry, which then goes with it, or in its place, and then this entry is not written.
    async fn words_of(&self, key: &CommentKey, last: Option<&Entry>, sealed: &Sealed) -> Result<Item, StoreError> {
        let Some(words) = &sealed.words else { return Ok(Item::new()) };
        let ordered = match last {
            None => Revision(0),
            Some(_) => last_order(&self.entry_items(key).await?)?,
        };
        self.sealed_words((&keys::comment(key), &keys::event(sealed.seq)), ordered.0, words).await
    }

    /// Takes away the words beside every entry before `ordered`. The chain still verifies: it holds their digests, and the salt that
    /// would let somebody try words against these goes with them. The key goes first, and with it the words in every backup; while words
    /// stand beside an entry, readable or not, the erasure is known to be unfinished.
    pub async fn erase_words(&self, key: &CommentKey, ordered: Revision) -> Result<(), StoreError> {
        let items = self.entry_items(key).await?;
        let mut going = Vec::new();
        let mut generations = Vec::new();
        for item in items.iter().filter(|item| item.contains_key(WORDS)) {
            let seq = Revision(Reader { item, what: "an entry" }.number("seq")?);
            if seq < ordered {
                going.push(seq);
                generations.extend(words::generation(item)?);
            }
        }
        if let Some(newest) = generations.into_iter().max() {
            self.vault.destroy(&keys::comment(key), ordered.0.max(newest + 1)).await?;
        }
        for seq in going {
            let update = self.client.update_item().table_name(&self.table);
            let update = update.key(keys::PK, s(keys::comment(key))).key(keys::SK, s(keys::event(seq)));
            let update = update.update_expression("REMOVE words").condition_expression("attribute_exists(pk)");
            update.send().await.map_err(cause).map_err(StoreError::unavailable("erasing words"))?;
        }
        Ok(())
    }

    /// Writes the head, unless a newer one stands there already.
    pub async fn project(&self, head: &Head) -> Result<(), StoreError> {
        let mut item = Item::from([
            (keys::PK.to_owned(), s(keys::comment(&head.key))),
            (keys::SK.to_owned(), s(keys::HEAD)),
            ("revision".to_owned(), n(head.revision)),
            ("head".to_owned(), json(head)),
            (keys::LIST.to_owned(), s(list_of(head))),
            (keys::SORT.to_owned(), s(keys::sort(head.sort, &head.key))),
        ]);
        if let Some(text) = &head.text {
            let place = (keys::comment(&head.key), keys::HEAD);
            item.extend(self.sealed_words((&place.0, place.1), head.text_key.0, text).await?);
        }
        if let Some(wake) = head.wake {
            item.insert(keys::WORK.to_owned(), s(keys::work_shard(head.key.shard(keys::WORK_SHARDS))));
            item.insert(keys::WAKE.to_owned(), n(Waking { at: wake, owed: head.owed }.number()));
        }
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk) OR revision <= :revision");
        match put.expression_attribute_values(":revision", n(head.revision)).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(refused)) if matches!(refused.err(), PutItemError::ConditionalCheckFailedException(_)) => {
                // Somebody projected a later state meanwhile: that is the better head.
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("writing a head")(cause(error))),
        }
    }

    /// The key of every record, by reading the whole table: for an operator's check, never for a stage.
    pub async fn keys(&self) -> Result<Vec<CommentKey>, StoreError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true).projection_expression("pk");
        let scan = scan
            .filter_expression("sk = :first OR sk = :head")
            .expression_attribute_values(":first", s(keys::event(Revision(1))));
        // A chain whose beginning is gone still has its head.
        let scan = scan.expression_attribute_values(":head", s(keys::HEAD));
        let mut pages = scan.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("reading every record's key"))?;
            found.extend(item.get(keys::PK).and_then(|pk| pk.as_s().ok()).and_then(|pk| keys::parse_comment(pk)));
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// The head of a comment; `None` if there is none.
    pub async fn head(&self, key: &CommentKey) -> Result<Option<Head>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::comment(key))).key(keys::SK, s(keys::HEAD));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a head"))?;
        match found.item() {
            Some(item) => self.read_head(item).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads a stored head with its text.
    pub(super) async fn read_head(&self, item: &Item) -> Result<Head, StoreError> {
        let mut head = wordless(item)?;
        head.text = self.opened_words::<CommentText>(item).await?.and_then(Opened::words);
        head.text_key = Revision(head.text.as_ref().and(words::generation(item)?).unwrap_or(0));
        Ok(head)
    }

    /// A record's head without the comment's words, for whoever may not see them.
    pub async fn wordless_head(&self, key: &CommentKey) -> Result<Option<Head>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::comment(key))).key(keys::SK, s(keys::HEAD));
        // The door's role names the same attributes: it is refused any other.
        let get = get.projection_expression("#pk, #head, #wake, #sort");
        let get = get.expression_attribute_names("#pk", keys::PK).expression_attribute_names("#head", "head");
        let get = get.expression_attribute_names("#wake", keys::WAKE).expression_attribute_names("#sort", keys::SORT);
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a head without words"))?;
        found.item().map(wordless).transpose()
    }
}

fn list_of(head: &Head) -> String {
    keys::list(head.state, head.campaign.as_ref(), head.band, head.key.shard(keys::LIST_SHARDS))
}

/// The number of the last entry that orders words to go; 0 if none does.
fn last_order(items: &[Item]) -> Result<Revision, StoreError> {
    let mut last = Revision(0);
    for item in items {
        let reader = Reader { item, what: "an entry" };
        if chain::orders_erasure(reader.string("body")?) {
            last = last.max(Revision(reader.number("seq")?));
        }
    }
    Ok(last)
}

/// What a stored head says without the text.
pub(super) fn wordless(item: &Item) -> Result<Head, StoreError> {
    let pk = Reader { item, what: "a head" }.string(keys::PK)?.to_owned();
    let reader = Reader { item, what: &pk };
    let mut head: Head = reader.parsed("head")?;
    let millisecond = |value: i64| jiff::Timestamp::from_millisecond(value).map_err(|error| StoreError::corrupt(&pk, error));
    if item.contains_key(keys::WAKE) {
        let waking = Waking::from_number(reader.number(keys::WAKE)?);
        let waking = waking.ok_or_else(|| StoreError::corrupt(&pk, "attribute wake is no time"))?;
        (head.wake, head.owed) = (Some(waking.at), waking.owed);
    }
    let sort = reader.string(keys::SORT)?.split('#').next().and_then(|digits| digits.parse().ok());
    head.sort = millisecond(sort.ok_or_else(|| StoreError::corrupt(&pk, "attribute sort does not begin with a time"))?)?;
    Ok(head)
}
