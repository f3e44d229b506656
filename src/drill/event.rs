//! The event of a drill: which channel it goes to, what it says, and its body in its platform's words. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Asked;
use super::texts::{LANGUAGES, text};
use crate::campaigns::Campaign;
use crate::classify::Comment;
use crate::model::{Class, CommentId, Drill, Platform, Provider};
use crate::platform::{self, ParseContext};
use crate::protocol::{Channel, Door};

/// Platforms whose events a drill can write, the simplest first: what every forum and Page sends.
const DRILLED: [Platform; 3] = [Platform::Forum, Platform::Facebook, Platform::X];
/// Who writes a drill's comment.
const AUTHOR: &str = "dayzero-drill";

/// A drill that is ready to be signed and posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    pub drill: Drill,
    pub provider: Provider,
    /// The name of the door's secret.
    pub secret: String,
    pub body: String,
}

/// Chooses and writes the event of a drill; the problem is a sentence.
pub fn prepare(campaign: &Campaign, asked: &Asked, id: &str, by: &str, now: Timestamp) -> Result<Ready, String> {
    let class = asked.class.unwrap_or(Class::Serious);
    let (channel, door) = place(campaign)?;
    let (language, text) = words(campaign, channel, class, asked.language.as_deref())?;
    let comment = CommentId::new(channel.platform, &channel.account, id);
    let body = body(&comment, &text, now).to_string();
    told(door, &comment, &body)?;
    let (door_id, protocol) = (door.id.clone(), campaign.protocol.reference());
    let drill = Drill { comment, door: door_id, protocol, class, language, registered_at: now, by: by.to_owned() };
    Ok(Ready { drill, provider: door.provider, secret: door.secret.clone(), body })
}

/// The first channel that can be drilled, with its door.
fn place(campaign: &Campaign) -> Result<(&Channel, &Door), String> {
    let protocol = &campaign.protocol;
    let of = |platform: &Platform| protocol.channels().iter().find(|channel| channel.platform == *platform);
    let place = DRILLED.iter().find_map(of).and_then(|channel| {
        let door = protocol.doors().iter().find(|door| door.id == channel.door)?;
        Some((channel, door))
    });
    let drilled = DRILLED.map(Platform::as_str).join(", ");
    place.ok_or_else(|| format!("no door of {} can be drilled: it has no channel on one of {drilled}", protocol.reference()))
}

/// The text and its language: one that the machine, with this campaign's rules, reads as the class that is to be drilled.
fn words(campaign: &Campaign, channel: &Channel, class: Class, asked: Option<&str>) -> Result<(String, String), String> {
    let rules = campaign.protocol.reading_rules();
    let product = rules.products.iter().find(|product| product.own).map_or("", |product| product.name.as_str());
    let languages: Vec<&str> = match asked {
        Some(language) => vec![language],
        None => rules.languages.iter().map(String::as_str).collect(),
    };
    for language in &languages {
        let Some(text) = text(class, language, product) else { continue };
        let assessment = campaign.classifier.assess(&Comment {
            text: &text,
            lang: None,
            post: None,
            parent: None,
            implied_product: campaign.implied_product(Some(&channel.id)),
            reporter_known: true,
        });
        // And as nothing else: a drill of one route calls nobody of another.
        if assessment.classes() == [class] {
            return Ok(((*language).to_owned(), text));
        }
    }
    let (tried, known) = (languages.join(", "), LANGUAGES.join(", "));
    Err(format!("no text for a drill of {} is read as such in {tried}; there are texts in {known}", class.as_str()))
}

/// The event as its platform would write it.
fn body(comment: &CommentId, text: &str, now: Timestamp) -> Value {
    let CommentId { platform, account, id } = comment;
    match platform {
        Platform::Facebook => {
            let value = json!({
                "item": "comment", "verb": "add", "comment_id": id, "post_id": AUTHOR, "from": {"id": AUTHOR, "name": "Dayzero"},
                "message": text, "created_time": now.as_second(),
            });
            let changes = json!([{"field": "feed", "value": value}]);
            json!({"object": "page", "entry": [{"id": account, "time": now.as_second(), "changes": changes}]})
        }
        Platform::X => {
            let user = json!({"id_str": AUTHOR, "name": "Dayzero", "screen_name": AUTHOR});
            let post = json!({"id_str": id, "text": text, "user": user, "timestamp_ms": now.as_millisecond().to_string()});
            json!({"for_user_id": account, "tweet_create_events": [post]})
        }
        _ => {
            let author = json!({"id": AUTHOR, "name": "Dayzero"});
            let data = json!({
                "account": account, "comment_id": id, "post_id": AUTHOR, "author": author, "created_at": now.to_string(), "text": text,
            });
            json!({"type": "comment.created", "timestamp": now.to_string(), "data": data})
        }
    }
}

/// Whether the body tells of that one comment and of nothing else: a drill that is not known again would be a false alarm.
fn told(door: &Door, comment: &CommentId, body: &str) -> Result<(), String> {
    let context = ParseContext { digest: "drill", door: door.id.as_str(), default_account: None };
    let parsed = platform::parse(door.provider, body.as_bytes(), &BTreeMap::new(), &context);
    let alone = parsed.quarantined.is_empty() && parsed.ended.is_empty() && parsed.ignored.is_empty();
    match parsed.events.as_slice() {
        [event] if event.id == *comment && alone => Ok(()),
        _ => Err(format!("the event of a drill on {} would not be known again", comment.platform.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;

    const PROTOCOL: &str = include_str!("../../events/protocol.toml");

    fn campaign(source: &str) -> Campaign {
        Campaign::new(Protocol::parse(source).unwrap())
    }

    #[test]
    fn every_class_has_a_text_in_every_language_that_is_read_as_such() {
        let campaign = campaign(PROTOCOL);
        for class in Class::ALL {
            for language in LANGUAGES {
                let asked = Asked { class: Some(class), language: Some(language.to_owned()), campaign: None };
                let ready = prepare(&campaign, &asked, "dayzero-drill-1", "Ann", Timestamp::UNIX_EPOCH);
                let ready = ready.unwrap_or_else(|problem| panic!("{class:?} {language}: {problem}"));
                assert_eq!((ready.drill.class, ready.drill.language.as_str()), (class, language));
            }
        }
    }

    #[test]
    fn the_event_goes_to_the_first_door_that_can_be_drilled() {
        let forum = "platform = \"forum\"";
        let facebook = "platform = \"facebook\"";
        let x = "platform = \"x\"";
        let rows: [(&[&str], Provider); 3] =
            [(&[], Provider::Forum), (&[forum], Provider::Meta), (&[forum, facebook], Provider::X)];
        for (gone, provider) in rows {
            let source = gone.iter().fold(PROTOCOL.to_owned(), |source, platform| drop_channels(&source, platform));
            let ready = prepare(&campaign(&source), &Asked::default(), "dayzero-drill-1", "Ann", Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(ready.provider, provider);
        }
        let source = [forum, facebook, x].iter().fold(PROTOCOL.to_owned(), |source, platform| drop_channels(&source, platform));
        let problem =
            prepare(&campaign(&source), &Asked::default(), "dayzero-drill-1", "Ann", Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(problem, "no door of migraine-nl v3 can be drilled: it has no channel on one of forum, facebook, x");
    }

    /// The protocol without the channels of a platform.
    fn drop_channels(source: &str, platform: &str) -> String {
        let mut kept: Vec<&str> = Vec::new();
        for block in source.split_inclusive("\n\n") {
            if !(block.contains("[[channel]]") && block.lines().any(|line| line.trim() == platform)) {
                kept.push(block);
            }
        }
        // Examples name channels, and are of no concern here.
        kept.concat().split("[[example]]").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_language_without_a_text_is_refused_in_a_sentence() {
        let asked = Asked { language: Some("fr".to_owned()), ..Asked::default() };
        let problem = prepare(&campaign(PROTOCOL), &asked, "dayzero-drill-1", "Ann", Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(problem, "no text for a drill of serious is read as such in fr; there are texts in nl, en");
    }
}
