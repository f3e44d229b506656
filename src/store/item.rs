//! Items as DynamoDB holds them: reading attributes out with an error that names the item and the attribute, never its value.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::StoreError;

/// One row of the table, by attribute name.
pub type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub fn s(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub fn n(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A value of ours as JSON in a string attribute, so that the table needs no schema for it.
pub fn json(value: &impl serde::Serialize) -> AttributeValue {
    AttributeValue::S(serde_json::to_string(value).expect("our own types have string keys and no failing serialiser"))
}

/// Reads attributes of one item for people who have to know which item was wrong.
pub struct Reader<'a> {
    pub item: &'a Item,
    /// What the item is, for the error: a key, never content.
    pub what: &'a str,
}

impl Reader<'_> {
    /// A string that has to be there.
    pub fn string(&self, name: &str) -> Result<&str, StoreError> {
        self.item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or_else(|| self.missing(name))
    }

    /// A number that has to be there and fit its type.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, StoreError> {
        let text = self.item.get(name).and_then(|value| value.as_n().ok());
        text.and_then(|text| text.parse().ok()).ok_or_else(|| self.missing(name))
    }

    /// Bytes that have to be there.
    pub fn bytes(&self, name: &str) -> Result<&[u8], StoreError> {
        self.item.get(name).and_then(|value| value.as_b().ok()).map(|blob| blob.as_ref()).ok_or_else(|| self.missing(name))
    }

    /// A value that `json` wrote and that has to be there.
    pub fn parsed<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let text = self.string(name)?;
        // The cause says where the text stopped making sense and quotes no value of ours.
        serde_json::from_str(text).map_err(|error| {
            StoreError::corrupt(
                self.what,
                format!("attribute {name} is no {:?} JSON at column {}", error.classify(), error.column()),
            )
        })
    }

    /// A value that `json` wrote; absence is no fault, nonsense is.
    pub fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        if self.item.contains_key(name) { self.parsed(name).map(Some) } else { Ok(None) }
    }

    fn missing(&self, name: &str) -> StoreError {
        StoreError::corrupt(self.what, format!("attribute {name} is missing or of another type"))
    }
}
