//! Slack.

use dayzero::http::Request;
use dayzero::model::{Platform, Provider, Secret};
use dayzero::platform::{
    DoorSecrets, SignatureFault, check_signature, kept_headers, reply, sign, signing_secret, telling_headers,
};
use jiff::{SignedDuration, Timestamp};

use super::{check, lines, read};
use crate::samples::{development_secrets, doorway, names, sample};

#[test]
fn the_slack_samples_are_read() {
    check(
        Platform::Slack,
        r##"
## app_left_the_channel
! slack/C0MIGRAINE1 | end of a subscription <digest> | the slack app is no longer in the channel: nothing more comes of this account until somebody subscribes again
## app_uninstalled
! slack/forum.samenovermigraine.example | end of a subscription <digest> | the slack app was removed from the workspace: nothing more comes of this account until somebody subscribes again
## bot_of_others
created slack/C0MIGRAINE1/1772703000.000100 <- - @ - | B0WEER00001 Weerbericht | 2026-03-05T09:30:00.0001Z | - | sees attachment
## broken/event_is_a_list
? slack/forum.samenovermigraine.example | <digest> | a slack event is not of the documented shape: line 1 column 1 of that part
## broken/form_of_a_command
? slack/forum.samenovermigraine.example | <digest> | the body is not JSON: line 1 column 2
## broken/lone_surrogate
created slack/C0MIGRAINE1/1772442720.000100 <- - @ - | U1 - | 2026-03-02T09:12:00.0001Z | "duizelig �"
## channel_archived
! slack/C0MIGRAINE1 | end of a subscription <digest> | the slack channel was archived: nothing more comes of this account until somebody subscribes again
## channel_has_another_id
! slack/C0MIGRAINE1 | end of a subscription <digest> | the slack channel has another id: nothing more comes of this account until somebody subscribes again
## channel_renamed
- slack channel_rename
## created
created slack/C0MIGRAINE1/1772442720.000100 <- - @ - | U0ANNEKE001 - | 2026-03-02T09:12:00.0001Z | "Sinds ik Norvexa & paracetamol slik > 3 dagen co…"
## deleted
deleted slack/C0MIGRAINE1/1772443200.120500 <- 1772442720.000100 @ - | - | 2026-03-03T08:00:00.0002Z | -
## deleted_with_answers
deleted slack/C0MIGRAINE1/1772442720.000100 <- - @ - | - | 2026-03-04T08:00:00.0004Z | -
## direct_message
created slack/D0NADIA0001/1772748840.000100 <- - @ - | U0NADIA0001 - | 2026-03-05T22:14:00.0001Z | "Ik heb per ongeluk zes tabletten genomen, wat nu…"
## document_without_text
created slack/C0MIGRAINE1/1772618400.000100 <- - @ - | U0WIM000001 - | 2026-03-04T10:00:00.0001Z | - | sees document
## edited
edited slack/C0MIGRAINE1/1772442720.000100 <- - @ - | U0ANNEKE001 - | 2026-03-02T10:05:30Z | "Sinds ik Norvexa & paracetamol slik > 3 dagen co…"
## english
created slack/C0MIGRAINE1/1772542800.000100 <- - @ - | U0PRIYA0001 - | 2026-03-03T13:00:00.0001Z | "I fainted twice since I started Norvexa on Monda…"
## french
created slack/C0MIGRAINE1/1772544600.000100 <- - @ - | U0AMELIE001 - | 2026-03-03T13:30:00.0001Z | "Merci pour l'accueil, ça fait du bien de vous li…"
## guest_with_profile
created slack/C0MIGRAINE1/1772704800.000100 <- - @ - | U0GAST00001 Rik Gast | 2026-03-05T10:00:00.0001Z | "Bij mij helpt het goed, ik ben er blij mee"
## harmless
created slack/C0MIGRAINE1/1772539200.000100 <- - @ - | U0HILDE0001 - | 2026-03-03T12:00:00.0001Z | "Wie neemt zaterdag de taart mee?"
## joined
- slack channel_join
## link_preview_added
edited slack/C0MIGRAINE1/1772449200.000100 <- - @ - | U0JOS000001 - | 2026-03-02T11:00:02.0004Z | "Lees dit eens: <https://www.samenovermigraine.ex…"
## me_message
created slack/C0MIGRAINE1/1772627400.000100 <- - @ - | U0EVA000001 - | 2026-03-04T12:30:00.0001Z | "ligt al drie dagen in het donker door die nieuwe…"
## member_left
- slack member_left_channel
## mention_of_the_app
created slack/C0MIGRAINE1/1772701200.000100 <- - @ - | U0EVA000001 - | 2026-03-05T09:00:00.0001Z | "<@U0DAYZERO1> waar meld ik een bijwerking?"
## other_channel
created slack/C0ELDERS001/1772722800.000100 <- - @ - | U0WIM000001 - | 2026-03-05T15:00:00.0001Z | "Hier ook iemand met jeuk?"
## own_message
created slack/C0MIGRAINE1/1772701260.000100 <- - @ - | U0DAYZERO1 Meelezer | 2026-03-05T09:01:00.0001Z | "Bedankt voor je bericht, een collega neemt conta…" | own
## photo_with_text
created slack/C0MIGRAINE1/1772614800.000100 <- - @ - | U0LOES00001 - | 2026-03-04T09:00:00.0001Z | "Mijn arm, een uur na de injectie" | sees photo
## rate_limited
? slack/forum.samenovermigraine.example | <digest> | slack held back events of a whole minute: too many came; see the channels themselves
## reaction
- slack reaction_added
## reply
created slack/C0MIGRAINE1/1772443200.120500 <- 1772442720.000100 @ - | U0JOS000001 - | 2026-03-02T09:20:00.1205Z | "<@U0ANNEKE001> dat had ik ook, na een week was h…"
## shared_message
created slack/C0MIGRAINE1/1772622000.000100 <- - @ - | U0WIM000001 - | 2026-03-04T11:00:00.0001Z | "Zien jullie dit?" | sees shared message
## thread_broadcast
created slack/C0MIGRAINE1/1772625600.000100 <- 1772442720.000100 @ - | U0JOS000001 - | 2026-03-04T12:00:00.0001Z | "Ter info voor iedereen: morgen belt de verpleegk…"
## tokens_revoked
! slack/forum.samenovermigraine.example | end of a subscription <digest> | the slack app's tokens were revoked: nothing more comes of this account until somebody subscribes again
## unknown_event
? slack/C0MIGRAINE1 | <digest> | slack event canvas_commented: this version does not read that kind, and it may hold somebody's words
## unknown_subtype
created slack/C0MIGRAINE1/1772806200.000100 <- - @ - | U0JOS000001 - | 2026-03-06T14:10:00.0001Z | "x" | sees message subtype that this version does not know: hologram_share
? slack/C0MIGRAINE1 | slack message subtype hologram_share | slack message subtype hologram_share: this version does not read that kind
## unknown_type
? slack/forum.samenovermigraine.example | <digest> | slack type event_bundle: this version does not read that kind, and it may hold somebody's words
## url_verification
- slack url_verification
## voice_message
created slack/C0MIGRAINE1/1772616600.000100 <- - @ - | U0GREET0001 - | 2026-03-04T09:30:00.0001Z | - | sees voice message
## without_channel
? slack/forum.samenovermigraine.example | <digest> | a slack message names no channel
## without_event
? slack/forum.samenovermigraine.example | <digest> | a slack event_callback has no event
## without_ts
? slack/C0MIGRAINE1 | <digest> | a slack message has no ts
"##,
    );
}

const SIGNATURE: &str = "x-slack-signature";
const TIMESTAMP: &str = "x-slack-request-timestamp";

/// The worked example of Slack's page on verifying requests.
const VECTOR_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const VECTOR_TIME: &str = "1531420618";
const VECTOR_BODY: &[u8] = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const VECTOR_SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

fn vector_now() -> Timestamp {
    Timestamp::from_second(1_531_420_618).unwrap()
}

fn post(headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "POST".to_owned(), path: "/webhooks/slack".to_owned(), query: vec![], headers, body: body.to_vec() }
}

fn checked(request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), SignatureFault> {
    let secrets = DoorSecrets { signing: secrets.to_vec(), verify_token: None };
    check_signature(doorway(Provider::Slack, &secrets), request, now)
}

fn secret(text: &str) -> Secret {
    signing_secret(Provider::Slack, text).unwrap()
}

#[test]
fn the_published_example_of_slack_matches() {
    let request = post(&[(TIMESTAMP, VECTOR_TIME), (SIGNATURE, VECTOR_SIGNATURE)], VECTOR_BODY);
    assert_eq!(checked(&request, &[secret("old"), secret(VECTOR_SECRET)], vector_now()), Ok(()));
    let signed = sign(Provider::Slack, &secret(VECTOR_SECRET), VECTOR_BODY, vector_now(), "");
    assert!(signed.contains(&(SIGNATURE.to_owned(), VECTOR_SIGNATURE.to_owned())));
}

#[test]
fn every_mistake_in_a_slack_signature_is_refused_by_its_name() {
    let right = VECTOR_SIGNATURE;
    let digits = &right[3..];
    let (time, mac) = (SignatureFault::Malformed(TIMESTAMP), SignatureFault::Malformed(SIGNATURE));
    let rows: Vec<(&str, String, SignatureFault)> = vec![
        (VECTOR_TIME, String::new(), mac),
        (VECTOR_TIME, "v0=".to_owned(), mac),
        (VECTOR_TIME, digits.to_owned(), mac),
        (VECTOR_TIME, format!("v1={digits}"), mac),
        (VECTOR_TIME, format!("V0={digits}"), mac),
        (VECTOR_TIME, format!("v0:{digits}"), mac),
        (VECTOR_TIME, format!("v0={}", digits.to_uppercase()), mac),
        (VECTOR_TIME, format!("{right},{right}"), mac),
        (VECTOR_TIME, format!("{right} "), mac),
        (VECTOR_TIME, right[..right.len() - 2].to_owned(), mac),
        (VECTOR_TIME, format!("{right}00"), mac),
        (VECTOR_TIME, format!("v0={}", "0".repeat(64)), SignatureFault::NoMatch),
        ("", right.to_owned(), time),
        ("+1531420618", right.to_owned(), time),
        ("1531420618.0", right.to_owned(), time),
        (" 1531420618", right.to_owned(), time),
        ("153142061800", right.to_owned(), time),
        ("1531420618:", right.to_owned(), time),
        ("01531420618", right.to_owned(), SignatureFault::NoMatch),
        ("1531420619", right.to_owned(), SignatureFault::NoMatch),
    ];
    for (written_at, signature, expected) in rows {
        let request = post(&[(TIMESTAMP, written_at), (SIGNATURE, &signature)], VECTOR_BODY);
        assert_eq!(checked(&request, &[secret(VECTOR_SECRET)], vector_now()), Err(expected), "{written_at} {signature}");
    }
    let whole = [(TIMESTAMP, VECTOR_TIME), (SIGNATURE, right)];
    for (name, value) in whole {
        let without: Vec<(&str, &str)> = whole.into_iter().filter(|(known, _)| *known != name).collect();
        let fault = checked(&post(&without, VECTOR_BODY), &[secret(VECTOR_SECRET)], vector_now());
        assert_eq!(fault, Err(SignatureFault::MissingHeader(name)));
        let twice: Vec<(&str, &str)> = whole.into_iter().chain([(name, value)]).collect();
        let fault = checked(&post(&twice, VECTOR_BODY), &[secret(VECTOR_SECRET)], vector_now());
        assert_eq!(fault, Err(SignatureFault::RepeatedHeader(name)));
    }
    let request = post(&whole, VECTOR_BODY);
    assert_eq!(checked(&request, &[], vector_now()), Err(SignatureFault::NoSecret));
    assert_eq!(checked(&request, &[secret("other")], vector_now()), Err(SignatureFault::NoMatch));
    assert_eq!(checked(&post(&whole, b"{}"), &[secret(VECTOR_SECRET)], vector_now()), Err(SignatureFault::NoMatch));
}

#[test]
fn a_signed_time_may_lie_five_minutes_away_and_is_judged_after_the_signature() {
    let rows =
        [(0, Ok(())), (300, Ok(())), (301, Err(SignatureFault::Expired)), (-300, Ok(())), (-301, Err(SignatureFault::Early))];
    let request = post(&[(TIMESTAMP, VECTOR_TIME), (SIGNATURE, VECTOR_SIGNATURE)], VECTOR_BODY);
    for (seconds, expected) in rows {
        let now = vector_now() + SignedDuration::from_secs(seconds);
        assert_eq!(checked(&request, &[secret(VECTOR_SECRET)], now), expected, "{seconds} s");
        assert_eq!(checked(&request, &[secret("other")], now), Err(SignatureFault::NoMatch), "{seconds} s");
    }
}

#[test]
fn every_flipped_bit_of_a_slack_call_is_refused() {
    let body = sample("slack/mention_of_the_app");
    let secrets = [secret("signing secret")];
    let signed = Request { headers: sign(Provider::Slack, &secrets[0], &body, vector_now(), ""), ..post(&[], &body) };
    assert_eq!(checked(&signed, &secrets, vector_now()), Ok(()));
    for bit in 0..body.len() * 8 {
        let mut request = signed.clone();
        request.body[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(checked(&request, &secrets, vector_now()), Err(SignatureFault::NoMatch), "bit {bit} of the body");
    }
    for header in 0..signed.headers.len() {
        for bit in 0..signed.headers[header].1.len() * 8 {
            let mut value = signed.headers[header].1.clone().into_bytes();
            value[bit / 8] ^= 1 << (bit % 8);
            let Ok(value) = String::from_utf8(value) else { continue };
            let mut request = signed.clone();
            request.headers[header].1 = value;
            assert!(checked(&request, &secrets, vector_now()).is_err(), "bit {bit} of {}", request.headers[header].0);
        }
    }
}

#[test]
fn every_sample_is_vouched_for_by_the_development_secret() {
    let secrets = development_secrets(Provider::Slack);
    for name in names("slack") {
        let body = sample(&name);
        let headers = sign(Provider::Slack, &secrets.signing[0], &body, vector_now(), "");
        assert_eq!(checked(&Request { headers, ..post(&[], &body) }, &secrets.signing, vector_now()), Ok(()), "{name}");
    }
}

#[test]
fn the_question_whose_address_it_is_is_answered_with_the_bare_challenge() {
    let answer = reply(Provider::Slack, &post(&[], &sample("slack/url_verification")), "1").unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P".as_slice())
    );
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
}

#[test]
fn nothing_but_a_plain_challenge_of_that_very_type_is_echoed() {
    let asked = |kind: &str, challenge: &str| format!(r#"{{"type":"{kind}","challenge":{challenge}}}"#);
    let longest = format!("\"{}\"", "a".repeat(256));
    let answer = reply(Provider::Slack, &post(&[], asked("url_verification", &longest).as_bytes()), "1");
    assert_eq!(answer.map(|answer| answer.body.len()), Some(256));
    let rows = [
        asked("url_verification", &format!("\"{}\"", "a".repeat(257))),
        asked("url_verification", r#""""#),
        asked("url_verification", "7"),
        asked("url_verification", "null"),
        asked("url_verification", r#""<script>alert(1)</script>""#),
        asked("url_verification", r#""a\r\nset-cookie: b=c""#),
        asked("url_verification", r#""{\"type\":\"event_callback\"}""#),
        asked("event_callback", r#""abc""#),
        asked("url_verification_", r#""abc""#),
        r#"{"type":"url_verification"}"#.to_owned(),
        r#"["url_verification","abc"]"#.to_owned(),
        "challenge=abc&type=url_verification".to_owned(),
    ];
    for body in rows {
        assert_eq!(reply(Provider::Slack, &post(&[], body.as_bytes()), "1"), None, "{body}");
    }
    assert_eq!(reply(Provider::Slack, &post(&[], &sample("slack/created")), "1"), None);
}

#[test]
fn a_retry_is_known_by_its_body_alone() {
    assert_eq!((kept_headers(Provider::Slack), telling_headers(Provider::Slack)), (&[] as &[&str], &[] as &[&str]));
}

/// One event, with the members that every delivery of our app has.
fn delivery(event: &str) -> String {
    format!(
        r#"{{"type":"event_callback","api_app_id":"A1","event_time":1772442720,"authorizations":[{{"user_id":"UBOT","is_bot":true}},7],"event":{event}}}"#
    )
}

/// One message in our channel, with these members beside its `ts`.
fn message(members: &str) -> String {
    delivery(&format!(r#"{{"type":"message","channel":"C1","ts":"1772442720.000100",{members}}}"#))
}

#[test]
fn odd_messages_are_read_as_far_as_they_go() {
    let at = "2026-03-02T09:12:00.0001Z";
    let brackets = format!(r#""text":"hoi","blocks":{}{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let rows = [
        (brackets, format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "hoi""#)),
        (
            r#""text":"&amp;lt; &lt;b&gt; &quot;""#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "&lt; <b> &quot;""#),
        ),
        (
            r#""text":"kijk","files":{"x":1}"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "kijk" | sees file"#),
        ),
        (
            r#""text":"kijk","files":[7,{"mimetype":"video/mp4"}]"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "kijk" | sees video"#),
        ),
        (
            r#""text":"kijk","files":[7]"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "kijk" | sees file"#),
        ),
        (
            r#""text":"kijk","files":[],"attachments":[7,{"is_share":"yes"}]"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "kijk" | sees attachment"#),
        ),
        (
            r#""text":"Ziet iemand dit?","attachments":[{"pretext":"Melding","title":"Nieuw &amp; ernstig","text":"Flauwgevallen","fields":[]}]"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "Ziet iemand dit?\nMelding\nNieuw & ernstig\nFlauwge…" | sees attachment"#),
        ),
        (
            r#""text":"","attachments":[{"text":"Flauwgevallen","title":{"type":"x"}}]"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "Flauwgevallen" | sees attachment"#),
        ),
        (
            r#""text":"kijk","attachments":[{"text":"Andermans woorden","original_url":"https://a.example"}]"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "kijk""#),
        ),
        (
            r#""text":"kijk","attachments":[{"text":"Andermans woorden","is_msg_unfurl":true,"from_url":"https://a.example"}]"#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "kijk" | sees shared message"#),
        ),
        (
            r#""text":" ","thread_ts":"1772442720.000100""#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | - | sees attachment"#),
        ),
        (
            r#""text":"x","app_id":"A1""#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | - | {at} | "x" | own"#),
        ),
        (
            r#""text":"x","user":"UBOT""#.to_owned(),
            format!(r#"created slack/C1/1772442720.000100 <- - @ - | UBOT - | {at} | "x" | own"#),
        ),
        (
            r#""text":"x","user":{"id":"U1"}"#.to_owned(),
            "? slack/C1 | <digest> | a slack message is not of the documented shape: line 1 column 88 of that part".to_owned(),
        ),
    ];
    for (members, expected) in rows {
        let start: String = members.chars().take(60).collect();
        assert_eq!(lines(&read(Provider::Slack, message(&members).as_bytes())), [expected], "{start}");
    }
}

#[test]
fn a_ts_that_is_no_time_costs_the_time_and_not_the_comment() {
    for ts in
        [r#""abc""#, r#""1772442720""#, r#""1772442720.1""#, r#""-1.000100""#, r#""99999999999999999999.000000""#, "1772442720"]
    {
        let body = delivery(&format!(r#"{{"type":"message","channel":"C1","ts":{ts},"text":"x"}}"#));
        let parsed = read(Provider::Slack, body.as_bytes());
        assert_eq!((parsed.events.len(), parsed.events[0].at), (1, None), "{ts}");
        assert!(parsed.events[0].sent_at.is_some(), "{ts}");
    }
}

#[test]
fn a_change_or_deletion_that_does_not_say_of_what_goes_before_a_person() {
    let rows = [
        (r#"{"type":"message","channel":"C1","subtype":"message_changed"}"#, "a slack message_changed has no message"),
        (r#"{"type":"message","channel":"C1","subtype":"message_changed","message":{"text":"x"}}"#, "a slack message has no ts"),
        (r#"{"type":"message","channel":"C1","subtype":"message_deleted"}"#, "a slack deletion does not say of which message"),
        (
            r#"{"type":"message","channel":"C1","subtype":"message_changed","message":{"subtype":"tombstone"}}"#,
            "a slack deletion does not say of which message",
        ),
    ];
    for (event, reason) in rows {
        let parsed = read(Provider::Slack, delivery(event).as_bytes());
        assert_eq!(lines(&parsed), [format!("? slack/C1 | <digest> | {reason}")], "{event}");
    }
}

#[test]
fn the_leaving_of_somebody_else_ends_nothing() {
    for (user, ended) in [("\"UBOT\"", 1), ("\"U1\"", 0), ("null", 0)] {
        let body = delivery(&format!(r#"{{"type":"member_left_channel","channel":"C1","user":{user}}}"#));
        assert_eq!(read(Provider::Slack, body.as_bytes()).ended.len(), ended, "{user}");
    }
}
