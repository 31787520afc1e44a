//! What a project was given once and keeps: TCP ports of components, numbers of Protocol Buffers.
//!
//! A plan is made over a record, and ends with the record for the next plan. A project that is laid out for
//! the first time has an empty one.

use std::collections::BTreeMap;

use super::ports::Ports;
use crate::contract::proto::numbers::Numbers;

/// Folder of the project with the numbers of each service's Protocol Buffers.
pub const CONTRACTS: &str = ".hybridge/contracts/";

/// Behind the name of the service.
const NUMBERS: &str = ".proto.json";

/// By the name of the component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub ports: BTreeMap<String, Ports>,
    pub numbers: BTreeMap<String, Numbers>,
}

impl Record {
    /// Where the numbers of a service are recorded, relative to the project.
    pub fn numbers_path(service: &str) -> String {
        format!("{CONTRACTS}{service}{NUMBERS}")
    }

    /// The service whose numbers are recorded at a path of the project.
    pub fn service_of(path: &str) -> Option<&str> {
        path.strip_prefix(CONTRACTS)?.strip_suffix(NUMBERS)
    }
}
