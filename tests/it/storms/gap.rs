//! R6: whoever reads the stream is away for 25 hours, and for 72. What the stream had to tell of the time before the last 24 hours is gone for
//! good; the sweep finds it. Once with the schedule's sweep alive all the while, once with every stage away but the door.

use dayzero::lambda::{Role, batch};
use dayzero::model::Record;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::hours::Hours;
use super::judge::{Found, Said, comment, judge};
use super::rig::{Change, Outside, Process};
use super::{Chance, count, seed};
use crate::world::{WEDNESDAY_MORNING, forum_key};

/// How long DynamoDB keeps what its stream has to tell.
const STREAM_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Ticks after which everything has to be found.
const TICKS: usize = 2;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What came of one gap.
struct Gap {
    found: Found,
    trimmed: usize,
    told: usize,
    /// From a delivery until its comment was read, at the most.
    slowest: SignedDuration,
}

/// The stream's batch for a stage.
fn records(changes: &[Change]) -> Value {
    let record = |(number, change): (usize, &Change)| {
        let mut image = json!({"pk": {"S": change.pk}});
        if let Some(wake) = &change.wake {
            image["wake"] = json!({"N": wake});
        }
        let keys = json!({"pk": {"S": change.pk}, "sk": {"S": change.sk}});
        json!({"dynamodb": {"SequenceNumber": number.to_string(), "Keys": keys, "NewImage": image}})
    };
    json!({"Records": changes.iter().enumerate().map(record).collect::<Vec<_>>()})
}

async fn gap(hours: &Hours, away: i64, comments: i64, swept: bool) -> Gap {
    let outside = Outside::new(hours, seed()).await;
    outside.open_stream();
    let mut chance = Chance::new(seed());
    let (door, began) = (Process::start(&outside), hours.now());
    let (mut kept, mut told, mut slowest): (Vec<Said>, Vec<Change>, _) = (Vec::new(), Vec::new(), SignedDuration::ZERO);
    for number in 0..comments {
        let until = began + SignedDuration::from_mins(away * 60 * number / comments);
        // A tick every hour will do while nobody says anything.
        while swept && hours.now() + 60 * MINUTE <= until {
            hours.clock.advance(60 * MINUTE);
            door.tick().await;
        }
        hours.clock.advance(until.duration_since(hours.now()).max(SignedDuration::ZERO));
        for said in comment(&format!("c-{number}"), &mut chance, until) {
            door.post_until_kept("forum", said.body.as_bytes()).await;
            kept.push(said);
        }
        told.extend(outside.read_stream());
        if swept {
            hours.clock.advance(MINUTE);
            door.tick().await;
            slowest = slowest.max(hours.now().duration_since(until));
            all_read(&door, &kept[kept.len() - 1..]).await;
        }
    }
    hours.clock.advance((began + SignedDuration::from_hours(away)).duration_since(hours.now()).max(SignedDuration::ZERO));
    let back = hours.now();
    let (gone, there): (Vec<_>, Vec<_>) = told.into_iter().partition(|change| back.duration_since(change.at) > STREAM_KEPT);
    assert!(!gone.is_empty() && !there.is_empty(), "the gap of {away} hours trims nothing, or everything");
    let reader = Process::start(&outside);
    assert!(batch(&reader.line, Role::Assess, &records(&there)).await.is_empty(), "the stream's records are worked off");
    for _ in 0..TICKS {
        hours.clock.advance(MINUTE);
        reader.line.tick(Timestamp::MAX).await.expect("fair weather");
    }
    all_read(&reader, &kept).await;
    let found_after = hours.now().duration_since(back);
    // The backlog goes out at the topics' pace; nobody can be told of a thousand alerts in one second.
    for _ in 0..5 * 60 {
        hours.clock.advance(SignedDuration::from_secs(1));
        reader.sweep().await;
    }
    let slowest = if swept { slowest } else { found_after };
    Gap { found: judge(&reader, &kept).await, trimmed: gone.len(), told: there.len(), slowest }
}

/// Fails if a delivery is not in its record, read.
async fn all_read(process: &Process, kept: &[Said]) {
    for said in kept {
        let chain = process.store().chain(&forum_key(&said.id)).await.expect("a chain");
        let record = Record::fold(&chain).unwrap_or_else(|| panic!("{} is not found after {TICKS} ticks", said.id));
        assert!(record.unread().is_empty(), "{} is not read after {TICKS} ticks", said.id);
    }
}

#[test]
fn r6_what_the_stream_forgot_the_sweep_finds() {
    let comments = i64::try_from(count("DAYZERO_GAP_COMMENTS", 10)).expect("some comments");
    for away in [25, 72] {
        for swept in [true, false] {
            let hours = Hours::at(WEDNESDAY_MORNING);
            let Gap { found, trimmed, told, slowest } = hours.run(gap(&hours, away, comments, swept));
            println!(
                "R6: the stream unread for {away} h, {}: {trimmed} of its records trimmed, {told} left; {} comments with {} texts, all read within \
                 {} s{}; {} alerts, 0 double; {} alert windows missed, each written down",
                if swept { "the sweep alive" } else { "every stage but the door away" },
                found.comments,
                found.texts,
                slowest.as_secs(),
                if swept { " of their delivery" } else { " of the return" },
                found.alerts,
                found.missed,
            );
        }
    }
}
