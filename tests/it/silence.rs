//! Stories of channels that fall silent: the alarm rises once, people see it once, and the next thing heard ends it.

use dayzero::metrics::Metric;
use dayzero::model::channel::SilenceNote;
use dayzero::model::{Account, CampaignId, CommentId, JournalId, Noted, Platform, Record};
use jiff::{SignedDuration, Timestamp};

use crate::faults::Fault;
use crate::samples::sample;
use crate::world::{WEDNESDAY_MORNING, World, kinds};

const FORUM: &str = "forum.samenovermigraine.example";
const FORUM_SAYS: &str = "Sinds ik Norvexa slik heb ik hartkloppingen";

/// The sample protocol, with one channel's patience and none for every other to lose.
fn patience(channel: &str, silent_after: &str) -> String {
    let mut id = "";
    let mut lines = Vec::new();
    for line in dayzero::local::samples::PROTOCOL.lines() {
        if let Some(name) = line.strip_prefix("id = \"") {
            id = name.split('"').next().unwrap();
        }
        let after = if id == channel { silent_after } else { "900d" };
        lines.push(if line.starts_with("silent_after") { format!("silent_after = \"{after}\"") } else { line.to_owned() });
    }
    lines.join("\n")
}

async fn world(channel: &str, silent_after: &str) -> World {
    let world = World::empty(WEDNESDAY_MORNING).await;
    world.publish(&patience(channel, silent_after)).await.unwrap();
    world
}

/// Lets hours pass, with a tick in each.
async fn ticks(world: &World, hours: i64) {
    for _ in 0..hours {
        world.clock.advance(SignedDuration::from_hours(1));
        world.line.tick(Timestamp::MAX).await.unwrap();
    }
}

/// What the campaign's journal says of silences.
async fn silences(world: &World) -> Vec<SilenceNote> {
    let journal = JournalId::of_campaign("channels", &CampaignId::new("migraine-nl"));
    let notes = world.store.journal(&journal).await.unwrap();
    let of_silence = |what| if let Noted::Silence(note) = what { Some(note) } else { None };
    notes.into_iter().filter_map(|note| of_silence(note.what)).collect()
}

/// Raised and ended alarms, in order.
async fn story(world: &World) -> String {
    let words = silences(world).await.into_iter().map(|note| if note.heard_again.is_some() { "heard" } else { "silent" });
    words.collect::<Vec<_>>().join(" ")
}

/// The record in which people see a silence.
async fn matter(world: &World, platform: Platform, note: &SilenceNote) -> Record {
    let account = &note.account.account;
    let id = CommentId::new(platform, account, format!("unreadable:{account}:silent since {}", note.since));
    world.record(&id.key()).await
}

/// What the last tick said of silent channels.
fn gauge(world: &World) -> u64 {
    let lines = world.metrics.lines();
    let last = lines.iter().rev().find(|line| line.contains(Metric::ChannelsSilent.as_str())).unwrap();
    serde_json::from_str::<serde_json::Value>(last).unwrap()[Metric::ChannelsSilent.as_str()].as_u64().unwrap()
}

async fn channel(world: &World, id: &str) -> serde_json::Value {
    let all = world.api("GET", "/api/channels", None).await;
    let found = all["channels"].as_array().unwrap().iter().find(|row| row["channel"] == id).cloned();
    found.unwrap_or_else(|| panic!("{id} is not shown: {all}"))
}

#[tokio::test]
async fn a_silence_is_one_alarm_and_one_matter_until_the_channel_is_heard_again() {
    let world = world("forum", "12h").await;
    let key = world.forum_says("1", FORUM_SAYS).await;
    world.settle().await;
    world.api("POST", &format!("/api/comments/{key}/acknowledge"), Some(serde_json::json!({}))).await;
    ticks(&world, 12).await;
    assert_eq!((story(&world).await.as_str(), gauge(&world)), ("", 0), "twelve hours are allowed");
    ticks(&world, 48).await;
    assert_eq!((story(&world).await.as_str(), gauge(&world)), ("silent", 1), "two days of ticks say it once");
    let note = silences(&world).await.remove(0);
    let shown = matter(&world, Platform::Forum, &note).await;
    assert_eq!(kinds(&world.chain(&shown.key).await)[..2], ["quarantined", "assessed review"], "read like every other matter");
    let page = world.page(&format!("/comments/{}", shown.key)).await;
    assert!(page.contains("Silent channel on Forum") && page.contains("A channel has fallen silent"), "{page}");
    assert!(!page.contains("heard again"), "{page}");
    assert_eq!(channel(&world, "forum").await["state"], "silent");
    assert!(world.page("/channels").await.contains("1 channel is silent."));

    world.forum_says("2", "Mooi weer").await;
    world.line.tick(Timestamp::MAX).await.unwrap();
    // The tick listens before it works the delivery off.
    world.line.tick(Timestamp::MAX).await.unwrap();
    assert_eq!((story(&world).await.as_str(), gauge(&world)), ("silent heard", 0));
    let page = world.page(&format!("/comments/{}", shown.key)).await;
    assert!(page.contains("The channel was heard again") && page.contains("Decide"), "the machine closes nothing: {page}");

    ticks(&world, 13).await;
    assert_eq!((story(&world).await.as_str(), gauge(&world)), ("silent heard silent", 1));
    let second = silences(&world).await.remove(2);
    assert_ne!(matter(&world, Platform::Forum, &second).await.key, shown.key, "another silence is another matter");
    world.end().await;
}

#[tokio::test]
async fn a_weekend_is_no_silence_where_the_protocol_allows_three_days() {
    let world = World::empty("2026-03-13T15:45:00+01:00").await;
    world.publish(&patience("linkedin", "72h")).await.unwrap();
    assert_eq!(world.post("linkedin", &sample("linkedin/comment_harmless")).await.status, 200);
    ticks(&world, 65).await;
    assert_eq!((story(&world).await.as_str(), gauge(&world)), ("", 0), "Monday morning");
    ticks(&world, 8).await;
    assert_eq!(story(&world).await, "silent");
    world.end().await;
}

#[tokio::test]
async fn a_channel_that_was_never_heard_is_silent_from_its_listing_on_and_a_new_version_starts_no_new_wait() {
    let world = world("fb-page", "12h").await;
    ticks(&world, 7).await;
    assert_eq!(channel(&world, "fb-page").await["state"], "awaited");
    world.publish(&patience("fb-page", "12h").replacen("version = 3", "version = 4", 1)).await.unwrap();
    ticks(&world, 5).await;
    assert_eq!(story(&world).await, "", "at twelve hours");
    ticks(&world, 1).await;
    assert_eq!(story(&world).await, "silent");
    let row = channel(&world, "fb-page").await;
    assert_eq!((&row["state"], &row["last_heard"], &row["deliveries"]), (&"silent".into(), &serde_json::Value::Null, &0.into()));
    world.end().await;
}

#[tokio::test]
async fn nobody_listens_before_a_campaign_starts_or_after_its_monitoring_ends() {
    for (time, hours, wanted) in [("2026-01-03T12:00:00+01:00", 47, ""), ("2027-03-31T20:00:00+02:00", 30, "")] {
        let world = World::empty(time).await;
        world.publish(&patience("forum", "12h")).await.unwrap();
        ticks(&world, hours).await;
        assert_eq!(story(&world).await, wanted, "{time}");
        world.end().await;
    }
    let world = World::empty("2026-01-03T12:00:00+01:00").await;
    world.publish(&patience("forum", "12h")).await.unwrap();
    ticks(&world, 49).await;
    assert_eq!(story(&world).await, "silent", "twelve hours after midnight of the first day");
    world.end().await;
}

#[tokio::test]
async fn likes_and_our_own_posts_are_signs_of_life() {
    for name in ["facebook/like_and_reaction", "facebook/own_post", "facebook/removed"] {
        let world = world("fb-page", "12h").await;
        ticks(&world, 6).await;
        assert_eq!(world.post("meta", &sample(name)).await.status, 200, "{name}");
        world.settle().await;
        ticks(&world, 11).await;
        assert_eq!(story(&world).await, "", "{name}");
        let row = channel(&world, "fb-page").await;
        assert_eq!((&row["state"], &row["deliveries"]), (&"heard".into(), &1.into()), "{name}");
        world.abandon();
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_raises_nothing_and_ends_nothing() {
    let world = world("forum", "12h").await;
    world.forum_says("1", "Mooi weer").await;
    ticks(&world, 13).await;
    assert_eq!(story(&world).await, "silent");
    world.clock.advance(SignedDuration::from_hours(-10));
    for _ in 0..3 {
        world.line.tick(Timestamp::MAX).await.unwrap();
    }
    assert_eq!(story(&world).await, "silent");
    ticks(&world, 24).await;
    assert_eq!(story(&world).await, "silent", "and the same silence is no second alarm");
    world.end().await;
}

#[tokio::test]
async fn two_workers_raise_one_alarm_and_a_crash_anywhere_loses_none() {
    let silent = world("forum", "12h").await;
    silent.clock.advance(SignedDuration::from_hours(13));
    let (one, other) = (silent.line.clone(), silent.line.clone());
    let (one, other) = tokio::join!(one.tick(Timestamp::MAX), other.tick(Timestamp::MAX));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(story(&silent).await, "silent");
    silent.end().await;

    let forum = Account { platform: Platform::Forum, account: FORUM.to_owned() };
    let mut unfinished = 0;
    // The tick first counts the open work, one request for each part of its index.
    for at in 16..64 {
        let world = world("forum", "12h").await;
        world.line.tick(Timestamp::MAX).await.unwrap();
        world.clock.advance(SignedDuration::from_hours(13));
        world.table_faults.crash_at(at, Fault::ReplyLost);
        let _ = world.line.tick(Timestamp::MAX).await;
        world.table_faults.clear();
        let (keys, alarm) =
            (world.store.keys().await.unwrap().len(), world.store.channel(&forum).await.unwrap().vigil.unwrap().alarm);
        unfinished += usize::from(keys == 1 && alarm.is_none());
        world.line.tick(Timestamp::MAX).await.unwrap();
        let raised = world.store.channel(&forum).await.unwrap().vigil.unwrap().alarm.unwrap();
        let (account, channel) = (forum.clone(), dayzero::model::ChannelId::new("forum"));
        let note = SilenceNote { account, channel, since: raised.since, heard_again: None };
        assert_eq!(matter(&world, Platform::Forum, &note).await.readings.len(), 1, "at request {at}");
        assert_eq!(world.store.keys().await.unwrap().len(), 1, "at request {at}");
        world.end().await;
        if alarm.is_some() {
            return assert!(unfinished > 0, "no crash came between the matter and the alarm");
        }
    }
    panic!("no crash came after the alarm");
}

#[tokio::test]
async fn a_busy_channel_is_written_down_once_a_minute_and_none_of_it_is_lost() {
    let world = world("forum", "12h").await;
    for number in 0..20 {
        world.forum_says(&number.to_string(), "Mooi weer").await;
    }
    world.settle().await;
    let kept = world.items("channels").await;
    assert_eq!(kept.iter().filter(|item| item.contains_key("heard")).count(), 1);
    assert_eq!(channel(&world, "forum").await["deliveries"], 1, "what comes within a minute waits for the next write");
    world.clock.advance(SignedDuration::from_secs(61));
    world.forum_says("20", "Mooi weer").await;
    world.settle().await;
    assert_eq!(channel(&world, "forum").await["deliveries"], 21);
    world.end().await;
}

#[tokio::test]
async fn an_account_that_no_protocol_lists_is_shown_and_raises_nothing() {
    let world = world("forum", "12h").await;
    assert_eq!(world.post("meta", &sample("facebook/unlisted_account")).await.status, 200);
    world.settle().await;
    let all = world.api("GET", "/api/channels", None).await;
    let unlisted: Vec<_> = all["channels"].as_array().unwrap().iter().filter(|row| row["listed"] == false).collect();
    assert_eq!(unlisted.len(), 1, "{all}");
    assert_eq!((&unlisted[0]["state"], &unlisted[0]["deliveries"]), (&"unlisted".into(), &1.into()));
    let page = world.page("/channels").await;
    assert!(page.contains("no active protocol lists it") && page.contains("Not heard yet"), "{page}");
    world.abandon();
}

#[tokio::test]
async fn a_handshake_stands_beside_the_channels_of_its_door() {
    let world = world("forum", "12h").await;
    let query = vec![("crc_token".to_owned(), "abc".to_owned())];
    let call = dayzero::http::Request { method: "GET".into(), path: "/webhooks/x".into(), query, headers: vec![], body: vec![] };
    assert_eq!(dayzero::receive::handle(&world.receive, &call).await.status, 200);
    assert_eq!(channel(&world, "x").await["handshake"]["overdue"], false);
    assert_eq!(channel(&world, "x").await["state"], "awaited", "a question is no comment");
    world.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(channel(&world, "x").await["handshake"]["overdue"], true);
    assert_eq!(channel(&world, "forum").await["handshake"], serde_json::Value::Null);
    world.end().await;
}

#[test]
fn every_sample_lets_its_accounts_be_heard_and_no_end_of_a_subscription_does() {
    use dayzero::platform::{ParseContext, UNKNOWN_ACCOUNT, parse};
    let (mut heard, mut ends) = (0, 0);
    for sample in dayzero::local::samples::all() {
        let context = ParseContext { digest: "d", door: sample.door, default_account: None };
        let headers = sample.headers.iter().cloned().collect();
        let parsed = parse(sample.provider, &sample.body, &headers, &context);
        for event in &parsed.events {
            let account = Account { platform: event.id.platform, account: event.id.account.clone() };
            assert!(event.id.account == UNKNOWN_ACCOUNT || parsed.heard.contains_key(&account), "{}: {account}", sample.name);
        }
        assert!(parsed.heard.keys().all(|account| account.account != UNKNOWN_ACCOUNT), "{}", sample.name);
        if parsed.events.is_empty() && parsed.quarantined.is_empty() && parsed.ignored.is_empty() {
            assert!(parsed.heard.is_empty(), "{}", sample.name);
            ends += parsed.ended.len();
        }
        heard += usize::from(!parsed.heard.is_empty());
    }
    assert!(heard > 200 && ends > 3, "{heard} samples are heard, {ends} end a subscription");
}
