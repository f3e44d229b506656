//! The chain: how an entry is written down, hashed, and checked again.
//!
//! An entry is stored as the exact JSON text that was hashed, so that a check never depends on how a later version would write it.
//! The text names the record's key, its own place and the hash before it; a changed, missing, swapped or foreign entry therefore
//! shows. What a chain alone cannot show is a cut-off end; the head beside it tells how long it has been.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::{Actor, Entry, Happening, Words};
use super::ids::{CommentKey, Revision};

/// The version of the program that writes entries: an inspector asks which one said so.
pub const PROGRAM: &str = concat!("dayzero ", env!("CARGO_PKG_VERSION"));

/// What a chain may belong to: a comment, or a journal.
pub trait Key: Clone + PartialEq + fmt::Display + Serialize + DeserializeOwned {}

impl<K: Clone + PartialEq + fmt::Display + Serialize + DeserializeOwned> Key for K {}

/// What a chain may tell of.
pub trait What: Serialize + DeserializeOwned {}

impl<W: Serialize + DeserializeOwned> What for W {}

/// The hashed text of an entry, as it is stored.
#[derive(Serialize, Deserialize)]
struct Body<K, W> {
    key: K,
    seq: Revision,
    at: Timestamp,
    by: Actor,
    what: W,
    /// Salted digest of the words beside the entry; `None` if there never were any.
    words: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    program: Option<String>,
    prev: String,
}

/// An entry as the store holds it and an export shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed<K = CommentKey> {
    pub key: K,
    pub seq: Revision,
    /// The exact text that `hash` is of.
    pub body: String,
    pub hash: String,
    /// Erasable; its absence does not break the chain.
    #[serde(skip_serializing_if = "Words::is_nothing", default)]
    pub words: Option<Words>,
}

impl<K: fmt::Display> fmt::Debug for Sealed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} entry {}, {} bytes, {})", self.key, self.seq, self.body.len(), self.hash)
    }
}

/// Why a chain cannot be believed, naming the first entry that breaks it.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error("{key}: entry {seq} is not what was hashed")]
    Hash { key: String, seq: Revision },
    #[error("{key}: entry {seq} does not follow the entry before it")]
    Link { key: String, seq: Revision },
    #[error("{key}: entry {seq} stands where entry {expected} was expected")]
    Order { key: String, seq: Revision, expected: Revision },
    #[error("{key}: the words beside entry {seq} are not those that were kept")]
    Words { key: String, seq: Revision },
    /// Where, and not what: the reader's own message may quote the entry.
    #[error("{key}: entry {seq} cannot be read by this version of Dayzero from column {column} on")]
    Unreadable { key: String, seq: Revision, column: usize },
}

/// Writes down what happened as the next entry after `last`.
pub fn seal<K: Key, W: What>(key: &K, last: Option<&Entry<W>>, new: New<W>) -> (Entry<W>, Sealed<K>) {
    seal_after(key, last.map(|entry| (entry.seq, entry.hash.as_str())), new)
}

/// The same after an entry of which only the place and the hash are known: it may be one that nobody can read.
pub fn seal_after<K: Key, W: What>(key: &K, last: Option<(Revision, &str)>, new: New<W>) -> (Entry<W>, Sealed<K>) {
    let seq = Revision(last.map_or(0, |(seq, _)| seq.0) + 1);
    let prev = last.map(|(_, hash)| hash.to_owned()).unwrap_or_default();
    let New { at, by, what, words } = new;
    let program = Some(PROGRAM.to_owned());
    let body = Body { key: key.clone(), seq, at, by, what, words: words.as_ref().map(digest), program, prev };
    let text = json(&body);
    let hash = hash(&text);
    let Body { by, what, program, prev, .. } = body;
    let entry = Entry { seq, at, by, what, words: words.clone(), program, prev, hash: hash.clone() };
    (entry, Sealed { key: key.clone(), seq, body: text, hash, words })
}

/// What is to be written down next.
#[derive(Clone, Debug, PartialEq)]
pub struct New<W = Happening> {
    pub at: Timestamp,
    pub by: Actor,
    pub what: W,
    pub words: Option<Words>,
}

/// Reads a chain back, checking every link.
pub fn open<K: Key, W: What>(key: &K, sealed: Vec<Sealed<K>>) -> Result<Vec<Entry<W>>, Broken> {
    let mut entries: Vec<Entry<W>> = Vec::with_capacity(sealed.len());
    for item in sealed {
        let entry = check(key, entries.last(), item)?;
        entries.push(entry);
    }
    Ok(entries)
}

/// Whether an entry, as it is stored, orders that the words before it go. Nothing is checked.
pub fn orders_erasure(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Only {
        what: Kind,
    }
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    serde_json::from_str::<Only>(body).is_ok_and(|only| only.what.kind == "erased")
}

/// Reads the newest entry of a chain by itself: that it is what was hashed, and not what came before it.
pub fn last<K: Key, W: What>(item: Sealed<K>) -> Result<Entry<W>, Broken> {
    let (key, seq) = (item.key.to_string(), item.seq);
    let body = read::<K, W>(&item)?;
    if body.seq != seq || body.key != item.key {
        return Err(Broken::Link { key, seq });
    }
    Ok(entry(body, item))
}

/// Reads one entry back that follows `last`: the whole chain up to `last` was checked before.
fn check<K: Key, W: What>(own: &K, last: Option<&Entry<W>>, item: Sealed<K>) -> Result<Entry<W>, Broken> {
    let (key, seq) = (own.to_string(), item.seq);
    let body = read::<K, W>(&item)?;
    let expected = Revision(last.map_or(0, |entry| entry.seq.0) + 1);
    if body.seq != expected || item.seq != expected {
        return Err(Broken::Order { key, seq, expected });
    }
    if body.key != *own || body.prev != last.map_or("", |entry| entry.hash.as_str()) {
        return Err(Broken::Link { key, seq });
    }
    if let Some(words) = item.words.as_ref().filter(|words| !words.destroyed)
        && body.words.as_deref() != Some(digest(words).as_str())
    {
        return Err(Broken::Words { key, seq });
    }
    Ok(entry(body, item))
}

/// The body that an item's hash is of.
fn read<K: Key, W: What>(item: &Sealed<K>) -> Result<Body<K, W>, Broken> {
    let (key, seq) = (item.key.to_string(), item.seq);
    if hash(&item.body) != item.hash {
        return Err(Broken::Hash { key, seq });
    }
    serde_json::from_str(&item.body).map_err(|error| Broken::Unreadable { key, seq, column: error.column() })
}

fn entry<K, W>(body: Body<K, W>, item: Sealed<K>) -> Entry<W> {
    let Body { at, by, what, program, prev, .. } = body;
    Entry { seq: item.seq, at, by, what, words: item.words, program, prev, hash: item.hash }
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
