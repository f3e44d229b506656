//! Keys and index keys: how every item is found. Nothing outside `store` spells one.

use jiff::Timestamp;

use super::topics::Shared;
use crate::model::{Band, CampaignId, ChainKey, CommentKey, DeliveryId, DoorId, JournalId, Revision, State};

/// Partition key of the table: one record, one delivery, one campaign's protocol, or the directory of protocols.
pub const PK: &str = "pk";
/// Sort key: which item of the partition.
pub const SK: &str = "sk";
/// Index of the machine's open work: partition `work`, sorted by `wake`.
pub const WORK_INDEX: &str = "work";
/// Partition of the index `work`: a shard, on items that the machine still owes something.
pub const WORK: &str = "work";
/// Sort key of the index `work`: when the item falls due.
pub const WAKE: &str = "wake";
/// Index of what people's lists page through: partition `list`, sorted by `sort`.
pub const LIST_INDEX: &str = "list";
/// Partition of the index `list`: which list, and which shard of it.
pub const LIST: &str = "list";
/// Sort key of the index `list`: the place within the list.
pub const SORT: &str = "sort";

/// Parts of the `work` index: every delivery and every alert passes through it, and one partition takes 1,000 writes a second.
pub const WORK_SHARDS: u8 = 16;
/// Parts of each list: fewer, since a page has to ask every one of them.
pub const LIST_SHARDS: u8 = 4;

/// Parts of the marks of one window.
pub const MOVED_SHARDS: u8 = 4;

/// Attribute with the second after which DynamoDB may drop an item by itself.
pub const EXPIRES: &str = "expires";

/// Sort key of a record's head: what lists and workers need of it.
pub const HEAD: &str = "head";
/// Sort key of the claim that one worker has on a record.
pub const CLAIM: &str = "claim";
/// Sort key of a delivery's own item; the bytes of a large one lie beside it in parts.
pub const RAW: &str = "raw";
/// Start of the sort keys of a record's entries.
pub const EVENT_PREFIX: &str = "event#";
/// After every sort key of an entry.
pub const EVENTS_END: &str = "event#:";
/// Start of the sort keys of the links from a comment to its answers.
pub const ANSWER_PREFIX: &str = "answer#";
/// Start of the sort keys of the links from a record to deliveries that told nothing new of it.
pub const TOLD_PREFIX: &str = "told#";
/// Partition of the last handshakes of all doors.
pub const HANDSHAKES_PK: &str = "handshakes";
/// Partition and sort key of the mark of how far open comments were read again.
pub const REREADING_PK: &str = "rereading";
pub const REREADING_SK: &str = "mark";
/// Partition of the directory of protocols.
pub const DIRECTORY_PK: &str = "protocols";
/// Sort key of the one item that says which protocols are active.
pub const DIRECTORY_SK: &str = "active";

/// Partition of what was heard of the channels that protocols list.
pub const CHANNELS_PK: &str = "channels";
/// Partition of what was heard of accounts that no protocol lists.
pub const UNLISTED_PK: &str = "channels#unlisted";
/// Partition of the register of fire drills.
pub const DRILLS_PK: &str = "drills";
/// Partition of what workers share about each topic.
pub const TOPICS_PK: &str = "topics";
/// Partition of the list of journals.
pub const JOURNALS_PK: &str = "journals";

/// Sort key of a session, and of a sign-in that is under way.
pub const SESSION: &str = "session";

const COMMENT_PREFIX: &str = "comment#";
const DELIVERY_PREFIX: &str = "delivery#";

/// The partition of one comment's record.
pub fn comment(key: &CommentKey) -> String {
    format!("{COMMENT_PREFIX}{key}")
}

/// The comment whose record a partition is; `None` if it is another kind of partition.
pub fn parse_comment(pk: &str) -> Option<CommentKey> {
    CommentKey::parse(pk.strip_prefix(COMMENT_PREFIX)?)
}

/// Zero-padded, so that the sort key's order is the chain's.
pub fn event(seq: Revision) -> String {
    format!("{EVENT_PREFIX}{:06}", seq.0)
}

/// The sort key of the link from a comment to one that answers it.
pub fn answer(key: &CommentKey) -> String {
    format!("{ANSWER_PREFIX}{key}")
}

/// The answering comment that a sort key links to; `None` if it is another kind of item.
pub fn parse_answer(sk: &str) -> Option<CommentKey> {
    CommentKey::parse(sk.strip_prefix(ANSWER_PREFIX)?)
}

/// The sort key of a door's last handshake about one thing. A door's name holds no `#`.
pub fn handshake(door: &DoorId, about: &str) -> String {
    format!("{door}#{about}")
}

/// The door and the thing that a handshake's sort key names.
pub fn parse_handshake(sk: &str) -> (DoorId, String) {
    let (door, about) = sk.split_once('#').unwrap_or((sk, ""));
    (DoorId::new(door), about.to_owned())
}

/// The sort key of what workers share about one topic.
pub fn shared(what: Shared, topic: &str) -> String {
    format!("{}{topic}", what.prefix())
}

/// The sort key of a record's place in a topic's queue, and the part of the index `work` that is this queue.
pub fn waiting(topic: &str) -> String {
    format!("waiting#{topic}")
}

/// The sort key of the link from a record to a delivery that told nothing new of it.
pub fn told(id: &DeliveryId) -> String {
    format!("{TOLD_PREFIX}{}#{}", id.door, id.digest)
}

/// The delivery that such a sort key links to; `None` if it is another kind of item.
pub fn parse_told(sk: &str) -> Option<DeliveryId> {
    let (door, digest) = sk.strip_prefix(TOLD_PREFIX)?.rsplit_once('#')?;
    Some(DeliveryId { door: DoorId::new(door), digest: digest.to_owned() })
}

/// The partition of one author's comments, by a keyed digest.
pub fn author(digest: &str) -> String {
    format!("author#{digest}")
}

/// The partition of one journal.
pub fn journal(id: &JournalId) -> String {
    id.as_str().to_owned()
}

/// The partition of one chain.
pub fn chain(key: &ChainKey) -> String {
    match key {
        ChainKey::Comment(key) => comment(key),
        ChainKey::Journal(id) => journal(id),
    }
}

/// The partition of one part of the marks of chains that move in the window that begins then.
pub fn moved(window: Timestamp, shard: u8) -> String {
    format!("moved#{window}#{shard}")
}

/// The part in which a chain is marked: stable, and even over many chains, since a key ends in a digest or a date.
pub fn moved_shard(key: &ChainKey) -> u8 {
    key.as_str().bytes().last().unwrap_or(0) % MOVED_SHARDS
}

/// The partition of one session, by the digest of its token.
pub fn session(digest: &str) -> String {
    format!("session#{digest}")
}

/// The partition of one sign-in that is under way, by the digest of its token.
pub fn signing_in(digest: &str) -> String {
    format!("signing-in#{digest}")
}

/// The partition of one document.
pub fn document(digest: &str) -> String {
    format!("document#{digest}")
}

/// The sort key of a document's part, from 0 on.
pub fn document_part(part: usize) -> String {
    format!("part#{part:03}")
}

/// The partition of one delivery.
pub fn delivery(id: &DeliveryId) -> String {
    format!("{DELIVERY_PREFIX}{}#{}", id.door, id.digest)
}

/// The delivery that a partition is; `None` if it is another kind of partition.
pub fn parse_delivery(pk: &str) -> Option<DeliveryId> {
    let (door, digest) = pk.strip_prefix(DELIVERY_PREFIX)?.rsplit_once('#')?;
    Some(DeliveryId { door: DoorId::new(door), digest: digest.to_owned() })
}

/// The sort key of a part of a large delivery, from 1 on.
pub fn raw_part(part: usize) -> String {
    format!("{RAW}#{part:02}")
}

/// The partition of one campaign's protocol, in all its versions.
pub fn protocol(campaign: &CampaignId) -> String {
    format!("protocol#{campaign}")
}

/// The sort key of one version, zero-padded so that the order is that of the numbers.
pub fn protocol_version(version: u32) -> String {
    format!("{VERSION_PREFIX}{version:06}")
}

/// The start of the sort keys of published versions.
pub const VERSION_PREFIX: &str = "v#";

/// The version that a sort key names; `None` if it is another kind of item.
pub fn parse_protocol_version(sk: &str) -> Option<u32> {
    sk.strip_prefix(VERSION_PREFIX)?.parse().ok()
}

/// The sort key of one text of a version that is not published: each text has its own, and none is ever written over.
pub fn protocol_draft(version: u32, digest: &str) -> String {
    format!("draft#{version:06}#{digest}")
}

/// The partition of one shard of the index `work`.
pub fn work_shard(shard: u8) -> String {
    format!("open#{shard:02}")
}

/// The shard that a delivery's work stands in: stable, and even over many deliveries.
pub fn delivery_shard(id: &DeliveryId) -> u8 {
    id.digest.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0) % WORK_SHARDS
}

/// One part of one list. A comment that no campaign claims stands under `-`.
pub fn list(state: State, campaign: Option<&CampaignId>, band: Band, shard: u8) -> String {
    let campaign = campaign.map_or("-", CampaignId::as_str);
    format!("{}#{campaign}#{}#{shard}", state.as_str(), band.as_str())
}

/// Sorts by time and, within a millisecond, by key; unique, so that a page can continue after it.
pub fn sort(at: Timestamp, key: &CommentKey) -> String {
    format!("{:013}#{key}", at.as_millisecond().max(0))
}
