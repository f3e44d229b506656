//! A value that may be used for a while before its source is asked again, and for longer if the source does not answer.

use std::sync::{Arc, RwLock};

use jiff::{SignedDuration, Timestamp};

/// Holds the last known value of something. Clones share it.
#[derive(Debug)]
pub struct Fresh<T> {
    held: Arc<RwLock<Option<(Timestamp, T)>>>,
    good_for: SignedDuration,
}

impl<T> Clone for Fresh<T> {
    fn clone(&self) -> Self {
        Self { held: self.held.clone(), good_for: self.good_for }
    }
}

impl<T: Clone> Fresh<T> {
    /// Empty at first, so the first reader has to ask the source.
    pub fn new(good_for: SignedDuration) -> Self {
        Self { held: Arc::default(), good_for }
    }

    /// The value, if it was learnt recently enough.
    pub fn fresh(&self, now: Timestamp) -> Option<T> {
        self.held().filter(|(at, _)| now.duration_since(*at) < self.good_for).map(|(_, value)| value)
    }

    /// The last known value, however old.
    pub fn last(&self) -> Option<T> {
        self.held().map(|(_, value)| value)
    }

    /// Keeps what the source just answered, and counts its age from `now`.
    pub fn learn(&self, now: Timestamp, value: T) {
        *self.held.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some((now, value));
    }

    /// Makes the next reader ask the source.
    pub fn forget(&self) {
        *self.held.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = None;
    }

    fn held(&self) -> Option<(Timestamp, T)> {
        self.held.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}
