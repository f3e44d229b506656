//! Typed reading of TOML that never stops at the first fault: every value keeps its line, every fault goes into the [`Report`],
//! and what nobody asked for is refused.
//!
//! It knows TOML and nothing of what a protocol means; `identity`, `rules` and `routes` say which keys there are, `shape` what
//! their values look like.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Report;

/// A value and the line it stands on.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<T> {
    pub value: T,
    pub line: usize,
}

/// What a value has to look like: the words for a person, and the reader.
pub(super) struct Shape<T> {
    pub expected: &'static str,
    pub read: fn(&DeValue<'_>) -> Option<T>,
}

/// A table of the file, from which keys are taken one by one.
pub(super) struct Table<'d> {
    /// As a person would find it: `[protocol]`, `[[channel]]`.
    pub place: String,
    pub line: usize,
    left: BTreeMap<&'d str, Entry<'d>>,
    asked: Vec<&'static str>,
}

struct Entry<'d> {
    /// Where the key stands.
    line: usize,
    value: &'d Spanned<DeValue<'d>>,
}

impl Entry<'_> {
    fn is_empty_list(&self) -> bool {
        matches!(self.value.get_ref(), DeValue::Array(items) if items.is_empty())
    }
}

impl<'d> Table<'d> {
    /// Wraps a parsed table; `place` is what sentences about its faults call it.
    pub fn new(place: impl Into<String>, line: usize, table: &'d DeTable<'d>, report: &Report) -> Self {
        let entry = |(key, value): (&'d Spanned<_>, &'d Spanned<DeValue<'d>>)| {
            let key: &'d Spanned<std::borrow::Cow<'d, str>> = key;
            (key.get_ref().as_ref(), Entry { line: report.line_of(key.span()), value })
        };
        Self { place: place.into(), line, left: table.iter().map(entry).collect(), asked: Vec::new() }
    }

    /// Whether the key is still there to be taken.
    pub fn has(&self, key: &str) -> bool {
        self.left.contains_key(key)
    }

    /// The keys that are still there to be taken.
    pub fn keys(&self) -> impl Iterator<Item = &'d str> {
        self.left.keys().copied()
    }

    fn take(&mut self, key: &'static str) -> Option<Entry<'d>> {
        self.asked.push(key);
        self.left.remove(key)
    }

    /// A value that has to be there.
    pub fn required<T>(&mut self, key: &'static str, shape: &Shape<T>, report: &mut Report) -> Option<At<T>> {
        if !self.has(key) {
            self.asked.push(key);
            report.add(self.line, format!("{} needs {key}: {}", self.place, shape.expected));
            return None;
        }
        self.optional(key, shape, report)
    }

    /// A value that may be absent.
    pub fn optional<T>(&mut self, key: &'static str, shape: &Shape<T>, report: &mut Report) -> Option<At<T>> {
        let entry = self.take(key)?;
        value(&format!("{} {key}", self.place), entry.value, shape, report)
    }

    /// A list of values; an absent list is an empty one.
    pub fn list<T>(&mut self, key: &'static str, shape: &Shape<T>, report: &mut Report) -> Vec<At<T>> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        let place = format!("{} {key}", self.place);
        let DeValue::Array(items) = entry.value.get_ref() else {
            report.add(entry.line, format!("{place}: expected a list, found {}", describe(entry.value.get_ref())));
            return Vec::new();
        };
        items.iter().filter_map(|item| value(&place, item, shape, report)).collect()
    }

    /// A list that has to hold something.
    pub fn filled_list<T>(&mut self, key: &'static str, shape: &Shape<T>, report: &mut Report) -> Vec<At<T>> {
        match self.left.get(key) {
            None => report.add(self.line, format!("{} needs {key}: a list, each entry {}", self.place, shape.expected)),
            Some(entry) if entry.is_empty_list() => {
                report.add(entry.line, format!("{} {key}: expected at least one entry, {}", self.place, shape.expected));
            }
            Some(_) => {}
        }
        self.list(key, shape, report)
    }

    /// A table below this one; `place` is how a person finds it.
    pub fn table(&mut self, key: &'static str, place: &str, report: &mut Report) -> Option<Table<'d>> {
        let entry = self.take(key)?;
        table(place, entry.line, entry.value, report)
    }

    /// A table that has to be there.
    pub fn required_table(&mut self, key: &'static str, place: &str, report: &mut Report) -> Option<Table<'d>> {
        if !self.has(key) {
            report.add(self.line, format!("{} needs {place}", self.place));
        }
        self.table(key, place, report)
    }

    /// A list of tables; an absent list is an empty one.
    pub fn tables(&mut self, key: &'static str, place: &str, report: &mut Report) -> Vec<Table<'d>> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        let DeValue::Array(items) = entry.value.get_ref() else {
            report.add(entry.line, format!("{place}: expected a list of tables, found {}", describe(entry.value.get_ref())));
            return Vec::new();
        };
        let line = |item: &Spanned<DeValue<'_>>, report: &Report| report.line_of(item.span());
        items.iter().filter_map(|item| table(place, line(item, report), item, report)).collect()
    }

    /// A list of tables that has to hold something.
    pub fn filled_tables(&mut self, key: &'static str, place: &str, report: &mut Report) -> Vec<Table<'d>> {
        let line = match self.left.get(key) {
            None => Some(self.line),
            Some(entry) => entry.is_empty_list().then_some(entry.line),
        };
        if let Some(line) = line {
            let what = place.strip_prefix(&self.place).unwrap_or(place).trim_start();
            report.add(line, format!("{} needs at least one {what}", self.place));
        }
        self.tables(key, place, report)
    }

    /// Everything not yet taken, for tables whose keys are names that the file chooses.
    pub fn rest<T>(&mut self, shape: &Shape<T>, report: &mut Report) -> Vec<(At<&'d str>, T)> {
        let mut all = Vec::new();
        for (key, entry) in std::mem::take(&mut self.left) {
            if let Some(read) = value(&format!("{} {key}", self.place), entry.value, shape, report) {
                all.push((At { value: key, line: entry.line }, read.value));
            }
        }
        all
    }

    /// Like [`Table::rest`], where each value is a list.
    pub fn rest_lists<T>(&mut self, shape: &Shape<T>, report: &mut Report) -> Vec<(At<&'d str>, Vec<At<T>>)> {
        let mut all = Vec::new();
        for (key, entry) in std::mem::take(&mut self.left) {
            let place = format!("{} {key}", self.place);
            let DeValue::Array(items) = entry.value.get_ref() else {
                report.add(entry.line, format!("{place}: expected a list, found {}", describe(entry.value.get_ref())));
                continue;
            };
            let read = items.iter().filter_map(|item| value(&place, item, shape, report)).collect();
            all.push((At { value: key, line: entry.line }, read));
        }
        all
    }

    /// Refuses what nobody asked for.
    pub fn finish(self, report: &mut Report) {
        for (key, entry) in &self.left {
            let hint = match nearest(key, &self.asked) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("it knows {}", self.asked.join(", ")),
            };
            report.add(entry.line, format!("{} has an unknown key {key:?}; {hint}", self.place));
        }
    }
}

fn table<'d>(place: &str, line: usize, value: &'d Spanned<DeValue<'d>>, report: &mut Report) -> Option<Table<'d>> {
    match value.get_ref() {
        DeValue::Table(inner) => Some(Table::new(place, line, inner, report)),
        other => {
            report.add(line, format!("{place}: expected a table, found {}", describe(other)));
            None
        }
    }
}

fn value<T>(place: &str, found: &Spanned<DeValue<'_>>, shape: &Shape<T>, report: &mut Report) -> Option<At<T>> {
    let line = report.line_of(found.span());
    let read = (shape.read)(found.get_ref());
    if read.is_none() {
        report.add(line, format!("{place}: expected {}, found {}", shape.expected, describe(found.get_ref())));
    }
    read.map(|value| At { value, line })
}

/// How much of a wrong value a message repeats, in characters: enough to find it, not a page.
const SHOWN_CHARACTERS: usize = 40;

fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.chars().count() > SHOWN_CHARACTERS => {
            format!("{:?}…", text.chars().take(SHOWN_CHARACTERS).collect::<String>())
        }
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// Further apart than this, two words are not one word mistyped.
const TYPING_SLIPS: usize = 2;

/// The known name that `word` was probably meant to be.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let near = known.iter().map(|name| (edits(word, name), *name)).min()?;
    (near.0 <= TYPING_SLIPS && near.0 < near.1.chars().count()).then_some(near.1)
}

/// How many characters have to be added, removed or changed to make one word the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[to.len()]
}
