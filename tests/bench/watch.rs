//! What one tick of the schedule costs with very many open records: processor time, wall time and memory, printed and never judged.
//!
//! The store is the real one over the embedded table, filled with heads and short chains; the table answers on threads of its own, whose
//! processor time is printed apart. First a bad night: a few hundred records have a step of their route due. Then everything at once: the
//! clock moves on until every record has a window to record and a message to send, and the sweep works for a minute.
//!
//!     cargo run --release --example watch -- [--open 100000] [--due 300]
//!
//! Reads Linux's own figures (`/proc/self`).

use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Instant;

use dayzero::alert::{Alerting, Publisher, Topics};
use dayzero::assess::{Assess, Ears};
use dayzero::campaigns::Campaigns;
use dayzero::classify::{Classifier, Comment};
use dayzero::config::{Config, Patience};
use dayzero::line::Line;
use dayzero::local::{KeyStore, Outbox, Table, Topic, samples};
use dayzero::metrics::Metrics;
use dayzero::model::chain::New;
use dayzero::model::{
    Acknowledgement, Action, Actor, AlertId, Assessment, AwareAt, Class, Clock, CommentEvent, CommentId, CommentText, DeliveryId,
    DoorId, DueAlert, Happening, Head, Platform, Reading, Record, Revision, Sighting, Stage, Words,
};
use dayzero::protocol::Protocol;
use dayzero::publishing;
use dayzero::store::Store;
use dayzero::watch::Watch;
use jiff::{SignedDuration, Timestamp};

type Fault = Box<dyn Error + Send + Sync>;

/// A Wednesday morning within business hours, in the campaign's life.
const NOW: &str = "2026-03-11T09:30:00+01:00";
/// An adverse event, as the sample protocol's classifier reads it.
const TEXT: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";
/// Records written at once while the store is filled.
const AT_ONCE: usize = 32;
/// How long the sweep works on everything at once.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

struct Filled {
    store: Store,
    line: Line,
    clock: Clock,
}

fn main() -> Result<(), Fault> {
    let (mut open, mut due) = (100_000, 300);
    let mut words = std::env::args().skip(1);
    while let (Some(word), value) = (words.next(), words.next()) {
        let number = value.and_then(|value| value.parse().ok()).ok_or("expected --open N or --due N")?;
        match word.as_str() {
            "--open" => open = number,
            "--due" => due = number,
            _ => return Err("expected --open N or --due N".into()),
        }
    }
    // The table works beside the line, so that its time can be told apart by the names of the threads.
    let beside = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("table").enable_all().build()?;
    let (table, topic, keys) = beside.block_on(async {
        let outbox = Outbox::open(None)?;
        Ok::<_, Fault>((Table::start(None).await?, Topic::start(outbox).await?, KeyStore::start(None).await?))
    })?;
    let config = keys.configure(Config::loopback(table.endpoint(), topic.endpoint()));
    let own = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("line").enable_all().build()?;
    own.block_on(measure((&config, &keys), open, due))
}

async fn measure((config, keys): (&Config, &KeyStore), open: usize, due: usize) -> Result<(), Fault> {
    let filled = begin(config, keys).await?;
    let started = Instant::now();
    fill(&filled, open, due).await?;
    println!("{open} open records, {due} of them due; filled in {:.0} s", started.elapsed().as_secs_f64());
    tick(&filled, "a bad night", SignedDuration::from_mins(10)).await?;
    tick(&filled, "nothing is due any more", SignedDuration::from_mins(10)).await?;
    filled.clock.advance(SignedDuration::from_hours(7 * 24));
    tick(&filled, "everything is due at once, a minute of it", MINUTE).await
}

async fn begin(config: &Config, keys: &KeyStore) -> Result<Filled, Fault> {
    let clients = config.clients(Patience::Worker);
    let clock = Clock::manual(NOW.parse()?);
    let vault = keys.vault(&clients, config, &clock);
    keys.prove(&vault).await?;
    let store = Store::new(clients.dynamodb.clone(), &config.table, vault).at(clock.clone());
    store.create_table().await?;
    let metrics = Metrics::memory();
    let campaigns = Campaigns::new(store.clone(), clock.clone());
    publishing::publish(&store, protocol()?, "Bench", clock.now()).await?;
    let alert = Alerting {
        store: store.clone(),
        campaigns: campaigns.clone(),
        publisher: Publisher::new(clients.sns, Topics::Loopback),
        clock: clock.clone(),
        metrics: metrics.clone(),
        console_url: None,
    };
    let ears = Ears::default();
    let assess = Assess { store: store.clone(), campaigns, ears, clock: clock.clone(), metrics: metrics.clone() };
    let watch = Watch { store: store.clone(), clock: clock.clone(), metrics };
    Ok(Filled { store, line: Line { assess, alert, watch }, clock })
}

fn protocol() -> Result<Protocol, Fault> {
    Protocol::parse(samples::PROTOCOL).map_err(|problems| format!("the sample protocol has {} problems", problems.len()).into())
}

async fn fill(filled: &Filled, open: usize, due: usize) -> Result<(), Fault> {
    let knows = Arc::new(Knows::new()?);
    let mut writing = tokio::task::JoinSet::new();
    for number in 0..open {
        while writing.len() >= AT_ONCE {
            writing.join_next().await.ok_or("nothing is being written")???;
        }
        let (store, knows, now) = (filled.store.clone(), knows.clone(), filled.clock.now());
        writing.spawn(async move { record(&store, &knows, now, number, number < due).await });
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(())
}

/// One record that people have not finished: alerted and in hand if it is not due, on its way up the route if it is.
async fn record(store: &Store, knows: &Knows, now: Timestamp, number: usize, due: bool) -> Result<(), Fault> {
    let id = CommentId::new(Platform::Forum, "forum.samenovermigraine.example", format!("c-{number}"));
    let (class, ago) = if due { (Class::Serious, 21) } else { (Class::QualityComplaint, 5) };
    let aware = AwareAt::new(now.checked_sub(SignedDuration::from_mins(ago))?);
    let machine = |what, words| New { at: now, by: Actor::Stage(Stage::Assess), what, words };
    let words = Words::of(&event(&id), "salt".to_owned());
    let mut happened = vec![
        machine(Happening::Sighted(sighting(&id, number, aware, &knows.protocol)), Some(words)),
        machine(Happening::Assessed(reading(&id, class, aware, knows)?), None),
    ];
    if !due {
        let by = Acknowledgement { by: "Ann".to_owned(), at: now, on: Revision(2) };
        happened.push(machine(Happening::Acknowledged(by), None));
    }
    let key = id.key();
    let entries = store.append(&key, None, happened).await?;
    let record = Record::fold(&entries).ok_or("a chain that cannot be folded")?;
    // A first message that is not sent yet would be due at once; these were told long ago.
    let wake = if due { record.wake(now) } else { now.checked_add(SignedDuration::from_hours(24)).ok() };
    let head = Head { owed: due, ..Head::of(&record, wake) };
    Ok(store.project(&head).await?)
}

fn event(id: &CommentId) -> CommentEvent {
    CommentEvent { text: Some(CommentText::new(TEXT)), ..CommentEvent::new(id.clone(), Action::Created) }
}

fn sighting(id: &CommentId, number: usize, aware: AwareAt, protocol: &Protocol) -> Sighting {
    Sighting {
        id: id.clone(),
        action: Action::Created,
        delivery: DeliveryId { door: DoorId::new("forum"), digest: format!("{number:064x}") },
        received_at: aware,
        at: None,
        campaign: Some(protocol.reference().id),
        channel: None,
        parent_id: None,
        post_id: None,
        ad_id: None,
        own_account: false,
        unreadable: None,
        sent_at: None,
        action_unsigned: false,
        keep: Default::default(),
        drill: None,
    }
}

fn reading(id: &CommentId, class: Class, aware: AwareAt, knows: &Knows) -> Result<Reading, Fault> {
    let protocol = &knows.protocol;
    let plan = protocol.plan(class, aware).ok_or("a class without a route")?;
    let alert = AlertId::new(format!("A-{}", id.id));
    let alerts = vec![DueAlert { alert, class, protocol: protocol.reference(), plan }];
    let assessment = knows.assessment.clone();
    let (day_zero, protocol) = (Some(protocol.day_zero_terms()), Some(protocol.reference()));
    Ok(Reading { on: Revision(1), parent: None, assessment, protocol, day_zero, decide_by: None, alerts })
}

/// What every record of the bench is read with.
struct Knows {
    protocol: Protocol,
    assessment: Assessment,
}

impl Knows {
    fn new() -> Result<Knows, Fault> {
        let protocol = protocol()?;
        let classifier = Classifier::new(&protocol.reading_rules());
        let comment = Comment { text: TEXT, lang: None, post: None, parent: None, implied_product: None, reporter_known: true };
        Ok(Knows { assessment: classifier.assess(&comment), protocol })
    }
}

async fn tick(filled: &Filled, what: &str, limit: SignedDuration) -> Result<(), Fault> {
    // Linux counts the peak anew from here.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (before, started) = (memory("VmRSS")?, Instant::now());
    let (line, table) = (processor("line")?, processor("table")?);
    let swept = filled.line.tick(Timestamp::now().checked_add(limit)?).await?;
    let wall = started.elapsed().as_secs_f64();
    let (line, table) = (processor("line")? - line, processor("table")? - table);
    let each = if swept.done > 0 { line / swept.done as f64 * 1000.0 } else { 0.0 };
    println!(
        "{what}: {} done, {} failed, {wall:.2} s; processor {line:.2} s of the line ({each:.2} ms each), {table:.2} s of the table; \
         memory {before} MB before, {} MB at its peak",
        swept.done,
        swept.failed,
        memory("VmHWM")?
    );
    Ok(())
}

/// Seconds of processor time of the threads with a name.
fn processor(name: &str) -> Result<f64, Fault> {
    let mut ticks = 0u64;
    for thread in fs::read_dir("/proc/self/task")? {
        let Ok(stat) = fs::read_to_string(thread?.path().join("stat")) else { continue };
        let Some((first, rest)) = stat.rsplit_once(')') else { continue };
        // The main thread drives the line.
        let own = if name == "line" { !first.ends_with("table") } else { first.ends_with(name) };
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let of = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        // utime and stime, in hundredths of a second.
        ticks += if own { of(11) + of(12) } else { 0 };
    }
    Ok(ticks as f64 / 100.0)
}

fn memory(field: &str) -> Result<u64, Fault> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field)).ok_or("no such figure")?;
    Ok(line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024)
}
