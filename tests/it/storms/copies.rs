//! R3: every delivery comes between one and twenty times, in any order, from 32 senders at once, while two workers read. There are as many records
//! as comments, each with every version of its text, and all orders come to one end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;

use super::hours::Hours;
use super::judge::{Said, comment, judge};
use super::rig::{Outside, Process};
use super::weather::work;
use super::{Chance, count, seed};
use crate::world::{WEDNESDAY_MORNING, end_state, forum_key};

const SENDERS: usize = 32;
const MOST_COPIES: u64 = 20;
/// Comments of one table: enough that all senders are busy, and few enough that its lists stay short.
const COMMENTS: u64 = 15;
/// Orders in which the same deliveries are played.
const ORDERS: u64 = 3;

type Ends = BTreeMap<String, BTreeMap<&'static str, String>>;

/// Plays the deliveries in one order to an empty table: how every record ends, and how many copies were sent.
async fn play(hours: &Hours, said: &[Said], order: u64) -> (Ends, usize) {
    let outside = Outside::new(hours, order).await;
    let mut chance = Chance::new(order);
    let mut copies: Vec<Said> = Vec::new();
    for said in said {
        copies.extend(vec![said.clone(); 1 + usize::try_from(chance.below(MOST_COPIES)).expect("below twenty")]);
    }
    chance.shuffle(&mut copies);
    let sent = copies.len();
    outside.weather().latency = Some((1, 40));
    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..2).map(|_| work(Process::start(&outside), stop.clone(), 2)).collect();
    let door = Process::start(&outside);
    let sending = copies.chunks(sent.div_ceil(SENDERS)).map(|copies| {
        let (door, copies) = (door.clone(), copies.to_vec());
        tokio::spawn(async move {
            for said in copies {
                door.post_until_kept("forum", said.body.as_bytes()).await;
            }
        })
    });
    for sender in sending.collect::<Vec<_>>() {
        sender.await.expect("a sender that ends");
    }
    hours.pass(SignedDuration::from_mins(2)).await;
    stop.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.expect("a worker that ends");
    }
    let after = Process::start(&outside);
    judge(&after, said).await;
    let mut ends = Ends::new();
    for said in said {
        let chain = after.store().chain(&forum_key(&said.id)).await.expect("a chain");
        ends.insert(said.id.clone(), end_state(&dayzero::model::Record::fold(&chain).expect("a record")));
    }
    (ends, sent)
}

#[test]
fn r3_copies_in_any_order_from_many_senders_come_to_one_end() {
    let wanted = count("DAYZERO_COPIES", 1_000);
    let (mut sent, mut comments, mut distinct, mut round) = (0, 0, 0, 0);
    while sent < wanted {
        let seed = seed() + 1_000 * round;
        let mut chance = Chance::new(seed);
        let hours = Hours::at(WEDNESDAY_MORNING);
        let said: Vec<Said> =
            (0..COMMENTS).flat_map(|number| comment(&format!("c-{number}"), &mut chance, hours.now())).collect();
        let mut ends: Option<Ends> = None;
        for order in 0..ORDERS {
            let hours = Hours::at(WEDNESDAY_MORNING);
            let (end, copies) = hours.run(play(&hours, &said, seed + order));
            sent += copies as u64;
            match &ends {
                None => ends = Some(end),
                Some(first) => assert_eq!(first, &end, "seed {seed}, order {order}"),
            }
        }
        comments += COMMENTS;
        distinct += said.len();
        round += 1;
    }
    println!(
        "R3: {sent} deliveries from {SENDERS} senders, {distinct} distinct ones of {comments} comments, each set in {ORDERS} orders: \
         rows = distinct comments, every version kept, one end state"
    );
}
