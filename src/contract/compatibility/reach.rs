//! Who uses what: records by direction, and the clients of operations and events.

use std::collections::{BTreeMap, BTreeSet};

use super::rule::Direction;
use super::surface::{Fields, Surface};
use crate::contract::model::Type;

/// What a record is part of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Operation(String),
    Event(String),
}

/// By direction, the operations and events that a record is part of.
pub(super) type Uses = BTreeMap<Direction, BTreeSet<Use>>;

/// The uses of each named type, also of those that are only reached through others.
pub(super) fn of_types(surface: &Surface) -> BTreeMap<String, Uses> {
    let mut found = BTreeMap::new();
    for (name, operation) in &surface.operations {
        let by = Use::Operation(name.clone());
        follow(&operation.input, Direction::Input, &by, surface, &mut found);
        for answered in std::iter::once(&operation.output).chain(&operation.stream) {
            follow(answered, Direction::Output, &by, surface, &mut found);
        }
    }
    for (name, fields) in &surface.events {
        let by = Use::Event(name.clone());
        follow(fields, Direction::Output, &by, surface, &mut found);
    }
    found
}

fn follow(
    fields: &Fields,
    direction: Direction,
    by: &Use,
    surface: &Surface,
    found: &mut BTreeMap<String, Uses>,
) {
    for field in fields.values() {
        let Type::Named(name) = field.kind.innermost() else {
            continue;
        };
        let uses = found.entry(name.clone()).or_default();
        // A type may contain itself.
        if uses.entry(direction).or_default().insert(by.clone())
            && let Some(record) = surface.types.get(name)
        {
            follow(record, direction, by, surface, found);
        }
    }
}

/// Who notices a change of these operations and events of a service.
pub(super) fn clients<'u>(
    service: &str,
    surface: &Surface,
    uses: impl Iterator<Item = &'u Use>,
) -> Vec<String> {
    let uses: Vec<&Use> = uses.collect();
    let mut found = Vec::new();
    for (gateway, transport) in &surface.clients {
        let public = |used| client(service, surface, gateway, used);
        found.extend(uses.iter().copied().filter_map(public));
        found.push(format!("gateway `{gateway}` over {transport}"));
    }
    found
}

/// As [`clients`], but for the gateways themselves.
pub(super) fn clients_of_gateways(service: &str, surface: &Surface, used: &Use) -> Vec<String> {
    let gateways = surface.clients.keys();
    gateways
        .filter_map(|gateway| client(service, surface, gateway, used))
        .collect()
}

/// The clients of a gateway; none where it does not offer that.
fn client(service: &str, surface: &Surface, gateway: &str, used: &Use) -> Option<String> {
    match used {
        Use::Operation(name) => {
            let operation = surface.operations.get(name)?;
            let is_public = !operation.internal;
            is_public.then(|| format!("clients of `{gateway}`: POST /api/{service}/{name}"))
        }
        Use::Event(name) => Some(format!("clients of `{gateway}`: event {service}.{name}")),
    }
}
