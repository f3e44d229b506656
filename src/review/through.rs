//! Going through the lists of records page by page, with their chains, up to a bound: for what an inspector asks of a period or of a
//! past moment. Lists live: a record whose deadline moves meanwhile may be passed over, and the nightly check reads the table instead.

use crate::model::record::State;
use crate::model::{Band, CampaignId, CommentKey, Head};
use crate::store::{Cursor, ListQuery, StoreError};

use super::abreast::abreast;
use super::decide::Matter;
use super::problem::Problem;
use super::{Desk, act};

/// Records on one page of the way: what one request of a list gives.
const PAGE: usize = 200;
/// Records that one answer goes through at most: a few seconds of reading.
const MOST_READ: usize = 2000;
/// Records that one answer holds at most, apart from the page on which it fills up: what a browser and a printer still take.
const MOST_FOUND: usize = 400;

/// What was found on the way.
pub struct Found<T> {
    pub found: Vec<T>,
    /// Records that were gone through.
    pub read: usize,
    /// Records whose chains do not verify: they are named, and hide nothing of the others.
    pub broken: Vec<CommentKey>,
    /// Where to go on; `None` if everything was gone through.
    pub next: Option<Cursor>,
}

/// Goes through the records of these campaigns (`None`: all). `wanted` says by the head whether the chain is worth reading; `each`
/// takes what is to be kept of it.
pub async fn through<T>(
    desk: &Desk,
    campaigns: Option<Vec<Option<CampaignId>>>,
    after: Option<Cursor>,
    wanted: impl Fn(&Head) -> bool,
    mut each: impl FnMut(Matter) -> Option<T>,
) -> Result<Found<T>, Problem> {
    let every = || desk.campaigns.iter().map(|campaign| Some(campaign.id.clone())).chain([None]).collect();
    let (states, bands) = (State::ALL.to_vec(), Band::ALL.to_vec());
    let mut query = ListQuery { campaigns: campaigns.unwrap_or_else(every), states, bands, after, limit: PAGE };
    let (mut found, mut broken, mut read) = (Vec::new(), Vec::new(), 0);
    for _ in 0..MOST_READ / PAGE {
        let page = desk.store.list(&query).await?;
        read += page.heads.len();
        for loaded in load(desk, page.heads.iter().filter(|head| wanted(head))).await? {
            match loaded {
                (_, Ok(matter)) => found.extend(each(matter)),
                (key, Err(Problem::Store(StoreError::Corrupt { .. }))) => broken.push(key),
                (_, Err(problem)) => return Err(problem),
            }
        }
        query.after = page.next;
        if query.after.is_none() || found.len() >= MOST_FOUND {
            break;
        }
    }
    Ok(Found { found, read, broken, next: query.after })
}

async fn load(desk: &Desk, heads: impl Iterator<Item = &Head>) -> Result<Vec<(CommentKey, Result<Matter, Problem>)>, StoreError> {
    let keys: Vec<CommentKey> = heads.map(|head| head.key.clone()).collect();
    let loaded = abreast(keys, |key| {
        let desk = desk.clone();
        async move {
            let matter = act::load(&desk, &key).await;
            (key, matter)
        }
    });
    loaded.await
}
