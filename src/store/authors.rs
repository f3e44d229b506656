//! Which comments an author wrote, for a request to erase them: a partition named after a keyed digest of the author's id or name on a
//! platform. The key lies in the key store, so that nobody can tell from the table alone whose comments these are, or try names.

use super::item::{Reader, s};
use super::{Store, StoreError, cause, keys};
use crate::model::{Author, CommentKey, Platform};

/// Comments of one author that a request reaches at most: more than a person writes, and few enough to carry out at once.
pub const MOST_OF_AN_AUTHOR: i32 = 1_000;

impl Store {
    /// The digest under which an author's comments are found, by id or by name.
    pub async fn author_digest(&self, platform: Platform, author: &str) -> Result<String, StoreError> {
        Ok(self.vault.author_digest(&format!("{}\n{}", platform.as_str(), author.trim().to_lowercase())).await?)
    }

    /// Notes who wrote a comment, by the id and by the name that the platform gave.
    pub async fn note_author(&self, key: &CommentKey, platform: Platform, author: &Author) -> Result<(), StoreError> {
        for name in author.id.iter().chain(&author.name).filter(|name| !name.trim().is_empty()) {
            let digest = self.author_digest(platform, name).await?;
            let put = self.client.put_item().table_name(&self.table);
            let put = put.item(keys::PK, s(keys::author(&digest))).item(keys::SK, s(key.as_str()));
            put.send().await.map_err(cause).map_err(StoreError::unavailable("noting an author"))?;
        }
        Ok(())
    }

    /// The comments of the author with this digest, `MOST_OF_AN_AUTHOR` at most.
    pub async fn comments_of(&self, author: &str) -> Result<Vec<CommentKey>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(MOST_OF_AN_AUTHOR);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(keys::author(author)));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading an author's comments"))?;
        let key = |item| Ok(CommentKey::parse(Reader { item, what: "a comment of an author" }.string(keys::SK)?));
        let found: Result<Vec<Option<CommentKey>>, StoreError> = page.items().iter().map(key).collect();
        Ok(found?.into_iter().flatten().collect())
    }
}
