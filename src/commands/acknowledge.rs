//! `dayzero acknowledge`: takes a record in hand from a terminal, with an operator's credentials and under a name that they give: for when
//! nobody can sign in to the pages.

use clap::Args;

use super::{DataArgs, Ended, Opened, Unusable, operator};
use crate::model::{Clock, CommentKey};
use crate::review::guard::Csrf;
use crate::review::sign_in::{Person, SignIn};
use crate::review::{Desk, act};

#[derive(Args)]
pub struct AcknowledgeArgs {
    /// The comment's key, as the alert names it
    #[arg(value_name = "KEY")]
    key: String,
    /// Who acknowledges; the operating system's user by default
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    data: DataArgs,
}

pub async fn run(args: AcknowledgeArgs) -> Result<Ended, Unusable> {
    let key = CommentKey::parse(&args.key).ok_or_else(|| {
        Unusable(format!("{} is no key; expected one such as facebook-0123456789abcdef0123456789abcdef", args.key))
    })?;
    let name = args.by.unwrap_or_else(operator);
    let person = Person::parse(&name).map_err(Unusable)?;
    let opened = Opened::open(&args.data).await?;
    let desk = Desk {
        store: opened.store.clone(),
        clock: Clock::System,
        sign_in: SignIn::local(&name).map_err(Unusable)?,
        campaigns: std::sync::Arc::from([]),
        csrf: Csrf::new().map_err(|error| Unusable(format!("the machine gave no random numbers: {error}")))?,
        more_pages: &[],
    };
    let acknowledged = act::acknowledge(&desk, &key, &person).await;
    opened.close().await;
    let matter = acknowledged.map_err(|problem| Unusable(problem.to_string()))?;
    let by = matter.record.in_hand().map_or(name, |acknowledgement| acknowledgement.by.clone());
    println!("{key} is in hand: {by}");
    Ok(Ended::Done)
}
