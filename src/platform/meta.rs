//! Meta: the envelope that its webhooks share, whichever of its platforms they carry.
//!
//! It is split here by its `object`; what a change or a message means is said in the platforms' own files. Threads has an envelope
//! without an object, and a callback of the app review is a form. Signature and handshake are in `meta_door.rs`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Id, UnixTime};
use super::reading::{ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::{facebook, instagram, messenger, signed_request, threads, whatsapp};
use crate::model::{Parsed, Platform};

#[derive(Deserialize)]
struct Envelope<'a> {
    object: Option<String>,
    #[serde(borrow)]
    entry: Option<Vec<&'a RawValue>>,
    /// These three stand in Threads' envelope alone.
    topic: Option<&'a RawValue>,
    target_id: Option<&'a RawValue>,
    values: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    id: Id,
    /// In seconds for changes, in milliseconds for messages.
    #[serde(default)]
    time: UnixTime,
    #[serde(borrow)]
    changes: Option<&'a RawValue>,
    changed_fields: Option<&'a RawValue>,
    messaging: Option<&'a RawValue>,
    /// Messages that another app of ours has in hand; the same objects.
    standby: Option<&'a RawValue>,
    /// Apps with Instagram's own login get `field` and `value` here instead of a list of changes.
    field: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    field: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// What an envelope with entries is about.
#[derive(Clone, Copy)]
enum Object {
    Page,
    Instagram,
    WhatsApp,
}

impl Object {
    fn named(name: Option<&str>) -> Option<Self> {
        match name? {
            "page" => Some(Object::Page),
            "instagram" => Some(Object::Instagram),
            "whatsapp_business_account" => Some(Object::WhatsApp),
            _ => None,
        }
    }

    /// The platform whose changes these are.
    fn platform(self) -> Platform {
        match self {
            Object::Page => Platform::Facebook,
            Object::Instagram => Platform::Instagram,
            Object::WhatsApp => Platform::WhatsApp,
        }
    }

    /// The platform whose direct messages stand under `messaging`; WhatsApp's are changes.
    fn messages(self) -> Option<Platform> {
        match self {
            Object::Page => Some(Platform::Messenger),
            Object::Instagram => Some(Platform::Instagram),
            Object::WhatsApp => None,
        }
    }

    fn read_change(self, reading: &mut Reading<'_>, source: Source<'_>, field: &str, value: &RawValue) {
        match self {
            Object::Page => facebook::read_change(reading, source, field, value),
            Object::Instagram => instagram::read_change(reading, source, field, value),
            Object::WhatsApp => whatsapp::read_change(reading, source, field, value),
        }
    }
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    // A delivery that cannot be split belongs to no platform of Meta's yet; Facebook stands for all of them.
    let nobody = Source::unknown(Platform::Facebook);
    if signed_request::is_form(body) {
        signed_request::read(&mut reading, context.digest);
        return reading.finish();
    }
    match json::text(body) {
        Err(fault) => reading.spoilt(nobody, format!("the body is not JSON: {fault}")),
        Ok(text) => match json::object::<Envelope<'_>>(text) {
            Err(fault) => reading.misshapen(nobody, "the body", fault),
            Ok(envelope) if envelope.is_threads() => threads::read(&mut reading, text),
            Ok(envelope) => read_envelope(&mut reading, &envelope),
        },
    }
    reading.finish()
}

impl Envelope<'_> {
    /// Threads names no object: its envelope is told apart by the keys that no other has.
    fn is_threads(&self) -> bool {
        self.object.is_none() && (self.topic.is_some() || self.target_id.is_some() || self.values.is_some())
    }
}

fn read_envelope(reading: &mut Reading<'_>, envelope: &Envelope<'_>) {
    let name = envelope.object.as_deref();
    let Some(object) = Object::named(name) else {
        return reading.unknown(Source::unknown(Platform::Facebook), format!("meta object {}", json::kind(name)));
    };
    let platform = object.platform();
    let entries = envelope.entry.as_deref().unwrap_or_default();
    if entries.is_empty() {
        let about = format!("{} delivery without entries", platform.as_str());
        reading.matter(Source::unknown(platform), about.clone(), format!("a {about} came; at least one was expected"));
    }
    for raw in entries {
        match json::object::<Entry<'_>>(raw) {
            Ok(entry) => read_entry(reading, object, raw, &entry),
            Err(fault) => reading.misshapen(Source::unknown(platform), &format!("a {} entry", platform.as_str()), fault),
        }
    }
}

fn read_entry(reading: &mut Reading<'_>, object: Object, raw: &RawValue, entry: &Entry<'_>) {
    let account = entry.id.get().unwrap_or(UNKNOWN_ACCOUNT);
    let source = Source { platform: object.platform(), account, sent_at: entry.time.0 };
    let name = source.platform.as_str();
    let said = reading.said();
    if let Some(list) = entry.changes {
        match json::list(list) {
            Ok(changes) => changes.into_iter().for_each(|raw| read_one(reading, source, object, raw)),
            Err(fault) => reading.misshapen(source, &format!("the list of changes of a {name} entry"), fault),
        }
    }
    if entry.field.is_some() {
        read_one(reading, source, object, raw);
    }
    if entry.changed_fields.is_some() {
        let about = format!("{name} changed_fields");
        let reason = format!("{about}: only names of fields arrive; \"Include Values\" must be on in the app's webhook");
        reading.matter(source, about, reason);
    }
    for (part, list) in [("messaging", entry.messaging), ("standby", entry.standby)] {
        if let Some(list) = list {
            read_messages(reading, source, object, (part, list));
        }
    }
    if reading.said() == said {
        let about = format!("{name} entry without changes");
        reading.matter(source, about.clone(), format!("an {about} came; a list of changes was expected"));
    }
}

fn read_one(reading: &mut Reading<'_>, source: Source<'_>, object: Object, raw: &RawValue) {
    let name = source.platform.as_str();
    match json::object::<Change<'_>>(raw) {
        Err(fault) => reading.misshapen(source, &format!("a {name} change"), fault),
        Ok(Change { field: Some(field), value: Some(value) }) => object.read_change(reading, source, &field, value),
        Ok(Change { field, value: _ }) => {
            reading.spoilt(source, format!("a {name} change of the field {} has no value", json::kind(field.as_deref())));
        }
    }
}

fn read_messages(reading: &mut Reading<'_>, source: Source<'_>, object: Object, (part, list): (&str, &RawValue)) {
    let Some(platform) = object.messages() else {
        return reading.unknown(source, format!("{} {part}", source.platform.as_str()));
    };
    let source = Source { platform, ..source };
    match json::list(list) {
        Ok(messages) => messages.into_iter().for_each(|raw| messenger::read_message(reading, source, raw)),
        Err(fault) => reading.misshapen(source, &format!("the list {part} of a {} entry", platform.as_str()), fault),
    }
}
