//! YouTube's WebSub hub: feeds that tell of new, changed and deleted videos, and never of comments.
//!
//! An entry becomes an event on the video itself, so that people look under it. Here are the handshake, the lease and the
//! signature; the feed's XML is taken apart in `atom.rs`.

use jiff::SignedDuration;

use super::atom::{self, Entry, MAX_ENTRIES};
use super::reading::{self, ParseContext, Reading, Source, UNKNOWN_ACCOUNT};
use super::signature::{self, SignatureFault};
use super::{Doorway, Handshake, Recurring, challenge, json};
use crate::http::Request;
use crate::model::{Action, CommentEvent, CommentId, Parsed, Platform, Secret};

const SIGNATURE: &str = "x-hub-signature";
/// The hub knows no other.
const SCHEME: &str = "sha1=";

/// Where a channel's feed is, as Google's guide has it and as the hub has it in its own answers; a channel's id follows.
const FEEDS: [&str; 2] =
    ["https://www.youtube.com/xml/feeds/videos.xml?channel_id=", "https://www.youtube.com/feeds/videos.xml?channel_id="];

/// How the ids of videos and the addresses of channels begin in a feed.
const VIDEO: &str = "yt:video:";
const CHANNEL: &str = "/channel/";

/// The longest lease that is believed, in seconds: ten days, the most that YouTube's hub gives. Whoever asks for us names the lease, and a
/// longer one would put the alarm off.
const LONGEST_LEASE_SECONDS: i64 = 10 * 24 * 60 * 60;

/// The longest id of a video or a channel, in bytes: they have 11 and 24.
const MAX_ID_BYTES: usize = 128;

/// What people are told to look for.
const UNREADABLE: &str = "a new or changed video, whose comments YouTube does not push";

/// A GET that asks whether we want one of our channels' feeds. We never ask for an end, so that nothing that ends one is confirmed.
pub(super) fn handshake(request: &Request, door: Doorway<'_>) -> Handshake {
    if !challenge::is_asked(request) {
        return Handshake::NotOne;
    }
    let once = |name| challenge::once(request, name);
    match once("hub.mode") {
        Some("subscribe") => {}
        Some("denied") => return Handshake::Refused("the hub denies the subscription, or has ended it"),
        Some("unsubscribe") => return Handshake::Refused("somebody asks the hub to end a subscription, and it was not us"),
        _ => return Handshake::Refused("the handshake's hub.mode is not subscribe"),
    }
    let (Some(topic), Some(challenge)) = (once("hub.topic"), once("hub.challenge")) else {
        return Handshake::Refused("the handshake has not exactly one hub.topic and hub.challenge");
    };
    if let Some(expected) = &door.secrets.verify_token
        && !once("hub.verify_token").is_some_and(|token| expected.matches(token.as_bytes()))
    {
        return Handshake::Refused("the handshake has not this door's hub.verify_token exactly once");
    }
    if !door.terms.accounts.iter().any(|account| is_feed_of(topic, account)) {
        return Handshake::Refused("the handshake's hub.topic is no feed of a channel behind this door");
    }
    challenge::echo(challenge)
}

/// Whether a topic is an account's: the feed of a channel, or the very address if a protocol has one in an account's place.
fn is_feed_of(topic: &str, account: &str) -> bool {
    let of_channel = FEEDS.iter().any(|feed| topic.strip_prefix(feed) == Some(account));
    of_channel || (account.starts_with("https://") && topic == account)
}

/// Until when the hub sends a feed without being asked again. Each feed of a door has a lease of its own.
pub(super) fn lease(request: &Request) -> Option<Recurring> {
    let seconds = challenge::once(request, "hub.lease_seconds").filter(|written| written.bytes().all(|b| b.is_ascii_digit()))?;
    let seconds: i64 = seconds.parse().ok().filter(|seconds| *seconds > 0)?;
    let about = challenge::once(request, "hub.topic")?.to_owned();
    let within = SignedDuration::from_secs(seconds.min(LONGEST_LEASE_SECONDS));
    (challenge::once(request, "hub.mode") == Some("subscribe")).then_some(Recurring { about, within })
}

pub(super) fn check_signature(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    let presented = signature::only_header(request, SIGNATURE)?.strip_prefix(SCHEME).and_then(signature::mac_of_digits);
    let presented = [presented.ok_or(SignatureFault::Malformed(SIGNATURE))?];
    signature::any_of(secrets, &presented, |secret| signature::mac_sha1(secret, &request.body))
}

pub(super) fn sign(secret: &Secret, body: &[u8]) -> Vec<(String, String)> {
    vec![(SIGNATURE.to_owned(), format!("{SCHEME}{}", hex::encode(signature::mac_sha1(secret, body))))]
}

pub(super) fn parse(body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    let nobody = Source::unknown(Platform::YouTube);
    let feed = atom::read(body);
    for entry in &feed.entries {
        read_entry(&mut reading, context, entry);
    }
    if let Some(fault) = feed.fault {
        reading.spoilt(nobody, format!("the body is not an Atom feed: {fault}"));
    } else if feed.more {
        reading.spoilt(nobody, format!("the feed has more than {MAX_ENTRIES} entries; see its raw bytes"));
    } else if feed.entries.is_empty() {
        let about = "youtube delivery without entries".to_owned();
        reading.matter(nobody, about.clone(), format!("a {about} came; at least one was expected"));
    }
    reading.finish()
}

fn read_entry(reading: &mut Reading<'_>, context: &ParseContext<'_>, entry: &Entry) {
    let name = if entry.deleted { "a youtube deletion" } else { "a youtube entry" };
    let by_address = entry.author_uri.as_deref().and_then(|uri| uri.rsplit_once(CHANNEL)).map(|(_, channel)| channel);
    let channel = plain(entry.channel_id.as_deref()).or(plain(by_address)).or(context.default_account);
    let source = Source { platform: Platform::YouTube, account: channel.unwrap_or(UNKNOWN_ACCOUNT), sent_at: None };
    let by_id = entry.id.as_deref().and_then(|id| id.trim().strip_prefix(VIDEO));
    let Some(video) = plain(entry.video_id.as_deref()).or(plain(by_id)) else {
        return reading.spoilt(source, format!("{name} has no video id"));
    };
    if channel.is_none() {
        return reading.spoilt(source, format!("{name} names no channel, and its door has not exactly one"));
    }
    let action = if entry.deleted { Action::Deleted } else { Action::Created };
    let at = entry.updated.as_deref().or(entry.published.as_deref());
    reading.event(CommentEvent {
        post_id: Some(video.to_owned()),
        post_text: reading::words(entry.title.clone()),
        at: at.and_then(|at| at.trim().parse().ok()),
        permalink: json::link(Some(format!("https://www.youtube.com/watch?v={video}"))),
        unreadable: (!entry.deleted).then(|| UNREADABLE.to_owned()),
        // It is our own video and yet not marked as ours: what is ours nobody looks at, and this is there to be looked at.
        own_account: false,
        ..CommentEvent::new(CommentId::new(source.platform, source.account, video), action)
    });
}

/// An id of a video or a channel: letters, digits, `_` and `-`.
fn plain(written: Option<&str>) -> Option<&str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    written.map(str::trim).filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(plain))
}
