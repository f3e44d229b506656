//! Messenger, and the same objects on Instagram: direct messages to a Page or an account, and the Page's own answers.
//!
//! `meta.rs` calls [`read_message`] for every element of `messaging` and `standby`, and `instagram.rs` for those that stand among an
//! account's changes. Names are never sent, only ids that belong to this Page.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::json::{self, Id, UnixTime};
use super::reading::{self, Reading, Source};
use crate::model::{Action, CommentEvent, CommentId};

/// Kinds of element that hold nobody's words, or none that were not sent as a message as well.
const NO_MESSAGES: [&str; 11] = [
    "reaction",
    "read",
    "delivery",
    "optin",
    "referral",
    "account_linking",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "app_roles",
    "game_play",
];

/// Keys that every element has beside what it is about.
const FRAME: [&str; 3] = ["sender", "recipient", "timestamp"];

#[derive(Deserialize)]
struct Element<'a> {
    sender: Option<Party>,
    #[serde(default)]
    timestamp: UnixTime,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    message_edit: Option<&'a RawValue>,
    postback: Option<&'a RawValue>,
    referral: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Party {
    #[serde(default)]
    id: Id,
}

/// A message, or the new form of one that was edited.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(default)]
    mid: Id,
    /// For a quick reply, the words on the button.
    text: Option<String>,
    #[serde(borrow)]
    attachments: Option<&'a RawValue>,
    reply_to: Option<&'a RawValue>,
    referral: Option<&'a RawValue>,
    #[serde(default)]
    is_echo: bool,
    #[serde(default)]
    is_deleted: bool,
}

#[derive(Default, Deserialize)]
struct ReplyTo {
    #[serde(default)]
    mid: Id,
    story: Option<Party>,
}

/// A button of ours that a person pressed; what they said is what stands on it.
#[derive(Deserialize)]
struct Postback<'a> {
    #[serde(default)]
    mid: Id,
    title: Option<String>,
    #[serde(borrow)]
    referral: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Attachment<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Sticker {
    #[serde(default)]
    sticker_id: Id,
}

#[derive(Deserialize)]
struct Referral {
    #[serde(default)]
    ad_id: Id,
}

/// Reads one element of a conversation.
pub(super) fn read_message(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    let name = source.platform.as_str();
    let element: Element<'_> = match json::object(raw) {
        Ok(element) => element,
        Err(fault) => return reading.misshapen(source, &format!("an element of a {name} conversation"), fault),
    };
    if let Some(message) = element.message {
        read_words(reading, source, &element, (Action::Created, message));
    } else if let Some(message) = element.message_edit {
        read_words(reading, source, &element, (Action::Edited, message));
    } else if let Some(postback) = element.postback {
        read_postback(reading, source, &element, postback);
    } else {
        read_other(reading, source, raw);
    }
}

fn read_words(reading: &mut Reading<'_>, source: Source<'_>, element: &Element<'_>, (action, raw): (Action, &RawValue)) {
    let name = source.platform.as_str();
    let message: Message<'_> = match json::object(raw) {
        Ok(message) => message,
        Err(fault) => return reading.misshapen(source, &format!("a {name} message"), fault),
    };
    let Some(id) = message.mid.get() else {
        return reading.spoilt(source, format!("a {name} message has no mid"));
    };
    let action = if message.is_deleted { Action::Deleted } else { action };
    let answered = message.reply_to.and_then(|reply| json::object::<ReplyTo>(reply).ok()).unwrap_or_default();
    let event = event(source, element, id, action);
    let text = reading::words(message.text);
    reading.event(CommentEvent {
        parent_id: answered.mid.into_inner(),
        post_id: answered.story.and_then(|story| story.id.into_inner()),
        unreadable: if message.is_deleted { None } else { unreadable(message.attachments, text.is_none()) },
        text,
        ad_id: ad(&[message.referral, element.referral]),
        own_account: event.own_account || message.is_echo,
        ..event
    });
}

fn read_postback(reading: &mut Reading<'_>, source: Source<'_>, element: &Element<'_>, raw: &RawValue) {
    let name = source.platform.as_str();
    match json::object::<Postback<'_>>(raw) {
        Err(fault) => reading.misshapen(source, &format!("a {name} postback"), fault),
        // Without it, every button ever pressed would be one and the same.
        Ok(Postback { mid, .. }) if mid.get().is_none() => reading.spoilt(source, format!("a {name} postback has no mid")),
        Ok(postback) => {
            let event = event(source, element, postback.mid.get().unwrap_or_default(), Action::Created);
            let text = reading::words(postback.title);
            reading.event(CommentEvent {
                unreadable: text.is_none().then(|| "button".to_owned()),
                text,
                ad_id: ad(&[postback.referral, element.referral]),
                ..event
            });
        }
    }
}

/// What every element of a conversation tells.
fn event(source: Source<'_>, element: &Element<'_>, id: &str, action: Action) -> CommentEvent {
    let sender = element.sender.as_ref().and_then(|sender| sender.id.get()).map(str::to_owned);
    CommentEvent {
        own_account: sender.as_deref() == Some(source.account),
        author: reading::author(sender, None),
        // The element's own time: when it was written, edited or unsent.
        at: element.timestamp.0,
        sent_at: source.sent_at,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, id), action)
    }
}

/// The ad that brought the person here, where one is named.
fn ad(referrals: &[Option<&RawValue>]) -> Option<String> {
    referrals.iter().flatten().find_map(|referral| json::object::<Referral>(referral).ok()?.ad_id.into_inner())
}

/// What a message holds that no machine reads. A preview of an address in the text is none, as long as there is a text.
fn unreadable(attachments: Option<&RawValue>, wordless: bool) -> Option<String> {
    let attached =
        attachments.map(|list| json::list(list).map_or_else(|_| vec!["attachment"], |all| all.into_iter().map(held).collect()));
    let mut attached = attached.unwrap_or_default().into_iter().filter(|held| wordless || *held != "link");
    attached.next().or(wordless.then_some("message without words")).map(str::to_owned)
}

fn held(raw: &RawValue) -> &'static str {
    let Ok(attachment) = json::object::<Attachment<'_>>(raw) else { return "attachment" };
    let sticker = attachment.payload.and_then(|payload| json::object::<Sticker>(payload).ok());
    match attachment.kind.as_deref() {
        Some("image") if sticker.is_some_and(|sticker| sticker.sticker_id.get().is_some()) => "sticker",
        Some("image") => "photo",
        Some("video") => "video",
        Some("audio") => "audio",
        Some("file") => "file",
        Some("location") => "location",
        Some("fallback") => "link",
        Some("share" | "ig_post" | "post") => "shared post",
        Some("reel" | "ig_reel") => "shared reel",
        Some("story_mention" | "ig_story") => "story",
        Some("ephemeral") => "vanishing picture",
        Some(_) | None => "attachment",
    }
}

fn read_other(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    let name = source.platform.as_str();
    let keys: Vec<String> = json::object::<BTreeMap<String, IgnoredAny>>(raw).unwrap_or_default().into_keys().collect();
    let mut kinds = keys.iter().map(String::as_str).filter(|key| !FRAME.contains(key)).peekable();
    let known = kinds.peek().copied();
    match (kinds.find(|kind| !NO_MESSAGES.contains(kind)), known) {
        (None, Some(known)) => reading.ignore(source, format!("{name} {known}")),
        (unknown, _) => reading.unread(source, &format!("{name} message {}", json::kind(unknown))),
    }
}
