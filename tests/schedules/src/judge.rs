//! What must hold of a schedule, judged in true time from what was written and what the carriers accepted.
//!
//! - Nothing is lost: every telling is in a chain, read, and alerted where its class asks for it; at the end no send is owed.
//! - No alert is late while a carrier works: whenever the window, counted from the true receipt, held ticks without trouble during which
//!   some carrier worked, one such tick (three, where clocks differ) is enough.
//! - Where nothing goes wrong, a first message goes out within 90 s, also in a crowd: the next tick, its pace and a digest.
//! - A step of a route is published within 30 s of the tick that could first know of it: within 90 s of its time, where ticks come.
//! - A window's end is recorded within 60 s of that tick.
//! - No case is double: whoever decides has seen the decision before, and a form counts once.
//! - A message goes out again only where a reply was lost, a process failed before it could write, or two claims ran side by side because
//!   clocks differ or the first had run out; always under the same alert.
//!
//! A tick *could know* if it was not missed, met no crash, failure, conflict or held claim, and its worker's clock had reached the time.
//! The tolerance for clocks (`Judge::grant`) is three ticks more, and no other time: a worker cannot tell a rest of up to a minute
//! (`model::waking`) from one that another clock wrote, nor a dead worker's claim that ends within the next two minutes by its clock
//! (`store::claims`) from one that is held, and two workers may die one after the other. What a clock says too early is
//! recorded too early: counted, and no fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use crate::model::windows::{Standing, Window, windows};
use crate::model::{AlertState, AwareAt, Entry, Happening, Obligation, Record, StepRef, chain};
use crate::plan::{MINUTE, Plan, SECOND};
use crate::rig::{Accepted, EVERY, Log, Rig, Row, Tables};
use crate::stages::covers;

/// How long after a tick that could know a step is published at most, and a deviation recorded.
const STEP_AFTER_TICK: i64 = 30 * SECOND;
const BREACH_AFTER_TICK: i64 = 60 * SECOND;
/// In which a tick comes that meets no trouble, at the end of a schedule.
const BREACH_WITHIN: i64 = 15 * MINUTE;
const LATE_ALTHOUGH: &str = "alerts late although a carrier worked and ticks came";
const LATE_REFUSED: &str = "alerts late because every carrier refused";
const LATE_TICKS: &str = "alerts late because ticks were missed, died or failed";
const LATE_RECORDED: &str = "alerts late: their record holds the deviation";
const LATE_BY_NO_CLOCK: &str = "alerts late in true time, in time by the clocks that wrote their record";
/// Whole chains are verified in one of so many schedules: hashing is most of the work.
const VERIFIED: u64 = 50;

/// Something that must not be.
pub struct Found {
    pub schedule: u64,
    pub what: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schedule {}: {}", self.schedule, self.what)
    }
}

/// What is printed.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    counts: BTreeMap<&'static str, u64>,
    worst: BTreeMap<&'static str, i64>,
}

impl Figures {
    fn count(&mut self, what: &'static str, number: usize) {
        *self.counts.entry(what).or_default() += number as u64;
    }

    fn worst(&mut self, what: &'static str, milliseconds: i64) {
        let worst = self.worst.entry(what).or_insert(i64::MIN);
        *worst = (*worst).max(milliseconds);
    }

    pub fn add(&mut self, other: &Figures) {
        for (what, number) in &other.counts {
            *self.counts.entry(what).or_default() += number;
        }
        for (what, number) in &other.worst {
            self.worst(what, *number);
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, number) in &self.counts {
            writeln!(f, "{number:>12}  {what}")?;
        }
        for (what, number) in &self.worst {
            writeln!(f, "{:>10.1} s  {what}", *number as f64 / 1000.0)?;
        }
        Ok(())
    }
}

struct Judge<'a> {
    plan: &'a Plan,
    log: &'a Log,
    tables: &'a Tables,
    schedule: u64,
    figures: Figures,
    found: Vec<Found>,
}

/// Judges a schedule that has been played.
pub fn judge(rig: &Rig, schedule: u64) -> (Figures, Vec<Found>) {
    let (mut tables, log) = (rig.tables.borrow_mut(), rig.log.borrow());
    let records: Vec<_> = tables.rows.iter_mut().map(Row::record).collect();
    let mut judge =
        Judge { plan: &rig.plan, log: &log, tables: &tables, schedule, figures: Figures::default(), found: Vec::new() };
    judge.figures.count("schedules", 1);
    judge.figures.count("schedules without any trouble", usize::from(rig.plan.is_calm()));
    judge.figures.count("comments", rig.plan.comments);
    judge.figures.count("messages that carriers accepted", log.messages);
    judge.figures.count("messages that carriers accepted: digests of several alerts", log.digests);
    for (comment, record) in records.iter().enumerate() {
        match record {
            None => judge.find(comment, "lost: it has no record"),
            Some(record) => judge.comment(comment, record),
        }
    }
    if tables_left(judge.tables) {
        judge.find(EVERY, "a delivery was never worked off");
    }
    (judge.figures, judge.found)
}

fn tables_left(tables: &Tables) -> bool {
    tables.deliveries.iter().any(|delivery| !delivery.worked_off)
}

/// Prints what happened, for one schedule that is played by itself.
pub fn tell(rig: &Rig) {
    let (tables, log) = (rig.tables.borrow(), rig.log.borrow());
    let shown = |at: i64| Timestamp::from_millisecond(at).map(|at| at.to_string()).unwrap_or_default();
    println!("{:#?}", rig.plan);
    for delivery in &tables.deliveries {
        println!("kept {} at {}, by its clock {}", delivery.id, shown(delivery.kept), delivery.received_at);
    }
    for (comment, row) in tables.rows.iter().enumerate() {
        for (entry, written) in row.entries.iter().zip(&row.written) {
            let what = format!("{:?}", entry.what);
            println!("{comment} {} {} by its clock {} {:.240}", entry.seq, shown(*written), entry.at, what);
        }
        println!("{comment} head wakes at {:?}", row.head.as_ref().map(|head| (head.wake, head.owed)));
    }
    log.accepted.iter().for_each(|accepted| println!("accepted at {} {accepted:?}", shown(accepted.at)));
    let mut disturbed: Vec<_> = log.disturbed.iter().map(|(tick, of)| (shown(rig.plan.tick_at(*tick)), *of)).collect();
    disturbed.sort();
    println!("disturbed {disturbed:?}");
}

impl Judge<'_> {
    fn find(&mut self, comment: usize, what: impl fmt::Display) {
        let named = if comment == EVERY { String::new() } else { format!("comment {comment}: ") };
        self.found.push(Found { schedule: self.schedule, what: format!("{named}{what}") });
    }

    fn comment(&mut self, comment: usize, record: &Record) {
        self.nothing_lost(comment, record);
        for alert in &record.alerts {
            self.figures.count("alerts", 1);
            self.in_time(comment, record, alert);
            self.steps(comment, record, alert);
        }
        for window in windows(record) {
            self.deviation(comment, record, &window);
        }
        self.deviations(comment, record);
        self.cases(comment);
        self.repeats(comment);
        let row = &self.tables.rows[comment];
        if self.schedule % VERIFIED == 0 && chain::open::<_, Happening>(&row.key, row.sealed.clone()).is_err() {
            self.find(comment, "its chain does not verify");
        }
    }

    fn entries(&self, comment: usize) -> impl Iterator<Item = (&Entry, i64)> {
        let row = &self.tables.rows[comment];
        row.entries.iter().zip(row.written.iter().copied())
    }

    /// When an entry was first written, in true time.
    fn written(&self, comment: usize, is: impl Fn(&Happening) -> bool) -> Option<i64> {
        self.entries(comment).find(|(entry, _)| is(&entry.what)).map(|(_, at)| at)
    }

    fn nothing_lost(&mut self, comment: usize, record: &Record) {
        let plan = self.plan;
        for told in plan.tellings.iter().filter(|told| told.comment == comment) {
            let text = format!("text {}", told.version);
            if !record.versions.iter().any(|version| version.text.expose() == text) {
                self.find(comment, format!("version {} is lost", told.version));
            }
            if told.class.is_some_and(|class| !record.alerts.iter().any(|alert| covers(alert.class, class))) {
                self.find(comment, format!("no alert covers version {}", told.version));
            }
        }
        if !record.unread().is_empty() {
            self.find(comment, "a text is unread");
        }
        for alert in &record.alerts {
            let just_now = |step: &StepRef| {
                let due = self.written(comment, |what| matches!(what, Happening::StepDue { step: due } if due == step));
                due.is_some_and(|due| due > self.plan.ends - 3 * MINUTE)
            };
            if let Some(step) = alert.outstanding().find(|step| !just_now(step)) {
                self.find(comment, format!("{step:?} is due and unsent at the end"));
            }
            let accepted =
                self.accepted(comment).filter(|accepted| accepted.step.alert == alert.id).map(|accepted| accepted.at).min();
            let claimed =
                self.written(comment, |what| matches!(what, Happening::Published { step, .. } if step.alert == alert.id));
            if claimed.is_some_and(|claimed| accepted.is_none_or(|accepted| claimed < accepted)) {
                self.find(comment, format!("{} counts as published, and no carrier had accepted it", alert.id));
            }
        }
    }

    fn accepted(&self, comment: usize) -> impl Iterator<Item = &Accepted> {
        self.log.accepted.iter().filter(move |accepted| accepted.comment == comment)
    }

    /// Ticks without trouble for a comment, from a true time on, whose worker's clock has reached `clock`; each with its true time.
    fn ticks(&self, comment: usize, from: i64, clock: Option<i64>) -> impl Iterator<Item = i64> {
        let quiet = move |minute: i64| {
            let worker = self.plan.ticks(minute)?;
            let at = self.plan.tick_at(minute);
            let reached = clock.is_none_or(|clock| at + self.plan.skews[worker] >= clock);
            let met = |of: usize| self.log.disturbed.contains(&(minute, of));
            (reached && !met(comment) && !met(EVERY)).then_some(at)
        };
        let last = self.plan.tick_from(self.plan.ends);
        (self.plan.tick_from(from)..last).filter_map(quiet)
    }

    /// The tick that has to do something, of those that could.
    fn grant(&self, comment: usize, from: i64, clock: i64) -> Option<i64> {
        let from = from.max(clock - self.plan.ahead());
        let first = self.ticks(comment, from, Some(clock)).next()?;
        let more = 3 * usize::from(!self.plan.true_clocks());
        self.ticks(comment, first, Some(clock)).nth(more)
    }

    /// The first acceptance, against the window counted from the true receipt.
    fn in_time(&mut self, comment: usize, record: &Record, alert: &AlertState) {
        let Some(version) = record.versions.iter().find(|version| version.seq == alert.on) else { return };
        let kept = self.tables.deliveries.iter().filter(|kept| kept.comment == comment);
        let kept = kept.filter(|kept| version.text.expose() == format!("text {}", kept.version));
        let Some(receipt) = kept.map(|kept| kept.kept).min() else { return };
        let aware = AwareAt::new(Timestamp::from_millisecond(receipt).unwrap_or_default());
        let end = self.plan.protocol.plan(alert.class, aware).and_then(|plan| plan.deadlines.alert);
        let Some(end) = end.map(|end| end.timestamp().as_millisecond()) else { return };
        let accepted =
            self.accepted(comment).filter(|accepted| accepted.step.alert == alert.id).map(|accepted| accepted.at).min();
        if let Some(accepted) = accepted.filter(|accepted| *accepted <= end) {
            let of = if self.plan.is_calm() {
                "worst from receipt to acceptance, no trouble"
            } else {
                "worst from receipt to acceptance, in its window"
            };
            self.figures.worst(of, accepted - receipt);
            if self.plan.is_calm() && accepted - receipt > MINUTE + STEP_AFTER_TICK {
                self.find(comment, format!("{} went out {} ms after receipt, without any trouble", alert.id, accepted - receipt));
            }
            return;
        }
        let needed = if self.plan.true_clocks() { 1 } else { 3 };
        let free: Vec<i64> = self.ticks(comment, receipt, None).take_while(|at| at + MINUTE <= end).collect();
        let could = free.iter().copied().filter(|at| self.plan.carried(*at, at + MINUTE)).nth(needed - 1);
        self.figures.count(LATE_ALTHOUGH, usize::from(could.is_some()));
        self.figures.count(LATE_REFUSED, usize::from(could.is_none() && free.len() >= needed));
        self.figures.count(LATE_TICKS, usize::from(free.len() < needed));
        if let Some(at) = could {
            self.find(comment, format!("{} is late, and a tick {} ms after receipt could have sent it", alert.id, at - receipt));
        }
        let recorded =
            record.misses.iter().any(|miss| miss.obligation == Obligation::Alert && miss.alert.as_ref() == Some(&alert.id));
        self.figures.count(LATE_RECORDED, usize::from(recorded));
        if !recorded && self.plan.true_clocks() && end + BREACH_WITHIN < self.plan.ends {
            self.find(comment, format!("{} is late, and its record does not say so", alert.id));
        }
        self.figures.count(LATE_BY_NO_CLOCK, usize::from(!recorded));
    }

    fn steps(&mut self, comment: usize, record: &Record, alert: &AlertState) {
        let made = self.written(
            comment,
            |what| matches!(what, Happening::Assessed(reading) if reading.alerts.iter().any(|due| due.alert == alert.id)),
        );
        let Some(made) = made else { return };
        let in_hand = self.entries(comment).filter(|(_, at)| *at > made);
        let in_hand = in_hand
            .filter(|(entry, _)| matches!(entry.what, Happening::Acknowledged(_) | Happening::Decided(_)))
            .map(|(_, at)| at)
            .min();
        for (index, step) in alert.plan.steps.iter().enumerate().skip(1) {
            let clock = step.at.as_millisecond();
            let Some(tick) = self.grant(comment, made, clock) else { continue };
            let limit = tick + STEP_AFTER_TICK;
            let carried = self.plan.carried(tick, limit);
            if !carried || limit >= self.plan.ends || in_hand.is_some_and(|at| at <= limit) {
                continue;
            }
            let is = |sent: &StepRef| sent.alert == alert.id && usize::from(sent.step) == index && sent.repeat == 0;
            let sent = self.written(comment, |what| matches!(what, Happening::Published { step, .. } if is(step)));
            self.figures.count("further steps published", usize::from(sent.is_some()));
            match sent {
                Some(sent) if sent <= limit => {
                    if self.plan.is_calm() && self.log.disturbed.is_empty() {
                        self.figures.worst("worst from a step's time to its message, no trouble", sent - clock.max(made));
                    }
                    self.figures.worst("worst from the tick that could know of a step to its message", sent - tick);
                }
                Some(sent) => self.find(comment, format!("step {index} of {} is {} ms after its tick", alert.id, sent - tick)),
                None => self.find(comment, format!("step {index} of {} was left out", alert.id)),
            }
        }
        let _ = record;
    }

    /// A window that was not kept has its deviation, in time.
    fn deviation(&mut self, comment: usize, record: &Record, window: &Window) {
        let ended = Timestamp::from_millisecond(self.plan.ends + self.plan.ahead()).unwrap_or(Timestamp::MAX);
        let miss = window.miss();
        let recorded = self.written(comment, |what| matches!(what, Happening::Missed(known) if *known == miss));
        if !matches!(window.standing(ended), Standing::Late | Standing::Overdue) {
            if recorded.is_some() && self.plan.true_clocks() {
                self.find(comment, format!("{miss:?} was recorded, and the window was kept"));
            }
            self.figures.count("deviations recorded by a clock that was ahead of the person's", usize::from(recorded.is_some()));
            return;
        }
        let made = self.written(comment, |what| match what {
            Happening::Assessed(reading) => match &miss.alert {
                Some(alert) => reading.alerts.iter().any(|due| due.alert == *alert),
                None => reading.decide_by == Some(miss.deadline),
            },
            _ => false,
        });
        let clock = miss.deadline.timestamp().as_millisecond() + 1;
        let Some(tick) = made.and_then(|made| self.grant(comment, made, clock)) else { return };
        let limit = tick + BREACH_AFTER_TICK;
        if limit >= self.plan.ends {
            return;
        }
        match recorded {
            Some(at) if at <= limit => {
                self.figures.count("deviations recorded", 1);
                if self.plan.is_calm() {
                    self.figures.worst("worst from a window's end to its deviation, no trouble", at - clock);
                }
                self.figures.worst("worst from the tick that could know of a window's end to its deviation", at - tick);
            }
            Some(at) => self.find(comment, format!("{miss:?} was recorded {} ms after its tick", at - tick)),
            None => self.find(comment, format!("{miss:?} was never recorded")),
        }
        let _ = record;
    }

    fn deviations(&mut self, comment: usize, record: &Record) {
        for (index, miss) in record.misses.iter().enumerate() {
            if record.misses[..index].contains(miss) {
                self.find(comment, format!("{miss:?} was recorded twice"));
            }
        }
        let early = self.entries(comment).any(|(entry, _)| match &entry.what {
            Happening::Missed(miss) => entry.at <= miss.deadline.timestamp(),
            _ => false,
        });
        if early && self.plan.true_clocks() {
            self.find(comment, "a deviation was recorded before its window had ended by any clock");
        }
    }

    /// Whoever decides has seen what was decided before, and a form counts once.
    fn cases(&mut self, comment: usize) {
        let decisions = self.entries(comment).filter_map(|(entry, _)| match &entry.what {
            Happening::Decided(decision) => Some((entry.seq, decision.clone())),
            _ => None,
        });
        let decisions: Vec<_> = decisions.collect();
        self.figures.count("decisions", decisions.len());
        let mut forms = BTreeSet::new();
        for (index, (seq, decision)) in decisions.iter().enumerate() {
            let mut recorded = self.log.forms.iter().filter(|(of, recorded, _)| *of == comment && recorded == seq);
            let opened = recorded.next().map(|(_, _, opened)| *opened);
            if index > 0 && opened.unwrap_or(decision.on) < decisions[index - 1].0 {
                self.find(comment, format!("double case: {decision:?} did not know of the one before it"));
            }
            if !forms.insert((decision.by.clone(), decision.on, format!("{:?}", decision.outcome))) {
                self.find(comment, format!("double case: the form of {decision:?} counts twice"));
            }
        }
    }

    fn repeats(&mut self, comment: usize) {
        let mut by_step: BTreeMap<StepRef, Vec<Accepted>> = BTreeMap::new();
        for accepted in self.accepted(comment) {
            by_step.entry(accepted.step.clone()).or_default().push(accepted.clone());
        }
        for (step, sent) in by_step {
            for pair in sent.windows(2) {
                match self.why_again(&pair[0], &pair[1]) {
                    Some(why) if self.plan.is_calm() => self.find(comment, format!("{step:?}: {why}, and there was no trouble")),
                    Some(why) => self.figures.count(why, 1),
                    None => self.find(comment, format!("{step:?} was sent again: {:?} and then {:?}", pair[0], pair[1])),
                }
            }
        }
    }

    /// Why a message went out again; `None` where nothing explains it.
    fn why_again(&self, before: &Accepted, next: &Accepted) -> Option<&'static str> {
        let trouble = self.plan.chances.crash + self.plan.chances.store > 0.0;
        match before.recorded {
            _ if before.reply_lost => Some("sent again: a carrier's reply was lost"),
            None if trouble => Some("sent again: the worker failed before it could write"),
            Some(at) if at <= next.read => None,
            _ if !self.plan.true_clocks() => Some("sent again: clocks differ, so two claims ran side by side"),
            _ if next.read - before.read >= MINUTE => Some("sent again: the claim had run out"),
            _ => None,
        }
    }
}
