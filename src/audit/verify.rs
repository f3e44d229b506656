//! Reads an export line by line and names the first break of each chain, without a word of what it holds. It keeps leaves of roots and
//! digests, never entries.

use std::collections::{HashMap, HashSet, VecDeque};

use sha2::{Digest, Sha256};

use super::form::{Chain, Closing, Leaf, Line, ROOTS, Root, Totals, canonical, digest, place, read};
use super::tree::Tree;
use super::{Break, Report};

/// Lines that one digest of the closing line is of.
const BLOCK: usize = 100;
/// Breaks that are told one by one; the rest is counted.
const MOST_TOLD: usize = 1_000;
/// What is wrong with the file and with no chain of it.
const FILE: &str = "";

/// The state between two lines.
#[derive(Default)]
pub struct Verifier {
    line: usize,
    chain: Chain,
    leaves: HashMap<String, VecDeque<Leaf>>,
    /// The journals of roots that have been read: first line and hashes.
    roots: HashMap<String, (usize, Vec<String>)>,
    window: Option<(String, String)>,
    tips: Tree,
    block: Sha256,
    blocks: Vec<String>,
    closed: bool,
    broken: HashSet<String>,
    report: Report,
}

impl Verifier {
    /// Reads the next line, with its line feed.
    pub fn line(&mut self, line: &[u8]) {
        self.line += 1;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if text.len() == line.len() {
            return self.fault(FILE, self.line, "the export is cut off here: expected a line feed".to_owned());
        }
        if self.closed {
            return self.fault(FILE, self.line, "this stands after the closing line".to_owned());
        }
        if let Some(closing) = canonical::<Closing>(text) {
            return self.close(&closing);
        }
        self.block.update(line);
        if self.line.is_multiple_of(BLOCK) {
            self.blocks.push(hex::encode(self.block.finalize_reset()));
        }
        match canonical::<Line>(text) {
            Some(line) => self.entry(&line),
            None => {
                let key = self.chain.key.clone();
                self.fault(&key, self.line, "expected an entry, spelt as an export spells it".to_owned());
            }
        }
    }

    /// What was found in all lines.
    pub fn finish(mut self) -> Report {
        if !self.closed {
            self.end_chain();
            let last = self.line;
            self.fault(FILE, last, "the export is cut off here: expected a closing line at its end".to_owned());
        }
        self.report.broken = self.broken.len();
        self.report.breaks.sort_by_key(|fault| fault.line);
        self.report
    }

    /// Only the first break of a chain says something: what follows hangs on it.
    fn fault(&mut self, key: &str, line: usize, what: String) {
        if self.broken.insert(key.to_owned()) && self.report.breaks.len() < MOST_TOLD {
            self.report.breaks.push(Break { line, sentence: format!("line {line}: {what}") });
        }
    }

    fn entry(&mut self, line: &Line) {
        self.report.entries += 1;
        if line.key != self.chain.key {
            if self.chain.seq > 0 && place(&line.key) <= place(&self.chain.key) {
                let (at, other) = (self.chain.first, &self.chain.key);
                let what =
                    format!("{other} begins here, and entry {} of {} comes after it in line {}", line.seq, line.key, self.line);
                return self.fault(&line.key, at, what);
            }
            self.end_chain();
            let leaves = self.leaves.remove(&*line.key).unwrap_or_default();
            let (key, at) = (line.key.to_string(), self.line);
            self.chain = Chain { key, first: at, unconfirmed: at, leaves, ..Chain::default() };
        }
        if let Err(what) = self.check(line) {
            self.fault(&line.key, self.line, format!("{}: entry {} {what}", line.key, line.seq));
        }
        (self.chain.seq, self.chain.hash, self.chain.last) = (line.seq, line.hash.to_string(), self.line);
        if line.key.starts_with(ROOTS) {
            self.chain.hashes.push(line.hash.to_string());
        }
        self.confirm();
    }

    fn check(&mut self, line: &Line) -> Result<(), String> {
        let (body, what) = line.open()?;
        let expected = self.chain.seq.saturating_add(1);
        if line.seq != expected {
            return Err(format!("stands where entry {expected} was expected"));
        }
        if body.key != line.key || body.seq != line.seq {
            return Err("says of itself that it is another one".to_owned());
        }
        if body.prev != self.chain.hash {
            return Err("does not follow the entry before it".to_owned());
        }
        match line.words {
            Some(words) if body.words != Some(digest(words.get())) => {
                return Err("has other words beside it than were kept".to_owned());
            }
            None if body.words.is_some() => _ = self.chain.gone.get_or_insert((self.line, line.seq)),
            _ => {}
        }
        self.chain.erased |= what.kind == "erased";
        if line.key.starts_with(ROOTS) && what.kind == "root" {
            self.root(read(body.what.get())?)?;
        }
        Ok(())
    }

    /// Whether the roots so far hold this entry.
    fn confirm(&mut self) {
        while let Some(leaf) = self.chain.leaves.pop_front_if(|leaf| leaf.seq <= self.chain.seq) {
            if (leaf.seq, &leaf.hash) == (self.chain.seq, &self.chain.hash) {
                self.chain.unconfirmed = self.line + 1;
            } else {
                self.deny(self.chain.unconfirmed, &leaf);
            }
        }
    }

    /// A chain is not what a root holds.
    fn deny(&mut self, from: usize, leaf: &Leaf) {
        let Leaf { key, seq, line, .. } = leaf;
        self.fault(key, from, format!("{key}: from here to entry {seq} it is not what the root in line {line} holds"));
    }

    fn root(&mut self, root: Root) -> Result<(), String> {
        let mut tree = Tree::default();
        root.leaves.iter().for_each(|leaf| tree.push(&leaf.key, leaf.seq, &leaf.hash));
        if tree.root() != root.root {
            return Err("holds another root than that of its leaves".to_owned());
        }
        let window = (root.from, root.until);
        if self.window.as_ref().is_some_and(|last| last.1 != window.0 && *last != window) {
            return Err("leaves a gap after the window before it".to_owned());
        }
        self.report.last_root = Some((window.1.clone(), root.root));
        self.window = Some(window);
        for leaf in root.leaves {
            let leaf = Leaf { line: self.line, ..leaf };
            match self.roots.get(&leaf.key) {
                None => self.leaves.entry(leaf.key.clone()).or_default().push_back(leaf),
                Some((_, hashes)) if hashes.get((leaf.seq as usize).wrapping_sub(1)) == Some(&leaf.hash) => {}
                Some((first, _)) => self.deny(*first, &leaf),
            }
        }
        Ok(())
    }

    /// What shows only once a chain has ended.
    fn end_chain(&mut self) {
        let chain = std::mem::take(&mut self.chain);
        if chain.seq == 0 {
            return;
        }
        let Chain { key, seq, hash, .. } = &chain;
        if let Some(leaf) = chain.leaves.front() {
            let what = format!("{key} ends with entry {seq}, and the root in line {} holds entry {}", leaf.line, leaf.seq);
            self.fault(key, chain.last, what);
        }
        if let Some((line, seq)) = chain.gone.filter(|_| !chain.erased) {
            self.fault(key, line, format!("{key}: the words beside entry {seq} are gone, and no entry orders it"));
        }
        self.report.chains += 1;
        self.tips.push(key, *seq, hash);
        if key.starts_with(ROOTS) {
            self.roots.insert(chain.key, (chain.first, chain.hashes));
        }
    }

    fn close(&mut self, closing: &Closing) {
        self.end_chain();
        self.closed = true;
        let text = closing.closing.get();
        let totals = read::<Totals>(text).ok().filter(|_| digest(text) == closing.hash);
        let Some(totals) = totals else {
            return self.fault(FILE, self.line, "the closing line is not what was hashed".to_owned());
        };
        if totals.from.is_none() && totals.to.is_none() {
            let missing = std::mem::take(&mut self.leaves).into_values().filter_map(|mut leaves| leaves.pop_front());
            for leaf in missing {
                let what = format!("the root holds entry {} of {}, and that chain is not there", leaf.seq, leaf.key);
                self.fault(&leaf.key, leaf.line, what);
            }
        }
        if self.broken.is_empty() {
            self.compare(&totals);
        }
    }

    /// The file as a whole with its closing line, where no chain shows what is wrong.
    fn compare(&mut self, totals: &Totals) {
        if !(self.line - 1).is_multiple_of(BLOCK) {
            self.blocks.push(hex::encode(self.block.finalize_reset()));
        }
        let at = self.line;
        if self.blocks != totals.blocks {
            let same = self.blocks.iter().zip(&totals.blocks).take_while(|(one, other)| one == other).count();
            let from = (same * BLOCK + 1).min(at);
            self.fault(FILE, from, format!("from here to line {at} not every line is one that the closing line tells of"));
        }
        let here = (self.report.chains, self.report.entries, self.tips.root());
        if here != (totals.chains, totals.entries, totals.root.clone()) {
            self.fault(FILE, at, "the closing line tells of other chains than stand above it".to_owned());
        }
    }
}
