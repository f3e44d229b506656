//! What the lines of an export look like: the forms that [`super::verify`](mod@super::verify) reads, and their one spelling.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// What the keys of the journals that hold roots begin with.
pub const ROOTS: &str = "journal:roots/";

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

/// The chain that is being read.
#[derive(Default)]
pub struct Chain {
    pub key: String,
    pub first: usize,
    pub last: usize,
    pub seq: u32,
    pub hash: String,
    /// The first line that no root has confirmed.
    pub unconfirmed: usize,
    pub leaves: VecDeque<Leaf>,
    /// The first entry whose words are gone: its line and number.
    pub gone: Option<(usize, u32)>,
    pub erased: bool,
    /// The hashes of all its entries, for a journal of roots: a later one holds its tip.
    pub hashes: Vec<String>,
}

impl Line<'_> {
    /// The entry, if it is what was hashed.
    pub fn open(&self) -> Result<(Body<'_>, What), String> {
        if digest(&self.body) != self.hash {
            return Err("is not what was hashed".to_owned());
        }
        let body: Body = read(&self.body)?;
        let what = read(body.what.get())?;
        Ok((body, what))
    }
}

/// Reads what was hashed; the reader's own message may quote it.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|_| "is no entry in the known form".to_owned())
}

/// The order of chains: journals of roots, other journals, comments.
pub fn place(key: &str) -> (bool, bool, &str) {
    (!key.starts_with(ROOTS), !key.starts_with("journal:"), key)
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
