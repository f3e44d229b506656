//! How long a delivery is verified and read, by itself, on one core, beside a plain parse of the same JSON in the same run. It
//! prints figures and never a verdict. `tests/bench/parse` builds and runs it.

mod bodies;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use dayzero::http::Request;
use dayzero::model::{DoorTerms, Provider};
use dayzero::platform::{DoorSecrets, Doorway, ParseContext, check_signature, parse, sign};
use jiff::Timestamp;
use serde_json::Value;

use bodies::{BATCHES, Batch};

/// Every figure comes of at least this many rounds, and of all that fit into this time.
const LEAST_ROUNDS: usize = 300;
const LEAST_TIME: Duration = Duration::from_millis(400);

/// Microseconds of one thing, over all its rounds.
struct Times(Vec<f64>);

impl Times {
    fn of(mut work: impl FnMut()) -> Self {
        // Whatever is warm for the second delivery is not measured as the first's.
        (0..LEAST_ROUNDS / 10).for_each(|_| work());
        let (begun, mut times) = (Instant::now(), Vec::new());
        while times.len() < LEAST_ROUNDS || begun.elapsed() < LEAST_TIME {
            let round = Instant::now();
            work();
            times.push(round.elapsed().as_secs_f64() * 1e6);
        }
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    fn at(&self, share: f64) -> f64 {
        let last = self.0.len() - 1;
        self.0[(last as f64 * share).round() as usize]
    }
}

fn secrets(provider: Provider) -> DoorSecrets {
    let written = match provider {
        Provider::Forum => "whsec_ZGV2ZWxvcG1lbnQgb25seTogbmV2ZXIgZGVwbG95ISE=",
        _ => "development-only",
    };
    DoorSecrets::parse(provider, written).expect("the secret has the form of its provider's")
}

/// The headers in which a platform says what its body does not.
fn kept(provider: Provider) -> BTreeMap<String, String> {
    let written: &[(&str, &str)] = match provider {
        Provider::Discourse => &[
            ("x-discourse-event", "post_created"),
            ("x-discourse-event-type", "post"),
            ("x-discourse-event-id", "1"),
            ("x-discourse-instance", "https://praat.samenovermigraine.example"),
        ],
        _ => &[],
    };
    written.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn measure(batch: &Batch, count: usize) {
    let now: Timestamp = "2026-03-02T09:12:04Z".parse().expect("a moment in RFC 3339");
    let body = (batch.body)(count).to_string().into_bytes();
    let secrets = secrets(batch.provider);
    let terms = DoorTerms::of(batch.provider);
    let door = Doorway { terms: &terms, secrets: &secrets };
    let headers = sign(batch.provider, &secrets.signing[0], &body, now, "msg_1");
    let request = Request { method: "POST".to_owned(), path: "/webhooks/bench".to_owned(), query: Vec::new(), headers, body };
    let context = ParseContext { digest: "digest", door: "door", default_account: Some("account") };
    let kept = kept(batch.provider);
    let read = parse(batch.provider, &request.body, &kept, &context).events.len();
    let verified = check_signature(door, &request, now).is_ok();

    let verifying = Times::of(|| {
        let _ = black_box(check_signature(door, black_box(&request), now));
    });
    let reading = Times::of(|| {
        black_box(parse(batch.provider, black_box(&request.body), &kept, &context));
    });
    let plain = Times::of(|| {
        let _ = black_box(serde_json::from_slice::<Value>(black_box(&request.body)));
    });
    let (bytes, ratio) = (request.body.len(), reading.at(0.5) / plain.at(0.5));
    println!(
        "{:<10} {count:>6} {bytes:>8} | {:>8.1} {:>8.1} | {:>8.1} {:>8.1} | {:>8.1} {:>8.1} | {ratio:>5.2}{}",
        batch.name,
        verifying.at(0.5),
        verifying.at(0.99),
        reading.at(0.5),
        reading.at(0.99),
        plain.at(0.5),
        plain.at(0.99),
        // A figure for a body that was not read would be the best of all.
        if verified && read == count { String::new() } else { format!("  verified: {verified}, comments read: {read}") },
    );
}

fn main() {
    let groups = ["verify, µs", "parse, µs", "serde_json, µs"].map(|group| format!("{group:^17}"));
    println!("{:26} | {} | parse to", "", groups.join(" | "));
    println!(
        "{:<10} {:>6} {:>8} | {:>8} {:>8} | {:>8} {:>8} | {:>8} {:>8} | plain",
        "platform", "comm.", "bytes", "p50", "p99", "p50", "p99", "p50", "p99"
    );
    for batch in &BATCHES {
        batch.sizes.iter().for_each(|count| measure(batch, *count));
    }
}
