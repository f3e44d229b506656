//! Stories of the vault: words are ciphertext from the start, an erasure reaches a copy of the table that was made before it, a key store
//! that does not answer costs no comment and no alert, and ciphertext opens in its own place only.

use std::fs;
use std::path::{Path, PathBuf};

use dayzero::audit::Verifier;
use dayzero::export::{self, Period};
use dayzero::local::{KeyStore, samples};
use dayzero::model::chain;
use dayzero::model::delivery::DeliveryState;
use dayzero::model::{CommentKey, Happening, Record, Revision};
use dayzero::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::faults::Fault;
use crate::world::{WEDNESDAY_MORNING, World, forum_body, forum_key, noise};

const CANARY: &str = "zwaluwnest-4711";
/// Six months and a day, in minutes: longer than the sample protocol keeps what is no safety matter.
const PAST_RETENTION: i64 = 181 * 24 * 60;

/// A folder of its own for one story, gone when the story ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("dayzero-vault-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Every byte of every file.
    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(&self.0).unwrap();
        files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    }

    fn holds(&self, words: &str) -> bool {
        self.bytes().windows(words.len()).any(|window| window == words.as_bytes())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn not_a_case(world: &World, key: &CommentKey) {
    let revision = world.record(key).await.revision;
    let decision = json!({"decision": "not_a_case", "reason": "een wandeling", "revision": revision});
    world.api("POST", &format!("/api/comments/{key}/decision"), Some(decision)).await;
    world.settle().await;
}

async fn verifies(world: &World, key: &CommentKey) -> bool {
    chain::open::<_, Happening>(key, world.store.sealed(key).await.unwrap()).is_ok()
}

fn pk(key: &CommentKey) -> String {
    format!("comment#{key}")
}

#[tokio::test]
async fn an_erasure_reaches_a_copy_of_the_table_that_was_made_before_it() {
    let folder = Folder::new("restore");
    let data = Some(folder.0.as_path());
    let world = World::over(WEDNESDAY_MORNING, data).await;
    world.publish(samples::PROTOCOL).await.unwrap();
    let body = forum_body("comment.created", "c-1", Some(&format!("Wat een mooi {CANARY}")), world.clock.now());
    world.deliver("forum", &body).await;
    world.settle().await;
    let waiting = forum_body("comment.created", "c-2", Some(&format!("Nog een {CANARY}")), world.clock.now());
    world.deliver("forum", &waiting).await;
    let (key, other) = (forum_key("c-1"), forum_key("c-2"));
    assert!(serde_json::to_string(&world.store.sealed(&key).await.unwrap()).unwrap().contains(CANARY), "people can read it");
    world.abandon_files().await;
    let backup = fs::read(folder.0.join("dayzero.db")).unwrap();
    assert!(!folder.holds(CANARY) && !folder.holds("Sanne"), "words are ciphertext from the start");

    let world = World::over(WEDNESDAY_MORNING, data).await;
    world.settle().await;
    not_a_case(&world, &key).await;
    not_a_case(&world, &other).await;
    world.pass(PAST_RETENTION).await;
    assert!(world.record(&key).await.is_erased());
    // An old delivery that comes again, in the same bytes and in others.
    world.deliver("forum", &body).await;
    world.deliver("forum", &format!("{body} ")).await;
    world.settle().await;
    assert!(!serde_json::to_string(&world.store.sealed(&key).await.unwrap()).unwrap().contains(CANARY));
    world.abandon_files().await;
    assert!(!folder.holds(CANARY));

    for file in ["dayzero.db-wal", "dayzero.db-shm"] {
        let _ = fs::remove_file(folder.0.join(file));
    }
    fs::write(folder.0.join("dayzero.db"), backup).unwrap();
    let world = World::over("2026-09-30T09:30:00+02:00", data).await;
    let record = world.record(&key).await;
    assert!(record.is_erased() && record.versions.is_empty() && record.author.is_none());
    assert!(world.page(&format!("/comments/{key}")).await.contains("Its words were erased."));
    world.deliver("forum", &body).await;
    world.deliver("forum", &format!("{body} ")).await;
    world.deliver("forum", &waiting).await;
    world.settle().await;
    world.pass(10).await;
    let export = serde_json::to_string(&world.store.sealed(&key).await.unwrap()).unwrap();
    assert!(!export.contains(CANARY) && !export.contains("Sanne"), "{export}");
    assert!(verifies(&world, &key).await);
    assert!(!world.page("/?state=all").await.contains(CANARY));
    let delivery = world.store.delivery(&record.deliveries[0]).await.unwrap().unwrap();
    assert_eq!((delivery.state, delivery.delivery.body.len()), (DeliveryState::Erased, 0));
    assert!(world.store.chain(&other).await.unwrap().is_empty(), "what the copy had not yet read is not read again");
    world.end().await;
    assert!(!folder.holds(CANARY));
}

/// What the auditor's own verifier finds wrong with the store.
async fn breaks(world: &World) -> Vec<String> {
    let mut verifier = Verifier::default();
    let exported = export::export(&world.store, Period::default(), world.clock.now(), |line| {
        verifier.line(line.text);
        Ok(())
    });
    exported.await.unwrap();
    verifier.finish().breaks.into_iter().map(|fault| fault.sentence).collect()
}

#[tokio::test]
async fn a_restored_record_that_waits_for_nothing_says_that_its_words_are_gone_once_it_is_looked_at() {
    let folder = Folder::new("restored");
    let data = Some(folder.0.as_path());
    let world = World::over(WEDNESDAY_MORNING, data).await;
    world.publish(samples::PROTOCOL).await.unwrap();
    let key = world.forum_says("c-1", &format!("Wat een mooi {CANARY}")).await;
    world.settle().await;
    not_a_case(&world, &key).await;
    world.settle().await;
    world.abandon_files().await;
    let backup = fs::read(folder.0.join("dayzero.db")).unwrap();

    let world = World::over(WEDNESDAY_MORNING, data).await;
    world.pass(PAST_RETENTION).await;
    assert!(world.record(&key).await.is_erased());
    world.abandon_files().await;
    for file in ["dayzero.db-wal", "dayzero.db-shm"] {
        let _ = fs::remove_file(folder.0.join(file));
    }
    fs::write(folder.0.join("dayzero.db"), backup).unwrap();

    let world = World::over("2026-03-12T09:30:00+01:00", data).await;
    world.settle().await;
    assert!(world.record(&key).await.versions.is_empty(), "nothing of it can be read");
    assert_eq!(breaks(&world).await.len(), 1, "its words are gone, and no entry says so");
    for key in world.store.keys().await.unwrap() {
        dayzero::watch::handle(&world.line.watch, &key).await.unwrap();
    }
    assert_eq!(breaks(&world).await, Vec::<String>::new());
    assert!(world.page(&format!("/comments/{key}")).await.contains("Its words were erased."));
    world.settle().await;
    world.end().await;
    assert!(!folder.holds(CANARY));
}

#[tokio::test]
async fn a_key_store_that_does_not_answer_costs_no_comment_and_no_alert() {
    for fault in [Fault::ServerError, Fault::Silent] {
        let world = World::new().await;
        world.key_faults.all(fault);
        let key = forum_key("c-1");
        let body = forum_body("comment.created", "c-1", Some("Sinds ik Norvexa slik heb ik hartkloppingen"), world.clock.now());
        world.deliver("forum", &body).await;
        if fault == Fault::Silent {
            // The door waits for a moment only; a worker would for longer than a story should.
            world.key_faults.all(Fault::ServerError);
        }
        world.settle().await;
        assert_eq!(world.told(), ["SafetyDeskTopic"], "{fault:?}: the alert does not wait for the key store");
        let record = world.record(&key).await;
        let id = &record.deliveries[0];
        assert!(!world.store.delivery(id).await.unwrap().unwrap().sealed);

        world.key_faults.clear();
        world.settle().await;
        let kept = world.store.delivery(id).await.unwrap().unwrap();
        assert_eq!((kept.sealed, kept.state, kept.delivery.body), (true, DeliveryState::WorkedOff, body.into_bytes()));
        world.end().await;
    }
}

#[tokio::test]
async fn a_key_store_that_does_not_answer_holds_up_no_step_of_an_alert() {
    let world = World::new().await;
    let key = world.forum_says("c-1", "Sinds ik Norvexa slik heb ik hartkloppingen").await;
    world.settle().await;
    assert_eq!(world.told(), ["SafetyDeskTopic"]);
    // Nobody acknowledges, and a process that has just started cannot read a word of it.
    let process = world.other_process();
    world.key_faults.all(Fault::ServerError);
    for _ in 0..8 {
        world.clock.advance(SignedDuration::from_mins(30));
        process.sweep(Timestamp::MAX).await.expect("a table without faults");
    }
    let told = world.told();
    assert!(told.len() > 1 && told.iter().any(|topic| topic != "SafetyDeskTopic"), "{told:?}");
    let head = world.head(&key).await;
    assert_eq!(
        head.text.as_ref().map(|text| text.expose().to_owned()).as_deref(),
        Some("Sinds ik Norvexa slik heb ik hartkloppingen")
    );

    world.key_faults.clear();
    world.clock.advance(SignedDuration::from_mins(1));
    process.sweep(Timestamp::MAX).await.expect("a table without faults");
    assert_eq!(world.head(&key).await.revision, world.record(&key).await.revision, "the head is made anew once words can be had");
    world.settle().await;
    world.end().await;
}

#[tokio::test]
async fn sealed_words_open_in_their_own_place_only() {
    let world = World::new().await;
    let one = world.forum_says("c-1", "Wat een mooie wandeling").await;
    let two = world.forum_says("c-2", "Wat een mooie zonsondergang").await;
    world.settle().await;
    let entry = "event#000001";
    world.copy((&pk(&one), entry), (&pk(&two), entry), &["words", "words_key"]).await;
    assert!(matches!(world.store.chain(&two).await, Err(StoreError::Corrupt { .. })), "another record's words");
    world.copy((&pk(&one), entry), (&pk(&one), "head"), &["words", "words_key"]).await;
    assert!(matches!(world.store.head(&one).await, Err(StoreError::Corrupt { .. })), "another item's words");
    let missing = world.store.vault().key("comment#forum-none", 0).await;
    assert!(missing.is_err_and(|error| error.to_string().contains("comment#forum-none")), "a missing key is no destroyed key");
    world.abandon();
}

#[tokio::test]
async fn a_second_process_that_held_the_key_reads_nothing_after_an_erasure() {
    let world = World::new().await;
    let key = world.forum_says("c-1", &format!("Wat een mooi {CANARY}")).await;
    world.settle().await;
    let second = world.receive.store.clone();
    let read = async || serde_json::to_string(&second.sealed(&key).await.unwrap()).unwrap();
    assert!(read().await.contains(CANARY));
    not_a_case(&world, &key).await;
    world.pass(PAST_RETENTION).await;
    assert!(!read().await.contains(CANARY));
    // Words that come later have a key of their own, whoever writes them.
    world.forum_event("comment.edited", "c-1", Some("Sinds ik Norvexa slik heb ik hartkloppingen")).await;
    world.settle().await;
    let fresh = Record::fold(&second.chain(&key).await.unwrap()).unwrap();
    assert_eq!(fresh.versions.len(), 1);
    assert!(fresh.erased.is_some_and(|(ordered, _)| ordered > Revision(1)));
    assert_eq!(world.head(&key).await.text, fresh.current().map(|version| version.text.clone()));
    world.end().await;
}

#[tokio::test]
async fn a_large_delivery_is_sealed_part_by_part_and_read_back() {
    let world = World::new().await;
    let text = noise(900_000);
    let body = forum_body("comment.created", "c-1", Some(&text), world.clock.now());
    world.deliver("forum", &body).await;
    world.settle().await;
    let id = world.record(&forum_key("c-1")).await.deliveries[0].clone();
    let items = world.items(&format!("delivery#{}#{}", id.door, id.digest)).await;
    assert!(items.len() >= 2 && items.iter().all(|item| item.contains_key("body_key")));
    assert_eq!(world.store.delivery(&id).await.unwrap().unwrap().delivery.body, body.into_bytes());
    world.end().await;
}

#[tokio::test]
async fn a_wrong_or_missing_master_key_is_said_in_one_sentence() {
    let folder = Folder::new("master");
    World::over(WEDNESDAY_MORNING, Some(&folder.0)).await.abandon_files().await;
    let master = folder.0.join("master.key");
    let right = fs::read(&master).unwrap();
    private(&master);

    fs::remove_file(&master).unwrap();
    let missing = KeyStore::start(Some(&folder.0)).await.err().unwrap();
    assert!(missing.contains("master.key") && missing.contains("missing") && missing.lines().count() == 1, "{missing}");
    fs::write(&master, b"short").unwrap();
    let short = KeyStore::start(Some(&folder.0)).await.err().unwrap();
    assert!(short.ends_with("it has 5 bytes, expected 32"), "{short}");

    let wrong: Vec<u8> = right.iter().map(|byte| byte ^ 1).collect();
    fs::write(&master, wrong).unwrap();
    let refused = prove(&folder.0).await.err().unwrap();
    assert!(refused.contains("put back the master.key") && refused.lines().count() == 1, "{refused}");
    fs::write(&master, right).unwrap();
    prove(&folder.0).await.unwrap();
}

async fn prove(folder: &Path) -> Result<(), String> {
    use dayzero::config::{Config, Patience};
    let keys = KeyStore::start(Some(folder)).await?;
    let config = keys.configure(Config::loopback(String::new(), String::new()));
    let vault = keys.vault(&config.clients(Patience::Worker), &config, &dayzero::model::Clock::System);
    let proved = keys.prove(&vault).await;
    keys.stop().await;
    proved
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn private(_: &Path) {}
