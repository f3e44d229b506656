//! Reading again: after a change of the model or of the word lists, every comment that people have yet to decide about is read by the
//! new ones as well. Both answers stand in its record, and the graver one counts: a new reading never takes a comment out of sight.
//!
//! A tick does some pages of it, and a mark in the table says how far it came. Each text is read once by each version, however often
//! this is asked, so that two versions that run side by side during a deployment do not read against each other for ever. Comments that
//! are decided stay as they were decided; what a new version would have made of them `dayzero protocol simulate` says.

use crate::error::{StageError, one_line};
use crate::model::{Band, CommentKey, Record, State};
use crate::store::{ListQuery, ReadUpTo};

use super::{Assess, decide};

/// Records of one page: a tick that is cut off repeats no more than these.
const PAGE: usize = 50;

/// How many records a tick has read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadAgain {
    pub read: usize,
    /// Of these, those that were put into a graver band than before.
    pub raised: usize,
}

/// Goes on reading again until every open record has been looked at, or until whoever called stops waiting.
pub async fn read_again(stage: &Assess) -> Result<ReadAgain, StageError> {
    let in_force = stage.campaigns.current().await?;
    let versions = decide::versions();
    let mut mark = match stage.store.read_up_to().await? {
        Some(mark) if mark.versions == versions => mark,
        _ => ReadUpTo { versions, after: None, done: false },
    };
    let mut all = ReadAgain::default();
    let campaigns = in_force.campaigns.iter().map(|campaign| Some(campaign.protocol.reference().id)).chain([None]).collect();
    let mut query = ListQuery {
        campaigns,
        states: vec![State::Open, State::Acknowledged],
        bands: Band::ALL.to_vec(),
        after: mark.after.clone(),
        limit: PAGE,
    };
    while !mark.done {
        let (keys, next) = stage.store.listed(&query).await?;
        for key in keys {
            match stage.again(&key, &in_force).await {
                Ok(Some(raised)) => all = ReadAgain { read: all.read + 1, raised: all.raised + usize::from(raised) },
                Ok(None) => {}
                // The store or the key store is away, for this record and for the next: the next tick goes on from here.
                Err(error) if !error.needs_person() => return Err(error),
                // Its reading of before stands, and one broken record must not keep the others from theirs.
                Err(error) => tracing::error!(comment = %key, error = one_line(&error), "not read again"),
            }
        }
        (mark.done, mark.after) = (next.is_none(), next.clone());
        query.after = next;
        stage.store.note_read_up_to(&mark).await?;
    }
    if all.read > 0 {
        tracing::info!(
            read = all.read,
            raised = all.raised,
            classifier = mark.versions.classifier,
            "open comments were read again"
        );
    }
    Ok(all)
}

impl Assess {
    /// Reads one record again, if its text has not been read by these versions: whether that put it into a graver band.
    async fn again(&self, key: &CommentKey, in_force: &crate::campaigns::InForce) -> Result<Option<bool>, StageError> {
        let entries = self.store.chain(key).await?;
        let Some(before) = Record::fold(&entries).filter(|record| record.is_outdated(&decide::versions())) else {
            return Ok(None);
        };
        let parent = self.parent_of(&before).await?;
        let entries = self
            .append_to(key, entries, |record| {
                // Asked again here: whoever wrote in between may have read it, or decided.
                let outdated = record.filter(|record| record.is_outdated(&decide::versions()));
                let new = outdated.and_then(|record| decide::read_again(record, in_force, parent.as_ref(), self.clock.now()));
                new.into_iter().collect()
            })
            .await?;
        let record = super::fold(key, &entries)?;
        self.project(&record).await?;
        Ok(Some(record.band() > before.band()))
    }
}
