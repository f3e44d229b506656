//! Puts the word lists into the form in which the program searches them, so that a start costs nothing: one block of bytes, and a short
//! digest of all texts by which an assessment names them.

#![expect(dead_code, reason = "the program's own modules, of which making the block needs a half")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

#[path = "src/classify/lists.rs"]
mod lists;
#[path = "src/classify/normalise.rs"]
mod normalise;
#[path = "src/classify/terms.rs"]
mod terms;

use lists::{EMOJI, LANGUAGES, LISTS, List, terms_of};
use terms::{Written, compile};

fn main() {
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")).join("src/classify/lexicons");
    println!("cargo::rerun-if-changed={}", folder.display());
    for module in ["lists.rs", "normalise.rs", "terms.rs"] {
        println!("cargo::rerun-if-changed=src/classify/{module}");
    }
    let mut digest = Sha256::new();
    let mut read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("the word list {}: {error}", path.display()));
        digest.update(text.as_bytes());
        text
    };
    let emoji = read(folder.join(EMOJI));
    // Read by the program as it is; it decides which lists read a comment, so it is a part of their version.
    read(folder.join("common.txt"));
    let mut texts: Vec<(u8, List, String)> = Vec::new();
    for (language, tag) in (0..).zip(LANGUAGES) {
        texts.extend(LISTS.iter().map(|(list, file)| (language, *list, read(folder.join(tag).join(file)))));
        texts.push((language, List::Reaction, emoji.clone()));
    }
    let written = texts.iter().flat_map(|(language, list, text)| {
        terms_of(text).map(|(label, term)| Written { language: *language, list: *list, label, term })
    });
    let block = compile(written);
    let digest: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=DAYZERO_LEXICONS={digest}");
    let out = Path::new(&variable("OUT_DIR")).join("lexicons.bin");
    fs::write(&out, block).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
