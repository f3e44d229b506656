//! R7: one delivery in a hundred makes a stage panic each time that it is read, half of them as a delivery and half over their comment. The
//! others come through as if these were not there, and each bad one is before a person: the metric that calls people counts it, and the log
//! names the delivery. Once the program is mended, they are read like everything else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dayzero::metrics::Metric;
use dayzero::model::{Delivery, DoorId, Provider, Record};
use dayzero::platform::telling_headers;
use jiff::SignedDuration;

use super::hours::Hours;
use super::judge::{Said, judge};
use super::rig::{Outside, Process};
use super::weather::work;
use super::{count, seed};
use crate::quiet::Log;
use crate::world::{WEDNESDAY_MORNING, forum_key, signed_call};

/// How long a poisoned record may wait for a person.
const A_PERSON: SignedDuration = SignedDuration::from_mins(15);

/// Seconds from a delivery until it was read, and until its alert was taken by a topic, of every comment that is not poisoned.
struct Played {
    read: Vec<i64>,
    told: Vec<i64>,
    /// Poisoned deliveries that no line of the log names.
    unnamed: usize,
    needs_person: usize,
}

/// Comments come one every two seconds; `poisoned` says which make a stage panic.
async fn play(hours: &Hours, comments: u64, poisoned: impl Fn(u64) -> bool) -> Played {
    let (log, guard) = Log::start();
    let outside = Outside::new(hours, seed()).await;
    outside.weather().latency = Some((2, 20));
    let stop = Arc::new(AtomicBool::new(false));
    let worker = Process::start(&outside);
    let working = work(worker.clone(), stop.clone(), 5);
    let (door, mut kept, mut bad, mut at) = (Process::start(&outside), Vec::new(), Vec::new(), BTreeMap::new());
    for number in 0..comments {
        hours.pass(SignedDuration::from_secs(2)).await;
        let id = format!("c-{number}");
        // Reports are few enough for their topic's pace: what is measured here is no queue.
        let text = if number % 4 == 0 { "Sinds ik Norvexa slik heb ik hartkloppingen" } else { "Bedankt voor de tips" };
        let said = Said::new(&id, "created", Some(format!("{text}, {number}")), hours.now());
        if poisoned(number) {
            let pk = if number % 200 == 50 { format!("comment#{}", forum_key(&id)) } else { partition(&said, hours.now()) };
            outside.weather().poison.insert(pk);
            bad.push(partition(&said, hours.now()));
        } else {
            at.insert(id, hours.now());
        }
        kept.push(said.clone());
        // The door reads nothing, and keeps all.
        door.post_until_kept("forum", said.body.as_bytes()).await;
    }
    hours.pass(A_PERSON).await;
    stop.store(true, Ordering::SeqCst);
    working.await.expect("a worker that ends");
    let counted = worker.metrics.lines().iter().filter(|line| line.contains(Metric::NeedsPerson.as_str())).count();
    drop(guard);
    let (mut read, mut told) = (Vec::new(), Vec::new());
    for (id, at) in at {
        let record = Record::fold(&worker.store().chain(&forum_key(&id)).await.expect("a chain")).expect("a record");
        let since = |then: jiff::Timestamp| then.duration_since(at).as_secs();
        read.push(since(record.read_at[0].0));
        told.extend(record.alerts.iter().filter_map(|alert| Some(since(alert.first_published()?.at()))));
    }
    outside.weather().poison.clear();
    // Once the fault of the program is mended, what was poisoned is read like everything else.
    worker.sweep().await;
    judge(&worker, &kept).await;
    let log = log.text();
    let calls: Vec<&str> = log.lines().filter(|line| line.contains("a person must look")).collect();
    let named = |partition: &String| calls.iter().any(|line| line.contains(&named_as(partition)));
    let unnamed = bad.iter().filter(|partition| !named(partition)).count();
    Played { read, told, unnamed, needs_person: counted }
}

/// The delivery's partition.
fn partition(said: &Said, now: jiff::Timestamp) -> String {
    let call = signed_call("forum", said.body.as_bytes(), now);
    let delivery = Delivery {
        door: DoorId::new("forum"),
        provider: Provider::Forum,
        headers: call.headers.into_iter().collect(),
        body: call.body,
        received_at: now,
    };
    format!("delivery#forum#{}", delivery.id(telling_headers(Provider::Forum)).digest)
}

/// A delivery as logs name it.
fn named_as(partition: &str) -> String {
    let digest = partition.rsplit('#').next().unwrap_or_default();
    format!("forum/{}", &digest[..12])
}

/// The value below which 99 of a hundred lie.
fn p99(values: &mut [i64]) -> i64 {
    values.sort_unstable();
    values[(values.len() * 99).div_ceil(100) - 1]
}

#[test]
fn r7_one_poisoned_record_in_a_hundred_holds_up_nobody() {
    let comments = count("DAYZERO_POISON_COMMENTS", 200);
    let run = |poisoned: fn(u64) -> bool| {
        let hours = Hours::at(WEDNESDAY_MORNING);
        hours.run(play(&hours, comments, poisoned))
    };
    let mut without = run(|_| false);
    let mut with = run(|number| number % 100 == 50);
    assert_eq!(without.needs_person, 0);
    let bad = (0..comments).filter(|number| number % 100 == 50).count();
    assert_eq!(with.unnamed, 0, "whoever is called has to know which delivery it is");
    let (before, after) = ((p99(&mut without.read), p99(&mut without.told)), (p99(&mut with.read), p99(&mut with.told)));
    assert!(after.0 <= 2 * before.0.max(1) && after.1 <= 2 * before.1.max(1), "{before:?} s without, {after:?} s with poison");
    assert!(with.needs_person >= bad, "{} were counted for a person", with.needs_person);
    println!(
        "R7: {} of {comments} comments make a stage panic whenever it reads them: the others are read within {} s and told within {} s (p99; \
         {} and {} without), {} times a person was called; each bad one within 15 minutes",
        bad, after.0, after.1, before.0, before.1, with.needs_person,
    );
}
