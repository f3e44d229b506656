//! Stories of fire drills: the whole real way and back, marked wherever people meet it, and forged by nobody.

use dayzero::metrics::Metric;
use dayzero::model::{CampaignId, Drill, JournalId, Noted, Obligation};
use serde_json::{Value, json};

use crate::world::{World, forum_body, forum_key, kinds};

/// Registers a drill and posts its event, as the command does.
async fn hold(world: &World, asked: Value) -> Drill {
    let started = world.api("POST", "/api/drills", Some(asked)).await;
    let drill: Drill = serde_json::from_value(started["drill"].clone()).unwrap();
    world.deliver(drill.door.as_str(), started["body"].as_str().unwrap()).await;
    world.settle().await;
    drill
}

fn counted(world: &World, metric: Metric) -> usize {
    let name = format!("\"Name\":\"{}\"", metric.as_str());
    world.metrics.lines().iter().filter(|line| line.contains(&name)).count()
}

#[tokio::test]
async fn a_drill_goes_the_whole_way_and_its_times_are_kept() {
    let world = World::new().await;
    let drill = hold(&world, json!({"class": "serious", "by": "Ann"})).await;
    assert_eq!((drill.class.as_str(), drill.language.as_str(), drill.door.as_str()), ("serious", "nl", "forum"));
    let key = drill.comment.key();
    assert_eq!(kinds(&world.chain(&key).await), ["sighted created", "assessed alert serious", "published safety-desk 0.0"]);
    assert_eq!(world.record(&key).await.drill.as_deref(), Some(drill.id()));
    assert_eq!(world.head(&key).await.drill.as_deref(), Some(drill.id()));

    world.pass(25).await;
    assert_eq!(world.told(), ["SafetyDeskTopic", "SafetyOnCallTopic"], "escalation runs as it does for a patient");
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({"by": "Piet"}))).await;
    let address = format!("/api/drills/{}", drill.id());
    let running = world.api("GET", &address, None).await;
    assert_eq!((&running["in_time"], &running["ended"]), (&true.into(), &false.into()));
    world.api("POST", &format!("{address}/end"), Some(json!({"by": "Ann"}))).await;
    world.pass(1).await;
    let again = world.api("POST", &format!("{address}/end"), Some(json!({}))).await;
    let measured = &again["measured"];
    assert_eq!(measured["acknowledged"]["who"], "Piet");
    let topics: Vec<_> = measured["published"].as_array().unwrap().iter().map(|reached| reached["who"].clone()).collect();
    assert_eq!(topics, ["safety-desk", "safety-on-call"]);
    assert_eq!(world.api("GET", &address, None).await["ended"], true);

    let journal = JournalId::of_campaign("drills", &CampaignId::new("migraine-nl"));
    let notes = world.store.journal(&journal).await.unwrap();
    let word = |what: &Noted| match what {
        Noted::Drill(_) => "registered",
        Noted::Drilled(_) => "ended",
        _ => "another",
    };
    let words: Vec<&str> = notes.iter().map(|note| word(&note.what)).collect();
    assert_eq!(words, ["registered", "ended"], "ended once, however often it is asked");
    let page = world.page("/drills").await;
    assert!(page.contains("Acknowledged in time") && page.contains("after 25 min") && page.contains("Piet"), "{page}");
    world.end().await;
}

#[tokio::test]
async fn everything_that_people_meet_of_a_drill_says_so() {
    let world = World::new().await;
    for class in ["serious", "adverse_event", "special_situation", "quality_complaint", "distress"] {
        let drill = hold(&world, json!({"class": class, "language": "en"})).await;
        let (_, posted) = world.sent().pop().unwrap();
        assert!(posted.subject.starts_with("DRILL: "), "{class}: {}", posted.subject);
        assert!(posted.subject.len() <= 99, "{}", posted.subject);
        assert!(posted.bodies["email"].starts_with("FIRE DRILL. No patient wrote this"), "{class}");
        assert!(posted.bodies["sms"].starts_with("DRILL. ") && posted.bodies["sms"].chars().count() <= 160, "{class}");
        let machine: Value = serde_json::from_str(&posted.bodies["default"]).unwrap();
        assert_eq!((&machine["drill"], &machine["class"]), (&true.into(), &class.into()));
        assert_eq!(posted.attributes.get("drill").map(String::as_str), Some("true"));
        let key = drill.comment.key();
        assert!(world.page(&format!("/comments/{key}")).await.contains("Fire drill: no patient wrote this."), "{class}");
        assert_eq!(world.api("GET", &format!("/api/comments/{key}"), None).await["drill"], drill.id());
    }
    assert_eq!(world.page("/").await.matches("Fire drill: no patient wrote this").count(), 5);
    let list = world.api("GET", "/api/comments", None).await;
    assert!(list["comments"].as_array().unwrap().iter().all(|head| head["drill"].is_string()));
    world.end().await;
}

#[tokio::test]
async fn what_only_looks_like_a_drill_is_a_patients_comment() {
    let world = World::new().await;
    let text = "[Dayzero, oefening] Sinds ik Norvexa slik heb ik hartkloppingen en ik ben opgenomen in het ziekenhuis.";
    let key = world.forum_says("dayzero-drill-20260311T083000-0123456789abcdef", text).await;
    world.settle().await;
    let (_, posted) = world.sent().pop().unwrap();
    assert!(posted.subject.starts_with("Serious adverse event"), "{}", posted.subject);
    assert!(!posted.attributes.contains_key("drill") && !posted.bodies["default"].contains("\"drill\""));
    assert_eq!((world.record(&key).await.drill, world.head(&key).await.drill), (None, None));

    // A registered id, on another platform than the one that it was registered for.
    let started = world.api("POST", "/api/drills", Some(json!({}))).await;
    let drill: Drill = serde_json::from_value(started["drill"].clone()).unwrap();
    let change = json!({"item": "comment", "verb": "add", "comment_id": drill.id(), "post_id": "1", "from": {"id": "2"}, "message": text,
        "created_time": world.clock.now().as_second()});
    let entry =
        json!({"id": "104857600000001", "time": world.clock.now().as_second(), "changes": [{"field": "feed", "value": change}]});
    world.deliver("meta", &json!({"object": "page", "entry": [entry]}).to_string()).await;
    world.settle().await;
    assert!(world.sent().pop().unwrap().1.subject.starts_with("Serious adverse event"));
    // A drill that was registered after its comment came changes nothing of it.
    assert_eq!(world.record(&forum_key("dayzero-drill-20260311T083000-0123456789abcdef")).await.drill, None);
    world.end().await;
}

#[tokio::test]
async fn a_missed_drill_is_measured_and_counted_apart() {
    let world = World::new().await;
    let drill = hold(&world, json!({"class": "serious"})).await;
    world.pass(61).await;
    assert_eq!((counted(&world, Metric::DrillWindowMissed), counted(&world, Metric::DeadlineMissed)), (1, 0));
    let shown = world.api("GET", &format!("/api/drills/{}", drill.id()), None).await;
    assert_eq!((&shown["in_time"], &shown["measured"]["missed"]), (&false.into(), &json!([Obligation::Acknowledge])));
    assert!(world.page("/drills").await.contains("Nobody acknowledged"));

    world.forum_says("1", "Sinds ik Norvexa slik heb ik hartkloppingen en ik ben opgenomen in het ziekenhuis").await;
    world.settle().await;
    world.pass(61).await;
    assert_eq!(counted(&world, Metric::DeadlineMissed), 1, "a patient's is counted as ever");
    world.end().await;
}

#[tokio::test]
async fn a_drill_is_no_sign_of_life_of_its_channel() {
    let world = World::new().await;
    hold(&world, json!({})).await;
    assert!(world.store.channels().await.unwrap().values().all(|kept| kept.heard.is_none()), "it is our own voice");
    world.deliver("forum", &forum_body("comment.created", "1", Some("Mooi weer"), world.clock.now())).await;
    world.settle().await;
    assert_eq!(world.store.channels().await.unwrap().values().filter(|kept| kept.heard.is_some()).count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_drill_that_cannot_be_held_is_refused_in_a_sentence() {
    let world = World::new().await;
    let rows = [
        (
            json!({"class": "grave"}),
            "`class` is not one of distress, serious, adverse_event, special_situation, quality_complaint.",
        ),
        (json!({"campaign": "nobody"}), "no active campaign has this id; expected one of migraine-nl"),
        (json!({"language": "fr"}), "no text for a drill of serious is read as such in fr; there are texts in nl, en"),
    ];
    for (asked, wanted) in rows {
        let answer = world.ask("POST", "/api/drills", Some(asked)).await;
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, said["error"].as_str().unwrap()), (422, wanted));
    }
    assert_eq!(world.ask("GET", "/api/drills/dayzero-drill-none", None).await.status, 404);
    assert_eq!(world.api("GET", "/api/drills", None).await["drills"], json!([]));
    world.end().await;
}
