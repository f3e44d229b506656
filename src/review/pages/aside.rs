//! What is to be done with a comment, and by when: acknowledge, decide, the windows, and who was told.

use jiff::SignedDuration;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::model::record::{AlertState, State};
use crate::model::windows::{Standing, Window, windows};
use crate::model::{Outcome, Record, StepRef};
use crate::review::sign_in::Right;
use crate::review::{story, when};

use super::acts::{DECIDE, TOKEN, purpose};
use super::comment::View;
use super::parts;

/// The side column of a comment's page, from the most pressing part to the least.
pub fn all(view: &View) -> Markup {
    html! {
        // Nothing can be done in the past.
        @if view.past.is_none() {
            (acknowledge(view))
            (decide(view))
        } @else {
            (stood(view))
        }
        (deadlines(view))
        (alerts(view))
    }
}

fn acknowledge(view: &View) -> Markup {
    let record = view.record();
    let key = &record.key;
    html! {
        @match record.state() {
            State::Open if !view.person.may_acknowledge(record) => {}
            State::Open => {
                form.card.take method="post" action={ "/comments/" (key) "/acknowledge" } {
                    input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, &purpose("acknowledge", key)));
                    button.primary type="submit" { "Acknowledge" }
                    p.soft.small {
                        "You, " (view.person.as_str()) ", take it in hand."
                        @if record.alerts.is_empty() { " It stays in the queue until somebody decides." } @else { " Reminders stop." }
                    }
                }
            }
            State::Acknowledged => {
                @if let Some(by) = record.in_hand() { div.card.held { p { "In hand: " b { (by.by) } ", since " (view.time(by.at)) "." } } }
            }
            State::Closed => {}
        }
    }
}

/// Where it stood with people at a past moment, without the forms.
fn stood(view: &View) -> Markup {
    let record = view.record();
    html! {
        section.card {
            h2 { (story::state(record.state())) }
            @if let Some(by) = record.in_hand() { p { "In hand: " b { (by.by) } ", since " (view.time(by.at)) "." } }
            @if let Some(decision) = record.standing_decision() {
                p { (story::outcome(&decision.outcome)) ", by " b { (decision.by) } ", " (view.time(decision.at)) ", on revision " (decision.on) "." }
                @if let Some(reason) = &decision.reason { p.reason { (super::highlight::plain(reason)) } }
            }
        }
    }
}

fn decide(view: &View) -> Markup {
    let standing = view.record().standing_decision();
    let open = standing.is_none() || view.drafted(DECIDE);
    html! {
        section.card.undecided[standing.is_none()] aria-labelledby="decide" {
            @if let Some(decision) = standing {
                h2 id="decide" { (story::outcome(&decision.outcome)) }
                p { "Decided by " b { (decision.by) } ", " (view.time(decision.at)) ", on revision " (decision.on) "." }
                @if let Some(reason) = &decision.reason { p.reason { (super::highlight::plain(reason)) } }
                @if view.person.may_decide(view.record()) { details open[open] { summary { "Change the decision" } (form(view)) } }
            } @else if !view.person.may_decide(view.record()) {
                h2 id="decide" { "Undecided" }
                p.soft.small { "Your role does not decide about this comment." }
            } @else {
                h2 id="decide" { "Decide" }
                (form(view))
            }
        }
    }
}

fn form(view: &View) -> Markup {
    let key = &view.record().key;
    let draft = |name: &str| view.draft(DECIDE, name);
    let chosen = draft("decision");
    let changing = view.record().standing_decision().is_some();
    html! {
        form.stack.decide method="post" action={ "/comments/" (key) "/decision" } {
            input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, &purpose(DECIDE, key)));
            input type="hidden" name="revision" value=(view.record().revision);
            fieldset {
                legend { "What is it?" }
                @for (value, name, hint) in OUTCOMES {
                    @if view.person.may_record(value) { (choice(value, name, hint, chosen, &more(value, &draft))) }
                }
            }
            div.field {
                label for="reason" { "Reason" }
                p.hint id="reason-hint" {
                    @if changing { "Required, because this comment is decided." } @else { "Required for “not a case”; welcome for all." }
                }
                textarea id="reason" name="reason" rows="3" maxlength="2000" aria-describedby="reason-hint" required[changing] { (draft("reason")) }
            }
            div { button.primary type="submit" { "Record the decision" } }
            p.soft.small { "As " (view.person.as_str()) ", on revision " (view.record().revision) "." }
        }
    }
}

/// What a comment may be decided to be: the word of the form, its name, and a hint.
const OUTCOMES: [(&str, &str, &str); 6] = [
    ("case", "Case", "Accepted by drug safety"),
    ("not_a_case", "Not a case", "Say why below"),
    ("special_situation", "Special situation", "Without an event, to safety"),
    ("quality_complaint", "Quality complaint", "To quality"),
    ("duplicate_of", "Duplicate", "Of a comment that is kept here"),
    ("needs_more", "Needs more", "Webcare asks; it stays open"),
];

/// What a decision asks for beside the reason.
fn more<'a>(value: &str, draft: &impl Fn(&str) -> &'a str) -> Markup {
    match value {
        "case" => html! {
            label for="case_number" { "Case number in the safety database" }
            input id="case_number" name="case_number" type="text" maxlength="60" autocomplete="off" value=(draft("case_number"));
        },
        "duplicate_of" => html! {
            label for="duplicate_of" { "Key of the other comment" }
            input id="duplicate_of" name="duplicate_of" type="text" maxlength="60" autocomplete="off" spellcheck="false" value=(draft("duplicate_of"));
        },
        _ => html! {},
    }
}

fn choice(value: &str, name: &str, hint: &str, chosen: &str, extra: &Markup) -> Markup {
    html! {
        div.choice {
            label { input type="radio" name="decision" value=(value) required checked[chosen == value]; span { b { (name) } span.hint { (hint) } } }
            @if !extra.0.is_empty() { div.extra.field { (extra) } }
        }
    }
}

fn deadlines(view: &View) -> Markup {
    let mut windows = windows(view.record());
    // What is still to be done first, soonest first.
    windows.sort_by_key(|window| (window.done.is_some(), window.deadline, window.obligation));
    html! {
        section.card aria-labelledby="deadlines" {
            h2 id="deadlines" { "Deadlines" }
            @if windows.is_empty() { p.soft.small { "No window runs for this comment." } }
            ul.windows { @for window in &windows { (row(view, window)) } }
            @for alert in most_urgent_first(view.record()) {
                @if let Some(legal) = view.record().legal_date(alert) { (legal_date(view, alert, legal)) }
            }
        }
    }
}

fn row(view: &View, window: &Window) -> Markup {
    let standing = window.standing(view.now);
    let several = view.record().alerts.len() > 1;
    html! {
        li.(standing.as_str()) {
            p.line {
                b { (story::obligation(window.obligation)) }
                span.standing { (standing_word(view, window, standing)) }
            }
            p.soft.small {
                "by " (view.time(window.deadline.timestamp()))
                @if let (true, Some((_, class))) = (several, &window.alert) { " · " (class.title()) }
            }
            @if let Some(done) = &window.done {
                p.soft.small { "done " (view.time(done.at)) @if let Some(by) = &done.by { " by " (by) } }
            }
            @if window.recorded { (deviation(view, window)) }
        }
    }
}

/// That a window was missed, why, as people said, and the question to whoever knows.
fn deviation(view: &View, window: &Window) -> Markup {
    let (record, miss) = (view.record(), window.miss());
    let key = &record.key;
    let named = record.causes_of(&miss).next().is_some();
    html! {
        p.small.deviation { "Recorded as a deviation" }
        @for cause in record.causes_of(&miss) {
            p.reason.small { (super::highlight::plain(&cause.cause)) }
            p.soft.small { "said by " (cause.by) ", " (view.time(cause.at)) }
        }
        @if view.past.is_none() && view.person.may(Right::WorkCases) {
            details open[!named] {
                summary { @if named { "Add a cause" } @else { "Why?" } }
                form.stack.cause method="post" action={ "/comments/" (key) "/cause" } {
                    input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, &purpose("cause", key)));
                    @if let Some((alert, _)) = &window.alert { input type="hidden" name="alert" value=(alert); }
                    input type="hidden" name="obligation" value=(window.obligation.as_str());
                    input type="hidden" name="deadline" value=(window.deadline.timestamp());
                    textarea name="cause" rows="2" maxlength="2000" required aria-label={ "Why the window was missed: " (story::obligation(window.obligation)) } {}
                    div { button type="submit" { "Record the cause" } }
                }
            }
        }
    }
}

fn standing_word(view: &View, window: &Window, standing: Standing) -> String {
    match (standing, &window.done) {
        (Standing::Kept, _) => "✓ kept".to_owned(),
        (Standing::Late, Some(done)) => {
            let late = done.at.duration_since(window.deadline.timestamp());
            format!("! {} late", when::span(late))
        }
        (Standing::Overdue, _) => format!("! {}", when::left(window.deadline, view.now)),
        (Standing::Running | Standing::Late, _) => when::left(window.deadline, view.now),
    }
}

/// The law's date, in calendar days after the day from which it counts: never paused, for no holiday.
fn legal_date(view: &View, alert: &AlertState, legal: Date) -> Markup {
    let day_zero = view.record().day_zeros().into_iter().find(|day_zero| day_zero.alert.as_ref() == Some(&alert.id));
    let received = || view.record().aware_of(alert).timestamp().to_zoned(view.zone.clone()).date();
    let known = day_zero.map_or_else(received, |day_zero| day_zero.date());
    let days = known.until(legal).map(|span| span.get_days()).unwrap_or_default();
    html! {
        p.legal {
            span { "Legal due date" @if view.record().alerts.len() > 1 { " (" (alert.class.title().to_lowercase()) ")" } }
            b { time datetime=(legal) { (legal.strftime("%a %-d %b %Y")) } }
            span.soft.small {
                (days) " calendar days after " time datetime=(known) { (known.strftime("%a %-d %b %Y")) }
                ", day zero. Weekends and holidays count."
            }
        }
    }
}

fn alerts(view: &View) -> Markup {
    html! {
        @for alert in most_urgent_first(view.record()) {
            section.card.alert aria-label={ "Alert: " (alert.class.title()) } {
                h2 { "Who is told" }
                p.tags { (parts::class(alert.class)) span.soft.small { "protocol " (alert.protocol) } }
                ol.steps { @for step in &alert.due { (told(view, alert, step)) } (to_come(view, alert)) }
                @match &alert.acknowledged {
                    Some(by) => p { "Acknowledged by " b { (by.by) } ", " (view.time(by.at)) },
                    None => p.soft.small { "The last step is repeated every " (repeat(alert)) " until somebody acknowledges." },
                }
                p.soft.small { "Alert " span.key { (alert.id) } }
            }
        }
    }
}

fn most_urgent_first(record: &Record) -> Vec<&AlertState> {
    let mut alerts: Vec<&AlertState> = record.alerts.iter().collect();
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.class));
    alerts
}

fn repeat(alert: &AlertState) -> String {
    when::span(SignedDuration::from_mins(i64::from(alert.plan.repeat_minutes)))
}

fn told(view: &View, alert: &AlertState, step: &StepRef) -> Markup {
    let sent = alert.published.iter().find(|(sent, _)| sent == step).map(|(_, published)| published);
    let plan = alert.step(step);
    html! {
        li {
            p.line {
                b { (plan.map_or("unknown topic", |step| step.topic.as_str())) }
                span.soft.small { (story::step(step.step, step.repeat)) }
            }
            @match sent {
                Some(sent) => {
                    p.small { "✓ sent " (view.time(sent.at())) @if let Some(plan) = plan { ", with " (story::text_limit(plan.text)) } }
                }
                None if alert.outstanding().any(|owed| owed == step) => p.small.owed { "Due, not sent yet" },
                None => p.soft.small { "Not sent: acknowledged first" },
            }
        }
    }
}

/// Steps of the plan that have not come due; none once somebody has acknowledged.
fn to_come(view: &View, alert: &AlertState) -> Markup {
    let reached = alert.due.iter().map(|step| usize::from(step.step)).max().unwrap_or_default();
    let closed = matches!(view.record().standing_decision(), Some(decision) if decision.outcome != Outcome::NeedsMore);
    html! {
        @if alert.acknowledged.is_none() && !closed {
            @for (number, step) in alert.plan.steps.iter().enumerate().skip(reached + 1) {
                li.later {
                    p.line { b { (step.topic) } span.soft.small { "step " (number + 1) } }
                    p.soft.small { "at " (view.time(step.at)) ", unless acknowledged" }
                }
            }
        }
    }
}
