//! What an inspector sees: that reading is noted, the evidence of a case and of a period, and why windows were missed.

use dayzero::model::{Access, CommentKey, Noted};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::pages::{location, only_our_tags, rows, token};
use crate::world::{World, kinds, kinds_with_reads};

const AMBULANCE: &str = "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";
const PRAISE: &str = "Wat een fijne pagina, dank jullie wel!";
const HOSTILE: &str = "</textarea><script>alert(1)</script>\" onclick=\"x\u{202e}";

/// Today's reads: what was looked at, at which address, and of how many.
async fn reads(world: &World) -> Vec<(String, String, usize)> {
    let journal = Access::journal(world.clock.now().to_zoned(TimeZone::UTC).date());
    let notes = world.store.journal(&journal).await.expect("a journal that verifies").into_iter();
    let reads = notes.map(|note| match note.what {
        Noted::Read(access) => {
            assert_eq!(note.by.label(), "Ann");
            (access.what.as_str().to_owned(), access.address.clone(), access.count())
        }
        other => panic!("{other:?} is no read"),
    });
    reads.collect()
}

/// A comment whose window for acknowledging was missed.
async fn missed(world: &World) -> CommentKey {
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.pass(61).await;
    key
}

#[tokio::test]
async fn every_look_at_patients_data_is_noted_once_and_nothing_else_is() {
    let world = World::new().await;
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.forum_says("c-2", PRAISE).await;
    world.settle().await;
    let date = "from=2026-03-01&to=2026-03-11";
    let looks = [
        ("/".to_owned(), "a list", 2),
        ("/?state=open&q=Sanne%20V".to_owned(), "a list", 2),
        ("/?state=closed".to_owned(), "a list", 0),
        (format!("/comments/{key}"), "a comment", 1),
        (format!("/comments/{key}?as_of={}", world.clock.now()), "a comment", 1),
        (format!("/comments/{key}/evidence"), "the evidence of a case", 1),
        (format!("/evidence?{date}"), "the evidence of a period", 2),
        ("/deviations".to_owned(), "missed windows", 0),
        ("/api/comments?band=alert".to_owned(), "a list", 1),
        (format!("/api/comments/{key}"), "a comment", 1),
        (format!("/api/comments/{key}/evidence"), "the evidence of a case", 1),
        (format!("/api/evidence?{date}"), "the evidence of a period", 2),
        ("/api/deviations".to_owned(), "missed windows", 0),
    ];
    for (number, (address, what, count)) in looks.iter().enumerate() {
        assert_eq!(world.ask("GET", address, None).await.status, 200, "{address}");
        let noted = reads(&world).await;
        assert_eq!(noted.len(), number + 1, "{address}");
        let (noted, at, of) = noted.last().unwrap().clone();
        assert_eq!((noted.as_str(), of), (*what, *count), "{address}");
        assert_eq!(at.split('?').next(), address.split('?').next());
        assert!(!at.contains("Sanne"), "{at}");
    }
    let nothing = [
        ("HEAD", "/".to_owned()),
        ("HEAD", format!("/comments/{key}")),
        ("HEAD", format!("/comments/{key}/evidence")),
        ("GET", "/assets/dayzero.css".to_owned()),
        ("GET", "/api/health".to_owned()),
        ("GET", "/name".to_owned()),
        ("GET", "/access".to_owned()),
        ("GET", "/nowhere".to_owned()),
        ("GET", "/?state=red".to_owned()),
        ("GET", format!("/comments/{key}?as_of=x")),
    ];
    for (method, address) in nothing {
        world.ask(method, &address, None).await;
        assert_eq!(reads(&world).await.len(), looks.len(), "{method} {address}");
    }
    let page = world.page("/access").await;
    only_our_tags(&page);
    assert!(page.contains("13 notes") && page.contains("the evidence of a case") && rows(&page).contains(&key));
    let api = world.api("GET", "/api/access", None).await;
    assert_eq!(
        (&api["total"], &api["reads"][0]["what"], &api["reads"][0]["by"]),
        (&json!(13), &json!("deviations"), &json!("Ann"))
    );
    world.end().await;
}

#[tokio::test]
async fn the_first_look_of_a_person_stands_in_the_chain_and_makes_no_form_stale() {
    let world = World::new().await;
    let (key, other) = (world.forum_says("c-1", AMBULANCE).await, world.forum_says("c-2", PRAISE).await);
    world.settle().await;
    let opened = world.record(&key).await.revision;
    world.ask("HEAD", "/", None).await;
    assert!(world.record(&key).await.shown.is_none(), "a HEAD shows nothing");
    for _ in 0..2 {
        world.page("/").await;
        world.page(&format!("/comments/{key}")).await;
        world.api("GET", "/api/comments", None).await;
    }
    for key in [&key, &other] {
        let shown: Vec<_> =
            kinds_with_reads(&world.chain(key).await).into_iter().filter(|kind| kind.starts_with("shown")).collect();
        assert_eq!(shown, ["shown in a list"]);
    }
    let decision = json!({"decision": "case", "case_number": "NL-1", "revision": opened});
    let record = world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    assert_eq!(record["state"], "closed");
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_noted_is_not_shown() {
    let world = World::new().await;
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.page("/").await;
    let was = world.spoil("journal:access/2026-03-11", "event#000001", "seq", "first").await;
    let addresses = [
        "/".to_owned(),
        "/deviations".to_owned(),
        "/evidence".to_owned(),
        "/api/comments".to_owned(),
        format!("/comments/{key}"),
        format!("/comments/{key}/evidence"),
        format!("/api/comments/{key}"),
        format!("/api/comments/{key}/evidence"),
    ];
    for address in &addresses {
        let answer = world.ask("GET", address, None).await;
        let told = String::from_utf8(answer.body).unwrap();
        assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "2"), "{address}");
        assert!(
            told.contains("could not be noted") && !told.contains("ambulance") && !told.contains("Sanne"),
            "{address}: {told}"
        );
    }
    world.put("journal:access/2026-03-11", "event#000001", "seq", was).await;
    assert_eq!(reads(&world).await.len(), 1);
    for address in &addresses {
        assert_eq!(world.ask("GET", address, None).await.status, 200, "{address}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_note_that_nobody_can_read_keeps_nobody_from_reading() {
    let world = World::new().await;
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.page("/").await;
    let journal = "journal:access/2026-03-11";
    for (newest, attribute, spoilt) in [("event#000001", "body", "{}"), ("event#000002", "hash", "0")] {
        world.spoil(journal, newest, attribute, spoilt).await;
        assert!(world.page(&format!("/comments/{key}")).await.contains("ambulance"), "{attribute}");
    }
    assert_eq!(world.items(journal).await.len(), 3, "every look after the damage is noted");
    world.abandon();
}

#[tokio::test]
async fn a_missed_window_gets_its_causes_from_people_and_keeps_them_all() {
    let world = World::new().await;
    let key = missed(&world).await;
    let page = world.page("/deviations").await;
    assert!(page.contains("<b>1</b> without a cause") && page.contains("No cause is given"));
    let page = world.page(&format!("/comments/{key}")).await;
    let action = format!("/comments/{key}/cause");
    let miss = world.record(&key).await.misses[0].clone();
    let (alert, deadline) = (miss.alert.unwrap().to_string(), miss.deadline.timestamp().to_string());
    let token = token(&page, &action);
    let fields = |token: &'static str, obligation: &'static str, cause: &'static str| {
        [("token", token), ("alert", ""), ("obligation", obligation), ("deadline", ""), ("cause", cause)]
    };
    let post = async |token: &str, obligation: &str, cause: &str| {
        let fields = [("token", token), ("alert", &alert), ("obligation", obligation), ("deadline", &deadline), ("cause", cause)];
        world.submit(&action, &fields).await
    };
    assert_eq!(world.submit(&action, &fields("00", "acknowledge", "x")).await.status, 403);
    for (obligation, cause, status) in [("forward", "too early", 422), ("acknowledge", " ", 422), ("acknowledge", HOSTILE, 303)] {
        let answer = post(&token, obligation, cause).await;
        assert_eq!(answer.status, status, "{obligation} {cause}");
    }
    let more =
        json!({"alert": alert, "obligation": "acknowledge", "deadline": deadline, "cause": "Niemand had dienst.", "by": "Bob"});
    world.api("POST", &format!("/api{action}"), Some(more.clone())).await;
    world.api("POST", &format!("/api{action}"), Some(more)).await;
    let story = kinds(&world.chain(&key).await);
    assert_eq!(story.iter().filter(|kind| *kind == "explained acknowledge").count(), 2, "{story:?}");
    for address in [format!("/comments/{key}?done=explained"), format!("/comments/{key}/evidence"), "/deviations".to_owned()] {
        let page = world.page(&address).await;
        only_our_tags(&page);
        assert!(
            page.contains("&lt;script&gt;alert(1)") && page.contains("Niemand had dienst.") && page.contains("Bob"),
            "{address}"
        );
        assert!(!page.contains("without a cause"));
    }
    let api = world.api("GET", &format!("/api/comments/{key}"), None).await;
    let causes = api["deadlines"].as_array().unwrap().iter().find(|window| window["obligation"] == "acknowledge").unwrap();
    assert_eq!(causes["causes"].as_array().unwrap().iter().map(|cause| &cause["by"]).collect::<Vec<_>>(), ["Ann", "Bob"]);
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    world.end().await;
}

#[tokio::test]
async fn the_evidence_of_a_case_is_whole_and_says_for_whom_it_left() {
    let world = World::new().await;
    let key = missed(&world).await;
    let record = world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    let decision = json!({"decision": "case", "case_number": "NL-2026-7", "revision": record["revision"]});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    let address = format!("/comments/{key}/evidence");
    let page = world.page(&address).await;
    only_our_tags(&page);
    let told = [
        "the chain is unbroken",
        AMBULANCE,
        "lexicon",
        "Case NL-2026-7",
        "First seen by a person",
        "Acknowledged by Ann",
        "Alert accepted by the carrier for safety-desk (step 1)",
        "done late",
        "no cause is given",
        "by which clock",
        "the platform",
        "migraine-nl v",
        "dayzero 0.",
        "Written",
        "legal due date",
    ];
    for words in told {
        assert!(page.to_lowercase().contains(&words.to_lowercase()), "{words}");
    }
    for entry in world.chain(&key).await {
        assert!(page.contains(&entry.hash), "entry {} with its whole hash", entry.seq);
    }
    let form = token(&page, &format!("/comments/{key}/export"));
    let action = format!("/comments/{key}/export");
    assert_eq!(world.submit(&action, &[("to", "the MHRA")]).await.status, 403);
    assert_eq!(world.submit(&action, &[("token", &form), ("to", "a\u{202e}b")]).await.status, 422);
    let done = world.submit(&action, &[("token", &form), ("to", "<b>the MHRA</b>")]).await;
    assert_eq!((done.status, location(&done)), (303, format!("{address}?done=exported").as_str()));
    let page = world.page(location(&done)).await;
    only_our_tags(&page);
    assert!(page.contains("That it is handed out is recorded.") && page.contains("&lt;b&gt;the MHRA&lt;/b&gt;"));
    let api = world.api("GET", &format!("/api{address}"), None).await;
    assert_eq!(api["exports"][0]["to"], "<b>the MHRA</b>");
    assert_eq!(api["verified"]["entries"], api["events"].as_array().unwrap().len());
    world.end().await;
}

#[tokio::test]
async fn a_chain_that_does_not_verify_is_no_evidence() {
    let world = World::new().await;
    let key = world.forum_says("c-1", AMBULANCE).await;
    world.settle().await;
    world.spoil(&format!("comment#{key}"), "event#000002", "hash", "0").await;
    for address in [format!("/comments/{key}/evidence"), format!("/api/comments/{key}/evidence")] {
        let answer = world.ask("GET", &address, None).await;
        let told = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, 500, "{address}");
        assert!(told.contains("does not verify") && !told.contains("ambulance"), "{told}");
    }
    // One such record is named, and hides nothing of the others.
    world.forum_says("c-2", PRAISE).await;
    world.settle().await;
    for address in ["/evidence".to_owned(), format!("/?state=all&as_of={}", world.clock.now())] {
        let page = world.page(&address).await;
        assert!(page.contains("1 record does not verify") && page.contains(key.as_str()), "{address}");
    }
    let api = world.api("GET", "/api/evidence", None).await;
    assert_eq!((&api["broken"], &api["received"]), (&json!([key]), &json!(1)));
    world.abandon();
}

#[tokio::test]
async fn the_evidence_of_a_period_counts_names_and_says_nil() {
    let world = World::new().await;
    let nil = world.page("/evidence?from=2026-03-01&to=2026-03-05").await;
    for words in ["Nil report.", "No window that ended in this period is recorded as missed.", "Comments received: 0"] {
        assert!(nil.contains(words), "{words}");
    }
    let key = missed(&world).await;
    let praise = world.forum_says("c-2", PRAISE).await;
    world.forum_event("comment.edited", "c-2", Some("Wat een mooie pagina!")).await;
    world.settle().await;
    let revision = world.record(&praise).await.revision;
    let decision = json!({"decision": "not_a_case", "reason": "dank", "revision": revision});
    world.api("POST", &format!("/api/comments/{praise}/decision"), Some(decision)).await;
    let page = world.page("/evidence?from=2026-03-11&to=2026-03-11&campaign=migraine-nl").await;
    only_our_tags(&page);
    for words in [
        "Comments received: 2",
        "Not a case",
        "Nobody has decided yet",
        "1 edited",
        "Deviations: 1",
        "No case:",
        "migraine-nl v",
        "has not ended",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let api = world.api("GET", "/api/evidence?from=2026-03-11&to=2026-03-11", None).await;
    assert_eq!((&api["received"], &api["nil"], &api["edited"]), (&json!(2), &json!(false), &json!(1)));
    assert_eq!(api["dispositions"], json!({"not_a_case": 1, "undecided": 1}));
    assert_eq!((&api["deviations"][0]["key"], &api["reads"]), (&json!(key), &json!(2)));
    for (query, count) in [("from=2026-03-12&to=2026-03-12", 0), ("from=2026-03-10&to=2026-03-12", 2), ("campaign=%28none%29", 0)]
    {
        assert_eq!(world.api("GET", &format!("/api/evidence?{query}"), None).await["received"], count, "{query}");
    }
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    world.end().await;
}

#[tokio::test]
async fn a_hostile_period_is_refused_in_a_sentence() {
    let world = World::new().await;
    let rows = [
        "from=2026-03-12&to=2026-03-11",
        "from=yesterday",
        "to=%3Cscript%3E",
        "from=2020-01-01&to=2026-03-11",
        "campaign=%3Cscript%3E",
        "after=%3Cscript%3E",
        "from=9999-12-31&to=9999-12-31",
        "from=-9999-01-01",
        "from=2026-02-30",
        "to=2026-03-11T00:00",
    ];
    for query in rows {
        for address in ["/evidence", "/api/evidence", "/deviations", "/api/deviations"] {
            let answer = world.ask("GET", &format!("{address}?{query}"), None).await;
            let told = String::from_utf8(answer.body).unwrap();
            assert_eq!(answer.status, 422, "{address}?{query}");
            assert!(!told.contains("<script"), "{told}");
        }
    }
    for query in ["day=x", "before=-1", "before=%3Cscript%3E"] {
        assert_eq!(world.ask("GET", &format!("/access?{query}"), None).await.status, 422, "{query}");
    }
    assert!(reads(&world).await.is_empty());
    world.end().await;
}
