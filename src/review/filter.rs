//! What a list shows: the query of an address, read strictly, and written again into links. Pure.

use crate::http::Request;
use crate::model::record::State;
use crate::model::{Band, CampaignId, Head};
use crate::store::{Cursor, ListQuery};

use super::Campaign;
use super::asof::{self, Moment};
use super::percent;
use super::problem::Problem;

/// The choice behind a list. An empty part means: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub states: Vec<State>,
    pub bands: Vec<Band>,
    /// `None` inside: comments of an account that no active campaign lists.
    pub campaigns: Vec<Option<CampaignId>>,
    /// A cursor's text, known to be one.
    pub after: Option<String>,
    /// The past moment that is asked about, as an address writes it.
    pub as_of: Option<String>,
    pub limit: usize,
}

/// How a query asks for comments that no campaign claims; no campaign can have parentheses in its id.
pub const UNLISTED: &str = "(none)";

/// How a query asks for every state.
const ALL: &str = "all";

/// Rows on a page unless asked otherwise, and at most. A phone scrolls through fifty; two hundred is what one read of the table gives.
const ROWS: usize = 50;
const MOST_ROWS: usize = 200;

impl Filter {
    /// Reads a query; `unasked` are the states that are meant when it names none.
    pub fn parse(request: &Request, campaigns: &[Campaign], unasked: &[State]) -> Result<Filter, Problem> {
        let mut filter = Filter { limit: ROWS, ..Filter::default() };
        let (mut asked, mut all) = (false, false);
        for (name, value) in request.query.iter().filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                "state" => {
                    asked = true;
                    all |= value == ALL;
                    if value != ALL {
                        filter
                            .states
                            .push(State::from_name(value).ok_or_else(|| unknown("state", "open, acknowledged, closed or all"))?);
                    }
                }
                "band" => filter.bands.push(Band::from_name(value).ok_or_else(|| unknown("band", "alert, review or log"))?),
                "campaign" => filter.campaigns.push(campaign(value, campaigns)?),
                "after" => {
                    Cursor::parse(value).ok_or_else(|| unknown("after", "the `next` of an earlier answer"))?;
                    filter.after = Some(value.clone());
                }
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=MOST_ROWS).contains(limit));
                    filter.limit = limit.ok_or_else(|| unknown("limit", &format!("a whole number from 1 to {MOST_ROWS}")))?;
                }
                // Other names belong to the page (`done`) or to nobody.
                _ => {}
            }
        }
        if all {
            filter.states.clear();
        } else if !asked {
            filter.states = unasked.to_vec();
        }
        Ok(filter)
    }

    /// The store's own question. Everything is spelled out: a list that is empty by mistake must not look like a quiet night.
    pub fn query(&self, campaigns: &[Campaign]) -> ListQuery {
        let every = || campaigns.iter().map(|campaign| Some(campaign.id.clone())).chain([None]).collect();
        ListQuery {
            campaigns: if self.campaigns.is_empty() { every() } else { self.campaigns.clone() },
            states: if self.states.is_empty() { State::ALL.to_vec() } else { self.states.clone() },
            bands: if self.bands.is_empty() { Band::ALL.to_vec() } else { self.bands.clone() },
            after: self.after.as_deref().and_then(Cursor::parse),
            limit: self.limit,
        }
    }

    /// The address of the queue with this choice, from its first page on.
    pub fn address(&self) -> String {
        let mut pairs: Vec<(&str, &str)> = self.states.iter().map(|state| ("state", state.as_str())).collect();
        if self.states.is_empty() {
            pairs.push(("state", ALL));
        }
        pairs.extend(self.bands.iter().map(|band| ("band", band.as_str())));
        let campaigns = self.campaigns.iter().map(|campaign| campaign.as_ref().map_or(UNLISTED, CampaignId::as_str));
        pairs.extend(campaigns.map(|campaign| ("campaign", campaign)));
        pairs.extend(self.as_of.as_deref().map(|as_of| (asof::NAME, as_of)));
        let limit = self.limit.to_string();
        if self.limit != ROWS {
            pairs.push(("limit", &limit));
        }
        let query: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={}", percent::encode(value))).collect();
        format!("/?{}", query.join("&"))
    }

    /// The same list as it was at a past moment.
    pub fn at(self, moment: Option<&Moment>) -> Filter {
        Filter { as_of: moment.map(|moment| moment.written.clone()), ..self }
    }

    /// Whether a record, as its head stands, belongs to the list.
    pub fn shows(&self, head: &Head) -> bool {
        (self.states.is_empty() || self.states.contains(&head.state))
            && (self.bands.is_empty() || self.bands.contains(&head.band))
            && (self.campaigns.is_empty() || self.campaigns.contains(&head.campaign))
    }

    /// The first page of the same list, in these states instead.
    pub fn with_states(&self, states: &[State]) -> Filter {
        Filter { states: states.to_vec(), after: None, ..self.clone() }
    }

    /// The first page of the same list, in one band only; `None` asks for all bands.
    pub fn with_band(&self, band: Option<Band>) -> Filter {
        Filter { bands: band.into_iter().collect(), after: None, ..self.clone() }
    }

    /// The first page of the same list, of one campaign only; `None` asks for all, `Some(None)` for what no campaign claims.
    pub fn with_campaign(&self, campaign: Option<Option<CampaignId>>) -> Filter {
        Filter { campaigns: campaign.into_iter().collect(), after: None, ..self.clone() }
    }
}

/// The campaign that a query names, among those that are active.
pub fn campaign(value: &str, campaigns: &[Campaign]) -> Result<Option<CampaignId>, Problem> {
    if value == UNLISTED {
        return Ok(None);
    }
    let known = campaigns.iter().find(|campaign| campaign.id.as_str() == value);
    known.map(|campaign| Some(campaign.id.clone())).ok_or_else(|| unknown("campaign", "the id of an active campaign"))
}

fn unknown(name: &str, expected: &str) -> Problem {
    Problem::Unusable(format!("`{name}` in the address has an unknown value; expected {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn request(query: &[(&str, &str)]) -> Request {
        let query = query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Request { method: "GET".into(), path: "/".into(), query, headers: Vec::new(), body: Vec::new() }
    }

    fn campaigns() -> Vec<Campaign> {
        vec![Campaign { id: CampaignId::new("migraine-nl"), title: "Samen over migraine".into(), time_zone: TimeZone::UTC }]
    }

    #[test]
    fn a_query_survives_its_own_link() {
        let waiting = [State::Open, State::Acknowledged];
        let rows: &[(&[(&str, &str)], &str)] = &[
            (&[], "/?state=open&state=acknowledged"),
            (&[("state", "")], "/?state=open&state=acknowledged"),
            (&[("state", "all")], "/?state=all"),
            (&[("state", "closed"), ("band", "log")], "/?state=closed&band=log"),
            (&[("state", "open"), ("campaign", "migraine-nl")], "/?state=open&campaign=migraine-nl"),
            (&[("state", "open"), ("campaign", "(none)"), ("limit", "7")], "/?state=open&campaign=%28none%29&limit=7"),
        ];
        for (query, expected) in rows {
            let filter = Filter::parse(&request(query), &campaigns(), &waiting).unwrap();
            assert_eq!(filter.address(), *expected);
        }
    }

    #[test]
    fn an_unknown_value_is_named() {
        let rows = [
            ("state", "done", "`state` in the address has an unknown value; expected open, acknowledged, closed or all."),
            ("band", "red", "`band` in the address has an unknown value; expected alert, review or log."),
            ("campaign", "other", "`campaign` in the address has an unknown value; expected the id of an active campaign."),
            ("limit", "0", "`limit` in the address has an unknown value; expected a whole number from 1 to 200."),
            ("limit", "201", "`limit` in the address has an unknown value; expected a whole number from 1 to 200."),
        ];
        for (name, value, expected) in rows {
            let problem = Filter::parse(&request(&[(name, value)]), &campaigns(), &[]).unwrap_err();
            assert_eq!((problem.status(), problem.to_string().as_str()), (422, expected));
        }
    }

    #[test]
    fn no_choice_asks_the_store_for_everything_by_name() {
        let query = Filter::parse(&request(&[]), &campaigns(), &[]).unwrap().query(&campaigns());
        assert_eq!(query.campaigns, [Some(CampaignId::new("migraine-nl")), None]);
        assert_eq!((query.states.len(), query.bands.len(), query.limit), (3, 3, 50));
    }
}
