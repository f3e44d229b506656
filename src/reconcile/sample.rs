//! The weekly sample: which comments of the lowest band people read one by one, so that what the machine misses can be measured. Pure.
//!
//! Anybody can draw it again. The population is every comment of the campaign that was received in the week (Monday to Sunday in the
//! campaign's zone), that a patient could have written (no fire drill, none of our own accounts', no matter that is no comment), that
//! the machine never put above the lowest band, and in which no person had found anything by then. Its keys, sorted and each followed
//! by a line feed, are a document whose SHA-256 stands in the draw. The seed is 32 random bytes, taken once and noted before any record
//! is marked. Keys are put in the order of SHA-256(seed ‖ key), and the first ⌈share × n⌉ of them are drawn: at least one of a
//! population that is not empty, at most [`MOST`]. The share is counted in millionths, so that every machine rounds alike.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::facts::{CommentFacts, Facts};
use crate::model::{Band, CommentKey, Draw, Period};
use crate::store;

/// Comments of one draw at most: a note has to fit an item, and people have to read them.
pub const MOST: usize = 5_000;
/// Past weeks that are drawn when they were not: a Dayzero that stood still for longer begins anew.
const WEEKS_BACK: i32 = 5;

/// Millionths of a share.
pub fn millionths(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 1e6).round() as u32
}

/// Weeks that have ended before `today`, begun in the campaign's life, and have no draw.
pub fn weeks_to_draw(starts: Date, draws: &[Draw], today: Date) -> Vec<Period> {
    let this_week = Period::week_of(today).first();
    let weeks = (1..=WEEKS_BACK).rev().filter_map(|back| this_week.checked_sub(jiff::Span::new().weeks(back)).ok());
    let weeks = weeks.map(Period::Week).filter(|week| week.after() > starts);
    weeks.filter(|week| draws.iter().all(|draw| draw.week != *week)).collect()
}

/// The keys that a week's sample is drawn from, sorted.
pub fn population(facts: &Facts, week: Period) -> Vec<CommentKey> {
    let eligible = |comment: &&CommentFacts| comment.measurable() && comment.band == Some(Band::Log) && !comment.is_finding();
    let mut keys: Vec<CommentKey> = facts.received_in(week).filter(eligible).map(|comment| comment.key.clone()).collect();
    keys.sort();
    keys
}

/// The population as the document has it.
pub fn document(population: &[CommentKey]) -> String {
    population.iter().map(|key| format!("{key}\n")).collect()
}

/// Draws from a population.
pub fn draw(week: Period, population: &[CommentKey], share_millionths: u32, seed: &[u8; 32]) -> Draw {
    Draw {
        week,
        seed: hex::encode(seed),
        share_millionths,
        population: u32::try_from(population.len()).unwrap_or(u32::MAX),
        population_digest: store::digest(&document(population)),
        drawn: drawn(population, share_millionths, seed),
    }
}

/// The drawn keys, in the order of their draw.
pub fn drawn(population: &[CommentKey], share_millionths: u32, seed: &[u8; 32]) -> Vec<CommentKey> {
    let wanted = (population.len() as u64 * u64::from(share_millionths)).div_ceil(1_000_000);
    let wanted = usize::try_from(wanted).unwrap_or(MOST).max(usize::from(share_millionths > 0)).min(MOST);
    let place = |key: &CommentKey| -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(seed);
        hash.update(key.as_str().as_bytes());
        hash.finalize().into()
    };
    let mut placed: Vec<([u8; 32], &CommentKey)> = population.iter().map(|key| (place(key), key)).collect();
    placed.sort_unstable();
    placed.into_iter().take(wanted).map(|(_, key)| key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize) -> Vec<CommentKey> {
        (0..count).map(|index| CommentKey::parse(&format!("forum-{index:032x}")).unwrap()).collect()
    }

    #[test]
    fn the_size_is_the_share_rounded_up_and_one_at_least() {
        let rows =
            [(0, 0.05, 0), (1, 0.05, 1), (20, 0.05, 1), (21, 0.05, 2), (100, 0.07, 7), (30, 0.1, 3), (7, 1.0, 7), (9, 0.0, 0)];
        for (count, share, expected) in rows {
            assert_eq!(drawn(&keys(count), millionths(share), &[7; 32]).len(), expected, "{share} of {count}");
        }
        assert_eq!(drawn(&keys(6_000), 1_000_000, &[7; 32]).len(), MOST);
    }

    #[test]
    fn a_seed_draws_the_same_keys_whatever_order_they_came_in_and_another_seed_others() {
        let (population, mut reversed) = (keys(200), keys(200));
        reversed.reverse();
        let first = drawn(&population, 100_000, &[1; 32]);
        assert_eq!(first, drawn(&reversed, 100_000, &[1; 32]));
        assert_ne!(first, drawn(&population, 100_000, &[2; 32]));
        // Computed apart from this program: SHA-256 over 32 bytes of 1 and the key's text.
        let places = first.iter().map(|key| {
            let bytes: Vec<u8> = [1; 32].into_iter().chain(key.as_str().bytes()).collect();
            hex::encode(sha2::Sha256::digest(&bytes))
        });
        let places: Vec<String> = places.collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn only_weeks_that_are_over_and_belong_to_the_campaign_are_drawn() {
        let starts = "2026-03-02".parse().unwrap();
        let today = "2026-03-18".parse().unwrap();
        let weeks: Vec<String> = weeks_to_draw(starts, &[], today).iter().map(ToString::to_string).collect();
        assert_eq!(weeks, ["2026-W10", "2026-W11"]);
        let done = draw(Period::parse("2026-W10").unwrap(), &[], 1, &[0; 32]);
        assert_eq!(weeks_to_draw(starts, &[done], today), [Period::parse("2026-W11").unwrap()]);
    }
}
