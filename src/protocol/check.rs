//! A whole file: read section by section, then held against itself, then a [`Protocol`] or all of its problems.
//!
//! A reference to something that is there but has a problem of its own is not a second problem; that is why the sections hand
//! out their names beside what they could make.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::Protocol;
use super::calendar::{Calendar, MAX_CLOSED_DAYS};
use super::identity::{self, Approval, ChannelDraft, Door, DoorName, Header};
use super::order::out_of_order;
use super::problem::{Problem, Report, one_of};
use super::read::{At, Table};
use super::routes::{self, Route, Topics};
use super::rules::{self, AllWindows, Example, Legal, OpeningHours, Reading, Retention};
use super::window::Window;
use crate::model::{Class, DayZeroRule, Product};

/// Longest file, in bytes: it is stored as one item, and an item of the table holds at most 400 KB.
const MAX_SOURCE_BYTES: usize = 256 * 1024;

/// Reads and checks a whole file.
pub(super) fn parse(source: &str) -> Result<Protocol, Vec<Problem>> {
    let mut report = Report::new(source);
    if source.len() > MAX_SOURCE_BYTES {
        report.add(1, format!("the file has {} bytes; expected at most {MAX_SOURCE_BYTES}", source.len()));
        return Err(report.into_problems());
    }
    match DeTable::parse(source) {
        Err(error) => {
            let line = report.line_of(error.span().unwrap_or(0..0));
            report.add(line, format!("this is not TOML: {}", error.message().lines().collect::<Vec<_>>().join(", ")));
            Err(report.into_problems())
        }
        Ok(document) => {
            let draft = Draft::read(Table::new("the file", 1, document.get_ref(), &report), &mut report);
            draft.check(&mut report);
            if !report.is_empty() {
                return Err(report.into_problems());
            }
            draft.finish(source).ok_or_else(|| report.into_problems())
        }
    }
}

/// All sections, as far as they could be read.
struct Draft {
    header: Option<Header>,
    approvals: Vec<Approval>,
    products: Vec<Product>,
    product_names: Vec<At<String>>,
    doors: Vec<Door>,
    door_names: Vec<DoorName>,
    channels: Vec<ChannelDraft>,
    hours: Option<OpeningHours>,
    day_zero: Option<At<DayZeroRule>>,
    windows: Option<AllWindows>,
    legal: Option<Legal>,
    routes: Vec<Route>,
    topics: Option<Topics>,
    reading: Option<Reading>,
    retention: Option<At<Retention>>,
    examples: Vec<(Example, At<String>)>,
}

impl Draft {
    fn read(mut file: Table<'_>, report: &mut Report) -> Self {
        let header = file.required_table("protocol", "[protocol]", report).and_then(|table| identity::header(table, report));
        let approvals = identity::approvals(file.table("approvals", "[approvals]", report), report);
        let (products, product_names) = identity::products(file.filled_tables("product", "[[product]]", report), report);
        let (doors, door_names) = identity::doors(file.filled_tables("door", "[[door]]", report), report);
        let channels = file.filled_tables("channel", "[[channel]]", report);
        let channels = channels.into_iter().map(|table| ChannelDraft::read(table, report)).collect();
        let hours = file.table("hours", "[hours]", report).map(|table| rules::hours(table, report));
        let day_zero = file.required_table("day_zero", "[day_zero]", report).and_then(|table| rules::day_zero(table, report));
        let windows = file.required_table("windows", "[windows]", report).map(|table| rules::windows(table, report));
        let legal = file.required_table("legal", "[legal]", report).and_then(|table| rules::legal(table, report));
        let mut claimed = BTreeMap::new();
        let routes = file.filled_tables("route", "[[route]]", report);
        let any_route = !routes.is_empty();
        let routes = routes.into_iter().filter_map(|table| routes::route(table, &mut claimed, report)).collect();
        for class in Class::ALL.into_iter().filter(|class| any_route && !claimed.contains_key(class)) {
            report.add(1, format!("the file needs a [[route]] for {}", class.as_str()));
        }
        let topics = file.required_table("topics", "[topics]", report).map(|table| routes::topics(table, report));
        let languages = header.as_ref().map(|header| header.languages.as_slice());
        let classifier = file.required_table("classifier", "[classifier]", report);
        let reading = classifier.and_then(|table| rules::classifier(table, languages, report));
        let retention = file.required_table("retention", "[retention]", report);
        let retention = retention.and_then(|table| {
            let line = table.line;
            rules::retention(table, report).map(|value| At { value, line })
        });
        let examples = file.tables("example", "[[example]]", report);
        let examples = examples.into_iter().filter_map(|table| rules::example(table, report)).collect();
        file.finish(report);
        Self {
            header,
            approvals,
            products,
            product_names,
            doors,
            door_names,
            channels,
            hours,
            day_zero,
            windows,
            legal,
            routes,
            topics,
            reading,
            retention,
            examples,
        }
    }

    /// What no section can see on its own.
    fn check(&self, report: &mut Report) {
        self.check_channels(report);
        self.check_topics(report);
        self.check_examples(report);
        self.check_hours(report);
        if let Some(calendar) = self.calendar().filter(|_| report.is_empty()) {
            for route in &self.routes {
                out_of_order(route, &calendar, report);
            }
        }
    }

    fn check_channels(&self, report: &mut Report) {
        let ids = self.channels.iter().filter_map(|channel| channel.id.as_ref());
        identity::unique("channel", ids.map(|at| (at.value.as_str(), at.line)), report);
        let mut accounts = BTreeMap::new();
        for channel in &self.channels {
            if let Some(door) = &channel.door {
                self.check_door(door, channel, report);
            }
            for product in &channel.products {
                if self.product_names.iter().all(|known| known.value != product.value) {
                    let known = one_of(self.product_names.iter().map(|at| at.value.as_str()));
                    report.add(product.line, format!("[[channel]] products: expected {known}, found {:?}", product.value));
                }
            }
            if let (Some(platform), Some(account)) = (&channel.platform, &channel.account) {
                let (platform, name) = (platform.value, account.value.as_str());
                if let Some(first) = accounts.insert((platform, name), account.line) {
                    let message = format!("{} account {name:?} already has a channel on line {first}", platform.as_str());
                    report.add(account.line, message);
                }
            }
        }
    }

    fn check_door(&self, door: &At<String>, channel: &ChannelDraft, report: &mut Report) {
        let Some(known) = self.door_names.iter().find(|known| known.id.value == door.value) else {
            let known = one_of(self.door_names.iter().map(|known| known.id.value.as_str()));
            report.add(door.line, format!("[[channel]] door: expected {known}, found {:?}", door.value));
            return;
        };
        if let (Some(provider), Some(platform)) = (known.provider, &channel.platform)
            && platform.value.provider() != provider
        {
            let (platform, line) = (platform.value.as_str(), platform.line);
            let message = format!("[[channel]] platform: door {:?} is one of {}", door.value, provider.as_str());
            report.add(line, format!("{message}, which does not carry {platform}"));
        }
    }

    fn check_topics(&self, report: &mut Report) {
        let Some(Topics { names, .. }) = &self.topics else { return };
        for topic in self.routes.iter().flat_map(|route| &route.steps).map(|step| &step.topic) {
            if !names.contains(&topic.value) {
                let known = one_of(names.iter().map(String::as_str));
                report.add(
                    topic.line,
                    format!("[[route]] step topic: expected a name of [topics] ({known}), found {:?}", topic.value),
                );
            }
        }
    }

    fn check_examples(&self, report: &mut Report) {
        let ids: BTreeSet<&str> =
            self.channels.iter().filter_map(|channel| channel.id.as_ref()).map(|at| at.value.as_str()).collect();
        for (_, channel) in &self.examples {
            if !ids.contains(channel.value.as_str()) {
                let known = one_of(ids.iter().copied());
                report.add(channel.line, format!("[[example]] channel: expected {known}, found {:?}", channel.value));
            }
        }
    }

    /// Business time has to end: without an opening, no deadline would ever come.
    fn check_hours(&self, report: &mut Report) {
        let business = self.windows_used().into_iter().filter(|at| at.value.is_business()).min_by_key(|at| at.line);
        let Some(first) = business else { return };
        match &self.hours {
            None => report.add(first.line, format!("\"{}\" counts business time and the file has no [hours]", first.value)),
            Some(hours) if hours.week.iter().all(Option::is_none) => {
                report.add(
                    hours.line,
                    format!("[hours] never open, and \"{}\" on line {} counts business time", first.value, first.line),
                );
            }
            Some(hours) => {
                if let Some(since) = self.calendar().and_then(|calendar| calendar.never_opens_from()) {
                    let message = format!("[hours] never open for {MAX_CLOSED_DAYS} days from {since}, all of them holidays");
                    report.add(hours.holidays_line, message);
                }
            }
        }
    }

    fn windows_used(&self) -> Vec<At<Window>> {
        let steps = self.routes.iter().flat_map(|route| &route.steps).map(|step| step.after);
        let classes =
            self.windows.iter().flat_map(|all| all.by_class.values()).flat_map(|windows| windows.each().map(|(_, at)| at));
        steps.chain(classes).chain(self.windows.iter().filter_map(|all| all.decide)).collect()
    }

    fn calendar(&self) -> Option<Calendar> {
        let zone = self.header.as_ref()?.zone.clone();
        let (week, holidays) = self.hours.as_ref().map(|hours| (hours.week, hours.holidays.clone())).unwrap_or_default();
        Some(Calendar::new(zone, week, holidays))
    }

    /// `None` only where a section is missing, and then there is a problem.
    fn finish(self, source: &str) -> Option<Protocol> {
        let calendar = self.calendar()?;
        let (windows, topics, retention) = (self.windows?, self.topics?, self.retention?);
        Some(Protocol {
            source: source.to_owned(),
            calendar,
            header: self.header?,
            approvals: self.approvals,
            products: self.products,
            doors: self.doors,
            channels: self.channels.into_iter().map(ChannelDraft::finish).collect::<Option<_>>()?,
            hours_line: self.hours.as_ref().map_or(1, |hours| hours.line),
            holidays_line: self.hours.as_ref().map_or(1, |hours| hours.holidays_line),
            day_zero: self.day_zero?,
            windows: windows.by_class,
            decide: windows.decide?,
            legal: self.legal?,
            routes: self.routes,
            topics: topics.leads_to,
            topic_lines: topics.lines,
            reading: self.reading?,
            retention_line: retention.line,
            retention: retention.value,
            examples: self.examples.into_iter().map(|(example, _)| example).collect(),
        })
    }
}
