//! Order does not matter: however deliveries are shuffled and doubled, the same records come of them.

use std::collections::BTreeMap;

use dayzero::http::Request;
use dayzero::local::samples::{self, Sample};
use dayzero::receive;
use proptest::prelude::*;

use crate::world::{World, end_state};

/// Deliveries of one trial: enough that a comment, its edit and its end meet, few enough for many trials.
const DELIVERIES: usize = 24;

/// What a record came to, by its key.
type EndStates = BTreeMap<String, BTreeMap<&'static str, String>>;

/// Delivers the samples in this order to a new world, and tells how every record ends.
async fn played(samples: &[&Sample]) -> EndStates {
    let world = World::new().await;
    for sample in samples {
        let headers = sample.signed(world.clock.now()).unwrap();
        let path = format!("/webhooks/{}", sample.door);
        let call = Request { method: "POST".to_owned(), path, query: Vec::new(), headers, body: sample.body.clone() };
        let answer = receive::handle(&world.receive, &call).await;
        assert_eq!(answer.status, 200, "{}", sample.name);
        world.settle().await;
    }
    let mut ends = EndStates::new();
    for key in world.store.keys().await.unwrap() {
        ends.insert(key.to_string(), end_state(&world.record(&key).await));
    }
    world.end().await;
    ends
}

fn play(samples: &[&Sample]) -> EndStates {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(played(samples))
}

/// Samples whose comments the samples of the same platform tell of again: what order could harm.
fn told_together(all: &[Sample]) -> BTreeMap<&str, Vec<&Sample>> {
    let mut folders: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in all {
        folders.entry(sample.name.split('/').next().unwrap()).or_default().push(sample);
    }
    folders
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_shuffle_and_duplication_gives_the_same_records(
        folder in any::<prop::sample::Index>(),
        start in any::<prop::sample::Index>(),
        order in Just((0..DELIVERIES).collect::<Vec<_>>()).prop_shuffle(),
        doubled in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let all = samples::all();
        let folders = told_together(&all);
        let names: Vec<&&str> = folders.keys().collect();
        let of_one = &folders[names[folder.index(names.len())]];
        // A window over one platform's samples, so that what is told of one comment meets.
        let first = start.index(of_one.len().saturating_sub(DELIVERIES) + 1);
        let straight: Vec<&Sample> = of_one.iter().skip(first).take(DELIVERIES).copied().collect();
        let mut shuffled: Vec<&Sample> = order.iter().filter_map(|place| straight.get(*place).copied()).collect();
        for double in &doubled {
            let twice = straight[double.index(straight.len())];
            shuffled.insert(double.index(shuffled.len() + 1), twice);
        }
        let names: Vec<&str> = shuffled.iter().map(|sample| sample.name.as_str()).collect();
        prop_assert_eq!(play(&straight), play(&shuffled), "{:?}", names);
    }
}

#[test]
fn every_platforms_samples_give_the_same_records_backwards() {
    let all = samples::all();
    for (folder, samples) in told_together(&all) {
        let backwards: Vec<&Sample> = samples.iter().rev().copied().collect();
        let (straight, back) = (play(&samples), play(&backwards));
        for (key, end) in &straight {
            assert_eq!(Some(end), back.get(key), "{folder}: {key}");
        }
        assert_eq!(straight.len(), back.len(), "{folder}");
        assert!(!straight.is_empty(), "{folder}");
    }
}
