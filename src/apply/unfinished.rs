//! `.hybridge/unfinished.json`: conflicts that wait for a person, and how the project was before.
//!
//! It is written together with the conflicts and goes when the person has resolved them, or wants the project back
//! as it was. git ignores it.

use std::collections::BTreeMap;
use std::path::Path;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use crate::changes::{Action, Change, ChangeSet, Content, Reason};
use crate::error::Error;
use crate::error::kind::Unresolved;
use crate::project::place::free_name;
use crate::project::transaction;
use crate::state_error::{BrokenFile, StateError};
use crate::written::{is_inside, sha256};

pub const UNFINISHED: &str = ".hybridge/unfinished.json";

/// An apply that ended with conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfinished {
    /// The version that wrote it.
    pub hybridge: String,
    pub conflicts: Vec<Conflict>,
    /// By path: what was changed.
    before: BTreeMap<String, Undo>,
}

/// A file that both changed in the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    pub path: String,
    /// For people to read: lines, or keys.
    pub places: Vec<String>,
    /// Where hybridge's version stands; absent where conflicts are marked in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
    pub reason: Reason,
}

/// How a path comes to be as it was. `None`: nothing stood, or stands, there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Undo {
    before: Option<Stored>,
    after: Option<Digest>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    base64: String,
    executable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Digest {
    sha256: String,
    executable: bool,
}

impl Digest {
    fn of(content: &Content) -> Self {
        Self {
            sha256: sha256(&content.bytes),
            executable: content.executable,
        }
    }
}

impl Unfinished {
    /// Of a change set that is about to be executed.
    pub fn of(changes: &ChangeSet, conflicts: Vec<Conflict>) -> Self {
        let undo = |(path, change): (&str, &Change)| {
            let stored = |content: &Content| Stored {
                base64: BASE64.encode(&content.bytes),
                executable: content.executable,
            };
            let undo = Undo {
                before: change.before.as_ref().map(stored),
                after: change.after.as_ref().map(Digest::of),
            };
            (path.to_owned(), undo)
        };
        Self {
            hybridge: env!("CARGO_PKG_VERSION").into(),
            conflicts,
            before: changes.effects().map(undo).collect(),
        }
    }

    /// The one of a project; `None` where no conflicts wait.
    ///
    /// # Errors
    /// [`StateError::Broken`] for one that cannot be understood.
    pub fn read(project: &Path) -> Result<Option<Self>, Error> {
        let paths = std::iter::once(UNFINISHED);
        let Some(file) = transaction::read(project, paths)?.remove(UNFINISHED) else {
            return Ok(None);
        };
        let read: Self =
            serde_json::from_slice(&file.bytes).map_err(|error| broken(project, error))?;
        let conflicts = read.conflicts.iter();
        let named = conflicts.flat_map(|it| std::iter::once(&it.path).chain(&it.beside));
        if let Some(path) = read
            .before
            .keys()
            .chain(named)
            .find(|path| !is_inside(path))
        {
            let path = path.clone();
            return Err(broken(project, BrokenFile::NotAPath { path }).into());
        }
        Ok(Some(read))
    }

    pub fn to_content(&self) -> Content {
        let mut bytes = serde_json::to_vec_pretty(self).expect("plain data with string keys");
        bytes.push(b'\n');
        Content {
            bytes,
            executable: false,
        }
    }

    /// Where the person has not decided yet: the first mark of each file, and files that stand beside.
    ///
    /// # Errors
    /// What keeps a file from being read.
    pub fn unresolved(&self, project: &Path) -> Result<Vec<Unresolved>, Error> {
        let beside = self.conflicts.iter().filter_map(|it| it.beside.as_deref());
        let paths = self.conflicts.iter().map(|it| it.path.as_str());
        let disk = transaction::read(project, paths.chain(beside))?;
        let mut found = Vec::new();
        for conflict in &self.conflicts {
            match &conflict.beside {
                Some(beside) if disk.contains_key(beside) => found.push(Unresolved::Beside {
                    path: beside.clone(),
                }),
                Some(_) => {}
                None => {
                    let content = disk.get(&conflict.path);
                    let line = content.and_then(|it| first_mark(&it.bytes));
                    found.extend(line.map(|line| Unresolved::Marks {
                        path: conflict.path.clone(),
                        line,
                    }));
                }
            }
        }
        Ok(found)
    }

    /// The person has resolved everything.
    ///
    /// # Errors
    /// As for [`transaction::execute`].
    pub fn finish(project: &Path) -> Result<(), Error> {
        let mut changes = ChangeSet::default();
        forget(project, &mut changes)?;
        transaction::execute(project, &changes).map(|_| ())
    }

    /// Makes the project what it was before. What the person changed since is kept under another name: path and
    /// that name of each are returned.
    ///
    /// # Errors
    /// As for [`transaction::execute`].
    pub fn undo(&self, project: &Path) -> Result<Vec<(String, String)>, Error> {
        let disk = transaction::read(project, self.before.keys().map(String::as_str))?;
        let mut changes = ChangeSet::default();
        let mut aside = Vec::new();
        for (path, undo) in &self.before {
            let there = disk.get(path);
            let before = undo.before.as_ref().map(|it| {
                let bytes = BASE64.decode(it.base64.as_bytes());
                let bytes = bytes.map_err(|error| broken(project, error));
                bytes.map(|bytes| Content {
                    bytes,
                    executable: it.executable,
                })
            });
            let before = before.transpose()?;
            if there == before.as_ref() {
                continue;
            }
            if let Some(there) = there
                && undo.after.as_ref() != Some(&Digest::of(there))
            {
                let name = free_name(project, path, "yours");
                let kept = change(&name, Reason::Edited, None, Some(there.clone()));
                changes.changes.insert(name.clone(), kept);
                aside.push((path.clone(), name));
            }
            let back = change(path, Reason::Edited, there.cloned(), before);
            changes.changes.insert(path.clone(), back);
        }
        forget(project, &mut changes)?;
        transaction::execute(project, &changes)?;
        Ok(aside)
    }
}

fn broken(project: &Path, why: impl Into<BrokenFile>) -> StateError {
    StateError::Broken {
        path: project.join(UNFINISHED),
        why: why.into(),
    }
}

fn change(path: &str, reason: Reason, before: Option<Content>, after: Option<Content>) -> Change {
    let action = match after {
        Some(_) => Action::Update,
        None => Action::Delete,
    };
    Change::new(path, action, reason, before, after)
}

/// Adds to changes that no conflict waits any longer.
fn forget(project: &Path, changes: &mut ChangeSet) -> Result<(), Error> {
    let paths = std::iter::once(UNFINISHED);
    let there = transaction::read(project, paths)?.remove(UNFINISHED);
    let gone = change(UNFINISHED, Reason::Record, there, None);
    changes.changes.insert(UNFINISHED.into(), gone);
    Ok(())
}

/// The line of the first mark of a conflict, counted from 1.
pub(super) fn first_mark(bytes: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(bytes);
    let is_mark = |line: &str| {
        line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") || line == "======="
    };
    let marks: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| is_mark(line))
        .map(|(number, _)| number + 1)
        .collect();
    // A heading of a page is underlined like the middle of a conflict.
    let has_side = text
        .lines()
        .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "));
    marks.first().copied().filter(|_| has_side)
}
