//! The sections that say what a campaign is: `[protocol]`, `[approvals]`, `[[product]]`, `[[door]]`, `[[channel]]`.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::problem::Report;
use super::read::{At, Table};
use super::shape;
use crate::model::{ApprovalRole, ChannelId, DoorId, Platform, Product, Provider, SignatureForm};

/// `[protocol]`.
pub(super) struct Header {
    pub id: String,
    pub version: u32,
    pub title: String,
    pub holder: String,
    pub markets: Vec<String>,
    pub languages: Vec<At<String>>,
    pub zone: TimeZone,
    pub zone_name: String,
    pub starts: Date,
    pub ends: Date,
    pub monitored_until: At<Date>,
}

pub(super) fn header(mut table: Table<'_>, report: &mut Report) -> Option<Header> {
    let id = table.required("id", &shape::ID, report);
    let version = table.required("version", &shape::VERSION, report);
    let title = table.required("title", &shape::TEXT, report);
    let holder = table.required("holder", &shape::TEXT, report);
    let markets = table.filled_list("markets", &shape::MARKET, report);
    let languages = table.filled_list("languages", &shape::LANGUAGE, report);
    let zone = table.required("timezone", &shape::TEXT, report).and_then(|name| zone(&name, report));
    let starts = table.required("starts", &shape::DATE, report);
    let ends = table.required("ends", &shape::DATE, report);
    let monitored_until = table.required("monitored_until", &shape::DATE, report);
    table.finish(report);
    in_order(["starts", "ends"], [&starts, &ends], report);
    in_order(["ends", "monitored_until"], [&ends, &monitored_until], report);
    unique("language", languages.iter().map(|at| (at.value.as_str(), at.line)), report);
    let (zone, zone_name) = zone?;
    Some(Header {
        id: id?.value,
        version: version?.value,
        title: title?.value,
        holder: holder?.value,
        markets: markets.into_iter().map(|at| at.value).collect(),
        languages,
        zone,
        zone_name,
        starts: starts?.value,
        ends: ends?.value,
        monitored_until: monitored_until?,
    })
}

/// The zone from the data that was built in, so that the same file gives the same deadlines on every machine.
fn zone(name: &At<String>, report: &mut Report) -> Option<(TimeZone, String)> {
    match TimeZoneDatabase::bundled().get(&name.value) {
        Ok(zone) => {
            let iana = zone.iana_name().unwrap_or(&name.value).to_owned();
            Some((zone, iana))
        }
        Err(_) => {
            let expected = "an IANA time zone such as \"Europe/Amsterdam\"";
            report.add(name.line, format!("[protocol] timezone: expected {expected}, found {:?}", name.value));
            None
        }
    }
}

fn in_order(names: [&str; 2], dates: [&Option<At<Date>>; 2], report: &mut Report) {
    if let [Some(before), Some(after)] = dates
        && after.value < before.value
    {
        let ([first, second], line) = (names, after.line);
        report.add(line, format!("[protocol] {second}: {} lies before {first}, {}", after.value, before.value));
    }
}

/// Refuses the second of two equal names, pointing at the first.
pub(super) fn unique<'n>(what: &str, names: impl IntoIterator<Item = (&'n str, usize)>, report: &mut Report) {
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for (name, line) in names {
        match seen.iter().find(|(known, _)| *known == name) {
            Some((_, first)) => report.add(line, format!("{what} {name:?} is already on line {first}")),
            None => seen.push((name, line)),
        }
    }
}

/// One signature under this version of the protocol, as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub role: ApprovalRole,
    /// Who is to sign.
    pub name: Option<String>,
    /// The day of a signature outside Dayzero; open without one.
    pub on: Option<Date>,
}

/// As a person is told of it: "safety (who is to sign)".
impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} ({name})", self.role.as_str()),
            None => f.write_str(self.role.as_str()),
        }
    }
}

/// `[approvals]`: whatever is not there is open.
pub(super) fn approvals(table: Option<Table<'_>>, report: &mut Report) -> Vec<Approval> {
    let open = |role| Approval { role, name: None, on: None };
    let Some(mut table) = table else { return ApprovalRole::ALL.map(open).into() };
    let mut approvals = Vec::new();
    for role in ApprovalRole::ALL {
        let place = format!("[approvals] {}", role.as_str());
        let Some(mut one) = table.table(role.as_str(), &place, report) else {
            approvals.push(open(role));
            continue;
        };
        let name = one.required("name", &shape::TEXT, report).map(|at| at.value);
        let on = one.optional("on", &shape::DATE, report).map(|at| at.value);
        one.finish(report);
        approvals.push(Approval { role, name, on });
    }
    table.finish(report);
    approvals
}

/// `[[product]]`, and the names of all of them, also of those that have a problem.
pub(super) fn products(tables: Vec<Table<'_>>, report: &mut Report) -> (Vec<Product>, Vec<At<String>>) {
    let (mut products, mut names) = (Vec::new(), Vec::new());
    for mut table in tables {
        let name = table.required("name", &shape::TEXT, report);
        let substance = table.optional("substance", &shape::TEXT, report).map(|at| at.value);
        let spellings = table.list("spellings", &shape::TEXT, report).into_iter().map(|at| at.value).collect();
        let own = table.required("own", &shape::TRUTH, report);
        table.finish(report);
        if let (Some(name), Some(own)) = (&name, own) {
            products.push(Product { name: name.value.clone(), substance, spellings, own: own.value });
        }
        names.extend(name);
    }
    unique("product", names.iter().map(|at| (at.value.as_str(), at.line)), report);
    (products, names)
}

/// One webhook address: `/webhooks/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    pub id: DoorId,
    pub provider: Provider,
    /// The name in the secret store, not the secret.
    pub secret: String,
    pub signature: SignatureForm,
}

/// What is known of a door, also of one that has a problem; channels refer to it.
pub(super) struct DoorName {
    pub id: At<String>,
    pub provider: Option<Provider>,
}

/// `[[door]]`.
pub(super) fn doors(tables: Vec<Table<'_>>, report: &mut Report) -> (Vec<Door>, Vec<DoorName>) {
    let (mut doors, mut names) = (Vec::new(), Vec::new());
    for mut table in tables {
        let id = table.required("id", &shape::ID, report);
        let provider = table.required("platform", &shape::PROVIDER_NAME, report).and_then(|name| provider(&name, report));
        let secret = table.required("secret", &shape::TEXT, report);
        let form = table.optional("signature", &shape::SIGNATURE, report);
        table.finish(report);
        if let Some(form) = form.filter(|form| form.value != SignatureForm::Documented && provider != Some(Provider::LinkedIn)) {
            let forms = "only linkedin's signature is seen in other forms than the documented one";
            report.add(form.line, format!("[[door]] signature: {forms}"));
        }
        let Some(id) = id else { continue };
        if let (Some(provider), Some(secret)) = (provider, secret) {
            let signature = form.map(|form| form.value).unwrap_or_default();
            doors.push(Door { id: DoorId::new(id.value.clone()), provider, secret: secret.value, signature });
        }
        names.push(DoorName { id, provider });
    }
    unique("door", names.iter().map(|door| (door.id.value.as_str(), door.id.line)), report);
    (doors, names)
}

fn provider(name: &At<String>, report: &mut Report) -> Option<Provider> {
    let provider = Provider::from_name(&name.value);
    if provider.is_none() {
        report.add(name.line, format!("[[door]] platform: expected {}, found {:?}", shape::PROVIDER_NAME.expected, name.value));
    }
    provider
}

fn platform(name: &At<String>, report: &mut Report) -> Option<Platform> {
    let platform = Platform::from_name(&name.value);
    if platform.is_none() {
        report
            .add(name.line, format!("[[channel]] platform: expected {}, found {:?}", shape::PLATFORM_NAME.expected, name.value));
    }
    platform
}

/// A place where people write: one page, account, ad account or forum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: ChannelId,
    pub door: DoorId,
    pub platform: Platform,
    pub account: String,
    /// The products that a comment here is about without naming them.
    pub products: Vec<String>,
    /// Authors by whom the company itself writes here, where the platform does not say so: kept and never alerted.
    pub own_authors: Vec<String>,
    /// Longer without any event is an alarm.
    pub silent_after: SignedDuration,
    /// Where the file lists it.
    pub line: usize,
}

/// A channel as the file has it, each value with its line, before it is held against the doors and the products.
pub(super) struct ChannelDraft {
    pub line: usize,
    pub id: Option<At<String>>,
    pub door: Option<At<String>>,
    pub platform: Option<At<Platform>>,
    pub account: Option<At<String>>,
    pub products: Vec<At<String>>,
    pub own_authors: Vec<At<String>>,
    pub silent_after: Option<u32>,
}

impl ChannelDraft {
    /// Takes what the table holds; every fault goes into the report, and what is missing stays empty.
    pub fn read(mut table: Table<'_>, report: &mut Report) -> Self {
        let draft = Self {
            line: table.line,
            id: table.required("id", &shape::ID, report),
            door: table.required("door", &shape::TEXT, report),
            platform: table
                .required("platform", &shape::PLATFORM_NAME, report)
                .and_then(|name| platform(&name, report).map(|value| At { value, line: name.line })),
            account: table.required("account", &shape::TEXT, report),
            products: table.list("products", &shape::TEXT, report),
            own_authors: table.list("own_authors", &shape::TEXT, report),
            silent_after: table.required("silent_after", &shape::CLOCK_MINUTES, report).map(|at| at.value),
        };
        table.finish(report);
        draft
    }

    /// The channel, if nothing that it needs was missing or faulty.
    pub fn finish(self) -> Option<Channel> {
        Some(Channel {
            id: ChannelId::new(self.id?.value),
            door: DoorId::new(self.door?.value),
            platform: self.platform?.value,
            account: self.account?.value,
            products: self.products.into_iter().map(|at| at.value).collect(),
            own_authors: self.own_authors.into_iter().map(|at| at.value).collect(),
            silent_after: SignedDuration::from_mins(i64::from(self.silent_after?)),
            line: self.line,
        })
    }
}
