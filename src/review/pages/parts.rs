//! Small pieces that several pages share: times, badges, notices.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::http::Request;
use crate::model::record::State;
use crate::model::{Band, Class, CommentKey, Record};
use crate::review::{story, when};

/// What a page says after a form has done its work. It is read out of the address, so it says nothing that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    Acknowledged,
    /// Somebody else was faster.
    Held,
    Decided,
    DayZero,
    Explained,
    Exported,
    DecidedMany {
        closed: u16,
        left: u16,
    },
    Name,
}

impl Notice {
    /// What an address says was done; `None` for anything that no form of ours writes.
    pub fn of(request: &Request) -> Option<Notice> {
        match request.query("done")? {
            "acknowledged" => Some(Notice::Acknowledged),
            "held" => Some(Notice::Held),
            "decided" => Some(Notice::Decided),
            "day-zero" => Some(Notice::DayZero),
            "explained" => Some(Notice::Explained),
            "exported" => Some(Notice::Exported),
            "name" => Some(Notice::Name),
            many => {
                let (closed, left) = many.strip_prefix("decided-")?.split_once('-')?;
                Some(Notice::DecidedMany { closed: closed.parse().ok()?, left: left.parse().ok()? })
            }
        }
    }

    /// Whether the record bears out what the address claims.
    pub fn holds(self, record: &Record) -> bool {
        match self {
            Notice::Acknowledged | Notice::Held => record.state() != State::Open,
            Notice::Decided => !record.decisions.is_empty(),
            Notice::DayZero => !record.day_zero_set.is_empty(),
            Notice::Explained => !record.causes.is_empty(),
            Notice::Exported => !record.exports.is_empty(),
            Notice::DecidedMany { .. } | Notice::Name => false,
        }
    }

    /// The sentence at the top of the page.
    pub fn markup(self) -> Markup {
        let sentence = match self {
            Notice::Acknowledged => {
                "You have it in hand. The reminders have stopped; it stays in the queue until you decide.".to_owned()
            }
            Notice::Held => "Nothing was recorded: it is in hand already, or decided.".to_owned(),
            Notice::Decided => "Your decision is recorded.".to_owned(),
            Notice::DayZero => "Day zero is set, and the day before it is kept.".to_owned(),
            Notice::Explained => "The cause is recorded beside the deviation.".to_owned(),
            Notice::Exported => "That it is handed out is recorded.".to_owned(),
            Notice::Name => "Your name is set.".to_owned(),
            Notice::DecidedMany { closed, left: 0 } => format!("{closed} decided as not a case."),
            Notice::DecidedMany { closed, left: 1 } => {
                format!(
                    "{closed} decided as not a case. 1 left as it is: it changed meanwhile, is not in the low band, or is to be read by itself."
                )
            }
            Notice::DecidedMany { closed, left } => {
                format!(
                    "{closed} decided as not a case. {left} left as they are: they changed meanwhile, are not in the low band, or are to be read one by one."
                )
            }
        };
        html! { p.notice.good role="status" { (sentence) } }
    }
}

/// A moment in the campaign's zone, short.
pub fn time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Markup {
    html! { time datetime=(when::machine(at, zone)) { (when::local(at, now, zone)) } }
}

/// A moment to the second, for evidence.
pub fn exact(at: Timestamp, zone: &TimeZone) -> Markup {
    html! { time datetime=(when::machine(at, zone)) { (when::exact(at, zone)) } }
}

/// Records whose chains do not verify, by their keys: what is shown holds nothing of them.
pub fn broken(keys: &[CommentKey]) -> Markup {
    html! {
        @if !keys.is_empty() {
            div.notice.bad role="alert" {
                p { b { (count(keys.len(), "record does", "records do")) " not verify, and stand nowhere below." } " An operator must look (" code { "dayzero audit verify" } ")." }
                @for key in keys { p.key { (key) } }
            }
        }
    }
}

/// How to get a page onto paper: there is no script that could open the browser's dialogue.
pub fn print_hint() -> Markup {
    html! { p.soft.small.no-print { "To print, or to save as PDF, use your browser's own command; the page has a style for paper." } }
}

/// A band as a coloured badge.
pub fn band(band: Band) -> Markup {
    html! { span.badge.{ "band-" (band.as_str()) } { (story::band(band)) } }
}

/// A class as a coloured badge.
pub fn class(class: Class) -> Markup {
    html! { span.badge.{ "class-" (class.as_str()) } { (class.title()) } }
}

/// Where a record stands, with the name of whoever has it in hand.
pub fn state(state: State, by: Option<&str>) -> Markup {
    match (state, by) {
        (State::Acknowledged, Some(by)) => html! { span.state.held { "In hand: " (by) } },
        (State::Open | State::Acknowledged | State::Closed, _) => {
            html! { span.state.(state.as_str()) { (story::state(state)) } }
        }
    }
}

/// How many of what, in words that agree.
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
