//! What is to be done to a folder, as a value: computed of what hybridge wrote before, what stands on the disk
//! and what it writes now, then shown or executed.

mod change;
mod compute;
mod renamed;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::tree::{Tree, TreeFile};
use crate::written::FileState;

pub use change::{Action, Change, Content, Reason, component};

use compute::record;
pub use renamed::renamed;

/// A text of fewer lines is like too many others to be known again.
pub const MIN_LINES: usize = 4;

/// Where hybridge keeps what it remembers of a project.
const OWN: &str = ".hybridge/";
/// Below it, files whose names say what they hold.
const ADDRESSED: &str = ".hybridge/base/";

/// What is to be done to a folder, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ChangeSet {
    pub changes: BTreeMap<String, Change>,
}

/// How two changes of one file came together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    Clean(Vec<u8>),
    Conflict {
        bytes: Vec<u8>,
        /// Where both changed the same, for people to read.
        places: Vec<String>,
        /// Each conflict is marked in the bytes; otherwise they have yours in its place.
        is_marked: bool,
    },
}

/// Of path, base, yours, new.
pub type Merge = dyn Fn(&str, &[u8], &[u8], &[u8]) -> Merged;

/// Of path and yours.
pub type Follow<'a> = dyn Fn(&str, &[u8]) -> Vec<u8> + 'a;

/// Everything that a change set follows from.
pub struct Inputs<'a> {
    /// What hybridge wrote before.
    pub written: &'a BTreeMap<String, FileState>,
    /// The files that stand there now, at least those of `written`, of `tree` and below `.hybridge/`.
    pub disk: &'a BTreeMap<String, Content>,
    /// Files that the person moved: where they were written, and where they stand now.
    pub moved: &'a BTreeMap<String, String>,
    /// Files that are written elsewhere now: the path in the tree, and the one at which each was written.
    pub renamed: &'a BTreeMap<String, String>,
    /// What it writes now.
    pub tree: &'a Tree,
    /// A file as hybridge wrote it; `None` where nothing tells.
    pub base: &'a dyn Fn(&FileState) -> Option<&'a [u8]>,
    pub merge: &'a Merge,
    /// In an upgrade to another layout: a seeded file that the person changed, with what it calls by its new name.
    pub follow: Option<&'a Follow<'a>>,
}

impl Inputs<'_> {
    /// Where a file stands that was written at a path.
    fn place<'p>(&'p self, path: &'p str) -> &'p str {
        self.moved.get(path).map_or(path, String::as_str)
    }
}

impl ChangeSet {
    /// A system in a folder that is empty.
    pub fn of_new(tree: &Tree) -> Self {
        let create = |(path, file): (&String, &TreeFile)| {
            let change = Change::new(path, Action::Create, Reason::New, None, Some(file.into()));
            (path.clone(), change)
        };
        Self {
            changes: tree.iter().map(create).collect(),
        }
    }

    /// Files that hybridge keeps for itself, whatever stands there.
    pub fn of_record(files: &Tree, disk: &BTreeMap<String, Content>) -> Self {
        let set = |(path, file): (&String, &TreeFile)| (path.clone(), record(path, file, disk));
        Self {
            changes: files.iter().map(set).collect(),
        }
    }

    /// What is written, moved or deleted; a move is a file that comes and one that goes.
    pub fn effects(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.changes
            .iter()
            .filter(|(_, change)| change.before != change.after)
            .map(|(path, change)| (path.as_str(), change))
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.effects().next().is_none()
    }

    /// The paths that a person must look at.
    pub fn conflicts(&self) -> impl Iterator<Item = &str> {
        let conflicts = self.changes.iter();
        conflicts
            .filter(|(_, change)| change.action == Action::Conflict)
            .map(|(path, _)| path.as_str())
    }

    /// As [`ChangeSet::effects`], with each move once: where the file comes to.
    pub fn shown(&self) -> impl Iterator<Item = (&str, &Change)> {
        let left = self.left();
        self.effects().filter(move |(path, _)| !left.contains(path))
    }

    /// As [`ChangeSet::shown`], without what hybridge keeps for itself; with it, where that is all that changes.
    pub fn told(&self) -> Vec<(&str, &Change)> {
        let (own, others): (Vec<_>, Vec<_>) =
            self.shown().partition(|(path, _)| path.starts_with(OWN));
        match others.is_empty() {
            true => own,
            false => others,
        }
    }

    /// The paths that moved files go from.
    fn left(&self) -> BTreeSet<&str> {
        let from = self
            .changes
            .values()
            .filter_map(|change| match &change.action {
                Action::Move { from } => Some(from.as_str()),
                _ => None,
            });
        from.collect()
    }

    /// By component, each with its paths: what is done there and why. What stays as it is, is left out, and where a
    /// moved file comes from.
    pub fn by_component(&self) -> BTreeMap<&str, Vec<(&str, &Change)>> {
        let mut components: BTreeMap<&str, Vec<(&str, &Change)>> = BTreeMap::new();
        let left = self.left();
        for (path, change) in &self.changes {
            if change.reason != Reason::Same && !left.contains(path.as_str()) {
                let component = components.entry(&change.component).or_default();
                component.push((path, change));
            }
        }
        components
    }
}
