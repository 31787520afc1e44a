//! Capabilities of the runtimes, and what a transport adds to both ends.

use hybridge::tree::Tree;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::support::{catalogue_with, changed_lines, render_with};
use crate::{BLUEPRINT, text, with_post};

#[test]
fn a_capability_of_the_runtimes_is_rendered_at_both_ends() {
    let catalogue = with_post(
        "needs: [envelopes]\n",
        &[
            (
                "runtime/node/envelopes/package/src/envelope.ts",
                "export {};\n",
            ),
            (
                "runtime/python/envelopes/module.yaml",
                "python: { dependencies: [httpx2] }\n",
            ),
            (
                "runtime/python/envelopes/service/src/__package__/envelope.py",
                "",
            ),
        ],
    );
    let tree = render_with(BLUEPRINT, &catalogue);
    assert!(tree.contains_key("packages/gateway-runtime/src/envelope.ts"));
    assert!(tree.contains_key("services/clerk/src/clerk/envelope.py"));
    assert!(!tree.contains_key("services/clerk/module.yaml"));
    let without = render_with(BLUEPRINT, &with_post("", &[]));
    let changed = |path: &str| changed_lines(text(&without, path), text(&tree, path));
    assert_data_eq!(
        changed("services/clerk/pyproject.toml"),
        str![[r#"
+    "httpx2>=2.16.2,<3",

"#]]
    );
    // It is no route of the framework.
    assert_eq!(changed("services/clerk/src/clerk/main.py"), "");
}

#[test]
fn a_framework_may_add_to_a_capability_of_the_runtime() {
    let catalogue = with_post(
        "needs: [envelopes]\n",
        &[
            (
                "runtime/node/envelopes/package/src/envelope.ts",
                "export {};\n",
            ),
            (
                "python/fastapi/envelopes/package/src/service_runtime/envelopes.py",
                "",
            ),
        ],
    );
    let tree = render_with(BLUEPRINT, &catalogue);
    assert!(tree.contains_key("packages/service-runtime/src/service_runtime/envelopes.py"));
}

#[test]
fn nobody_has_a_capability_that_no_transport_needs() {
    let files = [(
        "runtime/node/envelopes/package/src/envelope.ts",
        "export {};\n",
    )];
    let tree = render_with(BLUEPRINT, &with_post("", &files));
    assert!(!tree.contains_key("packages/gateway-runtime/src/envelope.ts"));
}

#[test]
fn what_an_option_of_a_gateway_needs_comes_to_it_and_to_the_services_behind_it() {
    let catalogue = catalogue_with(&[
        (
            "auth/seal/module.yaml",
            "label: Seal\nhelp: Who has one\nneeds: [envelopes]\n",
        ),
        ("runtime/node/envelopes/package/test/a.ts", "export {};\n"),
        ("realtime/sse/envelopes/package/test/b.ts", "export {};\n"),
        (
            "transport/rest/node/envelopes/package/test/c.ts",
            "export {};\n",
        ),
        (
            "runtime/node/direct/envelopes/package/test/d.ts",
            "export {};\n",
        ),
        ("runtime/python/envelopes/package/tests/a.py", ""),
        ("python/fastapi/envelopes/package/tests/b.py", ""),
        ("python/fastapi/operations/envelopes/package/tests/c.py", ""),
        (
            "realtime/websocket/envelopes/package/test/e.ts",
            "export {};\n",
        ),
        ("transport/kafka/python/envelopes/package/tests/d.py", ""),
    ]);
    let needed = |blueprint: &str| -> Vec<String> {
        let tree = render_with(blueprint, &catalogue);
        let own = tree
            .iter()
            .filter(|(_, file)| file.template.contains("/envelopes/"));
        own.map(|(path, _)| path.clone()).collect()
    };
    let office = |more: &str| {
        format!(
            "hybridge: 1\nname: office\nservices:\n  gateway: {{ kind: gateway, realtime: [sse]{more} }}\n  \
             clerk: {{ kind: worker }}\n"
        )
    };
    assert!(needed(&office("")).is_empty());
    assert_eq!(
        needed(&office(", auth: seal")),
        [
            "packages/gateway-runtime/test/a.ts",
            "packages/gateway-runtime/test/b.ts",
            "packages/gateway-runtime/test/c.ts",
            "packages/gateway-runtime/test/d.ts",
            "packages/service-runtime/tests/a.py",
            "packages/service-runtime/tests/b.py",
            "packages/service-runtime/tests/c.py",
        ]
    );
    // A package has for all components what one of them needs.
    let second = "  inner: { kind: gateway, realtime: [websocket] }\n  porter: { kind: worker }\nlinks:\n  \
                  - { from: gateway, to: clerk }\n  - { from: inner, to: porter, via: kafka }\n";
    let both = needed(&format!("{}{second}", office(", auth: seal")));
    assert!(
        both.iter()
            .any(|path| path == "packages/gateway-runtime/test/e.ts")
    );
    assert!(
        both.iter()
            .any(|path| path == "packages/service-runtime/tests/d.py")
    );
}

#[test]
#[should_panic(expected = "needs `envelopes`")]
fn a_need_that_nothing_meets_is_an_error() {
    render_with(BLUEPRINT, &with_post("needs: [envelopes]\n", &[]));
}

#[test]
fn a_transport_that_brings_code_to_the_package_of_services_is_an_adapter() {
    let adapters = (
        "runtime/python/service/src/__package__/adapters.txt.hbs",
        "{{#each service.adapters}}{{name}} {{module}} {{/each}}",
    );
    let in_framework = with_post("needs: [operations]\n", &[adapters]);
    let path = "services/clerk/src/clerk/adapters.txt";
    assert_eq!(text(&render_with(BLUEPRINT, &in_framework), path), "");
    let of_its_own = with_post(
        "",
        &[
            adapters,
            (
                "transport/post/python/package/src/service_runtime/transports/post.py",
                "",
            ),
        ],
    );
    assert_eq!(
        text(&render_with(BLUEPRINT, &of_its_own), path),
        "post service_runtime.transports.post "
    );
}

#[test]
fn a_further_port_of_a_service_is_known_to_both_ends_and_to_the_tools() {
    let catalogue = with_post(
        "ports: [{ name: box, env: LETTERBOX_PORT, help: Where letters go }]\nenv:\n  \
         - { name: CLERK_ADDRESS, default: \"127.0.0.1:{{link.service.ports.box.port}}\", help: Whom to ask, side: gateway }\n",
        &[],
    );
    let tree = render_with(BLUEPRINT, &catalogue);
    let without = render_with(BLUEPRINT, &with_post("", &[]));
    let changed = |path: &str| changed_lines(text(&without, path), text(&tree, path));
    assert_data_eq!(
        changed("tools/system.ts"),
        str![[r#"
+      CLERK_ADDRESS: "127.0.0.1:9001",
-    ports: {},
+    ports: {
+      LETTERBOX_PORT: 9001,
+    },
+      LETTERBOX_PORT: "9001",

"#]]
    );
    assert_data_eq!(
        changed(".env.example"),
        str![[r#"
+# Whom to ask
+# GATEWAY_CLERK_ADDRESS=127.0.0.1:9001
+
+
+# Where letters go
+# CLERK_LETTERBOX_PORT=9001

"#]]
    );
}

#[test]
fn what_answers_in_parts_need_comes_with_an_operation_that_gives_them() {
    let office = |stream: &str| {
        format!(
            "hybridge: 1\nname: office\nservices:\n  gateway: {{ kind: gateway }}\n  inner: {{ kind: gateway }}\n  \
             clerk:\n    kind: worker\n    operations:\n      read: {{ input: {{ page: int }}{stream} }}\n  \
             porter: {{ kind: worker, operations: {{ carry: }} }}\nlinks:\n  - {{ from: gateway, to: clerk }}\n  \
             - {{ from: inner, to: porter }}\n"
        )
    };
    let catalogue = catalogue_with(&[]);
    let once = render_with(&office(""), &catalogue);
    let in_parts = render_with(&office(", stream: { line: string }"), &catalogue);
    let of_parts = |tree: &Tree| -> Vec<String> {
        let files = tree.iter();
        let own = files.filter(|(_, file)| file.template.contains("/streams/"));
        own.map(|(path, _)| path.clone()).collect()
    };
    assert!(of_parts(&once).is_empty());
    let came = of_parts(&in_parts);
    for path in [
        "packages/gateway-runtime/src/calls/streams.ts",
        "packages/gateway-runtime/src/realtime/streams.ts",
        "packages/gateway-runtime/src/transports/http/streams.ts",
        "packages/gateway-runtime/test/transports/rest/streams.test.ts",
        "packages/service-runtime/src/service_runtime/calls/streams.py",
        "packages/service-runtime/src/service_runtime/server/fastapi/streams.py",
    ] {
        assert!(
            came.iter().any(|it| it == path),
            "no {path} among {came:#?}"
        );
    }
    // Those who have nothing to do with them are as they were, but for the packages.
    for path in [
        "services/inner/src/wiring.ts",
        "services/inner/openapi.json",
        "services/porter/src/porter/wiring.py",
        "services/porter/src/porter/settings.py",
    ] {
        assert_eq!(text(&once, path), text(&in_parts, path), "{path}");
    }
    let changed = |path: &str| changed_lines(text(&once, path), text(&in_parts, path));
    assert_data_eq!(
        changed("services/gateway/src/wiring.ts"),
        str![[r#"
+import { createDispatch } from "@office/gateway-runtime/calls/streams";
+import { openJobParts } from "@office/gateway-runtime/jobs/parts";
+import { realtime as streams } from "@office/gateway-runtime/realtime/streams";
-  realtime: [websocket, sse],
+  dispatch: createDispatch,
+  jobParts: openJobParts,
+  realtime: [websocket, sse, streams],

"#]]
    );
}

#[test]
fn over_graphql_answers_in_parts_bring_what_reads_and_gives_results_of_a_subscription() {
    let office = |stream: &str| {
        format!(
            "hybridge: 1\nname: office\nservices:\n  gateway: {{ kind: gateway }}\n  clerk:\n    kind: worker\n    \
             operations:\n      read: {{ input: {{ page: int }}{stream} }}\nlinks:\n  \
             - {{ from: gateway, to: clerk, via: graphql }}\n"
        )
    };
    let catalogue = catalogue_with(&[]);
    let once = render_with(&office(""), &catalogue);
    let in_parts = render_with(&office(", stream: { line: string }"), &catalogue);
    let is_new = |path: &str| !once.contains_key(path) && in_parts.contains_key(path);
    for path in [
        "packages/gateway-runtime/src/transports/http/streams.ts",
        "packages/gateway-runtime/src/transports/graphql/streams.ts",
        "packages/gateway-runtime/test/transports/graphql/streams.test.ts",
        "packages/service-runtime/src/service_runtime/transports/graphql/parts.py",
        "packages/service-runtime/tests/server/fastapi/test_graphql_streams.py",
    ] {
        assert!(is_new(path), "{path}");
    }
    // Routes of REST are none of its business.
    let route = "packages/service-runtime/src/service_runtime/server/fastapi/streams.py";
    assert!(!in_parts.contains_key(route));
    for path in [
        "src/transports/graphql/connect.ts",
        "src/transports/graphql/contract.ts",
    ] {
        let path = format!("packages/gateway-runtime/{path}");
        assert!(
            !text(&once, &path).to_lowercase().contains("parts"),
            "{path}"
        );
    }
}

#[test]
fn documents_have_the_schemas_of_parts_of_the_end_and_of_a_problem() {
    let blueprint = "hybridge: 1\nname: office\nservices:\n  gateway: { kind: gateway }\n  clerk:\n    kind: worker\n    \
                     operations:\n      read: { stream: { line: string }, output: { lines: int } }\n";
    let tree = render_with(blueprint, &catalogue_with(&[]));
    let read = |path: &str, operation: &str| -> Value {
        let document: Value = serde_json::from_str(text(&tree, path)).unwrap();
        document["paths"][operation]["post"].clone()
    };
    let named = |schema: &Value| -> Vec<String> {
        let all = schema["anyOf"].as_array().unwrap().iter();
        all.map(|it| {
            it["$ref"]
                .as_str()
                .unwrap()
                .replace("#/components/schemas/", "")
        })
        .collect()
    };
    let public = read("services/gateway/openapi.json", "/api/clerk/read");
    let content = &public["responses"]["200"]["content"];
    assert_eq!(
        named(&content["text/event-stream"]["schema"]),
        ["ClerkReadPart", "ClerkReadOutput", "Problem"]
    );
    let gathered = &content["application/json"]["schema"]["properties"];
    assert_eq!(
        gathered["parts"]["items"]["$ref"],
        "#/components/schemas/ClerkReadPart"
    );
    // Later, as a job, too.
    assert_eq!(
        public["responses"]["202"]["$ref"],
        "#/components/responses/Accepted"
    );
    let service = read("contracts/clerk.openapi.json", "/operations/read");
    let content = service["responses"]["200"]["content"].as_object().unwrap();
    let media: Vec<&String> = content.keys().collect();
    assert_eq!(media, ["text/event-stream"]);
    assert_eq!(
        named(&content["text/event-stream"]["schema"]),
        ["ReadPart", "ReadOutput"]
    );
}
