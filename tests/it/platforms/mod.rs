//! Every body of `events/` and what is read out of it, as one line an event.
//!
//! A line is `action comment <- parent @ post | author | time | "text"` and what is rare: `own`, `ad`, `link`, `sees` (unreadable).
//! `? ` opens what goes before a person, `! ` the end of a subscription, `- ` what is documented and no comment. The delivery's digest
//! reads `<digest>`. A file a platform; what is particular to its signature or its handshake stands there too.

use std::collections::BTreeMap;

use dayzero::model::{CommentEvent, Parsed, Platform, Provider};
use dayzero::platform::{ParseContext, kept_headers, parse};

use crate::samples::{headers_of, names, sample};

mod digits;
mod discourse;
mod facebook;
mod forum;
mod instagram;
mod linkedin;
mod mastodon;
mod messenger;
mod meta;
mod slack;
mod telegram;
mod threads;
mod tiktok;
mod whatsapp;
mod x;
mod youtube;

pub const CONTEXT: ParseContext<'_> =
    ParseContext { digest: "<digest>", door: "<door>", default_account: Some("forum.samenovermigraine.example") };

/// As much of a text as tells one sample from another.
const TEXT_CHARS: usize = 48;

pub fn read(provider: Provider, body: &[u8]) -> Parsed {
    parse(provider, body, &BTreeMap::new(), &CONTEXT)
}

/// What is read out of a sample, sent with the headers that lie beside it.
pub fn read_sample(provider: Provider, name: &str) -> Parsed {
    let kept = headers_of(name).into_iter().filter(|(name, _)| kept_headers(provider).contains(&name.as_str()));
    parse(provider, &sample(name), &kept.collect(), &CONTEXT)
}

fn line(event: &CommentEvent) -> String {
    let dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let author = event.author.as_ref().map_or("-".to_owned(), |a| format!("{} {}", dash(&a.id), dash(&a.name)));
    let at = event.at.map_or("-".to_owned(), |at| at.to_string());
    let text = event.text.as_ref().map_or("-".to_owned(), |text| format!("{:?}", shortened(text.expose())));
    let id = format!("{}/{}/{}", event.id.platform.as_str(), event.id.account, event.id.id);
    let mut line = format!("{} {id}", event.action.as_str());
    line += &format!(" <- {} @ {} | {author} | {at} | {text}", dash(&event.parent_id), dash(&event.post_id));
    let rare = [
        ("ad", &event.ad_id),
        ("link", &event.permalink),
        ("sees", &event.unreadable),
        ("post", &event.post_text.as_ref().map(|text| text.expose().to_owned())),
    ];
    for (name, value) in rare {
        if let Some(value) = value {
            line += &format!(" | {name} {value}");
        }
    }
    for (name, said) in [("own", event.own_account), ("unsigned", event.action_unsigned)] {
        if said {
            line += &format!(" | {name}");
        }
    }
    line
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= TEXT_CHARS { text.to_owned() } else { text.chars().take(TEXT_CHARS).chain(['…']).collect() }
}

pub fn lines(parsed: &Parsed) -> Vec<String> {
    let events = parsed.events.iter().map(line);
    let quarantined =
        parsed.quarantined.iter().map(|q| format!("? {}/{} | {} | {}", q.platform.as_str(), q.account, q.about, q.reason));
    let ignored = parsed.ignored.iter().map(|kind| format!("- {kind}"));
    let ended = parsed.ended.iter().map(|q| format!("! {}/{} | {} | {}", q.platform.as_str(), q.account, q.about, q.reason));
    events.chain(quarantined).chain(ended).chain(ignored).collect()
}

/// Compares every sample of a platform with the lines under its name; a sample without lines, or lines without one, fails too.
pub fn check(platform: Platform, expected: &str) {
    let sections = expected.trim().split("## ").skip(1).map(|section| section.split_once('\n').unwrap());
    let expected: BTreeMap<&str, &str> = sections.map(|(name, lines)| (name, lines.trim_end())).collect();
    let names = names(platform.as_str());
    let short: Vec<&str> = names.iter().map(|name| name.split_once('/').unwrap().1).collect();
    assert_eq!(short, expected.keys().copied().collect::<Vec<_>>());
    for (name, short) in names.iter().zip(short) {
        assert_eq!(lines(&read_sample(platform.provider(), name)).join("\n"), expected[short], "{name}");
    }
}
