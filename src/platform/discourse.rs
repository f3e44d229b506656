//! Discourse: the posts of a forum that runs it.
//!
//! What happened to a post stands only in a header that no signature covers, so that every event says so
//! (`action_unsigned`), and what the header calls nobody's words is checked against what the body holds. Which account is the
//! holder's, nothing says: own posts are read like all others.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Moment};
use super::reading::{self, ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use super::{hosts, html};
use crate::http::Request;
use crate::model::{Action, CommentEvent, CommentId, CommentText, Parsed, Platform, Secret};

const SIGNATURE: &str = "x-discourse-event-signature";
const SCHEME: &str = "sha256=";
const INSTANCE: &str = "x-discourse-instance";
const EVENT: &str = "x-discourse-event";
const EVENT_TYPE: &str = "x-discourse-event-type";
const EVENT_ID: &str = "x-discourse-event-id";

pub(super) const KEPT_HEADERS: &[&str] = &[INSTANCE, EVENT, EVENT_TYPE, EVENT_ID];

/// The name of the event alone: a post deleted and a post recovered may have the same body. The event's id is unsigned and made
/// anew for an attempt that is repeated: with it a retry would not be recognised, and whoever holds one genuine body could make as
/// many deliveries of it as there are numbers. Names that are read are few.
pub(super) const TELLING_HEADERS: &[&str] = &[EVENT];

/// Events of which none holds a post, by how their names begin, and the word for them: accounts, groups, categories, tags, notes
/// to accounts, likes, and topics, whose titles come with their first posts.
const NOT_POSTS: [(&str, &str); 8] = [
    ("user_", "user"),
    ("group_", "group"),
    ("category_", "category"),
    ("tag_", "tag"),
    ("notification_", "notification"),
    ("topic_", "topic"),
    ("post_liked", "like"),
    ("ping", "ping"),
];

/// What Discourse calls a line that it writes itself, as "closed this topic".
const SMALL_ACTION: u64 = 3;

/// The number of a topic's first post.
const FIRST_POST: &str = "1";

/// The longest part of a link that is taken over, in bytes.
const MAX_LINK_PART_BYTES: usize = 512;

/// A forum without a secret signs nothing: a missing header is refused like a wrong one.
pub(super) fn check_signature(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    signature::check_digits(request, SIGNATURE, SCHEME, secrets)
}

pub(super) fn sign(secret: &Secret, body: &[u8]) -> Vec<(String, String)> {
    vec![(SIGNATURE.to_owned(), format!("{SCHEME}{}", hex::encode(signature::mac(secret, &[body]))))]
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    post: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Post {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    user_id: Id,
    username: Option<String>,
    name: Option<String>,
    raw: Option<String>,
    cooked: Option<String>,
    #[serde(default)]
    created_at: Moment,
    #[serde(default)]
    updated_at: Moment,
    #[serde(default)]
    deleted_at: Moment,
    #[serde(default)]
    post_number: Id,
    #[serde(default)]
    reply_to_post_number: Id,
    #[serde(default)]
    topic_id: Id,
    topic_slug: Option<String>,
    topic_title: Option<String>,
    post_type: Option<u64>,
    hidden: Option<bool>,
    user_deleted: Option<bool>,
}

/// Where a delivery comes from, as its headers and its door say.
struct Origin<'a> {
    source: Source<'a>,
    /// The forum's own address: the door's channel if it is one, else what the header says.
    host: Option<String>,
}

pub(super) fn parse(body: &[u8], headers: &BTreeMap<String, String>, context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let instance = headers.get(INSTANCE).and_then(|address| hosts::of_address(address));
    let account = context.default_account.or(instance.as_deref()).unwrap_or(UNKNOWN_ACCOUNT);
    let source = Source { platform: Platform::Discourse, account, sent_at: None };
    // The header is unsigned: a link is made of it only where the protocol names no host.
    let origin = Origin { source, host: hosts::of_name(account).or_else(|| instance.clone()) };
    let name = headers.get(EVENT).or_else(|| headers.get(EVENT_TYPE).filter(|kind| *kind == "ping"));
    if let Some(envelope) = reading.whole(source, body) {
        read_envelope(&mut reading, &origin, &envelope, name.map(String::as_str));
    }
    reading.finish()
}

fn read_envelope(reading: &mut Reading<'_>, origin: &Origin<'_>, envelope: &Envelope<'_>, name: Option<&str>) {
    let source = origin.source;
    let Some(name) = name else {
        return reading.spoilt(source, "a discourse call has no X-Discourse-Event, which alone says what happened".to_owned());
    };
    let of_a_post = matches!(name, "post_created" | "post_edited" | "post_destroyed" | "post_recovered");
    match envelope.post {
        // The name is unsigned: whatever it says, words are not passed over.
        Some(post) => read_post(reading, origin, name, post),
        None if of_a_post => reading.spoilt(source, format!("a discourse {name} came without a post")),
        None if name == "topic_edited" => {
            // Where title and first post are edited at once, this event takes the place of the post's.
            let reason = "a discourse topic was edited: its title is new, and its first post may be; neither is read here";
            reading.spoilt(source, reason.to_owned());
        }
        None => match NOT_POSTS.iter().find(|(start, _)| name.starts_with(start)) {
            Some((_, kind)) => reading.ignore(source, format!("discourse {kind}")),
            None => reading.unread(source, &format!("discourse event {}", json::kind(Some(name)))),
        },
    }
}

fn read_post(reading: &mut Reading<'_>, origin: &Origin<'_>, name: &str, post: &RawValue) {
    let source = origin.source;
    let post = match json::object::<Post>(post) {
        Err(fault) => return reading.misshapen(source, "a discourse post", fault),
        Ok(post) => post,
    };
    if post.post_type == Some(SMALL_ACTION) && post.raw.as_deref().is_none_or(|raw| raw.trim().is_empty()) {
        return reading.ignore(source, "discourse small action".to_owned());
    }
    match post.id.get().map(str::to_owned) {
        None => reading.spoilt(source, "a discourse post has no id".to_owned()),
        Some(_) if source.account == UNKNOWN_ACCOUNT => {
            let reason =
                "a discourse post names no forum: its door has not exactly one channel, and X-Discourse-Instance is no address";
            reading.spoilt(source, reason.to_owned());
        }
        Some(id) => match action(name, &post) {
            Some(action) => reading.event(event(origin, action, id, post)),
            None => reading.unknown_event(source, ("event", Some(name)), event(origin, (Action::Created, false), id, post)),
        },
    }
}

/// What happened, and whether the signed body says so too; `None` for an event that this version does not know to hold a post.
fn action(name: &str, post: &Post) -> Option<(Action, bool)> {
    let withdrawn = post.user_deleted == Some(true);
    let action = match name {
        "post_created" => (Action::Created, false),
        // Whoever deletes a post of their own is told of as an edit first; the words are Discourse's then.
        "post_edited" if withdrawn => (Action::Deleted, true),
        "post_edited" if post.hidden == Some(true) => (Action::Hidden, false),
        // Every edit of a post that can be seen says that it is not hidden, and none that it was hidden before: no unhiding follows.
        "post_edited" => (Action::Edited, false),
        "post_destroyed" => (Action::Deleted, withdrawn || post.deleted_at.0.is_some()),
        // A deleted post is to be seen again. There is no action for that alone, and this is what it means to who reads.
        "post_recovered" => (Action::Unhidden, false),
        _ => return None,
    };
    Some(action)
}

fn event(origin: &Origin<'_>, (action, signed): (Action, bool), id: String, post: Post) -> CommentEvent {
    let source = origin.source;
    let at = match action {
        Action::Created => post.created_at.0,
        // A deletion leaves `updated_at` as it was, unless it is the author's, which is an edit.
        Action::Deleted => post.deleted_at.0.or(post.updated_at.0.filter(|_| post.user_deleted == Some(true))),
        Action::Edited | Action::Hidden => post.updated_at.0,
        // So does a recovery: with the time of an edit before the deletion, the deletion would be the last that happened.
        Action::Unhidden => None,
    };
    let (text, held) = match post.user_deleted {
        Some(true) => (None, None),
        _ => words(&post),
    };
    let text = reading::words(text);
    let wordless = text.is_none().then_some("picture");
    let text = if post.user_deleted == Some(true) { None } else { titled(&post, text) };
    let unreadable = match action {
        Action::Created | Action::Edited => held.or(wordless),
        Action::Deleted | Action::Hidden | Action::Unhidden => None,
    };
    let name = post.name.clone().filter(|name| !name.trim().is_empty()).or(post.username.clone());
    CommentEvent {
        parent_id: parent(&post),
        permalink: permalink(origin.host.as_deref(), &post),
        author: reading::author(post.user_id.into_inner(), name),
        post_id: post.topic_id.into_inner(),
        text,
        post_text: reading::words(post.topic_title),
        at,
        created_at: post.created_at.0,
        unreadable: unreadable.map(str::to_owned),
        action_unsigned: !signed,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), action)
    }
}

/// A topic's title is its author's, who wrote its first post: "Hives from Norvexa" may stand there and nowhere else.
fn titled(post: &Post, text: Option<CommentText>) -> Option<CommentText> {
    let title = reading::words(post.topic_title.clone()).filter(|_| post.post_number.get() == Some(FIRST_POST));
    match (title, text) {
        (Some(title), Some(text)) => Some(CommentText::new(format!("{}\n\n{}", title.expose(), text.expose()))),
        (title, text) => title.or(text),
    }
}

/// The words as they were typed, else as they are shown; and what stands beside them that is no text.
fn words(post: &Post) -> (Option<String>, Option<&'static str>) {
    if let Some(raw) = post.raw.as_ref().filter(|raw| !raw.trim().is_empty()) {
        return (Some(raw.clone()), uploaded(raw));
    }
    post.cooked.as_deref().map(html::read).map_or((None, None), |(text, held)| (Some(text), held))
}

/// What Discourse's Markdown embeds: `![arm|690x388](upload://…)`, `![clip|video](upload://…)`, `[note.pdf|attachment](upload://…)`.
fn uploaded(raw: &str) -> Option<&'static str> {
    let kinds = [("|video](", "video"), ("|audio](", "audio"), ("|attachment](", "attachment"), ("<img", "photo")];
    let named = kinds.into_iter().find(|(sign, _)| raw.contains(sign)).map(|(_, kind)| kind);
    let picture = raw.split("![").skip(1).any(|after| after.contains("]("));
    named.or(picture.then_some("photo"))
}

/// A reply knows the number of the post that it answers, and not its id: written so that nobody takes it for one.
fn parent(post: &Post) -> Option<String> {
    let (topic, number) = (post.topic_id.get()?, post.reply_to_post_number.get()?);
    Some(format!("topic/{topic}/{number}"))
}

/// `https://<forum>/t/<slug>/<topic>/<number>`; the slug is for people and may be left out.
fn permalink(host: Option<&str>, post: &Post) -> Option<String> {
    let (host, topic, number) = (host?, part(post.topic_id.get())?, part(post.post_number.get())?);
    let slug = part(post.topic_slug.as_deref()).map(|slug| format!("{slug}/")).unwrap_or_default();
    json::link(Some(format!("https://{host}/t/{slug}{topic}/{number}")))
}

/// One part of a link's path that cannot become more than that.
fn part(written: Option<&str>) -> Option<&str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-%".contains(&b);
    written.filter(|part| (1..=MAX_LINK_PART_BYTES).contains(&part.len()) && part.bytes().all(plain))
}
