//! How far open comments have been read again by the classifier in force: one item, so that a tick goes on where the last one stopped.

use serde::{Deserialize, Serialize};

use super::item::{Item, Reader, json, s};
use super::{Cursor, Store, StoreError, cause, keys};
use crate::model::Versions;

/// Up to which place of the lists of open records these versions have read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUpTo {
    pub versions: Versions,
    pub after: Option<Cursor>,
    pub done: bool,
}

impl Store {
    /// The mark; `None` where nothing was ever read again.
    pub async fn read_up_to(&self) -> Result<Option<ReadUpTo>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(keys::PK, s(keys::REREADING_PK)).key(keys::SK, s(keys::REREADING_SK));
        let answer =
            get.send().await.map_err(cause).map_err(StoreError::unavailable("reading how far comments were read again"))?;
        let read = |item: &Item| Reader { item, what: "the mark of reading again" }.parsed("mark");
        answer.item().map(read).transpose()
    }

    /// Puts the mark. Two ticks at once may both put it: what the slower one reads once more changes nothing.
    pub async fn note_read_up_to(&self, mark: &ReadUpTo) -> Result<(), StoreError> {
        let item = Item::from([
            (keys::PK.to_owned(), s(keys::REREADING_PK)),
            (keys::SK.to_owned(), s(keys::REREADING_SK)),
            ("mark".to_owned(), json(mark)),
        ]);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("noting how far comments were read again"))?;
        Ok(())
    }
}
