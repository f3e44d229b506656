//! Dayzero: from a patient's comment on a company's own social channels to an acknowledged adverse-event alert.
//!
//! *Day zero is the day a company first knows of an adverse event. Its legal clocks start there.*
//!
//! # The line
//!
//! ```text
//! platforms ──► receive ──► assess ──► alert ──► watch ──► review ◄── people
//!               verify      parse      publish   deadlines  acknowledge
//!               keep        classify   in window escalate   decide
//! ```
//!
//! The **table is the hand-off**: a stage reads and writes items ([`store`]), and no stage calls another. On AWS the table's stream
//! wakes the next stage within a second, and a sweep every minute finds whatever the stream missed; on a laptop the sweep alone does
//! it. A comment's items are a hash-chained, append-only list of *entries* ([`model::entry`]) and a *head*; today's state is a fold over
//! the chain ([`model::fold`]), and the head is a projection that lists and the sweep read.
//!
//! # Three walks through it
//!
//! **A comment that reports an event.** Meta posts to `/webhooks/meta`. [`receive`] checks the signature over the raw bytes, keeps
//! them in one conditional write, and answers 200; the item is open work. [`assess`] takes it up: [`platform`] turns the body into
//! comment events, each becomes a *sighting* in its comment's chain, [`classify`] reads the text, and one *assessed* entry says
//! what was read, on what evidence, under which protocol, and which alerts are due with all their deadlines
//! ([`protocol`] computed them). The head's `wake` is now, so [`alert`](mod@alert) takes the record up: it claims it, renders the message, publishes
//! it to SNS, and records what SNS said. A person opens the link, acknowledges, and decides; each is an entry with a name.
//!
//! **An alert that nobody acknowledges.** The head's `wake` is the time of the route's next step. The sweep finds it then;
//! [`watch`] adds a *step due* entry, and [`alert`](mod@alert) publishes it under the same alert id. So it goes on, step by step and then by
//! repeats, until somebody acknowledges. A topic takes one message a second; what has to wait is told of in a digest, the most urgent first, and
//! what one carrier does not take the other one does. When a window ends before what it was for has happened, `watch` adds a *missed* entry: a deviation,
//! for good.
//!
//! **A crash.** Any write may be the last one of a process. What was kept and not worked off is still open work; a sighting that
//! is in the chain is recognised and not added twice; a reading and the alerts it makes due are one entry; a head that is behind its
//! chain is still open and is made anew; a message that SNS accepted and nobody recorded goes out again under its alert id. A test
//! cuts the process off at every single request and demands exactly that.
//!
//! # What must stay true
//!
//! | invariant | kept by |
//! |---|---|
//! | nothing unsigned is parsed | [`model::Verified`], which only `receive::verify` makes |
//! | 200 only after it is durable | [`store::Receipt`], which only [`store::Store::keep`] makes |
//! | a deadline is never computed ad hoc | [`model::Deadline`], which only [`protocol`] makes |
//! | published only if SNS said so | [`model::Published`], which only `alert::publish` makes |
//! | one worker publishes at a time | [`store::Claim`] |
//! | day zero is never replaced | [`model::day_zero`]: what a person sets stands beside what the rule gave, with the reason |
//! | nobody reads a patient's words untraced | `review::seen` notes it before anything is shown |
//! | who may do what stands in one table | `review::sign_in::roles`; a route without a right does not compile |
//! | what was erased stays erased, in backups too | [`vault`]: its key is destroyed, and the chain still verifies |
//! | a decision has a name and a version | [`model::Decision`]; [`review`] refuses a stale one |
//! | a person's words reach no log | [`model::CommentText`] and a test that searches every output |
//!
//! # The map
//!
//! - [`model`]: the nouns. [`protocol`], [`platform`], [`classify`]: pure knowledge of the campaign, the platforms, the language.
//! - `training`: how the classifier's model is made and measured.
//! - [`store`]: keys and items. [`vault`]: the keys that words at rest are sealed under, apart from the table.
//! - [`campaigns`]: what is in force. [`publishing`]: how a protocol comes into force. [`simulation`]: a version tried on what has happened.
//! - [`forget`]: how words go. [`erasure`]: an author's, on request. [`drill`]: fire drills. [`reconcile`]: what agrees and what does not.
//! - [`export`]: the store as lines. [`audit`]: a verifier of these lines that trusts nothing of ours.
//! - [`secrets`], [`config`], [`metrics`], [`fresh`], [`error`](mod@error), [`http`]: what stages stand on.
//! - [`receive`], [`assess`], [`alert`](mod@alert), [`watch`], [`review`]: a stage each; `handle` is its table of contents.
//! - [`line`](mod@line): the stages in order. [`lambda`], `local`, `commands`: who runs them.
//!
//! `tests/it/tidy.rs` checks who may import whom.

pub mod alert;
pub mod assess;
pub mod audit;
pub mod campaigns;
pub mod classify;
#[cfg(feature = "local")]
pub mod commands;
pub mod config;
pub mod drill;
pub mod erasure;
pub mod error;
pub mod export;
pub mod forget;
pub mod fresh;
pub mod http;
pub mod lambda;
pub mod line;
#[cfg(feature = "local")]
pub mod local;
pub mod metrics;
pub mod model;
pub mod platform;
pub mod protocol;
pub mod publishing;
pub mod receive;
pub mod reconcile;
pub mod review;
pub mod secrets;
pub mod simulation;
pub mod store;
#[cfg(feature = "local")]
pub mod training;
pub mod vault;
pub mod watch;
