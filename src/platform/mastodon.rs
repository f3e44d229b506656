//! Mastodon: posts of a server of one's own, told to its administrator.

#![allow(unused_imports)]
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::reading::{self, ParseContext, Reading, Source};
use super::signature::{self, SignatureFault};
use super::{Doorway, Handshake};
use crate::http::{Request, Response};
use crate::model::{Parsed, Platform, Secret, SignatureForm};

pub(super) fn check_signature(_request: &Request, _secrets: &[Secret]) -> Result<(), SignatureFault> {
    Err(SignatureFault::NoSecret)
}

pub(super) fn sign(_secret: &Secret, _body: &[u8]) -> Vec<(String, String)> {
    Vec::new()
}

pub(super) fn parse(_body: &[u8], context: &ParseContext<'_>) -> Parsed {
    let mut reading = Reading::new(context);
    reading.spoilt(Source::unknown(Platform::Mastodon), "this version does not read it".to_owned());
    reading.finish()
}
