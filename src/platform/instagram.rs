//! Instagram: comments on media, ads and live broadcasts, and mentions elsewhere.
//!
//! Signature, handshake and envelope are Meta's (`meta.rs`), which calls [`read_change`] for every change of an account; direct
//! messages are read in `messenger.rs`. Of comments Instagram sends no edits, no deletions and no time of writing.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id};
use super::messenger;
use super::reading::{self, Reading, Source};
use crate::model::{Action, CommentEvent, CommentId};

/// Fields that hold a comment each.
const COMMENT_FIELDS: [&str; 2] = ["comments", "live_comments"];

/// Fields whose value is an element of a conversation: apps with Instagram's own login get some of them so.
const MESSAGE_FIELDS: [&str; 9] = [
    "messages",
    "message_edit",
    "message_reactions",
    "messaging_handover",
    "messaging_optins",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "standby",
];

#[derive(Deserialize)]
struct Comment<'a> {
    #[serde(default)]
    id: Id,
    /// The examples of the documentation have the id under this name, its reference under the other.
    #[serde(default)]
    comment_id: Id,
    #[serde(default)]
    parent_id: Id,
    text: Option<String>,
    from: Option<From>,
    #[serde(borrow)]
    media: Option<&'a RawValue>,
    /// Documented nowhere, seen in other people's recordings as `removed`.
    verb: Option<String>,
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    id: Id,
    username: Option<String>,
    /// The account's own id as it appears when it comments itself.
    #[serde(default)]
    self_ig_scoped_id: Id,
}

#[derive(Default, Deserialize)]
struct Media {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    ad_id: Id,
}

/// Where the account was mentioned: in a comment, or in the caption of a post. The words have to be fetched.
#[derive(Deserialize)]
struct Mention {
    #[serde(default)]
    media_id: Id,
    #[serde(default)]
    comment_id: Id,
}

/// Reads one change of an account.
pub(super) fn read_change(reading: &mut Reading<'_>, source: Source<'_>, field: &str, value: &RawValue) {
    match field {
        name if COMMENT_FIELDS.contains(&name) => match json::object::<Comment<'_>>(value) {
            Err(fault) => reading.misshapen(source, "an instagram comment", fault),
            Ok(comment) => read_comment(reading, source, comment),
        },
        "mentions" => match json::object::<Mention>(value) {
            Err(fault) => reading.misshapen(source, "an instagram mention", fault),
            Ok(mention) => read_mention(reading, source, mention),
        },
        name if MESSAGE_FIELDS.contains(&name) => messenger::read_message(reading, source, value),
        // How often a story was seen: numbers, and nobody's words.
        "story_insights" => reading.ignore(source, "instagram story_insights".to_owned()),
        other => reading.unread(source, &format!("instagram field {}", json::kind(Some(other)))),
    }
}

fn read_mention(reading: &mut Reading<'_>, source: Source<'_>, mention: Mention) {
    let post_id = mention.media_id.into_inner();
    let Some(id) = mention.comment_id.into_inner().or(post_id.clone()) else {
        return reading.spoilt(source, "an instagram mention has no media_id and no comment_id".to_owned());
    };
    reading.event(CommentEvent {
        post_id,
        sent_at: source.sent_at,
        unreadable: Some("mention whose text Instagram does not send".to_owned()),
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Created)
    });
}

fn read_comment(reading: &mut Reading<'_>, source: Source<'_>, comment: Comment<'_>) {
    let unknown_verb = comment.verb.filter(|verb| verb != "add");
    // Without its id, every such comment would be taken for one and the same.
    let Some(id) = comment.id.into_inner().or(comment.comment_id.into_inner()) else {
        return reading.spoilt(source, "an instagram comment has no id".to_owned());
    };
    let media = comment.media.and_then(|media| json::object::<Media>(media).ok()).unwrap_or_default();
    let post_id = media.id.into_inner();
    let (author_id, author_name, own_scoped_id) = match comment.from {
        Some(from) => (from.id.into_inner(), from.username, from.self_ig_scoped_id.into_inner()),
        None => (None, None, None),
    };
    // The second id comes along only where the account's owner writes under a post of its own.
    let own_account = own_scoped_id.is_some() || author_id.as_deref() == Some(source.account);
    let text = reading::words(comment.text);
    let event = CommentEvent {
        parent_id: comment.parent_id.into_inner().filter(|parent| Some(parent) != post_id.as_ref()),
        post_id,
        author: reading::author(author_id, author_name),
        unreadable: text.is_none().then(|| "picture".to_owned()),
        text,
        sent_at: source.sent_at,
        ad_id: media.ad_id.into_inner(),
        own_account,
        // The entry's time is the notification's and nobody's time of writing: better none than a wrong one.
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Created)
    };
    match unknown_verb {
        None => reading.event(event),
        verb => reading.unknown_event(source, ("verb", verb.as_deref()), event),
    }
}
