//! Time that passes only when nothing else can happen. Whoever sleeps registers an alarm; when the runtime is about to park, because every
//! task waits, the next alarm rings and the clock stands at its time. So an hour of retries takes as long as the work in it, and a clock that
//! was waited for is exact.
//!
//! The SDK's clients sleep here, for their retries and their time limits. Limits that the program sets with tokio's own timers run in real
//! time and are not reached; the stories of `trouble` show those.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use dayzero::model::Clock;
use jiff::{SignedDuration, Timestamp};

use super::wire::Life;

/// Alarms by when they ring, and by number where that is the same moment: whose they are, and who is woken.
type Alarms = BTreeMap<(i64, u64), (Option<Arc<Life>>, Waker)>;

/// The time of one story. Clones share it.
#[derive(Clone)]
pub struct Hours {
    pub clock: Clock,
    alarms: Arc<Mutex<(u64, Alarms)>>,
    /// Whose sleep this is: the dead wake nobody.
    life: Option<Arc<Life>>,
}

impl std::fmt::Debug for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hours({:?})", self.clock)
    }
}

impl Hours {
    pub fn at(time: &str) -> Hours {
        Hours { clock: Clock::manual(time.parse().expect("a time")), alarms: Arc::default(), life: None }
    }

    /// The same time for a process that may die.
    pub fn of(&self, life: &Arc<Life>) -> Hours {
        Hours { life: Some(life.clone()), ..self.clone() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Passes this time by sleeping, while others do what they do.
    pub async fn pass(&self, time: SignedDuration) {
        self.alarm(i64::try_from(time.as_millis()).expect("some days")).await;
    }

    /// Runs a story to its end in this time, on one thread.
    pub fn run<T>(&self, story: impl Future<Output = T>) -> T {
        let hours = self.clone();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().on_thread_park(move || hours.ring()).build().expect("a runtime");
        runtime.block_on(story)
    }

    fn alarm(&self, milliseconds: i64) -> Alarm {
        let due = self.now().as_millisecond() + milliseconds;
        let mut alarms = self.alarms();
        alarms.0 += 1;
        Alarm { hours: self.clone(), place: (due, alarms.0) }
    }

    /// Everybody waits: the next alarm rings.
    fn ring(&self) {
        loop {
            let Some(((due, _), (life, waker))) = self.alarms().1.pop_first() else { return };
            if life.is_some_and(|life| life.is_over()) {
                continue;
            }
            let ahead = due - self.now().as_millisecond();
            self.clock.advance(SignedDuration::from_millis(ahead.max(0)));
            return waker.wake();
        }
    }

    fn alarms(&self) -> MutexGuard<'_, (u64, Alarms)> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncSleep for Hours {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(self.alarm(i64::try_from(duration.as_millis()).expect("some seconds")))
    }
}

struct Alarm {
    hours: Hours,
    place: (i64, u64),
}

impl Future for Alarm {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.hours.now().as_millisecond() >= self.place.0 {
            return Poll::Ready(());
        }
        let alarm = (self.hours.life.clone(), context.waker().clone());
        // What stood there is dropped after the lock: with it a task may go, and its alarms with that.
        let before = self.hours.alarms().1.insert(self.place, alarm);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let alarm = self.hours.alarms().1.remove(&self.place);
        drop(alarm);
    }
}
