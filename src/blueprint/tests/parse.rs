use super::*;
use crate::document::finding::{Findings, Place};
use crate::document::mistake::{Mistake, YamlMistake};
use crate::document::node::Node;
use crate::document::parse::parse;
use crate::document::source::MAX_BYTES;

fn tree(text: &str) -> Result<Node, BlueprintErrors> {
    let mut findings = Findings::default();
    let source = Source {
        name: "t".to_owned(),
        text: text.to_owned(),
    };
    let node = parse(&source, &mut findings)?;
    findings.into_result(&Source::of_name("t"))?;
    Ok(node)
}

fn refusal(text: &str) -> String {
    tree(text).unwrap_err().to_string()
}

/// The first thing that is wrong.
fn mistake(text: &str) -> Mistake {
    let mut errors = tree(text).unwrap_err();
    errors.findings.swap_remove(0).mistake
}

#[test]
fn every_value_knows_its_line_and_column() {
    let node = tree("name: shop\nservices:\n  gateway: { kind: gateway }\n").unwrap();
    let at = |pointer| node.at(pointer).unwrap().1.place;
    assert_eq!(at("/name"), Place::Text { line: 1, column: 7 });
    assert_eq!(
        at("/services/gateway/kind"),
        Place::Text {
            line: 3,
            column: 20
        }
    );
    let key = node.at("/services/gateway").unwrap().0.unwrap();
    assert_eq!(key.place, Place::Text { line: 3, column: 3 });
}

#[test]
fn a_byte_order_mark_and_crlf_change_nothing() {
    let text = "name: shop\ndescription: |\n  one\n  two\n";
    let plain = tree(text).unwrap();
    assert_eq!(
        tree(&format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap(),
        plain
    );
    assert_eq!(
        plain.get("description").unwrap().as_text(),
        Some("one\ntwo\n")
    );
}

#[test]
fn scalars_are_kept_as_written() {
    for word in ["no", "on", "1e3", "0x10", "null", "~", "2026-01-01"] {
        assert_eq!(
            tree(&format!("name: {word}"))
                .unwrap()
                .get("name")
                .unwrap()
                .as_text(),
            Some(word)
        );
    }
}

#[test]
fn an_empty_text_is_an_empty_mapping() {
    for text in ["", "\n", "# nothing\n", "\u{feff}"] {
        assert!(tree(text).unwrap().entries().is_empty());
    }
}

#[test]
fn what_a_blueprint_does_not_need_is_refused_by_name() {
    assert_eq!(
        refusal("a: 1\nb: 2\na: 3\n"),
        "t:3:1: the key `a` is given twice, first at 1:1"
    );
    assert_eq!(
        refusal("a: 1\n---\nb: 2\n"),
        "t:2:1: a second document begins: a blueprint is one document"
    );
    assert_eq!(
        refusal("a: !secret x\n"),
        "t:1:4: the tag `!secret` means nothing in a blueprint"
    );
    assert_eq!(
        refusal("a: !!binary x\n"),
        "t:1:4: the tag `!!binary` means nothing in a blueprint"
    );
    assert_eq!(
        refusal("a: &x { b: c }\nd:\n  <<: *x\n"),
        "t:3:3: `<<` (a merge key) is not part of YAML 1.2"
    );
    assert_eq!(
        refusal("[a, b]: c\n"),
        "t:1:1: a key must be a word, not a list or a mapping"
    );
    assert_eq!(
        refusal("a: \"x\0y\"\n"),
        "t:1:6: the character U+0000 cannot stand in YAML"
    );
}

#[test]
fn tabs_are_told_from_other_mistakes() {
    let message = "a tab is used for indentation, which YAML does not allow";
    assert_eq!(
        refusal("services:\n\tgateway: {}\n"),
        format!("t:2:1: {message}")
    );
    assert_eq!(
        refusal("a:\n  b: 1\n \tc: 2\n"),
        format!("t:3:2: {message}")
    );
}

#[test]
fn an_unquoted_optional_list_is_explained() {
    let errors = tree("input: { words: [string]? }\n").unwrap_err();
    let hint = errors.findings[0].mistake.instead();
    assert_eq!(
        hint.as_deref(),
        Some("an optional list or map is written in quotes: `\"[string]?\"`")
    );
}

#[test]
fn anchors_work_within_bounds() {
    let node = tree("a: &x { k: v }\nb: *x\n").unwrap();
    assert_eq!(node.get("b"), node.get("a"));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
    }
    let grows = |text: &str| {
        let found = mistake(text);
        let is_of_anchors = matches!(found, Mistake::Yaml(YamlMistake::AnchorsGrow { .. }));
        assert!(is_of_anchors, "{found}");
    };
    grows(&bomb);

    let long = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(500_000),
        ["*a"; 100].join(", ")
    );
    grows(&long);

    let nested = (0..60)
        .map(|level| format!("&a{level} ["))
        .collect::<String>();
    let wide = format!("a: {nested}{}{}\n", "x,".repeat(100_000), "]".repeat(60));
    grows(&wide);

    assert_eq!(mistake("a: &a [*a]\n"), YamlMistake::AliasInside.into());
    // In the words of the parser.
    let unknown = mistake("a: *nobody\n").to_string();
    assert!(unknown.contains("unknown anchor"), "{unknown}");
}

#[test]
fn depth_number_and_size_are_bounded() {
    let deep = YamlMistake::TooDeep { limit: 64 };
    assert_eq!(mistake(&"[".repeat(1000)), deep.clone().into());
    assert_eq!(mistake(&"- ".repeat(100_000)), deep.into());
    let many = YamlMistake::TooManyValues { limit: 250_000 };
    assert_eq!(mistake(&"- \n".repeat(300_000)), many.into());
    let large = YamlMistake::TooLarge { limit: MAX_BYTES };
    assert_eq!(mistake(&" ".repeat(MAX_BYTES + 1)), large.into());
}
