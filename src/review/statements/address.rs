//! What an address of statements, the sample and quality means. Pure; `route` asks it for everything below `/statements`.

use crate::model::{CampaignId, Period};
use crate::review::problem::Problem;

/// Everything that can be asked here; as a page, or under `/api` as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Overview,
    Statement(CampaignId, Period),
    /// A statement as CSV; only under `/api`.
    Csv(CampaignId, Period),
    /// Make a statement, or make it anew.
    Make(CampaignId),
    Sign(CampaignId, Period),
    /// Read a list of cases in.
    Cases(CampaignId),
    CloseTask(CampaignId, String),
    Sample,
    Quality,
}

impl Address {
    /// What GET and POST mean at a path below `/statements`.
    pub fn of(path: &[&str], api: bool) -> Result<(Option<Address>, Option<Address>), Problem> {
        Ok(match path {
            [] => (Some(Address::Overview), None),
            [campaign] => (None, Some(Address::Make(known(campaign)?))),
            [campaign, "cases"] => (None, Some(Address::Cases(known(campaign)?))),
            [campaign, "tasks", id] => (None, Some(Address::CloseTask(known(campaign)?, (*id).to_owned()))),
            [campaign, name] => match name.strip_suffix(".csv").filter(|_| api) {
                Some(name) => (Some(Address::Csv(known(campaign)?, period(name)?)), None),
                None => (Some(Address::Statement(known(campaign)?, period(name)?)), None),
            },
            [campaign, name, "signatures"] => (None, Some(Address::Sign(known(campaign)?, period(name)?))),
            _ => return Err(Problem::NotFound("There is nothing at this address.")),
        })
    }

    /// Whether it may change something.
    pub fn changes(&self) -> bool {
        match self {
            Address::Make(_) | Address::Sign(..) | Address::Cases(_) | Address::CloseTask(..) => true,
            Address::Overview | Address::Statement(..) | Address::Csv(..) | Address::Sample | Address::Quality => false,
        }
    }
}

fn period(text: &str) -> Result<Period, Problem> {
    Period::parse(text)
        .ok_or(Problem::NotFound("No period is written so: a day is 2026-03-11, a week 2026-W11, a month 2026-03."))
}

/// Campaigns' ids hold nothing that an address has to encode.
fn known(campaign: &str) -> Result<CampaignId, Problem> {
    let usable = !campaign.is_empty() && campaign.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    usable.then(|| CampaignId::new(campaign)).ok_or(Problem::NotFound("No campaign has this id."))
}
