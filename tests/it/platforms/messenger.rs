//! Messenger, and what is particular to elements of a conversation on Instagram too.

use dayzero::model::{Platform, Provider};

use super::{check, lines, read};

#[test]
fn the_messenger_samples_are_read() {
    check(
        Platform::Messenger,
        r##"
## answer
created messenger/104857600000001/m_AA03 <- m_AA02 @ - | 8001000000000001 - | 2026-03-02T19:12:00.417Z | "Ja, graag na tienen."
## beside_a_comment
created facebook/104857600000001/2001_9040 <- - @ 104857600000001_2001 | 7001000000000031 Ans Mol | 2026-03-04T10:04:00Z | "Ik stuur jullie een berichtje."
created messenger/104857600000001/m_AG01 <- - @ - | 8001000000000007 - | 2026-03-04T10:04:59.7Z | "Hier mijn berichtje: jeuk en bultjes sinds Norve…"
## broken/lone_surrogate
created messenger/104857600000001/m_AA10 <- - @ - | 8001000000000001 - | 2026-03-05T09:11:00.417Z | "half �"
## broken/no_list
? messenger/104857600000001 | <digest> | the list messaging of a messenger entry is not of the documented shape: line 1 column 0 of that part
## broken/text_is_a_list
? messenger/104857600000001 | <digest> | a messenger message is not of the documented shape: line 3 column 20 of that part
## echo
created messenger/104857600000001/m_AA02 <- - @ - | 104857600000001 - | 2026-03-02T19:10:00Z | "Wat vervelend. Bel bij flauwvallen uw huisarts. …" | own
## edited
edited messenger/104857600000001/m_AA01 <- - @ - | 8001000000000001 - | 2026-03-02T19:14:00.417Z | "Goedenavond, sinds ik Norvexa gebruik val ik na …"
## edited_again
edited messenger/104857600000001/m_AA01 <- - @ - | 8001000000000001 - | 2026-03-02T19:20:00.417Z | "Goedenavond, sinds ik Norvexa gebruik val ik na …"
## ids_as_numbers
created messenger/104857600000001/123456789012345678901234567890 <- - @ - | 9007199254740993 - | 2026-03-04T11:00:00Z | "Krijg ik hier antwoord?"
## link_with_text
created messenger/104857600000001/m_AA06 <- - @ - | 8001000000000001 - | 2026-03-03T10:06:00.417Z | "Deze uitleg vond ik fijn: https://example.org/mi…"
## message
created messenger/104857600000001/m_AA01 <- - @ - | 8001000000000001 - | 2026-03-02T19:04:00.417Z | "Goedenavond, sinds ik Norvexa gebruik val ik na …"
## message_from_an_ad
created messenger/104857600000001/m_AC01 <- - @ - | 8001000000000003 - | 2026-03-03T09:05:00.417Z | "Is dit medicijn ook in België te krijgen?" | ad 120200000000000999
## new_attachment
created messenger/104857600000001/m_AA07 <- - @ - | 8001000000000001 - | 2026-03-03T10:07:00.417Z | - | sees attachment
## one_bad_element
created messenger/104857600000001/m_AA08 <- - @ - | 8001000000000001 - | 2026-03-05T09:00:00Z | "Ik ben er weer. Nog steeds duizelig."
? messenger/104857600000001 | <digest> | a messenger message has no mid
? messenger/104857600000001 | <digest> | an element of a messenger conversation is not of the documented shape: line 1 column 1 of that part
? messenger/104857600000001 | <digest> | a messenger postback has no mid
? messenger/104857600000001 | <digest> | messenger message without a name: this version does not read that kind, and it may hold somebody's words
## photo_with_text
created messenger/104857600000001/m_AB05 <- - @ - | 8001000000000002 - | 2026-03-03T09:12:00.417Z | "Hier zie je de uitslag op mijn borst" | sees photo
## photo_without_text
created messenger/104857600000001/m_AB04 <- - @ - | 8001000000000002 - | 2026-03-03T09:10:00.417Z | - | sees photo
## postback
created messenger/104857600000001/m_AB02 <- - @ - | 8001000000000002 - | 2026-03-03T09:01:00.417Z | "Bijwerking doorgeven"
## postback_from_an_ad
created messenger/104857600000001/m_AB03 <- - @ - | 8001000000000002 - | 2026-03-03T09:02:00.417Z | "Aan de slag" | ad 120200000000000888
## quick_reply
created messenger/104857600000001/m_AB01 <- - @ - | 8001000000000002 - | 2026-03-03T09:00:00.417Z | "Ik wil iets melden"
## standby
created messenger/104857600000001/m_AD01 <- - @ - | 8001000000000004 - | 2026-03-04T08:00:00Z | "I took two tablets by accident this morning and …"
## status_notes
- messenger reaction
- messenger read
- messenger delivery
- messenger optin
- messenger referral
## sticker
created messenger/104857600000001/m_AA04 <- - @ - | 8001000000000001 - | 2026-03-03T10:00:00.417Z | - | sees sticker
## two_accounts
created messenger/104857600000001/m_AE01 <- - @ - | 8001000000000005 - | 2026-03-04T09:59:59.3Z | "Danke für die schnelle Antwort!"
created messenger/104857600000002/m_AF01 <- - @ - | 8001000000000006 - | 2026-03-04T09:59:59.4Z | "Mein Mann hat nach Norvexa Nesselsucht am ganzen…"
## unknown_kind
? messenger/104857600000001 | <digest> | messenger message policy_enforcement: this version does not read that kind, and it may hold somebody's words
## voice
created messenger/104857600000001/m_AA05 <- - @ - | 8001000000000001 - | 2026-03-03T10:05:00.417Z | - | sees audio
"##,
    );
}

/// A delivery with one element of a conversation of the account 1.
fn element(object: &str, inside: &str) -> String {
    format!(r#"{{"object":"{object}","entry":[{{"id":"1","time":1772442000000,"messaging":[{{{inside}}}]}}]}}"#)
}

#[test]
fn what_is_attached_is_named_whatever_shape_it_has() {
    let rows = [
        (r#""text":"a","attachments":[]"#, None),
        (r#""text":"a","attachments":null"#, None),
        (r#""text":"a","attachments":[{"type":"fallback"}]"#, None),
        (r#""attachments":[{"type":"fallback"}]"#, Some("link")),
        (r#""text":"a","attachments":[{"type":"fallback"},{"type":"video"}]"#, Some("video")),
        (r#""text":"a","attachments":{}"#, Some("attachment")),
        (r#""text":"a","attachments":[7]"#, Some("attachment")),
        (r#""text":"a","attachments":[{"type":"image","payload":7}]"#, Some("photo")),
        (r#""attachments":[{"type":"template"}]"#, Some("attachment")),
        (r#""attachments":[{"type":"ephemeral"}]"#, Some("vanishing picture")),
        (r#""attachments":[{"type":"ig_reel"}]"#, Some("shared reel")),
        (r#""attachments":[{"type":"location"}]"#, Some("location")),
        (r#""text":" ""#, Some("message without words")),
        (r#""is_deleted":true"#, None),
        (r#""is_unsupported":true"#, Some("message without words")),
    ];
    for (inside, expected) in rows {
        for object in ["page", "instagram"] {
            let body = element(object, &format!(r#""message":{{"mid":"m",{inside}}}"#));
            let parsed = read(Provider::Meta, body.as_bytes());
            assert_eq!(parsed.events[0].unreadable.as_deref(), expected, "{body}");
        }
    }
}

#[test]
fn an_element_of_an_unknown_kind_is_seen_even_beside_a_known_one() {
    let rows = [
        (r#""reaction":{}"#, "- messenger reaction"),
        (r#""sender":{"id":"2"},"timestamp":1,"read":7"#, "- messenger read"),
        (r#""referral":{},"news":{}"#, "? messenger/1 | <digest> | messenger message news: "),
        (r#""news":"#, "? facebook/unknown | <digest> | the body is not JSON"),
        (r#""news":{"a":"\ud800"}"#, "? messenger/1 | <digest> | messenger message news: "),
        (r#""message":null"#, "? messenger/1 | <digest> | messenger message message: "),
        (r#""message":[]"#, "? messenger/1 | <digest> | a messenger message is not"),
        (r#""message":{"mid":""}"#, "? messenger/1 | <digest> | a messenger message has no mid"),
        (r#""postback":{"title":"a"}"#, "? messenger/1 | <digest> | a messenger postback has no mid"),
        ("", "? messenger/1 | <digest> | messenger message without a name: "),
    ];
    for (inside, expected) in rows {
        let lines = lines(&read(Provider::Meta, element("page", inside).as_bytes()));
        assert!(lines.len() == 1 && lines[0].starts_with(expected), "{inside}: {lines:?}");
    }
}

#[test]
fn times_are_read_in_the_unit_that_their_size_says() {
    for (time, timestamp) in [("1772442000", "1772441999"), ("1772442000000", r#""1772441999000""#)] {
        let body = format!(
            r#"{{"object":"page","entry":[{{"id":"1","time":{time},"messaging":[{{"timestamp":{timestamp},"message":{{"mid":"m"}}}}]}}]}}"#
        );
        let event = read(Provider::Meta, body.as_bytes()).events.remove(0);
        assert_eq!(event.at, "2026-03-02T08:59:59Z".parse().ok(), "{body}");
        assert_eq!(event.sent_at, "2026-03-02T09:00:00Z".parse().ok(), "{body}");
    }
}

#[test]
fn a_conversation_is_nowhere_but_where_messages_stand() {
    let body = element("whatsapp_business_account", r#""message":{"mid":"m","text":"a"}"#);
    let lines = lines(&read(Provider::Meta, body.as_bytes()));
    assert_eq!(lines, ["? whatsapp/1 | whatsapp messaging | whatsapp messaging: this version does not read that kind"]);
}
