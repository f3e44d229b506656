//! The social platforms: where each one's signature is, how it asks whether an address is ours, and how its JSON becomes
//! [`CommentEvent`](crate::model::CommentEvent)s. A platform's words stop here.
//!
//! One file a platform; the functions of this module only choose between them, exhaustively on [`Provider`], so that a new
//! provider does not compile before every question about it is answered. Pure: `receive` asks about signatures and handshakes,
//! `assess` asks for the reading of what was kept, replay and tests sign. Storing and answering are theirs.

mod facebook;
mod forum;
mod instagram;
mod json;
mod meta;
mod reading;
mod secrets;
mod signature;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use reading::{ParseContext, UNKNOWN_ACCOUNT};
pub use secrets::{DoorSecrets, signing_secret};
pub use signature::SignatureFault;

use crate::http::{Request, Response};
use crate::model::{Parsed, Provider, Secret};

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
        Provider::Meta => &[],
        Provider::Forum => forum::KEPT_HEADERS,
    }
}

/// Those of the kept headers that tell one delivery from another with the same body.
pub fn telling_headers(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::Meta => &[],
        Provider::Forum => forum::TELLING_HEADERS,
    }
}

/// Checks the signature over the raw bytes with every live secret, in constant time and strictly as the platform documents it.
pub fn check_signature(provider: Provider, request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), SignatureFault> {
    match provider {
        Provider::Meta => meta::check_signature(request, secrets),
        Provider::Forum => forum::check_signature(request, secrets, now),
    }
}

/// Answers the call by which a platform makes sure that we own the address.
pub fn handshake(provider: Provider, request: &Request, secrets: &DoorSecrets) -> Handshake {
    match provider {
        Provider::Meta => meta::handshake(request, secrets.verify_token.as_ref()),
        Provider::Forum => Handshake::NotOne,
    }
}

/// Turns the body of a verified delivery into events, and into reasons why a part of it is none.
///
/// Total: whatever the bytes are, the answer names them. `headers` are the kept ones.
pub fn parse(provider: Provider, body: &[u8], _headers: &BTreeMap<String, String>, context: &ParseContext<'_>) -> Parsed {
    match provider {
        Provider::Meta => meta::parse(body, context),
        Provider::Forum => forum::parse(body, context),
    }
}

/// Signs a body as the platform would, for replay and for tests: the headers to send along with it.
pub fn sign(provider: Provider, secret: &Secret, body: &[u8], at: Timestamp, delivery_id: &str) -> Vec<(String, String)> {
    let signature = match provider {
        Provider::Meta => meta::sign(secret, body),
        Provider::Forum => forum::sign(secret, body, at, delivery_id),
    };
    let content_type = ("content-type".to_owned(), "application/json".to_owned());
    signature.into_iter().chain([content_type]).collect()
}
