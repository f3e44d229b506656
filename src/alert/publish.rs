//! Publishing over SNS: the one place that may say that a message was accepted. Where the first carrier does not take it, the second one, SNS
//! in another region, is asked at once.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::types::MessageAttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::message::Message;
use crate::model::{Clock, Published};

/// How long one carrier may take over one message, with all attempts: both together take less than the claim under which it is published.
const PUBLISH_LIMIT: Duration = Duration::from_secs(10);
/// How long a carrier that did not answer is not asked again about that topic: a crowd of alerts must not wait for it one by one.
const SILENCE: SignedDuration = SignedDuration::from_secs(15);
/// Pages of a hundred subscriptions that are looked through at most. A topic with more subscribers has a confirmed one.
const SUBSCRIPTION_PAGES: usize = 10;
/// What SNS writes in place of an ARN for a subscription that nobody has confirmed.
const PENDING: &str = "PendingConfirmation";

/// The carriers, and what the deployment calls each of the protocol's topics.
#[derive(Clone, Debug)]
pub struct Publisher {
    first: Carrier,
    second: Option<Carrier>,
    /// Topics whose carrier did not answer, and since when.
    silent: Arc<Mutex<BTreeMap<String, Timestamp>>>,
    worker: Arc<str>,
}

#[derive(Clone, Debug)]
struct Carrier {
    client: Client,
    topics: Topics,
}

/// What the deployment calls the topics that a protocol writes as `${SafetyDeskTopic}`.
#[derive(Clone, Debug)]
pub enum Topics {
    /// Name and ARN of each.
    Listed(BTreeMap<String, String>),
    /// Every name is a topic, as on a laptop.
    Loopback,
    /// The same, at the second carrier.
    SecondLoopback,
}

/// A message that a carrier took.
pub struct Accepted {
    pub published: Published,
    /// Why the first carrier did not, if it was the second.
    pub refused: Option<CarrierError>,
}

/// Who hears what is published to a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subscribers {
    pub confirmed: usize,
    pub pending: usize,
}

/// Why a message was not accepted. None of these holds anything of the message.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    #[error("the deployment has no topic for {0}: expected an ARN or a name listed in DAYZERO_TOPICS")]
    NoTopic(String),
    #[error("SNS refused a request about {topic}: {code}")]
    Refused { topic: String, code: String },
    #[error("SNS did not answer for {topic} within {} s", PUBLISH_LIMIT.as_secs())]
    Unanswered { topic: String },
    #[error("{first}; and the second carrier: {second}")]
    Both { first: Box<CarrierError>, second: Box<CarrierError> },
}

impl Publisher {
    /// Takes the client, and the ARNs of the deployment's own topics by their logical names.
    pub fn new(client: Client, topics: Topics) -> Self {
        // Any name that no other process has: it tells clocks apart and proves nothing.
        let worker = format!("{:016x}", RandomState::new().build_hasher().finish());
        Self { first: Carrier { client, topics }, second: None, silent: Arc::default(), worker: worker.into() }
    }

    /// The same with a second carrier, for what the first does not take.
    pub fn with_second(self, client: Client, topics: Topics) -> Self {
        Self { second: Some(Carrier { client, topics }), ..self }
    }

    /// What this process is called among those that share a topic's pace.
    pub fn worker(&self) -> &str {
        &self.worker
    }

    /// The first carrier's topic that a protocol means by an ARN, or by `${Name}` for one of the deployment's.
    pub fn topic(&self, target: &str) -> Result<String, CarrierError> {
        if target.starts_with("arn:") {
            return Ok(target.to_owned());
        }
        let name = placeholder(target);
        self.first.topics.of(name).ok_or_else(|| CarrierError::NoTopic(name.to_owned()))
    }

    /// The second carrier's topic for the same people, if there is one.
    pub fn second_topic(&self, target: &str) -> Option<String> {
        let known = if target.starts_with("arn:") { self.first.topics.name_of(target) } else { placeholder(target) };
        self.second.as_ref()?.topics.of(known)
    }

    /// Publishes to a topic, as the protocol names it or as the first carrier does.
    pub async fn publish(&self, target: &str, message: &Message, clock: &Clock) -> Result<Accepted, CarrierError> {
        let topic = self.topic(target)?;
        let first = match self.ask(&self.first, &topic, message, clock).await {
            Ok(published) => return Ok(Accepted { published, refused: None }),
            Err(refused) => refused,
        };
        let Some((carrier, topic)) = self.second.as_ref().zip(self.second_topic(target)) else { return Err(first) };
        match self.ask(carrier, &topic, message, clock).await {
            Ok(published) => Ok(Accepted { published: published.through(topic), refused: Some(first) }),
            Err(second) => Err(CarrierError::Both { first: first.into(), second: second.into() }),
        }
    }

    /// Who is subscribed to a topic as the protocol names it: at the first carrier and, if there is one, at the second.
    pub async fn subscribers(&self, target: &str) -> Result<Vec<(String, Subscribers)>, CarrierError> {
        let topic = self.topic(target)?;
        let mut found = vec![(topic.clone(), self.first.subscribers(&topic).await?)];
        if let Some((carrier, topic)) = self.second.as_ref().zip(self.second_topic(target)) {
            let subscribers = carrier.subscribers(&topic).await?;
            found.push((topic, subscribers));
        }
        Ok(found)
    }

    /// Asks one carrier, unless it has just left somebody without an answer about this topic.
    async fn ask(&self, carrier: &Carrier, topic: &str, message: &Message, clock: &Clock) -> Result<Published, CarrierError> {
        let since = self.silent.lock().unwrap_or_else(PoisonError::into_inner).get(topic).copied();
        if since.is_some_and(|since| clock.now().duration_since(since).abs() < SILENCE) {
            return Err(CarrierError::Unanswered { topic: topic.to_owned() });
        }
        let answer = match tokio::time::timeout(PUBLISH_LIMIT, carrier.publish(topic, message, clock)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(CarrierError::Unanswered { topic: topic.to_owned() }),
        };
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        match &answer {
            Err(CarrierError::Unanswered { .. }) => silent.insert(topic.to_owned(), clock.now()),
            _ => silent.remove(topic),
        };
        answer
    }
}

impl Carrier {
    async fn publish(&self, topic: &str, message: &Message, clock: &Clock) -> Result<Published, CarrierError> {
        let refused = |code: String| CarrierError::Refused { topic: topic.to_owned(), code };
        let body = json!({"default": message.json, "email": message.email, "email-json": message.json, "sms": message.sms});
        let mut publish = self.client.publish().topic_arn(topic).subject(&message.subject).message_structure("json");
        publish = publish.message(body.to_string());
        for (name, value) in &message.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            publish = publish.message_attributes(*name, value.map_err(|error| refused(error.to_string()))?);
        }
        let accepted = publish.send().await.map_err(|error| refusal(topic, &error))?;
        let message_id = accepted.message_id().ok_or_else(|| refused("an answer without a message id".to_owned()))?;
        Ok(Published::accepted(message_id, clock.now()).within(message.digest))
    }

    async fn subscribers(&self, topic: &str) -> Result<Subscribers, CarrierError> {
        let mut found = Subscribers::default();
        let mut pages = self.client.list_subscriptions_by_topic().topic_arn(topic).into_paginator().send();
        for _ in 0..SUBSCRIPTION_PAGES {
            let unanswered = || CarrierError::Unanswered { topic: topic.to_owned() };
            let page = tokio::time::timeout(PUBLISH_LIMIT, pages.next()).await.map_err(|_elapsed| unanswered())?;
            let Some(page) = page else { break };
            for subscription in page.map_err(|error| refusal(topic, &error))?.subscriptions() {
                match subscription.subscription_arn() {
                    Some(PENDING) => found.pending += 1,
                    Some(arn) if arn.starts_with("arn:") => found.confirmed += 1,
                    // One that was deleted is listed for a while.
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

impl Topics {
    fn of(&self, name: &str) -> Option<String> {
        match self {
            Topics::Listed(topics) => topics.get(name).cloned(),
            Topics::Loopback => Some(format!("arn:aws:sns:eu-west-1:000000000000:{name}")),
            Topics::SecondLoopback => Some(format!("arn:aws:sns:eu-north-1:000000000000:{name}")),
        }
    }

    /// What a topic is called: its logical name, or the last part of an ARN that no name belongs to.
    fn name_of<'a>(&'a self, arn: &'a str) -> &'a str {
        let listed = match self {
            Topics::Listed(topics) => topics.iter().find(|(_, known)| *known == arn).map(|(name, _)| name.as_str()),
            Topics::Loopback | Topics::SecondLoopback => None,
        };
        listed.unwrap_or_else(|| arn.rsplit(':').next().unwrap_or(arn))
    }
}

/// The name within `${…}`.
fn placeholder(target: &str) -> &str {
    target.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(target)
}

fn refusal<E: ProvideErrorMetadata, R>(topic: &str, error: &SdkError<E, R>) -> CarrierError {
    let topic = topic.to_owned();
    match error {
        SdkError::ServiceError(refused) => {
            CarrierError::Refused { topic, code: refused.err().code().unwrap_or("an unnamed error").to_owned() }
        }
        _ => CarrierError::Unanswered { topic },
    }
}
