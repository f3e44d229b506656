//! Reading leaves a trace: what is given out of patients' data is noted before it goes out, by whom and of whom, in the journal of the
//! day; and the first time that somebody has a comment before their eyes is an entry of its own chain.
//!
//! A look that cannot be noted is not given. The pages and the API call it; a HEAD gives nothing out and notes nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::http::Request;
use crate::model::chain::New;
use crate::model::{Access, Actor, Clock, CommentKey, Head, Looked, Noted, Place};
use crate::store::{Store, StoreError};

use super::abreast::abreast;
use super::decide::Matter;
use super::problem::Problem;
use super::sign_in::Person;
use super::{Desk, act};

/// Who looks, and by what request.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub desk: &'a Desk,
    pub request: &'a Request,
    pub person: &'a Person,
}

/// Names of an address whose values nobody types freely; every other name stays out of the note.
const HARMLESS: [&str; 12] =
    ["state", "band", "campaign", "after", "limit", "as_of", "from", "to", "pick", "day", "before", "version"];

impl Reader<'_> {
    /// Notes that these comments are given out. Only when it is noted may they be.
    pub async fn note(&self, what: Looked, keys: Vec<CommentKey>, as_of: Option<Timestamp>) -> Result<(), Problem> {
        if !self.gives() {
            return Ok(());
        }
        let access = Access::new(what, address(self.request), keys, as_of);
        note(&self.desk.store, &self.desk.clock, self.person, access).await.map_err(Problem::Unnoted)
    }

    /// Writes down that the reader has a record before their eyes, unless its chain says so already; gives the record as it is then.
    pub async fn see(&self, matter: Matter, place: Place) -> Matter {
        if self.gives() { act::see(self.desk, matter, self.person, place).await } else { matter }
    }

    /// The same for the records of a list whose words are shown.
    pub async fn see_all(&self, heads: impl Iterator<Item = &Head>, place: Place) {
        let known = |head: &Head| head.viewers.iter().any(|(name, at)| name == self.person.as_str() && at.covers(place));
        let new = |head: &&Head| head.text.is_some() && !known(head);
        let keys: Vec<CommentKey> = heads.filter(new).map(|head| head.key.clone()).collect();
        if !self.gives() || keys.is_empty() {
            return;
        }
        let seen = abreast(keys, |key| {
            let (desk, person) = (self.desk.clone(), self.person.clone());
            async move {
                if let Ok(matter) = act::load(&desk, &key).await {
                    act::see(&desk, matter, &person, place).await;
                }
            }
        });
        if let Err(error) = seen.await {
            tracing::warn!(%error, "review: who saw a comment first stands in the journal only");
        }
    }

    fn gives(&self) -> bool {
        self.request.method != "HEAD"
    }
}

/// Notes a look in the journal of the day.
pub async fn note(store: &Store, clock: &Clock, person: &Person, access: Access) -> Result<(), StoreError> {
    let at = clock.now();
    let journal = Access::journal(at.to_zoned(TimeZone::UTC).date());
    let by = Actor::Person(person.as_str().to_owned());
    store.note(&journal, New { at, by, what: Noted::Read(access), words: None }).await.map(|_| ())
}

/// The path, and of the query what holds nothing that somebody typed.
pub(super) fn address(request: &Request) -> String {
    let safe = |value: &str| value.len() <= 80 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:+()".contains(&b));
    let known = request.query.iter().filter(|(name, value)| HARMLESS.contains(&name.as_str()) && safe(value));
    let query: Vec<String> = known.map(|(name, value)| format!("{name}={value}")).collect();
    if query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_chosen_and_drops_what_was_typed() {
        let rows: [(&[(&str, &str)], &str); 5] = [
            (&[], "/"),
            (&[("state", "open"), ("band", "log")], "/?state=open&band=log"),
            (&[("q", "Sanne V."), ("state", "open")], "/?state=open"),
            (&[("state", "Sanne de Vries"), ("as_of", "2026-03-11T03:00:00+01:00")], "/?as_of=2026-03-11T03:00:00+01:00"),
            (&[("campaign", "<script>"), ("from", "2026-03-01")], "/?from=2026-03-01"),
        ];
        for (query, expected) in rows {
            let query = query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let request = Request { method: "GET".into(), path: "/".into(), query, headers: Vec::new(), body: Vec::new() };
            assert_eq!(address(&request), expected);
        }
    }
}
