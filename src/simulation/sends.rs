//! Every message of one alert: its route's steps and repeats at the pace that the line itself has, until somebody has it in hand.
//! Called by `report`.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{AlertState, Class, CommentKey};

/// Most messages of one alert that are followed: at the pace of the line that is most of a year. Those after are counted by nobody.
const MAX_SENDS: usize = 1_000;

/// One message that would have gone out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Send {
    pub at: Timestamp,
    pub key: CommentKey,
    pub class: Class,
    pub topic: String,
    pub step: u16,
    pub repeat: u16,
}

/// The messages of an alert until `end`, at which somebody had it in hand or the trial ends. The first goes out in any case.
pub fn sends(key: &CommentKey, alert: &AlertState, end: Timestamp) -> Vec<Send> {
    let mut followed = AlertState { acknowledged: None, due: Vec::new(), published: Vec::new(), ..alert.clone() };
    let Some(first) = alert.plan.steps.first() else { return Vec::new() };
    let mut sends: Vec<Send> = Vec::new();
    let mut now = first.at;
    while sends.len() < MAX_SENDS {
        let reached = followed.steps_reached(now);
        for step in &reached {
            let topic = alert.step(step).map(|step| step.topic.clone()).unwrap_or_default();
            sends.push(Send { at: now, key: key.clone(), class: alert.class, topic, step: step.step, repeat: step.repeat });
        }
        followed.due.extend(reached);
        match followed.next_step_at(now) {
            Some(next) if next < end && next > now => now = next,
            _ => break,
        }
    }
    sends
}
