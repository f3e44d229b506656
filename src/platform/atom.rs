//! An Atom feed as far as YouTube fills it: its entries, and the tombstones of deleted ones.
//!
//! What is read is a list of tags, never a tree, and nothing recurses. A document type is refused as a whole, so that there are no
//! entities but XML's own five and no file or address is ever asked for. `youtube.rs` says what the entries mean.

use std::borrow::Cow;
use std::fmt;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Entries that one feed may hold. YouTube sends one, and at most fifteen.
pub(super) const MAX_ENTRIES: usize = 1_000;

/// The body's encoding, as its declaration may name it. Everything else would read words wrongly.
const ENCODINGS: [&str; 3] = ["UTF-8", "UTF8", "US-ASCII"];

/// What was read of a feed. What came before a fault is kept: it was signed like everything else.
#[derive(Debug, Default)]
pub(super) struct Feed {
    pub entries: Vec<Entry>,
    /// There were more entries than are read.
    pub more: bool,
    pub fault: Option<Fault>,
}

/// One entry, or one tombstone. Nothing in it is checked yet.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub deleted: bool,
    pub id: Option<String>,
    pub video_id: Option<String>,
    pub channel_id: Option<String>,
    pub author_uri: Option<String>,
    pub title: Option<String>,
    pub published: Option<String>,
    pub updated: Option<String>,
}

/// Why a body is no feed, without any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not XML from this byte on.
    NotXml(u64),
    NotUtf8,
    OtherEncoding,
    DocumentType,
    /// An entity that XML itself does not know.
    Entity,
    /// The first element is another one.
    NotAFeed,
    /// It ends before its elements do.
    Unterminated,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotXml(byte) => write!(f, "not XML at byte {byte}"),
            Fault::NotUtf8 => f.write_str("not UTF-8"),
            Fault::OtherEncoding => f.write_str("another encoding than UTF-8 is declared"),
            Fault::DocumentType => f.write_str("it declares a document type"),
            Fault::Entity => f.write_str("it holds an entity that XML does not know"),
            Fault::NotAFeed => f.write_str("its first element is not a feed"),
            Fault::Unterminated => f.write_str("it ends before its elements do"),
        }
    }
}

/// Reads as many whole entries as there are.
pub(super) fn read(body: &[u8]) -> Feed {
    let mut walk = Walk::default();
    let fault = match std::str::from_utf8(body) {
        Ok(text) => walk.through(text.strip_prefix('\u{feff}').unwrap_or(text)).err(),
        Err(_) => Some(Fault::NotUtf8),
    };
    Feed { entries: walk.entries, more: walk.more, fault }
}

/// Where the reader stands: 0 outside the feed, 1 in it, 2 in an entry, 3 in one of its parts, 4 in a part of that.
#[derive(Default)]
struct Walk {
    depth: usize,
    begun: bool,
    entries: Vec<Entry>,
    more: bool,
    entry: Option<Entry>,
    /// Within an author, or within whoever deleted.
    person: bool,
    /// The part whose text is being gathered, and the depth at which it ends.
    part: Option<(Part, usize)>,
    text: String,
}

#[derive(Clone, Copy)]
enum Part {
    Id,
    VideoId,
    ChannelId,
    AuthorUri,
    Title,
    Published,
    Updated,
}

impl Walk {
    fn through(&mut self, text: &str) -> Result<(), Fault> {
        let mut reader = Reader::from_str(text);
        while !self.more {
            let event = reader.read_event().map_err(|_| Fault::NotXml(reader.error_position()))?;
            let position = reader.buffer_position();
            match event {
                Event::Start(tag) => self.start(&tag, position)?,
                Event::End(_) => self.end(),
                Event::Empty(tag) => {
                    self.start(&tag, position)?;
                    self.end();
                }
                Event::Text(words) => self.words(&words.xml10_content(), position)?,
                Event::CData(words) => self.words(&words.xml10_content(), position)?,
                Event::GeneralRef(name) => self.words(&referred(&name)?, position)?,
                Event::Decl(declaration) => match declaration.encoding() {
                    Some(Ok(name)) if !ENCODINGS.contains(&name.to_ascii_uppercase().as_str()) => {
                        return Err(Fault::OtherEncoding);
                    }
                    Some(Err(_)) => return Err(Fault::NotXml(position)),
                    _ => {}
                },
                Event::DocType(_) => return Err(Fault::DocumentType),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if self.begun && self.depth == 0 => return Ok(()),
                Event::Eof => return Err(Fault::Unterminated),
            }
        }
        Ok(())
    }

    /// Prefixes are the sender's choice: elements are known by their names and by where they stand.
    fn start(&mut self, tag: &BytesStart<'_>, position: u64) -> Result<(), Fault> {
        let name = tag.local_name();
        let name: &str = name.as_ref();
        match self.depth {
            0 if self.begun => return Err(Fault::NotXml(position)),
            0 if name != "feed" => return Err(Fault::NotAFeed),
            0 => self.begun = true,
            1 if name == "entry" || name == "deleted-entry" => self.begin_entry(tag, name, position)?,
            2 if self.entry.is_some() => {
                self.person = name == "author" || name == "by";
                self.gather(part_named(name));
            }
            3 if self.person && name == "uri" => self.gather(Some(Part::AuthorUri)),
            _ => {}
        }
        self.depth += 1;
        Ok(())
    }

    fn begin_entry(&mut self, tag: &BytesStart<'_>, name: &str, position: u64) -> Result<(), Fault> {
        self.more = self.entries.len() == MAX_ENTRIES;
        let mut entry = Entry { deleted: name == "deleted-entry", ..Entry::default() };
        if entry.deleted {
            // Looking for attributes that stand twice would compare each with all before it.
            for attribute in tag.attributes().with_checks(false) {
                let attribute = attribute.map_err(|_| Fault::NotXml(position))?;
                let value = || {
                    attribute.normalized_value(XmlVersion::Implicit1_0).map(Cow::into_owned).map_err(|_| Fault::NotXml(position))
                };
                match attribute.key.as_ref() {
                    "ref" => entry.id = Some(value()?),
                    "when" => entry.updated = Some(value()?),
                    _ => {}
                }
            }
        }
        self.entry = Some(entry);
        Ok(())
    }

    fn gather(&mut self, part: Option<Part>) {
        self.part = part.map(|part| (part, self.depth));
        self.text.clear();
    }

    fn words(&mut self, words: &str, position: u64) -> Result<(), Fault> {
        if self.part.is_some() {
            self.text.push_str(words);
        } else if self.depth == 0 && !words.trim().is_empty() {
            return Err(Fault::NotXml(position));
        }
        Ok(())
    }

    fn end(&mut self) {
        // The reader has already refused an end without a beginning.
        self.depth = self.depth.saturating_sub(1);
        match self.part {
            Some((part, depth)) if depth == self.depth => {
                let text = std::mem::take(&mut self.text);
                self.part = None;
                if let Some(entry) = &mut self.entry {
                    // Of a part that stands twice the first counts, as for a reader who stops there.
                    part.of(entry).get_or_insert(text);
                }
            }
            _ => {}
        }
        if self.depth == 1 {
            self.entries.extend(self.entry.take());
        }
    }
}

impl Part {
    fn of(self, entry: &mut Entry) -> &mut Option<String> {
        match self {
            Part::Id => &mut entry.id,
            Part::VideoId => &mut entry.video_id,
            Part::ChannelId => &mut entry.channel_id,
            Part::AuthorUri => &mut entry.author_uri,
            Part::Title => &mut entry.title,
            Part::Published => &mut entry.published,
            Part::Updated => &mut entry.updated,
        }
    }
}

fn part_named(name: &str) -> Option<Part> {
    match name {
        "id" => Some(Part::Id),
        "videoId" => Some(Part::VideoId),
        "channelId" => Some(Part::ChannelId),
        "title" => Some(Part::Title),
        "published" => Some(Part::Published),
        "updated" => Some(Part::Updated),
        _ => None,
    }
}

/// The character, or the one of XML's own five names, that a reference stands for.
fn referred(reference: &BytesRef<'_>) -> Result<String, Fault> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.to_string()),
        Ok(None) => resolve_predefined_entity(reference).map(str::to_owned).ok_or(Fault::Entity),
        Err(_) => Err(Fault::Entity),
    }
}
