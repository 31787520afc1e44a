//! Mistakes in the contract of a service: all findings of a page, word for word.

use super::*;

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
            "9:7: the operation `go1` becomes the class `Go1Input`, as the operation `go_1` at 8:7 does (choose another name)",
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
            "5:37: unknown key `internal` in an operation (known keys: `description`, `input`, `output`, `stream`, `safe`, `scopes`)",
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
fn an_example_may_not_grow_beyond_reading() {
    assert_eq!(
        contract_mistakes("types:\n      Big: { a: { type: [string], min_length: 20000 } }\n"),
        [
            "6:7: an example of `Big` needs more than 10000 values, or 32 types inside each other (ask for less by `min_length`, or write a shorter `example`)"
        ]
    );
}

#[test]
fn scopes_are_said_of_own_parts_and_of_those_of_the_kind() {
    let blueprint = page(
        "\
name: shop
services:
  gateway: { kind: gateway, auth: jwt }
  log:
    kind: analytics
    operations:
      go: { scopes: [log:write, log:read] }
    events:
      spiked: { scopes: [log:hear] }
      ended: { fields: { scopes: [string] }, scopes: [log:hear] }
      begun: { scopes: [string] }
",
    )
    .unwrap();
    let Role::Python { contract, .. } = &blueprint.services["log"].role else {
        panic!("a service in Python");
    };
    let operations = contract
        .operations
        .iter()
        .map(|it| (it.name.as_str(), it.scopes.join(" ")));
    assert_eq!(
        operations.collect::<Vec<_>>(),
        [
            ("record", String::new()),
            ("go", "log:write log:read".to_owned())
        ]
    );
    let events = contract
        .events
        .iter()
        .map(|it| (it.name.as_str(), it.scopes.join(" ")));
    assert_eq!(
        events.collect::<Vec<_>>(),
        [
            ("spiked", "log:hear".to_owned()),
            ("ended", "log:hear".to_owned()),
            // In the short form, it is a field.
            ("begun", String::new()),
        ]
    );
    assert_eq!(contract.events[2].fields[0].name, "scopes");
}

#[test]
fn scopes_are_tokens_of_what_clients_may_ask() {
    assert_eq!(
        mistakes(
            "\
name: shop
services:
  gateway: { kind: gateway, auth: jwt }
  log:
    kind: analytics
    operations:
      record: { scopes: [a] }
      go: { scopes: ['a b', a, a, 'c\"', []] }
      come: { scopes: [] }
      stay: { scopes: a }
    events:
      spiked: { scopes: [ä], fields: {} }
    types:
      Thing: { fields: {}, scopes: [a] }
"
        ),
        [
            "7:7: the kind brings the operation `record` already",
            "8:22: `a b` is not a scope: visible ASCII characters without quotes and backslashes, such as `orders:write`",
            "8:32: `a` is given twice",
            "8:35: `c\"` is not a scope: visible ASCII characters without quotes and backslashes, such as `orders:write`",
            "8:41: a scope must be a text, not a list",
            "9:23: `scopes` a list has less than 1 item",
            "10:23: `scopes` must be a list, not `a`",
            "12:7: the kind brings the event `spiked` already",
            "12:26: `ä` is not a scope: visible ASCII characters without quotes and backslashes, such as `orders:write`",
            "14:28: unknown key `scopes` in a type (known keys: `description`, `fields`)",
        ]
    );
}

#[test]
fn scopes_are_for_gateways_that_know_those_of_their_clients() {
    assert_eq!(
        mistakes(
            "\
name: shop
services:
  gateway: { kind: gateway, auth: jwt }
  inside: { kind: gateway }
  vision:
    kind: inference
    operations: { predict: { scopes: [vision:ask] } }
"
        ),
        [
            "7:38: nothing that `inside` has chosen says which scopes its clients have (choose for `inside` one of `auth: jwt`)",
        ]
    );
}

#[test]
fn parts_are_records_like_any_other() {
    assert_eq!(
        contract_mistakes(
            "\
    operations:
      chat: { stream: { token: strin, class: string, mood: { type: a | A, default: a } } }
      tell: { stream: {} }
      hear: { stream: [token] }
      go: { stream: { node: Node } }
    types:
      ChatPart: {}
      Node: { next: Node }
"
        ),
        [
            "6:32: unknown type `strin` (did you mean `string`?)",
            "6:39: `class` is a keyword of Python",
            "6:54: `mood` is a field of a part of an answer, where a default means nothing (give it an `example`, or make it optional)",
            "6:68: `a` and `A` are one word where enums are written in capitals",
            "7:23: `stream` is empty (leave the key out for the default)",
            "8:23: `stream` must be a mapping, not a list",
            "11:7: the type `ChatPart` becomes the class `ChatPart`, as the operation `chat` at 6:7 does (choose another name)",
            "12:7: `Node` never ends: every one holds another by its field `next` (make a field on the way optional, or a list)",
        ]
    );
}

#[test]
fn parts_are_for_links_over_transports_that_bring_them() {
    assert_eq!(
        mistakes(
            "\
name: shop
services:
  gateway: { kind: gateway }
  chat:
    kind: worker
    operations: { say: { stream: { token: string } } }
  log: { kind: worker }
links:
  - { to: chat, via: grpc }
  - { to: log, via: grpc }
"
        ),
        ["9:22: `chat` answers in parts, which grpc does not bring (link it by one of `rest`)",]
    );
}
