//! Sessions of signed-in people, and sign-ins under way: a row each, under the digest of a token that only the browser holds.
//!
//! A session is ended by a mark on its row and not by deleting it, so that the console needs no right to delete; DynamoDB drops both kinds
//! by themselves, some time after they have ended. Until then readers go by the times in the row.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;

use super::item::{Item, Reader, json, n, s};
use super::{Store, StoreError, cause, keys};
use crate::model::session::{ABSOLUTE, SIGNING_IN, Session, SigningIn};

/// What DynamoDB says of a write whose condition does not hold.
const CONDITION: &str = "ConditionalCheckFailedException";

/// A session that was not ended. Whether it still holds is for [`Session::holds`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    pub session: Session,
    pub seen_at: Timestamp,
}

impl Store {
    /// Keeps a session under the digest of its token.
    pub async fn keep_session(&self, digest: &str, session: &Session) -> Result<(), StoreError> {
        let item = Item::from([
            (keys::PK.to_owned(), s(keys::session(digest))),
            (keys::SK.to_owned(), s(keys::SESSION)),
            ("session".to_owned(), json(session)),
            ("seen".to_owned(), n(session.started_at.as_millisecond())),
            (keys::EXPIRES.to_owned(), n(session.started_at.as_second().saturating_add(ABSOLUTE.as_secs()))),
        ]);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("keeping a session"))?;
        Ok(())
    }

    /// The session of this digest; `None` if there is none, or if it was ended.
    pub async fn session(&self, digest: &str) -> Result<Option<KeptSession>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::session(digest))).key(keys::SK, s(keys::SESSION));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a session"))?;
        let Some(item) = found.item().filter(|item| !item.contains_key("ended")) else { return Ok(None) };
        let reader = Reader { item, what: "a session" };
        let seen_at = Timestamp::from_millisecond(reader.number("seen")?);
        let seen_at = seen_at.map_err(|error| StoreError::corrupt("a session", error))?;
        Ok(Some(KeptSession { session: reader.parsed("session")?, seen_at }))
    }

    /// Marks a session as used, unless it was ended meanwhile.
    pub async fn see_session(&self, digest: &str, at: Timestamp) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table).update_expression("SET seen = :at");
        let update = update.key(keys::PK, s(keys::session(digest))).key(keys::SK, s(keys::SESSION));
        let update = update.condition_expression("attribute_exists(pk) AND attribute_not_exists(ended)");
        let marked = update.expression_attribute_values(":at", n(at.as_millisecond())).send().await;
        unless_ended(marked, "marking a session as used").map(drop)
    }

    /// Ends a session for good; `false` if there was none to end.
    pub async fn end_session(&self, digest: &str, at: Timestamp) -> Result<bool, StoreError> {
        let update = self.client.update_item().table_name(&self.table).update_expression("SET ended = :at");
        let update = update.key(keys::PK, s(keys::session(digest))).key(keys::SK, s(keys::SESSION));
        let update = update.condition_expression("attribute_exists(pk) AND attribute_not_exists(ended)");
        let marked = update.expression_attribute_values(":at", n(at.as_millisecond())).send().await;
        unless_ended(marked, "ending a session")
    }

    /// Keeps a sign-in that was begun, under the digest of its token.
    pub async fn begin_signing_in(&self, digest: &str, begun: &SigningIn) -> Result<(), StoreError> {
        let item = Item::from([
            (keys::PK.to_owned(), s(keys::signing_in(digest))),
            (keys::SK.to_owned(), s(keys::SESSION)),
            ("begun".to_owned(), json(begun)),
            (keys::EXPIRES.to_owned(), n(begun.begun_at.as_second().saturating_add(SIGNING_IN.as_secs()))),
        ]);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("beginning a sign-in"))?;
        Ok(())
    }

    /// Takes a sign-in up, once: whoever comes with the same token after that finds nothing.
    pub async fn take_signing_in(&self, digest: &str, at: Timestamp) -> Result<Option<SigningIn>, StoreError> {
        let update = self.client.update_item().table_name(&self.table).return_values(ReturnValue::AllOld);
        let update = update.key(keys::PK, s(keys::signing_in(digest))).key(keys::SK, s(keys::SESSION));
        let update = update.update_expression("SET ended = :at").expression_attribute_values(":at", n(at.as_millisecond()));
        let update = update.condition_expression("attribute_exists(pk) AND attribute_not_exists(ended)");
        match update.send().await {
            Ok(taken) => {
                let Some(item) = taken.attributes() else { return Ok(None) };
                Reader { item, what: "a sign-in" }.parsed("begun").map(Some)
            }
            Err(error) if error.code() == Some(CONDITION) => Ok(None),
            Err(error) => Err(StoreError::unavailable("taking a sign-in up")(cause(error))),
        }
    }
}

/// Whether a mark was set; `false` if there was nothing to mark any more.
fn unless_ended<T, E, R>(marked: Result<T, SdkError<E, R>>, doing: &'static str) -> Result<bool, StoreError>
where
    E: ProvideErrorMetadata,
{
    match marked {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(CONDITION) => Ok(false),
        Err(error) => Err(StoreError::unavailable(doing)(cause(error))),
    }
}
