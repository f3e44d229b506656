//! `dayzero assess`: comments in, readings out, one JSON object a line.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::Args;

use super::{Ended, Unusable, read_text};
use crate::campaigns::Campaign;
use crate::classify::{Answer, Question};
use crate::local::samples;
use crate::protocol::Protocol;

/// What `dayzero assess` is given besides standard input.
#[derive(Args)]
pub struct AssessArgs {
    /// The protocol whose products and words count, instead of the sample
    #[arg(long, value_name = "FILE")]
    protocol: Option<PathBuf>,
}

/// Answers every line; a line that cannot be read is named on standard error, and the others are answered all the same.
pub fn run(args: &AssessArgs) -> Result<Ended, Unusable> {
    let source = args.protocol.as_deref().map(read_text).transpose()?;
    let protocol = Protocol::parse(source.as_deref().unwrap_or(samples::PROTOCOL)).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Unusable(format!("the protocol has problems: {}", problems.join("; ")))
    })?;
    let campaign = Campaign::new(protocol);
    let reference = campaign.protocol.reference();
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let mut unreadable = 0;
    for (index, line) in std::io::stdin().lock().split(b'\n').enumerate() {
        let line = line.map_err(|error| Unusable(format!("standard input cannot be read: {error}")))?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Question>(&line) {
            Err(error) => {
                // The parser's own words may quote the line.
                eprintln!(
                    "dayzero: line {}: expected a JSON object with id and text; column {} is none",
                    index + 1,
                    error.column()
                );
                unreadable += 1;
            }
            Ok(question) => {
                let assessment = campaign.classifier.assess(&question.comment());
                write(&mut output, &Answer::new(&question.id, &question.text, assessment, Some(&reference)))?;
            }
        }
    }
    output.flush().map_err(|error| Unusable(format!("standard output cannot be written: {error}")))?;
    if unreadable == 0 { Ok(Ended::Done) } else { Err(Unusable(format!("{unreadable} lines could not be read"))) }
}

fn write(output: &mut impl Write, answer: &Answer) -> Result<(), Unusable> {
    let failed = |error: std::io::Error| Unusable(format!("standard output cannot be written: {error}"));
    serde_json::to_writer(&mut *output, answer).map_err(|error| failed(error.into()))?;
    output.write_all(b"\n").map_err(failed)
}
