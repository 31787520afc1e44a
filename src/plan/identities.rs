//! What every component is called, and where it listens.

use std::collections::BTreeMap;

use heck::{ToLowerCamelCase, ToPascalCase, ToShoutySnakeCase, ToSnakeCase};

use super::ports::{self, Ports};
use crate::blueprint::model::{Blueprint, Role, Service};
use crate::blueprint::options::GATEWAY;
use crate::catalogue::{Axis, Catalogue};
use crate::plan::view::Identity;

/// The identity of every component, in the order of the blueprint.
pub fn identities(
    blueprint: &Blueprint,
    catalogue: &Catalogue,
    ports: &BTreeMap<String, Ports>,
) -> BTreeMap<String, Identity> {
    let identity = |service: &Service| {
        let mut ports = ports.get(&service.name)?.clone();
        let wanted = ports::wanted(blueprint, service, catalogue);
        ports
            .further
            .retain(|name, _| wanted.contains(name.as_str()));
        Some((service.name.clone(), identity(service, ports, catalogue)))
    };
    blueprint.services.values().filter_map(identity).collect()
}

fn identity(service: &Service, ports: Ports, catalogue: &Catalogue) -> Identity {
    let (axis, kind) = match &service.role {
        Role::Gateway => (Axis::GATEWAY, GATEWAY),
        Role::Python { kind, .. } => (Axis::PYTHON, kind.as_str()),
    };
    let label = catalogue
        .get(axis, &service.framework)
        .map(|module| module.label.clone());
    Identity {
        name: service.name.clone(),
        package: service.name.to_snake_case(),
        class: service.name.to_pascal_case(),
        camel: service.name.to_lower_camel_case(),
        env_prefix: service.name.to_shouty_snake_case(),
        port: ports.http,
        ports: ports.further,
        description: service.description.clone(),
        kind: kind.to_owned(),
        framework: label.unwrap_or_default(),
        framework_option: service.framework.clone(),
    }
}
