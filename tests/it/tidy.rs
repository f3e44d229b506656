//! Rules that matter are tests. Each rule is a function over a file's path and text, and a failure names file, line, rule and the
//! rule's reason. Beside every rule stands a text that breaks it: a rule that cannot fail protects nothing.
//!
//! The rules over the sources are here; those over the template, the protocol and the samples are in `agreement`.

mod agreement;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file at most. Longer files hold more than one idea.
const MAX_LINES: usize = 450;
/// Letters of an `expect` at least: what is shorter names the thing and not why it cannot happen.
const MIN_EXPECT_LETTERS: usize = 20;

/// What stages may use. A stage hands over through the table and never calls another.
const BELOW_STAGES: &str = "model protocol platform classify store config error http campaigns metrics secrets fresh publishing forget erasure drill reconcile";
/// Each module, what of ours it may use, and why not more.
const IMPORTS: &[(&str, &str, &str)] = &[
    ("model", "", "the nouns depend on nobody, so that everybody can depend on them"),
    ("http", "model", "the edge knows no stage"),
    ("protocol", "model", "a protocol can be checked without a store or a network"),
    ("classify", "model", "a reading depends on nothing but its arguments"),
    ("training", "model classify", "a model is made from comments and nothing else"),
    ("platform", "model http", "a platform's words stop here, and nothing of ours is decided here"),
    ("vault", "model", "keys of words know nothing of the words"),
    ("store", "model vault", "keys and items know nothing of what is done with them"),
    ("export", "model store", "writing out what is stored is no stage and calls none"),
    ("audit", "", "nothing of ours: a check that shared the writer's code would share its mistakes"),
    ("metrics", "", "whoever counts knows no more than a name"),
    ("fresh", "", "a holder of values knows nothing of the values"),
    ("config", "model", "variables are read once, for everybody"),
    ("error", "store", "errors are below the stages that return them"),
    ("secrets", "model platform metrics", "secrets are below the stages that use them"),
    ("campaigns", "model protocol classify store fresh error", "what is in force is below the stages that ask for it"),
    ("forget", "model platform store", "taking words away is no stage and calls none"),
    ("reconcile", "model protocol platform store metrics", "reconciliation reads what all stages did and calls none"),
    ("drill", "model protocol platform classify store campaigns", "a fire drill is registered here and sent by whoever asked"),
    ("erasure", "model store", "a request for erasure is no stage and calls none"),
    ("publishing", "model protocol classify store campaigns", "publishing a protocol is no stage and calls none"),
    ("receive", BELOW_STAGES, "a stage never calls another: the table is the hand-off"),
    ("assess", BELOW_STAGES, "a stage never calls another: the table is the hand-off"),
    ("alert", BELOW_STAGES, "a stage never calls another: the table is the hand-off"),
    ("watch", BELOW_STAGES, "a stage never calls another: the table is the hand-off"),
    ("review", BELOW_STAGES, "a stage never calls another: the table is the hand-off"),
    (
        "simulation",
        "model protocol campaigns assess",
        "trying a version out reads as the line does, and has no store to write to",
    ),
    ("line", "model store metrics error assess alert watch", "the line runs the stages behind the door and nothing else"),
    ("lambda", "*", ""),
    ("local", "*", ""),
];
/// Modules that may use everything because nothing uses them but `main`.
const ON_TOP: [&str; 3] = ["commands", "lib", "main"];

/// Words of code, where they may stand, and why nowhere else.
const CONFINED: [(&str, &[&str], &str); 12] = [
    ("::vouch", &["receive/verify.rs"], "only a signature that matched may vouch for a delivery"),
    ("::accepted", &["alert/publish.rs"], "only SNS's own answer proves that a message was accepted"),
    ("::from_window", &["protocol/"], "a deadline comes out of a window of the protocol, never ad hoc"),
    (
        "AwareAt::",
        // `assess` takes the time from the delivery that `receive` kept; the other two answer "what if a comment came at …".
        // `watch` says when a silence became too long, for which no delivery speaks.
        &["assess/decide.rs", "commands/protocol.rs", "protocol/sample.rs", "watch/silence.rs"],
        "the clock starts once, with the time at which the delivery was kept",
    ),
    ("Timestamp::now", CLOCKS, "pure code takes the time as an argument; handlers ask their Clock"),
    ("SystemTime::now", CLOCKS, "pure code takes the time as an argument; handlers ask their Clock"),
    ("Instant::now", CLOCKS, "pure code takes the time as an argument; handlers ask their Clock"),
    ("Zoned::now", CLOCKS, "pure code takes the time as an argument; handlers ask their Clock"),
    ("aws_sdk_", SDK, "AWS words stop at the edge, in the files that translate them"),
    ("aws_smithy_", SDK, "AWS words stop at the edge, in the files that translate them"),
    ("aws_credential_types", SDK, "AWS words stop at the edge, in the files that translate them"),
    ("lambda_runtime", &["lambda.rs"], "stages do not know who runs them"),
];
const CLOCKS: &[&str] = &["model/time.rs", "metrics.rs", "line.rs", "lambda.rs", "local/", "commands/"];
const SDK: &[&str] = &["store/", "vault/", "alert/publish.rs", "config.rs", "secrets/", "lambda.rs", "local/", "main.rs"];

/// What no code of the program may hold, and why.
const FORBIDDEN: [(&str, &str); 5] = [
    (".unwrap()", "a panic loses work and says nothing: return an error, or say in an expect why it cannot happen"),
    ("todo!(", "what is not there is not called"),
    ("unimplemented!(", "what is not there is not called"),
    ("dbg!(", "it prints a person's words"),
    ("panic!(", "a panic loses work: return an error"),
];

/// A file of the sources.
struct File {
    /// Below `src/`.
    path: String,
    text: String,
}

/// One breach of a rule: the line, counted from 1, and what is wrong there.
type Fault = (usize, String);

/// A line of the program proper: its number and its code, without comments.
type Line<'a> = (usize, &'a str);

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, in order.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        // What the browser's tests install is not ours.
        if path.file_name().is_some_and(|name| name == "node_modules") {
            continue;
        }
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn sources() -> Vec<File> {
    let src = root().join("src");
    let rust = walk(&src).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| File {
        path: path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned(),
        text: fs::read_to_string(&path).unwrap(),
    })
    .collect()
}

/// Runs a rule over every file of the sources and fails with all that it finds.
fn holds(rule: impl Fn(&File) -> Vec<Fault>) {
    let mut faults = Vec::new();
    for file in sources() {
        faults.extend(rule(&file).into_iter().map(|(line, what)| format!("src/{}:{line}: {what}", file.path)));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The code of a file without its comments and its tests: an inline module of tests ends a file.
fn program(text: &str) -> Vec<Line<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut code = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if *line == "#[cfg(test)]" && lines.get(index + 1).is_some_and(|next| next.ends_with("mod tests {")) {
            break;
        }
        code.push((index + 1, without_comment(line)));
    }
    code
}

/// A line up to its comment. An address in a string has two slashes as well, after a colon.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':'));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// Whether an attribute leaves what follows to tests.
fn is_for_tests(line: &str) -> bool {
    line == "#[cfg(test)]" || line.starts_with("#[cfg(all(test, ")
}

/// Folders and files that are only compiled for tests, as `#[cfg(test)] mod …;` declares them.
fn test_places(files: &[File]) -> Vec<String> {
    let mut places = Vec::new();
    for file in files {
        let lines: Vec<&str> = file.text.lines().collect();
        for at in (0..lines.len()).filter(|at| is_for_tests(lines[*at])) {
            let folder = file.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            let named = lines[at + 1].strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]"));
            let module = lines[at + 1].rsplit_once("mod ").and_then(|(_, rest)| rest.strip_suffix(';'));
            places.extend(named.map(|name| format!("{folder}{name}")));
            places.extend(module.into_iter().flat_map(|name| [format!("{folder}{name}.rs"), format!("{folder}{name}/")]));
        }
    }
    places
}

/// Whether a path is one of `places`, or in one of them that is a folder.
fn is_in(path: &str, places: &[impl AsRef<str>]) -> bool {
    let within = |place: &str| path == place || (place.ends_with('/') && path.starts_with(place));
    places.iter().any(|place| within(place.as_ref()))
}

/// Runs a rule over the program proper: files that only tests compile are left out.
fn program_holds(rule: impl Fn(&File) -> Vec<Fault>) {
    let tests = test_places(&sources());
    assert!(tests.iter().any(|place| place == "protocol/tests/"), "the modules of tests are no longer found: {tests:?}");
    holds(|file| if is_in(&file.path, &tests) { Vec::new() } else { rule(file) });
}

/// The top-level module that a file belongs to, and how many modules lie between its code and the crate.
fn module(path: &str) -> (&str, usize) {
    let stem = path.strip_suffix("/mod.rs").or(path.strip_suffix(".rs")).unwrap_or(path);
    (stem.split('/').next().unwrap_or(stem), stem.split('/').count())
}

fn imports(file: &File) -> Vec<Fault> {
    let (name, depth) = module(&file.path);
    if ON_TOP.contains(&name) {
        return Vec::new();
    }
    let Some((_, allowed, reason)) = IMPORTS.iter().find(|(known, _, _)| *known == name) else {
        return vec![(1, format!("{name} has no line in the rule of imports: say what it may use, and why"))];
    };
    let mut faults = Vec::new();
    for (number, code) in program(&file.text) {
        for used in code.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if used.is_empty() {
                faults.push((number, "write one line for each module that is used: `crate::name::…`".to_owned()));
            } else if used != name && *allowed != "*" && !allowed.split(' ').any(|allowed| allowed == used) {
                faults.push((number, format!("{name} may not use {used}: {reason}")));
            }
        }
        if code.contains(&"super::".repeat(depth)) {
            faults.push((number, "what is outside the module is named from the crate, so that this rule can see it".to_owned()));
        }
    }
    faults
}

fn confined(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, code) in program(&file.text) {
        for (word, places, reason) in CONFINED {
            if code.contains(word) && !is_in(&file.path, places) {
                faults.push((number, format!("{word} belongs in {}: {reason}", places.join(", "))));
            }
        }
    }
    faults
}

/// What may not stand in the program, and reasons that are none.
fn sound(file: &File) -> Vec<Fault> {
    let code = program(&file.text);
    let mut faults = Vec::new();
    for (index, (number, line)) in code.iter().enumerate() {
        for (word, reason) in FORBIDDEN {
            // `debug_panic!(` is another word than `panic!(`.
            let whole =
                |at: usize| word.starts_with('.') || !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            if line.match_indices(word).any(|(at, _)| whole(at)) {
                faults.push((*number, format!("{word} stands here: {reason}")));
            }
        }
        if let Some((_, rest)) = line.split_once(".expect(") {
            let rest = if rest.is_empty() { code.get(index + 1).map_or("", |(_, next)| next.trim()) } else { rest };
            let why = rest.strip_prefix('"').and_then(|text| text.split('"').next()).unwrap_or_default();
            if why.len() < MIN_EXPECT_LETTERS {
                faults.push((*number, "an expect says in a sentence why it cannot happen".to_owned()));
            }
        }
    }
    faults
}

/// Promises to the compiler that do not say which error keeps them: any mistake in the example would keep them too.
fn promises(file: &File) -> Vec<Fault> {
    let lines = file.text.lines().enumerate();
    let vague = lines.filter(|(_, line)| line.trim_end().ends_with("```compile_fail"));
    vague.map(|(index, _)| (index + 1, "a compile_fail names its error: `compile_fail,E0451`".to_owned())).collect()
}

/// What holds for every file, tests included.
fn whole(file: &File) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !file.text.starts_with("//! ") {
        faults.push((1, "a file opens with what it holds, what it leaves out and who calls it: `//! …`".to_owned()));
    }
    let count = file.text.lines().count();
    if count > MAX_LINES {
        faults.push((count, format!("a file holds one idea in at most {MAX_LINES} lines; this one has {count}")));
    }
    for (index, line) in file.text.lines().enumerate() {
        if ["TODO", "FIXME", "XXX", "HACK"].iter().any(|mark| line.contains(mark)) {
            faults.push((index + 1, "what is left to do is an issue, where somebody will see it".to_owned()));
        }
    }
    faults
}

#[test]
fn modules_use_only_what_is_below_them() {
    program_holds(imports);
}

#[test]
fn proofs_clocks_and_aws_stay_where_they_belong() {
    program_holds(confined);
    for (word, places, _) in &CONFINED[..4] {
        let used = |file: &File| is_in(&file.path, places) && program(&file.text).iter().any(|(_, code)| code.contains(word));
        assert!(sources().iter().any(used), "{word} is used nowhere: was it renamed, and with it what this rule protects?");
    }
}

#[test]
fn the_program_panics_nowhere_without_a_reason() {
    program_holds(sound);
}

#[test]
fn every_file_says_what_it_holds_and_stays_small() {
    holds(whole);
}

#[test]
fn what_must_not_compile_says_why() {
    holds(promises);
    assert_eq!(found(promises, "model/x.rs", "/// ```compile_fail,E0451\n/// ```\n/// ```compile_fail"), [3]);
}

#[test]
fn every_module_of_the_crate_has_a_rule_and_every_rule_a_module() {
    let found: BTreeMap<String, usize> =
        sources().iter().map(|file| module(&file.path)).map(|(name, _)| (name.to_owned(), 1)).collect();
    let known = IMPORTS.iter().map(|(name, _, _)| *name).chain(ON_TOP);
    assert_eq!(found, known.map(|name| (name.to_owned(), 1)).collect());
}

/// The lines at which a rule finds a fault in a text.
fn found(rule: impl Fn(&File) -> Vec<Fault>, path: &str, text: &str) -> Vec<usize> {
    rule(&File { path: path.to_owned(), text: text.to_owned() }).into_iter().map(|(line, _)| line).collect()
}

#[test]
fn the_rule_of_imports_finds_what_breaks_it() {
    let rows: [(&str, &str, &[usize]); 12] = [
        ("model/time.rs", "use crate::store::Store;", &[1]),
        ("assess/mod.rs", "use crate::model::Clock;\nuse crate::watch;", &[2]),
        ("assess/mod.rs", "fn f() {\n    crate::alert::handle()\n}", &[2]),
        ("assess/mod.rs", "use crate::{model, watch};", &[1]),
        ("assess/mod.rs", "use super::watch;", &[1]),
        ("review/pages/chain.rs", "use super::super::super::watch;", &[1]),
        ("review/pages/chain.rs", "use super::super::story;\nuse crate::review::when;", &[]),
        ("assess/mod.rs", "//! [`line`](crate::line)\n// crate::watch\nuse crate::store::Store;", &[]),
        ("assess/mod.rs", "#[cfg(test)]\nmod tests {\n    use crate::watch;\n}", &[]),
        ("line.rs", "use crate::receive;", &[1]),
        ("lambda.rs", "use crate::receive;", &[]),
        ("newcomer.rs", "", &[1]),
    ];
    for (path, text, expected) in rows {
        assert_eq!(found(imports, path, text), expected, "{path}: {text}");
    }
}

#[test]
fn the_rule_of_places_finds_what_breaks_it() {
    for (word, places, _) in CONFINED {
        let text = format!("fn f() {{\n    {word}x(1)\n}}\n");
        assert_eq!(found(confined, "review/act.rs", &text), [2], "{word}");
        let home = if places[0].ends_with('/') { format!("{}x.rs", places[0]) } else { places[0].to_owned() };
        assert_eq!(found(confined, &home, &text), [0; 0], "{word}");
    }
    assert_eq!(found(confined, "alert/mod.rs", "// Published::accepted"), [0; 0]);
}

#[test]
fn the_rule_of_soundness_finds_what_breaks_it() {
    let rows: [(&str, &[usize]); 10] = [
        ("x.unwrap()", &[1]),
        ("x.unwrap_or_default()", &[]),
        ("todo!()", &[1]),
        ("debug_panic!(x)", &[]),
        ("panic!(\"no\")", &[1]),
        ("x.expect(\"short\")", &[1]),
        ("x.expect(REASON)", &[1]),
        ("x.expect(\"HMAC takes a key of any length\")", &[]),
        ("x\n    .expect(\n        \"HMAC takes a key of any length\")", &[]),
        ("x\n    .expect(\n        \"short\")", &[2]),
    ];
    for (text, expected) in rows {
        assert_eq!(found(sound, "assess/mod.rs", text), expected, "{text}");
    }
}

#[test]
fn the_rule_of_whole_files_finds_what_breaks_it() {
    let long = format!("//! Long.\n{}", "\n".repeat(MAX_LINES));
    let mark = format!("//! Marked.\n// {}: later", ["TO", "DO"].concat());
    let rows: [(&str, &[usize]); 4] = [("use x;", &[1]), (&long, &[MAX_LINES + 1]), (&mark, &[2]), ("//! Good.", &[])];
    for (text, expected) in rows {
        assert_eq!(found(whole, "assess/mod.rs", text), expected);
    }
}

#[test]
fn only_what_is_declared_for_tests_is_left_out() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let files = [
        file("a/mod.rs", "#[cfg(test)]\npub(crate) mod fixture;\nmod tests;"),
        file("e/mod.rs", "#[cfg(all(test, feature = \"local\"))]\nmod tests;"),
        file("a/b.rs", "#[cfg(test)]\n#[path = \"b_tests.rs\"]\nmod tests;"),
        file("c/d.rs", "#[cfg(test)]\nmod tests {\n}"),
    ];
    assert_eq!(test_places(&files), ["a/fixture.rs", "a/fixture/", "e/tests.rs", "e/tests/", "a/b_tests.rs"]);
}
