//! How people sign in to the console: the variables `DAYZERO_SIGN_IN_…`, read and checked together. For any OpenID Connect provider;
//! what is done with them is `review::sign_in`'s.

use crate::model::Role;

/// Which provider people sign in at, and what its words mean here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInSettings {
    /// Exactly as the provider names itself.
    pub issuer: String,
    pub client_id: String,
    pub secret: SecretFrom,
    /// The claim of an ID token that roles are read from.
    pub roles_claim: String,
    /// Which value of that claim is which role; a role may have several.
    pub roles: Vec<(Role, String)>,
    /// Scopes that are asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The origin of the console, without a slash at its end.
    pub console_url: String,
}

/// Where the client's secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// The client is a public one and has none.
    Nowhere,
    /// In Secrets Manager under this name, as its whole text.
    Stored(String),
    /// In this file, as its whole text: on a laptop.
    File(String),
}

impl SignInSettings {
    /// Reads the variables; `None` if no issuer is set.
    pub fn read(variable: impl Fn(&str) -> Option<String>, problems: &mut Vec<String>) -> Option<SignInSettings> {
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let issuer = set("DAYZERO_SIGN_IN_ISSUER")?;
        if !is_secure(&issuer) {
            problems.push("DAYZERO_SIGN_IN_ISSUER is no https:// address (http:// only on this machine)".to_owned());
        }
        let mut required = |name: &str, expected: &str| {
            set(name).unwrap_or_else(|| {
                problems.push(format!("{name} is not set, expected {expected}, since DAYZERO_SIGN_IN_ISSUER is set"));
                String::new()
            })
        };
        let client_id = required("DAYZERO_SIGN_IN_CLIENT_ID", "the id that the provider gave to the console");
        let mapping = required("DAYZERO_SIGN_IN_ROLES", "role=value pairs, separated by commas");
        let console_url = required("DAYZERO_CONSOLE_URL", "the address of the console").trim_end_matches('/').to_owned();
        if !console_url.is_empty() && !is_origin(&console_url) {
            problems.push(
                "DAYZERO_CONSOLE_URL is no origin: https:// (http:// only on this machine) and a host, without a path".to_owned(),
            );
        }
        let secret = match (set("DAYZERO_SIGN_IN_SECRET"), set("DAYZERO_SIGN_IN_CLIENT_SECRET_FILE")) {
            (None, None) => SecretFrom::Nowhere,
            (Some(name), None) => SecretFrom::Stored(name),
            (None, Some(path)) => SecretFrom::File(path),
            (Some(_), Some(_)) => {
                problems
                    .push("DAYZERO_SIGN_IN_SECRET and DAYZERO_SIGN_IN_CLIENT_SECRET_FILE are both set, expected one".to_owned());
                SecretFrom::Nowhere
            }
        };
        let scopes = set("DAYZERO_SIGN_IN_SCOPES").unwrap_or_else(|| "profile email".to_owned());
        Some(SignInSettings {
            issuer,
            client_id,
            secret,
            roles_claim: set("DAYZERO_SIGN_IN_ROLES_CLAIM").unwrap_or_else(|| "groups".to_owned()),
            roles: roles(&mapping, problems),
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            console_url,
        })
    }
}

fn roles(text: &str, problems: &mut Vec<String>) -> Vec<(Role, String)> {
    let mut roles = Vec::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let read = pair.split_once('=').and_then(|(role, value)| Some((Role::from_name(role.trim())?, value.trim())));
        match read.filter(|(_, value)| !value.is_empty()) {
            Some((role, value)) => roles.push((role, value.to_owned())),
            None => {
                let known = Role::ALL.map(Role::as_str).join(", ");
                problems.push(format!("DAYZERO_SIGN_IN_ROLES holds {pair:?}, expected role=value with a role of {known}"));
            }
        }
    }
    roles
}

/// Whether an address is reached over TLS, or does not leave this machine.
pub fn is_secure(url: &str) -> bool {
    let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    match url.split_once("://") {
        Some(("https", rest)) => !host(rest).is_empty(),
        Some(("http", rest)) => is_loopback(&host(rest)),
        _ => false,
    }
}

fn is_origin(url: &str) -> bool {
    is_secure(url) && url.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#', '@']))
}

/// Names under which a browser on this machine reaches this machine, and no address that a foreign name server can hand out.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Whether a host, with a port or without, is this machine.
pub fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    LOOPBACK.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &[(&str, &str)]) -> Result<Option<SignInSettings>, Vec<String>> {
        let base = [
            ("DAYZERO_SIGN_IN_ISSUER", "https://login.example/tenant"),
            ("DAYZERO_SIGN_IN_CLIENT_ID", "console"),
            ("DAYZERO_SIGN_IN_ROLES", "safety=Drug Safety"),
            ("DAYZERO_CONSOLE_URL", "https://console.example/"),
        ];
        let found = |name: &str| more.iter().chain(&base).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let mut problems = Vec::new();
        let settings = SignInSettings::read(found, &mut problems);
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    #[test]
    fn a_provider_is_configured_by_four_variables_and_more() {
        let settings = read(&[]).unwrap().unwrap();
        assert_eq!(settings.secret, SecretFrom::Nowhere);
        assert_eq!((settings.roles_claim.as_str(), settings.console_url.as_str()), ("groups", "https://console.example"));
        assert_eq!(settings.scopes, ["profile", "email"]);
        assert_eq!(settings.roles, [(Role::Safety, "Drug Safety".to_owned())]);
        let more = [
            ("DAYZERO_SIGN_IN_ROLES", "safety=Drug Safety, safety=a=b,auditor=QA"),
            ("DAYZERO_SIGN_IN_SECRET", "dayzero-sign-in"),
            ("DAYZERO_SIGN_IN_ROLES_CLAIM", "cognito:groups"),
        ];
        let settings = read(&more).unwrap().unwrap();
        let expected = [(Role::Safety, "Drug Safety"), (Role::Safety, "a=b"), (Role::Auditor, "QA")];
        assert_eq!(settings.roles, expected.map(|(role, value)| (role, value.to_owned())));
        assert_eq!(settings.secret, SecretFrom::Stored("dayzero-sign-in".to_owned()));
        assert_eq!(read(&[("DAYZERO_SIGN_IN_ISSUER", "")]).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_used_is_named_all_together() {
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let rows: [Row; 6] = [
            (&[("DAYZERO_SIGN_IN_ISSUER", "http://login.example")], &["DAYZERO_SIGN_IN_ISSUER is no https://"]),
            (&[("DAYZERO_SIGN_IN_ISSUER", "http://localhost:4000")], &[]),
            (
                &[("DAYZERO_SIGN_IN_CLIENT_ID", ""), ("DAYZERO_SIGN_IN_ROLES", "boss=x,safety=")],
                &["DAYZERO_SIGN_IN_CLIENT_ID is not set", "holds \"boss=x\"", "holds \"safety=\""],
            ),
            (&[("DAYZERO_CONSOLE_URL", "https://console.example/dayzero")], &["DAYZERO_CONSOLE_URL is no origin"]),
            (&[("DAYZERO_CONSOLE_URL", "http://console.example")], &["DAYZERO_CONSOLE_URL is no origin"]),
            (&[("DAYZERO_SIGN_IN_SECRET", "a"), ("DAYZERO_SIGN_IN_CLIENT_SECRET_FILE", "b")], &["are both set, expected one"]),
        ];
        for (variables, expected) in rows {
            let problems = read(variables).err().unwrap_or_default();
            assert_eq!(problems.len(), expected.len(), "{problems:?}");
            for (problem, expected) in problems.iter().zip(expected) {
                assert!(problem.contains(expected), "{problem}");
            }
        }
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
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
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}
