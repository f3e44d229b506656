//! The table itself, for local mode and tests. On AWS the template makes it, with the same keys and indexes
//! (`tests/it/tidy.rs` compares the two).

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};

use super::{Store, StoreError, cause, keys};

const DOING: &str = "creating the table";

impl Store {
    /// Creates the table unless it is there already.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let create = self.client.create_table().table_name(&self.table).billing_mode(BillingMode::PayPerRequest);
        let create = create.set_key_schema(Some(key_schema(keys::PK, keys::SK)?));
        let attributes =
            [(keys::PK, 'S'), (keys::SK, 'S'), (keys::WORK, 'S'), (keys::WAKE, 'N'), (keys::LIST, 'S'), (keys::SORT, 'S')];
        let attributes: Result<Vec<_>, _> = attributes.into_iter().map(|(name, kind)| attribute(name, kind)).collect();
        let create = create.set_attribute_definitions(Some(attributes?));
        let create = create.global_secondary_indexes(index(keys::WORK_INDEX, keys::WORK, keys::WAKE)?);
        let create = create.global_secondary_indexes(index(keys::LIST_INDEX, keys::LIST, keys::SORT)?);
        match create.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ResourceInUseException") => Ok(()),
            Err(error) => Err(StoreError::unavailable(DOING)(cause(error))),
        }
    }
}

fn key_schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, StoreError> {
    let element = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(unbuilt);
    Ok(vec![element(hash, KeyType::Hash)?, element(range, KeyType::Range)?])
}

fn attribute(name: &str, kind: char) -> Result<AttributeDefinition, StoreError> {
    let kind = if kind == 'N' { ScalarAttributeType::N } else { ScalarAttributeType::S };
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().map_err(unbuilt)
}

fn index(name: &str, hash: &str, range: &str) -> Result<GlobalSecondaryIndex, StoreError> {
    let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let index = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(key_schema(hash, range)?));
    index.projection(projection).build().map_err(unbuilt)
}

fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::Unavailable { doing: DOING, source: error.into() }
}
