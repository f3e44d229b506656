//! Facebook Pages.

use dayzero::model::{Platform, Provider};

use super::{check, lines, read};
use crate::samples::sample;

#[test]
fn the_facebook_samples_are_read() {
    check(
        Platform::Facebook,
        r##"
## batch_of_three
created facebook/104857600000001/2001_9003 <- - @ 104857600000001_2001 | 7001000000000004 Piet Jansma | 2026-03-02T10:02:00Z | "Weer zo'n dure pil. Wat kost dat grapje per maan…"
created facebook/104857600000001/2001_9009 <- - @ 104857600000001_2001 | 7001000000000008 Fatima El Amrani | 2026-03-02T10:03:10Z | "Wat een fijne pagina, eindelijk herkenning ❤"
created facebook/104857600000002/2101_9102 <- - @ 104857600000002_2101 | 7001000000000009 Daan Smit | 2026-03-02T10:04:00Z | "@Lisa is dit niet iets voor jou?"
## broken/deep
? facebook/unknown | <digest> | a facebook entry is not of the documented shape: line 1 column 1 of that part
## broken/doubled_key
? facebook/104857600000001 | <digest> | a facebook comment is not of the documented shape: line 11 column 24 of that part
## broken/lone_surrogate
created facebook/104857600000001/2001_9301 <- - @ 104857600000001_2001 | 7001000000000023 Iris Kok | 2026-03-02T21:00:00Z | "Ik voel me raar sinds vanmorgen �"
created facebook/104857600000001/2001_9302 <- - @ 104857600000001_2001 | 7001000000000024 Jan Prins | 2026-03-02T21:01:00Z | "Fijn dat dit bespreekbaar is."
## broken/not_json
? facebook/unknown | <digest> | the body is not JSON: line 1 column 1
## broken/truncated
? facebook/unknown | <digest> | the body is not JSON: line 20 column 27
## broken_blister
created facebook/104857600000002/2101_9104 <- - @ 104857600000002_2101 | 7001000000000019 Gert Claes | 2026-03-02T18:40:00Z | "Tweede doosje op rij waarvan de blister al open …"
## changed_fields_only
? facebook/104857600000001 | facebook changed_fields | facebook changed_fields: only names of fields arrive; "Include Values" must be on in the app's webhook
## comment_on_a_review
created facebook/104857600000001/30000000000001_5 <- 30000000000001 @ 30000000000001 | 7001000000000045 Rik Vos | 2026-03-04T12:00:00Z | "Dat had mijn zus ook."
## comment_on_ad
created facebook/104857600000002/2101_9101 <- - @ 104857600000002_2101 | 7001000000000002 Karin Vermeulen | 2026-03-02T20:41:10Z | "Mijn moeder is na de tweede tablet met de ambula…"
## comment_on_post
created facebook/104857600000001/2001_9001 <- - @ 104857600000001_2001 | 7001000000000001 Anna de Boer | 2026-03-02T09:12:00Z | "Sinds ik Norvexa slik heb ik hartkloppingen, voo…" | link https://www.facebook.com/104857600000001/posts/2001
## competitor
created facebook/104857600000001/2001_9016 <- - @ 104857600000001_2001 | 7001000000000020 Emma Clarke | 2026-03-02T19:00:00Z | "I switched from Triptaline because it gave me ch…"
## edited
edited facebook/104857600000001/2001_9001 <- - @ 104857600000001_2001 | 7001000000000001 Anna de Boer | 2026-03-03T07:05:20Z | "Sinds ik Norvexa slik heb ik hartkloppingen, voo…"
## emoji
created facebook/104857600000001/2001_9013 <- - @ 104857600000001_2001 | 7001000000000015 Noor 🌷 | 2026-03-02T18:00:00Z | "Derde dag Norvexa: duizelig, misselijk 🤢🤮 en waz…"
## french
created facebook/104857600000002/2101_9105 <- - @ 104857600000002_2101 | 7001000000000021 Amélie Dubois | 2026-03-02T19:10:00Z | "Depuis que je prends Norvexa, j'ai des vertiges …"
## hidden
hidden facebook/104857600000001/2001_9003 <- - @ 104857600000001_2001 | 7001000000000004 Piet Jansma | 2026-03-02T13:15:30Z | "Weer zo'n dure pil. Wat kost dat grapje per maan…"
## ids_as_numbers
created facebook/104857600000001/123456789012345678901234567890 <- - @ 9007199254740993 | 7001000000000014 Bram Kuipers | 2026-03-02T17:00:00Z | "Krijg je hier hoofdpijn van?"
## leadgen
? facebook/104857600000001 | <digest> | facebook leadgen: a form was filled in, and Meta does not send the answers; read them with the form
## like_and_reaction
- facebook like
- facebook reaction
- facebook share
## mention
created facebook/104857600000001/44_1 <- - @ 600200300_44 | - | 2026-03-02T16:00:00Z | "Gezien bij Samen over migraine"
## mention_in_a_post
created facebook/104857600000001/600200300_45 <- - @ 600200300_45 | - | 2026-03-03T08:00:00Z | "Ik lees mee bij Samen over migraine. Van Norvexa…"
## mention_without_text
created facebook/104857600000001/46_2 <- - @ 600200300_46 | - | 2026-03-03T08:05:00Z | - | sees mention whose text Facebook does not send
## no_entries
? facebook/unknown | facebook delivery without entries | a facebook delivery without entries came; at least one was expected
## no_side_effects
created facebook/104857600000002/2101_9103 <- - @ 104857600000002_2101 | 7001000000000017 Tom Wouters | 2026-03-02T18:20:00Z | "Hier al een half jaar Norvexa en geen enkele bij…"
## one_bad_element
created facebook/104857600000001/2001_9010 <- - @ 104857600000001_2001 | 7001000000000011 Marieke Bos | 2026-03-02T15:00:00Z | "Let op met Norvexa: ik zat binnen een uur onder …"
created facebook/104857600000001/2001_9011 <- - @ 104857600000001_2001 | 7001000000000012 Chantal Peeters | 2026-03-02T15:02:00Z | "Mooie actie, ik doe mee aan de wandeling!"
? facebook/104857600000001 | <digest> | a facebook comment has no comment_id
## other_object
? facebook/unknown | meta object permissions | meta object permissions: this version does not read that kind
## own_comment
created facebook/104857600000001/2001_9005 <- 2001_9001 @ 104857600000001_2001 | 104857600000001 Samen over migraine | 2026-03-02T09:58:00Z | "Wat vervelend om te lezen, Anna. Wil je ons een …" | own
## own_post
- facebook status
## photo_with_text
created facebook/104857600000001/2001_9008 <- - @ 104857600000001_2001 | 7001000000000007 Sanne Visser | 2026-03-02T12:12:00Z | "Kijk, zo zien mijn armen eruit sinds gisteravond…" | sees photo
## photo_without_text
created facebook/104857600000001/2001_9007 <- - @ 104857600000001_2001 | 7001000000000006 Ömer Yıldız | 2026-03-02T12:10:00Z | - | sees photo
## pregnancy
created facebook/104857600000001/2001_9015 <- - @ 104857600000001_2001 | 7001000000000018 Lieke van Dam | 2026-03-06T17:45:00Z | "Ik ben 9 weken zwanger en heb tot gisteren Norve…"
## question_about_side_effects
created facebook/104857600000001/2001_9014 <- - @ 104857600000001_2001 | 7001000000000016 Ria Postma | 2026-03-02T18:10:00Z | "Ik begin volgende week. Word je er slaperig van …"
## removed
deleted facebook/104857600000001/2001_9002 <- 2001_9001 @ 104857600000001_2001 | 7001000000000003 Joost Hendriks | 2026-03-03T11:00:01Z | -
## reply
created facebook/104857600000001/2001_9002 <- 2001_9001 @ 104857600000001_2001 | 7001000000000003 Joost Hendriks | 2026-03-02T09:30:44Z | "@Anna had ik ook in het begin, na een paar dagen…"
## review
created facebook/104857600000001/30000000000001 <- - @ - | 7001000000000041 Greet Aerts | 2026-03-04T10:00:00Z | "Fijne pagina, maar mijn haar valt uit sinds ik N…"
## review_edited
edited facebook/104857600000001/30000000000001 <- - @ - | 7001000000000041 Greet Aerts | 2026-03-05T10:00:00Z | "Fijne pagina, maar mijn haar valt uit sinds ik N…"
## review_removed
deleted facebook/104857600000001/30000000000002 <- - @ - | 7001000000000042 - | 2026-03-05T11:00:00Z | -
## review_without_story
created facebook/104857600000001/review by a243dd8a64031c1f <- - @ - | 7001000000000043 Ilse Prins | 2026-03-04T11:00:00Z | "Duidelijke uitleg, aanrader."
## review_without_words
- facebook rating
## share_with_text
created facebook/104857600000001/104857600000001_2008 <- - @ 104857600000001_2008 | 7001000000000049 Hans Pol | 2026-03-05T08:10:00Z | "Lees dit! Mijn broer lag met Norvexa in het ziek…"
## sticker_only
created facebook/104857600000001/2001_9006 <- - @ 104857600000001_2001 | 7001000000000005 Els Bakker | 2026-03-02T12:00:00Z | - | sees sticker
## unhidden
unhidden facebook/104857600000001/2001_9003 <- - @ 104857600000001_2001 | 7001000000000004 Piet Jansma | 2026-03-02T14:20:00Z | "Weer zo'n dure pil. Wat kost dat grapje per maan…"
## unknown_field
? facebook/104857600000001 | <digest> | facebook field live_videos: this version does not read that kind, and it may hold somebody's words
## unknown_item
? facebook/104857600000001 | <digest> | facebook item poll_answer: this version does not read that kind, and it may hold somebody's words
## unknown_verb
created facebook/104857600000001/2001_9012 <- - @ 104857600000001_2001 | 104857600000001 Samen over migraine | 2026-03-02T09:12:00Z | "Welkom allemaal!" | sees verb that this version does not know: pin | own
? facebook/104857600000001 | facebook verb pin | facebook verb pin: this version does not read that kind
## unlisted_account
created facebook/104857600000099/2201_9201 <- - @ 104857600000099_2201 | 7001000000000022 Bas Timmers | 2026-03-02T19:20:00Z | "Deze pagina kende ik nog niet. Ik heb van Norvex…"
## visitor_photo
created facebook/104857600000001/104857600000001_2006 <- - @ 104857600000001_2006 | 7001000000000047 Ad Kok | 2026-03-05T08:00:00Z | - | sees photo
## visitor_photo_with_text
created facebook/104857600000001/104857600000001_2007 <- - @ 104857600000001_2007 | 7001000000000048 Mia Kok | 2026-03-05T08:05:00Z | "Genoten van de wandeling gisteren!" | sees photo
## visitor_post
created facebook/104857600000001/104857600000001_2003 <- - @ 104857600000001_2003 | 7001000000000013 Henk Mulder | 2026-03-03T08:30:00Z | "Ik word al weken misselijk wakker sinds de nieuw…"
## visitor_post_edited
edited facebook/104857600000001/104857600000001_2004 <- - @ 104857600000001_2004 | 7001000000000046 Corrie Blom | 2026-03-04T13:30:00Z | "Al een week diarree van de nieuwe pillen, en nu …"
## visitor_post_hidden
hidden facebook/104857600000001/104857600000001_2004 <- - @ 104857600000001_2004 | 7001000000000046 Corrie Blom | 2026-03-04T14:00:00Z | "Al een week diarree van de nieuwe pillen, en nu …"
## visitor_post_removed
deleted facebook/104857600000001/104857600000001_2005 <- - @ 104857600000001_2005 | 7001000000000046 Corrie Blom | 2026-03-04T16:00:00Z | -
## visitor_post_unhidden
unhidden facebook/104857600000001/104857600000001_2004 <- - @ 104857600000001_2004 | 7001000000000046 Corrie Blom | 2026-03-04T15:00:00Z | -
"##,
    );
}

#[test]
fn a_text_is_read_to_its_last_character() {
    let parsed = read(Provider::Meta, &sample("facebook/emoji"));
    let text = parsed.events[0].text.as_ref().unwrap();
    assert_eq!(text.expose(), "Derde dag Norvexa: duizelig, misselijk 🤢🤮 en wazig zien 👀. Zo kan ik niet werken 😭");
}

/// One change of the Page 1.
fn change(field: &str, value: &str) -> Vec<String> {
    let body = format!(r#"{{"object":"page","entry":[{{"id":"1","changes":[{{"field":"{field}","value":{value}}}]}}]}}"#);
    lines(&read(Provider::Meta, body.as_bytes()))
}

#[test]
fn words_under_a_verb_or_an_item_that_is_not_known_reach_people_each_time() {
    let rows = [
        ("feed", r#"{"item":"comment","verb":"pin","comment_id":"2_3","message":"jeuk"}"#, "2_3", "verb", "pin"),
        ("feed", r#"{"item":"comment","comment_id":"2_3","message":"jeuk"}"#, "2_3", "verb", "without a name"),
        ("feed", r#"{"item":"post","verb":"pin","post_id":"1_2","from":{"id":"7"},"message":"jeuk"}"#, "1_2", "verb", "pin"),
        ("feed", r#"{"item":"answer","verb":"add","comment_id":"2_3","message":"jeuk"}"#, "2_3", "item", "answer"),
        ("mention", r#"{"item":"comment","verb":"pin","comment_id":"2_3","message":"jeuk"}"#, "2_3", "verb", "pin"),
        ("mention", r#"{"item":"reel","verb":"add","comment_id":"2_3","message":"jeuk"}"#, "2_3", "mention in", "reel"),
        ("ratings", r#"{"item":"rating","verb":"pin","open_graph_story_id":"9","review_text":"jeuk"}"#, "9", "verb", "pin"),
        ("ratings", r#"{"item":"comment","verb":"pin","comment_id":"2_3","message":"jeuk"}"#, "2_3", "verb", "pin"),
        ("ratings", r#"{"item":"answer","verb":"add","comment_id":"2_3","message":"jeuk"}"#, "2_3", "ratings item", "answer"),
    ];
    for (field, value, id, kind, name) in rows {
        let found = change(field, value);
        assert_eq!(found.len(), 2, "{value}: {found:?}");
        assert!(
            found[0].starts_with(&format!("created facebook/1/{id} <- ")) && found[0].contains("\"jeuk\""),
            "{value}: {found:?}"
        );
        assert!(found[0].ends_with(&format!(" | sees {kind} that this version does not know: {name}")), "{value}: {found:?}");
        assert!(found[1].starts_with(&format!("? facebook/1 | facebook {kind} {name} | ")), "{value}: {found:?}");
    }
}

#[test]
fn what_has_no_id_to_be_kept_under_is_seen_with_each_delivery() {
    let rows = [
        ("feed", r#"{"item":"answer","verb":"add","message":"jeuk"}"#, "facebook item answer: "),
        ("mention", r#"{"item":"reel","message":"jeuk"}"#, "facebook mention in reel: "),
        ("ratings", r#"{"item":"answer","message":"jeuk"}"#, "facebook ratings item answer: "),
        ("guestbook", r#"{"message":"jeuk"}"#, "facebook field guestbook: "),
        ("leadgen", r#"{"leadgen_id":"5"}"#, "facebook leadgen: "),
        ("feed", r#"{"item":"comment","verb":"pin","message":"jeuk"}"#, "a facebook comment has no comment_id"),
    ];
    for (field, value, expected) in rows {
        let found = change(field, value);
        assert!(found.len() == 1 && found[0].starts_with(&format!("? facebook/1 | <digest> | {expected}")), "{value}: {found:?}");
    }
}
