//! A transport is one word: what changes with it, and what does not.
//!
//! `docs/architecture.md`, "Transports", has the list; this is it, executed.

mod support;

use hybridge::catalogue::{Axis, Catalogue};
use hybridge::tree::{Tree, TreeFile};
use support::render;

/// Generated from the blueprint, they say which transport it is: manifests, wiring, documents.
const MAY_DIFFER: [&str; 20] = [
    ".env.example",
    // What is started for the tests.
    ".github/workflows/ci.yml",
    ".hybridge/state.json",
    // The steps that make code of contracts.
    "Makefile",
    // What has to run for the tests.
    "AGENTS.md",
    "README.md",
    "hybridge.yaml",
    "package.json",
    "tools/system.ts",
    "packages/gateway-runtime/package.json",
    "packages/service-runtime/pyproject.toml",
    "services/gateway/Dockerfile",
    "services/gateway/package.json",
    "services/gateway/src/wiring.ts",
    "services/gateway/test/wiring.ts",
    "services/unit/Dockerfile",
    "services/unit/pyproject.toml",
    // What the framework serves beside health and metrics.
    "services/unit/src/unit/main.py",
    "services/unit/src/unit/settings.py",
    "services/unit/src/unit/wiring.py",
];

/// One gateway with everything, one service with operations, events and types of a person's own.
fn blueprint(kind: &str, transport: &str) -> String {
    format!(
        "hybridge: 1\nname: word\nservices:\n  gateway: {{ kind: gateway }}\n  unit:\n    kind: {kind}\n    \
         operations:\n      ask:\n        input: {{ what: string, when: timestamp?, many: [[int]] }}\n        \
         output: {{ answers: {{ string: Answer }} }}\n    events:\n      changed: {{ id: uuid, by: a | b }}\n    \
         types:\n      Answer: {{ text: string, score: float, raw: bytes, more: json? }}\nlinks:\n  \
         - {{ from: gateway, to: unit, via: {transport} }}\n"
    )
}

/// Folders of modules whose files come and go with the transport: its own, and the capabilities of ports and
/// frameworks that it needs; and what the base and targets have for the container of its broker.
fn comes_with_a_transport(file: &TreeFile) -> bool {
    if file
        .template
        .starts_with(&format!("{}/containers/", file.module))
    {
        return true;
    }
    let (axis, rest) = file.module.split_once('/').unwrap_or_default();
    match axis {
        "transport" | "python" => true,
        // `runtime/<language>/<capability>`
        "runtime" => rest.contains('/'),
        _ => false,
    }
}

/// What differs between two systems and should not.
fn surprises(one: &Tree, other: &Tree) -> Vec<String> {
    let paths: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let is_surprise = |path: &&&String| {
        // What is remembered of the files that differ.
        let is_base = path.starts_with(".hybridge/base/");
        let may_differ = is_base || MAY_DIFFER.contains(&path.as_str());
        match (one.get(path.as_str()), other.get(path.as_str())) {
            (Some(one), Some(other)) => {
                one.bytes != other.bytes && !may_differ && !one.module.starts_with("deploy/")
            }
            (Some(only), None) | (None, Some(only)) => !is_base && !comes_with_a_transport(only),
            (None, None) => unreachable!("every path is of one of them"),
        }
    };
    paths
        .iter()
        .filter(is_surprise)
        .map(|path| (*path).clone())
        .collect()
}

#[test]
fn another_transport_changes_its_own_files_and_manifests_only() {
    let catalogue = Catalogue::built_in().unwrap();
    let kinds = catalogue
        .options(Axis::KIND)
        .filter(|kind| kind.name != "gateway");
    assert!(
        catalogue.options(Axis::TRANSPORT).count() > 1,
        "there is nothing to compare"
    );
    let mut wrong = Vec::new();
    for kind in kinds {
        let systems: Vec<(&str, Tree)> = catalogue
            .options(Axis::TRANSPORT)
            .map(|transport| {
                let name = transport.name.as_str();
                (name, render(&blueprint(&kind.name, name)))
            })
            .collect();
        for (index, (first, one)) in systems.iter().enumerate() {
            for (second, other) in &systems[index + 1..] {
                let surprises = surprises(one, other);
                if !surprises.is_empty() {
                    wrong.push(format!(
                        "{}, {first} -> {second}: {surprises:#?}",
                        kind.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_person_writes_and_what_clients_see_is_the_same_byte_for_byte() {
    let catalogue = Catalogue::built_in().unwrap();
    let mut systems = catalogue
        .options(Axis::TRANSPORT)
        .map(|transport| render(&blueprint("worker", &transport.name)));
    let first = systems.next().unwrap();
    for other in systems {
        for path in [
            "services/gateway/openapi.json",
            "services/gateway/src/services/unit.ts",
            "services/gateway/src/routes/services.ts",
            "packages/gateway-runtime/src/transports/client.ts",
            "packages/gateway-runtime/src/calls/dispatch.ts",
            "services/unit/src/unit/contract.py",
            "services/unit/src/unit/handlers/ask.py",
            "services/unit/src/unit/resources.py",
            "services/unit/src/unit/routers.py",
            "packages/service-runtime/src/service_runtime/calls/runner.py",
            "services/unit/tests/handlers/test_ask.py",
            "tests/e2e/operations.test.ts",
        ] {
            assert!(first[path].bytes == other[path].bytes, "{path}");
        }
    }
}

#[test]
fn two_gateways_may_reach_one_service_over_different_transports() {
    let catalogue = Catalogue::built_in().unwrap();
    let transports: Vec<_> = catalogue.options(Axis::TRANSPORT).collect();
    for first in &transports {
        for second in &transports {
            let both = format!(
                "hybridge: 1\nname: both\nservices:\n  front: {{ kind: gateway }}\n  back: {{ kind: gateway }}\n  \
                 unit: {{ kind: worker }}\nlinks:\n  - {{ from: front, to: unit, via: {} }}\n  \
                 - {{ from: back, to: unit, via: {} }}\n",
                first.name, second.name
            );
            let tree = render(&both);
            for (gateway, transport) in [("front", first), ("back", second)] {
                let name = &transport.name;
                let adapter = format!("packages/gateway-runtime/src/transports/{name}");
                assert!(
                    tree.keys().any(|path| path.starts_with(&adapter)),
                    "{adapter}"
                );
                let wiring = &tree[&format!("services/{gateway}/src/wiring.ts")];
                let wiring = String::from_utf8_lossy(&wiring.bytes);
                assert!(wiring.contains(&format!("transports/{name}")), "{wiring}");
            }
        }
    }
}
