//! Who would hear an alert: every three minutes, whether each topic of the active protocols has somebody who confirmed a subscription and
//! nobody who has not. An accepted message to a topic that nobody hears looks like any other.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Alerting, STAGE, Subscribers};
use crate::error::{StageError, one_line};
use crate::metrics::Metric;
use crate::store::{Revised, Shared};

/// How often SNS is asked: the alarm on a topic that nobody hears rises within five minutes.
const EVERY: SignedDuration = SignedDuration::from_mins(3);

/// What SNS last said of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Heard {
    at: Timestamp,
    well: bool,
}

/// Asks SNS about topics that were not asked about for a while, and says how many are not heard as they should be: on every tick as a
/// metric, whose alarm clears by itself, and in the log once for each change.
pub async fn look_after(stage: &Alerting) -> Result<usize, StageError> {
    let mut unheard = 0;
    let mut failed = Ok(());
    for (target, topics) in targets(stage).await? {
        match stage.heard(&target, &topics).await {
            Ok(unwell) => unheard += unwell,
            Err(error) => failed = Err(error),
        }
    }
    stage.metrics.count(STAGE, Metric::SubscriptionUnconfirmed, unheard as u64);
    failed.map(|()| unheard)
}

/// Every topic that an active protocol names, with what the carriers call it.
async fn targets(stage: &Alerting) -> Result<BTreeMap<String, Vec<String>>, StageError> {
    let in_force = stage.campaigns.current().await?;
    let named = in_force.campaigns.iter().flat_map(|campaign| campaign.protocol.topics().values().cloned());
    let topics = |target: &String| {
        let first = stage.publisher.topic(target).ok();
        first.into_iter().chain(stage.publisher.second_topic(target)).collect()
    };
    Ok(named.map(|target| (target.clone(), topics(&target))).collect())
}

impl Alerting {
    /// How many of the topics that one target means are not heard as they should be.
    async fn heard(&self, target: &str, topics: &[String]) -> Result<usize, StageError> {
        let mut known = Vec::with_capacity(topics.len());
        for topic in topics {
            known.push(self.store.shared::<Heard>(Shared::Subscribers, topic).await?);
        }
        let now = self.clock.now();
        // A worker whose clock is ahead must not keep the others from asking.
        let fresh = |known: &Option<Revised<Heard>>| known.as_ref().is_some_and(|k| now.duration_since(k.value.at).abs() < EVERY);
        if !known.iter().all(fresh) {
            match self.publisher.subscribers(target).await {
                Ok(found) => {
                    for (topic, subscribers) in found {
                        self.note(&topic, subscribers, now).await?;
                    }
                }
                Err(error) => tracing::warn!(error = one_line(&error), "who is subscribed to a topic is not known"),
            }
        }
        let mut unwell = 0;
        for topic in topics {
            let heard = self.store.shared::<Heard>(Shared::Subscribers, topic).await?;
            unwell += usize::from(heard.is_some_and(|heard| !heard.value.well));
        }
        Ok(unwell)
    }

    /// Notes what SNS said, and says it if it is news. The log names the topic and never who is subscribed.
    async fn note(&self, topic: &str, subscribers: Subscribers, now: Timestamp) -> Result<(), StageError> {
        let known = self.store.shared::<Heard>(Shared::Subscribers, topic).await?;
        let well = subscribers.confirmed > 0 && subscribers.pending == 0;
        let was_well = known.as_ref().is_none_or(|known| known.value.well);
        // Whoever else noted something meanwhile has said it.
        if self.store.share(Shared::Subscribers, topic, known.as_ref(), &Heard { at: now, well }).await? && well != was_well {
            let Subscribers { confirmed, pending } = subscribers;
            if well {
                tracing::info!(topic, confirmed, "everybody who is subscribed to a topic has confirmed it");
            } else {
                tracing::error!(
                    topic,
                    confirmed,
                    pending,
                    "a topic is not heard by all who should: subscriptions are missing or not confirmed"
                );
            }
        }
        Ok(())
    }
}
