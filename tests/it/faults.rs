//! Faults between a stage and what it talks to, put where they happen: in the HTTP connector under the real SDK client. A fault is
//! *not applied* (throttled, an error, no answer) or *applied and the reply lost*, which is the one that catches careless code.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Throttled,
    ServerError,
    /// The request was carried out, and nobody heard of it.
    ReplyLost,
    /// No answer ever comes.
    Silent,
}

/// Which requests go wrong, and how many there were.
#[derive(Debug, Default)]
pub struct Faults {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    seen: usize,
    plan: Option<Plan>,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    from: usize,
    to: usize,
    fault: Fault,
}

impl Faults {
    pub fn none() -> Arc<Faults> {
        Arc::default()
    }

    /// From now on everything goes wrong in this way, until [`Faults::clear`].
    pub fn all(&self, fault: Fault) {
        self.between(0, usize::MAX, fault);
    }

    /// The `nth` request from now on (0 is the next), and every one until the process "dies" there, goes wrong: a crash.
    pub fn crash_at(&self, nth: usize, fault: Fault) {
        let seen = self.seen();
        self.set(Plan { from: seen + nth, to: usize::MAX, fault });
    }

    /// `count` requests from the `nth` on go wrong.
    pub fn between(&self, nth: usize, count: usize, fault: Fault) {
        let seen = self.seen();
        self.set(Plan { from: seen + nth, to: (seen + nth).saturating_add(count), fault });
    }

    pub fn clear(&self) {
        self.inner.lock().expect("no test thread died here").plan = None;
    }

    /// Requests so far.
    pub fn seen(&self) -> usize {
        self.inner.lock().expect("no test thread died here").seen
    }

    fn set(&self, plan: Plan) {
        self.inner.lock().expect("no test thread died here").plan = Some(plan);
    }

    fn next(&self) -> Option<Fault> {
        let mut inner = self.inner.lock().expect("no test thread died here");
        let number = inner.seen;
        inner.seen += 1;
        inner.plan.filter(|plan| (plan.from..plan.to).contains(&number)).map(|plan| {
            // Only the first request of a crash is carried out with its reply lost; after it the process is gone.
            if plan.fault == Fault::ReplyLost && number > plan.from && plan.to == usize::MAX {
                Fault::ServerError
            } else {
                plan.fault
            }
        })
    }
}

/// The real loopback client with faults in front of it.
#[derive(Debug)]
pub struct FaultyHttp {
    inner: SharedHttpClient,
    faults: Arc<Faults>,
}

impl FaultyHttp {
    pub fn shared(faults: Arc<Faults>) -> SharedHttpClient {
        FaultyHttp::over(aws_smithy_http_client::Builder::new().build_http(), faults)
    }

    /// Faults of another kind in front of those that are there already.
    pub fn over(inner: SharedHttpClient, faults: Arc<Faults>) -> SharedHttpClient {
        SharedHttpClient::new(FaultyHttp { inner, faults })
    }
}

impl HttpClient for FaultyHttp {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, faults: self.faults.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    faults: Arc<Faults>,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.faults.next() {
            None => self.inner.call(request),
            Some(Fault::Silent) => HttpConnectorFuture::new(std::future::pending()),
            Some(Fault::Throttled) => {
                answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#)
            }
            Some(Fault::ServerError) => answer(500, r#"{"__type":"InternalServerError","message":"broken"}"#),
            Some(Fault::ReplyLost) => {
                let carried_out = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    let _ = carried_out.await?;
                    Err(ConnectorError::io("the connection was reset".into()))
                })
            }
        }
    }
}

fn answer(status: u16, body: &'static str) -> HttpConnectorFuture {
    let status = status.try_into().expect("a status code");
    HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
}
