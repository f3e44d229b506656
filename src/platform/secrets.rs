//! The secrets of one door, as the secret store holds them: one or more live signing secrets, and the token of the handshake.
//!
//! This module reads the value and refuses what could not protect anything; fetching and caching it is the receive stage's
//! business. No message here repeats a part of the value.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::model::{Provider, Secret};

/// What a Standard Webhooks secret begins with.
pub(super) const FORUM_PREFIX: &str = "whsec_";

/// How long a Standard Webhooks key may be, in bytes: 192 to 512 bits, as the specification says.
const FORUM_KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The length that a WebSub hub's secret must stay below, in bytes.
const HUB_SECRET_BYTES: usize = 200;

/// The longest secret token of a Telegram bot's webhook, in characters.
const BOT_TOKEN_CHARACTERS: usize = 256;

/// Live secrets of one door: two apps, each in a rotation, make four. More is a list nobody tidies up, and every one of them is
/// computed for every forged request.
const MAX_SIGNING_SECRETS: usize = 8;

/// What a door needs to tell a platform from an impostor.
#[derive(Clone)]
pub struct DoorSecrets {
    /// Every live signing secret, at least one. During a rotation the old and the new one are both here.
    pub signing: Vec<Secret>,
    /// What a platform must present in its handshake; without it every handshake is refused.
    pub verify_token: Option<Secret>,
}

/// The value in the secret store, when it is more than one bare secret. It has no `Debug`: it is nothing but secrets.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub secrets: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify_token: Option<String>,
}

impl Written {
    /// Reads `{"secrets": ["…", "…"], "verify_token": "…"}`, or one bare secret.
    pub fn parse(value: &str) -> Result<Self, String> {
        let value = value.trim();
        match value.as_bytes().first() {
            None => Err("the secret is empty; one or more live secrets were expected".to_owned()),
            Some(b'{') => serde_json::from_str(value).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                format!(
                    "the secret is not of the form {{\"secrets\": [\"…\"], \"verify_token\": \"…\"}}: line {line} column {column}"
                )
            }),
            Some(b'"') => {
                let secret = serde_json::from_str(value)
                    .map_err(|_| "the secret begins with a quotation mark and is not one JSON string".to_owned())?;
                Ok(Written { secrets: vec![secret], verify_token: None })
            }
            Some(_) => Ok(Written { secrets: vec![value.to_owned()], verify_token: None }),
        }
    }
}

impl DoorSecrets {
    /// Reads the secret store's value.
    pub fn parse(provider: Provider, value: &str) -> Result<Self, String> {
        Self::check(provider, &Written::parse(value)?)
    }

    pub(super) fn check(provider: Provider, written: &Written) -> Result<Self, String> {
        let count = written.secrets.len();
        if count == 0 || count > MAX_SIGNING_SECRETS {
            return Err(format!("the list of secrets holds {count}; 1 to {MAX_SIGNING_SECRETS} were expected"));
        }
        let signing = written.secrets.iter().enumerate().map(|(index, secret)| {
            signing_secret(provider, secret).map_err(|problem| format!("secret {} of {count}: {problem}", index + 1))
        });
        let verify_token = match &written.verify_token {
            None => None,
            Some(token) if token.trim().is_empty() => {
                return Err("the verify_token is empty; leave it out where there is no handshake".to_owned());
            }
            Some(token) => Secret::new(token.as_bytes()),
        };
        Ok(Self { signing: signing.collect::<Result<_, _>>()?, verify_token })
    }
}

impl fmt::Debug for DoorSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DoorSecrets({} signing, verify token: {})", self.signing.len(), self.verify_token.is_some())
    }
}

/// Reads one signing secret as the provider writes it down.
pub fn signing_secret(provider: Provider, written: &str) -> Result<Secret, String> {
    let key = match provider {
        // A secret that the platform hands out as text is used as it stands: its letters are the key.
        Provider::Meta
        | Provider::X
        | Provider::LinkedIn
        | Provider::TikTok
        | Provider::Discourse
        | Provider::Slack
        | Provider::Mastodon => written.as_bytes().to_vec(),
        Provider::YouTube => hub_secret(written)?,
        Provider::Telegram => bot_token(written)?,
        Provider::Forum => forum_key(written)?,
    };
    if key.iter().all(u8::is_ascii_whitespace) {
        return Err("it is empty".to_owned());
    }
    Secret::new(key).ok_or_else(|| "it is empty".to_owned())
}

/// A hub takes a secret of fewer than 200 bytes.
fn hub_secret(written: &str) -> Result<Vec<u8>, String> {
    if written.len() >= HUB_SECRET_BYTES {
        return Err(format!("it holds {} bytes; a WebSub hub takes fewer than {HUB_SECRET_BYTES}", written.len()));
    }
    Ok(written.as_bytes().to_vec())
}

/// What Telegram sends back is what was set, and it lets nothing else be set.
fn bot_token(written: &str) -> Result<Vec<u8>, String> {
    let plain = written.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !plain || written.len() > BOT_TOKEN_CHARACTERS {
        return Err(format!("a Telegram secret token has 1 to {BOT_TOKEN_CHARACTERS} letters, digits, underscores and hyphens"));
    }
    Ok(written.as_bytes().to_vec())
}

fn forum_key(written: &str) -> Result<Vec<u8>, String> {
    let encoded = written.strip_prefix(FORUM_PREFIX).ok_or("a forum's secret begins with whsec_")?;
    let key = STANDARD.decode(encoded).map_err(|_| "what follows whsec_ is not base64")?;
    if !FORUM_KEY_BYTES.contains(&key.len()) {
        let (least, most) = (FORUM_KEY_BYTES.start(), FORUM_KEY_BYTES.end());
        return Err(format!("it holds {} bytes after decoding; {least} to {most} were expected", key.len()));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORUM: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn every_way_to_write_live_secrets_is_read() {
        let list = format!(r#"{{"secrets": ["{FORUM}", "{FORUM}"]}}"#);
        let rows = [
            (Provider::Meta, "app-secret", 1, false),
            (Provider::Meta, " app-secret\n", 1, false),
            (Provider::Meta, r#""app-secret""#, 1, false),
            (Provider::Meta, r#"{"secrets": ["old", "new"], "verify_token": "token"}"#, 2, true),
            (Provider::Forum, FORUM, 1, false),
            (Provider::Forum, list.as_str(), 2, false),
        ];
        for (provider, value, signing, token) in rows {
            let secrets = DoorSecrets::parse(provider, value).unwrap();
            assert_eq!((secrets.signing.len(), secrets.verify_token.is_some()), (signing, token), "{value}");
        }
        assert_eq!(DoorSecrets::parse(Provider::Meta, " app-secret\n").unwrap().signing[0].expose(), b"app-secret");
        assert_eq!(DoorSecrets::parse(Provider::Forum, FORUM).unwrap().signing[0].expose().len(), 24);
    }

    #[test]
    fn a_secret_that_protects_nothing_is_refused_without_repeating_it() {
        let short = "whsec_c2VjcmV0";
        let long = format!("whsec_{}", "QUFB".repeat(22));
        let nine = format!(r#"{{"secrets": [{}]}}"#, [r#""s""#; 9].join(","));
        let rows = [
            (Provider::Meta, "", "the secret is empty; one or more live secrets were expected"),
            (Provider::Meta, " \n", "the secret is empty; one or more live secrets were expected"),
            (Provider::Meta, r#""""#, "secret 1 of 1: it is empty"),
            (Provider::Meta, r#"{"secrets": []}"#, "the list of secrets holds 0; 1 to 8 were expected"),
            (Provider::Meta, &nine, "the list of secrets holds 9; 1 to 8 were expected"),
            (Provider::Meta, r#"{"secrets": ["one", "  "]}"#, "secret 2 of 2: it is empty"),
            (Provider::Meta, r#""open"#, "the secret begins with a quotation mark and is not one JSON string"),
            (
                Provider::Meta,
                r#"{"secrets": ["one"], "verify_token": " "}"#,
                "the verify_token is empty; leave it out where there is no handshake",
            ),
            (Provider::Forum, "plain", "secret 1 of 1: a forum's secret begins with whsec_"),
            (Provider::Forum, "whsec_?", "secret 1 of 1: what follows whsec_ is not base64"),
            (Provider::Forum, short, "secret 1 of 1: it holds 6 bytes after decoding; 24 to 64 were expected"),
            (Provider::Forum, &long, "secret 1 of 1: it holds 66 bytes after decoding; 24 to 64 were expected"),
        ];
        for (provider, value, expected) in rows {
            assert_eq!(DoorSecrets::parse(provider, value).unwrap_err(), expected, "{value}");
        }
        let misspelt = DoorSecrets::parse(Provider::Meta, r#"{"secret": ["hunter2"]}"#).unwrap_err();
        assert!(misspelt.starts_with("the secret is not of the form") && !misspelt.contains("hunter2"), "{misspelt}");
    }
}
