//! `AGENTS.md`: what it says of a system is true of each example.

use std::fs;

use regex::Regex;
use serde_json::Value;

use crate::support::project::Project;
use crate::support::{examples, stdout};

/// What somebody reads before the first change.
const MAX_LINES: usize = 60;

fn words(pattern: &str, text: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let found = pattern.captures_iter(text);
    found.map(|found| found[1].to_owned()).collect()
}

#[test]
fn it_is_true_of_every_example() {
    for (name, path) in examples() {
        let project = Project::new(&fs::read_to_string(path).unwrap());
        let page = project.read("AGENTS.md");
        assert!(page.lines().count() <= MAX_LINES, "{name}");
        assert!(!page.contains("\n\n\n"), "{name}: {page}");
        let explained = stdout(&project.output(&["explain", "AGENTS.md", "--json"]));
        let explained: Value = serde_json::from_str(&explained).unwrap();
        assert_eq!(explained["whose"], "managed");
        assert_eq!(explained["edited"], false);

        let tasks = words(r"`make ([a-z0-9-]+)`", &page);
        assert!(tasks.len() >= 5, "{name}: {tasks:?}");
        let makefile = project.read("Makefile");
        for task in tasks {
            assert!(
                makefile.contains(&format!("\n{task}:")),
                "{name}: make {task}"
            );
        }
        for folder in words(r"`cd (services/[a-z-]+) && npm test`", &page) {
            let manifest = project.read(&format!("{folder}/package.json"));
            let manifest: Value = serde_json::from_str(&manifest).unwrap();
            assert!(manifest["scripts"]["test"].is_string(), "{name}: {folder}");
        }
        for folder in words(r"`cd (services/[a-z-]+) && uv run", &page) {
            assert!(
                project
                    .read(&format!("{folder}/pyproject.toml"))
                    .contains("pytest")
            );
        }

        // What is made of the command is what the page goes on with.
        for line in words(r"`hybridge (add operation [^`]+)`", &page) {
            let mut arguments = shell_words::split(&line).unwrap();
            arguments.extend(["--dry-run", "--json"].map(str::to_owned));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let changes = stdout(&project.output(&arguments));
            let changes: Value = serde_json::from_str(&changes).unwrap();
            let made = words(r"`(services/[^`]+look_up\.py)`", &page);
            assert_eq!(made.len(), 2, "{name}");
            for path in made {
                let change = &changes["changes"][&path];
                assert_eq!(change["action"], "create", "{name}: {path}");
            }
        }
    }
}
