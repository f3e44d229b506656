//! The pure file of the stage that does not let go.

#[path = "../../../src/watch/escalate.rs"]
pub mod escalate;
