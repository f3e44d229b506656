//! What all signature schemes share: the ways a signature can be wrong, the MAC, and reading a header that must stand once.
//!
//! The schemes themselves are with their platforms; nothing here knows one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

use crate::http::Request;
use crate::model::Secret;

/// Length of an HMAC-SHA256 in bytes.
pub(super) const MAC_BYTES: usize = 32;

/// Why a request is not believed. It names headers and never holds a value, so that it may be logged and counted; whoever sent
/// the request learns none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureFault {
    #[error("the header {0} is missing")]
    MissingHeader(&'static str),
    #[error("the header {0} came more than once")]
    RepeatedHeader(&'static str),
    #[error("the header {0} is not of the documented form")]
    Malformed(&'static str),
    #[error("the header {0} holds no signature of a version known here")]
    UnknownVersion(&'static str),
    #[error("no live secret makes this signature")]
    NoMatch,
    #[error("the signature is right, but its time is too long ago")]
    Expired,
    #[error("the signature is right, but its time lies too far ahead")]
    Early,
    #[error("the door has no secret to check with")]
    NoSecret,
    #[error("the signature matches in another form than the door's: see the key `signature` of the door")]
    OtherForm,
}

impl SignatureFault {
    /// One short word, the same for every fault of a kind: a metric's dimension.
    pub fn word(self) -> &'static str {
        match self {
            SignatureFault::MissingHeader(_) => "missing_header",
            SignatureFault::RepeatedHeader(_) => "repeated_header",
            SignatureFault::Malformed(_) => "malformed",
            SignatureFault::UnknownVersion(_) => "unknown_version",
            SignatureFault::NoMatch => "no_match",
            SignatureFault::Expired => "expired",
            SignatureFault::Early => "early",
            SignatureFault::NoSecret => "no_secret",
            SignatureFault::OtherForm => "other_form",
        }
    }
}

/// The value of a header that must stand exactly once.
pub(super) fn only_header<'a>(request: &'a Request, name: &'static str) -> Result<&'a str, SignatureFault> {
    match request.header(name) {
        Some(value) => Ok(value),
        None if request.headers.iter().any(|(known, _)| known == name) => Err(SignatureFault::RepeatedHeader(name)),
        None => Err(SignatureFault::MissingHeader(name)),
    }
}

/// Whether a token that the platform sends along, in place of a signature, is one of the live ones. Every secret is compared, in
/// constant time.
pub(super) fn shared_token(secrets: &[Secret], presented: &str) -> Result<(), SignatureFault> {
    if secrets.is_empty() {
        return Err(SignatureFault::NoSecret);
    }
    // No short cut: the time must not tell which of two live secrets matched.
    let matched = secrets.iter().filter(|secret| secret.matches(presented.as_bytes())).count();
    if matched > 0 { Ok(()) } else { Err(SignatureFault::NoMatch) }
}

/// HMAC-SHA256 over the parts, one after the other.
pub(super) fn mac(secret: &Secret, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Reads exactly as many lower-case digits as `N` bytes have: a laxer reading would let one signature be written in many ways.
pub(super) fn mac_of_digits<const N: usize>(digits: &str) -> Option<[u8; N]> {
    if digits.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut mac = [0; N];
    hex::decode_to_slice(digits, &mut mac).ok()?;
    Some(mac)
}

/// Reads base64 of exactly one MAC, with its padding and without loose bits at its end.
pub(super) fn mac_of_base64(encoded: &str) -> Option<[u8; MAC_BYTES]> {
    STANDARD.decode(encoded).ok()?.try_into().ok()
}

/// Whether one of the presented MACs is what one of the secrets makes. Every pair is compared to its end, in constant time.
pub(super) fn any_match(secrets: &[Secret], presented: &[[u8; MAC_BYTES]], parts: &[&[u8]]) -> Result<(), SignatureFault> {
    if secrets.is_empty() {
        return Err(SignatureFault::NoSecret);
    }
    let mut matched = Choice::from(0);
    for secret in secrets {
        let expected = mac(secret, parts);
        for candidate in presented {
            matched |= expected.ct_eq(candidate);
        }
    }
    if bool::from(matched) { Ok(()) } else { Err(SignatureFault::NoMatch) }
}
