//! Times as people read them: how long from now in words, and the time itself in the campaign's zone. Pure.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::model::{Deadline, Standing};

/// How a deadline stands, in words: `in 3 h 20 min`, `overdue by 12 min`.
pub fn left(deadline: Deadline, now: Timestamp) -> String {
    match deadline.standing(now) {
        Standing::Ahead(left) => format!("in {}", span(left)),
        Standing::Overdue(late) => format!("overdue by {}", span(late)),
    }
}

/// How long ago, or from now, something is: `12 min ago`.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let since = now.duration_since(at);
    if since.is_negative() { format!("in {}", span(-since)) } else { format!("{} ago", span(since)) }
}

/// A length of time in its two largest units. Rounded down: nobody should believe to have a minute more than there is.
pub fn span(length: SignedDuration) -> String {
    let minutes = length.as_mins();
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, rest) => format!("{rest} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, rest) => format!("{hours} h {rest} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// The time on the wall of the campaign's zone, with the zone: `Mon 2 Mar 03:12 CET`. The year is told where it is not this one.
pub fn local(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = if at.year() == now.year() { "%a %-d %b %H:%M %Z" } else { "%a %-d %b %Y %H:%M %Z" };
    at.strftime(format).to_string()
}

/// As [`local`], with the year and seconds always: for evidence.
pub fn exact(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M:%S %Z").to_string()
}

/// RFC 3339 with the zone's offset, for programs and for the `datetime` of a page.
pub fn machine(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn time_left_is_told_in_two_units_rounded_down() {
        let rows = [
            (0, "in less than a minute"),
            (59, "in less than a minute"),
            (60, "in 1 min"),
            (3599, "in 59 min"),
            (3600, "in 1 h"),
            (12_000, "in 3 h 20 min"),
            (86_400, "in 1 d"),
            (100_000, "in 1 d 3 h"),
            (-1, "overdue by less than a minute"),
            (-720, "overdue by 12 min"),
            (-266_400, "overdue by 3 d 2 h"),
        ];
        let now = at("2026-03-02T02:00:00Z");
        for (seconds, expected) in rows {
            let due = now + SignedDuration::from_secs(seconds);
            let deadline: Deadline = serde_json::from_value(serde_json::json!(due)).unwrap();
            assert_eq!(left(deadline, now), expected, "{seconds}");
        }
        assert_eq!(ago(at("2026-03-02T01:48:00Z"), now), "12 min ago");
    }

    #[test]
    fn local_time_names_its_zone_through_daylight_saving() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let now = at("2026-03-29T00:30:00Z");
        let rows = [
            ("2026-03-29T00:59:00Z", "Sun 29 Mar 01:59 CET", "2026-03-29T01:59:00+01:00"),
            ("2026-03-29T01:00:00Z", "Sun 29 Mar 03:00 CEST", "2026-03-29T03:00:00+02:00"),
            ("2027-01-04T08:00:00Z", "Mon 4 Jan 2027 09:00 CET", "2027-01-04T09:00:00+01:00"),
        ];
        for (time, expected, machine_read) in rows {
            assert_eq!(local(at(time), now, &zone), expected);
            assert_eq!(machine(at(time), &zone), machine_read);
        }
        assert_eq!(exact(at("2026-03-02T02:00:05Z"), &TimeZone::UTC), "Mon 2 Mar 2026 02:00:05 UTC");
    }
}
