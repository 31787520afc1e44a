//! A change that is interrupted at any step leaves the old project or the new one, whole, after the next run at
//! the latest. The steps run in a process of their own, which really dies. In a release build there are no faults
//! to ask for, so that these tests need debug assertions.

#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hybridge::changes::{Change, ChangeSet, Content};
use hybridge::error::Error;
use hybridge::project::transaction;
use hybridge::state_error::StateError;
use support::faults::{FAULT, has_journal, was_killed};
use support::trees::{Files, files, lay_out, read};
use support::{stderr, stdout};
use tempfile::TempDir;

/// The test that is started as a process.
const CHILD: [&str; 3] = ["--exact", "a_change_without_a_fault_is_made", "--nocapture"];
/// The folder in which it then works.
const PROJECT: &str = "HYBRIDGE_TEST_PROJECT";

fn old() -> Files {
    files(&[
        ("README.md", "old readme"),
        ("gone/only.txt", "is deleted with its folder"),
        ("gone.txt", "is deleted"),
        ("kept.txt", "stays"),
        ("run", "was no program"),
        ("services/vision/main.py", &"old line\n".repeat(5000)),
        (".hybridge/state.json", "old state"),
    ])
}

fn new() -> Files {
    files(&[
        ("README.md", "new readme"),
        ("kept.txt", "stays"),
        ("run", "#!/bin/sh"),
        ("services/vision/main.py", &"new line\n".repeat(9000)),
        ("services/trends/src/deep/new.py", "is new"),
        ("empty", ""),
        (".hybridge/state.json", "new state"),
    ])
}

fn changes(old: &Files, new: &Files) -> ChangeSet {
    let content = |(bytes, executable): &(Vec<u8>, bool)| Content {
        bytes: bytes.clone(),
        executable: *executable,
    };
    let paths = old.keys().chain(new.keys());
    let change = |path: &String| Change {
        action: hybridge::changes::Action::Update,
        reason: hybridge::changes::Reason::Rendered,
        component: String::new(),
        before: old.get(path).map(content),
        after: new.get(path).map(content),
        places: Vec::new(),
        theirs: None,
    };
    ChangeSet {
        changes: paths.map(|path| (path.clone(), change(path))).collect(),
    }
}

/// With a folder and a fault in its environment it is what the other tests start as a process.
#[test]
fn a_change_without_a_fault_is_made() {
    let own = old_project();
    let folder = std::env::var_os(PROJECT).map_or(own.path().to_owned(), PathBuf::from);
    let done = transaction::execute(&folder, &changes(&old(), &new()));
    if let Err(error) = done {
        eprintln!("error: {error}");
        std::process::exit(3);
    }
    assert_eq!(read(&folder), new());
}

fn run_child(folder: &Path, fault: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(CHILD)
        .env(PROJECT, folder)
        .env(FAULT, fault)
        .output()
        .unwrap()
}

fn old_project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path(), &old());
    folder
}

/// No file is torn, and none is lost, whatever else is there.
fn check_each_file(folder: &Path, at: &str) {
    let (old, new) = (old(), new());
    let found = read(folder);
    for path in old.keys().chain(new.keys()) {
        let there = found.get(path);
        assert!(
            there == old.get(path) || there == new.get(path),
            "{at}: `{path}` is neither old nor new"
        );
    }
}

#[test]
fn killed_at_any_step_the_project_is_old_or_new_after_the_next_run() {
    let (old, new) = (old(), new());
    let mut ends = BTreeMap::new();
    for step in 1.. {
        let folder = old_project();
        let output = run_child(folder.path(), &format!("kill:{step}"));
        if !was_killed(&output) {
            assert!(output.status.success(), "{}", stderr(&output));
            assert_eq!(read(folder.path()), new);
            break;
        }
        check_each_file(folder.path(), &format!("killed at {step}"));
        let is_promised = has_journal(folder.path());
        let finished = transaction::recover(folder.path()).unwrap();
        let found = read(folder.path());
        let is_new = found == new;
        assert!(is_new || found == old, "killed at {step}: {found:#?}");
        assert_eq!(finished.is_some_and(|it| it.finished_earlier), is_promised);
        assert!(is_new || !is_promised);
        *ends.entry(is_new).or_insert(0) += 1;
        // The same run again, whatever was left.
        let output = run_child(folder.path(), "");
        assert!(is_new || output.status.success(), "{}", stderr(&output));
        assert_eq!(read(folder.path()), new);
    }
    assert!(ends[&false] >= 8 && ends[&true] >= 8, "{ends:?}");
}

#[test]
fn killed_again_while_it_is_finished_it_is_finished_the_time_after() {
    let new = new();
    let mut interrupted = 0;
    for first in (1..).step_by(5) {
        let folder = old_project();
        if !was_killed(&run_child(folder.path(), &format!("kill:{first}"))) {
            break;
        }
        if !has_journal(folder.path()) {
            continue;
        }
        for second in 1.. {
            let copy = tempfile::tempdir().unwrap();
            lay_out(copy.path(), &read(folder.path()));
            if !was_killed(&run_child(copy.path(), &format!("kill:{second}"))) {
                break;
            }
            interrupted += 1;
            check_each_file(copy.path(), &format!("killed at {first}, then at {second}"));
            transaction::recover(copy.path()).unwrap();
            assert_eq!(
                read(copy.path()),
                new,
                "killed at {first}, then at {second}"
            );
        }
    }
    assert!(interrupted > 10, "{interrupted}");
}

#[test]
fn a_disk_that_fills_at_any_step_leaves_the_old_project_or_one_that_is_finished_later() {
    let (old, new) = (old(), new());
    let mut ends = BTreeMap::new();
    for step in 1.. {
        let folder = old_project();
        let output = run_child(folder.path(), &format!("full:{step}"));
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        check_each_file(folder.path(), &format!("full at {step}"));
        let is_begun = has_journal(folder.path());
        match is_begun {
            true => assert!(transaction::recover(folder.path()).unwrap().is_some()),
            false => assert_eq!(read(folder.path()), old, "full at {step}"),
        }
        let expected = if is_begun { &new } else { &old };
        assert_eq!(read(folder.path()), *expected, "full at {step}");
        *ends.entry(is_begun).or_insert(0) += 1;
    }
    assert!(ends[&false] >= 5 && ends[&true] >= 5, "{ends:?}");
}

/// Killed when the journal stands and no file is changed yet.
fn begun() -> TempDir {
    for step in 1.. {
        let folder = old_project();
        assert!(was_killed(&run_child(
            folder.path(),
            &format!("kill:{step}")
        )));
        if has_journal(folder.path()) {
            return folder;
        }
    }
    unreachable!()
}

#[test]
fn what_a_person_saved_since_the_interruption_is_set_aside() {
    let folder = begun();
    fs::write(folder.path().join("README.md"), "mine").unwrap();
    fs::write(folder.path().join("gone.txt"), "mine too").unwrap();
    let outcome = transaction::recover(folder.path()).unwrap().unwrap();
    let aside = ("README.md".to_owned(), "README.md.yours".to_owned());
    assert_eq!(outcome.set_aside, [aside]);
    let mut expected = new();
    expected.extend(files(&[
        ("README.md.yours", "mine"),
        ("gone.txt", "mine too"),
    ]));
    assert_eq!(read(folder.path()), expected);
}

#[test]
fn a_journal_that_leads_out_of_the_project_is_refused() {
    let folder = begun();
    let path = folder.path().join(".hybridge/transaction/journal");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("README.md", "../README.md")).unwrap();
    let error = transaction::recover(folder.path()).unwrap_err();
    let Error::State(StateError::Broken { path: of, why }) = error else {
        panic!("{error}");
    };
    assert_eq!(of, path);
    assert_eq!(
        why.to_string(),
        "`../README.md` is not a path in the project"
    );
}

#[test]
fn what_changed_since_it_was_looked_at_is_told_and_nothing_is_written() {
    let folder = old_project();
    fs::write(folder.path().join("run"), "edited meanwhile").unwrap();
    let before = read(folder.path());
    let error = transaction::execute(folder.path(), &changes(&old(), &new())).unwrap_err();
    assert!(matches!(error, Error::ChangedMeanwhile { path } if path == "run"));
    assert_eq!(read(folder.path()), before);
}

#[test]
fn links_and_folders_in_the_way_are_told_and_nothing_is_written() {
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = old_project();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("services/trends")).unwrap();
    let before = read(folder.path());
    let error = transaction::execute(folder.path(), &changes(&old(), &new())).unwrap_err();
    let expected =
        "`services/trends` is a symbolic link, where a folder should be; nothing was written";
    assert_eq!(error.to_string(), expected);
    fs::remove_file(folder.path().join("services/trends")).unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let error = transaction::execute(folder.path(), &changes(&old(), &new())).unwrap_err();
    let expected = "`empty` is a folder, where a file should be; nothing was written";
    assert_eq!(error.to_string(), expected);
    fs::remove_dir(folder.path().join("empty")).unwrap();
    let after: Vec<_> = read(folder.path()).into_keys().collect();
    let before: Vec<_> = before
        .into_keys()
        .filter(|it| it != "services/trends/")
        .collect();
    assert_eq!(after, before);
    assert!(read(elsewhere.path()).is_empty());
}

#[test]
fn two_at_once_do_not_mix() {
    let folder = old_project();
    let lock = fs::File::create(folder.path().join(".hybridge/lock")).unwrap();
    lock.lock().unwrap();
    let error = transaction::execute(folder.path(), &changes(&old(), &new())).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    drop(lock);
    transaction::execute(folder.path(), &changes(&old(), &new())).unwrap();
    assert_eq!(read(folder.path()), new());
}

#[test]
fn nothing_to_do_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let same = files(&[("a", "same")]);
    lay_out(folder.path(), &same);
    transaction::execute(folder.path(), &changes(&same, &same)).unwrap();
    assert!(!folder.path().join(".hybridge").exists());
}

/// On a file system that is really full.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_really_full_leaves_the_old_project() {
    let folder = tempfile::tempdir().unwrap();
    let old_at = tempfile::tempdir().unwrap();
    lay_out(old_at.path(), &old());
    let script = format!(
        "mount -t tmpfs -o size=128k tmpfs {to}; cp -a {from}/. {to}; code=0
         {child} {arguments} || code=$?
         diff -r --exclude lock {from} {to} && echo same
         ls -A {to}/.hybridge; echo $code",
        to = folder.path().display(),
        from = old_at.path().display(),
        child = std::env::current_exe().unwrap().display(),
        arguments = CHILD.join(" "),
    );
    let allowed = Command::new("unshare").args(["--mount", "true"]).status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("not run: mounting a file system of one's own needs root");
        assert!(
            std::env::var_os("CI").is_none(),
            "with CI set, nothing is left out"
        );
        return;
    }
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-euc", &script])
        .env(PROJECT, folder.path())
        .output()
        .unwrap();
    let end: Vec<String> = stdout(&output)
        .lines()
        .rev()
        .take(4)
        .map(str::to_owned)
        .collect();
    assert_eq!(
        end,
        ["3", "state.json", "lock", "same"],
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).contains("No space left on device"));
}
