//! Threads.

use dayzero::model::{Platform, Provider};

use super::{check, lines, read};

#[test]
fn the_threads_samples_are_read() {
    check(
        Platform::Threads,
        r##"
## broken/missing_comma
? facebook/unknown | <digest> | the body is not JSON: line 4 column 3
## broken/number_for_text
? threads/18100000000000001 | <digest> | a threads post is not of the documented shape: line 4 column 16 of that part
## broken/values_text
? threads/18100000000000001 | <digest> | a threads value is not of the documented shape: line 1 column 1 of that part
## deleted
deleted threads/25000000000000001/18100000000000003 <- - @ - | - samenovermigraine | 2026-03-04T10:30:00Z | - | own
## foreign_link
created threads/25000000000000001/18100000000000110 <- - @ 18100000000000001 | - ad.k | 2026-03-04T11:05:00Z | "Fijn weekend allemaal"
## ids_as_numbers
created threads/9007199254740997/123456789012345678901234567890 <- - @ 9007199254740995 | - pim | 2026-03-04T11:00:00Z | "Waar kan ik dit kopen?" | link https://www.threads.net/@pim/post/P0109
## mention
created threads/25000000000000001/18100000000000201 <- - @ - | - dr.emma | 2026-03-03T12:00:00Z | "Goed gesprek bij @samenovermigraine over slaap e…" | link https://www.threads.net/@dr.emma/post/P0201
## mention_in_a_reply
created threads/25000000000000001/18100000000000202 <- 18100000000000290 @ 18100000000000280 | - luc.m | 2026-03-03T22:15:00Z | "@samenovermigraine depuis Norvexa j'ai des palpi…" | link https://www.threads.net/@luc.m/post/P0202
## no_values
? threads/18100000000000001 | threads delivery without values | a threads delivery without values came; at least one was expected
## one_bad_element
created threads/25000000000000001/18100000000000113 <- - @ 18100000000000001 | - ro | 2026-03-05T09:10:00Z | "Ik heb er goede ervaringen mee, drie maanden zon…" | link https://www.threads.net/@ro/post/P0113
? threads/18100000000000001 | <digest> | a threads post has no id
? threads/18100000000000001 | <digest> | a threads change has no value
? threads/18100000000000001 | <digest> | a threads value is not of the documented shape: line 1 column 1 of that part
## other_account
created threads/25000000000000099/18100000000000112 <- - @ 18100000000000900 | - jip.leest | 2026-03-05T09:00:00Z | "Ik kreeg jeuk van Norvexa, over mijn hele rug." | link https://www.threads.net/@jip.leest/post/P0112
## photo_with_text
created threads/25000000000000001/18100000000000105 <- - @ 18100000000000001 | - sanne_v | 2026-03-04T07:30:00Z | "Dit zijn mijn armen na vier dagen." | link https://www.threads.net/@sanne_v/post/P0105 | sees photo
## photo_without_text
created threads/25000000000000001/18100000000000106 <- - @ 18100000000000001 | - bo.b | 2026-03-04T07:45:00Z | - | link https://www.threads.net/@bo.b/post/P0106 | sees photo
## published
created threads/25000000000000001/18100000000000002 <- - @ - | - samenovermigraine | 2026-03-04T09:00:00Z | - | link https://www.threads.net/@samenovermigraine/post/P0002 | own
## reply
created threads/25000000000000001/18100000000000101 <- - @ 18100000000000001 | - noor.schrijft | 2026-03-02T09:05:00Z | "Week drie met Norvexa en ik zie elke ochtend dub…" | link https://www.threads.net/@noor.schrijft/post/P0101
## reply_to_reply
created threads/25000000000000001/18100000000000104 <- 18100000000000101 @ 18100000000000001 | - wilma_k | 2026-03-02T09:40:00Z | "@noor.schrijft sterkte, hopelijk gaat het snel o…" | link https://www.threads.net/@wilma_k/post/P0104
## unknown_field
created threads/25000000000000001/18100000000000111 <- - @ - | - x | - | - | sees field that this version does not know: reactions
? threads/25000000000000001 | threads field reactions | threads field reactions: this version does not read that kind
## values_as_a_list
created threads/25000000000000001/18100000000000102 <- - @ 18100000000000001 | - hardloopjoris | 2026-03-02T09:20:00Z | "Mooi initiatief, ik deel het met mijn loopgroep!" | link https://www.threads.net/@hardloopjoris/post/P0102
created threads/25000000000000001/18100000000000103 <- 18100000000000101 @ 18100000000000001 | - gwen.writes | 2026-03-02T09:21:00Z | "Same here, my hands have been numb since the sec…" | link https://www.threads.net/@gwen.writes/post/P0103
## video
created threads/25000000000000001/18100000000000107 <- - @ 18100000000000001 | - bo.b | 2026-03-04T07:50:00Z | "Zo gaat het sinds maandag" | link https://www.threads.net/@bo.b/post/P0107 | sees video
## wordless
created threads/25000000000000001/18100000000000108 <- - @ 18100000000000001 | - stille.lezer | 2026-03-04T08:00:00Z | - | link https://www.threads.net/@stille.lezer/post/P0108 | sees picture
"##,
    );
}

#[test]
fn the_account_is_the_owner_where_the_target_is_a_post() {
    let rows = [
        ("replies", r#","root_post":{"id":"5","owner_id":"42"}"#, "42"),
        ("replies", r#","root_post":{"id":"5"}"#, "7"),
        ("replies", "", "7"),
        ("mentions", r#","root_post":{"id":"5","owner_id":"42"}"#, "7"),
        ("publish", r#","owner":{"owner_id":"42"}"#, "7"),
        ("delete", r#","owner":{"owner_id":"42"}"#, "42"),
        ("delete", "", "7"),
    ];
    for (field, more, account) in rows {
        let body = format!(r#"{{"target_id":"7","values":{{"value":{{"id":"1"{more}}},"field":"{field}"}}}}"#);
        let parsed = read(Provider::Meta, body.as_bytes());
        assert_eq!(parsed.events[0].id.account, account, "{body}");
        assert_eq!(parsed.events[0].own_account, ["publish", "delete"].contains(&field), "{body}");
    }
}

#[test]
fn the_envelope_is_told_apart_by_its_keys_and_is_always_answered() {
    let shape = "is not of the documented shape";
    let rows = [
        (r#"{"topic":"moderate"}"#, "? threads/unknown | threads delivery without values | ".to_owned()),
        (r#"{"target_id":"7","values":null}"#, "? threads/7 | threads delivery without values | ".to_owned()),
        (r#"{"values":[]}"#, "? threads/unknown | threads delivery without values | ".to_owned()),
        (r#"{"values":7}"#, format!("? threads/unknown | <digest> | a threads value {shape}")),
        (r#"{"target_id":{},"values":[]}"#, format!("? threads/unknown | <digest> | a threads delivery {shape}")),
        (r#"{"values":{"field":"replies","value":[]}}"#, format!("? threads/unknown | <digest> | a threads post {shape}")),
        (r#"{"values":{"value":{"text":"a"}}}"#, "? threads/unknown | <digest> | threads field without a name: ".to_owned()),
        (r#"{"values":{"value":7,"field":"a"}}"#, "? threads/unknown | <digest> | threads field a: ".to_owned()),
        (r#"{"values":{"field":"a"}}"#, "? threads/unknown | <digest> | threads field a: ".to_owned()),
        (r#"{"object":"page","topic":"moderate"}"#, "? facebook/unknown | facebook delivery without entries | ".to_owned()),
    ];
    for (body, expected) in rows {
        let lines = lines(&read(Provider::Meta, body.as_bytes()));
        assert!(lines.len() == 1 && lines[0].starts_with(&expected), "{body}: {lines:?}");
    }
}
