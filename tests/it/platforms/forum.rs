//! Own forums, with Standard Webhooks.

use std::collections::BTreeMap;

use dayzero::model::{Platform, Provider};

use dayzero::platform::{ParseContext, parse};

use super::{CONTEXT, check, lines};
use crate::samples::sample;

#[test]
fn the_forum_samples_are_read() {
    check(
        Platform::Forum,
        r##"
## broken/not_json
? forum/forum.samenovermigraine.example | <digest> | the body is not JSON: line 2 column 0
## created
created forum/forum.samenovermigraine.example/c-5001 <- - @ t-310 | u-17 Sterre | 2026-03-02T08:00:00Z | "Week twee met Norvexa en mijn haar valt met pluk…" | link https://forum.samenovermigraine.example/t/310#c-5001 | post Hoe gaat het met jullie nieuwe medicatie?
## created_with_account
created forum/forum.samenovermigraine.example/c-5002 <- - @ t-310 | u-18 Wout | 2026-03-02T08:00:00Z | "Bij mij werkt het geweldig, van 15 naar 4 dagen …" | link https://forum.samenovermigraine.example/t/310#c-5002
## deleted
deleted forum/forum.samenovermigraine.example/c-5003 <- c-5001 @ t-310 | u-19 Beatrijs | 2026-03-06T10:00:00Z | -
## distress
created forum/forum.samenovermigraine.example/c-5005 <- - @ t-311 | u-21 - | 2026-03-07T23:40:00Z | "Ik trek het niet meer. Altijd die pijn. Ik wil e…"
## edited
edited forum/forum.samenovermigraine.example/c-5001 <- - @ t-310 | u-17 Sterre | 2026-03-05T19:00:00Z | "Week twee met Norvexa en mijn haar valt met pluk…"
## english
created forum/forum.samenovermigraine.example/c-5008 <- - @ t-313 | u-24 Maggie | 2026-03-04T20:20:00Z | "Does anyone know if the pharmacy in Ghent has it…"
## hidden
hidden forum/forum.samenovermigraine.example/c-5004 <- - @ t-310 | u-20 Rob | 2026-03-02T09:00:00Z | "Koop hier goedkope pillen zonder recept!!"
## lack_of_effect
created forum/forum.samenovermigraine.example/c-5007 <- - @ t-312 | u-23 Tess | 2026-03-04T21:10:00Z | "Norvexa doet bij mij helemaal niets. Drie maande…"
## no_comment_id
? forum/forum.samenovermigraine.example | <digest> | a forum comment has no comment_id
## other_account
created forum/forum.elders.example/c-5011 <- - @ t-310 | u-27 Milan | 2026-03-02T08:00:00Z | "Heb ik hier het goede forum? Ik kreeg jeuk van N…"
## overdose
created forum/forum.samenovermigraine.example/c-5006 <- - @ t-312 | u-22 Jip | 2026-03-04T21:00:00Z | "Per ongeluk vier tabletten in plaats van een gen…"
## reply
created forum/forum.samenovermigraine.example/c-5003 <- c-5001 @ t-310 | u-19 Beatrijs | 2026-03-02T08:20:00Z | "Haaruitval heb ik niet, wel een droge mond en sl…" | link https://forum.samenovermigraine.example/t/310#c-5003
## unhidden
unhidden forum/forum.samenovermigraine.example/c-5004 <- - @ t-310 | u-20 Rob | 2026-03-02T09:30:00Z | "Koop hier goedkope pillen zonder recept!!"
## unknown_type
created forum/forum.samenovermigraine.example/c-5002 <- - @ t-310 | u-1 Moderator | 2026-03-02T08:00:00Z | - | sees type that this version does not know: comment.pinned
? forum/forum.samenovermigraine.example | forum type comment.pinned | forum type comment.pinned: this version does not read that kind
## without_text
created forum/forum.samenovermigraine.example/c-5009 <- - @ t-310 | u-25 Puck | 2026-03-02T08:00:00Z | - | sees picture
"##,
    );
}

#[test]
fn a_forum_comment_without_an_account_needs_an_only_channel() {
    let context = ParseContext { default_account: None, ..CONTEXT };
    let parsed = parse(Provider::Forum, &sample("forum/created"), &BTreeMap::new(), &context);
    assert_eq!(
        lines(&parsed),
        ["? forum/unknown | <digest> | a forum comment names no account, and its door has not exactly one channel"]
    );
    let parsed = parse(Provider::Forum, &sample("forum/created_with_account"), &BTreeMap::new(), &context);
    assert_eq!(parsed.events[0].id.account, "forum.samenovermigraine.example");
}

#[test]
fn a_type_that_is_not_known_and_names_no_comment_is_seen_with_each_delivery() {
    for data in [r#"{"text":"jeuk"}"#, r#"{"comment_id":"c","text":7}"#] {
        let body = format!(r#"{{"type":"note.created","data":{data}}}"#);
        let lines = lines(&parse(Provider::Forum, body.as_bytes(), &BTreeMap::new(), &CONTEXT));
        let expected = "? forum/forum.samenovermigraine.example | <digest> | forum type note.created: ";
        assert!(lines.len() == 1 && lines[0].starts_with(expected), "{data}: {lines:?}");
    }
}
