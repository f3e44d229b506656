//! The fold: from a chain of entries to the [`Record`] that they add up to.
//!
//! Deliveries come in any order and more than once. The fold therefore sorts texts by what the platform says of them and not by
//! when they arrived: every order of the same sightings gives the same texts in the same order.

use jiff::Timestamp;

use super::alert::StepRef;
use super::comment::Action;
use super::entry::{Acknowledgement, Entry, Happening, Place, Reading, Sighting, Words};
use super::ids::{AlertId, CampaignId, CommentId, Revision};
use super::keep::{KeepRule, Removal};
use super::record::{AlertState, Cause, Record, Version};
use super::time::AwareAt;

impl Record {
    /// Folds a chain; `None` if it is empty or does not begin with a sighting or a quarantine.
    pub fn fold(entries: &[Entry]) -> Option<Record> {
        let mut record = Record::begin(entries.first()?)?;
        // Words that were ordered to go are gone for everybody who reads the record, whether or not the store is rid of them.
        let orders = entries.iter().filter(|entry| matches!(entry.what, Happening::Erased { .. })).map(|entry| entry.seq);
        let ordered = orders.max().unwrap_or_default();
        for entry in entries {
            record.apply(entry, entry.words.as_ref().filter(|_| entry.seq > ordered));
        }
        record.settle();
        record.name(entries.iter().filter(|entry| entry.seq > ordered));
        let lost =
            entries.iter().filter(|entry| entry.seq > ordered && entry.words.as_ref().is_some_and(|words| words.destroyed));
        if let Some(lost) = lost.map(|entry| entry.seq).max() {
            // Newer words that are there must not go with those that went.
            record.key_destroyed = record.holds_no_words();
            record.erased = Some((Revision(lost.0 + 1), Removal::KeyDestroyed));
        }
        record.erasure_unfinished = entries.iter().any(|entry| entry.words.is_some() && entry.seq < ordered);
        Some(record)
    }

    fn begin(first: &Entry) -> Option<Record> {
        let (id, aware_at, campaign, matter) = match &first.what {
            Happening::Sighted(sighting) => (sighting.id.clone(), sighting.received_at, sighting.campaign.clone(), None),
            Happening::Quarantined { id, received_at, campaign, reason, matter, .. } => {
                (id.clone(), *received_at, campaign.clone(), Some((*matter, reason.clone())))
            }
            _ => return None,
        };
        let (matter, quarantined) = matter.unzip();
        Some(Record { matter, quarantined, ..Record::empty(id, aware_at, campaign) })
    }

    fn empty(id: CommentId, aware_at: AwareAt, campaign: Option<CampaignId>) -> Record {
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
            permalink: None,
            deleted: false,
            hidden: false,
            quarantined: None,
            matter: None,
            readings: Vec::new(),
            read_at: Vec::new(),
            alerts: Vec::new(),
            acknowledgements: Vec::new(),
            decisions: Vec::new(),
            misses: Vec::new(),
            keep: KeepRule::default(),
            deliveries: Vec::new(),
            holds: Vec::new(),
            erased: None,
            erasure_unfinished: false,
            key_destroyed: false,
            erasures_asked: Vec::new(),
            shown: None,
            viewers: Vec::new(),
            day_zero_set: Vec::new(),
            causes: Vec::new(),
            exports: Vec::new(),
            receipts: Vec::new(),
            samples: Vec::new(),
            drill: None,
        }
    }

    fn apply(&mut self, entry: &Entry, words: Option<&Words>) {
        self.revision = entry.seq;
        match &entry.what {
            Happening::Sighted(sighting) => self.sighted(entry.seq, sighting, words),
            Happening::Quarantined { received_at, delivery, keep, .. } => {
                self.aware_at = self.aware_at.min(*received_at);
                self.keep = *keep;
                self.deliveries.extend(Some(delivery).filter(|delivery| !delivery.is_none()).cloned());
            }
            Happening::Assessed(reading) => self.assessed(entry.at, reading),
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
            Happening::Held { because, ground } => self.holds.push((*because, *ground)),
            Happening::ErasureAsked { request } => self.erasures_asked.push((entry.at, request.clone())),
            Happening::Erased { because } => self.erased = Some((entry.seq, *because)),
            Happening::Shown { place } => self.shown(entry, *place),
            Happening::DayZeroSet(set) => self.day_zero_set.push((entry.at, entry.by.label().to_owned(), set.clone())),
            Happening::Explained(explanation) => {
                self.causes.push(Cause {
                    miss: explanation.miss.clone(),
                    cause: explanation.cause.clone(),
                    by: entry.by.label().to_owned(),
                    at: entry.at,
                });
            }
            Happening::Exported { to } => self.exports.push((entry.at, to.clone())),
            Happening::CaseReceived(receipt) => self.receipts.push(receipt.clone()),
            Happening::Sampled { draw } => self.samples.push(draw.clone()),
        }
    }

    fn assessed(&mut self, at: Timestamp, reading: &Reading) {
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
        self.read_at.push((at, reading.assessment.band));
        self.readings.push(reading.clone());
    }

    fn shown(&mut self, entry: &Entry, place: Place) {
        let by = entry.by.label().to_owned();
        self.viewers.push((entry.at, by.clone(), place));
        if self.shown.as_ref().is_none_or(|(_, _, first)| !first.covers(place)) {
            self.shown = Some((entry.at, by, place));
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
        if let Some(text) = words.and_then(|words| words.text.as_ref()) {
            let (action, at) = (sighting.action, sighting.at);
            self.versions.push(Version { seq, action, text: text.clone(), at, received_at: sighting.received_at });
        }
        if self.sightings.is_empty() {
            self.keep = sighting.keep;
            self.drill = sighting.drill.clone();
        }
        self.deliveries.push(sighting.delivery.clone());
        self.sightings.push((seq, sighting.clone()));
    }

    /// Who wrote it, and under which post: as the earliest telling that says so has it, whichever arrived first.
    fn name<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) {
        let told = entries.filter_map(|entry| match &entry.what {
            Happening::Sighted(sighting) => Some((sighting, entry.words.as_ref()?)),
            _ => None,
        });
        let mut told: Vec<(&Sighting, &Words)> = told.collect();
        // Whoever did something that this version does not know need not be the author.
        let doubtful = |told: &Sighting| (told.action != Action::Created, told.unreadable.is_some());
        told.sort_by_key(|(sighting, _)| (doubtful(sighting), sighting.at, sighting.received_at));
        self.author = told.iter().find_map(|(_, words)| words.author.clone());
        self.post_text = told.iter().find_map(|(_, words)| words.post_text.clone());
        self.permalink = told.iter().find_map(|(_, words)| words.permalink.clone());
    }

    /// What only the whole set of sightings tells: the order of the texts, and whether the comment is still to be seen.
    fn settle(&mut self) {
        self.versions.sort_by(|one, other| {
            // The first text comes first whatever arrived first; a platform that sends no time leaves the order of arrival.
            let rank = |version: &Version| (u8::from(version.action != Action::Created), version.at, version.received_at);
            let by_text = || one.text.expose().cmp(other.text.expose());
            rank(one).cmp(&rank(other)).then_with(by_text).then(one.seq.cmp(&other.seq))
        });
        let last = |actions: &[Action]| {
            let told = self.sightings.iter().filter(|(_, sighting)| actions.contains(&sighting.action));
            // Where two came at one time, being seen wins: nobody is told that a comment is gone which may be there.
            told.map(|(_, told)| (told.at.unwrap_or(told.received_at.timestamp()), told.action)).max()
        };
        self.hidden = matches!(last(&[Action::Hidden, Action::Unhidden]), Some((_, Action::Hidden)));
        // A forum can bring back what it had deleted.
        self.deleted = matches!(last(&[Action::Deleted, Action::Unhidden]), Some((_, Action::Deleted)));
    }

    /// Whether a sighting tells nothing that the record does not know: the same delivery again, or the same words in another one
    /// that came later. One that came earlier and is read later tells when the company could first know.
    pub fn knows(&self, sighting: &Sighting, words: Option<&Words>) -> bool {
        let text = words.and_then(|words| words.text.as_ref());
        self.sightings.iter().any(|(seq, known)| {
            let same_text = text.is_none_or(|text| {
                // What was erased is taken for the same: the words of an old delivery must not come back in a new one.
                let erased = self.erased.is_some_and(|(ordered, _)| *seq < ordered);
                erased || self.versions.iter().any(|version| version.seq == *seq && version.text == *text)
            });
            let earlier = known.received_at <= sighting.received_at;
            // That our own account wrote it is news, whoever told the rest before.
            let same_hand = known.own_account || !sighting.own_account;
            // An action that this version does not know is told as one that it knows, and is another one all the same.
            let same_thing = known.unreadable == sighting.unreadable;
            // Told through another account of ours, it is a sighting of its own.
            let same_account = known.id.account == sighting.id.account;
            known.action == sighting.action
                && known.at == sighting.at
                && same_text
                && earlier
                && same_account
                && same_hand
                && same_thing
        })
    }
}
