//! Rows for signing: who may sign what, when, and what stays with an older version.

use super::*;
use crate::model::{Actor, Revision};

fn note(seq: u32, by: &str, what: Noted) -> Note {
    let at = Timestamp::from_second(i64::from(seq)).unwrap();
    let by = Actor::Person(by.to_owned());
    Note { seq: Revision(seq), at, by, what, words: None, program: None, prev: String::new(), hash: String::new() }
}

fn made(digest: &str, differences: u32) -> Noted {
    let period = Period::parse("2026-03-11").unwrap();
    Noted::Statement(StatementMade { period, digest: digest.to_owned(), received: 3, differences, nil: false })
}

fn asked(digest: &str, side: Side, name: &str, meaning: Meaning, remarks: Option<&str>) -> Asked {
    let (period, remarks) = (Period::parse("2026-03-11").unwrap(), remarks.map(str::to_owned));
    Asked { period, digest: digest.to_owned(), side, by: Hand::from(name), meaning, remarks }
}

#[test]
fn each_side_signs_once_and_no_person_for_both() {
    use Meaning::{Agrees, WithRemarks};
    use Side::{ChannelOwner, DrugSafety};
    let first = Statements::fold(&[note(1, "machine", made("aa", 0))]);
    let given = first.sign(&asked("aa", ChannelOwner, "Ann", Agrees, None)).unwrap().unwrap();
    let signed = Statements::fold(&[note(1, "machine", made("aa", 0)), note(2, "Ann", Noted::Signed(given))]);
    let rows = [
        (asked("aa", ChannelOwner, "Ann", Agrees, None), Ok(false)),
        (
            asked("aa", ChannelOwner, "Ann", WithRemarks, Some("later")),
            Err("Channel owner has signed this version already: Ann."),
        ),
        (asked("aa", ChannelOwner, "Bram", Agrees, None), Err("Channel owner has signed this version already: Ann.")),
        (asked("aa", DrugSafety, " ann ", Agrees, None), Err("One person cannot sign for both sides.")),
        (asked("bb", DrugSafety, "Bram", Agrees, None), Err("This statement was made anew since you opened it.")),
        (asked("aa", DrugSafety, "Bram", Agrees, Some("but")), Err("Remarks belong to a signature with remarks.")),
        (asked("aa", DrugSafety, "Bram", WithRemarks, Some(" ")), Err("`remarks` is missing")),
        (asked("aa", DrugSafety, "Bram", WithRemarks, Some("a\u{7}")), Err("`remarks` must not hold control")),
        (asked("aa", DrugSafety, "Bram", Agrees, None), Ok(true)),
    ];
    for (asked, expected) in rows {
        match (signed.sign(&asked), expected) {
            (Ok(new), Ok(expected)) => assert_eq!(new.is_some(), expected, "{}", asked.by.name),
            (Err(refused), Err(expected)) => assert!(refused.starts_with(expected), "{refused}"),
            (other, expected) => panic!("{}: {other:?}, not {expected:?}", asked.by.name),
        }
    }
}

#[test]
fn a_statement_with_differences_is_signed_with_remarks_only() {
    let statements = Statements::fold(&[note(1, "machine", made("aa", 2))]);
    assert!(statements.sign(&asked("aa", Side::DrugSafety, "Ann", Meaning::Agrees, None)).unwrap_err().contains("differences"));
    let remarks = asked("aa", Side::DrugSafety, "Ann", Meaning::WithRemarks, Some("NL-2 follows on Monday"));
    assert!(statements.sign(&remarks).unwrap().is_some());
}

#[test]
fn a_statement_made_anew_has_no_signatures_and_the_old_one_keeps_its_own() {
    let first = Statements::fold(&[note(1, "machine", made("aa", 0))]);
    let given = first.sign(&asked("aa", Side::DrugSafety, "Ann", Meaning::Agrees, None)).unwrap().unwrap();
    let notes = [note(1, "machine", made("aa", 0)), note(2, "Ann", Noted::Signed(given)), note(3, "machine", made("bb", 0))];
    let statements = Statements::fold(&notes);
    let versions = statements.of(Period::parse("2026-03-11").unwrap());
    assert_eq!(versions.iter().map(|version| (version.number, version.signatures.len())).collect::<Vec<_>>(), [(1, 1), (2, 0)]);
    assert!(!versions[1].is_signed());
}
