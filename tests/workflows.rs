//! GitHub workflows, the generated ones and our own: what they name is there, and what they run is pinned.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use hybridge::catalogue::Catalogue;
use regex::Regex;
use serde_yaml::Value;
use snapbox::{assert_data_eq, str};

/// Texts by path.
type Files = BTreeMap<String, String>;

/// What every example is rendered to.
fn systems() -> Vec<(String, Files)> {
    let examples = support::examples().into_iter();
    let rendered = examples.map(|(name, path)| {
        let tree = support::render(&fs::read_to_string(path).unwrap());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let files = tree
            .into_iter()
            .map(|(path, file)| (path, text(&file.bytes)));
        (name, files.collect())
    });
    rendered.collect()
}

/// The files under our own `.github`.
fn own() -> Files {
    fn read(folder: &Path, found: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, found);
            } else {
                let name = path.strip_prefix(support::root()).unwrap();
                found.insert(
                    name.to_string_lossy().replace('\\', "/"),
                    fs::read_to_string(&path).unwrap(),
                );
            }
        }
    }
    let mut found = Files::new();
    read(&support::root().join(".github"), &mut found);
    found
}

fn workflows(files: &Files) -> impl Iterator<Item = (&str, &str)> {
    let workflows = files
        .iter()
        .filter(|(path, _)| path.starts_with(".github/") && path.ends_with(".yml"));
    workflows.map(|(path, text)| (path.as_str(), text.as_str()))
}

/// The values of `uses:`, comments and all.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| Some(line.split_once("uses: ")?.1.trim()))
}

/// Every mapping of the steps of a workflow or of an action.
fn steps(text: &str) -> Vec<Value> {
    let document: Value = serde_yaml::from_str(text).unwrap();
    let of = |value: &Value| value.get("steps").and_then(Value::as_sequence).cloned();
    let mut steps = of(&document["runs"]).unwrap_or_default();
    if let Some(jobs) = document["jobs"].as_mapping() {
        steps.extend(jobs.values().flat_map(|job| of(job).unwrap_or_default()));
    }
    steps
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    let pinned =
        Regex::new(r"^[\w.-]+/[\w.-]+(/[\w./-]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+$").unwrap();
    let mut all = systems();
    all.push(("hybridge".into(), own()));
    for (name, files) in all {
        let mut count = 0;
        for (path, text) in workflows(&files) {
            for action in uses(text) {
                count += 1;
                match action.strip_prefix("$/") {
                    Some(local) => assert!(
                        files.contains_key(local)
                            || files.contains_key(&format!("{local}/action.yml")),
                        "{name}: {path}: {action} is not there"
                    ),
                    None => assert!(pinned.is_match(action), "{name}: {path}: {action}"),
                }
            }
        }
        assert!(count > 0, "{name} has no workflow");
    }
}

#[test]
fn our_own_workflows_use_the_same_actions_as_generated_ones() {
    let versions = Catalogue::built_in().unwrap().versions();
    let tested: BTreeMap<&str, &str> = versions
        .actions
        .values()
        .map(|action| (action.split('@').next().unwrap(), action.as_str()))
        .collect();
    let mut shared = BTreeSet::new();
    for (path, text) in workflows(&own()) {
        for action in uses(text) {
            if let Some(expected) = tested.get(action.split('@').next().unwrap()) {
                assert_eq!(action, *expected, "{path}");
                shared.insert(*expected);
            }
        }
    }
    assert!(!shared.is_empty());
}

#[test]
fn jobs_may_do_no_more_than_they_must_and_end() {
    let mut all = systems();
    all.push(("hybridge".into(), own()));
    for (name, files) in all {
        for (path, text) in workflows(&files) {
            let document: Value = serde_yaml::from_str(text).unwrap();
            let Some(jobs) = document["jobs"].as_mapping() else {
                continue;
            };
            let granted = document["permissions"].as_mapping();
            assert!(granted.is_some_and(|it| it.is_empty()), "{name}: {path}");
            for (job, what) in jobs {
                let is_call = what.get("uses").is_some();
                assert!(
                    is_call || what["timeout-minutes"].is_u64(),
                    "{name}: {path}: {job:?} may run for ever"
                );
                assert!(what["permissions"].is_mapping(), "{name}: {path}: {job:?}");
            }
        }
    }
}

#[test]
fn every_task_and_container_that_a_generated_workflow_names_is_there() {
    let task = Regex::new(r"\bmake((?: [\w^.=-]+)+)").unwrap();
    let rule = Regex::new(r"(?m)^([a-z][\w.-]*)::?(?: |$)").unwrap();
    let variable = Regex::new(r"(?m)^([a-z_]+) \?= ").unwrap();
    for (name, files) in systems() {
        let makefiles: String = files
            .iter()
            .filter(|(path, _)| *path == "Makefile" || path.ends_with(".mk"))
            .map(|(_, text)| text.as_str())
            .collect();
        let defined = |what: &Regex| -> BTreeSet<String> {
            let found = what.captures_iter(&makefiles);
            found.map(|it| it[1].to_owned()).collect()
        };
        let (rules, variables) = (defined(&rule), defined(&variable));
        let mut named = BTreeSet::new();
        for (path, text) in workflows(&files) {
            for step in steps(text) {
                for line in step["run"].as_str().unwrap_or_default().lines() {
                    for word in task
                        .captures_iter(line)
                        .flat_map(|it| it.get(1).unwrap().as_str().split_whitespace())
                    {
                        let is_there = match word.split_once('=') {
                            Some((variable, _)) => variables.contains(variable),
                            None => rules.contains(word),
                        };
                        assert!(is_there, "{name}: {path}: make {word}");
                        named.insert(word.to_owned());
                    }
                }
                check_bake(&name, path, &step["with"], &files);
            }
        }
        for task in ["install", "lint", "contracts", "test", "e2e"] {
            assert!(named.contains(task), "{name}: no workflow runs make {task}");
        }
    }
}

#[test]
fn a_generated_workflow_holds_the_project_to_its_blueprint() {
    let install = format!(
        "cargo install --locked hybridge@{}",
        env!("CARGO_PKG_VERSION")
    );
    for (name, files) in systems() {
        let text = &files[".github/workflows/ci.yml"];
        let document: Value = serde_yaml::from_str(text).unwrap();
        let steps = document["jobs"]["blueprint"]["steps"]
            .as_sequence()
            .unwrap();
        let runs: Vec<&str> = steps.iter().filter_map(|it| it["run"].as_str()).collect();
        assert_eq!(runs, [install.as_str(), "hybridge apply --check"], "{name}");
        // It is built once for each version, and taken from the cache from then on.
        let cache = steps.iter().find(|it| it["id"] == "hybridge").unwrap();
        assert_eq!(cache["with"]["path"], "~/.cargo/bin/hybridge", "{name}");
        let key = cache["with"]["key"].as_str().unwrap();
        assert!(key.contains(env!("CARGO_PKG_VERSION")), "{name}: {key}");
        let built = steps
            .iter()
            .find(|it| it["run"] == install.as_str())
            .unwrap();
        assert_eq!(
            built["if"], "steps.hybridge.outputs.cache-hit != 'true'",
            "{name}"
        );
        assert!(
            cache["uses"]
                .as_str()
                .unwrap()
                .starts_with("actions/cache@")
        );
    }
}

/// What is built from a compose file stands in it, and nothing of the system is left out.
fn check_bake(name: &str, path: &str, with: &Value, files: &Files) {
    let Some(targets) = with.get("targets").and_then(Value::as_str) else {
        return;
    };
    let file = with["files"].as_str().unwrap();
    let compose: Value = serde_yaml::from_str(&files[file]).unwrap();
    let built: BTreeSet<&str> = targets.lines().collect();
    let contexts = |services: &mut dyn Iterator<Item = &str>| -> BTreeSet<String> {
        services
            .filter_map(|service| {
                let build = &compose["services"][service]["build"];
                let context = build.as_str().or_else(|| build["context"].as_str())?;
                Some(context.to_owned())
            })
            .collect()
    };
    // What is in a profile is no part of the running system.
    let all = compose["services"].as_mapping().unwrap();
    let all = all.iter().filter(|(_, it)| it.get("profiles").is_none());
    let all = contexts(&mut all.filter_map(|(name, _)| name.as_str()));
    assert_eq!(contexts(&mut built.iter().copied()), all, "{name}: {path}");
    for setting in with["set"].as_str().unwrap().lines() {
        let target = setting.split('.').next().unwrap();
        assert!(built.contains(target), "{name}: {path}: {setting}");
    }
}

#[test]
fn a_release_says_what_the_changelog_says_of_its_version() {
    let notes = |version: &str| {
        Command::new(support::root().join(".github/release-notes"))
            .arg(version)
            .output()
            .expect("the script starts")
    };
    let current = notes(env!("CARGO_PKG_VERSION"));
    assert!(current.status.success(), "{}", support::stderr(&current));
    let changelog = fs::read_to_string(support::root().join("CHANGELOG.md")).unwrap();
    let heading = format!("## {}\n", env!("CARGO_PKG_VERSION"));
    let section = changelog.split_once(&heading).unwrap().1;
    let section = section.split("\n## ").next().unwrap();
    assert_eq!(support::stdout(&current).trim(), section.trim());
    let other = notes("99.0.0");
    assert!(!other.status.success());
    assert_data_eq!(
        support::stderr(&other),
        str![[r#"
release-notes: Cargo.toml has version 0.1.0, not 99.0.0

"#]]
    );
}
