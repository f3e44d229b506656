//! The key store of a laptop: the table of keys in a file of its own, and a master key beside it where AWS has KMS. Whoever copies the
//! data back from a backup leaves these two as they are: that is how an erasure reaches the copy.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::Table;
use crate::config::{Clients, Config};
use crate::error::one_line;
use crate::model::Clock;
use crate::vault::seal::Key;
use crate::vault::{Vault, Wrapping};

/// The file of the keys that words are sealed under.
const KEYS: &str = "keys.db";
/// The file of the key that opens them: 32 bytes, for its owner's eyes.
const MASTER: &str = "master.key";

/// A running key store.
pub struct KeyStore {
    table: Table,
    wrapping: Wrapping,
}

impl KeyStore {
    /// Opens the key store of a data folder; `None` keeps it in memory. One sentence if it cannot be used.
    pub async fn start(data: Option<&Path>) -> Result<KeyStore, String> {
        let master = match data {
            None => Key::random().map_err(|error| error.to_string())?,
            Some(folder) => master_key(folder)?,
        };
        let table = Table::start_file(data.map(|folder| folder.join(KEYS)).as_deref()).await?;
        Ok(KeyStore { table, wrapping: Wrapping::File(master) })
    }

    /// A configuration whose keys lie here.
    pub fn configure(&self, config: Config) -> Config {
        config.with_keys_at(self.table.endpoint())
    }

    /// The vault over this key store.
    pub fn vault(&self, clients: &Clients, config: &Config, clock: &Clock) -> Vault {
        Vault::new(clients.keys.clone(), &config.keys_table, self.wrapping.clone(), clock.clone())
    }

    /// Makes the table if there is none, and checks that the master key is the one that its keys were put under.
    pub async fn prove(&self, vault: &Vault) -> Result<(), String> {
        vault.create_table().await.map_err(|error| one_line(&error))?;
        vault.prove().await.map_err(|error| format!("{}; put back the {MASTER} that belongs to this {KEYS}", one_line(&error)))
    }

    /// Lets running requests finish and closes the file.
    pub async fn stop(self) {
        self.table.stop().await;
    }
}

fn master_key(folder: &Path) -> Result<Key, String> {
    let path = folder.join(MASTER);
    let failed = |error: &dyn std::fmt::Display| format!("the master key {} cannot be used: {error}", path.display());
    match fs::read(&path) {
        Ok(bytes) => Key::of_bytes(&bytes).ok_or_else(|| failed(&format!("it has {} bytes, expected 32", bytes.len()))),
        Err(error) if error.kind() == ErrorKind::NotFound && folder.join(KEYS).exists() => {
            Err(failed(&format!("it is missing, and only it opens {KEYS}: put it back")))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make_master_key(&path).map_err(|error| failed(&error)),
        Err(error) => Err(failed(&error)),
    }
}

/// Written and synced before anything is sealed under it.
fn make_master_key(path: &Path) -> Result<Key, String> {
    let key = Key::random().map_err(|error| error.to_string())?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| error.to_string())?;
    file.write_all(key.bytes()).and_then(|()| file.sync_all()).map_err(|error| error.to_string())?;
    Ok(key)
}
