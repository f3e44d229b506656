//! The two cookies of sign-in: one that a session is known by, which no other site's page can make a browser send, and a short-lived one
//! for the way to the provider and back, which comes from another site and so has to be laxer. The second carries the beginning of its
//! sign-in's `state` in its name, so that two tabs that sign in at the same time do not lose each other's. Pure.
//!
//! Both are `__Host-` cookies: a browser takes them over TLS only (and on `localhost`), for every path, and from no other host. On a
//! plain loopback address such as 127.0.0.1, which browsers count as trustworthy only in part, the names go without the prefix and the
//! cookies without `Secure`; nothing leaves the machine there.

use crate::http::Request;
use crate::model::session::{ABSOLUTE, SIGNING_IN};

/// Bytes of a token in hexadecimal: 32 random bytes. What is longer or shorter is none of ours and is not looked up.
const TOKEN_DIGITS: usize = 64;
/// Bytes that all cookies of a request may have together; browsers send a few hundred.
const MOST_BYTES: usize = 16 * 1024;

/// Digits of a sign-in's `state` in the name of its cookie.
const MARK_DIGITS: usize = 16;

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie<'a> {
    Session,
    /// That of the sign-in with this `state`.
    SigningIn(&'a str),
}

/// How this console's cookies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookies {
    /// Whether they have the prefix and `Secure`.
    pub strict: bool,
}

impl Cookies {
    fn name(self, which: Cookie) -> String {
        let prefix = if self.strict { "__Host-" } else { "" };
        match which {
            Cookie::Session => format!("{prefix}dayzero-session"),
            Cookie::SigningIn(state) => format!("{prefix}dayzero-signing-in-{}", state.get(..MARK_DIGITS).unwrap_or_default()),
        }
    }

    /// The header value that makes a browser hold a token, for as long as it can be good at most.
    pub fn set(self, which: Cookie, token: &str) -> String {
        let (site, seconds) = match which {
            Cookie::Session => ("Strict", ABSOLUTE.as_secs()),
            // The way back from the provider is a navigation from another site, with which a strict cookie does not go.
            Cookie::SigningIn(_) => ("Lax", SIGNING_IN.as_secs()),
        };
        self.write(which, token, site, seconds)
    }

    /// The header value that makes a browser forget it.
    pub fn clear(self, which: Cookie) -> String {
        self.write(which, "", if which == Cookie::Session { "Strict" } else { "Lax" }, 0)
    }

    fn write(self, which: Cookie, value: &str, site: &str, seconds: i64) -> String {
        let secure = if self.strict { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={site}{secure}", self.name(which))
    }

    /// The token that a request brings; `None` if there is none, several, or something that is none of ours.
    pub fn token(self, which: Cookie, request: &Request) -> Option<String> {
        let headers = || request.headers.iter().filter(|(name, _)| name == "cookie").map(|(_, value)| value);
        if headers().map(String::len).sum::<usize>() > MOST_BYTES {
            return None;
        }
        let pairs = headers().flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let wanted = self.name(which);
        let mut values = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value);
        let value = values.next().filter(|value| is_token(value))?;
        values.next().is_none().then(|| value.to_owned())
    }
}

/// Whether a text is one that [`super::oidc::random`] could have made.
pub fn is_token(value: &str) -> bool {
    value.len() == TOKEN_DIGITS && value.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Cookies = Cookies { strict: true };

    #[test]
    fn cookies_are_written_for_this_host_and_no_script() {
        let rows = [
            (
                STRICT.set(Cookie::Session, "ab"),
                "__Host-dayzero-session=ab; Path=/; Max-Age=32400; HttpOnly; SameSite=Strict; Secure",
            ),
            (
                STRICT.set(Cookie::SigningIn(&"0123456789abcdef".repeat(4)), "ab"),
                "__Host-dayzero-signing-in-0123456789abcdef=ab; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure",
            ),
            (STRICT.clear(Cookie::Session), "__Host-dayzero-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"),
            (
                Cookies { strict: false }.set(Cookie::Session, "ab"),
                "dayzero-session=ab; Path=/; Max-Age=32400; HttpOnly; SameSite=Strict",
            ),
        ];
        for (written, expected) in rows {
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn only_a_token_of_ours_is_read() {
        let token = "0123456789abcdef".repeat(4);
        let rows = [
            (vec![format!("__Host-dayzero-session={token}")], true),
            (vec![format!("theme=dark; __Host-dayzero-session={token}; x=y")], true),
            (vec!["a=b".to_owned(), format!("__Host-dayzero-session={token}")], true),
            (vec![format!("dayzero-session={token}")], false),
            (vec![format!("__Host-dayzero-signing-in-0123456789abcdef={token}")], false),
            (vec![format!("__Host-dayzero-session={token}; __Host-dayzero-session={token}")], false),
            (vec![format!("__Host-dayzero-session={}", &token[1..])], false),
            (vec![format!("__Host-dayzero-session={token}0")], false),
            (vec![format!("__Host-dayzero-session={}", token.to_uppercase())], false),
            (vec![format!("__Host-dayzero-session=\"{token}\"")], false),
            (vec![format!("x={}; __Host-dayzero-session={token}", "y".repeat(MOST_BYTES))], false),
            (vec![String::new()], false),
            (vec![], false),
        ];
        for (cookies, found) in rows {
            let headers = cookies.iter().map(|value| ("cookie".to_owned(), value.clone())).collect();
            let request = Request { method: "GET".into(), path: "/".into(), query: Vec::new(), headers, body: Vec::new() };
            assert_eq!(STRICT.token(Cookie::Session, &request), found.then(|| token.clone()), "{cookies:?}");
        }
    }
}
