//! Whose a file of a project is.

use std::fmt;

use serde::Serialize;

use super::project::Project;
use crate::error::Error;
use crate::generate::BLUEPRINT;
use crate::project::transaction;
use crate::suggest::nearest;
use crate::tree::Owner;

/// Who decides what stands in a file, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "whose", rename_all = "kebab-case")]
pub enum Whose {
    Blueprint,
    /// Below `.hybridge/`.
    Hybridge,
    Managed {
        edited: bool,
    },
    Seeded {
        edited: bool,
    },
    /// hybridge wrote it, and the person has it elsewhere.
    Moved {
        to: String,
    },
    /// hybridge wrote it, and the person deleted it.
    Deleted,
    /// hybridge never wrote it.
    Yours,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blueprint => f.write_str("yours: the blueprint, from which everything else follows"),
            Self::Hybridge => f.write_str("hybridge's own, which it writes over"),
            Self::Managed { edited: false } => {
                f.write_str("managed, as hybridge wrote it: `hybridge apply` keeps it current")
            }
            Self::Managed { edited: true } => f.write_str(
                "managed, and you changed it: `hybridge apply` merges its changes with yours",
            ),
            Self::Seeded { edited: false } => f.write_str(
                "seeded, as hybridge wrote it: `hybridge apply` keeps it current until you change it",
            ),
            Self::Seeded { edited: true } => {
                f.write_str("yours since you changed it: `hybridge apply` never writes it")
            }
            Self::Moved { to } => write!(f, "moved by you to `{to}`, where it is kept current"),
            Self::Deleted => {
                f.write_str("deleted by you: it stays so; `hybridge restore` brings it back")
            }
            Self::Yours => f.write_str("yours: hybridge never wrote it and never touches it"),
        }
    }
}

/// Whose the file at a path of the project is.
///
/// # Errors
/// [`Error::NoSuchFile`] for one that is neither there nor was ever written.
pub fn whose(project: &Project, path: &str) -> Result<Whose, Error> {
    if path == BLUEPRINT {
        return Ok(Whose::Blueprint);
    }
    if path.starts_with(".hybridge/") {
        return Ok(Whose::Hybridge);
    }
    let disk = transaction::read(&project.folder, std::iter::once(path))?;
    let there = disk.get(path);
    let files = &project.state.files;
    let moved_here = || {
        let mut moved = files.values();
        moved.find(|known| known.moved_to.as_deref() == Some(path))
    };
    let known = files.get(path);
    match (known.or_else(moved_here), there) {
        (Some(known), Some(there)) => {
            let edited = !known.is_of(&there.bytes);
            Ok(match known.owner {
                Owner::Managed => Whose::Managed { edited },
                Owner::Seeded => Whose::Seeded { edited },
            })
        }
        (Some(known), None) => Ok(match &known.moved_to {
            Some(to) => Whose::Moved { to: to.clone() },
            None => Whose::Deleted,
        }),
        (None, Some(_)) => Ok(Whose::Yours),
        (None, None) => Err(Error::NoSuchFile {
            path: path.to_owned(),
            nearest: nearest(path, files.keys().map(String::as_str)).map(str::to_owned),
        }),
    }
}
