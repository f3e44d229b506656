//! What `dayzero inspect` answers, as its JSON.

use dayzero::model::Provider;
use dayzero::platform::DoorSecrets;
use dayzero::receive::inspect::inspect;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::samples::{development_secrets, doorway, sample};

fn inspected(event: &[u8], provider: Provider, secrets: &DoorSecrets) -> Value {
    let now: Timestamp = "2026-03-02T09:12:04Z".parse().unwrap();
    serde_json::to_value(inspect(event, doorway(provider, secrets), now).unwrap()).unwrap()
}

#[test]
fn an_accepted_event_is_shown_with_its_comments() {
    let of = |event: &str| inspected(&sample(event), Provider::Meta, &development_secrets(Provider::Meta));
    let report = of("aws/http_api_base64");
    assert_eq!([of("aws/rest_plain"), of("aws/load_balancer_lists")], [report.clone(), report.clone()]);
    assert_eq!(
        report,
        json!({
            "verdict": "accepted",
            "reason": "the signature matches",
            "response": {"status": 200, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": "stored"},
            "events": [{
                "platform": "facebook",
                "account": "104857600000001",
                "action": "created",
                "comment_id": "2001_9001",
                "parent_id": null,
                "post_id": "104857600000001_2001",
                "author_id": "7001000000000001",
                "author_name": "Anna de Boer",
                "text": "Sinds ik Norvexa slik heb ik hartkloppingen, vooral 's avonds. Is dat normaal?",
                "created_at": "2026-03-02T09:12:00Z",
                "happened_at": "2026-03-02T09:12:00Z",
                "permalink": "https://www.facebook.com/104857600000001/posts/2001",
                "ad_id": null,
                "own_account": false,
                "action_signed": true,
            }],
        })
    );
    let forum = inspected(&sample("aws/function_url"), Provider::Forum, &development_secrets(Provider::Forum));
    assert_eq!((&forum["verdict"], &forum["events"][0]["comment_id"]), (&json!("accepted"), &json!("c-5001")));
}

#[test]
fn a_handshake_and_every_refusal_show_what_the_caller_would_see() {
    let secrets = development_secrets(Provider::Meta);
    let other = DoorSecrets::parse(Provider::Meta, r#"{"secrets": ["other"], "verify_token": "other"}"#).unwrap();
    let large = format!(
        r#"{{"rawPath": "/", "requestContext": {{"http": {{"method": "POST"}}}}, "body": "{}"}}"#,
        "x".repeat(7 * 1024 * 1024)
    );
    let bad_base64 = br#"{"rawPath": "/", "requestContext": {"http": {"method": "POST"}}, "body": "%", "isBase64Encoded": true}"#;
    let rows = [
        (sample("aws/http_api_handshake"), &secrets, "handshake", 200, "1158201444", "the handshake is this door's"),
        (sample("aws/http_api_handshake"), &other, "refused", 401, "", "the handshake's hub.verify_token is not this door's"),
        (sample("aws/load_balancer_handshake"), &secrets, "handshake", 200, "1158201444", "the handshake is this door's"),
        (sample("aws/rest_signature_twice"), &secrets, "refused", 401, "", "the header x-hub-signature-256 came more than once"),
        (sample("aws/http_api_forged"), &secrets, "refused", 401, "", "no live secret makes this signature"),
        (sample("aws/http_api_plain"), &other, "refused", 401, "", "no live secret makes this signature"),
        (large.into_bytes(), &secrets, "refused", 413, "", "the body holds 7340032 bytes; at most 6291456 are accepted"),
        (bad_base64.to_vec(), &secrets, "refused", 400, "", "the event says that its body is base64, and it is not"),
    ];
    for (event, secrets, verdict, status, body, reason) in rows {
        let report = inspected(&event, Provider::Meta, secrets);
        let shown = (&report["verdict"], &report["response"]["status"], &report["response"]["body"], &report["reason"]);
        assert_eq!(shown, (&json!(verdict), &json!(status), &json!(body), &json!(reason)));
        assert_eq!(report["events"], json!([]), "{reason}");
    }
}

#[test]
fn parts_that_go_before_a_person_are_counted() {
    let secrets = development_secrets(Provider::Meta);
    let now = Timestamp::UNIX_EPOCH;
    let body = sample("facebook/one_bad_element");
    let headers: serde_json::Map<String, Value> = dayzero::platform::sign(Provider::Meta, &secrets.signing[0], &body, now, "")
        .into_iter()
        .map(|(k, v)| (k, v.into()))
        .collect();
    let event = json!({"rawPath": "/", "requestContext": {"http": {"method": "POST"}}, "headers": headers,
        "body": String::from_utf8(body).unwrap()});
    let report = inspected(event.to_string().as_bytes(), Provider::Meta, &secrets);
    assert_eq!(report["reason"], "the signature matches; 1 part goes before a person: a facebook comment has no comment_id");
    assert_eq!(report["events"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_is_no_http_event_cannot_be_inspected() {
    let secrets = development_secrets(Provider::Meta);
    for event in [sample("aws/schedule_tick"), sample("aws/stream_batch"), b"{}".to_vec(), b"hello".to_vec()] {
        assert!(inspect(&event, doorway(Provider::Meta, &secrets), Timestamp::UNIX_EPOCH).is_err());
    }
}

#[test]
fn what_a_platform_did_not_tell_is_no_event_and_an_end_is_no_silence() {
    let rows = [
        (
            Provider::Meta,
            "facebook/unknown_verb",
            "1 of a kind that this version does not know, shown to people with what it holds",
        ),
        (Provider::TikTok, "tiktok/authorization_removed", "nothing more comes of this account until somebody subscribes again"),
    ];
    let now = Timestamp::from_second(1_772_442_720).unwrap();
    for (provider, name, said) in rows {
        let (secrets, body) = (development_secrets(provider), String::from_utf8(sample(name)).unwrap());
        let signed = dayzero::platform::sign(provider, &secrets.signing[0], body.as_bytes(), now, "");
        let headers: serde_json::Map<String, Value> = signed.into_iter().map(|(name, value)| (name, value.into())).collect();
        let event = json!({"rawPath": "/", "requestContext": {"http": {"method": "POST"}}, "headers": headers, "body": body});
        let report = inspect(event.to_string().as_bytes(), doorway(provider, &secrets), now).unwrap();
        let report = serde_json::to_value(report).unwrap();
        assert_eq!((&report["verdict"], &report["events"]), (&json!("accepted"), &json!([])), "{name}");
        assert!(report["reason"].as_str().unwrap().contains(said), "{name}: {}", report["reason"]);
    }
}
