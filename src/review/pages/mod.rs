//! The pages for people: HTML from the server, one stylesheet, no script. Each function here answers one route; the files below draw.
//!
//! Every text that came from outside goes through `highlight`, which escapes it and shows what cannot be seen; nothing of it ever
//! becomes a link.

mod accesses;
mod acts;
mod arrived;
mod aside;
mod case;
mod chain;
mod channels;
mod comment;
mod drills;
mod erasure;
mod highlight;
mod layout;
mod ledger;
mod more;
mod parts;
mod past;
mod period;
mod protocols;
pub mod quality;
mod queue;
mod reading;
pub mod statements;
mod thread;

use crate::http::Response;
use crate::model::record::State;
use crate::model::{CommentKey, Looked, Place};
use crate::store::ListPage;

use super::asof::{self, Asked, Moment};
use super::decide::Matter;
use super::fields::Fields;
use super::filter::Filter;
use super::problem::Problem;
use super::seen::Reader;
use super::sign_in::Person;
use super::through::Found;
use super::{Desk, act, around, evidence};

pub use acts::{TOKEN, acknowledge, decide, decide_many, explain, hand_out, see_other, set_day_zero, take_name};
pub use erasure::{agree_erasure, ask_erasure, erasure};
pub use highlight::plain;
pub use layout::{Here, MORE, ask_name, frame, go_on, good_bye, html, problem, signed_out};
pub use protocols::{protocol, protocols};
pub use queue::title;

/// The one stylesheet.
pub const STYLESHEET: &str = include_str!("../dayzero.css");

/// What still needs somebody: what the queue shows unless asked otherwise.
pub const WAITING: [State; 2] = [State::Open, State::Acknowledged];

/// The queue, soonest deadline first, or as it was at a past moment.
pub async fn queue(reader: &Reader<'_>) -> Result<Response, Problem> {
    let Reader { desk, request, person } = *reader;
    let filter = Filter::parse(request, &desk.campaigns, &WAITING)?;
    let moment = Moment::of(request, &desk.common_zone(), desk.clock.now())?;
    let filter = filter.at(moment.as_ref());
    let (page, read, broken) = match &moment {
        None => (desk.store.list(&filter.query(&desk.campaigns)).await?, 0, Vec::new()),
        Some(moment) => {
            let Found { found, read, broken, next } = asof::list(desk, &filter, moment).await?;
            (ListPage { heads: found, next }, read, broken)
        }
    };
    let then = moment.as_ref().map(|moment| moment.at);
    reader.note(Looked::List, page.heads.iter().map(|head| head.key.clone()).collect(), then).await?;
    reader.see_all(page.heads.iter(), Place::List).await;
    let notice = parts::Notice::of(request);
    let ticked = request.query("pick") == Some("all");
    let past = moment.map(|moment| past::Past { moment, erased_since: None });
    let now = then.unwrap_or_else(|| desk.clock.now());
    let view = queue::View { desk, person, now, filter: &filter, notice, ticked, past, read, broken };
    Ok(layout::html(200, &queue::page(&view, &page)))
}

/// What the head of the pages has no entry for.
pub fn more(desk: &Desk, person: &Person) -> Response {
    layout::html(200, &more::page(desk, person))
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

/// One comment with everything known of it, now or at a past moment.
pub async fn comment(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let asked = Box::pin(asof::load(reader.desk, reader.request, key)).await?;
    let notice = parts::Notice::of(reader.request).filter(|notice| notice.holds(&asked.today.record));
    Box::pin(show(reader, asked, Answer { status: 200, notice, draft: None, problem: None })).await
}

/// One case for an inspector.
pub async fn evidence(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let matter = act::load_unbroken(reader.desk, key).await?;
    let notice = parts::Notice::of(reader.request).filter(|notice| notice.holds(&matter.record));
    show_evidence(reader, matter, Answer { status: 200, notice, draft: None, problem: None }).await
}

/// A period for an inspector.
pub async fn period(reader: &Reader<'_>) -> Result<Response, Problem> {
    let found = evidence::gather(reader).await?;
    Ok(layout::html(200, &period::page(reader.desk, reader.person, &found)))
}

/// The missed windows of a period.
pub async fn deviations(reader: &Reader<'_>) -> Result<Response, Problem> {
    let found = evidence::gather_deviations(reader).await?;
    Ok(layout::html(200, &period::missed(reader.desk, reader.person, reader.desk.clock.now(), &found)))
}

/// Who looked at patients' data.
pub async fn accesses(reader: &Reader<'_>) -> Result<Response, Problem> {
    let found = evidence::gather_reads(reader.desk, reader.request).await?;
    Ok(layout::html(200, &accesses::page(reader.person, &found)))
}

/// What a comment's page says of what its reader just did.
struct Answer {
    status: u16,
    notice: Option<parts::Notice>,
    /// Which form was refused, and what was typed into it, so that nobody types it twice.
    draft: Option<(&'static str, Fields)>,
    problem: Option<Problem>,
}

async fn show(reader: &Reader<'_>, asked: Asked, answer: Answer) -> Result<Response, Problem> {
    let Reader { desk, person, .. } = *reader;
    let past = asked.then.as_ref().map(past::Past::of);
    let then = past.as_ref().map(|past| past.moment.at);
    let gone = asked.today.record.erased.map(|(ordered, _)| ordered).unwrap_or_default();
    let around = Box::pin(around::load(&desk.store, asked.matter(), then, gone)).await;
    let beside = || around.parent.iter().chain(&around.answers);
    let keys = [&asked.today.record.key].into_iter().chain(beside().map(|head| &head.key)).cloned();
    reader.note(Looked::Comment, keys.collect(), then).await?;
    reader.see_all(beside(), Place::List).await;
    let today = Box::pin(reader.see(asked.today, Place::Page)).await;
    let matter = asked.then.map_or(today, |then| then.matter);
    let zone = desk.zone(matter.record.campaign.as_ref());
    let (status, now) = (answer.status, then.unwrap_or_else(|| desk.clock.now()));
    let view = comment::View { desk, person, now, zone, matter: &matter, around, answer, past };
    Ok(layout::html(status, &comment::page(&view)))
}

async fn show_evidence(reader: &Reader<'_>, matter: Matter, answer: Answer) -> Result<Response, Problem> {
    let Reader { desk, person, .. } = *reader;
    reader.note(Looked::Evidence, vec![matter.record.key.clone()], None).await?;
    let matter = reader.see(matter, Place::Page).await;
    let zone = desk.zone(matter.record.campaign.as_ref());
    let (status, now, around) = (answer.status, desk.clock.now(), around::Around::default());
    let view = comment::View { desk, person, now, zone, matter: &matter, around, answer, past: None };
    Ok(layout::html(status, &case::page(&view)))
}
