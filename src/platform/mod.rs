//! The social platforms: where each one's signature is, how it asks whether an address is ours, and how its JSON becomes
//! [`CommentEvent`](crate::model::CommentEvent)s. A platform's words stop here.
//!
//! One file a platform; the functions of this module only choose between them, exhaustively on [`Provider`], so that a new
//! provider does not compile before every question about it is answered. Pure: `receive` asks about signatures, handshakes and
//! replies, `assess` asks for the reading of what was kept, replay and tests sign. Storing and answering are theirs.

mod atom;
mod challenge;
mod discourse;
mod facebook;
mod facebook_reviews;
mod forum;
mod hosts;
mod html;
mod instagram;
mod json;
mod linkedin;
mod mastodon;
mod messenger;
mod meta;
mod meta_door;
mod reading;
mod rotation;
mod secrets;
mod signature;
mod signed_request;
mod slack;
mod telegram;
mod threads;
mod tiktok;
mod whatsapp;
mod whatsapp_content;
mod x;
mod x_account;
mod x_activity;
mod youtube;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use reading::{ParseContext, UNKNOWN_ACCOUNT};
pub use rotation::{Issued, LiveSecrets, Rotation, rotation};
pub use secrets::{DoorSecrets, signing_secret};
pub use signature::SignatureFault;
pub use signed_request::deletion_request;

use crate::http::{Request, Response};
use crate::model::{DoorTerms, Parsed, Provider, Secret};

/// Everything that decides whether a call at a door is believed.
#[derive(Clone, Copy, Debug)]
pub struct Doorway<'a> {
    pub terms: &'a DoorTerms,
    pub secrets: &'a DoorSecrets,
}

/// What a GET (or another call without events) at a door turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The platform asked in the documented way; this answer proves that the address is ours.
    Answer(Response),
    /// It looks like the platform's question and is not to be answered; the sentence holds no value of the request.
    Refused(&'static str),
    /// Not a handshake.
    NotOne,
}

/// The headers that are kept with a delivery, in lower case. Signatures are not among them.
pub fn kept_headers(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Meta | Provider::LinkedIn | Provider::YouTube | Provider::Telegram => &[],
        Provider::X | Provider::TikTok | Provider::Mastodon => &[],
        Provider::Discourse => discourse::KEPT_HEADERS,
        Provider::Slack => slack::KEPT_HEADERS,
        Provider::Forum => forum::KEPT_HEADERS,
    }
}

/// Those of the kept headers that tell one delivery from another with the same body.
pub fn telling_headers(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Meta | Provider::LinkedIn | Provider::YouTube | Provider::Telegram | Provider::Slack => &[],
        Provider::X | Provider::TikTok | Provider::Mastodon => &[],
        Provider::Discourse => discourse::TELLING_HEADERS,
        Provider::Forum => forum::TELLING_HEADERS,
    }
}

/// Checks the signature over the raw bytes with every live secret, in constant time and strictly as the platform documents it.
pub fn check_signature(door: Doorway<'_>, request: &Request, now: Timestamp) -> Result<(), SignatureFault> {
    let secrets = &door.secrets.signing;
    match door.terms.provider {
        Provider::Meta => meta_door::check_signature(request, secrets),
        Provider::X => x::check_signature(request, secrets),
        Provider::LinkedIn => linkedin::check_signature(request, secrets, door.terms.signature),
        Provider::TikTok => tiktok::check_signature(request, secrets, now),
        Provider::YouTube => youtube::check_signature(request, secrets),
        Provider::Discourse => discourse::check_signature(request, secrets),
        Provider::Telegram => telegram::check_signature(request, secrets),
        Provider::Slack => slack::check_signature(request, secrets, now),
        Provider::Mastodon => mastodon::check_signature(request, secrets),
        Provider::Forum => forum::check_signature(request, secrets, now),
    }
}

/// Answers the call by which a platform makes sure that we own the address.
pub fn handshake(door: Doorway<'_>, request: &Request) -> Handshake {
    match door.terms.provider {
        Provider::Meta => meta_door::handshake(request, door.secrets.verify_token.as_ref()),
        Provider::X => x::handshake(request, &door.secrets.signing),
        Provider::LinkedIn => linkedin::handshake(request, &door.secrets.signing),
        Provider::YouTube => youtube::handshake(request, door),
        // TikTok, Discourse, Telegram and Mastodon ask nothing; Slack asks in a signed call (`reply`).
        Provider::TikTok | Provider::Discourse | Provider::Telegram | Provider::Slack | Provider::Mastodon | Provider::Forum => {
            Handshake::NotOne
        }
    }
}

/// A question that a platform will ask again: what it is about, where a door has several, and within which time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurring {
    /// Empty where a door has one question.
    pub about: String,
    pub within: SignedDuration,
}

/// How long after this handshake the platform must have asked again, if it goes on asking: a handshake that stops coming is a
/// subscription that ends.
pub fn asks_again(provider: Provider, request: &Request) -> Option<Recurring> {
    let one = |within| Some(Recurring { about: String::new(), within });
    match provider {
        Provider::X => one(x::ASKS_AGAIN_WITHIN),
        Provider::LinkedIn => one(linkedin::ASKS_AGAIN_WITHIN),
        Provider::YouTube => youtube::lease(request),
        Provider::Meta
        | Provider::TikTok
        | Provider::Discourse
        | Provider::Telegram
        | Provider::Slack
        | Provider::Mastodon
        | Provider::Forum => None,
    }
}

/// What a call wants to be told, once it is verified and kept, where a plain 200 is not enough. `code` names the delivery to whoever
/// made it.
pub fn reply(provider: Provider, request: &Request, code: &str) -> Option<Response> {
    match provider {
        Provider::Slack => slack::reply(&request.body),
        Provider::Meta => signed_request::reply(request, code),
        Provider::X
        | Provider::LinkedIn
        | Provider::TikTok
        | Provider::YouTube
        | Provider::Discourse
        | Provider::Telegram
        | Provider::Mastodon
        | Provider::Forum => None,
    }
}

/// Turns the body of a verified delivery into events, and into reasons why a part of it is none.
///
/// Total: whatever the bytes are, the answer names them. `headers` are the kept ones.
pub fn parse(provider: Provider, body: &[u8], headers: &BTreeMap<String, String>, context: &ParseContext<'_>) -> Parsed {
    let feed = body;
    let body = &*json::mend(body);
    match provider {
        Provider::Meta => meta::parse(body, context),
        Provider::X => x::parse(body, context),
        Provider::LinkedIn => linkedin::parse(body, context),
        Provider::TikTok => tiktok::parse(body, context),
        Provider::YouTube => youtube::parse(feed, context),
        Provider::Discourse => discourse::parse(body, headers, context),
        Provider::Telegram => telegram::parse(body, context),
        Provider::Slack => slack::parse(body, context),
        Provider::Mastodon => mastodon::parse(body, context),
        Provider::Forum => forum::parse(body, context),
    }
}

/// Signs a body as the platform would, in the documented form, for replay and for tests: the headers to send along with it.
pub fn sign(provider: Provider, secret: &Secret, body: &[u8], at: Timestamp, delivery_id: &str) -> Vec<(String, String)> {
    match provider {
        Provider::Meta => meta_door::sign(secret, body),
        Provider::X => x::sign(secret, body),
        Provider::LinkedIn => linkedin::sign(secret, body),
        Provider::TikTok => tiktok::sign(secret, body, at),
        Provider::YouTube => youtube::sign(secret, body),
        Provider::Discourse => discourse::sign(secret, body),
        Provider::Telegram => telegram::sign(secret),
        Provider::Slack => slack::sign(secret, body, at),
        Provider::Mastodon => mastodon::sign(secret, body),
        Provider::Forum => forum::sign(secret, body, at, delivery_id),
    }
}
