//! Simulated schedules, seeded: the program's own decisions over a small rig, with time that goes from event to event. What is decided is
//! the program's (`chain::seal`, `Record::fold`, `wake`, `windows`, `waking`, `watch::escalate`, `alert::decide` and `pace`,
//! `protocol::plan`, `review::decide`: the sources are included by their path); what is the rig's is the order of reads and writes, which
//! `stages` and `people` copy from the real handles, and the table, the carriers and the clocks under them (`rig`).
//!
//! A schedule (`plan`): one to four comments of random classes, in one of twenty a crowd of up to nine within seconds, so that a topic's pace
//! makes some wait for a digest; some edited, all told once or more; two or three workers, in half of the schedules with clocks up to ten
//! minutes wrong; a tick every minute, given to one of them, some missed for up to five minutes; processes that die at any request, requests
//! that fail with the write done or not; a first and in half of the schedules a second carrier, each away for up to three hours, or accepting
//! what nobody hears of; people who acknowledge and decide at random times or never, twice, and two at once. Trouble ends half an hour before
//! the schedule does. `judge` says what must hold, in true time.
//!
//! Left out: the ten minutes' roots, erasure and links (nothing of them sends or decides), and the eight pieces that a real sweep has in hand
//! at once: the rig's does one after the other.
//!
//! `tests/schedules/run` builds and runs it. A seed and the number of a schedule are a schedule: `--seed S --only K` plays it again.

#[path = "../../../src/model/mod.rs"]
pub mod model;
#[path = "../../../src/protocol/mod.rs"]
pub mod protocol;

pub mod alert;
pub mod review;
pub mod watch;

mod judge;
mod people;
mod plan;
mod planted;
mod queue;
mod random;
mod rig;
mod run;
mod stages;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use judge::{Figures, Found};
use planted::Planted;

/// Findings that are printed; the rest is counted.
const SHOWN: usize = 20;
/// Schedules within which a planted fault has to be found.
const SELF_TEST: u64 = 20_000;

struct Asked {
    runs: u64,
    seed: u64,
    only: Option<u64>,
    self_test: bool,
    jobs: usize,
}

fn main() -> ExitCode {
    let asked = match read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(sentence) => {
            eprintln!("schedules: {sentence}");
            return ExitCode::from(2);
        }
    };
    if asked.self_test {
        return self_test(&asked);
    }
    if let Some(only) = asked.only {
        let (figures, found) = judge::judge(&run::run(asked.seed, only, Planted::Nothing), only);
        judge::tell(&run::run(asked.seed, only, Planted::Nothing));
        println!("{figures}");
        found.iter().for_each(|found| println!("{found}"));
        return if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let started = Instant::now();
    let (figures, found) = play(&asked, asked.runs, Planted::Nothing, false);
    println!("seed {}, {} schedules in {:.0} s\n{figures}", asked.seed, asked.runs, started.elapsed().as_secs_f64());
    for found in found.iter().take(SHOWN) {
        println!("FOUND {found}\n    again: tests/schedules/run --seed {} --only {}", asked.seed, found.schedule);
    }
    println!("{} findings", found.len());
    if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut asked = Asked { runs: 200_000, seed: 20_261_122, only: None, self_test: false, jobs };
    let mut words = words;
    while let Some(word) = words.next() {
        let mut number = || {
            let value = words.next().ok_or(format!("{word} needs a number"))?;
            value.replace(['_', ','], "").parse::<u64>().map_err(|_| format!("{word} needs a number, not {value}"))
        };
        match word.as_str() {
            "--runs" => asked.runs = number()?,
            "--seed" => asked.seed = number()?,
            "--only" => asked.only = Some(number()?),
            "--jobs" => asked.jobs = usize::try_from(number()?).unwrap_or(1).max(1),
            "--self-test" => asked.self_test = true,
            _ => return Err(format!("{word} is not one of --runs N, --seed S, --only K, --jobs N, --self-test")),
        }
    }
    Ok(asked)
}

/// Plays schedules on every core; with `first`, until something is found.
fn play(asked: &Asked, runs: u64, planted: Planted, first: bool) -> (Figures, Vec<Found>) {
    let next = AtomicU64::new(0);
    let done = Mutex::new((Figures::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..asked.jobs {
            scope.spawn(|| {
                let (mut figures, mut findings) = (Figures::default(), Vec::new());
                loop {
                    let only = next.fetch_add(1, Ordering::Relaxed);
                    if only >= runs || (first && !findings.is_empty()) {
                        break;
                    }
                    let (figure, found) = judge::judge(&run::run(asked.seed, only, planted), only);
                    figures.add(&figure);
                    findings.extend(found);
                }
                let mut done = done.lock().expect("no thread of this one panics while it holds the lock");
                done.0.add(&figures);
                done.1.extend(findings);
            });
        }
    });
    let (figures, mut found) = done.into_inner().expect("every thread has ended");
    found.sort_by_key(|found| found.schedule);
    (figures, found)
}

fn self_test(asked: &Asked) -> ExitCode {
    let mut missed = 0;
    for planted in Planted::ALL {
        let (_, found) = play(asked, SELF_TEST, planted, true);
        match found.first() {
            Some(found) => println!("{planted:?}: found in schedule {}: {}", found.schedule, found.what),
            None => {
                missed += 1;
                println!("{planted:?}: NOT FOUND in {SELF_TEST} schedules");
            }
        }
    }
    if missed == 0 {
        println!("every planted fault was found");
        ExitCode::SUCCESS
    } else {
        println!("schedules: FAILED: {missed} planted faults were not found");
        ExitCode::FAILURE
    }
}
