//! The chain of events in full: who did what, when, on what grounds, each bound to the one before by its hash.

use maud::{Markup, html};

use crate::model::{Actor, Entry, Happening};
use crate::review::story;

use super::comment::View;
use super::{highlight, parts};

/// Hexadecimal digits of a hash that are shown: enough to compare by eye; the whole is in the title and in the API.
const SHOWN: usize = 12;

/// All entries in a table, with the hashes that bind them.
pub fn section(view: &View) -> Markup {
    let entries = &view.matter.entries;
    html! {
        section.chain aria-labelledby="chain" {
            h2 id="chain" { "Everything that happened" span.soft { " · " (parts::count(entries.len(), "entry", "entries")) } }
            table {
                thead {
                    tr {
                        th scope="col" { "No." }
                        th scope="col" { "When" }
                        th scope="col" { "Who" }
                        th scope="col" { "What" }
                        th scope="col" { "Hash" }
                    }
                }
                tbody { @for entry in entries { (row(view, entry)) } }
            }
        }
    }
}

fn row(view: &View, entry: &Entry) -> Markup {
    let (what, particulars) = story::entry(&entry.what);
    let deviation = matches!(entry.what, Happening::Missed(_));
    html! {
        tr.deviation[deviation] {
            td.seq { (entry.seq) }
            td.at { (view.exact(entry.at)) }
            td.by.person[matches!(entry.by, Actor::Person(_))] title=[entry.program.as_deref()] { (story::actor(&entry.by)) }
            td.what { b { (what) } " " span.soft { (highlight::plain(&particulars)) } }
            td.hash { code title=(entry.hash) { (entry.hash.get(..SHOWN).unwrap_or(&entry.hash)) } }
        }
    }
}
