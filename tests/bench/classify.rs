//! How long one comment takes to be read, by language: a table with percentiles over all comments, then divan's own figures. With
//! `--once LANG` every comment of a language is read once and nothing is printed, for a tool that counts instructions.
//!
//! It prints figures and judges nothing. `tests/bench/classify` runs all of it.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Instant;

use dayzero::classify::{Classifier, Comment};
use dayzero::training::{self, Labelled, labelled};

/// Times that every comment is read; the fastest is kept, since whatever else the machine does only adds.
const ROUNDS: usize = 7;

const LANGUAGES: [&str; 5] = ["en", "nl", "de", "fr", "es"];

static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| Classifier::new(&training::rules(&[])));

/// The comments of own channels that the repository holds.
static COMMENTS: LazyLock<Vec<Labelled>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/classify/data");
    LANGUAGES
        .iter()
        .flat_map(|lang| labelled::read(&folder.join(format!("{lang}.jsonl"))).expect("the project's own data"))
        .collect()
});

fn comments(lang: &str) -> impl Iterator<Item = &'static Labelled> {
    COMMENTS.iter().filter(move |row| row.lang == lang)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--once") {
        let lang = arguments.get(at + 1).map_or("", String::as_str);
        let read = comments(lang).filter(|row| CLASSIFIER.assess(&row.comment()).score > 1000).count();
        assert_eq!(read, 0, "a score is at most 1000");
        return;
    }
    start();
    percentiles();
    divan::main();
}

/// What the first reading of a process costs: the classifier of a campaign, and everything that is made when it is first asked.
fn start() {
    let started = Instant::now();
    let classifier = Classifier::new(&training::rules(&[]));
    let made = started.elapsed();
    let comment = Comment { text: "since I started these I get a pounding headache every day", ..Comment::default() };
    std::hint::black_box(classifier.assess(&comment));
    println!(
        "start: {} µs to make a classifier, {} µs to the end of the first reading",
        made.as_micros(),
        started.elapsed().as_micros()
    );
}

fn percentiles() {
    println!("\n{:<10} {:>9} {:>10} {:>10} {:>10}   µs a comment", "language", "comments", "p50", "p99", "slowest");
    for lang in LANGUAGES {
        let mut fastest: Vec<u128> = comments(lang).map(fastest).collect();
        fastest.sort_unstable();
        let at = |share: f64| fastest[((fastest.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
        println!("{lang:<10} {:>9} {:>10.1} {:>10.1} {:>10.1}", fastest.len(), at(0.5), at(0.99), at(1.0));
    }
    println!();
}

/// Nanoseconds of one comment.
fn fastest(row: &Labelled) -> u128 {
    let once = |_| {
        let started = Instant::now();
        std::hint::black_box(CLASSIFIER.assess(&row.comment()));
        started.elapsed().as_nanos()
    };
    (0..ROUNDS).map(once).min().unwrap_or_default()
}

/// The comments of a language one after the other, again and again.
#[divan::bench(args = LANGUAGES, sample_count = 200, sample_size = 50)]
fn read(bencher: divan::Bencher<'_, '_>, lang: &str) {
    let rows: Vec<&Labelled> = comments(lang).collect();
    let mut next = rows.iter().cycle();
    bencher.bench_local(|| CLASSIFIER.assess(&next.next().expect("a cycle has no end").comment()));
}
