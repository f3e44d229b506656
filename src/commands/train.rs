//! `dayzero train`: makes the model that comments are read with, and says what it was made of. Rebuild the program to use it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest, Sha256};

use super::{Ended, Unusable};
use crate::training::{self, Labelled, MadeOf, Recipe, Taught, labelled, trials};

/// What teaches, and where the model goes.
#[derive(Args)]
pub struct TrainArgs {
    /// Files of labelled comments, one JSON object a line; folders stand for their .jsonl files
    #[arg(required = true, value_name = "DATA")]
    data: Vec<PathBuf>,
    /// Patient reviews in the same form, with fewer labels; they teach a little beside the comments
    #[arg(long, value_name = "FILE")]
    reviews: Vec<PathBuf>,
    /// Folder that model.bin and model.json are written to
    #[arg(long, value_name = "DIR", default_value = "src/classify/model")]
    out: PathBuf,
    /// The number that fixes every choice made by lot
    #[arg(long, default_value_t = 20_261_130)]
    seed: u64,
    /// Write nothing: print what the model is worth without each of its parts, and on what it has never met
    #[arg(long)]
    trials: bool,
    /// Teach with the part that is kept apart as well; what is measured on it then says nothing
    #[arg(long)]
    everything: bool,
}

/// Writes the model and what it was made of.
pub fn run(args: &TrainArgs) -> Result<Ended, Unusable> {
    let (mut rows, mut files) = (Vec::new(), Vec::new());
    for path in training_files(&args.data)?.iter().chain(&args.reviews) {
        let read = labelled::read(path).map_err(Unusable)?;
        files.push(taught(path, &read, args.everything)?);
        rows.extend(read);
    }
    if !rows.iter().any(Labelled::reports) {
        return Err(Unusable("no comment among the data reports an event: there is nothing to learn".to_owned()));
    }
    if args.trials {
        return Ok(try_out(&rows, Recipe { seed: args.seed, everything: false }));
    }
    let model = training::train(&rows, Recipe { seed: args.seed, everything: args.everything });
    let apart: Vec<Labelled> = rows.iter().filter(|row| row.is_apart() && !row.is_review()).cloned().collect();
    let apart = training::evaluate(&apart, &training::rules(&[]), Some(&model)).map_err(Unusable)?;
    let made_of = MadeOf {
        sha256: hex::encode(Sha256::digest(&model)),
        bytes: model.len(),
        seed: args.seed,
        lexicons: training::lexicons().to_owned(),
        everything: args.everything,
        data: files,
        apart,
    };
    write(&args.out.join("model.bin"), &model)?;
    let text = serde_json::to_string_pretty(&made_of).map_err(|error| Unusable(error.to_string()))?;
    write(&args.out.join("model.json"), format!("{text}\n").as_bytes())?;
    println!("{}: {} bytes, sha256 {}", args.out.join("model.bin").display(), made_of.bytes, made_of.sha256);
    println!("made of {} comments; model.json says which, and what was measured. Rebuild to read with it.", rows.len());
    Ok(Ended::Done)
}

fn try_out(rows: &[Labelled], recipe: Recipe) -> Ended {
    println!("{:<44} {:>8} {:>8} {:>18}", "trial", "comments", "reports", "average precision");
    for trial in trials::parts(rows, recipe).into_iter().chain(trials::left_out(rows, recipe)) {
        println!("{:<44} {:>8} {:>8} {:>18.3}", trial.name, trial.asked, trial.reports, trial.precision);
    }
    Ended::Done
}

fn taught(path: &Path, rows: &[Labelled], everything: bool) -> Result<Taught, Unusable> {
    let bytes = fs::read(path).map_err(|error| Unusable(format!("{} cannot be read: {error}", path.display())))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let learnt = rows.iter().filter(|row| everything || !row.is_apart()).count();
    Ok(Taught { file: name, sha256: hex::encode(Sha256::digest(&bytes)), rows: rows.len(), learnt })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Unusable> {
    fs::write(path, bytes).map_err(|error| Unusable(format!("{} cannot be written: {error}", path.display())))
}

/// The files themselves, and those of folders by name, in an order that does not depend on the machine.
pub fn training_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Unusable> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).map_err(|error| Unusable(format!("{} cannot be read: {error}", path.display())))?;
        let named = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
        let mut inside: Vec<PathBuf> =
            named.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect();
        if inside.is_empty() {
            return Err(Unusable(format!("{} holds no .jsonl file of labelled comments", path.display())));
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}
