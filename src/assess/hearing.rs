//! Signs of life: every delivery lets us hear its accounts, whatever it holds. A busy account costs about one write a minute; between
//! two writes what was heard waits in memory, and a process that ends then loses a minute of numbers and no comment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use super::decide::Source;
use crate::error::one_line;
use crate::model::{Account, CommentId, Hearing, Parsed};
use crate::store::Store;

/// How often one process writes down what it hears of one account.
const WRITE_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Accounts that are held in memory: far more than a company has, and no burden.
const MOST_ACCOUNTS: usize = 4_096;

/// Accounts that one delivery is heard of: platforms put one into a delivery, or a handful.
const MOST_OF_ONE: usize = 50;
/// Bytes of an account's id: platforms' are below 100, and a sort key holds 1,024.
const ACCOUNT_BYTES: usize = 256;

/// What this process has heard and not yet written. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Ears(Arc<Mutex<HashMap<Account, Waiting>>>);

#[derive(Clone, Debug, Default)]
struct Waiting {
    written_at: Option<Timestamp>,
    hearing: Option<Hearing>,
}

impl Ears {
    /// Adds a hearing to what waits, and gives all of it if it is to be written now. A clock that went back holds nothing up.
    fn take_due(&self, account: &Account, hearing: Hearing, now: Timestamp) -> Option<Hearing> {
        let mut waiting = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if waiting.len() >= MOST_ACCOUNTS && !waiting.contains_key(account) {
            waiting.clear();
        }
        let held = waiting.entry(account.clone()).or_default();
        let all = match held.hearing.take() {
            Some(before) => before.and(hearing),
            None => hearing,
        };
        let since = held.written_at.map(|at| now.duration_since(at));
        if since.is_some_and(|since| !since.is_negative() && since < WRITE_EVERY) {
            held.hearing = Some(all);
            return None;
        }
        held.written_at = Some(now);
        Some(all)
    }

    /// Takes back what could not be written, for the next time.
    fn give_back(&self, account: &Account, hearing: Hearing) {
        let mut waiting = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let held = waiting.entry(account.clone()).or_default();
        held.written_at = None;
        held.hearing = Some(match held.hearing.take() {
            Some(since) => hearing.and(since),
            None => hearing,
        });
    }
}

/// What one delivery lets us hear: each account with the campaign and the channel that it belongs to, those with a channel first.
fn hearings(source: &Source, parsed: &Parsed) -> Vec<(Account, Hearing)> {
    let hearing = |account: &Account, told_at: &Option<Timestamp>| {
        let belongs = source.belongs(&CommentId::new(account.platform, &account.account, ""));
        Hearing {
            door: source.door.clone(),
            campaign: belongs.as_ref().map(|belongs| belongs.campaign.protocol.reference().id),
            channel: belongs.and_then(|belongs| belongs.channel).map(|channel| channel.id.clone()),
            at: source.received_at,
            told_at: *told_at,
            number: 1,
        }
    };
    let heard = parsed.heard.iter().filter(|(account, _)| account.account.len() <= ACCOUNT_BYTES);
    let mut heard: Vec<_> = heard.map(|(account, told_at)| (account.clone(), hearing(account, told_at))).collect();
    heard.sort_by_key(|(_, hearing)| hearing.channel.is_none());
    heard.truncate(MOST_OF_ONE);
    heard
}

/// Writes down what a delivery lets us hear. No delivery waits or fails for it: what the store does not take now is written with the
/// next one.
pub async fn listen(ears: &Ears, store: &Store, source: &Source, parsed: &Parsed, now: Timestamp) {
    for (account, hearing) in hearings(source, parsed) {
        let Some(due) = ears.take_due(&account, hearing, now) else { continue };
        if let Err(error) = store.hear(&account, &due).await {
            tracing::warn!(error = one_line(&error), "a sign of life was not written down");
            ears.give_back(&account, due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DoorId, Platform};

    fn hearing(at: Timestamp) -> Hearing {
        Hearing { door: DoorId::new("forum"), campaign: None, channel: None, at, told_at: None, number: 1 }
    }

    #[test]
    fn a_busy_account_is_written_once_a_minute_with_everything_in_between() {
        let account = Account { platform: Platform::Forum, account: "forum.example".to_owned() };
        let (ears, start) = (Ears::default(), Timestamp::UNIX_EPOCH);
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        let hear = |seconds| ears.take_due(&account, hearing(at(seconds)), at(seconds)).map(|due| (due.at, due.number));
        assert_eq!(hear(0), Some((at(0), 1)));
        assert_eq!([hear(1), hear(30), hear(59)], [None; 3]);
        assert_eq!(hear(60), Some((at(60), 4)));
        assert_eq!(hear(-500), Some((at(-500), 1)), "a clock that goes back holds nothing up");
        assert_eq!(hear(-499), None);
        ears.give_back(&account, hearing(at(-500)));
        assert_eq!(hear(-498), Some((at(-498), 3)), "what could not be written waits for the next");
    }

    #[test]
    fn memory_has_an_end() {
        let ears = Ears::default();
        for number in 0..=MOST_ACCOUNTS {
            let account = Account { platform: Platform::Forum, account: number.to_string() };
            ears.take_due(&account, hearing(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
        }
        assert_eq!(ears.0.lock().unwrap().len(), 1);
    }
}
