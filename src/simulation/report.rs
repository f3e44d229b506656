//! What a trial found: counted record by record, so that a table of any size needs the memory of its longest lists, which have a bound.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::sends::{Send, sends};
use crate::model::windows::{Done, Standing, Window, windows};
use crate::model::{AlertState, Band, Class, CommentKey, Obligation, Record};
use crate::protocol::Protocol;

/// Longest list of a report; what is beyond is counted.
const MAX_LISTED: usize = 10_000;
/// The hours on the wall in which a message wakes somebody.
const NIGHT: [std::ops::Range<i8>; 2] = [0..7, 22..24];

/// What is tried: the days, the end of the trial, and what is assumed of people.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// Windows that end later are still running.
    pub now: Timestamp,
    /// How long after its first message every alert is taken to be in hand; without it, when it really was.
    pub acknowledge_after: Option<SignedDuration>,
}

/// A record that would have been alerted otherwise than it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub key: CommentKey,
    pub then: Vec<Class>,
    pub now: Vec<Class>,
}

/// A record whose text this version reads into another band than the reading that stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reread {
    pub key: CommentKey,
    pub then: Band,
    pub now: Band,
    /// The classifier that read it then.
    pub by: String,
}

/// A window of this version that what people did would not have kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LateWindow {
    pub key: CommentKey,
    /// `None` for the window of a comment without an alert.
    pub class: Option<Class>,
    pub obligation: Obligation,
    pub due: Timestamp,
    /// When it was done; `None`: not yet.
    pub done: Option<Timestamp>,
}

/// What a version would have done.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub records: usize,
    /// Left out: their words are gone, or a fire drill made them.
    pub erased: usize,
    pub drills: usize,
    /// Readings by band.
    pub bands: BTreeMap<&'static str, usize>,
    pub alerts: BTreeMap<&'static str, usize>,
    /// By channel; an account that the version does not list stands under `-`.
    pub channels: BTreeMap<String, usize>,
    pub messages: usize,
    pub topics: BTreeMap<String, usize>,
    /// Messages by weekday, Monday first, and by hour on the wall.
    pub hours: [[usize; 24]; 7],
    /// Of these, at night and outside opening hours.
    pub at_night: usize,
    pub outside_hours: usize,
    pub sends: Vec<Send>,
    /// Windows by what they are for: kept, late, and such that nobody could keep because nobody was told.
    pub windows: BTreeMap<&'static str, Kept>,
    pub late: Vec<LateWindow>,
    pub newly_alerted: Vec<Difference>,
    pub no_longer_alerted: Vec<Difference>,
    pub otherwise_alerted: Vec<Difference>,
    /// Texts that would be read into a graver band, and into a lesser one.
    pub raised: Vec<Reread>,
    pub lowered: Vec<Reread>,
    /// How many entries did not fit the lists above.
    pub not_listed: usize,
}

/// How the windows for one thing came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    pub kept: usize,
    pub late: usize,
    pub running: usize,
    pub unanswered: usize,
    /// The longest time from our knowledge until it was done, in seconds, and in which record.
    pub longest: Option<(i64, CommentKey)>,
}

impl Report {
    /// Takes one record into account: as it was, and as it would have been.
    pub fn add(&mut self, real: &Record, tried: &Record, protocol: &Protocol, span: &Span) {
        if real.drill.is_some() {
            self.drills += 1;
            return;
        }
        if real.erased.is_some() {
            self.erased += 1;
            return;
        }
        self.records += 1;
        let view = View { real, tried, protocol, span };
        for reading in tried.readings.iter().filter(|reading| view.within(view.aware_of(reading.on))) {
            *self.bands.entry(reading.assessment.band.as_str()).or_default() += 1;
        }
        for alert in tried.alerts.iter().filter(|alert| view.within(tried.aware_of(alert).timestamp())) {
            self.alert(&view, alert);
        }
        for window in windows(tried) {
            self.window(&view, window);
        }
        self.differ(&view);
        self.read_otherwise(&view);
    }

    fn alert(&mut self, view: &View<'_>, alert: &AlertState) {
        *self.alerts.entry(alert.class.as_str()).or_default() += 1;
        let channel = view.tried.sightings.iter().find_map(|(_, sighting)| sighting.channel.as_ref());
        *self.channels.entry(channel.map_or("-".to_owned(), ToString::to_string)).or_default() += 1;
        let end = view.in_hand(alert).unwrap_or(view.span.now);
        for send in sends(&view.tried.key, alert, end) {
            let wall = view.protocol.time_zone().to_datetime(send.at);
            let (day, hour) = (wall.weekday().to_monday_zero_offset(), wall.hour());
            let cell =
                self.hours.get_mut(usize::from(day.unsigned_abs())).and_then(|day| day.get_mut(usize::from(hour.unsigned_abs())));
            cell.into_iter().for_each(|count| *count += 1);
            self.messages += 1;
            self.at_night += usize::from(NIGHT.iter().any(|night| night.contains(&hour)));
            self.outside_hours += usize::from(!view.protocol.is_open_at(send.at));
            *self.topics.entry(send.topic.clone()).or_default() += 1;
            list(&mut self.sends, send, &mut self.not_listed);
        }
    }

    fn window(&mut self, view: &View<'_>, window: Window) {
        let alert = window.alert.as_ref().and_then(|(id, _)| view.tried.alerts.iter().find(|alert| alert.id == *id));
        let Some(since) = view.since(&window, alert).filter(|since| view.within(*since)) else { return };
        let told = alert.is_none_or(|alert| view.real.alerts.iter().any(|known| known.id == alert.id));
        let done = match (window.obligation, alert) {
            (Obligation::Acknowledge, Some(alert)) => view.in_hand(alert).map(|at| Done { at, by: None }),
            _ => window.done.clone(),
        };
        let window = Window { done, ..window };
        let counted = self.windows.entry(window.obligation.as_str()).or_default();
        if let Some(done) = &window.done {
            let waited = (done.at.duration_since(since).as_secs(), view.tried.key.clone());
            if counted.longest.as_ref().is_none_or(|longest| longest.0 < waited.0) {
                counted.longest = Some(waited);
            }
        }
        match window.standing(view.span.now) {
            Standing::Kept => counted.kept += 1,
            Standing::Running => counted.running += 1,
            Standing::Overdue if !told => counted.unanswered += 1,
            Standing::Late | Standing::Overdue => {
                counted.late += 1;
                let (key, class) = (view.tried.key.clone(), window.alert.map(|(_, class)| class));
                let (due, done) = (window.deadline.timestamp(), window.done.map(|done| done.at));
                let late = LateWindow { key, class, obligation: window.obligation, due, done };
                list(&mut self.late, late, &mut self.not_listed);
            }
        }
    }

    fn differ(&mut self, view: &View<'_>) {
        let classes = |record: &Record| -> Vec<Class> {
            let alerts = record.alerts.iter().filter(|alert| view.within(record.aware_of(alert).timestamp()));
            let mut classes: Vec<Class> = alerts.map(|alert| alert.class).collect();
            classes.sort();
            classes
        };
        let (then, now) = (classes(view.real), classes(view.tried));
        if then == now {
            return;
        }
        let into = match (then.is_empty(), now.is_empty()) {
            (true, _) => &mut self.newly_alerted,
            (_, true) => &mut self.no_longer_alerted,
            _ => &mut self.otherwise_alerted,
        };
        list(into, Difference { key: view.tried.key.clone(), then, now }, &mut self.not_listed);
    }

    /// Both answers on the text in force, where they differ.
    fn read_otherwise(&mut self, view: &View<'_>) {
        let Some((then, now)) = view.real.reading().zip(view.tried.reading()) else { return };
        let (was, is) = (then.assessment.band, now.assessment.band);
        if was == is || !view.within(view.aware_of(now.on)) {
            return;
        }
        let by = then.assessment.versions.classifier.clone();
        let reread = Reread { key: view.tried.key.clone(), then: was, now: is, by };
        list(if is > was { &mut self.raised } else { &mut self.lowered }, reread, &mut self.not_listed);
    }

    /// How many readings there were of a band.
    pub fn band(&self, band: Band) -> usize {
        self.bands.get(band.as_str()).copied().unwrap_or_default()
    }
}

/// Adds to a list that has room, and counts what has none.
fn list<T>(list: &mut Vec<T>, item: T, left_out: &mut usize) {
    if list.len() < MAX_LISTED {
        list.push(item);
    } else {
        *left_out += 1;
    }
}

/// One record, then and now.
struct View<'a> {
    real: &'a Record,
    tried: &'a Record,
    protocol: &'a Protocol,
    span: &'a Span,
}

impl View<'_> {
    /// Whether a moment lies in the days that are tried, in the protocol's zone.
    fn within(&self, at: Timestamp) -> bool {
        let day = self.protocol.time_zone().to_datetime(at).date();
        self.span.from.is_none_or(|from| day >= from) && self.span.to.is_none_or(|to| day <= to)
    }

    /// When the company could know of what an entry brought.
    fn aware_of(&self, on: crate::model::Revision) -> Timestamp {
        let version = self.tried.versions.iter().find(|version| version.seq == on);
        version.map_or(self.tried.aware_at, |version| version.received_at).timestamp()
    }

    /// When somebody had an alert in hand: an acknowledgement, or a decision that closed it.
    fn in_hand(&self, alert: &AlertState) -> Option<Timestamp> {
        if let (Some(after), Some(first)) = (self.span.acknowledge_after, alert.plan.steps.first()) {
            return first.at.checked_add(after).ok();
        }
        let acknowledged = alert.acknowledged.as_ref().map(|by| by.at);
        let closing = self.tried.decisions.iter().find(|decision| decision.outcome.closes() && decision.on >= alert.on);
        acknowledged.into_iter().chain(closing.map(|decision| decision.at)).min()
    }

    /// From when on a window runs.
    fn since(&self, window: &Window, alert: Option<&AlertState>) -> Option<Timestamp> {
        match alert {
            Some(alert) => Some(self.tried.aware_of(alert).timestamp()),
            None => {
                let readings = self.tried.readings.iter().filter(|reading| reading.decide_by == Some(window.deadline));
                readings.map(|reading| self.aware_of(reading.on)).max()
            }
        }
    }
}
