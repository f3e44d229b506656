//! Day zero and the ledger of a comment: the day that the legal clocks run from, why, what it would be otherwise, the form that sets another
//! one, and every timestamp there is.

use maud::{Markup, html};

use crate::model::DayZeroRule;
use crate::model::day_zero::{DayZero, Reckoned, SetByPerson, Why};
use crate::model::ledger::{Stamp, ledger};
use crate::review::sign_in::Right;

use super::acts::{DAY_ZERO, TOKEN, purpose};
use super::comment::View;
use super::{highlight, parts};

/// Both, on the comment's page.
pub fn section(view: &View) -> Markup {
    html! {
        section.block aria-labelledby="day-zero" {
            h2 id="day-zero" { "Day zero" }
            (day_zeros(view))
            // Nothing can be done in the past.
            @if view.past.is_none() && view.record().day_zero().is_some() && view.person.may(Right::WorkCases) { (form(view)) }
        }
        section.block aria-labelledby="ledger" {
            h2 id="ledger" { "Timestamps" }
            (times(view))
        }
    }
}

/// The day zero of each alert, told in full.
pub fn day_zeros(view: &View) -> Markup {
    let day_zeros = view.record().day_zeros();
    html! {
        @if day_zeros.is_empty() { p.soft { "No protocol was in force when this was read: no legal clock runs from it." } }
        @for day_zero in &day_zeros { (explained(view, day_zero)) }
    }
}

/// Lines of the ledger that hold nothing: what has not happened, and what nobody tells.
pub fn never(view: &View) -> Markup {
    let empty: Vec<Stamp> = ledger(view.record()).into_iter().filter(|stamp| stamp.at.is_empty()).collect();
    html! {
        @if !empty.is_empty() {
            p.soft.small {
                "Not in the record: "
                @for (place, stamp) in empty.iter().enumerate() {
                    @if place > 0 { "; " } (lower(stamp.title)) @if let Some(never) = stamp.never { " (" (never) ")" }
                }
                "."
            }
        }
    }
}

/// A title inside a sentence.
fn lower(title: &str) -> String {
    let mut chars = title.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_lowercase).collect();
    first + chars.as_str()
}

fn explained(view: &View, day_zero: &DayZero) -> Markup {
    let (serious, non_serious) = day_zero.legal();
    let several = view.record().alerts.len() > 1;
    html! {
        p {
            "Day zero" @if several && let Some(alert) = &day_zero.alert { " of " span.key { (alert) } } " is "
            b { time datetime=(day_zero.date()) { (day_zero.date()) } }
            " in " (day_zero.terms.zone) ". "
            @if let Some(set) = day_zero.set.last() { (set.by) " set it; by the rule it would be " (day_zero.by_rule) ". " }
            "The rule" @if let Some(protocol) = &day_zero.protocol { " of " (protocol) } " counts from " (rule(day_zero.terms.rule))
            @if day_zero.why != Why::AsTheRuleSays { "; " (day_zero.why.sentence()) }
            "."
        }
        p { "Legal due date, in calendar days: " b { (serious) } " if serious, " b { (non_serious) } " if not." }
        table {
            thead { tr { th scope="col" { "If counted from" } th scope="col" { "Time" } th scope="col" { "Day zero" } th scope="col" { "Serious" } th scope="col" { "Not serious" } } }
            tbody {
                @for reckoned in &day_zero.readings { (reading(day_zero, reckoned)) }
                @for (place, set) in day_zero.set.iter().enumerate() { (by_hand(day_zero, set, place + 1 == day_zero.set.len())) }
            }
        }
    }
}

/// What a rule counts from, inside a sentence.
fn rule(rule: DayZeroRule) -> &'static str {
    match rule {
        DayZeroRule::Received => "when Dayzero received it",
        DayZeroRule::Posted => "when it was posted",
        DayZeroRule::Seen => "when a person first saw it",
    }
}

fn reading(day_zero: &DayZero, reckoned: &Reckoned) -> Markup {
    let zone = day_zero.terms.time_zone();
    let name = match reckoned.rule {
        DayZeroRule::Received => "receipt",
        DayZeroRule::Posted => "posting",
        DayZeroRule::Seen => "first sight",
    };
    // Where the rule could not be followed, the day of receipt stands.
    let followed = if day_zero.why == Why::AsTheRuleSays { day_zero.terms.rule } else { DayZeroRule::Received };
    html! {
        tr.chosen[day_zero.set.is_empty() && reckoned.rule == followed] {
            th scope="row" { (name) @if reckoned.rule == day_zero.terms.rule { " – the protocol's rule" } }
            @if let Some((at, date)) = reckoned.on {
                td.at data-label="Time" { (parts::exact(at, &zone)) }
                (dates(day_zero, date))
            } @else {
                td colspan="4" { "not told, or not yet" }
            }
        }
    }
}

fn by_hand(day_zero: &DayZero, set: &SetByPerson, holds: bool) -> Markup {
    html! {
        tr.chosen[holds] {
            th scope="row" {
                "set by " (set.by) ", in place of " (set.set.before)
                p.reason { (highlight::plain(&set.set.reason)) }
            }
            td.at data-label="Set" { (parts::exact(set.at, &day_zero.terms.time_zone())) }
            (dates(day_zero, set.set.date))
        }
    }
}

fn dates(day_zero: &DayZero, date: jiff::civil::Date) -> Markup {
    let (serious, non_serious) = day_zero.legal_from(date);
    html! { td.day data-label="Day zero" { (date) } td.day data-label="Serious" { (serious) } td.day data-label="Not serious" { (non_serious) } }
}

fn form(view: &View) -> Markup {
    let key = &view.record().key;
    html! {
        details open[view.drafted(DAY_ZERO)] {
            summary { "Set another day zero" }
            form.stack method="post" action={ "/comments/" (key) "/day-zero" } {
                input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, &purpose(DAY_ZERO, key)));
                div.field {
                    label for="day-zero-date" { "Day zero" }
                    input id="day-zero-date" name="date" type="date" required value=(view.draft(DAY_ZERO, "date"));
                }
                div.field {
                    label for="day-zero-reason" { "Reason" }
                    textarea id="day-zero-reason" name="reason" rows="2" maxlength="2000" required { (view.draft(DAY_ZERO, "reason")) }
                }
                p.soft.small { "The day that stands now stays in the record, with your name and reason beside the new one." }
                div { button type="submit" { "Set day zero" } }
            }
        }
    }
}

fn times(view: &View) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "What" } th scope="col" { "When" } th scope="col" { "By which clock" } } }
            tbody { @for stamp in ledger(view.record()) { (row(view, &stamp)) } }
        }
    }
}

fn row(view: &View, stamp: &Stamp) -> Markup {
    html! {
        tr {
            th scope="row" { (stamp.title) }
            td.at {
                @for (place, at) in stamp.at.iter().enumerate() { @if place > 0 { br; } (view.exact(*at)) }
                @if stamp.at.is_empty() { span.soft { (stamp.never.unwrap_or("–")) } }
            }
            td.soft data-label="By which clock" { (stamp.source.as_str()) }
        }
    }
}
