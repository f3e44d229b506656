//! Who calls a webhook and where comments are written: the closed lists of providers and platforms, and the terms of a door.
//!
//! A new platform begins here: one variant more, and the compiler names every question that has to be answered about it.

use serde::{Deserialize, Serialize};

/// Who calls a webhook: one app registered with one company. A door has exactly one provider, and one provider may carry several
/// platforms ([`Platform`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Meta's webhooks: Facebook Pages, Messenger, Instagram, Threads, WhatsApp, and the callbacks of its app review.
    Meta,
    /// X's Account Activity API and its successor, the X Activity API.
    X,
    /// LinkedIn's notifications of social actions on an organisation.
    LinkedIn,
    /// TikTok's Business API.
    TikTok,
    /// YouTube's WebSub hub.
    YouTube,
    /// A forum that runs Discourse.
    Discourse,
    /// Telegram's Bot API.
    Telegram,
    /// Slack's Events API.
    Slack,
    /// A Mastodon server of one's own.
    Mastodon,
    /// Standard Webhooks, as an own forum sends them.
    Forum,
}

impl Provider {
    /// Every provider that this version can verify and read.
    pub const ALL: [Provider; 10] = [
        Provider::Meta,
        Provider::X,
        Provider::LinkedIn,
        Provider::TikTok,
        Provider::YouTube,
        Provider::Discourse,
        Provider::Telegram,
        Provider::Slack,
        Provider::Mastodon,
        Provider::Forum,
    ];

    /// The word for it in protocols and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Provider::Meta => "meta",
            Provider::X => "x",
            Provider::LinkedIn => "linkedin",
            Provider::TikTok => "tiktok",
            Provider::YouTube => "youtube",
            Provider::Discourse => "discourse",
            Provider::Telegram => "telegram",
            Provider::Slack => "slack",
            Provider::Mastodon => "mastodon",
            Provider::Forum => "forum",
        }
    }

    /// The provider that a word names; `None` if this version does not know it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == name)
    }
}

/// Where a comment was written, as the protocol's channels name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    Facebook,
    Instagram,
    Threads,
    Messenger,
    WhatsApp,
    X,
    LinkedIn,
    TikTok,
    YouTube,
    Discourse,
    Telegram,
    Slack,
    Mastodon,
    Forum,
}

impl Platform {
    /// Every platform that a channel may stand for.
    pub const ALL: [Platform; 14] = [
        Platform::Facebook,
        Platform::Instagram,
        Platform::Threads,
        Platform::Messenger,
        Platform::WhatsApp,
        Platform::X,
        Platform::LinkedIn,
        Platform::TikTok,
        Platform::YouTube,
        Platform::Discourse,
        Platform::Telegram,
        Platform::Slack,
        Platform::Mastodon,
        Platform::Forum,
    ];

    /// The word for it in protocols, keys and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::Facebook => "facebook",
            Platform::Instagram => "instagram",
            Platform::Threads => "threads",
            Platform::Messenger => "messenger",
            Platform::WhatsApp => "whatsapp",
            Platform::X => "x",
            Platform::LinkedIn => "linkedin",
            Platform::TikTok => "tiktok",
            Platform::YouTube => "youtube",
            Platform::Discourse => "discourse",
            Platform::Telegram => "telegram",
            Platform::Slack => "slack",
            Platform::Mastodon => "mastodon",
            Platform::Forum => "forum",
        }
    }

    /// The platform that a word names; `None` if this version does not know it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == name)
    }

    /// The provider whose webhooks carry this platform's comments.
    pub fn provider(self) -> Provider {
        match self {
            Platform::Facebook | Platform::Instagram | Platform::Threads | Platform::Messenger | Platform::WhatsApp => {
                Provider::Meta
            }
            Platform::X => Provider::X,
            Platform::LinkedIn => Provider::LinkedIn,
            Platform::TikTok => Provider::TikTok,
            Platform::YouTube => Provider::YouTube,
            Platform::Discourse => Provider::Discourse,
            Platform::Telegram => Provider::Telegram,
            Platform::Slack => Provider::Slack,
            Platform::Mastodon => Provider::Mastodon,
            Platform::Forum => Provider::Forum,
        }
    }

    /// Whether the platform numbers its comments across all accounts, so that one that two of our accounts are told of is one
    /// comment. Where it does not, or does not say so, the account belongs to a comment's identity.
    pub fn numbers_across_accounts(self) -> bool {
        match self {
            Platform::Instagram | Platform::Threads | Platform::X | Platform::LinkedIn | Platform::TikTok | Platform::YouTube => {
                true
            }
            Platform::Facebook
            | Platform::Messenger
            | Platform::WhatsApp
            | Platform::Discourse
            | Platform::Telegram
            | Platform::Slack
            | Platform::Mastodon
            | Platform::Forum => false,
        }
    }
}

/// How a signature header is written, where a platform's documentation and its deliveries disagree. Only LinkedIn's do: its
/// pages put `hmacsha256=` before the body that is signed and bare digits into the header, and others have seen it elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureForm {
    /// As the platform documents it.
    #[default]
    Documented,
    /// The prefix stands in the header, and the body alone is signed.
    PrefixInHeader,
    /// The prefix stands in the header and before the body.
    PrefixInBoth,
    /// There is no prefix at all.
    NoPrefix,
}

impl SignatureForm {
    /// Every form that a door may be switched to.
    pub const ALL: [SignatureForm; 4] =
        [SignatureForm::Documented, SignatureForm::PrefixInHeader, SignatureForm::PrefixInBoth, SignatureForm::NoPrefix];

    /// The word for it in protocols.
    pub fn as_str(self) -> &'static str {
        match self {
            SignatureForm::Documented => "documented",
            SignatureForm::PrefixInHeader => "prefix_in_header",
            SignatureForm::PrefixInBoth => "prefix_in_both",
            SignatureForm::NoPrefix => "no_prefix",
        }
    }

    /// The form that a word names.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == name)
    }
}

/// What active protocols say of a door, beside the name of its secret: who calls it, and for which accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorTerms {
    pub provider: Provider,
    #[serde(default)]
    pub signature: SignatureForm,
    /// The accounts behind the door, of all campaigns that it serves, in their order.
    #[serde(default)]
    pub accounts: Vec<String>,
}

impl DoorTerms {
    /// A door of which nothing is known but who calls it.
    pub fn of(provider: Provider) -> Self {
        Self { provider, signature: SignatureForm::default(), accounts: Vec::new() }
    }

    /// The only account behind the door, if it has just one: some platforms' bodies leave it out.
    pub fn only_account(&self) -> Option<&str> {
        match self.accounts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}
