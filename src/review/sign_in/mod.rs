//! Who is asking, and what they may: the one place for it.
//!
//! On a laptop everybody who reaches the loopback address is served, under a name that they choose (`local`). Everywhere else, and on a
//! laptop that is told to, people sign in at a provider of OpenID Connect:
//!
//! - `way`: the way there and back, and out: begin, callback, sign-out;
//! - `oidc`: what the provider is asked and what its answer proves; `http` carries it;
//! - `cookies`: what a browser holds; the rows under its tokens are `store`'s;
//! - `roles`: which role may do what; `person`: somebody with a name, and their session.
//!
//! That somebody signed in or out, or was refused, is noted in the journal of reads before it is answered.

mod cookies;
mod http;
mod local;
mod oidc;
mod person;
pub mod roles;
pub mod way;

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::config::{SecretFrom, SignInSettings, is_loopback};
use crate::http::Request;
use crate::model::session::SEEN_EVERY;
use crate::model::{Clock, Secret};
use crate::secrets::SecretStore;

use super::Desk;
use super::problem::Problem;
use cookies::{Cookie, Cookies};
use oidc::{Oidc, SecretSource};

pub use person::{Person, SignedIn};
pub use roles::Right;

/// How people are known.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// On this machine: everybody who reaches the loopback address, under the name they chose.
    Local {
        /// For whoever has not chosen one yet: the operating system's user.
        default_name: Person,
    },
    /// At a provider.
    Provider(Arc<AtProvider>),
}

/// A provider, and how the console that people sign in to is reached.
pub struct AtProvider {
    oidc: Oidc,
    cookies: Cookies,
    /// Host and port of the console.
    authority: String,
    /// Whether requests under other names are refused: on a laptop, where a foreign name may be made to point here.
    only_authority: bool,
}

impl std::fmt::Debug for AtProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AtProvider({})", self.oidc.issuer())
    }
}

impl AtProvider {
    /// The name by which the provider knows itself.
    pub fn issuer(&self) -> &str {
        self.oidc.issuer()
    }

    /// The origin of the console.
    pub fn console_url(&self) -> &str {
        self.oidc.console_url()
    }
}

impl SignIn {
    /// Sign-in of the local mode; refuses a default name that could not stand in the chain.
    pub fn local(default_name: &str) -> Result<SignIn, String> {
        Ok(SignIn::Local { default_name: Person::parse(default_name)? })
    }

    /// Sign-in at a provider, for the review function.
    pub fn at_provider(settings: SignInSettings, secrets: Option<SecretStore>, clock: Clock) -> Result<SignIn, String> {
        let secret = match (&settings.secret, secrets) {
            (SecretFrom::Nowhere, _) => SecretSource::Nowhere,
            (SecretFrom::Stored(name), Some(store)) => SecretSource::Stored(store, name.clone()),
            (SecretFrom::Stored(_), None) => {
                return Err("DAYZERO_SIGN_IN_SECRET names a secret in Secrets Manager, and there is none on this machine: use \
                    DAYZERO_SIGN_IN_CLIENT_SECRET_FILE"
                    .to_owned());
            }
            (SecretFrom::File(path), _) => {
                let text = std::fs::read_to_string(path).map_err(|error| format!("the file {path} cannot be read: {error}"))?;
                SecretSource::Text(Secret::new(text.trim()).ok_or_else(|| format!("the file {path} holds no secret"))?)
            }
        };
        let (scheme, authority) = settings.console_url.split_once("://").unwrap_or(("https", &settings.console_url));
        let authority = authority.to_owned();
        // Browsers take `localhost` without TLS for as safe as TLS, and its cookies with it; they do not for other loopback addresses.
        let localhost = authority.split(':').next().is_some_and(|name| name.eq_ignore_ascii_case("localhost"));
        let cookies = Cookies { strict: scheme == "https" || localhost };
        let only_authority = is_loopback(&authority);
        let oidc = Oidc::new(settings, secret, clock)?;
        Ok(SignIn::Provider(Arc::new(AtProvider { oidc, cookies, authority, only_authority })))
    }

    /// Refuses a request under a name that is none of this console's.
    pub fn host(&self, request: &Request) -> Result<(), Problem> {
        let host = request.header("host").unwrap_or_default();
        match self {
            SignIn::Local { .. } if is_loopback(host) => Ok(()),
            SignIn::Local { .. } => Err(Problem::Misdirected),
            SignIn::Provider(at) if !at.only_authority || host.eq_ignore_ascii_case(&at.authority) => Ok(()),
            SignIn::Provider(_) => Err(Problem::MisdirectedName),
        }
    }

    /// Host and port under which our own pages are, as a browser says where a request came from.
    pub fn authority<'a>(&'a self, request: &'a Request) -> &'a str {
        match self {
            SignIn::Local { .. } => request.header("host").unwrap_or_default(),
            SignIn::Provider(at) => &at.authority,
        }
    }

    /// The header value that makes a browser remember `person`, in local mode.
    pub fn remember(&self, person: &Person) -> String {
        local::remember(person)
    }
}

/// Who is asking; `None` if nobody is signed in.
pub async fn person(desk: &Desk, request: &Request) -> Result<Option<Person>, Problem> {
    match &desk.sign_in {
        SignIn::Local { default_name } => Ok(Some(local::chosen(request).unwrap_or_else(|| default_name.clone()))),
        SignIn::Provider(at) => match at.cookies.token(Cookie::Session, request) {
            Some(token) => session(desk, &token).await,
            None => Ok(None),
        },
    }
}

async fn session(desk: &Desk, token: &str) -> Result<Option<Person>, Problem> {
    let (digest, now) = (digest(token), desk.clock.now());
    let kept = desk.store.session(&digest).await?;
    let Some(kept) = kept.filter(|kept| kept.session.holds(kept.seen_at, now)) else { return Ok(None) };
    if now.duration_since(kept.seen_at) >= SEEN_EVERY {
        // Whoever cannot be marked as busy now is marked by the next request; at worst a session ends early.
        if let Err(error) = desk.store.see_session(&digest, now).await {
            tracing::warn!(%error, "review: that a session is in use could not be marked");
        }
    }
    let form_key = form_key(token);
    Ok(Some(Person::signed_in(SignedIn { session: kept.session, digest, form_key })))
}

/// The name of a token's row: whoever reads the table learns no token.
fn digest(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// What forms of a session are signed with: the same in every process, and known to nobody who does not hold the token.
fn form_key(token: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"dayzero forms");
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Request { method: "GET".into(), path: "/".into(), query: Vec::new(), headers, body: Vec::new() }
    }

    #[test]
    fn only_loopback_names_are_served_without_sign_in() {
        let sign_in = SignIn::local("nils").unwrap();
        for (host, expected) in [("127.0.0.1:8080", true), ("LOCALHOST", true), ("dayzero.example", false), ("", false)] {
            assert_eq!(sign_in.host(&request(&[("host", host)])).is_ok(), expected, "{host}");
        }
        assert_eq!(sign_in.host(&request(&[])).unwrap_err().status(), 421);
        let twice = request(&[("host", "localhost"), ("host", "localhost")]);
        assert_eq!(sign_in.host(&twice).unwrap_err().status(), 421);
    }

    fn at(console_url: &str) -> SignIn {
        let settings = SignInSettings {
            issuer: "https://login.example".into(),
            client_id: "console".into(),
            secret: SecretFrom::Nowhere,
            roles_claim: "groups".into(),
            roles: Vec::new(),
            scopes: Vec::new(),
            console_url: console_url.into(),
        };
        SignIn::at_provider(settings, None, Clock::System).unwrap()
    }

    #[test]
    fn with_sign_in_a_laptop_serves_its_own_name_only_and_behind_a_gateway_any() {
        let rows = [
            ("http://localhost:8080", "localhost:8080", true),
            ("http://localhost:8080", "evil.example:8080", false),
            ("http://localhost:8080", "127.0.0.1:8080", false),
            ("http://localhost:8080", "", false),
            ("https://console.example", "console.example", true),
            ("https://console.example", "abc.execute-api.eu-west-1.amazonaws.com", true),
        ];
        for (console, host, expected) in rows {
            assert_eq!(at(console).host(&request(&[("host", host)])).is_ok(), expected, "{console} {host}");
        }
        assert_eq!(at("https://console.example").authority(&request(&[("host", "x")])), "console.example");
    }

    #[test]
    fn cookies_are_strict_where_browsers_take_them() {
        let strict = |sign_in: &SignIn| matches!(sign_in, SignIn::Provider(at) if at.cookies.strict);
        for (console, expected) in
            [("https://console.example", true), ("http://localhost:8080", true), ("http://127.0.0.1:8080", false)]
        {
            assert_eq!(strict(&at(console)), expected, "{console}");
        }
    }
}
