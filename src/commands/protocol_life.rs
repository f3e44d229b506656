//! `dayzero protocol draft`, `approve`, `publish` and `show`: the steps in the life of a version, and what every version has gone
//! through. What may follow what is decided in `model::protocol_life`.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::protocol::read;
use super::{DataArgs, Ended, Opened, Unusable, operator};
use crate::error::one_line;
use crate::model::protocol_life::Approved;
use crate::model::{ApprovalRole, CampaignId, Noted, ProtocolRef};
use crate::protocol::Protocol;
use crate::publishing::{self, NotPublished, NotTaken, Shelf, Shelved};
use crate::store::{PublishError, StoreError};

/// What a signature means unless the person says otherwise.
const MEANING: &str = "I have read this version and approve it for use";

/// A version: a file, or the draft in the store.
#[derive(Args)]
pub struct WhichArgs {
    #[arg(value_name = "FILE", required_unless_present = "campaign", conflicts_with = "campaign")]
    file: Option<PathBuf>,
    /// The campaign of a version that is in the store
    #[arg(long, value_name = "ID", requires = "version")]
    campaign: Option<String>,
    /// Its number
    #[arg(long, value_name = "N", requires = "campaign")]
    version: Option<u32>,
}

/// A signature under a version.
#[derive(Args)]
pub struct ApproveArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// What the signature is given for: safety, medical or privacy
    #[arg(long, value_name = "ROLE")]
    role: String,
    /// Who signs
    #[arg(long, value_name = "NAME")]
    by: String,
    /// What the signature means
    #[arg(long, value_name = "TEXT", default_value = MEANING)]
    meaning: String,
    #[command(flatten)]
    data: DataArgs,
}

/// The version that comes into force.
#[derive(Args)]
pub struct PublishArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    data: DataArgs,
}

/// What is shown: every version, or the text of one.
#[derive(Args)]
pub struct ShowArgs {
    /// Print the text of this campaign's active version, or of another one with --version
    #[arg(long, value_name = "CAMPAIGN")]
    text: Option<String>,
    /// The version whose text is printed
    #[arg(long, value_name = "N", requires = "text")]
    version: Option<u32>,
    #[command(flatten)]
    data: DataArgs,
}

/// Lays a file down as the draft of its version.
pub async fn draft(file: &Path, data: &DataArgs) -> Result<Ended, Unusable> {
    let Some(protocol) = read(file)? else { return Ok(Ended::No) };
    let opened = Opened::open(data).await?;
    let drafted = publishing::draft(&opened.store, &protocol, &operator(), Timestamp::now()).await;
    opened.close().await;
    let told = drafted.map(|life| {
        let texts = life.drafts.len();
        format!("{} is {}, text {} of it.", protocol.reference(), life.stage().as_str(), texts)
    });
    answer(told)
}

/// Puts a name to a checked text.
pub async fn approve(args: ApproveArgs) -> Result<Ended, Unusable> {
    let role = ApprovalRole::from_name(&args.role).ok_or_else(|| {
        let known: Vec<&str> = ApprovalRole::ALL.iter().map(|role| role.as_str()).collect();
        Unusable(format!("--role {} is not known; expected one of {}", args.role, known.join(", ")))
    })?;
    let (name, meaning) = (args.by.trim().to_owned(), args.meaning.trim().to_owned());
    if name.is_empty() || meaning.is_empty() {
        return Err(Unusable("--by and --meaning need a name and a sentence: an approval without them is none".to_owned()));
    }
    let opened = Opened::open(&args.data).await?;
    let approved = match which(&opened, &args.which).await {
        Ok(Some(protocol)) => {
            let (reference, digest) = (protocol.reference(), protocol.digest());
            let approved = Approved { role, name, meaning, on: None };
            let now = Timestamp::now();
            let life = publishing::approve(&opened.store, (&reference, &digest), approved, &operator(), now).await;
            Ok(Some(life.map(|life| format!("{reference} is {}.", life.stage().as_str()))))
        }
        other => other.map(|_| None),
    };
    opened.close().await;
    approved?.map_or(Ok(Ended::No), answer)
}

/// Makes a version active.
pub async fn publish(args: PublishArgs) -> Result<Ended, Unusable> {
    let opened = Opened::open(&args.data).await?;
    let published = match which(&opened, &args.which).await {
        Ok(Some(protocol)) => {
            let reference = protocol.reference();
            let published = publishing::publish(&opened.store, protocol, &operator(), Timestamp::now()).await;
            Ok(Some((reference, published)))
        }
        other => other.map(|_| None),
    };
    opened.close().await;
    let Some((reference, published)) = published? else { return Ok(Ended::No) };
    let place = args.which.file.map_or(reference.to_string(), |file| file.display().to_string());
    match published {
        Ok(reference) => {
            println!("{reference} is active. Functions that are running take it up within a minute.");
            Ok(Ended::Done)
        }
        Err(NotPublished::Refused(reasons)) => {
            for reason in reasons {
                eprintln!("{place}: {reason}");
            }
            Ok(Ended::No)
        }
        Err(NotPublished::Publish(PublishError::Store(error))) => Err(Unusable(one_line(&error))),
        Err(NotPublished::Publish(error)) => {
            eprintln!("{place}: {error}");
            Ok(Ended::No)
        }
    }
}

/// The version that the arguments name; `None` if it has problems or is not there, which has been said.
async fn which(opened: &Opened, args: &WhichArgs) -> Result<Option<Protocol>, Unusable> {
    match (&args.file, &args.campaign, args.version) {
        (Some(file), _, _) => read(file),
        (None, Some(campaign), Some(version)) => stored(opened, campaign, version).await,
        _ => Err(Unusable("a version is named by a file, or by --campaign and --version".to_owned())),
    }
}

/// A version out of the store; `None` if it is not there or cannot be read any more, which has been said.
pub(super) async fn stored(opened: &Opened, campaign: &str, version: u32) -> Result<Option<Protocol>, Unusable> {
    let reference = ProtocolRef { id: CampaignId::new(campaign), version };
    let text = publishing::text(&opened.store, &reference).await.map_err(failed)?;
    let Some(text) = text else {
        eprintln!("dayzero: the store has no version {version} of {campaign}");
        return Ok(None);
    };
    match Protocol::parse(&text) {
        Ok(protocol) => Ok(Some(protocol)),
        Err(problems) => {
            for problem in &problems {
                eprintln!("{reference}: {problem}");
            }
            Ok(None)
        }
    }
}

fn answer(told: Result<String, NotTaken>) -> Result<Ended, Unusable> {
    match told {
        Ok(told) => {
            println!("{told}");
            Ok(Ended::Done)
        }
        Err(NotTaken::Refused(refusal)) => {
            eprintln!("dayzero: {refusal}");
            Ok(Ended::No)
        }
        Err(NotTaken::Store(error)) => Err(failed(error)),
    }
}

fn failed(error: StoreError) -> Unusable {
    Unusable(one_line(&error))
}

/// Shows every version, or one text.
pub async fn show(args: ShowArgs) -> Result<Ended, Unusable> {
    let opened = Opened::open(&args.data).await?;
    let shown = match &args.text {
        Some(campaign) => print_text(&opened, campaign, args.version).await,
        None => print_all(&opened).await,
    };
    opened.close().await;
    shown
}

async fn print_text(opened: &Opened, campaign: &str, version: Option<u32>) -> Result<Ended, Unusable> {
    let id = CampaignId::new(campaign);
    let active = opened.store.directory().await.map_err(failed)?.active.get(&id).copied();
    let Some(version) = version.or(active) else {
        eprintln!("dayzero: no active protocol has the id {campaign}");
        return Ok(Ended::No);
    };
    match publishing::text(&opened.store, &ProtocolRef { id, version }).await.map_err(failed)? {
        Some(text) => {
            print!("{text}");
            Ok(Ended::Done)
        }
        None => {
            eprintln!("dayzero: the store has no version {version} of {campaign}");
            Ok(Ended::No)
        }
    }
}

async fn print_all(opened: &Opened) -> Result<Ended, Unusable> {
    let campaigns = publishing::campaigns(&opened.store).await.map_err(failed)?;
    if campaigns.is_empty() {
        eprintln!("dayzero: no protocol is active");
        return Ok(Ended::No);
    }
    for campaign in campaigns {
        print_shelf(&publishing::shelf(&opened.store, &campaign).await.map_err(failed)?);
    }
    Ok(Ended::Done)
}

fn print_shelf(shelf: &Shelf) {
    for shelved in &shelf.versions {
        let life = &shelved.life;
        let active = if shelf.active == Some(life.version) { ", active" } else { "" };
        println!("{} v{}  {}{active}{}", shelf.campaign, life.version, life.stage().as_str(), published(shelved));
        for note in &shelf.notes {
            match &note.what {
                Noted::Protocol(step) if step.version == life.version => {
                    println!("  {}  {step}, by {}", note.at.strftime("%Y-%m-%d %H:%M UTC"), note.by.label());
                }
                _ => {}
            }
        }
        if shelved.before_journals {
            println!("  drafted, checked and approved before Dayzero kept journals of it");
        }
    }
}

fn published(shelved: &Shelved) -> String {
    let published = shelved.life.published.as_ref();
    published.map_or_else(String::new, |done| format!(", published {} by {}", done.at.strftime("%Y-%m-%d %H:%M UTC"), done.by))
}
