//! The stage that listens: what comes through a door is verified, kept, and answered.

pub mod inspect;
pub mod verify;
