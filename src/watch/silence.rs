//! Channels that have fallen silent: an alarm once a silence, a matter before people, and the end of both when the channel is heard
//! again. When a silence is too long is decided in `model::channel`; this file looks at every listed channel and writes down what changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::campaigns::{Campaign, InForce};
use crate::error::{StageError, one_line};
use crate::metrics::Metric;
use crate::model::chain::New;
use crate::model::channel::{Alarm, Change, Expected, SilenceNote, Sound, Vigil, change, sound};
use crate::model::{
    Account, Actor, AwareAt, DeliveryId, Happening, Head, JournalId, Noted, Quarantine, QuarantineKind, Record, Stage,
};
use crate::protocol::Channel;
use crate::store::{AppendError, KeptChannel};

use super::{STAGE, Watch};

/// The journal in which a campaign's silences stand.
const JOURNAL: &str = "channels";

/// A channel that somebody is to listen to, and the campaign that lists it.
struct Listed<'a> {
    account: Account,
    channel: &'a Channel,
    campaign: &'a Arc<Campaign>,
}

/// Looks at every listed channel, and says how many are silent: on every tick as a metric, whose alarm is cleared when all are heard
/// again. A channel that cannot be looked after costs nothing but itself.
pub async fn listen(stage: &Watch, in_force: &InForce) -> Result<usize, StageError> {
    let known = stage.store.channels().await?;
    let listed: BTreeMap<Account, Listed<'_>> =
        in_force.campaigns.iter().rev().flat_map(listed).map(|listed| (listed.account.clone(), listed)).collect();
    let (mut silent, mut failed) = (0, None);
    for (account, listed) in &listed {
        let kept = known.get(account).cloned().unwrap_or_default();
        match stage.look_at(listed, kept).await {
            Ok(sound) => silent += usize::from(matches!(sound, Sound::Silent { .. })),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    stage.metrics.count(STAGE, Metric::ChannelsSilent, silent as u64);
    for (account, kept) in known.iter().filter(|(account, _)| !listed.contains_key(account)) {
        // Nobody is to listen any more: should it be listed again, the wait begins anew.
        if kept.vigil.is_some() {
            stage.store.keep_vigil(account, kept.vigil.as_ref(), None).await?;
        }
    }
    failed.map_or(Ok(silent), Err)
}

fn listed(campaign: &Arc<Campaign>) -> impl Iterator<Item = Listed<'_>> {
    campaign.protocol.channels().iter().map(move |channel| {
        let account = Account { platform: channel.platform, account: channel.account.clone() };
        Listed { account, channel, campaign }
    })
}

impl Watch {
    async fn look_at(&self, listed: &Listed<'_>, kept: KeptChannel) -> Result<Sound, StageError> {
        let now = self.clock.now();
        let vigil = match kept.vigil {
            Some(vigil) => vigil,
            None => self.begin(listed, now).await?,
        };
        let protocol = &listed.campaign.protocol;
        let expected = Expected {
            since: vigil.listed_since.max(protocol.watched_from()),
            silent_after: listed.channel.silent_after,
            watched: protocol.watched_at(now),
        };
        let sound = sound(&expected, kept.heard.as_ref(), now);
        match change(&vigil, kept.heard.as_ref(), sound) {
            Some(Change::Raise { since }) => self.raise(listed, &vigil, since).await?,
            Some(Change::End { heard_at }) => self.end(listed, &vigil, heard_at).await?,
            None => {}
        }
        Ok(sound)
    }

    /// Begins to watch a channel, from the moment at which the protocol that lists it came into force.
    async fn begin(&self, listed: &Listed<'_>, now: Timestamp) -> Result<Vigil, StageError> {
        let published = self.store.protocol(&listed.campaign.protocol.reference()).await?;
        let listed_since = published.map_or(now, |published| published.published_at);
        let vigil = Vigil { listed_since, alarm: None };
        self.store.keep_vigil(&listed.account, None, Some(&vigil)).await?;
        Ok(vigil)
    }

    /// The matter comes first, under a name that makes it one however often it is begun; whoever then changes the watch says it.
    async fn raise(&self, listed: &Listed<'_>, vigil: &Vigil, since: Timestamp) -> Result<(), StageError> {
        self.put_before_people(listed, since).await?;
        let alarm = Alarm { since, raised_at: self.clock.now(), heard_again: None };
        if self.change(listed, vigil, alarm).await? {
            let (campaign, channel) = (&listed.campaign.protocol.reference().id, &listed.channel.id);
            tracing::error!(%campaign, %channel, %since, "a channel has fallen silent: nothing shows that its comments reach us");
        }
        Ok(())
    }

    async fn end(&self, listed: &Listed<'_>, vigil: &Vigil, heard_at: Timestamp) -> Result<(), StageError> {
        let Some(alarm) = vigil.alarm() else { return Ok(()) };
        let alarm = Alarm { heard_again: Some(heard_at), ..alarm.clone() };
        if self.change(listed, vigil, alarm).await? {
            let (campaign, channel) = (&listed.campaign.protocol.reference().id, &listed.channel.id);
            tracing::info!(%campaign, %channel, "a channel that was silent is heard again");
        }
        Ok(())
    }

    /// Whether this worker made the change; then the campaign's journal tells it.
    async fn change(&self, listed: &Listed<'_>, vigil: &Vigil, alarm: Alarm) -> Result<bool, StageError> {
        let new = Vigil { alarm: Some(alarm.clone()), ..vigil.clone() };
        if !self.store.keep_vigil(&listed.account, Some(vigil), Some(&new)).await? {
            return Ok(false);
        }
        let (account, channel) = (listed.account.clone(), listed.channel.id.clone());
        let note = SilenceNote { account, channel, since: alarm.since, heard_again: alarm.heard_again };
        let new = New { at: self.clock.now(), by: Actor::Stage(Stage::Watch), what: Noted::Silence(note), words: None };
        let journal = JournalId::of_campaign(JOURNAL, &listed.campaign.protocol.reference().id);
        if let Err(error) = self.store.note(&journal, new).await {
            // The alarm stands, and so does the matter's own chain.
            tracing::warn!(error = one_line(&error), "a silence was not noted in its journal");
        }
        Ok(true)
    }

    /// Begins the matter in which people see the silence, and its head, which makes it open work: it is read like every other.
    async fn put_before_people(&self, listed: &Listed<'_>, since: Timestamp) -> Result<(), StageError> {
        let now = self.clock.now();
        let what = matter(listed, since, now);
        let Happening::Quarantined { id, .. } = &what else { return Ok(()) };
        let key = id.key();
        let mut entries = self.store.chain(&key).await?;
        if entries.is_empty() {
            let new = New { at: now, by: Actor::Stage(Stage::Watch), what, words: None };
            match self.store.append(&key, None, vec![new]).await {
                Ok(appended) => entries = appended,
                Err(AppendError::Conflict(_)) => entries = self.store.chain(&key).await?,
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(record) = Record::fold(&entries) {
            self.store.project(&Head::of(&record, record.wake(now))).await?;
        }
        Ok(())
    }
}

/// The matter of one silence.
fn matter(listed: &Listed<'_>, since: Timestamp, now: Timestamp) -> Happening {
    let (protocol, channel) = (&listed.campaign.protocol, listed.channel);
    let silent_after = match channel.silent_after.as_mins() {
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    };
    let reason = format!(
        "nothing was heard of the channel {} since {since}, and its protocol allows {silent_after}: look whether the platform still \
         delivers, and subscribe again if it does not",
        channel.id
    );
    let quarantine = Quarantine {
        kind: QuarantineKind::ChannelSilent,
        platform: channel.platform,
        account: channel.account.clone(),
        about: format!("silent since {since}"),
        reason: reason.clone(),
    };
    Happening::Quarantined {
        id: quarantine.comment_id(),
        delivery: DeliveryId::none(&channel.door),
        // The company could know of the silence from the moment at which it was too long, and not before.
        received_at: AwareAt::new(now),
        campaign: Some(protocol.reference().id),
        reason,
        matter: quarantine.kind,
        keep: protocol.keep_rule(channel.platform),
    }
}
