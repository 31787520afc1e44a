//! The named types of one contract, and which of them lead to which.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::model::{Field, Type, TypeDef};

/// Looks named types up.
#[derive(Debug, Default)]
pub struct Types<'a> {
    by_name: IndexMap<&'a str, &'a TypeDef>,
    /// Per type, every type that can be reached from its fields.
    reach: HashMap<&'a str, HashSet<&'a str>>,
}

impl<'a> Types<'a> {
    pub fn new(types: impl IntoIterator<Item = &'a TypeDef>) -> Self {
        let by_name: IndexMap<&str, &TypeDef> =
            types.into_iter().map(|def| (def.name.as_str(), def)).collect();
        let reach = by_name.values().map(|def| (def.name.as_str(), reachable(&def.fields, &by_name)));
        Types { reach: reach.collect(), by_name }
    }

    pub fn get(&self, name: &str) -> Option<&'a TypeDef> {
        self.by_name.get(name).copied()
    }

    /// In the order written.
    pub fn iter(&self) -> impl Iterator<Item = &'a TypeDef> {
        self.by_name.values().copied()
    }

    /// Whether values of the type can hold values of the other one, at any depth.
    pub fn leads_to(&self, from: &str, to: &str) -> bool {
        self.reach.get(from).is_some_and(|reached| reached.contains(to))
    }

    /// Every type that these fields need, in the order written.
    pub fn needed_by<'f>(&self, fields: impl IntoIterator<Item = &'f Field>) -> Vec<&'a TypeDef> {
        let mut needed = HashSet::new();
        for field in fields {
            if let Some(def) = named(&field.kind).and_then(|name| self.get(name)) {
                needed.insert(def.name.as_str());
                needed.extend(self.reach[def.name.as_str()].iter().copied());
            }
        }
        self.iter().filter(|def| needed.contains(def.name.as_str())).collect()
    }
}

/// The named type of the elements, if it is one.
pub fn named(kind: &Type) -> Option<&str> {
    match kind.innermost() {
        Type::Named(name) => Some(name),
        _ => None,
    }
}

fn reachable<'a>(
    fields: &'a [Field],
    by_name: &IndexMap<&'a str, &'a TypeDef>,
) -> HashSet<&'a str> {
    let mut reached = HashSet::new();
    let mut waiting: Vec<&[Field]> = vec![fields];
    while let Some(fields) = waiting.pop() {
        for name in fields.iter().filter_map(|field| named(&field.kind)) {
            if let Some(def) = by_name.get(name)
                && reached.insert(def.name.as_str())
            {
                waiting.push(&def.fields);
            }
        }
    }
    reached
}
