//! The chain: how an entry is written down, hashed, and checked again.
//!
//! An entry is stored as the exact JSON text that was hashed, so that a check never depends on how a later version would write it.
//! The text names the record's key, its own place and the hash before it; a changed, missing, swapped or foreign entry therefore
//! shows. What a chain alone cannot show is a cut-off end; the head beside it tells how long it has been.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::{Actor, Entry, Happening, Words};
use super::ids::{CommentKey, Revision};

/// The hashed text of an entry, as it is stored.
#[derive(Serialize, Deserialize)]
struct Body {
    key: CommentKey,
    seq: Revision,
    at: Timestamp,
    by: Actor,
    what: Happening,
    /// Salted digest of the words beside the entry; `None` if there never were any.
    words: Option<String>,
    prev: String,
}

/// An entry as the store holds it and an export shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub key: CommentKey,
    pub seq: Revision,
    /// The exact text that `hash` is of.
    pub body: String,
    pub hash: String,
    /// Erasable; its absence does not break the chain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub words: Option<Words>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} entry {}, {} bytes, {})", self.key, self.seq, self.body.len(), self.hash)
    }
}

/// Why a chain cannot be believed, naming the first entry that breaks it.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("{key}: entry {seq} is not what was hashed")]
    Hash { key: CommentKey, seq: Revision },
    #[error("{key}: entry {seq} does not follow the entry before it")]
    Link { key: CommentKey, seq: Revision },
    #[error("{key}: entry {seq} stands where entry {expected} was expected")]
    Order { key: CommentKey, seq: Revision, expected: Revision },
    #[error("{key}: the words beside entry {seq} are not those that were kept")]
    Words { key: CommentKey, seq: Revision },
    /// Where, and not what: the reader's own message may quote the entry.
    #[error("{key}: entry {seq} cannot be read by this version of Dayzero from column {column} on")]
    Unreadable { key: CommentKey, seq: Revision, column: usize },
}

/// Writes down what happened as the next entry after `last`.
pub fn seal(key: &CommentKey, last: Option<&Entry>, new: New) -> (Entry, Sealed) {
    let seq = Revision(last.map_or(0, |entry| entry.seq.0) + 1);
    let prev = last.map(|entry| entry.hash.clone()).unwrap_or_default();
    let New { at, by, what, words } = new;
    let body = Body { key: key.clone(), seq, at, by, what, words: words.as_ref().map(digest), prev };
    let text = json(&body);
    let hash = hash(&text);
    let Body { by, what, prev, .. } = body;
    let entry = Entry { seq, at, by, what, words: words.clone(), prev, hash: hash.clone() };
    (entry, Sealed { key: key.clone(), seq, body: text, hash, words })
}

/// What is to be written down next.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    pub at: Timestamp,
    pub by: Actor,
    pub what: Happening,
    pub words: Option<Words>,
}

/// Reads a chain back, checking every link.
pub fn open(key: &CommentKey, sealed: Vec<Sealed>) -> Result<Vec<Entry>, Broken> {
    let mut entries: Vec<Entry> = Vec::with_capacity(sealed.len());
    for item in sealed {
        let entry = check(key, entries.last(), item)?;
        entries.push(entry);
    }
    Ok(entries)
}

fn check(key: &CommentKey, last: Option<&Entry>, item: Sealed) -> Result<Entry, Broken> {
    let (key, seq) = (key.clone(), item.seq);
    if hash(&item.body) != item.hash {
        return Err(Broken::Hash { key, seq });
    }
    let body: Body = match serde_json::from_str(&item.body) {
        Ok(body) => body,
        Err(error) => return Err(Broken::Unreadable { key, seq, column: error.column() }),
    };
    let expected = Revision(last.map_or(0, |entry| entry.seq.0) + 1);
    if body.seq != expected || item.seq != expected {
        return Err(Broken::Order { key, seq, expected });
    }
    if body.key != key || body.prev != last.map_or("", |entry| entry.hash.as_str()) {
        return Err(Broken::Link { key, seq });
    }
    if let Some(words) = &item.words
        && body.words.as_deref() != Some(digest(words).as_str())
    {
        return Err(Broken::Words { key, seq });
    }
    Ok(Entry { seq, at: body.at, by: body.by, what: body.what, words: item.words, prev: body.prev, hash: item.hash })
}

fn digest(words: &Words) -> String {
    hash(&json(words))
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our own types have string keys and no failing serialiser")
}
