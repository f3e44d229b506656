//! Bodies of a provider. Asserted: reading one never panics and says the same twice; something is said of every body; there are no
//! more events than bytes; every event has a comment of a bounded id, of a platform that the provider carries, and words that are no
//! blanks; links are `https` and bounded; reasons are bounded sentences without control characters; the answer to the call is small.

use std::collections::BTreeMap;

use dayzero::http::Request;
use dayzero::model::{CommentEvent, Parsed, Provider, Quarantine};
use dayzero::platform::{ParseContext, parse, reply};

use crate::seeds;

/// The longest id that is believed, in bytes, as `json.rs` has it.
const MAX_ID_BYTES: usize = 512;
/// The longest link that is passed on, in bytes.
const MAX_LINK_BYTES: usize = 2_048;
/// More than any sentence of the program with the longest name in it, in bytes.
const MAX_REASON_BYTES: usize = 320;
/// Matters of one delivery, the one that says "more than" included.
const MAX_QUARANTINED: usize = 101;
/// Bytes of text that one byte of a body may become at most: U+FFFD has three.
const MAX_GROWTH: usize = 3;
/// More than any answer to a delivery, in bytes.
const MAX_REPLY_BYTES: usize = 4_096;

pub fn run(provider: Provider, data: &[u8]) {
    // The body's length chooses among the headers that lie beside the samples, and whether the door has an only account.
    let headers = seeds::kept_headers_of_samples(provider);
    let none = BTreeMap::new();
    let kept = data.len().checked_rem(headers.len()).map_or(&none, |chosen| &headers[chosen]);
    let default_account = (data.len() % 2 == 0).then_some("only-account");
    let context = ParseContext { digest: "digest", door: "door", default_account };
    let parsed = parse(provider, data, kept, &context);
    assert!(parsed == parse(provider, data, kept, &context), "the same bytes were read in two ways");
    assert_answered(&parsed, data);
    for event in &parsed.events {
        assert_event(provider, event, data);
    }
    for matter in parsed.quarantined.iter().chain(&parsed.ended) {
        assert_matter(provider, matter);
    }
    assert!(parsed.ignored.iter().all(|kind| is_sentence(kind)), "a kind is no short name");
    assert_reply(provider, data);
}

fn assert_answered(parsed: &Parsed, data: &[u8]) {
    let said = parsed.events.len() + parsed.quarantined.len() + parsed.ignored.len() + parsed.ended.len();
    assert!(said > 0, "a body was passed over in silence");
    assert!(parsed.events.len() <= data.len(), "more events than bytes");
    assert!(parsed.ignored.len() <= data.len() + 1 && parsed.ended.len() <= data.len(), "more elements than bytes");
    assert!(parsed.quarantined.len() <= MAX_QUARANTINED, "too many matters of one delivery");
}

fn assert_event(provider: Provider, event: &CommentEvent, data: &[u8]) {
    assert_eq!(event.id.platform.provider(), provider);
    let ids =
        [Some(&event.id.id), Some(&event.id.account), event.parent_id.as_ref(), event.post_id.as_ref(), event.ad_id.as_ref()];
    let author = event.author.as_ref().and_then(|author| author.id.as_ref());
    for id in ids.into_iter().chain([author]).flatten() {
        assert!((1..=MAX_ID_BYTES).contains(&id.len()), "an id is empty or longer than any");
    }
    for text in [&event.text, &event.post_text].into_iter().flatten() {
        assert!(!text.expose().trim().is_empty(), "blanks are no words");
        assert!(text.expose().len() <= data.len() * MAX_GROWTH, "words that were not in the body");
    }
    if let Some(link) = &event.permalink {
        assert!(link.starts_with("https://") && link.len() <= MAX_LINK_BYTES && !link.contains(char::is_control), "a bad link");
    }
}

fn assert_matter(provider: Provider, matter: &Quarantine) {
    assert_eq!(matter.platform.provider(), provider);
    assert!((1..=MAX_ID_BYTES).contains(&matter.account.len()), "an account is empty or longer than any");
    assert!(is_sentence(&matter.about) && is_sentence(&matter.reason), "a reason is no short sentence");
}

fn is_sentence(text: &str) -> bool {
    (1..=MAX_REASON_BYTES).contains(&text.len()) && !text.contains(char::is_control)
}

/// Nobody but the platform is answered: a body comes here when its signature was believed.
fn assert_reply(provider: Provider, data: &[u8]) {
    let kind = if data.starts_with(b"signed_request=") { "application/x-www-form-urlencoded" } else { "application/json" };
    let headers = vec![("content-type".to_owned(), kind.to_owned())];
    let path = format!("/webhooks/{}", provider.as_str());
    let request = Request { method: "POST".to_owned(), path, query: Vec::new(), headers, body: data.to_vec() };
    if let Some(answer) = reply(provider, &request, "digest") {
        assert!(answer.status == 200 && answer.body.len() <= MAX_REPLY_BYTES, "an answer that is none");
    }
}
