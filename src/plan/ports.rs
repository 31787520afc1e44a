//! Which component listens where, unless its variables say otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::blueprint::model::{Blueprint, Role, Service};
use crate::catalogue::{Axis, Catalogue};

/// The first port of each role; further components count up.
const GATEWAY_PORT: u16 = 3000;
const SERVICE_PORT: u16 = 8001;
/// From the HTTP port of a service to its next one.
const STEP: u16 = 1000;

/// The ports of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports {
    pub http: u16,
    /// Those beside it, by the name that a module gives.
    pub further: BTreeMap<String, u16>,
}

/// Gateways listen on 3000, 3001, ..., services on 8001, 8002, ..., in the order of the blueprint. The
/// further ports of a service are 1000, 2000, ... above its first one, by their names in alphabetical
/// order among all that the catalogue knows: a transport that comes or goes moves no other port.
pub fn assign(blueprint: &Blueprint, catalogue: &Catalogue) -> BTreeMap<String, Ports> {
    let known: BTreeSet<&str> = catalogue
        .options(Axis::Transport)
        .flat_map(|module| &module.manifest.ports)
        .map(|port| port.name.as_str())
        .collect();
    let (mut gateway_port, mut service_port) = (GATEWAY_PORT, SERVICE_PORT);
    let mut next = |service: &Service| {
        let port = match service.role {
            Role::Gateway { .. } => &mut gateway_port,
            Role::Python { .. } => &mut service_port,
        };
        *port += 1;
        *port - 1
    };
    let services = blueprint.services.values().map(|service| {
        let http = next(service);
        let wanted = wanted(blueprint, service, catalogue);
        let above = (1..).map(|step| http + step * STEP);
        let further = known
            .iter()
            .zip(above)
            .filter(|(name, _)| wanted.contains(*name))
            .map(|(name, port)| ((*name).to_owned(), port))
            .collect();
        (service.name.clone(), Ports { http, further })
    });
    services.collect()
}

/// The names of the ports that the transports of a service listen on.
fn wanted<'c>(
    blueprint: &Blueprint,
    service: &Service,
    catalogue: &'c Catalogue,
) -> BTreeSet<&'c str> {
    blueprint
        .links
        .iter()
        .filter(|link| link.to == service.name)
        .filter_map(|link| catalogue.get(Axis::Transport, &link.via))
        .flat_map(|module| &module.manifest.ports)
        .map(|port| port.name.as_str())
        .collect()
}
