//! Several campaigns at once: what may be published beside what, and which campaign a comment belongs to.

use dayzero::local::samples;
use dayzero::model::{CampaignId, CommentId, Platform};
use dayzero::publishing::NotPublished;

use crate::world::{WEDNESDAY_MORNING, World};

/// The accounts of another campaign, by those of the sample protocol.
const ACCOUNTS: [(&str, &str); 14] = [
    ("104857600000001", "209715200000001"),
    ("104857600000002", "209715200000002"),
    ("17841400000000001", "17841400000000002"),
    ("25000000000000001", "25000000000000002"),
    ("110000000000001", "110000000000002"),
    ("1500000000000000001", "1500000000000000002"),
    ("urn:li:organization:70000001", "urn:li:organization:70000002"),
    ("openid-samenovermigraine", "openid-hoofdpijn"),
    ("UCsamenovermigraine00001", "UChoofdpijn0000000000001"),
    ("praat.samenovermigraine.example", "praat.hoofdpijn.example"),
    ("-1001000000001", "-1001000000002"),
    ("C0MIGRAINE1", "C0HOOFDPIJN1"),
    ("social.samenovermigraine.example", "social.hoofdpijn.example"),
    ("forum.samenovermigraine.example", "forum.hoofdpijn.example"),
];

/// The sample protocol under another name, with its own accounts behind the same doors.
pub fn second() -> String {
    let source = samples::PROTOCOL.replace("id = \"migraine-nl\"", "id = \"hoofdpijn-be\"");
    ACCOUNTS.iter().fold(source, |source, (from, to)| source.replace(from, to))
}

pub fn facebook(account: &str, text: &str) -> String {
    serde_json::json!({"object": "page", "entry": [{"id": account, "time": 1_773_217_800, "changes": [{"field": "feed", "value": {
        "item": "comment", "verb": "add", "comment_id": format!("{account}_1"), "post_id": format!("{account}_0"),
        "parent_id": format!("{account}_0"), "from": {"id": "77", "name": "Sanne"}, "message": text, "created_time": 1_773_217_700,
    }}]}]})
    .to_string()
}

#[tokio::test]
async fn each_comment_goes_to_the_campaign_of_its_account() {
    let world = World::new().await;
    world.publish(&second()).await.unwrap();
    for (account, campaign) in [("104857600000001", "migraine-nl"), ("209715200000001", "hoofdpijn-be")] {
        world.deliver("meta", &facebook(account, "Sinds ik Norvexa slik heb ik hartkloppingen")).await;
        world.settle().await;
        let key = CommentId::new(Platform::Facebook, account, format!("{account}_1")).key();
        let record = world.record(&key).await;
        assert_eq!(record.campaign, Some(CampaignId::new(campaign)));
        assert_eq!(record.alerts[0].protocol.to_string(), format!("{campaign} v3"));
    }
    world.end().await;
}

#[tokio::test]
async fn what_would_break_an_active_campaign_is_refused() {
    let world = World::new().await;
    let same_account = second().replace("209715200000001", "104857600000001");
    let other_secret = second().replace("dayzero/meta", "dayzero/other");
    let failing_example = second().replace("class = \"serious\" }", "class = \"quality_complaint\" }");
    let unapproved = second().replace("privacy = {", "# privacy = {");
    for (source, word) in [
        (same_account, "104857600000001"),
        (other_secret, "meta"),
        (failing_example, "example"),
        (unapproved, "approval"),
        (samples::PROTOCOL.to_owned(), "higher version"),
    ] {
        let Err(NotPublished::Refused(reasons)) = world.publish(&source).await else { panic!("{word}: was published") };
        assert!(reasons.iter().any(|reason| reason.contains(word)), "{word}: {reasons:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_new_version_moves_no_deadline_that_people_were_told() {
    let world = World::at(WEDNESDAY_MORNING).await;
    let key = world.forum_says("c-1", "Sinds ik Norvexa slik heb ik hartkloppingen").await;
    world.settle().await;
    let before = world.record(&key).await.alerts[0].plan.clone();
    let stricter = samples::PROTOCOL
        .replace("version = 3 ", "version = 4 ")
        .replace("acknowledge = \"4 business hours\"", "acknowledge = \"1h\"");
    world.publish(&stricter).await.unwrap();
    let later = world.forum_says("c-2", "Sinds ik Norvexa slik heb ik hartkloppingen").await;
    world.settle().await;
    assert_eq!(world.record(&key).await.alerts[0].plan, before);
    let newer = &world.record(&later).await.alerts[0];
    assert_eq!(newer.protocol.version, 4);
    assert_eq!(newer.plan.deadlines.acknowledge.unwrap().timestamp().to_string(), "2026-03-11T09:30:00Z");
    world.end().await;
}
