//! LinkedIn: notifications, the forms of its signature, and the challenge that must not become a way to forge one.

use dayzero::http::Request;
use dayzero::model::{DoorTerms, Platform, Provider, Secret, SignatureForm};
use dayzero::platform::{
    DoorSecrets, Doorway, Handshake, SignatureFault, asks_again, check_signature, handshake, sign, signing_secret,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{check, lines, read, read_sample};
use crate::samples::{development_secrets, doorway, names, sample};

#[test]
fn the_linkedin_samples_are_read() {
    check(
        Platform::LinkedIn,
        r##"
## admin_comment
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100005) <- urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100001) @ urn:li:activity:7434000000000000001 | urn:li:organization:70000001 - | 2026-03-02T10:00:00Z | "Dank voor uw bericht. Wilt u ons een privéberich…" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s | own
## broken/deep
? linkedin/urn:li:organization:70000001 | <digest> | a linkedin notification is not of the documented shape: line 1 column 695 of that part
## broken/doubled_key
? linkedin/urn:li:organization:70000001 | <digest> | a linkedin notification is not of the documented shape: line 1 column 82 of that part
## broken/lone_surrogate
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100015) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:Ann3ke_01 - | 2026-03-06T10:00:00Z | "Jeuk �" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100016) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:B4rtV-02 - | 2026-03-06T10:01:00Z | "Mooi verhaal" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/
## broken/not_json
? linkedin/unknown | <digest> | the body is not JSON: line 1 column 2
## broken/truncated
? linkedin/unknown | <digest> | the body is not JSON: line 9 column 4
## comment
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100001) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:Ann3ke_01 - | 2026-03-02T08:15:00Z | "Ik gebruik Norvexa sinds januari. Aanvallen zijn…" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
## comment_by_the_organization
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100006) <- - @ urn:li:activity:7434000000000000001 | urn:li:organization:70000001 - | 2026-03-02T10:10:00Z | "Wij delen dit graag in ons netwerk." | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s | own
## comment_deleted
deleted linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100003) <- - @ urn:li:activity:7434000000000000001 | - | 2026-03-03T11:00:00Z | - | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/
## comment_edited
edited linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100001) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:Ann3ke_01 - | 2026-03-03T07:20:00Z | "Ik gebruik Norvexa sinds januari. Aanvallen zijn…" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
## comment_edited_without_words
edited linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100002) <- - @ urn:li:activity:7434000000000000001 | - | 2026-03-03T07:25:00Z | - | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | sees text that LinkedIn did not send
## comment_harmless
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100002) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:B4rtV-02 - | 2026-03-02T08:40:00Z | "Zeer herkenbaar. Bij ons op kantoor is hier nog …" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
## comment_picture_only
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100007) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:El1ne-05 - | 2026-03-03T12:00:00Z | - | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | sees picture | post Werken met migraine: vijf verhalen van collega’s
## like_and_share
- linkedin like
- linkedin share
- linkedin like
## no_notifications
? linkedin/unknown | linkedin delivery without notifications | a linkedin delivery without notifications came; at least one was expected
## no_urn
? linkedin/urn:li:organization:70000001 | <digest> | a linkedin comment has no URN
## one_bad_element
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100011) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:Ann3ke_01 - | 2026-03-05T10:00:00Z | "Ik werd er zo duizelig van dat ik niet meer mag …" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100013) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:C4roline03 - | 2026-03-05T10:02:00Z | "Goed bezig 👏" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
? linkedin/urn:li:organization:70000001 | <digest> | a linkedin notification is not of the documented shape: line 19 column 18 of that part
## reply
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100003) <- urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100001) @ urn:li:activity:7434000000000000001 | urn:li:person:C4roline03 - | 2026-03-02T09:05:00Z | "Same here, two weeks on Norvexa and I fainted at…" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
## reply_to_a_whole_urn
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100004) <- urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100002) @ urn:li:activity:7434000000000000001 | urn:li:person:D4vid_04 - | 2026-03-02T09:30:00Z | "Bonne initiative, bravo à toute l’équipe !" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
## share_mention
created linkedin/urn:li:organization:70000001/urn:li:share:7434000000000000801 <- - @ urn:li:activity:7434000000000000802 | urn:li:person:D4vid_04 - | 2026-03-04T13:00:00Z | "Na drie maanden @Samen over migraine campagne du…" | link https://www.linkedin.com/feed/update/urn:li:share:7434000000000000801/
## share_mention_in_the_source
created linkedin/urn:li:organization:70000001/urn:li:share:7434000000000000811 <- - @ urn:li:activity:7434000000000000812 | urn:li:person:B4rtV-02 - | 2026-03-04T13:30:00Z | "Morgen spreek ik op het congres van @Samen over …" | link https://www.linkedin.com/feed/update/urn:li:share:7434000000000000811/
## share_with_words
created linkedin/urn:li:organization:70000001/urn:li:share:7434000000000000821 <- - @ urn:li:activity:7434000000000000001 | urn:li:person:El1ne-05 - | 2026-03-04T14:00:00Z | "Lezen! Zelf moest ik na één week Norvexa stoppen…" | link https://www.linkedin.com/feed/update/urn:li:share:7434000000000000821/ | post Werken met migraine: vijf verhalen van collega’s
## two_organizations
created linkedin/urn:li:organization:70000099/urn:li:comment:(urn:li:activity:7434000000000000009,7434000000000100009) <- - @ urn:li:activity:7434000000000000009 | urn:li:person:Ann3ke_01 - | 2026-03-05T09:00:00Z | "Wat een mooie vacature, succes!" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000009/ | post Werken met migraine: vijf verhalen van collega’s
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100010) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:D4vid_04 - | 2026-03-05T09:01:00Z | "Meine Mutter nimmt Norvexa und klagt über Schwin…" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
## unknown_action
? linkedin/urn:li:organization:70000001 | <digest> | linkedin action COMMENT_REACTION: this version does not read that kind, and it may hold somebody's words
## unknown_field
created linkedin/urn:li:organization:70000001/urn:li:comment:(urn:li:activity:7434000000000000001,7434000000000100008) <- - @ urn:li:activity:7434000000000000001 | urn:li:person:B4rtV-02 - | 2026-03-05T08:30:00Z | "Is Norvexa al vergoed in België?" | link https://www.linkedin.com/feed/update/urn:li:activity:7434000000000000001/ | post Werken met migraine: vijf verhalen van collega’s
## unknown_type
? linkedin/unknown | <digest> | linkedin type LEAD_ACTION: this version does not read that kind, and it may hold somebody's words
"##,
    );
}

const HEADER: &str = "x-li-signature";

fn post(headers: &[(&str, &str)], body: &[u8]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "POST".to_owned(), path: "/webhooks/linkedin".to_owned(), query: vec![], headers, body: body.to_vec() }
}

fn get(query: &[(&str, &str)]) -> Request {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request { method: "GET".to_owned(), query, ..post(&[], b"") }
}

fn secret(text: &str) -> Secret {
    signing_secret(Provider::LinkedIn, text).unwrap()
}

fn verify(form: SignatureForm, secrets: &[Secret], request: &Request) -> Result<(), SignatureFault> {
    let terms = DoorTerms { signature: form, ..DoorTerms::of(Provider::LinkedIn) };
    let secrets = DoorSecrets { signing: secrets.to_vec(), verify_token: None };
    check_signature(Doorway { terms: &terms, secrets: &secrets }, request, Timestamp::UNIX_EPOCH)
}

/// The signature of a body as documented: of `hmacsha256=` and the body.
fn signed(secret: &Secret, body: &[u8]) -> String {
    sign(Provider::LinkedIn, secret, body, Timestamp::UNIX_EPOCH, "")[0].1.clone()
}

/// A MAC over bare bytes, which another provider writes in digits.
fn bare_mac(secret: &str, message: &[u8]) -> String {
    let secret = signing_secret(Provider::Meta, secret).unwrap();
    let header = sign(Provider::Meta, &secret, message, Timestamp::UNIX_EPOCH, "")[0].1.clone();
    header.strip_prefix("sha256=").unwrap().to_owned()
}

/// The door's answer to a challenge: the `challengeResponse`, if the code is one that it signs.
fn answer_to(secrets: &DoorSecrets, code: &str) -> Option<String> {
    match handshake(doorway(Provider::LinkedIn, secrets), &get(&[("challengeCode", code)])) {
        Handshake::Answer(answer) => {
            let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(answer["challengeCode"], code);
            Some(answer["challengeResponse"].as_str().unwrap().to_owned())
        }
        Handshake::Refused(_) => None,
        Handshake::NotOne => panic!("a challengeCode is always a challenge"),
    }
}

#[test]
fn a_signature_made_elsewhere_matches() {
    // Of the bytes `hmacsha256={}`, computed with OpenSSL.
    let request = post(&[(HEADER, "d5617c30f0e63526b638b0e58464e6a08544738ac4a4e16afc70e0a36bd67d4e")], b"{}");
    let secrets = development_secrets(Provider::LinkedIn);
    assert_eq!(verify(SignatureForm::Documented, &secrets.signing, &request), Ok(()));
    assert_eq!(sign(Provider::LinkedIn, &secrets.signing[0], b"{}", Timestamp::UNIX_EPOCH, ""), request.headers);
    // RFC 4231, test case 2, in the form that has no prefix.
    let digits = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let request = post(&[(HEADER, digits)], b"what do ya want for nothing?");
    assert_eq!(verify(SignatureForm::NoPrefix, &[secret("Jefe")], &request), Ok(()));
}

#[test]
fn every_mistake_in_a_signature_is_refused_by_its_name() {
    let body = br#"{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"}"#;
    let ours = secret("client secret");
    let right = signed(&ours, body);
    let malformed = SignatureFault::Malformed(HEADER);
    let rows: Vec<(Vec<(&str, String)>, SignatureFault)> = vec![
        (vec![], SignatureFault::MissingHeader(HEADER)),
        (vec![("x-linkedin-signature", right.clone())], SignatureFault::MissingHeader(HEADER)),
        (vec![(HEADER, right.clone()), (HEADER, right.clone())], SignatureFault::RepeatedHeader(HEADER)),
        (vec![(HEADER, format!("{right},{right}"))], malformed),
        (vec![(HEADER, String::new())], malformed),
        (vec![(HEADER, "hmacsha256=".to_owned())], malformed),
        (vec![(HEADER, format!("sha256={right}"))], malformed),
        (vec![(HEADER, format!("HMACSHA256={right}"))], malformed),
        (vec![(HEADER, format!("hmacsha256=hmacsha256={right}"))], malformed),
        (vec![(HEADER, right.to_uppercase())], malformed),
        (vec![(HEADER, right[..62].to_owned())], malformed),
        (vec![(HEADER, format!("{right}00"))], malformed),
        (vec![(HEADER, format!(" {right}"))], malformed),
        (vec![(HEADER, format!("{right} "))], malformed),
        (vec![(HEADER, "0".repeat(64))], SignatureFault::NoMatch),
        (vec![(HEADER, format!("hmacsha256={}", "0".repeat(64)))], malformed),
        (vec![(HEADER, signed(&ours, b"{}"))], SignatureFault::NoMatch),
        (vec![(HEADER, signed(&secret("another secret"), body))], SignatureFault::NoMatch),
    ];
    for (headers, expected) in rows {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let result = verify(SignatureForm::Documented, std::slice::from_ref(&ours), &post(&headers, body));
        assert_eq!(result, Err(expected), "{headers:?}");
    }
    let request = post(&[(HEADER, right.as_str())], body);
    assert_eq!(verify(SignatureForm::Documented, &[secret("next secret"), ours], &request), Ok(()));
    assert_eq!(verify(SignatureForm::Documented, &[], &request), Err(SignatureFault::NoSecret));
}

#[test]
fn a_door_believes_one_form_and_names_a_match_in_another() {
    let text = "client secret";
    let body = br#"{"notifications":[]}"#;
    let prefixed = [b"hmacsha256=".as_slice(), body].concat();
    let header_of = |form| match form {
        SignatureForm::Documented => bare_mac(text, &prefixed),
        SignatureForm::PrefixInHeader => format!("hmacsha256={}", bare_mac(text, body)),
        SignatureForm::PrefixInBoth => format!("hmacsha256={}", bare_mac(text, &prefixed)),
        SignatureForm::NoPrefix => bare_mac(text, body),
    };
    for sent in SignatureForm::ALL {
        let header = header_of(sent);
        for believed in SignatureForm::ALL {
            let expected = if sent == believed { Ok(()) } else { Err(SignatureFault::OtherForm) };
            let request = post(&[(HEADER, &header)], body);
            assert_eq!(verify(believed, &[secret(text)], &request), expected, "{sent:?} at a door for {believed:?}");
            // With another's secret it is no other form: it is nothing.
            let stranger = verify(believed, &[secret("another secret")], &request);
            assert!(!matches!(stranger, Ok(()) | Err(SignatureFault::OtherForm)), "{sent:?} {believed:?}");
            // And another form is no way around a header that stands twice.
            let twice = post(&[(HEADER, &header), (HEADER, &header)], body);
            assert_eq!(verify(believed, &[secret(text)], &twice), Err(SignatureFault::RepeatedHeader(HEADER)));
        }
    }
}

const CODE: &str = "5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258";

#[test]
fn a_challenge_is_answered_in_json_with_the_first_secret() {
    let mut secrets = development_secrets(Provider::LinkedIn);
    secrets.signing.push(secret("the secret before"));
    for query in [vec![("challengeCode", CODE)], vec![("challengeCode", CODE), ("applicationId", "2045679")]] {
        let Handshake::Answer(answer) = handshake(doorway(Provider::LinkedIn, &secrets), &get(&query)) else {
            panic!("{query:?}")
        };
        assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"));
        assert_eq!(answer.headers["cache-control"], "no-store");
        // Computed with OpenSSL.
        let response = "b7db8ce4d8521c1158307f357507baa430e652903cc93a76336472b4f3b5c9bc";
        let expected = format!(r#"{{"challengeCode":"{CODE}","challengeResponse":"{response}"}}"#);
        assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
    }
    let within = asks_again(Provider::LinkedIn, &get(&[("challengeCode", CODE)])).unwrap().within;
    assert!(within > SignedDuration::from_hours(6) && within < SignedDuration::from_hours(8), "three rounds and no fourth");
}

#[test]
fn a_challenge_that_is_not_one_uuid_is_refused() {
    let secrets = development_secrets(Provider::LinkedIn);
    let codes = [
        "",
        "challenge",
        "5f2d7c3a91be4c08a6d40e7b93c1f258",
        "5f2d7c3a-91be-4c08-a6d4-0e7b93c1f25",
        "5f2d7c3a-91be-4c08-a6d4-0e7b93c1f2580",
        "5f2d7c3a-91be-4c08-a6d4-0e7b93c1f25g",
        "5f2d7c3a-91be-4c08-a6d40e7b93c1f258-",
        "5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258-",
        "-5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258",
        "5f2d7c3-a91be-4c08-a6d4-0e7b93c1f258",
        " 5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258",
        "5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258\n",
        "{5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258}",
        "urn:uuid:5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258",
        "hmacsha256=5f2d7c3a-91be-4c08-a6d4-0e7b93c1f258",
        "5f2d7c3a\u{2010}91be-4c08-a6d4-0e7b93c1f258",
        "\u{ff15}f2d7c3a-91be-4c08-a6d4-0e7b93c1f258",
    ];
    for code in codes {
        assert_eq!(answer_to(&secrets, code), None, "{code:?}");
    }
    let twice = handshake(doorway(Provider::LinkedIn, &secrets), &get(&[("challengeCode", CODE), ("challengeCode", CODE)]));
    assert!(matches!(twice, Handshake::Refused(_)));
    let bare = DoorSecrets { signing: vec![], verify_token: None };
    assert_eq!(answer_to(&bare, CODE), None);
}

#[test]
fn whatever_else_comes_is_no_challenge() {
    let secrets = development_secrets(Provider::LinkedIn);
    let posted = Request { method: "POST".to_owned(), ..get(&[("challengeCode", CODE)]) };
    for request in [posted, get(&[]), get(&[("challengecode", CODE)]), get(&[("crc_token", CODE)])] {
        assert_eq!(handshake(doorway(Provider::LinkedIn, &secrets), &request), Handshake::NotOne, "{request:?}");
    }
}

#[test]
fn the_challenge_signs_no_forged_body() {
    let secrets = development_secrets(Provider::LinkedIn);
    let body = String::from_utf8(sample("linkedin/comment_deleted")).unwrap();
    for code in [format!("hmacsha256={body}"), body, r#"hmacsha256={"notifications":[]}"#.to_owned(), "hmacsha256=".to_owned()] {
        assert_eq!(answer_to(&secrets, &code), None, "{code}");
    }
}

proptest! {
    /// Whatever anybody gets signed by the challenge signs no body: not the code itself, in no form, and none of the samples.
    #[test]
    fn no_answer_to_a_challenge_is_a_signature(code in "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}") {
        let secrets = development_secrets(Provider::LinkedIn);
        let response = answer_to(&secrets, &code).unwrap();
        let real = sample("linkedin/comment");
        let prefixed = format!("hmacsha256={code}");
        for form in SignatureForm::ALL {
            for header in [response.clone(), format!("hmacsha256={response}")] {
                let forged = |body: &[u8]| verify(form, &secrets.signing, &post(&[(HEADER, &header)], body));
                prop_assert_eq!(forged(code.as_bytes()), Err(SignatureFault::SignedForAnybody));
                for body in [b"".as_slice(), b"{}", prefixed.as_bytes(), &real] {
                    let refused = forged(body);
                    prop_assert!(matches!(refused, Err(SignatureFault::NoMatch | SignatureFault::Malformed(_))), "{:?}", refused);
                }
            }
        }
    }

    /// And nothing but a UUID is ever signed, whatever stands before the forged body.
    #[test]
    fn nothing_that_holds_a_body_is_signed(before in "(hmacsha256=)?[ -~]{0,40}", rest in "[ -~]{0,40}") {
        let secrets = development_secrets(Provider::LinkedIn);
        prop_assert_eq!(answer_to(&secrets, &format!("{before}{{{rest}")), None);
    }
}

#[test]
fn every_sample_is_believed_when_signed() {
    let secrets = development_secrets(Provider::LinkedIn);
    for name in names("linkedin") {
        let body = sample(&name);
        let request = post(&[(HEADER, &signed(&secrets.signing[0], &body))], &body);
        assert_eq!(verify(SignatureForm::Documented, &secrets.signing, &request), Ok(()), "{name}");
    }
}

#[test]
fn one_comment_has_one_id_however_it_is_spelled() {
    let id = |name: &str| read_sample(Provider::LinkedIn, name).events.remove(0).id;
    assert_eq!(id("linkedin/comment").key(), id("linkedin/comment_edited").key());
    // The deletion knows the short spelling alone.
    assert_eq!(id("linkedin/reply").key(), id("linkedin/comment_deleted").key());
    let answered = read_sample(Provider::LinkedIn, "linkedin/reply").events.remove(0).parent_id;
    assert_eq!(answered.as_deref(), Some(id("linkedin/comment").id.as_str()));
}

/// The lines of a delivery with one notification of the organisation `o`.
fn notification(inside: &str) -> Vec<String> {
    let body = format!(
        r#"{{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{{"organizationalEntity":"o","lastModifiedAt":0,{inside}}}]}}"#
    );
    lines(&read(Provider::LinkedIn, body.as_bytes()))
}

#[test]
fn odd_notifications_keep_what_can_be_read() {
    let rows = [
        (
            r#""action":"COMMENT","generatedActivity":"urn:li:comment:(ugcPost:5,6)","sourcePost":"urn:li:activity:4""#,
            "created linkedin/o/urn:li:comment:(urn:li:ugcPost:5,6) <- - @ urn:li:ugcPost:5 | - | 1970-01-01T00:00:00Z | - | link https://www.linkedin.com/feed/update/urn:li:ugcPost:5/ | sees text that LinkedIn did not send",
        ),
        // An id of another form is kept as it is; its post is what it names, and else the source.
        (
            r#""action":"COMMENT","decoratedGeneratedActivity":{"comment":{"entity":77,"text":"a","object":"urn:li:activity:4"}}"#,
            r#"created linkedin/o/77 <- - @ urn:li:activity:4 | - | 1970-01-01T00:00:00Z | "a" | link https://www.linkedin.com/feed/update/urn:li:activity:4/"#,
        ),
        (
            r#""action":"COMMENT","sourcePost":"urn:li:activity:4/../x","decoratedGeneratedActivity":{"comment":{"entity":"c","text":"a"}}"#,
            r#"created linkedin/o/c <- - @ urn:li:activity:4/../x | - | 1970-01-01T00:00:00Z | "a""#,
        ),
        // A comment's words are never taken from a share, nor the other way round.
        (
            r#""action":"COMMENT","generatedActivity":"c","decoratedGeneratedActivity":{"share":{"entity":"s","text":"a"}}"#,
            "created linkedin/o/c <- - @ - | - | 1970-01-01T00:00:00Z | - | sees text that LinkedIn did not send",
        ),
        (
            r#""action":"SHARE_MENTION","sourcePost":"urn:li:share:4""#,
            "created linkedin/o/urn:li:share:4 <- - @ - | - | 1970-01-01T00:00:00Z | - | link https://www.linkedin.com/feed/update/urn:li:share:4/ | sees text that LinkedIn did not send",
        ),
        (r#""action":"SHARE_MENTION""#, "? linkedin/o | <digest> | a linkedin share has no URN"),
        // Who passes a post on with its own words says nothing.
        (
            r#""action":"SHARE","decoratedSourcePost":{"text":"a"},"decoratedGeneratedActivity":{"share":{"entity":"s","text":"a"}}"#,
            "- linkedin share",
        ),
        // What was not told may hold words. Without a name of its own it is not mistaken for the post that was passed on.
        (
            r#""action":"SHARE","sourcePost":"urn:li:activity:4","generatedActivity":"urn:li:share:5""#,
            "created linkedin/o/urn:li:share:5 <- - @ urn:li:activity:4 | - | 1970-01-01T00:00:00Z | - | link https://www.linkedin.com/feed/update/urn:li:share:5/ | sees share whose words LinkedIn did not send",
        ),
        (r#""action":"SHARE","sourcePost":"urn:li:activity:4""#, "? linkedin/o | <digest> | a linkedin share has no URN"),
        // An administrator writes in the organisation's name or in their own; where nobody is named, it is the organisation.
        (
            r#""action":"ADMIN_COMMENT","decoratedGeneratedActivity":{"comment":{"entity":"c","owner":"o","text":"a"}}"#,
            r#"created linkedin/o/c <- - @ - | o - | 1970-01-01T00:00:00Z | "a" | own"#,
        ),
        (
            r#""action":"ADMIN_COMMENT","decoratedGeneratedActivity":{"comment":{"entity":"c","text":"a"}}"#,
            r#"created linkedin/o/c <- - @ - | - | 1970-01-01T00:00:00Z | "a" | own"#,
        ),
        (r#""action":"COMMENT_DELETE""#, "? linkedin/o | <digest> | a linkedin comment has no URN"),
        // The post's text is context: what is wrong with it costs nothing else.
        (
            r#""action":"COMMENT_DELETE","generatedActivity":"c","decoratedSourcePost":[7]"#,
            "deleted linkedin/o/c <- - @ - | - | 1970-01-01T00:00:00Z | -",
        ),
        (r#""action":"comment","generatedActivity":"c""#, "? linkedin/o | <digest> | linkedin action comment: "),
        (r#""generatedActivity":"c""#, "? linkedin/o | <digest> | linkedin action without a name: "),
        (r#""action":{"a":1}"#, "? linkedin/o | <digest> | a linkedin notification is not of the documented shape"),
    ];
    for (inside, expected) in rows {
        let found = notification(inside);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{inside}: {found:?}");
    }
}

#[test]
fn an_administrator_who_writes_as_a_person_is_a_person() {
    let found = notification(
        r#""action":"ADMIN_COMMENT","decoratedGeneratedActivity":{"comment":{"entity":"c","owner":"urn:li:person:1","text":"a"}}"#,
    );
    assert_eq!(found, [r#"created linkedin/o/c <- - @ - | urn:li:person:1 - | 1970-01-01T00:00:00Z | "a""#]);
}

#[test]
fn words_under_an_action_that_is_not_known_reach_people_each_time() {
    let rows = [
        (
            r#""decoratedGeneratedActivity":{"comment":{"entity":"c","text":"a"}}"#,
            r#"created linkedin/o/c <- - @ - | - | 1970-01-01T00:00:00Z | "a" | sees action that"#,
        ),
        (
            r#""decoratedGeneratedActivity":{"share":{"entity":"s","text":"a"}}"#,
            r#"created linkedin/o/s <- - @ - | - | 1970-01-01T00:00:00Z | "a" | sees action that"#,
        ),
        (
            r#""generatedActivity":"urn:li:comment:(activity:5,6)""#,
            "created linkedin/o/urn:li:comment:(urn:li:activity:5,6) <- - @ ",
        ),
    ];
    for (inside, expected) in rows {
        let found = notification(&format!(r#""action":"COMMENT_PIN",{inside}"#));
        assert!(found.len() == 2 && found[0].starts_with(expected), "{inside}: {found:?}");
        assert!(found[0].contains("sees action that this version does not know: COMMENT_PIN"), "{inside}: {found:?}");
        assert!(found[1].starts_with("? linkedin/o | linkedin action COMMENT_PIN | "), "{inside}: {found:?}");
    }
}

#[test]
fn every_body_is_answered() {
    let social = r#""type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS""#;
    let rows = [
        ("{}".to_owned(), "? linkedin/unknown | <digest> | linkedin type without a name: "),
        (format!("{{{social}}}"), "? linkedin/unknown | linkedin delivery without notifications | "),
        (format!(r#"{{{social},"notifications":{{}}}}"#), "? linkedin/unknown | <digest> | the list of notifications of"),
        (format!(r#"{{{social},"notifications":[7]}}"#), "? linkedin/unknown | <digest> | a linkedin notification is not"),
        (r#"{"notifications":[{"action":"LIKE"}]}"#.to_owned(), "- linkedin like"),
        ("[]".to_owned(), "? linkedin/unknown | <digest> | the body is not of the documented shape"),
    ];
    for (body, expected) in rows {
        let found = lines(&read(Provider::LinkedIn, body.as_bytes()));
        assert!(found.len() == 1 && found[0].starts_with(expected), "{body}: {found:?}");
    }
    let many: Vec<String> =
        (0..1_000).map(|n| format!(r#"{{"action":"COMMENT","generatedActivity":"{n}","x":"{}"}}"#, "y".repeat(6_000))).collect();
    let parsed = read(Provider::LinkedIn, format!(r#"{{{social},"notifications":[{}]}}"#, many.join(",")).as_bytes());
    assert_eq!((parsed.events.len(), parsed.quarantined.len()), (1_000, 0));
}
