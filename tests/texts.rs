//! Whatever stands in a description, a default or an example: every generated file can be read and says the
//! same as with a plain text in its place.

mod support;

use std::collections::BTreeMap;

use hybridge::blueprint::write::yaml_scalar;
use hybridge::plan::Tree;
use proptest::prelude::*;
use serde_json::Value;
use support::{parse, render};
use tree_sitter::{Node, Parser};

/// What a careless template would break on.
const TRAPS: [&str; 34] = [
    "\"", "'", "`", "\\", "\\\"", "\"\"\"", "'''", "${x}", "$(x)", "`x`", "{{x}}", "{{{x}}}", "{% x %}", "%s",
    "#", " # ", "//", "/*", "*/", "-->", "<!--", "</script>", ": ", "- ", "\n", "\r\n", "\n\n", "\t", "\u{2028}",
    "\u{202e}", "\u{7f}", "é", "日本", "🦀",
];

fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => prop::sample::select(TRAPS.to_vec()).prop_map(str::to_owned),
        2 => "[a-z ]{0,8}",
        1 => "\\PC{0,4}",
    ];
    prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat())
}

/// A system in which `text` stands everywhere where a blueprint takes a text.
fn blueprint(text: &str) -> String {
    let t = yaml_scalar(text);
    format!(
        "hybridge: 1
name: texts
description: {t}
services:
  gateway: {{ kind: gateway, description: {t} }}
  vision: {{ kind: inference, description: {t} }}
  unit:
    kind: worker
    description: {t}
    operations:
      ask:
        description: {t}
        input:
          what: {{ type: string, description: {t}, default: {t} }}
          more: {{ type: \"{{string: string}}\", description: {t}, default: {{ {t}: {t} }} }}
        output:
          said: {{ type: string, description: {t}, example: {t} }}
    events:
      told: {{ description: {t}, fields: {{ what: {{ type: string, description: {t}, example: {t} }} }} }}
    types:
      Thing: {{ description: {t}, fields: {{ it: {{ type: \"[string]\", description: {t}, example: [{t}] }} }} }}
"
    )
}

/// What a file says, without the words of its comments and texts.
#[derive(Debug, PartialEq)]
enum Meaning {
    Data(Value),
    Syntax(Vec<String>),
    /// The first word of each line.
    Lines(Vec<String>),
}

fn meaning(path: &str, text: &str, planted: &str) -> Meaning {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "json" => Meaning::Data(masked(&serde_json::from_str(text).unwrap(), planted)),
        "yaml" => Meaning::Data(masked(&parse::yaml(text).unwrap(), planted)),
        "toml" => {
            let table: toml::Table = text.parse().unwrap();
            Meaning::Data(masked(&serde_json::to_value(table).unwrap(), planted))
        }
        "ts" | "js" => Meaning::Syntax(shape(text, &tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into())),
        "py" => Meaning::Syntax(shape(text, &tree_sitter_python::LANGUAGE.into())),
        _ => Meaning::Lines(
            text.lines().map(|line| line.split_whitespace().next().unwrap_or("").to_owned()).collect(),
        ),
    }
}

/// The planted text is `*` wherever a value or a key holds it; nothing else may hold it.
fn masked(value: &Value, planted: &str) -> Value {
    match value {
        Value::String(text) if text == planted => Value::String("*".into()),
        Value::String(text) if text.contains(planted) => Value::String(text.replace(planted, "*")),
        Value::Array(items) => items.iter().map(|item| masked(item, planted)).collect(),
        Value::Object(map) => {
            let mask = |key: &String| if key == planted { "*".to_owned() } else { key.clone() };
            Value::Object(map.iter().map(|(key, value)| (mask(key), masked(value, planted))).collect())
        }
        other => other.clone(),
    }
}

/// The kinds of all syntax nodes but comments, and what is inside of texts.
fn shape(text: &str, language: &tree_sitter::Language) -> Vec<String> {
    fn walk(node: Node<'_>, kinds: &mut Vec<String>) {
        assert!(!node.is_error() && !node.is_missing());
        if node.kind() == "comment" {
            return;
        }
        kinds.push(node.kind().to_owned());
        if node.kind() == "string" {
            return;
        }
        let mut cursor = node.walk();
        node.children(&mut cursor).for_each(|child| walk(child, kinds));
    }
    let mut parser = Parser::new();
    parser.set_language(language).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut kinds = Vec::new();
    walk(tree.root_node(), &mut kinds);
    kinds
}

fn meanings(tree: &Tree, planted: &str) -> BTreeMap<String, Meaning> {
    tree.iter()
        .map(|(path, file)| {
            if let Err(why) = parse::check(path, &file.bytes) {
                panic!("{path}: {why}\nwith {planted:?}");
            }
            let text = std::str::from_utf8(&file.bytes).unwrap();
            (path.clone(), meaning(path, text, planted))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_text_changes_what_a_file_says(text in texts()) {
        // A text that is empty or a single common word would be found where nobody planted it.
        let text = format!("{text}Zq{text}");
        let plain = "PlainZq";
        let with_text = meanings(&render(&blueprint(&text)), &text);
        let with_plain = meanings(&render(&blueprint(plain)), plain);
        for (path, expected) in &with_plain {
            prop_assert_eq!(&with_text[path], expected, "{} with {:?}", path, text);
        }
    }
}
