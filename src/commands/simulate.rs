//! `dayzero protocol simulate`: what a version of a protocol would have done with the comments that are in the store. Nothing is
//! written and nobody is told.
//!
//! This file fetches the records one by one and prints the report; playing them again is `simulation`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::protocol::read;
use super::{DataArgs, Ended, Opened, Unusable};
use crate::assess::decide::Parent;
use crate::campaigns::Campaign;
use crate::error::one_line;
use crate::model::{Band, Class, Obligation, Record};
use crate::protocol::{Protocol, Window};
use crate::simulation::{Difference, Report, Reread, Span, Trial, parent_of};
use crate::store::{Store, StoreError};

/// Most ids of one list that are printed; the rest is in `--json`.
const MAX_PRINTED: usize = 50;

/// The protocol to try, and the days whose comments it is tried on.
#[derive(Args)]
pub struct SimulateArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The first day, in the protocol's time zone
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// Take every alert to be in hand so long after its first message, such as 2h, instead of when it really was
    #[arg(long, value_name = "TIME")]
    acknowledge_after: Option<String>,
    /// One JSON object in place of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Prints what would have been different; ends with no if the file has problems.
pub async fn run(args: SimulateArgs) -> Result<Ended, Unusable> {
    let Some(protocol) = read(&args.file)? else { return Ok(Ended::No) };
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Unusable(format!("--from {from} lies after --to {to}")));
    }
    let acknowledge_after = args.acknowledge_after.as_deref().map(clock_time).transpose()?;
    let span = Span { from: args.from, to: args.to, now: Timestamp::now(), acknowledge_after };
    let trial = Trial::new(Campaign::new(protocol));
    let opened = Opened::open(&args.data).await?;
    let report = simulate(&opened.store, &trial, &span).await;
    opened.close().await;
    let report = report.map_err(|error| Unusable(one_line(&error)))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|error| Unusable(error.to_string()))?);
    } else {
        print(&trial.campaign.protocol, &report);
    }
    Ok(Ended::Done)
}

fn clock_time(text: &str) -> Result<SignedDuration, Unusable> {
    match Window::parse(text) {
        Some(Window::Clock(minutes)) => Ok(SignedDuration::from_mins(i64::from(minutes))),
        _ => Err(Unusable(format!("--acknowledge-after {text} is no clock time; expected such as 30m, 2h or 1d"))),
    }
}

/// One record at a time: a table of any size is played in the memory of its longest record.
async fn simulate(store: &Store, trial: &Trial, span: &Span) -> Result<Report, StoreError> {
    let mut report = Report::default();
    for key in store.keys().await? {
        let entries = store.chain(&key).await?;
        let Some(real) = Record::fold(&entries).filter(|record| trial.concerns(record)) else { continue };
        let parent = match parent_of(&real) {
            Some(parent) => store.head(&parent).await?,
            None => None,
        };
        let parent = parent.and_then(|head| Some(Parent { revision: head.revision, text: head.text? }));
        let Some(tried) = trial.replay(&entries, parent.as_ref()) else { continue };
        report.add(&real, &tried, &trial.campaign.protocol, span);
    }
    Ok(report)
}

fn print(protocol: &Protocol, report: &Report) {
    println!("{} over {} comments of its channels", protocol.reference(), report.records);
    if report.erased + report.drills > 0 {
        println!("left out: {} whose words are erased, {} of fire drills", report.erased, report.drills);
    }
    println!("\nreadings");
    for band in Band::ALL {
        println!("  {:<18} {}", band.as_str(), report.band(band));
    }
    println!("\nalerts");
    for class in Class::ALL {
        println!("  {:<18} {}", class.as_str(), report.alerts.get(class.as_str()).unwrap_or(&0));
    }
    for (channel, count) in &report.channels {
        println!("  on {channel:<15} {count}");
    }
    print_windows(report);
    print_messages(protocol, report);
    println!("\nalerted otherwise than it was");
    differences("newly alerted", &report.newly_alerted);
    differences("no longer alerted", &report.no_longer_alerted);
    differences("alerted as something else", &report.otherwise_alerted);
    println!("\nread otherwise than it was");
    reread("into a graver band", &report.raised);
    reread("into a lesser band", &report.lowered);
    if report.not_listed > 0 {
        println!("\n{} entries are counted above and did not fit the lists", report.not_listed);
    }
}

fn print_windows(report: &Report) {
    println!("\nwindows of this version, by what people did");
    for obligation in [Obligation::Alert, Obligation::Acknowledge, Obligation::Forward, Obligation::Decide] {
        let Some(kept) = report.windows.get(obligation.as_str()) else { continue };
        let longest = kept.longest.as_ref().map(|(seconds, key)| {
            let hours = seconds / 3600;
            format!(", longest wait {hours} h {} min ({key})", seconds / 60 % 60)
        });
        let (name, rest) = (obligation.as_str(), longest.unwrap_or_default());
        println!(
            "  {name:<18} {} kept, {} late, {} running, {} that nobody was told of{rest}",
            kept.kept, kept.late, kept.running, kept.unanswered
        );
    }
    for late in report.late.iter().take(MAX_PRINTED) {
        let class = late.class.map_or("no alert", Class::as_str);
        let done = late.done.map_or("not yet".to_owned(), |done| done.to_string());
        println!("  late: {} {class} {}: due {}, done {done}", late.key, late.obligation.as_str(), late.due);
    }
    more(report.late.len());
}

fn print_messages(protocol: &Protocol, report: &Report) {
    println!(
        "\nmessages: {}, {} at night (22 to 7), {} outside opening hours",
        report.messages, report.at_night, report.outside_hours
    );
    for (topic, count) in &report.topics {
        println!("  {topic:<18} {count}");
    }
    println!("  by hour in {}", protocol.time_zone_name());
    let head: Vec<String> = (0..24).map(|hour| format!("{hour:>4}")).collect();
    println!("      {}", head.concat());
    for (day, hours) in ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().zip(&report.hours) {
        let cells: Vec<String> =
            hours.iter().map(|count| if *count == 0 { "   .".to_owned() } else { format!("{count:>4}") }).collect();
        println!("  {day} {}", cells.concat());
    }
}

fn differences(what: &str, list: &[Difference]) {
    println!("  {what}: {}", list.len());
    for difference in list.iter().take(MAX_PRINTED) {
        println!("    {}: then {}, now {}", difference.key, names(&difference.then), names(&difference.now));
    }
    more(list.len());
}

fn reread(what: &str, list: &[Reread]) {
    println!("  {what}: {}", list.len());
    for Reread { key, then, now, by } in list.iter().take(MAX_PRINTED) {
        println!("    {key}: then {} by {by}, now {}", then.as_str(), now.as_str());
    }
    more(list.len());
}

fn more(listed: usize) {
    if listed > MAX_PRINTED {
        println!("    and {} more, in --json", listed - MAX_PRINTED);
    }
}

fn names(classes: &[Class]) -> String {
    let names: Vec<&str> = classes.iter().map(|class| class.as_str()).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
}
