//! Handshakes: when each door's platform last made sure that the address is ours, and by when it must have asked again. A question
//! that stops coming is a subscription that ends, and no other call says so.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::item::{Item, Reader, json, s};
use super::{Store, StoreError, cause, keys};
use crate::model::DoorId;

/// The last handshake of one door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shaken {
    pub at: Timestamp,
    /// By when the platform asks again if it means to go on; `None` for one that asks once.
    pub again_by: Option<Timestamp>,
    /// Whether its absence has been said, so that it is said once.
    #[serde(default)]
    pub missed: bool,
}

impl Shaken {
    /// Whether the platform should have asked again by `now`.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.again_by.is_some_and(|by| by < now)
    }
}

impl Store {
    /// Notes a handshake, in place of the one before it.
    pub async fn shook_hands(&self, door: &DoorId, about: &str, shaken: &Shaken) -> Result<(), StoreError> {
        let item = Item::from([
            (keys::PK.to_owned(), s(keys::HANDSHAKES_PK)),
            (keys::SK.to_owned(), s(keys::handshake(door, about))),
            ("shaken".to_owned(), json(shaken)),
        ]);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("noting a handshake"))?;
        Ok(())
    }

    /// The last handshakes of every door that ever had one, by the door and by what was asked about.
    pub async fn handshakes(&self) -> Result<BTreeMap<(DoorId, String), Shaken>, StoreError> {
        let query = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", s(keys::HANDSHAKES_PK));
        let mut pages = query.into_paginator().items().send();
        let mut found = BTreeMap::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("reading handshakes"))?;
            let reader = Reader { item: &item, what: "a handshake" };
            found.insert(keys::parse_handshake(reader.string(keys::SK)?), reader.parsed("shaken")?);
        }
        Ok(found)
    }

    /// Notes that a handshake's absence was said, unless the platform has asked meanwhile.
    pub async fn missed_handshake(&self, door: &DoorId, about: &str, shaken: &Shaken) -> Result<(), StoreError> {
        let said = Shaken { missed: true, ..shaken.clone() };
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::HANDSHAKES_PK)).key(keys::SK, s(keys::handshake(door, about)));
        let update = update.update_expression("SET shaken = :said").condition_expression("shaken = :known");
        let update = update.expression_attribute_values(":said", json(&said));
        let update = update.expression_attribute_values(":known", json(shaken));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|refused| refused.is_conditional_check_failed_exception()) => {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("noting a missed handshake")(cause(error))),
        }
    }
}
