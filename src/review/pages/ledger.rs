//! Day zero and the ledger of a comment: the day that the legal clocks run from, why, what it would be otherwise, the form that sets another
//! one, and every timestamp there is.

use maud::{Markup, html};

use crate::model::DayZeroRule;
use crate::model::day_zero::{DayZero, Reckoned, SetByPerson};
use crate::model::ledger::{Stamp, ledger};

use super::acts::{DAY_ZERO, TOKEN, purpose};
use super::comment::View;
use super::{highlight, parts};

/// Both, under one heading.
pub fn section(view: &View) -> Markup {
    let day_zeros = view.record().day_zeros();
    html! {
        section.ledger aria-labelledby="ledger" {
            h2 id="ledger" { "Day zero and every time that is kept" }
            @for day_zero in &day_zeros { (explained(view, day_zero)) }
            @if day_zeros.is_empty() { p.soft { "No protocol was in force when this was read: no legal clock runs from it." } }
            @else { (form(view)) }
            (times(view))
        }
    }
}

fn explained(view: &View, day_zero: &DayZero) -> Markup {
    let (serious, non_serious) = day_zero.legal();
    let several = view.record().alerts.len() > 1;
    html! {
        div.day-zero {
            p {
                "Day zero" @if several && let Some(alert) = &day_zero.alert { " of " span.key { (alert) } } " is "
                b { time datetime=(day_zero.date()) { (day_zero.date()) } }
                " in " (day_zero.terms.zone) ". "
                @if let Some(set) = day_zero.set.last() {
                    (set.by) " set it " (view.time(set.at)) ": " (highlight::plain(&set.set.reason))
                } @else {
                    (rule(day_zero.terms.rule)) ", " (day_zero.why.sentence())
                    @if let Some(protocol) = &day_zero.protocol { " (" (protocol) ")" } "."
                }
            }
            p { "Legal due date, in calendar days: " b { (serious) } " if serious, " b { (non_serious) } " if not." }
            table {
                thead { tr { th scope="col" { "If counted from" } th scope="col" { "Time" } th scope="col" { "Day zero" } th scope="col" { "Serious" } th scope="col" { "Not serious" } } }
                tbody {
                    @for reckoned in &day_zero.readings { (reading(day_zero, reckoned)) }
                    @for set in &day_zero.set { (by_hand(day_zero, set)) }
                }
            }
        }
    }
}

fn rule(rule: DayZeroRule) -> &'static str {
    match rule {
        DayZeroRule::Received => "Counted from when Dayzero received it",
        DayZeroRule::Posted => "Counted from when it was posted",
        DayZeroRule::Seen => "Counted from when a person first saw it",
    }
}

fn reading(day_zero: &DayZero, reckoned: &Reckoned) -> Markup {
    let zone = day_zero.terms.time_zone();
    let name = match reckoned.rule {
        DayZeroRule::Received => "receipt",
        DayZeroRule::Posted => "posting",
        DayZeroRule::Seen => "first sight",
    };
    html! {
        tr.chosen[reckoned.rule == day_zero.terms.rule] {
            th scope="row" { (name) @if reckoned.rule == day_zero.terms.rule { " – the protocol's rule" } }
            @if let Some((at, date)) = reckoned.on {
                td { (parts::exact(at, &zone)) }
                (dates(day_zero, date))
            } @else {
                td colspan="4" { "not told, or not yet" }
            }
        }
    }
}

fn by_hand(day_zero: &DayZero, set: &SetByPerson) -> Markup {
    html! {
        tr.chosen {
            th scope="row" { "set by " (set.by) ", in place of " (set.set.before) }
            td { (parts::exact(set.at, &day_zero.terms.time_zone())) }
            (dates(day_zero, set.set.date))
        }
    }
}

fn dates(day_zero: &DayZero, date: jiff::civil::Date) -> Markup {
    let (serious, non_serious) = day_zero.legal_from(date);
    html! { td { (date) } td { (serious) } td { (non_serious) } }
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
        table.times {
            thead { tr { th scope="col" { "What" } th scope="col" { "When" } th scope="col" { "By which clock" } } }
            tbody { @for stamp in ledger(view.record()) { (row(view, &stamp)) } }
        }
    }
}

fn row(view: &View, stamp: &Stamp) -> Markup {
    html! {
        tr {
            th scope="row" { (stamp.title) }
            td {
                @for (place, at) in stamp.at.iter().enumerate() { @if place > 0 { br; } (view.exact(*at)) }
                @if stamp.at.is_empty() { span.soft { (stamp.never.unwrap_or("–")) } }
            }
            td.soft { (stamp.source.as_str()) }
        }
    }
}
