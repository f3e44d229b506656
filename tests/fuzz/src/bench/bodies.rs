//! Bodies of any number of comments, in the documented shapes, as their platforms batch them. Every id is another, so that nothing
//! is recognised as a repetition.

use dayzero::model::Provider;
use serde_json::{Value, json};

/// What people write, in the length that they write it in.
const TEXT: &str =
    "Sinds ik Norvexa slik heb ik hartkloppingen, vooral 's avonds. Herkent iemand dat? Ik slaap er slecht van. 😢";

/// One platform's batches: what to call them, who signs them, how many comments to try in one body, and the body.
pub struct Batch {
    pub name: &'static str,
    pub provider: Provider,
    pub sizes: &'static [usize],
    pub body: fn(usize) -> Value,
}

/// As many as Meta documents at most, and on the way there.
const UP_TO_A_THOUSAND: &[usize] = &[1, 10, 100, 1_000];

/// Every platform whose deliveries hold more than one comment, and those of one comment that are common.
pub const BATCHES: [Batch; 12] = [
    Batch { name: "facebook", provider: Provider::Meta, sizes: UP_TO_A_THOUSAND, body: facebook },
    Batch { name: "instagram", provider: Provider::Meta, sizes: UP_TO_A_THOUSAND, body: instagram },
    Batch { name: "messenger", provider: Provider::Meta, sizes: UP_TO_A_THOUSAND, body: messenger },
    Batch { name: "whatsapp", provider: Provider::Meta, sizes: UP_TO_A_THOUSAND, body: whatsapp },
    Batch { name: "x", provider: Provider::X, sizes: UP_TO_A_THOUSAND, body: x },
    Batch { name: "linkedin", provider: Provider::LinkedIn, sizes: &[1, 10], body: linkedin },
    Batch { name: "tiktok", provider: Provider::TikTok, sizes: &[1], body: tiktok },
    Batch { name: "discourse", provider: Provider::Discourse, sizes: &[1], body: discourse },
    Batch { name: "telegram", provider: Provider::Telegram, sizes: &[1], body: telegram },
    Batch { name: "slack", provider: Provider::Slack, sizes: &[1], body: slack },
    Batch { name: "mastodon", provider: Provider::Mastodon, sizes: &[1], body: mastodon },
    Batch { name: "forum", provider: Provider::Forum, sizes: &[1], body: forum },
];

/// A notification has one entry a change, as most do.
fn facebook(count: usize) -> Value {
    let entry = |n| {
        json!({"id": "104857600000001", "time": 1_772_442_723, "changes": [{"field": "feed", "value": {
            "from": {"id": format!("70010000000{n:05}"), "name": "Anna de Boer"}, "item": "comment", "verb": "add",
            "comment_id": format!("2001_{n}"), "post_id": "104857600000001_2001", "parent_id": "104857600000001_2001",
            "created_time": 1_772_442_720, "message": TEXT,
            "post": {"status_type": "added_photos", "is_published": true, "updated_time": "2026-03-02T09:12:00+0000",
                "permalink_url": "https://www.facebook.com/104857600000001/posts/2001", "promotion_status": "inactive"}}}]})
    };
    json!({"object": "page", "entry": (0..count).map(entry).collect::<Vec<_>>()})
}

fn instagram(count: usize) -> Value {
    let entry = |n| {
        json!({"id": "17841400000000001", "time": 1_772_449_201, "changes": [{"field": "comments", "value": {
            "from": {"id": format!("55000000000{n:05}"), "username": "mirthe.vd"},
            "media": {"id": "18020000000000001", "media_product_type": "FEED"},
            "id": format!("179000000001{n:05}"), "text": TEXT, "parent_id": "17900000000000101"}}]})
    };
    json!({"object": "instagram", "entry": (0..count).map(entry).collect::<Vec<_>>()})
}

fn messenger(count: usize) -> Value {
    let entry = |n| {
        json!({"id": "104857600000001", "time": 1_772_442_723_000_u64, "messaging": [{"sender": {"id": format!("8001{n:05}")},
            "recipient": {"id": "104857600000001"}, "timestamp": 1_772_442_720_000_u64,
            "message": {"mid": format!("m_{n}"), "text": TEXT}}]})
    };
    json!({"object": "page", "entry": (0..count).map(entry).collect::<Vec<_>>()})
}

/// All messages in one change, each with its contact, as for a busy number.
fn whatsapp(count: usize) -> Value {
    let contact = |n| json!({"profile": {"name": "Anna"}, "wa_id": format!("3160000{n:05}")});
    let message = |n| {
        json!({"from": format!("3160000{n:05}"), "id": format!("wamid.{n}"), "timestamp": "1772442720", "type": "text",
            "text": {"body": TEXT}})
    };
    json!({"object": "whatsapp_business_account", "entry": [{"id": "102290000000001", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp", "metadata": {"display_phone_number": "31200000001", "phone_number_id": "110000000000001"},
        "contacts": (0..count).map(contact).collect::<Vec<_>>(), "messages": (0..count).map(message).collect::<Vec<_>>()}}]}]})
}

fn x(count: usize) -> Value {
    let post = |n: usize| {
        json!({"created_at": "Mon Mar 02 09:12:00 +0000 2026", "id": 1_900_000_000_000_000_000_u64 + n as u64,
            "id_str": format!("19000000000000{n:05}"), "text": TEXT, "truncated": false,
            "user": {"id_str": format!("16000000000{n:05}"), "name": "Anna", "screen_name": "anna_db"},
            "in_reply_to_status_id_str": "1899999999999999999", "in_reply_to_user_id_str": "1500000000000000001",
            "timestamp_ms": "1772442720000"})
    };
    json!({"for_user_id": "1500000000000000001", "tweet_create_events": (0..count).map(post).collect::<Vec<_>>()})
}

fn linkedin(count: usize) -> Value {
    let notification = |n| {
        json!({"notificationId": 4_000_000 + n, "organizationalEntity": "urn:li:organization:70000001",
            "subscriber": "urn:li:person:sub", "action": "COMMENT", "sourcePost": "urn:li:share:7000",
            "generatedActivity": format!("urn:li:comment:(activity:7001,{n})"), "lastModifiedAt": 1_772_442_720_000_u64,
            "decoratedGeneratedActivity": {"comment": {"entity": format!("urn:li:comment:(urn:li:activity:7001,{n})"),
                "owner": "urn:li:person:anna", "text": TEXT, "object": "urn:li:activity:7001"}}})
    };
    json!({"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": (0..count).map(notification).collect::<Vec<_>>()})
}

fn tiktok(_: usize) -> Value {
    let content = json!({"comment_id": 7_000_000_000_000_000_001_u64, "video_id": 7_000_000_000_000_000_002_u64,
        "parent_comment_id": 0, "comment_type": "comment", "comment_action": "insert", "timestamp": 1_772_442_720_000_u64,
        "unique_identifier": "anna", "text": TEXT});
    json!({"client_key": "k", "event": "comment.update", "create_time": 1_772_442_720, "user_openid": "openid-samenovermigraine",
        "content": content.to_string()})
}

fn discourse(_: usize) -> Value {
    json!({"post": {"id": 7, "raw": TEXT, "cooked": format!("<p>{TEXT}</p>"), "username": "anna", "name": "Anna", "user_id": 3,
        "created_at": "2026-03-02T09:12:00.000Z", "updated_at": "2026-03-02T09:12:00.000Z", "post_number": 2, "topic_id": 5,
        "topic_slug": "hoe-gaat-het", "topic_title": "Hoe gaat het?", "hidden": false}})
}

fn telegram(_: usize) -> Value {
    json!({"update_id": 1, "message": {"message_id": 501, "from": {"id": 61, "is_bot": false, "first_name": "Anna"},
        "chat": {"id": -1_001_000_000_001_i64, "title": "Samen", "type": "supergroup"}, "date": 1_772_442_720, "text": TEXT}})
}

fn slack(_: usize) -> Value {
    json!({"team_id": "T1", "api_app_id": "A1", "type": "event_callback", "event_id": "Ev1", "event_time": 1_772_442_720,
        "event": {"type": "message", "user": "U1", "ts": "1772442720.000100", "text": TEXT, "channel": "C0MIGRAINE1"},
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": true}]})
}

fn mastodon(_: usize) -> Value {
    json!({"event": "status.created", "created_at": "2026-03-02T09:12:01.000Z", "object": {"id": "114000000000000001",
        "created_at": "2026-03-02T09:12:00.000Z", "url": "https://social.samenovermigraine.example/@anna/114000000000000001",
        "uri": "https://social.samenovermigraine.example/users/anna/statuses/114000000000000001", "visibility": "public",
        "content": format!("<p>{TEXT}</p>"), "account": {"id": "11", "username": "anna", "acct": "anna", "display_name": "Anna"}}})
}

fn forum(_: usize) -> Value {
    json!({"type": "comment.created", "timestamp": "2026-03-02T09:12:00Z", "data": {"comment_id": "c-1", "post_id": "t-1",
        "author": {"id": "u-1", "name": "Anna"}, "text": TEXT, "created_at": "2026-03-02T09:12:00Z", "account": "forum"}})
}
