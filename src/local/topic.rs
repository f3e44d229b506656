//! The loopback SNS: the actions `Publish` and `ListSubscriptionsByTopic` of the real query API, so that the real client talks to it. What
//! it accepts goes to the outbox; it delivers to nobody, and every topic has one subscriber unless a test says otherwise.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;

use super::outbox::{Outbox, Posted};
use crate::http::form;
use crate::model::Clock;

/// Bytes of a message at most, as SNS allows.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// A running topic server; it stops with the process.
pub struct Topic {
    port: u16,
    subscriptions: Subscriptions,
}

/// What the server answers about who is subscribed: for some topics, by the end of their ARN, the subscriptions' ARNs.
type Subscriptions = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

/// What a request is answered from.
#[derive(Clone)]
struct Desk {
    outbox: Outbox,
    clock: Clock,
    subscriptions: Subscriptions,
}

impl Topic {
    /// Listens on a free loopback port until the process ends.
    pub async fn start(outbox: Outbox) -> std::io::Result<Topic> {
        Topic::start_at(outbox, Clock::System).await
    }

    /// The same with another clock for the times in the outbox.
    pub async fn start_at(outbox: Outbox, clock: Clock) -> std::io::Result<Topic> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let subscriptions = Subscriptions::default();
        let desk = Desk { outbox, clock, subscriptions: subscriptions.clone() };
        let router = Router::new().route("/", post(answer)).with_state(desk);
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the local topic stopped");
            }
        });
        Ok(Topic { port, subscriptions })
    }

    /// Says who is subscribed to a topic from now on: ARNs of subscriptions, or `PendingConfirmation`.
    pub fn subscribe(&self, topic: &str, subscriptions: &[&str]) {
        let subscriptions = subscriptions.iter().map(|arn| (*arn).to_owned()).collect();
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner).insert(topic.to_owned(), subscriptions);
    }

    /// Where the real client finds it.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

async fn answer(State(desk): State<Desk>, body: Bytes) -> Response {
    let fields: BTreeMap<String, String> = form(&body).into_iter().collect();
    match fields.get("Action").map(String::as_str) {
        Some("Publish") => publish(&desk, &fields),
        Some("ListSubscriptionsByTopic") => subscriptions(&desk, &fields),
        _ => refuse("InvalidAction", "Action is neither Publish nor ListSubscriptionsByTopic"),
    }
}

fn publish(desk: &Desk, fields: &BTreeMap<String, String>) -> Response {
    match read(fields, &desk.clock) {
        Err(problem) => refuse("InvalidParameter", &problem),
        Ok(posted) => {
            let message_id = posted.message_id.clone();
            match desk.outbox.accept(posted) {
                Ok(()) => accepted(&message_id),
                Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "").into_response(),
            }
        }
    }
}

fn subscriptions(desk: &Desk, fields: &BTreeMap<String, String>) -> Response {
    let Some(topic) = fields.get("TopicArn") else { return refuse("InvalidParameter", "TopicArn is missing") };
    let told = desk.subscriptions.lock().unwrap_or_else(PoisonError::into_inner);
    let told = told.iter().find(|(name, _)| topic.ends_with(&format!(":{name}"))).map(|(_, subscriptions)| subscriptions.clone());
    let arns = told.unwrap_or_else(|| vec![format!("{topic}:local")]);
    let member = |arn: &String| format!("<member><TopicArn>{topic}</TopicArn><SubscriptionArn>{arn}</SubscriptionArn></member>");
    let members: String = arns.iter().map(member).collect();
    let xml = format!(
        "<ListSubscriptionsByTopicResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><ListSubscriptionsByTopicResult>\
         <Subscriptions>{members}</Subscriptions></ListSubscriptionsByTopicResult><ResponseMetadata><RequestId>local</RequestId>\
         </ResponseMetadata></ListSubscriptionsByTopicResponse>"
    );
    ([("content-type", "text/xml")], xml).into_response()
}

/// Reads a `Publish` and refuses what SNS would refuse.
fn read(fields: &BTreeMap<String, String>, clock: &Clock) -> Result<Posted, String> {
    let field = |name: &str| fields.get(name).map(String::as_str).ok_or_else(|| format!("{name} is missing"));
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
    Ok(Posted { message_id, at: clock.now(), topic: topic.to_owned(), subject: subject.to_owned(), bodies, attributes })
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
