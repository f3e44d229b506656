//! API Gateway's envelope: HTTP APIs with payload format 2.0, and Function URLs, which have the same shape.
//!
//! Lambda's start-up (`lambda.rs`) and `dayzero inspect` call it. The gateway's words stop here: the stages see a [`Request`] and
//! give a [`Response`]. Payload format 1.0 and load balancers have other shapes and are refused.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use thiserror::Error;

use super::form::form;
use super::{Request, Response};

/// The largest body that is accepted, in bytes after decoding: what one synchronous call of Lambda may carry.
pub const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

/// Why an event is no request that a stage could answer. It holds positions and no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EnvelopeFault {
    #[error("the event is not an HTTP event of payload format 2.0: line {line} column {column}")]
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: Pairs,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// A JSON object in the order of its writing, every member kept: a map would let a header that came twice look as if it came once.
#[derive(Default)]
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = members.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Reads one event of the gateway.
///
/// Format 2.0 joins the values of a repeated header with commas, so a repetition is visible only in the value; no signature header
/// of any platform allows a comma there.
pub fn from_gateway(event: &[u8]) -> Result<Request, EnvelopeFault> {
    let envelope: Envelope =
        serde_json::from_slice(event).map_err(|error| EnvelopeFault::NotHttp { line: error.line(), column: error.column() })?;
    let mut headers: Vec<(String, String)> =
        envelope.headers.0.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    if !envelope.cookies.is_empty() {
        headers.push(("cookie".to_owned(), envelope.cookies.join("; ")));
    }
    let body = match envelope.body {
        None => Vec::new(),
        Some(text) if envelope.is_base64_encoded => STANDARD.decode(text).map_err(|_| EnvelopeFault::BadBase64)?,
        Some(text) => text.into_bytes(),
    };
    if body.len() > MAX_BODY_BYTES {
        return Err(EnvelopeFault::TooLarge { bytes: body.len() });
    }
    Ok(Request {
        method: envelope.request_context.http.method.to_ascii_uppercase(),
        path: envelope.raw_path,
        query: form(envelope.raw_query_string.as_bytes()),
        headers,
        body,
    })
}

/// Writes an answer as the gateway expects it. Base64 only where the body is not text.
pub fn to_gateway(response: &Response) -> Value {
    let (body, encoded) = match std::str::from_utf8(&response.body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(&response.body), true),
    };
    let mut headers = response.headers.clone();
    // Format 2.0 has a list of its own for cookies and may drop them elsewhere.
    let cookies: Vec<String> = headers.remove("set-cookie").into_iter().collect();
    let mut answer = json!({"statusCode": response.status, "headers": headers, "body": body, "isBase64Encoded": encoded});
    if !cookies.is_empty() {
        answer["cookies"] = json!(cookies);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(headers: &str, body: &str) -> String {
        format!(
            r#"{{"version": "2.0", "rawPath": "/webhooks/meta", "rawQueryString": "hub.mode=subscribe&a=%C3%A9+b", "headers": {headers},
                "cookies": ["a=1", "b=2"], "requestContext": {{"http": {{"method": "post"}}}}, {body}}}"#
        )
    }

    #[test]
    fn a_request_is_what_the_caller_sent() {
        let rows = [
            (r#""body": "één", "isBase64Encoded": false"#, "één"),
            (r#""body": "w6nDqW4=", "isBase64Encoded": true"#, "één"),
            (r#""body": null, "isBase64Encoded": true"#, ""),
            (r#""isBase64Encoded": false"#, ""),
        ];
        for (body, expected) in rows {
            let request = from_gateway(event(r#"{"X-Hub-Signature-256": "v", "x-a": "1"}"#, body).as_bytes()).unwrap();
            assert_eq!(request.body, expected.as_bytes(), "{body}");
            assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/webhooks/meta"));
            assert_eq!(request.query("a"), Some("é b"));
            assert_eq!(request.header("x-hub-signature-256"), Some("v"));
            assert_eq!(request.header("cookie"), Some("a=1; b=2"));
        }
    }

    #[test]
    fn a_header_written_twice_is_seen_twice() {
        for headers in [r#"{"x-s": "1", "X-S": "2"}"#, r#"{"x-s": "1", "x-s": "1"}"#] {
            let request = from_gateway(event(headers, r#""body": """#).as_bytes()).unwrap();
            assert_eq!(request.headers.iter().filter(|(name, _)| name == "x-s").count(), 2, "{headers}");
            assert_eq!(request.header("x-s"), None, "{headers}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused_with_the_status_that_says_whose_fault_it_is() {
        let bad = event("{}", r#""body": "%%%", "isBase64Encoded": true"#);
        assert_eq!(from_gateway(bad.as_bytes()).unwrap_err().status(), 400);
        for not_http in ["", "{}", "[]", r#"{"version": "1.0", "httpMethod": "GET", "path": "/"}"#, r#"{"Records": []}"#] {
            let fault = from_gateway(not_http.as_bytes()).unwrap_err();
            assert!(matches!(fault, EnvelopeFault::NotHttp { .. }), "{not_http}");
        }
        let largest = event("{}", &format!(r#""body": "{}""#, "x".repeat(MAX_BODY_BYTES)));
        assert_eq!(from_gateway(largest.as_bytes()).unwrap().body.len(), MAX_BODY_BYTES);
        let larger = event("{}", &format!(r#""body": "{}""#, "x".repeat(MAX_BODY_BYTES + 1)));
        let fault = from_gateway(larger.as_bytes()).unwrap_err();
        assert_eq!((fault, fault.status()), (EnvelopeFault::TooLarge { bytes: MAX_BODY_BYTES + 1 }, 413));
    }

    #[test]
    fn an_answer_is_text_unless_its_bytes_are_not() {
        let text = Response::text(200, "stored").with_header("set-cookie", "__Host-s=1");
        assert_eq!(
            to_gateway(&text),
            json!({"statusCode": 200, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": "stored",
                "isBase64Encoded": false, "cookies": ["__Host-s=1"]})
        );
        let bytes = Response::new(200, "image/png", vec![0xff, 0x00]);
        assert_eq!(
            to_gateway(&bytes),
            json!({"statusCode": 200, "headers": {"content-type": "image/png"}, "body": "/wA=", "isBase64Encoded": true})
        );
    }
}
