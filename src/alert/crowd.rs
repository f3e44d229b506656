//! One message for those that wait for a topic: as many as a digest names are claimed, the most urgent first, read again, told of in one
//! message, and what the carrier accepted is recorded in each by itself.
//!
//! A crash anywhere loses nothing: a record that waits owes its sends as before, and its head wakes by itself after a pause. What a
//! carrier accepted and nobody recorded goes out again, as everywhere.

use jiff::tz::TimeZone;
use tokio::task::JoinSet;

use super::decide::{self, MOST_NAMED, Owed, Rank};
use super::digest::{self, Contents, Line};
use super::message::Message;
use super::publish::Accepted;
use super::{Alerting, CLAIM, ONE_SEND, STAGE, Sent};
use crate::error::{StageError, one_line};
use crate::metrics::Metric;
use crate::model::{Class, CommentKey, Published, Record};
use crate::store::{Claim, InTime, Waiting};

/// A record of the queue, claimed and read again.
struct Taken {
    claim: Claim,
    key: CommentKey,
    chain: InTime,
    record: Record,
    /// What it owes to the topic whose queue it stands in.
    owed: Vec<Named>,
}

/// An alert that the message tells of.
struct Named {
    rank: Rank,
    line: Line,
    time_zone: TimeZone,
    /// The sends that the message makes, the one that it speaks of first.
    sends: Vec<Sent>,
}

/// Tells a topic of the first that wait for it, in one message; `false` if no carrier took it.
pub async fn tell(stage: &Alerting, topic: &str, waiting: &[Waiting]) -> Result<bool, StageError> {
    let (first, others) = waiting.split_at(waiting.len().min(MOST_NAMED));
    let taken = stage.take_up(topic, first).await?;
    let lapse = taken.iter().map(|taken| taken.claim.until()).min();
    let in_time = lapse.is_some_and(|until| stage.clock.now().duration_since(until) <= -ONE_SEND);
    let others: Vec<Class> = others.iter().map(|waiting| Rank::from_number(waiting.rank).class()).collect();
    let Some(message) = stage.message_of(&taken, &others).filter(|_| in_time) else {
        stage.let_go(topic, taken, None).await?;
        return Ok(true);
    };
    match stage.publisher.publish(topic, &message, &stage.clock).await {
        Ok(accepted) => {
            stage.count_crowd(topic, &accepted, taken.iter().map(|taken| taken.owed.len()).sum());
            stage.let_go(topic, taken, Some(accepted.published)).await?;
            Ok(true)
        }
        Err(error) => {
            stage.metrics.count(STAGE, Metric::CarrierRefused, 1);
            tracing::warn!(error = one_line(&error), "no carrier took a message: what it told of still waits");
            stage.let_go(topic, taken, None).await?;
            Ok(false)
        }
    }
}

impl Alerting {
    /// Claims those of the queue that nobody else has in hand. One that cannot be read leaves the queue, so that it holds up nobody: its head
    /// wakes by itself, and whoever looks at it then says what is wrong.
    async fn take_up(&self, topic: &str, waiting: &[Waiting]) -> Result<Vec<Taken>, StageError> {
        let mut running = JoinSet::new();
        for waiting in waiting {
            let (stage, key, topic) = (self.clone(), waiting.key.clone(), topic.to_owned());
            running.spawn(async move { (stage.take(key.clone(), &topic).await, key) });
        }
        let mut taken = Vec::new();
        while let Some(joined) = running.join_next().await {
            match joined? {
                (Ok(found), _) => taken.extend(found),
                (Err(error), key) => {
                    tracing::warn!(comment = %key, error = one_line(&error), "a record cannot be told of with others");
                    self.store.leave_queue(&key, topic).await?;
                }
            }
        }
        Ok(taken)
    }

    async fn take(&self, key: CommentKey, topic: &str) -> Result<Option<Taken>, StageError> {
        let Some(claim) = self.store.claim(&key, self.clock.now(), CLAIM).await? else { return Ok(None) };
        let chain = match self.store.chain_in_time(&key).await {
            Ok(chain) => chain,
            Err(error) => {
                // Whoever looks at it by itself must not wait for a claim that nobody uses.
                self.store.release(claim).await?;
                return Err(error.into());
            }
        };
        let Some(record) = Record::fold(&chain.entries) else {
            self.store.leave_queue(&key, topic).await?;
            return Ok(None);
        };
        let mut named = Vec::new();
        for owed in decide::owed(&record) {
            // What has no topic any more, or another one, is not for this queue; the record is looked at by itself.
            let Ok((target, time_zone)) = self.address(owed.alert, &owed.step.topic).await else { continue };
            if self.publisher.topic(&target).is_ok_and(|of| of == topic) {
                named.push(Named::new(&record, &owed, time_zone));
            }
        }
        Ok(Some(Taken { claim, key, chain, record, owed: named }))
    }

    /// The message that tells of them: the alert's own if there is just one, and a digest of many; `None` if there is nothing to tell.
    fn message_of(&self, taken: &[Taken], others: &[Class]) -> Option<Message> {
        let mut named: Vec<(&Record, &Named)> =
            taken.iter().flat_map(|taken| taken.owed.iter().map(|named| (&taken.record, named))).collect();
        named.sort_by_key(|(_, named)| named.rank);
        if let ([(record, only)], []) = (named.as_slice(), others) {
            let owed = decide::owed(record).into_iter().find(|owed| only.sends.iter().any(|sent| sent.step == *owed.first))?;
            return Some(self.message(record, &owed, &only.time_zone));
        }
        let lines: Vec<&Line> = named.iter().map(|(_, named)| &named.line).collect();
        let console_url = self.console_url.as_deref();
        (!lines.is_empty()).then(|| digest::render(&Contents { named: &lines, others, now: self.clock.now(), console_url }))
    }

    fn count_crowd(&self, topic: &str, accepted: &Accepted, alerts: usize) {
        self.count(accepted, alerts);
        let Some(told_of) = accepted.published.digest() else { return };
        self.metrics.count(STAGE, Metric::DigestSent, 1);
        tracing::info!(topic, alerts, told_of, "published a digest");
    }

    /// Records what was accepted in each, and lets go of them. One that fails costs nothing but itself: it still waits.
    async fn let_go(&self, topic: &str, taken: Vec<Taken>, published: Option<Published>) -> Result<(), StageError> {
        let mut running = JoinSet::new();
        for taken in taken {
            let (stage, topic, published) = (self.clone(), topic.to_owned(), published.clone());
            running.spawn(async move { stage.finish(&topic, taken, published).await });
        }
        let mut result = Ok(());
        while let Some(joined) = running.join_next().await {
            result = result.and(joined.unwrap_or_else(|stopped| Err(stopped.into())));
        }
        result
    }

    async fn finish(&self, topic: &str, mut taken: Taken, published: Option<Published>) -> Result<(), StageError> {
        if let Some(published) = &published {
            for named in &taken.owed {
                self.record(&taken.key, &mut taken.chain, &named.sends, published).await?;
            }
            let owes_more = Record::fold(&taken.chain.entries).is_some_and(|record| !decide::owed(&record).is_empty());
            self.project(&taken.chain, owes_more).await?;
        }
        if published.is_some() || taken.owed.is_empty() {
            self.store.leave_queue(&taken.key, topic).await?;
        }
        Ok(self.store.release(taken.claim).await?)
    }
}

impl Named {
    fn new(record: &Record, owed: &Owed<'_>, time_zone: TimeZone) -> Self {
        let due = decide::earliest(owed.alert).map(|due| due.timestamp().to_zoned(time_zone.clone()));
        let line = Line {
            alert: owed.alert.id.clone(),
            key: record.key.clone(),
            campaign: owed.alert.protocol.id.clone(),
            class: owed.alert.class,
            step: owed.first.step,
            repeat: owed.first.repeat,
            drill: record.drill.is_some(),
            due,
        };
        Named { rank: owed.rank(), line, time_zone, sends: Sent::all(owed) }
    }
}
