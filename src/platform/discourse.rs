//! Discourse: posts of a forum that runs it.

#![allow(unused_imports)]
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::reading::{self, ParseContext, Reading, Source};
use super::signature::{self, SignatureFault};
use super::{Doorway, Handshake};
use crate::http::{Request, Response};
use crate::model::{Parsed, Platform, Secret, SignatureForm};

pub(super) const KEPT_HEADERS: &[&str] = &[];

pub(super) const TELLING_HEADERS: &[&str] = &[];

pub(super) fn check_signature(_request: &Request, _secrets: &[Secret]) -> Result<(), SignatureFault> {
    Err(SignatureFault::NoSecret)
}

pub(super) fn sign(_secret: &Secret, _body: &[u8]) -> Vec<(String, String)> {
    Vec::new()
}

pub(super) fn parse(_body: &[u8], _headers: &BTreeMap<String, String>, context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    reading.spoilt(Source::unknown(Platform::Discourse), "this version does not read it".to_owned());
    reading.finish()
}
