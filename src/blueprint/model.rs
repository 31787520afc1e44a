//! The blueprint as a value: every default filled in, every name checked.

use indexmap::IndexMap;

use crate::catalogue::{Axis, Catalogue};
use crate::contract::model::Contract;
use crate::question::Answers;
use crate::template::module::Side;

/// A whole system, as one page describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// DNS label; also the folder, the npm and the compose project name.
    pub name: String,
    pub description: String,
    /// In the order written; at least one gateway.
    pub services: IndexMap<String, Service>,
    pub links: Vec<Link>,
    /// Deploy targets, in the order written.
    pub targets: Vec<String>,
    /// Of images, by their name in `versions.yaml`: what is taken, whatever the tag stands for.
    pub digests: IndexMap<String, String>,
    /// The active packs by name, in the order in which they stack.
    pub packs: IndexMap<String, PackUse>,
}

/// A pack, and what was answered to its prompts.
#[derive(Debug, Clone, PartialEq)]
pub struct PackUse {
    /// A folder, an archive or a git URL.
    pub from: String,
    /// One for each prompt.
    pub answers: Answers,
}

/// One deployable.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub name: String,
    pub description: String,
    pub role: Role,
    /// An option of the axis `gateway` or `python`, by role.
    pub framework: String,
    /// What is chosen of the axes that its role has; of each that is no choice of many, one option.
    pub choices: IndexMap<Axis, Vec<String>>,
}

impl Service {
    /// Which end of a link it is.
    pub fn side(&self) -> Side {
        match self.role {
            Role::Gateway => Side::Gateway,
            Role::Python { .. } => Side::Service,
        }
    }

    /// Whether something that it chose provides a capability.
    pub fn has_chosen(&self, capability: &str, catalogue: &Catalogue) -> bool {
        self.choices.iter().any(|(axis, words)| {
            let mut modules = words.iter().filter_map(|word| catalogue.get(*axis, word));
            modules.any(|module| module.provides.iter().any(|it| it == capability))
        })
    }
}

/// What only gateways or only Python services have.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    Gateway,
    Python {
        /// An option of the axis `kind` other than `gateway`.
        kind: String,
        /// `""` where the kind keeps nothing.
        store: String,
        /// The kind's and the person's own, merged.
        contract: Contract,
    },
}

/// From a gateway to a Python service.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub from: String,
    pub to: String,
    /// An option of the axis `transport`.
    pub via: String,
}
