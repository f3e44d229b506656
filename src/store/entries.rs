//! Entries of chains, whosever they are: written only if nobody wrote that number, and never changed.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;

use super::item::{Item, Reader, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::Revision;
use crate::model::chain::{Key, Sealed};

impl Store {
    /// Writes an entry under its number, with its words as `sealed_words` made them; `false` if somebody else's stands there.
    pub(super) async fn put_entry<K: Key>(&self, pk: &str, sealed: &Sealed<K>, words: Item) -> Result<bool, StoreError> {
        let mut item = entry_item(pk, sealed);
        item.extend(words);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(refused)) if matches!(refused.err(), PutItemError::ConditionalCheckFailedException(_)) => {
                self.is_own_entry(pk, sealed).await
            }
            Err(error) => Err(StoreError::unavailable("appending to a chain")(cause(error))),
        }
    }

    /// A refused entry may be our own: the client repeats a write whose reply was lost. The hash tells.
    async fn is_own_entry<K: Key>(&self, pk: &str, sealed: &Sealed<K>) -> Result<bool, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(pk)).key(keys::SK, s(keys::event(sealed.seq)));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a chain"))?;
        Ok(found.item().and_then(|item| item.get("hash")) == Some(&s(&sealed.hash)))
    }
}

/// An entry as an item, without the words beside it.
pub(super) fn entry_item<K: Key>(pk: &str, sealed: &Sealed<K>) -> Item {
    Item::from([
        (keys::PK.to_owned(), s(pk)),
        (keys::SK.to_owned(), s(keys::event(sealed.seq))),
        ("seq".to_owned(), n(sealed.seq)),
        ("body".to_owned(), s(&sealed.body)),
        ("hash".to_owned(), s(&sealed.hash)),
    ])
}

/// Reads one stored entry without the words beside it; nothing is checked.
pub(super) fn read_sealed<K: Key>(key: K, item: &Item) -> Result<Sealed<K>, StoreError> {
    let what = format!("an entry of {key}");
    let reader = Reader { item, what: &what };
    Ok(Sealed {
        key,
        seq: Revision(reader.number("seq")?),
        body: reader.string("body")?.to_owned(),
        hash: reader.string("hash")?.to_owned(),
        words: None,
    })
}
