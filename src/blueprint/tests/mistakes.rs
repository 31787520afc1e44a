//! One page per family of mistakes: all of its findings, word for word.

use super::*;
use crate::document::finding::Code;

/// A page whose service `eye` has this contract, four spaces in; those of the first line are added.
fn contract_mistakes(contract: &str) -> Vec<String> {
    mistakes(&format!(
        "name: shop\nservices:\n  eye:\n    kind: worker\n    {contract}"
    ))
}

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
            "14:40: unknown key `also` in an event or a type (known keys: `description`, `fields`)",
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
            "6:3: `a-1` and `a1` are one name where hyphens cannot stand",
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
fn contracts_are_right_in_every_language() {
    assert_eq!(
        contract_mistakes(
            "\
    operations:
      list: { input: { schema: int, Foo: int, a: a | A | c-d, b: strin, c: '[int?]', d: 'int?, int' } }
      delete: {}
      go_1: {}
      go1: {}
    events:
      class: {}
    types:
      Node: { next: Node, other: Other }
      Other: { nodes: { type: [Node], min_length: 1 } }
      Tree: { branches: [Tree], parent: Tree? }
      Promise: {}
      GoOutput: {}
"
        ),
        [
            "6:7: `list` is a builtin of Python, which the function of the operation would hide",
            "6:24: `schema` is an attribute of every pydantic model, which the field would hide",
            "6:37: `Foo` is not snake_case: lower-case letters and digits, in words joined by single `_`, a letter first",
            "6:50: `a` and `A` are one word where enums are written in capitals",
            "6:50: `c-d` is not a word of an enum: letters, digits and `_`, a letter first, as enums have it in every language",
            "6:66: unknown type `strin` (did you mean `string`?)",
            "6:76: only a field as a whole is optional, not what its list or map holds (write the `?` at the end of the type)",
            "6:89: `int?, int` is not a type: expected nothing more, found `,`",
            "7:7: `delete` is a reserved word of JavaScript",
            "9:7: the operation `go1` becomes the class `Go1Input`, as the operation `go_1` does (choose another name)",
            "11:7: `class` is a keyword of Python",
            "13:7: `Node` never ends: every one holds another by its field `next` (make a field on the way optional, or a list)",
            "14:7: `Other` never ends: every one holds another by its field `nodes` (make a field on the way optional, or a list)",
            "16:7: `Promise` is a name that Python, TypeScript or the generated code has already",
        ]
    );
}

#[test]
fn what_the_kind_brings_is_taken() {
    assert_eq!(
        mistakes(
            "\
name: shop
services:
  log:
    kind: analytics
    operations: { record: {}, go: { internal: true } }
    events: { spiked: { word: string } }
    types: { Observation: {}, RecordInput: {} }
"
        ),
        [
            "5:19: the kind brings the operation `record` already",
            "5:37: unknown key `internal` in an operation (known keys: `description`, `input`, `output`, `safe`)",
            "6:15: the kind brings the event `spiked` already",
            "7:14: the kind brings the type `Observation` already",
            "7:31: the type `RecordInput` becomes the class `RecordInput`, as the kind's operation `record` does (choose another name)",
        ]
    );
}

#[test]
fn values_fit_the_type_and_its_bounds() {
    assert_eq!(
        contract_mistakes(
            "\
    operations:
      go:
        input:
          a: { type: int, default: 1.5 }
          b: { type: int, minimum: 2, default: 1 }
          c: { type: [float], max_length: 1, example: [1, two] }
          d: { type: [float], max_length: 1, example: [1, 2] }
          e: { type: low | high, default: hgh }
          f: { type: timestamp, default: 2026-01-31 }
          g: { type: uuid, example: x }
          h: { type: bytes, example: x, media_type: image }
          i: { type: bool, default: yes }
          j: { type: string?, default: x }
          k: { type: string, minimum: 1, media_type: text/plain }
          l: { type: int, minimum: 2, maximum: 1.5, min_length: 1 }
          m: { type: Money, example: { amount: -1, curency: eur } }
          n: { type: int, default: 9007199254740992 }
          o: { type: json, example: { a: .inf } }
          p: { type: string, default: }
        output:
          q: { type: int, default: 1 }
    types:
      Money: { amount: { type: float, minimum: 0 }, currency: string }
"
        ),
        [
            "8:36: `1.5` is not a whole number",
            "9:48: `1` is less than `minimum` 2",
            "10:59: `two` is not a number",
            "11:55: has the length 2, more than `max_length` 1",
            "12:43: `hgh` is not one of `low | high` (did you mean `high`?)",
            "13:42: `2026-01-31` is not a time such as `2026-01-31T12:00:00Z` (RFC 3339)",
            "14:37: `x` is not a UUID",
            "15:38: `x` is not base64 (RFC 4648, with padding)",
            "15:53: `image` is not a media type (RFC 6838) (write `type/subtype`, such as `image/png`)",
            "16:37: `yes` is not `true` or `false`",
            "17:40: a field with a default may be left out anyway, so the `?` says nothing (drop the `?`, or the default)",
            "18:39: `minimum` is for `int` and `float`, not for `string`",
            "18:54: `media_type` is for `bytes`",
            "19:48: `maximum` is less than `minimum`",
            "19:48: `maximum` of an `int` must be a whole number within ±(2^53 - 1)",
            "19:65: `min_length` is for texts, bytes, lists and maps, not for `int`",
            "20:38: a `Money` needs the key `currency`",
            "20:48: `-1` is less than `minimum` 0",
            "20:52: a `Money` has no key `curency` (did you mean `currency`?)",
            "21:36: `9007199254740992` is an integer beyond 2^53 - 1, which JavaScript cannot hold",
            "22:42: `.inf` is not a finite number, which JSON cannot hold",
            "23:37: a value is missing here (nothing in a contract is null)",
            "25:11: `q` is a field of an answer, where a default means nothing (give it an `example`, or make it optional)",
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
            "4:3: `a` and `a-b` would both have a schema `ABCInput` in the public API (choose another name for one of the services)"
        ]
    );
}

#[test]
fn an_example_may_not_grow_beyond_reading() {
    assert_eq!(
        contract_mistakes("types:\n      Big: { a: { type: [string], min_length: 20000 } }\n"),
        [
            "6:7: an example of `Big` needs more than 10000 values, or 32 types inside each other (ask for less by `min_length`, or write a shorter `example`)"
        ]
    );
}

#[test]
fn each_mistake_has_a_kind() {
    let code = |text: &str| page(text).expect_err("the page has a mistake").findings[0].code;
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
