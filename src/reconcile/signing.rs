//! The journal of a campaign's statements, folded: which versions each period has and who signed which; and what a new signature has to
//! be like. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{Hand, Meaning, Note, Noted, Period, Side, Signature, StatementMade};

/// Longest remarks, in characters: a page of text.
const LONGEST_REMARKS: usize = 2_000;

/// One version of a period's statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// From 1 on.
    pub number: usize,
    pub made: StatementMade,
    pub at: Timestamp,
    pub by: String,
    /// In the order in which they were given; one for each side at most.
    pub signatures: Vec<(Timestamp, Signature)>,
}

impl Version {
    /// The signature of one side.
    pub fn signed_by(&self, side: Side) -> Option<&(Timestamp, Signature)> {
        self.signatures.iter().find(|(_, signature)| signature.side == side)
    }

    /// Whether both sides have signed.
    pub fn is_signed(&self) -> bool {
        Side::ALL.into_iter().all(|side| self.signed_by(side).is_some())
    }
}

/// Every period's versions, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statements(BTreeMap<Period, Vec<Version>>);

/// What a person asks to sign.
#[derive(Clone)]
pub struct Asked {
    pub period: Period,
    pub digest: String,
    pub side: Side,
    pub by: Hand,
    pub meaning: Meaning,
    pub remarks: Option<String>,
}

impl Statements {
    /// Folds the journal.
    pub fn fold(notes: &[Note]) -> Statements {
        let mut statements = Statements::default();
        for note in notes {
            match &note.what {
                Noted::Statement(made) => {
                    let versions = statements.0.entry(made.period).or_default();
                    let (number, by) = (versions.len() + 1, note.by.label().to_owned());
                    versions.push(Version { number, made: made.clone(), at: note.at, by, signatures: Vec::new() });
                }
                Noted::Signed(signature) => {
                    let versions = statements.0.get_mut(&signature.period).into_iter().flatten();
                    // A text that was made again after another one is the version that was made last.
                    if let Some(version) = versions.rev().find(|version| version.made.digest == signature.digest) {
                        version.signatures.push((note.at, signature.clone()));
                    }
                }
                _ => {}
            }
        }
        statements
    }

    /// A period's versions, oldest first.
    pub fn of(&self, period: Period) -> &[Version] {
        self.0.get(&period).map(Vec::as_slice).unwrap_or_default()
    }

    /// The version that holds.
    pub fn newest(&self, period: Period) -> Option<&Version> {
        self.of(period).last()
    }

    /// Every period that has a statement.
    pub fn periods(&self) -> impl DoubleEndedIterator<Item = (&Period, &[Version])> {
        self.0.iter().map(|(period, versions)| (period, versions.as_slice()))
    }

    /// What to write down when a person signs; `None` if this very signature stands there already. The error is one sentence.
    pub fn sign(&self, asked: &Asked) -> Result<Option<Signature>, String> {
        let newest = self.newest(asked.period).ok_or("There is no statement of this period to sign.")?;
        if newest.made.digest != asked.digest {
            return Err("This statement was made anew since you opened it. Read it again and sign the new version.".to_owned());
        }
        let signature = Signature {
            period: asked.period,
            digest: asked.digest.clone(),
            side: asked.side,
            name: asked.by.name.clone(),
            subject: asked.by.subject.clone(),
            meaning: asked.meaning,
            remarks: remarks(asked, newest.made.differences)?,
        };
        if let Some((_, given)) = newest.signed_by(asked.side) {
            let again = *given == signature;
            let taken = format!("{} has signed this version already: {}.", asked.side.title(), given.name);
            return if again { Ok(None) } else { Err(taken) };
        }
        if newest.signatures.iter().any(|(_, other)| asked.by.is_same_as(&other.name, other.subject.as_deref())) {
            return Err("One person cannot sign for both sides.".to_owned());
        }
        Ok(Some(signature))
    }
}

fn remarks(asked: &Asked, differences: u32) -> Result<Option<String>, String> {
    let remarks = asked.remarks.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if remarks.is_some_and(|text| text.chars().count() > LONGEST_REMARKS) {
        return Err(format!("`remarks` has at most {LONGEST_REMARKS} characters."));
    }
    if remarks.is_some_and(|text| text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')) {
        return Err("`remarks` must not hold control characters.".to_owned());
    }
    match asked.meaning {
        Meaning::Agrees if differences > 0 => {
            Err("This statement has differences: sign it with remarks that say what is done about them.".to_owned())
        }
        Meaning::Agrees if remarks.is_some() => Err("Remarks belong to a signature with remarks.".to_owned()),
        Meaning::Agrees => Ok(None),
        Meaning::WithRemarks => {
            remarks.map(|text| Some(text.to_owned())).ok_or_else(|| "`remarks` is missing: say what they are.".to_owned())
        }
    }
}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;
