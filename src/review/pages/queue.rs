//! The queue: what waits for people, soonest deadline first, with the words that made the machine think so.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::model::record::State;
use crate::model::{Band, CampaignId, Class, CommentKey, Head, QuarantineKind};
use crate::review::filter::Filter;
use crate::review::sign_in::{Person, Right};
use crate::review::{Desk, percent, story, when};
use crate::store::ListPage;

use super::acts::{PURPOSE_BULK, TOKEN, purpose};
use super::past::{self, Past};
use super::{WAITING, highlight, layout, parts};

/// What the queue is drawn from.
pub struct View<'a> {
    pub desk: &'a Desk,
    pub person: &'a Person,
    pub now: Timestamp,
    pub filter: &'a Filter,
    pub notice: Option<parts::Notice>,
    /// Whether every box of the bulk form starts ticked.
    pub ticked: bool,
    /// The past moment that is shown; nothing can be done then.
    pub past: Option<Past>,
    /// Records that were gone through for it.
    pub read: usize,
    /// Records among them whose chains do not verify.
    pub broken: Vec<CommentKey>,
}

/// The whole page: filters, the bulk form, one page of the list.
pub fn page(view: &View, page: &ListPage) -> Markup {
    let main = html! {
        header.page-head {
            h1 { "Queue" }
            (as_of(view))
        }
        @if let Some(past) = &view.past { (past.banner(&view.desk.common_zone(), &Filter { as_of: None, ..view.filter.clone() }.address())) (gone_through(view, page)) }
        @if let Some(notice) = view.notice { (notice.markup()) }
        (parts::broken(&view.broken))
        (filters(view))
        (summary(view, &page.heads))
        @if page.heads.is_empty() {
            (empty(view))
        } @else {
            ol.queue { @for head in &page.heads { (row(view, head)) } }
        }
        (paging(view, page))
        @if view.past.is_none() && page.heads.iter().any(bulk) && view.person.may(Right::WorkCases) { (bulk_form(view)) }
        (past::form("/", &[("state", "all")]))
    };
    layout::frame(layout::Here::At("/"), "Queue", Some(view.person), &main)
}

/// The moment the page was made for: a page that lies open grows old, and nothing here moves by itself.
fn as_of(view: &View) -> Markup {
    let zone = view.desk.common_zone();
    html! {
        p.soft { "As of " (parts::time(view.now, view.now, &zone)) " · " a href=(view.filter.address()) { "Reload" } }
    }
}

/// What a replay of the queue went through: where it was cut, nobody may take it for the whole.
fn gone_through(view: &View, page: &ListPage) -> Markup {
    html! {
        @if page.next.is_some() || view.filter.after.is_some() {
            p.notice.warn {
                b { "This is a part of it: " } (parts::count(view.read, "record was", "records were")) " gone through"
                @if page.next.is_some() { ", and there are more. Go on below." } @else { "." }
            }
        }
    }
}

fn filters(view: &View) -> Markup {
    let states: [(&str, &[State]); 5] = [
        ("To do", &WAITING),
        ("Open", &[State::Open]),
        ("In hand", &[State::Acknowledged]),
        ("Decided", &[State::Closed]),
        ("Everything", &[]),
    ];
    html! {
        div.filters {
            nav.tabs aria-label="State" {
                @for (name, states) in states {
                    (choice(name, &view.filter.with_states(states), view.filter.states == states))
                }
            }
            nav.chips aria-label="Band" {
                (choice("All bands", &view.filter.with_band(None), view.filter.bands.is_empty()))
                @for band in Band::ALL {
                    (choice(story::band(band), &view.filter.with_band(Some(band)), view.filter.bands == [band]))
                }
            }
            // With one campaign there is nothing to choose.
            @if view.desk.campaigns.len() > 1 || !view.filter.campaigns.is_empty() { (campaigns(view)) }
        }
    }
}

fn campaigns(view: &View) -> Markup {
    let namesakes = |title: &str| view.desk.campaigns.iter().filter(|campaign| campaign.title == title).count() > 1;
    html! {
        nav.chips aria-label="Campaign" {
            (choice("All campaigns", &view.filter.with_campaign(None), view.filter.campaigns.is_empty()))
            @for campaign in view.desk.campaigns.iter() {
                @let id = Some(campaign.id.clone());
                @let name = if namesakes(&campaign.title) { format!("{} ({})", campaign.title, campaign.id) } else { campaign.title.clone() };
                (choice(&name, &view.filter.with_campaign(Some(id.clone())), view.filter.campaigns == [id]))
            }
            (choice("No campaign", &view.filter.with_campaign(Some(None)), view.filter.campaigns == [None::<CampaignId>]))
        }
    }
}

fn choice(name: &str, filter: &Filter, chosen: bool) -> Markup {
    html! { a href=(filter.address()) aria-current=[chosen.then_some("true")] { (name) } }
}

fn summary(view: &View, heads: &[Head]) -> Markup {
    let late = heads.iter().filter(|head| overdue(head, view.now)).count();
    html! {
        @if !heads.is_empty() {
            p.summary {
                span.soft { "On this page" }
                @for band in Band::ALL {
                    @let number = heads.iter().filter(|head| head.band == band).count();
                    span { b { (number) } " " (story::band(band).to_lowercase()) }
                }
                @if late > 0 { span.late { b { (late) } " overdue" } }
            }
        }
    }
}

fn empty(view: &View) -> Markup {
    let everything = *view.filter == Filter { states: WAITING.to_vec(), limit: view.filter.limit, ..Filter::default() };
    html! {
        div.empty {
            @if view.past.is_some() {
                p.lead { "No comment matched this choice then." }
            } @else if everything {
                p.lead { "Nothing waits for a person." }
                p.soft { "Every comment that Dayzero has received is decided. This does not show that every channel was heard." }
            } @else {
                p.lead { "No comment matches this choice." }
                p { a href="/" { "Show everything that waits" } }
            }
        }
    }
}

fn paging(view: &View, page: &ListPage) -> Markup {
    html! {
        @if view.filter.after.is_some() || page.next.is_some() {
            nav.paging aria-label="Pages" {
                @if view.filter.after.is_some() { a href=(view.filter.address()) { @if view.past.is_some() { "← Back to the first part" } @else { "← Back to the soonest" } } }
                @if let Some(next) = &page.next {
                    a.next rel="next" href={ (view.filter.address()) "&after=" (percent::encode(&next.to_string())) } { @if view.past.is_some() { "Go on →" } @else { "Later deadlines →" } }
                }
            }
        }
    }
}

fn row(view: &View, head: &Head) -> Markup {
    let late = overdue(head, view.now);
    html! {
        li.row.{ "edge-" (head.band.as_str()) }.overdue[late] {
            div.due { (due(view, head)) }
            div.body {
                div.top {
                    h2.{ "class-" (head.class.map_or("none", Class::as_str)) } { a href={ "/comments/" (head.key) (view.past.as_ref().map(Past::query).unwrap_or_default()) } { (about(head)) } }
                    @if head.drill.is_some() { span.flagged { "Fire drill: no patient wrote this" } }
                    @if head.class.is_none() { (parts::band(head.band)) }
                    @if head.state == State::Acknowledged { (parts::state(head.state, head.acknowledged_by.as_deref())) }
                    @if let Some(decision) = &head.decision { span.state { (story::decision(decision)) } }
                    @if let Some(number) = &head.case_number { span.case-number { "No. " (number) } }
                }
                (words(head))
                p.meta { (place(view, head)) }
            }
            @if view.past.is_none() { div.act { (acts(view, head)) } }
        }
    }
}

/// What a row is called: without the comment's words, which nobody should have to read in a tab.
pub fn about(head: &Head) -> &'static str {
    match (head.matter, head.class) {
        (Some(QuarantineKind::Unreadable), _) => "Unreadable delivery",
        (Some(QuarantineKind::SubscriptionEnded), _) => "End of a subscription",
        (Some(QuarantineKind::DeletionRequest), _) => "Request for deletion",
        (Some(QuarantineKind::ChannelSilent), _) => "Silent channel",
        (None, Some(class)) => class.title(),
        (None, None) => "Comment",
    }
}

/// What a page is called.
pub fn title(head: &Head) -> String {
    format!("{} on {}", about(head), story::platform(head.id.platform))
}

fn due(view: &View, head: &Head) -> Markup {
    let zone = view.desk.zone(head.campaign.as_ref());
    match &head.deadline {
        Some(miss) => html! {
            p.what { (story::obligation(miss.obligation)) }
            p.left {
                @if overdue(head, view.now) { span.flag aria-hidden="true" { "!" } }
                (when::left(miss.deadline, view.now))
            }
            p.clock { "by " (parts::time(miss.deadline.timestamp(), view.now, &zone)) }
        },
        None if head.state == State::Closed => html! {
            p.what { "Decided" }
            p.clock { (parts::time(head.sort, view.now, &zone)) }
        },
        None => html! {
            p.what { "No window" }
            p.clock { "since " (parts::time(head.aware_at.timestamp(), view.now, &zone)) }
        },
    }
}

fn words(head: &Head) -> Markup {
    match (&head.text, &head.quarantined, &head.unreadable) {
        (Some(text), _, _) if !text.is_blank() => html! {
            p.words dir="auto" lang=[head.language.as_deref()] { (highlight::evidence(text.expose(), &head.evidence)) }
        },
        (_, Some(reason), _) => html! { p.words.none { (highlight::plain(reason)) } },
        (_, _, Some(what)) => html! { p.words.none { "No text; it holds: " (highlight::plain(what)) } },
        _ => html! { p.words.none { "No text was sent." } },
    }
}

fn place(view: &View, head: &Head) -> Markup {
    let channel = head.channel.as_ref().map(|channel| channel.as_str());
    // A platform's only channel often has the platform's name.
    let named = channel.filter(|channel| *channel != head.id.platform.as_str());
    let campaign = view.desk.campaign(head.campaign.as_ref()).map(|campaign| campaign.title.as_str());
    html! {
        span { (story::platform(head.id.platform)) @if let Some(channel) = named { ", channel " (channel) } }
        @if channel.is_none() && head.quarantined.is_none() { span.flagged { "an account that no campaign lists" } }
        @if let (Some(_), Some(what)) = (&head.text, &head.unreadable) { span.flagged { "also holds: " (highlight::plain(what)) } }
        @if let Some(language) = &head.language { span.language { (language) } }
        span { "score " (story::score(head.score)) }
        @if view.desk.campaigns.len() > 1 || campaign.is_none() { span { (story::campaign(campaign, head.campaign.as_ref())) } }
        @if head.own_account { span.flagged { "our own account" } }
        @if head.hidden { span.flagged { "hidden" } }
        @if head.deleted { span.flagged { "deleted on the platform" } }
    }
}

fn acts(view: &View, head: &Head) -> Markup {
    let query = view.filter.address();
    html! {
        @if head.state == State::Open && head.alerts > 0 && view.person.takes_any() {
            form method="post" action={ "/comments/" (head.key) "/acknowledge" (query.trim_start_matches('/')) } {
                input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, &purpose("acknowledge", &head.key)));
                input type="hidden" name="back" value="queue";
                button type="submit" { "Acknowledge" span.hidden { ": " (title(head)) } }
            }
        }
        @if bulk(head) && view.person.may(Right::WorkCases) {
            label.pick {
                input type="checkbox" name="pick" form="bulk" value={ (head.key) "@" (head.revision) } checked[view.ticked];
                span { "Choose" } span.hidden { ": " (title(head)) }
            }
        }
    }
}

/// Whether a row may be part of a bulk decision: the low band only, and not yet decided.
fn bulk(head: &Head) -> bool {
    head.band == Band::Log && head.state != State::Closed
}

fn bulk_form(view: &View) -> Markup {
    let query = view.filter.address();
    html! {
        form.bulk id="bulk" method="post" action={ "/decisions" (query.trim_start_matches('/')) } {
            h2 { "Decide several of the low band" }
            p.soft { "Tick those you have read. Each gets its own entry under your name. " a href={ (query) "&pick=all#bulk" } { "Tick all on this page" } }
            input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, PURPOSE_BULK));
            div.line {
                label for="bulk-reason" { "Not a case, because" }
                input id="bulk-reason" name="reason" type="text" required maxlength="2000" autocomplete="off";
                button type="submit" { "Decide the ticked ones" }
            }
        }
    }
}

fn overdue(head: &Head, now: Timestamp) -> bool {
    head.deadline.as_ref().is_some_and(|miss| miss.deadline.standing(now).is_overdue())
}
