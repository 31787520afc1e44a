//! Containers and jobs that a module brings.

use hybridge::catalogue::Catalogue;
use hybridge::template::files::TemplateFiles;
use snapbox::{assert_data_eq, str};

use crate::support::{changed_lines, render_with};
use crate::{BLUEPRINT, text, with_post};

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

const LAMP: &str = r#"
env:
  - { name: LAMP_URL, default: "", help: Where a lamp is, open: true, side: service }
  - { name: LAMP_COUNT, default: "2", help: How many there are, open: true, side: service }
containers:
  - name: lamp
    help: Gives light
    image: node
    profile: evening
    health: [light, --check]
    volumes: [{ name: oil, path: /oil }]
    memory: 1G
"#;

#[test]
fn a_container_of_a_profile_stands_beside_and_nobody_waits_for_it() {
    let blueprint = format!("{BLUEPRINT}targets: [compose, kubernetes]\n");
    let tree = render_with(&blueprint, &with_post(LAMP, &[]));
    let compose: serde_yaml::Value = serde_yaml::from_str(text(&tree, "compose.yaml")).unwrap();
    let value = |yaml: &str| serde_yaml::from_str::<serde_yaml::Value>(yaml).unwrap();
    let services = &compose["services"];
    assert_eq!(services["lamp"]["profiles"], value("[evening]"));
    assert_eq!(services["lamp"]["networks"], value("[inside, edge]"));
    assert_eq!(services["lamp"]["volumes"], value("['lamp-oil:/oil']"));
    assert_eq!(compose["volumes"], value("{ lamp-oil: null }"));
    for name in ["gateway", "clerk"] {
        assert!(services[name]["depends_on"].get("lamp").is_none(), "{name}");
    }
    // Whoever runs it says where it is.
    let environment = &services["clerk"]["environment"];
    assert_eq!(environment["LAMP_URL"], "${CLERK_LAMP_URL:-}");
    assert_eq!(environment["LAMP_COUNT"], "${CLERK_LAMP_COUNT:-2}");
    let manifests = tree.keys().map(String::as_str);
    let manifests = manifests.filter(|path| path.starts_with("deploy/kubernetes/"));
    for path in manifests.chain(["tools/system.ts"]) {
        assert!(!text(&tree, path).contains("Gives light"), "{path}");
        assert!(!text(&tree, path).contains("name: lamp"), "{path}");
    }
    assert!(!tree.contains_key("deploy/compose/backing.yaml"));
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
+import { type BackingService, reachAll } from "./backing-services.ts";
-    before: [],
+    before: [
+      {
+        help: "Hangs up the bags",
+        command: ".venv/bin/python -m clerk.bags",
+      },
+    ],
-/** Nothing has to run before them. */
-export const reach = async (): Promise<void> => {};
+/** What has to run before any of them. */
+export const backingServices: readonly BackingService[] = [
+  {
+    name: "sorting",
+    variable: "SORTING_ADDRESS",
+    start: "make backing",
+  },
+];
+
+/** Looks whether it does. */
+export const reach = (): Promise<void> => reachAll(backingServices);
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
