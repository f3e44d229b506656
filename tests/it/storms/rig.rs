//! The rig: what outlives a process (the embedded table, the topics, the time, the weather), and processes over it, each with the stages as
//! they are, clients of its own and nothing in memory yet. Platforms' retries are here too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::SharedHttpClient;
use dayzero::alert::{Publisher, Topics};
use dayzero::config::{Clients, Config, Patience};
use dayzero::http::Response;
use dayzero::line::Line;
use dayzero::local::samples;
use dayzero::metrics::Metrics;
use dayzero::protocol::Protocol;
use dayzero::publishing;
use dayzero::receive::{self, Receive};
use dayzero::review::Desk;
use dayzero::store::Store;
use dayzero::vault::{Vault, Wrapping, seal::Key};
use dynoxide::{Database, DynoxideError};
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::burst::Limits;
use super::hours::Hours;
use super::sns::Sns;
use super::wire::{Call, Life, Service, Weather, Wire};
use crate::world::{ask_desk, desk_over, line_over, receive_over, signed_call};

/// One change of an item, as the table's stream would tell it.
#[derive(Clone, Debug)]
pub struct Change {
    pub at: jiff::Timestamp,
    pub pk: String,
    pub sk: String,
    pub wake: Option<String>,
}

/// What outlives every process.
pub struct Outside {
    pub hours: Hours,
    database: Database,
    config: Config,
    wrapping: Wrapping,
    sns: Mutex<Sns>,
    weather: Mutex<Weather>,
    /// What the table can take in a second; unbounded without.
    limits: Mutex<Option<Limits>>,
    /// The stream, where a story reads it.
    stream: Mutex<Option<Vec<Change>>>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outside")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outside {
    /// An empty table with the sample protocol, and fair weather.
    pub async fn new(hours: &Hours, seed: u64) -> Arc<Outside> {
        let config = Config::loopback("http://table.rig".to_owned(), "http://first.rig".to_owned());
        let outside = Arc::new(Outside {
            hours: hours.clone(),
            database: Database::memory().expect("a table in memory"),
            config: config.with_second_loopback("http://second.rig".to_owned()),
            wrapping: Wrapping::File(Key::random().expect("randomness")),
            sns: Mutex::default(),
            weather: Mutex::new(Weather::fair(seed)),
            limits: Mutex::new(None),
            stream: Mutex::new(None),
        });
        let first = Process::start(&outside);
        first.store().vault().create_table().await.expect("a table of keys");
        first.store().vault().prove().await.expect("keys of its own");
        first.store().create_table().await.expect("a table");
        let protocol = Protocol::parse(samples::PROTOCOL).unwrap_or_else(|problems| panic!("{problems:?}"));
        publishing::publish(first.store(), protocol, "Ann", hours.now()).await.expect("the sample protocol can be published");
        outside
    }

    pub fn sns(&self) -> MutexGuard<'_, Sns> {
        lock(&self.sns)
    }

    pub fn weather(&self) -> MutexGuard<'_, Weather> {
        lock(&self.weather)
    }

    pub fn limit(&self, limits: Limits) {
        *lock(&self.limits) = Some(limits);
    }

    /// The most that was written in a second, and how often the table refused.
    pub fn taken(&self) -> (u64, u64) {
        lock(&self.limits).as_ref().map_or((0, 0), Limits::taken)
    }

    /// From now on changes are told by the stream.
    pub fn open_stream(&self) {
        *lock(&self.stream) = Some(Vec::new());
    }

    /// Takes what the stream tells, oldest first.
    pub fn read_stream(&self) -> Vec<Change> {
        lock(&self.stream).as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How many items have this sort key, by the table's own account.
    pub fn rows(&self, sk: &str) -> u64 {
        let (mut rows, mut after) = (0, Value::Null);
        loop {
            let mut scan = json!({"TableName": "dayzero", "FilterExpression": "sk = :sk", "Select": "COUNT",
                "ExpressionAttributeValues": {":sk": {"S": sk}}});
            if !after.is_null() {
                scan["ExclusiveStartKey"] = after;
            }
            let answer = carry_out(&self.database, "Scan", &scan.to_string()).expect("a scan");
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            rows += answer["Count"].as_u64().expect("a count");
            after = answer["LastEvaluatedKey"].clone();
            if after.is_null() {
                return rows;
            }
        }
    }

    pub fn is_poisoned(&self, call: &Call) -> bool {
        let weather = self.weather();
        call.service == Service::Table && weather.poison.iter().any(|pk| call.text().contains(pk.as_str()))
    }

    /// Carries a call out: a status and a body.
    pub fn answer(&self, call: &Call) -> (u16, String) {
        match call.service {
            Service::Table => self.table(call),
            Service::FirstCarrier | Service::SecondCarrier => self.sns().answer(&call.body, self.hours.now()),
        }
    }

    fn table(&self, call: &Call) -> (u16, String) {
        let writes = matches!(call.operation.as_str(), "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems");
        if writes
            && let Some(limits) = lock(&self.limits).as_mut()
            && !limits.takes(call.text(), self.hours.now())
        {
            let code = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
            return (400, format!(r#"{{"__type":"{code}","message":"slow down"}}"#));
        }
        match carry_out(&self.database, &call.operation, call.text()) {
            Ok(body) => {
                if writes && let Some(stream) = lock(&self.stream).as_mut() {
                    stream.extend(changes(call.text(), self.hours.now()));
                }
                (200, body)
            }
            Err(error) => (error.status_code(), error.to_json()),
        }
    }
}

/// DynamoDB's operations that the store uses.
fn carry_out(database: &Database, operation: &str, body: &str) -> Result<String, DynoxideError> {
    fn read<T: DeserializeOwned>(body: &str) -> T {
        serde_json::from_str(body).unwrap_or_else(|error| panic!("the table cannot read a request: {error}"))
    }
    fn say<T: Serialize>(answer: &T) -> String {
        serde_json::to_string(answer).expect("JSON")
    }
    macro_rules! carry {
        ($($name:literal => $method:ident),* $(,)?) => {
            match operation {
                $($name => database.$method(read(body)).map(|answer| say(&answer)),)*
                other => panic!("the rig's table does not know {other}"),
            }
        };
    }
    carry! {
        "CreateTable" => create_table, "PutItem" => put_item, "GetItem" => get_item, "UpdateItem" => update_item,
        "DeleteItem" => delete_item, "Query" => query, "Scan" => scan, "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item, "TransactWriteItems" => transact_write_items,
        "TransactGetItems" => transact_get_items,
    }
}

/// The items that a write changed, as far as a stage is woken by them.
fn changes(body: &str, at: jiff::Timestamp) -> Vec<Change> {
    let body: Value = serde_json::from_str(body).expect("JSON");
    let parts = body["TransactItems"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
    let parts =
        parts.iter().map(|part| ["Put", "Update"].iter().map(|kind| &part[*kind]).find(|of| of.is_object()).unwrap_or(part));
    let item = |part: &Value| if part["Item"].is_object() { part["Item"].clone() } else { part["Key"].clone() };
    parts
        .map(item)
        .filter_map(|item| {
            let text = |name: &str, kind: &str| item[name][kind].as_str().map(str::to_owned);
            let (pk, sk) = (text("pk", "S")?, text("sk", "S").filter(|sk| sk == "raw" || sk == "head")?);
            Some(Change { at, pk, sk, wake: text("wake", "N") })
        })
        .collect()
}

/// A process: every stage with its own clients, caches and metrics.
#[derive(Clone)]
pub struct Process {
    pub outside: Arc<Outside>,
    pub life: Arc<Life>,
    pub line: Line,
    pub receive: Receive,
    pub metrics: Metrics,
    desk: Desk,
}

impl Process {
    pub fn start(outside: &Arc<Outside>) -> Process {
        Process::living(outside, Life::whole())
    }

    /// One that ends as its life says.
    pub fn living(outside: &Arc<Outside>, life: Arc<Life>) -> Process {
        let clock = outside.hours.clock.clone();
        let worker = clients(outside, &life, Patience::Worker);
        let door = clients(outside, &life, Patience::Door);
        let store = |clients: &Clients| {
            let (keys, wrapping) = (clients.keys.clone(), outside.wrapping.clone());
            let vault = Vault::new(keys, &outside.config.keys_table, wrapping, clock.clone());
            Store::new(clients.dynamodb.clone(), &outside.config.table, vault).at(clock.clone())
        };
        let (worker_store, door_store, metrics) = (store(&worker), store(&door), Metrics::memory());
        let publisher = Publisher::new(worker.sns.clone(), Topics::Loopback);
        let line = line_over(&worker_store, publisher, &clock, &metrics);
        let (receive, desk) = (receive_over(door_store, &clock, &metrics), desk_over(&worker_store, &clock));
        Process { outside: outside.clone(), life, line, receive, metrics, desk }
    }

    /// The same with the second region behind the first.
    pub fn with_second_carrier(mut self) -> Process {
        let second = clients(&self.outside, &self.life, Patience::Worker).sns_second.expect("a configured second carrier");
        let publisher = self.line.alert.publisher.clone();
        self.line.alert.publisher = publisher.with_second(second, Topics::SecondLoopback);
        self
    }

    pub fn store(&self) -> &Store {
        &self.line.watch.store
    }

    pub async fn sweep(&self) {
        let _ = self.line.sweep(jiff::Timestamp::MAX).await;
    }

    pub async fn tick(&self) {
        let _ = self.line.tick(jiff::Timestamp::MAX).await;
    }

    /// A platform's call of a door, signed now.
    pub async fn post(&self, door: &str, body: &[u8]) -> Response {
        receive::handle(&self.receive, &signed_call(door, body, self.outside.hours.now())).await
    }

    /// Posts until it is answered 200, as platforms do: again after five seconds, and each time somewhat later. Gives the refusals.
    pub async fn post_until_kept(&self, door: &str, body: &[u8]) -> Vec<(SignedDuration, u16)> {
        let mut refused = Vec::new();
        loop {
            let began = self.outside.hours.now();
            let status = self.post(door, body).await.status;
            if status == 200 {
                return refused;
            }
            refused.push((self.outside.hours.now().duration_since(began), status));
            let wait = 5 * (1 + i64::try_from(refused.len()).expect("some attempts").min(12));
            self.outside.hours.pass(SignedDuration::from_secs(wait)).await;
        }
    }

    /// A person's request to the pages or the API.
    pub async fn ask(&self, method: &str, address: &str, json: Option<Value>) -> Response {
        let body = json.map(|json| ("application/json", json.to_string()));
        ask_desk(&self.desk, &self.line.assess.campaigns, method, address, body).await
    }
}

/// The real clients over the wire; their time is the rig's.
fn clients(outside: &Arc<Outside>, life: &Arc<Life>, patience: Patience) -> Clients {
    let hours = outside.hours.of(life);
    let door = patience == Patience::Door;
    let wire = Wire { outside: outside.clone(), hours: hours.clone(), life: life.clone(), door };
    let mut clients = outside.config.clients_over(SharedHttpClient::new(wire), patience);
    macro_rules! slept {
        ($sdk:ident, $client:expr) => {
            $sdk::Client::from_conf($client.config().to_builder().sleep_impl(hours.clone()).build())
        };
    }
    clients.dynamodb = slept!(aws_sdk_dynamodb, clients.dynamodb);
    clients.keys = slept!(aws_sdk_dynamodb, clients.keys);
    clients.sns = slept!(aws_sdk_sns, clients.sns);
    clients.sns_second = clients.sns_second.map(|second| slept!(aws_sdk_sns, second));
    clients
}
