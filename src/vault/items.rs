//! The table of keys: one item for each record that ever had a key, one for each wrapping key. It is a table of its own, outside
//! every backup of the data, so that a key that is destroyed here is destroyed in every copy of what it opened.
//!
//! An item is never deleted: a destroyed key leaves the number below which all generations are gone, and when.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use jiff::Timestamp;

use super::{Vault, VaultError};

/// The partition key, and the whole key.
const PK: &str = "pk";
const DESTROYED: &str = "destroyed";

type Item = HashMap<String, AttributeValue>;

/// A data key as it is kept: sealed, and under which wrapping key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Wrapped {
    pub key: Vec<u8>,
    pub under: String,
}

/// The keys of one record.
#[derive(Default)]
pub(super) struct Keys {
    pub generations: BTreeMap<u32, Wrapped>,
    /// Every generation below this one is destroyed.
    pub destroyed: u32,
}

impl Vault {
    /// Creates the table of keys unless it is there already: for local mode and tests. On AWS the template makes it.
    pub async fn create_table(&self) -> Result<(), VaultError> {
        const DOING: &str = "creating the table of keys";
        let unbuilt = |error| VaultError::unavailable(DOING, error);
        let attribute = AttributeDefinition::builder().attribute_name(PK).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(PK).key_type(KeyType::Hash);
        let create = self.client.create_table().table_name(&self.table).billing_mode(BillingMode::PayPerRequest);
        let create = create.attribute_definitions(attribute.build().map_err(unbuilt)?);
        match create.key_schema(key.build().map_err(unbuilt)?).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ResourceInUseException") => Ok(()),
            Err(error) => Err(unanswered(DOING, &error)),
        }
    }

    /// The keys of one record; `None` if it never had any.
    pub(super) async fn keys(&self, pk: &str) -> Result<Option<Keys>, VaultError> {
        let Some(item) = self.item(pk).await? else { return Ok(None) };
        let number = |name: &str| item.get(name).and_then(|value| value.as_n().ok()).and_then(|text| text.parse().ok());
        let mut keys = Keys { destroyed: number(DESTROYED).unwrap_or(0), ..Keys::default() };
        for (name, value) in &item {
            let generation = name.strip_prefix('k').and_then(|digits| digits.parse::<u32>().ok());
            let Some((generation, key)) = generation.zip(value.as_b().ok()) else { continue };
            let under = item.get(&format!("w{generation}")).and_then(|under| under.as_s().ok());
            if let Some(under) = under {
                keys.generations.insert(generation, Wrapped { key: key.as_ref().to_vec(), under: under.clone() });
            }
        }
        Ok(Some(keys))
    }

    /// Keeps a key as one generation of a record's; `false` if that generation is there, or was destroyed.
    pub(super) async fn put_key(&self, pk: &str, generation: u32, wrapped: &Wrapped) -> Result<bool, VaultError> {
        let (key, under) = (format!("k{generation}"), format!("w{generation}"));
        let update = self.client.update_item().table_name(&self.table).key(PK, AttributeValue::S(pk.to_owned()));
        let update = update.update_expression("SET #k = :k, #w = :w");
        let update = update.expression_attribute_names("#k", &key).expression_attribute_names("#w", &under);
        let update = update.expression_attribute_names("#destroyed", DESTROYED);
        let update = update.expression_attribute_values(":k", AttributeValue::B(Blob::new(wrapped.key.clone())));
        let update = update.expression_attribute_values(":w", AttributeValue::S(wrapped.under.clone()));
        let update = update.expression_attribute_values(":g", AttributeValue::N(generation.to_string()));
        // The client repeats a write whose reply was lost: its own key is no other's.
        let update = update.condition_expression(
            "(attribute_not_exists(#k) OR #k = :k) AND (attribute_not_exists(#destroyed) OR #destroyed <= :g)",
        );
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(unanswered("keeping a key", &error)),
        }
    }

    /// Writes down that every generation below `below` is destroyed, and takes those away. First the one, so that nobody makes such a key
    /// in between, then the other; doing it again finishes what a crash left.
    pub(super) async fn take_keys(&self, pk: &str, below: u32, at: Timestamp) -> Result<(), VaultError> {
        const DOING: &str = "destroying a key";
        let key = AttributeValue::S(pk.to_owned());
        let mark = self.client.update_item().table_name(&self.table).key(PK, key.clone());
        let mark = mark.update_expression("SET #destroyed = :below, erased_at = :at");
        let mark = mark.condition_expression("attribute_not_exists(#destroyed) OR #destroyed < :below");
        let mark = mark.expression_attribute_names("#destroyed", DESTROYED);
        let mark = mark.expression_attribute_values(":below", AttributeValue::N(below.to_string()));
        let mark = mark.expression_attribute_values(":at", AttributeValue::S(at.to_string()));
        match mark.send().await {
            Ok(_) => {}
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => {}
            Err(error) => return Err(unanswered(DOING, &error)),
        }
        let left = self.keys(pk).await?.unwrap_or_default().generations;
        for generation in left.into_keys().filter(|generation| *generation < below) {
            let take = self.client.update_item().table_name(&self.table).key(PK, key.clone());
            let take = take.update_expression("REMOVE #k, #w").expression_attribute_names("#k", format!("k{generation}"));
            let take = take.expression_attribute_names("#w", format!("w{generation}"));
            take.send().await.map_err(|error| unanswered(DOING, &error))?;
        }
        Ok(())
    }

    /// What is kept of a wrapping key; `None` if it was never made.
    pub(super) async fn kept_wrapping(&self, id: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let item = self.item(id).await?;
        let kept = item.and_then(|item| item.get("blob").and_then(|blob| blob.as_b().ok()).map(|blob| blob.as_ref().to_vec()));
        Ok(kept)
    }

    /// Keeps a wrapping key; `false` if another one has the name.
    pub(super) async fn put_wrapping(&self, id: &str, kept: &[u8]) -> Result<bool, VaultError> {
        let put = self.client.put_item().table_name(&self.table).item(PK, AttributeValue::S(id.to_owned()));
        let put = put.item("blob", AttributeValue::B(Blob::new(kept))).condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(unanswered("keeping a wrapping key", &error)),
        }
    }

    async fn item(&self, pk: &str) -> Result<Option<Item>, VaultError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true).key(PK, AttributeValue::S(pk.to_owned()));
        Ok(get.send().await.map_err(|error| unanswered("reading a key", &error))?.item)
    }
}

fn unanswered<E: ProvideErrorMetadata, R>(doing: &'static str, error: &SdkError<E, R>) -> VaultError {
    let why = error.code().map_or_else(|| "DynamoDB did not answer".to_owned(), |code| format!("DynamoDB answered {code}"));
    VaultError::unavailable(doing, why)
}
