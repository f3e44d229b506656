//! `dayzero protocol simulate`: what a version of a protocol would have done with the comments that are in the store. Nothing is
//! written and nobody is told.
//!
//! Each text is read again by this version's words and products, and each alert that it would have made gets this version's
//! windows. What people then did is taken as it was: an acknowledgement that came after the window this version sets would have
//! been late.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::protocol::read;
use super::{DataArgs, Ended, Opened, Unusable};
use crate::campaigns::Campaign;
use crate::classify::Comment;
use crate::error::one_line;
use crate::model::record::Version;
use crate::model::{Band, Class, CommentText, Record};
use crate::store::{Store, StoreError};

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
    let campaign = Campaign::new(protocol);
    let opened = Opened::open(&args.data).await?;
    let simulated = simulate(&opened.store, &campaign, &args).await;
    opened.close().await;
    print(&campaign, &simulated.map_err(|error| Unusable(one_line(&error)))?);
    Ok(Ended::Done)
}

/// What a version would have done.
#[derive(Debug, Default)]
struct Simulated {
    texts: usize,
    bands: BTreeMap<Band, usize>,
    alerts: BTreeMap<Class, usize>,
    /// Alerts whose acknowledgement came after this version's window, or has not come and the window is over.
    late: BTreeMap<Class, usize>,
    /// Records that differ from what happened: what was alerted then, and what would be.
    differ: Vec<String>,
}

async fn simulate(store: &Store, campaign: &Campaign, args: &SimulateArgs) -> Result<Simulated, StoreError> {
    let mut simulated = Simulated::default();
    for key in store.keys().await? {
        let Some(record) = Record::fold(&store.chain(&key).await?) else { continue };
        let own = record.sightings.iter().any(|(_, sighting)| sighting.own_account);
        let channel = campaign.protocol.channel_of(record.id.platform, &record.id.account);
        if own || record.quarantined.is_some() || channel.is_none() {
            continue;
        }
        for version in record.versions.iter().filter(|version| in_period(version, campaign, args)) {
            simulated.text(&record, version, campaign);
        }
    }
    Ok(simulated)
}

fn in_period(version: &Version, campaign: &Campaign, args: &SimulateArgs) -> bool {
    let day = version.received_at.timestamp().to_zoned(campaign.protocol.time_zone().clone()).date();
    args.from.is_none_or(|from| day >= from) && args.to.is_none_or(|to| day <= to)
}

impl Simulated {
    fn text(&mut self, record: &Record, version: &Version, campaign: &Campaign) {
        let channel = record.last_sighting().and_then(|sighting| sighting.channel.as_ref());
        let assessment = campaign.classifier.assess(&Comment {
            text: version.text.expose(),
            lang: None,
            post: record.post_text.as_ref().map(CommentText::expose),
            parent: None,
            implied_product: campaign.implied_product(channel),
            reporter_known: record.author.is_some(),
        });
        let classes = assessment.classes();
        self.texts += 1;
        *self.bands.entry(assessment.band).or_default() += 1;
        for class in &classes {
            *self.alerts.entry(*class).or_default() += 1;
            if would_be_late(record, version, *class, campaign) {
                *self.late.entry(*class).or_default() += 1;
            }
        }
        let then: Vec<Class> = record.alerts.iter().filter(|alert| alert.on == version.seq).map(|alert| alert.class).collect();
        if then != classes {
            self.differ.push(format!(
                "{} text {}: alerted then {}, now {}",
                record.key,
                version.seq,
                names(&then),
                names(&classes)
            ));
        }
    }
}

fn would_be_late(record: &Record, version: &Version, class: Class, campaign: &Campaign) -> bool {
    let plan = campaign.protocol.plan(class, version.received_at);
    let Some(deadline) = plan.and_then(|plan| plan.deadlines.acknowledge) else { return false };
    let in_hand = record.acknowledgements.iter().filter(|by| by.on >= version.seq).map(|by| by.at).min();
    deadline.standing(in_hand.unwrap_or_else(Timestamp::now)).is_overdue()
}

fn names(classes: &[Class]) -> String {
    let names: Vec<&str> = classes.iter().map(|class| class.as_str()).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
}

fn print(campaign: &Campaign, simulated: &Simulated) {
    println!("{} over {} texts of its channels:", campaign.protocol.reference(), simulated.texts);
    for band in Band::ALL {
        println!("  {:<18} {}", band.as_str(), simulated.bands.get(&band).unwrap_or(&0));
    }
    println!("alerts, and of them acknowledged late by this version's windows:");
    for class in Class::ALL {
        let (alerts, late) = (simulated.alerts.get(&class).unwrap_or(&0), simulated.late.get(&class).unwrap_or(&0));
        println!("  {:<18} {alerts}, {late} late", class.as_str());
    }
    println!("{} texts would have been alerted otherwise than they were", simulated.differ.len());
    for line in &simulated.differ {
        println!("  {line}");
    }
}
