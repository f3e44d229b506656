//! Windows: how long something may take, as the file writes it and as the calendar ends it.
//!
//! `90m`, `2h`, `7d` run day and night in physical time: a day is 24 hours, whatever the clocks on the wall do. `4 business
//! hours` and `1 business day` run in the opening hours; what that means exactly is decided in [`super::calendar`].

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;

/// The longest clock window, in minutes: ten years. Longer is a mistyped number, and a bound keeps the arithmetic in range.
const MAX_MINUTES: u32 = 3653 * 24 * 60;
/// The longest window in business hours: about a year of long days.
const MAX_BUSINESS_HOURS: u32 = 2000;
/// The longest window in business days: about a year.
const MAX_BUSINESS_DAYS: u32 = 250;

/// A length of time, in the time it is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// Minutes of physical time.
    Clock(u32),
    BusinessHours(u32),
    BusinessDays(u32),
}

impl Window {
    pub(super) const EXPECTED: &str = "a window such as \"15m\", \"2h\", \"7d\", \"4 business hours\" or \"1 business day\"";

    /// `None` where the text is not a window, or an absurdly long one. A window of nothing (`0m`) is one.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((count, unit)) = text.split_once(' ') {
            let count = digits(count)?;
            let (window, most) = match unit {
                "business hours" | "business hour" => (Window::BusinessHours(count), MAX_BUSINESS_HOURS),
                "business days" | "business day" => (Window::BusinessDays(count), MAX_BUSINESS_DAYS),
                _ => return None,
            };
            return (1..=most).contains(&count).then_some(window);
        }
        let unit = match text.chars().last()? {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return None,
        };
        let minutes = digits(&text[..text.len() - 1])?.checked_mul(unit)?;
        (minutes <= MAX_MINUTES).then_some(Window::Clock(minutes))
    }

    /// Whether it ends as it begins, as the wait for a route's first step does.
    pub fn is_zero(self) -> bool {
        self == Window::Clock(0)
    }

    /// Whether it stands still while nobody works.
    pub fn is_business(self) -> bool {
        !matches!(self, Window::Clock(_))
    }

    /// When a window that starts at `from` is over. Where the calendar has no end for it (beyond the year 9999), the end of time.
    pub(super) fn end_from(self, from: Timestamp, calendar: &Calendar) -> Timestamp {
        let end = match self {
            Window::Clock(minutes) => from.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok(),
            Window::BusinessHours(hours) => calendar.after_hours(from, SignedDuration::from_hours(i64::from(hours))),
            Window::BusinessDays(days) => calendar.after_days(from, days),
        };
        end.unwrap_or(Timestamp::MAX)
    }
}

/// A plain number: no sign, no spaces, no separators.
fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Window::Clock(minutes) if minutes % (24 * 60) == 0 && minutes > 0 => write!(f, "{}d", minutes / (24 * 60)),
            Window::Clock(minutes) if minutes % 60 == 0 && minutes > 0 => write!(f, "{}h", minutes / 60),
            Window::Clock(minutes) => write!(f, "{minutes}m"),
            Window::BusinessHours(1) => f.write_str("1 business hour"),
            Window::BusinessHours(hours) => write!(f, "{hours} business hours"),
            Window::BusinessDays(1) => f.write_str("1 business day"),
            Window::BusinessDays(days) => write!(f, "{days} business days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_in_one_spelling_each() {
        let rows = [
            ("15m", Some(Window::Clock(15))),
            ("0m", Some(Window::Clock(0))),
            ("2h", Some(Window::Clock(120))),
            ("7d", Some(Window::Clock(7 * 24 * 60))),
            ("4 business hours", Some(Window::BusinessHours(4))),
            ("1 business hour", Some(Window::BusinessHours(1))),
            ("1 business day", Some(Window::BusinessDays(1))),
            ("2 business days", Some(Window::BusinessDays(2))),
            ("", None),
            ("m", None),
            ("15", None),
            ("15 m", None),
            ("-15m", None),
            ("+15m", None),
            ("1.5h", None),
            ("1h30m", None),
            ("15min", None),
            ("15é", None),
            ("0 business hours", None),
            ("1 business week", None),
            ("business day", None),
            ("one business day", None),
            ("251 business days", None),
            ("3653d", Some(Window::Clock(3653 * 24 * 60))),
            ("3654d", None),
            ("99999999999d", None),
        ];
        for (text, expected) in rows {
            assert_eq!(Window::parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_window_is_written_as_it_is_read() {
        for text in ["15m", "90m", "2h", "7d", "0m", "1 business hour", "4 business hours", "1 business day", "2 business days"] {
            assert_eq!(Window::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_window_beyond_the_calendar_ends_at_the_end_of_time() {
        let calendar = Calendar::new(jiff::tz::TimeZone::UTC, [None; 7], Default::default());
        assert_eq!(Window::Clock(1).end_from(Timestamp::MAX, &calendar), Timestamp::MAX);
        assert_eq!(Window::BusinessHours(1).end_from(Timestamp::UNIX_EPOCH, &calendar), Timestamp::MAX);
        assert_eq!(Window::BusinessDays(1).end_from(Timestamp::UNIX_EPOCH, &calendar), Timestamp::MAX);
    }
}
