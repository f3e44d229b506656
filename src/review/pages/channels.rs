//! The page of channels: what is heard, what is silent, what nobody listed. Zero comments are believed only of a channel that is heard.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::model::channel::Sound;
use crate::model::{Heard, Platform};
use crate::review::channels::Row;
use crate::review::sign_in::Person;
use crate::review::{Desk, story, when};

use super::{highlight, layout, parts};

/// The whole page.
pub fn page(desk: &Desk, person: &Person, rows: &[Row]) -> Markup {
    let now = desk.clock.now();
    let silent =
        rows.iter().filter(|row| matches!(row.listed.as_ref().map(|listed| listed.sound), Some(Sound::Silent { .. }))).count();
    let main = html! {
        header.page-head {
            h1 { "Channels" }
            p.soft { "As of " (parts::time(now, now, &TimeZone::UTC)) " · " a href="/channels" { "Reload" } }
        }
        @if silent > 0 {
            p.notice.bad role="status" {
                b { (parts::count(silent, "channel is silent.", "channels are silent.")) }
                " Longer than the protocol allows, nothing at all has come: no comment, no like, no post of our own."
            }
        }
        @if rows.is_empty() {
            div.empty { p.lead { "No active protocol lists a channel." } }
        } @else {
            ol.queue { @for row in rows { (self::row(desk, row, now)) } }
        }
        p.soft.small { "Heard means that any signed delivery spoke of the account. The times are written down about once a minute." }
    };
    layout::frame(layout::Here::Under(layout::MORE), "Channels", Some(person), &main)
}

fn row(desk: &Desk, row: &Row, now: Timestamp) -> Markup {
    let zone = desk.zone(row.campaign.as_ref());
    let sound = row.listed.as_ref().map(|listed| listed.sound);
    let edge = match sound {
        Some(Sound::Silent { .. }) => "edge-alert",
        None | Some(Sound::Quiet) => "edge-review",
        Some(Sound::Heard | Sound::Awaited | Sound::Unwatched) => "edge-log",
    };
    let campaign = desk.campaign(row.campaign.as_ref()).map(|campaign| campaign.title.as_str());
    html! {
        li.row.(edge).overdue[edge == "edge-alert"] {
            div.due {
                p.what { (state(sound)) }
                (since(row, now, &zone))
            }
            div.body {
                div.top {
                    h2 { (name(row)) }
                    @if row.listed.is_none() { span.flagged { "no active protocol lists it" } }
                }
                p.meta {
                    span { "account " span.key { (highlight::plain(&row.account.account)) } }
                    span { (story::campaign(campaign, row.campaign.as_ref())) }
                    span { "door " (row.door) }
                }
                p.meta { (heard(row, now, &zone)) }
                p.meta { (handshake(row, now, &zone)) }
            }
        }
    }
}

fn name(row: &Row) -> String {
    let platform: Platform = row.account.platform;
    match &row.listed {
        Some(listed) if listed.channel.as_str() != platform.as_str() => {
            format!("{}, {}", story::platform(platform), listed.channel)
        }
        _ => story::platform(platform).to_owned(),
    }
}

fn state(sound: Option<Sound>) -> &'static str {
    match sound {
        Some(Sound::Heard) => "Heard",
        Some(Sound::Quiet) => "Unusually quiet",
        Some(Sound::Awaited) => "Not heard yet",
        Some(Sound::Silent { .. }) => "Silent",
        Some(Sound::Unwatched) => "Not watched now",
        None => "Heard, unlisted",
    }
}

fn since(row: &Row, now: Timestamp, zone: &TimeZone) -> Markup {
    let since = match (row.listed.as_ref().map(|listed| listed.sound), &row.kept.heard) {
        (Some(Sound::Silent { since }), _) => {
            return html! {
                p.left { span.flag aria-hidden="true" { "!" } "for " (when::span(now.duration_since(since))) }
                p.clock { "since " (parts::time(since, now, zone)) }
            };
        }
        (_, Some(heard)) => Some(heard.last_at),
        (_, None) => None,
    };
    html! {
        @if let Some(at) = since {
            p.left { (when::ago(at, now)) }
            p.clock { (parts::time(at, now, zone)) }
        }
    }
}

fn heard(row: &Row, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        @match &row.kept.heard {
            Some(heard) => {
                span { "last heard " (parts::time(heard.last_at, now, zone)) }
                @if let Some(told) = heard.told_at { span { "by the platform's clock " (parts::time(told, now, zone)) } }
                @if let Some(gap) = usual(heard) { span { "usually every " (gap) } }
                span { (heard.lately(now)) " in the last 7 days, " (heard.number) " in all" }
            }
            None => { span { "never heard" } }
        }
        @if let Some(listed) = &row.listed { span { "an alarm after " (when::span(listed.expected.silent_after)) } }
        @if let Some(alarm) = row.kept.vigil.as_ref().and_then(|vigil| vigil.alarm()) {
            span.flagged { "alarm raised " (parts::time(alarm.raised_at, now, zone)) }
        }
    }
}

fn usual(heard: &Heard) -> Option<String> {
    let gap = SignedDuration::from_secs(heard.usual_gap?);
    Some(if gap.as_mins() == 0 { "minute or less".to_owned() } else { when::span(gap) })
}

fn handshake(row: &Row, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        @match &row.handshake {
            None => { span { "no handshake that would come again" } }
            Some(shaken) => {
                span { "handshake " (parts::time(shaken.at, now, zone)) }
                @if let Some(due) = shaken.again_by {
                    span.flagged[shaken.is_overdue(now)] {
                        @if shaken.is_overdue(now) { "overdue since " } @else { "due by " }
                        (parts::time(due, now, zone))
                    }
                }
            }
        }
    }
}
