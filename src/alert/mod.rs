//! The stage that tells people: what the record says is due and has not been accepted by the carrier yet is rendered and published,
//! and SNS's acceptance is recorded. It never decides that something is due.

pub mod decide;
mod message;
pub mod pace;
mod publish;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use message::Context;
pub use publish::{CarrierError, Publisher, Topics};

use crate::campaigns::Campaigns;
use crate::error::StageError;
use crate::metrics::{Metric, Metrics};
use crate::model::chain::New;
use crate::model::{Actor, AlertState, Clock, CommentKey, Entry, Happening, Head, Published, Record, Stage, Step, StepRef};
use crate::protocol::Protocol;
use crate::store::{AppendError, Claim, Store, StoreError};

/// The stage's name in metrics.
const STAGE: &str = "alert";
/// How long one worker may hold a record while it publishes: well above the carrier's own time limit, and short against
/// every window.
const CLAIM: SignedDuration = SignedDuration::from_secs(60);
/// How long one send may take, with its record: none is begun when less of the claim is left.
const ONE_SEND: SignedDuration = SignedDuration::from_secs(20);
/// How long a record is left alone after its carrier refused a message.
const PAUSE: SignedDuration = SignedDuration::from_secs(20);
/// Attempts to record what the carrier accepted: each loses only to another entry.
const RECORD_ATTEMPTS: usize = 10;

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

/// One message that SNS accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub step: StepRef,
    pub topic: String,
}

/// Publishes whatever a record owes.
pub async fn handle(stage: &Alerting, key: &CommentKey) -> Result<Vec<Sent>, StageError> {
    let entries = stage.store.chain(key).await?;
    let owed = Record::fold(&entries).is_some_and(|record| outstanding(&record).next().is_some());
    if !owed {
        return Ok(Vec::new());
    }
    let Some(claim) = stage.store.claim(key, stage.clock.now(), CLAIM).await? else { return Ok(Vec::new()) };
    let published = stage.publish_owed(key, &claim).await;
    stage.store.release(claim).await?;
    published
}

/// Every send that is due and not accepted, with its alert.
fn outstanding(record: &Record) -> impl Iterator<Item = (&AlertState, &StepRef)> {
    record.alerts.iter().flat_map(|alert| alert.outstanding().map(move |step| (alert, step)))
}

impl Alerting {
    /// Reads the record again under the claim, so that nothing is published that another worker published before it.
    async fn publish_owed(&self, key: &CommentKey, claim: &Claim) -> Result<Vec<Sent>, StageError> {
        let mut entries = self.store.chain(key).await?;
        let Some(record) = Record::fold(&entries) else { return Ok(Vec::new()) };
        let mut sent = Vec::new();
        let mut refused = None;
        for (alert, step) in outstanding(&record) {
            let Some(planned) = alert.step(step) else { continue };
            // What does not fit into the claim stays due, for whoever claims the record next.
            if self.clock.now().duration_since(claim.until()) > -ONE_SEND {
                break;
            }
            match self.publish(&record, alert, step, planned).await {
                Ok(published) => {
                    let topic = planned.topic.clone();
                    let what = Happening::Published { step: step.clone(), topic: topic.clone(), published };
                    self.record(key, &mut entries, what).await?;
                    self.metrics.count(STAGE, Metric::AlertPublished, 1);
                    sent.push(Sent { step: step.clone(), topic });
                }
                Err(error) => {
                    self.metrics.count(STAGE, Metric::CarrierRefused, 1);
                    refused = Some(error);
                }
            }
        }
        self.project(&entries, refused.is_some()).await?;
        match refused {
            None => Ok(sent),
            Some(error) => Err(StageError::PutOff { what: format!("an alert of {key} was not accepted"), source: error.into() }),
        }
    }

    async fn publish(
        &self,
        record: &Record,
        alert: &AlertState,
        step: &StepRef,
        planned: &Step,
    ) -> Result<Published, PublishFault> {
        let (target, time_zone) = self.address(alert, planned).await?;
        let context = Context {
            record,
            alert,
            step,
            time_zone: &time_zone,
            now: self.clock.now(),
            console_url: self.console_url.as_deref(),
        };
        let message = message::render(&context, planned);
        Ok(self.publisher.publish(&target, &message, &self.clock).await?)
    }

    /// What the step's topic is called in the deployment, and the zone of people's times: by the campaign's active protocol, or, where
    /// that no longer knows the topic or cannot be read, by the version that made the alert.
    async fn address(&self, alert: &AlertState, planned: &Step) -> Result<(String, TimeZone), PublishFault> {
        let of = |protocol: &Protocol| Some((protocol.topics().get(&planned.topic)?.clone(), protocol.time_zone().clone()));
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
            .ok_or_else(|| PublishFault::NoTopic { topic: planned.topic.clone(), protocol: alert.protocol.to_string() })
    }

    /// Records what the carrier accepted. It happened, so it is recorded whatever else was written to the record meanwhile.
    async fn record(&self, key: &CommentKey, entries: &mut Vec<Entry>, what: Happening) -> Result<(), StageError> {
        for _ in 0..RECORD_ATTEMPTS {
            let new = New { at: self.clock.now(), by: Actor::Stage(Stage::Alert), what: what.clone(), words: None };
            match self.store.append(key, entries.last(), vec![new]).await {
                Ok(appended) => {
                    entries.extend(appended);
                    return Ok(());
                }
                Err(AppendError::Conflict(_)) => *entries = self.store.chain(key).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppendError::Conflict(key.clone()).into())
    }

    async fn project(&self, entries: &[Entry], refused: bool) -> Result<(), StageError> {
        let Some(record) = Record::fold(entries) else { return Ok(()) };
        let now = self.clock.now();
        let wake = record.wake(now);
        let later = now.checked_add(PAUSE).unwrap_or(Timestamp::MAX);
        let wake = if refused { wake.map(|wake| wake.max(later)) } else { wake };
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
