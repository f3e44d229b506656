//! Dayzero: from a patient's comment on a company's own social channels to an acknowledged adverse-event alert.

pub mod http;
pub mod model;
pub mod review;
pub mod store;
