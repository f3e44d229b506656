//! A table of sample times: when each clock would end for a comment that came in then. `protocol check` prints it, so that a safety
//! officer sees what a window means before a patient writes; `warn` tries its claims at the same times.

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp};

use super::Protocol;
use super::plan::Clocks;
use crate::model::{AwareAt, Class};

/// One class at one sample time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleRow {
    /// What is special about the time.
    pub when: &'static str,
    pub aware: AwareAt,
    pub class: Class,
    pub clocks: Clocks,
}

/// The week that every table shows: weekday, hour, minute, and what it stands for.
const WEEK: [(Weekday, i8, i8, &str); 7] = [
    (Weekday::Monday, 10, 0, "a Monday morning"),
    (Weekday::Tuesday, 12, 30, "a Tuesday at noon"),
    (Weekday::Wednesday, 6, 0, "before opening"),
    (Weekday::Friday, 15, 30, "a Friday afternoon"),
    (Weekday::Friday, 23, 0, "a Friday night"),
    (Weekday::Saturday, 12, 0, "a Saturday"),
    (Weekday::Sunday, 3, 0, "a Sunday night"),
];
/// How long before closing the last comment before a holiday comes in.
const BEFORE_CLOSING: SignedDuration = SignedDuration::from_mins(30);
/// How long before the clocks change a comment comes in.
const BEFORE_CHANGE: SignedDuration = SignedDuration::from_hours(1);
/// How many changes of the clocks are shown: one to summer time and one back.
const CHANGES: usize = 2;
/// How many weeks after its start are searched for a week without a holiday, and how many days before a holiday for an opening.
const SEARCHED_WEEKS: i64 = 52;
const SEARCHED_DAYS: usize = 14;

impl Protocol {
    /// When each clock would end for comments of a usual week, before holidays and around the changes of the clocks.
    pub fn sample_clocks(&self) -> Vec<SampleRow> {
        let rows = self.sample_times().into_iter().flat_map(|(when, aware)| {
            let row = move |class| Some(SampleRow { when, aware, class, clocks: self.clocks(class, aware)? });
            Class::ALL.into_iter().filter_map(row)
        });
        rows.collect()
    }

    /// The times of that table, each with what it stands for.
    pub(super) fn sample_times(&self) -> Vec<(&'static str, AwareAt)> {
        let mut times = Vec::new();
        let monday = self.usual_week();
        for (weekday, hour, minute, when) in WEEK {
            let days = i64::from(weekday.to_monday_zero_offset());
            let date = monday.saturating_add(SignedDuration::from_hours(24 * days));
            times.extend(self.time_zone().to_timestamp(date.at(hour, minute, 0, 0)).map(|at| (when, at)));
        }
        times.extend(self.before_holidays().into_iter().map(|at| ("half an hour before closing for a holiday", at)));
        times.extend(self.before_changes().into_iter().map(|at| ("an hour before the clocks change", at)));
        times.into_iter().map(|(when, at)| (when, AwareAt::new(at))).collect()
    }

    /// The Monday of the first week without a holiday, or simply of the first one.
    fn usual_week(&self) -> Date {
        let days = |count: i64| SignedDuration::from_hours(24 * count);
        let to_monday = i64::from(7 - self.starts().weekday().to_monday_zero_offset()) % 7;
        let first = self.starts().saturating_add(days(to_monday));
        let weeks = (0..SEARCHED_WEEKS).map(|week| first.saturating_add(days(7 * week)));
        let holidays = self.calendar.holidays();
        let usual = |monday: &Date| holidays.range(*monday..monday.saturating_add(days(7))).next().is_none();
        weeks.into_iter().find(usual).unwrap_or(first)
    }

    /// Shortly before closing on the last business day before a holiday: one for each weekday on which a holiday falls.
    fn before_holidays(&self) -> Vec<Timestamp> {
        let mut seen = Vec::new();
        let mut times = Vec::new();
        for holiday in self.calendar.holidays().range(self.starts()..=self.monitored_until()) {
            // The second of two holidays in a row is told by the first.
            let follows = holiday.yesterday().is_ok_and(|day| self.calendar.holidays().contains(&day));
            if follows || self.calendar.hours_on(holiday.weekday()).is_none() || seen.contains(&holiday.weekday()) {
                continue;
            }
            seen.push(holiday.weekday());
            let days = std::iter::successors(holiday.yesterday().ok(), |day| day.yesterday().ok());
            let last = days.take(SEARCHED_DAYS).find_map(|day| self.calendar.session(day));
            times.extend(last.and_then(|session| session.closes.checked_sub(BEFORE_CLOSING).ok()));
        }
        times
    }

    fn before_changes(&self) -> Vec<Timestamp> {
        let Ok(start) = self.time_zone().to_timestamp(self.starts().at(0, 0, 0, 0)) else { return Vec::new() };
        let changes = self.time_zone().following(start).take(CHANGES);
        let watched = changes.filter(|change| self.monitored_on(AwareAt::new(change.timestamp())));
        watched.filter_map(|change| change.timestamp().checked_sub(BEFORE_CHANGE).ok()).collect()
    }
}
