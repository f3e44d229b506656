//! Every mistake that a file can hold, made in the sample, with the message that it gets. A row that names two problems shows that
//! both are found at once.

/// Changes of the sample, and every problem that they make.
pub(super) type Row = (&'static [(&'static str, &'static str)], &'static [&'static str]);

/// `[protocol]` and `[approvals]`.
pub(super) const IDENTITY: &[Row] = &[
    (
        &[(r#"id = "migraine-nl""#, r#"id = "migraine nl""#)],
        &[r#"line 4: [protocol] id: expected letters, digits and hyphens, at most 64 characters, found "migraine nl""#],
    ),
    (&[("version = 3 ", "version = 0 ")], &["line 5: [protocol] version: expected a whole number from 1, found 0"]),
    (
        &[("version = 3 ", r#"version = "three" "#)],
        &[r#"line 5: [protocol] version: expected a whole number from 1, found "three""#],
    ),
    (&[("title = \"Samen over migraine\"\n", "")], &["line 3: [protocol] needs title: text that is not empty"]),
    (
        &[(r#"title = "Samen over migraine""#, r#"titel = "Samen over migraine""#)],
        &[
            "line 3: [protocol] needs title: text that is not empty",
            r#"line 6: [protocol] has an unknown key "titel"; did you mean title?"#,
        ],
    ),
    (
        &[(r#"holder = "Norvexa Pharma B.V.""#, r#"holder = " ""#)],
        &[r#"line 7: [protocol] holder: expected text that is not empty, found " ""#],
    ),
    (
        &[(r#"markets = ["NL", "BE"]"#, r#"markets = ["NL", "Belgium"]"#)],
        &[r#"line 8: [protocol] markets: expected a country of two capital letters (ISO 3166-1) such as "NL", found "Belgium""#],
    ),
    (&[(r#"markets = ["NL", "BE"]"#, r#"markets = "NL""#)], &[r#"line 8: [protocol] markets: expected a list, found "NL""#]),
    (
        &[(r#"languages = ["nl", "en", "fr"]"#, "languages = []")],
        &[r#"line 9: [protocol] languages: expected at least one entry, a language tag (BCP 47) such as "nl""#],
    ),
    (
        &[(r#"languages = ["nl", "en", "fr"]"#, r#"languages = ["nl", "Dutch", "en", "nl"]"#)],
        &[
            r#"line 9: [protocol] languages: expected a language tag (BCP 47) such as "nl", found "Dutch""#,
            r#"line 9: language "nl" is already on line 9"#,
        ],
    ),
    (
        &[("Europe/Amsterdam", "Europe/Rotterdam")],
        &[r#"line 10: [protocol] timezone: expected an IANA time zone such as "Europe/Amsterdam", found "Europe/Rotterdam""#],
    ),
    (
        &[("starts = 2026-01-05", r#"starts = "2026-01-05""#)],
        &[r#"line 11: [protocol] starts: expected a date such as 2026-03-01, found "2026-01-05""#],
    ),
    (
        &[("starts = 2026-01-05", "starts = 2026-01-05T09:00:00")],
        &["line 11: [protocol] starts: expected a date such as 2026-03-01, found 2026-01-05T09:00:00"],
    ),
    (&[("ends = 2026-12-31", "ends = 2025-12-31")], &["line 12: [protocol] ends: 2025-12-31 lies before starts, 2026-01-05"]),
    (
        &[("monitored_until = 2027-03-31", "monitored_until = 2026-03-31")],
        &["line 13: [protocol] monitored_until: 2026-03-31 lies before ends, 2026-12-31"],
    ),
    (
        &[("monitored_until = 2027-03-31", "monitored_until = 2726-03-31")],
        &["line 13: [protocol] monitored_until: expected a date such as 2026-03-01, found 2726-03-31"],
    ),
    (&[("[approvals]", "[approval]")], &[r#"line 15: the file has an unknown key "approval"; did you mean approvals?"#]),
    (
        &[(r#"safety = { name = "Qualified"#, r#"safety = { nam = "Qualified"#)],
        &[
            r#"line 16: [approvals] safety has an unknown key "nam"; did you mean name?"#,
            "line 16: [approvals] safety needs name: text that is not empty",
        ],
    ),
    (
        &[("safety = { name", "legal = { name")],
        &[r#"line 16: [approvals] has an unknown key "legal"; it knows safety, medical, privacy"#],
    ),
];

/// Products, doors and channels.
pub(super) const PLACES: &[Row] = &[
    (&[("own = true\n", "own = \"yes\"\n")], &[r#"line 25: [[product]] own: expected true or false, found "yes""#]),
    (&[(r#"name = "Triptaline""#, r#"name = "Norvexa""#)], &[r#"line 28: product "Norvexa" is already on line 22"#]),
    (
        &[(r#"platform = "meta" "#, r#"platform = "facebook" "#)],
        &[
            r#"line 35: [[door]] platform: expected meta, x, linkedin, tiktok, youtube, discourse, telegram, slack, mastodon or forum, found "facebook""#,
        ],
    ),
    (
        &[(r#"secret = "dayzero/meta" "#, "signature = \"no_prefix\"\nsecret = \"dayzero/meta\" ")],
        &["line 36: [[door]] signature: only linkedin's signature is seen in other forms than the documented one"],
    ),
    (
        &[(r#"secret = "dayzero/meta" "#, "signature = \"lax\"\nsecret = \"dayzero/meta\" ")],
        &[r#"line 36: [[door]] signature: expected documented, prefix_in_header, prefix_in_both or no_prefix, found "lax""#],
    ),
    (&[(r#"secret = "dayzero/meta" "#, "secret = 5 ")], &["line 36: [[door]] secret: expected text that is not empty, found 5"]),
    (
        &[(
            "id = \"forum\"\nplatform = \"forum\"                      # Standard",
            "id = \"meta\"\nplatform = \"forum\"                      # Standard",
        )],
        &[r#"line 39: door "meta" is already on line 34"#, r#"line 71: [[channel]] door: expected meta, found "forum""#],
    ),
    (
        &[(r#"platform = "facebook""#, r#"platform = "myspace""#)],
        &[
            r#"line 48: [[channel]] platform: expected facebook, instagram, threads, messenger, whatsapp, x, linkedin, tiktok, youtube, discourse, telegram, slack, mastodon or forum, found "myspace""#,
        ],
    ),
    (
        &[(r#"platform = "facebook""#, r#"platform = "forum""#)],
        &[r#"line 48: [[channel]] platform: door "meta" is one of meta, which does not carry forum"#],
    ),
    (&[(r#"door = "meta""#, r#"door = "mta""#)], &[r#"line 47: [[channel]] door: expected meta or forum, found "mta""#]),
    (
        &[(r#"id = "fb-ads""#, r#"id = "fb-page""#)],
        &[
            r#"line 54: channel "fb-page" is already on line 46"#,
            r#"line 167: [[example]] channel: expected fb-page, forum or instagram, found "fb-ads""#,
        ],
    ),
    (
        &[("104857600000002", "104857600000001")],
        &[r#"line 57: facebook account "104857600000001" already has a channel on line 49"#],
    ),
    (
        &[(r#"products = ["Norvexa"]"#, r#"products = ["Norvexan"]"#)],
        &[r#"line 58: [[channel]] products: expected Norvexa or Triptaline, found "Norvexan""#],
    ),
    (
        &[(r#"silent_after = "12h" "#, r#"silent_after = "1 business day" "#)],
        &[r#"line 51: [[channel]] silent_after: expected clock time such as "30m", "12h" or "2d", found "1 business day""#],
    ),
    (
        &[(r#"silent_after = "12h" "#, r#"silent_afer = "12h" "#)],
        &[
            r#"line 45: [[channel]] needs silent_after: clock time such as "30m", "12h" or "2d""#,
            r#"line 51: [[channel]] has an unknown key "silent_afer"; did you mean silent_after?"#,
        ],
    ),
];

/// Opening hours.
pub(super) const HOURS: &[Row] = &[
    (
        &[(r#"mon = "09:00-17:30""#, r#"mon = "17:30-09:00""#)],
        &[r#"line 78: [hours] mon: expected opening hours such as "09:00-17:30", the start before the end, found "17:30-09:00""#],
    ),
    (
        &[(r#"mon = "09:00-17:30""#, r#"mon = "9-17""#)],
        &[r#"line 78: [hours] mon: expected opening hours such as "09:00-17:30", the start before the end, found "9-17""#],
    ),
    (
        &[(r#"mon = "09:00-17:30""#, r#"monday = "09:00-17:30""#)],
        &[r#"line 78: [hours] has an unknown key "monday"; it knows mon, tue, wed, thu, fri, sat, sun, holidays"#],
    ),
    (
        &[("2026-04-27,", r#"2026-04-27, "2026-04-28", 2026-04-06,"#)],
        &[
            "line 83: [hours] holidays: 2026-04-06 is listed twice",
            r#"line 83: [hours] holidays: expected a date such as 2026-03-01, found "2026-04-28""#,
        ],
    ),
    (
        &[("[hours] ", "[opening] ")],
        &[
            r#"line 77: the file has an unknown key "opening"; it knows protocol, approvals, product, door, channel, hours, day_zero, windows, legal, route, topics, classifier, retention, example"#,
            r#"line 98: "4 business hours" counts business time and the file has no [hours]"#,
        ],
    ),
    (
        &[(
            "mon = \"09:00-17:30\"\ntue = \"09:00-17:30\"\nwed = \"09:00-17:30\"\nthu = \"09:00-17:30\"\nfri = \"09:00-16:00\"\n",
            "",
        )],
        &[r#"line 77: [hours] never open, and "4 business hours" on line 93 counts business time"#],
    ),
];

/// Day zero, windows and legal days.
pub(super) const WINDOWS: &[Row] = &[
    (
        &[(r#"rule = "received""#, r#"rule = "recieved""#)],
        &[r#"line 87: [day_zero] rule: expected received, posted or seen, found "recieved""#],
    ),
    (
        &[(r#"alert = "15m""#, r#"alert = "15 minutes""#)],
        &[
            r#"line 92: [windows.serious] alert: expected a window such as "15m", "2h", "7d", "4 business hours" or "1 business day", found "15 minutes""#,
        ],
    ),
    (
        &[(r#"alert = "15m""#, r#"alert = "0m""#)],
        &[
            r#"line 92: [windows.serious] alert: expected a window such as "15m", "2h", "7d", "4 business hours" or "1 business day", found "0m""#,
        ],
    ),
    (
        &[(r#"alert = "15m""#, "alert = 15")],
        &[
            r#"line 92: [windows.serious] alert: expected a window such as "15m", "2h", "7d", "4 business hours" or "1 business day", found 15"#,
        ],
    ),
    (
        &[("acknowledge = \"1h\"\n", "")],
        &[
            r#"line 91: [windows.serious] needs acknowledge: a window such as "15m", "2h", "7d", "4 business hours" or "1 business day""#,
        ],
    ),
    (
        &[("[windows.serious]", "[windows.seriuos]")],
        &[
            r#"line 91: [windows] has an unknown key "seriuos"; did you mean serious?"#,
            "line 91: [windows] needs [windows.serious]",
        ],
    ),
    (
        &[(r#"decide = "1 business day""#, r#"decide = "1 business week""#)],
        &[
            r#"line 112: [windows.review] decide: expected a window such as "15m", "2h", "7d", "4 business hours" or "1 business day", found "1 business week""#,
        ],
    ),
    (
        &[("serious_days = 15", "serious_days = 0")],
        &["line 116: [legal] serious_days: expected a whole number of calendar days from 1 to 3650, found 0"],
    ),
    (
        &[("non_serious_days = 90\n", "")],
        &["line 115: [legal] needs non_serious_days: a whole number of calendar days from 1 to 3650"],
    ),
];

/// Routes and topics.
pub(super) const ROUTES: &[Row] = &[
    (
        &[(r#"for = ["quality_complaint"]"#, r#"for = ["quality"]"#)],
        &[
            "line 1: the file needs a [[route]] for quality_complaint",
            r#"line 136: [[route]] for: expected distress, serious, adverse_event, special_situation or quality_complaint, found "quality""#,
        ],
    ),
    (
        &[(r#"for = ["quality_complaint"]"#, r#"for = ["quality_complaint", "serious"]"#)],
        &["line 136: [[route]] for: serious already has a route on line 120"],
    ),
    (
        &[(r#"for = ["quality_complaint"]"#, "for = []")],
        &[
            "line 1: the file needs a [[route]] for quality_complaint",
            "line 136: [[route]] for: expected at least one entry, distress, serious, adverse_event, special_situation or quality_complaint",
        ],
    ),
    (
        &[(r#"for = ["distress"]"#, r#"for = ["serious"]"#)],
        &["line 1: the file needs a [[route]] for distress", "line 140: [[route]] for: serious already has a route on line 120"],
    ),
    (
        &[(r#"after = "20m""#, r#"after = "50m""#)],
        &["line 125: [[route]] step 3 (after 45m) has to come later than step 2 (after 50m)"],
    ),
    (
        &[(r#"after = "20m""#, r#"after = "3 business hours""#)],
        &[
            "line 125: [[route]] step 3 (after 45m) has to come later than step 2 (after 3 business hours); for a comment on a Monday 00:30 it would not",
        ],
    ),
    (
        &[(r#"after = "20m", "#, "")],
        &[
            r#"line 124: [[route]] step 2 needs after: a window such as "15m", "2h", "7d", "4 business hours" or "1 business day""#,
        ],
    ),
    (
        &[(r#"{ topic = "safety-desk", text = "none" }"#, r#"{ topic = "safety-desk", after = "5m", text = "none" }"#)],
        &["line 123: [[route]] step: the first is taken at once and has no after"],
    ),
    (
        &[(r#"topic = "qppv""#, r#"topic = "qpv""#)],
        &[
            r#"line 125: [[route]] step topic: expected a name of [topics] (duty-of-care, qppv, quality-desk, safety-desk or safety-on-call), found "qpv""#,
        ],
    ),
    (
        &[("text = \"excerpt\" },\n", "text = \"some\" },\n")],
        &[r#"line 131: [[route]] step text: expected none, excerpt or full, found "some""#],
    ),
    (
        &[(r#"steps = [{ topic = "quality-desk", text = "excerpt" }]"#, "steps = []")],
        &["line 137: [[route]] needs at least one step"],
    ),
    (&[(r#"steps = [{ topic = "quality-desk", text = "excerpt" }]"#, "")], &["line 135: [[route]] needs at least one step"]),
    (
        &[(r#"steps = [{ topic = "quality-desk", text = "excerpt" }]"#, r#"steps = ["quality-desk"]"#)],
        &[r#"line 137: [[route]] step: expected a table, found "quality-desk""#],
    ),
    (
        &[(r#"for = ["distress"]"#, "for = [\"distress\"]\nrepeat = \"1 business hour\"")],
        &[r#"line 141: [[route]] repeat: expected clock time such as "30m", "12h" or "2d", found "1 business hour""#],
    ),
    (
        &[(r#"for = ["distress"]"#, "for = [\"distress\"]\nrepeat = \"4m\"")],
        &["line 141: [[route]] repeat: expected at least 5m, found 4m"],
    ),
    (
        &[(r#""${QppvTopic}""#, r#""qppv""#)],
        &[
            r#"line 146: [topics] qppv: expected the ARN of an SNS topic, or a placeholder such as "${SafetyDeskTopic}", found "qppv""#,
        ],
    ),
    (
        &[(r#"qppv = "${QppvTopic}""#, "\"q p\" = \"${QppvTopic}\"\nqppv = \"${QppvTopic}\"")],
        &[r#"line 146: [topics]: expected letters, digits and hyphens, at most 64 characters, found "q p""#],
    ),
];

/// Classifier, retention, examples, and what is not TOML.
pub(super) const REST: &[Row] = &[
    (
        &[(r#"sensitivity = "high""#, r#"sensitivity = "low""#)],
        &[r#"line 151: [classifier] sensitivity: expected high or balanced, found "low""#],
    ),
    (&[("sample = 0.02", "sample = 2")], &["line 153: [classifier] sample: expected a share between 0 and 1, found 2"]),
    (
        &[(r#"nl = ["sterretjes zien"]"#, r#"de = ["sterretjes zien"]"#)],
        &[r#"line 152: [classifier] extra_reactions: "de" is not among the languages of [protocol]"#],
    ),
    (
        &[(r#"nl = ["sterretjes zien"]"#, r#"nl = "sterretjes zien""#)],
        &[r#"line 152: [classifier] extra_reactions nl: expected a list, found "sterretjes zien""#],
    ),
    (
        &[(r#"other = "180d""#, r#"other = "half a year""#)],
        &[r#"line 156: [retention] other: expected "forever" or clock time such as "180d", found "half a year""#],
    ),
    (
        &[("[retention]", "[retention]\nplatform = { facebook = \"soon\", myspace = \"2d\" }")],
        &[
            r#"line 156: [retention] platform facebook: expected clock time such as "30m", "12h" or "2d", found "soon""#,
            r#"line 156: [retention] platform has an unknown key "myspace"; it knows facebook, instagram, threads, messenger, whatsapp, x, linkedin, tiktok, youtube, discourse, telegram, slack, mastodon, forum"#,
        ],
    ),
    (
        &[("[retention]\n", "")],
        &[
            "line 1: the file needs [retention]",
            r#"line 155: [classifier] has an unknown key "other"; it knows sensitivity, extra_reactions, sample"#,
            r#"line 156: [classifier] has an unknown key "safety"; it knows sensitivity, extra_reactions, sample"#,
        ],
    ),
    (
        &[("channel = \"fb-ads\"\nexpect", "channel = \"fb-adds\"\nexpect")],
        &[r#"line 167: [[example]] channel: expected fb-ads, fb-page, forum or instagram, found "fb-adds""#],
    ),
    (
        &[(r#"expect = { not_band = "alert" }"#, r#"expect = { band = "alert", not_band = "alert" }"#)],
        &["line 173: [[example]] expect: band and not_band name the same band"],
    ),
    (
        &[(r#"expect = { not_band = "alert" }"#, "expect = {}")],
        &["line 173: [[example]] expect: expected at least one of band, not_band and class"],
    ),
    (
        &[(r#"expect = { not_band = "alert" }"#, r#"expect = { not_band = "red" }"#)],
        &[r#"line 173: [[example]] expect not_band: expected alert, review or log, found "red""#],
    ),
    (
        &[(r#"expect = { not_band = "alert" }"#, r#"expect = { class = "serius" }"#)],
        &[
            r#"line 173: [[example]] expect class: expected distress, serious, adverse_event, special_situation or quality_complaint, found "serius""#,
        ],
    ),
    (&[("[day_zero]", "[day_zero")], &["line 86: this is not TOML: unclosed table, expected `]`"]),
    (&[("version = 3 ", "version = 3\nversion = 4 ")], &["line 6: this is not TOML: duplicate key"]),
    (
        &[("starts = 2026-01-05", "starts = 2026-02-30")],
        &["line 11: this is not TOML: invalid date, expected day between 01 and 28"],
    ),
];
