//! The frame of every page with the few entries of its head, and the two pages that are little more than it: an error, and choosing a
//! name. What the head has no entry for stands on the page `more`.

use maud::{DOCTYPE, Markup, html};

use crate::http::Response;
use crate::review::Desk;
use crate::review::problem::Problem;
use crate::review::sign_in::{Person, way};

use super::acts::{PURPOSE_NAME, TOKEN};

/// A page as an answer.
pub fn html(status: u16, page: &Markup) -> Response {
    Response::new(status, "text/html; charset=utf-8", page.0.clone())
}

/// The address of the page that lists what the head has no entry for.
pub const MORE: &str = "/more";

/// The entries of the head: few enough for one line of a phone.
const ENTRIES: [(&str, &str); 5] =
    [("Queue", "/"), ("Sample", "/sample"), ("Deviations", "/deviations"), ("Statements", "/statements"), ("More", MORE)];

/// Where a page stands among the entries of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// It is the page of the entry with this address.
    At(&'static str),
    /// It is reached from there.
    Under(&'static str),
    /// No entry leads to it.
    Nowhere,
}

impl Here {
    /// What the entry with this address says to those who cannot see which one is marked.
    fn current(self, address: &str) -> Option<&'static str> {
        match self {
            Here::At(entry) if entry == address => Some("page"),
            Here::Under(entry) if entry == address => Some("true"),
            Here::At(_) | Here::Under(_) | Here::Nowhere => None,
        }
    }
}

/// The frame. `person` is missing where nobody could be asked who they are.
pub fn frame(here: Here, title: &str, person: Option<&Person>, main: &Markup) -> Markup {
    frame_with(&html! {}, here, title, person, main)
}

/// The frame with something more in the page's head.
fn frame_with(head: &Markup, here: Here, title: &str, person: Option<&Person>, main: &Markup) -> Markup {
    let shown = |address: &str| person.is_some_and(|person| person.may_open(address));
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
                (head)
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.site {
                    a.brand href=(home(person)) { span.zero aria-hidden="true" { "0" } "Dayzero" }
                    @if person.is_some() {
                        nav aria-label="Main" {
                            @for (name, address) in ENTRIES {
                                @if shown(address) { a href=(address) aria-current=[here.current(address)] { (name) } }
                            }
                        }
                    }
                    @if let Some(person) = person { (who(person)) }
                }
                main id="main" { (main) }
                footer.site { p { "Dayzero orders and explains. People decide." } }
            }
        }
    }
}

/// Where the name of the pages leads: to the queue, or to what somebody may see who may not see that.
fn home(person: Option<&Person>) -> &'static str {
    if person.is_some_and(|person| !person.may_open("/")) { MORE } else { "/" }
}

/// Who is asking, as what, and how to stop.
fn who(person: &Person) -> Markup {
    html! {
        @if let Some(token) = way::token(person) {
            div.who.signed-in {
                span { (person.as_str()) " " span.role { (person.roles()) } }
                form method="post" action="/sign-out" {
                    input type="hidden" name=(TOKEN) value=(token);
                    button type="submit" { "Sign out" }
                }
            }
        } @else {
            p.who { span.soft { "You are " } a href="/name" title="Choose another name" { (person.as_str()) } }
        }
    }
}

/// A page that leads on by itself, after something that no redirect can carry.
pub fn go_on(to: &str) -> Response {
    lead_on(to, "Signed in", "You are signed in.", "Go on")
}

/// The page after signing out, on the way to the provider, where the sign-in is ended as well.
pub fn good_bye(to: &str) -> Response {
    lead_on(to, "Signed out", "You are signed out of Dayzero.", "Go on to sign out at the provider")
}

fn lead_on(to: &str, title: &str, said: &str, link: &str) -> Response {
    let refresh = html! { meta http-equiv="refresh" content={ "0;url=" (to) }; };
    let main = html! { div.narrow { h1 { (title) } p.lead { (said) } p { a.button href=(to) { (link) } } } };
    html(200, &frame_with(&refresh, Here::Nowhere, title, None, &main))
}

/// Where signing out ends. Whoever comes here in another way is still signed in, and told so.
pub fn signed_out(person: Option<&Person>) -> Response {
    let main = html! {
        div.narrow {
            @if let Some(person) = person {
                h1 { "Still signed in" }
                p.lead { "You are signed in as " (person.as_str()) ". The button above signs you out." }
            } @else {
                h1 { "Signed out" }
                p.lead { "Nobody is signed in here." }
                p { a.button href="/sign-in" { "Sign in" } }
            }
        }
    };
    html(200, &frame(Here::Nowhere, "Sign out", person, &main))
}

/// The page that says what went wrong.
pub fn problem(problem: &Problem, person: Option<&Person>) -> Response {
    let (to, name) = problem.way_on();
    let to = if person.is_some_and(|person| !person.may_open(to)) { MORE } else { to };
    let name = if to == MORE { "To what you may see" } else { name };
    let main = html! {
        div.narrow {
            p.code { (problem.status()) }
            h1 { (problem.title()) }
            p.lead { (problem) }
            p { a.button href=(to) { (name) } }
        }
    };
    html(problem.status(), &frame(Here::Nowhere, problem.title(), person, &main))
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
    html(status, &frame(Here::Nowhere, "Your name", Some(person), &main))
}
