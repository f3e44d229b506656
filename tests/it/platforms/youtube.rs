//! YouTube.

use dayzero::http::Request;
use dayzero::model::{DoorTerms, Platform, Provider, Secret};
use dayzero::platform::{DoorSecrets, Doorway, Handshake, asks_again, handshake};
use jiff::{SignedDuration, Timestamp};

use super::digits::{check as verify, every_mistake_is_refused_by_its_name, post};
use super::{check, lines, read};

#[test]
fn the_youtube_samples_are_read() {
    check(
        Platform::YouTube,
        r##"
## broken/another_root
? youtube/unknown | <digest> | the body is not an Atom feed: its first element is not a feed
## broken/document_type
? youtube/unknown | <digest> | the body is not an Atom feed: it declares a document type
## broken/latin_1
? youtube/unknown | <digest> | the body is not an Atom feed: not UTF-8
## broken/mismatched_tags
? youtube/unknown | <digest> | the body is not an Atom feed: not XML at byte 566
## broken/not_xml
? youtube/unknown | <digest> | the body is not an Atom feed: not XML at byte 23
## broken/other_encoding_declared
? youtube/unknown | <digest> | the body is not an Atom feed: another encoding than UTF-8 is declared
## broken/unknown_entity
? youtube/unknown | <digest> | the body is not an Atom feed: it holds an entity that XML does not know
## broken/unterminated
created youtube/UCsamenovermigraine00001/mGr4ineNL11 <- - @ mGr4ineNL11 | - | 2026-03-06T09:00:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL11 | sees a new or changed video, whose comments YouTube does not push | post Heel
? youtube/unknown | <digest> | the body is not an Atom feed: it ends before its elements do
## changed_title
created youtube/UCsamenovermigraine00001/mGr4ineNL01 <- - @ mGr4ineNL01 | - | 2026-03-03T12:30:00Z | - | link https://www.youtube.com/watch?v=mGr4ineNL01 | sees a new or changed video, whose comments YouTube does not push | post Leven met migraine: aflevering 1 (ondertiteld)
## deleted
deleted youtube/UCsamenovermigraine00001/mGr4ineNL01 <- - @ mGr4ineNL01 | - | 2026-03-06T08:00:00Z | - | link https://www.youtube.com/watch?v=mGr4ineNL01
## deleted_by_nobody
deleted youtube/forum.samenovermigraine.example/mGr4ineNL10 <- - @ mGr4ineNL10 | - | 2026-03-06T08:00:00Z | - | link https://www.youtube.com/watch?v=mGr4ineNL10
## new_video
created youtube/UCsamenovermigraine00001/mGr4ineNL01 <- - @ mGr4ineNL01 | - | 2026-03-02T09:00:02.552394234Z | - | link https://www.youtube.com/watch?v=mGr4ineNL01 | sees a new or changed video, whose comments YouTube does not push | post Leven met migraine: aflevering 1
## no_entries
? youtube/unknown | youtube delivery without entries | a youtube delivery without entries came; at least one was expected
## one_bad_element
created youtube/UCsamenovermigraine00001/mGr4ineNL05 <- - @ mGr4ineNL05 | - | 2026-03-05T08:00:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL05 | sees a new or changed video, whose comments YouTube does not push | post Ademhaling bij een aanval
created youtube/UCsamenovermigraine00001/mGr4ineNL06 <- - @ mGr4ineNL06 | - | 2026-03-05T08:20:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL06 | sees a new or changed video, whose comments YouTube does not push | post Terugblik
? youtube/UCsamenovermigraine00001 | <digest> | a youtube entry has no video id
## other_prefix
created youtube/UCsamenovermigraine00001/mGr4ineNL09 <- - @ mGr4ineNL09 | - | 2026-03-05T11:00:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL09 | sees a new or changed video, whose comments YouTube does not push | post Andere voorvoegsels
## title_in_cdata
created youtube/UCsamenovermigraine00001/mGr4ineNL03 <- - @ mGr4ineNL03 | - | 2026-03-04T08:00:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL03 | sees a new or changed video, whose comments YouTube does not push | post Migraine & werk
## title_with_entities
created youtube/UCsamenovermigraine00001/mGr4ineNL02 <- - @ mGr4ineNL02 | - | 2026-03-03T18:00:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL02 | sees a new or changed video, whose comments YouTube does not push | post Vraag & antwoord: "helpt Norvexa?" 🧠 <live>
## two_channels
created youtube/UCsamenovermigraine00001/mGr4ineNL04 <- - @ mGr4ineNL04 | - | 2026-03-04T10:00:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL04 | sees a new or changed video, whose comments YouTube does not push | post Slaap en hoofdpijn
created youtube/UCanderekanaal0000000002/AndersBE_-1 <- - @ AndersBE_-1 | - | 2026-03-04T11:00:01Z | - | link https://www.youtube.com/watch?v=AndersBE_-1 | sees a new or changed video, whose comments YouTube does not push | post Vragenuurtje
## unknown_elements
created youtube/UCsamenovermigraine00001/mGr4ineNL07 <- - @ mGr4ineNL07 | - | 2026-03-05T09:00:01Z | - | link https://www.youtube.com/watch?v=mGr4ineNL07 | sees a new or changed video, whose comments YouTube does not push | post Dagboek van Sanne
## without_updated
created youtube/UCsamenovermigraine00001/mGr4ineNL08 <- - @ mGr4ineNL08 | - | 2026-03-05T10:00:00Z | - | link https://www.youtube.com/watch?v=mGr4ineNL08 | sees a new or changed video, whose comments YouTube does not push | post Zonder tijd van wijziging
"##,
    );
}

#[test]
fn every_mistake_in_a_hubs_signature_is_refused_by_its_name() {
    every_mistake_is_refused_by_its_name(Provider::YouTube, "x-hub-signature", "sha1=", "sha256=");
    // RFC 2202, test case 2.
    let right = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    let request = post(&[("x-hub-signature", right)], b"what do ya want for nothing?");
    assert_eq!(verify(Provider::YouTube, &request, &["Jefe"], Timestamp::UNIX_EPOCH), Ok(()));
    let longer = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let request = post(&[("x-hub-signature", longer)], b"what do ya want for nothing?");
    assert!(verify(Provider::YouTube, &request, &["Jefe"], Timestamp::UNIX_EPOCH).is_err());
}

/// A parameter of the handshake: its name and its value.
type Pair<'a> = (&'a str, &'a str);
type Query<'a> = &'a [Pair<'a>];

const MODE: (&str, &str) = ("hub.mode", "subscribe");
const TOPIC: (&str, &str) = ("hub.topic", "https://www.youtube.com/xml/feeds/videos.xml?channel_id=UCsamen");
const CHALLENGE: (&str, &str) = ("hub.challenge", "16204187360741391263");
const TOKEN: (&str, &str) = ("hub.verify_token", "our token");
const LEASE: (&str, &str) = ("hub.lease_seconds", "432000");

fn get(query: &[(&str, &str)]) -> Request {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "GET".to_owned(), query, ..post(&[], b"") }
}

fn ask(token: Option<&str>, query: &[(&str, &str)]) -> Handshake {
    let accounts = ["UCandere", "UCsamen", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"];
    let terms = DoorTerms { accounts: accounts.map(str::to_owned).into(), ..DoorTerms::of(Provider::YouTube) };
    let secrets = DoorSecrets { signing: vec![], verify_token: token.and_then(Secret::new) };
    handshake(Doorway { terms: &terms, secrets: &secrets }, &get(query))
}

#[test]
fn a_hub_that_asks_for_one_of_our_feeds_is_answered_with_the_bare_challenge() {
    let shorter = ("hub.topic", "https://www.youtube.com/feeds/videos.xml?channel_id=UCandere");
    let whole = ("hub.topic", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1");
    let rows: [(Option<&str>, Query<'_>); 5] = [
        (None, &[MODE, TOPIC, CHALLENGE, LEASE]),
        (None, &[MODE, shorter, CHALLENGE]),
        (None, &[MODE, whole, CHALLENGE]),
        (None, &[MODE, TOPIC, CHALLENGE, ("hub.verify_token", "of somebody who wants one")]),
        (Some("our token"), &[CHALLENGE, TOKEN, LEASE, TOPIC, MODE]),
    ];
    for (token, query) in rows {
        let Handshake::Answer(answer) = ask(token, query) else { panic!("{query:?}") };
        assert_eq!((answer.status, answer.body.as_slice()), (200, CHALLENGE.1.as_bytes()), "{query:?}");
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[test]
fn a_hub_that_asks_for_anything_else_is_refused() {
    let topic = |topic: &'static str| ("hub.topic", topic);
    let rows: Vec<(Option<&str>, Vec<Pair<'_>>)> = vec![
        (None, vec![MODE]),
        (None, vec![MODE, TOPIC]),
        (None, vec![MODE, CHALLENGE]),
        (None, vec![TOPIC, CHALLENGE]),
        (None, vec![MODE, MODE, TOPIC, CHALLENGE]),
        (None, vec![MODE, TOPIC, TOPIC, CHALLENGE]),
        (None, vec![MODE, TOPIC, CHALLENGE, ("hub.challenge", "2")]),
        (None, vec![("hub.mode", "unsubscribe"), TOPIC, CHALLENGE]),
        (None, vec![("hub.mode", "denied"), TOPIC, ("hub.reason", "gone")]),
        (None, vec![("hub.mode", "Subscribe"), TOPIC, CHALLENGE]),
        (None, vec![MODE, topic("https://www.youtube.com/xml/feeds/videos.xml?channel_id=UCvreemd"), CHALLENGE]),
        (None, vec![MODE, topic("https://www.youtube.com/xml/feeds/videos.xml?channel_id=UCsamen&x=1"), CHALLENGE]),
        (None, vec![MODE, topic("https://www.youtube.com/xml/feeds/videos.xml?channel_id="), CHALLENGE]),
        (None, vec![MODE, topic("http://www.youtube.com/xml/feeds/videos.xml?channel_id=UCsamen"), CHALLENGE]),
        (None, vec![MODE, topic("https://www.youtube.com.example/xml/feeds/videos.xml?channel_id=UCsamen"), CHALLENGE]),
        (None, vec![MODE, topic("UCsamen"), CHALLENGE]),
        (None, vec![MODE, TOPIC, ("hub.challenge", "")]),
        (None, vec![MODE, TOPIC, ("hub.challenge", "<script>alert(1)</script>")]),
        (None, vec![MODE, TOPIC, ("hub.challenge", "1\r\nset-cookie: a=b")]),
        (Some("our token"), vec![MODE, TOPIC, CHALLENGE]),
        (Some("our token"), vec![MODE, TOPIC, CHALLENGE, ("hub.verify_token", "a guess")]),
        (Some("our token"), vec![MODE, TOPIC, CHALLENGE, TOKEN, TOKEN]),
    ];
    for (token, query) in rows {
        let answer = ask(token, &query);
        assert!(matches!(answer, Handshake::Refused(_)), "{query:?}: {answer:?}");
    }
    assert_eq!(ask(None, &[("v", "1")]), Handshake::NotOne);
}

#[test]
fn a_denial_is_told_from_a_question_of_somebody_else() {
    let denied = ask(None, &[("hub.mode", "denied"), TOPIC]);
    assert_eq!(denied, Handshake::Refused("the hub denies the subscription, or has ended it"));
    let ended = ask(None, &[("hub.mode", "unsubscribe"), TOPIC, CHALLENGE]);
    assert_eq!(ended, Handshake::Refused("somebody asks the hub to end a subscription, and it was not us"));
}

#[test]
fn a_lease_is_believed_within_reason() {
    let longest = 10 * 24 * 60 * 60;
    let rows = [
        ("432000", Some(432_000)),
        ("1", Some(1)),
        ("864000", Some(longest)),
        ("31536000", Some(longest)),
        ("0", None),
        ("-5", None),
        ("+5", None),
        ("5.0", None),
        ("", None),
        ("99999999999999999999", None),
    ];
    for (written, expected) in rows {
        let asked = get(&[MODE, TOPIC, CHALLENGE, ("hub.lease_seconds", written)]);
        let within = asks_again(Provider::YouTube, &asked).map(|again| again.within);
        assert_eq!(within, expected.map(SignedDuration::from_secs), "{written}");
    }
    let twice = get(&[MODE, LEASE, LEASE]);
    assert_eq!(asks_again(Provider::YouTube, &twice), None);
    let ending = get(&[("hub.mode", "unsubscribe"), LEASE]);
    assert_eq!(asks_again(Provider::YouTube, &ending), None);
}

#[test]
fn hostile_xml_is_answered() {
    let feed = |inner: &str| format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{inner}</feed>");
    let entry = |inner: &str| feed(&format!("<entry><id>yt:video:a1</id>{inner}</entry>"));
    let channel = "<channelId>UCx</channelId>";
    let tags = format!("{}{}", "<x>".repeat(100_000), "</x>".repeat(100_000));
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=\"\"")).collect();
    let title = format!("{channel}<title>{}</title>", "woord ".repeat(1_000_000));
    let rows = [
        (entry(channel), 1, 0),
        (entry(&format!("{channel}{tags}")), 1, 0),
        (entry(&format!("{channel}<x{attributes}/>")), 1, 0),
        (feed(&format!("<deleted-entry ref=\"yt:video:a1\"{attributes}/>")), 1, 0),
        (entry(&title), 1, 0),
        (entry(&format!("<videoId>a2</videoId><videoId>a3</videoId>{channel}")), 1, 0),
        (format!("\u{feff}{}", entry(channel)), 1, 0),
        (entry(&format!("{channel}<x>")), 0, 1),
        (entry(&format!("{channel}<!-- ")), 0, 1),
        (entry(&format!("{channel}<![CDATA[ ")), 0, 1),
        (entry(&format!("{channel}<title>&#0;</title>")), 0, 1),
        (entry(&format!("{channel}<title>&#xD800;</title>")), 0, 1),
        (entry(&format!("{channel}<title>a & b</title>")), 0, 1),
        (feed("<entry><id>yt:video:../x</id></entry>"), 0, 1),
        (format!("{}{}", entry(channel), entry(channel)), 1, 1),
        (format!("{} nog iets", entry(channel)), 1, 1),
        (String::new(), 0, 1),
        (feed(&"<entry><id>yt:video:a1</id></entry>".repeat(1_000)), 1_000, 0),
        (feed(&"<entry><id>yt:video:a1</id></entry>".repeat(1_001)), 1_000, 1),
    ];
    for (body, events, quarantined) in rows {
        let parsed = read(Provider::YouTube, body.as_bytes());
        let start: String = body.chars().take(150).collect();
        assert_eq!((parsed.events.len(), parsed.quarantined.len()), (events, quarantined), "{start}: {:?}", parsed.quarantined);
    }
    let utf_16: Vec<u8> = entry(channel).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(
        lines(&read(Provider::YouTube, &utf_16))[0].starts_with("? youtube/unknown | <digest> | the body is not an Atom feed")
    );
}
