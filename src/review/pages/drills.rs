//! The page of fire drills: when each was held, how long it took to reach somebody, and who that was.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::model::drill::{Measured, Reached};
use crate::review::drills::Shown;
use crate::review::sign_in::{Person, Right};
use crate::review::{Desk, story, when};

use super::{layout, parts};

/// The whole page.
pub fn page(desk: &Desk, person: &Person, drills: &[Shown]) -> Markup {
    let now = desk.clock.now();
    let main = html! {
        header.page-head {
            h1 { "Fire drills" }
            p.soft { "As of " (parts::time(now, now, &TimeZone::UTC)) " · " a href="/drills" { "Reload" } }
        }
        p.notice { "A drill goes the whole real way, from the door to the people of the route. No patient wrote it, and it counts nowhere as a case." }
        @if drills.is_empty() {
            div.empty { p.lead { "No fire drill was held yet." } p.soft { "An operator starts one with " code { "dayzero drill" } "." } }
        } @else {
            ol.queue { @for shown in drills { (row(desk, person, shown, now)) } }
        }
    };
    layout::frame(layout::Here::Under(layout::MORE), "Fire drills", Some(person), &main)
}

fn row(desk: &Desk, person: &Person, shown: &Shown, now: Timestamp) -> Markup {
    let (drill, measured) = (&shown.kept.drill, &shown.measured);
    let zone = desk.zone(Some(drill.campaign()));
    let campaign = desk.campaign(Some(drill.campaign())).map(|campaign| campaign.title.as_str());
    let bad = !measured.in_time() && (shown.kept.measured.is_some() || measured.acknowledge_by.is_some_and(|by| by < now));
    html! {
        li.row.{ @if bad { "edge-alert" } @else { "edge-log" } } {
            div.due {
                p.what { (outcome(shown, bad)) }
                @if let Some(reached) = &measured.acknowledged { p.left { (took(measured, reached)) } }
                p.clock { (parts::time(drill.registered_at, now, &zone)) }
            }
            div.body {
                div.top {
                    h2 {
                        @if person.may(Right::ReadWords) {
                            a href={ "/comments/" (measured.key) } { "Drill: " (drill.class.title()) }
                        } @else {
                            "Drill: " (drill.class.title())
                        }
                    }
                    span.state { (story::platform(drill.comment.platform)) ", in " span.language { (drill.language) } }
                }
                p.meta { span { (story::campaign(campaign, Some(drill.campaign()))) } span { "started by " (drill.by) } span.key { (drill.id()) } }
                (times(measured))
            }
        }
    }
}

fn outcome(shown: &Shown, bad: bool) -> &'static str {
    match (&shown.measured.acknowledged, bad) {
        (Some(_), false) => "Acknowledged in time",
        (Some(_), true) => "Acknowledged late",
        (None, true) => "Nobody acknowledged",
        (None, false) => "Running",
    }
}

/// What it reached, each with the time since it was registered.
fn times(measured: &Measured) -> Markup {
    let steps = [("kept", &measured.kept), ("read", &measured.read)];
    let people = [("shown", &measured.shown), ("acknowledged", &measured.acknowledged), ("decided", &measured.decided)];
    html! {
        p.meta {
            @for (name, reached) in steps { @if let Some(reached) = reached { span { (name) " " (took(measured, reached)) } } }
            @if measured.read.is_some() && !measured.alert_due { span.flagged { "no alert of its class was due" } }
            @for reached in &measured.published {
                span { "told " b { (reached.who.as_deref().unwrap_or_default()) } " " (took(measured, reached)) }
            }
            @for (name, reached) in people {
                @if let Some(reached) = reached {
                    span { (name) @if let Some(who) = &reached.who { " by " b { (who) } } " " (took(measured, reached)) }
                }
            }
            @for missed in &measured.missed { span.flagged { "missed: " (story::obligation(*missed)) } }
        }
    }
}

fn took(measured: &Measured, reached: &Reached) -> String {
    format!("after {}", when::span(reached.at.duration_since(measured.registered_at)))
}
