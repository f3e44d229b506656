//! Publishing over SNS: the one place that may say that a message was accepted.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::types::MessageAttributeValue;
use serde_json::json;

use super::message::Message;
use crate::model::{Clock, Published};

/// How long one message may take, with all attempts: less than the claim under which it is published.
const PUBLISH_LIMIT: Duration = Duration::from_secs(10);

/// The carrier: SNS, and what the deployment calls each of the protocol's topics.
#[derive(Clone, Debug)]
pub struct Publisher {
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
}

/// Why a message was not accepted. None of these holds anything of the message.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    #[error("the deployment has no topic for {0}: expected an ARN or a name listed in DAYZERO_TOPICS")]
    NoTopic(String),
    #[error("SNS refused a message to {topic}: {code}")]
    Refused { topic: String, code: String },
    #[error("SNS did not answer for {topic} within {} s", PUBLISH_LIMIT.as_secs())]
    Unanswered { topic: String },
}

impl Publisher {
    /// Takes the client, and the ARNs of the deployment's own topics by their logical names.
    pub fn new(client: Client, topics: Topics) -> Self {
        Self { client, topics }
    }

    /// Publishes to a topic as the protocol names it: an ARN, or `${Name}` for one of the deployment's.
    pub async fn publish(&self, target: &str, message: &Message, clock: &Clock) -> Result<Published, CarrierError> {
        let topic = self.resolve(target)?;
        let body = json!({"default": message.json, "email": message.email, "email-json": message.json, "sms": message.sms});
        let mut publish = self.client.publish().topic_arn(&topic).subject(&message.subject).message_structure("json");
        publish = publish.message(body.to_string());
        for (name, value) in &message.attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(|error| CarrierError::Refused { topic: topic.clone(), code: error.to_string() })?;
            publish = publish.message_attributes(*name, value);
        }
        let answer = tokio::time::timeout(PUBLISH_LIMIT, publish.send()).await;
        match answer {
            Err(_elapsed) => Err(CarrierError::Unanswered { topic }),
            Ok(Err(error)) => Err(refusal(topic, &error)),
            Ok(Ok(accepted)) => match accepted.message_id() {
                Some(message_id) => Ok(Published::accepted(message_id, clock.now())),
                None => Err(CarrierError::Refused { topic, code: "an answer without a message id".to_owned() }),
            },
        }
    }

    fn resolve(&self, target: &str) -> Result<String, CarrierError> {
        if target.starts_with("arn:") {
            return Ok(target.to_owned());
        }
        let name = target.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(target);
        match &self.topics {
            Topics::Listed(topics) => topics.get(name).cloned().ok_or_else(|| CarrierError::NoTopic(name.to_owned())),
            Topics::Loopback => Ok(format!("arn:aws:sns:eu-west-1:000000000000:{name}")),
        }
    }
}

fn refusal<E: ProvideErrorMetadata, R>(topic: String, error: &SdkError<E, R>) -> CarrierError {
    match error {
        SdkError::ServiceError(refused) => {
            CarrierError::Refused { topic, code: refused.err().code().unwrap_or("an unnamed error").to_owned() }
        }
        _ => CarrierError::Unanswered { topic },
    }
}
