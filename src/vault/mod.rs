//! The vault: people's words at rest are sealed under a random key per record, and the keys lie apart from the words. To erase is to
//! destroy the key, which reaches every backup of the table; the ciphertext goes as well.
//!
//! Three layers: a *data key* seals the words of one record, or the bytes of one delivery; a *wrapping key*, one for each day, seals
//! data keys; KMS, or a file on a laptop, seals wrapping keys. So a delivery costs no call of KMS. A data key belongs to a record's
//! partition and a *generation*: what was erased is never opened again, and words that come later have the next generation.
//!
//! A destroyed key reads as "no words". A key that is missing without having been destroyed is a fault, and a person must look.
//! `store` seals and opens with it; which words go is decided in `model::keep`. `seal` is the cipher, `wrapping` the key above,
//! `items` the table.

mod items;
pub mod seal;
mod wrapping;

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_dynamodb::Client;
use jiff::tz::TimeZone;

use crate::model::Clock;
use items::Wrapped;
use seal::Key;

pub use wrapping::Wrapping;

/// Data keys held in memory at most: some hundred bytes each.
const HELD: usize = 4_096;
/// Wrapping keys held at most: one for each day of a year and a half.
const HELD_WRAPPING: usize = 550;
/// Keys that wait for a delivery at most: as many as arrive at once on one machine.
const READY: usize = 8;
/// Attempts to agree with others on a record's key: each loses to somebody who made it.
const ATTEMPTS: usize = 5;
/// The wrapping key that says whether the key above is the right one.
const FIRST: &str = "wrapping#first";
/// The record whose key digests authors' names.
const AUTHORS: &str = "authors";

type Cause = Box<dyn Error + Send + Sync>;

/// Why the vault could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Try again later.
    #[error("the key store did not answer while {doing}")]
    Unavailable { doing: &'static str, source: Cause },
    /// A person must look.
    #[error("{what} cannot be used")]
    Corrupt { what: String, source: Cause },
}

impl VaultError {
    fn unavailable(doing: &'static str, source: impl Into<Cause>) -> VaultError {
        VaultError::Unavailable { doing, source: source.into() }
    }

    fn corrupt(what: impl Into<String>, source: impl Into<Cause>) -> VaultError {
        VaultError::Corrupt { what: what.into(), source: source.into() }
    }
}

/// A data key and where it is kept.
#[derive(Clone)]
pub struct Named {
    /// The record that it belongs to, or a name of its own.
    pub pk: String,
    pub generation: u32,
    pub key: Key,
}

/// The vault. Clones share what is held in memory.
#[derive(Clone)]
pub struct Vault {
    client: Client,
    table: String,
    wrapping: Wrapping,
    clock: Clock,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    data: HashMap<(String, u32), Key>,
    wrapping: HashMap<String, Key>,
    /// The wrapping key that new keys were put under last.
    current: Option<String>,
    ready: Vec<Named>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({})", self.table)
    }
}

impl Vault {
    /// Talks to one table of keys; nothing is checked or created.
    pub fn new(client: Client, table: impl Into<String>, wrapping: Wrapping, clock: Clock) -> Self {
        Self { client, table: table.into(), wrapping, clock, held: Arc::default() }
    }

    /// Checks that the key above is the one under which this table's keys were put, and opens what the first delivery needs.
    pub async fn prove(&self) -> Result<(), VaultError> {
        self.wrapping_key(FIRST, true).await?;
        self.refill().await
    }

    /// The key under which new words of a record are sealed: of this generation, or of a later one if this one is destroyed.
    pub async fn key_for(&self, pk: &str, generation: u32) -> Result<Named, VaultError> {
        if let Some(key) = self.held().data.get(&(pk.to_owned(), generation)) {
            return Ok(Named { pk: pk.to_owned(), generation, key: key.clone() });
        }
        let mut wanted = generation;
        for _ in 0..ATTEMPTS {
            // Made at once: most records are new, and a key that is there refuses another.
            if let Some(made) = self.make(pk, wanted).await? {
                return Ok(made);
            }
            let keys = self.keys(pk).await?.unwrap_or_default();
            wanted = generation.max(keys.destroyed);
            if let Some(wrapped) = keys.generations.get(&wanted) {
                let key = self.unwrap(pk, wanted, wrapped).await?;
                return Ok(Named { pk: pk.to_owned(), generation: wanted, key });
            }
        }
        Err(VaultError::unavailable("agreeing on a key", "others make and destroy it at the same time"))
    }

    /// The key under which words were sealed; `None` if it was destroyed.
    pub async fn key(&self, pk: &str, generation: u32) -> Result<Option<Key>, VaultError> {
        if let Some(key) = self.held().data.get(&(pk.to_owned(), generation)) {
            return Ok(Some(key.clone()));
        }
        let missing = || VaultError::corrupt(format!("the key {generation} of {pk}"), "it is missing and was not destroyed");
        let keys = self.keys(pk).await?.ok_or_else(missing)?;
        if generation < keys.destroyed {
            return Ok(None);
        }
        let wrapped = keys.generations.get(&generation).ok_or_else(missing)?;
        self.unwrap(pk, generation, wrapped).await.map(Some)
    }

    /// Destroys every generation of a record's keys below this one. What was sealed under them is noise from now on, wherever it lies.
    pub async fn destroy(&self, pk: &str, below: u32) -> Result<(), VaultError> {
        self.take_keys(pk, below, self.clock.now()).await?;
        self.held().data.retain(|(known, generation), _| known != pk || *generation >= below);
        Ok(())
    }

    /// A key that is kept already and that nobody uses: a delivery then waits for one write and not for two.
    pub async fn ready_key(&self) -> Result<Named, VaultError> {
        let ready = self.held().ready.pop();
        match ready {
            Some(ready) => Ok(ready),
            None => self.fresh().await,
        }
    }

    /// Makes the key for the delivery after this one, beside it.
    pub async fn refill(&self) -> Result<(), VaultError> {
        if self.held().ready.len() < READY {
            let fresh = self.fresh().await?;
            self.held().ready.push(fresh);
        }
        Ok(())
    }

    /// A digest of an author's id or name, which nobody can make or try names against without the key store.
    pub async fn author_digest(&self, author: &str) -> Result<String, VaultError> {
        Ok(self.key_for(AUTHORS, 0).await?.key.digest(author))
    }

    /// A key under a name of its own.
    async fn fresh(&self) -> Result<Named, VaultError> {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(|_| VaultError::unavailable("making a key", seal::NoRandomness))?;
        let made = self.make(&format!("key#{}", hex::encode(name)), 0).await?;
        made.ok_or_else(|| VaultError::unavailable("making a key", "its random name is taken"))
    }

    /// Makes a generation of a record's key; `None` if it is there, or was destroyed.
    async fn make(&self, pk: &str, generation: u32) -> Result<Option<Named>, VaultError> {
        const DOING: &str = "making a key";
        let (under, wrapping) = self.current_wrapping().await?;
        let key = Key::random().map_err(|error| VaultError::unavailable(DOING, error))?;
        let sealed = wrapping.seal(&place(pk, generation), key.bytes());
        let wrapped = Wrapped { key: sealed.map_err(|error| VaultError::unavailable(DOING, error))?, under };
        if !self.put_key(pk, generation, &wrapped).await? {
            return Ok(None);
        }
        self.hold(pk, generation, &key);
        Ok(Some(Named { pk: pk.to_owned(), generation, key }))
    }

    async fn unwrap(&self, pk: &str, generation: u32, wrapped: &Wrapped) -> Result<Key, VaultError> {
        let wrapping = self.wrapping_key(&wrapped.under, false).await?;
        let opened = wrapping.open(&place(pk, generation), &wrapped.key);
        let opened = opened.map_err(|error| VaultError::corrupt(format!("the key {generation} of {pk}"), error))?;
        let key = Key::of_bytes(&opened);
        let key = key.ok_or_else(|| VaultError::corrupt(format!("the key {generation} of {pk}"), "it is no key of 32 bytes"))?;
        self.hold(pk, generation, &key);
        Ok(key)
    }

    /// The day's wrapping key; that of the day before for as long as the day's own cannot be had.
    async fn current_wrapping(&self) -> Result<(String, Key), VaultError> {
        let id = format!("wrapping#{}", self.clock.now().to_zoned(TimeZone::UTC).date());
        match self.wrapping_key(&id, true).await {
            Ok(key) => {
                self.held().current = Some(id.clone());
                Ok((id, key))
            }
            Err(error) => {
                let held = self.held();
                let before = held.current.as_ref().and_then(|id| Some((id.clone(), held.wrapping.get(id)?.clone())));
                before.ok_or(error)
            }
        }
    }

    /// A wrapping key, opened once for each process; made if nobody has made it yet and `make` says so.
    async fn wrapping_key(&self, id: &str, make: bool) -> Result<Key, VaultError> {
        if let Some(key) = self.held().wrapping.get(id) {
            return Ok(key.clone());
        }
        let missing =
            || VaultError::corrupt(format!("the wrapping key {id}"), "it is missing: every key under it is lost with it");
        let kept = match self.kept_wrapping(id).await? {
            Some(kept) => kept,
            None if make => {
                let (key, kept) = self.wrapping.make(id).await?;
                if self.put_wrapping(id, &kept).await? {
                    self.hold_wrapping(id, &key);
                    return Ok(key);
                }
                self.kept_wrapping(id).await?.ok_or_else(missing)?
            }
            None => return Err(missing()),
        };
        let key = self.wrapping.open(id, &kept).await?;
        self.hold_wrapping(id, &key);
        Ok(key)
    }

    fn hold(&self, pk: &str, generation: u32, key: &Key) {
        let mut held = self.held();
        if held.data.len() >= HELD {
            held.data.clear();
        }
        held.data.insert((pk.to_owned(), generation), key.clone());
    }

    fn hold_wrapping(&self, id: &str, key: &Key) {
        let mut held = self.held();
        if held.wrapping.len() >= HELD_WRAPPING {
            held.wrapping.clear();
        }
        held.wrapping.insert(id.to_owned(), key.clone());
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn place(pk: &str, generation: u32) -> String {
    format!("{pk} {generation}")
}
