//! The recorded bodies of `events/`, and the development secrets that sign them.

use std::fs;
use std::path::{Path, PathBuf};

use dayzero::model::Provider;
use dayzero::platform::DoorSecrets;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("events")
}

/// The bytes of one sample, for example `facebook/reply`.
pub fn sample(name: &str) -> Vec<u8> {
    let path = folder().join(format!("{name}.json"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all samples of a platform's folder, `broken/` included, in the order of their names.
pub fn names(platform: &str) -> Vec<String> {
    let mut names = Vec::new();
    for place in [platform.to_owned(), format!("{platform}/broken")] {
        let Ok(files) = fs::read_dir(folder().join(&place)) else { continue };
        for file in files {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                names.push(format!("{place}/{}", path.file_stem().unwrap().to_str().unwrap()));
            }
        }
    }
    names.sort();
    names
}

pub fn development_secrets(provider: Provider) -> DoorSecrets {
    let doors: serde_json::Value = serde_json::from_slice(&sample("development-secrets")).unwrap();
    DoorSecrets::parse(provider, &doors[provider.as_str()].to_string()).unwrap()
}
