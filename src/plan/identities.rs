//! What every component is called, and where it listens.

use std::collections::BTreeMap;

use heck::{ToLowerCamelCase, ToPascalCase, ToShoutySnakeCase, ToSnakeCase};

use super::ports::{self, Ports};
use crate::blueprint::model::{Blueprint, Role, Service};
use crate::blueprint::options::GATEWAY;
use crate::catalogue::{Axis, Catalogue};
use crate::plan::view::{Identity, PortView};
use crate::reserved::SERVICES_MODULE;

/// The identity of every component, in the order of the blueprint.
pub fn identities(
    blueprint: &Blueprint,
    catalogue: &Catalogue,
    ports: &BTreeMap<String, Ports>,
) -> BTreeMap<String, Identity> {
    let identity = |service: &Service| {
        let given = ports.get(&service.name)?;
        let further = ports::wanted(blueprint, service, catalogue).map(|port| {
            let view = PortView {
                name: port.name.clone(),
                env: port.env.clone(),
                port: given.further[&port.name],
                probe: port.probe.clone(),
            };
            (port.name.clone(), view)
        });
        let further = further.collect();
        let identity = identity(service, given.http, further, catalogue);
        Some((service.name.clone(), identity))
    };
    blueprint.services.values().filter_map(identity).collect()
}

fn identity(
    service: &Service,
    port: u16,
    ports: BTreeMap<String, PortView>,
    catalogue: &Catalogue,
) -> Identity {
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
        camel: namespace(&service.name),
        env_prefix: service.name.to_shouty_snake_case(),
        port,
        ports,
        description: service.description.clone(),
        kind: kind.to_owned(),
        framework: label.unwrap_or_default(),
        framework_option: service.framework.clone(),
    }
}

/// What the code of gateways calls the namespace of a service: camelCase, and as that ends with no `_`, it can be
/// none of another service where it makes room for a name that the module declares itself.
fn namespace(service: &str) -> String {
    let name = service.to_lower_camel_case();
    let is_observer = name
        .strip_prefix("observer")
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()));
    match is_observer || SERVICES_MODULE.contain(&name) {
        true => name + "_",
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::namespace;

    #[test]
    fn no_service_is_called_as_what_its_module_declares() {
        for (service, name) in [
            ("order-desk", "orderDesk"),
            ("observers", "observers_"),
            ("observer1", "observer1_"),
            ("observer", "observer"),
            ("typed-clients", "typedClients_"),
            ("calls", "calls_"),
        ] {
            assert_eq!(namespace(service), name);
        }
    }
}
