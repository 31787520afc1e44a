//! What generated files declare stands once: exports and constants of modules, objects of manifests, services of
//! compose, variables of `.env`.

mod support;

use std::collections::HashSet;
use std::fs;

use hybridge::tree::Tree;
use serde::Deserialize;
use serde_json::Value;
use support::parse::{declared, parsed};
use support::{examples, render, root};

/// All that stands twice in the files of a system, as `path: name`.
fn twice(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, file) in tree {
        let Ok(text) = std::str::from_utf8(&file.bytes) else {
            continue;
        };
        let mut seen = HashSet::new();
        let again = names(path, text)
            .into_iter()
            .filter(|name| !seen.insert(name.clone()));
        found.extend(again.map(|name| format!("{path}: {name}")));
    }
    found
}

fn names(path: &str, text: &str) -> Vec<String> {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "ts" => declared(text, &tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
        "py" => declared(text, &tree_sitter_python::LANGUAGE.into()),
        "yaml" if path.starts_with("deploy/kubernetes/") => objects(text),
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
    let cases = fs::read_dir(root().join("tests/cases")).expect("the cases are there");
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
    assert_eq!(found, ["a", "b", "c", "D", "e", "f", "G", "h", "i", "k"]);
    let py = "import a\nfrom b import c, d as e\n_F = {}\nX: Final = 1\nclass G: ...\nasync def h(): ...\n@i\ndef j(): ...\n";
    let found = declared(py, &tree_sitter_python::LANGUAGE.into());
    assert_eq!(found, ["a", "c", "e", "_F", "X", "G", "h", "j"]);
    assert!(parsed("a = ", &tree_sitter_python::LANGUAGE.into()).is_err());
}
