//! The outbox: every message that the local topic accepted, in order, kept beside the table.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A message as the topic accepted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub message_id: String,
    pub at: Timestamp,
    pub topic: String,
    pub subject: String,
    /// The message of each kind of subscriber: `default`, `email`, `sms`.
    pub bodies: std::collections::BTreeMap<String, String>,
    pub attributes: std::collections::BTreeMap<String, String>,
}

impl Posted {
    /// A field of the message for machines, for example `alert_id`.
    pub fn field(&self, name: &str) -> Option<String> {
        let message: serde_json::Value = serde_json::from_str(self.bodies.get("default")?).ok()?;
        Some(message.get(name)?.as_str()?.to_owned())
    }
}

/// Clones share one outbox.
#[derive(Clone, Debug)]
pub struct Outbox {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    posted: Vec<Posted>,
    file: Option<File>,
}

impl Outbox {
    /// Opens `outbox.jsonl` in the data folder, or an outbox in memory. A last line that a crash cut off was never accepted, and
    /// is ended so that the next one stands on its own.
    pub fn open(data: Option<&Path>) -> std::io::Result<Outbox> {
        let Some(folder) = data else {
            return Ok(Outbox { inner: Arc::new(Mutex::new(Inner { posted: Vec::new(), file: None })) });
        };
        let path = folder.join("outbox.jsonl");
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(&path)?;
        let mut posted = Vec::new();
        let mut whole = true;
        for line in BufReader::new(File::open(&path)?).split(b'\n') {
            match serde_json::from_slice(&line?) {
                Ok(message) => posted.push(message),
                Err(_) => whole = false,
            }
        }
        if !whole {
            file.write_all(b"\n")?;
        }
        Ok(Outbox { inner: Arc::new(Mutex::new(Inner { posted, file: Some(file) })) })
    }

    /// Accepts a message: written down before the sender hears of it.
    pub fn accept(&self, message: Posted) -> std::io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut inner.file {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        inner.posted.push(message);
        Ok(())
    }

    /// The newest `limit` messages, newest first.
    pub fn newest(&self, limit: usize) -> Vec<Posted> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.posted.iter().rev().take(limit).cloned().collect()
    }

    pub fn len(&self) -> usize {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).posted.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
