//! The outbox: every message that the local topic accepted, in order, kept beside the table.

use std::collections::{BTreeMap, VecDeque};
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
    pub bodies: BTreeMap<String, String>,
    pub attributes: BTreeMap<String, String>,
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

/// Messages that are held in memory for the page and for tests; the file holds all.
const IN_MEMORY: usize = 5_000;

#[derive(Debug)]
struct Inner {
    /// The newest, oldest of them first.
    posted: VecDeque<Posted>,
    /// How many there ever were.
    count: usize,
    file: Option<File>,
}

impl Outbox {
    /// Opens `outbox.jsonl` in the data folder, or an outbox in memory. A last line that a crash cut off was never accepted, and
    /// is ended so that the next one stands on its own.
    pub fn open(data: Option<&Path>) -> std::io::Result<Outbox> {
        let mut inner = Inner { posted: VecDeque::new(), count: 0, file: None };
        if let Some(folder) = data {
            let path = folder.join("outbox.jsonl");
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            let mut last = Vec::new();
            let mut lines = BufReader::new(File::open(&path)?);
            loop {
                last.clear();
                if lines.read_until(b'\n', &mut last)? == 0 {
                    break;
                }
                if let Ok(message) = serde_json::from_slice(&last) {
                    inner.hold(message);
                }
                if !last.ends_with(b"\n") {
                    file.write_all(b"\n")?;
                }
            }
            inner.file = Some(file);
        }
        Ok(Outbox { inner: Arc::new(Mutex::new(inner)) })
    }

    /// Accepts a message: written down before the sender hears of it.
    pub fn accept(&self, message: Posted) -> std::io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut inner.file {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            file.write_all(&line)?;
        }
        inner.hold(message);
        Ok(())
    }

    /// The newest `limit` messages, newest first.
    pub fn newest(&self, limit: usize) -> Vec<Posted> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.posted.iter().rev().take(limit).cloned().collect()
    }

    /// How many messages were accepted since the outbox began.
    pub fn len(&self) -> usize {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// Whether no message was accepted yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Inner {
    fn hold(&mut self, message: Posted) {
        self.count += 1;
        self.posted.push_back(message);
        if self.posted.len() > IN_MEMORY {
            self.posted.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: usize) -> Posted {
        let (bodies, attributes) = (BTreeMap::new(), BTreeMap::new());
        let (topic, subject) = ("arn:aws:sns:eu-west-1:000000000000:Desk".to_owned(), "Adverse event".to_owned());
        Posted { message_id: id.to_string(), at: Timestamp::UNIX_EPOCH, topic, subject, bodies, attributes }
    }

    #[test]
    fn a_line_that_a_crash_cut_off_spoils_no_other() {
        let folder = std::env::temp_dir().join(format!("dayzero-outbox-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("outbox.jsonl");
        let _ = std::fs::remove_file(&file);
        Outbox::open(Some(&folder)).unwrap().accept(message(1)).unwrap();
        std::fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"{\"message_id\": \"2\", \"at").unwrap();
        for start in 0..3 {
            let outbox = Outbox::open(Some(&folder)).unwrap();
            assert_eq!(outbox.len(), 1 + start, "the whole messages of earlier starts");
            outbox.accept(message(3 + start)).unwrap();
        }
        let ids: Vec<String> =
            Outbox::open(Some(&folder)).unwrap().newest(9).into_iter().map(|posted| posted.message_id).collect();
        assert_eq!(ids, ["5", "4", "3", "1"]);
    }

    #[test]
    fn memory_holds_the_newest_and_counts_all() {
        let outbox = Outbox::open(None).unwrap();
        for id in 0..IN_MEMORY + 2 {
            outbox.accept(message(id)).unwrap();
        }
        assert_eq!((outbox.len(), outbox.newest(usize::MAX).len()), (IN_MEMORY + 2, IN_MEMORY));
    }
}
