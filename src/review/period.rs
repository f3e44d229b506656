//! `?from=DATE&to=DATE`: the period that an inspector asks about, in whole days of one zone. Pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::http::Request;
use crate::model::CampaignId;
use crate::store::Cursor;

use super::filter::{self, UNLISTED};
use super::problem::Problem;
use super::{Desk, percent};

/// Days that one page covers at most: a leap year.
const LONGEST: i32 = 366;

/// Some days, of all campaigns or of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    pub from: Date,
    /// The last day, which belongs to it.
    pub to: Date,
    /// `None` for all; `Some(None)` for what no campaign claims.
    pub campaign: Option<Option<CampaignId>>,
    pub zone: TimeZone,
    /// Where to go on, if an earlier answer was cut.
    pub after: Option<Cursor>,
    start: Timestamp,
    end: Timestamp,
}

impl Period {
    /// The period that a request names; without names the last `days`, today included.
    pub fn of(desk: &Desk, request: &Request, days: i32) -> Result<Period, Problem> {
        let given = |name: &str| request.query(name).filter(|text| !text.is_empty());
        let campaign = given("campaign").map(|value| filter::campaign(value, &desk.campaigns)).transpose()?;
        let zone = campaign.as_ref().map_or_else(|| desk.common_zone(), |campaign| desk.zone(campaign.as_ref()));
        let today = desk.clock.now().to_zoned(zone.clone()).date();
        let to = given("to").map(|text| date("to", text)).transpose()?.unwrap_or(today);
        let first = to.checked_sub((days - 1).days()).unwrap_or(Date::MIN);
        let from = given("from").map(|text| date("from", text)).transpose()?.unwrap_or(first);
        let length = from.until(to).map(|span| span.get_days()).unwrap_or(LONGEST);
        if from > to || length >= LONGEST {
            return Err(unusable(format!("`from` must not lie after `to`, nor more than {LONGEST} days before its end.")));
        }
        let cursor = |text| Cursor::parse(text).ok_or_else(|| unusable("`after` must be the `next` of an earlier answer."));
        let after = given("after").map(cursor).transpose()?;
        let beyond = to.tomorrow().unwrap_or(Date::MAX);
        let (start, end) = (midnight("from", from, &zone)?, midnight("to", beyond, &zone)?);
        Ok(Period { from, to, campaign, zone, after, start, end })
    }

    /// Whether a moment lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        (self.start..self.end).contains(&at)
    }

    /// Whether a moment lies in it or before it.
    pub fn ends_after(&self, at: Timestamp) -> bool {
        at < self.end
    }

    /// Whether it goes on at `now`, so that what is said of it is not the last word.
    pub fn runs(&self, now: Timestamp) -> bool {
        now < self.end
    }

    /// Whether a day in UTC, as journals count, overlaps it.
    pub fn touches(&self, day: Date) -> bool {
        let utc = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        (utc(self.start)..=utc(self.end)).contains(&day)
    }

    /// The query that asks for the same again, without a place to go on from.
    pub fn query(&self) -> String {
        let campaign = self.campaign.as_ref().map(|campaign| campaign.as_ref().map_or(UNLISTED, CampaignId::as_str));
        let campaign = campaign.map(|id| format!("&campaign={}", percent::encode(id))).unwrap_or_default();
        format!("from={}&to={}{campaign}", self.from, self.to)
    }

    /// As people write it.
    pub fn title(&self) -> String {
        let date = |date: Date| date.strftime("%-d %B %Y").to_string();
        if self.from == self.to { date(self.from) } else { format!("{} to {}", date(self.from), date(self.to)) }
    }
}

/// Reads a date strictly.
pub fn date(name: &str, text: &str) -> Result<Date, Problem> {
    let date = Some(text).filter(|text| text.len() == "2026-03-11".len()).and_then(|text| text.parse().ok());
    date.ok_or_else(|| unusable(format!("`{name}` in the address is no date: expected one such as 2026-03-11.")))
}

fn midnight(name: &str, date: Date, zone: &TimeZone) -> Result<Timestamp, Problem> {
    let start = date.to_zoned(zone.clone()).map(|start| start.timestamp());
    start.map_err(|_| unusable(format!("`{name}` in the address lies outside the calendar.")))
}

fn unusable(sentence: impl Into<String>) -> Problem {
    Problem::Unusable(sentence.into())
}
