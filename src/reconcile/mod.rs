//! Reconciliation: what was delivered against what was recorded, what was recorded against what people decided, what was alerted against
//! who acknowledged, and our cases against those of the safety database; and, from the same facts, the weekly sample and how much the
//! machine misses. Every night for each campaign, and whenever somebody asks.
//!
//! - `gather` reads the table into `facts`; everything that judges is pure: `compare` (differences), `statement` (what both sides sign),
//!   `signing`, `tasks`, `cases` (the safety database's lists), `sample` (the draw), `recall` (the bound), `table` (CSV).
//! - `night` is the nightly round: receipts, draws, tasks, statements; this file holds what people and programs ask for.
//!
//! Its results stand in journals of the campaign (`statements`, `tasks`, `cases`, `samples`, `reconciled`) and in documents. It changes
//! nothing of a record but to add that the safety database has its case, and that it was drawn. It is no stage and calls none.

mod cases;
mod compare;
mod facts;
mod gather;
mod night;
mod recall;
mod sample;
mod signing;
mod statement;
mod table;
mod tasks;

use jiff::civil::Date;

use crate::metrics::Metrics;
use crate::model::chain::New;
use crate::model::{
    Actor, CampaignId, CaseListRead, Clock, Draw, JournalId, ListedCase, Note, Noted, Period, ProtocolRef, Stage, Task,
    TasksFound,
};
use crate::protocol::Protocol;
use crate::store::{Store, StoreError};

pub use cases::{CaseFile, MOST_BYTES as MOST_LIST_BYTES};
pub use night::{Night, nights};
pub use recall::{ALL, ENOUGH, Recall};
pub use signing::{Asked as SignatureAsked, Statements, Version};
pub use statement::{Nil, Statement};
pub use table::csv;
pub use tasks::{Standing as TaskStanding, TaskState, Tasks};

/// The name in metrics.
pub const STAGE: &str = "reconcile";

/// Subjects of the journals.
const STATEMENTS: &str = "statements";
const TASKS: &str = "tasks";
const CASES: &str = "cases";
const SAMPLES: &str = "samples";
const RECONCILED: &str = "reconciled";

/// Days that every run looks back over: a quarter, so that a difference of last month is still looked for, and a recall has some weeks
/// to be measured in.
pub const LOOKS_BACK: i32 = 91;
/// Times that something is noted anew because somebody else noted first.
const ATTEMPTS: usize = 5;

/// What reconciliation works with.
#[derive(Clone)]
pub struct Reconcile {
    pub store: Store,
    pub clock: Clock,
    pub metrics: Metrics,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One sentence for whoever asked.
    #[error("{0}")]
    Unusable(String),
}

/// What a look at some dates found.
#[derive(Clone, Debug)]
pub struct Looked {
    pub deliveries: usize,
    pub comments: usize,
    pub differences: Vec<Task>,
}

impl Reconcile {
    /// The date that it is in a campaign's zone.
    pub async fn today(&self, campaign: &CampaignId) -> Result<Date, Error> {
        let protocol = self.protocol(campaign).await?;
        Ok(self.clock.now().to_zoned(protocol.time_zone().clone()).date())
    }

    /// Looks for differences of the dates from `from` until before `to`, and writes nothing down.
    pub async fn look(&self, campaign: &CampaignId, from: Date, to: Date) -> Result<Looked, Error> {
        let protocol = self.protocol(campaign).await?;
        let facts = gather::facts(self, &protocol, from, to).await?;
        let differences = compare::differences(&facts, from, to);
        let comments = facts.comments.iter().filter(|comment| (from..to).contains(&facts.date(comment.aware_at))).count();
        Ok(Looked { deliveries: facts.deliveries.len(), comments, differences })
    }

    /// Makes a period's statement, or makes it anew; the version that holds is given back, which is the old one if nothing has changed.
    pub async fn state(&self, campaign: &CampaignId, period: Period, by: Actor) -> Result<Version, Error> {
        let (protocol, today) = (self.protocol(campaign).await?, self.today(campaign).await?);
        if period.after() > today {
            return Err(Error::Unusable(format!("{period} is not over yet: a statement is of a whole period.")));
        }
        let from = back(period.after(), LOOKS_BACK).min(period.first());
        let facts = gather::facts(self, &protocol, from, today).await?;
        self.receipts(&facts).await?;
        self.note_tasks(&facts, from, today).await?;
        let made = statement_of(&facts, period);
        self.keep_statement(campaign, made, by, Anew::IfDifferent).await
    }

    /// The statements of a campaign, with their signatures.
    pub async fn statements(&self, campaign: &CampaignId) -> Result<Statements, StoreError> {
        Ok(Statements::fold(&self.store.journal(&JournalId::of_campaign(STATEMENTS, campaign)).await?))
    }

    /// A statement exactly as it was made.
    pub async fn statement(&self, version: &Version) -> Result<Statement, StoreError> {
        let what = format!("the statement of {}", version.made.period);
        let text = self.store.document(&version.made.digest).await?;
        let text = text.ok_or_else(|| StoreError::Corrupt { what: what.clone(), source: "its document is missing".into() })?;
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt { what, source: error.to_string().into() })
    }

    /// Signs the newest version of a statement.
    pub async fn sign(&self, campaign: &CampaignId, asked: &SignatureAsked) -> Result<(), Error> {
        let journal = JournalId::of_campaign(STATEMENTS, campaign);
        let by = Actor::Person(asked.by.name.clone());
        let sign = |notes: &[Note]| Ok(Statements::fold(notes).sign(asked).map_err(Error::Unusable)?.map(Noted::Signed));
        self.decide_and_note(&journal, by, sign).await.map(drop)
    }

    /// The tasks of a campaign.
    pub async fn tasks(&self, campaign: &CampaignId) -> Result<Tasks, StoreError> {
        Ok(Tasks::fold(&self.store.journal(&JournalId::of_campaign(TASKS, campaign)).await?))
    }

    /// The draws of a campaign, oldest first.
    pub async fn draws(&self, campaign: &CampaignId) -> Result<Vec<Draw>, StoreError> {
        let notes = self.store.journal(&JournalId::of_campaign(SAMPLES, campaign)).await?;
        let draws = notes.into_iter().filter_map(|note| match note.what {
            Noted::Drawn(draw) => Some(draw),
            _ => None,
        });
        Ok(draws.collect())
    }

    /// Closes a task with a reason.
    pub async fn close_task(&self, campaign: &CampaignId, id: &str, reason: Option<&str>, by: &str) -> Result<(), Error> {
        let journal = JournalId::of_campaign(TASKS, campaign);
        let close = |notes: &[Note]| Ok(Tasks::fold(notes).close(id, reason).map_err(Error::Unusable)?.map(Noted::TaskClosed));
        self.decide_and_note(&journal, Actor::Person(by.to_owned()), close).await.map(drop)
    }

    /// Reads a list of cases in; rows that cannot be used are named in what is given back.
    pub async fn read_cases(&self, campaign: &CampaignId, csv: &[u8], by: &str) -> Result<CaseFile, Error> {
        self.protocol(campaign).await?;
        let file = cases::read(csv).map_err(Error::Unusable)?;
        let journal = JournalId::of_campaign(CASES, campaign);
        let list = self.store.keep_document(&rows_text(&file.rows)).await?;
        for _ in 0..ATTEMPTS {
            let last = self.store.last_note(&journal).await?;
            let known = match last.as_ref().map(|note| &note.what) {
                Some(Noted::CaseList(read)) => case_rows(&self.store, &read.all).await?,
                _ => Vec::new(),
            };
            let all = cases::merge(known, &file.rows).map_err(Error::Unusable)?;
            let read = CaseListRead {
                list: list.clone(),
                rows: u32::try_from(file.rows.len()).unwrap_or(u32::MAX),
                unusable: file.unusable,
                all: self.store.keep_document(&rows_text(&all)).await?,
                all_rows: u32::try_from(all.len()).unwrap_or(u32::MAX),
            };
            let new = self.to_note(Actor::Person(by.to_owned()), Noted::CaseList(read));
            if self.store.note_after(&journal, last.as_ref(), new).await?.is_some() {
                return Ok(file);
            }
        }
        Err(raced())
    }

    /// Whether a campaign has a protocol in force, and that protocol.
    async fn protocol(&self, campaign: &CampaignId) -> Result<Protocol, Error> {
        let directory = self.store.directory().await?;
        let version = directory.active.get(campaign);
        let version = *version.ok_or_else(|| Error::Unusable(format!("{campaign} is no campaign that is in force.")))?;
        let reference = ProtocolRef { id: campaign.clone(), version };
        let published = self.store.protocol(&reference).await?;
        let published =
            published.ok_or_else(|| Error::Unusable(format!("Protocol {reference} is active and was never published.")))?;
        Protocol::parse(&published.source)
            .map_err(|_| Error::Unusable(format!("Protocol {reference} cannot be read by this version of Dayzero.")))
    }

    async fn note_tasks(&self, facts: &facts::Facts, from: Date, to: Date) -> Result<usize, Error> {
        let differences = compare::differences(facts, from, to);
        let journal = JournalId::of_campaign(TASKS, &facts.protocol.id);
        let find = |notes: &[Note]| {
            let found = Tasks::fold(notes).found(&differences, from, to);
            Ok((found != TasksFound::default()).then_some(Noted::Tasks(found)))
        };
        let notes = self.decide_and_note(&journal, MACHINE, find).await?;
        Ok(Tasks::fold(&notes).open().len())
    }

    /// Keeps a statement and notes that it was made, unless the version that holds makes that needless.
    async fn keep_statement(&self, campaign: &CampaignId, made: Statement, by: Actor, anew: Anew) -> Result<Version, Error> {
        let journal = JournalId::of_campaign(STATEMENTS, campaign);
        let text = made.text();
        for _ in 0..ATTEMPTS {
            let mut notes = self.store.journal(&journal).await?;
            if let Some(newest) = Statements::fold(&notes).newest(made.period) {
                let enough = match anew {
                    Anew::Never => true,
                    Anew::IfDifferent => self.statement(newest).await?.says_the_same(&made),
                };
                if enough {
                    return Ok(newest.clone());
                }
            }
            self.store.keep_document(&text).await?;
            let new = self.to_note(by.clone(), Noted::Statement(made.made(&text)));
            if let Some(note) = self.store.note_after(&journal, notes.last(), new).await? {
                notes.push(note);
                return Statements::fold(&notes).newest(made.period).cloned().ok_or_else(raced);
            }
        }
        Err(raced())
    }

    /// Notes what `decide` makes of a journal as it is, and decides again if somebody else noted first; gives the journal as it is then.
    async fn decide_and_note(
        &self,
        journal: &JournalId,
        by: Actor,
        decide: impl Fn(&[Note]) -> Result<Option<Noted>, Error>,
    ) -> Result<Vec<Note>, Error> {
        for _ in 0..ATTEMPTS {
            let mut notes = self.store.journal(journal).await?;
            let Some(what) = decide(&notes)? else { return Ok(notes) };
            if let Some(note) = self.store.note_after(journal, notes.last(), self.to_note(by.clone(), what)).await? {
                notes.push(note);
                return Ok(notes);
            }
        }
        Err(raced())
    }

    fn to_note(&self, by: Actor, what: Noted) -> New<Noted> {
        New { at: self.clock.now(), by, what, words: None }
    }
}

/// When a statement that is there already is made again.
#[derive(Clone, Copy)]
enum Anew {
    Never,
    IfDifferent,
}

const MACHINE: Actor = Actor::Stage(Stage::Reconcile);

/// A period's statement: its own differences, those of the case lists that are about its comments, and none of other dates.
fn statement_of(facts: &facts::Facts, period: Period) -> Statement {
    let mut differences = compare::differences(facts, period.first(), period.after());
    differences.retain(|task| task.kind == "record-broken" || (period.first()..period.after()).contains(&task.day));
    statement::make(facts, period, differences)
}

/// So many days before a date.
fn back(date: Date, days: i32) -> Date {
    date.checked_sub(jiff::Span::new().days(days)).unwrap_or(date)
}

fn rows_text(rows: &[ListedCase]) -> String {
    serde_json::to_string(rows).expect("rows of cases have string keys and no failing serialiser")
}

/// The rows that a document of cases holds.
async fn case_rows(store: &Store, digest: &str) -> Result<Vec<ListedCase>, StoreError> {
    let what = "a list of cases";
    let corrupt = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Corrupt { what: what.to_owned(), source };
    let text = store.document(digest).await?.ok_or_else(|| corrupt("its document is missing".into()))?;
    serde_json::from_str(&text).map_err(|error| corrupt(format!("column {} is no row of cases", error.column()).into()))
}

fn raced() -> Error {
    let source = "too many others write in it".into();
    Error::Store(StoreError::Unavailable { doing: "noting in a journal", source })
}
