//! Changing the secret of a door: what the value in the secret store becomes at each step, who makes a new secret, what has to be
//! changed at the platform, and how long the old one is still needed. Reading and writing the store is the caller's business.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;

use super::secrets::{DoorSecrets, Written};
use crate::model::Provider;

/// The least time for which old and new both open the door: platforms change over slowly.
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The value of a door's secret, every part of it checked. The newest signing secret stands first: it is the one with which X and
/// LinkedIn want their questions answered. No `Debug` and no `Display`: it is nothing but secrets.
#[derive(Clone)]
pub struct LiveSecrets {
    provider: Provider,
    written: Written,
}

/// Where a new secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// The platform makes it, and signs with it from that moment.
    ByPlatform,
    /// We choose it and tell the platform.
    ByUs,
}

/// What there is to know of one platform's rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    pub issued: Issued,
    /// What has to be done at the platform, as a sentence for an operator.
    pub at_platform: &'static str,
    /// How long after the new secret was stored the old one may still sign: the platform's own attempts at old deliveries among it.
    pub old_needed_for: SignedDuration,
}

impl LiveSecrets {
    /// Reads the secret store's value, and refuses what `receive` would refuse.
    pub fn parse(provider: Provider, value: &str) -> Result<Self, String> {
        let written = Written::parse(value)?;
        DoorSecrets::check(provider, &written)?;
        Ok(Self { provider, written })
    }

    /// How many signing secrets open the door.
    pub fn count(&self) -> usize {
        self.written.secrets.len()
    }

    /// Whether this secret opens the door already.
    pub fn holds(&self, secret: &str) -> bool {
        self.written.secrets.iter().any(|known| known == secret)
    }

    /// The new secret before all others, and behind it the one that it is to replace: `replaced` counts from 0.
    pub fn with_new(&self, new: &str, replaced: usize) -> Result<Self, String> {
        if self.holds(new) {
            return Err("the new secret is one of those that are live already".to_owned());
        }
        let mut secrets = self.written.secrets.clone();
        if replaced >= secrets.len() {
            return Err(format!("there is no secret {} to replace: {} are live", replaced + 1, secrets.len()));
        }
        let old = secrets.remove(replaced);
        secrets.splice(0..0, [new.to_owned(), old]);
        self.of(secrets)
    }

    /// Without the secret that [`LiveSecrets::with_new`] replaces.
    pub fn without_old(&self) -> Result<Self, String> {
        self.without(1)
    }

    /// Without the secret that [`LiveSecrets::with_new`] brought.
    pub fn without_new(&self) -> Result<Self, String> {
        self.without(0)
    }

    fn without(&self, index: usize) -> Result<Self, String> {
        let mut secrets = self.written.secrets.clone();
        if secrets.len() < 2 {
            return Err(format!("{} secret is live; a rotation has an old one and a new one", secrets.len()));
        }
        secrets.remove(index);
        self.of(secrets)
    }

    fn of(&self, secrets: Vec<String>) -> Result<Self, String> {
        let written = Written { secrets, verify_token: self.written.verify_token.clone() };
        DoorSecrets::check(self.provider, &written)?;
        Ok(Self { provider: self.provider, written })
    }

    /// The value for the secret store.
    pub fn to_value(&self) -> Result<String, String> {
        serde_json::to_string(&self.written).map_err(|_| "the secrets cannot be written as JSON".to_owned())
    }
}

/// What there is to know of a provider's rotation.
pub fn rotation(provider: Provider) -> Rotation {
    let (issued, at_platform, old_needed_for) = match provider {
        Provider::Meta => (
            Issued::ByPlatform,
            "reset the app secret in the app's basic settings; Meta tries old deliveries for 36 hours",
            SignedDuration::from_hours(36),
        ),
        Provider::X => (
            Issued::ByPlatform,
            "regenerate the consumer secret of the app, then have the webhook validated again (PUT /2/webhooks/:id)",
            AN_HOUR,
        ),
        Provider::LinkedIn => (
            Issued::ByPlatform,
            "generate a new client secret on the app's Auth page; LinkedIn tries old deliveries for 8 hours and asks its question every 2",
            SignedDuration::from_hours(8),
        ),
        Provider::TikTok => (
            Issued::ByPlatform,
            "reset the app's client secret; TikTok tries old deliveries for 72 hours",
            SignedDuration::from_hours(72),
        ),
        Provider::Slack => (Issued::ByPlatform, "regenerate the signing secret under the app's basic information", AN_HOUR),
        Provider::Mastodon => (
            Issued::ByPlatform,
            "rotate the webhook's secret in the server's administration; it tries old deliveries 16 times, over about two days",
            SignedDuration::from_hours(48),
        ),
        Provider::YouTube => {
            (Issued::ByUs, "subscribe each topic at the hub anew with this hub.secret", SignedDuration::from_hours(24))
        }
        Provider::Discourse => (
            Issued::ByUs,
            "enter it as the secret of the webhook; Discourse tries old deliveries for up to 156 minutes",
            SignedDuration::from_hours(3),
        ),
        Provider::Telegram => (
            Issued::ByUs,
            "call setWebhook with this secret_token; Telegram tries old updates for 24 hours",
            SignedDuration::from_hours(24),
        ),
        Provider::Forum => (
            Issued::ByUs,
            "enter it as the forum's signing secret; a sender may sign with both and drop the old one later",
            AN_HOUR,
        ),
    };
    Rotation { issued, at_platform, old_needed_for }
}

impl Rotation {
    /// A new secret out of 32 random bytes, as this provider writes it down; `None` where the platform makes it.
    pub fn generate(&self, provider: Provider, random: &[u8; 32]) -> Option<String> {
        match (self.issued, provider) {
            (Issued::ByPlatform, _) => None,
            (Issued::ByUs, Provider::Forum) => Some(format!("{}{}", super::secrets::FORUM_PREFIX, STANDARD.encode(random))),
            (Issued::ByUs, _) => Some(URL_SAFE_NO_PAD.encode(random)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::signing_secret;

    #[test]
    fn a_rotation_puts_the_new_secret_first_and_takes_out_the_one_it_replaces() {
        let live = LiveSecrets::parse(Provider::Meta, r#"{"secrets": ["app", "instagram"], "verify_token": "token"}"#).unwrap();
        let both = live.with_new("instagram-2", 1).unwrap();
        assert_eq!(both.to_value().unwrap(), r#"{"secrets":["instagram-2","instagram","app"],"verify_token":"token"}"#);
        let done = both.without_old().unwrap().to_value().unwrap();
        assert_eq!(done, r#"{"secrets":["instagram-2","app"],"verify_token":"token"}"#);
        let back = both.without_new().unwrap().to_value().unwrap();
        assert_eq!(back, r#"{"secrets":["instagram","app"],"verify_token":"token"}"#);
    }

    #[test]
    fn what_no_rotation_may_leave_behind_is_refused() {
        let one = LiveSecrets::parse(Provider::Meta, "app").unwrap();
        assert_eq!(one.with_new("app", 0).err().unwrap(), "the new secret is one of those that are live already");
        assert_eq!(one.with_new("next", 1).err().unwrap(), "there is no secret 2 to replace: 1 are live");
        assert_eq!(one.with_new(" ", 0).err().unwrap(), "secret 1 of 2: it is empty");
        assert_eq!(one.without_old().err().unwrap(), "1 secret is live; a rotation has an old one and a new one");
        let eight = LiveSecrets::parse(Provider::Meta, r#"{"secrets": ["1","2","3","4","5","6","7","8"]}"#).unwrap();
        assert_eq!(eight.with_new("9", 0).err().unwrap(), "the list of secrets holds 9; 1 to 8 were expected");
    }

    #[test]
    fn a_generated_secret_is_one_that_the_door_accepts_and_platforms_that_make_their_own_get_none() {
        let mut generated = Vec::new();
        for provider in Provider::ALL {
            let rotation = rotation(provider);
            assert!(rotation.old_needed_for >= AN_HOUR, "{provider:?}");
            if let Some(secret) = rotation.generate(provider, &[251; 32]) {
                assert!(signing_secret(provider, &secret).is_ok(), "{provider:?}");
                generated.push(provider);
            }
        }
        assert_eq!(generated, [Provider::YouTube, Provider::Discourse, Provider::Telegram, Provider::Forum]);
    }
}
