//! What both changed in the same place.

use snapbox::str;

use crate::PAGE;
use crate::support::faults::is_killed_at;
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
error: not resolved yet: `services/edge/src/wiring.ts:9` has marks of a conflict

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
        if project.has(".hybridge/transaction") || project.has(".hybridge/unfinished.json") {
            let said = project.run(&["apply", "--abort"]);
            let of_earlier =
                "done: what an interrupted run had begun is finished, and no conflict waits";
            finished += usize::from(said.contains(of_earlier));
        }
        assert_eq!(project.all(), before, "killed at {step}");
    }
    assert!(finished >= 2, "{finished}");
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
