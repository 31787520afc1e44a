//! `hybridge new` and the disk: a project stands there whole or not at all.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{command, hybridge, stderr, stdout};
use tempfile::TempDir;

const QUICK: [&str; 3] = ["--yes", "--no-lock", "--no-git"];

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn new(folder: &Path, more: &[&str]) -> std::process::Output {
    hybridge(folder, &[&["new"], more, &QUICK].concat())
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_new_project_is_all_that_appears() {
    let folder = folder();
    let output = new(folder.path(), &["shop"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(entries(folder.path()), ["shop"]);
    assert!(folder.path().join("shop/hybridge.yaml").is_file());
    assert!(folder.path().join("shop/.hybridge/state.json").is_file());
}

#[test]
fn a_taken_folder_is_named_and_left_alone() {
    let folder = folder();
    let shop = folder.path().join("shop");
    fs::create_dir(&shop).unwrap();
    for name in ["a.txt", "b.txt", "c.txt", "d.txt"] {
        fs::write(shop.join(name), name).unwrap();
    }
    let output = new(folder.path(), &["shop"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output)
            .contains("`shop` is not empty: it holds `a.txt`, `b.txt`, `c.txt` and 1 more")
    );
    assert_eq!(entries(&shop), ["a.txt", "b.txt", "c.txt", "d.txt"]);
    assert_eq!(entries(folder.path()), ["shop"]);
}

#[test]
fn an_empty_folder_is_taken_and_a_file_is_not() {
    let folder = folder();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("file"), "mine").unwrap();
    assert!(new(folder.path(), &["empty"]).status.success());
    let output = new(folder.path(), &["file"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("`file` is a file, not a new folder"),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("file")).unwrap(),
        "mine"
    );
}

#[test]
fn the_folder_where_a_person_is_and_a_new_repository_are_taken_and_stay() {
    let folder = folder();
    assert!(new(folder.path(), &["shop"]).status.success());
    let expected = entries(&folder.path().join("shop"));
    for (name, holds) in [("here", None), ("cloned", Some(".git"))] {
        let here = folder.path().join(name);
        fs::create_dir(&here).unwrap();
        if let Some(inside) = holds {
            fs::create_dir(here.join(inside)).unwrap();
        }
        let output = new(&here, &["shop", "--into", "."]);
        assert!(output.status.success(), "{}", stderr(&output));
        let mut there = entries(&here);
        there.retain(|entry| Some(entry.as_str()) != holds);
        assert_eq!(there, expected);
        let again = new(&here, &["shop", "--into", "."]);
        assert!(
            stderr(&again).contains("`.` is not empty"),
            "{}",
            stderr(&again)
        );
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_not_followed() {
    let folder = folder();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", folder.path().join("shop")).unwrap();
    let output = new(folder.path(), &["shop"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("`shop` is a symbolic link, not a new folder"));
    assert_eq!(entries(&folder.path().join("elsewhere")), [""; 0]);
}

#[test]
fn a_missing_parent_is_told() {
    let folder = folder();
    let output = new(folder.path(), &["shop", "--into", "no/such/shop"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "error: there is no folder `no/such` to make `no/such/shop` in\nhint: make it first: `mkdir -p no/such`\n"
    );
    assert_eq!(entries(folder.path()), [""; 0]);
}

#[test]
fn a_folder_in_which_another_run_is_at_work_is_left_to_it() {
    let folder = folder();
    fs::create_dir(folder.path().join(".hybridge")).unwrap();
    let lock = fs::File::create(folder.path().join(".hybridge/lock")).unwrap();
    lock.lock().unwrap();
    let output = new(folder.path(), &["shop", "--into", "."]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "error: another hybridge is at work in `.`\nhint: wait until it is done\n"
    );
    assert_eq!(entries(folder.path()), [".hybridge"]);
    drop(lock);
    let output = new(folder.path(), &["shop", "--into", "."]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_path_is_printed_without_what_moves_the_cursor() {
    let folder = folder();
    let output = new(folder.path(), &["shop", "--into", "a\nb\u{1b}[2J"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("files in `a\\nb\\u{1b}[2J`\n"), "{said}");
    assert!(said.contains("  cd $'a\\012b\\033[2J'\n"), "{said}");
}

/// Runs a shell script as root in a mount namespace of its own; `None` where that is not allowed.
#[cfg(target_os = "linux")]
fn mounted(script: &str) -> Option<std::process::Output> {
    let allowed = Command::new("unshare")
        .args(["--mount", "true"])
        .stderr(Stdio::null())
        .status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("not run: mounting a file system of one's own needs root");
        assert!(
            std::env::var_os("CI").is_none(),
            "with CI set, nothing is left out"
        );
        return None;
    }
    Some(
        Command::new("unshare")
            .args(["--mount", "sh", "-euc", script])
            .output()
            .expect("unshare runs"),
    )
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_behind() {
    let folder = folder();
    let script = format!(
        "mount -t tmpfs -o size=64k tmpfs {dir}; cd {dir}; code=0
         {binary} new shop --yes --no-lock --no-git || code=$?
         echo \"code $code, left: $(ls -A {dir})\"",
        dir = folder.path().display(),
        binary = env!("CARGO_BIN_EXE_hybridge"),
    );
    let Some(output) = mounted(&script) else {
        return;
    };
    assert_eq!(stdout(&output), "code 1, left: \n", "{}", stderr(&output));
    assert!(
        stderr(&output).contains("No space left on device"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).contains("hint: free some space"),
        "{}",
        stderr(&output)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_mount_point_is_taken() {
    let folder = folder();
    let script = format!(
        "mount -t tmpfs tmpfs {dir}; cd /; {binary} new shop --yes --no-lock --no-git --into {dir}
         ls -A {dir} | grep -c . ; cat {dir}/hybridge.yaml | grep name:",
        dir = folder.path().display(),
        binary = env!("CARGO_BIN_EXE_hybridge"),
    );
    let Some(output) = mounted(&script) else {
        return;
    };
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stdout(&output).ends_with("\nname: shop\n"),
        "{}",
        stdout(&output)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk_is_told() {
    let folder = folder();
    let script = format!(
        "mount -t tmpfs tmpfs {dir}; mount -o remount,ro {dir}; cd {dir}; code=0
         {binary} new shop --yes --no-lock --no-git || code=$?
         echo \"code $code\"",
        dir = folder.path().display(),
        binary = env!("CARGO_BIN_EXE_hybridge"),
    );
    let Some(output) = mounted(&script) else {
        return;
    };
    assert_eq!(stdout(&output), "code 1\n", "{}", stderr(&output));
    assert!(
        stderr(&output).contains("Read-only file system"),
        "{}",
        stderr(&output)
    );
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_writing_leaves_nothing_behind() {
    let folder = folder();
    let services: Vec<String> = (0..400)
        .map(|n| format!("  s{n}: {{ kind: analytics }}\n"))
        .collect();
    let page = format!("hybridge: 1\nname: big\nservices:\n{}", services.concat());
    fs::write(folder.path().join("big.yaml"), page).unwrap();
    let mut child = command(
        folder.path(),
        &["new", "--from", "big.yaml", "--no-lock", "--no-git"],
    )
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    // As soon as the folder for what is begun is there, the writing is under way.
    let begun = Instant::now();
    while entries(folder.path()).len() < 2 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "nothing is written"
        );
        thread::sleep(Duration::from_millis(1));
    }
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(signal.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert_eq!(entries(folder.path()), ["big.yaml"]);
}

#[cfg(unix)]
#[test]
fn files_are_readable_as_the_umask_says_and_scripts_can_run() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let script = format!(
        "umask 022; {} new shop --yes --no-lock --no-git",
        env!("CARGO_BIN_EXE_hybridge")
    );
    let status = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    let mode = |path: &str| {
        fs::metadata(folder.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("shop"), 0o755);
    assert_eq!(mode("shop/README.md"), 0o644);
    let state = fs::read_to_string(folder.path().join("shop/.hybridge/state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    assert!(
        state["files"]
            .as_object()
            .unwrap()
            .contains_key("README.md")
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = folder();
    let shown = new(folder.path(), &["shop", "--dry-run"]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert!(stdout(&shown).starts_with("shop/\n"));
    let json = new(folder.path(), &["shop", "--dry-run", "--json"]);
    let plan: serde_json::Value = serde_json::from_str(&stdout(&json)).expect("JSON");
    let files = plan["files"].as_array().unwrap();
    assert_eq!(entries(folder.path()), [""; 0]);

    assert!(new(folder.path(), &["shop"]).status.success());
    for file in files {
        let path = folder
            .path()
            .join("shop")
            .join(file["path"].as_str().unwrap());
        assert_eq!(
            fs::metadata(&path).unwrap().len(),
            file["bytes"].as_u64().unwrap(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn the_same_command_writes_the_same_bytes() {
    let folder = folder();
    assert!(
        new(folder.path(), &["shop", "--into", "one"])
            .status
            .success()
    );
    assert!(
        new(folder.path(), &["shop", "--into", "two"])
            .status
            .success()
    );
    let status = Command::new("diff")
        .args(["-r", "one", "two"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
}
