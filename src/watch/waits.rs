//! How long alerts wait for a carrier and for people, and how near the next window of a serious report is: numbers for alarms, whatever
//! the cause is. How long deliveries wait to be read stands in the report of the tick.
//!
//! They come out of the heads, without words, that people's queue shows first. What is behind these has more time left, so that
//! the numbers hold however much is open. What a head tells is decided in [`waits`].

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{STAGE, Watch};
use crate::campaigns::InForce;
use crate::metrics::Metric;
use crate::model::{Band, Class, CommentKey, Head, State};
use crate::store::{ListQuery, StoreError};

/// Heads that are looked at: each is a read, and a tick comes every minute.
const MOST: usize = 50;

/// The longest waits; `None` where nothing waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// An alert is due and no carrier has accepted it.
    pub unpublished: Option<SignedDuration>,
    /// People were alerted, and nobody has it in hand.
    pub unacknowledged: Option<SignedDuration>,
    /// Until the next window of a serious report ends; negative if it has ended.
    pub serious: Option<SignedDuration>,
}

/// Says how long alerts wait.
pub async fn measure(stage: &Watch, in_force: &InForce) -> Result<Waits, StoreError> {
    let (shown_first, _) = stage.store.listed(&query(in_force)).await?;
    let (heads, failed) = heads(stage, shown_first).await;
    let found = waits(&heads, stage.clock.now());
    let mut values = vec![
        (Metric::OldestUnpublishedAge, seconds(found.unpublished)),
        (Metric::OldestUnacknowledgedAge, seconds(found.unacknowledged)),
    ];
    values.extend(found.serious.map(|left| (Metric::TimeToSeriousDeadline, seconds(Some(left)))));
    stage.metrics.line(STAGE, &values);
    failed.map_or(Ok(found), Err)
}

/// What people may have been alerted of and have not decided, soonest deadline first.
fn query(in_force: &InForce) -> ListQuery {
    let campaigns = in_force.campaigns.iter().map(|campaign| Some(campaign.protocol.reference().id));
    ListQuery {
        campaigns: campaigns.chain([None]).collect(),
        states: vec![State::Open, State::Acknowledged],
        bands: vec![Band::Alert, Band::Review],
        after: None,
        limit: MOST,
    }
}

/// The heads that can be read, and why one could not: a broken record hides no other's wait.
async fn heads(stage: &Watch, keys: Vec<CommentKey>) -> (Vec<Head>, Option<StoreError>) {
    let mut reading = JoinSet::new();
    for key in keys {
        let store = stage.store.clone();
        reading.spawn(async move { store.wordless_head(&key).await });
    }
    let (mut heads, mut failed) = (Vec::new(), None);
    while let Some(joined) = reading.join_next().await {
        match joined {
            Ok(Ok(head)) => heads.extend(head),
            Ok(Err(error)) => failed = failed.or(Some(error)),
            Err(_) => failed = Some(StoreError::Unavailable { doing: "measuring waits", source: "a task stopped".into() }),
        }
    }
    (heads, failed)
}

/// What these heads tell. In a fire drill no patient waits.
fn waits(heads: &[Head], now: Timestamp) -> Waits {
    let mut found = Waits::default();
    for head in heads.iter().filter(|head| head.drill.is_none()) {
        let received = now.duration_since(head.aware_at.timestamp());
        if head.published < head.alerts {
            found.unpublished = found.unpublished.max(Some(received));
        } else if head.state == State::Open && head.alerts > 0 {
            found.unacknowledged = found.unacknowledged.max(Some(received));
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
