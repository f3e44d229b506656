//! The page that leads to everything that is not daily work: what an inspector asks for, and how the line itself stands.

use maud::{Markup, html};

use crate::review::Desk;
use crate::review::sign_in::Person;

use super::layout::{self, Here, MORE};

/// A page with its address and what it tells.
type Entry = (&'static str, &'static str, &'static str);

/// What an inspector asks for.
const RECORDS: [Entry; 4] = [
    ("Evidence", "/evidence", "What was received, alerted, decided and missed in a period. It has a style for paper."),
    ("Access", "/access", "Who looked at patients' data, and when."),
    ("Erasure", "/erasure", "One person asks for the words of an author to go, another agrees."),
    ("Protocols", "/protocols", "Which version is in force, who approved it, and what it changed."),
];

/// How the line itself stands.
const LINE: [Entry; 3] = [
    ("Channels", "/channels", "What is heard, and what is silent."),
    ("Fire drills", "/drills", "How long a made-up alert took to reach somebody."),
    ("Quality", "/quality", "What the machine misses, as the weekly sample shows."),
];

/// The whole page.
pub fn page(desk: &Desk, person: &Person) -> Markup {
    let main = html! {
        header.page-head { h1 { "More" } }
        div.evidence-page {
            (section("Records", &RECORDS, person))
            (section("The line", &LINE, person))
            @if desk.more_pages.iter().any(|(_, address)| person.may_open(address)) {
                section.block {
                    h2 { "This machine" }
                    ul.directory { @for (name, address) in desk.more_pages { @if person.may_open(address) { li { a href=(address) { (name) } } } } }
                }
            }
        }
    };
    layout::frame(Here::At(MORE), "More", Some(person), &main)
}

fn section(title: &str, entries: &[Entry], person: &Person) -> Markup {
    let mut open = entries.iter().filter(|(_, address, _)| person.may_open(address)).peekable();
    html! {
        @if open.peek().is_some() {
        section.block {
            h2 { (title) }
            ul.directory { @for (name, address, told) in open { li { a href=(address) { (name) } span.soft { (told) } } } }
        }
        }
    }
}
