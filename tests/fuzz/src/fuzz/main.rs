//! libFuzzer over everything that reads bytes from outside: one binary, whose target is named in `DAYZERO_FUZZ`.
//!
//! `envelope` reads events of AWS; `verify_P` judges calls of a provider P; `parse_P` reads its bodies. Each module says what it
//! asserts. To add a target: a variant of [`Target`], a line for it in `all`, `name`, `run` and `seeds::of`, a module that asserts
//! something, and a number of executions in the script `run`, which builds, seeds and runs all of them. A new provider needs nothing.

#![no_main]

mod envelope;
mod parse;
mod seeds;
mod verify;

use std::process::exit;
use std::sync::LazyLock;

use dayzero::model::Provider;
use libfuzzer_sys::fuzz_target;

/// Names the target; `list` prints all names.
const TARGET: &str = "DAYZERO_FUZZ";

/// A folder into which the target's seeds and its dictionary are written, in place of a run.
const SEEDS: &str = "DAYZERO_FUZZ_SEEDS";

/// Plants a fault, so that somebody can see that faults are found: the body `forum/created` of the samples makes a target panic.
const SELF_TEST: &str = "DAYZERO_FUZZ_SELFTEST";

#[derive(Clone, Copy)]
enum Target {
    Envelope,
    Verify(Provider),
    Parse(Provider),
}

impl Target {
    fn all() -> impl Iterator<Item = Target> {
        let of = |target: fn(Provider) -> Target| Provider::ALL.into_iter().map(target);
        [Target::Envelope].into_iter().chain(of(Target::Verify)).chain(of(Target::Parse))
    }

    fn name(self) -> String {
        match self {
            Target::Envelope => "envelope".to_owned(),
            Target::Verify(provider) => format!("verify_{}", provider.as_str()),
            Target::Parse(provider) => format!("parse_{}", provider.as_str()),
        }
    }

    fn run(self, data: &[u8]) {
        match self {
            Target::Envelope => envelope::run(data),
            Target::Verify(provider) => verify::run(provider, data),
            Target::Parse(provider) => parse::run(provider, data),
        }
    }

    /// The target of this process. Whoever names none, or asks for something else than a run, is answered here and for good.
    fn of_environment() -> Target {
        let name = std::env::var(TARGET).unwrap_or_default();
        if name == "list" {
            Target::all().for_each(|target| println!("{}", target.name()));
            exit(0);
        }
        let Some(target) = Target::all().find(|target| target.name() == name) else {
            eprintln!("{TARGET} names no target; {TARGET}=list prints them");
            exit(2);
        };
        if let Some(folder) = std::env::var_os(SEEDS) {
            match seeds::write(target, folder.as_ref()) {
                Ok(()) => exit(0),
                Err(error) => {
                    eprintln!("the seeds could not be written: {error}");
                    exit(2);
                }
            }
        }
        target
    }
}

static CHOSEN: LazyLock<Target> = LazyLock::new(Target::of_environment);
static PLANTED: LazyLock<Option<Vec<u8>>> =
    LazyLock::new(|| std::env::var_os(SELF_TEST).map(|_| seeds::sample("forum/created.json")));

fuzz_target!(init: { LazyLock::force(&CHOSEN); }, |data: &[u8]| {
    assert!(PLANTED.as_deref() != Some(data), "the planted fault");
    CHOSEN.run(data);
});
