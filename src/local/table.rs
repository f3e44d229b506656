//! The embedded DynamoDB: the real API on a loopback port, in a file or in memory.

use std::path::Path;

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running table server. It is created without a stream: an embedded stream slows every write down as it grows, and the
/// sweep finds all that a stream would have told.
pub struct Table {
    port: u16,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
}

impl Table {
    /// Starts on a free port; `None` keeps the data in memory.
    pub async fn start(data: Option<&Path>) -> Result<Table, String> {
        Table::start_file(data.map(|folder| folder.join("dayzero.db")).as_deref()).await
    }

    /// The same over a file of another name.
    pub async fn start_file(file: Option<&Path>) -> Result<Table, String> {
        let database = match file {
            None => Database::memory(),
            Some(file) => Database::new(&file.to_string_lossy()),
        };
        let database = database.map_err(|error| format!("the local table cannot be opened: {error}"))?;
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(|error| format!("the local table cannot listen: {error}"))?;
        let port = listener.local_addr().map_err(|error| format!("the local table cannot listen: {error}"))?.port();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, async {
            let _ = stopped.await;
        }));
        Ok(Table { port, stop, server })
    }

    /// Where the real client finds it.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops accepting, lets running requests finish and closes the file.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        if let Ok(Err(error)) = self.server.await {
            tracing::error!(error, "the local table did not stop cleanly");
        }
    }
}
