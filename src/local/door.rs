//! The HTTP door of local mode: webhooks to `receive`, everything else to `review`, and the outbox, which only exists here.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use maud::{Markup, html};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::outbox::{Outbox, Posted};
use super::pump::Waker;
use crate::campaigns::Campaigns;
use crate::error::one_line;
use crate::http::{MAX_BODY_BYTES, Request, Response, form};
use crate::model::{Clock, CommentKey, Looked};
use crate::receive::{self, Receive};
use crate::review::guard::{self, Csrf};
use crate::review::sign_in::SignIn;
use crate::review::{self, Desk, pages};
use crate::store::Store;

/// Where the outbox is shown.
const OUTBOX: &str = "/outbox";
/// How long requests that are under way may take once the process shall stop: a half-sent one must not hold it up.
const DRAIN: Duration = Duration::from_secs(5);
/// Messages that the outbox page shows.
const OUTBOX_PAGE: usize = 100;

/// Everything the door hands requests to. Each request gets a clone of the handle.
#[derive(Clone)]
pub struct Door {
    pub receive: Receive,
    pub store: Store,
    pub campaigns: Campaigns,
    pub sign_in: SignIn,
    pub csrf: Csrf,
    pub outbox: Outbox,
    /// Rung after every webhook that was answered with 200, and after every change by a person.
    pub waker: Waker,
    pub clock: Clock,
}

/// Serves until `stopped`, then lets running requests finish, for at most [`DRAIN`].
pub async fn serve(listener: TcpListener, door: Door, stopped: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    let router = Router::new().fallback(self::answer).with_state(Arc::new(door));
    let (stopping, stop_seen) = oneshot::channel();
    let stopped = async move {
        stopped.await;
        let _ = stopping.send(());
    };
    let served = axum::serve(listener, router.into_make_service()).with_graceful_shutdown(stopped);
    let too_long = async {
        let _ = stop_seen.await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = served => served,
        () = too_long => Ok(()),
    }
}

async fn answer(State(door): State<Arc<Door>>, request: axum::extract::Request) -> axum::response::Response {
    let response = match read(request).await {
        Ok(request) => Box::pin(door.answer(&request)).await,
        Err(response) => response,
    };
    into_axum(response)
}

impl Door {
    async fn answer(&self, request: &Request) -> Response {
        if request.path.starts_with("/webhooks/") {
            let response = receive::handle(&self.receive, request).await;
            if response.status == 200 {
                self.waker.wake();
            }
            return response;
        }
        let desk = match self.desk().await {
            Ok(desk) => desk,
            Err(response) => return response,
        };
        let response = if request.path == OUTBOX && matches!(request.method.as_str(), "GET" | "HEAD") {
            Box::pin(self.outbox_page(&desk, request)).await
        } else {
            Box::pin(review::handle(&desk, request)).await
        };
        if request.method == "POST" {
            self.waker.wake();
        }
        response
    }

    async fn desk(&self) -> Result<Desk, Response> {
        let in_force = self.campaigns.current().await.map_err(|error| {
            tracing::error!(error = one_line(&error), "the active protocols cannot be read");
            Response::text(503, "The store did not answer. Try again in a moment.\n").with_header("retry-after", "2")
        })?;
        Ok(Desk {
            store: self.store.clone(),
            clock: self.clock.clone(),
            sign_in: self.sign_in.clone(),
            campaigns: Desk::campaigns_of(&in_force),
            csrf: self.csrf.clone(),
            more_pages: &[("Outbox", OUTBOX)],
        })
    }

    /// What was sent holds patients' words where the protocol lets it, so it is read by whoever may read them.
    async fn outbox_page(&self, desk: &Desk, request: &Request) -> Response {
        let person = match review::reader(desk, request).await {
            Ok(person) => person,
            Err(response) => return response,
        };
        let (newest, total) = (self.outbox.newest(OUTBOX_PAGE), self.outbox.len());
        let mut keys: Vec<_> = newest.iter().filter_map(|posted| CommentKey::parse(&posted.field("comment_key")?)).collect();
        keys.sort();
        keys.dedup();
        let reader = review::seen::Reader { desk, request, person: &person };
        if let Err(problem) = reader.note(Looked::List, keys, None).await {
            return guard::harden(problem.answer(request, Some(&person)), request);
        }
        let page = pages::frame(pages::Here::Under(pages::MORE), "Outbox", Some(&person), &outbox(&newest, total));
        guard::harden(pages::html(200, &page), request)
    }
}

fn outbox(newest: &[Posted], total: usize) -> Markup {
    html! {
        header.page-head {
            h1 { "Outbox" }
            p.soft { (total) " messages, newest first" @if newest.len() < total { "; the newest " (newest.len()) " are shown" } }
        }
        p.notice { "What a topic of SNS would have been given. In local mode nobody receives it." }
        @for posted in newest {
            article.outbox {
                h2 { (posted.subject) }
                p.meta {
                    span { "to " b { (posted.topic.rsplit(':').next().unwrap_or(&posted.topic)) } }
                    span { time datetime=(posted.at) { (posted.at.strftime("%a %-d %b %Y %H:%M:%S UTC")) } }
                    @if let Some(key) = posted.field("comment_key") { a href={ "/comments/" (key) } { "Open the comment" } }
                }
                div {
                    @for (kind, name) in [("email", "As e-mail"), ("sms", "As text message"), ("default", "For machines")] {
                        @if let Some(body) = posted.bodies.get(kind) { details { summary { (name) } pre { (pages::plain(body)) } } }
                    }
                }
                p.meta {
                    span { "message " code { (posted.message_id) } }
                    @for (name, value) in &posted.attributes { code { (name) "=" (value) } }
                }
            }
        }
    }
}

async fn read(request: axum::extract::Request) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| Response::text(413, "The body is larger than 6 MB.\n"))?;
    let headers = parts.headers.iter().map(|(name, value)| {
        // Latin-1, as HTTP means it: no byte of a header may be lost before it is judged.
        let value = value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
        (name.as_str().to_owned(), value)
    });
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: form(parts.uri.query().unwrap_or_default().as_bytes()),
        headers: headers.collect(),
        body: body.to_vec(),
    })
}

fn into_axum(response: Response) -> axum::response::Response {
    let mut answer = axum::response::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        answer = answer.header(name, value);
    }
    for cookie in &response.cookies {
        answer = answer.header("set-cookie", cookie);
    }
    answer.body(Body::from(response.body)).unwrap_or_else(|_| {
        let mut broken = axum::response::Response::new(Body::empty());
        *broken.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
