//! Changes in who is told, when, and how much a message may hold. Routes are compared class by class, since a file may group the
//! classes anew without changing anything for any of them. Called by `changes_since`.

use std::collections::BTreeMap;

use super::{Changes, Comparing, Mark};
use crate::model::{Class, TextLimit};
use crate::protocol::routes::{Route, RouteStep};
use crate::protocol::window::Window;

pub(super) fn routes(old: &[Route], new: &[Route], each: &Comparing<'_>, changes: &mut Changes) {
    let mut found: Vec<((Mark, String), Vec<Class>)> = Vec::new();
    for class in Class::ALL {
        let serving = |routes: &'_ [Route]| routes.iter().position(|route| route.serves(class));
        let (Some(before), Some(after)) = (serving(old).and_then(|at| old.get(at)), serving(new).and_then(|at| new.get(at)))
        else {
            continue;
        };
        for change in of_class(before, after, class, each) {
            match found.iter_mut().find(|(known, _)| *known == change) {
                Some((_, classes)) => classes.push(class),
                None => found.push((change, vec![class])),
            }
        }
    }
    for ((mark, sentence), classes) in found {
        let names: Vec<String> = classes.iter().map(|class| class.as_str().replace('_', " ")).collect();
        changes.add(mark, format!("Route for {}: {sentence}", names.join(", ")));
    }
}

fn of_class(old: &Route, new: &Route, class: Class, each: &Comparing<'_>) -> Vec<(Mark, String)> {
    // The classes are compared one by one, and the repeat as it comes out for each.
    let Route { line: _, classes: _, steps, repeat: _ } = new;
    let mut found = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let RouteStep { topic, after, text } = step;
        match told_again(steps, place).and_then(|nth| old.steps.iter().filter(|known| known.topic.value == topic.value).nth(nth))
        {
            None => found.push((Mark::Stricter, format!("{} is told as well, {}", topic.value, from(after.value)))),
            Some(before) => {
                found.extend(later(&topic.value, before.after.value, after.value, each));
                found.extend(held(&topic.value, before.text, *text));
            }
        }
    }
    for (place, step) in old.steps.iter().enumerate() {
        let name = &step.topic.value;
        let nth = told_again(&old.steps, place).unwrap_or_default();
        if steps.iter().filter(|known| known.topic.value == *name).nth(nth).is_none() {
            found.push((Mark::Looser, format!("{name} is no longer told (was {})", from(step.after.value))));
        }
    }
    let (before, after) = (old.repeat_minutes(class), new.repeat_minutes(class));
    if before != after {
        let mark = if after < before { Mark::Stricter } else { Mark::Looser };
        let (before, after) = (Window::Clock(before), Window::Clock(after));
        found.push((mark, format!("the last step is repeated every {after} (was {before})")));
    }
    found
}

/// The how manieth telling of its topic a step is, from 0.
fn told_again(steps: &[RouteStep], place: usize) -> Option<usize> {
    let topic = &steps.get(place)?.topic.value;
    Some(steps.iter().take(place).filter(|step| step.topic.value == *topic).count())
}

fn later(topic: &str, old: Window, new: Window, each: &Comparing<'_>) -> Option<(Mark, String)> {
    let (mark, _) = (old != new).then(|| each.way(old, new))?;
    Some((mark, format!("{topic} now {} (was {})", from(new), from(old))))
}

fn held(topic: &str, old: TextLimit, new: TextLimit) -> Option<(Mark, String)> {
    let ((before, was), (much, word)) = (amount(old), amount(new));
    // More of a patient's words in a message is held more loosely.
    let mark = if much > before { Mark::Looser } else { Mark::Stricter };
    (old != new).then(|| (mark, format!("a message to {topic} may hold {word} of the comment (was {was})")))
}

fn amount(limit: TextLimit) -> (u8, &'static str) {
    match limit {
        TextLimit::None => (0, "nothing"),
        TextLimit::Excerpt => (1, "an excerpt"),
        TextLimit::Full => (2, "all"),
    }
}

fn from(after: Window) -> String {
    if after.is_zero() { "at once".to_owned() } else { format!("after {after}") }
}

pub(super) fn topics(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>, changes: &mut Changes) {
    for (name, arn) in new {
        match old.get(name) {
            Some(before) => changes.value(&format!("Topic {name} leads to"), before, arn),
            None => changes.add(Mark::Other, format!("Topic {name} is new, and leads to {arn}")),
        }
    }
    for gone in old.keys().filter(|name| !new.contains_key(*name)) {
        changes.add(Mark::Other, format!("Topic {gone} is gone"));
    }
}
