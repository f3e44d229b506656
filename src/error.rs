//! Errors of the stages, named for what must happen next. They carry ids, keep their cause, and are logged once, by whoever runs
//! the stage (`line`, `lambda`).

use std::error::Error;
use std::fmt::Display;
use std::panic::PanicHookInfo;

use tokio::task::JoinError;

use crate::store::{AppendError, StoreError};

/// Why a stage did not finish a piece of work.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Nothing is known to be wrong with the work itself: it stays open, and the next sweep tries again.
    #[error("{what}; it will be tried again")]
    TryAgain { what: String, source: Box<dyn Error + Send + Sync> },
    /// The carrier refused: the work has been put off for a moment, and nobody needs to deliver it again.
    #[error("{what}; it waits for a moment")]
    PutOff { what: String, source: Box<dyn Error + Send + Sync> },
    /// Trying again will not help: the work stays open and counted until a person has looked.
    #[error("{what}; a person must look")]
    NeedsPerson { what: String, source: Box<dyn Error + Send + Sync> },
}

impl StageError {
    /// Whether trying again is pointless until somebody has looked.
    pub fn needs_person(&self) -> bool {
        matches!(self, StageError::NeedsPerson { .. })
    }

    /// Whether whoever delivered the work should deliver it again.
    pub fn try_again(&self) -> bool {
        matches!(self, StageError::TryAgain { .. })
    }
}

impl From<StoreError> for StageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => StageError::TryAgain { what: error.to_string(), source: error.into() },
            StoreError::Corrupt { .. } => StageError::NeedsPerson { what: error.to_string(), source: error.into() },
        }
    }
}

impl From<AppendError> for StageError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict(_) => StageError::TryAgain { what: error.to_string(), source: error.into() },
            AppendError::Store(error) => error.into(),
        }
    }
}

impl From<JoinError> for StageError {
    fn from(stopped: JoinError) -> Self {
        StageError::stopped(None, &stopped)
    }
}

impl StageError {
    /// What a task left behind that panicked. Whoever has to look must know at what: a delivery whose reading panics becomes no comment that
    /// somebody could see. The message of a panic may quote the text at which it struck, so it goes no further.
    pub fn stopped(on: Option<&dyn Display>, _: &JoinError) -> StageError {
        let on = on.map(|on| format!(" on {on}")).unwrap_or_default();
        StageError::NeedsPerson {
            what: format!("a stage stopped in the middle of its work{on}"),
            source: "it panicked, and the log says where".into(),
        }
    }
}

/// What a panic tells the log, for `std::panic::set_hook`: where it struck. The standard hook prints the message as well, and that
/// may quote a person's words (cutting a text within a character does).
pub fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    tracing::error!(place, "a fault in the program: it panicked");
}

/// An error and its causes in one line, for the one place that logs it. None of ours holds a person's words.
pub fn one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = error.source();
    }
    line
}
