//! Stories of a new version of the classifier: comments that people have yet to decide about are read again, both answers stand in the
//! record, and nothing is taken out of sight.

use dayzero::model::chain::New;
use dayzero::model::{Assessment, Band, Class, CommentKey, Entry, Happening, Head, Reading, Record, State};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::World;

const REPORT: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const PRAISE: &str = "Wat een mooie foto, succes allemaal";

/// What an earlier version made of a comment.
fn by_another(reading: &Reading, band: Band) -> Reading {
    let mut versions = reading.assessment.versions.clone();
    (versions.classifier, versions.lexicons) = ("lexicon-1".to_owned(), "0123456789ab".to_owned());
    let assessment = Assessment { band, versions, ..reading.assessment.clone() };
    Reading { assessment, alerts: Vec::new(), ..reading.clone() }
}

/// Records as an earlier version of the program left them: the same entries, their readings that version's.
async fn left_behind(world: &World, ids: &[&str], text: &str, band: Band) -> Vec<CommentKey> {
    let elsewhere = World::new().await;
    let mut keys = Vec::new();
    for id in ids {
        keys.push(elsewhere.forum_says(id, text).await);
    }
    elsewhere.settle().await;
    for key in &keys {
        let chain = elsewhere.chain(key).await;
        let entries =
            world.store.append(key, None, chain.iter().filter_map(|entry| as_before(entry, band)).collect()).await.unwrap();
        let record = Record::fold(&entries).unwrap();
        world.store.project(&Head::of(&record, record.wake(world.clock.now()))).await.unwrap();
    }
    elsewhere.end().await;
    keys
}

fn as_before(entry: &Entry, band: Band) -> Option<New> {
    let what = match &entry.what {
        Happening::Assessed(reading) => Happening::Assessed(by_another(reading, band)),
        Happening::Sighted(_) => entry.what.clone(),
        _ => return None,
    };
    Some(New { at: entry.at, by: entry.by.clone(), what, words: entry.words.clone() })
}

async fn tick(world: &World) {
    world.clock.advance(SignedDuration::from_mins(1));
    world.line.tick(Timestamp::MAX).await.expect("a table without faults");
    world.settle().await;
}

fn bands(record: &Record) -> Vec<(Band, bool)> {
    record
        .readings
        .iter()
        .map(|reading| (reading.assessment.band, reading.assessment.versions.classifier == "lexicon-1"))
        .collect()
}

#[tokio::test]
async fn a_report_that_an_earlier_version_overlooked_is_found_and_told_once() {
    let world = World::new().await;
    let key = left_behind(&world, &["c-1"], REPORT, Band::Log).await.remove(0);
    assert_eq!(world.record(&key).await.band(), Band::Log);
    tick(&world).await;
    let record = world.record(&key).await;
    assert_eq!(bands(&record), [(Band::Log, true), (Band::Alert, false)], "both answers stand");
    assert_eq!((record.band(), record.class()), (Band::Alert, Some(Class::AdverseEvent)));
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    let said = &record.readings[1].assessment.reasons;
    assert!(
        said.iter().any(|reason| reason == "Read again: lexicon-1 had put it into log, and this one puts it higher."),
        "{said:?}"
    );
    let page = world.page(&format!("/comments/{key}")).await;
    assert!(page.contains("Read before") && page.contains("lexicon-1"), "{page}");

    tick(&world).await;
    tick(&world).await;
    assert_eq!(bands(&world.record(&key).await).len(), 2, "it is read once by each version");
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    world.end().await;
}

#[tokio::test]
async fn a_reading_that_asks_less_of_people_takes_nothing_back() {
    let world = World::new().await;
    let key = left_behind(&world, &["c-1"], PRAISE, Band::Review).await.remove(0);
    tick(&world).await;
    let record = world.record(&key).await;
    assert_eq!(bands(&record), [(Band::Review, true), (Band::Log, false)]);
    assert_eq!((record.band(), world.head(&key).await.band), (Band::Review, Band::Review));
    let said = &record.readings[1].assessment.reasons;
    assert!(said.iter().any(|reason| reason == "Read again: lexicon-1 had put it into review, where it stays."), "{said:?}");
    assert!(world.told().is_empty());
    world.end().await;
}

#[tokio::test]
async fn what_is_decided_stays_as_it_was_decided() {
    let world = World::new().await;
    let key = left_behind(&world, &["c-1"], PRAISE, Band::Review).await.remove(0);
    let revision = world.record(&key).await.revision;
    let decision = json!({"decision": "not_a_case", "reason": "een compliment", "revision": revision});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.settle().await;
    tick(&world).await;
    let record = world.record(&key).await;
    assert_eq!((record.state(), bands(&record).len()), (State::Closed, 1));
    world.end().await;
}

#[tokio::test]
async fn a_tick_that_is_cut_off_is_gone_on_with() {
    let world = World::new().await;
    let ids: Vec<String> = (0..60).map(|number| format!("c-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let keys = left_behind(&world, &ids, PRAISE, Band::Review).await;
    // The table goes away for good part of the first tick.
    world.table_faults.between(30, 90, crate::faults::Fault::ServerError);
    world.clock.advance(SignedDuration::from_mins(1));
    let _ = world.line.tick(Timestamp::MAX).await;
    world.table_faults.clear();
    tick(&world).await;
    for key in keys {
        assert!(bands(&world.record(&key).await).len() >= 2, "{key} was passed over");
    }
    world.end().await;
}
