//! What arrived: the kept delivery as text, where the machine could not read all of it.

use maud::{Markup, html};

use crate::review::around::Arrived;

use super::comment::View;
use super::highlight;

/// Nothing for most comments: only where something could not be read is the delivery shown.
pub fn section(view: &View) -> Markup {
    let quarantined = view.record().quarantined.is_some();
    html! {
        @if let Some(arrived) = &view.around.arrived {
            section.arrived aria-labelledby="arrived" {
                h2 id="arrived" { "What arrived" span.soft { " · " (arrived.bytes) " bytes" } }
                p.soft.small {
                    "Received " (view.exact(arrived.at)) " with a good signature, and kept as it was. "
                    @if !quarantined { "It may hold other comments too. " }
                    @if arrived.is_cut() { b { "This is its beginning; the rest is in the store." } }
                }
                @if quarantined { (body(arrived)) } @else { details { summary { "Show the delivery" } (body(arrived)) } }
                p.small { "Delivery " span.key { (arrived.id.door) "/" (arrived.id.digest) } }
            }
        }
    }
}

fn body(arrived: &Arrived) -> Markup {
    html! { pre tabindex="0" aria-labelledby="arrived" dir="auto" { (highlight::plain(&arrived.start)) } }
}
