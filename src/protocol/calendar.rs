//! Business time: the opening hours of the week, the holidays, and counting in them.
//!
//! Decided for good, because people are held to it:
//! - Business hours are counted inside the opening hours of days that are not holidays. What comes in outside them starts at the
//!   next opening; the moment of opening is inside, the moment of closing is not. A count that ends exactly at closing time ends
//!   at closing time, not at the next opening.
//! - A business day ends at closing time of the n-th business day after the one on which it starts. Before opening it starts that
//!   day; after closing, at a weekend or on a holiday it starts on the next business day. So on a Saturday "1 business day" starts
//!   on Monday at opening and ends on Tuesday at closing.
//! - Opening and closing are times on the wall, in the protocol's zone. Between them time is physical, so a day on which the
//!   clocks change during opening hours has an hour less or more. A time on the wall that does not exist is moved past the gap, one
//!   that exists twice is the first of the two (jiff's "compatible" reading, which is RFC 5545's).

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// For how many days in a row the doors may be closed before the hours count as never opening. A year and a month: longer is a
/// mistake in the file, and every search for an opening has to end.
pub(super) const MAX_CLOSED_DAYS: u32 = 400;

/// Opening hours of one day of the week, in minutes after midnight on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    pub opens: u16,
    /// After `opens`; 1440 is midnight at the end of the day.
    pub closes: u16,
}

impl Hours {
    /// `09:00-17:30`; the end may be `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (opens, closes) = text.split_once('-')?;
        let hours = Hours { opens: minute_of_day(opens)?, closes: minute_of_day(closes)? };
        (hours.opens < hours.closes).then_some(hours)
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let [h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= 24 * 60).then_some(minutes)
}

/// From opening to closing on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub date: Date,
    pub opens: Timestamp,
    pub closes: Timestamp,
}

/// When people work, in one zone.
#[derive(Clone)]
pub(super) struct Calendar {
    zone: TimeZone,
    /// Monday first.
    week: [Option<Hours>; 7],
    holidays: BTreeSet<Date>,
}

impl Calendar {
    /// The week begins on Monday; `None` is a day on which nobody works.
    pub fn new(zone: TimeZone, week: [Option<Hours>; 7], holidays: BTreeSet<Date>) -> Self {
        Self { zone, week, holidays }
    }

    /// The time zone that hours and holidays are meant in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The days on which nobody works, whatever their weekday.
    pub fn holidays(&self) -> &BTreeSet<Date> {
        &self.holidays
    }

    /// What makes up a calendar beside its zone, for whoever compares two of them.
    pub fn week_and_holidays(&self) -> (&[Option<Hours>; 7], &BTreeSet<Date>) {
        let Self { zone: _, week, holidays } = self;
        (week, holidays)
    }

    /// Opening hours of a weekday, holidays aside; `None` if people do not work on it.
    pub fn hours_on(&self, weekday: Weekday) -> Option<Hours> {
        self.week[usize::from(weekday.to_monday_zero_offset().unsigned_abs())]
    }

    /// Whether people work on this day at all.
    pub fn is_business_day(&self, date: Date) -> bool {
        self.hours_on(date.weekday()).is_some() && !self.holidays.contains(&date)
    }

    /// Opening and closing on a day, `None` on a day without.
    pub fn session(&self, date: Date) -> Option<Session> {
        if !self.is_business_day(date) {
            return None;
        }
        let hours = self.hours_on(date.weekday())?;
        let (opens, closes) = (self.wall(date, hours.opens)?, self.wall(date, hours.closes)?);
        // A gap of the clocks can swallow the whole of a short opening.
        (opens < closes).then_some(Session { date, opens, closes })
    }

    /// The instant at which the clock on the wall shows so many minutes after midnight.
    fn wall(&self, date: Date, minute: u16) -> Option<Timestamp> {
        let (date, minute) = if minute == 24 * 60 { (date.tomorrow().ok()?, 0) } else { (date, minute) };
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        self.zone.to_timestamp(date.at(hour, minute, 0, 0)).ok()
    }

    /// The day on the wall at an instant.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// The sessions that are not over at `from`, in order. Ends when [`MAX_CLOSED_DAYS`] in a row are closed.
    pub fn sessions_from(&self, from: Timestamp) -> impl Iterator<Item = Session> {
        let mut next = Some(self.date_of(from));
        let open = move || {
            for _ in 0..MAX_CLOSED_DAYS {
                let date = next?;
                next = date.tomorrow().ok();
                if let Some(session) = self.session(date).filter(|session| session.closes > from) {
                    return Some(session);
                }
            }
            None
        };
        std::iter::from_fn(open)
    }

    /// The end of so much business time.
    pub fn after_hours(&self, from: Timestamp, time: SignedDuration) -> Option<Timestamp> {
        let mut left = time;
        for session in self.sessions_from(from) {
            let starts = session.opens.max(from);
            let open = session.closes.duration_since(starts);
            if left <= open {
                return starts.checked_add(left).ok();
            }
            left -= open;
        }
        None
    }

    /// Closing time of the `days`-th business day after the one on which the window starts.
    pub fn after_days(&self, from: Timestamp, days: u32) -> Option<Timestamp> {
        self.sessions_from(from).nth(usize::try_from(days).ok()?).map(|session| session.closes)
    }

    /// The first day from which the doors stay closed for [`MAX_CLOSED_DAYS`], if there is one.
    pub fn never_opens_from(&self) -> Option<Date> {
        // A week on either side, because the days beside the holidays may be closed as well.
        let week = SignedDuration::from_hours(7 * 24);
        let (first, last) = (self.holidays.first()?.saturating_sub(week), self.holidays.last()?.saturating_add(week));
        let mut closed: Option<(Date, u32)> = None;
        let mut date = first;
        while date <= last {
            closed = match closed {
                _ if self.is_business_day(date) => None,
                Some((since, days)) => Some((since, days + 1)),
                None => Some((date, 1)),
            };
            if let Some((since, MAX_CLOSED_DAYS)) = closed {
                return Some(since);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }
}
