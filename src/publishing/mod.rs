//! Publishing a protocol: everything that has to hold before a version may become active, and the directory that results. Used by
//! the operator's commands and by local mode; the steps before publication, and what a campaign's versions have gone through, are in
//! `life`.
//!
//! A version is published when it was checked and everybody has approved it. An approval counts if somebody gave it for this very text,
//! or if the text itself names the day of a signature outside Dayzero. A file whose own approvals are complete can therefore be
//! published in one go: then its draft, its check and these approvals are noted together with its publication.

mod life;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::campaigns::Campaign;
use crate::classify::Comment;
use crate::model::{DoorTerms, LifeStep, ProtocolLife, ProtocolRef, ProtocolStep, VersionLife, protocol_life};
use crate::protocol::{Example, Problem, Protocol, conflicts};
use crate::store::{Directory, DoorEntry, Publication, PublishError, PublishedVersion, Store, StoreError};

pub use life::{NotTaken, Shelf, Shelved, approve, campaigns, check, draft, findings, shelf, text};

/// Why a protocol was not published.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// The file is wrong, or breaks what is active: each with its sentence.
    #[error("the protocol cannot be published: {}", .0.join("; "))]
    Refused(Vec<String>),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl From<StoreError> for NotPublished {
    fn from(error: StoreError) -> Self {
        NotPublished::Publish(error.into())
    }
}

/// Publishes a protocol and makes it active.
pub async fn publish(store: &Store, protocol: Protocol, by: &str, now: Timestamp) -> Result<ProtocolRef, NotPublished> {
    let directory = store.directory().await?;
    let active = active(store, &directory).await?;
    let campaign = Campaign::new(protocol);
    let reference = campaign.protocol.reference();
    let journal = protocol_life::journal(&reference.id);
    let notes = store.journal(&journal).await?;
    let life = ProtocolLife::of(&notes).version(reference.version);
    let refusals = refusals(&campaign, &active, &directory, &life);
    if !refusals.is_empty() {
        return Err(NotPublished::Refused(refusals));
    }
    let mut steps = life::up_to_publication(&campaign, &life, now);
    steps.extend(in_place_of(&campaign, &active, now));
    let source = campaign.protocol.source().to_owned();
    let version = PublishedVersion { reference: reference.clone(), source, published_by: by.to_owned(), published_at: now };
    let publication = Publication {
        version: &version,
        next: &next_directory(&directory, &active, &campaign.protocol),
        journal: &journal,
        last: notes.last(),
        notes: steps.into_iter().map(|step| life::by_person(step, by, now)).collect(),
    };
    store.publish(publication).await?;
    Ok(reference)
}

/// That the version came into force, and in place of which.
fn in_place_of(campaign: &Campaign, active: &[Protocol], now: Timestamp) -> Vec<ProtocolStep> {
    let reference = campaign.protocol.reference();
    let before = active.iter().find(|protocol| protocol.reference().id == reference.id);
    let replaces = before.map(|before| before.reference().version);
    let published = ProtocolStep {
        version: reference.version,
        digest: campaign.protocol.digest(),
        step: LifeStep::Published { at: now, replaces },
    };
    let superseded = before.map(|before| ProtocolStep {
        version: before.reference().version,
        digest: before.digest(),
        step: LifeStep::Superseded { by: reference.version },
    });
    std::iter::once(published).chain(superseded).collect()
}

/// The protocols that are active now.
pub async fn active(store: &Store, directory: &Directory) -> Result<Vec<Protocol>, NotPublished> {
    let mut active = Vec::with_capacity(directory.active.len());
    for (id, version) in &directory.active {
        let reference = ProtocolRef { id: id.clone(), version: *version };
        let published = store.protocol(&reference).await?;
        let protocol = published.map(|published| Protocol::parse(&published.source));
        match protocol {
            Some(Ok(protocol)) => active.push(protocol),
            _ => {
                return Err(NotPublished::Refused(vec![format!(
                    "the active protocol {reference} cannot be read by this version"
                )]));
            }
        }
    }
    Ok(active)
}

fn refusals(campaign: &Campaign, active: &[Protocol], directory: &Directory, life: &VersionLife) -> Vec<String> {
    let protocol = &campaign.protocol;
    let reference = protocol.reference();
    let open = life::open_approvals(protocol, life);
    let mut refusals: Vec<String> = open.iter().map(|approver| format!("the approval of {approver} is open")).collect();
    if let Some(version) = directory.active.get(&reference.id)
        && *version >= reference.version
    {
        refusals.push(format!("version {version} of {} is active: give the file a higher version", reference.id));
    }
    refusals.extend(failing_examples(campaign).iter().map(ToString::to_string));
    refusals.extend(conflicts(&active.iter().collect::<Vec<_>>(), protocol));
    refusals
}

/// The protocol's own examples that this classifier answers otherwise than expected.
pub fn failing_examples(campaign: &Campaign) -> Vec<Problem> {
    let failing = |example: &Example| {
        let assessment = campaign.classifier.assess(&Comment {
            text: &example.text,
            lang: None,
            post: None,
            parent: None,
            implied_product: campaign.implied_product(Some(&example.channel)),
            reporter_known: true,
        });
        let class = assessment.classes().into_iter().next();
        let expect = &example.expect;
        let wrong = if expect.band.is_some_and(|band| band != assessment.band) || expect.not_band == Some(assessment.band) {
            format!("reads as band {}", assessment.band.as_str())
        } else if expect.class.is_some() && expect.class != class {
            format!("reads as class {}", class.map_or("none", |class| class.as_str()))
        } else {
            return None;
        };
        Some(Problem { line: example.line, message: format!("this example {wrong}, and not as it expects") })
    };
    campaign.protocol.examples().iter().filter_map(failing).collect()
}

fn next_directory(before: &Directory, active: &[Protocol], new: &Protocol) -> Directory {
    let reference = new.reference();
    let mut next = Directory { revision: before.revision + 1, active: before.active.clone(), doors: BTreeMap::new() };
    next.active.insert(reference.id.clone(), reference.version);
    let others: Vec<&Protocol> = active.iter().filter(|protocol| protocol.reference().id != reference.id).collect();
    for protocol in others.iter().copied().chain([new]) {
        for door in protocol.doors() {
            let channels = others.iter().copied().chain([new]).flat_map(Protocol::channels);
            let accounts = channels.filter(|channel| channel.door == door.id).map(|channel| channel.account.clone()).collect();
            let terms = DoorTerms { provider: door.provider, signature: door.signature, accounts };
            next.doors.insert(door.id.clone(), DoorEntry { terms, secret: door.secret.clone() });
        }
    }
    next
}
