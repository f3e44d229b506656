//! Local mode: everything in one process on a laptop, over an embedded DynamoDB and a loopback SNS. It runs the same stages on
//! the same SDK clients as on Lambda and knows nothing that they don't; only the endpoints differ.
//!
//! - `table`: the embedded DynamoDB, in a file or in memory;
//! - `key_store`: the keys that words are sealed under, apart from the table;
//! - `topic`: the loopback SNS, whose accepted messages are the outbox;
//! - `door`: HTTP for platforms and people;
//! - `pump`: wakes the stages, as the stream and the schedule do on AWS; `nightly`: reconciles when a date has changed;
//! - `terminal`: how lines look;
//! - `samples`: the sample protocol and events, and how they are signed and played in.

mod door;
mod key_store;
mod nightly;
mod outbox;
pub mod post;
mod pump;
pub mod samples;
mod table;
mod terminal;
mod topic;

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::net::TcpListener;

pub use key_store::KeyStore;
use nightly::Nightly;
pub use outbox::{Outbox, Posted};
pub use pump::Pump;
pub use table::Table;
pub use terminal::WallClock;
pub use topic::Topic;

use crate::alert::{Alerting, Publisher, Topics};
use crate::campaigns::Campaigns;
use crate::config::{Clients, Config, Patience, SignInSettings};
use crate::error::one_line;
use crate::line::Line;
use crate::metrics::Metrics;
use crate::model::Clock;
use crate::protocol::Protocol;
use crate::publishing::{self, NotPublished};
use crate::receive::{Doors, Receive};
use crate::reconcile::Reconcile;
use crate::review::guard::Csrf;
use crate::review::sign_in::SignIn;
use crate::secrets::{SecretStore, Secrets};
use crate::store::{PublishError, Store};

/// What the terminal asked for.
#[derive(Clone, Debug)]
pub struct Options {
    pub listen: SocketAddr,
    /// `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// `None` takes the sample protocol.
    pub protocol: Option<PathBuf>,
    pub samples: bool,
}

/// Why local mode did not start, in one sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotStarted(String);

/// Runs until Ctrl-C.
pub async fn run(options: Options) -> Result<(), NotStarted> {
    let settings = settings(&options, |name| std::env::var(name).ok())?;
    let _lock = options.data.as_deref().map(lock).transpose()?;
    let door = TcpListener::bind(options.listen).await.map_err(|error| {
        NotStarted(format!("cannot listen on {}: {error}; choose another address with --listen", options.listen))
    })?;
    let address = door.local_addr().map_err(|error| NotStarted(format!("the listening address cannot be read: {error}")))?;
    let house = House::build(&options, address, settings).await?;
    let empty = house.publish_protocol(options.protocol.as_deref()).await?;
    house.welcome(address, &options);
    let pump = Pump::start(house.line.clone());
    let nightly = Nightly::start(house.reconcile());
    let served = tokio::spawn(door::serve(door, house.door(&pump)?, stopped()));
    if options.samples && empty {
        samples::play(address).await;
    }
    let served = served.await;
    println!("Stopping: what has begun is finished. Ctrl-C again stops at once, and loses nothing either.");
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    pump.stop().await;
    nightly.stop().await;
    house.table.stop().await;
    house.keys.stop().await;
    println!("Stopped. Everything that was accepted is kept.");
    match served {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(NotStarted(format!("the HTTP door stopped: {error}"))),
        Err(error) => Err(NotStarted(format!("the HTTP door stopped: {error}"))),
    }
}

/// How people sign in, if they are to. Without it everybody who reaches the address is served, so that must be this machine alone.
pub fn settings(options: &Options, variable: impl Fn(&str) -> Option<String>) -> Result<Option<SignInSettings>, NotStarted> {
    let mut problems = Vec::new();
    let settings = SignInSettings::read(variable, &mut problems);
    if !problems.is_empty() {
        return Err(NotStarted(problems.join("; ")));
    }
    if settings.is_none() && !options.listen.ip().is_loopback() {
        return Err(NotStarted(format!(
            "{} can be reached from other machines and nobody has to sign in: listen on 127.0.0.1, or set DAYZERO_SIGN_IN_ISSUER",
            options.listen
        )));
    }
    Ok(settings)
}

/// All parts of a local Dayzero.
struct House {
    sign_in: SignIn,
    store: Store,
    line: Line,
    receive: Receive,
    campaigns: Campaigns,
    outbox: Outbox,
    table: Table,
    keys: KeyStore,
}

impl House {
    async fn build(options: &Options, address: SocketAddr, settings: Option<SignInSettings>) -> Result<House, NotStarted> {
        let table = Table::start(options.data.as_deref()).await.map_err(NotStarted)?;
        let outbox =
            Outbox::open(options.data.as_deref()).map_err(|error| NotStarted(format!("the outbox cannot be opened: {error}")))?;
        let topic =
            Topic::start(outbox.clone()).await.map_err(|error| NotStarted(format!("the local topic cannot start: {error}")))?;
        let second =
            Topic::start(outbox.clone()).await.map_err(|error| NotStarted(format!("the second topic cannot start: {error}")))?;
        let keys = KeyStore::start(options.data.as_deref()).await.map_err(NotStarted)?;
        let loopback = Config::loopback(table.endpoint(), topic.endpoint()).with_second_loopback(second.endpoint());
        let mut config = keys.configure(loopback);
        let console_url = settings.as_ref().map(|settings| settings.console_url.clone());
        config.console_url = console_url.or_else(|| Some(format!("http://{address}")));
        let worker = config.clients(Patience::Worker);
        let clock = Clock::System;
        let store = Store::new(worker.dynamodb.clone(), &config.table, keys.vault(&worker, &config, &clock));
        keys.prove(store.vault()).await.map_err(NotStarted)?;
        store.create_table().await.map_err(|error| NotStarted(one_line(&error)))?;
        let campaigns = Campaigns::new(store.clone(), clock.clone());
        let line = line(&store, &campaigns, &worker, &config, &clock);
        let door = config.clients(Patience::Door);
        let door_store = Store::new(door.dynamodb.clone(), &config.table, keys.vault(&door, &config, &clock));
        let receive = Receive {
            doors: Doors::new(door_store.clone(), clock.clone()),
            secrets: Secrets::new(SecretStore::Development(samples::development_secrets()), clock.clone()),
            store: door_store,
            clock,
            metrics: Metrics::Off,
        };
        let sign_in = match settings {
            Some(settings) => SignIn::at_provider(settings, None, Clock::System),
            None => SignIn::local(&crate::commands::operator()),
        };
        let sign_in = sign_in.map_err(NotStarted)?;
        Ok(House { sign_in, store, line, receive, campaigns, outbox, table, keys })
    }

    /// Publishes the protocol that was asked for, unless that very text is active; says whether the store was empty before.
    async fn publish_protocol(&self, file: Option<&Path>) -> Result<bool, NotStarted> {
        let source = match file {
            None => samples::PROTOCOL.to_owned(),
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| NotStarted(format!("{} cannot be read: {error}", file.display())))?,
        };
        let directory = self.store.directory().await.map_err(|error| NotStarted(one_line(&error)))?;
        let empty = directory.active.is_empty();
        if file.is_none() && !empty {
            return Ok(false);
        }
        let protocol = Protocol::parse(&source).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            NotStarted(format!("the protocol has problems: {}", problems.join("; ")))
        })?;
        let reference = protocol.reference();
        let published = self.store.protocol(&reference).await.map_err(|error| NotStarted(one_line(&error)))?;
        if published.is_some_and(|published| published.source == source) {
            return Ok(empty);
        }
        let by = crate::commands::operator();
        match publishing::publish(&self.store, protocol, &by, self.line.watch.clock.now()).await {
            Ok(_) => Ok(empty),
            Err(NotPublished::Publish(PublishError::Store(error))) => Err(NotStarted(one_line(&error))),
            Err(error) => Err(NotStarted(error.to_string())),
        }
    }

    fn welcome(&self, address: SocketAddr, options: &Options) {
        println!("Dayzero is listening on http://{address}");
        if let SignIn::Provider(at) = &self.sign_in {
            println!("  sign-in   {}   at {}", at.console_url(), at.issuer());
        }
        println!("  queue     http://{address}/");
        println!("  outbox    http://{address}/outbox   what SNS would have been given");
        println!("  webhooks  http://{address}/webhooks/{{door}}");
        match &options.data {
            Some(data) => println!("  data      {}", data.display()),
            None => println!("  data      in memory: gone when you stop"),
        }
        println!("Ctrl-C stops. Nothing that was accepted is lost.\n");
    }

    fn reconcile(&self) -> Reconcile {
        let (store, clock) = (self.store.clone(), self.line.watch.clock.clone());
        Reconcile { store, clock, metrics: Metrics::Off }
    }

    fn door(&self, pump: &Pump) -> Result<door::Door, NotStarted> {
        Ok(door::Door {
            receive: self.receive.clone(),
            store: self.store.clone(),
            campaigns: self.campaigns.clone(),
            sign_in: self.sign_in.clone(),
            csrf: Csrf::new().map_err(|error| NotStarted(format!("the machine gave no random numbers: {error}")))?,
            outbox: self.outbox.clone(),
            waker: pump.waker(),
            clock: self.line.watch.clock.clone(),
        })
    }
}

/// The stages behind the door, over loopback clients.
pub fn line(store: &Store, campaigns: &Campaigns, clients: &Clients, config: &Config, clock: &Clock) -> Line {
    let metrics = Metrics::Off;
    let publisher = Publisher::new(clients.sns.clone(), Topics::Loopback);
    let publisher = match &clients.sns_second {
        None => publisher,
        Some(second) => publisher.with_second(second.clone(), Topics::SecondLoopback),
    };
    Line::of(Alerting {
        store: store.clone(),
        campaigns: campaigns.clone(),
        publisher,
        clock: clock.clone(),
        metrics,
        console_url: config.console_url.clone(),
    })
}

/// One process at a time on one data folder.
fn lock(data: &Path) -> Result<File, NotStarted> {
    let failed =
        |error: &dyn std::fmt::Display| NotStarted(format!("the data folder {} cannot be used: {error}", data.display()));
    std::fs::create_dir_all(data).map_err(|error| failed(&error))?;
    let file = File::create(data.join("lock")).map_err(|error| failed(&error))?;
    file.try_lock().map_err(|_| failed(&"another Dayzero is running on it"))?;
    Ok(file)
}

async fn stopped() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a signal handler the process ends as the operating system ends it, which loses nothing either.
        std::future::pending::<()>().await;
    }
}
