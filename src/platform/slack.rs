//! Slack: what people write in the channels that our app was invited to.
//!
//! One event a delivery. The signed time is renewed with every attempt, so a time far from now is a replay and is refused. The
//! address is asked for in a signed call of its own, which [`reply`] answers. What a message says is read in `slack/message.rs`.

mod message;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Seconds};
use super::reading::{ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use crate::http::{Request, Response};
use crate::model::{Parsed, Platform, Secret};

const SIGNATURE: &str = "x-slack-signature";
const TIMESTAMP: &str = "x-slack-request-timestamp";

/// What stands before the digits of the header, and before the time in what is signed.
const VERSION: &str = "v0";

/// Retries differ from the first attempt in their headers alone; the body tells which delivery it is, so that none is kept.
pub(super) const KEPT_HEADERS: &[&str] = &[];

/// How far the signed time may lie from ours, both ways: five minutes, as Slack's documentation has it.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The longest challenge that is echoed, in characters: seen with 52.
const MAX_CHALLENGE_CHARS: usize = 256;

/// Checks the signature first and the time after it, so that "expired" always means a genuine message.
pub(super) fn check_signature(request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), SignatureFault> {
    let written_at = signature::only_header(request, TIMESTAMP)?;
    let digits = signature::only_header(request, SIGNATURE)?.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('='));
    let signed_at = signature::signed_time(written_at).ok_or(SignatureFault::Malformed(TIMESTAMP))?;
    let presented = digits.and_then(signature::mac_of_digits).ok_or(SignatureFault::Malformed(SIGNATURE))?;
    signature::any_match(secrets, &[presented], &signed_parts(written_at, &request.body))?;
    signature::judge_time(signed_at, now, TOLERANCE, TOLERANCE)
}

fn signed_parts<'a>(written_at: &'a str, body: &'a [u8]) -> [&'a [u8]; 5] {
    [VERSION.as_bytes(), b":", written_at.as_bytes(), b":", body]
}

pub(super) fn sign(secret: &Secret, body: &[u8], at: Timestamp) -> Vec<(String, String)> {
    let seconds = at.as_second().to_string();
    let mac = hex::encode(signature::mac(secret, &signed_parts(&seconds, body)));
    vec![(TIMESTAMP.to_owned(), seconds), (SIGNATURE.to_owned(), format!("{VERSION}={mac}"))]
}

#[derive(Deserialize)]
struct Call {
    #[serde(rename = "type")]
    kind: Option<String>,
    challenge: Option<String>,
}

/// Answers the question whether the address is ours. It comes in a signed call, so that only Slack can have a challenge echoed.
pub(super) fn reply(body: &[u8]) -> Option<Response> {
    let call: Call = json::object(json::text(body).ok()?).ok()?;
    if call.kind.as_deref() != Some("url_verification") {
        return None;
    }
    let plain = |challenge: &String| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        (1..=MAX_CHALLENGE_CHARS).contains(&challenge.len()) && challenge.bytes().all(plain)
    };
    let answer = Response::text(200, call.challenge.filter(plain)?).with_header("x-content-type-options", "nosniff");
    Some(answer.with_header("cache-control", "no-store"))
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    api_app_id: Id,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(default)]
    event_time: Seconds,
    #[serde(borrow)]
    authorizations: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Authorization {
    #[serde(default)]
    user_id: Id,
    #[serde(default)]
    is_bot: bool,
}

/// What a delivery says of our own app, by which its messages and its leaving are told from others'.
struct OwnApp {
    id: Id,
    bot_users: Vec<Id>,
}

impl OwnApp {
    fn of(envelope: &Envelope<'_>) -> Self {
        let listed = envelope.authorizations.and_then(|list| json::list(list).ok()).unwrap_or_default();
        let read = listed.into_iter().filter_map(|raw| json::object::<Authorization>(raw).ok());
        Self { id: envelope.api_app_id.clone(), bot_users: read.filter(|one| one.is_bot).map(|one| one.user_id).collect() }
    }

    /// Whether a user is the bot of our app.
    fn is_bot_user(&self, user: &Id) -> bool {
        user.get().is_some() && self.bot_users.contains(user)
    }

    /// Whether an app is ours.
    fn is_app(&self, app: &Id) -> bool {
        app.get().is_some() && *app == self.id
    }
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    // What concerns the whole workspace concerns the door's channel, if there is just one.
    let nobody = Source { account: context.default_account.unwrap_or(UNKNOWN_ACCOUNT), ..Source::unknown(Platform::Slack) };
    if let Some(envelope) = reading.whole(nobody, body) {
        read_envelope(&mut reading, nobody, &envelope);
    }
    reading.finish()
}

fn read_envelope(reading: &mut Reading<'_>, nobody: Source<'_>, envelope: &Envelope<'_>) {
    match (envelope.kind.as_deref(), envelope.event) {
        (Some("url_verification"), _) => reading.ignore(Source::unknown(Platform::Slack), "slack url_verification".to_owned()),
        (Some("app_rate_limited"), _) => {
            reading.spoilt(
                nobody,
                "slack held back events of a whole minute: too many came; see the channels themselves".to_owned(),
            );
        }
        (Some("event_callback"), Some(event)) => {
            read_event(reading, Source { sent_at: envelope.event_time.0, ..nobody }, &OwnApp::of(envelope), event);
        }
        (Some("event_callback"), None) => reading.spoilt(nobody, "a slack event_callback has no event".to_owned()),
        (other, _) => reading.unread(nobody, &format!("slack type {}", json::kind(other))),
    }
}

/// What every event says of itself, whatever else it holds.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    subtype: Option<String>,
    /// Its id, or for some events an object that describes it.
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
    #[serde(default)]
    old_channel_id: Id,
    #[serde(borrow)]
    user: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    id: Id,
}

/// An id that is written as such, or inside the object that it names.
fn id_of(raw: Option<&RawValue>) -> Id {
    let described = |raw| json::object::<Described>(raw).ok().map(|described| described.id);
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok().or_else(|| described(raw))).unwrap_or_default()
}

fn read_event(reading: &mut Reading<'_>, nobody: Source<'_>, own: &OwnApp, raw: &RawValue) {
    let event = match json::object::<Event<'_>>(raw) {
        Ok(event) => event,
        Err(fault) => return reading.misshapen(nobody, "a slack event", fault),
    };
    let channel = id_of(event.channel);
    let source = Source { account: channel.get().unwrap_or(nobody.account), ..nobody };
    match event.kind.as_deref() {
        Some("message" | "app_mention") if channel.get().is_none() => {
            reading.spoilt(nobody, "a slack message names no channel".to_owned());
        }
        Some("message") => message::read(reading, source, own, (event.subtype.as_deref(), raw)),
        // The words of a message that is told of as such, too; both have one id.
        Some("app_mention") => message::read(reading, source, own, (None, raw)),
        Some("app_uninstalled") => reading.ended(nobody, "the slack app was removed from the workspace"),
        Some("tokens_revoked") => reading.ended(nobody, "the slack app's tokens were revoked"),
        Some("member_left_channel") if own.is_bot_user(&id_of(event.user)) => {
            reading.ended(source, "the slack app is no longer in the channel");
        }
        Some("channel_left" | "group_left") => reading.ended(source, "the slack app is no longer in the channel"),
        Some("channel_archive" | "group_archive") => reading.ended(source, "the slack channel was archived"),
        Some("channel_deleted" | "group_deleted") => reading.ended(source, "the slack channel was deleted"),
        Some("channel_id_changed") => {
            let account = event.old_channel_id.get().unwrap_or(nobody.account);
            reading.ended(Source { account, ..nobody }, "the slack channel has another id");
        }
        Some(kind) if NOT_COMMENTS.contains(&kind) => reading.ignore(source, format!("slack {kind}")),
        other => reading.unread(source, &format!("slack event {}", json::kind(other))),
    }
}

/// Events that hold nobody's words on our channels.
const NOT_COMMENTS: [&str; 52] = [
    "app_home_opened",
    "app_installed",
    "app_requested",
    "bot_added",
    "bot_changed",
    "channel_created",
    "channel_joined",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "channel_unshared",
    "dnd_updated",
    "dnd_updated_user",
    "email_domain_changed",
    "emoji_changed",
    "file_change",
    "file_created",
    "file_deleted",
    "file_public",
    "file_shared",
    "file_unshared",
    "group_close",
    "group_joined",
    "group_open",
    "group_rename",
    "group_unarchive",
    "im_close",
    "im_created",
    "im_open",
    "invite_requested",
    "link_shared",
    "member_joined_channel",
    "member_left_channel",
    "pin_added",
    "pin_removed",
    "reaction_added",
    "reaction_removed",
    "scope_denied",
    "scope_granted",
    "star_added",
    "star_removed",
    "subteam_created",
    "subteam_members_changed",
    "subteam_self_added",
    "subteam_self_removed",
    "subteam_updated",
    "team_domain_change",
    "team_join",
    "team_rename",
    "user_change",
    "user_profile_changed",
    "user_status_changed",
];
