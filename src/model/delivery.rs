//! A delivery: what one webhook call carried, byte for byte, and the proof that its signature matched.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::door::Provider;
use super::ids::{DeliveryId, DoorId};

/// One webhook call as it arrived. The body that was checked is the body that is kept and later parsed: nothing re-encodes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    pub door: DoorId,
    pub provider: Provider,
    pub body: Vec<u8>,
    /// The headers that say something about the body (its platform decides which), names in lower case. No signature, no cookie.
    pub headers: BTreeMap<String, String>,
    pub received_at: Timestamp,
}

impl Delivery {
    /// The door and a digest of the body and of the kept headers that tell one delivery from another.
    ///
    /// Headers take part because some platforms say only there what happened to the comment in the body.
    pub fn id(&self, telling_headers: &[&str]) -> DeliveryId {
        let mut hash = Sha256::new();
        for name in telling_headers {
            if let Some(value) = self.headers.get(*name) {
                hash.update((value.len() as u64).to_be_bytes());
                hash.update(value.as_bytes());
            }
        }
        hash.update(&self.body);
        DeliveryId { door: self.door.clone(), digest: hex::encode(hash.finalize()) }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({}, {} bytes, {})", self.door, self.body.len(), self.received_at)
    }
}

/// A value whose signature matched a live secret of its door. Only `receive::verify` makes one (`tests/it/tidy.rs` checks it),
/// so whoever asks for it cannot be handed unsigned bytes.
///
/// ```compile_fail,E0451
/// let forged = dayzero::model::Verified { value: "unsigned" };
/// ```
///
/// ```compile_fail,E0624
/// let forged = dayzero::model::Verified::vouch("unsigned");
/// ```
///
/// ```compile_fail,E0277
/// let forged = serde_json::from_str::<dayzero::model::Verified<String>>("\"unsigned\"");
/// ```
///
/// ```compile_fail,E0308
/// let forged = dayzero::model::Verified::<String>::from("unsigned".to_owned());
/// ```
///
/// ```compile_fail,E0599
/// let forged = dayzero::model::Verified::<String>::default();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
}

impl<T> Verified<T> {
    /// For `receive::verify` only, after a signature over the raw bytes matched.
    pub(crate) fn vouch(value: T) -> Self {
        Self { value }
    }

    /// What was vouched for; to read it is all that a holder can do.
    pub fn get(&self) -> &T {
        &self.value
    }
}

/// How a kept delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Stored, answered with 200, and not yet turned into comments: open work.
    Kept,
    /// Every comment in it has its record, and whatever could not be read is before a person.
    WorkedOff,
    /// Its bytes have gone with the words of its comments. Its name stays, so that it is not taken in again.
    Erased,
}
