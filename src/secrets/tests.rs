//! How often the store is asked, by whom, and what is used meanwhile: the real client of Secrets Manager over a connector that counts,
//! fails, hangs and changes its answer.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::*;
use crate::config::{Config, Patience};

const NAME: &str = "dayzero/meta";

/// What Secrets Manager does when it is asked.
#[derive(Clone, Debug)]
enum Answer {
    Value(&'static str),
    /// Answers that it may not be read: the client does not try again.
    Denied,
    Hangs,
    /// Answers after a while.
    Slowly(&'static str),
}

/// A stand-in for the service behind the real client.
#[derive(Clone, Debug)]
struct Service {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
}

impl Service {
    fn with(answer: Answer) -> Service {
        Service { answer: Arc::new(Mutex::new(answer)), asked: Arc::default() }
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Secrets over this service, and their clock and counter.
    fn secrets(&self) -> (Secrets, Clock, Metrics) {
        let config = Config::loopback("http://127.0.0.1:1".to_owned(), "http://127.0.0.1:1".to_owned());
        let client = config.clients_over(SharedHttpClient::new(self.clone()), Patience::Door).secrets_manager;
        let clock = Clock::manual("2026-03-11T09:30:00Z".parse().unwrap());
        let metrics = Metrics::memory();
        let secrets = Secrets::new(SecretStore::SecretsManager(client), clock.clone()).counted(metrics.clone());
        (secrets, clock, metrics)
    }
}

impl HttpClient for Service {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Service {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        let respond = |status: u16, body: String| HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        let value = |text: &str| serde_json::json!({"Name": NAME, "SecretString": text}).to_string();
        HttpConnectorFuture::new(async move {
            Ok(match answer {
                Answer::Value(text) => respond(200, value(text)),
                Answer::Denied => respond(400, r#"{"__type": "AccessDeniedException"}"#.to_owned()),
                Answer::Hangs => std::future::pending().await,
                Answer::Slowly(text) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    respond(200, value(text))
                }
            })
        })
    }
}

/// The first of the live secrets.
fn first(secrets: &DoorSecrets) -> &str {
    std::str::from_utf8(secrets.signing[0].expose()).unwrap()
}

async fn get(secrets: &Secrets) -> String {
    first(&secrets.get(NAME, Provider::Meta).await.unwrap()).to_owned()
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

#[tokio::test]
async fn a_secret_is_read_once_in_five_minutes_and_a_new_one_is_in_force_after_them() {
    let service = Service::with(Answer::Value("old"));
    let (secrets, clock, _) = service.secrets();
    assert_eq!(get(&secrets).await, "old");
    service.answers(Answer::Value("new"));
    clock.advance(seconds(299));
    assert_eq!((get(&secrets).await.as_str(), service.asked()), ("old", 1));
    clock.advance(seconds(1));
    assert_eq!((get(&secrets).await.as_str(), service.asked()), ("new", 2));
    clock.advance(seconds(299));
    assert_eq!((get(&secrets).await.as_str(), service.asked()), ("new", 2));
}

#[tokio::test]
async fn while_the_store_is_away_the_last_good_secret_is_used_and_the_store_is_asked_twice_a_minute() {
    let service = Service::with(Answer::Value("good"));
    let (secrets, clock, metrics) = service.secrets();
    get(&secrets).await;
    service.answers(Answer::Denied);
    clock.advance(seconds(300));
    for _ in 0..3_600 {
        assert_eq!(get(&secrets).await, "good");
        clock.advance(seconds(1));
    }
    assert_eq!(service.asked(), 1 + 3_600 / 30);
    let counted = metrics.lines().iter().filter(|line| line.contains(r#""SecretUnreadable":1"#)).count();
    assert_eq!(counted, 3_600 / 30, "each failed reading is counted");
    service.answers(Answer::Value("new"));
    clock.advance(seconds(30));
    assert_eq!(get(&secrets).await, "new");
}

#[tokio::test]
async fn forgers_make_the_store_answer_twice_a_minute_whether_it_can_or_not() {
    for answer in [Answer::Value("good"), Answer::Denied, Answer::Value("")] {
        let service = Service::with(Answer::Value("good"));
        let (secrets, clock, _) = service.secrets();
        let mut tried = secrets.get(NAME, Provider::Meta).await.unwrap();
        service.answers(answer.clone());
        // Ten forged calls a second, for two minutes.
        for _ in 0..1_200 {
            if let Some(newer) = secrets.reread(NAME, Provider::Meta, &tried).await {
                tried = newer;
            }
            clock.advance(SignedDuration::from_millis(100));
        }
        assert_eq!(service.asked(), 1 + 3, "{answer:?}: after 30, 60 and 90 seconds");
        assert_eq!(get(&secrets).await, "good", "{answer:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_used_leaves_the_last_good_secret_and_says_whose_it_is_without_repeating_it() {
    for garbled in ["", "{\"secrets\": []}", "{\"secrets\": [\"hunter2\"", "{\"secrets\": [\"hunter2\", \" \"]}", "\"hunter2"] {
        let service = Service::with(Answer::Value("good"));
        let (secrets, clock, metrics) = service.secrets();
        get(&secrets).await;
        service.answers(Answer::Value(garbled));
        clock.advance(seconds(300));
        assert_eq!(get(&secrets).await, "good", "{garbled}");
        assert_eq!(metrics.lines().len(), 1, "{garbled}");
        let failed = secrets.slot(NAME, Provider::Meta).known().failed.clone().unwrap().to_string();
        assert!(failed.starts_with("the secret dayzero/meta cannot be used: ") && !failed.contains("hunter2"), "{failed}");
    }
}

#[tokio::test]
async fn deliveries_that_come_together_ask_once() {
    let service = Service::with(Answer::Slowly("old"));
    let (secrets, clock, _) = service.secrets();
    let all = |secrets: &Secrets| {
        let tasks: Vec<_> = (0..50).map(|_| secrets.clone()).map(|one| tokio::spawn(async move { get(&one).await })).collect();
        async move {
            let mut found = Vec::new();
            for task in tasks {
                found.push(task.await.unwrap());
            }
            found
        }
    };
    assert_eq!(all(&secrets).await, vec!["old"; 50]);
    assert_eq!(service.asked(), 1, "the first reading");
    clock.advance(seconds(300));
    assert_eq!(all(&secrets).await, vec!["old"; 50]);
    assert_eq!(service.asked(), 2, "the renewal");

    // The platform has changed its secret, and fifty deliveries fail at once: all of them learn the new one from one reading.
    clock.advance(seconds(30));
    service.answers(Answer::Slowly("new"));
    let tried = secrets.get(NAME, Provider::Meta).await.unwrap();
    let tasks: Vec<_> = (0..50)
        .map(|_| (secrets.clone(), tried.clone()))
        .map(|(one, tried)| tokio::spawn(async move { one.reread(NAME, Provider::Meta, &tried).await }))
        .collect();
    for task in tasks {
        assert_eq!(first(&task.await.unwrap().unwrap()), "new");
    }
    assert_eq!(service.asked(), 3, "the early reading");
}

#[tokio::test]
async fn a_store_that_hangs_costs_one_delivery_a_moment_and_none_its_answer() {
    let service = Service::with(Answer::Value("good"));
    let (secrets, clock, metrics) = service.secrets();
    get(&secrets).await;
    service.answers(Answer::Hangs);
    clock.advance(seconds(300));
    let asking = {
        let secrets = secrets.clone();
        tokio::spawn(async move { get(&secrets).await })
    };
    while service.asked() < 2 {
        tokio::task::yield_now().await;
    }
    let started = Instant::now();
    for _ in 0..100 {
        assert_eq!(get(&secrets).await, "good");
    }
    assert!(!asking.is_finished(), "the others waited {:?} for the one that asks", started.elapsed());
    assert_eq!(asking.await.unwrap(), "good");
    // Whoever reads early waits no longer, and not again within half a minute.
    let tried = secrets.get(NAME, Provider::Meta).await.unwrap();
    assert!(secrets.reread(NAME, Provider::Meta, &tried).await.is_none());
    assert!(metrics.lines()[0].contains("SecretUnreadable"));
}

#[tokio::test]
async fn a_secret_that_nobody_knows_yet_is_asked_for_once_a_second() {
    let service = Service::with(Answer::Denied);
    let (secrets, clock, _) = service.secrets();
    for _ in 0..100 {
        let error = secrets.get(NAME, Provider::Meta).await.unwrap_err();
        assert_eq!(error.to_string(), "the secret dayzero/meta could not be read: AccessDeniedException");
        clock.advance(SignedDuration::from_millis(100));
    }
    assert_eq!(service.asked(), 10);
    service.answers(Answer::Value("good"));
    assert_eq!(get(&secrets).await, "good");
}

#[tokio::test]
async fn a_clock_that_was_set_back_keeps_no_old_secret_alive() {
    let service = Service::with(Answer::Value("old"));
    let (secrets, clock, _) = service.secrets();
    get(&secrets).await;
    clock.advance(-SignedDuration::from_hours(24));
    service.answers(Answer::Value("new"));
    assert_eq!(get(&secrets).await, "new");
}
