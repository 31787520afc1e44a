//! What is to be done to each path, of what was written, what is there and what is new.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change, Content, Reason};
use super::{ADDRESSED, ChangeSet, Inputs, Merged, OWN};
use crate::line_ends;
use crate::tree::{Owner, TreeFile};

impl ChangeSet {
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
            // What the system has there now was decided above.
            if changes.contains_key(path) {
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
}

fn change(
    path: &str,
    action: Action,
    reason: Reason,
    before: Option<&Content>,
    after: Option<Content>,
) -> Change {
    Change::new(path, action, reason, before.cloned(), after)
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

pub(super) fn record(path: &str, file: &TreeFile, disk: &BTreeMap<String, Content>) -> Change {
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
            let is_same = line_ends::of_file(&there.bytes, &file.bytes) == there.bytes;
            return match is_same {
                true => keep(path, Reason::Same, Some(there)),
                false => taken(path, Reason::Taken, there, file),
            };
        }
        (Some(_), None) => return keep(path, Reason::Deleted, None),
        (Some(known), Some(there)) => (known, there),
    };
    let new = Content {
        bytes: line_ends::of_file(&there.bytes, &file.bytes),
        // Whoever changed the mode since has the last word.
        executable: match there.executable == known.executable {
            true => file.executable,
            false => there.executable,
        },
    };
    if new == *there {
        return keep(path, Reason::Same, Some(there));
    }
    if known.is_of(&there.bytes) {
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
    // In a file that is the person's, only what it is called by others is followed, and in another layout what it
    // calls.
    let is_seeded = file.owner == Owner::Seeded;
    if is_seeded && from == path && inputs.follow.is_none() {
        return keep(path, Reason::Yours, Some(there));
    }
    let Some(base) = (inputs.base)(known) else {
        return match is_seeded {
            true => followed(path, there, inputs),
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
        Merged::Conflict { .. } if is_seeded => followed(path, there, inputs),
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

/// A seeded file that the person changed, where hybridge's changes cannot be merged with theirs.
fn followed(path: &str, there: &Content, inputs: &Inputs<'_>) -> Change {
    let after = Content {
        bytes: match inputs.follow {
            Some(follow) => follow(path, &there.bytes),
            None => there.bytes.clone(),
        },
        ..there.clone()
    };
    match after == *there {
        true => keep(path, Reason::Yours, Some(there)),
        false => change(
            path,
            Action::Update,
            Reason::Followed,
            Some(there),
            Some(after),
        ),
    }
}

/// A file whose template writes it elsewhere now: it comes with what the person changed in it.
fn moved(from: &str, path: &str, file: &TreeFile, inputs: &Inputs<'_>) -> Change {
    let mut change = written(from, path, file, inputs);
    // Nothing, or the file itself, which the person has moved there already.
    change.before = inputs.disk.get(path).cloned();
    if change.after.is_some() && change.action != Action::Conflict {
        change.action = Action::Move {
            from: from.to_owned(),
        };
        change.reason = Reason::Renamed;
    }
    change
}
