use snapbox::{assert_data_eq, str};

use super::*;
use crate::contract::model::{Field, Type};

#[test]
fn a_name_is_the_default_system() {
    let blueprint = page("name: shop\n").unwrap();
    let names: Vec<&String> = blueprint.services.keys().collect();
    assert_eq!(names, ["gateway", "trends", "vision"]);
    assert_eq!(blueprint.targets, ["compose"]);
    let links: Vec<_> = blueprint
        .links
        .iter()
        .map(|l| (l.from.as_str(), l.to.as_str(), l.via.as_str()))
        .collect();
    assert_eq!(
        links,
        [("gateway", "trends", "rest"), ("gateway", "vision", "rest")]
    );
    let gateway = &blueprint.services["gateway"];
    assert_eq!(gateway.framework, "fastify");
    assert_eq!(gateway.role, Role::Gateway);
    assert_eq!(
        gateway.choices,
        choices(&[
            ("realtime", &["sse", "websocket"]),
            ("auth", &["none"]),
            ("backplane", &["none"]),
            ("console", &["web"]),
        ])
    );
    assert_eq!(blueprint.services["vision"].framework, "fastapi");
}

#[test]
fn services_without_a_gateway_get_one() {
    let blueprint = page("name: shop\nservices: { eye: { kind: inference } }\n").unwrap();
    assert_eq!(
        blueprint.services.keys().collect::<Vec<_>>(),
        ["gateway", "eye"]
    );
    assert_eq!(
        (
            blueprint.links[0].from.as_str(),
            blueprint.links[0].to.as_str()
        ),
        ("gateway", "eye")
    );
}

#[test]
fn a_service_may_be_left_empty() {
    let blueprint = page("name: shop\nservices:\n  gateway:\n  eye:\n").unwrap();
    assert!(matches!(blueprint.services["gateway"].role, Role::Gateway));
    assert!(
        matches!(&blueprint.services["eye"].role, Role::Python { kind, .. } if kind == "analytics")
    );
}

#[test]
fn a_kind_that_keeps_something_gets_a_store_and_no_other_does() {
    let blueprint = page("name: shop\n").unwrap();
    let store = |name: &str| match &blueprint.services[name].role {
        Role::Python { store, .. } => store.clone(),
        Role::Gateway => panic!("a gateway"),
    };
    assert_eq!(store("trends"), "sqlite");
    assert_eq!(store("vision"), "");
}

#[test]
fn a_link_without_from_comes_from_the_only_gateway() {
    let blueprint =
        page("name: shop\nservices: { edge: { kind: gateway }, eye: {} }\nlinks: [{ to: eye }]\n")
            .unwrap();
    assert_eq!(blueprint.links[0].from, "edge");
    assert_eq!(
        mistakes(
            "name: shop\nservices: { a: { kind: gateway }, b: { kind: gateway }, eye: {} }\nlinks: [{ to: eye }]\n"
        ),
        ["3:9: there are several gateways, so the link needs the key `from`"]
    );
}

#[test]
fn own_operations_stand_beside_the_kinds() {
    let blueprint = page(
        "\
name: shop
services:
  trends:
    kind: analytics
    operations:
      top:
        description: The most frequent words.
        safe: true
        input: { since: timestamp, limit: int? }
        output: { words: [WordCount] }
    events:
      peaked: { word: string, factor: float }
      sank: { description: It sank., fields: { word: string } }
    types:
      WordCount: { word: string, count: int, seen: Observation? }
",
    )
    .unwrap();
    let contract = contract(&blueprint.services["trends"]);
    let operations: Vec<_> = contract
        .operations
        .iter()
        .map(|o| (o.name.as_str(), o.own, o.safe, o.internal))
        .collect();
    assert_eq!(
        operations,
        [("record", false, false, true), ("top", true, true, false)]
    );
    assert_eq!(
        contract
            .events
            .iter()
            .map(|e| e.name.as_str())
            .collect::<Vec<_>>(),
        ["spiked", "peaked", "sank"]
    );
    assert_eq!(contract.events[2].description, "It sank.");
    let limit = &contract.operations[1].input[1];
    assert_eq!(
        (limit.name.as_str(), &limit.kind, limit.optional),
        ("limit", &Type::Int, true)
    );
    let words = &contract.operations[1].output[0];
    assert_eq!(
        words.kind,
        Type::List(Box::new(Type::Named("WordCount".to_owned())))
    );
}

#[test]
fn every_notation_of_a_type_says_the_same_in_yaml_and_in_a_text() {
    let field = |notation: &str| -> Field {
        let text = format!(
            "name: shop\nservices: {{ eye: {{ kind: worker, operations: {{ go: {{ input: {{ x: {notation} }} }} }}, types: {{ T: {{ a: int }} }} }} }}\n"
        );
        contract(&page(&text).unwrap().services["eye"]).operations[0].input[0].clone()
    };
    for (structural, text) in [
        ("[int]", "\"[int]\""),
        ("[[T]]", "\"[[T]]\""),
        ("{ string: [T] }", "\"{string: [T]}\""),
        ("[a | b]", "\"[a | b]\""),
        ("{ type: [T] }", "\"[T]\""),
        ("{ type: { string: int } }", "\"{ string: int }\""),
    ] {
        assert_eq!(field(structural), field(text), "{structural}");
    }
    assert!(field("\"[T]?\"").optional);
    assert_eq!(
        field("a|b?").kind,
        Type::Enum(vec!["a".to_owned(), "b".to_owned()])
    );
}

#[test]
fn texts_stay_as_written_whatever_they_look_like() {
    for (written, text) in [
        ("42", "42"),
        ("no", "no"),
        ("1e3", "1e3"),
        ("true", "true"),
        ("~", "~"),
        ("0x10", "0x10"),
    ] {
        let blueprint = page(&format!("name: shop\ndescription: {written}\n")).unwrap();
        assert_eq!(blueprint.description, text);
    }
    assert_eq!(page("name: no\n").unwrap().name, "no");
    assert_eq!(page("name: on\n").unwrap().name, "on");
    assert_data_eq!(
        mistakes("name: 1e3\n")[0].as_str(),
        str![
            "1:7: `1e3` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first"
        ]
    );
}

#[test]
fn a_default_is_read_by_the_type_of_its_field() {
    let text = "\
name: shop
services:
  eye:
    kind: worker
    operations:
      go:
        safe: true
        input:
          a: { type: string, default: 12 }
          b: { type: int, default: 12 }
          c: { type: float, default: 1e3 }
          d: { type: json, default: { k: [1, \"1\", yes, true, ~] } }
          e: { type: low | high, default: low }
          f: { type: { string: float }, default: { no: 1 } }
";
    let blueprint = page(text).unwrap();
    let defaults: Vec<_> = contract(&blueprint.services["eye"]).operations[0]
        .input
        .iter()
        .map(|field| field.default.clone().unwrap().to_string())
        .collect();
    assert_eq!(
        defaults,
        [
            "\"12\"",
            "12",
            "1000.0",
            r#"{"k":[1,"1","yes",true,null]}"#,
            "\"low\"",
            r#"{"no":1}"#
        ]
    );
}

#[test]
fn a_broken_contract_of_a_kind_is_the_modules_fault() {
    let mut kind = module(Axis::KIND, "worker", true);
    kind.contract = Some("operations:\n  go: { inptu: {} }\n".to_owned());
    let catalogue = Catalogue::from_modules(vec![kind], Versions::default());
    let errors = load(&source("name: shop\n"), &catalogue).unwrap_err();
    assert!(errors.in_module);
    assert_eq!(
        errors.to_string(),
        "templates/kind/worker/contract.yaml:2:9: unknown key `inptu` in an operation"
    );
}

#[test]
fn the_contracts_of_the_built_in_kinds_are_right() {
    let catalogue = Catalogue::built_in().unwrap();
    for kind in catalogue.options(Axis::KIND) {
        let contract = crate::catalogue::kind::contract_of(kind);
        assert!(contract.is_ok(), "{}", contract.unwrap_err());
    }
}
