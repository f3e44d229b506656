//! Rows over hearing and silence: what is usual, what is silent, and when an alarm rises and ends.

use super::*;

const HOUR: i64 = 3_600;

fn at(seconds: i64) -> Timestamp {
    "2026-03-11T08:30:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn hearing(seconds: i64, number: u32) -> Hearing {
    let (door, channel) = (DoorId::new("forum"), Some(ChannelId::new("forum")));
    Hearing { door, campaign: None, channel, at: at(seconds), told_at: None, number }
}

fn heard(gaps: &[i64]) -> Heard {
    let mut time = 0;
    let mut heard = Heard::after(None, &hearing(0, 1));
    for gap in gaps {
        time += gap;
        heard = Heard::after(Some(&heard), &hearing(time, 1));
    }
    heard
}

fn expected(silent_after: i64) -> Expected {
    Expected { since: at(0), silent_after: SignedDuration::from_hours(silent_after), watched: true }
}

#[test]
fn the_usual_gap_is_that_of_most_and_not_of_the_longest() {
    let steady = heard(&[60; 200]);
    assert_eq!(steady.usual_gap, Some(60));
    let with_nights: Vec<i64> = (0..400).map(|number| if number % 40 == 39 { 9 * HOUR } else { 60 }).collect();
    let usual = heard(&with_nights).usual_gap.unwrap();
    assert!((50..=90).contains(&usual), "a night in forty gaps moves it to {usual}");
    let mut busier = vec![HOUR; 50];
    busier.extend([60; 200]);
    let usual = heard(&busier).usual_gap.unwrap();
    assert!((55..=70).contains(&usual), "it follows a channel that became busy: {usual}");
    assert_eq!(heard(&[]).usual_gap, None, "one delivery has no gap");
}

#[test]
fn several_deliveries_written_at_once_are_as_many_gaps() {
    let one = Heard::after(None, &hearing(0, 1));
    let many = Heard::after(Some(&one), &hearing(600, 60));
    assert_eq!((many.usual_gap, many.number), (Some(10), 61));
}

#[test]
fn a_delivery_that_was_worked_off_late_takes_no_time_back() {
    let late = Heard::after(Some(&heard(&[100])), &hearing(-50 * HOUR, 3));
    assert_eq!((late.first_at, late.last_at, late.number, late.usual_gap), (at(-50 * HOUR), at(100), 5, Some(100)));
    let told = Hearing { told_at: Some(at(-7)), ..hearing(101, 1) };
    assert_eq!(Heard::after(Some(&late), &told).told_at, Some(at(-7)));
}

#[test]
fn a_week_of_days_is_kept() {
    let heard = heard(&[24 * HOUR; 30]);
    assert_eq!(heard.days.len(), DAYS);
    let now = at(30 * 24 * HOUR);
    assert_eq!((heard.lately(now), heard.lately(now + SignedDuration::from_hours(96))), (8, 4));
}

#[test]
fn silence_is_longer_than_the_protocol_allows_and_nothing_else() {
    let often = heard(&[60; 20]);
    let last = 20 * 60;
    let rows = [
        (Some(&often), last, Sound::Heard),
        (Some(&often), last + 2 * HOUR, Sound::Heard),
        (Some(&often), last + 2 * HOUR + 1, Sound::Quiet),
        (Some(&often), last + 12 * HOUR, Sound::Quiet),
        (Some(&often), last + 12 * HOUR + 1, Sound::Silent { since: at(last) }),
        (Some(&often), -500 * HOUR, Sound::Heard),
        (None, 12 * HOUR, Sound::Awaited),
        (None, 12 * HOUR + 1, Sound::Silent { since: at(0) }),
        (None, -1, Sound::Awaited),
    ];
    for (heard, now, wanted) in rows {
        assert_eq!(sound(&expected(12), heard, at(now)), wanted, "at {now} s");
    }
    let seldom = heard(&[5 * HOUR; 20]);
    assert_eq!(sound(&expected(72), Some(&seldom), at(115 * HOUR)), Sound::Heard, "15 h after one that comes every 5 h");
    assert_eq!(sound(&expected(72), Some(&seldom), at(116 * HOUR)), Sound::Quiet);
    let over = Expected { watched: false, ..expected(12) };
    assert_eq!(sound(&over, Some(&often), at(9_999 * HOUR)), Sound::Unwatched);
    let begins_later = Expected { since: at(100 * HOUR), ..expected(12) };
    assert_eq!(sound(&begins_later, Some(&often), at(112 * HOUR)), Sound::Quiet, "nobody had to listen before");
}

#[test]
fn an_alarm_rises_once_a_silence_and_ends_with_the_next_thing_heard() {
    let calm = Vigil { listed_since: at(0), alarm: None };
    let alarm = Alarm { since: at(10), raised_at: at(50), heard_again: None };
    let raised = Vigil { alarm: Some(alarm.clone()), ..calm.clone() };
    let ended = Vigil { alarm: Some(Alarm { heard_again: Some(at(60)), ..alarm }), ..calm.clone() };
    let silent = Sound::Silent { since: at(10) };
    let before = Heard::after(None, &hearing(10, 1));
    let again = Heard::after(None, &hearing(60, 1));
    let rows = [
        (&calm, None, silent, Some(Change::Raise { since: at(10) })),
        (&calm, Some(&before), Sound::Heard, None),
        (&raised, Some(&before), silent, None),
        // A clock that went back, or a protocol that allows more, is not something heard.
        (&raised, Some(&before), Sound::Heard, None),
        (&raised, None, silent, None),
        (&raised, Some(&again), Sound::Heard, Some(Change::End { heard_at: at(60) })),
        (&ended, Some(&again), Sound::Heard, None),
        (&ended, Some(&again), silent, None),
        (&ended, Some(&again), Sound::Silent { since: at(60) }, Some(Change::Raise { since: at(60) })),
    ];
    for (vigil, heard, sound, wanted) in rows {
        assert_eq!(change(vigil, heard, sound), wanted, "{vigil:?} {sound:?}");
    }
}

#[test]
fn an_account_is_read_back_as_it_was_written() {
    let account = Account { platform: Platform::LinkedIn, account: "urn:li:organization:7#1".to_owned() };
    assert_eq!(Account::parse(&account.to_string()), Some(account));
    assert_eq!(Account::parse("myspace#1"), None);
}
