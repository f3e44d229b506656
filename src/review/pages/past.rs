//! Inspection replay on the pages: the banner that says which moment is shown, and the form that asks for one.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::model::Removal;
use crate::review::asof::{Moment, NAME, Then};
use crate::review::{percent, when};

use super::parts;

/// The moment of the past that a page shows.
pub struct Past {
    pub moment: Moment,
    /// When words that were there then were erased, and why.
    pub erased_since: Option<(Timestamp, Removal)>,
}

impl Past {
    /// Of a record as it stood then.
    pub fn of(then: &Then) -> Past {
        Past { moment: then.moment.clone(), erased_since: then.erased_since }
    }

    /// What an address needs to stay in the same moment.
    pub fn query(&self) -> String {
        format!("?{NAME}={}", percent::encode(&self.moment.written))
    }

    /// Says so above everything else: nobody may take a past state for today's.
    pub fn banner(&self, zone: &TimeZone, today: &str) -> Markup {
        html! {
            div.notice.warn.past role="status" {
                p {
                    b { "As it was on " (parts::exact(self.moment.at, zone)) ". " }
                    "What was known, shown and sent by then, and the deadlines as they stood. Nothing can be done from here. "
                    a href=(today) { "As it is now" }
                }
                @if let Some((at, because)) = self.erased_since {
                    p { "Words that were here then were erased on " (when::exact(at, zone)) ": " (because.sentence()) ". They are gone." }
                }
            }
        }
    }
}

/// The form that asks for a moment; a date means its end.
pub fn form(address: &str, hidden: &[(&str, &str)]) -> Markup {
    html! {
        form.as-of method="get" action=(address) {
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            label for="as-of" { "As it was on" }
            input id="as-of" name=(NAME) type="text" required maxlength="40" placeholder="2026-03-11T03:00+01:00" autocomplete="off" spellcheck="false";
            button type="submit" { "Show" }
        }
    }
}
