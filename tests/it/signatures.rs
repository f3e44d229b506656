//! The signatures of Meta and of Standard Webhooks, and Meta's handshake: every way in which they can be wrong, by its name, and the ways in
//! which they are right. What holds for every scheme stands in `schemes`; what is particular to another one, in `platforms`.

use dayzero::http::Request;
use dayzero::model::{Provider, Secret};
use dayzero::platform::{DoorSecrets, Handshake, SignatureFault, check_signature, handshake, sign, signing_secret};
use jiff::{SignedDuration, Timestamp};

use crate::samples::{development_secrets, doorway};

/// The example of the Standard Webhooks libraries.
const VECTOR_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const VECTOR_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const VECTOR_TIME: &str = "1614265330";
const VECTOR_BODY: &[u8] = br#"{"test": 2432232314}"#;
const VECTOR_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

const META: &str = "x-hub-signature-256";

fn vector_now() -> Timestamp {
    Timestamp::from_second(1_614_265_330).unwrap()
}

fn post(headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "POST".to_owned(), path: "/webhooks/door".to_owned(), query: vec![], headers, body: body.to_vec() }
}

fn forum_post(id: &str, time: &str, signature: &str, body: &[u8]) -> Request {
    post(&[("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)], body)
}

fn vector_secret() -> Secret {
    signing_secret(Provider::Forum, VECTOR_SECRET).unwrap()
}

/// Checks a request against bare secrets, as the only ones of a door.
fn check(provider: Provider, request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), SignatureFault> {
    let secrets = DoorSecrets { signing: secrets.to_vec(), verify_token: None };
    check_signature(doorway(provider, &secrets), request, now)
}

fn meta_secret(text: &str) -> Secret {
    signing_secret(Provider::Meta, text).unwrap()
}

#[test]
fn the_published_vector_of_standard_webhooks_matches() {
    let secret = vector_secret();
    let request = forum_post(VECTOR_ID, VECTOR_TIME, VECTOR_SIGNATURE, VECTOR_BODY);
    assert_eq!(check(Provider::Forum, &request, std::slice::from_ref(&secret), vector_now()), Ok(()));
    let signed = sign(Provider::Forum, &secret, VECTOR_BODY, vector_now(), VECTOR_ID);
    assert!(signed.contains(&("webhook-signature".to_owned(), VECTOR_SIGNATURE.to_owned())));
}

#[test]
fn a_meta_signature_made_elsewhere_matches() {
    // RFC 4231, test case 2.
    let request = post(
        &[(META, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")],
        b"what do ya want for nothing?",
    );
    assert_eq!(check(Provider::Meta, &request, &[meta_secret("Jefe")], vector_now()), Ok(()));
}

#[test]
fn every_mistake_in_a_meta_signature_is_refused_by_its_name() {
    let secret = meta_secret("app secret");
    let body = b"{}";
    let right = sign(Provider::Meta, &secret, body, vector_now(), "")[0].1.clone();
    let digits = right.strip_prefix("sha256=").unwrap().to_owned();
    let malformed = SignatureFault::Malformed(META);
    let rows: Vec<(Vec<(&str, String)>, SignatureFault)> = vec![
        (vec![], SignatureFault::MissingHeader(META)),
        (vec![("x-hub-signature", format!("sha1={}", &digits[..40]))], SignatureFault::MissingHeader(META)),
        (vec![(META, right.clone()), (META, right.clone())], SignatureFault::RepeatedHeader(META)),
        (vec![(META, format!("{right},{right}"))], malformed),
        (vec![(META, String::new())], malformed),
        (vec![(META, "sha256=".to_owned())], malformed),
        (vec![(META, digits.clone())], malformed),
        (vec![(META, format!("sha1={digits}"))], malformed),
        (vec![(META, format!("SHA256={digits}"))], malformed),
        (vec![(META, format!("sha256={}", digits.to_uppercase()))], malformed),
        (vec![(META, right[..right.len() - 2].to_owned())], malformed),
        (vec![(META, format!("{right}00"))], malformed),
        (vec![(META, format!(" {right}"))], malformed),
        (vec![(META, format!("{right} "))], malformed),
        (vec![(META, format!("sha256={}", "0".repeat(64)))], SignatureFault::NoMatch),
        (vec![(META, sign(Provider::Meta, &secret, b"{ }", vector_now(), "")[0].1.clone())], SignatureFault::NoMatch),
        (vec![(META, sign(Provider::Meta, &meta_secret("other"), body, vector_now(), "")[0].1.clone())], SignatureFault::NoMatch),
    ];
    for (headers, expected) in rows {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let result = check(Provider::Meta, &post(&headers, body), std::slice::from_ref(&secret), vector_now());
        assert_eq!(result, Err(expected), "{headers:?}");
    }
    let request = post(&[(META, right.as_str())], body);
    assert_eq!(check(Provider::Meta, &request, &[], vector_now()), Err(SignatureFault::NoSecret));
}

#[test]
fn every_mistake_in_a_forum_signature_is_refused_by_its_name() {
    let right = VECTOR_SIGNATURE;
    let mac = &right[3..];
    let (id, time, list) = ("webhook-id", "webhook-timestamp", "webhook-signature");
    let rows: Vec<(Vec<(&str, String)>, SignatureFault)> = [
        (VECTOR_ID, VECTOR_TIME, format!("v1a,{mac}"), SignatureFault::UnknownVersion(list)),
        (VECTOR_ID, VECTOR_TIME, format!("v2,{mac} v1a,{mac}"), SignatureFault::UnknownVersion(list)),
        (VECTOR_ID, VECTOR_TIME, mac.to_owned(), SignatureFault::UnknownVersion(list)),
        (VECTOR_ID, VECTOR_TIME, String::new(), SignatureFault::UnknownVersion(list)),
        (VECTOR_ID, VECTOR_TIME, "v1,".to_owned(), SignatureFault::Malformed(list)),
        (VECTOR_ID, VECTOR_TIME, right[..20].to_owned(), SignatureFault::Malformed(list)),
        (VECTOR_ID, VECTOR_TIME, right.trim_end_matches('=').to_owned(), SignatureFault::Malformed(list)),
        (VECTOR_ID, VECTOR_TIME, format!("v1,{}", "A".repeat(44)), SignatureFault::Malformed(list)),
        (VECTOR_ID, VECTOR_TIME, format!("v1,{}=", "A".repeat(43)), SignatureFault::NoMatch),
        ("", VECTOR_TIME, right.to_owned(), SignatureFault::Malformed(id)),
        ("msg_p5j.1614265330", VECTOR_TIME, right.to_owned(), SignatureFault::Malformed(id)),
        ("msg p5j", VECTOR_TIME, right.to_owned(), SignatureFault::Malformed(id)),
        ("msg_other", VECTOR_TIME, right.to_owned(), SignatureFault::NoMatch),
        (VECTOR_ID, "", right.to_owned(), SignatureFault::Malformed(time)),
        (VECTOR_ID, "+1614265330", right.to_owned(), SignatureFault::Malformed(time)),
        (VECTOR_ID, "-1614265330", right.to_owned(), SignatureFault::Malformed(time)),
        (VECTOR_ID, "1614265330.0", right.to_owned(), SignatureFault::Malformed(time)),
        (VECTOR_ID, "161426533000000", right.to_owned(), SignatureFault::Malformed(time)),
        (VECTOR_ID, "01614265330", right.to_owned(), SignatureFault::NoMatch),
        (VECTOR_ID, "1614265331", right.to_owned(), SignatureFault::NoMatch),
    ]
    .into_iter()
    .map(|(a, b, c, fault)| (vec![(id, a.to_owned()), (time, b.to_owned()), (list, c)], fault))
    .collect();
    let whole = [(id, VECTOR_ID), (time, VECTOR_TIME), (list, right)];
    let missing = whole.iter().map(|(left_out, _)| {
        let headers = whole.iter().filter(|(name, _)| name != left_out).map(|(name, value)| (*name, (*value).to_owned()));
        (headers.collect(), SignatureFault::MissingHeader(left_out))
    });
    let repeated = whole.iter().map(|(twice, value)| {
        let headers = whole.iter().copied().chain([(*twice, *value)]).map(|(name, value)| (name, value.to_owned()));
        (headers.collect(), SignatureFault::RepeatedHeader(twice))
    });
    for (headers, expected) in rows.into_iter().chain(missing).chain(repeated) {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let result = check(Provider::Forum, &post(&headers, VECTOR_BODY), &[vector_secret()], vector_now());
        assert_eq!(result, Err(expected), "{headers:?}");
    }
}

#[test]
fn a_signed_time_may_lie_five_minutes_away_in_either_direction() {
    let request = forum_post(VECTOR_ID, VECTOR_TIME, VECTOR_SIGNATURE, VECTOR_BODY);
    let rows = [
        (0, Ok(())),
        (300, Ok(())),
        (301, Err(SignatureFault::Expired)),
        (86_400, Err(SignatureFault::Expired)),
        (-300, Ok(())),
        (-301, Err(SignatureFault::Early)),
    ];
    for (seconds, expected) in rows {
        let now = vector_now() + SignedDuration::from_secs(seconds);
        assert_eq!(check(Provider::Forum, &request, &[vector_secret()], now), expected, "{seconds} s");
    }
}

#[test]
fn a_sender_that_rotates_sends_a_list_and_one_match_suffices() {
    let wrong = "v1,tFtCZ5RDCPxzWQRWXWPgrCgE2frDBe9gjpbWQxnVfsQ=";
    let lists = [
        format!("{wrong} {VECTOR_SIGNATURE}"),
        format!("{VECTOR_SIGNATURE} {wrong}"),
        format!("v1a,whatever v9,x v1,short {VECTOR_SIGNATURE}"),
    ];
    for list in lists {
        let request = forum_post(VECTOR_ID, VECTOR_TIME, &list, VECTOR_BODY);
        assert_eq!(check(Provider::Forum, &request, &[vector_secret()], vector_now()), Ok(()), "{list}");
    }
}

fn get(query: &[(&str, &str)]) -> Request {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "GET".to_owned(), query, ..post(&[], b"") }
}

const MODE: (&str, &str) = ("hub.mode", "subscribe");
const TOKEN: (&str, &str) = ("hub.verify_token", "development-only-verify-token");
const CHALLENGE: (&str, &str) = ("hub.challenge", "1158201444");

#[test]
fn a_handshake_is_answered_with_the_bare_challenge() {
    let secrets = development_secrets(Provider::Meta);
    let Handshake::Answer(answer) = handshake(doorway(Provider::Meta, &secrets), &get(&[MODE, CHALLENGE, TOKEN])) else {
        panic!()
    };
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"1158201444".as_slice()));
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
}

#[test]
fn a_handshake_that_reflects_or_guesses_is_refused() {
    let secrets = development_secrets(Provider::Meta);
    let long = "1".repeat(129);
    let rows: Vec<Vec<(&str, &str)>> = vec![
        vec![MODE],
        vec![MODE, TOKEN],
        vec![MODE, CHALLENGE],
        vec![TOKEN, CHALLENGE],
        vec![("hub.mode", "unsubscribe"), TOKEN, CHALLENGE],
        vec![MODE, ("hub.verify_token", "guess"), CHALLENGE],
        vec![MODE, ("hub.verify_token", ""), CHALLENGE],
        vec![MODE, TOKEN, TOKEN, CHALLENGE],
        vec![MODE, TOKEN, CHALLENGE, ("hub.challenge", "2")],
        vec![MODE, TOKEN, ("hub.challenge", "")],
        vec![MODE, TOKEN, ("hub.challenge", "<script>alert(1)</script>")],
        vec![MODE, TOKEN, ("hub.challenge", "{\"object\":1}")],
        vec![MODE, TOKEN, ("hub.challenge", "1\r\nset-cookie: a=b")],
        vec![MODE, TOKEN, ("hub.challenge", &long)],
    ];
    for query in rows {
        let answer = handshake(doorway(Provider::Meta, &secrets), &get(&query));
        assert!(matches!(answer, Handshake::Refused(_)), "{query:?}: {answer:?}");
    }
    let no_token = DoorSecrets { verify_token: None, ..secrets.clone() };
    assert!(matches!(handshake(doorway(Provider::Meta, &no_token), &get(&[MODE, TOKEN, CHALLENGE])), Handshake::Refused(_)));
}

#[test]
fn whatever_else_comes_is_no_handshake() {
    let secrets = development_secrets(Provider::Meta);
    let posted = Request { method: "POST".to_owned(), ..get(&[MODE, TOKEN, CHALLENGE]) };
    assert_eq!(handshake(doorway(Provider::Meta, &secrets), &posted), Handshake::NotOne);
    assert_eq!(handshake(doorway(Provider::Meta, &secrets), &get(&[("hub_mode", "subscribe")])), Handshake::NotOne);
    let forum = development_secrets(Provider::Forum);
    assert_eq!(handshake(doorway(Provider::Forum, &forum), &get(&[MODE, TOKEN, CHALLENGE])), Handshake::NotOne);
}
