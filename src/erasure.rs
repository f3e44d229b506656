//! Erasing what one author wrote, on request: one person asks, another agrees, and every record of the author is ordered to let its
//! words go as soon as it may. What is safety stays, with its ground in the record.
//!
//! Each step is noted before it is done, so that a crash leaves a request that the sweep finds and finishes. The command, the page and
//! `watch` call this; when words may go is decided in `model::keep`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::model::chain::New;
use crate::model::erasure::{ErasureRequest, Fate, JOURNAL, RequestId};
use crate::model::{Actor, CommentKey, Entry, Hand, Happening, Head, JournalId, Noted, Platform, Record, Stage};
use crate::store::{AppendError, Store, StoreError};

/// Days for which a request waits for a second person.
const DAYS: i64 = 7;
/// Days with requests, the last ones, in which the sweep looks for one that was agreed to and not finished: it may be agreed to on its
/// last day, and then wait for a person to repair a record.
const DAYS_LOOKED_THROUGH: i32 = 31;
/// Attempts to write into a record: each loses only to somebody else's entry.
const ATTEMPTS: usize = 5;
/// Characters of a reason at most.
const LONGEST_REASON: usize = 2_000;

/// What somebody typed. No `Debug`: it names a person.
pub struct Asked {
    pub platform: Platform,
    pub account: Option<String>,
    /// The author's id on the platform, or the name as it is shown there.
    pub author: String,
    pub reason: String,
}

/// Where a request stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub request: ErasureRequest,
    pub by: String,
    pub at: Timestamp,
    /// Who agreed.
    pub agreed: Option<String>,
    pub done: bool,
}

/// Why a request is not made or not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("an author and a reason are needed, the reason with at most {LONGEST_REASON} characters")]
    Incomplete,
    #[error("no request {0} waits for a second person")]
    Unknown(String),
    #[error("{0} asked for it: another person must agree")]
    SamePerson(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The author's records and what would become of each, without noting anything.
pub async fn preview(store: &Store, asked: &Asked) -> Result<Vec<(CommentKey, Fate)>, Refused> {
    let author = store.author_digest(asked.platform, &asked.author).await?;
    Ok(fates(store, &author, asked.account.as_deref()).await?)
}

/// Notes a request; nothing goes before a second person agrees.
pub async fn ask(store: &Store, asked: &Asked, by: impl Into<Hand>, now: Timestamp) -> Result<ErasureRequest, Refused> {
    let by: Hand = by.into();
    let reason = asked.reason.trim();
    if asked.author.trim().is_empty() || reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Refused::Incomplete);
    }
    let mut random = [0; 4];
    getrandom::fill(&mut random)
        .map_err(|error| StoreError::Unavailable { doing: "naming a request", source: error.to_string().into() })?;
    let request = ErasureRequest {
        id: RequestId::new(day(now), random),
        platform: asked.platform,
        account: asked.account.clone(),
        author: store.author_digest(asked.platform, &asked.author).await?,
        reason: reason.to_owned(),
        subject: by.subject,
    };
    let journal = JournalId::of_day(JOURNAL, day(now));
    store.note(&journal, note(now, Actor::Person(by.name), Noted::ErasureAsked(request.clone()))).await?;
    Ok(request)
}

/// Notes that a second person agrees, and orders every record of the author; says how many were ordered.
pub async fn agree(store: &Store, id: &RequestId, by: impl Into<Hand>, now: Timestamp) -> Result<usize, Refused> {
    let by: Hand = by.into();
    let unknown = || Refused::Unknown(id.to_string());
    let journal = id.journal().ok_or_else(unknown)?;
    let known = requests_in(store, &journal).await?.into_iter().find(|known| known.request.id == *id);
    let known = known.filter(|known| known.agreed.is_none() && !expired(known, now)).ok_or_else(unknown)?;
    if by.is_same_as(&known.by, known.request.subject.as_deref()) {
        return Err(Refused::SamePerson(known.by));
    }
    store.note(&journal, note(now, Actor::Person(by.name.clone()), Noted::ErasureAgreed { request: id.clone() })).await?;
    Ok(carry_out(store, &Request { agreed: Some(by.name), ..known }, now).await?)
}

/// Finishes requests that somebody agreed to and that a crash, or a table that did not answer, left unfinished. One that cannot be
/// finished keeps no other from it; the first error is given back.
pub async fn finish(store: &Store, now: Timestamp) -> Result<usize, StoreError> {
    let (mut unfinished, mut finished, mut failed) = (Vec::new(), 0, None);
    for journal in store.latest_journals(JOURNAL, DAYS_LOOKED_THROUGH).await? {
        match requests_in(store, &journal).await {
            Ok(known) => unfinished.extend(known.into_iter().filter(|known| known.agreed.is_some() && !known.done)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    for request in unfinished {
        match carry_out(store, &request, now).await {
            Ok(_) => finished += 1,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(finished), Err)
}

/// Requests of the last days, the newest first.
pub async fn requests(store: &Store, now: Timestamp) -> Result<Vec<Request>, StoreError> {
    let mut found = Vec::new();
    for back in 0..=DAYS {
        let day = day(now.checked_sub(SignedDuration::from_hours(24 * back)).unwrap_or(now));
        let mut of_day = requests_in(store, &JournalId::of_day(JOURNAL, day)).await?;
        of_day.reverse();
        found.extend(of_day);
    }
    Ok(found)
}

/// What would become of each record of a request's author.
pub async fn fates(store: &Store, author: &str, account: Option<&str>) -> Result<Vec<(CommentKey, Fate)>, StoreError> {
    let mut fates = Vec::new();
    for key in store.comments_of(author).await? {
        if let Some(record) = Record::fold(&store.chain(&key).await?).filter(|record| is_on(record, account)) {
            fates.push((key, Fate::of(&record)));
        }
    }
    Ok(fates)
}

async fn requests_in(store: &Store, journal: &JournalId) -> Result<Vec<Request>, StoreError> {
    let mut found: Vec<Request> = Vec::new();
    for Entry { at, by, what, .. } in store.journal(journal).await? {
        let by = by.label().to_owned();
        match what {
            Noted::ErasureAsked(request) => found.push(Request { request, by, at, agreed: None, done: false }),
            Noted::ErasureAgreed { request } => {
                found.iter_mut().filter(|known| known.request.id == request).for_each(|known| known.agreed = Some(by.clone()));
            }
            Noted::ErasureOrdered { request, .. } => {
                found.iter_mut().filter(|known| known.request.id == request).for_each(|known| known.done = true);
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Orders every record of the author. One that cannot be ordered keeps no other from it, and the request is then not done.
async fn carry_out(store: &Store, known: &Request, now: Timestamp) -> Result<usize, StoreError> {
    let (request, mut ordered, mut failed) = (&known.request, 0, None);
    let by = known.agreed.clone().unwrap_or_default();
    for key in store.comments_of(&request.author).await? {
        match order(store, &key, known, &by, now).await {
            Ok(held) => ordered += usize::from(held),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let what = Noted::ErasureOrdered { request: request.id.clone(), records: ordered as u64 };
    if let Some(journal) = request.id.journal() {
        store.note(&journal, note(now, Actor::Stage(Stage::Watch), what)).await?;
    }
    Ok(ordered)
}

/// Writes the request into one record, once; the sweep does the rest. Says whether the record holds the request now.
async fn order(store: &Store, key: &CommentKey, known: &Request, by: &str, now: Timestamp) -> Result<bool, StoreError> {
    for _ in 0..ATTEMPTS {
        let mut entries = store.chain(key).await?;
        let Some(record) = Record::fold(&entries).filter(|record| is_on(record, known.request.account.as_deref())) else {
            return Ok(false);
        };
        let id = known.request.id.as_str();
        if record.holds_no_words() {
            return Ok(false);
        }
        if record.erasures_asked.iter().all(|(_, asked)| asked != id) {
            let what = Happening::ErasureAsked { request: id.to_owned() };
            let new = New { at: now, by: Actor::Person(by.to_owned()), what, words: None };
            match store.append(key, entries.last(), vec![new]).await {
                Ok(appended) => entries.extend(appended),
                Err(AppendError::Conflict(_)) => continue,
                Err(AppendError::Store(error)) => return Err(error),
            }
        }
        // Projected even if an earlier attempt wrote the entry: its head may be behind.
        if let Some(record) = Record::fold(&entries) {
            store.project(&Head::of(&record, record.wake(now))).await?;
        }
        return Ok(true);
    }
    Err(StoreError::Unavailable { doing: "ordering an erasure", source: "others write into the record at the same time".into() })
}

fn is_on(record: &Record, account: Option<&str>) -> bool {
    account.is_none_or(|account| record.id.account == account)
}

fn expired(known: &Request, now: Timestamp) -> bool {
    now.duration_since(known.at) > SignedDuration::from_hours(24 * DAYS)
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn note(at: Timestamp, by: Actor, what: Noted) -> New<Noted> {
    New { at, by, what, words: None }
}
