//! Signing in: who a provider says somebody is, for how long that holds, and what of it is noted.
//!
//! A session and a sign-in under way are rows of the table under the digest of a random token; only the browser holds the token. That
//! somebody signed in, signed out or was refused is a note in the same journal as what they read (`model::access`).

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a session lasts in which nobody asks for anything.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);
/// How long a session lasts at most, whatever is asked for in it: a working day, after which the provider is asked for the roles anew.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(9);
/// How often a session that is used is marked as used; the idle bound is as exact as this.
pub const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(3);
/// How long a sign-in may take at the provider.
pub const SIGNING_IN: SignedDuration = SignedDuration::from_mins(10);
/// How old the entry of a password may be for what needs one: time to read once more what is signed, and to sign it.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// What a person works as. A person may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Safety,
    Quality,
    Webcare,
    Auditor,
    Administrator,
}

impl Role {
    /// Every role, in the order of a table.
    pub const ALL: [Role; 5] = [Role::Safety, Role::Quality, Role::Webcare, Role::Auditor, Role::Administrator];

    /// The word for it in configuration and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Safety => "safety",
            Role::Quality => "quality",
            Role::Webcare => "webcare",
            Role::Auditor => "auditor",
            Role::Administrator => "administrator",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Role::Safety => "Drug safety",
            Role::Quality => "Quality",
            Role::Webcare => "Webcare",
            Role::Auditor => "Auditor",
            Role::Administrator => "Administrator",
        }
    }

    /// The role that a word names.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Whose hand something is: a name, and where somebody signed in, the provider's own id of that person, which no two people share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    pub name: String,
    pub subject: Option<String>,
}

impl Hand {
    /// Whether both are one person. Names decide only where one of the two is nothing but a name.
    pub fn is_same_as(&self, name: &str, subject: Option<&str>) -> bool {
        match (self.subject.as_deref(), subject) {
            (Some(own), Some(other)) => own == other,
            _ => self.name.trim().to_lowercase() == name.trim().to_lowercase(),
        }
    }
}

impl From<&str> for Hand {
    fn from(name: &str) -> Self {
        Hand { name: name.to_owned(), subject: None }
    }
}

/// A signed-in person, as the provider named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The provider's id of the person.
    pub subject: String,
    /// What stands beside everything that they do.
    pub name: String,
    pub roles: Vec<Role>,
    /// When they last proved to the provider who they are, if the provider says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proved_at: Option<Timestamp>,
    pub started_at: Timestamp,
}

impl Session {
    /// Whether the session still holds: neither idle for too long nor too old. A session from the future was made by another clock and
    /// holds no longer than one made now.
    pub fn holds(&self, seen_at: Timestamp, now: Timestamp) -> bool {
        let within = |from: Timestamp, bound: SignedDuration| now.duration_since(from).abs() < bound;
        within(seen_at, IDLE) && within(self.started_at, ABSOLUTE)
    }

    /// Whether the person proved who they are a moment ago.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.proved_at.is_some_and(|at| now.duration_since(at).abs() < FRESH)
    }
}

/// A sign-in that was begun: what the answer from the provider must fit. No `Debug`: the verifier opens the code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningIn {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
    /// Where the person wanted to go: a path of our own.
    pub to: String,
    /// The person who is to prove once more who they are, and the session in which they are signed in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub again: Option<Again>,
    pub begun_at: Timestamp,
}

/// Somebody who is signed in and proves once more who they are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    pub subject: String,
    /// The digest of the session that the new one follows.
    pub session: String,
}

/// Somebody came in, went out, or was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrance {
    pub what: Entered,
    pub subject: String,
    pub roles: Vec<Role>,
    /// What was refused: an address without anything that was typed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entered {
    SignedIn,
    /// Proved once more who they are.
    SignedInAgain,
    SignedOut,
    /// The provider knows them, and none of their claims is a role here.
    RefusedWithoutRole,
    /// Asked for what none of their roles may.
    Refused,
}

impl Entered {
    /// To stand in a list.
    pub fn as_str(self) -> &'static str {
        match self {
            Entered::SignedIn => "signed in",
            Entered::SignedInAgain => "signed in again, to sign or agree",
            Entered::SignedOut => "signed out",
            Entered::RefusedWithoutRole => "was refused at the door: no role",
            Entered::Refused => "was refused",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_session_ends_when_it_is_idle_or_old() {
        let session = Session {
            subject: "s".into(),
            name: "Anna".into(),
            roles: vec![Role::Safety],
            proved_at: Some(at("2026-03-02T08:00:00Z")),
            started_at: at("2026-03-02T08:00:00Z"),
        };
        let rows = [
            ("2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", true),
            ("2026-03-02T08:00:00Z", "2026-03-02T08:29:59Z", true),
            ("2026-03-02T08:00:00Z", "2026-03-02T08:30:00Z", false),
            ("2026-03-02T16:50:00Z", "2026-03-02T16:59:59Z", true),
            ("2026-03-02T16:50:00Z", "2026-03-02T17:00:00Z", false),
            ("2026-03-02T08:00:00Z", "2026-03-01T08:00:00Z", false),
        ];
        for (seen, now, holds) in rows {
            assert_eq!(session.holds(at(seen), at(now)), holds, "{seen} {now}");
        }
        assert!(session.is_fresh(at("2026-03-02T08:04:59Z")));
        assert!(!session.is_fresh(at("2026-03-02T08:05:00Z")));
        assert!(!Session { proved_at: None, ..session }.is_fresh(at("2026-03-02T08:00:00Z")));
    }

    #[test]
    fn one_person_is_known_by_the_subject_and_else_by_the_name() {
        let hand = |name: &str, subject: Option<&str>| Hand { name: name.into(), subject: subject.map(str::to_owned) };
        let rows = [
            (hand("Anna", Some("1")), "Bram", Some("1"), true),
            (hand("Anna", Some("1")), "Anna", Some("2"), false),
            (hand(" anna", None), "Anna ", Some("2"), true),
            (hand("Anna", None), "Bram", None, false),
        ];
        for (hand, name, subject, same) in rows {
            assert_eq!(hand.is_same_as(name, subject), same, "{hand:?} {name} {subject:?}");
        }
    }
}
