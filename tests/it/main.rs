//! The integration tests: one crate, so that they compile and link once.

mod gateway;
mod platform;
mod samples;
mod signatures;
