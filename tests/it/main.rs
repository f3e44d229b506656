//! The integration tests: one crate, so that they compile and link once.

mod campaigns;
mod commands;
mod deletion;
mod doors;
mod envelopes;
mod evidence;
mod faults;
mod gateway;
mod hostile;
mod inspect;
mod journey;
mod keep;
mod lambda;
mod order;
mod pages;
mod platforms;
mod quiet;
mod replay;
mod samples;
mod schemes;
mod signatures;
mod threads;
mod tidy;
mod trouble;
mod world;
