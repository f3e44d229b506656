//! What the handshakes of Meta and of WebSub hubs share: parameters that must stand once, and a challenge that is sent back.
//!
//! Which call is a handshake, and whether it may be answered, is said by `meta_door.rs` and `youtube.rs`.

use super::Handshake;
use crate::http::{Request, Response};

/// The longest challenge that is echoed, in characters: Meta's has ten digits, a hub's about twenty.
const MAX_CHALLENGE_CHARS: usize = 128;

/// Whether a call has the form of such a handshake, right or wrong.
pub(super) fn is_asked(request: &Request) -> bool {
    request.method == "GET" && request.query.iter().any(|(name, _)| name.starts_with("hub."))
}

/// The value of a parameter that stands exactly once.
pub(super) fn once<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut values = request.query.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    values.next().filter(|_| values.next().is_none())
}

/// Sends the challenge back, unless something else could be reflected with it.
pub(super) fn echo(challenge: &str) -> Handshake {
    if !is_plain(challenge) {
        return Handshake::Refused("the handshake's hub.challenge is not of letters, digits and _.- or too long");
    }
    let answer = Response::text(200, challenge).with_header("x-content-type-options", "nosniff");
    Handshake::Answer(answer.with_header("cache-control", "no-store"))
}

/// So that nothing else can be reflected: no markup, no line breaks, no JSON.
fn is_plain(challenge: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (1..=MAX_CHALLENGE_CHARS).contains(&challenge.len()) && challenge.bytes().all(plain)
}
