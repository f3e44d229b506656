//! Mastodon: the posts of a server of one's own, as its administrators' webhooks tell of them.
//!
//! Only posts written on the server itself come, and no deletions. A boost repeats somebody else's post and is no post of its own.
//! Content is HTML (`html.rs`).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Moment};
use super::reading::{self, ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use super::{hosts, html};
use crate::http::Request;
use crate::model::{Action, CommentEvent, CommentId, CommentText, Parsed, Platform, Secret};

/// WebSub's header. What stands in it is SHA-256 all the same, never WebSub's `sha1=`.
const SIGNATURE: &str = "x-hub-signature";
const SCHEME: &str = "sha256=";

pub(super) fn check_signature(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    signature::check_digits(request, SIGNATURE, SCHEME, secrets)
}

pub(super) fn sign(secret: &Secret, body: &[u8]) -> Vec<(String, String)> {
    vec![(SIGNATURE.to_owned(), format!("{SCHEME}{}", hex::encode(signature::mac(secret, &[body]))))]
}

#[derive(Deserialize)]
struct Envelope<'a> {
    event: Option<String>,
    #[serde(default)]
    created_at: Moment,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    in_reply_to_id: Id,
    #[serde(default)]
    created_at: Moment,
    #[serde(default)]
    edited_at: Moment,
    uri: Option<String>,
    url: Option<String>,
    content: Option<String>,
    spoiler_text: Option<String>,
    account: Option<Account>,
    #[serde(borrow)]
    reblog: Option<&'a RawValue>,
    #[serde(default)]
    media_attachments: Vec<Attachment>,
    poll: Option<Poll>,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    id: Id,
    acct: Option<String>,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Poll {
    #[serde(default)]
    options: Vec<Answer>,
}

/// One answer of a poll: words of whoever wrote the post.
#[derive(Deserialize)]
struct Answer {
    title: Option<String>,
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let account = context.default_account.unwrap_or(UNKNOWN_ACCOUNT);
    let source = Source { platform: Platform::Mastodon, account, sent_at: None };
    if let Some(envelope) = reading.whole(source, body) {
        read_envelope(&mut reading, source, &envelope);
    }
    reading.finish()
}

fn read_envelope(reading: &mut Reading<'_>, source: Source<'_>, envelope: &Envelope<'_>) {
    let source = Source { sent_at: envelope.created_at.0, ..source };
    let action = match envelope.event.as_deref() {
        Some("status.created") => Some(Action::Created),
        Some("status.updated") => Some(Action::Edited),
        Some(name @ ("account.approved" | "account.created" | "account.updated")) => {
            return reading.ignore(source, format!("mastodon {name}"));
        }
        Some("report.created" | "report.updated") => {
            let reason = "a mastodon report to the moderators holds somebody's words; this version does not read them";
            return reading.spoilt(source, reason.to_owned());
        }
        Some(_) | None => None,
    };
    let status = envelope.object.map(json::object::<Status<'_>>);
    // What has no content is no status: accounts have an id as well.
    let is_status = matches!(&status, Some(Ok(status)) if status.content.is_some());
    if action.is_none() && !is_status {
        return reading.unread(source, &format!("mastodon event {}", json::kind(envelope.event.as_deref())));
    }
    match status {
        None => reading.spoilt(source, "a mastodon event has no object".to_owned()),
        Some(Err(fault)) => reading.misshapen(source, "a mastodon status", fault),
        Some(Ok(status)) => read_status(reading, source, (action, envelope.event.as_deref()), status),
    }
}

fn read_status(
    reading: &mut Reading<'_>,
    source: Source<'_>,
    (action, name): (Option<Action>, Option<&str>),
    status: Status<'_>,
) {
    if status.reblog.is_some_and(|reblog| reblog.get() != "null") {
        return reading.ignore(source, "mastodon boost".to_owned());
    }
    let host = [&status.uri, &status.url].into_iter().find_map(|written| hosts::of_address(written.as_deref()?));
    let source = Source { account: host.as_deref().unwrap_or(source.account), ..source };
    match status.id.get().map(str::to_owned) {
        None => reading.spoilt(source, "a mastodon status has no id".to_owned()),
        Some(_) if source.account == UNKNOWN_ACCOUNT => {
            reading.spoilt(source, "a mastodon status names no server, and its door has not exactly one channel".to_owned());
        }
        Some(id) => match action {
            Some(action) => reading.event(event(source, action, id, status)),
            None => reading.unknown_event(source, ("event", name), event(source, Action::Created, id, status)),
        },
    }
}

fn event(source: Source<'_>, action: Action, id: String, status: Status<'_>) -> CommentEvent {
    let text = words(&status);
    let held = status.media_attachments.first().map(|attachment| held(attachment.kind.as_deref()));
    let (author_id, author_name) = status.account.map_or((None, None), |account| {
        let name = account.display_name.filter(|name| !name.trim().is_empty());
        (account.id.into_inner(), name.or(account.acct))
    });
    let at = match action {
        Action::Created => status.created_at.0.or(source.sent_at),
        Action::Edited | Action::Deleted | Action::Hidden | Action::Unhidden => status.edited_at.0.or(source.sent_at),
    };
    CommentEvent {
        parent_id: status.in_reply_to_id.into_inner(),
        author: reading::author(author_id, author_name),
        unreadable: held.or(text.is_none().then_some("picture")).map(str::to_owned),
        text,
        at,
        created_at: status.created_at.0,
        sent_at: source.sent_at,
        permalink: json::link(status.url).or_else(|| json::link(status.uri)),
        // A server's administrators are told of every post alike; which account is the company's, nothing says.
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), action)
    }
}

/// The warning that stands before a post, the post, and the answers of its poll. A warning is the author's own words, and at times
/// the only ones that name what happened.
fn words(status: &Status<'_>) -> Option<CommentText> {
    let warning = status.spoiler_text.clone();
    let content = status.content.as_deref().map(html::text_of);
    let answers = status.poll.iter().flat_map(|poll| &poll.options).filter_map(|answer| answer.title.clone());
    let parts = warning.into_iter().chain(content).chain(answers).filter(|part| !part.trim().is_empty());
    reading::words(Some(parts.collect::<Vec<_>>().join("\n")))
}

fn held(kind: Option<&str>) -> &'static str {
    match kind {
        Some("image") => "photo",
        Some("video" | "gifv") => "video",
        Some("audio") => "audio",
        _ => "attachment",
    }
}
