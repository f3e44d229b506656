//! What stands between a hostile web page and a person's browser: the token in every form, where a request came from, and the headers
//! of every answer.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::http::{Request, Response};

use super::problem::Problem;
use super::route::Route;
use super::sign_in::Person;
use super::statements::Address;
use crate::reconcile::MOST_LIST_BYTES;

/// Largest body of a request to `review`, in bytes: a bulk decision about a full page of comments fits several times.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Makes and checks the tokens in forms. Those of somebody who is signed in are made with their session's key, so that every process of the
/// console takes them and no other session does; without sign-in the key is random and lives in this process only.
#[derive(Clone)]
pub struct Csrf {
    key: [u8; 32],
}

impl fmt::Debug for Csrf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Csrf([redacted])")
    }
}

impl Csrf {
    /// Takes a new key from the operating system; fails only where that has no randomness to give.
    pub fn new() -> Result<Csrf, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Csrf { key })
    }

    /// The token of a form that lets `person` do one thing.
    pub fn token(&self, person: &Person, purpose: &str) -> String {
        hex::encode(mac(self.key(person), person, purpose).finalize().into_bytes())
    }

    /// Whether a form came from our own page, made for this person and this purpose.
    pub fn check(&self, person: &Person, purpose: &str, token: Option<&str>) -> Result<(), Problem> {
        let presented = hex::decode(token.unwrap_or_default()).unwrap_or_default();
        let refused = "This form is not from a page that Dayzero showed you under your present name, in this session and since it was started. \
            Go back, load the page again and repeat.";
        mac(self.key(person), person, purpose).verify_slice(&presented).map_err(|_| Problem::Forbidden(refused))
    }

    fn key<'a>(&'a self, person: &'a Person) -> &'a [u8; 32] {
        person.session().map_or(&self.key, |own| &own.form_key)
    }
}

/// The token that [`Csrf::token`] makes for somebody in a session with this key.
pub fn token_under(key: &[u8; 32], person: &Person, purpose: &str) -> String {
    hex::encode(mac(key, person, purpose).finalize().into_bytes())
}

fn mac(key: &[u8; 32], person: &Person, purpose: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in [person.as_str(), purpose] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac
}

/// Refuses what must not even be read: a change asked for by a page of somebody else, and a body of a kind or size that no page of ours
/// sends. `authority` is the host and port of our own pages.
pub fn check(request: &Request, route: &Route, authority: &str) -> Result<(), Problem> {
    if !route.changes() {
        return Ok(());
    }
    same_origin(request, authority)?;
    let list = matches!(route, Route::Statements(Address::Cases(_)));
    let expected = match (Route::is_api(request), list) {
        (true, true) => "text/csv",
        (true, false) => "application/json",
        (false, _) => "application/x-www-form-urlencoded",
    };
    let sent = request.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
    if !sent.trim().eq_ignore_ascii_case(expected) {
        return Err(Problem::MediaType { expected });
    }
    let limit = if list { MOST_LIST_BYTES } else { BODY_LIMIT };
    if request.body.len() > limit {
        return Err(Problem::TooLarge { limit });
    }
    Ok(())
}

/// Programs send neither header; browsers send both. Because our pages ask for no referrer, a browser writes `Origin: null` even for our
/// own forms; then `Sec-Fetch-Site` speaks, and where an old browser has no such header, the form's token does.
fn same_origin(request: &Request, host: &str) -> Result<(), Problem> {
    let elsewhere =
        Err(Problem::Forbidden("This request was made by a page of another site; only Dayzero's own pages may ask for it."));
    let values = |name: &str| -> Vec<&str> {
        request.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    let sites = values("sec-fetch-site");
    if sites.iter().any(|site| !matches!(*site, "same-origin" | "none")) {
        return elsewhere;
    }
    for origin in values("origin") {
        let ours = match origin.split_once("://") {
            Some((_, authority)) => authority.eq_ignore_ascii_case(host),
            None => origin == "null" && (!sites.is_empty() || !Route::is_api(request)),
        };
        if !ours {
            return elsewhere;
        }
    }
    Ok(())
}

/// Headers of every answer. Nothing may be loaded but our one stylesheet, nothing may frame a page, and nothing is kept in a cache:
/// patients' words are on it.
const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Puts the protecting headers on an answer, and takes the body off the answer to a HEAD.
pub fn harden(mut response: Response, request: &Request) -> Response {
    for (name, value) in HEADERS {
        response.headers.insert(name.to_owned(), value.to_owned());
    }
    if request.method == "HEAD" {
        response.body.clear();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(path: &str, headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Request { method: "POST".into(), path: path.into(), query: Vec::new(), headers, body: Vec::new() }
    }

    #[test]
    fn a_token_is_good_for_one_person_one_purpose_and_one_process() {
        let csrf = Csrf::new().unwrap();
        let (anna, bram) = (Person::parse("Anna").unwrap(), Person::parse("Bram").unwrap());
        let token = csrf.token(&anna, "name");
        assert!(csrf.check(&anna, "name", Some(&token)).is_ok());
        assert!(csrf.check(&bram, "name", Some(&token)).is_err());
        assert!(csrf.check(&anna, "decide", Some(&token)).is_err());
        assert!(Csrf::new().unwrap().check(&anna, "name", Some(&token)).is_err());
        for bad in [None, Some(""), Some("zz"), Some(&token[..62])] {
            assert_eq!(csrf.check(&anna, "name", bad).unwrap_err().status(), 403, "{bad:?}");
        }
        assert!(!format!("{csrf:?}").contains(&token[..8]));
    }

    #[test]
    fn a_token_of_somebody_who_is_signed_in_is_good_in_every_process_and_in_one_session() {
        let session = crate::model::session::Session {
            subject: "s".into(),
            name: "Anna".into(),
            roles: Vec::new(),
            proved_at: None,
            started_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let within = |form_key| {
            Person::signed_in(crate::review::sign_in::SignedIn { session: session.clone(), digest: "d".into(), form_key })
        };
        let (here, elsewhere) = (Csrf::new().unwrap(), Csrf::new().unwrap());
        let token = here.token(&within([1; 32]), "decide");
        assert!(elsewhere.check(&within([1; 32]), "decide", Some(&token)).is_ok());
        assert!(elsewhere.check(&within([2; 32]), "decide", Some(&token)).is_err());
        assert!(here.check(&Person::parse("Anna").unwrap(), "decide", Some(&token)).is_err());
    }

    #[test]
    fn a_change_is_only_taken_from_our_own_pages_and_from_programs() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let json = ("content-type", "application/json; charset=utf-8");
        let host = ("host", "localhost:8080");
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], u16);
        let rows: &[Row] = &[
            ("/name", &[host, form], 200),
            ("/name", &[host, form, ("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin")], 200),
            ("/name", &[host, form, ("origin", "null"), ("sec-fetch-site", "same-origin")], 200),
            ("/name", &[host, form, ("origin", "null")], 200),
            ("/name", &[host, form, ("sec-fetch-site", "none")], 200),
            ("/name", &[host, form, ("sec-fetch-site", "cross-site")], 403),
            ("/name", &[host, form, ("sec-fetch-site", "same-site")], 403),
            ("/name", &[host, form, ("origin", "http://localhost:9090")], 403),
            ("/name", &[host, form, ("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], 403),
            ("/name", &[host, form, ("origin", "http://localhost:8080"), ("origin", "https://evil.example")], 403),
            ("/name", &[host, json], 415),
            ("/name", &[host], 415),
            ("/api/comments", &[host, json], 200),
            ("/api/comments", &[host, json, ("origin", "null")], 403),
            ("/api/comments", &[host, json, ("origin", "https://evil.example")], 403),
            ("/api/comments", &[host, form], 415),
            ("/api/comments", &[host, ("content-type", "text/plain")], 415),
        ];
        for (path, headers, expected) in rows {
            let status =
                check(&post(path, headers), &Route::TakeName, "localhost:8080").map_or_else(|problem| problem.status(), |()| 200);
            assert_eq!(status, *expected, "{path} {headers:?}");
        }
    }

    #[test]
    fn a_body_has_an_end() {
        let mut request = post("/name", &[("host", "localhost"), ("content-type", "application/x-www-form-urlencoded")]);
        request.body = vec![b'x'; BODY_LIMIT + 1];
        assert_eq!(check(&request, &Route::TakeName, "localhost").unwrap_err().status(), 413);
    }
}
