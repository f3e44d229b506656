//! Posting a body over HTTP: for the samples, for `dayzero replay` and `dayzero drill`. Plain HTTP only, since development secrets belong on a
//! development machine.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024;

/// A client with its connections.
#[derive(Clone)]
pub struct Poster {
    client: Client<HttpConnector, Body>,
}

/// What to post, and where.
pub struct Target {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Default for Poster {
    fn default() -> Self {
        Self::new()
    }
}

impl Poster {
    /// One client, so that many posts share connections.
    pub fn new() -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Posts once; the problem is a sentence for the terminal.
    pub async fn post(&self, target: Target) -> Result<Answer, String> {
        self.ask(Method::POST, target).await
    }

    /// Asks once for what stands at an address.
    pub async fn get(&self, url: &str) -> Result<Answer, String> {
        self.ask(Method::GET, Target { url: url.to_owned(), headers: Vec::new(), body: Vec::new() }).await
    }

    async fn ask(&self, method: Method, target: Target) -> Result<Answer, String> {
        if !target.url.starts_with("http://") {
            return Err(format!("{} is no http:// address", target.url));
        }
        let mut request = Request::builder().method(method).uri(&target.url);
        for (name, value) in &target.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(target.body)).map_err(|error| format!("{} is no address: {error}", target.url))?;
        let answer = tokio::time::timeout(ANSWER_LIMIT, self.client.request(request)).await;
        let answer = answer.map_err(|_| format!("{} did not answer within {} s", target.url, ANSWER_LIMIT.as_secs()))?;
        let answer = answer.map_err(|error| format!("{} cannot be reached: {error}", target.url))?;
        let status = answer.status().as_u16();
        let body = to_bytes(Body::new(answer.into_body()), ANSWER_BYTES)
            .await
            .map_err(|error| format!("the answer broke off: {error}"))?;
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}
