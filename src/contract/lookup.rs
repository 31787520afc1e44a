//! The named types of one contract.

use indexmap::IndexMap;

use super::model::TypeDef;

/// Looks named types up.
#[derive(Debug, Default)]
pub struct Types<'a> {
    by_name: IndexMap<&'a str, &'a TypeDef>,
}

impl<'a> Types<'a> {
    pub fn new(types: impl IntoIterator<Item = &'a TypeDef>) -> Self {
        Types {
            by_name: types
                .into_iter()
                .map(|def| (def.name.as_str(), def))
                .collect(),
        }
    }

    pub fn get(&self, name: &str) -> Option<&'a TypeDef> {
        self.by_name.get(name).copied()
    }

    /// In the order written.
    pub fn iter(&self) -> impl Iterator<Item = &'a TypeDef> {
        self.by_name.values().copied()
    }
}
