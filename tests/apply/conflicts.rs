//! What both changed in the same place, and a git repository around the project.

use std::fs;

use crate::PAGE;
use crate::support::project::{Project, git};
use crate::support::{command, hybridge, stderr};

const WIRING: &str = "services/edge/src/wiring.ts";

/// A person's version of a line that the transport decides, in a file of text.
fn edit_wiring(project: &Project) -> String {
    let text = project.read(WIRING);
    let line = text.lines().find(|line| line.contains("rest")).unwrap();
    let mine = format!("{line} // mine");
    project.write(WIRING, &text.replacen(line, &mine, 1));
    mine
}

#[test]
fn a_conflict_is_marked_listed_and_has_an_exit_code_of_its_own() {
    let project = Project::new(PAGE);
    let mine = edit_wiring(&project);
    let said = project.ends(3, &["set", "links.books.via", "grpc"]);
    let text = project.read(WIRING);
    let new = format!(">>>>>>> hybridge {}\n", env!("CARGO_PKG_VERSION"));
    for part in [
        "<<<<<<< yours\n",
        mine.as_str(),
        "=======\n",
        "grpc",
        new.as_str(),
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(
        said.contains(&format!("Conflicts:\n  {WIRING}: line ")),
        "{said}"
    );
    assert!(
        said.contains("error: 1 conflict for you to resolve\n"),
        "{said}"
    );
    // All else is written, and nothing goes on before it is decided.
    assert!(project.has("contracts/books.proto"));
    for arguments in [
        &["apply"][..],
        &["apply", "--check"],
        &["add", "service", "x:worker"],
    ] {
        let said = project.ends(1, arguments);
        assert!(
            said.contains("1 conflict of an earlier `hybridge apply` waits"),
            "{said}"
        );
    }
    let said = project.ends(1, &["apply", "--continue"]);
    assert!(
        said.contains(&format!("not resolved yet: `{WIRING}:")),
        "{said}"
    );
    let resolved = text
        .lines()
        .filter(|line| !line.starts_with(['<', '=', '>']) && *line != mine)
        .collect::<Vec<_>>()
        .join("\n");
    project.write(WIRING, &format!("{resolved}\n// {mine}\n"));
    let said = project.run(&["apply", "--continue"]);
    assert!(said.contains("all conflicts are resolved"), "{said}");
    project.assert_settled();
    assert!(project.read(WIRING).ends_with(&format!("// {mine}\n")));
    let said = project.ends(1, &["apply", "--continue"]);
    assert!(
        said.contains("no `hybridge apply` waits to be finished"),
        "{said}"
    );
}

#[test]
fn abort_makes_the_project_what_it_was_and_keeps_what_was_changed_since() {
    let project = Project::new(PAGE);
    edit_wiring(&project);
    project.run(&["apply", "--check"]);
    let before = project.all();
    project.ends(3, &["set", "links.books.via", "grpc"]);
    assert_ne!(project.all(), before);
    project.run(&["apply", "--abort"]);
    assert_eq!(project.all(), before);
    project.ends(3, &["set", "links.books.via", "grpc"]);
    let edited = format!("{}# since\n", project.read("compose.yaml"));
    project.write("compose.yaml", &edited);
    project.write("notes.md", "mine\n");
    let said = project.run(&["apply", "--abort"]);
    assert!(
        said.contains("`compose.yaml`, as you changed it since, is `compose.yaml.yours` now"),
        "{said}"
    );
    assert_eq!(project.read("compose.yaml.yours"), edited);
    assert_eq!(project.read("notes.md"), "mine\n");
    project.delete("compose.yaml.yours");
    project.delete("notes.md");
    assert_eq!(project.all(), before);
}

#[test]
fn a_file_that_marks_would_break_stays_whole_with_the_other_version_beside_it() {
    let project = Project::new(PAGE);
    let path = "services/edge/package.json";
    let line = project.read(path);
    let line = line
        .lines()
        .find(|line| line.contains("\"version\""))
        .unwrap()
        .to_owned();
    // A name that both change: the page gives the system another one.
    project.edit(path, "\"@shop/edge\"", "\"@ours/edge\"");
    project.edit("hybridge.yaml", "name: shop", "name: store");
    let said = project.ends(3, &["apply"]);
    let text = project.read(path);
    let value: serde_json::Value = serde_json::from_str(&text).expect("it parses");
    assert_eq!(value["name"], "@ours/edge", "{line}");
    assert!(
        text.contains("@store/gateway-runtime"),
        "the rest is merged: {text}"
    );
    let other = project.read(&format!("{path}.hybridge"));
    assert!(other.contains("\"@store/edge\""), "{other}");
    assert!(
        said.contains(&format!(
            "{path}: name; yours stands there, hybridge's is `{path}.hybridge`"
        )),
        "{said}"
    );
    let said = project.ends(1, &["apply", "--continue"]);
    assert!(
        said.contains(&format!("`{path}.hybridge` is still there")),
        "{said}"
    );
    project.delete(&format!("{path}.hybridge"));
    project.run(&["apply", "--continue"]);
    project.assert_settled();
    assert!(project.read(path).contains("@ours/edge"));
}

#[test]
fn a_file_of_a_person_where_a_new_one_belongs_stays() {
    let project = Project::new(PAGE);
    project.write("contracts/books.proto", "mine\n");
    let said = project.ends(3, &["set", "links.books.via", "grpc"]);
    assert_eq!(project.read("contracts/books.proto"), "mine\n");
    assert!(
        project
            .read("contracts/books.proto.hybridge")
            .contains("service Books")
    );
    assert!(
        said.contains("hybridge did not write the file that is there"),
        "{said}"
    );
    project.run(&["apply", "--abort"]);
    assert_eq!(project.read("contracts/books.proto"), "mine\n");
    assert!(!project.has("contracts/books.proto.hybridge"));
}

#[test]
fn it_refuses_while_something_is_not_committed_unless_told() {
    let project = Project::new(PAGE);
    project.commit();
    project.edit("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
    let before = project.all();
    let said = project.ends(1, &["set", "links.books.via", "grpc"]);
    assert!(
        said.contains("error: `README.md` changed since the last commit\n"),
        "{said}"
    );
    assert!(said.contains("`--allow-dirty`"), "{said}");
    assert_eq!(project.all(), before);
    // Looking is free, and so is what git does not track and the page itself.
    project.run(&["set", "links.books.via", "grpc", "--dry-run"]);
    project.run(&["apply", "--check"]);
    project.run(&["set", "links.books.via", "grpc", "--allow-dirty"]);
    project.commit();
    project.write("notes.md", "mine\n");
    project.edit("hybridge.yaml", "via: grpc", "via: rest");
    project.run(&["apply"]);
    assert!(project.read("README.md").contains("Ours.\n"));
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
    let output = hybridge(&inside, &["set", "links.books.via", "rest"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("changed since the last commit"), "{said}");
    assert!(
        !said.contains("other.txt") && !said.contains("backend/"),
        "{said}"
    );
}

/// Everything that git can be told to do on the way.
#[cfg(unix)]
#[test]
fn nothing_that_a_person_tells_git_changes_the_result() {
    use std::os::unix::fs::PermissionsExt;
    let plain = Project::new(PAGE);
    plain.run(&["set", "links.books.via", "grpc"]);
    let project = Project::new(PAGE);
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join("program");
    let called = home.path().join("called");
    fs::write(
        &program,
        format!("#!/bin/sh\ntouch {}\nexit 1\n", called.display()),
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
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
    let mut files = project.files();
    files.retain(|path, _| !path.starts_with(".git/"));
    assert_eq!(files, plain.files());
}
