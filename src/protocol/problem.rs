//! What is wrong with a protocol file, in a sentence and with its line, and the list in which a reading collects them.
//!
//! A safety officer mends a file once, not once per fault, so nothing in `protocol` stops at the first problem. The readers of
//! this folder write into a [`Report`]; `parse` hands out its problems in the order of the file.

use std::fmt;
use std::ops::Range;

/// One fault, or one hole, of a protocol file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The problems found so far, and where the lines of the file begin.
pub(super) struct Report {
    /// The byte at which each line starts.
    starts: Vec<usize>,
    found: Vec<Problem>,
}

impl Report {
    /// An empty list, ready to turn places in this source into lines.
    pub fn new(source: &str) -> Self {
        let breaks = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect(), found: Vec::new() }
    }

    /// Notes one fault: a sentence that says what is wrong and what was expected.
    pub fn add(&mut self, line: usize, message: impl Into<String>) {
        self.found.push(Problem { line, message: message.into() });
    }

    /// The line in which a span of bytes starts.
    pub fn line_of(&self, span: Range<usize>) -> usize {
        self.starts.partition_point(|start| *start <= span.start).max(1)
    }

    /// Whether no fault was found so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// In the order of the file.
    pub fn into_problems(mut self) -> Vec<Problem> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}

/// `a`, `a or b`, `a, b or c`; each name once.
pub(super) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut once: Vec<&str> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    match once.as_slice() {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
