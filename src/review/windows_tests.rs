//! The windows of a record (`model::windows`), told as the stories that the pages show. They stand here because the fixture does.

use super::fixture::{Story, at};
use crate::model::windows::{Done, Standing, windows};
use crate::model::{Band, Class, Obligation, Outcome};

/// An alert of 23:30 UTC: to be sent by 23:45, acknowledged by 00:30, forwarded by 23:30 of the next day.
fn alerted() -> Story {
    Story::about("1").written("duizelig").read(Band::Alert, &[]).alerted(Class::AdverseEvent)
}

#[test]
fn each_window_stands_by_what_was_done_and_when() {
    use Standing::{Kept, Late, Overdue, Running};
    let decided = |story: Story| story.decided("Anna", Outcome::QualityComplaint, None);
    let rows = [
        ("at once", alerted(), "2026-03-01T23:30:00Z", [Running, Running, Running]),
        ("to the second", alerted(), "2026-03-01T23:45:00Z", [Running, Running, Running]),
        ("nothing sent", alerted(), "2026-03-01T23:45:01Z", [Overdue, Running, Running]),
        ("sent late", alerted().after(16).published(), "2026-03-02T01:00:00Z", [Late, Overdue, Running]),
        ("in hand in time", alerted().published().after(60).acknowledged("Anna"), "2026-03-02T01:00:00Z", [Kept, Kept, Running]),
        ("in hand late", alerted().published().after(61).acknowledged("Anna"), "2026-03-02T01:00:00Z", [Kept, Late, Running]),
        ("decided", decided(alerted().published().after(5)), "2026-03-09T01:00:00Z", [Kept, Kept, Kept]),
        ("decided late", decided(alerted().published().after(1441)), "2026-03-09T01:00:00Z", [Kept, Late, Late]),
        (
            "asked for more",
            alerted().published().decided("Anna", Outcome::NeedsMore, None),
            "2026-03-09T01:00:00Z",
            [Kept, Kept, Overdue],
        ),
    ];
    for (name, story, now, expected) in rows {
        let windows = windows(&story.matter().record);
        let standing: Vec<Standing> = windows.iter().map(|window| window.standing(at(now))).collect();
        assert_eq!(standing, expected, "{name}");
    }
}

#[test]
fn a_comment_without_an_alert_has_one_window_and_who_kept_it() {
    let story =
        Story::about("1").written("Fijn!").read(Band::Log, &[]).after(9).decided("Anna", Outcome::NotACase, Some("praise"));
    let windows = windows(&story.matter().record);
    assert_eq!(windows.len(), 1);
    assert_eq!((windows[0].obligation, &windows[0].alert), (Obligation::Decide, &None));
    assert_eq!(windows[0].done, Some(Done { at: at("2026-03-01T23:39:00Z"), by: Some("Anna".into()) }));
}
