//! One secret in Secrets Manager as an operator changes it: its value, since when it is the current one, and whether a rotation is
//! under way. That a rotation is under way stands at the version itself, as a label beside AWSCURRENT: the value keeps the form that
//! `receive` reads, a change by hand ends what the label says, and another terminal can go on where this one stopped.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use jiff::Timestamp;

use super::{SecretError, unavailable};

/// The label of a version that holds the old secret beside the new one.
pub const ROTATING: &str = "dayzero-rotating";
/// The label of the version that is read when no version is named.
const CURRENT: &str = "AWSCURRENT";

/// The secret of one door, for whoever may write it.
pub struct Keeper {
    client: Client,
    name: String,
}

/// The current version of a secret. It has no `Debug`: the value is in it.
pub struct Version {
    pub value: String,
    pub id: String,
    /// When it was written.
    pub since: Timestamp,
    pub rotating: bool,
}

impl Keeper {
    pub fn new(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    pub async fn current(&self) -> Result<Version, SecretError> {
        let answer = self.client.get_secret_value().secret_id(&self.name).send().await;
        let answer = answer.map_err(|error| self.unavailable(error.code()))?;
        let incomplete = |what: &str| unavailable(&self.name, what);
        let since = answer.created_date().and_then(|at| Timestamp::from_millisecond(at.to_millis().ok()?).ok());
        Ok(Version {
            value: answer.secret_string().ok_or_else(|| incomplete("the secret holds no text"))?.to_owned(),
            id: answer.version_id().ok_or_else(|| incomplete("the answer names no version"))?.to_owned(),
            since: since.ok_or_else(|| incomplete("the answer says not when it was written"))?,
            rotating: answer.version_stages().iter().any(|stage| stage == ROTATING),
        })
    }

    /// Writes a new current version. The old one stays in the store under AWSPREVIOUS until the next.
    pub async fn write(&self, value: &str, rotating: bool) -> Result<(), SecretError> {
        let put = self.client.put_secret_value().secret_id(&self.name).secret_string(value).version_stages(CURRENT);
        let put = if rotating { put.version_stages(ROTATING) } else { put };
        put.send().await.map_err(|error| self.unavailable(error.code()))?;
        Ok(())
    }

    fn unavailable(&self, code: Option<&str>) -> SecretError {
        unavailable(&self.name, code.unwrap_or("no answer"))
    }
}
