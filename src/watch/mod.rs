//! The stage that does not let go: steps and repeats that fall due because nobody has acknowledged, and windows that ended before
//! what they were for had happened. What is due is decided in `escalate`; `alert` publishes it.

mod doors;
mod erasures;
mod escalate;
mod roots;
mod waits;

pub use doors::look_after;
pub use roots::note_root;
mod silence;

pub use erasures::finish_erasures;
pub use silence::listen;
pub use waits::measure;

use jiff::{SignedDuration, Timestamp};

use crate::error::StageError;
use crate::forget;
use crate::metrics::{Metric, Metrics};
use crate::model::chain::New;
use crate::model::{Clock, CommentKey, Entry, Happening, Head, Record};
use crate::store::{AppendError, InTime, OpenWork, Store, StoreError, Work};

/// The stage's name in metrics.
pub const STAGE: &str = "watch";

/// How soon a record is looked at again whose words could not be had: the key store rests for about as long.
const WITHOUT_WORDS: SignedDuration = SignedDuration::from_secs(20);

/// After how long a delivery that nobody has worked off was not woken by the stream: that takes a second.
const STREAM_WAKES_WITHIN: SignedDuration = SignedDuration::from_secs(10);

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
    let InTime { mut entries, with_words } = stage.store.chain_in_time(key).await?;
    let Some(record) = Record::fold(&entries) else { return Ok(Vec::new()) };
    if !with_words {
        return without_words(stage, &record, entries).await;
    }
    let new = escalate::decide(&record, stage.clock.now());
    // Before the order is written down: a matter has no words beside its chain by which a crash in between would be noticed.
    if new.iter().any(|new| matches!(new.what, Happening::Erased { .. })) {
        forget::forget(&stage.store, &record).await?;
    }
    // Whoever was faster has changed what is due; the record stays open work and is looked at again.
    let Some(happened) = write_down(stage, &record, &mut entries, new).await? else { return Ok(Vec::new()) };
    if let Some(record) = Record::fold(&entries).filter(|record| record.erasure_unfinished) {
        forget::forget(&stage.store, &record).await?;
        entries = stage.store.chain(key).await?;
    }
    if let Some(record) = Record::fold(&entries) {
        renew(stage, &Head::of(&record, record.wake(stage.clock.now()))).await?;
    }
    Ok(happened)
}

/// The same while the key store does not answer: what cannot wait is written down, and whoever can read the words makes the head.
async fn without_words(stage: &Watch, record: &Record, mut entries: Vec<Entry>) -> Result<Vec<Happening>, StageError> {
    let now = stage.clock.now();
    stage.metrics.count(STAGE, Metric::KeyStoreUnavailable, 1);
    let happened = write_down(stage, record, &mut entries, escalate::in_time(record, now)).await?;
    stage.store.look_again(&record.key, now.checked_add(WITHOUT_WORDS).unwrap_or(Timestamp::MAX)).await?;
    Ok(happened.unwrap_or_default())
}

/// Appends what has fallen due, and counts what was missed; `None` if somebody else appended first.
async fn write_down(
    stage: &Watch,
    record: &Record,
    entries: &mut Vec<Entry>,
    new: Vec<New>,
) -> Result<Option<Vec<Happening>>, StageError> {
    let happened: Vec<Happening> = new.iter().map(|new| new.what.clone()).collect();
    match stage.store.append(&record.key, entries.last(), new).await {
        Ok(appended) => entries.extend(appended),
        Err(AppendError::Conflict(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let missed = happened.iter().filter(|what| matches!(what, Happening::Missed(_))).count();
    if missed > 0 {
        // Counted apart: the alarm on missed windows says that a patient's report waits, and in a drill none does.
        let metric = if record.drill.is_some() { Metric::DrillWindowMissed } else { Metric::DeadlineMissed };
        stage.metrics.count(STAGE, metric, missed as u64);
    }
    Ok(Some(happened))
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
    let age = |work: &OpenWork| now.duration_since(work.due);
    let unread = |work: &&OpenWork| matches!(work.work, Work::Delivery(_));
    let missed_by_stream = open.iter().filter(unread).filter(|work| age(work) >= STREAM_WAKES_WITHIN).count();
    let values = [
        (Metric::SweepRan, 1),
        (Metric::OpenWork, open.len() as u64),
        (Metric::OldestOpenWorkAge, waits::seconds(open.iter().map(age).max())),
        (Metric::OldestUnreadAge, waits::seconds(open.iter().filter(unread).map(age).max())),
        (Metric::FoundBySweep, missed_by_stream as u64),
    ];
    stage.metrics.line(STAGE, &values);
}
