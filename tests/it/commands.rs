//! The commands as an operator types them: the real program, its output, its errors in one sentence, its exit codes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dayzero::config::{Config, Patience};
use dayzero::local::{KeyStore, Table};
use dayzero::model::chain::New;
use dayzero::model::{Actor, CampaignId, Clock, JournalId, LifeStep, Noted, ProtocolStep};
use dayzero::store::Store;

use crate::samples::folder;

/// Runs the program with an input and an environment of its own.
fn dayzero(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dayzero"));
    command.args(arguments).env_clear().env("USER", "ann").current_dir(std::env::temp_dir());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn sample(name: &str) -> String {
    folder().join(name).to_str().unwrap().to_owned()
}

/// A file of this test run.
fn temporary(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("dayzero-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn what_cannot_be_used_is_one_sentence_and_exit_code_2() {
    let protocol = sample("protocol.toml");
    let event = sample("aws/http_api_plain.json");
    let rows: [(&[&str], &str); 9] = [
        (
            &["protocol", "clocks", &protocol, "--class", "grave", "--at", "2026-03-11T09:00:00Z"],
            "dayzero: --class grave is not known; expected one of distress, serious, adverse_event, special_situation, quality_complaint",
        ),
        (
            &["protocol", "clocks", &protocol, "--class", "serious", "--at", "yesterday"],
            "dayzero: --at yesterday is no time; expected RFC 3339 with an offset, such as 2026-03-27T15:30:00+01:00",
        ),
        (&["protocol", "check", "absent.toml"], "dayzero: absent.toml cannot be read: No such file or directory (os error 2)"),
        (
            &["inspect", &event, "--platform", "myspace", "--secret", "s"],
            "dayzero: --platform myspace is none that this version knows; expected one of meta, x, linkedin,",
        ),
        (&["inspect", &event, "--platform", "meta", "--secret", ""], "dayzero: --secret: it is empty"),
        (&["replay", "absent"], "dayzero: absent does not exist"),
        (&["replay", &protocol], "is no platform's body: expected .json, .xml or .form below one of facebook, instagram,"),
        (
            &["--listen", "0.0.0.0:8080"],
            "dayzero: 0.0.0.0:8080 is no loopback address: without sign-in local mode listens on 127.0.0.1 or [::1] only",
        ),
        (&["audit", "verify", "--data", "absent"], "dayzero: absent holds no local store: start `dayzero local` once"),
    ];
    for (arguments, sentence) in rows {
        let (code, output, error) = said(&dayzero(arguments, ""));
        assert_eq!(code, Some(2), "{arguments:?}: {error}");
        assert!(error.contains(sentence), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert_eq!(output, "", "{arguments:?}");
    }
}

#[test]
fn clocks_are_printed_with_the_zones_offset() {
    let arguments =
        ["protocol", "clocks", &sample("protocol.toml"), "--class", "adverse_event", "--at", "2026-03-27T15:30:00+01:00"];
    let (code, output, error) = said(&dayzero(&arguments, ""));
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let clocks: serde_json::Value = serde_json::from_str(&output).unwrap();
    let expected = serde_json::json!({
        "alert": "2026-03-27T15:45:00+01:00",
        "acknowledge": "2026-03-30T12:30:00+02:00",
        "forward": "2026-03-30T17:30:00+02:00",
        "legal": "2026-06-25",
        "steps": [
            {"topic": "safety-desk", "at": "2026-03-27T15:30:00+01:00"},
            {"topic": "safety-on-call", "at": "2026-03-30T11:30:00+02:00"},
        ],
    });
    assert_eq!(clocks, expected);
}

#[test]
fn a_file_with_problems_is_answered_no_with_each_problems_line() {
    let source = std::fs::read_to_string(sample("protocol.toml")).unwrap();
    let source = source.replace("version = 3 ", "version = 0 ").replace("timezone = ", "timezon = ");
    let file = temporary("problems.toml", &source);
    let (code, _, error) = said(&dayzero(&["protocol", "check", file.to_str().unwrap()], ""));
    assert_eq!(code, Some(1), "{error}");
    for part in ["line 5: ", "timezon", "timezone"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_line_that_cannot_be_read_costs_only_itself() {
    let input = "{\"id\": \"a\", \"text\": \"Sinds ik Norvexa slik heb ik hartkloppingen\"}\nkanarie\n{\"id\": \"b\", \"text\": \"Leuk!\"}\n";
    let (code, output, error) = said(&dayzero(&["assess"], input));
    assert_eq!(code, Some(2));
    let answers: Vec<serde_json::Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.iter().map(|answer| answer["id"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((&answers[0]["band"], &answers[0]["versions"]["protocol"]), (&"alert".into(), &"migraine-nl v3".into()));
    assert!(error.contains("line 2: ") && !error.contains("kanarie"), "{error}");
}

#[test]
fn an_event_is_inspected_without_storing_it() {
    let secrets: serde_json::Value = serde_json::from_slice(&std::fs::read(sample("development-secrets.json")).unwrap()).unwrap();
    let secret = secrets["meta"]["secrets"][0].as_str().unwrap();
    let verdict = |file: &str, secret: &str| {
        let (code, output, error) = said(&dayzero(&["inspect", &sample(file), "--platform", "meta", "--secret", secret], ""));
        assert_eq!((code, error.as_str()), (Some(0), ""));
        serde_json::from_str::<serde_json::Value>(&output).unwrap()
    };
    let accepted = verdict("aws/http_api_plain.json", secret);
    assert_eq!((&accepted["verdict"], &accepted["response"]["status"]), (&"accepted".into(), &200.into()));
    assert!(accepted["events"][0]["comment_id"].is_string());
    let refused = verdict("aws/http_api_plain.json", "another secret");
    assert_eq!((&refused["verdict"], &refused["response"]["status"]), (&"refused".into(), &401.into()));
    assert_eq!(refused["events"], serde_json::json!([]));
}

#[test]
fn an_export_that_was_changed_is_found() {
    use dayzero::model::chain::{New, seal};
    use dayzero::model::{Acknowledgement, Actor, CommentId, Happening, Platform, Revision};

    let key = CommentId::new(Platform::Forum, "forum.example", "c-1").key();
    let entry = |by: &str| {
        let at = "2026-03-11T09:00:00Z".parse().unwrap();
        let what = Happening::Acknowledged(Acknowledgement { by: by.to_owned(), at, on: Revision(1) });
        New { at, by: Actor::Person(by.to_owned()), what, words: None }
    };
    let (first, first_sealed) = seal(&key, None, entry("Ann"));
    let (second, second_sealed) = seal(&key, Some(&first), entry("Bob"));
    let (_, third_sealed) = seal(&key, Some(&second), entry("Eve"));
    let lines: Vec<String> =
        [first_sealed, second_sealed, third_sealed].iter().map(|sealed| serde_json::to_string(sealed).unwrap()).collect();
    let verify = |name: &str, lines: &[String]| {
        let file = temporary(name, &lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        said(&dayzero(&["audit", "verify", file.to_str().unwrap()], ""))
    };
    let unclosed = "dayzero: line 3: the export is cut off here: expected a closing line at its end".to_owned();
    assert_eq!(verify("whole.jsonl", &lines), (Some(1), "1 chains, 3 entries, 1 broken".to_owned(), unclosed));
    let edited = [lines[0].clone(), lines[1].replace("Bob", "Rob"), lines[2].clone()];
    let dropped = [lines[0].clone(), lines[2].clone()];
    let swapped = [lines[1].clone(), lines[0].clone(), lines[2].clone()];
    for (name, lines, fault) in [
        ("edited.jsonl", edited.as_slice(), "entry 2 is not what was hashed"),
        ("dropped.jsonl", dropped.as_slice(), "entry 3 stands where entry 2 was expected"),
        ("swapped.jsonl", swapped.as_slice(), "entry 2 stands where entry 1 was expected"),
    ] {
        let (code, _, error) = verify(name, lines);
        assert_eq!(code, Some(1), "{name}");
        assert!(error.contains(fault), "{name}: {error}");
    }
}

/// A local store in a folder, as `dayzero local` makes it.
pub async fn open(folder: &Path) -> (Table, KeyStore, Store) {
    std::fs::create_dir_all(folder).unwrap();
    let table = Table::start(Some(folder)).await.unwrap();
    let keys = KeyStore::start(Some(folder)).await.unwrap();
    let config = keys.configure(Config::loopback(table.endpoint(), table.endpoint()));
    let clients = config.clients(Patience::Worker);
    let vault = keys.vault(&clients, &config, &Clock::System);
    keys.prove(&vault).await.unwrap();
    let store = Store::new(clients.dynamodb.clone(), &config.table, vault);
    store.create_table().await.unwrap();
    (table, keys, store)
}

async fn close((table, keys): (Table, KeyStore)) {
    table.stop().await;
    keys.stop().await;
}

/// A local store in a folder of its own, as `dayzero local` would have left it.
fn store(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("dayzero-{}-{name}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (table, keys, _) = open(&folder).await;
        close((table, keys)).await;
    });
    folder
}

#[test]
fn a_protocol_goes_through_its_life_by_commands() {
    let folder = store("life");
    let data = folder.to_str().unwrap();
    let source = std::fs::read_to_string(sample("protocol.toml")).unwrap();
    let next =
        source.replace("version = 3 ", "version = 4 ").replace("Medical director\", on = 2025-12-18", "Medical director\"");
    let next = next.replace("acknowledge = \"1h\"", "acknowledge = \"30m\"");
    let (three, four) = (sample("protocol.toml"), temporary("four.toml", &next));
    let four = four.to_str().unwrap();
    let version = ["--campaign", "migraine-nl", "--version", "4"];
    let approve = |role: &str| {
        let rest = ["--role", role, "--by", "Mia Bos", "--data", data];
        said(&dayzero(&[&["protocol", "approve"], version.as_slice(), &rest].concat(), ""))
    };
    let protocol = |arguments: &[&str]| said(&dayzero(&[&["protocol"], arguments, &["--data", data]].concat(), ""));
    assert!(protocol(&["publish", &three]).1.starts_with("migraine-nl v3 is active"));
    assert_eq!(protocol(&["draft", four]), (Some(0), "migraine-nl v4 is draft, text 1 of it.".to_owned(), String::new()));
    let early = approve("medical");
    assert_eq!((early.0, early.2.starts_with("dayzero: version 4 is not checked")), (Some(1), true), "{early:?}");
    let checked = protocol(&["check", four]);
    assert!(checked.0 == Some(0) && checked.1.ends_with("migraine-nl v4 is checked."), "{checked:?}");
    let open = protocol(&["publish", four]);
    assert_eq!((open.0, open.2), (Some(1), format!("{four}: the approval of medical (Medical director) is open")));
    assert_eq!(approve("medicine").0, Some(2));
    let signed = approve("medical");
    assert_eq!(
        (signed.0, signed.1.as_str()),
        (Some(0), "migraine-nl v4 is checked."),
        "the file's own dates count when it is published"
    );
    let published = protocol(&[&["publish"], version.as_slice()].concat());
    assert!(published.1.starts_with("migraine-nl v4 is active"), "{published:?}");
    let shown = protocol(&["show"]);
    for part in ["migraine-nl v4  published, active", "migraine-nl v3  superseded", "approved for medical by Mia Bos", "by ann"] {
        assert!(shown.1.contains(part), "{part}: {}", shown.1);
    }
    assert_eq!(protocol(&["show", "--text", "migraine-nl"]).1, next.trim_end());
    assert_eq!(protocol(&["show", "--text", "migraine-nl", "--version", "3"]).1, source.trim_end());
    let changes = protocol(&["diff", "--campaign", "migraine-nl", "3", "4"]);
    assert!(changes.1.contains("Windows\n  stricter  Distress: acknowledge within 1h → 30m (shorter)"), "{changes:?}");
    assert_eq!(changes, protocol(&["diff", &three, four]));
    assert!(protocol(&["diff", &three, &three]).1.ends_with("Nothing changes but the number of the version."));
    let tried = protocol(&["simulate", four, "--acknowledge-after", "2h"]);
    assert!(tried.0 == Some(0) && tried.1.starts_with("migraine-nl v4 over 0 comments of its channels"), "{tried:?}");
    assert_eq!(protocol(&["simulate", four, "--acknowledge-after", "2 business hours"]).0, Some(2));
    let json = protocol(&["simulate", four, "--json"]).1;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["messages"], 0);
}

#[tokio::test]
async fn a_store_is_verified_and_exported_and_a_cut_off_end_shows() {
    let data = std::env::temp_dir().join(format!("dayzero-{}-audited", std::process::id()));
    let (table, keys, store) = open(&data).await;
    for (campaign, stage) in [("a", "draft"), ("a", "approved"), ("b", "draft")] {
        let what = Noted::Protocol(ProtocolStep { version: 1, digest: stage.to_owned(), step: LifeStep::Drafted });
        let new = New { at: "2026-03-11T09:00:00Z".parse().unwrap(), by: Actor::Person("Ann".to_owned()), what, words: None };
        store.note(&JournalId::of_campaign("protocol", &CampaignId::new(campaign)), new).await.unwrap();
    }
    close((table, keys)).await;

    let folder = data.to_str().unwrap();
    let whole = (Some(0), "2 chains, 3 entries, 0 broken".to_owned(), String::new());
    assert_eq!(said(&dayzero(&["audit", "verify", "--data", folder], "")), whole);
    let exported = dayzero(&["audit", "export", "--data", folder], "");
    let (code, _, error) = said(&exported);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let export = String::from_utf8(exported.stdout).unwrap();
    let file = temporary("store.jsonl", &export);
    // That it was exported is noted before its first line.
    let with_the_note = (Some(0), "3 chains, 4 entries, 0 broken".to_owned(), String::new());
    assert_eq!(said(&dayzero(&["audit", "verify", file.to_str().unwrap()], "")), with_the_note);
    let other_days = ["audit", "export", "--data", folder, "--from", "2026-03-01", "--to", "2026-03-10"];
    let (code, output, error) = said(&dayzero(&other_days, ""));
    assert_eq!((code, output.lines().count(), error.as_str()), (Some(0), 1, ""), "the closing line alone");
    let backwards = ["audit", "export", "--data", folder, "--from", "2026-03-02", "--to", "2026-03-01"];
    let sentence = "dayzero: --to 2026-03-01 is before --from 2026-03-02".to_owned();
    assert_eq!(said(&dayzero(&backwards, "")), (Some(2), String::new(), sentence));
    let short: String = export.lines().take(3).map(|line| format!("{line}\n")).collect();
    let file = temporary("short.jsonl", &short);
    assert_eq!(said(&dayzero(&["audit", "verify", file.to_str().unwrap()], "")).0, Some(1), "cut off at the end of a line");
    let absent = said(&dayzero(&["audit", "verify", "absent.jsonl"], ""));
    let sentence = "dayzero: absent.jsonl cannot be read: No such file or directory (os error 2)".to_owned();
    assert_eq!(absent, (Some(2), String::new(), sentence));
    std::fs::remove_dir_all(&data).unwrap();
}
