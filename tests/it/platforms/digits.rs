//! Every way in which a signature of the common scheme can be wrong: one header, a prefix, and hexadecimal digits over the body.

use dayzero::http::Request;
use dayzero::model::{Provider, Secret};
use dayzero::platform::{DoorSecrets, SignatureFault, check_signature, sign, signing_secret};
use jiff::Timestamp;

use crate::samples::doorway;

pub fn post(headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "POST".to_owned(), path: "/webhooks/door".to_owned(), query: vec![], headers, body: body.to_vec() }
}

/// Checks a request with these secrets as the only ones of a door.
pub fn check(provider: Provider, request: &Request, secrets: &[&str], now: Timestamp) -> Result<(), SignatureFault> {
    let signing = secrets.iter().map(|secret| signing_secret(provider, secret).unwrap()).collect();
    let secrets = DoorSecrets { signing, verify_token: None };
    check_signature(doorway(provider, &secrets), request, now)
}

fn signed(provider: Provider, secret: &str, body: &[u8]) -> String {
    let secret: Secret = signing_secret(provider, secret).unwrap();
    let headers = sign(provider, &secret, body, Timestamp::UNIX_EPOCH, "");
    assert_eq!(headers.len(), 1);
    headers[0].1.clone()
}

/// `wrong` is a prefix that another platform has in its place.
pub fn every_mistake_is_refused_by_its_name(provider: Provider, header: &'static str, prefix: &str, wrong: &str) {
    let body = "{\"a\":\"é\"}".as_bytes();
    let right = signed(provider, "the secret", body);
    let digits = right.strip_prefix(prefix).unwrap().to_owned();
    let malformed = SignatureFault::Malformed(header);
    let other = format!("{wrong}{digits}");
    let rows: Vec<(Vec<(&str, String)>, SignatureFault)> = vec![
        (vec![], SignatureFault::MissingHeader(header)),
        (vec![("x-hub-signature-256", right.clone())], SignatureFault::MissingHeader(header)),
        (vec![(header, right.clone()), (header, right.clone())], SignatureFault::RepeatedHeader(header)),
        (vec![(header, format!("{right},{right}"))], malformed),
        (vec![(header, format!("{right}, {right}"))], malformed),
        (vec![(header, String::new())], malformed),
        (vec![(header, prefix.to_owned())], malformed),
        (vec![(header, digits.clone())], malformed),
        (vec![(header, other)], malformed),
        (vec![(header, format!("{}{digits}", prefix.to_uppercase()))], malformed),
        (vec![(header, format!("{prefix}{}", digits.to_uppercase()))], malformed),
        (vec![(header, right[..right.len() - 2].to_owned())], malformed),
        (vec![(header, format!("{right}00"))], malformed),
        (vec![(header, format!(" {right}"))], malformed),
        (vec![(header, format!("{right} "))], malformed),
        (vec![(header, format!("{prefix}{}", "g".repeat(digits.len())))], malformed),
        (vec![(header, format!("{prefix}{}", "0".repeat(digits.len())))], SignatureFault::NoMatch),
        (vec![(header, signed(provider, "another secret", body))], SignatureFault::NoMatch),
        (vec![(header, signed(provider, "the secret", b"{}"))], SignatureFault::NoMatch),
    ];
    for (headers, expected) in rows {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let result = check(provider, &post(&headers, body), &["the secret"], Timestamp::UNIX_EPOCH);
        assert_eq!(result, Err(expected), "{headers:?}");
    }
    let request = post(&[(header, &right)], body);
    assert_eq!(check(provider, &request, &["the secret"], Timestamp::MAX), Ok(()));
    assert_eq!(check(provider, &request, &["a newer one", "the secret"], Timestamp::MAX), Ok(()));
    assert_eq!(check(provider, &request, &[], Timestamp::MAX), Err(SignatureFault::NoSecret));
}
