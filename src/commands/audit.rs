//! `dayzero audit`: verify the chains of events, in the store or in an export, and make an export.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::{DataArgs, Ended, Opened, Unusable, operator, read_text};
use crate::error::one_line;
use crate::model::chain::{self, Sealed};
use crate::model::{Access, Clock, CommentKey, Happening, Looked};
use crate::review::seen;
use crate::review::sign_in::Person;
use crate::store::{Store, StoreError};

/// What can be asked of the chains.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Recompute every chain and name the first break of each broken one
    Verify {
        /// An export; without it, the store is verified
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Write every entry as JSON lines on standard output. Holds patients' words: keep it where the store may be kept
    Export {
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Ends with no if a chain is broken.
pub async fn run(command: AuditCommand) -> Result<Ended, Unusable> {
    match command {
        AuditCommand::Verify { file: Some(file), .. } => verify_export(&read_text(&file)?),
        AuditCommand::Verify { file: None, data } => {
            let opened = Opened::open(&data).await?;
            let verified = verify_store(&opened.store).await;
            opened.close().await;
            report(verified.map_err(unusable)?)
        }
        AuditCommand::Export { data } => {
            let opened = Opened::open(&data).await?;
            let exported = export(&opened.store).await;
            opened.close().await;
            exported
        }
    }
}

/// What a check found.
#[derive(Debug, Default)]
struct Verified {
    chains: usize,
    entries: usize,
    faults: Vec<String>,
}

impl Verified {
    fn chain(&mut self, key: &CommentKey, sealed: Vec<Sealed>) {
        self.chains += 1;
        self.entries += sealed.len();
        if let Err(broken) = chain::open::<_, Happening>(key, sealed) {
            self.faults.push(one_line(&broken));
        }
    }
}

fn report(verified: Verified) -> Result<Ended, Unusable> {
    for fault in &verified.faults {
        eprintln!("dayzero: {fault}");
    }
    println!("{} chains, {} entries, {} broken", verified.chains, verified.entries, verified.faults.len());
    if verified.faults.is_empty() { Ok(Ended::Done) } else { Ok(Ended::No) }
}

async fn verify_store(store: &Store) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    for key in store.keys().await? {
        let sealed = store.sealed(&key).await?;
        let length = sealed.len();
        verified.chain(&key, sealed);
        // The head tells how long the chain has been: a cut-off end shows nowhere else.
        let expected = store.head(&key).await?.map_or(0, |head| head.revision.0 as usize);
        if expected > length {
            verified.faults.push(format!("{key}: its head was made from {expected} entries, and {length} are there"));
        }
    }
    Ok(verified)
}

fn verify_export(text: &str) -> Result<Ended, Unusable> {
    let mut chains: BTreeMap<CommentKey, Vec<Sealed>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let sealed: Sealed = serde_json::from_str(line).map_err(|error| {
            Unusable(format!("line {}: expected an exported entry; column {} is none", index + 1, error.column()))
        })?;
        chains.entry(sealed.key.clone()).or_default().push(sealed);
    }
    let mut verified = Verified::default();
    for (key, sealed) in chains {
        verified.chain(&key, sealed);
    }
    report(verified)
}

async fn export(store: &Store) -> Result<Ended, Unusable> {
    note_export(store).await?;
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let failed = |error: &dyn std::fmt::Display| Unusable(format!("standard output cannot be written: {error}"));
    for key in store.keys().await.map_err(unusable)? {
        for sealed in store.sealed(&key).await.map_err(unusable)? {
            serde_json::to_writer(&mut output, &sealed).map_err(|error| failed(&error))?;
            output.write_all(b"\n").map_err(|error| failed(&error))?;
        }
    }
    output.flush().map_err(|error| failed(&error))?;
    Ok(Ended::Done)
}

/// An export gives out everything: that it was made, and by whom, is noted before its first line.
async fn note_export(store: &Store) -> Result<(), Unusable> {
    let person = Person::parse(&operator()).map_err(Unusable)?;
    let access = Access::new(Looked::Export, "dayzero audit export".to_owned(), store.keys().await.map_err(unusable)?, None);
    seen::note(store, &Clock::System, &person, access).await.map_err(unusable)
}

fn unusable(error: StoreError) -> Unusable {
    Unusable(one_line(&error))
}
