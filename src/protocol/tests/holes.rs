//! Warnings, conflicts between campaigns, and the table of sample times.

use super::{SAMPLE, sample, with};
use crate::model::Class;
use crate::protocol::{Protocol, conflicts};

/// The warnings of the sample itself, which it may have.
const OF_THE_SAMPLE: [&str; 7] = [
    "line 45: [[channel]] fb-page names no product: comments there need to name one",
    "line 61: [[channel]] instagram names no product: comments there need to name one",
    "line 69: [[channel]] forum names no product: comments there need to name one",
    "line 83: [hours] holidays: nobody comes next on 2026-04-06, 2026-04-27, 2026-05-05, 2026-05-14, 2026-05-25, 2026-12-25 for adverse_event, special_situation, quality_complaint: no later step of theirs goes by the clock",
    "line 83: [hours] holidays: none in 2027, though the campaign is monitored until 2027-03-31",
    "line 128: [[route]] for adverse_event, special_situation: every later step waits for opening hours, so nobody comes next from Fri 2026-04-03 16:00 to Tue 2026-04-07 09:00",
    "line 135: [[route]] for quality_complaint has one step: when nobody acknowledges, at a weekend or on a holiday, nobody comes next",
];

fn warnings(protocol: &Protocol) -> Vec<String> {
    protocol.warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn the_sample_has_the_holes_it_shows() {
    assert_eq!(warnings(&sample()), OF_THE_SAMPLE);
}

/// A change of the sample, the warning it adds or removes.
type Row = ((&'static str, &'static str), &'static str);

#[test]
fn a_hole_is_named_where_it_is() {
    let rows: [Row; 11] = [
        (
            ("alert = \"15m\"", "alert = \"1m\""),
            "line 92: [windows.serious] alert: 1m is shorter than 2 minutes; open work is looked for once a minute",
        ),
        (
            ("forward = \"24h\"", "forward = \"16d\""),
            "line 94: [windows.serious] forward: 16d can end after the legal date, 15 calendar days after day zero",
        ),
        (
            ("forward = \"24h\"", "forward = \"11 business days\""),
            "line 94: [windows.serious] forward: 11 business days can end after the legal date, 15 calendar days after day zero",
        ),
        (
            ("forward = \"1 business day\"", "forward = \"91d\""),
            "line 99: [windows.adverse_event] forward: 91d can end after the legal date, 90 calendar days after day zero",
        ),
        (
            ("acknowledge = \"1h\"", "acknowledge = \"30m\""),
            "line 125: [[route]] for serious: the last step (after 45m) can come later than \"acknowledge within 30m\"",
        ),
        (
            ("after = \"3 business hours\"", "after = \"5 business hours\""),
            "line 132: [[route]] for adverse_event: the last step (after 5 business hours) can come later than \"acknowledge within 4 business hours\"",
        ),
        (
            ("wed = \"09:00-17:30\"\n", ""),
            "line 77: [hours] has no opening hours on Wednesday: business time stands still all day",
        ),
        (
            ("{ topic = \"safety-on-call\", after = \"10m\", text = \"none\" }", ""),
            "line 139: [[route]] for distress has one step: when nobody acknowledges, at a weekend or on a holiday, nobody comes next",
        ),
        (("products = [\"Norvexa\"]", ""), "line 53: [[channel]] fb-ads names no product: comments there need to name one"),
        (
            ("rule = \"received\"", "rule = \"posted\""),
            "line 87: [day_zero] rule: \"posted\" counts from the platform's time; where it tells none, from when the comment was received",
        ),
        (
            ("rule = \"received\"", "rule = \"seen\""),
            "line 87: [day_zero] rule: \"seen\" lets the legal clocks wait until somebody looks; alerts name the earlier date, counted from receipt",
        ),
    ];
    for (change, expected) in rows {
        let found = warnings(&with(&[change]));
        assert!(found.iter().any(|warning| warning == expected), "{change:?} gives {found:#?}");
        assert!(!OF_THE_SAMPLE.contains(&expected), "the sample has it anyway: {expected}");
    }
}

/// Changes of the sample, and the warning that they add.
type Rows<'a> = &'a [(&'a [(&'a str, &'a str)], &'a str)];

#[test]
fn what_a_file_cannot_mean_is_named_where_it_is() {
    let rows: Rows = &[
        (
            &[("[2026-01-01,", "[2024-12-25, 2026-01-01,")],
            "line 83: [hours] holidays: the campaign is not watched in the year of 2024-12-25",
        ),
        (
            &[
                ("starts = 2026-01-05", "starts = 2026-12-25"),
                ("ends = 2026-12-31", "ends = 2026-12-26"),
                ("monitored_until = 2027-03-31", "monitored_until = 2026-12-27"),
            ],
            "line 77: [hours] do not open between 2026-12-25 and 2026-12-27: no window in business time ends before 2026-12-27",
        ),
        (
            &[("qppv = \"${QppvTopic}\"", "spare = \"${SpareTopic}\"\nqppv = \"${QppvTopic}\"")],
            "line 146: [topics] spare: no route tells it",
        ),
        (
            &[(
                "[[door]]\nid = \"forum\"",
                "[[door]]\nid = \"x\"\nplatform = \"x\"\nsecret = \"dayzero/x\"\n\n[[door]]\nid = \"forum\"",
            )],
            "line 50: [[door]] x: no channel uses it, so what arrives there is of accounts that nobody listed",
        ),
        (
            &[("topic = \"duty-of-care\", text", "topic = \"safety-on-call\", text")],
            "line 139: [[route]] for distress: every step tells safety-on-call, so that nobody else comes next",
        ),
        (
            // Two names of one topic are one topic.
            &[("duty-of-care = \"${DutyOfCareTopic}\"", "duty-of-care = \"${SafetyOnCallTopic}\"")],
            "line 139: [[route]] for distress: every step tells duty-of-care, so that nobody else comes next",
        ),
        (
            &[("for = [\"serious\"]", "for = [\"serious\"]\nrepeat = \"2h\"")],
            "line 122: [[route]] for serious: the last step is repeated every 2h, longer than \"acknowledge within 1h\"",
        ),
        (
            &[("acknowledge = \"1h\"", "acknowledge = \"6h\"")],
            "line 93: [windows.serious] acknowledge: 6h can end later than that of adverse_event, 4 business hours",
        ),
        (
            &[("alert = \"15m\"", "alert = \"2h\"")],
            "line 92: [windows.serious] alert: 2h can end later than \"acknowledge within 1h\"",
        ),
        (
            &[("decide = \"1 business day\"", "decide = \"16d\"")],
            "line 112: [windows.review] decide: 16d can end after the legal date of a serious case, 15 calendar days",
        ),
        (
            &[("silent_after = \"12h\"", "silent_after = \"16d\"")],
            "line 45: [[channel]] fb-page: silence is an alarm after 16d, longer than the 15 days of the law",
        ),
        (
            &[("silent_after = \"12h\"", "silent_after = \"30m\"")],
            "line 45: [[channel]] fb-page: silence is an alarm after 30m, which every quiet night will be",
        ),
        (
            &[("monitored_until = 2027-03-31", "monitored_until = 2026-12-31")],
            "line 13: [protocol] monitored_until: 2026-12-31 is the campaign's last day; comments keep coming after it",
        ),
        (
            &[("safety = \"forever\"", "safety = \"3650d\"")],
            "line 155: [retention] safety: cases go after 3650d; the law wants them for ten years after the authorisation",
        ),
        (
            &[("other = \"180d\"", "other = \"forever\"")],
            "line 155: [retention] other: the words of comments that are no safety matter are kept without an end",
        ),
        (
            &[("sample = 0.02", "sample = 0")],
            "line 153: [classifier] sample: nobody reads any of the lowest band, so nobody learns what is missed",
        ),
    ];
    for (changes, expected) in rows {
        let found = warnings(&with(changes));
        assert!(found.iter().any(|warning| warning == expected), "{changes:?} gives {found:#?}");
    }
}

#[test]
fn a_file_without_examples_is_named() {
    let protocol = Protocol::parse(SAMPLE.split_once("# Fixed examples").unwrap().0).unwrap();
    let expected = "line 1: the file has no [[example]]: nothing holds a later classifier to how this one reads";
    assert_eq!(warnings(&protocol).first().map(String::as_str), Some(expected));
}

#[test]
fn a_hole_that_is_closed_is_not_named() {
    let rows: [(&[(&str, &str)], &str); 4] = [
        (&[("products = []", "products = [\"Norvexa\"]")], OF_THE_SAMPLE[0]),
        (&[("2026-12-26]", "2026-12-26, 2027-01-01]")], OF_THE_SAMPLE[4]),
        // A deputy by the clock behind the one in business time.
        (&[("after = \"3 business hours\", text = \"none\" },", "after = \"3h\", text = \"none\" },")], OF_THE_SAMPLE[5]),
        (
            &[(
                "steps = [{ topic = \"quality-desk\", text = \"excerpt\" }]",
                "steps = [{ topic = \"quality-desk\", text = \"excerpt\" }, { topic = \"qppv\", after = \"2h\", text = \"none\" }]",
            )],
            OF_THE_SAMPLE[6],
        ),
    ];
    for (changes, closed) in rows {
        let found = warnings(&with(changes));
        assert!(!found.iter().any(|warning| warning == closed), "{changes:?} gives {found:#?}");
    }
}

#[test]
fn a_version_out_of_its_time_is_named() {
    let rows = [
        ("2026-01-04", Some("line 13: [protocol] starts: monitoring begins on 2026-01-05")),
        ("2026-01-05", None),
        ("2027-03-31", None),
        ("2027-04-01", Some("line 13: [protocol] monitored_until: monitoring ended on 2027-03-31")),
    ];
    for (today, expected) in rows {
        let found: Vec<String> = sample().warnings_on(today.parse().unwrap()).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{today}");
    }
}

/// Another campaign that shares the sample's door and none of its accounts.
fn other(changes: &[(&str, &str)]) -> Protocol {
    let own = [
        ("id = \"migraine-nl\"", "id = \"asthma-nl\""),
        ("104857600000001", "204857600000001"),
        ("104857600000002", "204857600000002"),
        ("17841400000000001", "27841400000000001"),
        ("forum.samenovermigraine.example", "forum.asthma.example"),
    ];
    let own: Vec<_> = own.into_iter().filter(|(from, _)| changes.iter().all(|(changed, _)| changed != from)).collect();
    with(&[own.as_slice(), changes].concat())
}

#[test]
fn campaigns_share_doors_and_never_accounts() {
    let active = sample();
    let rows: [super::mistakes::Row; 4] = [
        (&[], &[]),
        (
            &[("104857600000002", "104857600000002")],
            &["facebook account \"104857600000002\" (channel fb-ads) belongs to migraine-nl v3; an account has one campaign"],
        ),
        (
            &[("secret = \"dayzero/meta\"", "secret = \"dayzero/meta-2\"")],
            &["door meta has another secret name in migraine-nl v3; a shared door has one secret"],
        ),
        // The same account number on another platform is another account.
        (&[("17841400000000001", "104857600000001")], &[]),
    ];
    for (changes, expected) in rows {
        assert_eq!(conflicts(&[&active], &other(changes)), expected, "{changes:?}");
    }
}

#[test]
fn a_shared_door_has_one_platform() {
    let forum = "[[door]]\nid = \"meta\"\nplatform = \"forum\"\nsecret = \"dayzero/meta\"\n";
    let text = SAMPLE.replace("id = \"migraine-nl\"", "id = \"asthma-nl\"");
    let doors = text.split_once("[[door]]").unwrap().0;
    let rest = text.split_once("[hours]").unwrap().1.split_once("[[example]]").unwrap().0;
    let channel = "[[channel]]\nid = \"forum\"\ndoor = \"meta\"\nplatform = \"forum\"\naccount = \"forum.asthma.example\"\nsilent_after = \"48h\"\n";
    let new = Protocol::parse(&format!("{doors}{forum}{channel}[hours]{rest}")).unwrap();
    let expected = ["door meta is one of meta in migraine-nl v3 and one of forum here; a shared door has one platform"];
    assert_eq!(conflicts(&[&sample()], &new), expected);
}

#[test]
fn a_new_version_of_the_same_campaign_has_no_conflict_with_the_old_one() {
    let new = with(&[("version = 3 ", "version = 4 "), ("secret = \"dayzero/meta\"", "secret = \"dayzero/other\"")]);
    assert_eq!(conflicts(&[&sample()], &new), Vec::<String>::new());
}

#[test]
fn the_table_of_sample_times_shows_the_week_holidays_and_the_change_of_the_clocks() {
    let protocol = sample();
    let rows = protocol.sample_clocks();
    let times: Vec<String> = rows.iter().step_by(Class::ALL.len()).map(|row| protocol.local(row.aware.timestamp())).collect();
    let expected = [
        "2026-01-05T10:00:00+01:00",
        "2026-01-06T12:30:00+01:00",
        "2026-01-07T06:00:00+01:00",
        "2026-01-09T15:30:00+01:00",
        "2026-01-09T23:00:00+01:00",
        "2026-01-10T12:00:00+01:00",
        "2026-01-11T03:00:00+01:00",
        "2026-04-03T15:30:00+02:00",
        "2026-05-04T17:00:00+02:00",
        "2026-05-13T17:00:00+02:00",
        "2026-12-24T17:00:00+01:00",
        "2026-03-29T01:00:00+01:00",
        "2026-10-25T02:00:00+02:00",
    ];
    assert_eq!(times, expected);
    assert_eq!(rows.len(), expected.len() * Class::ALL.len());
    let friday = rows.iter().find(|row| row.when == "a Friday afternoon" && row.class == Class::AdverseEvent).unwrap();
    assert_eq!(friday.clocks.acknowledge.as_deref(), Some("2026-01-12T12:30:00+01:00"));
}

#[test]
fn a_campaign_that_starts_before_holidays_shows_the_first_week_without() {
    let changes = [("starts = 2026-01-05", "starts = 2026-03-31"), ("2026-04-27,", "2026-04-14, 2026-04-27,")];
    let rows = with(&changes).sample_clocks();
    assert_eq!(rows[0].clocks.steps[0].at, "2026-04-20T10:00:00+02:00");
}

#[test]
fn a_platform_whose_terms_limit_its_copy_needs_a_limit() {
    let published = include_str!("../../../events/protocol.toml");
    let without = published.replace("linkedin = \"48h\"", "x = \"48h\"");
    let holes = |source: &str| {
        let protocol = super::Protocol::parse(source).unwrap();
        warnings(&protocol).iter().filter(|warning| warning.contains("LinkedIn's terms allow")).count()
    };
    assert_eq!((holes(published), holes(&without)), (0, 1));
}
