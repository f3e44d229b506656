//! Stories of the weekly sample: drawn once and by a seed that anybody can use again, read one by one, and what it says of the machine.

use dayzero::local::samples;
use dayzero::model::Happening;
use dayzero::reconcile::nights;
use serde_json::json;

use crate::reconcile::{CAMPAIGN, DAY, HARMLESS, campaign, case, decide, stage};
use crate::world::{WEDNESDAY_MORNING, World};

#[tokio::test]
async fn the_weeks_sample_is_drawn_once_and_read_one_by_one() {
    let world = World::new().await;
    let mut keys = Vec::new();
    for index in 0..12 {
        keys.push(world.forum_says(&format!("c-{index}"), &format!("{HARMLESS} {index}")).await);
    }
    world.settle().await;
    world.pass(6 * DAY).await;
    let (one, other) = (stage(&world), stage(&world));
    let (first, second) = tokio::join!(nights(&one), nights(&other));
    first.unwrap();
    second.unwrap();
    let draws = one.draws(&campaign()).await.unwrap();
    let weeks: Vec<String> = draws.iter().map(|draw| draw.name()).collect();
    assert_eq!(weeks, ["2026-W07", "2026-W08", "2026-W09", "2026-W10", "2026-W11"]);
    let draw = draws.last().unwrap();
    assert!(!draw.drawn.is_empty() && draw.population == 12, "{draw:?}");

    // Anybody can draw again from what is noted.
    let population = world.store.document(&draw.population_digest).await.unwrap().unwrap();
    let mut places: Vec<(String, &str)> = population.lines().map(|key| (place(&draw.seed, key), key)).collect();
    places.sort();
    let again: Vec<&str> = places.iter().take(draw.drawn.len()).map(|(_, key)| *key).collect();
    assert_eq!(again, draw.drawn.iter().map(|key| key.as_str()).collect::<Vec<_>>());
    for key in &keys {
        let marks = world.chain(key).await.iter().filter(|entry| matches!(entry.what, Happening::Sampled { .. })).count();
        assert_eq!(marks, usize::from(draw.drawn.contains(key)), "{key}");
    }

    // Decided together with others, it is refused and waits; by itself, it counts.
    let key = &draw.drawn[0];
    let revision = world.record(key).await.revision;
    let queue = world.page("/?state=all&limit=200").await;
    let token = queue.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let bulk = queue
        .split("action=\"/decisions")
        .nth(1)
        .and_then(|form| form.split("value=\"").nth(1))
        .and_then(|rest| rest.split('"').next());
    let token = bulk.unwrap_or(token);
    let answer = world
        .submit("/decisions", &[("token", token), ("reason", "een wandeling"), ("pick", &format!("{key}@{revision}"))])
        .await;
    assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
    assert!(answer.headers["location"].contains("decided-0-1"), "{:?}", answer.headers);
    assert!(world.page("/sample").await.contains(key.as_str()));
    decide(&world, key, json!({"decision": "not_a_case", "reason": "een wandeling"})).await;
    assert!(!world.page("/sample").await.contains(key.as_str()));
    assert!(world.page("/quality").await.contains("not enough read yet"));
    world.abandon();
}

#[tokio::test]
async fn what_the_sample_shows_is_measured_and_told_with_its_number() {
    let world = World::empty(WEDNESDAY_MORNING).await;
    world.publish(&samples::PROTOCOL.replace("sample = 0.02", "sample = 1.0")).await.unwrap();
    let found = case(&world, "c-found", "NL-1").await;
    let mut keys = Vec::new();
    for index in 0..21 {
        keys.push(world.forum_says(&format!("c-{index}"), &format!("{HARMLESS} {index}")).await);
    }
    world.settle().await;
    world.pass(6 * DAY).await;
    nights(&stage(&world)).await.unwrap();
    assert!(world.record(&found).await.samples.is_empty(), "people read it anyway");
    for key in &keys[1..] {
        decide(&world, key, json!({"decision": "not_a_case", "reason": "een wandeling"})).await;
    }
    decide(&world, &keys[0], json!({"decision": "quality_complaint", "reason": "de verpakking"})).await;
    let made = world.api("POST", &format!("/api/statements/{CAMPAIGN}"), Some(json!({"period": "2026-W11"}))).await;
    let all = &made["statement"]["recall"][0];
    let counts = ["found", "lowest_band", "drawn", "read", "missed"].map(|name| all[name].as_u64().unwrap());
    assert_eq!(counts, [1, 21, 21, 21, 1]);
    // Everything was read, so that what was missed is known: one found, one missed.
    assert_eq!(all["recall_at_least"], json!(500_000));
    // The page shows the newest period's, which every night makes anew.
    world.api("POST", &format!("/api/statements/{CAMPAIGN}"), Some(json!({"period": "2026-03-16"}))).await;
    let page = world.page("/quality").await;
    assert!(page.contains("at least 50.00 % (sample of 21)") && page.contains("(1 of 21 read)"), "{page}");
    let quality = world.api("GET", "/api/quality", None).await;
    assert_eq!(quality["campaigns"][0]["recall"][0]["read"], json!(21));
    world.end().await;
}

fn place(seed: &str, key: &str) -> String {
    use sha2::{Digest, Sha256};
    let bytes: Vec<u8> = hex::decode(seed).unwrap().into_iter().chain(key.bytes()).collect();
    hex::encode(Sha256::digest(bytes))
}
