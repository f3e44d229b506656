//! Facebook Pages: the `feed` field, in which comments on posts and on ads, and what visitors write on the Page, arrive among likes,
//! shares and the Page's own posts; and mentions of the Page elsewhere.
//!
//! Signature, handshake and envelope are Meta's (`meta.rs`), which calls [`read_change`] for every change of a Page. Reviews are read
//! in `facebook_reviews.rs`, direct messages in `messenger.rs`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::facebook_reviews;
use super::json::{self, Id, Seconds};
use super::reading::{self, Reading, Source};
use crate::model::{Action, CommentEvent, CommentId};

/// Items of a feed that hold nobody's comment, even where they carry a `comment_id`.
pub(super) const NOT_COMMENTS: [&str; 3] = ["like", "reaction", "event"];

/// Items that are posts: the Page's own, or a visitor's. A share is one where somebody wrote a word with it.
const POSTS: [&str; 8] = ["post", "status", "photo", "video", "album", "link", "note", "share"];

/// What stands for the words of a mention that came without them.
const UNSENT_MENTION: &str = "mention whose text Facebook does not send";

#[derive(Deserialize)]
struct Item {
    item: Option<String>,
    verb: Option<String>,
}

/// A comment or a post: they are told of with the same words.
#[derive(Deserialize)]
struct Said<'a> {
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

/// Reads one change of a Page.
pub(super) fn read_change(reading: &mut Reading<'_>, source: Source<'_>, field: &str, value: &RawValue) {
    match field {
        "feed" => read_feed(reading, source, value),
        "mention" => read_mention(reading, source, value),
        "ratings" => facebook_reviews::read(reading, source, value),
        // What people fill in is not sent along, only that they did: somebody has to look it up where the form was made.
        "leadgen" => {
            let reason = "facebook leadgen: a form was filled in, and Meta does not send the answers; read them with the form";
            reading.spoilt(source, reason.to_owned());
        }
        other => reading.unread(source, &format!("facebook field {}", json::kind(Some(other)))),
    }
}

fn read_feed(reading: &mut Reading<'_>, source: Source<'_>, value: &RawValue) {
    match json::object::<Item>(value) {
        Err(fault) => reading.misshapen(source, "a facebook feed change", fault),
        Ok(item) => match item.item.as_deref() {
            Some("comment") => read_comment(reading, source, item.verb.as_deref(), value),
            Some(name) if NOT_COMMENTS.contains(&name) => reading.ignore(source, format!("facebook {name}")),
            Some(name) if POSTS.contains(&name) => read_post(reading, source, (name, item.verb.as_deref()), value),
            other => read_unknown_item(reading, source, ("item", other), value),
        },
    }
}

/// What a verb says; `None` for one that this version does not know.
pub(super) fn action(verb: Option<&str>) -> Option<Action> {
    match verb {
        Some("add") => Some(Action::Created),
        Some("edited" | "edit") => Some(Action::Edited),
        Some("remove") => Some(Action::Deleted),
        Some("hide") => Some(Action::Hidden),
        Some("unhide") => Some(Action::Unhidden),
        Some(_) | None => None,
    }
}

/// Hands on an event whose verb may be unknown: what it was said of reaches people all the same.
pub(super) fn tell(reading: &mut Reading<'_>, source: Source<'_>, verb: Option<&str>, event: CommentEvent) {
    match action(verb) {
        Some(_) => reading.event(event),
        None => reading.unknown_event(source, ("verb", verb), event),
    }
}

fn read_comment(reading: &mut Reading<'_>, source: Source<'_>, verb: Option<&str>, value: &RawValue) {
    if let Some(comment) = comment(reading, source, verb, value) {
        tell(reading, source, verb, comment);
    }
}

/// An item that this version does not know. With an id of its own it is read like a comment, whatever its verb says.
pub(super) fn read_unknown_item(
    reading: &mut Reading<'_>,
    source: Source<'_>,
    (kind, name): (&str, Option<&str>),
    value: &RawValue,
) {
    let said = json::object::<Said<'_>>(value).ok();
    match said.and_then(|said| Some((said.comment_id.clone().into_inner()?, said))) {
        Some((id, said)) => reading.unknown_event(source, (kind, name), event(source, (Action::Created, id), said)),
        None => reading.unread(source, &format!("facebook {kind} {}", json::kind(name))),
    }
}

/// The event of a comment, on a post or on a review; what is none is answered for here.
pub(super) fn comment(
    reading: &mut Reading<'_>,
    source: Source<'_>,
    verb: Option<&str>,
    value: &RawValue,
) -> Option<CommentEvent> {
    let action = action(verb).unwrap_or(Action::Created);
    let comment = match json::object::<Said<'_>>(value) {
        Ok(comment) => comment,
        Err(fault) => {
            reading.misshapen(source, "a facebook comment", fault);
            return None;
        }
    };
    let Some(id) = comment.comment_id.clone().into_inner() else {
        reading.spoilt(source, "a facebook comment has no comment_id".to_owned());
        return None;
    };
    // A sticker comes without words and without a link.
    let unreadable = unreadable(action, &comment, "sticker");
    Some(CommentEvent { unreadable, ..event(source, (action, id), comment) })
}

/// The Page's own posts are no comments. What a visitor writes on the Page is a person's words like any comment.
fn read_post(reading: &mut Reading<'_>, source: Source<'_>, (name, verb): (&str, Option<&str>), value: &RawValue) {
    let post: Said<'_> = match json::object(value) {
        Ok(post) => post,
        Err(fault) => return reading.misshapen(source, &format!("a facebook {name}"), fault),
    };
    let own = post.author_id() == Some(source.account);
    if own || (name == "share" && post.is_wordless()) {
        return reading.ignore(source, format!("facebook {name}"));
    }
    let action = action(verb).unwrap_or(Action::Created);
    match post.post_id.clone().into_inner() {
        None => reading.spoilt(source, format!("a facebook {name} has no post_id")),
        Some(id) => {
            let held = if matches!(name, "photo" | "video" | "album") { name } else { "post without words" };
            let unreadable = unreadable(action, &post, held).or_else(|| picture(action, name));
            tell(reading, source, verb, CommentEvent { unreadable, ..event(source, (action, id), post) });
        }
    }
}

/// A mention of the Page, in a comment or a post somewhere else. It has no author.
fn read_mention(reading: &mut Reading<'_>, source: Source<'_>, value: &RawValue) {
    let (item, said) = match json::object::<Item>(value).and_then(|item| Ok((item, json::object::<Said<'_>>(value)?))) {
        Ok(read) => read,
        Err(fault) => return reading.misshapen(source, "a facebook mention", fault),
    };
    let id = match item.item.as_deref() {
        Some("comment") => said.comment_id.clone(),
        Some("post") => said.post_id.clone(),
        other => return read_unknown_item(reading, source, ("mention in", other), value),
    };
    let action = action(item.verb.as_deref()).unwrap_or(Action::Created);
    match id.into_inner() {
        None => reading.spoilt(source, "a facebook mention has no id".to_owned()),
        Some(id) => {
            let unreadable = unreadable(action, &said, UNSENT_MENTION);
            tell(reading, source, item.verb.as_deref(), CommentEvent { unreadable, ..event(source, (action, id), said) });
        }
    }
}

fn event(source: Source<'_>, (action, id): (Action, String), said: Said<'_>) -> CommentEvent {
    let (at, created_at) = (at(source, action, said.created_time), said.created_time.0);
    let (author_id, author_name) = match said.from {
        Some(from) => (from.id.into_inner(), from.name),
        None => (said.sender_id.into_inner(), said.sender_name),
    };
    let post_id = said.post_id.into_inner();
    // A reply names the comment it answers; a comment directly under a post names the post once more.
    let parent_id = said.parent_id.into_inner().filter(|parent| Some(parent) != post_id.as_ref());
    let post = said.post.and_then(|post| json::object::<Post>(post).ok());
    CommentEvent {
        parent_id,
        post_id,
        own_account: author_id.as_deref() == Some(source.account),
        author: reading::author(author_id, author_name),
        text: reading::words(said.message),
        at,
        created_at,
        permalink: post.and_then(|post| json::link(post.permalink_url)),
        // A Page's payload does not say which ad a comment stands under; the channel does.
        sent_at: source.sent_at,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), action)
    }
}

/// `created_time` stays the time of the first writing through edits and hiding. For those the notification's own time is the nearest
/// thing to when they happened that Meta sends.
pub(super) fn at(source: Source<'_>, action: Action, created: Seconds) -> Option<jiff::Timestamp> {
    match action {
        Action::Created => created.0,
        Action::Edited | Action::Deleted | Action::Hidden | Action::Unhidden => source.sent_at,
    }
}

impl Said<'_> {
    fn author_id(&self) -> Option<&str> {
        self.from.as_ref().map_or(self.sender_id.get(), |from| from.id.get())
    }

    fn is_wordless(&self) -> bool {
        self.message.as_deref().is_none_or(|message| message.trim().is_empty())
    }
}

/// A picture goes to people whether or not words stand beside it: "look at this" and a photo of a rash is a report. `wordless` names
/// what comes without words and without a link.
fn unreadable(action: Action, said: &Said<'_>, wordless: &str) -> Option<String> {
    let held = match action {
        Action::Deleted | Action::Hidden | Action::Unhidden => None,
        Action::Created | Action::Edited if said.photo.is_some() => Some("photo"),
        Action::Created | Action::Edited if said.video.is_some() => Some("video"),
        Action::Created | Action::Edited => said.is_wordless().then_some(wordless),
    };
    held.map(str::to_owned)
}

/// A visitor's picture with words beside it: its link stands under other names than a comment's.
fn picture(action: Action, name: &str) -> Option<String> {
    let shown = matches!(action, Action::Created | Action::Edited) && matches!(name, "photo" | "video" | "album");
    shown.then(|| name.to_owned())
}
