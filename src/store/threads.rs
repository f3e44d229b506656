//! Threads: which comments answer which. A link is written before an answer is read, so that whichever of the two arrives last
//! finds the other.

use super::item::{Reader, s};
use super::{Store, StoreError, cause, keys};
use crate::model::CommentKey;

/// Answers of one comment that are looked at: a thread with more goes on being read one by one, without its parent.
const ANSWERS: i32 = 200;

impl Store {
    /// Notes that `answer` answers `parent`. Noting it twice is noting it once.
    pub async fn link(&self, parent: &CommentKey, answer: &CommentKey) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(keys::PK, s(keys::comment(parent))).item(keys::SK, s(keys::answer(answer)));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("noting an answer"))?;
        Ok(())
    }

    /// The comments that answer this one.
    pub async fn answers(&self, parent: &CommentKey) -> Result<Vec<CommentKey>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(ANSWERS);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :answers)");
        let query = query.expression_attribute_values(":pk", s(keys::comment(parent)));
        let query = query.expression_attribute_values(":answers", s(keys::ANSWER_PREFIX));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading a thread"))?;
        let mut answers = Vec::new();
        for item in page.items() {
            let reader = Reader { item, what: "a link of a thread" };
            answers.extend(keys::parse_answer(reader.string(keys::SK)?));
        }
        Ok(answers)
    }
}
