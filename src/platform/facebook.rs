//! Facebook Pages: the `feed` field, in which comments on posts and on ads arrive among likes, shares and the Page's own posts.
//!
//! Signature, handshake and envelope are Meta's (`meta.rs`), which calls [`read_change`] for every change of a Page.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Seconds};
use super::reading::{self, Reading, Source};
use crate::model::{Action, CommentEvent, CommentId};

/// Items of a feed that hold nobody's comment, even where they carry a `comment_id`.
const NOT_COMMENTS: [&str; 4] = ["like", "reaction", "share", "event"];

/// Items that are posts: the Page's own, or a visitor's.
const POSTS: [&str; 7] = ["post", "status", "photo", "video", "album", "link", "note"];

#[derive(Deserialize)]
struct Item {
    item: Option<String>,
    verb: Option<String>,
}

#[derive(Deserialize)]
struct Comment<'a> {
    #[serde(default)]
    comment_id: Id,
    #[serde(default)]
    parent_id: Id,
    #[serde(default)]
    post_id: Id,
    from: Option<From>,
    /// Before version 2.11 of the Graph API the author stood here.
    #[serde(default)]
    sender_id: Id,
    sender_name: Option<String>,
    message: Option<String>,
    #[serde(borrow)]
    photo: Option<&'a RawValue>,
    video: Option<&'a RawValue>,
    #[serde(default)]
    created_time: Seconds,
    post: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    id: Id,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Post {
    permalink_url: Option<String>,
}

#[derive(Deserialize)]
struct OwnPost {
    from: Option<From>,
    message: Option<String>,
}

/// Reads one change of a Page.
pub(super) fn read_change(reading: &mut Reading<'_>, source: Source<'_>, field: &str, value: &RawValue) {
    if field != "feed" {
        return reading.unknown(source, format!("facebook field {}", json::kind(Some(field))));
    }
    match json::object::<Item>(value) {
        Err(fault) => reading.misshapen(source, "a facebook feed change", fault),
        Ok(item) => match item.item.as_deref() {
            Some("comment") => read_comment(reading, source, item.verb.as_deref(), value),
            Some(name) if NOT_COMMENTS.contains(&name) => reading.ignore(format!("facebook {name}")),
            Some(name) if POSTS.contains(&name) => read_post(reading, source, name, value),
            other => reading.unknown(source, format!("facebook item {}", json::kind(other))),
        },
    }
}

fn read_comment(reading: &mut Reading<'_>, source: Source<'_>, verb: Option<&str>, value: &RawValue) {
    let action = match verb {
        Some("add") => Action::Created,
        Some("edited" | "edit") => Action::Edited,
        Some("remove") => Action::Deleted,
        Some("hide") => Action::Hidden,
        Some("unhide") => Action::Unhidden,
        other => return reading.unknown(source, format!("facebook verb {}", json::kind(other))),
    };
    match json::object::<Comment<'_>>(value) {
        Err(fault) => reading.misshapen(source, "a facebook comment", fault),
        Ok(Comment { comment_id, .. }) if comment_id.get().is_none() => {
            reading.spoilt(source, "a facebook comment has no comment_id".to_owned());
        }
        Ok(comment) => reading.event(event(source, action, comment)),
    }
}

fn event(source: Source<'_>, action: Action, comment: Comment<'_>) -> CommentEvent {
    let unreadable = unreadable(action, &comment);
    let (author_id, author_name) = match comment.from {
        Some(from) => (from.id.into_inner(), from.name),
        None => (comment.sender_id.into_inner(), comment.sender_name),
    };
    // A reply names the comment it answers; a comment directly under a post names the post once more.
    let parent_id = comment.parent_id.into_inner().filter(|parent| Some(parent.as_str()) != comment.post_id.get());
    // `created_time` stays the time of the first writing through edits and hiding. For those the notification's own time is the
    // nearest thing to when they happened that Meta sends.
    let at = match action {
        Action::Created => comment.created_time.0,
        Action::Edited | Action::Deleted | Action::Hidden | Action::Unhidden => source.sent_at,
    };
    let post = comment.post.and_then(|post| json::object::<Post>(post).ok());
    CommentEvent {
        id: CommentId::new(source.platform, source.account, comment.comment_id.into_inner().unwrap_or_default()),
        action,
        parent_id,
        post_id: comment.post_id.into_inner(),
        own_account: author_id.as_deref() == Some(source.account),
        author: reading::author(author_id, author_name),
        text: reading::words(comment.message),
        post_text: None,
        at,
        permalink: post.and_then(|post| json::link(post.permalink_url)),
        // A Page's payload does not say which ad a comment stands under; the channel does.
        sent_at: source.sent_at,
        ad_id: None,
        unreadable,
        action_unsigned: false,
    }
}

/// A picture goes to people whether or not words stand beside it: "look at this" and a photo of a rash is a report.
fn unreadable(action: Action, comment: &Comment<'_>) -> Option<String> {
    let wordless = comment.message.as_deref().is_none_or(|message| message.trim().is_empty());
    let held = match action {
        Action::Deleted | Action::Hidden | Action::Unhidden => None,
        Action::Created | Action::Edited if comment.photo.is_some() => Some("photo"),
        Action::Created | Action::Edited if comment.video.is_some() => Some("video"),
        // A sticker comes without words and without a link.
        Action::Created | Action::Edited => wordless.then_some("sticker"),
    };
    held.map(str::to_owned)
}

/// The Page's own posts are no comments. What a visitor writes on the Page is a patient's words all the same, and goes before a
/// person until this version reads posts.
fn read_post(reading: &mut Reading<'_>, source: Source<'_>, name: &str, value: &RawValue) {
    match json::object::<OwnPost>(value) {
        Err(fault) => reading.misshapen(source, &format!("a facebook {name}"), fault),
        Ok(post) => {
            let own = post.from.is_some_and(|from| from.id.get() == Some(source.account));
            if own || reading::words(post.message).is_none() {
                reading.ignore(format!("facebook {name}"));
            } else {
                reading.spoilt(source, format!("a facebook {name} by a visitor holds words that this version does not read"));
            }
        }
    }
}
