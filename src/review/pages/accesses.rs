//! Who looked at patients' data, who signed in and out, and who was refused: the notes of a day, newest first.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::model::session::Entrance;
use crate::model::{Access, Note, Noted};
use crate::review::evidence::Reads;
use crate::review::sign_in::{Person, Right};

use super::{highlight, layout, parts};

/// Keys that a row names; the rest is counted, and the API names them.
const KEYS: usize = 5;

/// The whole page.
pub fn page(person: &Person, found: &Reads) -> Markup {
    let (before, after) = (found.day.yesterday().ok(), found.day.tomorrow().ok());
    let main = html! {
        div.evidence-page {
            header.page-head {
                h1 { "Access" }
                p.soft { "Who looked at patients' data, signed in or out, or was refused on " (found.day) " (UTC): " (parts::count(found.total as usize, "note", "notes")) }
            }
            nav.chips aria-label="Day" {
                @if let Some(day) = before { a href={ "/access?day=" (day) } { "← " (day) } }
                a href="/access" { "Today" }
                @if let Some(day) = after { a href={ "/access?day=" (day) } { (day) " →" } }
            }
            @if found.notes.is_empty() {
                p.nil { b { "None." } " Nobody is noted to have read patients' data or signed in on this day." }
            } @else {
                section.block {
                    table {
                        thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "Of whom" } } }
                        tbody { @for note in &found.notes { (row(note, person)) } }
                    }
                }
            }
            @if let Some(next) = found.next {
                nav.paging aria-label="Pages" { a.next rel="next" href={ "/access?day=" (found.day) "&before=" (next) } { "Earlier →" } }
            }
        }
    };
    layout::frame(layout::Here::Under(layout::MORE), "Access", Some(person), &main)
}

fn row(note: &Note, person: &Person) -> Markup {
    html! {
        tr {
            td.at { (parts::exact(note.at, &TimeZone::UTC)) }
            td { b { (note.by.label()) } }
            @match &note.what {
                Noted::Read(access) => (read(access, person)),
                Noted::Entrance(entrance) => (entered(entrance)),
                _ => { td { "a note of another kind" } td {} },
            }
        }
    }
}

fn entered(entrance: &Entrance) -> Markup {
    let roles: Vec<&str> = entrance.roles.iter().map(|role| role.title()).collect();
    html! {
        td {
            (entrance.what.as_str())
            @if let Some(address) = &entrance.address { " " code { (highlight::plain(address)) } }
            @if !roles.is_empty() { p.soft.small { "as " (roles.join(", ")) } }
        }
        td {}
    }
}

fn read(access: &Access, person: &Person) -> Markup {
    let opens = person.may(Right::ReadWords);
    html! {
        td {
            (access.what.as_str()) " " code { (highlight::plain(&access.address)) }
            @if let Some(at) = access.as_of { p.soft.small { "as it was on " (parts::exact(at, &TimeZone::UTC)) } }
        }
        td {
            @for key in access.keys.iter().take(KEYS) { @if opens { a.key href={ "/comments/" (key) } { (key) } } @else { code { (key) } } " " }
            @if access.count() > access.keys.len().min(KEYS) { "and " (access.count() - access.keys.len().min(KEYS)) " more" }
            @if access.count() == 0 { "nobody" }
        }
    }
}
