//! Faults behind the door: a sweep that stops, a stream that is off, work that fails each time, proof that is overdue.

use dayzero::metrics::Metric;
use dayzero::reconcile::{Reconcile, nights};
use dayzero::store::Work;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{AROUND, HARTKLOPPINGEN, Story};
use crate::world::{World, forum_key};

#[tokio::test]
async fn a_sweep_that_stops_is_an_alarm() {
    let mut story = Story::of("sweep_stopped", World::new().await);
    story.minutes(AROUND).await;
    story.begins(&["SweepStopped"]);
    for _ in 0..8 {
        story.dark_minute();
    }
    story.ends(Metric::SweepRan, 8);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_delivery_that_fails_each_time_is_an_alarm() {
    let mut story = Story::of("poison", World::new().await);
    story.minutes(AROUND).await;
    story.world.forum_says("c-1", HARTKLOPPINGEN).await;
    let open = story.world.store.open_work(Timestamp::MAX, 10).await.unwrap();
    let Some(Work::Delivery(id)) = open.first().map(|open| &open.work) else { panic!("{open:?}") };
    let item = format!("delivery#{}#{}", id.door, id.digest);
    let body = story.world.spoil(&item, "raw", "body", "no bytes").await;
    story.begins(&["OpenWorkIsOld", "DeliveriesAreUnread", "WorkNeedsAPerson"]);
    story.minutes(7).await;
    story.world.put(&item, "raw", "body", body).await;
    story.ends(Metric::NeedsPerson, 6);
    story.minutes(AROUND).await;
    assert_eq!(story.world.told(), ["SafetyDeskTopic"], "what was mended is read and alerted");
    story.write().await;
}

#[tokio::test]
async fn a_stream_that_brings_nothing_is_an_alarm() {
    let mut story = Story::of("stream_off", World::new().await);
    let mut number = 0;
    let mut comment = async |story: &mut Story, stream: bool| {
        number += 1;
        story.world.forum_says(&format!("c-{number}"), "Wat een fijne pagina").await;
        if stream {
            story.world.settle().await;
        }
        story.minute().await;
    };
    for _ in 0..AROUND {
        comment(&mut story, true).await;
    }
    story.begins(&["StreamMissesWork"]);
    for _ in 0..6 {
        comment(&mut story, false).await;
    }
    story.ends(Metric::FoundBySweep, 6);
    for _ in 0..AROUND {
        comment(&mut story, true).await;
    }
    story.write().await;
}

#[tokio::test]
async fn a_root_that_is_overdue_is_an_alarm() {
    let mut story = Story::of("root_overdue", World::new().await);
    story.world.forum_says("c-1", HARTKLOPPINGEN).await;
    story.minutes(25).await;
    let journal = "journal:roots/2026-03-11";
    let root = story.world.items(journal).await.pop().expect("a root after ten minutes");
    let sk = root["sk"].as_s().expect("a sort key").clone();
    let body = story.world.spoil(journal, &sk, "body", "{}").await;
    // From here on nobody can say how old the last root is: that counts as a day.
    story.begins(&["AuditRootIsOverdue"]);
    story.minutes(7).await;
    story.world.put(journal, &sk, "body", body).await;
    story.ends(Metric::AuditRootAge, 86_400 * 5);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_night_that_was_missed_is_an_alarm() {
    let mut story = Story::of("night_missed", World::new().await);
    let stage = reconcile(&story.world);
    for day in 0..4 {
        nights(&stage).await.unwrap();
        story.take();
        if day == 2 {
            story.begins(&["ReconciliationStopped"]);
            story.jump(SignedDuration::from_hours(30));
            nights(&stage).await.unwrap();
            story.ends(Metric::ReconciliationRan, 4);
        }
        story.jump(SignedDuration::from_hours(24));
    }
    story.write().await;
}

fn reconcile(world: &World) -> Reconcile {
    Reconcile { store: world.store.clone(), clock: world.clock.clone(), metrics: world.metrics.clone() }
}

#[tokio::test]
async fn what_does_not_agree_is_an_alarm() {
    let mut story = Story::of("differences", World::new().await);
    nights(&reconcile(&story.world)).await.unwrap();
    story.jump(SignedDuration::from_mins(10));
    // A delivery that nobody works off for two days.
    story.world.forum_says("c-1", "Wat een fijne pagina").await;
    story.jump(SignedDuration::from_hours(48));
    story.begins(&["ReconciliationDiffers"]);
    nights(&reconcile(&story.world)).await.unwrap();
    story.minutes(7).await;
    assert!(story.last(Metric::ReconciliationDifferences).is_some_and(|open| open > 0));
    decide(&story.world).await;
    story.jump(SignedDuration::from_hours(24));
    story.ends(Metric::ReconciliationDifferences, 1);
    nights(&reconcile(&story.world)).await.unwrap();
    story.minutes(AROUND).await;
    assert_eq!(story.last(Metric::ReconciliationDifferences), Some(0));
    story.write().await;
}

/// A person takes the comment in hand and decides that it is no case.
async fn decide(world: &World) {
    let key = forum_key("c-1");
    let record = world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    let decision = json!({"decision": "not_a_case", "reason": "praise", "revision": record["revision"]});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
}
