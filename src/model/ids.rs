//! Identities. Every id is a string, as the platforms mean them; a comment's key is derived from what the platform sent, so that
//! two deliveries of one comment meet in one record without asking anybody.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::door::Platform;

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is: whoever read it has already checked its form.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The text that it was made of, unchanged.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id! {
    /// A campaign: the `id` of its protocol.
    CampaignId
}
string_id! {
    /// One webhook address: the last part of `/webhooks/{door}`.
    DoorId
}
string_id! {
    /// A page, account, ad account or forum, as the protocol names it.
    ChannelId
}
string_id! {
    /// One obligation to tell people about one reading of one comment. The same on every repeat and every step.
    AlertId
}

/// The protocol version in force when something was decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProtocolRef {
    pub id: CampaignId,
    pub version: u32,
}

impl fmt::Display for ProtocolRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.id, self.version)
    }
}

/// How long a record's chain is: the `seq` of its newest entry. A person's decision names the revision it was made on, and a
/// stale one is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u32);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One comment of one account on one platform; `id` is the platform's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommentId {
    pub platform: Platform,
    pub account: String,
    pub id: String,
}

impl CommentId {
    /// Names a comment by what the platform sent: no request and no table is needed.
    pub fn new(platform: Platform, account: impl Into<String>, id: impl Into<String>) -> Self {
        Self { platform, account: account.into(), id: id.into() }
    }

    /// The record's key: bounded, safe in an address, and equal for every sighting of the comment.
    ///
    /// On a platform that numbers across accounts, the account through which we were told takes no part.
    ///
    /// A digest, because platforms' ids hold colons, slashes and anything else a forum allows. Each part is preceded by its length,
    /// so that no two different ids can be written as the same bytes.
    pub fn key(&self) -> CommentKey {
        let account = if self.platform.numbers_across_accounts() { "" } else { &self.account };
        let mut hash = Sha256::new();
        for part in [self.platform.as_str(), account, &self.id] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hex::encode(&hash.finalize()[..CommentKey::DIGEST_BYTES]);
        CommentKey(format!("{}-{digest}", self.platform.as_str()))
    }
}

/// What a record is stored and addressed under: `facebook-` and 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommentKey(String);

impl CommentKey {
    const DIGEST_BYTES: usize = 16;

    /// Reads a key that came from outside, for example out of an address.
    pub fn parse(text: &str) -> Option<Self> {
        let (platform, digest) = text.split_once('-')?;
        Platform::from_name(platform)?;
        let hexadecimal = digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        (digest.len() == Self::DIGEST_BYTES * 2 && hexadecimal).then(|| Self(text.to_owned()))
    }

    /// The key's text, as it stands in addresses and tables.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which of `shards` parts of an index this record lives in: stable, and even over many records.
    pub fn shard(&self, shards: u8) -> u8 {
        let first = self.0.rsplit('-').next().and_then(|digest| u8::from_str_radix(digest.get(..2)?, 16).ok());
        first.unwrap_or(0) % shards
    }
}

impl fmt::Display for CommentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One delivery: the door it came through and a digest of what it said. A re-sent delivery has the same id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeliveryId {
    pub door: DoorId,
    /// Lower-case hexadecimal SHA-256.
    pub digest: String,
}

impl DeliveryId {
    /// For a matter that no delivery brought: that none came is what it is about.
    pub fn none(door: &DoorId) -> Self {
        Self { door: door.clone(), digest: String::new() }
    }

    /// Whether there is no delivery.
    pub fn is_none(&self) -> bool {
        self.digest.is_empty()
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return write!(f, "none at {}", self.door);
        }
        write!(f, "{}/{}", self.door, self.digest.get(..12).unwrap_or(&self.digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_only_join_to_the_same_bytes_have_different_keys() {
        let one = CommentId::new(Platform::Facebook, "12", "3_4").key();
        let other = CommentId::new(Platform::Facebook, "1", "23_4").key();
        assert_ne!(one, other);
    }

    #[test]
    fn what_two_accounts_are_told_of_is_one_comment_where_the_platform_numbers_across_them() {
        for platform in Platform::ALL {
            let keys = ["1", "2"].map(|account| CommentId::new(platform, account, "7").key());
            assert_eq!(keys[0] == keys[1], platform.numbers_across_accounts(), "{platform:?}");
        }
    }

    #[test]
    fn a_key_survives_an_address_and_nothing_else_does() {
        let key = CommentId::new(Platform::Forum, "forum.example", "a/b?c#d").key();
        assert_eq!(CommentKey::parse(key.as_str()), Some(key));
        for bad in [
            "",
            "facebook",
            "facebook-",
            "facebook-zz",
            "myspace-0123456789abcdef0123456789abcdef",
            "forum-0123456789ABCDEF0123456789abcdef",
        ] {
            assert_eq!(CommentKey::parse(bad), None, "{bad}");
        }
    }
}
