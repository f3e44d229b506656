//! Runbooks are read in trouble: every command of the program that stands in one is a command that the program takes.

use clap::Parser;
use dayzero::commands::Cli;

use crate::tidy::root;

/// The lines of a page that call the program, continued lines joined, each as a shell would split it.
fn commands(page: &str) -> Vec<Vec<String>> {
    let joined = page.replace("\\\n", " ");
    let called = joined.lines().filter(|line| line.starts_with("    ") && line.trim_start().starts_with("dayzero "));
    called.map(words).collect()
}

/// Splits at blanks outside quotation marks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 { words.push(part.to_owned()) } else { words.extend(part.split_whitespace().map(str::to_owned)) }
    }
    words
}

/// What the program says to a command that it does not take.
fn refused(page: &str) -> Vec<String> {
    let refusal = |words: &Vec<String>| Some(format!("{}: {}", words.join(" "), Cli::try_parse_from(words).err()?));
    commands(page).iter().filter_map(refusal).collect()
}

#[test]
fn every_command_in_a_runbook_is_one_that_the_program_takes() {
    let mut tried = 0;
    for entry in std::fs::read_dir(root().join("infra/runbooks")).unwrap() {
        let path = entry.unwrap().path();
        let page = std::fs::read_to_string(&path).unwrap();
        assert_eq!(refused(&page), [""; 0], "{}", path.display());
        tried += commands(&page).len();
    }
    assert!(tried >= 20, "only {tried} commands were tried: are they no longer found?");
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    let rows = [
        ("    dayzero audit verify", 0),
        ("1. first\n\n       dayzero acknowledge KEY --by \"Ann de Vries\"", 0),
        ("    dayzero audit verify --all", 1),
        ("    dayzero rewind", 1),
        ("    dayzero drill \\\n        --until midnight", 1),
        ("Inside a text, dayzero rewind is a word.", 0),
    ];
    for (page, expected) in rows {
        assert_eq!(refused(page).len(), expected, "{page}");
    }
}
