//! One message of Telegram: its words, what it holds that no machine reads, who wrote it, and what it answers. A message that only
//! notes what happened to the chat is told apart here.
//!
//! `telegram.rs` calls [`read`] for every update that carries a message.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Chat, Place};
use crate::model::{Action, CommentEvent, CommentId, Platform};
use crate::platform::json::{self, Id, Seconds};
use crate::platform::reading::{self, Reading, Source};

/// Members of a message that no machine reads, and what people are told to look at. An animation comes with a document of the same
/// file, so that it stands first.
const UNREADABLE: [(&str, &str); 17] = [
    WEB_APP,
    ("photo", "photo"),
    ("animation", "video"),
    ("video", "video"),
    ("video_note", "video"),
    ("live_photo", "photo"),
    ("voice", "voice message"),
    ("audio", "audio"),
    ("sticker", "sticker"),
    ("document", "document"),
    ("venue", "location"),
    ("location", "location"),
    ("contact", "contact"),
    ("story", "story"),
    ("paid_media", "paid media"),
    ("poll", "poll"),
    ("checklist", "checklist"),
];

/// Members that say what happened to the chat, and games: nobody's words.
const SERVICE: [&str; 49] = [
    "game",
    "dice",
    "invoice",
    "giveaway",
    "new_chat_members",
    "new_chat_member",
    "new_chat_participant",
    "left_chat_member",
    "left_chat_participant",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_from_chat_id",
    "pinned_message",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "gift",
    "unique_gift",
    "connected_website",
    "write_access_allowed",
    "passport_data",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "direct_message_price_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway_winners",
    "giveaway_completed",
    "paid_message_price_changed",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "voice_chat_started",
    "voice_chat_ended",
];

/// Those of them that may hold words of the person who did it: what a web app hands over, tasks added to a list, a word with a gift,
/// a topic's name.
const WORDED_NOTES: [&str; 5] = ["web_app_data", "checklist_tasks_added", "gift", "unique_gift", "forum_topic_created"];

/// A web app may hand over anything, codes for answers included.
const WEB_APP: (&str, &str) = ("web_app_data", "data of a web app");

/// A group that becomes a supergroup goes on under another number.
const MOVED: &str = "migrate_to_chat_id";

/// Members that stand beside the content of a message.
const ABOUT: [&str; 44] = [
    "message_id",
    "message_thread_id",
    "direct_messages_topic",
    "from",
    "sender_chat",
    "sender_boost_count",
    "sender_business_bot",
    "sender_tag",
    "date",
    "business_connection_id",
    "chat",
    "forward_origin",
    "forward_from",
    "forward_from_chat",
    "forward_from_message_id",
    "forward_signature",
    "forward_sender_name",
    "forward_date",
    "is_topic_message",
    "is_automatic_forward",
    "reply_to_message",
    "external_reply",
    "quote",
    "reply_to_story",
    "reply_to_checklist_task_id",
    "via_bot",
    "edit_date",
    "has_protected_content",
    "is_from_offline",
    "is_paid_post",
    "media_group_id",
    "author_signature",
    "paid_star_count",
    "text",
    "entities",
    "link_preview_options",
    "suggested_post_info",
    "effect_id",
    "caption",
    "caption_entities",
    "show_caption_above_media",
    "has_media_spoiler",
    "reply_markup",
    "quick_reply",
];

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(default)]
    message_id: Id,
    #[serde(default)]
    message_thread_id: Id,
    from: Option<User>,
    sender_chat: Option<Chat>,
    #[serde(default)]
    date: Seconds,
    #[serde(default)]
    edit_date: Seconds,
    text: Option<String>,
    caption: Option<String>,
    #[serde(borrow)]
    poll: Option<&'a RawValue>,
    #[serde(borrow)]
    checklist: Option<&'a RawValue>,
    #[serde(borrow)]
    reply_to_message: Option<&'a RawValue>,
    #[serde(default)]
    is_automatic_forward: bool,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    id: Id,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

/// What a message answers.
#[derive(Default, Deserialize)]
struct Answered<'a> {
    #[serde(default)]
    message_id: Id,
    #[serde(default)]
    is_automatic_forward: bool,
    #[serde(borrow)]
    forum_topic_created: Option<&'a RawValue>,
    text: Option<String>,
    caption: Option<String>,
}

/// A poll asks a question, a list of tasks has a title.
#[derive(Deserialize)]
struct Headed {
    question: Option<String>,
    title: Option<String>,
}

/// The words of a note, under the name that its kind has for them.
#[derive(Default, Deserialize)]
struct Noted {
    data: Option<String>,
    name: Option<String>,
    text: Option<String>,
    #[serde(default)]
    tasks: Vec<Task>,
}

#[derive(Deserialize)]
struct Task {
    text: Option<String>,
}

impl Noted {
    fn words(self) -> Option<String> {
        let tasks = self.tasks.into_iter().filter_map(|task| task.text);
        let all: Vec<String> = [self.data, self.name, self.text].into_iter().flatten().chain(tasks).collect();
        Some(all.join("\n"))
    }
}

/// The member of an update that holds a message.
pub(super) struct Update<'a> {
    pub kind: &'a str,
    pub action: Action,
    /// Whether this version knows the kind.
    pub known: bool,
}

/// Whether an object of an unknown kind is a message: it has a number, and a chat with an id.
pub(super) fn is_one(raw: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Numbered {
        message_id: Id,
        chat: Chat,
    }
    json::object::<Numbered>(raw).is_ok_and(|message| message.message_id.get().is_some() && message.chat.id.get().is_some())
}

/// Reads one message: new, or as it reads after an edit.
pub(super) fn read(reading: &mut Reading<'_>, update: &Update<'_>, raw: &RawValue) {
    let kind = update.kind;
    let nobody = Source::unknown(Platform::Telegram);
    let members = match super::members(raw) {
        Ok(members) => members,
        Err(fault) => return reading.misshapen(nobody, &format!("a telegram {kind}"), fault),
    };
    // Read by themselves, so that a message that cannot be read still says where it belongs.
    let member = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    let chat = member("chat").and_then(|chat| json::object::<Chat>(chat).ok());
    let Some(chat) = chat.filter(|chat| chat.id.get().is_some()) else {
        return reading.spoilt(nobody, format!("a telegram {kind} has no chat.id"));
    };
    let business = member("business_connection_id").and_then(|id| serde_json::from_str::<Id>(id.get()).ok()).unwrap_or_default();
    let place = Place { chat: &chat, door: reading.door(), business: business.get() };
    let source = Source { account: place.account(), ..nobody };
    let message = match json::object::<Message<'_>>(raw) {
        Ok(message) => message,
        Err(fault) => return reading.misshapen(source, &format!("a telegram {kind}"), fault),
    };
    let noted = WORDED_NOTES.iter().find_map(|name| member(name)).map(json::object::<Noted>).transpose();
    let noted = match noted {
        Ok(noted) => noted.unwrap_or_default(),
        Err(fault) => return reading.misshapen(source, &format!("a note in a telegram {kind}"), fault),
    };
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    let text = reading::words(text(&message)).or_else(|| reading::words(noted.words()));
    let unreadable = UNREADABLE.iter().find(|(name, _)| names.contains(name)).map(|(_, held)| *held);
    let holds = text.is_some() || unreadable.is_some();
    let id = message.message_id.get().and_then(|number| place.comment_id(number));
    let event = id.map(|id| CommentEvent { text, ..event(&place, update.action, &message, (id, unreadable)) });
    match event {
        Some(event) if !update.known => reading.unknown_event(source, ("update", Some(kind)), event),
        Some(event) if holds => reading.event(event),
        None if holds => reading.spoilt(source, format!("a telegram {kind} has no message_id")),
        event => read_note(reading, source, (kind, &names), event),
    }
}

/// A message without words, picture or file: a note of the platform, or with a content that is newer than this version.
fn read_note(reading: &mut Reading<'_>, source: Source<'_>, (kind, names): (&str, &[&str]), event: Option<CommentEvent>) {
    if names.contains(&MOVED) {
        return reading.ended(source, "the telegram group became a supergroup and has another chat.id");
    }
    if let Some(note) = names.iter().find(|name| SERVICE.contains(name)) {
        return reading.ignore(source, format!("telegram {note}"));
    }
    match (names.iter().find(|name| !ABOUT.contains(name)), event) {
        (Some(name), Some(event)) => reading.unknown_event(source, ("content", Some(name)), event),
        (Some(name), None) => reading.unread(source, &format!("telegram {kind} with {}", json::kind(Some(name)))),
        (None, _) => reading.spoilt(source, format!("a telegram {kind} has neither words nor anything else")),
    }
}

/// The event without its words.
fn event(place: &Place<'_>, action: Action, message: &Message<'_>, (id, unreadable): (String, Option<&str>)) -> CommentEvent {
    let answered = message.reply_to_message.and_then(|raw| json::object::<Answered<'_>>(raw).ok()).unwrap_or_default();
    let answers_post = answered.is_automatic_forward || answered.forum_topic_created.is_some();
    let full = |number: &Id| number.get().and_then(|number| place.comment_id(number));
    let answered_id = full(&answered.message_id);
    let at = match action {
        Action::Edited => message.edit_date.0.or(message.date.0),
        Action::Created | Action::Deleted | Action::Hidden | Action::Unhidden => message.date.0,
    };
    let (author_id, author_name) = author(message);
    CommentEvent {
        // A thread's head is a comment like any other, unless it is a post of the channel or the note that opened a topic.
        parent_id: answered_id.clone().filter(|_| !answers_post),
        post_id: full(&message.message_thread_id).or(answered_id.filter(|_| answers_post)),
        post_text: reading::words(answered.text.or(answered.caption)).filter(|_| answered.is_automatic_forward),
        own_account: own_account(place, message, author_id.as_deref()),
        author: reading::author(author_id, author_name),
        at,
        created_at: message.date.0,
        permalink: message.message_id.get().and_then(|number| place.permalink(number)),
        unreadable: unreadable.map(str::to_owned),
        ..CommentEvent::new(CommentId::new(Platform::Telegram, place.account(), id), action)
    }
}

fn text(message: &Message<'_>) -> Option<String> {
    let headed = || message.poll.or(message.checklist).and_then(|raw| json::object::<Headed>(raw).ok());
    let words = message.text.clone().or_else(|| message.caption.clone());
    words.or_else(|| headed().and_then(|headed| headed.question.or(headed.title)))
}

/// Where a message is sent in a chat's name, `from` holds a stand-in that is nobody.
fn author(message: &Message<'_>) -> (Option<String>, Option<String>) {
    if let Some(chat) = &message.sender_chat {
        return (chat.id.clone().into_inner(), chat.title.clone().or_else(|| chat.username.clone()));
    }
    let Some(user) = &message.from else { return (None, None) };
    let names = [user.first_name.as_deref(), user.last_name.as_deref()];
    let names: Vec<&str> = names.into_iter().flatten().filter(|name| !name.is_empty()).collect();
    let name = if names.is_empty() { user.username.clone() } else { Some(names.join(" ")) };
    (user.id.clone().into_inner(), name)
}

/// Written in the name of the chat itself, or passed on from the channel that the group belongs to; in a private chat, by whoever
/// is not the person that the chat is numbered after.
fn own_account(place: &Place<'_>, message: &Message<'_>, author_id: Option<&str>) -> bool {
    let chat = place.chat.id.get();
    if message.sender_chat.is_some() {
        return message.is_automatic_forward || author_id == chat;
    }
    place.is_private() && author_id.is_some() && author_id != chat
}
