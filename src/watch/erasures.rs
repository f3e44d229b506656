//! Requests for erasure that somebody agreed to and that a crash left unfinished: found again on every tick.

use crate::erasure;
use crate::store::StoreError;

use super::Watch;

/// Orders what such requests still want ordered, and says how many there were.
pub async fn finish_erasures(stage: &Watch) -> Result<usize, StoreError> {
    let finished = erasure::finish(&stage.store, stage.clock.now()).await?;
    if finished > 0 {
        tracing::warn!(finished, "requests for erasure that had been left unfinished were ordered");
    }
    Ok(finished)
}
