//! What other generators are known to do to a project that a person changed, by name of the kind: hybridge does not.

use std::fs;

use snapbox::str;

use crate::support::project::Project;
use crate::support::trees;
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
    project.assert_edited(&now, "    raise", "    # mine\n    raise");
    assert!(!project.has(HANDLER));
}

/// `cruft update` leaves what it cannot apply as `.rej` files, and ends with 0.
#[test]
fn cruft_leaves_rejected_hunks() {
    let project = Project::new(PAGE);
    let mine = "services:\n  mine:\n    image: mine:1\n\n";
    project.edit("compose.yaml", "services:\n", mine);
    project.run(&SWITCH);
    let fresh = Project::new(&project.read("hybridge.yaml"));
    fresh.edit("compose.yaml", "services:\n", mine);
    trees::assert_same(&project.files(), &fresh.files());
}

/// `cruft update` does nothing in a project that is in no repository of git, or in a folder of one.
#[test]
fn cruft_needs_a_repository() {
    let project = Project::new(PAGE);
    project.run(&SWITCH);
    let fresh = Project::new(&project.read("hybridge.yaml"));
    trees::assert_same(&project.files(), &fresh.files());
}

/// `nx migrate` writes versions over those that a person has, higher ones too.
#[test]
fn nx_lowers_versions() {
    let project = Project::new(PAGE);
    let text = project.read(PYPROJECT);
    let mut lines = text.lines();
    let fastapi = lines.find(|line| line.starts_with("    \"fastapi>="));
    let (fastapi, mine) = (fastapi.unwrap(), "    \"fastapi>=0.999,<1\",");
    project.edit(PYPROJECT, fastapi, mine);
    project.run(&SWITCH);
    project.assert_edited(PYPROJECT, fastapi, mine);
}

/// JHipster generates `package.json` anew: a dependency that a person added is kept only where the person answers so.
#[test]
fn jhipster_drops_dependencies() {
    let project = Project::new(PAGE);
    let (all, mine) = (
        "\"dependencies\": {\n",
        "\"dependencies\": {\n    \"zod\": \"^4.0.0\",\n",
    );
    project.edit(PACKAGE, all, mine);
    project.run(&SWITCH);
    project.assert_edited(PACKAGE, all, mine);
}

/// projen makes what it writes read-only, and writes over it whatever a person made of it.
#[test]
fn projen_writes_over_what_it_manages() {
    let project = Project::new(PAGE);
    let (goal, mine) = (
        ".DEFAULT_GOAL := help\n",
        ".DEFAULT_GOAL := help\nMINE := 1\n",
    );
    project.edit("Makefile", goal, mine);
    project.run(&SWITCH);
    project.run(&["apply"]);
    project.assert_edited("Makefile", goal, mine);
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
    let (heading, mine) = ("## Run it\n", "Mine.\n\n## Run it\n");
    project.edit("README.md", heading, mine);
    let before = project.read("README.md");
    project.run(&SWITCH);
    project.assert_edited("README.md", heading, mine);
    assert_ne!(project.read("README.md"), before);
}
