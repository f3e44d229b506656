//! Differences as tasks: the journal of a campaign's tasks, folded, and what a run or a person adds to it. Pure.
//!
//! A task is open until its difference no longer appears, or until a person closes it with a reason. One that was gone and appears again
//! is open again; one that a person closed stays closed, since the person knew of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{Note, Noted, Task, TaskClosed, TasksFound};

/// Tasks that one run opens at most: a note has to fit an item. What is left over is opened by the next run.
const MOST_OPENED: usize = 500;
/// Longest reason for closing a task, in characters: a page of text.
const LONGEST_REASON: usize = 2_000;

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// Its difference no longer appears.
    Gone {
        at: Timestamp,
    },
    Closed {
        at: Timestamp,
        by: String,
        reason: String,
    },
}

/// A task and its life so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskState {
    pub task: Task,
    pub opened_at: Timestamp,
    pub standing: Standing,
}

/// A campaign's tasks by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks(BTreeMap<String, TaskState>);

impl Tasks {
    /// Folds the journal.
    pub fn fold(notes: &[Note]) -> Tasks {
        let mut tasks = Tasks::default();
        for note in notes {
            match &note.what {
                Noted::Tasks(found) => {
                    for task in &found.opened {
                        let state = TaskState { task: task.clone(), opened_at: note.at, standing: Standing::Open };
                        tasks.0.insert(task.id.clone(), state);
                    }
                    for id in &found.gone {
                        tasks.end(id, Standing::Gone { at: note.at });
                    }
                }
                Noted::TaskClosed(TaskClosed { id, reason }) => {
                    let (by, reason) = (note.by.label().to_owned(), reason.clone());
                    tasks.end(id, Standing::Closed { at: note.at, by, reason });
                }
                _ => {}
            }
        }
        tasks
    }

    fn end(&mut self, id: &str, standing: Standing) {
        if let Some(state) = self.0.get_mut(id) {
            state.standing = standing;
        }
    }

    /// Those that somebody has to look at, oldest day first.
    pub fn open(&self) -> Vec<&TaskState> {
        let mut open: Vec<&TaskState> = self.0.values().filter(|state| state.standing == Standing::Open).collect();
        open.sort_by(|one, other| (one.task.day, &one.task.id).cmp(&(other.task.day, &other.task.id)));
        open
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &TaskState> {
        self.0.values()
    }

    /// What a run over the dates from `from` until before `to` changes. A task of another date was not looked for, and stays as it is;
    /// the lists of cases and the broken records are looked at by every run.
    pub fn found(&self, differences: &[Task], from: Date, to: Date) -> TasksFound {
        let now: BTreeSet<&str> = differences.iter().map(|task| task.id.as_str()).collect();
        let new = differences.iter().filter(|task| {
            // What is known and different now (another date, another sentence) is told anew under its id.
            let known = self.0.get(&task.id);
            known.is_none_or(|state| matches!(state.standing, Standing::Gone { .. }))
        });
        let looked_for =
            |task: &Task| (from..to).contains(&task.day) || task.kind.starts_with("case-") || task.kind == "record-broken";
        let gone = self.open().into_iter().filter(|state| looked_for(&state.task) && !now.contains(state.task.id.as_str()));
        TasksFound {
            gone: gone.map(|state| state.task.id.clone()).take(MOST_OPENED).collect(),
            opened: new.take(MOST_OPENED).cloned().collect(),
        }
    }

    /// What to write down when a person closes a task; `None` if it is not open any more. The error is one sentence.
    pub fn close(&self, id: &str, reason: Option<&str>) -> Result<Option<TaskClosed>, String> {
        let state = self.0.get(id).ok_or("No task has this id.")?;
        let reason =
            reason.map(str::trim).filter(|text| !text.is_empty()).ok_or("`reason` is missing: say why this task is closed.")?;
        if reason.chars().count() > LONGEST_REASON || reason.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(format!("`reason` has at most {LONGEST_REASON} characters and no control characters."));
        }
        let open = state.standing == Standing::Open;
        Ok(open.then(|| TaskClosed { id: id.to_owned(), reason: reason.to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Actor, Revision};

    fn note(seq: u32, what: Noted) -> Note {
        let at = Timestamp::from_second(i64::from(seq)).unwrap();
        let by = Actor::Person("Ann".to_owned());
        Note { seq: Revision(seq), at, by, what, words: None, program: None, prev: String::new(), hash: String::new() }
    }

    fn task(id: &str, day: &str) -> Task {
        Task {
            id: id.to_owned(),
            kind: "part-without-record".to_owned(),
            day: day.parse().unwrap(),
            sentence: String::new(),
            key: None,
        }
    }

    #[test]
    fn a_task_lives_until_its_difference_is_gone_or_a_person_closes_it() {
        let [one, two, old] = [task("1", "2026-03-11"), task("2", "2026-03-11"), task("3", "2026-01-01")];
        let (from, to) = ("2026-03-01".parse().unwrap(), "2026-04-01".parse().unwrap());
        let mut notes = vec![note(1, Noted::Tasks(TasksFound { opened: vec![one.clone(), two.clone(), old], gone: Vec::new() }))];
        assert_eq!(
            Tasks::fold(&notes).found(&[one.clone(), two.clone()], from, to),
            TasksFound::default(),
            "nothing is opened twice"
        );
        // One is gone; the old one was not looked for.
        let found = Tasks::fold(&notes).found(std::slice::from_ref(&two), from, to);
        assert_eq!(found, TasksFound { opened: Vec::new(), gone: vec!["1".to_owned()] });
        notes.push(note(2, Noted::Tasks(found)));
        let closed = Tasks::fold(&notes).close("2", Some("wontfix")).unwrap().unwrap();
        notes.push(note(3, Noted::TaskClosed(closed)));
        let tasks = Tasks::fold(&notes);
        assert_eq!(tasks.open().iter().map(|state| state.task.id.as_str()).collect::<Vec<_>>(), ["3"]);
        // Both appear again: the one that was gone is open again, the one that a person closed is not.
        let found = tasks.found(&[one.clone(), two], from, to);
        assert_eq!(found, TasksFound { opened: vec![one], gone: Vec::new() });
        assert_eq!(tasks.close("2", Some("again")), Ok(None));
        assert_eq!(tasks.close("9", Some("x")).unwrap_err(), "No task has this id.");
        assert!(tasks.close("3", None).unwrap_err().starts_with("`reason` is missing"));
    }
}
