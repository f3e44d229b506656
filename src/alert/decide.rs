//! What a record owes its topics, in what order, and who may go before whom. Pure: `mod` and `queue` do what stands here, and a simulation can
//! drive it without them. How many messages a topic takes is `pace`'s; that something is due at all is the record's.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::pace::Haste;
use crate::model::{AlertState, Class, Deadline, Record, Step, StepRef};

/// How long a record is left alone after its carriers refused a message or its message has to wait for its turn. The queue of the topic
/// is worked off meanwhile; this is for when whoever would do so has died.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(20);
/// Alerts that a digest names at most: a page that somebody can read at night, and a fifth of what SNS takes.
pub const MOST_NAMED: usize = 50;

/// A first message of a class comes before a repeat of it, and both before the next class; within these, what is due first.
const CLASS_SPAN: i64 = 2 * AGAIN_SPAN;
/// More milliseconds than any date of ours has.
const AGAIN_SPAN: i64 = 100_000_000_000_000;

/// What one topic has to be told of one alert. Several sends that are due to the same topic, as after an hour without a carrier, are
/// one message: nobody needs yesterday's reminders.
#[derive(Clone, Debug, PartialEq)]
pub struct Owed<'a> {
    pub alert: &'a AlertState,
    /// The earliest send, which the message speaks of.
    pub first: &'a StepRef,
    /// Every send that the message makes, the earliest among them.
    pub sends: Vec<&'a StepRef>,
    /// The step of the route that they belong to.
    pub step: &'a Step,
}

impl Owed<'_> {
    /// Where it stands among everything that waits for its topic.
    pub fn rank(&self) -> Rank {
        Rank::of(self.alert.class, self.first.step > 0 || self.first.repeat > 0, earliest(self.alert))
    }
}

/// A place in a topic's queue; the smallest goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(i64);

impl Rank {
    fn of(class: Class, again: bool, due: Option<Deadline>) -> Self {
        let class = Class::ALL.iter().position(|known| *known == class).unwrap_or(Class::ALL.len());
        let class = i64::try_from(class).unwrap_or(i64::MAX / CLASS_SPAN);
        let due = due.map_or(AGAIN_SPAN - 1, |due| due.timestamp().as_millisecond().clamp(0, AGAIN_SPAN - 1));
        Rank(class * CLASS_SPAN + if again { AGAIN_SPAN } else { 0 } + due)
    }

    /// As a number that sorts as the rank does.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The rank that [`Rank::number`] wrote down.
    pub fn from_number(number: i64) -> Self {
        Rank(number)
    }

    /// The class of what stands here. A number that no version wrote is taken for the least urgent.
    pub fn class(self) -> Class {
        let class = usize::try_from(self.0.div_euclid(CLASS_SPAN)).ok();
        class.and_then(|class| Class::ALL.get(class)).copied().unwrap_or(Class::QualityComplaint)
    }
}

/// Everything that a record owes, the most urgent first.
pub fn owed(record: &Record) -> Vec<Owed<'_>> {
    let mut owed: Vec<Owed<'_>> = record.alerts.iter().flat_map(of_alert).collect();
    owed.sort_by_key(|owed| owed.rank());
    owed
}

fn of_alert(alert: &AlertState) -> Vec<Owed<'_>> {
    let mut sends: Vec<&StepRef> = alert.outstanding().collect();
    sends.sort();
    let mut owed: Vec<Owed<'_>> = Vec::new();
    for send in sends {
        let Some(step) = alert.step(send) else { continue };
        match owed.iter_mut().find(|known| known.step.topic == step.topic) {
            Some(known) => known.sends.push(send),
            None => owed.push(Owed { alert, first: send, sends: vec![send], step }),
        }
    }
    owed
}

/// The next thing that people have to do about an alert, and until when.
pub fn earliest(alert: &AlertState) -> Option<Deadline> {
    let deadlines = &alert.plan.deadlines;
    [deadlines.acknowledge, deadlines.forward].into_iter().flatten().min()
}

/// How pressing a class is.
pub fn haste(class: Class) -> Haste {
    match class {
        Class::Distress | Class::Serious => Haste::Urgent,
        Class::AdverseEvent | Class::SpecialSituation | Class::QualityComplaint => Haste::Ordinary,
    }
}

/// Whether a message may ask the pace for a turn of its own. While others wait, everybody queues, so that the next message can tell of
/// them all; only the urgent go past the queue.
pub fn may_ask(class: Class, others_wait: bool) -> bool {
    haste(class) == Haste::Urgent || !others_wait
}

/// When to look at a record again: when it says so itself, and not at once where something was kept back; but no later than a step or a
/// window's end `falls_due`, which has to be written down whether or not a carrier works.
pub fn look_again(wake: Option<Timestamp>, falls_due: Option<Timestamp>, kept_back: bool, now: Timestamp) -> Option<Timestamp> {
    let later = now.checked_add(PAUSE).unwrap_or(Timestamp::MAX);
    let rested = falls_due.map_or(later, |due| later.min(due));
    if kept_back { wake.map(|wake| wake.max(rested)) } else { wake }
}

/// How many there are of each class, the most urgent first.
pub fn by_class(classes: impl IntoIterator<Item = Class>) -> Vec<(Class, usize)> {
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    for class in classes {
        *counts.entry(class).or_default() += 1;
    }
    counts.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(minute: i64) -> Option<Deadline> {
        Some(Deadline::from_window(Timestamp::from_second(1_773_000_000 + 60 * minute).unwrap()))
    }

    #[test]
    fn the_queue_goes_by_class_then_first_messages_then_deadlines() {
        let order = [
            (Class::Distress, false, due(90)),
            (Class::Serious, false, due(5)),
            (Class::Serious, false, due(60)),
            (Class::Serious, false, None),
            (Class::Serious, true, due(1)),
            (Class::AdverseEvent, false, due(2)),
            (Class::SpecialSituation, false, due(1)),
            (Class::QualityComplaint, false, due(1)),
            (Class::QualityComplaint, true, due(0)),
        ];
        let ranks = order.map(|(class, again, due)| Rank::of(class, again, due));
        assert!(ranks.is_sorted_by(|one, other| one < other), "{ranks:?}");
        for ((class, _, _), rank) in order.into_iter().zip(ranks) {
            assert_eq!(Rank::from_number(rank.number()).class(), class);
        }
        for nonsense in [-1, i64::MIN, i64::MAX] {
            assert_eq!(Rank::from_number(nonsense).class(), Class::QualityComplaint);
        }
    }

    #[test]
    fn only_the_urgent_go_past_a_queue() {
        for class in Class::ALL {
            let urgent = matches!(class, Class::Distress | Class::Serious);
            assert!(may_ask(class, false));
            assert_eq!(may_ask(class, true), urgent, "{class:?}");
        }
    }

    #[test]
    fn what_was_kept_back_is_looked_at_again_after_a_pause() {
        let now = Timestamp::from_second(1_773_000_000).unwrap();
        let soon = now + SignedDuration::from_secs(5);
        let late = now + SignedDuration::from_mins(5);
        assert_eq!(look_again(Some(now), None, false, now), Some(now));
        assert_eq!(look_again(Some(now), None, true, now), Some(now + PAUSE));
        assert_eq!(look_again(Some(now), Some(late), true, now), Some(now + PAUSE));
        assert_eq!(look_again(Some(now), Some(soon), true, now), Some(soon), "a window ends while it rests");
        assert_eq!(look_again(Some(now), Some(now), true, now), Some(now), "one has ended, and nobody has written that down");
        assert_eq!(look_again(Some(late), Some(late), true, now), Some(late));
        assert_eq!(look_again(None, None, true, now), None);
    }

    #[test]
    fn counts_are_by_class() {
        let classes = [Class::AdverseEvent, Class::Serious, Class::AdverseEvent];
        assert_eq!(by_class(classes), [(Class::Serious, 1), (Class::AdverseEvent, 2)]);
    }
}
