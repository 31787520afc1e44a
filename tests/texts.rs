//! Whatever stands in a description, a default or an example: every generated file can be read and says the
//! same as with a plain text in its place.

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hybridge::document::print::yaml_scalar;
use hybridge::tree::Tree;
use proptest::prelude::*;
use rayon::prelude::*;
use serde_json::Value;
use support::scratch::Scratch;
use support::{parse, render};
use tree_sitter::{Node, Parser};

/// What a careless template would break on.
const TRAPS: [&str; 30] = [
    "\"",
    "'",
    "`",
    "\\",
    "\\\"",
    "\"\"\"",
    "'''",
    "${x}",
    "$(x)",
    "`x`",
    "{{x}}",
    "{{{x}}}",
    "{% x %}",
    "%s",
    "#",
    " # ",
    "//",
    "/*",
    "*/",
    "-->",
    "<!--",
    "</script>",
    ": ",
    "- ",
    "\n",
    "\n\n",
    "\t",
    "é",
    "日本",
    "🦀",
];

fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => prop::sample::select(TRAPS.to_vec()).prop_map(str::to_owned),
        2 => "[a-z ]{0,8}",
        1 => "\\PC{0,4}",
    ];
    // What turns the order of a line around is refused: see below.
    prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat().replace(is_refused, ""))
}

fn is_refused(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[test]
fn characters_that_no_file_can_show_are_refused_with_their_place() {
    for c in ['\u{7f}', '\u{1b}', '\u{2028}', '\u{202e}', '\u{feff}'] {
        let page = format!(
            "hybridge: 1\nname: texts\ndescription: {}\n",
            yaml_scalar(&format!("a{c}b"))
        );
        let scratch = Scratch::with(&[("hybridge.yaml", &page)]);
        // The line itself shows the character in another way.
        let expected = format!(
            "error: hybridge.yaml:3:14: the character U+{:04X} cannot stand in a text\n\
             ...\n",
            u32::from(c)
        );
        let checked = scratch.run(&["check"]);
        checked.code(1).stdout_eq("").stderr_eq(expected);
    }
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
        "ts" | "js" => Meaning::Syntax(shape(
            text,
            &tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        )),
        "md" => Meaning::Syntax(markdown(text)),
        "py" => Meaning::Syntax(shape(text, &tree_sitter_python::LANGUAGE.into())),
        _ => Meaning::Lines(
            text.lines()
                .map(|line| line.split_whitespace().next().unwrap_or("").to_owned())
                .collect(),
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
            let mask = |key: &String| {
                if key == planted {
                    "*".to_owned()
                } else {
                    key.clone()
                }
            };
            Value::Object(
                map.iter()
                    .map(|(key, value)| (mask(key), masked(value, planted)))
                    .collect(),
            )
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
        node.children(&mut cursor)
            .for_each(|child| walk(child, kinds));
    }
    let mut parser = Parser::new();
    parser.set_language(language).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut kinds = Vec::new();
    walk(tree.root_node(), &mut kinds);
    kinds
}

/// The kinds of all blocks and spans of a Markdown text, GitHub's tables included.
fn markdown(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser};
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
        .filter_map(|event| match event {
            Event::Start(tag) => Some(format!("{:?}", tag.to_end())),
            // A line break or an escape parts a text in two.
            Event::Text(_) | Event::SoftBreak => None,
            Event::Code(_) => Some("Code".to_owned()),
            Event::Html(html) | Event::InlineHtml(html) => Some(format!("html {}", html.trim())),
            other => Some(format!("{:?}", std::mem::discriminant(&other))),
        })
        .collect()
}

/// Reads each file of a system that says something of its own. One that is, byte for byte, what `plain` has was read
/// there; only in data a text is searched, whichever it is.
fn meanings(tree: &Tree, planted: &str, plain: Option<&Tree>) -> BTreeMap<String, Meaning> {
    let same = |path: &str, bytes: &[u8]| {
        let data = [".json", ".yaml", ".toml"];
        let plain = plain.and_then(|plain| plain.get(path));
        plain.is_some_and(|plain| plain.bytes == bytes)
            && !data.iter().any(|extension| path.ends_with(extension))
    };
    let files: Vec<_> = tree
        .iter()
        // What is remembered of the files, by their digests.
        .filter(|(path, _)| !path.starts_with(".hybridge/"))
        .filter(|(path, file)| !same(path, &file.bytes))
        .collect();
    files
        .into_par_iter()
        .map(|(path, file)| {
            if let Err(why) = parse::check(path, &file.bytes) {
                panic!("{path}: {why}\nwith {planted:?}");
            }
            let text = std::str::from_utf8(&file.bytes).unwrap();
            (path.clone(), meaning(path, text, planted))
        })
        .collect()
}

const PLAIN: &str = "PlainZq";

/// The system with a plain text in every place, and what its files say.
static WITH_PLAIN: LazyLock<(Tree, BTreeMap<String, Meaning>)> = LazyLock::new(|| {
    let tree = render(&blueprint(PLAIN));
    let meanings = meanings(&tree, PLAIN, None);
    (tree, meanings)
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_changes_what_a_file_says(text in texts()) {
        // A text that is empty or a single common word would be found where nobody planted it.
        let text = format!("{text}Zq{text}");
        let (plain, with_plain) = &*WITH_PLAIN;
        let tree = render(&blueprint(&text));
        for path in with_plain.keys() {
            prop_assert!(tree.contains_key(path), "no {} with {:?}", path, text);
        }
        for (path, said) in meanings(&tree, &text, Some(plain)) {
            // A file of this text alone would be one that the text has made.
            prop_assert_eq!(Some(&said), with_plain.get(&path), "{} with {:?}", path, text);
        }
    }
}
