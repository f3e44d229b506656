//! Every window that a record had or has to keep, what kept it, and when: for the page, for the API, for an inspector. Pure.

use jiff::Timestamp;

use crate::model::record::AlertState;
use crate::model::{AlertId, Class, Deadline, Miss, Obligation, Record, Revision};

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
    pub fn standing(&self, now: Timestamp) -> Standing {
        match &self.done {
            Some(done) if done.at <= self.deadline.timestamp() => Standing::Kept,
            Some(_) => Standing::Late,
            None if self.deadline.standing(now).is_overdue() => Standing::Overdue,
            None => Standing::Running,
        }
    }
}

impl Standing {
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
    readings.sort();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Band, Outcome};
    use crate::review::fixture::{Story, at};

    /// An alert of 23:30 UTC: to be sent by 23:45, acknowledged by 00:30, forwarded by 23:30 of the next day.
    fn alerted() -> Story {
        Story::about("1").written("duizelig").read(Band::Alert, &[]).alerted(Class::AdverseEvent)
    }

    #[test]
    fn each_window_stands_by_what_was_done_and_when() {
        use Standing::{Kept, Late, Overdue, Running};
        let decided = |story: Story| story.decided("Anna", Outcome::QualityComplaint, None);
        let rows = [
            ("at once", alerted(), "2026-03-01T23:30:00Z", [Running, Running, Running]),
            ("to the second", alerted(), "2026-03-01T23:45:00Z", [Running, Running, Running]),
            ("nothing sent", alerted(), "2026-03-01T23:45:01Z", [Overdue, Running, Running]),
            ("sent late", alerted().after(16).published(), "2026-03-02T01:00:00Z", [Late, Overdue, Running]),
            (
                "in hand in time",
                alerted().published().after(60).acknowledged("Anna"),
                "2026-03-02T01:00:00Z",
                [Kept, Kept, Running],
            ),
            ("in hand late", alerted().published().after(61).acknowledged("Anna"), "2026-03-02T01:00:00Z", [Kept, Late, Running]),
            ("decided", decided(alerted().published().after(5)), "2026-03-09T01:00:00Z", [Kept, Kept, Kept]),
            ("decided late", decided(alerted().published().after(1441)), "2026-03-09T01:00:00Z", [Kept, Late, Late]),
            (
                "asked for more",
                alerted().published().decided("Anna", Outcome::NeedsMore, None),
                "2026-03-09T01:00:00Z",
                [Kept, Kept, Overdue],
            ),
        ];
        for (name, story, now, expected) in rows {
            let windows = windows(&story.matter().record);
            let standing: Vec<Standing> = windows.iter().map(|window| window.standing(at(now))).collect();
            assert_eq!(standing, expected, "{name}");
        }
    }

    #[test]
    fn a_comment_without_an_alert_has_one_window_and_who_kept_it() {
        let story =
            Story::about("1").written("Fijn!").read(Band::Log, &[]).after(9).decided("Anna", Outcome::NotACase, Some("praise"));
        let windows = windows(&story.matter().record);
        assert_eq!(windows.len(), 1);
        assert_eq!((windows[0].obligation, &windows[0].alert), (Obligation::Decide, &None));
        assert_eq!(windows[0].done, Some(Done { at: at("2026-03-01T23:39:00Z"), by: Some("Anna".into()) }));
    }
}
