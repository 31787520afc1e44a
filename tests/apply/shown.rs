//! What is shown before anything is written: a patch, JSON, an exit code.

use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::PAGE;
use crate::support::project::Project;
use crate::support::{stderr, stdout, trees};

#[test]
fn a_dry_run_is_a_patch_that_git_applies_to_the_same_result() {
    let project = Project::new(PAGE);
    project.edit("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
    project.commit();
    let before = project.all();
    let output = project.output(&["set", "links.books.via", "grpc", "--dry-run"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(project.all(), before, "nothing is written");
    assert_data_eq!(
        stderr(&output),
        str![[r#"
...
  merge    README.md (you and hybridge changed it)
...
services/books
  update   services/books/Dockerfile (its template, or what goes into it, changed)
...

"#]]
    );
    let patch = project.path().join(".git/change.patch");
    std::fs::write(&patch, stdout(&output)).unwrap();
    project.git(&["apply", "--whitespace=nowarn", &patch.to_string_lossy()]);
    let by_git = project.files();
    project.git(&["reset", "--hard", "--quiet"]);
    project.git(&["clean", "-fdq"]);
    project.run(&["set", "links.books.via", "grpc"]);
    trees::assert_same(&by_git, &project.files());
}

#[test]
fn json_says_of_each_path_what_is_done_and_why() {
    let project = Project::new(PAGE);
    project.edit("hybridge.yaml", "via: rest", "via: grpc");
    let read = |arguments: &[&str]| -> Value {
        let text = stdout(&project.output(arguments));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    };
    let shown = read(&["apply", "--dry-run", "--json"]);
    let proto = &shown["changes"]["contracts/books.proto"];
    assert_eq!(proto["action"], "create");
    assert_eq!(proto["reason"], "new");
    assert_eq!(proto["component"], "project");
    assert_eq!(shown["conflicts"], Value::Array(Vec::new()));
    assert_eq!(shown["needs_lock"], true);
    let checked = read(&["apply", "--check", "--json"]);
    assert_eq!(checked, shown);
    assert_eq!(read(&["apply", "--json"]), shown);
    assert!(project.has("contracts/books.proto"));
}

#[test]
fn check_lists_what_is_behind_and_fails() {
    let project = Project::new(PAGE);
    let said = project.run(&["apply", "--check"]);
    assert_eq!(said, "done: the project is what its blueprint says\n");
    project.edit("hybridge.yaml", "via: rest", "via: grpc");
    let before = project.all();
    project.prints(
        1,
        &["apply", "--check"],
        str![[r#"
...
  create   contracts/books.proto (new)
...
error: the project is not what its blueprint says: [..] files differ
hint: `hybridge apply` makes it so

"#]],
    );
    assert_eq!(project.all(), before);
}
