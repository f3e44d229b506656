//! Local mode: no sign-in, and a name that somebody chose, in a cookie.

use crate::http::Request;
use crate::review::percent::{decode, encode};

use super::person::Person;

/// The cookie that holds the chosen name, percent-encoded.
const COOKIE: &str = "dayzero-name";

/// The header value that makes a browser remember a name. No `Secure`: the local mode speaks plain HTTP on the loopback address.
pub fn remember(person: &Person) -> String {
    format!("{COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict", encode(person.as_str()))
}

/// The name that a request brings.
pub fn chosen(request: &Request) -> Option<Person> {
    let cookies = request.headers.iter().filter(|(name, _)| name == "cookie").flat_map(|(_, value)| value.split(';'));
    let value = cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE)?.1;
    Person::parse(&decode(value)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cookie: &str) -> Request {
        let headers = vec![("cookie".to_owned(), cookie.to_owned())];
        Request { method: "GET".into(), path: "/".into(), query: Vec::new(), headers, body: Vec::new() }
    }

    #[test]
    fn the_chosen_name_comes_back_from_the_cookie() {
        let person = Person::parse("  Zoë de Vries; safety=NL ").unwrap();
        let cookie = remember(&person);
        assert_eq!(
            cookie,
            "dayzero-name=Zo%C3%AB%20de%20Vries%3B%20safety%3DNL; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict"
        );
        let sent = format!("theme=dark; {}", cookie.split(';').next().unwrap());
        assert_eq!(chosen(&request(&sent)).unwrap().as_str(), "Zoë de Vries; safety=NL");
    }

    #[test]
    fn an_unusable_cookie_is_no_name() {
        for value in ["", "%", "%zz", "%FF", "%0A", "a%E2%80%AEb", "%20%20", "%+1"] {
            assert_eq!(chosen(&request(&format!("dayzero-name={value}"))), None, "{value}");
        }
    }
}
