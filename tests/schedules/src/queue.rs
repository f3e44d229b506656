//! A topic's queue, request by request as `src/alert/queue.rs` and `src/alert/crowd.rs`: those that wait are claimed, read again and told of in
//! one message. Order, pace and who owes what are the program's own decisions. Records are taken up one after the other here, not at once.

use jiff::Timestamp;

use crate::alert::decide::{self, MOST_NAMED, Rank};
use crate::alert::pace::Turn;
use crate::model::StepRef;
use crate::rig::{Accepted, Rig, Stop, Worker};
use crate::stages::{CLAIM, ONE_SEND, project, publish, record_sent};

/// As in `src/alert/queue.rs`.
const MOST_MESSAGES: usize = 5;

/// A record of the queue, claimed and read again.
struct Taken {
    comment: usize,
    claim: u64,
    until: Timestamp,
    read: i64,
    /// For each alert that it owes to the topic: every send that the message makes, the one that it speaks of first.
    owed: Vec<Vec<StepRef>>,
    owes_more: bool,
}

/// Works off the queues of all topics as far as their pace allows, and says if somebody still waits.
pub async fn catch_up(rig: &Rig, worker: Worker) -> Result<bool, Stop> {
    let topics: Vec<String> = rig.ask(worker, |tables| tables.buckets.keys().cloned().collect()).await?;
    let mut left = false;
    for topic in topics {
        left |= work_off(rig, worker, &topic).await?;
    }
    Ok(left)
}

/// One topic's queue.
pub async fn work_off(rig: &Rig, worker: Worker, topic: &str) -> Result<bool, Stop> {
    for _ in 0..MOST_MESSAGES {
        if !rig.anybody_may_go(worker, topic).await? {
            return Ok(!rig.waiting(worker, topic).await?.is_empty());
        }
        let waiting = rig.waiting(worker, topic).await?;
        let Some((first, _)) = waiting.first() else { return Ok(false) };
        let haste = decide::haste(Rank::from_number(*first).class());
        if rig.turn(worker, topic, haste).await? != Turn::Go || !tell(rig, worker, topic, &waiting).await? {
            return Ok(true);
        }
    }
    Ok(true)
}

/// Tells a topic of those that wait for it, in one message; `false` if no carrier took it.
async fn tell(rig: &Rig, worker: Worker, topic: &str, waiting: &[(i64, usize)]) -> Result<bool, Stop> {
    let mut taken = Vec::new();
    for (_, comment) in waiting.iter().take(MOST_NAMED) {
        match take(rig, worker, *comment, topic).await {
            Ok(found) => taken.extend(found),
            Err(Stop::Died) => return Err(Stop::Died),
            Err(_) => rig.leave_queue(worker, *comment, topic).await?,
        }
    }
    let in_time = taken.iter().all(|taken| rig.clock(worker).duration_since(taken.until) <= -ONE_SEND);
    let tells: Vec<Accepted> = taken.iter().flat_map(Taken::tells).collect();
    let nothing = tells.is_empty() || !in_time;
    let published = !nothing && publish(rig, worker, topic, &tells).await?;
    let mut result = Ok(nothing || published);
    for taken in taken {
        match finish(rig, worker, topic, taken, published).await {
            Ok(()) => {}
            Err(Stop::Died) => return Err(Stop::Died),
            Err(stop) => result = Err(stop),
        }
    }
    result
}

async fn take(rig: &Rig, worker: Worker, comment: usize, topic: &str) -> Result<Option<Taken>, Stop> {
    let Some((claim, until)) = rig.claim(worker, comment, CLAIM).await? else { return Ok(None) };
    let read = rig.now.get();
    let (_, record) = rig.chain(worker, comment).await?;
    let Some(record) = record else {
        rig.leave_queue(worker, comment, topic).await?;
        return Ok(None);
    };
    let owed = decide::owed(&record);
    let (here, elsewhere): (Vec<_>, Vec<_>) = owed.into_iter().partition(|owed| owed.step.topic == topic);
    let owed = here.iter().map(|owed| owed.sends.iter().map(|step| (*step).clone()).collect()).collect();
    Ok(Some(Taken { comment, claim, until, read, owed, owes_more: !elsewhere.is_empty() }))
}

/// Records what was accepted, and lets go.
async fn finish(rig: &Rig, worker: Worker, topic: &str, taken: Taken, published: bool) -> Result<(), Stop> {
    if published {
        for sends in &taken.owed {
            let steps: Vec<&StepRef> = sends.iter().collect();
            record_sent(rig, worker, taken.comment, (topic, &steps)).await?;
            sends.iter().take(1).for_each(|first| rig.recorded(taken.claim, first));
        }
        project(rig, worker, taken.comment, taken.owes_more).await?;
    }
    if published || taken.owed.is_empty() {
        rig.leave_queue(worker, taken.comment, topic).await?;
    }
    rig.release(worker, taken.comment, taken.claim).await
}

impl Taken {
    fn tells(&self) -> impl Iterator<Item = Accepted> {
        let (comment, claim, read) = (self.comment, self.claim, self.read);
        let first = self.owed.iter().filter_map(|sends| sends.first().cloned());
        first.map(move |step| Accepted { comment, step, at: 0, claim, read, reply_lost: false, recorded: None })
    }
}
