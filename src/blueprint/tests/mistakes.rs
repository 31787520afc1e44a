//! One page per family of mistakes: all of its findings, word for word.

use super::*;
use crate::document::finding::Place;
use crate::document::mistake::{
    Code, ContractMistake, Meant, ShapeMistake, SystemMistake, YamlMistake,
};

#[test]
fn unknown_keys_and_words_name_the_nearest() {
    assert_eq!(
        mistakes(
            "\
hybridge: 2
nam: shop
services:
  edge: { kind: gatway }
  web: { kind: gateway, framework: fastapi, store: sqlite, realtime: [sse, sse, pigeon] }
  eye: { kind: inference, store: sqlite, frmework: fastapi }
  log: { kind: analytics, store: redis }
links:
  - { from: web, to: ey, via: grcp }
  - { to: log, over: rest }
targets: [composer]
"
        ),
        [
            "1:1: a blueprint needs the key `name`",
            "1:11: unknown version of the blueprint `2` (known: `1`)",
            "2:1: unknown key `nam` in a blueprint (did you mean `name`?)",
            "4:3: no link leads to `edge` (add one under `links`)",
            "4:17: unknown kind `gatway` (did you mean `gateway`?)",
            "5:36: unknown gateway framework `fastapi` (known: `express`, `fastify`)",
            "5:45: unknown key `store` in a service of kind `gateway` (`store` is for services of kind `analytics`)",
            "5:76: `sse` is given twice",
            "5:81: unknown real-time way `pigeon` (known: `sse`, `websocket`)",
            "6:3: no link leads to `eye` (add one under `links`)",
            "6:27: unknown key `store` in a service of kind `inference` (`store` is for services of kind `analytics`)",
            "6:42: unknown key `frmework` in a service of kind `inference` (did you mean `framework`?)",
            "7:34: unknown store `redis` (known: `postgres`, `sqlite`)",
            "9:22: unknown service `ey` (did you mean `eye`?)",
            "9:31: unknown transport `grcp` (did you mean `grpc`?)",
            "10:16: unknown key `over` in a link (known keys: `from`, `to`, `via`)",
            "11:11: unknown target `composer` (did you mean `compose`?)",
        ]
    );
}

#[test]
fn types_of_other_languages_and_of_other_services_are_known() {
    assert_eq!(
        mistakes(
            "\
name: shop
services:
  gateway: { kind: gateway }
  orders:
    kind: worker
    operations: { place: { input: { a: integer, b: boolean, c: number, d: OrderItem } } }
    types: { OrderItem: { x: int } }
  stock:
    kind: worker
    operations: { take: { input: { a: OrderItm, b: OrderItem, c: Nothing } } }
"
        ),
        [
            "6:40: unknown type `integer` (did you mean `int`?)",
            "6:52: unknown type `boolean` (did you mean `bool`?)",
            "6:64: unknown type `number` (did you mean `float`?)",
            "10:39: unknown type `OrderItm` (`OrderItem` is a type of `orders`: each service has its own, so write it under `types` here too)",
            "10:52: unknown type `OrderItem` (`OrderItem` is a type of `orders`: each service has its own, so write it under `types` here too)",
            "10:66: unknown type `Nothing`",
        ]
    );
}

#[test]
fn digests_are_of_images_that_there_are() {
    let digits = "0a".repeat(32);
    assert_eq!(
        mistakes(&format!(
            "\
name: shop
digests:
  node: sha256:{digits}
  pyton: sha256:{digits}
  python: latest
  uv: [sha256:{digits}]
  kafka: sha256:0a
"
        )),
        [
            "4:3: unknown key `pyton` in the digests of images (did you mean `python`?)",
            "5:11: `latest` is no digest (`sha256:` and 64 hexadecimal digits, in lower case)",
            "6:7: `uv` must be a text, not a list",
            "7:10: `sha256:0a` is no digest (`sha256:` and 64 hexadecimal digits, in lower case)",
        ]
    );
}

#[test]
fn wrong_shapes_tell_what_was_expected() {
    assert_eq!(
        mistakes("name: [a]\nservices: {}\nlinks: all\ntargets: compose\n"),
        [
            "1:7: `name` must be a text, not a list",
            "2:11: `services` is empty (leave the key out for the default)",
            "3:8: `links` must be a list, not `all`",
            "4:10: `targets` must be a list, not `compose`",
        ]
    );
    assert_eq!(
        mistakes("name: shop\ndescription: \" \\n\"\n"),
        ["2:14: a description of nothing but white space (leave it out)"]
    );
    assert_eq!(
        mistakes("- name\n"),
        ["1:1: a blueprint must be a mapping, not a list"]
    );
    assert_eq!(
        mistakes("name:\n"),
        ["1:5: `name` must be a text, not empty"]
    );
    assert_eq!(
        contract_mistakes(
            "\
    operations:
      go:
        safe: maybe
        input: [a]
        output:
          a: [int, string]
          b: { int: string }
          c: { typ: int }
          d: { type: [int], minimum: low, max_length: -1 }
    events: { e: { fields: { a: int }, also: int } }
"
        ),
        [
            "7:15: `safe` must be `true` or `false`, not `maybe`",
            "8:16: `input` must be a mapping, not a list",
            "10:14: a list type holds exactly one type (write `[T]`; one of several words is `a | b`)",
            "11:14: this is neither a map type, `{string: T}`, nor a field with the key `type`",
            "12:14: this is neither a map type, `{string: T}`, nor a field with the key `type` (did you mean `type`?)",
            "13:38: `minimum` must be a number, not `low`",
            "13:55: `max_length` is less than 0",
            "14:40: unknown key `also` in an event (known keys: `description`, `fields`, `scopes`)",
        ]
    );
}

#[test]
fn names_break_rules_by_name() {
    assert_eq!(
        mistakes(
            "\
name: con
services:
  gateway: { kind: worker }
  json: { kind: worker }
  a-1: { kind: worker }
  a1: { kind: worker }
  Eye: { kind: worker }
  edge: { kind: gateway }
"
        ),
        [
            "1:7: `con` is a device on Windows, where no folder can be called so",
            "3:3: `gateway` is what a gateway is called: a service of another kind needs another name",
            "4:3: `json` is a module of Python's standard library, which the service's package would hide",
            "6:3: `a-1` at 5:3 and `a1` are one name where hyphens cannot stand",
            "7:3: `Eye` is not a DNS label: lower-case letters and digits, in words joined by single hyphens, a letter first",
        ]
    );
}

#[test]
fn links_lead_from_gateways_to_services() {
    assert_eq!(
        mistakes(
            "\
name: shop
services: { edge: { kind: gateway }, eye: {}, ear: {} }
links:
  - { from: edge, to: eye }
  - { from: edge, to: eye, via: grpc }
  - { from: eye, to: edge }
  - { from: edg, to: eye }
"
        ),
        [
            "2:47: no link leads to `ear` (add one under `links`)",
            "5:5: `edge` is linked to `eye` twice",
            "6:13: a link goes from a gateway, and `eye` is none",
            "6:22: a link goes to a Python service, and `edge` is a gateway",
            "7:13: unknown service `edg` (did you mean `edge`?)",
        ]
    );
    assert_eq!(
        mistakes("name: shop\nservices: { edge: { kind: gateway } }\n"),
        [
            "2:13: there is no service behind the gateway (add one of kind `analytics`, `inference`, `worker`)"
        ]
    );
}

#[test]
fn characters_that_break_lines_or_their_order_are_refused() {
    for (character, code) in [
        ("\\0", "0000"),
        ("\\x1b", "001B"),
        ("\\r", "000D"),
        ("\\u202e", "202E"),
        ("\\u2028", "2028"),
    ] {
        assert_eq!(
            mistakes(&format!("name: shop\ndescription: \"a{character}b\"\n")),
            [format!(
                "2:14: the character U+{code} cannot stand in a text"
            )]
        );
    }
    assert_eq!(
        page("name: shop\ndescription: \"a\\n\\tb\"\n")
            .unwrap()
            .description,
        "a\n\tb"
    );
}

#[test]
fn schemas_of_two_services_do_not_meet() {
    assert_eq!(
        mistakes(
            "\
name: shop
services:
  a: { kind: worker, operations: { b_c: {} } }
  a-b: { kind: worker, operations: { c: {} } }
"
        ),
        [
            "4:3: `a` at 3:3 and `a-b` would both have a schema `ABCInput` in the public API (choose another name for one of the services)"
        ]
    );
}

#[test]
fn a_mistake_has_fields() {
    let mistake = |text: &str| {
        let errors = page(text).expect_err("the page has a mistake");
        errors.findings[0].mistake.clone()
    };
    assert_eq!(
        mistake("name: shop\nname: shop"),
        YamlMistake::DuplicateKey {
            key: "name".into(),
            first: Place::START,
        }
        .into()
    );
    assert_eq!(
        mistake("name: shop\nlinsk: []"),
        ShapeMistake::UnknownKey {
            key: "linsk".into(),
            of: "a blueprint".into(),
            meant: Meant::Nearest("links".into()),
        }
        .into()
    );
    assert_eq!(
        mistake("name: shop\nservices: { a: { kind: worker, types: { A: { a: A } } } }"),
        ContractMistake::Endless {
            name: "A".into(),
            field: "a".into(),
        }
        .into()
    );
    assert_eq!(
        mistake("name: shop\nservices: { a: { kind: worker } }\nlinks: [{ to: a }, { to: b }]"),
        SystemMistake::UnknownService {
            name: "b".into(),
            nearest: None,
        }
        .into()
    );
}

#[test]
fn each_mistake_has_a_kind() {
    let code = |text: &str| {
        page(text).expect_err("the page has a mistake").findings[0]
            .mistake
            .code()
    };
    for (text, expected) in [
        ("name: \tshop: x", Code::Syntax),
        ("name: shop\nname: shop", Code::Duplicate),
        ("nmae: shop", Code::MissingKey),
        ("name: shop\nlinsk: []", Code::UnknownKey),
        ("name: shop\nlinks: all", Code::WrongType),
        ("name: shop\ntargets: [compos]", Code::UnknownWord),
        ("name: Shop", Code::NotAName),
        ("name: shop\nservices: {}", Code::Empty),
        (
            "name: shop\nservices: { a: { operations: { b: { input: { c: Nope } } } } }",
            Code::UnknownWord,
        ),
        (
            "name: shop\nservices: { a: { operations: { b: { input: { c: { type: int, default: x } } } } } }",
            Code::NotAValue,
        ),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn names_that_are_made_of_others_are_told_with_both_places() {
    assert_eq!(
        mistakes(
            "\
name: shop
services:
  gateway: { kind: gateway }
  a: { kind: gateway }
  a-to-b: { kind: gateway }
  b: { kind: worker, operations: { ping: {} } }
  b-replicas: { kind: worker, operations: { ping: {} } }
  shared: { kind: worker, operations: { ping: {} } }
links:
  - { from: gateway, to: b, via: grpc }
  - { from: a-to-b, to: b-replicas, via: rest }
  - { from: a, to: b, via: rest }
  - { from: a, to: shared, via: rest }
"
        ),
        [
            "5:3: `a-to-b` would stand for this service and for the network policy of a link of `b` at 6:3 (choose another name)",
            "7:3: `b-replicas` would stand for this service and for a host of `b` at 6:3 (choose another name)",
            "8:3: `shared` would stand for this service and for what all components share in Kubernetes (choose another name)",
        ]
    );
}
