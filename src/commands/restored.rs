//! `dayzero restored`: after an older copy of the table was put back, writes down in every record whose words were erased since that
//! they are gone. The keys say so; a record that waits for nothing would otherwise not be looked at again.

use clap::Args;

use super::{DataArgs, Ended, Opened, Unusable};
use crate::error::one_line;
use crate::metrics::Metrics;
use crate::model::{Clock, Happening};
use crate::store::Store;
use crate::watch::{self, Watch};

#[derive(Args)]
pub struct RestoredArgs {
    #[command(flatten)]
    data: DataArgs,
}

/// Ends with no where a record could not be looked at.
pub async fn run(args: RestoredArgs) -> Result<Ended, Unusable> {
    let opened = Opened::open(&args.data).await?;
    let settled = settle(&opened.store).await;
    opened.close().await;
    settled
}

async fn settle(store: &Store) -> Result<Ended, Unusable> {
    let watch = Watch { store: store.clone(), clock: Clock::System, metrics: Metrics::Off };
    let keys = store.keys().await.map_err(|error| Unusable(one_line(&error)))?;
    let (mut erased, mut failed) = (0, 0);
    for key in &keys {
        match watch::handle(&watch, key).await {
            Ok(happened) => erased += happened.iter().filter(|what| matches!(what, Happening::Erased { .. })).count(),
            Err(error) => {
                failed += 1;
                eprintln!("dayzero: {key}: {}", one_line(&error));
            }
        }
    }
    println!(
        "{} records, {erased} whose words were erased since the copy was made, {failed} that could not be looked at",
        keys.len()
    );
    Ok(if failed == 0 { Ended::Done } else { Ended::No })
}
