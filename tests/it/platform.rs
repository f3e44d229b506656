//! Every body of `events/` and what is read out of it, as one line an event.
//!
//! A line is `action comment <- parent @ post | author | time | "text"` and what is rare: `own`, `ad`, `link`, `sees` (unreadable).
//! `? ` opens what goes before a person, `- ` what is documented and no comment. The delivery's digest reads `<digest>`.

use std::collections::BTreeMap;

use dayzero::model::{CommentEvent, Parsed, Platform, Provider};
use dayzero::platform::{ParseContext, parse};
use proptest::prelude::*;

use crate::samples::{names, sample};

const CONTEXT: ParseContext<'_> =
    ParseContext { digest: "<digest>", default_account: Some("forum.samenovermigraine.example") };

fn read(provider: Provider, body: &[u8]) -> Parsed {
    parse(provider, body, &BTreeMap::new(), &CONTEXT)
}

fn line(event: &CommentEvent) -> String {
    let dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let author = event.author.as_ref().map_or("-".to_owned(), |a| format!("{} {}", dash(&a.id), dash(&a.name)));
    let at = event.at.map_or("-".to_owned(), |at| at.to_string());
    let text = event.text.as_ref().map_or("-".to_owned(), |text| format!("{:?}", text.expose()));
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
    if event.own_account { line + " | own" } else { line }
}

fn lines(parsed: &Parsed) -> Vec<String> {
    let events = parsed.events.iter().map(line);
    let quarantined = parsed
        .quarantined
        .iter()
        .map(|q| format!("? {}/{} | {} | {}", q.platform.as_str(), q.account, q.about, q.reason));
    let ignored = parsed.ignored.iter().map(|kind| format!("- {kind}"));
    events.chain(quarantined).chain(ignored).collect()
}

/// Checks every row, and that no sample of the platform is without one.
fn check(platform: Platform, rows: &[(&str, &[&str])]) {
    let folder = platform.as_str();
    let mut expected: Vec<String> = rows.iter().map(|(name, _)| format!("{folder}/{name}")).collect();
    expected.sort();
    assert_eq!(names(folder), expected, "samples and rows");
    for (name, expected) in rows {
        let parsed = read(platform.provider(), &sample(&format!("{folder}/{name}")));
        assert_eq!(lines(&parsed), *expected, "{folder}/{name}");
    }
}
#[test]
fn dump() {
    for platform in Platform::ALL {
        println!("\n#[rustfmt::skip]\n#[test]\nfn the_{}_samples_are_read() {{\n    check(Platform::{:?}, &[", platform.as_str(), platform);
        for name in names(platform.as_str()) {
            let parsed = read(platform.provider(), &sample(&name));
            let short = name.split_once('/').unwrap().1;
            println!("        ({short:?}, &[");
            for l in lines(&parsed) { 
                let hashes = "#";
                println!("            r{hashes}\"{l}\"{hashes},"); }
            println!("        ]),");
        }
        println!("    ]);\n}}");
    }
}
