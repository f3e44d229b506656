//! `dayzero evaluate`: what the classifier does with labelled comments, in figures with 95 % intervals, and its worst mistakes.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::train::training_files;
use super::{Ended, Unusable, read_text};
use crate::model::Sensitivity;
use crate::protocol::Protocol;
use crate::training::measure::{Figure, Mistake, mistakes};
use crate::training::{self, Labelled, Measured, labelled};

/// Mistakes that are printed unless more are asked for.
const WORST: usize = 30;

/// What to measure, and with what.
#[derive(Args)]
pub struct EvaluateArgs {
    /// Files of labelled comments, one JSON object a line; folders stand for their .jsonl files
    #[arg(required = true, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// The protocol whose products, words and sensitivity count; without one, no product is known but the channel's
    #[arg(long, value_name = "FILE")]
    protocol: Option<PathBuf>,
    /// Another model than the program's own
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Only the comments that were kept apart from training
    #[arg(long)]
    apart: bool,
    /// Print the words of the mistakes, not only their ids
    #[arg(long)]
    show: bool,
    /// So many mistakes
    #[arg(long, value_name = "N", default_value_t = WORST)]
    worst: usize,
    /// One JSON object in place of text
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'r> {
    measured: Vec<Measured>,
    mistakes: Vec<Mistake<'r>>,
}

/// Prints the figures, those of each language after those of all.
pub fn run(args: &EvaluateArgs) -> Result<Ended, Unusable> {
    let mut rows: Vec<Labelled> = Vec::new();
    for path in training_files(&args.data)? {
        rows.extend(labelled::read(&path).map_err(Unusable)?);
    }
    rows.retain(|row| !args.apart || row.is_apart());
    if rows.is_empty() {
        return Err(Unusable("there is no labelled comment to measure with".to_owned()));
    }
    let protocol = args.protocol.as_deref().map(read_text).transpose()?;
    let protocol = protocol.map(|source| Protocol::parse(&source)).transpose().map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Unusable(format!("the protocol has problems: {}", problems.join("; ")))
    })?;
    let rules = protocol.map_or_else(|| training::rules(&[]), |protocol| protocol.reading_rules());
    let model = args.model.as_ref().map(fs::read).transpose();
    let model = model.map_err(|error| Unusable(format!("the model cannot be read: {error}")))?;
    let measured = training::evaluate(&rows, &rules, model.as_deref()).map_err(Unusable)?;
    let read = training::read_all(&rows, &rules, rules.sensitivity, model.as_deref()).map_err(Unusable)?;
    let mut worst = mistakes(&read);
    worst.truncate(args.worst);
    let report = Report { measured, mistakes: worst };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|error| Unusable(error.to_string()))?);
    } else {
        print(&report, args.show);
    }
    Ok(Ended::Done)
}

fn print(report: &Report<'_>, show: bool) {
    for measured in &report.measured {
        let name = match measured.sensitivity {
            Sensitivity::High => "high",
            Sensitivity::Balanced => "balanced",
        };
        println!("sensitivity {name}: alert from {:.3}, review from {:.3}", measured.alert, measured.review);
        for group in &measured.groups {
            println!("\n  {} ({} comments)", group.of, group.comments);
            for figure in &group.figures {
                let Figure { name, value, low, high, of } = figure;
                println!("    {name:<38} {value:>7.3}   {low:.3} to {high:.3}   of {of}");
            }
        }
        println!();
    }
    println!("the worst mistakes");
    for mistake in &report.mistakes {
        let score = f64::from(mistake.score) / 1000.0;
        println!("  {:<16} {score:.3}  {}", mistake.id, mistake.what);
        if show {
            println!("    {}", mistake.text.replace('\n', " "));
        }
    }
}
