//! Meta's app-review callbacks: somebody takes back what they allowed our app, or asks for the deletion of their data.
#![allow(unused)]

use crate::http::{Request, Response};

pub(super) fn reply(_request: &Request, _code: &str) -> Option<Response> {
    None
}
