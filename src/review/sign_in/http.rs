//! HTTP to the provider: one request, one answer, over TLS or within this machine, within a time and a size, following no redirect.

use std::io::Cursor;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::AsyncHttpClient;
use openidconnect::http::{Request, Response};

use crate::config::is_secure;

/// How long one answer of the provider may take; a sign-in needs three at most.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);
/// Bytes of an answer that are read: sets of keys and tokens with many groups have some ten thousand.
const ANSWER_BYTES: usize = 512 * 1024;

type Carrier = Client<HttpsConnector<HttpConnector>, Full<Cursor<Vec<u8>>>>;

/// A client with its connections, made when it is first needed: reading the machine's certificates takes a while.
#[derive(Default)]
pub struct Http(OnceLock<Option<Carrier>>);

/// Why there is no answer. Holds nothing of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpFault {
    #[error("the provider names an address that is not https://")]
    Insecure,
    #[error("this machine has no certificates to check the provider by")]
    NoCertificates,
    #[error("the provider cannot be reached")]
    Unreachable,
    #[error("the provider did not answer within {} s", ANSWER_LIMIT.as_secs())]
    Late,
    #[error("the provider answered with a fault of its own")]
    Failed,
    #[error("the provider's answer broke off or is larger than {ANSWER_BYTES} bytes")]
    Broken,
}

impl Http {
    /// Asks once.
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpFault> {
        if !is_secure(&request.uri().to_string()) {
            return Err(HttpFault::Insecure);
        }
        let carrier = self.0.get_or_init(carrier).as_ref().ok_or(HttpFault::NoCertificates)?;
        let request = request.map(|body| Full::new(Cursor::new(body)));
        tokio::time::timeout(ANSWER_LIMIT, answer(carrier, request)).await.map_err(|_| HttpFault::Late)?
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpFault;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, HttpFault>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.send(request))
    }
}

async fn answer(carrier: &Carrier, request: Request<Full<Cursor<Vec<u8>>>>) -> Result<Response<Vec<u8>>, HttpFault> {
    let answer = carrier.request(request).await.map_err(|_| HttpFault::Unreachable)?;
    if answer.status().is_server_error() {
        return Err(HttpFault::Failed);
    }
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(|_| HttpFault::Broken)?;
    Ok(Response::from_parts(parts, body.to_bytes().to_vec()))
}

fn carrier() -> Option<Carrier> {
    let connector = HttpsConnectorBuilder::new().with_native_roots().ok()?.https_or_http().enable_http1().build();
    // None is kept: Lambda stops the process between two requests, and the provider closes the connection meanwhile.
    Some(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}
