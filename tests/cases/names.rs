//! Names that mean something elsewhere, or are one with others.

use std::collections::HashSet;

use snapbox::{assert_data_eq, str};

use crate::support::scratch::{Scratch, printed};
use crate::support::{command, render, root};
use crate::{case, json, text};

#[test]
fn a_service_is_not_called_as_a_host_of_another() {
    let page = "tests/cases/blueprints/15-k8s-derived-name-grpc.yaml";
    printed(command(root(), &["check", page]), root())
        .code(1)
        .stdout_eq("")
        .stderr_eq(str![[r#"
error: tests/cases/blueprints/15-k8s-derived-name-grpc.yaml:5:3: `vision-grpc` would stand for this service and for a host of `vision` at 4:3
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
