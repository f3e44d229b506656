//! One program: a role of the Lambda deployment when `_HANDLER` names one, otherwise the command that was typed.

use dayzero::config::Config;
use dayzero::lambda::{self, Role};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> std::process::ExitCode {
    std::panic::set_hook(Box::new(dayzero::error::log_panic));
    match std::env::var("_HANDLER") {
        Ok(handler) => on_lambda(&handler),
        Err(_) => at_a_terminal(),
    }
}

/// One thread: a Lambda function handles one event at a time, and starts faster.
fn on_lambda(handler: &str) -> std::process::ExitCode {
    let lines = fmt::layer().json().with_ansi(false).with_target(false).without_time();
    tracing_subscriber::registry().with(lines.with_filter(own_lines())).init();
    let Some(role) = Role::from_name(handler) else {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        return refuse(&format!("_HANDLER is {handler}; expected one of {}", known.join(", ")));
    };
    let config = match Config::read(|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(problems) => return refuse(&problems.join("; ")),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("the runtime cannot start: {error}")),
    };
    match runtime.block_on(lambda::run(role, &config)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

/// Our own lines, and others' errors: to the SDK a write that met its condition is a warning, and to us it is how things work.
fn own_lines() -> Targets {
    Targets::new().with_target("dayzero", LevelFilter::INFO).with_default(LevelFilter::ERROR)
}

fn refuse(problem: &str) -> std::process::ExitCode {
    tracing::error!(problem, "cannot start");
    std::process::ExitCode::from(2)
}

#[cfg(feature = "local")]
fn at_a_terminal() -> std::process::ExitCode {
    use clap::Parser;
    use std::io::IsTerminal;

    let cli = dayzero::commands::Cli::parse();
    let lines = fmt::layer().compact().with_target(false).with_timer(dayzero::local::WallClock);
    let lines = lines.with_ansi(std::io::stdout().is_terminal());
    tracing_subscriber::registry().with(lines.with_filter(own_lines())).init();
    match tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build() {
        Ok(runtime) => runtime.block_on(cli.run()),
        Err(error) => {
            eprintln!("dayzero: the runtime cannot start: {error}");
            std::process::ExitCode::from(2)
        }
    }
}

#[cfg(not(feature = "local"))]
fn at_a_terminal() -> std::process::ExitCode {
    eprintln!(
        "dayzero: this build runs on Lambda only, where _HANDLER names the function; build with the feature local for a terminal"
    );
    std::process::ExitCode::from(2)
}
