//! Notes the root that is due: reads which chains moved, where they stand now, and writes that down under one digest. What is due and
//! what a root is stands in `model::roots`. Several workers may do it at the same time; the journal's own numbers let one of them win,
//! and whoever was cut off is continued by the next tick, which skips what is noted already.

use std::collections::HashMap;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{STAGE, Watch};
use crate::metrics::Metric;
use crate::model::chain::New;
use crate::model::roots::{self, MOST_LEAVES, SUBJECT, Span};
use crate::model::{Actor, AuditRoot, ChainKey, JournalId, Leaf, Note, Noted, Revision, Stage};
use crate::store::{Store, StoreError};

/// Ends of chains that are read at once: each waits for the store.
const AT_ONCE: usize = 16;
/// Notes that are read back at most to learn what is noted already: with full notes 500,000 leaves. What is beyond is noted twice.
const MOST_READ_BACK: usize = 500;
/// What the age of the last root is said to be where there is none, or it cannot be read: more than any alarm allows.
const NEVER_SECONDS: u64 = 86_400;

/// The newest root that is noted, and where.
struct Last {
    journal: JournalId,
    note: Note,
    root: AuditRoot,
}

/// Says how old the last root is, and notes the next one if it is due: its span. `None` if nothing is due, or somebody else was faster.
pub async fn note_root(stage: &Watch) -> Result<Option<Span>, StoreError> {
    let now = stage.clock.now();
    let read = newest(&stage.store).await;
    let last = read.as_ref().ok().and_then(|(last, _)| last.as_ref());
    let age = last.map(|last| u64::try_from(now.duration_since(last.root.until).as_secs()).unwrap_or(0));
    stage.metrics.count(STAGE, Metric::AuditRootAge, age.unwrap_or(NEVER_SECONDS));
    let (last, journals) = read?;
    let Some(span) = roots::due(last.as_ref().map(|last| &last.root), now) else { return Ok(None) };
    let known = match &last {
        Some(last) => known(&stage.store, last, &journals, span).await?,
        None => HashMap::new(),
    };
    let writer = Writer { stage, span, journal: span.journal(), last: None, known, batch: Vec::new() };
    Ok(writer.write(last).await?.then_some(span))
}

/// The newest root, and the last journals of roots, the newest first. A journal is listed before its first note: the last one may be empty.
async fn newest(store: &Store) -> Result<(Option<Last>, Vec<JournalId>), StoreError> {
    let journals = store.latest_journals(SUBJECT, 2).await?;
    for journal in &journals {
        if let Some(note) = store.last_note(journal).await? {
            let root = root_of(&note).ok_or_else(|| foreign(journal))?;
            return Ok((Some(Last { journal: journal.clone(), note, root }), journals));
        }
    }
    Ok((None, journals))
}

fn root_of(note: &Note) -> Option<AuditRoot> {
    match &note.what {
        Noted::Root(root) => Some(root.clone()),
        _ => None,
    }
}

fn foreign(journal: &JournalId) -> StoreError {
    StoreError::Corrupt { what: journal.to_string(), source: "it holds a note that is no root".into() }
}

/// What recent roots hold of chains that may be met again.
async fn known(
    store: &Store,
    last: &Last,
    journals: &[JournalId],
    span: Span,
) -> Result<HashMap<ChainKey, Revision>, StoreError> {
    let oldest = span.windows().first().copied().unwrap_or(span.from);
    let mut known = HashMap::new();
    let mut read_back = 0;
    for journal in journals.iter().skip_while(|journal| **journal != last.journal) {
        let mut before = None;
        while let Some(note) = store.note_before(journal, before).await? {
            let root = root_of(&note).ok_or_else(|| foreign(journal))?;
            if root.until <= oldest || read_back >= MOST_READ_BACK {
                return Ok(known);
            }
            for leaf in root.leaves {
                let seq = known.entry(leaf.key).or_insert(leaf.seq);
                *seq = leaf.seq.max(*seq);
            }
            before = Some(note.seq);
            read_back += 1;
        }
    }
    Ok(known)
}

/// A root that is being noted, in as many notes as it takes.
struct Writer<'a> {
    stage: &'a Watch,
    span: Span,
    journal: JournalId,
    /// The last note of this journal.
    last: Option<Note>,
    known: HashMap<ChainKey, Revision>,
    batch: Vec<Leaf>,
}

impl Writer<'_> {
    /// Notes everything that moved; `false` if somebody else is ahead.
    async fn write(mut self, last: Option<Last>) -> Result<bool, StoreError> {
        match last {
            Some(last) if last.journal == self.journal => self.last = Some(last.note),
            // A day's first root holds the end of the day before: the roots of all days are one chain.
            Some(last) => {
                self.batch.push(Leaf { key: ChainKey::Journal(last.journal), seq: last.note.seq, hash: last.note.hash })
            }
            None => {}
        }
        for window in self.span.windows() {
            for part in Store::moved_parts() {
                if !self.part(window, part).await? {
                    return Ok(false);
                }
            }
        }
        let rest = std::mem::take(&mut self.batch);
        self.note(rest, false).await
    }

    async fn part(&mut self, window: Timestamp, part: u8) -> Result<bool, StoreError> {
        let mut after = None;
        loop {
            let moved = self.stage.store.moved(window, part, after.as_ref()).await?;
            after = moved.last().cloned();
            if after.is_none() {
                return Ok(true);
            }
            let ends = tips(&self.stage.store, moved).await?;
            for leaf in ends {
                if self.known.get(&leaf.key).is_none_or(|known| *known < leaf.seq) {
                    self.known.insert(leaf.key.clone(), leaf.seq);
                    self.batch.push(leaf);
                }
            }
            while self.batch.len() > MOST_LEAVES {
                let rest = self.batch.split_off(MOST_LEAVES);
                let full = std::mem::replace(&mut self.batch, rest);
                if !self.note(full, true).await? {
                    return Ok(false);
                }
            }
        }
    }

    async fn note(&mut self, leaves: Vec<Leaf>, more: bool) -> Result<bool, StoreError> {
        let root = AuditRoot::of(self.span, leaves, more);
        // The anchor outside the table: nobody who may change the one may change the other.
        tracing::info!(from = %root.from, until = %root.until, root = root.root, "audit root");
        let new = New { at: self.stage.clock.now(), by: Actor::Stage(Stage::Watch), what: Noted::Root(root), words: None };
        self.last = self.stage.store.note_unmarked(&self.journal, self.last.as_ref(), new).await?;
        Ok(self.last.is_some())
    }
}

/// Where these chains stand now, in the order of their keys. A chain that was marked and never begun is left out.
async fn tips(store: &Store, mut keys: Vec<ChainKey>) -> Result<Vec<Leaf>, StoreError> {
    let (mut leaves, mut running) = (Vec::with_capacity(keys.len()), JoinSet::new());
    loop {
        while running.len() < AT_ONCE
            && let Some(key) = keys.pop()
        {
            let store = store.clone();
            running.spawn(async move { store.tip(&key).await });
        }
        let Some(joined) = running.join_next().await else { break };
        let stopped = |_| StoreError::Unavailable { doing: "reading a chain's end", source: "a task stopped".into() };
        leaves.extend(joined.map_err(stopped)??);
    }
    leaves.sort_by(|one: &Leaf, other| one.key.cmp(&other.key));
    Ok(leaves)
}
