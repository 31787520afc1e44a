//! Two branches of a project that git is about to merge.
//!
//! On each of them hybridge wrote what its blueprint said, and remembered it. Where both wrote the same file, git sees
//! a conflict that is none: what stands there follows from the blueprint of both. So of a file that a person edited on
//! one branch at most, the version of that branch is taken, with what is remembered of it, as if the other branch had
//! never been; the blueprint brings the rest, as always. What a person edited on both is merged by git, and resolved
//! by the person.

use std::collections::BTreeMap;
use std::path::Path;

use semver::Version;

use super::git::Git;
use super::project;
use super::unfinished::first_mark;
use crate::changes::{Action, Change, ChangeSet, Content, Reason};
use crate::error::Error;
use crate::error::kind::Unresolved;
use crate::line_ends;
use crate::project::state::{STATE, State};
use crate::project::transaction;
use crate::state_error::StateError;
use crate::written::FileState;

/// What git calls the other branch, in a merge, a cherry-pick and a rebase.
const OTHERS: [&str; 3] = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD"];
/// What is not rendered but given once stays for a person to resolve: numbers of Protocol Buffers.
const OWN: &str = ".hybridge/";

/// What hybridge knew on one of them.
struct Branch<'g> {
    git: &'g Git<'g>,
    revision: &'static str,
    state: State,
}

impl<'g> Branch<'g> {
    fn at(git: &'g Git<'g>, revision: &'static str, project: &Path) -> Result<Self, Error> {
        let text = git.file_at(revision, STATE)?;
        let state = State::parse(&project.join(STATE), &text, project)?;
        Ok(Self {
            git,
            revision,
            state,
        })
    }

    /// `None` where there is no such file, or it is no text.
    fn file(&self, path: &str) -> Option<String> {
        self.git.file_at(self.revision, path).ok()
    }

    /// Whether a person changed, moved or deleted a file that hybridge wrote here.
    fn is_edited(&self, path: &str, known: &FileState) -> bool {
        let file = self.file(path);
        known.moved_to.is_some() || !file.is_some_and(|it| known.is_of(it.as_bytes()))
    }
}

/// Makes one project of two branches where git has left conflicts in the state, so that it can be applied; `false`:
/// there is nothing of the kind around `from`.
///
/// # Errors
/// [`Error::Unresolved`] while the blueprint, or a file that a person edited on both branches, has marks of a conflict;
/// otherwise as for [`transaction::execute`].
pub fn settle(from: &Path) -> Result<bool, Error> {
    let folder = &project::folder(from)?;
    match State::find(folder) {
        Err(StateError::Unmerged { path }) if path == folder.join(STATE) => {}
        _ => return Ok(false),
    }
    let Some(git) = Git::around(folder) else {
        return Ok(false);
    };
    let is_other = |revision: &&&str| git.file_at(revision, STATE).is_ok();
    let Some(other) = OTHERS.iter().find(is_other) else {
        return Ok(false);
    };
    let ours = Branch::at(&git, "HEAD", folder)?;
    let theirs = Branch::at(&git, other, folder)?;
    let (mut state, taken) = both(&ours, &theirs);
    check_resolved(&git, folder, &taken)?;
    let paths = taken.keys().map(String::as_str);
    let disk = transaction::read(folder, paths.chain([STATE]))?;
    forget_dropped(&mut state, [&ours, &theirs], folder);
    let mut changes = ChangeSet::default();
    let after = taken.into_iter().map(|(path, text)| {
        let before = disk.get(&path);
        let content = |text: String| Content {
            bytes: line_ends::of_file(before.map_or(&[], |it| &it.bytes), text.as_bytes()),
            executable: before.map_or(state.files[&path].executable, |it| it.executable),
        };
        let after = text.map(content);
        (path, after)
    });
    let record = Content::from(&state.to_file());
    for (path, after) in after.chain([(STATE.to_owned(), Some(record))]) {
        let before = disk.get(&path).cloned();
        let action = match after {
            Some(_) => Action::Update,
            None => Action::Delete,
        };
        let change = Change::new(&path, action, Reason::Record, before, after);
        changes.changes.insert(path, change);
    }
    transaction::execute(folder, &changes)?;
    Ok(true)
}

/// Whether git has found conflicts in the state that nobody has told it to be resolved: so it is from [`settle`] until
/// the merge is committed.
///
/// # Errors
/// [`Error::Git`] with git's own words when it cannot tell.
pub fn is_unmerged(folder: &Path) -> Result<bool, Error> {
    match Git::around(folder) {
        Some(git) => Ok(git.unmerged()?.iter().any(|path| path == STATE)),
        None => Ok(false),
    }
}

/// What is remembered of both branches, and the files of which the version of one is taken; `None`: it was deleted.
fn both(ours: &Branch<'_>, theirs: &Branch<'_>) -> (State, BTreeMap<String, Option<String>>) {
    let mut state = ours.state.clone();
    let mut taken = BTreeMap::new();
    for (path, known) in &theirs.state.files {
        match state.files.get(path) {
            Some(own) if own == known || path.starts_with(OWN) => {}
            Some(_) if !theirs.is_edited(path, known) => {
                taken.insert(path.clone(), ours.file(path));
            }
            Some(own) if !ours.is_edited(path, own) => {
                state.files.insert(path.clone(), known.clone());
                taken.insert(path.clone(), theirs.file(path));
            }
            Some(_) => {}
            None => {
                state.files.insert(path.clone(), known.clone());
            }
        }
    }
    taken.retain(|path, _| state.files[path].moved_to.is_none());
    let (record, further) = (&mut state.record, &theirs.state.record);
    for (name, ports) in &further.ports {
        let ports = || ports.clone();
        record.ports.entry(name.clone()).or_insert_with(ports);
    }
    for (name, surface) in &further.contracts {
        let surface = || surface.clone();
        record.contracts.entry(name.clone()).or_insert_with(surface);
    }
    let version = |state: &State| Version::parse(&state.hybridge).ok();
    if version(&theirs.state) > version(&state) {
        state.hybridge.clone_from(&theirs.state.hybridge);
    }
    if theirs.state.as_of > state.as_of {
        state.as_of.clone_from(&theirs.state.as_of);
    }
    (state, taken)
}

/// A file that one branch no longer has and that git deletes for that was deleted by no person: where the system has
/// it, it is written again.
fn forget_dropped(state: &mut State, branches: [&Branch<'_>; 2], folder: &Path) {
    state.files.retain(|path, known| {
        let place = known.moved_to.as_ref().unwrap_or(path);
        let having = branches.iter();
        let having = having.filter(|it| it.state.files.contains_key(path));
        match having.collect::<Vec<_>>().as_slice() {
            [only] => folder.join(place).exists() || only.file(place).is_none(),
            _ => true,
        }
    });
}

/// # Errors
/// [`Error::Unresolved`] with each file that has marks of a conflict, those that are taken from one branch aside.
fn check_resolved(
    git: &Git<'_>,
    folder: &Path,
    taken: &BTreeMap<String, Option<String>>,
) -> Result<(), Error> {
    let mut paths = git.unmerged()?;
    paths.retain(|path| path != STATE && !taken.contains_key(path));
    let disk = transaction::read(folder, paths.iter().map(String::as_str))?;
    let marked = disk.iter().filter_map(|(path, content)| {
        let line = first_mark(&content.bytes)?;
        let path = path.clone();
        Some(Unresolved::Marks { path, line })
    });
    let left: Vec<Unresolved> = marked.collect();
    match left.is_empty() {
        true => Ok(()),
        false => Err(Error::Unresolved { left }),
    }
}
