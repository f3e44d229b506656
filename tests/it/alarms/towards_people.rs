//! Faults on the way to people: a topic that refuses, one that nobody hears, a crowd, a silent channel, and people who do not act.

use dayzero::local::samples;
use dayzero::metrics::Metric;
use dayzero::model::CommentKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{AMBULANCE, AROUND, HARTKLOPPINGEN, Story};
use crate::faults::Fault;
use crate::world::{WEDNESDAY_MORNING, World};

async fn acknowledge(world: &World, key: &CommentKey) {
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
}

/// A comment that is alerted at once, as the stream does it.
async fn alerted(story: &Story, text: &str) -> CommentKey {
    let key = story.world.forum_says("c-1", text).await;
    story.world.settle().await;
    key
}

#[tokio::test]
async fn a_topic_that_refuses_is_an_alarm() {
    let mut story = Story::of("topic_refuses", World::new().await);
    story.minutes(AROUND).await;
    story.world.topic_faults.all(Fault::ServerError);
    story.begins(&["TopicsRefuseAlerts", "AlertsAreUnsent"]);
    alerted(&story, HARTKLOPPINGEN).await;
    story.minutes(7).await;
    story.world.topic_faults.clear();
    story.ends(Metric::CarrierRefused, 4);
    story.minutes(AROUND).await;
    assert_eq!(story.world.told(), ["SafetyDeskTopic"]);
    story.write().await;
}

#[tokio::test]
async fn a_second_carrier_in_use_is_an_alarm() {
    let mut story = Story::of("second_carrier", World::new().await.second_carrier());
    story.minutes(AROUND).await;
    story.world.topic_faults.all(Fault::ServerError);
    story.begins(&["SecondCarrierIsUsed", "TopicsRefuseAlerts"]);
    alerted(&story, HARTKLOPPINGEN).await;
    story.minutes(3).await;
    story.world.topic_faults.clear();
    story.ends(Metric::SecondCarrierUsed, 1);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_crowd_is_an_alarm() {
    let mut story = Story::of("crowd", World::new().await);
    story.minutes(AROUND).await;
    story.begins(&["AlertsComeInDigests"]);
    for number in 0..20 {
        story.world.forum_says(&format!("c-{number}"), HARTKLOPPINGEN).await;
    }
    story.world.settle().await;
    // What waits for its turn gets it within seconds.
    for _ in 0..5 {
        story.jump(SignedDuration::from_secs(2));
        story.world.settle().await;
    }
    story.minute().await;
    story.ends(Metric::DigestSent, 1);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_topic_that_nobody_hears_is_an_alarm() {
    let mut story = Story::of("topic_not_heard", World::new().await);
    // SNS is asked in minutes 1, 4, 7 and 10: just now, and not before three more have passed.
    story.minutes(10).await;
    story.world.topic.subscribe("SafetyDeskTopic", &["PendingConfirmation"]);
    story.begins(&["TopicIsNotHeard"]);
    story.minutes(8).await;
    story.world.topic.subscribe("SafetyDeskTopic", &["arn:aws:sns:eu-west-1:1:SafetyDeskTopic:a"]);
    story.ends(Metric::SubscriptionUnconfirmed, 4);
    story.minutes(AROUND + 3).await;
    story.write().await;
}

#[tokio::test]
async fn a_channel_that_falls_silent_is_an_alarm() {
    // The forum alone may fall silent within the story.
    let mut id = "";
    let mut lines = Vec::new();
    for line in samples::PROTOCOL.lines() {
        if let Some(name) = line.strip_prefix("id = \"") {
            id = name.split('"').next().unwrap_or_default();
        }
        let after = if id == "forum" { "12h" } else { "900d" };
        lines.push(if line.starts_with("silent_after") { format!("silent_after = \"{after}\"") } else { line.to_owned() });
    }
    let world = World::empty(WEDNESDAY_MORNING).await;
    world.publish(&lines.join("\n")).await.unwrap();
    let mut story = Story::of("silent_channel", world);
    alerted(&story, "Mooi weer").await;
    story.minutes(AROUND).await;
    story.jump(SignedDuration::from_hours(12));
    story.begins(&["ChannelIsSilent"]);
    story.minutes(4).await;
    story.world.forum_says("c-2", "Nog steeds mooi weer").await;
    story.world.settle().await;
    story.ends(Metric::ChannelsSilent, 4);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_serious_deadline_that_comes_near_is_an_alarm() {
    let mut story = Story::of("serious_deadline", World::new().await);
    let key = alerted(&story, AMBULANCE).await;
    story.minutes(50).await;
    let left = story.last(Metric::TimeToSeriousDeadline).expect("a serious report has a deadline");
    assert_eq!(left, 600, "an hour to acknowledge, of which fifty minutes are gone");
    story.begins(&["SeriousDeadlineIsNear"]);
    story.minutes(6).await;
    acknowledge(&story.world, &key).await;
    story.ends(Metric::TimeToSeriousDeadline, 1);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_missed_window_is_an_alarm() {
    let mut story = Story::of("window_missed", World::new().await);
    let key = alerted(&story, AMBULANCE).await;
    story.minutes(60).await;
    assert_eq!(story.last(Metric::DeadlineMissed), None, "the hour is just over");
    story.begins(&["DeadlineWasMissed"]);
    story.minutes(4).await;
    acknowledge(&story.world, &key).await;
    story.ends(Metric::DeadlineMissed, 1);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn an_alert_that_nobody_takes_in_hand_for_a_day_is_an_alarm() {
    let mut story = Story::of("nobody_acts", World::new().await);
    let key = alerted(&story, HARTKLOPPINGEN).await;
    story.minutes(AROUND).await;
    story.jump(SignedDuration::from_hours(24) - SignedDuration::from_mins(AROUND));
    story.begins(&["NobodyTakesAlertsInHand"]);
    story.minutes(4).await;
    acknowledge(&story.world, &key).await;
    story.ends(Metric::OldestUnacknowledgedAge, 86_400);
    story.minutes(AROUND).await;
    story.write().await;
}

/// What waits is told by what people's queue shows, and in a fire drill nobody waits.
#[tokio::test]
async fn waits_begin_with_an_alert_and_end_with_a_person() {
    let world = World::new().await;
    let measured = async || {
        let in_force = world.campaigns.current().await.unwrap();
        let waits = dayzero::watch::measure(&world.line.watch, &in_force).await.unwrap();
        let minutes = |wait: Option<SignedDuration>| wait.map(|wait| wait.as_mins());
        (minutes(waits.unpublished), minutes(waits.unacknowledged), minutes(waits.serious))
    };
    assert_eq!(measured().await, (None, None, None), "nothing waits");
    world.topic_faults.all(Fault::ServerError);
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(measured().await, (Some(5), None, Some(10)), "the alert's own window is a quarter of an hour");
    world.topic_faults.clear();
    world.clock.advance(SignedDuration::from_mins(2));
    world.line.tick(Timestamp::MAX).await.unwrap();
    assert_eq!(measured().await, (None, Some(7), Some(53)), "an hour to acknowledge");
    acknowledge(&world, &key).await;
    assert_eq!(measured().await, (None, None, Some(24 * 60 - 7)), "a day to forward");
    world.end().await;
}
