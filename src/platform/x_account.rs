//! X's Account Activity API: posts, deletions and direct messages of one account a delivery, under keys that each hold a list.
//!
//! `x.rs` calls [`read`] with the parts of a body; the X Activity API carries direct messages in the same shape and has them read
//! here. X is about to give this API up, and sends it until then.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::json::{self, Id, Milliseconds};
use super::reading::{self, Reading, Source, UNKNOWN_ACCOUNT};
use super::x::{self, Person};
use crate::model::{Action, CommentEvent, CommentId, Platform};

/// Lists of what is nobody's comment.
const NOT_COMMENTS: [&str; 9] = [
    "favorite_events",
    "follow_events",
    "unfollow_events",
    "block_events",
    "unblock_events",
    "mute_events",
    "unmute_events",
    "direct_message_indicate_typing_events",
    "direct_message_mark_read_events",
];

/// What stands beside the lists and tells more of them.
const BESIDE: [&str; 5] = ["for_user_id", "users", "apps", "user_has_blocked", "is_blocked_by"];

/// Reads the parts of a body.
pub(super) fn read(reading: &mut Reading<'_>, members: &[(String, &RawValue)]) {
    let find = |name: &str| members.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    let account = find("for_user_id").and_then(|raw| serde_json::from_str::<Id>(raw.get()).ok()).and_then(Id::into_inner);
    let source = Source { account: account.as_deref().unwrap_or(UNKNOWN_ACCOUNT), ..Source::unknown(Platform::X) };
    let said = reading.said();
    for (name, value) in members {
        match name.as_str() {
            "tweet_create_events" => each(reading, source, value, read_post),
            "tweet_delete_events" => each(reading, source, value, read_deletion),
            "direct_message_events" => read_messages(reading, source, value, find("users")),
            "user_event" => read_user_event(reading, source, value),
            "replay_job_status" => read_replay(reading, source, value),
            name if NOT_COMMENTS.contains(&name) => {
                each(reading, source, value, |reading, source, _| reading.ignore(source, format!("x {name}")))
            }
            name if BESIDE.contains(&name) => {}
            // Without an account the body is nothing of this API's, and its first key says so for all.
            other if account.is_some() || reading.said() == said => {
                reading.unread(source, &format!("x key {}", json::kind(Some(other))));
            }
            _ => {}
        }
    }
    if reading.said() == said {
        let about = "x delivery without events";
        reading.matter(source, about.to_owned(), format!("an {about} came; at least one was expected"));
    }
}

fn each(reading: &mut Reading<'_>, source: Source<'_>, list: &RawValue, read: impl Fn(&mut Reading<'_>, Source<'_>, &RawValue)) {
    match json::list(list) {
        Ok(elements) => elements.into_iter().for_each(|raw| read(reading, source, raw)),
        Err(fault) => reading.misshapen(source, "a list of an x delivery", fault),
    }
}

#[derive(Deserialize)]
struct Post<'a> {
    #[serde(default)]
    id_str: Id,
    /// Unread beside `id_str`: many a sender has rounded the number.
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    user: Option<Person<'a>>,
    #[serde(default)]
    in_reply_to_status_id_str: Id,
    in_reply_to_status_id: Option<&'a RawValue>,
    #[serde(default)]
    quoted_status_id_str: Id,
    quoted_status_id: Option<&'a RawValue>,
    quoted_status: Option<&'a RawValue>,
    retweeted_status: Option<&'a RawValue>,
    #[serde(default)]
    created_at: WrittenAt,
    #[serde(default)]
    timestamp_ms: Milliseconds,
    edit_history: Option<EditHistory>,
}

/// What a post says and shows. A long one is cut in `text` and whole in `extended_tweet`.
#[derive(Default, Deserialize)]
struct Content {
    text: Option<String>,
    full_text: Option<String>,
    extended_tweet: Option<Extended>,
    entities: Option<Entities>,
    extended_entities: Option<Entities>,
}

#[derive(Default, Deserialize)]
struct Extended {
    full_text: Option<String>,
    entities: Option<Entities>,
    extended_entities: Option<Entities>,
}

#[derive(Default, Deserialize)]
struct Entities {
    media: Option<Vec<Media>>,
}

#[derive(Deserialize)]
struct Media {
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The link that X appends to the text for it.
    url: Option<String>,
}

#[derive(Deserialize)]
struct EditHistory {
    #[serde(default)]
    initial_tweet_id: Id,
    edit_tweet_ids: Option<Vec<Id>>,
}

/// A moment as in `Mon Mar 02 09:12:00 +0000 2026`. Anything else is no time: it costs the time, not the post.
#[derive(Clone, Copy, Default)]
struct WrittenAt(Option<Timestamp>);

impl<'de> Deserialize<'de> for WrittenAt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let written: Option<String> = serde_json::from_str(raw).ok();
        let parsed = written.and_then(|text| strtime::parse("%a %b %d %H:%M:%S %z %Y", text).ok());
        Ok(Self(parsed.and_then(|parsed| parsed.to_timestamp().ok())))
    }
}

impl Content {
    /// The whole of the text, where there is more than the cut one.
    fn text(&mut self) -> Option<String> {
        let whole = self.extended_tweet.as_mut().and_then(|whole| whole.full_text.take());
        whole.or(self.full_text.take()).or(self.text.take())
    }

    /// What is attached. The first list that has anything has all of it; the other ones repeat it.
    fn media(&mut self) -> Vec<Media> {
        let extended = self.extended_tweet.take().unwrap_or_default();
        let lists = [extended.extended_entities, extended.entities, self.extended_entities.take(), self.entities.take()];
        let mut lists = lists.into_iter().filter_map(|entities| entities?.media);
        lists.find(|media| !media.is_empty()).unwrap_or_default()
    }
}

fn read_post(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    let read = || Ok((json::object::<Post<'_>>(raw)?, json::object::<Content>(raw)?));
    match read() {
        Err(fault) => reading.misshapen(source, "an x post", fault),
        // A repost holds the words of the one who wrote them first, and none of the one who passes them on.
        Ok((Post { retweeted_status: Some(_), .. }, _)) => reading.ignore(source, "x repost".to_owned()),
        Ok((post, content)) => match x::either_id(&post.id_str, post.id) {
            None => reading.spoilt(source, "an x post has no id".to_owned()),
            Some(id) => reading.event(event(source, id, post, content)),
        },
    }
}

fn event(source: Source<'_>, id: String, post: Post<'_>, mut content: Content) -> CommentEvent {
    let author_id = post.user.as_ref().and_then(Person::id);
    // Each edit is a post with an id of its own. The comment is the first of them, so that it stays one comment with versions.
    let first = post.edit_history.and_then(|history| {
        let oldest = || history.edit_tweet_ids.and_then(|ids| ids.into_iter().next()).and_then(Id::into_inner);
        history.initial_tweet_id.into_inner().or_else(oldest)
    });
    let (first, action) = match first {
        Some(first) if first != id => (first, Action::Edited),
        _ => (id.clone(), Action::Created),
    };
    // X does not say whether what is answered stands directly under our post: it is carried as what is answered.
    let parent_id = x::either_id(&post.in_reply_to_status_id_str, post.in_reply_to_status_id);
    // The body does not tell a reply's thread. What else a reply quotes is not the post that it stands under.
    let quoted = x::either_id(&post.quoted_status_id_str, post.quoted_status_id).filter(|_| parent_id.is_none());
    let quoted_content = post.quoted_status.filter(|_| quoted.is_some()).and_then(|raw| json::object::<Content>(raw).ok());
    let text = content.text();
    let media = content.media();
    let text = x::words(text, media.iter().filter_map(|media| media.url.as_deref()));
    let shown = media.first().map(|media| x::attachment(media.kind.as_deref()));
    CommentEvent {
        parent_id,
        post_id: quoted,
        post_text: reading::words(quoted_content.and_then(|mut quoted| quoted.text()).map(x::typed)),
        own_account: author_id.as_deref() == Some(source.account),
        at: post.created_at.0.or(post.timestamp_ms.0),
        permalink: x::permalink(post.user.as_ref().and_then(Person::handle), &id),
        author: reading::author(author_id, post.user.as_ref().and_then(Person::name)),
        unreadable: shown.or_else(|| text.is_none().then(|| x::attachment(None))),
        text,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, first), action)
    }
}

#[derive(Deserialize)]
struct Deletion<'a> {
    #[serde(borrow)]
    status: Option<Deleted<'a>>,
    #[serde(default)]
    timestamp_ms: Milliseconds,
}

#[derive(Deserialize)]
struct Deleted<'a> {
    #[serde(default)]
    id_str: Id,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    user_id_str: Id,
    user_id: Option<&'a RawValue>,
}

/// Of a chain of edits any one may be named here, and X does not say of which chain: a post that was edited before it was deleted
/// may stay without its deletion.
fn read_deletion(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    let deletion = match json::object::<Deletion<'_>>(raw) {
        Err(fault) => return reading.misshapen(source, "an x deletion", fault),
        Ok(deletion) => deletion,
    };
    let status = deletion.status.as_ref();
    let Some(id) = status.and_then(|status| x::either_id(&status.id_str, status.id)) else {
        return reading.spoilt(source, "an x deletion names no post".to_owned());
    };
    let author_id = status.and_then(|status| x::either_id(&status.user_id_str, status.user_id));
    reading.event(CommentEvent {
        own_account: author_id.as_deref() == Some(source.account),
        author: reading::author(author_id, None),
        at: deletion.timestamp_ms.0,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Deleted)
    });
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Id,
    #[serde(default)]
    created_timestamp: Milliseconds,
    message_create: Option<Written>,
}

#[derive(Default, Deserialize)]
struct Written {
    #[serde(default)]
    sender_id: Id,
    message_data: Option<MessageData>,
}

#[derive(Default, Deserialize)]
struct MessageData {
    text: Option<String>,
    attachment: Option<Attached>,
}

#[derive(Deserialize)]
struct Attached {
    #[serde(rename = "type")]
    kind: Option<String>,
    media: Option<Media>,
}

/// Reads a list of direct messages, and the people in the map beside it.
pub(super) fn read_messages(reading: &mut Reading<'_>, source: Source<'_>, list: &RawValue, users: Option<&RawValue>) {
    let people = x::people(users);
    each(reading, source, list, |reading, source, raw| match json::object::<Message>(raw) {
        Err(fault) => reading.misshapen(source, "an x direct message", fault),
        Ok(message) => read_message(reading, source, &people, message),
    });
}

fn read_message(reading: &mut Reading<'_>, source: Source<'_>, people: &BTreeMap<String, Person<'_>>, message: Message) {
    let kind = message.kind.as_deref();
    let known = kind == Some("message_create");
    let written = match message.message_create {
        None if known => return reading.spoilt(source, "an x direct message is empty".to_owned()),
        written => written.unwrap_or_default(),
    };
    match message.id.into_inner() {
        None if known => reading.spoilt(source, "an x direct message has no id".to_owned()),
        None => reading.unread(source, &format!("x direct message {}", json::kind(kind))),
        Some(id) => {
            let name = written.sender_id.get().and_then(|sender| people.get(sender)).and_then(Person::name);
            let event = CommentEvent { at: message.created_timestamp.0, ..message_event(source, id, written, name) };
            if known { reading.event(event) } else { reading.unknown_event(source, ("direct message", kind), event) }
        }
    }
}

fn message_event(source: Source<'_>, id: String, written: Written, name: Option<String>) -> CommentEvent {
    let sender = written.sender_id.into_inner();
    let data = written.message_data.unwrap_or_default();
    let media = data.attachment.as_ref().and_then(|attached| attached.media.as_ref());
    let text = x::words(data.text, media.and_then(|media| media.url.as_deref()).into_iter());
    let shown = data.attachment.as_ref().map(|attached| {
        let kind = attached.media.as_ref().and_then(|media| media.kind.as_deref());
        x::attachment(kind.or(attached.kind.as_deref()))
    });
    CommentEvent {
        own_account: sender.as_deref() == Some(source.account),
        author: reading::author(sender, name),
        unreadable: shown.or_else(|| text.is_none().then(|| x::attachment(None))),
        text,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Created)
    }
}

#[derive(Deserialize)]
struct UserEvent {
    revoke: Option<Revocation>,
}

#[derive(Deserialize)]
struct Revocation {
    source: Option<Revoker>,
}

#[derive(Deserialize)]
struct Revoker {
    #[serde(default)]
    user_id: Id,
}

/// The one body without `for_user_id`: the account stands inside.
fn read_user_event(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    match json::object::<UserEvent>(raw) {
        Err(fault) => reading.misshapen(source, "an x user_event", fault),
        // It may be another word for the end of a subscription.
        Ok(UserEvent { revoke: None }) => reading.unread(source, "x user_event"),
        Ok(UserEvent { revoke: Some(revoked) }) => {
            let account = revoked.source.and_then(|revoker| revoker.user_id.into_inner());
            revocation(reading, account.as_deref().unwrap_or(source.account));
        }
    }
}

/// The account takes its leave of the app: X ends the subscription at once.
pub(super) fn revocation(reading: &mut Reading<'_>, account: &str) {
    let source = Source { account, ..Source::unknown(Platform::X) };
    reading.ended(source, "the account has taken the app's access away");
}

#[derive(Deserialize)]
struct Replay {
    job_state: Option<String>,
}

/// How a replay that we asked for ended. One that did not deliver all of it must be asked for again, and only people can.
fn read_replay(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    match json::object::<Replay>(raw) {
        Err(fault) => reading.misshapen(source, "an x replay_job_status", fault),
        Ok(Replay { job_state: Some(state) }) if state == "Complete" => reading.ignore(source, "x replay_job_status".to_owned()),
        Ok(_) => reading.spoilt(source, "X has not replayed everything that it was asked for: ask for it once more".to_owned()),
    }
}
