//! The wire between the real clients and what lies outside: an HTTP connector that answers from the embedded table and the modelled topics, in
//! the same process and without a socket. Here faults strike (not carried out, or carried out and the reply lost), calls take their time, a
//! process dies at one of its suspension points, and a stage panics over a poisoned record.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use jiff::SignedDuration;

use super::Chance;
use super::hours::Hours;
use super::rig::Outside;
use crate::faults::Fault;

/// Whom a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Table,
    FirstCarrier,
    SecondCarrier,
}

/// A process's life: how many suspension points it has passed, and at which it ends.
#[derive(Debug, Default)]
pub struct Life {
    passed: AtomicU64,
    ends_at: Option<u64>,
    /// Whoever waits for the process; woken when it dies.
    main: Mutex<Option<Waker>>,
}

impl Life {
    pub fn whole() -> Arc<Life> {
        Arc::default()
    }

    /// One that ends at this suspension point; 0 is the first.
    pub fn ending_at(point: u64) -> Arc<Life> {
        Arc::new(Life { ends_at: Some(point), ..Life::default() })
    }

    pub fn is_over(&self) -> bool {
        self.ends_at.is_some_and(|end| self.passed.load(Ordering::SeqCst) > end)
    }

    /// A suspension point. A process that ended here goes no further in any of its tasks.
    async fn point(&self) {
        let point = self.passed.fetch_add(1, Ordering::SeqCst);
        if self.ends_at.is_none_or(|end| point < end) {
            return tokio::task::yield_now().await;
        }
        if let Some(main) = self.main.lock().unwrap_or_else(PoisonError::into_inner).take() {
            main.wake();
        }
        std::future::pending().await
    }

    /// Runs work within this life; `None` if it ended before the work did.
    pub async fn of<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            if self.is_over() {
                return Poll::Ready(None);
            }
            *self.main.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            match work.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if self.is_over() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

/// Drops work at the `nth` time that it suspends itself (0 is the first), while the tasks that it started go on; `None` if that came
/// before its end.
pub async fn dropped_at<T>(nth: u64, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut suspended) = (Box::pin(work), 0);
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if suspended == nth => Poll::Ready(None),
        Poll::Pending => {
            suspended += 1;
            Poll::Pending
        }
    })
    .await
}

/// What goes wrong with calls.
#[derive(Debug)]
pub struct Weather {
    pub chance: Chance,
    /// Calls that go wrong, of a thousand.
    pub per_mille: u64,
    /// Services of which every call goes wrong, and how.
    pub outages: BTreeMap<Service, Fault>,
    /// How long a call takes, in milliseconds: drawn evenly. None takes no time.
    pub latency: Option<(u64, u64)>,
    /// Partitions over which a worker's stage panics.
    pub poison: BTreeSet<String>,
    pub calls: u64,
    pub struck: BTreeMap<&'static str, u64>,
    /// Records about which a call to the table failed, or of which a message was taken and its reply lost: when.
    pub unheard: BTreeMap<String, Vec<i64>>,
}

impl Weather {
    pub fn fair(seed: u64) -> Weather {
        Weather {
            chance: Chance::new(seed),
            per_mille: 0,
            outages: BTreeMap::new(),
            latency: None,
            poison: BTreeSet::new(),
            calls: 0,
            struck: BTreeMap::new(),
            unheard: BTreeMap::new(),
        }
    }

    fn draw(&mut self, service: Service) -> Option<Fault> {
        self.calls += 1;
        let fault = match self.outages.get(&service) {
            Some(fault) => Some(*fault),
            None if self.per_mille > 0 && self.chance.below(1_000) < self.per_mille => {
                let faults = [Fault::Throttled, Fault::ServerError, Fault::Silent, Fault::ReplyLost];
                Some(faults[usize::try_from(self.chance.below(4)).expect("below four")])
            }
            None => None,
        };
        let name = match fault? {
            Fault::Throttled => "throttled",
            Fault::ServerError => "500",
            Fault::Silent => "no answer",
            Fault::ReplyLost => "reply lost",
        };
        *self.struck.entry(name).or_default() += 1;
        fault
    }

    /// Half of the time that a call takes.
    fn half(&mut self) -> Option<SignedDuration> {
        let (least, most) = self.latency?;
        let micros = 500 * (least + self.chance.below(most - least + 1));
        Some(SignedDuration::from_micros(i64::try_from(micros).expect("some milliseconds")))
    }
}

/// One request, read as far as the rig needs it.
#[derive(Debug)]
pub struct Call {
    pub service: Service,
    /// DynamoDB's operation; empty for SNS.
    pub operation: String,
    pub body: Vec<u8>,
}

impl Call {
    fn of(request: &HttpRequest) -> Call {
        let service = match request.uri() {
            uri if uri.starts_with("http://first.rig") => Service::FirstCarrier,
            uri if uri.starts_with("http://second.rig") => Service::SecondCarrier,
            _ => Service::Table,
        };
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        Call { service, operation, body: request.body().bytes().expect("a body in memory").to_vec() }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("DynamoDB's JSON is UTF-8")
    }

    /// The record of a forum's comment that a call of the table is about.
    fn record_of(&self) -> Option<&str> {
        let text = self.text();
        let start = text.find("forum-")?;
        text.get(start..start + "forum-".len() + 32)
    }
}

/// The connector of one process.
#[derive(Clone, Debug)]
pub struct Wire {
    pub outside: Arc<Outside>,
    pub hours: Hours,
    pub life: Arc<Life>,
    /// Whether a platform waits behind it: the door has no stage that could panic over a record.
    pub door: bool,
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (wire, call) = (self.clone(), Call::of(&request));
        HttpConnectorFuture::new(async move { wire.carry(&call).await })
    }
}

impl Wire {
    async fn carry(&self, call: &Call) -> Result<HttpResponse, ConnectorError> {
        let fault = self.outside.weather().draw(call.service);
        self.half().await;
        if !self.door && self.outside.is_poisoned(call) {
            // A panic, without the noise of thousands of messages about it.
            std::panic::resume_unwind(Box::new("a stage panics over what it read"));
        }
        let answer = match fault {
            Some(Fault::Silent) => {
                self.unheard(call, None);
                std::future::pending().await
            }
            Some(Fault::Throttled) => (400, refusal(call.service, "ThrottlingException")),
            Some(Fault::ServerError) => (500, refusal(call.service, "InternalServerError")),
            Some(Fault::ReplyLost) | None => self.outside.answer(call),
        };
        if fault.is_some() || answer.0 >= 500 {
            self.unheard(call, fault);
        }
        self.half().await;
        if fault == Some(Fault::ReplyLost) {
            return Err(ConnectorError::io("the connection was reset".into()));
        }
        let status = answer.0.try_into().expect("a status code");
        Ok(HttpResponse::new(status, SdkBody::from(answer.1)))
    }

    async fn half(&self) {
        self.life.point().await;
        let time = self.outside.weather().half();
        if let Some(time) = time {
            self.hours.pass(time).await;
        }
    }

    /// Notes why a message may come again: its reply was lost, or the record could not be told that it was accepted.
    fn unheard(&self, call: &Call, fault: Option<Fault>) {
        let records: Vec<String> = match call.service {
            Service::Table => call.record_of().into_iter().map(str::to_owned).collect(),
            _ if fault == Some(Fault::ReplyLost) && call.body.starts_with(b"Action=Publish") => {
                self.outside.sns().messages.last().map(told_of).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let now = self.hours.now().as_millisecond();
        for record in records {
            self.outside.weather().unheard.entry(record).or_default().push(now);
        }
    }
}

fn told_of(message: &super::sns::Message) -> Vec<String> {
    message.told().into_iter().map(|(record, _)| record).collect()
}

fn refusal(service: Service, code: &str) -> String {
    match service {
        Service::Table => format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"refused"}}"#),
        _ => format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Receiver</Type><Code>{code}</Code>\
             <Message>refused</Message></Error><RequestId>rig</RequestId></ErrorResponse>"
        ),
    }
}
