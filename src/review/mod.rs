//! `review`: what people see and do. Pages for people, and the same as JSON: the queue, a comment with its whole chain, acknowledge,
//! decide. Called by the local door and by the review function; it holds no state of its own beyond a key for its forms.
//!
//! - who is asking, and what they may: `sign_in`, the one place for it; which requests may change anything: `guard`;
//! - what an address means: `route`; what a list shows: `filter`; which days: `period`; which past moment: `asof`; what a body says: `fields`;
//! - what a person may decide: `decide` and `day_zero`, and explain: `explain` (pure); doing it, against the store: `act`; what lies around a
//!   record: `around`; how protocols came into force: `protocols`;
//! - that somebody read patients' data, noted before they are given out: `seen`; many records at once: `through`, `abreast`;
//! - what a case and a period show an inspector: `evidence`, `stamps`; statements, tasks, the weekly sample and recall: `statements`;
//! - how the channels stand: `channels`; fire drills: `drills`;
//! - `pages` and `api` show the outcome; `problem` says what went wrong, in one sentence.
//!
//! A GET alters nothing of a case; it leaves the note that somebody read. Nothing here publishes.

pub mod abreast;
pub mod act;
pub mod api;
pub mod around;
pub mod asof;
pub mod channels;
pub mod day_zero;
pub mod decide;
pub mod drills;
pub mod evidence;
mod evidence_api;
pub mod explain;
pub mod fields;
pub mod filter;
pub mod guard;
pub mod pages;
pub mod percent;
pub mod period;
pub mod problem;
pub mod protocols;
pub mod route;
pub mod seen;
pub mod sign_in;
pub mod stamps;
pub mod statements;
pub mod story;
pub mod through;
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

use crate::campaigns::InForce;
use crate::http::{Request, Response};
use crate::model::{CampaignId, Clock};
use crate::store::Store;

use guard::Csrf;
use problem::Problem;
use route::Route;
use seen::Reader;
use sign_in::{Person, Right, SignIn, way};

/// What `review` needs to answer. Cheap to clone; a caller that learns of a newly published protocol replaces `campaigns`.
#[derive(Clone)]
pub struct Desk {
    pub store: Store,
    pub clock: Clock,
    pub sign_in: SignIn,
    pub campaigns: Arc<[Campaign]>,
    /// Lives as long as the process, so that a form that somebody has open stays good.
    pub csrf: Csrf,
    /// Names and addresses of pages that the caller serves beside these, for the page that lists them.
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
    /// The campaigns that are in force, as people are told of them.
    pub fn campaigns_of(in_force: &InForce) -> Arc<[Campaign]> {
        let campaigns = in_force.campaigns.iter().map(|campaign| Campaign {
            id: campaign.protocol.reference().id,
            title: campaign.protocol.title().to_owned(),
            time_zone: campaign.protocol.time_zone().clone(),
        });
        campaigns.collect()
    }

    /// The zone in which a record's times are shown: its campaign's, and UTC where no active campaign claims it.
    pub fn zone(&self, campaign: Option<&CampaignId>) -> TimeZone {
        self.campaign(campaign).map_or(TimeZone::UTC, |known| known.time_zone.clone())
    }

    /// The zone that all active campaigns share; UTC where they differ.
    pub fn common_zone(&self) -> TimeZone {
        let mut zones = self.campaigns.iter().map(|campaign| &campaign.time_zone);
        let first = zones.next().cloned().unwrap_or(TimeZone::UTC);
        if zones.all(|zone| *zone == first) { first } else { TimeZone::UTC }
    }

    /// The active campaign of this name.
    pub fn campaign(&self, id: Option<&CampaignId>) -> Option<&Campaign> {
        self.campaigns.iter().find(|known| Some(&known.id) == id)
    }
}

/// Answers one request.
pub async fn handle(desk: &Desk, request: &Request) -> Response {
    let mut known = None;
    // On the heap: what all routes need together is large, and callers would carry it on their stacks.
    let answer = match Box::pin(answer(desk, request, &mut known)).await {
        Err(problem @ Problem::NotAllowed(_)) => Err(refused(desk, request, known.as_ref(), problem).await),
        other => other,
    };
    let response = answer.unwrap_or_else(|problem| problem.answer(request, known.as_ref()));
    guard::harden(response, request)
}

/// Who asks for what, and whether they may: before anything is read or done. Leaves in `known` who it was.
async fn answer(desk: &Desk, request: &Request, known: &mut Option<Person>) -> Result<Response, Problem> {
    desk.sign_in.host(request)?;
    let route = match Route::of(request) {
        Ok(route) => route,
        Err(problem) => {
            *known = sign_in::person(desk, request).await?;
            return Err(problem);
        }
    };
    guard::check(request, &route, desk.sign_in.authority(request))?;
    if let Some(response) = Box::pin(serve_anybody(desk, request, &route)).await {
        return response;
    }
    *known = sign_in::person(desk, request).await?;
    let person = known.as_ref().ok_or_else(|| Problem::SignInFirst { at: way::begin_at(desk, request) })?;
    allow(person, &route)?;
    Box::pin(serve(desk, request, route, person)).await
}

/// Who asks for a page that is served beside these and shows patients' words; the error is what to answer instead.
pub async fn reader(desk: &Desk, request: &Request) -> Result<Person, Response> {
    let mut known = None;
    let admitted = async {
        desk.sign_in.host(request)?;
        known = sign_in::person(desk, request).await?;
        let person = known.clone().ok_or_else(|| Problem::SignInFirst { at: way::begin_at(desk, request) })?;
        if person.may(Right::ReadWords) { Ok(person) } else { Err(Problem::NotAllowed(NOT_YOURS)) }
    };
    match admitted.await {
        Ok(person) => Ok(person),
        Err(problem) => {
            let noted = matches!(problem, Problem::NotAllowed(_));
            let problem = if noted { refused(desk, request, known.as_ref(), problem).await } else { problem };
            Err(guard::harden(problem.answer(request, known.as_ref()), request))
        }
    }
}

/// Refuses what none of somebody's roles may, and what is not there for whoever is signed in.
fn allow(person: &Person, route: &Route) -> Result<(), Problem> {
    if !person.may(Right::of(route)) {
        return Err(Problem::NotAllowed(NOT_YOURS));
    }
    match route {
        Route::AskName | Route::TakeName if person.session().is_some() => {
            Err(Problem::NotFound("Nobody chooses a name here: yours comes from your sign-in."))
        }
        _ => Ok(()),
    }
}

/// What somebody is told whose roles do not reach.
const NOT_YOURS: &str = "Your role does not include this. That you asked for it is noted.";

/// What is answered to somebody who was refused, once it is noted.
async fn refused(desk: &Desk, request: &Request, person: Option<&Person>, problem: Problem) -> Problem {
    match person {
        Some(person) => way::note_refusal(desk, request, person).await.err().unwrap_or(problem),
        None => problem,
    }
}

/// Routes for which nobody has to be signed in; `None` for every other.
async fn serve_anybody(desk: &Desk, request: &Request, route: &Route) -> Option<Result<Response, Problem>> {
    Some(match route {
        Route::Stylesheet => Ok(Response::new(200, "text/css; charset=utf-8", pages::STYLESHEET)),
        Route::ApiHealth => api::health(desk).await,
        Route::SignIn => way::begin(desk, request).await,
        Route::SignInCallback => way::callback(desk, request).await,
        Route::SignedOut => way::signed_out(desk, request).await,
        _ => return None,
    })
}

/// For routes that [`serve_anybody`] has answered before.
const ELSEWHERE: Problem = Problem::NotFound("There is nothing at this address.");

async fn serve(desk: &Desk, request: &Request, route: Route, person: &Person) -> Result<Response, Problem> {
    let reader = Reader { desk, request, person };
    // Each on the heap: one answer's future would otherwise be as large as the largest, in every frame above it.
    match route {
        Route::Queue => Box::pin(pages::queue(&reader)).await,
        Route::More => Ok(pages::more(desk, person)),
        Route::Comment(key) => Box::pin(pages::comment(&reader, &key)).await,
        Route::Evidence(key) => Box::pin(pages::evidence(&reader, &key)).await,
        Route::Acknowledge(key) => Box::pin(pages::acknowledge(desk, request, &key, person)).await,
        Route::Decide(key) => Box::pin(pages::decide(&reader, &key)).await,
        Route::SetDayZero(key) => Box::pin(pages::set_day_zero(&reader, &key)).await,
        Route::Explain(key) => Box::pin(pages::explain(&reader, &key)).await,
        Route::HandOut(key) => Box::pin(pages::hand_out(&reader, &key)).await,
        Route::DecideMany => Box::pin(pages::decide_many(desk, request, person)).await,
        Route::Erasure => Box::pin(pages::erasure(desk, request, person)).await,
        Route::AskErasure => Box::pin(pages::ask_erasure(desk, request, person)).await,
        Route::AgreeErasure => Box::pin(pages::agree_erasure(desk, request, person)).await,
        Route::Period => Box::pin(pages::period(&reader)).await,
        Route::Deviations => Box::pin(pages::deviations(&reader)).await,
        Route::Accesses => Box::pin(pages::accesses(&reader)).await,
        Route::AskName => Ok(pages::ask_name(desk, person, None)),
        Route::TakeName => pages::take_name(desk, request, person),
        Route::SignOut => Box::pin(way::sign_out(desk, request, person)).await,
        Route::Stylesheet | Route::ApiHealth | Route::SignIn | Route::SignInCallback | Route::SignedOut => Err(ELSEWHERE),
        Route::ApiList => Box::pin(api::list(&reader)).await,
        Route::ApiComment(key) => Box::pin(api::comment(&reader, &key)).await,
        Route::ApiEvidence(key) => Box::pin(evidence::case(&reader, &key)).await,
        Route::ApiAcknowledge(key) => Box::pin(api::acknowledge(desk, request, &key, person)).await,
        Route::ApiDecide(key) => Box::pin(api::decide(desk, request, &key, person)).await,
        Route::ApiSetDayZero(key) => Box::pin(api::set_day_zero(desk, request, &key, person)).await,
        Route::ApiExplain(key) => Box::pin(api::explain(desk, request, &key, person)).await,
        Route::ApiHandOut(key) => Box::pin(api::hand_out(desk, request, &key, person)).await,
        Route::ApiPeriod => Box::pin(evidence::period(&reader)).await,
        Route::ApiDeviations => Box::pin(evidence::deviations(&reader)).await,
        Route::ApiAccesses => Box::pin(evidence::accesses(&reader)).await,
        Route::Protocols => Box::pin(pages::protocols(desk, person)).await,
        Route::Protocol(campaign) => Box::pin(pages::protocol(desk, &campaign, person)).await,
        Route::ApiProtocols => Box::pin(protocols::api(desk)).await,
        Route::Statements(address) => Box::pin(statements::answer(desk, request, &address, person)).await,
        Route::Channels => Box::pin(pages::channels(desk, person)).await,
        Route::ApiChannels => Box::pin(api::channels(desk)).await,
        Route::Drills => Box::pin(pages::drills(desk, person)).await,
        Route::ApiDrills => Box::pin(drills::list(desk)).await,
        Route::ApiStartDrill => Box::pin(drills::start(desk, request, person)).await,
        Route::ApiDrill(id) => Box::pin(drills::one(desk, &id)).await,
        Route::ApiEndDrill(id) => Box::pin(drills::end(desk, request, &id, person)).await,
    }
}
