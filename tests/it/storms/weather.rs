//! R4 and R9: a share of all calls goes wrong for ten minutes, in every way and at every client; nothing that was answered 200 is lost, a
//! message is repeated only where it could not be known that it had been taken, and soon after the storm nothing waits. The same in fair
//! weather, where nothing may be repeated. Patients' words reach no log on the way (S6).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;

use super::hours::Hours;
use super::judge::{CANARY, Found, Said, comment, judge};
use super::rig::{Outside, Process};
use super::{Chance, count, seed};
use crate::quiet::{Log, holds};
use crate::world::WEDNESDAY_MORNING;

/// How long the weather is bad.
const STORM: SignedDuration = SignedDuration::from_mins(10);
/// Platforms that send side by side.
const SENDERS: usize = 8;
/// Processes that sweep side by side, as two ticks and a stream do.
const WORKERS: usize = 2;

/// What a storm was like.
#[derive(Debug, Default)]
struct Storm {
    found: Found,
    calls: u64,
    struck: u64,
    sends: usize,
    refused: usize,
    slowest_refusal: SignedDuration,
    drained: SignedDuration,
    log: String,
}

/// A process that sweeps every so many seconds, and ticks about once a minute, until it is told to stop.
pub fn work(process: Process, stop: Arc<AtomicBool>, seconds: i64) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        for round in 0_i64.. {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            if (round * seconds) % 60 < seconds {
                process.tick().await
            } else {
                process.sweep().await
            }
            process.outside.hours.pass(SignedDuration::from_secs(seconds)).await;
        }
    })
}

/// One sender: its deliveries in order, each again and again until it is kept, and some once more for no reason.
async fn send(process: Process, deliveries: Vec<Said>, mut chance: Chance) -> Vec<(SignedDuration, u16)> {
    let mut refused = Vec::new();
    let pause = STORM.as_millis() / i128::try_from(deliveries.len().max(1)).expect("a list");
    for said in deliveries {
        process.outside.hours.pass(SignedDuration::from_millis(i64::try_from(pause).expect("ten minutes"))).await;
        for _ in 0..1 + chance.below(2) {
            refused.extend(process.post_until_kept("forum", said.body.as_bytes()).await);
        }
    }
    refused
}

async fn storm(hours: &Hours, seed: u64, per_mille: u64, comments: u64) -> Storm {
    let outside = Outside::new(hours, seed).await;
    let mut chance = Chance::new(seed);
    let mut senders = vec![Vec::new(); SENDERS];
    for number in 0..comments {
        let said = comment(&format!("c-{number}"), &mut chance, hours.now());
        senders[usize::try_from(number).expect("some comments") % SENDERS].extend(said);
    }
    let kept: Vec<Said> = senders.iter().flatten().cloned().collect();
    {
        let mut weather = outside.weather();
        (weather.per_mille, weather.latency, weather.calls) = (per_mille, Some((2, 20)), 0);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..WORKERS).map(|_| work(Process::start(&outside), stop.clone(), 5)).collect();
    let sending = senders
        .into_iter()
        .enumerate()
        .map(|(index, said)| tokio::spawn(send(Process::start(&outside), said, Chance::new(seed + 100 + index as u64))));
    let sending: Vec<_> = sending.collect();
    hours.pass(STORM).await;
    let (calls, struck) = {
        let mut weather = outside.weather();
        weather.per_mille = 0;
        (weather.calls, weather.struck.values().sum())
    };
    let over = hours.now();
    let mut refused = Vec::new();
    for sender in sending {
        refused.extend(sender.await.expect("a sender that ends"));
    }
    let after = Process::start(&outside);
    while owed(&after, &kept).await {
        hours.pass(SignedDuration::from_secs(1)).await;
        assert!(
            hours.now().duration_since(over) < SignedDuration::from_mins(30),
            "work still waits half an hour after the storm"
        );
    }
    let drained = hours.now().duration_since(over);
    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.expect("a worker that ends");
    }
    let sends = refused.len() + kept.len();
    for (took, status) in &refused {
        assert_eq!(*status, 503, "a refusal after {took} that tells the platform not to come again");
    }
    let slowest_refusal = refused.iter().map(|(took, _)| *took).max().unwrap_or_default();
    let found = judge(&after, &kept).await;
    Storm { found, calls, struck, sends, refused: refused.len(), slowest_refusal, drained, log: String::new() }
}

/// Whether anything still waits: open work, or an alert that no topic has taken.
async fn owed(process: &Process, kept: &[Said]) -> bool {
    let now = process.outside.hours.now();
    if !process.store().open_work(now, 1).await.expect("fair weather").is_empty() {
        return true;
    }
    for said in kept {
        let chain = process.store().chain(&crate::world::forum_key(&said.id)).await.expect("fair weather");
        let Some(record) = dayzero::model::Record::fold(&chain) else { return true };
        if record.alerts.iter().any(|alert| alert.outstanding().next().is_some()) {
            return true;
        }
    }
    false
}

/// Runs one storm in a time of its own, and looks through what was logged and what was told openly.
fn run(seed: u64, per_mille: u64, comments: u64) -> Storm {
    let (log, guard) = Log::start();
    let hours = Hours::at(WEDNESDAY_MORNING);
    let storm = hours.run(storm(&hours, seed, per_mille, comments));
    drop(guard);
    Storm { log: log.text(), ..storm }
}

fn add(total: &mut Storm, one: &Storm) {
    let (sum, found) = (&mut total.found, &one.found);
    sum.comments += found.comments;
    sum.texts += found.texts;
    sum.alerts += found.alerts;
    sum.messages += found.messages;
    sum.repeats += found.repeats;
    sum.missed += found.missed;
    sum.entries += found.entries;
    total.calls += one.calls;
    total.struck += one.struck;
    total.sends += one.sends;
    total.refused += one.refused;
    total.slowest_refusal = total.slowest_refusal.max(one.slowest_refusal);
    total.drained = total.drained.max(one.drained);
}

#[test]
fn r4_r9_a_third_of_all_calls_goes_wrong_and_nothing_is_lost() {
    let (storms, comments) = (count("DAYZERO_WEATHER_STORMS", 1), count("DAYZERO_WEATHER_COMMENTS", 60));
    let (mut total, mut log_lines) = (Storm::default(), 0);
    for number in 0..storms {
        let storm = run(seed() + number, 300, comments);
        assert!(storm.struck * 100 > storm.calls * 25, "{} of {} calls went wrong", storm.struck, storm.calls);
        assert!(storm.log.contains("not done yet") && !holds(&storm.log, CANARY), "a log tells a patient's words");
        log_lines += storm.log.lines().count();
        add(&mut total, &storm);
    }
    let Storm { found, .. } = &total;
    println!(
        "R4: {storms} storms of ten minutes, 30 % of calls wrong: {} calls, {} struck; {} posts, {} refused (all 503, the slowest after \
         {:.1} s); {} comments with {} texts, 0 lost, 0 double; everything out {} s after; {} entries verify",
        total.calls,
        total.struck,
        total.sends,
        total.refused,
        total.slowest_refusal.as_secs_f64(),
        found.comments,
        found.texts,
        total.drained.as_secs(),
        found.entries,
    );
    println!(
        "R9: {} alerts, {} messages, {} of them again because nobody heard or could note the first, 0 without such a reason; \
         {} alert windows missed, each written down",
        found.alerts, found.messages, found.repeats, found.missed,
    );
    println!("S6: {log_lines} lines of log in these storms, 0 hold a patient's word");
}

#[test]
fn r9_in_fair_weather_nothing_is_repeated() {
    let comments = count("DAYZERO_WEATHER_COMMENTS", 60);
    let storm = run(seed(), 0, comments);
    assert_eq!((storm.found.repeats, storm.struck), (0, 0));
    let found = &storm.found;
    println!("R9: fair weather: {} comments, {} alerts, {} messages, 0 repeated", found.comments, found.alerts, found.messages);
}
