//! WhatsApp Business.

use dayzero::model::{Platform, Provider};

use super::{check, lines, read};

#[test]
fn the_whatsapp_samples_are_read() {
    check(
        Platform::WhatsApp,
        r##"
## account_notes
- whatsapp phone_number_quality_update
- whatsapp user_id_update
## account_update
! whatsapp/990000000000001 | end of a subscription <digest> | whatsapp told of DISABLED_UPDATE of the business account: nothing more comes of this account until somebody subscribes again
## answer
created whatsapp/110000000000001/wamid.HB02 <- wamid.HB91 @ - | 31600000001 Joke de Wit | 2026-03-02T10:09:00Z | "Ja dat mag u doorgeven"
## broken/messages_text
? whatsapp/110000000000001 | <digest> | the list of messages of a whatsapp change is not of the documented shape: line 1 column 12 of that part
## broken/truncated
? facebook/unknown | <digest> | the body is not JSON: line 7 column 8
## button
created whatsapp/110000000000001/wamid.HC20 <- wamid.HC90 @ - | 31600000002 Kees | 2026-03-03T10:00:00Z | "Nee, geen klachten"
## choices
created whatsapp/110000000000001/wamid.HC21 <- wamid.HC91 @ - | 31600000002 Kees | 2026-03-03T10:01:00Z | "Ja, ik heb klachten"
created whatsapp/110000000000001/wamid.HC22 <- - @ - | 31600000002 Kees | 2026-03-03T10:02:00Z | "Flauwgevallen"
created whatsapp/110000000000001/wamid.HC23 <- - @ - | 31600000002 Kees | 2026-03-03T10:03:00Z | - | sees answers to a form
## contacts_in_another_order
created whatsapp/110000000000001/wamid.HF01 <- - @ - | 31600000004 Eerste | 2026-03-04T09:00:00Z | "Goedemorgen"
created whatsapp/110000000000001/wamid.HF02 <- - @ - | 31600000005 Tweede | 2026-03-04T09:01:00Z | "Ik ben benauwd sinds de eerste pil"
created whatsapp/110000000000001/wamid.HF03 <- - @ - | 31600000006 - | 2026-03-04T09:02:00Z | "Wie leest dit?"
## edited
edited whatsapp/110000000000001/wamid.HB01 <- - @ - | 31600000001 Joke de Wit | 2026-03-02T10:05:00Z | "Dag, ik krijg van Norvexa zo'n droge mond en har…"
## edited_caption
edited whatsapp/110000000000001/wamid.HC03 <- - @ - | 31600000002 Kees | 2026-03-02T11:14:00Z | "Mijn been sinds donderdag" | sees photo
## empty_value
? whatsapp/110000000000001 | <digest> | a whatsapp change holds no messages, no statuses and no errors
## errors
? whatsapp/110000000000001 | <digest> | whatsapp errors: WhatsApp says that it could not hand something over; what it was stands in the delivery
## from_a_post
created whatsapp/110000000000001/wamid.HD02 <- - @ 104857600000001_2001 | 49150000003 Lena Roth | 2026-03-03T11:05:00Z | "Danke!"
## from_an_ad
created whatsapp/110000000000001/wamid.HD01 <- - @ - | 49150000003 Lena Roth | 2026-03-03T11:00:00Z | "Hallo, ich habe Ihre Anzeige gesehen. Gibt es No…" | ad 120200000000000555
## group
created whatsapp/110000000000001/wamid.HG01 <- - @ Y2FwaV9ncm91cDox | 31600000002 Kees | 2026-03-04T09:10:00Z | "Lotgenoten: hoe nemen jullie het in, met of zond…"
## history
? whatsapp/990000000000001 | <digest> | whatsapp field history: this version does not read that kind, and it may hold somebody's words
## ids_as_numbers
created whatsapp/110000000000001/123456789012345678901234567890 <- - @ - | 31600000010 Bram | 2026-03-04T10:20:00Z | "Bedankt voor de uitleg"
## media_of_every_kind
created whatsapp/110000000000001/wamid.HC10 <- - @ - | 31600000002 Kees | 2026-03-03T09:00:00Z | - | sees voice message
created whatsapp/110000000000001/wamid.HC11 <- - @ - | 31600000002 Kees | 2026-03-03T09:01:00Z | - | sees audio
created whatsapp/110000000000001/wamid.HC12 <- - @ - | 31600000002 Kees | 2026-03-03T09:02:00Z | - | sees sticker
created whatsapp/110000000000001/wamid.HC13 <- - @ - | 31600000002 Kees | 2026-03-03T09:03:00Z | - | sees video
created whatsapp/110000000000001/wamid.HC14 <- - @ - | 31600000002 Kees | 2026-03-03T09:04:00Z | "De brief van mijn huisarts" | sees file
created whatsapp/110000000000001/wamid.HC15 <- - @ - | 31600000002 Kees | 2026-03-03T09:05:00Z | - | sees location
created whatsapp/110000000000001/wamid.HC16 <- - @ - | 31600000002 Kees | 2026-03-03T09:06:00Z | - | sees contact card
created whatsapp/110000000000001/wamid.HC17 <- - @ - | 31600000002 Kees | 2026-03-03T09:07:00Z | - | sees order
## one_bad_element
created whatsapp/110000000000001/wamid.HC40 <- - @ - | 31600000002 Kees | 2026-03-05T09:00:00Z | "Vandaag weer overgegeven na de tablet"
created whatsapp/110000000000001/wamid.HC43 <- - @ - | 31600000002 Kees | 2026-03-05T09:03:00Z | - | sees message without words
? whatsapp/110000000000001 | <digest> | a whatsapp message has no id
? whatsapp/110000000000001 | <digest> | a whatsapp message is not of the documented shape: line 1 column 1 of that part
? whatsapp/110000000000001 | <digest> | a whatsapp message of the type edit does not say of what
## other_number
created whatsapp/110000000000099/wamid.HH01 <- - @ - | 31600000008 Pien | 2026-03-04T10:10:00Z | "Krijg ik hier iemand te spreken? Ik heb vlekken …"
## own_message
created whatsapp/110000000000001/wamid.HB92 <- - @ - | 31850000001 - | 2026-03-04T10:00:00Z | "Wij geven uw droge mond door. Wilt u bij hartklo…" | own
## photo_with_caption
created whatsapp/110000000000001/wamid.HC03 <- - @ - | 31600000002 Kees | 2026-03-02T11:10:00Z | "Mijn been sinds vrijdag" | sees photo
## reaction_and_system
- whatsapp reaction
- whatsapp system
## revoked
deleted whatsapp/110000000000001/wamid.HC01 <- - @ - | 31600000002 Kees | 2026-03-02T11:05:00Z | -
## statuses
- whatsapp status
- whatsapp status
## text
created whatsapp/110000000000001/wamid.HB01 <- - @ - | 31600000001 Joke de Wit | 2026-03-02T10:00:00Z | "Dag, ik krijg van Norvexa zo'n droge mond dat ik…"
## unknown_type
created whatsapp/110000000000001/wamid.HC33 <- - @ - | 31600000002 Kees | 2026-03-04T09:41:00Z | - | sees type that this version does not know: hologram
? whatsapp/110000000000001 | whatsapp type hologram | whatsapp type hologram: this version does not read that kind
## unsupported
created whatsapp/110000000000001/wamid.HC32 <- - @ - | 31600000002 Kees | 2026-03-04T09:40:00Z | - | sees message of a kind that WhatsApp does not hand over
## without_a_number
created whatsapp/110000000000001/wamid.HE01 <- - @ - | NL.7001 Sef | 2026-03-03T12:00:00Z | "My son swallowed one of my Norvexa tablets, what…"
"##,
    );
}

/// A delivery of the business account 1, with one value of the field `messages`.
fn value(inside: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{{{inside}}}}}]}}]}}"#
    )
}

#[test]
fn a_name_is_joined_by_an_id_that_is_there() {
    let contact = r#"{"wa_id":"5","user_id":"NL.5","profile":{"name":"Sef"}}"#;
    let rows = [
        (contact, r#""from":"5""#, Some("Sef")),
        (contact, r#""from_user_id":"NL.5""#, Some("Sef")),
        (contact, r#""from":"6","from_user_id":"NL.5""#, Some("Sef")),
        (contact, r#""from":"6""#, None),
        (r#"{"profile":{"name":"Sef"}}"#, r#""from":"5""#, None),
        (r#"{"wa_id":"","profile":{"name":"Sef"}}"#, r#""from":"""#, None),
        (r#"{"wa_id":"5"}"#, r#""from":"5""#, None),
        (r#"{"wa_id":"5","profile":7}"#, r#""from":"5""#, None),
        ("7", r#""from":"5""#, None),
    ];
    for (contact, from, expected) in rows {
        let message = format!(r#"{{"id":"w","type":"text","text":{{"body":"a"}},{from}}}"#);
        let parsed = read(Provider::Meta, value(&format!(r#""contacts":[{contact}],"messages":[{message}]"#)).as_bytes());
        let name = parsed.events[0].author.as_ref().and_then(|author| author.name.as_deref());
        assert_eq!(name, expected, "{contact} {from}");
    }
}

#[test]
fn whatever_shape_a_value_has_it_is_answered() {
    let shape = "is not of the documented shape";
    let message = |inside: &str| format!(r#""messages":[{{"id":"w",{inside}}}]"#);
    let rows = [
        (String::new(), "? whatsapp/1 | <digest> | a whatsapp change holds no messages".to_owned()),
        (r#""messages":null,"statuses":[]"#.to_owned(), "? whatsapp/1 | <digest> | a whatsapp change holds no".to_owned()),
        (r#""messages":7"#.to_owned(), format!("? whatsapp/1 | <digest> | the list of messages of a whatsapp change {shape}")),
        (r#""statuses":[7]"#.to_owned(), "- whatsapp status".to_owned()),
        (r#""errors":[]"#.to_owned(), "? whatsapp/1 | <digest> | whatsapp errors: ".to_owned()),
        (r#""metadata":7,"statuses":[{}]"#.to_owned(), "- whatsapp status".to_owned()),
        (message(r#""type":"text","text":7"#), format!("? whatsapp/1 | <digest> | a whatsapp message {shape}")),
        (message(r#""type":"text","text":{"body":"\ud800"}"#), "created whatsapp/1/w <- - @ - | - | - | \"\u{fffd}\"".to_owned()),
        (message(r#""type":"audio","audio":{"voice":"yes"}"#), format!("? whatsapp/1 | <digest> | a whatsapp message {shape}")),
        (message(r#""type":"revoke","revoke":{}"#), "? whatsapp/1 | <digest> | a whatsapp message has no id".to_owned()),
        (message(r#""type":"revoke""#), "? whatsapp/1 | <digest> | a whatsapp message of the type revoke does not".to_owned()),
        (
            message(r#""type":"unsupported","context":7,"referral":7"#),
            "created whatsapp/1/w <- - @ - | - | - | - | sees ".to_owned(),
        ),
        (message(r#""type":"edit","edit":{"original_message_id":"v"}"#), "edited whatsapp/1/v <- - @ - | - | - | -".to_owned()),
    ];
    for (inside, expected) in rows {
        let lines = lines(&read(Provider::Meta, value(&inside).as_bytes()));
        assert!(lines.len() == 1 && lines[0].starts_with(&expected), "{inside}: {lines:?}");
    }
}

/// One `account_update` of the business account 1.
fn account_update(value: &str) -> Vec<String> {
    let change = format!(r#"{{"field":"account_update","value":{value}}}"#);
    let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{change}]}}]}}"#);
    lines(&read(Provider::Meta, body.as_bytes()))
}

#[test]
fn an_end_of_the_account_is_an_alarm_and_another_note_of_it_is_counted() {
    let end = "end of a subscription <digest> | whatsapp told of";
    let rows = [
        (
            r#"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE"}}"#,
            format!("! whatsapp/1 | {end} DISABLED_UPDATE"),
        ),
        (r#"{"event":"DISABLED_UPDATE","ban_info":7}"#, format!("! whatsapp/1 | {end} DISABLED_UPDATE")),
        (r#"{"event":"ACCOUNT_DELETED"}"#, format!("! whatsapp/1 | {end} ACCOUNT_DELETED")),
        (r#"{"event":"ACCOUNT_RESTRICTION","restriction_info":[]}"#, format!("! whatsapp/1 | {end} ACCOUNT_RESTRICTION")),
        (r#"{"event":"PARTNER_REMOVED","waba_info":{"waba_id":"2"}}"#, format!("! whatsapp/2 | {end} PARTNER_REMOVED")),
        (
            r#"{"event":"PARTNER_APP_UNINSTALLED","waba_info":{"waba_id":2}}"#,
            format!("! whatsapp/2 | {end} PARTNER_APP_UNINSTALLED"),
        ),
        (
            r#"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"SCHEDULE_FOR_DISABLE"}}"#,
            "? whatsapp/1 | <digest> | whatsapp says that it will disable".to_owned(),
        ),
        (r#"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"REINSTATE"}}"#, "- whatsapp account_update".to_owned()),
        (r#"{"event":"VERIFIED_ACCOUNT"}"#, "- whatsapp account_update".to_owned()),
        (r#"{"event":"PARTNER_ADDED"}"#, "- whatsapp account_update".to_owned()),
        (r#"{"event":"ACCOUNT_CLOSED"}"#, "? whatsapp/1 | <digest> | whatsapp account_update ACCOUNT_CLOSED: ".to_owned()),
        ("{}", "? whatsapp/1 | <digest> | whatsapp account_update without a name: ".to_owned()),
        ("7", "? whatsapp/1 | <digest> | a whatsapp account_update is not of the documented shape".to_owned()),
    ];
    for (value, expected) in rows {
        let lines = account_update(value);
        assert!(lines.len() == 1 && lines[0].starts_with(&expected), "{value}: {lines:?}");
    }
}

#[test]
fn words_that_come_with_an_order_or_in_a_type_that_is_not_known_are_read() {
    let rows = [
        (r#""type":"order","order":{"text":"Ik word er misselijk van"}"#, r#"| "Ik word er misselijk van" | sees order"#, 1),
        (r#""type":"order","order":{}"#, "| - | sees order", 1),
        (r#""type":"hologram","text":{"body":"jeuk"}"#, r#"| "jeuk" | sees type that this version does not know: hologram"#, 2),
        (r#""type":"hologram","text":7"#, "| - | sees type that this version does not know: hologram", 2),
        (r#""from":"5""#, "| - | sees type that this version does not know: without a name", 2),
    ];
    for (inside, end, count) in rows {
        let lines = lines(&read(Provider::Meta, value(&format!(r#""messages":[{{"id":"w",{inside}}}]"#)).as_bytes()));
        assert!(
            lines.len() == count && lines[0].starts_with("created whatsapp/1/w ") && lines[0].ends_with(end),
            "{inside}: {lines:?}"
        );
    }
}
