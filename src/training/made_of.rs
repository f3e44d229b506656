//! What a model was made of, and what was measured of it: the file that lies beside the model. `dayzero train` writes it,
//! `dayzero protocol check` quotes it.

use serde::{Deserialize, Serialize};

use super::measure::Figure;
use crate::model::Sensitivity;

/// Enough to make the same model again, and to say what it is worth.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MadeOf {
    pub sha256: String,
    pub bytes: usize,
    pub seed: u64,
    /// The digest of the word lists that it was trained beside.
    pub lexicons: String,
    /// Whether the part that is kept apart was learnt as well; then what was measured on it says nothing.
    pub everything: bool,
    pub data: Vec<Taught>,
    /// What it does with the comments that were kept apart.
    pub apart: Vec<Measured>,
}

/// A file of comments.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Taught {
    pub file: String,
    pub sha256: String,
    pub rows: usize,
    pub learnt: usize,
}

/// Figures at one sensitivity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    pub sensitivity: Sensitivity,
    /// Scores from which the bands begin, from 0 to 1.
    pub alert: f64,
    pub review: f64,
    pub groups: Vec<Group>,
}

/// Some comments and what was read of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub of: String,
    pub comments: usize,
    pub figures: Vec<Figure>,
}

/// Of the model that this program carries.
pub fn ours() -> Result<MadeOf, serde_json::Error> {
    serde_json::from_str(include_str!("../classify/model/model.json"))
}

impl MadeOf {
    /// The figures of a language's comments in own channels, at a sensitivity.
    pub fn of_language(&self, lang: &str, sensitivity: Sensitivity) -> Option<&Group> {
        let measured = self.apart.iter().find(|measured| measured.sensitivity == sensitivity)?;
        measured.groups.iter().find(|group| group.of == format!("language {lang}"))
    }
}

impl Group {
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }
}
