//! Links from a record: to the comments that answer it, and to the deliveries that told of it again. A link to an answer is written
//! before the answer is read, so that whichever of the two arrives last finds the other.

use super::item::{Reader, s};
use super::{Store, StoreError, cause, keys};
use crate::model::{CommentKey, DeliveryId};

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

    /// Notes that a delivery told of a record what its chain knows already: when the words go, they go there too.
    pub async fn tell_again(&self, key: &CommentKey, delivery: &DeliveryId) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(keys::PK, s(keys::comment(key))).item(keys::SK, s(keys::told(delivery)));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("noting a delivery"))?;
        Ok(())
    }

    /// The deliveries that told of a record and stand nowhere in its chain.
    pub async fn told_again(&self, key: &CommentKey) -> Result<Vec<DeliveryId>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :told)");
        let query = query.expression_attribute_values(":pk", s(keys::comment(key)));
        let query = query.expression_attribute_values(":told", s(keys::TOLD_PREFIX));
        let mut pages = query.into_paginator().items().send();
        let mut told = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("reading what told of a record"))?;
            told.extend(keys::parse_told(Reader { item: &item, what: "a link to a delivery" }.string(keys::SK)?));
        }
        Ok(told)
    }
}
