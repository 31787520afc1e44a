//! The first commit of a new project: all of it, by whoever makes it, and nobody's repository but its own.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use snapbox::str;
use support::scratch::printed;
use support::{command, stderr, stdout};

const NEW: [&str; 4] = ["new", "shop", "--yes", "--no-lock"];

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_first_commit_holds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    git(other.path(), &["init", "--quiet"]);
    let output = command(folder.path(), &NEW)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        // As in a hook of another repository.
        .env("GIT_DIR", other.path().join(".git"))
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let shop = folder.path().join("shop");
    assert_eq!(git(&shop, &["status", "--porcelain", "--ignored"]), "");
    assert_eq!(
        git(&shop, &["log", "--format=%s"]),
        format!("Lay out shop with hybridge {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// Whatever a person's git ignores everywhere, and whatever services are called.
#[test]
fn the_first_commit_holds_what_a_person_ignores_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("ignored"),
        ".env*\ntools\n.github\n*.lock\n",
    )
    .unwrap();
    let config = format!(
        "[user]\nname = A\nemail = a@example.org\n[core]\nexcludesFile = {}\n",
        folder.path().join("ignored").display()
    );
    fs::write(folder.path().join("config"), config).unwrap();
    let services = ["gateway:gateway", "data:worker", "coverage:worker"];
    let flags: Vec<&str> = services.iter().flat_map(|it| ["--service", it]).collect();
    for into in ["shop", "there"] {
        if into == "there" {
            fs::create_dir(folder.path().join(into)).unwrap();
        }
        let arguments = [&NEW[..], &["--into", into], &flags].concat();
        let output = command(folder.path(), &arguments)
            .env("GIT_CONFIG_GLOBAL", folder.path().join("config"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let project = folder.path().join(into);
        assert_eq!(git(&project, &["status", "--porcelain"]), "");
        assert_eq!(
            git(
                &project,
                &["ls-files", "--cached", "--ignored", "--exclude-standard"]
            ),
            ""
        );
        let files = git(&project, &["ls-files"]);
        for file in [
            ".env.example",
            "tools/dev.ts",
            "services/coverage/pyproject.toml",
            "services/data/pyproject.toml",
        ] {
            assert!(files.lines().any(|line| line == file), "{file}: {files}");
        }
        assert!(!files.lines().any(|line| line == ".hybridge/lock"));
    }
}

#[test]
fn without_an_identity_there_is_no_commit_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut new = command(folder.path(), &NEW);
    new.env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env_remove("GIT_AUTHOR_NAME")
        .env_remove("GIT_AUTHOR_EMAIL");
    printed(new, folder.path())
        .success()
        .stdout_eq("")
        .stderr_eq(str![[r#"
done: [..] files in `shop`
note: no first commit: git has no `user.name` and `user.email`
Next:
  cd shop
  make dev    # starts it all, without Docker

"#]]);
    assert!(!folder.path().join("shop/.git").exists());
}

/// Such as one of another owner, into which git does not look.
#[test]
fn a_repository_that_git_cannot_read_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join(".git");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("HEAD"), "no reference").unwrap();
    let mut new = command(folder.path(), &[&NEW[..], &["--into", "."]].concat());
    new.env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org");
    printed(new, folder.path())
        .success()
        .stdout_eq("")
        .stderr_eq(str![[r#"
done: [..] files in `.`
note: no first commit: the folder is inside a git work tree already
Next:
  make dev    # starts it all, without Docker

"#]]);
    assert_eq!(
        fs::read_to_string(inside.join("HEAD")).unwrap(),
        "no reference"
    );
    assert_eq!(fs::read_dir(inside).unwrap().count(), 1);
}

/// Killed after the journal stood: the next run finishes it, the commit among it.
#[cfg(unix)]
#[test]
fn a_run_that_finishes_an_interrupted_one_commits_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let start = |into: &str, fault: &str, further: &[&str]| {
        command(folder.path(), &NEW)
            .args(["--into", into])
            .args(further)
            .env("HYBRIDGE_FAULT", fault)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.org")))
            .output()
            .unwrap()
    };
    let interrupted = |into: &str| {
        fs::create_dir(folder.path().join(into)).unwrap();
        for step in (700..).step_by(60) {
            start(into, &format!("kill:{step}"), &[]);
            if support::faults::has_journal(&folder.path().join(into)) {
                return folder.path().join(into);
            }
        }
        unreachable!()
    };
    let finished = interrupted("finished");
    let output = start("finished", "", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(git(&finished, &["status", "--porcelain"]), "");
    let subject = git(&finished, &["log", "--format=%s"]);
    let expected = format!("Lay out shop with hybridge {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(subject, expected);
    // Asked for none, it makes none.
    let without = interrupted("without");
    let output = start("without", "", &["--no-git"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!without.join(".git").exists());
}
