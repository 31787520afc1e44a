//! The Kubernetes target: every file that a kustomization names is there, and what it holds fits together.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use hybridge::catalogue::Catalogue;
use hybridge::tree::Tree;
use hybridge::workshop::matrix::pages;
use serde::Deserialize;
use serde_json::{Value, json};
use support::render;

const FOLDER: &str = "deploy/kubernetes";
/// Names of objects, RFC 1123 (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>).
const LABEL: usize = 63;

/// Every blueprint that there is to try, with this target.
fn blueprints() -> Vec<String> {
    let examples = support::examples();
    let examples = examples
        .iter()
        .map(|(_, path)| std::fs::read_to_string(path).unwrap());
    let pages = pages(Catalogue::built_in().unwrap());
    examples.chain(pages).map(|text| targeted(&text)).collect()
}

/// The blueprint with both targets, whatever it says of them.
fn targeted(text: &str) -> String {
    let mut page: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    page["targets"] = serde_yaml::from_str("[compose, kubernetes]").unwrap();
    serde_yaml::to_string(&page).unwrap()
}

fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    let file = tree.get(path).unwrap_or_else(|| panic!("no {path}"));
    std::str::from_utf8(&file.bytes).unwrap()
}

/// The documents of a YAML file.
fn documents(text: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| {
            Value::deserialize(document).unwrap_or_else(|error| panic!("{error}\n{text}"))
        })
        .filter(|document| !document.is_null())
        .collect()
}

/// The texts of a list, which may be missing.
fn texts(value: &Value) -> Vec<&str> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item.as_str().unwrap()).collect()
}

/// The objects of a kustomization and of those that it names; every reference must lead somewhere.
fn objects(tree: &Tree, folder: &str) -> Vec<Value> {
    let kustomization = documents(text(tree, &format!("{folder}/kustomization.yaml")));
    let [kustomization] = kustomization.as_slice() else {
        panic!("{folder}: one document");
    };
    let mut found = Vec::new();
    for resource in texts(&kustomization["resources"]) {
        match resource.strip_suffix(".yaml") {
            Some(_) => found.extend(documents(text(tree, &format!("{folder}/{resource}")))),
            None => found.extend(objects(tree, &joined(folder, resource))),
        }
    }
    let generators = kustomization["configMapGenerator"].as_array();
    for generator in generators.into_iter().flatten() {
        for file in texts(&generator["envs"]) {
            assert_settings(text(tree, &format!("{folder}/{file}")), file);
        }
        found.push(
            serde_json::json!({ "kind": "ConfigMap", "metadata": { "name": generator["name"] } }),
        );
    }
    found
}

/// `a/b` and `../../c`: a path.
fn joined(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in relative.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Comments and `NAME=value`, each name once.
fn assert_settings(text: &str, file: &str) {
    let mut names = BTreeSet::new();
    for line in text
        .lines()
        .filter(|it| !it.is_empty() && !it.starts_with('#'))
    {
        let (name, _) = line
            .split_once('=')
            .unwrap_or_else(|| panic!("{file}: {line}"));
        let is_name = name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        assert!(is_name && names.insert(name), "{file}: {line}");
    }
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap()
}

fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap()
}

/// The pod template of a workload.
fn pod(object: &Value) -> Option<&Value> {
    let pod = &object["spec"]["template"];
    (!pod.is_null()).then_some(pod)
}

/// The names of what `make k8s-secrets` takes from `.env`.
fn secrets(tree: &Tree) -> Vec<&str> {
    let (_, names) = text(tree, &format!("{FOLDER}/tasks.mk"))
        .split_once("grep -E '^(")
        .unwrap();
    names.split_once(')').unwrap().0.split('|').collect()
}

#[test]
fn every_reference_leads_somewhere() {
    for blueprint in blueprints() {
        let tree = render(&blueprint);
        let secrets = secrets(&tree);
        for overlay in ["development", "production"] {
            let objects = objects(&tree, &format!("{FOLDER}/overlays/{overlay}"));
            let mut seen = BTreeSet::new();
            for object in &objects {
                let id = (kind(object), name(object));
                assert!(seen.insert(id), "{overlay}: {id:?} twice\n{blueprint}");
            }
            for pod in objects.iter().filter_map(pod) {
                let account = pod["spec"]["serviceAccountName"].as_str().unwrap();
                assert!(seen.contains(&("ServiceAccount", account)), "{account}");
                for container in pod["spec"]["containers"].as_array().unwrap() {
                    for from in container["envFrom"].as_array().into_iter().flatten() {
                        let map = from["configMapRef"]["name"].as_str().unwrap();
                        assert!(seen.contains(&("ConfigMap", map)), "{map}\n{blueprint}");
                    }
                    for variable in container["env"].as_array().into_iter().flatten() {
                        if let Some(key) = variable["valueFrom"]["secretKeyRef"]["key"].as_str() {
                            assert!(secrets.contains(&key), "{key}\n{blueprint}");
                        }
                    }
                }
                for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
                    if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
                        assert!(seen.contains(&("PersistentVolumeClaim", claim)), "{claim}");
                    }
                }
            }
        }
    }
}

#[test]
fn names_fit_however_long_those_of_the_blueprint_are() {
    let long = |first: char| format!("{first}{}", "x".repeat(39));
    let (system, gateway, service) = (long('s'), long('g'), long('w'));
    for transport in ["rest", "grpc", "kafka", "rabbitmq", "graphql"] {
        let tree = render(&targeted(&format!(
            "name: {system}\nservices:\n  {gateway}: {{ kind: gateway }}\n  {service}: {{ kind: worker }}\n\
             links:\n  - {{ from: {gateway}, to: {service}, via: {transport} }}\n"
        )));
        for overlay in ["development", "production"] {
            for object in objects(&tree, &format!("{FOLDER}/overlays/{overlay}")) {
                // Policies are the one kind here that is called by two components.
                let longest = if kind(&object) == "NetworkPolicy" {
                    253
                } else {
                    LABEL
                };
                assert!(
                    name(&object).len() <= longest,
                    "{} {}",
                    kind(&object),
                    name(&object)
                );
            }
        }
    }
}

/// Who may connect to whom: `(from, to, port)` by the labels of pods, as policies of either side say it.
fn allowed(objects: &[Value], side: &str, peer: &str) -> BTreeSet<(String, String, u64)> {
    let label = |selector: &Value| {
        let name = &selector["matchLabels"]["app.kubernetes.io/name"];
        name.as_str().map(str::to_owned)
    };
    let mut found = BTreeSet::new();
    for policy in objects
        .iter()
        .filter(|object| kind(object) == "NetworkPolicy")
    {
        let Some(own) = label(&policy["spec"]["podSelector"]) else {
            continue;
        };
        for rule in policy["spec"][side].as_array().into_iter().flatten() {
            for other in rule[peer].as_array().into_iter().flatten() {
                let Some(other) = label(&other["podSelector"]) else {
                    continue;
                };
                for port in rule["ports"].as_array().unwrap() {
                    let port = port["port"].as_u64().unwrap();
                    found.insert(match side {
                        "egress" => (own.clone(), other.clone(), port),
                        _ => (other.clone(), own.clone(), port),
                    });
                }
            }
        }
    }
    found
}

#[test]
fn policies_are_the_links_and_nothing_else() {
    let tree = render(&targeted(
        &std::fs::read_to_string(support::root().join("examples/mixed.yaml")).unwrap(),
    ));
    let objects = objects(&tree, &format!("{FOLDER}/overlays/production"));
    let ports: BTreeMap<&str, u64> = objects
        .iter()
        .filter(|object| kind(object) == "Service")
        .filter_map(|object| Some((name(object), object["spec"]["ports"][0]["port"].as_u64()?)))
        .collect();
    let expected: BTreeSet<_> = [
        ("visitors", "classifier", ports["classifier"]),
        ("visitors", "almanac", ports["almanac"]),
        ("astronomers", "classifier", ports["classifier-grpc"]),
        ("astronomers", "almanac", ports["almanac"]),
    ]
    .map(|(from, to, port)| (from.to_owned(), to.to_owned(), port))
    .into();
    assert_eq!(allowed(&objects, "egress", "to"), expected);
    assert_eq!(allowed(&objects, "ingress", "from"), expected);
    let denied = objects
        .iter()
        .find(|object| name(object) == "default-deny")
        .unwrap();
    assert_eq!(denied["spec"]["podSelector"], json!({}));
    assert_eq!(denied["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
}

/// Who asks a provider outside learns where it is, and is let out to it; nobody else is.
#[test]
fn what_is_outside_is_said_and_reached_by_those_that_ask_it() {
    let page = support::root().join("examples/members.yaml");
    let tree = render(&targeted(&std::fs::read_to_string(page).unwrap()));
    assert!(secrets(&tree).contains(&"AUTH_TICKET_KEY"));
    let shared = text(&tree, &format!("{FOLDER}/base/shared.env"));
    assert!(shared.contains("\nAUTH_ISSUER=https://"), "{shared}");
    for overlay in ["development", "production"] {
        let objects = objects(&tree, &format!("{FOLDER}/overlays/{overlay}"));
        let out = objects.iter().filter(|object| {
            kind(object) == "NetworkPolicy" && name(object).ends_with("-to-login")
        });
        let who = out.map(|policy| {
            let spec = &policy["spec"];
            assert_eq!(
                spec["egress"],
                json!([{ "ports": [{ "protocol": "TCP", "port": 443 }] }])
            );
            spec["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
                .as_str()
                .unwrap()
        });
        assert_eq!(who.collect::<BTreeSet<_>>(), ["desk", "shop"].into());
        for object in objects.iter().filter(|object| pod(object).is_some()) {
            let container = pod(object).unwrap()["spec"]["containers"][0].to_string();
            let is_gateway = ["desk", "shop"].contains(&name(object));
            assert_eq!(container.contains("AUTH_TICKET_KEY"), is_gateway);
            // What several ask for stands in one place, and there `orders` finds its store.
            let asks = is_gateway || name(object).starts_with("orders");
            assert_eq!(
                container.contains(r#"{"name":"shared"}"#),
                asks,
                "{container}"
            );
        }
    }
}

#[test]
fn no_secret_has_a_value() {
    for blueprint in blueprints() {
        for (path, file) in render(&blueprint) {
            if !path.starts_with(FOLDER) || !path.ends_with(".yaml") {
                continue;
            }
            for object in documents(std::str::from_utf8(&file.bytes).unwrap()) {
                assert_ne!(object["kind"], "Secret", "{path}");
            }
        }
    }
}

#[test]
fn what_cannot_run_twice_does_not() {
    let replicas = |component: &str, via: &str, events: &str| {
        let tree = render(&targeted(&format!(
            "name: demo\nservices:\n  gateway: {{ kind: gateway }}\n  unit:\n    kind: worker\n    {events}\n\
             links:\n  - {{ from: gateway, to: unit, via: {via} }}\n"
        )));
        let objects = objects(&tree, &format!("{FOLDER}/base"));
        let scaled = objects
            .iter()
            .any(|object| kind(object) == "HorizontalPodAutoscaler" && name(object) == component);
        let fixed = objects.iter().any(|object| {
            kind(object) == "Deployment"
                && name(object) == component
                && object["spec"]["replicas"] == 1
        });
        assert_ne!(scaled, fixed);
        scaled
    };
    let events = "events: { done: { id: uuid } }";
    let none = "description: tells nothing";
    // Gateways hear the events of all replicas.
    assert!(replicas("unit", "rest", events));
    assert!(replicas("unit", "rest", none));
    assert!(replicas("unit", "kafka", events));
    // Jobs are kept by the gateway, or by the broker.
    assert!(!replicas("gateway", "rest", none));
    assert!(replicas("gateway", "kafka", none));
}
