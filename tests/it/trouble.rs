//! Stories of trouble: a store that is away, a topic that refuses, a process that dies between any two of its requests.

use std::time::{Duration, Instant};

use dayzero::metrics::Metric;
use jiff::{SignedDuration, Timestamp};

use crate::faults::Fault;
use crate::world::{World, forum_body, forum_key, kinds, noise};

const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";

#[tokio::test]
async fn a_store_that_is_away_gets_the_platform_to_come_again() {
    for fault in [Fault::Throttled, Fault::ServerError, Fault::Silent] {
        let world = World::new().await;
        world.forum_says("before", "hallo").await;
        world.settle().await;
        world.table_faults.all(fault);
        let started = Instant::now();
        let answer =
            world.post("forum", forum_body("comment.created", "c-1", Some(HARTKLOPPINGEN), world.clock.now()).as_bytes()).await;
        let took = started.elapsed();
        assert_eq!(answer.status, 503, "{fault:?}");
        assert_eq!(answer.headers.get("retry-after").map(String::as_str), Some("5"));
        assert!(took < Duration::from_millis(2_500), "{fault:?} took {took:?}: platforms hang up");
        assert!(world.metrics.lines().iter().any(|line| line.contains(Metric::StoreUnavailable.as_str())));
        world.table_faults.clear();
        world.forum_says("c-1", HARTKLOPPINGEN).await;
        world.settle().await;
        assert_eq!(world.told(), ["SafetyDeskTopic"]);
        world.end().await;
    }
}

#[tokio::test]
async fn a_delivery_whose_reply_was_lost_is_one_delivery() {
    let world = World::new().await;
    world.forum_says("before", "hallo").await;
    world.settle().await;
    world.table_faults.between(0, 1, Fault::ReplyLost);
    let body = forum_body("comment.created", "c-1", Some(HARTKLOPPINGEN), world.clock.now());
    let answer = world.post("forum", body.as_bytes()).await;
    assert_eq!(answer.status, 200, "the client asks again and finds its own write");
    assert_eq!(world.post("forum", body.as_bytes()).await.status, 200);
    world.settle().await;
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn an_alert_is_recorded_as_published_only_when_the_topic_said_so() {
    let world = World::new().await;
    world.topic_faults.all(Fault::ServerError);
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    assert!(world.told().is_empty());
    assert!(!kinds(&world.chain(&key).await).iter().any(|kind| kind.starts_with("published")));
    world.topic_faults.clear();
    world.pass(1).await;
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    assert!(kinds(&world.chain(&key).await).contains(&"published safety-desk 0.0".to_owned()));
    world.end().await;
}

#[tokio::test]
async fn an_alert_window_that_no_carrier_kept_is_a_deviation() {
    let world = World::new().await;
    world.topic_faults.all(Fault::ServerError);
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    world.pass(16).await;
    assert!(kinds(&world.chain(&key).await).contains(&"missed alert".to_owned()));
    world.topic_faults.clear();
    world.pass(1).await;
    assert_eq!(world.told(), ["SafetyDeskTopic"], "late is better than never");
    world.end().await;
}

/// The process dies at each request to the table in turn, with the request not carried out, or carried out and unheard; then another
/// one starts and sweeps. Whatever was accepted is a comment, and whatever is due is published, once.
#[tokio::test]
async fn a_crash_between_any_two_requests_loses_nothing_and_doubles_nothing() {
    for fault in [Fault::ServerError, Fault::ReplyLost] {
        let mut crashes = 0;
        for nth in 0.. {
            let world = World::new().await;
            let body = forum_body("comment.created", "c-1", Some(HARTKLOPPINGEN), world.clock.now());
            assert_eq!(world.post("forum", body.as_bytes()).await.status, 200);
            let before = world.table_faults.seen();
            world.table_faults.crash_at(nth, fault);
            let _ = world.line.sweep(Timestamp::MAX).await;
            let reached = world.table_faults.seen() - before > nth;
            world.table_faults.clear();
            // A claim that a dead worker holds runs out.
            world.clock.advance(SignedDuration::from_secs(61));
            world.settle().await;
            let record = world.record(&forum_key("c-1")).await;
            let told = world.told();
            assert_eq!(record.versions.len(), 1, "{fault:?} at request {nth}");
            assert_eq!(record.alerts.len(), 1, "{fault:?} at request {nth}");
            assert!(!told.is_empty(), "{fault:?} at request {nth}: the alert was lost");
            // Twice only where SNS accepted a message and the process died before it could write that down.
            let died_after_publishing = record.alerts[0].published.len() < told.len();
            assert!(told.len() == 1 || (told.len() == 2 && died_after_publishing), "{fault:?} at request {nth}: {told:?}");
            world.end().await;
            if !reached {
                break;
            }
            crashes += 1;
        }
        assert!(crashes >= 16 + 8, "{fault:?}: only {crashes} requests were tried");
    }
}

#[tokio::test]
async fn a_message_whose_reply_was_lost_goes_out_again_under_the_same_id() {
    let world = World::new().await;
    world.topic_faults.between(0, 1, Fault::ReplyLost);
    world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    let ids: Vec<_> = world.sent().into_iter().map(|(_, posted)| posted.field("alert_id").unwrap()).collect();
    assert_eq!(ids.len(), 2, "the client asks again, and SNS cannot know that it is the same message");
    assert_eq!(ids[0], ids[1]);
    world.end().await;
}

#[tokio::test]
async fn a_body_of_six_megabytes_that_does_not_compress_is_kept_whole() {
    let world = World::new().await;
    let text = noise(5_900_000);
    let body = forum_body("comment.created", "c-1", Some(&text), world.clock.now());
    // A busy machine may ask the platform to come again; it does, with the same bytes.
    let mut status = 0;
    for _ in 0..5 {
        status = world.post("forum", body.as_bytes()).await.status;
        if status == 200 {
            break;
        }
        assert_eq!(status, 503);
    }
    assert_eq!(status, 200);
    let open = world.store.open_work(world.clock.now(), 10).await.unwrap();
    let dayzero::store::Work::Delivery(id) = &open[0].work else { panic!("{open:?}") };
    assert_eq!(world.store.delivery(id).await.unwrap().unwrap().delivery.body, body.as_bytes());
    world.settle().await;
    world.end().await;
}

/// People who were late are late, even if nobody looked between the window's end and what they did.
#[tokio::test]
async fn a_late_acknowledgement_is_a_deviation_whoever_looked_when() {
    let world = World::new().await;
    let key = world.forum_says("c-1", "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald").await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(61));
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(serde_json::json!({}))).await;
    world.settle().await;
    let misses: Vec<_> = world.record(&key).await.misses.iter().map(|miss| miss.obligation.as_str()).collect();
    assert_eq!(misses, ["acknowledge"]);
    world.end().await;
}
