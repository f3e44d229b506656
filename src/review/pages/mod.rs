//! The pages for people: HTML from the server, one stylesheet, no script. Each function here answers one route; the files below draw.
//!
//! Every text that came from outside goes through `highlight`, which escapes it and shows what cannot be seen; nothing of it ever
//! becomes a link.

mod acts;
mod arrived;
mod aside;
mod chain;
mod channels;
mod comment;
mod drills;
mod erasure;
mod highlight;
mod layout;
mod ledger;
mod parts;
mod protocols;
pub mod quality;
mod queue;
mod reading;
pub mod statements;
mod thread;

use crate::http::{Request, Response};
use crate::model::CommentKey;
use crate::model::record::State;

use super::Desk;
use super::decide::Matter;
use super::fields::Fields;
use super::filter::Filter;
use super::problem::Problem;
use super::sign_in::Person;
use super::{act, around};

pub use acts::{TOKEN, acknowledge, decide, decide_many, see_other, set_day_zero, take_name};
pub use erasure::{agree_erasure, ask_erasure, erasure};
pub use highlight::plain;
pub use layout::{ask_name, frame, html, problem};
pub use protocols::{protocol, protocols};

/// The one stylesheet.
pub const STYLESHEET: &str = include_str!("../dayzero.css");

/// What still needs somebody: what the queue shows unless asked otherwise.
pub const WAITING: [State; 2] = [State::Open, State::Acknowledged];

/// The queue, soonest deadline first.
pub async fn queue(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let filter = Filter::parse(request, &desk.campaigns, &WAITING)?;
    let page = desk.store.list(&filter.query(&desk.campaigns)).await?;
    let notice = parts::Notice::of(request);
    let ticked = request.query("pick") == Some("all");
    let view = queue::View { desk, person, now: desk.clock.now(), filter: &filter, notice, ticked };
    Ok(layout::html(200, &queue::page(&view, &page)))
}

/// Every channel and how it stands.
pub async fn channels(desk: &Desk, person: &Person) -> Result<Response, Problem> {
    let rows = super::channels::load(desk).await?;
    Ok(layout::html(200, &channels::page(desk, person, &rows)))
}

/// The newest fire drills.
pub async fn drills(desk: &Desk, person: &Person) -> Result<Response, Problem> {
    let shown = super::drills::load(desk).await?;
    Ok(layout::html(200, &drills::page(desk, person, &shown)))
}

/// One comment with everything known of it.
pub async fn comment(desk: &Desk, request: &Request, key: &CommentKey, person: &Person) -> Result<Response, Problem> {
    let matter = act::load(desk, key).await?;
    let notice = parts::Notice::of(request).filter(|notice| notice.holds(&matter.record));
    Ok(show(desk, person, &matter, Answer { status: 200, notice, draft: None, problem: None }).await)
}

/// What a comment's page says of what its reader just did.
struct Answer {
    status: u16,
    notice: Option<parts::Notice>,
    /// Which form was refused, and what was typed into it, so that nobody types it twice.
    draft: Option<(&'static str, Fields)>,
    problem: Option<Problem>,
}

async fn show(desk: &Desk, person: &Person, matter: &Matter, answer: Answer) -> Response {
    let status = answer.status;
    let zone = desk.zone(matter.record.campaign.as_ref());
    let around = around::load(&desk.store, matter).await;
    let view = comment::View { desk, person, now: desk.clock.now(), zone, matter, around, answer };
    layout::html(status, &comment::page(&view))
}
