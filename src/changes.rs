//! What is to be done to a folder, as a value: computed of what hybridge wrote before, what stands on the disk
//! and what it writes now, then shown or executed.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::tree::{Owner, Tree, TreeFile};
use crate::written::FileState;

/// Where hybridge keeps what it remembers of a project.
const OWN: &str = ".hybridge/";
/// Below it, files whose names say what they hold.
const ADDRESSED: &str = ".hybridge/base/";

/// A file on the disk, or as it will stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub executable: bool,
}

impl From<&TreeFile> for Content {
    fn from(file: &TreeFile) -> Self {
        Self {
            bytes: file.bytes.clone(),
            executable: file.executable,
        }
    }
}

/// What is done to one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum Action {
    Create,
    Update,
    /// What the person changed and what hybridge changed, both.
    Merge,
    /// Both changed the same; the file says so, or is left as it is.
    Conflict,
    /// The file that stood elsewhere, with what the person changed in it.
    Move {
        from: String,
    },
    /// Nothing.
    Keep,
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Merge => "merge",
            Self::Conflict => "conflict",
            Self::Move { .. } => "move",
            Self::Keep => "keep",
            Self::Delete => "delete",
        })
    }
}

/// Why it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The system has it now.
    New,
    /// It is what it shall be.
    Same,
    /// Its template, or what goes into it, changed.
    Rendered,
    /// The person changed it, hybridge did not.
    Edited,
    /// The person and hybridge changed it.
    Both,
    /// Seeded: the person's since it was written.
    Yours,
    /// The person deleted it.
    Deleted,
    /// A file stands there that hybridge did not write.
    Taken,
    /// Nothing tells what hybridge wrote there, and the person changed it.
    NoBase,
    /// The system no longer has it.
    Dropped,
    /// The system no longer has it, and the person changed it.
    DroppedEdited,
    /// Its template writes it here now.
    Renamed,
    /// A command was asked to change it.
    Asked,
    /// What hybridge writes, where a conflict is not marked in the file.
    Beside,
    /// What hybridge remembers.
    Record,
}

impl Reason {
    /// Whether a person should read it also where nothing is done.
    pub fn is_to_say(self) -> bool {
        matches!(self, Self::Yours | Self::DroppedEdited)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Same => "as it is",
            Self::Rendered => "its template, or what goes into it, changed",
            Self::Edited => "you changed it, hybridge has nothing new",
            Self::Both => "you and hybridge changed it",
            Self::Yours => "yours since it was written",
            Self::Deleted => "you deleted it",
            Self::Taken => "hybridge did not write the file that is there",
            Self::NoBase => "you changed it, and what hybridge wrote is not known",
            Self::Dropped => "the system no longer has it",
            Self::DroppedEdited => "the system no longer has it, and you changed it",
            Self::Renamed => "its template writes it here now",
            Self::Asked => "as you asked",
            Self::Beside => "what hybridge would write: take of it what you want",
            Self::Record => "what hybridge remembers",
        })
    }
}

/// What is to be done to one path, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    #[serde(flatten)]
    pub action: Action,
    pub reason: Reason,
    /// Its folder, or `project`.
    pub component: String,
    /// What stands there, and must still when it is written; `None`: nothing.
    #[serde(skip)]
    pub before: Option<Content>,
    /// What will stand there; `None`: nothing.
    #[serde(skip)]
    pub after: Option<Content>,
    /// Where in the file a conflict is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// What hybridge writes, where a conflict is not marked in the file.
    #[serde(skip)]
    pub theirs: Option<Content>,
}

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
            let change = change(path, Action::Create, Reason::New, None, Some(file.into()));
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

    /// What makes of a project what it shall be, and loses nothing that a person wrote.
    pub fn compute(inputs: &Inputs<'_>) -> Self {
        let mut changes = BTreeMap::new();
        for (path, file) in inputs.tree {
            let known_at = inputs.renamed.get(path).unwrap_or(path);
            // A person's name for it counts.
            let place = match inputs.moved.get(known_at) {
                Some(place) => place,
                None => path,
            };
            let change = match (path.starts_with(OWN), known_at == path || place != path) {
                (true, _) => record(path, file, inputs.disk),
                (false, true) => written(known_at, place, file, inputs),
                (false, false) => moved(known_at, path, file, inputs),
            };
            changes.insert(place.clone(), change);
        }
        let moved: BTreeSet<&str> = inputs.renamed.values().map(String::as_str).collect();
        for (path, known) in inputs.written {
            if inputs.tree.contains_key(path) || path.starts_with(OWN) {
                continue;
            }
            let is_moved = moved.contains(path.as_str());
            let path = inputs.place(path);
            if is_moved && changes.contains_key(path) {
                continue;
            }
            if let Some(there) = inputs.disk.get(path) {
                let change = match (
                    is_moved,
                    known.is_of(&there.bytes) && known.executable == there.executable,
                ) {
                    (true, _) => delete(path, Reason::Renamed, there),
                    (false, true) => delete(path, Reason::Dropped, there),
                    (false, false) => keep(path, Reason::DroppedEdited, Some(there)),
                };
                changes.insert(path.to_owned(), change);
            }
        }
        let unneeded = |path: &str| {
            path.starts_with(ADDRESSED)
                || (path.starts_with(OWN) && inputs.written.contains_key(path))
        };
        for (path, there) in inputs.disk {
            if unneeded(path) && !inputs.tree.contains_key(path) {
                changes.insert(path.clone(), delete(path, Reason::Record, there));
            }
        }
        Self { changes }
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

    /// By component, each with its paths: what is done there and why. What stays as it is, is left out.
    pub fn by_component(&self) -> BTreeMap<&str, Vec<(&str, &Change)>> {
        let mut components: BTreeMap<&str, Vec<(&str, &Change)>> = BTreeMap::new();
        for (path, change) in &self.changes {
            if change.reason != Reason::Same {
                let component = components.entry(&change.component).or_default();
                component.push((path, change));
            }
        }
        components
    }
}

fn change(
    path: &str,
    action: Action,
    reason: Reason,
    before: Option<&Content>,
    after: Option<Content>,
) -> Change {
    Change {
        action,
        reason,
        component: component(path).to_owned(),
        before: before.cloned(),
        after,
        places: Vec::new(),
        theirs: None,
    }
}

/// What is there stays, and what hybridge writes goes beside it.
fn taken(path: &str, reason: Reason, there: &Content, file: &TreeFile) -> Change {
    Change {
        theirs: Some(file.into()),
        ..change(
            path,
            Action::Conflict,
            reason,
            Some(there),
            Some(there.clone()),
        )
    }
}

fn keep(path: &str, reason: Reason, there: Option<&Content>) -> Change {
    change(path, Action::Keep, reason, there, there.cloned())
}

fn delete(path: &str, reason: Reason, there: &Content) -> Change {
    change(path, Action::Delete, reason, Some(there), None)
}

fn record(path: &str, file: &TreeFile, disk: &BTreeMap<String, Content>) -> Change {
    let new = Content::from(file);
    match disk.get(path) {
        None => change(path, Action::Create, Reason::Record, None, Some(new)),
        Some(there) if *there == new || path.starts_with(ADDRESSED) => {
            keep(path, Reason::Same, Some(there))
        }
        there => change(path, Action::Update, Reason::Record, there, Some(new)),
    }
}

/// A file of the system that was written at `from`; what is done stands at `path`.
fn written(from: &str, path: &str, file: &TreeFile, inputs: &Inputs<'_>) -> Change {
    let known = inputs.written.get(from);
    let there = inputs.disk.get(inputs.place(from));
    let (known, there) = match (known, there) {
        (None, None) => return change(path, Action::Create, Reason::New, None, Some(file.into())),
        (None, Some(there)) => {
            let is_same = as_checked_out(&file.bytes, &there.bytes) == there.bytes;
            return match is_same {
                true => keep(path, Reason::Same, Some(there)),
                false => taken(path, Reason::Taken, there, file),
            };
        }
        (Some(_), None) => return keep(path, Reason::Deleted, None),
        (Some(known), Some(there)) => (known, there),
    };
    let is_unedited = known.is_of(&there.bytes);
    let new = Content {
        bytes: as_checked_out(&file.bytes, &there.bytes),
        // Whoever changed the mode since has the last word.
        executable: match there.executable == known.executable {
            true => file.executable,
            false => there.executable,
        },
    };
    if new == *there {
        return keep(path, Reason::Same, Some(there));
    }
    if is_unedited {
        let after = Some(new);
        return change(path, Action::Update, Reason::Rendered, Some(there), after);
    }
    if known.is_of(&file.bytes) {
        let after = Content {
            executable: new.executable,
            ..there.clone()
        };
        return match after == *there {
            true => keep(path, Reason::Edited, Some(there)),
            false => change(
                path,
                Action::Update,
                Reason::Rendered,
                Some(there),
                Some(after),
            ),
        };
    }
    // Only what it is called by others is followed in a file that is the person's.
    let is_seeded = file.owner == Owner::Seeded;
    if is_seeded && from == path {
        return keep(path, Reason::Yours, Some(there));
    }
    let Some(base) = (inputs.base)(known) else {
        return match is_seeded {
            true => keep(path, Reason::Yours, Some(there)),
            false => taken(path, Reason::NoBase, there, file),
        };
    };
    let content = |bytes| Content {
        bytes,
        executable: new.executable,
    };
    match (inputs.merge)(path, base, &there.bytes, &file.bytes) {
        Merged::Clean(bytes) if content(bytes.clone()) == *there => {
            keep(path, Reason::Same, Some(there))
        }
        Merged::Clean(bytes) => {
            let after = Some(content(bytes));
            change(path, Action::Merge, Reason::Both, Some(there), after)
        }
        Merged::Conflict { .. } if is_seeded => keep(path, Reason::Yours, Some(there)),
        Merged::Conflict {
            bytes,
            places,
            is_marked,
        } => {
            let after = Some(content(bytes));
            Change {
                places,
                theirs: (!is_marked).then(|| new.clone()),
                ..change(path, Action::Conflict, Reason::Both, Some(there), after)
            }
        }
    }
}

/// A file whose template writes it elsewhere now: it comes with what the person changed in it.
fn moved(from: &str, path: &str, file: &TreeFile, inputs: &Inputs<'_>) -> Change {
    let mut change = written(from, path, file, inputs);
    change.before = None;
    if change.after.is_some() && change.action != Action::Conflict {
        change.action = Action::Move {
            from: from.to_owned(),
        };
        change.reason = Reason::Renamed;
    }
    change
}

/// Files that the system no longer has, and files of the same template that it has now: the new path of each, and
/// the one it had. Only where both are single, and nothing stands at the new path.
pub fn renamed(
    written: &BTreeMap<String, FileState>,
    disk: &BTreeMap<String, Content>,
    tree: &Tree,
) -> BTreeMap<String, String> {
    let mut gone: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (path, known) in written {
        let is_single = !known.template.is_empty() && !known.template.ends_with('/');
        if is_single && !tree.contains_key(path) {
            let key = (known.template.as_str(), component(path));
            gone.entry(key).or_default().push(path);
        }
    }
    let mut come: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (path, file) in tree {
        if !written.contains_key(path) && !disk.contains_key(path) {
            let key = (file.template.as_str(), component(path));
            come.entry(key).or_default().push(path);
        }
    }
    let pairs = come.into_iter().filter_map(|(key, to)| {
        let from = gone.get(&key)?;
        match (to.as_slice(), from.as_slice()) {
            ([to], [from]) => Some(((*to).to_owned(), (*from).to_owned())),
            _ => None,
        }
    });
    pairs.collect()
}

/// The bytes with the ends of lines that the file on the disk has.
fn as_checked_out(new: &[u8], there: &[u8]) -> Vec<u8> {
    let is_crlf = there.windows(2).any(|pair| pair == b"\r\n")
        && !there
            .iter()
            .enumerate()
            .any(|(at, byte)| *byte == b'\n' && (at == 0 || there[at - 1] != b'\r'));
    match (is_crlf, std::str::from_utf8(new)) {
        (true, Ok(text)) => text
            .replace("\r\n", "\n")
            .replace('\n', "\r\n")
            .into_bytes(),
        _ => new.to_vec(),
    }
}

/// The folder of the component that a file of a project belongs to: `services/vision`, `packages/gateway`, or
/// `project` for what belongs to no single one.
pub fn component(path: &str) -> &str {
    let mut ends = path.match_indices('/').map(|(end, _)| end);
    match (ends.next(), ends.next()) {
        (Some(first), Some(second)) if matches!(&path[..first], "services" | "packages") => {
            &path[..second]
        }
        _ => "project",
    }
}
