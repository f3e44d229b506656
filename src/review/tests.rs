//! Stories over `handle`: what a browser and a program see, from the request's bytes to the answer's, over a table in this process.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::fixture::{Story, at, person};
use super::guard::Csrf;
use super::sign_in::SignIn;
use super::{Campaign, Desk, handle, percent};
use crate::config::{Config, Patience};
use crate::http::{Request, Response};
use crate::local::Table;
use crate::model::{Action, Band, CampaignId, Class, Clock, EvidenceKind, Head, Obligation, Place, Record};

/// A desk over the table at this address; its clock stands an hour and a half after the stories begin.
fn desk_at(endpoint: String) -> Desk {
    let config = Config::loopback(endpoint, String::new());
    let time_zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let campaign = Campaign { id: CampaignId::new("migraine-nl"), title: "Samen over migraine".to_owned(), time_zone };
    Desk {
        store: crate::lambda::store(&config.clients(Patience::Door), &config, &Clock::System),
        clock: Clock::manual(at("2026-03-02T01:00:00Z")),
        sign_in: SignIn::local("nils").unwrap(),
        campaigns: Arc::new([campaign]),
        csrf: Csrf::new().unwrap(),
        more_pages: &[],
    }
}

/// A desk over an empty table.
async fn desk() -> Desk {
    let table = Table::start(None).await.unwrap();
    let desk = desk_at(table.endpoint());
    // Dropping the handle would stop the table; forgotten, it ends with the test's runtime.
    std::mem::forget(table);
    desk.store.create_table().await.unwrap();
    desk
}

impl Story {
    async fn keep(&self, desk: &Desk) {
        let entries = desk.store.append(&self.key(), None, self.news()).await.unwrap();
        desk.store.project(&Head::of(&Record::fold(&entries).unwrap(), None)).await.unwrap();
    }
}

/// What a browser on this machine sends: an address, and a form if there is one.
async fn ask(desk: &Desk, method: &str, address: &str, body: &str) -> Response {
    let kind = if address.starts_with("/api") { "application/json" } else { "application/x-www-form-urlencoded" };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.map(|(name, value)| (name.to_owned(), percent::decode(value).unwrap())).collect(),
        headers: vec![header("host", "127.0.0.1:8080"), header("content-type", kind)],
        body: body.as_bytes().to_vec(),
    };
    handle(desk, &request).await
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

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
    let desk = desk().await;
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
    let response = handle(&desk().await, &request).await;
    assert_eq!(response.status, 421);
    assert!(response.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn the_queue_shows_hostile_words_as_text_and_never_as_a_link() {
    let desk = desk().await;
    alerted("1").keep(&desk).await;
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
    let desk = desk().await;
    let key = alerted("1").key();
    alerted("1").keep(&desk).await;
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
        (&"nils".into(), &"acknowledged".into(), &4.into())
    );
    let page = text(&ask(&desk, "GET", "/", "").await);
    assert!(page.contains("In hand: nils"));
    assert!(!page.contains("/acknowledge"));
}

#[tokio::test]
async fn a_decision_through_the_api_closes_the_comment() {
    let desk = desk().await;
    let key = alerted("1").key();
    alerted("1").keep(&desk).await;
    let address = format!("/api/comments/{key}/decision");
    let rows = [
        (
            r#"{"decision":"case","revision":3}"#,
            422,
            "`case_number` is missing: the number that the safety database gave to the case.",
        ),
        (r#"{"decision":"not_a_case","revision":3}"#, 422, "`reason` is missing: say why this is not a case."),
        (
            r#"{"decision":"needs_more","revision":1}"#,
            409,
            "This comment changed since you opened it (revision 1, now 3). Read it again and decide.",
        ),
        (
            r#"{"decision":"duplicate_of","revision":3,"duplicate_of":"forum-0123456789abcdef0123456789abcdef"}"#,
            422,
            "`duplicate_of` names a comment that is not kept here.",
        ),
        (r#"{"decision":"case","case_number":"NV-1","revision":3,"by":" "}"#, 200, ""),
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
    assert_eq!(record["events"][3]["kind"], "decided");
    assert_eq!(record["events"][4]["kind"], "shown", "whoever asks for a record has seen it");
    assert_eq!(record["events"].as_array().unwrap().len(), 5);
    let rows = [("open", 0), ("closed", 1), ("", 1), ("all", 1)];
    for (state, expected) in rows {
        let list = json(&ask(&desk, "GET", &format!("/api/comments?state={state}"), "").await);
        assert_eq!(list["comments"].as_array().unwrap().len(), expected, "{state}");
    }
}

#[tokio::test]
async fn two_comments_cannot_be_duplicates_of_each_other() {
    let desk = desk().await;
    let (one, other) = (alerted("1").key(), alerted("2").key());
    alerted("1").keep(&desk).await;
    alerted("2").keep(&desk).await;
    let body = |of| format!(r#"{{"decision":"duplicate_of","duplicate_of":"{of}","revision":3}}"#);
    assert_eq!(ask(&desk, "POST", &format!("/api/comments/{one}/decision"), &body(&other)).await.status, 200);
    assert_eq!(ask(&desk, "POST", &format!("/api/comments/{other}/decision"), &body(&one)).await.status, 422);
}

#[tokio::test]
async fn a_stale_form_keeps_what_was_typed_and_records_nothing() {
    let desk = desk().await;
    let story = alerted("1").after(5).sighted(Action::Edited, Some("en nu ook benauwd"));
    let key = story.key();
    story.keep(&desk).await;
    let token = token(&desk, &format!("decide {key}"));
    let form = format!("token={token}&revision=3&decision=not_a_case&reason=only+a+question");
    let response = ask(&desk, "POST", &format!("/comments/{key}/decision"), &form).await;
    let page = text(&response);
    assert_eq!(response.status, 409);
    assert!(page.contains("This comment changed since you opened it (revision 3, now 4). Read it again and decide."));
    assert!(page.contains("only a question</textarea>"));
    assert!(page.contains("en nu ook benauwd"));
    let record = Record::fold(&desk.store.chain(&key).await.unwrap()).unwrap();
    assert!(record.decisions.is_empty() && record.seen_by("nils", Place::Page));
}

#[tokio::test]
async fn a_bulk_decision_closes_the_low_band_and_nothing_else() {
    let desk = desk().await;
    let low = |id: &str| Story::about(id).written("Fijn!").read(Band::Log, &[]);
    let stories = [low("1"), low("2").after(3).sighted(Action::Edited, Some("Toch niet")), alerted("3")];
    for story in &stories {
        story.keep(&desk).await;
    }
    let picks = format!("&pick={}%402&pick={}%402&pick={}%403", stories[0].key(), stories[1].key(), stories[2].key());
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
    let desk = desk().await;
    let token = token(&desk, "name");
    let done = ask(&desk, "POST", "/name", &format!("token={token}&name=Zo%C3%AB")).await;
    assert_eq!((done.status, location(&done)), (303, "/?done=name"));
    assert!(done.cookies[0].starts_with("dayzero-name=Zo%C3%AB; "));
    let refused = ask(&desk, "POST", "/name", &format!("token={token}&name=a%0Ab")).await;
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("A name must not hold control characters"));
}

#[tokio::test]
async fn a_comments_page_and_its_json_tell_the_same() {
    let desk = desk().await;
    let story = alerted("1").after(61).missed(Obligation::Acknowledge, at("2026-03-02T00:30:00Z")).escalated();
    story.keep(&desk).await;
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
    assert_eq!(record["events"][4]["kind"], "step_due");
    assert_eq!(record["events"][2]["details"]["topic"], "safety-duty");
    assert_eq!(record["alerts"][0]["published"][0]["message_id"], "b9b1f5a0-1111-4f6e-9a31-0c2d");
}

#[tokio::test]
async fn what_nobody_could_read_says_so() {
    let desk = desk().await;
    let story = Story::about("1").quarantined("The change has no value; expected a comment.");
    story.keep(&desk).await;
    let page = text(&ask(&desk, "GET", &format!("/comments/{}", story.key()), "").await);
    assert!(page.contains("The change has no value; expected a comment."));
    assert!(page.contains("delivery meta/c0ffeec0ffee"));
    let gone = alerted("2").sighted(Action::Deleted, None).sighted(Action::Hidden, None);
    gone.keep(&desk).await;
    let page = text(&ask(&desk, "GET", &format!("/comments/{}", gone.key()), "").await);
    assert!(page.contains("It was deleted on the platform; the record stays."));
    assert!(page.contains("It is hidden on the platform."));
    assert!(page.contains("duizelig"));
}

#[tokio::test]
async fn pages_of_the_queue_lead_to_each_other() {
    let desk = desk().await;
    for id in ["1", "2", "3"] {
        alerted(id).keep(&desk).await;
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

#[tokio::test]
async fn without_the_store_people_and_programs_are_told_to_come_again() {
    // Nothing listens on the discard port of this machine.
    let desk = desk_at("http://127.0.0.1:9".to_owned());
    let key = alerted("1").key();
    let form = format!("token={}", token(&desk, &format!("acknowledge {key}")));
    let rows = [
        ("GET", "/".to_owned(), ""),
        ("GET", format!("/comments/{key}"), ""),
        ("POST", format!("/comments/{key}/acknowledge"), form.as_str()),
        ("GET", "/api/comments".to_owned(), ""),
        ("GET", "/api/health".to_owned(), ""),
        ("POST", format!("/api/comments/{key}/decision"), r#"{"decision":"needs_more","revision":3}"#),
    ];
    for (method, address, body) in rows {
        let response = ask(&desk, method, &address, body).await;
        assert_eq!((response.status, response.headers["retry-after"].as_str()), (503, "2"), "{method} {address}");
        let told = text(&response);
        assert!(
            told.contains("The store does not answer. Nothing is lost; try again in a moment."),
            "{method} {address}: {told}"
        );
    }
}

#[tokio::test]
async fn of_many_who_act_at_once_one_is_recorded_and_all_are_answered() {
    let desk = desk().await;
    let key = alerted("1").key();
    alerted("1").keep(&desk).await;
    let all_at_once = async |address: String, body: &'static str| {
        let mut asking = tokio::task::JoinSet::new();
        for number in 0..8 {
            let (desk, address) = (desk.clone(), address.clone());
            let body = body.replace("NAME", &format!("Anna {number}"));
            asking.spawn(async move { ask(&desk, "POST", &address, &body).await });
        }
        asking.join_all().await
    };
    let answers = all_at_once(format!("/api/comments/{key}/acknowledge"), r#"{"by":"NAME"}"#).await;
    let held_by = json(&answers[0])["acknowledged_by"].clone();
    for answer in &answers {
        assert_eq!((answer.status, &json(answer)["acknowledged_by"]), (200, &held_by));
    }
    let decision = r#"{"by":"NAME","decision":"not_a_case","reason":"a test","revision":4}"#;
    let answers = all_at_once(format!("/api/comments/{key}/decision"), decision).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(desk.store.chain(&key).await.unwrap().len(), 5);
}
