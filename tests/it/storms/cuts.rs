//! R1: a process ends at every one of its suspension points in turn, before a call is carried out and after that but before its reply is heard,
//! in whatever task that call was made; and a handler's own future is dropped each time that it waits, while tasks that it started go on. After
//! each, either what woke it wakes it again (the platform sends again, the stream delivers again, the person presses again), or only the
//! next sweep comes. Nothing is lost and nothing is doubled.

use dayzero::alert;
use dayzero::lambda::{Role, batch};
use dayzero::model::{CommentKey, Record};
use dayzero::store::Work;
use dayzero::watch;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::count;
use super::hours::Hours;
use super::judge::{Said, judge};
use super::rig::{Outside, Process};
use super::wire::{Life, dropped_at};
use crate::world::{WEDNESDAY_MORNING, forum_key, noise};

const REPORT: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
const SERIOUS: &str = "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald";
const HARMLESS: &str = "Wat een mooie wandeling was dat zaterdag";

/// What is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    Receive,
    ReceiveInParts,
    Assess,
    AssessEdit,
    AssessDeletion,
    Comment,
    Watch,
    Alert,
    Digest,
    Sweep,
    Tick,
    Batch,
    Acknowledge,
    Decide,
    Forget,
}

/// How a handler ends before its time.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// The process dies at this suspension point.
    Dies(u64),
    /// The handler's future is dropped as it suspends itself for this time.
    Dropped(u64),
}

/// What a handler is about to do, and what has been said so far.
struct Scene {
    handler: Handler,
    said: Vec<Said>,
    key: CommentKey,
    work: Vec<Work>,
    /// What the person who decides has before their eyes: a second press of the button names the same revision.
    seen: u32,
}

impl Scene {
    /// Brings the table to where the handler begins.
    async fn prepare(process: &Process, handler: Handler) -> Scene {
        let hours = &process.outside.hours;
        let text = match handler {
            Handler::Watch | Handler::Alert | Handler::Tick => SERIOUS,
            Handler::Forget => HARMLESS,
            _ => REPORT,
        };
        let mut said = vec![Said::new("c-1", "created", Some(text.to_owned()), hours.now())];
        if handler == Handler::ReceiveInParts {
            let end = said[0].body.len() - 1;
            said[0].body.insert_str(end, &format!(r#","padding":"{}""#, noise(500_000)));
        }
        let others = if handler == Handler::Digest { 4 } else { u64::from(matches!(handler, Handler::Sweep | Handler::Tick)) };
        for other in 0..others {
            said.push(Said::new(&format!("o-{other}"), "created", Some(REPORT.to_owned()), hours.now()));
        }
        let mut scene = Scene { handler, said, key: forum_key("c-1"), work: Vec::new(), seen: 0 };
        if !matches!(handler, Handler::Receive | Handler::ReceiveInParts) {
            for said in &scene.said {
                assert_eq!(process.post("forum", said.body.as_bytes()).await.status, 200);
            }
            scene.go_on(process).await;
            scene.work = process
                .store()
                .open_work(hours.now(), 10)
                .await
                .expect("fair weather")
                .into_iter()
                .map(|open| open.work)
                .collect();
        }
        scene
    }

    /// What lies between the first delivery and the handler.
    async fn go_on(&mut self, process: &Process) {
        let hours = &process.outside.hours;
        match self.handler {
            Handler::AssessEdit => self.says_more(process, "edited", Some(format!("{REPORT}. Ook hoofdpijn."))).await,
            Handler::AssessDeletion => self.says_more(process, "deleted", None).await,
            Handler::Comment => {
                let open = process.store().open_work(hours.now(), 10).await.expect("fair weather");
                process.line.work(&open[0].work).await.expect("fair weather");
            }
            Handler::Watch | Handler::Alert | Handler::Tick => {
                process.sweep().await;
                hours.clock.advance(SignedDuration::from_mins(21));
                if self.handler == Handler::Alert {
                    watch::handle(&process.line.watch, &self.key).await.expect("fair weather");
                }
            }
            Handler::Digest => {
                process.sweep().await;
                hours.clock.advance(SignedDuration::from_secs(3));
            }
            Handler::Acknowledge | Handler::Decide => {
                process.sweep().await;
                self.seen = record(process, &self.key).await.revision.0;
            }
            Handler::Forget => {
                process.sweep().await;
                let decision = json!({"decision": "not_a_case", "reason": "een wandeling", "revision": record(process, &self.key).await.revision});
                let answer = process.ask("POST", &format!("/api/comments/{}/decision", self.key), Some(decision)).await;
                assert_eq!(answer.status, 200);
                self.says_more(process, "deleted", None).await;
            }
            _ => {}
        }
    }

    async fn says_more(&mut self, process: &Process, kind: &'static str, text: Option<String>) {
        process.sweep().await;
        process.outside.hours.clock.advance(SignedDuration::from_secs(5));
        let more = Said::new("c-1", kind, text, process.outside.hours.now());
        assert_eq!(process.post("forum", more.body.as_bytes()).await.status, 200);
        self.said.push(more);
    }

    /// The handler itself.
    async fn act(&self, process: &Process) {
        let line = &process.line;
        match self.handler {
            Handler::Receive | Handler::ReceiveInParts => drop(process.post("forum", self.said[0].body.as_bytes()).await),
            Handler::Assess | Handler::AssessEdit | Handler::AssessDeletion | Handler::Comment => {
                drop(line.work(&self.work[0]).await);
            }
            Handler::Watch => drop(watch::handle(&line.watch, &self.key).await),
            Handler::Alert => drop(alert::handle(&line.alert, &self.key).await),
            Handler::Digest => drop(alert::catch_up(&line.alert).await),
            Handler::Sweep | Handler::Forget => process.sweep().await,
            Handler::Tick => process.tick().await,
            Handler::Batch => drop(batch(line, Role::Assess, &stream(&self.work)).await),
            Handler::Acknowledge => {
                drop(process.ask("POST", &format!("/api/comments/{}/acknowledge", self.key), Some(json!({}))).await);
            }
            Handler::Decide => {
                let decision = json!({"decision": "case", "case_number": "NL-2026-0042", "revision": self.seen});
                drop(process.ask("POST", &format!("/api/comments/{}/decision", self.key), Some(decision)).await);
            }
        }
    }
}

fn stream(work: &[Work]) -> Value {
    let records = work.iter().enumerate().map(|(number, work)| {
        let (pk, sk) = match work {
            Work::Delivery(id) => (format!("delivery#{}#{}", id.door, id.digest), "raw"),
            Work::Comment(key) => (format!("comment#{key}"), "head"),
        };
        json!({"dynamodb": {"SequenceNumber": number.to_string(), "Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}})
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

async fn record(process: &Process, key: &CommentKey) -> Record {
    Record::fold(&process.store().chain(key).await.expect("a chain")).expect("a record")
}

/// Notes which messages were taken and not written down when the handler was cut: these, and no others, may come again.
async fn note_unheard(process: &Process, said: &[Said]) {
    let now = process.outside.hours.now().as_millisecond();
    let messages = process.outside.sns().messages.clone();
    for said in said {
        let key = forum_key(&said.id);
        let chain = process.store().chain(&key).await.expect("fair weather");
        let recorded: Vec<_> = Record::fold(&chain).map(|record| record.alerts).unwrap_or_default();
        let written = |alert: &str, step: u64, repeat: u64| {
            let mut of = recorded.iter().filter(|state| state.id.to_string() == alert).flat_map(|state| &state.published);
            of.any(|(sent, _)| u64::from(sent.step) == step && u64::from(sent.repeat) == repeat)
        };
        let mut told = messages.iter().flat_map(super::sns::Message::told).filter(|(record, _)| record == key.as_str());
        if told.any(|(_, (alert, step, repeat))| !written(&alert, step, repeat)) {
            process.outside.weather().unheard.entry(key.to_string()).or_default().push(now);
        }
    }
}

/// One cut and what follows it; whether the handler was cut at all.
async fn trial(hours: &Hours, handler: Handler, cut: Cut, redelivered: bool) -> bool {
    let outside = Outside::new(hours, 1).await;
    let scene = Scene::prepare(&Process::start(&outside), handler).await;
    let cut_short = match cut {
        Cut::Dies(point) => {
            let life = Life::ending_at(point);
            let process = Process::living(&outside, life.clone());
            life.of(scene.act(&process)).await.is_none()
        }
        Cut::Dropped(nth) => dropped_at(nth, scene.act(&Process::start(&outside))).await.is_none(),
    };
    // Tasks of a dropped handler go on for as long as they have something to do.
    hours.pass(SignedDuration::from_millis(1)).await;
    let after = Process::start(&outside);
    note_unheard(&after, &scene.said).await;
    if redelivered {
        scene.act(&after).await;
    }
    // A claim that a dead worker holds runs out.
    hours.clock.advance(SignedDuration::from_secs(61));
    Process::start(&outside).sweep().await;
    if matches!(handler, Handler::Receive | Handler::ReceiveInParts | Handler::Acknowledge | Handler::Decide) {
        // Whoever was not answered comes again, however late.
        scene.act(&after).await;
    }
    // A queue gives its topic a message a second.
    for _ in 0..2 {
        hours.clock.advance(SignedDuration::from_secs(2));
        after.sweep().await;
    }
    let open = after.store().open_work(hours.now(), 10).await.expect("fair weather");
    assert!(open.is_empty(), "still owed: {open:?}");
    judge(&after, &scene.said).await;
    let record = record(&after, &scene.key).await;
    let done = (record.acknowledgements.len(), record.decisions.len(), record.erased.is_some());
    let expected = match handler {
        Handler::Acknowledge => (1, 0, false),
        Handler::Decide => (done.0, 1, false),
        Handler::Forget => (done.0, 1, true),
        _ => (0, 0, false),
    };
    assert_eq!(done, expected, "acknowledgements, decisions, erased");
    cut_short
}

/// Cuts of one handler, every `step`th of them and on until it comes to its end uncut: how many there were.
fn all(handler: Handler, step: u64, cut: impl Fn(u64) -> Cut) -> u64 {
    let mut cuts = 0;
    for (first, redelivered) in [(0, true), (step / 2, false)] {
        for nth in (first..).step_by(usize::try_from(step).expect("a small number")) {
            let hours = Hours::at(WEDNESDAY_MORNING);
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                hours.run(trial(&hours, handler, cut(nth), redelivered))
            }));
            match told {
                Ok(true) => cuts += 1,
                Ok(false) => break,
                Err(panic) => {
                    eprintln!("{handler:?}, {:?}, redelivered: {redelivered}", cut(nth));
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    cuts
}

fn cut_everywhere(handlers: &[Handler]) {
    let step = count("DAYZERO_CUTS_STEP", 18);
    for &handler in handlers {
        let died = all(handler, step, Cut::Dies);
        let dropped = all(handler, step, Cut::Dropped);
        assert!(died >= 2 && dropped >= 1, "{handler:?}: {died} and {dropped} cuts are too few for any handler");
        println!(
            "R1: {handler:?}, {} of its suspension points: the process ended at {died}, its future was dropped at {dropped}: 0 lost, 0 double",
            if step == 1 { "each".to_owned() } else { format!("one in {step}") },
        );
    }
}

#[test]
fn r1_receive_is_cut_everywhere() {
    cut_everywhere(&[Handler::Receive, Handler::ReceiveInParts]);
}

#[test]
fn r1_assess_is_cut_everywhere() {
    cut_everywhere(&[Handler::Assess, Handler::AssessEdit, Handler::AssessDeletion, Handler::Batch]);
}

#[test]
fn r1_watch_and_alert_are_cut_everywhere() {
    cut_everywhere(&[Handler::Comment, Handler::Watch, Handler::Alert, Handler::Digest]);
}

#[test]
fn r1_people_are_cut_everywhere() {
    cut_everywhere(&[Handler::Acknowledge, Handler::Decide, Handler::Forget]);
}

#[test]
fn r1_a_sweep_is_cut_everywhere() {
    cut_everywhere(&[Handler::Sweep]);
}

#[test]
fn r1_a_tick_is_cut_everywhere() {
    cut_everywhere(&[Handler::Tick]);
}
