//! What goes wrong for somebody who asks, in one sentence each, as a page for people or as JSON for programs. No sentence repeats a
//! person's words.

use crate::error::one_line;
use crate::http::{Request, Response};
use crate::model::Revision;
use crate::store::StoreError;

use super::pages;
use super::route::Route;
use super::sign_in::Person;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("{0}")]
    NotFound(&'static str),
    #[error("This address answers {allow} only.")]
    Method { allow: &'static str },
    #[error("Dayzero answers on this machine only, under 127.0.0.1, localhost or [::1].")]
    Misdirected,
    #[error("Dayzero answers under the name of its console only.")]
    MisdirectedName,
    #[error("{0}")]
    Forbidden(&'static str),
    /// Nobody is signed in: a visitor of a page is sent to this address first.
    #[error("You are not signed in, or your session has ended; nothing was recorded.")]
    SignInFirst { at: String },
    /// What needs a proof that is a few minutes old at most.
    #[error(
        "This needs you to have signed in within the last five minutes, and nothing was recorded: sign in again and repeat it."
    )]
    SignInAgain { at: String },
    #[error("The provider knows you, and gives you no role at this console: ask whoever keeps its groups for one.")]
    NoRole,
    /// A role that may not; it is noted.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The way back from the provider does not fit.
    #[error("{0}")]
    SignInRefused(&'static str),
    #[error(
        "Nobody can sign in for now, because the provider does not answer as it should. Whoever is signed in goes on; try again in a moment."
    )]
    ProviderAway,
    #[error("The body must be sent as {expected}.")]
    MediaType { expected: &'static str },
    #[error("The body is larger than this address takes ({limit} bytes).")]
    TooLarge { limit: usize },
    /// Somebody or something changed what the person had read.
    #[error("This comment changed since you opened it (revision {opened}, now {now}). Read it again and decide.")]
    Stale { opened: Revision, now: Revision },
    #[error("{0}")]
    Unusable(String),
    #[error("Others are changing this comment at this moment. Nothing was recorded; try again.")]
    Busy,
    /// Whoever reads patients' data leaves a note of it, or does not read.
    #[error("That you read this could not be noted, so it is not shown. Nothing is lost; try again in a moment.")]
    Unnoted(#[source] StoreError),
    #[error("The record's chain does not verify: it is not what was written. An operator must look (`dayzero audit verify`).")]
    Broken(#[source] StoreError),
    #[error("The store does not answer. Nothing is lost; try again in a moment.")]
    Store(#[from] StoreError),
}

/// How long a caller should wait before asking again, in seconds: a throttled table usually has room again by then.
const RETRY_AFTER: &str = "2";

impl Problem {
    /// The HTTP status that tells a program what kind of problem it has.
    pub fn status(&self) -> u16 {
        match self {
            Problem::NotFound(_) => 404,
            Problem::Method { .. } => 405,
            Problem::Misdirected | Problem::MisdirectedName => 421,
            Problem::SignInFirst { .. } => 401,
            Problem::Forbidden(_) | Problem::NotAllowed(_) | Problem::NoRole | Problem::SignInAgain { .. } => 403,
            Problem::SignInRefused(_) => 400,
            Problem::MediaType { .. } => 415,
            Problem::TooLarge { .. } => 413,
            Problem::Stale { .. } => 409,
            Problem::Unusable(_) => 422,
            Problem::Broken(_) => 500,
            Problem::Busy | Problem::Unnoted(_) | Problem::Store(_) | Problem::ProviderAway => 503,
        }
    }

    /// A few words for the head of a page.
    pub fn title(&self) -> &'static str {
        match self {
            Problem::NotFound(_) => "Not found",
            Problem::Method { .. } => "Not possible here",
            Problem::Misdirected | Problem::MisdirectedName => "Wrong address",
            Problem::Forbidden(_) | Problem::NotAllowed(_) | Problem::NoRole => "Refused",
            Problem::SignInFirst { .. } => "Sign in first",
            Problem::SignInAgain { .. } => "Sign in again",
            Problem::SignInRefused(_) => "Not signed in",
            Problem::MediaType { .. } | Problem::TooLarge { .. } | Problem::Unusable(_) => "Not understood",
            Problem::Stale { .. } => "Changed meanwhile",
            Problem::Broken(_) => "Broken",
            Problem::Busy | Problem::Unnoted(_) | Problem::Store(_) | Problem::ProviderAway => "Try again",
        }
    }

    /// Where to go from the page that says it.
    pub fn way_on(&self) -> (&str, &'static str) {
        match self {
            Problem::SignInFirst { at } => (at.as_str(), "Sign in"),
            Problem::SignInAgain { at } => (at.as_str(), "Sign in again"),
            Problem::NoRole => ("/sign-in?other=1", "Sign in as somebody else"),
            Problem::SignInRefused(_) | Problem::ProviderAway => ("/sign-in", "Sign in"),
            _ => ("/", "To the queue"),
        }
    }

    /// The answer to whoever asked: JSON under `/api`, a page elsewhere; and for a visitor who is not signed in, the way to do so.
    pub fn answer(&self, request: &Request, person: Option<&Person>) -> Response {
        match self {
            Problem::Store(error) => tracing::warn!(%error, "review: the store does not answer"),
            Problem::Unnoted(error) => tracing::warn!(%error, "review: a read could not be noted, and was refused"),
            Problem::Broken(error) => tracing::error!(error = one_line(error), "review: a chain does not verify"),
            _ => {}
        }
        let visits = matches!(request.method.as_str(), "GET" | "HEAD") && !Route::is_api(request);
        if let Problem::SignInFirst { at } = self
            && visits
        {
            return pages::see_other(at);
        }
        let response = if Route::is_api(request) {
            let body = serde_json::json!({ "error": self.to_string() });
            Response::new(self.status(), "application/json", body.to_string())
        } else {
            pages::problem(self, person)
        };
        match self {
            Problem::Method { allow } => response.with_header("allow", *allow),
            Problem::Busy | Problem::Unnoted(_) | Problem::Store(_) | Problem::ProviderAway => {
                response.with_header("retry-after", RETRY_AFTER)
            }
            _ => response,
        }
    }
}
