//! The integration tests: one crate, so that they compile and link once.

mod campaigns;
mod commands;
mod envelopes;
mod faults;
mod gateway;
mod hostile;
mod inspect;
mod journey;
mod lambda;
mod pages;
mod platforms;
mod quiet;
mod samples;
mod signatures;
mod threads;
mod tidy;
mod trouble;
mod world;
