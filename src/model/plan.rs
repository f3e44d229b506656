//! A plan: the deadlines and the steps of a route that one comment has, computed once by the protocol in force and kept in the
//! record. Whoever publishes or escalates later follows the plan and never asks the protocol again, so a new version of the
//! protocol cannot move a deadline that people were told.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::time::Deadline;

/// Every date by which something has to have happened. Absent where the protocol sets no such window for the class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alert: Option<Deadline>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acknowledge: Option<Deadline>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub forward: Option<Deadline>,
    /// For comments that people read without an alert.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decide: Option<Deadline>,
    /// The legal due date, in calendar days after day zero in the protocol's time zone. Shown beside the windows, never paused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub legal: Option<Date>,
}

/// How much of the comment a carrier may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextLimit {
    None,
    /// At most [`TextLimit::EXCERPT_CHARACTERS`] characters.
    Excerpt,
    Full,
}

impl TextLimit {
    /// Characters of a comment that an excerpt may hold: about the length of one text message.
    pub const EXCERPT_CHARACTERS: usize = 140;
}

/// One step of a route: whom to tell, from when on, unless somebody has acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The topic's logical name in the protocol.
    pub topic: String,
    pub at: Timestamp,
    pub text: TextLimit,
}

/// What one alert obliges us to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub deadlines: Deadlines,
    /// In order; never empty.
    pub steps: Vec<Step>,
    /// After the last step, its topic is told again this often until somebody acknowledges.
    pub repeat_minutes: u32,
}
