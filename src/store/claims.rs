//! Claims: one worker at a time publishes for a record.
//!
//! A claim keeps two workers from doing the same thing at once; it does not make anything true. What a carrier accepted is
//! recorded even if the claim ran out meanwhile, because it happened.
//!
//! Its end is read by the reader's clock, so two workers whose clocks are more than a claim apart may hold it side by side: a message goes
//! out twice, under one id. Honouring a claim until this process has seen it for as long as it lasts would end that, and was simulated
//! (`tests/schedules`): where processes die, what they had seen dies with them, and steps came up to seven minutes late. Late is worse.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use jiff::{SignedDuration, Timestamp};

use super::item::{n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::CommentKey;

/// Clocks that differ by less than this count as one: also a clock that is right is some seconds further on when a slow request arrives.
const ONE_CLOCK: SignedDuration = SignedDuration::from_secs(60);

/// The right to publish for one record until it expires. Only [`Store::claim`] makes one.
#[derive(Debug)]
pub struct Claim {
    key: CommentKey,
    token: String,
    until: Timestamp,
}

impl Claim {
    /// When the claim lapses and another worker may take the record.
    pub fn until(&self) -> Timestamp {
        self.until
    }
}

impl Store {
    /// Claims a record for `lasting`; `None` while another worker's claim holds.
    ///
    /// A claim that ends much later than one made now would was made by a clock that is ahead: nobody can say how old it is, and waiting for
    /// that clock's time may take longer than the window for alerting. It holds nothing up; at worst a message goes out twice, under one id.
    pub async fn claim(&self, key: &CommentKey, now: Timestamp, lasting: SignedDuration) -> Result<Option<Claim>, StoreError> {
        let until = now.checked_add(lasting).unwrap_or(Timestamp::MAX);
        let claim = Claim { key: key.clone(), token: token()?, until };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(keys::PK, s(keys::comment(key))).item(keys::SK, s(keys::CLAIM));
        let put = put.item("token", s(&claim.token)).item("until", n(until.as_millisecond()));
        let put = put.condition_expression("attribute_not_exists(pk) OR #until <= :now OR #until > :beyond OR #token = :token");
        // The token is ours alone: it is found there only when the client repeats a put whose reply was lost.
        let put = put.expression_attribute_names("#token", "token").expression_attribute_values(":token", s(&claim.token));
        let put = put.expression_attribute_names("#until", "until").expression_attribute_values(":now", n(now.as_millisecond()));
        let put = put.expression_attribute_values(":beyond", n(beyond(until).as_millisecond()));
        match put.send().await {
            Ok(_) => Ok(Some(claim)),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(None),
            Err(error) => Err(StoreError::unavailable("claiming a record")(cause(error))),
        }
    }

    /// Gives a claim back, unless it ran out and somebody else holds the record now.
    pub async fn release(&self, claim: Claim) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::comment(&claim.key))).key(keys::SK, s(keys::CLAIM));
        let update = update.update_expression("SET #until = :free").condition_expression("#token = :token");
        let update = update.expression_attribute_names("#until", "until").expression_attribute_names("#token", "token");
        let update = update.expression_attribute_values(":free", n(0)).expression_attribute_values(":token", s(&claim.token));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()),
            Err(error) => Err(StoreError::unavailable("releasing a record")(cause(error))),
        }
    }
}

/// Later than any claim ends that was made by a clock like ours.
fn beyond(until: Timestamp) -> Timestamp {
    until.checked_add(ONE_CLOCK).unwrap_or(Timestamp::MAX)
}

fn token() -> Result<String, StoreError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::Unavailable { doing: "claiming a record", source: error.to_string().into() })?;
    Ok(hex::encode(bytes))
}
