//! The public page on which somebody sees how their request for deletion stands: Meta's app review demands one, under an address that
//! `platform` hands out with a confirmation code.
//!
//! `receive` calls [`page`]. Whoever has the code may look, so nothing on the page tells whose request it is: a date, a state, and
//! what the law makes the company keep. It loads nothing and runs nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};

use crate::http::Response;
use crate::model::record::State;
use crate::model::{CommentKey, Head};
use crate::platform;

/// Digits of a code: it is the digest of the delivery that brought the request.
const CODE_DIGITS: usize = 64;

/// Headers of the page: nothing may be loaded, nothing may frame it, nobody is told where a reader came from, and no copy is kept.
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-robots-tag", "noindex"),
];

/// The record that a code stands for; `None` for what is no code.
pub(super) fn record_of(code: &str) -> Option<CommentKey> {
    let digits = code.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (code.len() == CODE_DIGITS && digits).then(|| platform::deletion_request(code).comment_id().key())
}

/// The page for a request with this head; one of the same shape where there is none.
pub(super) fn page(head: Option<&Head>) -> Response {
    let status = if head.is_some() { 200 } else { 404 };
    let answer = Response::new(status, "text/html; charset=utf-8", markup(head).into_string());
    HEADERS.into_iter().fold(answer, |answer, (name, value)| answer.with_header(name, value))
}

fn markup(head: Option<&Head>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "Your request for deletion" }
            }
            body {
                main {
                    h1 { "Your request for deletion" }
                    (state(head))
                    (what_is_kept())
                }
            }
        }
    }
}

fn state(head: Option<&Head>) -> Markup {
    let Some(head) = head else {
        return html! {
            p { strong { "No request is known under this address." } }
            p {
                "Compare the address with the one that you were given. A request that was made a few minutes ago may not be shown yet; \
                 it is not lost."
            }
        };
    };
    let received = head.aware_at.timestamp();
    html! {
        p { "We received your request on " (date(received)) "." }
        @match head.state {
            State::Open | State::Acknowledged => p { strong { "It is being handled." } " A person looks at every request." },
            // A closed record is sorted by the moment at which it was closed.
            State::Closed => p { strong { "It was completed on " (date(head.sort)) "." } },
        }
        p {
            "We look for what we hold under the user id that Meta sent us with your request, and delete it, except for what the next \
             part names."
        }
    }
}

fn what_is_kept() -> Markup {
    html! {
        h2 { "What cannot be deleted, and why" }
        p {
            "Reports about the safety of a medicine cannot be deleted. Somebody who writes of a possible side effect on one of our \
             channels makes such a report. The law of the European Union obliges a company that sells a medicine to record every \
             report, to pass it on to the authorities, and to keep it for as long as the medicine is authorised and at least ten \
             years after."
        }
        p {
            "The right to erasure does not reach what is kept under a legal obligation and for reasons of public health: General Data \
             Protection Regulation, Article 17(3)(b) and (c). What we keep so is used for the safety of medicines and for nothing else."
        }
        p { "You may complain to the data protection authority of your country." }
    }
}

fn date(at: Timestamp) -> Markup {
    let day = at.to_zoned(TimeZone::UTC);
    html! { time datetime=(day.strftime("%Y-%m-%d")) { (day.strftime("%-d %B %Y")) } }
}
