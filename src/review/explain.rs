//! Why a window was missed, as a person says; and for whom a record leaves Dayzero. What may be said, and what is then written down.
//! Pure: the record, the person and the time are arguments.

use jiff::Timestamp;

use crate::model::chain::New;
use crate::model::{AlertId, Explanation, Happening, Miss, Obligation};

use super::decide::{Matter, Refusal, entry};
use super::fields::Fields;
use super::sign_in::Person;
use super::visible;

/// Names of the fields of a cause.
pub const FIELDS: [&str; 5] = ["alert", "obligation", "deadline", "cause", "by"];

/// Names of the fields of a handing out.
pub const HAND_OUT_FIELDS: [&str; 2] = ["to", "by"];

/// Longest cause, in characters: a page of text.
const LONGEST_CAUSE: usize = 2000;

/// Longest name of whoever a record is handed to, in characters.
const LONGEST_RECIPIENT: usize = 120;

/// A window, and why it was missed.
#[derive(Clone, PartialEq, Eq)]
pub struct Explained {
    /// `None` for a comment that needed no alert.
    pub alert: Option<AlertId>,
    pub obligation: Obligation,
    pub deadline: Timestamp,
    pub cause: String,
}

impl Explained {
    /// Reads a cause; the error is one sentence that names the field.
    pub fn parse(fields: &Fields) -> Result<Explained, String> {
        let obligation = match fields.get("obligation") {
            Some("alert") => Obligation::Alert,
            Some("acknowledge") => Obligation::Acknowledge,
            Some("forward") => Obligation::Forward,
            Some("decide") => Obligation::Decide,
            _ => return Err("`obligation` must be alert, acknowledge, forward or decide.".to_owned()),
        };
        let deadline = fields.get("deadline").and_then(|text| text.parse().ok());
        let deadline = deadline.ok_or("`deadline` must be the end of the missed window, such as 2026-03-11T09:30:00Z.")?;
        let cause = fields.get("cause").ok_or("`cause` is missing: say why the window was missed.")?;
        if cause.chars().count() > LONGEST_CAUSE {
            return Err(format!("`cause` has at most {LONGEST_CAUSE} characters."));
        }
        if cause.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err("`cause` must not hold control characters.".to_owned());
        }
        let alert = fields.get("alert").map(AlertId::new);
        Ok(Explained { alert, obligation, deadline, cause: cause.to_owned() })
    }

    fn is_of(&self, miss: &Miss) -> bool {
        miss.alert == self.alert && miss.obligation == self.obligation && miss.deadline.timestamp() == self.deadline
    }
}

/// What to write down when `person` says why a window was missed: a further cause beside those that stand there. `None` if they have
/// just said so.
pub fn explain(matter: &Matter, asked: &Explained, person: &Person, now: Timestamp) -> Result<Option<New>, Refusal> {
    let Some(miss) = matter.record.misses.iter().find(|miss| asked.is_of(miss)) else {
        return Err(Refusal::Unusable("No such window of this comment is recorded as missed, so it needs no cause.".to_owned()));
    };
    let last = matter.record.causes_of(miss).last();
    if last.is_some_and(|last| last.cause == asked.cause && last.by == person.as_str()) {
        return Ok(None);
    }
    let what = Happening::Explained(Explanation { miss: miss.clone(), cause: asked.cause.clone() });
    Ok(Some(entry(person, now, what)))
}

/// Reads for whom a record is handed out.
pub fn recipient(fields: &Fields) -> Result<String, String> {
    let to = fields.get("to").ok_or("`to` is missing: say for whom the record is handed out.")?;
    if to.chars().count() > LONGEST_RECIPIENT || to.chars().any(visible::is_unseen) {
        return Err(format!("`to` must be at most {LONGEST_RECIPIENT} visible characters."));
    }
    Ok(to.to_owned())
}

/// What to write down when `person` hands the record out.
pub fn hand_out(to: &str, person: &Person, now: Timestamp) -> New {
    entry(person, now, Happening::Exported { to: to.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Story, at, person};
    use super::*;
    use crate::model::{Band, Class};

    fn fields(obligation: &str, deadline: &str, cause: &str) -> Fields {
        let body = serde_json::json!({
            "alert": "alert-1", "obligation": obligation, "deadline": deadline, "cause": cause,
        });
        Fields::json(body.to_string().as_bytes(), &FIELDS).ok().unwrap()
    }

    fn missed() -> Story {
        let story = Story::about("1").written("duizelig").read(Band::Alert, &[]).alerted(Class::Serious);
        story.after(61).missed(Obligation::Acknowledge, at("2026-03-02T00:30:00Z"))
    }

    #[test]
    fn a_cause_belongs_to_a_window_that_was_missed() {
        let matter = missed().matter();
        let rows = [
            ("acknowledge", "2026-03-02T00:30:00Z", "Nobody was on duty.", Ok(true)),
            ("acknowledge", "2026-03-02T01:30:00+01:00", "Nobody was on duty.", Ok(true)),
            ("acknowledge", "2026-03-02T00:31:00Z", "x", Err("No such window")),
            ("forward", "2026-03-02T00:30:00Z", "x", Err("No such window")),
            ("sleep", "2026-03-02T00:30:00Z", "x", Err("`obligation`")),
            ("acknowledge", "tonight", "x", Err("`deadline`")),
            ("acknowledge", "2026-03-02T00:30:00Z", " ", Err("`cause` is missing")),
            ("acknowledge", "2026-03-02T00:30:00Z", "a\u{0}b", Err("control characters")),
            ("acknowledge", "2026-03-02T00:30:00Z", &"x".repeat(2001), Err("at most 2000")),
        ];
        for (obligation, deadline, cause, expected) in rows {
            let asked = Explained::parse(&fields(obligation, deadline, cause));
            let found = asked.and_then(|asked| {
                explain(&matter, &asked, &person("Anna"), at("2026-03-02T02:00:00Z"))
                    .map(|new| new.is_some())
                    .map_err(|refusal| format!("{refusal:?}"))
            });
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, expected) => panic!("{obligation} {deadline}: {found:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn a_second_cause_stands_beside_the_first_and_a_repeated_one_adds_nothing() {
        let asked = |cause| Explained::parse(&fields("acknowledge", "2026-03-02T00:30:00Z", cause)).unwrap();
        let mut story = missed();
        for (by, cause, written) in [("Anna", "one", true), ("Anna", "one", false), ("Bram", "one", true), ("Anna", "two", true)]
        {
            let new = explain(&story.matter(), &asked(cause), &person(by), story.clock).ok().unwrap();
            assert_eq!(new.is_some(), written, "{by} {cause}");
            if let Some(New { by, what, .. }) = new {
                story = story.push(by, what, None);
            }
        }
        let record = story.matter().record;
        let causes: Vec<_> = record.causes_of(&record.misses[0]).map(|cause| (cause.by.as_str(), cause.cause.as_str())).collect();
        assert_eq!(causes, [("Anna", "one"), ("Bram", "one"), ("Anna", "two")]);
        assert!(!format!("{record:?}").contains("\"two\""), "a cause may quote the comment");
    }

    #[test]
    fn a_recipient_is_a_short_line() {
        let read = |to: &str| {
            let body = serde_json::json!({ "to": to }).to_string();
            recipient(&Fields::json(body.as_bytes(), &HAND_OUT_FIELDS).ok().unwrap())
        };
        assert_eq!(read(" Inspector of the MHRA ").as_deref(), Ok("Inspector of the MHRA"));
        for bad in ["", " ", "a\nb", "a\u{202e}b", &"x".repeat(121)] {
            assert!(read(bad).is_err());
        }
    }
}
