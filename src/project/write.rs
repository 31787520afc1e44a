//! A project that is not there yet: written into a folder beside its destination, then put there by one rename.
//!
//! A run that dies leaves the folder beside, which nobody takes for a project. It holds a lock that the system
//! lets go of with the process, so the next run into the same place knows that it is of no use, and removes it.
//! Nothing is flushed to the disk: what a power cut takes, the same command makes again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;

use super::place::{self, Flush};
use crate::cancel;
use crate::changes::ChangeSet;
use crate::error::Error;

/// How many entries of a taken destination are named.
const NAMED_ENTRIES: usize = 3;

/// Before the random part of the name of a folder beside the destination.
const PREFIX: &str = ".hybridge-";
/// In that folder: locked while somebody works with it.
const LOCK: &str = "lock";

/// A project that is not there yet. Dropped before [`Staging::publish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Staging {
    // Closed before the folder that it stands in is removed.
    lock: File,
    outer: TempDir,
    /// Made with the user's umask, which a temporary folder is not.
    project: PathBuf,
    destination: PathBuf,
}

impl Staging {
    /// Prepares to write `destination`, which must be free: absent, or an empty folder.
    ///
    /// # Errors
    /// [`Error::DestinationTaken`] and [`Error::DestinationUnfit`] say what is in the way, [`Error::Write`]
    /// why its parent cannot be written to.
    pub fn beside(destination: &Path) -> Result<Self, Error> {
        check_free(destination)?;
        let unwritable = |source| Error::Write {
            what: "the project",
            path: destination.to_owned(),
            source,
        };
        let parent = match destination.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        remove_abandoned(parent);
        let outer = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(parent)
            .map_err(unwritable)?;
        let lock = File::create(outer.path().join(LOCK)).map_err(unwritable)?;
        // Where a file system knows no locks, what a run leaves behind stays.
        let _ = lock.try_lock();
        let project = outer.path().join("project");
        place::create_folder(&project).map_err(unwritable)?;
        Ok(Self {
            lock,
            outer,
            project,
            destination: destination.to_owned(),
        })
    }

    /// Where the project stands until it is published.
    pub fn path(&self) -> &Path {
        &self.project
    }

    /// Writes every file of `changes`, which are those of an empty folder.
    ///
    /// # Errors
    /// [`Error::Write`] with the file that could not be written, [`Error::Cancelled`] after Ctrl-C.
    pub fn write(&self, changes: &ChangeSet) -> Result<(), Error> {
        let at = |path: &str, source| Error::Write {
            what: "a file",
            path: self.destination.join(path),
            source,
        };
        let files: Vec<_> = changes
            .effects()
            .filter_map(|(path, change)| Some((path, change.after.as_ref()?)))
            .collect();
        let folders: BTreeSet<&str> = files
            .iter()
            .filter_map(|(path, _)| Some(path.rsplit_once('/')?.0))
            .collect();
        for folder in folders {
            cancel::check()?;
            fs::create_dir_all(self.project.join(folder)).map_err(|source| at(folder, source))?;
        }
        files.par_iter().try_for_each(|(path, content)| {
            cancel::check()?;
            let full = self.project.join(path);
            place::write(&full, content, Flush::Later).map_err(|source| at(path, source))
        })
    }

    /// Puts the project in its place, whole.
    ///
    /// # Errors
    /// [`Error::DestinationTaken`] when something came in the way meanwhile, otherwise [`Error::Write`].
    pub fn publish(self) -> Result<(), Error> {
        cancel::check()?;
        check_free(&self.destination)?;
        let at = |source| Error::Write {
            what: "the project",
            path: self.destination.clone(),
            source,
        };
        // Windows does not rename onto an empty folder.
        if self.destination.is_dir() {
            fs::remove_dir(&self.destination).map_err(at)?;
        }
        place::rename(&self.project, &self.destination).map_err(at)?;
        drop(self.lock);
        place::remove_folder(self.outer.path()).map_err(at)
    }
}

/// Removes what runs that died have left beside. Whatever cannot be removed harms nobody.
fn remove_abandoned(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let lock = File::options().write(true).open(entry.path().join(LOCK));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Refuses a destination that is anything but absent or an empty folder.
///
/// # Errors
/// [`Error::DestinationTaken`] and [`Error::DestinationUnfit`].
pub fn check_free(destination: &Path) -> Result<(), Error> {
    let unfit = |what| {
        Err(Error::DestinationUnfit {
            path: destination.to_owned(),
            what,
        })
    };
    let metadata = match fs::symlink_metadata(destination) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(Error::Read {
                path: destination.display().to_string(),
                source,
            });
        }
    };
    if metadata.is_symlink() {
        return unfit("a symbolic link");
    }
    if !metadata.is_dir() {
        return unfit("a file");
    }
    let entries = fs::read_dir(destination).map_err(|source| Error::Read {
        path: destination.display().to_string(),
        source,
    })?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| format!("`{}`", entry.file_name().to_string_lossy()))
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    names.sort();
    let more = names.len().saturating_sub(NAMED_ENTRIES);
    names.truncate(NAMED_ENTRIES);
    let mut found = names.join(", ");
    if more > 0 {
        found.push_str(&format!(" and {more} more"));
    }
    Err(Error::DestinationTaken {
        path: destination.to_owned(),
        found,
    })
}
