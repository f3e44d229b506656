//! What a schedule is made of, drawn from its seed: where and when, which workers with which clocks, what comes in, what people do, what
//! goes wrong and for how long. Nothing here acts.

use std::rc::Rc;
use std::sync::LazyLock;

use jiff::Timestamp;

use crate::model::Class;
use crate::protocol::Protocol;
use crate::random::{Random, mix};

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
/// How far a worker's clock may be from the true time.
const SKEW: i64 = 10 * MINUTE;
/// Trouble ends this long before a schedule does, so that what is owed then is owed by a fault of the program.
pub const QUIET: i64 = 30 * MINUTE;

/// Schedules in which nothing goes wrong, at least.
const CALM: f64 = 0.1;

/// Schedules in which more comments come at once than a topic takes messages.
const CROWD: f64 = 0.05;

/// Around which a schedule begins: ordinary days, weekends, holidays, both changes of the clocks, a year's end, a leap day.
const BEGINNINGS: [&str; 12] = [
    "2026-03-11T08:00:00Z",
    "2026-03-27T14:00:00Z",
    "2026-03-28T23:00:00Z",
    "2026-10-24T22:00:00Z",
    "2026-10-23T13:00:00Z",
    "2026-03-08T05:00:00Z",
    "2026-11-01T04:00:00Z",
    "2026-04-03T13:00:00Z",
    "2026-12-24T15:00:00Z",
    "2026-12-31T21:00:00Z",
    "2026-08-14T10:00:00Z",
    "2026-05-13T14:00:00Z",
];

/// The protocol of the program's own tests, and the same in zones whose clocks change on other days, or never.
static PROTOCOLS: LazyLock<[Protocol; 3]> = LazyLock::new(|| {
    const SAMPLE: &str = include_str!("../../../src/protocol/tests/sample.toml");
    ["Europe/Amsterdam", "America/New_York", "Asia/Kolkata"].map(|zone| {
        let source = SAMPLE.replace("Europe/Amsterdam", zone);
        Protocol::parse(&source).expect("the protocol of the program's own tests is without problems, whatever its zone")
    })
});

/// From the beginning to the end, which is not part of it; milliseconds of true time since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    pub fn holds(self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }

    fn meets(self, from: i64, to: i64) -> bool {
        self.from < to && from < self.to
    }
}

/// One text of a comment, and when the platform tells it: the first telling and those after it.
#[derive(Clone, Debug)]
pub struct Telling {
    pub comment: usize,
    /// 0 is what was written first.
    pub version: usize,
    pub class: Option<Class>,
    pub at: Vec<i64>,
}

/// What a person does once in a while, seen from the moment at which the comment came in.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    pub comment: usize,
    pub person: usize,
    pub at: i64,
    /// How long the page lies open before the form is sent.
    pub thinks: i64,
    pub decides: bool,
    /// The form is sent twice, the second time so much later.
    pub again: Option<i64>,
}

/// How likely each kind of trouble is.
#[derive(Clone, Copy, Debug)]
pub struct Chances {
    /// A process dies at a request.
    pub crash: f64,
    /// A request to the store fails, carried out or not.
    pub store: f64,
    /// A carrier accepts a message and nobody hears of it.
    pub reply: f64,
}

/// A whole schedule.
#[derive(Debug)]
pub struct Plan {
    pub protocol: &'static Protocol,
    pub begins: i64,
    pub ends: i64,
    /// How far each worker's clock is from the true time.
    pub skews: Vec<i64>,
    pub tellings: Vec<Telling>,
    pub comments: usize,
    pub deeds: Vec<Deed>,
    pub chances: Chances,
    /// The stream wakes stages as well; without it the sweep does everything.
    pub stream: bool,
    pub first_off: Vec<Span>,
    pub second_off: Vec<Span>,
    pub has_second: bool,
    missed: Vec<Span>,
    salt: u64,
}

impl Plan {
    /// Draws one.
    pub fn draw(random: &Random) -> Rc<Plan> {
        let begins: Timestamp = random.pick(&BEGINNINGS).parse().expect("a list of times");
        let begins = begins.as_millisecond() + random.between(0, 6 * HOUR);
        let crowd = random.happens(CROWD);
        let comments = usize::try_from(if crowd { random.between(5, 9) } else { random.between(1, 4) }).unwrap_or(1);
        let calm = random.happens(CALM);
        let skewed = !calm && random.happens(0.5);
        let workers = random.between(2, 3);
        let skews = (0..workers).map(|_| if skewed { random.between(-SKEW, SKEW) } else { 0 }).collect();
        let mut plan = Plan {
            protocol: random.pick(&*PROTOCOLS),
            begins,
            ends: begins,
            skews,
            tellings: Vec::new(),
            comments,
            deeds: Vec::new(),
            chances: chances(random, calm),
            stream: random.happens(0.5),
            first_off: Vec::new(),
            second_off: Vec::new(),
            has_second: random.happens(0.5),
            missed: Vec::new(),
            salt: random.next(),
        };
        for comment in 0..comments {
            let first = begins + random.between(0, if crowd { 3 * SECOND } else { 3 * HOUR });
            plan.tell(random, comment, first);
        }
        plan.end(random);
        if !calm {
            plan.trouble(random);
        }
        Rc::new(plan)
    }

    fn tell(&mut self, random: &Random, comment: usize, first: i64) {
        let classes = [
            Some(Class::Serious),
            Some(Class::Distress),
            Some(Class::AdverseEvent),
            Some(Class::AdverseEvent),
            Some(Class::SpecialSituation),
            Some(Class::QualityComplaint),
            None,
        ];
        let versions = if random.happens(0.25) { 2 } else { 1 };
        for version in 0..versions {
            let at = first + if version == 0 { 0 } else { random.between(SECOND, 8 * HOUR) };
            let mut told = vec![at];
            while told.len() < 4 && random.happens(0.3) {
                let later = *random.pick(&[0, 5, 40 * SECOND, 20 * MINUTE, 3 * HOUR]);
                told.push(at + random.between(later / 2, later + 1));
            }
            self.tellings.push(Telling { comment, version, class: *random.pick(&classes), at: told });
        }
        self.act(random, comment, first);
    }

    /// People act at random times, some of them never, some of them twice or two at once.
    fn act(&mut self, random: &Random, comment: usize, first: i64) {
        if random.happens(0.06) {
            return;
        }
        let mut at = first;
        for _ in 0..random.between(1, 3) {
            let delay = *random.pick(&[2 * MINUTE, 15 * MINUTE, 50 * MINUTE, 4 * HOUR, 20 * HOUR]);
            at += random.between(delay / 4, delay);
            let decides = random.happens(0.6);
            for person in 0..random.between(1, 2) {
                let person = usize::try_from(person).unwrap_or(0);
                let again = random.happens(0.3).then(|| random.between(0, 3 * SECOND));
                let at = at + random.between(0, 2 * SECOND);
                self.deeds.push(Deed { comment, person, at, thinks: random.between(0, 90 * SECOND), decides, again });
            }
        }
    }

    /// Long enough for every window that a person may miss, or not: a record that nobody touches repeats until the end.
    fn end(&mut self, random: &Random) {
        let told = self.tellings.iter().flat_map(|telling| telling.at.iter().copied()).max().unwrap_or(self.begins);
        let acted = self.deeds.iter().map(|deed| deed.at).max().unwrap_or(self.begins);
        let most = *random.pick(&[3 * HOUR, 3 * HOUR, 6 * HOUR, 30 * HOUR, 30 * HOUR, 100 * HOUR]);
        self.ends = told.max(acted.min(told + most)) + most + QUIET;
    }

    fn trouble(&mut self, random: &Random) {
        let until = self.ends - QUIET;
        let spans = |count: i64, lengths: &[i64]| -> Vec<Span> {
            let drawn = (0..count).map(|_| {
                let from = self.begins + random.between(0, 6 * HOUR);
                let length = random.between(SECOND, *random.pick(lengths));
                Span { from, to: (from + length).min(until) }
            });
            drawn.filter(|span| span.from < span.to).collect()
        };
        let (first, second, missed) = (random.between(0, 3), random.between(0, 2), random.between(0, 8));
        let off = random.happens(0.5);
        let lengths = [MINUTE, 10 * MINUTE, 3 * HOUR];
        self.first_off = if off { spans(first, &lengths) } else { Vec::new() };
        self.second_off = if off { spans(second, &lengths) } else { Vec::new() };
        self.missed = if random.happens(0.5) { spans(missed, &[5 * MINUTE]) } else { Vec::new() };
    }

    /// The true time of a tick.
    pub fn tick_at(&self, minute: i64) -> i64 {
        minute * MINUTE + i64::try_from(self.salt % 60_000).unwrap_or(0)
    }

    /// The first tick at or after a time.
    pub fn tick_from(&self, at: i64) -> i64 {
        (at - self.tick_at(0)).div_euclid(MINUTE) + i64::from((at - self.tick_at(0)).rem_euclid(MINUTE) > 0)
    }

    /// Which worker a tick is given to; `None` if it is missed.
    pub fn ticks(&self, minute: i64) -> Option<usize> {
        let at = self.tick_at(minute);
        let missed = self.missed.iter().any(|span| span.holds(at));
        let drawn = mix(self.salt ^ u64::try_from(minute).unwrap_or(0)) % self.skews.len() as u64;
        (!missed).then(|| usize::try_from(drawn).unwrap_or(0))
    }

    /// A clock that is furthest ahead.
    pub fn ahead(&self) -> i64 {
        self.skews.iter().copied().max().unwrap_or(0)
    }

    /// Whether no clock differs from the true time.
    pub fn true_clocks(&self) -> bool {
        self.skews.iter().all(|skew| *skew == 0)
    }

    /// Whether a message is accepted at every moment of a span.
    pub fn carried(&self, from: i64, to: i64) -> bool {
        let works = |off: &[Span]| off.iter().all(|span| !span.meets(from, to));
        works(&self.first_off) || (self.has_second && works(&self.second_off))
    }

    /// A worker's clock at a true time.
    pub fn clock(&self, worker: usize, at: i64) -> Timestamp {
        Timestamp::from_millisecond(at + self.skews[worker]).expect("a time of this century")
    }

    /// Whether nothing goes wrong in it.
    pub fn is_calm(&self) -> bool {
        let Chances { crash, store, reply } = self.chances;
        crash + store + reply == 0.0 && self.true_clocks() && self.missed.is_empty() && self.first_off.is_empty()
    }
}

fn chances(random: &Random, calm: bool) -> Chances {
    let chance = |most: f64| if calm || random.happens(0.5) { 0.0 } else { most * (random.between(1, 100) as f64) / 100.0 };
    Chances { crash: chance(0.04), store: chance(0.06), reply: chance(0.15) }
}
