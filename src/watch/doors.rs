//! Doors whose platform has stopped asking whether the address is ours. Some ask every few hours, or before a lease ends, and drop a
//! subscription whose questions fail: to us that looks like a quiet day.

use crate::metrics::Metric;
use crate::store::StoreError;

use super::{STAGE, Watch};

/// Says how many doors wait for a handshake that is overdue: on every tick as a metric, whose alarm is cleared when it is heard
/// again, and once in the log.
pub async fn look_after(stage: &Watch) -> Result<usize, StoreError> {
    let (handshakes, directory) = (stage.store.handshakes().await?, stage.store.directory().await?);
    let now = stage.clock.now();
    // A door that no active protocol opens any more is nobody's loss.
    let overdue = handshakes.iter().filter(|((door, _), shaken)| shaken.is_overdue(now) && directory.doors.contains_key(door));
    let overdue: Vec<_> = overdue.collect();
    stage.metrics.count(STAGE, Metric::HandshakeOverdue, overdue.len() as u64);
    for ((door, about), shaken) in overdue.iter().filter(|(_, shaken)| !shaken.missed) {
        tracing::error!(%door, about, last = %shaken.at, "a platform has stopped asking whether the address is ours: its subscription ends");
        stage.store.missed_handshake(door, about, shaken).await?;
    }
    Ok(overdue.len())
}
