//! What the targets start from: the bodies of `events/`, by themselves, as signed calls, and in AWS's envelopes; and a dictionary
//! of the names and short values that stand in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, io};

use dayzero::model::{DoorTerms, Platform, Provider};
use dayzero::platform::{DoorSecrets, kept_headers, sign};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{Target, verify};

/// Longer strings are no names of kinds and only fill the dictionary, in bytes.
const MAX_WORD_BYTES: usize = 32;

/// Words of JSON, headers and challenges that no sample need hold.
const MORE_WORDS: [&str; 22] = [
    "null",
    "true",
    "-1",
    "1e999",
    "9007199254740993",
    "\\ud800",
    "\\u0000",
    "\\ud83d\\ude00",
    "[[[[",
    "{}",
    "sha256=",
    "sha1=",
    "v0=",
    "v1,",
    "t=",
    "&amp;",
    "<p>",
    "hub.mode",
    "hub.challenge",
    "crc_token",
    "challengeCode",
    "signed_request=",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// The bytes of one file of `events/`.
pub fn sample(path: &str) -> Vec<u8> {
    fs::read(folder().join(path)).expect("a sample that was named lies in events/")
}

/// A door of which nothing is known but who calls it.
pub fn terms(provider: Provider) -> DoorTerms {
    DoorTerms::of(provider)
}

/// The secrets of `events/development-secrets.json`.
pub fn development_secrets(provider: Provider) -> DoorSecrets {
    let doors: Value = serde_json::from_slice(&sample("development-secrets.json")).expect("the file holds JSON");
    DoorSecrets::parse(provider, &doors[provider.as_str()].to_string()).expect("the file holds a secret of every provider")
}

/// Every body of a provider's platforms, `broken/` included.
fn bodies(provider: Provider) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut found = Vec::new();
    for platform in Platform::ALL.into_iter().filter(|platform| platform.provider() == provider) {
        for place in [folder().join(platform.as_str()), folder().join(platform.as_str()).join("broken")] {
            let Ok(files) = fs::read_dir(place) else { continue };
            for file in files {
                let path = file?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if path.is_file() && !name.ends_with(".headers.json") {
                    found.push((path.clone(), fs::read(path)?));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

fn headers_beside(body: &Path) -> BTreeMap<String, String> {
    let read = fs::read(body.with_extension("headers.json")).ok();
    read.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

/// The kept ones of the headers that lie beside a provider's samples, each set once.
pub fn kept_headers_of_samples(provider: Provider) -> &'static [BTreeMap<String, String>] {
    static ALL: LazyLock<Vec<(Provider, Vec<BTreeMap<String, String>>)>> = LazyLock::new(|| {
        let of = |provider| {
            let beside = bodies(provider).unwrap_or_default().into_iter().map(|(path, _)| headers_beside(&path));
            let kept = |headers: BTreeMap<String, String>| {
                headers.into_iter().filter(|(name, _)| kept_headers(provider).contains(&name.as_str())).collect()
            };
            (provider, beside.map(kept).collect::<BTreeSet<BTreeMap<_, _>>>().into_iter().collect())
        };
        Provider::ALL.map(of).into()
    });
    ALL.iter().find(|(known, _)| *known == provider).map_or(&[], |(_, headers)| headers)
}

/// Every seed of a target.
fn of(target: Target) -> io::Result<Vec<Vec<u8>>> {
    Ok(match target {
        Target::Parse(provider) => bodies(provider)?.into_iter().map(|(_, body)| body).collect(),
        Target::Verify(provider) => bodies(provider)?.iter().flat_map(|(path, body)| calls(provider, path, body)).collect(),
        Target::Envelope => {
            let mut events = Vec::new();
            for file in fs::read_dir(folder().join("aws"))? {
                events.push(fs::read(file?.path())?);
            }
            events.sort();
            events.extend(handshakes());
            events
        }
    })
}

/// A body as a call without headers, and as one that somebody signed with a secret that is not this door's.
fn calls(provider: Provider, path: &Path, body: &[u8]) -> [Vec<u8>; 2] {
    let now: Timestamp = verify::NOW.parse().expect("a moment in RFC 3339");
    let mut headers = sign(provider, &development_secrets(provider).signing[0], body, now, "msg_1");
    headers.extend(headers_beside(path));
    let head: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    [[b"\n\n".as_slice(), body].concat(), [head.as_bytes(), b"\n".as_slice(), body].concat()]
}

/// Every handshake that some platform makes, in every shape.
fn handshakes() -> Vec<Vec<u8>> {
    let queries: [&[(&str, &str)]; 5] = [
        &[("hub.mode", "subscribe"), ("hub.challenge", "1158201444"), ("hub.verify_token", "development-only-verify-token")],
        &[("crc_token", "N2Y4MzQ1-abc=")],
        &[("challengeCode", "890e4665-4dfe-4ab1-b689-ed553bceeed0"), ("applicationId", "7")],
        &[
            ("hub.mode", "subscribe"),
            ("hub.topic", "https://www.youtube.com/feeds/videos.xml?channel_id=UCsamenovermigraine00001"),
            ("hub.challenge", "1158201444"),
            ("hub.lease_seconds", "432000"),
            ("hub.verify_token", "development-only-youtube-verify-token"),
        ],
        &[("crc_token", "{\"for_user_id\":\"1\"}")],
    ];
    let of = |query: &[(&str, &str)]| {
        let raw: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let object: Value = query.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let (path, method) = ("/webhooks/x", "GET");
        let lists: Value = query.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
        [
            json!({"rawPath": path, "rawQueryString": raw.join("&"), "headers": {}, "requestContext": {"http": {"method": method}}}),
            json!({"path": path, "httpMethod": method, "multiValueQueryStringParameters": lists, "requestContext": {"stage": "a"}}),
            json!({"path": path, "httpMethod": method, "queryStringParameters": object, "requestContext": {"elb": {}}}),
        ]
    };
    queries.iter().flat_map(|query| of(query)).map(|event| event.to_string().into_bytes()).collect()
}

/// Writes the seeds, one file each, and the dictionary beside the folder, under its name and `.dict`.
pub fn write(target: Target, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    let seeds = of(target)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(into.join(format!("{number:04}")), seed)?;
    }
    let mut words: BTreeSet<String> = MORE_WORDS.map(str::to_owned).into();
    for seed in &seeds {
        words.extend(quoted(seed));
    }
    let lines: String = words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
    fs::write(into.with_extension("dict"), lines)
}

/// Short strings between quotation marks, with them: names of members and of kinds.
fn quoted(seed: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(seed);
    let between = text.split('"').skip(1).step_by(2).filter(|word| (1..=MAX_WORD_BYTES).contains(&word.len()) && word.is_ascii());
    between.map(|word| format!("\"{word}\"")).collect()
}

/// As libFuzzer reads a dictionary: quotation marks, backslashes and everything unprintable escaped.
fn escaped(word: &str) -> String {
    word.bytes()
        .map(|b| if b.is_ascii_graphic() && b != b'"' && b != b'\\' { char::from(b).to_string() } else { format!("\\x{b:02X}") })
        .collect()
}
