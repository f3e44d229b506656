//! X's Activity API, the successor of Account Activity: one event a delivery, named by its `event_type`.
//!
//! `x.rs` calls [`read`] with what stands under `data`. X does not tell by this API when a stranger deletes a post, and sends the
//! texts of its encrypted chats to nobody: such a message is told of, and people read it on X.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, Milliseconds, Moment};
use super::reading::{self, Reading, Source, UNKNOWN_ACCOUNT};
use super::x::{self, Person};
use super::x_account;
use crate::model::{Action, CommentEvent, CommentId, Platform};

/// Event types that are nobody's comment.
const NOT_COMMENTS: [&str; 7] = [
    "post.repost.create",
    "like.create",
    "dm.read",
    "dm.indicate_typing",
    "chat.conversation_join",
    // The same by its newer name.
    "chat.conversation.join",
    "news.new",
];

/// Beginnings of event types of which none is a comment.
const NOT_COMMENTS_OF: [&str; 5] = ["profile.update.", "follow.", "mute.", "block.", "spaces."];

/// What people are told of an attachment whose kind does not stand beside the post.
const PICTURE: &str = "photo or video";

#[derive(Deserialize)]
struct Event<'a> {
    filter: Option<Filter>,
    #[serde(default)]
    for_user_id: Id,
    event_type: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    includes: Option<&'a RawValue>,
}

/// Whose subscription matched. Empty where there is none, as when the account has left.
#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    user_id: Id,
}

/// Reads the one event of a delivery.
pub(super) fn read(reading: &mut Reading<'_>, raw: &RawValue) {
    let event = match json::object::<Event<'_>>(raw) {
        Err(fault) => return reading.misshapen(Source::unknown(Platform::X), "an x activity event", fault),
        Ok(event) => event,
    };
    let account = event.filter.as_ref().and_then(|filter| filter.user_id.get()).or(event.for_user_id.get());
    let source = Source { account: account.unwrap_or(UNKNOWN_ACCOUNT), ..Source::unknown(Platform::X) };
    let kind = json::kind(event.event_type.as_deref());
    let name = event.event_type.as_deref().unwrap_or_default();
    if NOT_COMMENTS.contains(&name) || NOT_COMMENTS_OF.iter().any(|beginning| name.starts_with(beginning)) {
        return reading.ignore(source, format!("x {kind}"));
    }
    let Some(payload) = event.payload else {
        return reading.spoilt(source, format!("an x activity event of the type {kind} has no payload"));
    };
    match name {
        "post.create" | "post.mention.create" | "post.reply.create" | "post.quote.create" => {
            read_post(reading, source, payload, event.includes);
        }
        "post.delete" => read_deletion(reading, source, payload),
        "dm.received" | "dm.sent" => read_direct(reading, source, payload),
        "chat.received" | "chat.sent" => read_encrypted(reading, source, payload),
        "broadcast.chat" => read_broadcast(reading, source, payload),
        "oauth.revoke" => read_revocation(reading, source, payload),
        _ => read_unknown(reading, source, name, (payload, event.includes)),
    }
}

#[derive(Deserialize)]
struct Post {
    #[serde(default)]
    id: Id,
    text: Option<String>,
    /// The whole of a long post; `text` has its beginning.
    note_tweet: Option<Note>,
    #[serde(default)]
    author_id: Id,
    #[serde(default)]
    conversation_id: Id,
    #[serde(default)]
    in_reply_to_tweet_id: Id,
    referenced_tweets: Option<Vec<Reference>>,
    #[serde(default)]
    created_at: Moment,
    edit_history_tweet_ids: Option<Vec<Id>>,
    attachments: Option<Attachments>,
    entities: Option<Entities>,
}

#[derive(Deserialize)]
struct Note {
    text: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Id,
}

#[derive(Default, Deserialize)]
struct Attachments {
    media_keys: Option<Vec<String>>,
    poll_ids: Option<Vec<Id>>,
}

#[derive(Default, Deserialize)]
struct Entities {
    urls: Option<Vec<Link>>,
}

#[derive(Deserialize)]
struct Link {
    url: Option<String>,
    /// Stands at the links that X appends for what is attached, and at no other.
    media_key: Option<String>,
}

/// Objects beside the payload. None of them is promised.
#[derive(Default, Deserialize)]
struct Includes<'a> {
    #[serde(borrow)]
    users: Option<&'a RawValue>,
    tweets: Option<&'a RawValue>,
    media: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Media {
    media_key: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Post {
    fn referred(&self, kind: &str) -> Option<&str> {
        let references = self.referenced_tweets.iter().flatten();
        references.filter(|known| known.kind.as_deref() == Some(kind)).find_map(|known| known.id.get())
    }

    fn whole_text(&mut self) -> Option<String> {
        self.note_tweet.take().and_then(|note| note.text).or(self.text.take())
    }

    /// What no machine reads of it.
    fn shown(&self, includes: &Includes<'_>) -> Option<String> {
        let attachments = self.attachments.as_ref();
        let mut keys = attachments.and_then(|attached| attached.media_keys.as_deref()).into_iter().flatten();
        let links = self.entities.as_ref().and_then(|entities| entities.urls.as_deref()).into_iter().flatten();
        let mut linked = links.filter_map(|link| link.media_key.as_ref());
        if let Some(key) = keys.next().or_else(|| linked.next()) {
            let media = includes.media.and_then(|raw| json::list(raw).ok()).into_iter().flatten();
            let mut media = media.filter_map(|raw| json::object::<Media>(raw).ok());
            let kind = media.find(|media| media.media_key.as_ref() == Some(key)).and_then(|media| media.kind);
            return Some(kind.map_or_else(|| PICTURE.to_owned(), |kind| x::attachment(Some(&kind))));
        }
        let polls = attachments.and_then(|attached| attached.poll_ids.as_ref());
        polls.is_some_and(|polls| !polls.is_empty()).then(|| x::attachment(Some("poll")))
    }
}

fn read_post(reading: &mut Reading<'_>, source: Source<'_>, payload: &RawValue, includes: Option<&RawValue>) {
    let post = match json::object::<Post>(payload) {
        Err(fault) => return reading.misshapen(source, "an x post", fault),
        Ok(post) => post,
    };
    if post.referred("retweeted").is_some() {
        return reading.ignore(source, "x repost".to_owned());
    }
    let Some(id) = post.id.get().map(str::to_owned) else {
        return reading.spoilt(source, "an x post has no id".to_owned());
    };
    let includes = includes.and_then(|raw| json::object::<Includes<'_>>(raw).ok()).unwrap_or_default();
    reading.event(event(source, id, post, &includes));
}

/// An event whose type this version does not know: a post, if it has an id and words as posts have.
fn read_unknown(reading: &mut Reading<'_>, source: Source<'_>, name: &str, (payload, includes): (&RawValue, Option<&RawValue>)) {
    let post = json::object::<Post>(payload).ok().filter(|post| post.text.is_some() || post.note_tweet.is_some());
    let includes = includes.and_then(|raw| json::object::<Includes<'_>>(raw).ok()).unwrap_or_default();
    match post.and_then(|post| Some((post.id.clone().into_inner()?, post))) {
        Some((id, post)) => reading.unknown_event(source, ("event type", Some(name)), event(source, id, post, &includes)),
        None => reading.unread(source, &format!("x event type {}", json::kind(Some(name)))),
    }
}

fn event(source: Source<'_>, id: String, mut post: Post, includes: &Includes<'_>) -> CommentEvent {
    // Each edit is a post with an id of its own. The comment is the first of them, so that it stays one comment with versions.
    let first = post.edit_history_tweet_ids.take().and_then(|ids| ids.into_iter().next()).and_then(Id::into_inner);
    let (first, action) = match first {
        Some(first) if first != id => (first, Action::Edited),
        _ => (id.clone(), Action::Created),
    };
    let parent_id = post.in_reply_to_tweet_id.get().or_else(|| post.referred("replied_to")).map(str::to_owned);
    // A reply stands in its thread, whatever it quotes; anything else stands under what it quotes, or by itself.
    let thread = post.conversation_id.get().filter(|thread| parent_id.is_some() && *thread != id);
    let quoted = post.referred("quoted").filter(|_| parent_id.is_none());
    let post_id = thread.or(quoted).map(str::to_owned);
    let people = x::people(includes.users);
    let author_id = post.author_id.get().map(str::to_owned);
    let author = author_id.as_ref().and_then(|id| people.get(id));
    let shown = post.shown(includes);
    let whole = post.whole_text();
    let links = post.entities.iter().filter_map(|entities| entities.urls.as_ref()).flatten();
    let text = x::words(whole, links.filter(|link| link.media_key.is_some()).filter_map(|link| link.url.as_deref()));
    CommentEvent {
        parent_id,
        post_text: post_id.as_deref().and_then(|id| text_of(id, includes)).and_then(|text| reading::words(Some(x::typed(text)))),
        post_id,
        own_account: author_id.as_deref() == Some(source.account),
        at: post.created_at.0,
        permalink: x::permalink(author.and_then(Person::handle), &id),
        author: reading::author(author_id, author.and_then(Person::name)),
        unreadable: shown.or_else(|| text.is_none().then(|| x::attachment(None))),
        text,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, first), action)
    }
}

/// The text of a post that came along.
fn text_of(id: &str, includes: &Includes<'_>) -> Option<String> {
    let posts = includes.tweets.and_then(|raw| json::list(raw).ok())?;
    let mut posts = posts.into_iter().filter_map(|raw| json::object::<Post>(raw).ok());
    posts.find(|post| post.id.get() == Some(id))?.whole_text()
}

#[derive(Deserialize)]
struct Deletion {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    author_id: Id,
}

/// X tells no time of it. Of a chain of edits any one may be named, and the chain itself is not told.
fn read_deletion(reading: &mut Reading<'_>, source: Source<'_>, payload: &RawValue) {
    match json::object::<Deletion>(payload) {
        Err(fault) => reading.misshapen(source, "an x deletion", fault),
        Ok(deletion) => match deletion.id.into_inner() {
            None => reading.spoilt(source, "an x deletion names no post".to_owned()),
            Some(id) => reading.event(CommentEvent {
                own_account: deletion.author_id.get() == Some(source.account),
                author: reading::author(deletion.author_id.into_inner(), None),
                ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Deleted)
            }),
        },
    }
}

#[derive(Deserialize)]
struct Direct<'a> {
    #[serde(borrow)]
    direct_message_events: Option<&'a RawValue>,
    users: Option<&'a RawValue>,
}

fn read_direct(reading: &mut Reading<'_>, source: Source<'_>, payload: &RawValue) {
    let said = reading.said();
    match json::object::<Direct<'_>>(payload) {
        Err(fault) => reading.misshapen(source, "an x direct message event", fault),
        Ok(direct) => {
            if let Some(list) = direct.direct_message_events {
                x_account::read_messages(reading, source, list, direct.users);
            }
            if reading.said() == said {
                reading.spoilt(source, "an x direct message event holds no message".to_owned());
            }
        }
    }
}

#[derive(Deserialize)]
struct Encrypted {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    sender_id: Id,
    #[serde(default)]
    created_at_msec: Milliseconds,
}

fn read_encrypted(reading: &mut Reading<'_>, source: Source<'_>, payload: &RawValue) {
    match json::object::<Encrypted>(payload) {
        Err(fault) => reading.misshapen(source, "an x chat message", fault),
        Ok(message) => match message.id.into_inner() {
            None => reading.spoilt(source, "an x chat message has no id".to_owned()),
            Some(id) => reading.event(CommentEvent {
                own_account: message.sender_id.get() == Some(source.account),
                author: reading::author(message.sender_id.into_inner(), None),
                at: message.created_at_msec.0,
                unreadable: Some("encrypted message".to_owned()),
                ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Created)
            }),
        },
    }
}

#[derive(Deserialize)]
struct Broadcast<'a> {
    #[serde(default)]
    message_id: Id,
    #[serde(default)]
    broadcast_id: Id,
    message: Option<String>,
    #[serde(borrow)]
    author: Option<&'a RawValue>,
}

/// A viewer's words under a live broadcast of ours. No time is told.
fn read_broadcast(reading: &mut Reading<'_>, source: Source<'_>, payload: &RawValue) {
    let chat = match json::object::<Broadcast<'_>>(payload) {
        Err(fault) => return reading.misshapen(source, "an x broadcast message", fault),
        Ok(chat) => chat,
    };
    let Some(id) = chat.message_id.into_inner() else {
        return reading.spoilt(source, "an x broadcast message has no message_id".to_owned());
    };
    let author = chat.author.and_then(x::person);
    let author_id = author.as_ref().and_then(Person::id);
    let text = reading::words(chat.message.map(x::typed));
    reading.event(CommentEvent {
        post_id: chat.broadcast_id.into_inner(),
        own_account: author_id.as_deref() == Some(source.account),
        author: reading::author(author_id, author.as_ref().and_then(Person::name)),
        unreadable: text.is_none().then(|| x::attachment(None)),
        text,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Created)
    });
}

#[derive(Deserialize)]
struct Revocation {
    #[serde(default)]
    user_id: Id,
}

fn read_revocation(reading: &mut Reading<'_>, source: Source<'_>, payload: &RawValue) {
    match json::object::<Revocation>(payload) {
        Err(fault) => reading.misshapen(source, "an x oauth.revoke", fault),
        Ok(revoked) => x_account::revocation(reading, revoked.user_id.get().unwrap_or(source.account)),
    }
}
