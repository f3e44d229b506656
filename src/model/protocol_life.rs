//! The life of one version of a protocol: draft → checked → approved → published → superseded. What each step says, what may follow
//! what, and today's stage as a fold over the campaign's journal. Pure.
//!
//! Everything up to publication is bound to the digest of the very text: a changed text is a new draft, and whatever was said of the old
//! one no longer counts. After publication nothing changes any more. `publishing` takes the steps; the console and the commands show them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::CampaignId;
use super::journal::{JournalId, Note, Noted};

/// The subject of the journals in which protocols live.
pub const SUBJECT: &str = "protocol";

/// The journal of one campaign's protocol, in all its versions.
pub fn journal(campaign: &CampaignId) -> JournalId {
    JournalId::of_campaign(SUBJECT, campaign)
}

/// The digest that names a text, lower-case hexadecimal SHA-256.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// One step in the life of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtocolStep {
    pub version: u32,
    /// Of the text that the step is about.
    pub digest: String,
    pub step: LifeStep,
}

/// What was done with a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum LifeStep {
    /// It was laid down. Another text under the same version takes the place of the one before.
    Drafted,
    /// It was read for holes, and its examples were tried.
    Checked(Check),
    /// Somebody put their name to it.
    Approved(Approved),
    /// It came into force, in place of another version if one was in force.
    Published { at: Timestamp, replaces: Option<u32> },
    /// A later version came into force.
    Superseded { by: u32 },
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub examples: u32,
    /// Examples that the classifier answers otherwise than the text says.
    pub failing: u32,
    pub warnings: u32,
    /// Each finding in its sentence, as far as they fit.
    pub found: Vec<String>,
}

/// A signature: the name, what it was given as, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    pub role: ApprovalRole,
    pub name: String,
    pub meaning: String,
    /// The day that the text itself gives for it, where it was signed outside Dayzero.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on: Option<Date>,
}

/// The functions that have to approve a version before it can be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalRole {
    Safety,
    Medical,
    Privacy,
}

impl ApprovalRole {
    /// Every function, in the order in which they are shown.
    pub const ALL: [ApprovalRole; 3] = [ApprovalRole::Safety, ApprovalRole::Medical, ApprovalRole::Privacy];

    /// The word for it in protocols and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            ApprovalRole::Safety => "safety",
            ApprovalRole::Medical => "medical",
            ApprovalRole::Privacy => "privacy",
        }
    }

    /// The function that a word names, if `as_str` could have written it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// How far a version has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeStage {
    Draft,
    Checked,
    Approved,
    Published,
    Superseded,
}

impl LifeStage {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            LifeStage::Draft => "draft",
            LifeStage::Checked => "checked",
            LifeStage::Approved => "approved",
            LifeStage::Published => "published",
            LifeStage::Superseded => "superseded",
        }
    }
}

/// Something with the name of whoever did it and the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<T> {
    pub at: Timestamp,
    pub by: String,
    pub what: T,
}

/// One version, as its journal tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionLife {
    pub version: u32,
    /// The digests of its texts, oldest first: the last one is what the version says.
    pub drafts: Vec<Done<String>>,
    /// The last check of the current text.
    pub checked: Option<Done<Check>>,
    /// Signatures under the current text.
    pub approvals: Vec<Done<Approved>>,
    /// How many signatures and checks a changed text has lost.
    pub lost: usize,
    /// Since when it is in force, and in place of which version.
    pub published: Option<Done<(Timestamp, Option<u32>)>>,
    /// The version that came after it.
    pub superseded: Option<Done<u32>>,
}

/// Why a step cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("version {0} is published, and a published version never changes: give the file a higher version")]
    Published(u32),
    #[error("version {0} has no draft: lay one down with `dayzero protocol draft`")]
    NoDraft(u32),
    #[error("version {0} has another text since: draft the file, or take the text that `dayzero protocol show --text` prints")]
    OtherText(u32),
    #[error("version {0} is not checked: `dayzero protocol check` has to find every example read as expected")]
    Unchecked(u32),
    #[error("version {0} is already approved for {role} by {by}", role = .1.as_str(), by = .2)]
    Signed(u32, ApprovalRole, String),
    #[error("version {0} is not approved by everybody who has to")]
    Unapproved(u32),
    #[error("version {0} is not published")]
    NotPublished(u32),
}

/// What a step that may be taken comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// To be noted.
    New,
    /// It stands in the journal already: nothing to do.
    Already,
}

impl VersionLife {
    /// How far the version has come.
    pub fn stage(&self) -> LifeStage {
        let signed = |role: &ApprovalRole| self.approval(*role).is_some();
        if self.superseded.is_some() {
            LifeStage::Superseded
        } else if self.published.is_some() {
            LifeStage::Published
        } else if !self.is_checked() {
            LifeStage::Draft
        } else if ApprovalRole::ALL.iter().all(signed) {
            LifeStage::Approved
        } else {
            LifeStage::Checked
        }
    }

    /// The digest of what the version says now.
    pub fn digest(&self) -> Option<&str> {
        self.drafts.last().map(|draft| draft.what.as_str())
    }

    /// The signature of one function under the current text.
    pub fn approval(&self, role: ApprovalRole) -> Option<&Done<Approved>> {
        self.approvals.iter().find(|approval| approval.what.role == role)
    }

    /// Whether the current text was checked and every example of it passed.
    pub fn is_checked(&self) -> bool {
        self.checked.as_ref().is_some_and(|checked| checked.what.failing == 0)
    }

    /// Whether a step may be taken now.
    pub fn admits(&self, taken: &ProtocolStep) -> Result<Admitted, Refusal> {
        let (version, same) = (self.version, self.digest() == Some(taken.digest.as_str()));
        let over = self.published.is_some() || self.superseded.is_some();
        match &taken.step {
            LifeStep::Drafted if same => Ok(Admitted::Already),
            LifeStep::Superseded { .. } if self.superseded.is_some() => Ok(Admitted::Already),
            LifeStep::Superseded { .. } if self.published.is_some() => Ok(Admitted::New),
            LifeStep::Superseded { .. } => Err(Refusal::NotPublished(version)),
            _ if over => Err(Refusal::Published(version)),
            LifeStep::Drafted => Ok(Admitted::New),
            _ if self.drafts.is_empty() => Err(Refusal::NoDraft(version)),
            _ if !same => Err(Refusal::OtherText(version)),
            LifeStep::Checked(check) => {
                let known = self.checked.as_ref().is_some_and(|checked| checked.what == *check);
                Ok(if known { Admitted::Already } else { Admitted::New })
            }
            _ if !self.is_checked() => Err(Refusal::Unchecked(version)),
            LifeStep::Approved(approved) => match self.approval(approved.role) {
                Some(signed) => Err(Refusal::Signed(version, approved.role, signed.what.name.clone())),
                None => Ok(Admitted::New),
            },
            LifeStep::Published { .. } if self.stage() == LifeStage::Approved => Ok(Admitted::New),
            LifeStep::Published { .. } => Err(Refusal::Unapproved(version)),
        }
    }

    /// Takes a step into account. What a journal holds has happened, whether or not it should have.
    pub fn take(&mut self, taken: &ProtocolStep, at: Timestamp, by: &str) {
        let by = by.to_owned();
        if taken.step == LifeStep::Drafted {
            if self.digest() != Some(taken.digest.as_str()) {
                self.lost += self.approvals.len() + usize::from(self.checked.is_some());
                self.approvals.clear();
                self.checked = None;
                self.drafts.push(Done { at, by, what: taken.digest.clone() });
            }
            return;
        }
        let same = self.digest() == Some(taken.digest.as_str());
        match &taken.step {
            LifeStep::Checked(check) if same => self.checked = Some(Done { at, by, what: check.clone() }),
            LifeStep::Approved(approved) if same => self.approvals.push(Done { at, by, what: approved.clone() }),
            // Whoever signed meanwhile had the text before in mind.
            LifeStep::Checked(_) | LifeStep::Approved(_) => self.lost += 1,
            LifeStep::Published { at: since, replaces } => self.published = Some(Done { at, by, what: (*since, *replaces) }),
            LifeStep::Superseded { by: next } => self.superseded = Some(Done { at, by, what: *next }),
            LifeStep::Drafted => {}
        }
    }
}

/// Every version of one campaign's protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtocolLife {
    pub versions: BTreeMap<u32, VersionLife>,
}

impl ProtocolLife {
    /// Folds the campaign's journal.
    pub fn of(notes: &[Note]) -> Self {
        let mut life = Self::default();
        for note in notes {
            // Other kinds of note have journals of their own.
            if let Noted::Protocol(step) = &note.what {
                life.version_mut(step.version).take(step, note.at, note.by.label());
            }
        }
        life
    }

    /// One version; an empty life if nothing was ever noted of it.
    pub fn version(&self, version: u32) -> VersionLife {
        self.versions.get(&version).cloned().unwrap_or(VersionLife { version, ..VersionLife::default() })
    }

    fn version_mut(&mut self, version: u32) -> &mut VersionLife {
        self.versions.entry(version).or_insert_with(|| VersionLife { version, ..VersionLife::default() })
    }
}

/// As an inspector reads it, without the name and the time, which stand beside it.
impl fmt::Display for ProtocolStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, text) = (self.version, self.digest.get(..12).unwrap_or(&self.digest));
        match &self.step {
            LifeStep::Drafted => write!(f, "version {version} drafted, text {text}"),
            LifeStep::Checked(check) => {
                let passed = check.examples.saturating_sub(check.failing);
                let (of, holes) = (check.examples, check.warnings);
                write!(f, "version {version} checked: {passed} of {of} examples read as expected, warnings: {holes}")
            }
            LifeStep::Approved(Approved { role, name, meaning, on }) => {
                write!(f, "version {version} approved for {} by {name}", role.as_str())?;
                if let Some(day) = on {
                    write!(f, " on {day}")?;
                }
                write!(f, ": {meaning}")
            }
            LifeStep::Published { replaces: None, .. } => write!(f, "version {version} published"),
            LifeStep::Published { replaces: Some(old), .. } => write!(f, "version {version} published in place of version {old}"),
            LifeStep::Superseded { by } => write!(f, "version {version} superseded by version {by}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: LifeStep) -> ProtocolStep {
        ProtocolStep { version: 4, digest: "same".to_owned(), step }
    }

    fn signed(role: ApprovalRole) -> LifeStep {
        LifeStep::Approved(Approved { role, name: "Ann".to_owned(), meaning: "I agree".to_owned(), on: None })
    }

    fn check(failing: u32) -> LifeStep {
        LifeStep::Checked(Check { examples: 3, failing, ..Check::default() })
    }

    fn published() -> LifeStep {
        LifeStep::Published { at: Timestamp::UNIX_EPOCH, replaces: None }
    }

    fn life(steps: &[LifeStep]) -> VersionLife {
        let mut life = VersionLife { version: 4, ..VersionLife::default() };
        for taken in steps {
            life.take(&step(taken.clone()), Timestamp::UNIX_EPOCH, "Ann");
        }
        life
    }

    /// A version at each stage, and one of which nothing was noted.
    fn states() -> Vec<(&'static str, VersionLife)> {
        let up_to = |count: usize| {
            let mut steps = vec![LifeStep::Drafted, check(0)];
            steps.extend(ApprovalRole::ALL.map(signed));
            steps.extend([published(), LifeStep::Superseded { by: 5 }]);
            life(&steps[..count])
        };
        vec![
            ("nothing", up_to(0)),
            ("draft", up_to(1)),
            ("draft", life(&[LifeStep::Drafted, check(1)])),
            ("checked", up_to(2)),
            ("checked", up_to(4)),
            ("approved", up_to(5)),
            ("published", up_to(6)),
            ("superseded", up_to(7)),
        ]
    }

    #[test]
    fn every_stage_admits_its_steps_and_no_others() {
        let other = ProtocolStep { digest: "other".to_owned(), ..step(LifeStep::Drafted) };
        // N: noted; A: already there; P: published; D: no draft; U: unchecked; S: signed already; O: not approved; W: not published.
        let rows = [
            ("the same draft", step(LifeStep::Drafted), "NAAAAAAA"),
            ("another draft", other, "NNNNNNPP"),
            ("a check that passes", step(check(0)), "DNNAAAPP"),
            ("a check that fails", step(check(2)), "DNNNNNPP"),
            ("a first signature", step(signed(ApprovalRole::Safety)), "DUUNSSPP"),
            ("the last signature", step(signed(ApprovalRole::Privacy)), "DUUNNSPP"),
            ("publication", step(published()), "DUUOONPP"),
            ("a later version", step(LifeStep::Superseded { by: 5 }), "WWWWWWNA"),
        ];
        for (name, taken, expected) in rows {
            let answers: String = states()
                .iter()
                .map(|(_, life)| match life.admits(&taken) {
                    Ok(Admitted::New) => 'N',
                    Ok(Admitted::Already) => 'A',
                    Err(Refusal::Published(_)) => 'P',
                    Err(Refusal::NoDraft(_)) => 'D',
                    Err(Refusal::OtherText(_)) => 'T',
                    Err(Refusal::Unchecked(_)) => 'U',
                    Err(Refusal::Signed(..)) => 'S',
                    Err(Refusal::Unapproved(_)) => 'O',
                    Err(Refusal::NotPublished(_)) => 'W',
                })
                .collect();
            assert_eq!(answers, expected, "{name}");
        }
    }

    #[test]
    fn a_version_has_the_stage_that_its_steps_bring_it_to() {
        for (expected, life) in states().into_iter().skip(1) {
            assert_eq!(life.stage().as_str(), expected, "{life:?}");
        }
    }

    #[test]
    fn a_changed_text_loses_its_check_and_its_approvals_and_what_is_said_of_the_old_one() {
        let mut life = life(&[LifeStep::Drafted, check(0), signed(ApprovalRole::Safety), signed(ApprovalRole::Medical)]);
        let other = |step| ProtocolStep { version: 4, digest: "other".to_owned(), step };
        life.take(&other(LifeStep::Drafted), Timestamp::UNIX_EPOCH, "Bob");
        assert_eq!((life.stage(), life.lost, life.digest()), (LifeStage::Draft, 3, Some("other")));
        let late = step(signed(ApprovalRole::Privacy));
        assert_eq!(life.admits(&late), Err(Refusal::OtherText(4)));
        life.take(&late, Timestamp::UNIX_EPOCH, "Ann");
        life.take(&other(check(0)), Timestamp::UNIX_EPOCH, "Bob");
        assert_eq!((life.stage(), life.lost, life.approvals.len()), (LifeStage::Checked, 4, 0));
        // The old text again is a draft again: nobody signed it since.
        life.take(&step(LifeStep::Drafted), Timestamp::UNIX_EPOCH, "Bob");
        assert_eq!((life.stage(), life.approvals.len()), (LifeStage::Draft, 0));
    }

    #[test]
    fn a_step_is_written_as_it_is_read() {
        for taken in [LifeStep::Drafted, check(1), signed(ApprovalRole::Medical), published(), LifeStep::Superseded { by: 5 }] {
            let noted = Noted::Protocol(step(taken));
            let text = serde_json::to_string(&noted).unwrap();
            assert_eq!(serde_json::from_str::<Noted>(&text).unwrap(), noted, "{text}");
        }
    }
}
