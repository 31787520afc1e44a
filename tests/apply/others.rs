//! What other generators are known to do to a project that a person changed, by name of the kind: hybridge does not.

use std::fs;

use snapbox::str;

use crate::support::project::Project;
use crate::{HANDLER, PAGE};

const SWITCH: [&str; 3] = ["set", "links.books.via", "rabbitmq"];
const PACKAGE: &str = "services/edge/package.json";
const PYPROJECT: &str = "services/books/pyproject.toml";

/// `copier update` ends with 0 when it leaves conflicts.
#[test]
fn copier_ends_well_with_conflicts() {
    let project = Project::new(PAGE);
    project.write("contracts/books.proto", "mine\n");
    project.prints(3, &["set", "links.books.via", "grpc"], str![[r#"
...
  conflict contracts/books.proto (hybridge did not write the file that is there)
  create   contracts/books.proto.hybridge (what hybridge would write: take of it what you want)
...
done: [..] files changed
Conflicts:
  contracts/books.proto: hybridge did not write the file that is there; yours stands there, hybridge's is `contracts/books.proto.hybridge`: take of it what you want and delete it
Next:
  make lock    # dependencies changed
error: 1 conflict for you to resolve
hint: resolve them, then `hybridge apply --continue`; `hybridge apply --abort` takes everything back

"#]]);
}

/// `copier update` deletes what was edited in a file whose template has another name now.
#[test]
fn copier_loses_edits_of_renamed_files() {
    let project = Project::new(PAGE);
    project.edit(HANDLER, "    raise", "    # mine\n    raise");
    project.run(&["rename", "books", "library", "--allow-breaking"]);
    let now = HANDLER.replace("books", "library");
    assert!(project.read(&now).contains("    # mine\n"));
    assert!(!project.has(HANDLER));
}

/// `cruft update` leaves what it cannot apply as `.rej` files, and ends with 0.
#[test]
fn cruft_leaves_rejected_hunks() {
    let project = Project::new(PAGE);
    project.edit(
        "compose.yaml",
        "services:\n",
        "services:\n  mine:\n    image: mine:1\n\n",
    );
    project.run(&SWITCH);
    let files = project.files();
    let left = files
        .keys()
        .find(|path| path.ends_with(".rej") || path.ends_with(".orig"));
    assert_eq!(left, None);
    let compose = project.read("compose.yaml");
    assert!(compose.contains("  mine:\n    image: mine:1\n") && compose.contains("rabbitmq"));
}

/// `cruft update` does nothing in a project that is in no repository of git, or in a folder of one.
#[test]
fn cruft_needs_a_repository() {
    let project = Project::new(PAGE);
    project.run(&SWITCH);
    assert!(project.read(PYPROJECT).contains("rabbitmq"));
}

/// `nx migrate` writes versions over those that a person has, higher ones too.
#[test]
fn nx_lowers_versions() {
    let project = Project::new(PAGE);
    let text = project.read(PYPROJECT);
    let fastapi = text
        .lines()
        .find(|line| line.contains("\"fastapi>="))
        .unwrap();
    project.edit(PYPROJECT, fastapi, "    \"fastapi>=0.999,<1\",");
    project.run(&SWITCH);
    let text = project.read(PYPROJECT);
    assert!(text.contains("    \"fastapi>=0.999,<1\",\n"), "{text}");
}

/// JHipster generates `package.json` anew: a dependency that a person added is kept only where the person answers so.
#[test]
fn jhipster_drops_dependencies() {
    let project = Project::new(PAGE);
    project.edit(
        PACKAGE,
        "\"dependencies\": {\n",
        "\"dependencies\": {\n    \"zod\": \"^4.0.0\",\n",
    );
    project.run(&SWITCH);
    assert!(project.read(PACKAGE).contains("    \"zod\": \"^4.0.0\",\n"));
}

/// projen makes what it writes read-only, and writes over it whatever a person made of it.
#[test]
fn projen_writes_over_what_it_manages() {
    let project = Project::new(PAGE);
    project.edit(
        "Makefile",
        ".DEFAULT_GOAL := help\n",
        ".DEFAULT_GOAL := help\nMINE := 1\n",
    );
    project.run(&SWITCH);
    project.run(&["apply"]);
    assert!(project.read("Makefile").contains("\nMINE := 1\n"));
    let is_read_only = |path: &String| {
        let metadata = fs::metadata(project.path().join(path)).unwrap();
        metadata.permissions().readonly()
    };
    assert_eq!(project.files().keys().find(|path| is_read_only(path)), None);
}

/// cookiecutter has no update: laid out again, it writes over everything, or nothing (`--skip-if-file-exists`).
#[test]
fn cookiecutter_writes_over_everything_or_nothing() {
    let project = Project::new(PAGE);
    project.edit("README.md", "## Run it\n", "Mine.\n\n## Run it\n");
    let before = project.read("README.md");
    project.run(&SWITCH);
    let after = project.read("README.md");
    assert!(after.contains("Mine.\n") && after != before);
}
