//! `dayzero drill`: a fire drill from a terminal. Registers it, signs its event as the platform would, posts it to the real door, and says
//! what it reaches and when, until somebody acknowledges or the wait is over.
//!
//! While local mode runs it holds the store, so the drill is registered through its own API; on AWS (`DAYZERO_TABLE`) the command works
//! on the table itself and takes the door's secret from the secret store.

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Ended, Unusable, curl, operator};
use crate::config::{Config, Patience};
use crate::drill::{self, Asked};
use crate::lambda;
use crate::local::post::{Poster, Target};
use crate::local::samples;
use crate::model::drill::{Measured, Reached};
use crate::model::{CampaignId, Class, Clock, Drill, Provider};
use crate::platform;
use crate::review::sign_in::Person;
use crate::secrets::{SecretStore, Secrets};
use crate::store::Store;

/// How often the command looks how far the drill has come.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Args)]
pub struct DrillArgs {
    /// The campaign whose people are called; the only active one by default
    #[arg(long, value_name = "ID")]
    campaign: Option<String>,
    /// What is drilled: serious, adverse_event, special_situation, quality_complaint or distress
    #[arg(long, value_name = "CLASS", default_value = "serious")]
    class: String,
    /// Language of the comment; the protocol's first one in which there is a text by default
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<String>,
    /// Where the door is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    to: String,
    /// How long to wait for somebody to acknowledge
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    wait: u32,
    /// Who holds the drill; the operating system's user by default
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// A drill whose event can be posted.
struct Signed {
    drill: Drill,
    headers: Vec<(String, String)>,
    body: String,
}

/// What the command asks: a running local mode, or the table on AWS.
enum Desk<'a> {
    Local { poster: &'a Poster, to: &'a str },
    Table { store: Store, secrets: Secrets },
}

/// Holds a drill; ends with no if nobody acknowledged in time.
pub async fn run(args: DrillArgs) -> Result<Ended, Unusable> {
    let by = args.by.clone().unwrap_or_else(operator);
    let by = Person::parse(&by).map_err(Unusable)?;
    let to = args.to.trim_end_matches('/').to_owned();
    let poster = Poster::new();
    let desk = Desk::open(&poster, &to)?;
    let signed = desk.register(&args, by.as_str()).await?;
    let id = signed.drill.id().to_owned();
    println!(
        "Fire drill {id}: {} in {}, through the door {}",
        signed.drill.class.as_str(),
        signed.drill.language,
        signed.drill.door
    );
    let sent_at = Timestamp::now();
    let url = format!("{to}/webhooks/{}", signed.drill.door);
    let target = Target { url, headers: signed.headers, body: signed.body.into_bytes() };
    let status = if to.starts_with("https://") {
        curl::post(target).await.map_err(Unusable)?
    } else {
        poster.post(target).await.map_err(Unusable)?.status
    };
    if status != 200 {
        return Err(Unusable(format!("the door answered {status}, so the drill's event was not kept")));
    }
    println!("  {:>10}  answered", after(Timestamp::now().duration_since(sent_at)));
    let measured = follow(&desk, &id, SignedDuration::from_mins(i64::from(args.wait))).await?;
    let measured = desk.end(&id, by.as_str()).await?.unwrap_or(measured);
    println!("{}", summary(&measured));
    Ok(if measured.in_time() { Ended::Done } else { Ended::No })
}

/// Says each thing that the drill reaches, once, until somebody acknowledges or the wait is over.
async fn follow(desk: &Desk<'_>, id: &str, wait: SignedDuration) -> Result<Measured, Unusable> {
    let started = Timestamp::now();
    let mut said = 0;
    loop {
        let measured = desk.measured(id).await?;
        let lines = lines(&measured);
        for line in lines.iter().skip(said) {
            println!("  {line}");
        }
        said = lines.len();
        if measured.acknowledged.is_some() || Timestamp::now().duration_since(started) >= wait {
            return Ok(measured);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What was reached, in the order of time: a list that only grows at its end.
fn lines(measured: &Measured) -> Vec<String> {
    let line = |reached: &Reached, what: &str| {
        let who = reached.who.as_ref().map(|who| format!(" {who}")).unwrap_or_default();
        (reached.at, format!("{:>10}  {what}{who}", after(reached.at.duration_since(measured.registered_at))))
    };
    let steps = [
        ("kept", &measured.kept),
        (if measured.alert_due { "read, alert due" } else { "read" }, &measured.read),
        ("shown to", &measured.shown),
        ("acknowledged by", &measured.acknowledged),
        ("decided by", &measured.decided),
    ];
    let mut lines: Vec<(Timestamp, String)> =
        steps.iter().filter_map(|(what, reached)| Some(line(reached.as_ref()?, what))).collect();
    lines.extend(measured.published.iter().map(|reached| line(reached, "told")));
    // What happened in one moment keeps the order of the line.
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn summary(measured: &Measured) -> String {
    let by = measured.acknowledge_by.map(|by| format!(", due {}", by.strftime("%H:%M:%S UTC"))).unwrap_or_default();
    let missed = measured.missed.len();
    let missed = if missed == 0 { String::new() } else { format!("; {missed} windows missed") };
    match &measured.acknowledged {
        Some(reached) => {
            let who = reached.who.as_deref().unwrap_or("nobody");
            let kept = if measured.in_time() { "in time" } else { "LATE" };
            let took = after(reached.at.duration_since(measured.registered_at));
            format!("Acknowledged {kept} by {who} after {took}{by}{missed}.")
        }
        None if !measured.alert_due => {
            "NOT ACKNOWLEDGED, and no alert of this class was due: look at the drill's page.".to_owned()
        }
        None => format!("NOT ACKNOWLEDGED: {} messages went out{by}{missed}.", measured.published.len()),
    }
}

/// A length of time as a stopwatch has it.
fn after(length: SignedDuration) -> String {
    let milliseconds = length.as_millis();
    match milliseconds.unsigned_abs() {
        0..60_000 => format!("+{}.{:03} s", milliseconds / 1000, milliseconds.unsigned_abs() % 1000),
        _ => format!("+{} min {:02} s", length.as_mins(), length.as_secs().unsigned_abs() % 60),
    }
}

impl<'a> Desk<'a> {
    fn open(poster: &'a Poster, to: &'a str) -> Result<Desk<'a>, Unusable> {
        if std::env::var_os("DAYZERO_TABLE").is_none() {
            return Ok(Desk::Local { poster, to });
        }
        let config = Config::read(|name| std::env::var(name).ok()).map_err(|problems| Unusable(problems.join("; ")))?;
        let clients = config.clients(Patience::Worker);
        let store = lambda::store(&clients, &config, &Clock::System);
        let secrets = Secrets::new(SecretStore::SecretsManager(clients.secrets_manager), Clock::System);
        Ok(Desk::Table { store, secrets })
    }

    async fn register(&self, args: &DrillArgs, by: &str) -> Result<Signed, Unusable> {
        match self {
            Desk::Local { poster, to } => {
                let asked = json!({ "campaign": args.campaign, "class": args.class, "language": args.language, "by": by });
                let started = api(poster, to, "/api/drills", Some(asked)).await?;
                let drill: Drill = member(&started, "drill")?;
                let (provider, body): (Provider, String) = (member(&started, "provider")?, member(&started, "body")?);
                let signature =
                    samples::sign(drill.door.as_str(), provider, body.as_bytes(), Timestamp::now()).map_err(Unusable)?;
                Ok(Signed { drill, headers: with_type(signature), body })
            }
            Desk::Table { store, secrets } => {
                let class = Class::from_name(&args.class)
                    .ok_or_else(|| Unusable(format!("--class is not one of {}", Class::ALL.map(Class::as_str).join(", "))))?;
                let campaign = args.campaign.as_ref().map(CampaignId::new);
                let asked = Asked { campaign, class: Some(class), language: args.language.clone() };
                let now = Timestamp::now();
                let ready = drill::register(store, &asked, by, now).await.map_err(|error| Unusable(error.to_string()))?;
                let secrets = secrets.get(&ready.secret, ready.provider).await.map_err(|error| Unusable(error.to_string()))?;
                let secret = secrets.signing.first().ok_or_else(|| Unusable(format!("{} holds no secret", ready.secret)))?;
                let signature = platform::sign(ready.provider, secret, ready.body.as_bytes(), now, ready.drill.id());
                Ok(Signed { drill: ready.drill, headers: with_type(signature), body: ready.body })
            }
        }
    }

    async fn measured(&self, id: &str) -> Result<Measured, Unusable> {
        match self {
            Desk::Local { poster, to } => member(&api(poster, to, &format!("/api/drills/{id}"), None).await?, "measured"),
            Desk::Table { store, .. } => {
                let kept = store.drill(id).await.map_err(|error| Unusable(error.to_string()))?;
                let kept = kept.ok_or_else(|| Unusable(format!("{id} is not in the register of drills")))?;
                drill::measured(store, &kept).await.map_err(|error| Unusable(error.to_string()))
            }
        }
    }

    async fn end(&self, id: &str, by: &str) -> Result<Option<Measured>, Unusable> {
        match self {
            Desk::Local { poster, to } => {
                let ended = api(poster, to, &format!("/api/drills/{id}/end"), Some(json!({ "by": by }))).await?;
                member(&ended, "measured").map(Some)
            }
            Desk::Table { store, .. } => {
                drill::end(store, id, by, Timestamp::now()).await.map_err(|error| Unusable(error.to_string()))
            }
        }
    }
}

fn with_type(mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    headers
}

/// Asks the API of a running local mode: a GET, or a POST where there is something to say.
async fn api(poster: &Poster, to: &str, path: &str, say: Option<Value>) -> Result<Value, Unusable> {
    let url = format!("{to}{path}");
    let answer = match say {
        None => poster.get(&url).await,
        Some(value) => {
            poster.post(Target { url: url.clone(), headers: with_type(Vec::new()), body: value.to_string().into_bytes() }).await
        }
    };
    let answer = answer.map_err(Unusable)?;
    let value: Value = serde_json::from_str(&answer.body).map_err(|_| Unusable(format!("{url} did not answer with JSON")))?;
    match answer.status {
        200 => Ok(value),
        status => Err(Unusable(value["error"].as_str().map_or(format!("{url} answered {status}"), str::to_owned))),
    }
}

fn member<T: serde::de::DeserializeOwned>(value: &Value, name: &str) -> Result<T, Unusable> {
    serde_json::from_value(value[name].clone())
        .map_err(|_| Unusable(format!("the answer has no {name} that this version can read")))
}
