//! A record: today's state of one comment, as a fold over its chain (`fold`), and the questions that stages and pages ask of it.
//!
//! A record is never stored and never edited. What cannot be answered from the chain is not known.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alert::{Published, StepRef};
use super::assessment::{Band, Class, Versions};
use super::comment::{Action, Author, QuarantineKind};
use super::entry::{Acknowledgement, CaseReceipt, DayZeroSet, Decision, Miss, Outcome, Place, Reading, Sighting};
use super::ids::{AlertId, CampaignId, CommentId, CommentKey, DeliveryId, ProtocolRef, Revision};
use super::keep::{HoldGround, KeepRule, Removal};
use super::plan::{Plan, Step};
use super::text::CommentText;
use super::time::AwareAt;
use super::windows::windows;

/// Everything known of one comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: CommentId,
    pub key: CommentKey,
    /// The chain's length.
    pub revision: Revision,
    /// When the company could first know: the earliest sighting.
    pub aware_at: AwareAt,
    pub campaign: Option<CampaignId>,
    /// Every sighting, in the order in which they were kept.
    pub sightings: Vec<(Revision, Sighting)>,
    /// Every text seen, in the order in which the author wrote them; never empty unless the comment was unreadable from the start.
    pub versions: Vec<Version>,
    pub author: Option<Author>,
    pub post_text: Option<CommentText>,
    /// The comment's address, which may hold its author's name.
    pub permalink: Option<CommentText>,
    /// Set while the platform's last word is that the comment is gone, or out of sight.
    pub deleted: bool,
    pub hidden: bool,
    /// Why nobody could read the delivery, for a matter that is no comment.
    pub quarantined: Option<String>,
    /// What kind of matter that is.
    pub matter: Option<QuarantineKind>,
    /// In the order in which they were made.
    pub readings: Vec<Reading>,
    /// When each of them was made, and its band.
    pub read_at: Vec<(Timestamp, Band)>,
    pub alerts: Vec<AlertState>,
    pub acknowledgements: Vec<Acknowledgement>,
    pub decisions: Vec<Decision>,
    pub misses: Vec<Miss>,
    /// How long its words are kept, as the protocol said when it began.
    pub keep: KeepRule,
    /// The deliveries that its entries name.
    pub deliveries: Vec<DeliveryId>,
    /// On what grounds words stay that something wants gone.
    pub holds: Vec<(Removal, HoldGround)>,
    /// The entry up to which words were ordered to go, and why; the last such order.
    pub erased: Option<(Revision, Removal)>,
    /// Words before that order are still there: a crash came between.
    pub erasure_unfinished: bool,
    /// Words that no order in the chain took away are sealed under a key that was destroyed: the table is a copy from before an erasure.
    pub key_destroyed: bool,
    /// When people agreed that everything its author wrote shall go, and which request that was.
    pub erasures_asked: Vec<(Timestamp, String)>,
    /// When a person first had it before their eyes, who, and where; through a program only as long as nobody has looked otherwise.
    pub shown: Option<(Timestamp, String, Place)>,
    /// Everybody who had it before their eyes, when first, and where.
    pub viewers: Vec<(Timestamp, String, Place)>,
    /// Other day zeros that people set, when and by whom; the last one holds.
    pub day_zero_set: Vec<(Timestamp, String, DayZeroSet)>,
    /// Why windows were missed, as people said.
    pub causes: Vec<Cause>,
    /// When it left Dayzero, and for whom.
    pub exports: Vec<(Timestamp, String)>,
    /// What the safety database's lists said of it.
    pub receipts: Vec<CaseReceipt>,
    /// The draws in which it was to be read one by one.
    pub samples: Vec<String>,
    /// The fire drill that it belongs to.
    pub drill: Option<String>,
}

/// Why a window was missed, as a person said.
#[derive(Clone, PartialEq, Eq)]
pub struct Cause {
    pub miss: Miss,
    pub cause: String,
    pub by: String,
    pub at: Timestamp,
}

/// Without the cause, which may quote the comment.
impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({:?} by {} at {})", self.miss, self.by, self.at)
    }
}

/// One text of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The entry that brought it.
    pub seq: Revision,
    pub action: Action,
    pub text: CommentText,
    pub at: Option<Timestamp>,
    pub received_at: AwareAt,
}

/// Something that still has to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread<'a> {
    pub seq: Revision,
    /// `None` where the platform sent no text.
    pub version: Option<&'a Version>,
}

/// One alert: what it obliges us to, and how far that has come.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertState {
    pub id: AlertId,
    pub class: Class,
    /// The entry whose text caused it.
    pub on: Revision,
    pub protocol: ProtocolRef,
    pub plan: Plan,
    /// Steps and repeats that are due, the first step among them.
    pub due: Vec<StepRef>,
    pub published: Vec<(StepRef, Published)>,
    pub acknowledged: Option<Acknowledgement>,
}

/// How a record stands before people. The order is that of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has it in hand.
    Open,
    /// A named person has it in hand.
    Acknowledged,
    /// Decided.
    Closed,
}

impl State {
    /// Every state, in the order of a queue.
    pub const ALL: [State; 3] = [State::Open, State::Acknowledged, State::Closed];

    /// The word for it in index keys and addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Acknowledged => "acknowledged",
            State::Closed => "closed",
        }
    }

    /// The state that a word names, if `as_str` could have written it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl AlertState {
    /// The plan's step that a send belongs to.
    pub fn step(&self, step: &StepRef) -> Option<&Step> {
        self.plan.steps.get(usize::from(step.step))
    }

    /// What is due and not yet accepted by the carrier. Once somebody has acknowledged, only the first send is still owed: a
    /// machine that listens to the topic must hear of every alert once.
    pub fn outstanding(&self) -> impl Iterator<Item = &StepRef> {
        let acknowledged = self.acknowledged.is_some();
        self.due.iter().filter(move |step| {
            let first = step.step == 0 && step.repeat == 0;
            let sent = self.published.iter().any(|(sent, _)| sent == *step);
            !sent && (first || !acknowledged)
        })
    }

    /// The earliest acceptance by a carrier: what keeps the window for alerting.
    pub fn first_published(&self) -> Option<&Published> {
        self.published.iter().map(|(_, published)| published).min_by_key(|published| published.at())
    }
}

impl Record {
    /// The text as it stands on the platform, or the last one seen before it went.
    pub fn current(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The texts that differ from the one before, in the order of their writing: a platform that repeats a text when it hides a
    /// comment, or tells it to two of our accounts, has sent one text.
    pub fn texts(&self) -> Vec<&Version> {
        let mut texts: Vec<&Version> = self.versions.iter().collect();
        texts.dedup_by(|next, before| next.text == before.text);
        texts
    }

    /// The newest reading of the current text.
    pub fn reading(&self) -> Option<&Reading> {
        let current = self.current().map(|version| &version.text);
        self.readings
            .iter()
            .rev()
            .find(|reading| current.is_some() && self.text_of(reading.on) == current)
            .or(self.readings.last())
    }

    /// Whether people have yet to decide about a text that these versions of the classifier have never read.
    pub fn is_outdated(&self, versions: &Versions) -> bool {
        let Some(current) = self.current().filter(|current| !current.text.is_blank()) else { return false };
        let known =
            |reading: &Reading| reading.assessment.versions == *versions && self.text_of(reading.on) == Some(&current.text);
        self.standing_decision().is_none()
            && self.erased.is_none()
            && !self.readings.is_empty()
            && !self.readings.iter().any(known)
    }

    /// Earlier readings of the current text by other versions, oldest first: when, and what.
    pub fn earlier_readings(&self) -> impl Iterator<Item = (Timestamp, &Reading)> {
        let newest = self.reading();
        let other = move |reading: &Reading| {
            newest.is_some_and(|newest| {
                newest.assessment.versions != reading.assessment.versions && self.text_of(newest.on) == self.text_of(reading.on)
            })
        };
        self.read_at.iter().map(|(at, _)| *at).zip(&self.readings).filter(move |(_, reading)| other(reading))
    }

    /// What no reading belongs to yet: texts, or the first entry of a record that holds no text at all.
    pub fn unread(&self) -> Vec<Unread<'_>> {
        if self.readings.is_empty() && self.versions.is_empty() {
            return vec![Unread { seq: Revision(1), version: None }];
        }
        // The same words again, as a platform that sends things twice may bring them, need no second reading.
        let read = |version: &&Version| self.readings.iter().any(|reading| self.text_of(reading.on) == Some(&version.text));
        let unread = self.versions.iter().filter(|version| !read(version));
        let mut unread: Vec<Unread<'_>> = unread.map(|version| Unread { seq: version.seq, version: Some(version) }).collect();
        let read_up_to = self.readings.iter().map(|reading| reading.on).max().unwrap_or_default();
        if let Some(seq) = self.attached_after(read_up_to)
            && unread.iter().all(|unread| unread.seq < seq)
        {
            unread.push(Unread { seq, version: self.versions.iter().find(|version| version.seq == seq) });
        }
        unread
    }

    /// The last sighting after `seq` that brought something which no machine reads and which was not there before: a picture that its
    /// author added later.
    fn attached_after(&self, seq: Revision) -> Option<Revision> {
        let written = |action| matches!(action, Action::Created | Action::Edited);
        let before = |what: &String| self.sightings.iter().any(|(at, told)| *at <= seq && told.unreadable.as_ref() == Some(what));
        let new = self.sightings.iter().filter(|(at, told)| *at > seq && written(told.action));
        new.filter(|(_, told)| told.unreadable.as_ref().is_some_and(|what| !before(what))).map(|(at, _)| *at).max()
    }

    fn text_of(&self, seq: Revision) -> Option<&CommentText> {
        self.versions.iter().find(|version| version.seq == seq).map(|version| &version.text)
    }

    /// The readings that count: those of texts. A record without any text has one reading, of that very fact, and it stops
    /// counting when a text arrives.
    fn governing(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter().filter(|reading| {
            self.versions.is_empty()
                || self.versions.iter().any(|version| version.seq == reading.on)
                || self.holds_more(reading.on)
        })
    }

    /// Whether an entry brought something beside, or instead of, a text.
    fn holds_more(&self, seq: Revision) -> bool {
        self.sightings.iter().any(|(at, told)| *at == seq && told.unreadable.is_some())
    }

    /// The decision that holds: the last one that closes, unless the comment has said something new since.
    pub fn standing_decision(&self) -> Option<&Decision> {
        let decision = self.decisions.last().filter(|decision| decision.outcome.closes())?;
        let seen = |text: &CommentText| self.versions.iter().any(|version| version.seq <= decision.on && version.text == *text);
        let new_words = self.versions.iter().any(|version| version.seq > decision.on && !seen(&version.text));
        let new_picture = self.attached_after(decision.on).is_some();
        (!new_words && !new_picture && !self.waits_for_somebody()).then_some(decision)
    }

    /// Whether an alert has come that nobody has in hand.
    fn waits_for_somebody(&self) -> bool {
        self.alerts.iter().any(|alert| alert.acknowledged.is_none())
    }

    /// The most urgent band of any text that nobody has decided about: an edit may raise it and never lower it.
    pub fn band(&self) -> Band {
        if self.standing_decision().is_none() && self.waits_for_somebody() {
            return Band::Alert;
        }
        let decided = self.decided_up_to();
        let open = self.governing().filter(|reading| self.standing_decision().is_some() || reading.on > decided);
        open.map(|reading| reading.assessment.band).max().unwrap_or(Band::Review)
    }

    /// The most urgent class of alert that nobody has decided about.
    pub fn class(&self) -> Option<Class> {
        let decided = self.decided_up_to();
        let closed = self.standing_decision().is_some();
        let open = self.alerts.iter().filter(|alert| closed || alert.on > decided || alert.acknowledged.is_none());
        open.map(|alert| alert.class).max()
    }

    /// When the company could first know of what an alert is about: the receipt of the text that caused it.
    pub fn aware_of(&self, alert: &AlertState) -> AwareAt {
        // The sighting and not the text: it stays when words are erased, or cannot be had.
        let told = self.sightings.iter().find(|(seq, _)| *seq == alert.on);
        told.map_or(self.aware_at, |(_, told)| told.received_at)
    }

    /// The revision up to which people have decided; 0 if they never have.
    pub fn decided_up_to(&self) -> Revision {
        let closing = self.decisions.iter().rev().find(|decision| decision.outcome.closes());
        closing.map(|decision| decision.on).unwrap_or_default()
    }

    /// Where the record stands with people: decided, in somebody's hand, or waiting.
    pub fn state(&self) -> State {
        if self.standing_decision().is_some() {
            State::Closed
        } else if self.in_hand().is_some() {
            State::Acknowledged
        } else {
            State::Open
        }
    }

    /// Who has the record as it is now in hand: the last acknowledgement, unless an alert has come since.
    pub fn in_hand(&self) -> Option<&Acknowledgement> {
        let waiting = self.waits_for_somebody();
        let newest_text = self.current().map(|version| version.seq).unwrap_or_default();
        self.acknowledgements.last().filter(|acknowledgement| !waiting && acknowledgement.on >= newest_text)
    }

    /// The end of the next window that people have to keep; what they missed stays first. `None` once the record is decided.
    pub fn next_deadline(&self) -> Option<Miss> {
        if self.standing_decision().is_some() {
            return None;
        }
        let open = windows(self).into_iter().filter(|window| window.done.is_none());
        open.map(|window| window.miss()).min_by_key(|miss| (miss.deadline, miss.obligation))
    }

    /// Whether this window's end has already been recorded as missed.
    pub fn recorded(&self, miss: &Miss) -> bool {
        self.misses.contains(miss)
    }

    /// The case number that drug safety gave, if any decision ever named one.
    pub fn case_number(&self) -> Option<&str> {
        self.decisions.iter().rev().find_map(|decision| match &decision.outcome {
            Outcome::Case { case_number } => Some(case_number.as_str()),
            _ => None,
        })
    }

    /// What people said of why this window was missed, the first first.
    pub fn causes_of<'a>(&'a self, miss: &'a Miss) -> impl Iterator<Item = &'a Cause> {
        self.causes.iter().filter(move |cause| cause.miss == *miss)
    }

    /// Whether it stands here already that somebody of this name has seen it so.
    pub fn seen_by(&self, name: &str, place: Place) -> bool {
        self.viewers.iter().any(|(_, viewer, at)| viewer == name && at.covers(place))
    }

    /// The newest thing that a platform said of it.
    pub fn last_sighting(&self) -> Option<&Sighting> {
        self.sightings.last().map(|(_, sighting)| sighting)
    }
}
