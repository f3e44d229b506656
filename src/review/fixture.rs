//! Chains for the tests of `review`, built entry by entry as the stages write them. Everything in them is fictional.

use jiff::Timestamp;
use serde_json::json;

use crate::model::chain::{self, New};
use crate::model::{
    Acknowledgement, Action, Actor, AlertId, Assertion, Assessment, Author, AwareAt, Band, CampaignId, ChannelId, Class,
    CommentId, CommentKey, CommentText, DayZeroRule, DayZeroTerms, Deadline, Decision, DeliveryId, DoorId, DueAlert, Entry,
    Evidence, EvidenceKind, Happening, Miss, Obligation, Outcome, Patient, Plan, Platform, Presence, ProtocolRef, QuarantineKind,
    Reading, Revision, Sighting, Stage, StepRef, Validity, Versions, Words,
};

use super::decide::Matter;
use super::sign_in::Person;

/// When the stories below begin: a Sunday night in Amsterdam.
pub const START: &str = "2026-03-01T23:30:00Z";

/// A moment written in RFC 3339.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A deadline at a written moment, which only a protocol may make otherwise.
pub fn deadline(text: &str) -> Deadline {
    serde_json::from_value(json!(text)).unwrap()
}

/// Somebody of this name who has signed in.
pub fn person(name: &str) -> Person {
    Person::parse(name).unwrap()
}

/// A chain that grows.
#[derive(Clone)]
pub struct Story {
    pub id: CommentId,
    pub clock: Timestamp,
    news: Vec<New>,
}

impl Story {
    /// A story with no entry yet, about a Facebook comment with this id.
    pub fn about(id: &str) -> Story {
        Story { id: CommentId::new(Platform::Facebook, "104857600000001", id), clock: at(START), news: Vec::new() }
    }

    /// The key of the record that the story is about.
    pub fn key(&self) -> CommentKey {
        self.id.key()
    }

    /// The story so far, sealed into a chain.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for new in &self.news {
            let (entry, _) = chain::seal(&self.key(), entries.last(), new.clone());
            entries.push(entry);
        }
        entries
    }

    /// The record and its entries, as `review` loads them.
    pub fn matter(&self) -> Matter {
        Matter::of(self.entries()).unwrap()
    }

    /// The story so far, unsealed, for a store to append.
    pub fn news(&self) -> Vec<New> {
        self.news.clone()
    }

    /// Lets minutes pass before what comes next.
    pub fn after(mut self, minutes: i64) -> Story {
        self.clock += jiff::SignedDuration::from_mins(minutes);
        self
    }

    /// Whatever has no method of its own happens now.
    pub fn push(mut self, by: Actor, what: Happening, words: Option<Words>) -> Story {
        self.news.push(New { at: self.clock, by, what, words });
        self
    }

    fn last(&self) -> Revision {
        Revision(u32::try_from(self.news.len()).unwrap())
    }

    /// The platform says that this happened to the comment.
    pub fn sighted(self, action: Action, text: Option<&str>) -> Story {
        let digest = format!("{:064x}", self.news.len() + 1);
        let sighting = Sighting {
            id: self.id.clone(),
            action,
            delivery: DeliveryId { door: DoorId::new("meta"), digest },
            received_at: AwareAt::new(self.clock),
            at: Some(self.clock),
            campaign: Some(CampaignId::new("migraine-nl")),
            channel: Some(ChannelId::new("fb-page")),
            parent_id: None,
            post_id: Some("104857600000001_77".to_owned()),
            ad_id: Some("ad-5521".to_owned()),
            own_account: false,
            unreadable: None,
            sent_at: None,
            action_unsigned: false,
            keep: crate::model::KeepRule::default(),
            drill: None,
        };
        let words = text.map(|text| Words {
            destroyed: false,
            text: Some(CommentText::new(text)),
            author: Some(Author { id: Some("9001".to_owned()), name: Some("Sanne V.".to_owned()) }),
            post_text: Some(CommentText::new("Hoe gaat het vandaag met jullie hoofd?")),
            permalink: Some(CommentText::new("https://social.example/p/77?comment=1")),
            salt: "salt".to_owned(),
        });
        self.push(Actor::Stage(Stage::Assess), Happening::Sighted(sighting), words)
    }

    /// The comment appears on the platform with this text.
    pub fn written(self, text: &str) -> Story {
        self.sighted(Action::Created, Some(text))
    }

    /// The newest text is read, with these parts of it marked.
    pub fn read(self, band: Band, marks: &[(&str, EvidenceKind)]) -> Story {
        let on = self.last();
        let text = self.news.last().and_then(|new| new.words.as_ref()?.text.clone()).map(|text| text.expose().to_owned());
        let text = text.unwrap_or_default();
        let mut assessment = assessment(band);
        assessment.evidence = marks.iter().map(|(words, kind)| mark(&text, words, *kind)).collect();
        let decide_by = (band != Band::Alert).then(|| deadline("2026-03-03T16:30:00Z"));
        let reading = Reading {
            on,
            parent: None,
            assessment,
            protocol: Some(protocol()),
            day_zero: Some(terms()),
            decide_by,
            alerts: Vec::new(),
        };
        let what = Happening::Assessed(reading);
        self.push(Actor::Stage(Stage::Assess), what, None)
    }

    /// The reading that was just made makes an alert due.
    pub fn alerted(mut self, class: Class) -> Story {
        let plan: Plan = serde_json::from_value(json!({
            "deadlines": {
                "alert": self.clock + jiff::SignedDuration::from_mins(15),
                "acknowledge": self.clock + jiff::SignedDuration::from_mins(60),
                "forward": self.clock + jiff::SignedDuration::from_hours(24),
                "legal": "2026-03-17",
            },
            "steps": [
                { "topic": "safety-duty", "at": self.clock, "text": "excerpt" },
                { "topic": "safety-deputy", "at": self.clock + jiff::SignedDuration::from_mins(60), "text": "none" },
            ],
            "repeat_minutes": 30,
        }))
        .unwrap();
        let due = DueAlert { alert: self.alert(), class, protocol: protocol(), plan };
        if let Some(New { what: Happening::Assessed(reading), .. }) = self.news.last_mut() {
            reading.alerts.push(due);
        }
        self
    }

    fn alert(&self) -> AlertId {
        AlertId::new(format!("alert-{}", self.id.id))
    }

    /// The first step's message is accepted by the carrier.
    pub fn published(self) -> Story {
        let step = StepRef { alert: self.alert(), step: 0, repeat: 0 };
        let published =
            serde_json::from_value(json!({ "message_id": "b9b1f5a0-1111-4f6e-9a31-0c2d", "at": self.clock })).unwrap();
        let what = Happening::Published { step, topic: "safety-duty".to_owned(), published };
        self.push(Actor::Stage(Stage::Alert), what, None)
    }

    /// The second step falls due.
    pub fn escalated(self) -> Story {
        let step = StepRef { alert: self.alert(), step: 1, repeat: 0 };
        self.push(Actor::Stage(Stage::Watch), Happening::StepDue { step }, None)
    }

    /// The watch finds that an obligation was not kept in time.
    pub fn missed(self, obligation: Obligation, due: Timestamp) -> Story {
        let miss = Miss { alert: Some(self.alert()), obligation, deadline: deadline(&due.to_string()) };
        self.push(Actor::Stage(Stage::Watch), Happening::Missed(miss), None)
    }

    /// Somebody takes the record in hand as it stands.
    pub fn acknowledged(self, by: &str) -> Story {
        let what = Happening::Acknowledged(Acknowledgement { by: by.to_owned(), at: self.clock, on: self.last() });
        self.push(Actor::Person(by.to_owned()), what, None)
    }

    /// Somebody decides about the record as it stands.
    pub fn decided(self, by: &str, outcome: Outcome, reason: Option<&str>) -> Story {
        let decision = Decision {
            by: by.to_owned(),
            at: self.clock,
            on: self.last(),
            outcome,
            reason: reason.map(str::to_owned),
            bulk: false,
        };
        self.push(Actor::Person(by.to_owned()), Happening::Decided(decision), None)
    }

    /// The comment's element could not be read, so people get the delivery.
    pub fn quarantined(self, reason: &str) -> Story {
        let delivery = DeliveryId { door: DoorId::new("meta"), digest: "c0ffee".repeat(10) };
        let what = Happening::Quarantined {
            id: self.id.clone(),
            delivery,
            received_at: AwareAt::new(self.clock),
            campaign: None,
            reason: reason.to_owned(),
            matter: QuarantineKind::Unreadable,
            keep: crate::model::KeepRule::default(),
        };
        self.push(Actor::Stage(Stage::Assess), what, None)
    }
}

fn mark(text: &str, words: &str, kind: EvidenceKind) -> Evidence {
    let start = text.find(words).expect("the text holds the marked words");
    let why = match kind {
        EvidenceKind::Against => "a question, not an event",
        _ => "a phrase of the lexicon",
    };
    let number = |at: usize| u32::try_from(at).unwrap();
    Evidence { start: number(start), end: number(start + words.len()), kind, why: why.to_owned() }
}

fn assessment(band: Band) -> Assessment {
    let alert = band == Band::Alert;
    Assessment {
        score: match band {
            Band::Alert => 914,
            Band::Review => 402,
            Band::Log => 31,
        },
        band,
        evidence: Vec::new(),
        serious: Vec::new(),
        special: Vec::new(),
        pqc: false,
        urgent: false,
        assertion: if alert { Assertion::Affirmed } else { Assertion::None },
        patient: if alert { Patient::Oneself } else { Patient::None },
        product: alert.then(|| "Norvexa".to_owned()),
        validity: Validity { reporter: Presence::Inferred, event: Presence::Present, ..Validity::default() },
        language: Some("nl".to_owned()),
        reasons: vec!["A reaction in the patient's own words raises the score.".to_owned()],
        versions: Versions { classifier: "lexical-1".to_owned(), lexicons: "2026-02".to_owned() },
    }
}

fn terms() -> DayZeroTerms {
    DayZeroTerms { rule: DayZeroRule::Received, zone: "Europe/Amsterdam".to_owned(), serious_days: 15, non_serious_days: 90 }
}

fn protocol() -> ProtocolRef {
    ProtocolRef { id: CampaignId::new("migraine-nl"), version: 3 }
}
