//! What a transaction has promised to do.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::changes::{Change, Content};
use crate::error::Error;
use crate::project::place;
use crate::project::state::STATE;
use crate::state_error::{BrokenFile, StateError};
use crate::written::sha256;

/// The changes in the order in which they are made; the number of each is the name of its staged file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Journal {
    pub entries: Vec<Entry>,
}

/// A change of one path. `None`: nothing stands there.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    pub path: String,
    before: Option<Known>,
    pub after: Option<Known>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    sha256: String,
    executable: bool,
}

impl Known {
    fn of(content: &Content) -> Self {
        Self {
            sha256: sha256(&content.bytes),
            executable: content.executable,
        }
    }
}

impl Journal {
    /// The journal at a path; `None` where there is none.
    ///
    /// # Errors
    /// [`StateError::Broken`] for one that cannot be understood: it is written whole, so a person changed it.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                let path = path.to_owned();
                return Err(StateError::Read { path, source }.into());
            }
        };
        let broken = |why: BrokenFile| StateError::Broken {
            path: path.to_owned(),
            why,
        };
        let journal: Self = serde_json::from_slice(&bytes).map_err(|error| broken(error.into()))?;
        for Entry { path, .. } in &journal.entries {
            if !crate::written::is_inside(path) {
                let path = path.clone();
                return Err(broken(BrokenFile::NotAPath { path }).into());
            }
        }
        Ok(Some(journal))
    }

    /// Whether it lays out a project where none was.
    pub fn is_of_new(&self) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.path == STATE && entry.before.is_none())
    }

    pub fn to_content(&self) -> Content {
        Content {
            bytes: serde_json::to_vec(self).expect("plain data"),
            executable: false,
        }
    }
}

impl Entry {
    pub fn of(path: &str, change: &Change) -> Self {
        Self {
            path: path.to_owned(),
            before: change.before.as_ref().map(Known::of),
            after: change.after.as_ref().map(Known::of),
        }
    }

    /// Makes the change, unless it is made. The name that a file of a person has now, where one stood in the way.
    pub fn apply(&self, project: &Path, staged: &Path) -> io::Result<Option<String>> {
        let full = project.join(&self.path);
        let there = place::read_file(&full)?.as_ref().map(Known::of);
        let is_staged = staged.exists();
        let mut aside = None;
        match &self.after {
            None => {
                if there.is_some() && there == self.before {
                    place::remove(&full)?;
                }
            }
            // Renamed before the interruption; whatever stands there now is newer.
            Some(_) if !is_staged => {}
            Some(after) => {
                if there.is_some() && there != self.before && there.as_ref() != Some(after) {
                    aside = Some(set_aside(project, &self.path)?);
                }
                let folder = full.parent().unwrap_or(project);
                place::create_folders(project, folder)?;
                place::rename(staged, &full)?;
            }
        }
        Ok(aside)
    }
}

/// Gives a file a name that is free.
fn set_aside(project: &Path, path: &str) -> io::Result<String> {
    let name = place::free_name(project, path, "yours");
    place::rename(&project.join(path), &project.join(&name))?;
    Ok(name)
}
