//! What goes wrong for somebody who asks, in one sentence each, as a page for people or as JSON for programs. No sentence repeats a
//! person's words.

use crate::error::one_line;
use crate::http::{Request, Response};
use crate::model::Revision;
use crate::store::StoreError;

use super::pages;
use super::route::Route;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("{0}")]
    NotFound(&'static str),
    #[error("This address answers {allow} only.")]
    Method { allow: &'static str },
    #[error("Dayzero answers on this machine only, under 127.0.0.1, localhost or [::1].")]
    Misdirected,
    #[error("{0}")]
    Forbidden(&'static str),
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
            Problem::Misdirected => 421,
            Problem::Forbidden(_) => 403,
            Problem::MediaType { .. } => 415,
            Problem::TooLarge { .. } => 413,
            Problem::Stale { .. } => 409,
            Problem::Unusable(_) => 422,
            Problem::Broken(_) => 500,
            Problem::Busy | Problem::Unnoted(_) | Problem::Store(_) => 503,
        }
    }

    /// A few words for the head of a page.
    pub fn title(&self) -> &'static str {
        match self {
            Problem::NotFound(_) => "Not found",
            Problem::Method { .. } => "Not possible here",
            Problem::Misdirected => "Wrong address",
            Problem::Forbidden(_) => "Refused",
            Problem::MediaType { .. } | Problem::TooLarge { .. } | Problem::Unusable(_) => "Not understood",
            Problem::Stale { .. } => "Changed meanwhile",
            Problem::Broken(_) => "Broken",
            Problem::Busy | Problem::Unnoted(_) | Problem::Store(_) => "Try again",
        }
    }

    /// The answer to whoever asked: JSON under `/api`, a page elsewhere.
    pub fn answer(&self, request: &Request) -> Response {
        match self {
            Problem::Store(error) => tracing::warn!(%error, "review: the store does not answer"),
            Problem::Unnoted(error) => tracing::warn!(%error, "review: a read could not be noted, and was refused"),
            Problem::Broken(error) => tracing::error!(error = one_line(error), "review: a chain does not verify"),
            _ => {}
        }
        let response = if Route::is_api(request) {
            let body = serde_json::json!({ "error": self.to_string() });
            Response::new(self.status(), "application/json", body.to_string())
        } else {
            pages::problem(self)
        };
        match self {
            Problem::Method { allow } => response.with_header("allow", *allow),
            Problem::Busy | Problem::Unnoted(_) | Problem::Store(_) => response.with_header("retry-after", RETRY_AFTER),
            _ => response,
        }
    }
}
