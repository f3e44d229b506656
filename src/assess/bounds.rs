//! What a record can hold. An item of the table has an end, and a forum may send anything: words beyond the end stay in the kept
//! delivery, and people are told.

use crate::model::{CommentEvent, CommentText, DeliveryId, Quarantine, QuarantineKind};

/// Bytes of a comment's text: many times what any platform allows, and a third of an item.
const TEXT_BYTES: usize = 120 * 1024;
/// Bytes of the post's text, which is context.
const POST_BYTES: usize = 16 * 1024;
/// Bytes of an author's name.
const NAME_BYTES: usize = 1024;
/// Bytes of an id or an address: platforms' are below 300.
const ID_BYTES: usize = 2 * 1024;

/// A matter for a person, if the event has an id or an address that no record can carry.
pub fn too_long(event: &CommentEvent, delivery: &DeliveryId) -> Option<Quarantine> {
    let author_id = event.author.as_ref().and_then(|author| author.id.as_ref());
    let fields = [
        ("comment's id", Some(&event.id.id)),
        ("account", Some(&event.id.account)),
        ("parent's id", event.parent_id.as_ref()),
        ("post's id", event.post_id.as_ref()),
        ("author's id", author_id),
        ("permalink", event.permalink.as_ref()),
        ("ad's id", event.ad_id.as_ref()),
    ];
    let (name, _) = fields.into_iter().find(|(_, value)| value.is_some_and(|value| value.len() > ID_BYTES))?;
    let account = if event.id.account.len() > ID_BYTES { "unknown".to_owned() } else { event.id.account.clone() };
    Some(Quarantine {
        kind: QuarantineKind::Unreadable,
        platform: event.id.platform,
        account,
        about: delivery.digest.clone(),
        reason: format!("the {name} is longer than {ID_BYTES} bytes"),
    })
}

/// The event with its words cut to what a record holds. A comment that lost words is marked, so that people open the delivery.
pub fn within(event: &CommentEvent) -> CommentEvent {
    let mut event = event.clone();
    if let Some(text) = &event.text
        && let Some(bytes) = too_much(text.expose())
    {
        event.text = Some(CommentText::new(start_of(text.expose(), bytes)));
        event.unreadable = Some("more text than a record holds; the whole of it is in the delivery".to_owned());
    }
    event.post_text = event.post_text.map(|text| CommentText::new(start_of(text.expose(), POST_BYTES)));
    if let Some(author) = &mut event.author {
        author.name = author.name.take().map(|name| start_of(&name, NAME_BYTES).to_owned());
    }
    event
}

/// How much of a text to keep, if not all: control characters take six bytes each where they are stored.
fn too_much(text: &str) -> Option<usize> {
    let escapes = text.bytes().filter(|byte| byte.is_ascii_control() || matches!(byte, b'"' | b'\\')).count();
    match (text.len() > TEXT_BYTES, escapes > TEXT_BYTES / 8) {
        (true, false) => Some(TEXT_BYTES),
        (_, true) if text.len() > TEXT_BYTES / 6 => Some(TEXT_BYTES / 6),
        _ => None,
    }
}

fn start_of(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(start_of("aé", 2), "a");
        assert_eq!(start_of("aé", 3), "aé");
        assert_eq!(start_of("aé", 9), "aé");
    }
}
