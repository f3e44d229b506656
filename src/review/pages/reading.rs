//! Why the machine thinks so, every text the comment has had, and where it was written.

use maud::{Markup, html};

use crate::model::Reading;
use crate::model::{Assessment, Evidence, Record};
use crate::review::story;

use super::comment::{View, evidence};
use super::{highlight, parts};

pub fn all(view: &View) -> Markup {
    let record = view.record();
    html! {
        @match record.reading() {
            Some(reading) => (why(view, reading)),
            None if record.quarantined.is_some() => {}
            None => { section aria-labelledby="why" { h2 id="why" { "Not read yet" } p.soft { "The classifier has not read this comment." } } }
        }
        @if !record.versions.is_empty() { (versions(view)) }
        (thread(view))
    }
}

fn why(view: &View, reading: &Reading) -> Markup {
    let assessment = &reading.assessment;
    let current = view.record().current().map(|version| version.text.expose());
    html! {
        section aria-labelledby="why" {
            h2 id="why" { "Why it is here" }
            @if !assessment.reasons.is_empty() {
                ul.reasons { @for reason in &assessment.reasons { li { (reason) } } }
            }
            @if let (Some(text), spans @ [_, ..]) = (current, evidence(view.record())) { (spans_table(text, spans)) }
            (facts(assessment))
            (validity(assessment))
            p.soft.small {
                "Classifier " (assessment.versions.classifier) ", lexicons " (assessment.versions.lexicons) ", "
                @match &reading.protocol { Some(protocol) => { "protocol " (protocol) }, None => { "no protocol" } }
                ", on the text of entry " (reading.on) ". A machine's reading: it orders and explains, and never closes."
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

fn facts(assessment: &Assessment) -> Markup {
    let yes = |yes: bool| if yes { "Yes" } else { "Not found" };
    html! {
        dl.facts {
            div { dt { "Score" } dd { (story::score(assessment.score)) } }
            div { dt { "Band" } dd { (parts::band(assessment.band)) } }
            div { dt { "Classes" } dd { (list(assessment.classes().into_iter().map(story::class))) } }
            div { dt { "Seriousness" } dd { (list(assessment.serious.iter().copied().map(story::seriousness))) } }
            div { dt { "Special situations" } dd { (list(assessment.special.iter().copied().map(story::special))) } }
            div { dt { "Quality complaint" } dd { (yes(assessment.pqc)) } }
            div { dt { "Danger now" } dd { (yes(assessment.urgent)) } }
            div { dt { "How it is told" } dd { (story::assertion(assessment.assertion)) } }
            div { dt { "Whom it happened to" } dd { (story::patient(assessment.patient)) } }
            div { dt { "Product" } dd { (assessment.product.as_deref().unwrap_or("Not found")) } }
            div { dt { "Language" } dd { (assessment.language.as_deref().unwrap_or("Could not be told")) } }
        }
    }
}

/// Absence means "not found", never "no".
fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let items: Vec<&str> = items.collect();
    if items.is_empty() { "None found".to_owned() } else { items.join(", ") }
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

fn versions(view: &View) -> Markup {
    let record = view.record();
    html! {
        section aria-labelledby="versions" {
            h2 id="versions" { "Texts" span.soft { " · " (parts::count(record.versions.len(), "version", "versions")) } }
            ol.versions {
                @for version in &record.versions {
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

fn thread(view: &View) -> Markup {
    let record = view.record();
    html! {
        section aria-labelledby="thread" {
            h2 id="thread" { "Where it was written" }
            @if let Some(post) = &record.post_text {
                h3 { "The post" }
                p.verbatim.small dir="auto" { (highlight::plain(post.expose())) }
            }
            dl.facts { (place(record)) }
        }
    }
}

fn place(record: &Record) -> Markup {
    let sightings = || record.sightings.iter().map(|(_, sighting)| sighting);
    let ad = sightings().find_map(|sighting| sighting.ad_id.as_deref());
    let parent = sightings().find_map(|sighting| sighting.parent_id.as_deref());
    let post = sightings().find_map(|sighting| sighting.post_id.as_deref());
    let channel = sightings().find_map(|sighting| sighting.channel.as_ref());
    html! {
        div { dt { "Platform" } dd { (story::platform(record.id.platform)) } }
        div { dt { "Channel" } dd { @match channel { Some(channel) => (channel), None => "No campaign lists the account" } } }
        div { dt { "Account" } dd.key { (highlight::plain(&record.id.account)) } }
        @if let Some(ad) = ad { div { dt { "Ad" } dd { "Written under an ad " span.key { (highlight::plain(ad)) } } } }
        @if let Some(post) = post { div { dt { "Post" } dd.key { (highlight::plain(post)) } } }
        @if let Some(parent) = parent { div { dt { "Answers comment" } dd.key { (highlight::plain(parent)) } } }
        div { dt { "Comment" } dd.key { (highlight::plain(&record.id.id)) } }
        // As text: a link out of here would tell the platform who reads, and may be bait.
        @if let Some(link) = record.permalink() { div.wide { dt { "Address" } dd.key { (highlight::plain(link)) } } }
    }
}
