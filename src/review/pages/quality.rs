//! The page of the weekly sample, whose comments people read one by one, and the page that says what the machine misses.

use maud::{Markup, html};

use super::{layout, parts};
use crate::http::Response;
use crate::reconcile::{ALL, ENOUGH, Recall};
use crate::review::Desk;
use crate::review::sign_in::Person;
use crate::review::statements::{Measured, Waiting};

/// The drawn comments that wait. Without their words: each is opened by itself, which is the point of it.
pub fn sample(desk: &Desk, person: &Person, waiting: &[Waiting]) -> Response {
    let now = desk.clock.now();
    let main = html! {
        header.page-head {
            h1 { "Weekly sample" }
            p.soft { a href="/quality" { "What it has shown" } }
        }
        p.lead { "Comments that the machine put into the low band, drawn to be read one by one. They show what it misses." }
        @for waiting in waiting {
            @let zone = desk.zone(Some(&waiting.campaign));
            section.block {
                h2 { (waiting.campaign) }
                @if waiting.records.is_empty() {
                    p { "Everything that was drawn is read." }
                } @else {
                    p { (parts::count(waiting.records.len(), "comment waits", "comments wait")) ". A decision about many at once does not count." }
                    table {
                        thead { tr { th scope="col" { "Comment" } th scope="col" { "Received" } th scope="col" { "Stands" } } }
                        tbody {
                            @for record in &waiting.records {
                                tr {
                                    td { a.key href={ "/comments/" (record.key) } { (record.key) } }
                                    td data-label="Received" { (parts::time(record.aware_at.timestamp(), now, &zone)) }
                                    td data-label="Stands" {
                                        @if record.is_erased() { "its words are gone: not read" } @else if record.standing_decision().is_some() { "decided with others" } @else { "undecided" }
                                    }
                                }
                            }
                        }
                    }
                }
                @if waiting.more > 0 { p.soft { (waiting.more) " older ones were not looked at." } }
                (draws(&waiting.draws))
            }
        }
    };
    layout::html(200, &layout::frame(layout::Here::At("/sample"), "Weekly sample", Some(person), &main))
}

/// What the machine misses, as the newest statements have it.
pub fn quality(desk: &Desk, person: &Person, measured: &[Measured]) -> Response {
    let main = html! {
        header.page-head { h1 { "What the machine misses" } }
        p.lead { "Measured on what people decided: everything that the machine put before them, and a weekly sample of the rest, read one by one. "
            "The bounds are one-sided, at 95 % (Clopper and Pearson)." }
        @for measured in measured {
            section.block {
                h2 { (measured.campaign) }
                @match &measured.statement {
                    Some(statement) => {
                        (table(&statement.recall))
                        p.soft.small { "Measured at " (parts::exact(statement.as_of, &desk.zone(Some(&measured.campaign)))) ", in the statement of "
                            a href={ "/statements/" (measured.campaign) "/" (statement.period) } { (statement.period) } "." }
                    }
                    None => p.soft { "Nothing has been measured yet: the first statement is made tonight." }
                }
                (draws(&measured.draws))
            }
        }
    };
    layout::html(200, &layout::frame(layout::Here::Under(layout::MORE), "What the machine misses", Some(person), &main))
}

/// The figures, none of them without what it stands on.
pub fn table(rows: &[Recall]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Channel" } th scope="col" { "Language" } th scope="col" { "Found above the low band" } th scope="col" { "Sample" } th scope="col" { "Missed of the low band" } th scope="col" { "Recall" } } }
            tbody {
                @for row in rows {
                    tr {
                        td { (row.channel) }
                        td data-label="Language" { (row.language) }
                        td data-label="Found above the low band" { (row.found) @if row.known_misses > 0 { ", and " (row.known_misses) " in the low band" } }
                        td data-label="Sample" {
                            (row.read) " read of " (row.drawn) " drawn from " (row.lowest_band)
                            @if row.gone_unread > 0 { "; the words of " (row.gone_unread) " were gone before anybody read them" }
                        }
                        td data-label="Missed of the low band" { (missed(row)) }
                        td data-label="Recall" { (recall(row)) }
                    }
                }
            }
        }
        @if rows.iter().all(|row| row.channel == ALL) { p.soft.small { "No comment of a week that was drawn has been read by the machine yet." } }
    }
}

fn missed(row: &Recall) -> String {
    match row.miss_rate_at_most {
        Some(rate) => format!("at most {} ({} of {} read)", percent(rate), row.missed, row.read),
        None => format!("not enough read yet ({} of at least {ENOUGH})", row.read),
    }
}

fn recall(row: &Recall) -> String {
    match (row.recall_at_least, row.miss_rate_at_most) {
        (Some(recall), _) => format!("at least {} (sample of {})", percent(recall), row.read),
        (None, Some(_)) => format!("there was nothing to find (sample of {})", row.read),
        (None, None) => "not enough read yet".to_owned(),
    }
}

/// Millionths as a percentage with two places.
fn percent(millionths: u32) -> String {
    format!("{}.{:02} %", millionths / 10_000, millionths % 10_000 / 100)
}

fn draws(draws: &[crate::model::Draw]) -> Markup {
    html! {
        @if !draws.is_empty() {
            details {
                summary { (parts::count(draws.len(), "draw", "draws")) }
                @for draw in draws {
                    h3 { (draw.week) }
                    p.small { (draw.drawn.len()) " of " (draw.population) " drawn. Keys in the order of SHA-256(seed ‖ key)." }
                    p.meta { span { "seed " code { (draw.seed) } } span { "keys " code { (draw.population_digest) } } }
                }
            }
        }
    }
}
