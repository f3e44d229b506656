//! The verifier of an export, written so that nobody has to trust the writer: it uses nothing of ours, only JSON and SHA-256. `dayzero
//! audit verify` feeds it an export, or the store written out in the same lines. This text is the whole format; an auditor can write a
//! verifier from it in an afternoon (`tests/bench/audit.py` holds a third implementation).
//!
//! **A file** is lines of UTF-8, each ending in one line feed: entries, and at the end one closing line. Every line is JSON in one
//! spelling: no blanks outside strings, members in the order given here, in strings only `"`, `\` and control characters escaped (`\b`,
//! `\t`, `\n`, `\f`, `\r`, else `\u00` and two lower-case digits).
//!
//! **An entry** is `{"key":…,"seq":…,"body":…,"hash":…,"words":…}`, the last one only where there are words. `hash` is the SHA-256 of the
//! string `body`, as is every digest in lower-case hexadecimal. `body` is JSON itself: `key` and `seq` as in the line, `prev` (the hash of
//! the entry before, empty for the first), `what` (with its `kind`), `words` (SHA-256 of the text of the line's `words`, exactly as it
//! stands; null if there never were any), and what only people need. Words may be gone only from a chain with an entry whose kind is
//! `erased`.
//!
//! **A chain** is the entries of one key, together, `seq` from 1 on without a gap. Chains stand in ascending order of their keys' bytes,
//! in three groups: keys that begin with `journal:roots/`, others that begin with `journal:`, all others (comments).
//!
//! **A root** is an entry of a `journal:roots/…` whose kind is `root`: `from` and `until` (a window of time), `leaves` (each `key`, `seq`,
//! `hash`: the newest entry of a chain that moved), and `root`: the Merkle root over the leaves. A leaf's bytes are `key seq hash` with one
//! blank between; hashes of leaves and nodes are those of RFC 6962, section 2.1. A window begins where the one before it ended, or is the
//! same one told on. The entry that a leaf names must stand in the file with that hash.
//!
//! **The closing line** is `{"closing":{…},"hash":…}` with the SHA-256 of the inner object's text: `chains` and `entries` count what stands
//! above, `root` is the Merkle root over every chain's newest entry in the order of the file, `blocks` holds the SHA-256 of each 100
//! lines (line feeds included; the last block may be shorter), `at` and `program` say when and by what. An export of a period also has
//! `from` and `to`; roots may then name chains that it leaves out.
//!
//! What no file can show is that all of it was written anew, roots and closing line too. Compare its last root, which is printed, with
//! the same root in the log of `watch`, or with an export made before.

mod form;
mod tree;
mod verify;

use std::io::{self, BufRead, Read};

pub use verify::Verifier;

/// Bytes of a line at most: an item of the table has 400 KB, and a closing line 67 for each 100 entries.
const MAX_LINE: u64 = 64 << 20;

/// One break: where it is, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    pub line: usize,
    pub sentence: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    pub chains: usize,
    pub entries: usize,
    /// Chains that are broken, and what is wrong with the file as a whole.
    pub broken: usize,
    /// In the order of the lines.
    pub breaks: Vec<Break>,
    /// The end of the last window and its root, to be compared with the log.
    pub last_root: Option<(String, String)>,
}

/// Verifies a whole file.
pub fn verify(mut file: impl BufRead) -> io::Result<Report> {
    let (mut verifier, mut line) = (Verifier::default(), Vec::new());
    while (&mut file).take(MAX_LINE).read_until(b'\n', &mut line)? > 0 {
        verifier.line(&line);
        line.clear();
    }
    Ok(verifier.finish())
}
