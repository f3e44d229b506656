//! What an inspector is shown of a period: gathered here for the page and for programs alike. The evidence of one case is its record,
//! which the pages draw; here it is only written as JSON.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::{
    Access, Action, Class, CommentKey, Happening, Head, JournalId, Looked, Miss, ProtocolRef, Record, record::Cause,
};
use crate::store::{Cursor, StoreError};

use super::abreast::abreast;
use super::decide::Matter;
use super::period::Period;
use super::problem::Problem;
use super::seen::Reader;
use super::through::through;
use super::{Desk, pages};

pub use super::evidence_api::{accesses, case, deviations, period};

/// Days that the evidence of a period covers unless asked otherwise.
const DAYS: i32 = 7;
/// Days of missed windows that are shown unless asked otherwise.
const DEVIATION_DAYS: i32 = 30;
/// Rows of one page of reads.
const READS: usize = 100;

/// A window that was missed.
#[derive(Clone, Debug)]
pub struct Deviation {
    pub key: CommentKey,
    pub title: String,
    pub class: Option<Class>,
    pub miss: Miss,
    pub recorded_at: Timestamp,
    pub causes: Vec<Cause>,
}

/// The missed windows of a record whose ends lie in a period. A drill's are none.
fn missed(matter: &Matter, within: &Period) -> Vec<Deviation> {
    let record = &matter.record;
    let missed = matter.entries.iter().filter_map(|entry| match &entry.what {
        Happening::Missed(miss) if within.holds(miss.deadline.timestamp()) => Some((miss, entry.at)),
        _ => None,
    });
    let missed = missed.filter(|_| record.drill.is_none()).map(|(miss, recorded_at)| Deviation {
        key: record.key.clone(),
        title: pages::title(&Head::of(record, None)),
        class: record.alerts.iter().find(|alert| Some(&alert.id) == miss.alert.as_ref()).map(|alert| alert.class),
        miss: miss.clone(),
        recorded_at,
        causes: record.causes_of(miss).cloned().collect(),
    });
    missed.collect()
}

/// Everything that is told of a period.
pub struct Evidence {
    pub period: Period,
    pub made_at: Timestamp,
    /// The records that the company received in it, the earliest first.
    pub received: Vec<Record>,
    /// Fire drills, which are none of them.
    pub drills: usize,
    pub deviations: Vec<Deviation>,
    /// Protocol versions that are active now, of all campaigns or of the one.
    pub active: Vec<ProtocolRef>,
    /// Roots over all heads, by day: the journal, its length, and the hash of its newest note.
    pub roots: Vec<Kept>,
    /// How often patients' data were read, by day.
    pub reads: Vec<Kept>,
    /// Records that were gone through, and where to go on if that was not all.
    pub read: usize,
    /// Records whose chains do not verify.
    pub broken: Vec<CommentKey>,
    pub next: Option<Cursor>,
}

/// What a journal of one day holds.
pub struct Kept {
    pub day: Date,
    /// `None` if this version of Dayzero cannot read its newest note.
    pub newest: Option<(u32, String)>,
}

impl Evidence {
    /// How many were decided how; what nobody has decided stands under `undecided`.
    pub fn dispositions(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for record in &self.received {
            let decided = record.standing_decision().map_or(UNDECIDED, |decision| decision.outcome.as_str());
            *counts.entry(decided).or_default() += 1;
        }
        counts
    }

    /// How often the platforms told this of the comments that were received.
    pub fn told(&self, action: Action) -> usize {
        let tellings = self.received.iter().flat_map(|record| &record.sightings);
        tellings.filter(|(_, sighting)| sighting.action == action).count()
    }

    /// The protocol versions under which they were read.
    pub fn protocols(&self) -> BTreeSet<ProtocolRef> {
        self.received.iter().flat_map(|record| &record.readings).filter_map(|reading| reading.protocol.clone()).collect()
    }

    /// The classifiers that read them, with their lexicons.
    pub fn classifiers(&self) -> BTreeSet<String> {
        let versions = self.received.iter().flat_map(|record| &record.readings).map(|reading| &reading.assessment.versions);
        versions.map(|versions| format!("{}, lexicons {}", versions.classifier, versions.lexicons)).collect()
    }

    /// How many reads the journals hold.
    pub fn reads(&self) -> u32 {
        self.reads.iter().filter_map(|kept| kept.newest.as_ref()).map(|(count, _)| count).sum()
    }

    fn keys(&self) -> Vec<CommentKey> {
        let mut keys: Vec<CommentKey> = self.received.iter().map(|record| record.key.clone()).collect();
        keys.extend(self.deviations.iter().map(|deviation| deviation.key.clone()));
        keys.sort();
        keys.dedup();
        keys
    }
}

/// The word for comments that nobody has decided about.
pub const UNDECIDED: &str = "undecided";

/// Gathers the evidence of the period that a request names, and notes that it is given out.
pub async fn gather(reader: &Reader<'_>) -> Result<Evidence, Problem> {
    let desk = reader.desk;
    let within = Period::of(desk, reader.request, DAYS)?;
    let (mut received, mut deviations, mut drills) = (Vec::new(), Vec::new(), 0);
    let campaigns = within.campaign.clone().map(|campaign| vec![campaign]);
    let wanted = |head: &Head| within.holds(head.aware_at.timestamp()) || may_have_missed(head, &within);
    let found = through(desk, campaigns, within.after.clone(), wanted, |matter| {
        deviations.extend(missed(&matter, &within));
        let inside = within.holds(matter.record.aware_at.timestamp());
        drills += usize::from(inside && matter.record.drill.is_some());
        let counts = inside && matter.record.drill.is_none();
        counts.then(|| received.push(matter.record))
    });
    let found = found.await?;
    received.sort_by(|one: &Record, other| (one.aware_at, &one.key).cmp(&(other.aware_at, &other.key)));
    deviations.sort_by_key(|deviation: &Deviation| (deviation.miss.deadline, deviation.key.clone()));
    let active = desk.store.directory().await?.active.into_iter();
    let active = active.filter(|(id, _)| within.campaign.as_ref().is_none_or(|campaign| campaign.as_ref() == Some(id)));
    let active = active.map(|(id, version)| ProtocolRef { id, version }).collect();
    let journals = desk.store.journals().await?;
    let roots = kept(desk, &journals, "roots", &within).await?;
    let reads = kept(desk, &journals, Access::SUBJECT, &within).await?;
    let (made_at, read, broken, next) = (desk.clock.now(), found.read, found.broken, found.next);
    let evidence = Evidence { period: within, made_at, received, drills, deviations, active, roots, reads, read, broken, next };
    reader.note(Looked::Period, evidence.keys(), None).await?;
    Ok(evidence)
}

/// A head that was written before windows were counted says nothing.
fn may_have_missed(head: &Head, within: &Period) -> bool {
    head.misses != Some(0) && within.ends_after(head.aware_at.timestamp())
}

/// The journals of a subject whose days overlap the period, with what each holds.
async fn kept(desk: &Desk, journals: &[JournalId], subject: &str, within: &Period) -> Result<Vec<Kept>, StoreError> {
    let day = |journal: &JournalId| journal.as_str().rsplit('/').next().and_then(|day| day.parse::<Date>().ok());
    let of_subject = journals.iter().filter(|journal| journal.subject() == subject);
    let days = of_subject.filter_map(|journal| Some((journal.clone(), day(journal).filter(|day| within.touches(*day))?)));
    let days: Vec<(JournalId, Date)> = days.collect();
    abreast(days, |(journal, day)| {
        let store = desk.store.clone();
        async move {
            let newest = store.newest_notes(&journal, None, 1).await.ok().and_then(|notes| notes.into_iter().next());
            Kept { day, newest: newest.map(|note| (note.seq.0, note.hash)) }
        }
    })
    .await
}

/// The missed windows of a period, those that nobody has explained first.
pub struct Deviations {
    pub period: Period,
    pub missed: Vec<Deviation>,
    pub read: usize,
    /// Records whose chains do not verify.
    pub broken: Vec<CommentKey>,
    pub next: Option<Cursor>,
}

/// Gathers the missed windows of the period that a request names, and notes that they are given out.
pub async fn gather_deviations(reader: &Reader<'_>) -> Result<Deviations, Problem> {
    let within = Period::of(reader.desk, reader.request, DEVIATION_DAYS)?;
    let campaigns = within.campaign.clone().map(|campaign| vec![campaign]);
    let wanted = |head: &Head| may_have_missed(head, &within);
    let found = through(reader.desk, campaigns, within.after.clone(), wanted, |matter| {
        Some(missed(&matter, &within)).filter(|missed| !missed.is_empty())
    });
    let found = found.await?;
    let mut missed: Vec<Deviation> = found.found.into_iter().flatten().collect();
    missed.sort_by_key(|deviation| (!deviation.causes.is_empty(), deviation.miss.deadline, deviation.key.clone()));
    let mut keys: Vec<CommentKey> = missed.iter().map(|deviation| deviation.key.clone()).collect();
    keys.sort();
    keys.dedup();
    reader.note(Looked::Deviations, keys, None).await?;
    Ok(Deviations { period: within, missed, read: found.read, broken: found.broken, next: found.next })
}

/// One page of who read what on a day, newest first.
pub struct Reads {
    pub day: Date,
    pub notes: Vec<crate::model::Note>,
    /// How many there are that day.
    pub total: u32,
    /// The number before which the next page begins.
    pub next: Option<u32>,
}

/// Gathers the reads of the day that a request names. Names staff and keys, and no patient's words: it is not itself a read of theirs.
pub async fn gather_reads(desk: &Desk, request: &crate::http::Request) -> Result<Reads, Problem> {
    let today = desk.clock.now().to_zoned(TimeZone::UTC).date();
    let given = |name: &str| request.query(name).filter(|text| !text.is_empty());
    let day = given("day").map(|text| super::period::date("day", text)).transpose()?.unwrap_or(today);
    let before = given("before").map(|text| text.parse().map(crate::model::Revision)).transpose();
    let before = before.map_err(|_| Problem::Unusable("`before` must be a whole number.".to_owned()))?;
    let journal = Access::journal(day);
    let newest = desk.store.newest_notes(&journal, None, 1).await?;
    let total = newest.first().map_or(0, |note| note.seq.0);
    let notes = desk.store.newest_notes(&journal, before, READS).await?;
    let next = notes.last().map(|note| note.seq.0).filter(|seq| *seq > 1);
    Ok(Reads { day, notes, total, next })
}
