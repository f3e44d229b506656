//! `dayzero protocol`: check a file, publish it, show what is active, compute the clocks of a comment.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::simulate::{self, SimulateArgs};
use super::{DataArgs, Ended, Opened, Unusable, operator, read_text};
use crate::campaigns::Campaign;
use crate::model::{AwareAt, Class, ProtocolRef};
use crate::protocol::Protocol;
use crate::publishing::{self, NotPublished};
use crate::store::PublishError;

/// What can be done with a protocol.
#[derive(Subcommand)]
pub enum ProtocolCommand {
    /// Say every problem with its line, warn of holes, show a week of sample clocks
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Make a version active; it never changes afterwards
    Publish {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Show which versions are active
    Show {
        /// Print the text of this campaign's active version
        #[arg(long, value_name = "CAMPAIGN")]
        text: Option<String>,
        #[command(flatten)]
        data: DataArgs,
    },
    /// The deadlines that a comment received at a time would have
    Clocks(ClocksArgs),
    /// What a version would have done with past comments
    Simulate(SimulateArgs),
}

/// The comment whose clocks are computed: its class and when it came.
#[derive(Args)]
pub struct ClocksArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// serious, adverse_event, special_situation, quality_complaint or distress
    #[arg(long, value_name = "CLASS")]
    class: String,
    /// When the comment was received, RFC 3339
    #[arg(long, value_name = "TIME")]
    at: String,
}

/// Ends with no where a file has problems, a version is refused or nothing is active.
pub async fn run(command: ProtocolCommand) -> Result<Ended, Unusable> {
    match command {
        ProtocolCommand::Check { file } => check(&file),
        ProtocolCommand::Publish { file, data } => publish(&file, &data).await,
        ProtocolCommand::Show { text, data } => show(text.as_deref(), &data).await,
        ProtocolCommand::Clocks(args) => clocks(&args),
        ProtocolCommand::Simulate(args) => simulate::run(args).await,
    }
}

/// Says every problem on standard error; `None` if there were any.
pub(super) fn read(file: &Path) -> Result<Option<Protocol>, Unusable> {
    match Protocol::parse(&read_text(file)?) {
        Ok(protocol) => Ok(Some(protocol)),
        Err(problems) => {
            for problem in &problems {
                eprintln!("{}: {problem}", file.display());
            }
            Ok(None)
        }
    }
}

fn check(file: &Path) -> Result<Ended, Unusable> {
    let Some(protocol) = read(file)? else { return Ok(Ended::No) };
    let campaign = Campaign::new(protocol);
    let protocol = &campaign.protocol;
    let failing = publishing::failing_examples(&campaign);
    for problem in &failing {
        eprintln!("{}: {problem}", file.display());
    }
    for warning in protocol.warnings() {
        println!("warning: {warning}");
    }
    for approval in protocol.unapproved() {
        println!("warning: the approval of {approval} is open; publishing will refuse this version");
    }
    println!(
        "{}: {} of {} examples read as expected",
        protocol.reference(),
        protocol.examples().len() - failing.len(),
        protocol.examples().len()
    );
    println!("\nWhen each clock would end, in {}:", protocol.time_zone_name());
    print_clocks(protocol);
    Ok(if failing.is_empty() { Ended::Done } else { Ended::No })
}

/// A block for each sample time, a line for each class.
fn print_clocks(protocol: &Protocol) {
    let mut shown = None;
    for row in protocol.sample_clocks() {
        if shown != Some(row.aware) {
            println!("  {} ({})", protocol.local(row.aware.timestamp()), row.when);
            shown = Some(row.aware);
        }
        let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "–".to_owned());
        let clocks = &row.clocks;
        println!(
            "    {:<18} alert {}  acknowledge {}  forward {}  legal {}",
            row.class.as_str(),
            time(&clocks.alert),
            time(&clocks.acknowledge),
            time(&clocks.forward),
            time(&clocks.legal.map(|date| date.to_string())),
        );
    }
}

async fn publish(file: &Path, data: &DataArgs) -> Result<Ended, Unusable> {
    let Some(protocol) = read(file)? else { return Ok(Ended::No) };
    let opened = Opened::open(data).await?;
    let published = publishing::publish(&opened.store, protocol, &operator(), Timestamp::now()).await;
    opened.close().await;
    match published {
        Ok(reference) => {
            println!("{reference} is active. Functions that are running take it up within a minute.");
            Ok(Ended::Done)
        }
        Err(NotPublished::Refused(reasons)) => {
            for reason in reasons {
                eprintln!("{}: {reason}", file.display());
            }
            Ok(Ended::No)
        }
        Err(NotPublished::Publish(PublishError::Store(error))) => Err(Unusable(crate::error::one_line(&error))),
        Err(NotPublished::Publish(error)) => {
            eprintln!("{}: {error}", file.display());
            Ok(Ended::No)
        }
    }
}

async fn show(text: Option<&str>, data: &DataArgs) -> Result<Ended, Unusable> {
    let opened = Opened::open(data).await?;
    let shown = print_active(&opened, text).await;
    opened.close().await;
    shown
}

async fn print_active(opened: &Opened, text: Option<&str>) -> Result<Ended, Unusable> {
    let failed = |error: crate::store::StoreError| Unusable(crate::error::one_line(&error));
    let directory = opened.store.directory().await.map_err(failed)?;
    let mut found = false;
    for (id, version) in &directory.active {
        let reference = ProtocolRef { id: id.clone(), version: *version };
        let Some(published) = opened.store.protocol(&reference).await.map_err(failed)? else { continue };
        match text {
            None => println!(
                "{reference}  published {} by {}",
                published.published_at.strftime("%Y-%m-%d %H:%M UTC"),
                published.published_by
            ),
            Some(campaign) if campaign == id.as_str() => print!("{}", published.source),
            Some(_) => continue,
        }
        found = true;
    }
    if !found {
        let what =
            text.map_or("no protocol is active".to_owned(), |campaign| format!("no active protocol has the id {campaign}"));
        eprintln!("dayzero: {what}");
        return Ok(Ended::No);
    }
    Ok(Ended::Done)
}

fn clocks(args: &ClocksArgs) -> Result<Ended, Unusable> {
    let class = Class::from_name(&args.class).ok_or_else(|| {
        let known: Vec<&str> = Class::ALL.iter().map(|class| class.as_str()).collect();
        Unusable(format!("--class {} is not known; expected one of {}", args.class, known.join(", ")))
    })?;
    let at: Timestamp = args.at.parse().map_err(|_| {
        Unusable(format!("--at {} is no time; expected RFC 3339 with an offset, such as 2026-03-27T15:30:00+01:00", args.at))
    })?;
    let Some(protocol) = read(&args.file)? else { return Ok(Ended::No) };
    match protocol.clocks(class, AwareAt::new(at)) {
        None => {
            eprintln!("{}: no route serves the class {}", args.file.display(), class.as_str());
            Ok(Ended::No)
        }
        Some(clocks) => {
            println!("{}", serde_json::to_string_pretty(&clocks).map_err(|error| Unusable(error.to_string()))?);
            Ok(Ended::Done)
        }
    }
}
