//! The commands of an operator at a terminal. Each says its outcome on standard output, its errors on standard error in one
//! sentence, and ends with 0 (done), 1 (the answer is no) or 2 (unusable input).

mod acknowledge;
mod assess;
mod audit;
mod curl;
mod drill;
mod erase;
mod evaluate;
mod inspect;
mod protocol;
mod protocol_diff;
mod protocol_life;
mod reconcile;
mod replay;
mod restored;
mod secret;
mod simulate;
mod train;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Patience};
use crate::lambda;
use crate::local::{self, KeyStore, Options, Table};
use crate::model::Clock;
use crate::store::Store;

/// What the terminal typed.
#[derive(Parser)]
#[command(
    name = "dayzero",
    version,
    about = "From a patient's comment to an acknowledged adverse-event alert.",
    disable_help_subcommand = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    local: LocalArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in one process (the default)
    Local(LocalArgs),
    /// Sign sample bodies with the development secrets and post them to a running door
    Replay(replay::ReplayArgs),
    /// Say what receive and assess would make of one HTTP event, without storing anything
    Inspect(inspect::InspectArgs),
    /// Read comments as JSON lines on standard input, answer with JSON lines
    Assess(assess::AssessArgs),
    /// Measure the classifier on labelled comments: figures with intervals, thresholds, the worst mistakes
    Evaluate(evaluate::EvaluateArgs),
    /// Make the classifier's model from labelled comments
    Train(train::TrainArgs),
    /// Take a record in hand, from a terminal
    Acknowledge(acknowledge::AcknowledgeArgs),
    /// Draft, check, approve, publish, show or compare a protocol, compute its clocks, try it on past comments
    #[command(subcommand)]
    Protocol(protocol::ProtocolCommand),
    /// Send a marked synthetic event through the real line and measure how long it takes to reach somebody
    Drill(drill::DrillArgs),
    /// Erase what one author wrote, as far as it is no safety matter: one person asks, another agrees
    Erase(erase::EraseArgs),
    /// After a restore: write down that words erased since are gone
    Restored(restored::RestoredArgs),
    /// Change a webhook secret without refusing a delivery
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Verify the chains of events
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Say what does not agree, or read in the safety database's list of cases
    Reconcile(reconcile::ReconcileArgs),
}

#[derive(Args, Clone)]
struct LocalArgs {
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    data: DataArgs,
    /// Keep everything in memory
    #[arg(long)]
    memory: bool,
    /// The protocol to publish, instead of the sample
    #[arg(long, value_name = "FILE")]
    protocol: Option<PathBuf>,
    /// Do not play the sample events into an empty store
    #[arg(long)]
    no_samples: bool,
}

#[derive(Args, Clone)]
struct DataArgs {
    /// Folder of the local store
    #[arg(long, value_name = "DIR", default_value = ".dayzero")]
    data: PathBuf,
}

/// How a command ended.
#[derive(Debug)]
pub enum Ended {
    Done,
    /// A check found faults; what they are has been said.
    No,
}

/// Input that cannot be used, in one sentence.
#[derive(Debug)]
pub struct Unusable(pub String);

impl Cli {
    /// Runs what was typed.
    pub async fn run(self) -> ExitCode {
        let ended = match self.command {
            None => run_local(self.local).await,
            Some(Command::Local(args)) => run_local(args).await,
            Some(Command::Replay(args)) => replay::run(args).await,
            Some(Command::Inspect(args)) => inspect::run(&args),
            Some(Command::Assess(args)) => assess::run(&args),
            Some(Command::Evaluate(args)) => evaluate::run(&args),
            Some(Command::Train(args)) => train::run(&args),
            Some(Command::Acknowledge(args)) => acknowledge::run(args).await,
            Some(Command::Protocol(command)) => protocol::run(command).await,
            Some(Command::Drill(args)) => drill::run(args).await,
            Some(Command::Erase(args)) => erase::run(args).await,
            Some(Command::Restored(args)) => restored::run(args).await,
            Some(Command::Secret(command)) => secret::run(command).await,
            Some(Command::Audit(command)) => audit::run(command).await,
            Some(Command::Reconcile(args)) => reconcile::run(args).await,
        };
        match ended {
            Ok(Ended::Done) => ExitCode::SUCCESS,
            Ok(Ended::No) => ExitCode::from(1),
            Err(Unusable(problem)) => {
                eprintln!("dayzero: {problem}");
                ExitCode::from(2)
            }
        }
    }
}

async fn run_local(args: LocalArgs) -> Result<Ended, Unusable> {
    if !args.listen.ip().is_loopback() {
        return Err(Unusable(format!(
            "{} is no loopback address: without sign-in local mode listens on 127.0.0.1 or [::1] only",
            args.listen
        )));
    }
    let data = (!args.memory).then_some(args.data.data);
    let options = Options { listen: args.listen, data, protocol: args.protocol, samples: !args.no_samples };
    local::run(options).await.map_err(|error| Unusable(error.to_string()))?;
    Ok(Ended::Done)
}

/// The name under which this terminal's user acts.
pub fn operator() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "local user".to_owned())
}

/// The store that an operator's command works on: that of AWS if the environment names a table there, otherwise the local one.
struct Opened {
    store: Store,
    local: Option<(Table, KeyStore)>,
}

impl Opened {
    async fn open(args: &DataArgs) -> Result<Opened, Unusable> {
        if std::env::var_os("DAYZERO_TABLE").is_some() {
            let config = Config::read(|name| std::env::var(name).ok());
            let config = config.map_err(|problems| Unusable(problems.join("; ")))?;
            let store = lambda::store(&config.clients(Patience::Worker), &config, &Clock::System);
            return Ok(Opened { store, local: None });
        }
        if !args.data.join("dayzero.db").exists() {
            return Err(Unusable(format!(
                "{} holds no local store: start `dayzero local` once, name another folder with --data, or set DAYZERO_TABLE",
                args.data.display()
            )));
        }
        let table = Table::start(Some(&args.data)).await.map_err(Unusable)?;
        let keys = KeyStore::start(Some(&args.data)).await.map_err(Unusable)?;
        let config = keys.configure(Config::loopback(table.endpoint(), table.endpoint()));
        let clients = config.clients(Patience::Worker);
        let vault = keys.vault(&clients, &config, &Clock::System);
        keys.prove(&vault).await.map_err(Unusable)?;
        Ok(Opened { store: Store::new(clients.dynamodb, &config.table, vault), local: Some((table, keys)) })
    }

    async fn close(self) {
        if let Some((table, keys)) = self.local {
            table.stop().await;
            keys.stop().await;
        }
    }
}

/// Reads a file, or standard input for `-`.
fn read_input(path: &std::path::Path) -> Result<Vec<u8>, Unusable> {
    use std::io::Read;
    if path.as_os_str() == "-" {
        let mut input = Vec::new();
        std::io::stdin().read_to_end(&mut input).map_err(|error| Unusable(format!("standard input cannot be read: {error}")))?;
        return Ok(input);
    }
    std::fs::read(path).map_err(|error| Unusable(format!("{} cannot be read: {error}", path.display())))
}

/// Reads a text file, or standard input for `-`.
fn read_text(path: &std::path::Path) -> Result<String, Unusable> {
    String::from_utf8(read_input(path)?).map_err(|_| Unusable(format!("{} is not UTF-8 text", path.display())))
}
