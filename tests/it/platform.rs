//! Every body of `events/` and what is read out of it, as one line an event.
//!
//! A line is `action comment <- parent @ post | author | time | "text"` and what is rare: `own`, `ad`, `link`, `sees` (unreadable).
//! `? ` opens what goes before a person, `- ` what is documented and no comment. The delivery's digest reads `<digest>`.

use std::collections::BTreeMap;

use dayzero::model::{CommentEvent, Parsed, Platform, Provider};
use dayzero::platform::{ParseContext, parse};

use crate::samples::{names, sample};

pub const CONTEXT: ParseContext<'_> =
    ParseContext { digest: "<digest>", default_account: Some("forum.samenovermigraine.example") };

/// As much of a text as tells one sample from another.
const TEXT_CHARS: usize = 48;

pub fn read(provider: Provider, body: &[u8]) -> Parsed {
    parse(provider, body, &BTreeMap::new(), &CONTEXT)
}

fn line(event: &CommentEvent) -> String {
    let dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let author = event.author.as_ref().map_or("-".to_owned(), |a| format!("{} {}", dash(&a.id), dash(&a.name)));
    let at = event.at.map_or("-".to_owned(), |at| at.to_string());
    let text = event.text.as_ref().map_or("-".to_owned(), |text| format!("{:?}", shortened(text.expose())));
    let id = format!("{}/{}/{}", event.id.platform.as_str(), event.id.account, event.id.id);
    let mut line = format!("{} {id}", event.action.as_str());
    line += &format!(" <- {} @ {} | {author} | {at} | {text}", dash(&event.parent_id), dash(&event.post_id));
    let rare = [
        ("ad", &event.ad_id),
        ("link", &event.permalink),
        ("sees", &event.unreadable),
        ("post", &event.post_text.as_ref().map(|text| text.expose().to_owned())),
    ];
    for (name, value) in rare {
        if let Some(value) = value {
            line += &format!(" | {name} {value}");
        }
    }
    if event.own_account { line + " | own" } else { line }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= TEXT_CHARS { text.to_owned() } else { text.chars().take(TEXT_CHARS).chain(['…']).collect() }
}

pub fn lines(parsed: &Parsed) -> Vec<String> {
    let events = parsed.events.iter().map(line);
    let quarantined =
        parsed.quarantined.iter().map(|q| format!("? {}/{} | {} | {}", q.platform.as_str(), q.account, q.about, q.reason));
    let ignored = parsed.ignored.iter().map(|kind| format!("- {kind}"));
    events.chain(quarantined).chain(ignored).collect()
}

/// Compares every sample of a platform with the lines under its name; a sample without lines, or lines without one, fails too.
fn check(platform: Platform, expected: &str) {
    let sections = expected.trim().split("## ").skip(1).map(|section| section.split_once('\n').unwrap());
    let expected: BTreeMap<&str, &str> = sections.map(|(name, lines)| (name, lines.trim_end())).collect();
    let names = names(platform.as_str());
    let short: Vec<&str> = names.iter().map(|name| name.split_once('/').unwrap().1).collect();
    assert_eq!(short, expected.keys().copied().collect::<Vec<_>>());
    for (name, short) in names.iter().zip(short) {
        assert_eq!(lines(&read(platform.provider(), &sample(name))).join("\n"), expected[short], "{name}");
    }
}

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
created facebook/104857600000001/2001_9302 <- - @ 104857600000001_2001 | 7001000000000024 Jan Prins | 2026-03-02T21:01:00Z | "Fijn dat dit bespreekbaar is."
? facebook/104857600000001 | <digest> | a facebook comment is not of the documented shape: line 12 column 63 of that part
## broken/not_json
? facebook/unknown | <digest> | the body is not JSON: line 1 column 1
## broken/truncated
? facebook/unknown | <digest> | the body is not JSON: line 20 column 27
## broken_blister
created facebook/104857600000002/2101_9104 <- - @ 104857600000002_2101 | 7001000000000019 Gert Claes | 2026-03-02T18:40:00Z | "Tweede doosje op rij waarvan de blister al open …"
## changed_fields_only
? facebook/104857600000001 | facebook changed_fields | facebook changed_fields: only names of fields arrive; "Include Values" must be on in the app's webhook
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
## like_and_reaction
- facebook like
- facebook reaction
- facebook share
## mention
? facebook/104857600000001 | facebook field mention | facebook field mention: this version does not read that kind
## no_entries
? facebook/unknown | facebook delivery without entries | a facebook delivery without entries came; at least one was expected
## no_side_effects
created facebook/104857600000002/2101_9103 <- - @ 104857600000002_2101 | 7001000000000017 Tom Wouters | 2026-03-02T18:20:00Z | "Hier al een half jaar Norvexa en geen enkele bij…"
## one_bad_element
created facebook/104857600000001/2001_9010 <- - @ 104857600000001_2001 | 7001000000000011 Marieke Bos | 2026-03-02T15:00:00Z | "Let op met Norvexa: ik zat binnen een uur onder …"
created facebook/104857600000001/2001_9011 <- - @ 104857600000001_2001 | 7001000000000012 Chantal Peeters | 2026-03-02T15:02:00Z | "Mooie actie, ik doe mee aan de wandeling!"
? facebook/104857600000001 | <digest> | a facebook comment has no comment_id
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
## sticker_only
created facebook/104857600000001/2001_9006 <- - @ 104857600000001_2001 | 7001000000000005 Els Bakker | 2026-03-02T12:00:00Z | - | sees sticker
## unhidden
unhidden facebook/104857600000001/2001_9003 <- - @ 104857600000001_2001 | 7001000000000004 Piet Jansma | 2026-03-02T14:20:00Z | "Weer zo'n dure pil. Wat kost dat grapje per maan…"
## unknown_item
? facebook/104857600000001 | facebook item poll_answer | facebook item poll_answer: this version does not read that kind
## unknown_verb
? facebook/104857600000001 | facebook verb pin | facebook verb pin: this version does not read that kind
## unlisted_account
created facebook/104857600000099/2201_9201 <- - @ 104857600000099_2201 | 7001000000000022 Bas Timmers | 2026-03-02T19:20:00Z | "Deze pagina kende ik nog niet. Ik heb van Norvex…"
## visitor_post
? facebook/104857600000001 | <digest> | a facebook post by a visitor holds words that this version does not read
"##,
    );
}

#[test]
fn the_instagram_samples_are_read() {
    check(
        Platform::Instagram,
        r##"
## comment_id_instead_of_id
created instagram/17841400000000001/17900000000000106 <- - @ 18020000000000001 | 5500000000000006 opa.wim | - | "Prachtige foto!"
## comment_on_ad
created instagram/17841400000000001/17900000000000102 <- - @ 18020000000000002 | 5500000000000002 kees_b | - | "Na 1 pil naar de spoedeisende hulp met benauwdhe…" | ad 120200000000000777
## comment_on_post
created instagram/17841400000000001/17900000000000101 <- - @ 18020000000000001 | 5500000000000001 lotte.loopt | - | "Al twee nachten geen oog dichtgedaan sinds Norve…"
## direct_message
? instagram/17841400000000001 | instagram messaging | instagram messaging: this version does not read that kind
## empty_id
? instagram/17841400000000001 | <digest> | an instagram comment has no id
## field_on_the_entry
created instagram/17841400000000001/17900000000000107 <- - @ 18020000000000001 | 5500000000000007 joyce_k | - | "Waar kan ik dit medicijn kopen?"
## live_comment
created instagram/17841400000000001/17900000000000104 <- - @ 18020000000000003 | 5500000000000004 sam.reads | - | "What does the doctor think about driving while o…"
## mention
? instagram/17841400000000001 | instagram field mentions | instagram field mentions: this version does not read that kind
## own_comment
created instagram/17841400000000001/17900000000000105 <- - @ 18020000000000001 | 17841400000000001 samenovermigraine | - | "Dankjewel voor je bericht, we sturen je een DM." | own
## reply
created instagram/17841400000000001/17900000000000103 <- 17900000000000101 @ 18020000000000001 | 5500000000000003 mirthe.vd | - | "@lotte.loopt sterkte meis ❤"
## story_insights
? instagram/17841400000000001 | instagram field story_insights | instagram field story_insights: this version does not read that kind
## without_text
created instagram/17841400000000001/17900000000000109 <- - @ 18020000000000001 | 5500000000000009 gif.girl | - | - | sees picture
"##,
    );
}

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
? forum/forum.samenovermigraine.example | forum type comment.pinned | forum type comment.pinned: this version does not read that kind
## without_text
created forum/forum.samenovermigraine.example/c-5009 <- - @ t-310 | u-25 Puck | 2026-03-02T08:00:00Z | - | sees picture
"##,
    );
}

#[test]
fn a_text_is_read_to_its_last_character() {
    let parsed = read(Provider::Meta, &sample("facebook/emoji"));
    let text = parsed.events[0].text.as_ref().unwrap();
    assert_eq!(text.expose(), "Derde dag Norvexa: duizelig, misselijk 🤢🤮 en wazig zien 👀. Zo kan ik niet werken 😭");
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
