//! What the lines of an export look like: the forms that [`super::verify`] reads, and their one spelling.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// An entry's line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line<'a> {
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    pub seq: u32,
    #[serde(borrow)]
    pub body: Cow<'a, str>,
    #[serde(borrow)]
    pub hash: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub words: Option<&'a RawValue>,
}

/// What an entry's hash is of.
#[derive(Deserialize)]
pub struct Body<'a> {
    pub key: String,
    pub seq: u32,
    pub prev: String,
    pub words: Option<String>,
    #[serde(borrow)]
    pub what: &'a RawValue,
}

/// What an entry tells of.
#[derive(Deserialize)]
pub struct What {
    pub kind: String,
}

/// A root over the chains that moved in a window.
#[derive(Deserialize)]
pub struct Root {
    pub from: String,
    pub until: String,
    pub leaves: Vec<Leaf>,
    pub root: String,
}

/// The newest entry of a chain, as a root holds it.
#[derive(Deserialize)]
pub struct Leaf {
    pub key: String,
    pub seq: u32,
    pub hash: String,
    /// The line of its root.
    #[serde(skip)]
    pub line: usize,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing<'a> {
    #[serde(borrow)]
    pub closing: &'a RawValue,
    #[serde(borrow)]
    pub hash: Cow<'a, str>,
}

/// What the last line tells of those above it.
#[derive(Deserialize)]
pub struct Totals {
    pub chains: usize,
    pub entries: usize,
    pub root: String,
    pub blocks: Vec<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// Reads a line that is spelt as we would spell it: whatever else it could mean to another reader is then ruled out.
pub fn canonical<'a, T: Deserialize<'a> + Serialize>(text: &'a [u8]) -> Option<T> {
    let read: T = serde_json::from_slice(text).ok()?;
    (serde_json::to_vec(&read).ok()? == text).then_some(read)
}

/// SHA-256 in hexadecimal.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
