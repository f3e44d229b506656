//! The stage that reads: a kept delivery becomes sightings of comments, each comment an assessment with evidence, and what the
//! protocol makes of it becomes alerts that are due. It publishes nothing.
//!
//! Everything it does can be done again: a delivery is marked as worked off last, a sighting that the record already knows adds
//! nothing, and an assessment is made only for a text that has none. What to write is decided in `decide`, what a record can hold in
//! `bounds`; this file does it.

mod again;
mod bounds;
pub mod decide;
mod hearing;

use crate::campaigns::{Campaigns, InForce};
use crate::error::StageError;
use crate::forget;
use crate::metrics::{Metric, Metrics};
use crate::model::chain::New;
use crate::model::delivery::DeliveryState;
use crate::model::{
    Band, Clock, CommentEvent, CommentId, CommentKey, Delivery, DeliveryId, Drill, Entry, Head, Parsed, Quarantine, Record,
    Sighting, Words,
};
use crate::platform;
use crate::store::{AppendError, Store};

pub use again::{ReadAgain, read_again};
use decide::{Parent, Source};
pub use hearing::Ears;

/// The stage's name in metrics.
const STAGE: &str = "assess";
/// Attempts to append before the work is left to the next sweep: each loses only to somebody who got further.
const APPEND_ATTEMPTS: usize = 5;

/// What the stage works with.
#[derive(Clone)]
pub struct Assess {
    pub store: Store,
    pub campaigns: Campaigns,
    pub clock: Clock,
    pub metrics: Metrics,
    pub ears: Ears,
}

/// What became of a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessed {
    /// Every record that the delivery said something of, with its band.
    pub comments: Vec<(CommentKey, Band)>,
    pub quarantined: usize,
    pub ignored: usize,
    /// How many of the records belong to fire drills.
    pub drills: usize,
    /// Whether it told of a comment whose words had gone: then its bytes go too, unless something else in it is needed.
    pub after_erasure: bool,
}

/// Works a kept delivery off.
pub async fn handle(stage: &Assess, id: &DeliveryId) -> Result<Assessed, StageError> {
    let Some(kept) = stage.store.delivery(id).await? else { return Ok(Assessed::default()) };
    if kept.state == DeliveryState::Erased {
        // In a copy of the table from before its erasure it may still stand among the open work.
        stage.store.worked_off(id, stage.clock.now()).await?;
    }
    if kept.state != DeliveryState::Kept {
        return Ok(Assessed::default());
    }
    let in_force = stage.campaigns.current().await?;
    let parsed = parse(id, &kept.delivery, &in_force);
    let mut assessed = Assessed { quarantined: parsed.quarantined.len(), ignored: parsed.ignored.len(), ..Assessed::default() };
    let source = Source {
        id: id.clone(),
        door: kept.delivery.door.clone(),
        received_at: kept.delivery.received_at,
        in_force: in_force.clone(),
    };
    let mut failed = None;
    for part in parts(&parsed) {
        // A task of its own for each part: one that fails, even by a fault of the program, costs nothing but itself.
        let (stage, source) = (stage.clone(), source.clone());
        let read = tokio::spawn(async move { stage.part(&source, part).await }).await;
        match read.unwrap_or_else(|stopped| Err(StageError::stopped(Some(&format!("delivery {id}")), &stopped))) {
            Ok(record) => {
                assessed.comments.push((record.key.clone(), record.band()));
                assessed.after_erasure |= record.erased.is_some();
                assessed.drills += usize::from(record.drill.is_some());
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    // A drill is our own voice, and no sign that the platform delivers.
    if assessed.drills == 0 {
        hearing::listen(&stage.ears, &stage.store, &source, &parsed, stage.clock.now()).await;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if !kept.sealed {
        stage.store.seal_delivery(id).await?;
    }
    stage.store.worked_off(id, stage.clock.now()).await?;
    if assessed.after_erasure {
        forget::forget_delivery(&stage.store, id, None).await?;
    }
    stage.count(&parsed);
    if !parsed.ended.is_empty() {
        tracing::error!(delivery = %id, "a platform ended a subscription: nothing more comes until somebody subscribes again");
    }
    Ok(assessed)
}

/// Says in every tick that it sighted nothing by itself: what is measured for each comment has data in minutes without any.
pub fn report(stage: &Assess) {
    stage.metrics.count(STAGE, Metric::CommentSighted, 0);
}

/// One thing that a delivery says.
enum Part {
    Event(Box<CommentEvent>),
    Matter(Quarantine),
}

fn parts(parsed: &Parsed) -> impl Iterator<Item = Part> {
    let events = parsed.events.iter().cloned().map(Box::new).map(Part::Event);
    events.chain(parsed.quarantined.iter().chain(&parsed.ended).cloned().map(Part::Matter))
}

/// Assesses whatever in a record has no assessment yet: the sweep's way to finish what a crash interrupted.
pub async fn finish(stage: &Assess, key: &CommentKey) -> Result<(), StageError> {
    let entries = stage.store.chain(key).await?;
    let unread = Record::fold(&entries).is_some_and(|record| !record.unread().is_empty());
    if unread {
        let in_force = stage.campaigns.current().await?;
        stage.read(key, entries, &in_force).await?;
    }
    Ok(())
}

fn parse(id: &DeliveryId, delivery: &Delivery, in_force: &InForce) -> Parsed {
    let default_account = in_force.door(&delivery.door).and_then(|door| door.terms.only_account());
    let context = platform::ParseContext { digest: &id.digest, door: id.door.as_str(), default_account };
    platform::parse(delivery.provider, &delivery.body, &delivery.headers, &context)
}

impl Assess {
    async fn part(&self, source: &Source, part: Part) -> Result<Record, StageError> {
        match part {
            Part::Event(event) => self.take_in(source, &event).await,
            Part::Matter(matter) => self.quarantine(source, &matter).await,
        }
    }

    /// Sighting, then reading, then the head: in this order, so that what is missing after a crash is found again.
    async fn take_in(&self, source: &Source, event: &CommentEvent) -> Result<Record, StageError> {
        let key = event.id.key();
        if let Some(matter) = bounds::too_long(event, &source.id) {
            return self.quarantine(source, &matter).await;
        }
        let event = bounds::within(event);
        let belongs = source.belongs(&event.id);
        let words = Words::of(&event, salt()?);
        let drill = self.drill_of(&event.id).await?;
        let entries = self
            .append(&key, |record| {
                let sighting = Sighting { drill: drill.clone(), ..decide::sighting(&event, source, belongs.as_ref()) };
                decide::sight(record, sighting, words.clone(), self.clock.now())
            })
            .await?;
        let record = self.read(&key, entries, &source.in_force).await?;
        self.read_answers(&record, &source.in_force).await?;
        // Once whatever is due is due: a key store that does not answer delays no alert.
        if let Some(author) = event.author.as_ref().filter(|_| record.author.is_some()) {
            self.store.note_author(&key, event.id.platform, author).await?;
        }
        self.told(source, record).await
    }

    /// The fire drill that a comment belongs to. Only the register says so: an id, like a text, can be written by anybody.
    async fn drill_of(&self, id: &CommentId) -> Result<Option<String>, StageError> {
        if !id.id.starts_with(Drill::PREFIX) {
            return Ok(None);
        }
        let kept = self.store.drill(&id.id).await?;
        Ok(kept.filter(|kept| kept.drill.comment == *id).map(|kept| kept.drill.id().to_owned()))
    }

    async fn quarantine(&self, source: &Source, matter: &Quarantine) -> Result<Record, StageError> {
        let id = matter.comment_id();
        let (key, belongs) = (id.key(), source.belongs(&id));
        let entries = self
            .append(&key, |record| match record {
                // People see one unknown kind once, however many deliveries hold it.
                Some(_) => Vec::new(),
                None => {
                    let what = decide::quarantine(&id, source, belongs.as_ref(), matter);
                    vec![decide::by_machine(self.clock.now(), what, None)]
                }
            })
            .await?;
        let record = self.read(&key, entries, &source.in_force).await?;
        self.told(source, record).await
    }

    /// Notes a delivery that told nothing new, so that it goes with the record's words.
    async fn told(&self, source: &Source, record: Record) -> Result<Record, StageError> {
        if !record.deliveries.contains(&source.id) {
            self.store.tell_again(&record.key, &source.id).await?;
        }
        Ok(record)
    }

    /// Reads every text of the record that has no reading, with the text it answers, and renews the head.
    async fn read(&self, key: &CommentKey, entries: Vec<Entry>, in_force: &InForce) -> Result<Record, StageError> {
        let parent = self.parent_of(&fold(key, &entries)?).await?;
        let entries = self
            .append_to(key, entries, |record| {
                record.map(|record| decide::read(record, in_force, parent.as_ref(), self.clock.now())).unwrap_or_default()
            })
            .await?;
        let record = fold(key, &entries)?;
        self.project(&record).await?;
        Ok(record)
    }

    /// The text that the comment answers, where that is a comment of ours: "same here!" means what its parent means. The link is
    /// written first, so that a parent that arrives later finds the answer.
    async fn parent_of(&self, record: &Record) -> Result<Option<Parent>, StageError> {
        let Some(parent) = record.sightings.iter().find_map(|(_, sighting)| sighting.parent_id.as_ref()) else { return Ok(None) };
        let parent = CommentId::new(record.id.platform, &record.id.account, parent).key();
        if record.readings.iter().all(|reading| reading.parent.is_none()) {
            self.store.link(&parent, &record.key).await?;
        }
        let head = self.store.head(&parent).await?;
        Ok(head.and_then(|head| Some(Parent { revision: head.revision, text: head.text? })))
    }

    /// Reads those answers anew that were read before their parent's text was here, or are being read just now without it, and
    /// renews the head of one that an earlier attempt left behind its chain.
    async fn read_answers(&self, parent: &Record, in_force: &InForce) -> Result<(), StageError> {
        if parent.versions.is_empty() {
            return Ok(());
        }
        let mut failed = None;
        for key in self.store.answers(&parent.key).await? {
            if let Err(error) = self.read_answer(&key, in_force).await {
                failed = failed.or(Some(error));
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn read_answer(&self, key: &CommentKey, in_force: &InForce) -> Result<(), StageError> {
        let entries = self.store.chain(key).await?;
        let Some(record) = Record::fold(&entries) else { return Ok(()) };
        let behind = self.store.head(key).await?.is_none_or(|head| head.revision < record.revision);
        if behind || record.readings.is_empty() || decide::read_alone(&record) {
            self.read(key, entries, in_force).await?;
        }
        Ok(())
    }

    async fn append(&self, key: &CommentKey, decide: impl Fn(Option<&Record>) -> Vec<New>) -> Result<Vec<Entry>, StageError> {
        let entries = self.store.chain(key).await?;
        self.append_to(key, entries, decide).await
    }

    /// Decides on the record as it is, writes, and decides again if somebody else wrote first.
    async fn append_to(
        &self,
        key: &CommentKey,
        mut entries: Vec<Entry>,
        decide: impl Fn(Option<&Record>) -> Vec<New>,
    ) -> Result<Vec<Entry>, StageError> {
        for _ in 0..APPEND_ATTEMPTS {
            let new = decide(Record::fold(&entries).as_ref());
            match self.store.append(key, entries.last(), new).await {
                Ok(appended) => {
                    entries.extend(appended);
                    return Ok(entries);
                }
                Err(AppendError::Conflict(_)) => entries = self.store.chain(key).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppendError::Conflict(key.clone()).into())
    }

    async fn project(&self, record: &Record) -> Result<(), StageError> {
        let head = Head::of(record, record.wake(self.clock.now()));
        Ok(self.store.project(&head).await?)
    }

    fn count(&self, parsed: &Parsed) {
        let values = [
            (Metric::CommentSighted, parsed.events.len()),
            (Metric::Quarantined, parsed.quarantined.len()),
            (Metric::ElementIgnored, parsed.ignored.len()),
            (Metric::SubscriptionEnded, parsed.ended.len()),
        ];
        let values: Vec<_> =
            values.into_iter().filter(|(_, count)| *count > 0).map(|(metric, count)| (metric, count as u64)).collect();
        if !values.is_empty() {
            self.metrics.line(STAGE, &values);
        }
    }
}

fn fold(key: &CommentKey, entries: &[Entry]) -> Result<Record, StageError> {
    Record::fold(entries).ok_or_else(|| nothing_in(key.as_str()))
}

/// Random, so that words cannot be guessed from their digest once they are erased.
fn salt() -> Result<String, StageError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| StageError::TryAgain {
        what: "the machine gave no random numbers".to_owned(),
        source: error.to_string().into(),
    })?;
    Ok(hex::encode(bytes))
}

fn nothing_in(what: &str) -> StageError {
    let cause = "its chain does not begin with a sighting";
    StageError::NeedsPerson { what: format!("{what} cannot be folded"), source: cause.into() }
}
