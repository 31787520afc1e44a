//! What can be wrong with a pack beside what keeps it from being used, as values.

use serde_json::{Value, json};
use thiserror::Error;

use super::syntax::SyntaxError;
use crate::pack::folder::TEMPLATES;
use crate::pack::manifest::PACK_FILE;
use crate::suggest::meant;

/// The folder of a pack with the built-in templates as they were when they were taken.
pub const EJECTED: &str = "ejected";

/// One thing that is wrong. `Display` says what, without where and what to do instead.
#[derive(Debug, Error)]
pub enum Finding {
    /// What keeps a system with the pack from being made.
    #[error(transparent)]
    Unusable(crate::error::Error),

    /// A file of a system that is not what its name says.
    #[error("`{path}` of `{TEMPLATES}/{template}` {why}")]
    Broken {
        path: String,
        template: String,
        why: SyntaxError,
    },

    #[error("no system has a use for it")]
    Unused { path: String, meant: Use },

    #[error("no system has a variable `{variable}`")]
    UnknownVariable {
        path: String,
        /// From 1.
        line: usize,
        variable: String,
        nearest: Option<String>,
    },

    #[error("`remove` names `{glob}`, and no template is called so")]
    RemovesNothing { glob: String },

    #[error("`moved` names `{path}`, which is still there")]
    NotMoved {
        path: String,
        /// From 1.
        line: usize,
    },

    #[error("`moved` leads to `{path}`, and the pack has no such template")]
    MovedNowhere {
        path: String,
        /// From 1.
        line: usize,
        nearest: Option<String>,
    },

    #[error("`{folder}/` is no part of the pack")]
    Misplaced { folder: String, meant: Folder },

    #[error(
        "`{EJECTED}/{path}` is gone: nothing can be told of what has changed since hybridge {version}"
    )]
    Forgotten { path: String, version: String },

    #[error("`{path}` was taken from hybridge {version} and is not built in any more")]
    NotBuiltIn { path: String, version: String },

    #[error("`{path}` has changed since it was taken from hybridge {version}")]
    Changed {
        path: String,
        version: String,
        /// From what was taken to what is built in now.
        diff: String,
    },
}

/// What a file that no system has a use for may have been meant to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Use {
    #[error("{}", meant(.0))]
    Nearest(String),
    /// One of these blocks.
    #[error("there are {}", .0.join(", "))]
    Block(Vec<String>),
    #[error("no template includes it")]
    Partial,
    #[error("is its folder a scope of a module?")]
    Template,
}

/// What a folder beside `templates/` may have been meant to be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Folder {
    /// One in it.
    #[error("move it to `{TEMPLATES}/{0}`")]
    Below(String),
    #[error("{}", meant(TEMPLATES))]
    Templates,
}

/// How what a pack writes into one of its tests differs from what is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Difference {
    #[error("`{path}` is written and not recorded")]
    NotRecorded { path: String },

    #[error("`{path}` is recorded and not written any more")]
    NotWritten { path: String },

    /// A unified diff, from what is recorded to what is written now.
    #[error("{diff}")]
    Changed { path: String, diff: String },
}

impl Finding {
    /// What it is, for programs: messages change, these words stay.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unusable(error) => error.code(),
            Self::Broken { .. } => "broken_file",
            Self::Unused { .. } => "unused_file",
            Self::UnknownVariable { .. } => "unknown_variable",
            Self::RemovesNothing { .. } => "removes_nothing",
            Self::NotMoved { .. } => "not_moved",
            Self::MovedNowhere { .. } => "moved_nowhere",
            Self::Misplaced { .. } => "misplaced",
            Self::Forgotten { .. } | Self::NotBuiltIn { .. } | Self::Changed { .. } => {
                "changed_below"
            }
        }
    }

    /// What to do instead, where that is known.
    pub fn instead(&self) -> Option<String> {
        match self {
            Self::Unused { meant, .. } => Some(meant.to_string()),
            Self::Misplaced { meant, .. } => Some(meant.to_string()),
            Self::UnknownVariable { nearest, .. } | Self::MovedNowhere { nearest, .. } => {
                nearest.as_deref().map(meant)
            }
            Self::Changed { path, .. } => Some(format!(
                "take over what you need, then copy the built-in one to `{EJECTED}/{path}`"
            )),
            _ => None,
        }
    }

    /// For a person: where, what, what instead, and what has changed.
    pub fn to_text(&self) -> String {
        let mut text = match self {
            Self::Unused { path, .. } => format!("`{TEMPLATES}/{path}`: {self}"),
            Self::UnknownVariable { path, line, .. } => {
                format!("`{TEMPLATES}/{path}:{line}`: {self}")
            }
            Self::RemovesNothing { .. } => format!("`{PACK_FILE}`: {self}"),
            Self::NotMoved { line, .. } | Self::MovedNowhere { line, .. } => {
                format!("`{PACK_FILE}:{line}`: {self}")
            }
            _ => self.to_string(),
        };
        if let Some(instead) = self.instead() {
            text = format!("{text}; {instead}");
        }
        match self {
            Self::Changed { diff, .. } => format!("{text}:\n{diff}"),
            _ => text,
        }
    }

    /// For programs, as errors are: `code`, `source` and `line` where it stands somewhere, `what` and `instead`.
    pub fn to_json(&self) -> Vec<Value> {
        if let Self::Unusable(error) = self {
            return error.to_json();
        }
        let mut value = json!({ "code": self.code() });
        if let Some(source) = self.file() {
            value["source"] = json!(source);
        }
        if let Self::UnknownVariable { line, .. }
        | Self::NotMoved { line, .. }
        | Self::MovedNowhere { line, .. } = self
        {
            value["line"] = json!(line);
        }
        value["what"] = json!(self.to_string());
        if let Some(instead) = self.instead() {
            value["instead"] = json!(instead);
        }
        if let Self::Changed { diff, .. } = self {
            value["diff"] = json!(diff);
        }
        vec![value]
    }

    /// The file or folder, below the pack's.
    fn file(&self) -> Option<String> {
        match self {
            Self::Unusable(_) => None,
            Self::Broken { template: path, .. }
            | Self::Unused { path, .. }
            | Self::UnknownVariable { path, .. }
            | Self::NotBuiltIn { path, .. }
            | Self::Changed { path, .. } => Some(format!("{TEMPLATES}/{path}")),
            Self::Forgotten { path, .. } => Some(format!("{EJECTED}/{path}")),
            Self::RemovesNothing { .. } | Self::NotMoved { .. } | Self::MovedNowhere { .. } => {
                Some(PACK_FILE.to_owned())
            }
            Self::Misplaced { folder, .. } => Some(folder.clone()),
        }
    }
}
