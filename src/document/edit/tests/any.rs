//! Any edit of any page.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::document::edit::{Editor, Step};

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
