//! People at their pages, request by request as `src/review/act.rs`: they open a record, think, and send a form, some of them twice. What a
//! form may do is the program's own decision.

use std::rc::Rc;

use crate::model::{Head, Outcome, Revision};
use crate::plan::Deed;
use crate::planted::Planted;
use crate::review::decide::{self, Asked, Matter, Refusal};
use crate::review::sign_in::Person;
use crate::rig::{Rig, Stop, Worker};

/// As in `src/review/act.rs`.
const ATTEMPTS: u32 = 3;
/// How often a person sends a form again that met trouble, and opens a page again that was stale.
const PATIENCE: usize = 3;

/// What a person does once; `again` is the same form, sent a second time.
pub async fn act(rig: Rc<Rig>, worker: Worker, deed: Deed, again: bool) {
    let person = Person::named(["Ann", "Bo", "Cas"][deed.person % 3]);
    for opening in 0..PATIENCE {
        let Ok((entries, Some(record))) = rig.chain(worker, deed.comment).await else { return };
        let opened = record.revision;
        let reason = (record.standing_decision().is_none() || opening > 0).then(|| "read".to_owned());
        drop((entries, record));
        rig.pause(deed.thinks).await;
        let sends = if deed.again.is_some() && !again { 2 } else { 1 };
        let mut answer = Ok(());
        for _ in 0..sends {
            answer = send(&rig, worker, deed, &person, opened, reason.clone()).await;
            rig.pause(deed.again.unwrap_or(0)).await;
        }
        if !matches!(answer, Err(Answer::Stale)) {
            return;
        }
    }
}

/// What a page said, if it did not say yes.
enum Answer {
    Stale,
    Refused,
    Trouble,
}

async fn send(
    rig: &Rig,
    worker: Worker,
    deed: Deed,
    person: &Person,
    opened: Revision,
    reason: Option<String>,
) -> Result<(), Answer> {
    let number = format!("NL-{}-{}", deed.comment, deed.person);
    let outcome = match (deed.thinks + deed.at) % 5 {
        0 => Outcome::NotACase,
        1 => Outcome::NeedsMore,
        _ => Outcome::Case { case_number: number },
    };
    let asked = deed.decides.then_some(Asked { outcome, reason, revision: opened, bulk: false });
    for _ in 0..PATIENCE {
        match change(rig, worker, deed.comment, (asked.as_ref(), opened), person).await {
            Ok(done) => return done,
            Err(Stop::Died | Stop::Failed | Stop::Conflict | Stop::KeptBack) => rig.pause(2_000).await,
        }
    }
    Err(Answer::Trouble)
}

async fn change(
    rig: &Rig,
    worker: Worker,
    comment: usize,
    (asked, opened): (Option<&Asked>, Revision),
    person: &Person,
) -> Result<Result<(), Answer>, Stop> {
    for _ in 0..ATTEMPTS {
        let (entries, _) = rig.chain(worker, comment).await?;
        let length = entries.len();
        let Some(matter) = Matter::of(entries.to_vec()) else { return Ok(Err(Answer::Refused)) };
        drop(entries);
        let now = rig.clock(worker);
        let new = match asked {
            None => Ok(decide::acknowledge(&matter, person, now)),
            Some(asked) => {
                let mut asked = asked.clone();
                if rig.planted.is(Planted::StaleDecision) {
                    asked.revision = matter.record.revision;
                }
                let forgets = rig.planted.is(Planted::FormTwice);
                decide::decide(&if forgets { without_decisions(matter.clone()) } else { matter.clone() }, &asked, person, now)
            }
        };
        match new {
            Err(Refusal::Stale { .. }) => return Ok(Err(Answer::Stale)),
            Err(Refusal::Unusable(_) | Refusal::NotYours(_)) => return Ok(Err(Answer::Refused)),
            Ok(None) => {
                project(rig, worker, comment).await;
                return Ok(Ok(()));
            }
            Ok(Some(new)) => match rig.append(worker, comment, length, vec![new]).await {
                Err(Stop::Conflict) => {}
                Err(stop) => return Err(stop),
                Ok(()) => {
                    if asked.is_some() {
                        let seq = Revision(u32::try_from(length + 1).unwrap_or(u32::MAX));
                        rig.log.borrow_mut().forms.push((comment, seq, opened));
                    }
                    project(rig, worker, comment).await;
                    return Ok(Ok(()));
                }
            },
        }
    }
    Err(Stop::Conflict)
}

/// The fault of a form that is not known again.
fn without_decisions(mut matter: Matter) -> Matter {
    matter.entries.retain(|entry| !matches!(entry.what, crate::model::Happening::Decided(_)));
    matter
}

/// A head that cannot be written is made again by the sweep.
async fn project(rig: &Rig, worker: Worker, comment: usize) {
    if let Ok((_, Some(record))) = rig.chain(worker, comment).await {
        let head = Head::of(&record, record.wake(rig.clock(worker)));
        let _ = rig.project(worker, comment, head).await;
    }
}
