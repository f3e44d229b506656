//! WhatsApp Business: messages to a number of the company, and what its own people wrote in the app.
//!
//! `meta.rs` calls [`read_change`] for every change of a business account. A number's messages belong to the number, which the value
//! names; whatever else is told of belongs to the business account. What a message holds is said in `whatsapp_content.rs`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, UnixTime};
use super::reading::{self, Reading, Source};
use super::whatsapp_content::{Content, UnknownType, content};
use crate::model::{Action, CommentEvent, CommentId};

/// Fields that tell of the account, its numbers and its templates, and hold nobody's words. An `account_update` is not among them:
/// it may say that nothing more comes.
const NOTES: [&str; 12] = [
    "account_alerts",
    "account_review_update",
    "business_capability_update",
    "business_username_update",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "template_category_update",
    "user_id_update",
    "user_preferences",
];

/// Events of an `account_update` after which messages may no longer come: the account is banned, deleted or restricted, or the app
/// has lost its right to it.
const ENDS: [&str; 8] = [
    "ACCOUNT_DELETED",
    "ACCOUNT_OFFBOARDED",
    "ACCOUNT_RESTRICTION",
    "DISABLED_UPDATE",
    "PARTNER_APP_UNINSTALLED",
    "PARTNER_REMOVED",
    "PHONE_NUMBER_DELETED",
    "PHONE_NUMBER_REMOVED",
];

/// Events of an `account_update` that change nothing of what is sent.
const NO_ENDS: [&str; 12] = [
    "ACCOUNT_RECONNECTED",
    "ACCOUNT_VIOLATION",
    "AD_ACCOUNT_LINKED",
    "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
    "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
    "MM_LITE_TERMS_SIGNED",
    "PARTNER_ADDED",
    "PARTNER_APP_INSTALLED",
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
    "PHONE_NUMBER_ADDED",
    "VERIFIED_ACCOUNT",
    "VOLUME_BASED_PRICING_TIER_UPDATE",
];

/// Types of message that hold no message.
const NO_MESSAGES: [&str; 3] = ["reaction", "system", "request_welcome"];

#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    contacts: Option<&'a RawValue>,
    messages: Option<&'a RawValue>,
    /// What the company's people wrote in the app, under a field of its own.
    message_echoes: Option<&'a RawValue>,
    statuses: Option<&'a RawValue>,
    errors: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    phone_number_id: Id,
}

#[derive(Deserialize)]
struct Contact {
    #[serde(default)]
    wa_id: Id,
    #[serde(default)]
    user_id: Id,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    from: Id,
    /// The author's id with this business; beside it the telephone number may be missing.
    #[serde(default)]
    from_user_id: Id,
    #[serde(default)]
    timestamp: UnixTime,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    referral: Option<&'a RawValue>,
    #[serde(default)]
    group_id: Id,
    edit: Option<Changed<'a>>,
    revoke: Option<Changed<'a>>,
}

/// An earlier message that was edited, with its new form, or taken back.
#[derive(Deserialize)]
struct Changed<'a> {
    #[serde(default)]
    original_message_id: Id,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Context {
    #[serde(default)]
    id: Id,
}

#[derive(Default, Deserialize)]
struct Referral {
    source_type: Option<String>,
    #[serde(default)]
    source_id: Id,
}

/// What people call themselves, by number and by their id with this business. Contacts and messages stand in lists of their own, in
/// no common order.
#[derive(Default)]
struct Names {
    by_number: HashMap<String, String>,
    by_user: HashMap<String, String>,
}

/// What the messages of one value share.
struct Frame<'a> {
    source: Source<'a>,
    names: &'a Names,
    own_account: bool,
}

/// Reads one change of a business account.
pub(super) fn read_change(reading: &mut Reading<'_>, source: Source<'_>, field: &str, value: &RawValue) {
    match field {
        "messages" | "smb_message_echoes" => read_value(reading, source, value),
        note if NOTES.contains(&note) => reading.ignore(source, format!("whatsapp {note}")),
        "account_update" => read_account_update(reading, source, value),
        other => reading.unread(source, &format!("whatsapp field {}", json::kind(Some(other)))),
    }
}

#[derive(Deserialize)]
struct AccountUpdate<'a> {
    event: Option<String>,
    #[serde(borrow)]
    ban_info: Option<&'a RawValue>,
    #[serde(borrow)]
    waba_info: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct BanInfo {
    waba_ban_state: Option<String>,
}

#[derive(Default, Deserialize)]
struct AccountInfo {
    #[serde(default)]
    waba_id: Id,
}

/// What became of the business account, or of the app's right to it.
fn read_account_update(reading: &mut Reading<'_>, source: Source<'_>, value: &RawValue) {
    let update: AccountUpdate<'_> = match json::object(value) {
        Ok(update) => update,
        Err(fault) => return reading.misshapen(source, "a whatsapp account_update", fault),
    };
    let banned = update.ban_info.and_then(|info| json::object::<BanInfo>(info).ok()).unwrap_or_default().waba_ban_state;
    // Where the account is named inside, the entry may bear the id of another thing.
    let info = update.waba_info.and_then(|info| json::object::<AccountInfo>(info).ok()).unwrap_or_default();
    let source = Source { account: info.waba_id.get().unwrap_or(source.account), ..source };
    match (update.event.as_deref(), banned.as_deref()) {
        (Some("DISABLED_UPDATE"), Some("REINSTATE")) => reading.ignore(source, "whatsapp account_update".to_owned()),
        (Some("DISABLED_UPDATE"), Some("SCHEDULE_FOR_DISABLE")) => {
            reading.spoilt(source, "whatsapp says that it will disable the business account: act before it does".to_owned());
        }
        (Some(event), _) if ENDS.contains(&event) => {
            reading.ended(source, &format!("whatsapp told of {event} of the business account"));
        }
        (Some(event), _) if NO_ENDS.contains(&event) => reading.ignore(source, "whatsapp account_update".to_owned()),
        // It may be another word for an end.
        (other, _) => reading.unread(source, &format!("whatsapp account_update {}", json::kind(other))),
    }
}

fn read_value(reading: &mut Reading<'_>, source: Source<'_>, raw: &RawValue) {
    let value: Value<'_> = match json::object(raw) {
        Ok(value) => value,
        Err(fault) => return reading.misshapen(source, "a whatsapp change", fault),
    };
    let said = reading.said();
    let metadata = value.metadata.and_then(|metadata| json::object::<Metadata>(metadata).ok()).unwrap_or_default();
    let source = Source { account: metadata.phone_number_id.get().unwrap_or(source.account), ..source };
    let names = Names::of(value.contacts);
    for (list, own_account) in [(value.messages, false), (value.message_echoes, true)] {
        let frame = Frame { source, names: &names, own_account };
        for raw in elements(reading, source, list, "messages") {
            read_message(reading, &frame, raw);
        }
    }
    for _status in elements(reading, source, value.statuses, "statuses") {
        reading.ignore(source, "whatsapp status".to_owned());
    }
    if value.errors.is_some() {
        let reason = "whatsapp errors: WhatsApp says that it could not hand something over; what it was stands in the delivery";
        reading.spoilt(source, reason.to_owned());
    }
    if reading.said() == said {
        reading.spoilt(source, "a whatsapp change holds no messages, no statuses and no errors".to_owned());
    }
}

fn elements<'a>(reading: &mut Reading<'_>, source: Source<'_>, list: Option<&'a RawValue>, name: &str) -> Vec<&'a RawValue> {
    match list.map(json::list) {
        None => Vec::new(),
        Some(Ok(elements)) => elements,
        Some(Err(fault)) => {
            reading.misshapen(source, &format!("the list of {name} of a whatsapp change"), fault);
            Vec::new()
        }
    }
}

impl Names {
    /// A contact that cannot be read costs a name.
    fn of(contacts: Option<&RawValue>) -> Self {
        let mut names = Names::default();
        for raw in contacts.and_then(|list| json::list(list).ok()).unwrap_or_default() {
            let Ok(Contact { wa_id, user_id, profile: Some(Profile { name: Some(name) }) }) = json::object(raw) else { continue };
            for (names, id) in [(&mut names.by_number, wa_id), (&mut names.by_user, user_id)] {
                if let Some(id) = id.into_inner() {
                    names.entry(id).or_insert_with(|| name.clone());
                }
            }
        }
        names
    }

    fn of_author(&self, message: &Message<'_>) -> Option<String> {
        let by_number = message.from.get().and_then(|id| self.by_number.get(id));
        by_number.or_else(|| message.from_user_id.get().and_then(|id| self.by_user.get(id))).cloned()
    }
}

fn read_message(reading: &mut Reading<'_>, frame: &Frame<'_>, raw: &RawValue) {
    let message: Message<'_> = match json::object(raw) {
        Ok(message) => message,
        Err(fault) => return reading.misshapen(frame.source, "a whatsapp message", fault),
    };
    let (action, id, content_of) = match (message.kind.as_deref(), &message.edit, &message.revoke) {
        (Some(kind), _, _) if NO_MESSAGES.contains(&kind) => return reading.ignore(frame.source, format!("whatsapp {kind}")),
        (Some("edit"), Some(edit), _) => (Action::Edited, &edit.original_message_id, edit.message),
        (Some("revoke"), _, Some(revoke)) => (Action::Deleted, &revoke.original_message_id, None),
        (Some(kind @ ("edit" | "revoke")), _, _) => {
            return reading.spoilt(frame.source, format!("a whatsapp message of the type {kind} does not say of what"));
        }
        _ => (Action::Created, &message.id, Some(raw)),
    };
    let Some(id) = id.get() else {
        return reading.spoilt(frame.source, "a whatsapp message has no id".to_owned());
    };
    let mut content = match content_of.map_or(Ok(Content::default()), content) {
        Ok(content) => content,
        Err(fault) => return reading.misshapen(frame.source, "a whatsapp message", fault),
    };
    let id = CommentId::new(frame.source.platform, frame.source.account, id);
    let unknown = content.unknown.take();
    let event = event(frame, &message, content, CommentEvent::new(id, action));
    match unknown {
        None => reading.event(event),
        Some(UnknownType(name)) => reading.unknown_event(frame.source, ("type", name.as_deref()), event),
    }
}

fn event(frame: &Frame<'_>, message: &Message<'_>, content: Content, event: CommentEvent) -> CommentEvent {
    let context = message.context.and_then(|context| json::object::<Context>(context).ok()).unwrap_or_default();
    let referral = message.referral.and_then(|referral| json::object::<Referral>(referral).ok()).unwrap_or_default();
    let (ad_id, advertised) = match referral.source_type.as_deref() {
        Some("post") => (None, referral.source_id.into_inner()),
        _ => (referral.source_id.into_inner(), None),
    };
    let author_id = message.from.get().or(message.from_user_id.get()).map(str::to_owned);
    CommentEvent {
        parent_id: context.id.into_inner(),
        post_id: message.group_id.get().map(str::to_owned).or(advertised),
        author: reading::author(author_id, frame.names.of_author(message)),
        text: reading::words(content.text),
        unreadable: content.unreadable.map(str::to_owned),
        at: message.timestamp.0,
        sent_at: frame.source.sent_at,
        ad_id,
        own_account: frame.own_account,
        ..event
    }
}
