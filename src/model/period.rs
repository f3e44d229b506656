//! A period of a statement: a day, a week (Monday to Sunday, ISO 8601) or a month, as the dates of a campaign's own time zone. Written
//! `2026-03-11`, `2026-W11`, `2026-03`; an address, a journal and a page write it the same way. Pure.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day, a week or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// One date.
    Day(Date),
    /// The week that begins on this Monday.
    Week(Date),
    /// The month that begins on this first.
    Month(Date),
}

impl Period {
    /// The day, the week and the month that hold a date, in this order.
    pub fn holding(date: Date) -> [Period; 3] {
        let since_monday = i64::from(date.weekday().to_monday_zero_offset());
        let monday = date.checked_sub(Span::new().days(since_monday)).unwrap_or(date);
        [Period::Day(date), Period::Week(monday), Period::Month(date.first_of_month())]
    }

    /// The week that holds a date.
    pub fn week_of(date: Date) -> Period {
        let [_, week, _] = Self::holding(date);
        week
    }

    /// Reads a period out of an address.
    pub fn parse(text: &str) -> Option<Period> {
        let period = match (text.len(), text.split_once("-W")) {
            (8, Some((year, week))) => {
                let monday = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?;
                Period::Week(monday.date())
            }
            (7, None) => Period::Month(format!("{text}-01").parse().ok()?),
            (10, None) => Period::Day(text.parse().ok()?),
            _ => return None,
        };
        // One way to write it: a second one would be a second statement of the same days.
        (period.to_string() == text).then_some(period)
    }

    /// The first date in it.
    pub fn first(self) -> Date {
        match self {
            Period::Day(date) | Period::Week(date) | Period::Month(date) => date,
        }
    }

    /// The first date after it.
    pub fn after(self) -> Date {
        let length = match self {
            Period::Day(_) => 1.day(),
            Period::Week(_) => 7.days(),
            Period::Month(_) => 1.month(),
        };
        self.first().checked_add(length).unwrap_or(Date::MAX)
    }

    /// From its first moment to the first one after it. A date begins at midnight in the zone, or at the first moment there is.
    pub fn bounds(self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        (midnight(self.first(), zone), midnight(self.after(), zone))
    }

    /// What it is called before people.
    pub fn title(self) -> String {
        match self {
            Period::Day(date) => date.strftime("%A %-d %B %Y").to_string(),
            Period::Week(_) => format!("week {self}"),
            Period::Month(date) => date.strftime("%B %Y").to_string(),
        }
    }
}

/// The first moment of a date in a zone.
pub fn midnight(date: Date, zone: &TimeZone) -> Timestamp {
    date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Period::Day(date) => write!(f, "{date}"),
            Period::Week(date) => {
                let week = date.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Period::Month(date) => write!(f, "{:04}-{:02}", date.year(), date.month()),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Period::parse(&text).ok_or_else(|| serde::de::Error::custom("no day, week or month"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_written_in_one_way_and_read_back() {
        let rows = [
            ("2026-03-11", "2026-03-11", "2026-03-12"),
            ("2026-W11", "2026-03-09", "2026-03-16"),
            ("2026-W53", "2026-12-28", "2027-01-04"),
            ("2025-W01", "2024-12-30", "2025-01-06"),
            ("2024-02", "2024-02-01", "2024-03-01"),
            ("2026-12", "2026-12-01", "2027-01-01"),
        ];
        for (text, first, after) in rows {
            let period = Period::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((period.first().to_string().as_str(), period.after().to_string().as_str()), (first, after), "{text}");
            assert_eq!(period.to_string(), text);
            assert_eq!(serde_json::from_str::<Period>(&serde_json::to_string(&period).unwrap()).unwrap(), period);
        }
        for bad in [
            "",
            "2026",
            "2026-13",
            "2026-W54",
            "2025-W53",
            "2026-W1",
            "2026-w11",
            "2026-3-11",
            "2026-02-30",
            "20260311",
            "2026-00",
        ] {
            assert_eq!(Period::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_lasts_from_midnight_to_midnight_through_both_clock_changes() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        for (day, hours) in [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)] {
            let (from, to) = Period::parse(day).unwrap().bounds(&zone);
            assert_eq!(to.duration_since(from).as_hours(), hours, "{day}");
        }
        let [day, week, month] = Period::holding("2026-03-01".parse().unwrap());
        assert_eq!([day, week, month].map(|period| period.to_string()), ["2026-03-01", "2026-W09", "2026-03"]);
    }
}
