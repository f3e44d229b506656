//! Rows for what may be acknowledged and decided.

use super::*;
use crate::model::{Action, Band, Class, EvidenceKind, Obligation};
use crate::review::fixture::{Story, at, person};

const NOW: &str = "2026-03-02T01:00:00Z";
const OTHER: &str = "forum-0123456789abcdef0123456789abcdef";

/// Entries 1 and 2: written; read, with an alert due.
fn alerted() -> Story {
    Story::about("1")
        .written("Sinds Norvexa ben ik zo duizelig")
        .read(Band::Alert, &[("duizelig", EvidenceKind::Reaction)])
        .alerted(Class::AdverseEvent)
}

fn asked(decision: &str, revision: u32, more: &str) -> Result<Asked, String> {
    let body = format!("decision={decision}&revision={revision}{more}");
    Asked::parse(&Fields::form(body.as_bytes()).map_err(|problem| problem.to_string())?)
}

#[test]
fn an_open_comment_is_taken_in_hand_once() {
    let rows = [
        ("open alert", alerted(), true),
        ("open, without an alert", Story::about("2").written("Fijn!").read(Band::Log, &[]), true),
        ("quarantined", Story::about("3").quarantined("The body is no JSON."), true),
        ("in hand", alerted().acknowledged("Anna"), false),
        ("decided", alerted().decided("Anna", Outcome::NotACase, Some("a test")), false),
        ("in hand, then asked for more", alerted().acknowledged("Anna").decided("Anna", Outcome::NeedsMore, None), false),
        ("in hand, then edited", alerted().acknowledged("Anna").after(5).sighted(Action::Edited, Some("erger")), true),
        (
            "decided, then edited",
            alerted().decided("Anna", Outcome::NotACase, Some("x")).after(5).sighted(Action::Edited, Some("y")),
            true,
        ),
    ];
    for (name, story, expected) in rows {
        let matter = story.matter();
        let new = acknowledge(&matter, &person("Bram"), at(NOW));
        assert_eq!(new.is_some(), expected, "{name}");
        if let Some(new) = new {
            let acknowledgement = Acknowledgement { by: "Bram".into(), at: at(NOW), on: matter.record.revision };
            assert_eq!(new.what, Happening::Acknowledged(acknowledgement), "{name}");
            assert_eq!(new.by, Actor::Person("Bram".into()), "{name}");
        }
    }
}

#[test]
fn a_decision_is_refused_once_what_was_read_has_changed() {
    let published = alerted().published();
    let machine = alerted().published().missed(Obligation::Acknowledge, at("2026-03-02T00:30:00Z")).escalated();
    let edited = alerted().published().after(5).sighted(Action::Edited, Some("en nu ook benauwd"));
    let reread = alerted().after(5).read(Band::Alert, &[]);
    let taken = alerted().acknowledged("Anna");
    let decided = alerted().decided("Anna", Outcome::NotACase, Some("her grounds"));
    let stale = |opened: u32, now: u32| Err(Refusal::Stale { opened: Revision(opened), now: Revision(now) });
    let rows = [
        ("as read", alerted(), 2, Ok(())),
        ("before it was read", alerted(), 1, stale(1, 2)),
        ("a message went out since", published, 2, Ok(())),
        ("only the machine's own bookkeeping since", machine.clone(), 2, Ok(())),
        ("on the newest revision", machine, 5, Ok(())),
        ("edited since", edited.clone(), 3, stale(3, 4)),
        ("the edit was read", edited, 4, Ok(())),
        ("read again since", reread, 2, stale(2, 3)),
        ("taken in hand by another since", taken, 2, stale(2, 3)),
        ("decided by another since", decided, 2, stale(2, 3)),
        (
            "a revision that is not there",
            alerted(),
            3,
            Err(Refusal::Unusable("`revision` 3 does not exist; the newest is 2.".into())),
        ),
    ];
    for (name, story, revision, expected) in rows {
        let asked = asked("quality_complaint", revision, "&reason=because").unwrap();
        let new = decide(&story.matter(), &asked, &person("Bram"), at(NOW));
        assert_eq!(new.map(|new| assert!(new.is_some(), "{name}")), expected, "{name}");
    }
}

#[test]
fn a_decision_names_who_when_on_what_and_why() {
    let asked = asked("case", 2, "&case_number=NV-2026-0041&reason=all+four+criteria").unwrap();
    let new = decide(&alerted().matter(), &asked, &person("Bram"), at(NOW)).unwrap().unwrap();
    let decision = Decision {
        by: "Bram".into(),
        at: at(NOW),
        on: Revision(2),
        outcome: Outcome::Case { case_number: "NV-2026-0041".into() },
        reason: Some("all four criteria".into()),
        bulk: false,
    };
    assert_eq!(new, New { at: at(NOW), by: Actor::Person("Bram".into()), what: Happening::Decided(decision), words: None });
}

#[test]
fn the_same_form_sent_twice_records_one_decision() {
    let story = alerted().decided("Bram", Outcome::NotACase, Some("a test"));
    let same = asked("not_a_case", 2, "&reason=a+test").unwrap();
    assert_eq!(decide(&story.matter(), &same, &person("Bram"), at(NOW)), Ok(None));
    let stale = Err(Refusal::Stale { opened: Revision(2), now: Revision(3) });
    assert_eq!(decide(&story.matter(), &same, &person("Anna"), at(NOW)), stale, "another person");
    let other = asked("not_a_case", 2, "&reason=another").unwrap();
    assert_eq!(decide(&story.matter(), &other, &person("Bram"), at(NOW)), stale, "another reason");
    let edited = story.after(5).sighted(Action::Edited, Some("en nu ook benauwd"));
    let stale = Err(Refusal::Stale { opened: Revision(2), now: Revision(4) });
    assert_eq!(decide(&edited.matter(), &same, &person("Bram"), at(NOW)), stale, "after an edit");
}

#[test]
fn changing_a_decision_needs_a_reason() {
    let matter = alerted().decided("Anna", Outcome::QualityComplaint, None).matter();
    let refused = decide(&matter, &asked("special_situation", 3, "").unwrap(), &person("Bram"), at(NOW));
    let sentence = "`reason` is missing: this comment is decided, and a change needs a reason.";
    assert_eq!(refused, Err(Refusal::Unusable(sentence.into())));
    let reasoned = asked("special_situation", 3, "&reason=pregnant").unwrap();
    assert!(decide(&matter, &reasoned, &person("Bram"), at(NOW)).unwrap().is_some());
}

#[test]
fn a_comment_is_no_duplicate_of_itself() {
    let matter = alerted().matter();
    let asked = asked("duplicate_of", 2, &format!("&duplicate_of={}", matter.record.key)).unwrap();
    let sentence = "`duplicate_of` must name another comment than this one.";
    assert_eq!(decide(&matter, &asked, &person("Bram"), at(NOW)), Err(Refusal::Unusable(sentence.into())));
}

#[test]
fn each_outcome_asks_for_what_it_needs() {
    let key = CommentKey::parse(OTHER).unwrap();
    let good = [
        ("case", "&case_number=NV-1", Outcome::Case { case_number: "NV-1".into() }),
        ("not_a_case", "&reason=spam", Outcome::NotACase),
        ("special_situation", "", Outcome::SpecialSituation),
        ("quality_complaint", "", Outcome::QualityComplaint),
        ("duplicate_of", &format!("&duplicate_of={OTHER}"), Outcome::DuplicateOf { duplicate_of: key }),
        ("needs_more", "", Outcome::NeedsMore),
    ];
    for (decision, more, expected) in good {
        assert_eq!(asked(decision, 1, more).map(|asked| asked.outcome), Ok(expected));
    }
    let bad = [
        ("case", "", "`case_number` is missing"),
        ("case", "&case_number=+", "`case_number` is missing"),
        ("case", "&case_number=a%E2%80%8Bb", "`case_number` must be at most 60 visible characters"),
        ("not_a_case", "", "`reason` is missing"),
        ("not_a_case", "&reason=+%0D%0A", "`reason` is missing"),
        ("not_a_case", "&reason=a%00b", "`reason` must not hold control characters"),
        ("duplicate_of", "", "`duplicate_of` is missing"),
        ("duplicate_of", "&duplicate_of=forum-12", "`duplicate_of` must be a comment's key"),
        ("closed", "", "`decision` is not one of"),
        ("", "", "`decision` is missing"),
    ];
    for (decision, more, expected) in bad {
        let sentence = asked(decision, 1, more).unwrap_err();
        assert!(sentence.starts_with(expected), "{decision}{more}: {sentence}");
    }
    let long = format!("&reason={}", "x".repeat(2001));
    assert_eq!(asked("needs_more", 1, &long).unwrap_err(), "`reason` has at most 2000 characters.");
    for (form, expected) in
        [("decision=needs_more", "`revision` is missing"), ("revision=x", "`revision` must be a whole number")]
    {
        let sentence = Asked::parse(&Fields::form(form.as_bytes()).unwrap()).unwrap_err();
        assert!(sentence.starts_with(expected), "{form}: {sentence}");
    }
}

#[test]
fn everybody_sees_a_record_once_and_a_programs_look_is_not_their_own() {
    let mut story = Story::about("1").written("duizelig").read(Band::Log, &[]);
    let opened = story.matter().content();
    let rows = [
        ("Anna", Place::Program, true),
        ("Anna", Place::Program, false),
        ("Anna", Place::List, true),
        ("Anna", Place::Page, false),
        ("Anna", Place::Program, false),
        ("Bram", Place::Page, true),
        ("Bram", Place::List, false),
    ];
    for (name, place, written) in rows {
        story = story.after(1);
        let new = see(&story.matter(), &person(name), place, story.clock);
        assert_eq!(new.is_some(), written, "{name} {place:?}");
        if let Some(New { by, what, .. }) = new {
            story = story.push(by, what, None);
        }
    }
    let matter = story.matter();
    assert_eq!(matter.content(), opened, "a look makes no form stale");
    assert_eq!(matter.record.viewers.len(), 3);
    let (at, by, place) = matter.record.shown.clone().unwrap();
    assert_eq!((at.to_string().as_str(), by.as_str(), place), ("2026-03-01T23:33:00Z", "Anna", Place::List));
}
