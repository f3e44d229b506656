//! Documents: texts that are kept for good under their own digest, in parts where they are long: a statement exactly as it was signed,
//! a list of cases, the keys that a sample was drawn from. A document is written once; the same text again is the same document.

use std::io::Read;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};

use super::item::{Item, Reader, n, s};
use super::{Store, StoreError, cause, keys};

/// Bytes of compressed text in one item: an item may hold 400 KB, and the keys need room.
const PART_BYTES: usize = 350 * 1024;
/// Zstandard's default level.
const COMPRESSION_LEVEL: i32 = 3;
/// Bytes that a document may have: more than any that Dayzero makes, so that only a damaged one meets it.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The name that a text is kept under.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

impl Store {
    /// Keeps a text and gives its digest. The parts are written before the first, which says how many they are: a crash in between leaves
    /// parts that the next attempt meets, and never half a document.
    pub async fn keep_document(&self, text: &str) -> Result<String, StoreError> {
        const DOING: &str = "keeping a document";
        let name = digest(text);
        let packed = zstd::bulk::compress(text.as_bytes(), COMPRESSION_LEVEL)
            .map_err(|error| StoreError::Unavailable { doing: DOING, source: error.into() })?;
        let parts: Vec<&[u8]> = packed.chunks(PART_BYTES).collect();
        for (index, part) in parts.iter().enumerate().rev() {
            let item = Item::from([
                (keys::PK.to_owned(), s(keys::document(&name))),
                (keys::SK.to_owned(), s(keys::document_part(index))),
                ("body".to_owned(), AttributeValue::B(Blob::new(*part))),
                ("parts".to_owned(), n(parts.len())),
            ]);
            let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
            match put.condition_expression("attribute_not_exists(pk)").send().await {
                Ok(_) => {}
                Err(error) if error.code() == Some("ConditionalCheckFailedException") => {}
                Err(error) => return Err(StoreError::unavailable(DOING)(cause(error))),
            }
        }
        Ok(name)
    }

    /// Reads a document back, exactly as it was kept; `None` if there is none of that name.
    pub async fn document(&self, name: &str) -> Result<Option<String>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(keys::document(name)));
        let mut pages = query.into_paginator().items().send();
        let (mut packed, mut found, mut expected) = (Vec::new(), 0_usize, 0_usize);
        let what = format!("document {name}");
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("reading a document"))?;
            let reader = Reader { item: &item, what: &what };
            packed.extend_from_slice(reader.bytes("body")?);
            (found, expected) = (found + 1, reader.number("parts")?);
        }
        if found == 0 {
            return Ok(None);
        }
        if found != expected {
            return Err(StoreError::corrupt(&what, format!("{found} of {expected} parts are there")));
        }
        let text = unpack(&packed).map_err(|error| StoreError::corrupt(&what, error))?;
        if digest(&text) != name {
            return Err(StoreError::corrupt(&what, "its text is not the one that its name is made of"));
        }
        Ok(Some(text))
    }
}

fn unpack(packed: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    zstd::Decoder::new(packed)?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}
