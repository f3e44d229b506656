//! The store as lines: every chain as it is stored, and a closing line that binds them. `audit` holds the format and checks it; commands
//! print the lines or feed them to that check. Holds patients' words: whoever calls this says where they go, and notes that they went.

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::model::chain::{Key, PROGRAM, Sealed};
use crate::model::merkle::Merkle;
use crate::model::{ChainKey, JournalId, Leaf, Revision, roots};
use crate::store::{Store, StoreError};

/// Lines that one digest of the closing line is of.
const BLOCK: usize = 100;

/// Which chains: those with an entry in this time, whole. Without an end on one side, from the first or to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

impl Period {
    fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// One line, with its line feed; of an entry, whose it is and which.
pub struct Line<'a> {
    pub text: &'a [u8],
    pub of: Option<(ChainKey, Revision)>,
}

/// Why an export ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the export cannot be written")]
    Write(#[source] io::Error),
}

/// Writes every chain of the period, one chain at a time in memory. Roots are read first: whatever they hold is then there.
pub async fn export(
    store: &Store,
    period: Period,
    at: Timestamp,
    out: impl FnMut(Line<'_>) -> io::Result<()>,
) -> Result<(), ExportError> {
    let mut export =
        Export { out, period, chains: 0, entries: 0, tips: Merkle::default(), block: Sha256::new(), blocks: Vec::new() };
    let is_root = |journal: &JournalId| journal.subject() == roots::SUBJECT;
    for journal in store.journals().await?.into_iter().filter(is_root) {
        export.chain(ChainKey::Journal(journal.clone()), store.sealed_journal(&journal).await?)?;
    }
    for journal in store.journals().await?.into_iter().filter(|journal| !is_root(journal)) {
        export.chain(ChainKey::Journal(journal.clone()), store.sealed_journal(&journal).await?)?;
    }
    for key in store.keys().await? {
        export.chain(ChainKey::Comment(key.clone()), store.sealed(&key).await?)?;
    }
    export.close(at)
}

struct Export<F> {
    out: F,
    period: Period,
    chains: usize,
    entries: usize,
    tips: Merkle,
    block: Sha256,
    blocks: Vec<String>,
}

impl<F: FnMut(Line<'_>) -> io::Result<()>> Export<F> {
    fn chain<K: Key>(&mut self, key: ChainKey, sealed: Vec<Sealed<K>>) -> Result<(), ExportError> {
        let Some(last) = sealed.last() else { return Ok(()) };
        if self.period != Period::default()
            && !sealed.iter().any(|entry| written_at(entry).is_none_or(|at| self.period.holds(at)))
        {
            return Ok(());
        }
        self.chains += 1;
        self.tips.push(&Leaf { key: key.clone(), seq: last.seq, hash: last.hash.clone() });
        for entry in &sealed {
            self.entry(&key, entry).map_err(ExportError::Write)?;
        }
        Ok(())
    }

    fn entry<K: Key>(&mut self, key: &ChainKey, entry: &Sealed<K>) -> io::Result<()> {
        let text = line(entry)?;
        self.block.update(&text);
        self.entries += 1;
        if self.entries.is_multiple_of(BLOCK) {
            self.blocks.push(hex::encode(self.block.finalize_reset()));
        }
        (self.out)(Line { text: &text, of: Some((key.clone(), entry.seq)) })
    }

    fn close(mut self, at: Timestamp) -> Result<(), ExportError> {
        if !self.entries.is_multiple_of(BLOCK) {
            self.blocks.push(hex::encode(self.block.finalize_reset()));
        }
        let closing = Closing {
            chains: self.chains,
            entries: self.entries,
            root: self.tips.root(),
            blocks: self.blocks,
            at,
            program: PROGRAM,
            from: self.period.from,
            to: self.period.until,
        };
        let written = || -> io::Result<Vec<u8>> {
            let closing = serde_json::to_string(&closing)?;
            let hash = hex::encode(Sha256::digest(&closing));
            line(&Closed { closing: RawValue::from_string(closing)?, hash })
        };
        let text = written().map_err(ExportError::Write)?;
        (self.out)(Line { text: &text, of: None }).map_err(ExportError::Write)
    }
}

/// What the last line tells of those above it.
#[derive(Serialize)]
struct Closing {
    chains: usize,
    entries: usize,
    root: String,
    blocks: Vec<String>,
    at: Timestamp,
    program: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Timestamp>,
}

#[derive(Serialize)]
struct Closed {
    closing: Box<RawValue>,
    hash: String,
}

fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    Ok(text)
}

/// When an entry was written; `None` for one that cannot be read, which no period leaves out.
fn written_at<K>(entry: &Sealed<K>) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Written {
        at: Timestamp,
    }
    serde_json::from_str::<Written>(&entry.body).ok().map(|written| written.at)
}
