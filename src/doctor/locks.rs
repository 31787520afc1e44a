//! Lock files: there, and of the manifests that stand beside them.

use std::path::Path;

use serde_json::{Map, Value};

use super::finding::Stale;
use super::tools::{Tools, fitting_uv};
use super::{Check, Finding};
use crate::apply::Project;
use crate::error::Error;
use crate::plan::LockStep;
use crate::template::module::Versions;

const NPM: &str = "package-lock.json";
const NPM_MANIFEST: &str = "package.json";
const UV: &str = "uv.lock";
/// What npm compares, for each package of a workspace, before it installs what is locked.
const SECTIONS: [&str; 4] = [
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
];

/// # Errors
/// [`Error::Read`]
pub fn check(
    project: &Project,
    steps: &[LockStep],
    tools: &Tools,
    versions: &Versions,
) -> Result<Check, Error> {
    let mut check = Check::new("lock files");
    for step in steps {
        let path = match step.folder.as_str() {
            "" => step.output.clone(),
            folder => format!("{folder}/{}", step.output),
        };
        if !project.folder.join(&path).is_file() {
            check.find(Finding::NoLock { path });
            continue;
        }
        let stale = match step.output.as_str() {
            NPM => npm_stale(project, &path)?,
            UV => match uv_stale(&project.folder.join(&step.folder), tools, versions) {
                Some(stale) => stale,
                None => {
                    check.find(Finding::UnknownLock { path });
                    continue;
                }
            },
            _ => None,
        };
        match stale {
            Some(why) => check.find(Finding::StaleLock { path, why }),
            None => check.fine(path),
        }
    }
    Ok(check)
}

/// Why npm would refuse to install what is locked; `None`: it would not.
fn npm_stale(project: &Project, lock: &str) -> Result<Option<Stale>, Error> {
    let Some(lock) = json(&project.folder, lock)? else {
        return Ok(Some(Stale::NoJson));
    };
    let files = project.state.files.keys();
    let manifests = files.filter(|path| path.rsplit('/').next() == Some(NPM_MANIFEST));
    for path in manifests {
        if !project.folder.join(path).is_file() {
            continue;
        }
        let Some(manifest) = json(&project.folder, path)? else {
            let manifest = path.clone();
            return Ok(Some(Stale::ManifestNoJson { manifest }));
        };
        let folder = path.trim_end_matches(NPM_MANIFEST).trim_end_matches('/');
        let Some(locked) = lock["packages"].get(folder) else {
            let manifest = path.clone();
            return Ok(Some(Stale::Unknown { manifest }));
        };
        let mut sections = SECTIONS.iter();
        if let Some(section) = sections.find(|it| wants(&manifest, it) != wants(locked, it)) {
            let manifest = path.clone();
            return Ok(Some(Stale::Differs { manifest, section }));
        }
    }
    Ok(None)
}

fn wants(manifest: &Value, section: &str) -> Map<String, Value> {
    let section = manifest.get(section).and_then(Value::as_object);
    section.cloned().unwrap_or_default()
}

/// `None`: the text is no JSON.
fn json(project: &Path, path: &str) -> Result<Option<Value>, Error> {
    let path = project.join(path);
    let bytes = std::fs::read(&path).map_err(|source| Error::Read {
        path: path.display().to_string(),
        source,
    })?;
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Why uv would make it anew; the outer `None`: there is no uv to ask, or one that is too old to know. Builds nothing
/// and asks nobody.
fn uv_stale(folder: &Path, tools: &Tools, versions: &Versions) -> Option<Option<Stale>> {
    fitting_uv(tools, versions)?;
    let mut command = tools.command("uv")?;
    command
        .args(["lock", "--check", "--offline", "--no-build", "--quiet"])
        .arg("--directory")
        .arg(folder);
    let output = command.output().ok()?;
    Some((!output.status.success()).then_some(Stale::Changed))
}
