//! Further holes: places where a file says something that it cannot mean. Called by `Protocol::warnings`; those over steps, legal dates
//! and products are in `warn`.
//!
//! "A channel without a route" cannot be written: `check` refuses a class without a route, a step whose topic is not in `[topics]`, and
//! a channel whose door is not there. What is left of it are the two ends: a door that no channel uses, and a topic that no route tells.

use std::collections::BTreeSet;

use super::Protocol;
use super::problem::Problem;
use super::routes::Route;
use super::rules::{Keep, Windows};
use super::window::Window;
use crate::model::{AwareAt, Class};

/// Silence shorter than this, in minutes, is no sign of anything: most channels are quiet for an hour every night.
const SHORTEST_SILENCE_MINUTES: i64 = 60;

impl Protocol {
    /// What `Protocol::warnings` says beside its own, in no order.
    pub(super) fn further_holes(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        found.extend(self.nobody_on_holidays());
        found.extend(self.closed_for_life());
        found.extend(self.holidays_in_other_years());
        found.extend(self.unused());
        for route in &self.routes {
            found.extend(self.one_topic(route));
            found.extend(self.slow_repeats(route));
        }
        found.extend(self.slower_than_less_urgent());
        found.extend(self.alert_after_acknowledgement());
        found.extend(self.long_review());
        found.extend(self.odd_silence());
        found.extend(self.ends_with_the_campaign());
        found.extend(self.odd_retention());
        found.extend(self.nothing_measured());
        found
    }

    /// The business days that holidays close, on which no later step of a route comes.
    fn nobody_on_holidays(&self) -> Option<Problem> {
        let alone = |route: &&Route| !route.steps.iter().skip(1).any(|step| !step.after.value.is_business());
        let routes = self.routes.iter().filter(alone);
        let classes: Vec<&str> = routes.flat_map(|route| &route.classes).map(|at| at.value.as_str()).collect();
        let holidays = self.calendar.holidays().range(self.starts()..=self.monitored_until());
        let closed = holidays.filter(|day| self.calendar.hours_on(day.weekday()).is_some());
        let days: Vec<String> = closed.map(|day| day.to_string()).collect();
        let message = format!(
            "[hours] holidays: nobody comes next on {} for {}: no later step of theirs goes by the clock",
            days.join(", "),
            classes.join(", ")
        );
        (!days.is_empty() && !classes.is_empty()).then_some(Problem { line: self.holidays_line, message })
    }

    /// Hours that do not open once while the campaign is watched.
    fn closed_for_life(&self) -> Option<Problem> {
        let (starts, until) = (self.starts(), self.monitored_until());
        let start = self.time_zone().to_timestamp(starts.at(0, 0, 0, 0)).ok()?;
        let opens = self.calendar.sessions_from(start).next().is_some_and(|session| session.date <= until);
        let counts = self.counts_business_time() && !opens;
        let message = format!("[hours] do not open between {starts} and {until}: no window in business time ends before {until}");
        counts.then_some(Problem { line: self.hours_line, message })
    }

    fn counts_business_time(&self) -> bool {
        let steps = self.routes.iter().flat_map(|route| &route.steps).map(|step| step.after.value);
        let windows = self.windows.values().flat_map(|windows| windows.each().map(|(_, at)| at.value).collect::<Vec<_>>());
        steps.chain(windows).chain([self.decide.value]).any(Window::is_business)
    }

    /// Holidays of a year in which the campaign does not live: a slip of the pen, or a list that nobody renewed.
    fn holidays_in_other_years(&self) -> Option<Problem> {
        let years = self.starts().year()..=self.monitored_until().year();
        let elsewhere = self.calendar.holidays().iter().filter(|day| !years.contains(&day.year()));
        let days: Vec<String> = elsewhere.map(|day| day.to_string()).collect();
        let message = format!("[hours] holidays: the campaign is not watched in the year of {}", days.join(", "));
        (!days.is_empty()).then_some(Problem { line: self.holidays_line, message })
    }

    /// Topics that no route tells, and doors that no channel uses.
    fn unused(&self) -> Vec<Problem> {
        let told: BTreeSet<&str> =
            self.routes.iter().flat_map(|route| &route.steps).map(|step| step.topic.value.as_str()).collect();
        let topics = self.topic_lines.iter().filter(|(name, _)| !told.contains(name.as_str()));
        let topic =
            |(name, line): (&String, &usize)| Problem { line: *line, message: format!("[topics] {name}: no route tells it") };
        let doors = self.doors.iter().filter(|door| self.channels.iter().all(|channel| channel.door != door.id));
        let door = |door: &super::Door| Problem {
            line: self.channels.first().map_or(1, |channel| channel.line),
            message: format!("[[door]] {}: no channel uses it, so what arrives there is of accounts that nobody listed", door.id),
        };
        topics.map(topic).chain(doors.map(door)).collect()
    }

    /// A route whose every step reaches the same people.
    fn one_topic(&self, route: &Route) -> Option<Problem> {
        let leads_to = |name: &str| self.topics.get(name).map(String::as_str);
        let first = route.steps.first()?;
        let same = route.steps.iter().all(|step| leads_to(&step.topic.value) == leads_to(&first.topic.value));
        let message =
            format!("[[route]] for {}: every step tells {}, so that nobody else comes next", names(route), first.topic.value);
        (route.steps.len() > 1 && same).then_some(Problem { line: route.line, message })
    }

    /// Reminders that come when the acknowledgement is already late.
    fn slow_repeats(&self, route: &Route) -> Vec<Problem> {
        let warn = |class: Class| {
            let within = self.windows.get(&class)?.acknowledge.value;
            let every = Window::Clock(route.repeat_minutes(class));
            let line = route.repeat.map_or(route.line, |at| at.line);
            let message = format!(
                "[[route]] for {}: the last step is repeated every {every}, longer than \"acknowledge within {within}\"",
                class.as_str()
            );
            self.always_longer(every, within).then_some(Problem { line, message })
        };
        route.classes.iter().filter_map(|at| warn(at.value)).collect()
    }

    /// A window of a serious case that can take longer than the same window of one that is not.
    fn slower_than_less_urgent(&self) -> Vec<Problem> {
        let (Some(serious), Some(other)) = (self.windows.get(&Class::Serious), self.windows.get(&Class::AdverseEvent)) else {
            return Vec::new();
        };
        let pairs = serious.each().filter_map(|(key, window)| {
            let (_, less) = other.each().find(|(known, _)| *known == key)?;
            Some((key, window, less.value))
        });
        let slower = pairs.filter(|(_, window, less)| self.sometimes_longer(window.value, *less));
        let message =
            |key, window, less| format!("[windows.serious] {key}: {window} can end later than that of adverse_event, {less}");
        slower.map(|(key, at, less)| Problem { line: at.line, message: message(key, at.value, less) }).collect()
    }

    /// Whom nobody has told cannot acknowledge.
    fn alert_after_acknowledgement(&self) -> Vec<Problem> {
        let late = |(_, windows): &(&Class, &Windows)| self.sometimes_longer(windows.alert.value, windows.acknowledge.value);
        let warn = |(class, windows): (&Class, &Windows)| Problem {
            line: windows.alert.line,
            message: format!(
                "[windows.{}] alert: {} can end later than \"acknowledge within {}\"",
                class.as_str(),
                windows.alert.value,
                windows.acknowledge.value
            ),
        };
        self.windows.iter().filter(late).map(warn).collect()
    }

    /// A comment that people read without an alert may turn out to be a serious case.
    fn long_review(&self) -> Option<Problem> {
        let (window, days) = (self.decide.value, self.legal.serious_days);
        let law = Window::Clock(u32::from(days) * 24 * 60);
        let message =
            format!("[windows.review] decide: {window} can end after the legal date of a serious case, {days} calendar days");
        self.sometimes_longer(window, law).then_some(Problem { line: self.decide.line, message })
    }

    fn odd_silence(&self) -> Vec<Problem> {
        let days = self.legal.serious_days.min(self.legal.non_serious_days);
        let mut found = Vec::new();
        for channel in &self.channels {
            let (id, minutes) = (&channel.id, channel.silent_after.as_mins());
            let after = Window::Clock(u32::try_from(minutes).unwrap_or(u32::MAX));
            let message = if minutes > i64::from(days) * 24 * 60 {
                format!("[[channel]] {id}: silence is an alarm after {after}, longer than the {days} days of the law")
            } else if minutes < SHORTEST_SILENCE_MINUTES {
                format!("[[channel]] {id}: silence is an alarm after {after}, which every quiet night will be")
            } else {
                continue;
            };
            found.push(Problem { line: channel.line, message });
        }
        found
    }

    fn ends_with_the_campaign(&self) -> Option<Problem> {
        let message =
            format!("[protocol] monitored_until: {} is the campaign's last day; comments keep coming after it", self.ends());
        let ends = self.monitored_until() == self.ends();
        ends.then_some(Problem { line: self.header.monitored_until.line, message })
    }

    fn odd_retention(&self) -> Vec<Problem> {
        let line = self.retention_line;
        let mut found = Vec::new();
        if let Keep::Minutes(minutes) = self.retention.safety {
            let kept = Window::Clock(minutes);
            let message =
                format!("[retention] safety: cases go after {kept}; the law wants them for ten years after the authorisation");
            found.push(Problem { line, message });
        }
        if self.retention.other == Keep::Forever {
            let message = "[retention] other: the words of comments that are no safety matter are kept without an end".to_owned();
            found.push(Problem { line, message });
        }
        found
    }

    /// A version of which nobody will know what it misses.
    fn nothing_measured(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.reading.sample.value == 0.0 {
            let message = "[classifier] sample: nobody reads any of the lowest band, so nobody learns what is missed".to_owned();
            found.push(Problem { line: self.reading.sample.line, message });
        }
        if self.examples.is_empty() {
            let message = "the file has no [[example]]: nothing holds a later classifier to how this one reads".to_owned();
            found.push(Problem { line: 1, message });
        }
        found
    }

    fn sometimes_longer(&self, one: Window, other: Window) -> bool {
        self.sample_times().into_iter().any(|(_, aware)| self.ends_at(one, aware) > self.ends_at(other, aware))
    }

    fn always_longer(&self, one: Window, other: Window) -> bool {
        self.sample_times().into_iter().all(|(_, aware)| self.ends_at(one, aware) > self.ends_at(other, aware))
    }

    fn ends_at(&self, window: Window, aware: AwareAt) -> jiff::Timestamp {
        window.end_from(aware.timestamp(), &self.calendar)
    }
}

fn names(route: &Route) -> String {
    route.classes.iter().map(|at| at.value.as_str()).collect::<Vec<_>>().join(", ")
}
