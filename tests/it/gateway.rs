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
    ];
    for (event, provider, body) in rows {
        let request = from_gateway(&sample(event)).unwrap();
        let door = DoorId::new(provider.as_str());
        assert_eq!(request.path, format!("/webhooks/{door}"), "{event}");
        let verified = verify(&request, &door, doorway(provider, &development_secrets(provider)), now()).unwrap();
        assert!(verified.get().body == sample(body), "{event}");
    }
}

#[test]
fn a_forged_event_is_not_vouched_for() {
    let request = from_gateway(&sample("aws/http_api_forged")).unwrap();
    let result = verify(&request, &DoorId::new("meta"), doorway(Provider::Meta, &development_secrets(Provider::Meta)), now());
    assert_eq!(result, Err(SignatureFault::NoMatch));
}

#[test]
fn a_recorded_handshake_is_answered() {
    let request = from_gateway(&sample("aws/http_api_handshake")).unwrap();
    let answer = handshake(doorway(Provider::Meta, &development_secrets(Provider::Meta)), &request);
    assert!(matches!(answer, Handshake::Answer(response) if response.body == b"1158201444"));
}

#[test]
fn events_that_are_no_requests_of_format_2_are_told_apart() {
    for name in ["aws/payload_1_0", "aws/stream_batch", "aws/schedule_tick"] {
        assert!(matches!(from_gateway(&sample(name)), Err(EnvelopeFault::NotHttp { .. })), "{name}");
    }
    assert_eq!(names("aws").len(), 9, "a new envelope needs a row here");
}
