//! Trying a version of a protocol out on what has happened: each record is played again, entry by entry, read as `assess` reads it
//! under this version alone, with what people then did taken as it was. Pure: chains in, a report out; the `protocol simulate` command
//! fetches the chains. Nothing is written and nobody is told.
//!
//! What cannot be known is not guessed: nobody acknowledged an alert that was never sent, so its windows count as unanswered and not as
//! late; what was erased cannot be read again; and who the company's own authors were stays as it was read then, beside those that this
//! version names. A parent's text is taken to have been there from the start.

mod report;
mod sends;

use std::sync::Arc;

use crate::assess::decide::{self, Parent};
use crate::campaigns::{Campaign, InForce};
use crate::model::{CommentId, CommentKey, Entry, Happening, Record, Sighting};

pub use report::{Difference, LateWindow, Report, Reread, Span};
pub use sends::Send;

/// A version that is being tried, alone in force.
pub struct Trial {
    pub campaign: Arc<Campaign>,
    in_force: InForce,
}

impl Trial {
    /// Takes a version; nothing else is in force beside it.
    pub fn new(campaign: Campaign) -> Self {
        let campaign = Arc::new(campaign);
        let mut in_force = InForce::default();
        in_force.campaigns.push(campaign.clone());
        Self { campaign, in_force }
    }

    /// Whether a record is this campaign's: it was then, or this version lists its account.
    pub fn concerns(&self, record: &Record) -> bool {
        let protocol = &self.campaign.protocol;
        let listed = protocol.channel_of(record.id.platform, &record.id.account).is_some();
        listed || record.campaign.as_ref() == Some(&protocol.reference().id)
    }

    /// The record as it would have become; `None` for a chain that does not begin with a sighting.
    pub fn replay(&self, entries: &[Entry], parent: Option<&Parent>) -> Option<Record> {
        let mut played: Vec<Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match &entry.what {
                // What another version read, and what was missed by its windows, is what is tried out anew.
                Happening::Assessed(_) | Happening::Missed(_) => continue,
                Happening::Sighted(sighting) => {
                    let author = entry.words.as_ref().and_then(|words| words.author.as_ref());
                    let author = author.and_then(|author| author.id.as_deref().or(author.name.as_deref()));
                    let sighting = self.seen(sighting, author);
                    played.push(Entry { what: Happening::Sighted(sighting), ..entry.clone() });
                }
                _ => played.push(entry.clone()),
            }
            if brings_something(&entry.what) {
                let record = Record::fold(&played)?;
                let read = decide::read(&record, &self.in_force, parent, entry.at);
                played.extend(read.into_iter().map(|new| Entry { by: new.by, what: new.what, words: None, ..entry.clone() }));
            }
        }
        Record::fold(&played)
    }

    /// A sighting as this version sees it: its channel, and whether the account is one of its own at all.
    fn seen(&self, told: &Sighting, author: Option<&str>) -> Sighting {
        let (platform, protocol) = (told.id.platform, &self.campaign.protocol);
        let belongs = self.in_force.campaign_of(&told.delivery.door, platform, &told.id.account);
        let own = author.is_some_and(|author| self.in_force.is_ours(platform, author));
        Sighting {
            campaign: belongs.as_ref().map(|_| protocol.reference().id),
            channel: belongs.and_then(|belongs| belongs.channel).map(|channel| channel.id.clone()),
            own_account: told.own_account || own,
            ..told.clone()
        }
    }
}

/// The comment that a record answers, if it answers one of ours.
pub fn parent_of(record: &Record) -> Option<CommentKey> {
    let parent = record.sightings.iter().find_map(|(_, sighting)| sighting.parent_id.as_ref())?;
    Some(CommentId::new(record.id.platform, &record.id.account, parent).key())
}

fn brings_something(what: &Happening) -> bool {
    matches!(what, Happening::Sighted(_) | Happening::Quarantined { .. })
}
