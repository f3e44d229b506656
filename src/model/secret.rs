//! Secrets: webhook secrets and other keys. They do not print, do not serialise, and are never empty.

use std::fmt;

use subtle::ConstantTimeEq;

/// A shared secret with a platform.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// `None` for an empty secret: a key that everybody knows must not verify anything.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    /// The key itself, for a MAC and for nothing else.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether somebody presented this very secret, in time that does not depend on where they differ.
    pub fn matches(&self, presented: &[u8]) -> bool {
        self.0.ct_eq(presented).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}
