//! What belongs to Meta and to none of its platforms: the callbacks of its app review, which are signed inside.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dayzero::http::Request;
use dayzero::model::{Provider, Secret};
use dayzero::platform::{DoorSecrets, SignatureFault, check_signature, deletion_request, reply, sign, signing_secret};
use jiff::Timestamp;

use super::{lines, read, read_sample};
use crate::samples::{development_secrets, doorway, names, sample};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Made elsewhere: the example that Facebook's own libraries were tested with.
const VECTOR: &str = "vlXgu64BQGFSQrY0ZcJBZASMvYvTHu9GQ0YM9rjPSso.eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsIjAiOiJwYXlsb2FkIn0";

fn post(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "POST".to_owned(), path: path.to_owned(), query: vec![], headers, body: body.to_vec() }
}

fn check(headers: &[(&str, &str)], body: &str, secrets: &[&str]) -> Result<(), SignatureFault> {
    let signing = secrets.iter().map(|secret| signing_secret(Provider::Meta, secret).unwrap()).collect();
    let secrets = DoorSecrets { signing, verify_token: None };
    let request = post("/webhooks/meta/data-deletion", headers, body.as_bytes());
    check_signature(doorway(Provider::Meta, &secrets), &request, Timestamp::UNIX_EPOCH)
}

/// A payload's text, signed as Meta does.
fn signed(secret: &str, encoded: &str) -> String {
    let secret: Secret = signing_secret(Provider::Meta, secret).unwrap();
    let header = sign(Provider::Meta, &secret, encoded.as_bytes(), Timestamp::UNIX_EPOCH, "").remove(0).1;
    let mac = hex::decode(header.strip_prefix("sha256=").unwrap()).unwrap();
    format!("{}.{encoded}", URL_SAFE_NO_PAD.encode(mac))
}

fn payload(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

#[test]
fn a_signed_request_made_elsewhere_matches_under_every_live_secret() {
    let body = format!("signed_request={VECTOR}");
    assert_eq!(check(&[FORM], &body, &["secret"]), Ok(()));
    assert_eq!(check(&[FORM], &body, &["newer secret", "secret"]), Ok(()));
    assert_eq!(check(&[("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8")], &body, &["secret"]), Ok(()));
    assert_eq!(check(&[FORM], &body, &["newer secret"]), Err(SignatureFault::NoMatch));
    assert_eq!(check(&[FORM], &body, &[]), Err(SignatureFault::NoSecret));
}

#[test]
fn every_mistake_in_a_signed_request_is_refused_by_its_name() {
    let field = SignatureFault::FormField("signed_request");
    let (mac, text) = VECTOR.split_once('.').unwrap();
    let rows = [
        (String::new(), field),
        ("signed_request=".to_owned(), field),
        (format!("signed_request={mac}"), field),
        (format!("signed_request=.{text}"), field),
        (format!("Signed_Request={VECTOR}"), field),
        (format!("signed_request={VECTOR}&signed_request={VECTOR}"), field),
        (format!("signed_request={mac}=.{text}"), field),
        (format!("signed_request={}.{text}", &mac[1..]), field),
        (format!("signed_request=AAAA{mac}.{text}"), field),
        (format!("signed_request={}.{text}", mac.replace('v', "%2B")), field),
        (format!("signed_request=+{VECTOR}"), field),
        (format!("signed_request={VECTOR}="), field),
        (format!("signed_request={VECTOR}\n"), field),
        (format!("signed_request={VECTOR}.{text}"), field),
        (format!("signed_request={mac}."), field),
        (format!("signed_request={mac}.{}", payload(r#"{"algorithm":"HMAC-SHA256","0":"other"}"#)), SignatureFault::NoMatch),
        (format!("signed_request={}", signed("secret", "a b")), field),
        (format!("signed_request={}", signed("secret", "")), field),
    ];
    for (body, expected) in rows {
        assert_eq!(check(&[FORM], &body, &["secret"]), Err(expected), "{body}");
    }
}

#[test]
fn the_algorithm_is_read_after_the_signature_matched_and_must_be_the_one() {
    let rows = [
        (r#"{"algorithm":"HMAC-SHA256"}"#, Ok(())),
        (r#"{"algorithm":"hmac-sha256"}"#, Err(SignatureFault::Algorithm)),
        (r#"{"algorithm":"HMAC-SHA1"}"#, Err(SignatureFault::Algorithm)),
        (r#"{"algorithm":"none"}"#, Err(SignatureFault::Algorithm)),
        (r#"{"algorithm":null}"#, Err(SignatureFault::Algorithm)),
        (r#"{"algorithm":"HMAC-SHA1","algorithm":"HMAC-SHA256"}"#, Err(SignatureFault::Algorithm)),
        ("{}", Err(SignatureFault::Algorithm)),
        ("no JSON", Err(SignatureFault::Algorithm)),
    ];
    for (json, expected) in rows {
        let request = signed("secret", &payload(json));
        assert_eq!(check(&[FORM], &format!("signed_request={request}"), &["secret"]), expected, "{json}");
        let forged = request.replacen(char::is_alphanumeric, "-", 1);
        assert_eq!(check(&[FORM], &format!("signed_request={forged}"), &["secret"]), Err(SignatureFault::NoMatch), "{json}");
    }
}

#[test]
fn a_form_speaks_for_itself_only_where_no_header_does() {
    let body = format!("signed_request={VECTOR}");
    let outside = "x-hub-signature-256";
    let rows: [(&[(&str, &str)], SignatureFault); 6] = [
        (&[], SignatureFault::MissingHeader(outside)),
        (&[("content-type", "application/json")], SignatureFault::MissingHeader(outside)),
        (&[("content-type", "text/plain; application/x-www-form-urlencoded")], SignatureFault::MissingHeader(outside)),
        (&[FORM, FORM], SignatureFault::MissingHeader(outside)),
        (&[FORM, (outside, "sha256=00")], SignatureFault::Malformed(outside)),
        (&[FORM, (outside, ""), (outside, "")], SignatureFault::RepeatedHeader(outside)),
    ];
    for (headers, expected) in rows {
        assert_eq!(check(headers, &body, &["secret"]), Err(expected), "{headers:?}");
    }
}

#[test]
fn the_samples_are_callbacks_and_each_becomes_one_matter_that_is_found_again() {
    let names = names("meta");
    assert_eq!(names, ["meta/data_deletion", "meta/deauthorize"]);
    let secrets = development_secrets(Provider::Meta);
    let matter = "? facebook/app | data deletion <digest> | somebody took back what they allowed our Meta app, or asks that their \
                  data be deleted: whose data it is says user_id in the kept delivery's signed_request, in base64url after its \
                  full stop";
    for name in names {
        let request = post("/webhooks/meta", &[FORM], &sample(&name));
        assert_eq!(check_signature(doorway(Provider::Meta, &secrets), &request, Timestamp::UNIX_EPOCH), Ok(()), "{name}");
        let parsed = read_sample(Provider::Meta, &name);
        assert_eq!(lines(&parsed), [matter], "{name}");
        assert_eq!(parsed.quarantined, [deletion_request("<digest>")], "{name}");
    }
    let keys = ["1", "2"].map(|digest| deletion_request(digest).comment_id().key());
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_genuine_request_opens_the_door_for_nothing_beside_it() {
    let genuine = signed("development-only-meta-app-secret", &payload(r#"{"algorithm":"HMAC-SHA256","user_id":"1"}"#));
    let forged = format!(r#"{{"x":"&signed_request={genuine}&","object":"page","entry":[]}}"#);
    let beside = [
        format!("signed_request={genuine}"),
        format!("a=1&signed_request={genuine}"),
        format!("signed_request={genuine}&a=1"),
        format!("signed_request={genuine}&signed_request={genuine}"),
        format!("signed_request={genuine}%20"),
        format!("signed%5Frequest={genuine}"),
        forged,
    ];
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for (index, body) in beside.iter().enumerate() {
        let result = check(&form, body, &["development-only-meta-app-secret"]);
        assert_eq!(result.is_ok(), index == 0, "{body}: {result:?}");
    }
}

#[test]
fn a_comment_that_quotes_a_form_is_no_callback() {
    let rows = [
        r#"{"object":"page","entry":[],"a":"b&signed_request=c.d"}"#,
        r#"{"object":"page","entry":[],"a":"b&signed_request=c.d"#,
        "signed_request=a.b&signed_request=a.b",
        "signed request=a.b",
        "[&signed_request=a.b",
        "a=b",
    ];
    for body in rows {
        let quarantined = read(Provider::Meta, body.as_bytes()).quarantined;
        assert!(quarantined.len() == 1 && quarantined[0].account != "app", "{body}: {quarantined:?}");
    }
}

#[test]
fn whoever_asks_for_deletion_is_told_where_to_see_its_state() {
    let host = |name| ("host", name);
    let told = |address: &str| Some(format!(r#"{{"confirmation_code":"c0de","url":"https://{address}/c0de"}}"#));
    type Row<'a> = (&'a str, Vec<(&'a str, &'a str)>, Option<String>);
    let rows: Vec<Row<'_>> = vec![
        (
            "/webhooks/meta/data-deletion",
            vec![FORM, host("hooks.example.org")],
            told("hooks.example.org/webhooks/meta/data-deletion"),
        ),
        ("/webhooks/meta", vec![FORM, host("hooks.example.org")], told("hooks.example.org/webhooks/meta/data-deletion")),
        ("/webhooks/a-2/data-deletion", vec![FORM, host("localhost:8080")], told("localhost:8080/webhooks/a-2/data-deletion")),
        ("/webhooks/meta/deauthorize", vec![FORM, host("hooks.example.org")], None),
        ("/webhooks/meta/data-deletion", vec![host("hooks.example.org")], None),
        ("/webhooks/meta/data-deletion", vec![FORM, host("hooks.example.org"), ("x-hub-signature-256", "sha256=")], None),
        ("/webhooks/meta/data-deletion", vec![FORM], None),
        ("/webhooks/meta/data-deletion", vec![FORM, host("a"), host("b")], None),
        ("/webhooks/meta/data-deletion", vec![FORM, host("evil.example/x?")], None),
        ("/webhooks/meta/data-deletion", vec![FORM, host("a@b")], None),
        ("/webhooks/meta/data-deletion", vec![FORM, host("a:b")], None),
        ("/webhooks/meta/data-deletion", vec![FORM, host(":80")], None),
        ("/webhooks//data-deletion", vec![FORM, host("hooks.example.org")], None),
        ("/webhooks/a b/data-deletion", vec![FORM, host("hooks.example.org")], None),
    ];
    for (path, headers, expected) in rows {
        let answer = reply(Provider::Meta, &post(path, &headers, b"signed_request=a.b"), "c0de");
        let body = answer.as_ref().map(|answer| String::from_utf8(answer.body.clone()).unwrap());
        assert_eq!(body, expected, "{path} {headers:?}");
        let head = answer.map(|answer| (answer.status, answer.headers["content-type"].clone()));
        assert_eq!(head, expected.map(|_| (200, "application/json".to_owned())), "{path} {headers:?}");
    }
}
