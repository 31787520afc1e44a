//! A way of authentication is a folder: what changes with the word, and what does not.

mod support;

use std::collections::BTreeSet;
use std::fs;

use hybridge::catalogue::{Axis, Catalogue};
use hybridge::tree::Tree;
use regex::Regex;
use support::render;

/// Generated from the blueprint and from what modules say of themselves: settings, wiring, documents.
const MAY_DIFFER: [&str; 10] = [
    ".env.example",
    ".github/workflows/containers.yml",
    ".hybridge/state.json",
    "README.md",
    "compose.yaml",
    "hybridge.yaml",
    "packages/gateway-runtime/package.json",
    "services/gateway/openapi.json",
    "services/gateway/src/wiring.ts",
    "tools/system.ts",
];

fn auth() -> Axis {
    Axis::named("auth").unwrap()
}

fn system(way: &str) -> Tree {
    render(&format!(
        "name: word\nservices:\n  gateway: {{ kind: gateway, auth: {way} }}\n  unit:\n    kind: worker\n    \
         operations:\n      ask: {{ input: {{ what: string }} }}\n    events: {{ told: {{ what: string }} }}\n\
         targets: [compose, kubernetes]\n"
    ))
}

#[test]
fn another_way_changes_its_own_files_and_what_is_made_of_modules_only() {
    let catalogue = Catalogue::built_in().unwrap();
    let ways: Vec<_> = catalogue.options(auth()).collect();
    let names = ways.iter().map(|way| way.name.as_str());
    let systems: Vec<(&str, Tree)> = names.map(|way| (way, system(way))).collect();
    // Also what it needs, which stands in folders of that name.
    let needs = ways.iter().flat_map(|way| &way.needs);
    let needs: BTreeSet<String> = needs.map(|need| format!("/{need}/")).collect();
    assert!(systems.len() > 1, "there is nothing to compare");
    let mut wrong = Vec::new();
    for pair in systems.windows(2) {
        let [(first, one), (second, other)] = pair else {
            unreachable!("windows of two");
        };
        let paths: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for path in paths {
            let is_made = path.starts_with(".hybridge/base/")
                || path.starts_with("deploy/")
                || MAY_DIFFER.contains(&path.as_str());
            let is_wrong = match (one.get(path), other.get(path)) {
                (Some(one), Some(other)) => one.bytes != other.bytes && !is_made,
                (Some(only), None) | (None, Some(only)) => {
                    let is_needed = needs.iter().any(|need| only.template.contains(need));
                    !is_made && !is_needed && !only.module.starts_with("auth/")
                }
                (None, None) => unreachable!("every path is of one of them"),
            };
            if is_wrong {
                wrong.push(format!("{first} -> {second}: {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What every file outside of its folder that an option needed would be: none, but for versions of packages, in
/// which no option is named, and for documents. Templates are looked at by `tests/templates.rs`.
#[test]
fn the_code_names_no_way_of_authentication() {
    let catalogue = Catalogue::built_in().unwrap();
    let ways = catalogue.options(auth()).filter(|way| way.name != "none");
    let names: Vec<String> = ways.map(|way| regex::escape(&way.name)).collect();
    let names = names.join("|");
    let name = Regex::new(&format!(r#"(?i)"({names})"|\bauth\W{{1,3}}({names})\b"#)).unwrap();
    let mut folders = vec![support::root().join("src")];
    let mut wrong = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // The small catalogue of the tests has options of its own.
                if !path.ends_with("tests") {
                    folders.push(path);
                }
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines = text.lines().enumerate();
            let named = lines.filter(|(_, line)| name.is_match(line));
            wrong.extend(named.map(|(at, line)| format!("{}:{}: {line}", path.display(), at + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
