//! Setting day zero by hand: what is asked, whether it may be recorded, and how the ledger looks to programs. Pure; `act` does it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::model::chain::New;
use crate::model::day_zero::{DayZero, Reckoned};
use crate::model::ledger::ledger;
use crate::model::{Actor, DayZeroSet, Happening, Record};

use super::decide::{self, Matter, Refusal};
use super::fields::Fields;
use super::sign_in::Person;
use super::when;

/// Names of the fields of a day zero.
pub const FIELDS: [&str; 3] = ["date", "reason", "by"];

/// Another day zero, as a person asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub date: Date,
    pub reason: String,
}

impl Asked {
    /// Reads what was asked; the error is one sentence that names the field.
    pub fn parse(fields: &Fields) -> Result<Asked, String> {
        let date = fields.get("date").ok_or("`date` is missing: the calendar day that is to be day zero, such as 2026-03-02.")?;
        let date = date.parse().map_err(|_| "`date` must be a calendar day such as 2026-03-02.")?;
        let reason = decide::reason(fields.get("reason"))?;
        let reason = reason.ok_or("`reason` is missing: say why day zero is another day than the rule gives.")?;
        Ok(Asked { date, reason })
    }
}

/// What to write down; `None` if that very day was the last one set, for the same reason.
pub fn set(matter: &Matter, asked: &Asked, person: &Person, now: Timestamp) -> Result<Option<New>, Refusal> {
    let refuse = |sentence: &str| Err(Refusal::Unusable(sentence.to_owned()));
    let Some(day_zero) = matter.record.day_zero() else {
        return refuse("No protocol was in force when this was read, so it has no legal clocks and no day zero.");
    };
    if asked.date > day_zero.terms.date_of(now) {
        return refuse("`date` lies in the future: nobody can have known of it then.");
    }
    let before = day_zero.date();
    if before == asked.date {
        let repeats = day_zero.set.last().is_some_and(|set| set.set.reason == asked.reason && set.by == person.as_str());
        return if repeats { Ok(None) } else { refuse("`date` is day zero already.") };
    }
    let what = Happening::DayZeroSet(DayZeroSet { date: asked.date, before, reason: asked.reason.clone() });
    Ok(Some(New { at: now, by: Actor::Person(person.as_str().to_owned()), what, words: None }))
}

/// The day zero of each alert, with what it would be under every rule.
pub fn to_json(record: &Record) -> Value {
    record.day_zeros().iter().map(one).collect()
}

fn one(day_zero: &DayZero) -> Value {
    let zone = day_zero.terms.time_zone();
    let (serious, non_serious) = day_zero.legal();
    let reading = |reckoned: &Reckoned| {
        json!({
            "rule": reckoned.rule,
            "at": reckoned.on.map(|(at, _)| when::machine(at, &zone)),
            "date": reckoned.on.map(|(_, date)| date),
            "legal_serious": reckoned.on.map(|(_, date)| day_zero.legal_from(date).0),
            "legal_non_serious": reckoned.on.map(|(_, date)| day_zero.legal_from(date).1),
        })
    };
    json!({
        "alert": day_zero.alert,
        "date": day_zero.date(),
        "rule": day_zero.terms.rule,
        "protocol": day_zero.protocol,
        "time_zone": day_zero.terms.zone,
        "by_rule": day_zero.by_rule,
        "why": day_zero.why.sentence(),
        "legal_serious": serious,
        "legal_non_serious": non_serious,
        "readings": day_zero.readings.iter().map(reading).collect::<Vec<_>>(),
        "set": day_zero.set.iter().map(|set| json!({
            "date": set.set.date, "before": set.set.before, "reason": set.set.reason, "by": set.by, "at": set.at,
        })).collect::<Vec<_>>(),
    })
}

/// Every timestamp by its name; a list where there may be several.
pub fn ledger_json(record: &Record, zone: &TimeZone) -> Value {
    let lines = ledger(record).into_iter().map(|line| {
        let at: Vec<String> = line.at.iter().map(|at| when::machine(*at, zone)).collect();
        json!({ "name": line.name, "at": at, "clock": line.source.as_str(), "never": line.never })
    });
    lines.collect()
}
