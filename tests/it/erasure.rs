//! Stories of a request to erase what one author wrote: two people, what goes and what stays, and a crash in the middle.

use dayzero::erasure::{self, Asked, Refused};
use dayzero::model::erasure::Fate;
use dayzero::model::{CommentKey, HoldGround, JournalId, Platform};
use serde_json::json;

use crate::faults::Fault;
use crate::world::{World, kinds};

fn asked(author: &str) -> Asked {
    Asked { platform: Platform::Forum, account: None, author: author.to_owned(), reason: "brief van 3 maart".to_owned() }
}

async fn decide(world: &World, key: &CommentKey, outcome: serde_json::Value) {
    let mut decision = outcome;
    decision["revision"] = json!(world.record(key).await.revision);
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.settle().await;
}

/// A comment that was closed, one that nobody has read, and a case, all of one author.
async fn three(world: &World) -> [CommentKey; 3] {
    let closed = world.forum_says("c-1", "Wat een mooie wandeling").await;
    let unread = world.forum_says("c-2", "Tot zondag allemaal").await;
    let case = world.forum_says("c-3", "Sinds ik Norvexa slik heb ik hartkloppingen").await;
    world.settle().await;
    decide(world, &closed, json!({"decision": "not_a_case", "reason": "een wandeling"})).await;
    decide(world, &case, json!({"decision": "case", "case_number": "NL-2026-1"})).await;
    [closed, unread, case]
}

async fn last(world: &World, key: &CommentKey) -> String {
    kinds(&world.chain(key).await).pop().unwrap()
}

#[tokio::test]
async fn what_is_no_safety_matter_goes_when_a_second_person_agrees_and_the_rest_stays_with_its_ground() {
    let world = World::new().await;
    let [closed, unread, case] = three(&world).await;
    let expected = [
        (closed.clone(), Fate::Goes),
        (unread.clone(), Fate::Stays(HoldGround::Undecided)),
        (case.clone(), Fate::Stays(HoldGround::SafetyRecord)),
    ];
    for name in ["member-1", "Sanne", " sanne "] {
        let mut fates = erasure::preview(&world.store, &asked(name)).await.unwrap();
        fates.sort_by_key(|(key, _)| expected.iter().position(|(known, _)| known == key));
        assert_eq!(fates, expected, "{name}");
    }
    assert_eq!(erasure::preview(&world.store, &asked("somebody else")).await.unwrap(), []);
    let elsewhere = Asked { account: Some("forum.elders.example".to_owned()), ..asked("Sanne") };
    assert_eq!(erasure::preview(&world.store, &elsewhere).await.unwrap(), []);

    let request = erasure::ask(&world.store, &asked("Sanne"), "Ann", world.clock.now()).await.unwrap();
    world.pass(5).await;
    assert!(world.record(&closed).await.author.is_some(), "nothing goes before somebody agrees");
    let same = erasure::agree(&world.store, &request.id, " ann", world.clock.now()).await;
    assert!(matches!(same, Err(Refused::SamePerson(_))));
    let ordered = erasure::agree(&world.store, &request.id, "Bob", world.clock.now()).await.unwrap();
    assert_eq!(ordered, 3);
    world.settle().await;

    assert_eq!(last(&world, &closed).await, "erased request");
    assert!(world.record(&closed).await.is_erased());
    assert_eq!(last(&world, &unread).await, "held undecided request");
    assert_eq!(last(&world, &case).await, "held safetyrecord request");
    decide(&world, &unread, json!({"decision": "not_a_case", "reason": "een groet"})).await;
    assert_eq!(last(&world, &unread).await, "erased request");
    assert!(world.record(&case).await.author.is_some());
    let again = erasure::agree(&world.store, &request.id, "Cor", world.clock.now()).await;
    assert!(matches!(again, Err(Refused::Unknown(_))), "agreed to once");

    let journal = JournalId::parse("journal:erasure/2026-03-11").unwrap();
    let noted: String = world.store.sealed_journal(&journal).await.unwrap().into_iter().map(|note| note.body).collect();
    assert!(noted.contains("\"Ann\"") && noted.contains("\"Bob\""), "{noted}");
    assert!(!noted.contains("Sanne") && !noted.contains("member-1"), "a request names no author");
    world.end().await;
}

#[tokio::test]
async fn a_crash_at_any_request_of_an_order_is_finished_by_the_sweep() {
    let mut crashes = 0;
    for nth in 0.. {
        let world = World::new().await;
        let [closed, unread, _] = three(&world).await;
        let request = erasure::ask(&world.store, &asked("Sanne"), "Ann", world.clock.now()).await.unwrap();
        world.table_faults.crash_at(nth, Fault::ReplyLost);
        let agreed = erasure::agree(&world.store, &request.id, "Bob", world.clock.now()).await;
        world.table_faults.clear();
        let known = erasure::requests(&world.store, world.clock.now()).await.unwrap();
        if known[0].agreed.is_none() {
            assert!(agreed.is_err(), "request {nth}");
            erasure::agree(&world.store, &request.id, "Bob", world.clock.now()).await.unwrap();
        }
        world.line.tick(jiff::Timestamp::MAX).await.unwrap();
        world.settle().await;
        assert!(world.record(&closed).await.is_erased(), "request {nth}");
        assert!(kinds(&world.chain(&unread).await).contains(&"held undecided request".to_owned()), "request {nth}");
        let twice = kinds(&world.chain(&closed).await).iter().filter(|kind| *kind == "erasure asked").count();
        assert_eq!(twice, 1, "request {nth}: asked of a record once");
        assert!(erasure::requests(&world.store, world.clock.now()).await.unwrap()[0].done, "request {nth}");
        world.end().await;
        if agreed.is_ok() {
            break;
        }
        crashes += 1;
    }
    assert!(crashes >= 10, "only {crashes} requests were tried");
}

#[tokio::test]
async fn the_page_takes_a_request_and_shows_what_would_go_without_naming_anybody() {
    let world = World::new().await;
    let [closed, ..] = three(&world).await;
    let form = world.page("/erasure").await;
    let token = form.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let fields = [("token", token.as_str()), ("platform", "forum"), ("author", "Sanne"), ("reason", "brief van 3 maart")];
    assert_eq!(world.submit("/erasure", &fields[1..]).await.status, 403, "a form needs its token");
    let empty = [fields[0], fields[1], fields[2]];
    assert_eq!(world.submit("/erasure", &empty).await.status, 422);
    assert_eq!(world.submit("/erasure", &fields).await.status, 303);
    let page = world.page("/erasure").await;
    assert!(page.contains(closed.as_str()) && page.contains("brief van 3 maart") && page.contains("goes"), "{page}");
    assert!(page.contains("Another person must agree.") && !page.contains("Sanne"), "{page}");
    world.end().await;
}
