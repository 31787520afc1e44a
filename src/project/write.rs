//! The only place that writes: into a folder beside the destination, then one rename.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rayon::prelude::*;
use tempfile::TempDir;

use crate::cancel;
use crate::error::Error;
use crate::tree::Tree;

/// How many entries of a taken destination are named.
const NAMED_ENTRIES: usize = 3;

/// A project that is not there yet. Dropped before [`Staging::publish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Staging {
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
        let outer = tempfile::Builder::new()
            .prefix(".hybridge-")
            .tempdir_in(parent)
            .map_err(unwritable)?;
        let project = outer.path().join("project");
        fs::create_dir(&project).map_err(unwritable)?;
        Ok(Self {
            outer,
            project,
            destination: destination.to_owned(),
        })
    }

    /// Where the project stands until it is published.
    pub fn path(&self) -> &Path {
        &self.project
    }

    /// Writes every file of `tree`.
    ///
    /// # Errors
    /// [`Error::Write`] with the file that could not be written, [`Error::Cancelled`] after Ctrl-C.
    pub fn write(&self, tree: &Tree) -> Result<(), Error> {
        let at = |path: &str, source| Error::Write {
            what: "a file",
            path: self.destination.join(path),
            source,
        };
        let folders: BTreeSet<&str> = tree
            .keys()
            .filter_map(|path| Some(path.rsplit_once('/')?.0))
            .collect();
        for folder in folders {
            cancel::check()?;
            fs::create_dir_all(self.project.join(folder)).map_err(|source| at(folder, source))?;
        }
        tree.par_iter().try_for_each(|(path, file)| {
            cancel::check()?;
            let full = self.project.join(path);
            fs::write(&full, &file.bytes).map_err(|source| at(path, source))?;
            if file.executable {
                make_executable(&full).map_err(|source| at(path, source))?;
            }
            Ok(())
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
        fs::rename(&self.project, &self.destination).map_err(at)?;
        drop(self.outer);
        Ok(())
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

/// Whoever may read it may run it.
#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = fs::metadata(path)?.permissions();
    let mode = permissions.mode();
    permissions.set_mode(mode | (mode & 0o444) >> 2);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}
