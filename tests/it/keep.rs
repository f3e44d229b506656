//! Stories of words that have to go and words that have to stay: the platform's copy follows deletions and expires, a safety record is
//! held, and nothing that went comes back.

use dayzero::model::chain;
use dayzero::model::delivery::DeliveryState;
use dayzero::model::{CommentKey, Happening, Record};
use dayzero::store::{OpenWork, Work};
use jiff::Timestamp;
use serde_json::json;

use crate::faults::Fault;
use crate::world::{World, forum_body, forum_key, kinds, noise};

const HARMLESS: &str = "Wat een mooie wandeling was dat zaterdag";
const REPORT: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";

/// Six months and a day, in minutes: longer than the sample protocol keeps what is no safety matter.
const PAST_RETENTION: i64 = 181 * 24 * 60;

async fn decide(world: &World, key: &CommentKey, outcome: serde_json::Value) {
    let mut decision = outcome;
    decision["revision"] = json!(world.record(key).await.revision);
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.settle().await;
}

async fn not_a_case(world: &World, key: &CommentKey) {
    decide(world, key, json!({"decision": "not_a_case", "reason": "een wandeling"})).await;
}

/// Every place in which the words of a record's comment may lie, in one text.
async fn everywhere(world: &World, key: &CommentKey) -> String {
    let mut found = serde_json::to_string(&world.store.sealed(key).await.unwrap()).unwrap();
    found += &world.head(key).await.text.map(|text| text.expose().to_owned()).unwrap_or_default();
    for (_, sighting) in world.record(key).await.sightings {
        let kept = world.store.delivery(&sighting.delivery).await.unwrap().unwrap();
        found += &String::from_utf8_lossy(&kept.delivery.body);
    }
    for address in [format!("/comments/{key}"), "/?state=all".to_owned(), format!("/api/comments/{key}")] {
        found += &String::from_utf8_lossy(&world.ask("GET", &address, None).await.body);
    }
    found
}

/// Whether the keys of a record and of its deliveries are destroyed, and what they sealed is gone as well.
async fn no_key_and_no_ciphertext(world: &World, key: &CommentKey) -> bool {
    let record = format!("comment#{key}");
    let mut gone = world.store.vault().key(&record, 0).await.unwrap().is_none();
    gone &= world.items(&record).await.iter().all(|item| !item.contains_key("words"));
    for id in &world.record(key).await.deliveries {
        for item in world.items(&format!("delivery#{}#{}", id.door, id.digest)).await {
            let named = item["body_key"].as_s().unwrap();
            gone &= world.store.vault().key(named, 0).await.unwrap().is_none();
            gone &= !item.contains_key("body");
        }
    }
    gone
}

async fn verifies(world: &World, key: &CommentKey) -> bool {
    chain::open::<_, Happening>(key, world.store.sealed(key).await.unwrap()).is_ok()
}

#[tokio::test]
async fn what_its_author_deleted_goes_once_people_have_said_that_it_is_no_safety_matter() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARMLESS).await;
    world.settle().await;
    world.pass(5).await;
    world.forum_event("comment.deleted", "c-1", None).await;
    world.settle().await;
    assert_eq!(kinds(&world.chain(&key).await).last().unwrap(), "held undecided deletedonplatform");
    assert!(everywhere(&world, &key).await.contains(HARMLESS), "nobody has read it yet");

    not_a_case(&world, &key).await;

    assert_eq!(kinds(&world.chain(&key).await).last().unwrap(), "erased deletedonplatform");
    assert!(!everywhere(&world, &key).await.contains("wandeling was"));
    assert!(!everywhere(&world, &key).await.contains("Sanne"), "nor the author's name");
    assert!(verifies(&world, &key).await);
    assert!(world.page(&format!("/comments/{key}")).await.contains("Its words were erased."));
    world.pass(PAST_RETENTION).await;
    assert_eq!(kinds(&world.chain(&key).await).iter().filter(|kind| kind.starts_with("erased")).count(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_case_is_held_with_its_ground_though_its_author_deleted_it() {
    let world = World::new().await;
    let key = world.forum_says("c-1", REPORT).await;
    world.settle().await;
    decide(&world, &key, json!({"decision": "case", "case_number": "NL-2026-1"})).await;
    world.forum_event("comment.deleted", "c-1", None).await;
    world.settle().await;
    assert_eq!(kinds(&world.chain(&key).await).last().unwrap(), "held safetyrecord deletedonplatform");
    let page = world.page(&format!("/comments/{key}")).await;
    assert!(page.contains("Its words are kept under hold.") && page.contains("Art. 17(3)(b)"), "{page}");
    let api = world.api("GET", &format!("/api/comments/{key}"), None).await;
    assert_eq!((&api["held"]["ground"], &api["erased"]), (&json!("safety_record"), &json!(null)));
    world.pass(PAST_RETENTION).await;
    assert!(everywhere(&world, &key).await.contains(REPORT));
    // A later opinion does not undo that it was a case.
    decide(&world, &key, json!({"decision": "not_a_case", "reason": "vergissing"})).await;
    world.pass(PAST_RETENTION).await;
    assert!(everywhere(&world, &key).await.contains(REPORT));
    assert_eq!(kinds(&world.chain(&key).await).iter().filter(|kind| kind.starts_with("held")).count(), 1, "said once");
    world.end().await;
}

#[tokio::test]
async fn what_is_no_safety_matter_goes_when_the_protocols_time_is_over() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARMLESS).await;
    world.settle().await;
    not_a_case(&world, &key).await;
    world.pass(179 * 24 * 60).await;
    assert!(everywhere(&world, &key).await.contains(HARMLESS));
    world.pass(2 * 24 * 60).await;
    assert_eq!(kinds(&world.chain(&key).await).last().unwrap(), "erased retention");
    assert!(!everywhere(&world, &key).await.contains(HARMLESS));
    world.end().await;
}

#[tokio::test]
async fn a_platforms_own_limit_ends_its_copy_and_a_case_outlives_it() {
    let world = World::empty(crate::world::WEDNESDAY_MORNING).await;
    let limited = dayzero::local::samples::PROTOCOL.replace("linkedin = \"48h\"", "forum = \"48h\"");
    world.publish(&limited).await.unwrap();
    let [harmless, unread, case] = ["c-1", "c-2", "c-3"];
    let (harmless, unread) = (world.forum_says(harmless, HARMLESS).await, world.forum_says(unread, "Tot zondag allemaal").await);
    let case = world.forum_says(case, REPORT).await;
    world.settle().await;
    not_a_case(&world, &harmless).await;
    decide(&world, &case, json!({"decision": "case", "case_number": "NL-2026-2"})).await;
    world.pass(48 * 60 - 5).await;
    assert!(everywhere(&world, &harmless).await.contains(HARMLESS));
    world.pass(10).await;
    assert_eq!(kinds(&world.chain(&harmless).await).last().unwrap(), "erased platformlimit");
    assert!(!everywhere(&world, &harmless).await.contains(HARMLESS));
    assert!(kinds(&world.chain(&unread).await).contains(&"held undecided platformlimit".to_owned()));
    assert!(kinds(&world.chain(&case).await).contains(&"held safetyrecord platformlimit".to_owned()));
    not_a_case(&world, &unread).await;
    assert!(!everywhere(&world, &unread).await.contains("Tot zondag"), "once read, it goes at once");
    world.end().await;
}

#[tokio::test]
async fn nothing_that_went_comes_back_and_what_is_new_is_read() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARMLESS).await;
    let (born, first) = (world.clock.now(), forum_body("comment.created", "c-1", Some(HARMLESS), world.clock.now()));
    world.settle().await;
    world.pass(5).await;
    world.forum_event("comment.deleted", "c-1", None).await;
    not_a_case(&world, &key).await;
    let length = world.chain(&key).await.len();

    // The same bytes, the same comment in other bytes, and an old text told again when it is hidden.
    world.deliver("forum", &first).await;
    world.deliver("forum", &format!("{first} ")).await;
    world.deliver("forum", &forum_body("comment.hidden", "c-1", Some(HARMLESS), born)).await;
    world.settle().await;
    assert_eq!(world.chain(&key).await.len(), length + 1, "only the hiding is news");
    let sealed = serde_json::to_string(&world.store.sealed(&key).await.unwrap()).unwrap();
    assert!(!sealed.contains("wandeling was"));

    world.pass(60).await;
    world.forum_event("comment.edited", "c-1", Some(REPORT)).await;
    world.settle().await;
    let record = world.record(&key).await;
    assert_eq!(record.versions.len(), 1);
    assert_eq!(record.alerts.len(), 1, "newer words are words");
    assert!(everywhere(&world, &key).await.contains(REPORT));
    world.end().await;
}

#[tokio::test]
async fn an_older_delivery_that_is_read_only_after_an_erasure_brings_nothing_back() {
    let world = World::new().await;
    let (born, key) = (world.clock.now(), forum_key("c-1"));
    let body = forum_body("comment.created", "c-1", Some(HARMLESS), born);
    world.deliver("forum", &body).await;
    let waiting = world.store.open_work(born, 10).await.unwrap();
    let [OpenWork { work: Work::Delivery(first), .. }] = waiting.as_slice() else { panic!("{waiting:?} is no delivery") };
    let partition = format!("delivery#{}#{}", first.door, first.digest);
    // Nobody gets round to it before the same comment came once more, was closed and was erased.
    let work = world.spoil(&partition, "raw", "work", "elsewhere").await;
    world.pass(5).await;
    world.deliver("forum", &format!("{body} ")).await;
    world.settle().await;
    world.forum_event("comment.deleted", "c-1", None).await;
    not_a_case(&world, &key).await;
    assert!(world.record(&key).await.is_erased());

    world.put(&partition, "raw", "work", work).await;
    world.settle().await;

    let record = world.record(&key).await;
    assert_eq!(record.aware_at.timestamp(), born, "it tells when the company could first know");
    assert!(record.is_erased() && !everywhere(&world, &key).await.contains(HARMLESS));
    assert_eq!(world.store.delivery(first).await.unwrap().unwrap().state, DeliveryState::Erased);
    world.end().await;
}

/// Two comments in one delivery of a page.
fn both(now: Timestamp) -> String {
    let change = |id: &str, text: &str| {
        json!({"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": id, "post_id": "104857600000001_1",
            "from": {"id": "7", "name": "Sanne"}, "message": text, "created_time": now.as_second()}})
    };
    json!({"object": "page", "entry": [{"id": "104857600000001", "time": now.as_second(),
        "changes": [change("1_1", HARMLESS), change("1_2", "Nog een mooie foto erbij")]}]})
    .to_string()
}

fn page_key(id: &str) -> CommentKey {
    dayzero::model::CommentId::new(dayzero::model::Platform::Facebook, "104857600000001", id).key()
}

async fn delivery_state(world: &World, record: &Record) -> DeliveryState {
    world.store.delivery(&record.sightings[0].1.delivery).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_delivery_goes_with_the_last_of_its_comments() {
    let world = World::new().await;
    world.deliver("meta", &both(world.clock.now())).await;
    world.settle().await;
    let (one, other) = (page_key("1_1"), page_key("1_2"));
    not_a_case(&world, &one).await;
    world.pass(24 * 60).await;
    not_a_case(&world, &other).await;
    world.pass(180 * 24 * 60 - 60).await;
    assert!(!serde_json::to_string(&world.store.sealed(&one).await.unwrap()).unwrap().contains(HARMLESS));
    assert_eq!(delivery_state(&world, &world.record(&one).await).await, DeliveryState::WorkedOff, "the other still needs it");
    world.pass(2 * 24 * 60).await;
    assert_eq!(delivery_state(&world, &world.record(&other).await).await, DeliveryState::Erased);
    assert!(!everywhere(&world, &one).await.contains(HARMLESS));
    world.end().await;
}

#[tokio::test]
async fn what_was_written_before_and_arrives_after_an_erasure_is_read() {
    let world = World::new().await;
    let (born, key) = (world.clock.now(), forum_key("c-1"));
    world.pass(30).await;
    // The deletion comes first, with the author's name, and is closed as nothing.
    let deleted = forum_body("comment.deleted", "c-1", None, world.clock.now());
    world.deliver("forum", &deleted).await;
    world.settle().await;
    not_a_case(&world, &key).await;
    assert_eq!(kinds(&world.chain(&key).await).last().unwrap(), "erased deletedonplatform", "the name went");

    world.deliver("forum", &forum_body("comment.created", "c-1", Some(REPORT), born)).await;
    world.settle().await;

    assert_eq!(world.record(&key).await.alerts.len(), 1);
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn every_delivery_that_told_of_it_goes_with_the_words() {
    let world = World::new().await;
    let body = forum_body("comment.created", "c-1", Some(HARMLESS), world.clock.now());
    let key = forum_key("c-1");
    // The same comment in other bytes tells nothing new, and holds the words all the same.
    for body in [body.clone(), format!("{body} "), format!("{body}\n")] {
        world.deliver("forum", &body).await;
        world.settle().await;
    }
    assert_eq!(world.record(&key).await.sightings.len(), 1);
    assert_eq!(world.store.told_again(&key).await.unwrap().len(), 2);
    not_a_case(&world, &key).await;
    world.pass(PAST_RETENTION).await;
    world.deliver("forum", &format!("{body}\n\n")).await;
    world.settle().await;
    let mut told = world.store.told_again(&key).await.unwrap();
    assert_eq!(told.len(), 3);
    told.push(world.record(&key).await.sightings[0].1.delivery.clone());
    for id in told {
        assert_eq!(world.store.delivery(&id).await.unwrap().unwrap().state, DeliveryState::Erased, "{id}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_large_delivery_that_was_erased_and_comes_again_brings_nothing_back() {
    let world = World::new().await;
    let text = noise(900_000);
    let body = forum_body("comment.created", "c-1", Some(&text), world.clock.now());
    world.deliver("forum", &body).await;
    world.settle().await;
    let key = forum_key("c-1");
    not_a_case(&world, &key).await;
    world.pass(PAST_RETENTION).await;
    let id = world.record(&key).await.sightings[0].1.delivery.clone();
    let partition = format!("delivery#{}#{}", id.door, id.digest);
    let erased = world.items(&partition).await;
    assert!(erased.len() >= 2 && erased.iter().all(|item| !item.contains_key("body")), "every part has lost its bytes");
    world.deliver("forum", &body).await;
    world.settle().await;
    assert_eq!(world.items(&partition).await, erased);
    world.end().await;
}

#[tokio::test]
async fn what_could_not_be_read_goes_too_once_people_have_closed_it() {
    let world = World::new().await;
    let words = "ik-heb-hartkloppingen";
    world
        .deliver(
            "forum",
            &format!(r#"{{"type":"comment.created","data":{{"comment_id":"c-1","text":"{words}","post_id":7.5}}}}"#),
        )
        .await;
    world.settle().await;
    let keys = world.store.keys().await.unwrap();
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    let record = world.record(key).await;
    assert!(record.quarantined.is_some());
    not_a_case(&world, key).await;
    let delivery = || world.store.delivery(&record.deliveries[0]);
    assert_eq!(delivery().await.unwrap().unwrap().state, DeliveryState::WorkedOff);
    world.pass(PAST_RETENTION).await;
    assert_eq!(delivery().await.unwrap().unwrap().state, DeliveryState::Erased);
    assert_eq!(kinds(&world.chain(key).await).last().unwrap(), "erased retention");
    world.end().await;
}

#[tokio::test]
async fn a_picture_that_was_added_later_opens_the_comment_again() {
    let world = World::new().await;
    let page = |verb: &str, photo: &str| {
        format!(
            r#"{{"object":"page","entry":[{{"id":"104857600000001","time":1773217800,"changes":[{{"field":"feed","value":{{"item":"comment",
            "verb":"{verb}","comment_id":"1_1","post_id":"104857600000001_1","from":{{"id":"7","name":"Sanne"}},"message":"Kijk nou"{photo},
            "created_time":1773217700}}}}]}}]}}"#
        )
    };
    world.deliver("meta", &page("add", "")).await;
    world.settle().await;
    let key = page_key("1_1");
    assert_eq!(world.record(&key).await.band(), dayzero::model::Band::Log);
    not_a_case(&world, &key).await;
    world.deliver("meta", &page("edited", r#","photo":"https://example.com/p.jpg""#)).await;
    world.settle().await;
    let record = world.record(&key).await;
    assert_eq!((record.band(), record.state()), (dayzero::model::Band::Review, dayzero::model::State::Open));
    assert!(record.unread().is_empty());
    world.end().await;
}

/// The process dies at each request of an erasure in turn; then another one starts and sweeps.
#[tokio::test]
async fn a_crash_in_the_middle_of_an_erasure_leaves_nothing_behind() {
    for fault in [Fault::ServerError, Fault::ReplyLost] {
        let mut crashes = 0;
        // The first sixteen requests ask each part of the index for work, and write nothing.
        for nth in 16.. {
            let world = World::new().await;
            let key = world.forum_says("c-1", HARMLESS).await;
            world.settle().await;
            not_a_case(&world, &key).await;
            world.clock.advance(jiff::SignedDuration::from_mins(PAST_RETENTION));
            let before = world.table_faults.seen();
            world.table_faults.crash_at(nth, fault);
            let _ = world.line.sweep(Timestamp::MAX).await;
            let reached = world.table_faults.seen() - before > nth;
            world.table_faults.clear();
            let done = world.store.open_work(world.clock.now(), 1).await.unwrap().is_empty();
            world.pass(2).await;
            assert!(!everywhere(&world, &key).await.contains("wandeling was"), "{fault:?} at request {nth}");
            assert!(verifies(&world, &key).await, "{fault:?} at request {nth}");
            assert!(no_key_and_no_ciphertext(&world, &key).await, "{fault:?} at request {nth}");
            assert_eq!(kinds(&world.chain(&key).await).iter().filter(|kind| kind.starts_with("erased")).count(), 1);
            world.end().await;
            if !reached || done {
                break;
            }
            crashes += 1;
        }
        assert!(crashes >= 8, "{fault:?}: only {crashes} requests were tried");
    }
}

#[tokio::test]
async fn the_forums_key_is_that_of_its_comment() {
    // The stories above look where the words are; were they to look elsewhere, they would find nothing and be content.
    let world = World::new().await;
    let key = world.forum_says("c-1", HARMLESS).await;
    world.settle().await;
    assert_eq!(key, forum_key("c-1"));
    assert!(everywhere(&world, &key).await.matches(HARMLESS).count() >= 4, "chain, head, delivery and page");
    world.end().await;
}
