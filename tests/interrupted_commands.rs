//! A command that is interrupted at any step, or whose disk fills, leaves the old project or the new one, whole,
//! after the next run at the latest.

#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use hybridge::project::transaction;
use snapbox::{assert_data_eq, str};
use support::faults::{FAULT, has_journal, was_killed};
use support::trees::{lay_out, read};
use support::{command, hybridge, stderr, stdout};
use tempfile::TempDir;

fn with_fault(folder: &Path, arguments: &[&str], fault: &str) -> Output {
    command(folder, arguments)
        .env(FAULT, fault)
        .output()
        .unwrap()
}

const NEW: [&str; 5] = ["new", "shop", "--yes", "--no-lock", "--no-git"];

#[test]
fn new_that_is_killed_leaves_no_project_or_a_whole_one_and_the_next_one_tidies_up() {
    let whole = tempfile::tempdir().unwrap();
    assert!(hybridge(whole.path(), &NEW).status.success());
    let whole = read(&whole.path().join("shop"));
    // Folder, files, rename, removal of the folder beside.
    let last = whole.len() + 3;
    let steps = (1..last - 2).step_by(97).chain(last - 2..=last);
    for step in steps {
        let folder = tempfile::tempdir().unwrap();
        let output = with_fault(folder.path(), &NEW, &format!("kill:{step}"));
        assert!(was_killed(&output), "{step}: {}", stderr(&output));
        let shop = folder.path().join("shop");
        match step == last {
            true => assert_eq!(read(&shop), whole),
            false => assert!(!shop.exists(), "killed at {step}"),
        }
        let other = [&["new", "other"], &NEW[2..]].concat();
        let output = hybridge(folder.path(), &other);
        assert!(output.status.success(), "{}", stderr(&output));
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        let expected: &[&str] = if step == last {
            &["other", "shop"]
        } else {
            &["other"]
        };
        assert_eq!(left, expected, "killed at {step}");
    }
}

#[test]
fn a_folder_of_a_person_that_is_named_like_one_of_an_interrupted_run_stays() {
    let folder = tempfile::tempdir().unwrap();
    assert!(hybridge(folder.path(), &NEW).status.success());
    let copy = folder.path().join(".hybridge-backup");
    let own = read(&folder.path().join("shop/.hybridge"));
    lay_out(&copy, &own);
    fs::write(copy.join("lock"), "").unwrap();
    let before = read(&copy);
    let other = [&["new", "other"], &NEW[2..]].concat();
    assert!(hybridge(folder.path(), &other).status.success());
    assert_eq!(read(&copy), before);
}

/// A folder that takes no time to be flushed, where the system has one.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

#[test]
fn new_into_a_folder_that_is_killed_is_undone_or_finished_by_the_next_one() {
    let here = [&NEW[..], &["--into", "."]].concat();
    let whole = in_memory();
    assert!(hybridge(whole.path(), &here).status.success());
    let whole = read(whole.path());
    let (mut undone, mut finished) = (0, 0);
    for step in (1..).step_by(97) {
        let folder = in_memory();
        if !was_killed(&with_fault(folder.path(), &here, &format!("kill:{step}"))) {
            break;
        }
        let is_promised = has_journal(folder.path());
        let is_there = folder.path().join("hybridge.yaml").exists() && !is_promised;
        let output = hybridge(folder.path(), &here);
        assert_eq!(output.status.success(), !is_there, "killed at {step}");
        assert_eq!(read(folder.path()), whole, "killed at {step}");
        *if is_promised {
            &mut finished
        } else {
            &mut undone
        } += 1;
    }
    assert!(undone > 3 && finished > 2, "{undone}, {finished}");
}

#[test]
fn new_on_a_disk_that_fills_leaves_nothing_behind() {
    for step in [1, 2, 200] {
        let folder = tempfile::tempdir().unwrap();
        let output = with_fault(folder.path(), &NEW, &format!("full:{step}"));
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert_data_eq!(
            stderr(&output),
            str![[r#"
error: [..] cannot be written at `[..]`: no storage space
hint: free some space and run the same command again; what was begun is removed

"#]]
        );
        assert!(read(folder.path()).is_empty(), "full at {step}");
    }
}

#[test]
fn pack_lock_that_is_killed_at_any_step_is_finished_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = hybridge(folder.path(), arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    run(&["pack", "new", "acme"]);
    run(&[&NEW[..], &["--pack", "acme"]].concat());
    let manifest = folder.path().join("acme/pack.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("version: 0.1.0", "version: 0.2.0")).unwrap();
    let shop = folder.path().join("shop");
    let old = read(&shop);
    let lock = ["pack", "lock", "shop/hybridge.yaml"];
    let shown = run(&[&lock[..], &["--dry-run"]].concat());
    let expected = "project\n  update   .hybridge/packs.json (what hybridge remembers)\n  update   \
                    .hybridge/state.json (what hybridge remembers)\n";
    assert_eq!(shown, expected);
    assert_eq!(read(&shop), old, "nothing is written when it is only shown");
    run(&lock);
    let new = read(&shop);
    assert_ne!(old, new);
    let shown = run(&[&lock[..], &["--dry-run", "--json"]].concat());
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    for path in [".hybridge/packs.json", ".hybridge/state.json"] {
        assert_eq!(shown[path]["action"], "keep", "{shown:#}");
    }
    let mut killed = 0;
    for step in 1.. {
        fs::remove_dir_all(&shop).unwrap();
        lay_out(&shop, &old);
        if !was_killed(&with_fault(folder.path(), &lock, &format!("kill:{step}"))) {
            break;
        }
        killed += 1;
        let is_promised = has_journal(&shop);
        let found = transaction::recover(&shop).map(|_| read(&shop)).unwrap();
        assert!(
            found == new || (found == old && !is_promised),
            "killed at {step}"
        );
        run(&lock);
        assert_eq!(read(&shop), new, "killed at {step}");
    }
    assert!(killed >= 8, "{killed}");
}
