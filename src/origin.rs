//! Where a template file comes from.

use std::fmt;
use std::sync::Arc;

/// What a pack calls itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackId {
    pub name: String,
    /// Semantic version.
    pub version: String,
}

impl fmt::Display for PackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// Who wrote a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    BuiltIn,
    Pack(Arc<PackId>),
}

impl Origin {
    /// The pack, unless it is ours.
    pub fn pack(&self) -> Option<&PackId> {
        match self {
            Origin::BuiltIn => None,
            Origin::Pack(id) => Some(id),
        }
    }

    pub fn is_pack(&self) -> bool {
        self.pack().is_some()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("hybridge"),
            Origin::Pack(id) => write!(f, "pack {id}"),
        }
    }
}
