//! The nightly round of local mode, as the schedule starts it on AWS: every minute it looks whether a campaign's date has changed, and
//! reconciles those whose has. Apart from the pump: a long round must keep no alert waiting.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::one_line;
use crate::reconcile::{self, Night, Reconcile};

/// How often it looks; a look at a date that is done is two small reads for each campaign.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The running round.
pub struct Nightly {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Nightly {
    /// Looks in the background until it is stopped; the first time after a minute, when samples have been played in.
    pub fn start(stage: Reconcile) -> Nightly {
        let (stop, mut stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    _ = &mut stopped => return,
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
                match reconcile::nights(&stage).await {
                    Ok(nights) => nights.iter().for_each(|(campaign, night)| {
                        if let Night::Done(done) = night {
                            tracing::info!(%campaign, comments = done.comments, differences = done.differences, "reconciled");
                        }
                    }),
                    Err(error) => tracing::error!(error = one_line(&error), "the nightly reconciliation did not finish"),
                }
            }
        });
        Nightly { stop, running }
    }

    /// Stops after the round that is running.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.running.await;
    }
}
