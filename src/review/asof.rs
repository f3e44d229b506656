//! `?as_of=TIME`: the past moment that an inspector asks about, read out of an address, and a record as it stood then. Pure but for
//! loading; the pages and the API ask it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::http::Request;
use crate::model::{CommentKey, Head, Removal};
use crate::store::Cursor;

use super::act;
use super::decide::Matter;
use super::filter::Filter;
use super::problem::Problem;
use super::through::{Found, through};
use super::{Desk, when};

/// The name in an address.
pub const NAME: &str = "as_of";

/// A past moment, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    /// As it stands in an address: a time with its offset, so that another zone changes nothing.
    pub written: String,
}

impl Moment {
    /// The moment that a request asks about; `None` if it asks about now. A date means its end, in `zone`.
    pub fn of(request: &Request, zone: &TimeZone, now: Timestamp) -> Result<Option<Moment>, Problem> {
        let Some(text) = request.query(NAME).map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        let expected = "`as_of` in the address is no time: expected one such as 2026-03-11T03:00:00+01:00, or a date.";
        let at = read(text, zone).ok_or_else(|| Problem::Unusable(expected.to_owned()))?;
        if at > now {
            return Err(Problem::Unusable("`as_of` lies in the future: nothing is known of it yet.".to_owned()));
        }
        // To the millisecond, as entries are written: a shorter form would be another moment.
        let written = at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string();
        Ok(Some(Moment { at, written }))
    }
}

fn read(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if text.len() == "2026-03-11".len() {
        let date: Date = text.parse().ok()?;
        let end = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?.timestamp();
        return end.checked_sub(SignedDuration::from_millis(1)).ok();
    }
    // In an address an unwritten plus sign is a space.
    text.replace(' ', "+").parse().ok()
}

/// A record, and as it stood then if a past moment was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub today: Matter,
    pub then: Option<Then>,
}

/// A record as it stood at a past moment.
#[derive(Clone, Debug)]
pub struct Then {
    pub moment: Moment,
    pub matter: Matter,
    /// When words that were there then were erased, and why.
    pub erased_since: Option<(Timestamp, Removal)>,
}

impl Asked {
    /// What is to be shown: the record of then, or of today.
    pub fn matter(&self) -> &Matter {
        self.then.as_ref().map_or(&self.today, |then| &then.matter)
    }
}

/// Loads a record, and folds it anew if a past moment is asked for.
pub async fn load(desk: &Desk, request: &Request, key: &CommentKey) -> Result<Asked, Problem> {
    let today = act::load(desk, key).await?;
    let zone = desk.zone(today.record.campaign.as_ref());
    let then = match Moment::of(request, &zone, desk.clock.now())? {
        None => None,
        Some(moment) => Some(then(&today, moment, &zone)?),
    };
    Ok(Asked { today, then })
}

fn then(today: &Matter, moment: Moment, zone: &TimeZone) -> Result<Then, Problem> {
    let Some((matter, erased_since)) = today.as_of(moment.at) else {
        let began = today.entries.first().map(|entry| when::exact(entry.at, zone)).unwrap_or_default();
        return Err(Problem::Unusable(format!("At that time Dayzero knew nothing of this comment: its record begins {began}.")));
    };
    Ok(Then { moment, matter, erased_since })
}

/// How much later than a record's first entry the door's clock may have been: what is read in vain costs little.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// The heads of a list as they were then, soonest deadline first, of the records that today's lists lead to.
pub async fn list(desk: &Desk, filter: &Filter, moment: &Moment) -> Result<Found<Head>, Problem> {
    let campaigns = (!filter.campaigns.is_empty()).then(|| filter.campaigns.clone());
    let after = filter.after.as_deref().and_then(Cursor::parse);
    let began = |head: &Head| head.aware_at.timestamp().duration_since(moment.at) <= SKEW;
    let then = |matter: Matter| Some(Head::of(&matter.as_of(moment.at)?.0.record, None)).filter(|head| filter.shows(head));
    let mut found = through(desk, campaigns, after, began, then).await?;
    found.found.sort_by(|one, other| (one.sort, &one.key).cmp(&(other.sort, &other.key)));
    Ok(found)
}

#[cfg(test)]
#[path = "asof_tests.rs"]
mod tests;
