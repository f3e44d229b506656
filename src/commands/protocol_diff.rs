//! `dayzero protocol diff`: what one version changes in another, in a safety officer's words. What a change means is decided in
//! `protocol::diff`.

use std::path::Path;

use clap::Args;

use super::protocol::read;
use super::protocol_life::stored;
use super::{DataArgs, Ended, Opened, Unusable};
use crate::protocol::{Change, Protocol};

/// Two files, or two versions of a campaign in the store.
#[derive(Args)]
pub struct DiffArgs {
    /// The older version: a file, or a number with --campaign
    #[arg(value_name = "OLD")]
    old: String,
    /// The newer version
    #[arg(value_name = "NEW")]
    new: String,
    /// Compare two versions of this campaign that are in the store
    #[arg(long, value_name = "ID")]
    campaign: Option<String>,
    /// One JSON array in place of sentences
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Prints the changes, by section.
pub async fn run(args: DiffArgs) -> Result<Ended, Unusable> {
    let pair = match &args.campaign {
        None => [read(Path::new(&args.old))?, read(Path::new(&args.new))?],
        Some(campaign) => {
            let (old, new) = (number(&args.old)?, number(&args.new)?);
            let opened = Opened::open(&args.data).await?;
            let pair = (stored(&opened, campaign, old).await, stored(&opened, campaign, new).await);
            opened.close().await;
            [pair.0?, pair.1?]
        }
    };
    let [Some(old), Some(new)] = pair else { return Ok(Ended::No) };
    let changes = new.changes_since(&old);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&changes).map_err(|error| Unusable(error.to_string()))?);
    } else {
        print(&old, &new, &changes);
    }
    Ok(Ended::Done)
}

fn number(text: &str) -> Result<u32, Unusable> {
    text.parse().map_err(|_| Unusable(format!("{text} is no version; expected a whole number, such as 3")))
}

fn print(old: &Protocol, new: &Protocol, changes: &[Change]) {
    println!("{} → {}", old.reference(), new.reference());
    if changes.is_empty() {
        println!("Nothing changes but the number of the version.");
    }
    let mut section = "";
    for change in changes {
        if change.section != section {
            section = change.section;
            println!("{section}");
        }
        println!("  {:<9} {}", change.mark.as_str(), change.sentence);
    }
}
