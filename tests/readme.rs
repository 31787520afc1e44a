//! The commands of the README are run, and none is there that nobody runs.

mod support;

use std::fs;

use support::{hybridge, root, stderr, stdout};

/// Commands that the system tests or `tests/run` itself run, each where it says.
const RUN_ELSEWHERE: [&str; 7] = [
    "cargo test",             // what runs this
    "cargo install --path .", // tests/run install
    "cd shop",                // the folder that the command before it has made
    "make dev",               // tests/system/support/golden.ts
    "tests/run",              // what runs this
    "hybridge new shop",      // tests/prompts.rs, on a terminal
    "curl -s http://127.0.0.1:3000/api/trends/summary -H 'content-type: application/json' -d '{\"window_seconds\": 60}'", // tests/e2e of every generated system
];

/// The lines after `$ ` in the `console` blocks, without their comments.
fn commands(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            inside = language == "console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            found.push(
                command
                    .split("  #")
                    .next()
                    .unwrap_or(command)
                    .trim()
                    .to_owned(),
            );
        }
    }
    found
}

#[test]
fn every_command_of_the_readme_runs() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let commands = commands(&readme);
    assert!(commands.len() >= RUN_ELSEWHERE.len() + 3, "{commands:?}");
    for command in &commands {
        if RUN_ELSEWHERE.contains(&command.as_str()) {
            continue;
        }
        // The tests have it built already; what comes after is run where systems are started.
        let command = command
            .replace("cargo run --release -- ", "hybridge ")
            .replace(" && make -C shop dev", "");
        let words = shell_words::split(&command).expect("a command line");
        assert_eq!(words[0], "hybridge", "nobody runs `{command}`");
        let folder = tempfile::tempdir().unwrap();
        let examples = folder.path().join("examples");
        fs::create_dir(&examples).unwrap();
        for (name, path) in support::examples() {
            fs::copy(path, examples.join(format!("{name}.yaml"))).unwrap();
        }
        let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let output = hybridge(folder.path(), &words);
        assert!(
            output.status.success(),
            "`{command}`\n{}{}",
            stdout(&output),
            stderr(&output)
        );
    }
    for command in RUN_ELSEWHERE {
        assert!(
            commands.iter().any(|found| found == command),
            "`{command}` is no longer in the README"
        );
    }
}

#[test]
fn the_blueprint_of_the_readme_is_one() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blueprint = readme
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    assert!(
        support::render(blueprint).contains_key("services/orders/src/orders/handlers/place.py")
    );
}

#[test]
fn the_picture_is_there_and_small() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let script = fs::read_to_string(root().join("tests/system/picture.ts")).unwrap();
    let name = "docs/console.png";
    assert!(readme.contains(&format!("]({name})")) && script.contains(name));
    let bytes = fs::read(root().join(name)).unwrap();
    assert!(bytes.starts_with(b"\x89PNG\r\n"));
    assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
}
