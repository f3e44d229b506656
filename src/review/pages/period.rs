//! The evidence of a period, and its missed windows: what an inspector asks for first. Nothing is left unsaid: where there was nothing,
//! the page says so.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::model::windows::{Standing, windows};
use crate::model::{Action, Head, Record};
use crate::review::evidence::{Deviation, Deviations, Evidence, Kept, UNDECIDED};
use crate::review::filter::UNLISTED;
use crate::review::period::Period;
use crate::review::sign_in::Person;
use crate::review::{Desk, percent, story};

use super::{highlight, layout, parts, queue};

/// The page of a period.
pub fn page(desk: &Desk, person: &Person, found: &Evidence) -> Markup {
    let title = format!("Evidence: {}", found.period.title());
    let main = html! {
        div.evidence-page {
            header.case-head {
                h1 { (title) }
                p.meta {
                    span { "made " (parts::exact(found.made_at, &found.period.zone)) " for " (person.as_str()) }
                    span { "days in " (found.period.zone.iana_name().unwrap_or("the campaign's zone")) }
                }
                (parts::print_hint())
            }
            (form(desk, "/evidence", &found.period))
            @if found.period.runs(found.made_at) { p.notice { "The period has not ended: this is what is known so far." } }
            (parts::broken(&found.broken))
            (cut(found.next.as_ref().map(ToString::to_string), found.read, "/evidence", &found.period))
            (received(found))
            (list(found))
            (deviations(found))
            (in_force(found))
            (journals(found))
        }
    };
    layout::frame(layout::Here::Under(layout::MORE), &title, Some(person), &main)
}

fn form(desk: &Desk, address: &str, period: &Period) -> Markup {
    let chosen = period.campaign.as_ref().map(|campaign| campaign.as_ref().map_or(UNLISTED, |id| id.as_str()));
    html! {
        form.as-of.no-print method="get" action=(address) {
            label for="from" { "From" } input id="from" name="from" type="date" required value=(period.from);
            label for="to" { "to" } input id="to" name="to" type="date" required value=(period.to);
            label.hidden for="campaign" { "Campaign" }
            select id="campaign" name="campaign" {
                option value="" { "All campaigns" }
                @for campaign in desk.campaigns.iter() {
                    option value=(campaign.id) selected[chosen == Some(campaign.id.as_str())] { (campaign.title) " (" (campaign.id) ")" }
                }
                option value=(UNLISTED) selected[chosen == Some(UNLISTED)] { "No campaign" }
            }
            button type="submit" { "Show" }
        }
    }
}

/// Where not everything was gone through, nobody may take the figures for the whole.
fn cut(next: Option<String>, read: usize, address: &str, period: &Period) -> Markup {
    html! {
        @if period.after.is_some() { p.notice.warn { b { "This is a continuation." } " What earlier pages told stands there only." } }
        @if let Some(next) = next {
            p.notice.warn {
                b { "This is a part." } " " (parts::count(read, "record was", "records were")) " gone through, and there are more: all figures are of this part. "
                a href={ (address) "?" (period.query()) "&after=" (percent::encode(&next)) } { "Go on" }
            }
        }
    }
}

fn received(found: &Evidence) -> Markup {
    let told = [("edited", Action::Edited), ("deleted on the platform", Action::Deleted), ("hidden", Action::Hidden)];
    html! {
        section.block aria-labelledby="received" {
            h2 id="received" { "Comments received: " (found.received.len()) }
            @if found.received.is_empty() {
                p.nil { b { "Nil report." } " No comment was received in this period, and so no adverse event." }
            } @else {
                @let alerted = found.received.iter().filter(|record| !record.alerts.is_empty()).count();
                @let cases = found.dispositions().get("case").copied().unwrap_or_default();
                @if alerted == 0 { p.nil { b { "No alert:" } " no comment of this period made one due." } } @else { p { (parts::count(alerted, "comment", "comments")) " made an alert due." } }
                @if cases == 0 { p.nil { b { "No case:" } " no comment of this period was accepted as one." } }
                table.pairs {
                    thead { tr { th scope="col" { "Disposition" } th scope="col" { "Comments" } } }
                    tbody { @for (name, count) in found.dispositions() { tr { td { @if name == UNDECIDED { "Nobody has decided yet" } @else { (story::decision(name)) } } td { (count) } } } }
                }
                p { "The platforms told of them: " @for (index, (word, action)) in told.into_iter().enumerate() { @if index > 0 { ", " } (found.told(action)) " " (word) } "." }
            }
            @if found.drills > 0 { p { "Besides, " (parts::count(found.drills, "fire drill", "fire drills")) ", which are no cases." } }
        }
    }
}

fn list(found: &Evidence) -> Markup {
    html! {
        @if !found.received.is_empty() {
            section.block aria-labelledby="comments" {
                h2 id="comments" { "Each comment, with its clocks" }
                table {
                    thead { tr { th scope="col" { "Received" } th scope="col" { "Comment" } th scope="col" { "Windows" } th scope="col" { "Outcome" } } }
                    tbody { @for record in &found.received { (row(found, record)) } }
                }
            }
        }
    }
}

fn row(found: &Evidence, record: &Record) -> Markup {
    let head = Head::of(record, None);
    let zone = &found.period.zone;
    html! {
        tr {
            td.at { (parts::exact(record.aware_at.timestamp(), zone)) }
            td { a href={ "/comments/" (record.key) "/evidence" } { (queue::title(&head)) } " " span.key { (record.key) } " " span.soft { (story::band(head.band).to_lowercase()) } }
            td {
                @for window in windows(record) {
                    @let standing = window.standing(found.made_at);
                    p.late[matches!(standing, Standing::Late | Standing::Overdue)] {
                        (story::obligation(window.obligation)) ": " (story::standing(standing)) span.soft.small { " (until " (parts::time(window.deadline.timestamp(), found.made_at, zone)) ")" }
                    }
                }
            }
            td {
                @match record.standing_decision() {
                    Some(decision) => { b { (story::outcome(&decision.outcome)) } ", " (decision.by) ", " (parts::exact(decision.at, zone)) },
                    None => { (story::state(record.state())) @if let Some(by) = record.in_hand() { ", " (by.by) } },
                }
            }
        }
    }
}

fn deviations(found: &Evidence) -> Markup {
    html! {
        section.block aria-labelledby="deviations" {
            h2 id="deviations" { "Deviations: " (found.deviations.len()) }
            @if found.deviations.is_empty() { p.nil { b { "None." } " No window that ended in this period is recorded as missed." } }
            @else { (table(&found.deviations, &found.period, found.made_at)) }
        }
    }
}

fn table(missed: &[Deviation], period: &Period, now: Timestamp) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Window" } th scope="col" { "Ended" } th scope="col" { "Comment" } th scope="col" { "Cause" } } }
            tbody {
                @for deviation in missed {
                    tr.deviation {
                        td.what { b { (story::obligation(deviation.miss.obligation)) } @if let Some(class) = deviation.class { " " span.soft { (class.title().to_lowercase()) } } }
                        td.at { (parts::exact(deviation.miss.deadline.timestamp(), &period.zone)) p.soft.small { "recorded " (parts::time(deviation.recorded_at, now, &period.zone)) } }
                        td { a href={ "/comments/" (deviation.key) "#deadlines" } { (deviation.title) } " " span.key { (deviation.key) } }
                        td {
                            @if deviation.causes.is_empty() { p.owed { "No cause is given" } }
                            @for cause in &deviation.causes { p { span.reason { (highlight::plain(&cause.cause)) } span.soft.small { (cause.by) ", " (parts::exact(cause.at, &period.zone)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn in_force(found: &Evidence) -> Markup {
    html! {
        section.block aria-labelledby="in-force" {
            h2 id="in-force" { "Protocols and classifiers" }
            p { "Active now: " @if found.active.is_empty() { "none" } @for (index, protocol) in found.active.iter().enumerate() { @if index > 0 { ", " } (protocol) } "." }
            p { "The comments of this period were read under: " @if found.protocols().is_empty() { "none" } @for (index, protocol) in found.protocols().iter().enumerate() { @if index > 0 { ", " } (protocol) } "." }
            @for classifier in found.classifiers() { p { "Read by " (classifier) "." } }
        }
    }
}

fn journals(found: &Evidence) -> Markup {
    html! {
        section.block aria-labelledby="journals" {
            h2 id="journals" { "Roots and access" }
            @if found.roots.is_empty() { p { "No root over the records was noted on these days." } }
            @for kept in &found.roots { (root(kept)) }
            p { (found.reads()) " reads of patients' data, sign-ins and refusals are noted on " (parts::count(found.reads.len(), "day", "days")) " (in UTC). " @for kept in &found.reads { a href={ "/access?day=" (kept.day) } { (kept.day) } " " } }
        }
    }
}

fn root(kept: &Kept) -> Markup {
    html! {
        p {
            "Roots of " (kept.day) ": "
            @match &kept.newest { Some((count, hash)) => { (parts::count(*count as usize, "note", "notes")) ", the last with the hash " code { (hash) } }, None => "could not be read" }
        }
    }
}

/// The page of missed windows.
pub fn missed(desk: &Desk, person: &Person, now: Timestamp, found: &Deviations) -> Markup {
    let waiting = found.missed.iter().filter(|deviation| deviation.causes.is_empty()).count();
    let main = html! {
        div.evidence-page {
            header.page-head {
                h1 { "Deviations" }
                p.soft { "Windows that ended in " (found.period.title()) " before what they were for had happened" }
            }
            (form(desk, "/deviations", &found.period))
            (parts::broken(&found.broken))
            (cut(found.next.as_ref().map(ToString::to_string), found.read, "/deviations", &found.period))
            @if found.missed.is_empty() {
                p.nil { b { "None." } " No window that ended in this period is recorded as missed." }
            } @else {
                p.summary { span { b { (found.missed.len()) } " missed" } @if waiting > 0 { span.late { b { (waiting) } " without a cause" } } }
                section.block { (table(&found.missed, &found.period, now)) }
                p.soft.small { "A cause is given on the comment's page, beside its deadlines. It stays for good, and a further one stands beside it." }
            }
        }
    };
    layout::frame(layout::Here::At("/deviations"), "Deviations", Some(person), &main)
}
