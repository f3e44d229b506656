//! Protocol versions, each written once, and the directory that says which are active and what the doors are.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::{Item, Reader, json, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::{CampaignId, DoorId, DoorTerms, ProtocolRef};

/// Which version of each campaign is active, and the doors that they open. `receive` needs nothing else of a protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// How often the directory has changed; a change is refused if another came first.
    pub revision: u32,
    pub active: BTreeMap<CampaignId, u32>,
    pub doors: BTreeMap<DoorId, DoorEntry>,
}

/// What `receive` must know of a door before it believes what arrives there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorEntry {
    #[serde(flatten)]
    pub terms: DoorTerms,
    /// The secret's name in the secret store.
    pub secret: String,
}

/// A version as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    pub reference: ProtocolRef,
    /// The file's exact text.
    pub source: String,
    pub published_by: String,
    pub published_at: Timestamp,
}

/// Why a version was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("{0} is already published, and a published version never changes: give the file a higher version")]
    Exists(ProtocolRef),
    #[error("somebody else published meanwhile: check against what is active now and publish again")]
    Raced,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Which protocols are active, read consistently; empty before the first is published.
    pub async fn directory(&self) -> Result<Directory, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::DIRECTORY_PK)).key(keys::SK, s(keys::DIRECTORY_SK));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading which protocols are active"))?;
        let Some(item) = found.item() else { return Ok(Directory::default()) };
        Reader { item, what: "the directory of protocols" }.parsed("directory")
    }

    /// One published version; `None` if there is none of that name.
    pub async fn protocol(&self, reference: &ProtocolRef) -> Result<Option<PublishedVersion>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::protocol(&reference.id))).key(keys::SK, s(keys::protocol_version(reference.version)));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a protocol"))?;
        let Some(item) = found.item() else { return Ok(None) };
        let what = format!("protocol {reference}");
        let reader = Reader { item, what: &what };
        Ok(Some(PublishedVersion {
            reference: reference.clone(),
            source: reader.string("source")?.to_owned(),
            published_by: reader.string("published_by")?.to_owned(),
            published_at: reader.parsed("published_at")?,
        }))
    }

    /// Writes a new version and makes it active, both or neither. `next` is the directory as it shall be; its revision is one more
    /// than that of the directory it was made from.
    pub async fn publish(&self, version: &PublishedVersion, next: &Directory) -> Result<(), PublishError> {
        let version_item = Item::from([
            (keys::PK.to_owned(), s(keys::protocol(&version.reference.id))),
            (keys::SK.to_owned(), s(keys::protocol_version(version.reference.version))),
            ("source".to_owned(), s(&version.source)),
            ("published_by".to_owned(), s(&version.published_by)),
            ("published_at".to_owned(), json(&version.published_at)),
        ]);
        let directory_item = Item::from([
            (keys::PK.to_owned(), s(keys::DIRECTORY_PK)),
            (keys::SK.to_owned(), s(keys::DIRECTORY_SK)),
            ("revision".to_owned(), n(next.revision)),
            ("directory".to_owned(), json(next)),
        ]);
        let put_version = self.put_if(version_item, "attribute_not_exists(pk)");
        let put_directory = self.put_if(directory_item, "attribute_not_exists(pk) OR revision = :before");
        let put_directory = put_directory.expression_attribute_values(":before", n(next.revision.saturating_sub(1)));
        let mut transaction = self.client.transact_write_items();
        for put in [put_version, put_directory] {
            let put =
                put.build().map_err(|error| StoreError::Unavailable { doing: "publishing a protocol", source: error.into() })?;
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match transaction.send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(refused)) if refused.err().is_transaction_canceled_exception() => {
                let exists = self.protocol(&version.reference).await?.is_some();
                Err(if exists { PublishError::Exists(version.reference.clone()) } else { PublishError::Raced })
            }
            Err(error) => Err(StoreError::unavailable("publishing a protocol")(cause(error)).into()),
        }
    }

    fn put_if(&self, item: Item, condition: &str) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item)).condition_expression(condition)
    }
}
