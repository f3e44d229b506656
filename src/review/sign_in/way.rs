//! The way in and out: to the provider, back from it, and the end of a session. Each function answers one route.
//!
//! A sign-in under way is a row that is taken up once, under the digest of a token that only the browser that began it holds; so an answer
//! of the provider is good in one browser, once, and for ten minutes. What is refused is said in one sentence, and logged without values.

use std::time::Duration;

use jiff::tz::TimeZone;
use subtle::ConstantTimeEq;

use super::cookies::{Cookie, is_token};
use super::oidc::{Fault, Proven, random};
use super::{AtProvider, Person, SignIn, digest};
use crate::http::{Request, Response};
use crate::model::chain::New;
use crate::model::session::{Again, Entered, Entrance, SIGNING_IN, Session, SigningIn};
use crate::model::{Access, Actor, Noted};
use crate::review::Desk;
use crate::review::fields::Fields;
use crate::review::guard;
use crate::review::pages;
use crate::review::problem::Problem;
use crate::review::route::Route;
use crate::review::seen::address;

/// Purpose of the token in the form that signs out.
pub const PURPOSE: &str = "sign-out";

/// How long the provider may take altogether to turn a code into a person: well below what the function may take.
const PROVING: Duration = Duration::from_secs(7);
/// How long signing out waits to learn where the provider ends its own session.
const GOODBYE: Duration = Duration::from_secs(2);
/// Bytes of a code at most: those of Entra ID have some 1,500.
const LONGEST_CODE: usize = 4096;
/// Bytes of an address to go to at most.
const LONGEST_TO: usize = 1024;

const NOT_BEGUN: &str = "This sign-in was not begun in this browser, was used already, or took longer than ten minutes.";
const NOT_HERE: Problem = Problem::NotFound("There is no sign-in on this machine: everybody here chooses a name.");

/// The provider, where there is one.
fn at_provider(desk: &Desk) -> Result<&AtProvider, Problem> {
    match &desk.sign_in {
        SignIn::Provider(at) => Ok(at),
        SignIn::Local { .. } => Err(NOT_HERE),
    }
}

/// Where an unknown visitor of a page is sent first.
pub fn begin_at(desk: &Desk, request: &Request) -> String {
    let asked = address(request);
    // An act has nothing to see at its own address: its form stood on the page above it.
    let mut above = std::iter::successors(Some(asked.as_str()), |path| path.rsplit_once('/').map(|(above, _)| above));
    let page = above.find(|path| is_own(desk, path)).unwrap_or("/");
    format!("/sign-in?to={}", crate::review::percent::encode(page))
}

/// Sends the browser to the provider; with `again` to prove once more who they are, with `other` to sign in as somebody else than the
/// provider remembers.
pub async fn begin(desk: &Desk, request: &Request) -> Result<Response, Problem> {
    let at = at_provider(desk)?;
    let to = request.query("to").unwrap_or("/");
    let to = if is_own(desk, to) {
        to
    } else {
        tracing::warn!("review: a sign-in was to lead elsewhere, and leads to the queue");
        "/"
    };
    let again = match request.query("again") {
        Some(_) => super::person(desk, request).await?,
        None => None,
    };
    let again = again.as_ref().and_then(Person::session);
    let again = again.map(|own| Again { subject: own.session.subject.clone(), session: own.digest.clone() });
    let token = random().map_err(fault)?;
    let (begun, address) = at.oidc.begin(to.to_owned(), again, request.query("other").is_some()).await.map_err(fault)?;
    desk.store.begin_signing_in(&digest(&token), &begun).await?;
    Ok(pages::see_other(&address).with_cookie(at.cookies.set(Cookie::SigningIn(&begun.state), &token)))
}

/// Whether a path leads to a page of ours that is worth going to after signing in.
fn is_own(desk: &Desk, to: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/?&=%-._~:+()@,".contains(&b);
    if to.len() > LONGEST_TO || !to.bytes().all(plain) || !to.starts_with('/') || to.starts_with("//") {
        return false;
    }
    let path = to.split('?').next().unwrap_or_default().to_owned();
    let request = Request { method: "GET".into(), path, query: Vec::new(), headers: Vec::new(), body: Vec::new() };
    let extra = desk.more_pages.iter().any(|(_, page)| *page == request.path);
    let ours = match Route::of(&request) {
        Ok(Route::SignIn | Route::SignInCallback | Route::SignedOut) => false,
        Ok(_) => !Route::is_api(&request) || request.path.ends_with(".csv"),
        Err(_) => false,
    };
    extra || ours
}

/// The provider sends the browser back. Answers with a page that leads on by itself: a cookie that no other site can make a browser send is
/// not sent on a redirect that began at the provider's.
pub async fn callback(desk: &Desk, request: &Request) -> Result<Response, Problem> {
    let at = at_provider(desk)?;
    let state = request.query("state").filter(|state| is_token(state));
    let answer = match state {
        Some(state) => arrive(desk, at, request, state).await,
        None => Err(refused("no state of ours", NOT_BEGUN)),
    };
    let response = answer.unwrap_or_else(|problem| problem.answer(request, None));
    Ok(match state {
        Some(state) => response.with_cookie(at.cookies.clear(Cookie::SigningIn(state))),
        None => response,
    })
}

async fn arrive(desk: &Desk, at: &AtProvider, request: &Request, state: &str) -> Result<Response, Problem> {
    let begun = begun(desk, at, request, state).await?;
    if request.query("error").is_some() {
        return Err(refused(
            "an error of the provider",
            "The provider did not sign you in: it was cancelled there, or you may not.",
        ));
    }
    if request.query("iss").is_some_and(|issuer| issuer != at.oidc.issuer()) {
        return Err(refused("the answer of another provider", NOT_BEGUN));
    }
    let code = request.query("code").filter(|code| !code.is_empty() && code.len() <= LONGEST_CODE);
    let code = code.ok_or_else(|| refused("no code", "The provider's answer holds no code that could be used."))?;
    let late = |_| fault(Fault::Away("the provider took too long to prove somebody".to_owned()));
    let proven = tokio::time::timeout(PROVING, at.oidc.finish(&begun, code.to_owned())).await.map_err(late)?.map_err(fault)?;
    if begun.again.as_ref().is_some_and(|again| again.subject != proven.subject) {
        let (subject, roles, address) = (proven.subject, proven.roles, Some("GET /sign-in/callback".to_owned()));
        note(desk, &proven.name, Entrance { what: Entered::Refused, subject, roles, address }).await?;
        return Err(refused("another person", "You proved to be somebody else than the person who is signed in here."));
    }
    admit(desk, at, &begun, proven).await
}

/// The sign-in that an answer belongs to, taken up so that no other answer can.
async fn begun(desk: &Desk, at: &AtProvider, request: &Request, state: &str) -> Result<SigningIn, Problem> {
    let token = at.cookies.token(Cookie::SigningIn(state), request);
    let token = token.ok_or_else(|| refused("no cookie of a sign-in", NOT_BEGUN))?;
    let now = desk.clock.now();
    let begun = desk.store.take_signing_in(&digest(&token), now).await?;
    let begun = begun.ok_or_else(|| refused("a sign-in that is unknown or used", NOT_BEGUN))?;
    if now.duration_since(begun.begun_at).abs() >= SIGNING_IN {
        return Err(refused("a sign-in that took too long", NOT_BEGUN));
    }
    if !bool::from(begun.state.as_bytes().ct_eq(state.as_bytes())) {
        return Err(refused("another state", NOT_BEGUN));
    }
    Ok(begun)
}

/// Gives a session to whoever has a role, and notes it; the session in which they proved themselves anew ends.
async fn admit(desk: &Desk, at: &AtProvider, begun: &SigningIn, proven: Proven) -> Result<Response, Problem> {
    let Proven { subject, name, roles, proved_at } = proven;
    let entrance = |what| Entrance { what, subject: subject.clone(), roles: roles.clone(), address: None };
    if roles.is_empty() {
        // Whoever proved anew that they have no role any more has no use for the one of before.
        if let Some(again) = &begun.again {
            desk.store.end_session(&again.session, desk.clock.now()).await?;
        }
        note(desk, &name, entrance(Entered::RefusedWithoutRole)).await?;
        return Err(Problem::NoRole);
    }
    let what = if begun.again.is_some() { Entered::SignedInAgain } else { Entered::SignedIn };
    note(desk, &name, entrance(what)).await?;
    let token = random().map_err(fault)?;
    let session = Session { subject: subject.clone(), name, roles, proved_at, started_at: desk.clock.now() };
    desk.store.keep_session(&digest(&token), &session).await?;
    if let Some(again) = &begun.again {
        desk.store.end_session(&again.session, desk.clock.now()).await?;
    }
    Ok(pages::go_on(&begun.to).with_cookie(at.cookies.set(Cookie::Session, &token)))
}

/// Ends the session, here and then at the provider.
pub async fn sign_out(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let at = at_provider(desk)?;
    let own = person.session().ok_or(NOT_HERE)?;
    let fields = Fields::form(&request.body)?;
    desk.csrf.check(person, PURPOSE, fields.get(pages::TOKEN))?;
    desk.store.end_session(&own.digest, desk.clock.now()).await?;
    let (subject, roles) = (own.session.subject.clone(), own.session.roles.clone());
    let entrance = Entrance { what: Entered::SignedOut, subject, roles, address: None };
    note(desk, person.as_str(), entrance).await?;
    // A page and no redirect: a form may not lead to another site.
    let goodbye = tokio::time::timeout(GOODBYE, at.oidc.goodbye()).await.ok().flatten();
    let page = pages::good_bye(goodbye.as_deref().unwrap_or("/sign-out"));
    Ok(page.with_cookie(at.cookies.clear(Cookie::Session)))
}

/// The page after a session has ended, which does not end one.
pub async fn signed_out(desk: &Desk, request: &Request) -> Result<Response, Problem> {
    at_provider(desk)?;
    Ok(pages::signed_out(super::person(desk, request).await?.as_ref()))
}

/// Notes that somebody was refused what they asked for; only then may they be told.
pub async fn note_refusal(desk: &Desk, request: &Request, person: &Person) -> Result<(), Problem> {
    let Some(own) = person.session() else { return Ok(()) };
    let (subject, roles) = (own.session.subject.clone(), own.session.roles.clone());
    let address = Some(format!("{} {}", request.method, address(request)));
    note(desk, person.as_str(), Entrance { what: Entered::Refused, subject, roles, address }).await
}

async fn note(desk: &Desk, name: &str, entrance: Entrance) -> Result<(), Problem> {
    let at = desk.clock.now();
    let journal = Access::journal(at.to_zoned(TimeZone::UTC).date());
    let new = New { at, by: Actor::Person(name.to_owned()), what: Noted::Entrance(entrance), words: None };
    desk.store.note(&journal, new).await.map(drop).map_err(Problem::Unnoted)
}

fn refused(what: &'static str, sentence: &'static str) -> Problem {
    tracing::warn!(what, "review: a sign-in was refused");
    Problem::SignInRefused(sentence)
}

fn fault(fault: Fault) -> Problem {
    match fault {
        Fault::Away(why) => {
            tracing::warn!(why, "review: nobody can sign in");
            Problem::ProviderAway
        }
        Fault::Refused(what) => refused(what, "The provider's answer proves nothing that Dayzero can rely on."),
    }
}

/// The token of the form in the head of every page; `None` in local mode, where nobody signs out.
pub fn token(person: &Person) -> Option<String> {
    person.session().map(|own| guard::token_under(&own.form_key, person, PURPOSE))
}
