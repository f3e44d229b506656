//! When a record needs the machine again: the steps of its alerts' routes, their repeats, and the windows whose end has to be
//! recorded if people miss it. Pure; the stages ask it before they leave a record, and the sweep finds the record at that time.

use jiff::{SignedDuration, Timestamp};

use super::alert::StepRef;
use super::record::{AlertState, Record};
use super::windows::windows;

/// Repeats that come at the route's own pace: a day of them, at a quarter of an hour. Nobody who slept through these is woken by
/// more, and a record must not grow without end.
const OFTEN: i64 = 96;
/// Minutes between two repeats after that, at least.
const SELDOM_MINUTES: i64 = 6 * 60;

impl AlertState {
    /// Steps and repeats whose time has come and that are not yet due in the record. After a gap only the newest repeat is
    /// owed: nobody needs yesterday's reminders.
    pub fn steps_reached(&self, now: Timestamp) -> Vec<StepRef> {
        if self.acknowledged.is_some() {
            return Vec::new();
        }
        let mut reached: Vec<StepRef> = Vec::new();
        for (index, step) in self.plan.steps.iter().enumerate() {
            if step.at <= now {
                reached.push(self.step_ref(index, 0));
            }
        }
        if reached.len() == self.plan.steps.len() {
            reached.extend(self.repeat_reached(now));
        }
        reached.retain(|step| !self.due.contains(step));
        reached
    }

    /// When the next step or repeat comes, or came, that is not yet due in the record; `None` once somebody has acknowledged.
    pub fn next_step_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.acknowledged.is_some() {
            return None;
        }
        let reached = self.steps_reached(now);
        if !reached.is_empty() {
            return reached.iter().filter_map(|step| self.at(step)).min().or(Some(now));
        }
        let later = self.plan.steps.iter().map(|step| step.at).filter(|at| *at > now).min();
        later.or_else(|| self.repeat_at(self.repeats_until(now).checked_add(1)?))
    }

    /// When a step or a repeat falls due.
    fn at(&self, step: &StepRef) -> Option<Timestamp> {
        if step.repeat == 0 { self.step(step).map(|step| step.at) } else { self.repeat_at(step.repeat) }
    }

    fn repeat_reached(&self, now: Timestamp) -> Option<StepRef> {
        let repeats = self.repeats_until(now);
        // A worker whose clock is ahead may have told people further on already.
        let told = self.due.iter().map(|step| step.repeat).max().unwrap_or_default();
        (repeats > told).then(|| self.step_ref(self.plan.steps.len().saturating_sub(1), repeats))
    }

    /// How many repeats of the last step are due by `now`.
    fn repeats_until(&self, now: Timestamp) -> u16 {
        let Some(last) = self.plan.steps.last() else { return 0 };
        let minutes = now.duration_since(last.at).as_mins().max(0);
        let (often, seldom) = self.repeat_every();
        let at_first = minutes / often;
        let repeats = if at_first <= OFTEN { at_first } else { OFTEN + (minutes - OFTEN * often) / seldom };
        u16::try_from(repeats).unwrap_or(u16::MAX)
    }

    fn repeat_at(&self, repeat: u16) -> Option<Timestamp> {
        let last = self.plan.steps.last()?;
        let (often, seldom) = self.repeat_every();
        let repeat = i64::from(repeat);
        let minutes = repeat.min(OFTEN) * often + (repeat - OFTEN).max(0) * seldom;
        last.at.checked_add(SignedDuration::from_mins(minutes)).ok()
    }

    /// Minutes between two repeats: at first, and once [`OFTEN`] of them were not heard.
    fn repeat_every(&self) -> (i64, i64) {
        let often = i64::from(self.plan.repeat_minutes.max(1));
        (often, often.max(SELDOM_MINUTES))
    }

    fn step_ref(&self, step: usize, repeat: u16) -> StepRef {
        StepRef { alert: self.id.clone(), step: u16::try_from(step).unwrap_or(u16::MAX), repeat }
    }
}

impl Record {
    /// Whether the machine owes something whatever the time is: a text is unread, or a send that is due was not accepted.
    pub fn owes(&self) -> bool {
        !self.unread().is_empty() || self.alerts.iter().any(|alert| alert.outstanding().next().is_some())
    }

    /// When the next step, repeat or window's end has to be written down; in the past if one has been reached and is not yet.
    pub fn falls_due(&self, now: Timestamp) -> Option<Timestamp> {
        let steps = self.alerts.iter().filter_map(|alert| alert.next_step_at(now));
        let windows = windows(self).into_iter();
        let running = windows.filter(|window| !window.recorded && (window.done.is_none() || window.owes_miss(now)));
        // A window is kept by what happens at its very end, so it is missed a millisecond later. The time is the window's own, whatever this
        // worker's clock shows: one whose clock is behind it records the deviation no later for that.
        let ends = running.filter_map(|window| window.deadline.timestamp().checked_add(SignedDuration::from_millis(1)).ok());
        steps.chain(ends).min()
    }

    /// When the machine has to look at this record again, seen from `now`; in the past or now if something is owed already,
    /// `None` if nothing is owed and no window is running.
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let mut times: Vec<Timestamp> = Vec::new();
        if !self.unread().is_empty() {
            times.push(self.aware_at.timestamp());
        }
        for alert in &self.alerts {
            let outstanding = alert.outstanding().filter_map(|step| alert.step(step)).map(|step| step.at.min(now));
            times.extend(outstanding);
        }
        times.extend(self.falls_due(now));
        times.extend(self.removal_at(now));
        times.into_iter().min()
    }
}
