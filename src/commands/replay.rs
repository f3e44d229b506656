//! `dayzero replay`: signs bodies with the development secrets and posts them to a running door.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::{Ended, Unusable};
use crate::local::post::{Poster, Target};
use crate::local::samples;
use crate::model::Platform;

/// What is posted, and where to.
#[derive(Args)]
pub struct ReplayArgs {
    /// Files or folders; the platform's folder in the path says which door a body belongs to
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Where the door is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    to: String,
}

/// Posts one body after the other; ends with no if any was refused.
pub async fn run(args: ReplayArgs) -> Result<Ended, Unusable> {
    let mut files = Vec::new();
    for path in &args.paths {
        collect(path, &mut files)?;
    }
    if files.is_empty() {
        return Err(Unusable("no platform's body was found under the paths".to_owned()));
    }
    let poster = Poster::new();
    let mut refused = 0;
    for (index, file) in files.iter().enumerate() {
        let status = post(&poster, &args.to, file).await?;
        println!("{}/{} {} → {status}", index + 1, files.len(), file.display());
        refused += usize::from(status != 200);
    }
    if refused == 0 { Ok(Ended::Done) } else { Ok(Ended::No) }
}

async fn post(poster: &Poster, to: &str, file: &Path) -> Result<u16, Unusable> {
    let body = std::fs::read(file).map_err(|error| Unusable(format!("{} cannot be read: {error}", file.display())))?;
    let headers = std::fs::read(samples::headers_beside(file)).ok();
    let sample = samples::sample(file, &body, headers.as_deref()).ok_or_else(|| {
        let folders = Platform::ALL.map(Platform::as_str).join(", ");
        Unusable(format!("{} is no platform's body: expected .json, .xml or .form below one of {folders}", file.display()))
    })?;
    let headers = sample.signed(Timestamp::now()).map_err(Unusable)?;
    let url = format!("{}/webhooks/{}", to.trim_end_matches('/'), sample.door);
    let answer = poster.post(Target { url, headers, body }).await.map_err(Unusable)?;
    Ok(answer.status)
}

/// A file that was named is taken as it is; in a folder, whatever is a platform's body is.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Unusable> {
    if !path.is_dir() {
        if !path.exists() {
            return Err(Unusable(format!("{} does not exist", path.display())));
        }
        files.push(path.to_owned());
        return Ok(());
    }
    let unreadable = |error: std::io::Error| Unusable(format!("{} cannot be read: {error}", path.display()));
    let entries: Result<Vec<_>, _> =
        std::fs::read_dir(path).map_err(unreadable)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut entries = entries.map_err(unreadable)?;
    entries.sort();
    for entry in entries.iter().filter(|entry| entry.is_dir() || samples::is_sample(entry)) {
        collect(entry, files)?;
    }
    Ok(())
}
