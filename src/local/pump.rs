//! The pump: wakes the stages as the stream and the schedule do on AWS. The door rings it when something was kept; besides, it
//! looks every [`LOOK_EVERY`] for what time alone has made due.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use crate::error::one_line;
use crate::line::Line;

/// How long open work waits at most for the pump to look by itself.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long one sweep may take before the pump looks again at what is most urgent, and whether it shall stop.
const SWEEP_LIMIT: SignedDuration = SignedDuration::from_secs(5);
/// How often it ticks as the schedule does on AWS: only a tick looks after doors and channels, and makes roots over all chains.
const TICK_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// A running pump.
pub struct Pump {
    bell: Arc<Notify>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

/// Rings when there is something to do.
#[derive(Clone)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Makes the pump look now; several rings before it looks are one.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

impl Pump {
    /// Sweeps the line in the background until it is stopped.
    pub fn start(line: Line) -> Pump {
        let bell = Arc::new(Notify::new());
        let (stop, mut stopped) = oneshot::channel();
        let heard = bell.clone();
        let running = tokio::spawn(async move {
            let mut ticked: Option<Timestamp> = None;
            loop {
                let limit = Timestamp::now().checked_add(SWEEP_LIMIT).unwrap_or(Timestamp::MAX);
                let tick = ticked.is_none_or(|at| Timestamp::now().duration_since(at).abs() >= TICK_EVERY);
                if tick {
                    ticked = Some(Timestamp::now());
                }
                let swept = if tick { line.tick(limit).await } else { line.sweep(limit).await };
                let busy = match swept {
                    Ok(_) => Timestamp::now() >= limit,
                    Err(error) => {
                        tracing::error!(error = one_line(&error), "the sweep could not read the open work");
                        false
                    }
                };
                let pause = if busy { Duration::ZERO } else { LOOK_EVERY };
                tokio::select! {
                    biased;
                    _ = &mut stopped => return,
                    () = heard.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        });
        Pump { bell, stop, running }
    }

    /// A bell for whoever keeps something that the stages should see at once.
    pub fn waker(&self) -> Waker {
        Waker(self.bell.clone())
    }

    /// Stops after the sweep that is running.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.running.await;
    }
}
