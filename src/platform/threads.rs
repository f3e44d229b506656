//! Threads: replies and mentions, and what the connected account itself published or deleted, in an envelope of their own.
//!
//! `meta.rs` tells that envelope apart and calls [`read`]; signature and handshake are Meta's. Threads sends an author's name and
//! never their id, no edits, and no word when a patient deletes what they wrote.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Moment, UnixTime};
use super::reading::{self, Reading, Source, UNKNOWN_ACCOUNT};
use crate::model::{Action, CommentEvent, CommentId, Platform};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    target_id: Id,
    #[serde(default)]
    time: UnixTime,
    /// One value in the documentation, a list of them on the wire.
    #[serde(borrow)]
    values: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    field: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Post {
    #[serde(default)]
    id: Id,
    username: Option<String>,
    text: Option<String>,
    media_type: Option<String>,
    permalink: Option<String>,
    replied_to: Option<Named>,
    root_post: Option<Named>,
    owner: Option<Named>,
    #[serde(default)]
    timestamp: Moment,
    #[serde(default)]
    deleted_at: Moment,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    owner_id: Id,
}

/// What a field tells of a post.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Reply,
    Mention,
    Publish,
    Delete,
}

/// Reads the whole envelope.
pub(super) fn read(reading: &mut Reading<'_>, text: &RawValue) {
    let envelope: Envelope<'_> = match json::object(text) {
        Ok(envelope) => envelope,
        Err(fault) => return reading.misshapen(Source::unknown(Platform::Threads), "a threads delivery", fault),
    };
    let account = envelope.target_id.get().unwrap_or(UNKNOWN_ACCOUNT);
    let source = Source { platform: Platform::Threads, account, sent_at: envelope.time.0 };
    let listed = envelope.values.filter(|values| values.get().trim_start().starts_with('['));
    let changes = listed.map_or(Ok(envelope.values.into_iter().collect()), json::list);
    match changes {
        Err(fault) => reading.misshapen(source, "the list of values of a threads delivery", fault),
        Ok(changes) if changes.is_empty() => {
            let about = "threads delivery without values".to_owned();
            reading.matter(source, about.clone(), format!("a {about} came; at least one was expected"));
        }
        Ok(changes) => changes.into_iter().for_each(|raw| read_change(reading, source, raw)),
    }
}

fn read_change(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    let (name, value) = match json::object::<Change<'_>>(raw) {
        Err(fault) => return reading.misshapen(source, "a threads value", fault),
        Ok(Change { field, value }) => (field, value),
    };
    let field = match name.as_deref() {
        Some("replies") => Field::Reply,
        Some("mentions") => Field::Mention,
        Some("publish") => Field::Publish,
        Some("delete") => Field::Delete,
        other => return read_unknown(reading, source, other, value),
    };
    match value.map(json::object::<Post>) {
        None => reading.spoilt(source, "a threads change has no value".to_owned()),
        Some(Err(fault)) => reading.misshapen(source, "a threads post", fault),
        Some(Ok(Post { id, .. })) if id.get().is_none() => reading.spoilt(source, "a threads post has no id".to_owned()),
        Some(Ok(post)) => reading.event(event(source, field, post)),
    }
}

/// A field that this version does not know. A post with an id is read as a mention is, which says nothing of where it stands.
fn read_unknown(reading: &mut Reading<'_>, source: Source<'_>, name: Option<&str>, value: Option<&RawValue>) {
    match value.and_then(|value| json::object::<Post>(value).ok()) {
        Some(post) if post.id.get().is_some() => {
            reading.unknown_event(source, ("field", name), event(source, Field::Mention, post));
        }
        _ => reading.unread(source, &format!("threads field {}", json::kind(name))),
    }
}

fn event(source: Source<'_>, field: Field, post: Post) -> CommentEvent {
    let (action, own_account) = match field {
        // A reply that we wrote ourselves comes as a reply too; only `publish` says that it is ours.
        Field::Reply | Field::Mention => (Action::Created, false),
        Field::Publish => (Action::Created, true),
        // Only the connected account's own posts: what a patient deletes is not told.
        Field::Delete => (Action::Deleted, true),
    };
    let account = account(field, &post).unwrap_or(source.account).to_owned();
    let text = reading::words(post.text);
    let post_id = post.root_post.and_then(|root| root.id.into_inner());
    let replied_to = post.replied_to.and_then(|parent| parent.id.into_inner());
    CommentEvent {
        parent_id: replied_to.filter(|parent| Some(parent) != post_id.as_ref()),
        post_id,
        author: reading::author(None, post.username),
        unreadable: if own_account { None } else { unreadable(post.media_type.as_deref(), text.is_none()) },
        text,
        at: if action == Action::Deleted { post.deleted_at.0 } else { post.timestamp.0 },
        created_at: post.timestamp.0,
        sent_at: source.sent_at,
        permalink: json::link(post.permalink),
        own_account,
        ..CommentEvent::new(CommentId::new(source.platform, account, post.id.into_inner().unwrap_or_default()), action)
    }
}

/// Whose post it is under, where that is said: a reply's or a deletion's `target_id` names a post, a mention's names the account.
fn account(field: Field, post: &Post) -> Option<&str> {
    let owner = match field {
        Field::Reply => post.root_post.as_ref(),
        Field::Delete => post.owner.as_ref(),
        Field::Mention | Field::Publish => None,
    };
    owner.and_then(|owner| owner.owner_id.get())
}

/// A picture goes to people whether or not words stand beside it.
fn unreadable(media_type: Option<&str>, wordless: bool) -> Option<String> {
    let held = match media_type {
        Some("IMAGE") => Some("photo"),
        Some("VIDEO") => Some("video"),
        Some("AUDIO") => Some("voice message"),
        Some("CAROUSEL_ALBUM") => Some("photos"),
        _ => wordless.then_some("picture"),
    };
    held.map(str::to_owned)
}
