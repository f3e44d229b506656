//! Stories over the whole line: what happens to a comment from the webhook to a person's decision, as an inspector would read it.

use dayzero::model::{Band, Platform, State};
use serde_json::json;

use crate::samples::{names, sample};
use crate::world::{World, end_state, forum_body, forum_key, kinds};

const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const AMBULANCE: &str = "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";
const PRAISE: &str = "Wat een fijne pagina, dank jullie wel!";

#[tokio::test]
async fn a_comment_becomes_an_alert_that_a_person_acknowledges_and_decides() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    assert_eq!(world.told(), ["SafetyDeskTopic"]);

    let record = world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    assert_eq!(record["state"], "acknowledged");
    let decision = json!({"decision": "case", "case_number": "NL-2026-0042", "revision": record["revision"]});
    let record = world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    assert_eq!(record["state"], "closed");

    let story = [
        "sighted created",
        "assessed alert adverse_event",
        "published safety-desk 0.0",
        "acknowledged by Ann",
        "decided case by Ann",
    ];
    assert_eq!(kinds(&world.chain(&key).await), story);
    world.settle().await;
    world.pass(24 * 60).await;
    assert_eq!(world.told().len(), 1, "nobody is told again once a person has it in hand");
    world.end().await;
}

#[tokio::test]
async fn an_alert_climbs_the_route_until_somebody_acknowledges() {
    let world = World::new().await;
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.pass(19).await;
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.pass(1).await;
    assert_eq!(world.told(), ["SafetyDeskTopic", "SafetyOnCallTopic"]);
    world.pass(25).await;
    assert_eq!(world.told(), ["SafetyDeskTopic", "SafetyOnCallTopic", "QppvTopic"]);
    world.pass(30).await;
    assert_eq!(world.told()[3..], ["QppvTopic", "QppvTopic"], "the last step is repeated every 15 minutes");

    let ids: Vec<_> = world.sent().into_iter().map(|(_, posted)| posted.field("alert_id")).collect();
    assert!(ids.iter().all(|id| id.is_some() && *id == ids[0]), "every repeat carries the same alert id: {ids:?}");

    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    world.pass(120).await;
    assert_eq!(world.told().len(), 5);
    world.end().await;
}

#[tokio::test]
async fn a_missed_window_is_recorded_once_as_a_deviation() {
    let world = World::new().await;
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.pass(60).await;
    assert!(world.record(&key).await.misses.is_empty(), "the window of an hour is kept up to its very end");
    world.pass(1).await;
    let misses = |record: dayzero::model::Record| record.misses.iter().map(|miss| miss.obligation.as_str()).collect::<Vec<_>>();
    assert_eq!(misses(world.record(&key).await), ["acknowledge"]);
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    world.pass(24 * 60).await;
    assert_eq!(misses(world.record(&key).await), ["acknowledge", "forward"]);
    assert_eq!(world.head(&key).await.state, State::Acknowledged, "a missed window closes nothing");
    world.end().await;
}

#[tokio::test]
async fn a_harmless_comment_is_kept_for_people_and_pages_nobody() {
    let world = World::new().await;
    let key = world.forum_says("c-1", PRAISE).await;
    world.settle().await;
    assert!(world.told().is_empty());
    let record = world.record(&key).await;
    assert_eq!((record.band(), record.state()), (Band::Log, State::Open));
    let decide = record.next_deadline().expect("people read every comment").deadline;
    assert_eq!(decide.timestamp().to_string(), "2026-03-12T16:30:00Z", "one business day: Thursday at closing time");
    world.end().await;
}

#[tokio::test]
async fn an_edit_that_tells_more_raises_a_new_alert_and_one_that_tells_less_takes_none_back() {
    let world = World::new().await;
    let key = world.forum_says("c-1", PRAISE).await;
    world.settle().await;
    world.pass(5).await;
    world.forum_event("comment.edited", "c-1", Some(HARTKLOPPINGEN)).await;
    world.settle().await;
    world.pass(5).await;
    world.forum_event("comment.edited", "c-1", Some(AMBULANCE)).await;
    world.settle().await;
    world.pass(5).await;
    world.forum_event("comment.edited", "c-1", Some(PRAISE)).await;
    world.settle().await;

    let record = world.record(&key).await;
    let texts: Vec<&str> = record.versions.iter().map(|version| version.text.expose()).collect();
    assert_eq!(texts, [PRAISE, HARTKLOPPINGEN, AMBULANCE, PRAISE]);
    let classes: Vec<&str> = record.alerts.iter().map(|alert| alert.class.as_str()).collect();
    assert_eq!(classes, ["adverse_event", "serious"]);
    assert_eq!(record.band(), Band::Alert);
    world.end().await;
}

#[tokio::test]
async fn a_deletion_removes_no_case() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    world.pass(3).await;
    world.forum_event("comment.deleted", "c-1", None).await;
    world.settle().await;
    let record = world.record(&key).await;
    assert!(record.deleted);
    assert_eq!(record.current().map(|version| version.text.expose()), Some(HARTKLOPPINGEN));
    assert_eq!((record.band(), record.state(), record.alerts.len()), (Band::Alert, State::Open, 1));
    world.end().await;
}

#[tokio::test]
async fn an_edit_after_a_decision_comes_back_before_people() {
    let world = World::new().await;
    let key = world.forum_says("c-1", PRAISE).await;
    world.settle().await;
    let decision = json!({"decision": "not_a_case", "reason": "praise", "revision": world.record(&key).await.revision});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.pass(5).await;
    world.forum_event("comment.edited", "c-1", Some(HARTKLOPPINGEN)).await;
    world.settle().await;
    let record = world.record(&key).await;
    assert_eq!((record.state(), record.band()), (State::Open, Band::Alert));
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn a_signed_body_that_nobody_can_read_is_kept_and_put_before_a_person() {
    let world = World::new().await;
    world.deliver("meta", "{ this is no JSON").await;
    world.settle().await;
    let list = world.api("GET", "/api/comments", None).await;
    let matters = list["comments"].as_array().expect("a list");
    assert_eq!(matters.len(), 1);
    assert_eq!((&matters[0]["band"], &matters[0]["state"]), (&json!("review"), &json!("open")));
    assert!(matters[0]["quarantined"].as_str().expect("a reason").contains("not JSON"), "{}", matters[0]["quarantined"]);
    assert!(matters[0]["deadline"].is_object(), "people have a window for it");
    world.end().await;
}

#[tokio::test]
async fn an_account_that_no_channel_lists_goes_before_a_person_and_can_still_page_one() {
    let world = World::new().await;
    let body = |id: &str, text: &str| {
        let at = world.clock.now();
        let mut body: serde_json::Value = serde_json::from_str(&forum_body("comment.created", id, Some(text), at)).unwrap();
        body["data"]["account"] = "elsewhere.example".into();
        body.to_string()
    };
    world.deliver("forum", &body("c-1", PRAISE)).await;
    world.deliver("forum", &body("c-2", HARTKLOPPINGEN)).await;
    world.settle().await;
    let record = |id: &str| dayzero::model::CommentId::new(Platform::Forum, "elsewhere.example", id).key();
    assert_eq!(world.record(&record("c-1")).await.band(), Band::Review);
    assert_eq!(world.record(&record("c-2")).await.band(), Band::Alert);
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn the_companys_own_comment_is_kept_and_never_alerted() {
    let world = World::new().await;
    assert_eq!(world.post("meta", &sample("facebook/own_comment")).await.status, 200);
    world.settle().await;
    assert!(world.told().is_empty());
    let list = world.api("GET", "/api/comments", None).await;
    assert_eq!(list["comments"][0]["own_account"], true);
    assert_eq!(list["comments"][0]["band"], "log");
    world.end().await;
}

#[tokio::test]
async fn somebody_in_danger_is_told_on_the_route_of_the_duty_of_care() {
    let world = World::new().await;
    assert_eq!(world.post("forum", &sample("forum/distress")).await.status, 200);
    world.settle().await;
    assert!(world.told().contains(&"DutyOfCareTopic".to_owned()), "{:?}", world.told());
    world.pass(10).await;
    assert!(world.told().contains(&"SafetyOnCallTopic".to_owned()), "{:?}", world.told());
    for comment in world.api("GET", "/api/comments?band=alert", None).await["comments"].as_array().unwrap() {
        let key = comment["key"].as_str().unwrap();
        world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    }
    world.end().await;
}

#[tokio::test]
async fn a_stale_decision_is_refused() {
    let world = World::new().await;
    let key = world.forum_says("c-1", PRAISE).await;
    world.settle().await;
    let read = world.record(&key).await.revision;
    world.pass(1).await;
    world.forum_event("comment.edited", "c-1", Some(HARTKLOPPINGEN)).await;
    world.settle().await;
    let decision = json!({"decision": "not_a_case", "reason": "praise", "revision": read});
    let answer = world.ask("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    assert_eq!(answer.status, 409);
    assert_eq!(world.record(&key).await.state(), State::Open);
    world.end().await;
}

/// Every sample body, each twice, forwards and backwards: the records end up the same.
#[tokio::test]
async fn neither_repetition_nor_order_changes_a_record() {
    let mut bodies: Vec<(&str, Vec<u8>)> = Vec::new();
    for (folder, door) in [("facebook", "meta"), ("instagram", "meta"), ("forum", "forum")] {
        bodies.extend(names(folder).iter().map(|name| (door, sample(name))));
    }
    let mut ends = Vec::new();
    for backwards in [false, true] {
        let world = World::new().await;
        let mut order: Vec<_> = bodies.iter().chain(&bodies).collect();
        if backwards {
            order.reverse();
        }
        for (door, body) in order {
            assert_eq!(world.post(door, body).await.status, 200);
            world.settle().await;
        }
        let mut end = std::collections::BTreeMap::new();
        for key in world.store.keys().await.unwrap() {
            end.insert(key.clone(), end_state(&world.record(&key).await));
        }
        world.end().await;
        ends.push(end);
    }
    let (forwards, backwards) = (&ends[0], &ends[1]);
    assert_eq!(forwards.keys().collect::<Vec<_>>(), backwards.keys().collect::<Vec<_>>());
    for (key, end) in forwards {
        assert_eq!(end, &backwards[key], "{key}");
    }
}

#[tokio::test]
async fn what_the_message_holds_is_what_the_route_allows() {
    let world = World::new().await;
    world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.forum_says("c-2", AMBULANCE).await;
    world.settle().await;
    for (_, posted) in world.sent() {
        let class = &posted.attributes["class"];
        let allowed = class == "adverse_event";
        assert_eq!(posted.bodies["default"].contains("hartkloppingen"), allowed, "{class}");
        assert_eq!(posted.bodies["email"].contains("hartkloppingen"), allowed, "{class}");
        for body in posted.bodies.values() {
            assert!(!body.contains("ambulance"), "the route for serious events carries no text");
        }
        let quiet = format!("{} {} {:?}", posted.subject, posted.bodies["sms"], posted.attributes);
        assert!(!quiet.contains("hartkloppingen"), "no subject, SMS or attribute holds a patient's words");
        let message: serde_json::Value = serde_json::from_str(&posted.bodies["default"]).unwrap();
        assert_eq!(message["schema"], "dayzero.alert.v1");
        assert_eq!(message["link"], format!("https://console.example/comments/{}", message["comment_key"].as_str().unwrap()));
        let names: Vec<&str> = posted.attributes.keys().map(String::as_str).collect();
        assert_eq!(names, ["campaign", "class", "language", "platform", "step"]);
    }
    let key = forum_key("c-2");
    let subject = &world.sent().iter().find(|(_, posted)| posted.attributes["class"] == "serious").unwrap().1.subject.clone();
    let alert = world.record(&key).await.alerts[0].id.clone();
    assert_eq!(*subject, format!("Serious adverse event, acknowledge by Wed 11 Mar 10:30 CET ({alert})"));
    world.end().await;
}

/// Two texts of one comment whose windows end together: a decision about the first leaves the second one's window running.
#[tokio::test]
async fn an_edit_keeps_its_own_window_even_if_it_ends_with_the_first_ones() {
    let world = World::at("2026-03-14T10:00:00+01:00").await;
    let key = world.forum_says("c-1", PRAISE).await;
    world.settle().await;
    let decision = json!({"decision": "not_a_case", "reason": "praise", "revision": world.record(&key).await.revision});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.pass(30).await;
    world.forum_event("comment.edited", "c-1", Some("Wat een mooie pagina, dank!")).await;
    world.settle().await;
    let record = world.record(&key).await;
    assert_eq!(record.state(), State::Open);
    let due = record.next_deadline().expect("people read the edit too").deadline;
    assert_eq!(due.timestamp().to_string(), "2026-03-17T16:30:00Z", "one business day after a Saturday: Tuesday at closing time");
    world.end().await;
}
