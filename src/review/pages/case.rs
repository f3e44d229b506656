//! The evidence of one case, as an inspector reads it on a screen or on paper: everything that is known, in tables, with the whole chain.

use maud::{Markup, html};

use crate::model::record::AlertState;
use crate::model::windows::windows;
use crate::model::{Entry, Happening, Head, Miss, Record};
use crate::review::sign_in::Right;
use crate::review::{stamps, story};

use super::acts::{TOKEN, purpose};
use super::comment::View;
use super::{highlight, layout, ledger, parts, queue, reading, thread};

/// The whole page.
pub fn page(view: &View) -> Markup {
    let head = Head::of(view.record(), None);
    let title = format!("Evidence: {}", queue::title(&head));
    let main = html! {
        div.evidence-page {
            (heading(view, &title))
            @if let Some(notice) = view.answer.notice { (notice.markup()) }
            @if let Some(problem) = &view.answer.problem { div.notice.bad role="alert" { p { b { (problem) } } p { "Nothing was recorded." } } }
            (standing(view, &head))
            (day_zero(view))
            (timestamps(view))
            (texts(view))
            (readings(view))
            @for alert in &view.record().alerts { (sends(view, alert)) }
            (kept_windows(view))
            (people(view))
            (words_gone(view))
            (thread::place(view))
            (chain(view))
            @if view.person.may(Right::WorkCases) { (hand_out(view)) }
        }
    };
    layout::frame(layout::Here::Under("/"), &title, Some(view.person), &main)
}

fn heading(view: &View, title: &str) -> Markup {
    let key = &view.record().key;
    html! {
        header.case-head {
            p.crumb { a href={ "/comments/" (key) } { "← The comment" } }
            h1 { (title) }
            p.meta {
                span { "key " span.key { (key) } }
                span { "made " (view.exact(view.now)) " for " (view.person.as_str()) }
            }
            (parts::print_hint())
        }
    }
}

/// What the case is, and that its record is what was written.
fn standing(view: &View, head: &Head) -> Markup {
    let record = view.record();
    let (entries, last) = (view.matter.entries.len(), view.matter.entries.last());
    let campaign = view.desk.campaign(record.campaign.as_ref()).map(|campaign| campaign.title.as_str());
    html! {
        p.notice.good {
            b { "Verified just now: the chain is unbroken." } " " (parts::count(entries, "entry", "entries"))
            @if let Some(last) = last { ", the last with the hash " code { (last.hash) } } "."
        }
        @if record.drill.is_some() { p.notice.warn { b { "A fire drill: " } "no patient wrote it, and it is no case." } }
        dl.facts {
            div { dt { "What it is" } dd { (queue::about(head)) } }
            div { dt { "State" } dd { (story::state(head.state)) @if let Some(by) = &head.acknowledged_by { ", " (by) } } }
            div { dt { "Decision" } dd { @match record.standing_decision() { Some(decision) => (story::outcome(&decision.outcome)), None => "none stands" } } }
            div { dt { "Campaign" } dd { (story::campaign(campaign, record.campaign.as_ref())) } }
            div { dt { "Known to the company since" } dd { (view.exact(record.aware_at.timestamp())) } }
            div { dt { "First seen by a person" } dd { @match &record.shown { Some((_, by, place)) => { (by) ", " (place.as_str()) }, None => "nobody yet" } } }
        }
    }
}

fn day_zero(view: &View) -> Markup {
    html! {
        section.block aria-labelledby="day-zero" {
            h2 id="day-zero" { "Day zero" }
            (ledger::day_zeros(view))
        }
    }
}

fn timestamps(view: &View) -> Markup {
    html! {
        section.block aria-labelledby="timestamps" {
            h2 id="timestamps" { "Timestamps" }
            table {
                thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "By which clock" } } }
                tbody {
                    @for stamp in stamps::stamps(view.matter) {
                        tr { td.at { (view.exact(stamp.at)) } td { (highlight::plain(&stamp.title)) } td.soft data-label="By which clock" { (stamp.clock.as_str()) } }
                    }
                }
            }
            (ledger::never(view))
        }
    }
}

fn texts(view: &View) -> Markup {
    let record = view.record();
    html! {
        @if record.versions.is_empty() {
            section.block { h2 { "Texts" } p { @if record.is_erased() { "Its words were erased." } @else { "No text was sent." } } }
        } @else { (reading::versions(view)) }
        @if let Some(author) = &record.author {
            p.meta {
                @if let Some(name) = &author.name { span { "by " bdi { (highlight::plain(name)) } } }
                @if let Some(id) = &author.id { span { "author's id " span.key { (highlight::plain(id)) } } }
            }
        }
    }
}

fn readings(view: &View) -> Markup {
    let read = view.matter.entries.iter().filter_map(|entry| match &entry.what {
        Happening::Assessed(reading) => Some((entry, reading)),
        _ => None,
    });
    html! {
        section.block aria-labelledby="readings" {
            h2 id="readings" { "Readings" }
            table {
                thead { tr { th scope="col" { "Entry" } th scope="col" { "When" } th scope="col" { "Text" } th scope="col" { "Outcome" } th scope="col" { "Versions" } } }
                tbody {
                    @for (entry, reading) in read {
                        @let versions = &reading.assessment.versions;
                        tr {
                            td data-label="Entry" { (entry.seq) }
                            td.at { (view.exact(entry.at)) }
                            td data-label="Text" { "of entry " (reading.on) }
                            td { (story::band(reading.assessment.band)) ", score " (story::score(reading.assessment.score)) @for due in &reading.alerts { "; alert: " (due.class.title().to_lowercase()) } }
                            td {
                                (versions.classifier) ", lexicons " (versions.lexicons) ", "
                                @match &reading.protocol { Some(protocol) => { "protocol " (protocol) }, None => "no protocol" }
                                @if let Some(program) = &entry.program { ", " (program) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn sends(view: &View, alert: &AlertState) -> Markup {
    html! {
        section.block aria-label={ "Alert: " (alert.class.title()) } {
            h2 { "Alert: " (alert.class.title()) }
            p.meta {
                span { "alert " span.key { (alert.id) } }
                span { "protocol " (alert.protocol) }
                @if let Some(legal) = view.record().legal_date(alert) {
                    span { "legal due date " (legal) ", in calendar days" @if let Some(planned) = alert.plan.deadlines.legal && planned != legal { "; " (planned) " as planned" } }
                }
            }
            table {
                thead { tr { th scope="col" { "Step" } th scope="col" { "Topic" } th scope="col" { "Planned" } th scope="col" { "Accepted by the carrier" } th scope="col" { "Message" } } }
                tbody {
                    @for step in &alert.due {
                        @let sent = alert.published.iter().find(|(sent, _)| sent == step).map(|(_, published)| published);
                        @let plan = alert.step(step);
                        tr {
                            td { (story::step(step.step, step.repeat)) }
                            td { (plan.map_or("unknown", |plan| plan.topic.as_str())) }
                            td.at data-label="Planned" { @if let (Some(plan), 0) = (plan, step.repeat) { (view.exact(plan.at)) } @else { "repeat" } }
                            td.at data-label="Accepted by the carrier" { @match sent { Some(sent) => (view.exact(sent.at())), None => "not sent" } }
                            td data-label="Message" { @if let Some(sent) = sent { code { (sent.message_id()) } } }
                        }
                    }
                }
            }
            p { @match &alert.acknowledged { Some(by) => { "Acknowledged by " b { (by.by) } ", " (view.exact(by.at)) ", on revision " (by.on) "." }, None => "Not acknowledged." } }
        }
    }
}

fn kept_windows(view: &View) -> Markup {
    let record = view.record();
    let windows = windows(record);
    let shown: Vec<Miss> = windows.iter().map(|window| window.miss()).collect();
    html! {
        section.block aria-labelledby="windows" {
            h2 id="windows" { "Windows kept and missed" }
            @if windows.is_empty() { p { "No window ran for this comment." } } @else {
                table {
                    thead { tr { th scope="col" { "Window" } th scope="col" { "Until" } th scope="col" { "Standing" } th scope="col" { "Done" } th scope="col" { "Deviation" } } }
                    tbody {
                        @for window in &windows {
                            @let standing = window.standing(view.now);
                            tr.deviation[window.recorded] {
                                td.what { b { (story::obligation(window.obligation)) } @if let Some((_, class)) = &window.alert { " " span.soft { (class.title().to_lowercase()) } } }
                                td.at data-label="Until" { (view.exact(window.deadline.timestamp())) }
                                td data-label="Standing" { (story::standing(standing)) }
                                td data-label="Done" { @match &window.done { Some(done) => { (view.exact(done.at)) @if let Some(by) = &done.by { ", " (by) } }, None => "no" } }
                                td data-label="Deviation" { @if window.recorded { (causes(view, record, &window.miss())) } @else { "none" } }
                            }
                        }
                    }
                }
            }
            @for miss in record.misses.iter().filter(|miss| !shown.contains(miss)) {
                p { "Also missed: " (story::obligation(miss.obligation)) ", until " (view.exact(miss.deadline.timestamp())) ". " (causes(view, record, miss)) }
            }
        }
    }
}

/// That a window is recorded as missed, and why, as people said.
fn causes(view: &View, record: &Record, miss: &Miss) -> Markup {
    html! {
        "recorded"
        @if record.causes_of(miss).next().is_none() { "; no cause is given" }
        @for cause in record.causes_of(miss) {
            p { span.reason { (highlight::plain(&cause.cause)) } span.soft.small { (cause.by) ", " (view.exact(cause.at)) } }
        }
    }
}

fn people(view: &View) -> Markup {
    let record = view.record();
    html! {
        section.block aria-labelledby="people" {
            h2 id="people" { "What people did" }
            @if record.acknowledgements.is_empty() && record.decisions.is_empty() { p { "Nobody has acknowledged or decided." } }
            @for by in &record.acknowledgements { p { (view.exact(by.at)) ": acknowledged by " b { (by.by) } ", on revision " (by.on) "." } }
            @for decision in &record.decisions {
                p {
                    (view.exact(decision.at)) ": " b { (story::outcome(&decision.outcome)) } ", by " b { (decision.by) } ", on revision " (decision.on)
                    @if decision.bulk { ", together with others" } "."
                }
                @if let Some(reason) = &decision.reason { p.reason { (highlight::plain(reason)) } }
            }
            h3 { "Who had it before their eyes" }
            @if record.viewers.is_empty() { p { "Nobody yet." } }
            @for (at, by, place) in &record.viewers { p { (view.exact(*at)) ": " b { (by) } ", " (place.as_str()) "." } }
            p.soft.small { "The first time of each; every read stands under " @if view.person.may(Right::ReadAccess) { a href="/access" { "Access" } } @else { "Access" } "." }
        }
    }
}

fn words_gone(view: &View) -> Markup {
    let record = view.record();
    html! {
        section.block aria-labelledby="kept" {
            h2 id="kept" { "Kept, erased, handed out" }
            @if record.holds.is_empty() && record.erased.is_none() { p { "Nothing has asked for its words to go." } }
            @for (because, ground) in &record.holds { p { "Kept under hold: " (because.sentence()) "; " (ground.sentence()) "." } }
            @if let Some((on, because)) = record.erased { p { "Words erased by entry " (on) ": " (because.sentence()) "." } }
            @for (at, to) in &record.exports { p { (view.exact(*at)) ": handed out for " b { (highlight::plain(to)) } "." } }
            @for receipt in &record.receipts { p { (view.exact(receipt.at)) ": received by the safety database as case " b { (receipt.case_number) } "." } }
            @for draw in &record.samples { p { "Drawn for reading one by one: " (draw) "." } }
        }
    }
}

/// Every entry with whole hashes: on paper nothing can be pointed at.
fn chain(view: &View) -> Markup {
    html! {
        section.block.whole-chain aria-labelledby="chain" {
            h2 id="chain" { "The chain of events" }
            ol {
                @for entry in &view.matter.entries { (link(view, entry)) }
            }
        }
    }
}

fn link(view: &View, entry: &Entry) -> Markup {
    let (what, particulars) = story::entry(&entry.what);
    html! {
        li.deviation[matches!(entry.what, Happening::Missed(_))] {
            p { b { (entry.seq) ". " (what) } " · " (view.exact(entry.at)) " · " (story::actor(&entry.by)) @if let Some(program) = &entry.program { span.soft { " · " (program) } } }
            p.soft.small { (highlight::plain(&particulars)) }
            p.small { "hash " code { (entry.hash) } }
        }
    }
}

fn hand_out(view: &View) -> Markup {
    let key = &view.record().key;
    html! {
        section.card.no-print aria-labelledby="hand-out" {
            h2 id="hand-out" { "Hand out" }
            form.stack method="post" action={ "/comments/" (key) "/export" } {
                input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, &purpose("export", key)));
                div.field {
                    label for="to" { "For whom" }
                    p.hint id="to-hint" { "Written into the record when you print or save this page for somebody outside." }
                    input id="to" name="to" type="text" required maxlength="120" autocomplete="off" aria-describedby="to-hint";
                }
                div { button type="submit" { "Record the handing out" } }
            }
        }
    }
}
