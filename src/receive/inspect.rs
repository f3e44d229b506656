//! What the line would make of one HTTP event, without storing anything: the answer of `dayzero inspect`.
//!
//! It runs the very functions that `receive` and `assess` run. The report holds a person's words, for whoever asked at a terminal;
//! nothing here logs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::verify::verify;
use crate::http::{EnvelopeFault, Request, Response, from_gateway};
use crate::model::{Action, CommentEvent, Delivery, DoorId, Parsed, Provider};
use crate::platform::{self, Doorway, Handshake, ParseContext};

/// Stands for the account where a body leaves it to the door's only channel: an inspection knows no protocol.
const INSPECTED_ACCOUNT: &str = "inspected";

/// The whole answer. Field names are an interface. No `Debug`: it holds a person's words.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InspectReport {
    pub verdict: Verdict,
    /// One sentence; how many parts went before a person, and why the first did.
    pub reason: String,
    pub response: InspectedResponse,
    pub events: Vec<InspectedEvent>,
}

/// What would become of the call: kept, turned away, or answered as a platform's test of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Accepted,
    Refused,
    Handshake,
}

/// What the caller would have been told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InspectedResponse {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// One comment event; whatever the platform left out is null.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InspectedEvent {
    pub platform: &'static str,
    pub account: String,
    pub action: &'static str,
    pub comment_id: String,
    pub parent_id: Option<String>,
    pub post_id: Option<String>,
    pub author_id: Option<String>,
    pub author_name: Option<String>,
    pub text: Option<String>,
    /// When the comment was first written, RFC 3339 in UTC.
    pub created_at: Option<Timestamp>,
    /// When what `action` says happened.
    pub happened_at: Option<Timestamp>,
    pub permalink: Option<String>,
    pub ad_id: Option<String>,
    pub own_account: bool,
    /// False where no signature covers what happened to the comment: it is shown, and nothing is erased on its word.
    pub action_signed: bool,
}

/// Takes one event of the gateway through envelope, handshake, signature and reading. An error means that it is no HTTP event at
/// all, so that there is nothing to report on; an HTTP event with an impossible body is a refusal like any other.
pub fn inspect(event: &[u8], door: Doorway<'_>, now: Timestamp) -> Result<InspectReport, EnvelopeFault> {
    let provider = door.terms.provider;
    let request = match from_gateway(event) {
        Ok(call) => call.request,
        Err(fault @ EnvelopeFault::NotHttp { .. }) => return Err(fault),
        Err(fault @ (EnvelopeFault::BadBase64 | EnvelopeFault::TooLarge { .. })) => {
            return Ok(refused(fault.status(), fault.to_string()));
        }
    };
    Ok(match platform::handshake(door, &request) {
        Handshake::Answer(answer) => report(Verdict::Handshake, "the handshake is this door's".to_owned(), &answer),
        Handshake::Refused(reason) => refused(401, reason.to_owned()),
        Handshake::NotOne if request.method != "POST" => refused(405, "a delivery comes as a POST".to_owned()),
        Handshake::NotOne => match verify(&request, &DoorId::new(provider.as_str()), door, now) {
            Ok(delivery) => accepted(&request, delivery.get()),
            Err(fault) => refused(401, fault.to_string()),
        },
    })
}

fn accepted(request: &Request, delivery: &Delivery) -> InspectReport {
    let provider = delivery.provider;
    let digest = delivery.id(platform::telling_headers(provider)).digest;
    let context = ParseContext { digest: &digest, door: delivery.door.as_str(), default_account: Some(INSPECTED_ACCOUNT) };
    let parsed = platform::parse(provider, &delivery.body, &delivery.headers, &context);
    let reply = platform::reply(provider, request, &digest);
    // Slack asks whether the address is ours in a signed call.
    let verdict = if provider == Provider::Slack && reply.is_some() { Verdict::Handshake } else { Verdict::Accepted };
    let stored = report(verdict, reason(&parsed), &reply.unwrap_or_else(|| Response::text(200, "stored")));
    // What is only shown to people, because its kind is unknown, is no event that the platform told.
    let told = parsed.events.into_iter().filter(|event| !event.of_unknown_kind);
    InspectReport { events: told.map(inspected).collect(), ..stored }
}

/// What became of the parts of a delivery that are no comments.
fn reason(parsed: &Parsed) -> String {
    let mut reason = match parsed.quarantined.as_slice() {
        [] => "the signature matches".to_owned(),
        [only] => format!("the signature matches; 1 part goes before a person: {}", only.reason),
        [first, ..] => {
            let count = parsed.quarantined.len();
            format!("the signature matches; {count} parts go before a person, the first: {}", first.reason)
        }
    };
    let shown = parsed.events.iter().filter(|event| event.of_unknown_kind).count();
    if shown > 0 {
        reason.push_str(&format!("; {shown} of a kind that this version does not know, shown to people with what it holds"));
    }
    for end in &parsed.ended {
        reason.push_str("; an alarm, and before a person: ");
        reason.push_str(&end.reason);
    }
    reason
}

/// A refusal tells its caller nothing but the status.
fn refused(status: u16, reason: String) -> InspectReport {
    report(Verdict::Refused, reason, &Response { status, headers: BTreeMap::new(), cookies: Vec::new(), body: Vec::new() })
}

fn report(verdict: Verdict, reason: String, response: &Response) -> InspectReport {
    let response = InspectedResponse {
        status: response.status,
        headers: response.headers.clone(),
        body: String::from_utf8_lossy(&response.body).into_owned(),
    };
    InspectReport { verdict, reason, response, events: Vec::new() }
}

fn inspected(event: CommentEvent) -> InspectedEvent {
    let (author_id, author_name) = event.author.map(|author| (author.id, author.name)).unwrap_or_default();
    InspectedEvent {
        platform: event.id.platform.as_str(),
        account: event.id.account,
        action: event.action.as_str(),
        comment_id: event.id.id,
        parent_id: event.parent_id,
        post_id: event.post_id,
        author_id,
        author_name,
        text: event.text.map(|text| text.expose().to_owned()),
        created_at: event.created_at.or(event.at.filter(|_| event.action == Action::Created)),
        happened_at: event.at,
        permalink: event.permalink,
        ad_id: event.ad_id,
        own_account: event.own_account,
        action_signed: !event.action_unsigned,
    }
}
