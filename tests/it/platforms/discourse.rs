//! Discourse.

use std::collections::BTreeMap;

use dayzero::model::{Platform, Provider};
use dayzero::platform::{ParseContext, kept_headers, parse, telling_headers};
use jiff::Timestamp;

use super::digits::{check as verify, every_mistake_is_refused_by_its_name, post};
use super::{CONTEXT, check, lines, read_sample};
use crate::samples::sample;

#[test]
fn the_discourse_samples_are_read() {
    check(
        Platform::Discourse,
        r##"
## attachment
created discourse/forum.samenovermigraine.example/2107 <- - @ 88 | 56 Lies | 2026-03-03T12:05:00Z | "De bijsluiter die ik bedoelde: [bijsluiter.pdf|a…" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/8 | sees attachment | post Norvexa en slapen | unsigned
## broken/no_event_header
? discourse/forum.samenovermigraine.example | <digest> | a discourse call has no X-Discourse-Event, which alone says what happened
## broken/no_id
? discourse/forum.samenovermigraine.example | <digest> | a discourse post has no id
## broken/no_post
? discourse/forum.samenovermigraine.example | <digest> | a discourse post_created came without a post
## broken/not_json
? discourse/forum.samenovermigraine.example | <digest> | the body is not JSON: line 1 column 1
## broken/wrong_types
? discourse/forum.samenovermigraine.example | <digest> | a discourse post is not of the documented shape: line 28 column 11 of that part
## cooked_only
created discourse/forum.samenovermigraine.example/2105 <- - @ 88 | 55 Omar | 2026-03-03T11:00:00Z | "I took Norvexa with ibuprofen & my lips swelled …" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/6 | post Norvexa en slapen | unsigned
## created
created discourse/forum.samenovermigraine.example/2101 <- - @ 88 | 51 Sterre | 2026-03-02T20:00:00Z | "Norvexa en slapen\n\nSlaap sinds de start met Norv…" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/1 | post Norvexa en slapen | unsigned
## destroyed_by_a_moderator
deleted discourse/forum.samenovermigraine.example/2103 <- - @ 88 | 53 Koop Nu | 2026-03-02T21:45:00Z | "Goedkoop bestellen? Kijk op mijn profiel" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/4 | post Norvexa en slapen
## destroyed_says_only_the_header
deleted discourse/forum.samenovermigraine.example/2104 <- - @ 88 | 54 Fenna | - | "Wie gaat er mee naar de lotgenotendag?" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/5 | post Norvexa en slapen | unsigned
## edited
edited discourse/forum.samenovermigraine.example/2101 <- - @ 88 | 51 Sterre | 2026-03-02T22:00:00Z | "Norvexa en slapen\n\nSlaap sinds de start met Norv…" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/1 | post Norvexa en slapen | unsigned
## edited_while_hidden
hidden discourse/forum.samenovermigraine.example/2103 <- - @ 88 | 53 Koop Nu | 2026-03-02T21:30:00Z | "Goedkoop bestellen? Kijk op mijn profiel" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/4 | post Norvexa en slapen | unsigned
## french
created discourse/forum.samenovermigraine.example/2110 <- - @ 88 | 59 Amélie | 2026-03-03T14:00:00Z | "Mon fils de 9 ans a avalé deux comprimés de Norv…" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/10 | post Norvexa en slapen | unsigned
## ids_beyond_a_double
created discourse/forum.samenovermigraine.example/9007199254740993 <- - @ 88 | 9007199254740995 Groot | 2026-03-03T15:00:00Z | "Even testen of dit werkt" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/11 | post Norvexa en slapen | unsigned
## liked
- discourse like
## photo
created discourse/forum.samenovermigraine.example/2106 <- - @ 88 | 56 Lies | 2026-03-03T12:00:00Z | "Zo ziet mijn rug eruit\n\n![rug|690x388](upload://…" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/7 | sees photo | post Norvexa en slapen | unsigned
## ping
- discourse ping
## post_under_another_event
created discourse/forum.samenovermigraine.example/2112 <- - @ 88 | 60 Ans | 2026-03-03T17:00:00Z | "Ik word hier zo duizelig van" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/13 | sees event that this version does not know: user_updated | post Norvexa en slapen | unsigned
? discourse/forum.samenovermigraine.example | discourse event user_updated | discourse event user_updated: this version does not read that kind
## private_message
created discourse/forum.samenovermigraine.example/2109 <- - @ 91 | 58 Ria | 2026-03-03T13:00:00Z | "Vraagje\n\nKunnen jullie mijn gebruikersnaam aanpa…" | link https://forum.samenovermigraine.example/t/-/91/1 | post Vraagje | unsigned
## recovered
unhidden discourse/forum.samenovermigraine.example/2104 <- - @ 88 | 54 Fenna | - | "Wie gaat er mee naar de lotgenotendag?" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/5 | post Norvexa en slapen | unsigned
## reply
created discourse/forum.samenovermigraine.example/2102 <- topic/88/2 @ 88 | 52 bartv | 2026-03-02T20:10:00Z | "Bij mij hielp warme melk 🙂" | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/3 | post Norvexa en slapen | unsigned
## small_action
- discourse small action
## topic_closed
- discourse topic
## topic_created
- discourse topic
## topic_edited
? discourse/forum.samenovermigraine.example | <digest> | a discourse topic was edited: its title is new, and its first post may be; neither is read here
## unknown_event
? discourse/forum.samenovermigraine.example | <digest> | discourse event chat_message_created: this version does not read that kind, and it may hold somebody's words
## user_updated
- discourse user
## withdrawn_by_its_author
deleted discourse/forum.samenovermigraine.example/2101 <- - @ 88 | 51 Sterre | 2026-03-03T09:00:00Z | - | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/1 | post Norvexa en slapen
## without_words
created discourse/forum.samenovermigraine.example/2108 <- - @ 88 | 57 Stil | 2026-03-03T12:10:00Z | - | link https://forum.samenovermigraine.example/t/norvexa-en-slapen/88/9 | sees picture | post Norvexa en slapen | unsigned
"##,
    );
}

#[test]
fn every_mistake_in_a_discourse_signature_is_refused_by_its_name() {
    every_mistake_is_refused_by_its_name(Provider::Discourse, "x-discourse-event-signature", "sha256=", "sha1=");
    // RFC 4231, test case 2.
    let right = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let request = post(&[("x-discourse-event-signature", right)], b"what do ya want for nothing?");
    assert_eq!(verify(Provider::Discourse, &request, &["Jefe"], Timestamp::UNIX_EPOCH), Ok(()));
}

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

fn with(name: &str, headers: Headers<'_>, account: Option<&str>) -> Vec<String> {
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let context = ParseContext { default_account: account, ..CONTEXT };
    lines(&parse(Provider::Discourse, &sample(name), &headers, &context))
}

#[test]
fn a_forum_is_the_doors_only_channel_or_what_the_call_names() {
    let event = ("x-discourse-event", "post_created");
    let named = ("x-discourse-instance", "https://Ander.Example/forum");
    let rows: [(Headers<'_>, Option<&str>, &str); 4] = [
        (&[event, named], Some("praat.example"), "created discourse/praat.example/2101 "),
        (&[event, named], None, "created discourse/ander.example/2101 "),
        (&[event], None, "? discourse/unknown | <digest> | a discourse post names no forum"),
        (
            &[event, ("x-discourse-instance", "javascript:alert(1)")],
            None,
            "? discourse/unknown | <digest> | a discourse post names",
        ),
    ];
    for (headers, account, expected) in rows {
        let lines = with("discourse/created", headers, account);
        assert!(lines.len() == 1 && lines[0].starts_with(expected), "{lines:?}");
    }
    // The protocol's host stands in the link, and not what an unsigned header says.
    let lines = with("discourse/created", &[event, named], Some("praat.example"));
    assert!(lines[0].contains(" | link https://praat.example/t/norvexa-en-slapen/88/1 "), "{lines:?}");
}

#[test]
fn an_unsigned_name_makes_no_words_vanish_and_no_deletion_certain() {
    for name in ["ping", "user_updated", "topic_created", "post_liked", "post_moved", ""] {
        let lines = with("discourse/created", &[("x-discourse-event", name)], Some("praat.example"));
        let shown = if name.is_empty() { "without a name" } else { name };
        assert_eq!(lines.len(), 2, "{name}: {lines:?}");
        assert!(
            lines[0]
                .starts_with(r#"created discourse/praat.example/2101 <- - @ 88 | 51 Sterre | 2026-03-02T20:00:00Z | "Norvexa"#)
        );
        assert!(lines[0].contains(&format!(" | sees event that this version does not know: {shown} | ")), "{name}: {lines:?}");
        assert!(lines[1].starts_with(&format!("? discourse/praat.example | discourse event {shown} | ")), "{name}: {lines:?}");
    }
    let deleted = with("discourse/created", &[("x-discourse-event", "post_destroyed")], Some("praat.example"));
    assert!(deleted[0].starts_with("deleted ") && deleted[0].ends_with(" | unsigned"), "{deleted:?}");
}

#[test]
fn a_retry_is_the_same_delivery_and_another_event_is_not() {
    assert_eq!(telling_headers(Provider::Discourse), ["x-discourse-event"]);
    assert!(kept_headers(Provider::Discourse).contains(&"x-discourse-event-id"));
    assert!(!kept_headers(Provider::Discourse).contains(&"x-discourse-event-signature"));
}

#[test]
fn a_title_is_a_part_of_the_first_post_and_of_no_other() {
    let post = |more: &str| format!(r#"{{"post":{{"id":1,"topic_title":"Galbulten van Norvexa","post_number":{more}}}}}"#);
    let rows = [
        (post(r#"1,"raw":"Wie nog meer?""#), Some("Galbulten van Norvexa\n\nWie nog meer?"), None),
        (post(r#"1,"raw":" ""#), Some("Galbulten van Norvexa"), Some("picture")),
        (post(r#"1,"raw":"Wie nog meer?","user_deleted":true"#), None, Some("picture")),
        (post(r#"2,"raw":"Wie nog meer?""#), Some("Wie nog meer?"), None),
        (post(r#"2,"raw":" ""#), None, Some("picture")),
    ];
    let headers = BTreeMap::from([("x-discourse-event".to_owned(), "post_created".to_owned())]);
    for (body, text, unreadable) in rows {
        let parsed = parse(Provider::Discourse, body.as_bytes(), &headers, &CONTEXT);
        let event = &parsed.events[0];
        assert_eq!(event.text.as_ref().map(|text| text.expose()), text, "{body}");
        assert_eq!(event.unreadable.as_deref(), unreadable, "{body}");
        assert_eq!(event.post_text.as_ref().map(|text| text.expose()), Some("Galbulten van Norvexa"), "{body}");
    }
}

#[test]
fn html_is_read_where_nothing_else_came() {
    let parsed = read_sample(Provider::Discourse, "discourse/cooked_only");
    let expected = "I took Norvexa with ibuprofen & my lips swelled up.\n\nER said allergic reaction :face_with_thermometer:";
    assert_eq!(parsed.events[0].text.as_ref().unwrap().expose(), expected);
}

#[test]
fn what_is_embedded_is_named() {
    let body = |text: &str| serde_json::json!({"post": {"id": 1, "raw": text}}).to_string();
    let rows = [
        ("gewoon tekst", None),
        ("let op! [link](https://example.com)", None),
        ("![arm|690x388](upload://a.jpeg)", Some("photo")),
        ("![](https://example.com/a.png)", Some("photo")),
        ("<img src=\"https://example.com/a.png\">", Some("photo")),
        ("![clip|video](upload://a.mp4)", Some("video")),
        ("![stem|audio](upload://a.mp3)", Some("audio")),
        ("[folder.pdf|attachment](upload://a.pdf)", Some("attachment")),
    ];
    let headers = BTreeMap::from([("x-discourse-event".to_owned(), "post_created".to_owned())]);
    for (text, expected) in rows {
        let parsed = parse(Provider::Discourse, body(text).as_bytes(), &headers, &CONTEXT);
        assert_eq!(parsed.events[0].unreadable.as_deref(), expected, "{text}");
    }
}

#[test]
fn a_link_cannot_be_made_to_lead_elsewhere() {
    let headers = BTreeMap::from([("x-discourse-event".to_owned(), "post_created".to_owned())]);
    let link = |slug: &str, topic: &str| {
        let body = serde_json::json!({"post": {"id": 1, "raw": "x", "topic_slug": slug, "topic_id": topic, "post_number": 3}});
        let parsed = parse(Provider::Discourse, body.to_string().as_bytes(), &headers, &CONTEXT);
        parsed.events[0].permalink.clone()
    };
    let forum = "https://forum.samenovermigraine.example";
    assert_eq!(link("slapen", "8"), Some(format!("{forum}/t/slapen/8/3")));
    assert_eq!(link("", "8"), Some(format!("{forum}/t/8/3")));
    assert_eq!(link("../../login?x=", "8"), Some(format!("{forum}/t/8/3")));
    assert_eq!(link("slapen", "8/../9"), None);
}
