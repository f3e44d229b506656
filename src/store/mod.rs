//! The store: the one place that knows keys and items. Concrete, over the real DynamoDB client.
//!
//! One table holds several kinds of item, and each is best understood as a life:
//!
//! **A delivery** is *kept* the moment its signature matched: one conditional write under its door and digest, and only then is it
//! answered with 200. Kept means open work: the item stands in the `work` index until `assess` has made a record of everything in
//! it and marks it *worked off*. A delivery that comes again meets the first one and changes nothing.
//!
//! **A comment** is a chain of *entries* (`event#000001`, …), each written only if nobody else wrote that number, and never
//! changed. Beside them stands one *head*, a projection that can be made again at any time. The head stands in the `work` index
//! while the machine owes something (an unpublished alert, a step, a window's end: `model::waking` says how, so that a worker whose clock
//! is behind finds what is owed) and always in the `list` index, for people. A crash
//! between an entry and the head leaves an older head, which is still open work, so the sweep finds and renews it. While a worker
//! publishes, a *claim* with a token and an expiry stands beside the head. A comment that is answered holds a link to each answer, since
//! "same here!" means what its parent means, whichever arrives first.
//!
//! **A protocol** version is written once and never changed, and so is each draft of it before; which versions are active stands in one
//! *directory* item that carries a revision, so that two people cannot publish against each other. A publication is one transaction with
//! the notes that say how it came about.
//!
//! **A journal** is a chain like a comment's, of what belongs to no single comment; one partition lists the journals that there are.
//!
//! **A mark** says that a chain moves in a window of ten minutes, for the roots over all chains (`model::roots`); one write for each record
//! and window, made before the entry. It goes by itself.
//!
//! **A document** is a text under its own digest, written once: a statement as it was signed, a list of cases, what a sample was
//! drawn from.
//!
//! **An author** is a partition named after a keyed digest, with a link to each comment: what a request for erasure reads.
//!
//! **A door's last handshake** is one item, written anew each time: when a platform stops asking, its subscription ends.
//!
//! **A channel** is one item an account: when it was last heard, written by whoever heard it, and the watch that is kept on its silence.
//!
//! **A fire drill** stands in its register before its event is sent: that alone makes it one.
//!
//! **A topic** has an item for its pace and one for who is subscribed, which workers share; a record whose message waits for its turn stands
//! in the topic's *queue*, a sparse part of the `work` index.
//!
//! **A session** is a row under the digest of a token that only a browser holds, and so is a sign-in that is under way. Both are ended by a mark, and
//! go by themselves some time later.
//!
//! **Words at rest** are sealed: those beside an entry and in a head under the record's key, the bytes of a delivery under a key of their
//! own. The keys lie in another table ([`crate::vault`]).
//!
//! Words go when the record orders it (`model::keep`): they are taken from beside the entries, and the bytes of a delivery with them; the
//! items stay, so that a chain still verifies and a delivery that comes again is known. What is left out: nothing here decides
//! anything.

mod authors;
mod census;
mod channels;
mod claims;
mod comments;
mod deliveries;
mod documents;
mod drills;
mod entries;
mod handshakes;
mod item;
mod journals;
mod keys;
mod links;
mod lists;
mod moved;
mod protocols;
mod rereading;
mod sessions;
mod table;
mod topics;
mod words;
mod work;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use jiff::{SignedDuration, Timestamp};

use crate::vault::{Vault, VaultError};
pub use census::{Counted, CountedComment};
pub use channels::KeptChannel;

pub use claims::Claim;
pub use comments::{AppendError, InTime};
pub use deliveries::{Kept, Receipt};
pub use documents::digest;
pub use drills::KeptDrill;
pub use handshakes::Shaken;
pub use lists::{Cursor, ListPage, ListQuery};
pub use protocols::{Directory, DoorEntry, Listed, Publication, PublishError, PublishedVersion};
pub use rereading::ReadUpTo;
pub use sessions::KeptSession;
pub use topics::{Revised, Shared, Waiting};
pub use work::{OpenWork, Work};

use crate::model::Clock;
use moved::Marked;

/// How long the key store is left alone after it did not answer somebody who has to act in time.
const KEYS_REST: SignedDuration = SignedDuration::from_secs(15);

/// The table, through the client that the caller configured.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
    /// Tells in which window a chain moves, and nothing else.
    clock: Clock,
    marked: Arc<Marked>,
    vault: Vault,
    /// Until when the key store is not asked for words that can wait: it did not answer.
    keys_rest: Arc<Mutex<Option<Timestamp>>>,
}

impl Store {
    /// Talks to one table over one client, with the vault that its words are sealed by; nothing is checked or created.
    pub fn new(client: Client, table: impl Into<String>, vault: Vault) -> Self {
        Self { client, table: table.into(), clock: Clock::System, marked: Arc::default(), vault, keys_rest: Arc::default() }
    }

    /// The vault that the table's words are sealed by.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Whether the key store did not answer a moment ago.
    fn keys_rest(&self) -> bool {
        let until = *self.keys_rest.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| self.clock.now() < until)
    }

    fn let_keys_rest(&self) {
        let until = self.clock.now().checked_add(KEYS_REST).unwrap_or(Timestamp::MAX);
        *self.keys_rest.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Goes by another clock than the machine's, for stories in which time stands still.
    pub fn at(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }
}

type Cause = Box<dyn Error + Send + Sync>;

/// Why the store could not do what it was asked, named for what must happen next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Try again later: nothing is known to be wrong with what was asked.
    #[error("the store did not answer while {doing}")]
    Unavailable { doing: &'static str, source: Cause },
    /// A person must look: an item is not what Dayzero writes.
    #[error("{what} cannot be read back from the store")]
    Corrupt { what: String, source: Cause },
}

impl StoreError {
    fn unavailable(doing: &'static str) -> impl FnOnce(Cause) -> StoreError {
        move |source| StoreError::Unavailable { doing, source }
    }

    fn corrupt(what: impl Into<String>, source: impl Into<Cause>) -> StoreError {
        StoreError::Corrupt { what: what.into(), source: source.into() }
    }
}

impl From<VaultError> for StoreError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Unavailable { doing, source } => StoreError::Unavailable { doing, source },
            VaultError::Corrupt { what, source } => StoreError::Corrupt { what, source },
        }
    }
}

/// Boxes an SDK error without its item: DynamoDB's refusals can carry the item they refused.
fn cause<E, R>(error: aws_sdk_dynamodb::error::SdkError<E, R>) -> Cause
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata,
{
    use aws_sdk_dynamodb::error::SdkError;
    match &error {
        SdkError::ServiceError(refused) => {
            let code = refused.err().code().unwrap_or("an unnamed error");
            format!("DynamoDB answered {code}").into()
        }
        SdkError::TimeoutError(_) => "DynamoDB did not answer in time".into(),
        SdkError::DispatchFailure(_) => "DynamoDB could not be reached".into(),
        SdkError::ResponseError(_) => "DynamoDB's answer could not be read".into(),
        _ => "the request to DynamoDB could not be built".into(),
    }
}
