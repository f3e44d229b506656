//! TikTok.

use dayzero::model::{Platform, Provider};
use dayzero::platform::{SignatureFault, sign, signing_secret};
use jiff::{SignedDuration, Timestamp};

use super::digits::{check as verify, post};
use super::{check, read};

#[test]
fn the_tiktok_samples_are_read() {
    check(
        Platform::TikTok,
        r##"
## authorization_removed
! tiktok/openid-samenovermigraine | end of a subscription <digest> | a tiktok authorization.removed came: nothing more comes of this account until somebody subscribes again
## broken/content_not_json
? tiktok/openid-samenovermigraine | <digest> | the content of a tiktok comment.update is not of the documented shape: line 1 column 70 of that part
## broken/lone_surrogate
created tiktok/openid-samenovermigraine/7402000000000000116 <- - @ - | - | 2026-03-06T10:03:00Z | "�"
## broken/no_account
? tiktok/unknown | <digest> | the content of a tiktok comment.update belongs to no account: the body has no user_openid
## broken/no_comment_id
? tiktok/openid-samenovermigraine | <digest> | a tiktok comment has no comment_id
## broken/not_json
? tiktok/unknown | <digest> | the body is not JSON: line 1 column 1
## comment_on_video
created tiktok/openid-samenovermigraine/7402000000000000101 <- - @ 7401000000000000001 | tt-1001 - | 2026-03-02T08:15:00Z | "Derde dag Norvexa en ik zie steeds flitsen in mi…"
## content_as_an_object
created tiktok/openid-samenovermigraine/7402000000000000113 <- - @ 7401000000000000001 | tt-1013 - | 2026-03-06T09:20:00Z | "Na een week al minder aanvallen, echt blij mee"
## deleted
deleted tiktok/openid-samenovermigraine/7402000000000000101 <- - @ 7401000000000000001 | tt-1001 - | 2026-03-02T10:00:00Z | "Derde dag Norvexa en ik zie steeds flitsen in mi…"
## direct_message
created tiktok/openid-samenovermigraine/msg-501 <- - @ conv-31== | tt-2001 noor.reist | 2026-03-04T18:00:00Z | "Hi, my sister fainted an hour after her first No…"
## direct_message_harmless
created tiktok/openid-samenovermigraine/msg-502 <- msg-490 @ conv-31== | tt-2001 noor.reist | 2026-03-04T18:10:00Z | "Wanneer is de volgende live?"
## direct_message_photo
created tiktok/openid-samenovermigraine/msg-503 <- - @ conv-31== | tt-2001 noor.reist | 2026-03-04T18:20:00Z | - | sees photo
## direct_message_sticker
created tiktok/openid-samenovermigraine/msg-504 <- - @ conv-31== | tt-2001 noor.reist | 2026-03-04T18:21:00Z | - | sees sticker
## direct_message_unknown_type
created tiktok/openid-samenovermigraine/msg-505 <- - @ conv-31== | tt-2001 noor.reist | 2026-03-04T18:22:00Z | - | sees message of a kind that this version does not read
## friends_only
hidden tiktok/openid-samenovermigraine/7402000000000000104 <- - @ 7401000000000000001 | tt-1004 - | 2026-03-02T11:05:00Z | "mooi filmpje dit"
## hidden
hidden tiktok/openid-samenovermigraine/7402000000000000103 <- - @ 7401000000000000001 | tt-1003 - | 2026-03-02T11:00:00Z | "link in bio voor gratis crypto"
## high_intent_comment
created tiktok/openid-samenovermigraine/7402000000000000112 <- - @ - | tt-1011 - | 2026-03-05T10:00:00Z | "Hoe kom ik hier aan zonder recept?"
## ids_as_strings
created tiktok/openid-samenovermigraine/7402000000000000108 <- 7402000000000000101 @ 7401000000000000001 | tt-1008 - | 2026-03-03T07:20:00Z | "Took Norvexa twice by mistake yesterday, slept f…"
## mention
? tiktok/openid-samenovermigraine | <digest> | a tiktok mention points at words that this version does not read
## message_from_europe
? tiktok/openid-samenovermigraine | <digest> | a message that only TikTok's own inbox shows came: somebody must look there
## message_from_europe_with_an_id
created tiktok/openid-samenovermigraine/msg-601 <- - @ conv-40== | - | 2026-03-05T09:01:00Z | - | sees message that only TikTok's own inbox shows
## no_parent_written_as_zero
created tiktok/openid-samenovermigraine/7402000000000000107 <- - @ 7401000000000000001 | tt-1007 - | 2026-03-03T07:12:00Z | "Weet iemand waar ik dat blauwe dekentje kan kope…"
## other_account
created tiktok/openid-somebody-else/7402000000000000111 <- - @ 7401000000000000777 | tt-1010 - | 2026-03-03T09:00:00Z | "Ma mère fait de l'urticaire depuis qu'elle prend…"
## own_card_of_questions
created tiktok/openid-samenovermigraine/msg-508 <- - @ conv-31== | openid-samenovermigraine samenovermigraine | 2026-03-04T18:31:00Z | "Waarmee kunnen we helpen?\nEen bijwerking melden\n…" | own
## own_comment
created tiktok/openid-samenovermigraine/7402000000000000109 <- 7402000000000000101 @ 7401000000000000001 | openid-samenovermigraine - | 2026-03-03T08:00:00Z | "Wat vervelend, stuur ons een berichtje dan kijke…" | own
## own_message
created tiktok/openid-samenovermigraine/msg-507 <- - @ conv-31== | openid-samenovermigraine samenovermigraine | 2026-03-04T18:30:00Z | "Wat naar om te horen. We geven dit door aan onze…" | own
## ping
- tiktok ping
## post_publicly_available
- tiktok post.publish.publicly_available
## public_again
unhidden tiktok/openid-samenovermigraine/7402000000000000104 <- - @ 7401000000000000001 | tt-1004 - | 2026-03-02T11:30:00Z | "mooi filmpje dit"
## reaction
- tiktok reaction
## read_receipt
- tiktok im_mark_read_msg
## reply
created tiktok/openid-samenovermigraine/7402000000000000102 <- 7402000000000000101 @ 7401000000000000001 | tt-1002 - | 2026-03-02T08:20:00Z | "had ik bij triptaline ook, bel je huisarts even!"
## timestamp_in_seconds
created tiktok/openid-samenovermigraine/7402000000000000105 <- - @ 7401000000000000001 | tt-1005 - | 2026-03-03T07:00:00Z | "Does anyone know if you can drink coffee with th…"
## unknown_action
created tiktok/openid-samenovermigraine/7402000000000000110 <- - @ 7401000000000000001 | tt-1009 - | 2026-03-03T08:30:00Z | "leuk!" | sees comment_action that this version does not know: set_to_pinned
? tiktok/openid-samenovermigraine | tiktok comment_action set_to_pinned | tiktok comment_action set_to_pinned: this version does not read that kind
## unknown_event
? tiktok/openid-samenovermigraine | <digest> | tiktok event live.gift: this version does not read that kind, and it may hold somebody's words
## video_published
- tiktok video.publish.completed
## without_text
created tiktok/openid-samenovermigraine/7402000000000000106 <- - @ 7401000000000000001 | tt-1006 - | 2026-03-03T07:10:00Z | - | sees picture
"##,
    );
}

const HEADER: &str = "tiktok-signature";
const SECRET: &str = "tiktok client secret";
const BODY: &[u8] = br#"{"event":"tiktok.ping"}"#;
const SECONDS: &str = "1772442900";
/// Made with another program over `1772442900.` and the body.
const DIGITS: &str = "621991ef789a6451a01c201af468a30da12852ddd97a01eb9c530d8d6dad8ad9";

fn signed_at() -> Timestamp {
    Timestamp::from_second(1_772_442_900).unwrap()
}

fn right() -> String {
    format!("t={SECONDS},s={DIGITS}")
}

#[test]
fn a_tiktok_signature_made_elsewhere_matches_and_ours_is_the_same() {
    assert_eq!(verify(Provider::TikTok, &post(&[(HEADER, &right())], BODY), &[SECRET], signed_at()), Ok(()));
    let signed = sign(Provider::TikTok, &signing_secret(Provider::TikTok, SECRET).unwrap(), BODY, signed_at(), "");
    assert_eq!(signed, [(HEADER.to_owned(), right())]);
}

#[test]
fn every_mistake_in_a_tiktok_signature_is_refused_by_its_name() {
    let right = right();
    let malformed = SignatureFault::Malformed(HEADER);
    let rows: Vec<(Vec<(&str, String)>, SignatureFault)> = vec![
        (vec![], SignatureFault::MissingHeader(HEADER)),
        (vec![("x-tiktok-signature", right.clone())], SignatureFault::MissingHeader(HEADER)),
        (vec![(HEADER, right.clone()), (HEADER, right.clone())], SignatureFault::RepeatedHeader(HEADER)),
        (vec![(HEADER, format!("{right},{right}"))], malformed),
        (vec![(HEADER, format!("{right},s={DIGITS}"))], malformed),
        (vec![(HEADER, format!("t={SECONDS},t={SECONDS},s={DIGITS}"))], malformed),
        (vec![(HEADER, format!("{right},v=1"))], malformed),
        (vec![(HEADER, format!("s={DIGITS},t={SECONDS}"))], malformed),
        (vec![(HEADER, format!("t={SECONDS}, s={DIGITS}"))], malformed),
        (vec![(HEADER, format!("T={SECONDS},S={DIGITS}"))], malformed),
        (vec![(HEADER, String::new())], malformed),
        (vec![(HEADER, DIGITS.to_owned())], malformed),
        (vec![(HEADER, format!("t=,s={DIGITS}"))], malformed),
        (vec![(HEADER, format!("t=+{SECONDS},s={DIGITS}"))], malformed),
        (vec![(HEADER, format!("t=-{SECONDS},s={DIGITS}"))], malformed),
        (vec![(HEADER, format!("t={SECONDS}000,s={DIGITS}"))], malformed),
        (vec![(HEADER, format!("t={SECONDS},s="))], malformed),
        (vec![(HEADER, format!("t={SECONDS},s={}", DIGITS.to_uppercase()))], malformed),
        (vec![(HEADER, format!("t={SECONDS},s={DIGITS}00"))], malformed),
        (vec![(HEADER, right[..right.len() - 1].to_owned())], malformed),
        (vec![(HEADER, format!("{right} "))], malformed),
        (vec![(HEADER, format!("t=0{SECONDS},s={DIGITS}"))], SignatureFault::NoMatch),
        (vec![(HEADER, format!("t=1772442901,s={DIGITS}"))], SignatureFault::NoMatch),
        (vec![(HEADER, format!("t={SECONDS},s={}", "0".repeat(64)))], SignatureFault::NoMatch),
    ];
    for (headers, expected) in rows {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(verify(Provider::TikTok, &post(&headers, BODY), &[SECRET], signed_at()), Err(expected), "{headers:?}");
    }
    let request = post(&[(HEADER, &right)], b"{}");
    assert_eq!(verify(Provider::TikTok, &request, &[SECRET], signed_at()), Err(SignatureFault::NoMatch));
    let request = post(&[(HEADER, &right)], BODY);
    assert_eq!(verify(Provider::TikTok, &request, &["another"], signed_at()), Err(SignatureFault::NoMatch));
    assert_eq!(verify(Provider::TikTok, &request, &["another", SECRET], signed_at()), Ok(()));
    assert_eq!(verify(Provider::TikTok, &request, &[], signed_at()), Err(SignatureFault::NoSecret));
}

#[test]
fn a_signed_time_may_be_as_old_as_the_last_retry_and_is_judged_after_the_signature() {
    let hours = 60 * 60;
    let rows = [
        (0, Ok(())),
        (72 * hours, Ok(())),
        (73 * hours, Ok(())),
        (73 * hours + 1, Err(SignatureFault::Expired)),
        (365 * 24 * hours, Err(SignatureFault::Expired)),
        (-300, Ok(())),
        (-301, Err(SignatureFault::Early)),
    ];
    for (seconds, expected) in rows {
        let now = signed_at() + SignedDuration::from_secs(seconds);
        assert_eq!(verify(Provider::TikTok, &post(&[(HEADER, &right())], BODY), &[SECRET], now), expected, "{seconds} s");
        let forged = post(&[(HEADER, &right())], b"{}");
        assert_eq!(verify(Provider::TikTok, &forged, &[SECRET], now), Err(SignatureFault::NoMatch), "{seconds} s");
    }
}

fn update(content: &str) -> Vec<u8> {
    serde_json::json!({"event": "comment.update", "create_time": 1_772_442_900, "user_openid": "a", "content": content})
        .to_string()
        .into_bytes()
}

#[test]
fn hostile_content_is_answered() {
    let comment = |more: &str| update(&format!(r#"{{"comment_id":7402000000000000001,"comment_action":"insert"{more}}}"#));
    let deep = format!(r#","x":{}{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let rows = [
        (comment(""), true),
        (comment(&deep), true),
        (comment(r#","video_id":123456789012345678901234567890"#), true),
        (comment(r#","timestamp":1e999"#), true),
        (comment(r#","timestamp":99999999999999999999"#), true),
        (comment(r#","comment_id":1"#), false),
        (comment(r#","video_id":7.4e18"#), false),
        (comment(r#","text":["a"]"#), false),
        (comment(r#","text":"\udc00""#), true),
        (update(""), false),
        (update("[]"), false),
        (update("null"), false),
        (update(r#""{\"comment_id\":1}""#), false),
        (update(r#"{"comment_id":0,"comment_action":"insert"}"#), false),
    ];
    for (body, read_as_event) in rows {
        let parsed = read(Provider::TikTok, &body);
        let start: String = String::from_utf8_lossy(&body).chars().take(200).collect();
        assert_eq!((parsed.events.len(), parsed.quarantined.len()), if read_as_event { (1, 0) } else { (0, 1) }, "{start}");
    }
}

#[test]
fn a_time_is_in_seconds_or_in_milliseconds_by_its_size() {
    let rows = [
        ("1772442900", Some("2026-03-02T09:15:00Z")),
        ("1772442900123", Some("2026-03-02T09:15:00.123Z")),
        ("\"1772442900123\"", Some("2026-03-02T09:15:00.123Z")),
        ("99999999999", Some("5138-11-16T09:46:39Z")),
        ("100000000000", Some("1973-03-03T09:46:40Z")),
    ];
    for (written, expected) in rows {
        let content = format!(r#"{{"comment_id":1,"comment_action":"insert","timestamp":{written}}}"#);
        let parsed = read(Provider::TikTok, &update(&content));
        assert_eq!(parsed.events[0].at.map(|at| at.to_string()).as_deref(), expected, "{written}");
    }
    let without = read(Provider::TikTok, &update(r#"{"comment_id":1,"comment_action":"insert"}"#));
    assert_eq!(without.events[0].at, Some(signed_at()));
}
