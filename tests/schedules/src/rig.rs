//! The rig that the real decisions run over: a table whose writes are conditional, an index by wake, claims with a token and an end, two
//! carriers, and requests that take time, fail, or are the last thing that a process did. Time is true time in milliseconds; it goes from
//! event to event, and stages see it through their worker's clock.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use jiff::{SignedDuration, Timestamp};

use crate::alert::pace::{Bucket, Haste, Turn};
use crate::model::chain::{self, New, Sealed};
use crate::model::{CommentKey, Entry, Head, Record, Revision, StepRef, Waking};
use crate::plan::{Plan, QUIET, SECOND};
use crate::planted::Planted;
use crate::random::Random;

/// As in `src/store/claims.rs`.
const ONE_CLOCK: SignedDuration = SignedDuration::from_secs(60);
/// For how long a claim may keep other workers away, in true time: its own length, and what clocks may differ while they count as one. After
/// that it is no excuse.
const HELD: i64 = 121 * SECOND;
/// How long a carrier is waited for.
const UNANSWERED: i64 = 10 * SECOND;
/// As in `src/alert/publish.rs`: how long a carrier that did not answer is not asked again about that topic.
const SILENCE: i64 = 15 * SECOND;
/// Stands for every comment of a schedule.
pub const EVERY: usize = usize::MAX;

/// Why a stage stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The process is gone, and everything that it held.
    Died,
    /// The request failed, carried out or not.
    Failed,
    /// Somebody else wrote that entry.
    Conflict,
    /// No carrier took the message, or it has to wait for its turn.
    KeptBack,
}

/// A piece of work, as the index names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    Delivery(usize),
    Comment(usize),
}

/// A kept delivery.
pub struct Delivery {
    pub id: String,
    pub comment: usize,
    /// Which text it brought, and when the platform says it was written.
    pub version: usize,
    pub written: i64,
    pub received_at: Timestamp,
    /// In true time.
    pub kept: i64,
    pub worked_off: bool,
}

/// A comment's chain, its head and its claim.
pub struct Row {
    pub key: CommentKey,
    pub entries: Rc<Vec<Entry>>,
    pub sealed: Vec<Sealed>,
    /// When each entry was written, in true time.
    pub written: Vec<i64>,
    pub head: Option<Rc<Head>>,
    /// Token, end, and when it was made in true time.
    claim: Option<(u64, Timestamp, i64)>,
    folded: Option<Rc<Record>>,
}

/// What a carrier accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub comment: usize,
    pub step: StepRef,
    pub at: i64,
    /// The claim under which it was sent.
    pub claim: u64,
    /// When the chain was read that said it was owed.
    pub read: i64,
    pub reply_lost: bool,
    /// When the entry that says so was written, if it ever was.
    pub recorded: Option<i64>,
}

/// Everything that the judge asks afterwards.
#[derive(Default)]
pub struct Log {
    /// What carriers accepted: once for each alert that a message told of.
    pub accepted: Vec<Accepted>,
    pub messages: usize,
    /// Messages that told of several alerts.
    pub digests: usize,
    /// Ticks that met trouble, and with which comment.
    pub disturbed: HashSet<(i64, usize)>,
    /// Decisions that were recorded: of which comment, under which number, and what the person had open.
    pub forms: Vec<(usize, Revision, Revision)>,
}

/// The table.
pub struct Tables {
    pub rows: Vec<Row>,
    pub deliveries: Vec<Delivery>,
    pub buckets: BTreeMap<String, Bucket>,
    /// Who waits for each topic, by rank.
    queues: BTreeMap<String, BTreeMap<usize, i64>>,
}

/// What happens next, and when.
pub enum Event {
    Tick(i64),
    Task(usize),
    Job(Job),
}

/// What begins a task.
#[derive(Clone, Copy, Debug)]
pub enum Job {
    /// A telling arrives, for the nth time.
    Arrive(usize, usize),
    Deed(usize, bool),
    Stream(Work),
}

/// The rig of one schedule.
pub struct Rig {
    pub plan: Rc<Plan>,
    pub random: Random,
    pub planted: Planted,
    pub now: Cell<i64>,
    pub resume: Cell<i64>,
    pub tables: RefCell<Tables>,
    /// Which worker had no answer from which carrier about which topic, and when.
    silent: RefCell<BTreeMap<(usize, bool, String), i64>>,
    pub log: RefCell<Log>,
    pub jobs: RefCell<Vec<(i64, Job)>>,
    pub changed: Cell<bool>,
}

/// A worker at work: whose clock it reads, and which tick it is for.
#[derive(Clone, Copy, Debug)]
pub struct Worker {
    pub number: usize,
    pub tick: Option<i64>,
}

struct Pause<'a>(&'a Rig, i64);

impl Future for Pause<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.now.get() >= self.1 {
            return Poll::Ready(());
        }
        self.0.resume.set(self.1);
        Poll::Pending
    }
}

impl Row {
    pub fn new(key: CommentKey) -> Self {
        let (sealed, written) = (Vec::new(), Vec::new());
        Self { key, entries: Rc::default(), sealed, written, head: None, claim: None, folded: None }
    }

    /// Folded once for each length: a chain is only ever appended to.
    pub fn record(&mut self) -> Option<Rc<Record>> {
        if self.folded.as_ref().is_none_or(|record| record.revision.0 as usize != self.entries.len()) {
            self.folded = Record::fold(&self.entries).map(Rc::new);
        }
        self.folded.clone()
    }
}

impl Rig {
    pub fn new(plan: Rc<Plan>, random: Random, planted: Planted, keys: Vec<CommentKey>) -> Self {
        let rows = keys.into_iter().map(Row::new).collect();
        let now = Cell::new(plan.begins);
        let tables = RefCell::new(Tables { rows, deliveries: Vec::new(), buckets: BTreeMap::new(), queues: BTreeMap::new() });
        let (log, silent, jobs, changed) = (RefCell::default(), RefCell::default(), RefCell::default(), Cell::new(false));
        Self { plan, random, planted, now, resume: Cell::new(0), tables, silent, log, jobs, changed }
    }

    pub fn clock(&self, worker: Worker) -> Timestamp {
        self.plan.clock(worker.number, self.now.get())
    }

    pub async fn pause(&self, milliseconds: i64) {
        Pause(self, self.now.get() + milliseconds).await;
    }

    /// Whether trouble strikes now; it is over some time before the end.
    fn strikes(&self, chance: f64) -> bool {
        self.now.get() < self.plan.ends - QUIET && self.random.happens(chance)
    }

    pub fn disturb(&self, worker: Worker, comment: usize) {
        if let Some(tick) = worker.tick {
            self.log.borrow_mut().disturbed.insert((tick, comment));
        }
    }

    /// Trouble disturbs everything in its tick; what a process knew dies with it.
    fn meet(&self, worker: Worker, stop: Stop) {
        self.disturb(worker, EVERY);
        if stop == Stop::Died {
            self.silent.borrow_mut().retain(|(number, ..), _| *number != worker.number);
        }
    }

    /// One request to the table: it takes time, and it may fail or be the last one, carried out or not.
    pub async fn ask<T>(&self, worker: Worker, request: impl FnOnce(&mut Tables) -> T) -> Result<T, Stop> {
        self.pause(self.random.between(2, 25)).await;
        let trouble = if self.strikes(self.plan.chances.crash) {
            Some(Stop::Died)
        } else {
            self.strikes(self.plan.chances.store).then_some(Stop::Failed)
        };
        if let Some(stop) = trouble {
            self.meet(worker, stop);
            if self.random.happens(0.5) {
                return Err(stop);
            }
        }
        let answer = request(&mut self.tables.borrow_mut());
        self.changed.set(true);
        self.pause(self.random.between(2, 25)).await;
        trouble.map_or(Ok(answer), Err)
    }

    pub async fn chain(&self, worker: Worker, comment: usize) -> Result<(Rc<Vec<Entry>>, Option<Rc<Record>>), Stop> {
        self.ask(worker, |tables| (tables.rows[comment].entries.clone(), tables.rows[comment].record())).await
    }

    /// As `Store::append`: each entry only under a number that nobody wrote.
    pub async fn append(&self, worker: Worker, comment: usize, mut length: usize, new: Vec<New>) -> Result<(), Stop> {
        for new in new {
            let now = Cell::new(0);
            let written = self.ask(worker, |tables| {
                now.set(self.now.get());
                let row = &mut tables.rows[comment];
                if row.entries.len() != length {
                    return false;
                }
                let (entry, sealed) = chain::seal(&row.key, row.entries.last(), new);
                row.folded = None;
                Rc::make_mut(&mut row.entries).push(entry);
                row.sealed.push(sealed);
                row.written.push(now.get());
                true
            });
            if !written.await? {
                self.disturb(worker, comment);
                return Err(Stop::Conflict);
            }
            length += 1;
        }
        Ok(())
    }

    /// As `Store::project`: unless a newer head stands there. Where there is a stream, it shows the head to a worker.
    pub async fn project(&self, worker: Worker, comment: usize, head: Head) -> Result<(), Stop> {
        self.ask(worker, |tables| {
            let row = &mut tables.rows[comment];
            if row.head.as_ref().is_none_or(|stored| stored.revision <= head.revision) {
                row.head = Some(Rc::new(head));
                self.stream(Work::Comment(comment));
            }
        })
        .await
    }

    pub fn stream(&self, work: Work) {
        if self.plan.stream {
            let at = self.now.get() + self.random.between(50, SECOND);
            self.jobs.borrow_mut().push((at, Job::Stream(work)));
        }
    }

    /// As `Store::claim`; gives the token.
    pub async fn claim(&self, worker: Worker, comment: usize, lasting: SignedDuration) -> Result<Option<(u64, Timestamp)>, Stop> {
        let (now, token) = (self.clock(worker), self.random.next());
        let until = now.checked_add(lasting).unwrap_or(Timestamp::MAX);
        self.ask(worker, |tables| {
            let held = tables.rows[comment].claim;
            let free = held.is_none_or(|(_, end, _)| {
                end <= now || (end > until + ONE_CLOCK && !self.planted.is(Planted::AClaimOfAFastClockHolds))
            });
            let taken = free
                && !(self.planted.is(Planted::ADeadClaimHolds) && held.is_some_and(|(_, end, _)| end > Timestamp::UNIX_EPOCH));
            if taken {
                tables.rows[comment].claim = Some((token, until, self.now.get()));
            } else if held.is_some_and(|(_, _, made)| self.now.get() - made <= HELD) {
                self.disturb(worker, comment);
            }
            taken.then_some((token, until))
        })
        .await
    }

    /// As `Store::release`.
    pub async fn release(&self, worker: Worker, comment: usize, token: u64) -> Result<(), Stop> {
        self.ask(worker, |tables| {
            let claim = &mut tables.rows[comment].claim;
            if claim.is_some_and(|(held, _, _)| held == token) {
                *claim = Some((token, Timestamp::UNIX_EPOCH, self.now.get()));
            }
        })
        .await
    }

    /// As `Store::open_work`: what is due by the worker's clock, the longest due first.
    pub async fn open_work(&self, worker: Worker) -> Result<Vec<(Timestamp, Work)>, Stop> {
        let now = self.clock(worker);
        let found = self.ask(worker, |tables| {
            let mut open: Vec<_> = tables.waking().collect();
            if self.planted.is(Planted::OwedByTheClock) {
                open.iter_mut().for_each(|(waking, _)| waking.owed = false);
            }
            open.retain(|(waking, _)| waking.is_due(now));
            open.sort_by_key(|(waking, _)| waking.at);
            open.into_iter().map(|(waking, work)| (waking.at, work)).collect()
        });
        found.await
    }

    /// Asks the pace of a topic for a turn. A pace that cannot be asked holds nothing up.
    pub async fn turn(&self, worker: Worker, topic: &str, haste: Haste) -> Result<Turn, Stop> {
        let now = self.clock(worker);
        let asked = self.ask(worker, |tables| {
            let bucket = tables.buckets.entry(topic.to_owned()).or_insert_with(Bucket::full);
            let (next, turn) = bucket.take(&worker.number.to_string(), now, haste);
            *bucket = next;
            turn
        });
        match asked.await {
            Err(Stop::Failed) => Ok(Turn::Go),
            asked => asked,
        }
    }

    /// Whether at least an urgent message would get a turn now, without taking it.
    pub async fn anybody_may_go(&self, worker: Worker, topic: &str) -> Result<bool, Stop> {
        let now = self.clock(worker);
        let turn = |bucket: &Bucket| bucket.take(&worker.number.to_string(), now, Haste::Urgent).1;
        self.ask(worker, |tables| tables.buckets.get(topic).is_none_or(|bucket| turn(bucket) == Turn::Go)).await
    }

    /// As `Store::queue`.
    pub async fn queue(&self, worker: Worker, comment: usize, topic: &str, rank: i64) -> Result<(), Stop> {
        if self.planted.is(Planted::NobodyQueues) {
            return Ok(());
        }
        self.ask(worker, |tables| tables.queues.entry(topic.to_owned()).or_default().insert(comment, rank)).await.map(drop)
    }

    /// As `Store::leave_queue`.
    pub async fn leave_queue(&self, worker: Worker, comment: usize, topic: &str) -> Result<(), Stop> {
        self.ask(worker, |tables| tables.queues.get_mut(topic).and_then(|queue| queue.remove(&comment))).await.map(drop)
    }

    /// As `Store::waiting`: ranks and comments, the most urgent first.
    pub async fn waiting(&self, worker: Worker, topic: &str) -> Result<Vec<(i64, usize)>, Stop> {
        self.ask(worker, |tables| {
            let queue = tables.queues.get(topic).into_iter().flatten();
            let mut waiting: Vec<_> = queue.map(|(comment, rank)| (*rank, *comment)).collect();
            waiting.sort_unstable();
            waiting
        })
        .await
    }

    /// Hands a message to one carrier. What it accepted stands in the log for each alert that it tells of, whether or not anybody hears of it.
    pub async fn carry(&self, worker: Worker, (second, topic): (bool, &str), tells: &[Accepted]) -> Result<bool, Stop> {
        let (at, asked) = (self.now.get(), (worker.number, second, topic.to_owned()));
        if self.silent.borrow().get(&asked).is_some_and(|since| at - since < SILENCE) {
            return Ok(false);
        }
        self.silent.borrow_mut().remove(&asked);
        let off = if second { &self.plan.second_off } else { &self.plan.first_off };
        if off.iter().any(|span| span.holds(at)) {
            // Refused at once, or never answered.
            let answers = self.random.happens(0.7);
            self.pause(if answers { self.random.between(10, 80) } else { UNANSWERED }).await;
            if !answers {
                self.silent.borrow_mut().insert(asked, self.now.get());
            }
            return Ok(false);
        }
        self.pause(self.random.between(10, 80)).await;
        let (lost, dies) = (self.strikes(self.plan.chances.reply), self.strikes(self.plan.chances.crash));
        self.accept(tells, lost);
        self.pause(self.random.between(5, 40)).await;
        if dies {
            self.meet(worker, Stop::Died);
            return Err(Stop::Died);
        }
        if lost {
            tells.iter().for_each(|told| self.disturb(worker, told.comment));
            // The client asks again and is heard, or it gives up.
            let again = self.random.happens(0.5);
            if again {
                self.accept(tells, false);
            }
            return Ok(again);
        }
        Ok(true)
    }

    fn accept(&self, tells: &[Accepted], reply_lost: bool) {
        let (mut log, at) = (self.log.borrow_mut(), self.now.get());
        log.messages += 1;
        log.digests += usize::from(tells.len() > 1);
        log.accepted.extend(tells.iter().map(|told| Accepted { at, reply_lost, ..told.clone() }));
    }

    /// A message that a carrier accepted is recorded in the chain of a comment that it told of.
    pub fn recorded(&self, claim: u64, step: &StepRef) {
        let told = &mut self.log.borrow_mut().accepted;
        let told = told.iter_mut().filter(|accepted| accepted.claim == claim && accepted.step == *step);
        told.for_each(|accepted| accepted.recorded = accepted.recorded.or(Some(self.now.get())));
    }
}

impl Tables {
    /// The index: when each piece of open work falls due.
    pub fn waking(&self) -> impl Iterator<Item = (Waking, Work)> {
        let kept = self.deliveries.iter().enumerate().filter(|(_, delivery)| !delivery.worked_off);
        let kept = kept.map(|(number, kept)| (Waking { at: kept.received_at, owed: true }, Work::Delivery(number)));
        let heads = self.rows.iter().enumerate().filter_map(|(number, row)| {
            let head = row.head.as_ref()?;
            Some((Waking { at: head.wake?, owed: head.owed }, Work::Comment(number)))
        });
        kept.chain(heads)
    }
}
