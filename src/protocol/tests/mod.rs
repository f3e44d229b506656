//! Rows and stories over whole protocol files. `clocks` has the table of deadlines, `mistakes` and `problems` what a
//! file is told, `holes` warnings, conflicts and the table of sample times, `changes` what one version changes in another.

mod changes;
mod clocks;
mod holes;
mod mistakes;
mod problems;

use super::{Keep, Protocol};
use crate::model::DayZeroRule;
use crate::model::{AwareAt, Band, Class, Platform, Provider, Sensitivity, TextLimit};

/// A protocol with a door of two platforms and one of an own forum. It is not the one in `events/`, so that the lines that these tests
/// name stay where they are when that one gains a channel.
const SAMPLE: &str = include_str!("sample.toml");

fn sample() -> Protocol {
    with(&[])
}

/// The sample protocol with some of its text replaced; it has to be without problems.
fn with(changes: &[(&str, &str)]) -> Protocol {
    Protocol::parse(&edited(changes)).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The sample's text with the first occurrence of each left side replaced by the right side.
fn edited(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SAMPLE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the sample does not contain {from:?}");
        text.replacen(from, to, 1)
    })
}

fn aware(at: &str) -> AwareAt {
    AwareAt::new(at.parse().unwrap())
}

#[test]
fn the_sample_is_read_whole() {
    let protocol = sample();
    assert_eq!(protocol.reference().to_string(), "migraine-nl v3");
    assert_eq!(protocol.source(), SAMPLE);
    assert_eq!(protocol.title(), "Samen over migraine");
    assert_eq!(protocol.holder(), "Norvexa Pharma B.V.");
    assert_eq!(protocol.markets(), ["NL", "BE"]);
    assert_eq!(protocol.time_zone_name(), "Europe/Amsterdam");
    assert_eq!(protocol.starts().to_string(), "2026-01-05");
    assert_eq!(protocol.ends().to_string(), "2026-12-31");
    assert_eq!(protocol.monitored_until().to_string(), "2027-03-31");
    assert_eq!(protocol.day_zero_rule(), DayZeroRule::Received);
    assert_eq!(protocol.retention().other, Keep::Minutes(180 * 24 * 60));
    assert_eq!(protocol.retention().safety, Keep::Forever);
    assert_eq!(protocol.sample(), 0.02);
    assert_eq!(protocol.unapproved(), Vec::<String>::new());
    assert_eq!(protocol.topics().len(), 5);
    assert_eq!(protocol.topics()["qppv"], "${QppvTopic}");
    assert_eq!(format!("{protocol:?}"), "Protocol(migraine-nl v3)");
}

#[test]
fn doors_and_channels_say_whose_account_it_is() {
    let protocol = sample();
    let doors: Vec<_> = protocol.doors().iter().map(|door| (door.id.as_str(), door.provider, door.secret.as_str())).collect();
    assert_eq!(doors, [("meta", Provider::Meta, "dayzero/meta"), ("forum", Provider::Forum, "dayzero/forum")]);
    let ads = protocol.channel_of(Platform::Facebook, "104857600000002").unwrap();
    assert_eq!((ads.id.as_str(), ads.door.as_str()), ("fb-ads", "meta"));
    assert_eq!(ads.products, ["Norvexa"]);
    assert_eq!(ads.silent_after.as_hours(), 24);
    assert_eq!(protocol.channel(&ads.id), Some(ads));
    assert_eq!(protocol.channel_of(Platform::Instagram, "104857600000002"), None);
    assert_eq!(protocol.channel_of(Platform::Facebook, "1"), None);
}

#[test]
fn the_classifier_is_told_what_the_file_says() {
    let rules = sample().reading_rules();
    assert_eq!(rules.languages, ["nl", "en", "fr"]);
    assert_eq!(rules.sensitivity, Sensitivity::High);
    assert_eq!(rules.extra_reactions["nl"], ["sterretjes zien"]);
    let products: Vec<_> = rules.products.iter().map(|p| (p.name.as_str(), p.substance.as_deref(), p.own)).collect();
    assert_eq!(products, [("Norvexa", Some("norvexatin"), true), ("Triptaline", None, false)]);
    assert_eq!(rules.products[0].spellings, ["norvexa", "norvexatine"]);
}

#[test]
fn examples_keep_their_line() {
    let protocol = sample();
    let [first, second, third] = protocol.examples() else { panic!("three examples") };
    assert_eq!(SAMPLE.lines().nth(first.line - 1), Some("[[example]]"));
    assert_eq!((first.expect.band, first.expect.class), (Some(Band::Alert), Some(Class::AdverseEvent)));
    assert_eq!((second.channel.as_str(), second.expect.class), ("fb-ads", Some(Class::Serious)));
    assert_eq!((third.expect.band, third.expect.not_band, third.expect.class), (None, Some(Band::Alert), None));
}

#[test]
fn an_open_approval_is_named() {
    let rows: [mistakes::Row; 3] = [
        (&[("\"Medical director\", on = 2025-12-18", "\"Medical director\"")], &["medical (Medical director)"]),
        (&[("privacy = { name = \"Data protection officer\", on = 2025-12-19 }\n", "")], &["privacy"]),
        (
            &[
                ("safety = {", "medical = {"),
                ("medical = { name = \"Medical director\", on = 2025-12-18 }\n", ""),
                ("privacy = { name = \"Data protection officer\", on = 2025-12-19 }\n", ""),
            ],
            &["safety", "privacy"],
        ),
    ];
    for (changes, expected) in rows {
        assert_eq!(with(changes).unapproved(), expected, "{changes:?}");
    }
}

#[test]
fn monitoring_runs_from_the_first_to_the_last_day_in_the_protocols_zone() {
    let protocol = sample();
    let rows = [
        ("2026-01-04T23:59:59+01:00", false),
        ("2026-01-05T00:00:00+01:00", true),
        ("2027-03-31T23:59:59+02:00", true),
        ("2027-04-01T00:00:00+02:00", false),
    ];
    for (at, expected) in rows {
        assert_eq!(protocol.monitored_on(aware(at)), expected, "{at}");
    }
}

#[test]
fn a_plan_carries_the_route_and_how_often_its_end_is_repeated() {
    let repeat = ("for = [\"quality_complaint\"]", "for = [\"quality_complaint\"]\nrepeat = \"30m\"");
    let protocol = with(&[repeat]);
    let at = aware("2026-03-02T10:00:00+01:00");
    let rows = [
        (Class::Distress, vec![("duty-of-care", TextLimit::None), ("safety-on-call", TextLimit::None)], 15),
        (
            Class::Serious,
            vec![("safety-desk", TextLimit::None), ("safety-on-call", TextLimit::None), ("qppv", TextLimit::None)],
            15,
        ),
        (Class::AdverseEvent, vec![("safety-desk", TextLimit::Excerpt), ("safety-on-call", TextLimit::None)], 240),
        (Class::SpecialSituation, vec![("safety-desk", TextLimit::Excerpt), ("safety-on-call", TextLimit::None)], 240),
        (Class::QualityComplaint, vec![("quality-desk", TextLimit::Excerpt)], 30),
    ];
    for (class, steps, repeat_minutes) in rows {
        let plan = protocol.plan(class, at).unwrap();
        let found: Vec<_> = plan.steps.iter().map(|step| (step.topic.as_str(), step.text)).collect();
        assert_eq!(found, steps, "{class:?}");
        assert_eq!(plan.repeat_minutes, repeat_minutes, "{class:?}");
        assert_eq!(plan.deadlines.decide, None, "{class:?}");
        assert_eq!(plan.steps[0].at, at.timestamp(), "the first step is due at once");
    }
}
