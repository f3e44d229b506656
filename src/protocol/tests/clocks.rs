//! The table of deadlines, worked out by hand: clock changes, holidays, a year's end, early closing, and the very moments of
//! opening and closing, in four zones.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use super::{aware, sample, with};
use crate::model::Class;
use crate::protocol::calendar::{Calendar, Hours};
use crate::protocol::window::Window;

/// (comes in, window, ends).
type Row = (&'static str, &'static str, &'static str);

fn calendar(zone: &str, week: [&str; 7], holidays: &[&str]) -> Calendar {
    let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
    let week = week.map(|day| (!day.is_empty()).then(|| Hours::parse(day).unwrap()));
    Calendar::new(zone, week, holidays.iter().map(|day| day.parse().unwrap()).collect::<BTreeSet<_>>())
}

/// Office hours of the sample protocol.
const OFFICE: [&str; 7] = ["09:00-17:30", "09:00-17:30", "09:00-17:30", "09:00-17:30", "09:00-16:00", "", ""];

fn check(calendar: &Calendar, rows: &[Row]) {
    for (from, window, expected) in rows {
        let end = Window::parse(window).unwrap().end_from(from.parse().unwrap(), calendar);
        let shown = end.display_with_offset(calendar.zone().to_offset(end)).to_string();
        assert_eq!(shown, *expected, "{window} from {from}");
    }
}

fn amsterdam() -> Calendar {
    sample().calendar
}

#[test]
fn an_ordinary_week_in_amsterdam() {
    check(
        &amsterdam(),
        &[
            // Monday 2 March 2026.
            ("2026-03-02T10:00:00+01:00", "4 business hours", "2026-03-02T14:00:00+01:00"),
            ("2026-03-02T13:30:00+01:00", "4 business hours", "2026-03-02T17:30:00+01:00"),
            ("2026-03-02T13:30:01+01:00", "4 business hours", "2026-03-03T09:00:01+01:00"),
            ("2026-03-02T10:00:00+01:00", "1 business day", "2026-03-03T17:30:00+01:00"),
            ("2026-03-02T10:00:00+01:00", "2 business days", "2026-03-04T17:30:00+01:00"),
            // Before opening: starts at opening, on the same day.
            ("2026-03-03T06:15:00+01:00", "4 business hours", "2026-03-03T13:00:00+01:00"),
            ("2026-03-03T06:15:00+01:00", "1 business day", "2026-03-04T17:30:00+01:00"),
            // The moment of opening is inside, the one before it is not; both start at opening.
            ("2026-03-03T09:00:00+01:00", "1 business hour", "2026-03-03T10:00:00+01:00"),
            ("2026-03-03T08:59:59+01:00", "1 business hour", "2026-03-03T10:00:00+01:00"),
            // The moment of closing is outside, the one before it is inside.
            ("2026-03-03T17:30:00+01:00", "1 business hour", "2026-03-04T10:00:00+01:00"),
            ("2026-03-03T17:29:59+01:00", "1 business hour", "2026-03-04T09:59:59+01:00"),
            ("2026-03-03T17:30:00+01:00", "1 business day", "2026-03-05T17:30:00+01:00"),
            ("2026-03-03T17:29:59+01:00", "1 business day", "2026-03-04T17:30:00+01:00"),
            // Midnight belongs to the day that begins.
            ("2026-03-04T00:00:00+01:00", "1 business day", "2026-03-05T17:30:00+01:00"),
            ("2026-03-03T23:59:59+01:00", "1 business day", "2026-03-05T17:30:00+01:00"),
            // Friday closes at four.
            ("2026-03-05T17:00:00+01:00", "1 business day", "2026-03-06T16:00:00+01:00"),
            ("2026-03-06T15:30:00+01:00", "4 business hours", "2026-03-09T12:30:00+01:00"),
            ("2026-03-06T15:30:00+01:00", "1 business day", "2026-03-09T17:30:00+01:00"),
            ("2026-03-06T16:00:00+01:00", "1 business day", "2026-03-10T17:30:00+01:00"),
            ("2026-03-06T12:00:00+01:00", "4 business hours", "2026-03-06T16:00:00+01:00"),
            // A weekend starts on Monday.
            ("2026-03-07T12:00:00+01:00", "1 business day", "2026-03-10T17:30:00+01:00"),
            ("2026-03-07T12:00:00+01:00", "4 business hours", "2026-03-09T13:00:00+01:00"),
            ("2026-03-08T03:00:00+01:00", "2 business days", "2026-03-11T17:30:00+01:00"),
            // Friday from its very opening: seven hours are the whole day, the eighth is Monday's first.
            ("2026-03-06T09:00:00+01:00", "7 business hours", "2026-03-06T16:00:00+01:00"),
            ("2026-03-06T09:00:00+01:00", "8 business hours", "2026-03-09T10:00:00+01:00"),
            // Longer than a day, over a weekend: 5.5 h on Thursday, 7 h on Friday, 3.5 h on Monday.
            ("2026-03-05T12:00:00+01:00", "16 business hours", "2026-03-09T12:30:00+01:00"),
        ],
    );
}

#[test]
fn holidays_in_amsterdam() {
    check(
        &amsterdam(),
        &[
            // Easter Monday, 6 April 2026: from Friday to Tuesday nobody works.
            ("2026-04-03T15:00:00+02:00", "4 business hours", "2026-04-07T12:00:00+02:00"),
            ("2026-04-03T15:00:00+02:00", "1 business day", "2026-04-07T17:30:00+02:00"),
            ("2026-04-04T12:00:00+02:00", "1 business day", "2026-04-08T17:30:00+02:00"),
            ("2026-04-06T10:00:00+02:00", "4 business hours", "2026-04-07T13:00:00+02:00"),
            ("2026-04-06T10:00:00+02:00", "24h", "2026-04-07T10:00:00+02:00"),
            // King's Day, Monday 27 April 2026, makes a weekend of three days: Friday's closing moment is outside, the second before it inside.
            ("2026-04-24T16:00:00+02:00", "1 business hour", "2026-04-28T10:00:00+02:00"),
            ("2026-04-24T15:59:59+02:00", "1 business hour", "2026-04-28T09:59:59+02:00"),
            ("2026-04-24T15:59:59+02:00", "1 business day", "2026-04-28T17:30:00+02:00"),
            // Liberation Day, Tuesday 5 May.
            ("2026-05-04T16:30:00+02:00", "4 business hours", "2026-05-06T12:00:00+02:00"),
            ("2026-05-04T16:30:00+02:00", "1 business day", "2026-05-06T17:30:00+02:00"),
            // Ascension, Thursday 14 May; the Friday after it closes early.
            ("2026-05-13T17:00:00+02:00", "1 business day", "2026-05-15T16:00:00+02:00"),
            ("2026-05-13T17:00:00+02:00", "8 business hours", "2026-05-18T09:30:00+02:00"),
            // Whit Monday, 25 May.
            ("2026-05-22T16:00:00+02:00", "1 business hour", "2026-05-26T10:00:00+02:00"),
            // Christmas, Friday 25 and Saturday 26 December.
            ("2026-12-24T17:00:00+01:00", "1 business hour", "2026-12-28T09:30:00+01:00"),
            ("2026-12-25T00:00:00+01:00", "1 business day", "2026-12-29T17:30:00+01:00"),
            // The year's end; 1 January 2027 is a Friday that the file does not list as a holiday.
            ("2026-12-31T17:00:00+01:00", "1 business day", "2027-01-01T16:00:00+01:00"),
            ("2026-12-31T23:50:00+01:00", "15m", "2027-01-01T00:05:00+01:00"),
            // One second of the old year's hour, the rest in the new one.
            ("2026-12-31T17:29:59+01:00", "1 business hour", "2027-01-01T09:59:59+01:00"),
            // Christmas Eve's last second; Friday and Saturday are holidays, so the rest is Monday's.
            ("2026-12-24T17:29:59+01:00", "1 business hour", "2026-12-28T09:59:59+01:00"),
            // New Year's Day 2026, a Thursday that it does list.
            ("2025-12-31T17:00:00+01:00", "1 business day", "2026-01-02T16:00:00+01:00"),
            ("2026-01-01T12:00:00+01:00", "2 business hours", "2026-01-02T11:00:00+01:00"),
        ],
    );
}

#[test]
fn the_clocks_change_in_amsterdam() {
    check(
        &amsterdam(),
        &[
            // Sunday 29 March 2026: 02:00 becomes 03:00.
            ("2026-03-29T01:50:00+01:00", "15m", "2026-03-29T03:05:00+02:00"),
            ("2026-03-29T01:00:00+01:00", "1h", "2026-03-29T03:00:00+02:00"),
            ("2026-03-29T01:59:59+01:00", "1h", "2026-03-29T03:59:59+02:00"),
            ("2026-03-28T12:00:00+01:00", "24h", "2026-03-29T13:00:00+02:00"),
            ("2026-03-28T12:00:00+01:00", "1d", "2026-03-29T13:00:00+02:00"),
            ("2026-03-27T15:30:00+01:00", "4 business hours", "2026-03-30T12:30:00+02:00"),
            ("2026-03-27T15:30:00+01:00", "1 business day", "2026-03-30T17:30:00+02:00"),
            ("2026-03-29T03:00:00+02:00", "1 business day", "2026-03-31T17:30:00+02:00"),
            // Sunday 25 October 2026: 03:00 becomes 02:00.
            ("2026-10-25T02:50:00+02:00", "15m", "2026-10-25T02:05:00+01:00"),
            ("2026-10-25T02:30:00+02:00", "1h", "2026-10-25T02:30:00+01:00"),
            ("2026-10-25T02:30:00+01:00", "1h", "2026-10-25T03:30:00+01:00"),
            ("2026-10-24T12:00:00+02:00", "24h", "2026-10-25T11:00:00+01:00"),
            ("2026-10-20T12:00:00+02:00", "7d", "2026-10-27T11:00:00+01:00"),
            ("2026-10-23T15:30:00+02:00", "4 business hours", "2026-10-26T12:30:00+01:00"),
            ("2026-10-25T02:30:00+01:00", "1 business day", "2026-10-27T17:30:00+01:00"),
        ],
    );
}

/// 2028 is a leap year, whose 28 February is a Monday; that of 2027 is a Sunday.
#[test]
fn a_leap_day_in_amsterdam() {
    check(
        &amsterdam(),
        &[
            ("2028-02-28T12:00:00+01:00", "24h", "2028-02-29T12:00:00+01:00"),
            ("2028-02-28T23:50:00+01:00", "15m", "2028-02-29T00:05:00+01:00"),
            // At Monday's closing: starts on the 29th, ends on 1 March.
            ("2028-02-28T17:30:00+01:00", "1 business day", "2028-03-01T17:30:00+01:00"),
            ("2028-02-29T10:00:00+01:00", "2 business days", "2028-03-02T17:30:00+01:00"),
            ("2028-02-29T17:00:00+01:00", "1 business hour", "2028-03-01T09:30:00+01:00"),
            // No leap day: Friday 26 February 2027 is followed by Monday 1 March.
            ("2027-02-26T16:00:00+01:00", "1 business hour", "2027-03-01T10:00:00+01:00"),
        ],
    );
}

#[test]
fn other_zones() {
    // India has no summer time and lies half an hour beside the whole ones.
    let kolkata = calendar("Asia/Kolkata", ["09:30-18:00"; 7], &["2026-08-15"]);
    check(
        &kolkata,
        &[
            ("2026-08-14T17:00:00+05:30", "2 business hours", "2026-08-16T10:30:00+05:30"),
            ("2026-08-14T18:30:00Z", "1 business day", "2026-08-17T18:00:00+05:30"),
            ("2026-08-14T03:59:00Z", "1 business hour", "2026-08-14T10:30:00+05:30"),
            // Where the clocks never change, the nights on which Europe's do are nights like any other.
            ("2026-03-29T01:50:00+05:30", "15m", "2026-03-29T02:05:00+05:30"),
            ("2026-10-25T02:30:00+05:30", "1h", "2026-10-25T03:30:00+05:30"),
            // On the holiday itself, a Saturday on which people would work: starts on the 16th.
            ("2026-08-15T12:00:00+05:30", "1 business day", "2026-08-17T18:00:00+05:30"),
            // The year's end, which comes five and a half hours before UTC's; at closing, and a second before midnight.
            ("2026-12-31T18:00:00+05:30", "1 business hour", "2027-01-01T10:30:00+05:30"),
            ("2026-12-31T18:29:59Z", "15m", "2027-01-01T00:14:59+05:30"),
        ],
    );
    // New York changes on 8 March and on 1 November 2026.
    let new_york = calendar("America/New_York", OFFICE, &["2026-11-26"]);
    check(
        &new_york,
        &[
            ("2026-03-08T01:30:00-05:00", "1h", "2026-03-08T03:30:00-04:00"),
            ("2026-03-06T15:30:00-05:00", "1 business hour", "2026-03-09T09:30:00-04:00"),
            ("2026-03-06T15:30:00-05:00", "3d", "2026-03-09T16:30:00-04:00"),
            ("2026-11-01T01:30:00-04:00", "1h", "2026-11-01T01:30:00-05:00"),
            ("2026-10-30T15:30:00-04:00", "1 business day", "2026-11-02T17:30:00-05:00"),
            ("2026-11-25T17:00:00-05:00", "1 business hour", "2026-11-27T09:30:00-05:00"),
            // Europe's night of the change is New York's like any other; New York's own has 25 hours.
            ("2026-03-28T21:00:00-04:00", "8h", "2026-03-29T05:00:00-04:00"),
            ("2026-11-01T00:30:00-04:00", "24h", "2026-11-01T23:30:00-05:00"),
            // From Friday's closing over the change: four hours of Monday.
            ("2026-10-30T16:00:00-04:00", "4 business hours", "2026-11-02T13:00:00-05:00"),
            // At closing before Thanksgiving: starts on Friday, ends on Monday.
            ("2026-11-25T17:30:00-05:00", "1 business day", "2026-11-30T17:30:00-05:00"),
            // Late on Tuesday in New York is Wednesday in UTC.
            ("2026-03-04T03:00:00Z", "1 business day", "2026-03-05T17:30:00-05:00"),
        ],
    );
}

#[test]
fn a_night_desk_works_through_the_change_of_the_clocks() {
    // Open round the clock: on the short Sunday only 23 hours pass, on the long one 25.
    let desk = calendar("Europe/Amsterdam", ["00:00-24:00"; 7], &[]);
    check(
        &desk,
        &[
            ("2026-03-29T00:00:00+01:00", "23 business hours", "2026-03-30T00:00:00+02:00"),
            ("2026-10-25T00:00:00+02:00", "25 business hours", "2026-10-26T00:00:00+01:00"),
            ("2026-03-03T23:00:00+01:00", "2 business hours", "2026-03-04T01:00:00+01:00"),
            ("2026-03-03T23:00:00+01:00", "1 business day", "2026-03-05T00:00:00+01:00"),
            ("2026-03-04T00:00:00+01:00", "1 business day", "2026-03-06T00:00:00+01:00"),
        ],
    );
    // Opening at a time that the gap swallows is an hour later; an opening that lies in the gap whole does not take place.
    let early = calendar("Europe/Amsterdam", ["02:30-06:00"; 7], &[]);
    check(&early, &[("2026-03-29T00:00:00+01:00", "1 business hour", "2026-03-29T04:30:00+02:00")]);
    let gap = calendar("Europe/Amsterdam", ["02:00-03:00"; 7], &[]);
    check(&gap, &[("2026-03-29T00:00:00+01:00", "1 business hour", "2026-03-30T03:00:00+02:00")]);
    // A time on the wall that comes twice is the first of the two.
    let twice = calendar("Europe/Amsterdam", ["02:30-06:00"; 7], &[]);
    check(&twice, &[("2026-10-25T00:00:00+02:00", "1 business hour", "2026-10-25T02:30:00+01:00")]);
}

#[test]
fn the_clocks_of_each_class_as_they_are_printed() {
    let protocol = sample();
    let rows = [
        (
            Class::Serious,
            "2026-03-29T01:50:00+01:00",
            concat!(
                r#"{"alert":"2026-03-29T03:05:00+02:00","acknowledge":"2026-03-29T03:50:00+02:00","#,
                r#""forward":"2026-03-30T02:50:00+02:00","legal":"2026-04-13","steps":["#,
                r#"{"topic":"safety-desk","at":"2026-03-29T01:50:00+01:00"},"#,
                r#"{"topic":"safety-on-call","at":"2026-03-29T03:10:00+02:00"},"#,
                r#"{"topic":"qppv","at":"2026-03-29T03:35:00+02:00"}]}"#
            ),
        ),
        (
            Class::AdverseEvent,
            "2026-04-03T13:30:00Z",
            concat!(
                r#"{"alert":"2026-04-03T15:45:00+02:00","acknowledge":"2026-04-07T12:30:00+02:00","#,
                r#""forward":"2026-04-07T17:30:00+02:00","legal":"2026-07-02","steps":["#,
                r#"{"topic":"safety-desk","at":"2026-04-03T15:30:00+02:00"},"#,
                r#"{"topic":"safety-on-call","at":"2026-04-07T11:30:00+02:00"}]}"#
            ),
        ),
        (
            Class::QualityComplaint,
            "2026-12-31T23:30:00+01:00",
            concat!(
                r#"{"alert":"2027-01-01T00:30:00+01:00","acknowledge":"2027-01-04T17:30:00+01:00","#,
                r#""forward":"2027-01-05T17:30:00+01:00","legal":null,"#,
                r#""steps":[{"topic":"quality-desk","at":"2026-12-31T23:30:00+01:00"}]}"#
            ),
        ),
        (
            Class::Distress,
            "2026-10-25T00:55:00Z",
            concat!(
                r#"{"alert":"2026-10-25T02:10:00+01:00","acknowledge":"2026-10-25T02:55:00+01:00","forward":null,"#,
                r#""legal":null,"steps":[{"topic":"duty-of-care","at":"2026-10-25T02:55:00+02:00"},"#,
                r#"{"topic":"safety-on-call","at":"2026-10-25T02:05:00+01:00"}]}"#
            ),
        ),
    ];
    for (class, at, expected) in rows {
        let clocks = protocol.clocks(class, aware(at)).unwrap();
        assert_eq!(serde_json::to_string(&clocks).unwrap(), expected, "{class:?} at {at}");
    }
}

#[test]
fn the_legal_date_counts_calendar_days_from_the_day_on_the_wall() {
    let protocol = sample();
    let rows = [
        (Class::Serious, "2026-03-02T10:00:00+01:00", Some("2026-03-17")),
        // A minute before and at midnight in Amsterdam; in UTC both are the day before.
        (Class::Serious, "2026-03-02T23:59:00+01:00", Some("2026-03-17")),
        (Class::Serious, "2026-03-03T00:00:00+01:00", Some("2026-03-18")),
        (Class::Serious, "2026-02-13T12:00:00+01:00", Some("2026-02-28")),
        (Class::Serious, "2028-02-14T12:00:00+01:00", Some("2028-02-29")),
        (Class::Serious, "2026-12-20T12:00:00+01:00", Some("2027-01-04")),
        (Class::AdverseEvent, "2026-03-02T10:00:00+01:00", Some("2026-05-31")),
        (Class::AdverseEvent, "2026-12-31T23:30:00+01:00", Some("2027-03-31")),
        (Class::SpecialSituation, "2026-03-02T10:00:00+01:00", None),
        (Class::QualityComplaint, "2026-03-02T10:00:00+01:00", None),
        (Class::Distress, "2026-03-02T10:00:00+01:00", None),
    ];
    for (class, at, expected) in rows {
        let legal = protocol.plan(class, aware(at)).unwrap().deadlines.legal;
        assert_eq!(legal.map(|date| date.to_string()).as_deref(), expected, "{class:?} at {at}");
    }
}

#[test]
fn what_makes_no_alert_is_decided_within_the_review_window() {
    let rows =
        [("2026-03-02T10:00:00+01:00", "2026-03-03T17:30:00+01:00"), ("2026-03-07T10:00:00+01:00", "2026-03-10T17:30:00+01:00")];
    for (at, expected) in rows {
        assert_eq!(sample().local(sample().decide_by(aware(at)).timestamp()), expected, "{at}");
    }
}

#[test]
fn a_duty_of_care_has_the_windows_of_a_serious_case_unless_the_file_says_otherwise() {
    let own = ("[windows.review]", "[windows.distress]\nalert = \"5m\"\nacknowledge = \"20m\"\n\n[windows.review]");
    let at = aware("2026-03-02T10:00:00+01:00");
    let rows = [(sample(), 15, 60), (with(&[own]), 5, 20)];
    for (protocol, alert, acknowledge) in rows {
        let due = protocol.plan(Class::Distress, at).unwrap().deadlines;
        let minutes = |end: Timestamp| end.duration_since(at.timestamp()).as_mins();
        assert_eq!(due.alert.map(|end| minutes(end.timestamp())), Some(alert));
        assert_eq!(due.acknowledge.map(|end| minutes(end.timestamp())), Some(acknowledge));
        assert_eq!(due.forward, None);
    }
}

/// Comments that come in later never have an earlier end, and business time only ever ends while the doors are open.
#[test]
fn ends_keep_the_order_of_arrivals_all_year() {
    // An odd number of minutes, so that the arrivals drift over every hour of the day; 366 days of them.
    const STEP_MINUTES: i64 = 97;
    let calendar = amsterdam();
    let start: Timestamp = "2025-12-31T00:00:00Z".parse().unwrap();
    for window in ["24h", "4 business hours", "1 business day", "2 business days"].map(|text| Window::parse(text).unwrap()) {
        let mut before = Timestamp::MIN;
        for step in 0..(366 * 24 * 60 / STEP_MINUTES) {
            let from = start.checked_add(jiff::SignedDuration::from_mins(step * STEP_MINUTES)).unwrap();
            let end = window.end_from(from, &calendar);
            assert!(from < end && before <= end, "{window} from {from} ends at {end}, after {before}");
            before = end;
            if window.is_business() {
                let open = calendar.session(calendar.date_of(end)).is_some_and(|day| day.opens < end && end <= day.closes);
                assert!(open, "{window} from {from} ends at {end}, when nobody works");
            }
        }
    }
}
