//! The integration tests: one crate, so that they compile and link once.

mod gateway;
mod hostile;
mod inspect;
mod platform;
mod samples;
mod signatures;
