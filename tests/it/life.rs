//! The life of a protocol's version: drafted, checked, approved, published, superseded, as an inspector reads it afterwards.

use dayzero::campaigns::Campaign;
use dayzero::local::samples;
use dayzero::model::protocol_life::{Approved, Refusal};
use dayzero::model::{ApprovalRole, CampaignId, JournalId, LifeStage, Noted, ProtocolRef};
use dayzero::protocol::Protocol;
use dayzero::publishing::{self, NotPublished, NotTaken};
use dayzero::store::PublishError;
use jiff::SignedDuration;

use crate::world::World;

/// Version 4 of the sample, which nobody has signed yet.
fn unsigned() -> String {
    let source = samples::PROTOCOL.replace("version = 3 ", "version = 4 ");
    ["2025-12-18", "2025-12-18", "2025-12-19"].iter().fold(source, |source, day| source.replacen(&format!(", on = {day}"), "", 1))
}

fn parsed(source: &str) -> Protocol {
    Protocol::parse(source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn migraine() -> CampaignId {
    CampaignId::new("migraine-nl")
}

fn signature(role: ApprovalRole, name: &str) -> Approved {
    Approved { role, name: name.to_owned(), meaning: "I approve it for use".to_owned(), on: None }
}

/// The journal in the words of the console, with who did it.
async fn told(world: &World) -> Vec<String> {
    let notes = world.store.journal(&JournalId::parse("journal:protocol/migraine-nl").unwrap()).await.unwrap();
    let line = |note: &dayzero::model::Note| match &note.what {
        Noted::Protocol(step) => format!("{step}, by {}", note.by.label()),
        other => panic!("no step of a version's life: {other:?}"),
    };
    notes.iter().map(line).collect()
}

async fn stage(world: &World, version: u32) -> LifeStage {
    let shelf = publishing::shelf(&world.store, &migraine()).await.unwrap();
    shelf.versions.iter().find(|shelved| shelved.life.version == version).unwrap().life.stage()
}

async fn check(world: &World, source: &str, by: &str) {
    publishing::check(&world.store, &Campaign::new(parsed(source)), by, world.clock.now()).await.unwrap();
}

async fn approve(world: &World, source: &str, signature: Approved) -> Result<LifeStage, NotTaken> {
    let (reference, digest) = (parsed(source).reference(), parsed(source).digest());
    let by = signature.name.clone();
    let life = publishing::approve(&world.store, (&reference, &digest), signature, &by, world.clock.now()).await?;
    Ok(life.stage())
}

#[tokio::test]
async fn a_versions_whole_life_is_told_by_its_journal() {
    let world = World::new().await;
    let source = unsigned();
    publishing::draft(&world.store, &parsed(&source), "Ann", world.clock.now()).await.unwrap();
    assert_eq!(stage(&world, 4).await, LifeStage::Draft);
    world.clock.advance(SignedDuration::from_mins(1));
    check(&world, &source, "Ann").await;
    assert_eq!(stage(&world, 4).await, LifeStage::Checked);
    for (role, name, expected) in [
        (ApprovalRole::Privacy, "Dewi", LifeStage::Checked),
        (ApprovalRole::Safety, "Sam", LifeStage::Checked),
        (ApprovalRole::Medical, "Mia", LifeStage::Approved),
    ] {
        world.clock.advance(SignedDuration::from_mins(1));
        assert_eq!(approve(&world, &source, signature(role, name)).await.unwrap(), expected, "{name}");
    }
    world.clock.advance(SignedDuration::from_mins(1));
    world.publish(&source).await.unwrap();
    assert_eq!((stage(&world, 3).await, stage(&world, 4).await), (LifeStage::Superseded, LifeStage::Published));
    let (three, four) = (&parsed(samples::PROTOCOL).digest()[..12], &parsed(&source).digest()[..12]);
    let passed = "3 of 3 examples read as expected, warnings: ";
    let told = told(&world).await;
    let warnings = told[1].strip_prefix(&format!("version 3 checked: {passed}")).unwrap_or_else(|| panic!("{told:?}"));
    let expected = [
        format!("version 3 drafted, text {three}, by Ann"),
        format!("version 3 checked: {passed}{warnings}"),
        "version 3 approved for safety by Qualified person for pharmacovigilance on 2025-12-18: signed outside Dayzero, as the text itself says, by Ann".to_owned(),
        "version 3 approved for medical by Medical director on 2025-12-18: signed outside Dayzero, as the text itself says, by Ann".to_owned(),
        "version 3 approved for privacy by Data protection officer on 2025-12-19: signed outside Dayzero, as the text itself says, by Ann".to_owned(),
        "version 3 published, by Ann".to_owned(),
        format!("version 4 drafted, text {four}, by Ann"),
        format!("version 4 checked: {passed}{warnings}"),
        "version 4 approved for privacy by Dewi: I approve it for use, by Dewi".to_owned(),
        "version 4 approved for safety by Sam: I approve it for use, by Sam".to_owned(),
        "version 4 approved for medical by Mia: I approve it for use, by Mia".to_owned(),
        "version 4 published in place of version 3, by Ann".to_owned(),
        "version 3 superseded by version 4, by Ann".to_owned(),
    ];
    assert_eq!(told, expected);
    let page = world.page("/protocols/migraine-nl").await;
    for part in [
        "Version 4",
        "in force",
        "superseded",
        "approved for medical by Mia",
        "What it changes in version 3",
        &parsed(&source).digest(),
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let page = world.page("/protocols").await;
    assert!(page.contains("/protocols/migraine-nl") && page.contains("Version 4"), "{page}");
    let api = world.api("GET", "/api/protocols", None).await;
    assert_eq!(api["protocols"][0]["active"], 4);
    let stages: Vec<&str> =
        api["protocols"][0]["versions"].as_array().unwrap().iter().filter_map(|one| one["stage"].as_str()).collect();
    assert_eq!(stages, ["published", "superseded"]);
    assert_eq!(api["protocols"][0]["versions"][0]["steps"][2]["step"]["role"], "privacy");
    world.end().await;
}

#[tokio::test]
async fn a_changed_text_is_a_new_draft_that_nobody_has_signed() {
    let world = World::new().await;
    let (first, second) = (unsigned(), unsigned().replace("acknowledge = \"1h\"", "acknowledge = \"2h\""));
    check(&world, &first, "Ann").await;
    approve(&world, &first, signature(ApprovalRole::Safety, "Sam")).await.unwrap();
    approve(&world, &first, signature(ApprovalRole::Medical, "Mia")).await.unwrap();
    check(&world, &second, "Ann").await;
    // The last signature was meant for the text before: it is refused, and so is a publication.
    let late = approve(&world, &first, signature(ApprovalRole::Privacy, "Dewi")).await.unwrap_err();
    assert!(matches!(late, NotTaken::Refused(Refusal::OtherText(4))), "{late}");
    let Err(NotPublished::Refused(reasons)) = world.publish(&second).await else { panic!("was published") };
    let open =
        ["safety (Qualified person for pharmacovigilance)", "medical (Medical director)", "privacy (Data protection officer)"];
    assert_eq!(reasons, open.map(|who| format!("the approval of {who} is open")));
    // Both texts are kept, each under its digest; the newer one is what the version says.
    let reference = ProtocolRef { id: migraine(), version: 4 };
    assert_eq!(publishing::text(&world.store, &reference).await.unwrap().as_deref(), Some(second.as_str()));
    let kept = world.store.draft(&reference, &parsed(&first).digest()).await.unwrap();
    assert_eq!(kept.as_deref(), Some(first.as_str()));
    for role in ApprovalRole::ALL {
        approve(&world, &second, signature(role, "Sam")).await.unwrap();
    }
    let twice = approve(&world, &second, signature(ApprovalRole::Safety, "Eve")).await.unwrap_err();
    assert_eq!(twice.to_string(), "version 4 is already approved for safety by Sam");
    world.publish(&second).await.unwrap();
    let after = publishing::draft(&world.store, &parsed(&first), "Ann", world.clock.now()).await.unwrap_err();
    assert_eq!(
        after.to_string(),
        "version 4 is published, and a published version never changes: give the file a higher version"
    );
    world.end().await;
}

#[tokio::test]
async fn a_step_before_its_time_is_refused() {
    let world = World::new().await;
    let source = unsigned();
    let refused = |taken: Result<LifeStage, NotTaken>| taken.unwrap_err().to_string();
    let early = approve(&world, &source, signature(ApprovalRole::Safety, "Sam")).await;
    assert_eq!(refused(early), "version 4 has no draft: lay one down with `dayzero protocol draft`");
    publishing::draft(&world.store, &parsed(&source), "Ann", world.clock.now()).await.unwrap();
    let unchecked = "version 4 is not checked: `dayzero protocol check` has to find every example read as expected";
    assert_eq!(refused(approve(&world, &source, signature(ApprovalRole::Safety, "Sam")).await), unchecked);
    // A check that finds an example failing is noted, and opens nothing.
    let failing = source.replace("class = \"serious\" }", "class = \"quality_complaint\" }");
    check(&world, &failing, "Ann").await;
    assert_eq!(refused(approve(&world, &failing, signature(ApprovalRole::Safety, "Sam")).await), unchecked);
    assert!(told(&world).await.last().unwrap().starts_with("version 4 checked: 2 of 3 examples"), "{:?}", told(&world).await);
    assert_eq!(stage(&world, 4).await, LifeStage::Draft);
    world.end().await;
}

#[tokio::test]
async fn the_same_step_twice_is_noted_once() {
    let world = World::new().await;
    let before = told(&world).await.len();
    for _ in 0..2 {
        publishing::draft(&world.store, &parsed(&unsigned()), "Ann", world.clock.now()).await.unwrap();
        check(&world, &unsigned(), "Ann").await;
    }
    assert_eq!(told(&world).await.len(), before + 2);
    // What is published already was checked, and is not checked again.
    check(&world, samples::PROTOCOL, "Ann").await;
    assert_eq!(told(&world).await.len(), before + 2);
    world.end().await;
}

#[tokio::test]
async fn of_several_who_publish_at_once_one_does() {
    let world = World::new().await;
    let text = |hours: u32| {
        let source = samples::PROTOCOL.replace("version = 3 ", "version = 4 ");
        source.replace("acknowledge = \"1h\"", &format!("acknowledge = \"{}m\"", 60 + hours))
    };
    let one = |hours| publishing::publish(&world.store, parsed(&text(hours)), "Ann", world.clock.now());
    let (a, b, c, d) = tokio::join!(one(1), one(2), one(3), one(4));
    let published = [&a, &b, &c, &d].iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(published, 1);
    for lost in [a, b, c, d].into_iter().filter_map(Result::err) {
        let fair =
            matches!(&lost, NotPublished::Refused(_) | NotPublished::Publish(PublishError::Exists(_) | PublishError::Raced));
        assert!(fair, "{lost}");
    }
    let told = told(&world).await;
    assert_eq!(told.iter().filter(|line| line.starts_with("version 4 published")).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.starts_with("version 3 superseded")).count(), 1, "{told:?}");
    // What is in force is what the journal says was published.
    let shelf = publishing::shelf(&world.store, &migraine()).await.unwrap();
    let text = world.store.protocol(&ProtocolRef { id: migraine(), version: 4 }).await.unwrap().unwrap().source;
    assert_eq!(shelf.versions[0].life.digest(), Some(parsed(&text).digest().as_str()));
    world.end().await;
}

#[tokio::test]
async fn a_publication_that_does_not_know_what_was_noted_meanwhile_is_refused_whole() {
    use dayzero::store::{Publication, PublishedVersion};

    let world = World::new().await;
    let journal = JournalId::parse("journal:protocol/migraine-nl").unwrap();
    let notes = world.store.journal(&journal).await.unwrap();
    let directory = world.store.directory().await.unwrap();
    // Somebody lays down another text between what was decided on and the publication.
    publishing::draft(&world.store, &parsed(&unsigned()), "Bob", world.clock.now()).await.unwrap();
    let reference = ProtocolRef { id: migraine(), version: 4 };
    let (by, at) = ("Ann".to_owned(), world.clock.now());
    let version = PublishedVersion { reference: reference.clone(), source: unsigned(), published_by: by, published_at: at };
    let next = dayzero::store::Directory { revision: directory.revision + 1, ..directory.clone() };
    let note =
        notes.last().map(|note| dayzero::model::chain::New { at, by: note.by.clone(), what: note.what.clone(), words: None });
    let notes_to_be = note.into_iter().collect();
    let publication = Publication { version: &version, next: &next, journal: &journal, last: notes.last(), notes: notes_to_be };
    let refused = world.store.publish(publication).await.unwrap_err();
    assert!(matches!(refused, PublishError::Raced), "{refused}");
    assert_eq!(world.store.protocol(&reference).await.unwrap(), None);
    assert_eq!(world.store.directory().await.unwrap(), directory);
    world.end().await;
}

#[tokio::test]
async fn a_version_from_before_journals_still_shows_and_is_superseded() {
    let world = World::new().await;
    world.as_if_never_kept("journal:protocol/migraine-nl").await;
    world.as_if_never_kept("journals").await;
    let shelf = publishing::shelf(&world.store, &migraine()).await.unwrap();
    let [old] = shelf.versions.as_slice() else { panic!("{shelf:?}") };
    assert_eq!((old.life.stage(), old.before_journals), (LifeStage::Published, true));
    assert_eq!(old.life.digest(), Some(parsed(samples::PROTOCOL).digest().as_str()));
    assert!(world.page("/protocols/migraine-nl").await.contains("before Dayzero kept a journal of it"));
    world.publish(&samples::PROTOCOL.replace("version = 3 ", "version = 4 ")).await.unwrap();
    assert_eq!((stage(&world, 3).await, stage(&world, 4).await), (LifeStage::Superseded, LifeStage::Published));
    assert_eq!(told(&world).await.last().map(String::as_str), Some("version 3 superseded by version 4, by Ann"));
    let missing = world.ask("GET", "/protocols/nobody", None).await;
    assert_eq!(missing.status, 404);
    world.end().await;
}
