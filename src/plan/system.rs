//! What a system has once, put together of what its components need.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::plan::view::{ContainerView, Runtime, ServiceView, SharedView};

/// The volumes of a system, each called as what it belongs to and the module say.
pub fn volumes<'c>(
    services: &[ServiceView],
    containers: impl Iterator<Item = &'c ContainerView>,
) -> Vec<String> {
    let of_services = services
        .iter()
        .map(|view| (&view.identity.name, &view.runtime.volumes));
    let of_containers = containers.map(|view| (&view.name, &view.volumes));
    of_services
        .chain(of_containers)
        .flat_map(|(name, volumes)| volumes.iter().map(move |it| format!("{name}-{}", it.name)))
        .collect()
}

/// Every secret once, with what it is for.
pub fn secrets(runtimes: &[&Runtime], containers: &[ContainerView]) -> Vec<Value> {
    let of_containers = containers.iter().flat_map(|container| {
        let secrets = container.env.iter().filter(|env| !env.secret.is_empty());
        secrets.map(|env| (env.secret.as_str(), container.help.as_str()))
    });
    let of_components = runtimes
        .iter()
        .flat_map(|runtime| &runtime.env)
        .filter(|variable| variable.secret)
        .map(|variable| (variable.name.as_str(), variable.help.as_str()));
    let all: BTreeMap<&str, &str> = of_containers.chain(of_components).collect();
    all.iter()
        .map(|(name, help)| json!({ "name": name, "help": help }))
        .collect()
}

/// Every variable that has one value in the whole system, secrets apart.
pub fn shared(runtimes: &[&Runtime]) -> BTreeSet<SharedView> {
    let variables = runtimes.iter().flat_map(|runtime| &runtime.env);
    variables
        .filter(|variable| variable.shared && !variable.secret)
        .map(|variable| SharedView {
            name: variable.name.clone(),
            value: variable.cluster.clone(),
            help: variable.help.clone(),
            required: variable.required,
        })
        .collect()
}

/// The commands that start containers for development, each once.
pub fn starts(containers: &[ContainerView]) -> BTreeSet<&str> {
    let all = containers.iter().map(|view| view.start.as_str());
    all.filter(|start| !start.is_empty()).collect()
}
