//! What no plan may do that a pack contributes to.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error as ThisError;

use super::{LockStep, PlannedFile};
use crate::error::Error;
use crate::fault::Fault;
use crate::origin::PackId;
use crate::pack::path::{self, Unfit};
use crate::template::files::TemplateFiles;
use crate::template::{includes, limits, scan};

/// A lock file that is left to the person.
#[derive(Debug, Clone)]
pub struct Unlocked {
    /// Below the project.
    pub path: String,
    /// What a pack writes, and would be acted on.
    pub because: String,
    pub pack: String,
}

/// Files on which npm acts when it makes a lock file, beyond reading names and versions.
const NPM_ACTS_ON: [&str; 4] = [
    ".npmrc",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
];

/// The same of uv.
const UV_ACTS_ON: [&str; 6] = [
    "pyproject.toml",
    "uv.toml",
    "uv.lock",
    "setup.py",
    "setup.cfg",
    ".python-version",
];

/// Whether the tool that makes this lock file acts on files of that name.
fn is_acted_on(name: &str, lock_file: &str) -> bool {
    match lock_file {
        "package-lock.json" => NPM_ACTS_ON.contains(&name),
        "uv.lock" => UV_ACTS_ON.contains(&name),
        _ => NPM_ACTS_ON.contains(&name) || UV_ACTS_ON.contains(&name),
    }
}

/// Why a pack may not write what one of its templates makes, to follow that template in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum OutputError {
    #[error("would be written to `{path}`, which {why}")]
    Unfit { path: String, why: Unfit },
    #[error("would be written to `{path}`, which cannot stand beside `{other}` on every system")]
    Beside { path: String, other: String },
    #[error("would be written to `{path}`, as `templates/{template}` already is")]
    Twice { path: String, template: String },
}

/// More files than a system may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("the system would have more than {} files", limits::SYSTEM_FILES)]
pub struct TooManyFiles;

/// Judges the paths that are written once placeholders are filled in.
///
/// # Errors
/// The error for the first file of a pack that lands where it may not, or on another one.
pub fn check(
    files: &BTreeMap<String, PlannedFile>,
    templates: &TemplateFiles,
) -> Result<(), Error> {
    if !templates.has_packs() {
        return Ok(());
    }
    if files.len() > limits::SYSTEM_FILES {
        let pack = files
            .values()
            .find_map(|file| templates.origin(&file.template).pack());
        let pack = pack.map(PackId::to_string).unwrap_or_default();
        return Err(Fault::too_large(pack, TooManyFiles).into());
    }
    let mut seen: BTreeMap<String, (&str, &PlannedFile)> = BTreeMap::new();
    let mut folders: BTreeMap<String, (&str, &PlannedFile)> = BTreeMap::new();
    for (output, file) in files {
        let pack = templates.origin(&file.template).pack();
        if let Some(pack) = pack {
            path::check_output(output).map_err(|why| {
                let path = output.clone();
                refused(pack, file, OutputError::Unfit { path, why })
            })?;
        }
        if let Some((other, first)) = seen.insert(output.to_ascii_lowercase(), (output, file)) {
            return Err(collision(output, file, other, first, templates));
        }
        for (end, _) in output.match_indices('/') {
            let folder = &output[..end];
            let (other, first) = *folders
                .entry(folder.to_ascii_lowercase())
                .or_insert((folder, file));
            if other != folder {
                return Err(collision(folder, file, other, first, templates));
            }
        }
    }
    for (lower, (output, file)) in &seen {
        if let Some((other, first)) = folders.get(lower) {
            return Err(collision(output, file, other, first, templates));
        }
    }
    Ok(())
}

/// Two files that are one where letters have no case, or a file where a folder stands.
fn collision(
    path: &str,
    file: &PlannedFile,
    other: &str,
    first: &PlannedFile,
    templates: &TemplateFiles,
) -> Error {
    let (guilty, output, taken) = match templates.origin(&file.template).is_pack() {
        true => (file, path, other),
        false => (first, other, path),
    };
    let Some(pack) = templates.origin(&guilty.template).pack() else {
        return Error::TwoWriters {
            path: path.to_owned(),
            first: first.module.clone(),
            second: file.module.clone(),
        };
    };
    let why = OutputError::Beside {
        path: output.to_owned(),
        other: taken.to_owned(),
    };
    refused(pack, guilty, why)
}

/// The error for the template of a pack that would write a file.
fn refused(pack: &PackId, file: &PlannedFile, why: OutputError) -> Error {
    Fault::refused(pack, &format!("templates/{}", file.template), why).into()
}

/// The error for a path that two templates would write.
pub fn two_writers(
    path: String,
    first: &PlannedFile,
    second: &PlannedFile,
    templates: &TemplateFiles,
) -> Error {
    let pack = [second, first]
        .into_iter()
        .find_map(|it| Some((it, templates.origin(&it.template).pack()?)));
    match pack {
        None => Error::TwoWriters {
            path,
            first: first.module.clone(),
            second: second.module.clone(),
        },
        Some((guilty, pack)) => {
            let other = if std::ptr::eq(guilty, second) {
                first
            } else {
                second
            };
            let template = other.template.clone();
            refused(pack, guilty, OutputError::Twice { path, template })
        }
    }
}

/// The pack that contributes to what a template makes: by the template, or by what is included in it.
pub fn contributing_pack<'f>(template: &str, templates: &'f TemplateFiles) -> Option<&'f PackId> {
    let mut open = vec![template.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(path) = open.pop() {
        if let Some(pack) = templates.origin(&path).pack() {
            return Some(pack);
        }
        if path.ends_with(".hbs") && seen.insert(path.clone()) {
            let facts =
                scan::read(templates.text(&path).unwrap_or_default(), true).unwrap_or_default();
            open.extend(includes::of(&facts, templates).map(|(path, _)| path));
        }
    }
    None
}

/// Parts the lock files that are safe to make from those whose tool would act on what a pack wrote.
pub fn locks(
    steps: Vec<LockStep>,
    files: &BTreeMap<String, PlannedFile>,
    templates: &TemplateFiles,
) -> (Vec<LockStep>, Vec<Unlocked>) {
    if !templates.has_packs() {
        return (steps, Vec::new());
    }
    let (mut safe, mut unlocked) = (Vec::new(), Vec::new());
    for step in steps {
        // The nearest one is named.
        let guilty = files.iter().filter_map(|(path, file)| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if !is_acted_on(name, &step.output) || !is_read(folder, &step.folder) {
                return None;
            }
            let pack = contributing_pack(&file.template, templates)?;
            Some((path.clone(), pack.to_string()))
        });
        let guilty = guilty.max_by_key(|(path, _)| path.matches('/').count());
        match guilty {
            None => safe.push(step),
            Some((because, pack)) => unlocked.push(Unlocked {
                path: join(&step.folder, &step.output),
                because,
                pack,
            }),
        }
    }
    (safe, unlocked)
}

/// Whether the tool that makes the lock file of `locked` reads what stands in `folder`: npm all workspaces from
/// the root, uv the folders above and the shared packages.
fn is_read(folder: &str, locked: &str) -> bool {
    let is_above =
        folder.is_empty() || locked == folder || locked.starts_with(&format!("{folder}/"));
    locked.is_empty() || is_above || folder.starts_with("packages/")
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}
