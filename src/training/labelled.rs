//! Comments with what is true of them, one JSON object a line: what the model learns from and is measured by.
//!
//! The form is that of `src/classify/data`: a comment with the post and the comment above it, and its labels. Patient reviews of
//! medicines come in the same form with fewer labels; what is not known of them they do not teach. Which comments stay apart from
//! learning is decided here, by their situation: comments under one post are alike, and a test must not be learnt by its neighbours.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::classify::Comment;
use crate::model::{Seriousness, SpecialSituation};

/// Of so many situations one stays apart.
const ONE_IN: u64 = 5;

/// A comment and what is true of it.
#[derive(Clone, Deserialize)]
pub struct Labelled {
    pub id: String,
    pub text: String,
    pub lang: String,
    #[serde(default)]
    pub post: Option<String>,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub implied_product: Option<String>,
    /// The product as the text has it, and by its name.
    #[serde(default)]
    pub product_mention: Option<String>,
    #[serde(default)]
    pub product: Option<String>,
    /// 1: it reports an event.
    label: u8,
    /// The words that tell it.
    #[serde(default)]
    pub spans: Vec<String>,
    #[serde(default)]
    pub serious: Vec<Seriousness>,
    #[serde(default)]
    pub special: Vec<SpecialSituation>,
    #[serde(default)]
    pqc: u8,
    #[serde(default)]
    urgent: u8,
    #[serde(default)]
    pub assertion: String,
    /// Post and file that it was written for; absent in reviews and foreign data.
    #[serde(default)]
    pub situation: Option<String>,
    #[serde(default)]
    pub source: Option<String>,
    /// Of a review: the part that its makers keep for tests.
    #[serde(default)]
    split: Option<String>,
    /// Of a review: the medicine.
    #[serde(default)]
    pub drug: Option<String>,
}

/// Hard negatives: comments that speak of complaints and report none.
const HARD: [&str; 8] = ["negated", "question", "hypothetical", "media", "joke", "indication", "leaflet", "other_cause"];

impl Labelled {
    pub fn reports(&self) -> bool {
        self.label == 1
    }

    pub fn is_pqc(&self) -> bool {
        self.pqc == 1
    }

    pub fn is_urgent(&self) -> bool {
        self.urgent == 1
    }

    /// Nothing in it is for drug safety or quality: where it is flagged, that is a false alarm.
    pub fn is_plain(&self) -> bool {
        !self.reports() && self.special.is_empty() && !self.is_pqc()
    }

    pub fn is_hard(&self) -> bool {
        self.is_plain() && HARD.contains(&self.assertion.as_str())
    }

    /// Only the first label is known of a review.
    pub fn is_review(&self) -> bool {
        self.drug.is_some()
    }

    pub fn source(&self) -> &str {
        self.source.as_deref().unwrap_or("?")
    }

    /// As it comes in a company's own channels: neither a tweet from anywhere nor chosen for being rare or easily mistaken.
    pub fn is_own_channel(&self) -> bool {
        !self.is_review() && !matches!(self.source(), "tweets" | "hard")
    }

    /// Kept out of learning.
    pub fn is_apart(&self) -> bool {
        match &self.situation {
            Some(situation) => share(situation, 0).is_multiple_of(ONE_IN),
            None => self.split.as_deref() == Some("dev"),
        }
    }

    /// In which of `folds` parts it lies when the learnt part is divided once more.
    pub fn fold(&self, folds: usize) -> usize {
        (share(self.situation.as_deref().unwrap_or(&self.id), 1) % folds.max(1) as u64) as usize
    }

    /// Where the words lie that tell the event, in bytes.
    pub fn marked(&self) -> Vec<Range<usize>> {
        let place = |span: &String| self.text.find(span.as_str()).map(|at| at..at + span.len());
        self.spans.iter().filter_map(place).collect()
    }

    /// The comment as the classifier takes it: what a platform would say of it, and no more.
    pub fn comment(&self) -> Comment<'_> {
        Comment {
            text: &self.text,
            lang: None,
            post: self.post.as_deref(),
            parent: self.parent.as_deref(),
            implied_product: self.implied_product.as_deref(),
            reporter_known: false,
        }
    }
}

/// A number that depends on nothing but the words it is made from.
fn share(words: &str, salt: u8) -> u64 {
    let mut digest = Sha256::new();
    digest.update([salt]);
    digest.update(words.as_bytes());
    let bytes = digest.finalize();
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A file of labelled comments, or why it is none, with the line.
pub fn read(path: &Path) -> Result<Vec<Labelled>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(index, line)| {
        // The parser's own words may quote the line.
        serde_json::from_str::<Labelled>(line).map_err(|error| {
            let place = format!("{}, line {}, column {}", path.display(), index + 1, error.column());
            format!(
                "{place}: expected a labelled comment: a JSON object with id, text, lang and label, and labels that are known"
            )
        })
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_labelled_comment_is_read_and_its_situation_decides_where_it_goes() {
        let line = r#"{"id":"a","text":"x","lang":"nl","label":0,"special":["overdose"],"situation":"s-1","urgent":1}"#;
        let one: Labelled = serde_json::from_str(line).unwrap();
        assert!(one.is_urgent() && !one.is_plain() && !one.is_hard() && !one.is_review());
        let at = |situation: &str| Labelled { situation: Some(situation.to_owned()), ..one.clone() };
        let apart = (0..1000).filter(|number| at(&format!("s-{number}")).is_apart()).count();
        assert!((150..250).contains(&apart), "{apart} of 1000");
        assert_eq!(at("s-7").is_apart(), at("s-7").is_apart());
    }

    #[test]
    fn a_line_that_is_no_comment_is_named_without_its_words() {
        let path = std::env::temp_dir().join(format!("dayzero-labelled-{}.jsonl", std::process::id()));
        std::fs::write(
            &path,
            "{\"id\":\"a\",\"text\":\"x\",\"lang\":\"nl\",\"label\":1}\n{\"id\":\"b\",\"text\":\"my secret\"}\n",
        )
        .unwrap();
        let said = read(&path).err().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(said.contains("line 2") && !said.contains("secret"), "{said}");
    }
}
