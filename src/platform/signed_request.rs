//! Meta's app-review callbacks: somebody takes back what they allowed our app, or asks for the deletion of their data.
//!
//! They come as a form whose one field carries its own signature. `meta_door.rs` asks for the check, `meta.rs` for the reading, and
//! `receive` for the answer and, by [`deletion_request`], for the record that a confirmation code stands for. Which of the two a
//! callback is stands only in the address that was called, which no signature covers: people treat either as a request for deletion.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::meta_door::SIGNATURE;
use super::reading::Reading;
use super::signature::{self, MAC_BYTES, SignatureFault};
use crate::http::{Request, Response};
use crate::model::{Platform, Quarantine, QuarantineKind, Secret};

const FIELD: &str = "signed_request";
const FORM: &str = "application/x-www-form-urlencoded";
const ALGORITHM: &str = "HMAC-SHA256";

/// The account of a callback: it belongs to the app and to none of its pages.
const ACCOUNT: &str = "app";

/// The longest host name there is, and a port.
const MAX_HOST_BYTES: usize = 253 + 6;

/// The last part of the address at which somebody takes back what they allowed our app. Meta wants no more than a 200 there.
const DEAUTHORIZE: &str = "deauthorize";

/// The last part of the address at which deletion is asked for, and the part before a code where its state is shown.
const DATA_DELETION: &str = "data-deletion";

#[derive(Deserialize)]
struct Payload {
    algorithm: Option<String>,
}

/// Whether a call says of itself that it is a form, and carries no signature in a header.
pub(super) fn is_callback(request: &Request) -> bool {
    let signed_outside = request.headers.iter().any(|(name, _)| name == SIGNATURE);
    let media_type = request.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
    !signed_outside && media_type.trim().eq_ignore_ascii_case(FORM)
}

/// Checks the signature inside the form. It is made over the payload's encoded text; the payload is decoded only after it matched.
pub(super) fn check_signature(body: &[u8], secrets: &[Secret]) -> Result<(), SignatureFault> {
    let (presented, payload) = halves(body).ok_or(SignatureFault::FormField(FIELD))?;
    signature::any_match(secrets, &[presented], &[payload.as_bytes()])?;
    let decoded = URL_SAFE_NO_PAD.decode(payload).map_err(|_| SignatureFault::FormField(FIELD))?;
    let payload: Payload = serde_json::from_slice(&decoded).map_err(|_| SignatureFault::Algorithm)?;
    if payload.algorithm.as_deref() == Some(ALGORITHM) { Ok(()) } else { Err(SignatureFault::Algorithm) }
}

/// The signature, of exactly one MAC's length and without padding, and the text that it is made over.
///
/// The body must be that one field and nothing else: no signature covers what stands beside it, and a body that is a form to one
/// reader and JSON to another would carry a genuine request's signature to a forged comment.
fn halves(body: &[u8]) -> Option<([u8; MAC_BYTES], &str)> {
    let signed = std::str::from_utf8(body).ok()?.strip_prefix(FIELD)?.strip_prefix('=')?;
    let (signature, payload) = signed.split_once('.')?;
    let plain = |half: &str| !half.is_empty() && half.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !plain(signature) || !plain(payload) {
        return None;
    }
    Some((URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?, payload))
}

/// Whether a kept body is a callback's form. JSON never is.
pub(super) fn is_form(body: &[u8]) -> bool {
    halves(body).is_some()
}

/// Puts the request before a person.
pub(super) fn read(reading: &mut Reading<'_>, digest: &str) {
    reading.before_people(deletion_request(digest));
}

/// The matter that a callback becomes, by the digest of its delivery, which is the code that the person was given: under it the
/// record is found again.
pub fn deletion_request(digest: &str) -> Quarantine {
    // Who it is stays where it came: the user id is personal data, and a reason is copied to where nothing can be erased.
    let reason = "somebody took back what they allowed our Meta app, or asks that their data be deleted: whose data it is says \
                  user_id in the kept delivery's signed_request, in base64url after its full stop";
    Quarantine {
        kind: QuarantineKind::DeletionRequest,
        platform: Platform::Facebook,
        account: ACCOUNT.to_owned(),
        about: format!("data deletion {digest}"),
        reason: reason.to_owned(),
    }
}

/// Where the person can see how their request stands, and the code that names it. Nothing for other calls.
pub(super) fn reply(request: &Request, code: &str) -> Option<Response> {
    let (door, place) = parts(&request.path)?;
    if !is_callback(request) || place == Some(DEAUTHORIZE) {
        return None;
    }
    let host = request.header("host").filter(|host| is_plain_host(host))?;
    let url = format!("https://{host}/webhooks/{door}/{DATA_DELETION}/{code}");
    let answer = serde_json::json!({"url": url, "confirmation_code": code});
    Some(Response::new(200, "application/json", answer.to_string()))
}

/// The door of a webhook's path, and what follows it.
fn parts(path: &str) -> Option<(&str, Option<&str>)> {
    let rest = path.strip_prefix("/webhooks/")?;
    let (door, place) = rest.split_once('/').map_or((rest, None), |(door, place)| (door, Some(place)));
    let plain = !door.is_empty() && door.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then_some((door, place))
}

/// So that the answer cannot be made to hold another address than ours: a name, and perhaps a port.
fn is_plain_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let port = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    host.len() <= MAX_HOST_BYTES && !name.is_empty() && name.bytes().all(plain) && port
}
