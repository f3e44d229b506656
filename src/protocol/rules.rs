//! The sections that say how a campaign is watched: `[hours]`, `[day_zero]`, `[windows.*]`, `[legal]`, `[classifier]`,
//! `[retention]` and `[[example]]`. Routes have a file of their own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::calendar::Hours;
use super::problem::Report;
use super::read::{At, Table};
use super::shape;
use super::window::Window;
use crate::model::{Band, ChannelId, Class, DayZeroRule, KeepRule, Platform, Sensitivity};

/// The keys of `[hours]`, Monday first.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `[hours]`.
#[derive(Default)]
pub(super) struct OpeningHours {
    pub line: usize,
    pub week: [Option<Hours>; 7],
    pub holidays: BTreeSet<Date>,
    pub holidays_line: usize,
}

pub(super) fn hours(mut table: Table<'_>, report: &mut Report) -> OpeningHours {
    let week = WEEKDAYS.map(|day| table.optional(day, &shape::HOURS, report).map(|at| at.value));
    let dates = table.list("holidays", &shape::DATE, report);
    let mut holidays = BTreeSet::new();
    for date in &dates {
        if !holidays.insert(date.value) {
            report.add(date.line, format!("[hours] holidays: {} is listed twice", date.value));
        }
    }
    let line = table.line;
    table.finish(report);
    OpeningHours { line, week, holidays, holidays_line: dates.first().map_or(line, |date| date.line) }
}

/// `[day_zero]`.
pub(super) fn day_zero(mut table: Table<'_>, report: &mut Report) -> Option<At<DayZeroRule>> {
    let rule = table.required("rule", &shape::DAY_ZERO, report);
    table.finish(report);
    rule
}

/// The windows of one class.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    pub alert: At<Window>,
    pub acknowledge: At<Window>,
    pub forward: Option<At<Window>>,
}

impl Windows {
    /// Each window with the key it stands under.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, At<Window>)> {
        let both = [("alert", self.alert), ("acknowledge", self.acknowledge)];
        both.into_iter().chain(self.forward.map(|forward| ("forward", forward)))
    }
}

/// `[windows]`: by class, and the review window for everything without an alert.
pub(super) struct AllWindows {
    pub by_class: BTreeMap<Class, Windows>,
    pub decide: Option<At<Window>>,
}

pub(super) fn windows(mut table: Table<'_>, report: &mut Report) -> AllWindows {
    let mut by_class = BTreeMap::new();
    for class in Class::ALL.into_iter().rev() {
        let (key, place) = (class.as_str(), format!("[windows.{}]", class.as_str()));
        let section = match class {
            // A duty of care is at least as urgent as a serious case; the file may say otherwise.
            Class::Distress if !table.has(key) => by_class.get(&Class::Serious).copied().map(without_forward),
            Class::Distress | Class::Serious | Class::AdverseEvent | Class::SpecialSituation | Class::QualityComplaint => {
                table.required_table(key, &place, report).and_then(|section| class_windows(section, report))
            }
        };
        by_class.extend(section.map(|windows| (class, windows)));
    }
    let review = table.required_table("review", "[windows.review]", report);
    let decide = review.and_then(|mut review| {
        let decide = review.required("decide", &shape::WINDOW, report);
        review.finish(report);
        decide
    });
    table.finish(report);
    AllWindows { by_class, decide }
}

fn without_forward(windows: Windows) -> Windows {
    Windows { forward: None, ..windows }
}

fn class_windows(mut table: Table<'_>, report: &mut Report) -> Option<Windows> {
    let alert = table.required("alert", &shape::WINDOW, report);
    let acknowledge = table.required("acknowledge", &shape::WINDOW, report);
    let forward = table.optional("forward", &shape::WINDOW, report);
    table.finish(report);
    Some(Windows { alert: alert?, acknowledge: acknowledge?, forward })
}

/// `[legal]`: calendar days after day zero.
#[derive(Clone, Copy)]
pub(super) struct Legal {
    pub serious_days: u16,
    pub non_serious_days: u16,
}

pub(super) fn legal(mut table: Table<'_>, report: &mut Report) -> Option<Legal> {
    let serious = table.required("serious_days", &shape::CALENDAR_DAYS, report);
    let non_serious = table.required("non_serious_days", &shape::CALENDAR_DAYS, report);
    table.finish(report);
    Some(Legal { serious_days: serious?.value, non_serious_days: non_serious?.value })
}

/// `[classifier]`.
pub(super) struct Reading {
    pub sensitivity: Sensitivity,
    pub extra_reactions: BTreeMap<String, Vec<String>>,
    pub sample: At<f64>,
}

pub(super) fn classifier(mut table: Table<'_>, languages: Option<&[At<String>]>, report: &mut Report) -> Option<Reading> {
    let sensitivity = table.required("sensitivity", &shape::SENSITIVITY, report);
    let place = "[classifier] extra_reactions";
    let extra = table.table("extra_reactions", place, report);
    let extra = extra.map(|mut extra| extra.rest_lists(&shape::TEXT, report)).unwrap_or_default();
    let sample = table.required("sample", &shape::SHARE, report);
    table.finish(report);
    for (language, _) in &extra {
        if !shape::is_language(language.value) {
            report.add(language.line, format!("{place}: expected {}, found {:?}", shape::LANGUAGE.expected, language.value));
        } else if languages.is_some_and(|known| !known.is_empty() && known.iter().all(|at| at.value != language.value)) {
            report.add(language.line, format!("{place}: {:?} is not among the languages of [protocol]", language.value));
        }
    }
    let words = |list: Vec<At<String>>| list.into_iter().map(|at| at.value).collect();
    Some(Reading {
        sensitivity: sensitivity?.value,
        extra_reactions: extra.into_iter().map(|(language, list)| (language.value.to_owned(), words(list))).collect(),
        sample: sample?,
    })
}

/// How long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Minutes after it was closed.
    Minutes(u32),
    /// Until the holder closes the archive.
    Forever,
}

/// `[retention]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Comments that people closed as no safety matter.
    pub other: Keep,
    /// Cases.
    pub safety: Keep,
    /// Minutes from receipt that a platform allows its copy, where it says so.
    pub platform: BTreeMap<Platform, u32>,
}

impl Retention {
    /// What the file says of the words of one platform's comments.
    pub fn rule(&self, platform: Platform) -> KeepRule {
        let other_minutes = match self.other {
            Keep::Minutes(minutes) => Some(minutes),
            Keep::Forever => None,
        };
        KeepRule { platform_minutes: self.platform.get(&platform).copied(), other_minutes }
    }
}

pub(super) fn retention(mut table: Table<'_>, report: &mut Report) -> Option<Retention> {
    let other = table.required("other", &shape::KEEP, report);
    let safety = table.required("safety", &shape::KEEP, report);
    let limits = table.table("platform", "[retention] platform", report);
    let platform = limits.map(|limits| platform_limits(limits, report)).unwrap_or_default();
    table.finish(report);
    Some(Retention { other: other?.value, safety: safety?.value, platform })
}

fn platform_limits(mut table: Table<'_>, report: &mut Report) -> BTreeMap<Platform, u32> {
    let limit = |platform: Platform| {
        let limit = table.optional(platform.as_str(), &shape::CLOCK_MINUTES, report)?;
        Some((platform, limit.value))
    };
    let limits = Platform::ALL.into_iter().filter_map(limit).collect();
    table.finish(report);
    limits
}

/// A comment whose outcome the protocol fixes: a version of the classifier that reads it otherwise may not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub line: usize,
    pub text: String,
    pub channel: ChannelId,
    pub expect: Expect,
}

/// What has to come out; what is absent may be anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    pub band: Option<Band>,
    pub not_band: Option<Band>,
    pub class: Option<Class>,
}

/// One `[[example]]`; the channel keeps its line for the check that it exists.
pub(super) fn example(mut table: Table<'_>, report: &mut Report) -> Option<(Example, At<String>)> {
    let line = table.line;
    let text = table.required("text", &shape::TEXT, report);
    let channel = table.required("channel", &shape::TEXT, report);
    let expect = table.required_table("expect", "[[example]] expect", report).map(|expect| self::expect(expect, report));
    table.finish(report);
    let channel = channel?;
    let id = ChannelId::new(channel.value.clone());
    Some((Example { line, text: text?.value, channel: id, expect: expect? }, channel))
}

fn expect(mut table: Table<'_>, report: &mut Report) -> Expect {
    let line = table.line;
    if table.keys().next().is_none() {
        report.add(line, "[[example]] expect: expected at least one of band, not_band and class");
    }
    let band = table.optional("band", &shape::BAND, report).map(|at| at.value);
    let not_band = table.optional("not_band", &shape::BAND, report).map(|at| at.value);
    let class = table.optional("class", &shape::CLASS, report).map(|at| at.value);
    table.finish(report);
    let expect = Expect { band, not_band, class };
    if expect.band.is_some() && expect.band == expect.not_band {
        report.add(line, "[[example]] expect: band and not_band name the same band");
    }
    expect
}
