//! How long comments wait at each stage, and how near the next window of a serious report is: numbers for alarms, whatever the cause is.
//!
//! They come out of heads without words: of the work that is due the longest, and of what people's queue shows first. What is behind
//! these waits no longer than they do, so that the numbers hold however much is open. What a head tells is decided in [`waits`].

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{STAGE, Watch};
use crate::campaigns::InForce;
use crate::metrics::Metric;
use crate::model::{Band, Class, CommentKey, Head, State};
use crate::store::{ListQuery, OpenWork, StoreError, Work};

/// Heads that are read of each of the two lists: a tick comes every minute, and each is a read.
const MOST: usize = 25;

/// The longest waits at each stage; `None` where nothing waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// A text has come and has no reading.
    pub unassessed: Option<SignedDuration>,
    /// An alert is due and no carrier has accepted it.
    pub unpublished: Option<SignedDuration>,
    /// People were alerted, and nobody has it in hand.
    pub unacknowledged: Option<SignedDuration>,
    /// Until the next window of a serious report ends; negative if it has ended.
    pub serious: Option<SignedDuration>,
}

/// Says how long comments wait. `open` is what the tick found due, the longest first.
pub async fn measure(stage: &Watch, in_force: &InForce, open: &[OpenWork]) -> Result<Waits, StoreError> {
    let due = open.iter().filter_map(|open| match &open.work {
        Work::Comment(key) => Some(key.clone()),
        Work::Delivery(_) => None,
    });
    let (shown_first, _) = stage.store.listed(&query(in_force)).await?;
    let keys: BTreeSet<CommentKey> = due.take(MOST).chain(shown_first).collect();
    let found = waits(&heads(stage, keys).await?, stage.clock.now());
    let mut values = vec![
        (Metric::OldestUnassessedAge, seconds(found.unassessed)),
        (Metric::OldestUnpublishedAge, seconds(found.unpublished)),
        (Metric::OldestUnacknowledgedAge, seconds(found.unacknowledged)),
    ];
    values.extend(found.serious.map(|left| (Metric::TimeToSeriousDeadline, seconds(Some(left)))));
    stage.metrics.line(STAGE, &values);
    Ok(found)
}

/// What people were alerted of and have not decided, soonest deadline first.
fn query(in_force: &InForce) -> ListQuery {
    let campaigns = in_force.campaigns.iter().map(|campaign| Some(campaign.protocol.reference().id));
    ListQuery {
        campaigns: campaigns.chain([None]).collect(),
        states: vec![State::Open, State::Acknowledged],
        bands: vec![Band::Alert],
        after: None,
        limit: MOST,
    }
}

async fn heads(stage: &Watch, keys: BTreeSet<CommentKey>) -> Result<Vec<Head>, StoreError> {
    let mut reading = JoinSet::new();
    for key in keys {
        let store = stage.store.clone();
        reading.spawn(async move { store.wordless_head(&key).await });
    }
    let mut heads = Vec::new();
    while let Some(joined) = reading.join_next().await {
        let stopped = |_| StoreError::Unavailable { doing: "measuring waits", source: "a task stopped".into() };
        heads.extend(joined.map_err(stopped)??);
    }
    Ok(heads)
}

/// What these heads tell. In a fire drill no patient waits.
fn waits(heads: &[Head], now: Timestamp) -> Waits {
    let mut found = Waits::default();
    for head in heads.iter().filter(|head| head.drill.is_none()) {
        let received = now.duration_since(head.aware_at.timestamp());
        let due = head.wake.filter(|_| head.owed).map(|wake| now.duration_since(wake));
        if head.published < head.alerts {
            found.unpublished = found.unpublished.max(Some(received));
        } else {
            // Owed, and no first message: a text without a reading, or a repeat that was not sent yet.
            found.unassessed = found.unassessed.max(due);
            if head.state == State::Open && head.alerts > 0 {
                found.unacknowledged = found.unacknowledged.max(Some(received));
            }
        }
        let serious = matches!(head.class, Some(Class::Serious | Class::Distress));
        if let Some(next) = head.deadline.as_ref().filter(|_| serious) {
            let left = next.deadline.timestamp().duration_since(now);
            found.serious = Some(found.serious.map_or(left, |sooner| sooner.min(left)));
        }
    }
    found
}

/// Whole seconds for a metric, none below zero: clocks of workers differ.
pub(super) fn seconds(wait: Option<SignedDuration>) -> u64 {
    wait.and_then(|wait| u64::try_from(wait.as_secs()).ok()).unwrap_or(0)
}
