//! The frame of every page, and the two pages that are little more than it: an error, and choosing a name.

use maud::{DOCTYPE, Markup, html};

use crate::http::Response;
use crate::review::Desk;
use crate::review::problem::Problem;
use crate::review::sign_in::Person;

use super::acts::{PURPOSE_NAME, TOKEN};

/// A page as an answer.
pub fn html(status: u16, page: &Markup) -> Response {
    Response::new(status, "text/html; charset=utf-8", page.0.clone())
}

/// The frame. `person` is missing where nobody could be asked who they are.
pub fn frame(desk: &Desk, title: &str, person: Option<&Person>, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex, nofollow";
                title { (title) " – Dayzero" }
                link rel="stylesheet" href="/assets/dayzero.css";
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.site {
                    a.brand href="/" { span.zero aria-hidden="true" { "0" } "Dayzero" }
                    nav aria-label="Main" {
                        a href="/" { "Queue" }
                        a href="/protocols" { "Protocols" }
                        a href="/sample" { "Sample" }
                        a href="/statements" { "Statements" }
                        a href="/quality" { "Quality" }
                        a href="/channels" { "Channels" }
                        a href="/drills" { "Drills" }
                        a href="/erasure" { "Erasure" }
                        a href="/deviations" { "Deviations" }
                        a href="/evidence" { "Evidence" }
                        a href="/access" { "Access" }
                        @for (name, address) in desk.more_pages { a href=(address) { (name) } }
                    }
                    @if let Some(person) = person {
                        p.who { span.soft { "You are " } a href="/name" title="Choose another name" { (person.as_str()) } }
                    }
                }
                main id="main" { (main) }
                footer.site { p { "Dayzero orders and explains. People decide." } }
            }
        }
    }
}

/// The page that says what went wrong.
pub fn problem(desk: &Desk, problem: &Problem) -> Response {
    let main = html! {
        div.narrow {
            p.code { (problem.status()) }
            h1 { (problem.title()) }
            p.lead { (problem) }
            p { a.button href="/" { "To the queue" } }
        }
    };
    html(problem.status(), &frame(desk, problem.title(), None, &main))
}

/// The page on which a person says who they are.
pub fn ask_name(desk: &Desk, person: &Person, refused: Option<&str>) -> Response {
    let main = html! {
        div.narrow {
            h1 { "Your name" }
            p.lead { "It is written beside everything that you acknowledge and decide. Use the name under which your company knows you." }
            @if let Some(refused) = refused { p.notice.bad role="alert" id="refused" { (refused) } }
            form.stack method="post" action="/name" {
                input type="hidden" name=(TOKEN) value=(desk.csrf.token(person, PURPOSE_NAME));
                div.field {
                    label for="name" { "Name" }
                    input id="name" name="name" type="text" value=(person.as_str()) maxlength="60" required autocomplete="name"
                        aria-describedby=[refused.map(|_| "refused")];
                }
                div { button.primary type="submit" { "Use this name" } }
            }
            p.soft.small { "Dayzero runs in local mode: it has no sign-in, answers on this machine only, and records the name as you give it." }
        }
    };
    let status = if refused.is_some() { 422 } else { 200 };
    html(status, &frame(desk, "Your name", Some(person), &main))
}
