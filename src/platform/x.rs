//! X: the signature, the challenge, and the choice between its two APIs; with them what both APIs share, people and texts.
//!
//! What a delivery means is said in `x_account.rs` (Account Activity API) and `x_activity.rs` (X Activity API, its successor). Both
//! number posts alike, so that one post is one comment, whichever tells of it and through whichever account.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id};
use super::reading::{self, ParseContext, Reading, Source};
use super::signature::{self, SignatureFault};
use super::{Handshake, x_account, x_activity};
use crate::http::{Request, Response};
use crate::model::{CommentText, Parsed, Platform, Secret};

const SIGNATURE: &str = "x-twitter-webhooks-signature";

/// What stands before the base64, in the header and in the answer to a challenge.
const SCHEME: &str = "sha256=";

const TOKEN: &str = "crc_token";

/// After twenty-eight hours without a good answer X declares a webhook invalid and sends nothing more. Its pages name shorter
/// times between two challenges, and disagree about them.
pub(super) const ASKS_AGAIN_WITHIN: SignedDuration = SignedDuration::from_hours(28);

/// The longest token that is signed, in bytes: five times the 48 that X sends. It bounds what a stranger can have signed.
const MAX_TOKEN_BYTES: usize = 256;

/// Attachments of which the links are looked for in a text. A post has at most four, a message one.
const MAX_LINKS: usize = 16;

/// The longest handle that an address is built with, in bytes: X allows fifteen, and older accounts have a few more.
const MAX_HANDLE_BYTES: usize = 32;

/// Checks the MAC over the raw body, which must not be one that the challenge route would have signed.
pub(super) fn check_signature(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    let encoded = signature::only_header(request, SIGNATURE)?.strip_prefix(SCHEME);
    let presented = encoded.and_then(signature::mac_of_base64).ok_or(SignatureFault::Malformed(SIGNATURE))?;
    if is_token(&request.body) {
        return Err(SignatureFault::SignedForAnybody);
    }
    signature::any_match(secrets, &[presented], &[&request.body])
}

pub(super) fn sign(secret: &Secret, body: &[u8]) -> Vec<(String, String)> {
    vec![(SIGNATURE.to_owned(), signed(secret, body))]
}

/// X signs bodies and has challenges signed in one and the same way.
fn signed(secret: &Secret, message: &[u8]) -> String {
    format!("{SCHEME}{}", STANDARD.encode(signature::mac(secret, &[message])))
}

/// A GET with one `crc_token`, which X wants to see signed. Whoever asks gets a signature, so it is given for nothing that could
/// be a delivery: a body is an object of JSON and begins with a brace or a blank, and a token holds neither.
pub(super) fn handshake(request: &Request, secrets: &[Secret]) -> Handshake {
    let mut tokens = request.query.iter().filter(|(name, _)| name == TOKEN).map(|(_, token)| token.as_bytes());
    let (true, Some(token)) = (request.method == "GET", tokens.next()) else {
        return Handshake::NotOne;
    };
    if tokens.next().is_some() {
        return Handshake::Refused("the challenge has more than one crc_token");
    }
    if !is_token(token) {
        return Handshake::Refused("the challenge's crc_token is not of letters, digits and -_=+/. or too long");
    }
    // X tries one secret, the app's present one: the first of the list.
    let Some(secret) = secrets.first() else {
        return Handshake::Refused("the door has no secret, so that no challenge can be answered");
    };
    let answer = serde_json::json!({"response_token": signed(secret, token)}).to_string();
    let answer = Response::new(200, "application/json", answer).with_header("x-content-type-options", "nosniff");
    Handshake::Answer(answer.with_header("cache-control", "no-store"))
}

/// The alphabets of base64, and full stops. Without braces, quotation marks and blanks no object of JSON can be written.
fn is_token(message: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_=+/.".contains(b);
    (1..=MAX_TOKEN_BYTES).contains(&message.len()) && message.iter().all(plain)
}

/// The key under which the X Activity API puts its one event. The Account Activity API has no such key.
const ACTIVITY: &str = "data";

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let nobody = Source::unknown(Platform::X);
    match json::text(body) {
        Err(fault) => reading.spoilt(nobody, format!("the body is not JSON: {fault}")),
        Ok(text) => match json::members(text) {
            Err(fault) => reading.misshapen(nobody, "the body", fault),
            Ok(members) => read_members(&mut reading, &members),
        },
    }
    reading.finish()
}

fn read_members(reading: &mut Reading<'_>, members: &[(String, &RawValue)]) {
    match members.iter().find(|(name, _)| name == ACTIVITY) {
        Some((_, event)) => x_activity::read(reading, event),
        None => x_account::read(reading, members),
    }
}

/// Somebody's id and names. The two APIs call the handle by two names, and one sometimes wraps the whole in `data`.
#[derive(Default, Deserialize)]
pub(super) struct Person<'a> {
    #[serde(default)]
    id_str: Id,
    /// Unread until it is needed: beside `id_str` it may be a rounded number.
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    name: Option<String>,
    screen_name: Option<String>,
    username: Option<String>,
    data: Option<&'a RawValue>,
}

impl Person<'_> {
    pub fn id(&self) -> Option<String> {
        either_id(&self.id_str, self.id)
    }

    pub fn handle(&self) -> Option<&str> {
        self.screen_name.as_deref().or(self.username.as_deref())
    }

    pub fn name(&self) -> Option<String> {
        self.name.as_deref().filter(|name| !name.is_empty()).or(self.handle()).map(str::to_owned)
    }
}

/// The people named beside events, by their ids: a list of them, or a map from ids.
pub(super) fn people(raw: Option<&RawValue>) -> BTreeMap<String, Person<'_>> {
    let Some(raw) = raw else { return BTreeMap::new() };
    let listed = json::list(raw).unwrap_or_default().into_iter().map(|raw| (None, raw));
    let mapped = json::members(raw).unwrap_or_default().into_iter().map(|(id, raw)| (Some(id), raw));
    let found = listed.chain(mapped).filter_map(|(id, raw)| {
        let person = person(raw)?;
        Some((id.or_else(|| person.id())?, person))
    });
    found.collect()
}

/// One person, wrapped or not.
pub(super) fn person(raw: &RawValue) -> Option<Person<'_>> {
    let outer = json::object::<Person<'_>>(raw).ok()?;
    Some(outer.data.and_then(|data| json::object(data).ok()).unwrap_or(outer))
}

/// An id by its exact spelling, or by the number beside it where there is no other.
pub(super) fn either_id(spelled: &Id, number: Option<&RawValue>) -> Option<String> {
    let number = || number.and_then(|raw| serde_json::from_str::<Id>(raw.get()).ok()).and_then(Id::into_inner);
    spelled.get().map(str::to_owned).or_else(number)
}

/// A text as it was typed: X writes three characters as entities, and no others.
pub(super) fn typed(text: String) -> String {
    // The ampersand comes last, so that a typed "&lt;" stays what it was.
    if text.contains('&') { text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") } else { text }
}

/// The words of a post or a message: none if all of it is the links that X appends for what is attached.
pub(super) fn words<'a>(text: Option<String>, links: impl Iterator<Item = &'a str>) -> Option<CommentText> {
    let text = text?;
    let links = links.take(MAX_LINKS);
    let rest = links.fold(text.clone(), |rest, link| if link.is_empty() { rest } else { rest.replace(link, "") });
    if rest.trim().is_empty() { None } else { reading::words(Some(typed(text))) }
}

/// What people are told that is attached.
pub(super) fn attachment(kind: Option<&str>) -> String {
    let name = match kind {
        Some("photo") => "photo",
        Some("video") => "video",
        Some("animated_gif") => "animation",
        Some("poll") => "poll",
        Some("location") => "location",
        _ => "attachment",
    };
    name.to_owned()
}

/// The address of a post. X writes the second form itself, where it names nobody.
pub(super) fn permalink(handle: Option<&str>, id: &str) -> Option<String> {
    let plain = |handle: &&str| {
        handle.len() <= MAX_HANDLE_BYTES && !handle.is_empty() && handle.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let numbered = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let link = match handle.filter(plain) {
        Some(handle) => format!("https://x.com/{handle}/status/{id}"),
        None => format!("https://x.com/i/web/status/{id}"),
    };
    json::link(numbered.then_some(link))
}
