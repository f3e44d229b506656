//! The loopback SNS: the `Publish` action of the real query API, so that the real client talks to it. What it accepts goes to the
//! outbox; it delivers to nobody.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::Timestamp;
use tokio::net::TcpListener;

use super::outbox::{Outbox, Posted};
use crate::http::form;

/// Bytes of a message at most, as SNS allows.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// A running topic server; it stops with the process.
pub struct Topic {
    port: u16,
}

impl Topic {
    /// Listens on a free loopback port until the process ends.
    pub async fn start(outbox: Outbox) -> std::io::Result<Topic> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let router = Router::new().route("/", post(publish)).with_state(outbox);
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the local topic stopped");
            }
        });
        Ok(Topic { port })
    }

    /// Where the real client finds it.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

async fn publish(State(outbox): State<Outbox>, body: Bytes) -> Response {
    let fields: BTreeMap<String, String> = form(&body).into_iter().collect();
    match read(&fields) {
        Err(problem) => refuse("InvalidParameter", &problem),
        Ok(posted) => {
            let message_id = posted.message_id.clone();
            match outbox.accept(posted) {
                Ok(()) => accepted(&message_id),
                Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "").into_response(),
            }
        }
    }
}

/// Reads a `Publish` and refuses what SNS would refuse.
fn read(fields: &BTreeMap<String, String>) -> Result<Posted, String> {
    let field = |name: &str| fields.get(name).map(String::as_str).ok_or_else(|| format!("{name} is missing"));
    if field("Action")? != "Publish" {
        return Err("Action is not Publish".to_owned());
    }
    let (topic, subject, message) = (field("TopicArn")?, field("Subject").unwrap_or(""), field("Message")?);
    if message.len() > MAX_MESSAGE_BYTES {
        return Err("Message is too long".to_owned());
    }
    if subject.len() > 99 || subject.chars().any(|c| !c.is_ascii() || c.is_ascii_control()) {
        return Err("Subject holds more than 99 characters or one that is not printable ASCII".to_owned());
    }
    let bodies: BTreeMap<String, String> =
        serde_json::from_str(message).map_err(|_| "Message is not the JSON that MessageStructure=json asks for".to_owned())?;
    if !bodies.contains_key("default") {
        return Err("Message has no default".to_owned());
    }
    let attribute = |index: usize| {
        let name = fields.get(&format!("MessageAttributes.entry.{index}.Name"))?;
        let value = fields.get(&format!("MessageAttributes.entry.{index}.Value.StringValue"))?;
        Some((name.clone(), value.clone()))
    };
    let attributes = (1..).map_while(attribute).collect();
    let message_id = message_id()?;
    Ok(Posted { message_id, at: Timestamp::now(), topic: topic.to_owned(), subject: subject.to_owned(), bodies, attributes })
}

fn message_id() -> Result<String, String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    let hex = hex::encode(bytes);
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

fn accepted(message_id: &str) -> Response {
    let xml = format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{message_id}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></PublishResponse>"
    );
    ([("content-type", "text/xml")], xml).into_response()
}

fn refuse(code: &str, problem: &str) -> Response {
    let xml = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{problem}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
    );
    (StatusCode::BAD_REQUEST, [("content-type", "text/xml")], xml).into_response()
}
