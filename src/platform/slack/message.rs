//! One message of Slack: new, edited or deleted, with what it holds that no machine reads, who wrote it and which thread it is in.
//!
//! `slack.rs` calls [`read`] for every event that carries a message. Messages that only note what happened to a channel are told
//! apart here.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::OwnApp;
use crate::model::{Action, CommentEvent, CommentId};
use crate::platform::json::{self, Id};
use crate::platform::reading::{self, Reading, Source};

/// Notes of Slack's own about a channel: nobody's words.
const NOTES: [&str; 26] = [
    "assistant_app_thread",
    "bot_add",
    "bot_disable",
    "bot_enable",
    "bot_remove",
    "channel_convert_to_private",
    "channel_join",
    "channel_leave",
    "channel_name",
    "channel_posting_permissions",
    "channel_purpose",
    "channel_topic",
    "channel_unarchive",
    "group_join",
    "group_leave",
    "group_name",
    "group_purpose",
    "group_topic",
    "group_unarchive",
    "huddle_thread",
    "message_replied",
    "pinned_item",
    "reminder_add",
    "reply_broadcast",
    "unpinned_item",
    "file_mention",
];

/// How many digits stand behind the full stop of a `ts`: microseconds.
const FRACTION_DIGITS: usize = 6;

/// A `ts`: the id of a message in its channel, and the time of its writing.
#[derive(Clone, Default)]
struct Ts(Id);

impl<'de> Deserialize<'de> for Ts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Id::deserialize(deserializer).map(Self)
    }
}

impl Ts {
    /// The moment that the id names. One that names none costs the time and not the comment.
    fn moment(&self) -> Option<Timestamp> {
        let (seconds, fraction) = self.0.get()?.split_once('.')?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(seconds) || !digits(fraction) || fraction.len() != FRACTION_DIGITS {
            return None;
        }
        let microseconds: i64 = fraction.parse().ok()?;
        Timestamp::from_microsecond(seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(microseconds)?).ok()
    }
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(default)]
    ts: Ts,
    #[serde(default)]
    thread_ts: Ts,
    subtype: Option<String>,
    #[serde(default)]
    user: Id,
    #[serde(default)]
    bot_id: Id,
    username: Option<String>,
    #[serde(borrow)]
    user_profile: Option<&'a RawValue>,
    #[serde(borrow)]
    bot_profile: Option<&'a RawValue>,
    #[serde(default)]
    app_id: Id,
    text: Option<String>,
    #[serde(borrow)]
    files: Option<&'a RawValue>,
    #[serde(borrow)]
    attachments: Option<&'a RawValue>,
    #[serde(borrow)]
    edited: Option<&'a RawValue>,
}

/// A note that another message has changed, or is gone.
#[derive(Deserialize)]
struct Change<'a> {
    #[serde(default)]
    event_ts: Ts,
    #[serde(default)]
    ts: Ts,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(default)]
    deleted_ts: Ts,
    #[serde(borrow)]
    previous_message: Option<&'a RawValue>,
}

impl Change<'_> {
    fn moment(&self) -> Option<Timestamp> {
        self.event_ts.moment().or(self.ts.moment())
    }
}

#[derive(Default, Deserialize)]
struct Edited {
    #[serde(default)]
    ts: Ts,
}

/// Names of a person or of a bot, whichever was sent along.
#[derive(Default, Deserialize)]
struct Profile {
    #[serde(default)]
    app_id: Id,
    display_name: Option<String>,
    real_name: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    mimetype: Option<String>,
    subtype: Option<String>,
}

#[derive(Default, Deserialize)]
struct Attachment<'a> {
    #[serde(default)]
    is_share: bool,
    #[serde(default)]
    is_msg_unfurl: bool,
    /// The link that Slack itself shows a piece of: somebody else's words, and of those who wrote the message only the address.
    #[serde(borrow)]
    from_url: Option<&'a RawValue>,
    #[serde(borrow)]
    original_url: Option<&'a RawValue>,
    #[serde(borrow)]
    pretext: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
}

impl Attachment<'_> {
    fn is_shared(&self) -> bool {
        self.is_share || self.is_msg_unfurl
    }

    fn is_unfurl(&self) -> bool {
        !self.is_shared() && (self.from_url.is_some() || self.original_url.is_some())
    }

    /// Words that an app, or whoever wrote through it, put beside the text. Fields that are no plain strings have none.
    fn words(&self) -> impl Iterator<Item = String> {
        let fields = [self.pretext, self.title, self.text].into_iter().flatten();
        fields.filter_map(|raw| serde_json::from_str::<String>(raw.get()).ok()).filter(|words| !words.trim().is_empty())
    }
}

/// Attachments that stand beside the text, without those that Slack makes of links. What cannot be read is one without words.
fn attachments<'a>(message: &Message<'a>) -> Vec<Attachment<'a>> {
    let listed = message.attachments.and_then(|list| json::list(list).ok()).unwrap_or_default();
    listed
        .into_iter()
        .map(|raw| json::object(raw).unwrap_or_default())
        .filter(|attachment| !Attachment::is_unfurl(attachment))
        .collect()
}

/// Reads the event of a message in our channel.
pub(super) fn read(reading: &mut Reading<'_>, source: Source<'_>, own: &OwnApp, (subtype, raw): (Option<&str>, &RawValue)) {
    match subtype {
        None | Some("file_share" | "thread_broadcast" | "bot_message" | "me_message" | "file_comment") => {
            read_written(reading, source, own, (Action::Created, raw, None));
        }
        Some("message_changed") => read_change(reading, source, own, raw),
        Some("message_deleted") => read_deletion(reading, source, raw),
        Some("channel_archive" | "group_archive") => reading.ended(source, "the slack channel was archived"),
        Some(note) if NOTES.contains(&note) => reading.ignore(source, format!("slack {note}")),
        other => read_unknown(reading, source, own, (other, raw)),
    }
}

/// A message of a subtype that this version does not know, with whatever words it has where all messages have them.
fn read_unknown(reading: &mut Reading<'_>, source: Source<'_>, own: &OwnApp, (subtype, raw): (Option<&str>, &RawValue)) {
    match json::object::<Message<'_>>(raw) {
        Ok(message) if message.ts.0.get().is_some() => {
            let event = event(source, own, &message, (Action::Created, None));
            reading.unknown_event(source, ("message subtype", subtype), event);
        }
        _ => reading.unread(source, &format!("slack message subtype {}", json::kind(subtype))),
    }
}

/// Reads a message as it stands: when it was written, or after a change that was told of at `changed_at`.
fn read_written(
    reading: &mut Reading<'_>,
    source: Source<'_>,
    own: &OwnApp,
    (action, raw, changed_at): (Action, &RawValue, Option<Timestamp>),
) {
    match json::object::<Message<'_>>(raw) {
        Err(fault) => reading.misshapen(source, "a slack message", fault),
        Ok(message) if message.ts.0.get().is_none() => reading.spoilt(source, "a slack message has no ts".to_owned()),
        Ok(message) => reading.event(event(source, own, &message, (action, changed_at))),
    }
}

fn read_change(reading: &mut Reading<'_>, source: Source<'_>, own: &OwnApp, raw: &RawValue) {
    let change = match json::object::<Change<'_>>(raw) {
        Ok(change) => change,
        Err(fault) => return reading.misshapen(source, "a slack message_changed", fault),
    };
    let Some(written) = change.message else {
        return reading.spoilt(source, "a slack message_changed has no message".to_owned());
    };
    // A message that others answered leaves a gravestone in the thread when it is deleted, and is told of as a change.
    match json::object::<Message<'_>>(written) {
        Ok(message) if message.subtype.as_deref() == Some("tombstone") => {
            read_gone(reading, source, (&message.ts, &message.thread_ts, change.moment()));
        }
        _ => read_written(reading, source, own, (Action::Edited, written, change.moment())),
    }
}

fn read_deletion(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    let change = match json::object::<Change<'_>>(raw) {
        Ok(change) => change,
        Err(fault) => return reading.misshapen(source, "a slack message_deleted", fault),
    };
    let previous = change.previous_message.and_then(|raw| json::object::<Message<'_>>(raw).ok());
    let thread = previous.map(|message| message.thread_ts).unwrap_or_default();
    read_gone(reading, source, (&change.deleted_ts, &thread, change.moment()));
}

fn read_gone(reading: &mut Reading<'_>, source: Source<'_>, (ts, thread, at): (&Ts, &Ts, Option<Timestamp>)) {
    let Some(id) = ts.0.get() else {
        return reading.spoilt(source, "a slack deletion does not say of which message".to_owned());
    };
    reading.event(CommentEvent {
        parent_id: parent(ts, thread),
        at,
        sent_at: source.sent_at,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Deleted)
    });
}

/// The head of the thread; the head itself names itself.
fn parent(ts: &Ts, thread: &Ts) -> Option<String> {
    thread.0.get().filter(|thread| Some(*thread) != ts.0.get()).map(str::to_owned)
}

fn event(
    source: Source<'_>,
    own: &OwnApp,
    message: &Message<'_>,
    (action, changed_at): (Action, Option<Timestamp>),
) -> CommentEvent {
    let edited = message.edited.and_then(|raw| json::object::<Edited>(raw).ok()).unwrap_or_default();
    let at = match action {
        Action::Edited => edited.ts.moment().or(changed_at),
        Action::Created | Action::Deleted | Action::Hidden | Action::Unhidden => message.ts.moment(),
    };
    let profile = |raw: Option<&RawValue>| raw.and_then(|raw| json::object::<Profile>(raw).ok()).unwrap_or_default();
    let (person, bot) = (profile(message.user_profile), profile(message.bot_profile));
    let own_account = own.is_app(&message.app_id) || own.is_app(&bot.app_id) || own.is_bot_user(&message.user);
    let names = [message.username.clone(), person.display_name, person.real_name, person.name, bot.name];
    let name = names.into_iter().flatten().find(|name| !name.is_empty());
    let author_id = message.user.clone().into_inner().or(message.bot_id.clone().into_inner());
    let attachments = attachments(message);
    let written = message.text.clone().filter(|text| !text.trim().is_empty());
    let attached = attachments.iter().filter(|attachment| !attachment.is_shared()).flat_map(Attachment::words);
    let parts: Vec<String> = written.into_iter().chain(attached).collect();
    let text = reading::words(Some(decoded(&parts.join("\n"))));
    let unreadable = unreadable(message, &attachments, text.is_none());
    CommentEvent {
        parent_id: parent(&message.ts, &message.thread_ts),
        author: reading::author(author_id, name),
        text,
        at,
        created_at: message.ts.moment(),
        sent_at: source.sent_at,
        own_account,
        unreadable: unreadable.map(str::to_owned),
        ..CommentEvent::new(CommentId::new(source.platform, source.account, message.ts.0.get().unwrap_or_default()), action)
    }
}

/// Slack writes just these three as entities; `&amp;` last, so that what it makes is not decoded again.
fn decoded(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A file goes to people whether or not words stand beside it, and so do an attachment and a message that was passed on in another.
fn unreadable(message: &Message<'_>, attachments: &[Attachment<'_>], wordless: bool) -> Option<&'static str> {
    match message.files.map(json::list) {
        Some(Err(_)) => return Some("file"),
        Some(Ok(files)) if !files.is_empty() => {
            let read = files.iter().find_map(|raw| json::object::<File>(raw).ok());
            return Some(read.as_ref().map_or("file", kind_of_file));
        }
        // An empty list comes with messages that have none.
        Some(Ok(_)) | None => {}
    }
    if attachments.iter().any(Attachment::is_shared) {
        return Some("shared message");
    }
    // Apps may put all their words into blocks, and a picture or a table into an attachment.
    (wordless || !attachments.is_empty()).then_some("attachment")
}

fn kind_of_file(file: &File) -> &'static str {
    let mimetype = file.mimetype.as_deref().unwrap_or_default();
    match (mimetype.split('/').next(), file.subtype.as_deref()) {
        (_, Some("slack_audio")) => "voice message",
        (Some("image"), _) => "photo",
        (Some("video"), _) => "video",
        (Some("audio"), _) => "audio",
        _ => "document",
    }
}
