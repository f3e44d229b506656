//! Two regions of SNS with a memory: what was published, when and to whom, and subscriptions that end as SNS ends them. More than ten messages
//! in a second suspend a topic's e-mail: it stands as unconfirmed from then on.

use std::collections::BTreeMap;

use dayzero::http::form;
use jiff::Timestamp;
use serde_json::Value;

/// Messages to one address in a second beyond which SNS suspends the subscription.
const MOST_IN_A_SECOND: usize = 10;
const PENDING: &str = "PendingConfirmation";

/// One accepted message.
#[derive(Clone, Debug)]
pub struct Message {
    pub at: Timestamp,
    /// The topic's ARN, which names the region.
    pub topic: String,
    /// What each kind of subscriber gets: `default`, `email`, `sms`.
    pub bodies: BTreeMap<String, String>,
    pub subject: String,
    pub attributes: BTreeMap<String, String>,
}

/// One step of one alert, as a message names it.
pub type Told = (String, u64, u64);

impl Message {
    /// The records and the steps that the message tells of.
    pub fn told(&self) -> Vec<(String, Told)> {
        let body: Value = serde_json::from_str(&self.bodies["default"]).expect("JSON");
        let alerts = body["alerts"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
        let text = |alert: &Value, name: &str| alert[name].as_str().expect("a text").to_owned();
        let number = |alert: &Value, name: &str| alert[name].as_u64().expect("a number");
        let told = |alert: &Value| (text(alert, "alert_id"), number(alert, "step"), number(alert, "repeat"));
        alerts.iter().map(|alert| (text(alert, "comment_key"), told(alert))).collect()
    }
}

/// What SNS has taken and whom it would tell.
#[derive(Debug, Default)]
pub struct Sns {
    pub messages: Vec<Message>,
    /// Subscriptions of a topic other than the one that each has.
    pub subscriptions: BTreeMap<String, Vec<String>>,
    /// Topics whose e-mail was suspended for the pace of their messages.
    pub suspended: Vec<String>,
}

impl Sns {
    /// Answers one request of the query API: a status and XML.
    pub fn answer(&mut self, body: &[u8], now: Timestamp) -> (u16, String) {
        let fields: BTreeMap<String, String> = form(body).into_iter().collect();
        match fields.get("Action").map(String::as_str) {
            Some("Publish") => self.publish(&fields, now),
            Some("ListSubscriptionsByTopic") => self.list(&fields["TopicArn"]),
            other => panic!("SNS was asked for {other:?}"),
        }
    }

    fn publish(&mut self, fields: &BTreeMap<String, String>, now: Timestamp) -> (u16, String) {
        let subject = fields.get("Subject").cloned().unwrap_or_default();
        let printable = subject.len() < 100 && subject.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
        if !printable || fields["Message"].len() > 256 * 1024 {
            return (400, refusal("InvalidParameter"));
        }
        let attribute = |index: usize| {
            let name = fields.get(&format!("MessageAttributes.entry.{index}.Name"))?;
            Some((name.clone(), fields.get(&format!("MessageAttributes.entry.{index}.Value.StringValue"))?.clone()))
        };
        let topic = fields["TopicArn"].clone();
        let bodies = serde_json::from_str(&fields["Message"]).expect("the JSON of several bodies");
        let attributes = (1..).map_while(attribute).collect();
        self.messages.push(Message { at: now, topic: topic.clone(), bodies, subject, attributes });
        let just_now = |message: &&Message| now.as_millisecond() - message.at.as_millisecond() < 1_000;
        let recent = self.messages.iter().rev().take_while(just_now).filter(|message| message.topic == topic).count();
        if recent > MOST_IN_A_SECOND && !self.suspended.contains(&topic) {
            self.suspended.push(topic.clone());
            self.subscriptions.insert(topic, vec![PENDING.to_owned()]);
        }
        let id = format!("{:08}", self.messages.len());
        (200, reply("Publish", &format!("<MessageId>{id}</MessageId>")))
    }

    fn list(&self, topic: &str) -> (u16, String) {
        let arns = self.subscriptions.get(topic).cloned().unwrap_or_else(|| vec![format!("{topic}:desk")]);
        let member =
            |arn: &String| format!("<member><TopicArn>{topic}</TopicArn><SubscriptionArn>{arn}</SubscriptionArn></member>");
        let members: String = arns.iter().map(member).collect();
        (200, reply("ListSubscriptionsByTopic", &format!("<Subscriptions>{members}</Subscriptions>")))
    }
}

fn reply(action: &str, result: &str) -> String {
    format!(
        "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>rig</RequestId></ResponseMetadata></{action}Response>"
    )
}

fn refusal(code: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>refused</Message></Error><RequestId>rig</RequestId></ErrorResponse>"
    )
}
