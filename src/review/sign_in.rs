//! Who is asking: the one place for it.
//!
//! This version has the local mode only. It is open to whoever can reach the loopback address, and a person chooses the name that their
//! acknowledgements and decisions carry. Sign-in for the cloud is a variant to be added here and nowhere else; until then `review`
//! refuses to start on Lambda.

use crate::http::Request;

use super::percent::{decode, encode};
use super::problem::Problem;
use super::visible;

/// How people are known.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// On this machine: everybody who reaches the loopback address, under the name they chose.
    Local {
        /// For whoever has not chosen one yet: the operating system's user.
        default_name: Person,
    },
}

/// A person's name as the chain of events holds it. Short, on one line, and without characters that nobody can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person(String);

impl Person {
    /// In characters: long enough for "Dr. Anna-Maria van der Berg-de Vries (safety)", short enough for a line of a list.
    const LONGEST: usize = 60;

    /// Reads a name that somebody typed.
    pub fn parse(text: &str) -> Result<Person, String> {
        let name = text.trim();
        if name.is_empty() {
            return Err("A name is needed: it is written beside everything you do here.".to_owned());
        }
        if name.chars().count() > Self::LONGEST {
            return Err(format!("A name has at most {} characters.", Self::LONGEST));
        }
        if name.chars().any(visible::is_unseen) {
            return Err("A name must not hold control characters or characters that cannot be seen.".to_owned());
        }
        Ok(Person(name.to_owned()))
    }

    /// The name as the person gave it, for the record and the page.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The cookie that holds the chosen name, percent-encoded.
const COOKIE: &str = "dayzero-name";

/// Names under which a browser on this machine reaches this machine, and no address that a foreign name server can hand out.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

impl SignIn {
    /// Sign-in of the local mode; refuses a default name that could not stand in the chain.
    pub fn local(default_name: &str) -> Result<SignIn, String> {
        Ok(SignIn::Local { default_name: Person::parse(default_name)? })
    }

    /// Sign-in of the review function.
    pub fn for_lambda() -> Result<SignIn, String> {
        Err("review does not start on Lambda: this version has no sign-in for the cloud".to_owned())
    }

    /// Who is asking, or why nobody may ask this way.
    pub fn person(&self, request: &Request) -> Result<Person, Problem> {
        match self {
            SignIn::Local { default_name } => {
                let loopback = request.header("host").is_some_and(is_loopback);
                if !loopback {
                    return Err(Problem::Misdirected);
                }
                Ok(chosen(request).unwrap_or_else(|| default_name.clone()))
            }
        }
    }

    /// The header value that makes a browser remember `person`.
    pub fn remember(&self, person: &Person) -> String {
        match self {
            // No `Secure`: the local mode speaks plain HTTP on the loopback address.
            SignIn::Local { .. } => {
                let name = encode(person.as_str());
                format!("{COOKIE}={name}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict")
            }
        }
    }
}

/// A web page elsewhere can make its own name point to 127.0.0.1 and let a visitor's browser ask us; it cannot make the browser lie about
/// the name in `Host`.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    LOOPBACK.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn chosen(request: &Request) -> Option<Person> {
    let cookies = request.headers.iter().filter(|(name, _)| name == "cookie").flat_map(|(_, value)| value.split(';'));
    let value = cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE)?.1;
    Person::parse(&decode(value)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Request { method: "GET".into(), path: "/".into(), query: Vec::new(), headers, body: Vec::new() }
    }

    #[test]
    fn only_loopback_names_are_served() {
        let sign_in = SignIn::local("nils").unwrap();
        let rows = [
            ("127.0.0.1:8080", true),
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("dayzero.example", false),
            ("127.0.0.1.dayzero.example:8080", false),
            ("localhost:8080:evil", false),
            ("localhost:", false),
            ("", false),
        ];
        for (host, expected) in rows {
            assert_eq!(sign_in.person(&request(&[("host", host)])).is_ok(), expected, "{host}");
        }
        assert_eq!(sign_in.person(&request(&[])).unwrap_err().status(), 421);
        let twice = request(&[("host", "localhost"), ("host", "localhost")]);
        assert_eq!(sign_in.person(&twice).unwrap_err().status(), 421);
    }

    #[test]
    fn the_chosen_name_comes_back_from_the_cookie() {
        let sign_in = SignIn::local("nils").unwrap();
        let person = Person::parse("  Zoë de Vries; safety=NL ").unwrap();
        let cookie = sign_in.remember(&person);
        assert_eq!(
            cookie,
            "dayzero-name=Zo%C3%AB%20de%20Vries%3B%20safety%3DNL; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict"
        );
        let sent = format!("theme=dark; {}", cookie.split(';').next().unwrap());
        let known = sign_in.person(&request(&[("host", "localhost"), ("cookie", &sent)])).unwrap();
        assert_eq!(known.as_str(), "Zoë de Vries; safety=NL");
    }

    #[test]
    fn an_unusable_cookie_leaves_the_default_name() {
        let sign_in = SignIn::local("nils").unwrap();
        for value in ["", "%", "%zz", "%FF", "%0A", "a%E2%80%AEb", "%20%20", "%+1"] {
            let person = sign_in.person(&request(&[("host", "localhost"), ("cookie", &format!("dayzero-name={value}"))]));
            assert_eq!(person.unwrap().as_str(), "nils", "{value}");
        }
    }

    #[test]
    fn names_are_bounded_and_visible() {
        assert_eq!(Person::parse(&"x".repeat(60)).unwrap().as_str().len(), 60);
        assert_eq!(Person::parse(&"x".repeat(61)).unwrap_err(), "A name has at most 60 characters.");
        for bad in ["", " \t ", "a\nb", "a\u{202e}b", "a\u{200b}b"] {
            assert!(Person::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn nothing_is_open_in_the_cloud() {
        let refused = SignIn::for_lambda().unwrap_err();
        assert_eq!(refused, "review does not start on Lambda: this version has no sign-in for the cloud");
    }
}
