//! Mastodon.

use dayzero::model::{Platform, Provider};
use dayzero::platform::{ParseContext, parse};
use jiff::Timestamp;

use super::digits::{check as verify, every_mistake_is_refused_by_its_name, post};
use super::{check, lines, read, read_sample};

#[test]
fn the_mastodon_samples_are_read() {
    check(
        Platform::Mastodon,
        r##"
## account_created
- mastodon account.created
## another_server
created mastodon/anders.example/116100000000000012 <- - @ - | 409 Bea | 2026-03-04T08:00:00Z | "Gestern Norvexa genommen, heute Ausschlag am gan…" | link https://anders.example/@bea/12
## boost
- mastodon boost
## broken/content_is_a_list
? mastodon/forum.samenovermigraine.example | <digest> | a mastodon status is not of the documented shape: line 16 column 15 of that part
## broken/lone_surrogate
created mastodon/social.samenovermigraine.example/1 <- - @ - | - | 2026-03-05T08:03:00Z | "duizelig �" | link https://social.samenovermigraine.example/users/z/statuses/1
## broken/no_id
? mastodon/social.samenovermigraine.example | <digest> | a mastodon status has no id
## broken/no_object
? mastodon/forum.samenovermigraine.example | <digest> | a mastodon event has no object
## broken/not_json
? mastodon/forum.samenovermigraine.example | <digest> | the body is not JSON: line 1 column 1
## created
created mastodon/social.samenovermigraine.example/116100000000000001 <- - @ - | 401 Wilma 🌿 | 2026-03-02T09:00:00Z | "Sinds ik met #Norvexa begon heb ik elke nacht na…" | link https://social.samenovermigraine.example/@wilma/116100000000000001
## direct
created mastodon/social.samenovermigraine.example/116100000000000008 <- - @ - | 406 Sil | 2026-03-03T09:00:00Z | "@beheer kan ik mijn account ook tijdelijk pauzer…" | link https://social.samenovermigraine.example/@sil/116100000000000008
## edited
edited mastodon/social.samenovermigraine.example/116100000000000001 <- - @ - | 401 Wilma 🌿 | 2026-03-02T10:15:00Z | "Sinds ik met Norvexa begon heb ik elke nacht nac…" | link https://social.samenovermigraine.example/@wilma/116100000000000001
## edited_without_time
edited mastodon/social.samenovermigraine.example/116100000000000002 <- 116100000000000001 @ - | 402 teun | 2026-03-04T09:00:01Z | "sterkte, echt" | link https://social.samenovermigraine.example/@teun/116100000000000002
## french
created mastodon/social.samenovermigraine.example/116100000000000010 <- - @ - | 407 Odile | 2026-03-03T10:00:00Z | "Trois semaines sous Norvexa\u{a0}: plus une seule cri…" | link https://social.samenovermigraine.example/@odile/116100000000000010
## german_list
created mastodon/social.samenovermigraine.example/116100000000000011 <- - @ - | 408 Jonas | 2026-03-03T10:30:00Z | "Heute:\n\nKopfweh weg\nKaffee stark" | link https://social.samenovermigraine.example/@jonas/116100000000000011
## ids_as_numbers
created mastodon/social.samenovermigraine.example/116100000000000014 <- 116100000000000001 @ - | 411 Fee | 2026-03-04T09:30:00Z | "Is Norvexa ook zonder lactose?" | link https://social.samenovermigraine.example/@fee/116100000000000014
## only_content_warning
created mastodon/social.samenovermigraine.example/116100000000000004 <- - @ - | 403 Jip | 2026-03-02T12:30:00Z | "zo zien mijn benen eruit" | link https://social.samenovermigraine.example/@jip/116100000000000004 | sees photo
## photo_without_text
created mastodon/social.samenovermigraine.example/116100000000000005 <- - @ - | 404 Hanna | 2026-03-02T13:00:00Z | - | link https://social.samenovermigraine.example/@hanna/116100000000000005 | sees photo
## poll
created mastodon/social.samenovermigraine.example/116100000000000007 <- - @ - | 405 Koen | 2026-03-03T08:00:00Z | "Wat merkten jullie van Norvexa?\nniets\nmisselijk\n…" | link https://social.samenovermigraine.example/@koen/116100000000000007
## reply
created mastodon/social.samenovermigraine.example/116100000000000002 <- 116100000000000001 @ - | 402 teun | 2026-03-02T09:30:00Z | "@wilma sterkte!\nHopelijk gaat het gauw over." | link https://social.samenovermigraine.example/@teun/116100000000000002
## report
? mastodon/forum.samenovermigraine.example | <digest> | a mastodon report to the moderators holds somebody's words; this version does not read them
## unknown_event
? mastodon/forum.samenovermigraine.example | <digest> | mastodon event status.pinned: this version does not read that kind, and it may hold somebody's words
## unknown_field
created mastodon/social.samenovermigraine.example/116100000000000015 <- - @ - | 413 Mo | 2026-03-04T11:30:00Z | "Dank voor de tips" | link https://social.samenovermigraine.example/@mo/116100000000000015
## video_with_text
created mastodon/social.samenovermigraine.example/116100000000000006 <- - @ - | 404 Hanna | 2026-03-02T13:05:00Z | "Wandeling door het bos, hoofd weer leeg" | link https://social.samenovermigraine.example/@hanna/116100000000000006 | sees video
## with_content_warning
created mastodon/social.samenovermigraine.example/116100000000000003 <- - @ - | 403 Jip | 2026-03-02T12:00:00Z | "bloed in urine, Norvexa\nHet begon na de derde ta…" | link https://social.samenovermigraine.example/@jip/116100000000000003
## without_address
created mastodon/forum.samenovermigraine.example/116100000000000013 <- - @ - | 410 Ton | 2026-03-04T08:30:00Z | "Goedemorgen allemaal"
"##,
    );
}

#[test]
fn every_mistake_in_a_mastodon_signature_is_refused_by_its_name() {
    every_mistake_is_refused_by_its_name(Provider::Mastodon, "x-hub-signature", "sha256=", "sha1=");
    // RFC 4231, test case 2.
    let right = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let request = post(&[("x-hub-signature", right)], b"what do ya want for nothing?");
    assert_eq!(verify(Provider::Mastodon, &request, &["Jefe"], Timestamp::UNIX_EPOCH), Ok(()));
    // The SHA-1 that the header's name promises elsewhere: RFC 2202, test case 2.
    let older = post(&[("x-hub-signature", "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")], b"what do ya want for nothing?");
    assert!(verify(Provider::Mastodon, &older, &["Jefe"], Timestamp::UNIX_EPOCH).is_err());
}

#[test]
fn a_post_is_read_as_its_author_saw_it() {
    let rows = [
        ("created", "Sinds ik met #Norvexa begon heb ik elke nacht nachtmerries & zweet ik het bed nat.\n\nHerkent iemand dit?"),
        ("with_content_warning", "bloed in urine, Norvexa\nHet begon na de derde tablet en het houdt niet op."),
        ("poll", "Wat merkten jullie van Norvexa?\nniets\nmisselijk\nhartkloppingen"),
    ];
    for (name, expected) in rows {
        let parsed = read_sample(Provider::Mastodon, &format!("mastodon/{name}"));
        assert_eq!(parsed.events[0].text.as_ref().unwrap().expose(), expected, "{name}");
    }
}

#[test]
fn a_post_that_names_no_server_belongs_to_the_only_channel_or_to_nobody() {
    let body = br#"{"event":"status.created","object":{"id":"1","content":"<p>hoi</p>"}}"#;
    let context = |default_account| ParseContext { digest: "<digest>", door: "<door>", default_account };
    let at = |account| lines(&parse(Provider::Mastodon, body, &Default::default(), &context(account)));
    assert_eq!(at(Some("social.example")), [r#"created mastodon/social.example/1 <- - @ - | - | - | "hoi""#]);
    let nobody = "? mastodon/unknown | <digest> | a mastodon status names no server, and its door has not exactly one channel";
    assert_eq!(at(None), [nobody]);
}

#[test]
fn hostile_posts_are_answered() {
    let post = |more: &str| {
        format!(r#"{{"event":"status.created","object":{{"id":"1","uri":"https://s.example/1","content":"<p>hoi</p>"{more}}}}}"#)
    };
    let deep = format!(r#","card":{}{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let tags = format!(r#","spoiler_text":"{}""#, "<div>".repeat(100_000));
    let rows = [
        (post(""), true),
        (post(&deep), true),
        (post(&tags), true),
        (post(r#","reblog":null"#), true),
        (post(r#","created_at":"gisteren""#), true),
        (post(r#","id":"2""#), false),
        (post(r#","account":"Wilma""#), false),
        (post(r#","media_attachments":{}"#), false),
        (post(r#","spoiler_text":"\ud800""#), true),
    ];
    for (body, read_as_event) in rows {
        let parsed = read(Provider::Mastodon, body.as_bytes());
        let start: String = body.chars().take(120).collect();
        assert_eq!((parsed.events.len(), parsed.quarantined.len()), if read_as_event { (1, 0) } else { (0, 1) }, "{start}");
    }
    let nested = format!(r#"{{"event":"status.created","object":{{"id":"1","content":"{}diep"}}}}"#, "<b>".repeat(100_000));
    assert_eq!(read(Provider::Mastodon, nested.as_bytes()).events[0].text.as_ref().unwrap().expose(), "diep");
}

#[test]
fn a_post_under_an_event_that_is_not_known_reaches_people_each_time() {
    let body = br#"{"event":"status.quoted","object":{"id":"1","uri":"https://s.example/1","content":"<p>jeuk</p>"}}"#;
    let expected = [
        r#"created mastodon/s.example/1 <- - @ - | - | - | "jeuk" | link https://s.example/1 | sees event that this version does not know: status.quoted"#,
        "? mastodon/s.example | mastodon event status.quoted | mastodon event status.quoted: this version does not read that kind",
    ];
    assert_eq!(lines(&read(Provider::Mastodon, body)), expected);
}
