//! Keys, types, defaults and examples that not every format and tool holds.

use snapbox::{assert_data_eq, str};

use crate::support::{render, root};
use crate::{case, json, text};

#[test]
fn a_key_that_breaks_tools_is_in_no_document_and_in_every_example() {
    let tree = case("02-default-proto-key");
    assert!(!text(&tree, "services/gateway/openapi.json").contains("__proto__"));
    let examples = json(&tree, "services/gateway/test/examples.json");
    let sent = &examples["orders"]["refund"]["input"]["m"];
    assert_eq!(sent["__proto__"], 1);
}

#[test]
fn over_grpc_the_gateway_keeps_every_key_of_json() {
    let path = root().join("tests/cases/blueprints/02-default-proto-key.yaml");
    let page = std::fs::read_to_string(path).expect("the case is there");
    let tree = render(&format!("{page}links: [{{ to: orders, via: grpc }}]\n"));
    let codec = text(
        &tree,
        "services/gateway/src/transports/grpc/contracts/orders.ts",
    );
    assert_data_eq!(
        codec,
        str![[r#"
...
codec.keepKeys(Struct);
...
"#]]
    );
}

#[test]
fn bytes_that_are_no_text_are_in_no_schema_of_pydantic() {
    let code = text(
        &case("07-bytes-default-not-utf8-rest"),
        "services/files/src/files/contract.py",
    );
    assert_data_eq!(
        code,
        str![[r#"
...
    y: Bytes = Field(default_factory=lambda: b64decode("AP/+"), json_schema_extra={"default": "AP/+"})
...
"#]]
    );
}

#[test]
fn numbers_are_written_as_formatters_leave_them() {
    let tree = case("08-float-exponent");
    assert_data_eq!(
        text(&tree, "services/gateway/openapi.json"),
        str![[r#"
...
[..]"maximum": 1e30,[..]
...
"#]]
    );
    assert_data_eq!(
        text(&tree, "services/lab/src/lab/contract.py"),
        str![[r#"
...
[..]Field(le=1e30)[..]
...
"#]]
    );
}

#[test]
fn a_moment_is_written_as_the_blueprint_has_it_and_compared_as_an_instant() {
    let tree = case("10-timestamp-offset-grpc");
    let examples = json(&tree, "services/gateway/test/examples.json");
    assert_eq!(
        examples["orders"]["at"]["input"]["at"],
        "2024-01-31T12:00:00+02:00"
    );
    let test = text(&tree, "packages/gateway-runtime/testing/contract.ts");
    assert_data_eq!(
        test,
        str![[r#"
...
[..]comparable(stand.calls[0]?.input ?? null), comparable(input)[..]
...
[..]inner.replace(TIMESTAMP, instant)[..]
...
"#]]
    );
}

#[test]
fn no_linter_counts_the_fields_of_a_codec() {
    let tree = case("11-25-optional-fields-grpc");
    let code = text(&tree, "services/orders/src/orders/grpc/codec.py");
    assert_eq!(code.matches("    if message.HasField(\"f").count(), 25);
    let rules = code
        .lines()
        .find_map(|line| line.strip_prefix("# ruff: noqa: "));
    let rules: Vec<&str> = rules.expect("some are off").split(", ").collect();
    for grows in ["C901", "PLR0912", "PLR0915"] {
        assert!(rules.contains(&grows), "{grows}: {rules:?}");
    }
    let config = text(&tree, "ruff.toml");
    assert_data_eq!(
        config,
        str![[r#"
...
[..]"C90", [..]
...
"#]]
    );
}

#[test]
fn lists_stand_as_deep_in_graphql_as_in_the_blueprint() {
    let tree = case("12-graphql-list-depth");
    let schema = text(&tree, "contracts/orders.graphql");
    assert_data_eq!(
        schema,
        str![[r#"
...
input DeepInput {
  l: [[[[[SafeInt!]!]!]!]!]!
}
...
"#]]
    );
    let examples = json(&tree, "services/gateway/test/examples.json");
    let sent = &examples["orders"]["deep"]["input"]["l"];
    assert!(sent[0][0][0][0][0].is_i64(), "{sent}");
}

#[test]
fn a_type_without_fields_is_no_empty_interface() {
    let code = text(
        &case("13-type-without-fields"),
        "services/gateway/src/services/orders.ts",
    );
    assert_data_eq!(
        code,
        str![[r#"
...
export type Nothing = Record<string, never>;
...
"#]]
    );
}

#[test]
fn a_default_keeps_its_sign() {
    let code = text(
        &case("42-default-negative-zero"),
        "services/orders/src/orders/contract.py",
    );
    assert_data_eq!(
        code,
        str![[r#"
...
    f: Float = -0.0[..]
...
"#]]
    );
}
