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
}

impl Published {
    /// For `alert::publish` only.
    pub(crate) fn accepted(message_id: impl Into<String>, at: Timestamp) -> Self {
        Self { message_id: message_id.into(), at }
    }

    /// The id that the carrier gave when it accepted: what its support asks for.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// When the carrier accepted: the moment that deadlines are measured against.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}
