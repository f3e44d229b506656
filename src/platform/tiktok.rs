//! TikTok's Business API: comments under an account's videos, and the messages that it gets.
//!
//! What happened stands in `content`, a JSON text written into a JSON string, with ids as numbers above 2^53. TikTok asks no
//! handshake, sends no edits, no permalinks and no ad ids, and for European senders of messages not even the words.

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::json::{self, Fault, Id};
use super::reading::{self, ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use crate::http::Request;
use crate::model::{Action, CommentEvent, CommentId, CommentText, Parsed, Platform, Secret};

const SIGNATURE: &str = "tiktok-signature";

/// How old a signed time may be. TikTok repeats a failed delivery for up to 72 hours and does not say whether the time is renewed
/// with each attempt: a narrower window could drop a genuine report. An hour more, because the last attempt comes when the 72 hours
/// are over, travels, and is timed by another clock. What is repeated within it is recognised by its body.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(72 + 1);

/// How far a signed time may lie ahead of ours: clocks differ by less.
const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// From here on a Unix time is in milliseconds: as seconds it would lie in the year 5138, as milliseconds it lies in 1973.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// Events that hold nobody's words: notes on our own automatic messages and on what is read, and the test button of the portal.
const NOT_COMMENTS: [&str; 5] =
    ["im_mark_read_msg", "im_referral_msg", "im_auto_message_config_update", "im_auto_message_audit_update", "tiktok.ping"];

/// How the events begin that tell what became of our own uploads.
const ON_UPLOADS: [&str; 2] = ["video.", "post.publish."];

/// Checks the signature first and the time after it, so that "expired" always means a genuine message.
pub(super) fn check_signature(request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), SignatureFault> {
    let (written_at, digits) = fields(signature::only_header(request, SIGNATURE)?).ok_or(SignatureFault::Malformed(SIGNATURE))?;
    let signed_at = signature::signed_time(written_at).ok_or(SignatureFault::Malformed(SIGNATURE))?;
    let presented = signature::mac_of_digits(digits).ok_or(SignatureFault::Malformed(SIGNATURE))?;
    signature::any_match(secrets, &[presented], &[written_at.as_bytes(), b".", &request.body])?;
    signature::judge_time(signed_at, now, MAX_AGE, MAX_AHEAD)
}

/// `t=…,s=…`: these two, once each, in this order. Headers joined by a proxy are more than that.
fn fields(header: &str) -> Option<(&str, &str)> {
    header.strip_prefix("t=")?.split_once(",s=")
}

pub(super) fn sign(secret: &Secret, body: &[u8], at: Timestamp) -> Vec<(String, String)> {
    let seconds = at.as_second().to_string();
    let mac = signature::mac(secret, &[seconds.as_bytes(), b".", body]);
    vec![(SIGNATURE.to_owned(), format!("t={seconds},s={}", hex::encode(mac)))]
}

/// Unix time in seconds or in milliseconds: the documentation has one, deliveries have the other. Anything else is no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct UnixTime(Option<Timestamp>);

impl<'de> Deserialize<'de> for UnixTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let number: Option<i64> = raw.trim_matches('"').parse().ok();
        Ok(Self(number.and_then(|number| match number {
            FIRST_MILLISECONDS.. => Timestamp::from_millisecond(number).ok(),
            _ => Timestamp::from_second(number).ok(),
        })))
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    event: Option<String>,
    #[serde(default)]
    create_time: UnixTime,
    #[serde(default)]
    user_openid: Id,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Comment {
    #[serde(default)]
    comment_id: Id,
    #[serde(default)]
    video_id: Id,
    #[serde(default)]
    parent_comment_id: Id,
    comment_type: Option<String>,
    comment_action: Option<String>,
    #[serde(default)]
    timestamp: UnixTime,
    #[serde(default)]
    unique_identifier: Id,
    text: Option<String>,
    /// The words of a comment that TikTok tells of a second time, as one that may want a message.
    comment_text: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    message_id: Id,
    #[serde(default)]
    conversation_id: Id,
    #[serde(default)]
    timestamp: UnixTime,
    #[serde(rename = "type")]
    kind: Option<String>,
    from: Option<String>,
    from_user: Option<User>,
    referenced_message_info: Option<Referenced>,
    text: Option<Text>,
    template: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    id: Id,
    role: Option<String>,
}

#[derive(Deserialize)]
struct Referenced {
    #[serde(default)]
    referenced_message_id: Id,
}

#[derive(Deserialize)]
struct Text {
    body: Option<String>,
}

/// A card of questions: what the person saw, and what the buttons say.
#[derive(Deserialize)]
struct Template {
    #[serde(default)]
    elements: Vec<Element>,
}

#[derive(Deserialize)]
struct Element {
    title: Option<String>,
    #[serde(default)]
    buttons: Vec<Button>,
}

#[derive(Deserialize)]
struct Button {
    text: Option<String>,
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let nobody = Source::unknown(Platform::TikTok);
    if let Some(envelope) = reading.whole(nobody, body) {
        read_envelope(&mut reading, &envelope);
    }
    reading.finish()
}

fn read_envelope(reading: &mut Reading<'_>, envelope: &Envelope<'_>) {
    let account = envelope.user_openid.get().unwrap_or(UNKNOWN_ACCOUNT);
    let source = Source { platform: Platform::TikTok, account, sent_at: envelope.create_time.0 };
    let name = envelope.event.as_deref().unwrap_or_default();
    let known = |kind: &str| format!("tiktok {}", json::kind(Some(kind.strip_prefix("tiktok.").unwrap_or(kind))));
    match name {
        "comment.update" => with_content(reading, source, envelope, read_comment),
        "im_receive_high_intent_comment" => with_content(reading, source, envelope, read_high_intent),
        "im_receive_msg" => with_content(reading, source, envelope, |r, s, m: Message| read_message(r, s, m, false)),
        "im_send_msg" => with_content(reading, source, envelope, |r, s, m: Message| read_message(r, s, m, true)),
        "im_receive_msg_eu" => with_content(reading, source, envelope, read_unshown),
        "brand.mention.event" => {
            // A caption or a comment under somebody else's video. Captions come along, comments do not.
            reading.spoilt(source, "a tiktok mention points at words that this version does not read".to_owned());
        }
        "authorization.removed" => reading.ended(source, "a tiktok authorization.removed came"),
        _ if NOT_COMMENTS.contains(&name) || ON_UPLOADS.iter().any(|start| name.starts_with(start)) => {
            reading.ignore(source, known(name));
        }
        _ => reading.unread(source, &format!("tiktok event {}", json::kind(envelope.event.as_deref()))),
    }
}

/// Reads `content` and hands it on.
fn with_content<T: DeserializeOwned>(
    reading: &mut Reading<'_>,
    source: Source<'_>,
    envelope: &Envelope<'_>,
    next: impl FnOnce(&mut Reading<'_>, Source<'_>, T),
) {
    let what = format!("the content of a tiktok {}", json::kind(envelope.event.as_deref()));
    if source.account == UNKNOWN_ACCOUNT {
        return reading.spoilt(source, format!("{what} belongs to no account: the body has no user_openid"));
    }
    match envelope.content.map(content) {
        None => reading.spoilt(source, format!("{what} is missing")),
        Some(Err(fault)) => reading.misshapen(source, &what, fault),
        Some(Ok(content)) => next(reading, source, content),
    }
}

/// A JSON text within a JSON string. An object in its place is taken as it is: it could mean nothing else.
fn content<T: DeserializeOwned>(raw: &RawValue) -> Result<T, Fault> {
    if !raw.get().starts_with('"') {
        return json::object(raw);
    }
    let within: String = serde_json::from_str(raw.get())?;
    json::object(json::text(&json::mend(within.as_bytes()))?)
}

fn read_comment(reading: &mut Reading<'_>, source: Source<'_>, comment: Comment) {
    let name = comment.comment_action.clone();
    let action = match name.as_deref() {
        Some("insert") => Some(Action::Created),
        Some("delete") => Some(Action::Deleted),
        // The public no longer sees it, and whoever answers for the campaign cannot count on seeing it either.
        Some("set_to_hidden" | "set_to_friends_only") => Some(Action::Hidden),
        Some("set_to_public") => Some(Action::Unhidden),
        Some(_) | None => None,
    };
    match (comment_event(source, action.unwrap_or(Action::Created), comment), action) {
        (Some(event), Some(_)) => reading.event(event),
        (Some(event), None) => reading.unknown_event(source, ("comment_action", name.as_deref()), event),
        (None, _) => reading.spoilt(source, "a tiktok comment has no comment_id".to_owned()),
    }
}

/// The same comment may come as a `comment.update` as well: the same id, and the same words.
fn read_high_intent(reading: &mut Reading<'_>, source: Source<'_>, comment: Comment) {
    let text = comment.comment_text.clone();
    match comment_event(source, Action::Created, Comment { text, ..comment }) {
        Some(event) => reading.event(event),
        None => reading.spoilt(source, "a tiktok comment has no comment_id".to_owned()),
    }
}

/// `None` for a comment without an id.
fn comment_event(source: Source<'_>, action: Action, comment: Comment) -> Option<CommentEvent> {
    let id = named(comment.comment_id)?;
    let reply = comment.comment_type.as_deref() != Some("comment");
    let author_id = comment.unique_identifier.into_inner();
    let text = reading::words(comment.text);
    Some(CommentEvent {
        parent_id: named(comment.parent_comment_id).filter(|parent| reply && *parent != id),
        post_id: named(comment.video_id),
        own_account: author_id.as_deref() == Some(source.account),
        author: reading::author(author_id, None),
        unreadable: (text.is_none() && action == Action::Created).then(|| "picture".to_owned()),
        text,
        at: comment.timestamp.0.or(source.sent_at),
        sent_at: source.sent_at,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), action)
    })
}

/// An id that names something: where there is none, TikTok writes a zero.
fn named(id: Id) -> Option<String> {
    id.into_inner().filter(|id| id != "0")
}

fn read_message(reading: &mut Reading<'_>, source: Source<'_>, message: Message, own: bool) {
    let kind = message.kind.as_deref().unwrap_or_default();
    if kind == "reaction" {
        return reading.ignore(source, "tiktok reaction".to_owned());
    }
    let Some(id) = named(message.message_id) else {
        return reading.spoilt(source, "a tiktok message has no message_id".to_owned());
    };
    let text = reading::words(message.text.and_then(|text| text.body)).or_else(|| template_words(message.template.as_deref()));
    let (author_id, role) = message.from_user.map_or((None, None), |user| (user.id.into_inner(), user.role));
    reading.event(CommentEvent {
        parent_id: message.referenced_message_info.and_then(|referenced| named(referenced.referenced_message_id)),
        post_id: named(message.conversation_id),
        own_account: own || role.as_deref() == Some("business_account"),
        author: reading::author(author_id, message.from),
        unreadable: unreadable(kind, text.as_ref()).map(str::to_owned),
        text,
        at: message.timestamp.0.or(source.sent_at),
        sent_at: source.sent_at,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Created)
    });
}

/// What a message holds beside or instead of words.
fn unreadable(kind: &str, text: Option<&CommentText>) -> Option<&'static str> {
    match kind {
        "image" => Some("photo"),
        "video" => Some("video"),
        "sticker" => Some("sticker"),
        "emoji" => Some("emoji"),
        "share_post" => Some("shared post"),
        "text" | "template" if text.is_some() => None,
        _ => Some("message of a kind that this version does not read"),
    }
}

fn template_words(template: Option<&RawValue>) -> Option<CommentText> {
    let template: Template = json::object(template?).ok()?;
    let lines = template.elements.into_iter().flat_map(|element| {
        let buttons = element.buttons.into_iter().filter_map(|button| button.text);
        element.title.into_iter().chain(buttons)
    });
    reading::words(Some(lines.collect::<Vec<_>>().join("\n")))
}

/// A message from the European Economic Area, the United Kingdom or Switzerland: TikTok says that there is one, and neither who
/// wrote it nor what. As documented it has no id either, and then every delivery is a matter of its own.
fn read_unshown(reading: &mut Reading<'_>, source: Source<'_>, message: Message) {
    let what = "message that only TikTok's own inbox shows";
    let Some(id) = named(message.message_id) else {
        return reading.spoilt(source, format!("a {what} came: somebody must look there"));
    };
    reading.event(CommentEvent {
        post_id: named(message.conversation_id),
        unreadable: Some(what.to_owned()),
        at: message.timestamp.0.or(source.sent_at),
        sent_at: source.sent_at,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Created)
    });
}
