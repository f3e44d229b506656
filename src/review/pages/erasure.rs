//! The page on which one person asks for everything gone that an author wrote, and another agrees. It names no author once the form is
//! sent: a request holds a keyed digest.

use maud::{Markup, html};

use crate::erasure::{self, Asked, Refused, Request as Known};
use crate::http::{Request, Response};
use crate::model::erasure::{Fate, RequestId};
use crate::model::{CommentKey, Looked, Platform};
use crate::review::Desk;
use crate::review::fields::Fields;
use crate::review::problem::Problem;
use crate::review::seen::Reader;
use crate::review::sign_in::{Person, Right};
use crate::review::statements::again;
use crate::review::story;

use super::acts::{TOKEN, form, see_other};
use super::{layout, parts};

/// Purposes of the tokens in the two forms.
const PURPOSE_ASK: &str = "ask-erasure";
const PURPOSE_AGREE: &str = "agree-erasure";
/// Requests whose records are listed one by one: further ones are named only.
const LISTED: usize = 20;

/// A request and what it would do to each record.
struct Shown {
    known: Known,
    fates: Vec<(CommentKey, Fate)>,
}

/// The form, and the requests of the last days.
pub async fn erasure(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let mut shown = Vec::new();
    for known in erasure::requests(&desk.store, desk.clock.now()).await?.into_iter().take(LISTED) {
        let waits = known.agreed.is_none();
        let (author, account) = (&known.request.author, known.request.account.as_deref());
        let fates = if waits { erasure::fates(&desk.store, author, account).await? } else { Vec::new() };
        shown.push(Shown { known, fates });
    }
    let keys: Vec<CommentKey> = shown.iter().flat_map(|shown| &shown.fates).map(|(key, _)| key.clone()).collect();
    if !keys.is_empty() {
        Reader { desk, request, person }.note(Looked::List, keys, None).await?;
    }
    Ok(layout::html(200, &page(desk, person, &done(request, &shown), &shown)))
}

/// Notes a request. Nothing goes yet.
pub async fn ask_erasure(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let fields = form(desk, request, person, PURPOSE_ASK)?;
    let asked = asked(&fields)?;
    erasure::ask(&desk.store, &asked, person.hand(), desk.clock.now()).await?;
    Ok(see_other("/erasure?done=asked"))
}

/// Agrees to a request of somebody else.
pub async fn agree_erasure(desk: &Desk, request: &Request, person: &Person) -> Result<Response, Problem> {
    let fields = form(desk, request, person, PURPOSE_AGREE)?;
    let id = fields.get("request").and_then(RequestId::parse);
    let id = id.ok_or_else(|| Problem::Unusable("`request` names no request.".to_owned()))?;
    if !person.is_fresh(desk.clock.now()) {
        return Err(Problem::SignInAgain { at: again("/erasure") });
    }
    erasure::agree(&desk.store, &id, person.hand(), desk.clock.now()).await?;
    Ok(see_other("/erasure?done=agreed"))
}

fn asked(fields: &Fields) -> Result<Asked, Problem> {
    let text = |name: &str| fields.get(name).map(str::to_owned);
    let platform = fields.get("platform").and_then(Platform::from_name);
    let platform = platform.ok_or_else(|| Problem::Unusable("`platform` is none that Dayzero knows.".to_owned()))?;
    let (author, reason) = (text("author").unwrap_or_default(), text("reason").unwrap_or_default());
    Ok(Asked { platform, account: text("account"), author, reason })
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(error) => Problem::Store(error),
            Refused::SamePerson(_) => {
                Problem::NotAllowed("You asked for this yourself: another person must agree. That you tried is noted.")
            }
            Refused::Incomplete | Refused::Unknown(_) => Problem::Unusable(format!("Nothing was recorded: {refused}.")),
        }
    }
}

/// What the reader just did, if there is such a request.
fn done(request: &Request, shown: &[Shown]) -> Markup {
    let sentence = match request.query("done") {
        Some("asked") if !shown.is_empty() => "Your request is recorded. Another person must agree.",
        Some("agreed") if shown.iter().any(|shown| shown.known.agreed.is_some()) => "Your agreement is recorded.",
        _ => return html! {},
    };
    html! { p.notice.good role="status" { (sentence) } }
}

fn page(desk: &Desk, person: &Person, done: &Markup, shown: &[Shown]) -> Markup {
    let main = html! {
        div.narrow {
            h1 { "Erasure" }
            (done)
            p.lead { "Everything that one author wrote goes: one person asks, another agrees. Words that belong to a safety record stay, and the record says on what ground; those that nobody has decided about go when they are closed as no safety matter." }
            @if person.may(Right::Erase) { form.stack method="post" action="/erasure" {
                input type="hidden" name=(TOKEN) value=(desk.csrf.token(person, PURPOSE_ASK));
                div.field {
                    label for="platform" { "Platform" }
                    select id="platform" name="platform" {
                        @for platform in Platform::ALL { option value=(platform.as_str()) { (story::platform(platform)) } }
                    }
                }
                (input("author", "Author: the id on the platform, or the name as it is shown there", true))
                (input("account", "Only on this account of ours (may be left empty)", false))
                (input("reason", "Reason, without the author's name", true))
                div { button.primary type="submit" { "Ask for erasure" } }
            } }
            h2 { "Requests of the last seven days" }
            @if shown.is_empty() { p.soft { "None." } }
            @for shown in shown { (request(desk, person, shown)) }
        }
    };
    layout::frame(layout::Here::Under(layout::MORE), "Erasure", Some(person), &main)
}

fn input(name: &str, label: &str, required: bool) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) type="text" maxlength="500" autocomplete="off" required[required];
        }
    }
}

fn request(desk: &Desk, person: &Person, shown: &Shown) -> Markup {
    let known = &shown.known;
    let own = person.hand().is_same_as(&known.by, known.request.subject.as_deref());
    html! {
        section.block {
            h3 { (known.request.id) }
            p { "Asked by " (super::plain(&known.by)) ", " (parts::exact(known.at, &desk.common_zone())) ", for " (story::platform(known.request.platform)) ": " (super::plain(&known.request.reason)) }
            @if let Some(agreed) = &known.agreed {
                p.notice { "Agreed to by " (super::plain(agreed)) ". " @if known.done { "Every record is ordered." } @else { "The sweep finishes it." } }
            } @else {
                ul {
                    @for (key, fate) in &shown.fates {
                        li { a href=(format!("/comments/{key}")) { (key) } " " (said(*fate)) }
                    }
                }
                @if shown.fates.is_empty() { p.soft { "No comment of this author is kept." } }
                @if own {
                    p.soft { "Another person must agree." }
                } @else if !person.may(Right::Erase) {
                    p.soft { "Somebody of drug safety must agree." }
                } @else if !person.is_fresh(desk.clock.now()) {
                    p { a.button href=(again("/erasure")) { "Sign in again to agree" } }
                } @else {
                    form method="post" action="/erasure/agree" {
                        input type="hidden" name=(TOKEN) value=(desk.csrf.token(person, PURPOSE_AGREE));
                        input type="hidden" name="request" value=(known.request.id);
                        button type="submit" { "Agree" }
                    }
                }
            }
        }
    }
}

fn said(fate: Fate) -> String {
    match fate {
        Fate::Goes => "goes".to_owned(),
        Fate::Stays(ground) => format!("stays: {}", ground.sentence()),
        Fate::Gone => "is gone".to_owned(),
    }
}
