//! Rules that hold for the templates as files.

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use hybridge::catalogue::{Axis, Catalogue};
use regex::Regex;

/// Options whose names are also everyday words of code: only what names the option counts.
const EVERYDAY: [&str; 7] = [
    "compose", "gateway", "language", "none", "rest", "web", "worker",
];

/// Ways to the browser stand in the gateway; Python code that speaks of a protocol does not choose one. And
/// clients of the public API learn from its document what there is, and then use it by its own name.
const NO_CHOICE: &[&str] = &[
    "python/",
    "runtime/python/",
    "console/",
    "base/files/tests/e2e/",
];

#[test]
fn no_template_names_an_option_of_another_axis() {
    let catalogue = Catalogue::built_in().unwrap();
    let mut found = Vec::new();
    for axis in Axis::all() {
        for module in catalogue.options(axis) {
            let name = regex::escape(&module.name);
            let word = match EVERYDAY.contains(&module.name.as_str()) {
                true => format!(
                    r#"\b(kind|via|framework|auth|store|transport):\s*{name}\b|{axis}s?/{name}\b|(kind|via|transport)\W{{1,6}}{name}\b"#
                ),
                false => format!(r"(?i)\b{name}\b"),
            };
            let word = Regex::new(&word).unwrap();
            let own = format!("{axis}/{}/", module.name);
            // What several files of an option share.
            let shared = format!("partials/{}-", module.name);
            // The ports' and the frameworks' part of a transport is a capability of the same name.
            let part = Regex::new(&format!("^(runtime|python)/[^/]+/{name}/")).unwrap();
            let offer = Regex::new(&format!(r"^provides: \[.*\b{name}\b")).unwrap();
            for path in catalogue.files().paths() {
                let is_no_choice = axis.folder() == "realtime"
                    && NO_CHOICE.iter().any(|folder| path.starts_with(folder));
                let is_part = axis == Axis::TRANSPORT && part.is_match(path);
                let is_own = path.starts_with(&own) || path.starts_with(&shared);
                if is_own || path == "versions.yaml" || is_no_choice || is_part {
                    continue;
                }
                let text = catalogue.files().text(path).unwrap_or_default();
                for (number, line) in text.lines().enumerate() {
                    if word.is_match(line) && !offer.is_match(line) {
                        found.push(format!(
                            "{path}:{}: `{}`: {}",
                            number + 1,
                            module.name,
                            line.trim()
                        ));
                    }
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What is different for one word of the catalogue stands in the folder of that word.
#[test]
fn no_template_compares_with_a_word() {
    let compares = Regex::new(r#"\{\{[^}]*\b(eq|ne)\b[^}]*["'][^}]*\}\}"#).unwrap();
    assert!(compares.is_match(r#"{{#if (eq language "node")}}"#));
    assert!(!compares.is_match(r#"{{#if (eq port @root.port)}}{{string "a"}}"#));
    let catalogue = Catalogue::built_in().unwrap();
    let mut found = Vec::new();
    for path in catalogue.files().paths() {
        let text = catalogue.files().text(path).unwrap_or_default();
        if path.ends_with(".hbs") || path.ends_with("/module.yaml") {
            let lines = compares.find_iter(text);
            found.extend(lines.map(|it| format!("{path}: {}", it.as_str())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_need_is_met_by_some_module_or_port() {
    let catalogue = Catalogue::built_in().unwrap();
    let modules: Vec<_> = Axis::all()
        .flat_map(|axis| catalogue.options(axis))
        .collect();
    for module in &modules {
        for need in &module.needs {
            let is_provided = modules.iter().any(|other| other.provides.contains(need));
            assert!(
                is_provided || catalogue.is_runtime_capability(need),
                "{} needs `{need}`, which nothing provides",
                module.folder()
            );
        }
    }
}

#[test]
fn every_template_file_is_in_the_binary() {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "templates",
        ])
        .current_dir(support::root())
        .output()
        .expect("git runs");
    assert!(listed.status.success(), "{}", support::stderr(&listed));
    let on_disk: BTreeSet<String> = support::stdout(&listed)
        .split('\0')
        .filter_map(|path| path.strip_prefix("templates/"))
        .map(str::to_owned)
        .collect();
    let embedded: BTreeSet<String> = Catalogue::built_in()
        .unwrap()
        .files()
        .paths()
        .map(str::to_owned)
        .collect();
    assert_eq!(on_disk, embedded);
}

#[test]
fn every_option_tells_what_it_is() {
    let catalogue = Catalogue::built_in().unwrap();
    for axis in Axis::all() {
        let options: Vec<_> = catalogue.options(axis).collect();
        assert!(!options.is_empty(), "{axis} has no option");
        for module in options {
            assert!(
                !module.label.is_empty() && !module.help.is_empty(),
                "{}",
                module.folder()
            );
            assert!(
                !module.help.ends_with('.'),
                "{}: helps are phrases",
                module.folder()
            );
        }
    }
}

#[test]
fn no_template_holds_the_host_of_a_registry_mirror() {
    let catalogue = Catalogue::built_in().unwrap();
    let hosts = Regex::new(r"(?i)(registry\s*=\s*\S*//|index-url|extra-index|resolved\x22:|https?://[^/\s]*(artifactory|mirror|proxy))").unwrap();
    for path in catalogue.files().paths() {
        let text = catalogue.files().text(path).unwrap_or_default();
        assert!(!hosts.is_match(text), "{path}");
        assert!(
            !path.ends_with("package-lock.json") && !path.ends_with("uv.lock"),
            "{path}"
        );
    }
}
