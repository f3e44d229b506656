//! The fold: from a chain of entries to the [`Record`] that they add up to.
//!
//! Deliveries come in any order and more than once. The fold therefore sorts texts by what the platform says of them and not by
//! when they arrived: every order of the same sightings gives the same texts in the same order.

use super::alert::StepRef;
use super::comment::Action;
use super::entry::{Acknowledgement, Entry, Happening, Sighting, Words};
use super::ids::{AlertId, CommentId, Revision};
use super::record::{AlertState, Record, Version};
use super::time::AwareAt;

impl Record {
    /// Folds a chain; `None` if it is empty or does not begin with a sighting or a quarantine.
    pub fn fold(entries: &[Entry]) -> Option<Record> {
        let mut record = Record::begin(entries.first()?)?;
        for entry in entries {
            record.apply(entry);
        }
        record.settle();
        Some(record)
    }

    fn begin(first: &Entry) -> Option<Record> {
        let (id, aware_at, campaign, quarantined) = match &first.what {
            Happening::Sighted(sighting) => (sighting.id.clone(), sighting.received_at, sighting.campaign.clone(), None),
            Happening::Quarantined { id, received_at, campaign, reason, .. } => {
                (id.clone(), *received_at, campaign.clone(), Some(reason.clone()))
            }
            _ => return None,
        };
        Some(Record::empty(id, aware_at, campaign, quarantined))
    }

    fn empty(id: CommentId, aware_at: AwareAt, campaign: Option<super::ids::CampaignId>, quarantined: Option<String>) -> Record {
        Record {
            key: id.key(),
            id,
            revision: Revision(0),
            aware_at,
            campaign,
            sightings: Vec::new(),
            versions: Vec::new(),
            author: None,
            post_text: None,
            deleted: false,
            hidden: false,
            quarantined,
            readings: Vec::new(),
            alerts: Vec::new(),
            acknowledgements: Vec::new(),
            decisions: Vec::new(),
            misses: Vec::new(),
        }
    }

    fn apply(&mut self, entry: &Entry) {
        self.revision = entry.seq;
        match &entry.what {
            Happening::Sighted(sighting) => self.sighted(entry.seq, sighting, entry.words.as_ref()),
            Happening::Quarantined { received_at, .. } => self.aware_at = self.aware_at.min(*received_at),
            Happening::Assessed(reading) => {
                // An alert is one alert, however often a reading makes it due.
                let known: Vec<AlertId> = self.alerts.iter().map(|alert| alert.id.clone()).collect();
                let new = reading.alerts.iter().filter(|due| !known.contains(&due.alert));
                self.alerts.extend(new.map(|due| AlertState {
                    id: due.alert.clone(),
                    class: due.class,
                    on: reading.on,
                    protocol: due.protocol.clone(),
                    plan: due.plan.clone(),
                    due: vec![StepRef { alert: due.alert.clone(), step: 0, repeat: 0 }],
                    published: Vec::new(),
                    acknowledged: None,
                }));
                self.readings.push(reading.clone());
            }
            Happening::StepDue { step } => {
                if let Some(alert) = self.alert_mut(step) {
                    alert.due.push(step.clone());
                }
            }
            Happening::Published { step, published, .. } => {
                if let Some(alert) = self.alert_mut(step) {
                    alert.published.push((step.clone(), published.clone()));
                }
            }
            Happening::Acknowledged(acknowledgement) => self.acknowledged(acknowledgement.clone()),
            Happening::Decided(decision) => {
                // Whoever decides has it in hand.
                self.acknowledged(Acknowledgement { by: decision.by.clone(), at: decision.at, on: decision.on });
                self.decisions.push(decision.clone());
            }
            Happening::Missed(miss) => self.misses.push(miss.clone()),
        }
    }

    fn alert_mut(&mut self, step: &StepRef) -> Option<&mut AlertState> {
        self.alerts.iter_mut().find(|alert| alert.id == step.alert)
    }

    fn acknowledged(&mut self, acknowledgement: Acknowledgement) {
        for alert in self.alerts.iter_mut().filter(|alert| alert.acknowledged.is_none()) {
            alert.acknowledged = Some(acknowledgement.clone());
        }
        self.acknowledgements.push(acknowledgement);
    }

    fn sighted(&mut self, seq: Revision, sighting: &Sighting, words: Option<&Words>) {
        self.aware_at = self.aware_at.min(sighting.received_at);
        if self.campaign.is_none() {
            self.campaign = sighting.campaign.clone();
        }
        if let Some(words) = words {
            if let Some(text) = &words.text {
                let (action, at) = (sighting.action, sighting.at);
                self.versions.push(Version { seq, action, text: text.clone(), at, received_at: sighting.received_at });
            }
            self.author = self.author.take().or_else(|| words.author.clone());
            self.post_text = self.post_text.take().or_else(|| words.post_text.clone());
        }
        self.sightings.push((seq, sighting.clone()));
    }

    /// What only the whole set of sightings tells: the order of the texts, and whether the comment is still to be seen.
    fn settle(&mut self) {
        self.versions.sort_by_key(|version| {
            // The first text comes first whatever arrived first; a platform that sends no time leaves the order of arrival.
            let rank = u8::from(version.action != Action::Created);
            (rank, version.at, version.received_at, version.seq)
        });
        self.deleted = self.sightings.iter().any(|(_, sighting)| sighting.action == Action::Deleted);
        let visibility = self.sightings.iter().map(|(seq, sighting)| (sighting.at, *seq, sighting.action));
        let last = visibility.filter(|(_, _, action)| matches!(action, Action::Hidden | Action::Unhidden)).max();
        self.hidden = matches!(last, Some((_, _, Action::Hidden)));
    }

    /// Whether a sighting tells nothing that the record does not know: the same delivery again, or the same words in another one
    /// that came later. One that came earlier and is read later tells when the company could first know.
    pub fn knows(&self, sighting: &Sighting, words: Option<&Words>) -> bool {
        let text = words.and_then(|words| words.text.as_ref());
        self.sightings.iter().any(|(seq, known)| {
            let same_text = match text {
                None => true,
                Some(text) => self.versions.iter().any(|version| version.seq == *seq && version.text == *text),
            };
            let earlier = known.received_at <= sighting.received_at;
            known.action == sighting.action && known.at == sighting.at && same_text && earlier
        })
    }
}
