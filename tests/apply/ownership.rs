//! Whose a file is, and what follows from it.

use snapbox::str;

use crate::support::project::Project;
use crate::support::stdout;
use crate::{HANDLER, PAGE, REMEMBERED};

/// `explain` says whose a `compose.yaml` is that is not there as hybridge wrote it.
fn explains_compose(project: &Project, whose: &str) {
    project.prints(
        0,
        &["explain", "compose.yaml"],
        format!(
            "compose.yaml
module       deploy/compose
template     templates/deploy/compose/files/compose.yaml.hbs (hybridge)
...
variables    system.name = \"shop\"
...
owner        managed: hybridge keeps it current
on disk      changed or gone since hybridge wrote it
whose        {whose}
"
        ),
    );
}

#[test]
fn a_handler_stays_as_it_is_and_what_would_stand_there_is_shown() {
    let project = Project::new(PAGE);
    let mine = format!("{}\n# mine\n", project.read(HANDLER));
    project.write(HANDLER, &mine);
    project.edit(
        "hybridge.yaml",
        "safe: true, input",
        "safe: true, description: Finds books., input",
    );
    project.prints(0, &["apply"], str![[r#"
project
  update   README.md (its template, or what goes into it, changed)
  update   contracts/books.openapi.json (its template, or what goes into it, changed)
services/books
  keep     services/books/src/books/handlers/find.py (yours since it was written)
services/edge
  update   services/edge/openapi.json (its template, or what goes into it, changed)
  update   services/edge/src/services/books.ts (its template, or what goes into it, changed)
done: 4 files changed
`services/books/src/books/handlers/find.py` is yours and stays; what hybridge would write there changed:
  @@ -14,7 +14,10 @@
       call: Call,
       resources: Resources,
   ) -> FindOutput:
  -    """Still to be written."""
  +    """Still to be written.
  +
  +    Finds books.
  +    """
       raise unimplemented(
           "services/books/src/books/handlers/find.py",
           call.operation,

"#]]);
    assert_eq!(project.read(HANDLER), mine);
    // It is said once.
    project.assert_settled();
    // New operations are new files.
    project.run(&[
        "add",
        "operation",
        "books",
        "lend",
        "--input",
        "title:string",
    ]);
    assert_eq!(project.read(HANDLER), mine);
    assert!(project.has("services/books/src/books/handlers/lend.py"));
}

#[test]
fn what_a_person_deleted_stays_deleted_until_it_is_restored() {
    let project = Project::new(PAGE);
    let written = project.read("compose.yaml");
    project.delete("compose.yaml");
    project.delete(HANDLER);
    project.edit("hybridge.yaml", "via: rest", "via: grpc");
    project.run(&["apply"]);
    project.assert_settled();
    assert!(!project.has("compose.yaml") && !project.has(HANDLER));
    project.run(&["set", "links.books.via", "rest"]);
    assert!(!project.has("compose.yaml"));
    project.run(&["restore", "compose.yaml"]);
    assert_eq!(project.read("compose.yaml"), written);
    project.assert_settled();
    project.prints(
        1,
        &["restore", "compose.yaml"],
        str![[r#"
error: `compose.yaml` is there already
hint: delete or rename it first; `hybridge explain compose.yaml` says whose it is

"#]],
    );
    project.prints(
        1,
        &["restore", "compose.yml"],
        str![[r#"
error: hybridge never wrote `compose.yml`
hint: did you mean `compose.yaml`?

"#]],
    );
    let page = project.read("hybridge.yaml");
    project.delete("hybridge.yaml");
    project.prints(
        1,
        &["restore", "hybridge.yaml"],
        str![[r#"
error: `hybridge.yaml` is yours: hybridge keeps no copy of it
hint: git has what was committed: `git restore hybridge.yaml`

"#]],
    );
    project.write("hybridge.yaml", &page);
    project.edit("compose.yaml", "services:\n", "services:\n  # mine\n");
    project.run(&["set", "links.books.via", "grpc"]);
    project.assert_edited("compose.yaml", "services:\n", "services:\n  # mine\n");
}

#[test]
fn a_file_that_was_moved_or_renamed_still_gets_its_updates() {
    let project = Project::new(PAGE);
    project.rename("compose.yaml", "deploy/local.yaml");
    project.edit("deploy/local.yaml", "services:\n", "services:\n  # mine\n");
    project.rename(
        "services/books/pyproject.toml",
        "services/books/python/pyproject.toml",
    );
    project.run(&["set", "links.books.via", "rabbitmq"]);
    assert!(!project.has("compose.yaml"));
    let fresh = Project::new(&project.read("hybridge.yaml"));
    fresh.edit("compose.yaml", "services:\n", "services:\n  # mine\n");
    for (moved, from) in [
        ("deploy/local.yaml", "compose.yaml"),
        (
            "services/books/python/pyproject.toml",
            "services/books/pyproject.toml",
        ),
    ] {
        assert_eq!(project.read(moved), fresh.read(from));
    }
    project.assert_settled();
    // It is remembered: whatever becomes of its content.
    project.write("deploy/local.yaml", "services:\n  # mine\n");
    project.assert_settled();
    explains_compose(
        &project,
        "moved by you to `deploy/local.yaml`, where it is kept current",
    );
    project.run(&["restore", "compose.yaml"]);
    project.assert_settled();
    assert!(project.has("compose.yaml"));
    assert_eq!(project.read("deploy/local.yaml"), "services:\n  # mine\n");
}

#[test]
fn what_only_hybridge_remembers_of_a_moved_file_is_named() {
    let project = Project::new(PAGE);
    project.rename("tools/ports.ts", "tools/myports.ts");
    project.prints(
        1,
        &["apply", "--check"],
        format!(
            "{REMEMBERED}error: the project is not what its blueprint says: 1 file differs\n\
             hint: `hybridge apply` makes it so\n"
        ),
    );
    project.prints(0, &["apply", "--dry-run"], REMEMBERED);
    project.prints(0, &["apply"], format!("{REMEMBERED}done: 1 file changed\n"));
    project.assert_settled();
}

#[test]
fn a_service_that_a_person_renamed_by_hand_keeps_its_files() {
    let project = Project::new(PAGE);
    let path = "services/books/pyproject.toml";
    project.edit(path, "[project]\n", "[project]\n# mine\n");
    project.rename("services/books", "services/novels");
    project.rename("services/novels/src/books", "services/novels/src/novels");
    let page = project.read("hybridge.yaml");
    project.write("hybridge.yaml", &page.replace("books", "novels"));
    // What nothing tells apart is left to the person: files that are empty, or alike.
    project.ends(3, &["apply", "--allow-breaking"]);
    let path = "services/novels/pyproject.toml";
    project.assert_edited(path, "[project]\n", "[project]\n# mine\n");
    assert!(project.has("services/novels/src/novels/main.py"));
    assert!(project.has("services/novels/Dockerfile"));
}

#[test]
fn what_the_system_no_longer_has_goes_only_where_nobody_edited_it() {
    let project = Project::new(PAGE);
    let (edited, unedited) = (
        "packages/gateway-runtime/src/transports/rest.ts",
        "contracts/books.openapi.json",
    );
    let mine = format!("// mine\n{}", project.read(edited));
    project.write(edited, &mine);
    project.prints(0, &["set", "links.books.via", "grpc"], str![[r#"
...
  keep     packages/gateway-runtime/src/transports/rest.ts (the system no longer has it, and you changed it)
...
  delete   contracts/books.openapi.json (the system no longer has it)
...
done: [..] files changed
The system no longer has these files, and you changed them; delete them when you need them no more:
  packages/gateway-runtime/src/transports/rest.ts
Next:
  make lock    # dependencies changed

"#]]);
    assert!(!project.has(unedited));
    assert_eq!(project.read(edited), mine);
    project.assert_settled();
    // Back again, it is the file that it was, and current.
    project.run(&["set", "links.books.via", "rest"]);
    assert_eq!(project.read(edited), mine);
    assert!(project.has(unedited));
    project.assert_settled();
    // One that was deleted meanwhile stays so.
    project.delete(edited);
    project.run(&["set", "links.books.via", "grpc"]);
    project.run(&["set", "links.books.via", "rest"]);
    assert!(!project.has(edited));
}

#[test]
fn what_git_ignores_is_not_read() {
    let project = Project::new(PAGE);
    let compose = project.read("compose.yaml");
    project.delete("compose.yaml");
    // The same bytes, where nobody looks.
    project.write("node_modules/compose.yaml", &compose);
    project.run(&["set", "links.books.via", "rabbitmq"]);
    assert_eq!(project.read("node_modules/compose.yaml"), compose);
    explains_compose(
        &project,
        "deleted by you: it stays so; `hybridge restore` brings it back",
    );
}

#[test]
fn explain_says_whose_a_file_is() {
    let project = Project::new(PAGE);
    project.write("notes.md", "mine\n");
    project.edit("README.md", "## Run it\n", "Ours.\n\n## Run it\n");
    project.delete("tools/ensure");
    for (file, expected) in [
        (
            "compose.yaml",
            str![[r#"
compose.yaml
module       deploy/compose
template     templates/deploy/compose/files/compose.yaml.hbs (hybridge)
...
variables    system.name = "shop"
...
owner        managed: hybridge keeps it current
on disk      as hybridge wrote it
whose        managed, as hybridge wrote it: `hybridge apply` keeps it current

"#]],
        ),
        (
            "README.md",
            str![[r#"
README.md
module       base
template     templates/base/files/README.md.hbs (hybridge)
...
variables    system.name = "shop"
...
owner        managed: hybridge keeps it current
on disk      changed or gone since hybridge wrote it
whose        managed, and you changed it: `hybridge apply` merges its changes with yours

"#]],
        ),
        (
            HANDLER,
            str![[r#"
services/books/src/books/handlers/find.py
module       runtime/python
template     templates/runtime/python/service/src/__package__/handlers/__operation__.py.hbs (hybridge)
variables    operation.name = "find"
...
owner        seeded: written once, then yours
on disk      as hybridge wrote it
whose        seeded, as hybridge wrote it: `hybridge apply` keeps it current until you change it

"#]],
        ),
        (
            "tools/ensure",
            str![[r#"
tools/ensure
module       base
template     templates/base/files/tools/ensure.hbs (hybridge)
variables    tools.node_engines = ">=22.19"
...
owner        managed: hybridge keeps it current
             executable
on disk      changed or gone since hybridge wrote it
whose        deleted by you: it stays so; `hybridge restore` brings it back

"#]],
        ),
        (
            "notes.md",
            str![[r#"
notes.md
whose        yours: hybridge never wrote it and never touches it

"#]],
        ),
        (
            "hybridge.yaml",
            str![[r#"
hybridge.yaml
made         by `hybridge new`, of what it was told; yours to change
whose        yours: the blueprint, from which everything else follows

"#]],
        ),
        (
            ".hybridge/state.json",
            str![[r#"
.hybridge/state.json
made         by hybridge, to know later what it wrote
whose        hybridge's own, which it writes over

"#]],
        ),
    ] {
        project.prints(0, &["explain", file], expected);
        let json: serde_json::Value =
            serde_json::from_str(&stdout(&project.output(&["explain", file, "--json"]))).unwrap();
        assert!(json["whose"].is_string(), "{file}: {json}");
    }
    project.prints(
        1,
        &["explain", "no/such"],
        str![[r#"
error: the system has no file `no/such`
hint: `hybridge explain --tree` shows all of them

"#]],
    );
}
