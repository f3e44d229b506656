//! What a WhatsApp message holds, by its type: words, and what no machine reads.
//!
//! `whatsapp.rs` asks for it; who wrote the message, and what became of it, is read there.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Fault};

/// Words, and the name of what stands beside them or instead of them.
#[derive(Default)]
pub(super) struct Content {
    pub text: Option<String>,
    pub unreadable: Option<&'static str>,
    /// The type of the message is one that this version does not know.
    pub unknown: Option<UnknownType>,
}

/// The name of an unknown type, where it has one.
pub(super) struct UnknownType(pub Option<String>);

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    image: Option<&'a RawValue>,
    video: Option<&'a RawValue>,
    document: Option<&'a RawValue>,
    audio: Option<&'a RawValue>,
    button: Option<&'a RawValue>,
    interactive: Option<&'a RawValue>,
    order: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Body {
    body: Option<String>,
}

/// What a person wrote beside the things that they ordered.
#[derive(Deserialize)]
struct Order {
    text: Option<String>,
}

#[derive(Deserialize)]
struct Media {
    caption: Option<String>,
    #[serde(default)]
    voice: bool,
}

#[derive(Deserialize)]
struct Button {
    text: Option<String>,
}

/// What a person chose of ours, or filled in.
#[derive(Deserialize)]
struct Interactive {
    button_reply: Option<Choice>,
    list_reply: Option<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    title: Option<String>,
}

/// The content of a message. Of an unknown type it is the text where all messages of words have it, if there is one.
pub(super) fn content(raw: &RawValue) -> Result<Content, Fault> {
    let message: Message<'_> = json::object(raw)?;
    Ok(match message.kind.as_deref() {
        Some("text") => text(part::<Body>(message.text)?.and_then(|text| text.body)),
        Some("image") => captioned("photo", message.image)?,
        Some("video") => captioned("video", message.video)?,
        Some("document") => captioned("file", message.document)?,
        Some("audio") => {
            let voice = part::<Media>(message.audio)?.is_some_and(|audio| audio.voice);
            only(if voice { "voice message" } else { "audio" })
        }
        Some("button") => text(part::<Button>(message.button)?.and_then(|button| button.text)),
        Some("interactive") => chosen(part(message.interactive)?),
        Some("sticker") => only("sticker"),
        Some("location") => only("location"),
        Some("contacts") => only("contact card"),
        Some("order") => {
            let words = part::<Order>(message.order)?.and_then(|order| order.text);
            Content { text: words, ..only("order") }
        }
        // A person wrote it, and WhatsApp does not hand it over: a poll, a picture that vanishes.
        Some("unsupported") => only("message of a kind that WhatsApp does not hand over"),
        Some(_) | None => {
            let words = part::<Body>(message.text).ok().flatten().and_then(|text| text.body);
            Content { text: words, unreadable: None, unknown: Some(UnknownType(message.kind)) }
        }
    })
}

fn part<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<Option<T>, Fault> {
    raw.map(json::object).transpose()
}

fn only(what: &'static str) -> Content {
    Content { unreadable: Some(what), ..Content::default() }
}

/// Words; where they are missing, people shall see that something was said.
fn text(words: Option<String>) -> Content {
    let wordless = words.as_deref().is_none_or(|words| words.trim().is_empty());
    Content { text: words, unreadable: wordless.then_some("message without words"), unknown: None }
}

/// A picture goes to people whether or not words stand beside it.
fn captioned(what: &'static str, media: Option<&RawValue>) -> Result<Content, Fault> {
    let caption = part::<Media>(media)?.and_then(|media| media.caption);
    Ok(Content { text: caption, ..only(what) })
}

/// The title of what was chosen; the answers to a form have none, and its fields are everybody's own.
fn chosen(interactive: Option<Interactive>) -> Content {
    let choice = interactive.and_then(|interactive| interactive.button_reply.or(interactive.list_reply));
    match choice {
        Some(choice) => text(choice.title),
        None => only("answers to a form"),
    }
}
