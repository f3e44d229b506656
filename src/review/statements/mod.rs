//! Statements, tasks, lists of cases, the weekly sample and measured recall, for people and for programs. What each address under
//! `/statements` means stands in `address`; the doing is `reconcile`'s; `pages::statements` and `pages::quality` draw, `api` writes JSON.

mod address;
mod api;

pub use address::Address;

use crate::http::{Request, Response};
use crate::metrics::Metrics;
use crate::model::{Actor, CampaignId, Draw, Meaning, Period, Record, Side};
use crate::reconcile::{self, CaseFile, Reconcile, SignatureAsked, Version};

use super::Desk;
use super::fields::Fields;
use super::pages;
use super::problem::Problem;
use super::route::Route;
use super::sign_in::Person;

/// Purpose of the token in forms about one campaign.
pub fn purpose(campaign: &CampaignId) -> String {
    format!("statements {campaign}")
}

/// Drawn comments that the page of the sample looks through at most: nobody reads more in a week.
const MOST_LOOKED_AT: usize = 500;

/// Answers an address of these, as a page or as JSON.
pub async fn answer(desk: &Desk, request: &Request, address: &Address, person: &Person) -> Result<Response, Problem> {
    let (api, stage) = (Route::is_api(request), stage(desk));
    match address {
        Address::Overview if api => api::overview(desk, &stage).await,
        Address::Overview => pages::statements::overview(desk, &stage, request, person).await,
        Address::Statement(campaign, period) => {
            let version = version(&stage, request, campaign, *period).await?;
            let statement = stage.statement(&version).await?;
            let newest = stage.statements(campaign).await?.of(*period).len();
            if api {
                return api::statement(&version, &statement, newest);
            }
            let view = pages::statements::View { desk, person, campaign, version: &version, newest, statement: &statement };
            Ok(pages::html(200, &pages::statements::page(&view, request)))
        }
        Address::Csv(campaign, period) => {
            let version = version(&stage, request, campaign, *period).await?;
            let csv = reconcile::csv(&stage.statement(&version).await?);
            let name = format!("attachment; filename=\"statement-{period}-v{}.csv\"", version.number);
            Ok(Response::new(200, "text/csv; charset=utf-8; header=present", csv).with_header("content-disposition", name))
        }
        Address::Make(campaign) => make(desk, &stage, request, campaign, person).await,
        Address::Sign(campaign, period) => sign(desk, &stage, request, (campaign, *period), person).await,
        Address::CloseTask(campaign, id) => close(desk, &stage, request, (campaign, id), person).await,
        Address::Cases(campaign) => cases(desk, &stage, request, campaign, person).await,
        Address::Sample if api => api::sample(desk, &waiting(desk, &stage).await?),
        Address::Sample => Ok(pages::quality::sample(desk, person, &waiting(desk, &stage).await?)),
        Address::Quality if api => api::quality(&measured(desk, &stage).await?),
        Address::Quality => Ok(pages::quality::quality(desk, person, &measured(desk, &stage).await?)),
    }
}

/// Reconciliation over the desk's own store. What people ask for is no run of the night: it reports no metric.
fn stage(desk: &Desk) -> Reconcile {
    Reconcile { store: desk.store.clone(), clock: desk.clock.clone(), metrics: Metrics::Off }
}

/// The version that an address names, or the newest.
async fn version(stage: &Reconcile, request: &Request, campaign: &CampaignId, period: Period) -> Result<Version, Problem> {
    let statements = stage.statements(campaign).await?;
    let asked = request.query("version").map(str::parse::<usize>);
    let version = match asked {
        None => statements.newest(period),
        Some(number) => statements.of(period).iter().find(|version| Ok(version.number) == number),
    };
    version.cloned().ok_or(Problem::NotFound("There is no such statement."))
}

/// The fields of a change, with the person who makes it.
fn fields(
    desk: &Desk,
    request: &Request,
    campaign: &CampaignId,
    person: &Person,
    known: &[&str],
) -> Result<(Fields, Person), Problem> {
    if !Route::is_api(request) {
        let fields = Fields::form(&request.body)?;
        desk.csrf.check(person, &purpose(campaign), fields.get(pages::TOKEN))?;
        return Ok((fields, person.clone()));
    }
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    let fields = Fields::json(body, known)?;
    let by = person.acting(fields.get("by"))?;
    Ok((fields, by))
}

async fn make(
    desk: &Desk,
    stage: &Reconcile,
    request: &Request,
    campaign: &CampaignId,
    person: &Person,
) -> Result<Response, Problem> {
    let (fields, by) = fields(desk, request, campaign, person, &["period", "by"])?;
    let period = fields.get("period").and_then(Period::parse).ok_or_else(|| {
        Problem::Unusable("`period` must be a day (2026-03-11), a week (2026-W11) or a month (2026-03).".to_owned())
    })?;
    let version = stage.state(campaign, period, Actor::Person(by.as_str().to_owned())).await?;
    if Route::is_api(request) {
        let statement = stage.statement(&version).await?;
        return api::statement(&version, &statement, version.number);
    }
    Ok(pages::see_other(&format!("/statements/{campaign}/{period}?done=made")))
}

async fn sign(
    desk: &Desk,
    stage: &Reconcile,
    request: &Request,
    (campaign, period): (&CampaignId, Period),
    person: &Person,
) -> Result<Response, Problem> {
    let (fields, by) = fields(desk, request, campaign, person, &["side", "meaning", "remarks", "digest", "by"])?;
    let missing = |name: &str, expected: &str| Problem::Unusable(format!("`{name}` is missing or unknown; expected {expected}."));
    let asked = SignatureAsked {
        period,
        digest: fields.get("digest").ok_or_else(|| missing("digest", "that of the version that was read"))?.to_owned(),
        side: fields.get("side").and_then(Side::from_name).ok_or_else(|| missing("side", "channel_owner or drug_safety"))?,
        by: by.hand(),
        meaning: fields
            .get("meaning")
            .and_then(Meaning::from_name)
            .ok_or_else(|| missing("meaning", "agrees or with_remarks"))?,
        remarks: fields.get("remarks").map(str::to_owned),
    };
    if !person.may_sign(asked.side) {
        return Err(Problem::NotAllowed(
            "Your role does not sign for this side: drug safety signs for its own, quality for the channel owner.",
        ));
    }
    if !person.is_fresh(desk.clock.now()) {
        return Err(Problem::SignInAgain { at: again(&format!("/statements/{campaign}/{period}")) });
    }
    stage.sign(campaign, &asked).await?;
    if Route::is_api(request) {
        let version = version(stage, request, campaign, period).await?;
        let statement = stage.statement(&version).await?;
        return api::statement(&version, &statement, version.number);
    }
    Ok(pages::see_other(&format!("/statements/{campaign}/{period}?done=signed")))
}

/// Where somebody proves once more who they are, and then comes back to a page.
pub fn again(page: &str) -> String {
    format!("/sign-in?again=1&to={}", super::percent::encode(page))
}

async fn close(
    desk: &Desk,
    stage: &Reconcile,
    request: &Request,
    (campaign, id): (&CampaignId, &str),
    person: &Person,
) -> Result<Response, Problem> {
    let (fields, by) = fields(desk, request, campaign, person, &["reason", "by"])?;
    stage.close_task(campaign, id, fields.get("reason"), by.as_str()).await?;
    if Route::is_api(request) {
        return api::tasks(&stage.tasks(campaign).await?);
    }
    Ok(pages::see_other("/statements?done=closed"))
}

/// A list of cases: as the body of a program's call, or pasted into a form.
async fn cases(
    desk: &Desk,
    stage: &Reconcile,
    request: &Request,
    campaign: &CampaignId,
    person: &Person,
) -> Result<Response, Problem> {
    if Route::is_api(request) {
        let by = person.acting(request.query("by"))?;
        let file = stage.read_cases(campaign, &request.body, by.as_str()).await?;
        return api::cases(&file);
    }
    let (fields, by) = fields(desk, request, campaign, person, &[])?;
    let list = fields
        .get("list")
        .ok_or_else(|| Problem::Unusable("`list` is missing: paste the list of cases, with its header.".to_owned()))?;
    let file: CaseFile = stage.read_cases(campaign, list.as_bytes(), by.as_str()).await?;
    Ok(pages::statements::cases_read(person, campaign, &file))
}

/// A campaign's draws, and what of them waits for being read one by one.
pub struct Waiting {
    pub campaign: CampaignId,
    pub draws: Vec<Draw>,
    pub records: Vec<Record>,
    /// Drawn comments beyond those that were looked at.
    pub more: usize,
}

/// The newest draws of every campaign, and the records that wait.
async fn waiting(desk: &Desk, stage: &Reconcile) -> Result<Vec<Waiting>, Problem> {
    let mut found = Vec::new();
    for campaign in desk.campaigns.iter() {
        let mut draws = stage.draws(&campaign.id).await?;
        draws.reverse();
        let drawn: Vec<_> = draws.iter().flat_map(|draw| &draw.drawn).collect();
        let mut records = Vec::new();
        for key in drawn.iter().take(MOST_LOOKED_AT) {
            let record = Record::fold(&desk.store.chain(key).await?);
            // What is drawn and not yet marked waits as well.
            records.extend(record.filter(|record| !record.read_by_itself()));
        }
        let more = drawn.len().saturating_sub(MOST_LOOKED_AT);
        found.push(Waiting { campaign: campaign.id.clone(), draws, records, more });
    }
    Ok(found)
}

/// A campaign's measured recall, as its newest statement has it.
pub struct Measured {
    pub campaign: CampaignId,
    pub draws: Vec<Draw>,
    pub statement: Option<reconcile::Statement>,
}

async fn measured(desk: &Desk, stage: &Reconcile) -> Result<Vec<Measured>, Problem> {
    let mut found = Vec::new();
    for campaign in desk.campaigns.iter() {
        let statements = stage.statements(&campaign.id).await?;
        let newest = statements.periods().filter_map(|(period, versions)| Some((period.after(), versions.last()?)));
        let newest = newest.max_by_key(|(after, version)| (*after, version.at)).map(|(_, version)| version);
        let statement = match newest {
            Some(version) => Some(stage.statement(version).await?),
            None => None,
        };
        let mut draws = stage.draws(&campaign.id).await?;
        draws.reverse();
        found.push(Measured { campaign: campaign.id.clone(), draws, statement });
    }
    Ok(found)
}

impl From<reconcile::Error> for Problem {
    fn from(error: reconcile::Error) -> Self {
        match error {
            reconcile::Error::Store(error) => Problem::Store(error),
            reconcile::Error::Unusable(sentence) => Problem::Unusable(sentence),
        }
    }
}
