//! Faults at the door: signatures, secrets, the store, the keys, clocks, what a platform says and what nobody can read.

use std::collections::BTreeMap;

use dayzero::http::{GATEWAY_TIME, Request, Response};
use dayzero::local::samples;
use dayzero::metrics::Metric;
use dayzero::model::Provider;
use dayzero::receive;
use dayzero::secrets::{SecretStore, Secrets};
use jiff::SignedDuration;

use super::{AROUND, HARTKLOPPINGEN, Story};
use crate::faults::Fault;
use crate::samples::sample;
use crate::world::{World, forum_body};

/// Posts one body with the signature of another, or with a header more.
async fn post(world: &World, signed: &str, sent: &str, more: Option<(&str, String)>) -> Response {
    let mut headers =
        samples::sign("forum", Provider::Forum, signed.as_bytes(), world.clock.now()).expect("a development secret");
    headers.extend(more.map(|(name, value)| (name.to_owned(), value)));
    let (method, path) = ("POST".to_owned(), "/webhooks/forum".to_owned());
    receive::handle(&world.receive, &Request { method, path, query: vec![], headers, body: sent.as_bytes().to_vec() }).await
}

fn comment(world: &World, id: &str) -> String {
    forum_body("comment.created", id, Some("Wat een fijne pagina"), world.clock.now())
}

/// Minutes with this many webhooks of a healthy or a mis-keyed platform, which sends the same comment again and again.
async fn webhooks(story: &mut Story, minutes: i64, a_minute: usize, genuine: bool) {
    let body = comment(&story.world, "c-1");
    let signed = if genuine { body.clone() } else { "{}".to_owned() };
    for _ in 0..minutes {
        for _ in 0..a_minute {
            let expected = if genuine { 200 } else { 401 };
            assert_eq!(post(&story.world, &signed, &body, None).await.status, expected);
        }
        story.minute().await;
    }
}

#[tokio::test]
async fn a_secret_that_was_changed_on_one_side_is_an_alarm() {
    let mut story = Story::of("bad_secret_busy", World::new().await);
    webhooks(&mut story, AROUND, 10, true).await;
    story.begins(&["SignaturesRefused", "MostSignaturesRefused"]);
    webhooks(&mut story, 8, 10, false).await;
    story.ends(Metric::SignatureRefused, 80);
    webhooks(&mut story, AROUND, 10, true).await;
    story.write().await;
}

#[tokio::test]
async fn so_it_is_at_a_quiet_door() {
    let mut story = Story::of("bad_secret_quiet", World::new().await);
    webhooks(&mut story, AROUND, 1, true).await;
    story.begins(&["MostSignaturesRefused"]);
    webhooks(&mut story, 8, 1, false).await;
    story.ends(Metric::SignatureRefused, 8);
    webhooks(&mut story, AROUND, 1, true).await;
    story.write().await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_an_alarm() {
    let mut story = Story::of("secret_unreadable", World::new().await);
    webhooks(&mut story, AROUND, 1, true).await;
    let known = story.world.receive.secrets.clone();
    // A process that starts now, while the secret store has nothing for it.
    let nothing = Secrets::new(SecretStore::Development(BTreeMap::new()), story.world.clock.clone());
    story.world.receive.secrets = nothing.counted(story.world.metrics.clone());
    story.begins(&["SecretIsUnreadable", "StoreIsUnavailable"]);
    for _ in 0..4 {
        let body = comment(&story.world, "c-2");
        assert_eq!(post(&story.world, &body, &body, None).await.status, 503);
        story.minute().await;
    }
    story.world.receive.secrets = known;
    story.ends(Metric::SecretUnreadable, 4);
    webhooks(&mut story, AROUND, 1, true).await;
    story.write().await;
}

#[tokio::test]
async fn a_store_that_is_away_is_an_alarm() {
    let mut story = Story::of("store_away", World::new().await);
    webhooks(&mut story, AROUND, 1, true).await;
    story.world.table_faults.all(Fault::ServerError);
    story.begins(&["StoreIsUnavailable"]);
    for _ in 0..4 {
        let body = comment(&story.world, "c-2");
        assert_eq!(post(&story.world, &body, &body, None).await.status, 503);
        story.dark_minute();
    }
    story.world.table_faults.clear();
    story.ends(Metric::StoreUnavailable, 4);
    webhooks(&mut story, AROUND, 1, true).await;
    story.write().await;
}

#[tokio::test]
async fn a_key_store_that_is_away_is_an_alarm() {
    let mut story = Story::of("key_store_away", World::new().await);
    webhooks(&mut story, AROUND, 1, true).await;
    story.world.key_faults.all(Fault::ServerError);
    story.begins(&["KeyStoreIsUnavailable"]);
    for minute in 0..5 {
        let body = comment(&story.world, &format!("c-{minute}"));
        assert_eq!(post(&story.world, &body, &body, None).await.status, 200);
        story.minute().await;
    }
    story.world.key_faults.clear();
    story.ends(Metric::KeyStoreUnavailable, 3);
    // The key store rests for a while before it is asked again.
    webhooks(&mut story, AROUND + 2, 1, true).await;
    story.write().await;
}

#[tokio::test]
async fn clocks_that_disagree_are_an_alarm_and_both_readings_are_kept() {
    let mut story = Story::of("clock_fault", World::new().await);
    webhooks(&mut story, AROUND, 1, true).await;
    story.begins(&["ClocksDisagree"]);
    for minute in 0..4 {
        let gateway = story.world.clock.now() - SignedDuration::from_secs(30);
        let body = comment(&story.world, &format!("c-{minute}"));
        let header = (GATEWAY_TIME, gateway.as_millisecond().to_string());
        assert_eq!(post(&story.world, &body, &body, Some(header.clone())).await.status, 200);
        let open = story.world.store.open_work(story.world.clock.now(), 10).await.unwrap();
        let Some(dayzero::store::Work::Delivery(id)) = open.first().map(|open| open.work.clone()) else { panic!("{open:?}") };
        let kept = story.world.store.delivery(&id).await.unwrap().unwrap().delivery;
        assert_eq!((kept.received_at, &kept.headers[GATEWAY_TIME]), (story.world.clock.now(), &header.1));
        story.minute().await;
    }
    story.ends(Metric::ClockDisagrees, 4);
    webhooks(&mut story, AROUND, 1, true).await;
    story.write().await;
}

#[tokio::test]
async fn clocks_that_agree_leave_no_trace_and_a_stranger_rings_no_alarm() {
    let world = World::new().await;
    let reading = |seconds| (world.clock.now() - SignedDuration::from_secs(seconds)).as_millisecond().to_string();
    let body = comment(&world, "c-1");
    assert_eq!(post(&world, &body, &body, Some((GATEWAY_TIME, reading(4)))).await.status, 200);
    assert_eq!(post(&world, "{}", &body, Some((GATEWAY_TIME, reading(600)))).await.status, 401);
    assert!(!world.metrics.lines().concat().contains(Metric::ClockDisagrees.as_str()));
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn a_subscription_that_ended_is_an_alarm() {
    let mut story = Story::of("subscription_ended", World::new().await);
    story.minutes(AROUND).await;
    story.begins(&["SubscriptionHasEnded"]);
    assert_eq!(story.world.post("x", &sample("x/account_revoked")).await.status, 200);
    story.minutes(1).await;
    story.ends(Metric::SubscriptionEnded, 1);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn much_that_nobody_can_read_is_an_alarm() {
    let mut story = Story::of("unreadable", World::new().await);
    story.minutes(AROUND).await;
    story.begins(&["ElementsAreUnreadable"]);
    for minute in 0..4 {
        for number in 0..6 {
            story.world.deliver("forum", &format!("{{\"type\": \"news {minute} {number}\", \"items\": 7}}")).await;
        }
        story.minute().await;
    }
    story.ends(Metric::Quarantined, 24);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_platform_that_stops_asking_is_an_alarm() {
    let mut story = Story::of("handshake_overdue", World::new().await);
    let ask = async |story: &Story| {
        let query = vec![("challengeCode".to_owned(), "890e4665-4dfe-4ab1-b689-ed553bceeed0".to_owned())];
        let (method, path) = ("GET".to_owned(), "/webhooks/linkedin".to_owned());
        let call = Request { method, path, query, headers: vec![], body: vec![] };
        assert_eq!(receive::handle(&story.world.receive, &call).await.status, 200);
    };
    ask(&story).await;
    story.minutes(AROUND).await;
    story.jump(SignedDuration::from_hours(7));
    story.begins(&["HandshakeIsOverdue"]);
    story.minutes(4).await;
    ask(&story).await;
    story.ends(Metric::HandshakeOverdue, 4);
    story.minutes(AROUND).await;
    story.write().await;
}

#[tokio::test]
async fn a_door_whose_comments_come_is_no_alarm() {
    let mut story = Story::of("healthy", World::new().await);
    for minute in 0..20 {
        story.world.forum_says(&format!("c-{minute}"), HARTKLOPPINGEN).await;
        // The stream wakes the stages at once.
        story.world.settle().await;
        story.minute().await;
    }
    let alerted = story.world.told().len();
    assert!(alerted > 10, "only {alerted} messages went out");
    story.write().await;
}
