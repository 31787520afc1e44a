//! What generated files declare stands once: exports and constants of modules, objects of manifests, keys of YAML
//! (services of compose among them), definitions of GraphQL, variables of `.env`.

mod support;

use std::collections::HashSet;
use std::fs;

use hybridge::blueprint::overrides::Overrides;
use hybridge::catalogue::Catalogue;
use hybridge::document::Document;
use hybridge::document::finding::{Finding, Place};
use hybridge::document::mistake::Code;
use hybridge::document::source::Source;
use hybridge::error::Error;
use hybridge::generate::generate;
use hybridge::tree::Tree;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;
use serde_json::Value;
use support::parse::{check, declared, parsed};
use support::{examples, render, root};

/// All that stands twice in the files of a system, as `path: name`.
fn twice(tree: &Tree) -> Vec<String> {
    let text = |path: &str| std::str::from_utf8(&tree[path].bytes).ok();
    let mut found = Vec::new();
    for path in tree.keys() {
        let names = text(path).map(|text| names(path, text));
        found.extend(again(path, names.unwrap_or_default()));
    }
    for overlay in ["development", "production"] {
        let overlay = format!("deploy/kubernetes/overlays/{overlay}/");
        let is_part = |path: &&String| {
            path.starts_with("deploy/kubernetes/base/") || path.starts_with(&overlay)
        };
        let manifests = tree.keys().filter(is_part);
        let manifests = manifests.filter(|path| path.ends_with(".yaml"));
        let objects = manifests.filter_map(|path| text(path)).flat_map(objects);
        found.extend(again(&overlay, objects.collect()));
    }
    found
}

/// What stands among the names again.
fn again(path: &str, names: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    names
        .into_iter()
        .filter(|name| !seen.insert(name.clone()))
        .map(|name| format!("{path}: {name}"))
        .collect()
}

fn names(path: &str, text: &str) -> Vec<String> {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "ts" => declared(text, &tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
        "py" => declared(text, &tree_sitter_python::LANGUAGE.into()),
        "example" => variables(text),
        _ => Vec::new(),
    }
}

/// Kinds and names of the objects in a file of manifests.
fn objects(text: &str) -> Vec<String> {
    serde_yaml::Deserializer::from_str(text)
        .filter_map(|document| Value::deserialize(document).ok())
        .filter_map(|object| {
            let name = object["metadata"]["name"].as_str()?;
            Some(format!("{} {name}", object["kind"].as_str()?))
        })
        .collect()
}

/// The variables of a file such as `.env.example`, those that are commented out among them.
fn variables(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
        .collect()
}

#[test]
fn the_cases_and_the_examples_declare_every_name_once() {
    let cases = fs::read_dir(root().join("tests/cases/blueprints")).expect("the cases are there");
    let cases = cases.map(|entry| entry.expect("a case").path());
    let pages = cases.chain(examples().into_iter().map(|(_, path)| path));
    for path in pages {
        let text = fs::read_to_string(&path).expect("a blueprint");
        // One of them is refused.
        if path.ends_with("15-k8s-derived-name-grpc.yaml") {
            continue;
        }
        assert_eq!(
            twice(&render(&text)),
            Vec::<String>::new(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn what_is_declared_is_seen() {
    let ts = "export const a = 1;\nfunction b() {}\nexport * as c from \"./c.ts\";\nexport interface D {}\n\
              const e = 2, f = 3;\nexport type G = D;\nimport * as h from \"h\";\nimport { i, j as k } from \"l\";\n";
    let found = declared(ts, &tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into());
    assert_eq!(found, ["a", "b", "c", "D", "e", "f", "G"]);
    let py = "import a\nfrom b import c, d as e\n_F = {}\nX: Final = 1\nclass G: ...\nasync def h(): ...\n@i\ndef j(): ...\n";
    let found = declared(py, &tree_sitter_python::LANGUAGE.into());
    assert_eq!(found, ["a", "c", "e", "_F", "X", "G", "h", "j"]);
    assert!(parsed("a = ", &tree_sitter_python::LANGUAGE.into()).is_err());
}

/// Parts of names that hybridge and the tools behind it put together in one way or another.
const PARTS: [&str; 40] = [
    "a",
    "b",
    "order",
    "item",
    "refund",
    "request",
    "response",
    "input",
    "output",
    "event",
    "events",
    "data",
    "job",
    "entry",
    "value",
    "kind",
    "type",
    "operation",
    "grpc",
    "replicas",
    "to",
    "from",
    "topics",
    "port",
    "url",
    "max",
    "call",
    "amqp",
    "redis",
    "kafka",
    "rabbitmq",
    "shared",
    "names",
    "test",
    "then",
    "streamed",
    "observers",
    "calls",
    "base",
    "1",
];

/// One to three parts, the first of which begins with a letter.
fn name(separator: &'static str) -> impl Strategy<Value = String> {
    let first = select(PARTS[..39].to_vec());
    let further = prop::collection::vec(select(PARTS.to_vec()), 0..3);
    (first, further).prop_map(move |(first, further)| {
        let parts: Vec<&str> = [first].into_iter().chain(further).collect();
        parts.join(separator)
    })
}

fn pascal() -> impl Strategy<Value = String> {
    name("_").prop_map(|name| heck::ToPascalCase::to_pascal_case(name.as_str()))
}

/// Fields, each of a type or with words of its own.
fn record(indent: &'static str) -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("int".to_owned()),
        Just("{string: int}".to_owned()),
        (name("_"), name("_")).prop_map(|(one, other)| format!("{one} | {other}")),
    ];
    prop::collection::vec((name("_"), kind), 0..3).prop_map(move |fields| {
        let lines = fields
            .iter()
            .map(|(name, kind)| format!("{indent}{name}: \"{kind}\"\n"));
        lines.collect()
    })
}

/// A service behind its name: what kind it is of and, for one of ours, what it is asked and says.
fn service() -> impl Strategy<Value = String> {
    let record = || record("          ");
    let flat = || self::record("        ");
    let operations = prop::collection::vec((name("_"), record(), record()), 0..4);
    let events = prop::collection::vec((name("_"), flat()), 0..3);
    let types = prop::collection::vec((pascal(), flat()), 0..3);
    let kind = select(vec!["worker", "worker", "inference", "analytics"]);
    (kind, operations, events, types).prop_map(|(kind, operations, events, types)| {
        let mut text = format!("    kind: {kind}\n    operations:\n");
        for (name, input, output) in operations {
            text += &format!("      {name}:\n        safe: true\n");
            text += &format!("        input:\n{input}        output:\n{output}");
        }
        for (section, records) in [("events", events), ("types", types)] {
            text += &format!("    {section}:\n");
            for (name, fields) in records {
                text += &format!("      {name}:\n{fields}");
            }
        }
        text
    })
}

/// Two gateways and services behind them, everything on a line of its own. What hybridge refuses is among it, but
/// there is a system without it.
fn blueprints() -> impl Strategy<Value = String> {
    let via = select(vec!["rest", "graphql", "grpc", "rabbitmq", "kafka"]);
    let services = prop::collection::vec((name("-"), service(), via), 1..4);
    (name("-"), services).prop_map(|(gateway, services)| {
        let mut text = String::from(
            "name: shop\ntargets: [compose, kubernetes]\nservices:\n  gateway:\n    kind: gateway\n",
        );
        text += &format!("  {gateway}:\n    kind: gateway\n    backplane: redis\n");
        text += "  safe:\n    kind: worker\n";
        let mut links = String::from("links:\n  - { from: gateway, to: safe, via: rest }\n");
        for (name, service, via) in services {
            text += &format!("  {name}:\n{service}");
            for from in ["gateway", &gateway] {
                links += &format!("  - {{ from: {from}, to: {name}, via: {via} }}\n");
            }
        }
        text + &links
    })
}

/// What hybridge says of a blueprint.
fn made(text: &str) -> Result<Tree, Vec<Finding>> {
    let source = Source {
        name: "test.yaml".into(),
        text: text.to_owned(),
    };
    let catalogue = Catalogue::built_in().expect("the templates are right");
    let document = Document::parse(source).map_err(|errors| errors.findings)?;
    match generate(Some(&document), &Overrides::default(), catalogue) {
        Ok(generated) => Ok(generated.tree),
        Err(Error::Blueprint(errors)) => Err(errors.findings),
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// The blueprint without the lines that are refused, and what stands below them.
fn without(text: &str, findings: &[Finding]) -> String {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    let mut gone = HashSet::new();
    for finding in findings {
        let Place::Text { line, .. } = finding.place else {
            panic!("{}", finding.mistake)
        };
        let first = line - 1;
        assert!(depth(lines[first]) > 0, "{}\n{text}", finding.mistake);
        let below = lines[first + 1..].iter();
        let below = below.take_while(|line| depth(line) > depth(lines[first]));
        gone.extend(first..=first + below.count());
    }
    let mut kept: Vec<&str> = (0..lines.len())
        .filter(|at| !gone.contains(at))
        .map(|at| lines[at])
        .collect();
    // What is empty now is nothing.
    for at in (0..kept.len()).rev() {
        let below = kept.get(at + 1).map_or(0, |line| depth(line));
        if kept[at].ends_with(':') && below <= depth(kept[at]) {
            kept.remove(at);
        }
    }
    kept.iter().map(|line| format!("{line}\n")).collect()
}

/// A name that would stand for two things is told with both places, or with what of hybridge's has it already.
fn tells_both(finding: &Finding) -> bool {
    let own = [
        " at ",
        "the kind",
        "Kubernetes",
        "of every system",
        "of a container",
        "of the whole system",
        "among the words",
        "one word where",
        "is linked to",
        "stands twice",
    ];
    let said = finding.mistake.to_string();
    finding.mistake.code() != Code::Duplicate || own.iter().any(|words| said.contains(words))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_accepted_declares_every_name_once(text in blueprints()) {
        let mut text = text;
        let tree = loop {
            match made(&text) {
                Ok(tree) => break tree,
                Err(findings) => {
                    for finding in &findings {
                        prop_assert!(tells_both(finding), "{}\n{text}", finding.mistake);
                    }
                    text = without(&text, &findings);
                }
            }
        };
        prop_assert_eq!(twice(&tree), Vec::<String>::new(), "{}", text);
        for (path, file) in &tree {
            prop_assert_eq!(check(path, &file.bytes), Ok(()), "{}\n{}", path, text);
        }
    }
}
