//! Comments in, answers out, one JSON object a line: what the command `assess` reads and prints. The keys are an interface that
//! others rely on; they may grow, never shrink.

use serde::{Deserialize, Serialize};

use crate::model::{Assertion, Assessment, Band, EvidenceKind, Patient, ProtocolRef, Seriousness, SpecialSituation, Validity};

use super::Comment;

/// One line of input. Keys it does not know are ignored.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Question {
    pub id: String,
    pub text: String,
    #[serde(default)]
    pub lang: Option<String>,
    #[serde(default)]
    pub post: Option<String>,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub implied_product: Option<String>,
}

impl Question {
    /// The comment as the classifier takes it. Nothing is known of who wrote it.
    pub fn comment(&self) -> Comment<'_> {
        Comment {
            text: &self.text,
            lang: self.lang.as_deref(),
            post: self.post.as_deref(),
            parent: self.parent.as_deref(),
            implied_product: self.implied_product.as_deref(),
            reporter_known: false,
        }
    }
}

/// One line of output.
#[derive(Clone, PartialEq, Serialize)]
pub struct Answer {
    pub id: String,
    /// From 0 to 1, with three decimals.
    pub score: f64,
    pub band: Band,
    pub evidence: Vec<Span>,
    pub serious: Vec<Seriousness>,
    pub special: Vec<SpecialSituation>,
    pub pqc: bool,
    pub urgent: bool,
    pub assertion: Assertion,
    pub patient: Patient,
    pub product: Option<String>,
    pub validity: Validity,
    pub language: Option<String>,
    pub reasons: Vec<String>,
    pub versions: Named,
}

/// A piece of evidence with its words: only here, where the asker has the text anyway.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Bytes of the text.
    pub start: u32,
    pub end: u32,
    pub text: String,
    pub kind: EvidenceKind,
    pub why: String,
}

/// What read the comment, and by whose rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    pub classifier: String,
    pub lexicons: String,
    /// Id and version, or null where no protocol applied.
    pub protocol: Option<String>,
}

impl Answer {
    /// An assessment as a line, with the words of `text`, which must be the text that was read.
    pub fn new(id: impl Into<String>, text: &str, assessment: Assessment, protocol: Option<&ProtocolRef>) -> Self {
        let evidence = assessment.evidence.into_iter().map(|evidence| Span {
            text: evidence.words(text).to_owned(),
            start: evidence.start,
            end: evidence.end,
            kind: evidence.kind,
            why: evidence.why,
        });
        let versions = Named {
            classifier: assessment.versions.classifier,
            lexicons: assessment.versions.lexicons,
            protocol: protocol.map(ToString::to_string),
        };
        Self {
            id: id.into(),
            score: f64::from(assessment.score) / 1000.0,
            band: assessment.band,
            evidence: evidence.collect(),
            serious: assessment.serious,
            special: assessment.special,
            pqc: assessment.pqc,
            urgent: assessment.urgent,
            assertion: assessment.assertion,
            patient: assessment.patient,
            product: assessment.product,
            validity: assessment.validity,
            language: assessment.language,
            reasons: assessment.reasons,
            versions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Classifier;
    use super::*;
    use crate::model::{CampaignId, ReadingRules};

    #[test]
    fn a_line_has_the_keys_that_others_rely_on() {
        let line = r#"{"id":"a1","text":"Ik ben misselijk 🤢","lang":"nl","post":null,"label":1}"#;
        let question: Question = serde_json::from_str(line).unwrap();
        let assessment = Classifier::new(&ReadingRules::default()).assess(&question.comment());
        let protocol = ProtocolRef { id: CampaignId::new("migraine-nl"), version: 3 };
        let answer = serde_json::to_value(Answer::new("a1", &question.text, assessment, Some(&protocol))).unwrap();
        let mut keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let expected =
            "assertion band evidence id language patient pqc product reasons score serious special urgent validity versions";
        assert_eq!(keys.join(" "), expected);
        assert_eq!(answer["evidence"][0]["text"], "misselijk");
        assert_eq!(answer["evidence"][0]["start"], 7);
        assert_eq!(answer["language"], "nl");
        assert_eq!(answer["patient"], "self");
        assert_eq!(answer["validity"]["event"], "present");
        assert_eq!(answer["versions"]["protocol"], "migraine-nl v3");
    }

    #[test]
    fn a_score_is_three_decimals() {
        let mut assessment = Classifier::new(&ReadingRules::default()).unreadable("a sticker");
        assessment.score = 623;
        assert_eq!(serde_json::to_value(Answer::new("x", "", assessment, None)).unwrap()["score"].to_string(), "0.623");
    }
}
