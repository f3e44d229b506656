//! Turns and queues: whether a message may go to its topic now, and working off the records that have to wait. The pace is shared by all
//! workers through one small item for each topic. What is told to those that wait for a turn is `crowd`'s.

use jiff::SignedDuration;

use super::decide::{self, Rank};
use super::pace::{Bucket, COST, Haste, Turn};
use super::{Alerting, crowd};
use crate::error::{StageError, one_line};
use crate::store::{Shared, StoreError};

/// Records of a queue that are counted at most: beyond it, "more" is more than a page can say.
const MOST_COUNTED: i32 = 1_000;
/// Messages that one call sends to one topic at most: what a full bucket holds.
const MOST_MESSAGES: usize = 5;
/// Attempts to ask for a turn: each loses only to another worker that asked.
const ASK_ATTEMPTS: usize = 8;

/// Works off the queues of all topics as far as their pace allows, and says at how many somebody still waits.
pub async fn catch_up(stage: &Alerting) -> Result<usize, StageError> {
    let mut left = 0;
    for topic in stage.store.topics(Shared::Pace).await? {
        left += usize::from(work_off(stage, &topic).await?);
    }
    Ok(left)
}

/// Works off one topic's queue as far as its pace allows, and says whether somebody still waits.
pub(super) async fn work_off(stage: &Alerting, topic: &str) -> Result<bool, StageError> {
    for _ in 0..MOST_MESSAGES {
        // Most who ask have just put a record into the queue because there is no turn: that costs them little.
        if !stage.anybody_may_go(topic).await? {
            return Ok(!stage.store.waiting(topic, 1).await?.is_empty());
        }
        let waiting = stage.store.waiting(topic, MOST_COUNTED).await?;
        let Some(first) = waiting.first() else { return Ok(false) };
        let haste = decide::haste(Rank::from_number(first.rank).class());
        if stage.turn(topic, haste).await != Turn::Go || !crowd::tell(stage, topic, &waiting).await? {
            return Ok(true);
        }
    }
    Ok(true)
}

impl Alerting {
    /// Asks for a turn to send one message to a topic.
    ///
    /// If the store does not say how the pace stands, it is the turn: a message too many is a nuisance, an alert that waits for the store
    /// may be a window missed.
    pub(super) async fn turn(&self, topic: &str, haste: Haste) -> Turn {
        for _ in 0..ASK_ATTEMPTS {
            match self.ask(topic, haste).await {
                Ok(Some(turn)) => return turn,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(error = one_line(&error), topic, "the pace of a topic is not known: the message goes");
                    return Turn::Go;
                }
            }
        }
        let second = SignedDuration::from_millis(COST);
        Turn::Wait(self.clock.now().checked_add(second).unwrap_or_else(|_| self.clock.now()))
    }

    /// One attempt; `None` if another worker asked at the same time.
    async fn ask(&self, topic: &str, haste: Haste) -> Result<Option<Turn>, StoreError> {
        let (worker, now) = (self.publisher.worker(), self.clock.now());
        let known = self.store.shared::<Bucket>(Shared::Pace, topic).await?;
        let bucket = known.as_ref().map_or_else(Bucket::full, |known| known.value.clone());
        let (next, turn) = bucket.take(worker, now, haste);
        if turn != Turn::Go && bucket.knows(worker, now) {
            return Ok(Some(turn));
        }
        let kept = self.store.share(Shared::Pace, topic, known.as_ref(), &next).await?;
        Ok(kept.then_some(turn))
    }

    /// Whether at least an urgent message would get a turn now, without taking it.
    async fn anybody_may_go(&self, topic: &str) -> Result<bool, StoreError> {
        let known = self.store.shared::<Bucket>(Shared::Pace, topic).await?;
        let turn = |bucket: Bucket| bucket.take(self.publisher.worker(), self.clock.now(), Haste::Urgent).1;
        Ok(known.is_none_or(|known| turn(known.value) == Turn::Go))
    }
}
