//! What a module's folders and its `module.yaml` do for the components that it is part of.
//!
//! Each test adds a transport `post` of its own to the built-in modules.

mod support;

use hybridge::catalogue::Catalogue;
use hybridge::template::files::TemplateFiles;
use hybridge::tree::Tree;
use snapbox::{assert_data_eq, str};
use support::{catalogue_with, changed_lines, render_with};

const BLUEPRINT: &str = "hybridge: 1\nname: office\nservices:\n  gateway: { kind: gateway }\n  \
                         clerk: { kind: worker }\nlinks:\n  - { from: gateway, to: clerk, via: post }\n";

/// The built-in modules and a transport with this `module.yaml`, beside these files.
fn with_post(manifest: &str, files: &[(&str, &str)]) -> Catalogue {
    let manifest = format!("label: Post\nhelp: By letter\n{manifest}");
    let mut all = vec![
        ("transport/post/module.yaml", manifest.as_str()),
        (
            "transport/post/node/package/src/transports/post.ts",
            "export {};\n",
        ),
    ];
    all.extend_from_slice(files);
    catalogue_with(&all)
}

fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    let file = tree
        .get(path)
        .unwrap_or_else(|| panic!("no {path} among {:#?}", tree.keys()));
    std::str::from_utf8(&file.bytes).unwrap()
}

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

const SORTING: &str = r#"
env:
  - { name: SORTING_ADDRESS, default: "127.0.0.1:9900", container: "sorting:9901", help: Where letters are sorted, shared: true }
  - { name: SORTING_KEY, help: Opens letters, secret: true }
containers:
  - name: sorting
    help: Sorts letters
    image: node
    address: SORTING_ADDRESS
    command: [sh, -c, "sort $SORTING_PORT"]
    env: [{ name: SYSTEM, value: "{{system.name}}" }, { name: KEY, secret: SORTING_KEY }]
    health: [sort, --check]
    ports: [{ env: SORTING_PORT, port: 9902, published: 9900, help: Where it is on this machine }]
    volumes: [{ name: bags, path: /bags }]
    memory: 1G
jobs:
  - { name: bags, help: Hangs up the bags, command: [python, -m, "{{service.package}}.bags"] }
"#;

#[test]
fn a_container_stands_once_in_the_system_and_who_needs_it_waits_for_it() {
    let tree = render_with(BLUEPRINT, &with_post(SORTING, &[]));
    let compose: serde_yaml::Value = serde_yaml::from_str(text(&tree, "compose.yaml")).unwrap();
    let value = |yaml: &str| serde_yaml::from_str::<serde_yaml::Value>(yaml).unwrap();
    let sorting = &compose["services"]["sorting"];
    assert_eq!(sorting["command"], value("[sh, -c, 'sort $$SORTING_PORT']"));
    assert_eq!(
        sorting["environment"],
        value(
            "{ SYSTEM: office, KEY: '${SORTING_KEY:?run make env}', SORTING_PORT: '${SORTING_PORT:-9900}' }"
        )
    );
    // Nobody outside reaches it, unless that is asked for.
    assert!(sorting.get("ports").is_none(), "{sorting:?}");
    let backing: serde_yaml::Value =
        serde_yaml::from_str(text(&tree, "deploy/compose/backing.yaml")).unwrap();
    assert_eq!(
        backing["services"]["sorting"]["ports"],
        value("['127.0.0.1:${SORTING_PORT:-9900}:9902']")
    );
    assert_eq!(sorting["volumes"], value("['sorting-bags:/bags']"));
    assert_eq!(compose["volumes"], value("{ sorting-bags: null }"));

    let healthy = value("{ condition: service_healthy }");
    let services = &compose["services"];
    for name in ["gateway", "clerk", "clerk-bags"] {
        assert_eq!(services[name]["depends_on"]["sorting"], healthy, "{name}");
        let address = &services[name]["environment"]["SORTING_ADDRESS"];
        assert_eq!(address, "sorting:9901", "{name}");
    }
    assert_eq!(
        services["clerk"]["depends_on"]["clerk-bags"],
        value("{ condition: service_completed_successfully }")
    );
    assert_eq!(
        services["clerk-bags"]["command"],
        value("[python, -m, clerk.bags]")
    );
    assert_eq!(services["clerk-bags"]["restart"], "no");
}

#[test]
fn the_tools_learn_of_containers_and_jobs() {
    let tree = render_with(BLUEPRINT, &with_post(SORTING, &[]));
    let without = render_with(BLUEPRINT, &with_post("", &[]));
    let changed = |path: &str| changed_lines(text(&without, path), text(&tree, path));
    // An address stands once, and not for each component: one line of .env is enough.
    assert_data_eq!(
        changed("tools/system.ts"),
        str![[r#"
-    before: [],
+    before: [
+      {
+        help: "Hangs up the bags",
+        command: ".venv/bin/python -m clerk.bags",
+      },
+    ],
-export const backingServices: readonly BackingService[] = [];
+export const backingServices: readonly BackingService[] = [
+  {
+    name: "sorting",
+    variable: "SORTING_ADDRESS",
+    start: "make backing",
+  },
+];
-export const settings: Readonly<Record<string, string>> = {};
+export const settings: Readonly<Record<string, string>> = {
+  SORTING_ADDRESS: "127.0.0.1:9900",
+  SORTING_PORT: "9900",
+};

"#]]
    );
    assert_data_eq!(
        changed("deploy/compose/tasks.mk"),
        str![[r#"
-.PHONY: up down logs sbom digests
+.PHONY: up down logs sbom digests backing
+backing: env ## Start only what `make dev` needs beside itself, on 127.0.0.1
+	docker compose --file compose.yaml --file deploy/compose/backing.yaml up --detach --wait sorting
+
-base_images := node=node:26-slim python=python:3.14-slim uv=ghcr.io/astral-sh/uv:0.13
+base_images := node=node:26-slim python=python:3.14-slim uv=ghcr.io/astral-sh/uv:0.13 node=node:26-slim

"#]]
    );
    assert_data_eq!(
        changed(".env.example"),
        str![[r#"
+# Opens letters
+SORTING_KEY=
+
+# Where letters are sorted
+# SORTING_ADDRESS=127.0.0.1:9900
+
+# Where it is on this machine
+# SORTING_PORT=9900

"#]]
    );
}

#[test]
#[should_panic(expected = "`sorting` is a container that Post brings")]
fn no_service_is_called_as_a_container() {
    let blueprint = BLUEPRINT.replace("clerk", "sorting");
    render_with(&blueprint, &with_post(SORTING, &[]));
}

#[test]
#[should_panic(
    expected = "`clerk-bags` would stand for this service and for what Post runs before the start of `clerk` at "
)]
fn no_service_is_called_as_a_job() {
    let second = "  clerk-bags: { kind: worker }\nlinks:\n  - { from: gateway, to: clerk-bags }\n";
    let blueprint = BLUEPRINT.replace("links:\n", second);
    render_with(&blueprint, &with_post(SORTING, &[]));
}

const PAPERS: &str = r#"
cloudevents: "ce_"
each:
  call: { reply: { address: { location: "$message.header#/reply-to" } } }
  message: { correlationId: { location: "$message.header#/correlation-id" } }
document:
  servers:
    office: { host: "{{system.name}}:9092", protocol: kafka }
  channels:
    requests: { bindings: { kafka: { topic: "{{system.name}}.{{service.name}}.requests" } } }
    replies: { address: null }
  components:
    schemas:
      RequestHeaders: { properties: { reply-to: { type: string } } }
      AnswerHeaders: { properties: { correlation-id: { type: string } } }
"#;

/// The document of one service of a blueprint, over a transport that carries messages.
fn papers(blueprint: &str, service: &str) -> serde_json::Value {
    let catalogue = with_post(
        "needs: [messages]\n",
        &[
            ("transport/post/asyncapi.yaml", PAPERS),
            (
                "transport/post/shared/contracts/__service__.asyncapi.json.hbs",
                "{{{json service.asyncapi}}}\n",
            ),
        ],
    );
    let tree = render_with(blueprint, &catalogue);
    serde_json::from_str(text(&tree, &format!("contracts/{service}.asyncapi.json"))).unwrap()
}

#[test]
fn a_document_of_messages_is_made_of_the_contract_and_of_fragments() {
    let blueprint = format!(
        "{BLUEPRINT}targets: []\n"
    )
    .replace(
        "clerk: { kind: worker }",
        "clerk:\n    kind: worker\n    operations:\n      file_away:\n        input: { what: string, when: timestamp }\n        \
         output: { place: int }\n    events:\n      filed: { what: string }",
    );
    let document = papers(&blueprint, "clerk");
    assert_eq!(document["servers"]["office"]["host"], "office:9092");
    let channels = &document["channels"];
    assert_eq!(channels["requests"]["address"], "office.clerk.requests");
    assert_eq!(
        channels["requests"]["bindings"]["kafka"]["topic"],
        "office.clerk.requests"
    );
    assert!(channels["replies"]["address"].is_null());
    let operation = &document["operations"]["fileAway"];
    assert_eq!(operation["action"], "receive");
    assert_eq!(
        operation["reply"]["address"]["location"],
        "$message.header#/reply-to"
    );
    let components = &document["components"];
    assert_eq!(
        components["messages"]["FileAwayRequest"]["correlationId"]["location"],
        "$message.header#/correlation-id"
    );
    assert_eq!(
        components["schemas"]["FileAwayInput"]["properties"]["when"]["format"],
        "date-time"
    );
    let headers = &components["schemas"]["RequestHeaders"]["properties"];
    assert!(headers["request-deadline"].is_object() && headers["reply-to"].is_object());
    assert!(components["schemas"]["EventHeaders"]["properties"]["ce_id"].is_object());
}

#[test]
fn a_service_without_events_has_no_channel_for_them() {
    let quiet = "hybridge: 1\nname: office\nservices:\n  gateway: { kind: gateway }\n  reader: { kind: inference }\n\
                 links:\n  - { from: gateway, to: reader, via: post }\n";
    let document = papers(quiet, "reader");
    assert!(document["operations"]["predict"].is_object());
}

#[test]
fn what_a_transport_has_once_stands_once_beside_what_each_service_has() {
    let catalogue = with_post(
        "project: { npm: [yaml] }\n",
        &[
            (
                "transport/post/shared/contracts/post.mk.hbs",
                "contracts:: {{#each services}}{{name}} {{/each}}\n",
            ),
            (
                "transport/post/shared/contracts/__service__.txt.hbs",
                "{{service.name}}\n",
            ),
            ("versions.yaml", &versions_with_yaml()),
        ],
    );
    let second = "  porter: { kind: worker }\n  aside: { kind: worker }\nlinks:\n  \
                  - { from: gateway, to: porter, via: post }\n  - { from: gateway, to: aside }\n";
    let page = BLUEPRINT.replace("links:\n", second);
    let tree = render_with(&page, &catalogue);
    assert_eq!(
        text(&tree, "contracts/post.mk"),
        "contracts:: clerk porter \n"
    );
    assert_eq!(text(&tree, "contracts/porter.txt"), "porter\n");
    assert!(!tree.contains_key("contracts/aside.txt"));
    let without = render_with(&page, &with_post("", &[]));
    assert_data_eq!(
        changed_lines(text(&without, "package.json"), text(&tree, "package.json")),
        str![[r#"
-    "ws": "^8.23.0"
+    "ws": "^8.23.0",
+    "yaml": "^2.0.0"

"#]]
    );
}

/// `versions.yaml` with one package more.
fn versions_with_yaml() -> String {
    let built_in = TemplateFiles::built_in();
    let versions = built_in.text("versions.yaml").unwrap();
    versions.replace("\nnpm:\n", "\nnpm:\n  yaml: \"2.0.0\"\n")
}

#[test]
fn two_modules_cannot_have_a_container_of_one_name() {
    let built_in = TemplateFiles::built_in();
    let second = "label: Second\nhelp: A second broker\ncontainers:\n  - { name: kafka, help: Again, image: kafka, health: [ok], memory: 1M, address: KAFKA_BOOTSTRAP_SERVERS }\n";
    let own = [("transport/second/module.yaml", second.as_bytes())];
    let all = built_in
        .paths()
        .map(|path| (path, built_in.get(path).unwrap()));
    let error = Catalogue::from_files(all.chain(own).collect()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the built-in template `transport/second/module.yaml` is broken: line 4, column 13: the container `kafka` is already one of \
         `transport/kafka`"
    );
}
