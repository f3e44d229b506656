//! Protocol versions, each written once, the drafts that came before them, and the directory that says which are active and what the
//! doors are. What was said of a version and by whom stands in the campaign's journal.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entries::entry_item;
use super::item::{Item, Reader, json, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::chain::{self, New};
use crate::model::{CampaignId, DoorId, DoorTerms, JournalId, Note, Noted, ProtocolRef};

/// Most versions that a list of one campaign's protocol shows, the newest first: a version a week for four years.
const MAX_VERSIONS: i32 = 200;

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

/// A publication: everything of it is written, or nothing.
pub struct Publication<'a> {
    pub version: &'a PublishedVersion,
    /// The directory as it shall be; its revision is one more than that of the directory it was made from.
    pub next: &'a Directory,
    pub journal: &'a JournalId,
    /// The journal's last note when it was decided to publish: nothing may have been noted since.
    pub last: Option<&'a Note>,
    pub notes: Vec<New<Noted>>,
}

/// A version that was published, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub version: u32,
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

    /// The published versions of a campaign, the newest first.
    pub async fn published_versions(&self, campaign: &CampaignId) -> Result<Vec<Listed>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).scan_index_forward(false);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :versions)").limit(MAX_VERSIONS);
        let query = query.expression_attribute_values(":pk", s(keys::protocol(campaign)));
        let query = query.expression_attribute_values(":versions", s(keys::VERSION_PREFIX));
        let query = query.projection_expression("sk, published_by, published_at");
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("listing the versions of a protocol"))?;
        let mut listed = Vec::with_capacity(page.items().len());
        for item in page.items() {
            let what = format!("a version of protocol {campaign}");
            let reader = Reader { item, what: &what };
            let version = keys::parse_protocol_version(reader.string(keys::SK)?);
            let version = version.ok_or_else(|| StoreError::corrupt(&what, "its key names no version"))?;
            let (by, at) = (reader.string("published_by")?.to_owned(), reader.parsed("published_at")?);
            listed.push(Listed { version, published_by: by, published_at: at });
        }
        Ok(listed)
    }

    /// Keeps a text that is not published. The same text again changes nothing.
    pub async fn keep_draft(&self, reference: &ProtocolRef, digest: &str, source: &str) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(keys::PK, s(keys::protocol(&reference.id)));
        let put = put.item(keys::SK, s(keys::protocol_draft(reference.version, digest))).item("source", s(source));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("keeping a draft"))?;
        Ok(())
    }

    /// The text that has this digest, as it was kept before publication.
    pub async fn draft(&self, reference: &ProtocolRef, digest: &str) -> Result<Option<String>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::protocol(&reference.id)));
        let get = get.key(keys::SK, s(keys::protocol_draft(reference.version, digest)));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a draft"))?;
        let Some(item) = found.item() else { return Ok(None) };
        let what = format!("a draft of {reference}");
        Ok(Some(Reader { item, what: &what }.string("source")?.to_owned()))
    }

    /// Writes a new version, makes it active and notes how that came about: all of it or nothing.
    pub async fn publish(&self, publication: Publication<'_>) -> Result<(), PublishError> {
        let Publication { version, next, journal, last, notes } = publication;
        if last.is_none() {
            self.list_journal(journal).await?;
        }
        let mut puts = vec![
            self.put_if(version_item(version), "attribute_not_exists(pk)"),
            self.put_if(directory_item(next), "attribute_not_exists(pk) OR revision = :before")
                .expression_attribute_values(":before", n(next.revision.saturating_sub(1))),
        ];
        let mut last = last.cloned();
        for new in notes {
            let (note, sealed) = chain::seal(journal, last.as_ref(), new);
            puts.push(self.put_if(entry_item(&keys::journal(journal), &sealed), "attribute_not_exists(pk)"));
            last = Some(note);
        }
        let mut transaction = self.client.transact_write_items();
        for put in puts {
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

fn version_item(version: &PublishedVersion) -> Item {
    Item::from([
        (keys::PK.to_owned(), s(keys::protocol(&version.reference.id))),
        (keys::SK.to_owned(), s(keys::protocol_version(version.reference.version))),
        ("source".to_owned(), s(&version.source)),
        ("published_by".to_owned(), s(&version.published_by)),
        ("published_at".to_owned(), json(&version.published_at)),
    ])
}

fn directory_item(directory: &Directory) -> Item {
    Item::from([
        (keys::PK.to_owned(), s(keys::DIRECTORY_PK)),
        (keys::SK.to_owned(), s(keys::DIRECTORY_SK)),
        ("revision".to_owned(), n(directory.revision)),
        ("directory".to_owned(), json(directory)),
    ])
}
