//! Bodies that somebody spoilt, by accident or on purpose: each is answered, none is repeated in a reason, and none panics.

use dayzero::model::{Platform, Provider};
use proptest::prelude::*;

use crate::platforms::{lines, read};
use crate::samples::{names, sample};

/// Every platform's samples, with the provider that sends them.
fn all_samples() -> Vec<(Provider, Vec<u8>)> {
    let of = |platform: Platform| names(platform.as_str()).into_iter().map(move |name| (platform.provider(), sample(&name)));
    Platform::ALL.into_iter().flat_map(of).collect()
}

#[test]
fn a_delivery_of_nothing_but_faults_stays_small() {
    let entries: Vec<String> =
        (0..20_000).map(|n| format!(r#"{{"id":"{n}","changes":[{{"field":"f{n}","value":{{}}}}]}}"#)).collect();
    let body = format!(r#"{{"object":"page","entry":[{}]}}"#, entries.join(","));
    let parsed = read(Provider::Meta, body.as_bytes());
    assert_eq!(parsed.quarantined.len(), 101);
    assert_eq!(parsed.quarantined[100].about, "<digest>");
}

#[test]
fn hostile_json_costs_the_element_it_stands_in() {
    let comment = |more: &str| {
        format!(
            r#"{{"object":"page","entry":[{{"id":"1","time":1,"changes":[{{"field":"feed","value":{{"item":"comment","verb":"add","comment_id":"1_2"{more}}}}}]}}]}}"#
        )
    };
    let brackets = format!(r#","unread":{}{}"#, "[".repeat(100_000), "]".repeat(100_000));
    let keys: Vec<String> = (0..50_000).map(|n| format!(r#","k{n}":{n}"#)).collect();
    let rows: [(String, usize); 11] = [
        (comment(""), 1),
        (comment(&brackets), 1),
        (comment(&keys.concat()), 1),
        (comment(r#","created_time":1e999"#), 1),
        (comment(r#","unread":"\ud800""#), 1),
        (comment(r#","message":"a\u0000b""#), 1),
        (comment(r#","message":"\ud800""#), 1),
        (comment(r#","comment_id":"\ud800""#), 0),
        (comment(r#","message":{"text":"no"}"#), 0),
        (comment(r#","comment_id":"1_3""#), 0),
        (comment(r#","post_id":1.5"#), 0),
    ];
    for (body, events) in rows {
        let parsed = read(Provider::Meta, body.as_bytes());
        let start: String = body.chars().skip(130).take(60).collect();
        assert_eq!((parsed.events.len(), parsed.quarantined.len()), (events, 1 - events), "{start}");
    }
    let latin_1 =
        comment(r#","message":"X""#).into_bytes().into_iter().map(|b| if b == b'X' { 0xe9 } else { b }).collect::<Vec<_>>();
    assert!(lines(&read(Provider::Meta, &latin_1))[0].starts_with("? facebook/unknown | <digest> | the body is not JSON"));
}

#[test]
fn an_entry_that_says_nothing_is_still_answered() {
    let rows = [
        (r#"{"object":"page","entry":[{"id":"1"}]}"#, "? facebook/1 | facebook entry without changes | "),
        (r#"{"object":"page","entry":[{"id":"1","changes":[]}]}"#, "? facebook/1 | facebook entry without changes | "),
        (r#"{"object":"instagram","entry":[{"id":"1","changes":{}}]}"#, "? instagram/1 | <digest> | the list of changes of"),
        (
            r#"{"object":"page","entry":[{"id":"1","changes":[{"field":"feed"}]}]}"#,
            "? facebook/1 | <digest> | a facebook change of",
        ),
        (r#"{"object":"page"}"#, "? facebook/unknown | facebook delivery without entries | "),
        (r#"{"object":"user","entry":[]}"#, "? facebook/unknown | meta object user | "),
        (r#"{"entry":[]}"#, "? facebook/unknown | meta object without a name | "),
        (r#"["page", []]"#, "? facebook/unknown | <digest> | the body is not of the documented shape"),
        ("null", "? facebook/unknown | <digest> | the body is not of the documented shape"),
    ];
    for (body, expected) in rows {
        let lines = lines(&read(Provider::Meta, body.as_bytes()));
        assert!(lines.len() == 1 && lines[0].starts_with(expected), "{body}: {lines:?}");
    }
}

#[test]
fn a_reason_repeats_no_content() {
    let canary = "kanarie-patient-woord";
    let bodies = [
        format!(r#"{{"object":"page","entry":"{canary}"}}"#),
        format!(r#"{{"object":"page","entry":[{{"id":"1","changes":[{{"field":"feed","value":"{canary}"}}]}}]}}"#),
        format!(
            r#"{{"object":"page","entry":[{{"id":"1","changes":[{{"field":"feed","value":{{"item":"comment","verb":"add","comment_id":"1_2","from":"{canary}"}}}}]}}]}}"#
        ),
        format!(r#"{{"type":"comment.created","data":{{"comment_id":"c","account":"a","author":"{canary}"}}}}"#),
        canary.to_owned(),
    ];
    for body in bodies {
        for provider in Provider::ALL {
            let parsed = read(provider, body.as_bytes());
            assert!(parsed.events.is_empty() && parsed.quarantined.len() == 1, "{body}");
            assert!(!format!("{:?}", parsed.quarantined).contains(canary), "{body}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for provider in Provider::ALL {
            let parsed = read(provider, &bytes);
            prop_assert!(!lines(&parsed).is_empty());
        }
    }

    /// A sample with a few bytes overwritten, cut out or repeated: it gives events, or reasons, and never nothing at all.
    #[test]
    fn a_spoilt_sample_is_answered(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..3u8, any::<u8>()), 1..6),
    ) {
        let samples = all_samples();
        let (provider, mut body) = samples[which.index(samples.len())].clone();
        for (place, kind, byte) in changes {
            if body.is_empty() { break; }
            let place = place.index(body.len());
            match kind {
                0 => body[place] = byte,
                1 => { body.remove(place); }
                _ => body.insert(place, byte),
            }
        }
        let parsed = read(provider, &body);
        prop_assert!(!lines(&parsed).is_empty());
    }
}
