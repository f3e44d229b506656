//! Every window that a record had or has to keep, what kept it, and when. `watch` records what was missed from it, lists sort by
//! it, the pages show it.

use jiff::Timestamp;

use super::assessment::Class;
use super::entry::{Miss, Obligation};
use super::ids::{AlertId, Revision};
use super::record::{AlertState, Record};
use super::time::Deadline;

/// One window of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// `None` for the window of a comment that needed no alert.
    pub alert: Option<(AlertId, Class)>,
    pub obligation: Obligation,
    pub deadline: Deadline,
    pub done: Option<Done>,
    /// A deviation was written down.
    pub recorded: bool,
}

/// What a window was for has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub at: Timestamp,
    /// Nobody for what the machine did.
    pub by: Option<String>,
}

/// How a window stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Running,
    Kept,
    /// Done, after its end.
    Late,
    /// Not done, and its end has passed.
    Overdue,
}

impl Window {
    /// How the window stands at `now`; once something is done, `now` changes nothing any more.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match &self.done {
            Some(done) if done.at <= self.deadline.timestamp() => Standing::Kept,
            Some(_) => Standing::Late,
            None if self.deadline.standing(now).is_overdue() => Standing::Overdue,
            None => Standing::Running,
        }
    }
}

impl Window {
    /// The deviation that this window is, or would be.
    pub fn miss(&self) -> Miss {
        Miss { alert: self.alert.as_ref().map(|(alert, _)| alert.clone()), obligation: self.obligation, deadline: self.deadline }
    }

    /// Whether a deviation has to be written down at `now`: the window ended before what it was for had happened.
    pub fn owes_miss(&self, now: Timestamp) -> bool {
        !self.recorded && matches!(self.standing(now), Standing::Late | Standing::Overdue)
    }
}

impl Standing {
    /// The word for it in what pages and programs are told.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Running => "running",
            Standing::Kept => "kept",
            Standing::Late => "late",
            Standing::Overdue => "overdue",
        }
    }
}

/// All windows: those of alerts in the order of the alerts, then those for deciding.
pub fn windows(record: &Record) -> Vec<Window> {
    let mut windows = Vec::new();
    for alert in &record.alerts {
        windows.extend(of_alert(record, alert));
    }
    let mut readings: Vec<(Deadline, Revision)> =
        record.readings.iter().filter_map(|reading| Some((reading.decide_by?, reading.on))).collect();
    // Texts whose windows end together have one window, which a decision about the newest of them keeps.
    readings.sort_by_key(|(deadline, on)| (*deadline, std::cmp::Reverse(*on)));
    readings.dedup_by_key(|(deadline, _)| *deadline);
    let decide =
        readings.into_iter().map(|(deadline, on)| window(record, None, Obligation::Decide, deadline, decided(record, on)));
    windows.extend(decide);
    windows
}

fn of_alert(record: &Record, alert: &AlertState) -> Vec<Window> {
    let deadlines = &alert.plan.deadlines;
    let acknowledged = alert.acknowledged.as_ref().map(|by| Done { at: by.at, by: Some(by.by.clone()) });
    let rows = [
        (Obligation::Alert, deadlines.alert, alert.first_published().map(|sent| Done { at: sent.at(), by: None })),
        (Obligation::Acknowledge, deadlines.acknowledge, acknowledged),
        (Obligation::Forward, deadlines.forward, decided(record, alert.on)),
    ];
    let present = rows.into_iter().filter_map(|(obligation, deadline, done)| Some((obligation, deadline?, done)));
    present.map(|(obligation, deadline, done)| window(record, Some(alert), obligation, deadline, done)).collect()
}

fn window(record: &Record, alert: Option<&AlertState>, obligation: Obligation, deadline: Deadline, done: Option<Done>) -> Window {
    let miss = Miss { alert: alert.map(|alert| alert.id.clone()), obligation, deadline };
    let recorded = record.recorded(&miss);
    Window { alert: alert.map(|alert| (alert.id.clone(), alert.class)), obligation, deadline, done, recorded }
}

/// The first decision that closed what entry `on` had raised.
fn decided(record: &Record, on: Revision) -> Option<Done> {
    let closing = record.decisions.iter().find(|decision| decision.outcome.closes() && decision.on >= on)?;
    Some(Done { at: closing.at, by: Some(closing.by.clone()) })
}
