//! The register of fire drills: only what stands here before its event arrives is a drill, whatever an event says of itself.

use aws_sdk_dynamodb::error::SdkError;

use super::item::{Item, Reader, json, s};
use super::{Store, StoreError, cause, keys};
use crate::model::Drill;
use crate::model::drill::Measured;

/// A drill as the register has it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptDrill {
    pub drill: Drill,
    /// What was measured, once the drill was ended.
    pub measured: Option<Measured>,
}

impl Store {
    /// Registers a drill; `false` if its id is taken.
    pub async fn register_drill(&self, drill: &Drill) -> Result<bool, StoreError> {
        let item = Item::from([
            (keys::PK.to_owned(), s(keys::DRILLS_PK)),
            (keys::SK.to_owned(), s(drill.id())),
            ("drill".to_owned(), json(drill)),
        ]);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        taken(put.condition_expression("attribute_not_exists(pk)").send().await, "registering a fire drill")
    }

    /// The drill whose event has this id; `None` if none was registered.
    pub async fn drill(&self, id: &str) -> Result<Option<KeptDrill>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::DRILLS_PK)).key(keys::SK, s(id));
        let found = get.send().await.map_err(cause).map_err(StoreError::unavailable("reading a fire drill"))?;
        found.item().map(read_drill).transpose()
    }

    /// The newest drills first, at most `limit` of them.
    pub async fn drills(&self, limit: i32) -> Result<Vec<KeptDrill>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.scan_index_forward(false).limit(limit);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(keys::DRILLS_PK));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading the fire drills"))?;
        page.items().iter().map(read_drill).collect()
    }

    /// Keeps what was measured; `false` if the drill was ended before, and then the first measurement stays.
    pub async fn end_drill(&self, id: &str, measured: &Measured) -> Result<bool, StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key(keys::PK, s(keys::DRILLS_PK)).key(keys::SK, s(id));
        let update = update.update_expression("SET measured = :measured");
        let update = update.condition_expression("attribute_exists(pk) AND attribute_not_exists(measured)");
        taken(update.expression_attribute_values(":measured", json(measured)).send().await, "keeping what a fire drill measured")
    }
}

/// Whether a conditional write was done; `false` if its condition did not hold.
fn taken<T, E, R>(answer: Result<T, SdkError<E, R>>, doing: &'static str) -> Result<bool, StoreError>
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata,
{
    match answer {
        Ok(_) => Ok(true),
        Err(SdkError::ServiceError(refused)) if refused.err().code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(error) => Err(StoreError::unavailable(doing)(cause(error))),
    }
}

fn read_drill(item: &Item) -> Result<KeptDrill, StoreError> {
    let reader = Reader { item, what: "a fire drill" };
    Ok(KeptDrill { drill: reader.parsed("drill")?, measured: reader.optional("measured")? })
}
