//! What a project was given once and keeps: TCP ports of components, numbers of Protocol Buffers; and the contracts
//! that its clients know.
//!
//! A plan is made over a record, and ends with the record for the next plan. A project that is laid out for
//! the first time has an empty one.

use std::collections::{BTreeMap, BTreeSet};

use super::ports::Ports;
use crate::blueprint::model::{Blueprint, Role};
use crate::contract::compatibility::{Surface, Surfaces};
use crate::contract::proto::numbers::Numbers;

/// Folder of the project with the numbers of each service's Protocol Buffers.
pub const CONTRACTS: &str = ".hybridge/contracts/";

/// Behind the name of the service.
const NUMBERS: &str = ".proto.json";

/// By the name of the component.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    pub ports: BTreeMap<String, Ports>,
    pub numbers: BTreeMap<String, Numbers>,
    /// Not given, but recorded, so that a change of one is seen.
    pub contracts: Surfaces,
}

impl Record {
    /// Where the numbers of a service are recorded, relative to the project.
    pub fn numbers_path(service: &str) -> String {
        format!("{CONTRACTS}{service}{NUMBERS}")
    }

    /// The services whose numbers are recorded.
    pub fn numbered(&self) -> BTreeSet<String> {
        self.numbers.keys().cloned().collect()
    }

    /// The service whose numbers are recorded at a path of the project.
    pub fn service_of(path: &str) -> Option<&str> {
        path.strip_prefix(CONTRACTS)?.strip_suffix(NUMBERS)
    }
}

/// What each service of a system shows to its clients.
pub fn surfaces(blueprint: &Blueprint) -> Surfaces {
    let services = blueprint.services.values();
    let surface = services.filter_map(|service| {
        let Role::Python { contract, .. } = &service.role else {
            return None;
        };
        let links = blueprint.links.iter().filter(|it| it.to == service.name);
        let clients = links.map(|link| (link.from.clone(), link.via.clone()));
        Some((
            service.name.clone(),
            Surface::new(contract, clients.collect()),
        ))
    });
    surface.collect()
}
