//! Events of AWS. Asserted: reading one never panics; an accepted body is, byte for byte, what a plain decoder makes of the same
//! JSON; and no challenge is answered that could pass for a signed body. Every provider is asked for a handshake, and the answer is
//! written in the shape of its caller.

use std::sync::LazyLock;

use dayzero::http::{MAX_BODY_BYTES, Request, from_gateway, to_gateway};
use dayzero::model::{DoorTerms, Provider};
use dayzero::platform::{Doorway, Handshake, asks_again, handshake};
use serde_json::Value;

use crate::seeds;

/// More than any handshake's answer: the longest challenges have a few hundred characters.
const MAX_ANSWER_BYTES: usize = 4_096;

/// Query parameters whose values are echoed or signed.
const CHALLENGES: [&str; 3] = ["crc_token", "challengeCode", "hub.challenge"];

static DOORS: LazyLock<Vec<(DoorTerms, dayzero::platform::DoorSecrets)>> =
    LazyLock::new(|| Provider::ALL.map(|provider| (seeds::terms(provider), seeds::development_secrets(provider))).into());

pub fn run(data: &[u8]) {
    let Ok(call) = from_gateway(data) else { return };
    assert!(call.request.body.len() <= MAX_BODY_BYTES);
    assert!(call.request.headers.iter().all(|(name, _)| !name.bytes().any(|b| b.is_ascii_uppercase())));
    if let Ok(event) = serde_json::from_slice::<Value>(data) {
        let plain = plain_body(&event).expect("an event with such a body is refused");
        assert!(plain == call.request.body, "the body is not what the caller sent");
    }
    for (terms, secrets) in DOORS.iter() {
        let door = Doorway { terms, secrets };
        if let Handshake::Answer(answer) = handshake(door, &call.request) {
            assert!(answer.status == 200 && answer.body.len() <= MAX_ANSWER_BYTES);
            assert_harmless(&call.request);
            to_gateway(call.envelope, &answer).to_string();
        }
        asks_again(terms.provider, &call.request);
    }
}

/// A challenge that holds a brace, a quotation mark, a blank or a control character could be a body, and its answer a signature.
fn assert_harmless(request: &Request) {
    for (name, value) in &request.query {
        if CHALLENGES.contains(&name.as_str()) {
            let body_like = |c: char| c == '{' || c == '"' || c == '<' || c.is_whitespace() || c.is_control();
            assert!(!value.contains(body_like), "a challenge that could be a body was answered");
        }
    }
}

/// The body of an event, decoded by nothing that the program uses. `None` for base64 that is none.
fn plain_body(event: &Value) -> Option<Vec<u8>> {
    let text = event["body"].as_str().unwrap_or_default();
    if event["isBase64Encoded"] != Value::Bool(true) {
        return Some(text.as_bytes().to_vec());
    }
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        (bits, held) = ((bits << 6 | u32::from(six)) & 0xffff, held + 6);
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}
