//! The stage that does not let go: steps and repeats that fall due because nobody has acknowledged, and windows that ended before
//! what they were for had happened. What is due is decided in `escalate`; `alert` publishes it.

mod doors;
mod erasures;
mod escalate;
mod roots;

pub use doors::look_after;
pub use roots::note_root;
mod silence;

pub use erasures::finish_erasures;
pub use silence::listen;

use crate::error::StageError;
use crate::forget;
use crate::metrics::{Metric, Metrics};
use crate::model::{Clock, CommentKey, Happening, Head, Record};
use crate::store::{AppendError, OpenWork, Store, StoreError};

/// The stage's name in metrics.
pub const STAGE: &str = "watch";

/// What the stage works with.
#[derive(Clone)]
pub struct Watch {
    pub store: Store,
    pub clock: Clock,
    pub metrics: Metrics,
}

/// Brings one record up to date with the time: records what has fallen due and what was missed, and says when to look again.
///
/// A head that is behind its chain is made new on the way: this is where a crash between the two is repaired.
pub async fn handle(stage: &Watch, key: &CommentKey) -> Result<Vec<Happening>, StageError> {
    let mut entries = stage.store.chain(key).await?;
    let Some(record) = Record::fold(&entries) else { return Ok(Vec::new()) };
    let new = escalate::decide(&record, stage.clock.now());
    let happened: Vec<Happening> = new.iter().map(|new| new.what.clone()).collect();
    // Before the order is written down: a matter has no words beside its chain by which a crash in between would be noticed.
    if happened.iter().any(|what| matches!(what, Happening::Erased { .. })) {
        forget::forget(&stage.store, &record).await?;
    }
    match stage.store.append(key, entries.last(), new).await {
        Ok(appended) => entries.extend(appended),
        // Whoever was faster has changed what is due; the record stays open work and is looked at again.
        Err(AppendError::Conflict(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    }
    let missed = happened.iter().filter(|what| matches!(what, Happening::Missed(_))).count();
    if missed > 0 {
        // Counted apart: the alarm on missed windows says that a patient's report waits, and in a drill none does.
        let metric = if record.drill.is_some() { Metric::DrillWindowMissed } else { Metric::DeadlineMissed };
        stage.metrics.count(STAGE, metric, missed as u64);
    }
    if let Some(record) = Record::fold(&entries).filter(|record| record.erasure_unfinished) {
        forget::forget(&stage.store, &record).await?;
        entries = stage.store.chain(key).await?;
    }
    if let Some(record) = Record::fold(&entries) {
        renew(stage, &Head::of(&record, record.wake(stage.clock.now()))).await?;
    }
    Ok(happened)
}

/// Writes the head if it differs from the one that stands there: a write costs more than a read, and wakes whoever reads the stream.
///
/// A head that `alert` has put off for a while, because its carrier refused, differs only in its `wake`, and stays put off.
async fn renew(stage: &Watch, head: &Head) -> Result<(), StoreError> {
    let now = stage.clock.now();
    let Some(stored) = stage.store.head(&head.key).await? else { return stage.store.project(head).await };
    let owed = head.wake.is_some_and(|wake| wake <= now);
    let put_off = stored.wake.is_some_and(|wake| wake > now) && owed;
    let same = stored == Head { wake: stored.wake, ..head.clone() };
    if same && (stored.wake == head.wake || put_off) {
        return Ok(());
    }
    stage.store.project(head).await
}

/// Says how much work is open and since when, and that the sweep ran: an alarm fires when this line stops coming.
pub fn report(stage: &Watch, open: &[OpenWork]) {
    let now = stage.clock.now();
    let oldest = open.iter().map(|work| now.duration_since(work.due).as_secs().max(0)).max().unwrap_or(0);
    let values = [
        (Metric::SweepRan, 1),
        (Metric::OpenWork, open.len() as u64),
        (Metric::OldestOpenWorkAge, u64::try_from(oldest).unwrap_or(0)),
    ];
    stage.metrics.line(STAGE, &values);
}
