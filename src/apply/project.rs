//! A project that is there: where it is, what it remembers, and whether it can be changed now.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use semver::Version;

use super::git::Git;
use super::history;
use super::unfinished::Unfinished;
use crate::error::Error;
use crate::generate::BLUEPRINT;
use crate::project::base::{self, Base};
use crate::project::state::{STATE, State};
use crate::project::transaction;
use crate::state_error::StateError;
use crate::written::FileState;

/// What a command is about to do with a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    /// What an earlier run was interrupted in is finished first.
    Write,
}

/// A project on the disk.
#[derive(Debug)]
pub struct Project {
    pub folder: PathBuf,
    pub state: State,
    pub base: Base,
    /// An earlier run was interrupted, and what it had begun was finished before the project was read.
    pub finished_earlier: bool,
    /// Files that a person had saved where an earlier, interrupted run finished its work; they have new names.
    pub set_aside: Vec<(String, String)>,
}

impl Project {
    /// The project that `from` is in: the nearest folder upwards that has a state.
    ///
    /// # Errors
    /// [`StateError::NoProject`], otherwise as for [`Project::open`].
    pub fn find(from: &Path, access: Access) -> Result<Self, Error> {
        Self::open(&folder(from)?, access)
    }

    /// The project in `folder`.
    ///
    /// # Errors
    /// [`Error::State`] for a state that cannot be used, [`Error::Interrupted`] where an earlier run must be
    /// finished first and this one only reads, [`Error::NewerProject`] where a newer hybridge wrote it.
    pub fn open(folder: &Path, access: Access) -> Result<Self, Error> {
        let mut set_aside = Vec::new();
        let mut finished_earlier = false;
        match access {
            Access::Write => {
                let earlier = transaction::recover(folder)?;
                finished_earlier = earlier.is_some();
                set_aside.extend(earlier.into_iter().flat_map(|it| it.set_aside));
            }
            Access::Read if transaction::is_interrupted(folder) => return Err(Error::Interrupted),
            Access::Read => {}
        }
        let (state, ()) = rayon::join(|| State::read(folder), base::prepare);
        let mut state = state?;
        // Of the blueprint nothing is remembered; states of format 1 did.
        state.files.remove(BLUEPRINT);
        let is_newer = |(theirs, ours): (Version, Version)| theirs > ours;
        let versions = Version::parse(&state.hybridge)
            .ok()
            .zip(Version::parse(env!("CARGO_PKG_VERSION")).ok());
        if versions.is_some_and(is_newer) {
            return Err(Error::NewerProject {
                version: state.hybridge,
            });
        }
        let mut base = Base::read(folder, &state)?;
        recall(folder, &state, &mut base);
        Ok(Self {
            folder: folder.to_owned(),
            state,
            base,
            finished_earlier,
            set_aside,
        })
    }

    /// Where its blueprint stands.
    pub fn blueprint(&self) -> PathBuf {
        self.folder.join(BLUEPRINT)
    }

    /// # Errors
    /// [`Error::UnfinishedApply`] while conflicts of an earlier run wait for the person.
    pub fn check_finished(&self) -> Result<(), Error> {
        match Unfinished::read(&self.folder)? {
            Some(unfinished) => Err(Error::UnfinishedApply {
                count: unfinished.conflicts.len(),
            }),
            None => Ok(()),
        }
    }

    /// A path of the project, of one that a person typed in `from`: `./src/../main.ts` in a subfolder.
    pub fn path_of(&self, from: &Path, typed: &str) -> String {
        let full = resolved(&from.join(typed)).unwrap_or_else(|_| from.join(typed));
        let inside = full.strip_prefix(&self.folder).unwrap_or(Path::new(typed));
        inside.to_string_lossy().replace('\\', "/")
    }
}

/// The folder of the project that `from` is in.
///
/// # Errors
/// [`StateError::NoProject`].
pub fn folder(from: &Path) -> Result<PathBuf, Error> {
    let full = resolved(from).map_err(|source| Error::Read {
        path: from.display().to_string(),
        source,
    })?;
    let found = full.ancestors().find(|it| it.join(STATE).is_file());
    let found = found.ok_or_else(|| StateError::NoProject {
        folder: from.to_owned(),
    })?;
    Ok(found.to_owned())
}

/// Adds to the base what a project of format 1 did not store, where the history of git has it.
fn recall(folder: &Path, state: &State, base: &mut Base) {
    let files = state.files.iter();
    let unknown = files.filter(|(_, known)| base.get(known).is_none());
    let unknown: BTreeMap<&str, &FileState> = unknown
        .map(|(path, known)| (path.as_str(), known))
        .collect();
    if let (false, Some(git)) = (unknown.is_empty(), Git::around(folder)) {
        base.extend(history::contents(&git, &unknown));
    }
}

/// The whole path, without `..`: what stands before one is no folder that the path is in.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut whole = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    Ok(whole)
}
