//! The facts of a reconciliation: what the table held of one campaign when it was read, without anybody's words. `gather` reads them;
//! everything else in this module is pure and asks nothing but these.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::period::midnight;
use crate::model::windows::windows;
use crate::model::{
    AlertId, Band, CampaignId, CaseReceipt, CommentKey, DeliveryId, Draw, ListedCase, Miss, Obligation, Outcome, Period,
    ProtocolRef, Received, Record,
};

/// How long after its end a window may lack its deviation: the sweep comes every minute.
const RECORDING: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

/// Everything that was read.
#[derive(Clone, Debug)]
pub struct Facts {
    pub protocol: ProtocolRef,
    pub zone: TimeZone,
    /// The campaign's first day.
    pub starts: Date,
    /// When it was read.
    pub now: Timestamp,
    pub deliveries: Vec<DeliveryFacts>,
    pub comments: Vec<CommentFacts>,
    /// Records that cannot be read back.
    pub broken: Vec<CommentKey>,
    /// The safety database's cases, all lists together; `None` if none was ever read in.
    pub cases: Option<Cases>,
    pub draws: Vec<Draw>,
}

/// What the safety database's lists say.
#[derive(Clone, Debug)]
pub struct Cases {
    /// When the newest was read in, and its digest.
    pub read_at: Timestamp,
    pub list: String,
    pub rows: Vec<ListedCase>,
}

/// A kept delivery.
#[derive(Clone, Debug)]
pub struct DeliveryFacts {
    pub id: DeliveryId,
    pub received_at: Timestamp,
    pub standing: DeliveryStanding,
    /// Comments and matters that it names.
    pub parts: u32,
    pub without_record: Vec<CommentKey>,
    pub without_sighting: Vec<CommentKey>,
    /// Everything that it names belongs to a fire drill.
    pub drill: bool,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStanding {
    Waiting,
    WorkedOff,
    /// Its bytes went with the words that it brought: what it named stands in the records alone.
    Erased,
    Unreadable,
}

/// One record.
#[derive(Clone, Debug)]
pub struct CommentFacts {
    pub key: CommentKey,
    pub campaign: Option<CampaignId>,
    pub channel: String,
    pub language: String,
    pub aware_at: Timestamp,
    pub day_zero: Date,
    pub drill: bool,
    pub own: bool,
    /// No comment: something that people have to look at all the same.
    pub matter: bool,
    pub band: Option<Band>,
    /// The decision that stands.
    pub decision: Option<DecisionFacts>,
    /// The case number of the last closing decision, and when that was made.
    pub case: Option<(String, Timestamp)>,
    /// A case number that an earlier decision named, where the last one names none.
    pub former_case: Option<String>,
    pub alerts: Vec<AlertFacts>,
    /// The next window that people have to keep.
    pub deadline: Option<(Obligation, Timestamp)>,
    /// A window ended and no deviation was written down.
    pub unrecorded: bool,
    /// Deviations, and whether a person has given the cause.
    pub misses: Vec<(Obligation, bool)>,
    pub receipts: Vec<CaseReceipt>,
    pub deliveries: BTreeSet<DeliveryId>,
    pub samples: Vec<String>,
    pub read_by_itself: bool,
    pub erased: bool,
}

/// A decision.
#[derive(Clone, Debug)]
pub struct DecisionFacts {
    pub outcome: &'static str,
    pub finding: bool,
}

/// An alert.
#[derive(Clone, Debug)]
pub struct AlertFacts {
    pub id: AlertId,
    pub due: Option<Timestamp>,
    pub sent: Option<Timestamp>,
    pub acknowledged: Option<(Timestamp, String)>,
    pub acknowledge_by: Option<Timestamp>,
}

impl Facts {
    /// The date of a moment in the campaign's zone.
    pub fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The records that a period's counts are made of: fire drills are none of them.
    pub fn received_in(&self, period: Period) -> impl Iterator<Item = &CommentFacts> {
        let (from, to) = period.bounds(&self.zone);
        self.comments.iter().filter(move |comment| !comment.drill && (from..to).contains(&comment.aware_at))
    }

    /// The date that a listed case was received on, in the campaign's zone.
    pub fn received_on(&self, received: Received) -> Date {
        match received {
            Received::On(date) => date,
            Received::At(at) => self.date(at),
        }
    }

    /// The moment that a listed case was received at; the first of its date where the list tells no more.
    pub fn received_at(&self, received: Received) -> Timestamp {
        match received {
            Received::On(date) => midnight(date, &self.zone),
            Received::At(at) => at,
        }
    }
}

impl CommentFacts {
    /// What a record comes to at `now`.
    pub fn of(record: &Record, zone: &TimeZone, now: Timestamp) -> CommentFacts {
        let last = record.decisions.iter().rev().find(|decision| decision.outcome.closes());
        let case = last.and_then(|decision| match &decision.outcome {
            Outcome::Case { case_number } => Some((case_number.clone(), decision.at)),
            _ => None,
        });
        let aware_at = record.aware_at.timestamp();
        let reading = record.reading();
        CommentFacts {
            key: record.key.clone(),
            campaign: record.campaign.clone(),
            channel: channel(record),
            language: reading.and_then(|reading| reading.assessment.language.clone()).unwrap_or_else(|| NONE.to_owned()),
            aware_at,
            day_zero: day_zero(record, zone),
            drill: record.drill.is_some(),
            own: record.sightings.iter().any(|(_, told)| told.own_account),
            matter: record.matter.is_some(),
            band: record.machine_band(),
            decision: record
                .standing_decision()
                .map(|decision| DecisionFacts { outcome: decision.outcome.as_str(), finding: decision.outcome.is_finding() }),
            former_case: record.case_number().filter(|_| case.is_none()).map(str::to_owned),
            case,
            alerts: alerts(record),
            deadline: record.next_deadline().map(|miss| (miss.obligation, miss.deadline.timestamp())),
            unrecorded: now.checked_sub(RECORDING).is_ok_and(|then| windows(record).iter().any(|window| window.owes_miss(then))),
            misses: misses(record),
            receipts: record.receipts.clone(),
            deliveries: record.deliveries.iter().cloned().collect(),
            samples: record.samples.clone(),
            read_by_itself: record.read_by_itself(),
            erased: record.is_erased(),
        }
    }

    /// Whether the machine's reading of it can be right or wrong: it is a patient's comment that was read.
    pub fn measurable(&self) -> bool {
        !self.drill && !self.own && !self.matter && self.band.is_some()
    }

    /// Whether a person found something for drug safety in it.
    pub fn is_finding(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.finding)
    }
}

/// The day that the legal clocks run from, or the day of receipt where no protocol was in force.
fn day_zero(record: &Record, zone: &TimeZone) -> Date {
    let received = || record.aware_at.timestamp().to_zoned(zone.clone()).date();
    record.day_zero().map_or_else(received, |day_zero| day_zero.date())
}

/// Where something is not known.
pub const NONE: &str = "-";

fn channel(record: &Record) -> String {
    let told = record.sightings.iter().rev().find_map(|(_, told)| told.channel.as_ref());
    told.map_or_else(|| NONE.to_owned(), |channel| channel.as_str().to_owned())
}

fn alerts(record: &Record) -> Vec<AlertFacts> {
    let facts = record.alerts.iter().map(|alert| AlertFacts {
        id: alert.id.clone(),
        due: alert.plan.steps.first().map(|step| step.at),
        sent: alert.first_published().map(|sent| sent.at()),
        acknowledged: alert.acknowledged.as_ref().map(|by| (by.at, by.by.clone())),
        acknowledge_by: alert.plan.deadlines.acknowledge.map(|deadline| deadline.timestamp()),
    });
    facts.collect()
}

fn misses(record: &Record) -> Vec<(Obligation, bool)> {
    let explained = |miss: &Miss| record.causes.iter().any(|cause| cause.miss == *miss);
    record.misses.iter().map(|miss| (miss.obligation, explained(miss))).collect()
}
