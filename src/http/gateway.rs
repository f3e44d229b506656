//! Between AWS's HTTP events and ours: an event of API Gateway, a Function URL or a load balancer becomes a [`Request`], and a
//! [`Response`] goes back in the shape of whoever called.
//!
//! Lambda's start-up (`lambda.rs`) and `dayzero inspect` call it. The gateway's words stop here; its shapes are in `envelope.rs`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use thiserror::Error;

use super::envelope::{Envelope, Event, Opened};
use super::{Request, Response};

/// The largest body that is accepted, in bytes after decoding: what one synchronous call of Lambda may carry.
pub const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

/// The header in which the gateway's own reading of the clock goes on to the stages, in milliseconds since 1970. One that a caller sends
/// under this name is dropped.
pub const GATEWAY_TIME: &str = "x-dayzero-gateway-ms";

/// The only header of ours that may come several times.
const COOKIE: &str = "set-cookie";

/// A request, and how its answer must be written.
#[derive(Clone, Debug)]
pub struct Call {
    pub request: Request,
    pub envelope: Envelope,
}

/// Why an event is no request that a stage could answer. It holds positions and no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EnvelopeFault {
    #[error(
        "the event is not an HTTP event of API Gateway (payload format 2.0 or 1.0), a Function URL or a load balancer: \
         line {line} column {column}"
    )]
    NotHttp { line: usize, column: usize },
    #[error("the event says that its body is base64, and it is not")]
    BadBase64,
    #[error("the body holds {bytes} bytes; at most {MAX_BODY_BYTES} are accepted")]
    TooLarge { bytes: usize },
}

impl EnvelopeFault {
    /// The status that tells the caller whose fault it is.
    pub fn status(self) -> u16 {
        match self {
            EnvelopeFault::NotHttp { .. } | EnvelopeFault::BadBase64 => 400,
            EnvelopeFault::TooLarge { .. } => 413,
        }
    }
}

/// Reads one HTTP event, whichever of AWS's ways in it came by.
pub fn from_gateway(event: &[u8]) -> Result<Call, EnvelopeFault> {
    let event: Event =
        serde_json::from_slice(event).map_err(|error| EnvelopeFault::NotHttp { line: error.line(), column: error.column() })?;
    // JSON of another shape is at fault from its beginning.
    let Opened { envelope, method, path, query, headers, body, is_base64, gateway_ms } =
        event.open().ok_or(EnvelopeFault::NotHttp { line: 1, column: 1 })?;
    let body = match body {
        None => Vec::new(),
        Some(text) if is_base64 => STANDARD.decode(text).map_err(|_| EnvelopeFault::BadBase64)?,
        Some(text) => text.into_bytes(),
    };
    if body.len() > MAX_BODY_BYTES {
        return Err(EnvelopeFault::TooLarge { bytes: body.len() });
    }
    let headers = headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let headers = headers.filter(|(name, _)| name != GATEWAY_TIME);
    let headers = headers.chain(gateway_ms.map(|at| (GATEWAY_TIME.to_owned(), at.to_string()))).collect();
    Ok(Call { request: Request { method: method.to_ascii_uppercase(), path, query, headers, body }, envelope })
}

/// Writes an answer as the caller expects it. Base64 only where the body is not text.
pub fn to_gateway(envelope: Envelope, response: &Response) -> Value {
    let (body, encoded) = match std::str::from_utf8(&response.body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(&response.body), true),
    };
    let (mut headers, cookies) = (response.headers.clone(), &response.cookies);
    let mut answer = json!({"statusCode": response.status, "body": body, "isBase64Encoded": encoded});
    match envelope {
        Envelope::HttpApi => {
            // Format 2.0 has a list of its own for cookies and may drop them elsewhere.
            if !cookies.is_empty() {
                answer["cookies"] = json!(cookies);
            }
            answer["headers"] = json!(headers);
        }
        Envelope::Rest => {
            if !cookies.is_empty() {
                answer["multiValueHeaders"] = json!({COOKIE: cookies});
            }
            answer["headers"] = json!(headers);
        }
        Envelope::LoadBalancer { multi_value } => {
            answer["statusDescription"] = json!(status_line(response.status));
            if multi_value {
                let mut lists: BTreeMap<&str, Vec<&str>> =
                    headers.iter().map(|(name, value)| (name.as_str(), vec![value.as_str()])).collect();
                if !cookies.is_empty() {
                    lists.insert(COOKIE, cookies.iter().map(String::as_str).collect());
                }
                answer["multiValueHeaders"] = json!(lists);
            } else {
                // One value a name is all that this shape has; a browser takes every spelling of the name.
                headers.extend(cookies.iter().enumerate().map(|(at, cookie)| (spelled(at), cookie.clone())));
                answer["headers"] = json!(headers);
            }
        }
    }
    answer
}

/// The name of the cookies' header, each time spelled with one more capital.
fn spelled(at: usize) -> String {
    COOKIE.char_indices().map(|(index, c)| if index < at { c.to_ascii_uppercase() } else { c }).collect()
}

/// A status as a load balancer wants it described: the number and its phrase.
fn status_line(status: u16) -> String {
    let phrase = match status {
        200 => "OK",
        202 => "Accepted",
        204 => "No Content",
        303 => "See Other",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        // Clients go by the number; the phrase is for people.
        _ => "Answer",
    };
    format!("{status} {phrase}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD_BALANCER: &str =
        r#""requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "post", "path": "/webhooks/meta""#;
    const REST: &str = r#""requestContext": {"stage": "prod"}, "httpMethod": "post", "path": "/webhooks/meta""#;
    const HTTP_API: &str = r#""requestContext": {"http": {"method": "post"}}, "rawPath": "/webhooks/meta""#;

    fn opened(start: &str, members: &str) -> Call {
        from_gateway(format!("{{{start}, {members}}}").as_bytes()).unwrap()
    }

    fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn a_body_is_what_the_caller_sent_by_every_way_in() {
        let rows = [
            (r#""body": "één", "isBase64Encoded": false"#, "één"),
            (r#""body": "w6nDqW4=", "isBase64Encoded": true"#, "één"),
            (r#""body": null, "isBase64Encoded": true"#, ""),
            (r#""isBase64Encoded": false"#, ""),
            (r#""headers": null, "multiValueHeaders": null, "body": "x""#, "x"),
        ];
        for start in [LOAD_BALANCER, REST, HTTP_API] {
            for (body, expected) in rows {
                let request = opened(start, body).request;
                assert_eq!(request.body, expected.as_bytes(), "{start} {body}");
                assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/webhooks/meta"));
            }
        }
    }

    #[test]
    fn a_query_is_decoded_once_whoever_was_to_do_it() {
        let rows = [
            (
                HTTP_API,
                r#""rawQueryString": "a=%C3%A9+b&a=%252B&c", "queryStringParameters": {"a": "no"}"#,
                [("a", "é b"), ("a", "%2B"), ("c", "")],
            ),
            (
                REST,
                r#""multiValueQueryStringParameters": {"a": ["é b", "%2B"], "c": [""]}, "queryStringParameters": {"a": "%2B"}"#,
                [("a", "é b"), ("a", "%2B"), ("c", "")],
            ),
            (
                REST,
                r#""multiValueQueryStringParameters": null, "queryStringParameters": {"a": "é b", "b": "%2B", "c": ""}"#,
                [("a", "é b"), ("b", "%2B"), ("c", "")],
            ),
            (
                LOAD_BALANCER,
                r#""queryStringParameters": {"a": "%C3%A9+b", "%61b": "%252B", "c": ""}"#,
                [("a", "é b"), ("ab", "%2B"), ("c", "")],
            ),
            (
                LOAD_BALANCER,
                r#""multiValueQueryStringParameters": {"a": ["%C3%A9%20b", "%252B"], "c": [""]}"#,
                [("a", "é b"), ("a", "%2B"), ("c", "")],
            ),
        ];
        for (start, members, expected) in rows {
            assert_eq!(pairs(&opened(start, members).request.query), expected, "{members}");
        }
        assert_eq!(opened(REST, r#""queryStringParameters": null"#).request.query, []);
    }

    #[test]
    fn a_header_written_twice_is_seen_twice() {
        let rows = [
            (HTTP_API, r#""headers": {"x-s": "1", "X-S": "2"}"#, Envelope::HttpApi),
            (HTTP_API, r#""headers": {"x-s": "1", "x-s": "1"}"#, Envelope::HttpApi),
            (REST, r#""headers": {"X-S": "2"}, "multiValueHeaders": {"X-S": ["1", "2"]}"#, Envelope::Rest),
            (REST, r#""headers": {"X-S": "2"}, "multiValueHeaders": {"X-S": ["1"], "x-s": ["2"]}"#, Envelope::Rest),
            (REST, r#""headers": {"X-S": "2", "x-s": "1"}, "multiValueHeaders": {}"#, Envelope::Rest),
            (LOAD_BALANCER, r#""multiValueHeaders": {"x-s": ["1", "2"]}"#, Envelope::LoadBalancer { multi_value: true }),
            (LOAD_BALANCER, r#""headers": {"x-s": "1", "x-s": "2"}"#, Envelope::LoadBalancer { multi_value: false }),
        ];
        for (start, members, envelope) in rows {
            let call = opened(start, members);
            assert_eq!(call.request.headers.iter().filter(|(name, _)| name == "x-s").count(), 2, "{members}");
            assert_eq!(call.request.header("x-s"), None, "{members}");
            assert_eq!(call.envelope, envelope, "{members}");
        }
    }

    #[test]
    fn a_header_written_once_is_seen_once_whatever_its_case() {
        let rows = [
            (HTTP_API, r#""headers": {"X-Hub-Signature-256": "v", "x-a": "1"}, "multiValueHeaders": {"x-a": ["2"]}"#),
            (REST, r#""headers": {"X-Hub-Signature-256": "v"}, "multiValueHeaders": {"X-Hub-Signature-256": ["v"]}"#),
            (REST, r#""headers": {"X-Hub-Signature-256": "v"}"#),
            (LOAD_BALANCER, r#""headers": {"x-hub-signature-256": "v"}"#),
            (LOAD_BALANCER, r#""multiValueHeaders": {"x-hub-signature-256": ["v"]}"#),
        ];
        for (start, members) in rows {
            assert_eq!(opened(start, members).request.header("x-hub-signature-256"), Some("v"), "{members}");
        }
        let cookies = opened(HTTP_API, r#""cookies": ["a=1", "b=2"]"#).request;
        assert_eq!(cookies.header("cookie"), Some("a=1; b=2"));
    }

    #[test]
    fn the_gateways_clock_is_passed_on_and_nobody_elses() {
        let spoken = r#""headers": {"X-Dayzero-Gateway-Ms": "1"}"#;
        let rows = [
            (HTTP_API.replace("{\"http\"", "{\"timeEpoch\": 1772442724000, \"http\""), Some("1772442724000")),
            (REST.replace("{\"stage\"", "{\"requestTimeEpoch\": 1772442724000, \"stage\""), Some("1772442724000")),
            (HTTP_API.replace("{\"http\"", "{\"timeEpoch\": \"soon\", \"http\""), None),
            (HTTP_API.to_owned(), None),
            (LOAD_BALANCER.to_owned(), None),
        ];
        for (start, expected) in rows {
            assert_eq!(opened(&start, spoken).request.header(GATEWAY_TIME), expected, "{start}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused_with_the_status_that_says_whose_fault_it_is() {
        for start in [LOAD_BALANCER, REST, HTTP_API] {
            let bad = format!(r#"{{{start}, "body": "%%%", "isBase64Encoded": true}}"#);
            assert_eq!(from_gateway(bad.as_bytes()).unwrap_err().status(), 400);
            let of = |size: usize| format!(r#"{{{start}, "body": "{}"}}"#, "x".repeat(size));
            assert_eq!(from_gateway(of(MAX_BODY_BYTES).as_bytes()).unwrap().request.body.len(), MAX_BODY_BYTES);
            let fault = from_gateway(of(MAX_BODY_BYTES + 1).as_bytes()).unwrap_err();
            assert_eq!((fault, fault.status()), (EnvelopeFault::TooLarge { bytes: MAX_BODY_BYTES + 1 }, 413));
        }
        let rows = [
            "",
            "{}",
            "[]",
            r#"{"Records": []}"#,
            r#"{"version": "1.0", "httpMethod": "GET", "path": "/"}"#,
            r#"{"requestContext": {}}"#,
            r#"{"requestContext": {"elb": {}}, "path": "/"}"#,
            r#"{"requestContext": {"elb": {}}, "httpMethod": "GET"}"#,
            r#"{"requestContext": {"http": {"method": "GET"}}, "httpMethod": "GET", "path": "/"}"#,
            r#"{"requestContext": {"http": {}}, "rawPath": "/"}"#,
            r#"{"requestContext": {"stage": "prod"}, "httpMethod": "GET", "path": "/", "multiValueHeaders": {"a": "b"}}"#,
            r#"{"requestContext": {"stage": "prod"}, "httpMethod": "GET", "path": "/", "path": "/webhooks/meta"}"#,
        ];
        for not_http in rows {
            let fault = from_gateway(not_http.as_bytes()).map(|_| ()).unwrap_err();
            assert!(matches!(fault, EnvelopeFault::NotHttp { .. }), "{not_http}");
        }
    }

    #[test]
    fn an_answer_goes_back_in_the_shape_of_whoever_called() {
        let response = Response::text(200, "stored").with_cookie("__Host-s=1").with_cookie("__Host-t=2");
        let content_type = "text/plain; charset=utf-8";
        let rows = [
            (
                Envelope::HttpApi,
                json!({"statusCode": 200, "headers": {"content-type": content_type}, "body": "stored",
                    "isBase64Encoded": false, "cookies": ["__Host-s=1", "__Host-t=2"]}),
            ),
            (
                Envelope::Rest,
                json!({"statusCode": 200, "headers": {"content-type": content_type}, "body": "stored",
                    "isBase64Encoded": false, "multiValueHeaders": {"set-cookie": ["__Host-s=1", "__Host-t=2"]}}),
            ),
            (
                Envelope::LoadBalancer { multi_value: false },
                json!({"statusCode": 200, "statusDescription": "200 OK", "body": "stored", "isBase64Encoded": false,
                    "headers": {"content-type": content_type, "set-cookie": "__Host-s=1", "Set-cookie": "__Host-t=2"}}),
            ),
            (
                Envelope::LoadBalancer { multi_value: true },
                json!({"statusCode": 200, "statusDescription": "200 OK", "body": "stored", "isBase64Encoded": false,
                    "multiValueHeaders": {"content-type": [content_type], "set-cookie": ["__Host-s=1", "__Host-t=2"]}}),
            ),
        ];
        for (envelope, expected) in rows {
            assert_eq!(to_gateway(envelope, &response), expected, "{envelope:?}");
        }
    }

    #[test]
    fn an_answer_is_text_unless_its_bytes_are_not() {
        let bytes = Response::new(200, "image/png", vec![0xff, 0x00]);
        for envelope in [Envelope::HttpApi, Envelope::Rest, Envelope::LoadBalancer { multi_value: false }] {
            let answer = to_gateway(envelope, &bytes);
            assert_eq!((&answer["body"], &answer["isBase64Encoded"]), (&json!("/wA="), &json!(true)), "{envelope:?}");
            let empty = to_gateway(envelope, &Response::text(418, ""));
            assert_eq!((&empty["body"], &empty["isBase64Encoded"]), (&json!(""), &json!(false)), "{envelope:?}");
        }
        let odd = to_gateway(Envelope::LoadBalancer { multi_value: false }, &Response::text(418, ""));
        assert_eq!(odd["statusDescription"], "418 Answer");
    }
}
