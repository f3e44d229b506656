//! Rows for `asof`: what an address may ask, and what a record said at each minute of its story.

use super::super::fixture::{Story, at};
use super::*;
use crate::model::record::State;
use crate::model::windows::{Standing, windows};
use crate::model::{Action, Actor, Band, Class, Happening, Obligation, Outcome, Removal, Stage};

fn request(as_of: &str) -> Request {
    let query = vec![(NAME.to_owned(), as_of.to_owned())];
    Request { method: "GET".into(), path: "/".into(), query, headers: Vec::new(), body: Vec::new() }
}

#[test]
fn a_moment_is_a_time_or_the_end_of_a_day_in_the_campaigns_zone() {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let now = at("2026-11-01T12:00:00Z");
    let rows = [
        ("2026-03-11T03:00:00+01:00", Some("2026-03-11T02:00:00Z")),
        ("2026-03-11T03:00:00 01:00", Some("2026-03-11T02:00:00Z")),
        ("2026-03-11T02:00:00Z", Some("2026-03-11T02:00:00Z")),
        ("2026-03-11", Some("2026-03-11T22:59:59.999Z")),
        // The night in which the clocks go forward, and the one in which they go back.
        ("2026-03-29", Some("2026-03-29T21:59:59.999Z")),
        ("2026-10-25", Some("2026-10-25T22:59:59.999Z")),
        ("2026-11-01", None),
        ("2026-11-01T12:00:01Z", None),
        ("2026-13-01", None),
        ("2026-3-1", None),
        ("yesterday", None),
        ("2026-03-12T03:00:00", None),
        ("'; DROP TABLE", None),
        ("<script>", None),
        ("9999-12-31", None),
        ("-999999-01-01T00:00:00Z", None),
    ];
    for (text, expected) in rows {
        let found = Moment::of(&request(text), &zone, now);
        assert_eq!(found.as_ref().ok().and_then(|found| Some(found.as_ref()?.at)), expected.map(at), "{text}");
        match found {
            Ok(Some(moment)) => assert_eq!(Moment::of(&request(&moment.written), &zone, now).unwrap(), Some(moment), "{text}"),
            Ok(None) => panic!("{text} asks for a moment"),
            Err(problem) => assert!(problem.status() == 422 && !problem.to_string().contains(text), "{text}"),
        }
    }
    assert_eq!(Moment::of(&request(""), &zone, now).unwrap(), None);
}

/// Written at 23:30 UTC, alerted at once, sent a minute later, in hand after 61 minutes, then decided.
fn story() -> Story {
    let story = Story::about("1").written("duizelig").read(Band::Alert, &[]).alerted(Class::Serious).after(1).published();
    let story = story.after(60).missed(Obligation::Acknowledge, at("2026-03-02T00:30:00Z"));
    story.acknowledged("Anna").after(9).decided("Anna", Outcome::NotACase, Some("asked"))
}

#[test]
fn a_record_says_what_it_said_then() {
    let matter = story().matter();
    let rows = [
        ("2026-03-01T23:29:59.999Z", None),
        ("2026-03-01T23:30:00Z", Some((2, State::Open, 0, Standing::Running))),
        ("2026-03-01T23:31:00Z", Some((3, State::Open, 1, Standing::Running))),
        ("2026-03-02T00:30:59Z", Some((3, State::Open, 1, Standing::Overdue))),
        ("2026-03-02T00:31:00Z", Some((5, State::Acknowledged, 1, Standing::Late))),
        ("2026-03-02T00:39:59Z", Some((5, State::Acknowledged, 1, Standing::Late))),
        ("2026-03-02T00:40:00Z", Some((6, State::Closed, 1, Standing::Late))),
        ("2027-01-01T00:00:00Z", Some((6, State::Closed, 1, Standing::Late))),
    ];
    for (time, expected) in rows {
        let found = matter.as_of(at(time)).map(|(then, erased)| {
            assert_eq!(erased, None, "{time}");
            let record = then.record;
            let acknowledge = windows(&record).into_iter().find(|window| window.obligation == Obligation::Acknowledge).unwrap();
            (record.revision.0, record.state(), record.alerts[0].published.len(), acknowledge.standing(at(time)))
        });
        assert_eq!(found, expected, "{time}");
    }
}

#[test]
fn words_that_were_erased_since_are_gone_for_every_moment() {
    let because = Removal::Retention;
    let story = Story::about("1").written("duizelig").read(Band::Log, &[]).after(5).sighted(Action::Edited, Some("misselijk"));
    let before = story.matter();
    let erased_at = "2026-03-02T00:00:00Z";
    let mut story = story.after(25).push(Actor::Stage(Stage::Watch), Happening::Erased { because }, None);
    story.clock = at("2026-03-02T03:00:00Z");
    let matter = story.sighted(Action::Edited, Some("toch weer")).matter();
    let (then, erased) = matter.as_of(at("2026-03-01T23:40:00Z")).unwrap();
    assert_eq!(erased, Some((at(erased_at), because)));
    assert_eq!((then.record.revision, then.record.versions.len()), (before.record.revision, 0));
    assert!(then.entries.iter().all(|entry| entry.words.is_none()));
    assert_eq!(then.record.band(), Band::Log);
    // Afterwards they are erased in the record of then as well, and what came later is there.
    let (then, erased) = matter.as_of(at("2026-03-02T01:00:00Z")).unwrap();
    assert_eq!((erased, then.record.erased.is_some(), then.record.versions.len()), (None, true, 0));
    let (then, _) = matter.as_of(at("2026-03-02T03:00:00Z")).unwrap();
    assert_eq!(then.record.versions.len(), 1);
}

#[test]
fn a_writers_fast_clock_hides_nothing_that_stood_in_the_record() {
    let mut story = Story::about("1").written("duizelig");
    story.clock = at("2026-03-01T23:39:00Z");
    story = story.read(Band::Log, &[]);
    story.clock = at("2026-03-01T23:31:00Z");
    let matter = story.acknowledged("Anna").matter();
    let revision = |time| matter.as_of(at(time)).map(|(then, _)| then.record.revision.0);
    assert_eq!(revision("2026-03-01T23:30:30Z"), Some(1));
    assert_eq!(revision("2026-03-01T23:31:00Z"), Some(3));
}
