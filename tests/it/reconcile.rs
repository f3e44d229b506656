//! Stories of reconciliation: differences that were planted are each found with their own sentence, statements stay as they were signed,
//! and two workers make one of everything.

use dayzero::metrics::Metrics;
use dayzero::model::chain::New;
use dayzero::model::{Actor, CampaignId, CommentId, CommentKey, Happening, JournalId, Period, Platform, Stage};
use dayzero::reconcile::{Night, Nil, Reconcile, nights};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::world::{World, forum_body, forum_key, kinds};

pub const HARMLESS: &str = "Wat een mooie wandeling was dat zaterdag";
const REPORT: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
pub const CAMPAIGN: &str = "migraine-nl";
pub const DAY: i64 = 24 * 60;

pub fn stage(world: &World) -> Reconcile {
    Reconcile { store: world.store.clone(), clock: world.clock.clone(), metrics: Metrics::memory() }
}

pub fn campaign() -> CampaignId {
    CampaignId::new(CAMPAIGN)
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The sentences of what does not agree between two dates, each with its kind before it.
async fn differences(world: &World) -> Vec<(String, String)> {
    let looked = stage(world).look(&campaign(), date("2026-03-01"), date("2026-06-01")).await.unwrap();
    looked.differences.into_iter().map(|task| (task.kind, task.sentence)).collect()
}

async fn kinds_of(world: &World) -> Vec<String> {
    differences(world).await.into_iter().map(|(kind, _)| kind).collect()
}

pub async fn decide(world: &World, key: &CommentKey, mut decision: Value) {
    decision["revision"] = json!(world.record(key).await.revision);
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.settle().await;
}

async fn acknowledge(world: &World, key: &CommentKey) {
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    world.settle().await;
}

pub async fn case(world: &World, id: &str, number: &str) -> CommentKey {
    let key = world.forum_says(id, REPORT).await;
    world.settle().await;
    acknowledge(world, &key).await;
    decide(world, &key, json!({"decision": "case", "case_number": number})).await;
    key
}

async fn harmless(world: &World, id: &str) -> CommentKey {
    let key = world.forum_says(id, HARMLESS).await;
    world.settle().await;
    decide(world, &key, json!({"decision": "not_a_case", "reason": "een wandeling"})).await;
    key
}

async fn list(world: &World, rows: &str) {
    let csv = format!("case_number,received_at,comment_key\n{rows}\n");
    let file = stage(world).read_cases(&campaign(), csv.as_bytes(), "Ann").await.unwrap();
    assert_eq!(file.faults, Vec::<String>::new());
}

#[tokio::test]
async fn where_everything_agrees_nothing_is_a_difference() {
    let world = World::new().await;
    let key = case(&world, "c-1", "NL-1").await;
    harmless(&world, "c-2").await;
    list(&world, &format!(" nl-1 ,2026-03-11,{key}")).await;
    world.pass(60).await;
    assert_eq!(differences(&world).await, []);
    world.end().await;
}

#[tokio::test]
async fn a_delivery_that_stays_unworked_is_found() {
    let world = World::new().await;
    world.deliver("forum", &forum_body("comment.created", "c-1", Some(HARMLESS), world.clock.now())).await;
    assert_eq!(differences(&world).await, [], "it may take a moment");
    world.clock.advance(jiff::SignedDuration::from_mins(16));
    let found = differences(&world).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "delivery-waiting");
    assert!(found[0].1.ends_with("was kept at 2026-03-11T08:30Z and has not been worked off."), "{found:?}");
    world.abandon();
}

#[tokio::test]
async fn a_part_without_a_record_and_a_record_without_a_sighting_are_found() {
    let world = World::new().await;
    let key = harmless(&world, "c-1").await;
    world.pass(10).await;
    // The same words once more: a link tells of that delivery, and no entry does.
    world.clock.advance(jiff::SignedDuration::from_secs(5));
    let again = forum_body("comment.created", "c-1", Some(HARMLESS), world.record(&key).await.aware_at.timestamp());
    world.deliver("forum", &again.replace("topic-1", "topic-1 ")).await;
    world.settle().await;
    assert_eq!(differences(&world).await, []);

    // A delivery that says of itself that it is worked off, and is not.
    world.deliver("forum", &forum_body("comment.created", "c-9", Some("Tot zondag"), world.clock.now())).await;
    let open = world.store.open_work(world.clock.now(), 10).await.unwrap();
    let Some(dayzero::store::Work::Delivery(id)) = open.first().map(|open| open.work.clone()) else { panic!("{open:?}") };
    world.store.worked_off(&id, world.clock.now()).await.unwrap();
    let found = differences(&world).await;
    assert_eq!(
        found,
        [("part-without-record".to_owned(), format!("Delivery {id} names comment {}, which has no record.", forum_key("c-9")))]
    );

    // Another delivery of a known comment, likewise: the record knows nothing of it.
    world.deliver("forum", &forum_body("comment.edited", "c-1", Some("Tot maandag"), world.clock.now())).await;
    let open = world.store.open_work(world.clock.now(), 10).await.unwrap();
    let Some(dayzero::store::Work::Delivery(edit)) = open.first().map(|open| open.work.clone()) else { panic!("{open:?}") };
    world.store.worked_off(&edit, world.clock.now()).await.unwrap();
    let sentence = format!("Delivery {edit} names comment {key}, whose record knows nothing of that delivery.");
    assert!(differences(&world).await.contains(&("part-without-sighting".to_owned(), sentence)));
    assert!(!format!("{:?}", differences(&world).await).contains("Tot "), "no person's words");
    world.abandon();
}

#[tokio::test]
async fn a_chain_that_was_tampered_with_is_found_and_hides_nothing_else() {
    let world = World::new().await;
    let key = harmless(&world, "c-1").await;
    harmless(&world, "c-2").await;
    world.spoil(&format!("comment#{key}"), "event#000002", "body", "{}").await;
    let sentence = format!("The record {key} cannot be read back: its chain is broken, cut off or without its beginning.");
    assert_eq!(differences(&world).await, [("record-broken".to_owned(), sentence)]);
    world.abandon();
}

#[tokio::test]
async fn what_people_leave_is_found_and_goes_away_once_they_have_done_it() {
    let world = World::new().await;
    let key = world.forum_says("c-1", REPORT).await;
    world.settle().await;
    assert_eq!(differences(&world).await, [], "its windows are running");
    world.pass(4 * DAY).await;
    let found = differences(&world).await;
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert!(kinds.contains(&"undecided-late") && kinds.contains(&"alert-not-acknowledged"), "{found:?}");
    acknowledge(&world, &key).await;
    decide(&world, &key, json!({"decision": "case", "case_number": "NL-1"})).await;
    assert_eq!(differences(&world).await, []);
    world.pass(9 * DAY).await;
    assert_eq!(kinds_of(&world).await, ["case-not-confirmed"]);
    world.end().await;
}

#[tokio::test]
async fn an_alert_that_no_carrier_takes_is_found() {
    let world = World::new().await;
    world.topic_faults.all(Fault::ServerError);
    world.forum_says("c-1", REPORT).await;
    world.settle().await;
    world.clock.advance(jiff::SignedDuration::from_mins(20));
    let found = differences(&world).await;
    assert!(
        found.iter().any(|(kind, sentence)| kind == "alert-not-sent" && sentence.ends_with("and no carrier has accepted it.")),
        "{found:?}"
    );
    world.abandon();
}

#[tokio::test]
async fn case_numbers_are_held_against_the_safety_databases_list_both_ways() {
    let world = World::new().await;
    let listed = case(&world, "c-1", "NL-1").await;
    let missing = case(&world, "c-2", "NL-2").await;
    let (twice, double) = (case(&world, "c-3", "NL-3").await, case(&world, "c-4", "nl-3").await);
    let withdrawn = case(&world, "c-5", "NL-5").await;
    decide(&world, &withdrawn, json!({"decision": "not_a_case", "reason": "een vergissing"})).await;
    world.pass(5).await;
    list(&world, &format!("NL-1,2026-03-12,{twice}\nNL-3,2026-03-11,\nNL-5,2026-03-11,\n=NL-9,2026-03-14,")).await;
    let found = differences(&world).await;
    let sentence = |kind: &str| found.iter().filter(|(known, _)| known == kind).map(|(_, text)| text.clone()).collect::<Vec<_>>();
    assert_eq!(
        sentence("case-dates"),
        [format!("Case NL-1: the safety database received it on 2026-03-12, and day zero of comment {listed} is 2026-03-11.")]
    );
    assert_eq!(
        sentence("case-comment"),
        [format!("Case NL-1 is listed for comment {twice}, and was decided for comment {listed}.")]
    );
    assert_eq!(
        sentence("case-not-listed"),
        [format!("Case NL-2 was decided for comment {missing}, and the safety database's list does not have it.")]
    );
    let both = sentence("case-number-twice").concat();
    assert!(both.starts_with("Case number ") && both.contains(twice.as_str()) && both.contains(double.as_str()), "{both}");
    assert_eq!(
        sentence("case-unknown"),
        ["The safety database lists case =NL-9, received on 2026-03-14, which no comment here has."]
    );
    assert_eq!(
        sentence("case-withdrawn"),
        [format!("The safety database lists case NL-5; comment {withdrawn} had that number and was decided otherwise since.")]
    );
    assert_eq!(found.len(), 6, "{found:?}");

    // A second list adds the missing one and corrects the other; the first list's cases stay known.
    list(&world, &format!("NL-1,2026-03-11T10:00:00+01:00,{listed}\nNL-2,2026-03-11,")).await;
    let mut left = kinds_of(&world).await;
    left.sort();
    assert_eq!(left, ["case-number-twice", "case-unknown", "case-withdrawn"]);
    world.end().await;
}

#[tokio::test]
async fn that_the_safety_database_has_its_case_is_written_down_once() {
    let world = World::new().await;
    let key = case(&world, "c-1", "NL-1").await;
    list(&world, "nl-1,2026-03-11,").await;
    world.pass(DAY).await;
    nights(&stage(&world)).await.unwrap();
    list(&world, "nl-1,2026-03-11,\nNL-2,2026-03-12,").await;
    world.pass(DAY).await;
    nights(&stage(&world)).await.unwrap();
    let received = kinds(&world.chain(&key).await).into_iter().filter(|kind| kind.ends_with("received")).collect::<Vec<_>>();
    assert_eq!(received, ["case nl-1 received"]);
    world.end().await;
}

#[tokio::test]
async fn a_night_states_the_day_and_two_workers_state_it_once() {
    let world = World::new().await;
    case(&world, "c-1", "NL-1").await;
    harmless(&world, "c-2").await;
    world.pass(DAY).await;
    let (one, other) = (stage(&world), stage(&world));
    let (first, second) = tokio::join!(nights(&one), nights(&other));
    assert!([first.unwrap(), second.unwrap()].concat().iter().any(|(_, night)| matches!(night, Night::Done(_))));
    for (subject, notes) in [("reconciled", 1), ("statements", 1), ("samples", 5), ("tasks", 0)] {
        let journal = JournalId::of_campaign(subject, &campaign());
        assert_eq!(world.store.journal(&journal).await.unwrap().len(), notes, "{subject}");
    }
    assert!(matches!(nights(&one).await.unwrap()[0].1, Night::Already));

    let statements = one.statements(&campaign()).await.unwrap();
    let stated: Vec<(String, usize)> =
        statements.periods().map(|(period, versions)| (period.to_string(), versions.len())).collect();
    assert_eq!(stated, [("2026-03-11".to_owned(), 1)]);
    let statement = one.statement(&statements.of(Period::parse("2026-03-11").unwrap())[0]).await.unwrap();
    assert_eq!((statement.received, statement.dispositions["case"], statement.dispositions["not_a_case"]), (2, 1, 1));
    assert_eq!((statement.nil, statement.alerts.due, statement.alerts.acknowledged_in_window), (Nil::Reported, 1, 1));
    assert_eq!((statement.deliveries.kept, statement.deliveries.worked_off, statement.deliveries.parts), (2, 2, 2));
    assert!(other.metrics.lines().concat().contains("ReconciliationRan"));
    world.end().await;
}

#[tokio::test]
async fn days_that_were_slept_through_are_stated_and_weeks_and_months_when_they_have_ended() {
    let world = World::new().await;
    world.pass(DAY).await;
    nights(&stage(&world)).await.unwrap();
    world.pass(20 * DAY).await;
    nights(&stage(&world)).await.unwrap();
    let statements = stage(&world).statements(&campaign()).await.unwrap();
    let stated: Vec<String> = statements.periods().map(|(period, _)| period.to_string()).collect();
    let days = stated.iter().filter(|name| name.len() == 10).count();
    assert_eq!(days, 21, "{stated:?}");
    for period in ["2026-W11", "2026-W12", "2026-W13", "2026-03"] {
        assert!(stated.iter().any(|name| name == period), "{period}: {stated:?}");
    }
    // Nothing came in all that time, and that is said.
    let versions = statements.of(Period::parse("2026-03-20").unwrap());
    let statement = stage(&world).statement(&versions[0]).await.unwrap();
    assert_eq!((statement.nil, statement.received, versions[0].made.nil), (Nil::Nil, 0, true));
    let page = world.page(&format!("/statements/{CAMPAIGN}/2026-03-20")).await;
    assert!(page.contains("No adverse event was reported in this period: nil report."), "{page}");
    world.end().await;
}

#[tokio::test]
async fn a_period_with_something_undecided_is_no_nil_report_and_its_open_comments_are_named() {
    let world = World::new().await;
    let key = world.forum_says("c-1", HARMLESS).await;
    world.settle().await;
    world.pass(DAY / 2).await;
    let too_early = world.ask("POST", &format!("/api/statements/{CAMPAIGN}"), Some(json!({"period": "2026-03-11"}))).await;
    assert_eq!(too_early.status, 422);
    world.pass(DAY / 2).await;
    let made = world.api("POST", &format!("/api/statements/{CAMPAIGN}"), Some(json!({"period": "2026-03-11"}))).await;
    assert_eq!((&made["statement"]["nil"], &made["nil"]), (&json!("not_yet"), &json!(false)));
    assert_eq!(made["statement"]["open"][0]["key"], json!(key));
    // Asked again, nothing has changed: the same version.
    let again = world.api("POST", &format!("/api/statements/{CAMPAIGN}"), Some(json!({"period": "2026-03-11"}))).await;
    assert_eq!((&again["version"], &again["digest"]), (&json!(1), &made["digest"]));
    world.abandon();
}

#[tokio::test]
async fn both_sides_sign_and_a_statement_made_anew_leaves_the_signatures_with_the_old_one() {
    let world = World::new().await;
    harmless(&world, "c-1").await;
    world.pass(DAY).await;
    let (make, sign) = (format!("/api/statements/{CAMPAIGN}"), format!("/api/statements/{CAMPAIGN}/2026-03-11/signatures"));
    let made = world.api("POST", &make, Some(json!({"period": "2026-03-11", "by": "Ann"}))).await;
    let by = |side: &str, name: &str| json!({"side": side, "by": name, "meaning": "agrees", "digest": made["digest"]});
    world.api("POST", &sign, Some(by("channel_owner", "Ann"))).await;
    let same = world.ask("POST", &sign, Some(by("drug_safety", "ann"))).await;
    assert_eq!(same.status, 422, "{}", String::from_utf8_lossy(&same.body));
    let signed = world.api("POST", &sign, Some(by("drug_safety", "Bram"))).await;
    assert_eq!((&signed["signed"], signed["signatures"].as_array().map(Vec::len)), (&json!(true), Some(2)));
    // Signing twice changes nothing.
    let again = world.api("POST", &sign, Some(by("drug_safety", "Bram"))).await;
    assert_eq!(again["signatures"].as_array().map(Vec::len), Some(2));

    decide(&world, &forum_key("c-1"), json!({"decision": "special_situation", "reason": "toch"})).await;
    let anew = world.api("POST", &make, Some(json!({"period": "2026-03-11"}))).await;
    assert_eq!((&anew["version"], &anew["signed"]), (&json!(2), &json!(false)));
    let stale = world.ask("POST", &sign, Some(by("drug_safety", "Bram"))).await;
    assert_eq!(stale.status, 422);
    let old = world.api("GET", &format!("/api/statements/{CAMPAIGN}/2026-03-11?version=1"), None).await;
    assert_eq!((&old["signed"], &old["statement"]["dispositions"]["not_a_case"]), (&json!(true), &json!(1)));
    let page = world.page(&format!("/statements/{CAMPAIGN}/2026-03-11?version=1")).await;
    assert!(page.contains("This version was made anew.") && page.contains("<b>Bram</b>"), "{page}");
    world.end().await;
}

#[tokio::test]
async fn differences_are_tasks_until_they_are_gone_or_a_person_closes_them() {
    let world = World::new().await;
    case(&world, "c-1", "NL-1").await;
    world.pass(5).await;
    list(&world, "NL-7,2026-03-11,").await;
    world.pass(DAY).await;
    let ran = stage(&world);
    nights(&ran).await.unwrap();
    assert!(ran.metrics.lines().concat().contains(r#""ReconciliationDifferences":2"#), "{:?}", ran.metrics.lines());
    let overview = world.api("GET", "/api/statements", None).await;
    let tasks = overview["campaigns"][0]["tasks"].as_array().unwrap().clone();
    let kinds: Vec<&str> = tasks.iter().map(|task| task["kind"].as_str().unwrap()).collect();
    assert_eq!((kinds.contains(&"case-not-listed"), kinds.contains(&"case-unknown"), kinds.len()), (true, true, 2));

    let unknown = tasks.iter().find(|task| task["kind"] == "case-unknown").unwrap()["id"].as_str().unwrap();
    let close = format!("/api/statements/{CAMPAIGN}/tasks/{unknown}");
    assert_eq!(world.ask("POST", &close, Some(json!({}))).await.status, 422);
    world.api("POST", &close, Some(json!({"reason": "a case of another channel", "by": "Bram"}))).await;
    list(&world, "NL-1,2026-03-11,").await;
    world.pass(DAY).await;
    nights(&stage(&world)).await.unwrap();
    let overview = world.api("GET", "/api/statements", None).await;
    assert_eq!(overview["campaigns"][0]["tasks"], json!([]));
    assert!(world.page("/statements").await.contains("no task is open"));
    world.end().await;
}

#[tokio::test]
async fn a_statement_leaves_as_a_table_that_runs_nothing() {
    let world = World::new().await;
    case(&world, "c-1", "=1+1").await;
    world.pass(DAY).await;
    nights(&stage(&world)).await.unwrap();
    let answer = world.ask("GET", &format!("/api/statements/{CAMPAIGN}/2026-03-11.csv"), None).await;
    let csv = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 200, "{csv}");
    assert!(answer.headers["content-type"].starts_with("text/csv"));
    assert!(csv.contains("\r\ncase,,,'=1+1,forum-"), "{csv}");
    assert!(csv.contains("disposition,,,case,1,\r\n") && !csv.contains("hartkloppingen"), "{csv}");
    world.end().await;
}

#[tokio::test]
async fn a_list_is_taken_as_a_body_of_its_own_and_its_bad_lines_are_named() {
    let world = World::new().await;
    let address = format!("/api/statements/{CAMPAIGN}/cases?by=Bram");
    let csv = "case_number;received_at\nNL-1;2026-03-11\nNL-2;gisteren\n";
    let answer = world.send("POST", &address, Some(("text/csv; charset=utf-8", csv.to_owned()))).await;
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &body["used"], &body["unusable"]), (200, &json!(1), &json!(1)));
    assert!(body["faults"][0].as_str().unwrap().starts_with("Line 3 has no usable received_at"));
    assert_eq!(world.ask("POST", &address, Some(json!({}))).await.status, 415);
    let large = world.send("POST", &address, Some(("text/csv", "x".repeat(5 * 1024 * 1024 + 1)))).await;
    assert_eq!(large.status, 413);
    world.end().await;
}

#[tokio::test]
async fn the_pages_can_be_read_and_their_forms_do_what_they_say() {
    let world = World::new().await;
    harmless(&world, "c-1").await;
    world.pass(DAY).await;
    let token = |page: &str| page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let overview = world.page("/statements").await;
    let made = world.submit(&format!("/statements/{CAMPAIGN}"), &[("token", &token(&overview)), ("period", "2026-03-11")]).await;
    assert_eq!(
        (made.status, made.headers["location"].as_str()),
        (303, format!("/statements/{CAMPAIGN}/2026-03-11?done=made").as_str())
    );
    let page = world.page(&format!("/statements/{CAMPAIGN}/2026-03-11")).await;
    assert!(page.contains("nil report") && page.contains("I have reviewed this statement and agree with it."), "{page}");
    let digest = page.split("name=\"digest\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields =
        [("token", token(&page)), ("digest", digest), ("side", "drug_safety".to_owned()), ("meaning", "agrees".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let address = format!("/statements/{CAMPAIGN}/2026-03-11/signatures");
    assert_eq!(world.submit(&address, &fields[1..]).await.status, 403, "without the token");
    assert_eq!(world.submit(&address, &fields).await.status, 303);
    assert!(world.page(&format!("/statements/{CAMPAIGN}/2026-03-11")).await.contains("<b>Ann</b>"));
    let csv = "case_number,received_at\nNL-1,morgen\n";
    let read = world.submit(&format!("/statements/{CAMPAIGN}/cases"), &[("token", &token(&overview)), ("list", csv)]).await;
    assert!(String::from_utf8(read.body).unwrap().contains("Line 2 has no usable received_at"));
    for missing in ["/statements/other/2026-03-11", &format!("/statements/{CAMPAIGN}/2026-03-12"), "/statements/x/2026-99"] {
        assert_eq!(world.ask("GET", missing, None).await.status, 404, "{missing}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_fire_drill_counts_nowhere_and_what_was_erased_is_counted_as_such() {
    let world = World::new().await;
    let key = harmless(&world, "c-1").await;
    // As `drill` has the line write it: a sighting that says so.
    let Happening::Sighted(mut drill) = world.chain(&key).await[0].what.clone() else { panic!("a sighting comes first") };
    drill.id = CommentId::new(Platform::Forum, drill.id.account, "drill-1");
    drill.drill = Some("drill-2026-03-11".to_owned());
    let (by, what) = (Actor::Stage(Stage::Assess), Happening::Sighted(drill.clone()));
    let new = New { at: world.clock.now(), by, what, words: None };
    world.store.append(&drill.id.key(), None, vec![new]).await.unwrap();
    world.forum_event("comment.deleted", "c-1", None).await;
    world.settle().await;
    assert!(world.record(&key).await.is_erased());
    world.pass(DAY).await;
    assert_eq!(differences(&world).await, []);
    let made = world.api("POST", &format!("/api/statements/{CAMPAIGN}"), Some(json!({"period": "2026-03-11"}))).await;
    let statement = &made["statement"];
    assert_eq!((&statement["drills"], &statement["received"], &statement["nil"]), (&json!(1), &json!(1), &json!("nil")));
    assert_eq!((&statement["deliveries"]["kept"], &statement["deliveries"]["erased"]), (&json!(2), &json!(2)));
    world.abandon();
}
