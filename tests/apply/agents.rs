//! `AGENTS.md`: what it says of a system is true of each example.

use std::fs;

use regex::Regex;

use crate::support::examples;
use crate::support::project::Project;

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
        assert!(
            project
                .run(&["explain", "AGENTS.md"])
                .contains("managed, as hybridge wrote it")
        );

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
            assert!(manifest.contains("\"test\": "), "{name}: {folder}");
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
            arguments.push("--dry-run".into());
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let patch = project.run(&arguments);
            let made = words(r"`(services/[^`]+look_up\.py)`", &page);
            assert_eq!(made.len(), 2, "{name}");
            for path in made {
                assert!(
                    patch.contains(&format!("+++ b/{path}")),
                    "{name}: {path}\n{patch}"
                );
            }
        }
    }
}
