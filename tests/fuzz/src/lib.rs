//! The pure half of Dayzero, compiled by itself: the HTTP edge, the nouns, and the platforms. Nothing in it needs a network, a store or
//! the AWS SDK, so that an instrumented build takes a minute. The sources are the program's own, included by their path; what uses
//! them here are the fuzzer (`fuzz/`) and the bench (`bench/`).

#[path = "../../../src/http/mod.rs"]
pub mod http;
#[path = "../../../src/model/mod.rs"]
pub mod model;
#[path = "../../../src/platform/mod.rs"]
pub mod platform;
