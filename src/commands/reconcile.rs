//! `dayzero reconcile`: what does not agree, at a terminal; and reading in the safety database's list of cases.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Span;
use jiff::civil::Date;

use super::{DataArgs, Ended, Opened, Unusable, operator, read_input};
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::model::{CampaignId, Clock};
use crate::reconcile::{Error, Reconcile};
use crate::review::sign_in::Person;

/// Days that are looked at unless others are named: a month and some days, as statements are made of.
const DAYS: i32 = 35;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ReconcileArgs {
    #[command(subcommand)]
    command: Option<ReconcileCommand>,
    /// One campaign; without it, every campaign in force
    #[arg(long, value_name = "ID")]
    campaign: Option<String>,
    /// First date, in the campaign's zone; 35 days ago by default
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last date; today by default
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Subcommand)]
enum ReconcileCommand {
    /// Read in the safety database's list of cases (CSV with case_number and received_at; comment_key and status if it has them)
    Cases {
        /// The list; `-` reads standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "ID")]
        campaign: String,
        /// Who reads it in; the operating system's user by default
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Ends with no if there are differences, or lines of a list that could not be used.
pub async fn run(args: ReconcileArgs) -> Result<Ended, Unusable> {
    if let Some(ReconcileCommand::Cases { file, campaign, by, data }) = args.command {
        let person = Person::parse(&by.unwrap_or_else(operator)).map_err(Unusable)?;
        let list = read_input(&file)?;
        let opened = Opened::open(&data).await?;
        let read = stage(&opened).read_cases(&CampaignId::new(campaign), &list, person.as_str()).await;
        opened.close().await;
        let read = read.map_err(unusable)?;
        for fault in &read.faults {
            eprintln!("dayzero: {fault}");
        }
        println!("{} cases read in, {} lines not used", read.rows.len(), read.unusable);
        return Ok(if read.unusable == 0 { Ended::Done } else { Ended::No });
    }
    let opened = Opened::open(&args.data).await?;
    let looked = look(&stage(&opened), &args).await;
    opened.close().await;
    looked
}

fn stage(opened: &Opened) -> Reconcile {
    Reconcile { store: opened.store.clone(), clock: Clock::System, metrics: Metrics::Off }
}

async fn look(stage: &Reconcile, args: &ReconcileArgs) -> Result<Ended, Unusable> {
    let campaigns = match &args.campaign {
        Some(id) => vec![CampaignId::new(id)],
        None => stage.store.directory().await.map_err(|error| Unusable(one_line(&error)))?.active.into_keys().collect(),
    };
    if campaigns.is_empty() {
        return Err(Unusable("no campaign is in force: publish a protocol first".to_owned()));
    }
    let mut found = 0;
    for campaign in campaigns {
        let today = stage.today(&campaign).await.map_err(unusable)?;
        let last = args.to.unwrap_or(today);
        let from = args.from.unwrap_or_else(|| last.saturating_sub(Span::new().days(DAYS)));
        if from > last {
            return Err(Unusable(format!("--from {from} is after --to {last}")));
        }
        let looked = stage.look(&campaign, from, last.saturating_add(Span::new().days(1))).await.map_err(unusable)?;
        for task in &looked.differences {
            println!("{campaign} {} {} {}", task.day, task.id, task.sentence);
        }
        found += looked.differences.len();
        println!(
            "{campaign}: {} deliveries and {} comments from {from} to {last}, {} differences",
            looked.deliveries,
            looked.comments,
            looked.differences.len()
        );
    }
    Ok(if found == 0 { Ended::Done } else { Ended::No })
}

fn unusable(error: Error) -> Unusable {
    Unusable(one_line(&error))
}
