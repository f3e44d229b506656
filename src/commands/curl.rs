//! Posting over TLS: for `dayzero drill` against a deployment. The program itself speaks TLS to AWS only, so `curl`, which operators'
//! machines have, carries it. What is posted goes in on standard input, since a process's arguments can be read by everybody.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::local::post::Target;

/// Seconds that an answer may take.
const ANSWER_LIMIT: &str = "10";

/// Posts once and gives the status; the problem is a sentence for the terminal.
pub async fn post(target: Target) -> Result<u16, String> {
    let url = target.url.clone();
    let done = tokio::task::spawn_blocking(move || run(&target)).await;
    done.map_err(|_| format!("{url} could not be asked: the task stopped"))?
}

fn run(target: &Target) -> Result<u16, String> {
    let body = std::str::from_utf8(&target.body).map_err(|_| "the event is not UTF-8 text".to_owned())?;
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--max-time", ANSWER_LIMIT, "--write-out", "\\n%{http_code}", "--config", "-"]);
    let child = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("curl, which carries https://, cannot be started: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        let told = input.write_all(config(target, body).as_bytes());
        told.map_err(|error| format!("curl did not take the event: {error}"))?;
    }
    let output = child.wait_with_output().map_err(|error| format!("curl broke off: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let status = said.lines().last().and_then(|line| line.trim().parse().ok()).filter(|status| *status != 0);
    status.ok_or_else(|| format!("{} cannot be reached: {}", target.url, String::from_utf8_lossy(&output.stderr).trim()))
}

/// The request as curl's own list of options.
fn config(target: &Target, body: &str) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
    let mut lines = vec![format!("url = \"{}\"", quoted(&target.url))];
    lines.extend(target.headers.iter().map(|(name, value)| format!("header = \"{}\"", quoted(&format!("{name}: {value}")))));
    // Unlike `data`, this takes the body as it is, and a body that begins with @ names no file.
    lines.push(format!("data-raw = \"{}\"", quoted(body)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_event_can_become_an_option() {
        let body = "@{\"text\":\"a \\\"quoted\\\" word\"}\nurl = \"http://elsewhere\"";
        let headers = vec![("webhook-id".to_owned(), "msg_1".to_owned())];
        let target = Target { url: "https://door.example/webhooks/forum".to_owned(), headers, body: Vec::new() };
        let expected = concat!(
            "url = \"https://door.example/webhooks/forum\"\n",
            "header = \"webhook-id: msg_1\"\n",
            r#"data-raw = "@{\"text\":\"a \\\"quoted\\\" word\"}\nurl = \"http://elsewhere\"""#
        );
        assert_eq!(config(&target, body), expected);
    }
}
