//! How long a person's words stay: when a platform's copy has to go, and what holds it. Pure; `watch` asks and does it.
//!
//! Platforms want their copy gone when the author deletes it or after some days; the law of pharmacovigilance wants a safety report kept.
//! So the copy goes only once people have said that it is no safety matter, and whatever is kept longer is kept under a hold whose
//! ground stands in the record.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::comment::Action;
use super::entry::{Happening, Outcome};
use super::record::Record;

/// How long the protocol keeps words, as it stood when the comment was taken in. `None` is without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepRule {
    /// Minutes from receipt that the platform allows its copy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform_minutes: Option<u32>,
    /// Minutes that a comment is kept after people closed it as no safety matter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other_minutes: Option<u32>,
}

impl KeepRule {
    /// Whether nothing ever has to go.
    pub fn is_without_end(&self) -> bool {
        *self == KeepRule::default()
    }
}

/// Why words have to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The platform told us that the comment is gone.
    DeletedOnPlatform,
    /// The platform's terms end the life of its copy.
    PlatformLimit,
    /// The protocol's own time for comments that are no safety matter is over.
    Retention,
    /// Somebody asked for everything gone that the author wrote, and a second person agreed.
    Request,
    /// An erasure destroyed the key that opened them, and this copy of the table, made before it, does not know.
    KeyDestroyed,
}

impl Removal {
    /// As people read it.
    pub fn sentence(self) -> &'static str {
        match self {
            Removal::DeletedOnPlatform => "the comment was deleted on its platform",
            Removal::PlatformLimit => "the platform's terms end the life of its copy",
            Removal::Retention => "the protocol's time for comments that are no safety matter is over",
            Removal::Request => "somebody asked for everything gone that its author wrote, and a second person agreed",
            Removal::KeyDestroyed => "they were erased before, and this copy of the table is older than that",
        }
    }
}

/// Why words stay although something wants them gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldGround {
    /// Nobody has decided yet whether they report an adverse event.
    Undecided,
    /// They belong to a safety record.
    SafetyRecord,
}

impl HoldGround {
    /// As people, and an inspector, read it.
    pub fn sentence(self) -> &'static str {
        match self {
            HoldGround::Undecided => "nobody has decided yet whether it reports an adverse event",
            HoldGround::SafetyRecord => {
                "it belongs to a safety record, which the holder must keep (GDPR Art. 6(1)(c) and 9(2)(i); no erasure: Art. 17(3)(b) and (c))"
            }
        }
    }
}

impl Outcome {
    /// Whether what was decided so is a safety record. A duplicate is part of the record that it doubles.
    pub fn is_safety(&self) -> bool {
        match self {
            Outcome::Case { .. } | Outcome::SpecialSituation | Outcome::QualityComplaint | Outcome::DuplicateOf { .. } => true,
            Outcome::NotACase | Outcome::NeedsMore => false,
        }
    }
}

impl Record {
    /// What has to be written down about the words at `now`: that they are erased, or that they are held and on what ground. `None`
    /// while nothing wants them gone, or once it is written.
    pub fn removal(&self, now: Timestamp) -> Option<Happening> {
        if self.key_destroyed {
            return Some(Happening::Erased { because: Removal::KeyDestroyed });
        }
        let (_, because) = self.removals().into_iter().filter(|(since, _)| *since <= now).min()?;
        // A matter has its words in the delivery alone.
        let nothing_left = self.holds_no_words() && (self.matter.is_none() || self.erased.is_some());
        if nothing_left {
            return None;
        }
        let Some(ground) = self.hold_ground() else { return Some(Happening::Erased { because }) };
        let said = self.holds.last().is_some_and(|(_, known)| *known == ground);
        (!said).then_some(Happening::Held { because, ground })
    }

    /// On what ground the words stay, whatever wants them gone; `None` once people have closed the record as no safety matter.
    pub fn hold_ground(&self) -> Option<HoldGround> {
        let was_safety = self.decisions.iter().any(|decision| decision.outcome.is_safety());
        match self.standing_decision() {
            _ if was_safety => Some(HoldGround::SafetyRecord),
            None => Some(HoldGround::Undecided),
            Some(_) => None,
        }
    }

    /// When [`Record::removal`] has something to say next, seen from `now`.
    pub fn removal_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.erasure_unfinished || self.key_destroyed {
            return Some(now);
        }
        let times = self.removals().into_iter().map(|(since, _)| since);
        times.filter(|since| self.removal((*since).max(now)).is_some()).min()
    }

    /// Whatever wants the words gone, and since when.
    fn removals(&self) -> Vec<(Timestamp, Removal)> {
        let mut found = Vec::new();
        // Nothing is erased on the word of a call's unsigned part.
        let deleted = self.sightings.iter().map(|(_, sighting)| sighting);
        let deleted = deleted.filter(|told| self.deleted && told.action == Action::Deleted && !told.action_unsigned);
        found.extend(deleted.map(|sighting| (sighting.received_at.timestamp(), Removal::DeletedOnPlatform)));
        found.extend(self.erasures_asked.iter().map(|(asked, _)| (*asked, Removal::Request)));
        let after = |start: Timestamp, minutes: u32| start.checked_add(SignedDuration::from_mins(i64::from(minutes))).ok();
        let limit = self.keep.platform_minutes.and_then(|minutes| after(self.aware_at.timestamp(), minutes));
        found.extend(limit.map(|at| (at, Removal::PlatformLimit)));
        let closed = self.standing_decision().filter(|decision| !decision.outcome.is_safety());
        let ends = closed.and_then(|decision| after(decision.at, self.keep.other_minutes?));
        found.extend(ends.map(|at| (at, Removal::Retention)));
        found
    }

    /// Whether the record's words were ordered to go, and no newer ones have come.
    pub fn is_erased(&self) -> bool {
        self.erased.is_some() && self.holds_no_words()
    }

    /// Whether there are no words beside the chain: they went, or the platform never sent any.
    pub fn holds_no_words(&self) -> bool {
        self.versions.is_empty() && self.author.is_none() && self.post_text.is_none() && self.permalink.is_none()
    }
}
