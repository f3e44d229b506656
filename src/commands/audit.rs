//! `dayzero audit`: verify the chains of events, in the store or in an export, and make an export. What is right is said by `audit`
//! alone; the store is fed to it as the lines of an export.

use std::collections::HashMap;
use std::io::{BufReader, Write};
use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{DataArgs, Ended, Opened, Unusable, operator};
use crate::audit::{self, Report, Verifier};
use crate::error::one_line;
use crate::export::{self, ExportError, Period};
use crate::model::{Access, ChainKey, Clock, CommentKey, Looked};
use crate::review::seen;
use crate::review::sign_in::Person;
use crate::store::{Store, StoreError};

/// Heads that are read at once; the store's own batch.
const HEADS: usize = 100;

/// What can be asked of the chains.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Recompute every chain and root, and name the first break of each broken one
    Verify {
        /// An export; without it, the store is verified
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Write every entry as JSON lines on standard output. Holds patients' words: keep it where the store may be kept
    Export {
        /// Only chains with an entry from this day on, in UTC
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Only chains with an entry up to the end of this day, in UTC
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Ends with no if a chain is broken.
pub async fn run(command: AuditCommand) -> Result<Ended, Unusable> {
    match command {
        AuditCommand::Verify { file: Some(file), .. } => {
            let unread = |error: std::io::Error| Unusable(format!("{} cannot be read: {error}", file.display()));
            let report = audit::verify(BufReader::new(std::fs::File::open(&file).map_err(unread)?)).map_err(unread)?;
            Ok(say(&report, &[]))
        }
        AuditCommand::Verify { file: None, data } => {
            let opened = Opened::open(&data).await?;
            let verified = verify_store(&opened.store).await;
            opened.close().await;
            let (report, short) = verified.map_err(unusable)?;
            Ok(say(&report, &short))
        }
        AuditCommand::Export { from, to, data } => {
            let period = period(from, to)?;
            let opened = Opened::open(&data).await?;
            let exported = export_noted(&opened.store, period).await;
            opened.close().await;
            exported
        }
    }
}

/// Whole days, in UTC.
fn period(from: Option<Date>, to: Option<Date>) -> Result<Period, Unusable> {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        return Err(Unusable(format!("--to {to} is before --from {from}")));
    }
    let midnight = |day: Date| day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    let outside = |_| Unusable("--from and --to: expected days between the years -9999 and 9999".to_owned());
    let until = to.map(|day| day.tomorrow().and_then(midnight)).transpose().map_err(outside)?;
    Ok(Period { from: from.map(midnight).transpose().map_err(outside)?, until })
}

fn say(report: &Report, short: &[String]) -> Ended {
    for fault in report.breaks.iter().map(|fault| &fault.sentence).chain(short) {
        eprintln!("dayzero: {fault}");
    }
    if let Some((until, root)) = &report.last_root {
        println!("last root {root}, of everything until {until}");
    }
    let broken = report.broken + short.len();
    println!("{} chains, {} entries, {broken} broken", report.chains, report.entries);
    if broken == 0 { Ended::Done } else { Ended::No }
}

/// The store as it would be exported, and chains that are shorter than their heads.
async fn verify_store(store: &Store) -> Result<(Report, Vec<String>), ExportError> {
    // Heads first: a chain that grows meanwhile is longer than its head, and nothing is wrong.
    let heads = revisions(store).await?;
    let (mut verifier, mut lengths) = (Verifier::default(), HashMap::<CommentKey, u32>::new());
    export::export(store, Period::default(), Timestamp::now(), |line| {
        if let Some((ChainKey::Comment(key), seq)) = line.of {
            lengths.insert(key, seq.0);
        }
        verifier.line(line.text);
        Ok(())
    })
    .await?;
    let mut short = Vec::new();
    for (key, expected) in heads {
        let length = lengths.get(&key).copied().unwrap_or(0);
        if expected > length {
            // The head tells how long the chain has been: an end that was cut off before its root was made shows nowhere else.
            short.push(format!("{key}: its head was made from {expected} entries, and {length} are there"));
        }
    }
    Ok((verifier.finish(), short))
}

/// How long every chain has been, as its head says.
async fn revisions(store: &Store) -> Result<Vec<(CommentKey, u32)>, StoreError> {
    let mut revisions = Vec::new();
    for keys in store.keys().await?.chunks(HEADS) {
        let heads = store.heads(keys.iter()).await?;
        revisions.extend(keys.iter().filter_map(|key| Some((key.clone(), heads.get(key)?.revision.0))));
    }
    Ok(revisions)
}

async fn export_noted(store: &Store, period: Period) -> Result<Ended, Unusable> {
    note_export(store).await?;
    print(store, period).await.map_err(unusable)
}

async fn print(store: &Store, period: Period) -> Result<Ended, ExportError> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    export::export(store, period, Timestamp::now(), |line| output.write_all(line.text)).await?;
    output.flush().map_err(ExportError::Write)?;
    Ok(Ended::Done)
}

/// An export gives out everything: that it was made, and by whom, is noted before its first line.
async fn note_export(store: &Store) -> Result<(), Unusable> {
    let stored = |error: StoreError| Unusable(one_line(&error));
    let person = Person::parse(&operator()).map_err(Unusable)?;
    let access = Access::new(Looked::Export, "dayzero audit export".to_owned(), store.keys().await.map_err(stored)?, None);
    seen::note(store, &Clock::System, &person, access).await.map_err(stored)
}

fn unusable(error: ExportError) -> Unusable {
    Unusable(one_line(&error))
}
