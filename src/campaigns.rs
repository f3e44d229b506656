//! The campaigns in force: every active protocol, parsed, with its classifier made ready. Held by the stages that read comments and
//! show them, and renewed from the store at most every ten seconds.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::classify::Classifier;
use crate::fresh::Fresh;
use crate::model::{ChannelId, Clock, DoorId, Platform, ProtocolRef};
use crate::protocol::{Channel, Protocol};
use crate::store::{Directory, DoorEntry, Store, StoreError};

/// How long what is known of the active protocols may be used before the store is asked again: a published version takes effect
/// within this time.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(10);

/// One active campaign.
pub struct Campaign {
    pub protocol: Protocol,
    pub classifier: Classifier,
}

/// Everything in force at one moment. Cheap to clone and unchanging.
#[derive(Clone, Default)]
pub struct InForce {
    pub campaigns: Vec<Arc<Campaign>>,
    directory: Arc<Directory>,
}

/// Which campaign an account's comments belong to.
pub struct Belongs<'a> {
    pub campaign: &'a Arc<Campaign>,
    /// `None`: the door is the campaign's, but no channel lists the account.
    pub channel: Option<&'a Channel>,
}

impl InForce {
    /// The door's entry, if any active campaign opens it.
    pub fn door(&self, door: &DoorId) -> Option<&DoorEntry> {
        self.directory.doors.get(door)
    }

    /// Whether the company itself writes under this id: an account of ours, whichever campaign lists it, or an author whom a channel of
    /// the platform names as one of us.
    pub fn is_ours(&self, platform: Platform, author: &str) -> bool {
        let mut channels = self.campaigns.iter().flat_map(|campaign| campaign.protocol.channels());
        channels.any(|channel| {
            channel.platform == platform && (channel.account == author || channel.own_authors.iter().any(|own| own == author))
        })
    }

    /// The campaign of an account, or failing that the first campaign (by id) that the door serves: its comments are read by that
    /// campaign's rules, so that an account which nobody told us of still pages somebody.
    pub fn campaign_of(&self, door: &DoorId, platform: Platform, account: &str) -> Option<Belongs<'_>> {
        let listed = self.campaigns.iter().find_map(|campaign| {
            let channel = campaign.protocol.channel_of(platform, account)?;
            Some(Belongs { campaign, channel: Some(channel) })
        });
        listed.or_else(|| {
            let serves = |campaign: &&Arc<Campaign>| campaign.protocol.doors().iter().any(|known| known.id == *door);
            self.campaigns.iter().find(serves).map(|campaign| Belongs { campaign, channel: None })
        })
    }
}

impl Campaign {
    /// Takes a checked protocol and compiles its classifier, so that reading a comment costs no preparation.
    pub fn new(protocol: Protocol) -> Self {
        let classifier = Classifier::new(&protocol.reading_rules());
        Self { protocol, classifier }
    }

    /// The product that a channel implies, if it implies just one.
    pub fn implied_product(&self, channel: Option<&ChannelId>) -> Option<&str> {
        let channel = self.protocol.channels().iter().find(|known| Some(&known.id) == channel)?;
        match channel.products.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// Holds what is in force and renews it. Clones share one copy.
#[derive(Clone)]
pub struct Campaigns {
    store: Store,
    clock: Clock,
    held: Fresh<InForce>,
}

impl Campaigns {
    /// Nothing is read yet: the first question asks the store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, held: Fresh::new(FRESH_FOR) }
    }

    /// What is in force now. If the store does not answer, what was last known stays in force.
    pub async fn current(&self) -> Result<InForce, CampaignError> {
        let now = self.clock.now();
        if let Some(in_force) = self.held.fresh(now) {
            return Ok(in_force);
        }
        let known = self.held.last();
        match self.load(known.clone().unwrap_or_default()).await {
            Ok(in_force) => {
                self.held.learn(now, in_force.clone());
                Ok(in_force)
            }
            Err(error) => known.ok_or(error),
        }
    }

    /// Forgets what is held, so that a version published by this process is in force at once.
    pub fn renew(&self) {
        self.held.forget();
    }

    async fn load(&self, known: InForce) -> Result<InForce, CampaignError> {
        let directory = self.store.directory().await?;
        if *known.directory == directory {
            return Ok(known);
        }
        let known: HashMap<ProtocolRef, Arc<Campaign>> =
            known.campaigns.into_iter().map(|campaign| (campaign.protocol.reference(), campaign)).collect();
        let mut campaigns = Vec::with_capacity(directory.active.len());
        for (id, version) in &directory.active {
            let reference = ProtocolRef { id: id.clone(), version: *version };
            let campaign = match known.get(&reference) {
                Some(campaign) => campaign.clone(),
                None => Arc::new(Campaign::new(self.published(&reference).await?)),
            };
            campaigns.push(campaign);
        }
        Ok(InForce { campaigns, directory: Arc::new(directory) })
    }

    async fn published(&self, reference: &ProtocolRef) -> Result<Protocol, CampaignError> {
        let published = self.store.protocol(reference).await?;
        let published = published.ok_or_else(|| CampaignError::Missing(reference.clone()))?;
        Protocol::parse(&published.source).map_err(|problems| CampaignError::Unreadable {
            reference: reference.clone(),
            first: problems.first().map(ToString::to_string).unwrap_or_default(),
        })
    }
}

/// Why the active protocols are not known.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("protocol {0} is active and was never published")]
    Missing(ProtocolRef),
    #[error("protocol {reference} was published and cannot be read by this version of Dayzero: {first}")]
    Unreadable { reference: ProtocolRef, first: String },
}

impl From<CampaignError> for crate::error::StageError {
    fn from(error: CampaignError) -> Self {
        match error {
            CampaignError::Store(error) => error.into(),
            other => crate::error::StageError::NeedsPerson { what: other.to_string(), source: other.into() },
        }
    }
}
