//! Stories of alerts in a crowd and in trouble: carriers that refuse, more alerts than a topic takes, workers that die in the middle of a
//! digest, clocks that differ. Times are the world's, as the topics saw them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use dayzero::alert::pace::{Bucket, Haste, Turn};
use dayzero::alert::{self};
use dayzero::line::Line;
use dayzero::local::{Posted, samples};
use dayzero::metrics::Metric;
use dayzero::model::{CommentKey, Obligation};
use dayzero::store::Shared;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::faults::Fault;
use crate::samples::sample;
use crate::world::{World, kinds};

const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const AMBULANCE: &str = "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";
const DESK: &str = "arn:aws:sns:eu-west-1:000000000000:SafetyDeskTopic";

/// Messages that a topic takes at once.
const BURST: i64 = 5;

/// Time goes on second by second, with a sweep in each.
async fn seconds(world: &World, count: usize) {
    for _ in 0..count {
        world.clock.advance(SignedDuration::from_secs(1));
        world.settle().await;
    }
}

async fn crowd(world: &World, count: usize) -> Vec<CommentKey> {
    let mut keys = Vec::new();
    for index in 0..count {
        keys.push(world.forum_says(&format!("c-{index}"), HARTKLOPPINGEN).await);
    }
    keys
}

/// The alerts that a message tells of.
fn named(posted: &Posted) -> Vec<String> {
    let message: serde_json::Value = serde_json::from_str(&posted.bodies["default"]).expect("JSON");
    let id = |alert: &serde_json::Value| alert["alert_id"].as_str().expect("an alert's id").to_owned();
    match message["schema"].as_str() {
        Some("dayzero.digest.v1") => message["alerts"].as_array().expect("a list").iter().map(id).collect(),
        _ => vec![id(&message)],
    }
}

fn is_digest(posted: &Posted) -> bool {
    posted.attributes.contains_key("digest")
}

/// No topic got more than one message a second, beyond what it takes at once for each worker.
fn assert_paced(world: &World, workers: i64) {
    let mut times: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for (topic, posted) in world.sent() {
        times.entry(topic).or_default().push(posted.at);
    }
    for (topic, times) in times {
        for (index, start) in times.iter().enumerate() {
            for (count, end) in (1..).zip(&times[index..]) {
                let allowed = end.duration_since(*start).as_secs() + BURST * workers;
                assert!(count <= allowed, "{topic} got {count} messages from {start} to {end}");
            }
        }
    }
}

fn counted(world: &World, metric: Metric) -> bool {
    world.metrics.lines().iter().any(|line| line.contains(metric.as_str()))
}

#[tokio::test]
async fn what_the_first_carrier_refuses_the_second_takes_at_once() {
    let world = World::new().await.second_carrier();
    world.topic_faults.all(Fault::Throttled);
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.pass(59).await;
    let record = world.record(&key).await;
    assert!(record.misses.is_empty(), "nothing is late: {:?}", record.misses);
    let alert = &record.alerts[0];
    assert_eq!(alert.published.len(), alert.plan.steps.len());
    for ((step, published), planned) in alert.published.iter().zip(&alert.plan.steps) {
        let late = published.at().duration_since(planned.at);
        assert!(late <= SignedDuration::from_secs(60), "step {} went out {late} after its time", step.step);
        let carrier = published.carrier().expect("the second carrier");
        assert!(carrier.starts_with("arn:aws:sns:eu-north-1:"), "{carrier}");
    }
    assert!(world.sent().iter().all(|(_, posted)| posted.topic.contains("eu-north-1")));
    assert!(counted(&world, Metric::SecondCarrierUsed));
    let page = world.page(&format!("/comments/{key}")).await;
    assert!(page.contains("by the second carrier"), "the record says which carrier took it");
    world.topic_faults.clear();
    world.pass(1).await;
    world.forum_says("c-2", AMBULANCE).await;
    world.settle().await;
    let (_, last) = world.sent().pop().expect("a message");
    assert!(last.topic.contains("eu-west-1"), "the first carrier is asked first again");
    world.abandon();
}

#[tokio::test]
async fn a_carrier_that_does_not_answer_holds_up_one_message_and_not_the_crowd() {
    let world = World::new().await.second_carrier();
    world.topic_faults.all(Fault::Silent);
    world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    assert_eq!(world.told(), ["SafetyDeskTopic"], "the second carrier took it");
    let started = Instant::now();
    world.forum_says("c-2", HARTKLOPPINGEN).await;
    world.settle().await;
    assert_eq!(world.told().len(), 2);
    assert!(started.elapsed() < Duration::from_secs(6), "the silent carrier is not asked again at once");
    world.end().await;
}

#[tokio::test]
async fn with_both_carriers_gone_the_breach_is_recorded_and_the_backlog_goes_out_at_the_pace() {
    let world = World::new().await.second_carrier();
    world.topic_faults.all(Fault::Throttled);
    world.second_faults.all(Fault::Throttled);
    let mut keys = crowd(&world, 10).await;
    keys.push(world.forum_says("s-1", AMBULANCE).await);
    keys.push(world.forum_says("s-2", AMBULANCE).await);
    world.settle().await;
    world.pass(17).await;
    for key in &keys {
        let chain = world.chain(key).await;
        let missed = chain.iter().find_map(|entry| match &entry.what {
            dayzero::model::Happening::Missed(miss) if miss.obligation == Obligation::Alert => Some((entry.at, miss.deadline)),
            _ => None,
        });
        let (at, deadline) = missed.unwrap_or_else(|| panic!("{key}: no breach in {:?}", kinds(&chain)));
        let late = at.duration_since(deadline.timestamp());
        assert!(late <= SignedDuration::from_secs(60), "{key}: recorded {late} after the window's end");
    }
    for _ in 0..9 {
        world.clock.advance(SignedDuration::from_mins(5));
        world.settle().await;
    }
    assert!(world.told().is_empty());
    world.topic_faults.clear();
    world.second_faults.clear();
    let returned = world.clock.now();
    let mut out = false;
    while !out && world.clock.now().duration_since(returned) < SignedDuration::from_mins(5) {
        seconds(&world, 1).await;
        out = true;
        for key in &keys {
            out &= world.record(key).await.alerts[0].outstanding().next().is_none();
        }
    }
    assert!(out, "the backlog is not out five minutes after the carriers returned");
    assert_paced(&world, 1);
    let (_, first) = &world.sent()[0];
    assert!(!is_digest(first) || first.attributes["class"] == "serious", "{:?}", first.attributes);
    // Reminders that nobody could send are one message, and each is recorded.
    let serious = world.record(keys.last().expect("a key")).await;
    let ids: BTreeSet<&str> = serious.alerts[0].published.iter().map(|(_, published)| published.message_id()).collect();
    assert!(serious.alerts[0].published.len() >= 4 && ids.len() == 3, "{:?}", serious.alerts[0].published);
    world.end().await;
}

#[tokio::test]
async fn three_hundred_alerts_at_once_are_all_named_at_the_pace_of_their_topic() {
    let world = World::new().await;
    let keys = crowd(&world, 300).await;
    world.settle().await;
    assert_eq!(world.sent().len(), 3, "what the burst allows; two messages of it are kept for the urgent");
    seconds(&world, 6).await;
    let sent = world.sent();
    assert_eq!(sent.len(), 9, "three alone and 297 in digests of fifty");
    assert_eq!(sent.iter().filter(|(_, posted)| is_digest(posted)).count(), 6);
    assert_paced(&world, 1);
    let mut told: Vec<String> = sent.iter().flat_map(|(_, posted)| named(posted)).collect();
    assert_eq!(told.len(), 300);
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 300, "each alert is named once");
    let ids: BTreeSet<String> = sent.iter().map(|(_, posted)| posted.message_id.clone()).collect();
    for key in &keys {
        let record = world.record(key).await;
        let [(_, published)] = record.alerts[0].published.as_slice() else { panic!("{key}: {:?}", record.alerts[0].published) };
        assert!(ids.contains(published.message_id()));
    }
    for (_, posted) in sent.iter().filter(|(_, posted)| is_digest(posted)) {
        let whole = serde_json::to_string(&posted).expect("JSON");
        assert!(!whole.contains("hartkloppingen"), "a digest holds no patient's words");
        assert!(whole.len() < 256 * 1024 / 2, "a digest has {} bytes", whole.len());
    }
    let (_, digest) = &sent[3];
    assert_eq!(digest.subject, "297 alerts wait: 297 adverse event");
    assert!(digest.bodies["email"].contains("And 247 more, which the next message names."));
    assert!(counted(&world, Metric::DigestSent));
    let named_in = named(digest);
    let record = world.record(&keys[299]).await;
    let page = world.page(&format!("/comments/{}", record.key)).await;
    assert!(page.contains("in a digest of ") || named_in.contains(&record.alerts[0].id.to_string()));
    world.end().await;
}

/// The urgent wait behind nobody: neither in the messages of a crowd nor in its queue.
#[tokio::test]
async fn a_serious_case_and_somebody_in_danger_go_past_a_crowd() {
    let world = World::new().await;
    crowd(&world, 20).await;
    world.settle().await;
    assert_eq!(world.sent().len(), 3);
    let key = world.forum_says("s-1", AMBULANCE).await;
    assert_eq!(world.post("forum", &sample("forum/distress")).await.status, 200);
    world.settle().await;
    let sent = world.sent();
    let alone: Vec<&str> = sent[3..].iter().filter(|(_, p)| !is_digest(p)).map(|(_, p)| p.attributes["class"].as_str()).collect();
    assert!(alone.contains(&"serious") && alone.contains(&"distress"), "{alone:?}");
    assert!(sent.iter().any(|(topic, _)| topic == "DutyOfCareTopic"), "the duty of care has its own route");
    assert_eq!(world.record(&key).await.alerts[0].published[0].1.digest(), None);
    // Three more serious ones in the same second find the burst used up: they lead the next digest.
    for id in ["s-2", "s-3", "s-4"] {
        world.forum_says(id, AMBULANCE).await;
    }
    world.settle().await;
    seconds(&world, 1).await;
    let (_, next) = world.sent().pop().expect("a message");
    assert_eq!((is_digest(&next), next.attributes["class"].as_str()), (true, "serious"));
    assert_paced(&world, 1);
    seconds(&world, 30).await;
    world.end().await;
}

/// The process dies at each request of a digest in turn. What was told of is told of again only if nobody could write it down.
#[tokio::test]
async fn a_crash_at_any_request_of_a_digest_loses_nothing_and_doubles_no_record() {
    for fault in [Fault::ServerError, Fault::ReplyLost] {
        let mut crashes = 0;
        for nth in 0.. {
            let world = World::new().await;
            spend_the_burst(&world).await;
            let keys = crowd(&world, 2).await;
            world.settle().await;
            assert!(world.told().is_empty(), "both wait for a turn");
            world.clock.advance(SignedDuration::from_secs(3));
            let before = world.table_faults.seen();
            world.table_faults.crash_at(nth, fault);
            let _ = alert::catch_up(&world.line.alert).await;
            let reached = world.table_faults.seen() - before > nth;
            world.table_faults.clear();
            let told_before: Vec<String> = world.sent().iter().flat_map(|(_, posted)| named(posted)).collect();
            let mut unrecorded = 0;
            for key in &keys {
                unrecorded += usize::from(world.record(key).await.alerts[0].published.is_empty());
            }
            // A claim that a dead worker holds runs out.
            world.clock.advance(SignedDuration::from_secs(61));
            world.settle().await;
            seconds(&world, 3).await;
            let told: Vec<String> = world.sent().iter().flat_map(|(_, posted)| named(posted)).collect();
            for key in &keys {
                let record = world.record(key).await;
                assert_eq!(record.alerts[0].published.len(), 1, "{fault:?} at request {nth}: {key}");
                assert!(told.contains(&record.alerts[0].id.to_string()), "{fault:?} at request {nth}: {key} was lost");
            }
            let again = if told_before.is_empty() { 2 } else { unrecorded };
            assert_eq!(told.len(), told_before.len() + again, "{fault:?} at request {nth}: {told:?}");
            world.end().await;
            if !reached {
                break;
            }
            crashes += 1;
        }
        assert!(crashes >= 15, "{fault:?}: only {crashes} requests were tried");
    }
}

/// Uses up what the desk's topic takes at once.
async fn spend_the_burst(world: &World) {
    let mut bucket = Bucket::full();
    loop {
        let (next, turn) = bucket.take(world.line.alert.publisher.worker(), world.clock.now(), Haste::Urgent);
        bucket = next;
        if turn != Turn::Go {
            break;
        }
    }
    assert!(world.store.share(Shared::Pace, DESK, None, &bucket).await.expect("a table without faults"));
}

#[tokio::test]
async fn two_workers_whose_clocks_differ_by_ten_minutes_share_one_pace() {
    for skew in [-10, 10] {
        let world = World::new().await;
        let other = world.other_worker(SignedDuration::from_mins(skew));
        let keys = crowd(&world, 60).await;
        let sweep = async |line: &Line| line.sweep(Timestamp::MAX).await.expect("a table without faults");
        for _ in 0..8 {
            tokio::join!(sweep(&world.line), sweep(&other));
            world.clock.advance(SignedDuration::from_secs(1));
            other.watch.clock.advance(SignedDuration::from_secs(1));
        }
        assert_paced(&world, 2);
        for key in &keys {
            let record = world.record(key).await;
            // A worker whose clock is ahead takes another's claim for lapsed: told of twice is possible then, left out is not.
            assert!(!record.alerts[0].published.is_empty(), "{skew} minutes: {key}");
        }
        world.end().await;
    }
}

/// Whatever happens to a comment after its alert fell due, the first message is made.
#[tokio::test]
async fn no_alert_is_ever_withdrawn() {
    let world = World::new().await;
    world.topic_faults.all(Fault::Throttled);
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    world.pass(1).await;
    world.forum_event("comment.edited", "c-1", Some("Wat een fijne pagina, dank jullie wel!")).await;
    world.settle().await;
    let decision = json!({"decision": "not_a_case", "reason": "praise", "revision": world.record(&key).await.revision});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.forum_event("comment.deleted", "c-1", None).await;
    world.settle().await;
    let version = world.record(&key).await.alerts[0].protocol.version;
    let next = samples::PROTOCOL.replace(&format!("\nversion = {version}\n"), &format!("\nversion = {}\n", version + 1));
    if next != samples::PROTOCOL {
        let _ = world.publish(&next).await;
    }
    assert!(world.told().is_empty());
    world.topic_faults.clear();
    world.pass(1).await;
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.pass(24 * 60).await;
    assert_eq!(world.told().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_topic_that_nobody_hears_is_said_and_cleared() {
    let world = World::new().await;
    let unheard = async || alert::look_after(&world.line.alert).await.expect("a topic that answers");
    assert_eq!(unheard().await, 0);
    let rows: [(&[&str], usize); 4] = [
        (&["PendingConfirmation"], 1),
        (&["arn:aws:sns:eu-west-1:1:SafetyDeskTopic:a", "PendingConfirmation"], 1),
        (&["Deleted"], 1),
        (&["arn:aws:sns:eu-west-1:1:SafetyDeskTopic:a"], 0),
    ];
    for (subscriptions, expected) in rows {
        world.topic.subscribe("SafetyDeskTopic", subscriptions);
        let before = unheard().await;
        world.clock.advance(SignedDuration::from_mins(5));
        assert_eq!(unheard().await, expected, "{subscriptions:?}, after {before}");
    }
    let asked = world.topic_faults.seen();
    assert_eq!(unheard().await, 0);
    assert_eq!(world.topic_faults.seen(), asked, "SNS is asked every three minutes and not on every tick");
    world.topic.subscribe("QppvTopic", &[]);
    world.clock.advance(SignedDuration::from_mins(5));
    world.line.tick(Timestamp::MAX).await.expect("a table without faults");
    let gauge = format!("\"{}\":1", Metric::SubscriptionUnconfirmed.as_str());
    assert!(world.metrics.lines().iter().any(|line| line.contains(&gauge)), "the tick reports it");
    world.topic_faults.all(Fault::Throttled);
    world.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(unheard().await, 1, "while SNS does not say, what it said last holds");
    world.topic_faults.clear();
    world.end().await;
}
