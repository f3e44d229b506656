//! Telegram.

use dayzero::http::Request;
use dayzero::model::{Platform, Provider, Secret};
use dayzero::platform::{
    DoorSecrets, Handshake, ParseContext, SignatureFault, check_signature, handshake, parse, reply, sign, signing_secret,
};
use jiff::Timestamp;

use super::{CONTEXT, check, lines, read};
use crate::samples::{development_secrets, doorway, names, sample};

#[test]
fn the_telegram_samples_are_read() {
    check(
        Platform::Telegram,
        r##"
## anonymous_administrator
created telegram/-1001000000001/512 <- 501 @ - | -1001000000001 Samen over migraine | 2026-03-02T09:40:00Z | "Wat vervelend, Anneke. Wil je ons een privéberic…" | link https://t.me/c/1000000001/512 | own
## bot_added
- telegram my_chat_member
## bot_no_longer_administrator
? telegram/-1001000000001 | <digest> | the telegram bot is no longer administrator of the chat: it may see only a part of the messages
## bot_removed
! telegram/-1001000000001 | end of a subscription <digest> | the telegram bot is no longer in the chat: nothing more comes of this account until somebody subscribes again
## broken/doubled_message
? telegram/unknown | <digest> | a telegram update is not of the documented shape: line 1 column 1 of that part
## broken/lone_surrogate
created telegram/-1001000000001/3 <- - @ - | - | 2026-03-02T09:12:00Z | "hoofdpijn �" | link https://t.me/c/1000000001/3
## broken/truncated
? telegram/unknown | <digest> | the body is not JSON: line 1 column 77
## broken/wrong_shape
? telegram/unknown | <digest> | a telegram message is not of the documented shape: line 1 column 0 of that part
## business_answer
created telegram/bc-7Hk2/11671b7d1ced7ac5_10 <- - @ - | 6200000001 Samen over migraine | 2026-03-07T08:05:00Z | "Nee, dat gaat alleen via uw apotheek." | own
## business_connection_off
! telegram/bc-7Hk2 | end of a subscription <digest> | the telegram business account has switched the bot off: nothing more comes of this account until somebody subscribes again
## business_message
created telegram/bc-7Hk2/11671b7d1ced7ac5_9 <- - @ - | 6100000013 Olaf | 2026-03-07T08:00:00Z | "Kan ik Norvexa bij u bestellen?"
## business_messages_deleted
deleted telegram/bc-7Hk2/11671b7d1ced7ac5_9 <- - @ - | - | - | -
deleted telegram/bc-7Hk2/11671b7d1ced7ac5_11 <- - @ - | - | - | -
## caption_under_photo
created telegram/-1001000000001/506 <- - @ - | 6100000006 Loes | 2026-03-04T08:10:00Z | "Dit is mijn been sinds gisteren, een dag na de e…" | link https://t.me/c/1000000001/506 | sees photo
## channel_post
created telegram/-1001000000002/78 <- - @ - | -1001000000002 Samen over migraine, nieuws | 2026-03-06T09:00:00Z | "Zaterdag is de informatiemiddag in Utrecht. Tot …" | link https://t.me/samenovermigraine/78 | own
## comment_on_a_channel_post
created telegram/-1001000000001/521 <- - @ 520 | 6100000010 Saskia Vos | 2026-03-06T08:15:00Z | "Zwaar. De eerste week alleen maar misselijk en d…" | link https://t.me/c/1000000001/521 | post Hoe was jullie eerste maand met de nieuwe behandeling?
## created
created telegram/-1001000000001/501 <- - @ - | 6100000001 Anneke Bosch | 2026-03-02T09:12:00Z | "Sinds vorige week Norvexa en nu heb ik overal ro…" | link https://t.me/c/1000000001/501
## edited
edited telegram/-1001000000001/501 <- - @ - | 6100000001 Anneke Bosch | 2026-03-02T10:05:30Z | "Sinds vorige week Norvexa en nu heb ik overal ro…" | link https://t.me/c/1000000001/501
## edited_channel_post
edited telegram/-1001000000002/78 <- - @ - | -1001000000002 Samen over migraine, nieuws | 2026-03-06T09:10:00Z | "Zaterdag om 14:00 is de informatiemiddag in Utre…" | link https://t.me/samenovermigraine/78 | own
## english
created telegram/-1001000000001/504 <- - @ - | 6100000004 Priya | 2026-03-03T19:31:00Z | "Three weeks without a single attack, I can final…" | link https://t.me/c/1000000001/504
## forwarded
created telegram/-1001000000001/511 <- - @ - | 6100000009 Wim de Haan | 2026-03-05T12:30:00Z | "Mijn zus ligt in het ziekenhuis, volgens de arts…" | link https://t.me/c/1000000001/511
## german
created telegram/-1001000000001/505 <- - @ - | 6100000005 Jürgen Krause | 2026-03-04T06:45:00Z | "Seit ich Norvexa nehme, sehe ich morgens doppelt…" | link https://t.me/c/1000000001/505
## group_moved
! telegram/-4000000001 | end of a subscription <digest> | the telegram group became a supergroup and has another chat.id: nothing more comes of this account until somebody subscribes again
## harmless
created telegram/-1001000000001/503 <- - @ - | 6100000003 Mo Haddou | 2026-03-03T18:00:00Z | "Wie gaat er zaterdag mee naar de informatiemidda…" | link https://t.me/c/1000000001/503
## in_a_topic
created telegram/-1001000000001/531 <- - @ 530 | 6100000011 Rik | 2026-03-06T14:00:00Z | "Werkt het bij iemand ook gewoon goed? Bij mij we…" | link https://t.me/c/1000000001/531
## in_the_name_of_another_channel
created telegram/-1001000000001/522 <- - @ - | -1001999999999 Pillenwinkel | 2026-03-06T13:00:00Z | "Norvexa zonder recept, stuur een bericht" | link https://t.me/c/1000000001/522
## inline_query
? telegram/unknown | <digest> | telegram inline_query: this version does not read that kind, and it may hold somebody's words
## location
created telegram/-1001000000001/509 <- - @ - | 6100000003 Mo Haddou | 2026-03-05T10:00:00Z | - | link https://t.me/c/1000000001/509 | sees location
## newcomers
- telegram new_chat_participant
## number_only
? telegram/unknown | <digest> | a telegram update says nothing but its number
## poll
created telegram/-1001000000001/510 <- - @ - | 6100000008 Hilde | 2026-03-05T11:00:00Z | "Wie heeft er ook maagpijn van Norvexa?" | link https://t.me/c/1000000001/510 | sees poll
## post_of_the_linked_channel
created telegram/-1001000000001/520 <- - @ - | -1001000000002 Samen over migraine, nieuws | 2026-03-06T08:00:01Z | "Hoe was jullie eerste maand met de nieuwe behand…" | link https://t.me/c/1000000001/520 | own
## private_chat
created telegram/bot/<door>/fdb0a10bf5a39177_17 <- - @ - | 6100000012 Nadia Claes | 2026-03-06T22:14:00Z | "Ik durf het niet in de groep te zeggen: ik heb p…"
## public_group
created telegram/-1001000000003/12 <- - @ - | 6100000002 Jos | 2026-03-05T16:30:00Z | "Heeft iemand het telefoonnummer van de hoofdpijn…" | link https://t.me/migraine_open/12
## reaction
- telegram message_reaction
## reply
created telegram/-1001000000001/502 <- 501 @ 501 | 6100000002 Jos | 2026-03-02T09:20:00Z | "Ja! Bij mij ook, na twee dagen. Ik ben gestopt." | link https://t.me/c/1000000001/502
## small_group
created telegram/-4000000002/88 <- - @ - | 6100000002 Jos | 2026-03-05T16:00:00Z | "Ik krijg er een droge mond van, verder niets"
## sticker
created telegram/-1001000000001/507 <- - @ - | 6100000002 Jos | 2026-03-04T08:11:00Z | - | link https://t.me/c/1000000001/507 | sees sticker
## unknown_content
created telegram/-1001000000001/541 <- - @ - | 6100000002 Jos | 2026-03-05T17:00:00Z | - | link https://t.me/c/1000000001/541 | sees content that this version does not know: hologram
? telegram/-1001000000001 | telegram content hologram | telegram content hologram: this version does not read that kind
## unknown_update
? telegram/unknown | <digest> | telegram guest_letter: this version does not read that kind, and it may hold somebody's words
## voice_message
created telegram/-1001000000001/508 <- - @ - | 6100000007 Greet Maes | 2026-03-04T21:02:00Z | - | link https://t.me/c/1000000001/508 | sees voice message
## without_chat
? telegram/unknown | <digest> | a telegram message has no chat.id
## without_message_id
? telegram/-1001000000001 | <digest> | a telegram message has no message_id
"##,
    );
}

const TOKEN: &str = "x-telegram-bot-api-secret-token";

fn post(headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "POST".to_owned(), path: "/webhooks/telegram".to_owned(), query: vec![], headers, body: body.to_vec() }
}

fn checked(request: &Request, secrets: &[Secret]) -> Result<(), SignatureFault> {
    let secrets = DoorSecrets { signing: secrets.to_vec(), verify_token: None };
    check_signature(doorway(Provider::Telegram, &secrets), request, Timestamp::UNIX_EPOCH)
}

fn secret(token: &str) -> Secret {
    signing_secret(Provider::Telegram, token).unwrap()
}

#[test]
fn the_token_is_believed_only_whole_once_and_in_its_own_form() {
    let secrets = [secret("Old_token-1"), secret("New_token-2")];
    let long = "a".repeat(256);
    let longer = "a".repeat(257);
    let malformed = Err(SignatureFault::Malformed(TOKEN));
    type Row<'a> = (Vec<(&'a str, &'a str)>, Result<(), SignatureFault>);
    let rows: Vec<Row<'_>> = vec![
        (vec![(TOKEN, "Old_token-1")], Ok(())),
        (vec![(TOKEN, "New_token-2")], Ok(())),
        (vec![], Err(SignatureFault::MissingHeader(TOKEN))),
        (vec![("authorization", "Old_token-1")], Err(SignatureFault::MissingHeader(TOKEN))),
        (vec![(TOKEN, "Old_token-1"), (TOKEN, "Old_token-1")], Err(SignatureFault::RepeatedHeader(TOKEN))),
        (vec![(TOKEN, "Old_token-1,Old_token-1")], malformed),
        (vec![(TOKEN, "Old_token-1, New_token-2")], malformed),
        (vec![(TOKEN, "")], malformed),
        (vec![(TOKEN, " Old_token-1")], malformed),
        (vec![(TOKEN, "Old_token-1 ")], malformed),
        (vec![(TOKEN, "Old_tokén-1")], malformed),
        (vec![(TOKEN, &longer)], malformed),
        (vec![(TOKEN, &long)], Err(SignatureFault::NoMatch)),
        (vec![(TOKEN, "old_token-1")], Err(SignatureFault::NoMatch)),
        (vec![(TOKEN, "Old_token-")], Err(SignatureFault::NoMatch)),
        (vec![(TOKEN, "Old_token-12")], Err(SignatureFault::NoMatch)),
    ];
    for (headers, expected) in rows {
        assert_eq!(checked(&post(&headers, b"{}"), &secrets), expected, "{headers:?}");
    }
    assert_eq!(checked(&post(&[(TOKEN, "Old_token-1")], b"{}"), &[]), Err(SignatureFault::NoSecret));
    assert_eq!(checked(&post(&[(TOKEN, &long)], b"{}"), &[secret(&long)]), Ok(()), "the longest token");
}

#[test]
fn a_token_that_could_not_be_set_is_no_secret() {
    for refused in ["a b", "a.b", "t\u{f6}ken", &"a".repeat(257)] {
        assert!(signing_secret(Provider::Telegram, refused).is_err(), "{refused}");
    }
}

#[test]
fn every_sample_is_vouched_for_by_the_development_token_and_by_no_other() {
    let secrets = development_secrets(Provider::Telegram);
    for name in names("telegram") {
        let body = sample(&name);
        let headers = sign(Provider::Telegram, &secrets.signing[0], &body, Timestamp::UNIX_EPOCH, "");
        let request = Request { headers, ..post(&[], &body) };
        assert_eq!(checked(&request, &secrets.signing), Ok(()), "{name}");
        assert_eq!(checked(&request, &[secret("another")]), Err(SignatureFault::NoMatch), "{name}");
    }
}

#[test]
fn telegram_asks_nothing_and_is_told_nothing() {
    let secrets = development_secrets(Provider::Telegram);
    let query = vec![("hub.mode".to_owned(), "subscribe".to_owned()), ("hub.challenge".to_owned(), "1".to_owned())];
    let get = Request { method: "GET".to_owned(), query, ..post(&[], b"") };
    assert_eq!(handshake(doorway(Provider::Telegram, &secrets), &get), Handshake::NotOne);
    assert_eq!(reply(Provider::Telegram, &post(&[], &sample("telegram/created")), "1"), None);
}

/// One message in our group, with these members beside `message_id` and `date`.
fn message(members: &str) -> String {
    format!(
        r#"{{"update_id":1,"message":{{"message_id":7,"date":1772442720,"chat":{{"id":-1001000000001,"type":"supergroup"}},{members}}}}}"#
    )
}

#[test]
fn odd_messages_are_read_as_far_as_they_go() {
    let place = "telegram/-1001000000001/7";
    let link = "link https://t.me/c/1000000001/7";
    let brackets = format!(r#""text":"hoi","later":{}{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let keys: Vec<String> = (0..5_000).map(|n| format!(r#","k{n}":{n}"#)).collect();
    let rows = [
        (r#""text":"hoi""#.to_owned(), format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "hoi" | {link}"#)),
        (brackets, format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "hoi" | {link}"#)),
        (format!(r#""text":"hoi"{}"#, keys.concat()), format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "hoi" | {link}"#)),
        (
            r#""caption":"kijk","document":{},"animation":{}"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "kijk" | {link} | sees video"#),
        ),
        (
            r#""text":"hoi","reply_to_message":[]"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "hoi" | {link}"#),
        ),
        (
            r#""text":"hoi","from":{"id":9007199254740993,"username":"x_y"},"reply_to_message":{"message_id":"6"}"#.to_owned(),
            format!(r#"created {place} <- 6 @ - | 9007199254740993 x_y | 2026-03-02T09:12:00Z | "hoi" | {link}"#),
        ),
        (
            r#""checklist":{"title":"Klachten bijhouden","tasks":[]}"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "Klachten bijhouden" | {link} | sees checklist"#),
        ),
        (
            r#""text":"  ""#.to_owned(),
            "? telegram/-1001000000001 | <digest> | a telegram message has neither words nor anything else".to_owned(),
        ),
        (
            r#""text":{"x":1}"#.to_owned(),
            "? telegram/-1001000000001 | <digest> | a telegram message is not of the documented shape: line 1 column 90 of that part"
                .to_owned(),
        ),
        (
            r#""web_app_data":{"data":"duizelig sinds dinsdag","button_text":"Dagboek"}"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "duizelig sinds dinsdag" | {link} | sees data of a web app"#),
        ),
        (
            r#""checklist_tasks_added":{"tasks":[{"id":1,"text":"huisarts bellen over jeuk"},{"id":2,"text":"stoppen"}]}"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "huisarts bellen over jeuk\nstoppen" | {link}"#),
        ),
        (
            r#""gift":{"gift":{"id":"9"},"text":"Beterschap na die galbulten"}"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "Beterschap na die galbulten" | {link}"#),
        ),
        (
            r#""unique_gift":{"gift":{"name":"x"},"origin":"gift","text":"Sterkte"}"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "Sterkte" | {link}"#),
        ),
        (
            r#""forum_topic_created":{"name":"Haaruitval door Norvexa","icon_color":7322096}"#.to_owned(),
            format!(r#"created {place} <- - @ - | - | 2026-03-02T09:12:00Z | "Haaruitval door Norvexa" | {link}"#),
        ),
        (r#""gift":{"gift":{"id":"9"}}"#.to_owned(), "- telegram gift".to_owned()),
        (
            r#""gift":{"text":7}"#.to_owned(),
            "? telegram/-1001000000001 | <digest> | a note in a telegram message is not of the documented shape: line 1 column 9 of that part"
                .to_owned(),
        ),
        (r#""dice":{"emoji":"🎲","value":6}"#.to_owned(), "- telegram dice".to_owned()),
    ];
    for (members, expected) in rows {
        let start: String = members.chars().take(60).collect();
        assert_eq!(lines(&read(Provider::Telegram, message(&members).as_bytes())), [expected], "{start}");
    }
}

#[test]
fn two_people_who_write_to_the_bot_are_never_one_comment() {
    let private = |person: &str| {
        let body = format!(
            r#"{{"message":{{"message_id":17,"date":1,"chat":{{"id":{person},"type":"private"}},"from":{{"id":{person}}},"text":"x"}}}}"#
        );
        read(Provider::Telegram, body.as_bytes()).events.remove(0)
    };
    let (one, other) = (private("61"), private("62"));
    let id = "<door>/d029fa3a95e174a1_17";
    assert_eq!((one.id.account.as_str(), one.id.id.as_str(), one.own_account), ("bot", id, false));
    assert_ne!(one.id.key(), other.id.key());
    // A number as long as an id may be leaves no room for the person.
    let longer = "6".repeat(512);
    let body = format!(r#"{{"message":{{"message_id":"{longer}","chat":{{"id":61,"type":"private"}},"text":"x"}}}}"#);
    let parsed = read(Provider::Telegram, body.as_bytes());
    assert_eq!(lines(&parsed), ["? telegram/bot | <digest> | a telegram message has no message_id"]);
}

#[test]
fn two_bots_behind_two_doors_are_never_one_chat() {
    let body = sample("telegram/private_chat");
    let key = |door| {
        let context = ParseContext { door, ..CONTEXT };
        parse(Provider::Telegram, &body, &Default::default(), &context).events[0].id.key()
    };
    assert_eq!(key("helpdesk"), key("helpdesk"));
    assert_ne!(key("helpdesk"), key("community"));
}

#[test]
fn no_persons_id_stands_in_the_id_of_a_comment() {
    for (name, person) in
        [("private_chat", "6100000012"), ("business_message", "6100000013"), ("business_messages_deleted", "6100000013")]
    {
        let parsed = read(Provider::Telegram, &sample(&format!("telegram/{name}")));
        assert!(!parsed.events.is_empty() && parsed.events.iter().all(|event| !event.id.id.contains(person)), "{name}");
    }
}

#[test]
fn words_of_a_kind_that_is_not_known_reach_people_each_time() {
    let message = r#""message_id":7,"chat":{"id":-5,"type":"group"},"date":1"#;
    let rows = [
        (format!(r#""guest_letter":{{{message},"text":"jeuk"}}"#), r#"| "jeuk" | sees update that"#, "update", "guest_letter"),
        (format!(r#""guest_letter":{{{message}}}"#), "| - | sees update that", "update", "guest_letter"),
        (format!(r#""message":{{{message},"hologram":{{}}}}"#), "| - | sees content that", "content", "hologram"),
    ];
    for (inside, middle, kind, name) in rows {
        let lines = lines(&read(Provider::Telegram, format!(r#"{{"update_id":1,{inside}}}"#).as_bytes()));
        assert!(lines.len() == 2 && lines[0].starts_with("created telegram/-5/7 <- ") && lines[0].contains(middle), "{lines:?}");
        assert!(lines[0].ends_with(&format!(" this version does not know: {name}")), "{lines:?}");
        assert!(lines[1].starts_with(&format!("? telegram/-5 | telegram {kind} {name} | ")), "{lines:?}");
    }
    let nameless = r#"{"message":{"chat":{"id":-5,"type":"group"},"hologram":{}}}"#;
    let found = lines(&read(Provider::Telegram, nameless.as_bytes()));
    assert!(found.len() == 1 && found[0].starts_with("? telegram/-5 | <digest> | telegram message with hologram: "), "{found:?}");
}

#[test]
fn a_link_is_built_only_of_what_cannot_surprise() {
    let rows = [
        (r#"{"id":-1001000000001,"type":"channel","username":"a/../b"}"#, Some("https://t.me/c/1000000001/7")),
        (r#"{"id":-1001000000001,"type":"channel","username":""}"#, Some("https://t.me/c/1000000001/7")),
        (r#"{"id":"-100x","type":"channel"}"#, None),
        (r#"{"id":-100,"type":"channel"}"#, None),
        (r#"{"id":-5,"type":"group"}"#, None),
    ];
    for (chat, expected) in rows {
        let body = format!(r#"{{"channel_post":{{"message_id":7,"date":1,"chat":{chat},"text":"x"}}}}"#);
        assert_eq!(read(Provider::Telegram, body.as_bytes()).events[0].permalink.as_deref(), expected, "{chat}");
    }
}

#[test]
fn a_bot_that_sees_less_than_before_is_noticed() {
    let standing = |old: &str, new: &str, kind: &str| {
        let body = format!(
            r#"{{"my_chat_member":{{"chat":{{"id":-5,"type":"{kind}"}},"date":1,"old_chat_member":{{"status":"{old}"}},"new_chat_member":{new}}}}}"#
        );
        let parsed = read(Provider::Telegram, body.as_bytes());
        (parsed.ended.len(), parsed.quarantined.len(), parsed.ignored.len())
    };
    let rows = [
        ("member", r#"{"status":"left"}"#, "group", (1, 0, 0)),
        ("member", r#"{"status":"kicked"}"#, "channel", (1, 0, 0)),
        ("member", r#"{"status":"restricted","is_member":false}"#, "supergroup", (1, 0, 0)),
        ("member", r#"{"status":"restricted","is_member":true}"#, "supergroup", (0, 0, 1)),
        ("administrator", r#"{"status":"restricted","is_member":true}"#, "supergroup", (0, 1, 0)),
        ("administrator", r#"{"status":"member"}"#, "supergroup", (0, 1, 0)),
        ("member", r#"{"status":"administrator"}"#, "supergroup", (0, 0, 1)),
        ("member", r#"{"status":"kicked"}"#, "private", (0, 0, 1)),
        ("member", r#"{}"#, "group", (0, 1, 0)),
        ("member", r#"[]"#, "group", (0, 1, 0)),
    ];
    for (old, new, kind, expected) in rows {
        assert_eq!(standing(old, new, kind), expected, "{old} {new} {kind}");
    }
}
