//! The sample campaign and its events: carried in the program, signed with the development secrets, and posted to the real door.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use include_dir::{Dir, File, include_dir};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::post::{Poster, Target};
use crate::model::{Platform, Provider};
use crate::platform;

static EVENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/events");

/// The sample protocol.
pub const PROTOCOL: &str = include_str!("../../events/protocol.toml");

const DEVELOPMENT_SECRETS: &str = include_str!("../../events/development-secrets.json");

/// What the name of a sample's headers ends with: a file beside the body, for platforms that say something only there.
const HEADERS: &str = ".headers.json";

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

/// One sample call: a body, and the headers with which its platform would send it, its signature aside.
pub struct Sample {
    pub name: String,
    pub door: &'static str,
    pub provider: Provider,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// How a file's bytes are sent, by the end of its name; `None` for a file that is no body.
fn content_type(path: &Path) -> Option<&'static str> {
    if path.to_str().is_none_or(|path| path.ends_with(HEADERS)) {
        return None;
    }
    match path.extension()?.to_str()? {
        "json" => Some("application/json"),
        "xml" => Some("application/atom+xml"),
        "form" => Some(FORM),
        _ => None,
    }
}

/// A form carries its signature inside, as Meta's callbacks do.
const FORM: &str = "application/x-www-form-urlencoded";

/// Where the headers of a body lie, if it has any of its own.
pub fn headers_beside(path: &Path) -> PathBuf {
    path.with_extension("").with_added_extension(&HEADERS[1..])
}

/// A sample out of its bytes; `None` if the path is no platform's body.
pub fn sample(path: &Path, body: &[u8], headers: Option<&[u8]>) -> Option<Sample> {
    let (door, provider) = door_of(path)?;
    let mut all = vec![("content-type".to_owned(), content_type(path)?.to_owned())];
    let beside: BTreeMap<String, String> = headers.and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
    all.extend(beside);
    Some(Sample { name: path.display().to_string(), door, provider, headers: all, body: body.to_vec() })
}

/// Every sample that a platform would send, in the order of folders and names.
pub fn all() -> Vec<Sample> {
    let mut folders: Vec<&str> = Platform::ALL.map(Platform::as_str).to_vec();
    // What belongs to a provider and to none of its platforms.
    folders.push(Provider::Meta.as_str());
    let mut samples = Vec::new();
    for folder in folders {
        let mut files: Vec<_> = EVENTS.get_dir(folder).into_iter().flat_map(Dir::files).collect();
        files.sort_by_key(|file| file.path());
        samples.extend(files.into_iter().filter_map(|file| {
            let headers = EVENTS.get_file(headers_beside(file.path()));
            sample(file.path(), file.contents(), headers.map(File::contents))
        }));
    }
    samples
}

/// The door and provider of a sample's path: the name of the folder it lies in says it. The sample protocol calls a door as its provider.
pub fn door_of(path: &Path) -> Option<(&'static str, Provider)> {
    let folder = |name: &str| Platform::from_name(name).map(Platform::provider).or_else(|| Provider::from_name(name));
    let provider = path.components().rev().filter_map(|part| part.as_os_str().to_str()).find_map(folder)?;
    Some((provider.as_str(), provider))
}

/// Whether a path is that of a body that some platform would send.
pub fn is_sample(path: &Path) -> bool {
    content_type(path).is_some() && door_of(path).is_some()
}

impl Sample {
    /// The headers with which its platform would send it at `at`.
    pub fn signed(&self, at: Timestamp) -> Result<Vec<(String, String)>, String> {
        let inside = self.headers.iter().any(|(_, value)| value == FORM);
        let signature = if inside { Vec::new() } else { sign(self.door, self.provider, &self.body, at)? };
        Ok(signature.into_iter().chain(self.headers.iter().cloned()).collect())
    }
}

/// The signature of a body at `at`, made with the door's development secret.
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
        let outcome = match sample.signed(Timestamp::now()) {
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
