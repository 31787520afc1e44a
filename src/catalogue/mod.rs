//! Every module of the binary: the options of each axis, read from `templates/`.

/// What a module is an option of: the folders directly under `templates/` that hold options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Node.js frameworks.
    Gateway,
    /// Python frameworks.
    Python,
    Kind,
    Transport,
    Realtime,
    Auth,
    Store,
    Deploy,
}

/// One option of one axis.
#[derive(Debug)]
pub struct Module {
    pub axis: Axis,
    pub name: String,
    pub label: String,
    pub help: String,
    pub is_default: bool,
    /// Capabilities that another module in force must provide (a kind that needs `sql` has a store).
    pub needs: Vec<String>,
    pub provides: Vec<String>,
    /// `contract.yaml` of a kind, as text.
    pub contract: Option<String>,
}

/// All modules in force.
#[derive(Debug)]
pub struct Catalogue {
    modules: Vec<Module>,
}

impl Catalogue {
    /// The options of an axis, in the order in which they are listed.
    pub fn options(&self, axis: Axis) -> impl Iterator<Item = &Module> {
        self.modules.iter().filter(move |module| module.axis == axis)
    }

    /// The option of that name.
    pub fn get(&self, axis: Axis, name: &str) -> Option<&Module> {
        self.options(axis).find(|module| module.name == name)
    }
}
