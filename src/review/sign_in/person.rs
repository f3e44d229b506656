//! Who somebody is to the pages: a name, and where they signed in, what the provider said of them.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::roles::{self, Right};
use crate::http::Request;
use crate::model::session::{Role, Session};
use crate::model::{Hand, Outcome, Record, Side};
use crate::review::problem::Problem;
use crate::review::route::Route;
use crate::review::visible;

/// A person's name as the chain of events holds it, short, on one line, and without characters that nobody can see; and their session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    name: String,
    /// `None` in local mode, where a person is a name that they chose.
    signed_in: Option<Arc<SignedIn>>,
}

/// The session in which somebody asks.
#[derive(PartialEq, Eq)]
pub struct SignedIn {
    pub session: Session,
    /// The digest of the session's token: its name in the table.
    pub digest: String,
    /// What the tokens of this session's forms are made with.
    pub form_key: [u8; 32],
}

/// Without the key of its forms.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedIn({}, {:?})", self.session.subject, self.session.roles)
    }
}

const ANOTHERS: &str = "This comment is not, or not only, the matter of your role: drug safety takes it in hand and decides.";
const ANOTHER_OUTCOME: &str =
    "Your role decides that this is a quality complaint or needs more; anything else is for drug safety.";

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
        Ok(Person { name: name.to_owned(), signed_in: None })
    }

    /// Somebody in their session.
    pub fn signed_in(signed_in: SignedIn) -> Person {
        Person { name: signed_in.session.name.clone(), signed_in: Some(Arc::new(signed_in)) }
    }

    /// The name as it stands in the record and on the page.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The session, where there is one.
    pub fn session(&self) -> Option<&SignedIn> {
        self.signed_in.as_deref()
    }

    /// For rules that need two people.
    pub fn hand(&self) -> Hand {
        Hand { name: self.name.clone(), subject: self.session().map(|own| own.session.subject.clone()) }
    }

    /// The person in whose name a program acts: in local mode whom it names, and where somebody is signed in only they themselves.
    pub fn acting(&self, by: Option<&str>) -> Result<Person, Problem> {
        match (by, &self.signed_in) {
            (None, _) => Ok(self.clone()),
            (Some(name), None) => Person::parse(name).map_err(|why| Problem::Unusable(format!("`by`: {why}"))),
            (Some(name), Some(_)) if name == self.name => Ok(self.clone()),
            (Some(_), Some(_)) => Err(Problem::Unusable(
                "`by` names somebody else: whoever is signed in acts in their own name, so leave it out.".to_owned(),
            )),
        }
    }

    fn any_role(&self, may: impl Fn(Role) -> bool) -> bool {
        self.session().is_none_or(|own| own.session.roles.iter().any(|role| may(*role)))
    }

    /// Whether one of their roles has a right. In local mode everybody has every right.
    pub fn may(&self, right: Right) -> bool {
        self.any_role(|role| right.is_of(role))
    }

    /// Whether they may open a page of ours, for links that lead there.
    pub fn may_open(&self, address: &str) -> bool {
        let path = address.split('?').next().unwrap_or_default().to_owned();
        let request = Request { method: "GET".into(), path, query: Vec::new(), headers: Vec::new(), body: Vec::new() };
        // What is served beside these pages shows patients' words too.
        Route::of(&request).map_or_else(|_| self.may(Right::ReadWords), |route| self.may(Right::of(&route)))
    }

    /// Whether they may take this record in hand.
    pub fn may_acknowledge(&self, record: &Record) -> bool {
        self.any_role(|role| Right::Acknowledge.is_of(role) && roles::may_take(role, record))
    }

    /// Whether they may take in hand whatever there is.
    pub fn takes_any(&self) -> bool {
        self.any_role(|role| role == Role::Safety)
    }

    /// Whether they may decide about this record. Once something was decided that their role does not decide, it is no longer theirs.
    pub fn may_decide(&self, record: &Record) -> bool {
        let own = |role| record.decisions.iter().all(|decision| roles::may_record(role, decision.outcome.as_str()));
        self.any_role(|role| Right::Decide.is_of(role) && roles::may_take(role, record) && own(role))
    }

    /// Refuses what [`Person::may_acknowledge`] does not allow.
    pub fn must_acknowledge(&self, record: &Record) -> Result<(), &'static str> {
        if self.may_acknowledge(record) { Ok(()) } else { Err(ANOTHERS) }
    }

    /// Refuses what [`Person::may_decide`] and [`Person::may_record`] do not allow.
    pub fn must_decide(&self, record: &Record, outcome: &Outcome) -> Result<(), &'static str> {
        match (self.may_decide(record), self.may_record(outcome.as_str())) {
            (false, _) => Err(ANOTHERS),
            (true, false) => Err(ANOTHER_OUTCOME),
            (true, true) => Ok(()),
        }
    }

    /// Whether they may record this outcome where they decide: to close a comment as no case is drug safety's.
    pub fn may_record(&self, outcome: &str) -> bool {
        self.any_role(|role| roles::may_record(role, outcome))
    }

    /// Whether they may sign a statement for this side.
    pub fn may_sign(&self, side: Side) -> bool {
        self.any_role(|role| Right::Sign.is_of(role) && roles::signs_for(role, side))
    }

    /// Whether they proved a moment ago who they are, which a signature needs. In local mode nobody can.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.session().is_none_or(|own| own.session.is_fresh(now))
    }

    /// Their roles, for the head of a page; empty in local mode.
    pub fn roles(&self) -> String {
        let titles = self.session().into_iter().flat_map(|own| &own.session.roles).map(|role| role.title());
        titles.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_visible() {
        assert_eq!(Person::parse(&"x".repeat(60)).unwrap().as_str().len(), 60);
        assert_eq!(Person::parse(&"x".repeat(61)).unwrap_err(), "A name has at most 60 characters.");
        for bad in ["", " \t ", "a\nb", "a\u{202e}b", "a\u{200b}b"] {
            assert!(Person::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn whoever_is_signed_in_acts_in_no_other_name() {
        let session = Session {
            subject: "s-1".into(),
            name: "Anna".into(),
            roles: vec![Role::Safety],
            proved_at: None,
            started_at: Timestamp::UNIX_EPOCH,
        };
        let anna = Person::signed_in(SignedIn { session, digest: "d".into(), form_key: [7; 32] });
        assert_eq!(anna.acting(None).unwrap(), anna);
        assert_eq!(anna.acting(Some("Anna")).unwrap(), anna);
        assert_eq!(anna.acting(Some("Bram")).unwrap_err().status(), 422);
        assert_eq!(Person::parse("nils").unwrap().acting(Some("Bram")).unwrap().as_str(), "Bram");
        assert!(!format!("{anna:?}").contains('7'), "the key of the forms is not shown");
    }
}
