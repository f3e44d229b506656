//! What each role is shown and may do, over the whole way: refusals with their notes, the administrator who reads no words, signatures that
//! need a fresh proof, and two people who are two people.

use dayzero::model::session::Entered;
use dayzero::model::{CommentKey, Period};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::browser::{Browser, text, world_with};
use super::provider::{Provider, Signed};
use super::{SAFETY, entered, entrances};
use crate::pages::token;
use crate::world::World;

const CANARY: &str = "kanariezangwoord";

async fn a_comment(world: &World) -> CommentKey {
    let key = world.forum_says("c-1", &format!("Mijn moeder is na Norvexa met de ambulance opgehaald {CANARY}")).await;
    world.settle().await;
    key
}

#[tokio::test]
async fn what_a_role_may_not_is_refused_and_noted_without_what_was_typed() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let key = a_comment(&world).await;
    let mut audra = Browser::signed_in(&world, &provider, "Audra", &["Audit"]).await;
    assert_eq!(audra.get(&format!("/comments/{key}")).await.status, 200);
    let refused = audra.json(&format!("/api/comments/{key}/acknowledge?reason=topsecret"), json!({})).await;
    assert_eq!(refused.status, 403);
    let error: Value = serde_json::from_slice(&refused.body).unwrap();
    assert!(error["error"].as_str().unwrap().contains("Your role does not include this"), "{error}");
    let form = audra.submit(&format!("/comments/{key}/decision"), &[("reason", "topsecret")]).await;
    assert_eq!(form.status, 403);
    assert!(text(&form).contains("Sign out"), "the page of a refusal has its head");
    let notes = entrances(&world).await;
    let addresses: Vec<&str> = notes.iter().filter_map(|(_, entrance)| entrance.address.as_deref()).collect();
    let expected = [format!("POST /api/comments/{key}/acknowledge"), format!("POST /comments/{key}/decision")];
    assert_eq!(addresses, expected.each_ref().map(String::as_str));
    let journal = text(&audra.get("/access").await);
    assert!(journal.contains("was refused") && !journal.contains("topsecret"), "{journal}");
    assert!(world.record(&key).await.in_hand().is_none());
    world.end().await;
}

/// Every address that shows something.
fn addresses(key: &CommentKey) -> Vec<String> {
    let fixed = [
        "/",
        "/?state=all",
        "/more",
        "/evidence",
        "/deviations",
        "/access",
        "/erasure",
        "/statements",
        "/sample",
        "/quality",
        "/channels",
        "/drills",
        "/protocols",
        "/protocols/migraine-nl",
        "/statements/migraine-nl/2026-03-10",
        "/name",
        "/sign-out",
        "/api/comments",
        "/api/evidence",
        "/api/deviations",
        "/api/access",
        "/api/protocols",
        "/api/statements",
        "/api/sample",
        "/api/quality",
        "/api/channels",
        "/api/drills",
        "/api/statements/migraine-nl/2026-03-10.csv",
    ];
    let of_key = ["/comments/KEY", "/comments/KEY/evidence", "/api/comments/KEY", "/api/comments/KEY/evidence"];
    let of_key = of_key.map(|address| address.replace("KEY", key.as_str()));
    fixed.map(str::to_owned).into_iter().chain(of_key).collect()
}

#[tokio::test]
async fn an_administrator_is_shown_no_word_of_a_patient_on_any_page() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let key = a_comment(&world).await;
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    let mut ada = Browser::signed_in(&world, &provider, "Ada", &["IT"]).await;
    let (mut shown, mut open) = (0, 0);
    for address in addresses(&key) {
        shown += usize::from(text(&anna.get(&address).await).contains(CANARY));
        let seen = ada.get(&address).await;
        assert!(!text(&seen).contains(CANARY), "{address}");
        open += usize::from(seen.status == 200);
    }
    assert!(shown >= 6, "drug safety finds the word on {shown} pages");
    assert!(open >= 10, "an administrator opens {open} pages");
    assert_eq!(ada.get("/").await.status, 403);
    world.end().await;
}

#[tokio::test]
async fn nobody_is_shown_a_link_or_a_form_that_is_then_refused() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let key = a_comment(&world).await;
    let people: [(&str, &[&str], bool); 5] = [
        ("Anna", SAFETY, true),
        ("Quinn", &["QA"], false),
        ("Wes", &["Webcare"], false),
        ("Audra", &["Audit"], false),
        ("Ada", &["IT"], false),
    ];
    for (login, groups, may_decide) in people {
        let mut browser = Browser::signed_in(&world, &provider, login, groups).await;
        let (mut ahead, mut seen) = (vec!["/more".to_owned()], std::collections::BTreeSet::new());
        while let Some(address) = ahead.pop() {
            if !seen.insert(address.clone()) || seen.len() > 80 {
                continue;
            }
            let answer = browser.get(&address).await;
            assert!(matches!(answer.status, 200 | 303), "{login} is shown {address}, which answers {}", answer.status);
            let page = text(&answer);
            let links = page.split(" href=\"").skip(1).filter_map(|rest| rest.split(['"', '#']).next());
            ahead.extend(links.filter(|link| link.starts_with('/')).map(|link| link.replace("&amp;", "&")));
        }
        let case = browser.get(&format!("/comments/{key}")).await;
        assert_eq!(text(&case).contains("/decision\""), may_decide, "{login}");
    }
    world.end().await;
}

#[tokio::test]
async fn webcare_and_quality_take_their_own_matters_and_nothing_else() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let serious = a_comment(&world).await;
    let distress =
        world.forum_says("c-2", "Ik trek het niet meer. Ik zie het niet meer zitten en wil er een eind aan maken.").await;
    let complaint = world
        .forum_says("c-3", "Sinds ik Norvexa slik was de verpakking al twee keer open en de tabletten waren verkruimeld.")
        .await;
    world.settle().await;
    let class = |record: dayzero::model::Record| record.class().map(|class| class.as_str());
    let classes = [class(world.record(&distress).await), class(world.record(&complaint).await)];
    assert_eq!(classes, [Some("distress"), Some("quality_complaint")]);
    let mut wes = Browser::signed_in(&world, &provider, "Wes", &["Webcare"]).await;
    let mut quinn = Browser::signed_in(&world, &provider, "Quinn", &["QA"]).await;
    for (key, by_webcare, by_quality) in [(&serious, 403, 403), (&distress, 200, 403), (&complaint, 403, 200)] {
        let address = format!("/api/comments/{key}/acknowledge");
        assert_eq!(wes.json(&address, json!({})).await.status, by_webcare, "webcare: {key}");
        assert_eq!(quinn.json(&address, json!({})).await.status, by_quality, "quality: {key}");
    }
    let revision = world.record(&complaint).await.revision;
    let address = format!("/api/comments/{complaint}/decision");
    let closing = json!({ "decision": "not_a_case", "reason": "x", "revision": revision });
    assert_eq!(quinn.json(&address, closing).await.status, 403, "to close it as no case is drug safety's");
    let own = json!({ "decision": "quality_complaint", "revision": revision });
    assert_eq!(quinn.json(&address, own).await.status, 200);
    world.end().await;
}

#[tokio::test]
async fn nobody_acts_in_another_name() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let key = a_comment(&world).await;
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    let address = format!("/api/comments/{key}/acknowledge");
    assert_eq!(anna.json(&address, json!({ "by": "Bram" })).await.status, 422);
    assert_eq!(anna.json(&address, json!({ "by": "Anna (anna@pharma.example)" })).await.status, 200);
    assert_eq!(world.record(&key).await.in_hand().map(|by| by.by.as_str()), Some("Anna (anna@pharma.example)"));
    assert_eq!(anna.get("/name").await.status, 404);
    world.end().await;
}

const STATEMENT: &str = "/statements/migraine-nl/2026-03-10";

async fn stated(browser: &mut Browser<'_>) -> String {
    let made = browser.json("/api/statements/migraine-nl", json!({ "period": "2026-03-10" })).await;
    assert_eq!(made.status, 200, "{}", text(&made));
    let made: Value = serde_json::from_slice(&made.body).unwrap();
    assert_eq!(Period::parse(made["period"].as_str().unwrap()), Period::parse("2026-03-10"));
    made["digest"].as_str().unwrap().to_owned()
}

fn signature<'a>(digest: &'a str, side: &'a str) -> Value {
    json!({ "digest": digest, "side": side, "meaning": "with_remarks", "remarks": "read" })
}

#[tokio::test]
async fn a_signature_needs_a_proof_of_the_last_five_minutes() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    let digest = stated(&mut anna).await;
    let address = format!("/api{STATEMENT}/signatures");
    world.clock.advance(SignedDuration::from_mins(6));
    let refused = anna.json(&address, signature(&digest, "drug_safety")).await;
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("sign in again"), "{}", text(&refused));
    let page = text(&anna.get(STATEMENT).await);
    let again = format!("/sign-in?again=1&amp;to={}", dayzero::review::percent::encode(STATEMENT));
    assert!(page.contains(&again) && !page.contains("/signatures\""), "{page}");

    let again = again.replace("&amp;", "&");
    let under_way = anna.begin(&again).await;
    assert_eq!((under_way.query["prompt"].as_str(), under_way.query["max_age"].as_str()), ("login", "0"));
    let before = anna.cookies.clone();
    // The provider did not ask anew, or says nothing of it; or somebody else sits there now.
    let old = world.clock.now().as_second() - 61;
    let back = anna.way_back(&under_way, Signed::Well, |claims| claims["auth_time"] = json!(old));
    assert_eq!(anna.get(&back).await.status, 400);
    assert_eq!(anna.sign_in(&again, |claims| claims["auth_time"] = Value::Null).await.status, 400);
    let other = anna.sign_in(&again, |claims| claims["sub"] = json!("subject-of-Bram")).await;
    assert_eq!(other.status, 400);
    assert!(text(&other).contains("somebody else"), "{}", text(&other));
    assert_eq!(anna.json(&address, signature(&digest, "drug_safety")).await.status, 403);

    let fresh = anna.sign_in(&again, |_| {}).await;
    assert!(text(&fresh).contains(&format!("0;url={STATEMENT}\"")), "{}", text(&fresh));
    assert_eq!(anna.json(&address, signature(&digest, "channel_owner")).await.status, 403, "not her side");
    let signed = anna.json(&address, signature(&digest, "drug_safety")).await;
    assert_eq!(signed.status, 200, "{}", text(&signed));
    assert!(text(&signed).contains("subject-of-Anna"), "the signature holds the provider's id");
    let session = anna.cookies.clone();
    anna.cookies.extend(before.into_iter().filter(|(name, _)| name.ends_with("session")));
    assert_eq!(anna.get("/more").await.status, 303, "the session before it has ended");
    assert_ne!(anna.cookies, session);
    assert!(entered(&world).await.contains(&Entered::SignedInAgain));
    world.end().await;
}

#[tokio::test]
async fn two_sides_are_two_people_whatever_they_are_called() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    let both: &[&str] = &["Drug Safety", "QA"];
    let mut anna = Browser::signed_in(&world, &provider, "Anna", both).await;
    let digest = stated(&mut anna).await;
    let address = format!("/api{STATEMENT}/signatures");
    assert_eq!(anna.json(&address, signature(&digest, "drug_safety")).await.status, 200);
    // The same person under a new name is the same person.
    let mut renamed = Browser::of(&world, &provider, "Anna", both);
    let back = renamed.sign_in("/sign-in", |claims| claims["name"] = json!("Anna Jansen")).await;
    assert_eq!(back.status, 200);
    let refused = renamed.json(&address, signature(&digest, "channel_owner")).await;
    assert!(text(&refused).contains("One person cannot sign for both sides."), "{}", text(&refused));
    // Another person of the same name and address is another person.
    let mut namesake = Browser::of(&world, &provider, "Anna", both);
    assert_eq!(namesake.sign_in("/sign-in", |claims| claims["sub"] = json!("subject-2")).await.status, 200);
    let signed = namesake.json(&address, signature(&digest, "channel_owner")).await;
    assert_eq!(signed.status, 200, "{}", text(&signed));
    world.end().await;
}

#[tokio::test]
async fn an_erasure_needs_two_people_and_a_fresh_proof() {
    let provider = Provider::start().await;
    let world = world_with(&provider).await;
    a_comment(&world).await;
    let mut anna = Browser::signed_in(&world, &provider, "Anna", SAFETY).await;
    let ask = token(&text(&anna.get("/erasure").await), "/erasure");
    let fields = [("token", ask.as_str()), ("platform", "forum"), ("author", "Sanne"), ("reason", "letter")];
    assert_eq!(anna.submit("/erasure", &fields).await.status, 303);
    assert!(!text(&anna.get("/erasure").await).contains("/erasure/agree"), "her own request");
    let mut bram = Browser::signed_in(&world, &provider, "Bram", SAFETY).await;
    let page = text(&bram.get("/erasure").await);
    let agree = token(&page, "/erasure/agree");
    let id = page.split("name=\"request\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    world.clock.advance(SignedDuration::from_mins(6));
    let fields = [("token", agree.as_str()), ("request", id.as_str())];
    assert_eq!(bram.submit("/erasure/agree", &fields).await.status, 403, "his proof is six minutes old");
    let mut bram = Browser::signed_in(&world, &provider, "Bram", SAFETY).await;
    let agree = token(&text(&bram.get("/erasure").await), "/erasure/agree");
    assert_eq!(bram.submit("/erasure/agree", &[("token", &agree), ("request", &id)]).await.status, 303);
    world.settle().await;
    world.end().await;
}
