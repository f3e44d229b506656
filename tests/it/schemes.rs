//! What holds for every signature scheme: each single flipped bit is refused, each header stands once, an old and a new secret are both
//! believed during a rotation, and nobody else's is.

use dayzero::http::Request;
use dayzero::model::{DoorTerms, Provider, Secret, SignatureForm};
use dayzero::platform::{DoorSecrets, Doorway, SignatureFault, check_signature, sign, signing_secret};
use jiff::Timestamp;

const BODY: &[u8] = br#"{"test": 2432232314}"#;

/// When the calls are made, and when they are signed.
fn now() -> Timestamp {
    Timestamp::from_second(1_772_442_720).unwrap()
}

/// Two secrets of a provider, as it would write them down.
fn secrets(provider: Provider) -> [Secret; 2] {
    let written = match provider {
        Provider::Forum => ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
        _ => ["an-old-secret_of_the_door", "a-new-secret_of_the_door"],
    };
    written.map(|secret| signing_secret(provider, secret).unwrap())
}

fn call(headers: Vec<(String, String)>, body: &[u8]) -> Request {
    Request { method: "POST".to_owned(), path: "/webhooks/door".to_owned(), query: vec![], headers, body: body.to_vec() }
}

fn signed(provider: Provider, secret: &Secret) -> Request {
    call(sign(provider, secret, BODY, now(), "msg_1"), BODY)
}

fn check(provider: Provider, request: &Request, live: &[Secret]) -> Result<(), SignatureFault> {
    let secrets = DoorSecrets { signing: live.to_vec(), verify_token: None };
    check_signature(Doorway { terms: &DoorTerms::of(provider), secrets: &secrets }, request, now())
}

/// Each text that differs from `bytes` in one bit; a flip that leaves no text could not have come in a header.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut copy = bytes.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        copy
    })
}

/// Whether the scheme signs the body; Telegram's is a token, and whoever has it may say anything.
fn covers_the_body(provider: Provider) -> bool {
    provider != Provider::Telegram
}

#[test]
fn every_flipped_bit_is_refused() {
    for provider in Provider::ALL {
        let [secret, _] = secrets(provider);
        let (signed, live) = (signed(provider, &secret), [secret]);
        assert_eq!(check(provider, &signed, &live), Ok(()), "{provider:?}");
        let mut tried = 0;
        for body in flipped(BODY).filter(|_| covers_the_body(provider)) {
            let request = Request { body, ..signed.clone() };
            assert_eq!(check(provider, &request, &live), Err(SignatureFault::NoMatch), "{provider:?}");
            tried += 1;
        }
        for header in 0..signed.headers.len() {
            for value in flipped(signed.headers[header].1.as_bytes()).filter_map(|bytes| String::from_utf8(bytes).ok()) {
                let mut request = signed.clone();
                request.headers[header].1 = value;
                assert!(check(provider, &request, &live).is_err(), "{provider:?} {:?}", request.headers[header]);
                tried += 1;
            }
        }
        println!("S1: {provider:?}: {tried} single-bit flips of body and headers, all refused");
        let bits = if covers_the_body(provider) { BODY.len() * 8 } else { 0 };
        let in_headers: usize = signed.headers.iter().map(|(_, value)| value.len() * 7).sum();
        assert_eq!(tried, bits + in_headers, "{provider:?}: every bit of the body, and seven of each character of a header");
        assert!(in_headers >= 25 * 7, "{provider:?} signs nothing");
    }
}

#[test]
fn a_body_that_is_longer_or_shorter_by_anything_is_refused() {
    for provider in Provider::ALL.into_iter().filter(|provider| covers_the_body(*provider)) {
        let [secret, _] = secrets(provider);
        let signed = signed(provider, &secret);
        let changed = [BODY[1..].to_vec(), BODY[..BODY.len() - 1].to_vec(), [BODY, b" "].concat(), [b" ", BODY].concat(), vec![]];
        for body in changed {
            let request = Request { body, ..signed.clone() };
            assert_eq!(check(provider, &request, std::slice::from_ref(&secret)), Err(SignatureFault::NoMatch), "{provider:?}");
        }
    }
}

#[test]
fn each_header_stands_once_and_is_not_empty() {
    for provider in Provider::ALL {
        let [secret, _] = secrets(provider);
        let (signed, live) = (signed(provider, &secret), [secret]);
        for (index, (name, value)) in signed.headers.iter().enumerate() {
            let mut without = signed.clone();
            without.headers.remove(index);
            assert!(matches!(check(provider, &without, &live), Err(SignatureFault::MissingHeader(missing)) if missing == name));
            let mut twice = signed.clone();
            twice.headers.push((name.clone(), value.clone()));
            assert!(matches!(check(provider, &twice, &live), Err(SignatureFault::RepeatedHeader(repeated)) if repeated == name));
            // API Gateway joins the values of a repeated header; blanks and nothing at all are no signature either.
            let joined = format!("{value},{value}");
            let joined_with_a_blank = format!("{value}, {value}");
            for odd in [joined, joined_with_a_blank, String::new(), " ".to_owned(), format!(" {value}"), format!("{value} ")] {
                let mut request = signed.clone();
                request.headers[index].1 = odd;
                assert!(check(provider, &request, &live).is_err(), "{provider:?} {:?}", request.headers[index]);
            }
        }
    }
}

#[test]
fn during_a_rotation_the_old_and_the_new_secret_are_both_believed() {
    for provider in Provider::ALL {
        let live = secrets(provider);
        for secret in &live {
            assert_eq!(check(provider, &signed(provider, secret), &live), Ok(()), "{provider:?}");
        }
        assert_eq!(
            check(provider, &signed(provider, &live[0]), &live[1..]),
            Err(SignatureFault::NoMatch),
            "{provider:?}: retired"
        );
        assert_eq!(check(provider, &signed(provider, &live[0]), &[]), Err(SignatureFault::NoSecret), "{provider:?}");
    }
}

#[test]
fn nobodys_signature_opens_another_platforms_door() {
    for theirs in Provider::ALL {
        let [secret, _] = secrets(theirs);
        for ours in Provider::ALL.into_iter().filter(|ours| *ours != theirs) {
            let request = signed(theirs, &secret);
            // Mastodon and Discourse write as Meta does under other names of a header; the door looks for its own.
            assert!(check(ours, &request, std::slice::from_ref(&secret)).is_err(), "{theirs:?} at the door of {ours:?}");
        }
    }
}

#[test]
fn only_linkedin_is_read_in_another_form_than_the_documented_one() {
    for provider in Provider::ALL {
        let [secret, _] = secrets(provider);
        let request = signed(provider, &secret);
        let secrets = DoorSecrets { signing: vec![secret], verify_token: None };
        for signature in SignatureForm::ALL {
            let terms = DoorTerms { signature, ..DoorTerms::of(provider) };
            let result = check_signature(Doorway { terms: &terms, secrets: &secrets }, &request, now());
            let switched = provider == Provider::LinkedIn && signature != SignatureForm::Documented;
            let expected = if switched { Err(SignatureFault::OtherForm) } else { Ok(()) };
            assert_eq!(result, expected, "{provider:?} {signature:?}");
        }
    }
}

/// What a vendor's library, or Python's own HMAC, made of the same calls: a line of JSON each in the file that `DAYZERO_VECTORS` names.
/// `tests/long/signatures.py` makes them and runs this. A scheme may be stricter than its library, and never laxer.
#[test]
#[ignore = "needs vectors, which tests/long/signatures.py makes"]
fn vectors_of_the_vendors_libraries_agree() {
    #[derive(serde::Deserialize)]
    struct Vector {
        provider: String,
        secret: String,
        at: i64,
        body: String,
        headers: Vec<(String, String)>,
        accepted: bool,
        what: String,
    }
    let file = std::env::var("DAYZERO_VECTORS").expect("DAYZERO_VECTORS names a file");
    let (mut accepted, mut refused, mut stricter) = (0, 0, std::collections::BTreeMap::new());
    for line in std::io::BufRead::lines(std::io::BufReader::new(std::fs::File::open(file).unwrap())) {
        let vector: Vector = serde_json::from_str(&line.unwrap()).unwrap();
        let provider = Provider::from_name(&vector.provider).unwrap();
        let secrets = DoorSecrets { signing: vec![signing_secret(provider, &vector.secret).unwrap()], verify_token: None };
        let body = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &vector.body).unwrap();
        let now = Timestamp::from_second(vector.at).unwrap();
        let door = Doorway { terms: &DoorTerms::of(provider), secrets: &secrets };
        match (check_signature(door, &call(vector.headers, &body), now), vector.accepted) {
            (Ok(()), true) => accepted += 1,
            (Err(_), false) => refused += 1,
            (Ok(()), false) => panic!("{provider:?}, {}: we accept what its library refuses", vector.what),
            (Err(_), true) => *stricter.entry(format!("{provider:?}, {}", vector.what)).or_insert(0) += 1,
        }
    }
    println!(
        "S1: {accepted} accepted by both, {refused} refused by both, none accepted by us alone; stricter than the library: {stricter:?}"
    );
}
