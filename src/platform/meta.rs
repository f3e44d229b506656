//! Meta: what its webhooks share, whichever of its platforms they carry. One signature, one handshake, one envelope.
//!
//! The envelope is split here by its `object`; what a change means is said in `facebook.rs` and `instagram.rs`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Seconds};
use super::reading::{ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use super::{Handshake, challenge, facebook, instagram};
use crate::http::Request;
use crate::model::{Parsed, Platform, Secret};

const SIGNATURE: &str = "x-hub-signature-256";

/// What stands before the digits. Older deliveries carry `sha1=` in another header beside it; that one is never read.
const SCHEME: &str = "sha256=";

/// The MAC is taken over the bytes on the wire. They are already escaped the way Meta signs them, so nothing is re-encoded.
pub(super) fn check_signature(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    let digits = signature::only_header(request, SIGNATURE)?.strip_prefix(SCHEME);
    let presented = digits.and_then(signature::mac_of_digits).ok_or(SignatureFault::Malformed(SIGNATURE))?;
    signature::any_match(secrets, &[presented], &[&request.body])
}

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

#[derive(Deserialize)]
struct Envelope<'a> {
    object: Option<String>,
    #[serde(borrow)]
    entry: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    time: Seconds,
    #[serde(borrow)]
    changes: Option<&'a RawValue>,
    changed_fields: Option<&'a RawValue>,
    messaging: Option<&'a RawValue>,
    standby: Option<&'a RawValue>,
    /// Apps with Instagram's own login get `field` and `value` here instead of a list of changes.
    field: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    field: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// Reads one change of one field.
type ReadChange = fn(&mut Reading<'_>, Source<'_>, &str, &RawValue);

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    // A delivery that cannot be split belongs to no platform of Meta's yet; Facebook stands for all of them.
    let nobody = Source::unknown(Platform::Facebook);
    match json::text(body) {
        Err(fault) => reading.spoilt(nobody, format!("the body is not JSON: {fault}")),
        Ok(text) => match json::object(text) {
            Err(fault) => reading.misshapen(nobody, "the body", fault),
            Ok(envelope) => read_envelope(&mut reading, &envelope),
        },
    }
    reading.finish()
}

fn read_envelope(reading: &mut Reading<'_>, envelope: &Envelope<'_>) {
    let (platform, read_change): (Platform, ReadChange) = match envelope.object.as_deref() {
        Some("page") => (Platform::Facebook, facebook::read_change),
        Some("instagram") => (Platform::Instagram, instagram::read_change),
        other => return reading.unknown(Source::unknown(Platform::Facebook), format!("meta object {}", json::kind(other))),
    };
    let entries = envelope.entry.as_deref().unwrap_or_default();
    if entries.is_empty() {
        let about = format!("{} delivery without entries", platform.as_str());
        reading.matter(Source::unknown(platform), about.clone(), format!("a {about} came; at least one was expected"));
    }
    for raw in entries {
        match json::object::<Entry<'_>>(raw) {
            Ok(entry) => read_entry(reading, platform, read_change, (raw, &entry)),
            Err(fault) => reading.misshapen(Source::unknown(platform), &format!("a {} entry", platform.as_str()), fault),
        }
    }
}

fn read_entry(reading: &mut Reading<'_>, platform: Platform, read_change: ReadChange, (raw, entry): (&RawValue, &Entry<'_>)) {
    let account = entry.id.get().unwrap_or(UNKNOWN_ACCOUNT);
    let source = Source { platform, account, sent_at: entry.time.0 };
    let name = platform.as_str();
    let said = reading.said();
    if let Some(list) = entry.changes {
        match json::list(list) {
            Ok(changes) => changes.into_iter().for_each(|raw| read_one(reading, source, read_change, raw)),
            Err(fault) => reading.misshapen(source, &format!("the list of changes of a {name} entry"), fault),
        }
    }
    if entry.field.is_some() {
        read_one(reading, source, read_change, raw);
    }
    if entry.changed_fields.is_some() {
        let about = format!("{name} changed_fields");
        let reason = format!("{about}: only names of fields arrive; \"Include Values\" must be on in the app's webhook");
        reading.matter(source, about, reason);
    }
    for (part, found) in [("messaging", entry.messaging), ("standby", entry.standby)] {
        if found.is_some() {
            reading.unknown(source, format!("{name} {part}"));
        }
    }
    if reading.said() == said {
        let about = format!("{name} entry without changes");
        reading.matter(source, about.clone(), format!("an {about} came; a list of changes was expected"));
    }
}

fn read_one(reading: &mut Reading<'_>, source: Source<'_>, read_change: ReadChange, raw: &RawValue) {
    let name = source.platform.as_str();
    match json::object::<Change<'_>>(raw) {
        Err(fault) => reading.misshapen(source, &format!("a {name} change"), fault),
        Ok(Change { field: Some(field), value: Some(value) }) => read_change(reading, source, &field, value),
        Ok(Change { field, value: _ }) => {
            reading.spoilt(source, format!("a {name} change of the field {} has no value", json::kind(field.as_deref())));
        }
    }
}
