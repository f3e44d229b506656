//! Webhook secrets: read from the secret store at run time, held for a short while, read again early when a signature fails.
//!
//! A mis-rotated secret is the likeliest way to lose every comment of a platform, so the last secrets that were good stay in use while
//! the store does not answer or holds what cannot be used, and a new value takes effect without a deployment. `receive` asks for them;
//! the steps of a rotation are in `keeper`, for the operator's command.

#[cfg(feature = "local")]
pub mod keeper;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use jiff::{SignedDuration, Timestamp};

use crate::metrics::{Metric, Metrics};
use crate::model::{Clock, Provider};
use crate::platform::DoorSecrets;

/// How long a secret may be used before the store is asked again: what an operator changes is in force everywhere after it.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_secs(300);
/// How soon the store may be asked about one secret again, whatever it answered: neither forgers nor an outage may make us hammer it.
pub const ASK_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// The same while no secret is known at all and every delivery has to come again.
const FIRST_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// How long a delivery waits for a renewal that it could do without.
const RENEW_LIMIT: Duration = Duration::from_millis(1_000);
/// The stage's name in metrics: whose deliveries depend on secrets.
const STAGE: &str = "receive";

/// Where secrets are kept.
#[derive(Clone)]
pub enum SecretStore {
    SecretsManager(Client),
    /// The development secrets of local mode, by name.
    Development(BTreeMap<String, String>),
}

/// The secrets in use. Clones share what is held.
#[derive(Clone)]
pub struct Secrets {
    store: SecretStore,
    clock: Clock,
    metrics: Metrics,
    slots: Arc<Mutex<Slots>>,
}

/// A secret is read as its provider writes it, so the two name it together.
type Slots = HashMap<(String, Provider), Arc<Slot>>;

/// What is held of one secret.
#[derive(Default)]
struct Slot {
    known: Mutex<Known>,
    /// Held by whoever asks the store: one at a time, however many deliveries arrive together.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    /// The last secrets that were good, and when they were read.
    good: Option<(Arc<DoorSecrets>, Timestamp)>,
    /// When the store was last asked, whatever it answered.
    asked_at: Option<Timestamp>,
    /// Why the last reading brought nothing.
    failed: Option<SecretError>,
}

/// Why a secret cannot be used. None of these holds any of it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret {name} could not be read: {code}")]
    Unavailable { name: String, code: String },
    #[error("the secret {name} cannot be used: {problem}")]
    Unusable { name: String, problem: String },
}

impl Secrets {
    /// Holds no secret until one is asked for.
    pub fn new(store: SecretStore, clock: Clock) -> Self {
        Self { store, clock, metrics: Metrics::Off, slots: Arc::default() }
    }

    /// The same, with a count of the readings that failed.
    pub fn counted(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The live secrets under this name. Once they are known, a store that fails or hangs costs one delivery in [`ASK_EVERY`] a
    /// moment, and none its answer.
    pub async fn get(&self, name: &str, provider: Provider) -> Result<Arc<DoorSecrets>, SecretError> {
        let (slot, now) = (self.slot(name, provider), self.clock.now());
        let known = slot.known().clone();
        let Some((secrets, read_at)) = known.good else {
            let _turn = slot.turn.lock().await;
            return self.first(&slot, name, provider).await;
        };
        if within(Some(read_at), now, FRESH_FOR) {
            return Ok(secrets);
        }
        // Whoever comes while another asks goes on with what is known.
        if let Ok(_turn) = slot.turn.try_lock() {
            self.ask_unless_asked(&slot, name, provider, ASK_EVERY).await;
        }
        let renewed = slot.known().good.clone();
        Ok(renewed.map_or(secrets, |(secrets, _)| secrets))
    }

    /// Newer secrets than those with which a signature failed; `None` if the store was asked a moment ago, or knows none. Deliveries that
    /// come while one of them asks wait for its answer: a platform that changed its secret sends many at once.
    pub async fn reread(&self, name: &str, provider: Provider, tried: &Arc<DoorSecrets>) -> Option<Arc<DoorSecrets>> {
        let slot = self.slot(name, provider);
        if let Some(newer) = slot.newer_than(tried) {
            return Some(newer);
        }
        let just_asked = within(slot.known().asked_at, self.clock.now(), ASK_EVERY);
        if just_asked && slot.turn.try_lock().is_ok() {
            return None;
        }
        let _turn = slot.turn.lock().await;
        self.ask_unless_asked(&slot, name, provider, ASK_EVERY).await;
        slot.newer_than(tried)
    }

    /// The first reading of a secret, by whoever has the turn; those who waited for it share its outcome.
    async fn first(&self, slot: &Slot, name: &str, provider: Provider) -> Result<Arc<DoorSecrets>, SecretError> {
        if slot.known().good.is_none() {
            self.ask_unless_asked(slot, name, provider, FIRST_EVERY).await;
        }
        let Known { good, failed, .. } = slot.known().clone();
        let unread = || SecretError::Unavailable { name: name.to_owned(), code: "no answer".to_owned() };
        good.map(|(secrets, _)| secrets).ok_or_else(|| failed.unwrap_or_else(unread))
    }

    /// Asks the store, unless that was done within `every`. For whoever has the turn.
    async fn ask_unless_asked(&self, slot: &Slot, name: &str, provider: Provider, every: SignedDuration) {
        let asked_at = self.clock.now();
        if within(slot.known().asked_at, asked_at, every) {
            return;
        }
        // Noted before the answer: a question that is given up half-way was asked all the same.
        slot.known().asked_at = Some(asked_at);
        let has_good = slot.known().good.is_some();
        let reading = self.read(name, provider);
        let answer = if has_good {
            tokio::time::timeout(RENEW_LIMIT, reading).await.unwrap_or_else(|_| Err(unavailable(name, "no answer in time")))
        } else {
            reading.await
        };
        let now = self.clock.now();
        let failed = answer.as_ref().err().cloned();
        if let Some(error) = &failed {
            self.metrics.count(STAGE, Metric::SecretUnreadable, 1);
            tracing::error!(secret = name, %error, last_good_in_use = has_good, "a secret could not be read");
        }
        let mut known = slot.known();
        known.asked_at = Some(now);
        known.failed = failed;
        if let Ok(secrets) = answer {
            known.good = Some((Arc::new(secrets), now));
        }
    }

    fn slot(&self, name: &str, provider: Provider) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        slots.entry((name.to_owned(), provider)).or_default().clone()
    }

    async fn read(&self, name: &str, provider: Provider) -> Result<DoorSecrets, SecretError> {
        let value = self.store.text(name).await?;
        DoorSecrets::parse(provider, &value).map_err(|problem| SecretError::Unusable { name: name.to_owned(), problem })
    }
}

impl SecretStore {
    /// The text under a name, as it is now.
    pub async fn text(&self, name: &str) -> Result<String, SecretError> {
        use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
        match self {
            SecretStore::Development(secrets) => {
                secrets.get(name).cloned().ok_or_else(|| unavailable(name, "no development secret has this name"))
            }
            SecretStore::SecretsManager(client) => {
                let answer = client.get_secret_value().secret_id(name).send().await;
                let answer = answer.map_err(|error| unavailable(name, error.code().unwrap_or("no answer")))?;
                answer.secret_string().map(str::to_owned).ok_or_else(|| unavailable(name, "the secret holds no text"))
            }
        }
    }
}

impl Slot {
    /// Never held across a question to the store.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn newer_than(&self, tried: &Arc<DoorSecrets>) -> Option<Arc<DoorSecrets>> {
        let good = self.known().good.clone();
        good.map(|(secrets, _)| secrets).filter(|secrets| !Arc::ptr_eq(secrets, tried))
    }
}

/// Whether something happened less than `length` ago. A clock that was set back makes nothing young again.
fn within(at: Option<Timestamp>, now: Timestamp, length: SignedDuration) -> bool {
    at.is_some_and(|at| (SignedDuration::ZERO..length).contains(&now.duration_since(at)))
}

fn unavailable(name: &str, code: &str) -> SecretError {
    SecretError::Unavailable { name: name.to_owned(), code: code.to_owned() }
}
