//! Every body of `events/` by every way in: HTTP API and Function URL, REST API, load balancer. Each must arrive with its very
//! bytes, and be believed or refused just as if nothing had carried it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dayzero::http::{Envelope, Request, from_gateway};
use dayzero::model::{Platform, Provider};
use dayzero::platform::{check_signature, kept_headers, sign};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::samples::{development_secrets, doorway, folder, headers_of, names, sample};

/// When the bodies came.
const NOW: &str = "2026-03-02T09:12:04Z";

/// How headers' names may be written on their way.
type Spelling = fn(&str) -> String;

const SPELLINGS: [Spelling; 3] = [str::to_owned, str::to_uppercase, mixed];

/// `x-hub-signature-256` as `X-Hub-Signature-256`.
fn mixed(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let upper = std::mem::replace(&mut start, c == '-');
            if upper { c.to_ascii_uppercase() } else { c }
        })
        .collect()
}

/// The bare request that the platform made.
struct Sent {
    name: String,
    provider: Provider,
    /// Signed with the development secret of its door. Forms hold their signature inside, and not every one of them is right.
    signed: bool,
    request: Request,
}

fn sent() -> Vec<Sent> {
    let now: Timestamp = NOW.parse().unwrap();
    let samples =
        Platform::ALL.into_iter().flat_map(|platform| names(platform.as_str()).into_iter().map(move |name| (platform, name)));
    samples
        .map(|(platform, name)| {
            let (provider, body) = (platform.provider(), sample(&name));
            let signed = !folder().join(format!("{name}.form")).exists();
            let mut headers = match signed {
                true => sign(provider, &development_secrets(provider).signing[0], &body, now, "msg_1"),
                false => Vec::new(),
            };
            let own = headers_of(&name).into_iter().filter(|(name, _)| headers.iter().all(|(known, _)| known != name));
            let own: Vec<(String, String)> = own.collect();
            headers.extend(own);
            let kind = if signed { "application/json" } else { "application/x-www-form-urlencoded" };
            headers.push(("content-type".to_owned(), kind.to_owned()));
            let path = format!("/webhooks/{}", provider.as_str());
            Sent { name, provider, signed, request: Request { method: "POST".to_owned(), path, query: vec![], headers, body } }
        })
        .collect()
}

fn object(request: &Request, spelling: Spelling) -> Value {
    Value::Object(request.headers.iter().map(|(name, value)| (spelling(name), json!(value))).collect::<Map<_, _>>())
}

fn lists(request: &Request, spelling: Spelling) -> Value {
    Value::Object(request.headers.iter().map(|(name, value)| (spelling(name), json!([value]))).collect::<Map<_, _>>())
}

/// The request in each of AWS's shapes.
fn enveloped(request: &Request, spelling: Spelling, (body, is_base64): (&str, bool)) -> [(Envelope, Value); 4] {
    let (method, path) = (&request.method, &request.path);
    let (headers, lists) = (object(request, spelling), lists(request, spelling));
    let elb = json!({"elb": {"targetGroupArn": "arn"}});
    [
        (
            Envelope::HttpApi,
            json!({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": headers,
                "requestContext": {"http": {"method": method}}, "body": body, "isBase64Encoded": is_base64}),
        ),
        (
            Envelope::Rest,
            json!({"httpMethod": method, "path": path, "headers": headers, "multiValueHeaders": lists,
                "queryStringParameters": null, "multiValueQueryStringParameters": null, "requestContext": {"stage": "prod"},
                "body": body, "isBase64Encoded": is_base64}),
        ),
        (
            Envelope::LoadBalancer { multi_value: false },
            json!({"requestContext": elb, "httpMethod": method, "path": path, "queryStringParameters": {}, "headers": headers,
                "body": body, "isBase64Encoded": is_base64}),
        ),
        (
            Envelope::LoadBalancer { multi_value: true },
            json!({"requestContext": elb, "httpMethod": method, "path": path, "multiValueQueryStringParameters": {},
                "multiValueHeaders": lists, "body": body, "isBase64Encoded": is_base64}),
        ),
    ]
}

#[test]
fn every_sample_arrives_whole_and_is_judged_alike_by_every_way_in() {
    let now: Timestamp = NOW.parse().unwrap();
    let sent = sent();
    assert!(sent.len() > 50, "{} samples", sent.len());
    let mut plain = 0;
    for Sent { name, provider, signed, request } in &sent {
        let secrets = development_secrets(*provider);
        let door = doorway(*provider, &secrets);
        let expected = check_signature(door, request, now);
        assert!(!signed || expected.is_ok(), "{name}: {expected:?}");
        let encoded = STANDARD.encode(&request.body);
        let text = std::str::from_utf8(&request.body).ok();
        plain += usize::from(text.is_some());
        let bodies = [Some((encoded.as_str(), true)), text.map(|text| (text, false))];
        for (spelling, body) in
            SPELLINGS.into_iter().flat_map(|spelling| bodies.into_iter().flatten().map(move |body| (spelling, body)))
        {
            for (envelope, event) in enveloped(request, spelling, body) {
                let call = from_gateway(event.to_string().as_bytes()).unwrap();
                assert_eq!(call.envelope, envelope, "{name}");
                assert!(call.request.body == request.body, "{name} by {envelope:?}");
                assert_eq!(check_signature(door, &call.request, now), expected, "{name} by {envelope:?}");
                for kept in kept_headers(*provider) {
                    assert_eq!(call.request.header(kept), request.header(kept), "{name} by {envelope:?}: {kept}");
                }
            }
        }
    }
    assert!(plain > 50, "{plain} bodies are text");
}

#[test]
fn a_body_changed_by_one_bit_on_its_way_is_believed_by_no_way_in() {
    let now: Timestamp = NOW.parse().unwrap();
    for Sent { name, provider, signed, mut request } in sent() {
        // Telegram signs nothing: a changed body cannot be told.
        if !signed || provider == Provider::Telegram || request.body.is_empty() {
            continue;
        }
        let middle = request.body.len() / 2;
        request.body[middle] ^= 1;
        let encoded = STANDARD.encode(&request.body);
        for (envelope, event) in enveloped(&request, mixed, (&encoded, true)) {
            let call = from_gateway(event.to_string().as_bytes()).unwrap();
            let secrets = development_secrets(provider);
            assert!(check_signature(doorway(provider, &secrets), &call.request, now).is_err(), "{name} by {envelope:?}");
        }
    }
}
