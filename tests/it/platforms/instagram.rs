//! Instagram.

use dayzero::model::{Platform, Provider};

use super::{check, lines, read};

#[test]
fn the_instagram_samples_are_read() {
    check(
        Platform::Instagram,
        r##"
## caption_mention
created instagram/17841400000000001/18020000000000011 <- - @ 18020000000000011 | - | - | - | sees mention whose text Instagram does not send
## comment_id_instead_of_id
created instagram/17841400000000001/17900000000000106 <- - @ 18020000000000001 | 5500000000000006 opa.wim | - | "Prachtige foto!"
## comment_on_ad
created instagram/17841400000000001/17900000000000102 <- - @ 18020000000000002 | 5500000000000002 kees_b | - | "Na 1 pil naar de spoedeisende hulp met benauwdhe…" | ad 120200000000000777
## comment_on_post
created instagram/17841400000000001/17900000000000101 <- - @ 18020000000000001 | 5500000000000001 lotte.loopt | - | "Al twee nachten geen oog dichtgedaan sinds Norve…"
## direct_message
created instagram/17841400000000001/m_1 <- - @ - | 5500000000000011 - | 2026-03-02T11:29:59Z | "Mag ik dit met paracetamol combineren?"
## edit_under_changes
edited instagram/17841400000000001/m_9 <- - @ - | 5500000000000017 - | 2026-03-06T08:04:58Z | "Na de prik kreeg ik een dikke tong, na Norvexa n…"
## empty_id
? instagram/17841400000000001 | <digest> | an instagram comment has no id
## empty_mention
? instagram/17841400000000001 | <digest> | an instagram mention has no media_id and no comment_id
## field_on_the_entry
created instagram/17841400000000001/17900000000000107 <- - @ 18020000000000001 | 5500000000000007 joyce_k | - | "Waar kan ik dit medicijn kopen?"
## live_comment
created instagram/17841400000000001/17900000000000104 <- - @ 18020000000000003 | 5500000000000004 sam.reads | - | "What does the doctor think about driving while o…"
## mention
created instagram/17841400000000001/17900000000000110 <- - @ 18020000000000009 | - | - | - | sees mention whose text Instagram does not send
## message_echo
created instagram/17841400000000001/m_4 <- m_2 @ - | 17841400000000001 - | 2026-03-05T20:12:00Z | "Bel direct 112 als de pijn aanhoudt." | own
## message_edited
edited instagram/17841400000000001/m_2 <- - @ - | 5500000000000012 - | 2026-03-05T20:05:00Z | "Ik heb al drie dagen pijn op de borst van Norvex…"
## message_sent
created instagram/17841400000000001/m_2 <- - @ - | 5500000000000012 - | 2026-03-05T20:03:00Z | "Ik heb al drie dagen pijn op mn borst"
## message_under_changes
created instagram/17841400000000001/m_8 <- - @ - | 5500000000000016 - | 2026-03-06T07:59:58Z | "Is er een bijsluiter in het Engels?"
## message_unsent
deleted instagram/17841400000000001/m_3 <- - @ - | 5500000000000013 - | 2026-03-05T20:10:00Z | -
## own_comment
created instagram/17841400000000001/17900000000000105 <- - @ 18020000000000001 | 17841400000000001 samenovermigraine | - | "Dankjewel voor je bericht, we sturen je een DM." | own
## reply
created instagram/17841400000000001/17900000000000103 <- 17900000000000101 @ 18020000000000001 | 5500000000000003 mirthe.vd | - | "@lotte.loopt sterkte meis ❤"
## seen_and_reactions
- instagram read
- instagram reaction
- instagram read
## shared_post
created instagram/17841400000000001/m_7 <- - @ - | 5500000000000015 - | 2026-03-05T20:30:00Z | - | sees shared post
## story_insights
- instagram story_insights
## story_mention
created instagram/17841400000000001/m_6 <- - @ - | 5500000000000014 - | 2026-03-05T20:25:00Z | - | sees story
## story_reply
created instagram/17841400000000001/m_5 <- - @ 18030000000000001 | 5500000000000014 - | 2026-03-05T20:20:00Z | "Herkenbaar! Hier ook 😍"
## unknown_field
? instagram/17841400000000001 | <digest> | instagram field gift_cards: this version does not read that kind, and it may hold somebody's words
## without_text
created instagram/17841400000000001/17900000000000109 <- - @ 18020000000000001 | 5500000000000009 gif.girl | - | - | sees picture
"##,
    );
}

fn comment(inside: &str) -> Vec<String> {
    let value = format!(r#"{{"id":"5","text":"jeuk",{inside}}}"#);
    let body = format!(r#"{{"object":"instagram","entry":[{{"id":"1","changes":[{{"field":"comments","value":{value}}}]}}]}}"#);
    lines(&read(Provider::Meta, body.as_bytes()))
}

#[test]
fn a_comment_is_the_accounts_own_by_either_of_its_ids() {
    let rows = [
        (r#""from":{"id":"1"}"#, true),
        (r#""from":{"id":"1","self_ig_scoped_id":"9"}"#, true),
        (r#""from":{"id":"9","self_ig_scoped_id":"9"}"#, true),
        (r#""from":{"id":"8","self_ig_scoped_id":"9"}"#, true),
        (r#""from":{"username":"x","self_ig_scoped_id":"9"}"#, true),
        (r#""from":{"id":"8","self_ig_scoped_id":""}"#, false),
        (r#""from":{"id":"8"}"#, false),
        (r#""from":{"username":"x"}"#, false),
        (r#""from":null"#, false),
    ];
    for (from, own) in rows {
        let found = comment(from);
        assert!(found.len() == 1 && found[0].ends_with(" | own") == own, "{from}: {found:?}");
    }
}

#[test]
fn words_under_a_verb_that_is_not_known_reach_people_each_time() {
    let expected = [
        r#"created instagram/1/5 <- - @ - | - | - | "jeuk" | sees verb that this version does not know: removed"#,
        "? instagram/1 | instagram verb removed | instagram verb removed: this version does not read that kind",
    ];
    assert_eq!(comment(r#""verb":"removed""#), expected);
    assert_eq!(comment(r#""verb":"add""#), [r#"created instagram/1/5 <- - @ - | - | - | "jeuk""#]);
}
