//! Doing what a person asked: load, decide, append; and again if somebody else was faster. Called by the pages and by the API.

use crate::model::chain::New;
use crate::model::{CommentKey, Entry, Head, Outcome, Record};
use crate::store::AppendError;

use super::Desk;
use super::day_zero;
use super::decide::{self, Asked, Matter, Refusal};
use super::problem::Problem;
use super::sign_in::Person;

/// How often an append that lost against another writer is decided anew: a record's other writers are a few stages, each brief.
const ATTEMPTS: u32 = 3;

/// Loads a record with its chain.
pub async fn load(desk: &Desk, key: &CommentKey) -> Result<Matter, Problem> {
    let entries = desk.store.chain(key).await?;
    Matter::of(entries).ok_or(Problem::NotFound("No comment has this key."))
}

/// Puts the record in `person`'s hands, unless somebody has it already; the record says who.
pub async fn acknowledge(desk: &Desk, key: &CommentKey, person: &Person) -> Result<Matter, Problem> {
    change(desk, key, |matter| Ok(decide::acknowledge(matter, person, desk.clock.now()))).await
}

/// Records a decision on the revision that `person` read.
pub async fn decide(desk: &Desk, key: &CommentKey, asked: &Asked, person: &Person) -> Result<Matter, Problem> {
    if let Outcome::DuplicateOf { duplicate_of } = &asked.outcome {
        original(desk, key, duplicate_of).await?;
    }
    change(desk, key, |matter| decide::decide(matter, asked, person, desk.clock.now())).await
}

/// Records another day zero, beside the one that stands.
pub async fn set_day_zero(desk: &Desk, key: &CommentKey, asked: &day_zero::Asked, person: &Person) -> Result<Matter, Problem> {
    change(desk, key, |matter| day_zero::set(matter, asked, person, desk.clock.now())).await
}

/// A duplicate needs an original that is kept, and that does not itself count as a duplicate of this one: then nobody would look at either.
async fn original(desk: &Desk, key: &CommentKey, original: &CommentKey) -> Result<(), Problem> {
    let Some(matter) = Matter::of(desk.store.chain(original).await?) else {
        return Err(Problem::Unusable("`duplicate_of` names a comment that is not kept here.".to_owned()));
    };
    match matter.record.standing_decision().map(|decision| &decision.outcome) {
        Some(Outcome::DuplicateOf { duplicate_of }) if duplicate_of == key => Err(Problem::Unusable(
            "`duplicate_of` names a comment that was itself decided to be a duplicate of this one.".to_owned(),
        )),
        _ => Ok(()),
    }
}

async fn change(
    desk: &Desk,
    key: &CommentKey,
    make: impl Fn(&Matter) -> Result<Option<New>, Refusal>,
) -> Result<Matter, Problem> {
    for _ in 0..ATTEMPTS {
        let matter = load(desk, key).await?;
        let Some(new) = make(&matter)? else {
            // Whoever repeats a request may do so because its head could not be written the first time.
            project(desk, &matter.record).await;
            return Ok(matter);
        };
        match desk.store.append(key, matter.entries.last(), vec![new]).await {
            Ok(added) => {
                let matter = follow(matter, added);
                project(desk, &matter.record).await;
                return Ok(matter);
            }
            Err(AppendError::Conflict(_)) => {}
            Err(AppendError::Store(error)) => return Err(Problem::Store(error)),
        }
    }
    Err(Problem::Busy)
}

fn follow(matter: Matter, added: Vec<Entry>) -> Matter {
    let mut entries = matter.entries;
    entries.extend(added);
    let record = Record::fold(&entries).unwrap_or(matter.record);
    Matter { entries, record }
}

/// The chain holds what was done; a head that could not be written is made again by the sweep.
async fn project(desk: &Desk, record: &Record) {
    let head = Head::of(record, record.wake(desk.clock.now()));
    if let Err(error) = desk.store.project(&head).await {
        tracing::warn!(key = %record.key, %error, "review: the head could not be written; the sweep will");
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Stale { opened, now } => Problem::Stale { opened, now },
            Refusal::Unusable(sentence) => Problem::Unusable(sentence),
        }
    }
}
