//! Stories of signing in: the way to the provider and back, what a token must be, how a session ends, and what each role is shown. The
//! provider is one of the tests that signs real tokens (`provider`); a foreign one and a real browser are in `tests/browser`.

mod browser;
mod provider;
mod roles;

use dayzero::model::session::{Entered, Entrance};
use dayzero::model::{Access, Noted};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::world::World;
use browser::{Browser, settings, text, world_with};
use provider::{Provider, Signed};

const SAFETY: &[&str] = &["Everybody", "Drug Safety"];

/// Today's notes of who came in, went out and was refused.
async fn entrances(world: &World) -> Vec<(String, Entrance)> {
    let journal = Access::journal(world.clock.now().to_zoned(TimeZone::UTC).date());
    let notes = world.store.journal(&journal).await.expect("a journal that verifies");
    let entrances = notes.into_iter().filter_map(|note| match note.what {
        Noted::Entrance(entrance) => Some((note.by.label().to_owned(), entrance)),
        _ => None,
    });
    entrances.collect()
}

async fn entered(world: &World) -> Vec<Entered> {
    entrances(world).await.into_iter().map(|(_, entrance)| entrance.what).collect()
}

#[tokio::test]
async fn a_visitor_is_sent_to_the_provider_and_comes_back_to_the_page_they_wanted() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let mut anna = Browser::of(&world, &provider, "Anna", SAFETY);
    let sent = anna.get("/?state=all&q=Sanne&band=alert").await;
    assert_eq!((sent.status, sent.headers["location"].as_str()), (303, "/sign-in?to=%2F%3Fstate%3Dall%26band%3Dalert"));
    let under_way = anna.begin("/sign-in?to=%2F%3Fstate%3Dall%26band%3Dalert").await;
    let asked = |name: &str| under_way.query.get(name).map(String::as_str);
    assert_eq!(asked("response_type"), Some("code"));
    assert_eq!(asked("code_challenge_method"), Some("S256"));
    assert_eq!(asked("scope"), Some("openid profile"));
    assert_eq!(asked("redirect_uri"), Some("http://localhost:8080/sign-in/callback"));
    assert_eq!((asked("prompt"), asked("max_age")), (None, None));
    let (lax, _) = anna.cookies.iter().next().expect("a cookie for the way back");
    assert!(lax.starts_with("__Host-dayzero-signing-in-"), "{lax}");
    let address = anna.way_back(&under_way, Signed::Well, |_| {});
    let back = anna.get(&address).await;
    assert_eq!(back.status, 200);
    assert!(
        text(&back).contains("<meta http-equiv=\"refresh\" content=\"0;url=/?state=all&amp;band=alert\">"),
        "{}",
        text(&back)
    );
    assert!(
        back.cookies.iter().any(|cookie| cookie.starts_with("__Host-dayzero-session=") && cookie.contains("SameSite=Strict"))
    );
    assert_eq!(anna.cookies.keys().collect::<Vec<_>>(), ["__Host-dayzero-session"]);
    let queue = text(&anna.get("/").await);
    for shown in ["Anna (anna@pharma.example)", "Drug safety", "Sign out"] {
        assert!(queue.contains(shown), "{shown}");
    }
    let (by, entrance) = entrances(&world).await.pop().expect("a note");
    assert_eq!(by, "Anna (anna@pharma.example)");
    assert_eq!(json!(entrance), json!({ "what": "signed_in", "subject": "subject-of-Anna", "roles": ["safety"] }));
    world.end().await;
}

#[tokio::test]
async fn a_token_that_is_not_for_this_sign_in_signs_nobody_in() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    type Change = fn(&mut Value);
    let rows: [(&str, Signed, Change); 14] = [
        ("another nonce", Signed::Well, |claims| claims["nonce"] = json!("x")),
        ("no nonce", Signed::Well, |claims| claims["nonce"] = Value::Null),
        ("another audience", Signed::Well, |claims| claims["aud"] = json!("payroll")),
        ("a second audience", Signed::Well, |claims| claims["aud"] = json!(["console", "payroll"])),
        ("another issuer", Signed::Well, |claims| claims["iss"] = json!("https://evil.example")),
        ("made for somebody else", Signed::Well, |claims| claims["azp"] = json!("payroll")),
        ("expired", Signed::Well, |claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61)),
        ("of an earlier sign-in", Signed::Well, |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 361)),
        ("of the future", Signed::Well, |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 61)),
        ("no subject", Signed::Well, |claims| claims["sub"] = Value::Null),
        ("unsigned", Signed::Not, |_| {}),
        ("signed with the shared secret", Signed::BySecret, |_| {}),
        ("signed by another key of that name", Signed::ByOtherKey, |_| {}),
        ("no time at all", Signed::Well, |claims| claims["exp"] = Value::Null),
    ];
    for (wrong, signed, change) in rows {
        let mut anna = Browser::of(&world, &provider, "Anna", SAFETY);
        let under_way = anna.begin("/sign-in").await;
        let address = anna.way_back(&under_way, signed, change);
        let back = anna.get(&address).await;
        assert_eq!(back.status, 400, "{wrong}: {}", text(&back));
        assert!(!text(&back).contains("payroll") && !text(&back).contains("evil"), "{wrong}");
        assert!(anna.cookies.is_empty(), "{wrong}");
    }
    assert_eq!(entrances(&world).await, []);
    let mut anna = Browser::of(&world, &provider, "Anna", SAFETY);
    let good = anna.sign_in("/sign-in", |claims| claims["azp"] = json!("console")).await;
    assert_eq!(good.status, 200, "the same token without the fault: {}", text(&good));
    let mut bram = Browser::of(&world, &provider, "Bram", SAFETY);
    let back = bram.sign_in("/sign-in", |claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 300)).await;
    assert_eq!(back.status, 200, "as Entra ID dates its tokens: {}", text(&back));
    world.end().await;
}

#[tokio::test]
async fn the_way_back_is_good_once_in_one_browser_and_for_ten_minutes() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let refused = |response: &dayzero::http::Response| {
        assert_eq!(response.status, 400, "{}", text(response));
        assert!(text(response).contains("was not begun in this browser, was used already, or took longer"), "{}", text(response));
    };
    let mut anna = Browser::of(&world, &provider, "Anna", SAFETY);
    let under_way = anna.begin("/sign-in").await;
    let held = anna.cookies.clone();
    let address = anna.way_back(&under_way, Signed::Well, |_| {});
    // Another browser has no cookie of it, and a made-up one opens nothing.
    let mut eve = Browser::of(&world, &provider, "Eve", SAFETY);
    refused(&eve.get(&address).await);
    let name = held.keys().next().unwrap().clone();
    for value in ["f".repeat(64), "f".repeat(20_000), "short".to_owned()] {
        eve.cookies.insert(name.clone(), value);
        refused(&eve.get(&address).await);
    }
    assert_eq!(anna.get(&address).await.status, 200);
    // The very same request again, with the cookie that was good for it.
    anna.cookies.extend(held.clone());
    refused(&anna.get(&address).await);
    // The cookie of one sign-in and the state of another.
    let mut bram = Browser::of(&world, &provider, "Bram", SAFETY);
    let (first, second) = (bram.begin("/sign-in").await, bram.begin("/sign-in").await);
    let token = |under_way: &browser::UnderWay| format!("__Host-dayzero-signing-in-{}", &under_way.query["state"][..16]);
    let taken = bram.cookies[&token(&first)].clone();
    bram.cookies.insert(token(&second), taken);
    let address = bram.way_back(&second, Signed::Well, |_| {});
    refused(&bram.get(&address).await);
    // Eleven minutes at the provider.
    let late = bram.begin("/sign-in").await;
    world.clock.advance(SignedDuration::from_mins(11));
    let address = bram.way_back(&late, Signed::Well, |_| {});
    refused(&bram.get(&address).await);
    for address in ["/sign-in/callback", "/sign-in/callback?code=x&state=y", "/sign-in/callback?error=access_denied"] {
        refused(&eve.get(address).await);
    }
    assert_eq!(entered(&world).await, [Entered::SignedIn]);
    world.end().await;
}

#[tokio::test]
async fn two_tabs_sign_in_side_by_side() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let mut anna = Browser::of(&world, &provider, "Anna", SAFETY);
    let (first, second) = (anna.begin("/sign-in?to=/deviations").await, anna.begin("/sign-in?to=/channels").await);
    for (under_way, page) in [(first, "/deviations"), (second, "/channels")] {
        let address = anna.way_back(&under_way, Signed::Well, |_| {});
        let back = anna.get(&address).await;
        assert!(text(&back).contains(&format!("0;url={page}\"")), "{}", text(&back));
    }
    world.end().await;
}

#[tokio::test]
async fn signing_in_leads_to_pages_of_our_own_only() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let rows = [
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/%2509/evil.example", "/"),
        ("/nowhere", "/"),
        ("/sign-out", "/"),
        ("/sign-in", "/"),
        ("/api/comments", "/"),
        ("javascript:alert(1)", "/"),
        ("/access?day=2026-03-11", "/access?day=2026-03-11"),
        ("/evidence?from=2026-03-01", "/evidence?from=2026-03-01"),
    ];
    for (to, expected) in rows {
        let mut anna = Browser::of(&world, &provider, "Anna", SAFETY);
        let back = anna.sign_in(&format!("/sign-in?to={}", dayzero::review::percent::encode(to)), |_| {}).await;
        assert!(text(&back).contains(&format!("content=\"0;url={expected}\"")), "{to}: {}", text(&back));
    }
    world.end().await;
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_found_at_once_and_forged_ones_do_not_hammer_it() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    assert_eq!(provider.key_reads(), 1);
    provider.change_keys();
    Browser::signed_in(&world, &provider, "Bram", SAFETY).await;
    assert_eq!(provider.key_reads(), 2);
    provider.change_keys();
    let mut cor = Browser::of(&world, &provider, "Cor", SAFETY);
    assert_eq!(cor.sign_in("/sign-in", |_| {}).await.status, 400, "a second unknown key within 30 s");
    assert_eq!(provider.key_reads(), 2);
    world.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(cor.sign_in("/sign-in", |_| {}).await.status, 200);
    Browser::signed_in(&world, &provider, "Dirk", SAFETY).await;
    assert_eq!(provider.key_reads(), 3);
    world.clock.advance(SignedDuration::from_mins(61));
    Browser::signed_in(&world, &provider, "Ed", SAFETY).await;
    assert_eq!(provider.key_reads(), 4, "what is held is an hour old");
    world.end().await;
}

#[tokio::test]
async fn while_the_provider_is_away_nobody_can_sign_in_and_whoever_is_signed_in_goes_on() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    let mut bram = Browser::of(&world, &provider, "Bram", SAFETY);
    let under_way = bram.begin("/sign-in").await;
    let address = bram.way_back(&under_way, Signed::Well, |_| {});
    provider.answers(false);
    let back = bram.get(&address).await;
    assert_eq!(back.status, 503, "{}", text(&back));
    assert!(bram.cookies.is_empty());
    // What is held of the provider is too old by then.
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_mins(21));
        assert_eq!(anna.get("/").await.status, 200);
    }
    let away = bram.get("/sign-in").await;
    assert_eq!((away.status, away.headers.contains_key("retry-after")), (503, true));
    assert!(text(&away).contains("Nobody can sign in for now"), "{}", text(&away));
    assert_eq!(bram.get("/api/health").await.status, 200);
    provider.answers(true);
    assert_eq!(bram.sign_in("/sign-in", |_| {}).await.status, 200);
    world.end().await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_old_or_signed_out() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    world.clock.advance(SignedDuration::from_mins(29));
    assert_eq!(anna.get("/more").await.status, 200);
    world.clock.advance(SignedDuration::from_mins(29));
    assert_eq!(anna.get("/more").await.status, 200, "it was used in between");
    world.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(anna.get("/more").await.headers["location"], "/sign-in?to=%2Fmore", "idle");
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    for _ in 0..26 {
        world.clock.advance(SignedDuration::from_mins(20));
        assert_eq!(anna.get("/more").await.status, 200);
    }
    world.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(anna.get("/more").await.status, 303, "nine hours old, and in use");
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    let stolen = anna.cookies.clone();
    let token = crate::pages::token(&text(&anna.get("/more").await), "/sign-out");
    assert_eq!(anna.submit("/sign-out", &[("token", "00")]).await.status, 403);
    let out = anna.submit("/sign-out", &[("token", &token)]).await;
    assert_eq!(out.status, 200);
    assert!(text(&out).contains(&format!("0;url={}/end?client_id=console&amp;post_logout_redirect_uri=", provider.issuer)));
    assert!(anna.cookies.is_empty());
    anna.cookies = stolen;
    assert_eq!(anna.get("/more").await.status, 303, "the cookie of a session that was signed out");
    let answer = anna.get("/api/comments").await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (401, "application/json"));
    assert_eq!(entered(&world).await.last(), Some(&Entered::SignedOut));
    world.end().await;
}

#[tokio::test]
async fn whoever_has_no_role_is_told_so_and_it_is_noted() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    for groups in [&[] as &[&str], &["Everybody"], &["drug safety"], &["Drug Safety "]] {
        let mut nora = Browser::of(&world, &provider, "Nora", groups);
        let back = nora.sign_in("/sign-in", |_| {}).await;
        assert_eq!(back.status, 403);
        assert!(text(&back).contains("gives you no role at this console"), "{}", text(&back));
        assert!(nora.cookies.is_empty());
    }
    assert_eq!(entered(&world).await, [Entered::RefusedWithoutRole; 4]);
    // A claim may be one text too.
    let mut nora = Browser::of(&world, &provider, "Nora", &[]);
    assert_eq!(nora.sign_in("/sign-in", |claims| claims["groups"] = json!("PV")).await.status, 200);
    world.end().await;
}

#[test]
fn local_mode_listens_to_other_machines_only_with_sign_in() {
    use dayzero::local::{self, Options};
    let options = |listen: &str| Options { listen: listen.parse().unwrap(), data: None, protocol: None, samples: false };
    let none = |_: &str| None;
    let configured = |name: &str| {
        let variables = [
            ("DAYZERO_SIGN_IN_ISSUER", "https://login.example"),
            ("DAYZERO_SIGN_IN_CLIENT_ID", "console"),
            ("DAYZERO_SIGN_IN_ROLES", "safety=PV"),
            ("DAYZERO_CONSOLE_URL", "https://console.example"),
        ];
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    for (listen, open) in [("127.0.0.1:8080", true), ("[::1]:8080", true), ("0.0.0.0:8080", false), ("192.0.2.1:80", false)] {
        assert_eq!(local::settings(&options(listen), none).is_ok(), open, "{listen}");
        assert!(local::settings(&options(listen), configured).unwrap().is_some(), "{listen}");
    }
    let refused = local::settings(&options("0.0.0.0:8080"), none).expect_err("it is refused").to_string();
    assert!(refused.contains("nobody has to sign in"), "{refused}");
}

#[tokio::test]
async fn the_review_function_answers_gateway_events_with_its_cookies_in_a_list() {
    use dayzero::lambda::Console;
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let mut config = world.config.clone();
    assert!(Console::new(&config).err().expect("it does not start").contains("DAYZERO_SIGN_IN_ISSUER is not set"));
    config.sign_in = Some(settings(&provider.issuer));
    let console = Console::new(&config).expect("a console");
    let event = |path: &str, query: &str| {
        let event = json!({
            "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": { "host": browser::HOST },
            "requestContext": { "http": { "method": "GET", "path": path } }, "isBase64Encoded": false,
        });
        event.to_string().into_bytes()
    };
    let visit = console.answer(&event("/", "")).await;
    assert_eq!((&visit["statusCode"], &visit["headers"]["location"]), (&json!(303), &json!("/sign-in?to=%2F")));
    let begun = console.answer(&event("/sign-in", "to=%2F")).await;
    assert_eq!(begun["statusCode"], 303, "{begun}");
    let cookies = begun["cookies"].as_array().expect("cookies in a list of their own");
    assert!(cookies.len() == 1 && cookies[0].as_str().unwrap().starts_with("__Host-dayzero-signing-in-"), "{begun}");
    assert!(begun["headers"]["location"].as_str().unwrap().starts_with(&format!("{}/authorize?", provider.issuer)));
    assert_eq!(console.answer(&event("/api/health", "")).await["statusCode"], 200);
    assert_eq!(console.answer(&event("/api/comments", "")).await["statusCode"], 401);
    assert_eq!(console.answer(b"{}").await["statusCode"], 400);
    world.end().await;
}
