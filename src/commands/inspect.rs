//! `dayzero inspect`: what would become of one HTTP event, without storing anything. With it, somebody who is connecting a
//! platform sees why a call is refused, or what is read in one that is accepted.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::{Ended, Unusable, read_input};
use crate::model::{DoorTerms, Provider, Secret, SignatureForm};
use crate::platform::{DoorSecrets, Doorway, signing_secret};
use crate::receive::inspect;

/// The event, and what stands in for the door that it would have come through.
#[derive(Args)]
pub struct InspectArgs {
    /// An HTTP event of API Gateway, a Function URL or a load balancer; `-` reads standard input
    #[arg(value_name = "EVENT.json")]
    event: PathBuf,
    /// The door's platform: meta, x, linkedin, tiktok, youtube, discourse, telegram, slack, mastodon or forum
    #[arg(long, value_name = "NAME")]
    platform: String,
    /// A live secret of the door; may be given several times
    #[arg(long = "secret", value_name = "S", required = true)]
    secrets: Vec<String>,
    /// What the platform must present in its handshake
    #[arg(long, value_name = "T")]
    verify_token: Option<String>,
    /// The topic that a WebSub hub may ask for (youtube); may be the channel's id alone
    #[arg(long, value_name = "URL")]
    topic: Option<String>,
    /// The form of the door's signature, where it is not the documented one (linkedin)
    #[arg(long, value_name = "FORM")]
    signature: Option<String>,
    /// The time of arrival, RFC 3339; now by default
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

impl InspectArgs {
    fn form(&self) -> Result<SignatureForm, Unusable> {
        let Some(name) = &self.signature else { return Ok(SignatureForm::default()) };
        SignatureForm::from_name(name).ok_or_else(|| {
            let known = SignatureForm::ALL.map(SignatureForm::as_str).join(", ");
            Unusable(format!("--signature {name}: expected one of {known}"))
        })
    }
}

/// Prints the report; a refusal is an answer like any other.
pub fn run(args: &InspectArgs) -> Result<Ended, Unusable> {
    let provider = Provider::from_name(&args.platform).ok_or_else(|| {
        let known: Vec<&str> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
        Unusable(format!("--platform {} is none that this version knows; expected one of {}", args.platform, known.join(", ")))
    })?;
    let signing: Result<Vec<Secret>, String> = args.secrets.iter().map(|secret| signing_secret(provider, secret)).collect();
    let signing = signing.map_err(|problem| Unusable(format!("--secret: {problem}")))?;
    let verify_token = match &args.verify_token {
        None => None,
        Some(token) => Some(Secret::new(token.as_bytes()).ok_or_else(|| Unusable("--verify-token is empty".to_owned()))?),
    };
    // A hub asks for a topic, and a door derives its topics from its accounts: here the topic stands for its account.
    let terms =
        DoorTerms { accounts: args.topic.clone().into_iter().collect(), signature: args.form()?, ..DoorTerms::of(provider) };
    let secrets = DoorSecrets { signing, verify_token };
    let event = read_input(&args.event)?;
    let now = args.at.unwrap_or_else(Timestamp::now);
    let report = inspect::inspect(&event, Doorway { terms: &terms, secrets: &secrets }, now)
        .map_err(|fault| Unusable(format!("{}: {fault}", args.event.display())))?;
    let text = serde_json::to_string_pretty(&report).map_err(|error| Unusable(error.to_string()))?;
    println!("{text}");
    Ok(Ended::Done)
}
