//! Steps of a route come in the order in which they stand in the file, for whatever moment a comment arrives.
//!
//! Two steps counted in the same time are compared as written. Clock time and business time cannot be: "24h" comes after "3
//! business hours" on a working day and before it at a weekend. Such a pair is tried out for every hour of two weeks, so that the
//! problem can name a moment at which it goes wrong.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use super::problem::Report;
use super::read::At;
use super::routes::Route;
use super::window::Window;

/// How many hours a mixed pair is tried for: two weeks see every hour of every weekday, and a weekend after each.
const HOURS_TRIED: i64 = 14 * 24;

/// Reports the steps that would come before the one they follow.
pub(super) fn out_of_order(route: &Route, calendar: &Calendar, report: &mut Report) {
    for (index, pair) in route.steps.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let (before, after): (At<Window>, At<Window>) = (before.after, after.after);
        let place = format!("[[route]] step {} (after {})", index + 2, after.value);
        let follows = format!("has to come later than step {} (after {})", index + 1, before.value);
        match compare(before.value, after.value) {
            Some(true) => {}
            Some(false) => report.add(after.line, format!("{place} {follows}")),
            None => {
                if let Some(at) = first_disorder(before.value, after.value, calendar) {
                    let wall = calendar.zone().to_datetime(at).strftime("%A %H:%M").to_string();
                    report.add(after.line, format!("{place} {follows}; for a comment on a {wall} it would not"));
                }
            }
        }
    }
}

/// Whether the second is later than the first at all times; `None` where that depends on the time.
fn compare(first: Window, second: Window) -> Option<bool> {
    match (first, second) {
        (Window::Clock(a), Window::Clock(b)) | (Window::BusinessHours(a), Window::BusinessHours(b)) => Some(a < b),
        (Window::BusinessDays(a), Window::BusinessDays(b)) => Some(a < b),
        (Window::Clock(a), Window::BusinessHours(b)) if a < b * 60 => Some(true),
        (Window::Clock(_), Window::BusinessHours(_) | Window::BusinessDays(_))
        | (Window::BusinessHours(_), Window::Clock(_) | Window::BusinessDays(_))
        | (Window::BusinessDays(_), Window::Clock(_) | Window::BusinessHours(_)) => None,
    }
}

fn first_disorder(first: Window, second: Window, calendar: &Calendar) -> Option<Timestamp> {
    // A fortnight of winter in every zone's own time; which one does not matter, as long as it is the same on every machine.
    let start = calendar.zone().to_timestamp(date(2026, 1, 5).at(0, 30, 0, 0)).ok()?;
    (0..HOURS_TRIED)
        .filter_map(|hour| start.checked_add(SignedDuration::from_hours(hour)).ok())
        .find(|at| second.end_from(*at, calendar) <= first.end_from(*at, calendar))
}
