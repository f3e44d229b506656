//! People's words as the table holds them: sealed under the record's key ([`crate::vault`]), for the item that they lie in. An item of
//! before there was a vault holds them plain, and stays readable.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::item::{Item, Reader, json, n, s};
use super::{Store, StoreError, keys};
use crate::vault::seal::Key;

/// The attribute that holds the words beside an entry, and a head's text.
pub const WORDS: &str = "words";
/// The generation of the record's key that they are sealed under; absent where they are plain.
pub const WORDS_KEY: &str = "words_key";

/// Words that were read back.
pub enum Opened<T> {
    Words(T),
    /// Their key was destroyed.
    Destroyed,
}

impl<T> Opened<T> {
    /// The words, if they are still there.
    pub fn words(self) -> Option<T> {
        match self {
            Opened::Words(words) => Some(words),
            Opened::Destroyed => None,
        }
    }
}

impl Store {
    /// The attributes that hold words beside one item of a record, sealed under this generation of the record's key or a later one.
    ///
    /// A key store that does not answer must not hold an alert up: the words are then kept as the table itself keeps everything.
    pub(super) async fn sealed_words(
        &self,
        item: (&str, &str),
        generation: u32,
        words: &impl Serialize,
    ) -> Result<Item, StoreError> {
        let (pk, sk) = item;
        let plain = json(words);
        let named = match self.vault.key_for(pk, generation).await {
            Ok(named) => named,
            Err(crate::vault::VaultError::Unavailable { doing, .. }) => {
                tracing::error!(
                    pk,
                    doing,
                    "the key store does not answer: words are kept under the table's own encryption alone"
                );
                return Ok(Item::from([(WORDS.to_owned(), plain)]));
            }
            Err(error) => return Err(error.into()),
        };
        let text = plain.as_s().map(String::as_str).unwrap_or_default();
        let sealed = named.key.seal(&place(pk, sk), text.as_bytes());
        let sealed = sealed.map_err(|error| StoreError::Unavailable { doing: "sealing words", source: error.into() })?;
        Ok(Item::from([(WORDS.to_owned(), AttributeValue::B(Blob::new(sealed))), (WORDS_KEY.to_owned(), n(named.generation))]))
    }

    /// Reads the words of an item; `None` if none lie there.
    pub(super) async fn opened_words<T: DeserializeOwned>(&self, item: &Item) -> Result<Option<Opened<T>>, StoreError> {
        let Some(generation) = generation(item)? else { return plain_words(item) };
        let reader = Reader { item, what: "an item with words" };
        let (pk, sk) = (reader.string(keys::PK)?, reader.string(keys::SK)?);
        let Some(key) = self.vault.key(pk, generation).await? else { return Ok(Some(Opened::Destroyed)) };
        let what = format!("{pk} {sk}");
        let plain = open(&key, &what, Reader { item, what: &what }.bytes(WORDS)?)?;
        let text = String::from_utf8(plain).map_err(|_| StoreError::corrupt(&what, "its words are not UTF-8"))?;
        let item = Item::from([(WORDS.to_owned(), s(text))]);
        plain_words(&item).map_err(|error| StoreError::corrupt(&what, error))
    }
}

/// Where bytes are sealed for: they open there and nowhere else.
pub fn place(pk: &str, sk: &str) -> String {
    format!("{pk} {sk}")
}

/// The generation of the key under which an item's words are sealed; `None` if it holds no sealed words.
pub fn generation(item: &Item) -> Result<Option<u32>, StoreError> {
    let sealed = item.get(WORDS).is_some_and(AttributeValue::is_b);
    if sealed { Reader { item, what: "an item with sealed words" }.number(WORDS_KEY).map(Some) } else { Ok(None) }
}

/// Opens sealed bytes; `what` names the item, and is the place that they were sealed for.
pub fn open(key: &Key, what: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    key.open(what, sealed).map_err(|error| StoreError::corrupt(what, error))
}

fn plain_words<T: DeserializeOwned>(item: &Item) -> Result<Option<Opened<T>>, StoreError> {
    Ok(Reader { item, what: "an item with words" }.optional(WORDS)?.map(Opened::Words))
}
