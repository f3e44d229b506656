//! What a platform says happened to a comment, in our words. Platform words stop in `platform`; from there on everybody speaks
//! of [`CommentEvent`]s.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::channel::Account;
use super::door::Platform;
use super::ids::CommentId;
use super::text::CommentText;

/// What happened to a comment on its platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Created,
    Edited,
    Deleted,
    Hidden,
    Unhidden,
}

impl Action {
    /// The word for it in records and in what programs are told.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Created => "created",
            Action::Edited => "edited",
            Action::Deleted => "deleted",
            Action::Hidden => "hidden",
            Action::Unhidden => "unhidden",
        }
    }
}

/// Who wrote a comment, as far as the platform tells. Personal data: it goes where the words go.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub id: Option<String>,
    pub name: Option<String>,
}

impl fmt::Debug for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Author([kept in the store])")
    }
}

/// One thing that happened to one comment. Whatever a platform may leave out is optional.
#[derive(Clone, PartialEq, Eq)]
pub struct CommentEvent {
    pub id: CommentId,
    pub action: Action,
    /// The comment that this one answers; `None` for a comment directly under a post.
    pub parent_id: Option<String>,
    pub post_id: Option<String>,
    pub author: Option<Author>,
    /// `None` where the platform sent no text: a deletion, or a picture only (see `unreadable`).
    pub text: Option<CommentText>,
    /// The post's own text, where the platform sends it along.
    pub post_text: Option<CommentText>,
    /// The platform's time of what happened, never ours.
    pub at: Option<Timestamp>,
    /// The platform's time of the comment's first writing, where it tells that beside what happened since.
    pub created_at: Option<Timestamp>,
    /// When the platform sent the notification, where a signed part of it says so: what came long after that came late.
    pub sent_at: Option<Timestamp>,
    pub permalink: Option<String>,
    pub ad_id: Option<String>,
    /// Written by the company's own account: kept, never alerted.
    pub own_account: bool,
    /// What the comment holds that no machine reads: `photo`, `sticker`, `video`. Such a comment goes to people.
    pub unreadable: Option<String>,
    /// The action stands in a part of the call that no signature covers: it is shown, and nothing is erased on its word.
    pub action_unsigned: bool,
    /// Made of an element whose kind this version does not know, so that people see what it holds: the platform did not say that a comment
    /// was written.
    pub of_unknown_kind: bool,
}

impl CommentEvent {
    /// An event of which nothing is known but what happened to which comment.
    pub fn new(id: CommentId, action: Action) -> Self {
        Self {
            id,
            action,
            parent_id: None,
            post_id: None,
            author: None,
            text: None,
            post_text: None,
            at: None,
            created_at: None,
            sent_at: None,
            permalink: None,
            ad_id: None,
            own_account: false,
            unreadable: None,
            action_unsigned: false,
            of_unknown_kind: false,
        }
    }
}

/// Without the links: an address may be made of the first words of a comment.
impl fmt::Debug for CommentEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommentEvent({} {}, {:?}, {:?})", self.action.as_str(), self.id.key(), self.text, self.at)
    }
}

/// Why something that is no comment goes before a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineKind {
    /// No machine could read it.
    #[default]
    Unreadable,
    /// The platform says that it sends nothing more of an account.
    SubscriptionEnded,
    /// Somebody asks the platform, and so us, to delete what is held of them.
    DeletionRequest,
    /// Nothing has been heard of a channel for longer than its protocol allows.
    ChannelSilent,
}

/// A part of a signed delivery that could not be turned into a comment event. It is kept and put before a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    pub kind: QuarantineKind,
    pub platform: Platform,
    pub account: String,
    /// What makes this matter one matter: equal for the same unknown kind of one account, so that people see it once; the
    /// delivery's digest where nothing better is known.
    pub about: String,
    /// One sentence that names the thing and what was expected. No value from the body.
    pub reason: String,
}

impl Quarantine {
    /// The record in which people see the matter. The account is in it even where a platform numbers across accounts: an unknown
    /// kind is seen once for each.
    pub fn comment_id(&self) -> CommentId {
        let Quarantine { kind: _, platform, account, about, reason: _ } = self;
        CommentId::new(*platform, account, format!("unreadable:{account}:{about}"))
    }
}

/// Everything that one delivery says: one bad element costs nothing but itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    pub events: Vec<CommentEvent>,
    pub quarantined: Vec<Quarantine>,
    /// Elements that are documented and no comments (likes, read receipts), by kind; counted in the metrics.
    pub ignored: Vec<String>,
    /// Ends of a subscription, said by the platform itself: from then on nothing comes. Alarms, and before a person.
    pub ended: Vec<Quarantine>,
    /// Accounts that the delivery speaks of otherwise than to say that nothing more comes, each with the newest time that the platform
    /// tells for it: a sign of life, also in what holds nobody's comment.
    pub heard: BTreeMap<Account, Option<Timestamp>>,
}
