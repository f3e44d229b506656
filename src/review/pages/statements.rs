//! The pages of statements: what there is for each campaign with its open tasks, one statement to read, print and sign, and what a list of
//! cases came to.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::acts::TOKEN;
use super::{layout, parts, quality};
use crate::http::{Request, Response};
use crate::model::{CampaignId, Meaning, Period, Side};
use crate::reconcile::{CaseFile, Nil, Reconcile, Statement, TaskState, Version};
use crate::review::problem::Problem;
use crate::review::sign_in::{Person, Right};
use crate::review::statements::{again, purpose};
use crate::review::{Campaign, Desk};

/// Statements that the overview lists of each campaign: the days of a quarter, and their weeks and months.
const MOST_LISTED: usize = 110;
/// Tasks that it shows of each campaign at once.
const MOST_TASKS: usize = 200;

/// One statement before one person.
pub struct View<'a> {
    pub desk: &'a Desk,
    pub person: &'a Person,
    pub campaign: &'a CampaignId,
    pub version: &'a Version,
    /// The number of the newest version.
    pub newest: usize,
    pub statement: &'a Statement,
}

/// Every campaign's tasks and statements.
pub async fn overview(desk: &Desk, stage: &Reconcile, request: &Request, person: &Person) -> Result<Response, Problem> {
    let mut sections = Vec::new();
    for campaign in desk.campaigns.iter() {
        let (tasks, statements) = (stage.tasks(&campaign.id).await?, stage.statements(&campaign.id).await?);
        let open = tasks.open();
        let newest: Vec<Version> = statements.periods().filter_map(|(_, versions)| versions.last()).cloned().collect();
        sections.push(section(desk, person, campaign, &open, newest));
    }
    let main = html! {
        header.page-head { h1 { "Statements" } }
        (done(request))
        @if sections.is_empty() { p.lead { "No campaign is in force." } }
        @for section in &sections { (section) }
    };
    Ok(layout::html(200, &layout::frame(layout::Here::At("/statements"), "Statements", Some(person), &main)))
}

fn done(request: &Request) -> Markup {
    let sentence = match request.query("done") {
        Some("made") => "The statement is made.",
        Some("signed") => "Your signature is recorded.",
        Some("closed") => "The task is closed.",
        _ => return html! {},
    };
    html! { p.notice.good role="status" { (sentence) } }
}

fn section(desk: &Desk, person: &Person, campaign: &Campaign, open: &[&TaskState], mut newest: Vec<Version>) -> Markup {
    newest.sort_by_key(|version| std::cmp::Reverse((version.made.period.after(), version.made.period)));
    let token = desk.csrf.token(person, &purpose(&campaign.id));
    let yesterday = desk.clock.now().to_zoned(campaign.time_zone.clone()).date().saturating_sub(Span::new().days(1));
    html! {
        section.block {
            h2 { (campaign.title) }
            (tasks(&campaign.id, open, person, &token))
            h3 { "Periods" }
            @if newest.is_empty() {
                p.soft { "No period has been stated yet. It happens every night; it can be asked for here." }
            } @else {
                table {
                    thead { tr { th scope="col" { "Period" } th scope="col" { "Received" } th scope="col" { "Differences" } th scope="col" { "Signed by" } } }
                    tbody {
                        @for version in newest.iter().take(MOST_LISTED) { (listed(&campaign.id, version)) }
                    }
                }
            }
            @if person.may(Right::State) { form.stack method="post" action={ "/statements/" (campaign.id) } {
                input type="hidden" name=(TOKEN) value=(token);
                div.field {
                    label for={ "period-" (campaign.id) } { "Reconcile now and state a period" }
                    input id={ "period-" (campaign.id) } name="period" type="text" value=(yesterday) required maxlength="10";
                    p.hint { "A day such as " (yesterday) ", a week such as " (Period::week_of(yesterday)) ", or a month." }
                }
                div { button type="submit" { "Reconcile and state" } }
            } }
            @if person.may(Right::ReadCases) { details {
                summary { "Read in the safety database's list of cases" }
                form.stack method="post" action={ "/statements/" (campaign.id) "/cases" } {
                    input type="hidden" name=(TOKEN) value=(token);
                    div.field {
                        label for={ "list-" (campaign.id) } { "List, as CSV with a header" }
                        textarea id={ "list-" (campaign.id) } name="list" rows="6" required placeholder="case_number;received_at;comment_key;status" {}
                        p.hint { "case_number and received_at are needed. A whole file is sent by a program to /api/statements/" (campaign.id) "/cases, or read in at a terminal." }
                    }
                    div { button type="submit" { "Read in" } }
                }
            } }
        }
    }
}

fn tasks(campaign: &CampaignId, open: &[&TaskState], person: &Person, token: &str) -> Markup {
    if open.is_empty() {
        return html! { p.notice.good { "Everything that was held against each other agrees: no task is open." } };
    }
    html! {
        p.notice.warn { b { (parts::count(open.len(), "difference is", "differences are")) } " open." }
        ul.tasks {
            @for state in open.iter().take(MOST_TASKS) {
                li {
                    p {
                        (state.task.sentence) " "
                        @if let Some(key) = &state.task.key { a href={ "/comments/" (key) } { "Open the comment" } }
                    }
                    p.meta { span { (state.task.day) } code { (state.task.kind) } }
                    @if person.may(Right::State) { details {
                        summary { "Close this task" }
                        form.stack method="post" action={ "/statements/" (campaign) "/tasks/" (state.task.id) } {
                            input type="hidden" name=(TOKEN) value=(token);
                            div.field {
                                label for={ "reason-" (state.task.id) } { "Why it may stay as it is" }
                                textarea id={ "reason-" (state.task.id) } name="reason" rows="2" maxlength="2000" required {}
                            }
                            div { button type="submit" { "Close" } }
                        }
                    } }
                }
            }
        }
        @if open.len() > MOST_TASKS { p.soft { (open.len() - MOST_TASKS) " more stand in the statements of their periods." } }
    }
}

fn listed(campaign: &CampaignId, version: &Version) -> Markup {
    let period = version.made.period;
    let names: Vec<&str> = version.signatures.iter().map(|(_, signature)| signature.name.as_str()).collect();
    html! {
        tr {
            td { a href={ "/statements/" (campaign) "/" (period) } { (period) } @if version.number > 1 { " (version " (version.number) ")" } }
            td data-label="Received" { (version.made.received) @if version.made.nil { span.soft { " nil report" } } }
            td data-label="Differences" { (version.made.differences) }
            td data-label="Signed by" { @if names.is_empty() { span.soft { "nobody yet" } } @else { (names.join(", ")) } }
        }
    }
}

/// One statement, exactly as it was made.
pub fn page(view: &View, request: &Request) -> Markup {
    let (statement, period) = (view.statement, view.statement.period);
    let title = format!("Statement of {}", period.title());
    let zone = TimeZone::get(&statement.zone).unwrap_or(TimeZone::UTC);
    let nil = if statement.nil == Nil::NotYet { "notice warn" } else { "notice" };
    let main = html! {
        header.case-head {
            p.crumb { a href="/statements" { "← Statements" } }
            h1 { (title) }
            p.soft { (view.campaign) ", protocol " (statement.protocol) ", version " (view.version.number) " of this statement" }
        }
        (done(request))
        @if view.version.number < view.newest {
            p.notice.warn { "This version was made anew. " a href={ "/statements/" (view.campaign) "/" (period) } { "Read the newest." } }
        }
        p class=(nil) { b { (statement.nil.sentence()) } }
        p.soft.small { "From " (parts::exact(statement.from, &zone)) " until before " (parts::exact(statement.to, &zone)) "; read at " (parts::exact(statement.as_of, &zone)) "." }
        (counts(statement))
        (by_channel(statement))
        (cases(statement))
        (open(statement, &zone))
        (differences(statement))
        section.block { h2 { "What the machine misses" } (quality::table(&statement.recall)) }
        (signatures(view, &zone))
        p.soft.small { "SHA-256 of this statement's text: " code { (view.version.made.digest) } }
        p { a href={ "/api/statements/" (view.campaign) "/" (period) ".csv?version=" (view.version.number) } { "As CSV" } }
    };
    layout::frame(layout::Here::Under("/statements"), &title, Some(view.person), &main)
}

fn counts(statement: &Statement) -> Markup {
    let Statement { deliveries, alerts, .. } = statement;
    let rows: [(&str, u32); 12] = [
        ("Deliveries kept", deliveries.kept),
        ("of these worked off", deliveries.worked_off + deliveries.erased),
        ("of these erased since with the words they brought", deliveries.erased),
        ("of these waiting or unreadable", deliveries.waiting + deliveries.unreadable),
        ("Comments and matters received", statement.received),
        ("Alerts due", alerts.due),
        ("Alerts accepted by a carrier", alerts.sent),
        ("Alerts acknowledged in their window", alerts.acknowledged_in_window),
        ("Alerts acknowledged late", alerts.acknowledged_late),
        ("Alerts not acknowledged", alerts.not_acknowledged),
        ("Missed windows whose cause a person has given", statement.deviations_explained),
        ("Comments of fire drills, in no other number", statement.drills),
    ];
    html! {
        section.block {
            h2 { "Counts" }
            table.pairs { tbody {
                @for (name, number) in rows { tr { td { (name) } td { (number) } } }
                (words("Decided as", &statement.dispositions))
                (words("Missed windows:", &statement.deviations))
            } }
        }
    }
}

fn words(before: &str, counts: &BTreeMap<String, u32>) -> Markup {
    html! { @for (word, count) in counts { tr { td { (before) " " (word.replace('_', " ")) } td { (count) } } } }
}

fn by_channel(statement: &Statement) -> Markup {
    html! {
        section.block {
            h2 { "By channel and language" }
            @if statement.by_channel_and_language.is_empty() {
                p { "Nothing was received on any channel." }
            } @else {
                table {
                    thead { tr { th scope="col" { "Channel" } th scope="col" { "Language" } th scope="col" { "Received" } th scope="col" { "Decided as" } } }
                    tbody {
                        @for row in &statement.by_channel_and_language {
                            tr {
                                td { (row.channel) }
                                td data-label="Language" { (row.language) }
                                td data-label="Received" { (row.received) }
                                td data-label="Decided as" { (some(&row.dispositions)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What there is some of.
fn some(counts: &BTreeMap<String, u32>) -> String {
    let some = counts.iter().filter(|(_, count)| **count > 0);
    some.map(|(word, count)| format!("{} {count}", word.replace('_', " "))).collect::<Vec<_>>().join(", ")
}

fn cases(statement: &Statement) -> Markup {
    html! {
        section.block {
            h2 { "Cases" }
            @if statement.cases.is_empty() { p { "None." } } @else {
                table {
                    thead { tr { th scope="col" { "Case number" } th scope="col" { "Comment" } th scope="col" { "Day zero" } th scope="col" { "In the safety database since" } } }
                    tbody {
                        @for case in &statement.cases {
                            tr {
                                td { (case.case_number) }
                                td data-label="Comment" { a.key href={ "/comments/" (case.key) } { (case.key) } }
                                td data-label="Day zero" { (case.day_zero) }
                                td data-label="In the safety database since" { @if let Some(date) = case.confirmed { (date) } @else { span.soft { "not confirmed" } } }
                            }
                        }
                    }
                }
                (rest(statement.cases_total, statement.cases.len()))
            }
        }
    }
}

fn open(statement: &Statement, zone: &TimeZone) -> Markup {
    html! {
        section.block {
            h2 { "Undecided" }
            @if statement.open.is_empty() { p { "Nothing: a person has decided about every comment." } } @else {
                table {
                    thead { tr { th scope="col" { "Comment" } th scope="col" { "Window ends" } } }
                    tbody {
                        @for open in &statement.open {
                            tr {
                                td { a.key href={ "/comments/" (open.key) } { (open.key) } }
                                td data-label="Window ends" { @if let Some(at) = open.deadline { (parts::exact(at, zone)) } @else { span.soft { "no window" } } }
                            }
                        }
                    }
                }
                (rest(statement.open_total, statement.open.len()))
            }
        }
    }
}

fn differences(statement: &Statement) -> Markup {
    html! {
        section.block {
            h2 { "Differences" }
            @if statement.differences.is_empty() { p { "None." } } @else {
                ul.tasks { @for task in &statement.differences { li { p { (task.sentence) } p.meta { span { (task.day) } code { (task.id) } } } } }
                (rest(statement.differences_total, statement.differences.len()))
            }
        }
    }
}

fn rest(total: u32, shown: usize) -> Markup {
    let more = usize::try_from(total).unwrap_or(usize::MAX).saturating_sub(shown);
    html! { @if more > 0 { p.soft { (more) " more are counted and not listed." } } }
}

fn signatures(view: &View, zone: &TimeZone) -> Markup {
    html! {
        section.block.signatures {
            h2 { "Signatures" }
            @for side in Side::ALL {
                h3 { (side.title()) }
                @match view.version.signed_by(side) {
                    Some((at, signature)) => {
                        p { b { (signature.name) } ", " (parts::exact(*at, zone)) ": “" (signature.meaning.sentence()) "”" }
                        @if let Some(remarks) = &signature.remarks { blockquote.verbatim { (remarks) } }
                    }
                    None if view.version.number == view.newest && view.person.may_sign(side) => { (to_sign(view, side)) }
                    None => { p.soft { "Not signed." } }
                }
            }
        }
    }
}

/// The form, for whoever proved a moment ago who they are; for others the way to do so.
fn to_sign(view: &View, side: Side) -> Markup {
    if view.person.is_fresh(view.desk.clock.now()) {
        return form(view, side);
    }
    let page = format!("/statements/{}/{}", view.campaign, view.statement.period);
    html! {
        p { a.button href=(again(&page)) { "Sign in again to sign for " (side.title().to_lowercase()) } }
        p.soft.small { "A signature needs that you have proved within the last five minutes who you are." }
    }
}

fn form(view: &View, side: Side) -> Markup {
    let name = |part: &str| format!("{}-{part}", side.as_str());
    let differs = view.statement.differences_total > 0;
    html! {
        form.stack method="post" action={ "/statements/" (view.campaign) "/" (view.statement.period) "/signatures" } {
            input type="hidden" name=(TOKEN) value=(view.desk.csrf.token(view.person, &purpose(view.campaign)));
            input type="hidden" name="digest" value=(view.version.made.digest);
            input type="hidden" name="side" value=(side.as_str());
            @for meaning in [Meaning::Agrees, Meaning::WithRemarks] {
                @if meaning == Meaning::WithRemarks || !differs {
                    label.pick {
                        input type="radio" name="meaning" value=(meaning.as_str()) required;
                        (meaning.sentence())
                    }
                }
            }
            div.field {
                label for=(name("remarks")) { "Remarks" }
                textarea id=(name("remarks")) name="remarks" rows="2" maxlength="2000" {}
            }
            div { button.primary type="submit" { "Sign as " (view.person.as_str()) " for " (side.title().to_lowercase()) } }
        }
    }
}

/// What a pasted list came to.
pub fn cases_read(person: &Person, campaign: &CampaignId, file: &CaseFile) -> Response {
    let main = html! {
        div.narrow {
            h1 { "List of cases" }
            p.lead { (parts::count(file.rows.len(), "case was", "cases were")) " read in for " (campaign) "." }
            @if file.unusable > 0 {
                p.notice.bad role="alert" { (parts::count(file.unusable as usize, "line", "lines")) " could not be used:" }
                ul { @for fault in &file.faults { li { (fault) } } }
            }
            p { "It is compared with what was decided here by the next reconciliation." }
            p { a.button href="/statements" { "To the statements" } }
        }
    };
    layout::html(200, &layout::frame(layout::Here::Under("/statements"), "List of cases", Some(person), &main))
}
