//! Lists of cases from the safety database, as its people export them: CSV (RFC 4180) with a header, columns in any order, commas or
//! semicolons. Pure. A row that cannot be used is named by its line and what was expected, never by what it holds; the others are used.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{CommentKey, ListedCase, Received};

/// Bytes of a list at most: a hundred thousand cases.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Cases at most.
const MOST_ROWS: usize = 100_000;
/// Characters of a case number at most, as in a decision.
const LONGEST_NUMBER: usize = 60;
/// Characters of a status at most: a word or two.
const LONGEST_STATUS: usize = 60;
/// Faults that are named one by one; the rest is counted.
const MOST_NAMED: usize = 200;

/// What a list came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFile {
    pub rows: Vec<ListedCase>,
    /// One sentence each; the first `MOST_NAMED`.
    pub faults: Vec<String>,
    /// Lines that were not used.
    pub unusable: u32,
}

/// Where the columns stand.
struct Columns {
    case_number: usize,
    received_at: usize,
    comment_key: Option<usize>,
    status: Option<usize>,
}

/// Reads a list; the error is one sentence about the whole of it.
pub fn read(bytes: &[u8]) -> Result<CaseFile, String> {
    if bytes.len() > MOST_BYTES {
        return Err(format!("The list is larger than {} MB.", MOST_BYTES / 1024 / 1024));
    }
    // Spreadsheets begin UTF-8 with a mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(bytes)).flexible(true).from_reader(bytes);
    let header = reader.byte_headers().map_err(|_| "The list's first line cannot be read as a header.".to_owned())?;
    let columns = columns(header)?;
    let mut file = CaseFile::default();
    let mut seen = std::collections::BTreeMap::new();
    let mut record = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(file),
            Err(_) => {
                file.fault(reader.position().line(), "cannot be read as CSV; expected fields as RFC 4180 has them");
                return Ok(file);
            }
        }
        if file.rows.len() >= MOST_ROWS {
            return Err(format!("The list has more than {MOST_ROWS} cases."));
        }
        let line = record.position().map_or(0, csv::Position::line);
        match row(&columns, &record) {
            Err(expected) => file.fault(line, expected),
            Ok(row) => match seen.insert(ListedCase::normal(&row.case_number), (line, row.clone())) {
                None => file.rows.push(row),
                Some((first, known)) => {
                    // The same row twice is one row; the first of two that differ holds.
                    if known.received != row.received || known.comment_key != row.comment_key {
                        file.fault(
                            line,
                            &format!("holds the case number of line {first} with other values; expected each case once"),
                        );
                    }
                    seen.insert(ListedCase::normal(&row.case_number), (first, known));
                }
            },
        }
    }
}

impl CaseFile {
    fn fault(&mut self, line: u64, expected: &str) {
        self.unusable += 1;
        if self.faults.len() < MOST_NAMED {
            self.faults.push(format!("Line {line} {expected}."));
        }
    }
}

/// The newer list over what was known: a case stays known that a newer list leaves out, since some lists are of one period alone.
pub fn merge(known: Vec<ListedCase>, newer: &[ListedCase]) -> Result<Vec<ListedCase>, String> {
    let mut all: std::collections::BTreeMap<String, ListedCase> =
        known.into_iter().map(|row| (ListedCase::normal(&row.case_number), row)).collect();
    all.extend(newer.iter().map(|row| (ListedCase::normal(&row.case_number), row.clone())));
    if all.len() > MOST_ROWS {
        return Err(format!("With this list there would be more than {MOST_ROWS} cases."));
    }
    Ok(all.into_values().collect())
}

/// A semicolon where the header has more of them: spreadsheets of half of Europe write it.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let count = |wanted: u8| header.iter().filter(|byte| **byte == wanted).count();
    if count(b';') > count(b',') { b';' } else { b',' }
}

fn columns(header: &csv::ByteRecord) -> Result<Columns, String> {
    let names: Vec<String> =
        header.iter().map(|name| String::from_utf8_lossy(name).trim().to_lowercase().replace([' ', '-'], "_")).collect();
    let find = |wanted: &str| -> Result<Option<usize>, String> {
        let mut places = names.iter().enumerate().filter(|(_, name)| *name == wanted).map(|(at, _)| at);
        match (places.next(), places.next()) {
            (_, Some(_)) => Err(format!("The list's header has the column {wanted} twice.")),
            (place, None) => Ok(place),
        }
    };
    let needed = |wanted: &str| -> Result<usize, String> {
        find(wanted)?.ok_or_else(|| {
            format!("The list's header has no column {wanted}; expected case_number and received_at, and perhaps comment_key and status.")
        })
    };
    Ok(Columns {
        case_number: needed("case_number")?,
        received_at: needed("received_at")?,
        comment_key: find("comment_key")?,
        status: find("status")?,
    })
}

fn row(columns: &Columns, record: &csv::ByteRecord) -> Result<ListedCase, &'static str> {
    let field = |at: usize| -> Result<&str, &'static str> {
        let bytes = record.get(at).unwrap_or_default();
        std::str::from_utf8(bytes).map(str::trim).map_err(|_| "is not UTF-8 text")
    };
    let optional = |at: Option<usize>| at.map_or(Ok(""), field);
    let case_number = field(columns.case_number)?;
    if case_number.is_empty() || case_number.chars().count() > LONGEST_NUMBER || case_number.chars().any(is_unseen) {
        return Err("has no usable case_number; expected 1 to 60 visible characters");
    }
    let received = received(field(columns.received_at)?)
        .ok_or("has no usable received_at; expected a date such as 2026-03-11, or a time as RFC 3339 has it")?;
    let key = optional(columns.comment_key)?;
    let comment_key = match key {
        "" => None,
        key => Some(CommentKey::parse(key).ok_or("has no usable comment_key; expected a comment's key, or nothing")?),
    };
    let status = optional(columns.status)?;
    if status.chars().count() > LONGEST_STATUS || status.chars().any(is_unseen) {
        return Err("has no usable status; expected at most 60 visible characters, or nothing");
    }
    let status = (!status.is_empty()).then(|| status.to_owned());
    Ok(ListedCase { case_number: case_number.to_owned(), received, comment_key, status })
}

fn received(text: &str) -> Option<Received> {
    // A date alone is read as one: a library that took it for midnight in UTC would move it in half the world.
    if text.len() == 10 {
        return text.parse::<Date>().ok().map(Received::On);
    }
    text.parse::<Timestamp>().ok().map(Received::At)
}

/// Characters that leave no trace: two numbers that look alike have to be alike.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(file: &CaseFile) -> Vec<&str> {
        file.rows.iter().map(|row| row.case_number.as_str()).collect()
    }

    #[test]
    fn columns_stand_in_any_order_and_either_delimiter_is_read() {
        let rows = [
            "case_number,received_at\nNL-1,2026-03-11\n",
            "\u{feff}status;Received At;Case Number;other\r\nopen;2026-03-11;NL-1;\"a;b\"\r\n",
            "other,case-number,RECEIVED_AT\n\"two\nlines, \"\"quoted\"\"\", NL-1 ,2026-03-11",
        ];
        for text in rows {
            let file = read(text.as_bytes()).unwrap();
            assert_eq!((numbers(&file), &file.faults), (vec!["NL-1"], &Vec::new()), "{text}");
            assert_eq!(file.rows[0].received, Received::On("2026-03-11".parse().unwrap()));
        }
    }

    #[test]
    fn a_bad_row_is_named_by_its_line_and_the_others_are_used() {
        let key = "forum-0123456789abcdef0123456789abcdef";
        let text = format!(
            "case_number,received_at,comment_key,status\nNL-1,2026-03-11T10:00:00+01:00,{key},open\n,2026-03-11,,\nNL-3,11/03/2026,,\n\
             NL-4,2026-03-11,forum-1,\nNL-5\nNL-6,2026-02-30,,\nN\u{200b}L-7,2026-03-11,,\nNL-8,2026-03-11,,\u{0}\n\"NL\n-9\",2026-03-11,,\n\
             nl-1,2026-03-12,,\nNL-1,2026-03-11T09:00:00Z,{key},closed\nNL-10,2026-03-11,,\n"
        );
        let file = read(text.as_bytes()).unwrap();
        assert_eq!(numbers(&file), ["NL-1", "NL-10"]);
        let lines: Vec<&str> = file.faults.iter().map(|fault| fault.split(';').next().unwrap()).collect();
        assert_eq!(
            lines,
            [
                "Line 3 has no usable case_number",
                "Line 4 has no usable received_at",
                "Line 5 has no usable comment_key",
                "Line 6 has no usable received_at",
                "Line 7 has no usable received_at",
                "Line 8 has no usable case_number",
                "Line 9 has no usable status",
                "Line 10 has no usable case_number",
                "Line 12 holds the case number of line 2 with other values",
            ]
        );
        assert_eq!(file.unusable, 9);
        assert!(!file.faults.concat().contains("11/03/2026"), "a fault quotes nothing");
    }

    #[test]
    fn a_hostile_list_costs_an_error_and_no_more() {
        let mut broken =
            b"case_number,received_at\nNL-1,2026-03-11\n\xff\xfe,2026-03-11\n=cmd|'/c calc'!A1,2026-03-11\n".to_vec();
        broken.extend_from_slice(b"\"never closed,2026-03-11\nNL-2,2026-03-11\n");
        let file = read(&broken).unwrap();
        // A formula is a string here; it is disarmed where it leaves again.
        assert_eq!(numbers(&file), ["NL-1", "=cmd|'/c calc'!A1"]);
        assert_eq!(file.unusable, 2);
        let rows = [
            (Vec::new(), "has no column case_number"),
            (b"case_number;received\nNL-1;2026-03-11".to_vec(), "has no column received_at"),
            (b"case_number,case number,received_at\n".to_vec(), "has the column case_number twice"),
            (vec![b'x'; MOST_BYTES + 1], "larger than 5 MB"),
            (vec![0; 100], "has no column case_number"),
        ];
        for (bytes, expected) in rows {
            let refused = read(&bytes).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
        let mut many = b"case_number,received_at\n".to_vec();
        (0..1_000).for_each(|_| many.extend_from_slice(b",\n"));
        let file = read(&many).unwrap();
        assert_eq!((file.faults.len(), file.unusable), (MOST_NAMED, 1_000));
    }

    #[test]
    fn a_newer_list_adds_and_corrects_and_forgets_nothing() {
        let list = |text: &str| read(format!("case_number,received_at\n{text}").as_bytes()).unwrap().rows;
        let all = merge(list("NL-1,2026-03-11\nNL-2,2026-03-12"), &list("nl-2 ,2026-03-13\nNL-3,2026-03-14")).unwrap();
        let all: Vec<&str> = all.iter().map(|row| row.case_number.as_str()).collect();
        assert_eq!(all, ["NL-1", "nl-2", "NL-3"]);
    }
}
