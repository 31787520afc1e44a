//! Changes of a contract: what breaks clients is reported before it is written, and compared with any revision.

use std::fs;

use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::support::project::Project;
use crate::support::{stderr, stdout};
use crate::{PAGE, REMEMBERED};

/// The page with another `find`.
fn with_find(find: &str) -> String {
    let line = PAGE.lines().find(|line| line.contains("find:")).unwrap();
    PAGE.replace(line, &format!("      find: {find}"))
}

/// Without the output field `found`.
fn narrowed() -> String {
    with_find("{ safe: true, input: { title: string, limit: int? }, output: {} }")
}

const REPORT: &str = "Breaking changes of the contract:
  books.operations.find.output.found: the field is removed
    breaks clients of `edge`: POST /api/books/find
    breaks gateway `edge` over rest
    1. keep it while clients stop using it; in an input, make it optional and ignore it
    2. remove it once nobody uses it: its number stays reserved
";
/// What it changes.
const FILES: &str = "project
  update   contracts/books.openapi.json (its template, or what goes into it, changed)
services/books
  update   services/books/src/books/contract.py (its template, or what goes into it, changed)
services/edge
  update   services/edge/openapi.json (its template, or what goes into it, changed)
  update   services/edge/src/services/books.ts (its template, or what goes into it, changed)
  update   services/edge/test/examples.json (its template, or what goes into it, changed)
";

#[test]
fn nothing_is_written_that_breaks_clients_unless_it_is_allowed() {
    let project = Project::new(PAGE);
    project.write("hybridge.yaml", &narrowed());
    let before = project.all();
    let end = "error: 1 breaking change of the contract\n\
               hint: nothing was written: take the two steps, or say `--allow-breaking` where all clients change at \
               once\n";
    project.prints(4, &["apply"], format!("{REPORT}{end}"));
    // A patch, and the report on stderr.
    project.prints(
        0,
        &["apply", "--dry-run"],
        format!("diff --git [..]\n...\n{REPORT}{FILES}"),
    );
    let end = "error: the project is not what its blueprint says: 5 files differ\n\
               hint: `hybridge apply` makes it so\n";
    project.prints(1, &["apply", "--check"], format!("{REPORT}{FILES}{end}"));
    assert_eq!(project.all(), before);
    let end = "done: 5 files changed\n";
    project.prints(
        0,
        &["apply", "--allow-breaking"],
        format!("{REPORT}{FILES}{end}"),
    );
    project.assert_settled();
}

#[test]
fn programs_read_what_breaks() {
    let project = Project::new(PAGE);
    project.write("hybridge.yaml", &narrowed());
    for (code, arguments) in [
        (4, &["apply", "--json"][..]),
        (0, &["apply", "--json", "--dry-run"]),
        (1, &["apply", "--json", "--check"]),
        (0, &["apply", "--json", "--allow-breaking"]),
    ] {
        let output = project.output(arguments);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let change = &value["contract"][0];
        for (key, expected) in [
            ("rule", "field_removed"),
            ("severity", "breaking"),
            ("service", "books"),
            ("part", "operations.find.output.found"),
        ] {
            assert_eq!(change[key], expected, "{arguments:?}: {change}");
        }
    }
}

#[test]
fn commands_that_edit_the_blueprint_refuse_as_well() {
    let more = "  back: { kind: gateway }\n  mood: { kind: inference }\n\n# Who asks";
    let links = "  - { from: edge, to: mood }\n  - { from: back, to: mood }\n  - { from: back, to: books }\n";
    let project = Project::new(&(PAGE.replace("\n# Who asks", more) + links));
    let before = project.all();
    for (arguments, expected) in [
        (
            &["remove", "operation", "books", "find"][..],
            str![[r#"
Breaking changes of the contract:
  books.operations.find: the operation is removed
    breaks clients of `back`: POST /api/books/find
    breaks gateway `back` over rest
    breaks clients of `edge`: POST /api/books/find
    breaks gateway `edge` over rest
    1. keep it beside the operation that takes its place, and move its clients
    2. take it away once nobody calls it
error: 1 breaking change of the contract
hint: nothing was written: take the two steps, or say `--allow-breaking` where all clients change at once

"#]],
        ),
        (
            &["remove", "service", "books"],
            str![[r#"
Breaking changes of the contract:
  books: the service is removed
    breaks clients of `back`: POST /api/books/find
    breaks gateway `back` over rest
    breaks clients of `edge`: POST /api/books/find
    breaks gateway `edge` over rest
    1. move its clients to the service that takes its place; under a new name both run side by side
    2. remove it once nobody calls it
error: 1 breaking change of the contract
hint: nothing was written: take the two steps, or say `--allow-breaking` where all clients change at once

"#]],
        ),
        (
            &["rename", "books", "library"],
            str![[r#"
Breaking changes of the contract:
  books: the service is removed
    breaks clients of `back`: POST /api/books/find
    breaks gateway `back` over rest
    breaks clients of `edge`: POST /api/books/find
    breaks gateway `edge` over rest
    1. move its clients to the service that takes its place; under a new name both run side by side
    2. remove it once nobody calls it
error: 1 breaking change of the contract
hint: nothing was written: take the two steps, or say `--allow-breaking` where all clients change at once

"#]],
        ),
        (
            &["remove", "link", "back:books"],
            str![[r#"
Breaking changes of the contract:
  books: gateway `back` no longer offers it
    breaks clients of `back`: POST /api/books/find
    breaks gateway `back` over rest
    1. offer the same at another gateway, and move the clients there
    2. remove the link once nobody calls the service through this gateway
error: 1 breaking change of the contract
hint: nothing was written: take the two steps, or say `--allow-breaking` where all clients change at once

"#]],
        ),
        (
            &["set", "services.books.operations.find.input.limit", "int"],
            str![[r#"
Breaking changes of the contract:
  books.operations.find.input.limit: it is required now
    breaks clients of `back`: POST /api/books/find
    breaks gateway `back` over rest
    breaks clients of `edge`: POST /api/books/find
    breaks gateway `edge` over rest
    1. keep it optional until every client sends it
    2. make it required
error: 1 breaking change of the contract
hint: nothing was written: take the two steps, or say `--allow-breaking` where all clients change at once

"#]],
        ),
    ] {
        project.prints(4, arguments, expected);
    }
    assert_eq!(project.all(), before);
    // What only grows is written at once, and so is another transport.
    project.run(&[
        "add",
        "operation",
        "books",
        "lend",
        "--input",
        "title:string",
    ]);
    project.run(&["set", "services.books.operations.find.input.more", "int?"]);
    project.run(&["set", "links.0.via", "grpc"]);
    project.assert_settled();
}

#[test]
fn a_change_that_may_be_noticed_is_told_and_written() {
    let project = Project::new(PAGE);
    project.prints(
        0,
        &[
            "set",
            "services.books.operations.find.safe",
            "false",
            "--allow-breaking",
        ],
        str![[r#"
Breaking changes of the contract:
  books.operations.find: it is no longer safe: those who ask it again change something each time
    breaks clients of `edge`: POST /api/books/find
    breaks gateway `edge` over rest
    1. add an operation of another name that says it right, and move the clients
    2. remove the old one once nobody calls it
project
  update   hybridge.yaml (as you asked)
services/books
  update   services/books/src/books/wiring.py (its template, or what goes into it, changed)
services/edge
  update   services/edge/openapi.json (its template, or what goes into it, changed)
  update   services/edge/src/services/books.ts (its template, or what goes into it, changed)
done: 4 files changed

"#]],
    );
    project.prints(
        0,
        &["set", "services.books.operations.find.safe", "true"],
        str![[r#"
Changes of the contract that clients may notice:
  books.operations.find: it is safe now: it is a query of GraphQL, no mutation
    reaches clients of `edge`: POST /api/books/find
    reaches gateway `edge` over rest
    1. add an operation of another name that says it right, and move the clients
    2. remove the old one once nobody calls it
project
  update   hybridge.yaml (as you asked)
services/books
  update   services/books/src/books/wiring.py (its template, or what goes into it, changed)
services/edge
  update   services/edge/openapi.json (its template, or what goes into it, changed)
  update   services/edge/src/services/books.ts (its template, or what goes into it, changed)
done: 4 files changed

"#]],
    );
}

/// The page with a gateway that knows scopes, and an operation and an event that may need some.
fn guarded(operation: &str, event: &str) -> String {
    let find = format!("{{ safe: true, {operation}input: {{}}, output: {{}} }}");
    let events = format!("    events:\n      sold: {{ {event}fields: {{ title: string }} }}\n");
    let page = with_find(&find).replace("\n# Who asks", &format!("{events}\n# Who asks"));
    page.replace("kind: gateway", "kind: gateway\n    auth: jwt")
}

#[test]
fn a_scope_that_is_asked_for_breaks_clients_and_one_that_is_not_any_more_does_not() {
    let project = Project::new(&guarded("", "scopes: [books:hear], "));
    project.commit();
    project.write(
        "hybridge.yaml",
        &guarded(
            "scopes: [books:read], ",
            "scopes: [books:hear, books:more], ",
        ),
    );
    project.prints(
        4,
        &["contract", "diff"],
        str![[r#"
Breaking changes of the contract:
  books.operations.find.scopes: clients need the scope `books:read`
    breaks clients of `edge`: POST /api/books/find
    1. give the scope to every client that uses it
    2. ask for it once no client comes without it
  books.events.sold.scopes: clients need the scope `books:more`
    breaks clients of `edge`: event books.sold
    1. give the scope to every client that uses it
    2. ask for it once no client comes without it
error: 2 breaking changes of the contract

"#]],
    );
    project.prints(4, &["apply"], str![[r#"
Breaking changes of the contract:
  books.operations.find.scopes: clients need the scope `books:read`
    breaks clients of `edge`: POST /api/books/find
    1. give the scope to every client that uses it
    2. ask for it once no client comes without it
  books.events.sold.scopes: clients need the scope `books:more`
    breaks clients of `edge`: event books.sold
    1. give the scope to every client that uses it
    2. ask for it once no client comes without it
error: 2 breaking changes of the contract
hint: nothing was written: take the two steps, or say `--allow-breaking` where all clients change at once

"#]]);
    project.run(&["apply", "--allow-breaking"]);
    project.commit();
    project.write("hybridge.yaml", &guarded("", "scopes: [books:more], "));
    project.prints(
        0,
        &["contract", "diff"],
        str![[r#"
done: whoever follows the contract of `HEAD` notices nothing

"#]],
    );
    project.prints(
        0,
        &["apply"],
        str![[r#"
project
  update   README.md (its template, or what goes into it, changed)
services/edge
  update   services/edge/openapi.json (its template, or what goes into it, changed)
  update   services/edge/src/services/books.ts (its template, or what goes into it, changed)
done: 3 files changed

"#]],
    );
}

#[test]
fn numbers_outlive_what_they_were_given_to() {
    let page = PAGE.replace("via: rest", "via: grpc");
    let project = Project::new(&page);
    let proto = |project: &Project| project.read("contracts/books.proto");
    let request = || {
        let text = proto(&project);
        let begin = text.find("message FindRequest {").unwrap();
        let length = text[begin..].find("\n}\n").unwrap();
        format!("{}\n}}\n", &text[begin..begin + length])
    };
    assert_data_eq!(
        request(),
        str![[r#"
message FindRequest {
  string title = 1;
  optional int64 limit = 2;
}

"#]]
    );
    let input = "services.books.operations.find.input";
    let fields = |value: &str| project.run(&["set", input, value, "--allow-breaking"]);
    fields("{ limit: int? }");
    assert_data_eq!(
        request(),
        str![[r#"
message FindRequest {
  reserved 1;
  reserved "title";
  optional int64 limit = 2;
}

"#]]
    );
    fields("{ limit: int?, title: uuid }");
    assert_data_eq!(
        request(),
        str![[r#"
message FindRequest {
  reserved 1;
  optional int64 limit = 2;
  string title = 3;
}

"#]]
    );
    let text = proto(&project);
    // They outlive the transport, too.
    project.run(&["set", "links.books.via", "rest"]);
    project.run(&["set", "links.books.via", "grpc"]);
    assert_eq!(proto(&project), text);
}

#[test]
fn a_blueprint_is_compared_with_any_revision() {
    let project = Project::new(PAGE);
    project.commit();
    let same = "done: whoever follows the contract of `HEAD` notices nothing\n";
    assert_eq!(project.run(&["contract", "diff"]), same);
    // What is edited and not applied counts.
    project.write("hybridge.yaml", &narrowed());
    let before = project.all();
    let said = project.ends(4, &["contract", "diff"]);
    assert_eq!(
        said,
        format!("{REPORT}error: 1 breaking change of the contract\n")
    );
    assert_eq!(project.all(), before);
    project.run(&["apply", "--allow-breaking"]);
    project.commit();
    assert_eq!(project.run(&["contract", "diff"]), same);
    project.prints(
        4,
        &["contract", "diff", "HEAD~1"],
        str![[r#"
Breaking changes of the contract:
  books.operations.find.output.found: the field is removed
    breaks clients of `edge`: POST /api/books/find
    breaks gateway `edge` over rest
    1. keep it while clients stop using it; in an input, make it optional and ignore it
    2. remove it once nobody uses it: its number stays reserved
error: 1 breaking change of the contract

"#]],
    );
    let output = project.output(&["contract", "diff", "HEAD~1", "--json", "--into", "services"]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(value["revision"], "HEAD~1");
    assert_eq!(value["changes"][0]["rule"], "field_removed");
}

#[test]
fn a_revision_without_a_contract_is_told() {
    let project = Project::new(PAGE);
    project.prints(
        1,
        &["contract", "diff"],
        str![[r#"
error: `HEAD` has no contract to compare with: there is no git here

"#]],
    );
    project.commit();
    project.prints(
        1,
        &["contract", "diff", "nowhere"],
        str![[r#"
error: `nowhere` has no contract to compare with: [..]

"#]],
    );
    project.prints(
        1,
        &["contract", "diff", "--", "--batch"],
        str![[r#"
error: `--batch` has no contract to compare with: [..]

"#]],
    );
    project.prints(
        1,
        &["contract", "diff", ""],
        str![[r#"
error: a value is required for '[REF]' but none was supplied

For more information, try '--help'.

"#]],
    );
    // An earlier hybridge recorded none.
    let state = project.path().join(".hybridge/state.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    value.as_object_mut().unwrap().remove("contracts");
    fs::write(&state, value.to_string()).unwrap();
    project.commit();
    project.prints(1, &["contract", "diff"], str![[r#"
error: `HEAD` has no contract to compare with: it was written by a hybridge that recorded none; apply the project with this one and commit it

"#]]);
    project.prints(0, &["apply"], format!("{REMEMBERED}done: 1 file changed\n"));
    project.commit();
    project.run(&["contract", "diff"]);
}
