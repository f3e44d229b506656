//! `dayzero protocol`: check a file, say what differs from another version, compute the clocks of a comment. The steps of a version's
//! life are in `protocol_life`, comparing in `protocol_diff`, trying on past comments in `simulate`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::protocol_diff::{self, DiffArgs};
use super::protocol_life::{self, ApproveArgs, PublishArgs, ShowArgs};
use super::simulate::{self, SimulateArgs};
use super::{DataArgs, Ended, Opened, Unusable, operator, read_text};
use crate::campaigns::Campaign;
use crate::model::{AwareAt, Class};
use crate::protocol::Protocol;
use crate::publishing::{self, NotTaken};
use crate::training::{self, made_of};

/// What can be done with a protocol.
#[derive(Subcommand)]
pub enum ProtocolCommand {
    /// Say every problem with its line, warn of holes, show a week of sample clocks; with a store, note what was found
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Folder of the local store in which the check is noted
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Lay a file down as the draft of its version
    Draft {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Put a name to a checked version, for drug safety, medicine or privacy
    Approve(ApproveArgs),
    /// Make a version active; it never changes afterwards
    Publish(PublishArgs),
    /// Show every version: how far it has come, who and when
    Show(ShowArgs),
    /// Say what one version changes in another, and whether that is stricter
    Diff(DiffArgs),
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

/// Ends with no where a file has problems, a step is refused or nothing is there.
pub async fn run(command: ProtocolCommand) -> Result<Ended, Unusable> {
    match command {
        ProtocolCommand::Check { file, data } => check(&file, data).await,
        ProtocolCommand::Draft { file, data } => protocol_life::draft(&file, &data).await,
        ProtocolCommand::Approve(args) => protocol_life::approve(args).await,
        ProtocolCommand::Publish(args) => protocol_life::publish(args).await,
        ProtocolCommand::Show(args) => protocol_life::show(args).await,
        ProtocolCommand::Diff(args) => protocol_diff::run(args).await,
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

async fn check(file: &Path, data: Option<PathBuf>) -> Result<Ended, Unusable> {
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
        println!("warning: the file leaves the approval of {approval} open; publishing wants it here or by `protocol approve`");
    }
    println!(
        "{}: {} of {} examples read as expected",
        protocol.reference(),
        protocol.examples().len() - failing.len(),
        protocol.examples().len()
    );
    print_figures(protocol)?;
    println!("\nWhen each clock would end, in {}:", protocol.time_zone_name());
    print_clocks(protocol);
    let noted = note_check(&campaign, file, data).await?;
    Ok(if failing.is_empty() && noted { Ended::Done } else { Ended::No })
}

/// What the classifier does at this sensitivity, as it was measured on comments that it had not learnt from.
fn print_figures(protocol: &Protocol) -> Result<(), Unusable> {
    let rules = protocol.reading_rules();
    let made_of = made_of::ours().map_err(|error| Unusable(format!("the figures of the model cannot be read: {error}")))?;
    println!("\nWhat the classifier does at this sensitivity, measured on comments it had not learnt from (95 % intervals):");
    if made_of.lexicons != training::lexicons() {
        println!("  The word lists have changed since: these figures are about the ones before.");
    }
    for lang in &rules.languages {
        let lang = lang.split('-').next().unwrap_or(lang);
        let Some(group) = made_of.of_language(lang, rules.sensitivity) else {
            println!("  {lang}: nothing was measured; people read every comment that is not told from another language");
            continue;
        };
        println!("  {lang} ({} comments)", group.comments);
        for name in ["alert recall", "alert or review recall", "plain negatives in alert", "plain negatives in alert or review"] {
            if let Some(figure) = group.figure(name) {
                println!("    {name:<36} {:.2}  {:.2} to {:.2}  of {}", figure.value, figure.low, figure.high, figure.of);
            }
        }
    }
    Ok(())
}

/// Notes the check where a store is named; without one nothing is noted, and checking needs nothing but the file.
async fn note_check(campaign: &Campaign, file: &Path, data: Option<PathBuf>) -> Result<bool, Unusable> {
    if data.is_none() && std::env::var_os("DAYZERO_TABLE").is_none() {
        return Ok(true);
    }
    let opened = Opened::open(&DataArgs { data: data.unwrap_or_default() }).await?;
    let noted = publishing::check(&opened.store, campaign, &operator(), Timestamp::now()).await;
    opened.close().await;
    match noted {
        Ok(life) => {
            println!("\n{} is {}.", campaign.protocol.reference(), life.stage().as_str());
            Ok(true)
        }
        Err(NotTaken::Refused(refusal)) => {
            eprintln!("{}: {refusal}", file.display());
            Ok(false)
        }
        Err(NotTaken::Store(error)) => Err(Unusable(crate::error::one_line(&error))),
    }
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
