//! What only Lambda has: batches of stream records that may fail in part, and the schedule's tick.

use dayzero::lambda::{Role, batch};
use dayzero::metrics::Metric;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::samples::sample;
use crate::world::{World, forum_body, forum_key};

const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";

/// The stream records of everything that is open, as the mapping would deliver them.
async fn records(world: &World) -> Value {
    let open = world.store.open_work(world.clock.now(), 100).await.unwrap();
    let record = |(index, open): (usize, dayzero::store::OpenWork)| {
        let (pk, sk) = match open.work {
            dayzero::store::Work::Delivery(id) => (format!("delivery#{}#{}", id.door, id.digest), "raw"),
            dayzero::store::Work::Comment(key) => (format!("comment#{key}"), "head"),
        };
        let wake = open.due.as_millisecond().to_string();
        json!({"eventName": "INSERT", "dynamodb": {
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "NewImage": {"pk": {"S": pk}, "sk": {"S": sk}, "wake": {"N": wake}},
            "SequenceNumber": format!("{:021}", index + 1),
        }})
    };
    json!({"Records": open.into_iter().enumerate().map(record).collect::<Vec<_>>()})
}

#[tokio::test]
async fn the_stream_alone_takes_a_comment_from_the_door_to_the_topic() {
    let world = World::new().await;
    world.forum_says("c-1", HARTKLOPPINGEN).await;
    assert!(batch(&world.line, Role::Assess, &records(&world).await).await.is_empty());
    assert!(batch(&world.line, Role::Alert, &records(&world).await).await.is_empty());
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn what_a_carrier_refused_is_not_delivered_again_and_the_sweep_finds_it() {
    let world = World::new().await;
    for id in ["c-1", "c-2", "c-3"] {
        world.forum_says(id, HARTKLOPPINGEN).await;
    }
    assess_only(&world).await;
    world.topic_faults.all(Fault::ServerError);
    assert_eq!(batch(&world.line, Role::Alert, &records(&world).await).await, Vec::<String>::new(), "they are put off");
    assert_eq!(world.told().len(), 0);
    world.topic_faults.clear();
    world.pass(1).await;
    assert_eq!(world.told(), ["SafetyDeskTopic"], "what was refused waits together and is told of in one message");
    for id in ["c-1", "c-2", "c-3"] {
        let record = world.record(&crate::world::forum_key(id)).await;
        assert_eq!(record.alerts[0].published.len(), 1, "{id}");
    }
    world.end().await;
}

#[tokio::test]
async fn what_the_table_refused_is_delivered_again_by_its_number() {
    let world = World::new().await;
    for id in ["c-1", "c-2"] {
        world.forum_says(id, HARTKLOPPINGEN).await;
    }
    assess_only(&world).await;
    let due = records(&world).await;
    let numbers: Vec<String> = due["Records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned())
        .collect();
    assert!(!numbers.is_empty());
    world.table_faults.all(Fault::ServerError);
    assert_eq!(batch(&world.line, Role::Alert, &due).await, numbers);
    world.table_faults.clear();
    assert!(batch(&world.line, Role::Alert, &due).await.is_empty());
    assert_eq!(world.told().len(), 2);
    world.end().await;
}

/// Assesses what was kept, as the assess function does.
async fn assess_only(world: &World) {
    assert!(batch(&world.line, Role::Assess, &records(world).await).await.is_empty());
}

#[tokio::test]
async fn records_that_are_no_work_are_passed_over() {
    let world = World::new().await;
    let recorded: Value = serde_json::from_slice(&sample("aws/stream_batch")).unwrap();
    assert!(recorded["Records"].as_array().is_some_and(|records| !records.is_empty()));
    for role in [Role::Assess, Role::Alert] {
        assert!(batch(&world.line, role, &recorded).await.is_empty(), "keys of items that are not there");
        assert!(
            batch(
                &world.line,
                role,
                &json!({"Records": [{"dynamodb": {"Keys": {"pk": {"S": "protocols"}, "sk": {"S": "active"}}}}, {}]})
            )
            .await
            .is_empty()
        );
        assert!(batch(&world.line, role, &json!("no batch")).await.is_empty());
    }
    world.end().await;
}

#[tokio::test]
async fn a_damaged_record_goes_to_a_person_and_holds_up_nobody() {
    let world = World::new().await;
    world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.forum_says("c-2", HARTKLOPPINGEN).await;
    assess_only(&world).await;
    world.spoil(&format!("comment#{}", forum_key("c-1")), "event#000001", "body", "{}").await;
    assert!(
        batch(&world.line, Role::Alert, &records(&world).await).await.is_empty(),
        "a poisoned record must not block its shard"
    );
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    assert!(world.metrics.lines().iter().any(|line| line.contains(Metric::NeedsPerson.as_str())));
    world.abandon();
}

#[tokio::test]
async fn a_tick_says_that_it_ran_and_what_waits() {
    let world = World::new().await;
    world.deliver("forum", &forum_body("comment.created", "c-1", Some(HARTKLOPPINGEN), world.clock.now())).await;
    world.clock.advance(jiff::SignedDuration::from_secs(90));
    world.line.tick(Timestamp::MAX).await.unwrap();
    let lines = world.metrics.lines();
    let tick: Value = serde_json::from_str(lines.iter().find(|line| line.contains("SweepRan")).expect("a heartbeat")).unwrap();
    assert_eq!((&tick["SweepRan"], &tick["OpenWork"], &tick["OldestOpenWorkAge"]), (&json!(1), &json!(1), &json!(90)));
    assert_eq!((&tick["OldestUnreadAge"], &tick["FoundBySweep"]), (&json!(90), &json!(1)), "no stream brought it");
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}
