//! Day zero and the ledger: which day the legal clocks run from, why, what it would be otherwise, and that nothing takes the place of what
//! stood there.

use dayzero::local::samples;
use dayzero::model::ledger::ledger;
use dayzero::model::{DayZeroRule, Record};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{World, forum_body, forum_key, kinds};

const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";

/// The sample protocol under another rule for day zero.
fn protocol(rule: &str, version: u32) -> String {
    let protocol = samples::PROTOCOL.replacen("version = 3", &format!("version = {version}"), 1);
    let changed = protocol.replacen("rule = \"received\"", &format!("rule = \"{rule}\""), 1);
    assert_ne!(protocol, changed.replacen(&format!("rule = \"{rule}\""), "", 1));
    changed
}

/// Half past midnight in Amsterdam, about a comment that was written before midnight.
async fn after_midnight(rule: &str) -> (World, Record) {
    let world = World::empty("2026-03-11T00:30:00+01:00").await;
    world.publish(&protocol(rule, 3)).await.unwrap();
    let written = "2026-03-10T23:50:00+01:00".parse().unwrap();
    world.deliver("forum", &forum_body("comment.created", "c-1", Some(HARTKLOPPINGEN), written)).await;
    world.settle().await;
    let record = world.record(&forum_key("c-1")).await;
    (world, record)
}

#[tokio::test]
async fn each_rule_has_its_day_and_the_others_are_told_beside_it() {
    // Rule, day zero, why, legal due date of an event that is not serious (90 calendar days later).
    let rows = [
        ("received", "2026-03-11", "as the protocol's rule says", "2026-06-09"),
        ("posted", "2026-03-10", "as the protocol's rule says", "2026-06-08"),
        ("seen", "2026-03-11", "nobody has seen it yet, so the day of receipt counts until somebody has", "2026-06-09"),
    ];
    for (rule, date, why, legal) in rows {
        let (world, record) = after_midnight(rule).await;
        let day_zero = record.day_zero().unwrap();
        assert_eq!(day_zero.date().to_string(), date, "{rule}");
        assert_eq!(day_zero.why.sentence(), why, "{rule}");
        assert_eq!(day_zero.terms.rule.as_str(), rule);
        assert_eq!(day_zero.protocol.as_ref().unwrap().to_string(), "migraine-nl v3", "{rule}");
        let days = day_zero.readings.map(|reckoned| reckoned.on.map(|(_, date)| date.to_string()));
        assert_eq!(days, [Some("2026-03-11".to_owned()), Some("2026-03-10".to_owned()), None], "{rule}");
        assert_eq!(record.legal_date(&record.alerts[0]).unwrap().to_string(), legal, "{rule}");
        assert_eq!(record.alerts[0].plan.deadlines.legal.unwrap().to_string(), legal, "{rule}: planned and shown are one");
        let (_, sent) = world.sent().remove(0);
        assert_eq!(sent.field("day_zero").as_deref(), Some(date), "{rule}");
        world.end().await;
    }
}

#[tokio::test]
async fn the_rule_of_first_sight_counts_from_whoever_first_had_it_in_hand() {
    let (world, _) = after_midnight("seen").await;
    world.clock.advance(SignedDuration::from_hours(30));
    world.settle().await;
    let key = forum_key("c-1");
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    let day_zero = world.record(&key).await.day_zero().unwrap();
    assert_eq!((day_zero.date().to_string().as_str(), day_zero.why.sentence()), ("2026-03-12", "as the protocol's rule says"));
    assert_eq!(day_zero.legal().0.to_string(), "2026-03-27");
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn a_clock_of_the_platform_that_runs_ahead_moves_no_day_zero() {
    let world = World::empty("2026-03-11T23:55:00+01:00").await;
    world.publish(&protocol("posted", 3)).await.unwrap();
    let ahead = world.clock.now() + SignedDuration::from_mins(9);
    world.deliver("forum", &forum_body("comment.created", "c-1", Some(HARTKLOPPINGEN), ahead)).await;
    world.settle().await;
    let day_zero = world.record(&forum_key("c-1")).await.day_zero().unwrap();
    assert_eq!(day_zero.date().to_string(), "2026-03-11");
    assert!(day_zero.why.sentence().starts_with("the platform told no usable time"));
    world.end().await;
}

#[tokio::test]
async fn a_new_protocol_moves_no_day_zero_that_people_were_told() {
    let (world, before) = after_midnight("received").await;
    world.publish(&protocol("posted", 4)).await.unwrap();
    let after = world.record(&forum_key("c-1")).await;
    assert_eq!(before.day_zero(), after.day_zero());
    world.end().await;
}

#[tokio::test]
async fn a_person_sets_day_zero_with_a_reason_and_the_old_day_stays() {
    let (world, _) = after_midnight("received").await;
    let key = forum_key("c-1");
    let address = format!("/api/comments/{key}/day-zero");
    let set = |date: &str, reason: &str| json!({"date": date, "reason": reason, "by": "Bram"});
    let answer = world.api("POST", &address, Some(set("2026-03-09", "a moderator told us by telephone"))).await;
    assert_eq!(answer["day_zero"][0]["date"], "2026-03-09");
    assert_eq!(answer["day_zero"][0]["by_rule"], "2026-03-11");
    let one_set = world.clock.now();
    world.clock.advance(SignedDuration::from_mins(1));
    world.api("POST", &address, Some(set("2026-03-10", "it was the tenth after all"))).await;
    let answer = world.api("GET", &format!("/api/comments/{key}"), None).await;
    let days: Vec<(&Value, &Value)> =
        answer["day_zero"][0]["set"].as_array().unwrap().iter().map(|set| (&set["before"], &set["date"])).collect();
    assert_eq!(days, [(&json!("2026-03-11"), &json!("2026-03-09")), (&json!("2026-03-09"), &json!("2026-03-10"))]);
    assert_eq!(answer["day_zero"][0]["legal_serious"], "2026-03-25");
    assert_eq!(answer["alerts"][0]["legal"], "2026-06-08");
    assert_eq!(answer["alerts"][0]["legal_as_planned"], "2026-06-09", "what people were told stays in the plan");
    let page = world.page(&format!("/comments/{key}")).await;
    assert!(page.contains("it was the tenth after all") && page.contains("in place of 2026-03-11"), "{page}");
    let evidence = world.page(&format!("/comments/{key}/evidence")).await;
    for words in [
        "Bram set it; by the rule it would be 2026-03-11. The rule of migraine-nl v3 counts from when Dayzero received it.",
        "a moderator told us by telephone",
        "it was the tenth after all",
        "first sight",
        "2026-03-25",
        "2026-06-09 as planned",
        "SNS does not tell when",
    ] {
        assert!(evidence.contains(words), "{words}: {evidence}");
    }
    assert!(!evidence.contains("name=\"date\""), "evidence is no form");
    let api = world.api("GET", &format!("/api/comments/{key}/evidence"), None).await;
    assert_eq!((&api["day_zero"], api["ledger"][0]["name"].as_str()), (&answer["day_zero"], Some("platform_created_at")));
    let past = world.page(&format!("/comments/{key}?as_of={one_set}")).await;
    assert!(past.contains("by telephone") && !past.contains("the tenth after all"), "what was known then");
    assert!(!past.contains("method=\"post\""), "nothing can be set in the past");
    let told = kinds(&world.chain(&key).await);
    assert_eq!(told.iter().filter(|kind| kind.starts_with("day zero")).count(), 2, "{told:?}");
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn a_day_zero_without_a_reason_or_in_the_future_is_refused_in_one_sentence() {
    let (world, _) = after_midnight("received").await;
    let key = forum_key("c-1");
    let address = format!("/api/comments/{key}/day-zero");
    let rows = [
        (json!({"date": "2026-03-09"}), "`reason` is missing: say why day zero is another day than the rule gives."),
        (json!({"reason": "x"}), "`date` is missing: the calendar day that is to be day zero, such as 2026-03-02."),
        (json!({"date": "9 March", "reason": "x"}), "`date` must be a calendar day such as 2026-03-02."),
        (json!({"date": "2026-03-12", "reason": "x"}), "`date` lies in the future: nobody can have known of it then."),
        (json!({"date": "2026-03-11", "reason": "x"}), "`date` is day zero already."),
    ];
    for (body, sentence) in rows {
        let answer = world.ask("POST", &address, Some(body.clone())).await;
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &said["error"]), (422, &json!(sentence)), "{body}");
    }
    let chain = world.chain(&key).await;
    assert!(kinds(&chain).iter().all(|kind| !kind.starts_with("day zero")));
    world.end().await;
}

#[tokio::test]
async fn every_time_is_kept_and_none_is_overwritten() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(3));
    world.forum_event("comment.edited", "c-1", Some("Sinds ik Norvexa slik heb ik erge hartkloppingen")).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(3));
    world.forum_event("comment.deleted", "c-1", None).await;
    world.settle().await;
    let record = world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    let decision = json!({"decision": "case", "case_number": "NL-1", "revision": record["revision"]});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    let filled: Vec<(&str, usize)> = ledger(&world.record(&key).await).iter().map(|line| (line.name, line.at.len())).collect();
    let expected = [
        ("platform_created_at", 1),
        ("platform_edited_at", 1),
        ("platform_deleted_at", 1),
        ("received_at", 1),
        ("classified_at", 1),
        ("first_flagged_at", 1),
        ("first_displayed_to_human_at", 0),
        ("alert_published_at", 1),
        ("alert_delivered_at", 0),
        ("acknowledged_at", 1),
        ("first_human_flag_at", 1),
        ("decided_at", 1),
        ("exported_at", 0),
        ("safety_db_receipt_at", 0),
    ];
    assert_eq!(filled, expected);
    assert_eq!(DayZeroRule::ALL.map(DayZeroRule::as_str), ["received", "posted", "seen"]);
    world.settle().await;
    world.end().await;
}
