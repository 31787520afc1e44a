//! From a blueprint and what stands on the disk to what is to be done.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::diff;
use super::moves;
use super::project::Project;
use super::rendering::Rendering;
use super::unfinished::{Conflict, UNFINISHED, Unfinished};
use super::upgrade::{Import, Upgrade};
use crate::changes::{self, Action, Change, ChangeSet, Content, Inputs, Reason};
use crate::contract::compatibility;
use crate::document::Document;
use crate::document::source::{self, Source};
use crate::error::Error;
use crate::generate::BLUEPRINT;
use crate::merge::merge;
use crate::packs::active::ActivePacks;
use crate::project::base::{self, BASE};
use crate::project::place::free_name;
use crate::project::rendered;
use crate::project::state::{STATE, State};
use crate::project::transaction::{self, Outcome};
use crate::tree::Tree;
use crate::written::FileState;

pub use super::rendering::Rename;

/// Manifests by which lock files are made.
const MANIFESTS: [&str; 2] = ["package.json", "pyproject.toml"];

/// What is to be done to a project. Nothing is written yet.
#[derive(Debug)]
pub struct Application {
    pub changes: ChangeSet,
    /// Files that both changed in the same place.
    pub conflicts: Vec<Conflict>,
    /// What hybridge would write into files that are the person's, and has not written before.
    pub stubs: Vec<Stub>,
    /// What an upgrade to another layout leaves to the person, in words.
    pub notes: Vec<String>,
    /// Imports in the person's own files that have another name in the new layout.
    pub imports: Vec<Import>,
    /// Dependencies change, so that lock files must be made anew.
    pub needs_lock: bool,
    /// What clients of the contract as it was recorded notice.
    pub contract: Vec<compatibility::Change>,
    /// That of what it was rendered from.
    rendering: String,
}

/// What hybridge would change in a file that is the person's.
#[derive(Debug, Clone, Serialize)]
pub struct Stub {
    pub path: String,
    /// From what it wrote last to what it would write now, as a diff.
    pub diff: String,
}

/// Decides what makes of a project what `document` says. `renames` are the components that only have other names.
///
/// # Errors
/// Whatever is wrong with the blueprint, and what keeps a file from being read.
pub fn plan(
    project: &Project,
    document: &Document,
    packs: &ActivePacks,
    renames: &[Rename],
    read: &Source,
) -> Result<Application, Error> {
    let Rendering {
        mut tree,
        state,
        digest,
    } = Rendering::of(project, document, packs, renames)?;
    let page = tree.remove(BLUEPRINT);
    let upgrade = Upgrade::of(&project.state, packs.packs());
    let written = &project.state.files;
    let contract = compatibility::compare(
        &project.state.record.contracts,
        &state.record.contracts,
        &project.state.record.numbered(),
    );
    let (disk, moved) = moves::read(project, paths(project, &tree))?;
    let mut renamed = changes::renamed(written, &disk, &tree, |known| upgrade.template(known));
    renamed.extend(renamed_components(written, &tree, renames));
    renamed.extend(upgrade.renamed(written, &tree));
    renamed.retain(|now, was| !disk.contains_key(now) || moved.get(was) == Some(now));
    renamed.extend(moved_ahead(written, &tree, &moved));
    remember(&mut tree, state, project, &upgrade, &disk, &moved, &renamed);
    let follow = |path: &str, yours: &[u8]| upgrade.follow(path, yours);
    let mut changes = ChangeSet::compute(&Inputs {
        written,
        disk: &disk,
        moved: &moved,
        renamed: &renamed,
        tree: &tree,
        base: &|known| project.base.get(known),
        merge: &merge,
        follow: (!upgrade.is_empty()).then_some(&follow),
    });
    let before = blueprint_on_disk(project, read)?;
    let after = page.as_ref().map(Content::from);
    set_blueprint(&mut changes, before.as_ref(), after);
    let conflicts = put_beside(&mut changes, project);
    if !conflicts.is_empty() {
        let unfinished = Unfinished::of(&changes, conflicts.clone()).to_content();
        let created = created(UNFINISHED, Reason::Record, unfinished);
        changes.changes.insert(UNFINISHED.into(), created);
    }
    let (notes, imports) = upgrade.rest(&project.folder, &project.state);
    Ok(Application {
        stubs: stubs(&changes, project, &tree),
        notes,
        imports,
        needs_lock: needs_lock(&changes),
        contract,
        changes,
        conflicts,
        rendering: digest,
    })
}

/// The blueprint, as it still stands on the disk.
///
/// # Errors
/// [`Error::ChangedMeanwhile`] when it is not what was read: somebody saved it since.
pub fn blueprint_on_disk(project: &Project, read: &Source) -> Result<Option<Content>, Error> {
    let mut there = transaction::read(&project.folder, std::iter::once(BLUEPRINT))?;
    let now = source::read(&project.blueprint().to_string_lossy())?;
    if now.text != read.text {
        return Err(Error::ChangedMeanwhile {
            path: BLUEPRINT.into(),
        });
    }
    Ok(there.remove(BLUEPRINT))
}

impl Application {
    /// Whether the project is what its blueprint says.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many changes of the contract break clients.
    pub fn breaking(&self) -> usize {
        let breaking = self.contract.iter().filter(|it| it.is_breaking());
        breaking.count()
    }

    /// Does all of it, or nothing.
    ///
    /// # Errors
    /// As for [`transaction::execute`].
    pub fn execute(&self, project: &Project) -> Result<Outcome, Error> {
        let outcome = transaction::execute(&project.folder, &self.changes)?;
        rendered::note(&self.rendering);
        Ok(outcome)
    }

    /// Takes note that the project is what its blueprint says.
    pub fn note_empty(&self) {
        if self.is_empty() {
            rendered::note(&self.rendering);
        }
    }
}

/// The files of components that have other names: path in the tree, and the one at which each was written.
fn renamed_components(
    written: &BTreeMap<String, FileState>,
    tree: &Tree,
    renames: &[Rename],
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for Rename { from, to } in renames {
        let (old, new) = (words_of(from), words_of(to));
        for path in written.keys().filter(|path| !tree.contains_key(*path)) {
            let is_new = |now: &String| tree.contains_key(now) && !written.contains_key(now);
            if let Some(now) = renamed_paths(path, &old, &new).into_iter().find(is_new) {
                found.insert(now, path.clone());
            }
        }
    }
    found
}

/// The files that a person has moved to where the system has them now: path in the tree, and the one at which each
/// was written.
fn moved_ahead(
    written: &BTreeMap<String, FileState>,
    tree: &Tree,
    moved: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let ahead = moved.iter().filter(|(was, now)| {
        !tree.contains_key(*was) && tree.contains_key(*now) && !written.contains_key(*now)
    });
    ahead.map(|(was, now)| (now.clone(), was.clone())).collect()
}

/// A name as folders, packages of Python and identifiers have it.
fn words_of(name: &str) -> [String; 3] {
    use heck::{ToLowerCamelCase, ToSnakeCase};
    [
        name.to_owned(),
        name.to_snake_case(),
        name.to_lower_camel_case(),
    ]
}

/// Where a file may stand once the component has another name. A name that is written one way as a folder, a package
/// and an identifier (`vision`) may become one of which these differ (`vision-2`, `vision_2`, `vision2`), so a path
/// that has it several times has several of them.
fn renamed_paths(path: &str, old: &[String; 3], new: &[String; 3]) -> Vec<String> {
    let mut paths = vec![String::new()];
    for (number, segment) in path.split('/').enumerate() {
        let slash = if number == 0 { "" } else { "/" };
        let segments = renamed_segments(segment, old, new);
        let longer = |path: String| {
            let with = |segment: &String| format!("{path}{slash}{segment}");
            segments.iter().map(with).collect::<Vec<_>>()
        };
        paths = paths.into_iter().flat_map(longer).collect();
    }
    paths.retain(|now| now != path);
    paths
}

/// Other names of a segment that is the name itself, or has it before its first dot; the segment where it does not.
fn renamed_segments(segment: &str, old: &[String; 3], new: &[String; 3]) -> BTreeSet<String> {
    let (stem, rest) = match segment.find('.') {
        Some(dot) if dot > 0 => segment.split_at(dot),
        _ => (segment, ""),
    };
    let notations = old.iter().zip(new).filter(|(old, _)| *old == stem);
    let renamed: BTreeSet<String> = notations.map(|(_, new)| format!("{new}{rest}")).collect();
    match renamed.is_empty() {
        true => BTreeSet::from([segment.to_owned()]),
        false => renamed,
    }
}

/// Where files were written, and where they belong.
fn paths(project: &Project, tree: &Tree) -> BTreeSet<String> {
    let known = project.state.files.keys().chain(tree.keys());
    let mut paths: BTreeSet<String> = known.cloned().collect();
    let entries = std::fs::read_dir(project.folder.join(BASE));
    for entry in entries.into_iter().flatten().flatten() {
        paths.insert(format!("{BASE}{}", entry.file_name().to_string_lossy()));
    }
    paths
}

/// Adds to the state what outlives the files of the system: names that the person gave, and files that the system
/// no longer has but the person edited or deleted, with what they were.
fn remember(
    tree: &mut Tree,
    mut state: State,
    project: &Project,
    upgrade: &Upgrade<'_>,
    disk: &BTreeMap<String, Content>,
    moved: &BTreeMap<String, String>,
    renamed: &BTreeMap<String, String>,
) {
    for (path, known) in &mut state.files {
        let was = renamed.get(path).unwrap_or(path);
        known.moved_to = moved.get(was).cloned();
    }
    let mut contents = Vec::new();
    for (path, known) in &project.state.files {
        let is_dropped = !tree.contains_key(path) && !path.starts_with(".hybridge/");
        if !is_dropped || renamed.values().any(|was| was == path) {
            continue;
        }
        let there = disk.get(moved.get(path).unwrap_or(path));
        let is_unedited =
            there.is_some_and(|it| known.is_of(&it.bytes) && known.executable == it.executable);
        if is_unedited {
            continue;
        }
        contents.extend(project.base.get(known));
        let known = FileState {
            template: upgrade.template(known).to_owned(),
            moved_to: moved.get(path).cloned(),
            ..known.clone()
        };
        state.files.insert(path.clone(), known);
    }
    tree.insert(STATE.into(), state.to_file());
    tree.extend(base::kept(&contents, &project.folder));
}

/// The blueprint is the person's: it changes only where its text does.
fn set_blueprint(changes: &mut ChangeSet, before: Option<&Content>, after: Option<Content>) {
    let after = after.map(|after| Content {
        executable: before.is_some_and(|it| it.executable),
        ..after
    });
    if before == after.as_ref() {
        return;
    }
    let before = before.cloned();
    let edited = Change::new(BLUEPRINT, Action::Update, Reason::Asked, before, after);
    changes.changes.insert(BLUEPRINT.into(), edited);
}

fn created(path: &str, reason: Reason, content: Content) -> Change {
    Change::new(path, Action::Create, reason, None, Some(content))
}

/// Puts what hybridge writes beside each file that has a conflict and no marks, and lists the conflicts.
fn put_beside(changes: &mut ChangeSet, project: &Project) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    let mut besides = BTreeMap::new();
    for (path, change) in &changes.changes {
        if change.action != Action::Conflict {
            continue;
        }
        let beside = change.theirs.clone().map(|theirs| {
            let name = free_name(&project.folder, path, "hybridge");
            besides.insert(name.clone(), created(&name, Reason::Beside, theirs));
            name
        });
        conflicts.push(Conflict {
            path: path.clone(),
            places: change.places.clone(),
            beside,
            reason: change.reason,
        });
    }
    changes.changes.extend(besides);
    conflicts
}

fn stubs(changes: &ChangeSet, project: &Project, tree: &Tree) -> Vec<Stub> {
    let yours = changes.changes.iter();
    let yours =
        yours.filter(|(_, change)| matches!(change.reason, Reason::Yours | Reason::Followed));
    let stub = |(path, _): (&String, &Change)| {
        let base = project.base.get(project.state.files.get(path)?)?;
        let old = std::str::from_utf8(base).ok()?;
        let new = std::str::from_utf8(&tree.get(path)?.bytes).ok()?;
        Some(Stub {
            path: path.clone(),
            diff: diff::hunks(old, new),
        })
    };
    yours.filter_map(stub).collect()
}

fn needs_lock(changes: &ChangeSet) -> bool {
    let mut paths = changes.effects().map(|(path, _)| path);
    paths.any(|path| MANIFESTS.contains(&path.rsplit('/').next().unwrap_or(path)))
}
