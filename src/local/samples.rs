//! The sample campaign and its events: carried in the program, signed with the development secrets, and posted to the real door.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use include_dir::{Dir, include_dir};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::post::{Poster, Target};
use crate::model::Provider;
use crate::platform;

static EVENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/events");

/// The sample protocol.
pub const PROTOCOL: &str = include_str!("../../events/protocol.toml");

const DEVELOPMENT_SECRETS: &str = include_str!("../../events/development-secrets.json");

/// Which folders of `events/` hold bodies of which door, as the sample protocol names them.
const FOLDERS: [(&str, &str, Provider); 3] =
    [("facebook", "meta", Provider::Meta), ("instagram", "meta", Provider::Meta), ("forum", "forum", Provider::Forum)];

/// The secrets that sign the samples, by their name in the sample protocol.
pub fn development_secrets() -> BTreeMap<String, String> {
    let doors: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(DEVELOPMENT_SECRETS).expect("a test reads the file that this was compiled from");
    doors
        .into_iter()
        .filter(|(_, value)| value.is_object())
        .map(|(door, value)| (format!("dayzero/{door}"), value.to_string()))
        .collect()
}

/// One sample body and the door that it belongs to.
pub struct Sample {
    pub name: String,
    pub door: &'static str,
    pub provider: Provider,
    pub body: Vec<u8>,
}

/// Every sample that a platform would send, in the order of folders and names.
pub fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (folder, door, provider) in FOLDERS {
        let files = EVENTS.get_dir(folder).into_iter().flat_map(Dir::files);
        let mut files: Vec<_> =
            files.filter(|file| file.path().extension().is_some_and(|extension| extension == "json")).collect();
        files.sort_by_key(|file| file.path());
        samples.extend(files.into_iter().map(|file| Sample {
            name: file.path().display().to_string(),
            door,
            provider,
            body: file.contents().to_vec(),
        }));
    }
    samples
}

/// The door and provider of a sample's path: the name of the folder it lies in says it.
pub fn door_of(path: &std::path::Path) -> Option<(&'static str, Provider)> {
    let folder = |name: &str| FOLDERS.iter().find(|(folder, _, _)| *folder == name).map(|(_, door, provider)| (*door, *provider));
    path.components().rev().filter_map(|part| part.as_os_str().to_str()).find_map(folder)
}

/// The headers with which a platform would send this body at `at`.
pub fn sign(door: &str, provider: Provider, body: &[u8], at: Timestamp) -> Result<Vec<(String, String)>, String> {
    let secrets = development_secrets();
    let value =
        secrets.get(&format!("dayzero/{door}")).ok_or_else(|| format!("there is no development secret for the door {door}"))?;
    let secrets = platform::DoorSecrets::parse(provider, value)?;
    let secret = secrets.signing.first().ok_or_else(|| format!("the development secret of {door} is empty"))?;
    // A re-sent delivery has the id of the first one, so the id comes from the body.
    let digest = hex::encode(&Sha256::digest(body)[..12]);
    Ok(platform::sign(provider, secret, body, at, &format!("msg_{digest}")))
}

/// Plays every sample into the local door and says how far it has come.
pub async fn play(address: SocketAddr) {
    let samples = all();
    println!("Playing {} sample deliveries, signed as their platforms would:", samples.len());
    let poster = Poster::new();
    for (index, sample) in samples.iter().enumerate() {
        let outcome = match sign(sample.door, sample.provider, &sample.body, Timestamp::now()) {
            Err(problem) => problem,
            Ok(headers) => {
                let target =
                    Target { url: format!("http://{address}/webhooks/{}", sample.door), headers, body: sample.body.clone() };
                match poster.post(target).await {
                    Ok(answer) => answer.status.to_string(),
                    Err(problem) => problem,
                }
            }
        };
        println!("  {:>2}/{} {} → {outcome}", index + 1, samples.len(), sample.name);
    }
}
