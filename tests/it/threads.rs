//! Stories of threads: "same here!" means what it answers, whichever of the two arrives first, and nothing is told twice for it.

use dayzero::model::{Band, CommentKey, State};
use serde_json::json;

use crate::faults::Fault;
use crate::world::{World, forum_body, forum_key};

const REPORT: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const SAME_HERE: &str = "Ik ook!";

/// An answer to `c-1`.
async fn answers(world: &World, id: &str, text: &str) -> CommentKey {
    let body = forum_body("comment.created", id, Some(text), world.clock.now());
    let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
    body["data"]["parent_id"] = "c-1".into();
    world.deliver("forum", &body.to_string()).await;
    forum_key(id)
}

async fn decide(world: &World, key: &CommentKey, decision: serde_json::Value) {
    let mut decision = decision;
    decision["revision"] = json!(world.record(key).await.revision);
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
}

#[tokio::test]
async fn same_here_is_read_with_what_it_answers_whichever_comes_first() {
    for answer_first in [false, true] {
        let world = World::new().await;
        let key = forum_key("c-2");
        for step in 0..2 {
            if (step == 0) == answer_first {
                answers(&world, "c-2", SAME_HERE).await;
            } else {
                world.forum_says("c-1", REPORT).await;
            }
            world.settle().await;
        }
        let record = world.record(&key).await;
        assert_eq!(record.band(), Band::Alert, "answer first: {answer_first}");
        assert_eq!(record.alerts.len(), 1, "answer first: {answer_first}");
        assert_eq!(world.told(), ["SafetyDeskTopic", "SafetyDeskTopic"]);
        world.end().await;
    }
}

#[tokio::test]
async fn an_answer_that_people_decided_about_is_not_told_again_when_its_parent_arrives() {
    let world = World::new().await;
    let key = answers(&world, "c-2", REPORT).await;
    world.settle().await;
    decide(&world, &key, json!({"decision": "case", "case_number": "NL-1"})).await;
    world.pass(5).await;
    world.forum_says("c-1", "Hoe gaat het met jullie?").await;
    world.settle().await;
    let record = world.record(&key).await;
    assert_eq!(record.readings.len(), 2, "it was read again, with what it answers");
    assert_eq!((record.alerts.len(), record.state()), (1, State::Closed));
    world.pass(60).await;
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn a_decided_answer_comes_back_if_its_parent_makes_it_an_alert() {
    let world = World::new().await;
    let key = answers(&world, "c-2", SAME_HERE).await;
    world.settle().await;
    decide(&world, &key, json!({"decision": "not_a_case", "reason": "chat"})).await;
    world.pass(5).await;
    world.forum_says("c-1", REPORT).await;
    world.settle().await;
    let record = world.record(&key).await;
    assert_eq!((record.state(), record.band(), record.alerts.len()), (State::Open, Band::Alert, 1));
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    let told = world.told().len();
    world.pass(24 * 60).await;
    let about_the_answer =
        world.sent().iter().filter(|(_, posted)| posted.field("comment_key").as_deref() == Some(key.as_str())).count();
    assert_eq!(about_the_answer, 1, "of {told}: nobody is reminded of what somebody has in hand");
    world.end().await;
}

#[tokio::test]
async fn a_crash_while_an_answer_is_read_again_delays_no_alert() {
    for nth in 0..40 {
        let world = World::new().await;
        let key = answers(&world, "c-2", SAME_HERE).await;
        world.settle().await;
        world.forum_says("c-1", REPORT).await;
        world.table_faults.crash_at(nth, Fault::ReplyLost);
        let _ = world.line.sweep(jiff::Timestamp::MAX).await;
        world.table_faults.clear();
        world.clock.advance(jiff::SignedDuration::from_secs(61));
        world.settle().await;
        let record = world.record(&key).await;
        assert_eq!((record.band(), record.alerts.len()), (Band::Alert, 1), "request {nth}");
        assert!(!record.alerts[0].published.is_empty(), "request {nth}: nobody was told");
        world.end().await;
    }
}

#[tokio::test]
async fn a_damaged_record_costs_its_neighbours_in_a_delivery_nothing() {
    let world = World::new().await;
    world.forum_says("c-1", REPORT).await;
    world.settle().await;
    let key = answers(&world, "c-2", SAME_HERE).await;
    world.settle().await;
    world.spoil(&format!("comment#{key}"), "event#000001", "body", "{}").await;
    world.pass(1).await;
    world.forum_event("comment.edited", "c-1", Some("Sinds ik Norvexa slik heb ik hartkloppingen en ben ik flauwgevallen")).await;
    world.settle().await;
    let record = world.record(&forum_key("c-1")).await;
    let classes: Vec<&str> = record.alerts.iter().map(|alert| alert.class.as_str()).collect();
    assert_eq!(classes, ["adverse_event", "serious"]);
    assert!(!record.alerts[1].published.is_empty());
    world.abandon();
}
