//! What lies around a record and not in it: the comment that it answers, the answers to it, and what arrived where nobody could read
//! all of it. For the comment's page, which shows everything else even if this cannot be had.

use jiff::Timestamp;

use crate::model::{Account, CommentId, CommentKey, DeliveryId, Happening, Head, QuarantineKind, Record, Revision};
use crate::store::{Kept, Store, StoreError};

use super::abreast::abreast;
use super::decide::Matter;

/// Bytes of a kept delivery that a page shows: most deliveries whole, and none long enough to freeze a browser.
const SHOWN_BYTES: usize = 20 * 1024;

/// Answers whose chains are read for a past moment: the page shows no more.
const MOST_ANSWERS_THEN: usize = 50;

/// The surroundings of one record.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The comment that this one answers, if it is one of ours.
    pub parent: Option<Head>,
    /// The most urgent first.
    pub answers: Vec<Head>,
    pub arrived: Option<Arrived>,
    /// Of a silent channel: when it was last heard, if that was after the alarm.
    pub heard_again: Option<Timestamp>,
    /// Whether the store kept some of it back.
    pub incomplete: bool,
}

/// A kept delivery, as text.
#[derive(Clone)]
pub struct Arrived {
    pub id: DeliveryId,
    pub at: Timestamp,
    pub bytes: usize,
    /// Its first `SHOWN_BYTES`; what is no UTF-8 has become U+FFFD.
    pub start: String,
}

/// Shows no body: patients' words are in it.
impl std::fmt::Debug for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Arrived({}, {} bytes)", self.id, self.bytes)
    }
}

impl Arrived {
    /// Whether more arrived than is shown.
    pub fn is_cut(&self) -> bool {
        self.bytes > SHOWN_BYTES
    }

    fn of(id: &DeliveryId, kept: &Kept) -> Arrived {
        let body = &kept.delivery.body;
        let shown = body.get(..SHOWN_BYTES).unwrap_or(body);
        let start = String::from_utf8_lossy(shown).into_owned();
        Arrived { id: id.clone(), at: kept.delivery.received_at, bytes: body.len(), start }
    }
}

/// Reads the surroundings of a record, as they are or as they were at a past moment. `gone` is the entry up to which its words were
/// ordered to go, by today.
pub async fn load(store: &Store, matter: &Matter, then: Option<Timestamp>, gone: Revision) -> Around {
    let record = &matter.record;
    let (parent, answers, arrived, heard_again) = tokio::join!(
        parent(store, record, then),
        answers(store, &record.key, then),
        arrived(store, matter, gone),
        heard_again(store, record)
    );
    let mut around = Around::default();
    around.parent = around.take(parent);
    around.answers = around.take(answers);
    around.arrived = around.take(arrived);
    around.heard_again = around.take(heard_again);
    around
}

impl Around {
    fn take<T: Default>(&mut self, found: Result<T, StoreError>) -> T {
        found.unwrap_or_else(|error| {
            tracing::warn!(%error, "review: what lies around a comment could not be read");
            self.incomplete = true;
            T::default()
        })
    }
}

async fn parent(store: &Store, record: &Record, then: Option<Timestamp>) -> Result<Option<Head>, StoreError> {
    let Some(id) = parent_id(record) else { return Ok(None) };
    let key = CommentId::new(record.id.platform, &record.id.account, id).key();
    match then {
        None => store.head(&key).await,
        Some(then) => head_then(store, &key, then).await,
    }
}

/// The head that a record had; `None` if it had not begun.
async fn head_then(store: &Store, key: &CommentKey, then: Timestamp) -> Result<Option<Head>, StoreError> {
    Ok(Record::as_of(&store.chain(key).await?, then).map(|asof| Head::of(&asof.record, None)))
}

/// The platform's own id of the comment that this one answers.
pub fn parent_id(record: &Record) -> Option<&str> {
    record.sightings.iter().find_map(|(_, sighting)| sighting.parent_id.as_deref())
}

async fn answers(store: &Store, key: &CommentKey, then: Option<Timestamp>) -> Result<Vec<Head>, StoreError> {
    let mut keys = store.answers(key).await?;
    let mut answers: Vec<Head> = match then {
        None => store.heads(keys.iter()).await?.into_values().collect(),
        Some(then) => {
            keys.truncate(MOST_ANSWERS_THEN);
            let heads = abreast(keys, |key| {
                let store = store.clone();
                async move { head_then(&store, &key, then).await }
            });
            heads.await?.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
        }
    };
    answers.sort_by_key(|head| (std::cmp::Reverse(head.band), head.aware_at, head.key.clone()));
    Ok(answers)
}

/// When the channel of a silence was heard after its alarm. The machine closes no matter, so this stands beside it.
async fn heard_again(store: &Store, record: &Record) -> Result<Option<Timestamp>, StoreError> {
    if record.matter != Some(QuarantineKind::ChannelSilent) {
        return Ok(None);
    }
    let account = Account { platform: record.id.platform, account: record.id.account.clone() };
    let kept = store.channel(&account).await?;
    let since = kept.heard.map(|heard| heard.last_at).filter(|at| *at > record.aware_at.timestamp());
    // Heard before the alarm and written down after it.
    Ok(since.or_else(|| kept.vigil?.alarm?.heard_again))
}

async fn arrived(store: &Store, matter: &Matter, gone: Revision) -> Result<Option<Arrived>, StoreError> {
    let Some(id) = unread_delivery(matter, gone) else { return Ok(None) };
    Ok(store.delivery(id).await?.map(|kept| Arrived::of(id, &kept)))
}

/// The delivery that a person has to look at: one that nobody could read, or one that holds more than a text. One that brought words
/// which went is shown no more: its bytes hold them for as long as another comment needs it.
fn unread_delivery(matter: &Matter, gone: Revision) -> Option<&DeliveryId> {
    let mut there = matter.entries.iter().filter(|entry| entry.seq > gone);
    there.find_map(|entry| match &entry.what {
        Happening::Quarantined { delivery, .. } => Some(delivery).filter(|delivery| !delivery.is_none()),
        Happening::Sighted(sighting) => sighting.unreadable.as_ref().map(|_| &sighting.delivery),
        _ => None,
    })
}
