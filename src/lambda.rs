//! On Lambda: one program, one role for each function, named by `_HANDLER`. Start-up, batches with partial failure, and how much time
//! is left; what the stages do is theirs.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::alert::{Alerting, Publisher, Topics};
use crate::assess;
use crate::campaigns::Campaigns;
use crate::config::{Clients, Config, Patience};
use crate::error::{StageError, one_line};
use crate::http::{Envelope, Response, from_gateway, to_gateway};
use crate::line::{Line, Swept};
use crate::metrics::Metrics;
use crate::model::{Clock, Waking};
use crate::receive::{self, Doors, Receive};
use crate::reconcile::{self, Reconcile};
use crate::review::guard::Csrf;
use crate::review::sign_in::SignIn;
use crate::review::{self, Desk};
use crate::secrets::{SecretStore, Secrets};
use crate::store::{Store, Work};
use crate::vault::{Vault, Wrapping};

/// Time kept back at the end of an invocation, so that what was begun can be finished and answered: one call of a worker may take nine
/// seconds (`config::Patience`).
const RESERVE: Duration = Duration::from_secs(10);
/// How soon a topic takes the next message.
const NEXT_TURN: Duration = Duration::from_secs(1);

/// Which part this function plays. Several functions may play the same one at once: two sweep, each started on a path of its own, and
/// what the store takes once (a claim, an entry, a note) one of them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Receive,
    Assess,
    Alert,
    Watch,
    Review,
    Reconcile,
}

impl Role {
    /// Every role that a function can be deployed with.
    pub const ALL: [Role; 6] = [Role::Receive, Role::Assess, Role::Alert, Role::Watch, Role::Review, Role::Reconcile];

    /// The role's name in a function's `_HANDLER`.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Receive => "receive",
            Role::Assess => "assess",
            Role::Alert => "alert",
            Role::Watch => "watch",
            Role::Review => "review",
            Role::Reconcile => "reconcile",
        }
    }

    /// The role that a `_HANDLER` names; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Runs a role until Lambda stops the process.
pub async fn run(role: Role, config: &Config) -> Result<(), Error> {
    match role {
        Role::Receive => run_receive(config).await,
        Role::Assess | Role::Alert => run_stream(role, config).await,
        Role::Watch => run_watch(config).await,
        Role::Reconcile => run_reconcile(config).await,
        Role::Review => run_review(config).await,
    }
}

async fn run_receive(config: &Config) -> Result<(), Error> {
    let clients = config.clients(Patience::Door);
    let clock = Clock::System;
    let store = store(&clients, config, &clock);
    let receive = Receive {
        doors: Doors::new(store.clone(), clock.clone()),
        secrets: Secrets::new(SecretStore::SecretsManager(clients.secrets_manager), clock.clone()).counted(Metrics::Stdout),
        store,
        clock,
        metrics: Metrics::Stdout,
    };
    warm(&receive).await;
    let receive = &receive;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<serde_json::value::RawValue>>| async move {
        Ok::<Value, Error>(match from_gateway(event.payload.get().as_bytes()) {
            Ok(call) => to_gateway(call.envelope, &receive::handle(receive, &call.request).await),
            // Every caller understands this shape of an answer without cookies.
            Err(fault) => to_gateway(Envelope::HttpApi, &Response::text(fault.status(), "")),
        })
    }))
    .await
}

/// The console: as the local door serves it, with people who sign in.
async fn run_review(config: &Config) -> Result<(), Error> {
    let console = &std::sync::Arc::new(Console::new(config)?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<serde_json::value::RawValue>>| async move {
        let console = console.clone();
        // A task of its own: were it to panic here, the runtime would report the panic's words, and a page's are a patient's.
        let answered = tokio::spawn(async move { console.answer(event.payload.get().as_bytes()).await }).await;
        let broken = |_| to_gateway(Envelope::HttpApi, &Response::text(500, "A fault in the program.\n"));
        Ok::<Value, Error>(answered.unwrap_or_else(broken))
    }))
    .await
}

/// What the review function holds between two requests.
pub struct Console {
    store: Store,
    campaigns: Campaigns,
    clock: Clock,
    sign_in: SignIn,
    csrf: Csrf,
}

impl Console {
    /// Refuses to be one without sign-in: on Lambda anybody could reach it.
    pub fn new(config: &Config) -> Result<Console, String> {
        let settings = config.sign_in.clone();
        let settings = settings.ok_or("review does not start on Lambda without sign-in: DAYZERO_SIGN_IN_ISSUER is not set")?;
        let clients = config.clients(Patience::Worker);
        let clock = Clock::System;
        let store = store(&clients, config, &clock);
        let secrets = SecretStore::SecretsManager(clients.secrets_manager.clone());
        let sign_in = SignIn::at_provider(settings, Some(secrets), clock.clone())?;
        let csrf = Csrf::new().map_err(|error| format!("the machine gave no random numbers: {error}"))?;
        Ok(Console { campaigns: Campaigns::new(store.clone(), clock.clone()), store, clock, sign_in, csrf })
    }

    /// Answers one HTTP event.
    pub async fn answer(&self, event: &[u8]) -> Value {
        let call = match from_gateway(event) {
            Ok(call) => call,
            // Every caller understands this shape of an answer without cookies.
            Err(fault) => return to_gateway(Envelope::HttpApi, &Response::text(fault.status(), "")),
        };
        let response = match self.campaigns.current().await {
            Ok(in_force) => {
                let desk = Desk {
                    store: self.store.clone(),
                    clock: self.clock.clone(),
                    sign_in: self.sign_in.clone(),
                    campaigns: Desk::campaigns_of(&in_force),
                    csrf: self.csrf.clone(),
                    more_pages: &[],
                };
                Box::pin(review::handle(&desk, &call.request)).await
            }
            Err(error) => {
                tracing::error!(error = one_line(&error), "the active protocols cannot be read");
                Response::text(503, "The store did not answer. Try again in a moment.\n").with_header("retry-after", "2")
            }
        };
        to_gateway(call.envelope, &response)
    }
}

/// The table, with the vault that seals its words.
pub fn store(clients: &Clients, config: &Config, clock: &Clock) -> Store {
    let key = config.kms_key.clone().unwrap_or_default();
    let wrapping = Wrapping::Kms { client: clients.kms.clone(), key };
    let vault = Vault::new(clients.keys.clone(), &config.keys_table, wrapping, clock.clone());
    Store::new(clients.dynamodb.clone(), &config.table, vault)
}

/// Opens the connections and reads what every delivery needs while Lambda still gives a whole core: the first delivery then pays
/// for nothing but itself. A failure here is left for the delivery to meet.
async fn warm(receive: &Receive) {
    let _ = receive.store.vault().refill().await;
    for entry in receive.doors.warm().await {
        let _ = receive.secrets.get(&entry.secret, entry.terms.provider).await;
    }
}

/// The stages that are woken by a stream or by the schedule.
fn line(config: &Config) -> Line {
    let clients = config.clients(Patience::Worker);
    let (clock, metrics) = (Clock::System, Metrics::Stdout);
    let store = store(&clients, config, &clock);
    let campaigns = Campaigns::new(store.clone(), clock.clone());
    Line::of(Alerting {
        store,
        campaigns,
        publisher: publisher(clients.sns, clients.sns_second, config),
        clock,
        metrics,
        console_url: config.console_url.clone(),
    })
}

fn publisher(first: aws_sdk_sns::Client, second: Option<aws_sdk_sns::Client>, config: &Config) -> Publisher {
    let publisher = Publisher::new(first, Topics::Listed(config.topics.clone()));
    match second {
        None => publisher,
        Some(second) => publisher.with_second(second, Topics::Listed(config.second_topics.clone())),
    }
}

async fn run_stream(role: Role, config: &Config) -> Result<(), Error> {
    let line = &line(config);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let failed = batch(line, role, &event.payload).await;
        let failures: Vec<Value> = failed.into_iter().map(|number| json!({"itemIdentifier": number})).collect();
        Ok::<Value, Error>(json!({"batchItemFailures": failures}))
    }))
    .await
}

/// Works through a batch of stream records, each on its own; gives back the sequence numbers of those to deliver again.
///
/// What a stage cannot do now is open work anyway, and the sweep will find it: only the numbers of work that may be tried again go
/// back, so that a poisoned record cannot hold up its shard.
pub async fn batch(line: &Line, role: Role, event: &Value) -> Vec<String> {
    let mut failed = Vec::new();
    for record in event["Records"].as_array().into_iter().flatten() {
        let text = |name: &str| record["dynamodb"]["Keys"][name]["S"].as_str();
        if not_due(record, line.watch.clock.now()) {
            continue;
        }
        let Some(work) = text("pk").zip(text("sk")).and_then(|(pk, sk)| Work::of_item(pk, sk)) else { continue };
        // A task of its own: were the stage to panic here, the runtime would report the panic's words.
        let done = tokio::spawn(stage(line.clone(), role, work.clone())).await;
        let result = done.unwrap_or_else(|stopped| Err(StageError::stopped(Some(&work), &stopped)));
        if let Err(error) = result {
            line.log(&error);
            let number = record["dynamodb"]["SequenceNumber"].as_str();
            if let Some(number) = number.filter(|_| error.try_again()) {
                failed.push(number.to_owned());
            }
        }
    }
    failed
}

/// Whether a stream record shows a head that owes nothing yet: most do, and need no look at the table.
fn not_due(record: &Value, now: Timestamp) -> bool {
    let image = &record["dynamodb"]["NewImage"];
    let wake = image["wake"]["N"].as_str().and_then(|wake| Waking::from_number(wake.parse().ok()?));
    // A time that another clock wrote is left to the sweep: two workers whose clocks differ would wake each other for ever.
    image.is_object() && wake.is_none_or(|wake| wake.at > now)
}

async fn stage(line: Line, role: Role, work: Work) -> Result<(), StageError> {
    match (role, &work) {
        (Role::Assess, Work::Delivery(id)) => assess::handle(&line.assess, id).await.map(drop),
        (Role::Alert, Work::Comment(_)) => line.work(&work).await,
        _ => Ok(()),
    }
}

async fn run_watch(config: &Config) -> Result<(), Error> {
    let line = &line(config);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let stop = time_to_stop(event.context.deadline());
        let mut swept = line.tick(stop).await.map_err(|error| one_line(&error))?;
        // Messages that wait for their turn get it within seconds; the next tick is a minute away.
        while swept.waiting > 0 && Timestamp::now() < stop {
            tokio::time::sleep(NEXT_TURN).await;
            let again = line.sweep(stop).await.map_err(|error| one_line(&error))?;
            swept = Swept { done: swept.done + again.done, failed: swept.failed + again.failed, waiting: again.waiting };
        }
        Ok::<Value, Error>(json!({"done": swept.done, "failed": swept.failed}))
    }))
    .await
}

/// Every night. A round that the limit cuts off is decided anew by the next, on what its journals say.
async fn run_reconcile(config: &Config) -> Result<(), Error> {
    let clock = Clock::System;
    let store = store(&config.clients(Patience::Worker), config, &clock);
    let stage = &Reconcile { store, clock, metrics: Metrics::Stdout };
    lambda_runtime::run(service_fn(move |_: LambdaEvent<Value>| async move {
        let nights = reconcile::nights(stage).await.map_err(|error| one_line(&error))?;
        Ok::<Value, Error>(json!({"campaigns": nights.len()}))
    }))
    .await
}

fn time_to_stop(deadline: SystemTime) -> Timestamp {
    let stop = deadline.checked_sub(RESERVE).unwrap_or(deadline);
    Timestamp::try_from(stop).unwrap_or_else(|_| Timestamp::now())
}
