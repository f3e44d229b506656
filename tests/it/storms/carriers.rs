//! R5: the first carrier is gone for an hour, both are, e-mail is suspended, everybody unsubscribes. What `alerts` tells as stories is measured here
//! over an hour of alerts that come all the while.

use std::collections::BTreeMap;

use dayzero::metrics::Metric;
use dayzero::model::{Happening, Obligation, Record};
use jiff::SignedDuration;

use super::hours::Hours;
use super::judge::{Said, judge};
use super::rig::{Outside, Process};
use super::wire::Service;
use super::{count, seed};
use crate::faults::Fault;
use crate::world::{WEDNESDAY_MORNING, forum_key};

const HOUR: i64 = 3_600;
/// Messages that a topic takes at once from one worker; after these, one a second.
const BURST: i64 = 5;
const TOPICS: [&str; 3] = ["SafetyDeskTopic", "SafetyOnCallTopic", "QppvTopic"];

/// What an hour without carriers was like.
struct Outage {
    alerts: usize,
    /// From when a step was due until a carrier had taken it, at the most.
    slowest: SignedDuration,
    /// Windows for alerting that were missed, and how long after their end the last was written down.
    missed: usize,
    noted: SignedDuration,
    /// From the carriers' return until nothing waited.
    out: SignedDuration,
}

async fn outage(hours: &Hours, gone: &[Service], comments: i64) -> Outage {
    let outside = Outside::new(hours, seed()).await;
    let process = Process::start(&outside).with_second_carrier();
    outside.weather().outages.extend(gone.iter().map(|service| (*service, Fault::ServerError)));
    let (began, mut kept) = (hours.now(), Vec::new());
    for second in (0..HOUR).step_by(10) {
        while i64::try_from(kept.len()).expect("some comments") * HOUR / comments <= second {
            let number = kept.len();
            let text = if number % 4 == 0 {
                "Mijn moeder is na de tweede tablet Norvexa met de ambulance opgehaald"
            } else {
                "Sinds ik Norvexa slik heb ik hartkloppingen"
            };
            let said = Said::new(&format!("c-{number}"), "created", Some(format!("{text}, {number}")), hours.now());
            process.post_until_kept("forum", said.body.as_bytes()).await;
            kept.push(said);
        }
        if second % 60 == 0 {
            process.tick().await
        } else {
            process.sweep().await
        }
        let left = (began + SignedDuration::from_secs(second + 10)).duration_since(hours.now());
        hours.clock.advance(left.max(SignedDuration::ZERO));
    }
    outside.weather().outages.clear();
    let back = hours.now();
    while waits(&process, &kept).await {
        hours.clock.advance(SignedDuration::from_secs(1));
        process.sweep().await;
        assert!(hours.now().duration_since(back) < SignedDuration::from_mins(30), "the backlog does not go out");
    }
    let out = hours.now().duration_since(back);
    let found = judge(&process, &kept).await;
    assert_eq!(found.repeats, 0);
    assert_paced(&outside);
    let mut outage = Outage { alerts: found.alerts, slowest: SignedDuration::ZERO, missed: 0, noted: SignedDuration::ZERO, out };
    for said in &kept {
        let chain = process.store().chain(&forum_key(&said.id)).await.expect("a chain");
        for alert in Record::fold(&chain).expect("a record").alerts {
            for (step, published) in &alert.published {
                let due = alert.plan.steps.get(usize::from(step.step)).filter(|_| step.repeat == 0);
                let late = due.map(|due| published.at().duration_since(due.at)).unwrap_or_default();
                outage.slowest = outage.slowest.max(late);
            }
        }
        for entry in chain {
            if let Happening::Missed(miss) = entry.what
                && miss.obligation == Obligation::Alert
            {
                outage.missed += 1;
                outage.noted = outage.noted.max(entry.at.duration_since(miss.deadline.timestamp()));
            }
        }
    }
    outage
}

async fn waits(process: &Process, kept: &[Said]) -> bool {
    for said in kept {
        let chain = process.store().chain(&forum_key(&said.id)).await.expect("a chain");
        let record = Record::fold(&chain).expect("a record");
        if record.alerts.iter().any(|alert| alert.outstanding().next().is_some()) {
            return true;
        }
    }
    false
}

/// No topic got more than one message a second, beyond what it takes at once.
fn assert_paced(outside: &Outside) {
    let mut times: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for message in &outside.sns().messages {
        times.entry(message.topic.clone()).or_default().push(message.at.as_millisecond());
    }
    for (topic, times) in times {
        for (index, start) in times.iter().enumerate() {
            for (count, end) in (1..).zip(&times[index..]) {
                assert!(count <= (end - start) / 1_000 + BURST, "{topic} got {count} messages within {} ms", end - start);
            }
        }
    }
}

#[test]
fn r5_an_hour_without_carriers_is_survived_and_written_down() {
    let comments = i64::try_from(count("DAYZERO_OUTAGE_COMMENTS", 12)).expect("some comments");
    for gone in [&[Service::FirstCarrier][..], &[Service::FirstCarrier, Service::SecondCarrier][..]] {
        let hours = Hours::at(WEDNESDAY_MORNING);
        let outage = hours.run(outage(&hours, gone, comments));
        if gone.len() == 1 {
            assert!(outage.missed == 0 && outage.slowest <= SignedDuration::from_secs(60), "{} s", outage.slowest.as_secs());
        } else {
            assert!(outage.missed > 0 && outage.noted <= SignedDuration::from_secs(60), "{} s", outage.noted.as_secs());
            assert!(outage.out <= SignedDuration::from_mins(5), "{} s", outage.out.as_secs());
        }
        println!(
            "R5: {} gone for an hour: {} alerts, the slowest step taken {} s after it was due; {} windows missed, each written down within {} s of \
             its end; nothing waits {} s after the return; at most one message a second a topic; 0 silent breaches",
            if gone.len() == 1 { "the first carrier" } else { "both carriers" },
            outage.alerts,
            outage.slowest.as_secs(),
            outage.missed,
            outage.noted.as_secs(),
            outage.out.as_secs(),
        );
    }
}

/// Minutes until the tick's gauge tells of this many unheard topics.
async fn noticed(process: &Process, topics: usize) -> i64 {
    let gauge = format!("\"{}\":{topics}", Metric::SubscriptionUnconfirmed.as_str());
    let before = process.metrics.lines().iter().filter(|line| line.contains(&gauge)).count();
    for minute in 1..=30 {
        process.outside.hours.clock.advance(SignedDuration::from_mins(1));
        process.tick().await;
        if process.metrics.lines().iter().filter(|line| line.contains(&gauge)).count() > before {
            return minute;
        }
    }
    panic!("nobody noticed within half an hour that {topics} topics are unheard")
}

#[test]
fn r5_a_topic_that_nobody_hears_is_noticed() {
    let hours = Hours::at(WEDNESDAY_MORNING);
    let (suspended, unsubscribed) = hours.run(async {
        let outside = Outside::new(&hours, seed()).await;
        let process = Process::start(&outside);
        let (mut suspended, mut unsubscribed) = (0, 0);
        // At every minute between two looks.
        for offset in 0..6 {
            for _ in 0..offset + 1 {
                hours.clock.advance(SignedDuration::from_mins(1));
                process.tick().await;
            }
            let arn = |name: &str| format!("arn:aws:sns:eu-west-1:000000000000:{name}");
            outside.sns().subscriptions.insert(arn(TOPICS[0]), vec!["PendingConfirmation".to_owned()]);
            suspended = noticed(&process, 1).await.max(suspended);
            outside.sns().subscriptions = TOPICS.iter().map(|name| (arn(name), Vec::new())).collect();
            unsubscribed = noticed(&process, TOPICS.len()).await.max(unsubscribed);
            outside.sns().subscriptions.clear();
            noticed(&process, 0).await;
        }
        (suspended, unsubscribed)
    });
    assert!(suspended <= 5 && unsubscribed <= 5, "{suspended} and {unsubscribed} minutes");
    println!(
        "R5: e-mail suspended: noticed within {suspended} min; everybody unsubscribed from {} topics: within {unsubscribed} min; of 6 tries each",
        TOPICS.len()
    );
}
