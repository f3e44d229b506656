//! The stages' handles, request by request in the order of the real ones (`src/assess/mod.rs`, `src/watch/mod.rs`, `src/alert/mod.rs`,
//! `src/line.rs`, `src/lambda.rs`), around the program's own decisions; a topic's queue and its digests are in `queue`. Left out: links between
//! comments and erasure; what the classifier would say is drawn with the schedule.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use crate::alert::decide::{self, Owed};
use crate::alert::pace::Turn;
use crate::model::chain::New;
use crate::model::{
    Action, Actor, AlertId, Assessment, AwareAt, Band, Class, CommentId, CommentText, DeliveryId, DoorId, DueAlert, Happening,
    Head, Platform, Published, Reading, Record, Sighting, Stage, StepRef, Versions, Words,
};
use crate::plan::SECOND;
use crate::planted::Planted;
use crate::queue;
use crate::rig::{Accepted, Delivery, Rig, Stop, Work, Worker};
use crate::watch::escalate;

/// As in `src/alert/mod.rs`.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(60);
pub const ONE_SEND: SignedDuration = SignedDuration::from_secs(25);
const RECORD_ATTEMPTS: usize = 10;
/// As in `src/lambda.rs`: a tick's function ends before the next tick.
const TICK_STOPS: i64 = 50 * SECOND;
/// As in `src/assess/mod.rs`.
const APPEND_ATTEMPTS: usize = 5;

pub fn comment_id(comment: usize) -> CommentId {
    CommentId::new(Platform::Forum, "forum.samenovermigraine.example", format!("c-{comment}"))
}

/// One tick, as the function `watch` takes it: a sweep, and another each second while somebody waits for a turn.
pub async fn tick(rig: Rc<Rig>, worker: Worker) {
    let stop = rig.now.get() + TICK_STOPS;
    while sweep(&rig, worker).await == Ok(true) && rig.now.get() < stop {
        rig.pause(SECOND).await;
    }
}

/// The line's sweep: asks what is due, does it, and asks again; then tells of what waits for its turn, and says if somebody still waits. A
/// process that died does nothing more; what failed costs only itself.
async fn sweep(rig: &Rig, worker: Worker) -> Result<bool, Stop> {
    let mut seen: HashSet<(Timestamp, Work)> = HashSet::new();
    loop {
        let due = rig.open_work(worker).await?;
        let new: Vec<Work> = due.into_iter().filter(|open| seen.insert(*open)).map(|(_, work)| work).collect();
        if new.is_empty() {
            return queue::catch_up(rig, worker).await;
        }
        for work in new {
            if piece(rig, worker, work).await == Err(Stop::Died) {
                return Err(Stop::Died);
            }
        }
    }
}

/// A record of the stream: left alone if the head owes nothing yet by the worker's clock.
pub async fn streamed(rig: Rc<Rig>, worker: Worker, work: Work) {
    if let Work::Comment(comment) = work {
        let wake = rig.tables.borrow().rows[comment].head.as_ref().and_then(|head| head.wake);
        if wake.is_none_or(|wake| wake > rig.clock(worker)) {
            return;
        }
    }
    let _ = piece(&rig, worker, work).await;
}

/// Each stage, even if the one before it failed.
async fn piece(rig: &Rig, worker: Worker, work: Work) -> Result<(), Stop> {
    match work {
        Work::Delivery(delivery) => assess(rig, worker, delivery).await,
        Work::Comment(comment) => {
            let read = finish(rig, worker, comment).await;
            if read == Err(Stop::Died) {
                return read;
            }
            let watched = watch(rig, worker, comment).await;
            if watched == Err(Stop::Died) {
                return watched;
            }
            alert(rig, worker, comment).await
        }
    }
}

async fn assess(rig: &Rig, worker: Worker, number: usize) -> Result<(), Stop> {
    let found = rig.ask(worker, |tables| {
        let kept = &tables.deliveries[number];
        (!kept.worked_off).then(|| (kept.comment, sighting(kept)))
    });
    let Some((comment, (sighting, words))) = found.await? else { return Ok(()) };
    if rig.planted.is(Planted::MarkedTooEarly) {
        rig.ask(worker, |tables| tables.deliveries[number].worked_off = true).await?;
    }
    let sight = |record: Option<&Record>, now: Timestamp| {
        let known = record.is_some_and(|record| record.knows(&sighting, Some(&words)));
        let what = Happening::Sighted(sighting.clone());
        if known { Vec::new() } else { vec![machine(Stage::Assess, now, what, Some(words.clone()))] }
    };
    append(rig, worker, comment, sight).await?;
    read(rig, worker, comment).await?;
    rig.ask(worker, |tables| tables.deliveries[number].worked_off = true).await
}

/// Reads what a crash left unread.
async fn finish(rig: &Rig, worker: Worker, comment: usize) -> Result<(), Stop> {
    let (_, record) = rig.chain(worker, comment).await?;
    match record.is_some_and(|record| !record.unread().is_empty()) {
        true => read(rig, worker, comment).await,
        false => Ok(()),
    }
}

async fn read(rig: &Rig, worker: Worker, comment: usize) -> Result<(), Stop> {
    append(rig, worker, comment, |record, now| record.map(|record| readings(rig, comment, record, now)).unwrap_or_default())
        .await?;
    let (_, record) = rig.chain(worker, comment).await?;
    let Some(record) = record else { return Ok(()) };
    rig.project(worker, comment, head(rig, &record, record.wake(rig.clock(worker)))).await
}

/// Decides on the record as it is, writes, and decides again if somebody else wrote first.
async fn append(
    rig: &Rig,
    worker: Worker,
    comment: usize,
    decide: impl Fn(Option<&Record>, Timestamp) -> Vec<New>,
) -> Result<(), Stop> {
    for _ in 0..APPEND_ATTEMPTS {
        let (entries, record) = rig.chain(worker, comment).await?;
        let (length, new) = (entries.len(), decide(record.as_deref(), rig.clock(worker)));
        drop(entries);
        match rig.append(worker, comment, length, new).await {
            Err(Stop::Conflict) => {}
            done => return done,
        }
    }
    Err(Stop::Conflict)
}

/// `watch::handle`.
async fn watch(rig: &Rig, worker: Worker, comment: usize) -> Result<(), Stop> {
    let (entries, record) = rig.chain(worker, comment).await?;
    let (length, Some(record)) = (entries.len(), record) else { return Ok(()) };
    drop(entries);
    let now = rig.clock(worker);
    let mut new = escalate::decide(&record, now);
    match rig.planted {
        Planted::NoDeviation => new.retain(|new| !matches!(new.what, Happening::Missed(_))),
        Planted::StepLeftOut => new.retain(|new| !matches!(&new.what, Happening::StepDue { step } if step.step == 1)),
        Planted::DeviationTwice => {
            new.extend(record.misses.first().map(|miss| machine(Stage::Watch, now, Happening::Missed(miss.clone()), None)));
        }
        _ => {}
    }
    match rig.append(worker, comment, length, new).await {
        Err(Stop::Conflict) => return Ok(()),
        done => done?,
    }
    let (_, record) = rig.chain(worker, comment).await?;
    let Some(record) = record else { return Ok(()) };
    renew(rig, worker, comment, head(rig, &record, record.wake(rig.clock(worker)))).await
}

async fn renew(rig: &Rig, worker: Worker, comment: usize, head: Head) -> Result<(), Stop> {
    let now = rig.clock(worker);
    let stored = rig.ask(worker, |tables| tables.rows[comment].head.clone()).await?;
    let Some(stored) = stored else { return rig.project(worker, comment, head).await };
    let owed = head.wake.is_some_and(|wake| wake <= now);
    let put_off = stored.wake.is_some_and(|wake| wake > now) && owed;
    let same = *stored == Head { wake: stored.wake, ..head.clone() };
    if same && (stored.wake == head.wake || put_off) {
        return Ok(());
    }
    rig.project(worker, comment, head).await
}

/// `alert::handle`.
async fn alert(rig: &Rig, worker: Worker, comment: usize) -> Result<(), Stop> {
    let (_, record) = rig.chain(worker, comment).await?;
    let Some(before) = record.filter(|record| !decide::owed(record).is_empty()) else { return Ok(()) };
    let Some((token, until)) = rig.claim(worker, comment, CLAIM).await? else { return Ok(()) };
    let told = publish_owed(rig, worker, comment, (token, until), &before).await;
    if told == Err(Stop::Died) {
        return Err(Stop::Died);
    }
    rig.release(worker, comment, token).await?;
    let told = told?;
    for topic in &told.queued {
        queue::work_off(rig, worker, topic).await?;
    }
    if told.refused { Err(Stop::KeptBack) } else { Ok(()) }
}

/// What came of a record's sends.
#[derive(Default, PartialEq)]
struct Told {
    /// Topics in whose queue the record now stands.
    queued: BTreeSet<String>,
    refused: bool,
}

/// What came of one message.
enum Outcome {
    /// Accepted; whether it may stand in its topic's queue.
    Accepted(bool),
    Queued,
    Refused,
}

async fn publish_owed(
    rig: &Rig,
    worker: Worker,
    comment: usize,
    (claim, until): (u64, Timestamp),
    before: &Rc<Record>,
) -> Result<Told, Stop> {
    let mut told = Told::default();
    let read = rig.now.get();
    let (_, record) = rig.chain(worker, comment).await?;
    let record = if rig.planted.is(Planted::NotReadUnderTheClaim) { Some(before.clone()) } else { record };
    let Some(record) = record else { return Ok(told) };
    for owed in decide::owed(&record) {
        if rig.clock(worker).duration_since(until) > -ONE_SEND {
            break;
        }
        let (step, topic) = (owed.first.clone(), owed.step.topic.as_str());
        let accepted = Accepted { comment, step, at: 0, claim, read, reply_lost: false, recorded: None };
        match tell(rig, worker, &owed, &accepted).await {
            Ok(Outcome::Accepted(queued)) => {
                record_sent(rig, worker, comment, (topic, &owed.sends)).await?;
                rig.recorded(claim, owed.first);
                if queued {
                    rig.leave_queue(worker, comment, topic).await?;
                }
            }
            Ok(Outcome::Queued) => {
                told.queued.insert(topic.to_owned());
            }
            Err(Stop::Died) => return Err(Stop::Died),
            Ok(Outcome::Refused) | Err(_) => told.refused = true,
        }
    }
    project(rig, worker, comment, told.refused || !told.queued.is_empty()).await?;
    Ok(told)
}

/// As `Alerting::tell`: a message in its turn, or a place in the queue.
async fn tell(rig: &Rig, worker: Worker, owed: &Owed<'_>, accepted: &Accepted) -> Result<Outcome, Stop> {
    let (topic, class, rank) = (owed.step.topic.as_str(), owed.alert.class, owed.rank().number());
    // If the store does not say who waits, nobody does.
    let waiting = match rig.waiting(worker, topic).await {
        Err(Stop::Died) => return Err(Stop::Died),
        waiting => waiting.unwrap_or_default(),
    };
    let others_wait = waiting.iter().any(|(_, comment)| *comment != accepted.comment);
    if !decide::may_ask(class, others_wait) || rig.turn(worker, topic, decide::haste(class)).await? != Turn::Go {
        rig.queue(worker, accepted.comment, topic, rank).await?;
        return Ok(Outcome::Queued);
    }
    if publish(rig, worker, topic, std::slice::from_ref(accepted)).await? {
        return Ok(Outcome::Accepted(!waiting.is_empty()));
    }
    rig.queue(worker, accepted.comment, topic, rank).await?;
    Ok(Outcome::Refused)
}

/// One message: by the first carrier or at once by the second.
pub async fn publish(rig: &Rig, worker: Worker, topic: &str, tells: &[Accepted]) -> Result<bool, Stop> {
    if rig.carry(worker, (false, topic), tells).await? || rig.planted.is(Planted::RefusedCountsAsPublished) {
        return Ok(true);
    }
    if rig.plan.has_second && !rig.planted.is(Planted::NoSecondCarrier) {
        return rig.carry(worker, (true, topic), tells).await;
    }
    Ok(false)
}

/// It happened, so it is recorded whatever else was written meanwhile: every send that the message made.
pub async fn record_sent(rig: &Rig, worker: Worker, comment: usize, (topic, sends): (&str, &[&StepRef])) -> Result<(), Stop> {
    let published = Published::accepted("m", rig.clock(worker));
    for step in sends {
        let what = Happening::Published { step: (*step).clone(), topic: topic.to_owned(), published: published.clone() };
        let mut done = Err(Stop::Conflict);
        for _ in 0..RECORD_ATTEMPTS {
            let (entries, _) = rig.chain(worker, comment).await?;
            let length = entries.len();
            drop(entries);
            done = rig.append(worker, comment, length, vec![machine(Stage::Alert, rig.clock(worker), what.clone(), None)]).await;
            if done != Err(Stop::Conflict) {
                break;
            }
        }
        done?;
    }
    Ok(())
}

/// As `Alerting::project`.
pub async fn project(rig: &Rig, worker: Worker, comment: usize, kept_back: bool) -> Result<(), Stop> {
    let (_, record) = rig.chain(worker, comment).await?;
    let Some(record) = record else { return Ok(()) };
    let now = rig.clock(worker);
    let wake = decide::look_again(record.wake(now), record.falls_due(now), kept_back, now);
    rig.project(worker, comment, head(rig, &record, wake)).await
}

fn head(rig: &Rig, record: &Record, wake: Option<Timestamp>) -> Head {
    let wake = if rig.planted.is(Planted::NobodyWakesForWindows) && !record.owes() {
        record.alerts.iter().filter_map(|alert| alert.next_step_at(wake.unwrap_or_default())).min()
    } else {
        wake
    };
    Head::of(record, wake)
}

pub fn machine(stage: Stage, at: Timestamp, what: Happening, words: Option<Words>) -> New {
    New { at, by: Actor::Stage(stage), what, words }
}

fn sighting(kept: &Delivery) -> (Sighting, Words) {
    let sighting = Sighting {
        id: comment_id(kept.comment),
        action: if kept.version == 0 { Action::Created } else { Action::Edited },
        delivery: DeliveryId { door: DoorId::new("forum"), digest: kept.id.clone() },
        received_at: AwareAt::new(kept.received_at),
        at: Timestamp::from_millisecond(kept.written).ok(),
        campaign: None,
        channel: None,
        parent_id: None,
        post_id: None,
        ad_id: None,
        own_account: false,
        unreadable: None,
        sent_at: None,
        action_unsigned: false,
        keep: Default::default(),
        drill: None,
    };
    let text = Some(CommentText::new(format!("text {}", kept.version)));
    (sighting, Words { text, author: None, post_text: None, permalink: None, salt: "salt".to_owned(), destroyed: false })
}

/// As `assess::decide`, with the class that was drawn in place of the classifier's.
fn readings(rig: &Rig, comment: usize, record: &Record, now: Timestamp) -> Vec<New> {
    let decided = record.decided_up_to();
    let mut alerted: Vec<Class> = record.alerts.iter().filter(|alert| alert.on > decided).map(|alert| alert.class).collect();
    let protocol = rig.plan.protocol;
    let read = record.unread().into_iter().map(|unread| {
        let version = unread.version.map(|version| version.text.expose().to_owned()).unwrap_or_default();
        let told = rig.plan.tellings.iter().find(|told| told.comment == comment && version == format!("text {}", told.version));
        let class = told.and_then(|told| told.class);
        let aware = unread.version.map_or(record.aware_at, |version| version.received_at);
        let mut alerts = Vec::new();
        if let Some(class) = class.filter(|class| !alerted.iter().any(|standing| covers(*standing, *class))) {
            let plan = protocol.plan(class, aware).expect("every class of the protocol has a route");
            let alert = AlertId::new(format!("A-{comment}-{}-{}", class.as_str(), unread.seq));
            alerted.push(class);
            alerts.push(DueAlert { alert, class, protocol: protocol.reference(), plan });
        }
        let safety = alerted.iter().any(|class| *class != Class::Distress);
        let decide_by = (!safety).then(|| protocol.decide_by(aware));
        let band = if class.is_some() { Band::Alert } else { Band::Review };
        let reading = Reading {
            on: unread.seq,
            parent: None,
            assessment: assessment(band),
            protocol: Some(protocol.reference()),
            day_zero: Some(protocol.day_zero_terms()),
            decide_by,
            alerts,
        };
        machine(Stage::Assess, now, Happening::Assessed(reading), None)
    });
    read.collect()
}

pub fn covers(standing: Class, class: Class) -> bool {
    if class == Class::Distress || standing == Class::Distress { standing == class } else { standing >= class }
}

fn assessment(band: Band) -> Assessment {
    Assessment {
        score: 0,
        band,
        evidence: Vec::new(),
        serious: Vec::new(),
        special: Vec::new(),
        pqc: false,
        urgent: false,
        assertion: Default::default(),
        patient: Default::default(),
        product: None,
        validity: Default::default(),
        language: None,
        reasons: Vec::new(),
        versions: Versions { classifier: String::new(), lexicons: String::new() },
    }
}
