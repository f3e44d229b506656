//! Day zero: the day on which the company first knew, the rule that chose it, what it would be under the other rules, and the day that a
//! person set instead. Pure; pages, messages and statements show it, legal dates are counted from it.
//!
//! Everything that is needed stands in the record: the terms of the protocol that was in force are kept with each reading, so that a later
//! version of the protocol cannot move a day zero that people were told.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::alert::StepRef;
use super::assessment::Class;
use super::entry::{DayZeroSet, Reading};
use super::ids::{AlertId, ProtocolRef, Revision};
use super::record::{AlertState, Record};

/// Which timestamp the legal clocks run from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DayZeroRule {
    /// Dayzero kept the delivery.
    Received,
    /// The platform's own time.
    Posted,
    /// The first person who saw it.
    Seen,
}

impl DayZeroRule {
    /// Every rule that a protocol may choose.
    pub const ALL: [DayZeroRule; 3] = [DayZeroRule::Received, DayZeroRule::Posted, DayZeroRule::Seen];

    /// The word for it in protocols and records.
    pub fn as_str(self) -> &'static str {
        match self {
            DayZeroRule::Received => "received",
            DayZeroRule::Posted => "posted",
            DayZeroRule::Seen => "seen",
        }
    }

    /// The rule that a word names, if `as_str` could have written it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }
}

/// What a protocol says of legal clocks, as it stood when a text was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayZeroTerms {
    pub rule: DayZeroRule,
    /// The zone whose calendar the days are those of, such as `Europe/Amsterdam`.
    pub zone: String,
    /// Calendar days after day zero, weekends and holidays among them.
    pub serious_days: u16,
    pub non_serious_days: u16,
}

impl DayZeroTerms {
    /// The calendar day of a moment. A zone that is not known any more is read as UTC: a day must be told.
    pub fn date_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.time_zone()).date()
    }

    /// The zone itself, for showing moments beside the days.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }
}

/// A calendar day as one rule finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reckoned {
    pub rule: DayZeroRule,
    /// `None`: what the rule asks for has not happened, or the platform does not tell it.
    pub on: Option<(Timestamp, Date)>,
}

/// Why the rule of the protocol was followed, or could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    AsTheRuleSays,
    /// The platform told no time, or one that lies after our receipt.
    NoTimeOfPosting,
    /// Nobody has seen it yet: the day of receipt stands until somebody has, since it is the earlier one.
    NobodyHasSeenIt,
}

impl Why {
    /// As people, and an inspector, read it.
    pub fn sentence(self) -> &'static str {
        match self {
            Why::AsTheRuleSays => "as the protocol's rule says",
            Why::NoTimeOfPosting => "the platform told no usable time of posting, so the day of receipt counts",
            Why::NobodyHasSeenIt => "nobody has seen it yet, so the day of receipt counts until somebody has",
        }
    }
}

/// Another day zero than the rule's, with who set it and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetByPerson {
    pub set: DayZeroSet,
    pub by: String,
    pub at: Timestamp,
}

/// Day zero of one alert, or of a comment that made none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayZero {
    pub alert: Option<AlertId>,
    pub terms: DayZeroTerms,
    pub protocol: Option<ProtocolRef>,
    /// The day that the rule gives, and why.
    pub by_rule: Date,
    pub why: Why,
    /// What every rule would say.
    pub readings: [Reckoned; 3],
    /// The days that people set, in order; the last one holds, and none takes the place of what stood before.
    pub set: Vec<SetByPerson>,
}

impl DayZero {
    /// The day that holds.
    pub fn date(&self) -> Date {
        self.set.last().map_or(self.by_rule, |set| set.set.date)
    }

    /// The legal due dates counted from the day that holds: serious, and not serious.
    pub fn legal(&self) -> (Date, Date) {
        self.legal_from(self.date())
    }

    /// The legal due dates counted from any day zero. Day zero is not day one.
    pub fn legal_from(&self, day_zero: Date) -> (Date, Date) {
        let after = |days: u16| day_zero.saturating_add(Span::new().days(i32::from(days)));
        (after(self.terms.serious_days), after(self.terms.non_serious_days))
    }
}

impl Record {
    /// Day zero of every alert, or of the comment itself where it made none. Empty where no protocol was in force.
    pub fn day_zeros(&self) -> Vec<DayZero> {
        if self.alerts.is_empty() {
            let first = self.readings.iter().find(|reading| reading.day_zero.is_some());
            return first.and_then(|reading| self.reckon(None, reading.on, reading)).into_iter().collect();
        }
        let of = |alert: &AlertState| {
            let reading = self.readings.iter().find(|reading| reading.alerts.iter().any(|due| due.alert == alert.id))?;
            self.reckon(Some(alert.id.clone()), alert.on, reading)
        };
        self.alerts.iter().filter_map(of).collect()
    }

    /// The earliest day zero that holds: that of the case, if it becomes one.
    pub fn day_zero(&self) -> Option<DayZero> {
        self.day_zeros().into_iter().min_by_key(DayZero::date)
    }

    /// Day zero of the alert that a message is about.
    pub fn day_zero_of(&self, step: &StepRef) -> Option<DayZero> {
        self.day_zeros().into_iter().find(|day_zero| day_zero.alert.as_ref() == Some(&step.alert))
    }

    /// The legal due date of an alert, counted from the day zero that holds; `None` where the law sets none for its class.
    pub fn legal_date(&self, alert: &AlertState) -> Option<Date> {
        let planned = alert.plan.deadlines.legal?;
        let day_zero = self.day_zeros().into_iter().find(|day_zero| day_zero.alert.as_ref() == Some(&alert.id));
        let of_class = |day_zero: DayZero| if alert.class == Class::Serious { day_zero.legal().0 } else { day_zero.legal().1 };
        Some(day_zero.map_or(planned, of_class))
    }

    fn reckon(&self, alert: Option<AlertId>, on: Revision, reading: &Reading) -> Option<DayZero> {
        let terms = reading.day_zero.clone()?;
        // The sighting and not the text: it stays when words are erased, or cannot be had.
        let told = self.sightings.iter().find(|(seq, _)| *seq == on).map(|(_, told)| told);
        let received = told.map_or(self.aware_at, |told| told.received_at).timestamp();
        let posted = told.and_then(|told| posted_before(told.at, received));
        let moments = [
            (DayZeroRule::Received, Some(received)),
            (DayZeroRule::Posted, posted),
            (DayZeroRule::Seen, self.seen(on, received)),
        ];
        let readings = moments.map(|(rule, at)| Reckoned { rule, on: at.map(|at| (at, terms.date_of(at))) });
        let chosen = readings.iter().find(|reckoned| reckoned.rule == terms.rule).and_then(|reckoned| reckoned.on);
        let why = match (chosen, terms.rule) {
            (Some(_), _) | (None, DayZeroRule::Received) => Why::AsTheRuleSays,
            (None, DayZeroRule::Posted) => Why::NoTimeOfPosting,
            (None, DayZeroRule::Seen) => Why::NobodyHasSeenIt,
        };
        let by_rule = chosen.map_or_else(|| terms.date_of(received), |(_, date)| date);
        let set = self.day_zero_set.iter();
        let set = set.map(|(at, by, set)| SetByPerson { set: set.clone(), by: by.clone(), at: *at }).collect();
        Some(DayZero { alert, by_rule, why, readings, set, protocol: reading.protocol.clone(), terms })
    }

    /// When a person first had the text before them: as the record of reading says, or at the latest when somebody acted on it.
    fn seen(&self, on: Revision, received: Timestamp) -> Option<Timestamp> {
        let shown = self.shown.as_ref().map(|(at, _, _)| *at).filter(|at| *at >= received);
        let acknowledged = self.acknowledgements.iter().find(|by| by.on >= on).map(|by| by.at);
        let decided = self.decisions.iter().find(|decision| decision.on >= on).map(|decision| decision.at);
        [shown, acknowledged, decided].into_iter().flatten().min()
    }
}

/// A platform's time of writing, unless it lies after our receipt: then its clock is wrong, and the day of receipt is the earlier.
pub fn posted_before(at: Option<Timestamp>, received: Timestamp) -> Option<Timestamp> {
    at.filter(|at| *at <= received)
}
