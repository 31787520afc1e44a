//! A contract as far as clients can notice it, and who its clients are.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::field::Field;
use crate::contract::model::{self, Contract};
use crate::state_error::PartError;

/// The surface of each service, by its name.
pub type Surfaces = BTreeMap<String, Surface>;

/// Fields of a record, by name.
pub type Fields = BTreeMap<String, Field>;

/// What a client needs.
pub type Scopes = BTreeSet<String>;

/// What a service shows to those who call it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surface {
    /// The transport of each gateway that calls it.
    pub clients: BTreeMap<String, String>,
    pub operations: BTreeMap<String, Operation>,
    pub events: BTreeMap<String, Fields>,
    /// What it takes to receive an event; those that everybody receives are left out.
    pub scopes: BTreeMap<String, Scopes>,
    pub types: BTreeMap<String, Fields>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operation {
    #[serde(skip_serializing_if = "is_false")]
    pub safe: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub internal: bool,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub scopes: Scopes,
    pub input: Fields,
    pub output: Fields,
    /// Of a part, where it answers in parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<Fields>,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn fields(fields: &[model::Field]) -> Fields {
    let named = fields
        .iter()
        .map(|field| (field.name.clone(), Field::from(field)));
    named.collect()
}

impl Surface {
    /// `clients` are gateways with the transport of each.
    pub fn new(contract: &Contract, clients: BTreeMap<String, String>) -> Self {
        let operation = |it: &model::Operation| Operation {
            safe: it.safe,
            internal: it.internal,
            scopes: it.scopes.iter().cloned().collect(),
            input: fields(&it.input),
            output: fields(&it.output),
            stream: it.stream.as_deref().map(fields),
        };
        let operations = contract.operations.iter();
        let events = contract.events.iter();
        let guarded = events.clone().filter(|it| !it.scopes.is_empty());
        let types = contract.types.iter();
        Self {
            clients,
            operations: operations
                .map(|it| (it.name.clone(), operation(it)))
                .collect(),
            events: events
                .map(|it| (it.name.clone(), fields(&it.fields)))
                .collect(),
            scopes: guarded
                .map(|it| (it.name.clone(), it.scopes.iter().cloned().collect()))
                .collect(),
            types: types
                .map(|it| (it.name.clone(), fields(&it.fields)))
                .collect(),
        }
    }
}

/// Every part under a key of its own (`books.operations.find`), so that a file that has a line for each is merged
/// line by line.
pub fn to_parts(surfaces: &Surfaces) -> BTreeMap<String, Value> {
    let mut parts = BTreeMap::new();
    for (service, surface) in surfaces {
        parts.insert(format!("{service}.clients"), json!(surface.clients));
        for (name, operation) in &surface.operations {
            parts.insert(format!("{service}.operations.{name}"), json!(operation));
        }
        for (name, scopes) in &surface.scopes {
            parts.insert(format!("{service}.scopes.{name}"), json!(scopes));
        }
        for (section, records) in [("events", &surface.events), ("types", &surface.types)] {
            for (name, fields) in records {
                parts.insert(format!("{service}.{section}.{name}"), json!(fields));
            }
        }
    }
    parts
}

/// What [`to_parts`] wrote.
///
/// # Errors
/// The first part that is not one.
pub fn of_parts(parts: BTreeMap<String, Value>) -> Result<Surfaces, PartError> {
    let mut surfaces = Surfaces::new();
    for (key, value) in parts {
        let mut words = key.splitn(3, '.');
        let surface = surfaces
            .entry(words.next().unwrap_or_default().to_owned())
            .or_default();
        let section = words.next().unwrap_or_default();
        let name = words.next().unwrap_or_default().to_owned();
        let read = match section {
            "clients" => serde_json::from_value(value).map(|it| surface.clients = it),
            "operations" => {
                serde_json::from_value(value).map(|it| _ = surface.operations.insert(name, it))
            }
            "events" => serde_json::from_value(value).map(|it| _ = surface.events.insert(name, it)),
            "scopes" => serde_json::from_value(value).map(|it| _ = surface.scopes.insert(name, it)),
            "types" => serde_json::from_value(value).map(|it| _ = surface.types.insert(name, it)),
            section => {
                let section = section.to_owned();
                return Err(PartError::UnknownSection { key, section });
            }
        };
        read.map_err(|source| PartError::Unreadable { key, source })?;
    }
    Ok(surfaces)
}
