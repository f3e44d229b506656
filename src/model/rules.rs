//! What a campaign's protocol tells the classifier. A noun of its own, so that `protocol` can say it and `classify` can obey it
//! without knowing each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A medicine the campaign is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub name: String,
    pub substance: Option<String>,
    pub spellings: Vec<String>,
    /// `false` for a competitor's.
    pub own: bool,
}

/// Where the bands lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    #[default]
    High,
    Balanced,
}

/// How a campaign's comments are to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingRules {
    pub products: Vec<Product>,
    /// BCP 47; a comment in any other language goes to people as unreadable.
    pub languages: Vec<String>,
    pub sensitivity: Sensitivity,
    /// Further reactions in patients' words, by language.
    pub extra_reactions: BTreeMap<String, Vec<String>>,
}
