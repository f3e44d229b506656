//! R10: ten thousand webhooks a second for half a minute, on a table that takes what a new on-demand table takes: 4,000 writes a second and
//! 1,000 a partition, and twice the highest second so far. What it refuses is answered 503, platforms send it again, and nothing is lost.
//! At every change the same burst runs at a hundredth of its size, limits and all.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::hours::Hours;
use super::judge::Said;
use super::rig::{Outside, Process};
use super::{Chance, count, seed};
use crate::world::WEDNESDAY_MORNING;

/// How long the burst lasts.
const SECONDS: u64 = 30;
/// Webhooks a second of the full burst; the limits belong to it.
const FULL: u64 = 10_000;
/// Write units a second that a new on-demand table takes, and one partition ever.
const NEW_TABLE: u64 = 4_000;
const PARTITION: u64 = 1_000;
/// Bytes that one write unit pays for.
const UNIT: usize = 1_024;

/// What tables and indexes can take, second by second. The table of words and that of keys each have their own.
#[derive(Debug)]
pub struct Limits {
    /// By how much the burst, and with it every limit, is smaller than the full one.
    scale: u64,
    second: i64,
    /// Units of this second: by table, and by partition of a table or of its index of open work.
    used: BTreeMap<String, u64>,
    /// The most that each of them took in an earlier second.
    peaks: BTreeMap<String, u64>,
    refused: u64,
}

impl Limits {
    pub fn new(scale: u64) -> Limits {
        Limits { scale, second: 0, used: BTreeMap::new(), peaks: BTreeMap::new(), refused: 0 }
    }

    /// Units of the table's fullest second, and refusals of either table.
    pub fn taken(&self) -> (u64, u64) {
        (self.peaks.get("dayzero").copied().unwrap_or_default(), self.refused)
    }

    /// Whether a write is taken now.
    pub fn takes(&mut self, body: &str, now: Timestamp) -> bool {
        if self.second != now.as_second() {
            self.second = now.as_second();
            // What a table took in a second it takes twice in those that follow.
            for (name, units) in std::mem::take(&mut self.used) {
                let peak = self.peaks.entry(name).or_default();
                *peak = (*peak).max(units);
            }
        }
        let request: Value = serde_json::from_str(body).expect("JSON");
        let table = request["TableName"].as_str().unwrap_or("dayzero").to_owned();
        let units = body.len().div_ceil(UNIT) as u64;
        let item = if request["Item"].is_object() { &request["Item"] } else { &request["Key"] };
        let allowed = (NEW_TABLE / self.scale).max(2 * self.peaks.get(&table).copied().unwrap_or_default());
        let partition = PARTITION.div_ceil(self.scale);
        let mut wanted = vec![(table.clone(), units, allowed)];
        let mut hash = DefaultHasher::new();
        item["pk"]["S"].as_str().hash(&mut hash);
        // A table has as many partitions as its capacity needs; a key always lies in the same one of them.
        wanted.push((format!("{table} {}", hash.finish() % allowed.div_ceil(partition).max(1)), units, partition));
        if let Some(shard) = item["work"]["S"].as_str() {
            wanted.push((format!("{table} index {shard}"), 1, partition));
        }
        let used = |name: &String| self.used.get(name).copied().unwrap_or_default();
        if wanted.iter().any(|(name, units, limit)| used(name) + units > *limit) {
            self.refused += 1;
            return false;
        }
        for (name, units, _) in wanted {
            *self.used.entry(name).or_default() += units;
        }
        true
    }
}

/// What came of a burst.
struct Burst {
    refused: usize,
    slowest: SignedDuration,
    over_after: SignedDuration,
    peak: u64,
    throttled: u64,
}

async fn burst(hours: &Hours, a_second: u64) -> Burst {
    let outside = Outside::new(hours, seed()).await;
    outside.weather().latency = Some((3, 12));
    outside.limit(Limits::new(FULL / a_second));
    let door = Process::start(&outside);
    let mut chance = Chance::new(seed());
    let began = hours.now();
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..a_second * SECONDS {
        let due = began + SignedDuration::from_millis(i64::try_from(number * 1_000 / a_second).expect("half a minute"));
        if due > hours.now() {
            hours.pass(due.duration_since(hours.now())).await;
        }
        let (door, jitter) = (door.clone(), i64::try_from(chance.below(10)).expect("below ten"));
        sending.spawn(async move {
            let hours = &door.outside.hours;
            hours.pass(SignedDuration::from_millis(jitter)).await;
            let said = Said::new(&format!("c-{number}"), "created", Some("Bedankt voor de tips".to_owned()), hours.now());
            let refused = door.post_until_kept("forum", said.body.as_bytes()).await;
            assert!(refused.iter().all(|(_, status)| *status == 503), "{refused:?}");
            (refused, hours.now())
        });
    }
    let (mut refused, mut end) = (Vec::new(), began);
    while let Some(sent) = sending.join_next().await {
        let (again, at) = sent.expect("a sender that ends");
        refused.extend(again);
        end = end.max(at);
    }
    let (peak, throttled) = outside.taken();
    let kept = outside.rows("raw");
    assert_eq!(kept, a_second * SECONDS, "deliveries that were answered 200 and deliveries in the table");
    Burst {
        refused: refused.len(),
        slowest: refused.iter().map(|(took, _)| *took).max().unwrap_or_default(),
        over_after: end.duration_since(began),
        peak,
        throttled,
    }
}

#[test]
fn r10_a_burst_beyond_what_the_table_takes_loses_nothing() {
    let a_second = count("DAYZERO_BURST", FULL / 100);
    let hours = Hours::at(WEDNESDAY_MORNING);
    let burst = hours.run(burst(&hours, a_second));
    assert!(burst.throttled > 0 && burst.refused > 0, "the burst was none: the table never refused");
    println!(
        "R10: {a_second} webhooks a second for {SECONDS} s, limits of a new table / {}: {} kept, 0 lost; the table refused {} writes and took \
         {} units in its fullest second; {} calls answered 503, the slowest after {:.1} s; all in {} s after the first",
        FULL / a_second,
        a_second * SECONDS,
        burst.throttled,
        burst.peak,
        burst.refused,
        burst.slowest.as_secs_f64(),
        burst.over_after.as_secs(),
    );
}
