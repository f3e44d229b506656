//! The gateway's recorded events, from the envelope to the verified delivery.

use dayzero::http::{EnvelopeFault, from_gateway};
use dayzero::model::{DoorId, Provider};
use dayzero::platform::{Handshake, SignatureFault, handshake};
use dayzero::receive::verify::verify;
use jiff::Timestamp;

use crate::samples::{development_secrets, doorway, names, sample};

/// When the recorded events came.
fn now() -> Timestamp {
    "2026-03-02T09:12:04Z".parse().unwrap()
}

#[test]
fn every_way_in_leads_to_the_same_bytes() {
    let rows = [
        ("aws/http_api_plain", Provider::Meta, "facebook/comment_on_post"),
        ("aws/http_api_base64", Provider::Meta, "facebook/comment_on_post"),
        ("aws/http_api_mixed_case", Provider::Meta, "facebook/comment_on_post"),
        ("aws/function_url", Provider::Forum, "forum/created"),
        ("aws/payload_1_0", Provider::Meta, "facebook/comment_on_post"),
        ("aws/rest_plain", Provider::Meta, "facebook/comment_on_post"),
        ("aws/rest_base64", Provider::Meta, "facebook/comment_on_post"),
        ("aws/rest_mixed_case", Provider::Meta, "facebook/comment_on_post"),
        ("aws/load_balancer_plain", Provider::Meta, "facebook/comment_on_post"),
        ("aws/load_balancer_base64", Provider::Meta, "facebook/comment_on_post"),
        ("aws/load_balancer_mixed_case", Provider::Meta, "facebook/comment_on_post"),
        ("aws/load_balancer_lists", Provider::Meta, "facebook/comment_on_post"),
    ];
    for (event, provider, body) in rows {
        let request = from_gateway(&sample(event)).unwrap().request;
        let door = DoorId::new(provider.as_str());
        assert_eq!(request.path, format!("/webhooks/{door}"), "{event}");
        let verified = verify(&request, &door, doorway(provider, &development_secrets(provider)), now()).unwrap();
        assert!(verified.get().body == sample(body), "{event}");
    }
}

#[test]
fn an_event_that_proves_nothing_is_not_vouched_for() {
    let header = "x-hub-signature-256";
    let rows = [
        ("aws/http_api_forged", SignatureFault::NoMatch),
        ("aws/rest_signature_twice", SignatureFault::RepeatedHeader(header)),
        ("aws/load_balancer_signature_twice", SignatureFault::RepeatedHeader(header)),
        ("aws/load_balancer_health_check", SignatureFault::MissingHeader(header)),
    ];
    for (event, fault) in rows {
        let request = from_gateway(&sample(event)).unwrap().request;
        let result = verify(&request, &DoorId::new("meta"), doorway(Provider::Meta, &development_secrets(Provider::Meta)), now());
        assert_eq!(result, Err(fault), "{event}");
    }
}

#[test]
fn a_recorded_handshake_is_answered_by_every_way_in() {
    for event in ["aws/http_api_handshake", "aws/rest_handshake", "aws/load_balancer_handshake"] {
        let request = from_gateway(&sample(event)).unwrap().request;
        let answer = handshake(doorway(Provider::Meta, &development_secrets(Provider::Meta)), &request);
        assert!(matches!(answer, Handshake::Answer(response) if response.body == b"1158201444"), "{event}");
    }
}

#[test]
fn events_that_are_no_requests_are_told_apart() {
    for name in ["aws/stream_batch", "aws/schedule_tick"] {
        assert!(matches!(from_gateway(&sample(name)), Err(EnvelopeFault::NotHttp { .. })), "{name}");
    }
    assert_eq!(names("aws").len(), 21, "a new envelope needs a row here");
}
