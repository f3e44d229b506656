//! `dayzero secret rotate` as an operator types it: the real program, over a Secrets Manager with a memory.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use dayzero::local::samples;
use dayzero::protocol::Protocol;
use dayzero::publishing;
use jiff::{SignedDuration, Timestamp};

use crate::secret_store::SecretsManager;

/// The program over one service.
struct Operator {
    service: SecretsManager,
    endpoint: String,
    /// Where the table is, for those that look a door up.
    table: String,
}

/// What a command said.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    output: String,
    error: String,
}

impl Operator {
    async fn new() -> Operator {
        let service = SecretsManager::default();
        let endpoint = service.listen().await;
        Operator { service, endpoint, table: "http://127.0.0.1:1".to_owned() }
    }

    fn rotate(&self, arguments: &[&str], input: &str) -> Said {
        use std::io::Write;
        let mut command = Command::new(env!("CARGO_BIN_EXE_dayzero"));
        command.args(["secret", "rotate"]).args(arguments).env_clear().current_dir(std::env::temp_dir());
        command.envs([
            ("DAYZERO_TABLE", "dayzero"),
            ("DAYZERO_KMS_KEY", "arn:aws:kms:eu-west-1:1:key/1"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.endpoint.as_str()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.table.as_str()),
        ]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that refuses its arguments does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let done = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Said { code: done.status.code(), output: text(&done.stdout), error: text(&done.stderr) }
    }
}

impl Said {
    /// Demands a code and a part of what was said, and that no secret was.
    #[track_caller]
    fn is(&self, code: i32, part: &str) {
        let all = format!("{}\n{}", self.output, self.error);
        assert!(self.code == Some(code) && all.contains(part), "expected {code} and {part:?}: {self:?}");
        for secret in ["hunter", "whsec_"] {
            assert!(!all.contains(secret), "a secret was printed: {all}");
        }
        let lines = self.error.lines().count();
        assert_eq!(lines, usize::from(code != 0), "an error is one sentence: {}", self.error);
    }
}

/// A file of this test run that is not there yet.
fn absent(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("dayzero-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_the_platform_makes_goes_through_its_rotation_and_each_step_can_be_taken_up_again() {
    let operator = Operator::new().await;
    operator.service.set("meta", r#"{"secrets": ["hunter-1"], "verify_token": "hunter-token"}"#);
    let meta = |arguments: &[&str], input| operator.rotate(&[&["meta", "--platform", "meta"], arguments].concat(), input);

    meta(&[], "").is(0, "meta: 1 secret is live");
    meta(&["--finish"], "").is(1, "dayzero: meta: no rotation is under way; 1 secret is live");
    meta(&["--generate", "x"], "").is(2, "meta makes its secret itself: have it made there and give it with --new FILE");
    meta(&["--new", "-"], " \n").is(2, "the new secret of meta: it is empty");
    meta(&["--new", "-"], "hunter-2\n").is(0, "at the platform (meta): reset the app secret");
    let both = r#"{"secrets":["hunter-2","hunter-1"],"verify_token":"hunter-token"}"#;
    assert_eq!(operator.service.current("meta"), (both.to_owned(), vec!["AWSCURRENT".to_owned(), "dayzero-rotating".to_owned()]));

    // The same again, as after a lost connection, changes nothing; another secret has to wait.
    meta(&["--new", "-"], "hunter-2\n").is(0, "this secret is live already; nothing was changed");
    meta(&["--new", "-"], "hunter-3\n").is(1, "meta: a rotation is under way since ");
    assert_eq!(operator.service.versions("meta"), 2);

    let status = meta(&["--status"], "");
    status.is(0, "meta: 2 secrets are live, as version 00000000-0000-4000-8000-000000000002 of ");
    assert!(
        status.output.contains("--finish takes the old one out, from ") && status.output.contains("(in 2160 min)"),
        "{status:?}"
    );
    meta(&["--finish"], "").is(1, "meta: the old secret may still be needed until ");
    operator.service.age("meta", SignedDuration::from_hours(36));
    meta(&["--finish"], "")
        .is(0, "meta: the old secret is taken out; 1 secret is live; every function refuses the old one within 300 s");
    let (value, labels) = operator.service.current("meta");
    assert_eq!(value, r#"{"secrets":["hunter-2"],"verify_token":"hunter-token"}"#);
    assert_eq!(labels, ["AWSCURRENT"]);
    meta(&["--finish"], "").is(1, "meta: no rotation is under way; 1 secret is live");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_of_our_own_is_made_into_a_file_that_only_its_owner_reads() {
    let operator = Operator::new().await;
    operator.service.set("forum", "whsec_b25lb25lb25lb25lb25lb25lb25lb25l");
    let forum = |arguments: &[&str]| operator.rotate(&[&["forum", "--platform", "forum"], arguments].concat(), "");
    let path = absent("generated");
    let file = path.to_str().unwrap();
    forum(&["--generate", file]).is(0, "the new secret is in ");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let made = std::fs::read_to_string(&path).unwrap();
    let (value, _) = operator.service.current("forum");
    let expected = format!(r#"{{"secrets":["{}","whsec_b25lb25lb25lb25lb25lb25lb25lb25l"]}}"#, made.trim());
    assert_eq!(value, expected);

    forum(&["--abandon"]).is(0, "forum: the new secret is taken out again; 1 secret is live");
    assert_eq!(operator.service.current("forum").0, r#"{"secrets":["whsec_b25lb25lb25lb25lb25lb25lb25lb25l"]}"#);
    forum(&["--generate", file])
        .is(2, "cannot be made: File exists (os error 17); if it holds the secret of an earlier try, give it with --new");
    forum(&["--new", file]).is(0, "forum: the new secret stands beside the old one; 2 are live");
    forum(&["--finish", "--now"]).is(0, "forum: the old secret is taken out; 1 secret is live");
    assert_eq!(operator.service.current("forum").0, format!(r#"{{"secrets":["{}"]}}"#, made.trim()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_by_hand_ends_a_rotation_and_one_of_two_apps_is_named() {
    let operator = Operator::new().await;
    operator.service.set("meta", r#"{"secrets": ["hunter-app", "hunter-instagram"]}"#);
    let meta = |arguments: &[&str], input| operator.rotate(&[&["meta", "--platform", "meta"], arguments].concat(), input);
    meta(&["--new", "-", "--replaces", "3"], "hunter-2").is(2, "there is no secret 3 to replace: 2 are live");
    meta(&["--new", "-", "--replaces", "2"], "hunter-2").is(0, "meta: the new secret stands beside the old one; 3 are live");
    assert_eq!(operator.service.current("meta").0, r#"{"secrets":["hunter-2","hunter-instagram","hunter-app"]}"#);
    operator.service.set("meta", r#"{"secrets": ["hunter-2", "hunter-app"]}"#);
    meta(&["--finish", "--now"], "").is(1, "meta: no rotation is under way; 2 secrets are live");
    assert_eq!(operator.service.current("meta").0, r#"{"secrets": ["hunter-2", "hunter-app"]}"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_rotated_is_said_in_one_sentence() {
    let operator = Operator::new().await;
    operator.service.set("broken", r#"{"secrets": ["hunter"#);
    let rows: [(&[&str], &str); 6] = [
        (&["broken", "--platform", "meta"], "dayzero: the secret broken cannot be used: the secret is not of the form"),
        (&["none", "--platform", "meta"], "dayzero: the secret none could not be read: ResourceNotFoundException"),
        (
            &["meta", "--platform", "myspace"],
            "dayzero: --platform myspace is none that this version knows; expected one of meta, x,",
        ),
        (&["broken", "--platform", "meta", "--new", "absent"], "dayzero: the secret broken cannot be used"),
        (&["meta"], "dayzero: the store did not answer while reading which protocols are active"),
        (&["meta", "--platform", "meta"], "dayzero: the secret meta could not be read: ResourceNotFoundException"),
    ];
    for (arguments, sentence) in rows {
        operator.rotate(arguments, "").is(2, sentence);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_is_named_by_its_id_as_the_active_protocol_knows_it() {
    let folder = absent("rotated");
    let (table, keys, store) = crate::commands::open(&folder).await;
    let protocol = Protocol::parse(samples::PROTOCOL).unwrap();
    publishing::publish(&store, protocol, "Ann", Timestamp::now()).await.unwrap();
    let operator = Operator { table: table.endpoint(), ..Operator::new().await };
    operator.service.set("dayzero/forum", "whsec_b25lb25lb25lb25lb25lb25lb25lb25l");
    operator.rotate(&["forum"], "").is(0, "dayzero/forum: 1 secret is live");
    operator.rotate(&["dayzero/forum"], "").is(0, "begin one with --generate FILE or --new FILE");
    operator.rotate(&["nowhere"], "").is(2, "nowhere is neither a door of an active protocol nor the secret of one");
    table.stop().await;
    keys.stop().await;
    std::fs::remove_dir_all(&folder).unwrap();
}
