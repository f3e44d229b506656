//! Inspection replay: what the pages and the API said at a moment is what they say of it afterwards, whatever has happened since.

use dayzero::model::CommentKey;
use serde_json::{Value, json};

use crate::pages::{only_our_tags, rows};
use crate::world::{World, forum_key};

const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const AMBULANCE: &str = "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";
const PRAISE: &str = "Wat een fijne pagina, dank jullie wel!";

/// A Wednesday at one in the night.
const NIGHT: &str = "2026-03-11T01:00:00+01:00";

/// What a program is told, without what only a replay says.
async fn told(world: &World, address: &str) -> Value {
    let mut value = world.api("GET", address, None).await;
    let fields = value.as_object_mut().expect("an object");
    fields.remove("as_of");
    fields.remove("broken");
    fields.remove("erased_since");
    value
}

async fn decide(world: &World, key: &CommentKey, mut decision: Value) {
    decision["revision"] = json!(world.record(key).await.revision);
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
}

#[tokio::test]
async fn what_was_known_shown_and_sent_at_three_in_the_morning_is_said_of_it_for_ever() {
    let world = World::at(NIGHT).await;
    let (serious, event, praise) = (forum_key("serious"), forum_key("event"), forum_key("praise"));
    world.forum_says("serious", AMBULANCE).await;
    world.settle().await;
    world.pass(30).await;
    world.forum_says("praise", PRAISE).await;
    world.settle().await;
    world.pass(60).await;
    world.api("POST", &format!("/api/comments/{serious}/acknowledge"), Some(json!({}))).await;
    world.pass(29).await;
    // Whoever looks now leaves a trace; the second look is what the night knew.
    let page = world.page(&format!("/comments/{serious}")).await;
    let addresses = [format!("/api/comments/{serious}"), format!("/api/comments/{praise}"), "/api/comments?state=all".to_owned()];
    for address in &addresses {
        told(&world, address).await;
    }
    let mut then = Vec::new();
    for address in &addresses {
        then.push(told(&world, address).await);
    }
    let asked = world.clock.now().to_string();

    world.pass(61).await;
    world.forum_says("event", HARTKLOPPINGEN).await;
    world.forum_event("comment.edited", "serious", Some(PRAISE)).await;
    world.forum_event("comment.edited", "praise", Some("Wat een mooie pagina!")).await;
    world.settle().await;
    decide(&world, &serious, json!({"decision": "case", "case_number": "NL-1"})).await;
    decide(&world, &praise, json!({"decision": "not_a_case", "reason": "dank"})).await;
    world.pass(26 * 60).await;

    for (address, expected) in addresses.iter().zip(&then) {
        let sign = if address.contains('?') { '&' } else { '?' };
        let mut found = told(&world, &format!("{address}{sign}as_of={asked}")).await;
        if let Some(comments) = found["comments"].as_array_mut() {
            comments.sort_by_key(|comment| comment["key"].to_string());
        }
        let mut expected = expected.clone();
        if let Some(comments) = expected["comments"].as_array_mut() {
            comments.sort_by_key(|comment| comment["key"].to_string());
        }
        assert_eq!(found, expected, "{address}");
        assert_ne!(told(&world, address).await, expected, "{address} has gone on since");
    }
    let past = world.page(&format!("/comments/{serious}?as_of={asked}")).await;
    only_our_tags(&past);
    assert!(past.contains("As it was on") && past.contains("Wed 11 Mar 2026 02:59:00 CET"));
    assert!(!past.contains("method=\"post\""), "nothing can be done in the past");
    assert!(past.contains("ambulance") && !past.contains(PRAISE), "the text of then");
    let deadlines = |page: &str| page.split_once("id=\"deadlines\"").unwrap().1.split_once("</section>").unwrap().0.to_owned();
    let without_form =
        |html: String| html.split("<details").map(|part| part.split("</details>").last().unwrap()).collect::<String>();
    assert_eq!(without_form(deadlines(&past)), without_form(deadlines(&page)));
    assert!(!rows(&world.page(&format!("/?state=all&as_of={asked}")).await).contains(&event));
    world.end().await;
}

#[tokio::test]
async fn the_queue_of_then_holds_what_there_was_in_the_states_of_then() {
    let world = World::at(NIGHT).await;
    let (serious, event, praise) = (forum_key("serious"), forum_key("event"), forum_key("praise"));
    world.forum_says("serious", AMBULANCE).await;
    world.settle().await;
    let one = world.clock.now();
    world.pass(10).await;
    world.forum_says("event", HARTKLOPPINGEN).await;
    world.forum_says("praise", PRAISE).await;
    world.settle().await;
    world.api("POST", &format!("/api/comments/{serious}/acknowledge"), Some(json!({}))).await;
    let two = world.clock.now();
    world.pass(10).await;
    decide(&world, &praise, json!({"decision": "not_a_case", "reason": "dank"})).await;
    world.api("POST", &format!("/api/comments/{event}/acknowledge"), Some(json!({}))).await;
    let keys = async |query: String| {
        let page = world.page(&query).await;
        only_our_tags(&page);
        assert!(!page.contains("method=\"post\"") || !query.contains("as_of"), "{query}");
        let found: Vec<String> =
            page.split("href=\"/comments/").skip(1).map(|rest| rest.split(['"', '?']).next().unwrap().to_owned()).collect();
        found
    };
    let names = |keys: &[&CommentKey]| keys.iter().map(|key| key.to_string()).collect::<Vec<_>>();
    assert_eq!(keys(format!("/?as_of={one}")).await, names(&[&serious]));
    assert_eq!(keys(format!("/?state=open&as_of={two}")).await, names(&[&event, &praise]));
    assert_eq!(keys(format!("/?state=acknowledged&as_of={two}")).await, names(&[&serious]));
    assert_eq!(keys(format!("/?state=all&band=log&as_of={two}")).await, names(&[&praise]));
    assert_eq!(keys(format!("/?state=closed&as_of={two}")).await, names(&[]));
    assert_eq!(keys("/?state=closed".to_owned()).await, names(&[&praise]));
    world.end().await;
}

#[tokio::test]
async fn a_moment_that_is_none_gets_a_sentence_and_no_words() {
    let world = World::at(NIGHT).await;
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    let rows = [
        ("2026-03-11T00:59:59%2B01:00", "its record begins Wed 11 Mar 2026 01:00:00 CET"),
        ("2026-03-10", "its record begins"),
        ("2026-03-11T01:00:01%2B01:00", "lies in the future"),
        ("2026-03-11", "lies in the future"),
        ("%3Cscript%3Ealert(1)%3C/script%3E", "is no time"),
        ("now", "is no time"),
        ("%00", "is no time"),
    ];
    for (as_of, sentence) in rows {
        for address in [format!("/comments/{key}?as_of={as_of}"), format!("/api/comments/{key}?as_of={as_of}")] {
            let answer = world.ask("GET", &address, None).await;
            let told = String::from_utf8(answer.body).unwrap();
            assert_eq!(answer.status, 422, "{address}");
            assert!(told.contains(sentence), "{address}: {told}");
            assert!(!told.contains("ambulance") && !told.contains("<script"), "{address}: {told}");
        }
    }
    for (as_of, status) in [("2026-03-10", 200), ("2026-03-12", 422), ("x", 422)] {
        for address in ["/", "/api/comments"] {
            assert_eq!(world.ask("GET", &format!("{address}?as_of={as_of}"), None).await.status, status, "{address} {as_of}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn a_replay_brings_no_erased_word_back_and_says_when_it_went() {
    let world = World::new().await;
    let key = world.forum_says("c-1", PRAISE).await;
    world.settle().await;
    world.pass(1).await;
    let asked = world.clock.now();
    world.pass(1).await;
    decide(&world, &key, json!({"decision": "not_a_case", "reason": "dank"})).await;
    world.settle().await;
    assert!(world.page(&format!("/comments/{key}?as_of={asked}")).await.contains(PRAISE));
    world.pass(181 * 24 * 60).await;
    assert!(world.record(&key).await.is_erased());
    let page = world.page(&format!("/comments/{key}?as_of={asked}")).await;
    assert!(page.contains("Words that were here then were erased on"));
    let api = world.api("GET", &format!("/api/comments/{key}?as_of={asked}"), None).await;
    assert_eq!(
        (&api["erased_since"]["because"], &api["state"], &api["text"]),
        (&json!("retention"), &json!("open"), &json!(null))
    );
    for told in [page, api.to_string(), world.page(&format!("/?as_of={asked}")).await] {
        assert!(!told.contains("fijne pagina"));
    }
    world.end().await;
}
