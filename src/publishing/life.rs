//! The steps before publication: a draft laid down, checked, approved; and what every version of a campaign has gone through, for
//! the commands and the console. What may follow what is decided in `model::protocol_life`; this file asks, keeps and notes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::failing_examples;
use crate::campaigns::Campaign;
use crate::model::chain::New;
use crate::model::protocol_life::{Admitted, Approved, Check, Done, Refusal};
use crate::model::{
    Actor, CampaignId, LifeStep, Note, Noted, ProtocolLife, ProtocolRef, ProtocolStep, VersionLife, protocol_life,
};
use crate::protocol::{Approval, Problem, Protocol};
use crate::store::{Store, StoreError};

/// Most findings of a check that are noted in their own words; all of them are counted. A journal's note is one item.
const MAX_FINDINGS: usize = 100;
/// What a day in the text of a version stands for.
const SIGNED_OUTSIDE: &str = "signed outside Dayzero, as the text itself says";

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lays a text down as the draft of its version. The same text again changes nothing.
pub async fn draft(store: &Store, protocol: &Protocol, by: &str, now: Timestamp) -> Result<VersionLife, NotTaken> {
    let (reference, digest) = (protocol.reference(), protocol.digest());
    let life = life_of(store, &reference).await?;
    let step = ProtocolStep { version: reference.version, digest, step: LifeStep::Drafted };
    if life.admits(&step)? == Admitted::New {
        // The text first: a note without its text could not be checked by anybody.
        store.keep_draft(&reference, &step.digest, protocol.source()).await?;
        note(store, &reference, step, by, now).await?;
    }
    Ok(life_of(store, &reference).await?)
}

/// Checks a text and notes what was found, as a draft first if it is not there yet. A text that is published already was checked.
pub async fn check(store: &Store, campaign: &Campaign, by: &str, now: Timestamp) -> Result<VersionLife, NotTaken> {
    let life = draft(store, &campaign.protocol, by, now).await?;
    let reference = campaign.protocol.reference();
    let step = LifeStep::Checked(findings(campaign, now));
    let step = ProtocolStep { version: reference.version, digest: campaign.protocol.digest(), step };
    if life.published.is_some() || life.admits(&step)? == Admitted::Already {
        return Ok(life);
    }
    note(store, &reference, step, by, now).await?;
    Ok(life_of(store, &reference).await?)
}

/// Notes a signature under the text that has this digest.
pub async fn approve(
    store: &Store,
    text: (&ProtocolRef, &str),
    approved: Approved,
    by: &str,
    now: Timestamp,
) -> Result<VersionLife, NotTaken> {
    let (reference, digest) = text;
    let step = LifeStep::Approved(approved);
    let step = ProtocolStep { version: reference.version, digest: digest.to_owned(), step };
    life_of(store, reference).await?.admits(&step)?;
    note(store, reference, step, by, now).await?;
    Ok(life_of(store, reference).await?)
}

/// What a check of this text finds.
pub fn findings(campaign: &Campaign, now: Timestamp) -> Check {
    let protocol = &campaign.protocol;
    let today = now.to_zoned(protocol.time_zone().clone()).date();
    let (failing, mut warnings) = (failing_examples(campaign), protocol.warnings());
    warnings.extend(protocol.warnings_on(today));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Check {
        examples: count(protocol.examples().len()),
        failing: count(failing.len()),
        warnings: count(warnings.len()),
        found: failing.iter().chain(&warnings).take(MAX_FINDINGS).map(Problem::to_string).collect(),
    }
}

/// The approvals that neither the text itself nor anybody since has given.
pub(super) fn open_approvals<'p>(protocol: &'p Protocol, life: &VersionLife) -> Vec<&'p Approval> {
    let same = life.digest() == Some(protocol.digest().as_str());
    let open = |approval: &&Approval| approval.on.is_none() && !(same && life.approval(approval.role).is_some());
    protocol.approvals().iter().filter(open).collect()
}

/// What is still to be noted of a version before its publication.
pub(super) fn up_to_publication(campaign: &Campaign, life: &VersionLife, now: Timestamp) -> Vec<ProtocolStep> {
    let protocol = &campaign.protocol;
    let signed = |approval: &Approval| {
        let (name, on) = (approval.name.clone()?, approval.on?);
        Some(LifeStep::Approved(Approved { role: approval.role, name, meaning: SIGNED_OUTSIDE.to_owned(), on: Some(on) }))
    };
    let mut life = life.clone();
    let steps = [LifeStep::Drafted, LifeStep::Checked(findings(campaign, now))];
    let steps = steps.into_iter().chain(protocol.approvals().iter().filter_map(signed));
    let steps = steps.map(|step| ProtocolStep { version: life.version, digest: protocol.digest(), step }).collect::<Vec<_>>();
    let mut owed = Vec::new();
    for step in steps {
        // Whoever signed in Dayzero has signed; the day in the text adds nothing.
        if life.admits(&step) == Ok(Admitted::New) {
            life.take(&step, now, "");
            owed.push(step);
        }
    }
    owed
}

/// A step as its journal takes it.
pub(super) fn by_person(step: ProtocolStep, by: &str, now: Timestamp) -> New<Noted> {
    New { at: now, by: Actor::Person(by.to_owned()), what: Noted::Protocol(step), words: None }
}

async fn note(store: &Store, reference: &ProtocolRef, step: ProtocolStep, by: &str, now: Timestamp) -> Result<(), StoreError> {
    store.note(&protocol_life::journal(&reference.id), by_person(step, by, now)).await?;
    Ok(())
}

async fn life_of(store: &Store, reference: &ProtocolRef) -> Result<VersionLife, StoreError> {
    Ok(shelf(store, &reference.id).await?.life(reference.version))
}

/// Every version of one campaign's protocol, and the journal that tells of them.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub campaign: CampaignId,
    /// The version in force.
    pub active: Option<u32>,
    /// The newest first.
    pub versions: Vec<Shelved>,
    pub notes: Vec<Note>,
}

/// One version on the shelf.
#[derive(Clone, Debug)]
pub struct Shelved {
    pub life: VersionLife,
    /// Whether it was published before journals were kept: then nobody knows who drafted, checked and approved it.
    pub before_journals: bool,
}

impl Shelf {
    fn life(&self, version: u32) -> VersionLife {
        let known = self.versions.iter().find(|shelved| shelved.life.version == version);
        known.map_or(VersionLife { version, ..VersionLife::default() }, |shelved| shelved.life.clone())
    }
}

/// Reads what every version of a campaign has gone through. A version that was published before journals were kept stands there as
/// the store has it.
pub async fn shelf(store: &Store, campaign: &CampaignId) -> Result<Shelf, StoreError> {
    let active = store.directory().await?.active.get(campaign).copied();
    let notes = store.journal(&protocol_life::journal(campaign)).await?;
    let mut versions: BTreeMap<u32, Shelved> = BTreeMap::new();
    for (version, life) in ProtocolLife::of(&notes).versions {
        versions.insert(version, Shelved { life, before_journals: false });
    }
    let listed = store.published_versions(campaign).await?;
    let numbers: Vec<u32> = listed.iter().map(|listed| listed.version).collect();
    for old in listed {
        let empty = VersionLife { version: old.version, ..VersionLife::default() };
        let shelved = versions.entry(old.version).or_insert(Shelved { life: empty, before_journals: true });
        if shelved.life.published.is_some() {
            continue;
        }
        shelved.before_journals = true;
        let replaces = numbers.iter().copied().filter(|number| *number < old.version).max();
        let what = (old.published_at, replaces);
        shelved.life.published = Some(Done { at: old.published_at, by: old.published_by.clone(), what });
        let text = store.protocol(&ProtocolRef { id: campaign.clone(), version: old.version }).await?;
        let digest = text.map(|text| protocol_life::digest(&text.source)).unwrap_or_default();
        shelved.life.drafts = vec![Done { at: old.published_at, by: old.published_by, what: digest }];
    }
    let mut shelf = Shelf { campaign: campaign.clone(), active, versions: versions.into_values().rev().collect(), notes };
    close(&mut shelf);
    Ok(shelf)
}

/// A version published before journals were kept was superseded by the next one that was published.
fn close(shelf: &mut Shelf) {
    let mut next: Option<Done<u32>> = None;
    for shelved in &mut shelf.versions {
        let life = &mut shelved.life;
        let Some(published) = life.published.clone() else { continue };
        if life.superseded.is_none() {
            life.superseded = next.filter(|_| shelf.active != Some(life.version));
        }
        next = Some(Done { at: published.at, by: published.by, what: life.version });
    }
}

/// The text of a version: as it was published, or the draft that stands now.
pub async fn text(store: &Store, reference: &ProtocolRef) -> Result<Option<String>, StoreError> {
    if let Some(published) = store.protocol(reference).await? {
        return Ok(Some(published.source));
    }
    let life = ProtocolLife::of(&store.journal(&protocol_life::journal(&reference.id)).await?).version(reference.version);
    match life.digest() {
        Some(digest) => store.draft(reference, digest).await,
        None => Ok(None),
    }
}

/// Every campaign that has a version, in force or on its way there.
pub async fn campaigns(store: &Store) -> Result<Vec<CampaignId>, StoreError> {
    let mut campaigns: Vec<CampaignId> = store.directory().await?.active.into_keys().collect();
    let journals = store.journals().await?;
    let drafted = journals.iter().filter(|journal| journal.subject() == protocol_life::SUBJECT);
    campaigns.extend(drafted.map(|journal| CampaignId::new(journal.about())));
    campaigns.sort();
    campaigns.dedup();
    Ok(campaigns)
}
