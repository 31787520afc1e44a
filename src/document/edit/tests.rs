mod any;

use serde_json::json;

use super::*;

const PAGE: &str = "# The shop.
hybridge: 1
name: shop   # its folder, too

services:
  # The way in.
  edge:
    kind: gateway
    realtime: [sse] # no sockets
  mood: { kind: inference }

# Who asks whom.
links:
  - { from: edge, to: mood, via: rest }   # slow
  - from: edge
    to: log   # later
targets:
- compose
";

fn path(text: &str) -> Vec<Step> {
    let steps = text.split('/').filter(|step| !step.is_empty());
    steps
        .map(|step| match step.parse() {
            Ok(index) => Step::Index(index),
            Err(_) => Step::Key(step.to_owned()),
        })
        .collect()
}

/// The lines that an edit takes away and those that it brings, with `-` and `+`.
fn changed(text: &str, edit: impl FnOnce(&mut Editor) -> Result<(), Refused>) -> String {
    let mut editor = Editor::new(text).unwrap();
    edit(&mut editor).unwrap();
    let diff = similar::TextDiff::from_lines(text, editor.text());
    let lines = diff.iter_all_changes();
    lines
        .filter(|line| line.tag() != similar::ChangeTag::Equal)
        .map(|line| format!("{}{line}", line.tag()))
        .collect()
}

#[test]
fn a_value_is_set_and_its_comment_stays() {
    let set = |at: &str, value: Value| changed(PAGE, |editor| editor.set(&path(at), &value));
    assert_eq!(
        set("links/0/via", json!("grpc")),
        "-  - { from: edge, to: mood, via: rest }   # slow\n+  - { from: edge, to: mood, via: grpc }   # slow\n"
    );
    assert_eq!(
        set("name", json!("on")),
        "-name: shop   # its folder, too\n+name: \"on\"   # its folder, too\n"
    );
    assert_eq!(
        set("services/edge/realtime", json!(["sse", "websocket"])),
        "-    realtime: [sse] # no sockets\n+    realtime: [sse, websocket] # no sockets\n"
    );
    assert_eq!(
        set("targets", json!(["kubernetes"])),
        "-- compose\n+- kubernetes\n"
    );
}

#[test]
fn an_entry_is_added_in_the_style_around_it() {
    let insert = |at: &str, position, key: &str, value: Value| {
        changed(PAGE, |editor| {
            editor.insert(&path(at), position, key, &value)
        })
    };
    assert_eq!(
        insert("links/1", 9, "via", json!("grpc")),
        "+    via: grpc\n"
    );
    assert_eq!(
        insert("services/mood", 9, "store", json!("sqlite")),
        "-  mood: { kind: inference }\n+  mood: { kind: inference, store: sqlite }\n"
    );
    assert_eq!(
        insert(
            "services",
            9,
            "log",
            json!({ "kind": "analytics", "store": "sqlite" })
        ),
        "+  log:\n+    kind: analytics\n+    store: sqlite\n"
    );
    assert_eq!(
        insert("services", 0, "front", json!({ "kind": "gateway" })),
        "+  front:\n+    kind: gateway\n"
    );
    assert_eq!(
        insert("", 9, "digests", json!({ "a": "b" })),
        "+\n+digests:\n+  a: b\n"
    );
    assert_eq!(
        insert("", 2, "description", json!("x")),
        "+description: x\n"
    );
    let above = changed(PAGE, |editor| {
        editor.insert(&path("services"), 0, "front", &json!({ "kind": "gateway" }))?;
        assert!(
            editor
                .text()
                .contains("services:\n  front:\n    kind: gateway\n  # The way in.\n")
        );
        Ok(())
    });
    assert!(!above.is_empty());
}

#[test]
fn an_item_is_added_in_the_style_around_it() {
    let push = |at: &str, value: Value| changed(PAGE, |editor| editor.push(&path(at), &value));
    assert_eq!(push("targets", json!("kubernetes")), "+- kubernetes\n");
    assert_eq!(
        push(
            "links",
            json!({ "from": "edge", "to": "new", "via": "rest" })
        ),
        "+  - from: edge\n+    to: new\n+    via: rest\n"
    );
    assert_eq!(
        push("services/edge/realtime", json!("websocket")),
        "-    realtime: [sse] # no sockets\n+    realtime: [sse, websocket] # no sockets\n"
    );
}

#[test]
fn what_is_removed_takes_its_own_line_along() {
    let remove = |at: &str| changed(PAGE, |editor| editor.remove(&path(at)));
    assert_eq!(remove("services/mood"), "-  mood: { kind: inference }\n");
    assert_eq!(
        remove("links/0"),
        "-  - { from: edge, to: mood, via: rest }   # slow\n"
    );
    assert_eq!(
        remove("links/0/via"),
        "-  - { from: edge, to: mood, via: rest }   # slow\n+  - { from: edge, to: mood }   # slow\n"
    );
    assert_eq!(
        remove("links/1/from"),
        "-  - from: edge\n-    to: log   # later\n+  - to: log   # later\n"
    );
    assert_eq!(remove("targets/0"), "-targets:\n-- compose\n+targets: []\n");
}

#[test]
fn line_breaks_a_missing_end_and_empty_values_are_as_they_were() {
    let mut editor = Editor::new("a: 1\r\nb:\r\n  c: 2").unwrap();
    editor
        .insert(&path("b"), 9, "d", &json!([{ "e": 1 }]))
        .unwrap();
    assert_eq!(
        editor.text(),
        "a: 1\r\nb:\r\n  c: 2\r\n  d:\r\n    - { e: 1 }"
    );
    editor.remove(&path("b/d")).unwrap();
    assert_eq!(editor.text(), "a: 1\r\nb:\r\n  c: 2");
    let mut editor = Editor::new("services:   # none yet\nname: a\n").unwrap();
    editor
        .insert(&path("services"), 0, "x", &json!({}))
        .unwrap();
    assert_eq!(editor.text(), "services:   # none yet\n  x: {}\nname: a\n");
    let mut editor = Editor::new("# nothing yet").unwrap();
    editor.insert(&[], 0, "name", &json!("a")).unwrap();
    assert_eq!(editor.text(), "# nothing yet\nname: a\n");
}

#[test]
fn what_others_refer_to_is_not_edited() {
    let text = "a: &x { b: 1 }\nc: *x\n";
    let mut editor = Editor::new(text).unwrap();
    assert_eq!(
        editor.set(&path("a/b"), &json!(2)),
        Err(Refused::Unsupported)
    );
    assert_eq!(editor.set(&path("a"), &json!(2)), Err(Refused::Unsupported));
    assert_eq!(editor.remove(&path("c/b")), Err(Refused::Unsupported));
    assert_eq!(editor.text(), text);
    editor.set(&path("c"), &json!(2)).unwrap();
    assert_eq!(editor.text(), "a: &x { b: 1 }\nc: 2\n");
}
