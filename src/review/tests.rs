//! Stories over `handle`: what a browser and a program see, from the request's bytes to the answer's.

use serde_json::Value;

use super::fixture::{Story, ask, at, desk, person, text};
use super::{Desk, handle};
use crate::http::{Request, Response};
use crate::model::{Action, Band, Class, EvidenceKind, Obligation};

fn alerted(id: &str) -> Story {
    let words = "Sinds Norvexa zo duizelig <script>alert(1)</script> \u{202e}";
    let marks = [("duizelig", EvidenceKind::Reaction), ("Norvexa", EvidenceKind::Product)];
    Story::about(id).written(words).read(Band::Alert, &marks).alerted(Class::Serious).after(1).published()
}

fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn token(desk: &Desk, purpose: &str) -> String {
    desk.csrf.token(&person("nils"), purpose)
}

fn location(response: &Response) -> &str {
    response.headers.get("location").map(String::as_str).unwrap_or_default()
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let desk = desk();
    let rows = [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/name", 200),
        ("GET", "/assets/dayzero.css", 200),
        ("GET", "/api/health", 200),
        ("GET", "/nothing", 404),
        ("GET", "/comments/forum-0123456789abcdef0123456789abcdef", 404),
        ("PUT", "/", 405),
        ("GET", "/?band=red", 422),
        ("GET", "/api/comments?state=red", 422),
        ("POST", "/name", 403),
    ];
    for (method, address, status) in rows {
        let response = ask(&desk, method, address, "").await;
        assert_eq!(response.status, status, "{method} {address}");
        let header = |name: &str| response.headers.get(name).map(String::as_str);
        let csp = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        assert_eq!(header("content-security-policy"), Some(csp), "{method} {address}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{method} {address}");
        assert_eq!(header("referrer-policy"), Some("no-referrer"), "{method} {address}");
        assert_eq!(header("cache-control"), Some("no-store"), "{method} {address}");
        assert_eq!(response.body.is_empty(), method == "HEAD", "{method} {address}");
        let json = address.starts_with("/api");
        assert_eq!(header("content-type") == Some("application/json"), json, "{method} {address}");
    }
    assert_eq!(ask(&desk, "PUT", "/", "").await.headers["allow"], "GET, HEAD");
    let problem = json(&ask(&desk, "GET", "/api/comments?state=red", "").await);
    assert_eq!(problem["error"], "`state` in the address has an unknown value; expected open, acknowledged, closed or all.");
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_not_answered() {
    let headers = vec![("host".to_owned(), "rebound.example:8080".to_owned())];
    let request = Request { method: "GET".into(), path: "/".into(), query: Vec::new(), headers, body: Vec::new() };
    let response = handle(&desk(), &request).await;
    assert_eq!(response.status, 421);
    assert!(response.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn the_queue_shows_hostile_words_as_text_and_never_as_a_link() {
    let desk = desk();
    alerted("1").keep(&desk.store).await;
    let page = text(&ask(&desk, "GET", "/", "").await);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("<script"));
    assert!(page.contains("<span class=\"unseen\" title=\"right-to-left override\">RLO</span>"));
    assert!(page.contains("<mark class=\"reaction\" title=\"Reaction: a phrase of the lexicon\">duizelig</mark>"));
    assert!(page.contains("overdue by 30 min"));
    assert!(page.contains("<time datetime=\"2026-03-02T01:30:00+01:00\">Mon 2 Mar 01:30 CET</time>"));
    let detail = text(&ask(&desk, "GET", &format!("/comments/{}", alerted("1").key()), "").await);
    assert!(detail.contains("https://social.example/p/77?comment=1"));
    assert!(!detail.contains("href=\"http"));
    assert!(!detail.contains("<script"));
}

#[tokio::test]
async fn an_alert_is_acknowledged_from_the_queue_and_stays_with_that_person() {
    let desk = desk();
    let key = alerted("1").key();
    alerted("1").keep(&desk.store).await;
    let address = format!("/comments/{key}/acknowledge");
    let form = format!("token={}&back=queue", token(&desk, &format!("acknowledge {key}")));
    assert_eq!(ask(&desk, "POST", &address, "token=00&back=queue").await.status, 403);
    assert_eq!(ask(&desk, "GET", &address, "").await.status, 405);
    let done = ask(&desk, "POST", &format!("{address}?state=open&band=alert"), &form).await;
    assert_eq!((done.status, location(&done)), (303, "/?state=open&band=alert&done=acknowledged"));
    // Through the API, by another: the answer is who has it, and nothing is added.
    let again = json(&ask(&desk, "POST", &format!("/api{address}"), r#"{"by":"Anna"}"#).await);
    assert_eq!(
        (&again["acknowledged_by"], &again["state"], &again["revision"]),
        (&"nils".into(), &"acknowledged".into(), &5.into())
    );
    let page = text(&ask(&desk, "GET", "/", "").await);
    assert!(page.contains("In hand: nils"));
    assert!(!page.contains("/acknowledge"));
}

#[tokio::test]
async fn a_decision_through_the_api_closes_the_comment() {
    let desk = desk();
    let key = alerted("1").key();
    alerted("1").keep(&desk.store).await;
    let address = format!("/api/comments/{key}/decision");
    let rows = [
        (
            r#"{"decision":"case","revision":4}"#,
            422,
            "`case_number` is missing: the number that the safety database gave to the case.",
        ),
        (r#"{"decision":"not_a_case","revision":4}"#, 422, "`reason` is missing: say why this is not a case."),
        (
            r#"{"decision":"needs_more","revision":2}"#,
            409,
            "This comment changed since you opened it (revision 2, now 4). Read it again and decide.",
        ),
        (
            r#"{"decision":"duplicate_of","revision":4,"duplicate_of":"forum-0123456789abcdef0123456789abcdef"}"#,
            422,
            "`duplicate_of` names a comment that is not kept here.",
        ),
        (r#"{"decision":"case","case_number":"NV-1","revision":4,"by":" "}"#, 200, ""),
    ];
    for (body, status, error) in rows {
        let response = ask(&desk, "POST", &address, body).await;
        assert_eq!(response.status, status, "{body}");
        if status != 200 {
            assert_eq!(json(&response)["error"], error, "{body}");
        }
    }
    let record = json(&ask(&desk, "GET", &format!("/api/comments/{key}"), "").await);
    assert_eq!(record["state"], "closed");
    assert_eq!(record["decision"]["decision"], "case");
    assert_eq!(record["decision"]["case_number"], "NV-1");
    assert_eq!(record["decision"]["by"], "nils");
    assert_eq!(record["events"][4]["kind"], "decided");
    assert_eq!(record["events"].as_array().unwrap().len(), 5);
    let rows = [("open", 0), ("closed", 1), ("", 1), ("all", 1)];
    for (state, expected) in rows {
        let list = json(&ask(&desk, "GET", &format!("/api/comments?state={state}"), "").await);
        assert_eq!(list["comments"].as_array().unwrap().len(), expected, "{state}");
    }
}

#[tokio::test]
async fn two_comments_cannot_be_duplicates_of_each_other() {
    let desk = desk();
    let (one, other) = (alerted("1").key(), alerted("2").key());
    alerted("1").keep(&desk.store).await;
    alerted("2").keep(&desk.store).await;
    let body = |of| format!(r#"{{"decision":"duplicate_of","duplicate_of":"{of}","revision":4}}"#);
    assert_eq!(ask(&desk, "POST", &format!("/api/comments/{one}/decision"), &body(&other)).await.status, 200);
    assert_eq!(ask(&desk, "POST", &format!("/api/comments/{other}/decision"), &body(&one)).await.status, 422);
}

#[tokio::test]
async fn a_stale_form_keeps_what_was_typed_and_records_nothing() {
    let desk = desk();
    let story = alerted("1").after(5).sighted(Action::Edited, Some("en nu ook benauwd"));
    let key = story.key();
    story.keep(&desk.store).await;
    let token = token(&desk, &format!("decide {key}"));
    let form = format!("token={token}&revision=4&decision=not_a_case&reason=only+a+question");
    let response = ask(&desk, "POST", &format!("/comments/{key}/decision"), &form).await;
    let page = text(&response);
    assert_eq!(response.status, 409);
    assert!(page.contains("This comment changed since you opened it (revision 4, now 5). Read it again and decide."));
    assert!(page.contains("only a question</textarea>"));
    assert!(page.contains("en nu ook benauwd"));
    assert_eq!(desk.store.chain(&key).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_bulk_decision_closes_the_low_band_and_nothing_else() {
    let desk = desk();
    let low = |id: &str| Story::about(id).written("Fijn!").read(Band::Log, &[]);
    let stories = [low("1"), low("2").after(3).sighted(Action::Edited, Some("Toch niet")), alerted("3")];
    for story in &stories {
        story.keep(&desk.store).await;
    }
    let picks = format!("&pick={}%402&pick={}%402&pick={}%404", stories[0].key(), stories[1].key(), stories[2].key());
    let token = token(&desk, "decide-many");
    let refused = ask(&desk, "POST", "/decisions", &format!("token={token}{picks}")).await;
    assert_eq!(refused.status, 422);
    let done = ask(&desk, "POST", "/decisions?band=log", &format!("token={token}&reason=praise{picks}")).await;
    assert_eq!((done.status, location(&done)), (303, "/?state=open&state=acknowledged&band=log&done=decided-1-2"));
    let states =
        async |story: &Story| json(&ask(&desk, "GET", &format!("/api/comments/{}", story.key()), "").await)["state"].clone();
    assert_eq!(states(&stories[0]).await, "closed");
    assert_eq!(states(&stories[1]).await, "open");
    assert_eq!(states(&stories[2]).await, "open");
}

#[tokio::test]
async fn a_chosen_name_is_kept_in_a_cookie() {
    let desk = desk();
    let token = token(&desk, "name");
    let done = ask(&desk, "POST", "/name", &format!("token={token}&name=Zo%C3%AB")).await;
    assert_eq!((done.status, location(&done)), (303, "/?done=name"));
    assert!(done.headers["set-cookie"].starts_with("dayzero-name=Zo%C3%AB; "));
    let refused = ask(&desk, "POST", "/name", &format!("token={token}&name=a%0Ab")).await;
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("A name must not hold control characters"));
}

#[tokio::test]
async fn a_comments_page_and_its_json_tell_the_same() {
    let desk = desk();
    let story = alerted("1").after(61).missed(Obligation::Acknowledge, at("2026-03-02T00:30:00Z")).escalated();
    story.keep(&desk.store).await;
    let page = text(&ask(&desk, "GET", &format!("/comments/{}", story.key()), "").await);
    let told = [
        "! overdue by 30 min",
        "✓ kept",
        "Recorded as a deviation",
        "Tue 17 Mar 2026",
        "15 calendar days after",
        "Mon 2 Mar 2026",
        "Written under an ad",
        "safety-duty",
        "message b9b1f5a0-1111-4f6e-9a31-0c2d",
        "Due, not sent yet",
        "Hoe gaat het vandaag met jullie hoofd?",
        "Deviation: window missed",
        "lexical-1",
        "migraine-nl v3",
    ];
    for words in told {
        assert!(page.contains(words), "{words}");
    }
    let record = json(&ask(&desk, "GET", &format!("/api/comments/{}", story.key()), "").await);
    let acknowledge = &record["deadlines"][1];
    assert_eq!(acknowledge["obligation"], "acknowledge");
    assert_eq!(acknowledge["due"], "2026-03-02T01:30:00+01:00");
    assert_eq!(acknowledge["standing"], "overdue");
    assert_eq!(acknowledge["deviation_recorded"], true);
    assert_eq!(record["deadlines"][0]["standing"], "kept");
    assert_eq!(record["assessment"]["evidence"][0]["text"], "duizelig");
    assert_eq!(record["events"][5]["kind"], "step_due");
    assert_eq!(record["events"][3]["details"]["topic"], "safety-duty");
    assert_eq!(record["alerts"][0]["published"][0]["message_id"], "b9b1f5a0-1111-4f6e-9a31-0c2d");
}

#[tokio::test]
async fn what_nobody_could_read_says_so() {
    let desk = desk();
    let story = Story::about("1").quarantined("The change has no value; expected a comment.");
    story.keep(&desk.store).await;
    let page = text(&ask(&desk, "GET", &format!("/comments/{}", story.key()), "").await);
    assert!(page.contains("The change has no value; expected a comment."));
    assert!(page.contains(&"c0ffee".repeat(10)));
    let gone = alerted("2").sighted(Action::Deleted, None).sighted(Action::Hidden, None);
    gone.keep(&desk.store).await;
    let page = text(&ask(&desk, "GET", &format!("/comments/{}", gone.key()), "").await);
    assert!(page.contains("The author deleted it on the platform; the record stays."));
    assert!(page.contains("It is hidden on the platform."));
    assert!(page.contains("duizelig"));
}

#[tokio::test]
async fn pages_of_the_queue_lead_to_each_other() {
    let desk = desk();
    for id in ["1", "2", "3"] {
        alerted(id).keep(&desk.store).await;
    }
    let first = json(&ask(&desk, "GET", "/api/comments?limit=2", "").await);
    assert_eq!(first["comments"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let second = json(&ask(&desk, "GET", &format!("/api/comments?limit=2&after={next}"), "").await);
    assert_eq!(second["comments"].as_array().unwrap().len(), 1);
    assert_eq!(second["next"], Value::Null);
    let page = text(&ask(&desk, "GET", "/?limit=2", "").await);
    assert!(page.contains(&format!("href=\"/?state=open&amp;state=acknowledged&amp;limit=2&amp;after={next}\"")));
}
