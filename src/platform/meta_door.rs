//! Meta's door: the signature that all its webhooks carry, and the handshake by which it asks whether an address is ours.
//!
//! `meta.rs` reads what came through; a callback of the app review carries its signature inside and is checked in
//! `signed_request.rs`.

use super::Handshake;
use super::signature::{self, SignatureFault};
use super::signed_request;
use crate::http::{Request, Response};
use crate::model::Secret;

pub(super) const SIGNATURE: &str = "x-hub-signature-256";

/// What stands before the digits. Older deliveries carry `sha1=` in another header beside it; that one is never read.
const SCHEME: &str = "sha256=";

/// The longest challenge that is echoed, in characters: documented as an integer, seen with ten digits.
const MAX_CHALLENGE_CHARS: usize = 128;

/// The MAC is taken over the bytes on the wire. They are already escaped the way Meta signs them, so nothing is re-encoded.
pub(super) fn check_signature(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    if signed_request::is_callback(request) {
        return signed_request::check_signature(&request.body, secrets);
    }
    let digits = signature::only_header(request, SIGNATURE)?.strip_prefix(SCHEME);
    let presented = digits.and_then(signature::mac_of_digits).ok_or(SignatureFault::Malformed(SIGNATURE))?;
    signature::any_match(secrets, &[presented], &[&request.body])
}

/// The signature as Meta would send it.
pub(super) fn sign(secret: &Secret, body: &[u8]) -> Vec<(String, String)> {
    vec![(SIGNATURE.to_owned(), format!("{SCHEME}{}", hex::encode(signature::mac(secret, &[body]))))]
}

/// A GET with `hub.mode=subscribe`, our own token, and a challenge to send back.
pub(super) fn handshake(request: &Request, verify_token: Option<&Secret>) -> Handshake {
    if request.method != "GET" || !request.query.iter().any(|(name, _)| name.starts_with("hub.")) {
        return Handshake::NotOne;
    }
    let once = |name: &str| {
        let mut values = request.query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    };
    let (Some(mode), Some(token), Some(challenge)) = (once("hub.mode"), once("hub.verify_token"), once("hub.challenge")) else {
        return Handshake::Refused("the handshake has not exactly one hub.mode, hub.verify_token and hub.challenge");
    };
    if mode != "subscribe" {
        return Handshake::Refused("the handshake's hub.mode is not subscribe");
    }
    let Some(expected) = verify_token else {
        return Handshake::Refused("the door has no verify_token, so that no handshake can be answered");
    };
    if !expected.matches(token.as_bytes()) {
        return Handshake::Refused("the handshake's hub.verify_token is not this door's");
    }
    if !is_plain_challenge(challenge) {
        return Handshake::Refused("the handshake's hub.challenge is not of letters, digits and _.- or too long");
    }
    let answer = Response::text(200, challenge).with_header("x-content-type-options", "nosniff");
    Handshake::Answer(answer.with_header("cache-control", "no-store"))
}

/// So that nothing else can be reflected: no markup, no line breaks, no JSON.
fn is_plain_challenge(challenge: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (1..=MAX_CHALLENGE_CHARS).contains(&challenge.len()) && challenge.bytes().all(plain)
}
