//! The nouns of Dayzero: identities, time, a person's words, what a platform said, what the machine read, and the record that
//! everything ends up in.
//!
//! Nothing here is async, knows AWS, or reads a clock; `model` imports nothing of ours, and everything else imports `model`.
//! Where a value is a proof (a verified delivery, a deadline, an accepted message) its fields are private and the one module that
//! may make it is named on the type; `tests/it/tidy.rs` keeps that promise inside the crate, `compile_fail` doc tests outside it.

pub mod access;
pub mod alert;
pub mod assessment;
pub mod chain;
pub mod channel;
pub mod comment;
pub mod day_zero;
pub mod delivery;
pub mod door;
pub mod drill;
pub mod entry;
pub mod erasure;
pub mod fold;
pub mod head;
pub mod ids;
pub mod journal;
pub mod keep;
pub mod ledger;
pub mod merkle;
pub mod period;
pub mod plan;
pub mod protocol_life;
pub mod reconcile;
pub mod record;
pub mod replay;
pub mod roots;
pub mod rules;
pub mod secret;
pub mod session;
pub mod text;
pub mod time;
pub mod wake;
pub mod waking;
pub mod windows;

pub use access::{Access, Looked};
pub use alert::{Published, StepRef};
pub use assessment::{
    Assertion, Assessment, Band, Class, Evidence, EvidenceKind, Patient, Presence, Seriousness, SpecialSituation, Validity,
    Versions,
};
pub use channel::{Account, Heard, Hearing};
pub use comment::{Action, Author, CommentEvent, Parsed, Quarantine, QuarantineKind};
pub use day_zero::{DayZero, DayZeroRule, DayZeroTerms};
pub use delivery::{Delivery, Verified};
pub use door::{DoorTerms, Platform, Provider, SignatureForm};
pub use drill::Drill;
pub use entry::{
    Acknowledgement, Actor, CaseReceipt, DayZeroSet, Decision, DueAlert, Entry, Explanation, Happening, Miss, Obligation,
    Outcome, Place, Reading, Sighting, Stage, Words,
};
pub use head::Head;
pub use ids::{AlertId, CampaignId, ChannelId, CommentId, CommentKey, DeliveryId, DoorId, ProtocolRef, Revision};
pub use journal::{JournalId, Note, Noted};
pub use keep::{HoldGround, KeepRule, Removal};
pub use period::Period;
pub use plan::{Deadlines, Plan, Step, TextLimit};
pub use protocol_life::{ApprovalRole, LifeStage, LifeStep, ProtocolLife, ProtocolStep, VersionLife};
pub use reconcile::{
    CaseListRead, Draw, ListedCase, Meaning, Received, Reconciled, Side, Signature, StatementMade, Task, TaskClosed, TasksFound,
};
pub use record::{AlertState, Record, State, Version};
pub use replay::AsOf;
pub use roots::{AuditRoot, ChainKey, Leaf};
pub use rules::{Product, ReadingRules, Sensitivity};
pub use secret::Secret;
pub use session::{Hand, Role};
pub use text::CommentText;
pub use time::{AwareAt, Clock, Deadline, Standing};
pub use waking::Waking;
