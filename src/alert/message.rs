//! What an alert says: one JSON schema for machines, a plain text for e-mail, a short one for SMS. Pure.
//!
//! The e-mail and the JSON hold as much of the comment as the step of the route allows; the subject, the attributes and the SMS
//! never hold any of it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use serde_json::json;

use crate::model::{AlertState, Deadline, Record, Standing, Step, StepRef, TextLimit};

/// Characters of an SMS that go out as one message.
const SMS_CHARACTERS: usize = 160;
/// Characters that SNS allows in a subject.
const SUBJECT_CHARACTERS: usize = 99;

/// Characters of a whole comment in a message: more than any platform allows, and several times within what SNS takes.
const FULL_CHARACTERS: usize = 8_000;

/// What a message is about.
pub struct Context<'a> {
    pub record: &'a Record,
    pub alert: &'a AlertState,
    pub step: &'a StepRef,
    /// The zone that people's times are shown in.
    pub time_zone: &'a TimeZone,
    pub now: Timestamp,
    pub console_url: Option<&'a str>,
}

/// A rendered alert. No `Debug`: it holds as much of the comment as the route allows.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub subject: String,
    /// `dayzero.alert.v1`, for machines.
    pub json: String,
    pub email: String,
    pub sms: String,
    /// For subscribers' filters: name and value.
    pub attributes: Vec<(&'static str, String)>,
    /// How many alerts it tells of, if it is a digest.
    pub digest: Option<u32>,
}

/// Renders one send of one alert.
pub fn render(context: &Context<'_>, step: &Step) -> Message {
    Message {
        subject: subject(context),
        json: machine_readable(context, step.text),
        email: email(context, step.text),
        sms: sms(context),
        attributes: attributes(context),
        digest: None,
    }
}

fn subject(context: &Context<'_>) -> String {
    let due = context
        .alert
        .plan
        .deadlines
        .acknowledge
        .map(|due| format!(", acknowledge by {}", local(due, context)))
        .unwrap_or_default();
    let again = if context.step.step > 0 || context.step.repeat > 0 { "Still open: " } else { "" };
    let drill = if context.record.drill.is_some() { "DRILL: " } else { "" };
    let subject = format!("{drill}{again}{}{due} ({})", context.alert.class.title(), context.alert.id);
    fit_subject(&subject)
}

/// SNS refuses control characters, anything beyond ASCII and what is too long; a zone's abbreviation is all that could hold either.
pub(super) fn fit_subject(subject: &str) -> String {
    subject.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(SUBJECT_CHARACTERS).collect()
}

fn machine_readable(context: &Context<'_>, limit: TextLimit) -> String {
    let Context { record, alert, step, .. } = context;
    let reading = record.reading();
    let sighting = record.last_sighting();
    let deadlines = &alert.plan.deadlines;
    let zoned = |deadline: Option<Deadline>| deadline.map(|deadline| offset_time(deadline.timestamp(), context));
    let mut message = json!({
        "schema": "dayzero.alert.v1",
        "alert_id": alert.id,
        "comment_key": record.key,
        "campaign": record.campaign,
        "protocol": {"id": alert.protocol.id, "version": alert.protocol.version},
        "class": alert.class,
        "step": step.step,
        "repeat": step.repeat,
        "platform": record.id.platform,
        "account": record.id.account,
        "comment_id": record.id.id,
        "channel": sighting.and_then(|sighting| sighting.channel.as_ref()),
        "post_id": sighting.and_then(|sighting| sighting.post_id.as_ref()),
        "parent_id": sighting.and_then(|sighting| sighting.parent_id.as_ref()),
        "ad_id": sighting.and_then(|sighting| sighting.ad_id.as_ref()),
        "language": reading.and_then(|reading| reading.assessment.language.as_ref()),
        "aware_at": offset_time(record.aware_of(alert).timestamp(), context),
        "day_zero": day_zero(context),
        "day_zero_rule": record.day_zero_of(step).map(|day_zero| day_zero.terms.rule),
        "deadlines": {
            "alert": zoned(deadlines.alert),
            "acknowledge": zoned(deadlines.acknowledge),
            "forward": zoned(deadlines.forward),
            "legal": record.legal_date(alert),
        },
        "assessment": reading.map(|reading| json!({
            "band": reading.assessment.band,
            "score": f64::from(reading.assessment.score) / 1000.0,
            "serious": reading.assessment.serious,
            "special": reading.assessment.special,
            "pqc": reading.assessment.pqc,
            "urgent": reading.assessment.urgent,
            "product": reading.assessment.product,
            "validity": reading.assessment.validity,
            "versions": reading.assessment.versions,
        })),
        "deleted": record.deleted,
        "link": link(context),
    });
    // An address may spell out a comment's first words.
    if limit != TextLimit::None {
        message["permalink"] = json!(record.permalink);
    }
    if record.drill.is_some() {
        message["drill"] = json!(true);
    }
    if let Some(text) = allowed_text(record, limit) {
        message["text"] = json!(text);
    }
    message.to_string()
}

fn email(context: &Context<'_>, limit: TextLimit) -> String {
    let Context { record, alert, .. } = context;
    let mut lines = Vec::new();
    if record.drill.is_some() {
        lines.push("FIRE DRILL. No patient wrote this, and it is no case. Do what you would do if it were one.".to_owned());
        lines.push(String::new());
    }
    lines.push(format!("{} reported in a comment on {}.", alert.class.title(), record.id.platform.as_str()));
    if context.step.step > 0 || context.step.repeat > 0 {
        lines.push("Nobody has acknowledged this alert yet.".to_owned());
    }
    lines.push(String::new());
    if let Some(link) = link(context) {
        lines.push(format!("Open and acknowledge: {link}"));
    }
    lines.push(format!("Alert: {}", alert.id));
    lines.push(format!("Comment: {}", record.key));
    lines.push(format!("Campaign: {}", alert.protocol));
    let aware = record.aware_of(alert).timestamp().to_zoned(context.time_zone.clone());
    lines.push(format!("Day zero: {} (received {})", day_zero(context), clock_time(&aware)));
    let deadlines = &alert.plan.deadlines;
    for (name, deadline) in [("Acknowledge", deadlines.acknowledge), ("Forward", deadlines.forward)] {
        if let Some(deadline) = deadline {
            lines.push(format!("{name} by: {} ({})", local(deadline, context), left(deadline.standing(context.now))));
        }
    }
    if let Some(legal) = record.legal_date(alert) {
        lines.push(format!("Legal due date: {legal}"));
    }
    if let Some(reading) = record.reading() {
        lines.push(String::new());
        lines.extend(reading.assessment.reasons.iter().map(|reason| format!("- {reason}")));
    }
    if let Some(text) = allowed_text(record, limit) {
        lines.push(String::new());
        lines.push("The comment:".to_owned());
        lines.extend(text.lines().map(|line| format!("> {}", printable(line))));
    }
    lines.join("\n")
}

fn sms(context: &Context<'_>) -> String {
    let due = context
        .alert
        .plan
        .deadlines
        .acknowledge
        .map(|due| format!(" Acknowledge by {}.", local(due, context)))
        .unwrap_or_default();
    let drill = if context.record.drill.is_some() { "DRILL. " } else { "" };
    let text = format!("{drill}Dayzero: {}, {}.{due}", context.alert.class.title(), context.alert.id);
    let link = link(context).map(|link| format!(" {link}")).unwrap_or_default();
    fit_sms(text, &link)
}

/// A text with a link behind it, if both fit: a link cut in two opens nothing.
pub(super) fn fit_sms(text: String, link: &str) -> String {
    let whole = format!("{text}{link}");
    if whole.chars().count() <= SMS_CHARACTERS { whole } else { text.chars().take(SMS_CHARACTERS).collect() }
}

fn attributes(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let Context { record, alert, step, .. } = context;
    let language = record.reading().and_then(|reading| reading.assessment.language.clone());
    let mut attributes = vec![
        ("campaign", alert.protocol.id.to_string()),
        ("class", alert.class.as_str().to_owned()),
        ("platform", record.id.platform.as_str().to_owned()),
        ("language", language.unwrap_or_else(|| "und".to_owned())),
        ("step", step.step.to_string()),
    ];
    attributes.extend(record.drill.as_ref().map(|_| ("drill", "true".to_owned())));
    attributes
}

/// The day that the legal clocks run from: as the record has it, or, in a record that keeps no terms, the day of receipt.
/// A line of somebody's words for a mail. A control character there can end a message early or have it refused on its way; the page shows
/// which one it was.
fn printable(line: &str) -> String {
    let shown = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    line.chars().map(shown).collect()
}

fn day_zero(context: &Context<'_>) -> Date {
    let received = || context.record.aware_of(context.alert).timestamp().to_zoned(context.time_zone.clone()).date();
    context.record.day_zero_of(context.step).map_or_else(received, |day_zero| day_zero.date())
}

/// As much of the comment as the route allows to leave the store.
fn allowed_text(record: &Record, limit: TextLimit) -> Option<String> {
    let text = record.current()?.text.expose();
    let characters = match limit {
        TextLimit::None => return None,
        TextLimit::Excerpt => TextLimit::EXCERPT_CHARACTERS,
        TextLimit::Full => FULL_CHARACTERS,
    };
    let mut allowed: String = text.chars().take(characters).collect();
    if allowed.len() < text.len() {
        allowed.push('…');
    }
    Some(allowed)
}

fn link(context: &Context<'_>) -> Option<String> {
    context.console_url.map(|url| format!("{url}/comments/{}", context.record.key))
}

fn local(deadline: Deadline, context: &Context<'_>) -> String {
    clock_time(&deadline.timestamp().to_zoned(context.time_zone.clone()))
}

pub(super) fn clock_time(time: &Zoned) -> String {
    time.strftime("%a %-d %b %H:%M %Z").to_string()
}

fn offset_time(at: Timestamp, context: &Context<'_>) -> String {
    at.to_zoned(context.time_zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn left(standing: Standing) -> String {
    let words = |left: SignedDuration| match left.as_mins() {
        minutes @ 0..=119 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    };
    match standing {
        Standing::Ahead(left) => format!("{} left", words(left)),
        Standing::Overdue(by) => format!("overdue by {}", words(by)),
    }
}
