//! `[[route]]` and `[topics]`: who is told, who comes next, and where that is.

use std::collections::BTreeMap;

use super::problem::Report;
use super::read::{At, Table};
use super::shape;
use super::window::Window;
use crate::model::{Class, TextLimit};

/// How often the last step of an urgent route is repeated, in minutes, where the route does not say: four times within the hour in
/// which a serious case usually has to be acknowledged.
const URGENT_REPEAT_MINUTES: u32 = 15;
/// The same for every other route: twice in a working day, so that a desk is reminded and not drowned.
const CALM_REPEAT_MINUTES: u32 = 4 * 60;
/// The least that a route may say, in minutes: nobody can act faster, and carriers suspend an address that is flooded.
const LEAST_REPEAT_MINUTES: u32 = 5;
/// Most steps of a route: more people than this are a distribution list, and the record counts steps in 16 bits.
const MAX_STEPS: usize = 20;

/// One step as the file has it.
#[derive(Clone)]
pub(super) struct RouteStep {
    pub topic: At<String>,
    pub after: At<Window>,
    pub text: TextLimit,
}

/// Whom the alerts of some classes go to.
#[derive(Clone)]
pub(super) struct Route {
    pub line: usize,
    pub classes: Vec<At<Class>>,
    /// Never empty; the first is due at once.
    pub steps: Vec<RouteStep>,
    pub repeat: Option<At<u32>>,
}

impl Route {
    /// Whether alerts of this class go this way.
    pub fn serves(&self, class: Class) -> bool {
        self.classes.iter().any(|at| at.value == class)
    }

    /// How often its last step is repeated until somebody acknowledges.
    pub fn repeat_minutes(&self, class: Class) -> u32 {
        self.repeat.map(|at| at.value).unwrap_or(match class {
            Class::Distress | Class::Serious => URGENT_REPEAT_MINUTES,
            Class::AdverseEvent | Class::SpecialSituation | Class::QualityComplaint => CALM_REPEAT_MINUTES,
        })
    }
}

/// One `[[route]]`. `claimed` are the classes that earlier routes serve; also a route with a problem serves its classes.
pub(super) fn route(mut table: Table<'_>, claimed: &mut BTreeMap<Class, usize>, report: &mut Report) -> Option<Route> {
    let line = table.line;
    let mut classes = Vec::new();
    for class in table.filled_list("for", &shape::CLASS, report) {
        match claimed.get(&class.value) {
            Some(first) => {
                report.add(class.line, format!("[[route]] for: {} already has a route on line {first}", class.value.as_str()));
            }
            None => {
                claimed.insert(class.value, line);
            }
        }
        classes.push(class);
    }
    let tables = table.filled_tables("steps", "[[route]] step", report);
    if tables.len() > MAX_STEPS {
        report.add(line, format!("[[route]] steps: expected at most {MAX_STEPS} steps, found {}", tables.len()));
    }
    let expected = tables.len();
    let steps: Vec<RouteStep> = tables.into_iter().enumerate().filter_map(|(i, table)| step(i, table, report)).collect();
    let repeat = table.optional("repeat", &shape::CLOCK_MINUTES, report);
    if let Some(hasty) = repeat.filter(|repeat| repeat.value < LEAST_REPEAT_MINUTES) {
        let message = format!("[[route]] repeat: expected at least {LEAST_REPEAT_MINUTES}m, found {}m", hasty.value);
        report.add(hasty.line, message);
    }
    table.finish(report);
    let whole = steps.len() == expected && !steps.is_empty();
    whole.then_some(Route { line, classes, steps, repeat })
}

fn step(index: usize, mut table: Table<'_>, report: &mut Report) -> Option<RouteStep> {
    let line = table.line;
    let topic = table.required("topic", &shape::TEXT, report);
    let has_after = table.has("after");
    let after = table.optional("after", &shape::AFTER, report);
    let text = table.required("text", &shape::TEXT_LIMIT, report);
    table.finish(report);
    match (&after, index) {
        (Some(after), 0) if !after.value.is_zero() => {
            report.add(after.line, "[[route]] step: the first is taken at once and has no after");
        }
        (None, 1..) if !has_after => {
            report.add(line, format!("[[route]] step {} needs after: {}", index + 1, Window::EXPECTED));
        }
        _ => {}
    }
    let at_once = At { value: Window::Clock(0), line };
    let after = if index == 0 { Some(after.unwrap_or(at_once)) } else { after };
    Some(RouteStep { topic: topic?, after: after?, text: text?.value })
}

/// `[topics]`: where each name leads, on which line it stands, and all names, also of those that have a problem.
pub(super) struct Topics {
    pub leads_to: BTreeMap<String, String>,
    pub lines: BTreeMap<String, usize>,
    pub names: Vec<String>,
}

pub(super) fn topics(mut table: Table<'_>, report: &mut Report) -> Topics {
    let names: Vec<String> = table.keys().map(str::to_owned).collect();
    let (mut leads_to, mut lines) = (BTreeMap::new(), BTreeMap::new());
    for (name, topic) in table.rest(&shape::TOPIC, report) {
        if !shape::is_name(name.value) {
            report.add(name.line, format!("[topics]: expected {}, found {:?}", shape::ID.expected, name.value));
        }
        lines.insert(name.value.to_owned(), name.line);
        leads_to.insert(name.value.to_owned(), topic);
    }
    Topics { leads_to, lines, names }
}
