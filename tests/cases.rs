//! Blueprints with names and values from public bug reports of such tools, one a file in `tests/cases`.
//! What only compilers, linters and tests of a system show is seen where tests/system/names gives the operations of
//! all of these to a service of each transport.

mod support;

use std::collections::HashSet;

use hybridge::tree::Tree;
use serde_json::Value;
use snapbox::{assert_data_eq, str};
use support::scratch::{Scratch, printed};
use support::{command, render, root};

fn case(name: &str) -> Tree {
    let path = root().join("tests/cases").join(format!("{name}.yaml"));
    render(&std::fs::read_to_string(path).expect("the case is there"))
}

fn text(tree: &Tree, path: &str) -> String {
    let file = tree.get(path).unwrap_or_else(|| panic!("no file {path}"));
    String::from_utf8(file.bytes.clone()).expect("a text file")
}

fn json(tree: &Tree, path: &str) -> Value {
    serde_json::from_str(&text(tree, path)).expect("a JSON file")
}

#[test]
fn no_method_hides_a_message() {
    let proto = text(&case("01-grpc-op-request"), "contracts/orders.proto");
    assert_data_eq!(
        proto,
        str![[r#"
...
  rpc Refund(RefundRequest) returns (RefundResponse);
...
  rpc RefundRequestOperation(RefundRequestOperationRequest) returns (RefundRequestOperationResponse);
...
"#]]
    );
}

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
    let path = root().join("tests/cases/02-default-proto-key.yaml");
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
fn every_operation_id_stands_once() {
    let tree = case("03-operation-events-rest");
    for path in [
        "services/gateway/openapi.json",
        "contracts/audit.openapi.json",
    ] {
        let mut seen = HashSet::new();
        let document = json(&tree, path);
        for items in document["paths"].as_object().unwrap().values() {
            for id in items
                .as_object()
                .unwrap()
                .values()
                .filter_map(|item| item["operationId"].as_str())
            {
                assert!(seen.insert(id.to_owned()), "{path}: {id}");
            }
        }
    }
}

#[test]
fn an_id_of_ours_is_not_that_of_an_operation() {
    let tree = render(
        "name: shop\nservices:\n  gateway: { kind: gateway }\n  get: { kind: worker, operations: { job: {} } }\n",
    );
    let document = json(&tree, "services/gateway/openapi.json");
    let id = |path: &str| document["paths"][path]["post"]["operationId"].clone();
    assert_eq!(id("/api/get/job"), "getJob_");
}

#[test]
fn a_service_is_not_called_as_a_host_of_another() {
    let page = "tests/cases/15-k8s-derived-name-grpc.yaml";
    printed(command(root(), &["check", page]), root())
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: tests/cases/15-k8s-derived-name-grpc.yaml:5:3: `vision-grpc` would stand for this service and for a host of `vision` at 4:3
  |
5 |   vision-grpc: {kind: worker, operations: {ping: {}}}
  |   ^^^^^^^^^^^
hint: choose another name

"#]]);
}

#[test]
fn a_variable_of_env_is_one_components() {
    let page = "name: shop\nservices:\n  gateway: { kind: gateway }\n  s: { kind: worker }\n  s-max: { kind: worker }\n";
    let scratch = Scratch::with(&[("shop.yaml", page)]);
    for arguments in [
        &["check", "shop.yaml"][..],
        &["new", "--from", "shop.yaml", "--dry-run"],
    ] {
        scratch
            .run(arguments)
            .code(1)
            .stdout_eq("")
            .stderr_eq(str![[r#"
error: shop.yaml:5:3: `S_MAX_CALL_TIMEOUT_MS` would be a variable of `s-max` and of `s` at 4:3 in `.env`
  |
5 |   s-max: { kind: worker }
  |   ^^^^^
hint: choose another name

"#]]);
    }
    let flags = [
        "--service",
        "gateway:gateway",
        "--service",
        "s:worker",
        "--service",
        "s-max:worker",
    ];
    scratch
        .run(&[&["new", "shop", "--yes"][..], &flags].concat())
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: --service: `S_MAX_CALL_TIMEOUT_MS` would be a variable of `s-max` and of `s` in `.env`
hint: choose another name

"#]]);
    assert_eq!(scratch.files().len(), 1);
}

#[test]
fn what_containers_bring_is_no_components() {
    for (services, expected) in [
        (
            "  to-redis: { kind: gateway, backplane: redis }\n  a: { kind: worker }\nlinks:\n  - { from: to-redis, to: a, via: rest }\n",
            str![[r#"
error: shop.yaml:3:3: `to-redis` would stand for this service and for the network policy of a container
  |
3 |   to-redis: { kind: gateway, backplane: redis }
  |   ^^^^^^^^
hint: choose another name

"#]],
        ),
        (
            "  gateway: { kind: gateway }\n  rabbitmq-amqp: { kind: worker }\nlinks:\n  - { from: gateway, to: rabbitmq-amqp, via: rabbitmq }\n",
            str![[r#"
error: shop.yaml:4:3: `RABBITMQ_AMQP_PORT` would be a variable of `rabbitmq-amqp` and of the whole system in `.env`
  |
4 |   rabbitmq-amqp: { kind: worker }
  |   ^^^^^^^^^^^^^
hint: choose another name

"#]],
        ),
        (
            "  gateway: { kind: gateway }\n  a: { kind: worker }\n  a-topics: { kind: worker }\n",
            str![[r#"
error: shop.yaml:5:3: `a-topics` would stand for this service and for what Kafka runs before the start of `a` at 4:3
  |
5 |   a-topics: { kind: worker }
  |   ^^^^^^^^
hint: choose another name

"#]],
        ),
        (
            "  a-from-x: { kind: gateway }\n  x-to-a: { kind: gateway }\n  a: { kind: worker }\nlinks:\n  - { from: a-from-x, to: a, via: rest }\n  - { from: x-to-a, to: a, via: rest }\n",
            str![[r#"
error: shop.yaml:5:3: `a-from-x-to-a` would stand for `a` and for the network policy of a link of `a` at 5:3
  |
5 |   a: { kind: worker }
  |   ^
hint: choose another name

"#]],
        ),
    ] {
        let page = format!("name: shop\nservices:\n{services}");
        Scratch::with(&[("shop.yaml", &page)])
            .run(&["check", "shop.yaml"])
            .code(1)
            .stdout_eq("")
            .stderr_eq(expected);
    }
}

#[test]
fn modes_in_images_do_not_depend_on_the_umask() {
    let tree = render(&std::fs::read_to_string(root().join("examples/mixed.yaml")).unwrap());
    let mut copies = 0;
    for path in tree.keys().filter(|path| path.ends_with("Dockerfile")) {
        for line in text(&tree, path).lines().map(str::trim_start) {
            // What another stage has made has the modes of that stage.
            if line.starts_with("COPY ") && !line.contains("--from=") {
                assert!(
                    line.starts_with("COPY --chmod=u=rwX,go=rX "),
                    "{path}: {line}"
                );
                copies += 1;
            }
            assert!(!line.starts_with("ADD "), "{path}: {line}");
        }
    }
    assert!(copies > 10, "{copies}");
}

#[test]
fn enums_have_tables_of_their_own() {
    let tree = case("04-grpc-enum-tables");
    for (path, begins) in [
        (
            "services/gateway/src/transports/grpc/contracts/orders.ts",
            "const words",
        ),
        ("services/orders/src/orders/grpc/codec.py", "_ORDER"),
    ] {
        let code = text(&tree, path);
        let declared: Vec<&str> = code
            .lines()
            .filter(|line| line.starts_with(begins))
            .filter_map(|line| line.split([':', '=']).next())
            .collect();
        let names: HashSet<&str> = declared.iter().copied().collect();
        assert!(declared.len() >= 4, "{path}: {declared:?}");
        assert_eq!(names.len(), declared.len(), "{path}: {declared:?}");
    }
}

#[test]
fn the_module_of_services_declares_each_name_once() {
    let code = text(
        &case("05-service-observers"),
        "services/gateway/src/services/index.ts",
    );
    assert_data_eq!(
        code,
        str![[r#"
...
export * as observers_ from "./observers.ts";
...
export const observers: [..]
...
"#]]
    );
}

#[test]
fn pytest_collects_nothing_that_the_contract_names() {
    let tree = case("06-operation-test-prefix");
    let test = text(
        &tree,
        "services/orders/tests/handlers/test_test_connection.py",
    );
    assert_data_eq!(
        test,
        str![[r#"
...
from [..].handlers.test_connection import (
    test_connection as handle,
)
...
"#]]
    );
    let code = text(&tree, "services/orders/src/orders/contract.py");
    assert_data_eq!(
        code,
        str![[r#"
...
class TestConnectionInput(values.Model):
...
"#]]
    );
    let model = text(
        &tree,
        "packages/service-runtime/src/service_runtime/calls/values.py",
    );
    assert_data_eq!(
        model,
        str![[r#"
...
    __test__: ClassVar[bool] = False
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
fn a_service_called_then_is_one_like_any_other() {
    let tree = case("37-service-then-lint");
    let code = text(&tree, "services/gateway/src/services/index.ts");
    assert_data_eq!(
        code,
        str![[r#"
...
export * as then from "./then.ts";
...
    then: then.client(calls),
...
"#]]
    );
    let rule = &json(&tree, "biome.json")["overrides"];
    let off = rule
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["linter"]["rules"]["suspicious"]["noThenProperty"] == "off");
    let paths = &off.expect("the rule is off somewhere")["includes"];
    for path in [
        "services/*/src/services/**",
        "services/*/src/transports/*/contracts/**",
    ] {
        assert!(
            paths.as_array().unwrap().contains(&path.into()),
            "{path}: {paths}"
        );
    }
}

#[test]
fn a_word_of_an_enum_called_then_is_one_like_any_other() {
    let tree = case("41-enum-word-then-grpc");
    let code = text(&tree, "services/gateway/src/services/orders.ts");
    assert_data_eq!(
        code,
        str![[r#"
...
  step: "if_ok" | "then";
...
"#]]
    );
    let codec = text(
        &tree,
        "services/gateway/src/transports/grpc/contracts/orders.ts",
    );
    assert_data_eq!(
        codec,
        str![[r#"
...
  then: pb.PRequest_Step.STEP_THEN,
...
"#]]
    );
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
