//! Dayzero: from a patient's comment on a company's own social channels to an acknowledged adverse-event alert.

pub mod alert;
pub mod assess;
pub mod campaigns;
pub mod classify;
#[cfg(feature = "local")]
pub mod commands;
pub mod config;
pub mod error;
pub mod fresh;
pub mod http;
pub mod lambda;
pub mod line;
#[cfg(feature = "local")]
pub mod local;
pub mod metrics;
pub mod model;
pub mod platform;
pub mod protocol;
pub mod publishing;
pub mod receive;
pub mod review;
pub mod secrets;
pub mod store;
pub mod watch;
