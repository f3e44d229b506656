//! What a version changes in another one, row by row: exact sentences, each with its way.

use super::{edited, sample};
use crate::protocol::Protocol;

/// Changes of the sample, and what is said of them.
type Row = (&'static [(&'static str, &'static str)], &'static [&'static str]);

fn said(old: &Protocol, new: &Protocol) -> Vec<String> {
    let changes = new.changes_since(old);
    changes.iter().map(|change| format!("{}: {}: {}", change.section, change.mark.as_str(), change.sentence)).collect()
}

fn check(rows: &[Row]) {
    for (changes, expected) in rows {
        let new = super::with(changes);
        assert_eq!(said(&sample(), &new), *expected, "{changes:?}");
    }
}

#[test]
fn a_new_number_and_moved_lines_change_nothing() {
    check(&[(&[], &[]), (&[("version = 3 ", "version = 4 ")], &[]), (&[("[approvals]", "\n\n# A remark.\n[approvals]")], &[])]);
}

#[test]
fn what_the_campaign_is() {
    check(&[
        (
            &[("title = \"Samen over migraine\"", "title = \"Migraine\"")],
            &["Campaign: other: Title: Samen over migraine → Migraine"],
        ),
        (
            &[("id = \"migraine-nl\"", "id = \"migraine-be\""), ("Norvexa Pharma B.V.", "Norvexa NV")],
            &[
                "Campaign: other: Campaign: migraine-nl → migraine-be",
                "Campaign: other: Marketing authorisation holder: Norvexa Pharma B.V. → Norvexa NV",
            ],
        ),
        (
            &[("markets = [\"NL\", \"BE\"]", "markets = [\"NL\", \"DE\"]"), ("[\"nl\", \"en\", \"fr\"]", "[\"nl\", \"en\"]")],
            &["Campaign: other: Market DE is new", "Campaign: other: Market BE is gone", "Campaign: other: Language fr is gone"],
        ),
        (
            &[
                ("timezone = \"Europe/Amsterdam\"", "timezone = \"Europe/Brussels\""),
                ("starts = 2026-01-05", "starts = 2026-01-04"),
            ],
            &[
                "Campaign: other: Time zone: Europe/Amsterdam → Europe/Brussels",
                "Campaign: other: First day: 2026-01-05 → 2026-01-04",
            ],
        ),
        (&[("ends = 2026-12-31", "ends = 2026-11-30")], &["Campaign: other: Last day: 2026-12-31 → 2026-11-30"]),
        (
            &[("monitored_until = 2027-03-31", "monitored_until = 2027-04-30")],
            &["Campaign: stricter: Monitored until 2027-03-31 → 2027-04-30 (longer)"],
        ),
        (
            &[("\"Medical director\", on = 2025-12-18", "\"Dr Bos\"")],
            &[
                "Approvals: other: For medical signs: Medical director → Dr Bos",
                "Approvals: other: Signature for medical: 2025-12-18 → open",
            ],
        ),
    ]);
}

#[test]
fn products_doors_and_channels() {
    check(&[
        (
            &[("substance = \"norvexatin\"", "substance = \"norvexatinum\""), ("\"norvexatine\"", "\"norvexx\"")],
            &[
                "Products: other: Product Norvexa: substance: norvexatin → norvexatinum",
                "Products: stricter: Product Norvexa: spelling norvexx is new",
                "Products: looser: Product Norvexa: spelling norvexatine is gone",
            ],
        ),
        (
            &[("name = \"Triptaline\"\nown = false", "name = \"Triptal\"\nown = true")],
            &["Products: stricter: Product Triptal is new (ours)", "Products: looser: Product Triptaline is gone"],
        ),
        (&[("own = false", "own = true ")], &["Products: other: Product Triptaline is: a competitor's → ours"]),
        (
            &[("secret = \"dayzero/meta\"", "secret = \"dayzero/meta-2\"")],
            &["Doors: other: Door meta: name of the secret: dayzero/meta → dayzero/meta-2"],
        ),
        (
            &[("[[door]]\nid = \"forum\"", "[[door]]\nid = \"board\""), ("door = \"forum\"", "door = \"board\"")],
            &[
                "Doors: other: Door board opens for forum",
                "Doors: looser: Door forum is closed: what arrives there is refused",
                "Channels: other: Channel forum: door: forum → board",
            ],
        ),
        (
            &[("id = \"instagram\"", "id = \"insta\"")],
            &[
                "Channels: stricter: Channel insta is watched (instagram account 17841400000000001)",
                "Channels: looser: Channel instagram is no longer watched (instagram account 17841400000000001)",
            ],
        ),
        (
            &[
                ("account = \"104857600000001\"", "account = \"104857600000009\"\nown_authors = [\"77\"]"),
                ("silent_after = \"12h\"", "silent_after = \"6h\""),
                ("products = [\"Norvexa\"]", "products = []"),
            ],
            &[
                "Channels: other: Channel fb-page: account: 104857600000001 → 104857600000009",
                "Channels: looser: Channel fb-page: own author 77 is new",
                "Channels: stricter: Channel fb-page: silence is an alarm after 12h → 6h (shorter)",
                "Channels: looser: Channel fb-ads: implied product Norvexa is gone",
            ],
        ),
    ]);
}

#[test]
fn hours_windows_and_legal_dates() {
    check(&[
        (
            &[("mon = \"09:00-17:30\"", "mon = \"09:00-18:00\""), ("fri = \"09:00-16:00\"", "sat = \"10:00-12:00\"")],
            &[
                "Hours: stricter: Monday: 09:00-17:30 → 09:00-18:00",
                "Hours: looser: Friday: 09:00-16:00 → closed",
                "Hours: stricter: Saturday: closed → 10:00-12:00",
            ],
        ),
        (&[("tue = \"09:00-17:30\"", "tue = \"08:00-17:00\"")], &["Hours: other: Tuesday: 09:00-17:30 → 08:00-17:00"]),
        (
            &[("2026-01-01, 2026-04-06", "2026-04-06, 2026-04-07")],
            &[
                "Hours: looser: Holiday 2026-04-07 is new: business time stands still on it",
                "Hours: stricter: Holiday 2026-01-01 is gone",
            ],
        ),
        (&[("rule = \"received\"", "rule = \"posted\"")], &["Day zero: other: It counts from: received → posted"]),
        (
            // Distress has no windows of its own, and takes those of a serious case.
            &[("acknowledge = \"1h\"", "acknowledge = \"50m\"")],
            &[
                "Windows: stricter: Distress: acknowledge within 1h → 50m (shorter)",
                "Windows: stricter: Serious: acknowledge within 1h → 50m (shorter)",
            ],
        ),
        (
            &[("acknowledge = \"4 business hours\"", "acknowledge = \"1 business day\"")],
            &["Windows: looser: Adverse event: acknowledge within 4 business hours → 1 business day (longer)"],
        ),
        (
            &[("acknowledge = \"4 business hours\"", "acknowledge = \"6h\"")],
            &[
                "Windows: other: Adverse event: acknowledge within 4 business hours → 6h (shorter at some hours, longer at others)",
            ],
        ),
        (
            &[("forward = \"24h\"\n", ""), ("decide = \"1 business day\"", "decide = \"2 business days\"")],
            &[
                "Windows: looser: Serious: no window for forwarding any more (was 1d)",
                "Windows: looser: Comments without an alert: decide within 1 business day → 2 business days (longer)",
            ],
        ),
        (
            &[("serious_days = 15", "serious_days = 7"), ("non_serious_days = 90", "non_serious_days = 91")],
            &[
                "Legal dates: stricter: Serious: due 15 → 7 calendar days after day zero (shorter)",
                "Legal dates: looser: Non-serious: due 90 → 91 calendar days after day zero (longer)",
            ],
        ),
    ]);
}

#[test]
fn routes_and_topics() {
    check(&[
        (
            &[("after = \"3 business hours\"", "after = \"2 business hours\"")],
            &[
                "Routes: stricter: Route for adverse event, special situation: safety-on-call now after 2 business hours (was after 3 business hours)",
            ],
        ),
        (
            &[("  { topic = \"qppv\", after = \"45m\", text = \"none\" },\n", "")],
            &["Routes: looser: Route for serious: qppv is no longer told (was after 45m)"],
        ),
        (
            &[(
                "steps = [{ topic = \"quality-desk\", text = \"excerpt\" }]",
                "repeat = \"1h\"\nsteps = [{ topic = \"quality-desk\", text = \"full\" }, { topic = \"qppv\", after = \"1h\", text = \"none\" }]",
            )],
            &[
                "Routes: looser: Route for quality complaint: a message to quality-desk may hold all of the comment (was an excerpt)",
                "Routes: stricter: Route for quality complaint: qppv is told as well, after 1h",
                "Routes: stricter: Route for quality complaint: the last step is repeated every 1h (was 4h)",
            ],
        ),
        (
            // Two classes on one route of their own are the same two routes.
            &[("for = [\"adverse_event\", \"special_situation\"]", "for = [\"special_situation\", \"adverse_event\"]")],
            &[],
        ),
        (
            &[("qppv = \"${QppvTopic}\"", "qppv = \"${SafetyDeskTopic}\"\nspare = \"${QppvTopic}\"")],
            &[
                "Topics: other: Topic qppv leads to: ${QppvTopic} → ${SafetyDeskTopic}",
                "Topics: other: Topic spare is new, and leads to ${QppvTopic}",
            ],
        ),
    ]);
}

#[test]
fn classifier_retention_and_examples() {
    check(&[
        (
            &[
                ("sensitivity = \"high\"", "sensitivity = \"balanced\""),
                ("nl = [\"sterretjes zien\"]", "nl = [\"vlekken zien\"]"),
                ("sample = 0.02", "sample = 0.05"),
            ],
            &[
                "Classifier: looser: Sensitivity: high → balanced",
                "Classifier: stricter: Further reaction (nl) vlekken zien is new",
                "Classifier: looser: Further reaction (nl) sterretjes zien is gone",
                "Classifier: stricter: Share of the lowest band that is read one by one: 0.02 → 0.05",
            ],
        ),
        (
            &[
                ("other = \"180d\"", "other = \"90d\""),
                ("safety = \"forever\"", "safety = \"3650d\"\nplatform = { x = \"24h\" }"),
            ],
            &[
                "Retention: other: Comments that are no safety matter are kept: 180d → 90d",
                "Retention: other: Cases are kept: forever → 3650d",
                "Retention: other: Words from x are kept: without a limit of the platform → 1d",
            ],
        ),
        (
            &[("expect = { not_band = \"alert\" }", "expect = { band = \"review\" }"), ("tweede tablet", "derde tablet")],
            &[
                "Examples: stricter: The example on line 165 (channel fb-ads) is new",
                "Examples: other: The example on line 170 expects: any band but alert → band review",
                "Examples: looser: The example on line 165 of the older version (channel fb-ads) is gone",
            ],
        ),
    ]);
}

#[test]
fn what_is_stricter_one_way_is_looser_the_other() {
    let edits = [("acknowledge = \"1h\"", "acknowledge = \"50m\""), ("2026-01-01, 2026-04-06", "2026-04-06, 2026-04-07")];
    let new = Protocol::parse(&edited(&edits)).unwrap();
    let way = |changes: Vec<crate::protocol::Change>| -> Vec<(usize, usize)> {
        let count = |mark| changes.iter().filter(|change| change.mark == mark).count();
        vec![(count(crate::protocol::Mark::Stricter), count(crate::protocol::Mark::Looser))]
    };
    assert_eq!(way(new.changes_since(&sample())), [(3, 1)]);
    assert_eq!(way(sample().changes_since(&new)), [(1, 3)]);
}
