//! Which component listens where, unless its variables say otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::blueprint::model::{Blueprint, Role, Service};
use crate::catalogue::{Axis, Catalogue};
use crate::template::module::ListenPort;

/// The first port of each role; further components count up.
const GATEWAY_PORT: u16 = 3000;
const SERVICE_PORT: u16 = 8001;
/// From the HTTP port of a service to its next one.
const STEP: u16 = 1000;

/// The ports of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub http: u16,
    /// Those beside it, by the name that a module gives.
    #[serde(flatten)]
    pub further: BTreeMap<String, u16>,
}

/// Gives every component its ports: the recorded ones where there are any, otherwise the first free ones.
///
/// Without a record, gateways listen on 3000, 3001, ..., services on 8001, 8002, ..., in the order of the
/// blueprint. The further ports of a service are 1000, 2000, ... above its first one, by their names in
/// alphabetical order among all that the catalogue knows: a transport that comes or goes moves no other port.
///
/// A recorded port stays as long as its component does, also while no transport uses it. Where two branches
/// of a project were merged and a port is recorded twice, the component that the blueprint names first keeps
/// it.
pub fn assign(
    blueprint: &Blueprint,
    catalogue: &Catalogue,
    record: &BTreeMap<String, Ports>,
) -> BTreeMap<String, Ports> {
    let known: BTreeSet<&str> = catalogue
        .options(Axis::TRANSPORT)
        .flat_map(|module| &module.manifest.ports)
        .map(|port| port.name.as_str())
        .collect();
    let mut taken = BTreeSet::new();
    let kept: BTreeMap<&str, (Option<u16>, BTreeMap<String, u16>)> = blueprint
        .services
        .keys()
        .filter_map(|name| Some((name.as_str(), record.get(name)?)))
        .map(|(name, ports)| {
            let http = Some(ports.http).filter(|port| taken.insert(*port));
            let further = ports.further.iter();
            let further = further.filter(|(_, port)| taken.insert(**port));
            let further = further.map(|(name, port)| (name.clone(), *port)).collect();
            (name, (http, further))
        })
        .collect();
    let services = blueprint.services.values().map(|service| {
        let (http, mut further) = kept.get(service.name.as_str()).cloned().unwrap_or_default();
        let first = match service.role {
            Role::Gateway => GATEWAY_PORT,
            Role::Python { .. } => SERVICE_PORT,
        };
        let http = http.unwrap_or_else(|| free(&mut taken, (first..).step_by(1)));
        let wanted = wanted(blueprint, service, catalogue).map(|port| port.name.as_str());
        let wanted: BTreeSet<&str> = wanted.collect();
        for (name, step) in known.iter().zip(1..) {
            if wanted.contains(name) && !further.contains_key(*name) {
                let above = (http + step * STEP..).step_by(usize::from(STEP));
                further.insert((*name).to_owned(), free(&mut taken, above));
            }
        }
        (service.name.clone(), Ports { http, further })
    });
    services.collect()
}

/// The first of the candidates that nobody has, which is taken with it.
fn free(taken: &mut BTreeSet<u16>, mut candidates: impl Iterator<Item = u16>) -> u16 {
    let found = candidates.find(|port| taken.insert(*port));
    found.expect("a system has fewer components than there are ports")
}

/// The ports that the transports of a service listen on, once for each link.
pub fn wanted<'c>(
    blueprint: &Blueprint,
    service: &Service,
    catalogue: &'c Catalogue,
) -> impl Iterator<Item = &'c ListenPort> {
    blueprint
        .links
        .iter()
        .filter(|link| link.to == service.name)
        .filter_map(|link| catalogue.get(Axis::TRANSPORT, &link.via))
        .flat_map(|module| &module.manifest.ports)
}
