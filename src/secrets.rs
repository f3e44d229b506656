//! Webhook secrets: read from the secret store at run time, held for a short while, read again early when a signature fails.
//!
//! A mis-rotated secret is the likeliest way to lose every comment of a platform, so what was last known stays in use while the
//! secret store does not answer, and a new value takes effect without a deployment.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use aws_sdk_secretsmanager::Client;
use jiff::{SignedDuration, Timestamp};

use crate::model::{Clock, Provider};
use crate::platform::DoorSecrets;

/// How long a secret may be used before the store is asked again.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(300);
/// How often a failed signature may cause an early reading of one secret: forgers must not make us hammer the store.
const REREAD_EVERY: SignedDuration = SignedDuration::from_secs(30);

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
    held: Arc<Mutex<HashMap<String, Held>>>,
}

#[derive(Clone)]
struct Held {
    secrets: Arc<DoorSecrets>,
    read_at: Timestamp,
}

/// Why a secret cannot be used. None of these holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret {name} could not be read: {code}")]
    Unavailable { name: String, code: String },
    #[error("the secret {name} cannot be used: {problem}")]
    Unusable { name: String, problem: String },
}

impl Secrets {
    /// Holds no secret until one is asked for.
    pub fn new(store: SecretStore, clock: Clock) -> Self {
        Self { store, clock, held: Arc::default() }
    }

    /// The live secrets under this name.
    pub async fn get(&self, name: &str, provider: Provider) -> Result<Arc<DoorSecrets>, SecretError> {
        match self.held(name) {
            Some(held) if self.clock.now().duration_since(held.read_at) < FRESH_FOR => Ok(held.secrets),
            Some(held) => Ok(match self.read(name, provider).await {
                Ok(secrets) => secrets,
                Err(_) => self.keep_using(name, held),
            }),
            None => self.read(name, provider).await,
        }
    }

    /// Reads the secrets anew after a signature failed; `None` if that was done a moment ago.
    pub async fn reread(&self, name: &str, provider: Provider) -> Option<Arc<DoorSecrets>> {
        let held = self.held(name)?;
        if self.clock.now().duration_since(held.read_at) < REREAD_EVERY {
            return None;
        }
        self.read(name, provider).await.ok()
    }

    /// Goes on with what was last known, and asks again in a while: a store that hangs must not cost every delivery its time.
    fn keep_using(&self, name: &str, held: Held) -> Arc<DoorSecrets> {
        let ask_again = FRESH_FOR - REREAD_EVERY;
        let read_at = self.clock.now().checked_sub(ask_again).unwrap_or(held.read_at);
        let kept = Held { secrets: held.secrets.clone(), read_at };
        self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(name.to_owned(), kept);
        held.secrets
    }

    fn held(&self, name: &str) -> Option<Held> {
        self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get(name).cloned()
    }

    async fn read(&self, name: &str, provider: Provider) -> Result<Arc<DoorSecrets>, SecretError> {
        let value = self.store.text(name).await?;
        let secrets =
            DoorSecrets::parse(provider, &value).map_err(|problem| SecretError::Unusable { name: name.to_owned(), problem })?;
        let held = Held { secrets: Arc::new(secrets), read_at: self.clock.now() };
        self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(name.to_owned(), held.clone());
        Ok(held.secrets)
    }
}

impl SecretStore {
    /// The text under a name, as it is now.
    pub async fn text(&self, name: &str) -> Result<String, SecretError> {
        use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
        let unavailable = |code: &str| SecretError::Unavailable { name: name.to_owned(), code: code.to_owned() };
        match self {
            SecretStore::Development(secrets) => {
                secrets.get(name).cloned().ok_or_else(|| unavailable("no development secret has this name"))
            }
            SecretStore::SecretsManager(client) => {
                let answer = client.get_secret_value().secret_id(name).send().await;
                let answer = answer.map_err(|error| unavailable(error.code().unwrap_or("no answer")))?;
                answer.secret_string().map(str::to_owned).ok_or_else(|| unavailable("the secret holds no text"))
            }
        }
    }
}
