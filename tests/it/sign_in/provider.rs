//! A small OpenID Connect provider in the test's own process: it publishes itself and its keys, takes a code once with the right PKCE
//! verifier, and signs ID tokens for real. What a story wants to be wrong with a token, it says beforehand. The browser's way through a
//! login form is left out: a story plays it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const CLIENT: &str = "console";
pub const SECRET: &str = "a secret of the client";

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    Well,
    /// `alg: none`, and no signature.
    Not,
    /// With the client's secret.
    BySecret,
    /// Under the known key's name, by another key.
    ByOtherKey,
}

/// What the next token says, beside who it is about.
#[derive(Clone)]
pub struct Token {
    pub claims: Value,
    pub signed: Signed,
}

/// The provider, until it is dropped.
pub struct Provider {
    pub issuer: String,
    shared: Arc<Mutex<Shared>>,
    server: JoinHandle<()>,
}

struct Shared {
    issuer: String,
    keys: Vec<(String, EcdsaKeyPair)>,
    /// Codes that were given out: the challenge that the verifier must fit, and the token that the code is worth.
    codes: HashMap<String, (String, Token)>,
    answers: bool,
    /// How often its keys were read.
    key_reads: usize,
}

impl Provider {
    pub async fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let keys = vec![("key-1".to_owned(), key())];
        let shared = Shared { issuer: issuer.clone(), keys, codes: HashMap::new(), answers: true, key_reads: 0 };
        let shared = Arc::new(Mutex::new(shared));
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("the provider serves") });
        Provider { issuer, shared, server }
    }

    /// Somebody signed in at the provider with this answer to give: the code that the browser brings back.
    pub fn code(&self, challenge: &str, token: Token) -> String {
        let mut shared = self.shared.lock().unwrap();
        let code = format!("code-{}", shared.codes.len() + 1);
        shared.codes.insert(code.clone(), (challenge.to_owned(), token));
        code
    }

    /// A new key signs from now on, and the old one is published no more.
    pub fn change_keys(&self) {
        let mut shared = self.shared.lock().unwrap();
        let name = format!("key-{}", shared.keys.len() + 1);
        shared.keys.push((name, key()));
    }

    /// Whether it answers at all from now on.
    pub fn answers(&self, answers: bool) {
        self.shared.lock().unwrap().answers = answers;
    }

    pub fn key_reads(&self) -> usize {
        self.shared.lock().unwrap().key_reads
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pair.as_ref(), &random).expect("a key that can be read")
}

async fn answer(State(shared): State<Arc<Mutex<Shared>>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 * 1024).await.expect("a short body");
    let mut shared = shared.lock().unwrap();
    if !shared.answers {
        return axum::http::StatusCode::BAD_GATEWAY.into_response();
    }
    let (status, value) = match parts.uri.path() {
        "/.well-known/openid-configuration" => (200, shared.description()),
        "/jwks" => (200, shared.published()),
        "/token" => shared.exchange(&body, parts.headers.get("authorization").and_then(|value| value.to_str().ok())),
        _ => (404, json!({})),
    };
    let headers = [("content-type", "application/json")];
    (axum::http::StatusCode::from_u16(status).expect("a status"), headers, value.to_string()).into_response()
}

impl Shared {
    fn description(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"),
            "end_session_endpoint": at("/end"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            // A provider that says it may do these must not make us take them.
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        })
    }

    fn published(&mut self) -> Value {
        self.key_reads += 1;
        let (name, key) = self.keys.last().expect("a provider has a key");
        let point = key.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": name, "x": x, "y": y }] })
    }

    /// A code is good once, for whoever knows the verifier and the client's secret.
    fn exchange(&mut self, body: &[u8], authorization: Option<&str>) -> (u16, Value) {
        let form = dayzero::http::form(body);
        let field = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default();
        let expected = format!("{}:{}", CLIENT, dayzero::review::percent::encode(SECRET).replace("%20", "+"));
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(expected));
        if authorization != Some(&basic) {
            return (401, json!({ "error": "invalid_client" }));
        }
        let Some((challenge, token)) = self.codes.remove(&field("code")) else {
            return (400, json!({ "error": "invalid_grant" }));
        };
        if URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier"))) != challenge {
            return (400, json!({ "error": "invalid_grant" }));
        }
        let answer = json!({ "access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": self.sign(&token) });
        (200, answer)
    }

    fn sign(&self, token: &Token) -> String {
        let (name, key) = self.keys.last().expect("a provider has a key");
        let alg = match token.signed {
            Signed::Well | Signed::ByOtherKey => "ES256",
            Signed::BySecret => "HS256",
            Signed::Not => "none",
        };
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(json!({ "alg": alg, "kid": name, "typ": "JWT" })), part(token.claims.clone()));
        let by = |key: &EcdsaKeyPair| key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature").as_ref().to_vec();
        let signature = match token.signed {
            Signed::Well => by(key),
            Signed::ByOtherKey => by(&self::key()),
            Signed::Not => Vec::new(),
            Signed::BySecret => {
                let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes keys of any length");
                mac.update(signed.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What a provider says of somebody who signs in at this moment.
pub fn claims(issuer: &str, login: &str, groups: &[&str], nonce: &str, now: Timestamp) -> Value {
    json!({
        "iss": issuer,
        "aud": CLIENT,
        "sub": format!("subject-of-{login}"),
        "name": login,
        "email": format!("{}@pharma.example", login.to_lowercase()),
        "groups": groups,
        "nonce": nonce,
        "iat": now.as_second(),
        "exp": now.as_second() + 300,
        "auth_time": now.as_second(),
    })
}
