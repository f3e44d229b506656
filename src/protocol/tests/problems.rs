//! What a file is told: every row of `mistakes`, and the stories that need more than a row.

use super::mistakes::{HOURS, IDENTITY, PLACES, REST, ROUTES, Row, WINDOWS};
use super::{SAMPLE, edited};
use crate::protocol::Protocol;

fn problems(source: &str) -> Vec<String> {
    match Protocol::parse(source) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn check(rows: &[Row]) {
    for (changes, expected) in rows {
        assert_eq!(problems(&edited(changes)), *expected, "{changes:?}");
    }
}

#[test]
fn mistakes_in_what_the_campaign_is() {
    check(IDENTITY);
}

#[test]
fn mistakes_in_products_doors_and_channels() {
    check(PLACES);
}

#[test]
fn mistakes_in_opening_hours() {
    check(HOURS);
}

#[test]
fn mistakes_in_windows() {
    check(WINDOWS);
}

#[test]
fn mistakes_in_routes() {
    check(ROUTES);
}

#[test]
fn mistakes_elsewhere() {
    check(REST);
}

#[test]
fn all_problems_of_a_file_are_reported_at_once_in_its_order() {
    let changes = [("version = 3 ", "version = 0 "), ("door = \"meta\"", "door = \"mta\""), ("sample = 0.02", "sample = 2")];
    let lines: Vec<usize> = Protocol::parse(&edited(&changes)).unwrap_err().iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [5, 47, 153]);
}

#[test]
fn an_empty_file_is_told_everything_that_it_needs() {
    let expected = [
        "line 1: the file needs [classifier]",
        "line 1: the file needs [day_zero]",
        "line 1: the file needs [legal]",
        "line 1: the file needs [protocol]",
        "line 1: the file needs [retention]",
        "line 1: the file needs [topics]",
        "line 1: the file needs [windows]",
        "line 1: the file needs at least one [[channel]]",
        "line 1: the file needs at least one [[door]]",
        "line 1: the file needs at least one [[product]]",
        "line 1: the file needs at least one [[route]]",
    ];
    assert_eq!(problems(""), expected);
}

#[test]
fn examples_and_business_hours_may_be_absent() {
    let without_examples = SAMPLE.split_once("# Fixed examples").unwrap().0;
    assert_eq!(problems(without_examples), Vec::<String>::new());
    let (before, rest) = without_examples.split_once("[hours]").unwrap();
    let after = rest.split_once("# Day zero").unwrap().1;
    let by_the_clock = format!("{before}# Day zero{after}");
    let by_the_clock = by_the_clock.replace(" business hours\"", "h\"").replace(" business days\"", "d\"");
    assert_eq!(problems(&by_the_clock.replace(" business day\"", "d\"")), Vec::<String>::new());
}

#[test]
fn lines_are_counted_alike_with_the_line_ends_of_every_system() {
    let changed = edited(&[("sample = 0.02", "sample = 2")]);
    assert_eq!(problems(&changed.replace('\n', "\r\n")), problems(&changed));
}

#[test]
fn doors_that_stay_closed_for_more_than_a_year_are_a_problem() {
    let day = |count: i64| jiff::civil::date(2027, 1, 1).saturating_add(jiff::Span::new().days(count)).to_string();
    let holidays = |count: i64| format!("holidays = [{}, 2026-01-01", (0..count).map(day).collect::<Vec<_>>().join(", "));
    // 1 January 2027 is a Friday, the 399th day after it a Friday as well: the doors open before the weekend.
    let rows = [(399, vec![]), (400, vec!["line 83: [hours] never open for 400 days from 2027-01-01, all of them holidays"])];
    for (count, expected) in rows {
        assert_eq!(problems(&edited(&[("holidays = [2026-01-01", &holidays(count))])), expected, "{count} days");
    }
}

#[test]
fn a_file_has_a_longest_length() {
    let long = format!("{SAMPLE}{}", "#".repeat(256 * 1024));
    assert_eq!(problems(&long), [format!("line 1: the file has {} bytes; expected at most 262144", long.len())]);
}
