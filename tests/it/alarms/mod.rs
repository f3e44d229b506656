//! A fault for each alarm over metrics of ours: the real stages meet it in the world's time, minute by minute with the schedule's tick, and
//! what they print for CloudWatch is written down with the time at which they printed it. `tests/alarms/run` reads that with the alarms of
//! the template, as CloudWatch would, and says when each rises and clears. Here a story only demands that its fault was counted.

mod at_the_door;
mod in_the_line;
mod towards_people;

use std::fmt::Write;

use dayzero::metrics::Metric;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::World;

pub const HARTKLOPPINGEN: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
pub const AMBULANCE: &str = "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";
/// Minutes before and after a fault: CloudWatch looks back over the longest period of an alarm, and a few more.
const AROUND: i64 = 9;

/// A world whose metric lines are kept with the time.
pub struct Story {
    pub world: World,
    name: &'static str,
    start: Timestamp,
    taken: usize,
    written: String,
}

impl Story {
    pub fn of(name: &'static str, world: World) -> Story {
        let start = world.clock.now();
        Story { world, name, start, taken: 0, written: String::new() }
    }

    /// Seconds of the story.
    fn at(&self) -> i64 {
        self.world.clock.now().duration_since(self.start).as_secs()
    }

    /// Keeps the lines that were printed since the last time.
    pub fn take(&mut self) {
        let (at, lines) = (self.at(), self.world.metrics.lines());
        for line in &lines[self.taken..] {
            let line: Value = serde_json::from_str(line).expect("a metric line is JSON");
            writeln!(self.written, "{}", json!({"at": at, "line": line})).expect("a string takes everything");
        }
        self.taken = lines.len();
    }

    /// A minute passes, with the tick at its end.
    pub async fn minute(&mut self) {
        self.dark_minute();
        self.world.line.tick(Timestamp::MAX).await.expect("a table without faults");
        self.take();
    }

    pub async fn minutes(&mut self, count: i64) {
        for _ in 0..count {
            self.minute().await;
        }
    }

    /// A minute without a tick.
    pub fn dark_minute(&mut self) {
        self.take();
        self.world.clock.advance(SignedDuration::from_secs(60));
    }

    /// Time in which nobody looks.
    pub fn jump(&mut self, by: SignedDuration) {
        self.take();
        self.world.clock.advance(by);
    }

    /// From here on the fault is there, and these alarms have to rise.
    pub fn begins(&mut self, alarms: &[&str]) {
        self.take();
        writeln!(self.written, "{}", json!({"at": self.at(), "begins": alarms})).expect("a string takes everything");
    }

    /// From here on it is gone, and they have to clear. The fault must have been counted this often at least.
    pub fn ends(&mut self, metric: Metric, least: u64) {
        self.take();
        let counted: u64 = self.values(metric).sum();
        assert!(counted >= least, "{}: {} was counted {counted} times, not {least}", self.name, metric.as_str());
        writeln!(self.written, "{}", json!({"at": self.at(), "ends": true})).expect("a string takes everything");
    }

    fn values(&self, metric: Metric) -> impl Iterator<Item = u64> {
        let lines = self.written.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(move |kept| kept["line"][metric.as_str()].as_u64())
    }

    /// The last thing that was said of a metric.
    pub fn last(&self, metric: Metric) -> Option<u64> {
        self.values(metric).last()
    }

    /// Writes the story down for `tests/alarms/run`.
    pub async fn write(mut self) {
        self.take();
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("alarms");
        std::fs::create_dir_all(&folder).expect("a folder of the build");
        std::fs::write(folder.join(format!("{}.jsonl", self.name)), &self.written).expect("a file of the build");
        self.world.end().await;
    }
}
