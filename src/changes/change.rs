//! One change: what is done to a path, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::tree::TreeFile;

/// A file on the disk, or as it will stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub executable: bool,
}

impl From<&TreeFile> for Content {
    fn from(file: &TreeFile) -> Self {
        Self {
            bytes: file.bytes.clone(),
            executable: file.executable,
        }
    }
}

/// What is done to one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum Action {
    Create,
    Update,
    /// What the person changed and what hybridge changed, both.
    Merge,
    /// Both changed the same; the file says so, or is left as it is.
    Conflict,
    /// The file that stood elsewhere, with what the person changed in it.
    Move {
        from: String,
    },
    /// Nothing.
    Keep,
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Merge => "merge",
            Self::Conflict => "conflict",
            Self::Move { .. } => "move",
            Self::Keep => "keep",
            Self::Delete => "delete",
        })
    }
}

/// Why it is done. Aliases are what an earlier hybridge recorded of conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The system has it now.
    New,
    /// It is what it shall be.
    Same,
    /// Its template, or what goes into it, changed.
    Rendered,
    /// The person changed it, hybridge did not.
    Edited,
    /// The person and hybridge changed it.
    #[serde(alias = "you and hybridge changed it")]
    Both,
    /// Seeded: the person's since it was written.
    Yours,
    /// Seeded, and the person's: only what it calls has another name in the new layout.
    Followed,
    /// The person deleted it.
    Deleted,
    /// A file stands there that hybridge did not write.
    #[serde(alias = "hybridge did not write the file that is there")]
    Taken,
    /// Nothing tells what hybridge wrote there, and the person changed it.
    #[serde(alias = "you changed it, and what hybridge wrote is not known")]
    NoBase,
    /// The system no longer has it.
    Dropped,
    /// The system no longer has it, and the person changed it.
    DroppedEdited,
    /// Its template writes it here now.
    Renamed,
    /// A command was asked to change it.
    Asked,
    /// What hybridge writes, where a conflict is not marked in the file.
    Beside,
    /// What hybridge remembers.
    Record,
}

impl Reason {
    /// Whether a person should read it also where nothing is done.
    pub fn is_to_say(self) -> bool {
        matches!(self, Self::Yours | Self::DroppedEdited)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Same => "as it is",
            Self::Rendered => "its template, or what goes into it, changed",
            Self::Edited => "you changed it, hybridge has nothing new",
            Self::Both => "you and hybridge changed it",
            Self::Yours => "yours since it was written",
            Self::Followed => "yours, with what it calls by its new name",
            Self::Deleted => "you deleted it",
            Self::Taken => "hybridge did not write the file that is there",
            Self::NoBase => "you changed it, and what hybridge wrote is not known",
            Self::Dropped => "the system no longer has it",
            Self::DroppedEdited => "the system no longer has it, and you changed it",
            Self::Renamed => "its template writes it here now",
            Self::Asked => "as you asked",
            Self::Beside => "what hybridge would write: take of it what you want",
            Self::Record => "what hybridge remembers",
        })
    }
}

/// What is to be done to one path, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    #[serde(flatten)]
    pub action: Action,
    pub reason: Reason,
    /// Its folder, or `project`.
    pub component: String,
    /// What stands there, and must still when it is written; `None`: nothing.
    #[serde(skip)]
    pub before: Option<Content>,
    /// What will stand there; `None`: nothing.
    #[serde(skip)]
    pub after: Option<Content>,
    /// Where in the file a conflict is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// What hybridge writes, where a conflict is not marked in the file.
    #[serde(skip)]
    pub theirs: Option<Content>,
}

impl Change {
    /// What is done to `path`. No location of a conflict, and nothing beside the file.
    pub fn new(
        path: &str,
        action: Action,
        reason: Reason,
        before: Option<Content>,
        after: Option<Content>,
    ) -> Self {
        Self {
            action,
            reason,
            component: component(path).to_owned(),
            before,
            after,
            places: Vec::new(),
            theirs: None,
        }
    }
}

/// The folder of the component that a file of a project belongs to: `services/vision`, `packages/gateway`, or
/// `project` for what belongs to no single one.
pub fn component(path: &str) -> &str {
    let mut ends = path.match_indices('/').map(|(end, _)| end);
    match (ends.next(), ends.next()) {
        (Some(first), Some(second)) if matches!(&path[..first], "services" | "packages") => {
            &path[..second]
        }
        _ => "project",
    }
}
