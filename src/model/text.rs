//! A person's own words, wrapped so that they cannot slip into a log line, a metric or an error by accident.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Text that somebody wrote. It has no `Display`, and its `Debug` shows a length and a short digest; whoever needs the words asks
/// for them by name ([`CommentText::expose`]), which is easy to search for.
///
/// ```compile_fail,E0277
/// println!("{}", dayzero::model::CommentText::new("ik ben misselijk"));
/// ```
///
/// ```
/// let text = dayzero::model::CommentText::new("ik ben misselijk");
/// assert!(!format!("{text:?}").contains("misselijk"));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommentText(String);

impl CommentText {
    /// Wraps a person's words; nothing is trimmed or changed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The words themselves: for the classifier, for the pages that people read, and for a carrier that the protocol allows to
    /// hold them. Never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing but white space to read.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for CommentText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = Sha256::digest(self.0.as_bytes());
        write!(f, "[{} bytes, {}]", self.0.len(), hex::encode(&digest[..4]))
    }
}
