//! A project takes leave of hybridge: every trace goes, what a person wrote stays.
//!
//! The system is rendered once more, as of a project that nobody keeps current, and merged with what stands on the
//! disk like any other change. The blueprint goes, and all that hybridge remembers.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ignore::WalkBuilder;
use regex::Regex;
use serde::Serialize;

use crate::apply::{Project, moves, plan};
use crate::blueprint::overrides::Overrides;
use crate::changes::{Action, Change, ChangeSet, Content, Inputs, Reason, component};
use crate::document::Document;
use crate::error::Error;
use crate::error::kind::Written;
use crate::generate::{self, BLUEPRINT};
use crate::merge::merge;
use crate::packs::active::ActivePacks;
use crate::project::transaction;

/// What hybridge keeps for itself.
const OWN: &str = ".hybridge/";
/// There while a transaction is under way, and removed with the folder.
const LOCK: &str = ".hybridge/lock";

/// Names on the wire, which clients know: the types of problems, the extension of documents, the domain of gRPC.
static WIRE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"urn:hybridge:problem|x-hybridge|(domain: |_DOMAIN: Final = )"hybridge""#)
        .expect("a constant pattern")
});

/// What is to be done. Nothing is written yet.
#[derive(Debug)]
pub struct Ejection {
    pub changes: ChangeSet,
    /// Lines that speak of hybridge and stay, because a person wrote or changed them.
    pub left: Vec<Trace>,
}

/// A line that speaks of hybridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    pub text: String,
}

/// Decides what removes hybridge from a project.
///
/// # Errors
/// [`Error::Behind`] for a project that is not what its blueprint says: what is to be removed must be known.
pub fn eject(
    project: &Project,
    document: &Document,
    packs: &ActivePacks,
) -> Result<Ejection, Error> {
    let behind = plan(project, document, packs, &[], &document.source)?.changes;
    // What hybridge remembers goes anyway.
    let behind = behind.effects().filter(|(path, _)| !path.starts_with(OWN));
    match behind.count() {
        0 => {}
        count => return Err(Error::Behind { count }),
    }
    let mut flags = Overrides::default();
    packs.name_packs(&mut flags, &project.folder);
    let mut tree = generate::ejected(document, &flags, packs, &project.state.record)?;
    // What a template records for hybridge.
    tree.retain(|path, _| !path.starts_with(OWN));
    let written = &project.state.files;
    let paths = written.keys().chain(tree.keys()).cloned();
    let (disk, moved) = moves::read(project, paths.collect())?;
    let mut changes = ChangeSet::compute(&Inputs {
        written,
        disk: &disk,
        moved: &moved,
        renamed: &BTreeMap::new(),
        tree: &tree,
        base: &|known| project.base.get(known),
        merge: &merge,
        follow: None,
    });
    for change in changes.changes.values_mut() {
        // Where a person changed what goes, the file stays as it is, and is told.
        if change.action == Action::Conflict {
            change.action = Action::Keep;
            change.after = change.before.clone();
        }
    }
    changes.changes.retain(|path, _| !path.starts_with(OWN));
    changes.changes.extend(of_hybridge(project)?);
    let left = traces(project, &changes)?;
    Ok(Ejection { changes, left })
}

/// Ends what an earlier run was interrupted in, around `from`: the folder of the project that is without hybridge
/// now; `None` where nothing was left to do, or the project is still hybridge's.
///
/// # Errors
/// As for [`transaction::recover`], and [`Error::Write`].
pub fn finish_earlier(from: &Path) -> Result<Option<PathBuf>, Error> {
    let full = std::path::absolute(from).map_err(|source| Error::Read {
        path: from.display().to_string(),
        source,
    })?;
    let mut around = full.ancestors();
    let Some(folder) = around.find(|it| it.join(OWN).is_dir()) else {
        return Ok(None);
    };
    if transaction::is_interrupted(folder) {
        transaction::recover(folder)?;
    }
    let read = |source| Error::Read {
        path: folder.join(OWN).display().to_string(),
        source,
    };
    let left = std::fs::read_dir(folder.join(OWN)).map_err(read)?;
    let left: Vec<PathBuf> = left
        .map(|entry| entry.map(|it| it.path()))
        .collect::<io::Result<_>>()
        .map_err(read)?;
    // Only what a transaction needs.
    if left != [folder.join(LOCK)] {
        return Ok(None);
    }
    remove_own(folder)?;
    Ok(Some(folder.to_owned()))
}

fn remove_own(project: &Path) -> Result<(), Error> {
    let folder = project.join(OWN);
    std::fs::remove_dir_all(&folder).map_err(|source| Error::Write {
        what: Written::Project,
        path: folder,
        source,
    })
}

impl Ejection {
    /// Does all of it, or nothing.
    ///
    /// # Errors
    /// As for [`transaction::execute`]; [`Error::Write`] when all is done but the empty folder stays.
    pub fn execute(&self, project: &Project) -> Result<(), Error> {
        transaction::execute(&project.folder, &self.changes)?;
        // Only what a transaction needs is left there.
        remove_own(&project.folder)
    }
}

/// The blueprint and everything below `.hybridge/`, each to be deleted.
fn of_hybridge(project: &Project) -> Result<BTreeMap<String, Change>, Error> {
    let mut paths = vec![BLUEPRINT.to_owned()];
    for entry in files(&project.folder, &project.folder.join(OWN)) {
        paths.extend(entry?);
    }
    paths.retain(|path| path != LOCK);
    let there = transaction::read(&project.folder, paths.iter().map(String::as_str))?;
    let deleted = |(path, before): (String, Content)| {
        let change = Change {
            action: Action::Delete,
            reason: Reason::Asked,
            component: component(&path).to_owned(),
            before: Some(before),
            after: None,
            places: Vec::new(),
            theirs: None,
        };
        (path, change)
    };
    Ok(there.into_iter().map(deleted).collect())
}

/// The lines that will speak of hybridge when the changes are made. Files that git ignores are not looked at.
fn traces(project: &Project, changes: &ChangeSet) -> Result<Vec<Trace>, Error> {
    let mut found = Vec::new();
    for path in files(&project.folder, &project.folder) {
        let Some(path) = path? else { continue };
        let bytes = match changes.changes.get(&path) {
            Some(change) => change.after.as_ref().map(|after| after.bytes.clone()),
            None => transaction::read(&project.folder, [path.as_str()].into_iter())?
                .remove(&path)
                .map(|it| it.bytes),
        };
        // What is no text speaks of nobody.
        let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        for (line, text) in (1..).zip(text.lines()) {
            if WIRE
                .replace_all(text, "")
                .to_lowercase()
                .contains("hybridge")
            {
                let (path, text) = (path.clone(), text.trim().to_owned());
                found.push(Trace { path, line, text });
            }
        }
    }
    Ok(found)
}

/// The files below a folder that git does not ignore, relative to the project; `None` for what is no file.
fn files<'p>(
    project: &'p Path,
    below: &Path,
) -> impl Iterator<Item = Result<Option<String>, Error>> + use<'p> {
    let mut walk = WalkBuilder::new(below);
    walk.hidden(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .parents(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .sort_by_file_path(Path::cmp);
    walk.build().map(move |entry| {
        let entry = entry.map_err(|error| Error::Read {
            path: project.display().to_string(),
            source: io::Error::other(error),
        })?;
        let is_file = entry.file_type().is_some_and(|it| it.is_file());
        let path = entry.path().strip_prefix(project).ok();
        let path = path.filter(|_| is_file);
        Ok(path.map(|it| it.to_string_lossy().replace('\\', "/")))
    })
}
