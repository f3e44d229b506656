//! `dayzero erase`: what one author wrote, on request. One person asks, another agrees with the request's name; words that belong to a
//! safety record stay, and the record says on what ground.

use clap::Args;

use super::{DataArgs, Ended, Opened, Unusable, operator};
use crate::erasure::{self, Asked};
use crate::error::one_line;
use crate::model::erasure::{Fate, RequestId};
use crate::model::{Clock, Platform};
use crate::review::sign_in::Person;
use crate::store::Store;

#[derive(Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["author", "agree"])))]
pub struct EraseArgs {
    /// The author's id on the platform, or the name as it is shown there
    #[arg(long, value_name = "ID", requires = "platform")]
    author: Option<String>,
    /// The platform, such as facebook or forum
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,
    /// Only on this account of ours
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Why; do not name the author
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who asks or agrees; the operating system's user by default
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only say what would go and what stays
    #[arg(long, conflicts_with = "agree")]
    list: bool,
    /// Agree to the request of somebody else
    #[arg(long, value_name = "REQUEST")]
    agree: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

/// Ends with no if nothing of the author is kept.
pub async fn run(args: EraseArgs) -> Result<Ended, Unusable> {
    let name = args.by.clone().unwrap_or_else(operator);
    let person = Person::parse(&name).map_err(Unusable)?;
    let opened = Opened::open(&args.data).await?;
    let done = match &args.agree {
        Some(request) => agree(&opened.store, request, &person).await,
        None => ask(&opened.store, &args, &person).await,
    };
    opened.close().await;
    done
}

async fn agree(store: &Store, request: &str, person: &Person) -> Result<Ended, Unusable> {
    let unusable = || Unusable(format!("{request} names no request; expected one such as 2026-03-11-0123abcd"));
    let id = RequestId::parse(request).ok_or_else(unusable)?;
    let ordered = erasure::agree(store, &id, person.as_str(), Clock::System.now()).await.map_err(|error| said(&error))?;
    println!("{ordered} records are ordered to let their words go; the sweep does it, and what is safety stays");
    Ok(Ended::Done)
}

async fn ask(store: &Store, args: &EraseArgs, person: &Person) -> Result<Ended, Unusable> {
    let platform = args.platform.as_deref().unwrap_or_default();
    let platform = Platform::from_name(platform).ok_or_else(|| Unusable(format!("{platform:?} is no platform")))?;
    let asked = Asked {
        platform,
        account: args.account.clone(),
        author: args.author.clone().unwrap_or_default(),
        reason: args.reason.clone().unwrap_or_default(),
    };
    let fates = erasure::preview(store, &asked).await.map_err(|error| said(&error))?;
    for (key, fate) in &fates {
        match fate {
            Fate::Goes => println!("{key}  goes"),
            Fate::Stays(ground) => println!("{key}  stays: {}", ground.sentence()),
            Fate::Gone => println!("{key}  is gone"),
        }
    }
    if args.list || fates.is_empty() {
        println!("{} records", fates.len());
        return Ok(if fates.is_empty() { Ended::No } else { Ended::Done });
    }
    let request = erasure::ask(store, &asked, person.as_str(), Clock::System.now()).await.map_err(|error| said(&error))?;
    println!("asked as {}; another person agrees with: dayzero erase --agree {} --by NAME", request.id, request.id);
    Ok(Ended::Done)
}

fn said(error: &erasure::Refused) -> Unusable {
    Unusable(one_line(error))
}
