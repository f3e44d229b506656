//! One comment: its words first, then what is to be done and by when, then why the machine thinks so, then everything that happened.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::model::{Class, CommentKey, Evidence, EvidenceKind, Head, QuarantineKind, Record};
use crate::review::around::Around;
use crate::review::decide::Matter;
use crate::review::problem::Problem;
use crate::review::sign_in::Person;
use crate::review::{Desk, story, when};

use super::past::{self, Past};
use super::{Answer, arrived, aside, chain, highlight, layout, ledger, parts, queue, reading, thread};

/// What the page is drawn from.
pub struct View<'a> {
    pub desk: &'a Desk,
    pub person: &'a Person,
    pub now: Timestamp,
    pub zone: TimeZone,
    pub matter: &'a Matter,
    pub around: Around,
    pub(super) answer: Answer,
    /// The past moment that is shown; nothing can be done then.
    pub past: Option<Past>,
}

impl View<'_> {
    /// Today's state of the comment that the page is about.
    pub fn record(&self) -> &Record {
        &self.matter.record
    }

    /// What was typed into a field of a form that was refused; nothing for any other form.
    pub fn draft(&self, form: &str, name: &str) -> &str {
        let draft = self.answer.draft.as_ref().filter(|(refused, _)| *refused == form);
        draft.and_then(|(_, fields)| fields.get(name)).unwrap_or_default()
    }

    /// Whether this form was refused just now.
    pub fn drafted(&self, form: &str) -> bool {
        self.answer.draft.as_ref().is_some_and(|(refused, _)| *refused == form)
    }

    /// The address of another comment, in the same moment.
    pub fn address(&self, key: &CommentKey) -> String {
        format!("/comments/{key}{}", self.past.as_ref().map(Past::query).unwrap_or_default())
    }

    /// A moment told short, in the campaign's time zone.
    pub fn time(&self, at: Timestamp) -> Markup {
        parts::time(at, self.now, &self.zone)
    }

    /// A moment to the second, in the campaign's time zone.
    pub fn exact(&self, at: Timestamp) -> Markup {
        parts::exact(at, &self.zone)
    }
}

/// The whole page, for looking and again after a refused form.
pub fn page(view: &View) -> Markup {
    let head = Head::of(view.record(), None);
    let title = queue::title(&head);
    let main = html! {
        @if let Some(past) = &view.past { (past.banner(&view.zone, &format!("/comments/{}", view.record().key))) }
        (heading(view, &head, &title))
        @if let Some(problem) = &view.answer.problem { (refused(problem)) }
        @if let Some(notice) = view.answer.notice { (notice.markup()) }
        (banners(view))
        div.columns {
            div.first {
                (thread::parent(view))
                (words(view))
                (arrived::section(view))
            }
            aside aria-label="What to do" { (aside::all(view)) }
            div.second {
                (reading::all(view))
                (thread::answers(view))
                (thread::place(view))
            }
        }
        (ledger::section(view))
        (chain::section(view))
        (past::form(&format!("/comments/{}", view.record().key), &[]))
    };
    layout::frame(layout::Here::Under("/"), &title, Some(view.person), &main)
}

fn heading(view: &View, head: &Head, title: &str) -> Markup {
    let campaign = view.desk.campaign(head.campaign.as_ref()).map(|campaign| campaign.title.as_str());
    html! {
        header.case-head {
            p.crumb { a href={ "/" (view.past.as_ref().map(Past::query).unwrap_or_default()) } { "← Queue" } }
            h1 { (title) }
            p.tags {
                @if head.class.is_none() { (parts::band(head.band)) }
                @for alert in &view.record().alerts { @if Some(alert.class) != head.class { (parts::class(alert.class)) } }
                (parts::state(head.state, head.acknowledged_by.as_deref()))
                @if let Some(decision) = view.record().standing_decision() {
                    span.state { (story::outcome(&decision.outcome)) " by " (decision.by) }
                }
            }
            @if let Some(miss) = &head.deadline {
                p.next-due.overdue[miss.deadline.standing(view.now).is_overdue()] {
                    b { (story::obligation(miss.obligation)) " " (when::left(miss.deadline, view.now)) }
                    " · by " (view.time(miss.deadline.timestamp()))
                }
            }
            p.meta {
                span { (story::campaign(campaign, head.campaign.as_ref())) }
                span { "known to the company since " (view.time(head.aware_at.timestamp())) }
                span { "as of " (view.time(view.now)) ", revision " (head.revision) }
                span { "key " span.key { (head.key) } }
                a href={ "/comments/" (head.key) "/evidence" } { "Evidence, for paper" }
            }
        }
    }
}

fn refused(problem: &Problem) -> Markup {
    html! {
        div.notice.bad role="alert" {
            p { b { (problem) } }
            p { "Nothing was recorded. What you typed is kept in the form." }
        }
    }
}

fn banners(view: &View) -> Markup {
    let record = view.record();
    let danger = record.alerts.iter().any(|alert| alert.class == Class::Distress) && record.standing_decision().is_none();
    html! {
        @if record.drill.is_some() {
            p.notice.warn { b { "Fire drill: no patient wrote this." } " It is no case and counts nowhere as one. Do with it what you would do if it were." }
        }
        @if danger && record.drill.is_none() {
            p.notice.bad { b { "A person may be in danger now." } " The duty of care comes first, on its own route; drug safety follows." }
        }
        @if let Some(reason) = &record.quarantined {
            p.notice.warn { b { (story::matter(record.matter.unwrap_or_default())) } " " (highlight::plain(&sentence(reason))) }
        }
        @if record.matter == Some(QuarantineKind::ChannelSilent) { p.soft { a href="/channels" { "All channels and how they stand" } } }
        @if let Some(at) = view.around.heard_again {
            p.notice.good { b { "The channel was heard again " (when::ago(at, view.now)) "." } " Nothing shows what was lost in between: compare with the platform, then decide." }
        }
        @if record.deleted {
            p.notice.warn { b { "It was deleted on the platform; the record stays." } @if record.current().is_some() { " What it said is below." } }
        }
        @if let Some((_, because)) = record.erased {
            p.notice { b { "Its words were erased." } " " (sentence(because.sentence())) " The record of what was done, and when, stays." }
        } @else if let Some((because, ground)) = record.holds.last() {
            p.notice { b { "Its words are kept under hold." } " " (sentence(because.sentence())) " They stay because " (ground.sentence()) "." }
        }
        @if record.hidden {
            p.notice.warn { b { "It is hidden on the platform." } " The public cannot see it; the duty to report stays." }
        }
        @if record.sightings.iter().any(|(_, sighting)| sighting.own_account) {
            p.notice { "Written by the company's own account: kept, and never alerted." }
        }
        @if view.around.incomplete {
            p.notice.warn { "The store did not give everything: the thread or the delivery is missing on this page. Load it again in a moment." }
        }
    }
}

/// A quarantine's reason, as the sentence that it is.
fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if reason.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

fn words(view: &View) -> Markup {
    let record = view.record();
    if record.quarantined.is_some() && record.versions.is_empty() {
        return html! {};
    }
    let language = record.reading().and_then(|reading| reading.assessment.language.as_deref());
    let texts = record.texts().len();
    html! {
        section.words-card aria-labelledby="words" {
            h2 id="words" { "The comment" @if texts > 1 { span.soft { " · as last edited, text " (texts) " of " (texts) } } }
            @match record.current() {
                Some(version) if !version.text.is_blank() => {
                    blockquote.verbatim dir="auto" lang=[language] { (highlight::evidence(version.text.expose(), evidence(record))) }
                }
                _ => { p.words.none { (nothing(view)) } }
            }
            (legend(evidence(record)))
            (byline(view))
        }
    }
}

/// Evidence of the text that is shown: a reading of an earlier text would mark the wrong words.
pub fn evidence(record: &Record) -> &[Evidence] {
    let shown = record.current().map(|version| version.seq);
    match record.reading() {
        Some(reading) if Some(reading.on) == shown => &reading.assessment.evidence,
        _ => &[],
    }
}

fn nothing(view: &View) -> Markup {
    let record = view.record();
    let erased = record.is_erased() || view.past.as_ref().is_some_and(|past| past.erased_since.is_some());
    let unreadable = record.sightings.iter().find_map(|(_, sighting)| sighting.unreadable.as_deref());
    html! {
        @if let Some(what) = unreadable { "No text. It holds what no machine reads: " (highlight::plain(what)) "." }
        @else if erased { "Its words were erased." }
        @else { "No text was sent." }
    }
}

fn legend(evidence: &[Evidence]) -> Markup {
    const KINDS: [EvidenceKind; 7] = [
        EvidenceKind::Urgent,
        EvidenceKind::Serious,
        EvidenceKind::Reaction,
        EvidenceKind::Special,
        EvidenceKind::QualityComplaint,
        EvidenceKind::Product,
        EvidenceKind::Against,
    ];
    html! {
        @if !evidence.is_empty() {
            ul.legend aria-label="What the marks mean" {
                @for kind in KINDS.into_iter().filter(|kind| evidence.iter().any(|span| span.kind == *kind)) {
                    li { mark.(highlight::class(kind)) { (story::evidence(kind)) } }
                }
            }
        }
    }
}

fn byline(view: &View) -> Markup {
    let record = view.record();
    let written = record.versions.first().and_then(|version| version.at);
    html! {
        p.meta {
            @if let Some(author) = &record.author {
                @if let Some(name) = &author.name { span { "by " bdi { (highlight::plain(name)) } } }
                @if let Some(id) = &author.id { span { "author's id " span.key { (highlight::plain(id)) } } }
            }
            @if let Some(at) = written { span { "written " (view.time(at)) } }
            span { "received " (view.time(record.aware_at.timestamp())) }
        }
    }
}
