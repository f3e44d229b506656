//! Changes in how a campaign is watched: hours, windows, legal dates, classifier, retention, examples. Called by `changes_since`.

use std::collections::BTreeMap;

use super::{Changes, Comparing, Mark, title};
use crate::model::{Class, Platform, Sensitivity};
use crate::protocol::calendar::{Calendar, Hours};
use crate::protocol::rules::{Example, Expect, Keep, Legal, Reading, Retention, Windows};
use crate::protocol::window::Window;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub(super) fn calendar(old: &Calendar, new: &Calendar, changes: &mut Changes) {
    let ((old_week, old_holidays), (new_week, new_holidays)) = (old.week_and_holidays(), new.week_and_holidays());
    for (day, (before, after)) in WEEKDAYS.iter().zip(old_week.iter().zip(new_week)) {
        if before != after {
            // Business time that runs longer ends sooner.
            let (from, to) = (minutes_open(*before), minutes_open(*after));
            let mark = match (to.start <= from.start && to.end >= from.end, to.start >= from.start && to.end <= from.end) {
                (true, false) => Mark::Stricter,
                (false, true) => Mark::Looser,
                _ => Mark::Other,
            };
            changes.add(mark, format!("{day}: {} → {}", wall(*before), wall(*after)));
        }
    }
    for came in new_holidays.difference(old_holidays) {
        changes.add(Mark::Looser, format!("Holiday {came} is new: business time stands still on it"));
    }
    for gone in old_holidays.difference(new_holidays) {
        changes.add(Mark::Stricter, format!("Holiday {gone} is gone"));
    }
}

/// The minutes of the day in which the doors are open. A closed day lies within every open one.
fn minutes_open(hours: Option<Hours>) -> std::ops::Range<u16> {
    hours.map_or(12 * 60..12 * 60, |hours| hours.opens..hours.closes)
}

fn wall(hours: Option<Hours>) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    hours.map_or("closed".to_owned(), |hours| format!("{}-{}", time(hours.opens), time(hours.closes)))
}

pub(super) fn windows(
    old: &BTreeMap<Class, Windows>,
    new: &BTreeMap<Class, Windows>,
    each: &Comparing<'_>,
    changes: &mut Changes,
) {
    for class in Class::ALL {
        let (Some(before), Some(Windows { alert, acknowledge, forward })) = (old.get(&class), new.get(&class)) else { continue };
        let what = |verb: &str| format!("{}: {verb} within", title(class));
        each.window(&what("alert"), before.alert.value, alert.value, changes);
        each.window(&what("acknowledge"), before.acknowledge.value, acknowledge.value, changes);
        match (before.forward, forward) {
            (Some(from), Some(to)) => each.window(&what("forward"), from.value, to.value, changes),
            (None, Some(to)) => {
                changes.add(Mark::Stricter, format!("{} {} (there was no such window)", what("forward"), to.value))
            }
            (Some(from), None) => {
                changes.add(Mark::Looser, format!("{}: no window for forwarding any more (was {})", title(class), from.value));
            }
            (None, None) => {}
        }
    }
}

pub(super) fn legal(old: &Legal, new: &Legal, changes: &mut Changes) {
    let Legal { serious_days, non_serious_days } = new;
    let rows = [("Serious", old.serious_days, *serious_days), ("Non-serious", old.non_serious_days, *non_serious_days)];
    for (what, from, to) in rows.into_iter().filter(|(_, from, to)| from != to) {
        let (mark, word) = if to < from { (Mark::Stricter, "shorter") } else { (Mark::Looser, "longer") };
        changes.add(mark, format!("{what}: due {from} → {to} calendar days after day zero ({word})"));
    }
}

pub(super) fn reading(old: &Reading, new: &Reading, changes: &mut Changes) {
    let Reading { sensitivity, extra_reactions, sample } = new;
    if old.sensitivity != *sensitivity {
        let (mark, to) = match sensitivity {
            Sensitivity::High => (Mark::Stricter, "balanced → high"),
            Sensitivity::Balanced => (Mark::Looser, "high → balanced"),
        };
        changes.add(mark, format!("Sensitivity: {to}"));
    }
    let mut languages: Vec<&String> = old.extra_reactions.keys().chain(extra_reactions.keys()).collect();
    languages.sort();
    languages.dedup();
    for language in languages {
        let words = |of: &BTreeMap<String, Vec<String>>| of.get(language).cloned().unwrap_or_default();
        let what = format!("Further reaction ({language})");
        changes.list(&what, &words(&old.extra_reactions), &words(extra_reactions), Mark::Stricter);
    }
    if old.sample.value != sample.value {
        let mark = if sample.value > old.sample.value { Mark::Stricter } else { Mark::Looser };
        changes.add(mark, format!("Share of the lowest band that is read one by one: {} → {}", old.sample.value, sample.value));
    }
}

pub(super) fn retention(old: &Retention, new: &Retention, changes: &mut Changes) {
    let Retention { other, safety, platform } = new;
    let length = |keep: &Keep| match keep {
        Keep::Minutes(minutes) => Window::Clock(*minutes).to_string(),
        Keep::Forever => "forever".to_owned(),
    };
    changes.value("Comments that are no safety matter are kept", &length(&old.other), &length(other));
    changes.value("Cases are kept", &length(&old.safety), &length(safety));
    for one in Platform::ALL {
        let limit = |of: &BTreeMap<Platform, u32>| {
            of.get(&one).map_or("without a limit of the platform".to_owned(), |minutes| Window::Clock(*minutes).to_string())
        };
        changes.value(&format!("Words from {} are kept", one.as_str()), &limit(&old.platform), &limit(platform));
    }
}

/// By line and channel: the text of an example may be a patient's.
pub(super) fn examples(old: &[Example], new: &[Example], changes: &mut Changes) {
    let known =
        |of: &'_ [Example], like: &Example| of.iter().position(|known| known.text == like.text && known.channel == like.channel);
    for example in new {
        let Example { line, text: _, channel, expect } = example;
        match known(old, example).and_then(|at| old.get(at)) {
            None => changes.add(Mark::Stricter, format!("The example on line {line} (channel {channel}) is new")),
            Some(before) => {
                changes.value(&format!("The example on line {line} expects"), &expected(&before.expect), &expected(expect));
            }
        }
    }
    for gone in old.iter().filter(|example| known(new, example).is_none()) {
        let (line, channel) = (gone.line, &gone.channel);
        changes.add(Mark::Looser, format!("The example on line {line} of the older version (channel {channel}) is gone"));
    }
}

fn expected(expect: &Expect) -> String {
    let Expect { band, not_band, class } = expect;
    let parts = [
        band.map(|band| format!("band {}", band.as_str())),
        not_band.map(|band| format!("any band but {}", band.as_str())),
        class.map(|class| format!("class {}", class.as_str())),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}
