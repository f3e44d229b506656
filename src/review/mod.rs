//! `review`: what people see and do. Pages for people, and the same as JSON: the queue, a comment with its whole chain, acknowledge,
//! decide. Called by the local door and by the review function; it holds no state of its own beyond a key for its forms.
//!
//! - who is asking: `sign_in`, the one place for it; which requests may change anything: `guard`;
//! - what an address means: `route`; what a list shows: `filter`; what a body says: `fields`;
//! - what a person may decide: `decide` and `day_zero` (pure); doing it, against the store: `act`; what lies around a record: `around`; how protocols
//!   came into force: `protocols`;
//! - statements, tasks, the weekly sample and recall: `statements`;
//! - what a person may decide: `decide` (pure); doing it, against the store: `act`; what lies around a record: `around`;
//! - how the channels stand: `channels`; fire drills: `drills`;
//! - `pages` and `api` show the outcome; `problem` says what went wrong, in one sentence.
//!
//! A GET changes nothing, and nothing here publishes.

pub mod act;
pub mod api;
pub mod around;
pub mod channels;
pub mod day_zero;
pub mod decide;
pub mod drills;
pub mod fields;
pub mod filter;
pub mod guard;
pub mod pages;
pub mod percent;
pub mod problem;
pub mod protocols;
pub mod route;
pub mod sign_in;
pub mod statements;
pub mod story;
pub mod visible;
pub mod when;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(all(test, feature = "local"))]
mod tests;
#[cfg(test)]
mod windows_tests;

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::http::{Request, Response};
use crate::model::{CampaignId, Clock};
use crate::store::Store;

use guard::Csrf;
use problem::Problem;
use route::Route;
use sign_in::{Person, SignIn};

/// What `review` needs to answer. Cheap to clone; a caller that learns of a newly published protocol replaces `campaigns`.
#[derive(Clone)]
pub struct Desk {
    pub store: Store,
    pub clock: Clock,
    pub sign_in: SignIn,
    pub campaigns: Arc<[Campaign]>,
    /// Lives as long as the process, so that a form that somebody has open stays good.
    pub csrf: Csrf,
    /// Names and addresses of pages that the caller serves beside these, for the head of every page.
    pub more_pages: &'static [(&'static str, &'static str)],
}

/// What people have to be told about a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    pub id: CampaignId,
    pub title: String,
    pub time_zone: TimeZone,
}

impl Desk {
    /// The zone in which a record's times are shown: its campaign's, and UTC where no active campaign claims it.
    pub fn zone(&self, campaign: Option<&CampaignId>) -> TimeZone {
        self.campaign(campaign).map_or(TimeZone::UTC, |known| known.time_zone.clone())
    }

    /// The active campaign of this name.
    pub fn campaign(&self, id: Option<&CampaignId>) -> Option<&Campaign> {
        self.campaigns.iter().find(|known| Some(&known.id) == id)
    }
}

/// Answers one request.
pub async fn handle(desk: &Desk, request: &Request) -> Response {
    let answer = match admit(desk, request) {
        Ok((route, person)) => serve(desk, request, route, &person).await,
        Err(problem) => Err(problem),
    };
    let response = answer.unwrap_or_else(|problem| problem.answer(desk, request));
    guard::harden(response, request)
}

/// Who asks for what, and whether they may: before anything is read or done.
fn admit(desk: &Desk, request: &Request) -> Result<(Route, Person), Problem> {
    let person = desk.sign_in.person(request)?;
    let route = Route::of(request)?;
    guard::check(request, &route)?;
    Ok((route, person))
}

async fn serve(desk: &Desk, request: &Request, route: Route, person: &Person) -> Result<Response, Problem> {
    match route {
        Route::Queue => pages::queue(desk, request, person).await,
        Route::Comment(key) => pages::comment(desk, request, &key, person).await,
        Route::Acknowledge(key) => pages::acknowledge(desk, request, &key, person).await,
        Route::Decide(key) => pages::decide(desk, request, &key, person).await,
        Route::SetDayZero(key) => pages::set_day_zero(desk, request, &key, person).await,
        Route::DecideMany => pages::decide_many(desk, request, person).await,
        Route::Erasure => pages::erasure(desk, person).await,
        Route::AskErasure => pages::ask_erasure(desk, request, person).await,
        Route::AgreeErasure => pages::agree_erasure(desk, request, person).await,
        Route::AskName => Ok(pages::ask_name(desk, person, None)),
        Route::TakeName => pages::take_name(desk, request, person),
        Route::Stylesheet => Ok(Response::new(200, "text/css; charset=utf-8", pages::STYLESHEET)),
        Route::ApiList => api::list(desk, request).await,
        Route::ApiComment(key) => api::comment(desk, &key).await,
        Route::ApiAcknowledge(key) => api::acknowledge(desk, request, &key, person).await,
        Route::ApiDecide(key) => api::decide(desk, request, &key, person).await,
        Route::ApiSetDayZero(key) => api::set_day_zero(desk, request, &key, person).await,
        Route::ApiHealth => api::health(desk).await,
        Route::Protocols => pages::protocols(desk, person).await,
        Route::Protocol(campaign) => pages::protocol(desk, &campaign, person).await,
        Route::ApiProtocols => protocols::api(desk).await,
        Route::Statements(address) => statements::answer(desk, request, &address, person).await,
        Route::Channels => pages::channels(desk, person).await,
        Route::ApiChannels => api::channels(desk).await,
        Route::Drills => pages::drills(desk, person).await,
        Route::ApiDrills => drills::list(desk).await,
        Route::ApiStartDrill => drills::start(desk, request, person).await,
        Route::ApiDrill(id) => drills::one(desk, &id).await,
        Route::ApiEndDrill(id) => drills::end(desk, request, &id, person).await,
    }
}
