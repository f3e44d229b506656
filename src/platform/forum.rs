//! An own forum: Standard Webhooks around a body whose shape is ours.
//!
//! The message id is equal over retries and the time is renewed with each, so a time far from now is a replay and is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Moment};
use super::reading::{self, ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, MAC_BYTES, SignatureFault};
use crate::http::Request;
use crate::model::{Action, CommentEvent, CommentId, Parsed, Platform, Secret};

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

pub(super) const KEPT_HEADERS: &[&str] = &[ID, TIMESTAMP];

/// The id alone: the time changes with every attempt, and a repeated delivery must be recognised.
pub(super) const TELLING_HEADERS: &[&str] = &[ID];

/// The symmetric scheme. `v1a` and whatever comes later stand beside it and are passed over.
const VERSION: &str = "v1";

/// How far the signed time may lie from ours, both ways: five minutes, as the specification's libraries have it.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The longest message id, in bytes. Documented ones are about thirty.
const MAX_ID_BYTES: usize = 256;

/// Checks the signature first and the time after it, so that "expired" always means a genuine message.
pub(super) fn check_signature(request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), SignatureFault> {
    let id = signature::only_header(request, ID)?;
    let written_at = signature::only_header(request, TIMESTAMP)?;
    let signatures = signature::only_header(request, SIGNATURE)?;
    // A full stop in the id could pass for the one that ends it, and move the border to the time.
    if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(|b| b.is_ascii_graphic() && b != b'.') {
        return Err(SignatureFault::Malformed(ID));
    }
    let signed_at = signature::signed_time(written_at).ok_or(SignatureFault::Malformed(TIMESTAMP))?;
    let presented = read_signatures(signatures)?;
    let parts = [id.as_bytes(), b".", written_at.as_bytes(), b".", &request.body];
    signature::any_match(secrets, &presented, &parts)?;
    signature::judge_time(signed_at, now, TOLERANCE, TOLERANCE)
}

/// The signatures of our version, of full length. A list holds several while the sender changes its secret; one match suffices.
fn read_signatures(list: &str) -> Result<Vec<[u8; MAC_BYTES]>, SignatureFault> {
    let ours: Vec<&str> = list
        .split(' ')
        .filter_map(|one| one.split_once(','))
        .filter(|(version, _)| *version == VERSION)
        .map(|(_, mac)| mac)
        .collect();
    if ours.is_empty() {
        return Err(SignatureFault::UnknownVersion(SIGNATURE));
    }
    // A comma within a signature is where a gateway joined a header that came twice; one blank stands between two, and nowhere else.
    if ours.iter().any(|mac| mac.contains(',')) || list.split(' ').any(str::is_empty) {
        return Err(SignatureFault::Malformed(SIGNATURE));
    }
    let whole: Vec<_> = ours.iter().filter_map(|mac| signature::mac_of_base64(mac)).collect();
    if whole.is_empty() { Err(SignatureFault::Malformed(SIGNATURE)) } else { Ok(whole) }
}

pub(super) fn sign(secret: &Secret, body: &[u8], at: Timestamp, delivery_id: &str) -> Vec<(String, String)> {
    let seconds = at.as_second().to_string();
    let mac = signature::mac(secret, &[delivery_id.as_bytes(), b".", seconds.as_bytes(), b".", body]);
    vec![
        (ID.to_owned(), delivery_id.to_owned()),
        (TIMESTAMP.to_owned(), seconds),
        (SIGNATURE.to_owned(), format!("{VERSION},{}", STANDARD.encode(mac))),
    ]
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    timestamp: Moment,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Comment {
    #[serde(default)]
    comment_id: Id,
    #[serde(default)]
    post_id: Id,
    #[serde(default)]
    parent_id: Id,
    author: Option<From>,
    text: Option<String>,
    #[serde(default)]
    created_at: Moment,
    permalink: Option<String>,
    post_text: Option<String>,
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    id: Id,
    name: Option<String>,
}

/// Read by itself, so that a comment that cannot be read still says where it belongs.
#[derive(Deserialize)]
struct Place {
    #[serde(default)]
    account: Id,
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let account = context.default_account.unwrap_or(UNKNOWN_ACCOUNT);
    let source = Source { platform: Platform::Forum, account, sent_at: None };
    if let Some(message) = reading.whole(source, body) {
        read_message(&mut reading, source, &message);
    }
    reading.finish()
}

fn read_message(reading: &mut Reading<'_>, source: Source<'_>, message: &Message<'_>) {
    let named = message.data.and_then(|data| json::object::<Place>(data).ok()).and_then(|place| place.account.into_inner());
    let source = Source { account: named.as_deref().unwrap_or(source.account), sent_at: message.timestamp.0, ..source };
    let action = match message.kind.as_deref() {
        Some("comment.created") => Some(Action::Created),
        Some("comment.edited") => Some(Action::Edited),
        Some("comment.deleted") => Some(Action::Deleted),
        Some("comment.hidden") => Some(Action::Hidden),
        Some("comment.unhidden") => Some(Action::Unhidden),
        Some(_) | None => None,
    };
    let Some(data) = message.data else {
        return reading.spoilt(source, "a forum message has no data".to_owned());
    };
    let name = message.kind.as_deref();
    match json::object::<Comment>(data) {
        Err(_) if action.is_none() => reading.unread(source, &format!("forum type {}", json::kind(name))),
        Err(fault) => reading.misshapen(source, "the data of a forum message", fault),
        Ok(_) if source.account == UNKNOWN_ACCOUNT => {
            reading.spoilt(source, "a forum comment names no account, and its door has not exactly one channel".to_owned());
        }
        Ok(comment) => match comment.comment_id.get().map(str::to_owned) {
            None if action.is_none() => reading.unread(source, &format!("forum type {}", json::kind(name))),
            None => reading.spoilt(source, "a forum comment has no comment_id".to_owned()),
            Some(id) => match action {
                Some(action) => reading.event(event(source, action, id, comment)),
                None => reading.unknown_event(source, ("type", name), event(source, Action::Created, id, comment)),
            },
        },
    }
}

fn event(source: Source<'_>, action: Action, id: String, comment: Comment) -> CommentEvent {
    let (author_id, author_name) = match comment.author {
        Some(author) => (author.id.into_inner(), author.name),
        None => (None, None),
    };
    // `created_at` is the comment's, `timestamp` the event's: they differ for everything but the first writing.
    let at = match action {
        Action::Created => comment.created_at.0.or(source.sent_at),
        Action::Edited | Action::Deleted | Action::Hidden | Action::Unhidden => source.sent_at,
    };
    let text = reading::words(comment.text);
    let wordless = match action {
        Action::Created | Action::Edited => text.is_none(),
        Action::Deleted | Action::Hidden | Action::Unhidden => false,
    };
    let post_id = comment.post_id.into_inner();
    CommentEvent {
        parent_id: comment.parent_id.into_inner().filter(|parent| Some(parent) != post_id.as_ref()),
        post_id,
        author: reading::author(author_id, author_name),
        text,
        post_text: reading::words(comment.post_text),
        at,
        created_at: comment.created_at.0,
        permalink: json::link(comment.permalink),
        sent_at: source.sent_at,
        unreadable: wordless.then(|| "picture".to_owned()),
        // The forum's body says who wrote, and has no word for "the holder of the forum itself": the protocol names these.
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), action)
    }
}
