//! The recorded bodies of `events/`, and the development secrets that sign them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dayzero::model::{DoorTerms, Provider};
use dayzero::platform::{DoorSecrets, Doorway};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("events")
}

/// How the names of bodies end.
const ENDS: [&str; 3] = ["json", "xml", "form"];

/// The bytes of one sample, for example `facebook/reply`.
pub fn sample(name: &str) -> Vec<u8> {
    let paths = ENDS.map(|end| folder().join(format!("{name}.{end}")));
    let path = paths.iter().find(|path| path.exists()).unwrap_or_else(|| panic!("there is no sample {name}"));
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The headers that lie beside a sample, for platforms that say something only there.
pub fn headers_of(name: &str) -> BTreeMap<String, String> {
    let path = folder().join(format!("{name}.headers.json"));
    fs::read(path).map(|json| serde_json::from_slice(&json).unwrap()).unwrap_or_default()
}

/// The names of all samples of a platform's folder, `broken/` included, in the order of their names.
pub fn names(platform: &str) -> Vec<String> {
    let mut names = Vec::new();
    for place in [platform.to_owned(), format!("{platform}/broken")] {
        let Ok(files) = fs::read_dir(folder().join(&place)) else { continue };
        for file in files {
            let path = file.unwrap().path();
            let body = path.extension().and_then(|end| end.to_str()).is_some_and(|end| ENDS.contains(&end));
            let stem = path.file_stem().unwrap().to_str().unwrap();
            if body && !stem.ends_with(".headers") {
                names.push(format!("{place}/{stem}"));
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

/// A door of this provider, with nothing said of it but its secrets.
pub fn doorway(provider: Provider, secrets: &DoorSecrets) -> Doorway<'_> {
    static TERMS: LazyLock<Vec<DoorTerms>> = LazyLock::new(|| Provider::ALL.map(DoorTerms::of).into());
    let terms = TERMS.iter().find(|terms| terms.provider == provider).unwrap();
    Doorway { terms, secrets }
}
