//! Reading the facts: the census of the whole table, then each record of the period and each case by its chain, and each delivery of the
//! period by its bytes, read once more as `assess` read them. The memory is that of the period's records, without their words.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use tokio::task::JoinSet;

use super::facts::{Cases, CommentFacts, DeliveryFacts, DeliveryStanding, Facts};
use super::{CASES, Error, Reconcile, case_rows};
use crate::model::delivery::DeliveryState;
use crate::model::period::midnight;
use crate::model::{CommentKey, DeliveryId, JournalId, Noted, Record};
use crate::platform::{self, ParseContext};
use crate::protocol::Protocol;
use crate::store::{Counted, CountedComment, Directory, Store, StoreError};

/// Chains and deliveries that are read at once: the store takes most of the time.
const AT_ONCE: usize = 16;

/// A record that was read, or the key of one that cannot be.
type Read = Result<Box<CommentFacts>, CommentKey>;

/// Everything that the table holds of a campaign from one date until before another, and its cases whatever their date.
pub async fn facts(stage: &Reconcile, protocol: &Protocol, from: Date, to: Date) -> Result<Facts, Error> {
    let directory = Arc::new(stage.store.directory().await?);
    let (deliveries, keys) = census(stage, protocol, &directory, from, to).await?;
    let (mut comments, mut broken) = (HashMap::new(), Vec::new());
    for read in records(stage, protocol, keys).await? {
        match read {
            Ok(facts) => drop(comments.insert(facts.key.clone(), *facts)),
            Err(key) => broken.push(key),
        }
    }
    let own = |facts: &CommentFacts| facts.campaign.as_ref().is_none_or(|id| *id == protocol.reference().id);
    comments.retain(|_, facts| own(facts));
    let known = Arc::new(comments);
    let mut deliveries = deliveries_of(stage, &directory, deliveries, &known).await?;
    deliveries.sort_by(|one, other| (one.received_at, &one.id).cmp(&(other.received_at, &other.id)));
    let mut comments: Vec<CommentFacts> = Arc::unwrap_or_clone(known).into_values().collect();
    comments.sort_by(|one, other| (one.aware_at, &one.key).cmp(&(other.aware_at, &other.key)));
    broken.sort();
    Ok(Facts {
        protocol: protocol.reference(),
        zone: protocol.time_zone().clone(),
        starts: protocol.starts(),
        now: stage.clock.now(),
        deliveries,
        comments,
        broken,
        cases: cases(stage, protocol).await?,
        draws: stage.draws(&protocol.reference().id).await?,
    })
}

type Counts = (Vec<(DeliveryId, jiff::Timestamp, DeliveryState)>, BTreeSet<CommentKey>);

/// The deliveries and the records that a run has to look at. What no campaign claims is looked at by every one of them.
async fn census(stage: &Reconcile, protocol: &Protocol, directory: &Directory, from: Date, to: Date) -> Result<Counts, Error> {
    let (campaign, zone) = (protocol.reference().id, protocol.time_zone().clone());
    let (from, to) = (midnight(from, &zone), midnight(to, &zone));
    let own: BTreeSet<_> = protocol.doors().iter().map(|door| door.id.clone()).collect();
    let others: BTreeSet<_> = directory.doors.keys().filter(|door| !own.contains(*door)).cloned().collect();
    let wanted = move |counted: &Counted| match counted {
        Counted::Delivery { id, received_at, .. } => (from..to).contains(received_at) && !others.contains(&id.door),
        Counted::Comment(CountedComment { aware_at, campaign: claimed, case_number, .. }) => {
            let mine = claimed.as_ref().is_none_or(|claimed| *claimed == campaign);
            let within = aware_at.is_none_or(|at| (from..to).contains(&at));
            mine && (within || case_number.is_some())
        }
    };
    let (mut deliveries, mut keys) = (Vec::new(), BTreeSet::new());
    for counted in stage.store.census(wanted).await? {
        match counted {
            Counted::Delivery { id, received_at, state } => deliveries.push((id, received_at, state)),
            Counted::Comment(comment) => drop(keys.insert(comment.key)),
        }
    }
    Ok((deliveries, keys))
}

async fn records(stage: &Reconcile, protocol: &Protocol, keys: BTreeSet<CommentKey>) -> Result<Vec<Read>, Error> {
    let (zone, now) = (protocol.time_zone().clone(), stage.clock.now());
    side_by_side(keys, |key| {
        let (store, zone) = (stage.store.clone(), zone.clone());
        async move {
            let record = record(&store, &key).await?;
            Ok(record.map(|record| Box::new(CommentFacts::of(&record, &zone, now))).ok_or(key))
        }
    })
    .await
}

/// A record by its chain; `None` if it is not there or cannot be believed.
async fn record(store: &Store, key: &CommentKey) -> Result<Option<Record>, StoreError> {
    match store.chain(key).await {
        Ok(entries) => Ok(Record::fold(&entries)),
        Err(StoreError::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn deliveries_of(
    stage: &Reconcile,
    directory: &Arc<Directory>,
    deliveries: Vec<(DeliveryId, jiff::Timestamp, DeliveryState)>,
    known: &Arc<HashMap<CommentKey, CommentFacts>>,
) -> Result<Vec<DeliveryFacts>, Error> {
    side_by_side(deliveries, |(id, received_at, state)| {
        let (store, directory, known) = (stage.store.clone(), directory.clone(), known.clone());
        async move {
            let standing = match state {
                DeliveryState::Kept => DeliveryStanding::Waiting,
                DeliveryState::WorkedOff => DeliveryStanding::WorkedOff,
                DeliveryState::Erased => DeliveryStanding::Erased,
            };
            let (without_record, without_sighting) = (Vec::new(), Vec::new());
            let mut facts = DeliveryFacts { id, received_at, standing, parts: 0, without_record, without_sighting, drill: false };
            if standing == DeliveryStanding::WorkedOff {
                parts(&store, &directory, &known, &mut facts).await?;
            }
            Ok(facts)
        }
    })
    .await
}

/// Reads a delivery once more and looks for each part of it.
async fn parts(
    store: &Store,
    directory: &Directory,
    known: &HashMap<CommentKey, CommentFacts>,
    facts: &mut DeliveryFacts,
) -> Result<(), StoreError> {
    let kept = match store.delivery(&facts.id).await {
        // Its bytes went since the census, or their key did before this copy of the table was made: what it named stands in the records alone.
        Ok(Some(kept)) if kept.state == DeliveryState::Erased => {
            facts.standing = DeliveryStanding::Erased;
            return Ok(());
        }
        Ok(Some(kept)) => kept,
        Ok(None) | Err(StoreError::Corrupt { .. }) => {
            facts.standing = DeliveryStanding::Unreadable;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let default_account = directory.doors.get(&facts.id.door).and_then(|door| door.terms.only_account());
    let context = ParseContext { door: facts.id.door.as_str(), digest: &facts.id.digest, default_account };
    let parsed = platform::parse(kept.delivery.provider, &kept.delivery.body, &kept.delivery.headers, &context);
    let matters = parsed.quarantined.iter().chain(&parsed.ended).map(|matter| matter.comment_id().key());
    let keys: BTreeSet<CommentKey> = parsed.events.iter().map(|event| event.id.key()).chain(matters).collect();
    facts.parts = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    facts.drill = !keys.is_empty();
    for key in keys {
        let (told, drill) = match known.get(&key) {
            Some(comment) => (comment.deliveries.contains(&facts.id), comment.drill),
            None => match store.chain(&key).await {
                Ok(entries) => match Record::fold(&entries) {
                    Some(record) => (record.deliveries.contains(&facts.id), record.drill.is_some()),
                    None => {
                        facts.without_record.push(key);
                        facts.drill = false;
                        continue;
                    }
                },
                // A record that cannot be read back is a difference of its own.
                Err(StoreError::Corrupt { .. }) => (true, false),
                Err(error) => return Err(error),
            },
        };
        facts.drill &= drill;
        if !told && !store.told_again(&key).await?.contains(&facts.id) {
            facts.without_sighting.push(key);
        }
    }
    Ok(())
}

async fn cases(stage: &Reconcile, protocol: &Protocol) -> Result<Option<Cases>, Error> {
    let journal = JournalId::of_campaign(CASES, &protocol.reference().id);
    let Some(note) = stage.store.last_note(&journal).await? else { return Ok(None) };
    let Noted::CaseList(read) = &note.what else { return Ok(None) };
    let rows = case_rows(&stage.store, &read.all).await?;
    Ok(Some(Cases { read_at: note.at, list: read.list.clone(), rows }))
}

/// Does the same with each, a few at a time, in no order; the first error ends it.
async fn side_by_side<T, R, F>(items: impl IntoIterator<Item = T>, work: impl Fn(T) -> F) -> Result<Vec<R>, Error>
where
    R: Send + 'static,
    F: Future<Output = Result<R, StoreError>> + Send + 'static,
{
    let (mut running, mut done) = (JoinSet::new(), Vec::new());
    let mut items = items.into_iter();
    loop {
        while running.len() < AT_ONCE
            && let Some(item) = items.next()
        {
            running.spawn(work(item));
        }
        match running.join_next().await {
            None => return Ok(done),
            Some(Ok(result)) => done.push(result?),
            Some(Err(_)) => {
                return Err(StoreError::Unavailable { doing: "reading the facts", source: "a task stopped".into() }.into());
            }
        }
    }
}
