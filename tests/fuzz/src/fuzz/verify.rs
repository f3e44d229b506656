//! Calls of a provider: lines of headers, an empty line, a body. Asserted: a call that was not signed with a live secret is never
//! believed; the same body signed as the platform signs it is, unless anybody can have such a body signed; and it no longer is when
//! the fuzzer has flipped one bit of it, or of what signs it. The last four bytes of the input choose the bit.

use std::sync::LazyLock;

use dayzero::http::Request;
use dayzero::model::Provider;
use dayzero::platform::{DoorSecrets, Doorway, check_signature, sign};
use jiff::Timestamp;

use crate::seeds;

/// Bytes at the end of an input that choose the bit.
const CHOICE_BYTES: usize = 4;

/// When every call is judged: the day of the samples.
pub const NOW: &str = "2026-03-02T09:12:04Z";

/// Two live secrets of each provider that stand in no seed, or the fuzzer would find the tokens that are sent as they are.
static SECRETS: LazyLock<Vec<(Provider, DoorSecrets)>> = LazyLock::new(|| {
    let of = |provider| {
        let written = match provider {
            Provider::Forum => {
                let keys = ["S2V5IHRoYXQgc3RhbmRzIGluIG5vIHNlZWQgMQ==", "S2V5IHRoYXQgc3RhbmRzIGluIG5vIHNlZWQgMg=="];
                format!(r#"{{"secrets": ["whsec_{}", "whsec_{}"]}}"#, keys[0], keys[1])
            }
            _ => r#"{"secrets": ["1b7e0c54d9-stands-in-no-seed", "9f3a6d02e8-stands-in-no-seed"]}"#.to_owned(),
        };
        (provider, DoorSecrets::parse(provider, &written).expect("the secrets have the form of their provider's"))
    };
    Provider::ALL.map(of).into()
});

/// Whether the provider's signature is over the body. Telegram sends a token and signs nothing.
fn covers_body(provider: Provider) -> bool {
    provider != Provider::Telegram
}

/// Whether whoever asks can have the body signed by a door of this provider: those that sign challenges sign plain words, and may
/// refuse them as bodies. No delivery is of plain words.
fn may_be_challenge(provider: Provider, body: &[u8]) -> bool {
    matches!(provider, Provider::X | Provider::LinkedIn) && body.iter().all(|b| b.is_ascii_graphic() && !b"{}\"<>".contains(b))
}

pub fn run(provider: Provider, data: &[u8]) {
    let now: Timestamp = NOW.parse().expect("a moment in RFC 3339, written above");
    let (_, secrets) = SECRETS.iter().find(|(known, _)| *known == provider).expect("every provider has secrets");
    let terms = seeds::terms(provider);
    let door = Doorway { terms: &terms, secrets };
    let mut request = call(provider, data);
    assert!(check_signature(door, &request, now).is_err(), "a call that nobody signed was believed");

    if may_be_challenge(provider, &request.body) {
        return;
    }
    for secret in &secrets.signing {
        request.headers = sign(provider, secret, &request.body, now, "msg_1");
        assert_eq!(check_signature(door, &request, now), Ok(()), "a signed call was not believed");
    }
    if flip(&mut request, covers_body(provider), choice(data)) {
        assert!(check_signature(door, &request, now).is_err(), "a call with a flipped bit was believed");
    }
}

/// The call that an input stands for.
fn call(provider: Provider, data: &[u8]) -> Request {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((data, &[][..]), |end| (&data[..end], &data[end + 2..]));
    let headers = String::from_utf8_lossy(head)
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let path = format!("/webhooks/{}", provider.as_str());
    Request { method: "POST".to_owned(), path, query: Vec::new(), headers, body: body.to_vec() }
}

fn choice(data: &[u8]) -> usize {
    let last = data.iter().rev().take(CHOICE_BYTES);
    last.fold(0, |chosen, byte| chosen << 8 | usize::from(*byte))
}

/// Flips one bit of the body, if that is signed, or of a header's value; `false` if the flip leaves no text in the header, which no
/// server would pass on.
fn flip(request: &mut Request, with_body: bool, chosen: usize) -> bool {
    let body = if with_body { request.body.len() } else { 0 };
    let all = body + request.headers.iter().map(|(_, value)| value.len()).sum::<usize>();
    let Some(mut byte) = (chosen / 8).checked_rem(all) else { return false };
    let bit = 1 << (chosen % 8);
    if byte < body {
        request.body[byte] ^= bit;
        return true;
    }
    byte -= body;
    for (_, value) in &mut request.headers {
        if byte < value.len() {
            let mut bytes = value.clone().into_bytes();
            bytes[byte] ^= bit;
            return String::from_utf8(bytes).map(|flipped| *value = flipped).is_ok();
        }
        byte -= value.len();
    }
    false
}
