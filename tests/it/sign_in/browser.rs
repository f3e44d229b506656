//! A browser as far as sign-in needs one: it holds cookies as their attributes say, and goes to the provider and back.

use std::collections::BTreeMap;

use dayzero::config::{SecretFrom, SignInSettings};
use dayzero::http::{Request, Response, form};
use dayzero::model::Role;
use dayzero::review::percent::{decode, encode};
use dayzero::review::sign_in::SignIn;
use serde_json::Value;

use super::provider::{CLIENT, Provider, SECRET, Signed, Token, claims};
use crate::world::World;

pub const HOST: &str = "localhost:8080";

/// The settings of a console at this provider.
pub fn settings(issuer: &str) -> SignInSettings {
    let roles = [
        (Role::Safety, "Drug Safety"),
        (Role::Safety, "PV"),
        (Role::Quality, "QA"),
        (Role::Webcare, "Webcare"),
        (Role::Auditor, "Audit"),
        (Role::Administrator, "IT"),
    ];
    let file = std::env::temp_dir().join(format!("dayzero-sign-in-{}", std::process::id()));
    std::fs::write(&file, format!("{SECRET}\n")).expect("a file for the secret");
    SignInSettings {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        secret: SecretFrom::File(file.to_str().expect("a plain path").to_owned()),
        roles_claim: "groups".to_owned(),
        roles: roles.map(|(role, value)| (role, value.to_owned())).to_vec(),
        scopes: vec!["profile".to_owned()],
        console_url: format!("http://{HOST}"),
    }
}

/// A world whose console people sign in to.
pub async fn world_with(provider: &Provider) -> World {
    let mut world = World::new().await;
    world.desk.sign_in = SignIn::at_provider(settings(&provider.issuer), None, world.clock.clone()).expect("a provider");
    world
}

/// Somebody before a browser of their own.
pub struct Browser<'a> {
    pub world: &'a World,
    pub provider: &'a Provider,
    pub login: &'a str,
    pub groups: &'a [&'a str],
    pub cookies: BTreeMap<String, String>,
}

/// A sign-in on its way: what the browser was sent to the provider with.
pub struct UnderWay {
    pub query: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn of(world: &'a World, provider: &'a Provider, login: &'a str, groups: &'a [&'a str]) -> Browser<'a> {
        Browser { world, provider, login, groups, cookies: BTreeMap::new() }
    }

    /// The same, signed in.
    pub async fn signed_in(world: &'a World, provider: &'a Provider, login: &'a str, groups: &'a [&'a str]) -> Browser<'a> {
        let mut browser = Browser::of(world, provider, login, groups);
        let back = browser.sign_in("/sign-in?to=/more", |_| {}).await;
        assert_eq!(back.status, 200, "{}", text(&back));
        browser
    }

    pub async fn get(&mut self, address: &str) -> Response {
        self.send("GET", address, None).await
    }

    pub async fn submit(&mut self, address: &str, fields: &[(&str, &str)]) -> Response {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.send("POST", address, Some(("application/x-www-form-urlencoded", pairs.join("&")))).await
    }

    pub async fn json(&mut self, address: &str, body: Value) -> Response {
        self.send("POST", address, Some(("application/json", body.to_string()))).await
    }

    async fn send(&mut self, method: &str, address: &str, body: Option<(&str, String)>) -> Response {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut headers = vec![("host".to_owned(), HOST.to_owned())];
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.push(("cookie".to_owned(), pairs.join("; ")));
        }
        if let Some((kind, _)) = &body {
            headers.push(("content-type".to_owned(), (*kind).to_owned()));
            headers.push(("sec-fetch-site".to_owned(), "same-origin".to_owned()));
        }
        let body = body.map(|(_, body)| body.into_bytes()).unwrap_or_default();
        let request = Request { method: method.to_owned(), path: path.to_owned(), query: form(query.as_bytes()), headers, body };
        let response = self.world.handle(&request).await;
        self.keep(&response);
        response
    }

    fn keep(&mut self, response: &Response) {
        for cookie in &response.cookies {
            assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie has a name");
            match cookie.contains("Max-Age=0;") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    /// Begins a sign-in and stops at the provider.
    pub async fn begin(&mut self, address: &str) -> UnderWay {
        let sent = self.get(address).await;
        assert_eq!(sent.status, 303, "{}", text(&sent));
        let location = sent.headers["location"].clone();
        let (at, query) = location.split_once('?').expect("an address with a query");
        assert_eq!(at, format!("{}/authorize", self.provider.issuer));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(name, value)| (name.to_owned(), decode(&value.replace('+', " ")).expect("text"))).collect();
        UnderWay { query }
    }

    /// The address of the way back, once the provider has said what `change` makes of the token.
    pub fn way_back(&self, under_way: &UnderWay, signed: Signed, change: impl FnOnce(&mut Value)) -> String {
        let now = self.world.clock.now();
        let mut claims = claims(&self.provider.issuer, self.login, self.groups, &under_way.query["nonce"], now);
        change(&mut claims);
        let code = self.provider.code(&under_way.query["code_challenge"], Token { claims, signed });
        format!("/sign-in/callback?code={code}&state={}", under_way.query["state"])
    }

    /// Goes to the provider and back.
    pub async fn sign_in(&mut self, address: &str, change: impl FnOnce(&mut Value)) -> Response {
        let under_way = self.begin(address).await;
        let back = self.way_back(&under_way, Signed::Well, change);
        self.get(&back).await
    }
}

pub fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).expect("UTF-8")
}
