//! The pure files of the stage that tells people.

#[path = "../../../src/alert/decide.rs"]
pub mod decide;
#[path = "../../../src/alert/pace.rs"]
pub mod pace;
