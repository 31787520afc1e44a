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

/// Runs a command as somebody who may only what permissions say, which root does not.
#[cfg(unix)]
fn as_other(project: &Project, arguments: &[&str]) -> Output {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let mut command = command(&project.path(), arguments);
    if fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0) {
        // Elsewhere than where only root may look.
        let program = project.path().with_file_name("hybridge");
        if !program.exists() {
            fs::copy(env!("CARGO_BIN_EXE_hybridge"), &program).unwrap();
            let all = std::process::Command::new("chown")
                .args(["--recursive", "65534:65534"])
                .arg(program.parent().unwrap())
                .status();
            assert!(all.unwrap().success());
        }
        let environment: Vec<_> = command
            .get_envs()
            .map(|(key, value)| (key.to_owned(), value.map(ToOwned::to_owned)))
            .collect();
        command = std::process::Command::new(program);
        command.args(arguments).current_dir(project.path());
        for (key, value) in environment {
            command.env(key, value.unwrap_or_default());
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().unwrap()
}

#[cfg(unix)]
fn set_mode(project: &Project, path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(project.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_told_and_nothing_is_written() {
    let (project, before, after) = both();
    lay_out(&project, &before);
    // One in which a file comes, one in which one changes, and hybridge's own.
    for folder in [".", "services/books/src/books", ".hybridge", "contracts"] {
        set_mode(&project, folder, 0o555);
        let output = as_other(&project, &CHANGE);
        set_mode(&project, folder, 0o755);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{folder}: {said}");
        assert!(said.contains("Permission denied"), "{folder}: {said}");
        assert!(project.all() == before, "{folder}");
    }
    let output = as_other(&project, &CHANGE);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(project.all() == after);
}

/// As git does it: a file is replaced whole, whoever may write it, and the same may read and write it then.
#[cfg(unix)]
#[test]
fn a_file_keeps_who_may_read_and_write_it() {
    use std::os::unix::fs::PermissionsExt;
    let (project, before, after) = both();
    lay_out(&project, &before);
    let modes = [
        ("services/books/src/books/contract.py", 0o444),
        ("compose.yaml", 0o600),
        ("README.md", 0o640),
    ];
    for (path, mode) in modes {
        set_mode(&project, path, mode);
    }
    let output = as_other(&project, &CHANGE);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(project.all() == after);
    let mut changed = 0;
    for (path, mode) in modes {
        changed += usize::from(before[path] != after[path]);
        let metadata = fs::metadata(project.path().join(path)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path}");
    }
    assert!(changed > 0);
}

/// Conflicts are left, taken back or resolved whole.
#[cfg(unix)]
#[test]
fn killed_while_it_takes_back_or_ends_the_next_one_does() {
    use std::os::unix::process::ExitStatusExt;
    let project = Project::new(PAGE);
    project.write("contracts/books.proto", "mine\n");
    let before = project.all();
    project.ends(3, &["set", "links.books.via", "grpc"]);
    let conflicting = project.all();
    for (end, stride) in [("--abort", 9), ("--continue", 1)] {
        if end == "--continue" {
            lay_out(&project, &conflicting);
            project.delete("contracts/books.proto.hybridge");
        }
        let start = project.all();
        let mut killed = 0;
        for step in (1..).step_by(stride) {
            lay_out(&project, &start);
            let output = command(&project.path(), &["apply", end])
                .env("HYBRIDGE_FAULT", format!("kill:{step}"))
                .output()
                .unwrap();
            if output.status.signal() != Some(9) {
                assert!(output.status.success(), "{}", stderr(&output));
                break;
            }
            killed += 1;
            let again = project.output(&["apply", end]);
            // Already ended: nothing is left to do.
            assert!(
                matches!(again.status.code(), Some(0 | 1)),
                "{}",
                stderr(&again)
            );
            assert!(
                !project.has(".hybridge/unfinished.json"),
                "killed at {step}"
            );
            match end {
                "--abort" => assert!(project.all() == before, "killed at {step}"),
                _ => assert_eq!(project.read("contracts/books.proto"), "mine\n"),
            }
        }
        assert!(killed >= 4, "{end}: {killed}");
    }
}
