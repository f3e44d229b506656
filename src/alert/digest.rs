//! One message for many alerts, when more wait for a topic than its pace takes: how many of each class, and each with its identity, its next
//! deadline and its link, the most urgent first. It holds none of a comment's words, whatever the route allows. Pure.

use jiff::{Timestamp, Zoned};
use serde_json::json;

use super::decide::by_class;
use super::message::{Message, clock_time, fit_sms, fit_subject};
use crate::model::{AlertId, CampaignId, Class, CommentKey};

/// An alert as a digest names it.
pub struct Line {
    pub alert: AlertId,
    pub key: CommentKey,
    pub campaign: CampaignId,
    pub class: Class,
    pub step: u16,
    pub repeat: u16,
    /// Whether it is a fire drill's: no case, and counted with none.
    pub drill: bool,
    /// The next window that people have to keep, in the campaign's time zone.
    pub due: Option<Zoned>,
}

/// What a digest is made of.
pub struct Contents<'a> {
    /// The most urgent first.
    pub named: &'a [&'a Line],
    /// The classes of those that wait and are not named.
    pub others: &'a [Class],
    pub now: Timestamp,
    pub console_url: Option<&'a str>,
}

impl Contents<'_> {
    fn total(&self) -> usize {
        self.named.len() + self.others.len()
    }

    /// How many of those that are named are fire drills.
    fn drills(&self) -> usize {
        self.named.iter().filter(|line| line.drill).count()
    }

    /// Counts of each class, without fire drills: "2 Serious adverse event, 41 Adverse event".
    fn counts(&self) -> Vec<(Class, usize)> {
        let real = self.named.iter().filter(|line| !line.drill);
        by_class(real.map(|line| line.class).chain(self.others.iter().copied()))
    }

    fn link(&self, line: &Line) -> Option<String> {
        self.console_url.map(|url| format!("{url}/comments/{}", line.key))
    }
}

/// Renders a digest in the three forms of every alert.
pub fn render(contents: &Contents<'_>) -> Message {
    let most_urgent = contents.named.first().map_or("", |line| line.class.as_str());
    let mut attributes = vec![("class", most_urgent.to_owned()), ("digest", contents.total().to_string())];
    // A subscriber that leaves drills out must not leave out what waits beside one.
    attributes.extend((contents.drills() == contents.total()).then(|| ("drill", "true".to_owned())));
    Message {
        subject: fit_subject(&summary(contents)),
        json: machine_readable(contents),
        email: email(contents),
        sms: sms(contents),
        attributes,
        digest: Some(u32::try_from(contents.total()).unwrap_or(u32::MAX)),
    }
}

fn summary(contents: &Contents<'_>) -> String {
    let counts: Vec<String> =
        contents.counts().into_iter().map(|(class, count)| format!("{count} {}", class.title().to_lowercase())).collect();
    let (drills, real) = (contents.drills(), contents.total() - contents.drills());
    match (drills, real) {
        (0, _) => format!("{real} alerts wait: {}", counts.join(", ")),
        (_, 0) => format!("DRILL: {drills} alerts of fire drills wait"),
        // First, so that no cut at a subject's end takes the word away.
        _ => format!("{drills} DRILL and {real} alerts wait: {}", counts.join(", ")),
    }
}

fn machine_readable(contents: &Contents<'_>) -> String {
    let alert = |line: &&Line| {
        let mut alert = json!({
            "alert_id": line.alert,
            "comment_key": line.key,
            "campaign": line.campaign,
            "class": line.class,
            "step": line.step,
            "repeat": line.repeat,
            "due": line.due.as_ref().map(|due| due.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
            "link": contents.link(line),
        });
        if line.drill {
            alert["drill"] = json!(true);
        }
        alert
    };
    let classes: serde_json::Map<String, serde_json::Value> =
        contents.counts().into_iter().map(|(class, count)| (class.as_str().to_owned(), json!(count))).collect();
    json!({
        "schema": "dayzero.digest.v1",
        "count": contents.total(),
        "classes": classes,
        "drills": contents.drills(),
        "alerts": contents.named.iter().map(alert).collect::<Vec<_>>(),
        "more": contents.others.len(),
    })
    .to_string()
}

fn email(contents: &Contents<'_>) -> String {
    let mut lines = vec![format!("{}.", summary(contents)), String::new()];
    lines.push("So many wait at once that they come in one message. Each needs somebody to acknowledge it.".to_owned());
    for line in contents.named {
        lines.push(String::new());
        let due = line.due.as_ref().map(|due| format!(", {}", until(due, contents.now))).unwrap_or_default();
        let drill = if line.drill { "FIRE DRILL, no patient: " } else { "" };
        lines.push(format!("{drill}{} ({}){due}", line.class.title(), line.alert));
        lines.extend(contents.link(line).map(|link| format!("  {link}")));
    }
    if !contents.others.is_empty() {
        lines.push(String::new());
        lines.push(format!("And {} more, which the next message names.", contents.others.len()));
    }
    lines.join("\n")
}

fn sms(contents: &Contents<'_>) -> String {
    let link = contents.console_url.map(|url| format!(" {url}")).unwrap_or_default();
    fit_sms(format!("Dayzero: {}.", summary(contents)), &link)
}

fn until(due: &Zoned, now: Timestamp) -> String {
    let overdue = if due.timestamp() < now { " (overdue)" } else { "" };
    format!("due {}{overdue}", clock_time(due))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_counts_all_and_names_what_it_names() {
        let line = |id: &str, class, due: &str| Line {
            alert: AlertId::new(id),
            key: CommentKey::parse("forum-0123456789abcdef0123456789abcdef").expect("a key as the store writes it"),
            campaign: CampaignId::new("migraine-nl"),
            class,
            step: 1,
            repeat: 0,
            drill: false,
            due: Some(due.parse().expect("a time with a zone")),
        };
        let named = [
            line("a-1", Class::Serious, "2026-03-11T10:30:00+01:00[Europe/Amsterdam]"),
            line("a-2", Class::AdverseEvent, "2026-03-11T09:00:00+01:00[Europe/Amsterdam]"),
        ];
        let now = "2026-03-11T09:30:00+01:00".parse().expect("a time");
        let others = [Class::AdverseEvent, Class::QualityComplaint];
        let contents = Contents { named: &[&named[0], &named[1]], others: &others, now, console_url: Some("https://c.example") };
        let message = render(&contents);
        assert_eq!(message.digest, Some(4));
        assert_eq!(message.subject, "4 alerts wait: 1 serious adverse event, 2 adverse event, 1 quality complaint");
        assert_eq!(
            message.sms,
            "Dayzero: 4 alerts wait: 1 serious adverse event, 2 adverse event, 1 quality complaint. https://c.example"
        );
        let expected = [
            "4 alerts wait: 1 serious adverse event, 2 adverse event, 1 quality complaint.",
            "",
            "So many wait at once that they come in one message. Each needs somebody to acknowledge it.",
            "",
            "Serious adverse event (a-1), due Wed 11 Mar 10:30 CET",
            "  https://c.example/comments/forum-0123456789abcdef0123456789abcdef",
            "",
            "Adverse event (a-2), due Wed 11 Mar 09:00 CET (overdue)",
            "  https://c.example/comments/forum-0123456789abcdef0123456789abcdef",
            "",
            "And 2 more, which the next message names.",
        ];
        assert_eq!(message.email.lines().collect::<Vec<_>>(), expected);
        let json: serde_json::Value = serde_json::from_str(&message.json).expect("JSON");
        assert_eq!(json["schema"], "dayzero.digest.v1");
        assert_eq!((&json["count"], &json["more"], &json["classes"]["adverse_event"]), (&json!(4), &json!(2), &json!(2)));
        assert_eq!(json["alerts"][0]["due"], "2026-03-11T10:30:00+01:00");
    }

    #[test]
    fn a_drill_is_named_as_one_and_counted_with_no_case() {
        let line = |id: &str, drill| Line {
            alert: AlertId::new(id),
            key: CommentKey::parse("forum-0123456789abcdef0123456789abcdef").expect("a key as the store writes it"),
            campaign: CampaignId::new("migraine-nl"),
            class: Class::Serious,
            step: 0,
            repeat: 0,
            drill,
            due: None,
        };
        let (drill, case) = (line("a-1", true), line("a-2", false));
        let rows: [(&[&Line], &str, bool); 3] = [
            (&[&drill, &drill], "DRILL: 2 alerts of fire drills wait", true),
            (&[&drill, &case], "1 DRILL and 1 alerts wait: 1 serious adverse event", false),
            (&[&case, &case], "2 alerts wait: 2 serious adverse event", false),
        ];
        for (named, subject, marked) in rows {
            let message = render(&Contents { named, others: &[], now: Timestamp::UNIX_EPOCH, console_url: None });
            assert_eq!(message.subject, subject);
            assert!(message.sms.contains(subject), "{}", message.sms);
            assert_eq!(message.email.contains("FIRE DRILL, no patient: "), named.iter().any(|line| line.drill));
            assert_eq!(message.attributes.contains(&("drill", "true".to_owned())), marked);
        }
    }
}
