//! `dayzero inspect`: what would become of one HTTP event, without storing anything. With it, somebody who is connecting a
//! platform sees why a call is refused, or what is read in one that is accepted.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::{Ended, Unusable, read_input};
use crate::model::{Provider, Secret};
use crate::platform::{DoorSecrets, signing_secret};
use crate::receive::inspect;

/// The event, and what stands in for the door that it would have come through.
#[derive(Args)]
pub struct InspectArgs {
    /// An API Gateway event of payload format 2.0; `-` reads standard input
    #[arg(value_name = "EVENT.json")]
    event: PathBuf,
    /// The door's platform: meta or forum
    #[arg(long, value_name = "NAME")]
    platform: String,
    /// A live secret of the door; may be given several times
    #[arg(long = "secret", value_name = "S", required = true)]
    secrets: Vec<String>,
    /// What the platform must present in its handshake
    #[arg(long, value_name = "T")]
    verify_token: Option<String>,
    /// The topic a WebSub hub would ask for; no platform of this version asks
    #[arg(long, value_name = "URL")]
    topic: Option<String>,
    /// The time of arrival, RFC 3339; now by default
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// Prints the report; a refusal is an answer like any other.
pub fn run(args: &InspectArgs) -> Result<Ended, Unusable> {
    let provider = Provider::from_name(&args.platform).ok_or_else(|| {
        let known: Vec<&str> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
        Unusable(format!("--platform {} is not supported by this version; expected {}", args.platform, known.join(" or ")))
    })?;
    if args.topic.is_some() {
        return Err(Unusable("--topic belongs to WebSub platforms, which this version does not support".to_owned()));
    }
    let signing: Result<Vec<Secret>, String> = args.secrets.iter().map(|secret| signing_secret(provider, secret)).collect();
    let signing = signing.map_err(|problem| Unusable(format!("--secret: {problem}")))?;
    let verify_token = match &args.verify_token {
        None => None,
        Some(token) => Some(Secret::new(token.as_bytes()).ok_or_else(|| Unusable("--verify-token is empty".to_owned()))?),
    };
    let event = read_input(&args.event)?;
    let now = args.at.unwrap_or_else(Timestamp::now);
    let report = inspect::inspect(&event, provider, &DoorSecrets { signing, verify_token }, now)
        .map_err(|fault| Unusable(format!("{}: {fault}", args.event.display())))?;
    let text = serde_json::to_string_pretty(&report).map_err(|error| Unusable(error.to_string()))?;
    println!("{text}");
    Ok(Ended::Done)
}
