//! X: both APIs, the signature, and the challenge that must not become a way to forge one.

use dayzero::http::Request;
use dayzero::model::{Platform, Provider, Secret};
use dayzero::platform::{DoorSecrets, Handshake, SignatureFault, asks_again, check_signature, handshake, sign, signing_secret};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{check, lines, read, read_sample};
use crate::samples::{development_secrets, doorway, sample};

#[test]
fn the_x_samples_are_read() {
    check(
        Platform::X,
        r##"
## account_deleted
deleted x/1500000000000000001/2028400000000000006 <- - @ - | 1500000000000000001 - | 2026-03-03T09:00:00Z | - | own
## account_direct_message
created x/1500000000000000001/2028410000000000001 <- - @ - | 710000000000000007 Peter K | 2026-03-02T06:45:10Z | "Hallo, mijn man is vannacht met de ambulance opg…"
## account_direct_message_photo
created x/1500000000000000001/2028410000000000003 <- - @ - | 710000000000000006 - | 2026-03-02T07:10:00Z | - | sees photo
## account_direct_message_sent
created x/1500000000000000001/2028410000000000002 <- - @ - | 1500000000000000001 Samen over migraine | 2026-03-02T07:00:00Z | "Wat vreselijk. We bellen u vandaag nog. Mogen we…" | own
## account_edited
edited x/1500000000000000001/2028400000000000009 <- - @ - | 710000000000000001 Sanne Vos | 2026-03-03T08:20:00Z | "@samenmigraine Sinds Norvexa zie ik wazig, en nu…" | link https://x.com/sannevos/status/2028400000000000010
## account_ids_as_numbers
created x/1500000000000000001/2028400000000000012 <- 9007199254740993 @ - | 710000000000000008 Jonas Weber | 2026-03-02T16:10:00Z | "@samenmigraine Krijg je hier hoofdpijn van?" | link https://x.com/jonasweber/status/2028400000000000012
## account_likes_and_follows
- x favorite_events
- x follow_events
- x follow_events
- x block_events
## account_long_post
created x/1500000000000000001/2028400000000000003 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-02T11:20:00Z | "@samenmigraine Lang verhaal, maar misschien heef…" | link https://x.com/lottemaes/status/2028400000000000003
## account_mention
created x/1500000000000000001/2028400000000000001 <- - @ - | 710000000000000001 Sanne Vos | 2026-03-02T09:12:00Z | "@samenmigraine Sinds ik Norvexa slik heb ik elke…" | link https://x.com/sannevos/status/2028400000000000001
## account_no_events
? x/1500000000000000001 | x delivery without events | an x delivery without events came; at least one was expected
## account_no_id
? x/1500000000000000001 | <digest> | an x post has no id
## account_no_name_no_time
created x/1500000000000000001/2028400000000000013 <- - @ - | 710000000000000009 stille_lezer | 2026-03-02T16:20:00Z | "@samenmigraine Fijn dat jullie er zijn ❤" | link https://x.com/stille_lezer/status/2028400000000000013
## account_one_bad_element
created x/1500000000000000001/2028400000000000014 <- - @ - | 710000000000000006 Camille D. | 2026-03-02T17:00:00Z | "@samenmigraine Depuis Norvexa, vertiges et nausé…" | link https://x.com/camille_d/status/2028400000000000014
created x/1500000000000000001/2028400000000000016 <- - @ - | 710000000000000002 Joris | 2026-03-02T17:02:00Z | "Leuke podcast gisteren @samenmigraine" | link https://x.com/joris_d/status/2028400000000000016
? x/1500000000000000001 | <digest> | an x post is not of the documented shape: line 5 column 14 of that part
## account_other_account
created x/1500000000000000099/2028400000000000017 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-02T18:00:00Z | "@samenmigraine @norvexa_be Ik ben acht weken zwa…" | link https://x.com/lottemaes/status/2028400000000000017
## account_own_reply
created x/1500000000000000001/2028400000000000006 <- 2028400000000000001 @ - | 1500000000000000001 Samen over migraine | 2026-03-02T13:00:00Z | "@sannevos Dank voor je bericht, Sanne. Wil je on…" | link https://x.com/samenmigraine/status/2028400000000000006 | own
## account_photo_without_text
created x/1500000000000000001/2028400000000000007 <- - @ - | 710000000000000006 Camille D. | 2026-03-02T13:30:00Z | - | link https://x.com/camille_d/status/2028400000000000007 | sees photo
## account_quote
created x/1500000000000000001/2028400000000000004 <- - @ 2028300000000000001 | 710000000000000004 Tim Hendriks | 2026-03-02T12:00:00Z | "Iedereen met migraine zou dit moeten lezen 👇 htt…" | link https://x.com/timh1987/status/2028400000000000004 | post Vijf dingen die helpen bij migraine op het werk & thuis
## account_replay_complete
- x replay_job_status
## account_replay_incomplete
? x/unknown | <digest> | X has not replayed everything that it was asked for: ask for it once more
## account_reply
created x/1500000000000000001/2028400000000000002 <- 2028300000000000001 @ - | 710000000000000002 Joris | 2026-03-02T10:05:30Z | "@samenmigraine Mooie campagne, eindelijk aandach…" | link https://x.com/joris_d/status/2028400000000000002
## account_repost
- x repost
## account_revoked
! x/1500000000000000001 | end of a subscription <digest> | the account has taken the app's access away: nothing more comes of this account until somebody subscribes again
## account_rounded_id
created x/1500000000000000001/2028400000000000011 <- - @ - | 710000000000000005 Emma Clarke | 2026-03-02T16:00:00Z | "I switched from Triptaline to Norvexa and the ch…" | link https://x.com/emmaclarke_/status/2028400000000000011
## account_same_post_of_another_account
created x/1500000000000000001/2028400000000000017 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-02T18:00:00Z | "@samenmigraine @norvexa_be Ik ben acht weken zwa…" | link https://x.com/lottemaes/status/2028400000000000017
## account_typing_and_read
- x direct_message_indicate_typing_events
- x direct_message_mark_read_events
## account_unknown_field
created x/1500000000000000001/2028400000000000018 <- - @ - | 710000000000000007 Peter K | 2026-03-02T18:30:00Z | "@samenmigraine Ik las dat je van Norvexa slaperi…" | link https://x.com/peterk_nl/status/2028400000000000018
## account_unknown_key
? x/1500000000000000001 | <digest> | x key spaces_events: this version does not read that kind, and it may hold somebody's words
## account_video_with_text
created x/1500000000000000001/2028400000000000008 <- - @ - | 710000000000000004 Tim Hendriks | 2026-03-02T14:00:00Z | "@samenmigraine Zo ziet mijn arm eruit na drie da…" | link https://x.com/timh1987/status/2028400000000000008 | sees video
## activity_broadcast_chat
created x/1500000000000000001/2028410000000000020 <- - @ 1mGPaZaMigren | 710000000000000004 Tim Hendriks | - | "Ik werd na mijn eerste Norvexa zo duizelig dat i…"
## activity_deleted
deleted x/1500000000000000001/2028300000000000001 <- - @ - | 1500000000000000001 - | - | - | own
## activity_direct_message
created x/1500000000000000001/2028410000000000010 <- - @ - | 710000000000000003 Lotte Maes | 2026-03-04T07:30:00Z | "Goedemorgen, hoe bewaar ik Norvexa als het buite…"
## activity_direct_message_sent
created x/1500000000000000001/2028410000000000011 <- - @ - | 1500000000000000001 Samen over migraine | 2026-03-04T08:00:00Z | "Buiten de zon en onder 25 graden. De bijsluiter …" | own
## activity_edited
edited x/1500000000000000001/2028400000000000024 <- - @ - | 710000000000000007 Peter K | 2026-03-02T20:15:00Z | "@samenmigraine Gisteren begonnen met Norvexa. Va…" | link https://x.com/peterk_nl/status/2028400000000000025
## activity_encrypted_chat
created x/1500000000000000001/3b0f6c1e-52d7-4a86-9c44-7d1e08a5f201 <- - @ - | 710000000000000007 - | 2026-03-04T21:13:03Z | - | sees encrypted message
## activity_like
- x like.create
## activity_long_post
created x/1500000000000000001/2028400000000000026 <- - @ - | 710000000000000008 Jonas Weber | 2026-03-02T20:30:00Z | "@samenmigraine Kort vraagje met een lange aanloo…" | link https://x.com/jonasweber/status/2028400000000000026
## activity_mention
created x/1500000000000000001/2028400000000000001 <- - @ - | 710000000000000001 Sanne Vos | 2026-03-02T09:12:00Z | "@samenmigraine Sinds ik Norvexa slik heb ik elke…" | link https://x.com/sannevos/status/2028400000000000001
## activity_no_payload
? x/1500000000000000001 | <digest> | an x activity event of the type post.mention.create has no payload
## activity_own_post
created x/1500000000000000001/2028300000000000001 <- - @ - | 1500000000000000001 Samen over migraine | 2026-03-01T08:00:00Z | "Vijf dingen die helpen bij migraine op het werk" | link https://x.com/samenmigraine/status/2028300000000000001 | own
## activity_own_repost
- x repost
## activity_photo_without_text
created x/1500000000000000001/2028400000000000027 <- - @ - | 710000000000000006 Camille D. | 2026-03-02T20:40:00Z | - | link https://x.com/camille_d/status/2028400000000000027 | sees photo
## activity_profile_update
- x profile.update.bio
## activity_quote
created x/1500000000000000001/2028400000000000022 <- - @ 2028300000000000001 | 710000000000000005 Emma Clarke | 2026-03-02T19:30:00Z | "Als ergotherapeut kan ik dit lijstje alleen maar…" | link https://x.com/emmaclarke_/status/2028400000000000022 | post Vijf dingen die helpen bij migraine op het werk
## activity_reply
created x/1500000000000000001/2028400000000000020 <- 2028300000000000001 @ 2028300000000000001 | 710000000000000004 Tim Hendriks | 2026-03-02T19:10:00Z | "@samenmigraine Bij mij hielp Norvexa meteen, maa…" | link https://x.com/timh1987/status/2028400000000000020 | post Vijf dingen die helpen bij migraine op het werk
## activity_reply_in_a_thread
created x/1500000000000000001/2028400000000000021 <- 2028400000000000020 @ 2028300000000000001 | 710000000000000003 - | 2026-03-02T19:20:00Z | "@timh1987 @samenmigraine bij mij ook!" | link https://x.com/i/web/status/2028400000000000021
## activity_repost
- x post.repost.create
## activity_revoked
! x/1500000000000000001 | end of a subscription <digest> | the account has taken the app's access away: nothing more comes of this account until somebody subscribes again
## activity_unknown_type
? x/1500000000000000001 | <digest> | x event type post.bookmark.create: this version does not read that kind, and it may hold somebody's words
## broken/deep
? x/1500000000000000001 | <digest> | an x post is not of the documented shape: line 1 column 677 of that part
## broken/doubled_key
? x/1500000000000000001 | <digest> | an x post is not of the documented shape: line 1 column 40 of that part
## broken/lone_surrogate
created x/1500000000000000001/2028400000000000031 <- - @ - | 710000000000000002 - | - | "Ik heb jeuk �" | link https://x.com/i/web/status/2028400000000000031
created x/1500000000000000001/2028400000000000032 <- - @ - | 710000000000000002 - | - | "Mooie podcast" | link https://x.com/i/web/status/2028400000000000032
## broken/not_json
? x/unknown | <digest> | the body is not JSON: line 1 column 1
## broken/truncated
? x/unknown | <digest> | the body is not JSON: line 9 column 61
"##,
    );
}

const HEADER: &str = "x-twitter-webhooks-signature";

fn post(headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "POST".to_owned(), path: "/webhooks/x".to_owned(), query: vec![], headers, body: body.to_vec() }
}

fn get(query: &[(&str, &str)]) -> Request {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "GET".to_owned(), query, ..post(&[], b"") }
}

fn verify(secrets: &[Secret], request: &Request) -> Result<(), SignatureFault> {
    let secrets = DoorSecrets { signing: secrets.to_vec(), verify_token: None };
    check_signature(doorway(Provider::X, &secrets), request, Timestamp::UNIX_EPOCH)
}

fn secret(text: &str) -> Secret {
    signing_secret(Provider::X, text).unwrap()
}

/// The door's answer to a challenge: the `response_token`, if the token is one that it signs.
fn answer_to(secrets: &DoorSecrets, token: &str) -> Option<String> {
    match handshake(doorway(Provider::X, secrets), &get(&[("crc_token", token)])) {
        Handshake::Answer(answer) => {
            let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            Some(answer["response_token"].as_str().unwrap().to_owned())
        }
        Handshake::Refused(_) => None,
        Handshake::NotOne => panic!("a crc_token is always a challenge"),
    }
}

#[test]
fn a_signature_made_elsewhere_matches() {
    // RFC 4231, test case 2, in base64.
    let request = post(&[(HEADER, "sha256=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=")], b"what do ya want for nothing?");
    assert_eq!(verify(&[secret("Jefe")], &request), Ok(()));
    let signed = sign(Provider::X, &secret("Jefe"), &request.body, Timestamp::UNIX_EPOCH, "");
    assert_eq!(signed, request.headers);
}

#[test]
fn every_mistake_in_a_signature_is_refused_by_its_name() {
    let body = br#"{"for_user_id":"1"}"#;
    let ours = secret("consumer secret");
    let signed = |secret: &Secret, body: &[u8]| sign(Provider::X, secret, body, Timestamp::UNIX_EPOCH, "")[0].1.clone();
    let right = signed(&ours, body);
    let encoded = right.strip_prefix("sha256=").unwrap().to_owned();
    let unpadded = right.trim_end_matches('=').to_owned();
    // The last character before the padding has two bits that say nothing; only zeros are one writing.
    let loose: String = format!("{}B=", &right[..right.len() - 2]);
    let malformed = SignatureFault::Malformed(HEADER);
    let rows: Vec<(Vec<(&str, String)>, SignatureFault)> = vec![
        (vec![], SignatureFault::MissingHeader(HEADER)),
        (vec![("x-twitter-webhooks-signature-256", right.clone())], SignatureFault::MissingHeader(HEADER)),
        (vec![(HEADER, right.clone()), (HEADER, right.clone())], SignatureFault::RepeatedHeader(HEADER)),
        (vec![(HEADER, format!("{right},{right}"))], malformed),
        (vec![(HEADER, String::new())], malformed),
        (vec![(HEADER, "sha256=".to_owned())], malformed),
        (vec![(HEADER, encoded.clone())], malformed),
        (vec![(HEADER, format!("SHA256={encoded}"))], malformed),
        (vec![(HEADER, format!("sha1={encoded}"))], malformed),
        (vec![(HEADER, format!("sha256=sha256={encoded}"))], malformed),
        (vec![(HEADER, unpadded)], malformed),
        (vec![(HEADER, loose)], malformed),
        (vec![(HEADER, format!("{right}="))], malformed),
        (vec![(HEADER, format!(" {right}"))], malformed),
        (vec![(HEADER, format!("{right} "))], malformed),
        (vec![(HEADER, format!("sha256={}", "00".repeat(32)))], malformed),
        (vec![(HEADER, format!("sha256=-{}", &encoded[1..]))], malformed),
        (vec![(HEADER, format!("sha256={}=", "A".repeat(43)))], SignatureFault::NoMatch),
        (vec![(HEADER, signed(&ours, br#"{"for_user_id":"2"}"#))], SignatureFault::NoMatch),
        (vec![(HEADER, signed(&secret("access token secret"), body))], SignatureFault::NoMatch),
    ];
    for (headers, expected) in rows {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(verify(std::slice::from_ref(&ours), &post(&headers, body)), Err(expected), "{headers:?}");
    }
    let request = post(&[(HEADER, right.as_str())], body);
    assert_eq!(verify(std::slice::from_ref(&ours), &request), Ok(()));
    assert_eq!(verify(&[secret("next secret"), ours], &request), Ok(()));
    assert_eq!(verify(&[], &request), Err(SignatureFault::NoSecret));
}

/// As X sends it: base64 of a UUID. The answer was computed with OpenSSL.
const TOKEN: &str = "MmQzYTk4ZDAtYzE1Ny00OTRkLWI5NzUtYzBkNDQxNjlkMDAx";
const RESPONSE: &str = "sha256=5bhH/pymHyXi5W/BC+89M0/CjYdrGpI87KzG3PWRE5A=";

#[test]
fn a_challenge_is_answered_in_json_with_the_first_secret() {
    let mut secrets = development_secrets(Provider::X);
    secrets.signing.push(secret("the secret before"));
    for query in [vec![("crc_token", TOKEN)], vec![("crc_token", TOKEN), ("nonce", "MTc3MjQ0MjcyMzAwMA")]] {
        let Handshake::Answer(answer) = handshake(doorway(Provider::X, &secrets), &get(&query)) else { panic!("{query:?}") };
        assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"));
        assert_eq!(answer.headers["cache-control"], "no-store");
        let expected = format!(r#"{{"response_token":"{RESPONSE}"}}"#);
        assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
    }
    let again = asks_again(Provider::X, &get(&[("crc_token", TOKEN)])).unwrap();
    assert_eq!((again.about.as_str(), again.within), ("", SignedDuration::from_hours(28)));
}

#[test]
fn a_challenge_that_is_not_one_plain_token_is_refused() {
    let secrets = development_secrets(Provider::X);
    let long = "a".repeat(257);
    let tokens = [
        "",
        " ",
        "a b",
        "a\n",
        "{}",
        "{",
        "\"a\"",
        "[1]",
        "a:b",
        "a,b",
        "a%7B",
        "caf\u{e9}",
        "a\u{0}",
        "\u{feff}a",
        "crc_token&nonce",
        "<b>",
        &long,
    ];
    for token in tokens {
        let answer = handshake(doorway(Provider::X, &secrets), &get(&[("crc_token", token)]));
        assert!(matches!(answer, Handshake::Refused(_)), "{token:?}: {answer:?}");
    }
    let twice = handshake(doorway(Provider::X, &secrets), &get(&[("crc_token", TOKEN), ("crc_token", TOKEN)]));
    assert!(matches!(twice, Handshake::Refused(_)));
    let bare = DoorSecrets { signing: vec![], verify_token: None };
    assert!(matches!(handshake(doorway(Provider::X, &bare), &get(&[("crc_token", TOKEN)])), Handshake::Refused(_)));
    assert!(answer_to(&secrets, &"a".repeat(256)).is_some());
}

#[test]
fn whatever_else_comes_is_no_challenge() {
    let secrets = development_secrets(Provider::X);
    let posted = Request { method: "POST".to_owned(), ..get(&[("crc_token", TOKEN)]) };
    let head = Request { method: "HEAD".to_owned(), ..get(&[("crc_token", TOKEN)]) };
    for request in [posted, head, get(&[]), get(&[("CRC_TOKEN", TOKEN)]), get(&[("challengeCode", TOKEN)])] {
        assert_eq!(handshake(doorway(Provider::X, &secrets), &request), Handshake::NotOne, "{request:?}");
    }
}

#[test]
fn the_challenge_signs_no_forged_body() {
    let secrets = development_secrets(Provider::X);
    let forged = br#"{"for_user_id":"1500000000000000001","tweet_delete_events":[{"status":{"id":"1","user_id":"2"}}]}"#;
    assert_eq!(lines(&read(Provider::X, forged)), ["deleted x/1500000000000000001/1 <- - @ - | 2 - | - | -"]);
    let text = std::str::from_utf8(forged).unwrap();
    for token in [text.to_owned(), format!(" {text}"), format!("\n{text}"), format!("\u{feff}{text}"), format!("a{text}")] {
        assert_eq!(answer_to(&secrets, &token), None, "{token}");
    }
}

#[test]
fn what_the_challenge_signed_is_no_delivery() {
    let secrets = development_secrets(Provider::X);
    // Tokens that are JSON, and a body that is a token from X.
    for token in ["1", "-1.5", "1e9", "true", "null", "0", TOKEN] {
        let signature = answer_to(&secrets, token).unwrap();
        let forged = post(&[(HEADER, &signature)], token.as_bytes());
        assert_eq!(verify(&secrets.signing, &forged), Err(SignatureFault::SignedForAnybody), "{token}");
    }
    // With the signature of one token, nothing else is signed.
    let body = sample("x/account_mention");
    assert_eq!(verify(&secrets.signing, &post(&[(HEADER, RESPONSE)], &body)), Err(SignatureFault::NoMatch));
}

proptest! {
    /// Whatever anybody gets signed by the challenge: it is no delivery, and were it one, it would hold no event.
    #[test]
    fn no_accepted_token_is_a_delivery(token in "[A-Za-z0-9_=+/.-]{1,256}") {
        let secrets = development_secrets(Provider::X);
        let signature = answer_to(&secrets, &token).unwrap();
        let forged = post(&[(HEADER, &signature)], token.as_bytes());
        prop_assert_eq!(verify(&secrets.signing, &forged), Err(SignatureFault::SignedForAnybody));
        prop_assert!(read(Provider::X, token.as_bytes()).events.is_empty());
    }

    /// And nothing that opens an object, a list or a string is ever signed.
    #[test]
    fn no_json_with_content_is_signed(before in "[ \t\r\n]{0,3}", opening in "[{\\[\"]", rest in ".{0,40}") {
        let secrets = development_secrets(Provider::X);
        prop_assert_eq!(answer_to(&secrets, &format!("{before}{opening}{rest}")), None);
    }
}

#[test]
fn every_sample_is_believed_when_signed() {
    let secrets = development_secrets(Provider::X);
    for name in crate::samples::names("x") {
        let body = sample(&name);
        let headers = sign(Provider::X, &secrets.signing[0], &body, Timestamp::UNIX_EPOCH, "");
        assert_eq!(verify(&secrets.signing, &Request { headers, ..post(&[], &body) }), Ok(()), "{name}");
    }
}

#[test]
fn one_post_is_one_comment_whichever_api_and_account_tell_of_it() {
    let rows =
        [("x/account_mention", "x/activity_mention"), ("x/account_other_account", "x/account_same_post_of_another_account")];
    for (one, other) in rows {
        let [one, other] = [one, other].map(|name| read_sample(Provider::X, name).events.remove(0));
        assert_eq!(one.id.key(), other.id.key());
        let said = |event: &dayzero::model::CommentEvent| (event.text.clone(), event.at, event.permalink.clone());
        assert_eq!(said(&one), said(&other));
    }
}

#[test]
fn a_text_is_read_as_it_was_typed() {
    let whole = |name: &str| read_sample(Provider::X, name).events[0].text.as_ref().unwrap().expose().to_owned();
    let long = whole("x/account_long_post");
    assert!(long.contains("op de trap & heb ik") && long.ends_with("of ik moet stoppen."), "{long}");
    assert!(whole("x/activity_long_post").ends_with("wat wel < en niet > samen mag?"));
    let rows = [
        ("&amp;lt; is een kleiner dan", "&lt; is een kleiner dan"),
        ("&amp;amp;", "&amp;"),
        ("a &lt;b&gt; c &amp; d", "a <b> c & d"),
        ("&quot; &#39; &AMP;", "&quot; &#39; &AMP;"),
    ];
    for (written, typed) in rows {
        let body = format!(r#"{{"for_user_id":"1","tweet_create_events":[{{"id_str":"2","text":"{written}"}}]}}"#);
        let text = read(Provider::X, body.as_bytes()).events[0].text.as_ref().unwrap().expose().to_owned();
        assert_eq!(text, typed);
    }
}

/// The lines of an Account Activity body with one post.
fn account(post: &str) -> Vec<String> {
    lines(&read(Provider::X, format!(r#"{{"for_user_id":"1","tweet_create_events":[{post}]}}"#).as_bytes()))
}

/// The lines of an X Activity body.
fn activity(kind: &str, payload: &str, more: &str) -> Vec<String> {
    let body =
        format!(r#"{{"data":{{"event_uuid":"-1","filter":{{"user_id":"1"}},"event_type":"{kind}","payload":{payload}{more}}}}}"#);
    lines(&read(Provider::X, body.as_bytes()))
}

#[test]
fn odd_posts_of_account_activity_keep_what_can_be_read() {
    let rows = [
        // Numbers by their digits; the number is not even looked at where the id is spelled.
        (r#"{"id":123456789012345678901234567890,"text":"a"}"#, "created x/1/123456789012345678901234567890 <- - @ - "),
        (r#"{"id_str":"7","id":{"no":1},"text":"a"}"#, "created x/1/7 <- - @ - "),
        (r#"{"id":7.0,"text":"a"}"#, "? x/1 | <digest> | an x post has no id"),
        (r#"{"id_str":7.0,"text":"a"}"#, "? x/1 | <digest> | an x post is not of the documented shape"),
        // Times: X's own, then the milliseconds beside it, then none.
        (
            r#"{"id_str":"7","text":"a","created_at":"Mon Mar 02 09:12:00 +0100 2026","timestamp_ms":"1"}"#,
            r#"created x/1/7 <- - @ - | - | 2026-03-02T08:12:00Z | "a""#,
        ),
        (
            r#"{"id_str":"7","text":"a","created_at":"2 maart","timestamp_ms":1772442720123}"#,
            r#"created x/1/7 <- - @ - | - | 2026-03-02T09:12:00.123Z | "a""#,
        ),
        (r#"{"id_str":"7","text":"a","created_at":7}"#, r#"created x/1/7 <- - @ - | - | - | "a" | link"#),
        // A handle that could bend an address is left out of it.
        (
            r#"{"id_str":"7","text":"a","user":{"id_str":"8","screen_name":"a/../b"}}"#,
            r#"created x/1/7 <- - @ - | 8 a/../b | - | "a" | link https://x.com/i/web/status/7"#,
        ),
        (r#"{"id_str":"a/b","text":"a"}"#, r#"created x/1/a/b <- - @ - | - | - | "a""#),
        // What answers stands under what it answers; what else it quotes is not its post.
        (
            r#"{"id_str":"7","text":"a","in_reply_to_status_id_str":"5","quoted_status_id_str":"4","quoted_status":{"text":"q"}}"#,
            r#"created x/1/7 <- 5 @ - | - | - | "a" | link https://x.com/i/web/status/7"#,
        ),
        // Attachments.
        (
            r#"{"id_str":"7","text":" https://t.co/a https://t.co/b","entities":{"media":[{"type":"photo","url":"https://t.co/a"},{"type":"photo","url":"https://t.co/b"}]}}"#,
            "created x/1/7 <- - @ - | - | - | - | link https://x.com/i/web/status/7 | sees photo",
        ),
        (
            r#"{"id_str":"7","text":"b","extended_tweet":{"full_text":"heel https://t.co/a","extended_entities":{"media":[{"type":"animated_gif","url":"https://t.co/a"}]}}}"#,
            r#"created x/1/7 <- - @ - | - | - | "heel https://t.co/a" | link https://x.com/i/web/status/7 | sees animation"#,
        ),
        (
            r#"{"id_str":"7","text":"a","entities":{"media":[{"type":"hologram"}]}}"#,
            r#"created x/1/7 <- - @ - | - | - | "a" | link https://x.com/i/web/status/7 | sees attachment"#,
        ),
        (r#"{"id_str":"7"}"#, "created x/1/7 <- - @ - | - | - | - | link https://x.com/i/web/status/7 | sees attachment"),
        // A null is nothing: neither a repost nor an edit.
        (r#"{"id_str":"7","text":"a","retweeted_status":null,"edit_history":null,"user":null}"#, "created x/1/7 <- - @ - "),
        (r#"{"id_str":"7","text":"a","edit_history":{"edit_tweet_ids":["7"]}}"#, "created x/1/7 <- - @ - "),
        (r#"{"id_str":"7","text":"a","edit_history":{"edit_tweet_ids":["5","7"]}}"#, "edited x/1/5 <- - @ - "),
        ("[]", "? x/1 | <digest> | an x post is not of the documented shape"),
    ];
    for (post, expected) in rows {
        let found = account(post);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{post}: {found:?}");
    }
}

#[test]
fn odd_events_of_x_activity_keep_what_can_be_read() {
    let rows = [
        // Includes that are not what they should be cost a name and nothing else.
        (
            ("post.mention.create", r#"{"id":"7","text":"a","author_id":8}"#, r#","includes":[]"#),
            r#"created x/1/7 <- - @ - | 8 - | - | "a" | link https://x.com/i/web/status/7"#,
        ),
        (
            (
                "post.mention.create",
                r#"{"id":"7","text":"a","author_id":"8"}"#,
                r#","includes":{"users":[3,{"data":{"id":"8","username":"b"}}]}"#,
            ),
            r#"created x/1/7 <- - @ - | 8 b | - | "a" | link https://x.com/b/status/7"#,
        ),
        (
            (
                "post.mention.create",
                r#"{"id":"7","text":"https://t.co/a","attachments":{"media_keys":["3_1"]},"entities":{"urls":[{"url":"https://t.co/a","media_key":"3_1"}]}}"#,
                "",
            ),
            "created x/1/7 <- - @ - | - | - | - | link https://x.com/i/web/status/7 | sees photo or video",
        ),
        (
            ("post.mention.create", r#"{"id":"7","text":"Wat helpt?","attachments":{"poll_ids":["9"]}}"#, ""),
            r#"created x/1/7 <- - @ - | - | - | "Wat helpt?" | link https://x.com/i/web/status/7 | sees poll"#,
        ),
        // A later delivery of the first version is no edit.
        (
            ("post.create", r#"{"id":"7","text":"a","edit_history_tweet_ids":["7","9"]}"#, ""),
            r#"created x/1/7 <- - @ - | - | - | "a" | link"#,
        ),
        (("post.reply.create", r#"{"text":"a"}"#, ""), "? x/1 | <digest> | an x post has no id"),
        (("post.reply.create", r#"{"id":"7","text":7}"#, ""), "? x/1 | <digest> | an x post is not of the documented shape"),
        (("post.delete", r#"{"author_id":"1"}"#, ""), "? x/1 | <digest> | an x deletion names no post"),
        (("dm.received", "{}", ""), "? x/1 | <digest> | an x direct message event holds no message"),
        (("dm.received", r#"{"direct_message_events":{}}"#, ""), "? x/1 | <digest> | a list of an x delivery is not"),
        (
            ("dm.received", r#"{"direct_message_events":[{"type":"reaction_create"}]}"#, ""),
            "? x/1 | <digest> | x direct message reaction_create: ",
        ),
        (("chat.received", r#"{"sender_id":"8"}"#, ""), "? x/1 | <digest> | an x chat message has no id"),
        (("broadcast.chat", r#"{"message":"a"}"#, ""), "? x/1 | <digest> | an x broadcast message has no message_id"),
        (("oauth.revoke", "{}", ""), "! x/1 | end of a subscription <digest> | "),
        (("spaces.start", "null", ""), "- x spaces.start"),
        (("Post Kanarie", "{}", ""), "? x/1 | <digest> | x event type Post_Kanarie: "),
    ];
    for ((kind, payload, more), expected) in rows {
        let found = activity(kind, payload, more);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{kind} {payload}: {found:?}");
    }
}

#[test]
fn words_of_a_kind_that_is_not_known_reach_people_each_time() {
    let voice = r#"{"direct_message_events":[{"type":"voice_create","id":"7","message_create":{"sender_id":"8","message_data":{"text":"jeuk"}}}]}"#;
    let rows = [
        ("dm.received", voice, r#"created x/1/7 <- - @ - | 8 - | - | "jeuk" | "#, "direct message", "voice_create"),
        (
            "post.community.create",
            r#"{"id":"7","author_id":"8","text":"jeuk"}"#,
            r#"created x/1/7 <- - @ - | 8 - | - | "jeuk" | "#,
            "event type",
            "post.community.create",
        ),
    ];
    for (event, payload, start, kind, name) in rows {
        let found = activity(event, payload, "");
        assert!(found.len() == 2 && found[0].starts_with(start), "{event}: {found:?}");
        assert!(found[0].ends_with(&format!(" | sees {kind} that this version does not know: {name}")), "{event}: {found:?}");
        assert!(found[1].starts_with(&format!("? x/1 | x {kind} {name} | ")), "{event}: {found:?}");
    }
}

#[test]
fn every_body_is_answered_and_a_foreign_one_once() {
    let rows = [
        ("{}", "? x/unknown | x delivery without events | "),
        (r#"{"for_user_id":"1"}"#, "? x/1 | x delivery without events | "),
        (r#"{"for_user_id":"1","user_event":{"approve":{}}}"#, "? x/1 | <digest> | x user_event: "),
        (r#"{"user_event":{"revoke":{}}}"#, "! x/unknown | end of a subscription <digest> | "),
        (r#"{"for_user_id":"1","tweet_create_events":{}}"#, "? x/1 | <digest> | a list of an x delivery is not"),
        (r#"{"for_user_id":"1","favorite_events":7}"#, "? x/1 | <digest> | a list of an x delivery is not"),
        (r#"{"for_user_id":"1","tweet_delete_events":[{"status":{}}]}"#, "? x/1 | <digest> | an x deletion names no post"),
        (r#"{"object":"page","entry":[]}"#, "? x/unknown | <digest> | x key object: "),
        (r#"{"data":[]}"#, "? x/unknown | <digest> | an x activity event is not"),
        (r#"{"data":{}}"#, "? x/unknown | <digest> | an x activity event of the type without a name has no payload"),
        (r#"{"data":{"filter":{"keyword":"migraine"},"event_type":"news.new","payload":{}}}"#, "- x news.new"),
        ("[]", "? x/unknown | <digest> | the body is not of the documented shape"),
        ("17", "? x/unknown | <digest> | the body is not of the documented shape"),
    ];
    for (body, expected) in rows {
        let found = lines(&read(Provider::X, body.as_bytes()));
        assert!(found.len() == 1 && found[0].starts_with(expected), "{body}: {found:?}");
    }
    let both = r#"{"for_user_id":"1","alpha":1,"beta":2,"alpha":3}"#;
    let found = lines(&read(Provider::X, both.as_bytes()));
    assert!(found.len() == 2 && found[0].contains("x key alpha") && found[1].contains("x key beta"), "{found:?}");
}

#[test]
fn a_large_body_is_read_to_its_end() {
    let posts: Vec<String> = (0..1_000).map(|n| format!(r#"{{"id_str":"{n}","text":"{}"}}"#, "jeuk ".repeat(1_200))).collect();
    let body = format!(
        r#"{{"for_user_id":"1","unread":{}{},"tweet_create_events":[{}]}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000),
        posts.join(",")
    );
    let parsed = read(Provider::X, body.as_bytes());
    assert_eq!((parsed.events.len(), parsed.quarantined.len()), (1_000, 1));
    let deep = format!(r#"{{"id_str":"7","text":"a","unread":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(account(&deep), [r#"created x/1/7 <- - @ - | - | - | "a" | link https://x.com/i/web/status/7"#]);
}
