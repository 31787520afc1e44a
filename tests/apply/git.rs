//! What git has to do with it: only what is committed can be changed, and nothing that a person tells git matters.

use std::fs;
#[cfg(unix)]
use std::path::Path;

use serde_json::Value;
use snapbox::str;

use crate::PAGE;
use crate::support::project::{Project, filter, git};
use crate::support::scratch::printed;
use crate::support::{command, hybridge, stderr, trees};

#[test]
fn it_refuses_while_something_is_not_committed_unless_told() {
    let project = Project::new(PAGE);
    project.commit();
    project.edit("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
    let before = project.all();
    project.prints(1, &["set", "links.books.via", "grpc"], str![[r#"
error: `README.md` changed since the last commit
hint: commit it first, so that you can look at what hybridge changes apart from it, or say `--allow-dirty`

"#]]);
    assert_eq!(project.all(), before);
    // Looking is free, and so is what git does not track and the page itself.
    project.run(&["set", "links.books.via", "grpc", "--dry-run"]);
    project.run(&["apply", "--check"]);
    project.run(&["set", "links.books.via", "grpc", "--allow-dirty"]);
    project.commit();
    project.write("notes.md", "mine\n");
    project.edit("hybridge.yaml", "via: grpc", "via: rest");
    project.run(&["apply"]);
    project.assert_edited("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
}

#[test]
fn settings_of_a_person_are_no_moved_file_also_where_git_knows_them() {
    let project = Project::new(PAGE);
    let settings = project.read(".env.example");
    project.write(".gitignore", "node_modules/\n");
    project.rename(".env.example", ".env");
    project.commit();
    project.run(&["set", "links.books.via", "kafka"]);
    assert_eq!(project.read(".env"), settings);
    assert!(!project.has(".env.example"));
}

#[test]
fn a_project_in_a_folder_of_a_repository_looks_at_that_folder_alone() {
    let around = tempfile::tempdir().unwrap();
    let project = Project::new(PAGE);
    let inside = around.path().join("backend/shop");
    fs::create_dir(around.path().join("backend")).unwrap();
    fs::rename(project.path(), &inside).unwrap();
    fs::write(around.path().join("other.txt"), "one\n").unwrap();
    git(around.path(), &["init", "--quiet"]);
    git(around.path(), &["add", "--all"]);
    git(
        around.path(),
        &["commit", "--quiet", "--message", "as it is"],
    );
    fs::write(around.path().join("other.txt"), "two\n").unwrap();
    let output = hybridge(&inside, &["set", "links.books.via", "grpc"]);
    assert!(output.status.success(), "{}", stderr(&output));
    // Which file that is changes with the templates; neither is it `other.txt`, nor is it seen from the root.
    printed(
        command(&inside, &["set", "links.books.via", "rest"]),
        around.path(),
    )
    .code(1)
    .stdout_eq("")
    .stderr_eq(str![[r#"
error: `.env.example` and [..] more changed since the last commit
hint: commit it first, so that you can look at what hybridge changes apart from it, or say `--allow-dirty`

"#]]);
}

/// What git calls at some time or other.
#[cfg(unix)]
const HOOKS: [&str; 14] = [
    "applypatch-msg",
    "pre-applypatch",
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-merge-commit",
    "post-merge",
    "post-checkout",
    "post-rewrite",
    "post-index-change",
    "pre-auto-gc",
    "reference-transaction",
    "fsmonitor-watchman",
];

/// Programs in a folder that fail, and leave the file `called` beside themselves.
#[cfg(unix)]
fn failing(folder: &Path, names: &[&str]) {
    use std::os::unix::fs::PermissionsExt;
    let called = folder.join("called");
    fs::create_dir_all(folder).unwrap();
    for name in names {
        let program = folder.join(name);
        let text = format!("#!/bin/sh\ntouch {}\nexit 1\n", called.display());
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Everything that git can be told to do on the way.
#[cfg(unix)]
#[test]
fn nothing_that_a_person_tells_git_changes_the_result() {
    let plain = Project::new(PAGE);
    plain.run(&["set", "links.books.via", "grpc"]);
    let project = Project::new(PAGE);
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join("program");
    let called = home.path().join("called");
    failing(home.path(), &["program"]);
    failing(home.path(), &HOOKS);
    let config = format!(
        "[core]\n\tautocrlf = true\n\tfsmonitor = {0}\n\thooksPath = {1}\n[merge]\n\tconflictStyle = diff3\n\
         [diff]\n\texternal = {0}\n\tnoprefix = true\n[status]\n\tshowUntrackedFiles = all\n[alias]\n\tstatus = {0}\n",
        program.display(),
        home.path().display(),
    );
    fs::write(home.path().join("config"), config).unwrap();
    project.commit();
    let mut command = command(&project.path(), &["set", "links.books.via", "grpc"]);
    command.env("GIT_CONFIG_GLOBAL", home.path().join("config"));
    // As in a hook of another repository.
    command
        .env("GIT_DIR", home.path().join("nowhere"))
        .env("GIT_INDEX_FILE", "x");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!called.exists());
    trees::assert_same(&project.files(), &plain.files());
}

/// Hooks of the repository, and filters by which git stores something else than what stands in the work tree.
#[cfg(unix)]
#[test]
fn hooks_and_filters_of_the_repository_change_nothing() {
    const TURN: &str = "tr A-Za-z N-ZA-Mn-za-m";
    const LOCAL: &str = "mine := 1 # local\n";
    let new = || {
        let project = Project::new(PAGE);
        let attributes = "* filter=turned\n.gitattributes -filter\nMakefile filter=local\n";
        project.write(".gitattributes", attributes);
        project.edit("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
        project
    };
    // What a filter keeps out of every commit is as much the person's as all else.
    let keep = |project: &Project| {
        let text = project.read("Makefile");
        project.write("Makefile", &format!("{LOCAL}{text}"));
    };
    let plain = new();
    keep(&plain);
    plain.run(&["set", "links.books.via", "grpc"]);
    let project = new();
    project.git(&["init", "--quiet"]);
    filter(&project, "turned", TURN, TURN);
    filter(&project, "local", "sed '/# local$/d'", "cat");
    project.commit();
    keep(&project);
    let stored = project.git(&["show", "HEAD:README.md"]);
    assert_ne!(stored, project.read("README.md"));
    let hooks = project.path().join(".git/hooks");
    failing(&hooks, &HOOKS);
    project.run(&["set", "links.books.via", "grpc"]);
    assert!(!hooks.join("called").exists());
    trees::assert_same(&project.files(), &plain.files());
    assert!(project.read("Makefile").starts_with(LOCAL));
    project.assert_settled();
    fs::remove_dir_all(&hooks).unwrap();
    project.commit();
    // Where the filters are configured, a clone is the same project.
    let clone = Project::empty();
    let turned = format!("filter.turned.smudge={TURN}");
    let (from, to) = (project.path(), clone.path());
    let words = ["-c", &turned, "clone", "--quiet", from.to_str().unwrap()];
    git(
        from.parent().unwrap(),
        &[&words[..], &[to.to_str().unwrap()]].concat(),
    );
    filter(&clone, "turned", TURN, TURN);
    keep(&clone);
    trees::assert_same(&clone.files(), &project.files());
    clone.run(&["contract", "diff"]);
    clone.assert_settled();
}

#[cfg(unix)]
#[test]
fn a_filter_that_fails_keeps_git_from_telling_what_changed() {
    let project = Project::new(PAGE);
    project.commit();
    filter(&project, "broken", "cat >/dev/null; false", "cat");
    project.git(&["config", "filter.broken.required", "true"]);
    project.write(".git/info/attributes", "README.md filter=broken\n");
    let readme = project.read("README.md");
    project.write("README.md", &format!("{readme}mine\n"));
    let before = project.all();
    project.prints(
        1,
        &["set", "links.books.via", "grpc"],
        str![[r#"
error: git cannot tell what is committed: error: external filter [..]
...
hint: `--allow-dirty` does not ask git

"#]],
    );
    assert_eq!(project.all(), before);
    project.run(&["set", "links.books.via", "grpc", "--allow-dirty"]);
    assert!(project.read("README.md").ends_with("mine\n"));
}

/// Whatever a person's editor or checkout made of the ends of lines, git evens it out.
#[test]
fn a_file_that_git_calls_clean_is_no_change() {
    let project = Project::new(PAGE);
    project.write(".gitattributes", "* text=auto eol=lf\n");
    project.commit();
    let crlf = project.read("README.md").replace('\n', "\r\n");
    project.write("README.md", &crlf);
    assert_eq!(project.git(&["status", "--porcelain"]), " M README.md\n");
    assert_eq!(project.git(&["diff", "--name-only"]), "");
    project.run(&["set", "links.books.via", "grpc"]);
    // A change in it is one, with whatever ends of lines.
    project.commit();
    project.edit("README.md", "## Run it\r\n", "Ours.\r\n\r\n## Run it\r\n");
    project.prints(1, &["set", "links.books.via", "rest"], str![[r#"
error: `README.md` changed since the last commit
hint: commit it first, so that you can look at what hybridge changes apart from it, or say `--allow-dirty`

"#]]);
    // So is what is staged, though the work tree has it no longer.
    project.git(&["add", "README.md"]);
    project.edit("README.md", "Ours.\r\n\r\n## Run it\r\n", "## Run it\r\n");
    project.prints(1, &["set", "links.books.via", "rest"], str![[r#"
error: `README.md` changed since the last commit
hint: commit it first, so that you can look at what hybridge changes apart from it, or say `--allow-dirty`

"#]]);
}

/// By the list of the repository alone, or by the person's own for all repositories.
#[test]
fn what_is_ignored_outside_of_the_project_is_not_read() {
    for is_own in [false, true] {
        let project = Project::new(PAGE);
        project.commit();
        let home = tempfile::tempdir().unwrap();
        let list = match is_own {
            true => home.path().join("git/ignore"),
            false => project.path().join(".git/info/exclude"),
        };
        fs::create_dir_all(list.parent().unwrap()).unwrap();
        fs::write(list, "attic/\n").unwrap();
        project.rename("Makefile", "attic/Makefile");
        let before = project.read("attic/Makefile");
        let output = command(&project.path(), &["set", "links.books.via", "grpc"])
            .args(["--allow-dirty"])
            .env("XDG_CONFIG_HOME", home.path())
            .env("HOME", home.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(project.read("attic/Makefile"), before);
        let state: Value = serde_json::from_str(&project.read(".hybridge/state.json")).unwrap();
        assert_eq!(
            state["files"]["Makefile"]["moved_to"],
            Value::Null,
            "{is_own}"
        );
    }
}
