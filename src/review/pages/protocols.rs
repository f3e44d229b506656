//! The protocols: every campaign's versions, how far each has come, who did what and when, what it changes in the one before, and what
//! its check warns of. Nothing can be changed here: the steps are an operator's commands.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::http::Response;
use crate::model::{CampaignId, LifeStage, Noted};
use crate::protocol::{Change, Mark, Problem as Hole};
use crate::publishing::{Shelf, Shelved};
use crate::review::Desk;
use crate::review::problem::Problem;
use crate::review::protocols::{self, Read};
use crate::review::sign_in::Person;

use super::highlight::plain;
use super::{layout, parts};

/// Every campaign with the version in force and those on their way.
pub async fn protocols(desk: &Desk, person: &Person) -> Result<Response, Problem> {
    let shelves = protocols::shelves(desk).await?;
    let main = html! {
        header.page-head {
            h1 { "Protocols" }
            p.soft { "What is watched, by which windows, and who is told. Every decision names the version that caused it." }
        }
        @if shelves.is_empty() { div.empty { p.lead { "No protocol yet." } p.soft { "Nothing is watched until one is published." } } }
        @else {
            section.block {
                table {
                    thead { tr { th scope="col" { "Campaign" } th scope="col" { "In force" } th scope="col" { "On the way" } } }
                    tbody { @for shelf in &shelves { (line(desk, shelf)) } }
                }
            }
        }
    };
    Ok(layout::html(200, &layout::frame(layout::Here::Under(layout::MORE), "Protocols", Some(person), &main)))
}

fn line(desk: &Desk, shelf: &Shelf) -> Markup {
    let active = shelf.versions.iter().find(|shelved| Some(shelved.life.version) == shelf.active);
    let coming = shelf.versions.iter().filter(|shelved| shelved.life.stage() < LifeStage::Published);
    let title = desk.campaign(Some(&shelf.campaign)).map(|campaign| campaign.title.as_str());
    html! {
        tr {
            td {
                a href={ "/protocols/" (shelf.campaign) } { (shelf.campaign) }
                @if let Some(title) = title { " " span.soft { (title) } }
            }
            td data-label="In force" {
                @match active.and_then(|shelved| Some((shelved, shelved.life.published.as_ref()?))) {
                    Some((shelved, done)) => {
                        "Version " (shelved.life.version) " since "
                        (parts::time(done.what.0, desk.clock.now(), &desk.zone(Some(&shelf.campaign)))) " by " (plain(&done.by))
                    }
                    None => { span.soft { "none" } }
                }
            }
            td data-label="On the way" { @for shelved in coming { p { "Version " (shelved.life.version) ": " (shelved.life.stage().as_str()) } } }
        }
    }
}

/// One campaign, version by version.
pub async fn protocol(desk: &Desk, campaign: &CampaignId, person: &Person) -> Result<Response, Problem> {
    let shelf = protocols::shelf(desk, campaign).await?;
    let read = protocols::read(desk, &shelf).await?;
    let title = format!("Protocol {campaign}");
    let main = html! {
        header.case-head {
            p.crumb { a href="/protocols" { "← Protocols" } }
            h1 { (title) }
            @if let Some(known) = desk.campaign(Some(campaign)) { p.soft { (known.title) } }
        }
        div.second {
            @for (shelved, read) in shelf.versions.iter().zip(read.iter().map(Some).chain(std::iter::repeat(None))) {
                (version(desk, &shelf, shelved, read))
            }
        }
    };
    Ok(layout::html(200, &layout::frame(layout::Here::Under(layout::MORE), &title, Some(person), &main)))
}

fn version(desk: &Desk, shelf: &Shelf, shelved: &Shelved, read: Option<&Read>) -> Markup {
    let (life, zone) = (&shelved.life, desk.zone(Some(&shelf.campaign)));
    let stage = if shelf.active == Some(life.version) { "in force" } else { life.stage().as_str() };
    html! {
        section.block id={ "v" (life.version) } {
            div.line {
                h2 { "Version " (life.version) }
                span.state.{ @if shelf.active == Some(life.version) { "held" } } { (stage) }
            }
            dl.facts {
                @if let Some(done) = &life.published { div { dt { "Published" } dd { (parts::exact(done.what.0, &zone)) " by " (plain(&done.by)) } } }
                @if let Some(done) = &life.superseded { div { dt { "Superseded" } dd { "by version " (done.what) ", " (parts::exact(done.at, &zone)) } } }
                @if let Some(digest) = life.digest() { div.wide { dt { "Digest of its text (SHA-256)" } dd.key { (digest) } } }
            }
            (steps(shelf, shelved, &zone))
            @if let Some(read) = read {
                (changes(read.before, &read.changes))
                (holes(&read.warnings))
            }
        }
    }
}

fn steps(shelf: &Shelf, shelved: &Shelved, zone: &TimeZone) -> Markup {
    let version = shelved.life.version;
    let steps = shelf.notes.iter().filter_map(|note| match &note.what {
        Noted::Protocol(step) if step.version == version => Some((note, step)),
        _ => None,
    });
    html! {
        h3 { "What was done" }
        @if shelved.before_journals { p.soft { "Drafted, checked and approved before Dayzero kept a journal of it." } }
        ol.steps {
            @for (note, step) in steps {
                li {
                    p { (plain(&step.to_string())) }
                    p.soft.small {
                        (parts::exact(note.at, zone)) " by " (plain(note.by.label())) " · "
                        span.key title=(note.hash) { (note.hash.get(..12).unwrap_or(&note.hash)) }
                    }
                }
            }
        }
    }
}

fn changes(before: Option<u32>, changes: &[Change]) -> Markup {
    let Some(before) = before else { return html! {} };
    html! {
        h3 { "What it changes in version " (before) }
        @if changes.is_empty() { p { "Nothing but the number." } }
        @else {
            table {
                tbody {
                    @for change in changes {
                        tr { td { (change.section) } td { (mark(change.mark)) } td { (plain(&change.sentence)) } }
                    }
                }
            }
        }
    }
}

/// In words, and in colour only beside them.
fn mark(mark: Mark) -> Markup {
    match mark {
        Mark::Looser => html! { span.flagged { (mark.as_str()) } },
        Mark::Stricter => html! { b { (mark.as_str()) } },
        Mark::Other => html! { span.soft { (mark.as_str()) } },
    }
}

fn holes(holes: &[Hole]) -> Markup {
    html! {
        @if !holes.is_empty() {
            details {
                summary { (parts::count(holes.len(), "warning", "warnings")) " of its check" }
                ul.reasons { @for hole in holes { li { (plain(&hole.to_string())) } } }
            }
        }
    }
}
