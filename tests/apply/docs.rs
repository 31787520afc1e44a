//! Every command of `docs/living-with-hybridge.md` is run, in its order, on one project.

use std::fs;

use crate::support::project::Project;
use crate::support::root;

#[test]
fn every_command_of_the_page_runs() {
    let page = fs::read_to_string(root().join("docs/living-with-hybridge.md")).unwrap();
    let mut inside = false;
    let mut run = 0;
    let project = Project::new("name: shop\n");
    project.commit();
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            inside = language == "console";
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| inside) else {
            continue;
        };
        let words = shell_words::split(command).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["hybridge", "eject", options @ ..] => {
                project.assert_settled();
                project.run(&[&["eject"], options].concat());
            }
            ["rm", path] => project.delete(path),
            // The project has no lock files, and says so.
            ["hybridge", "doctor", options @ ..] => {
                project.ends(1, &[&["doctor"], options].concat());
            }
            ["hybridge", arguments @ ..] => {
                project.run(arguments);
            }
            ["git", "merge", branch] => {
                on_two_branches(&project, branch);
                project.conflicts(&words[1..]);
            }
            ["git", arguments @ ..] => {
                project.git(arguments);
            }
            other => panic!("nobody runs {other:?}"),
        }
        run += 1;
        // A merge is committed when the page says so.
        if !project.has(".git/MERGE_HEAD") {
            project.commit();
        }
    }
    assert!(run >= 10, "{run}");
    assert!(!project.has("hybridge.yaml"));
}

/// What the blueprint says more on a branch, and what it says more here meanwhile.
fn on_two_branches(project: &Project, branch: &str) {
    let field = ["--field", "order:uuid"];
    project.git(&["checkout", "--quiet", "-b", branch]);
    project.run(&[&["add", "event", "orders", "returned"][..], &field].concat());
    project.commit();
    project.git(&["checkout", "--quiet", "-"]);
    project.run(&[
        "add",
        "operation",
        "orders",
        "cancel",
        "--input",
        "order:uuid",
    ]);
    project.commit();
}
