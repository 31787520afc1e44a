//! What both changed in the same place.

use snapbox::{assert_data_eq, str};

use crate::PAGE;
use crate::support::changed_lines;
use crate::support::faults::{has_journal, is_killed_at};
use crate::support::project::Project;

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
    let before = project.read(WIRING);
    project.prints(
        3,
        &["set", "links.books.via", "grpc"],
        str![[r#"
...
  conflict services/edge/src/wiring.ts (you and hybridge changed it)
...
done: [..] files changed
Conflicts:
  services/edge/src/wiring.ts: line 8
Next:
  make lock    # dependencies changed
error: 1 conflict for you to resolve
hint: resolve them, then `hybridge apply --continue`; `hybridge apply --abort` takes everything back

"#]],
    );
    let text = project.read(WIRING);
    assert_data_eq!(
        changed_lines(&before, &text),
        str![[r#"
+<<<<<<< yours
+=======
+import { connect as grpc } from "./transports/grpc.ts";
+>>>>>>> hybridge [..]
-      connect: rest,
+      connect: grpc,

"#]]
    );
    // All else is written, and nothing goes on before it is decided.
    assert!(project.has("contracts/books.proto"));
    for arguments in [
        &["apply"][..],
        &["apply", "--check"],
        &["add", "service", "x:worker"],
    ] {
        project.prints(
            3,
            arguments,
            str![[r#"
error: 1 conflict of an earlier `hybridge apply` waits
hint: `hybridge apply --continue` once they are resolved, or `hybridge apply --abort`

"#]],
        );
    }
    project.prints(
        3,
        &["apply", "--continue"],
        str![[r#"
error: not resolved yet: `services/edge/src/wiring.ts:8` has marks of a conflict

"#]],
    );
    let resolved = text
        .lines()
        .filter(|line| !line.starts_with(['<', '=', '>']) && *line != mine)
        .collect::<Vec<_>>()
        .join("\n");
    project.write(WIRING, &format!("{resolved}\n// {mine}\n"));
    project.prints(
        0,
        &["apply", "--continue"],
        str![[r#"
done: all conflicts are resolved

"#]],
    );
    project.assert_settled();
    assert!(project.read(WIRING).ends_with(&format!("// {mine}\n")));
    project.prints(
        1,
        &["apply", "--continue"],
        str![[r#"
error: no `hybridge apply` waits to be finished

"#]],
    );
}

/// What waits is of the hybridge that wrote it, until it is resolved.
#[test]
fn conflicts_that_an_earlier_hybridge_recorded_are_finished_by_this_one() {
    let record = ".hybridge/unfinished.json";
    let reason = "\"reason\": \"both\"";
    for (earlier, is_known) in [
        ("\"reason\": \"you and hybridge changed it\"", true),
        ("\"reason\": \"nobody knows\"", false),
    ] {
        let project = Project::new(PAGE);
        edit_wiring(&project);
        let before = project.files();
        project.ends(3, &["set", "links.books.via", "grpc"]);
        project.edit(record, reason, earlier);
        if !is_known {
            project.prints(1, &["apply", "--abort"], str![[r#"
error: `[FOLDER]/shop/.hybridge/unfinished.json` is broken: unknown variant `nobody knows`, expected one of [..]
hint: `git checkout -- .hybridge` brings back what was committed last

"#]]);
            continue;
        }
        project.ends(3, &["apply", "--continue"]);
        project.run(&["apply", "--abort"]);
        assert_eq!(project.files(), before);
    }
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
    project.prints(
        0,
        &["apply", "--abort"],
        str![[r#"
note: `compose.yaml`, as you changed it since, is `compose.yaml.yours` now
done: the project is as it was before

"#]],
    );
    assert_eq!(project.read("compose.yaml.yours"), edited);
    assert_eq!(project.read("notes.md"), "mine\n");
    project.delete("compose.yaml.yours");
    project.delete("notes.md");
    assert_eq!(project.all(), before);
}

#[cfg(unix)]
#[test]
fn an_abort_that_was_killed_is_finished_by_the_next() {
    let project = Project::new(PAGE);
    edit_wiring(&project);
    project.run(&["apply", "--check"]);
    let before = project.all();
    let mut finished = 0;
    for step in (1..).step_by(7) {
        project.ends(3, &["set", "links.books.via", "grpc"]);
        if !is_killed_at(step, &project.path(), &["apply", "--abort"]) {
            break;
        }
        // Undone by the abort itself, unless the one before had gone far enough.
        if has_journal(&project.path()) || project.has(".hybridge/unfinished.json") {
            let said = project.run(&["apply", "--abort"]);
            let of_earlier =
                "done: what an interrupted run had begun is finished, and no conflict waits\n";
            finished += usize::from(said == of_earlier);
        } else if project.has(".hybridge/transaction") {
            // All was done but for removing what it was done with, which the next run does.
            project.ends(1, &["apply", "--abort"]);
        }
        assert_eq!(project.all(), before, "killed at {step}");
    }
    assert!(finished >= 2, "{finished}");
}

#[test]
fn a_file_that_marks_would_break_stays_whole_with_the_other_version_beside_it() {
    let project = Project::new(PAGE);
    let path = "services/edge/package.json";
    // A name that both change: the page gives the system another one.
    project.edit(path, "\"@shop/edge\"", "\"@ours/edge\"");
    project.edit("hybridge.yaml", "name: shop", "name: store");
    project.prints(3, &["apply"], str![[r#"
...
  conflict services/edge/package.json (you and hybridge changed it)
  create   services/edge/package.json.hybridge (what hybridge would write: take of it what you want)
...
done: [..] files changed
Conflicts:
  services/edge/package.json: name; yours stands there, hybridge's is `services/edge/package.json.hybridge`: take of it what you want and delete it
Next:
  make lock    # dependencies changed
error: 1 conflict for you to resolve
hint: resolve them, then `hybridge apply --continue`; `hybridge apply --abort` takes everything back

"#]]);
    // The rest is merged.
    project.assert_edited(path, "\"@store/edge\"", "\"@ours/edge\"");
    let fresh = Project::new(&project.read("hybridge.yaml"));
    assert_eq!(project.read(&format!("{path}.hybridge")), fresh.read(path));
    project.prints(
        3,
        &["apply", "--continue"],
        str![[r#"
error: not resolved yet: `services/edge/package.json.hybridge` is still there

"#]],
    );
    project.delete(&format!("{path}.hybridge"));
    project.run(&["apply", "--continue"]);
    project.assert_settled();
    project.assert_edited(path, "\"@store/edge\"", "\"@ours/edge\"");
}

#[test]
fn a_file_of_a_person_where_a_new_one_belongs_stays() {
    let project = Project::new(PAGE);
    project.write("contracts/books.proto", "mine\n");
    project.prints(
        3,
        &["set", "links.books.via", "grpc"],
        str![[r#"
...
  contracts/books.proto: hybridge did not write the file that is there; yours stands there, hybridge's is `contracts/books.proto.hybridge`: take of it what you want and delete it
...

"#]],
    );
    assert_eq!(project.read("contracts/books.proto"), "mine\n");
    let fresh = Project::new(&project.read("hybridge.yaml"));
    assert_eq!(
        project.read("contracts/books.proto.hybridge"),
        fresh.read("contracts/books.proto")
    );
    project.run(&["apply", "--abort"]);
    assert_eq!(project.read("contracts/books.proto"), "mine\n");
    assert!(!project.has("contracts/books.proto.hybridge"));
}
