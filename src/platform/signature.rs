//! What all signature schemes share: the ways a signature can be wrong, the MAC, and reading a header that must stand once.
//!
//! The schemes themselves are with their platforms; nothing here knows one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha1::Sha1;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

use crate::http::Request;
use crate::model::Secret;

/// Length of an HMAC-SHA256 in bytes.
pub(super) const MAC_BYTES: usize = 32;

/// Length of an HMAC-SHA1 in bytes.
pub(super) const SHA1_MAC_BYTES: usize = 20;

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
    #[error("the form has not exactly one field {0} of the documented form")]
    FormField(&'static str),
    #[error("the signature is right, but the payload does not name its algorithm as documented")]
    Algorithm,
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
    #[error("the body is one that the challenge route signs for anybody, so that its signature proves nothing")]
    SignedForAnybody,
}

impl SignatureFault {
    /// One short word, the same for every fault of a kind: a metric's dimension.
    pub fn word(self) -> &'static str {
        match self {
            SignatureFault::MissingHeader(_) => "missing_header",
            SignatureFault::RepeatedHeader(_) => "repeated_header",
            SignatureFault::Malformed(_) | SignatureFault::FormField(_) => "malformed",
            SignatureFault::UnknownVersion(_) | SignatureFault::Algorithm => "unknown_version",
            SignatureFault::NoMatch => "no_match",
            SignatureFault::Expired => "expired",
            SignatureFault::Early => "early",
            SignatureFault::NoSecret => "no_secret",
            SignatureFault::OtherForm => "other_form",
            SignatureFault::SignedForAnybody => "signed_for_anybody",
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

/// Digits of a time in seconds: ten today, eleven from the year 2286.
const MAX_TIMESTAMP_DIGITS: usize = 11;

/// A signed time: digits alone, so that no separator within it can move the border to what is signed beside it.
pub(super) fn signed_time(written: &str) -> Option<Timestamp> {
    let digits = (1..=MAX_TIMESTAMP_DIGITS).contains(&written.len()) && written.bytes().all(|b| b.is_ascii_digit());
    let seconds = written.parse().ok().filter(|_| digits)?;
    Timestamp::from_second(seconds).ok()
}

/// Judges the time of a signature that has matched: at most `back` ago, and at most `ahead` of our clock.
pub(super) fn judge_time(
    signed_at: Timestamp,
    now: Timestamp,
    back: SignedDuration,
    ahead: SignedDuration,
) -> Result<(), SignatureFault> {
    let age = now.duration_since(signed_at);
    if age > back {
        Err(SignatureFault::Expired)
    } else if age < -ahead {
        Err(SignatureFault::Early)
    } else {
        Ok(())
    }
}

/// HMAC-SHA256 over the parts, one after the other.
pub(super) fn mac(secret: &Secret, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA1, for hubs that know nothing better. What breaks SHA-1 are collisions, and they do not break its HMAC.
pub(super) fn mac_sha1(secret: &Secret, message: &[u8]) -> [u8; SHA1_MAC_BYTES] {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.expose()).expect("HMAC takes a key of any length");
    mac.update(message);
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

/// Whether one of the presented MACs is what one of the secrets makes of the parts.
pub(super) fn any_match(secrets: &[Secret], presented: &[[u8; MAC_BYTES]], parts: &[&[u8]]) -> Result<(), SignatureFault> {
    any_of(secrets, presented, |secret| mac(secret, parts))
}

/// Whether one of the presented MACs is what one of the secrets makes. Every pair is compared to its end, in constant time.
pub(super) fn any_of<const N: usize>(
    secrets: &[Secret],
    presented: &[[u8; N]],
    make: impl Fn(&Secret) -> [u8; N],
) -> Result<(), SignatureFault> {
    if secrets.is_empty() {
        return Err(SignatureFault::NoSecret);
    }
    let mut matched = Choice::from(0);
    for secret in secrets {
        let expected = make(secret);
        for candidate in presented {
            matched |= expected.ct_eq(candidate);
        }
    }
    if bool::from(matched) { Ok(()) } else { Err(SignatureFault::NoMatch) }
}

/// The scheme that several platforms share: one header, a prefix, and the digits of the MAC over the raw body.
pub(super) fn check_digits(
    request: &Request,
    header: &'static str,
    prefix: &str,
    secrets: &[Secret],
) -> Result<(), SignatureFault> {
    let presented = only_header(request, header)?.strip_prefix(prefix).and_then(mac_of_digits);
    any_match(secrets, &[presented.ok_or(SignatureFault::Malformed(header))?], &[&request.body])
}
