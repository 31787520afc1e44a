//! Commands that edit the blueprint: what is asked for changes, and every other byte stays.

use snapbox::{assert_data_eq, str};

use crate::PAGE;
use crate::support::project::Project;
use crate::support::{changed_lines, trees};

/// The lines of the page that differ after a command, which is not applied.
fn changed_page(page: &str, arguments: &[&str]) -> String {
    let project = Project::new(page);
    project.run(&[arguments, &["--no-apply"]].concat());
    let written = project.read("hybridge.yaml");
    changed_lines(page, &written)
}

#[test]
fn what_is_added_stands_as_its_neighbours_do() {
    for (arguments, expected) in [
        (
            &["add", "service", "mood:inference:fastapi", "--via", "grpc"][..],
            "+  mood:\n+    kind: inference\n+    framework: fastapi\n+  - { from: edge, to: mood, via: grpc }\n",
        ),
        (
            &[
                "add",
                "operation",
                "books",
                "lend",
                "--input",
                "title:string",
                "--input",
                "days:int?",
                "--output",
                "until:timestamp",
                "--description",
                "Lends a book.",
            ],
            "+      lend:\n+        description: Lends a book.\n+        input:\n+          title: string\n+          days: int?\n+        output:\n+          until: timestamp\n",
        ),
        (
            &["add", "event", "books", "lent", "--field", "title:string"],
            "+    events:\n+      lent:\n+        title: string\n",
        ),
        (
            &["add", "target", "kubernetes"],
            "+\n+targets: [compose, kubernetes]\n",
        ),
        (
            &["set", "links.books.via", "kafka"],
            "-  - { from: edge, to: books, via: rest } # slow\n+  - { from: edge, to: books, via: kafka } # slow\n",
        ),
        (
            &["set", "links.0.via", "grpc"],
            "-  - { from: edge, to: books, via: rest } # slow\n+  - { from: edge, to: books, via: grpc } # slow\n",
        ),
        (
            &["set", "services.edge.realtime", "[sse]"],
            "+    realtime: [sse]\n",
        ),
        (
            &["rename", "books", "library"],
            "-  books:\n+  library:\n-  - { from: edge, to: books, via: rest } # slow\n+  - { from: edge, to: library, via: rest } # slow\n",
        ),
    ] {
        assert_eq!(changed_page(PAGE, arguments), expected, "{arguments:?}");
    }
}

#[test]
fn what_is_removed_takes_what_belongs_to_it_along() {
    let page = PAGE
        .replace(
            "# Who asks",
            "  mood: { kind: inference } # reads texts\n\n# Who asks",
        )
        .replace("# slow\n", "# slow\n  - { from: edge, to: mood }\n")
        + "targets: [compose, kubernetes]\n";
    for (arguments, expected) in [
        (
            &["remove", "service", "mood"][..],
            "-  mood: { kind: inference } # reads texts\n-  - { from: edge, to: mood }\n",
        ),
        (
            &["remove", "target", "kubernetes"],
            "-targets: [compose, kubernetes]\n+targets: [compose]\n",
        ),
        (
            &["remove", "link", "edge:mood"],
            "-  - { from: edge, to: mood }\n",
        ),
    ] {
        assert_eq!(changed_page(&page, arguments), expected, "{arguments:?}");
    }
}

#[test]
fn a_page_that_leaves_links_to_the_defaults_still_does() {
    let page = "name: shop\nservices:\n  # eyes\n  eye: { kind: inference }\n";
    assert_eq!(
        changed_page(page, &["add", "service", "log:worker"]),
        "+  log:\n+    kind: worker\n"
    );
    assert_eq!(
        changed_page("name: shop\n", &["add", "service", "log:worker"]),
        "+services:\n+  gateway:\n+    kind: gateway\n+  vision:\n+    kind: inference\n+  trends:\n+    kind: analytics\n\
         +  log:\n+    kind: worker\n"
    );
}

#[test]
fn what_is_not_there_or_there_already_is_told() {
    let project = Project::new(PAGE);
    let before = project.all();
    for (arguments, expected) in [
        (
            &["add", "operation", "bocks", "x"][..],
            str![[r#"
error: the blueprint has no service `bocks`
hint: did you mean `books`?

"#]],
        ),
        (
            &["remove", "operation", "books", "fnd"],
            str![[r#"
error: the blueprint has no entry `fnd`
hint: did you mean `find`?

"#]],
        ),
        (
            &["add", "service", "books:worker"],
            str![[r#"
error: the blueprint has `books` already

"#]],
        ),
        (
            &["add", "link", "edge:books"],
            str![[r#"
error: the blueprint has the link `edge:books` already

"#]],
        ),
        (
            &["set", "links.1.via", "grpc"],
            str![[r#"
error: the blueprint has no item `1` of 1 (counted from 0) in `links.1.via`

"#]],
        ),
        (
            &["set", "links.books.via", "grcp"],
            str![[r#"
error: VALUE: unknown transport `grcp`
hint: did you mean `grpc`?

"#]],
        ),
        (
            &["set", "services.books.colour", "red"],
            str![[r#"
error: VALUE: unknown key `colour` in a service of kind `worker`
hint: known keys: `kind`, `description`, `framework`, `operations`, `events`, `types`

"#]],
        ),
        (
            &["add", "service", "vision"],
            str![[r#"
error: `vision` is not a value of `--service`: write NAME:KIND or NAME:KIND:FRAMEWORK, as in `vision:inference`

"#]],
        ),
        (
            &["add", "service", "Vision:inference"],
            str![[r#"
error: NAME:KIND[:FRAMEWORK]: `Vision` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first

"#]],
        ),
        (
            &["add", "operation", "books", "x", "--input", "title"],
            str![[r#"
error: `title` is not a value of `--input`: write FIELD:TYPE, as in `limit:int`

"#]],
        ),
        (
            &["rename", "books", "edge"],
            str![[r#"
error: the blueprint has `edge` already

"#]],
        ),
    ] {
        project.prints(1, arguments, expected);
    }
    assert_eq!(project.all(), before);
}

#[test]
fn what_is_wrong_is_told_at_its_line_of_the_file() {
    let page = PAGE.replace("name: shop #", "description:\n  - here\nname: shop #");
    let project = Project::new(PAGE);
    project.write("hybridge.yaml", &page);
    let service = &["add", "service", "mood:inference"][..];
    project.prints(
        1,
        service,
        str![[r#"
error: hybridge.yaml:4:3: `description` must be a text, not a list
  |
4 |   - here
  |   ^

"#]],
    );
    project.write("hybridge.yaml", PAGE);
    project.prints(
        1,
        &["set", "links.books.via", "grcp"],
        str![[r#"
error: VALUE: unknown transport `grcp`
hint: did you mean `grpc`?

"#]],
    );
    // Below lines that the edit adds.
    let page = PAGE.replace("via: rest }", "vai: rest }");
    project.write("hybridge.yaml", &page);
    project.prints(
        1,
        &["add", "event", "books", "lent", "--field", "title:string"],
        str![[r#"
error: hybridge.yaml:17:30: unknown key `vai` in a link
hint: did you mean `via`?

"#]],
    );
}

#[test]
fn what_is_set_is_stored_as_it_was_said() {
    let project = Project::new(PAGE);
    let mut written = String::new();
    for text in [
        "Fixes #1 quickly",
        "",
        "|",
        "!!str x",
        "&a b",
        "Orders: place them",
    ] {
        project.run(&["set", "description", text, "--no-apply"]);
        written += &changed_lines(PAGE, &project.read("hybridge.yaml"));
    }
    assert_data_eq!(
        written,
        str![[r#"
+description: "Fixes #1 quickly"
+description: ""
+description: "|"
+description: "!!str x"
+description: "&a b"
+description: "Orders: place them"

"#]]
    );
    let page = project.read("hybridge.yaml");
    project.prints(
        1,
        &["set", "services.edge.realtime", "[sse] # soon"],
        str![[r#"
error: `[sse] # soon` is not a value of `VALUE`: `#` begins a comment, which is not stored: put quotes around the string that has it

"#]],
    );
    project.prints(
        1,
        &["set", "services.edge.realtime", ""],
        str![[r#"
error: `` is not a value of `VALUE`: it is empty; write `[]` for a list with nothing in it, `{}` for such a mapping

"#]],
    );
    assert_eq!(project.read("hybridge.yaml"), page);
}

/// Several steps may lead from one system to the next.
#[test]
fn what_is_not_applied_is_written_and_told_where_it_is_no_system_yet() {
    let project = Project::new(PAGE);
    let note = "note: the blueprint describes no system yet: `hybridge check` says what is missing or wrong\n";
    let edited = "done: `hybridge.yaml` is edited\n";
    let set = |value: &str, expected: &str| {
        let words = ["set", "links.books.via", value, "--no-apply"];
        project.prints(0, &words, expected);
    };
    set("grcp", &format!("{edited}{note}"));
    project.ends(1, &["check"]);
    set("grpc", edited);
    project.run(&["check"]);
}

#[test]
fn each_command_is_applied_at_once() {
    let project = Project::new(PAGE);
    project.run(&["add", "service", "trends:analytics", "--via", "grpc"]);
    assert!(project.has("contracts/trends.proto"));
    project.run(&["remove", "link", "trends", "--no-apply"]);
    project.run(&["add", "link", "edge:trends", "--via", "rest"]);
    assert!(project.has("contracts/trends.openapi.json"));
    project.run(&["add", "event", "books", "lent", "--field", "title:string"]);
    let fresh = Project::new(&project.read("hybridge.yaml"));
    trees::assert_same(&project.files(), &fresh.files());
    project.run(&["add", "target", "kubernetes"]);
    project.run(&["remove", "target", "kubernetes"]);
    project.run(&["remove", "service", "trends", "--allow-breaking"]);
    assert!(!project.has("services/trends"));
    project.assert_settled();
}
