//! What it takes to say "we told somebody": which step of which alert, and the proof that the carrier accepted the message.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::AlertId;

/// One send of one alert: the step of its route, and which repeat of that step (0 is the first time).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepRef {
    pub alert: AlertId,
    pub step: u16,
    pub repeat: u16,
}

/// SNS accepted a message. Only `alert::publish` makes one, from SNS's own answer (`tests/it/tidy.rs` checks it); it proves
/// that the message was taken, not that anybody read it.
///
/// ```compile_fail,E0624
/// let claimed = dayzero::model::Published::accepted("made-up", jiff::Timestamp::UNIX_EPOCH);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    message_id: String,
    at: Timestamp,
    /// The second carrier's topic, where it was that one which accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    carrier: Option<String>,
    /// How many alerts the message told of, where it was a digest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    digest: Option<u32>,
}

impl Published {
    /// For `alert::publish` only.
    pub(crate) fn accepted(message_id: impl Into<String>, at: Timestamp) -> Self {
        Self { message_id: message_id.into(), at, carrier: None, digest: None }
    }

    /// The same, accepted by the second carrier's topic.
    pub(crate) fn through(self, carrier: impl Into<String>) -> Self {
        Self { carrier: Some(carrier.into()), ..self }
    }

    /// The same, in a message that tells of `digest` alerts; `None` for a message of its own.
    pub(crate) fn within(self, digest: Option<u32>) -> Self {
        Self { digest, ..self }
    }

    /// The id that the carrier gave when it accepted: what its support asks for.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// When the carrier accepted: the moment that deadlines are measured against.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The second carrier's topic, if the first carrier did not take the message and it did.
    pub fn carrier(&self) -> Option<&str> {
        self.carrier.as_deref()
    }

    /// How many alerts the message told of, if it was a digest.
    pub fn digest(&self) -> Option<u32> {
        self.digest
    }
}
