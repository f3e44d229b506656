//! What differs between two versions of a protocol, in a safety officer's words: each change a sentence with its section and whether
//! it makes the watch stricter or looser. Pure; the `protocol diff` command and the console's page of a protocol show it.
//!
//! Every struct is taken apart field by field, so that a new field does not compile without a line here. The number of the version and
//! the lines of the file are no change. `identity` compares what a campaign is, `rules` how it is watched, `routes` who is told.

mod identity;
mod routes;
mod rules;

use serde::Serialize;

use super::Protocol;
use super::calendar::Calendar;
use super::window::Window;
use crate::model::Class;

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// More is watched, sooner told, or held less loosely.
    Stricter,
    /// Less is watched, later told, or held more loosely.
    Looser,
    /// Neither by itself.
    Other,
}

impl Mark {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Mark::Stricter => "stricter",
            Mark::Looser => "looser",
            Mark::Other => "other",
        }
    }

    fn opposite(self) -> Self {
        match self {
            Mark::Stricter => Mark::Looser,
            Mark::Looser => Mark::Stricter,
            Mark::Other => Mark::Other,
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The section of the file, in words.
    pub section: &'static str,
    pub mark: Mark,
    pub sentence: String,
}

/// The changes found so far, under the section that is being compared.
struct Changes {
    section: &'static str,
    found: Vec<Change>,
}

impl Changes {
    fn under(&mut self, section: &'static str) -> &mut Self {
        self.section = section;
        self
    }

    fn add(&mut self, mark: Mark, sentence: impl Into<String>) {
        self.found.push(Change { section: self.section, mark, sentence: sentence.into() });
    }

    /// A plain value: what it is called, and how it reads before and after.
    fn value<T: PartialEq + ToString>(&mut self, what: &str, old: &T, new: &T) {
        if old != new {
            self.add(Mark::Other, format!("{what}: {} → {}", old.to_string(), new.to_string()));
        }
    }

    /// A length of which less is stricter, in minutes.
    fn less_is_stricter(&mut self, what: &str, old: u32, new: u32) {
        let (mark, word) = match new.cmp(&old) {
            std::cmp::Ordering::Less => (Mark::Stricter, "shorter"),
            std::cmp::Ordering::Greater => (Mark::Looser, "longer"),
            std::cmp::Ordering::Equal => return,
        };
        self.add(mark, format!("{what} {} → {} ({word})", Window::Clock(old), Window::Clock(new)));
    }

    /// What came into a list and what went out of it; `added` is the way of what came.
    fn list(&mut self, what: &str, old: &[String], new: &[String], added: Mark) {
        for came in new.iter().filter(|name| !old.contains(name)) {
            self.add(added, format!("{what} {came} is new"));
        }
        for gone in old.iter().filter(|name| !new.contains(name)) {
            self.add(added.opposite(), format!("{what} {gone} is gone"));
        }
    }
}

impl Protocol {
    /// What is different in this version from an older one, by section and in the order of the file. Empty: nothing but the number.
    pub fn changes_since(&self, old: &Protocol) -> Vec<Change> {
        let Protocol {
            source: _,
            calendar,
            header,
            approvals,
            products,
            doors,
            channels,
            hours_line: _,
            holidays_line: _,
            retention_line: _,
            day_zero,
            windows,
            decide,
            legal,
            routes,
            topics,
            topic_lines: _,
            reading,
            retention,
            examples,
        } = self;
        let mut changes = Changes { section: "", found: Vec::new() };
        identity::header(&old.header, header, changes.under("Campaign"));
        identity::approvals(&old.approvals, approvals, changes.under("Approvals"));
        identity::products(&old.products, products, changes.under("Products"));
        identity::doors(&old.doors, doors, changes.under("Doors"));
        identity::channels(&old.channels, channels, changes.under("Channels"));
        rules::calendar(&old.calendar, calendar, changes.under("Hours"));
        changes.under("Day zero").value("It counts from", &old.day_zero.value.as_str(), &day_zero.value.as_str());
        let each = Comparing { calendar };
        rules::windows(&old.windows, windows, &each, changes.under("Windows"));
        each.window("Comments without an alert: decide within", old.decide.value, decide.value, &mut changes);
        rules::legal(&old.legal, legal, changes.under("Legal dates"));
        routes::routes(&old.routes, routes, &each, changes.under("Routes"));
        routes::topics(&old.topics, topics, changes.under("Topics"));
        rules::reading(&old.reading, reading, changes.under("Classifier"));
        rules::retention(&old.retention, retention, changes.under("Retention"));
        rules::examples(&old.examples, examples, changes.under("Examples"));
        changes.found
    }
}

/// Hours that two windows of different kinds are tried for: every hour of every weekday, and a weekend after each.
const HOURS_TRIED: i64 = 14 * 24;

/// Compares windows in the opening hours of the newer version; that these have changed is said apart.
struct Comparing<'c> {
    calendar: &'c Calendar,
}

impl Comparing<'_> {
    fn window(&self, what: &str, old: Window, new: Window, changes: &mut Changes) {
        if old == new {
            return;
        }
        let (mark, word) = self.way(old, new);
        changes.add(mark, format!("{what} {old} → {new} ({word})"));
    }

    /// Which way a window went: tried out, since "4h" is less than "3 business hours" at some hours and more at others.
    fn way(&self, old: Window, new: Window) -> (Mark, &'static str) {
        let start = self.calendar.zone().to_timestamp(jiff::civil::date(2026, 1, 5).at(0, 30, 0, 0)).ok();
        let times = (0..HOURS_TRIED).filter_map(|hour| start?.checked_add(jiff::SignedDuration::from_hours(hour)).ok());
        let (mut shorter, mut longer) = (false, false);
        for at in times {
            let (before, after) = (old.end_from(at, self.calendar), new.end_from(at, self.calendar));
            shorter |= after < before;
            longer |= after > before;
        }
        match (shorter, longer) {
            (true, false) => (Mark::Stricter, "shorter"),
            (false, true) => (Mark::Looser, "longer"),
            (true, true) => (Mark::Other, "shorter at some hours, longer at others"),
            (false, false) => (Mark::Other, "the same at every hour tried"),
        }
    }
}

/// A class at the beginning of a sentence.
fn title(class: Class) -> String {
    let name = class.as_str().replace('_', " ");
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
