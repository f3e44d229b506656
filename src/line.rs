//! The line: every stage that works without being asked, in order, for whoever holds them all. `local`, the tests and the `watch`
//! function on Lambda run it; a function that holds one stage runs that stage.
//!
//! The sweep can do everything that the stream does. It asks the index what is due, does it, and asks again, until nothing is.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::time::Duration;

use jiff::Timestamp;

use crate::alert::{self, Alerting};
use crate::assess::{self, Assess, Ears};
use crate::error::{StageError, one_line};
use crate::metrics::Metric;
use crate::model::{CommentKey, DeliveryId, Happening};
use crate::store::{OpenWork, StoreError, Work};
use crate::watch::{self, Watch};

/// Items that a round of the sweep takes from each part of the index.
const ROUND: i32 = 50;
/// Items of a part that a sweep looks through at most for something that it can do.
const MOST: i32 = 3_200;
/// How long a tick may make roots: well under a minute, after which the next tick comes.
const ROOTS_LIMIT: Duration = Duration::from_secs(30);
/// How long a tick looks around before it sweeps: usually that is done by then, and what it found is swept at once.
const HEAD_START: Duration = Duration::from_secs(3);
/// How long looking around may take after that: as roots, it is gone on with by the next tick.
const AROUND_LIMIT: Duration = Duration::from_secs(20);
/// Pieces of work done at once: the stages wait for the store most of the time, and a record's own order is kept by its chain.
const AT_ONCE: usize = 8;

/// The stages behind the door.
#[derive(Clone)]
pub struct Line {
    pub assess: Assess,
    pub alert: Alerting,
    pub watch: Watch,
}

impl Line {
    /// All stages over what the one that publishes has: store, protocols, clock and metrics are the same for each.
    pub fn of(alert: Alerting) -> Line {
        let Alerting { store, campaigns, clock, metrics, .. } = alert.clone();
        let watch = Watch { store: store.clone(), clock: clock.clone(), metrics: metrics.clone() };
        Line { assess: Assess { store, campaigns, clock, metrics, ears: Ears::default() }, alert, watch }
    }
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub done: usize,
    pub failed: usize,
    /// Topics at which messages wait for their turn.
    pub waiting: usize,
}

impl Line {
    /// Does one piece of open work, whatever it is.
    pub async fn work(&self, work: &Work) -> Result<(), StageError> {
        match work {
            Work::Delivery(id) => self.delivery(id).await,
            Work::Comment(key) => self.comment(key).await,
        }
    }

    async fn delivery(&self, id: &DeliveryId) -> Result<(), StageError> {
        let assessed = assess::handle(&self.assess, id).await?;
        for (key, band) in &assessed.comments {
            tracing::info!(delivery = %id, comment = %key, band = band.as_str(), "assessed");
        }
        Ok(())
    }

    /// What is unread, what the time has made due, what has to be published: each is done even if the one before it failed.
    async fn comment(&self, key: &CommentKey) -> Result<(), StageError> {
        let (stage, unread) = (self.assess.clone(), key.clone());
        let read = tokio::spawn(async move { assess::finish(&stage, &unread).await });
        let read = read.await.unwrap_or_else(|stopped| Err(StageError::stopped(Some(key), &stopped)));
        let watched = self.watch(key).await;
        let told = self.tell(key).await;
        read.and(watched).and(told)
    }

    async fn watch(&self, key: &CommentKey) -> Result<(), StageError> {
        for happened in watch::handle(&self.watch, key).await? {
            match happened {
                Happening::StepDue { step } => {
                    tracing::warn!(comment = %key, alert = %step.alert, step = step.step, repeat = step.repeat, "nobody acknowledged");
                }
                Happening::Missed(miss) => tracing::error!(comment = %key, window = miss.obligation.as_str(), "window missed"),
                _ => {}
            }
        }
        Ok(())
    }

    async fn tell(&self, key: &CommentKey) -> Result<(), StageError> {
        for sent in alert::handle(&self.alert, key).await? {
            tracing::info!(comment = %key, alert = %sent.step.alert, topic = sent.topic, step = sent.step.step, "published");
        }
        Ok(())
    }

    /// Does everything that is due, until nothing is or until `deadline`. One piece that fails costs nothing but itself.
    pub async fn sweep(&self, deadline: Timestamp) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        // An index may show for a moment what has just been done; a piece is taken up once in a sweep for each time it fell due.
        let mut seen: HashSet<OpenWork> = HashSet::new();
        let mut limit = ROUND;
        loop {
            let due = self.watch.store.open_work(self.watch.clock.now(), limit).await?;
            let full = due.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
            let new: Vec<Work> = due.into_iter().filter(|open| seen.insert(open.clone())).map(|open| open.work).collect();
            if Timestamp::now() >= deadline {
                return Ok(swept);
            }
            if !new.is_empty() {
                self.round(new, deadline, &mut swept).await;
            } else if full && limit < MOST {
                // What cannot be done stays first in line; look behind it.
                limit *= 4;
            } else {
                swept.waiting = self.catch_up().await;
                return Ok(swept);
            }
        }
    }

    /// Tells of what waits for its turn.
    async fn catch_up(&self) -> usize {
        alert::catch_up(&self.alert).await.unwrap_or_else(|error| {
            self.log(&error);
            0
        })
    }

    /// Works through a round, a few pieces at a time; begins nothing after the deadline.
    async fn round(&self, due: Vec<Work>, deadline: Timestamp, swept: &mut Swept) {
        let mut running = tokio::task::JoinSet::new();
        // What each task works on: one that panics cannot say it.
        let mut begun: HashMap<tokio::task::Id, Work> = HashMap::new();
        let mut due = due.into_iter();
        loop {
            while running.len() < AT_ONCE
                && Timestamp::now() < deadline
                && let Some(work) = due.next()
            {
                let (line, piece) = (self.clone(), work.clone());
                let task = running.spawn(async move { line.work(&piece).await });
                begun.insert(task.id(), work);
            }
            match running.join_next_with_id().await {
                None => return,
                Some(Ok((_, Ok(())))) => swept.done += 1,
                Some(Ok((_, Err(error)))) => {
                    swept.failed += 1;
                    self.log(&error);
                }
                Some(Err(stopped)) => {
                    swept.failed += 1;
                    let on = begun.get(&stopped.id()).map(|work| work as &dyn Display);
                    self.log(&StageError::stopped(on, &stopped));
                }
            }
        }
    }

    /// One tick of the schedule: says how much work waits, then does it.
    pub async fn tick(&self, deadline: Timestamp) -> Result<Swept, StoreError> {
        let open = self.watch.store.open_work(self.watch.clock.now(), ROUND).await?;
        watch::report(&self.watch, &open);
        assess::report(&self.assess);
        // A carrier that does not say who is subscribed, or a request for erasure with a thousand comments, keeps no alert waiting.
        let mut around = std::pin::pin!(self.look_around());
        let in_time = tokio::time::timeout(HEAD_START, &mut around).await.is_ok();
        let rest = async {
            if !in_time && tokio::time::timeout(AROUND_LIMIT, around).await.is_err() {
                tracing::warn!("channels, topics and erasures are not all looked after yet: the store or a carrier was slow");
            }
        };
        // Roots are made beside the work for the same reason.
        let (swept, (), ()) = tokio::join!(self.sweep(deadline), self.note_roots(), rest);
        swept
    }

    /// Everything that a tick looks after and that is no open work yet. What goes wrong with one keeps no other from its turn.
    async fn look_around(&self) {
        if let Err(error) = self.measure().await {
            self.log(&error);
        }
        if let Err(error) = watch::look_after(&self.watch).await {
            self.log(&error.into());
        }
        if let Err(error) = self.listen().await {
            self.log(&error);
        }
        if let Err(error) = watch::finish_erasures(&self.watch).await {
            self.log(&error.into());
        }
        if let Err(error) = alert::look_after(&self.alert).await {
            self.log(&error);
        }
        // Last: after a deployment there may be much of it, and the next tick goes on.
        if let Err(error) = assess::read_again(&self.assess).await {
            self.log(&error);
        }
    }

    /// Notes the audit's root that is due. What is cut off is gone on with by the next tick.
    pub async fn note_roots(&self) {
        let watch = self.watch.clone();
        let noted = tokio::spawn(async move { tokio::time::timeout(ROOTS_LIMIT, watch::note_root(&watch)).await });
        match noted.await {
            Ok(Ok(Ok(_))) => {}
            Ok(Ok(Err(error))) => self.log(&error.into()),
            Ok(Err(_)) => tracing::warn!("the audit's root is not noted yet: the store was slow, or much has moved"),
            Err(stopped) => self.log(&stopped.into()),
        }
    }

    /// Says how long alerts wait for a carrier and for people, before the sweep takes up what is due.
    async fn measure(&self) -> Result<(), StageError> {
        let in_force = self.assess.campaigns.current().await?;
        Ok(watch::measure(&self.watch, &in_force).await.map(drop)?)
    }

    /// Looks whether every channel is still heard. The matter of one that is not is open work at once.
    async fn listen(&self) -> Result<(), StageError> {
        let in_force = self.assess.campaigns.current().await?;
        watch::listen(&self.watch, &in_force).await.map(drop)
    }

    /// Logs a failure, once, and counts those that a person must look at.
    pub fn log(&self, error: &StageError) {
        if error.needs_person() {
            self.watch.metrics.count(watch::STAGE, Metric::NeedsPerson, 1);
            tracing::error!(error = one_line(error), "a person must look");
        } else {
            tracing::warn!(error = one_line(error), "not done yet");
        }
    }
}
