//! One schedule, from event to event: tasks are resumed at their times, ticks come every minute in which a clock could find something, what
//! arrives and what people do begins tasks of its own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use crate::people;
use crate::plan::{MINUTE, Plan, SECOND};
use crate::planted::Planted;
use crate::random::Random;
use crate::rig::{Delivery, Event, Job, Rig, Work, Worker};
use crate::stages;

/// Events of one schedule at most: far more than any has, so that a fault of the rig ends.
const MOST_EVENTS: usize = 20_000_000;

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Run {
    rig: Rc<Rig>,
    tasks: Vec<Option<Task>>,
    free: Vec<usize>,
    events: BinaryHeap<Reverse<(i64, u64, usize)>>,
    /// What the numbers in `events` stand for.
    kinds: Vec<Option<Event>>,
    spare: Vec<usize>,
    count: u64,
    /// The next tick that will look; `i64::MAX` for none.
    armed: i64,
}

/// Plays schedule `only` of a seed to its end.
pub fn run(seed: u64, only: u64, planted: Planted) -> Rc<Rig> {
    let random = Random::new(seed, only);
    let plan = Plan::draw(&random);
    let keys = (0..plan.comments).map(|comment| stages::comment_id(comment).key()).collect();
    let rig = Rc::new(Rig::new(plan.clone(), random, planted, keys));
    let (tasks, free, events, kinds, spare) = (Vec::new(), Vec::new(), BinaryHeap::new(), Vec::new(), Vec::new());
    let mut run = Run { rig: rig.clone(), tasks, free, events, kinds, spare, count: 0, armed: i64::MAX };
    for (number, telling) in plan.tellings.iter().enumerate() {
        for (nth, at) in telling.at.iter().enumerate() {
            run.push(*at, Event::Job(Job::Arrive(number, nth)));
        }
    }
    for (number, deed) in plan.deeds.iter().enumerate() {
        run.push(deed.at, Event::Job(Job::Deed(number, false)));
        if let Some(later) = deed.again {
            // The same person at the same form in another window, at nearly the same time.
            run.push(deed.at + later, Event::Job(Job::Deed(number, true)));
        }
    }
    run.play();
    // Tasks hold the rig.
    drop(run);
    rig
}

impl Run {
    fn push(&mut self, at: i64, event: Event) {
        let slot = self.spare.pop().unwrap_or_else(|| {
            self.kinds.push(None);
            self.kinds.len() - 1
        });
        self.kinds[slot] = Some(event);
        self.count += 1;
        self.events.push(Reverse((at, self.count, slot)));
    }

    fn play(&mut self) {
        for _ in 0..MOST_EVENTS {
            let Some(Reverse((at, _, slot))) = self.events.pop() else { return };
            if at >= self.rig.plan.ends {
                return;
            }
            self.spare.push(slot);
            let Some(event) = self.kinds[slot].take() else { continue };
            self.rig.now.set(at);
            match event {
                Event::Tick(minute) => self.tick(minute),
                Event::Job(job) => self.begin(job),
                Event::Task(task) => self.resume(task),
            }
            self.follow();
        }
        panic!("the schedule does not end");
    }

    /// What an event leads to: jobs that it began, and a tick that may have to come sooner.
    fn follow(&mut self) {
        let jobs: Vec<(i64, Job)> = self.rig.jobs.borrow_mut().drain(..).collect();
        for (at, job) in jobs {
            self.push(at, Event::Job(job));
        }
        if self.rig.changed.take() {
            self.arm();
        }
    }

    fn tick(&mut self, minute: i64) {
        if minute != self.armed {
            return;
        }
        self.armed = i64::MAX;
        if let Some(number) = self.rig.plan.ticks(minute) {
            self.spawn(stages::tick(self.rig.clone(), Worker { number, tick: Some(minute) }));
        }
        self.arm();
    }

    /// The next tick in which the clock that is furthest ahead would find something. In the ticks before it nobody would.
    fn arm(&mut self) {
        let (plan, now) = (&self.rig.plan, self.rig.now.get());
        let due = |(waking, _): (crate::model::Waking, Work)| {
            if waking.owed { now + 1 } else { waking.at.as_millisecond() - plan.ahead() }
        };
        let Some(first) = self.rig.tables.borrow().waking().map(due).min() else { return };
        let minute = plan.tick_from(first.max(now + 1));
        if minute < self.armed {
            self.armed = minute;
            let at = plan.tick_at(minute);
            self.push(at, Event::Tick(minute));
        }
    }

    fn anybody(&self) -> Worker {
        let number = self.rig.random.between(0, self.rig.plan.skews.len() as i64 - 1);
        Worker { number: usize::try_from(number).unwrap_or(0), tick: None }
    }

    fn begin(&mut self, job: Job) {
        let (rig, worker) = (self.rig.clone(), self.anybody());
        match job {
            Job::Arrive(telling, nth) => self.spawn(arrive(rig, worker, telling, nth)),
            Job::Deed(deed, again) => {
                let deed = rig.plan.deeds[deed];
                self.spawn(people::act(rig, worker, deed, again));
            }
            Job::Stream(work) => self.spawn(stages::streamed(rig, worker, work)),
        }
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.tasks.push(None);
            self.tasks.len() - 1
        });
        self.tasks[slot] = Some(Box::pin(task));
        self.resume(slot);
    }

    fn resume(&mut self, slot: usize) {
        let Some(mut task) = self.tasks[slot].take() else { return };
        loop {
            self.rig.resume.set(self.rig.now.get());
            if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                self.free.push(slot);
                return;
            }
            let at = self.rig.resume.get();
            self.follow();
            // Where nothing happens before it goes on, it goes on: most of the time only one task is at work.
            if at >= self.rig.plan.ends || self.events.peek().is_some_and(|Reverse((next, ..))| *next <= at) {
                self.tasks[slot] = Some(task);
                self.push(at, Event::Task(slot));
                return;
            }
            self.rig.now.set(at);
        }
    }
}

/// The door: keeps a delivery before it answers; a platform that got no answer sends it again.
async fn arrive(rig: Rc<Rig>, worker: Worker, telling: usize, nth: usize) {
    let told = rig.plan.tellings[telling].clone();
    // Half of what comes again is the same delivery, the rest the same words in another one.
    let id = format!("{}-{}-{}", told.comment, told.version, if nth % 2 == 0 { 0 } else { nth });
    loop {
        let received_at = rig.clock(worker);
        let id = id.clone();
        let kept = rig.ask(worker, |tables| {
            if tables.deliveries.iter().any(|kept| kept.id == id) {
                return;
            }
            let (comment, version, written) = (told.comment, told.version, told.at[0]);
            let kept = rig.now.get();
            tables.deliveries.push(Delivery { id, comment, version, written, received_at, kept, worked_off: false });
            rig.stream(Work::Delivery(tables.deliveries.len() - 1));
        });
        if kept.await.is_ok() || rig.now.get() > rig.plan.ends - MINUTE {
            return;
        }
        rig.pause(rig.random.between(5 * SECOND, MINUTE)).await;
    }
}
