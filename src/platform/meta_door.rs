//! Meta's door: the signature that all its webhooks carry, and the handshake by which it asks whether an address is ours.
//!
//! `meta.rs` reads what came through; a callback of the app review carries its signature inside and is checked in
//! `signed_request.rs`.

use super::signature::{self, SignatureFault};
use super::{Handshake, challenge, signed_request};
use crate::http::Request;
use crate::model::Secret;

pub(super) const SIGNATURE: &str = "x-hub-signature-256";

/// What stands before the digits. Older deliveries carry `sha1=` in another header beside it; that one is never read.
const SCHEME: &str = "sha256=";

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
    if !challenge::is_asked(request) {
        return Handshake::NotOne;
    }
    let once = |name| challenge::once(request, name);
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
    challenge::echo(challenge)
}
