//! A campaign's social media protocol: the TOML file that a safety officer writes, read and checked whole, and what follows from
//! it: which account is watched, how comments are to be read, when each clock ends and who is told when.
//!
//! A [`Protocol`] exists only for a file without a problem, so nobody who holds one has to check anything again. It is pure: no
//! clock, no files, the same answer on every machine. Not here: storing and publishing versions (`store`), running the examples
//! (`classify` reads them, the `protocol check` command compares), and following a plan (`alert`, `watch`).
//!
//! - [`Protocol::parse`] goes through `check`, which reads sections with `read` and `shape` (`identity`, `rules`, `routes`) and
//!   then holds them against each other; every problem is found at once, with its line.
//! - [`Protocol::plan`] goes through `window` and `calendar`, where business time is decided for good.
//! - [`Protocol::warnings`] names holes that a file may have and a safety officer should know of (`warn`, `holes`); [`conflicts`] says what
//!   two active campaigns cannot share; [`Protocol::changes_since`] says in words what a version changes.

mod calendar;
mod check;
mod conflict;
mod diff;
mod holes;
mod identity;
mod order;
mod plan;
mod problem;
mod read;
mod routes;
mod rules;
mod sample;
mod shape;
mod warn;
mod window;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use conflict::conflicts;
pub use diff::{Change, Mark};
pub use identity::{Approval, Channel, Door};
pub use plan::{ClockStep, Clocks};
pub use problem::Problem;
pub use rules::{Example, Expect, Keep, Retention};
pub use sample::SampleRow;
pub use window::Window;

use calendar::Calendar;
use identity::Header;
use read::At;
use routes::Route;
use rules::{Legal, Reading, Windows};

use crate::model::{
    AwareAt, CampaignId, ChannelId, Class, DayZeroRule, DayZeroTerms, KeepRule, Platform, Product, ProtocolRef, ReadingRules,
    protocol_life,
};

/// One version of a campaign's protocol, checked. It never changes.
pub struct Protocol {
    source: String,
    calendar: Calendar,
    header: Header,
    approvals: Vec<Approval>,
    products: Vec<Product>,
    doors: Vec<Door>,
    channels: Vec<Channel>,
    hours_line: usize,
    holidays_line: usize,
    retention_line: usize,
    day_zero: At<DayZeroRule>,
    /// Every class has its windows.
    windows: BTreeMap<Class, Windows>,
    decide: At<Window>,
    legal: Legal,
    routes: Vec<Route>,
    topics: BTreeMap<String, String>,
    topic_lines: BTreeMap<String, usize>,
    reading: Reading,
    retention: Retention,
    examples: Vec<Example>,
}

impl Protocol {
    /// Reads and checks a whole file; all problems at once, in the order of the file.
    pub fn parse(source: &str) -> Result<Protocol, Vec<Problem>> {
        check::parse(source)
    }

    /// The name of this version, as every decision that it causes carries it.
    pub fn reference(&self) -> ProtocolRef {
        ProtocolRef { id: CampaignId::new(self.header.id.clone()), version: self.header.version }
    }

    /// The exact text that was read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What people call the campaign.
    pub fn title(&self) -> &str {
        &self.header.title
    }

    /// The marketing authorisation holder.
    pub fn holder(&self) -> &str {
        &self.header.holder
    }

    /// Countries, ISO 3166-1.
    pub fn markets(&self) -> &[String] {
        &self.header.markets
    }

    /// The zone of every date that people see and of every business hour.
    pub fn time_zone(&self) -> &TimeZone {
        self.calendar.zone()
    }

    /// The time zone as the file names it, such as `Europe/Amsterdam`.
    pub fn time_zone_name(&self) -> &str {
        &self.header.zone_name
    }

    /// The campaign's first day, in its time zone.
    pub fn starts(&self) -> Date {
        self.header.starts
    }

    /// The campaign's last day, in its time zone.
    pub fn ends(&self) -> Date {
        self.header.ends
    }

    /// The last day on which the campaign's channels are watched; comments keep coming after a campaign ends.
    pub fn monitored_until(&self) -> Date {
        self.header.monitored_until.value
    }

    /// Whether the campaign's channels are watched at that moment.
    pub fn monitored_on(&self, at: AwareAt) -> bool {
        self.watched_at(at.timestamp())
    }

    /// The first moment of the campaign's first day.
    pub fn watched_from(&self) -> Timestamp {
        self.starts().to_zoned(self.time_zone().clone()).map_or(Timestamp::MIN, |start| start.timestamp())
    }

    /// Whether somebody is to listen to the campaign's channels at that moment.
    pub fn watched_at(&self, at: Timestamp) -> bool {
        (self.starts()..=self.monitored_until()).contains(&self.calendar.date_of(at))
    }

    /// The addresses that platforms deliver to, with the names of their secrets.
    pub fn doors(&self) -> &[Door] {
        &self.doors
    }

    /// The watched accounts, with the products that each implies.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The channel that an account inside a delivery belongs to; `None` means that nobody told drug safety of it.
    pub fn channel_of(&self, platform: Platform, account: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.platform == platform && channel.account == account)
    }

    /// The watched account that the protocol gives this id.
    pub fn channel(&self, id: &ChannelId) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == *id)
    }

    /// What the classifier has to know of the campaign.
    pub fn reading_rules(&self) -> ReadingRules {
        ReadingRules {
            products: self.products.clone(),
            languages: self.header.languages.iter().map(|at| at.value.clone()).collect(),
            sensitivity: self.reading.sensitivity,
            extra_reactions: self.reading.extra_reactions.clone(),
        }
    }

    /// The share of the lowest band that people read one by one.
    pub fn sample(&self) -> f64 {
        self.reading.sample.value
    }

    /// Which moment counts as the company's first knowledge of a comment.
    pub fn day_zero_rule(&self) -> DayZeroRule {
        self.day_zero.value
    }

    /// What each reading keeps of this version's legal clocks.
    pub fn day_zero_terms(&self) -> DayZeroTerms {
        let Legal { serious_days, non_serious_days } = self.legal;
        DayZeroTerms { rule: self.day_zero_rule(), zone: self.header.zone_name.clone(), serious_days, non_serious_days }
    }

    /// How long what is stored of the campaign is kept.
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// How long the words of one platform's comments are kept.
    pub fn keep_rule(&self, platform: Platform) -> KeepRule {
        self.retention.rule(platform)
    }

    /// From the logical name of a topic to its ARN, or to a placeholder that the deployment fills in.
    pub fn topics(&self) -> &BTreeMap<String, String> {
        &self.topics
    }

    /// Comments whose outcome this version fixes.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Who is to approve, and what the file says of it.
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }

    /// The approvals that the file leaves open, each as "safety (who is to sign)".
    pub fn unapproved(&self) -> Vec<String> {
        self.approvals.iter().filter(|approval| approval.on.is_none()).map(Approval::to_string).collect()
    }

    /// The digest that names this very text, lower-case hexadecimal SHA-256.
    pub fn digest(&self) -> String {
        protocol_life::digest(&self.source)
    }

    fn route(&self, class: Class) -> Option<&Route> {
        self.routes.iter().find(|route| route.serves(class))
    }
}

/// Names the version and shows nothing of the file.
impl fmt::Debug for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Protocol({})", self.reference())
    }
}
