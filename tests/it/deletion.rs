//! A request for the deletion of somebody's data: from Meta's callback to the page on which they see how it stands.

use dayzero::http::{Request, Response};
use dayzero::receive;
use serde_json::json;

use crate::samples::sample;
use crate::world::World;

const DELETION: &str = "/webhooks/meta/data-deletion";

async fn call(world: &World, method: &str, path: &str, body: &[u8]) -> Response {
    let headers = [("host", "hooks.example.org"), ("content-type", "application/x-www-form-urlencoded")];
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.to_vec(),
    };
    receive::handle(&world.receive, &request).await
}

/// The page at an address, with its status; it must protect itself and name nobody.
async fn page(world: &World, path: &str) -> (u16, String) {
    let answer = call(world, "GET", path, b"").await;
    let page = String::from_utf8(answer.body).unwrap();
    for (name, value) in
        [("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff")]
    {
        assert_eq!(answer.headers[name], value);
    }
    assert!(answer.headers["content-security-policy"].starts_with("default-src 'none'"));
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.contains("Article 17(3)(b) and (c)"), "{page}");
    for forbidden in ["<script", "http://", "https://", "218471000000001", "user_id"] {
        assert!(!page.contains(forbidden), "{forbidden} stands in {page}");
    }
    (answer.status, page)
}

#[tokio::test]
async fn whoever_asked_sees_how_the_request_stands() {
    let world = World::new().await;
    let answer = call(&world, "POST", DELETION, &sample("meta/data_deletion")).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let code = answer["confirmation_code"].as_str().unwrap();
    let path = format!("{DELETION}/{code}");
    assert_eq!(answer["url"], format!("https://hooks.example.org{path}"));
    let (status, text) = page(&world, &path).await;
    assert!(status == 404 && text.contains("a few minutes ago"), "{text}");

    world.settle().await;
    let (status, text) = page(&world, &path).await;
    assert!(status == 200 && text.contains("11 March 2026") && text.contains("being handled"), "{text}");

    let list = world.api("GET", "/api/comments", None).await;
    let record = &list["comments"][0];
    assert!(record["quarantined"].as_str().unwrap().contains("data be deleted"), "{record}");
    let decision = json!({"decision": "not_a_case", "reason": "deleted", "revision": record["revision"]});
    world.pass(2 * 24 * 60).await;
    world.api("POST", &format!("/api/comments/{}/decision", record["key"].as_str().unwrap()), Some(decision)).await;
    let (status, text) = page(&world, &path).await;
    assert!(status == 200 && text.contains("completed on") && text.contains("13 March 2026"), "{text}");
    world.end().await;
}

#[tokio::test]
async fn the_same_request_again_has_the_same_code_and_no_second_record() {
    let world = World::new().await;
    let first = call(&world, "POST", DELETION, &sample("meta/data_deletion")).await;
    world.settle().await;
    assert_eq!(call(&world, "POST", DELETION, &sample("meta/data_deletion")).await, first);
    let other = call(&world, "POST", "/webhooks/meta/deauthorize", &sample("meta/deauthorize")).await;
    assert_eq!((other.status, other.body.as_slice()), (200, b"stored".as_slice()));
    world.settle().await;
    assert_eq!(world.api("GET", "/api/comments", None).await["comments"].as_array().unwrap().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let world = World::new().await;
    let form = sample("meta/data_deletion");
    let spoilt: Vec<u8> = form.iter().map(|byte| if *byte == b'.' { b'-' } else { *byte }).collect();
    let rows: [(&str, &str, &[u8], u16); 11] = [
        ("POST", DELETION, &spoilt, 401),
        ("POST", DELETION, b"", 401),
        ("GET", DELETION, b"", 405),
        ("PUT", DELETION, &form, 405),
        ("GET", "/webhooks/meta/deauthorize", b"", 405),
        ("POST", "/webhooks/meta/data-deletion/0", &form, 405),
        ("POST", "/webhooks/meta/data-deletions", &form, 404),
        ("POST", "/webhooks/meta/", &form, 404),
        ("POST", "/webhooks/forum/data-deletion", &form, 404),
        ("GET", "/webhooks/forum/data-deletion/0", b"", 404),
        ("POST", "/webhooks/nobody/data-deletion", &form, 404),
    ];
    for (method, path, body, expected) in rows {
        let answer = call(&world, method, path, body).await;
        assert_eq!((answer.status, answer.body.len()), (expected, 0), "{method} {path}");
    }
    let unknown = "0".repeat(64);
    for code in ["", "0", "..", "%00", &unknown, &"F".repeat(64), &format!("{unknown}/x")] {
        let (status, text) = page(&world, &format!("{DELETION}/{code}")).await;
        assert!(status == 404 && text.contains("No request is known"), "{code}: {text}");
    }
    world.end().await;
}
