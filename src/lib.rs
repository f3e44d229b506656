//! Dayzero: from a patient's comment on a company's own social channels to an acknowledged adverse-event alert.

pub mod classify;
pub mod http;
pub mod model;
