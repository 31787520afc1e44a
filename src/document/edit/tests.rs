use proptest::prelude::*;
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

/// A value, and how it is written.
#[derive(Debug, Clone)]
enum Written {
    Scalar(String),
    List {
        is_flow: bool,
        is_indented: bool,
        items: Vec<Written>,
    },
    Map {
        is_flow: bool,
        entries: Vec<Written>,
    },
}

fn written() -> impl Strategy<Value = Written> {
    let scalar = prop::sample::select(vec![
        "word",
        "12",
        "true",
        "\"two words\"",
        "'it''s'",
        "\"a # b\"",
        "ünïcode",
        "1.5",
        "''",
        "a: b\\",
    ])
    .prop_map(|text| Written::Scalar(text.replace("a: b\\", "\"a: b\"")));
    scalar.prop_recursive(4, 24, 4, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..4);
        let entries = prop::collection::vec(inner, 0..4);
        prop_oneof![
            (any::<bool>(), any::<bool>(), items).prop_map(|(is_flow, is_indented, items)| {
                Written::List {
                    is_flow,
                    is_indented,
                    items,
                }
            }),
            (any::<bool>(), entries)
                .prop_map(|(is_flow, entries)| Written::Map { is_flow, entries }),
        ]
    })
}

/// Writes pages with a comment, numbered, wherever one may stand.
struct Writer {
    text: String,
    comments: usize,
    newline: &'static str,
    step: usize,
}

impl Writer {
    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# c{}.", self.comments)
    }

    fn flow(value: &Written) -> String {
        match value {
            Written::Scalar(text) => text.clone(),
            Written::List { items, .. } => {
                format!(
                    "[{}]",
                    items.iter().map(Self::flow).collect::<Vec<_>>().join(" , ")
                )
            }
            Written::Map { entries, .. } => {
                let entries = entries.iter().enumerate();
                let entries: Vec<String> = entries
                    .map(|(n, value)| format!("k{n}: {}", Self::flow(value)))
                    .collect();
                match entries.is_empty() {
                    true => "{}".into(),
                    false => format!("{{ {}, }}", entries.join(", ")),
                }
            }
        }
    }

    /// Behind a key or a dash, to the end of the line and below.
    fn value(&mut self, value: &Written, column: usize, is_item: bool) {
        match value {
            Written::List {
                is_flow: false,
                is_indented,
                items,
            } if !items.is_empty() && !is_item => {
                let comment = self.comment();
                self.text += &format!(" {comment}{}", self.newline);
                let column = if *is_indented {
                    column + self.step
                } else {
                    column
                };
                for item in items {
                    let comment = self.comment();
                    self.text += &format!("{}{comment}{}", " ".repeat(column), self.newline);
                    self.text += &format!("{}-", " ".repeat(column));
                    self.value(item, column, true);
                }
            }
            Written::Map {
                is_flow: false,
                entries,
            } if !entries.is_empty() => {
                if is_item {
                    self.text += " ";
                    return self.entries(entries, column + 2, true);
                }
                let comment = self.comment();
                self.text += &format!(" {comment}{}", self.newline);
                self.entries(entries, column + self.step, false);
            }
            value => {
                let comment = self.comment();
                self.text += &format!(" {}  {comment}{}", Self::flow(value), self.newline);
            }
        }
    }

    fn entries(&mut self, entries: &[Written], column: usize, mut is_begun: bool) {
        for (number, value) in entries.iter().enumerate() {
            if !is_begun {
                let comment = self.comment();
                self.text += &format!("{}{comment}{}", " ".repeat(column), self.newline);
                self.text += &" ".repeat(column);
            }
            is_begun = false;
            self.text += &format!("k{number}:");
            self.value(value, column, false);
        }
    }
}

fn page() -> impl Strategy<Value = (String, usize)> {
    let style = (any::<bool>(), any::<bool>(), any::<bool>());
    (prop::collection::vec(written(), 1..5), style).prop_map(|(entries, (crlf, wide, ends))| {
        let mut writer = Writer {
            text: String::new(),
            comments: 0,
            newline: if crlf { "\r\n" } else { "\n" },
            step: if wide { 4 } else { 2 },
        };
        writer.entries(&entries, 0, false);
        let mut text = writer.text;
        if !ends {
            text.truncate(text.trim_end().len());
        }
        (text, writer.comments)
    })
}

fn paths(value: &Value, at: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    found.push(at.clone());
    let children: Vec<(Step, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (Step::Key(k.clone()), v)).collect(),
        Value::Array(items) => (0..).map(Step::Index).zip(items).collect(),
        _ => Vec::new(),
    };
    for (step, child) in children {
        at.push(step);
        paths(child, at, found);
        at.pop();
    }
}

fn new_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("new"),
        json!("it's new: yes"),
        json!(7),
        json!(false),
        json!([]),
        json!({}),
        json!(["a", "b"]),
        json!({ "x": 1, "y": ["z"] }),
        json!([{ "x": 1 }, { "x": { "y": 2 } }]),
    ])
}

fn has(text: &str, number: usize) -> bool {
    text.contains(&format!("# c{number}."))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// What comes out says what it should: the editor itself refuses anything else. Here: it does not refuse, and
    /// what is not replaced keeps every byte.
    #[test]
    fn an_edit_changes_one_range_and_keeps_every_comment(
        (text, comments) in page(),
        operation in 0..4_u8,
        at in any::<prop::sample::Index>(),
        position in 0..4_usize,
        new in new_value(),
    ) {
        let mut editor = Editor::new(&text).unwrap();
        let mut all = Vec::new();
        paths(editor.value(), &mut Vec::new(), &mut all);
        let path = at.get(&all).clone();
        let there = editor.get(&path).unwrap().clone();
        let is_collection = there.is_object() || there.is_array();
        match operation {
            0 if !path.is_empty() => {
                prop_assert_eq!(editor.set(&path, &new), Ok(()), "{:?} in\n{}", path, text);
                prop_assert_eq!(editor.get(&path), Some(&new));
            }
            1 if there.is_object() => {
                let added = editor.insert(&path, position, "added", &new);
                prop_assert_eq!(added, Ok(()), "{:?} in\n{}", path, text);
            }
            2 if there.is_array() => {
                prop_assert_eq!(editor.push(&path, &new), Ok(()), "{:?} in\n{}", path, text);
            }
            3 if !path.is_empty() => {
                // A first key behind a dash may have a comment that has nowhere to go.
                if editor.remove(&path).is_err() {
                    prop_assert_eq!(editor.text(), &text);
                    return Ok(());
                }
            }
            _ => return Ok(()),
        }
        let edited = editor.text();
        // Behind what both begin with, and before what both end with, nothing changed: one range is replaced.
        // It holds no comment but those of what was replaced or removed.
        let lost: Vec<usize> = (1..=comments).filter(|n| has(&text, *n) && !has(edited, *n)).collect();
        let may_lose = match operation {
            0 if !is_collection => 0,
            0 | 3 => usize::MAX,
            _ if there == json!({}) || there == json!([]) => 0,
            _ => 0,
        };
        prop_assert!(lost.len() <= may_lose, "{:?} lost {:?}\n{}\n---\n{}", path, lost, text, edited);
        let gone: Vec<usize> = lost.windows(2).map(|pair| pair[1] - pair[0]).collect();
        prop_assert!(gone.iter().all(|step| *step == 1), "comments of one range: {:?}", lost);
        prop_assert_eq!(edited.contains("\r\n"), text.contains("\r\n") && edited.contains('\n'));
        let is_mixed = edited.contains("\r\n") && edited.replace("\r\n", "").contains('\n');
        prop_assert!(!is_mixed, "{:?}", edited);
    }
}
