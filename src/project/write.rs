//! A project that is not there yet: written into a folder elsewhere, then put into its place whole.
//!
//! Where there is nothing yet, the folder stands beside the destination and is put there by one rename. A run
//! that dies leaves the folder beside, which nobody takes for a project. It holds a lock that the system lets go
//! of with the process, so the next run into the same place knows that it is of no use, and removes it. Nothing
//! is flushed to the disk: what a power cut takes, the same command makes again.
//!
//! A folder that is there already may be where the person is (`--into .`), a mount point, or a new repository of
//! git, so it stays: the project is written among the temporary files of the system and put there by a
//! [`transaction`], which an interruption leaves undone, or to be finished by the next run.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;

use super::place::{self, Flush};
use super::transaction::{self, Outcome};
use crate::cancel;
use crate::changes::{ChangeSet, Content};
use crate::error::Error;
use crate::error::kind::{FileKind, Written};
use crate::tree::{Owner, Tree, TreeFile};

/// How many entries of a taken destination are named.
const NAMED_ENTRIES: usize = 3;

/// Before the random part of the name of a folder beside the destination.
const PREFIX: &str = ".hybridge-";
/// In that folder: locked while somebody works with it.
const LOCK: &str = "lock";
/// Beside it: what is being written.
const PROJECT: &str = "project";
/// What a folder may have: that of a repository, or the file of a work tree of one.
const GIT: &str = ".git";

/// A project that is not there yet. Dropped before [`Staging::publish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Staging {
    // Closed before the folder that it stands in is removed.
    lock: File,
    outer: TempDir,
    /// Made with the user's umask, which a temporary folder is not.
    project: PathBuf,
    destination: PathBuf,
    has_folder: bool,
}

impl Staging {
    /// Prepares to write `destination`, which must be free: absent, or a folder with nothing in it but `.git`.
    ///
    /// # Errors
    /// [`Error::DestinationTaken`] and [`Error::DestinationUnfit`] say what is in the way, [`Error::NoParent`] and [`Error::Write`]
    /// why there is no place to write to.
    pub fn of(destination: &Path) -> Result<Self, Error> {
        check_free(destination)?;
        let unwritable = |source| Error::Write {
            what: Written::Project,
            path: destination.to_owned(),
            source,
        };
        let has_folder = destination.is_dir();
        let parent = match destination.parent() {
            _ if has_folder => &std::env::temp_dir(),
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
        let project = outer.path().join(PROJECT);
        place::create_folder(&project).map_err(unwritable)?;
        Ok(Self {
            lock,
            outer,
            project,
            destination: destination.to_owned(),
            has_folder,
        })
    }

    /// Whether the folder of the project is there already, and stays.
    pub fn has_folder(&self) -> bool {
        self.has_folder
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
            what: Written::File,
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
            place::write(&full, content, None, Flush::Later).map_err(|source| at(path, source))
        })
    }

    /// Puts the project in its place, whole.
    ///
    /// # Errors
    /// [`Error::DestinationTaken`] when something came in the way meanwhile, otherwise those of
    /// [`transaction::execute`].
    pub fn publish(self) -> Result<(), Error> {
        cancel::check()?;
        check_free(&self.destination)?;
        let at = |source| Error::Write {
            what: Written::Project,
            path: self.destination.clone(),
            source,
        };
        if self.has_folder {
            let mut tree = Tree::new();
            read(&self.project, "", &mut tree).map_err(at)?;
            transaction::execute(&self.destination, &ChangeSet::of_new(&tree))?;
        } else {
            place::rename(&self.project, &self.destination).map_err(at)?;
        }
        drop(self.lock);
        place::remove_folder(self.outer.path()).map_err(at)
    }
}

/// Finishes what a run into a folder had begun that was interrupted; `None`: there is nothing of the kind.
///
/// # Errors
/// Those of [`transaction::recover`]; [`Error::Busy`] for a run that is still at work.
pub fn finish_earlier(destination: &Path) -> Result<Option<Outcome>, Error> {
    let finished = transaction::recover(destination)?;
    let own = destination.join(transaction::FOLDER);
    if finished.is_none() && names(&own).is_ok_and(|names| names == [LOCK]) {
        // Of a run that had nothing to be finished, unless it is still at work.
        let lock = File::options().write(true).open(own.join(LOCK));
        if lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock))) {
            return Err(Error::Busy {
                path: destination.to_owned(),
            });
        }
        let _ = fs::remove_dir_all(own);
    }
    Ok(finished)
}

/// Every file below a folder, with `prefix` before its path.
fn read(folder: &Path, prefix: &str, tree: &mut Tree) -> io::Result<()> {
    for name in names(folder)? {
        let (path, inside) = (folder.join(&name), format!("{prefix}{name}"));
        if path.is_dir() {
            read(&path, &format!("{inside}/"), tree)?;
        } else if let Some(Content { bytes, executable }) = place::read_file(&path)? {
            let file = TreeFile {
                executable,
                ..TreeFile::own(bytes, Owner::Managed)
            };
            tree.insert(inside, file);
        }
    }
    Ok(())
}

/// Removes what runs that died have left beside. Whatever cannot be removed harms nobody, and what has anything else in
/// it is a person's (a copy of `.hybridge/` has a lock, too).
fn remove_abandoned(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        let is_ours = |name: &String| matches!(name.as_str(), LOCK | PROJECT);
        if !entry.file_name().to_string_lossy().starts_with(PREFIX)
            || !names(&entry.path()).is_ok_and(|names| names.iter().all(is_ours))
        {
            continue;
        }
        let lock = File::options().write(true).open(entry.path().join(LOCK));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Refuses a destination that is anything but absent, an empty folder or a new repository of git.
///
/// # Errors
/// [`Error::DestinationTaken`], [`Error::DestinationUnfit`] and [`Error::NoParent`].
pub fn check_free(destination: &Path) -> Result<(), Error> {
    let unfit = |what| {
        Err(Error::DestinationUnfit {
            path: destination.to_owned(),
            what,
        })
    };
    let metadata = match fs::symlink_metadata(destination) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return check_parent(destination),
        Err(source) => {
            return Err(Error::Read {
                path: destination.display().to_string(),
                source,
            });
        }
    };
    if metadata.is_symlink() {
        return unfit(FileKind::SymbolicLink);
    }
    if !metadata.is_dir() {
        return unfit(FileKind::File);
    }
    let mut names = names(destination).map_err(|source| Error::Read {
        path: destination.display().to_string(),
        source,
    })?;
    names.retain(|name| name != GIT);
    if names.is_empty() {
        return Ok(());
    }
    let more = names.len().saturating_sub(NAMED_ENTRIES);
    names.truncate(NAMED_ENTRIES);
    let mut found = names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        found.push_str(&format!(" and {more} more"));
    }
    Err(Error::DestinationTaken {
        path: destination.to_owned(),
        found,
    })
}

/// A folder above that is missing may be a mistake in its name, so it is not made.
fn check_parent(destination: &Path) -> Result<(), Error> {
    match destination.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => {
            Err(Error::NoParent {
                path: destination.to_owned(),
                folder: folder.to_owned(),
            })
        }
        _ => Ok(()),
    }
}

/// What stands in a folder, sorted.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let name =
        |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = fs::read_dir(folder)?.map(name).collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}
