//! Doing what a person asked: load, decide, append; and again if somebody else was faster. Called by the pages and by the API.

use crate::model::chain::New;
use crate::model::{CommentKey, Entry, Head, Outcome, Place, Record};
use crate::store::{AppendError, StoreError};

use super::Desk;
use super::day_zero;
use super::decide::{self, Asked, Matter, Refusal};
use super::explain::{self, Explained};
use super::problem::Problem;
use super::sign_in::Person;

/// How often an append that lost against another writer is decided anew: a record's other writers are a few stages, each brief.
const ATTEMPTS: u32 = 3;

/// Loads a record with its chain.
pub async fn load(desk: &Desk, key: &CommentKey) -> Result<Matter, Problem> {
    let entries = desk.store.chain(key).await?;
    Matter::of(entries).ok_or(Problem::NotFound("No comment has this key."))
}

/// Loads a record for an inspector: a chain that does not verify is said to be one, and not taken for a store that does not answer.
pub async fn load_unbroken(desk: &Desk, key: &CommentKey) -> Result<Matter, Problem> {
    load(desk, key).await.map_err(|problem| match problem {
        Problem::Store(error @ StoreError::Corrupt { .. }) => Problem::Broken(error),
        other => other,
    })
}

/// Puts the record in `person`'s hands, unless somebody has it already; the record says who.
pub async fn acknowledge(desk: &Desk, key: &CommentKey, person: &Person) -> Result<Matter, Problem> {
    let acknowledge = |matter: &Matter| {
        person.must_acknowledge(&matter.record).map_err(Refusal::NotYours)?;
        Ok(decide::acknowledge(matter, person, desk.clock.now()))
    };
    change(desk, key, acknowledge).await
}

/// Records a decision on the revision that `person` read.
pub async fn decide(desk: &Desk, key: &CommentKey, asked: &Asked, person: &Person) -> Result<Matter, Problem> {
    if let Outcome::DuplicateOf { duplicate_of } = &asked.outcome {
        original(desk, key, duplicate_of).await?;
    }
    let decide = |matter: &Matter| {
        person.must_decide(&matter.record, &asked.outcome).map_err(Refusal::NotYours)?;
        decide::decide(matter, asked, person, desk.clock.now())
    };
    change(desk, key, decide).await
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

/// Adds why a window was missed.
pub async fn explain(desk: &Desk, key: &CommentKey, asked: &Explained, person: &Person) -> Result<Matter, Problem> {
    change(desk, key, |matter| explain::explain(matter, asked, person, desk.clock.now())).await
}

/// Writes down for whom the record leaves Dayzero.
pub async fn hand_out(desk: &Desk, key: &CommentKey, to: &str, person: &Person) -> Result<Matter, Problem> {
    change(desk, key, |_| Ok(Some(explain::hand_out(to, person, desk.clock.now())))).await
}

/// Writes down that `person` has the record before their eyes, once; gives the record as it is then.
///
/// Whoever loses against another writer leaves it: the journal of reads has it, and the next look writes it again.
pub async fn see(desk: &Desk, matter: Matter, person: &Person, place: Place) -> Matter {
    if let Some(new) = decide::see(&matter, person, place, desk.clock.now()) {
        match desk.store.append(&matter.record.key, matter.entries.last(), vec![new]).await {
            Ok(added) => {
                let matter = follow(matter, added);
                project(desk, &matter.record).await;
                return matter;
            }
            Err(AppendError::Conflict(_)) => {}
            Err(AppendError::Store(error)) => {
                tracing::warn!(key = %matter.record.key, %error, "review: who saw it first stands in the journal only");
            }
        }
    }
    matter
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
            Refusal::NotYours(sentence) => Problem::NotAllowed(sentence),
        }
    }
}
