//! The files of a project in memory, and who keeps each of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Who keeps a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// hybridge keeps it current and merges the person's edits.
    Managed,
    /// Written once, then the person's.
    Seeded,
}

/// A file in memory.
#[derive(Debug, Clone)]
pub struct TreeFile {
    pub bytes: Vec<u8>,
    pub executable: bool,
    pub owner: Owner,
    /// Folder of the module that writes it.
    pub module: String,
    /// Below `templates/`; `""` for what hybridge writes without one.
    pub template: String,
    /// The pack whose template it is; `None` for one of ours.
    pub pack: Option<String>,
}

impl TreeFile {
    /// What hybridge writes without a template.
    pub fn own(bytes: Vec<u8>, owner: Owner) -> Self {
        Self {
            bytes,
            executable: false,
            owner,
            module: "hybridge".into(),
            template: String::new(),
            pack: None,
        }
    }
}

/// Rendered files by path, which always has `/`.
pub type Tree = BTreeMap<String, TreeFile>;
