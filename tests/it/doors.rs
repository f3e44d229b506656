//! Stories at the doors of platforms that ask again and again whether the address is ours, and of those that end a subscription.

use std::collections::BTreeMap;

use dayzero::http::{Request, Response};
use dayzero::line::Line;
use dayzero::metrics::Metric;
use dayzero::receive;
use jiff::{SignedDuration, Timestamp};

use crate::samples::sample;
use crate::world::World;

async fn ask(world: &World, door: &str, query: &[(&str, &str)]) -> Response {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let call = Request { method: "GET".to_owned(), path: format!("/webhooks/{door}"), query, headers: vec![], body: vec![] };
    receive::handle(&world.receive, &call).await
}

async fn post_signed(world: &World, door: &str, header: &str, signature: &str, body: &str) -> Response {
    let headers = vec![(header.to_owned(), signature.to_owned())];
    let path = format!("/webhooks/{door}");
    let call = Request { method: "POST".to_owned(), path, query: vec![], headers, body: body.as_bytes().to_vec() };
    receive::handle(&world.receive, &call).await
}

fn member(answer: &Response, name: &str) -> String {
    let json: BTreeMap<String, String> = serde_json::from_slice(&answer.body).unwrap();
    json[name].clone()
}

/// What the last line about overdue handshakes said, after a tick.
async fn overdue(line: &Line, world: &World) -> u64 {
    line.tick(Timestamp::MAX).await.unwrap();
    let lines = world.metrics.lines();
    let last = lines.iter().rev().find(|line| line.contains(Metric::HandshakeOverdue.as_str())).unwrap();
    serde_json::from_str::<serde_json::Value>(last).unwrap()[Metric::HandshakeOverdue.as_str()].as_u64().unwrap()
}

const UUID: &str = "890e4665-4dfe-4ab1-b689-ed553bceeed0";
const TOPIC: &str = "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UCsamenovermigraine00001";

#[tokio::test]
async fn a_challenge_answered_at_the_door_opens_it_for_no_forgery() {
    let world = World::new().await;
    let forged = r#"{"for_user_id":"1500000000000000001","tweet_create_events":[{"id_str":"666","text":"niets aan de hand"}]}"#;
    assert_eq!(ask(&world, "x", &[("crc_token", forged)]).await.status, 401, "a body is no token");
    let answer = ask(&world, "x", &[("crc_token", "Y2hhbGxlbmdl")]).await;
    assert_eq!(answer.status, 200);
    let signature = member(&answer, "response_token");
    for body in ["Y2hhbGxlbmdl", forged] {
        let posted = post_signed(&world, "x", "x-twitter-webhooks-signature", &signature, body).await;
        assert_eq!((posted.status, posted.body.as_slice()), (401, b"".as_slice()), "{body}");
    }

    let forged = r#"hmacsha256={"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[]}"#;
    assert_eq!(ask(&world, "linkedin", &[("challengeCode", forged)]).await.status, 401, "a body is no code");
    let answer = ask(&world, "linkedin", &[("challengeCode", UUID)]).await;
    assert_eq!((answer.status, member(&answer, "challengeCode").as_str()), (200, UUID));
    let signature = member(&answer, "challengeResponse");
    for body in [UUID, &forged["hmacsha256=".len()..], "{}"] {
        assert_eq!(post_signed(&world, "linkedin", "x-li-signature", &signature, body).await.status, 401, "{body}");
    }
    assert!(world.store.open_work(Timestamp::MAX, 10).await.unwrap().is_empty(), "nothing was kept");
    world.end().await;
}

#[tokio::test]
async fn a_platform_that_stops_asking_is_an_alarm_until_it_asks_again() {
    let world = World::new().await;
    assert_eq!(overdue(&world.line, &world).await, 0, "a door that was never asked waits for nothing");
    let linkedin = [("challengeCode", UUID)];
    let lease = [("hub.mode", "subscribe"), ("hub.topic", TOPIC), ("hub.challenge", "1"), ("hub.lease_seconds", "432000")];
    let token = ("hub.verify_token", "development-only-youtube-verify-token");
    let youtube: Vec<(&str, &str)> = lease.into_iter().chain([token]).collect();
    for (door, query) in [("linkedin", linkedin.as_slice()), ("x", &[("crc_token", "abc")]), ("youtube", &youtube)] {
        assert_eq!(ask(&world, door, query).await.status, 200, "{door}");
    }
    let rows = [(6, 0), (7, 1), (27, 1), (29, 2), (119, 2), (121, 3)];
    let start = world.clock.now();
    for (hours, expected) in rows {
        world.clock.advance((start + SignedDuration::from_hours(hours)).duration_since(world.clock.now()));
        assert_eq!(overdue(&world.line, &world).await, expected, "after {hours} h");
    }
    assert!(world.store.handshakes().await.unwrap().values().all(|shaken| shaken.missed), "each was said");
    assert_eq!(ask(&world, "linkedin", &linkedin).await.status, 200);
    assert_eq!(overdue(&world.line, &world).await, 2, "and is cleared when it is heard again");
    world.end().await;
}

#[tokio::test]
async fn a_refused_handshake_is_no_handshake() {
    let world = World::new().await;
    for (door, query) in
        [("linkedin", ("challengeCode", "no-uuid")), ("x", ("crc_token", "{}")), ("youtube", ("hub.mode", "subscribe"))]
    {
        assert_eq!(ask(&world, door, &[query]).await.status, 401, "{door}");
    }
    assert!(world.store.handshakes().await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_store_that_is_away_fails_no_handshake() {
    let world = World::new().await;
    assert_eq!(ask(&world, "x", &[("crc_token", "abc")]).await.status, 200);
    world.clock.advance(SignedDuration::from_secs(61));
    world.table_faults.all(crate::faults::Fault::ServerError);
    assert_eq!(ask(&world, "x", &[("crc_token", "abc")]).await.status, 200, "the platform would end the subscription");
    world.table_faults.clear();
    world.end().await;
}

#[tokio::test]
async fn the_end_of_a_subscription_is_an_alarm_and_a_matter_and_no_alert() {
    let world = World::new().await;
    for (door, name) in [("x", "x/account_revoked"), ("tiktok", "tiktok/authorization_removed")] {
        for _ in 0..2 {
            assert_eq!(world.post(door, &sample(name)).await.status, 200, "{name}");
            world.settle().await;
        }
    }
    let ended = world.metrics.lines().iter().filter(|line| line.contains(Metric::SubscriptionEnded.as_str())).count();
    assert_eq!(ended, 2, "the same delivery again is the same end");
    let queue = world.page("/?state=all").await;
    assert_eq!(queue.matches("until somebody subscribes again").count(), 2, "{queue}");
    assert!(world.told().is_empty());
    assert_eq!(world.store.keys().await.unwrap().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn what_two_accounts_are_told_of_is_one_record_with_two_sightings() {
    let world = World::new().await;
    world.publish(&crate::campaigns::second()).await.unwrap();
    let post = |account: &str| {
        serde_json::json!({"for_user_id": account, "tweet_create_events": [{
            "id_str": "1900000000000000777", "text": "@a @b Sinds ik Norvexa slik heb ik hartkloppingen",
            "created_at": "Wed Mar 11 08:00:00 +0000 2026", "user": {"id_str": "42", "name": "Sanne", "screen_name": "sanne"},
        }]})
        .to_string()
    };
    for account in ["1500000000000000001", "1500000000000000002"] {
        world.deliver("x", &post(account)).await;
        world.settle().await;
    }
    let keys = world.store.keys().await.unwrap();
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    let record = world.record(key).await;
    let accounts: Vec<&str> = record.sightings.iter().map(|(_, sighting)| sighting.id.account.as_str()).collect();
    assert_eq!(accounts, ["1500000000000000001", "1500000000000000002"]);
    assert_eq!((record.texts().len(), record.readings.len(), record.alerts.len()), (1, 1, 1));
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn what_another_account_of_ours_writes_is_kept_and_never_alerted() {
    let world = World::new().await;
    let body = r#"{"type":"comment.created","timestamp":"2026-03-11T08:00:00Z","data":{"comment_id":"c-1","post_id":"t-1",
        "author":{"id":"u-redactie"},"text":"Heeft u hartkloppingen van Norvexa? Meld het ons.",
        "created_at":"2026-03-11T08:00:00Z"}}"#;
    world.deliver("forum", body).await;
    world.settle().await;
    let record = world.record(&crate::world::forum_key("c-1")).await;
    assert!(record.sightings[0].1.own_account && record.alerts.is_empty());
    assert_eq!(record.band(), dayzero::model::Band::Log);
    world.end().await;
}

#[tokio::test]
async fn what_comes_long_after_it_was_sent_is_marked_as_late() {
    let world = World::new().await;
    let sent = world.clock.now() - SignedDuration::from_hours(30);
    let body = serde_json::json!({"type": "comment.created", "timestamp": sent.to_string(), "data": {"comment_id": "c-1",
        "post_id": "t-1", "text": "Wat een dag", "created_at": sent.to_string()}});
    world.deliver("forum", &body.to_string()).await;
    world.settle().await;
    let key = crate::world::forum_key("c-1");
    let (_, sighting) = world.record(&key).await.sightings[0].clone();
    assert_eq!(sighting.late(), Some(SignedDuration::from_hours(30)));
    assert!(world.page(&format!("/comments/{key}")).await.contains("told 30 h late"));
    world.end().await;
}
