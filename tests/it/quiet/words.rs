//! What hostile or clumsy senders send: bodies in which every field that can hold words holds some, calls of the door by somebody
//! who is no platform, and questions to the pages and the API. `quiet` looks for the words afterwards.

use dayzero::http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{REPORT, SERIOUS};

pub fn facebook(id: &str, message: &str) -> String {
    json!({"object": "page", "entry": [{"id": "104857600000001", "time": 1_773_217_800, "kanarie_entry": "kanarie", "changes": [
        {"field": "feed", "value": {
            "item": "comment", "verb": "add", "comment_id": id, "post_id": "1_0", "parent_id": "1_0", "message": message,
            "from": {"id": "kanarie-schrijver", "name": "Kanarie de Boer"}, "created_time": 1_773_217_700, "extra": "kanarie",
            "post": {"permalink_url": "https://www.facebook.com/kanarie?comment=kanarie", "message": "kanarie-post"},
        }},
        {"field": "feed", "value": {"item": "status", "from": {"id": "7"}, "message": "kanarie-bezoeker"}},
        {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": {"kanarie": 1}}},
        {"field": "feed", "value": {"item": "zebravink", "message": "kanarie"}},
    ]}]})
    .to_string()
}

pub fn instagram() -> String {
    json!({"object": "instagram", "entry": [{"id": "17841400000000001", "time": 1_773_217_800, "changes": [{"field": "comments", "value": {
        "id": "ig-1", "text": SERIOUS, "from": {"id": "kanarie-7", "username": "kanarie.vogel"}, "media": {"id": "m-1", "alt": "kanarie"},
    }}]}]})
    .to_string()
}

pub fn forum(kind: &str, id: &str, text: &str, at: Timestamp) -> String {
    json!({"type": kind, "timestamp": at.to_string(), "kanarie": "kanarie", "data": {
        "comment_id": id, "post_id": "topic-1", "author": {"id": "kanarie-lid", "name": "Kanarie Sanne", "kanarie": true},
        "text": text, "post_text": "kanarie-onderwerp", "created_at": at.to_string(), "tags": ["kanarie"],
        "permalink": "https://forum.samenovermigraine.example/kanarie-tekst?q=kanarie#kanarie",
    }})
    .to_string()
}

/// Bodies that nobody can read, or not all of.
pub fn spoilt() -> Vec<(&'static str, Vec<u8>)> {
    let long = "kanarie".repeat(400);
    let mut latin_1 = b"{\"kanarie\": \"".to_vec();
    latin_1.extend([0xe9, b'"', b'}']);
    vec![
        ("meta", b"kanarie { is no JSON".to_vec()),
        ("meta", latin_1),
        ("meta", br#"{"object":"page","entry":[{"id":"1","changes":[{"field":"feed","value":"kanarie"}]},"kanarie"]}"#.to_vec()),
        ("forum", br#"{"type":"comment.created","data":{"comment_id":"s-1","author":"kanarie","text":"kanarie"}}"#.to_vec()),
        ("forum", br#"{"type":"comment.created","data":{"comment_id":"s-2","text":"kanarie \ud800"}}"#.to_vec()),
        ("forum", br#"{"type":"zebravink","data":{"comment_id":"s-3","text":"kanarie"}}"#.to_vec()),
        ("forum", json!({"type": "comment.created", "data": {"comment_id": long, "text": "kanarie"}}).to_string().into_bytes()),
        (
            "forum",
            json!({"type": "comment.created", "data": {"comment_id": "s-4", "account": long, "text": long, "created_at": long}})
                .to_string()
                .into_bytes(),
        ),
        (
            "forum",
            json!({"type": "comment.created", "data": {"comment_id": "s-5", "text": "kanarie ".repeat(20_000)}})
                .to_string()
                .into_bytes(),
        ),
    ]
}

pub fn request(method: &str, path: &str, query: &[(&str, &str)], headers: &[(&str, &str)]) -> Request {
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = REPORT.as_bytes().to_vec();
    Request { method: method.to_owned(), path: path.to_owned(), query: owned(query), headers: owned(headers), body }
}

/// Calls of the door by somebody who is no platform.
pub fn hostile_calls() -> Vec<Request> {
    let token = ("hub.verify_token", "kanarie");
    vec![
        request("POST", "/webhooks/meta", &[], &[]),
        request("POST", "/webhooks/meta", &[], &[("x-hub-signature-256", "sha256=kanarie")]),
        request("POST", "/webhooks/meta", &[], &[("x-hub-signature-256", "kanarie"), ("x-hub-signature-256", "kanarie")]),
        request(
            "POST",
            "/webhooks/forum",
            &[],
            &[("webhook-id", "kanarie"), ("webhook-timestamp", "kanarie"), ("webhook-signature", "v1,kanarie")],
        ),
        request("GET", "/webhooks/meta", &[("hub.mode", "subscribe"), token, ("hub.challenge", "kanarie")], &[]),
        request("GET", "/webhooks/meta", &[("kanarie", "kanarie")], &[("cookie", "kanarie")]),
        request("KANARIE", "/webhooks/meta", &[], &[]),
        request("POST", "/webhooks/kanarie", &[], &[]),
        request("POST", "/kanarie", &[], &[]),
    ]
}

/// What is asked of the pages and the API by somebody who plays with them.
pub fn hostile_questions(key: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let get = |address: &str| ("GET", address.to_owned(), None);
    let post = |address: String, body: Value| ("POST", address, Some(body));
    vec![
        get("/api/comments?state=kanarie"),
        get("/api/comments?band=kanarie&after=kanarie&limit=kanarie"),
        get("/api/comments?kanarie=kanarie&campaign=kanarie"),
        get("/?state=kanarie&band=%6banarie"),
        get("/api/comments/kanarie"),
        get("/comments/kanarie"),
        get("/kanarie"),
        post(format!("/api/comments/{key}/acknowledge"), json!({"kanarie": "kanarie"})),
        post(format!("/api/comments/{key}/acknowledge"), json!({"by": "kanarie\u{0}"})),
        post(format!("/api/comments/{key}/decision"), json!({"decision": "kanarie", "revision": 1})),
        post(
            format!("/api/comments/{key}/decision"),
            json!({"decision": "case", "case_number": "kanarie\u{202e}", "revision": 1}),
        ),
        post(format!("/api/comments/{key}/decision"), json!({"decision": "not_a_case", "reason": "kanarie\u{1}", "revision": 1})),
        post(
            format!("/api/comments/{key}/decision"),
            json!({"decision": "duplicate_of", "duplicate_of": "kanarie", "revision": 1}),
        ),
        post(
            format!("/api/comments/{key}/decision"),
            json!({"decision": "not_a_case", "reason": "kanarie", "revision": "kanarie"}),
        ),
        post(format!("/api/comments/{key}/decision"), json!(["kanarie"])),
    ]
}
