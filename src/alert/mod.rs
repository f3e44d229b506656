//! The stage that tells people: what the record says is due and has not been accepted by a carrier yet is rendered and published,
//! and SNS's acceptance is recorded. It never decides that something is due.
//!
//! `decide` says what a record owes and who goes first, `pace` how many messages a topic takes. What has to wait for its turn stands in the
//! topic's `queue` and is told of together (`crowd`, `digest`). `publish` asks the carriers, `subscribers` who would hear them.

mod crowd;
pub mod decide;
mod digest;
mod message;
pub mod pace;
mod publish;
mod queue;
mod subscribers;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use message::Context;
pub use publish::{CarrierError, Publisher, Subscribers, Topics};
pub use queue::catch_up;
pub use subscribers::look_after;

use crate::campaigns::Campaigns;
use crate::error::{StageError, one_line};
use crate::metrics::{Metric, Metrics};
use crate::model::chain::New;
use crate::model::{Actor, AlertState, Clock, CommentKey, Happening, Head, Published, Record, Stage, StepRef};
use crate::protocol::Protocol;
use crate::store::{AppendError, Claim, InTime, Store, StoreError};
use decide::Owed;
use pace::Turn;
use publish::Accepted;

/// The stage's name in metrics.
const STAGE: &str = "alert";
/// How long one worker may hold a record while it publishes: well above the carriers' own time limits, and short against
/// every window.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);
/// How long one send may take, with both carriers and its record: none is begun when less of the claim is left.
const ONE_SEND: SignedDuration = SignedDuration::from_secs(25);
/// Attempts to record what the carrier accepted: each loses only to another entry.
const RECORD_ATTEMPTS: usize = 10;
/// Records of a queue that tell whether others wait: the own one may be among them.
const ANYBODY: i32 = 2;

/// What the stage works with.
#[derive(Clone)]
pub struct Alerting {
    pub store: Store,
    pub campaigns: Campaigns,
    pub publisher: Publisher,
    pub clock: Clock,
    pub metrics: Metrics,
    /// Where people open a record: `https://…`, without a slash at its end.
    pub console_url: Option<String>,
}

/// One send that a carrier accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub step: StepRef,
    pub topic: String,
}

impl Sent {
    /// The sends that one message makes, the one that it speaks of first.
    fn all(owed: &Owed<'_>) -> Vec<Sent> {
        owed.sends.iter().map(|step| Sent { step: (*step).clone(), topic: owed.step.topic.clone() }).collect()
    }
}

/// What came of a record's sends.
#[derive(Default)]
struct Told {
    sent: Vec<Sent>,
    /// Topics in whose queue the record now stands.
    queued: BTreeSet<String>,
    refused: Option<PublishFault>,
}

/// What came of one message.
enum Outcome {
    /// Accepted; to be taken out of this queue, if it may stand in one.
    Accepted(Accepted, Option<String>),
    /// It stands in the queue of this topic.
    Queued(String),
}

/// Publishes whatever a record owes, or puts it into its topic's queue and helps to work that off.
pub async fn handle(stage: &Alerting, key: &CommentKey) -> Result<Vec<Sent>, StageError> {
    let chain = stage.store.chain_in_time(key).await?;
    let owes = Record::fold(&chain.entries).is_some_and(|record| !decide::owed(&record).is_empty());
    if !owes {
        return Ok(Vec::new());
    }
    let Some(claim) = stage.store.claim(key, stage.clock.now(), CLAIM).await? else { return Ok(Vec::new()) };
    let told = stage.publish_owed(key, &claim).await;
    stage.store.release(claim).await?;
    let told = told?;
    for topic in &told.queued {
        queue::work_off(stage, topic).await?;
    }
    match told.refused {
        None => Ok(told.sent),
        Some(error) => Err(StageError::PutOff { what: format!("an alert of {key} was not accepted"), source: error.into() }),
    }
}

impl Alerting {
    /// Reads the record again under the claim, so that nothing is published that another worker published before it.
    async fn publish_owed(&self, key: &CommentKey, claim: &Claim) -> Result<Told, StageError> {
        let mut told = Told::default();
        let mut chain = self.store.chain_in_time(key).await?;
        let Some(record) = Record::fold(&chain.entries) else { return Ok(told) };
        for owed in decide::owed(&record) {
            // What does not fit into the claim stays due, for whoever claims the record next.
            if self.clock.now().duration_since(claim.until()) > -ONE_SEND {
                break;
            }
            match self.tell(&record, &owed).await {
                Ok(Outcome::Accepted(accepted, queue)) => {
                    self.count(&accepted, 1);
                    let sent = Sent::all(&owed);
                    self.record(key, &mut chain, &sent, &accepted.published).await?;
                    told.sent.extend(sent);
                    if let Some(topic) = queue {
                        self.store.leave_queue(key, &topic).await?;
                    }
                }
                Ok(Outcome::Queued(topic)) => {
                    told.queued.insert(topic);
                }
                Err(error) => {
                    self.metrics.count(STAGE, Metric::CarrierRefused, 1);
                    told.refused = Some(error);
                }
            }
        }
        self.project(&chain, told.refused.is_some() || !told.queued.is_empty()).await?;
        Ok(told)
    }

    /// Tells one topic of one alert, if it is its turn.
    async fn tell(&self, record: &Record, owed: &Owed<'_>) -> Result<Outcome, PublishFault> {
        let (target, time_zone) = self.address(owed.alert, &owed.step.topic).await?;
        let topic = self.publisher.topic(&target)?;
        // If the store does not say who waits, nobody does: an alert is worth more than its place in a queue.
        let waiting = self.store.waiting(&topic, ANYBODY).await.unwrap_or_default();
        let others_wait = waiting.iter().any(|waiting| waiting.key != record.key);
        let class = owed.alert.class;
        let goes = decide::may_ask(class, others_wait) && self.turn(&topic, decide::haste(class)).await == Turn::Go;
        if !goes {
            self.store.queue(&record.key, &topic, owed.rank().number()).await?;
            return Ok(Outcome::Queued(topic));
        }
        match self.publisher.publish(&target, &self.message(record, owed, &time_zone), &self.clock).await {
            Ok(accepted) => Ok(Outcome::Accepted(accepted, Some(topic).filter(|_| !waiting.is_empty()))),
            Err(error) => {
                // It queues as well, so that the first message that a carrier takes again tells of it.
                self.store.queue(&record.key, &topic, owed.rank().number()).await?;
                Err(error.into())
            }
        }
    }

    fn message(&self, record: &Record, owed: &Owed<'_>, time_zone: &TimeZone) -> message::Message {
        let now = self.clock.now();
        let context =
            Context { record, alert: owed.alert, step: owed.first, time_zone, now, console_url: self.console_url.as_deref() };
        message::render(&context, owed.step)
    }

    /// What the step's topic is called in the deployment, and the zone of people's times: by the campaign's active protocol, or, where
    /// that no longer knows the topic or cannot be read, by the version that made the alert.
    async fn address(&self, alert: &AlertState, topic: &str) -> Result<(String, TimeZone), PublishFault> {
        let of = |protocol: &Protocol| Some((protocol.topics().get(topic)?.clone(), protocol.time_zone().clone()));
        if let Ok(in_force) = self.campaigns.current().await {
            let campaign = in_force.campaigns.iter().find(|campaign| campaign.protocol.reference().id == alert.protocol.id);
            if let Some(address) = campaign.and_then(|campaign| of(&campaign.protocol)) {
                return Ok(address);
            }
        }
        let published = self.store.protocol(&alert.protocol).await?;
        let protocol = published.and_then(|published| Protocol::parse(&published.source).ok());
        protocol
            .as_ref()
            .and_then(of)
            .ok_or_else(|| PublishFault::NoTopic { topic: topic.to_owned(), protocol: alert.protocol.to_string() })
    }

    /// Counts an accepted message, and says if it was the second carrier that took it.
    fn count(&self, accepted: &Accepted, alerts: usize) {
        self.metrics.count(STAGE, Metric::AlertPublished, alerts as u64);
        if let Some(refused) = &accepted.refused {
            tracing::warn!(error = one_line(refused), "the second carrier took a message that the first did not");
            self.metrics.line(STAGE, &[(Metric::CarrierRefused, 1), (Metric::SecondCarrierUsed, 1)]);
        }
    }

    /// Records that a carrier accepted a message, for each send that it makes. It happened, so it is recorded whatever else was written to
    /// the record meanwhile.
    async fn record(
        &self,
        key: &CommentKey,
        chain: &mut InTime,
        sends: &[Sent],
        published: &Published,
    ) -> Result<(), StageError> {
        for Sent { step, topic } in sends {
            let (step, topic, published) = (step.clone(), topic.clone(), published.clone());
            self.append(key, chain, Happening::Published { step, topic, published }).await?;
        }
        Ok(())
    }

    async fn append(&self, key: &CommentKey, chain: &mut InTime, what: Happening) -> Result<(), StageError> {
        for _ in 0..RECORD_ATTEMPTS {
            let new = New { at: self.clock.now(), by: Actor::Stage(Stage::Alert), what: what.clone(), words: None };
            match self.store.append(key, chain.entries.last(), vec![new]).await {
                Ok(appended) => {
                    chain.entries.extend(appended);
                    return Ok(());
                }
                Err(AppendError::Conflict(_)) => *chain = self.store.chain_in_time(key).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppendError::Conflict(key.clone()).into())
    }

    /// Renews the head; where the words could not be had, whoever can read them does it soon.
    async fn project(&self, chain: &InTime, kept_back: bool) -> Result<(), StageError> {
        let Some(record) = Record::fold(&chain.entries) else { return Ok(()) };
        let now = self.clock.now();
        if !chain.with_words {
            return Ok(self.store.look_again(&record.key, now.checked_add(decide::PAUSE).unwrap_or(Timestamp::MAX)).await?);
        }
        let wake = decide::look_again(record.wake(now), record.falls_due(now), kept_back, now);
        Ok(self.store.project(&Head::of(&record, wake)).await?)
    }
}

/// Why a message did not go out. It stays due.
#[derive(Debug, thiserror::Error)]
enum PublishFault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("neither the active protocol nor {protocol} names the topic {topic}")]
    NoTopic { topic: String, protocol: String },
    #[error(transparent)]
    Carrier(#[from] CarrierError),
}
