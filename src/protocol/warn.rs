//! Holes: what a protocol may say, and what a safety officer should have decided on purpose. A warning never stops a publication.

use jiff::civil::{Date, Weekday};

use super::Protocol;
use super::calendar::Session;
use super::problem::Problem;
use super::routes::Route;
use super::window::Window;
use crate::model::{AwareAt, Class, DayZeroRule, Platform};

/// An alert window shorter than this, in minutes, cannot be met by a sweep that runs every minute.
const SHORTEST_ALERT_MINUTES: u32 = 2;
const WORKING_WEEK: [Weekday; 5] = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

impl Protocol {
    /// The holes of this version, in the order of the file.
    pub fn warnings(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        for route in &self.routes {
            found.extend(self.deputies(route));
            found.extend(self.late_steps(route));
        }
        found.extend(self.long_windows());
        found.extend(self.short_alerts());
        found.extend(self.bare_channels());
        found.extend(self.closed_weekdays());
        found.extend(self.years_without_holidays());
        found.extend(self.day_zero_elsewhere());
        found.extend(self.platforms_without_limit());
        found.extend(self.further_holes());
        found.sort();
        found
    }

    /// What is odd about using this version on a certain day.
    pub fn warnings_on(&self, today: Date) -> Vec<Problem> {
        let line = self.header.monitored_until.line;
        let (starts, until) = (self.starts(), self.monitored_until());
        let mut found = Vec::new();
        if today > until {
            found.push(Problem { line, message: format!("[protocol] monitored_until: monitoring ended on {until}") });
        }
        if today < starts {
            found.push(Problem { line, message: format!("[protocol] starts: monitoring begins on {starts}") });
        }
        found
    }

    /// A platform whose terms end the life of its copy, and of which the file says nothing.
    fn platforms_without_limit(&self) -> Option<Problem> {
        let channel = self.channels().iter().find(|channel| channel.platform == Platform::LinkedIn)?;
        let message = "[retention.platform] linkedin is not there: LinkedIn's terms allow members' social activity for 48 hours";
        let unsaid = self.keep_rule(Platform::LinkedIn).platform_minutes.is_none();
        unsaid.then(|| Problem { line: channel.line, message: message.to_owned() })
    }

    /// A route that reaches nobody else while the office is closed.
    fn deputies(&self, route: &Route) -> Option<Problem> {
        let classes = names(route.classes.iter().map(|at| at.value));
        let message = match route.steps.as_slice() {
            [_] => format!(
                "[[route]] for {classes} has one step: when nobody acknowledges, at a weekend or on a holiday, nobody comes next"
            ),
            [_, later @ ..] if later.iter().all(|step| step.after.value.is_business()) => {
                let (from, to) = self.longest_closure()?;
                format!(
                    "[[route]] for {classes}: every later step waits for opening hours, so nobody comes next from {from} to {to}"
                )
            }
            _ => return None,
        };
        Some(Problem { line: route.line, message })
    }

    /// From closing to opening, where that takes longest while the campaign is monitored.
    fn longest_closure(&self) -> Option<(String, String)> {
        let start = self.time_zone().to_timestamp(self.starts().at(0, 0, 0, 0)).ok()?;
        let sessions = self.calendar.sessions_from(start).take_while(|session| session.date <= self.monitored_until());
        let sessions: Vec<Session> = sessions.collect();
        let gaps = sessions.windows(2).map(|pair| (pair[0].closes, pair[1].opens));
        // The first of the longest: `max_by_key` would give the last.
        let (from, to) = gaps.rev().max_by_key(|(from, to)| to.duration_since(*from)).filter(|(from, to)| from < to)?;
        let wall = |at| self.time_zone().to_datetime(at).strftime("%a %Y-%m-%d %H:%M").to_string();
        Some((wall(from), wall(to)))
    }

    /// A route whose last step comes when the acknowledgement is already late.
    fn late_steps(&self, route: &Route) -> Vec<Problem> {
        let late = |class: &Class| {
            self.sample_times().into_iter().any(|(_, aware)| {
                let Some(plan) = self.plan(*class, aware) else { return false };
                let due = plan.deadlines.acknowledge.map(|due| due.timestamp());
                plan.steps.last().zip(due).is_some_and(|(last, due)| last.at > due)
            })
        };
        let warn = |class: Class| {
            let last = route.steps.last()?;
            let within = self.windows.get(&class)?.acknowledge.value;
            let (name, after) = (class.as_str(), last.after.value);
            let message = format!(
                "[[route]] for {name}: the last step (after {after}) can come later than \"acknowledge within {within}\""
            );
            Some(Problem { line: last.after.line, message })
        };
        route.classes.iter().map(|at| at.value).filter(late).filter_map(warn).collect()
    }

    /// A window that lets the legal date pass.
    fn long_windows(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        for (class, windows) in &self.windows {
            for (key, window) in windows.each() {
                let Some(days) = self.outlasts_law(*class, window.value) else { continue };
                let (name, window, line) = (class.as_str(), window.value, window.line);
                let message =
                    format!("[windows.{name}] {key}: {window} can end after the legal date, {days} calendar days after day zero");
                found.push(Problem { line, message });
            }
        }
        found
    }

    /// How many days the law gives, where the window can take longer.
    fn outlasts_law(&self, class: Class, window: Window) -> Option<u16> {
        let days = match class {
            Class::Serious => self.legal.serious_days,
            Class::AdverseEvent => self.legal.non_serious_days,
            Class::SpecialSituation | Class::QualityComplaint | Class::Distress => return None,
        };
        let longer = |aware: AwareAt| {
            let end = self.calendar.date_of(window.end_from(aware.timestamp(), &self.calendar));
            self.legal_date(class, aware.timestamp()).is_some_and(|legal| end > legal)
        };
        self.sample_times().into_iter().any(|(_, aware)| longer(aware)).then_some(days)
    }

    fn short_alerts(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        for (class, windows) in &self.windows {
            if matches!(windows.alert.value, Window::Clock(minutes) if minutes < SHORTEST_ALERT_MINUTES) {
                let message = format!(
                    "[windows.{}] alert: {} is shorter than {SHORTEST_ALERT_MINUTES} minutes; open work is looked for once a minute",
                    class.as_str(),
                    windows.alert.value
                );
                found.push(Problem { line: windows.alert.line, message });
            }
        }
        found
    }

    fn bare_channels(&self) -> Vec<Problem> {
        let bare = self.channels.iter().filter(|channel| channel.products.is_empty());
        let message = |id| format!("[[channel]] {id} names no product: comments there need to name one");
        bare.map(|channel| Problem { line: channel.line, message: message(&channel.id) }).collect()
    }

    fn closed_weekdays(&self) -> Option<Problem> {
        let closed: Vec<&str> = WORKING_WEEK
            .into_iter()
            .filter(|weekday| self.calendar.hours_on(*weekday).is_none())
            .map(|weekday| match weekday {
                Weekday::Monday => "Monday",
                Weekday::Tuesday => "Tuesday",
                Weekday::Wednesday => "Wednesday",
                Weekday::Thursday => "Thursday",
                Weekday::Friday => "Friday",
                Weekday::Saturday => "Saturday",
                Weekday::Sunday => "Sunday",
            })
            .collect();
        let message = format!("[hours] has no opening hours on {}: business time stands still all day", closed.join(", "));
        (!closed.is_empty()).then_some(Problem { line: self.hours_line, message })
    }

    /// Holidays that were listed for this year and forgotten for the next.
    fn years_without_holidays(&self) -> Vec<Problem> {
        let years = self.starts().year()..=self.monitored_until().year();
        let missing = years.filter(|year| self.calendar.holidays().iter().all(|holiday| holiday.year() != *year));
        let message =
            |year| format!("[hours] holidays: none in {year}, though the campaign is monitored until {}", self.monitored_until());
        missing.map(|year| Problem { line: self.holidays_line, message: message(year) }).collect()
    }

    /// What a rule other than the day of receipt means for the legal dates.
    fn day_zero_elsewhere(&self) -> Option<Problem> {
        let message = match self.day_zero_rule() {
            DayZeroRule::Received => return None,
            DayZeroRule::Posted => {
                "[day_zero] rule: \"posted\" counts from the platform's time; where it tells none, from when the comment was received"
            }
            DayZeroRule::Seen => {
                "[day_zero] rule: \"seen\" lets the legal clocks wait until somebody looks; alerts name the earlier date, counted from receipt"
            }
        };
        Some(Problem { line: self.day_zero.line, message: message.to_owned() })
    }
}

fn names(classes: impl Iterator<Item = Class>) -> String {
    classes.map(Class::as_str).collect::<Vec<_>>().join(", ")
}
