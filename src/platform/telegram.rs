//! Telegram: what people write in groups and channels that a bot of ours sits in, and to the bot itself.
//!
//! Telegram signs nothing: a token that we chose stands in a header, and whoever knows it is believed. One update a delivery. A
//! message's words, pictures and service notes are told apart in `telegram/message.rs`. There is no word of deletions, except for
//! business accounts.

mod message;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::message::Update;
use super::json::{self, Id, Seconds};
use super::reading::{self, ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use crate::http::Request;
use crate::model::{Action, CommentEvent, CommentId, Parsed, Platform, Secret};

const TOKEN: &str = "x-telegram-bot-api-secret-token";

/// The longest token that can be set, in characters.
const MAX_TOKEN_CHARS: usize = 256;

/// The account of a private chat with the bot. Such a chat is numbered after the person, who is no account of ours.
const BOT: &str = "bot";

/// What stands before the number of a supergroup or a channel, and not in its links.
const BIG_CHAT: &str = "-100";

/// Updates that hold nobody's words on our channels: votes, buttons, payments, memberships of others.
const NOT_COMMENTS: [&str; 12] = [
    "message_reaction",
    "message_reaction_count",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
];

/// No MAC covers the body: a body that somebody changed on its way cannot be told.
pub(super) fn check_signature(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    let token = signature::only_header(request, TOKEN)?;
    let plain = token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !plain || !(1..=MAX_TOKEN_CHARS).contains(&token.len()) {
        return Err(SignatureFault::Malformed(TOKEN));
    }
    signature::shared_token(secrets, token)
}

pub(super) fn sign(secret: &Secret) -> Vec<(String, String)> {
    vec![(TOKEN.to_owned(), String::from_utf8_lossy(secret.expose()).into_owned())]
}

/// A group, a channel, or the person whom the bot talks with.
#[derive(Deserialize)]
struct Chat {
    #[serde(default)]
    pub id: Id,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub title: Option<String>,
    pub username: Option<String>,
}

/// Where a message stands, and how its id is made unique there.
struct Place<'a> {
    pub chat: &'a Chat,
    /// The door of our bot: no message to it says which bot it is.
    pub door: &'a str,
    /// The connection through which the bot reads a business account's private chats.
    pub business: Option<&'a str>,
}

impl Place<'_> {
    /// Whether this is a conversation with one person.
    pub fn is_private(&self) -> bool {
        self.chat.kind.as_deref() == Some("private")
    }

    /// Which account of ours is written to.
    pub fn account(&self) -> &str {
        match self.business {
            Some(connection) => connection,
            None if self.is_private() => BOT,
            None => self.chat.id.get().unwrap_or(UNKNOWN_ACCOUNT),
        }
    }

    /// Messages are numbered within their chat; one account of ours has a private chat with every person, so that there the number
    /// alone would make one comment of many. Such a chat is numbered after the person, whose id stays out of the comment's. The
    /// account of a business is its connection, which one bot has; all bots share the account of the private chats, so that there
    /// the door tells them apart. `None` if the chat has no id or the number is longer than any.
    pub fn comment_id(&self, number: &str) -> Option<String> {
        let person = reading::digest_of_person(self.chat.id.get()?);
        let id = match self.business {
            Some(_) => format!("{person}_{number}"),
            None if self.is_private() => format!("{}/{person}_{number}", self.door),
            None => number.to_owned(),
        };
        (id.len() <= json::MAX_ID_BYTES).then_some(id)
    }

    /// A link that members of the chat can open. Private chats and small groups have none.
    pub fn permalink(&self, number: &str) -> Option<String> {
        if self.is_private() || self.business.is_some() {
            return None;
        }
        let name = self.chat.username.as_deref().filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        let place = match (name.filter(|name| !name.is_empty()), self.chat.id.get()?.strip_prefix(BIG_CHAT)) {
            (Some(name), _) => name.to_owned(),
            (None, Some(digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => format!("c/{digits}"),
            (None, _) => return None,
        };
        let number = Some(number).filter(|number| number.bytes().all(|b| b.is_ascii_digit()))?;
        json::link(Some(format!("https://t.me/{place}/{number}")))
    }
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let nobody = Source::unknown(Platform::Telegram);
    match json::text(body) {
        Err(fault) => reading.spoilt(nobody, format!("the body is not JSON: {fault}")),
        Ok(text) => match members(text) {
            Err(fault) => reading.misshapen(nobody, "a telegram update", fault),
            Ok(members) => read_members(&mut reading, &members),
        },
    }
    reading.finish()
}

/// The members of an object whose kind is the name of a member. A name that stands twice is refused, because nobody could say which
/// of the two is meant.
fn members(raw: &RawValue) -> Result<Vec<(String, &RawValue)>, json::Fault> {
    let members = json::members(raw)?;
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(json::Fault { line: 1, column: 1 });
    }
    Ok(members)
}

/// An update is told by the one member that stands beside its number.
fn read_members(reading: &mut Reading<'_>, members: &[(String, &RawValue)]) {
    let nobody = Source::unknown(Platform::Telegram);
    let mut unknown = None;
    for (kind, raw) in members {
        if !read_update(reading, kind, raw) {
            unknown = unknown.or(Some(kind));
        }
    }
    match unknown {
        Some(kind) => reading.unread(nobody, &format!("telegram {}", json::kind(Some(kind)))),
        None if reading.said() == 0 => reading.spoilt(nobody, "a telegram update says nothing but its number".to_owned()),
        None => {}
    }
}

/// Reads one member of an update; `false` if this version does not know it.
fn read_update(reading: &mut Reading<'_>, kind: &str, raw: &RawValue) -> bool {
    match kind {
        "update_id" => {}
        "message" | "channel_post" | "business_message" => {
            message::read(reading, &Update { kind, action: Action::Created, known: true }, raw);
        }
        "edited_message" | "edited_channel_post" | "edited_business_message" => {
            message::read(reading, &Update { kind, action: Action::Edited, known: true }, raw);
        }
        "deleted_business_messages" => read_deletions(reading, raw),
        "my_chat_member" => read_own_membership(reading, raw),
        "business_connection" => read_connection(reading, raw),
        kind if NOT_COMMENTS.contains(&kind) => reading.ignore(Source::unknown(Platform::Telegram), format!("telegram {kind}")),
        _ if message::is_one(raw) => message::read(reading, &Update { kind, action: Action::Created, known: false }, raw),
        _ => return false,
    }
    true
}

#[derive(Deserialize)]
struct Membership<'a> {
    chat: Option<Chat>,
    #[serde(default)]
    date: Seconds,
    #[serde(borrow)]
    old_chat_member: Option<&'a RawValue>,
    #[serde(borrow)]
    new_chat_member: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Member {
    status: Option<String>,
    /// Said of restricted members only, who may have left.
    is_member: Option<bool>,
}

/// The bot's own standing in a chat.
fn read_own_membership(reading: &mut Reading<'_>, raw: &RawValue) {
    let nobody = Source::unknown(Platform::Telegram);
    let Membership { chat, date, old_chat_member, new_chat_member } = match json::object::<Membership<'_>>(raw) {
        Ok(membership) => membership,
        Err(fault) => return reading.misshapen(nobody, "a telegram my_chat_member", fault),
    };
    let member = |raw: Option<&RawValue>| raw.and_then(|raw| json::object::<Member>(raw).ok()).unwrap_or_default();
    let (old, new) = (member(old_chat_member), member(new_chat_member));
    let (Some(chat), Some(status)) = (chat, new.status) else {
        return reading.spoilt(nobody, "a telegram my_chat_member has no chat or no new status".to_owned());
    };
    let place = Place { chat: &chat, door: reading.door(), business: None };
    let source = Source { account: place.account(), sent_at: date.0, ..nobody };
    match status.as_str() {
        // Somebody who blocks the bot ends a conversation, and no channel of ours.
        _ if place.is_private() => reading.ignore(source, "telegram my_chat_member".to_owned()),
        "left" | "kicked" => reading.ended(source, "the telegram bot is no longer in the chat"),
        "restricted" if new.is_member == Some(false) => reading.ended(source, "the telegram bot is no longer in the chat"),
        "member" | "restricted" if old.status.as_deref() == Some("administrator") => {
            let reason = "the telegram bot is no longer administrator of the chat: it may see only a part of the messages";
            reading.spoilt(source, reason.to_owned());
        }
        _ => reading.ignore(source, "telegram my_chat_member".to_owned()),
    }
}

#[derive(Deserialize)]
struct Connection {
    #[serde(default)]
    id: Id,
    is_enabled: Option<bool>,
}

/// The bot's connection with a business account.
fn read_connection(reading: &mut Reading<'_>, raw: &RawValue) {
    let nobody = Source::unknown(Platform::Telegram);
    match json::object::<Connection>(raw) {
        Err(fault) => reading.misshapen(nobody, "a telegram business_connection", fault),
        Ok(Connection { id, is_enabled: Some(false) }) => {
            let account = id.get().unwrap_or(UNKNOWN_ACCOUNT);
            reading.ended(Source { account, ..nobody }, "the telegram business account has switched the bot off");
        }
        Ok(_) => reading.ignore(nobody, "telegram business_connection".to_owned()),
    }
}

#[derive(Deserialize)]
struct Deletions<'a> {
    #[serde(default)]
    business_connection_id: Id,
    chat: Option<Chat>,
    #[serde(borrow)]
    message_ids: Option<&'a RawValue>,
}

fn read_deletions(reading: &mut Reading<'_>, raw: &RawValue) {
    let nobody = Source::unknown(Platform::Telegram);
    let deletions = match json::object::<Deletions<'_>>(raw) {
        Ok(deletions) => deletions,
        Err(fault) => return reading.misshapen(nobody, "a telegram deleted_business_messages", fault),
    };
    let numbers = deletions.message_ids.and_then(|list| json::list(list).ok()).unwrap_or_default();
    let Some(chat) = deletions.chat.filter(|_| !numbers.is_empty()) else {
        return reading.spoilt(nobody, "a telegram deleted_business_messages has no chat or no list of messages".to_owned());
    };
    let place = Place { chat: &chat, door: reading.door(), business: deletions.business_connection_id.get() };
    let source = Source { account: place.account(), ..nobody };
    for raw in numbers {
        let number: Id = serde_json::from_str(raw.get()).unwrap_or_default();
        match number.get().and_then(|number| place.comment_id(number)) {
            None => reading.spoilt(source, "a telegram deletion has no message_id or no chat.id".to_owned()),
            Some(id) => {
                reading.event(CommentEvent::new(CommentId::new(source.platform, source.account, id), Action::Deleted));
            }
        }
    }
}
