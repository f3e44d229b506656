//! A patient's words reach no log, metric or error. Every field in which a platform sends words holds a word that stands nowhere
//! else; the whole line runs, with every kind of trouble; and then that word is looked for in everything that leaves the store
//! other than by the protocol's leave. Secrets and signatures are looked for as well.

mod words;

use std::io::Write;
use std::sync::{Arc, Mutex};

use dayzero::error::{StageError, log_panic, one_line};
use dayzero::http::{Request, from_gateway};
use dayzero::lambda::{Role, batch};
use dayzero::local::samples;
use dayzero::model::chain::{self, Sealed};
use dayzero::model::{DoorId, Happening, Provider, Revision};
use dayzero::platform::{DoorSecrets, ParseContext, parse};
use dayzero::receive::{self, inspect::inspect, verify::verify};
use dayzero::store::Work;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use crate::faults::Fault;
use crate::samples::{development_secrets, doorway};
use crate::world::{World, forum_key};

use words::{facebook, forum, hostile_calls, hostile_questions, instagram, request, spoilt};

/// Stands in every word that a person wrote, and in nothing of ours.
const CANARY: &str = "kanarie";
/// Stands in names of kinds, which people may see in a reason and no log holds.
const KIND: &str = "zebravink";
const REPORT: &str = "kanarie-tekst: sinds ik Norvexa slik heb ik hartkloppingen";
const SERIOUS: &str = "kanarie-tekst: mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";

/// What was logged on this thread, as Lambda would log it and more: everything of ours, and from INFO on everything of others.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn start() -> (Log, tracing::subscriber::DefaultGuard) {
        let log = Log::default();
        let writer = log.clone();
        let ours = Targets::new().with_target("dayzero", LevelFilter::TRACE).with_default(LevelFilter::INFO);
        let layer = tracing_subscriber::fmt::layer().json().with_writer(move || writer.clone()).with_filter(ours);
        (log, tracing::subscriber::set_default(tracing_subscriber::registry().with(layer)))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Whether a text holds a word, as letters in any case, or as the numbers that `Debug` makes of bytes.
pub fn holds(text: &str, word: &str) -> bool {
    let bytes = format!("{:?}", word.as_bytes());
    text.to_lowercase().contains(&word.to_lowercase()) || text.contains(bytes.trim_matches(['[', ']']))
}

/// Everything that must be silent about the words given: where it was found, and what it says.
#[derive(Default)]
struct Shown(Vec<(String, String)>);

impl Shown {
    fn add(&mut self, place: &str, text: impl Into<String>) {
        self.0.push((place.to_owned(), text.into()));
    }

    /// A text whose lines are told apart.
    fn lines(&mut self, place: &str, text: &str) {
        text.lines().for_each(|line| self.add(place, line));
    }

    /// An error in all its forms.
    fn error(&mut self, place: &str, error: &(dyn std::error::Error + 'static)) {
        self.add(place, format!("{error} {error:?} {}", one_line(error)));
    }

    fn check(&self, words: &[String]) {
        let found = |text: &str| words.iter().find(|word| holds(text, word)).cloned();
        let leaks: Vec<String> =
            self.0.iter().filter_map(|(place, text)| Some(format!("{place} holds {}: {:.400}", found(text)?, text))).collect();
        assert!(leaks.is_empty(), "\n{}\n", leaks.join("\n"));
    }
}

/// A batch of the stream, with whole images, as a stream would carry them for all that is due.
async fn stream(world: &World) -> Value {
    let due = world.store.open_work(world.clock.now(), 50).await.unwrap();
    let records = due.iter().enumerate().map(|(number, open)| {
        let (pk, sk) = match &open.work {
            Work::Delivery(id) => (format!("delivery#{}#{}", id.door, id.digest), "raw"),
            Work::Comment(key) => (format!("comment#{key}"), "head"),
        };
        json!({"dynamodb": {"SequenceNumber": number.to_string(), "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "NewImage": {"words": {"S": "kanarie"}, "wake": {"N": open.due.as_millisecond().to_string()}}}})
    });
    json!({"Records": records.chain([json!({"kanarie": "kanarie"})]).collect::<Vec<_>>()})
}

/// Every kind of trouble while the words are under way.
async fn troubles(world: &World, shown: &mut Shown) {
    for fault in [Fault::Throttled, Fault::ServerError, Fault::Silent] {
        world.table_faults.all(fault);
        let body = forum("comment.created", "late", REPORT, world.clock.now());
        assert_eq!(world.post("forum", body.as_bytes()).await.status, 503);
        if fault != Fault::Silent {
            let _ = world.line.tick(Timestamp::MAX).await.map_err(|error| shown.error("the sweep's error", &error));
            let _ = world.store.chain(&forum_key("c-1")).await.map_err(|error| shown.error("the store's error", &error));
            let answer = world.post("meta", facebook("1_9", REPORT).as_bytes()).await;
            shown.add("the door's answer", format!("{answer:?}"));
        }
        world.table_faults.clear();
    }
    for fault in [Fault::Throttled, Fault::ServerError, Fault::ReplyLost] {
        let event = stream(world).await;
        let before = world.table_faults.seen();
        world.table_faults.crash_at(3, fault);
        let failed = batch(&world.line, Role::Assess, &event).await;
        assert!(!failed.is_empty() && world.table_faults.seen() > before + 3, "{fault:?}: the batch met no fault");
        shown.add("the batch's answer", format!("{failed:?}"));
        world.table_faults.clear();
    }
    assert_eq!(batch(&world.line, Role::Assess, &stream(world).await).await, [""; 0]);
    for fault in [Fault::Throttled, Fault::ServerError] {
        world.topic_faults.all(fault);
        let failed = batch(&world.line, Role::Alert, &stream(world).await).await;
        shown.add("the batch's answer", format!("{failed:?}"));
        let _ = world.line.sweep(Timestamp::MAX).await;
        world.topic_faults.clear();
        world.clock.advance(SignedDuration::from_secs(31));
    }
}

/// Everything that somebody could print of what the store holds.
async fn look_into_the_store(world: &World, shown: &mut Shown) {
    for key in world.store.keys().await.unwrap() {
        shown.add("a record", format!("{:?} {:#?}", world.record(&key).await, world.record(&key).await));
        shown.add("a chain", format!("{:?} {:#?}", world.chain(&key).await, world.chain(&key).await));
        shown.add("a head", format!("{:?} {:#?}", world.head(&key).await, world.head(&key).await));
        shown.add("a sealed chain", format!("{:?}", world.store.sealed(&key).await.unwrap()));
        for (_, sighting) in world.record(&key).await.sightings {
            let kept = world.store.delivery(&sighting.delivery).await.unwrap();
            shown.add("a delivery", format!("{} {kept:?} {kept:#?}", sighting.delivery));
        }
    }
    for (topic, posted) in world.sent() {
        let open = format!("{topic} {} {:?} {:?}", posted.subject, posted.attributes, posted.bodies.get("sms"));
        shown.add("a message's open parts", open);
    }
    shown.lines("the metrics", &world.metrics.lines().join("\n"));
}

/// What is printed of a request and of what is read out of it.
fn look_into_the_door(shown: &mut Shown) {
    let now: Timestamp = "2026-03-11T08:30:00Z".parse().unwrap();
    let context = ParseContext { digest: "<digest>", door: "meta", default_account: Some("forum.samenovermigraine.example") };
    let mut bodies = spoilt();
    bodies.push(("meta", facebook("1_1", REPORT).into_bytes()));
    bodies.push(("forum", forum("comment.created", "c-1", REPORT, now).into_bytes()));
    for (door, body) in bodies {
        let provider = Provider::from_name(door).unwrap();
        let headers = samples::sign(door, provider, &body, now).unwrap();
        let signed = Request { headers, body: body.clone(), ..request("POST", "/webhooks/x", &[("a", "kanarie")], &[]) };
        let verified = verify(&signed, &DoorId::new(door), doorway(provider, &development_secrets(provider)), now).unwrap();
        shown.add("a request", format!("{signed:?} {signed:#?}"));
        shown.add("a verified delivery", format!("{verified:?} {verified:#?}"));
        let parsed = parse(provider, &body, &Default::default(), &context);
        shown.add("events", format!("{:?} {:#?}", parsed.events, parsed.events));
        let event = json!({"body": String::from_utf8_lossy(&body), "kanarie": "kanarie", "rawPath": 7}).to_string();
        shown.error("the envelope's fault", &from_gateway(event.as_bytes()).unwrap_err());
        if let Err(fault) = inspect(&body, doorway(provider, &development_secrets(provider)), now) {
            shown.error("the inspection's fault", &fault);
        }
    }
    for call in hostile_calls() {
        for provider in Provider::ALL {
            let fault = verify(&call, &DoorId::new("x"), doorway(provider, &development_secrets(provider)), now).unwrap_err();
            shown.error("a signature's fault", &fault);
        }
    }
    for value in ["whsec_kanarie", r#"{"secrets": ["kanarie"], "kanarie": 1}"#, r#"["kanarie"]"#, r#""kanarie"#] {
        let read = DoorSecrets::parse(Provider::Forum, value);
        shown.add("a secret that cannot be used", format!("{:?}", read.unwrap_err()));
    }
    shown.add("secrets", Provider::ALL.map(|provider| format!("{:?}", development_secrets(provider))).concat());
}

/// Secrets, and the signatures of what the story posts.
fn secrets_and_signatures(bodies: &[(&str, String)], now: Timestamp) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for provider in Provider::ALL {
        let secrets = development_secrets(provider);
        let all = secrets.signing.iter().chain(&secrets.verify_token);
        words.extend(all.map(|secret| String::from_utf8_lossy(secret.expose()).into_owned()));
    }
    words.push("ZGV2ZWxvcG1lbnQgb25seTogbmV2ZXIgZGVwbG95ISE".to_owned());
    for (door, body) in bodies {
        let headers = samples::sign(door, Provider::from_name(door).unwrap(), body.as_bytes(), now).unwrap();
        let signatures = headers.into_iter().filter(|(name, _)| name.contains("signature"));
        words.extend(signatures.map(|(_, value)| value.trim_start_matches("sha256=").trim_start_matches("v1,").to_owned()));
    }
    words
}

#[tokio::test]
async fn no_word_of_a_patient_no_secret_and_no_signature_is_told() {
    let (log, _guard) = Log::start();
    let (world, mut shown) = (World::new().await, Shown::default());
    let now = world.clock.now();
    let bodies = [
        ("forum", forum("comment.created", "c-1", REPORT, now)),
        ("forum", forum("comment.edited", "c-1", SERIOUS, now)),
        ("meta", facebook("1_1", REPORT)),
        ("meta", instagram()),
    ];
    for (door, body) in &bodies {
        world.deliver(door, body).await;
    }
    for (door, body) in spoilt() {
        assert_eq!(world.post(door, &body).await.status, 200, "signed bodies are kept");
    }
    for call in hostile_calls() {
        let answer = receive::handle(&world.receive, &call).await;
        assert!(answer.status >= 400, "{call:?}");
        shown.add("the door's answer", format!("{:?} {answer:?}", String::from_utf8_lossy(&answer.body)));
    }
    troubles(&world, &mut shown).await;
    world.deliver("forum", &forum("comment.created", "c-2", SERIOUS, world.clock.now())).await;
    world.settle().await;
    world.pass(70).await;

    let key = forum_key("c-1");
    for (method, address, body) in hostile_questions(key.as_str()) {
        let answer = world.ask(method, &address, body).await;
        assert!(answer.status >= 400, "{method} {address}: {}", answer.status);
        shown.add(&format!("the answer to {method} {}", &address[..5]), String::from_utf8_lossy(&answer.body));
    }
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
    let decision = json!({"decision": "not_a_case", "reason": "kanarie-reden", "revision": world.record(&key).await.revision});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.table_faults.all(Fault::ServerError);
    let away = world.ask("GET", &format!("/api/comments/{key}"), None).await;
    shown.add("the answer while the store is away", String::from_utf8_lossy(&away.body));
    world.table_faults.clear();

    look_into_the_store(&world, &mut shown).await;
    look_into_the_door(&mut shown);
    shown.lines("the log", &log.text());
    let mut words = secrets_and_signatures(&bodies, now);
    words.push(CANARY.to_owned());
    shown.check(&words);
    let said: Vec<&str> = SAID.into_iter().filter(|said| !log.text().contains(said)).collect();
    assert!(said.is_empty(), "the story did not come to where these are logged: {said:?}");
    assert!(!holds(&log.text(), KIND) && !holds(&world.metrics.lines().join("\n"), KIND), "kinds are no log's business");
    assert!(world.sent().iter().any(|(_, posted)| posted.bodies["email"].contains(CANARY)), "no route carried the words at all");
    world.end().await;
}

/// What the story must have logged, so that silence is not emptiness.
const SAID: [&str; 8] = [
    "kept",
    "assessed",
    "published",
    "nobody acknowledged",
    "window missed",
    "not done yet",
    "refused a call",
    "asked a platform to send again",
];

#[tokio::test]
async fn a_damaged_item_is_named_and_not_quoted() {
    let (log, _guard) = Log::start();
    let (world, mut shown) = (World::new().await, Shown::default());
    let key = world.forum_says("c-1", REPORT).await;
    world.settle().await;
    let pk = format!("comment#{key}");
    for (sk, attribute) in [("head", "head"), ("head", "words"), ("event#000001", "body"), ("event#000001", "words")] {
        for spoilt in ["kanarie", r#"{"text": "kanarie", "author": "kanarie"}"#, r#"{"text":["kanarie"]}"#] {
            let before = world.spoil(&pk, sk, attribute, spoilt).await;
            let error = match sk {
                "head" => world.store.head(&key).await.unwrap_err(),
                _ => world.store.chain(&key).await.unwrap_err(),
            };
            shown.error(&format!("the store's error for {attribute} of {sk}"), &error);
            let error = StageError::from(error);
            shown.error("the stage's error", &error);
            world.line.log(&error);
            world.put(&pk, sk, attribute, before).await;
        }
    }
    for body in ["kanarie", r#"{"key":["kanarie"]}"#, r#"{"key":"kanarie","seq":"kanarie"}"#] {
        let hash = hex::encode(Sha256::digest(body));
        let item = Sealed { key: key.clone(), seq: Revision(1), body: body.to_owned(), hash, words: None };
        shown.add("a sealed entry", format!("{item:?}"));
        shown.error("a broken chain", &chain::open::<_, Happening>(&key, vec![item]).unwrap_err());
    }
    shown.lines("the log", &log.text());
    assert!(log.text().contains("a person must look"));
    shown.check(&[CANARY.to_owned()]);
    world.end().await;
}

#[tokio::test]
async fn a_panic_that_quotes_a_comment_is_logged_without_the_quotation() {
    let (log, _guard) = Log::start();
    let (usual, here) = (std::panic::take_hook(), std::thread::current().id());
    std::panic::set_hook(Box::new(
        move |panic| {
            if std::thread::current().id() == here { log_panic(panic) } else { usual(panic) }
        },
    ));
    let stopped = tokio::spawn(async { std::hint::black_box("kanarié")[..7].len() }).await.unwrap_err();
    assert!(holds(&stopped.to_string(), "kanari"), "this kind of panic no longer quotes the text: {stopped}");
    let error = StageError::from(stopped);
    let mut shown = Shown::default();
    shown.error("the stage's error", &error);
    shown.lines("the log", &log.text());
    shown.check(&["kanari".to_owned()]);
    assert!(error.needs_person() && log.text().contains("it panicked") && log.text().contains("quiet.rs"), "{}", log.text());
}

#[test]
fn a_word_that_is_told_is_found() {
    let (log, _guard) = Log::start();
    assert_eq!(log.text(), "");
    tracing::info!(text = REPORT, "by mistake");
    tracing::debug!(target: "dayzero::assess", body = ?"Kanarie".as_bytes(), "by mistake");
    tracing::debug!(target: "hyper", "not one of ours, and not from INFO on");
    let text = log.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, word) in [(lines[0], CANARY), (lines[1], "Kanarie")] {
        let shown = Shown(vec![("a log".to_owned(), line.to_owned())]);
        let found = std::panic::catch_unwind(|| shown.check(&[word.to_owned()]));
        assert!(found.is_err(), "{word} in {line}");
    }
    Shown(vec![("a log".to_owned(), "nothing".to_owned())]).check(&[CANARY.to_owned()]);
}
