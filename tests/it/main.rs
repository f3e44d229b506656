//! The integration tests: one crate, so that they compile and link once.

mod campaigns;
mod faults;
mod gateway;
mod hostile;
mod inspect;
mod journey;
mod pages;
mod platform;
mod samples;
mod signatures;
mod trouble;
mod world;
