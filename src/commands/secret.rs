//! `dayzero secret rotate`: changes the secret of a door in steps that can be left and taken up again, so that no delivery is refused
//! in between. The new secret is put beside the old one, the platform is changed, and when nothing can be signed with the old one any
//! more it is taken out. A secret is never printed; one that is generated goes into a file that only its owner reads.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};

use super::{Ended, Unusable, read_text};
use crate::config::{Config, Patience};
use crate::lambda;
use crate::model::{Clock, DoorId, Provider};
use crate::platform::{Issued, LiveSecrets, Rotation, rotation, signing_secret};
use crate::secrets::FRESH_FOR;
use crate::secrets::keeper::{Keeper, Version};

#[derive(Subcommand)]
pub enum SecretCommand {
    /// Change the webhook secret of a door, step by step, without refusing a delivery
    Rotate(RotateArgs),
}

#[derive(Args)]
pub struct RotateArgs {
    /// The door's id, or the secret's name
    #[arg(value_name = "DOOR|NAME")]
    door: String,
    /// Begin: put the secret in this file (- is standard input) beside the old one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate", "finish", "abandon", "status"])]
    new: Option<PathBuf>,
    /// Begin, where the platform takes a secret of our choice: make one and write it to this new file as well
    #[arg(long, value_name = "FILE", conflicts_with_all = ["finish", "abandon", "status"])]
    generate: Option<PathBuf>,
    /// Which of several live secrets is replaced, counted from 1
    #[arg(long, value_name = "N", default_value_t = 1)]
    replaces: usize,
    /// End: take the old secret out
    #[arg(long, conflicts_with_all = ["abandon", "status"])]
    finish: bool,
    /// End the other way: take the new secret out again
    #[arg(long, conflicts_with = "status")]
    abandon: bool,
    /// With --finish: do not wait until the platform can no longer sign with the old secret
    #[arg(long, requires = "finish")]
    now: bool,
    /// Say how many secrets are live, since when, and what comes next; without any option too
    #[arg(long)]
    status: bool,
    /// Whose secret it is, for one that no active protocol names: meta, x, linkedin and so on
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,
}

/// One secret, and what is known of whoever signs with it.
struct Target {
    name: String,
    provider: Provider,
    rotation: Rotation,
    keeper: Keeper,
}

/// What the store holds at the beginning of a step.
struct Found {
    version: Version,
    live: LiveSecrets,
}

pub async fn run(command: SecretCommand) -> Result<Ended, Unusable> {
    let SecretCommand::Rotate(args) = command;
    let target = Target::find(&args).await?;
    let found = target.read().await?;
    let now = Timestamp::now();
    if args.finish {
        target.finish(&found, args.now, now).await
    } else if args.abandon {
        target.abandon(&found).await
    } else if args.new.is_some() || args.generate.is_some() {
        target.begin(&args, &found, now).await
    } else {
        target.say_status(&found, now);
        Ok(Ended::Done)
    }
}

impl Target {
    async fn find(args: &RotateArgs) -> Result<Target, Unusable> {
        if std::env::var_os("DAYZERO_TABLE").is_none() {
            return Err(Unusable(
                "secrets are rotated in Secrets Manager: set DAYZERO_TABLE and what else an operator's command needs".to_owned(),
            ));
        }
        let config = Config::read(|name| std::env::var(name).ok()).map_err(|problems| Unusable(problems.join("; ")))?;
        let clients = config.clients(Patience::Worker);
        let (name, provider) = match &args.platform {
            Some(word) => {
                let known = Provider::ALL.map(Provider::as_str).join(", ");
                let provider = Provider::from_name(word).ok_or_else(|| {
                    Unusable(format!("--platform {word} is none that this version knows; expected one of {known}"))
                })?;
                (args.door.clone(), provider)
            }
            None => {
                let store = lambda::store(&clients, &config, &Clock::System);
                let directory = store.directory().await.map_err(|error| Unusable(crate::error::one_line(&error)))?;
                let by_name = || directory.doors.values().find(|entry| entry.secret == args.door);
                let entry = directory.doors.get(&DoorId::new(&args.door)).or_else(by_name).ok_or_else(|| {
                    Unusable(format!(
                        "{} is neither a door of an active protocol nor the secret of one; name its --platform if it is a secret's name",
                        args.door
                    ))
                })?;
                (entry.secret.clone(), entry.terms.provider)
            }
        };
        let keeper = Keeper::new(clients.secrets_manager, &name);
        Ok(Target { name, provider, rotation: rotation(provider), keeper })
    }

    async fn read(&self) -> Result<Found, Unusable> {
        let version = self.keeper.current().await.map_err(|error| Unusable(error.to_string()))?;
        let live = LiveSecrets::parse(self.provider, &version.value)
            .map_err(|problem| Unusable(format!("the secret {} cannot be used: {problem}", self.name)))?;
        Ok(Found { version, live })
    }

    /// Puts the new secret beside the old one. A second call with the same secret changes nothing and says what comes next.
    async fn begin(&self, args: &RotateArgs, found: &Found, now: Timestamp) -> Result<Ended, Unusable> {
        let new = match &args.new {
            Some(path) => Some(self.given(path)?),
            None => None,
        };
        if new.as_deref().is_some_and(|new| found.live.holds(new)) {
            println!("{}: this secret is live already; nothing was changed", self.name);
            self.say_status(found, now);
            return Ok(Ended::Done);
        }
        if found.version.rotating {
            eprintln!(
                "dayzero: {}: a rotation is under way since {}; end it with --finish or --abandon first",
                self.name,
                at(found.version.since)
            );
            return Ok(Ended::No);
        }
        let (new, file) = match (new, &args.generate) {
            (Some(new), _) => (new, None),
            (None, Some(path)) => (self.generated(path)?, Some(path)),
            (None, None) => return Err(Unusable("give the new secret with --new FILE or --generate FILE".to_owned())),
        };
        let replaced = args.replaces.checked_sub(1).ok_or_else(|| Unusable("--replaces counts from 1".to_owned()))?;
        let both = found.live.with_new(&new, replaced).map_err(Unusable)?;
        self.write(&both, true).await?;
        let written = self.read().await?;
        println!("{}: the new secret stands beside the old one; {} are live", self.name, written.live.count());
        self.say_platform(file.map(PathBuf::as_path));
        self.say_next(&written, now);
        Ok(Ended::Done)
    }

    /// The secret in a file, as the platform shows it.
    fn given(&self, path: &Path) -> Result<String, Unusable> {
        let text = read_text(path)?;
        let secret = text.trim();
        let problem = |problem| Unusable(format!("the new secret of {}: {problem}", self.name));
        signing_secret(self.provider, secret).map_err(problem)?;
        Ok(secret.to_owned())
    }

    /// A secret of our own, in a new file that only its owner reads, before anything else knows it.
    fn generated(&self, path: &Path) -> Result<String, Unusable> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| Unusable(format!("the machine gave no random numbers: {error}")))?;
        let secret = self.rotation.generate(self.provider, &random).ok_or_else(|| {
            let provider = self.provider.as_str();
            Unusable(format!("{provider} makes its secret itself: have it made there and give it with --new FILE"))
        })?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|mut file| {
            writeln!(file, "{secret}")?;
            file.sync_all()
        });
        written.map_err(|error| {
            let hint = "if it holds the secret of an earlier try, give it with --new";
            Unusable(format!("{} cannot be made: {error}; {hint}", path.display()))
        })?;
        Ok(secret)
    }

    async fn finish(&self, found: &Found, at_once: bool, now: Timestamp) -> Result<Ended, Unusable> {
        if !self.is_under_way(found) {
            return Ok(Ended::No);
        }
        let from = self.finished_from(found);
        if now < from && !at_once {
            eprintln!(
                "dayzero: {}: the old secret may still be needed until {} ({} from now); --now takes it out all the same",
                self.name,
                at(from),
                length(from.duration_since(now))
            );
            return Ok(Ended::No);
        }
        self.write(&found.live.without_old().map_err(Unusable)?, false).await?;
        println!(
            "{}: the old secret is taken out; {} live; every function refuses the old one within {}",
            self.name,
            are(found.live.count() - 1),
            length(FRESH_FOR)
        );
        Ok(Ended::Done)
    }

    async fn abandon(&self, found: &Found) -> Result<Ended, Unusable> {
        if !self.is_under_way(found) {
            return Ok(Ended::No);
        }
        self.write(&found.live.without_new().map_err(Unusable)?, false).await?;
        println!("{}: the new secret is taken out again; {} live", self.name, are(found.live.count() - 1));
        Ok(Ended::Done)
    }

    async fn write(&self, live: &LiveSecrets, rotating: bool) -> Result<(), Unusable> {
        let value = live.to_value().map_err(Unusable)?;
        self.keeper.write(&value, rotating).await.map_err(|error| Unusable(error.to_string()))
    }

    fn is_under_way(&self, found: &Found) -> bool {
        if !found.version.rotating {
            eprintln!("dayzero: {}: no rotation is under way; {} live", self.name, are(found.live.count()));
        }
        found.version.rotating
    }

    fn finished_from(&self, found: &Found) -> Timestamp {
        found.version.since.checked_add(self.rotation.old_needed_for).unwrap_or(Timestamp::MAX)
    }

    fn say_status(&self, found: &Found, now: Timestamp) {
        println!(
            "{}: {} live, as version {} of {}",
            self.name,
            are(found.live.count()),
            found.version.id,
            at(found.version.since)
        );
        if found.version.rotating {
            self.say_next(found, now);
            return;
        }
        println!(
            "  no rotation is under way; begin one with {}",
            match self.rotation.issued {
                Issued::ByUs => "--generate FILE or --new FILE",
                Issued::ByPlatform => "--new FILE, at once after the platform has made the new secret",
            }
        );
    }

    fn say_platform(&self, file: Option<&Path>) {
        if let Some(path) = file {
            println!(
                "  the new secret is in {}, readable by you alone; remove the file when the platform has it",
                path.display()
            );
        }
        println!("  at the platform ({}): {}", self.provider.as_str(), self.rotation.at_platform);
    }

    /// What comes next, and when.
    fn say_next(&self, found: &Found, now: Timestamp) {
        let known_from = found.version.since.checked_add(FRESH_FOR).unwrap_or(Timestamp::MAX);
        let order = match self.rotation.issued {
            Issued::ByUs => "change the platform after that",
            Issued::ByPlatform => "what the platform signed with it and saw refused before comes again",
        };
        println!("  every function knows the new secret from {}{}; {order}", at(known_from), still(known_from, now));
        let from = self.finished_from(found);
        println!("  --finish takes the old one out, from {}{}", at(from), still(from, now));
    }
}

fn are(count: usize) -> String {
    if count == 1 { "1 secret is".to_owned() } else { format!("{count} secrets are") }
}

fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How long it is until then, if it is not yet.
fn still(then: Timestamp, now: Timestamp) -> String {
    if then <= now { String::new() } else { format!(" (in {})", length(then.duration_since(now))) }
}

fn length(length: SignedDuration) -> String {
    match length.as_secs() {
        seconds @ ..600 => format!("{seconds} s"),
        seconds => format!("{} min", (seconds + 59) / 60),
    }
}
