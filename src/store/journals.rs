//! Journals: chains of what belongs to no single comment. A new note needs only the last one, so a long day costs no more than a
//! short one.

use super::entries::read_sealed;
use super::item::{Item, Reader, s};
use super::{Store, StoreError, cause, keys};
use crate::model::chain::{self, New, Sealed};
use crate::model::{ChainKey, JournalId, Note, Noted, Revision};

/// Attempts to note something: each loses only to somebody else's note.
const ATTEMPTS: usize = 20;

impl Store {
    /// Adds a note to a journal, whoever else writes in it at the same time.
    ///
    /// It asks no more of the note before than its place and its hash: one that was damaged, or that a newer version wrote, must not keep
    /// everything after it from being noted, or nobody could read a comment until the day's journal of reads is over. The audit names it.
    pub async fn note(&self, journal: &JournalId, new: New<Noted>) -> Result<Note, StoreError> {
        let own = ChainKey::Journal(journal.clone());
        self.mark(&own).await?;
        for _ in 0..ATTEMPTS {
            let last = self.tip(&own).await?;
            if last.is_none() {
                self.list_journal(journal).await?;
            }
            let last = last.as_ref().map(|last| (last.seq, last.hash.as_str()));
            let (note, sealed) = chain::seal_after(journal, last, new.clone());
            if self.put_entry(&keys::journal(journal), &sealed, Item::new()).await? {
                return Ok(note);
            }
        }
        Err(StoreError::Unavailable { doing: "noting in a journal", source: "too many others write in it".into() })
    }

    /// Adds a note after the one that the caller read last (`None`: after nothing); `None` if somebody else noted something meanwhile:
    /// what was to be noted has to be decided again.
    pub async fn note_after(
        &self,
        journal: &JournalId,
        last: Option<&Note>,
        new: New<Noted>,
    ) -> Result<Option<Note>, StoreError> {
        self.mark(&ChainKey::Journal(journal.clone())).await?;
        self.note_unmarked(journal, last, new).await
    }

    /// The same without a mark that the chain moves: for the roots themselves, which would otherwise never rest.
    pub async fn note_unmarked(
        &self,
        journal: &JournalId,
        last: Option<&Note>,
        new: New<Noted>,
    ) -> Result<Option<Note>, StoreError> {
        if last.is_none() {
            self.list_journal(journal).await?;
        }
        let (note, sealed) = chain::seal(journal, last, new);
        Ok(self.put_entry(&keys::journal(journal), &sealed, Item::new()).await?.then_some(note))
    }

    /// The journal's notes, every link checked; empty if nothing was ever noted.
    pub async fn journal(&self, journal: &JournalId) -> Result<Vec<Note>, StoreError> {
        let sealed = self.sealed_journal(journal).await?;
        chain::open(journal, sealed).map_err(|broken| StoreError::corrupt(journal.as_str(), broken))
    }

    /// The journal as it is stored, for an export and for a check that wants to find what is wrong.
    pub async fn sealed_journal(&self, journal: &JournalId) -> Result<Vec<Sealed<JournalId>>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", s(keys::journal(journal)));
        let mut pages = query.into_paginator().items().send();
        let mut sealed = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("reading a journal"))?;
            sealed.push(read_sealed(journal.clone(), &item)?);
        }
        Ok(sealed)
    }

    /// Every journal that holds a note.
    pub async fn journals(&self) -> Result<Vec<JournalId>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(keys::JOURNALS_PK));
        let mut pages = query.into_paginator().items().send();
        let mut journals = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(cause).map_err(StoreError::unavailable("reading the list of journals"))?;
            journals.extend(JournalId::parse(Reader { item: &item, what: "the list of journals" }.string(keys::SK)?));
        }
        Ok(journals)
    }

    /// The newest notes, newest first, without the chain before them: `before` a number, or from the end on. Each is what was hashed;
    /// that they follow each other is the audit's to check.
    pub async fn newest_notes(
        &self,
        journal: &JournalId,
        before: Option<Revision>,
        limit: usize,
    ) -> Result<Vec<Note>, StoreError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let query = self.client.query().table_name(&self.table).consistent_read(true).scan_index_forward(false).limit(limit);
        let query = query.key_condition_expression("pk = :pk AND sk < :before");
        let query = query.expression_attribute_values(":pk", s(keys::journal(journal)));
        let before = before.map_or(keys::EVENTS_END.to_owned(), keys::event);
        let query = query.expression_attribute_values(":before", s(before));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading a journal"))?;
        let notes = page.items().iter().map(|item| {
            let sealed = read_sealed(journal.clone(), item)?;
            chain::last(sealed).map_err(|broken| StoreError::corrupt(journal.as_str(), broken))
        });
        notes.collect()
    }

    /// The newest note, without the chain before it: a full check is `journal`'s and the audit's.
    pub async fn last_note(&self, journal: &JournalId) -> Result<Option<Note>, StoreError> {
        self.note_before(journal, None).await
    }

    /// The note before the one of that number, or the newest; by itself, as `last_note`.
    pub async fn note_before(&self, journal: &JournalId, seq: Option<Revision>) -> Result<Option<Note>, StoreError> {
        Ok(self.newest_notes(journal, seq, 1).await?.into_iter().next())
    }

    /// The journals of a subject whose days are the last, the newest first. The first may hold no note yet.
    pub async fn latest_journals(&self, subject: &str, limit: i32) -> Result<Vec<JournalId>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).scan_index_forward(false).limit(limit);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :subject)");
        let query = query.expression_attribute_values(":pk", s(keys::JOURNALS_PK));
        let query = query.expression_attribute_values(":subject", s(JournalId::beginning(subject)));
        let page = query.send().await.map_err(cause).map_err(StoreError::unavailable("reading the list of journals"))?;
        let mut journals = Vec::new();
        for item in page.items() {
            journals.extend(JournalId::parse(Reader { item, what: "the list of journals" }.string(keys::SK)?));
        }
        Ok(journals)
    }

    /// Lists a journal before its first note, so that no note is ever without its journal.
    pub(super) async fn list_journal(&self, journal: &JournalId) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item(keys::PK, s(keys::JOURNALS_PK)).item(keys::SK, s(journal.as_str()));
        put.send().await.map_err(cause).map_err(StoreError::unavailable("listing a journal"))?;
        Ok(())
    }
}
