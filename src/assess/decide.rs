//! What to write into a record when a platform says something of a comment, and when the classifier has read it. Pure: a record
//! in, entries out.

use std::cmp::Ordering;
use std::sync::LazyLock;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::campaigns::{Belongs, Campaign, InForce};
use crate::classify::{Classifier, Comment};
use crate::model::chain::New;
use crate::model::record::Unread;
use crate::model::{
    Action, Actor, AlertId, Assessment, AwareAt, Band, Class, CommentEvent, CommentId, CommentKey, CommentText, DeliveryId,
    DoorId, DueAlert, Happening, Quarantine, QuarantineKind, Reading, ReadingRules, Record, Revision, Sighting, Stage, Versions,
    Words,
};

/// For comments that no active campaign claims: no product, every language it knows.
static UNCLAIMED: LazyLock<Classifier> = LazyLock::new(|| Classifier::new(&ReadingRules::default()));

/// The delivery that something was read in, and what was in force then.
#[derive(Clone)]
pub struct Source {
    pub id: DeliveryId,
    pub door: DoorId,
    pub received_at: Timestamp,
    pub in_force: InForce,
}

impl Source {
    /// The campaign that an account's comments belong to.
    pub fn belongs(&self, id: &CommentId) -> Option<Belongs<'_>> {
        self.in_force.campaign_of(&self.door, id.platform, &id.account)
    }
}

/// What a platform's event says, without the words.
pub fn sighting(event: &CommentEvent, source: &Source, belongs: Option<&Belongs<'_>>) -> Sighting {
    // What one account of ours is told of may have been written by another one.
    // A name alone tells who it is only where the platform has no id beside it.
    let author = event.author.as_ref().and_then(|author| author.id.as_deref().or(author.name.as_deref()));
    let by_another = author.is_some_and(|author| source.in_force.is_ours(event.id.platform, author));
    Sighting {
        id: event.id.clone(),
        action: event.action,
        delivery: source.id.clone(),
        received_at: AwareAt::new(source.received_at),
        at: event.at,
        campaign: belongs.map(|belongs| belongs.campaign.protocol.reference().id),
        channel: belongs.and_then(|belongs| belongs.channel).map(|channel| channel.id.clone()),
        parent_id: event.parent_id.clone(),
        post_id: event.post_id.clone(),
        ad_id: event.ad_id.clone(),
        own_account: event.own_account || by_another,
        unreadable: event.unreadable.clone(),
        sent_at: event.sent_at,
        action_unsigned: event.action_unsigned,
        keep: belongs.map(|belongs| belongs.campaign.protocol.keep_rule(event.id.platform)).unwrap_or_default(),
        drill: None,
    }
}

/// Adds a sighting, unless the record knows it: the same delivery again, or the same words in another one.
pub fn sight(record: Option<&Record>, sighting: Sighting, words: Words, now: Timestamp) -> Vec<New> {
    if record.is_some_and(|record| record.knows(&sighting, Some(&words))) {
        return Vec::new();
    }
    let words = if record.is_some_and(|record| brings_back(record, &sighting)) {
        Words { salt: words.salt, ..Words::default() }
    } else {
        words
    };
    let silent = words.is_empty();
    vec![by_machine(now, Happening::Sighted(sighting), (!silent).then_some(words))]
}

/// Whether a sighting would bring words back that went: a text told once more along with a hiding or a deletion, or the very writing that
/// was erased, in a delivery that came before the others and is read only now. What its author wrote since is read, however late it
/// arrives.
fn brings_back(record: &Record, sighting: &Sighting) -> bool {
    let Some((ordered, _)) = record.erased else { return false };
    // A platform that sends no time tells no two writings apart, and what brings something new beside the text is another telling.
    let same = |known: &Sighting| known.at == sighting.at && sighting.at.is_some() && known.unreadable == sighting.unreadable;
    let mut before = record.sightings.iter().filter(|(seq, known)| *seq < ordered && known.action == sighting.action);
    before.any(|(_, known)| same(known)) || !matches!(sighting.action, Action::Created | Action::Edited)
}

/// Begins the record of a matter that nobody could read.
pub fn quarantine(id: &CommentId, source: &Source, belongs: Option<&Belongs<'_>>, matter: &Quarantine) -> Happening {
    Happening::Quarantined {
        id: id.clone(),
        delivery: source.id.clone(),
        received_at: AwareAt::new(source.received_at),
        campaign: belongs.map(|belongs| belongs.campaign.protocol.reference().id),
        reason: matter.reason.clone(),
        matter: matter.kind,
        keep: belongs.map(|belongs| belongs.campaign.protocol.keep_rule(matter.platform)).unwrap_or_default(),
    }
}

/// The comment that another one answers.
#[derive(Clone, Debug)]
pub struct Parent {
    pub revision: Revision,
    pub text: CommentText,
}

/// Reads whatever in the record has no reading, or had to be read before the comment it answers was here.
pub fn read(record: &Record, in_force: &InForce, parent: Option<&Parent>, now: Timestamp) -> Vec<New> {
    let campaign =
        record.campaign.as_ref().and_then(|id| in_force.campaigns.iter().find(|known| known.protocol.reference().id == *id));
    let mut unread = record.unread();
    if parent.is_some() && read_alone(record) {
        let current = record.current().map(|version| Unread { seq: version.seq, version: Some(version) });
        unread.extend(current.filter(|current| !record.unread().contains(current)));
    }
    let mut alerted: Vec<Class> = standing_alerts(record);
    let mut new = Vec::new();
    for unread in unread {
        let reading = reading(record, unread, campaign.map(AsRef::as_ref), parent, &mut alerted);
        new.push(by_machine(now, Happening::Assessed(reading), None));
    }
    new
}

/// What the classifier's answers are signed with. All campaigns read with one model and the same word lists.
pub fn versions() -> Versions {
    UNCLAIMED.versions()
}

/// Reads the text in force once more, whatever was read of it before. A reading that asks less of people says so, and takes nothing
/// back: the record counts the graver one.
pub fn read_again(record: &Record, in_force: &InForce, parent: Option<&Parent>, now: Timestamp) -> Option<New> {
    let campaign =
        record.campaign.as_ref().and_then(|id| in_force.campaigns.iter().find(|known| known.protocol.reference().id == *id));
    let current = record.current()?;
    let before = record.reading()?;
    let unread = Unread { seq: current.seq, version: Some(current) };
    let mut alerted = standing_alerts(record);
    let mut reading = reading(record, unread, campaign.map(AsRef::as_ref), parent, &mut alerted);
    let then = &before.assessment;
    let what = match reading.assessment.band.cmp(&then.band) {
        Ordering::Less => "where it stays",
        Ordering::Equal => "as this one does",
        Ordering::Greater => "and this one puts it higher",
    };
    let (by, band) = (&then.versions.classifier, then.band.as_str());
    reading.assessment.reasons.push(format!("Read again: {by} had put it into {band}, {what}."));
    Some(by_machine(now, Happening::Assessed(reading), None))
}

/// Whether the comment answers another one whose text was not here when it was read.
pub fn read_alone(record: &Record) -> bool {
    let answers = record.sightings.iter().any(|(_, sighting)| sighting.parent_id.is_some());
    answers && !record.versions.is_empty() && record.readings.last().is_some_and(|reading| reading.parent.is_none())
}

fn reading(
    record: &Record,
    unread: Unread<'_>,
    campaign: Option<&Campaign>,
    parent: Option<&Parent>,
    alerted: &mut Vec<Class>,
) -> Reading {
    let assessment = assess(record, unread, campaign, parent);
    let aware_at = unread.version.map_or(record.aware_at, |version| version.received_at);
    let classes = if is_own(record) { Vec::new() } else { assessment.classes() };
    let mut alerts = Vec::new();
    for class in classes {
        if alerted.iter().any(|standing| covers(*standing, class)) {
            continue;
        }
        let due = campaign.and_then(|campaign| due(record, campaign, class, unread));
        // The same text read again may ask for an alert that people have decided about: it was told, and is not told twice.
        if let Some(due) = due.filter(|due| record.alerts.iter().all(|alert| alert.id != due.alert)) {
            alerted.push(class);
            alerts.push(due);
        }
    }
    // Whoever has an alert of drug safety in hand decides by its windows.
    let safety_alert = alerted.iter().any(|class| *class != Class::Distress);
    let decide_by = campaign.filter(|_| !safety_alert && !is_own(record)).map(|campaign| campaign.protocol.decide_by(aware_at));
    let protocol = campaign.map(|campaign| campaign.protocol.reference());
    let day_zero = campaign.map(|campaign| campaign.protocol.day_zero_terms());
    Reading { on: unread.seq, parent: parent.map(|parent| parent.revision), assessment, protocol, day_zero, decide_by, alerts }
}

/// The classes of alert that people already have, or will get, for texts that nobody has decided about.
fn standing_alerts(record: &Record) -> Vec<Class> {
    let decided = record.decided_up_to();
    record.alerts.iter().filter(|alert| alert.on > decided).map(|alert| alert.class).collect()
}

/// Whether an alert of one class says all that an alert of another would: the duty of care stands apart from drug safety.
fn covers(standing: Class, class: Class) -> bool {
    if class == Class::Distress || standing == Class::Distress { standing == class } else { standing >= class }
}

fn due(record: &Record, campaign: &Campaign, class: Class, unread: Unread<'_>) -> Option<DueAlert> {
    let aware_at = unread.version.map_or(record.aware_at, |version| version.received_at);
    let posted = unread.version.and_then(|version| version.at);
    let plan = campaign.protocol.plan_posted(class, aware_at, posted)?;
    Some(DueAlert { alert: alert_id(&record.key, class, unread.seq), class, protocol: campaign.protocol.reference(), plan })
}

/// Derived, so that a step done twice makes the same alert; short enough to be read out over a telephone.
fn alert_id(key: &CommentKey, class: Class, on: Revision) -> AlertId {
    let digest = Sha256::digest(format!("{key} {} {on}", class.as_str()).as_bytes());
    AlertId::new(format!("A-{}", hex::encode(&digest[..6])))
}

fn assess(record: &Record, unread: Unread<'_>, campaign: Option<&Campaign>, parent: Option<&Parent>) -> Assessment {
    let classifier = campaign.map_or(&*UNCLAIMED, |campaign| &campaign.classifier);
    let channel = record.sightings.iter().find_map(|(_, sighting)| sighting.channel.as_ref());
    let mut assessment = match unread.version {
        Some(version) if !version.text.is_blank() => classifier.assess(&Comment {
            text: version.text.expose(),
            lang: None,
            post: record.post_text.as_ref().map(CommentText::expose),
            parent: parent.map(|parent| parent.text.expose()),
            implied_product: campaign.and_then(|campaign| campaign.implied_product(channel)),
            reporter_known: record.author.is_some(),
        }),
        _ => classifier.unreadable(what_is_there(record)),
    };
    if is_own(record) {
        assessment.band = Band::Log;
        assessment.reasons.push("Written by the company's own account: kept, and not alerted.".to_owned());
        return assessment;
    }
    if assessment.band == Band::Log && record.sightings.iter().any(|(_, sighting)| sighting.unreadable.is_some()) {
        assessment.band = Band::Review;
        assessment.reasons.push("Holds something beside the text that no machine reads.".to_owned());
    }
    if record.quarantined.is_none() && channel.is_none() && assessment.band == Band::Log {
        assessment.band = Band::Review;
        assessment
            .reasons
            .push("No channel of an active protocol lists this account: somebody opened it without telling safety.".to_owned());
    }
    assessment
}

fn is_own(record: &Record) -> bool {
    record.sightings.iter().any(|(_, sighting)| sighting.own_account)
}

/// What the record holds instead of a text.
fn what_is_there(record: &Record) -> &str {
    let attachment = record.sightings.iter().find_map(|(_, sighting)| sighting.unreadable.as_deref());
    let gone = record.sightings.iter().any(|(_, sighting)| sighting.action == Action::Deleted);
    match (attachment, record.matter) {
        (Some(attachment), _) => attachment,
        (None, Some(QuarantineKind::Unreadable)) => "a delivery that could not be read",
        (None, Some(QuarantineKind::SubscriptionEnded)) => "no comment, but the end of a subscription",
        (None, Some(QuarantineKind::DeletionRequest)) => "no comment, but a request for deletion",
        (None, Some(QuarantineKind::ChannelSilent)) => "no comment, but the silence of a channel",
        (None, None) if gone => "a comment that was deleted before its text reached us",
        (None, None) => "a comment without text",
    }
}

/// An entry signed by this stage.
pub fn by_machine(now: Timestamp, what: Happening, words: Option<Words>) -> New {
    New { at: now, by: Actor::Stage(Stage::Assess), what, words }
}
