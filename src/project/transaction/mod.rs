//! The only place that changes a project: all of a change set, or nothing.
//!
//! # What happens, and what an interruption leaves
//!
//! Everything is below `.hybridge/`, on the file system of the project.
//!
//! 1. `lock` is locked for as long as it takes; a second run is refused. The system lets go of it when the
//!    process ends, however it ends.
//! 2. What an earlier run left behind is finished or removed first (see 7).
//! 3. What stands at each path is compared with what the change set was computed from. Whoever saved a file
//!    meanwhile is told, and nothing is written.
//! 4. Every file is written to `transaction/<number>`, with its mode, and flushed to the disk. Until here a
//!    failure, a full disk or Ctrl-C removes `transaction/`, and the project is the old one.
//! 5. `transaction/journal` says path, digest before and digest after of each change. It is written beside,
//!    flushed, and renamed: **this rename is the moment from which the project is the new one.**
//! 6. Each file is renamed from `transaction/` onto its path, or removed. A reader sees the old file or the
//!    new one whole.
//! 7. The folders are flushed, the journal is removed, then the rest of `transaction/`.
//!
//! A run that finds `transaction/` without a journal was interrupted before 5: it removes the folder. One that
//! finds a journal repeats 6, which takes up where it was left: what already has the digest it shall have is
//! done. What has neither digest was changed by a person since the interruption; it is renamed to
//! `<path>.yours`, which is reported, and never overwritten.
//!
//! Nothing goes through a symbolic link: one that stands where a folder or a file of the project should is
//! refused before anything is written.

mod journal;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::place::{self, Flush};
use crate::cancel;
use crate::changes::{ChangeSet, Content};
use crate::error::Error;
use crate::error::kind::Written;
use journal::{Entry, Journal};

/// Where a project keeps what this needs; git is told to leave it alone.
pub const FOLDER: &str = ".hybridge";
const LOCK: &str = ".hybridge/lock";
const TRANSACTION: &str = ".hybridge/transaction";
const JOURNAL: &str = "journal";

/// What was done beside the change set.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// A change that an earlier run had begun was finished first.
    pub finished_earlier: bool,
    /// That change laid out the project.
    pub is_new: bool,
    /// Files of a person that stood in the way, and where they are now.
    pub set_aside: Vec<(String, String)>,
}

/// Does what the change set says in `project`, a folder that is there.
///
/// # Errors
/// [`Error::Busy`], [`Error::ChangedMeanwhile`], [`Error::InTheWay`] and [`Error::Cancelled`]: nothing was changed.
/// [`Error::Write`]: the same, or, where the text says so, the next run finishes what was begun.
pub fn execute(project: &Path, changes: &ChangeSet) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    if changes.is_empty() && !project.join(TRANSACTION).exists() {
        return Ok(outcome);
    }
    let _lock = lock(project)?;
    if let Some(earlier) = finish_earlier(project)? {
        outcome = earlier;
        outcome.finished_earlier = true;
    }
    if changes.is_empty() {
        return Ok(outcome);
    }
    let staged = Staged::write(project, changes)?;
    let journal = staged.commit()?;
    outcome.set_aside.extend(roll_forward(project, &journal)?);
    Ok(outcome)
}

/// What stands at paths of a project; nothing where there is no file.
///
/// # Errors
/// [`Error::InTheWay`] for what is no ordinary file, [`Error::Read`] for one that cannot be read.
pub fn read<'p>(
    project: &Path,
    paths: impl Iterator<Item = &'p str>,
) -> Result<BTreeMap<String, Content>, Error> {
    let paths: Vec<&str> = paths.collect();
    let mut folders = HashSet::new();
    for path in &paths {
        if folders.insert(Path::new(path).parent()) {
            place::check_folders(project, path)?;
        }
    }
    // All of them, so that it is the first in order that an error is about.
    let read: Vec<_> = paths
        .par_iter()
        .map(|path| Ok(place::read(project, path)?.map(|content| ((*path).to_owned(), content))))
        .collect();
    read.into_iter().filter_map(Result::transpose).collect()
}

/// Whether an earlier run was interrupted, and the next one has something to finish or remove.
pub fn is_interrupted(project: &Path) -> bool {
    project.join(TRANSACTION).exists()
}

/// Finishes or removes what an earlier run left behind; `None`: nothing was to be finished.
///
/// # Errors
/// As [`execute`].
pub fn recover(project: &Path) -> Result<Option<Outcome>, Error> {
    if !project.join(TRANSACTION).exists() {
        return Ok(None);
    }
    let _lock = lock(project)?;
    finish_earlier(project)
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    |source| Error::Write {
        what: Written::Change,
        path,
        source,
    }
}

fn lock(project: &Path) -> Result<File, Error> {
    let folder = project.join(FOLDER);
    place::check_folders(project, LOCK)?;
    if !folder.is_dir() {
        match place::create_folder(&folder) {
            // By another run, which the lock is about.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(write_error(&folder))?,
        }
    }
    let path = project.join(LOCK);
    let open = || {
        let mut options = File::options();
        options.create(true).truncate(false).write(true).open(&path)
    };
    let file = open().map_err(write_error(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy {
            path: project.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(write_error(&path)(source)),
    }
}

fn finish_earlier(project: &Path) -> Result<Option<Outcome>, Error> {
    let folder = project.join(TRANSACTION);
    if !folder.exists() {
        return Ok(None);
    }
    let Some(journal) = Journal::read(&folder.join(JOURNAL))? else {
        fs::remove_dir_all(&folder).map_err(write_error(&folder))?;
        return Ok(None);
    };
    let set_aside = roll_forward(project, &journal)?;
    Ok(Some(Outcome {
        finished_earlier: true,
        is_new: journal.is_of_new(),
        set_aside,
    }))
}

/// Files that are written, beside the project. Dropped before [`Staged::commit`], nothing is left of them.
struct Staged<'p> {
    project: &'p Path,
    folder: PathBuf,
    entries: Vec<Entry>,
    is_committed: bool,
}

impl<'p> Staged<'p> {
    fn write(project: &'p Path, changes: &ChangeSet) -> Result<Self, Error> {
        let mut probed = BTreeSet::new();
        for (path, change) in changes.effects() {
            place::check_folders(project, path)?;
            if place::read(project, path)? != change.before {
                return Err(Error::ChangedMeanwhile { path: path.into() });
            }
            place::check_writable(project, path, &mut probed)?;
        }
        let folder = project.join(TRANSACTION);
        let mut staged = Self {
            project,
            entries: Vec::new(),
            is_committed: false,
            folder,
        };
        place::create_folder(&staged.folder).map_err(write_error(&staged.folder))?;
        for (path, change) in changes.effects() {
            cancel::check()?;
            let number = staged.entries.len();
            if let Some(content) = &change.after {
                let to = staged.folder.join(number.to_string());
                let full = project.join(path);
                let like = change.before.is_some().then_some(full.as_path());
                place::write(&to, content, like, Flush::Now).map_err(write_error(&full))?;
            }
            staged.entries.push(Entry::of(path, change));
        }
        Ok(staged)
    }

    fn commit(mut self) -> Result<Journal, Error> {
        cancel::check()?;
        let journal = Journal {
            entries: std::mem::take(&mut self.entries),
        };
        let commit = || {
            place::sync_folder(&self.folder)?;
            place::sync_folder(&self.project.join(FOLDER))?;
            place::sync_folder(self.project)?;
            let path = self.folder.join(JOURNAL);
            let beside = self.folder.join("journal.new");
            place::write(&beside, &journal.to_content(), None, Flush::Now)?;
            place::rename(&beside, &path)?;
            place::sync_folder(&self.folder)
        };
        commit().map_err(write_error(self.project))?;
        self.is_committed = true;
        Ok(journal)
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // Whatever cannot be removed now is removed by the next run. Once the journal stands, it decides.
        if !self.is_committed && !self.folder.join(JOURNAL).exists() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Does what the journal says, from wherever it was left.
fn roll_forward(project: &Path, journal: &Journal) -> Result<Vec<(String, String)>, Error> {
    let staged = project.join(TRANSACTION);
    let mut set_aside = Vec::new();
    let mut folders = BTreeSet::new();
    let unfinished = |path: &str, source| Error::Unfinished {
        path: project.join(path),
        source,
    };
    for (number, entry) in journal.entries.iter().enumerate() {
        place::check_folders(project, &entry.path)?;
        let done = entry.apply(project, &staged.join(number.to_string()));
        let aside = done.map_err(|source| unfinished(&entry.path, source))?;
        set_aside.extend(aside.map(|to| (entry.path.clone(), to)));
        folders.extend(Path::new(&entry.path).ancestors().skip(1));
    }
    let gone = journal.entries.iter().filter(|entry| entry.after.is_none());
    for entry in gone {
        // Folders that are empty now go; the others refuse.
        let above = Path::new(&entry.path).ancestors().skip(1);
        for folder in above.filter(|folder| !folder.as_os_str().is_empty()) {
            if fs::remove_dir(project.join(folder)).is_err() {
                break;
            }
        }
    }
    let end = || {
        for folder in folders.iter().map(|folder| project.join(folder)) {
            if folder.is_dir() {
                place::sync_folder(&folder)?;
            }
        }
        place::remove(&staged.join(JOURNAL))?;
        place::sync_folder(&staged)?;
        place::remove_folder(&staged)
    };
    end().map_err(|source| unfinished("", source))?;
    Ok(set_aside)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn of_two_that_begin_at_once_one_is_told_of_the_other() {
        for _ in 0..200 {
            let project = tempfile::tempdir().unwrap();
            let (begin, end) = (Barrier::new(2), Barrier::new(2));
            let locked = || {
                begin.wait();
                let locked = lock(project.path());
                end.wait();
                locked
            };
            let both = thread::scope(|scope| {
                let other = scope.spawn(locked);
                [locked(), other.join().unwrap()]
            });
            assert_eq!(both.iter().filter(|it| it.is_ok()).count(), 1);
            let is_busy = |it: &Result<File, Error>| matches!(it, Err(Error::Busy { .. }));
            assert!(both.iter().any(is_busy), "{both:?}");
        }
    }
}
