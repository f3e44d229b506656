//! From a moment of awareness to deadlines and steps: what a class of alert obliges us to.
//!
//! The only place that makes a [`Deadline`]. Windows are counted from the moment of awareness; the legal date is day zero, the
//! civil date of that moment in the protocol's zone, plus so many calendar days, and no holiday moves it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::Protocol;
use crate::model::day_zero::posted_before;
use crate::model::{AwareAt, Class, DayZeroRule, Deadline, Deadlines, Plan, Step};

impl Protocol {
    /// The deadlines of an alert and whom it goes to when; `None` only where no route serves the class, which
    /// [`Protocol::parse`] refuses.
    pub fn plan(&self, class: Class, aware: AwareAt) -> Option<Plan> {
        self.plan_posted(class, aware, None)
    }

    /// The same for a comment whose platform tells when it was written: where the protocol's rule says so, day zero is that day.
    pub fn plan_posted(&self, class: Class, aware: AwareAt, posted: Option<Timestamp>) -> Option<Plan> {
        let windows = self.windows.get(&class)?;
        let route = self.route(class)?;
        let from = aware.timestamp();
        let due = |window: super::Window| Deadline::from_window(window.end_from(from, &self.calendar));
        let deadlines = Deadlines {
            alert: Some(due(windows.alert.value)),
            acknowledge: Some(due(windows.acknowledge.value)),
            forward: windows.forward.map(|forward| due(forward.value)),
            decide: None,
            legal: self.legal_date(class, self.day_zero_at(aware, posted)),
        };
        let steps = route.steps.iter().map(|step| Step {
            topic: step.topic.value.clone(),
            at: step.after.value.end_from(from, &self.calendar),
            text: step.text,
        });
        Some(Plan { deadlines, steps: steps.collect(), repeat_minutes: route.repeat_minutes(class) })
    }

    /// By when people have to have read and decided a comment that made no alert.
    pub fn decide_by(&self, aware: AwareAt) -> Deadline {
        Deadline::from_window(self.decide.value.end_from(aware.timestamp(), &self.calendar))
    }

    /// The moment whose day is day zero when an alert is made. Nobody has seen it then, so the rule "seen" counts from receipt, which
    /// is never later.
    fn day_zero_at(&self, aware: AwareAt, posted: Option<Timestamp>) -> Timestamp {
        let received = aware.timestamp();
        match self.day_zero_rule() {
            DayZeroRule::Posted => posted_before(posted, received).unwrap_or(received),
            DayZeroRule::Received | DayZeroRule::Seen => received,
        }
    }

    /// The legal due date of a class; `None` where the law sets none.
    pub(super) fn legal_date(&self, class: Class, day_zero: Timestamp) -> Option<Date> {
        let days = match class {
            Class::Serious => self.legal.serious_days,
            Class::AdverseEvent => self.legal.non_serious_days,
            Class::SpecialSituation | Class::QualityComplaint | Class::Distress => return None,
        };
        let day_zero = self.calendar.date_of(day_zero);
        Some(day_zero.saturating_add(jiff::Span::new().days(i32::from(days))))
    }

    /// Whether people work at that moment, by `[hours]`.
    pub fn is_open_at(&self, at: Timestamp) -> bool {
        let session = self.calendar.session(self.calendar.date_of(at));
        session.is_some_and(|session| (session.opens..session.closes).contains(&at))
    }

    /// The same as [`Protocol::plan`], written in the protocol's zone for people.
    pub fn clocks(&self, class: Class, aware: AwareAt) -> Option<Clocks> {
        let Plan { deadlines, steps, repeat_minutes: _ } = self.plan(class, aware)?;
        let shown = |deadline: Option<Deadline>| deadline.map(|deadline| self.local(deadline.timestamp()));
        Some(Clocks {
            alert: shown(deadlines.alert),
            acknowledge: shown(deadlines.acknowledge),
            forward: shown(deadlines.forward),
            legal: deadlines.legal,
            steps: steps.into_iter().map(|step| ClockStep { at: self.local(step.at), topic: step.topic }).collect(),
        })
    }

    /// RFC 3339 with the offset of the protocol's zone.
    pub fn local(&self, at: Timestamp) -> String {
        at.display_with_offset(self.calendar.zone().to_offset(at)).to_string()
    }
}

/// When each clock of a comment would end. Times are RFC 3339 with the zone's offset; the legal date is a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clocks {
    pub alert: Option<String>,
    pub acknowledge: Option<String>,
    pub forward: Option<String>,
    pub legal: Option<Date>,
    pub steps: Vec<ClockStep>,
}

/// When a step of the route is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClockStep {
    pub topic: String,
    pub at: String,
}
