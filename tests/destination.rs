//! `hybridge new` and the disk: a project stands there whole or not at all.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use snapbox::cmd::OutputAssert;
use snapbox::str;
use support::scratch::{Scratch, printed};
use support::{command, stderr, stdout};

const QUICK: [&str; 3] = ["--yes", "--no-lock", "--no-git"];

fn new(scratch: &Scratch, more: &[&str]) -> OutputAssert {
    scratch.run(&[&["new"], more, &QUICK].concat())
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
    let scratch = Scratch::new();
    new(&scratch, &["shop"]).success().stdout_eq("");
    assert_eq!(entries(scratch.path()), ["shop"]);
    assert!(scratch.path().join("shop/hybridge.yaml").is_file());
    assert!(scratch.path().join("shop/.hybridge/state.json").is_file());
}

#[test]
fn a_taken_folder_is_named_and_left_alone() {
    let names = ["shop/a.txt", "shop/b.txt", "shop/c.txt", "shop/d.txt"];
    let scratch = Scratch::with(&names.map(|name| (name, name)));
    let before = scratch.files();
    new(&scratch, &["shop"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `shop` is not empty: it holds `a.txt`, `b.txt`, `c.txt` and 1 more
hint: choose another name or `--into` another folder; nothing in it was touched

"#]]);
    assert_eq!(scratch.files(), before);
}

#[test]
fn an_empty_folder_is_taken_and_a_file_is_not() {
    let scratch = Scratch::with(&[("empty/", ""), ("file", "mine")]);
    new(&scratch, &["empty"]).success();
    let before = scratch.files();
    new(&scratch, &["file"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `file` is a file, not a new folder
hint: give a name that is free

"#]]);
    assert_eq!(scratch.files(), before);
}

#[test]
fn the_folder_where_a_person_is_and_a_new_repository_are_taken_and_stay() {
    let scratch = Scratch::new();
    new(&scratch, &["shop"]).success();
    let expected = entries(&scratch.path().join("shop"));
    for (name, holds, refused) in [
        (
            "here",
            None,
            str![[r#"
error: `.` is not empty: it holds `.editorconfig`, `.env.example`, `.gitattributes` and [..] more
hint: choose another name or `--into` another folder; nothing in it was touched

"#]],
        ),
        (
            "cloned",
            Some(".git"),
            str![[r#"
error: `.` is not empty: it holds `.editorconfig`, `.env.example`, `.gitattributes` and [..] more
hint: choose another name or `--into` another folder; nothing in it was touched

"#]],
        ),
    ] {
        let here = scratch.path().join(name);
        fs::create_dir(&here).unwrap();
        if let Some(inside) = holds {
            fs::create_dir(here.join(inside)).unwrap();
        }
        let words = [&["new", "shop", "--into", "."][..], &QUICK].concat();
        scratch.run_in(name, &words).success();
        let mut there = entries(&here);
        there.retain(|entry| Some(entry.as_str()) != holds);
        assert_eq!(there, expected);
        scratch
            .run_in(name, &words)
            .code(1)
            .stdout_eq("")
            .stderr_eq(refused);
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_not_followed() {
    let scratch = Scratch::with(&[("elsewhere/", "")]);
    std::os::unix::fs::symlink("elsewhere", scratch.path().join("shop")).unwrap();
    new(&scratch, &["shop"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: `shop` is a symbolic link, not a new folder
hint: give a name that is free

"#]]);
    assert_eq!(entries(&scratch.path().join("elsewhere")), [""; 0]);
}

#[test]
fn a_missing_parent_is_told() {
    let scratch = Scratch::new();
    new(&scratch, &["shop", "--into", "no/such/shop"])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: there is no folder `no/such` to make `no/such/shop` in
hint: make it first: `mkdir -p no/such`

"#]]);
    assert_eq!(entries(scratch.path()), [""; 0]);
}

#[test]
fn a_folder_in_which_another_run_is_at_work_is_left_to_it() {
    let scratch = Scratch::with(&[(".hybridge/", "")]);
    let lock = fs::File::create(scratch.path().join(".hybridge/lock")).unwrap();
    lock.lock().unwrap();
    new(&scratch, &["shop", "--into", "."])
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: another hybridge is at work in `.`
hint: wait until it is done

"#]]);
    assert_eq!(entries(scratch.path()), [".hybridge"]);
    drop(lock);
    new(&scratch, &["shop", "--into", "."]).success();
}

#[cfg(unix)]
#[test]
fn a_path_is_printed_without_what_moves_the_cursor() {
    let into = "a\nb\u{1b}[2J";
    let scratch = Scratch::new();
    let output = new(&scratch, &["shop", "--into", into]).success();
    // Byte for byte: what compares whole outputs takes one kind of slash for the other.
    let said = stderr(output.get_output());
    let mut lines = said.lines();
    let done = lines.next().unwrap();
    let (_, place) = done.split_once(" files in ").unwrap();
    assert_eq!(place, "`a\\nb\\u{1b}[2J`");
    assert_eq!(lines.nth(1), Some("  cd $'a\\012b\\033[2J'"), "{said}");
}

/// Runs a shell script as root in a mount namespace of its own; `None` where that is not allowed.
#[cfg(target_os = "linux")]
fn mounted(folder: &Path, script: &str) -> Option<OutputAssert> {
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
    let mut shell = Command::new("unshare");
    shell
        .args(["--mount", "sh", "-euc", script])
        .env("NO_COLOR", "1");
    Some(printed(shell, folder))
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let script = format!(
        "mount -t tmpfs -o size=64k tmpfs {dir}; cd {dir}; code=0
         {binary} new shop --yes --no-lock --no-git || code=$?
         echo \"code $code, left: $(ls -A {dir})\"",
        dir = scratch.path().display(),
        binary = env!("CARGO_BIN_EXE_hybridge"),
    );
    let Some(output) = mounted(scratch.path(), &script) else {
        return;
    };
    output
        .success()
        .stdout_eq("code 1, left: \n")
        .stderr_eq(str![[r#"
error: a file cannot be written at `shop/[..]`: No space left on device (os error 28)
hint: free some space and run the same command again; what was begun is removed

"#]]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_mount_point_is_taken() {
    let scratch = Scratch::new();
    let script = format!(
        "mount -t tmpfs tmpfs {dir}; cd /; {binary} new shop --yes --no-lock --no-git --into {dir}
         ls -A {dir} | grep -c . ; cat {dir}/hybridge.yaml | grep name:",
        dir = scratch.path().display(),
        binary = env!("CARGO_BIN_EXE_hybridge"),
    );
    let Some(output) = mounted(scratch.path(), &script) else {
        return;
    };
    output.success().stdout_eq(str![[r#"
[..]
name: shop

"#]]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk_is_told() {
    let scratch = Scratch::new();
    let script = format!(
        "mount -t tmpfs tmpfs {dir}; mount -o remount,ro {dir}; cd {dir}; code=0
         {binary} new shop --yes --no-lock --no-git || code=$?
         echo \"code $code\"",
        dir = scratch.path().display(),
        binary = env!("CARGO_BIN_EXE_hybridge"),
    );
    let Some(output) = mounted(scratch.path(), &script) else {
        return;
    };
    output
        .success()
        .stdout_eq("code 1\n")
        .stderr_eq(str![[r#"
error: the project cannot be written at `shop`: Read-only file system (os error 30) at path "[FOLDER]/./.hybridge-[..]"

"#]]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_writing_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let services: Vec<String> = (0..400)
        .map(|n| format!("  s{n}: {{ kind: analytics }}\n"))
        .collect();
    let page = format!("hybridge: 1\nname: big\nservices:\n{}", services.concat());
    fs::write(scratch.path().join("big.yaml"), page).unwrap();
    let mut child = command(
        scratch.path(),
        &["new", "--from", "big.yaml", "--no-lock", "--no-git"],
    )
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    // As soon as the folder for what is begun is there, the writing is under way.
    while entries(scratch.path()).len() < 2 {
        assert_eq!(child.try_wait().unwrap(), None, "it ended without writing");
        thread::sleep(Duration::from_millis(1));
    }
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(signal.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert_eq!(entries(scratch.path()), ["big.yaml"]);
}

#[cfg(unix)]
#[test]
fn files_are_readable_as_the_umask_says_and_scripts_can_run() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new();
    let script = format!(
        "umask 022; {} new shop --yes --no-lock --no-git",
        env!("CARGO_BIN_EXE_hybridge")
    );
    let status = Command::new("sh")
        .args(["-c", &script])
        .current_dir(scratch.path())
        .status()
        .unwrap();
    assert!(status.success());
    let mode = |path: &str| {
        fs::metadata(scratch.path().join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("shop"), 0o755);
    assert_eq!(mode("shop/README.md"), 0o644);
    let state = fs::read_to_string(scratch.path().join("shop/.hybridge/state.json")).unwrap();
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
    let scratch = Scratch::new();
    // The files are those of the templates.
    new(&scratch, &["shop", "--dry-run"])
        .success()
        .stdout_eq(str![[r#"
shop/
...
[..] files, [..] bytes

"#]])
        .stderr_eq("");
    let json = new(&scratch, &["shop", "--dry-run", "--json"]).success();
    let plan: serde_json::Value = serde_json::from_str(&stdout(json.get_output())).expect("JSON");
    let files = plan["files"].as_array().unwrap();
    assert_eq!(entries(scratch.path()), [""; 0]);

    new(&scratch, &["shop"]).success();
    for file in files {
        let path = scratch
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
    let written = || {
        let scratch = Scratch::new();
        new(&scratch, &["shop"]).success();
        scratch.files()
    };
    assert!(written() == written());
}
