//! Why the machine thinks so, and every text the comment has had.

use maud::{Markup, html};

use crate::model::{Assessment, Evidence, Reading};
use crate::review::story;

use super::comment::{View, evidence};
use super::{highlight, parts};

/// The machine's reasons, or that there are none yet; then every text, if there was more than one.
pub fn all(view: &View) -> Markup {
    let record = view.record();
    html! {
        @match record.reading() {
            Some(reading) => (why(view, reading)),
            None if record.quarantined.is_some() => {}
            None => { section.block aria-labelledby="why" { h2 id="why" { "Not read yet" } p.soft { "The classifier has not read this comment." } } }
        }
        (earlier(view))
        @if record.texts().len() > 1 { (versions(view)) }
    }
}

/// What earlier versions of the classifier made of the same text: a later one takes nothing back, and says so.
fn earlier(view: &View) -> Markup {
    let earlier: Vec<_> = view.record().earlier_readings().collect();
    html! {
        @if !earlier.is_empty() {
            section.block aria-labelledby="before" {
                h2 id="before" { "Read before" }
                table {
                    caption.hidden { "Earlier readings of this text" }
                    thead { tr { th scope="col" { "When" } th scope="col" { "Classifier" } th scope="col" { "Lexicons" } th scope="col" { "Band" } th scope="col" { "Score" } } }
                    tbody {
                        @for (at, reading) in earlier {
                            @let assessment = &reading.assessment;
                            tr {
                                td { (view.exact(at)) }
                                td { (assessment.versions.classifier) }
                                td { (assessment.versions.lexicons) }
                                td { (assessment.band.as_str()) }
                                td { (story::score(assessment.score)) }
                            }
                        }
                    }
                }
                p.soft.small { "The graver band counts until somebody decides." }
            }
        }
    }
}

fn why(view: &View, reading: &Reading) -> Markup {
    let assessment = &reading.assessment;
    let current = view.record().current().map(|version| version.text.expose());
    html! {
        section.block aria-labelledby="why" {
            h2 id="why" { "Why it is here" }
            @if !assessment.reasons.is_empty() {
                ul.reasons { @for reason in &assessment.reasons { li { (reason) } } }
            }
            @if let (Some(text), spans @ [_, ..]) = (current, evidence(view.record())) { (spans_table(text, spans)) }
            // Where there is no text there is nothing to look for.
            @if current.is_some() {
                (facts(assessment))
                (validity(assessment))
            }
            p.soft.small {
                "Classifier " (assessment.versions.classifier) ", lexicons " (assessment.versions.lexicons) ", "
                @match &reading.protocol { Some(protocol) => { "protocol " (protocol) }, None => { "no protocol" } }
                ", on the text of entry " (reading.on)
                @if let Some(parent) = reading.parent { ", read with the comment that it answers as of its entry " (parent) }
                ". A machine's reading: it orders and explains, and never closes."
            }
        }
    }
}

fn spans_table(text: &str, spans: &[Evidence]) -> Markup {
    html! {
        table.evidence {
            caption.hidden { "The words that count" }
            thead { tr { th scope="col" { "Words" } th scope="col" { "Speaks for" } th scope="col" { "Because" } } }
            tbody {
                @for span in spans.iter().filter(|span| !span.words(text).is_empty()) {
                    tr {
                        td dir="auto" { mark.(highlight::class(span.kind)) { (highlight::plain(span.words(text))) } }
                        td { (story::evidence(span.kind)) }
                        td { (span.why) }
                    }
                }
            }
        }
    }
}

/// What was found, each by its name; then what was looked for and not found, in one line. Absence means "not found", never "no".
fn facts(assessment: &Assessment) -> Markup {
    let rows = [
        ("Seriousness", "criteria of seriousness", list(assessment.serious.iter().copied().map(story::seriousness))),
        ("Special situations", "special situations", list(assessment.special.iter().copied().map(story::special))),
        ("Danger now", "danger now", assessment.urgent.then(|| "Somebody may be in danger".to_owned())),
        ("Quality complaint", "a quality complaint", assessment.pqc.then(|| "Yes".to_owned())),
        ("Product", "a product", assessment.product.clone()),
        ("Language", "the language", assessment.language.clone()),
    ];
    let absent: Vec<&str> = rows.iter().filter(|(_, _, found)| found.is_none()).map(|(_, absent, _)| *absent).collect();
    html! {
        dl.facts {
            @for (name, _, found) in &rows { @if let Some(found) = found { div { dt { (name) } dd { (found) } } } }
            div { dt { "How it is told" } dd { (story::assertion(assessment.assertion)) } }
            div { dt { "Whom it happened to" } dd { (story::patient(assessment.patient)) } }
            div { dt { "Score" } dd { (story::score(assessment.score)) " of 1" } }
        }
        @if !absent.is_empty() { p.soft.small { "Looked for and not found: " (absent.join(", ")) "." } }
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> Option<String> {
    let items: Vec<&str> = items.collect();
    (!items.is_empty()).then(|| items.join(", "))
}

fn validity(assessment: &Assessment) -> Markup {
    let valid = &assessment.validity;
    let rows = [("Reporter", valid.reporter), ("Patient", valid.patient), ("Product", valid.product), ("Event", valid.event)];
    html! {
        h3 { "Four criteria of a valid case" }
        ul.criteria {
            @for (name, presence) in rows {
                @let word = story::presence(presence);
                li.(word.replace(' ', "-")) { b { (name) } " " (word) }
            }
        }
    }
}

/// Every text, the newest first: what changed is read against what stands above.
pub fn versions(view: &View) -> Markup {
    let record = view.record();
    html! {
        section.block aria-labelledby="versions" {
            h2 id="versions" { "Every text it had" span.soft { " · " (parts::count(record.texts().len(), "version", "versions, newest first")) } }
            ol.versions {
                @for version in record.texts().into_iter().rev() {
                    li {
                        p.meta {
                            span { "entry " (version.seq) ", " (story::action(version.action)) }
                            @if let Some(at) = version.at { span { (view.exact(at)) } } @else { span { "the platform told no time" } }
                            span { "received " (view.exact(version.received_at.timestamp())) }
                        }
                        p.verbatim.small dir="auto" { (highlight::plain(version.text.expose())) }
                    }
                }
            }
        }
    }
}
