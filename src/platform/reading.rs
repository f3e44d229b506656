//! Gathering what one delivery says: events, elements that are no comments, and what must go before a person.
//!
//! Every parser of this folder fills a [`Reading`]; it decides how a matter is named, so that people see an unknown kind once and
//! a spoilt delivery by itself.

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::json::{self, Fault};
use crate::model::{Account, Author, CommentEvent, Parsed, Platform, Quarantine, QuarantineKind};

/// The account of a matter whose delivery does not tell it.
pub const UNKNOWN_ACCOUNT: &str = "unknown";

/// Parts of one delivery that are put before a person one by one. A delivery with more of them is broken as a whole, and people
/// are better served by its raw bytes.
const MAX_QUARANTINED: usize = 100;

/// What a parser must know beyond the delivery's bytes.
#[derive(Clone, Copy, Debug)]
pub struct ParseContext<'a> {
    /// The delivery's digest: the name of a matter that has no better one.
    pub digest: &'a str,
    /// The door's name, which tells two bots apart whose chats Telegram numbers alike.
    pub door: &'a str,
    /// The account of the only channel behind the door, for platforms whose bodies may leave it out.
    pub default_account: Option<&'a str>,
}

/// Where an element comes from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub platform: Platform,
    pub account: &'a str,
    /// When the platform sent the notification, which is not when the thing happened.
    pub sent_at: Option<Timestamp>,
}

impl Source<'_> {
    /// For a delivery that cannot even be split.
    pub fn unknown(platform: Platform) -> Self {
        Source { platform, account: UNKNOWN_ACCOUNT, sent_at: None }
    }
}

/// What was read of one delivery so far.
pub(super) struct Reading<'a> {
    context: &'a ParseContext<'a>,
    parsed: Parsed,
    /// How many elements were answered for, repeated matters included.
    said: usize,
}

impl<'a> Reading<'a> {
    /// Starts with nothing gathered.
    pub fn new(context: &'a ParseContext<'a>) -> Self {
        Self { context, parsed: Parsed::default(), said: 0 }
    }

    /// The name of the door.
    pub fn door(&self) -> &'a str {
        self.context.door
    }

    /// Grows with every element that was answered for, so that a caller can tell when nothing was said.
    pub fn said(&self) -> usize {
        self.said
    }

    /// Everything gathered, for the stage that asked.
    pub fn finish(self) -> Parsed {
        self.parsed
    }

    /// The body as the one object that it should be; what is none is spoilt as a whole.
    pub fn whole<'b, T: Deserialize<'b>>(&mut self, source: Source<'_>, body: &'b [u8]) -> Option<T> {
        match json::text(body).map(json::object) {
            Ok(Ok(envelope)) => return Some(envelope),
            Ok(Err(fault)) => self.misshapen(source, "the body", fault),
            Err(fault) => self.spoilt(source, format!("the body is not JSON: {fault}")),
        }
        None
    }

    /// An element that says what happened to a comment.
    pub fn event(&mut self, event: CommentEvent) {
        self.said += 1;
        self.heard(Source { platform: event.id.platform, account: &event.id.account, sent_at: event.sent_at.max(event.at) });
        self.parsed.events.push(event);
    }

    /// A documented element that holds nobody's comment. It is a sign of life of its account all the same.
    pub fn ignore(&mut self, source: Source<'_>, kind: String) {
        self.said += 1;
        self.heard(source);
        self.parsed.ignored.push(kind);
    }

    /// Notes that the delivery speaks of an account, and the newest time that the platform tells for it.
    fn heard(&mut self, source: Source<'_>) {
        if source.account != UNKNOWN_ACCOUNT && !source.account.is_empty() {
            let account = Account { platform: source.platform, account: source.account.to_owned() };
            let told = self.parsed.heard.entry(account).or_default();
            *told = source.sent_at.max(*told);
        }
    }

    /// An element of a kind that this version does not read, which is answered for otherwise or can hold neither words nor the end of
    /// a subscription. People see each kind once an account.
    pub fn unknown(&mut self, source: Source<'_>, kind: String) {
        let reason = format!("{kind}: this version does not read that kind");
        self.matter(source, kind, reason);
    }

    /// An element of a kind that this version does not read, without an id to keep a comment under. It may hold words, or say that
    /// nothing more comes: people see each delivery.
    pub fn unread(&mut self, source: Source<'_>, kind: &str) {
        self.spoilt(source, format!("{kind}: this version does not read that kind, and it may hold somebody's words"));
    }

    /// A comment under an action, or with a content, that this version does not know. Each reaches people with whatever words it
    /// has, and the kind is put before them once, so that somebody sees that it exists. `name` is the unknown word as it came.
    pub fn unknown_event(&mut self, source: Source<'_>, (kind, name): (&str, Option<&str>), event: CommentEvent) {
        let name = json::kind(name);
        let unreadable = Some(format!("{kind} that this version does not know: {name}"));
        self.event(CommentEvent { unreadable, of_unknown_kind: true, ..event });
        self.unknown(source, format!("{} {kind} {name}", source.platform.as_str()));
    }

    /// A single element, or a whole delivery, that is not what it should be. People see each delivery.
    pub fn spoilt(&mut self, source: Source<'_>, reason: String) {
        self.matter(source, self.context.digest.to_owned(), reason);
    }

    /// An element that is JSON but not of the documented shape.
    pub fn misshapen(&mut self, source: Source<'_>, what: &str, fault: Fault) {
        self.spoilt(source, format!("{what} is not of the documented shape: {fault} of that part"));
    }

    /// The platform says that it sends nothing more of an account. Each end is an alarm and a matter of its own.
    pub fn ended(&mut self, source: Source<'_>, what: &str) {
        self.said += 1;
        let account = source.account.to_owned();
        let about = format!("end of a subscription {}", self.context.digest);
        let reason = format!("{what}: nothing more comes of this account until somebody subscribes again");
        self.parsed.ended.push(Quarantine {
            kind: QuarantineKind::SubscriptionEnded,
            platform: source.platform,
            account,
            about,
            reason,
        });
    }

    /// Something that must go before a person, under the name by which they see it once.
    pub fn matter(&mut self, source: Source<'_>, about: String, reason: String) {
        let account = source.account.to_owned();
        self.before_people(Quarantine { kind: QuarantineKind::Unreadable, platform: source.platform, account, about, reason });
    }

    /// The same for a matter that has its name already.
    pub fn before_people(&mut self, matter: Quarantine) {
        self.said += 1;
        self.heard(Source { platform: matter.platform, account: &matter.account, sent_at: None });
        let kept = &mut self.parsed.quarantined;
        if kept.contains(&matter) || kept.len() > MAX_QUARANTINED {
            return;
        }
        if kept.len() < MAX_QUARANTINED {
            kept.push(matter);
        } else {
            let reason = format!("more than {MAX_QUARANTINED} parts of the delivery could not be read; see its raw bytes");
            kept.push(Quarantine { about: self.context.digest.to_owned(), reason, ..matter });
        }
    }
}

/// An author, if the platform says anything about one.
pub(super) fn author(id: Option<String>, name: Option<String>) -> Option<Author> {
    let name = name.filter(|name| !name.is_empty());
    (id.is_some() || name.is_some()).then_some(Author { id, name })
}

/// What stands for a person's id inside another id: the same for the same person, and not the id itself, because ids are kept where
/// nothing can be erased. Eight bytes tell the people of one account apart; whoever has the id can still find its digest.
pub(super) fn digest_of_person(id: &str) -> String {
    hex::encode(&Sha256::digest(id.as_bytes())[..8])
}

/// The text of a comment: blanks alone are no text.
pub(super) fn words(text: Option<String>) -> Option<crate::model::CommentText> {
    text.map(crate::model::CommentText::new).filter(|text| !text.is_blank())
}
