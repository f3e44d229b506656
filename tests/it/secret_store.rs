//! A Secrets Manager with a memory: versions, labels and times, as far as Dayzero relies on them. The real client reaches it in the
//! process, through its HTTP connector, or over a loopback port, as the real program does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use dayzero::config::{Config, Patience};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Clones share the memory.
#[derive(Clone, Debug, Default)]
pub struct SecretsManager {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    secrets: BTreeMap<String, Vec<Version>>,
    asked: usize,
    away: bool,
}

#[derive(Debug)]
struct Version {
    id: String,
    value: String,
    labels: Vec<String>,
    created: Timestamp,
}

impl SecretsManager {
    /// Makes a secret, or gives it another value, as a person does in the console: without any label of ours.
    pub fn set(&self, name: &str, value: &str) {
        self.inner().put(name, value, &["AWSCURRENT"]);
    }

    /// The current value, and the labels of its version.
    pub fn current(&self, name: &str) -> (String, Vec<String>) {
        let inner = self.inner();
        let version = inner.current(name).expect("a secret of that name");
        (version.value.clone(), version.labels.clone())
    }

    /// How many versions were ever written.
    pub fn versions(&self, name: &str) -> usize {
        self.inner().secrets.get(name).map_or(0, Vec::len)
    }

    /// As if every version had been written this much earlier.
    pub fn age(&self, name: &str, by: SignedDuration) {
        for version in self.inner().secrets.get_mut(name).expect("a secret of that name") {
            version.created -= by;
        }
    }

    /// Answers nobody, until it is back.
    pub fn away(&self, away: bool) {
        self.inner().away = away;
    }

    /// Requests so far.
    pub fn asked(&self) -> usize {
        self.inner().asked
    }

    /// The real client, over a connector that leads here.
    pub fn client(&self) -> aws_sdk_secretsmanager::Client {
        let config = Config::loopback("http://127.0.0.1:1".to_owned(), "http://127.0.0.1:1".to_owned());
        config.clients_over(SharedHttpClient::new(self.clone()), Patience::Door).secrets_manager
    }

    /// Listens on a free loopback port until the process ends, and says where.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/", post(answer_http)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test thread died here")
    }

    /// The two actions that Dayzero uses.
    fn answer(&self, target: &str, body: &[u8]) -> (u16, String) {
        let mut inner = self.inner();
        inner.asked += 1;
        if inner.away {
            return refuse("DecryptionFailure");
        }
        let asked: Value = serde_json::from_slice(body).expect("the client writes JSON");
        let name = asked["SecretId"].as_str().expect("a name").to_owned();
        if inner.current(&name).is_none() {
            return refuse("ResourceNotFoundException");
        }
        match target {
            "secretsmanager.GetSecretValue" => {
                let version = inner.current(&name).expect("it was found above");
                let created = version.created.as_millisecond() as f64 / 1000.0;
                let answer = json!({"ARN": format!("arn:aws:secretsmanager:eu-west-1:1:secret:{name}-AbCdEf"), "Name": name,
                    "VersionId": version.id, "SecretString": version.value, "VersionStages": version.labels, "CreatedDate": created});
                (200, answer.to_string())
            }
            "secretsmanager.PutSecretValue" => {
                let labels = asked["VersionStages"].as_array().map(|labels| labels.iter().filter_map(Value::as_str).collect());
                let labels: Vec<&str> = labels.unwrap_or_else(|| vec!["AWSCURRENT"]);
                inner.put(&name, asked["SecretString"].as_str().expect("a text"), &labels);
                (200, json!({"Name": name}).to_string())
            }
            _ => refuse("InvalidRequestException"),
        }
    }
}

impl Inner {
    fn current(&self, name: &str) -> Option<&Version> {
        self.secrets.get(name)?.iter().find(|version| version.labels.iter().any(|label| label == "AWSCURRENT"))
    }

    /// A label that is given to one version leaves the other.
    fn put(&mut self, name: &str, value: &str, labels: &[&str]) {
        let versions = self.secrets.entry(name.to_owned()).or_default();
        for version in versions.iter_mut() {
            let was_current = version.labels.iter().any(|label| label == "AWSCURRENT");
            version.labels.retain(|label| !labels.contains(&label.as_str()) && label != "AWSPREVIOUS");
            if was_current {
                version.labels.push("AWSPREVIOUS".to_owned());
            }
        }
        let id = format!("00000000-0000-4000-8000-{:012}", versions.len() + 1);
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        versions.push(Version { id, value: value.to_owned(), labels, created: Timestamp::now() });
    }
}

fn refuse(code: &str) -> (u16, String) {
    (400, json!({"__type": code, "Message": "refused"}).to_string())
}

async fn answer_http(State(service): State<SecretsManager>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let (status, answer) = service.answer(target, &body);
    (StatusCode::from_u16(status).expect("a status code"), answer)
}

impl HttpClient for SecretsManager {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for SecretsManager {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let (status, answer) = self.answer(&target, request.body().bytes().unwrap_or_default());
        let status = status.try_into().expect("a status code");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer))))
    }
}
