//! Configuration: every variable, read once, with its unit and default; all problems are reported together.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `DAYZERO_TABLE` | the DynamoDB table | `dayzero` |
//! | `DAYZERO_KEYS_TABLE` | the DynamoDB table of the keys that words are sealed under | `dayzero-keys` |
//! | `DAYZERO_KMS_KEY` | the KMS key that opens those keys: its ARN | required |
//! | `DAYZERO_TOPICS` | what the protocol's `${Name}` topics are: `Name=arn:…` pairs, separated by commas | none |
//! | `DAYZERO_SECOND_TOPICS` | the same topics at the second carrier: SNS in one other region, as the ARNs say | no second carrier |
//! | `DAYZERO_CONSOLE_URL` | where people open a record, for links in alerts: `https://…` | no links |
//! | `DAYZERO_SIGN_IN_ISSUER` | the OpenID Connect provider at which people sign in to the console, exactly as it names itself: `https://…` | no sign-in: local mode is open on loopback, and the review function does not start |
//! | `DAYZERO_SIGN_IN_CLIENT_ID` | the id that the provider gave to the console | required with an issuer |
//! | `DAYZERO_SIGN_IN_SECRET` | the name of a secret in Secrets Manager that holds the client's secret, as its whole text | a public client |
//! | `DAYZERO_SIGN_IN_CLIENT_SECRET_FILE` | on a laptop, the path of a file that holds it instead | none |
//! | `DAYZERO_SIGN_IN_ROLES` | what the provider calls each role: `role=value` pairs, separated by commas, a role as often as wanted; roles are `safety`, `quality`, `webcare`, `auditor`, `administrator` | required with an issuer |
//! | `DAYZERO_SIGN_IN_ROLES_CLAIM` | the claim of the ID token that holds those values | `groups` |
//! | `DAYZERO_SIGN_IN_SCOPES` | scopes that are asked for beside `openid`, separated by spaces | `profile email` |
//! | `AWS_REGION` | region of the table and the topics | required |
//! | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | credentials, as Lambda sets them | the first two required |
//! | `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SNS`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL_KMS`, `AWS_ENDPOINT_URL` | another endpoint for one service, or for all | AWS |
//! | `AWS_ENDPOINT_URL_SNS_SECOND` | another endpoint for the second carrier | AWS, or the one for all |
//!
//! With an issuer `DAYZERO_CONSOLE_URL` is required, is an origin, and `/sign-in/callback` below it is what the provider has to know. Local mode
//! reads these eight too.
//!
//! Webhook secrets are no configuration: they are read from Secrets Manager at run time (`secrets`).

mod sign_in;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

pub use sign_in::{SecretFrom, SignInSettings, is_loopback, is_secure};

/// What the program was told by its environment.
#[derive(Clone)]
pub struct Config {
    pub table: String,
    pub keys_table: String,
    /// `None` on a laptop, where a file takes its place.
    pub kms_key: Option<String>,
    pub topics: BTreeMap<String, String>,
    /// The topics at the second carrier; empty if there is none.
    pub second_topics: BTreeMap<String, String>,
    pub console_url: Option<String>,
    /// `None` where nobody signs in.
    pub sign_in: Option<SignInSettings>,
    region: String,
    second_region: Option<String>,
    credentials: Credentials,
    endpoints: Endpoints,
}

/// Other endpoints than AWS's own.
#[derive(Clone, Default)]
struct Endpoints {
    dynamodb: Option<String>,
    /// The table of keys, where it lies elsewhere than the table.
    keys: Option<String>,
    kms: Option<String>,
    sns: Option<String>,
    sns_second: Option<String>,
    secrets_manager: Option<String>,
}

/// How long a caller can wait for AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// A platform is waiting: everything within the two seconds after which it is asked to come again.
    Door,
    /// Nobody is waiting.
    Worker,
}

/// The AWS clients.
#[derive(Clone)]
pub struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// For the table of keys.
    pub keys: aws_sdk_dynamodb::Client,
    pub kms: aws_sdk_kms::Client,
    pub sns: aws_sdk_sns::Client,
    /// SNS in another region, if one is configured.
    pub sns_second: Option<aws_sdk_sns::Client>,
    pub secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Config {
    /// Reads the environment through `variable`; every problem in one list.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Config, Vec<String>> {
        let mut problems = Vec::new();
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut required = |name: &str| {
            set(name).unwrap_or_else(|| {
                problems.push(format!("{name} is not set"));
                String::new()
            })
        };
        let (region, key_id, key) = (required("AWS_REGION"), required("AWS_ACCESS_KEY_ID"), required("AWS_SECRET_ACCESS_KEY"));
        let kms_key = required("DAYZERO_KMS_KEY");
        let listed = |name: &str, problems: &mut Vec<String>| topics(name, &set(name).unwrap_or_default(), problems);
        let topics = listed("DAYZERO_TOPICS", &mut problems);
        let second_topics = listed("DAYZERO_SECOND_TOPICS", &mut problems);
        let second_region = only_region(&second_topics, &mut problems);
        let console_url = set("DAYZERO_CONSOLE_URL").map(|url| url.trim_end_matches('/').to_owned());
        if console_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            problems.push("DAYZERO_CONSOLE_URL does not begin with https:// or http://".to_owned());
        }
        let sign_in = SignInSettings::read(&variable, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let endpoint = |service: &str| set(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| set("AWS_ENDPOINT_URL"));
        Ok(Config {
            table: set("DAYZERO_TABLE").unwrap_or_else(|| "dayzero".to_owned()),
            keys_table: set("DAYZERO_KEYS_TABLE").unwrap_or_else(|| "dayzero-keys".to_owned()),
            kms_key: Some(kms_key),
            topics,
            second_topics,
            console_url,
            sign_in,
            region,
            second_region,
            credentials: Credentials::new(key_id, key, set("AWS_SESSION_TOKEN"), None, "environment"),
            endpoints: Endpoints {
                dynamodb: endpoint("DYNAMODB"),
                keys: None,
                kms: endpoint("KMS"),
                sns: endpoint("SNS"),
                sns_second: endpoint("SNS_SECOND"),
                secrets_manager: endpoint("SECRETS_MANAGER"),
            },
        })
    }

    /// A configuration for endpoints on this machine, with credentials that open nothing.
    pub fn loopback(dynamodb: String, sns: String) -> Config {
        Config {
            table: "dayzero".to_owned(),
            keys_table: "dayzero-keys".to_owned(),
            kms_key: None,
            topics: BTreeMap::new(),
            second_topics: BTreeMap::new(),
            console_url: None,
            sign_in: None,
            region: "eu-west-1".to_owned(),
            second_region: None,
            credentials: Credentials::new("local", "local", None, None, "loopback"),
            endpoints: Endpoints { dynamodb: Some(dynamodb), sns: Some(sns), ..Endpoints::default() },
        }
    }

    /// The same with a second carrier on this machine.
    pub fn with_second_loopback(mut self, sns: String) -> Config {
        self.endpoints.sns_second = Some(sns);
        self.second_region = Some("eu-north-1".to_owned());
        self
    }

    /// The same with the keys at an endpoint of their own.
    pub fn with_keys_at(mut self, endpoint: String) -> Config {
        self.endpoints.keys = Some(endpoint);
        self
    }

    /// The clients, each over TLS unless its endpoint says `http://`.
    pub fn clients(&self, patience: Patience) -> Clients {
        let tls = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let plain = aws_smithy_http_client::Builder::new().build_http();
        self.build(patience, |endpoint| if endpoint.is_some_and(|url| url.starts_with("http://")) { &plain } else { &tls })
    }

    /// The clients over a given way to carry HTTP.
    pub fn clients_over(&self, http: SharedHttpClient, patience: Patience) -> Clients {
        self.build(patience, |_| &http)
    }

    fn build<'h>(&self, patience: Patience, http: impl Fn(Option<&String>) -> &'h SharedHttpClient) -> Clients {
        let (timeouts, retries) = patience.limits();
        macro_rules! client {
            ($sdk:ident, $endpoint:expr) => {
                client!($sdk, $endpoint, &self.region)
            };
            ($sdk:ident, $endpoint:expr, $region:expr) => {{
                let endpoint: Option<&String> = $endpoint;
                let region: &String = $region;
                let mut config = $sdk::Config::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(Region::new(region.clone()))
                    .credentials_provider(self.credentials.clone())
                    .http_client(http(endpoint).clone())
                    .timeout_config(timeouts.clone())
                    .retry_config(retries.clone());
                if let Some(endpoint) = endpoint {
                    config = config.endpoint_url(endpoint);
                }
                $sdk::Client::from_conf(config.build())
            }};
        }
        Clients {
            dynamodb: client!(aws_sdk_dynamodb, self.endpoints.dynamodb.as_ref()),
            keys: client!(aws_sdk_dynamodb, self.endpoints.keys.as_ref().or(self.endpoints.dynamodb.as_ref())),
            kms: client!(aws_sdk_kms, self.endpoints.kms.as_ref()),
            sns: client!(aws_sdk_sns, self.endpoints.sns.as_ref()),
            sns_second: self
                .second_region
                .as_ref()
                .map(|region| client!(aws_sdk_sns, self.endpoints.sns_second.as_ref(), region)),
            secrets_manager: client!(aws_sdk_secretsmanager, self.endpoints.secrets_manager.as_ref()),
        }
    }
}

impl Patience {
    fn limits(self) -> (TimeoutConfig, RetryConfig) {
        let (attempt, operation, attempts) = match self {
            Patience::Door => (Duration::from_millis(900), Duration::from_millis(1_900), 2),
            Patience::Worker => (Duration::from_secs(3), Duration::from_secs(9), 3),
        };
        let timeouts =
            TimeoutConfig::builder().connect_timeout(attempt).operation_attempt_timeout(attempt).operation_timeout(operation);
        (timeouts.build(), RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(50)))
    }
}

/// The region of all these topics; `None` if there are none, or if they lie in several.
fn only_region(topics: &BTreeMap<String, String>, problems: &mut Vec<String>) -> Option<String> {
    let mut regions: Vec<&str> = topics.values().map(|arn| arn.split(':').nth(3).unwrap_or_default()).collect();
    regions.sort_unstable();
    regions.dedup();
    match regions.as_slice() {
        [] => None,
        [one] if !one.is_empty() => Some((*one).to_owned()),
        _ => {
            problems.push(format!("DAYZERO_SECOND_TOPICS holds topics of {}, expected one region", regions.join(" and ")));
            None
        }
    }
}

fn topics(variable: &str, text: &str, problems: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut topics = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((name, arn)) if !name.is_empty() && arn.starts_with("arn:") => {
                topics.insert(name.to_owned(), arn.to_owned());
            }
            _ => problems.push(format!("{variable} holds {pair:?}, expected Name=arn:…")),
        }
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
        let pairs: BTreeMap<String, String> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::read(|name| pairs.get(name).cloned())
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let problems = read(&[("DAYZERO_TOPICS", "Desk=not-an-arn"), ("DAYZERO_CONSOLE_URL", "console.example")]).err().unwrap();
        let expected = [
            "AWS_REGION is not set",
            "AWS_ACCESS_KEY_ID is not set",
            "AWS_SECRET_ACCESS_KEY is not set",
            "DAYZERO_KMS_KEY is not set",
            "DAYZERO_TOPICS holds \"Desk=not-an-arn\", expected Name=arn:…",
            "DAYZERO_CONSOLE_URL does not begin with https:// or http://",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn topics_are_read_by_name() {
        let credentials = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
            ("DAYZERO_KMS_KEY", "arn:key"),
        ];
        let mut pairs = credentials.to_vec();
        pairs.push(("DAYZERO_TOPICS", "Desk=arn:aws:sns:eu-west-1:1:desk, Qppv=arn:aws:sns:eu-west-1:1:qppv"));
        let config = read(&pairs).ok().unwrap();
        assert_eq!(config.topics["Qppv"], "arn:aws:sns:eu-west-1:1:qppv");
        assert_eq!(config.table, "dayzero");
    }

    #[test]
    fn the_second_carrier_lies_in_the_one_region_of_its_topics() {
        let rows: [(&str, Result<Option<&str>, &str>); 4] = [
            ("", Ok(None)),
            ("Desk=arn:aws:sns:eu-north-1:1:desk,Qppv=arn:aws:sns:eu-north-1:1:qppv", Ok(Some("eu-north-1"))),
            (
                "Desk=arn:aws:sns:eu-north-1:1:desk,Qppv=arn:aws:sns:eu-west-3:1:qppv",
                Err("DAYZERO_SECOND_TOPICS holds topics of eu-north-1 and eu-west-3, expected one region"),
            ),
            ("Desk", Err("DAYZERO_SECOND_TOPICS holds \"Desk\", expected Name=arn:…")),
        ];
        for (second, expected) in rows {
            let pairs = [
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "id"),
                ("AWS_SECRET_ACCESS_KEY", "key"),
                ("DAYZERO_KMS_KEY", "arn:aws:kms:eu-west-1:1:key/1"),
                ("DAYZERO_SECOND_TOPICS", second),
            ];
            let region = read(&pairs).map(|config| config.second_region).map_err(|problems| problems.join("; "));
            assert_eq!(region.as_ref().map(Option::as_deref).map_err(String::as_str), expected, "{second}");
        }
    }
}
