//! What forms do: check the token, read the fields, act, and send the browser back to a page, so that a reload repeats nothing.

use crate::http::{Request, Response};
use crate::model::{Band, CommentKey, Outcome, Revision};
use crate::review::Desk;
use crate::review::act;
use crate::review::asof;
use crate::review::day_zero;
use crate::review::decide::{self, Asked};
use crate::review::explain::{self, Explained};
use crate::review::fields::Fields;
use crate::review::filter::Filter;
use crate::review::problem::Problem;
use crate::review::seen::Reader;
use crate::review::sign_in::Person;

use super::{Answer, WAITING, layout, show, show_evidence};

/// The field that holds a form's token.
pub const TOKEN: &str = "token";

/// Purposes that tokens are made for.
pub const PURPOSE_BULK: &str = "decide-many";
/// Purpose of the token in the form that sets one's name.
pub const PURPOSE_NAME: &str = "name";

/// The form in which a person decides.
pub const DECIDE: &str = "decide";
/// The form in which a person sets day zero.
pub const DAY_ZERO: &str = "day-zero";

/// Binds a token to one act on one record, so that it opens no other.
pub fn purpose(act: &str, key: &CommentKey) -> String {
    format!("{act} {key}")
}

/// The fields of a form that our own page made for this person and purpose.
pub fn form(desk: &Desk, request: &Request, person: &Person, purpose: &str) -> Result<Fields, Problem> {
    let fields = Fields::form(&request.body)?;
    desk.csrf.check(person, purpose, fields.get(TOKEN))?;
    Ok(fields)
}

/// Takes a comment in hand; from the queue, back to the queue as it was filtered.
pub async fn acknowledge(desk: &Desk, request: &Request, key: &CommentKey, person: &Person) -> Result<Response, Problem> {
    let fields = form(desk, request, person, &purpose("acknowledge", key))?;
    let matter = act::acknowledge(desk, key, person).await?;
    let mine = matter.record.in_hand().is_some_and(|acknowledgement| acknowledgement.by == person.as_str());
    let done = if mine { "acknowledged" } else { "held" };
    if fields.get("back") == Some("queue") {
        let filter = Filter::parse(request, &desk.campaigns, &WAITING)?;
        return Ok(see_other(&format!("{}&done={done}", filter.address())));
    }
    Ok(see_other(&format!("/comments/{key}?done={done}")))
}

/// Records a decision; what cannot be recorded is shown on the comment's page as it is now, with everything that was typed.
pub async fn decide(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let Reader { desk, request, person } = *reader;
    let fields = form(desk, request, person, &purpose(DECIDE, key))?;
    let done = match Asked::parse(&fields) {
        Ok(asked) => act::decide(desk, key, &asked, person).await,
        Err(sentence) => Err(Problem::Unusable(sentence)),
    };
    match done {
        Ok(_) => Ok(see_other(&format!("/comments/{key}?done=decided"))),
        Err(problem) => Box::pin(again(reader, key, Some((DECIDE, fields)), problem)).await,
    }
}

/// Records another day zero; what cannot be recorded is said on the comment's page.
pub async fn set_day_zero(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let Reader { desk, request, person } = *reader;
    let fields = form(desk, request, person, &purpose(DAY_ZERO, key))?;
    let done = match day_zero::Asked::parse(&fields) {
        Ok(asked) => act::set_day_zero(desk, key, &asked, person).await,
        Err(sentence) => Err(Problem::Unusable(sentence)),
    };
    match done {
        Ok(_) => Ok(see_other(&format!("/comments/{key}?done=day-zero"))),
        Err(problem) => Box::pin(again(reader, key, Some((DAY_ZERO, fields)), problem)).await,
    }
}

/// Adds why a window was missed.
pub async fn explain(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let Reader { desk, request, person } = *reader;
    let fields = form(desk, request, person, &purpose("cause", key))?;
    let done = match Explained::parse(&fields) {
        Ok(asked) => act::explain(desk, key, &asked, person).await,
        Err(sentence) => Err(Problem::Unusable(sentence)),
    };
    match done {
        Ok(_) => Ok(see_other(&format!("/comments/{key}?done=explained"))),
        Err(problem) => Box::pin(again(reader, key, None, problem)).await,
    }
}

/// Writes down for whom a record is handed out.
pub async fn hand_out(reader: &Reader<'_>, key: &CommentKey) -> Result<Response, Problem> {
    let Reader { desk, request, person } = *reader;
    let fields = form(desk, request, person, &purpose("export", key))?;
    match explain::recipient(&fields) {
        Ok(to) => {
            act::hand_out(desk, key, &to, person).await?;
            Ok(see_other(&format!("/comments/{key}/evidence?done=exported")))
        }
        Err(sentence) => {
            let problem = Problem::Unusable(sentence);
            let answer = Answer { status: problem.status(), draft: None, problem: Some(problem), notice: None };
            show_evidence(reader, act::load_unbroken(desk, key).await?, answer).await
        }
    }
}

/// The comment's page again, with what stands in the way of what was asked.
async fn again(
    reader: &Reader<'_>,
    key: &CommentKey,
    draft: Option<(&'static str, Fields)>,
    problem: Problem,
) -> Result<Response, Problem> {
    if !matches!(problem, Problem::Unusable(_) | Problem::Stale { .. }) {
        return Err(problem);
    }
    let today = act::load(reader.desk, key).await?;
    let answer = Answer { status: problem.status(), draft, problem: Some(problem), notice: None };
    Box::pin(show(reader, asof::Asked { today, then: None }, answer)).await
}

/// Decides at once that several comments of the low band are no cases. One that changed meanwhile, or is not in that band, stays.
pub async fn decide_many(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let fields = form(desk, request, person, PURPOSE_BULK)?;
    let reason = decide::reason(fields.get("reason")).map_err(Problem::Unusable)?;
    let reason = reason.ok_or_else(|| Problem::Unusable("`reason` is missing: say why none of these is a case.".to_owned()))?;
    let picks = fields.all("pick").map(pick).collect::<Option<Vec<_>>>();
    let picks = picks.ok_or_else(|| Problem::Unusable("`pick` must be a comment's key, `@` and its revision.".to_owned()))?;
    if picks.is_empty() {
        return Err(Problem::Unusable("No comment was chosen: tick those that the decision is about.".to_owned()));
    }
    let (mut closed, mut left) = (0_usize, 0_usize);
    for (key, revision) in picks {
        let asked = Asked { outcome: Outcome::NotACase, reason: Some(reason.clone()), revision, bulk: true };
        match decide_low(desk, &key, &asked, person).await {
            Ok(()) => closed += 1,
            Err(Problem::Stale { .. } | Problem::Unusable(_) | Problem::NotFound(_) | Problem::Busy) => left += 1,
            Err(problem) => return Err(problem),
        }
    }
    let filter = Filter::parse(request, &desk.campaigns, &WAITING)?;
    Ok(see_other(&format!("{}&done=decided-{closed}-{left}", filter.address())))
}

async fn decide_low(desk: &Desk, key: &CommentKey, asked: &Asked, person: &Person) -> Result<(), Problem> {
    let matter = act::load(desk, key).await?;
    if matter.record.band() != Band::Log {
        return Err(Problem::Unusable("Only comments of the low band are decided in bulk.".to_owned()));
    }
    if matter.record.waits_for_single_reading() {
        return Err(Problem::Unusable("This comment was drawn for the weekly sample, and is read by itself.".to_owned()));
    }
    // A text that came after this look makes the revision stale, whatever its band.
    act::decide(desk, key, asked, person).await.map(|_| ())
}

fn pick(text: &str) -> Option<(CommentKey, Revision)> {
    let (key, revision) = text.split_once('@')?;
    Some((CommentKey::parse(key)?, Revision(revision.parse().ok()?)))
}

/// Remembers the name that somebody chose.
pub fn take_name(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let fields = form(desk, request, person, PURPOSE_NAME)?;
    match Person::parse(fields.get("name").unwrap_or_default()) {
        Ok(chosen) => Ok(see_other("/?done=name").with_cookie(desk.sign_in.remember(&chosen))),
        Err(sentence) => Ok(layout::ask_name(desk, person, Some(&sentence))),
    }
}

/// Sends the browser on to a page, so that a reload repeats nothing.
pub fn see_other(location: &str) -> Response {
    Response::text(303, "").with_header("location", location)
}
