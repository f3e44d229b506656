//! Where a comment was written: what it answers, what answers it, the post, and the platform's own ids.

use maud::{Markup, html};

use crate::model::Head;
use crate::review::{around, story};

use super::comment::View;
use super::{highlight, parts, queue};

/// Characters of another comment's text that stand on this one's page: its own page has the whole.
const EXCERPT: usize = 280;

/// Answers that are shown: the most urgent come first, and the queue has all.
const ANSWERS: usize = 50;

/// What the comment answers stands above it, as on the platform: "same here" means nothing alone.
pub fn parent(view: &View) -> Markup {
    html! {
        @if let Some(head) = &view.around.parent {
            section.parent aria-labelledby="parent" {
                h2 id="parent" { "It answers" }
                (other(view, head))
            }
        } @else if let Some(id) = around::parent_id(view.record()) {
            p.soft.small.parent { "It answers a comment that Dayzero has not received: " span.key { (highlight::plain(id)) } }
        }
    }
}

/// The known answers to the comment; nothing if there are none.
pub fn answers(view: &View) -> Markup {
    let answers = &view.around.answers;
    html! {
        @if !answers.is_empty() {
            section.block aria-labelledby="answers" {
                h2 id="answers" { "Answers to it" span.soft { " · " (answers.len()) } }
                ul.answers { @for head in answers.iter().take(ANSWERS) { li { (other(view, head)) } } }
                @if answers.len() > ANSWERS { p.soft.small { (answers.len() - ANSWERS) " more are in the queue." } }
            }
        }
    }
}

fn other(view: &View, head: &Head) -> Markup {
    let text = head.text.as_ref().map(|text| text.expose());
    html! {
        p.meta {
            a href=(view.address(&head.key)) { (queue::about(head)) }
            (parts::band(head.band))
            (parts::state(head.state, head.acknowledged_by.as_deref()))
            span { "received " (view.time(head.aware_at.timestamp())) }
            @if head.own_account { span.flagged { "our own account" } }
            @if head.deleted { span.flagged { "deleted on the platform" } }
        }
        @match text {
            Some(text) => p.verbatim.small dir="auto" lang=[head.language.as_deref()] { (highlight::plain(excerpt(text))) @if excerpt(text) != text { " …" } },
            None => p.soft.small { "No text was sent." },
        }
    }
}

fn excerpt(text: &str) -> &str {
    text.char_indices().nth(EXCERPT).map_or(text, |(end, _)| &text[..end])
}

/// The post that it stands under and the ids that the platform knows it by.
pub fn place(view: &View) -> Markup {
    let record = view.record();
    html! {
        section.block aria-labelledby="place" {
            h2 id="place" { "Where it was written" }
            @if let Some(post) = &record.post_text {
                h3 { "The post" }
                p.verbatim.small dir="auto" { (highlight::plain(post.expose())) }
            }
            dl.facts { (ids(view)) }
        }
    }
}

fn ids(view: &View) -> Markup {
    let record = view.record();
    let sightings = || record.sightings.iter().map(|(_, sighting)| sighting);
    let ad = sightings().find_map(|sighting| sighting.ad_id.as_deref());
    let post = sightings().find_map(|sighting| sighting.post_id.as_deref());
    let channel = sightings().find_map(|sighting| sighting.channel.as_ref());
    html! {
        div { dt { "Platform" } dd { (story::platform(record.id.platform)) } }
        @if !record.sightings.is_empty() {
            div { dt { "Channel" } dd { @match channel { Some(channel) => (channel), None => "No campaign lists the account" } } }
        }
        div { dt { "Account" } dd.key { (highlight::plain(&record.id.account)) } }
        @if let Some(ad) = ad { div { dt { "Ad" } dd { "Written under an ad " span.key { (highlight::plain(ad)) } } } }
        @if let Some(post) = post { div { dt { "Post" } dd.key { (highlight::plain(post)) } } }
        @if record.quarantined.is_none() { div { dt { "Comment" } dd.key { (highlight::plain(&record.id.id)) } } }
        // As text: a link out of here would tell the platform who reads, and may be bait.
        @if let Some(link) = &record.permalink { div.wide { dt { "Address" } dd.key { (highlight::plain(link.expose())) } } }
    }
}
