//! Stories over the pages, as a person with a browser meets them, on the real store: what the queue shows first, what a form does,
//! and that a stranger's words are never anything but text.

use std::collections::BTreeSet;

use dayzero::http::Response;
use dayzero::model::{CommentId, CommentKey, Platform, State};
use jiff::SignedDuration;
use serde_json::json;

use crate::campaigns::{facebook, second};
use crate::world::{World, forum_body, forum_key};

const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const AMBULANCE: &str = "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";
const PRAISE: &str = "Wat een fijne pagina, dank jullie wel!";

/// The tags of a page, each from `<` to the `>` that ends it outside quotes.
fn tags(page: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let mut quoted = false;
        let end = rest[start..].find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let end = start + end.expect("every tag ends") + 1;
        tags.push(&rest[start..end]);
        rest = &rest[end..];
    }
    tags
}

/// The values of an attribute, over all tags.
fn values(page: &str, name: &str) -> Vec<String> {
    let named = format!(" {name}=\"");
    let of = |tag: &&str| tag.split_once(&named).map(|(_, rest)| rest.split('"').next().unwrap_or_default().to_owned());
    tags(page).iter().filter_map(of).map(|value| value.replace("&amp;", "&")).collect()
}

/// The comments that a page of the queue lists, in its order.
pub fn rows(page: &str) -> Vec<CommentKey> {
    values(page, "href").iter().filter_map(|href| CommentKey::parse(href.strip_prefix("/comments/")?)).collect()
}

/// The token of the form that posts to `action`.
pub fn token(page: &str, action: &str) -> String {
    let (_, form) = page.split_once(&format!("action=\"{action}")).unwrap_or_else(|| panic!("no form posts to {action}"));
    let (_, value) = form.split_once("name=\"token\" value=\"").expect("a form has a token");
    value.split('"').next().expect("a value ends").to_owned()
}

pub fn location(answer: &Response) -> &str {
    answer.headers.get("location").map(String::as_str).unwrap_or_default()
}

#[tokio::test]
async fn the_queue_begins_with_what_is_overdue_and_goes_on_with_what_is_due_soonest() {
    let world = World::new().await;
    let late = world.forum_says("late", AMBULANCE).await;
    world.settle().await;
    world.clock.advance(SignedDuration::from_mins(90));
    world.settle().await;
    let praise = world.forum_says("praise", PRAISE).await;
    let event = world.forum_says("event", HARTKLOPPINGEN).await;
    let serious = world.forum_says("serious", AMBULANCE).await;
    world.settle().await;
    // What the company itself wrote asks nothing of anybody, and stands behind what does.
    let ours = forum_body("comment.created", "ours", Some(PRAISE), world.clock.now()).replace("member-1", "u-redactie");
    world.deliver("forum", &ours).await;
    world.settle().await;
    let page = world.page("/").await;
    assert_eq!(rows(&page), [late.clone(), serious, event, praise, forum_key("ours")]);
    let first = page.split("<li class=\"row").nth(1).unwrap();
    for told in
        ["overdue by 30 min", "Acknowledge", "by <time datetime=\"2026-03-11T10:30:00+01:00\">Wed 11 Mar 10:30 CET</time>"]
    {
        assert!(first.contains(told), "{told}: {first}");
    }
    assert!(page.contains("<b>1</b> overdue"));
    let list = world.api("GET", "/api/comments?state=open", None).await;
    let overdue: Vec<bool> =
        list["comments"].as_array().unwrap().iter().map(|comment| comment["overdue"].as_bool().unwrap()).collect();
    assert_eq!(overdue, [true, false, false, false, false]);
    world.api("POST", &format!("/api/comments/{late}/acknowledge"), Some(json!({}))).await;
    world.end().await;
}

#[tokio::test]
async fn a_reader_who_pages_on_meets_every_comment_once() {
    let world = World::new().await;
    let mut said = BTreeSet::new();
    for number in 0..120 {
        said.insert(world.forum_says(&format!("c-{number}"), PRAISE).await);
    }
    world.settle().await;
    let (mut address, mut met, mut pages) = (Some("/".to_owned()), Vec::new(), Vec::new());
    while let Some(here) = address {
        let page = world.page(&here).await;
        let keys = rows(&page);
        pages.push(keys.len());
        met.extend(keys);
        address = page.split_once("rel=\"next\" href=\"").map(|(_, rest)| rest.split('"').next().unwrap().replace("&amp;", "&"));
    }
    assert_eq!(pages, [50, 50, 20]);
    assert_eq!(met.iter().cloned().collect::<BTreeSet<_>>(), said);
    assert_eq!(met.len(), 120);
    let (mut after, mut met) = (String::new(), Vec::new());
    loop {
        let list = world.api("GET", &format!("/api/comments?limit=7&after={after}"), None).await;
        met.extend(list["comments"].as_array().unwrap().iter().map(|comment| comment["key"].as_str().unwrap().to_owned()));
        match list["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(met.iter().collect::<BTreeSet<_>>().len(), 120);
    assert_eq!(met.len(), 120);
    world.end().await;
}

#[tokio::test]
async fn filters_show_what_they_name_and_nothing_else() {
    let world = World::new().await;
    world.publish(&second()).await.unwrap();
    // The door of the forums serves two campaigns now, so a body has to say which forum it comes from.
    for (id, text) in [("event", HARTKLOPPINGEN), ("held", AMBULANCE), ("praise", PRAISE)] {
        let body = forum_body("comment.created", id, Some(text), world.clock.now());
        let account = "\"account\":\"forum.samenovermigraine.example\",\"comment_id\"";
        world.deliver("forum", &body.replace("\"comment_id\"", account)).await;
    }
    let (event, held, praise) = (forum_key("event"), forum_key("held"), forum_key("praise"));
    world.deliver("meta", &facebook("209715200000001", PRAISE)).await;
    let other = CommentId::new(Platform::Facebook, "209715200000001", "209715200000001_1").key();
    world.settle().await;
    world.api("POST", &format!("/api/comments/{held}/acknowledge"), Some(json!({}))).await;
    let decision = json!({"decision": "not_a_case", "reason": "praise", "revision": world.record(&praise).await.revision});
    world.api("POST", &format!("/api/comments/{praise}/decision"), Some(decision)).await;
    let filters: [(&str, &[&CommentKey]); 10] = [
        ("/", &[&event, &held, &other]),
        ("/?state=open", &[&event, &other]),
        ("/?state=acknowledged", &[&held]),
        ("/?state=closed", &[&praise]),
        ("/?state=all", &[&event, &held, &praise, &other]),
        ("/?band=alert", &[&event, &held]),
        ("/?state=all&band=log", &[&praise, &other]),
        ("/?campaign=hoofdpijn-be", &[&other]),
        ("/?state=all&campaign=migraine-nl", &[&event, &held, &praise]),
        ("/?campaign=%28none%29", &[]),
    ];
    for (address, expected) in filters {
        let page = world.page(address).await;
        let expected: BTreeSet<CommentKey> = expected.iter().map(|key| (*key).clone()).collect();
        assert_eq!(rows(&page).into_iter().collect::<BTreeSet<_>>(), expected, "{address}");
        assert!(page.contains("Samen over migraine (hoofdpijn-be)"), "two campaigns of one title are told apart");
    }
    world.end().await;
}

#[tokio::test]
async fn a_form_acknowledges_with_its_token_and_not_without() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    let address = format!("/comments/{key}/acknowledge");
    let foreign = "0".repeat(64);
    for fields in [&[][..], &[("token", foreign.as_str())]] {
        let answer = world.submit(&address, fields).await;
        assert_eq!(answer.status, 403);
    }
    assert_eq!(world.record(&key).await.state(), State::Open);
    let token = token(&world.page("/").await, &address);
    let answer = world.submit(&address, &[("token", &token), ("back", "queue")]).await;
    assert_eq!((answer.status, location(&answer)), (303, "/?state=open&state=acknowledged&done=acknowledged"));
    assert_eq!(world.record(&key).await.in_hand().unwrap().by, "Ann");
    let page = world.page(location(&answer)).await;
    assert!(page.contains("In hand: Ann") && page.contains("You have it in hand."));
    world.end().await;
}

#[tokio::test]
async fn a_form_decides_and_a_stale_one_keeps_what_was_typed() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    let (address, page) = (format!("/comments/{key}/decision"), world.page(&format!("/comments/{key}")).await);
    let token = token(&page, &address);
    let (_, revision) = page.split_once("name=\"revision\" value=\"").unwrap();
    let revision = revision.split('"').next().unwrap();
    world.pass(1).await;
    world.forum_event("comment.edited", "c-1", Some(AMBULANCE)).await;
    world.settle().await;
    let fields = |revision| {
        [("token", token.as_str()), ("revision", revision), ("decision", "case"), ("case_number", "NL-7"), ("reason", "all four")]
    };
    let stale = world.submit(&address, &fields(revision)).await;
    let told = String::from_utf8(stale.body).unwrap();
    assert_eq!(stale.status, 409);
    for words in ["This comment changed since you opened it", "value=\"NL-7\"", "all four</textarea>", "ambulance"] {
        assert!(told.contains(words), "{words}");
    }
    let now = world.record(&key).await.revision.to_string();
    let done = world.submit(&address, &fields(&now)).await;
    assert_eq!((done.status, location(&done)), (303, format!("/comments/{key}?done=decided").as_str()));
    assert_eq!(world.record(&key).await.case_number(), Some("NL-7"));
    world.end().await;
}

#[tokio::test]
async fn the_low_band_is_decided_in_bulk() {
    let world = World::new().await;
    let low = [world.forum_says("c-1", PRAISE).await, world.forum_says("c-2", PRAISE).await];
    let alert = world.forum_says("c-3", HARTKLOPPINGEN).await;
    world.settle().await;
    let page = world.page("/?pick=all").await;
    let picks = values(&page, "value").into_iter().filter(|value| value.contains('@')).collect::<BTreeSet<_>>();
    assert_eq!(picks, low.iter().map(|key| format!("{key}@2")).collect(), "an alert cannot be ticked");
    let token = token(&page, "/decisions");
    let forged = format!("{alert}@3");
    let mut fields = vec![("token", token.as_str()), ("reason", "praise"), ("pick", forged.as_str())];
    fields.extend(picks.iter().map(|pick| ("pick", pick.as_str())));
    let done = world.submit("/decisions", &fields).await;
    assert_eq!((done.status, location(&done)), (303, "/?state=open&state=acknowledged&done=decided-2-1"));
    assert!(world.page(location(&done)).await.contains("2 decided as not a case. 1 left as it is"));
    for key in &low {
        assert_eq!(world.record(key).await.state(), State::Closed);
    }
    assert_eq!(world.record(&alert).await.state(), State::Open);
    world.end().await;
}

#[tokio::test]
async fn a_thread_leads_from_the_answer_to_its_parent_and_back() {
    let world = World::new().await;
    let parent = world.forum_says("c-1", HARTKLOPPINGEN).await;
    let body = forum_body("comment.created", "c-2", Some("Ik ook!"), world.clock.now());
    world.deliver("forum", &body.replace("\"comment_id\":\"c-2\"", "\"comment_id\":\"c-2\",\"parent_id\":\"c-1\"")).await;
    let answer = forum_key("c-2");
    world.settle().await;
    let page = world.page(&format!("/comments/{answer}")).await;
    assert!(page.contains("It answers") && page.contains(HARTKLOPPINGEN) && rows(&page).contains(&parent));
    let page = world.page(&format!("/comments/{parent}")).await;
    assert!(page.contains("Answers to it") && page.contains("Ik ook!") && rows(&page).contains(&answer));
    world.end().await;
}

#[tokio::test]
async fn what_nobody_could_read_is_shown_as_it_arrived() {
    let world = World::new().await;
    let long = format!("{{\"kind\": \"</pre><script>\u{202e}\", \"more\": \"{}\"", "é".repeat(20_000));
    world.deliver("forum", &long).await;
    world.settle().await;
    let list = world.api("GET", "/api/comments", None).await;
    let key = list["comments"][0]["key"].as_str().unwrap();
    let page = world.page(&format!("/comments/{key}")).await;
    only_our_tags(&page);
    assert!(page.contains("What arrived"));
    assert!(page.contains("{&quot;kind&quot;: &quot;&lt;/pre&gt;&lt;script&gt;<span class=\"unseen\""));
    assert!(page.contains("This is its beginning"));
    let shown = page.matches('é').count();
    assert!((10_000..10_240).contains(&shown), "the first 20 KB are shown: {shown}");
    world.end().await;
}

/// Fails if a page holds a tag or an attribute that none of ours has, or leads anywhere but to ourselves.
pub fn only_our_tags(page: &str) {
    for tag in tags(page) {
        let name = tag.trim_start_matches(['<', '/']).split([' ', '>']).next().unwrap();
        assert!(!["script", "img", "iframe", "svg", "object", "base", "style", "b>"].contains(&name), "{tag}");
        assert!(!tag.to_lowercase().contains(" on"), "{tag}");
        assert!(!tag.to_lowercase().contains("javascript:"), "{tag}");
    }
    for name in ["href", "action", "src"] {
        for value in values(page, name) {
            assert!(value.starts_with(['/', '#']) && !value.starts_with("//"), "{name}={value}");
        }
    }
}

#[tokio::test]
async fn a_strangers_words_are_only_ever_text() {
    let world = World::new().await;
    let long = format!("{AMBULANCE} {}", "x".repeat(60_000));
    let texts: [(&str, &str); 7] = [
        ("<script>alert(1)</script> hartkloppingen", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\"><img src=x onerror=alert(1)>", "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"),
        ("' onmouseover='alert(1)", "' onmouseover='alert(1)"),
        ("Norvexa \u{202e}neppolk\u{202c}", "<span class=\"unseen\" title=\"right-to-left override\">RLO</span>"),
        ("hart\u{200b}kloppingen van Norvexa", "<span class=\"unseen\" title=\"zero width space\">ZWSP</span>"),
        ("https://evil.example/?a=<b>&javascript:alert(1)", "https://evil.example/?a=&lt;b&gt;&amp;javascript:alert(1)"),
        (&long, "xxxxxxxx"),
    ];
    for (number, (text, _)) in texts.iter().enumerate() {
        world.forum_says(&format!("c-{number}"), text).await;
    }
    world.settle().await;
    let queue = world.page("/").await;
    only_our_tags(&queue);
    for (number, (text, shown)) in texts.iter().enumerate() {
        let page = world.page(&format!("/comments/{}", forum_key(&format!("c-{number}")))).await;
        only_our_tags(&page);
        let start: String = text.chars().take(40).collect();
        assert!(unmarked(&page).contains(shown), "{start}");
        assert!(unmarked(&queue).contains(shown), "{start}");
    }
    world.end().await;
}

/// A page without the marks of evidence, which may begin and end anywhere in a text.
fn unmarked(page: &str) -> String {
    let mut pieces = page.split("<mark ");
    let first = pieces.next().unwrap_or_default().to_owned();
    let rest = pieces.map(|piece| piece.split_once('>').map_or(piece, |(_, rest)| rest));
    rest.fold(first, |page, piece| page + piece).replace("</mark>", "")
}

#[tokio::test]
async fn every_page_forbids_what_it_does_not_need() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARTKLOPPINGEN).await;
    world.settle().await;
    let addresses = [
        ("/".to_owned(), 200),
        (format!("/comments/{key}"), 200),
        ("/name".to_owned(), 200),
        ("/assets/dayzero.css".to_owned(), 200),
        (format!("/api/comments/{key}"), 200),
        ("/?state=none".to_owned(), 422),
        ("/nowhere".to_owned(), 404),
        (format!("/comments/{key}/decision"), 405),
    ];
    let policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    for (address, status) in addresses {
        let answer = world.ask("GET", &address, None).await;
        assert_eq!(answer.status, status, "{address}");
        for (name, value) in [
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers.get(name).map(String::as_str), Some(value), "{address}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn every_page_has_the_same_few_entries_and_marks_where_it_stands() {
    let world = World::new().await;
    let key = world.forum_says("c-1", "Sinds ik Norvexa slik heb ik hartkloppingen").await;
    world.settle().await;
    let (comment, evidence) = (format!("/comments/{key}"), format!("/comments/{key}/evidence"));
    // Page, the entry that is marked, and how.
    let rows = [
        ("/", "/", "page"),
        (&comment, "/", "true"),
        (&evidence, "/", "true"),
        ("/sample", "/sample", "page"),
        ("/deviations", "/deviations", "page"),
        ("/statements", "/statements", "page"),
        ("/more", "/more", "page"),
        ("/evidence", "/more", "true"),
        ("/access", "/more", "true"),
        ("/erasure", "/more", "true"),
        ("/protocols", "/more", "true"),
        ("/protocols/migraine-nl", "/more", "true"),
        ("/channels", "/more", "true"),
        ("/drills", "/more", "true"),
        ("/quality", "/more", "true"),
    ];
    let more = world.page("/more").await;
    for (address, entry, how) in rows {
        let page = world.page(address).await;
        only_our_tags(&page);
        let head = page.split_once("<nav aria-label=\"Main\">").unwrap().1.split_once("</nav>").unwrap().0;
        assert_eq!(head.matches("<a ").count(), 5, "{address}");
        assert_eq!(head.matches("aria-current").count(), 1, "{address}");
        assert!(head.contains(&format!("href=\"{entry}\" aria-current=\"{how}\"")), "{address}: {head}");
        let linked = |from: &str| from.contains(&format!("href=\"{address}\""));
        let below = address.contains("/comments/") || address.starts_with("/protocols/");
        assert!(linked(head) || linked(&more) || below, "{address} is reached from the head in two steps");
    }
    world.end().await;
}
