//! The doors that active campaigns open, held for a short while so that a delivery costs one write and no read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use crate::fresh::Fresh;
use crate::model::{Clock, DoorId};
use crate::store::{Directory, DoorEntry, Store, StoreError};

/// How long the doors may be used before the store is asked again: a new door opens within this time.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How soon an unknown door may cause an early reading: a door that was published a moment ago shall open, and strangers who try
/// addresses shall not reach the store each time.
const REREAD_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// How often a handshake of one door is noted: the shortest time in which one is expected again is a matter of hours.
const NOTE_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Clones share what is held.
#[derive(Clone)]
pub struct Doors {
    store: Store,
    clock: Clock,
    known: Fresh<Directory>,
    just_read: Fresh<()>,
    noted: Arc<Mutex<HashMap<(DoorId, String), Timestamp>>>,
}

impl Doors {
    /// Nothing is read yet: the first delivery asks the store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, known: Fresh::new(FRESH_FOR), just_read: Fresh::new(REREAD_EVERY), noted: Arc::default() }
    }

    /// What is known of a door; `None` if no active campaign opens it.
    pub async fn find(&self, door: &DoorId) -> Result<Option<DoorEntry>, StoreError> {
        let now = self.clock.now();
        let known = self.known.fresh(now).and_then(|directory| directory.doors.get(door).cloned());
        if known.is_some() || self.just_read.fresh(now).is_some() {
            return Ok(known);
        }
        match self.store.directory().await {
            Ok(directory) => {
                let entry = directory.doors.get(door).cloned();
                self.known.learn(now, directory);
                self.just_read.learn(now, ());
                Ok(entry)
            }
            // The doors that were open stay open while the store is away; whether it keeps the delivery is its own answer.
            Err(error) => match self.known.last() {
                Some(directory) => Ok(directory.doors.get(door).cloned()),
                None => Err(error),
            },
        }
    }

    /// Whether a handshake of this door may be noted now. Anybody may ask a door's question, and questions alone must not keep the
    /// table busy.
    pub fn may_note(&self, door: &DoorId, about: &str, now: Timestamp) -> bool {
        let mut noted = self.noted.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let asked = (door.clone(), about.to_owned());
        let just_noted = noted.get(&asked).is_some_and(|at| now.duration_since(*at) < NOTE_EVERY);
        if !just_noted {
            noted.insert(asked, now);
        }
        !just_noted
    }

    /// Reads the doors ahead of the first delivery, and gives back what is known of each.
    pub async fn warm(&self) -> Vec<DoorEntry> {
        let Ok(directory) = self.store.directory().await else { return Vec::new() };
        let entries = directory.doors.values().cloned().collect();
        self.known.learn(self.clock.now(), directory);
        entries
    }
}
