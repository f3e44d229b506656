//! What has to say the same in two places: the template and the code, the protocol and the template, the samples and their README;
//! and what may stand in no file at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use aws_sdk_dynamodb::types::{KeySchemaElement, ScalarAttributeType};
use dayzero::config::{Config, Patience};
use dayzero::lambda::Role;
use dayzero::local::{Table, samples};
use dayzero::model::Clock;
use dayzero::protocol::Protocol;
use dayzero::store::Work;

use super::{Fault, root, walk};

fn template() -> String {
    read("infra/template.yaml")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of one resource or parameter: what stands below `  Name:`.
fn block<'a>(template: &'a str, name: &str) -> Vec<&'a str> {
    let below = template.lines().skip_while(|line| **line != format!("  {name}:")).skip(1);
    below.take_while(|line| line.is_empty() || line.starts_with("   ") || line.starts_with("  #")).collect()
}

/// The value of `Name: value` in a line, wherever it stands, without quotation marks.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (before, rest) = line.split_once(&format!("{name}: "))?;
    let whole = !before.ends_with(|c: char| c.is_ascii_alphanumeric());
    let end = rest.find([',', '}', ' ', '#']).unwrap_or(rest.len());
    whole.then(|| rest[..end].trim().trim_matches('"'))
}

fn values<'a>(lines: &[&'a str], name: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| value(line, name)).collect()
}

/// A table's keys, one line for itself and one for each index, in the order of their names.
fn template_shape(template: &str) -> Vec<String> {
    let table = block(template, "Table");
    let types: BTreeMap<&str, &str> =
        table.iter().filter_map(|line| Some((value(line, "AttributeName")?, value(line, "AttributeType")?))).collect();
    let mut shape = vec!["table".to_owned()];
    for line in &table {
        if let Some(index) = value(line, "IndexName") {
            shape.push(index.to_owned());
        }
        let last = shape.last_mut().expect("the table itself");
        if let Some((name, key)) = value(line, "AttributeName").zip(value(line, "KeyType")) {
            *last += &format!(" {name}:{}:{key}", types.get(name).unwrap_or(&"?"));
        }
        if let Some(projection) = value(line, "ProjectionType") {
            *last += &format!(" {projection}");
        }
    }
    shape.sort();
    shape
}

/// The same of the table that the store makes.
async fn store_shape() -> Vec<String> {
    let table = Table::start(None).await.unwrap();
    let config = Config::loopback(table.endpoint(), table.endpoint());
    let client = config.clients(Patience::Worker).dynamodb;
    dayzero::lambda::store(&config.clients(Patience::Worker), &config, &Clock::System).create_table().await.unwrap();
    let answer = client.describe_table().table_name(&config.table).send().await.unwrap();
    let made = answer.table().unwrap();
    let types: BTreeMap<&str, &ScalarAttributeType> =
        made.attribute_definitions().iter().map(|known| (known.attribute_name(), known.attribute_type())).collect();
    let keys = |keys: &[KeySchemaElement]| -> String {
        let key = |key: &KeySchemaElement| {
            format!(" {}:{}:{}", key.attribute_name(), types[key.attribute_name()].as_str(), key.key_type().as_str())
        };
        keys.iter().map(key).collect()
    };
    let mut shape = vec![format!("table{}", keys(made.key_schema()))];
    for index in made.global_secondary_indexes() {
        let projection = index.projection().unwrap().projection_type().unwrap().as_str();
        shape.push(format!("{}{} {projection}", index.index_name().unwrap(), keys(index.key_schema())));
    }
    shape.sort();
    table.stop().await;
    shape
}

#[tokio::test]
async fn the_template_makes_the_table_that_the_store_uses() {
    let expected =
        ["list list:S:HASH sort:S:RANGE KEYS_ONLY", "table pk:S:HASH sk:S:RANGE", "work work:S:HASH wake:N:RANGE KEYS_ONLY"];
    assert_eq!(template_shape(&template()), expected);
    assert_eq!(store_shape().await, expected);
    for (from, to) in [("KeyType: RANGE", "KeyType: HASH"), ("KEYS_ONLY", "ALL"), ("IndexName: work", "IndexName: open")] {
        assert_ne!(template_shape(&template().replace(from, to)), expected, "{to}");
    }
}

/// Alarms over metrics of ours that no code counts under that name, or not in that stage.
fn unknown_metrics(alarms: &str, code: &Counted) -> Vec<Fault> {
    let lines: Vec<&str> = alarms.lines().collect();
    let mut faults = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if value(line, "Namespace") == Some("Dayzero") {
            let named = lines[index..].iter().find_map(|line| value(line, "MetricName")).unwrap_or_default();
            let stage = lines[index..].iter().find_map(|line| {
                let (_, stage) = line.split_once("Name: Stage, Value: ")?;
                stage.split(' ').next()
            });
            let stage = stage.unwrap_or_default();
            if Role::from_name(stage).is_none() || !code.stages(named).contains(stage) {
                faults.push((index + 1, format!("no code counts {named} for the stage {stage}: the alarm would never ring")));
            }
        }
    }
    faults
}

/// Which metrics the program counts, and where: the list of names, and the sources that use it.
struct Counted {
    /// A metric's name in the code and in CloudWatch.
    names: BTreeMap<String, String>,
    /// A source below `src/` and its text.
    sources: Vec<(String, String)>,
}

impl Counted {
    fn read(names: &str) -> Counted {
        let name = |line: &str| {
            let (variant, rest) = line.trim().strip_prefix("Metric::")?.split_once(" => \"")?;
            Some((variant.to_owned(), rest.strip_suffix("\",")?.to_owned()))
        };
        let src = root().join("src");
        let files = walk(&src).into_iter().filter(|path| !path.ends_with("metrics.rs"));
        let text = |path: std::path::PathBuf| {
            let below = path.strip_prefix(&src).expect("a path below the sources").to_string_lossy().into_owned();
            Some((below, fs::read_to_string(path).ok()?))
        };
        Counted { names: names.lines().filter_map(name).collect(), sources: files.filter_map(text).collect() }
    }

    /// The stages whose code counts this metric. The line reports for `watch`, whose tick it runs, and secrets for the door that they open.
    fn stages(&self, metric: &str) -> BTreeSet<String> {
        let Some((variant, _)) = self.names.iter().find(|(_, name)| *name == metric) else { return BTreeSet::new() };
        let word = format!("Metric::{variant}");
        let whole = |text: &str| {
            text.match_indices(&word).any(|(at, _)| !text[at + word.len()..].starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        let users = self.sources.iter().filter(|(_, text)| whole(text));
        let stage = |path: &'_ str| match path.split('/').next().unwrap_or(path) {
            "line.rs" => "watch".to_owned(),
            "secrets" => "receive".to_owned(),
            stage => stage.to_owned(),
        };
        users.map(|(path, _)| stage(path)).collect()
    }
}

#[test]
fn every_alarm_is_over_a_metric_that_its_stage_counts() {
    let (alarms, names) = (read("infra/alarms.yaml"), read("src/metrics.rs"));
    let code = Counted::read(&names);
    assert_eq!(unknown_metrics(&alarms, &code), []);
    let ours = alarms.lines().filter(|line| value(line, "Namespace") == Some("Dayzero")).count();
    assert!(ours >= 28, "only {ours} alarms are over metrics of ours");
    let renamed = Counted::read(&names.replace("\"NeedsPerson\"", "\"NeedsSomebody\""));
    assert_eq!(unknown_metrics(&alarms, &renamed).len(), 1);
    assert_eq!(unknown_metrics(&alarms.replace("MetricName: SweepRan", "MetricName: SweptRan"), &code).len(), 1);
    let moved = alarms.replacen("Name: Stage, Value: receive", "Name: Stage, Value: alert", 1);
    assert_eq!(unknown_metrics(&moved, &code).len(), 1);
}

#[test]
fn every_metric_is_counted_somewhere_and_watched_by_somebody() {
    let (alarms, code) = (read("infra/alarms.yaml"), Counted::read(&read("src/metrics.rs")));
    assert!(code.names.len() > 25, "the metrics are no longer found");
    for name in code.names.values() {
        assert!(!code.stages(name).is_empty(), "{name} is counted nowhere");
        let alarmed = alarms.lines().any(|line| value(line, "MetricName") == Some(name));
        assert!(alarmed || alarms.contains(&format!("\"Dayzero\", \"{name}\"")), "nobody watches {name}");
    }
}

#[test]
fn every_function_of_the_template_is_a_role_of_the_program() {
    let template = template();
    let lines: Vec<&str> = template.lines().collect();
    let handlers: BTreeSet<&str> = values(&lines, "Handler").into_iter().collect();
    assert_eq!(handlers, Role::ALL.map(Role::as_str).into());
}

#[test]
fn the_streams_filters_let_through_what_the_roles_work_on() {
    let template = template();
    let patterns: Vec<serde_json::Value> = template
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- Pattern: '")?.strip_suffix('\''))
        .map(|pattern| serde_json::from_str(pattern).unwrap())
        .collect();
    let mut kinds = BTreeSet::new();
    for pattern in &patterns {
        let keys = &pattern["dynamodb"]["Keys"];
        let prefix = keys["pk"]["S"][0]["prefix"].as_str().unwrap();
        let rest = if prefix == "comment#" { "forum-0123456789abcdef0123456789abcdef" } else { "forum#00" };
        match Work::of_item(&format!("{prefix}{rest}"), keys["sk"]["S"][0].as_str().unwrap()) {
            Some(Work::Delivery(_)) => kinds.insert("delivery"),
            Some(Work::Comment(_)) => kinds.insert("comment"),
            None => panic!("{pattern} lets through what is no work"),
        };
    }
    assert_eq!((patterns.len(), kinds), (2, ["comment", "delivery"].into()));
}

/// Topics of a protocol that the template does not make, or does not hand to the functions.
fn unknown_topics(protocol: &str, template: &str) -> Vec<String> {
    let protocol = Protocol::parse(protocol).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut unknown = Vec::new();
    for (name, target) in protocol.topics() {
        let Some(resource) = target.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else { continue };
        let made = values(&block(template, resource), "Type").first() == Some(&"AWS::SNS::Topic");
        if !made || !template.contains(&format!("{resource}=${{{resource}}}")) {
            unknown.push(format!("the topic {name} is {target}, which the template does not make and hand over"));
        }
    }
    unknown
}

#[test]
fn every_topic_of_the_sample_protocol_is_made_by_the_template() {
    let template = template();
    assert_eq!(unknown_topics(samples::PROTOCOL, &template), [""; 0]);
    assert_eq!(unknown_topics(&samples::PROTOCOL.replace("${QppvTopic}", "${QppvTopics}"), &template).len(), 1);
    assert_eq!(unknown_topics(samples::PROTOCOL, &template.replace("QppvTopic=${QppvTopic}", "")).len(), 1);
}

/// Samples that the README does not tell the origin of: their folder, `folder/name`, or `folder/start*`.
fn unexplained<'a>(samples: &[&'a str], readme: &str) -> Vec<&'a str> {
    let told = |sample: &&str| {
        let (folder, name) = sample.rsplit_once('/').unwrap_or(("", *sample));
        let last = folder.rsplit('/').next().unwrap_or(folder);
        let starts = (1..=name.len()).filter_map(|end| Some(format!("`{folder}/{}*`", name.get(..end)?)));
        let exact = [format!("`{last}/`"), format!("`{folder}/{name}`"), format!("`{name}.json`")];
        exact.into_iter().chain(starts).any(|words| readme.contains(&words))
    };
    samples.iter().filter(|sample| !told(sample)).copied().collect()
}

#[test]
fn every_sample_says_where_it_comes_from() {
    let events = root().join("events");
    let files = walk(&events);
    let names: Vec<&str> =
        files.iter().filter_map(|path| path.strip_prefix(&events).unwrap().to_str().unwrap().strip_suffix(".json")).collect();
    assert!(names.len() > 50, "the samples are no longer found");
    let readme = read("events/README.md");
    assert_eq!(unexplained(&names, &readme), [""; 0]);
    let strangers = ["aws/new_envelope", "usenet/article", "secrets"];
    assert_eq!(unexplained(&strangers, &readme), strangers);
}

/// Places of one machine, which mean nothing on another. Written in two parts, so that this file holds none.
fn machine_paths(text: &str) -> Vec<Fault> {
    let places = [["/wo", "rk/"], ["/tm", "p/"], ["/ho", "me/"], ["/ro", "ot/"], ["/Use", "rs/"]].map(|parts| parts.concat());
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(index, line)| Some((index + 1, places.iter().find(|place| line.contains(*place))?)));
    found.map(|(line, place)| (line, format!("{place} is a place of one machine"))).collect()
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    let mut files: Vec<_> = ["src", "tests", "infra", "events"].iter().flat_map(|folder| walk(&root().join(folder))).collect();
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let kinds = ["md", "toml"];
    files.extend(top.filter(|path| path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known))));
    let mut faults = Vec::new();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        faults.extend(machine_paths(&text).into_iter().map(|(line, what)| format!("{}:{line}: {what}", path.display())));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    assert_eq!(machine_paths(&format!("one\ncd {}", ["/tm", "p/x"].concat())).len(), 1);
    assert_eq!(machine_paths("/webhooks/meta and https://forum.example/tmp"), []);
}
