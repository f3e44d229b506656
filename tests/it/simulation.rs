//! Trying a version on what has happened: the world plays a day, and the trial says what another version would have made of it.

use dayzero::assess::decide::Parent;
use dayzero::campaigns::Campaign;
use dayzero::http::Request;
use dayzero::local::samples;
use dayzero::model::{Class, CommentKey, Record};
use dayzero::protocol::Protocol;
use dayzero::receive;
use dayzero::simulation::{Report, Span, Trial, parent_of};
use jiff::SignedDuration;

use crate::world::{WEDNESDAY_MORNING, World, forum_body, forum_key};

const REACTION: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
/// What the sample does not know, and another version can.
const NEW_WORD: &str = "Vandaag weer gloebels, en dat met Norvexa";
const KNOWN: &str = "nl = [\"sterretjes zien\"]";
const KNOWN_AND_NEW: &str = "nl = [\"sterretjes zien\", \"gloebels\"]";

fn trial(source: &str) -> Trial {
    Trial::new(Campaign::new(Protocol::parse(source).unwrap_or_else(|problems| panic!("{problems:?}"))))
}

async fn parent(world: &World, record: &Record) -> Option<Parent> {
    let head = world.store.head(&parent_of(record)?).await.unwrap()?;
    Some(Parent { revision: head.revision, text: head.text? })
}

async fn tried(world: &World, trial: &Trial, key: &CommentKey) -> Record {
    let parent = parent(world, &world.record(key).await).await;
    trial.replay(&world.chain(key).await, parent.as_ref()).unwrap()
}

/// What the command does, with the world's clock.
async fn report(world: &World, source: &str, acknowledge_after: Option<SignedDuration>) -> Report {
    let trial = trial(source);
    let span = Span { from: None, to: None, now: world.clock.now(), acknowledge_after };
    let mut report = Report::default();
    for key in world.store.keys().await.unwrap() {
        let real = world.record(&key).await;
        if trial.concerns(&real) {
            report.add(&real, &tried(world, &trial, &key).await, &trial.campaign.protocol, &span);
        }
    }
    report
}

async fn acknowledge(world: &World, key: &CommentKey) {
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(serde_json::json!({"by": "Ann"}))).await;
    world.settle().await;
}

fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(samples::PROTOCOL.to_owned(), |source, (from, to)| {
        assert!(source.contains(from), "{from}");
        source.replacen(from, to, 1)
    })
}

#[tokio::test]
async fn the_version_in_force_would_have_done_what_was_done() {
    let world = World::new().await;
    for sample in samples::all() {
        let headers = sample.signed(world.clock.now()).unwrap();
        let path = format!("/webhooks/{}", sample.door);
        let call = Request { method: "POST".to_owned(), path, query: Vec::new(), headers, body: sample.body.clone() };
        assert_eq!(receive::handle(&world.receive, &call).await.status, 200, "{}", sample.name);
    }
    world.settle().await;
    let trial = trial(samples::PROTOCOL);
    let mut alerts = 0;
    for key in world.store.keys().await.unwrap() {
        let real = world.record(&key).await;
        if !trial.concerns(&real) {
            continue;
        }
        let tried = tried(&world, &trial, &key).await;
        alerts += real.alerts.len();
        let of = |record: &Record| -> Vec<_> {
            record.alerts.iter().map(|alert| (alert.id.clone(), alert.class, alert.on, alert.plan.clone())).collect()
        };
        assert_eq!(of(&tried), of(&real), "{key}");
        assert_eq!(tried.band(), real.band(), "{key}");
    }
    assert!(alerts > 10, "the samples hold alerts: {alerts}");
    let report = report(&world, samples::PROTOCOL, None).await;
    assert!(report.newly_alerted.is_empty() && report.no_longer_alerted.is_empty() && report.otherwise_alerted.is_empty());
    world.abandon();
}

#[tokio::test]
async fn what_another_version_would_have_alerted_differently_is_named_by_its_key() {
    let world = World::empty(WEDNESDAY_MORNING).await;
    world.publish(&with(&[(KNOWN, KNOWN_AND_NEW)])).await.unwrap();
    let key = world.forum_says("c-1", NEW_WORD).await;
    world.settle().await;
    assert_eq!(world.record(&key).await.class(), Some(Class::AdverseEvent));
    // This version does not know the patients' word.
    let found = report(&world, samples::PROTOCOL, None).await;
    let named: Vec<&CommentKey> = found.no_longer_alerted.iter().map(|difference| &difference.key).collect();
    assert_eq!((found.records, named, found.alerts.len()), (1, vec![&key], 0), "{found:?}");
    // An account that the version does not list is still behind its door, and still read.
    let unlisted = with(&[("forum.samenovermigraine.example", "elders.example"), (KNOWN, KNOWN_AND_NEW)]);
    let found = report(&world, &unlisted, None).await;
    assert_eq!(found.channels.keys().map(String::as_str).collect::<Vec<_>>(), ["-"]);
    assert!(found.no_longer_alerted.is_empty() && found.otherwise_alerted.is_empty(), "{found:?}");
    world.abandon();
}

#[tokio::test]
async fn what_people_did_is_held_against_the_windows_of_the_version() {
    let world = World::new().await;
    let (fast, slow) = (world.forum_says("c-1", REACTION).await, forum_key("c-2"));
    world.settle().await;
    world.pass(30).await;
    acknowledge(&world, &fast).await;
    world.forum_says("c-2", REACTION).await;
    world.settle().await;
    world.pass(150).await;
    acknowledge(&world, &slow).await;
    // As it was, both were in time: four business hours.
    let as_it_was = report(&world, samples::PROTOCOL, None).await;
    assert_eq!((as_it_was.windows["acknowledge"].kept, as_it_was.windows["acknowledge"].late), (2, 0), "{as_it_was:?}");
    let stricter = with(&[("acknowledge = \"4 business hours\"", "acknowledge = \"1h\"")]);
    let found = report(&world, &stricter, None).await;
    assert_eq!((found.windows["acknowledge"].kept, found.windows["acknowledge"].late), (1, 1), "{found:?}");
    let late: Vec<_> = found.late.iter().map(|late| (late.key.clone(), late.class, late.due.to_string())).collect();
    assert_eq!(late, [(slow.clone(), Some(Class::AdverseEvent), "2026-03-11T10:00:00Z".to_owned())]);
    assert_eq!(found.windows["acknowledge"].longest, Some((150 * 60, slow)));
    // The same day, if everybody had answered within half an hour.
    let assumed = report(&world, &stricter, Some(SignedDuration::from_mins(30))).await;
    assert_eq!((assumed.windows["acknowledge"].kept, assumed.windows["acknowledge"].late), (2, 0), "{assumed:?}");
    world.abandon();
}

#[tokio::test]
async fn messages_follow_the_route_until_somebody_has_it_in_hand() {
    let world = World::at("2026-03-11T21:50:00+01:00").await;
    let key = world.forum_says("c-1", "Mijn moeder is na Norvexa met de ambulance naar het ziekenhuis gebracht").await;
    world.settle().await;
    assert_eq!(world.record(&key).await.class(), Some(Class::Serious));
    world.pass(89).await;
    acknowledge(&world, &key).await;
    let found = report(&world, samples::PROTOCOL, None).await;
    // What went out is what would have gone out: the trial keeps the line's own pace.
    assert_eq!(found.messages, world.sent().len(), "{:?} {:?}", found.sends, world.told());
    let sent: Vec<&str> = found.sends.iter().map(|send| send.topic.as_str()).collect();
    assert_eq!(sent[..3], ["safety-desk", "safety-on-call", "qppv"]);
    assert_eq!((found.hours[2][21], found.outside_hours), (1, found.messages), "{:?}", found.hours);
    assert_eq!(found.at_night, found.messages - 1);
    let earlier = report(&world, &with(&[("after = \"20m\"", "after = \"5m\"")]), Some(SignedDuration::from_mins(10))).await;
    let earlier: Vec<(&str, String)> = earlier.sends.iter().map(|send| (send.topic.as_str(), send.at.to_string())).collect();
    assert_eq!(
        earlier,
        [("safety-desk", "2026-03-11T20:50:00Z".to_owned()), ("safety-on-call", "2026-03-11T20:55:00Z".to_owned())]
    );
    world.abandon();
}

#[tokio::test]
async fn drills_days_and_erased_words_are_left_out_and_said() {
    let world = World::new().await;
    let key = world.forum_says("c-1", REACTION).await;
    world.settle().await;
    let (trial, real) = (trial(samples::PROTOCOL), world.record(&key).await);
    let tried = tried(&world, &trial, &key).await;
    let counted = |from: &str, real: &Record| {
        let span = Span { from: Some(from.parse().unwrap()), to: None, now: world.clock.now(), acknowledge_after: None };
        let mut report = Report::default();
        report.add(real, &tried, &trial.campaign.protocol, &span);
        (report.records, report.alerts.len(), report.messages, report.drills, report.erased)
    };
    assert_eq!(counted("2026-03-11", &real), (1, 1, 1, 0, 0));
    assert_eq!(counted("2026-03-12", &real), (1, 0, 0, 0, 0));
    let drill = Record { drill: Some("march".to_owned()), ..real.clone() };
    assert_eq!(counted("2026-03-11", &drill), (0, 0, 0, 1, 0));
    let erased = Record { erased: Some((real.revision, dayzero::model::Removal::Retention)), ..real.clone() };
    assert_eq!(counted("2026-03-11", &erased), (0, 0, 0, 0, 1));
    world.abandon();
}

#[tokio::test]
async fn an_answer_is_read_with_the_comment_that_it_answers() {
    let world = World::new().await;
    let parent = world.forum_says("c-1", REACTION).await;
    world.settle().await;
    let mut body: serde_json::Value =
        serde_json::from_str(&forum_body("comment.created", "c-2", Some("Ik ook!"), world.clock.now())).unwrap();
    body["data"]["parent_id"] = "c-1".into();
    world.deliver("forum", &body.to_string()).await;
    world.settle().await;
    let key = forum_key("c-2");
    let (trial, real) = (trial(samples::PROTOCOL), world.record(&key).await);
    assert_eq!(parent_of(&real), Some(parent));
    let with_thread = tried(&world, &trial, &key).await;
    let alone = trial.replay(&world.chain(&key).await, None).unwrap();
    assert_eq!(with_thread.band(), real.band());
    assert_ne!(alone.readings[0].assessment, with_thread.readings[0].assessment, "the thread says what the words do not");
    world.abandon();
}

#[tokio::test]
async fn nobody_could_acknowledge_what_was_never_sent() {
    let world = World::new().await;
    // Read and not alerted: this version does not know the word.
    let key = world.forum_says("c-1", NEW_WORD).await;
    world.settle().await;
    assert!(world.record(&key).await.alerts.is_empty(), "the sample must not know the word, or this story tells nothing");
    world.pass(3 * 24 * 60).await;
    let knowing = with(&[(KNOWN, KNOWN_AND_NEW)]);
    let found = report(&world, &knowing, None).await;
    assert_eq!(found.newly_alerted.len(), 1, "{found:?}");
    assert_eq!((found.newly_alerted[0].key.clone(), found.newly_alerted[0].now.clone()), (key, vec![Class::AdverseEvent]));
    assert_eq!((found.windows["acknowledge"].unanswered, found.windows["acknowledge"].late), (1, 0), "{found:?}");
    world.abandon();
}
