//! Seeded schedules through the real stages: comments come and come again, the topic refuses for a while, ticks are missed, processes die at
//! a request, people acknowledge or do not. A sample of what `tests/schedules` plays by the hundred thousand over a rig: here the store, the
//! SDK's clients and the handles are the real ones.

use dayzero::model::windows::windows;
use dayzero::model::{CommentKey, Record};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::faults::Fault;
use crate::world::World;

/// Schedules of each test; `DAYZERO_SCHEDULES` plays more.
const SCHEDULES: u64 = 25;
/// When a schedule begins: a working morning, a Friday afternoon, the night in which the clocks change.
const BEGINNINGS: [&str; 3] = ["2026-03-11T09:30:00+01:00", "2026-03-27T15:20:00+01:00", "2026-03-29T01:20:00+01:00"];
const REPORTS: [&str; 2] = ["Sinds ik Norvexa slik heb ik hartkloppingen", "Ik lig door Norvexa in het ziekenhuis"];

/// What happens at some minute of a schedule.
#[derive(Clone, Copy, Debug)]
enum Event {
    Says(usize),
    Refuses,
    Accepts,
    /// The tick of this minute and of so many more is missed.
    Misses(i64),
    Dies(usize, Fault),
    Acknowledges(usize),
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn minute(&mut self, bound: u64) -> i64 {
        i64::try_from(self.below(bound)).expect("a few hours")
    }
}

fn draw(chance: &mut Chance) -> (usize, Vec<(i64, Event)>) {
    let comments = 1 + usize::try_from(chance.below(3)).expect("at most three");
    let mut events = Vec::new();
    for comment in 0..comments {
        let at = chance.minute(20);
        events.push((at, Event::Says(comment)));
        if chance.below(3) == 0 {
            events.push((at + chance.minute(10), Event::Says(comment)));
        }
        if chance.below(4) > 0 {
            events.push((at + 1 + chance.minute(50), Event::Acknowledges(comment)));
        }
    }
    if chance.below(2) == 0 {
        let at = chance.minute(25);
        events.extend([(at, Event::Refuses), (at + 1 + chance.minute(6), Event::Accepts)]);
    }
    for _ in 0..chance.below(3) {
        events.push((chance.minute(60), Event::Misses(1 + chance.minute(5))));
    }
    for _ in 0..chance.below(3) {
        let fault = if chance.below(2) == 0 { Fault::ServerError } else { Fault::ReplyLost };
        events.push((chance.minute(40), Event::Dies(usize::try_from(chance.below(60)).expect("below sixty"), fault)));
    }
    events.sort_by_key(|(at, _)| *at);
    (comments, events)
}

async fn play(seed: u64) {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d ^ (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let world = World::at(BEGINNINGS[usize::try_from(chance.below(3)).expect("below three")]).await;
    let (comments, events) = draw(&mut chance);
    let began = world.clock.now();
    let mut keys: Vec<Option<CommentKey>> = vec![None; comments];
    for (at, event) in &events {
        let passed = world.clock.now().duration_since(began).as_mins();
        world.pass((at - passed).max(0)).await;
        match *event {
            Event::Says(comment) => {
                keys[comment] = Some(world.forum_says(&format!("c-{comment}"), REPORTS[comment % 2]).await);
            }
            Event::Refuses => world.topic_faults.all(Fault::ServerError),
            Event::Accepts => world.topic_faults.clear(),
            Event::Misses(minutes) => world.clock.advance(SignedDuration::from_mins(minutes)),
            Event::Dies(request, fault) => {
                world.table_faults.crash_at(request, fault);
                let _ = world.line.sweep(Timestamp::MAX).await;
                world.table_faults.clear();
            }
            Event::Acknowledges(comment) => {
                if let Some(key) = &keys[comment] {
                    // Refused while nobody has read the delivery: the person comes again another day.
                    world.ask("POST", &format!("/api/comments/{key}/acknowledge"), Some(json!({}))).await;
                }
            }
        }
    }
    world.topic_faults.clear();
    world.pass(90).await;
    let died = events.iter().any(|(_, event)| matches!(event, Event::Dies(..)));
    for key in keys.iter().flatten() {
        judge(&world, &format!("seed {seed}, {events:?}"), &world.record(key).await, died);
    }
    world.end().await;
}

fn judge(world: &World, schedule: &str, record: &Record, died: bool) {
    assert!(!record.alerts.is_empty() && record.unread().is_empty(), "{schedule}");
    for window in windows(record) {
        assert!(!window.owes_miss(world.clock.now()), "{schedule}: {window:?} ended and nobody wrote it down");
    }
    for (index, miss) in record.misses.iter().enumerate() {
        assert!(!record.misses[..index].contains(miss), "{schedule}: {miss:?} twice");
    }
    for alert in &record.alerts {
        let sent =
            world.sent().iter().filter(|(_, posted)| posted.field("alert_id").as_deref() == Some(alert.id.as_str())).count();
        assert_eq!(alert.outstanding().count(), 0, "{schedule}: {} is unsent", alert.id);
        assert!(sent > 0, "{schedule}: {} was lost", alert.id);
        assert!(died || sent <= alert.published.len(), "{schedule}: {} went out {sent} times", alert.id);
    }
}

async fn all(first: u64) {
    let asked = std::env::var("DAYZERO_SCHEDULES").ok().and_then(|number| number.parse().ok());
    for seed in first..first + asked.unwrap_or(SCHEDULES) {
        play(seed).await;
    }
}

#[tokio::test]
async fn schedules_lose_nothing_and_record_every_window() {
    all(0).await;
}

#[tokio::test]
async fn other_schedules_lose_nothing_and_record_every_window() {
    all(1_000_000).await;
}
