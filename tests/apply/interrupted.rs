//! `apply` that dies at any step, finds the disk full, or is not alone.

use std::fs;
use std::process::Output;

use crate::PAGE;
use crate::support::command;
use crate::support::project::{Files, Project};
use crate::support::{stderr, trees};

const CHANGE: [&str; 6] = ["add", "event", "books", "lent", "--field", "title:string"];

fn with_fault(project: &Project, fault: &str) -> Output {
    command(&project.path(), &CHANGE)
        .env("HYBRIDGE_FAULT", fault)
        .output()
        .unwrap()
}

/// Lays the files out as they were.
fn lay_out(project: &Project, files: &Files) {
    fs::remove_dir_all(project.path()).unwrap();
    trees::lay_out(&project.path(), files);
}

/// The project before, with an edit of a person, and after.
fn both() -> (Project, Files, Files) {
    let project = Project::new(PAGE);
    project.edit("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
    let before = project.all();
    project.run(&CHANGE);
    let after = project.all();
    (project, before, after)
}

#[cfg(unix)]
#[test]
fn killed_at_any_step_the_project_is_old_or_finished_by_the_next_apply() {
    use std::os::unix::process::ExitStatusExt;
    let (project, before, after) = both();
    let mut ends = [0, 0];
    for step in 1.. {
        lay_out(&project, &before);
        let output = with_fault(&project, &format!("kill:{step}"));
        if output.status.signal() != Some(9) {
            assert!(output.status.success(), "{}", stderr(&output));
            break;
        }
        let is_interrupted = project.has(".hybridge/transaction");
        if is_interrupted {
            project.ends(1, &["apply", "--check"]);
        }
        project.run(&["apply"]);
        let found = project.all();
        assert!(found == before || found == after, "killed at {step}");
        ends[usize::from(found == after)] += 1;
    }
    assert!(ends[0] >= 8 && ends[1] >= 8, "{ends:?}");
}

#[test]
fn a_disk_that_fills_leaves_the_old_project_or_one_that_the_next_apply_finishes() {
    let (project, before, after) = both();
    let mut ends = [0, 0];
    for step in (1..).step_by(3) {
        lay_out(&project, &before);
        let output = with_fault(&project, &format!("full:{step}"));
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        project.run(&["apply"]);
        let found = project.all();
        assert!(found == before || found == after, "full at {step}");
        ends[usize::from(found == after)] += 1;
    }
    assert!(ends[0] >= 3 && ends[1] >= 3, "{ends:?}");
}

#[test]
fn two_at_once_do_not_mix() {
    let (project, before, after) = both();
    for _ in 0..5 {
        lay_out(&project, &before);
        let start = || command(&project.path(), &CHANGE).output().unwrap();
        let outputs = std::thread::scope(|scope| {
            let other = scope.spawn(start);
            [start(), other.join().unwrap()]
        });
        assert!(outputs.iter().any(|output| output.status.success()));
        for output in outputs.iter().filter(|it| !it.status.success()) {
            assert_eq!(output.status.code(), Some(1), "{}", stderr(output));
        }
        assert!(project.all() == after);
    }
}
