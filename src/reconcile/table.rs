//! A statement as CSV (RFC 4180), for people who work in a spreadsheet. Pure. A field that a spreadsheet would take for a formula is
//! disarmed with an apostrophe: a case number comes from outside, and must not run anything on the machine of whoever opens the file.

use std::collections::BTreeMap;

use super::statement::{Row, Statement};

/// The whole statement: a row for each figure, each case, each open comment and each difference.
pub fn csv(statement: &Statement) -> String {
    let mut rows = vec![row(["part", "channel", "language", "name", "value", "note"])];
    let mut figure = |name: &str, value: String| rows.push(row(["period", "", "", name, &value, ""]));
    figure("campaign", statement.protocol.id.to_string());
    figure("protocol_version", statement.protocol.version.to_string());
    figure("period", statement.period.to_string());
    figure("time_zone", statement.zone.clone());
    figure("as_of", statement.as_of.to_string());
    figure("nil_report", (statement.nil == super::statement::Nil::Nil).to_string());
    figure("received", statement.received.to_string());
    figure("drills_apart", statement.drills.to_string());
    figure("deliveries_kept", statement.deliveries.kept.to_string());
    figure("deliveries_worked_off", statement.deliveries.worked_off.to_string());
    figure("deliveries_erased_since", statement.deliveries.erased.to_string());
    figure("alerts_due", statement.alerts.due.to_string());
    figure("alerts_sent", statement.alerts.sent.to_string());
    figure("acknowledged_in_window", statement.alerts.acknowledged_in_window.to_string());
    figure("acknowledged_late", statement.alerts.acknowledged_late.to_string());
    figure("not_acknowledged", statement.alerts.not_acknowledged.to_string());
    figure("differences", statement.differences_total.to_string());
    rows.extend(counts(["disposition", "", ""], &statement.dispositions));
    rows.extend(counts(["deviation", "", ""], &statement.deviations));
    for Row { channel, language, received, dispositions } in &statement.by_channel_and_language {
        rows.push(row(["received", channel, language, "received", &received.to_string(), ""]));
        rows.extend(counts(["disposition", channel, language], dispositions));
    }
    for case in &statement.cases {
        let confirmed = case.confirmed.map_or_else(|| "not confirmed".to_owned(), |date| date.to_string());
        rows.push(row([
            "case",
            "",
            "",
            &case.case_number,
            case.key.as_str(),
            &format!("day zero {}; {confirmed}", case.day_zero),
        ]));
    }
    for open in &statement.open {
        let deadline = open.deadline.map(|at| at.to_string()).unwrap_or_default();
        rows.push(row(["open", "", "", "deadline", open.key.as_str(), &deadline]));
    }
    for difference in &statement.differences {
        rows.push(row(["difference", "", "", &difference.kind, &difference.id, &difference.sentence]));
    }
    rows.concat()
}

fn counts<'a>([part, channel, language]: [&'a str; 3], counts: &'a BTreeMap<String, u32>) -> impl Iterator<Item = String> + 'a {
    counts.iter().map(move |(name, count)| row([part, channel, language, name, &count.to_string(), ""]))
}

/// Part, channel, language, name, value and note.
fn row(fields: [&str; 6]) -> String {
    let fields = fields.map(field);
    format!("{}\r\n", fields.join(","))
}

/// A field as RFC 4180 has it, and nothing that a spreadsheet would run.
pub fn field(text: &str) -> String {
    // A NUL ends a text for some programs, so that what follows would be a field of its own.
    let text = text.replace('\0', "");
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    // A lone hyphen says that something is not known.
    let text = if runs && text != "-" { format!("'{text}") } else { text };
    if text.contains([',', '"', '\r', '\n', ';', '\t']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_leaves_is_a_formula() {
        let rows = [
            ("NL-1", "NL-1"),
            ("-", "-"),
            ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
            ("+31", "'+31"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\0=1", "'=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1,\"2\"", "\"'=1,\"\"2\"\"\""),
        ];
        for (text, expected) in rows {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }
}
